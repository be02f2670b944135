-- {{ app }}: what the bridge keeps of the uploads that it applies.
--
-- The owner runs it after the migrations, in every deployment; it may run again.

create schema if not exists {{ schema }};
revoke all on schema {{ schema }} from public;
grant usage on schema {{ schema }} to {{ role }};

-- What was dealt with, by the device's number: a transaction that is sent again gets the same answer.
create table if not exists {{ schema }}.applied (
    caller text not null,
    client_id text not null,
    transaction_id bigint not null,
    hash bytea not null,
    answer text not null,
    applied_at timestamptz not null default now(),
    primary key (caller, client_id, transaction_id)
);
create index if not exists applied_applied_at_idx on {{ schema }}.applied (applied_at);
grant select, insert, update, delete on {{ schema }}.applied to {{ role }};

-- Transactions that could not be applied as they are: the entries as they were sent, and why.
create table if not exists {{ schema }}.dead_letters (
    id bigint generated always as identity primary key,
    caller text not null,
    role text not null,
    claims text not null,
    client_id text,
    release text,
    transaction_id bigint,
    entries text[] not null,
    rows text[] not null,
    failed_entry integer not null,
    code text not null,
    detail text,
    reason text not null,
    attempts integer not null default 1,
    created_at timestamptz not null default now(),
    closed_at timestamptz,
    outcome text,
    constraint dead_letters_outcome_check check (outcome in ('replayed', 'discarded')),
    constraint dead_letters_closed_check check ((closed_at is null) = (outcome is null))
);
create index if not exists dead_letters_open_idx on {{ schema }}.dead_letters (caller, client_id) where closed_at is null;
grant select, insert, update, delete on {{ schema }}.dead_letters to {{ role }};

-- The declaration that the database holds: the bridge takes uploads where it was built from the same one.
create or replace function {{ schema }}.fingerprint() returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
    return {{ fingerprint }};
revoke all on function {{ schema }}.fingerprint() from public;
grant execute on function {{ schema }}.fingerprint() to {{ role }};
{%- if let Some(checkpoints) = checkpoints %}

-- Up to which upload a device has sent everything: PowerSync's service reads it behind the rows of these uploads.
create table if not exists {{ schema }}.{{ checkpoints.table }} (
    user_id text not null,
    client_id text not null,
    checkpoint bigint not null,
    asked_at timestamptz not null default now(),
    primary key (user_id, client_id)
);
grant select, insert, update on {{ schema }}.{{ checkpoints.table }} to {{ role }};
grant usage on schema {{ schema }} to {{ checkpoints.replication }};
grant select on {{ schema }}.{{ checkpoints.table }} to {{ checkpoints.replication }};
{%- if let Some(publication) = checkpoints.publication %}
do $$
begin
    if not exists (
        select from pg_publication_tables
        where pubname = {{ publication.literal }} and schemaname = {{ checkpoints.schema }} and tablename = {{ checkpoints.name }}
    ) then
        alter publication {{ publication.name }} add table {{ schema }}.{{ checkpoints.table }};
    end if;
end
$$;
{%- endif %}
{%- endif %}
{%- if let Some(pull) = pull %}

-- What devices pull.
begin;

-- What they have is of this database and of this declaration; or they take everything anew.
create table if not exists {{ schema }}.pulled (
    only_row boolean primary key default true,
    version text not null,
    epoch uuid not null default gen_random_uuid(),
    -- Notes of changes below this one are removed.
    purged bigint not null default 0,
    constraint pulled_only_row_check check (only_row)
);

-- Rows that were deleted or became another one for somebody: the change, and what policies read of the row as it was.
create table if not exists {{ schema }}.gone (
    number bigint generated always as identity primary key,
    of_table text not null,
    changed bigint not null default pg_current_xact_id()::text::bigint,
    was jsonb not null,
    noted_at timestamptz not null default now()
);
create index if not exists gone_of_table_idx on {{ schema }}.gone (of_table, changed, number);
create index if not exists gone_noted_at_idx on {{ schema }}.gone (noted_at);

delete from {{ schema }}.gone where exists (select from {{ schema }}.pulled where version <> {{ pull.version }});
insert into {{ schema }}.pulled as known (version) values ({{ pull.version }})
    on conflict (only_row) do update set version = excluded.version where known.version <> excluded.version;

grant usage on schema {{ schema }} to {{ pull.roles }};
grant select on {{ schema }}.pulled, {{ schema }}.gone to {{ pull.roles }}, {{ role }};
grant update (purged) on {{ schema }}.pulled to {{ role }};
grant delete on {{ schema }}.gone to {{ role }};

-- Whoever could read the row reads the note.
alter table {{ schema }}.gone enable row level security;
do $$
declare
    old record;
begin
    for old in
        select policyname from pg_policies where schemaname = {{ pull.schema }} and tablename = 'gone'
    loop
        execute format('drop policy %I on {{ schema }}.gone', old.policyname);
    end loop;
    for old in
        select t.tgname, t.tgrelid::regclass as of_table
        from pg_trigger as t
        join pg_proc as p on p.oid = t.tgfoid
        join pg_namespace as n on n.oid = p.pronamespace
        where n.nspname = {{ pull.schema }} and t.tgrelid <> all (array[
{%- for note in pull.notes %}
            {{ note.table_text }}{% if !loop.last %},{% endif %}
{%- endfor %}
        ]::regclass[])
    loop
        execute format('drop trigger %I on %s', old.tgname, old.of_table);
    end loop;
end
$$;
create policy bridge on {{ schema }}.gone for all to {{ role }} using (true);

create or replace function {{ schema }}.renew_epoch() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    update {{ schema }}.pulled set epoch = gen_random_uuid();
    return null;
end
$$;
revoke all on function {{ schema }}.renew_epoch() from public;

-- A trigger names the table and what its policies read; the note has these of the row as it was.
create or replace function {{ schema }}.note_gone() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    insert into {{ schema }}.gone (of_table, was)
    select tg_argv[0], jsonb_object_agg(name, known -> name)
    from to_jsonb(old) as known, unnest(tg_argv[1:]) as name;
    return null;
end
$$;
revoke all on function {{ schema }}.note_gone() from public;
{%- for note in pull.notes %}

-- {{ note.title }}
create or replace trigger synctable_gone_delete after delete on {{ note.table }}
    for each row execute function {{ schema }}.note_gone({{ note.names }});
create or replace trigger synctable_gone_update after update on {{ note.table }}
    for each row when (
{%- for condition in note.moves %}
        {% if !loop.first %}or {% endif %}{{ condition }}
{%- endfor %}
    ) execute function {{ schema }}.note_gone({{ note.names }});
create or replace trigger synctable_gone_truncate after truncate on {{ note.table }}
    for each statement execute function {{ schema }}.renew_epoch();
{%- for policy in note.policies %}
create policy {{ policy.name }} on {{ schema }}.gone for select to {{ policy.role }} using (
{%- for line in policy.using %}
    {{ line }}
{%- endfor %}
);
{%- endfor %}
{%- endfor %}

commit;
{%- endif %}
