-- taskly: the whole schema, from nothing.
-- A planner of tasks, projects and routines by what the user values, with a journal and trackers. Every row belongs to one user; fifteen of its tables.
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

create schema taskly_private;
revoke all on schema taskly_private from public;
grant usage on schema taskly_private to authenticated, anon, service_role;

-- Each is one expression, which Postgres puts in place of a call; text that is no JSON raises, and the statement is denied.
create function taskly_private.token() returns jsonb
    language sql
    stable
    parallel safe
    return coalesce(nullif(pg_catalog.current_setting('request.jwt.claim', true), ''), nullif(pg_catalog.current_setting('request.jwt.claims', true), ''))::pg_catalog.jsonb;
comment on function taskly_private.token() is
    'The claims of the caller''s token; NULL without a caller.';
revoke all on function taskly_private.token() from public;
grant execute on function taskly_private.token() to authenticated, anon, service_role;

create function taskly_private.user_id() returns uuid
    language sql
    stable
    parallel safe
    return (pg_catalog.jsonb_path_query_first(taskly_private.token() -> 'sub', 'strict $?(@ like_regex "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")'::pg_catalog.jsonpath) #>> '{}'::pg_catalog.text[])::pg_catalog.uuid;
comment on function taskly_private.user_id() is
    'The id of the caller; NULL without a caller, and for a subject that is not of the canonical form.';
revoke all on function taskly_private.user_id() from public;
grant execute on function taskly_private.user_id() to authenticated, anon, service_role;

create function taskly_private.claim(path text[]) returns text
    language sql
    stable
    parallel safe
    return pg_catalog.jsonb_path_query_first(taskly_private.token() #> path, 'strict $?(@.type() == "string")'::pg_catalog.jsonpath) #>> '{}'::pg_catalog.text[];
comment on function taskly_private.claim(text[]) is
    'A claim of the caller''s token; NULL without a caller, and for a claim that is not a string.';
revoke all on function taskly_private.claim(text[]) from public;
grant execute on function taskly_private.claim(text[]) to authenticated, anon, service_role;

-- Triggers call these for those whom the policies bind: what the owner writes, such as a backfill, leaves updated_at as it is.
create function taskly_private.keep_updated_at() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    -- The statement names the column and leaves its value: touch_updated_at must not take that for silence.
    new.updated_at := '-infinity';
    return new;
end
$$;
comment on function taskly_private.keep_updated_at() is
    'Marks an UPDATE that supplies the time of the edit which the row has already.';
revoke all on function taskly_private.keep_updated_at() from public;

create function taskly_private.touch_updated_at() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'UPDATE' and new.updated_at = '-infinity' then
        new.updated_at := old.updated_at;
    elsif new.updated_at is null
        or (tg_op = 'UPDATE' and new.updated_at is not distinct from old.updated_at) then
        new.updated_at := now();
    end if;
    -- A clock that runs ahead must not win for ever.
    new.updated_at := least(new.updated_at, now() + interval '5 minutes');
    return new;
end
$$;
comment on function taskly_private.touch_updated_at() is
    'Fills in the time of an edit where the statement does not supply it, and bounds it by now plus five minutes.';
revoke all on function taskly_private.touch_updated_at() from public;

-- A device's own earlier writes never make its later ones stale: a write is compared with what somebody else left.
create table taskly_private.writers (
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
comment on table taskly_private.writers is 'For each row that a known client wrote last: who, and what stood before that client''s writes.';
alter table taskly_private.writers enable row level security;
revoke all on table taskly_private.writers from public, authenticated, anon;

create function taskly_private.is_own_edit(of_table regclass, of_row text, stands timestamptz, edited timestamptz, anew boolean) returns boolean
    language sql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
    select exists (
        select
        from taskly_private.writers as known
        where known.relation = of_table and known.key = of_row
          and known.client = current_setting('synctable.client_id', true)
          and known.edited_at = stands and (anew or known.inserted or known.edited_since < edited)
    )
$$;
comment on function taskly_private.is_own_edit(regclass, text, timestamptz, timestamptz, boolean) is
    'Whether the client wrote the row as it stands, and this edit is later than what others wrote before.';
revoke all on function taskly_private.is_own_edit(regclass, text, timestamptz, timestamptz, boolean) from public;
grant execute on function taskly_private.is_own_edit(regclass, text, timestamptz, timestamptz, boolean) to authenticated, anon, service_role;

create type public.my_day_pick_bucket as enum ('values', 'routine', 'due', 'starts', 'manual');
comment on type public.my_day_pick_bucket is 'Why something was proposed for a day.';

create type public.entity_source as enum ('system_template', 'user_created', 'imported');
comment on type public.entity_source is 'Where a rule comes from.';

create type public.attention_severity as enum ('critical', 'warning', 'info');
comment on type public.attention_severity is 'How much something asks for attention.';

create type public.value_priority as enum ('low', 'medium', 'high', 'urgent');
comment on type public.value_priority is 'How much a value weighs.';

create type public.routine_period_type_enum as enum ('day', 'week', 'fortnight', 'month');
comment on type public.routine_period_type_enum is 'What a routine''s count is for.';

create type public.routine_schedule_mode_enum as enum ('flexible', 'scheduled');
comment on type public.routine_schedule_mode_enum is 'Whether a routine has its days.';

-- is_valid_month_days
-- Whether every element is a day of a month; true for none at all.
create function public.is_valid_month_days(days integer[]) returns boolean
  language sql immutable set search_path = pg_catalog, pg_temp
  as $$ select days is null or not exists (select from unnest(days) as d (day) where d.day is null or d.day not between 1 and 31) $$;

create domain public.hex_color as text
    constraint hex_color_check check (value ~ '^#[0-9a-fA-F]{6}$');
comment on domain public.hex_color is 'A colour.';

-- user_profiles

create table public.user_profiles (
    id uuid not null,
    user_id uuid not null default taskly_private.user_id(),
    settings_overrides jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint user_profiles_pkey primary key (id),
    constraint user_profiles_user_id_key unique (user_id),
    constraint user_profiles_settings_overrides_check check (jsonb_typeof(settings_overrides) = 'object')
);
comment on table public.user_profiles is 'The settings of a user.';
comment on column public.user_profiles.id is 'Made of the user.';
comment on column public.user_profiles.user_id is 'Whose they are.';
comment on column public.user_profiles.settings_overrides is 'Settings that differ from what the app brings.';
comment on column public.user_profiles.created_at is 'When the server first saw it.';
comment on column public.user_profiles.updated_at is 'When the user last edited it.';

create trigger edited_at_1_keep
    before update of updated_at on public.user_profiles
    for each row
    when (row_security_active('public.user_profiles'::regclass) and new.updated_at is not distinct from old.updated_at)
    execute function taskly_private.keep_updated_at();
create trigger edited_at_2_touch
    before insert or update on public.user_profiles
    for each row
    when (row_security_active('public.user_profiles'::regclass))
    execute function taskly_private.touch_updated_at();

alter table public.user_profiles enable row level security;
revoke all on table public.user_profiles from public, authenticated, anon;
grant
    select,
    insert (id, user_id, settings_overrides, updated_at),
    update (id, user_id, settings_overrides, updated_at),
    delete
on table public.user_profiles to authenticated;
grant all on table public.user_profiles to service_role;
grant select on table public.user_profiles to powersync_role;

-- my_day_days

create table public.my_day_days (
    id uuid not null,
    user_id uuid not null default taskly_private.user_id(),
    day_utc date not null,
    ritual_completed_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint my_day_days_pkey primary key (id),
    constraint my_day_days_day unique (user_id, day_utc)
);
comment on table public.my_day_days is 'One day of a user.';
comment on column public.my_day_days.id is 'Made of user and day.';
comment on column public.my_day_days.user_id is 'Whose it is; the app had no foreign key.';
comment on column public.my_day_days.day_utc is 'Which day.';
comment on column public.my_day_days.ritual_completed_at is 'When the user had planned the day.';
comment on column public.my_day_days.created_at is 'When the server first saw it.';
comment on column public.my_day_days.updated_at is 'When the user last edited it.';

create trigger edited_at_1_keep
    before update of updated_at on public.my_day_days
    for each row
    when (row_security_active('public.my_day_days'::regclass) and new.updated_at is not distinct from old.updated_at)
    execute function taskly_private.keep_updated_at();
create trigger edited_at_2_touch
    before insert or update on public.my_day_days
    for each row
    when (row_security_active('public.my_day_days'::regclass))
    execute function taskly_private.touch_updated_at();

alter table public.my_day_days enable row level security;
revoke all on table public.my_day_days from public, authenticated, anon;
grant
    select,
    insert (id, user_id, day_utc, ritual_completed_at, updated_at),
    update (id, user_id, day_utc, ritual_completed_at, updated_at),
    delete
on table public.my_day_days to authenticated;
grant all on table public.my_day_days to service_role;
grant select on table public.my_day_days to powersync_role;

-- values

create table public."values" (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    name text not null,
    color public.hex_color not null default '#ffffff',
    icon_name text,
    priority public.value_priority,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint values_pkey primary key (id),
    constraint values_name_check check (length(name) >= 1 and length(name) <= 100)
);
comment on table public."values" is 'Something that matters to the user.';
comment on column public."values".user_id is 'Whose it is.';
comment on column public."values".name is 'What it is called.';
comment on column public."values".color is 'How it is shown; the app let it be missing in Postgres and required it on the device.';
comment on column public."values".icon_name is 'Its picture.';
comment on column public."values".priority is 'How much it weighs.';
comment on column public."values".created_at is 'When the server first saw it.';
comment on column public."values".updated_at is 'When the user last edited it.';

create unique index values_name on public."values" (user_id, lower(name));
create index values_by_user on public."values" (user_id);

create trigger edited_at_1_keep
    before update of updated_at on public."values"
    for each row
    when (row_security_active('public."values"'::regclass) and new.updated_at is not distinct from old.updated_at)
    execute function taskly_private.keep_updated_at();
create trigger edited_at_2_touch
    before insert or update on public."values"
    for each row
    when (row_security_active('public."values"'::regclass))
    execute function taskly_private.touch_updated_at();

alter table public."values" enable row level security;
revoke all on table public."values" from public, authenticated, anon;
grant
    select,
    insert (id, user_id, name, color, icon_name, priority, updated_at),
    update (id, user_id, name, color, icon_name, priority, updated_at),
    delete
on table public."values" to authenticated;
grant all on table public."values" to service_role;
grant select on table public."values" to powersync_role;

-- projects

create table public.projects (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    name text not null,
    description text,
    completed boolean not null,
    start_date date,
    deadline_date date,
    repeat_ical_rrule text default '',
    series_ended boolean not null default false,
    repeat_from_completion boolean not null default false,
    priority integer,
    pinned boolean not null default false,
    primary_value_id uuid,
    last_progress_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint projects_pkey primary key (id),
    constraint projects_name_check check (length(name) >= 1 and length(name) <= 100),
    constraint projects_priority_check check (priority >= 1 and priority <= 4)
);
comment on table public.projects is 'Several tasks with one goal.';
comment on column public.projects.user_id is 'Whose it is.';
comment on column public.projects.name is 'What it is called.';
comment on column public.projects.description is 'What it is about.';
comment on column public.projects.completed is 'Whether it is finished.';
comment on column public.projects.start_date is 'When it begins.';
comment on column public.projects.deadline_date is 'When it must be finished.';
comment on column public.projects.repeat_ical_rrule is 'How it repeats, as an iCalendar rule; empty for once.';
comment on column public.projects.series_ended is 'Whether it repeats no more.';
comment on column public.projects.repeat_from_completion is 'Whether it repeats from when it was finished.';
comment on column public.projects.priority is 'How urgent it is, 1 first.';
comment on column public.projects.pinned is 'Whether it is kept on top.';
comment on column public.projects.primary_value_id is 'The value it serves.';
comment on column public.projects.last_progress_at is 'When one of its tasks was last finished.';
comment on column public.projects.created_at is 'When the server first saw it.';
comment on column public.projects.updated_at is 'When the user last edited it.';

create index projects_by_priority on public.projects (user_id, priority)
    where priority is not null;
create index projects_by_user on public.projects (user_id);
create index projects_by_value on public.projects (primary_value_id);

create trigger edited_at_1_keep
    before update of updated_at on public.projects
    for each row
    when (row_security_active('public.projects'::regclass) and new.updated_at is not distinct from old.updated_at)
    execute function taskly_private.keep_updated_at();
create trigger edited_at_2_touch
    before insert or update on public.projects
    for each row
    when (row_security_active('public.projects'::regclass))
    execute function taskly_private.touch_updated_at();

alter table public.projects enable row level security;
revoke all on table public.projects from public, authenticated, anon;
grant
    select,
    insert (id, user_id, name, description, completed, start_date, deadline_date, repeat_ical_rrule, series_ended, repeat_from_completion, priority, pinned, primary_value_id, last_progress_at, updated_at),
    update (id, user_id, name, description, completed, start_date, deadline_date, repeat_ical_rrule, series_ended, repeat_from_completion, priority, pinned, primary_value_id, last_progress_at, updated_at),
    delete
on table public.projects to authenticated;
grant all on table public.projects to service_role;
grant select on table public.projects to powersync_role;

-- tasks

create table public.tasks (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    name text not null,
    completed boolean not null default false,
    start_date date,
    deadline_date date,
    description text,
    project_id uuid,
    repeat_ical_rrule text default '',
    series_ended boolean not null default false,
    repeat_from_completion boolean not null default false,
    review_notes text,
    priority integer,
    pinned boolean not null default false,
    override_primary_value_id uuid,
    override_secondary_value_id uuid,
    my_day_snoozed_until timestamptz,
    reminder_kind text not null default 'none',
    reminder_at_utc timestamptz,
    reminder_minutes_before_due integer,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint tasks_pkey primary key (id),
    constraint tasks_reminder_kind_labels check (reminder_kind in ('none', 'absolute', 'before_due')),
    constraint tasks_name_check check (length(name) >= 1 and length(name) <= 100),
    constraint tasks_priority_check check (priority >= 1 and priority <= 4),
    constraint tasks_reminder_minutes_before_due_check check (reminder_minutes_before_due >= 0 and reminder_minutes_before_due <= 10080),
    constraint tasks_override_values_differ check (override_primary_value_id is null or override_secondary_value_id is null or override_primary_value_id <> override_secondary_value_id),
    constraint tasks_reminder_shape check (reminder_kind = 'none' and reminder_at_utc is null and reminder_minutes_before_due is null or reminder_kind = 'absolute' and reminder_at_utc is not null and reminder_minutes_before_due is null or reminder_kind = 'before_due' and reminder_at_utc is null and reminder_minutes_before_due is not null)
);
comment on table public.tasks is 'One thing to do.';
comment on column public.tasks.user_id is 'Whose it is.';
comment on column public.tasks.name is 'What is to be done.';
comment on column public.tasks.completed is 'Whether it has been done.';
comment on column public.tasks.start_date is 'When it begins.';
comment on column public.tasks.deadline_date is 'When it must be done.';
comment on column public.tasks.description is 'What it is about.';
comment on column public.tasks.project_id is 'The project it belongs to. On the device the app kept the tasks of a deleted project, in Postgres it deleted them: they stay.';
comment on column public.tasks.repeat_ical_rrule is 'How it repeats, as an iCalendar rule; empty for once.';
comment on column public.tasks.series_ended is 'Whether it repeats no more.';
comment on column public.tasks.repeat_from_completion is 'Whether it repeats from when it was done.';
comment on column public.tasks.review_notes is 'What the user thought of it afterwards.';
comment on column public.tasks.priority is 'How urgent it is, 1 first.';
comment on column public.tasks.pinned is 'Whether it is kept on top.';
comment on column public.tasks.override_primary_value_id is 'The value it serves, where that is not its project''s.';
comment on column public.tasks.override_secondary_value_id is 'Another value it serves.';
comment on column public.tasks.my_day_snoozed_until is 'Until when it is not proposed for a day.';
comment on column public.tasks.reminder_kind is 'When the user is reminded.';
comment on column public.tasks.reminder_at_utc is 'When, for an absolute reminder.';
comment on column public.tasks.reminder_minutes_before_due is 'How long before the deadline, for a reminder before it.';
comment on column public.tasks.created_at is 'When the server first saw it.';
comment on column public.tasks.updated_at is 'When the user last edited it; the app let a trigger on the server overwrite it.';

create index tasks_by_priority on public.tasks (user_id, priority)
    where priority is not null;
create index tasks_by_project on public.tasks (project_id);
create index tasks_by_deadline on public.tasks (user_id, completed, deadline_date);
create index tasks_by_user on public.tasks (user_id);
create index tasks_by_primary_value on public.tasks (override_primary_value_id);
create index tasks_by_secondary_value on public.tasks (override_secondary_value_id);
create index tasks_by_reminder on public.tasks (reminder_at_utc)
    where reminder_kind = 'absolute';
create index tasks_by_reminder_before_due on public.tasks (deadline_date, reminder_minutes_before_due)
    where reminder_kind = 'before_due';

create trigger edited_at_1_keep
    before update of updated_at on public.tasks
    for each row
    when (row_security_active('public.tasks'::regclass) and new.updated_at is not distinct from old.updated_at)
    execute function taskly_private.keep_updated_at();
create trigger edited_at_2_touch
    before insert or update on public.tasks
    for each row
    when (row_security_active('public.tasks'::regclass))
    execute function taskly_private.touch_updated_at();

alter table public.tasks enable row level security;
revoke all on table public.tasks from public, authenticated, anon;
grant
    select,
    insert (id, user_id, name, completed, start_date, deadline_date, description, project_id, repeat_ical_rrule, series_ended, repeat_from_completion, review_notes, priority, pinned, override_primary_value_id, override_secondary_value_id, my_day_snoozed_until, reminder_kind, reminder_at_utc, reminder_minutes_before_due, updated_at),
    update (id, user_id, name, completed, start_date, deadline_date, description, project_id, repeat_ical_rrule, series_ended, repeat_from_completion, review_notes, priority, pinned, override_primary_value_id, override_secondary_value_id, my_day_snoozed_until, reminder_kind, reminder_at_utc, reminder_minutes_before_due, updated_at),
    delete
on table public.tasks to authenticated;
grant all on table public.tasks to service_role;
grant select on table public.tasks to powersync_role;

-- routines

create table public.routines (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    project_id uuid not null,
    name text not null,
    target_count integer not null,
    period_type public.routine_period_type_enum not null,
    schedule_mode public.routine_schedule_mode_enum not null,
    schedule_days smallint[],
    schedule_month_days integer[],
    schedule_time_minutes smallint,
    min_spacing_days smallint,
    rest_day_buffer smallint,
    is_active boolean not null default true,
    paused_until date,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint routines_pkey primary key (id),
    constraint routines_name_check check (length(name) >= 1 and length(name) <= 100),
    constraint routines_target_count_check check (target_count >= 1),
    constraint routines_schedule_month_days_check check (public.is_valid_month_days(schedule_month_days)),
    constraint routines_schedule_time_minutes_check check (schedule_time_minutes >= 0 and schedule_time_minutes <= 1439),
    constraint routines_min_spacing_days_check check (min_spacing_days >= 0),
    constraint routines_rest_day_buffer_check check (rest_day_buffer >= 0)
);
comment on table public.routines is 'Something to do again and again.';
comment on column public.routines.user_id is 'Whose it is.';
comment on column public.routines.project_id is 'The project it belongs to.';
comment on column public.routines.name is 'What is to be done.';
comment on column public.routines.target_count is 'How often in a period.';
comment on column public.routines.period_type is 'What the count is for.';
comment on column public.routines.schedule_mode is 'Whether it has its days.';
comment on column public.routines.schedule_days is 'Days of the week, 1 for Monday.';
comment on column public.routines.schedule_month_days is 'Days of the month.';
comment on column public.routines.schedule_time_minutes is 'When, in minutes after midnight.';
comment on column public.routines.min_spacing_days is 'How many days must lie between two times.';
comment on column public.routines.rest_day_buffer is 'How many days of a period stay free.';
comment on column public.routines.is_active is 'Whether it is done at present.';
comment on column public.routines.paused_until is 'Until when it rests.';
comment on column public.routines.created_at is 'When the server first saw it.';
comment on column public.routines.updated_at is 'When the user last edited it; in the app nothing moved it.';

create index routines_by_user on public.routines (user_id);
create index routines_by_project on public.routines (project_id);

create trigger edited_at_1_keep
    before update of updated_at on public.routines
    for each row
    when (row_security_active('public.routines'::regclass) and new.updated_at is not distinct from old.updated_at)
    execute function taskly_private.keep_updated_at();
create trigger edited_at_2_touch
    before insert or update on public.routines
    for each row
    when (row_security_active('public.routines'::regclass))
    execute function taskly_private.touch_updated_at();

alter table public.routines enable row level security;
revoke all on table public.routines from public, authenticated, anon;
grant
    select,
    insert (id, user_id, project_id, name, target_count, period_type, schedule_mode, schedule_days, schedule_month_days, schedule_time_minutes, min_spacing_days, rest_day_buffer, is_active, paused_until, updated_at),
    update (id, user_id, project_id, name, target_count, period_type, schedule_mode, schedule_days, schedule_month_days, schedule_time_minutes, min_spacing_days, rest_day_buffer, is_active, paused_until, updated_at),
    delete
on table public.routines to authenticated;
grant all on table public.routines to service_role;
grant select on table public.routines to powersync_role;

-- my_day_picks

create table public.my_day_picks (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null,
    day_id uuid not null,
    task_id uuid,
    routine_id uuid,
    bucket public.my_day_pick_bucket not null,
    sort_index integer not null,
    picked_at timestamptz not null default now(),
    suggestion_rank integer,
    qualifying_value_id uuid,
    reason_codes jsonb not null default '[]',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint my_day_picks_pkey primary key (id),
    constraint my_day_picks_sort_index_check check (sort_index >= 0),
    constraint my_day_picks_suggestion_rank_check check (suggestion_rank >= 0),
    constraint my_day_picks_reason_codes_check check (jsonb_typeof(reason_codes) = 'array'),
    constraint my_day_picks_one_target check (task_id is not null and routine_id is null or task_id is null and routine_id is not null)
);
comment on table public.my_day_picks is 'A task or a routine that the user picked for a day.';
comment on column public.my_day_picks.user_id is 'Whose the day is; the app had no foreign key and let the client say it.';
comment on column public.my_day_picks.day_id is 'For which day.';
comment on column public.my_day_picks.task_id is 'Which task.';
comment on column public.my_day_picks.routine_id is 'Which routine.';
comment on column public.my_day_picks.bucket is 'Why it was proposed.';
comment on column public.my_day_picks.sort_index is 'Its place.';
comment on column public.my_day_picks.picked_at is 'When.';
comment on column public.my_day_picks.suggestion_rank is 'Its place among what was proposed.';
comment on column public.my_day_picks.qualifying_value_id is 'The value for which it was proposed.';
comment on column public.my_day_picks.reason_codes is 'More reasons.';
comment on column public.my_day_picks.created_at is 'When the server first saw it.';
comment on column public.my_day_picks.updated_at is 'When the user last edited it.';

create unique index my_day_picks_task on public.my_day_picks (day_id, task_id)
    where task_id is not null;
create unique index my_day_picks_routine on public.my_day_picks (day_id, routine_id)
    where routine_id is not null;
create index my_day_picks_by_day on public.my_day_picks (day_id, sort_index);
create index my_day_picks_by_task on public.my_day_picks (user_id, task_id);

create trigger edited_at_1_keep
    before update of updated_at on public.my_day_picks
    for each row
    when (row_security_active('public.my_day_picks'::regclass) and new.updated_at is not distinct from old.updated_at)
    execute function taskly_private.keep_updated_at();
create trigger edited_at_2_touch
    before insert or update on public.my_day_picks
    for each row
    when (row_security_active('public.my_day_picks'::regclass))
    execute function taskly_private.touch_updated_at();

alter table public.my_day_picks enable row level security;
revoke all on table public.my_day_picks from public, authenticated, anon;
grant
    select,
    insert (id, day_id, task_id, routine_id, bucket, sort_index, picked_at, suggestion_rank, qualifying_value_id, reason_codes, updated_at),
    update (id, day_id, task_id, routine_id, bucket, sort_index, picked_at, suggestion_rank, qualifying_value_id, reason_codes, updated_at),
    delete
on table public.my_day_picks to authenticated;
grant all on table public.my_day_picks to service_role;
grant select on table public.my_day_picks to powersync_role;

-- pending_notifications

create table public.pending_notifications (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    scheduled_for timestamptz not null,
    status text not null default 'pending',
    payload jsonb,
    delivered_at timestamptz,
    seen_at timestamptz,
    screen_key text,
    created_at timestamptz not null default now(),
    constraint pending_notifications_pkey primary key (id),
    constraint pending_notifications_status_labels check (status in ('pending', 'delivered', 'seen'))
);
comment on table public.pending_notifications is 'A reminder that is to be shown; nobody deletes one, though the app''s data wipe tried to.';
comment on column public.pending_notifications.user_id is 'Whose it is; the app had no foreign key.';
comment on column public.pending_notifications.scheduled_for is 'When it is due.';
comment on column public.pending_notifications.status is 'How far it has come.';
comment on column public.pending_notifications.payload is 'What it carries.';
comment on column public.pending_notifications.delivered_at is 'When it was shown.';
comment on column public.pending_notifications.seen_at is 'When the user saw it.';
comment on column public.pending_notifications.screen_key is 'Which screen it opens.';
comment on column public.pending_notifications.created_at is 'When the server first saw it.';

create index pending_notifications_by_schedule on public.pending_notifications (user_id, status, scheduled_for);

alter table public.pending_notifications enable row level security;
revoke all on table public.pending_notifications from public, authenticated, anon;
grant
    select,
    insert (id, user_id, scheduled_for, status, payload, delivered_at, seen_at, screen_key),
    update (id, user_id, scheduled_for, status, payload, delivered_at, seen_at, screen_key)
on table public.pending_notifications to authenticated;
grant all on table public.pending_notifications to service_role;
grant select on table public.pending_notifications to powersync_role;

-- attention_rules

create table public.attention_rules (
    id uuid not null,
    user_id uuid not null default taskly_private.user_id(),
    rule_key text not null,
    domain text not null default 'attention',
    source public.entity_source not null default 'user_created',
    severity public.attention_severity not null default 'info',
    display_config jsonb not null default '{}',
    resolution_actions text[] not null default '{reviewed,skipped}',
    active boolean not null default true,
    bucket text not null,
    evaluator text not null,
    evaluator_params jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint attention_rules_pkey primary key (id),
    constraint attention_rules_rule_key unique (user_id, rule_key),
    constraint attention_rules_bucket_labels check (bucket in ('action', 'review')),
    constraint attention_rules_display_config_check check (jsonb_typeof(display_config) = 'object'),
    constraint attention_rules_evaluator_params_check check (jsonb_typeof(evaluator_params) = 'object')
);
comment on table public.attention_rules is 'What the app points out to the user.';
comment on column public.attention_rules.id is 'Made of user and key.';
comment on column public.attention_rules.user_id is 'Whose it is.';
comment on column public.attention_rules.rule_key is 'Its name in the app.';
comment on column public.attention_rules.domain is 'Its part of the app.';
comment on column public.attention_rules.source is 'Where it comes from.';
comment on column public.attention_rules.severity is 'How much it asks for attention.';
comment on column public.attention_rules.display_config is 'How it is shown.';
comment on column public.attention_rules.resolution_actions is 'How it may be answered.';
comment on column public.attention_rules.active is 'Whether it is in use.';
comment on column public.attention_rules.bucket is 'Where it is shown.';
comment on column public.attention_rules.evaluator is 'What decides.';
comment on column public.attention_rules.evaluator_params is 'By which figures.';
comment on column public.attention_rules.created_at is 'When the server first saw it.';
comment on column public.attention_rules.updated_at is 'When the user last edited it.';

create index attention_rules_by_active on public.attention_rules (user_id, active, bucket);
create index attention_rules_by_evaluator on public.attention_rules (user_id, evaluator);

create trigger edited_at_1_keep
    before update of updated_at on public.attention_rules
    for each row
    when (row_security_active('public.attention_rules'::regclass) and new.updated_at is not distinct from old.updated_at)
    execute function taskly_private.keep_updated_at();
create trigger edited_at_2_touch
    before insert or update on public.attention_rules
    for each row
    when (row_security_active('public.attention_rules'::regclass))
    execute function taskly_private.touch_updated_at();

alter table public.attention_rules enable row level security;
revoke all on table public.attention_rules from public, authenticated, anon;
grant
    select,
    insert (id, user_id, rule_key, domain, source, severity, display_config, resolution_actions, active, bucket, evaluator, evaluator_params, updated_at),
    update (id, user_id, rule_key, domain, source, severity, display_config, resolution_actions, active, bucket, evaluator, evaluator_params, updated_at),
    delete
on table public.attention_rules to authenticated;
grant all on table public.attention_rules to service_role;
grant select on table public.attention_rules to powersync_role;

-- attention_resolutions

create table public.attention_resolutions (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    rule_id uuid not null,
    entity_id text not null,
    entity_type text not null,
    resolved_at timestamptz not null default now(),
    resolution_action text not null,
    action_details jsonb,
    created_at timestamptz not null default now(),
    constraint attention_resolutions_pkey primary key (id),
    constraint attention_resolutions_entity_type_labels check (entity_type in ('task', 'project', 'value', 'journal', 'tracker')),
    constraint attention_resolutions_resolution_action_labels check (resolution_action in ('reviewed', 'skipped', 'snoozed', 'dismissed'))
);
comment on table public.attention_resolutions is 'How the user answered what was pointed out; added and removed, never changed.';
comment on column public.attention_resolutions.user_id is 'Whose it is.';
comment on column public.attention_resolutions.rule_id is 'What was pointed out.';
comment on column public.attention_resolutions.entity_id is 'About what; the id of a row in the table that the next column tells.';
comment on column public.attention_resolutions.entity_type is 'What that is.';
comment on column public.attention_resolutions.resolved_at is 'When.';
comment on column public.attention_resolutions.resolution_action is 'How.';
comment on column public.attention_resolutions.action_details is 'More about it.';
comment on column public.attention_resolutions.created_at is 'When the server first saw it.';

create index attention_resolutions_by_rule on public.attention_resolutions (user_id, rule_id);

alter table public.attention_resolutions enable row level security;
revoke all on table public.attention_resolutions from public, authenticated, anon;
grant
    select,
    insert (id, user_id, rule_id, entity_id, entity_type, resolved_at, resolution_action, action_details),
    update (id, user_id, rule_id, entity_id, entity_type, resolved_at, resolution_action, action_details),
    delete
on table public.attention_resolutions to authenticated;
grant all on table public.attention_resolutions to service_role;
grant select on table public.attention_resolutions to powersync_role;

-- project_anchor_state

create table public.project_anchor_state (
    id uuid not null,
    user_id uuid not null default taskly_private.user_id(),
    project_id uuid not null,
    last_anchored_at timestamptz not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint project_anchor_state_pkey primary key (id),
    constraint project_anchor_state_project_id_key unique (project_id)
);
comment on table public.project_anchor_state is 'When a project was last shown as the anchor of a day.';
comment on column public.project_anchor_state.id is 'Made of the project.';
comment on column public.project_anchor_state.user_id is 'Whose it is.';
comment on column public.project_anchor_state.project_id is 'The project; the app let a stranger''s row take this place.';
comment on column public.project_anchor_state.last_anchored_at is 'When.';
comment on column public.project_anchor_state.created_at is 'When the server first saw it.';
comment on column public.project_anchor_state.updated_at is 'When it last changed.';

create index project_anchor_state_by_user on public.project_anchor_state (user_id);

create trigger edited_at_1_keep
    before update of updated_at on public.project_anchor_state
    for each row
    when (row_security_active('public.project_anchor_state'::regclass) and new.updated_at is not distinct from old.updated_at)
    execute function taskly_private.keep_updated_at();
create trigger edited_at_2_touch
    before insert or update on public.project_anchor_state
    for each row
    when (row_security_active('public.project_anchor_state'::regclass))
    execute function taskly_private.touch_updated_at();

alter table public.project_anchor_state enable row level security;
revoke all on table public.project_anchor_state from public, authenticated, anon;
grant
    select,
    insert (id, user_id, project_id, last_anchored_at, updated_at),
    update (id, user_id, project_id, last_anchored_at, updated_at),
    delete
on table public.project_anchor_state to authenticated;
grant all on table public.project_anchor_state to service_role;
grant select on table public.project_anchor_state to powersync_role;

-- journal_entries

create table public.journal_entries (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    entry_date date not null,
    entry_time timestamptz not null default now(),
    journal_text text,
    occurred_at timestamptz not null default now(),
    local_date date not null default (now() at time zone 'utc')::date,
    deleted_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint journal_entries_pkey primary key (id)
);
comment on table public.journal_entries is 'What the user wrote.';
comment on column public.journal_entries.user_id is 'Whose it is.';
comment on column public.journal_entries.entry_date is 'For which day.';
comment on column public.journal_entries.entry_time is 'At what time.';
comment on column public.journal_entries.journal_text is 'The text.';
comment on column public.journal_entries.occurred_at is 'When it happened.';
comment on column public.journal_entries.local_date is 'The day where the user was; UTC''s where nobody says.';
comment on column public.journal_entries.deleted_at is 'When it was deleted.';
comment on column public.journal_entries.created_at is 'When the server first saw it.';
comment on column public.journal_entries.updated_at is 'When the user last edited it; in the app nothing moved it.';

create index journal_entries_by_user on public.journal_entries (user_id);
create index journal_entries_by_date on public.journal_entries (user_id, entry_date, entry_time desc)
    where deleted_at is null;
create index journal_entries_by_local_date on public.journal_entries (user_id, local_date, entry_time desc)
    where deleted_at is null;

create trigger edited_at_1_keep
    before update of updated_at on public.journal_entries
    for each row
    when (row_security_active('public.journal_entries'::regclass) and new.updated_at is not distinct from old.updated_at)
    execute function taskly_private.keep_updated_at();
create trigger edited_at_2_touch
    before insert or update on public.journal_entries
    for each row
    when (row_security_active('public.journal_entries'::regclass))
    execute function taskly_private.touch_updated_at();

alter table public.journal_entries enable row level security;
revoke all on table public.journal_entries from public, authenticated, anon;
grant
    select,
    insert (id, user_id, entry_date, entry_time, journal_text, occurred_at, local_date, deleted_at, updated_at),
    update (id, user_id, entry_date, entry_time, journal_text, occurred_at, local_date, deleted_at, updated_at),
    delete
on table public.journal_entries to authenticated;
grant all on table public.journal_entries to service_role;
grant select on table public.journal_entries to powersync_role;

-- tracker_groups

create table public.tracker_groups (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    name text not null,
    sort_order integer not null default 0,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint tracker_groups_pkey primary key (id),
    constraint tracker_groups_name_check check (length(name) >= 1 and length(name) <= 100)
);
comment on table public.tracker_groups is 'Trackers that are shown together.';
comment on column public.tracker_groups.user_id is 'Whose it is.';
comment on column public.tracker_groups.name is 'What it is called.';
comment on column public.tracker_groups.sort_order is 'Its place.';
comment on column public.tracker_groups.is_active is 'Whether it is shown.';
comment on column public.tracker_groups.created_at is 'When the server first saw it.';
comment on column public.tracker_groups.updated_at is 'When the user last edited it; in the app nothing moved it.';

create unique index tracker_groups_name on public.tracker_groups (user_id, lower(name));
create index tracker_groups_by_place on public.tracker_groups (user_id, sort_order);

create trigger edited_at_1_keep
    before update of updated_at on public.tracker_groups
    for each row
    when (row_security_active('public.tracker_groups'::regclass) and new.updated_at is not distinct from old.updated_at)
    execute function taskly_private.keep_updated_at();
create trigger edited_at_2_touch
    before insert or update on public.tracker_groups
    for each row
    when (row_security_active('public.tracker_groups'::regclass))
    execute function taskly_private.touch_updated_at();

alter table public.tracker_groups enable row level security;
revoke all on table public.tracker_groups from public, authenticated, anon;
grant
    select,
    insert (id, user_id, name, sort_order, is_active, updated_at),
    update (id, user_id, name, sort_order, is_active, updated_at),
    delete
on table public.tracker_groups to authenticated;
grant all on table public.tracker_groups to service_role;
grant select on table public.tracker_groups to powersync_role;

-- tracker_definitions

create table public.tracker_definitions (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    name text not null,
    description text,
    scope text not null,
    roles text[] not null default '{}',
    value_type text not null,
    config jsonb not null default '{}',
    goal jsonb not null default '{}',
    is_active boolean not null default true,
    sort_order integer not null default 0,
    deleted_at timestamptz,
    source text not null default 'user',
    system_key text,
    op_kind text not null default 'set',
    value_kind text,
    unit_kind text,
    min_int bigint,
    max_int bigint,
    step_int bigint,
    linked_value_id uuid,
    is_outcome boolean not null default false,
    is_insight_enabled boolean not null default false,
    higher_is_better boolean,
    group_id uuid,
    aggregation_kind text not null default 'sum',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint tracker_definitions_pkey primary key (id),
    constraint tracker_definitions_scope_labels check (scope in ('day', 'entry', 'sleep_night')),
    constraint tracker_definitions_value_type_labels check (value_type in ('yes_no', 'rating', 'quantity', 'choice')),
    constraint tracker_definitions_source_labels check (source in ('user', 'system')),
    constraint tracker_definitions_op_kind_labels check (op_kind in ('set', 'add')),
    constraint tracker_definitions_value_kind_labels check (value_kind in ('boolean', 'rating', 'number', 'choice')),
    constraint tracker_definitions_unit_kind_labels check (unit_kind in ('times', 'minutes', 'hours', 'steps', 'kilometers', 'miles', 'kilograms', 'pounds', 'calories', 'milliliters', 'liters', 'ounces', 'pages', 'percent', 'currency')),
    constraint tracker_definitions_aggregation_kind_labels check (aggregation_kind in ('sum', 'average', 'minimum', 'maximum', 'last')),
    constraint tracker_definitions_name_check check (length(name) >= 1 and length(name) <= 200),
    constraint tracker_definitions_config_check check (jsonb_typeof(config) = 'object'),
    constraint tracker_definitions_goal_check check (jsonb_typeof(goal) = 'object'),
    constraint tracker_definitions_step_int_check check (step_int >= 1),
    constraint tracker_definitions_system_key_of_system check (source = 'system' and system_key is not null or source = 'user' and system_key is null),
    constraint tracker_definitions_only_numbers_add check (op_kind = 'set' or value_kind is not null and value_kind = 'number'),
    constraint tracker_definitions_range_in_order check (min_int is null or max_int is null or min_int <= max_int)
);
comment on table public.tracker_definitions is 'Something that the user counts or rates.';
comment on column public.tracker_definitions.user_id is 'Whose it is.';
comment on column public.tracker_definitions.name is 'What it is called.';
comment on column public.tracker_definitions.description is 'What it is about.';
comment on column public.tracker_definitions.scope is 'What it is asked for.';
comment on column public.tracker_definitions.roles is 'What it is used for.';
comment on column public.tracker_definitions.value_type is 'What it asks.';
comment on column public.tracker_definitions.config is 'How it asks.';
comment on column public.tracker_definitions.goal is 'What the user aims at.';
comment on column public.tracker_definitions.is_active is 'Whether it is asked at present.';
comment on column public.tracker_definitions.sort_order is 'Its place.';
comment on column public.tracker_definitions.deleted_at is 'When it was deleted.';
comment on column public.tracker_definitions.source is 'Who made it.';
comment on column public.tracker_definitions.system_key is 'Its name in the app, where the app made it.';
comment on column public.tracker_definitions.op_kind is 'How its events come together.';
comment on column public.tracker_definitions.value_kind is 'What an answer is.';
comment on column public.tracker_definitions.unit_kind is 'What a number counts.';
comment on column public.tracker_definitions.min_int is 'The smallest number.';
comment on column public.tracker_definitions.max_int is 'The largest number.';
comment on column public.tracker_definitions.step_int is 'Between two numbers.';
comment on column public.tracker_definitions.linked_value_id is 'The value it serves.';
comment on column public.tracker_definitions.is_outcome is 'Whether it is what others are compared with.';
comment on column public.tracker_definitions.is_insight_enabled is 'Whether the app may compare it.';
comment on column public.tracker_definitions.higher_is_better is 'Which direction is good; none where nobody said.';
comment on column public.tracker_definitions.group_id is 'With which it is shown.';
comment on column public.tracker_definitions.aggregation_kind is 'How the events of a day come together.';
comment on column public.tracker_definitions.created_at is 'When the server first saw it.';
comment on column public.tracker_definitions.updated_at is 'When the user last edited it.';

create unique index tracker_definitions_name on public.tracker_definitions (user_id, lower(name))
    where deleted_at is null;
create unique index tracker_definitions_system_key on public.tracker_definitions (user_id, system_key)
    where system_key is not null;
create index tracker_definitions_by_group on public.tracker_definitions (user_id, group_id, sort_order);
create index tracker_definitions_active on public.tracker_definitions (user_id, scope, is_active, sort_order)
    where deleted_at is null;
create index tracker_definitions_by_scope on public.tracker_definitions (user_id, scope, sort_order);

create trigger edited_at_1_keep
    before update of updated_at on public.tracker_definitions
    for each row
    when (row_security_active('public.tracker_definitions'::regclass) and new.updated_at is not distinct from old.updated_at)
    execute function taskly_private.keep_updated_at();
create trigger edited_at_2_touch
    before insert or update on public.tracker_definitions
    for each row
    when (row_security_active('public.tracker_definitions'::regclass))
    execute function taskly_private.touch_updated_at();

alter table public.tracker_definitions enable row level security;
revoke all on table public.tracker_definitions from public, authenticated, anon;
grant
    select,
    insert (id, user_id, name, description, scope, roles, value_type, config, goal, is_active, sort_order, deleted_at, source, system_key, op_kind, value_kind, unit_kind, min_int, max_int, step_int, linked_value_id, is_outcome, is_insight_enabled, higher_is_better, group_id, aggregation_kind, updated_at),
    update (id, user_id, name, description, scope, roles, value_type, config, goal, is_active, sort_order, deleted_at, source, system_key, op_kind, value_kind, unit_kind, min_int, max_int, step_int, linked_value_id, is_outcome, is_insight_enabled, higher_is_better, group_id, aggregation_kind, updated_at),
    delete
on table public.tracker_definitions to authenticated;
grant all on table public.tracker_definitions to service_role;
grant select on table public.tracker_definitions to powersync_role;

-- tracker_events

create table public.tracker_events (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    tracker_id uuid not null,
    anchor_type text not null,
    entry_id uuid,
    anchor_date date,
    op text not null,
    value jsonb,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null default now(),
    constraint tracker_events_pkey primary key (id),
    constraint tracker_events_anchor_type_labels check (anchor_type in ('day', 'entry')),
    constraint tracker_events_op_labels check (op in ('set', 'add', 'clear')),
    constraint tracker_events_anchor_shape check (anchor_type = 'entry' and entry_id is not null and anchor_date is null or anchor_type = 'day' and entry_id is null and anchor_date is not null),
    constraint tracker_events_clear_has_no_value check (op = 'clear' and value is null or op <> 'clear' and value is not null)
);
comment on table public.tracker_events is 'One answer; what holds is what its tracker''s events come to.';
comment on column public.tracker_events.user_id is 'Whose it is.';
comment on column public.tracker_events.tracker_id is 'Of which tracker.';
comment on column public.tracker_events.anchor_type is 'What it is about.';
comment on column public.tracker_events.entry_id is 'Which entry.';
comment on column public.tracker_events.anchor_date is 'Which day.';
comment on column public.tracker_events.op is 'What it does.';
comment on column public.tracker_events.value is 'The answer.';
comment on column public.tracker_events.occurred_at is 'When it happened.';
comment on column public.tracker_events.recorded_at is 'When the user said so.';

create index tracker_events_by_day on public.tracker_events (user_id, anchor_type, anchor_date, occurred_at desc);
create index tracker_events_by_entry on public.tracker_events (user_id, entry_id, occurred_at desc);
create index tracker_events_of_entries on public.tracker_events (user_id, anchor_type, entry_id)
    where entry_id is not null;
create index tracker_events_by_tracker on public.tracker_events (user_id, tracker_id, occurred_at desc);

alter table public.tracker_events enable row level security;
revoke all on table public.tracker_events from public, authenticated, anon;
grant select, insert, update, delete on table public.tracker_events to authenticated;
grant all on table public.tracker_events to service_role;
grant select on table public.tracker_events to powersync_role;

-- Foreign keys, after all tables, so that their order does not matter

alter table public.user_profiles
    add constraint user_profiles_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.my_day_days
    add constraint my_day_days_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public."values"
    add constraint values_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.projects
    add constraint projects_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade on update cascade;
alter table public.projects
    add constraint projects_primary_value_id_fkey foreign key (primary_value_id) references public."values" (id) on delete set null on update cascade;
alter table public.tasks
    add constraint tasks_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade on update cascade;
alter table public.tasks
    add constraint tasks_project_id_fkey foreign key (project_id) references public.projects (id) on delete set null on update cascade;
alter table public.tasks
    add constraint tasks_override_primary_value_id_fkey foreign key (override_primary_value_id) references public."values" (id) on delete set null;
alter table public.tasks
    add constraint tasks_override_secondary_value_id_fkey foreign key (override_secondary_value_id) references public."values" (id) on delete set null;
alter table public.routines
    add constraint routines_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.routines
    add constraint routines_project_id_fkey foreign key (project_id) references public.projects (id) on delete cascade;
alter table public.my_day_picks
    add constraint my_day_picks_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.my_day_picks
    add constraint my_day_picks_day_id_fkey foreign key (day_id) references public.my_day_days (id) on delete cascade;
alter table public.my_day_picks
    add constraint my_day_picks_task_id_fkey foreign key (task_id) references public.tasks (id) on delete cascade;
alter table public.my_day_picks
    add constraint my_day_picks_routine_id_fkey foreign key (routine_id) references public.routines (id) on delete cascade;
alter table public.my_day_picks
    add constraint my_day_picks_qualifying_value_id_fkey foreign key (qualifying_value_id) references public."values" (id) on delete set null;
alter table public.pending_notifications
    add constraint pending_notifications_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.attention_rules
    add constraint attention_rules_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.attention_resolutions
    add constraint attention_resolutions_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.attention_resolutions
    add constraint attention_resolutions_rule_id_fkey foreign key (rule_id) references public.attention_rules (id) on delete cascade;
alter table public.project_anchor_state
    add constraint project_anchor_state_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.project_anchor_state
    add constraint project_anchor_state_project_id_fkey foreign key (project_id) references public.projects (id) on delete cascade;
alter table public.journal_entries
    add constraint journal_entries_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.tracker_groups
    add constraint tracker_groups_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.tracker_definitions
    add constraint tracker_definitions_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.tracker_definitions
    add constraint tracker_definitions_linked_value_id_fkey foreign key (linked_value_id) references public."values" (id) on delete set null;
alter table public.tracker_definitions
    add constraint tracker_definitions_group_id_fkey foreign key (group_id) references public.tracker_groups (id) on delete set null;
alter table public.tracker_events
    add constraint tracker_events_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.tracker_events
    add constraint tracker_events_tracker_id_fkey foreign key (tracker_id) references public.tracker_definitions (id) on delete cascade;
alter table public.tracker_events
    add constraint tracker_events_entry_id_fkey foreign key (entry_id) references public.journal_entries (id) on delete cascade;

-- What the declaration says of columns beyond a default: functions, and the triggers that call them

-- Notes which client wrote a row last, and forgets it with the row.
create function taskly_private.note_writer_id_updated_at() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'DELETE' then
        delete from taskly_private.writers as known
        where known.relation = tg_relid and known.key = old.id::text;
        return null;
    end if;
    insert into taskly_private.writers as known (relation, key, client, inserted, edited_since, edited_at)
    values (
        tg_relid, new.id::text, current_setting('synctable.client_id'), tg_op = 'INSERT',
        case when tg_op = 'UPDATE' then old.updated_at end, new.updated_at
    )
    on conflict (relation, key) do update set
        client = excluded.client,
        inserted = excluded.inserted or (known.inserted and known.client = excluded.client and not excluded.inserted and known.edited_at = excluded.edited_since),
        edited_since = case when known.client = excluded.client and not excluded.inserted and known.edited_at = excluded.edited_since then known.edited_since else excluded.edited_since end,
        edited_at = excluded.edited_at;
    return null;
end
$$;
revoke all on function taskly_private.note_writer_id_updated_at() from public;
create trigger writer_note
    after insert or update on public.user_profiles
    for each row
    when (current_setting('synctable.client_id', true) <> '')
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_forget
    after delete on public.user_profiles
    for each row
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_note
    after insert or update on public.my_day_days
    for each row
    when (current_setting('synctable.client_id', true) <> '')
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_forget
    after delete on public.my_day_days
    for each row
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_note
    after insert or update on public.my_day_picks
    for each row
    when (current_setting('synctable.client_id', true) <> '')
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_forget
    after delete on public.my_day_picks
    for each row
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_note
    after insert or update on public.attention_rules
    for each row
    when (current_setting('synctable.client_id', true) <> '')
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_forget
    after delete on public.attention_rules
    for each row
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_note
    after insert or update on public."values"
    for each row
    when (current_setting('synctable.client_id', true) <> '')
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_forget
    after delete on public."values"
    for each row
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_note
    after insert or update on public.projects
    for each row
    when (current_setting('synctable.client_id', true) <> '')
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_forget
    after delete on public.projects
    for each row
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_note
    after insert or update on public.project_anchor_state
    for each row
    when (current_setting('synctable.client_id', true) <> '')
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_forget
    after delete on public.project_anchor_state
    for each row
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_note
    after insert or update on public.tasks
    for each row
    when (current_setting('synctable.client_id', true) <> '')
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_forget
    after delete on public.tasks
    for each row
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_note
    after insert or update on public.routines
    for each row
    when (current_setting('synctable.client_id', true) <> '')
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_forget
    after delete on public.routines
    for each row
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_note
    after insert or update on public.journal_entries
    for each row
    when (current_setting('synctable.client_id', true) <> '')
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_forget
    after delete on public.journal_entries
    for each row
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_note
    after insert or update on public.tracker_groups
    for each row
    when (current_setting('synctable.client_id', true) <> '')
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_forget
    after delete on public.tracker_groups
    for each row
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_note
    after insert or update on public.tracker_definitions
    for each row
    when (current_setting('synctable.client_id', true) <> '')
    execute function taskly_private.note_writer_id_updated_at();
create trigger writer_forget
    after delete on public.tracker_definitions
    for each row
    execute function taskly_private.note_writer_id_updated_at();

-- Carries a change of my_day_days on to what my_day_picks copies by day_id; nobody has edited those rows.
create function taskly_private.carry_my_day_days_my_day_picks_day_id() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
declare
    client text := current_setting('synctable.client_id', true);
begin
    perform set_config('synctable.client_id', '', true);
    update public.my_day_picks as child set user_id = new.user_id
    where child.day_id = new.id;
    perform set_config('synctable.client_id', coalesce(client, ''), true);
    return null;
end
$$;
revoke all on function taskly_private.carry_my_day_days_my_day_picks_day_id() from public;
create trigger my_day_days_my_day_picks_day_id_carried
    after update on public.my_day_days
    for each row
    when (new.user_id is distinct from old.user_id)
    execute function taskly_private.carry_my_day_days_my_day_picks_day_id();

-- Fills in what my_day_picks copies from the rows that its rows refer to.
create function taskly_private.copy_my_day_picks() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    select parent.user_id into new.user_id
    from public.my_day_days as parent
    where parent.id = new.day_id for share;
    return new;
end
$$;
revoke all on function taskly_private.copy_my_day_picks() from public;
create trigger my_day_picks_copied_insert
    before insert on public.my_day_picks
    for each row
    execute function taskly_private.copy_my_day_picks();
create trigger my_day_picks_copied_update
    before update on public.my_day_picks
    for each row
    when (new.day_id is distinct from old.day_id or new.user_id is distinct from old.user_id)
    execute function taskly_private.copy_my_day_picks();

-- Refuses a change of what the server has filled in: user_id.
create function taskly_private.hold_user_profiles() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.user_id := coalesce(new.user_id, old.user_id);
    if new.user_id is distinct from old.user_id then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'the server fills user_id of user_profiles, and the client says something else';
    end if;
    return new;
end
$$;
revoke all on function taskly_private.hold_user_profiles() from public;
create trigger _user_profiles_held_update
    before update on public.user_profiles
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.user_profiles'::regclass))
    execute function taskly_private.hold_user_profiles();

-- Refuses a change of what the server has filled in: user_id.
create function taskly_private.hold_my_day_days() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.user_id := coalesce(new.user_id, old.user_id);
    if new.user_id is distinct from old.user_id then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'the server fills user_id of my_day_days, and the client says something else';
    end if;
    return new;
end
$$;
revoke all on function taskly_private.hold_my_day_days() from public;
create trigger _my_day_days_held_update
    before update on public.my_day_days
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.my_day_days'::regclass))
    execute function taskly_private.hold_my_day_days();

-- Refuses a change of what the server has filled in: user_id.
create function taskly_private.hold_pending_notifications() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.user_id := coalesce(new.user_id, old.user_id);
    if new.user_id is distinct from old.user_id then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'the server fills user_id of pending_notifications, and the client says something else';
    end if;
    return new;
end
$$;
revoke all on function taskly_private.hold_pending_notifications() from public;
create trigger _pending_notifications_held_update
    before update on public.pending_notifications
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.pending_notifications'::regclass))
    execute function taskly_private.hold_pending_notifications();

-- Refuses a change of what the server has filled in: user_id.
create function taskly_private.hold_attention_rules() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.user_id := coalesce(new.user_id, old.user_id);
    if new.user_id is distinct from old.user_id then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'the server fills user_id of attention_rules, and the client says something else';
    end if;
    return new;
end
$$;
revoke all on function taskly_private.hold_attention_rules() from public;
create trigger _attention_rules_held_update
    before update on public.attention_rules
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.attention_rules'::regclass))
    execute function taskly_private.hold_attention_rules();

-- Refuses a change of what the server has filled in: user_id.
create function taskly_private.hold_values() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.user_id := coalesce(new.user_id, old.user_id);
    if new.user_id is distinct from old.user_id then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'the server fills user_id of values, and the client says something else';
    end if;
    return new;
end
$$;
revoke all on function taskly_private.hold_values() from public;
create trigger _values_held_update
    before update on public."values"
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public."values"'::regclass))
    execute function taskly_private.hold_values();

-- Refuses a change of what the server has filled in: user_id.
create function taskly_private.hold_projects() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.user_id := coalesce(new.user_id, old.user_id);
    if new.user_id is distinct from old.user_id then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'the server fills user_id of projects, and the client says something else';
    end if;
    return new;
end
$$;
revoke all on function taskly_private.hold_projects() from public;
create trigger _projects_held_update
    before update on public.projects
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.projects'::regclass))
    execute function taskly_private.hold_projects();

-- Refuses a change of what the server has filled in: user_id.
create function taskly_private.hold_project_anchor_state() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.user_id := coalesce(new.user_id, old.user_id);
    if new.user_id is distinct from old.user_id then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'the server fills user_id of project_anchor_state, and the client says something else';
    end if;
    return new;
end
$$;
revoke all on function taskly_private.hold_project_anchor_state() from public;
create trigger _project_anchor_state_held_update
    before update on public.project_anchor_state
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.project_anchor_state'::regclass))
    execute function taskly_private.hold_project_anchor_state();

-- Refuses a change of what the server has filled in: user_id.
create function taskly_private.hold_tasks() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.user_id := coalesce(new.user_id, old.user_id);
    if new.user_id is distinct from old.user_id then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'the server fills user_id of tasks, and the client says something else';
    end if;
    return new;
end
$$;
revoke all on function taskly_private.hold_tasks() from public;
create trigger _tasks_held_update
    before update on public.tasks
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.tasks'::regclass))
    execute function taskly_private.hold_tasks();

-- Refuses a change of what the server has filled in: user_id.
create function taskly_private.hold_routines() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.user_id := coalesce(new.user_id, old.user_id);
    if new.user_id is distinct from old.user_id then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'the server fills user_id of routines, and the client says something else';
    end if;
    return new;
end
$$;
revoke all on function taskly_private.hold_routines() from public;
create trigger _routines_held_update
    before update on public.routines
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.routines'::regclass))
    execute function taskly_private.hold_routines();

-- Refuses a change of what the server has filled in: user_id.
create function taskly_private.hold_journal_entries() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.user_id := coalesce(new.user_id, old.user_id);
    if new.user_id is distinct from old.user_id then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'the server fills user_id of journal_entries, and the client says something else';
    end if;
    return new;
end
$$;
revoke all on function taskly_private.hold_journal_entries() from public;
create trigger _journal_entries_held_update
    before update on public.journal_entries
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.journal_entries'::regclass))
    execute function taskly_private.hold_journal_entries();

-- Refuses a change of what the server has filled in: user_id.
create function taskly_private.hold_tracker_groups() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.user_id := coalesce(new.user_id, old.user_id);
    if new.user_id is distinct from old.user_id then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'the server fills user_id of tracker_groups, and the client says something else';
    end if;
    return new;
end
$$;
revoke all on function taskly_private.hold_tracker_groups() from public;
create trigger _tracker_groups_held_update
    before update on public.tracker_groups
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.tracker_groups'::regclass))
    execute function taskly_private.hold_tracker_groups();

-- Refuses a change of what the server has filled in: user_id.
create function taskly_private.hold_tracker_definitions() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.user_id := coalesce(new.user_id, old.user_id);
    if new.user_id is distinct from old.user_id then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'the server fills user_id of tracker_definitions, and the client says something else';
    end if;
    return new;
end
$$;
revoke all on function taskly_private.hold_tracker_definitions() from public;
create trigger _tracker_definitions_held_update
    before update on public.tracker_definitions
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.tracker_definitions'::regclass))
    execute function taskly_private.hold_tracker_definitions();

-- Refuses a change of what the server has filled in: user_id.
create function taskly_private.hold_tracker_events() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.user_id := coalesce(new.user_id, old.user_id);
    if new.user_id is distinct from old.user_id then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'the server fills user_id of tracker_events, and the client says something else';
    end if;
    return new;
end
$$;
revoke all on function taskly_private.hold_tracker_events() from public;
create trigger _tracker_events_held_update
    before update on public.tracker_events
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.tracker_events'::regclass))
    execute function taskly_private.hold_tracker_events();

-- Refuses to change a key, or a column that is set once; an upsert may name it with the value that it has.
create function taskly_private.keep_set_once() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    raise exception using
        errcode = 'insufficient_privilege',
        message = format('a row of %I.%I keeps its %s', tg_table_schema, tg_table_name, tg_argv[0]);
end
$$;
revoke all on function taskly_private.keep_set_once() from public;
create trigger _set_once
    before update on public.user_profiles
    for each row
    when (new.id is distinct from old.id and row_security_active('public.user_profiles'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public.my_day_days
    for each row
    when ((new.id is distinct from old.id or new.day_utc is distinct from old.day_utc) and row_security_active('public.my_day_days'::regclass))
    execute function taskly_private.keep_set_once('id, day_utc');
create trigger _set_once
    before update on public.my_day_picks
    for each row
    when ((new.id is distinct from old.id or new.day_id is distinct from old.day_id or new.task_id is distinct from old.task_id or new.routine_id is distinct from old.routine_id) and row_security_active('public.my_day_picks'::regclass))
    execute function taskly_private.keep_set_once('id, day_id, task_id, routine_id');
create trigger _set_once
    before update on public.pending_notifications
    for each row
    when (new.id is distinct from old.id and row_security_active('public.pending_notifications'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public.attention_rules
    for each row
    when ((new.id is distinct from old.id or new.rule_key is distinct from old.rule_key) and row_security_active('public.attention_rules'::regclass))
    execute function taskly_private.keep_set_once('id, rule_key');
create trigger _set_once
    before update on public."values"
    for each row
    when (new.id is distinct from old.id and row_security_active('public."values"'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public.projects
    for each row
    when (new.id is distinct from old.id and row_security_active('public.projects'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public.project_anchor_state
    for each row
    when ((new.id is distinct from old.id or new.project_id is distinct from old.project_id) and row_security_active('public.project_anchor_state'::regclass))
    execute function taskly_private.keep_set_once('id, project_id');
create trigger _set_once
    before update on public.tasks
    for each row
    when (new.id is distinct from old.id and row_security_active('public.tasks'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public.routines
    for each row
    when (new.id is distinct from old.id and row_security_active('public.routines'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public.journal_entries
    for each row
    when (new.id is distinct from old.id and row_security_active('public.journal_entries'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public.tracker_groups
    for each row
    when (new.id is distinct from old.id and row_security_active('public.tracker_groups'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public.tracker_definitions
    for each row
    when (new.id is distinct from old.id and row_security_active('public.tracker_definitions'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public.tracker_events
    for each row
    when (new.id is distinct from old.id and row_security_active('public.tracker_events'::regclass))
    execute function taskly_private.keep_set_once('id');

-- Revives a deleted row that an upsert brings again: no other write names the key of a row that is there.
create function taskly_private.revive_deleted_at() returns trigger
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
revoke all on function taskly_private.revive_deleted_at() from public;
create trigger _revive
    before update of id on public.journal_entries
    for each row
    when (row_security_active('public.journal_entries'::regclass))
    execute function taskly_private.revive_deleted_at();
create trigger _revive
    before update of id on public.tracker_definitions
    for each row
    when (row_security_active('public.tracker_definitions'::regclass))
    execute function taskly_private.revive_deleted_at();

-- Passes over a row of attention_resolutions that is there already, so that an upload may be sent again.
create function taskly_private.again_attention_resolutions() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if exists (select from public.attention_resolutions as stored
        where stored.id = new.id
        and stored.rule_id is not distinct from new.rule_id
        and stored.entity_id is not distinct from new.entity_id
        and stored.entity_type is not distinct from new.entity_type
        and stored.resolution_action is not distinct from new.resolution_action
        and stored.action_details is not distinct from new.action_details) then
        return null;
    end if;
    return new;
end
$$;
revoke all on function taskly_private.again_attention_resolutions() from public;
create trigger _again
    before insert on public.attention_resolutions
    for each row
    when (row_security_active('public.attention_resolutions'::regclass))
    execute function taskly_private.again_attention_resolutions();

-- Sets the tombstone of a row of journal_entries in place of a DELETE.
create function taskly_private.bury_journal_entries() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.journal_entries as stored set
        deleted_at = now(),
        updated_at = stored.updated_at + interval '1 microsecond'
    where stored.id = old.id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function taskly_private.bury_journal_entries() from public;
create trigger _bury
    before delete on public.journal_entries
    for each row
    when (row_security_active('public.journal_entries'::regclass))
    execute function taskly_private.bury_journal_entries();

-- Sets the tombstone of a row of tracker_definitions in place of a DELETE.
create function taskly_private.bury_tracker_definitions() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    update public.tracker_definitions as stored set
        deleted_at = now(),
        updated_at = stored.updated_at + interval '1 microsecond'
    where stored.id = old.id and stored.deleted_at is null;
    return null;
end
$$;
revoke all on function taskly_private.bury_tracker_definitions() from public;
create trigger _bury
    before delete on public.tracker_definitions
    for each row
    when (row_security_active('public.tracker_definitions'::regclass))
    execute function taskly_private.bury_tracker_definitions();

-- What access rules look up: functions that read as their owner, whatever the policies of the tables say

create function taskly_private.my_projects() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.projects
    where user_id = (select taskly_private.user_id());
end;
revoke all on function taskly_private.my_projects() from public;
grant execute on function taskly_private.my_projects() to authenticated;

create function taskly_private.my_values() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public."values"
    where user_id = (select taskly_private.user_id());
end;
revoke all on function taskly_private.my_values() from public;
grant execute on function taskly_private.my_values() to authenticated;

create function taskly_private.my_tasks() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.tasks
    where user_id = (select taskly_private.user_id());
end;
revoke all on function taskly_private.my_tasks() from public;
grant execute on function taskly_private.my_tasks() to authenticated;

create function taskly_private.my_routines() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.routines
    where user_id = (select taskly_private.user_id());
end;
revoke all on function taskly_private.my_routines() from public;
grant execute on function taskly_private.my_routines() to authenticated;

create function taskly_private.my_days() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.my_day_days
    where user_id = (select taskly_private.user_id());
end;
revoke all on function taskly_private.my_days() from public;
grant execute on function taskly_private.my_days() to authenticated;

create function taskly_private.my_rules() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.attention_rules
    where user_id = (select taskly_private.user_id());
end;
revoke all on function taskly_private.my_rules() from public;
grant execute on function taskly_private.my_rules() to authenticated;

create function taskly_private.my_entries() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.journal_entries
    where user_id = (select taskly_private.user_id());
end;
revoke all on function taskly_private.my_entries() from public;
grant execute on function taskly_private.my_entries() to authenticated;

create function taskly_private.my_groups() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.tracker_groups
    where user_id = (select taskly_private.user_id());
end;
revoke all on function taskly_private.my_groups() from public;
grant execute on function taskly_private.my_groups() to authenticated;

create function taskly_private.my_trackers() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.tracker_definitions
    where user_id = (select taskly_private.user_id());
end;
revoke all on function taskly_private.my_trackers() from public;
grant execute on function taskly_private.my_trackers() to authenticated;

-- Who may see and change which rows; what no policy grants is denied

-- user_profiles
create policy read on public.user_profiles for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.user_profiles for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.user_profiles for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.user_profiles for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- my_day_days
create policy read on public.my_day_days for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.my_day_days for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.my_day_days for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.my_day_days for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- values
create policy read on public."values" for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public."values" for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public."values" for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public."values" for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- projects
create policy read on public.projects for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.projects for insert to authenticated
    with check (
        user_id = (select taskly_private.user_id())
        and (primary_value_id is null or primary_value_id = any (array(select taskly_private.my_values())))
    );
create policy update on public.projects for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (
        user_id = (select taskly_private.user_id())
        and (primary_value_id is null or primary_value_id = any (array(select taskly_private.my_values())))
    );
create policy delete on public.projects for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- tasks
create policy read on public.tasks for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.tasks for insert to authenticated
    with check (
        user_id = (select taskly_private.user_id())
        and (project_id is null or project_id = any (array(select taskly_private.my_projects())))
        and (override_primary_value_id is null or override_primary_value_id = any (array(select taskly_private.my_values())))
        and (override_secondary_value_id is null or override_secondary_value_id = any (array(select taskly_private.my_values())))
    );
create policy update on public.tasks for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (
        user_id = (select taskly_private.user_id())
        and (project_id is null or project_id = any (array(select taskly_private.my_projects())))
        and (override_primary_value_id is null or override_primary_value_id = any (array(select taskly_private.my_values())))
        and (override_secondary_value_id is null or override_secondary_value_id = any (array(select taskly_private.my_values())))
    );
create policy delete on public.tasks for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- routines
create policy read on public.routines for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.routines for insert to authenticated
    with check (
        user_id = (select taskly_private.user_id())
        and project_id = any (array(select taskly_private.my_projects()))
    );
create policy update on public.routines for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (
        user_id = (select taskly_private.user_id())
        and project_id = any (array(select taskly_private.my_projects()))
    );
create policy delete on public.routines for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- my_day_picks
create policy read on public.my_day_picks for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.my_day_picks for insert to authenticated
    with check (
        user_id = (select taskly_private.user_id())
        and day_id = any (array(select taskly_private.my_days()))
        and (task_id is null or task_id = any (array(select taskly_private.my_tasks())))
        and (routine_id is null or routine_id = any (array(select taskly_private.my_routines())))
        and (qualifying_value_id is null or qualifying_value_id = any (array(select taskly_private.my_values())))
    );
create policy update on public.my_day_picks for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (
        user_id = (select taskly_private.user_id())
        and day_id = any (array(select taskly_private.my_days()))
        and (task_id is null or task_id = any (array(select taskly_private.my_tasks())))
        and (routine_id is null or routine_id = any (array(select taskly_private.my_routines())))
        and (qualifying_value_id is null or qualifying_value_id = any (array(select taskly_private.my_values())))
    );
create policy delete on public.my_day_picks for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- pending_notifications
create policy read on public.pending_notifications for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.pending_notifications for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.pending_notifications for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));

-- attention_rules
create policy read on public.attention_rules for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.attention_rules for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.attention_rules for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.attention_rules for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- attention_resolutions
create policy read on public.attention_resolutions for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.attention_resolutions for insert to authenticated
    with check (
        user_id = (select taskly_private.user_id())
        and rule_id = any (array(select taskly_private.my_rules()))
    );
create policy delete on public.attention_resolutions for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- project_anchor_state
create policy read on public.project_anchor_state for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.project_anchor_state for insert to authenticated
    with check (
        user_id = (select taskly_private.user_id())
        and project_id = any (array(select taskly_private.my_projects()))
    );
create policy update on public.project_anchor_state for update to authenticated
    using (
        user_id = (select taskly_private.user_id())
        and project_id = any (array(select taskly_private.my_projects()))
    )
    with check (
        user_id = (select taskly_private.user_id())
        and project_id = any (array(select taskly_private.my_projects()))
    );
create policy delete on public.project_anchor_state for delete to authenticated
    using (
        user_id = (select taskly_private.user_id())
        and project_id = any (array(select taskly_private.my_projects()))
    );

-- journal_entries
create policy read on public.journal_entries for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.journal_entries for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.journal_entries for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.journal_entries for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- tracker_groups
create policy read on public.tracker_groups for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.tracker_groups for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.tracker_groups for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.tracker_groups for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- tracker_definitions
create policy read on public.tracker_definitions for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.tracker_definitions for insert to authenticated
    with check (
        user_id = (select taskly_private.user_id())
        and (group_id is null or group_id = any (array(select taskly_private.my_groups())))
        and (linked_value_id is null or linked_value_id = any (array(select taskly_private.my_values())))
    );
create policy update on public.tracker_definitions for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (
        user_id = (select taskly_private.user_id()) and (group_id is null or group_id = any (array(select taskly_private.my_groups()))) and (linked_value_id is null or linked_value_id = any (array(select taskly_private.my_values())))
        or user_id = (select taskly_private.user_id()) and deleted_at is not null
    );
create policy delete on public.tracker_definitions for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- Whoever sets deleted_at deletes; a policy, which sees one row at a time, lets through what deletes or updates.
create function taskly_private.decide_tracker_definitions() returns trigger
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if old.deleted_at is null and new.deleted_at is not null then
        if (old.user_id = (select taskly_private.user_id())) is not true then
            raise exception using
                errcode = 'insufficient_privilege',
                message = 'no rule lets the caller delete this row of tracker_definitions';
        end if;
        -- A deletion alone, where nothing else changes.
        if row(
            old.name, old.description, old.scope, old.roles, old.value_type, old.config, old.goal,
            old.is_active, old.sort_order, old.source, old.system_key, old.op_kind, old.value_kind,
            old.unit_kind, old.min_int, old.max_int, old.step_int, old.linked_value_id, old.is_outcome,
            old.is_insight_enabled, old.higher_is_better, old.group_id, old.aggregation_kind
        ) is not distinct from row(
            new.name, new.description, new.scope, new.roles, new.value_type, new.config, new.goal,
            new.is_active, new.sort_order, new.source, new.system_key, new.op_kind, new.value_kind,
            new.unit_kind, new.min_int, new.max_int, new.step_int, new.linked_value_id, new.is_outcome,
            new.is_insight_enabled, new.higher_is_better, new.group_id, new.aggregation_kind
        ) then
            return new;
        end if;
    end if;
    if (new.user_id = (select taskly_private.user_id()) and (new.group_id is null or new.group_id = any (array(select taskly_private.my_groups()))) and (new.linked_value_id is null or new.linked_value_id = any (array(select taskly_private.my_values())))) is not true then
        raise exception using
            errcode = 'insufficient_privilege',
            message = 'no rule lets the caller change this row of tracker_definitions';
    end if;
    return new;
end
$$;
revoke all on function taskly_private.decide_tracker_definitions() from public;
create trigger tracker_definitions_deletion
    before update on public.tracker_definitions
    for each row
    when (pg_catalog.row_security_active('public.tracker_definitions'::pg_catalog.regclass) and pg_catalog.pg_has_role('authenticated', 'usage'))
    execute function taskly_private.decide_tracker_definitions();

-- tracker_events
create policy read on public.tracker_events for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.tracker_events for insert to authenticated
    with check (
        user_id = (select taskly_private.user_id())
        and tracker_id = any (array(select taskly_private.my_trackers()))
        and (entry_id is null or entry_id = any (array(select taskly_private.my_entries())))
    );
create policy update on public.tracker_events for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (
        user_id = (select taskly_private.user_id())
        and tracker_id = any (array(select taskly_private.my_trackers()))
        and (entry_id is null or entry_id = any (array(select taskly_private.my_entries())))
    );
create policy delete on public.tracker_events for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- What PowerSync reads: synced tables, and those that decide who may read them. This part may run again.

do $$
declare
    wanted pg_catalog.regclass;
begin
    if not exists (select from pg_catalog.pg_publication where pubname = 'powersync') then
        create publication powersync;
    end if;
    foreach wanted in array array[
        'public.user_profiles',
        'public.my_day_days',
        'public.my_day_picks',
        'public.pending_notifications',
        'public.attention_rules',
        'public.attention_resolutions',
        'public."values"',
        'public.projects',
        'public.project_anchor_state',
        'public.tasks',
        'public.routines',
        'public.journal_entries',
        'public.tracker_groups',
        'public.tracker_definitions',
        'public.tracker_events'
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
