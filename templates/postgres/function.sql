create {% if or_replace %}or replace {% endif %}function {{ name }}({{ parameters }}) returns {{ returns }}
{%- for line in attributes %}
    {{ line }}
{%- endfor %}
{%- for line in body %}
{{ line }}
{%- endfor -%}
;
{%- if let Some(comment) = comment %}
comment on function {{ name }}({{ types }}) is
    {{ comment }};
{%- endif %}
revoke all on function {{ name }}({{ types }}) from public;
{%- if !execute.is_empty() %}
grant execute on function {{ name }}({{ types }}) to {{ execute }};
{%- endif %}
