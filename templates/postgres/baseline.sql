-- {{ app }}: the whole schema, from nothing.
{%- for line in doc %}
-- {{ line }}
{%- endfor %}
--
-- The owner applies it, once, in one transaction; an administrator has run setup.sql before.

do {{ roles_quote }}
declare
    missing pg_catalog.text;
begin
    select pg_catalog.string_agg(pg_catalog.quote_ident(wanted.name), ', ' order by wanted.name) into missing
    from pg_catalog.unnest(array[{{ roles|join(", ") }}]) as wanted (name)
    where not exists (select from pg_catalog.pg_roles where rolname = wanted.name);
    if missing is not null then
        raise exception 'missing roles: %', missing using hint = 'An administrator runs setup.sql first.';
    end if;
end
{{ roles_quote }};

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

-- Functions behind the schema: who calls, and when a row was edited

create schema {{ private.schema }};
revoke all on schema {{ private.schema }} from public;
grant usage on schema {{ private.schema }} to {{ private.usage }};
{%- let user_id = private.user_id %}

-- Each is one expression, which Postgres puts in place of a call; text that is no JSON raises, and the statement is denied.
create function {{ private.schema }}.token() returns jsonb
    language sql
    stable
    parallel safe
    return {{ private.token }};
comment on function {{ private.schema }}.token() is
    'The claims of the caller''s token; NULL without a caller.';
revoke all on function {{ private.schema }}.token() from public;
grant execute on function {{ private.schema }}.token() to {{ private.usage }};

create function {{ private.schema }}.user_id() returns {{ user_id.sql_type }}
    language sql
    stable
    parallel safe
    return {{ user_id.returns }};
comment on function {{ private.schema }}.user_id() is
    'The id of the caller; NULL without a caller, and for a subject that is not of the canonical form.';
revoke all on function {{ private.schema }}.user_id() from public;
grant execute on function {{ private.schema }}.user_id() to {{ private.usage }};

create function {{ private.schema }}.claim(path text[]) returns text
    language sql
    stable
    parallel safe
    return {{ private.claim }};
comment on function {{ private.schema }}.claim(text[]) is
    'A claim of the caller''s token; NULL without a caller, and for a claim that is no string.';
revoke all on function {{ private.schema }}.claim(text[]) from public;
grant execute on function {{ private.schema }}.claim(text[]) to {{ private.usage }};
{%- for touch in private.touches %}

-- Triggers call these for those whom the policies bind: what the owner writes, such as a backfill, leaves {{ touch.column }} as it is.
create function {{ private.schema }}.{{ touch.keep }}() returns trigger
    language plpgsql
    set search_path = {{ private.search_path }}
    as $$
begin
    -- The statement names the column and leaves its value: {{ touch.touch }} must not take that for silence.
    new.{{ touch.column }} := '-infinity';
    return new;
end
$$;
comment on function {{ private.schema }}.{{ touch.keep }}() is
    'Marks an UPDATE that supplies the time of the edit which the row has already.';
revoke all on function {{ private.schema }}.{{ touch.keep }}() from public;

create function {{ private.schema }}.{{ touch.touch }}() returns trigger
    language plpgsql
    set search_path = {{ private.search_path }}
    as $$
begin
    if tg_op = 'UPDATE' and new.{{ touch.column }} = '-infinity' then
        new.{{ touch.column }} := old.{{ touch.column }};
    elsif new.{{ touch.column }} is null
        or (tg_op = 'UPDATE' and new.{{ touch.column }} is not distinct from old.{{ touch.column }}) then
        new.{{ touch.column }} := {{ touch.now }};
    end if;
    -- A clock that runs ahead must not win for ever.
    new.{{ touch.column }} := least(new.{{ touch.column }}, {{ touch.now }} + interval '5 minutes');
    return new;
end
$$;
comment on function {{ private.schema }}.{{ touch.touch }}() is
    'Fills in the time of an edit where the statement does not supply it, and bounds it by now plus five minutes.';
revoke all on function {{ private.schema }}.{{ touch.touch }}() from public;
{%- endfor %}
{%- if let Some(writers) = private.writers %}

-- A device's own earlier writes never make its later ones stale: a write is compared with what somebody else left.
create table {{ private.schema }}.writers (
{%- for column in writers.columns %}
    {{ column }},
{%- endfor %}
    primary key (relation, key)
);
comment on table {{ private.schema }}.writers is {{ writers.comment }};
alter table {{ private.schema }}.writers enable row level security;
revoke all on table {{ private.schema }}.writers from {{ writers.revoke }};
{%- for asked in writers.asked %}

create function {{ private.schema }}.{{ asked.name }}({{ asked.parameters }}) returns boolean
    language sql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
{%- for line in asked.body %}
    {{ line }}
{%- endfor %}
$$;
comment on function {{ private.schema }}.{{ asked.name }}({{ asked.types }}) is
    {{ asked.comment }};
revoke all on function {{ private.schema }}.{{ asked.name }}({{ asked.types }}) from public;
grant execute on function {{ private.schema }}.{{ asked.name }}({{ asked.types }}) to {{ private.usage }};
{%- endfor %}
{%- endif %}
{%- for object in before %}
{%- match object %}
{%- when Before::Enum(item) %}

create type {{ item.name }} as enum ({{ item.labels }});
{%- if let Some(comment) = item.comment %}
comment on type {{ item.name }} is {{ comment }};
{%- endif %}
{%- when Before::Domain(domain) %}

create domain {{ domain.name }} as {{ domain.base }}
{%- if let Some(check) = domain.check %}
    constraint {{ check.name }} check ({{ check.text }})
{%- endif -%}
;
{%- if let Some(comment) = domain.comment %}
comment on domain {{ domain.name }} is {{ comment }};
{%- endif %}
{%- when Before::Written(written) %}

