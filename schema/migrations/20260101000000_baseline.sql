-- tasks: the whole schema, from nothing.
-- Lists of things to do, alone or with a team, kept on every device of those who share them.
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

create schema if not exists people;
revoke all on schema people from public;
grant usage on schema people to authenticated, service_role, powersync_role;

create schema if not exists ops;
revoke all on schema ops from public;
grant usage on schema ops to service_role;

-- Extensions: operator classes of exclusion constraints

create extension if not exists btree_gist with schema extensions;

-- Functions behind the schema: who calls, and when a row was edited

create schema tasks_private;
revoke all on schema tasks_private from public;
grant usage on schema tasks_private to authenticated, anon, service_role;

-- Each is one expression, which Postgres puts in place of a call; text that is no JSON raises, and the statement is denied.
create function tasks_private.token() returns jsonb
    language sql
    stable
    parallel safe
    return coalesce(nullif(pg_catalog.current_setting('request.jwt.claim', true), ''), nullif(pg_catalog.current_setting('request.jwt.claims', true), ''))::pg_catalog.jsonb;
comment on function tasks_private.token() is
    'The claims of the caller''s token; NULL without a caller.';
revoke all on function tasks_private.token() from public;
grant execute on function tasks_private.token() to authenticated, anon, service_role;

create function tasks_private.user_id() returns uuid
    language sql
    stable
    parallel safe
    return (pg_catalog.jsonb_path_query_first(tasks_private.token() -> 'sub', 'strict $?(@ like_regex "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")'::pg_catalog.jsonpath) #>> '{}'::pg_catalog.text[])::pg_catalog.uuid;
comment on function tasks_private.user_id() is
    'The id of the caller; NULL without a caller, and for a subject that is not of the canonical form.';
revoke all on function tasks_private.user_id() from public;
grant execute on function tasks_private.user_id() to authenticated, anon, service_role;

create function tasks_private.claim(path text[]) returns text
    language sql
    stable
    parallel safe
    return pg_catalog.jsonb_path_query_first(tasks_private.token() #> path, 'strict $?(@.type() == "string")'::pg_catalog.jsonpath) #>> '{}'::pg_catalog.text[];
comment on function tasks_private.claim(text[]) is
    'A claim of the caller''s token; NULL without a caller, and for a claim that is not a string.';
revoke all on function tasks_private.claim(text[]) from public;
grant execute on function tasks_private.claim(text[]) to authenticated, anon, service_role;

-- Triggers call these for those whom the policies bind: what the owner writes, such as a backfill, leaves edited_at as it is.
create function tasks_private.keep_edited_at() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    -- The statement names the column and leaves its value: touch_edited_at must not take that for silence.
    new.edited_at := '-infinity';
    return new;
end
$$;
comment on function tasks_private.keep_edited_at() is
    'Marks an UPDATE that supplies the time of the edit which the row has already.';
revoke all on function tasks_private.keep_edited_at() from public;

create function tasks_private.touch_edited_at() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'UPDATE' and new.edited_at = '-infinity' then
        new.edited_at := old.edited_at;
    elsif new.edited_at is null
        or (tg_op = 'UPDATE' and new.edited_at is not distinct from old.edited_at) then
        new.edited_at := now();
    end if;
    -- A clock that runs ahead must not win for ever.
    new.edited_at := least(new.edited_at, now() + interval '5 minutes');
    return new;
end
$$;
comment on function tasks_private.touch_edited_at() is
    'Fills in the time of an edit where the statement does not supply it, and bounds it by now plus five minutes.';
revoke all on function tasks_private.touch_edited_at() from public;

-- A device's own earlier writes never make its later ones stale: a write is compared with what somebody else left.
create table tasks_private.writers (
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
comment on table tasks_private.writers is 'For each row that a known client wrote last: who, and what stood before that client''s writes.';
alter table tasks_private.writers enable row level security;
revoke all on table tasks_private.writers from public, authenticated, anon;

create function tasks_private.is_own_edit(of_table regclass, of_row text, stands timestamptz, edited timestamptz, anew boolean) returns boolean
    language sql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
    select exists (
        select
        from tasks_private.writers as known
        where known.relation = of_table and known.key = of_row
          and known.client = current_setting('synctable.client_id', true)
          and known.edited_at = stands and (anew or known.inserted or known.edited_since < edited)
    )
$$;
comment on function tasks_private.is_own_edit(regclass, text, timestamptz, timestamptz, boolean) is
    'Whether the client wrote the row as it stands, and this edit is later than what others wrote before.';
revoke all on function tasks_private.is_own_edit(regclass, text, timestamptz, timestamptz, boolean) from public;
grant execute on function tasks_private.is_own_edit(regclass, text, timestamptz, timestamptz, boolean) to authenticated, anon, service_role;

create function tasks_private.is_own_version(of_table regclass, of_row text, stands bigint, seen bigint, anew boolean) returns boolean
    language sql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
    select exists (
        select
        from tasks_private.writers as known
        where known.relation = of_table and known.key = of_row
          and known.client = current_setting('synctable.client_id', true)
          and known.version is not distinct from stands
          and (anew or known.inserted or seen is null or known.version_since <= seen)
    )
$$;
comment on function tasks_private.is_own_version(regclass, text, bigint, bigint, boolean) is
    'Whether the client wrote the row as it stands, and has seen what others wrote before; a write that names no version counts as having seen it.';
revoke all on function tasks_private.is_own_version(regclass, text, bigint, bigint, boolean) from public;
grant execute on function tasks_private.is_own_version(regclass, text, bigint, bigint, boolean) to authenticated, anon, service_role;

create type public.item_status as enum ('open', 'done', 'archived');

create type public.item_size as enum ('small', 'large');
comment on type public.item_size is 'How much there is to it.';

-- search_words
-- What a title is found by.
create function public.search_words(title text) returns tsvector
  language sql immutable set search_path = pg_catalog, pg_temp
  as $$ select to_tsvector('pg_catalog.simple', title) $$;

create domain public.hex_color as text
    constraint hex_color_check check (value ~ '^#[0-9a-f]{6}$');
comment on domain public.hex_color is 'A colour.';

create domain public.percent as smallint
    constraint percent_check check (value between 0 and 100);
comment on domain public.percent is 'A part of a hundred, checked in each dialect''s own words.';

-- teams

create table people.teams (
    id uuid not null default gen_random_uuid(),
    name varchar(80) not null,
    region text,
    seats smallint not null default 5,
    billed_since date not null default '2026-01-01',
    invite_code text not null default (md5(random()::text)),
    created_by uuid not null default tasks_private.user_id(),
    version integer not null default 1,
    constraint teams_pkey primary key (id),
    constraint teams_name unique nulls not distinct (region, name),
    constraint teams_name_check check (length(btrim(name)) > 0),
    constraint teams_seats_check check (seats >= 1 and seats <= 500)
);
comment on table people.teams is 'People who share lists; uploads name what they change, and a device that knew it otherwise is told.';
comment on column people.teams.id is 'A key that the device makes.';
comment on column people.teams.name is 'A text of limited length, and a check that calls.';
comment on column people.teams.region is 'Where the team is; one name in each region.';
comment on column people.teams.seats is 'How many may join.';
comment on column people.teams.billed_since is 'A default that is a literal.';
comment on column people.teams.invite_code is 'A secret that SQL makes and no client ever reads.';
comment on column people.teams.created_by is 'Filled by the server with the caller; the reference leaves the app.';
comment on column people.teams.version is 'Counts the writes.';

create index teams_by_creator on people.teams (created_by);

alter table people.teams enable row level security;
revoke all on table people.teams from public, authenticated, anon;
grant
    select (id, name, region, seats, billed_since, created_by, version),
    insert (id, name, region, seats, billed_since, created_by, version),
    update (id, name, region, seats, billed_since, created_by, version)
on table people.teams to authenticated;
grant all on table people.teams to service_role;
grant select on table people.teams to powersync_role;

-- themes

create table public.themes (
    id integer not null,
    name text not null,
    constraint themes_by_number primary key (id)
);
comment on table public.themes is 'How a list may look; the app brings them and everybody reads them.';
comment on column public.themes.id is 'A number that the app chose.';

alter table public.themes enable row level security;
revoke all on table public.themes from public, authenticated, anon;
grant select on table public.themes to authenticated;
grant select on table public.themes to anon;
grant all on table public.themes to service_role;
grant select on table public.themes to powersync_role;

-- lists

create table public.lists (
    id uuid not null default gen_random_uuid(),
    owner_id uuid not null default tasks_private.user_id(),
    team_id uuid,
    theme_id integer not null default 1,
    name text not null,
    "position" double precision not null default 0,
    is_public boolean not null default false,
    cover bytea,
    palette public.hex_color[] not null default '{}'::text[],
    hidden public.item_status[] not null default '{archived}',
    settings jsonb not null default '{}',
    pinned_item_id uuid,
    created_at timestamptz not null default now(),
    edited_at timestamptz not null default now(),
    edited_on text,
    deleted_at timestamptz,
    constraint lists_pkey primary key (id),
    constraint lists_name_check check (length(name) >= 1 and length(name) <= 200),
    constraint lists_settings_check check (jsonb_typeof(settings) = 'object')
);
comment on table public.lists is 'A list, of one user or of a team.';
comment on column public.lists.id is 'The id.';
comment on column public.lists.owner_id is 'Set once by who adds the list.';
comment on column public.lists.team_id is 'With whom it is shared; a team with lists cannot be deleted.';
comment on column public.lists.theme_id is 'How it looks; the first theme, once its own is gone.';
comment on column public.lists.name is 'What it is called.';
comment on column public.lists."position" is 'Where it stands.';
comment on column public.lists.is_public is 'Whether everybody may read it.';
comment on column public.lists.cover is 'A small picture, hex on the wire.';
comment on column public.lists.palette is 'A list of a domain.';
comment on column public.lists.hidden is 'A list of an enum.';
comment on column public.lists.settings is 'A json object.';
comment on column public.lists.pinned_item_id is 'An item of it: the two tables reference each other.';
comment on column public.lists.created_at is 'When the server first saw it, whatever a device says.';
comment on column public.lists.edited_at is 'When its user last edited it.';
comment on column public.lists.edited_on is 'On which device; decides between equal times.';
comment on column public.lists.deleted_at is 'When it was deleted.';

create unique index lists_name on public.lists (owner_id, lower(name))
    where deleted_at is null;
create index lists_by_owner on public.lists (owner_id);
create index lists_shown on public.lists (id)
    where is_public is true;
create index lists_by_team on public.lists (team_id, "position")
    where team_id is not null;
create index lists_latest on public.lists (created_at desc nulls last);

create trigger edited_at_1_keep
    before update of edited_at on public.lists
    for each row
    when (row_security_active('public.lists'::regclass) and new.edited_at is not distinct from old.edited_at)
    execute function tasks_private.keep_edited_at();
create trigger edited_at_2_touch
    before insert or update on public.lists
    for each row
    when (row_security_active('public.lists'::regclass))
    execute function tasks_private.touch_edited_at();

alter table public.lists enable row level security;
revoke all on table public.lists from public, authenticated, anon;
grant select, insert, update, delete on table public.lists to authenticated;
grant select on table public.lists to anon;
grant all on table public.lists to service_role;
grant select on table public.lists to powersync_role;

-- items

create table public.items (
    id uuid not null default gen_random_uuid(),
    list_id uuid not null,
    parent_id uuid,
    title text not null,
    status public.item_status not null default 'open',
    size public.item_size,
    priority smallint,
    place integer not null default 0,
    effort real,
    estimate numeric(10,2),
    due_on date,
    remind_at time,
    starts_at timestamp,
    duration interval,
    tags text[] not null default '{}',
    assignee_ids uuid[] not null default '{}',
    meta jsonb,
    note text,
    rank bigint,
    search tsvector,
    added_on date not null default (now() at time zone 'utc')::date,
    created_by uuid not null default tasks_private.user_id(),
    changed bigint not null,
    edited_at timestamptz not null default now(),
    deleted_at timestamptz,
    constraint items_pkey primary key (id),
    constraint items_place unique (list_id, place) deferrable initially deferred,
    constraint items_title_check check (length(title) >= 1 and length(title) <= 500),
    constraint items_priority_check check (priority between 1 and 4),
    constraint items_effort_check check (effort >= 0),
    constraint items_tags_check check (cardinality(tags) <= 20),
    constraint items_with_duration_start check (duration is null or starts_at is not null),
    constraint items_tags_not_empty check (array_position(tags, '') is null)
);
alter table public.items add constraint items_not_its_own_parent check (parent_id is distinct from id) not valid;
comment on table public.items is 'A thing to do.';
comment on column public.items.id is 'The id.';
comment on column public.items.list_id is 'The list.';
comment on column public.items.parent_id is 'What it is a part of: the table references itself.';
comment on column public.items.title is 'What is to be done.';
comment on column public.items.status is 'An enum of its own type.';
comment on column public.items.size is 'An enum of its own type, as the shorter form is.';
comment on column public.items.priority is 'A check in each dialect''s own words.';
comment on column public.items.place is 'Where it stands.';
comment on column public.items.effort is 'How hard it is.';
comment on column public.items.estimate is 'What it will cost.';
comment on column public.items.due_on is 'A day.';
comment on column public.items.remind_at is 'A time of the day.';
comment on column public.items.starts_at is 'A time on the wall, wherever that is.';
comment on column public.items.duration is 'How long it takes.';
comment on column public.items.tags is 'A list of texts.';
comment on column public.items.assignee_ids is 'Who is to do it; they read it, whatever its list.';
comment on column public.items.meta is 'Any json.';
comment on column public.items.note is 'Called otherwise on the device.';
comment on column public.items.rank is 'What older versions sort by.
Deprecated: Use `place`.';
comment on column public.items.search is 'What Postgres alone understands; never synced.';
comment on column public.items.added_on is 'A default that is a call.';
comment on column public.items.created_by is 'Who added it.';
comment on column public.items.changed is 'The transaction that wrote it last, for devices that pull.';
comment on column public.items.edited_at is 'When its user last edited it.';
comment on column public.items.deleted_at is 'When it was deleted.';

create index items_by_list on public.items (list_id, status, place desc);
create index items_by_parent on public.items (parent_id) include (status);
create index items_by_title on public.items (lower(title), due_on nulls first)
    where status <> 'archived';
create index items_by_tag on public.items using gin (tags);
create index items_by_assignee on public.items using gin (assignee_ids);
create index items_by_kind on public.items ((meta ->> 'kind') desc nulls last)
    where meta is not null;
create index items_changed_idx on public.items (changed, id);

create trigger edited_at_1_keep
    before update of edited_at on public.items
    for each row
    when (row_security_active('public.items'::regclass) and new.edited_at is not distinct from old.edited_at)
    execute function tasks_private.keep_edited_at();
create trigger edited_at_2_touch
    before insert or update on public.items
    for each row
    when (row_security_active('public.items'::regclass))
    execute function tasks_private.touch_edited_at();

alter table public.items enable row level security;
revoke all on table public.items from public, authenticated, anon;
grant
    select,
    insert (id, list_id, parent_id, title, status, size, priority, place, effort, estimate, due_on, remind_at, starts_at, duration, tags, assignee_ids, meta, note, rank, added_on, created_by, edited_at, deleted_at),
    update (id, list_id, parent_id, title, status, size, priority, place, effort, estimate, due_on, remind_at, starts_at, duration, tags, assignee_ids, meta, note, rank, added_on, created_by, edited_at, deleted_at),
    delete
on table public.items to authenticated;
grant all on table public.items to service_role;
grant select on table public.items to powersync_role;

-- comments

create table public.comments (
    id uuid not null default gen_random_uuid(),
    item_id uuid not null,
    reply_to uuid,
    author_id uuid not null default tasks_private.user_id(),
    body text not null,
    said_at timestamptz not null default now(),
    constraint comments_pkey primary key (id),
    constraint comments_body_check check (length(body) >= 1 and length(body) <= 10000)
);
comment on table public.comments is 'What was said about an item; added, never changed.';
comment on column public.comments.id is 'The id.';
comment on column public.comments.item_id is 'The item.';
comment on column public.comments.reply_to is 'What it answers; known to the order of tables and not to Postgres.';
comment on column public.comments.author_id is 'Who said it.';
comment on column public.comments.body is 'What was said.';
comment on column public.comments.said_at is 'When.';

create index comments_by_item on public.comments (item_id, said_at);

alter table public.comments enable row level security;
revoke all on table public.comments from public, authenticated, anon;
grant select, insert, update on table public.comments to authenticated;
grant all on table public.comments to service_role;
grant select on table public.comments to powersync_role;

-- reactions

create table public.reactions (
    id uuid not null,
    comment_id uuid not null,
    user_id uuid not null default tasks_private.user_id(),
    word text not null,
    tone smallint,
    constraint reactions_pkey primary key (id),
    constraint reactions_once unique nulls not distinct (comment_id, user_id, word, tone),
    constraint reactions_word_check check (word = lower(btrim(word)))
);
comment on table public.reactions is 'A reaction to a comment; whoever reacts twice in the same way has reacted once.';
comment on column public.reactions.id is 'Made of comment, user and reaction.';
comment on column public.reactions.comment_id is 'The comment.';
comment on column public.reactions.user_id is 'The user.';
comment on column public.reactions.word is 'The reaction.';
comment on column public.reactions.tone is 'Its shade.';

alter table public.reactions enable row level security;
revoke all on table public.reactions from public, authenticated, anon;
grant select, insert, update, delete on table public.reactions to authenticated;
grant all on table public.reactions to service_role;
grant select on table public.reactions to powersync_role;

-- time_entries

create table public.time_entries (
    id uuid not null default gen_random_uuid(),
    item_id uuid not null,
    list_id uuid,
    user_id uuid not null default tasks_private.user_id(),
    hours numeric(6,3) not null,
    worked_on date not null,
    edited_at timestamptz not null default now(),
    constraint time_entries_pkey primary key (id),
    constraint time_entries_hours_check check (hours > 0)
);
comment on table public.time_entries is 'How long somebody worked on an item.';
comment on column public.time_entries.id is 'The id.';
comment on column public.time_entries.item_id is 'The item; older rows may name one that is gone.';
comment on column public.time_entries.list_id is 'The list of the item, which it follows; a device may say it, and says the same.';
comment on column public.time_entries.user_id is 'Who worked.';
comment on column public.time_entries.hours is 'How long.';
comment on column public.time_entries.worked_on is 'When.';
comment on column public.time_entries.edited_at is 'When its user last edited it.';

create index time_entries_by_item on public.time_entries (item_id);
create index time_entries_by_list on public.time_entries (list_id);
create index time_entries_by_user on public.time_entries (user_id, worked_on desc);

create trigger edited_at_1_keep
    before update of edited_at on public.time_entries
    for each row
    when (row_security_active('public.time_entries'::regclass) and new.edited_at is not distinct from old.edited_at)
    execute function tasks_private.keep_edited_at();
create trigger edited_at_2_touch
    before insert or update on public.time_entries
    for each row
    when (row_security_active('public.time_entries'::regclass))
    execute function tasks_private.touch_edited_at();

alter table public.time_entries enable row level security;
revoke all on table public.time_entries from public, authenticated, anon;
grant select, insert, update, delete on table public.time_entries to authenticated;
grant all on table public.time_entries to service_role;
grant select on table public.time_entries to powersync_role;

-- presence

create table public.presence (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default tasks_private.user_id(),
    device text not null,
    list_id uuid,
    seen_at timestamptz not null default now(),
    constraint presence_pkey primary key (id),
    constraint one_presence_a_device unique (user_id, device)
);
comment on table public.presence is 'What a user last looked at on a device; the row is found by user and device, whatever its id.';
comment on column public.presence.id is 'The id.';
comment on column public.presence.user_id is 'The user.';
comment on column public.presence.device is 'The device.';
comment on column public.presence.list_id is 'The list.';
comment on column public.presence.seen_at is 'When.';

alter table public.presence enable row level security;
revoke all on table public.presence from public, authenticated, anon;
grant select, insert, update, delete on table public.presence to authenticated;
grant all on table public.presence to service_role;
grant select on table public.presence to powersync_role;

-- feedback

create table public.feedback (
    id uuid not null,
    user_id uuid not null default tasks_private.user_id(),
    text text not null,
    sent_at timestamptz not null default now(),
    constraint feedback_pkey primary key (id),
    constraint feedback_text_check check (length(text) <= 10000)
);
comment on table public.feedback is 'What a user tells the makers; sent up and never seen again.';
comment on column public.feedback.id is 'The id.';
comment on column public.feedback.user_id is 'Who.';
comment on column public.feedback.text is 'What.';
comment on column public.feedback.sent_at is 'When it came in.';

alter table public.feedback enable row level security;
revoke all on table public.feedback from public, authenticated, anon;
grant
    insert (id, user_id, text)
on table public.feedback to authenticated;
grant all on table public.feedback to service_role;

-- announcements

create table public.announcements (
    id bigint not null generated always as identity (sequence name public.announcements_id_seq),
    audience text,
    title text not null,
    published_at timestamptz not null default now(),
    published_by text not null default (current_user),
    constraint announcements_pkey primary key (id)
);
comment on table public.announcements is 'News from the makers, for everybody or for some, known by a claim of their token.';
comment on column public.announcements.id is 'Counted by Postgres.';
comment on column public.announcements.audience is 'For whom; for everybody where absent.';
comment on column public.announcements.title is 'The news.';
comment on column public.announcements.published_at is 'When it was last changed.';
comment on column public.announcements.published_by is 'Filled by SQL.';

create index announcements_by_audience on public.announcements (audience);

alter table public.announcements enable row level security;
revoke all on table public.announcements from public, authenticated, anon;
revoke all on sequence public.announcements_id_seq from public, authenticated, anon;
grant select on table public.announcements to authenticated;
grant select on table public.announcements to anon;
grant all on table public.announcements to service_role;
grant select on table public.announcements to powersync_role;

-- job_kinds

create table ops.job_kinds (
    name text not null,
    retries integer not null default 3,
    constraint job_kinds_pkey primary key (name)
);
comment on table ops.job_kinds is 'The kinds of jobs that there are; they are shipped with the schema.';
comment on column ops.job_kinds.name is 'What it is called.';
comment on column ops.job_kinds.retries is 'How often it is tried.';

alter table ops.job_kinds enable row level security;
revoke all on table ops.job_kinds from public, authenticated, anon;
grant all on table ops.job_kinds to service_role;

-- jobs

create table ops.jobs (
    id bigint not null generated always as identity (sequence name ops.jobs_id_seq),
    name text not null,
    folded_name text not null generated always as (lower(name)) stored,
    runs text not null default 'now()',
    payload jsonb not null default '{"attempts":0}',
    constraint jobs_pkey primary key (id)
);
comment on table ops.jobs is 'What the server has to do; no device knows of it.';
comment on column ops.jobs.id is 'Counted by Postgres.';
comment on column ops.jobs.name is 'What.';
comment on column ops.jobs.folded_name is 'Stored by Postgres, which is possible where nothing is synced.';
comment on column ops.jobs.runs is 'When, in the words of its scheduler; a text that looks like a call.';
comment on column ops.jobs.payload is 'With what.';

create index jobs_by_name on ops.jobs (folded_name);

alter table ops.jobs enable row level security;
revoke all on table ops.jobs from public, authenticated, anon;
revoke all on sequence ops.jobs_id_seq from public, authenticated, anon;
grant all on table ops.jobs to service_role;

-- maintenance

create table ops.maintenance (
    id uuid not null default gen_random_uuid(),
    service text not null,
    starts_at timestamptz not null,
    ends_at timestamptz,
    cancelled boolean not null default false,
    constraint maintenance_pkey primary key (id),
    constraint one_maintenance_at_a_time exclude using gist (service with =, tstzrange(starts_at, ends_at) with &&) where (cancelled is false),
    constraint maintenance_one_start exclude using gist (lower(service) with =, starts_at with =) deferrable initially deferred,
    constraint maintenance_period check (ends_at is null or starts_at < ends_at)
);
comment on table ops.maintenance is 'When the server rests; no two rests of one service overlap.';
comment on column ops.maintenance.id is 'The id.';
comment on column ops.maintenance.service is 'What rests.';
comment on column ops.maintenance.starts_at is 'From when on.';
comment on column ops.maintenance.ends_at is 'Until when; without an end where absent.';
comment on column ops.maintenance.cancelled is 'Whether it does not happen.';

alter table ops.maintenance enable row level security;
revoke all on table ops.maintenance from public, authenticated, anon;
grant all on table ops.maintenance to service_role;

-- labels

create table public.labels (
    id text not null,
    team_id uuid not null,
    name text not null,
    color public.hex_color,
    edited_at timestamptz not null default now(),
    constraint labels_pkey primary key (id),
    constraint labels_word unique (team_id, name),
    constraint labels_id_recipe check (id = team_id::text || ':' || name)
);
comment on table public.labels is 'A word that a team puts on items; its text key is made of team and word, the same on every device.';
comment on column public.labels.id is '`team_id:name`.';
comment on column public.labels.team_id is 'The team.';
comment on column public.labels.name is 'The word.';
comment on column public.labels.color is 'Its colour.';
comment on column public.labels.edited_at is 'When its user last edited it.';

create trigger edited_at_1_keep
    before update of edited_at on public.labels
    for each row
    when (row_security_active('public.labels'::regclass) and new.edited_at is not distinct from old.edited_at)
    execute function tasks_private.keep_edited_at();
create trigger edited_at_2_touch
    before insert or update on public.labels
    for each row
    when (row_security_active('public.labels'::regclass))
    execute function tasks_private.touch_edited_at();

alter table public.labels enable row level security;
revoke all on table public.labels from public, authenticated, anon;
grant select, insert, update, delete on table public.labels to authenticated;
grant all on table public.labels to service_role;
grant select on table public.labels to powersync_role;

-- item_labels

create table public.item_labels (
    label_name text not null,
    item_id uuid not null,
    team_id uuid not null,
    edited_at timestamptz not null default now(),
    constraint item_labels_pkey primary key (label_name, item_id)
);
comment on table public.item_labels is 'Which label an item has; the first part of the key is any text, and hex in the device''s id.';
comment on column public.item_labels.label_name is 'The word.';
comment on column public.item_labels.item_id is 'The item.';
comment on column public.item_labels.team_id is 'Whose word it is.';
comment on column public.item_labels.edited_at is 'When its user last edited it.';

create index item_labels_by_item on public.item_labels (item_id);

create trigger edited_at_1_keep
    before update of edited_at on public.item_labels
    for each row
    when (row_security_active('public.item_labels'::regclass) and new.edited_at is not distinct from old.edited_at)
    execute function tasks_private.keep_edited_at();
create trigger edited_at_2_touch
    before insert or update on public.item_labels
    for each row
    when (row_security_active('public.item_labels'::regclass))
    execute function tasks_private.touch_edited_at();

alter table public.item_labels enable row level security;
revoke all on table public.item_labels from public, authenticated, anon;
grant select, insert, update, delete on table public.item_labels to authenticated;
grant all on table public.item_labels to service_role;
grant select on table public.item_labels to powersync_role;

-- members

create table people.members (
    team_id uuid not null,
    user_id uuid not null,
    role text not null default 'viewer',
    joined_at timestamptz not null default now(),
    constraint members_pkey primary key (team_id, user_id),
    constraint members_role_labels check (role in ('owner', 'editor', 'guest', 'viewer'))
);
comment on table people.members is 'Who belongs to a team; written by functions of the server, only read by devices.';
comment on column people.members.team_id is 'Part of a composite key.';
comment on column people.members.user_id is 'The other part.';
comment on column people.members.role is 'An enum that is text with a check.';
comment on column people.members.joined_at is 'When.';

create index members_by_user on people.members (user_id, team_id);

alter table people.members enable row level security;
revoke all on table people.members from public, authenticated, anon;
grant select on table people.members to authenticated;
grant all on table people.members to service_role;
grant select on table people.members to powersync_role;

-- profiles

create table people.profiles (
    user_id uuid not null,
    handle text not null,
    full_name text,
    accent public.hex_color not null default '#2f6fed',
    completeness public.percent not null default 0,
    edited_at timestamptz not null default now(),
    constraint profiles_pkey primary key (user_id),
    constraint profiles_handle_key unique (handle),
    constraint profiles_handle_check check (handle ~ '^[a-z0-9_]{3,30}$')
);
comment on table people.profiles is 'What others of a team know of a user; the key is a foreign key.';
comment on column people.profiles.user_id is 'The user.';
comment on column people.profiles.handle is 'Unique; the second device that takes it is refused.';
comment on column people.profiles.full_name is 'A text that may be missing.';
comment on column people.profiles.accent is 'A domain.';
comment on column people.profiles.completeness is 'A domain over a number.';
comment on column people.profiles.edited_at is 'When the user last edited it.';

create trigger edited_at_1_keep
    before update of edited_at on people.profiles
    for each row
    when (row_security_active('people.profiles'::regclass) and new.edited_at is not distinct from old.edited_at)
    execute function tasks_private.keep_edited_at();
create trigger edited_at_2_touch
    before insert or update on people.profiles
    for each row
    when (row_security_active('people.profiles'::regclass))
    execute function tasks_private.touch_edited_at();

alter table people.profiles enable row level security;
revoke all on table people.profiles from public, authenticated, anon;
grant select, insert, update, delete on table people.profiles to authenticated;
grant all on table people.profiles to service_role;
grant select on table people.profiles to powersync_role;

-- Foreign keys, after all tables, so that their order does not matter

alter table people.teams
    add constraint teams_created_by_fkey foreign key (created_by) references auth.users (id) on delete cascade;
alter table public.lists
    add constraint lists_owner_id_fkey foreign key (owner_id) references auth.users (id) on delete cascade;
alter table public.lists
    add constraint lists_team_id_fkey foreign key (team_id) references people.teams (id) on delete restrict on update restrict;
alter table public.lists
    add constraint lists_theme_id_fkey foreign key (theme_id) references public.themes (id) on delete set default on update cascade;
alter table public.lists
    add constraint lists_pinned_item_id_fkey foreign key (pinned_item_id) references public.items (id) on delete set null on update set null deferrable initially deferred;
alter table public.items
    add constraint items_list_id_fkey foreign key (list_id) references public.lists (id) on delete cascade;
alter table public.items
    add constraint items_parent_id_fkey foreign key (parent_id) references public.items (id) on delete cascade;
alter table public.comments
    add constraint comments_item_id_fkey foreign key (item_id) references public.items (id) on delete cascade;
alter table public.reactions
    add constraint reactions_comment_id_fkey foreign key (comment_id) references public.comments (id) on delete cascade;
alter table public.time_entries
    add constraint time_entries_item_id_fkey foreign key (item_id) references public.items (id) on delete cascade not valid;
alter table public.time_entries
    add constraint time_entries_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.presence
    add constraint presence_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.labels
    add constraint labels_team_id_fkey foreign key (team_id) references people.teams (id);
alter table public.item_labels
    add constraint item_labels_item_id_fkey foreign key (item_id) references public.items (id) on delete cascade;
alter table public.item_labels
    add constraint item_labels_of_label foreign key (team_id, label_name) references public.labels (team_id, name) on delete cascade on update cascade deferrable initially deferred;
alter table people.members
    add constraint members_team_id_fkey foreign key (team_id) references people.teams (id) on delete cascade on update cascade;
alter table people.members
    add constraint members_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table people.profiles
    add constraint profiles_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;

-- What the declaration says of columns beyond a default: functions, and the triggers that call them

-- Notes which client wrote a row last, and forgets it with the row.
create function tasks_private.note_writer_id_edited_at() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'DELETE' then
        delete from tasks_private.writers as known
        where known.relation = tg_relid
          and known.key = any (array(select was.id::text from old_rows as was));
    elsif tg_op = 'INSERT' then
        insert into tasks_private.writers as known (relation, key, client, inserted, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), true, written.stands
        from (select stands.id::text as key, stands.edited_at as stands from new_rows as stands) as written
        on conflict (relation, key) do update set
            client = excluded.client, inserted = true, edited_since = null, edited_at = excluded.edited_at;
    else
        insert into tasks_private.writers as known (relation, key, client, inserted, edited_since, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), false, min(written.since), max(written.stands)
        from (
            select was.id::text as key,
                was.edited_at as since,
                null as stands
            from old_rows as was
            union all
            select stands.id::text, null, stands.edited_at
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
revoke all on function tasks_private.note_writer_id_edited_at() from public;
create trigger writer_insert
    after insert on public.time_entries
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tasks_private.note_writer_id_edited_at();
create trigger writer_update
    after update on public.time_entries
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tasks_private.note_writer_id_edited_at();
create trigger writer_forget
    after delete on public.time_entries
    referencing old table as old_rows
    for each statement
    execute function tasks_private.note_writer_id_edited_at();
create trigger writer_insert
    after insert on public.lists
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tasks_private.note_writer_id_edited_at();
create trigger writer_update
    after update on public.lists
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tasks_private.note_writer_id_edited_at();
create trigger writer_forget
    after delete on public.lists
    referencing old table as old_rows
    for each statement
    execute function tasks_private.note_writer_id_edited_at();
create trigger writer_insert
    after insert on public.items
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tasks_private.note_writer_id_edited_at();
create trigger writer_update
    after update on public.items
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tasks_private.note_writer_id_edited_at();
create trigger writer_forget
    after delete on public.items
    referencing old table as old_rows
    for each statement
    execute function tasks_private.note_writer_id_edited_at();
create trigger writer_insert
    after insert on public.labels
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tasks_private.note_writer_id_edited_at();
create trigger writer_update
    after update on public.labels
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tasks_private.note_writer_id_edited_at();
create trigger writer_forget
    after delete on public.labels
    referencing old table as old_rows
    for each statement
    execute function tasks_private.note_writer_id_edited_at();

-- Notes which client wrote a row last, and forgets it with the row.
create function tasks_private.note_writer_label_name_item_id_edited_at() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'DELETE' then
        delete from tasks_private.writers as known
        where known.relation = tg_relid
          and known.key = any (array(select jsonb_build_array(was.label_name, was.item_id)::text from old_rows as was));
    elsif tg_op = 'INSERT' then
        insert into tasks_private.writers as known (relation, key, client, inserted, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), true, written.stands
        from (select jsonb_build_array(stands.label_name, stands.item_id)::text as key, stands.edited_at as stands from new_rows as stands) as written
        on conflict (relation, key) do update set
            client = excluded.client, inserted = true, edited_since = null, edited_at = excluded.edited_at;
    else
        insert into tasks_private.writers as known (relation, key, client, inserted, edited_since, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), false, min(written.since), max(written.stands)
        from (
            select jsonb_build_array(was.label_name, was.item_id)::text as key,
                was.edited_at as since,
                null as stands
            from old_rows as was
            union all
            select jsonb_build_array(stands.label_name, stands.item_id)::text, null, stands.edited_at
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
revoke all on function tasks_private.note_writer_label_name_item_id_edited_at() from public;
create trigger writer_insert
    after insert on public.item_labels
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tasks_private.note_writer_label_name_item_id_edited_at();
create trigger writer_update
    after update on public.item_labels
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tasks_private.note_writer_label_name_item_id_edited_at();
create trigger writer_forget
    after delete on public.item_labels
    referencing old table as old_rows
    for each statement
    execute function tasks_private.note_writer_label_name_item_id_edited_at();

-- Notes which client wrote a row last, and forgets it with the row.
create function tasks_private.note_writer_id_version() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'DELETE' then
        delete from tasks_private.writers as known
        where known.relation = tg_relid
          and known.key = any (array(select was.id::text from old_rows as was));
    elsif tg_op = 'INSERT' then
        insert into tasks_private.writers as known (relation, key, client, inserted, version)
        select tg_relid, written.key, current_setting('synctable.client_id'), true, written.stands
        from (select stands.id::text as key, stands.version as stands from new_rows as stands) as written
        on conflict (relation, key) do update set
            client = excluded.client, inserted = true, version_since = null, version = excluded.version;
    else
        insert into tasks_private.writers as known (relation, key, client, inserted, version_since, version)
        select tg_relid, written.key, current_setting('synctable.client_id'), false, min(written.since), max(written.stands)
        from (
            select was.id::text as key,
                was.version as since,
                null as stands
            from old_rows as was
            union all
            select stands.id::text, null, stands.version
            from new_rows as stands
        ) as written
        group by written.key
        having count(*) > 1
        on conflict (relation, key) do update set
            client = excluded.client,
            inserted = known.inserted and known.client = excluded.client and known.version = excluded.version_since,
            version_since = case when known.client = excluded.client and known.version = excluded.version_since then known.version_since else excluded.version_since end,
            version = excluded.version;
    end if;
    return null;
end
$$;
revoke all on function tasks_private.note_writer_id_version() from public;
create trigger writer_insert
    after insert on people.teams
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tasks_private.note_writer_id_version();
create trigger writer_update
    after update on people.teams
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tasks_private.note_writer_id_version();
create trigger writer_forget
    after delete on people.teams
    referencing old table as old_rows
    for each statement
    execute function tasks_private.note_writer_id_version();

-- Notes which client wrote a row last, and forgets it with the row.
create function tasks_private.note_writer_user_id_edited_at() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'DELETE' then
        delete from tasks_private.writers as known
        where known.relation = tg_relid
          and known.key = any (array(select was.user_id::text from old_rows as was));
    elsif tg_op = 'INSERT' then
        insert into tasks_private.writers as known (relation, key, client, inserted, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), true, written.stands
        from (select stands.user_id::text as key, stands.edited_at as stands from new_rows as stands) as written
        on conflict (relation, key) do update set
            client = excluded.client, inserted = true, edited_since = null, edited_at = excluded.edited_at;
    else
        insert into tasks_private.writers as known (relation, key, client, inserted, edited_since, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), false, min(written.since), max(written.stands)
        from (
            select was.user_id::text as key,
                was.edited_at as since,
                null as stands
            from old_rows as was
            union all
            select stands.user_id::text, null, stands.edited_at
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
revoke all on function tasks_private.note_writer_user_id_edited_at() from public;
create trigger writer_insert
    after insert on people.profiles
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tasks_private.note_writer_user_id_edited_at();
create trigger writer_update
    after update on people.profiles
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function tasks_private.note_writer_user_id_edited_at();
create trigger writer_forget
    after delete on people.profiles
    referencing old table as old_rows
    for each statement
    execute function tasks_private.note_writer_user_id_edited_at();

-- Fills in what time_entries copies from the rows that its rows refer to.
create function tasks_private.copy_time_entries() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    select parent.list_id into new.list_id
    from public.items as parent
    where parent.id = new.item_id for share;
    return new;
end
$$;
revoke all on function tasks_private.copy_time_entries() from public;
create trigger time_entries_copied_insert
    before insert on public.time_entries
    for each row
    execute function tasks_private.copy_time_entries();
create trigger time_entries_copied_update
    before update on public.time_entries
    for each row
    when (new.item_id is distinct from old.item_id or new.list_id is distinct from old.list_id)
    execute function tasks_private.copy_time_entries();

-- Carries a change of items on to what time_entries copies by item_id; nobody has edited those rows.
create function tasks_private.carry_items_time_entries_item_id() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
declare
    client text := current_setting('synctable.client_id', true);
begin
    perform set_config('synctable.client_id', '', true);
    update public.time_entries as child set list_id = new.list_id
    where child.item_id = new.id;
    perform set_config('synctable.client_id', coalesce(client, ''), true);
    return null;
end
$$;
revoke all on function tasks_private.carry_items_time_entries_item_id() from public;
create trigger items_time_entries_item_id_carried
    after update on public.items
    for each row
    when (new.list_id is distinct from old.list_id)
    execute function tasks_private.carry_items_time_entries_item_id();

-- Refuses a copied column of which a client says something else than what is copied: list_id.
create function tasks_private.verify_copies_time_entries() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if new.list_id is not null and new.list_id is distinct from
        (select parent.list_id from public.items as parent where parent.id = new.item_id) then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'the server fills list_id of time_entries, and the client says something else';
    end if;
    return new;
end
$$;
revoke all on function tasks_private.verify_copies_time_entries() from public;
create trigger _time_entries_copies_verified_insert
    before insert on public.time_entries
    for each row
    when (row_security_active('public.time_entries'::regclass))
    execute function tasks_private.verify_copies_time_entries();
create trigger _time_entries_copies_verified_update
    before update on public.time_entries
    for each row
    when (new.list_id is distinct from old.list_id and row_security_active('public.time_entries'::regclass))
    execute function tasks_private.verify_copies_time_entries();

-- Leaves aside what clients say of columns that the server fills: created_at.
create function tasks_private.ignore_lists() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'INSERT' then
        new.created_at := now();
    else
        new.created_at := old.created_at;
    end if;
    return new;
end
$$;
revoke all on function tasks_private.ignore_lists() from public;
create trigger _lists_ignored_insert
    before insert on public.lists
    for each row
    when (row_security_active('public.lists'::regclass))
    execute function tasks_private.ignore_lists();
create trigger _lists_ignored_update
    before update on public.lists
    for each row
    when (new.created_at is distinct from old.created_at and row_security_active('public.lists'::regclass))
    execute function tasks_private.ignore_lists();

-- Refuses a new row that has something else than what the server fills in: created_by.
create function tasks_private.verify_items() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if new.created_by is distinct from tasks_private.user_id() then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'the server fills created_by of items, and the client says something else';
    end if;
    return new;
end
$$;
revoke all on function tasks_private.verify_items() from public;
create trigger _items_verified_insert
    after insert on public.items
    for each row
    when (row_security_active('public.items'::regclass))
    execute function tasks_private.verify_items();

-- Refuses a change of what the server has filled in: user_id.
create function tasks_private.hold_user_id() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.user_id := coalesce(new.user_id, old.user_id);
    if new.user_id is distinct from old.user_id then
        raise exception using
            errcode = 'insufficient_privilege',
            message = format('the server fills user_id of %s, and the client says something else', tg_table_name);
    end if;
    return new;
end
$$;
revoke all on function tasks_private.hold_user_id() from public;
create trigger _reactions_held_update
    before update on public.reactions
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.reactions'::regclass))
    execute function tasks_private.hold_user_id();
create trigger _time_entries_held_update
    before update on public.time_entries
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.time_entries'::regclass))
    execute function tasks_private.hold_user_id();
create trigger _presence_held_update
    before update on public.presence
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.presence'::regclass))
    execute function tasks_private.hold_user_id();

-- Refuses a change of what the server has filled in: created_by.
create function tasks_private.hold_created_by() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.created_by := coalesce(new.created_by, old.created_by);
    if new.created_by is distinct from old.created_by then
        raise exception using
            errcode = 'insufficient_privilege',
            message = format('the server fills created_by of %s, and the client says something else', tg_table_name);
    end if;
    return new;
end
$$;
revoke all on function tasks_private.hold_created_by() from public;
create trigger _items_held_update
    before update on public.items
    for each row
    when (new.created_by is distinct from old.created_by and row_security_active('public.items'::regclass))
    execute function tasks_private.hold_created_by();
create trigger _teams_held_update
    before update on people.teams
    for each row
    when (new.created_by is distinct from old.created_by and row_security_active('people.teams'::regclass))
    execute function tasks_private.hold_created_by();

-- Refuses to change a key, or a column that is set once; an upsert may name it with the value that it has.
create function tasks_private.keep_set_once() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    raise exception using
        errcode = 'insufficient_privilege',
        message = format('a row of %I.%I keeps its %s', tg_table_schema, tg_table_name, tg_argv[0]);
end
$$;
revoke all on function tasks_private.keep_set_once() from public;
create trigger _set_once
    before update on public.reactions
    for each row
    when ((new.id is distinct from old.id or new.comment_id is distinct from old.comment_id or new.word is distinct from old.word or new.tone is distinct from old.tone) and row_security_active('public.reactions'::regclass))
    execute function tasks_private.keep_set_once('id, comment_id, word, tone');
create trigger _set_once
    before update on public.time_entries
    for each row
    when (new.id is distinct from old.id and row_security_active('public.time_entries'::regclass))
    execute function tasks_private.keep_set_once('id');
create trigger _set_once
    before update on public.presence
    for each row
    when ((new.id is distinct from old.id or new.device is distinct from old.device) and row_security_active('public.presence'::regclass))
    execute function tasks_private.keep_set_once('id, device');
create trigger _set_once
    before update on public.lists
    for each row
    when ((new.id is distinct from old.id or new.owner_id is distinct from old.owner_id) and row_security_active('public.lists'::regclass))
    execute function tasks_private.keep_set_once('id, owner_id');
create trigger _set_once
    before update on public.items
    for each row
    when ((new.id is distinct from old.id or new.added_on is distinct from old.added_on) and row_security_active('public.items'::regclass))
    execute function tasks_private.keep_set_once('id, added_on');
create trigger _set_once
    before update on public.labels
    for each row
    when ((new.id is distinct from old.id or new.team_id is distinct from old.team_id or new.name is distinct from old.name) and row_security_active('public.labels'::regclass))
    execute function tasks_private.keep_set_once('id, team_id, name');
create trigger _set_once
    before update on public.item_labels
    for each row
    when ((new.label_name is distinct from old.label_name or new.item_id is distinct from old.item_id or new.team_id is distinct from old.team_id) and row_security_active('public.item_labels'::regclass))
    execute function tasks_private.keep_set_once('label_name, item_id, team_id');
create trigger _set_once
    before update on people.teams
    for each row
    when (new.id is distinct from old.id and row_security_active('people.teams'::regclass))
    execute function tasks_private.keep_set_once('id');
create trigger _set_once
    before update on people.profiles
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('people.profiles'::regclass))
    execute function tasks_private.keep_set_once('user_id');

-- Revives a deleted row that an upsert brings again: no other write names the key of a row that is there.
create function tasks_private.revive_deleted_at() returns trigger
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
revoke all on function tasks_private.revive_deleted_at() from public;
create trigger _revive
    before update of id on public.lists
    for each row
    when (row_security_active('public.lists'::regclass))
    execute function tasks_private.revive_deleted_at();
create trigger _revive
    before update of id on public.items
    for each row
    when (row_security_active('public.items'::regclass))
    execute function tasks_private.revive_deleted_at();

-- Passes over a row of comments that is there already, so that an upload may be sent again.
create function tasks_private.again_comments() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if exists (select from public.comments as stored
        where stored.id = new.id
        and stored.item_id is not distinct from new.item_id
        and stored.reply_to is not distinct from new.reply_to
        and stored.body is not distinct from new.body) then
        return null;
    end if;
    return new;
end
$$;
revoke all on function tasks_private.again_comments() from public;
create trigger _again
    before insert on public.comments
    for each row
    when (row_security_active('public.comments'::regclass))
    execute function tasks_private.again_comments();

-- Sets the tombstone of a row of lists in place of a DELETE.
create function tasks_private.bury_lists() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.lists as stored set
        deleted_at = now(),
        edited_at = stored.edited_at + interval '1 microsecond',
        edited_on = null
    where stored.id = old.id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function tasks_private.bury_lists() from public;
create trigger _bury
    before delete on public.lists
    for each row
    when (row_security_active('public.lists'::regclass))
    execute function tasks_private.bury_lists();

-- Sets the tombstone of a row of items in place of a DELETE.
create function tasks_private.bury_items() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.items as stored set
        deleted_at = now(),
        edited_at = stored.edited_at + interval '1 microsecond'
    where stored.id = old.id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function tasks_private.bury_items() from public;
create trigger _bury
    before delete on public.items
    for each row
    when (row_security_active('public.items'::regclass))
    execute function tasks_private.bury_items();

-- Sets published_at to the time of a change.
create function tasks_private.move_published_at() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.published_at := now();
    return new;
end
$$;
revoke all on function tasks_private.move_published_at() from public;
create trigger move_published_at
    before update on public.announcements
    for each row
    execute function tasks_private.move_published_at();

-- Sets changed to the number of the transaction that writes the row.
create function tasks_private.mark_changed() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.changed := pg_current_xact_id()::text::bigint;
    return new;
end
$$;
revoke all on function tasks_private.mark_changed() from public;
create trigger mark_changed
    before insert or update on public.items
    for each row
    execute function tasks_private.mark_changed();

-- What access rules look up: functions that read as their owner, whatever the policies of the tables say

create function tasks_private.my_teams() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select team_id
    from people.members
    where user_id = (select tasks_private.user_id());
end;
revoke all on function tasks_private.my_teams() from public;
grant execute on function tasks_private.my_teams() to authenticated;

create function tasks_private.managed_teams() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select team_id
    from people.members
    where user_id = (select tasks_private.user_id()) and role in ('owner', 'editor');
end;
revoke all on function tasks_private.managed_teams() from public;
grant execute on function tasks_private.managed_teams() to authenticated;

create function tasks_private.my_lists() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.lists
    where owner_id = (select tasks_private.user_id()) or team_id = any (array(select tasks_private.my_teams()));
end;
revoke all on function tasks_private.my_lists() from public;
grant execute on function tasks_private.my_lists() to authenticated;

create function tasks_private.my_items() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.items
    where list_id = any (array(select tasks_private.my_lists()));
end;
revoke all on function tasks_private.my_items() from public;
grant execute on function tasks_private.my_items() to authenticated;

create function tasks_private.my_comments() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.comments
    where item_id = any (array(select tasks_private.my_items()));
end;
revoke all on function tasks_private.my_comments() from public;
grant execute on function tasks_private.my_comments() to authenticated;

create function tasks_private.public_lists() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.lists
    where is_public is true;
end;
revoke all on function tasks_private.public_lists() from public;
grant execute on function tasks_private.public_lists() to authenticated;

create function tasks_private.my_fellows() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select user_id
    from people.members
    where team_id = any (array(select tasks_private.my_teams()));
end;
revoke all on function tasks_private.my_fellows() from public;
grant execute on function tasks_private.my_fellows() to authenticated;

-- Who may see and change which rows; what no policy grants is denied

-- teams
create policy read on people.teams for select to authenticated
    using (
        created_by = (select tasks_private.user_id())
        or id = any (array(select tasks_private.my_teams()))
    );
create policy insert on people.teams for insert to authenticated
    with check (created_by = (select tasks_private.user_id()));
create policy update on people.teams for update to authenticated
    using (
        (created_by = (select tasks_private.user_id()) or id = any (array(select tasks_private.my_teams())))
        and id = any (array(select tasks_private.managed_teams()))
    )
    with check (
        (created_by = (select tasks_private.user_id()) or id = any (array(select tasks_private.my_teams())))
        and id = any (array(select tasks_private.managed_teams()))
    );

-- themes
create policy read on public.themes for select to authenticated
    using (true);
create policy read_anon on public.themes for select to anon
    using (true);

-- lists
create policy read on public.lists for select to authenticated
    using (
        owner_id = (select tasks_private.user_id())
        or team_id = any (array(select tasks_private.my_teams()))
        or is_public is true
    );
create policy insert on public.lists for insert to authenticated
    with check (
        owner_id = (select tasks_private.user_id())
        and (team_id is null or team_id = any (array(select tasks_private.my_teams())))
    );
create policy update on public.lists for update to authenticated
    using (
        owner_id = (select tasks_private.user_id())
        or team_id = any (array(select tasks_private.my_teams()))
    )
    with check (
        team_id = any (array(select tasks_private.my_teams()))
        or team_id is null and owner_id = (select tasks_private.user_id())
        or owner_id = (select tasks_private.user_id()) and deleted_at is not null
    );
create policy delete on public.lists for delete to authenticated
    using (owner_id = (select tasks_private.user_id()));
create policy read_anon on public.lists for select to anon
    using (is_public is true);

-- Whoever sets deleted_at deletes; a policy, which sees one row at a time, lets through what deletes or updates.
create function tasks_private.decide_lists() returns trigger
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if old.deleted_at is null and new.deleted_at is not null then
        if (old.owner_id = (select tasks_private.user_id())) is not true then
            raise exception using
                errcode = 'insufficient_privilege',
                message = 'no rule lets the caller delete this row of lists';
        end if;
        -- A deletion alone, where nothing else changes.
        if row(
            old.team_id, old.theme_id, old.name, old."position", old.is_public, old.cover, old.palette,
            old.hidden, old.settings, old.pinned_item_id
        ) is not distinct from row(
            new.team_id, new.theme_id, new.name, new."position", new.is_public, new.cover, new.palette,
            new.hidden, new.settings, new.pinned_item_id
        ) then
            return new;
        end if;
    end if;
    if (new.team_id = any (array(select tasks_private.my_teams())) or new.team_id is null and new.owner_id = (select tasks_private.user_id())) is not true then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'no rule lets the caller change this row of lists';
    end if;
    return new;
end
$$;
revoke all on function tasks_private.decide_lists() from public;
create trigger lists_deletion
    before update on public.lists
    for each row
    when (pg_catalog.row_security_active('public.lists'::pg_catalog.regclass) and pg_catalog.pg_has_role('authenticated', 'usage') and new.deleted_at is not null)
    execute function tasks_private.decide_lists();

-- items
create policy read on public.items for select to authenticated
    using (
        list_id = any (array(select tasks_private.my_lists()))
        or assignee_ids @> array[(select tasks_private.user_id())]
        or list_id = any (array(select tasks_private.public_lists()))
    );
create policy insert on public.items for insert to authenticated
    with check (
        list_id = any (array(select tasks_private.my_lists()))
        and (parent_id is null or parent_id = any (array(select tasks_private.my_items())))
    );
create policy update on public.items for update to authenticated
    using (list_id = any (array(select tasks_private.my_lists())))
    with check (
        list_id = any (array(select tasks_private.my_lists())) and (parent_id is null or parent_id = any (array(select tasks_private.my_items())))
        or list_id = any (array(select tasks_private.my_lists())) and deleted_at is not null
    );
create policy delete on public.items for delete to authenticated
    using (list_id = any (array(select tasks_private.my_lists())));

-- Whoever sets deleted_at deletes; a policy, which sees one row at a time, lets through what deletes or updates.
create function tasks_private.decide_items() returns trigger
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if old.deleted_at is null and new.deleted_at is not null then
        if (old.list_id = any (array(select tasks_private.my_lists()))) is not true then
            raise exception using
                errcode = 'insufficient_privilege',
                message = 'no rule lets the caller delete this row of items';
        end if;
        -- A deletion alone, where nothing else changes.
        if row(
            old.list_id, old.parent_id, old.title, old.status, old.size, old.priority, old.place, old.effort,
            old.estimate, old.due_on, old.remind_at, old.starts_at, old.duration, old.tags, old.assignee_ids,
            old.meta, old.note, old.rank
        ) is not distinct from row(
            new.list_id, new.parent_id, new.title, new.status, new.size, new.priority, new.place, new.effort,
            new.estimate, new.due_on, new.remind_at, new.starts_at, new.duration, new.tags, new.assignee_ids,
            new.meta, new.note, new.rank
        ) then
            return new;
        end if;
    end if;
    if (new.list_id = any (array(select tasks_private.my_lists())) and (new.parent_id is null or new.parent_id = any (array(select tasks_private.my_items())))) is not true then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'no rule lets the caller change this row of items';
    end if;
    return new;
end
$$;
revoke all on function tasks_private.decide_items() from public;
create trigger items_deletion
    before update on public.items
    for each row
    when (pg_catalog.row_security_active('public.items'::pg_catalog.regclass) and pg_catalog.pg_has_role('authenticated', 'usage') and new.deleted_at is not null)
    execute function tasks_private.decide_items();

-- comments
create policy read on public.comments for select to authenticated
    using (item_id = any (array(select tasks_private.my_items())));
create policy insert on public.comments for insert to authenticated
    with check (
        item_id = any (array(select tasks_private.my_items()))
        and author_id = (select tasks_private.user_id())
    );

-- reactions
create policy read on public.reactions for select to authenticated
    using (comment_id = any (array(select tasks_private.my_comments())));
create policy insert on public.reactions for insert to authenticated
    with check (
        comment_id = any (array(select tasks_private.my_comments()))
        and user_id = (select tasks_private.user_id())
    );
create policy update on public.reactions for update to authenticated
    using (
        comment_id = any (array(select tasks_private.my_comments()))
        and user_id = (select tasks_private.user_id())
    )
    with check (
        comment_id = any (array(select tasks_private.my_comments()))
        and user_id = (select tasks_private.user_id())
    );
create policy delete on public.reactions for delete to authenticated
    using (
        comment_id = any (array(select tasks_private.my_comments()))
        and user_id = (select tasks_private.user_id())
    );

-- time_entries
create policy read on public.time_entries for select to authenticated
    using (
        user_id = (select tasks_private.user_id())
        or list_id = any (array(select tasks_private.my_lists()))
    );
create policy insert on public.time_entries for insert to authenticated
    with check (
        user_id = (select tasks_private.user_id())
        and list_id = any (array(select tasks_private.my_lists()))
    );
create policy update on public.time_entries for update to authenticated
    using (user_id = (select tasks_private.user_id()))
    with check (
        user_id = (select tasks_private.user_id())
        and list_id = any (array(select tasks_private.my_lists()))
    );
create policy delete on public.time_entries for delete to authenticated
    using (user_id = (select tasks_private.user_id()));

-- presence
create policy read on public.presence for select to authenticated
    using (user_id = (select tasks_private.user_id()));
create policy insert on public.presence for insert to authenticated
    with check (user_id = (select tasks_private.user_id()));
create policy update on public.presence for update to authenticated
    using (user_id = (select tasks_private.user_id()))
    with check (user_id = (select tasks_private.user_id()));
create policy delete on public.presence for delete to authenticated
    using (user_id = (select tasks_private.user_id()));

-- feedback
create policy insert on public.feedback for insert to authenticated
    with check (user_id = (select tasks_private.user_id()));

-- announcements
create policy read on public.announcements for select to authenticated
    using (
        audience is null
        or audience = (select tasks_private.claim(array['app_metadata', 'audience']))
    );
create policy read_anon on public.announcements for select to anon
    using (audience is null);

-- labels
create policy read on public.labels for select to authenticated
    using (team_id = any (array(select tasks_private.my_teams())));
create policy insert on public.labels for insert to authenticated
    with check (team_id = any (array(select tasks_private.my_teams())));
create policy update on public.labels for update to authenticated
    using (team_id = any (array(select tasks_private.my_teams())))
    with check (team_id = any (array(select tasks_private.my_teams())));
create policy delete on public.labels for delete to authenticated
    using (team_id = any (array(select tasks_private.my_teams())));

-- item_labels
create policy read on public.item_labels for select to authenticated
    using (
        item_id = any (array(select tasks_private.my_items()))
        and team_id = any (array(select tasks_private.my_teams()))
    );
create policy insert on public.item_labels for insert to authenticated
    with check (
        item_id = any (array(select tasks_private.my_items()))
        and team_id = any (array(select tasks_private.my_teams()))
    );
create policy update on public.item_labels for update to authenticated
    using (
        item_id = any (array(select tasks_private.my_items()))
        and team_id = any (array(select tasks_private.my_teams()))
    )
    with check (
        item_id = any (array(select tasks_private.my_items()))
        and team_id = any (array(select tasks_private.my_teams()))
    );
create policy delete on public.item_labels for delete to authenticated
    using (
        item_id = any (array(select tasks_private.my_items()))
        and team_id = any (array(select tasks_private.my_teams()))
    );

-- members
create policy read on people.members for select to authenticated
    using (
        user_id = (select tasks_private.user_id())
        or team_id = any (array(select tasks_private.my_teams()))
    );

-- profiles
create policy read on people.profiles for select to authenticated
    using (
        user_id = (select tasks_private.user_id())
        or user_id = any (array(select tasks_private.my_fellows()))
    );
create policy insert on people.profiles for insert to authenticated
    with check (user_id = (select tasks_private.user_id()));
create policy update on people.profiles for update to authenticated
    using (user_id = (select tasks_private.user_id()))
    with check (user_id = (select tasks_private.user_id()));
create policy delete on people.profiles for delete to authenticated
    using (user_id = (select tasks_private.user_id()));

-- open_items

create view public.open_items with (security_invoker = true) as
select
    id,
    list_id,
    substr(title, 1, 40) as title,
    case when priority = 1 then 'first' when priority is null then 'some time' else 'soon' end as weight
from public.items
where status = 'open' and deleted_at is null;
comment on view public.open_items is 'What is still to be done; one definition for both sides.';
revoke all on table public.open_items from public, authenticated, anon;
grant select on table public.open_items to authenticated;
grant select on table public.open_items to anon;
grant all on table public.open_items to service_role;

-- busy_lists

create view public.busy_lists with (security_invoker = true) as
select l.id, l.name, count(o.id) as open
from public.lists l
left join public.open_items o on o.list_id = l.id
where l.deleted_at is null
group by l.id, l.name;
comment on view public.busy_lists is 'How much there is to do in each list; a text for each side.';
revoke all on table public.busy_lists from public, authenticated, anon;
grant select on table public.busy_lists to authenticated;
grant select on table public.busy_lists to anon;
grant all on table public.busy_lists to service_role;

-- job_names

create view ops.job_names as
select folded_name, count(*) as jobs from ops.jobs group by folded_name;
comment on view ops.job_names is 'What the server has to do, by name; on the server only, with the rights of its owner.';
revoke all on table ops.job_names from public, authenticated, anon;
grant all on table ops.job_names to service_role;

-- What PowerSync reads: synced tables, and those that decide who may read them. This part may run again.

do $$
declare
    wanted pg_catalog.regclass;
begin
    if not exists (select from pg_catalog.pg_publication where pubname = 'powersync') then
        create publication powersync;
    end if;
    foreach wanted in array array[
        'public.comments',
        'public.reactions',
        'public.time_entries',
        'public.presence',
        'public.announcements',
        'public.themes',
        'public.lists',
        'public.items',
        'public.labels',
        'public.item_labels',
        'people.teams',
        'people.members',
        'people.profiles'
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

-- stamp_item
-- Fills what an item is found by.
create function public.stamp_item() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  begin
    new.search := public.search_words(new.title);
    return new;
  end
  $$;
create trigger stamp_item before insert or update on public.items
  for each row execute function public.stamp_item();

-- first_member
-- Makes who founds a team its owner.
create function people.first_member() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    if new.created_by is not null then
      insert into people.members (team_id, user_id, role) values (new.id, new.created_by, 'owner');
    end if;
    return null;
  end
  $$;
create trigger first_member after insert on people.teams
  for each row execute function people.first_member();

-- join_team
-- Makes the caller a member of the team whose code he knows.
create function people.join_team(code text) returns uuid
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    team people.teams;
  begin
    select * into team from people.teams t where t.invite_code = code for update;
    if team.id is null or auth.uid() is null then
      raise exception 'no team has this code' using errcode = '42501';
    end if;
    if (select count(*) from people.members m where m.team_id = team.id) >= team.seats then
      raise exception 'the team is full' using errcode = 'check_violation';
    end if;
    insert into people.members (team_id, user_id, role) values (team.id, auth.uid(), 'viewer')
      on conflict (team_id, user_id) do nothing;
    return team.id;
  end
  $$;
revoke all on function people.join_team(text) from public;
grant execute on function people.join_team(text) to authenticated;

-- first_theme
-- The theme that every list starts with.
insert into public.themes (id, name) values (1, 'Plain') on conflict (id) do nothing;

-- Rows that are shipped with the schema

insert into ops.job_kinds as seeded (name)
values
    ('send_mail')
on conflict (name) do nothing;

insert into ops.job_kinds as seeded (name, retries)
values
    ('fold_names', 1)
on conflict (name) do update set retries = excluded.retries
where seeded.retries is distinct from excluded.retries;
