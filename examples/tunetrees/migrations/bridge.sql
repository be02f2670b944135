-- tunetrees: what the bridge keeps of the uploads that it applies.
--
-- The owner runs it after the migrations, in every deployment; it may run again.

create schema if not exists tunetrees_bridge;
revoke all on schema tunetrees_bridge from public;
grant usage on schema tunetrees_bridge to bridge_role;

-- What was dealt with, by the device's number: a transaction that is sent again gets the same answer.
create table if not exists tunetrees_bridge.applied (
    caller text not null,
    client_id text not null,
    transaction_id bigint not null,
    hash bytea not null,
    answer text not null,
    applied_at timestamptz not null default now(),
    primary key (caller, client_id, transaction_id)
);
create index if not exists applied_applied_at_idx on tunetrees_bridge.applied (applied_at);
grant select, insert, update, delete on tunetrees_bridge.applied to bridge_role;

-- Transactions that could not be applied as they are: the entries as they were sent, and why.
create table if not exists tunetrees_bridge.dead_letters (
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
create index if not exists dead_letters_open_idx on tunetrees_bridge.dead_letters (caller, client_id) where closed_at is null;
grant select, insert, update, delete on tunetrees_bridge.dead_letters to bridge_role;

-- The declaration that the database holds: the bridge takes uploads where it was built from the same one.
create or replace function tunetrees_bridge.fingerprint() returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
    return '1:3e189f65fcf69c5d';
revoke all on function tunetrees_bridge.fingerprint() from public;
grant execute on function tunetrees_bridge.fingerprint() to bridge_role;

-- What devices pull.
begin;

-- What they have is of this database and of this declaration; or they take everything anew.
create table if not exists tunetrees_bridge.pulled (
    only_row boolean primary key default true,
    version text not null,
    epoch uuid not null default gen_random_uuid(),
    -- Notes of changes below this one are removed.
    purged bigint not null default 0,
    constraint pulled_only_row_check check (only_row)
);

-- Rows that were deleted or became another one for somebody: the change, and what policies read of the row as it was.
create table if not exists tunetrees_bridge.gone (
    number bigint generated always as identity primary key,
    of_table text not null,
    changed bigint not null default pg_current_xact_id()::text::bigint,
    was jsonb not null,
    noted_at timestamptz not null default now()
);
create index if not exists gone_of_table_idx on tunetrees_bridge.gone (of_table, changed, number);
create index if not exists gone_noted_at_idx on tunetrees_bridge.gone (noted_at);

delete from tunetrees_bridge.gone where exists (select from tunetrees_bridge.pulled where version <> '336d9f541b09b5cb');
insert into tunetrees_bridge.pulled as known (version) values ('336d9f541b09b5cb')
    on conflict (only_row) do update set version = excluded.version where known.version <> excluded.version;

grant usage on schema tunetrees_bridge to authenticated;
grant select on tunetrees_bridge.pulled, tunetrees_bridge.gone to authenticated, bridge_role;
grant update (purged) on tunetrees_bridge.pulled to bridge_role;
grant delete on tunetrees_bridge.gone to bridge_role;

-- Whoever could read the row reads the note.
alter table tunetrees_bridge.gone enable row level security;
do $$
declare
    old record;
begin
    for old in
        select policyname from pg_policies where schemaname = 'tunetrees_bridge' and tablename = 'gone'
    loop
        execute format('drop policy %I on tunetrees_bridge.gone', old.policyname);
    end loop;
    for old in
        select t.tgname, t.tgrelid::regclass as of_table
        from pg_trigger as t
        join pg_proc as p on p.oid = t.tgfoid
        join pg_namespace as n on n.oid = p.pronamespace
        where n.nspname = 'tunetrees_bridge' and t.tgrelid <> all (array[
            'public.genre',
            'public.tune_type',
            'public.genre_tune_type',
            'public.instrument',
            'public.tune',
            'public.tune_override',
            'public.rhythm_patterns',
            'public.user_group',
            'public.group_member',
            'public.setlist',
            'public.setlist_item',
            'public.tune_set',
            'public.tune_set_item',
            'public.event',
            'public.repertoire',
            'public.repertoire_tune',
            'public.practice_record',
            'public.daily_practice_queue',
            'public.table_transient_data',
            'public.tag',
            'public.note',
            'public.reference',
            'public.media_asset',
            'public.user_profile',
            'public.user_genre_selection',
            'public.goal',
            'public.plugin',
            'public.prefs_scheduling_options',
            'public.prefs_spaced_repetition',
            'public.tab_group_main_state',
            'public.table_state'
        ]::regclass[])
    loop
        execute format('drop trigger %I on %s', old.tgname, old.of_table);
    end loop;
end
$$;
create policy bridge on tunetrees_bridge.gone for all to bridge_role using (true);

create or replace function tunetrees_bridge.renew_epoch() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    update tunetrees_bridge.pulled set epoch = gen_random_uuid();
    return null;
end
$$;
revoke all on function tunetrees_bridge.renew_epoch() from public;

-- A trigger names the table and what its policies read; the note has these of the row as it was.
create or replace function tunetrees_bridge.note_gone() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    insert into tunetrees_bridge.gone (of_table, was)
    select tg_argv[0], jsonb_object_agg(name, known -> name)
    from to_jsonb(old) as known, unnest(tg_argv[1:]) as name;
    return null;
end
$$;
revoke all on function tunetrees_bridge.note_gone() from public;

-- genre
create or replace trigger synctable_gone_delete after delete on public.genre
    for each row execute function tunetrees_bridge.note_gone('genre', 'id');
create or replace trigger synctable_gone_update after update on public.genre
    for each row when (
        old.id is distinct from new.id
    ) execute function tunetrees_bridge.note_gone('genre', 'id');
create or replace trigger synctable_gone_truncate after truncate on public.genre
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy genre_authenticated on tunetrees_bridge.gone for select to authenticated using (
    of_table = 'genre'
);

-- tune_type
create or replace trigger synctable_gone_delete after delete on public.tune_type
    for each row execute function tunetrees_bridge.note_gone('tune_type', 'id');
create or replace trigger synctable_gone_update after update on public.tune_type
    for each row when (
        old.id is distinct from new.id
    ) execute function tunetrees_bridge.note_gone('tune_type', 'id');
create or replace trigger synctable_gone_truncate after truncate on public.tune_type
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy tune_type_authenticated on tunetrees_bridge.gone for select to authenticated using (
    of_table = 'tune_type'
);

-- genre_tune_type
create or replace trigger synctable_gone_delete after delete on public.genre_tune_type
    for each row execute function tunetrees_bridge.note_gone('genre_tune_type', 'genre_id', 'tune_type_id');
create or replace trigger synctable_gone_update after update on public.genre_tune_type
    for each row when (
        old.genre_id is distinct from new.genre_id
        or old.tune_type_id is distinct from new.tune_type_id
    ) execute function tunetrees_bridge.note_gone('genre_tune_type', 'genre_id', 'tune_type_id');
create or replace trigger synctable_gone_truncate after truncate on public.genre_tune_type
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy genre_tune_type_authenticated on tunetrees_bridge.gone for select to authenticated using (
    of_table = 'genre_tune_type'
);

-- instrument
create or replace trigger synctable_gone_delete after delete on public.instrument
    for each row execute function tunetrees_bridge.note_gone('instrument', 'id', 'private_to_user');
create or replace trigger synctable_gone_update after update on public.instrument
    for each row when (
        old.id is distinct from new.id
        or old.private_to_user is distinct from new.private_to_user
    ) execute function tunetrees_bridge.note_gone('instrument', 'id', 'private_to_user');
create or replace trigger synctable_gone_truncate after truncate on public.instrument
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy instrument_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'instrument' then exists (
        select from jsonb_populate_record(null::public.instrument, gone.was) as was
        where
            private_to_user is null or private_to_user = (select tunetrees_private.user_id())
    ) else false end
);

