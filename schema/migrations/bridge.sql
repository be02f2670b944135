-- tasks: what the bridge keeps of the uploads that it applies.
--
-- The owner runs it after the migrations, in every deployment; it may run again.

create schema if not exists tasks_bridge;
revoke all on schema tasks_bridge from public;
grant usage on schema tasks_bridge to bridge_role;

-- What was dealt with, by the device's number: a transaction that is sent again gets the same answer.
create table if not exists tasks_bridge.applied (
    caller text not null,
    client_id text not null,
    transaction_id bigint not null,
    hash bytea not null,
    answer text not null,
    applied_at timestamptz not null default now(),
    primary key (caller, client_id, transaction_id)
);
create index if not exists applied_applied_at_idx on tasks_bridge.applied (applied_at);
grant select, insert, update, delete on tasks_bridge.applied to bridge_role;

-- Transactions that could not be applied as they are: the entries as they were sent, and why.
create table if not exists tasks_bridge.dead_letters (
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
create index if not exists dead_letters_open_idx on tasks_bridge.dead_letters (caller, client_id) where closed_at is null;
grant select, insert, update, delete on tasks_bridge.dead_letters to bridge_role;

-- The declaration that the database holds: the bridge takes uploads where it was built from the same one.
create or replace function tasks_bridge.fingerprint() returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
    return '1:58a7e75a3c6cf995';
revoke all on function tasks_bridge.fingerprint() from public;
grant execute on function tasks_bridge.fingerprint() to bridge_role;

-- Up to which upload a device has sent everything: PowerSync's service reads it behind the rows of these uploads.
create table if not exists tasks_bridge.checkpoints (
    user_id text not null,
    client_id text not null,
    checkpoint bigint not null,
    asked_at timestamptz not null default now(),
    primary key (user_id, client_id)
);
grant select, insert, update on tasks_bridge.checkpoints to bridge_role;
grant usage on schema tasks_bridge to powersync_role;
grant select on tasks_bridge.checkpoints to powersync_role;
do $$
begin
    if not exists (
        select from pg_publication_tables
        where pubname = 'powersync' and schemaname = 'tasks_bridge' and tablename = 'checkpoints'
    ) then
        alter publication powersync add table tasks_bridge.checkpoints;
    end if;
end
$$;

-- What devices pull.
begin;

-- What they have is of this database and of this declaration; or they take everything anew.
create table if not exists tasks_bridge.pulled (
    only_row boolean primary key default true,
    version text not null,
    epoch uuid not null default gen_random_uuid(),
    -- Notes of changes below this one are removed.
    purged bigint not null default 0,
    constraint pulled_only_row_check check (only_row)
);

-- Rows that were deleted or became another one for somebody: the change, and what policies read of the row as it was.
create table if not exists tasks_bridge.gone (
    number bigint generated always as identity primary key,
    of_table text not null,
    changed bigint not null default pg_current_xact_id()::text::bigint,
    was jsonb not null,
    noted_at timestamptz not null default now()
);
create index if not exists gone_of_table_idx on tasks_bridge.gone (of_table, changed, number);
create index if not exists gone_noted_at_idx on tasks_bridge.gone (noted_at);

delete from tasks_bridge.gone where exists (select from tasks_bridge.pulled where version <> '3e54517cb7bfc78b');
insert into tasks_bridge.pulled as known (version) values ('3e54517cb7bfc78b')
    on conflict (only_row) do update set version = excluded.version where known.version <> excluded.version;

grant usage on schema tasks_bridge to authenticated;
grant select on tasks_bridge.pulled, tasks_bridge.gone to authenticated, bridge_role;
grant update (purged) on tasks_bridge.pulled to bridge_role;
grant delete on tasks_bridge.gone to bridge_role;

-- Whoever could read the row reads the note.
alter table tasks_bridge.gone enable row level security;
do $$
declare
    old record;
begin
    for old in
        select policyname from pg_policies where schemaname = 'tasks_bridge' and tablename = 'gone'
    loop
        execute format('drop policy %I on tasks_bridge.gone', old.policyname);
    end loop;
    for old in
        select t.tgname, t.tgrelid::regclass as of_table
        from pg_trigger as t
        join pg_proc as p on p.oid = t.tgfoid
        join pg_namespace as n on n.oid = p.pronamespace
        where n.nspname = 'tasks_bridge' and t.tgrelid <> all (array[
            'public.items'
        ]::regclass[])
    loop
        execute format('drop trigger %I on %s', old.tgname, old.of_table);
    end loop;
end
$$;
create policy bridge on tasks_bridge.gone for all to bridge_role using (true);

create or replace function tasks_bridge.renew_epoch() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    update tasks_bridge.pulled set epoch = gen_random_uuid();
    return null;
end
$$;
revoke all on function tasks_bridge.renew_epoch() from public;

-- A trigger names the table and what its policies read; the note has these of the row as it was.
create or replace function tasks_bridge.note_gone() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    insert into tasks_bridge.gone (of_table, was)
    select tg_argv[0], jsonb_object_agg(name, known -> name)
    from to_jsonb(old) as known, unnest(tg_argv[1:]) as name;
    return null;
end
$$;
revoke all on function tasks_bridge.note_gone() from public;

-- items
create or replace trigger synctable_gone_delete after delete on public.items
    for each row execute function tasks_bridge.note_gone('items', 'id', 'list_id', 'assignee_ids');
create or replace trigger synctable_gone_update after update on public.items
    for each row when (
        old.id is distinct from new.id
        or old.list_id is distinct from new.list_id
        or old.assignee_ids is distinct from new.assignee_ids
    ) execute function tasks_bridge.note_gone('items', 'id', 'list_id', 'assignee_ids');
create or replace trigger synctable_gone_truncate after truncate on public.items
    for each statement execute function tasks_bridge.renew_epoch();
create policy items_authenticated on tasks_bridge.gone for select to authenticated using (
    case when of_table = 'items' then exists (
        select from jsonb_populate_record(null::public.items, gone.was) as was
        where
            list_id = any (array(select tasks_private.my_lists()))
            or assignee_ids @> array[(select tasks_private.user_id())]
            or list_id = any (array(select tasks_private.public_lists()))
    ) else false end
);

commit;
