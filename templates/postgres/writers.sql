create table {{ schema }}.writers (
{%- for column in columns %}
    {{ column }},
{%- endfor %}
    primary key (relation, key)
);
comment on table {{ schema }}.writers is {{ comment }};
alter table {{ schema }}.writers enable row level security;
revoke all on table {{ schema }}.writers from {{ revoke }};
