-- tunetrees: the whole schema, from nothing.
-- A practice app for folk tunes: a catalogue, repertoires, spaced repetition, notes, sets and setlists of groups. Times are instants throughout; the app kept most of them without a zone, so that the session's zone decided what they meant. What the app marks as deleted by a boolean has the time of its deletion here.
--
-- The owner applies it, once, in one transaction; an administrator has run setup.sql before.

do $$
declare
    missing pg_catalog.text;
begin
    select pg_catalog.string_agg(pg_catalog.quote_ident(wanted.name), ', ' order by wanted.name) into missing
    from pg_catalog.unnest(array['authenticated', 'anon', 'service_role', 'powersync_role']) as wanted (name)
    where not exists (select from pg_catalog.pg_roles where rolname = wanted.name);
    if missing is not null then
        raise exception 'missing roles: %', missing using hint = 'An administrator runs setup.sql first.';
    end if;
end
$$;

-- Schemas

grant usage on schema public to authenticated, anon, service_role, powersync_role;

-- Functions behind the schema: who calls, and when a row was edited

create schema tunetrees_private;
revoke all on schema tunetrees_private from public;
grant usage on schema tunetrees_private to authenticated, anon, service_role;

-- Each is one expression, which Postgres puts in place of a call; text that is no JSON raises, and the statement is denied.
create function tunetrees_private.token() returns jsonb
    language sql
    stable
    parallel safe
    return coalesce(nullif(pg_catalog.current_setting('request.jwt.claim', true), ''), nullif(pg_catalog.current_setting('request.jwt.claims', true), ''))::pg_catalog.jsonb;
comment on function tunetrees_private.token() is
    'The claims of the caller''s token; NULL without a caller.';
revoke all on function tunetrees_private.token() from public;
grant execute on function tunetrees_private.token() to authenticated, anon, service_role;

