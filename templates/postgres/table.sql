create table {{ name }} (
{%- for line in lines %}
    {{ line }}{% if !loop.last %},{% endif %}
{%- endfor %}
);
{%- for check in not_valid %}
alter table {{ name }} add constraint {{ check.name }} {{ check.text }};
{%- endfor %}
{%- for comment in comments %}
comment on {{ comment.on }} is {{ comment.text }};
{%- endfor %}
{%- if !indexes.is_empty() %}
{% for index in indexes %}
{{ index }};
{%- endfor %}
{%- endif %}
{%- if !triggers.is_empty() %}
{% for trigger in triggers %}
{{ trigger }}
{%- endfor %}
{%- endif %}

{% if enable_rls -%}
alter table {{ name }} enable row level security;
{%- endif %}
{%- if force_rls %}
alter table {{ name }} force row level security;
{%- endif %}
revoke all on table {{ name }} from {{ revoke }};
{%- for sequence in sequences %}
revoke all on sequence {{ sequence }} from {{ revoke }};
{%- endfor %}
{%- for grant in grants %}
grant{{ grant.privileges }}on table {{ name }} to {{ grant.role }};
{%- endfor %}
