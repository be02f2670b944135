-- {{ app }}: the whole schema, from nothing.
{%- for line in doc %}
-- {{ line }}
{%- endfor %}
--
-- The owner applies it, once, in one transaction; an administrator has run setup.sql before.

{{ needed }}

-- Schemas
{%- for schema in schemas %}
{% if schema.create %}
create schema if not exists {{ schema.name }};
revoke all on schema {{ schema.name }} from public;
{%- endif %}
{%- if !schema.usage.is_empty() %}
grant usage on schema {{ schema.name }} to {{ schema.usage }};
{%- endif %}
{%- endfor %}
{%- if !extensions.is_empty() %}

-- Extensions: operator classes of exclusion constraints
{% for extension in extensions %}
{{ extension }}
{%- endfor %}
{%- endif %}
{%- if let Some(private) = private %}

-- Functions behind the schema: who calls, and when a row was edited

create schema {{ private.schema }};
revoke all on schema {{ private.schema }} from public;
grant usage on schema {{ private.schema }} to {{ private.usage }};

-- Each is one expression, which Postgres puts in place of a call; text that is no JSON raises, and the statement is denied.
{%- for function in private.asked %}
{%- if !loop.first %}
{% endif %}
{{ function }}
{%- endfor %}
{%- for touch in private.touches %}

-- Triggers call these for those whom the policies bind: what the owner writes, such as a backfill, leaves {{ touch.column }} as it is.
{{ touch.keep }}

{{ touch.touch }}
{%- endfor %}
{%- if let Some(writers) = private.writers %}

-- A device's own earlier writes never make its later ones stale: a write is compared with what somebody else left.
{{ writers.table }}
{%- for asked in writers.asked %}

{{ asked }}
{%- endfor %}
{%- endif %}
{%- endif %}
{%- for object in before %}
{%- match object %}
{%- when Before::Enum(item) %}

{{ item }}
{%- when Before::Domain(domain) %}

{{ domain }}
{%- when Before::Written(written) %}

{{ written }}
{%- endmatch %}
{%- endfor %}
{%- for table in tables %}

-- {{ table.title }}

{{ table }}
{%- endfor %}
{%- if !foreign_keys.is_empty() %}

-- Foreign keys, after all tables, so that their order does not matter
{% for key in foreign_keys %}
alter table {{ key.table }}
    add constraint {{ key.name }} {{ key.definition }};
{%- endfor %}
{%- endif %}
{%- if !helpers.is_empty() %}

-- What the declaration says of columns beyond a default: functions, and the triggers that call them
{%- for helper in helpers %}

-- {{ helper.doc }}
{{ helper.function }}
{%- for trigger in helper.triggers %}
{{ trigger }}
{%- endfor %}
{%- endfor %}
{%- endif %}
{%- if !sets.is_empty() %}

-- What access rules look up: functions that read as their owner, whatever the policies of the tables say
{%- for set in sets %}
{% if let Some(comment) = set.comment %}
-- {{ comment }}
{%- endif %}
{{ set.function }}
{%- endfor %}
{%- endif %}
{%- if !policies.is_empty() %}

-- Who may see and change which rows; what no policy grants is denied
{%- for table in policies %}

-- {{ table.title }}
{%- for policy in table.policies %}
{{ policy }}
{%- endfor %}
{%- for decision in table.decisions %}

-- Whoever sets {{ decision.tombstone }} deletes; a policy, which sees one row at a time, lets through what deletes or updates.
{{ decision.function }}
{{ decision.trigger }}
{%- endfor %}
{%- endfor %}
{%- endif %}
{%- for view in views %}

-- {{ view.title }}

{{ view }}
{%- endfor %}
{%- if publication.is_for_all %}

-- PowerSync reads the publication {{ publication.name }} of all tables, which setup.sql makes.
{%- else %}

-- What PowerSync reads: synced tables, and those that decide who may read them. This part may run again.

do {{ publication.quote }}
{%- if !publication.tables.is_empty() %}
declare
    wanted pg_catalog.regclass;
{%- endif %}
begin
    if not exists (select from pg_catalog.pg_publication where pubname = {{ publication.name_literal }}) then
        create publication {{ publication.name }};
    end if;
{%- if !publication.tables.is_empty() %}
    foreach wanted in array array[
{%- for table in publication.tables %}
        {{ table }}{% if !loop.last %},{% endif %}
{%- endfor %}
    ]::pg_catalog.regclass[] loop
        if not exists (
            select
            from pg_catalog.pg_publication_tables as published
            join pg_catalog.pg_class as c on c.relname = published.tablename
            join pg_catalog.pg_namespace as n on n.oid = c.relnamespace and n.nspname = published.schemaname
            where published.pubname = {{ publication.name_literal }} and c.oid = wanted
        ) then
            execute pg_catalog.format('alter publication %I add table %s', {{ publication.name_literal }}, wanted);
        end if;
    end loop;
{%- endif %}
end
{{ publication.quote }};
{%- endif %}
{%- for written in after %}

{{ written }}
{%- endfor %}
{%- if !seeds.is_empty() %}

-- Rows that are shipped with the schema
{%- for seed in seeds %}

{{ seed }}
{%- endfor %}
{%- endif %}
