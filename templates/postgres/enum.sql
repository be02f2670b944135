create type {{ name }} as enum ({{ labels }});
{%- if let Some(comment) = comment %}
comment on type {{ name }} is {{ comment }};
{%- endif %}