-- {{ written.name }}
{%- for line in written.doc %}
-- {{ line }}
{%- endfor %}
{{ written.text }}
{%- endmatch %}
{%- endfor %}
{%- for table in tables %}

-- {{ table.title }}

create table {{ table.name }} (
{%- for line in table.lines %}
    {{ line }}{% if !loop.last %},{% endif %}
{%- endfor %}
);
{%- for check in table.not_valid %}
alter table {{ table.name }} add constraint {{ check.name }} {{ check.text }};
{%- endfor %}
{%- for comment in table.comments %}
comment on {{ comment.on }} is {{ comment.text }};
{%- endfor %}
{%- if !table.indexes.is_empty() %}
{% for index in table.indexes %}
{{ index }};
{%- endfor %}
{%- endif %}
{%- if let Some(touch) = table.touch %}

create trigger {{ touch.keep_trigger }}
    before update of {{ touch.column }} on {{ table.name }}
    for each row
    when ({{ touch.bound }} and new.{{ touch.column }} is not distinct from old.{{ touch.column }})
    execute function {{ touch.keep_function }}();
create trigger {{ touch.touch_trigger }}
    before insert or update on {{ table.name }}
    for each row
    when ({{ touch.bound }})
    execute function {{ touch.touch_function }}();
{%- endif %}

alter table {{ table.name }} enable row level security;
{%- if table.force_rls %}
alter table {{ table.name }} force row level security;
{%- endif %}
revoke all on table {{ table.name }} from {{ table.revoke }};
{%- for sequence in table.sequences %}
revoke all on sequence {{ sequence }} from {{ table.revoke }};
{%- endfor %}
{%- for grant in table.grants %}
grant{{ grant.privileges }}on table {{ table.name }} to {{ grant.role }};
{%- endfor %}
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
create function {{ helper.function }}() returns trigger
    language plpgsql
{%- if helper.security_definer %}
    security definer
{%- endif %}
    set search_path = {{ helper.search_path }}
    as {{ helper.quote }}
{%- for line in helper.body %}
{{ line }}
{%- endfor %}
{{ helper.quote }};
revoke all on function {{ helper.function }}() from public;
{%- for call in helper.triggers %}
create trigger {{ call.trigger }}
    {{ call.when }} on {{ call.table }}
    for each row
{%- if let Some(condition) = call.condition %}
    when ({{ condition }})
{%- endif %}
    execute function {{ helper.function }}({{ call.arguments }});
{%- endfor %}
{%- endfor %}
{%- endif %}
{%- if !sets.is_empty() %}

-- What access rules look up: functions that read as their owner, whatever the policies of the tables say
{%- for set in sets %}
{% if let Some(comment) = set.comment %}
-- {{ comment }}
{%- endif %}
create function {{ set.name }}() returns setof {{ set.member }}
    language sql
    stable
    parallel safe
    security definer
begin atomic
{%- for line in set.body %}
    {{ line }}{% if loop.last %};{% endif %}
{%- endfor %}
end;
revoke all on function {{ set.name }}() from public;
{%- if !set.roles.is_empty() %}
grant execute on function {{ set.name }}() to {{ set.roles }};
{%- endif %}
{%- endfor %}
{%- endif %}
{%- if !policies.is_empty() %}

-- Who may see and change which rows; what no policy grants is denied
{%- for table in policies %}

-- {{ table.title }}
{%- for policy in table.policies %}
create policy {{ policy.name }} on {{ policy.table }} for {{ policy.command }} to {{ policy.roles }}
{%- match policy.using.as_slice() %}
{%- when [] %}
{%- when [line] %}
    using ({{ line }})
{%- else %}
    using (
{%- for line in policy.using %}
        {{ line }}
{%- endfor %}
    )
{%- endmatch %}
{%- match policy.check.as_slice() %}
{%- when [] %}
{%- when [line] %}
    with check ({{ line }})
{%- else %}
    with check (
{%- for line in policy.check %}
        {{ line }}
{%- endfor %}
    )
{%- endmatch -%}
;
{%- endfor %}
{%- for decision in table.decisions %}

-- Whoever sets {{ decision.tombstone }} deletes; a policy, which sees one row at a time, lets through what deletes or updates.
create function {{ decision.function }}() returns trigger
    language plpgsql
    stable
    set search_path = {{ private.search_path }}
    as {{ decision.quote }}
{%- for line in decision.body %}
{{ line }}
{%- endfor %}
{{ decision.quote }};
revoke all on function {{ decision.function }}() from public;
create trigger {{ decision.trigger }}
    before update on {{ decision.table }}
    for each row
    when ({{ decision.when }})
    execute function {{ decision.function }}();
{%- endfor %}
{%- endfor %}
{%- endif %}
{%- for view in views %}

-- {{ view.title }}

create view {{ view.name }} {% if view.security_invoker %}with (security_invoker = true) {% endif %}as
{%- for line in view.query %}
{{ line }}
{%- endfor -%}
;
{%- if let Some(comment) = view.comment %}
comment on view {{ view.name }} is {{ comment }};
{%- endif %}
revoke all on table {{ view.name }} from {{ view.revoke }};
{%- for grant in view.grants %}
grant{{ grant.privileges }}on table {{ view.name }} to {{ grant.role }};
{%- endfor %}
{%- endfor %}

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
{%- for written in after %}

-- {{ written.name }}
{%- for line in written.doc %}
-- {{ line }}
{%- endfor %}
{{ written.text }}
{%- endfor %}
