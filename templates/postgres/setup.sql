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
    if not pg_catalog.has_database_privilege({{ owner_literal }}, pg_catalog.current_database(), 'create') then
        execute pg_catalog.format('grant create on database %I to %I', pg_catalog.current_database(), {{ owner_literal }});
    end if;
{%- if !temporary.is_empty() %}

    -- Temporary objects are found before all others, so that no caller may make them.
    if pg_catalog.has_database_privilege('public', pg_catalog.current_database(), 'temporary') then
        execute pg_catalog.format('revoke temporary on database %I from public', pg_catalog.current_database());
    end if;
{%- for role in temporary %}
    if not pg_catalog.has_database_privilege({{ role }}, pg_catalog.current_database(), 'temporary') then
        execute pg_catalog.format('grant temporary on database %I to %I', pg_catalog.current_database(), {{ role }});
    end if;
{%- endfor %}
{%- endif %}
{%- if uses_public %}

    -- The app keeps objects in the schema public.
    if not pg_catalog.has_schema_privilege({{ owner_literal }}, 'public', 'create') then
        grant create on schema public to {{ owner }};
    end if;
    -- It lets the callers look into it.
    if not pg_catalog.has_schema_privilege({{ owner_literal }}, 'public', 'usage with grant option') then
        grant usage on schema public to {{ owner }} with grant option;
    end if;
{%- endif %}
{%- for external in externals %}

    -- Foreign keys point to {{ external.table }}.
    if not pg_catalog.has_schema_privilege({{ owner_literal }}, {{ external.schema_literal }}, 'usage') then
        grant usage on schema {{ external.schema }} to {{ owner }};
    end if;
{%- for (column, literal) in external.columns %}
    if not pg_catalog.has_column_privilege({{ owner_literal }}, {{ external.table_literal }}, {{ literal }}, 'references') then
        grant references ({{ column }}) on table {{ external.table }} to {{ owner }};
    end if;
{%- endfor %}
{%- endfor %}
{%- for one in memberships %}

    -- {{ one.member }} acts as the callers that it serves.
    if not pg_catalog.pg_has_role({{ one.member_literal }}, {{ one.role_literal }}, 'member') then
        grant {{ one.role }} to {{ one.member }};
    end if;
{%- endfor %}
{%- if let Some((name, literal)) = publication %}

    -- PowerSync reads a publication of all tables, which only a superuser can make.
    if not exists (select from pg_catalog.pg_publication where pubname = {{ literal }}) then
        create publication {{ name }} for all tables;
    end if;
{%- endif %}
end
{{ quote }};
