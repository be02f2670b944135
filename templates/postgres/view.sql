create view {{ name }} {% if security_invoker %}with (security_invoker = true) {% endif %}as
{%- for line in query %}
{{ line }}
{%- endfor -%}
;
{%- if let Some(comment) = comment %}
comment on view {{ name }} is {{ comment }};
{%- endif %}
revoke all on table {{ name }} from {{ revoke }};
{%- for grant in grants %}
grant{{ grant.privileges }}on table {{ name }} to {{ grant.role }};
{%- endfor %}