-- tune
create or replace trigger synctable_gone_delete after delete on public.tune
    for each row execute function tunetrees_bridge.note_gone('tune', 'id', 'private_for');
create or replace trigger synctable_gone_update after update on public.tune
    for each row when (
        old.id is distinct from new.id
        or old.private_for is distinct from new.private_for
    ) execute function tunetrees_bridge.note_gone('tune', 'id', 'private_for');
create or replace trigger synctable_gone_truncate after truncate on public.tune
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy tune_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'tune' then exists (
        select from jsonb_populate_record(null::public.tune, gone.was) as was
        where
            private_for is null or private_for = (select tunetrees_private.user_id())
    ) else false end
);

-- tune_override
create or replace trigger synctable_gone_delete after delete on public.tune_override
    for each row execute function tunetrees_bridge.note_gone('tune_override', 'id', 'user_ref');
create or replace trigger synctable_gone_update after update on public.tune_override
    for each row when (
        old.id is distinct from new.id
        or old.user_ref is distinct from new.user_ref
    ) execute function tunetrees_bridge.note_gone('tune_override', 'id', 'user_ref');
create or replace trigger synctable_gone_truncate after truncate on public.tune_override
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy tune_override_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'tune_override' then exists (
        select from jsonb_populate_record(null::public.tune_override, gone.was) as was
        where
            user_ref = (select tunetrees_private.user_id())
    ) else false end
);

