create domain {{ name }} as {{ base }}
{%- if let Some(check) = check %}
    constraint {{ check.name }} check ({{ check.text }})
{%- endif -%}
;
{%- if let Some(comment) = comment %}
comment on domain {{ name }} is {{ comment }};
{%- endif %}