create function tunetrees_private.user_id() returns uuid
    language sql
    stable
    parallel safe
    return (pg_catalog.jsonb_path_query_first(tunetrees_private.token() -> 'sub', 'strict $?(@ like_regex "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")'::pg_catalog.jsonpath) #>> '{}'::pg_catalog.text[])::pg_catalog.uuid;
comment on function tunetrees_private.user_id() is
    'The id of the caller; NULL without a caller, and for a subject that is not of the canonical form.';
revoke all on function tunetrees_private.user_id() from public;
grant execute on function tunetrees_private.user_id() to authenticated, anon, service_role;

create function tunetrees_private.claim(path text[]) returns text
    language sql
    stable
    parallel safe
    return pg_catalog.jsonb_path_query_first(tunetrees_private.token() #> path, 'strict $?(@.type() == "string")'::pg_catalog.jsonpath) #>> '{}'::pg_catalog.text[];
comment on function tunetrees_private.claim(text[]) is
    'A claim of the caller''s token; NULL without a caller, and for a claim that is not a string.';
revoke all on function tunetrees_private.claim(text[]) from public;
grant execute on function tunetrees_private.claim(text[]) to authenticated, anon, service_role;

-- Triggers call these for those whom the policies bind: what the owner writes, such as a backfill, leaves last_modified_at as it is.
create function tunetrees_private.keep_last_modified_at() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    -- The statement names the column and leaves its value: touch_last_modified_at must not take that for silence.
    new.last_modified_at := '-infinity';
    return new;
end
$$;
comment on function tunetrees_private.keep_last_modified_at() is
    'Marks an UPDATE that supplies the time of the edit which the row has already.';
revoke all on function tunetrees_private.keep_last_modified_at() from public;

create function tunetrees_private.touch_last_modified_at() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'UPDATE' and new.last_modified_at = '-infinity' then
        new.last_modified_at := old.last_modified_at;
    elsif new.last_modified_at is null
        or (tg_op = 'UPDATE' and new.last_modified_at is not distinct from old.last_modified_at) then
        new.last_modified_at := now();
    end if;
    -- A clock that runs ahead must not win for ever.
    new.last_modified_at := least(new.last_modified_at, now() + interval '5 minutes');
    return new;
end
$$;
comment on function tunetrees_private.touch_last_modified_at() is
    'Fills in the time of an edit where the statement does not supply it, and bounds it by now plus five minutes.';
revoke all on function tunetrees_private.touch_last_modified_at() from public;

-- A device's own earlier writes never make its later ones stale: a write is compared with what somebody else left.
create table tunetrees_private.writers (
    relation regclass not null,
    key text not null,
    client text not null,
    inserted boolean not null,
    edited_since timestamptz,
    edited_at timestamptz,
    version_since bigint,
    version bigint,
    primary key (relation, key)
);
comment on table tunetrees_private.writers is 'For each row that a known client wrote last: who, and what stood before that client''s writes.';
alter table tunetrees_private.writers enable row level security;
revoke all on table tunetrees_private.writers from public, authenticated, anon;

create function tunetrees_private.is_own_edit(of_table regclass, of_row text, stands timestamptz, edited timestamptz, anew boolean) returns boolean
    language sql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
    select exists (
        select
        from tunetrees_private.writers as known
        where known.relation = of_table and known.key = of_row
          and known.client = current_setting('synctable.client_id', true)
          and known.edited_at = stands and (anew or known.inserted or known.edited_since < edited)
    )
$$;
comment on function tunetrees_private.is_own_edit(regclass, text, timestamptz, timestamptz, boolean) is
    'Whether the client wrote the row as it stands, and this edit is later than what others wrote before.';
revoke all on function tunetrees_private.is_own_edit(regclass, text, timestamptz, timestamptz, boolean) from public;
grant execute on function tunetrees_private.is_own_edit(regclass, text, timestamptz, timestamptz, boolean) to authenticated, anon, service_role;

-- sync_now_iso
-- The start of the transaction in UTC with milliseconds. The app declared it immutable, which it is not.
create function public.sync_now_iso() returns text
  language sql stable set search_path = pg_catalog, pg_temp
  as $$ select to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

-- genre

create table public.genre (
    id text not null,
    name text,
    region text,
    description text,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    constraint genre_pkey primary key (id)
);
comment on table public.genre is 'A kind of music; written by the server alone.';
comment on column public.genre.id is 'Its short name.';
comment on column public.genre.name is 'Its name for people.';
comment on column public.genre.region is 'Where it is at home.';
comment on column public.genre.description is 'What it is.';
comment on column public.genre.last_modified_at is 'When it last changed.';
comment on column public.genre.changed is 'The transaction that wrote it last.';

create index genre_changed_idx on public.genre (changed, id);

alter table public.genre enable row level security;
revoke all on table public.genre from public, authenticated, anon;
grant select on table public.genre to authenticated;
grant all on table public.genre to service_role;
grant select on table public.genre to powersync_role;

-- tune_type

create table public.tune_type (
    id text not null,
    name text,
    rhythm text,
    description text,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    constraint tune_type_pkey primary key (id)
);
comment on table public.tune_type is 'A kind of tune; written by the server alone.';
comment on column public.tune_type.id is 'Its short name.';
comment on column public.tune_type.name is 'Its name for people.';
comment on column public.tune_type.rhythm is 'Its metre.';
comment on column public.tune_type.description is 'What it is.';
comment on column public.tune_type.last_modified_at is 'When it last changed.';
comment on column public.tune_type.changed is 'The transaction that wrote it last.';

create index tune_type_changed_idx on public.tune_type (changed, id);

alter table public.tune_type enable row level security;
revoke all on table public.tune_type from public, authenticated, anon;
grant select on table public.tune_type to authenticated;
grant all on table public.tune_type to service_role;
grant select on table public.tune_type to powersync_role;

-- genre_tune_type

create table public.genre_tune_type (
    genre_id text not null,
    tune_type_id text not null,
    default_bpm integer,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    constraint genre_tune_type_pkey primary key (genre_id, tune_type_id),
    constraint genre_tune_type_default_bpm_check check (default_bpm > 0)
);
comment on table public.genre_tune_type is 'Which kinds of tunes a kind of music has; written by the server alone.';
comment on column public.genre_tune_type.genre_id is 'The kind of music.';
comment on column public.genre_tune_type.tune_type_id is 'The kind of tune.';
comment on column public.genre_tune_type.default_bpm is 'How fast it is played.';
comment on column public.genre_tune_type.last_modified_at is 'When it last changed.';
comment on column public.genre_tune_type.changed is 'The transaction that wrote it last.';

create index genre_tune_type_changed_idx on public.genre_tune_type (changed, genre_id, tune_type_id);

alter table public.genre_tune_type enable row level security;
revoke all on table public.genre_tune_type from public, authenticated, anon;
grant select on table public.genre_tune_type to authenticated;
grant all on table public.genre_tune_type to service_role;
grant select on table public.genre_tune_type to powersync_role;

-- user_profile

create table public.user_profile (
    id uuid not null,
    name text,
    email text,
    sr_alg_type text,
    phone text,
    phone_verified timestamptz,
    acceptable_delinquency_window integer default 21,
    avatar_url text,
    deleted_at timestamptz,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint user_profile_pkey primary key (id)
);
comment on table public.user_profile is 'A user, for that user only: the address and the telephone number are in it. The app sent whole rows of others to their groups; what others may know is told by `get_group_member_profiles`.';
comment on column public.user_profile.id is 'The user''s id at sign-in.';
comment on column public.user_profile.name is 'What the user is called.';
comment on column public.user_profile.email is 'The user''s address.';
comment on column public.user_profile.sr_alg_type is 'How the next time to practise is found.';
comment on column public.user_profile.phone is 'The user''s telephone number.';
comment on column public.user_profile.phone_verified is 'When that number was found to be the user''s.';
comment on column public.user_profile.acceptable_delinquency_window is 'How many days something may be overdue.';
comment on column public.user_profile.avatar_url is 'Where the user''s picture is.';
comment on column public.user_profile.deleted_at is 'When it was deleted.';
comment on column public.user_profile.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.user_profile.last_modified_at is 'When it was last edited.';
comment on column public.user_profile.changed is 'The transaction that wrote it last.';
comment on column public.user_profile.device_id is 'On which device.';

create index user_profile_changed_idx on public.user_profile (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.user_profile
    for each row
    when (row_security_active('public.user_profile'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.user_profile
    for each row
    when (row_security_active('public.user_profile'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.user_profile enable row level security;
revoke all on table public.user_profile from public, authenticated, anon;
grant
    select,
    insert (id, name, email, sr_alg_type, phone, phone_verified, acceptable_delinquency_window, avatar_url, deleted_at, sync_version, last_modified_at, device_id),
    update (id, name, email, sr_alg_type, phone, phone_verified, acceptable_delinquency_window, avatar_url, deleted_at, sync_version, last_modified_at, device_id)
on table public.user_profile to authenticated;
grant all on table public.user_profile to service_role;
grant select on table public.user_profile to powersync_role;

-- instrument

create table public.instrument (
    id uuid not null default gen_random_uuid(),
    private_to_user uuid,
    instrument text,
    description text,
    genre_default text,
    deleted_at timestamptz,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint instrument_pkey primary key (id),
    constraint instrument_name unique (private_to_user, instrument)
);
comment on table public.instrument is 'An instrument, everybody''s or one user''s.';
comment on column public.instrument.private_to_user is 'Whose it is; everybody''s where absent.';
comment on column public.instrument.instrument is 'What it is called.';
comment on column public.instrument.description is 'What it is.';
comment on column public.instrument.genre_default is 'The kind of music it is played in.';
comment on column public.instrument.deleted_at is 'When it was deleted.';
comment on column public.instrument.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.instrument.last_modified_at is 'When it was last edited.';
comment on column public.instrument.changed is 'The transaction that wrote it last.';
comment on column public.instrument.device_id is 'On which device.';

create index instrument_changed_idx on public.instrument (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.instrument
    for each row
    when (row_security_active('public.instrument'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.instrument
    for each row
    when (row_security_active('public.instrument'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.instrument enable row level security;
revoke all on table public.instrument from public, authenticated, anon;
grant
    select,
    insert (id, private_to_user, instrument, description, genre_default, deleted_at, sync_version, last_modified_at, device_id),
    update (id, private_to_user, instrument, description, genre_default, deleted_at, sync_version, last_modified_at, device_id),
    delete
on table public.instrument to authenticated;
grant all on table public.instrument to service_role;
grant select on table public.instrument to powersync_role;

-- tune

create table public.tune (
    id uuid not null default gen_random_uuid(),
    id_foreign text,
    primary_origin text default 'irishtune.info',
    title text,
    type text,
    structure text,
    mode text,
    incipit text,
    genre text,
    private_for uuid,
    deleted_at timestamptz,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    composer text,
    artist text,
    release_year integer,
    constraint tune_pkey primary key (id)
);
comment on table public.tune is 'A tune, everybody''s or one user''s. Everybody''s tunes are not changed by users, who write a `tune_override`; in the app anybody could edit and even claim them.';
comment on column public.tune.id_foreign is 'Its number where it comes from.';
comment on column public.tune.primary_origin is 'Where it comes from.';
comment on column public.tune.title is 'What it is called.';
comment on column public.tune.type is 'Its kind of tune.';
comment on column public.tune.structure is 'Its parts, such as AABB.';
comment on column public.tune.mode is 'Its key and mode.';
comment on column public.tune.incipit is 'Its first bars, in ABC notation.';
comment on column public.tune.genre is 'Its kind of music.';
comment on column public.tune.private_for is 'Whose it is; everybody''s where absent.';
comment on column public.tune.deleted_at is 'When it was deleted.';
comment on column public.tune.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.tune.last_modified_at is 'When it was last edited.';
comment on column public.tune.changed is 'The transaction that wrote it last.';
comment on column public.tune.device_id is 'On which device.';
comment on column public.tune.composer is 'Who made it.';
comment on column public.tune.artist is 'Who is known for it.';
comment on column public.tune.release_year is 'When it came out.';

create index tune_by_genre on public.tune (genre);
create index tune_by_user on public.tune (private_for);
create index tune_changed_idx on public.tune (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.tune
    for each row
    when (row_security_active('public.tune'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.tune
    for each row
    when (row_security_active('public.tune'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.tune enable row level security;
revoke all on table public.tune from public, authenticated, anon;
grant
    select,
    insert (id, id_foreign, primary_origin, title, type, structure, mode, incipit, genre, private_for, deleted_at, sync_version, last_modified_at, device_id, composer, artist, release_year),
    update (id, id_foreign, primary_origin, title, type, structure, mode, incipit, genre, private_for, deleted_at, sync_version, last_modified_at, device_id, composer, artist, release_year),
    delete
on table public.tune to authenticated;
grant all on table public.tune to service_role;
grant select on table public.tune to powersync_role;

-- tune_override

create table public.tune_override (
    id uuid not null default gen_random_uuid(),
    tune_ref uuid not null,
    user_ref uuid not null,
    title text,
    type text,
    structure text,
    genre text,
    mode text,
    incipit text,
    deleted_at timestamptz,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    composer text,
    artist text,
    release_year integer,
    id_foreign text,
    constraint tune_override_pkey primary key (id)
);
comment on table public.tune_override is 'What a user changed about a tune, for that user only.';
comment on column public.tune_override.tune_ref is 'The tune.';
comment on column public.tune_override.user_ref is 'The user.';
comment on column public.tune_override.title is 'What the user calls it.';
comment on column public.tune_override.type is 'Its kind of tune.';
comment on column public.tune_override.structure is 'Its parts.';
comment on column public.tune_override.genre is 'Its kind of music.';
comment on column public.tune_override.mode is 'Its key and mode.';
comment on column public.tune_override.incipit is 'Its first bars.';
comment on column public.tune_override.deleted_at is 'When it was deleted.';
comment on column public.tune_override.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.tune_override.last_modified_at is 'When it was last edited.';
comment on column public.tune_override.changed is 'The transaction that wrote it last.';
comment on column public.tune_override.device_id is 'On which device.';
comment on column public.tune_override.composer is 'Who made it.';
comment on column public.tune_override.artist is 'Who is known for it.';
comment on column public.tune_override.release_year is 'When it came out.';
comment on column public.tune_override.id_foreign is 'Its number where it comes from.';

create index tune_override_by_tune on public.tune_override (tune_ref, user_ref);
create index tune_override_by_user on public.tune_override (user_ref);
create index tune_override_changed_idx on public.tune_override (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.tune_override
    for each row
    when (row_security_active('public.tune_override'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.tune_override
    for each row
    when (row_security_active('public.tune_override'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.tune_override enable row level security;
revoke all on table public.tune_override from public, authenticated, anon;
grant
    select,
    insert (id, tune_ref, user_ref, title, type, structure, genre, mode, incipit, deleted_at, sync_version, last_modified_at, device_id, composer, artist, release_year, id_foreign),
    update (id, tune_ref, user_ref, title, type, structure, genre, mode, incipit, deleted_at, sync_version, last_modified_at, device_id, composer, artist, release_year, id_foreign),
    delete
on table public.tune_override to authenticated;
grant all on table public.tune_override to service_role;
grant select on table public.tune_override to powersync_role;

-- rhythm_patterns

create table public.rhythm_patterns (
    id uuid not null default gen_random_uuid(),
    genre_id text not null,
    tune_type_id text not null,
    name text not null,
    part_target text default '*',
    abc_string text not null,
    is_default boolean not null default false,
    premium_audio_url text,
    sample_kit text not null default 'bodhran',
    tune_id uuid,
    user_id uuid,
    pattern_type text not null default 'seed',
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    swing_percentage real not null default 0,
    swing_desc text,
    bpm_override integer,
    constraint rhythm_patterns_pkey primary key (id),
    constraint rhythm_patterns_pattern_type_labels check (pattern_type in ('seed', 'full_track'))
);
comment on table public.rhythm_patterns is 'A pattern to play along with, everybody''s or one user''s.';
comment on column public.rhythm_patterns.genre_id is 'For which kind of music.';
comment on column public.rhythm_patterns.tune_type_id is 'For which kind of tune.';
comment on column public.rhythm_patterns.name is 'What it is called.';
comment on column public.rhythm_patterns.part_target is 'For which part; all by a star.';
comment on column public.rhythm_patterns.abc_string is 'The pattern, in ABC notation.';
comment on column public.rhythm_patterns.is_default is 'Whether it is offered first.';
comment on column public.rhythm_patterns.premium_audio_url is 'Where a recording is.';
comment on column public.rhythm_patterns.sample_kit is 'How it sounds.';
comment on column public.rhythm_patterns.tune_id is 'For which tune; it need not be here.';
comment on column public.rhythm_patterns.user_id is 'Whose it is; everybody''s where absent.';
comment on column public.rhythm_patterns.pattern_type is 'Whether it is repeated.';
comment on column public.rhythm_patterns.last_modified_at is 'When it was last edited.';
comment on column public.rhythm_patterns.changed is 'The transaction that wrote it last.';
comment on column public.rhythm_patterns.swing_percentage is 'How much it swings.';
comment on column public.rhythm_patterns.swing_desc is 'How it swings.';
comment on column public.rhythm_patterns.bpm_override is 'How fast it is played.';

create index rhythm_patterns_by_genre on public.rhythm_patterns (genre_id, tune_type_id);
create index rhythm_patterns_by_user on public.rhythm_patterns (user_id);
create index rhythm_patterns_changed_idx on public.rhythm_patterns (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.rhythm_patterns
    for each row
    when (row_security_active('public.rhythm_patterns'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.rhythm_patterns
    for each row
    when (row_security_active('public.rhythm_patterns'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.rhythm_patterns enable row level security;
revoke all on table public.rhythm_patterns from public, authenticated, anon;
grant
    select,
    insert (id, genre_id, tune_type_id, name, part_target, abc_string, is_default, premium_audio_url, sample_kit, tune_id, user_id, pattern_type, last_modified_at, swing_percentage, swing_desc, bpm_override),
    update (id, genre_id, tune_type_id, name, part_target, abc_string, is_default, premium_audio_url, sample_kit, tune_id, user_id, pattern_type, last_modified_at, swing_percentage, swing_desc, bpm_override),
    delete
on table public.rhythm_patterns to authenticated;
grant all on table public.rhythm_patterns to service_role;
grant select on table public.rhythm_patterns to powersync_role;

-- sync_change_log

create table public.sync_change_log (
    table_name text not null,
    changed_at text not null,
    constraint sync_change_log_pkey primary key (table_name)
);
comment on table public.sync_change_log is 'When each table was last written; asked by clients that pull.';
comment on column public.sync_change_log.table_name is 'The table.';
comment on column public.sync_change_log.changed_at is 'When, in UTC with milliseconds, as text.';

alter table public.sync_change_log enable row level security;
revoke all on table public.sync_change_log from public, authenticated, anon;
grant all on table public.sync_change_log to service_role;

-- user_group

create table public.user_group (
    id uuid not null default gen_random_uuid(),
    owner_user_ref uuid not null,
    name text not null,
    description text,
    deleted_at timestamptz,
    created_at timestamptz not null default now(),
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint user_group_pkey primary key (id)
);
comment on table public.user_group is 'People who play together.';
comment on column public.user_group.owner_user_ref is 'Who made it.';
comment on column public.user_group.name is 'What it is called.';
comment on column public.user_group.description is 'What it is.';
comment on column public.user_group.deleted_at is 'When it was deleted.';
comment on column public.user_group.created_at is 'When the server first saw it.';
comment on column public.user_group.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.user_group.last_modified_at is 'When it was last edited.';
comment on column public.user_group.changed is 'The transaction that wrote it last.';
comment on column public.user_group.device_id is 'On which device.';

create index user_group_by_owner on public.user_group (owner_user_ref);
create index user_group_changed_idx on public.user_group (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.user_group
    for each row
    when (row_security_active('public.user_group'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.user_group
    for each row
    when (row_security_active('public.user_group'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.user_group enable row level security;
revoke all on table public.user_group from public, authenticated, anon;
grant
    select,
    insert (id, owner_user_ref, name, description, deleted_at, sync_version, last_modified_at, device_id),
    update (id, owner_user_ref, name, description, deleted_at, sync_version, last_modified_at, device_id),
    delete
on table public.user_group to authenticated;
grant all on table public.user_group to service_role;
grant select on table public.user_group to powersync_role;

-- group_member

create table public.group_member (
    id uuid not null,
    group_ref uuid not null,
    user_ref uuid not null,
    role text not null default 'member',
    deleted_at timestamptz,
    joined_at timestamptz not null default now(),
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint group_member_pkey primary key (id),
    constraint group_member_member unique (group_ref, user_ref),
    constraint group_member_role_labels check (role in ('owner', 'admin', 'member'))
);
comment on table public.group_member is 'Who plays in a group.';
comment on column public.group_member.id is 'Made of group and user.';
comment on column public.group_member.group_ref is 'The group.';
comment on column public.group_member.user_ref is 'The user.';
comment on column public.group_member.role is 'What the user may do.';
comment on column public.group_member.deleted_at is 'When it was deleted.';
comment on column public.group_member.joined_at is 'Since when.';
comment on column public.group_member.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.group_member.last_modified_at is 'When it was last edited.';
comment on column public.group_member.changed is 'The transaction that wrote it last.';
comment on column public.group_member.device_id is 'On which device.';

create index group_member_by_user on public.group_member (user_ref, group_ref);
create index group_member_changed_idx on public.group_member (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.group_member
    for each row
    when (row_security_active('public.group_member'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.group_member
    for each row
    when (row_security_active('public.group_member'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.group_member enable row level security;
revoke all on table public.group_member from public, authenticated, anon;
grant
    select,
    insert (id, group_ref, user_ref, role, deleted_at, joined_at, sync_version, last_modified_at, device_id),
    update (id, group_ref, user_ref, role, deleted_at, joined_at, sync_version, last_modified_at, device_id),
    delete
on table public.group_member to authenticated;
grant all on table public.group_member to service_role;
grant select on table public.group_member to powersync_role;

-- setlist

create table public.setlist (
    id uuid not null default gen_random_uuid(),
    group_ref uuid,
    name text not null,
    description text,
    deleted_at timestamptz,
    created_at timestamptz not null default now(),
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    user_ref uuid,
    constraint setlist_pkey primary key (id),
    constraint setlist_ownership_check check (group_ref is not null or user_ref is not null)
);
comment on table public.setlist is 'What is played at an event, of a group or of a user.';
comment on column public.setlist.group_ref is 'Whose it is.';
comment on column public.setlist.name is 'What it is called.';
comment on column public.setlist.description is 'What it is for.';
comment on column public.setlist.deleted_at is 'When it was deleted.';
comment on column public.setlist.created_at is 'When the server first saw it.';
comment on column public.setlist.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.setlist.last_modified_at is 'When it was last edited.';
comment on column public.setlist.changed is 'The transaction that wrote it last.';
comment on column public.setlist.device_id is 'On which device.';
comment on column public.setlist.user_ref is 'Whose it is.';

create index setlist_by_group on public.setlist (group_ref);
create index setlist_by_user on public.setlist (user_ref);
create index setlist_changed_idx on public.setlist (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.setlist
    for each row
    when (row_security_active('public.setlist'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.setlist
    for each row
    when (row_security_active('public.setlist'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.setlist enable row level security;
revoke all on table public.setlist from public, authenticated, anon;
grant
    select,
    insert (id, group_ref, name, description, deleted_at, sync_version, last_modified_at, device_id, user_ref),
    update (id, group_ref, name, description, deleted_at, sync_version, last_modified_at, device_id, user_ref),
    delete
on table public.setlist to authenticated;
grant all on table public.setlist to service_role;
grant select on table public.setlist to powersync_role;

-- tune_set

create table public.tune_set (
    id uuid not null default gen_random_uuid(),
    owner_user_ref uuid,
    group_ref uuid,
    name text not null,
    description text,
    set_kind text not null,
    deleted_at timestamptz,
    created_at timestamptz not null default now(),
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint tune_set_pkey primary key (id),
    constraint tune_set_set_kind_labels check (set_kind in ('practice_set')),
    constraint tune_set_single_owner_scope check (owner_user_ref is not null and group_ref is null or owner_user_ref is null and group_ref is not null)
);
comment on table public.tune_set is 'Tunes that are played one after another, of a user or of a group.';
comment on column public.tune_set.owner_user_ref is 'Whose it is.';
comment on column public.tune_set.group_ref is 'Whose it is.';
comment on column public.tune_set.name is 'What it is called.';
comment on column public.tune_set.description is 'What it is.';
comment on column public.tune_set.set_kind is 'What it is for.';
comment on column public.tune_set.deleted_at is 'When it was deleted.';
comment on column public.tune_set.created_at is 'When the server first saw it.';
comment on column public.tune_set.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.tune_set.last_modified_at is 'When it was last edited.';
comment on column public.tune_set.changed is 'The transaction that wrote it last.';
comment on column public.tune_set.device_id is 'On which device.';

create index tune_set_by_owner on public.tune_set (owner_user_ref);
create index tune_set_by_group on public.tune_set (group_ref);
create index tune_set_changed_idx on public.tune_set (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.tune_set
    for each row
    when (row_security_active('public.tune_set'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.tune_set
    for each row
    when (row_security_active('public.tune_set'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.tune_set enable row level security;
revoke all on table public.tune_set from public, authenticated, anon;
grant
    select,
    insert (id, owner_user_ref, group_ref, name, description, set_kind, deleted_at, sync_version, last_modified_at, device_id),
    update (id, owner_user_ref, group_ref, name, description, set_kind, deleted_at, sync_version, last_modified_at, device_id),
    delete
on table public.tune_set to authenticated;
grant all on table public.tune_set to service_role;
grant select on table public.tune_set to powersync_role;

-- setlist_item

create table public.setlist_item (
    id uuid not null default gen_random_uuid(),
    setlist_ref uuid not null,
    item_kind text not null,
    tune_ref uuid,
    tune_set_ref uuid,
    "position" integer not null,
    deleted_at timestamptz,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint setlist_item_pkey primary key (id),
    constraint setlist_item_item_kind_labels check (item_kind in ('tune', 'tune_set')),
    constraint setlist_item_position_check check ("position" >= 0),
    constraint setlist_item_target_check check (item_kind = 'tune' and tune_ref is not null and tune_set_ref is null or item_kind = 'tune_set' and tune_ref is null and tune_set_ref is not null)
);
comment on table public.setlist_item is 'A tune or a set on a setlist. Whether every tune of a set is public cannot be asked for in a rule: sets of groups hold only public tunes, and a user''s own sets stand on the user''s own setlists.';
comment on column public.setlist_item.setlist_ref is 'The setlist.';
comment on column public.setlist_item.item_kind is 'What it is.';
comment on column public.setlist_item.tune_ref is 'The tune.';
comment on column public.setlist_item.tune_set_ref is 'The set.';
comment on column public.setlist_item."position" is 'Its place.';
comment on column public.setlist_item.deleted_at is 'When it was deleted.';
comment on column public.setlist_item.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.setlist_item.last_modified_at is 'When it was last edited.';
comment on column public.setlist_item.changed is 'The transaction that wrote it last.';
comment on column public.setlist_item.device_id is 'On which device.';

create index setlist_item_by_place on public.setlist_item (setlist_ref, "position");
create index setlist_item_by_set on public.setlist_item (tune_set_ref);
create index setlist_item_changed_idx on public.setlist_item (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.setlist_item
    for each row
    when (row_security_active('public.setlist_item'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.setlist_item
    for each row
    when (row_security_active('public.setlist_item'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.setlist_item enable row level security;
revoke all on table public.setlist_item from public, authenticated, anon;
grant
    select,
    insert (id, setlist_ref, item_kind, tune_ref, tune_set_ref, "position", deleted_at, sync_version, last_modified_at, device_id),
    update (id, setlist_ref, item_kind, tune_ref, tune_set_ref, "position", deleted_at, sync_version, last_modified_at, device_id),
    delete
on table public.setlist_item to authenticated;
grant all on table public.setlist_item to service_role;
grant select on table public.setlist_item to powersync_role;

-- tune_set_item

create table public.tune_set_item (
    id uuid not null,
    tune_set_ref uuid not null,
    tune_ref uuid not null,
    tune_private_for uuid,
    "position" integer not null,
    deleted_at timestamptz,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint tune_set_item_pkey primary key (id),
    constraint tune_set_item_tune unique (tune_set_ref, tune_ref),
    constraint tune_set_item_position_check check ("position" >= 0)
);
comment on table public.tune_set_item is 'A tune of a set; the sets of groups hold only public tunes.';
comment on column public.tune_set_item.id is 'Made of set and tune.';
comment on column public.tune_set_item.tune_set_ref is 'The set.';
comment on column public.tune_set_item.tune_ref is 'The tune.';
comment on column public.tune_set_item.tune_private_for is 'Whose the tune is; everybody''s where absent.';
comment on column public.tune_set_item."position" is 'Its place.';
comment on column public.tune_set_item.deleted_at is 'When it was deleted.';
comment on column public.tune_set_item.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.tune_set_item.last_modified_at is 'When it was last edited.';
comment on column public.tune_set_item.changed is 'The transaction that wrote it last.';
comment on column public.tune_set_item.device_id is 'On which device.';

create index tune_set_item_by_place on public.tune_set_item (tune_set_ref, "position");
create index tune_set_item_by_tune on public.tune_set_item (tune_ref);
create index tune_set_item_changed_idx on public.tune_set_item (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.tune_set_item
    for each row
    when (row_security_active('public.tune_set_item'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.tune_set_item
    for each row
    when (row_security_active('public.tune_set_item'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.tune_set_item enable row level security;
revoke all on table public.tune_set_item from public, authenticated, anon;
grant
    select,
    insert (id, tune_set_ref, tune_ref, "position", deleted_at, sync_version, last_modified_at, device_id),
    update (id, tune_set_ref, tune_ref, "position", deleted_at, sync_version, last_modified_at, device_id),
    delete
on table public.tune_set_item to authenticated;
grant all on table public.tune_set_item to service_role;
grant select on table public.tune_set_item to powersync_role;

-- event

create table public.event (
    id uuid not null default gen_random_uuid(),
    name text not null,
    event_date timestamptz,
    description text,
    setlist_ref uuid,
    group_ref uuid,
    user_ref uuid,
    deleted_at timestamptz,
    created_at timestamptz not null default now(),
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint event_pkey primary key (id),
    constraint event_ownership_check check (group_ref is not null or user_ref is not null)
);
comment on table public.event is 'When and what a group or a user plays.';
comment on column public.event.name is 'What it is called.';
comment on column public.event.event_date is 'When.';
comment on column public.event.description is 'What it is.';
comment on column public.event.setlist_ref is 'What is played.';
comment on column public.event.group_ref is 'Whose it is.';
comment on column public.event.user_ref is 'Whose it is.';
comment on column public.event.deleted_at is 'When it was deleted.';
comment on column public.event.created_at is 'When the server first saw it.';
comment on column public.event.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.event.last_modified_at is 'When it was last edited.';
comment on column public.event.changed is 'The transaction that wrote it last.';
comment on column public.event.device_id is 'On which device.';

create index event_by_group on public.event (group_ref);
create index event_by_user on public.event (user_ref);
create index event_by_setlist on public.event (setlist_ref);
create index event_changed_idx on public.event (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.event
    for each row
    when (row_security_active('public.event'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.event
    for each row
    when (row_security_active('public.event'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.event enable row level security;
revoke all on table public.event from public, authenticated, anon;
grant
    select,
    insert (id, name, event_date, description, setlist_ref, group_ref, user_ref, deleted_at, sync_version, last_modified_at, device_id),
    update (id, name, event_date, description, setlist_ref, group_ref, user_ref, deleted_at, sync_version, last_modified_at, device_id),
    delete
on table public.event to authenticated;
grant all on table public.event to service_role;
grant select on table public.event to powersync_role;

-- repertoire

create table public.repertoire (
    repertoire_id uuid not null default gen_random_uuid(),
    user_ref uuid not null,
    name text,
    instrument_ref uuid,
    genre_default text,
    sr_alg_type text,
    deleted_at timestamptz,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint repertoire_pkey primary key (repertoire_id)
);
comment on table public.repertoire is 'The tunes that a user plays on one instrument.';
comment on column public.repertoire.user_ref is 'Whose it is.';
comment on column public.repertoire.name is 'What it is called.';
comment on column public.repertoire.instrument_ref is 'On what it is played.';
comment on column public.repertoire.genre_default is 'Its kind of music.';
comment on column public.repertoire.sr_alg_type is 'How the next time to practise is found.';
comment on column public.repertoire.deleted_at is 'When it was deleted.';
comment on column public.repertoire.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.repertoire.last_modified_at is 'When it was last edited.';
comment on column public.repertoire.changed is 'The transaction that wrote it last.';
comment on column public.repertoire.device_id is 'On which device.';

create index repertoire_by_user on public.repertoire (user_ref);
create index repertoire_changed_idx on public.repertoire (changed, repertoire_id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.repertoire
    for each row
    when (row_security_active('public.repertoire'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.repertoire
    for each row
    when (row_security_active('public.repertoire'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.repertoire enable row level security;
revoke all on table public.repertoire from public, authenticated, anon;
grant
    select,
    insert (repertoire_id, user_ref, name, instrument_ref, genre_default, sr_alg_type, deleted_at, sync_version, last_modified_at, device_id),
    update (repertoire_id, user_ref, name, instrument_ref, genre_default, sr_alg_type, deleted_at, sync_version, last_modified_at, device_id),
    delete
on table public.repertoire to authenticated;
grant all on table public.repertoire to service_role;
grant select on table public.repertoire to powersync_role;

-- repertoire_tune

create table public.repertoire_tune (
    repertoire_ref uuid not null,
    tune_ref uuid not null,
    current timestamptz,
    learned timestamptz,
    scheduled timestamptz,
    goal text default 'recall',
    deleted_at timestamptz,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint repertoire_tune_pkey primary key (repertoire_ref, tune_ref)
);
comment on table public.repertoire_tune is 'A tune of a repertoire.';
comment on column public.repertoire_tune.repertoire_ref is 'The repertoire.';
comment on column public.repertoire_tune.tune_ref is 'The tune.';
comment on column public.repertoire_tune.current is 'When it was last played.';
comment on column public.repertoire_tune.learned is 'When it was learned.';
comment on column public.repertoire_tune.scheduled is 'When it is to be practised.';
comment on column public.repertoire_tune.goal is 'What for.';
comment on column public.repertoire_tune.deleted_at is 'When it was deleted.';
comment on column public.repertoire_tune.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.repertoire_tune.last_modified_at is 'When it was last edited.';
comment on column public.repertoire_tune.changed is 'The transaction that wrote it last.';
comment on column public.repertoire_tune.device_id is 'On which device.';

create index repertoire_tune_by_tune on public.repertoire_tune (tune_ref);
create index repertoire_tune_changed_idx on public.repertoire_tune (changed, repertoire_ref, tune_ref);

create trigger edited_at_1_keep
    before update of last_modified_at on public.repertoire_tune
    for each row
    when (row_security_active('public.repertoire_tune'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.repertoire_tune
    for each row
    when (row_security_active('public.repertoire_tune'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.repertoire_tune enable row level security;
revoke all on table public.repertoire_tune from public, authenticated, anon;
grant
    select,
    insert (repertoire_ref, tune_ref, current, learned, scheduled, goal, deleted_at, sync_version, last_modified_at, device_id),
    update (repertoire_ref, tune_ref, current, learned, scheduled, goal, deleted_at, sync_version, last_modified_at, device_id),
    delete
on table public.repertoire_tune to authenticated;
grant all on table public.repertoire_tune to service_role;
grant select on table public.repertoire_tune to powersync_role;

-- practice_record

create table public.practice_record (
    id uuid not null default gen_random_uuid(),
    repertoire_ref uuid not null,
    tune_ref uuid not null,
    practiced timestamptz,
    quality integer,
    easiness real,
    difficulty real,
    stability real,
    "interval" integer,
    step integer,
    repetitions integer,
    lapses integer,
    elapsed_days integer,
    state integer,
    due timestamptz,
    backup_practiced timestamptz,
    goal text default 'recall',
    technique text,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint practice_record_pkey primary key (id),
    constraint practice_record_practiced unique (tune_ref, repertoire_ref, practiced)
);
comment on table public.practice_record is 'How a tune went; nobody deletes one.';
comment on column public.practice_record.repertoire_ref is 'In which repertoire.';
comment on column public.practice_record.tune_ref is 'Which tune.';
comment on column public.practice_record.practiced is 'When.';
comment on column public.practice_record.quality is 'How well, 1 again to 4 easy.';
comment on column public.practice_record.easiness is 'Of the older algorithm.';
comment on column public.practice_record.difficulty is 'How hard it is.';
comment on column public.practice_record.stability is 'How long it is remembered.';
comment on column public.practice_record."interval" is 'Days until the next time.';
comment on column public.practice_record.step is 'Which step of learning.';
comment on column public.practice_record.repetitions is 'How often so far.';
comment on column public.practice_record.lapses is 'How often it was forgotten.';
comment on column public.practice_record.elapsed_days is 'Days since the last time.';
comment on column public.practice_record.state is '0 new, 1 learning, 2 review, 3 relearning.';
comment on column public.practice_record.due is 'The next time.';
comment on column public.practice_record.backup_practiced is 'An earlier value of when.';
comment on column public.practice_record.goal is 'What for.';
comment on column public.practice_record.technique is 'By which algorithm.';
comment on column public.practice_record.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.practice_record.last_modified_at is 'When it was last edited.';
comment on column public.practice_record.changed is 'The transaction that wrote it last.';
comment on column public.practice_record.device_id is 'On which device.';

create index practice_record_by_repertoire on public.practice_record (repertoire_ref, tune_ref, practiced desc);
create index practice_record_changed_idx on public.practice_record (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.practice_record
    for each row
    when (row_security_active('public.practice_record'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.practice_record
    for each row
    when (row_security_active('public.practice_record'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.practice_record enable row level security;
revoke all on table public.practice_record from public, authenticated, anon;
grant
    select,
    insert (id, repertoire_ref, tune_ref, practiced, quality, easiness, difficulty, stability, "interval", step, repetitions, lapses, elapsed_days, state, due, backup_practiced, goal, technique, sync_version, last_modified_at, device_id),
    update (id, repertoire_ref, tune_ref, practiced, quality, easiness, difficulty, stability, "interval", step, repetitions, lapses, elapsed_days, state, due, backup_practiced, goal, technique, sync_version, last_modified_at, device_id)
on table public.practice_record to authenticated;
grant all on table public.practice_record to service_role;
grant select on table public.practice_record to powersync_role;

-- daily_practice_queue

create table public.daily_practice_queue (
    id uuid not null,
    user_ref uuid not null,
    repertoire_ref uuid not null,
    mode text,
    queue_date timestamptz,
    window_start_utc timestamptz not null,
    window_end_utc timestamptz not null,
    tune_ref uuid not null,
    bucket integer not null,
    order_index integer not null,
    snapshot_coalesced_ts timestamptz not null,
    scheduled_snapshot text,
    latest_due_snapshot text,
    acceptable_delinquency_window_snapshot integer,
    tz_offset_minutes_snapshot integer,
    generated_at timestamptz not null,
    completed_at timestamptz,
    exposures_required integer,
    exposures_completed integer default 0,
    outcome text,
    active boolean not null default true,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint daily_practice_queue_pkey primary key (id),
    constraint daily_practice_queue_window unique (user_ref, repertoire_ref, window_start_utc, tune_ref),
    constraint daily_practice_queue_window_in_order check (window_start_utc <= window_end_utc)
);
comment on table public.daily_practice_queue is 'What is to be practised in one window of time; made anew by every device, and the same on all.';
comment on column public.daily_practice_queue.id is 'Made of user, repertoire, window and tune.';
comment on column public.daily_practice_queue.user_ref is 'The user.';
comment on column public.daily_practice_queue.repertoire_ref is 'The repertoire.';
comment on column public.daily_practice_queue.mode is 'How it was made.';
comment on column public.daily_practice_queue.queue_date is 'For which day.';
comment on column public.daily_practice_queue.window_start_utc is 'From when.';
comment on column public.daily_practice_queue.window_end_utc is 'Until when.';
comment on column public.daily_practice_queue.tune_ref is 'The tune.';
comment on column public.daily_practice_queue.bucket is 'How urgent.';
comment on column public.daily_practice_queue.order_index is 'Its place.';
comment on column public.daily_practice_queue.snapshot_coalesced_ts is 'When it was due.';
comment on column public.daily_practice_queue.scheduled_snapshot is 'When it was scheduled.';
comment on column public.daily_practice_queue.latest_due_snapshot is 'When it was due by its last record.';
comment on column public.daily_practice_queue.acceptable_delinquency_window_snapshot is 'How many days it could be overdue.';
comment on column public.daily_practice_queue.tz_offset_minutes_snapshot is 'Where the user was.';
comment on column public.daily_practice_queue.generated_at is 'When it was made.';
comment on column public.daily_practice_queue.completed_at is 'When it was done.';
comment on column public.daily_practice_queue.exposures_required is 'How often.';
comment on column public.daily_practice_queue.exposures_completed is 'How often so far.';
comment on column public.daily_practice_queue.outcome is 'How it went.';
comment on column public.daily_practice_queue.active is 'Whether it counts.';
comment on column public.daily_practice_queue.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.daily_practice_queue.last_modified_at is 'When it was last edited.';
comment on column public.daily_practice_queue.changed is 'The transaction that wrote it last.';
comment on column public.daily_practice_queue.device_id is 'On which device.';

create index daily_practice_queue_changed_idx on public.daily_practice_queue (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.daily_practice_queue
    for each row
    when (row_security_active('public.daily_practice_queue'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.daily_practice_queue
    for each row
    when (row_security_active('public.daily_practice_queue'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.daily_practice_queue enable row level security;
revoke all on table public.daily_practice_queue from public, authenticated, anon;
grant
    select,
    insert (id, user_ref, repertoire_ref, mode, queue_date, window_start_utc, window_end_utc, tune_ref, bucket, order_index, snapshot_coalesced_ts, scheduled_snapshot, latest_due_snapshot, acceptable_delinquency_window_snapshot, tz_offset_minutes_snapshot, generated_at, completed_at, exposures_required, exposures_completed, outcome, active, sync_version, last_modified_at, device_id),
    update (id, user_ref, repertoire_ref, mode, queue_date, window_start_utc, window_end_utc, tune_ref, bucket, order_index, snapshot_coalesced_ts, scheduled_snapshot, latest_due_snapshot, acceptable_delinquency_window_snapshot, tz_offset_minutes_snapshot, generated_at, completed_at, exposures_required, exposures_completed, outcome, active, sync_version, last_modified_at, device_id),
    delete
on table public.daily_practice_queue to authenticated;
grant all on table public.daily_practice_queue to service_role;
grant select on table public.daily_practice_queue to powersync_role;

-- table_transient_data

create table public.table_transient_data (
    user_id uuid not null,
    tune_id uuid not null,
    repertoire_id uuid not null,
    purpose text,
    note_private text,
    note_public text,
    recall_eval text,
    practiced timestamptz,
    quality integer,
    easiness real,
    difficulty real,
    "interval" integer,
    step integer,
    repetitions integer,
    due timestamptz,
    backup_practiced timestamptz,
    goal text,
    technique text,
    stability real,
    state integer default 2,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint table_transient_data_pkey primary key (tune_id, user_id, repertoire_id)
);
comment on table public.table_transient_data is 'How a tune went, before the user has submitted it.';
comment on column public.table_transient_data.user_id is 'The user.';
comment on column public.table_transient_data.tune_id is 'The tune.';
comment on column public.table_transient_data.repertoire_id is 'The repertoire.';
comment on column public.table_transient_data.purpose is 'Where it was entered.';
comment on column public.table_transient_data.note_private is 'A note for the user.';
comment on column public.table_transient_data.note_public is 'A note for everybody.';
comment on column public.table_transient_data.recall_eval is 'How well.';
comment on column public.table_transient_data.practiced is 'When.';
comment on column public.table_transient_data.quality is 'How well, 1 again to 4 easy.';
comment on column public.table_transient_data.easiness is 'Of the older algorithm.';
comment on column public.table_transient_data.difficulty is 'How hard it is.';
comment on column public.table_transient_data."interval" is 'Days until the next time.';
comment on column public.table_transient_data.step is 'Which step of learning.';
comment on column public.table_transient_data.repetitions is 'How often so far.';
comment on column public.table_transient_data.due is 'The next time.';
comment on column public.table_transient_data.backup_practiced is 'An earlier value of when.';
comment on column public.table_transient_data.goal is 'What for.';
comment on column public.table_transient_data.technique is 'By which algorithm.';
comment on column public.table_transient_data.stability is 'How long it is remembered.';
comment on column public.table_transient_data.state is '0 new, 1 learning, 2 review, 3 relearning.';
comment on column public.table_transient_data.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.table_transient_data.last_modified_at is 'When it was last edited.';
comment on column public.table_transient_data.changed is 'The transaction that wrote it last.';
comment on column public.table_transient_data.device_id is 'On which device.';

create index table_transient_data_by_user on public.table_transient_data (user_id);
create index table_transient_data_changed_idx on public.table_transient_data (changed, tune_id, user_id, repertoire_id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.table_transient_data
    for each row
    when (row_security_active('public.table_transient_data'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.table_transient_data
    for each row
    when (row_security_active('public.table_transient_data'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.table_transient_data enable row level security;
revoke all on table public.table_transient_data from public, authenticated, anon;
grant
    select,
    insert (user_id, tune_id, repertoire_id, purpose, note_private, note_public, recall_eval, practiced, quality, easiness, difficulty, "interval", step, repetitions, due, backup_practiced, goal, technique, stability, state, sync_version, last_modified_at, device_id),
    update (user_id, tune_id, repertoire_id, purpose, note_private, note_public, recall_eval, practiced, quality, easiness, difficulty, "interval", step, repetitions, due, backup_practiced, goal, technique, stability, state, sync_version, last_modified_at, device_id),
    delete
on table public.table_transient_data to authenticated;
grant all on table public.table_transient_data to service_role;
grant select on table public.table_transient_data to powersync_role;

-- tag

create table public.tag (
    tag_id uuid not null,
    user_ref uuid not null,
    tune_ref uuid not null,
    tag_text text not null,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint tag_pkey primary key (tag_id),
    constraint tag_word unique (user_ref, tune_ref, tag_text)
);
comment on table public.tag is 'A word that a user put on a tune.';
comment on column public.tag.tag_id is 'Made of user, tune and word.';
comment on column public.tag.user_ref is 'The user.';
comment on column public.tag.tune_ref is 'The tune.';
comment on column public.tag.tag_text is 'The word.';
comment on column public.tag.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.tag.last_modified_at is 'When it was last edited.';
comment on column public.tag.changed is 'The transaction that wrote it last.';
comment on column public.tag.device_id is 'On which device.';

create index tag_changed_idx on public.tag (changed, tag_id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.tag
    for each row
    when (row_security_active('public.tag'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.tag
    for each row
    when (row_security_active('public.tag'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.tag enable row level security;
revoke all on table public.tag from public, authenticated, anon;
grant
    select,
    insert (tag_id, user_ref, tune_ref, tag_text, sync_version, last_modified_at, device_id),
    update (tag_id, user_ref, tune_ref, tag_text, sync_version, last_modified_at, device_id),
    delete
on table public.tag to authenticated;
grant all on table public.tag to service_role;
grant select on table public.tag to powersync_role;

-- note

create table public.note (
    id uuid not null default gen_random_uuid(),
    user_ref uuid,
    tune_ref uuid not null,
    tune_private_for uuid,
    repertoire_ref uuid,
    created_date timestamptz,
    note_text text,
    public boolean not null default false,
    favorite boolean,
    deleted_at timestamptz,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    display_order integer not null default 0,
    constraint note_pkey primary key (id)
);
comment on table public.note is 'A note on a tune, of a user or of the app.';
comment on column public.note.user_ref is 'Whose it is; the app''s where absent.';
comment on column public.note.tune_ref is 'The tune.';
comment on column public.note.tune_private_for is 'Whose the tune is; everybody''s where absent.';
comment on column public.note.repertoire_ref is 'The repertoire.';
comment on column public.note.created_date is 'When it was written.';
comment on column public.note.note_text is 'The text.';
comment on column public.note.public is 'Whether others may read it.';
comment on column public.note.favorite is 'Whether it is shown first.';
comment on column public.note.deleted_at is 'When it was deleted.';
comment on column public.note.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.note.last_modified_at is 'When it was last edited.';
comment on column public.note.changed is 'The transaction that wrote it last.';
comment on column public.note.device_id is 'On which device.';
comment on column public.note.display_order is 'Its place.';

create index note_by_tune on public.note (tune_ref, display_order);
create index note_by_user on public.note (user_ref);
create index note_of_everybody on public.note (tune_private_for)
    where public is true;
create index note_changed_idx on public.note (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.note
    for each row
    when (row_security_active('public.note'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.note
    for each row
    when (row_security_active('public.note'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.note enable row level security;
revoke all on table public.note from public, authenticated, anon;
grant
    select,
    insert (id, user_ref, tune_ref, repertoire_ref, created_date, note_text, public, favorite, deleted_at, sync_version, last_modified_at, device_id, display_order),
    update (id, user_ref, tune_ref, repertoire_ref, created_date, note_text, public, favorite, deleted_at, sync_version, last_modified_at, device_id, display_order),
    delete
on table public.note to authenticated;
grant all on table public.note to service_role;
grant select on table public.note to powersync_role;

-- reference

create table public.reference (
    id uuid not null default gen_random_uuid(),
    url text not null,
    ref_type text,
    tune_ref uuid not null,
    tune_private_for uuid,
    user_ref uuid,
    comment text,
    title text,
    public boolean,
    favorite boolean,
    deleted_at timestamptz,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    display_order integer not null default 0,
    constraint reference_pkey primary key (id),
    constraint reference_ref_type_labels check (ref_type in ('website', 'audio', 'video', 'sheet-music', 'article', 'social', 'lesson', 'other'))
);
comment on table public.reference is 'Where more about a tune is, of a user or of the app.';
comment on column public.reference.url is 'Where.';
comment on column public.reference.ref_type is 'What it leads to.';
comment on column public.reference.tune_ref is 'The tune.';
comment on column public.reference.tune_private_for is 'Whose the tune is; everybody''s where absent.';
comment on column public.reference.user_ref is 'Whose it is; the app''s where absent.';
comment on column public.reference.comment is 'What it is about.';
comment on column public.reference.title is 'What it is called.';
comment on column public.reference.public is 'Whether others may read it; not where nobody said.';
comment on column public.reference.favorite is 'Whether it is shown first.';
comment on column public.reference.deleted_at is 'When it was deleted.';
comment on column public.reference.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.reference.last_modified_at is 'When it was last edited.';
comment on column public.reference.changed is 'The transaction that wrote it last.';
comment on column public.reference.device_id is 'On which device.';
comment on column public.reference.display_order is 'Its place.';

create index reference_by_tune on public.reference (tune_ref, display_order);
create index reference_by_user on public.reference (user_ref);
create index reference_of_everybody on public.reference (tune_private_for)
    where public is true;
create index reference_changed_idx on public.reference (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.reference
    for each row
    when (row_security_active('public.reference'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.reference
    for each row
    when (row_security_active('public.reference'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.reference enable row level security;
revoke all on table public.reference from public, authenticated, anon;
grant
    select,
    insert (id, url, ref_type, tune_ref, user_ref, comment, title, public, favorite, deleted_at, sync_version, last_modified_at, device_id, display_order),
    update (id, url, ref_type, tune_ref, user_ref, comment, title, public, favorite, deleted_at, sync_version, last_modified_at, device_id, display_order),
    delete
on table public.reference to authenticated;
grant all on table public.reference to service_role;
grant select on table public.reference to powersync_role;

-- media_asset

create table public.media_asset (
    id uuid not null default gen_random_uuid(),
    reference_ref uuid not null,
    reference_user_ref uuid,
    user_ref uuid not null,
    storage_path text not null,
    original_filename text not null,
    content_type text not null,
    file_size_bytes integer not null,
    duration_seconds double precision,
    regions_json text,
    deleted_at timestamptz,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint media_asset_pkey primary key (id),
    constraint media_asset_reference_ref_key unique (reference_ref),
    constraint media_asset_storage_path_key unique (storage_path),
    constraint media_asset_file_size_bytes_check check (file_size_bytes >= 0)
);
comment on table public.media_asset is 'A recording that belongs to a reference.';
comment on column public.media_asset.reference_ref is 'The reference.';
comment on column public.media_asset.reference_user_ref is 'Whose the reference is; the app''s where absent.';
comment on column public.media_asset.user_ref is 'Whose it is.';
comment on column public.media_asset.storage_path is 'Where it lies.';
comment on column public.media_asset.original_filename is 'What it was called.';
comment on column public.media_asset.content_type is 'What it is.';
comment on column public.media_asset.file_size_bytes is 'How many bytes.';
comment on column public.media_asset.duration_seconds is 'How long it is.';
comment on column public.media_asset.regions_json is 'Parts of it, as JSON text.';
comment on column public.media_asset.deleted_at is 'When it was deleted.';
comment on column public.media_asset.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.media_asset.last_modified_at is 'When it was last edited.';
comment on column public.media_asset.changed is 'The transaction that wrote it last.';
comment on column public.media_asset.device_id is 'On which device.';

create index media_asset_by_user on public.media_asset (user_ref);
create index media_asset_changed_idx on public.media_asset (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.media_asset
    for each row
    when (row_security_active('public.media_asset'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.media_asset
    for each row
    when (row_security_active('public.media_asset'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.media_asset enable row level security;
revoke all on table public.media_asset from public, authenticated, anon;
grant
    select,
    insert (id, reference_ref, user_ref, storage_path, original_filename, content_type, file_size_bytes, duration_seconds, regions_json, deleted_at, sync_version, last_modified_at, device_id),
    update (id, reference_ref, user_ref, storage_path, original_filename, content_type, file_size_bytes, duration_seconds, regions_json, deleted_at, sync_version, last_modified_at, device_id),
    delete
on table public.media_asset to authenticated;
grant all on table public.media_asset to service_role;
grant select on table public.media_asset to powersync_role;

-- user_genre_selection

create table public.user_genre_selection (
    user_id uuid not null,
    genre_id text not null,
    created_at timestamptz not null default now(),
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint user_genre_selection_pkey primary key (user_id, genre_id)
);
comment on table public.user_genre_selection is 'A kind of music that a user wants to see.';
comment on column public.user_genre_selection.user_id is 'The user.';
comment on column public.user_genre_selection.genre_id is 'The kind of music.';
comment on column public.user_genre_selection.created_at is 'Since when.';
comment on column public.user_genre_selection.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.user_genre_selection.last_modified_at is 'When it was last edited.';
comment on column public.user_genre_selection.changed is 'The transaction that wrote it last.';
comment on column public.user_genre_selection.device_id is 'On which device.';

create index user_genre_selection_changed_idx on public.user_genre_selection (changed, user_id, genre_id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.user_genre_selection
    for each row
    when (row_security_active('public.user_genre_selection'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.user_genre_selection
    for each row
    when (row_security_active('public.user_genre_selection'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.user_genre_selection enable row level security;
revoke all on table public.user_genre_selection from public, authenticated, anon;
grant
    select,
    insert (user_id, genre_id, sync_version, last_modified_at, device_id),
    update (user_id, genre_id, sync_version, last_modified_at, device_id),
    delete
on table public.user_genre_selection to authenticated;
grant all on table public.user_genre_selection to service_role;
grant select on table public.user_genre_selection to powersync_role;

-- goal

create table public.goal (
    id uuid not null default gen_random_uuid(),
    name text not null,
    private_for uuid,
    default_technique text not null default 'fsrs',
    base_intervals text,
    deleted_at timestamptz,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint goal_pkey primary key (id),
    constraint goal_name unique nulls not distinct (name, private_for)
);
comment on table public.goal is 'What practising aims at, everybody''s or one user''s.';
comment on column public.goal.name is 'What it is called.';
comment on column public.goal.private_for is 'Whose it is; everybody''s where absent.';
comment on column public.goal.default_technique is 'How it is practised.';
comment on column public.goal.base_intervals is 'Days between the first times.';
comment on column public.goal.deleted_at is 'When it was deleted.';
comment on column public.goal.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.goal.last_modified_at is 'When it was last edited.';
comment on column public.goal.changed is 'The transaction that wrote it last.';
comment on column public.goal.device_id is 'On which device.';

create index goal_by_private_for on public.goal (private_for);
create index goal_changed_idx on public.goal (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.goal
    for each row
    when (row_security_active('public.goal'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.goal
    for each row
    when (row_security_active('public.goal'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.goal enable row level security;
revoke all on table public.goal from public, authenticated, anon;
grant
    select,
    insert (id, name, private_for, default_technique, base_intervals, deleted_at, sync_version, last_modified_at, device_id),
    update (id, name, private_for, default_technique, base_intervals, deleted_at, sync_version, last_modified_at, device_id),
    delete
on table public.goal to authenticated;
grant all on table public.goal to service_role;
grant select on table public.goal to powersync_role;

-- plugin

create table public.plugin (
    id uuid not null default gen_random_uuid(),
    user_ref uuid not null,
    name text not null,
    description text,
    script text not null,
    capabilities text not null,
    is_public boolean not null default false,
    enabled boolean not null default true,
    version integer not null default 1,
    deleted_at timestamptz,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    goals text not null default '[]',
    constraint plugin_pkey primary key (id)
);
comment on table public.plugin is 'A script of a user, which others may use where it is public.';
comment on column public.plugin.user_ref is 'Whose it is.';
comment on column public.plugin.name is 'What it is called.';
comment on column public.plugin.description is 'What it does.';
comment on column public.plugin.script is 'Its code.';
comment on column public.plugin.capabilities is 'What it may do.';
comment on column public.plugin.is_public is 'Whether others may use it.';
comment on column public.plugin.enabled is 'Whether it runs.';
comment on column public.plugin.version is 'Which version.';
comment on column public.plugin.deleted_at is 'When it was deleted.';
comment on column public.plugin.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.plugin.last_modified_at is 'When it was last edited.';
comment on column public.plugin.changed is 'The transaction that wrote it last.';
comment on column public.plugin.device_id is 'On which device.';
comment on column public.plugin.goals is 'For which goals.';

create index plugin_by_is_public on public.plugin (is_public);
create index plugin_by_user on public.plugin (user_ref);
create index plugin_changed_idx on public.plugin (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.plugin
    for each row
    when (row_security_active('public.plugin'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.plugin
    for each row
    when (row_security_active('public.plugin'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.plugin enable row level security;
revoke all on table public.plugin from public, authenticated, anon;
grant
    select,
    insert (id, user_ref, name, description, script, capabilities, is_public, enabled, version, deleted_at, sync_version, last_modified_at, device_id, goals),
    update (id, user_ref, name, description, script, capabilities, is_public, enabled, version, deleted_at, sync_version, last_modified_at, device_id, goals),
    delete
on table public.plugin to authenticated;
grant all on table public.plugin to service_role;
grant select on table public.plugin to powersync_role;

-- prefs_scheduling_options

create table public.prefs_scheduling_options (
    user_id uuid not null,
    acceptable_delinquency_window integer not null default 21,
    min_reviews_per_day integer,
    max_reviews_per_day integer,
    days_per_week integer,
    weekly_rules text,
    exceptions text,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    auto_schedule_new boolean not null default true,
    constraint prefs_scheduling_options_pkey primary key (user_id),
    constraint prefs_scheduling_options_days_per_week_check check (days_per_week >= 0 and days_per_week <= 7)
);
comment on table public.prefs_scheduling_options is 'When a user wants to practise.';
comment on column public.prefs_scheduling_options.user_id is 'The user.';
comment on column public.prefs_scheduling_options.acceptable_delinquency_window is 'How many days something may be overdue.';
comment on column public.prefs_scheduling_options.min_reviews_per_day is 'At least so many a day.';
comment on column public.prefs_scheduling_options.max_reviews_per_day is 'At most so many a day.';
comment on column public.prefs_scheduling_options.days_per_week is 'On how many days of a week.';
comment on column public.prefs_scheduling_options.weekly_rules is 'On which days.';
comment on column public.prefs_scheduling_options.exceptions is 'On which days not.';
comment on column public.prefs_scheduling_options.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.prefs_scheduling_options.last_modified_at is 'When it was last edited.';
comment on column public.prefs_scheduling_options.changed is 'The transaction that wrote it last.';
comment on column public.prefs_scheduling_options.device_id is 'On which device.';
comment on column public.prefs_scheduling_options.auto_schedule_new is 'Whether new tunes are scheduled at once.';

create index prefs_scheduling_options_changed_idx on public.prefs_scheduling_options (changed, user_id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.prefs_scheduling_options
    for each row
    when (row_security_active('public.prefs_scheduling_options'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.prefs_scheduling_options
    for each row
    when (row_security_active('public.prefs_scheduling_options'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.prefs_scheduling_options enable row level security;
revoke all on table public.prefs_scheduling_options from public, authenticated, anon;
grant
    select,
    insert (user_id, acceptable_delinquency_window, min_reviews_per_day, max_reviews_per_day, days_per_week, weekly_rules, exceptions, sync_version, last_modified_at, device_id, auto_schedule_new),
    update (user_id, acceptable_delinquency_window, min_reviews_per_day, max_reviews_per_day, days_per_week, weekly_rules, exceptions, sync_version, last_modified_at, device_id, auto_schedule_new)
on table public.prefs_scheduling_options to authenticated;
grant all on table public.prefs_scheduling_options to service_role;
grant select on table public.prefs_scheduling_options to powersync_role;

-- prefs_spaced_repetition

create table public.prefs_spaced_repetition (
    user_id uuid not null,
    alg_type text not null,
    fsrs_weights text,
    request_retention real,
    maximum_interval integer,
    learning_steps text,
    relearning_steps text,
    enable_fuzzing boolean,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint prefs_spaced_repetition_pkey primary key (user_id, alg_type),
    constraint prefs_spaced_repetition_alg_type_labels check (alg_type in ('SM2', 'FSRS'))
);
comment on table public.prefs_spaced_repetition is 'How the next time to practise is found for a user.';
comment on column public.prefs_spaced_repetition.user_id is 'The user.';
comment on column public.prefs_spaced_repetition.alg_type is 'Which way.';
comment on column public.prefs_spaced_repetition.fsrs_weights is 'Its figures.';
comment on column public.prefs_spaced_repetition.request_retention is 'How much is to be remembered.';
comment on column public.prefs_spaced_repetition.maximum_interval is 'At most so many days.';
comment on column public.prefs_spaced_repetition.learning_steps is 'The first steps.';
comment on column public.prefs_spaced_repetition.relearning_steps is 'The steps after forgetting.';
comment on column public.prefs_spaced_repetition.enable_fuzzing is 'Whether days are spread.';
comment on column public.prefs_spaced_repetition.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.prefs_spaced_repetition.last_modified_at is 'When it was last edited.';
comment on column public.prefs_spaced_repetition.changed is 'The transaction that wrote it last.';
comment on column public.prefs_spaced_repetition.device_id is 'On which device.';

create index prefs_spaced_repetition_changed_idx on public.prefs_spaced_repetition (changed, user_id, alg_type);

create trigger edited_at_1_keep
    before update of last_modified_at on public.prefs_spaced_repetition
    for each row
    when (row_security_active('public.prefs_spaced_repetition'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.prefs_spaced_repetition
    for each row
    when (row_security_active('public.prefs_spaced_repetition'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.prefs_spaced_repetition enable row level security;
revoke all on table public.prefs_spaced_repetition from public, authenticated, anon;
grant
    select,
    insert (user_id, alg_type, fsrs_weights, request_retention, maximum_interval, learning_steps, relearning_steps, enable_fuzzing, sync_version, last_modified_at, device_id),
    update (user_id, alg_type, fsrs_weights, request_retention, maximum_interval, learning_steps, relearning_steps, enable_fuzzing, sync_version, last_modified_at, device_id)
on table public.prefs_spaced_repetition to authenticated;
grant all on table public.prefs_spaced_repetition to service_role;
grant select on table public.prefs_spaced_repetition to powersync_role;

-- tab_group_main_state

create table public.tab_group_main_state (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null,
    which_tab text default 'practice',
    repertoire_id uuid,
    tab_spec text,
    practice_show_submitted integer default 0,
    practice_mode_flashcard integer default 0,
    sidebar_dock_position text default 'left',
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint tab_group_main_state_pkey primary key (id),
    constraint tab_group_main_state_which_tab_labels check (which_tab in ('scheduled', 'repertoire', 'catalog', 'analysis', 'practice'))
);
comment on table public.tab_group_main_state is 'Which page a user looked at.';
comment on column public.tab_group_main_state.user_id is 'The user.';
comment on column public.tab_group_main_state.which_tab is 'Which page.';
comment on column public.tab_group_main_state.repertoire_id is 'Of which repertoire.';
comment on column public.tab_group_main_state.tab_spec is 'How the pages are arranged.';
comment on column public.tab_group_main_state.practice_show_submitted is 'Whether what is done is shown.';
comment on column public.tab_group_main_state.practice_mode_flashcard is 'Whether cards are shown.';
comment on column public.tab_group_main_state.sidebar_dock_position is 'Where the side bar stands.';
comment on column public.tab_group_main_state.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.tab_group_main_state.last_modified_at is 'When it was last edited.';
comment on column public.tab_group_main_state.changed is 'The transaction that wrote it last.';
comment on column public.tab_group_main_state.device_id is 'On which device.';

create index tab_group_main_state_by_user on public.tab_group_main_state (user_id);
create index tab_group_main_state_changed_idx on public.tab_group_main_state (changed, id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.tab_group_main_state
    for each row
    when (row_security_active('public.tab_group_main_state'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.tab_group_main_state
    for each row
    when (row_security_active('public.tab_group_main_state'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.tab_group_main_state enable row level security;
revoke all on table public.tab_group_main_state from public, authenticated, anon;
grant
    select,
    insert (id, user_id, which_tab, repertoire_id, tab_spec, practice_show_submitted, practice_mode_flashcard, sidebar_dock_position, sync_version, last_modified_at, device_id),
    update (id, user_id, which_tab, repertoire_id, tab_spec, practice_show_submitted, practice_mode_flashcard, sidebar_dock_position, sync_version, last_modified_at, device_id)
on table public.tab_group_main_state to authenticated;
grant all on table public.tab_group_main_state to service_role;
grant select on table public.tab_group_main_state to powersync_role;

-- table_state

create table public.table_state (
    user_id uuid not null,
    screen_size text not null,
    purpose text not null,
    repertoire_id uuid not null,
    settings text,
    current_tune uuid,
    sync_version integer not null default 1,
    last_modified_at timestamptz not null default now(),
    changed bigint not null default 0,
    device_id text,
    constraint table_state_pkey primary key (user_id, screen_size, purpose, repertoire_id),
    constraint table_state_screen_size_labels check (screen_size in ('small', 'full')),
    constraint table_state_purpose_labels check (purpose in ('practice', 'repertoire', 'catalog', 'analysis'))
);
comment on table public.table_state is 'How a table on the screen was arranged.';
comment on column public.table_state.user_id is 'The user.';
comment on column public.table_state.screen_size is 'On what screen.';
comment on column public.table_state.purpose is 'What it shows.';
comment on column public.table_state.repertoire_id is 'Of which repertoire.';
comment on column public.table_state.settings is 'How.';
comment on column public.table_state.current_tune is 'Where the user was.';
comment on column public.table_state.sync_version is 'How often the row was written, as its writer counts.';
comment on column public.table_state.last_modified_at is 'When it was last edited.';
comment on column public.table_state.changed is 'The transaction that wrote it last.';
comment on column public.table_state.device_id is 'On which device.';

create index table_state_changed_idx on public.table_state (changed, user_id, screen_size, purpose, repertoire_id);

create trigger edited_at_1_keep
    before update of last_modified_at on public.table_state
    for each row
    when (row_security_active('public.table_state'::regclass) and new.last_modified_at is not distinct from old.last_modified_at)
    execute function tunetrees_private.keep_last_modified_at();
create trigger edited_at_2_touch
    before insert or update on public.table_state
    for each row
    when (row_security_active('public.table_state'::regclass))
    execute function tunetrees_private.touch_last_modified_at();

alter table public.table_state enable row level security;
revoke all on table public.table_state from public, authenticated, anon;
grant
    select,
    insert (user_id, screen_size, purpose, repertoire_id, settings, current_tune, sync_version, last_modified_at, device_id),
    update (user_id, screen_size, purpose, repertoire_id, settings, current_tune, sync_version, last_modified_at, device_id)
on table public.table_state to authenticated;
grant all on table public.table_state to service_role;
grant select on table public.table_state to powersync_role;

-- Foreign keys, after all tables, so that their order does not matter

alter table public.genre_tune_type
    add constraint genre_tune_type_genre_id_fkey foreign key (genre_id) references public.genre (id);
alter table public.genre_tune_type
    add constraint genre_tune_type_tune_type_id_fkey foreign key (tune_type_id) references public.tune_type (id);
alter table public.instrument
    add constraint instrument_private_to_user_fkey foreign key (private_to_user) references public.user_profile (id);
alter table public.tune
    add constraint tune_genre_fkey foreign key (genre) references public.genre (id);
alter table public.tune
    add constraint tune_private_for_fkey foreign key (private_for) references public.user_profile (id);
alter table public.tune_override
    add constraint tune_override_tune_ref_fkey foreign key (tune_ref) references public.tune (id);
alter table public.tune_override
    add constraint tune_override_user_ref_fkey foreign key (user_ref) references public.user_profile (id);
alter table public.tune_override
    add constraint tune_override_genre_fkey foreign key (genre) references public.genre (id);
alter table public.rhythm_patterns
    add constraint rhythm_patterns_genre_id_fkey foreign key (genre_id) references public.genre (id) on delete cascade;
alter table public.rhythm_patterns
    add constraint rhythm_patterns_tune_type_id_fkey foreign key (tune_type_id) references public.tune_type (id) on delete cascade;
alter table public.rhythm_patterns
    add constraint rhythm_patterns_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.user_group
    add constraint user_group_owner_user_ref_fkey foreign key (owner_user_ref) references public.user_profile (id) on delete cascade;
alter table public.group_member
    add constraint group_member_group_ref_fkey foreign key (group_ref) references public.user_group (id) on delete cascade;
alter table public.group_member
    add constraint group_member_user_ref_fkey foreign key (user_ref) references public.user_profile (id) on delete cascade;
alter table public.setlist
    add constraint setlist_group_ref_fkey foreign key (group_ref) references public.user_group (id) on delete cascade;
alter table public.setlist
    add constraint setlist_user_ref_fkey foreign key (user_ref) references public.user_profile (id) on delete cascade;
alter table public.tune_set
    add constraint tune_set_owner_user_ref_fkey foreign key (owner_user_ref) references public.user_profile (id) on delete cascade;
alter table public.tune_set
    add constraint tune_set_group_ref_fkey foreign key (group_ref) references public.user_group (id) on delete cascade;
alter table public.setlist_item
    add constraint setlist_item_setlist_ref_fkey foreign key (setlist_ref) references public.setlist (id) on delete cascade;
alter table public.setlist_item
    add constraint setlist_item_tune_ref_fkey foreign key (tune_ref) references public.tune (id) on delete cascade;
alter table public.setlist_item
    add constraint setlist_item_tune_set_ref_fkey foreign key (tune_set_ref) references public.tune_set (id) on delete cascade;
alter table public.tune_set_item
    add constraint tune_set_item_tune_set_ref_fkey foreign key (tune_set_ref) references public.tune_set (id) on delete cascade;
alter table public.tune_set_item
    add constraint tune_set_item_tune_ref_fkey foreign key (tune_ref) references public.tune (id) on delete cascade;
alter table public.event
    add constraint event_setlist_ref_fkey foreign key (setlist_ref) references public.setlist (id) on delete set null;
alter table public.event
    add constraint event_group_ref_fkey foreign key (group_ref) references public.user_group (id) on delete cascade;
alter table public.event
    add constraint event_user_ref_fkey foreign key (user_ref) references public.user_profile (id) on delete cascade;
alter table public.repertoire
    add constraint repertoire_user_ref_fkey foreign key (user_ref) references public.user_profile (id);
alter table public.repertoire
    add constraint repertoire_genre_default_fkey foreign key (genre_default) references public.genre (id);
alter table public.repertoire_tune
    add constraint repertoire_tune_repertoire_ref_fkey foreign key (repertoire_ref) references public.repertoire (repertoire_id);
alter table public.repertoire_tune
    add constraint repertoire_tune_tune_ref_fkey foreign key (tune_ref) references public.tune (id);
alter table public.practice_record
    add constraint practice_record_repertoire_ref_fkey foreign key (repertoire_ref) references public.repertoire (repertoire_id);
alter table public.practice_record
    add constraint practice_record_tune_ref_fkey foreign key (tune_ref) references public.tune (id);
alter table public.daily_practice_queue
    add constraint daily_practice_queue_user_ref_fkey foreign key (user_ref) references public.user_profile (id);
alter table public.table_transient_data
    add constraint table_transient_data_user_id_fkey foreign key (user_id) references public.user_profile (id);
alter table public.table_transient_data
    add constraint table_transient_data_tune_id_fkey foreign key (tune_id) references public.tune (id);
alter table public.table_transient_data
    add constraint table_transient_data_repertoire_id_fkey foreign key (repertoire_id) references public.repertoire (repertoire_id);
alter table public.tag
    add constraint tag_user_ref_fkey foreign key (user_ref) references public.user_profile (id);
alter table public.tag
    add constraint tag_tune_ref_fkey foreign key (tune_ref) references public.tune (id);
alter table public.note
    add constraint note_user_ref_fkey foreign key (user_ref) references public.user_profile (id);
alter table public.note
    add constraint note_tune_ref_fkey foreign key (tune_ref) references public.tune (id);
alter table public.note
    add constraint note_repertoire_ref_fkey foreign key (repertoire_ref) references public.repertoire (repertoire_id);
alter table public.reference
    add constraint reference_tune_ref_fkey foreign key (tune_ref) references public.tune (id);
alter table public.reference
    add constraint reference_user_ref_fkey foreign key (user_ref) references public.user_profile (id);
alter table public.media_asset
    add constraint media_asset_reference_ref_fkey foreign key (reference_ref) references public.reference (id) on delete cascade;
alter table public.media_asset
    add constraint media_asset_user_ref_fkey foreign key (user_ref) references public.user_profile (id) on delete cascade;
alter table public.user_genre_selection
    add constraint user_genre_selection_user_id_fkey foreign key (user_id) references public.user_profile (id);
alter table public.user_genre_selection
    add constraint user_genre_selection_genre_id_fkey foreign key (genre_id) references public.genre (id) on delete cascade;
alter table public.goal
    add constraint goal_private_for_fkey foreign key (private_for) references public.user_profile (id) on delete cascade;
alter table public.plugin
    add constraint plugin_user_ref_fkey foreign key (user_ref) references public.user_profile (id);
alter table public.prefs_scheduling_options
    add constraint prefs_scheduling_options_user_id_fkey foreign key (user_id) references public.user_profile (id);
alter table public.prefs_spaced_repetition
    add constraint prefs_spaced_repetition_user_id_fkey foreign key (user_id) references public.user_profile (id);
alter table public.tab_group_main_state
    add constraint tab_group_main_state_user_id_fkey foreign key (user_id) references public.user_profile (id);
alter table public.table_state
    add constraint table_state_user_id_fkey foreign key (user_id) references public.user_profile (id);
alter table public.table_state
    add constraint table_state_repertoire_id_fkey foreign key (repertoire_id) references public.repertoire (repertoire_id);

-- What the declaration says of columns beyond a default: functions, and the triggers that call them

-- Notes which client wrote a row last, and forgets it with the row.
create function tunetrees_private.note_writer_id_last_modified_at() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'DELETE' then
        delete from tunetrees_private.writers as known
        where known.relation = tg_relid
          and known.key = any (array(select was.id::text from old_rows as was));
    elsif tg_op = 'INSERT' then
        insert into tunetrees_private.writers as known (relation, key, client, inserted, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), true, written.stands
        from (select stands.id::text as key, stands.last_modified_at as stands from new_rows as stands) as written
        on conflict (relation, key) do update set
            client = excluded.client, inserted = true, edited_since = null, edited_at = excluded.edited_at;
    else
        insert into tunetrees_private.writers as known (relation, key, client, inserted, edited_since, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), false, min(written.since), max(written.stands)
        from (
            select was.id::text as key,
                was.last_modified_at as since,
                null as stands
            from old_rows as was
            union all
            select stands.id::text, null, stands.last_modified_at
            from new_rows as stands
        ) as written
        group by written.key
        having count(*) > 1
        on conflict (relation, key) do update set
            client = excluded.client,
            inserted = known.inserted and known.client = excluded.client and known.edited_at = excluded.edited_since,
            edited_since = case when known.client = excluded.client and known.edited_at = excluded.edited_since then known.edited_since else excluded.edited_since end,
            edited_at = excluded.edited_at;
    end if;
    return null;
end
$$;
revoke all on function tunetrees_private.note_writer_id_last_modified_at() from public;
create trigger writer_insert
    after insert on public.instrument
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.instrument
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.instrument
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_insert
    after insert on public.tune
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.tune
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.tune
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_insert
    after insert on public.tune_override
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.tune_override
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.tune_override
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_insert
    after insert on public.rhythm_patterns
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.rhythm_patterns
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.rhythm_patterns
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_insert
    after insert on public.user_group
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.user_group
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.user_group
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_insert
    after insert on public.group_member
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.group_member
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.group_member
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_insert
    after insert on public.setlist
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.setlist
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.setlist
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_insert
    after insert on public.setlist_item
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.setlist_item
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.setlist_item
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_insert
    after insert on public.tune_set
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.tune_set
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.tune_set
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_insert
    after insert on public.tune_set_item
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.tune_set_item
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.tune_set_item
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_insert
    after insert on public.event
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.event
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.event
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_insert
    after insert on public.practice_record
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.practice_record
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.practice_record
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_insert
    after insert on public.daily_practice_queue
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.daily_practice_queue
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.daily_practice_queue
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_insert
    after insert on public.note
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.note
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.note
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_insert
    after insert on public.reference
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.reference
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.reference
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_insert
    after insert on public.media_asset
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.media_asset
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.media_asset
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_insert
    after insert on public.user_profile
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.user_profile
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.user_profile
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_insert
    after insert on public.goal
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.goal
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.goal
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_insert
    after insert on public.plugin
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.plugin
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.plugin
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_insert
    after insert on public.tab_group_main_state
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_update
    after update on public.tab_group_main_state
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_id_last_modified_at();
create trigger writer_forget
    after delete on public.tab_group_main_state
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_id_last_modified_at();

-- Notes which client wrote a row last, and forgets it with the row.
create function tunetrees_private.note_writer_repertoire_id_last_modified_at() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'DELETE' then
        delete from tunetrees_private.writers as known
        where known.relation = tg_relid
          and known.key = any (array(select was.repertoire_id::text from old_rows as was));
    elsif tg_op = 'INSERT' then
        insert into tunetrees_private.writers as known (relation, key, client, inserted, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), true, written.stands
        from (select stands.repertoire_id::text as key, stands.last_modified_at as stands from new_rows as stands) as written
        on conflict (relation, key) do update set
            client = excluded.client, inserted = true, edited_since = null, edited_at = excluded.edited_at;
    else
        insert into tunetrees_private.writers as known (relation, key, client, inserted, edited_since, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), false, min(written.since), max(written.stands)
        from (
            select was.repertoire_id::text as key,
                was.last_modified_at as since,
                null as stands
            from old_rows as was
            union all
            select stands.repertoire_id::text, null, stands.last_modified_at
            from new_rows as stands
        ) as written
        group by written.key
        having count(*) > 1
        on conflict (relation, key) do update set
            client = excluded.client,
            inserted = known.inserted and known.client = excluded.client and known.edited_at = excluded.edited_since,
            edited_since = case when known.client = excluded.client and known.edited_at = excluded.edited_since then known.edited_since else excluded.edited_since end,
            edited_at = excluded.edited_at;
    end if;
    return null;
end
$$;
revoke all on function tunetrees_private.note_writer_repertoire_id_last_modified_at() from public;
create trigger writer_insert
    after insert on public.repertoire
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_repertoire_id_last_modified_at();
create trigger writer_update
    after update on public.repertoire
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_repertoire_id_last_modified_at();
create trigger writer_forget
    after delete on public.repertoire
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_repertoire_id_last_modified_at();

-- Notes which client wrote a row last, and forgets it with the row.
create function tunetrees_private.note_writer_repertoire_ref_tune_ref_last_modified_at() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'DELETE' then
        delete from tunetrees_private.writers as known
        where known.relation = tg_relid
          and known.key = any (array(select jsonb_build_array(was.repertoire_ref, was.tune_ref)::text from old_rows as was));
    elsif tg_op = 'INSERT' then
        insert into tunetrees_private.writers as known (relation, key, client, inserted, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), true, written.stands
        from (select jsonb_build_array(stands.repertoire_ref, stands.tune_ref)::text as key, stands.last_modified_at as stands from new_rows as stands) as written
        on conflict (relation, key) do update set
            client = excluded.client, inserted = true, edited_since = null, edited_at = excluded.edited_at;
    else
        insert into tunetrees_private.writers as known (relation, key, client, inserted, edited_since, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), false, min(written.since), max(written.stands)
        from (
            select jsonb_build_array(was.repertoire_ref, was.tune_ref)::text as key,
                was.last_modified_at as since,
                null as stands
            from old_rows as was
            union all
            select jsonb_build_array(stands.repertoire_ref, stands.tune_ref)::text, null, stands.last_modified_at
            from new_rows as stands
        ) as written
        group by written.key
        having count(*) > 1
        on conflict (relation, key) do update set
            client = excluded.client,
            inserted = known.inserted and known.client = excluded.client and known.edited_at = excluded.edited_since,
            edited_since = case when known.client = excluded.client and known.edited_at = excluded.edited_since then known.edited_since else excluded.edited_since end,
            edited_at = excluded.edited_at;
    end if;
    return null;
end
$$;
revoke all on function tunetrees_private.note_writer_repertoire_ref_tune_ref_last_modified_at() from public;
create trigger writer_insert
    after insert on public.repertoire_tune
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_repertoire_ref_tune_ref_last_modified_at();
create trigger writer_update
    after update on public.repertoire_tune
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_repertoire_ref_tune_ref_last_modified_at();
create trigger writer_forget
    after delete on public.repertoire_tune
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_repertoire_ref_tune_ref_last_modified_at();

-- Notes which client wrote a row last, and forgets it with the row.
create function tunetrees_private.note_writer_tune_id_user_id_repertoire_id_last_modified_at() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'DELETE' then
        delete from tunetrees_private.writers as known
        where known.relation = tg_relid
          and known.key = any (array(select jsonb_build_array(was.tune_id, was.user_id, was.repertoire_id)::text from old_rows as was));
    elsif tg_op = 'INSERT' then
        insert into tunetrees_private.writers as known (relation, key, client, inserted, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), true, written.stands
        from (select jsonb_build_array(stands.tune_id, stands.user_id, stands.repertoire_id)::text as key, stands.last_modified_at as stands from new_rows as stands) as written
        on conflict (relation, key) do update set
            client = excluded.client, inserted = true, edited_since = null, edited_at = excluded.edited_at;
    else
        insert into tunetrees_private.writers as known (relation, key, client, inserted, edited_since, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), false, min(written.since), max(written.stands)
        from (
            select jsonb_build_array(was.tune_id, was.user_id, was.repertoire_id)::text as key,
                was.last_modified_at as since,
                null as stands
            from old_rows as was
            union all
            select jsonb_build_array(stands.tune_id, stands.user_id, stands.repertoire_id)::text, null, stands.last_modified_at
            from new_rows as stands
        ) as written
        group by written.key
        having count(*) > 1
        on conflict (relation, key) do update set
            client = excluded.client,
            inserted = known.inserted and known.client = excluded.client and known.edited_at = excluded.edited_since,
            edited_since = case when known.client = excluded.client and known.edited_at = excluded.edited_since then known.edited_since else excluded.edited_since end,
            edited_at = excluded.edited_at;
    end if;
    return null;
end
$$;
revoke all on function tunetrees_private.note_writer_tune_id_user_id_repertoire_id_last_modified_at() from public;
create trigger writer_insert
    after insert on public.table_transient_data
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_tune_id_user_id_repertoire_id_last_modified_at();
create trigger writer_update
    after update on public.table_transient_data
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_tune_id_user_id_repertoire_id_last_modified_at();
create trigger writer_forget
    after delete on public.table_transient_data
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_tune_id_user_id_repertoire_id_last_modified_at();

-- Notes which client wrote a row last, and forgets it with the row.
create function tunetrees_private.note_writer_tag_id_last_modified_at() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'DELETE' then
        delete from tunetrees_private.writers as known
        where known.relation = tg_relid
          and known.key = any (array(select was.tag_id::text from old_rows as was));
    elsif tg_op = 'INSERT' then
        insert into tunetrees_private.writers as known (relation, key, client, inserted, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), true, written.stands
        from (select stands.tag_id::text as key, stands.last_modified_at as stands from new_rows as stands) as written
        on conflict (relation, key) do update set
            client = excluded.client, inserted = true, edited_since = null, edited_at = excluded.edited_at;
    else
        insert into tunetrees_private.writers as known (relation, key, client, inserted, edited_since, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), false, min(written.since), max(written.stands)
        from (
            select was.tag_id::text as key,
                was.last_modified_at as since,
                null as stands
            from old_rows as was
            union all
            select stands.tag_id::text, null, stands.last_modified_at
            from new_rows as stands
        ) as written
        group by written.key
        having count(*) > 1
        on conflict (relation, key) do update set
            client = excluded.client,
            inserted = known.inserted and known.client = excluded.client and known.edited_at = excluded.edited_since,
            edited_since = case when known.client = excluded.client and known.edited_at = excluded.edited_since then known.edited_since else excluded.edited_since end,
            edited_at = excluded.edited_at;
    end if;
    return null;
end
$$;
revoke all on function tunetrees_private.note_writer_tag_id_last_modified_at() from public;
create trigger writer_insert
    after insert on public.tag
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_tag_id_last_modified_at();
create trigger writer_update
    after update on public.tag
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_tag_id_last_modified_at();
create trigger writer_forget
    after delete on public.tag
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_tag_id_last_modified_at();

-- Notes which client wrote a row last, and forgets it with the row.
create function tunetrees_private.note_writer_user_id_genre_id_last_modified_at() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'DELETE' then
        delete from tunetrees_private.writers as known
        where known.relation = tg_relid
          and known.key = any (array(select jsonb_build_array(was.user_id, was.genre_id)::text from old_rows as was));
    elsif tg_op = 'INSERT' then
        insert into tunetrees_private.writers as known (relation, key, client, inserted, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), true, written.stands
        from (select jsonb_build_array(stands.user_id, stands.genre_id)::text as key, stands.last_modified_at as stands from new_rows as stands) as written
        on conflict (relation, key) do update set
            client = excluded.client, inserted = true, edited_since = null, edited_at = excluded.edited_at;
    else
        insert into tunetrees_private.writers as known (relation, key, client, inserted, edited_since, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), false, min(written.since), max(written.stands)
        from (
            select jsonb_build_array(was.user_id, was.genre_id)::text as key,
                was.last_modified_at as since,
                null as stands
            from old_rows as was
            union all
            select jsonb_build_array(stands.user_id, stands.genre_id)::text, null, stands.last_modified_at
            from new_rows as stands
        ) as written
        group by written.key
        having count(*) > 1
        on conflict (relation, key) do update set
            client = excluded.client,
            inserted = known.inserted and known.client = excluded.client and known.edited_at = excluded.edited_since,
            edited_since = case when known.client = excluded.client and known.edited_at = excluded.edited_since then known.edited_since else excluded.edited_since end,
            edited_at = excluded.edited_at;
    end if;
    return null;
end
$$;
revoke all on function tunetrees_private.note_writer_user_id_genre_id_last_modified_at() from public;
create trigger writer_insert
    after insert on public.user_genre_selection
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_user_id_genre_id_last_modified_at();
create trigger writer_update
    after update on public.user_genre_selection
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_user_id_genre_id_last_modified_at();
create trigger writer_forget
    after delete on public.user_genre_selection
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_user_id_genre_id_last_modified_at();

-- Notes which client wrote a row last, and forgets it with the row.
create function tunetrees_private.note_writer_user_id_last_modified_at() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'DELETE' then
        delete from tunetrees_private.writers as known
        where known.relation = tg_relid
          and known.key = any (array(select was.user_id::text from old_rows as was));
    elsif tg_op = 'INSERT' then
        insert into tunetrees_private.writers as known (relation, key, client, inserted, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), true, written.stands
        from (select stands.user_id::text as key, stands.last_modified_at as stands from new_rows as stands) as written
        on conflict (relation, key) do update set
            client = excluded.client, inserted = true, edited_since = null, edited_at = excluded.edited_at;
    else
        insert into tunetrees_private.writers as known (relation, key, client, inserted, edited_since, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), false, min(written.since), max(written.stands)
        from (
            select was.user_id::text as key,
                was.last_modified_at as since,
                null as stands
            from old_rows as was
            union all
            select stands.user_id::text, null, stands.last_modified_at
            from new_rows as stands
        ) as written
        group by written.key
        having count(*) > 1
        on conflict (relation, key) do update set
            client = excluded.client,
            inserted = known.inserted and known.client = excluded.client and known.edited_at = excluded.edited_since,
            edited_since = case when known.client = excluded.client and known.edited_at = excluded.edited_since then known.edited_since else excluded.edited_since end,
            edited_at = excluded.edited_at;
    end if;
    return null;
end
$$;
revoke all on function tunetrees_private.note_writer_user_id_last_modified_at() from public;
create trigger writer_insert
    after insert on public.prefs_scheduling_options
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_user_id_last_modified_at();
create trigger writer_update
    after update on public.prefs_scheduling_options
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_user_id_last_modified_at();
create trigger writer_forget
    after delete on public.prefs_scheduling_options
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_user_id_last_modified_at();

-- Notes which client wrote a row last, and forgets it with the row.
create function tunetrees_private.note_writer_user_id_alg_type_last_modified_at() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'DELETE' then
        delete from tunetrees_private.writers as known
        where known.relation = tg_relid
          and known.key = any (array(select jsonb_build_array(was.user_id, was.alg_type)::text from old_rows as was));
    elsif tg_op = 'INSERT' then
        insert into tunetrees_private.writers as known (relation, key, client, inserted, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), true, written.stands
        from (select jsonb_build_array(stands.user_id, stands.alg_type)::text as key, stands.last_modified_at as stands from new_rows as stands) as written
        on conflict (relation, key) do update set
            client = excluded.client, inserted = true, edited_since = null, edited_at = excluded.edited_at;
    else
        insert into tunetrees_private.writers as known (relation, key, client, inserted, edited_since, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), false, min(written.since), max(written.stands)
        from (
            select jsonb_build_array(was.user_id, was.alg_type)::text as key,
                was.last_modified_at as since,
                null as stands
            from old_rows as was
            union all
            select jsonb_build_array(stands.user_id, stands.alg_type)::text, null, stands.last_modified_at
            from new_rows as stands
        ) as written
        group by written.key
        having count(*) > 1
        on conflict (relation, key) do update set
            client = excluded.client,
            inserted = known.inserted and known.client = excluded.client and known.edited_at = excluded.edited_since,
            edited_since = case when known.client = excluded.client and known.edited_at = excluded.edited_since then known.edited_since else excluded.edited_since end,
            edited_at = excluded.edited_at;
    end if;
    return null;
end
$$;
revoke all on function tunetrees_private.note_writer_user_id_alg_type_last_modified_at() from public;
create trigger writer_insert
    after insert on public.prefs_spaced_repetition
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_user_id_alg_type_last_modified_at();
create trigger writer_update
    after update on public.prefs_spaced_repetition
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_user_id_alg_type_last_modified_at();
create trigger writer_forget
    after delete on public.prefs_spaced_repetition
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_user_id_alg_type_last_modified_at();

-- Notes which client wrote a row last, and forgets it with the row.
create function tunetrees_private.note_writer_user_id_screen_size_purpo_4c8d8e52_last_modified_at() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'DELETE' then
        delete from tunetrees_private.writers as known
        where known.relation = tg_relid
          and known.key = any (array(select jsonb_build_array(was.user_id, was.screen_size, was.purpose, was.repertoire_id)::text from old_rows as was));
    elsif tg_op = 'INSERT' then
        insert into tunetrees_private.writers as known (relation, key, client, inserted, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), true, written.stands
        from (select jsonb_build_array(stands.user_id, stands.screen_size, stands.purpose, stands.repertoire_id)::text as key, stands.last_modified_at as stands from new_rows as stands) as written
        on conflict (relation, key) do update set
            client = excluded.client, inserted = true, edited_since = null, edited_at = excluded.edited_at;
    else
        insert into tunetrees_private.writers as known (relation, key, client, inserted, edited_since, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), false, min(written.since), max(written.stands)
        from (
            select jsonb_build_array(was.user_id, was.screen_size, was.purpose, was.repertoire_id)::text as key,
                was.last_modified_at as since,
                null as stands
            from old_rows as was
            union all
            select jsonb_build_array(stands.user_id, stands.screen_size, stands.purpose, stands.repertoire_id)::text, null, stands.last_modified_at
            from new_rows as stands
        ) as written
        group by written.key
        having count(*) > 1
        on conflict (relation, key) do update set
            client = excluded.client,
            inserted = known.inserted and known.client = excluded.client and known.edited_at = excluded.edited_since,
            edited_since = case when known.client = excluded.client and known.edited_at = excluded.edited_since then known.edited_since else excluded.edited_since end,
            edited_at = excluded.edited_at;
    end if;
    return null;
end
$$;
revoke all on function tunetrees_private.note_writer_user_id_screen_size_purpo_4c8d8e52_last_modified_at() from public;
create trigger writer_insert
    after insert on public.table_state
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_user_id_screen_size_purpo_4c8d8e52_last_modified_at();
create trigger writer_update
    after update on public.table_state
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tunetrees_private.note_writer_user_id_screen_size_purpo_4c8d8e52_last_modified_at();
create trigger writer_forget
    after delete on public.table_state
    referencing old table as old_rows
    for each statement
    execute function tunetrees_private.note_writer_user_id_screen_size_purpo_4c8d8e52_last_modified_at();

-- Carries a change of tune on to what tune_set_item copies by tune_ref; nobody has edited those rows.
create function tunetrees_private.carry_tune_tune_set_item_tune_ref() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
declare
    client text := current_setting('synctable.client_id', true);
begin
    perform set_config('synctable.client_id', '', true);
    update public.tune_set_item as child set tune_private_for = new.private_for
    where child.tune_ref = new.id;
    perform set_config('synctable.client_id', coalesce(client, ''), true);
    return null;
end
$$;
revoke all on function tunetrees_private.carry_tune_tune_set_item_tune_ref() from public;
create trigger tune_tune_set_item_tune_ref_carried
    after update on public.tune
    for each row
    when (new.private_for is distinct from old.private_for)
    execute function tunetrees_private.carry_tune_tune_set_item_tune_ref();

-- Carries a change of tune on to what note copies by tune_ref; nobody has edited those rows.
create function tunetrees_private.carry_tune_note_tune_ref() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
declare
    client text := current_setting('synctable.client_id', true);
begin
    perform set_config('synctable.client_id', '', true);
    update public.note as child set tune_private_for = new.private_for
    where child.tune_ref = new.id;
    perform set_config('synctable.client_id', coalesce(client, ''), true);
    return null;
end
$$;
revoke all on function tunetrees_private.carry_tune_note_tune_ref() from public;
create trigger tune_note_tune_ref_carried
    after update on public.tune
    for each row
    when (new.private_for is distinct from old.private_for)
    execute function tunetrees_private.carry_tune_note_tune_ref();

-- Carries a change of tune on to what reference copies by tune_ref; nobody has edited those rows.
create function tunetrees_private.carry_tune_reference_tune_ref() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
declare
    client text := current_setting('synctable.client_id', true);
begin
    perform set_config('synctable.client_id', '', true);
    update public.reference as child set tune_private_for = new.private_for
    where child.tune_ref = new.id;
    perform set_config('synctable.client_id', coalesce(client, ''), true);
    return null;
end
$$;
revoke all on function tunetrees_private.carry_tune_reference_tune_ref() from public;
create trigger tune_reference_tune_ref_carried
    after update on public.tune
    for each row
    when (new.private_for is distinct from old.private_for)
    execute function tunetrees_private.carry_tune_reference_tune_ref();

-- Fills in what tune_set_item copies from the rows that its rows refer to.
create function tunetrees_private.copy_tune_set_item() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    select parent.private_for into new.tune_private_for
    from public.tune as parent
    where parent.id = new.tune_ref;
    return new;
end
$$;
revoke all on function tunetrees_private.copy_tune_set_item() from public;
create trigger tune_set_item_copied_insert
    before insert on public.tune_set_item
    for each row
    execute function tunetrees_private.copy_tune_set_item();
create trigger tune_set_item_copied_update
    before update on public.tune_set_item
    for each row
    when (new.tune_ref is distinct from old.tune_ref or new.tune_private_for is distinct from old.tune_private_for)
    execute function tunetrees_private.copy_tune_set_item();

-- Fills in what note copies from the rows that its rows refer to.
create function tunetrees_private.copy_note() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    select parent.private_for into new.tune_private_for
    from public.tune as parent
    where parent.id = new.tune_ref;
    return new;
end
$$;
revoke all on function tunetrees_private.copy_note() from public;
create trigger note_copied_insert
    before insert on public.note
    for each row
    execute function tunetrees_private.copy_note();
create trigger note_copied_update
    before update on public.note
    for each row
    when (new.tune_ref is distinct from old.tune_ref or new.tune_private_for is distinct from old.tune_private_for)
    execute function tunetrees_private.copy_note();

-- Fills in what reference copies from the rows that its rows refer to.
create function tunetrees_private.copy_reference() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    select parent.private_for into new.tune_private_for
    from public.tune as parent
    where parent.id = new.tune_ref;
    return new;
end
$$;
revoke all on function tunetrees_private.copy_reference() from public;
create trigger reference_copied_insert
    before insert on public.reference
    for each row
    execute function tunetrees_private.copy_reference();
create trigger reference_copied_update
    before update on public.reference
    for each row
    when (new.tune_ref is distinct from old.tune_ref or new.tune_private_for is distinct from old.tune_private_for)
    execute function tunetrees_private.copy_reference();

-- Carries a change of reference on to what media_asset copies by reference_ref; nobody has edited those rows.
create function tunetrees_private.carry_reference_media_asset_reference_ref() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
declare
    client text := current_setting('synctable.client_id', true);
begin
    perform set_config('synctable.client_id', '', true);
    update public.media_asset as child set reference_user_ref = new.user_ref
    where child.reference_ref = new.id;
    perform set_config('synctable.client_id', coalesce(client, ''), true);
    return null;
end
$$;
revoke all on function tunetrees_private.carry_reference_media_asset_reference_ref() from public;
create trigger reference_media_asset_reference_ref_carried
    after update on public.reference
    for each row
    when (new.user_ref is distinct from old.user_ref)
    execute function tunetrees_private.carry_reference_media_asset_reference_ref();

-- Fills in what media_asset copies from the rows that its rows refer to.
create function tunetrees_private.copy_media_asset() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    select parent.user_ref into new.reference_user_ref
    from public.reference as parent
    where parent.id = new.reference_ref;
    return new;
end
$$;
revoke all on function tunetrees_private.copy_media_asset() from public;
create trigger media_asset_copied_insert
    before insert on public.media_asset
    for each row
    execute function tunetrees_private.copy_media_asset();
create trigger media_asset_copied_update
    before update on public.media_asset
    for each row
    when (new.reference_ref is distinct from old.reference_ref or new.reference_user_ref is distinct from old.reference_user_ref)
    execute function tunetrees_private.copy_media_asset();

-- Refuses to change a key, or a column that is set once; an upsert may name it with the value that it has.
create function tunetrees_private.keep_set_once() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    raise exception using
        errcode = 'insufficient_privilege',
        message = format('a row of %I.%I keeps its %s', tg_table_schema, tg_table_name, tg_argv[0]);
end
$$;
revoke all on function tunetrees_private.keep_set_once() from public;
create trigger _set_once
    before update on public.instrument
    for each row
    when ((new.id is distinct from old.id or new.private_to_user is distinct from old.private_to_user) and row_security_active('public.instrument'::regclass))
    execute function tunetrees_private.keep_set_once('id, private_to_user');
create trigger _set_once
    before update on public.tune
    for each row
    when ((new.id is distinct from old.id or new.private_for is distinct from old.private_for) and row_security_active('public.tune'::regclass))
    execute function tunetrees_private.keep_set_once('id, private_for');
create trigger _set_once
    before update on public.tune_override
    for each row
    when ((new.id is distinct from old.id or new.tune_ref is distinct from old.tune_ref or new.user_ref is distinct from old.user_ref) and row_security_active('public.tune_override'::regclass))
    execute function tunetrees_private.keep_set_once('id, tune_ref, user_ref');
create trigger _set_once
    before update on public.rhythm_patterns
    for each row
    when ((new.id is distinct from old.id or new.user_id is distinct from old.user_id) and row_security_active('public.rhythm_patterns'::regclass))
    execute function tunetrees_private.keep_set_once('id, user_id');
create trigger _set_once
    before update on public.user_group
    for each row
    when ((new.id is distinct from old.id or new.owner_user_ref is distinct from old.owner_user_ref) and row_security_active('public.user_group'::regclass))
    execute function tunetrees_private.keep_set_once('id, owner_user_ref');
create trigger _set_once
    before update on public.group_member
    for each row
    when ((new.id is distinct from old.id or new.group_ref is distinct from old.group_ref or new.user_ref is distinct from old.user_ref) and row_security_active('public.group_member'::regclass))
    execute function tunetrees_private.keep_set_once('id, group_ref, user_ref');
create trigger _set_once
    before update on public.setlist
    for each row
    when ((new.id is distinct from old.id or new.user_ref is distinct from old.user_ref) and row_security_active('public.setlist'::regclass))
    execute function tunetrees_private.keep_set_once('id, user_ref');
create trigger _set_once
    before update on public.setlist_item
    for each row
    when ((new.id is distinct from old.id or new.setlist_ref is distinct from old.setlist_ref) and row_security_active('public.setlist_item'::regclass))
    execute function tunetrees_private.keep_set_once('id, setlist_ref');
create trigger _set_once
    before update on public.tune_set
    for each row
    when (new.id is distinct from old.id and row_security_active('public.tune_set'::regclass))
    execute function tunetrees_private.keep_set_once('id');
create trigger _set_once
    before update on public.tune_set_item
    for each row
    when ((new.id is distinct from old.id or new.tune_set_ref is distinct from old.tune_set_ref or new.tune_ref is distinct from old.tune_ref) and row_security_active('public.tune_set_item'::regclass))
    execute function tunetrees_private.keep_set_once('id, tune_set_ref, tune_ref');
create trigger _set_once
    before update on public.event
    for each row
    when ((new.id is distinct from old.id or new.user_ref is distinct from old.user_ref) and row_security_active('public.event'::regclass))
    execute function tunetrees_private.keep_set_once('id, user_ref');
create trigger _set_once
    before update on public.repertoire
    for each row
    when ((new.repertoire_id is distinct from old.repertoire_id or new.user_ref is distinct from old.user_ref) and row_security_active('public.repertoire'::regclass))
    execute function tunetrees_private.keep_set_once('repertoire_id, user_ref');
create trigger _set_once
    before update on public.repertoire_tune
    for each row
    when ((new.repertoire_ref is distinct from old.repertoire_ref or new.tune_ref is distinct from old.tune_ref) and row_security_active('public.repertoire_tune'::regclass))
    execute function tunetrees_private.keep_set_once('repertoire_ref, tune_ref');
create trigger _set_once
    before update on public.practice_record
    for each row
    when ((new.id is distinct from old.id or new.repertoire_ref is distinct from old.repertoire_ref or new.tune_ref is distinct from old.tune_ref) and row_security_active('public.practice_record'::regclass))
    execute function tunetrees_private.keep_set_once('id, repertoire_ref, tune_ref');
create trigger _set_once
    before update on public.daily_practice_queue
    for each row
    when ((new.id is distinct from old.id or new.user_ref is distinct from old.user_ref or new.repertoire_ref is distinct from old.repertoire_ref or new.window_start_utc is distinct from old.window_start_utc or new.tune_ref is distinct from old.tune_ref) and row_security_active('public.daily_practice_queue'::regclass))
    execute function tunetrees_private.keep_set_once('id, user_ref, repertoire_ref, window_start_utc, tune_ref');
create trigger _set_once
    before update on public.table_transient_data
    for each row
    when ((new.user_id is distinct from old.user_id or new.tune_id is distinct from old.tune_id or new.repertoire_id is distinct from old.repertoire_id) and row_security_active('public.table_transient_data'::regclass))
    execute function tunetrees_private.keep_set_once('user_id, tune_id, repertoire_id');
create trigger _set_once
    before update on public.tag
    for each row
    when ((new.tag_id is distinct from old.tag_id or new.user_ref is distinct from old.user_ref or new.tune_ref is distinct from old.tune_ref or new.tag_text is distinct from old.tag_text) and row_security_active('public.tag'::regclass))
    execute function tunetrees_private.keep_set_once('tag_id, user_ref, tune_ref, tag_text');
create trigger _set_once
    before update on public.note
    for each row
    when ((new.id is distinct from old.id or new.user_ref is distinct from old.user_ref or new.tune_ref is distinct from old.tune_ref) and row_security_active('public.note'::regclass))
    execute function tunetrees_private.keep_set_once('id, user_ref, tune_ref');
create trigger _set_once
    before update on public.reference
    for each row
    when ((new.id is distinct from old.id or new.tune_ref is distinct from old.tune_ref or new.user_ref is distinct from old.user_ref) and row_security_active('public.reference'::regclass))
    execute function tunetrees_private.keep_set_once('id, tune_ref, user_ref');
create trigger _set_once
    before update on public.media_asset
    for each row
    when ((new.id is distinct from old.id or new.reference_ref is distinct from old.reference_ref or new.user_ref is distinct from old.user_ref) and row_security_active('public.media_asset'::regclass))
    execute function tunetrees_private.keep_set_once('id, reference_ref, user_ref');
create trigger _set_once
    before update on public.user_profile
    for each row
    when (new.id is distinct from old.id and row_security_active('public.user_profile'::regclass))
    execute function tunetrees_private.keep_set_once('id');
create trigger _set_once
    before update on public.user_genre_selection
    for each row
    when ((new.user_id is distinct from old.user_id or new.genre_id is distinct from old.genre_id) and row_security_active('public.user_genre_selection'::regclass))
    execute function tunetrees_private.keep_set_once('user_id, genre_id');
create trigger _set_once
    before update on public.goal
    for each row
    when ((new.id is distinct from old.id or new.private_for is distinct from old.private_for) and row_security_active('public.goal'::regclass))
    execute function tunetrees_private.keep_set_once('id, private_for');
create trigger _set_once
    before update on public.plugin
    for each row
    when ((new.id is distinct from old.id or new.user_ref is distinct from old.user_ref) and row_security_active('public.plugin'::regclass))
    execute function tunetrees_private.keep_set_once('id, user_ref');
create trigger _set_once
    before update on public.prefs_scheduling_options
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.prefs_scheduling_options'::regclass))
    execute function tunetrees_private.keep_set_once('user_id');
create trigger _set_once
    before update on public.prefs_spaced_repetition
    for each row
    when ((new.user_id is distinct from old.user_id or new.alg_type is distinct from old.alg_type) and row_security_active('public.prefs_spaced_repetition'::regclass))
    execute function tunetrees_private.keep_set_once('user_id, alg_type');
create trigger _set_once
    before update on public.tab_group_main_state
    for each row
    when ((new.id is distinct from old.id or new.user_id is distinct from old.user_id) and row_security_active('public.tab_group_main_state'::regclass))
    execute function tunetrees_private.keep_set_once('id, user_id');
create trigger _set_once
    before update on public.table_state
    for each row
    when ((new.user_id is distinct from old.user_id or new.screen_size is distinct from old.screen_size or new.purpose is distinct from old.purpose or new.repertoire_id is distinct from old.repertoire_id) and row_security_active('public.table_state'::regclass))
    execute function tunetrees_private.keep_set_once('user_id, screen_size, purpose, repertoire_id');

-- Revives a deleted row that an upsert brings again: no other write names the key of a row that is there.
create function tunetrees_private.revive_deleted_at() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if old.deleted_at is not null and new.deleted_at is not distinct from old.deleted_at then
        new.deleted_at := null;
    end if;
    return new;
end
$$;
revoke all on function tunetrees_private.revive_deleted_at() from public;
create trigger _revive
    before update of id on public.instrument
    for each row
    when (row_security_active('public.instrument'::regclass))
    execute function tunetrees_private.revive_deleted_at();
create trigger _revive
    before update of id on public.tune
    for each row
    when (row_security_active('public.tune'::regclass))
    execute function tunetrees_private.revive_deleted_at();
create trigger _revive
    before update of id on public.tune_override
    for each row
    when (row_security_active('public.tune_override'::regclass))
    execute function tunetrees_private.revive_deleted_at();
create trigger _revive
    before update of id on public.user_group
    for each row
    when (row_security_active('public.user_group'::regclass))
    execute function tunetrees_private.revive_deleted_at();
create trigger _revive
    before update of id on public.group_member
    for each row
    when (row_security_active('public.group_member'::regclass))
    execute function tunetrees_private.revive_deleted_at();
create trigger _revive
    before update of id on public.setlist
    for each row
    when (row_security_active('public.setlist'::regclass))
    execute function tunetrees_private.revive_deleted_at();
create trigger _revive
    before update of id on public.setlist_item
    for each row
    when (row_security_active('public.setlist_item'::regclass))
    execute function tunetrees_private.revive_deleted_at();
create trigger _revive
    before update of id on public.tune_set
    for each row
    when (row_security_active('public.tune_set'::regclass))
    execute function tunetrees_private.revive_deleted_at();
create trigger _revive
    before update of id on public.tune_set_item
    for each row
    when (row_security_active('public.tune_set_item'::regclass))
    execute function tunetrees_private.revive_deleted_at();
create trigger _revive
    before update of id on public.event
    for each row
    when (row_security_active('public.event'::regclass))
    execute function tunetrees_private.revive_deleted_at();
create trigger _revive
    before update of repertoire_id on public.repertoire
    for each row
    when (row_security_active('public.repertoire'::regclass))
    execute function tunetrees_private.revive_deleted_at();
create trigger _revive
    before update of repertoire_ref, tune_ref on public.repertoire_tune
    for each row
    when (row_security_active('public.repertoire_tune'::regclass))
    execute function tunetrees_private.revive_deleted_at();
create trigger _revive
    before update of id on public.note
    for each row
    when (row_security_active('public.note'::regclass))
    execute function tunetrees_private.revive_deleted_at();
create trigger _revive
    before update of id on public.reference
    for each row
    when (row_security_active('public.reference'::regclass))
    execute function tunetrees_private.revive_deleted_at();
create trigger _revive
    before update of id on public.media_asset
    for each row
    when (row_security_active('public.media_asset'::regclass))
    execute function tunetrees_private.revive_deleted_at();
create trigger _revive
    before update of id on public.goal
    for each row
    when (row_security_active('public.goal'::regclass))
    execute function tunetrees_private.revive_deleted_at();
create trigger _revive
    before update of id on public.plugin
    for each row
    when (row_security_active('public.plugin'::regclass))
    execute function tunetrees_private.revive_deleted_at();

-- Sets the tombstone of a row of instrument in place of a DELETE.
create function tunetrees_private.bury_instrument() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.instrument as stored set
        deleted_at = now(),
        last_modified_at = stored.last_modified_at + interval '1 microsecond',
        device_id = null
    where stored.id = old.id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function tunetrees_private.bury_instrument() from public;
create trigger _bury
    before delete on public.instrument
    for each row
    when (row_security_active('public.instrument'::regclass))
    execute function tunetrees_private.bury_instrument();

-- Sets the tombstone of a row of tune in place of a DELETE.
create function tunetrees_private.bury_tune() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.tune as stored set
        deleted_at = now(),
        last_modified_at = stored.last_modified_at + interval '1 microsecond',
        device_id = null
    where stored.id = old.id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function tunetrees_private.bury_tune() from public;
create trigger _bury
    before delete on public.tune
    for each row
    when (row_security_active('public.tune'::regclass))
    execute function tunetrees_private.bury_tune();

-- Sets the tombstone of a row of tune_override in place of a DELETE.
create function tunetrees_private.bury_tune_override() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.tune_override as stored set
        deleted_at = now(),
        last_modified_at = stored.last_modified_at + interval '1 microsecond',
        device_id = null
    where stored.id = old.id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function tunetrees_private.bury_tune_override() from public;
create trigger _bury
    before delete on public.tune_override
    for each row
    when (row_security_active('public.tune_override'::regclass))
    execute function tunetrees_private.bury_tune_override();

-- Sets the tombstone of a row of user_group in place of a DELETE.
create function tunetrees_private.bury_user_group() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.user_group as stored set
        deleted_at = now(),
        last_modified_at = stored.last_modified_at + interval '1 microsecond',
        device_id = null
    where stored.id = old.id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function tunetrees_private.bury_user_group() from public;
create trigger _bury
    before delete on public.user_group
    for each row
    when (row_security_active('public.user_group'::regclass))
    execute function tunetrees_private.bury_user_group();

-- Sets the tombstone of a row of group_member in place of a DELETE.
create function tunetrees_private.bury_group_member() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.group_member as stored set
        deleted_at = now(),
        last_modified_at = stored.last_modified_at + interval '1 microsecond',
        device_id = null
    where stored.id = old.id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function tunetrees_private.bury_group_member() from public;
create trigger _bury
    before delete on public.group_member
    for each row
    when (row_security_active('public.group_member'::regclass))
    execute function tunetrees_private.bury_group_member();

-- Sets the tombstone of a row of setlist in place of a DELETE.
create function tunetrees_private.bury_setlist() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.setlist as stored set
        deleted_at = now(),
        last_modified_at = stored.last_modified_at + interval '1 microsecond',
        device_id = null
    where stored.id = old.id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function tunetrees_private.bury_setlist() from public;
create trigger _bury
    before delete on public.setlist
    for each row
    when (row_security_active('public.setlist'::regclass))
    execute function tunetrees_private.bury_setlist();

-- Sets the tombstone of a row of setlist_item in place of a DELETE.
create function tunetrees_private.bury_setlist_item() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.setlist_item as stored set
        deleted_at = now(),
        last_modified_at = stored.last_modified_at + interval '1 microsecond',
        device_id = null
    where stored.id = old.id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function tunetrees_private.bury_setlist_item() from public;
create trigger _bury
    before delete on public.setlist_item
    for each row
    when (row_security_active('public.setlist_item'::regclass))
    execute function tunetrees_private.bury_setlist_item();

-- Sets the tombstone of a row of tune_set in place of a DELETE.
create function tunetrees_private.bury_tune_set() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.tune_set as stored set
        deleted_at = now(),
        last_modified_at = stored.last_modified_at + interval '1 microsecond',
        device_id = null
    where stored.id = old.id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function tunetrees_private.bury_tune_set() from public;
create trigger _bury
    before delete on public.tune_set
    for each row
    when (row_security_active('public.tune_set'::regclass))
    execute function tunetrees_private.bury_tune_set();

-- Sets the tombstone of a row of tune_set_item in place of a DELETE.
create function tunetrees_private.bury_tune_set_item() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.tune_set_item as stored set
        deleted_at = now(),
        last_modified_at = stored.last_modified_at + interval '1 microsecond',
        device_id = null
    where stored.id = old.id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function tunetrees_private.bury_tune_set_item() from public;
create trigger _bury
    before delete on public.tune_set_item
    for each row
    when (row_security_active('public.tune_set_item'::regclass))
    execute function tunetrees_private.bury_tune_set_item();

-- Sets the tombstone of a row of event in place of a DELETE.
create function tunetrees_private.bury_event() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.event as stored set
        deleted_at = now(),
        last_modified_at = stored.last_modified_at + interval '1 microsecond',
        device_id = null
    where stored.id = old.id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function tunetrees_private.bury_event() from public;
create trigger _bury
    before delete on public.event
    for each row
    when (row_security_active('public.event'::regclass))
    execute function tunetrees_private.bury_event();

-- Sets the tombstone of a row of repertoire in place of a DELETE.
create function tunetrees_private.bury_repertoire() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.repertoire as stored set
        deleted_at = now(),
        last_modified_at = stored.last_modified_at + interval '1 microsecond',
        device_id = null
    where stored.repertoire_id = old.repertoire_id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function tunetrees_private.bury_repertoire() from public;
create trigger _bury
    before delete on public.repertoire
    for each row
    when (row_security_active('public.repertoire'::regclass))
    execute function tunetrees_private.bury_repertoire();

-- Sets the tombstone of a row of repertoire_tune in place of a DELETE.
create function tunetrees_private.bury_repertoire_tune() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.repertoire_tune as stored set
        deleted_at = now(),
        last_modified_at = stored.last_modified_at + interval '1 microsecond',
        device_id = null
    where stored.repertoire_ref = old.repertoire_ref and stored.tune_ref = old.tune_ref and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function tunetrees_private.bury_repertoire_tune() from public;
create trigger _bury
    before delete on public.repertoire_tune
    for each row
    when (row_security_active('public.repertoire_tune'::regclass))
    execute function tunetrees_private.bury_repertoire_tune();

-- Sets the tombstone of a row of note in place of a DELETE.
create function tunetrees_private.bury_note() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.note as stored set
        deleted_at = now(),
        last_modified_at = stored.last_modified_at + interval '1 microsecond',
        device_id = null
    where stored.id = old.id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function tunetrees_private.bury_note() from public;
create trigger _bury
    before delete on public.note
    for each row
    when (row_security_active('public.note'::regclass))
    execute function tunetrees_private.bury_note();

-- Sets the tombstone of a row of reference in place of a DELETE.
create function tunetrees_private.bury_reference() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.reference as stored set
        deleted_at = now(),
        last_modified_at = stored.last_modified_at + interval '1 microsecond',
        device_id = null
    where stored.id = old.id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function tunetrees_private.bury_reference() from public;
create trigger _bury
    before delete on public.reference
    for each row
    when (row_security_active('public.reference'::regclass))
    execute function tunetrees_private.bury_reference();

-- Sets the tombstone of a row of media_asset in place of a DELETE.
create function tunetrees_private.bury_media_asset() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.media_asset as stored set
        deleted_at = now(),
        last_modified_at = stored.last_modified_at + interval '1 microsecond',
        device_id = null
    where stored.id = old.id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function tunetrees_private.bury_media_asset() from public;
create trigger _bury
    before delete on public.media_asset
    for each row
    when (row_security_active('public.media_asset'::regclass))
    execute function tunetrees_private.bury_media_asset();

-- Sets the tombstone of a row of goal in place of a DELETE.
create function tunetrees_private.bury_goal() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.goal as stored set
        deleted_at = now(),
        last_modified_at = stored.last_modified_at + interval '1 microsecond',
        device_id = null
    where stored.id = old.id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function tunetrees_private.bury_goal() from public;
create trigger _bury
    before delete on public.goal
    for each row
    when (row_security_active('public.goal'::regclass))
    execute function tunetrees_private.bury_goal();

-- Sets the tombstone of a row of plugin in place of a DELETE.
create function tunetrees_private.bury_plugin() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.plugin as stored set
        deleted_at = now(),
        last_modified_at = stored.last_modified_at + interval '1 microsecond',
        device_id = null
    where stored.id = old.id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function tunetrees_private.bury_plugin() from public;
create trigger _bury
    before delete on public.plugin
    for each row
    when (row_security_active('public.plugin'::regclass))
    execute function tunetrees_private.bury_plugin();

-- Sets changed to the number of the transaction that writes the row.
create function tunetrees_private.mark_changed() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.changed := pg_current_xact_id()::text::bigint;
    return new;
end
$$;
revoke all on function tunetrees_private.mark_changed() from public;
create trigger mark_changed
    before insert or update on public.genre
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.tune_type
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.genre_tune_type
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.instrument
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.tune
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.tune_override
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.rhythm_patterns
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.user_group
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.group_member
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.setlist
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.setlist_item
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.tune_set
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.tune_set_item
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.event
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.repertoire
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.repertoire_tune
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.practice_record
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.daily_practice_queue
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.table_transient_data
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.tag
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.note
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.reference
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.media_asset
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.user_profile
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.user_genre_selection
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.goal
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.plugin
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.prefs_scheduling_options
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.prefs_spaced_repetition
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.tab_group_main_state
    for each row
    execute function tunetrees_private.mark_changed();
create trigger mark_changed
    before insert or update on public.table_state
    for each row
    execute function tunetrees_private.mark_changed();

-- What access rules look up: functions that read as their owner, whatever the policies of the tables say

create function tunetrees_private.my_repertoires() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select repertoire_id
    from public.repertoire
    where user_ref = (select tunetrees_private.user_id());
end;
revoke all on function tunetrees_private.my_repertoires() from public;
grant execute on function tunetrees_private.my_repertoires() to authenticated;

create function tunetrees_private.public_tunes() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.tune
    where private_for is null and deleted_at is null;
end;
revoke all on function tunetrees_private.public_tunes() from public;
grant execute on function tunetrees_private.public_tunes() to authenticated;

create function tunetrees_private.owned_groups() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.user_group
    where owner_user_ref = (select tunetrees_private.user_id());
end;
revoke all on function tunetrees_private.owned_groups() from public;
grant execute on function tunetrees_private.owned_groups() to authenticated;

create function tunetrees_private.joined_groups() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select group_ref
    from public.group_member
    where user_ref = (select tunetrees_private.user_id()) and deleted_at is null;
end;
revoke all on function tunetrees_private.joined_groups() from public;
grant execute on function tunetrees_private.joined_groups() to authenticated;

create function tunetrees_private.managed_groups() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select group_ref
    from public.group_member
    where user_ref = (select tunetrees_private.user_id()) and deleted_at is null and role in ('owner', 'admin');
end;
revoke all on function tunetrees_private.managed_groups() from public;
grant execute on function tunetrees_private.managed_groups() to authenticated;

create function tunetrees_private.readable_setlists() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.setlist
    where user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.joined_groups()));
end;
revoke all on function tunetrees_private.readable_setlists() from public;
grant execute on function tunetrees_private.readable_setlists() to authenticated;

create function tunetrees_private.writable_setlists() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.setlist
    where user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.managed_groups()));
end;
revoke all on function tunetrees_private.writable_setlists() from public;
grant execute on function tunetrees_private.writable_setlists() to authenticated;

create function tunetrees_private.own_setlists() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.setlist
    where user_ref = (select tunetrees_private.user_id()) and group_ref is null;
end;
revoke all on function tunetrees_private.own_setlists() from public;
grant execute on function tunetrees_private.own_setlists() to authenticated;

create function tunetrees_private.readable_sets() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.tune_set
    where owner_user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.joined_groups()));
end;
revoke all on function tunetrees_private.readable_sets() from public;
grant execute on function tunetrees_private.readable_sets() to authenticated;

create function tunetrees_private.own_sets() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.tune_set
    where owner_user_ref = (select tunetrees_private.user_id());
end;
revoke all on function tunetrees_private.own_sets() from public;
grant execute on function tunetrees_private.own_sets() to authenticated;

create function tunetrees_private.managed_sets() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.tune_set
    where group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.managed_groups()));
end;
revoke all on function tunetrees_private.managed_sets() from public;
grant execute on function tunetrees_private.managed_sets() to authenticated;

create function tunetrees_private.group_sets() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.tune_set
    where deleted_at is null and (group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.joined_groups())));
end;
revoke all on function tunetrees_private.group_sets() from public;
grant execute on function tunetrees_private.group_sets() to authenticated;

-- Who may see and change which rows; what no policy grants is denied

-- genre
create policy read on public.genre for select to authenticated
    using (true);

-- tune_type
create policy read on public.tune_type for select to authenticated
    using (true);

-- genre_tune_type
create policy read on public.genre_tune_type for select to authenticated
    using (true);

-- user_profile
create policy read on public.user_profile for select to authenticated
    using (id = (select tunetrees_private.user_id()));
create policy insert on public.user_profile for insert to authenticated
    with check (id = (select tunetrees_private.user_id()));
create policy update on public.user_profile for update to authenticated
    using (id = (select tunetrees_private.user_id()))
    with check (id = (select tunetrees_private.user_id()));

-- instrument
create policy read on public.instrument for select to authenticated
    using (private_to_user is null or private_to_user = (select tunetrees_private.user_id()));
create policy insert on public.instrument for insert to authenticated
    with check (private_to_user = (select tunetrees_private.user_id()));
create policy update on public.instrument for update to authenticated
    using (private_to_user = (select tunetrees_private.user_id()))
    with check (private_to_user = (select tunetrees_private.user_id()));
create policy delete on public.instrument for delete to authenticated
    using (private_to_user = (select tunetrees_private.user_id()));

-- tune
create policy read on public.tune for select to authenticated
    using (private_for is null or private_for = (select tunetrees_private.user_id()));
create policy insert on public.tune for insert to authenticated
    with check (private_for = (select tunetrees_private.user_id()));
create policy update on public.tune for update to authenticated
    using (private_for = (select tunetrees_private.user_id()))
    with check (private_for = (select tunetrees_private.user_id()));
create policy delete on public.tune for delete to authenticated
    using (private_for = (select tunetrees_private.user_id()));

-- tune_override
create policy read on public.tune_override for select to authenticated
    using (user_ref = (select tunetrees_private.user_id()));
create policy insert on public.tune_override for insert to authenticated
    with check (user_ref = (select tunetrees_private.user_id()));
create policy update on public.tune_override for update to authenticated
    using (user_ref = (select tunetrees_private.user_id()))
    with check (user_ref = (select tunetrees_private.user_id()));
create policy delete on public.tune_override for delete to authenticated
    using (user_ref = (select tunetrees_private.user_id()));

-- rhythm_patterns
create policy read on public.rhythm_patterns for select to authenticated
    using (user_id is null or user_id = (select tunetrees_private.user_id()));
create policy insert on public.rhythm_patterns for insert to authenticated
    with check (user_id = (select tunetrees_private.user_id()));
create policy update on public.rhythm_patterns for update to authenticated
    using (user_id = (select tunetrees_private.user_id()))
    with check (user_id = (select tunetrees_private.user_id()));
create policy delete on public.rhythm_patterns for delete to authenticated
    using (user_id = (select tunetrees_private.user_id()));

-- user_group
create policy read on public.user_group for select to authenticated
    using (
        owner_user_ref = (select tunetrees_private.user_id())
        or id = any (array(select tunetrees_private.joined_groups()))
    );
create policy insert on public.user_group for insert to authenticated
    with check (owner_user_ref = (select tunetrees_private.user_id()));
create policy update on public.user_group for update to authenticated
    using (owner_user_ref = (select tunetrees_private.user_id()))
    with check (owner_user_ref = (select tunetrees_private.user_id()));
create policy delete on public.user_group for delete to authenticated
    using (owner_user_ref = (select tunetrees_private.user_id()));

-- group_member
create policy read on public.group_member for select to authenticated
    using (
        user_ref = (select tunetrees_private.user_id())
        or group_ref = any (array(select tunetrees_private.owned_groups()))
        or group_ref = any (array(select tunetrees_private.joined_groups()))
    );
create policy insert on public.group_member for insert to authenticated
    with check (group_ref = any (array(select tunetrees_private.owned_groups())));
create policy update on public.group_member for update to authenticated
    using (group_ref = any (array(select tunetrees_private.owned_groups())))
    with check (group_ref = any (array(select tunetrees_private.owned_groups())));
create policy delete on public.group_member for delete to authenticated
    using (group_ref = any (array(select tunetrees_private.owned_groups())));

-- setlist
create policy read on public.setlist for select to authenticated
    using (
        user_ref = (select tunetrees_private.user_id())
        or group_ref = any (array(select tunetrees_private.owned_groups()))
        or group_ref = any (array(select tunetrees_private.joined_groups()))
    );
create policy insert on public.setlist for insert to authenticated
    with check (
        (user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.joined_groups())))
        and (user_ref = (select tunetrees_private.user_id()) and group_ref is null or (user_ref is null or user_ref = (select tunetrees_private.user_id())) and (group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.managed_groups()))))
    );
create policy update on public.setlist for update to authenticated
    using (
        (user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.joined_groups())))
        and (user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.managed_groups())))
    )
    with check (
        (user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.joined_groups())))
        and (user_ref = (select tunetrees_private.user_id()) and group_ref is null or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.managed_groups())) or (user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.managed_groups()))) and deleted_at is not null)
    );
create policy delete on public.setlist for delete to authenticated
    using (
        (user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.joined_groups())))
        and (user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.managed_groups())))
    );

-- Whoever sets deleted_at deletes; a policy, which sees one row at a time, lets through what deletes or updates.
create function tunetrees_private.decide_setlist() returns trigger
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if old.deleted_at is null and new.deleted_at is not null then
        if (old.user_ref = (select tunetrees_private.user_id()) or old.group_ref = any (array(select tunetrees_private.owned_groups())) or old.group_ref = any (array(select tunetrees_private.managed_groups()))) is not true then
            raise exception using
                errcode = 'insufficient_privilege',
                message = 'no rule lets the caller delete this row of setlist';
        end if;
        -- A deletion alone, where nothing else changes.
        if row(
            old.group_ref, old.name, old.description, old.sync_version
        ) is not distinct from row(
            new.group_ref, new.name, new.description, new.sync_version
        ) then
            return new;
        end if;
    end if;
    if (new.user_ref = (select tunetrees_private.user_id()) and new.group_ref is null or new.group_ref = any (array(select tunetrees_private.owned_groups())) or new.group_ref = any (array(select tunetrees_private.managed_groups()))) is not true then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'no rule lets the caller change this row of setlist';
    end if;
    return new;
end
$$;
revoke all on function tunetrees_private.decide_setlist() from public;
create trigger setlist_deletion
    before update on public.setlist
    for each row
    when (pg_catalog.row_security_active('public.setlist'::pg_catalog.regclass) and pg_catalog.pg_has_role('authenticated', 'usage') and new.deleted_at is not null)
    execute function tunetrees_private.decide_setlist();

-- tune_set
create policy read on public.tune_set for select to authenticated
    using (
        owner_user_ref = (select tunetrees_private.user_id())
        or group_ref = any (array(select tunetrees_private.owned_groups()))
        or group_ref = any (array(select tunetrees_private.joined_groups()))
    );
create policy insert on public.tune_set for insert to authenticated
    with check (
        (owner_user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.joined_groups())))
        and (owner_user_ref = (select tunetrees_private.user_id()) and group_ref is null or owner_user_ref is null and (group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.managed_groups()))))
    );
create policy update on public.tune_set for update to authenticated
    using (
        (owner_user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.joined_groups())))
        and (owner_user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.managed_groups())))
    )
    with check (
        (owner_user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.joined_groups())))
        and (owner_user_ref = (select tunetrees_private.user_id()) and group_ref is null or owner_user_ref is null and (group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.managed_groups()))) or (owner_user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.managed_groups()))) and deleted_at is not null)
    );
create policy delete on public.tune_set for delete to authenticated
    using (
        (owner_user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.joined_groups())))
        and (owner_user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.managed_groups())))
    );

-- Whoever sets deleted_at deletes; a policy, which sees one row at a time, lets through what deletes or updates.
create function tunetrees_private.decide_tune_set() returns trigger
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if old.deleted_at is null and new.deleted_at is not null then
        if (old.owner_user_ref = (select tunetrees_private.user_id()) or old.group_ref = any (array(select tunetrees_private.owned_groups())) or old.group_ref = any (array(select tunetrees_private.managed_groups()))) is not true then
            raise exception using
                errcode = 'insufficient_privilege',
                message = 'no rule lets the caller delete this row of tune_set';
        end if;
        -- A deletion alone, where nothing else changes.
        if row(
            old.owner_user_ref, old.group_ref, old.name, old.description, old.set_kind, old.sync_version
        ) is not distinct from row(
            new.owner_user_ref, new.group_ref, new.name, new.description, new.set_kind, new.sync_version
        ) then
            return new;
        end if;
    end if;
    if (new.owner_user_ref = (select tunetrees_private.user_id()) and new.group_ref is null or new.owner_user_ref is null and (new.group_ref = any (array(select tunetrees_private.owned_groups())) or new.group_ref = any (array(select tunetrees_private.managed_groups())))) is not true then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'no rule lets the caller change this row of tune_set';
    end if;
    return new;
end
$$;
revoke all on function tunetrees_private.decide_tune_set() from public;
create trigger tune_set_deletion
    before update on public.tune_set
    for each row
    when (pg_catalog.row_security_active('public.tune_set'::pg_catalog.regclass) and pg_catalog.pg_has_role('authenticated', 'usage') and new.deleted_at is not null)
    execute function tunetrees_private.decide_tune_set();

-- setlist_item
create policy read on public.setlist_item for select to authenticated
    using (setlist_ref = any (array(select tunetrees_private.readable_setlists())));
create policy insert on public.setlist_item for insert to authenticated
    with check (
        setlist_ref = any (array(select tunetrees_private.readable_setlists()))
        and setlist_ref = any (array(select tunetrees_private.writable_setlists()))
        and (item_kind = 'tune' and tune_ref = any (array(select tunetrees_private.public_tunes())) or item_kind = 'tune_set' and tune_set_ref = any (array(select tunetrees_private.group_sets())) or item_kind = 'tune_set' and tune_set_ref = any (array(select tunetrees_private.own_sets())) and setlist_ref = any (array(select tunetrees_private.own_setlists())))
    );
create policy update on public.setlist_item for update to authenticated
    using (
        setlist_ref = any (array(select tunetrees_private.readable_setlists()))
        and setlist_ref = any (array(select tunetrees_private.writable_setlists()))
    )
    with check (
        setlist_ref = any (array(select tunetrees_private.readable_setlists()))
        and (setlist_ref = any (array(select tunetrees_private.writable_setlists())) and (item_kind = 'tune' and tune_ref = any (array(select tunetrees_private.public_tunes())) or item_kind = 'tune_set' and tune_set_ref = any (array(select tunetrees_private.group_sets())) or item_kind = 'tune_set' and tune_set_ref = any (array(select tunetrees_private.own_sets())) and setlist_ref = any (array(select tunetrees_private.own_setlists()))) or setlist_ref = any (array(select tunetrees_private.writable_setlists())) and deleted_at is not null)
    );
create policy delete on public.setlist_item for delete to authenticated
    using (
        setlist_ref = any (array(select tunetrees_private.readable_setlists()))
        and setlist_ref = any (array(select tunetrees_private.writable_setlists()))
    );

-- Whoever sets deleted_at deletes; a policy, which sees one row at a time, lets through what deletes or updates.
create function tunetrees_private.decide_setlist_item() returns trigger
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if old.deleted_at is null and new.deleted_at is not null then
        if (old.setlist_ref = any (array(select tunetrees_private.writable_setlists()))) is not true then
            raise exception using
                errcode = 'insufficient_privilege',
                message = 'no rule lets the caller delete this row of setlist_item';
        end if;
        -- A deletion alone, where nothing else changes.
        if row(
            old.item_kind, old.tune_ref, old.tune_set_ref, old."position", old.sync_version
        ) is not distinct from row(
            new.item_kind, new.tune_ref, new.tune_set_ref, new."position", new.sync_version
        ) then
            return new;
        end if;
    end if;
    if (new.setlist_ref = any (array(select tunetrees_private.writable_setlists())) and (new.item_kind = 'tune' and new.tune_ref = any (array(select tunetrees_private.public_tunes())) or new.item_kind = 'tune_set' and new.tune_set_ref = any (array(select tunetrees_private.group_sets())) or new.item_kind = 'tune_set' and new.tune_set_ref = any (array(select tunetrees_private.own_sets())) and new.setlist_ref = any (array(select tunetrees_private.own_setlists())))) is not true then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'no rule lets the caller change this row of setlist_item';
    end if;
    return new;
end
$$;
revoke all on function tunetrees_private.decide_setlist_item() from public;
create trigger setlist_item_deletion
    before update on public.setlist_item
    for each row
    when (pg_catalog.row_security_active('public.setlist_item'::pg_catalog.regclass) and pg_catalog.pg_has_role('authenticated', 'usage') and new.deleted_at is not null)
    execute function tunetrees_private.decide_setlist_item();

-- tune_set_item
create policy read on public.tune_set_item for select to authenticated
    using (
        tune_set_ref = any (array(select tunetrees_private.readable_sets()))
        and (tune_private_for is null or tune_private_for = (select tunetrees_private.user_id()))
    );
create policy insert on public.tune_set_item for insert to authenticated
    with check (
        tune_set_ref = any (array(select tunetrees_private.readable_sets()))
        and (tune_private_for is null or tune_private_for = (select tunetrees_private.user_id()))
        and (tune_set_ref = any (array(select tunetrees_private.own_sets())) or tune_set_ref = any (array(select tunetrees_private.managed_sets())) and tune_ref = any (array(select tunetrees_private.public_tunes())))
    );
create policy update on public.tune_set_item for update to authenticated
    using (
        tune_set_ref = any (array(select tunetrees_private.readable_sets()))
        and (tune_private_for is null or tune_private_for = (select tunetrees_private.user_id()))
        and (tune_set_ref = any (array(select tunetrees_private.own_sets())) or tune_set_ref = any (array(select tunetrees_private.managed_sets())))
    )
    with check (
        tune_set_ref = any (array(select tunetrees_private.readable_sets()))
        and (tune_private_for is null or tune_private_for = (select tunetrees_private.user_id()))
        and (tune_set_ref = any (array(select tunetrees_private.own_sets())) or tune_ref = any (array(select tunetrees_private.public_tunes())) or (tune_set_ref = any (array(select tunetrees_private.own_sets())) or tune_set_ref = any (array(select tunetrees_private.managed_sets()))) and deleted_at is not null)
    );
create policy delete on public.tune_set_item for delete to authenticated
    using (
        tune_set_ref = any (array(select tunetrees_private.readable_sets()))
        and (tune_private_for is null or tune_private_for = (select tunetrees_private.user_id()))
        and (tune_set_ref = any (array(select tunetrees_private.own_sets())) or tune_set_ref = any (array(select tunetrees_private.managed_sets())))
    );

-- Whoever sets deleted_at deletes; a policy, which sees one row at a time, lets through what deletes or updates.
create function tunetrees_private.decide_tune_set_item() returns trigger
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if old.deleted_at is null and new.deleted_at is not null then
        if (old.tune_set_ref = any (array(select tunetrees_private.own_sets())) or old.tune_set_ref = any (array(select tunetrees_private.managed_sets()))) is not true then
            raise exception using
                errcode = 'insufficient_privilege',
                message = 'no rule lets the caller delete this row of tune_set_item';
        end if;
        -- A deletion alone, where nothing else changes.
        if row(
            old."position", old.sync_version
        ) is not distinct from row(
            new."position", new.sync_version
        ) then
            return new;
        end if;
    end if;
    if (new.tune_set_ref = any (array(select tunetrees_private.own_sets())) or new.tune_ref = any (array(select tunetrees_private.public_tunes()))) is not true then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'no rule lets the caller change this row of tune_set_item';
    end if;
    return new;
end
$$;
revoke all on function tunetrees_private.decide_tune_set_item() from public;
create trigger tune_set_item_deletion
    before update on public.tune_set_item
    for each row
    when (pg_catalog.row_security_active('public.tune_set_item'::pg_catalog.regclass) and pg_catalog.pg_has_role('authenticated', 'usage') and new.deleted_at is not null)
    execute function tunetrees_private.decide_tune_set_item();

-- event
create policy read on public.event for select to authenticated
    using (
        user_ref = (select tunetrees_private.user_id())
        or group_ref = any (array(select tunetrees_private.owned_groups()))
        or group_ref = any (array(select tunetrees_private.joined_groups()))
    );
create policy insert on public.event for insert to authenticated
    with check (
        (user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.joined_groups())))
        and (user_ref = (select tunetrees_private.user_id()) and group_ref is null or (user_ref is null or user_ref = (select tunetrees_private.user_id())) and (group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.managed_groups()))))
    );
create policy update on public.event for update to authenticated
    using (
        (user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.joined_groups())))
        and (user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.managed_groups())))
    )
    with check (
        (user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.joined_groups())))
        and (user_ref = (select tunetrees_private.user_id()) and group_ref is null or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.managed_groups())) or (user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.managed_groups()))) and deleted_at is not null)
    );
create policy delete on public.event for delete to authenticated
    using (
        (user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.joined_groups())))
        and (user_ref = (select tunetrees_private.user_id()) or group_ref = any (array(select tunetrees_private.owned_groups())) or group_ref = any (array(select tunetrees_private.managed_groups())))
    );

-- Whoever sets deleted_at deletes; a policy, which sees one row at a time, lets through what deletes or updates.
create function tunetrees_private.decide_event() returns trigger
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if old.deleted_at is null and new.deleted_at is not null then
        if (old.user_ref = (select tunetrees_private.user_id()) or old.group_ref = any (array(select tunetrees_private.owned_groups())) or old.group_ref = any (array(select tunetrees_private.managed_groups()))) is not true then
            raise exception using
                errcode = 'insufficient_privilege',
                message = 'no rule lets the caller delete this row of event';
        end if;
        -- A deletion alone, where nothing else changes.
        if row(
            old.name, old.event_date, old.description, old.setlist_ref, old.group_ref, old.sync_version
        ) is not distinct from row(
            new.name, new.event_date, new.description, new.setlist_ref, new.group_ref, new.sync_version
        ) then
            return new;
        end if;
    end if;
    if (new.user_ref = (select tunetrees_private.user_id()) and new.group_ref is null or new.group_ref = any (array(select tunetrees_private.owned_groups())) or new.group_ref = any (array(select tunetrees_private.managed_groups()))) is not true then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'no rule lets the caller change this row of event';
    end if;
    return new;
end
$$;
revoke all on function tunetrees_private.decide_event() from public;
create trigger event_deletion
    before update on public.event
    for each row
    when (pg_catalog.row_security_active('public.event'::pg_catalog.regclass) and pg_catalog.pg_has_role('authenticated', 'usage') and new.deleted_at is not null)
    execute function tunetrees_private.decide_event();

-- repertoire
create policy read on public.repertoire for select to authenticated
    using (user_ref = (select tunetrees_private.user_id()));
create policy insert on public.repertoire for insert to authenticated
    with check (user_ref = (select tunetrees_private.user_id()));
create policy update on public.repertoire for update to authenticated
    using (user_ref = (select tunetrees_private.user_id()))
    with check (user_ref = (select tunetrees_private.user_id()));
create policy delete on public.repertoire for delete to authenticated
    using (user_ref = (select tunetrees_private.user_id()));

-- repertoire_tune
create policy read on public.repertoire_tune for select to authenticated
    using (repertoire_ref = any (array(select tunetrees_private.my_repertoires())));
create policy insert on public.repertoire_tune for insert to authenticated
    with check (repertoire_ref = any (array(select tunetrees_private.my_repertoires())));
create policy update on public.repertoire_tune for update to authenticated
    using (repertoire_ref = any (array(select tunetrees_private.my_repertoires())))
    with check (repertoire_ref = any (array(select tunetrees_private.my_repertoires())));
create policy delete on public.repertoire_tune for delete to authenticated
    using (repertoire_ref = any (array(select tunetrees_private.my_repertoires())));

-- practice_record
create policy read on public.practice_record for select to authenticated
    using (repertoire_ref = any (array(select tunetrees_private.my_repertoires())));
create policy insert on public.practice_record for insert to authenticated
    with check (repertoire_ref = any (array(select tunetrees_private.my_repertoires())));
create policy update on public.practice_record for update to authenticated
    using (repertoire_ref = any (array(select tunetrees_private.my_repertoires())))
    with check (repertoire_ref = any (array(select tunetrees_private.my_repertoires())));

-- daily_practice_queue
create policy read on public.daily_practice_queue for select to authenticated
    using (user_ref = (select tunetrees_private.user_id()));
create policy insert on public.daily_practice_queue for insert to authenticated
    with check (
        user_ref = (select tunetrees_private.user_id())
        and repertoire_ref = any (array(select tunetrees_private.my_repertoires()))
    );
create policy update on public.daily_practice_queue for update to authenticated
    using (
        user_ref = (select tunetrees_private.user_id())
        and repertoire_ref = any (array(select tunetrees_private.my_repertoires()))
    )
    with check (
        user_ref = (select tunetrees_private.user_id())
        and repertoire_ref = any (array(select tunetrees_private.my_repertoires()))
    );
create policy delete on public.daily_practice_queue for delete to authenticated
    using (user_ref = (select tunetrees_private.user_id()));

-- table_transient_data
create policy read on public.table_transient_data for select to authenticated
    using (user_id = (select tunetrees_private.user_id()));
create policy insert on public.table_transient_data for insert to authenticated
    with check (
        user_id = (select tunetrees_private.user_id())
        and repertoire_id = any (array(select tunetrees_private.my_repertoires()))
    );
create policy update on public.table_transient_data for update to authenticated
    using (
        user_id = (select tunetrees_private.user_id())
        and repertoire_id = any (array(select tunetrees_private.my_repertoires()))
    )
    with check (
        user_id = (select tunetrees_private.user_id())
        and repertoire_id = any (array(select tunetrees_private.my_repertoires()))
    );
create policy delete on public.table_transient_data for delete to authenticated
    using (user_id = (select tunetrees_private.user_id()));

-- tag
create policy read on public.tag for select to authenticated
    using (user_ref = (select tunetrees_private.user_id()));
create policy insert on public.tag for insert to authenticated
    with check (user_ref = (select tunetrees_private.user_id()));
create policy update on public.tag for update to authenticated
    using (user_ref = (select tunetrees_private.user_id()))
    with check (user_ref = (select tunetrees_private.user_id()));
create policy delete on public.tag for delete to authenticated
    using (user_ref = (select tunetrees_private.user_id()));

-- note
create policy read on public.note for select to authenticated
    using (
        (user_ref is null or user_ref = (select tunetrees_private.user_id()) or public is true)
        and (tune_private_for is null or tune_private_for = (select tunetrees_private.user_id()))
    );
create policy insert on public.note for insert to authenticated
    with check (
        (user_ref is null or user_ref = (select tunetrees_private.user_id()) or public is true)
        and (tune_private_for is null or tune_private_for = (select tunetrees_private.user_id()))
        and user_ref = (select tunetrees_private.user_id())
    );
create policy update on public.note for update to authenticated
    using (
        (user_ref is null or user_ref = (select tunetrees_private.user_id()) or public is true)
        and (tune_private_for is null or tune_private_for = (select tunetrees_private.user_id()))
        and user_ref = (select tunetrees_private.user_id())
    )
    with check (
        (user_ref is null or user_ref = (select tunetrees_private.user_id()) or public is true)
        and (tune_private_for is null or tune_private_for = (select tunetrees_private.user_id()))
        and user_ref = (select tunetrees_private.user_id())
    );
create policy delete on public.note for delete to authenticated
    using (
        (user_ref is null or user_ref = (select tunetrees_private.user_id()) or public is true)
        and (tune_private_for is null or tune_private_for = (select tunetrees_private.user_id()))
        and user_ref = (select tunetrees_private.user_id())
    );

-- reference
create policy read on public.reference for select to authenticated
    using (
        (user_ref is null or user_ref = (select tunetrees_private.user_id()) or public is true)
        and (tune_private_for is null or tune_private_for = (select tunetrees_private.user_id()))
    );
create policy insert on public.reference for insert to authenticated
    with check (
        (user_ref is null or user_ref = (select tunetrees_private.user_id()) or public is true)
        and (tune_private_for is null or tune_private_for = (select tunetrees_private.user_id()))
        and user_ref = (select tunetrees_private.user_id())
    );
create policy update on public.reference for update to authenticated
    using (
        (user_ref is null or user_ref = (select tunetrees_private.user_id()) or public is true)
        and (tune_private_for is null or tune_private_for = (select tunetrees_private.user_id()))
        and user_ref = (select tunetrees_private.user_id())
    )
    with check (
        (user_ref is null or user_ref = (select tunetrees_private.user_id()) or public is true)
        and (tune_private_for is null or tune_private_for = (select tunetrees_private.user_id()))
        and user_ref = (select tunetrees_private.user_id())
    );
create policy delete on public.reference for delete to authenticated
    using (
        (user_ref is null or user_ref = (select tunetrees_private.user_id()) or public is true)
        and (tune_private_for is null or tune_private_for = (select tunetrees_private.user_id()))
        and user_ref = (select tunetrees_private.user_id())
    );

-- media_asset
create policy read on public.media_asset for select to authenticated
    using (
        user_ref = (select tunetrees_private.user_id())
        and reference_user_ref = (select tunetrees_private.user_id())
    );
create policy insert on public.media_asset for insert to authenticated
    with check (
        user_ref = (select tunetrees_private.user_id())
        and reference_user_ref = (select tunetrees_private.user_id())
    );
create policy update on public.media_asset for update to authenticated
    using (
        user_ref = (select tunetrees_private.user_id())
        and reference_user_ref = (select tunetrees_private.user_id())
    )
    with check (
        user_ref = (select tunetrees_private.user_id())
        and reference_user_ref = (select tunetrees_private.user_id())
    );
create policy delete on public.media_asset for delete to authenticated
    using (
        user_ref = (select tunetrees_private.user_id())
        and reference_user_ref = (select tunetrees_private.user_id())
    );

-- user_genre_selection
create policy read on public.user_genre_selection for select to authenticated
    using (user_id = (select tunetrees_private.user_id()));
create policy insert on public.user_genre_selection for insert to authenticated
    with check (user_id = (select tunetrees_private.user_id()));
create policy update on public.user_genre_selection for update to authenticated
    using (user_id = (select tunetrees_private.user_id()))
    with check (user_id = (select tunetrees_private.user_id()));
create policy delete on public.user_genre_selection for delete to authenticated
    using (user_id = (select tunetrees_private.user_id()));

-- goal
create policy read on public.goal for select to authenticated
    using (private_for is null or private_for = (select tunetrees_private.user_id()));
create policy insert on public.goal for insert to authenticated
    with check (private_for = (select tunetrees_private.user_id()));
create policy update on public.goal for update to authenticated
    using (private_for = (select tunetrees_private.user_id()))
    with check (private_for = (select tunetrees_private.user_id()));
create policy delete on public.goal for delete to authenticated
    using (private_for = (select tunetrees_private.user_id()));

-- plugin
create policy read on public.plugin for select to authenticated
    using (user_ref = (select tunetrees_private.user_id()) or is_public is true);
create policy insert on public.plugin for insert to authenticated
    with check (user_ref = (select tunetrees_private.user_id()));
create policy update on public.plugin for update to authenticated
    using (user_ref = (select tunetrees_private.user_id()))
    with check (user_ref = (select tunetrees_private.user_id()));
create policy delete on public.plugin for delete to authenticated
    using (user_ref = (select tunetrees_private.user_id()));

-- prefs_scheduling_options
create policy read on public.prefs_scheduling_options for select to authenticated
    using (user_id = (select tunetrees_private.user_id()));
create policy insert on public.prefs_scheduling_options for insert to authenticated
    with check (user_id = (select tunetrees_private.user_id()));
create policy update on public.prefs_scheduling_options for update to authenticated
    using (user_id = (select tunetrees_private.user_id()))
    with check (user_id = (select tunetrees_private.user_id()));

-- prefs_spaced_repetition
create policy read on public.prefs_spaced_repetition for select to authenticated
    using (user_id = (select tunetrees_private.user_id()));
create policy insert on public.prefs_spaced_repetition for insert to authenticated
    with check (user_id = (select tunetrees_private.user_id()));
create policy update on public.prefs_spaced_repetition for update to authenticated
    using (user_id = (select tunetrees_private.user_id()))
    with check (user_id = (select tunetrees_private.user_id()));

-- tab_group_main_state
create policy read on public.tab_group_main_state for select to authenticated
    using (user_id = (select tunetrees_private.user_id()));
create policy insert on public.tab_group_main_state for insert to authenticated
    with check (user_id = (select tunetrees_private.user_id()));
create policy update on public.tab_group_main_state for update to authenticated
    using (user_id = (select tunetrees_private.user_id()))
    with check (user_id = (select tunetrees_private.user_id()));

-- table_state
create policy read on public.table_state for select to authenticated
    using (user_id = (select tunetrees_private.user_id()));
create policy insert on public.table_state for insert to authenticated
    with check (
        user_id = (select tunetrees_private.user_id())
        and repertoire_id = any (array(select tunetrees_private.my_repertoires()))
    );
create policy update on public.table_state for update to authenticated
    using (
        user_id = (select tunetrees_private.user_id())
        and repertoire_id = any (array(select tunetrees_private.my_repertoires()))
    )
    with check (
        user_id = (select tunetrees_private.user_id())
        and repertoire_id = any (array(select tunetrees_private.my_repertoires()))
    );

-- practice_list_joined

create view public.practice_list_joined with (security_invoker = true) as
select
  tune.id,
  coalesce(tune_override.title, tune.title) as title,
  coalesce(tune_override.type, tune.type) as type,
  coalesce(tune_override.structure, tune.structure) as structure,
  coalesce(tune_override.mode, tune.mode) as mode,
  coalesce(tune_override.incipit, tune.incipit) as incipit,
  coalesce(tune_override.genre, tune.genre) as genre,
  tune.deleted_at is not null as deleted,
  tune.private_for,
  repertoire_tune.learned,
  repertoire_tune.goal,
  repertoire_tune.scheduled,
  latest.state as latest_state,
  latest.practiced as latest_practiced,
  latest.quality as latest_quality,
  latest.easiness as latest_easiness,
  latest.difficulty as latest_difficulty,
  latest."interval" as latest_interval,
  latest.stability as latest_stability,
  latest.step as latest_step,
  latest.repetitions as latest_repetitions,
  latest.due as latest_due,
  latest.goal as latest_goal,
  latest.technique as latest_technique,
  (select string_agg(g.tag_text, ' ' order by g.tag_text) from tag g where g.tune_ref = tune.id and g.user_ref = repertoire.user_ref) as tags,
  repertoire_tune.repertoire_ref as playlist_ref,
  repertoire.user_ref,
  repertoire_tune.deleted_at is not null as playlist_deleted,
  (select string_agg(n.note_text, ' ' order by n.display_order, n.id) from note n where n.tune_ref = tune.id and n.user_ref = repertoire.user_ref and n.deleted_at is null) as notes,
  (select f.url from "reference" f where f.tune_ref = tune.id and f.user_ref = repertoire.user_ref and f.favorite and f.deleted_at is null order by f.display_order, f.id limit 1) as favorite_url,
  case when tune_override.id is not null then 1 else 0 end as has_override
from tune
left join repertoire_tune on repertoire_tune.tune_ref = tune.id
left join repertoire on repertoire.repertoire_id = repertoire_tune.repertoire_ref
left join tune_override on tune_override.tune_ref = tune.id and tune_override.user_ref = repertoire.user_ref and tune_override.deleted_at is null
left join (
  select p.*, row_number() over (
    partition by p.tune_ref, p.repertoire_ref
    order by p.practiced desc nulls last, p.last_modified_at desc nulls last, p.id desc
  ) as place
  from practice_record p
) latest
  on latest.tune_ref = tune.id and latest.repertoire_ref = repertoire_tune.repertoire_ref and latest.place = 1;
comment on view public.practice_list_joined is 'The catalogue and the repertoires, with how each tune last went. The app repeated a row for every tag of its tune.';
revoke all on table public.practice_list_joined from public, authenticated, anon;
grant select on table public.practice_list_joined to authenticated;
grant select on table public.practice_list_joined to anon;
grant all on table public.practice_list_joined to service_role;

-- practice_list_staged

create view public.practice_list_staged with (security_invoker = true) as
select
  tune.id,
  coalesce(tune_override.title, tune.title) as title,
  coalesce(tune_override.type, tune.type) as type,
  coalesce(tune_override.structure, tune.structure) as structure,
  coalesce(tune_override.mode, tune.mode) as mode,
  coalesce(tune_override.incipit, tune.incipit) as incipit,
  coalesce(tune_override.genre, tune.genre) as genre,
  tune.private_for,
  tune.deleted_at is not null as deleted,
  repertoire_tune.learned,
  coalesce(staged.goal, latest.goal, 'recall') as goal,
  repertoire_tune.scheduled,
  repertoire.user_ref,
  repertoire.repertoire_id as playlist_id,
  instrument.instrument,
  repertoire_tune.deleted_at is not null as playlist_deleted,
  coalesce(staged.state, latest.state) as latest_state,
  coalesce(staged.practiced, latest.practiced) as latest_practiced,
  coalesce(staged.quality, latest.quality) as latest_quality,
  coalesce(staged.easiness, latest.easiness) as latest_easiness,
  coalesce(staged.difficulty, latest.difficulty) as latest_difficulty,
  coalesce(staged.stability, latest.stability) as latest_stability,
  coalesce(staged."interval", latest."interval") as latest_interval,
  coalesce(staged.step, latest.step) as latest_step,
  coalesce(staged.repetitions, latest.repetitions) as latest_repetitions,
  coalesce(staged.due, latest.due) as latest_due,
  coalesce(staged.backup_practiced, latest.backup_practiced) as latest_backup_practiced,
  coalesce(staged.goal, latest.goal) as latest_goal,
  coalesce(staged.technique, latest.technique) as latest_technique,
  (select string_agg(g.tag_text, ' ' order by g.tag_text) from tag g where g.tune_ref = tune.id and g.user_ref = repertoire.user_ref) as tags,
  staged.purpose,
  staged.note_private,
  staged.note_public,
  staged.recall_eval,
  (select string_agg(n.note_text, ' ' order by n.display_order, n.id) from note n where n.tune_ref = tune.id and n.user_ref = repertoire.user_ref and n.deleted_at is null) as notes,
  (select f.url from "reference" f where f.tune_ref = tune.id and f.user_ref = repertoire.user_ref and f.favorite and f.deleted_at is null order by f.display_order, f.id limit 1) as favorite_url,
  case when tune_override.id is not null then 1 else 0 end as has_override,
  case when staged.practiced is not null or staged.quality is not null or staged.easiness is not null or staged.difficulty is not null or staged."interval" is not null or staged.step is not null or staged.repetitions is not null or staged.due is not null or staged.backup_practiced is not null or staged.goal is not null or staged.technique is not null or staged.stability is not null then 1 else 0 end as has_staged,
  coalesce(tune_override.composer, tune.composer) as composer,
  coalesce(tune_override.artist, tune.artist) as artist,
  coalesce(tune_override.id_foreign, tune.id_foreign) as id_foreign,
  coalesce(tune_override.release_year, tune.release_year) as release_year
from tune
left join repertoire_tune on repertoire_tune.tune_ref = tune.id
left join repertoire on repertoire.repertoire_id = repertoire_tune.repertoire_ref
left join tune_override on tune_override.tune_ref = tune.id and tune_override.user_ref = repertoire.user_ref and tune_override.deleted_at is null
left join (
  select p.*, row_number() over (
    partition by p.tune_ref, p.repertoire_ref
    order by p.practiced desc nulls last, p.last_modified_at desc nulls last, p.id desc
  ) as place
  from practice_record p
) latest
  on latest.tune_ref = tune.id and latest.repertoire_ref = repertoire_tune.repertoire_ref and latest.place = 1
left join instrument on instrument.id = repertoire.instrument_ref
left join table_transient_data staged
  on staged.tune_id = tune.id and staged.repertoire_id = repertoire.repertoire_id and staged.user_id = repertoire.user_ref;
comment on view public.practice_list_staged is 'The same, overlaid with what the user has entered and not yet submitted. In Postgres the app also overlaid what other users had entered.';
revoke all on table public.practice_list_staged from public, authenticated, anon;
grant select on table public.practice_list_staged to authenticated;
grant select on table public.practice_list_staged to anon;
grant all on table public.practice_list_staged to service_role;

-- view_playlist_joined

create view public.view_playlist_joined with (security_invoker = true) as
select
  repertoire.repertoire_id as playlist_id,
  repertoire.user_ref,
  repertoire.deleted_at is not null as playlist_deleted,
  repertoire.instrument_ref,
  instrument.private_to_user,
  instrument.instrument,
  instrument.description,
  instrument.genre_default,
  instrument.deleted_at is not null as instrument_deleted
from repertoire
left join instrument on instrument.id = repertoire.instrument_ref;
comment on view public.view_playlist_joined is 'Repertoires with their instruments. The app left out those without one.';
revoke all on table public.view_playlist_joined from public, authenticated, anon;
grant select on table public.view_playlist_joined to authenticated;
grant select on table public.view_playlist_joined to anon;
grant all on table public.view_playlist_joined to service_role;

-- view_daily_practice_queue_readable

create view public.view_daily_practice_queue_readable with (security_invoker = true) as
select
  queue.id as queue_id,
  coalesce(user_profile.name, user_profile.email) as user_name,
  instrument.instrument as playlist_instrument,
  coalesce(tune_override.title, tune.title) as tune_title,
  queue.queue_date,
  queue.window_start_utc,
  queue.window_end_utc,
  queue.bucket,
  queue.order_index,
  queue.completed_at,
  queue.active,
  queue.mode,
  queue.snapshot_coalesced_ts,
  queue.scheduled_snapshot,
  queue.generated_at,
  queue.user_ref,
  queue.repertoire_ref,
  queue.tune_ref
from daily_practice_queue queue
left join user_profile on user_profile.id = queue.user_ref
left join repertoire on repertoire.repertoire_id = queue.repertoire_ref
left join instrument on instrument.id = repertoire.instrument_ref
left join tune on tune.id = queue.tune_ref
left join tune_override on tune_override.tune_ref = queue.tune_ref and tune_override.user_ref = queue.user_ref
order by queue.queue_date desc, queue.bucket, queue.order_index;
comment on view public.view_daily_practice_queue_readable is 'What is to be practised, with names.';
revoke all on table public.view_daily_practice_queue_readable from public, authenticated, anon;
grant select on table public.view_daily_practice_queue_readable to authenticated;
grant select on table public.view_daily_practice_queue_readable to anon;
grant all on table public.view_daily_practice_queue_readable to service_role;

-- view_practice_record_readable

create view public.view_practice_record_readable with (security_invoker = true) as
select
  coalesce(user_profile.name, user_profile.email) as user_name,
  coalesce(tune_override.title, tune.title) as tune_title,
  record.tune_ref,
  instrument.instrument as playlist_instrument,
  record.repertoire_ref,
  record.practiced,
  record.quality,
  case record.quality when 1 then 'Again' when 2 then 'Hard' when 3 then 'Good' when 4 then 'Easy' else 'Unknown' end as quality_label,
  record.easiness,
  record.difficulty,
  record.stability,
  record."interval",
  record.step,
  record.repetitions,
  record.lapses,
  record.elapsed_days,
  record.state,
  case record.state when 0 then 'New' when 1 then 'Learning' when 2 then 'Review' when 3 then 'Relearning' else 'Unknown' end as state_label,
  record.due,
  record.backup_practiced,
  record.goal,
  record.technique,
  record.sync_version,
  record.last_modified_at,
  record.device_id,
  record.id
from practice_record record
left join repertoire on repertoire.repertoire_id = record.repertoire_ref
left join user_profile on user_profile.id = repertoire.user_ref
left join tune on tune.id = record.tune_ref
left join tune_override on tune_override.tune_ref = record.tune_ref and tune_override.user_ref = repertoire.user_ref
left join instrument on instrument.id = repertoire.instrument_ref
order by record.practiced desc;
comment on view public.view_practice_record_readable is 'What was practised, with names.';
revoke all on table public.view_practice_record_readable from public, authenticated, anon;
grant select on table public.view_practice_record_readable to authenticated;
grant select on table public.view_practice_record_readable to anon;
grant all on table public.view_practice_record_readable to service_role;

-- view_transient_data_readable

create view public.view_transient_data_readable with (security_invoker = true) as
select
  coalesce(user_profile.name, user_profile.email) as user_name,
  staged.user_id,
  coalesce(tune_override.title, tune.title) as tune_title,
  staged.tune_id,
  instrument.instrument as playlist_instrument,
  staged.repertoire_id,
  staged.purpose,
  staged.note_private,
  staged.note_public,
  staged.recall_eval,
  staged.practiced,
  staged.quality,
  staged.easiness,
  staged.difficulty,
  staged."interval",
  staged.step,
  staged.repetitions,
  staged.due,
  staged.backup_practiced,
  staged.goal,
  staged.technique,
  staged.stability,
  staged.state,
  staged.sync_version,
  staged.last_modified_at,
  staged.device_id
from table_transient_data staged
left join user_profile on user_profile.id = staged.user_id
left join tune on tune.id = staged.tune_id
left join tune_override on tune_override.tune_ref = staged.tune_id and tune_override.user_ref = staged.user_id
left join repertoire on repertoire.repertoire_id = staged.repertoire_id
left join instrument on instrument.id = repertoire.instrument_ref
order by staged.last_modified_at desc;
comment on view public.view_transient_data_readable is 'What is not yet submitted, with names.';
revoke all on table public.view_transient_data_readable from public, authenticated, anon;
grant select on table public.view_transient_data_readable to authenticated;
grant select on table public.view_transient_data_readable to anon;
grant all on table public.view_transient_data_readable to service_role;

-- What PowerSync reads: synced tables, and those that decide who may read them. This part may run again.

do $$
declare
    wanted pg_catalog.regclass;
begin
    if not exists (select from pg_catalog.pg_publication where pubname = 'powersync') then
        create publication powersync;
    end if;
    foreach wanted in array array[
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
    ]::pg_catalog.regclass[] loop
        if not exists (
            select
            from pg_catalog.pg_publication_tables as published
            join pg_catalog.pg_class as c on c.relname = published.tablename
            join pg_catalog.pg_namespace as n on n.oid = c.relnamespace and n.nspname = published.schemaname
            where published.pubname = 'powersync' and c.oid = wanted
        ) then
            execute pg_catalog.format('alter publication %I add table %s', 'powersync', wanted);
        end if;
    end loop;
end
$$;

-- sync_change_log_update
-- Notes that a table was written, once a statement. It writes as its owner, so that no client needs the right to write the log; the app gave it to everybody, and noted every row.
create function public.sync_change_log_update() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    insert into public.sync_change_log (table_name, changed_at) values (tg_table_name, public.sync_now_iso())
      on conflict (table_name) do update set changed_at = excluded.changed_at;
    return null;
  end
  $$;
revoke all on function public.sync_change_log_update() from public;

-- log_changes
-- Every synced table notes its writes.
create trigger log_changes after insert or update or delete on public.daily_practice_queue for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.event for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.genre for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.genre_tune_type for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.goal for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.group_member for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.instrument for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.media_asset for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.note for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.plugin for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.practice_record for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.prefs_scheduling_options for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.prefs_spaced_repetition for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.reference for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.repertoire for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.repertoire_tune for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.rhythm_patterns for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.setlist for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.setlist_item for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.tab_group_main_state for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.table_state for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.table_transient_data for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.tag for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.tune for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.tune_override for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.tune_set for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.tune_set_item for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.tune_type for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.user_genre_selection for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.user_group for each statement execute function public.sync_change_log_update();
create trigger log_changes after insert or update or delete on public.user_profile for each statement execute function public.sync_change_log_update();

-- prevent_practice_record_delete
-- Nobody deletes what was practised, unless the transaction says that it may.
create function public.prevent_practice_record_delete() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  begin
    if coalesce(current_setting('app.allow_practice_record_delete', true), '') <> 'on' then
      raise exception 'practice records are kept' using errcode = '42501';
    end if;
    return old;
  end
  $$;
create trigger prevent_practice_record_delete before delete on public.practice_record
  for each row execute function public.prevent_practice_record_delete();

-- is_group_owner
-- Whether a user made a group; NULL ids answer false.
create function public.is_group_owner(group_id uuid, user_id uuid) returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$
    select exists (
      select from public.user_group g
      where g.id = is_group_owner.group_id and g.owner_user_ref = is_group_owner.user_id and is_group_owner.user_id = auth.uid()
    )
  $$;
revoke all on function public.is_group_owner(uuid, uuid) from public;
grant execute on function public.is_group_owner(uuid, uuid) to authenticated;

-- is_group_member
-- Whether the caller made a group or plays in it; the user asked about must be the caller.
create function public.is_group_member(group_id uuid, user_id uuid) returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$
    select public.is_group_owner(is_group_member.group_id, is_group_member.user_id) or exists (
      select from public.group_member m
      where m.group_ref = is_group_member.group_id and m.user_ref = is_group_member.user_id
        and m.deleted_at is null and is_group_member.user_id = auth.uid()
    )
  $$;
revoke all on function public.is_group_member(uuid, uuid) from public;
grant execute on function public.is_group_member(uuid, uuid) to authenticated;

-- can_manage_group_sets
-- Whether the caller may write what a group shares; the user asked about must be the caller.
create function public.can_manage_group_sets(group_id uuid, user_id uuid) returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$
    select public.is_group_owner(can_manage_group_sets.group_id, can_manage_group_sets.user_id) or exists (
      select from public.group_member m
      where m.group_ref = can_manage_group_sets.group_id and m.user_ref = can_manage_group_sets.user_id
        and m.role in ('owner', 'admin') and m.deleted_at is null and can_manage_group_sets.user_id = auth.uid()
    )
  $$;
revoke all on function public.can_manage_group_sets(uuid, uuid) from public;
grant execute on function public.can_manage_group_sets(uuid, uuid) to authenticated;

-- get_group_member_profiles
-- Who plays in one of the caller's groups, by name and address.
create function public.get_group_member_profiles(group_id uuid) returns table (id uuid, name text, email text)
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$
    select p.id, p.name, p.email
    from public.user_profile p
    where public.is_group_member(get_group_member_profiles.group_id, auth.uid())
      and p.deleted_at is null
      and (
        p.id in (select g.owner_user_ref from public.user_group g where g.id = get_group_member_profiles.group_id)
        or p.id in (select m.user_ref from public.group_member m where m.group_ref = get_group_member_profiles.group_id and m.deleted_at is null)
      )
    order by p.name, p.id
  $$;
revoke all on function public.get_group_member_profiles(uuid) from public;
grant execute on function public.get_group_member_profiles(uuid) to authenticated;

-- search_group_member_profiles
-- Users whom the owner of a group may add, by at least two letters of name or address.
create function public.search_group_member_profiles(group_id uuid, query text, at_most integer default 20) returns table (id uuid, name text, email text)
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$
    select p.id, p.name, p.email
    from public.user_profile p
    where public.is_group_owner(search_group_member_profiles.group_id, auth.uid())
      and length(trim(query)) >= 2
      and p.deleted_at is null
      and (position(lower(trim(query)) in lower(coalesce(p.name, ''))) > 0 or position(lower(trim(query)) in lower(coalesce(p.email, ''))) > 0)
    order by p.name, p.id
    limit least(greatest(at_most, 0), 20)
  $$;
revoke all on function public.search_group_member_profiles(uuid, text, integer) from public;
grant execute on function public.search_group_member_profiles(uuid, text, integer) to authenticated;

-- get_effective_genres
-- The kinds of music whose tunes the caller gets. The app's function took the user's id from the request.
create function public.get_effective_genres() returns setof text
  language sql stable set search_path = pg_catalog, pg_temp
  as $$
    select s.genre_id from public.user_genre_selection s where s.user_id = auth.uid()
    union
    select r.genre_default from public.repertoire r
      where r.user_ref = auth.uid() and r.deleted_at is null and r.genre_default is not null
    union
    select coalesce(o.genre, t.genre)
      from public.repertoire r
      join public.repertoire_tune rt on rt.repertoire_ref = r.repertoire_id and rt.deleted_at is null
      join public.tune t on t.id = rt.tune_ref
      left join public.tune_override o on o.tune_ref = t.id and o.user_ref = r.user_ref
      where r.user_ref = auth.uid() and r.deleted_at is null and coalesce(o.genre, t.genre) is not null
    order by 1
  $$;
revoke all on function public.get_effective_genres() from public;
grant execute on function public.get_effective_genres() to authenticated;