-- rhythm_patterns
create or replace trigger synctable_gone_delete after delete on public.rhythm_patterns
    for each row execute function tunetrees_bridge.note_gone('rhythm_patterns', 'id', 'user_id');
create or replace trigger synctable_gone_update after update on public.rhythm_patterns
    for each row when (
        old.id is distinct from new.id
        or old.user_id is distinct from new.user_id
    ) execute function tunetrees_bridge.note_gone('rhythm_patterns', 'id', 'user_id');
create or replace trigger synctable_gone_truncate after truncate on public.rhythm_patterns
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy rhythm_patterns_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'rhythm_patterns' then exists (
        select from jsonb_populate_record(null::public.rhythm_patterns, gone.was) as was
        where
            user_id is null or user_id = (select tunetrees_private.user_id())
    ) else false end
);

-- user_group
create or replace trigger synctable_gone_delete after delete on public.user_group
    for each row execute function tunetrees_bridge.note_gone('user_group', 'id', 'owner_user_ref');
create or replace trigger synctable_gone_update after update on public.user_group
    for each row when (
        old.id is distinct from new.id
        or old.owner_user_ref is distinct from new.owner_user_ref
    ) execute function tunetrees_bridge.note_gone('user_group', 'id', 'owner_user_ref');
create or replace trigger synctable_gone_truncate after truncate on public.user_group
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy user_group_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'user_group' then exists (
        select from jsonb_populate_record(null::public.user_group, gone.was) as was
        where
            owner_user_ref = (select tunetrees_private.user_id())
            or id = any (array(select tunetrees_private.joined_groups()))
    ) else false end
);

-- group_member
create or replace trigger synctable_gone_delete after delete on public.group_member
    for each row execute function tunetrees_bridge.note_gone('group_member', 'id', 'user_ref', 'group_ref');
create or replace trigger synctable_gone_update after update on public.group_member
    for each row when (
        old.id is distinct from new.id
        or old.user_ref is distinct from new.user_ref
        or old.group_ref is distinct from new.group_ref
    ) execute function tunetrees_bridge.note_gone('group_member', 'id', 'user_ref', 'group_ref');
create or replace trigger synctable_gone_truncate after truncate on public.group_member
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy group_member_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'group_member' then exists (
        select from jsonb_populate_record(null::public.group_member, gone.was) as was
        where
            user_ref = (select tunetrees_private.user_id())
            or group_ref = any (array(select tunetrees_private.owned_groups()))
            or group_ref = any (array(select tunetrees_private.joined_groups()))
    ) else false end
);

-- setlist
create or replace trigger synctable_gone_delete after delete on public.setlist
    for each row execute function tunetrees_bridge.note_gone('setlist', 'id', 'user_ref', 'group_ref');
create or replace trigger synctable_gone_update after update on public.setlist
    for each row when (
        old.id is distinct from new.id
        or old.user_ref is distinct from new.user_ref
        or old.group_ref is distinct from new.group_ref
    ) execute function tunetrees_bridge.note_gone('setlist', 'id', 'user_ref', 'group_ref');
create or replace trigger synctable_gone_truncate after truncate on public.setlist
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy setlist_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'setlist' then exists (
        select from jsonb_populate_record(null::public.setlist, gone.was) as was
        where
            user_ref = (select tunetrees_private.user_id())
            or group_ref = any (array(select tunetrees_private.owned_groups()))
            or group_ref = any (array(select tunetrees_private.joined_groups()))
    ) else false end
);

-- setlist_item
create or replace trigger synctable_gone_delete after delete on public.setlist_item
    for each row execute function tunetrees_bridge.note_gone('setlist_item', 'id', 'setlist_ref');
