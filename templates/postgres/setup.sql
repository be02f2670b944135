-- {{ app }}: roles, and rights that only an administrator can give.
--
-- An administrator runs it in the app's database before the first migration; it may run again.
-- Passwords are set apart from it: alter role … password …;

do {{ quote }}
begin
{%- for role in roles %}

    -- {{ role.name }} {{ role.comment }}.
    if not exists (select from pg_catalog.pg_roles where rolname = {{ role.literal }}) then
        create role {{ role.name }} {{ role.options }};
    end if;
{%- if let Some((condition, words)) = role.needs %}
    if not exists (select from pg_catalog.pg_roles where rolname = {{ role.literal }} and {{ condition }}) then
        alter role {{ role.name }} {{ words }};
    end if;
{%- endif %}
{%- endfor %}

    -- The owner makes schemas and the publication.
    if not has_database_privilege({{ owner_literal }}, current_database(), 'create') then
        execute format('grant create on database %I to %I', current_database(), {{ owner_literal }});
    end if;
{%- if uses_public %}
    if not has_schema_privilege({{ owner_literal }}, 'public', 'create') then
        grant create on schema public to {{ owner }};
    end if;
    -- It lets the callers look into it.
    if not has_schema_privilege({{ owner_literal }}, 'public', 'usage with grant option') then
        grant usage on schema public to {{ owner }} with grant option;
    end if;
{%- endif %}
{%- for external in externals %}

    -- Foreign keys point to {{ external.table }}.
    if not has_schema_privilege({{ owner_literal }}, {{ external.schema_literal }}, 'usage') then
        grant usage on schema {{ external.schema }} to {{ owner }};
    end if;
{%- for (column, literal) in external.columns %}
    if not has_column_privilege({{ owner_literal }}, {{ external.table_literal }}, {{ literal }}, 'references') then
        grant references ({{ column }}) on table {{ external.table }} to {{ owner }};
    end if;
{%- endfor %}
{%- endfor %}
{%- for one in memberships %}

    -- {{ one.member }} acts as the callers that it serves.
    if not pg_has_role({{ one.member_literal }}, {{ one.role_literal }}, 'member') then
        grant {{ one.role }} to {{ one.member }};
    end if;
{%- endfor %}
end
{{ quote }};