create or replace trigger synctable_gone_update after update on public.setlist_item
    for each row when (
        old.id is distinct from new.id
        or old.setlist_ref is distinct from new.setlist_ref
    ) execute function tunetrees_bridge.note_gone('setlist_item', 'id', 'setlist_ref');
create or replace trigger synctable_gone_truncate after truncate on public.setlist_item
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy setlist_item_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'setlist_item' then exists (
        select from jsonb_populate_record(null::public.setlist_item, gone.was) as was
        where
            setlist_ref = any (array(select tunetrees_private.readable_setlists()))
    ) else false end
);

-- tune_set
create or replace trigger synctable_gone_delete after delete on public.tune_set
    for each row execute function tunetrees_bridge.note_gone('tune_set', 'id', 'owner_user_ref', 'group_ref');
create or replace trigger synctable_gone_update after update on public.tune_set
    for each row when (
        old.id is distinct from new.id
        or old.owner_user_ref is distinct from new.owner_user_ref
        or old.group_ref is distinct from new.group_ref
    ) execute function tunetrees_bridge.note_gone('tune_set', 'id', 'owner_user_ref', 'group_ref');
create or replace trigger synctable_gone_truncate after truncate on public.tune_set
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy tune_set_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'tune_set' then exists (
        select from jsonb_populate_record(null::public.tune_set, gone.was) as was
        where
            owner_user_ref = (select tunetrees_private.user_id())
            or group_ref = any (array(select tunetrees_private.owned_groups()))
            or group_ref = any (array(select tunetrees_private.joined_groups()))
    ) else false end
);

-- tune_set_item
create or replace trigger synctable_gone_delete after delete on public.tune_set_item
    for each row execute function tunetrees_bridge.note_gone('tune_set_item', 'id', 'tune_set_ref', 'tune_private_for');
create or replace trigger synctable_gone_update after update on public.tune_set_item
    for each row when (
        old.id is distinct from new.id
        or old.tune_set_ref is distinct from new.tune_set_ref
        or old.tune_private_for is distinct from new.tune_private_for
    ) execute function tunetrees_bridge.note_gone('tune_set_item', 'id', 'tune_set_ref', 'tune_private_for');
create or replace trigger synctable_gone_truncate after truncate on public.tune_set_item
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy tune_set_item_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'tune_set_item' then exists (
        select from jsonb_populate_record(null::public.tune_set_item, gone.was) as was
        where
            tune_set_ref = any (array(select tunetrees_private.readable_sets()))
            and (tune_private_for is null or tune_private_for = (select tunetrees_private.user_id()))
    ) else false end
);

-- event
create or replace trigger synctable_gone_delete after delete on public.event
    for each row execute function tunetrees_bridge.note_gone('event', 'id', 'user_ref', 'group_ref');
create or replace trigger synctable_gone_update after update on public.event
    for each row when (
        old.id is distinct from new.id
        or old.user_ref is distinct from new.user_ref
        or old.group_ref is distinct from new.group_ref
    ) execute function tunetrees_bridge.note_gone('event', 'id', 'user_ref', 'group_ref');
create or replace trigger synctable_gone_truncate after truncate on public.event
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy event_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'event' then exists (
        select from jsonb_populate_record(null::public.event, gone.was) as was
        where
            user_ref = (select tunetrees_private.user_id())
            or group_ref = any (array(select tunetrees_private.owned_groups()))
            or group_ref = any (array(select tunetrees_private.joined_groups()))
    ) else false end
);

-- repertoire
create or replace trigger synctable_gone_delete after delete on public.repertoire
    for each row execute function tunetrees_bridge.note_gone('repertoire', 'repertoire_id', 'user_ref');
create or replace trigger synctable_gone_update after update on public.repertoire
    for each row when (
        old.repertoire_id is distinct from new.repertoire_id
        or old.user_ref is distinct from new.user_ref
    ) execute function tunetrees_bridge.note_gone('repertoire', 'repertoire_id', 'user_ref');
create or replace trigger synctable_gone_truncate after truncate on public.repertoire
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy repertoire_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'repertoire' then exists (
        select from jsonb_populate_record(null::public.repertoire, gone.was) as was
        where
            user_ref = (select tunetrees_private.user_id())
    ) else false end
);

-- repertoire_tune
create or replace trigger synctable_gone_delete after delete on public.repertoire_tune
    for each row execute function tunetrees_bridge.note_gone('repertoire_tune', 'repertoire_ref', 'tune_ref');
create or replace trigger synctable_gone_update after update on public.repertoire_tune
    for each row when (
        old.repertoire_ref is distinct from new.repertoire_ref
        or old.tune_ref is distinct from new.tune_ref
    ) execute function tunetrees_bridge.note_gone('repertoire_tune', 'repertoire_ref', 'tune_ref');
create or replace trigger synctable_gone_truncate after truncate on public.repertoire_tune
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy repertoire_tune_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'repertoire_tune' then exists (
        select from jsonb_populate_record(null::public.repertoire_tune, gone.was) as was
        where
            repertoire_ref = any (array(select tunetrees_private.my_repertoires()))
    ) else false end
);

-- practice_record
create or replace trigger synctable_gone_delete after delete on public.practice_record
    for each row execute function tunetrees_bridge.note_gone('practice_record', 'id', 'repertoire_ref');
create or replace trigger synctable_gone_update after update on public.practice_record
    for each row when (
        old.id is distinct from new.id
        or old.repertoire_ref is distinct from new.repertoire_ref
    ) execute function tunetrees_bridge.note_gone('practice_record', 'id', 'repertoire_ref');
create or replace trigger synctable_gone_truncate after truncate on public.practice_record
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy practice_record_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'practice_record' then exists (
        select from jsonb_populate_record(null::public.practice_record, gone.was) as was
        where
            repertoire_ref = any (array(select tunetrees_private.my_repertoires()))
    ) else false end
);

-- daily_practice_queue
create or replace trigger synctable_gone_delete after delete on public.daily_practice_queue
    for each row execute function tunetrees_bridge.note_gone('daily_practice_queue', 'id', 'user_ref');
create or replace trigger synctable_gone_update after update on public.daily_practice_queue
    for each row when (
        old.id is distinct from new.id
        or old.user_ref is distinct from new.user_ref
    ) execute function tunetrees_bridge.note_gone('daily_practice_queue', 'id', 'user_ref');
create or replace trigger synctable_gone_truncate after truncate on public.daily_practice_queue
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy daily_practice_queue_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'daily_practice_queue' then exists (
        select from jsonb_populate_record(null::public.daily_practice_queue, gone.was) as was
        where
            user_ref = (select tunetrees_private.user_id())
    ) else false end
);

-- table_transient_data
create or replace trigger synctable_gone_delete after delete on public.table_transient_data
    for each row execute function tunetrees_bridge.note_gone('table_transient_data', 'tune_id', 'user_id', 'repertoire_id');
create or replace trigger synctable_gone_update after update on public.table_transient_data
    for each row when (
        old.tune_id is distinct from new.tune_id
        or old.user_id is distinct from new.user_id
        or old.repertoire_id is distinct from new.repertoire_id
    ) execute function tunetrees_bridge.note_gone('table_transient_data', 'tune_id', 'user_id', 'repertoire_id');
create or replace trigger synctable_gone_truncate after truncate on public.table_transient_data
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy table_transient_data_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'table_transient_data' then exists (
        select from jsonb_populate_record(null::public.table_transient_data, gone.was) as was
        where
            user_id = (select tunetrees_private.user_id())
    ) else false end
);

-- tag
create or replace trigger synctable_gone_delete after delete on public.tag
    for each row execute function tunetrees_bridge.note_gone('tag', 'tag_id', 'user_ref');
create or replace trigger synctable_gone_update after update on public.tag
    for each row when (
        old.tag_id is distinct from new.tag_id
        or old.user_ref is distinct from new.user_ref
    ) execute function tunetrees_bridge.note_gone('tag', 'tag_id', 'user_ref');
create or replace trigger synctable_gone_truncate after truncate on public.tag
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy tag_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'tag' then exists (
        select from jsonb_populate_record(null::public.tag, gone.was) as was
        where
            user_ref = (select tunetrees_private.user_id())
    ) else false end
);

-- note
create or replace trigger synctable_gone_delete after delete on public.note
    for each row execute function tunetrees_bridge.note_gone('note', 'id', 'user_ref', 'public', 'tune_private_for');
create or replace trigger synctable_gone_update after update on public.note
    for each row when (
        old.id is distinct from new.id
        or old.user_ref is distinct from new.user_ref
        or old.public is distinct from new.public
        or old.tune_private_for is distinct from new.tune_private_for
    ) execute function tunetrees_bridge.note_gone('note', 'id', 'user_ref', 'public', 'tune_private_for');
create or replace trigger synctable_gone_truncate after truncate on public.note
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy note_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'note' then exists (
        select from jsonb_populate_record(null::public.note, gone.was) as was
        where
            (user_ref is null or user_ref = (select tunetrees_private.user_id()) or public is true)
            and (tune_private_for is null or tune_private_for = (select tunetrees_private.user_id()))
    ) else false end
);

-- reference
create or replace trigger synctable_gone_delete after delete on public.reference
    for each row execute function tunetrees_bridge.note_gone('reference', 'id', 'user_ref', 'public', 'tune_private_for');
create or replace trigger synctable_gone_update after update on public.reference
    for each row when (
        old.id is distinct from new.id
        or old.user_ref is distinct from new.user_ref
        or old.public is distinct from new.public
        or old.tune_private_for is distinct from new.tune_private_for
    ) execute function tunetrees_bridge.note_gone('reference', 'id', 'user_ref', 'public', 'tune_private_for');
create or replace trigger synctable_gone_truncate after truncate on public.reference
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy reference_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'reference' then exists (
        select from jsonb_populate_record(null::public.reference, gone.was) as was
        where
            (user_ref is null or user_ref = (select tunetrees_private.user_id()) or public is true)
            and (tune_private_for is null or tune_private_for = (select tunetrees_private.user_id()))
    ) else false end
);

-- media_asset
create or replace trigger synctable_gone_delete after delete on public.media_asset
    for each row execute function tunetrees_bridge.note_gone('media_asset', 'id', 'user_ref', 'reference_user_ref');
create or replace trigger synctable_gone_update after update on public.media_asset
    for each row when (
        old.id is distinct from new.id
        or old.user_ref is distinct from new.user_ref
        or old.reference_user_ref is distinct from new.reference_user_ref
    ) execute function tunetrees_bridge.note_gone('media_asset', 'id', 'user_ref', 'reference_user_ref');
create or replace trigger synctable_gone_truncate after truncate on public.media_asset
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy media_asset_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'media_asset' then exists (
        select from jsonb_populate_record(null::public.media_asset, gone.was) as was
        where
            user_ref = (select tunetrees_private.user_id())
            and reference_user_ref = (select tunetrees_private.user_id())
    ) else false end
);

-- user_profile
create or replace trigger synctable_gone_delete after delete on public.user_profile
    for each row execute function tunetrees_bridge.note_gone('user_profile', 'id');
create or replace trigger synctable_gone_update after update on public.user_profile
    for each row when (
        old.id is distinct from new.id
    ) execute function tunetrees_bridge.note_gone('user_profile', 'id');
create or replace trigger synctable_gone_truncate after truncate on public.user_profile
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy user_profile_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'user_profile' then exists (
        select from jsonb_populate_record(null::public.user_profile, gone.was) as was
        where
            id = (select tunetrees_private.user_id())
    ) else false end
);

-- user_genre_selection
create or replace trigger synctable_gone_delete after delete on public.user_genre_selection
    for each row execute function tunetrees_bridge.note_gone('user_genre_selection', 'user_id', 'genre_id');
create or replace trigger synctable_gone_update after update on public.user_genre_selection
    for each row when (
        old.user_id is distinct from new.user_id
        or old.genre_id is distinct from new.genre_id
    ) execute function tunetrees_bridge.note_gone('user_genre_selection', 'user_id', 'genre_id');
create or replace trigger synctable_gone_truncate after truncate on public.user_genre_selection
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy user_genre_selection_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'user_genre_selection' then exists (
        select from jsonb_populate_record(null::public.user_genre_selection, gone.was) as was
        where
            user_id = (select tunetrees_private.user_id())
    ) else false end
);

-- goal
create or replace trigger synctable_gone_delete after delete on public.goal
    for each row execute function tunetrees_bridge.note_gone('goal', 'id', 'private_for');
create or replace trigger synctable_gone_update after update on public.goal
    for each row when (
        old.id is distinct from new.id
        or old.private_for is distinct from new.private_for
    ) execute function tunetrees_bridge.note_gone('goal', 'id', 'private_for');
create or replace trigger synctable_gone_truncate after truncate on public.goal
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy goal_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'goal' then exists (
        select from jsonb_populate_record(null::public.goal, gone.was) as was
        where
            private_for is null or private_for = (select tunetrees_private.user_id())
    ) else false end
);

-- plugin
create or replace trigger synctable_gone_delete after delete on public.plugin
    for each row execute function tunetrees_bridge.note_gone('plugin', 'id', 'user_ref', 'is_public');
create or replace trigger synctable_gone_update after update on public.plugin
    for each row when (
        old.id is distinct from new.id
        or old.user_ref is distinct from new.user_ref
        or old.is_public is distinct from new.is_public
    ) execute function tunetrees_bridge.note_gone('plugin', 'id', 'user_ref', 'is_public');
create or replace trigger synctable_gone_truncate after truncate on public.plugin
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy plugin_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'plugin' then exists (
        select from jsonb_populate_record(null::public.plugin, gone.was) as was
        where
            user_ref = (select tunetrees_private.user_id()) or is_public is true
    ) else false end
);

-- prefs_scheduling_options
create or replace trigger synctable_gone_delete after delete on public.prefs_scheduling_options
    for each row execute function tunetrees_bridge.note_gone('prefs_scheduling_options', 'user_id');
create or replace trigger synctable_gone_update after update on public.prefs_scheduling_options
    for each row when (
        old.user_id is distinct from new.user_id
    ) execute function tunetrees_bridge.note_gone('prefs_scheduling_options', 'user_id');
create or replace trigger synctable_gone_truncate after truncate on public.prefs_scheduling_options
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy prefs_scheduling_options_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'prefs_scheduling_options' then exists (
        select from jsonb_populate_record(null::public.prefs_scheduling_options, gone.was) as was
        where
            user_id = (select tunetrees_private.user_id())
    ) else false end
);

-- prefs_spaced_repetition
create or replace trigger synctable_gone_delete after delete on public.prefs_spaced_repetition
    for each row execute function tunetrees_bridge.note_gone('prefs_spaced_repetition', 'user_id', 'alg_type');
create or replace trigger synctable_gone_update after update on public.prefs_spaced_repetition
    for each row when (
        old.user_id is distinct from new.user_id
        or old.alg_type is distinct from new.alg_type
    ) execute function tunetrees_bridge.note_gone('prefs_spaced_repetition', 'user_id', 'alg_type');
create or replace trigger synctable_gone_truncate after truncate on public.prefs_spaced_repetition
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy prefs_spaced_repetition_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'prefs_spaced_repetition' then exists (
        select from jsonb_populate_record(null::public.prefs_spaced_repetition, gone.was) as was
        where
            user_id = (select tunetrees_private.user_id())
    ) else false end
);

-- tab_group_main_state
create or replace trigger synctable_gone_delete after delete on public.tab_group_main_state
    for each row execute function tunetrees_bridge.note_gone('tab_group_main_state', 'id', 'user_id');
create or replace trigger synctable_gone_update after update on public.tab_group_main_state
    for each row when (
        old.id is distinct from new.id
        or old.user_id is distinct from new.user_id
    ) execute function tunetrees_bridge.note_gone('tab_group_main_state', 'id', 'user_id');
create or replace trigger synctable_gone_truncate after truncate on public.tab_group_main_state
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy tab_group_main_state_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'tab_group_main_state' then exists (
        select from jsonb_populate_record(null::public.tab_group_main_state, gone.was) as was
        where
            user_id = (select tunetrees_private.user_id())
    ) else false end
);

-- table_state
create or replace trigger synctable_gone_delete after delete on public.table_state
    for each row execute function tunetrees_bridge.note_gone('table_state', 'user_id', 'screen_size', 'purpose', 'repertoire_id');
create or replace trigger synctable_gone_update after update on public.table_state
    for each row when (
        old.user_id is distinct from new.user_id
        or old.screen_size is distinct from new.screen_size
        or old.purpose is distinct from new.purpose
        or old.repertoire_id is distinct from new.repertoire_id
    ) execute function tunetrees_bridge.note_gone('table_state', 'user_id', 'screen_size', 'purpose', 'repertoire_id');
create or replace trigger synctable_gone_truncate after truncate on public.table_state
    for each statement execute function tunetrees_bridge.renew_epoch();
create policy table_state_authenticated on tunetrees_bridge.gone for select to authenticated using (
    case when of_table = 'table_state' then exists (
        select from jsonb_populate_record(null::public.table_state, gone.was) as was
        where
            user_id = (select tunetrees_private.user_id())
    ) else false end
);

commit;
