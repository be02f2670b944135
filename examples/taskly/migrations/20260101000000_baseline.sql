-- taskly: the whole schema, from nothing.
-- A planner of tasks, projects and routines by what the user values, with a journal and trackers. Every row belongs to one user.
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

-- analytics_snapshots

create table public.analytics_snapshots (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    entity_type text not null,
    entity_id text,
    snapshot_date date not null,
    metrics jsonb not null default '{}',
    created_at timestamptz not null default now(),
    constraint analytics_snapshots_pkey primary key (id),
    constraint analytics_snapshots_entity_date unique nulls not distinct (user_id, entity_type, entity_id, snapshot_date)
);
comment on table public.analytics_snapshots is 'The numbers of one day, about one thing or all of them.';

create index analytics_snapshots_date on public.analytics_snapshots (snapshot_date);
create index analytics_snapshots_lookup on public.analytics_snapshots (user_id, entity_type, entity_id, snapshot_date);

alter table public.analytics_snapshots enable row level security;
revoke all on table public.analytics_snapshots from public, authenticated, anon;
grant select, insert, update, delete on table public.analytics_snapshots to authenticated;
grant all on table public.analytics_snapshots to service_role;
grant select on table public.analytics_snapshots to powersync_role;

-- analytics_correlations

create table public.analytics_correlations (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    correlation_type text not null,
    source_type text not null,
    source_id text not null,
    target_type text not null,
    target_id text not null,
    period_start date not null,
    period_end date not null,
    coefficient numeric(5,4),
    sample_size integer not null,
    strength text not null,
    insight text,
    value_with_source numeric(5,2),
    value_without_source numeric(5,2),
    computed_at timestamptz not null default now(),
    statistical_significance jsonb,
    performance_metrics jsonb,
    constraint analytics_correlations_pkey primary key (id),
    constraint analytics_correlations_unique_correlation unique (user_id, correlation_type, source_id, target_id, period_start)
);
comment on table public.analytics_correlations is 'How two things a user tracks go along with each other.';

create index analytics_correlations_performance on public.analytics_correlations using gin (performance_metrics)
    where performance_metrics is not null;
create index analytics_correlations_period on public.analytics_correlations (period_start, period_end);
create index analytics_correlations_significance on public.analytics_correlations using gin (statistical_significance)
    where statistical_significance is not null;
create index analytics_correlations_user on public.analytics_correlations (user_id, correlation_type);

alter table public.analytics_correlations enable row level security;
revoke all on table public.analytics_correlations from public, authenticated, anon;
grant select, insert, update, delete on table public.analytics_correlations to authenticated;
grant all on table public.analytics_correlations to service_role;
grant select on table public.analytics_correlations to powersync_role;

-- analytics_insights

create table public.analytics_insights (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    insight_type text not null,
    title text not null,
    description text not null,
    metadata jsonb not null default '{}',
    score numeric(5,2),
    confidence numeric(5,2),
    is_positive boolean not null default true,
    generated_at timestamptz not null default now(),
    period_start date not null,
    period_end date not null,
    created_at timestamptz not null default now(),
    constraint analytics_insights_pkey primary key (id),
    constraint analytics_insights_insight_type_labels check (insight_type in ('correlation_discovery', 'trend_alert', 'anomaly_detection', 'productivity_pattern', 'mood_pattern', 'recommendation')),
    constraint analytics_insights_confidence check (confidence >= 0 and confidence <= 1),
    constraint analytics_insights_score check (score >= 0 and score <= 100),
    constraint analytics_insights_valid_period check (period_end >= period_start)
);
comment on table public.analytics_insights is 'A sentence about what the numbers show.';

create index analytics_insights_metadata on public.analytics_insights using gin (metadata);
create index analytics_insights_period on public.analytics_insights (period_start, period_end);
create index analytics_insights_score on public.analytics_insights (user_id, score desc)
    where score is not null;
create index analytics_insights_type on public.analytics_insights (user_id, insight_type, generated_at desc);
create index analytics_insights_user on public.analytics_insights (user_id, generated_at desc);

alter table public.analytics_insights enable row level security;
revoke all on table public.analytics_insights from public, authenticated, anon;
grant select, insert, update, delete on table public.analytics_insights to authenticated;
grant all on table public.analytics_insights to service_role;
grant select on table public.analytics_insights to powersync_role;

-- sync_issues

create table public.sync_issues (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null,
    status text not null default 'open',
    severity text not null default 'error',
    category text not null,
    fingerprint text not null,
    issue_code text not null,
    title text not null,
    message text not null,
    correlation_id uuid,
    sync_session_id text,
    client_id text,
    operation text,
    entity_type text,
    entity_id text,
    remote_code text,
    remote_message text,
    details jsonb not null default '{}',
    first_seen_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    occurrence_count integer not null default 1,
    resolved_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint sync_issues_pkey primary key (id),
    constraint sync_issues_user_id_fingerprint unique (user_id, fingerprint),
    constraint sync_issues_status_labels check (status in ('open', 'resolved', 'ignored')),
    constraint sync_issues_severity_labels check (severity in ('info', 'warning', 'error', 'critical')),
    constraint sync_issues_category_labels check (category in ('validation', 'conflict', 'auth', 'schema', 'transport', 'pipeline')),
    constraint sync_issues_occurrence_count check (occurrence_count >= 1)
);
comment on table public.sync_issues is 'What a client could not upload; collected by a function.';

create index sync_issues_user_status_seen on public.sync_issues (user_id, status, last_seen_at desc);
create index sync_issues_user_created on public.sync_issues (user_id, created_at desc);
create index sync_issues_correlation on public.sync_issues (correlation_id);

alter table public.sync_issues enable row level security;
revoke all on table public.sync_issues from public, authenticated, anon;
grant select, insert, update on table public.sync_issues to authenticated;
grant all on table public.sync_issues to service_role;

-- user_profiles

create table public.user_profiles (
    id uuid not null,
    user_id uuid not null default taskly_private.user_id(),
    settings_overrides jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint user_profiles_pkey primary key (id),
    constraint user_profiles_user_id unique (user_id)
);
comment on table public.user_profiles is 'The settings of a user.';
comment on column public.user_profiles.id is 'Made of the user.';

create index user_profiles_user_id_2 on public.user_profiles (user_id);

alter table public.user_profiles enable row level security;
revoke all on table public.user_profiles from public, authenticated, anon;
grant select, insert, update, delete on table public.user_profiles to authenticated;
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
    constraint my_day_days_user_day unique (user_id, day_utc)
);
comment on table public.my_day_days is 'One day of a user.';
comment on column public.my_day_days.id is 'Made of user and day.';

create index my_day_days_user_day_2 on public.my_day_days (user_id, day_utc);

alter table public.my_day_days enable row level security;
revoke all on table public.my_day_days from public, authenticated, anon;
grant select, insert, update, delete on table public.my_day_days to authenticated;
grant all on table public.my_day_days to service_role;
grant select on table public.my_day_days to powersync_role;

-- values

create table public."values" (
    id uuid not null default gen_random_uuid(),
    name text not null,
    color text default '#ffffff',
    created_at timestamptz default now(),
    updated_at timestamptz default now(),
    user_id uuid not null default taskly_private.user_id(),
    icon_name text,
    priority public.value_priority,
    constraint values_pkey primary key (id),
    constraint values_labels_color_hex check (color is null or color ~ '^#[0-9A-Fa-f]{6}$'),
    constraint values_labels_name_max_len check (length(name) <= 100)
);
comment on table public."values" is 'Something that matters to the user.';

create unique index values_labels_user_lower_name on public."values" (user_id, lower(name));
create index values_labels_user_id on public."values" (user_id);

alter table public."values" enable row level security;
revoke all on table public."values" from public, authenticated, anon;
grant select, insert, update, delete on table public."values" to authenticated;
grant all on table public."values" to service_role;
grant select on table public."values" to powersync_role;

-- projects

create table public.projects (
    id uuid not null default gen_random_uuid(),
    name text not null,
    description text,
    completed boolean not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    user_id uuid not null default taskly_private.user_id(),
    start_date date,
    deadline_date date,
    repeat_ical_rrule text default '',
    series_ended boolean not null default false,
    repeat_from_completion boolean not null default false,
    priority integer,
    pinned boolean not null default false,
    primary_value_id uuid,
    last_progress_at timestamptz,
    constraint projects_pkey primary key (id),
    constraint projects_name_max_len check (length(name) <= 100),
    constraint projects_priority check (priority is null or priority >= 1 and priority <= 4)
);
comment on table public.projects is 'Several tasks with one goal.';

create index projects_priority on public.projects (user_id, priority)
    where priority is not null;
create index projects_user_id on public.projects (user_id);
create index projects_primary_value_id on public.projects (primary_value_id);

alter table public.projects enable row level security;
revoke all on table public.projects from public, authenticated, anon;
grant select, insert, update, delete on table public.projects to authenticated;
grant all on table public.projects to service_role;
grant select on table public.projects to powersync_role;

-- tasks

create table public.tasks (
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    name text not null,
    id uuid not null default gen_random_uuid(),
    completed boolean not null default false,
    start_date date,
    deadline_date date,
    description text,
    project_id uuid,
    user_id uuid not null default taskly_private.user_id(),
    repeat_ical_rrule text default '',
    series_ended boolean not null default false,
    repeat_from_completion boolean not null default false,
    review_notes text,
    priority integer,
    pinned boolean not null default false,
    override_primary_value_id uuid,
    override_secondary_value_id uuid,
    my_day_snoozed_until timestamptz,
    reminder_at_utc timestamptz,
    reminder_kind text not null default 'none',
    reminder_minutes_before_due integer,
    constraint tasks_pkey primary key (id),
    constraint tasks_reminder_kind_labels check (reminder_kind in ('none', 'absolute', 'before_due')),
    constraint tasks_name_max_len check (length(name) <= 100),
    constraint tasks_override_primary_secondary_distinct check (override_primary_value_id is null or override_secondary_value_id is null or override_primary_value_id <> override_secondary_value_id),
    constraint tasks_override_secondary_requires_primary check (override_secondary_value_id is null or override_primary_value_id is not null),
    constraint tasks_priority check (priority is null or priority >= 1 and priority <= 4),
    constraint tasks_reminder_shape check (reminder_kind = 'none' and reminder_at_utc is null and reminder_minutes_before_due is null or reminder_kind = 'absolute' and reminder_at_utc is not null and reminder_minutes_before_due is null or reminder_kind = 'before_due' and reminder_at_utc is null and reminder_minutes_before_due >= 0 and reminder_minutes_before_due <= 10080)
);
comment on table public.tasks is 'One thing to do.';

create index tasks_priority on public.tasks (user_id, priority)
    where priority is not null;
create index tasks_project_id on public.tasks (project_id);
create index tasks_user_completed_deadline on public.tasks (user_id, completed, deadline_date);
create index tasks_user_id on public.tasks (user_id);
create index tasks_override_primary_value_id on public.tasks (override_primary_value_id);
create index tasks_override_secondary_value_id on public.tasks (override_secondary_value_id);
create index tasks_reminder_absolute_due on public.tasks (reminder_at_utc)
    where reminder_kind = 'absolute';
create index tasks_reminder_before_due on public.tasks (deadline_date, reminder_minutes_before_due)
    where reminder_kind = 'before_due';

alter table public.tasks enable row level security;
revoke all on table public.tasks from public, authenticated, anon;
grant select, insert, update, delete on table public.tasks to authenticated;
grant all on table public.tasks to service_role;
grant select on table public.tasks to powersync_role;

-- routines

create table public.routines (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    name text not null,
    target_count integer not null,
    schedule_days smallint[],
    min_spacing_days smallint,
    rest_day_buffer smallint,
    is_active boolean not null default true,
    paused_until date,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    period_type public.routine_period_type_enum not null,
    project_id uuid not null,
    schedule_mode public.routine_schedule_mode_enum not null,
    schedule_month_days integer[],
    schedule_time_minutes smallint,
    constraint routines_pkey primary key (id),
    constraint routines_name check (length(name) <= 100),
    constraint routines_target_count check (target_count >= 1),
    constraint routines_schedule_month_days check (public.is_valid_month_days(schedule_month_days)),
    constraint routines_schedule_time_minutes check (schedule_time_minutes is null or schedule_time_minutes >= 0 and schedule_time_minutes <= 1439)
);
comment on table public.routines is 'Something to do again and again.';

create index routines_user_id on public.routines (user_id);

alter table public.routines enable row level security;
revoke all on table public.routines from public, authenticated, anon;
grant select, insert, update, delete on table public.routines to authenticated;
grant all on table public.routines to service_role;
grant select on table public.routines to powersync_role;

-- my_day_picks

create table public.my_day_picks (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    day_id uuid not null,
    task_id uuid,
    bucket public.my_day_pick_bucket not null,
    sort_index integer not null,
    picked_at timestamptz not null default now(),
    suggestion_rank integer,
    qualifying_value_id uuid,
    reason_codes jsonb not null default '[]',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    routine_id uuid,
    constraint my_day_picks_pkey primary key (id),
    constraint my_day_picks_day_task unique (day_id, task_id),
    constraint my_day_picks_reason_codes_is_array check (jsonb_typeof(reason_codes) = 'array'),
    constraint my_day_picks_sort_index check (sort_index >= 0),
    constraint my_day_picks_suggestion_rank check (suggestion_rank is null or suggestion_rank >= 0),
    constraint my_day_picks_task_or_routine check (task_id is not null and routine_id is null or task_id is null and routine_id is not null)
);
comment on table public.my_day_picks is 'A task or a routine that the user picked for a day.';

create unique index my_day_picks_day_routine on public.my_day_picks (day_id, routine_id)
    where routine_id is not null;
create index my_day_picks_day_sort on public.my_day_picks (day_id, sort_index);
create index my_day_picks_user_task on public.my_day_picks (user_id, task_id);

alter table public.my_day_picks enable row level security;
revoke all on table public.my_day_picks from public, authenticated, anon;
grant select, insert, update, delete on table public.my_day_picks to authenticated;
grant all on table public.my_day_picks to service_role;
grant select on table public.my_day_picks to powersync_role;

-- my_day_decision_events

create table public.my_day_decision_events (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    day_key_utc date not null,
    entity_type text not null,
    entity_id uuid not null,
    shelf text not null,
    action text not null,
    action_at_utc timestamptz not null,
    defer_kind text,
    from_day_key date,
    to_day_key date,
    suggestion_rank integer,
    meta_json jsonb,
    created_at timestamptz not null default now(),
    constraint my_day_decision_events_pkey primary key (id),
    constraint my_day_decision_events_entity_type_labels check (entity_type in ('task', 'routine')),
    constraint my_day_decision_events_shelf_labels check (shelf in ('due', 'planned', 'routine_scheduled', 'routine_flexible', 'suggestion')),
    constraint my_day_decision_events_action_labels check (action in ('kept', 'deferred', 'snoozed', 'removed', 'completed')),
    constraint my_day_decision_events_defer_kind_labels check (defer_kind in ('deadline_reschedule', 'start_reschedule', 'snooze')),
    constraint my_day_decision_events_suggestion_rank check (suggestion_rank is null or suggestion_rank >= 0),
    constraint my_day_decision_events_meta_json check (meta_json is null or jsonb_typeof(meta_json) = 'object')
);
comment on table public.my_day_decision_events is 'What a user decided about a proposal; sent up and never seen again.';

create index my_day_decision_events_user_day_action on public.my_day_decision_events (user_id, day_key_utc, action);
create index my_day_decision_events_entity_action_at on public.my_day_decision_events (entity_type, entity_id, action_at_utc);
create index my_day_decision_events_shelf_action_at on public.my_day_decision_events (shelf, action_at_utc);
create index my_day_decision_events_action_at on public.my_day_decision_events (action_at_utc);

alter table public.my_day_decision_events enable row level security;
revoke all on table public.my_day_decision_events from public, authenticated, anon;
grant insert on table public.my_day_decision_events to authenticated;
grant all on table public.my_day_decision_events to service_role;

-- pending_notifications

create table public.pending_notifications (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    scheduled_for timestamptz not null,
    status text not null default 'pending',
    payload jsonb,
    created_at timestamptz not null default now(),
    delivered_at timestamptz,
    seen_at timestamptz,
    screen_key text,
    constraint pending_notifications_pkey primary key (id)
);
comment on table public.pending_notifications is 'A notification that is due, or was.';

create index pending_notifications_user_status_due on public.pending_notifications (user_id, status, scheduled_for);

alter table public.pending_notifications enable row level security;
revoke all on table public.pending_notifications from public, authenticated, anon;
grant select, insert, update on table public.pending_notifications to authenticated;
grant all on table public.pending_notifications to service_role;
grant select on table public.pending_notifications to powersync_role;

-- attention_rules

create table public.attention_rules (
    id uuid not null,
    user_id uuid not null default taskly_private.user_id(),
    rule_key text not null,
    domain text not null,
    source public.entity_source not null default 'user_created',
    severity public.attention_severity not null default 'info',
    display_config jsonb not null default '{}',
    resolution_actions text[] not null default '{reviewed,skipped}',
    active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    bucket text not null,
    evaluator text not null,
    evaluator_params jsonb not null default '{}',
    constraint attention_rules_pkey primary key (id),
    constraint attention_rules_user_rule_key_uk unique (user_id, rule_key),
    constraint attention_rules_bucket_labels check (bucket in ('action', 'review'))
);
comment on table public.attention_rules is 'What is pointed out to the user.';
comment on column public.attention_rules.id is 'Made of user and rule key.';

create index attention_rules_active on public.attention_rules (user_id, active);
create index attention_rules_user_active_bucket on public.attention_rules (user_id, active, bucket);
create index attention_rules_user_evaluator on public.attention_rules (user_id, evaluator);
create index attention_rules_user_id on public.attention_rules (user_id);

alter table public.attention_rules enable row level security;
revoke all on table public.attention_rules from public, authenticated, anon;
grant select, insert, update, delete on table public.attention_rules to authenticated;
grant all on table public.attention_rules to service_role;
grant select on table public.attention_rules to powersync_role;

-- attention_rule_runtime_state

create table public.attention_rule_runtime_state (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    rule_id uuid not null,
    entity_type text,
    entity_id text,
    state_hash text,
    dismissed_state_hash text,
    last_evaluated_at timestamptz,
    next_evaluate_after timestamptz,
    metadata jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint attention_rule_runtime_state_pkey primary key (id),
    constraint attention_rule_runtime_state_rule_entity unique (rule_id, entity_type, entity_id),
    constraint attention_rule_runtime_state_entity_pair check (entity_type is null and entity_id is null or entity_type is not null and entity_id is not null)
);
comment on table public.attention_rule_runtime_state is 'Where the evaluation of a rule stands, for one thing or for all.';

create index attention_rule_runtime_state_user_rule on public.attention_rule_runtime_state (user_id, rule_id);

alter table public.attention_rule_runtime_state enable row level security;
revoke all on table public.attention_rule_runtime_state from public, authenticated, anon;
grant select, insert, update, delete on table public.attention_rule_runtime_state to authenticated;
grant all on table public.attention_rule_runtime_state to service_role;
grant select on table public.attention_rule_runtime_state to powersync_role;

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
comment on table public.attention_resolutions is 'How the user answered what was pointed out.';

create index attention_resolutions_rule_id on public.attention_resolutions (user_id, rule_id);
create index attention_resolutions_user_id on public.attention_resolutions (user_id);

alter table public.attention_resolutions enable row level security;
revoke all on table public.attention_resolutions from public, authenticated, anon;
grant select, insert, update, delete on table public.attention_resolutions to authenticated;
grant all on table public.attention_resolutions to service_role;
grant select on table public.attention_resolutions to powersync_role;

-- value_ratings_weekly

create table public.value_ratings_weekly (
    id uuid not null,
    user_id uuid not null default taskly_private.user_id(),
    value_id uuid not null,
    week_start date not null,
    rating integer not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint value_ratings_weekly_pkey primary key (id),
    constraint value_ratings_weekly_user_value_week unique (user_id, value_id, week_start),
    constraint value_ratings_weekly_rating check (rating >= 1 and rating <= 10)
);
comment on table public.value_ratings_weekly is 'How much a user lived by a value in a week.';
comment on column public.value_ratings_weekly.id is 'Made of user, value, week start.';

create index value_ratings_weekly_user_id on public.value_ratings_weekly (user_id);
create index value_ratings_weekly_value_id on public.value_ratings_weekly (value_id);
create index value_ratings_weekly_week_start on public.value_ratings_weekly (week_start);

alter table public.value_ratings_weekly enable row level security;
revoke all on table public.value_ratings_weekly from public, authenticated, anon;
grant select, insert, update, delete on table public.value_ratings_weekly to authenticated;
grant all on table public.value_ratings_weekly to service_role;
grant select on table public.value_ratings_weekly to powersync_role;

-- project_anchor_state

create table public.project_anchor_state (
    id uuid not null,
    user_id uuid not null default taskly_private.user_id(),
    project_id uuid not null,
    last_anchored_at timestamptz not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint project_anchor_state_pkey primary key (id),
    constraint project_anchor_state_unique unique (project_id)
);
comment on table public.project_anchor_state is 'When a project was last shown as the anchor of a day.';
comment on column public.project_anchor_state.id is 'Made of user and project.';

create index project_anchor_state_user on public.project_anchor_state (user_id);

alter table public.project_anchor_state enable row level security;
revoke all on table public.project_anchor_state from public, authenticated, anon;
grant select, insert, update, delete on table public.project_anchor_state to authenticated;
grant all on table public.project_anchor_state to service_role;
grant select on table public.project_anchor_state to powersync_role;

-- project_completion_history

create table public.project_completion_history (
    id uuid not null,
    project_id uuid not null,
    occurrence_date date,
    original_occurrence_date date,
    completed_at timestamptz not null default now(),
    notes text,
    user_id uuid not null default taskly_private.user_id(),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint project_completion_history_pkey primary key (id),
    constraint project_completion_history_project_occurrence unique nulls not distinct (project_id, occurrence_date)
);
comment on table public.project_completion_history is 'When an occurrence of a project was finished.';
comment on column public.project_completion_history.id is 'Made of user, project, occurrence date.';

create index project_completion_history_project_completion_date on public.project_completion_history (completed_at);
create index project_completion_history_user_id on public.project_completion_history (user_id);
create index project_completion_history_project_completion_original_date on public.project_completion_history (project_id, original_occurrence_date);
create index project_completion_history_project_completion_project on public.project_completion_history (project_id, occurrence_date);

alter table public.project_completion_history enable row level security;
revoke all on table public.project_completion_history from public, authenticated, anon;
grant select, insert, update, delete on table public.project_completion_history to authenticated;
grant all on table public.project_completion_history to service_role;
grant select on table public.project_completion_history to powersync_role;

-- project_recurrence_exceptions

create table public.project_recurrence_exceptions (
    id uuid not null,
    project_id uuid not null,
    original_date date not null,
    exception_type text not null,
    new_date date,
    new_deadline timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    user_id uuid not null default taskly_private.user_id(),
    constraint project_recurrence_exceptions_pkey primary key (id),
    constraint project_recurrence_exceptions_project_id_original_date unique (project_id, original_date),
    constraint project_recurrence_exceptions_exception_type_labels check (exception_type in ('skip', 'reschedule'))
);
comment on table public.project_recurrence_exceptions is 'An occurrence of a project that is left out or moved.';
comment on column public.project_recurrence_exceptions.id is 'Made of user, project, original date.';

create index project_recurrence_exceptions_project_exception_new_date on public.project_recurrence_exceptions (project_id, new_date)
    where new_date is not null;
create index project_recurrence_exceptions_project_exception_project on public.project_recurrence_exceptions (project_id, original_date);
create index project_recurrence_exceptions_user_id on public.project_recurrence_exceptions (user_id);

alter table public.project_recurrence_exceptions enable row level security;
revoke all on table public.project_recurrence_exceptions from public, authenticated, anon;
grant select, insert, update, delete on table public.project_recurrence_exceptions to authenticated;
grant all on table public.project_recurrence_exceptions to service_role;
grant select on table public.project_recurrence_exceptions to powersync_role;

-- task_checklist_items

create table public.task_checklist_items (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    task_id uuid not null,
    title text not null,
    sort_index integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint task_checklist_items_pkey primary key (id),
    constraint task_checklist_items_id_task unique (id, task_id),
    constraint task_checklist_items_sort_index check (sort_index >= 0),
    constraint task_checklist_items_title check (length(title) <= 200)
);
comment on table public.task_checklist_items is 'One line of the checklist of a task.';

create index task_checklist_items_task_sort on public.task_checklist_items (task_id, sort_index);
create index task_checklist_items_user_id on public.task_checklist_items (user_id);

alter table public.task_checklist_items enable row level security;
revoke all on table public.task_checklist_items from public, authenticated, anon;
grant select, insert, update, delete on table public.task_checklist_items to authenticated;
grant all on table public.task_checklist_items to service_role;
grant select on table public.task_checklist_items to powersync_role;

-- task_checklist_item_state

create table public.task_checklist_item_state (
    id uuid not null,
    user_id uuid not null default taskly_private.user_id(),
    task_id uuid not null,
    checklist_item_id uuid not null,
    occurrence_date date,
    is_checked boolean not null default false,
    checked_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint task_checklist_item_state_pkey primary key (id),
    constraint task_checklist_item_state_task_checklist_state_task_it_4100c518 unique nulls not distinct (task_id, checklist_item_id, occurrence_date)
);
comment on table public.task_checklist_item_state is 'Whether an item of a task is checked in one occurrence.';
comment on column public.task_checklist_item_state.id is 'Made of user, task, checklist item, occurrence date.';

create index task_checklist_item_state_task_checklist_state_task_occurrence on public.task_checklist_item_state (task_id, occurrence_date);
create index task_checklist_item_state_task_checklist_state_user_id on public.task_checklist_item_state (user_id);

alter table public.task_checklist_item_state enable row level security;
revoke all on table public.task_checklist_item_state from public, authenticated, anon;
grant select, insert, update, delete on table public.task_checklist_item_state to authenticated;
grant all on table public.task_checklist_item_state to service_role;
grant select on table public.task_checklist_item_state to powersync_role;

-- task_completion_history

create table public.task_completion_history (
    id uuid not null,
    task_id uuid not null,
    occurrence_date date,
    original_occurrence_date date,
    completed_at timestamptz not null default now(),
    notes text,
    user_id uuid not null default taskly_private.user_id(),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint task_completion_history_pkey primary key (id),
    constraint task_completion_history_task_occurrence unique nulls not distinct (task_id, occurrence_date)
);
comment on table public.task_completion_history is 'When an occurrence of a task was finished.';
comment on column public.task_completion_history.id is 'Made of user, task, occurrence date.';

create index task_completion_history_task_completion_date on public.task_completion_history (completed_at);
create index task_completion_history_user_id on public.task_completion_history (user_id);
create index task_completion_history_task_completion_original_date on public.task_completion_history (task_id, original_occurrence_date);
create index task_completion_history_task_completion_task on public.task_completion_history (task_id, occurrence_date);

alter table public.task_completion_history enable row level security;
revoke all on table public.task_completion_history from public, authenticated, anon;
grant select, insert, update, delete on table public.task_completion_history to authenticated;
grant all on table public.task_completion_history to service_role;
grant select on table public.task_completion_history to powersync_role;

-- task_recurrence_exceptions

create table public.task_recurrence_exceptions (
    id uuid not null,
    task_id uuid not null,
    original_date date not null,
    exception_type text not null,
    new_date date,
    new_deadline timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    user_id uuid not null default taskly_private.user_id(),
    constraint task_recurrence_exceptions_pkey primary key (id),
    constraint task_recurrence_exceptions_task_id_original_date unique (task_id, original_date),
    constraint task_recurrence_exceptions_exception_type_labels check (exception_type in ('skip', 'reschedule'))
);
comment on table public.task_recurrence_exceptions is 'An occurrence of a task that is left out or moved.';
comment on column public.task_recurrence_exceptions.id is 'Made of user, task, original date.';

create index task_recurrence_exceptions_task_exception_new_date on public.task_recurrence_exceptions (task_id, new_date)
    where new_date is not null;
create index task_recurrence_exceptions_task_exception_task on public.task_recurrence_exceptions (task_id, original_date);
create index task_recurrence_exceptions_user_id on public.task_recurrence_exceptions (user_id);

alter table public.task_recurrence_exceptions enable row level security;
revoke all on table public.task_recurrence_exceptions from public, authenticated, anon;
grant select, insert, update, delete on table public.task_recurrence_exceptions to authenticated;
grant all on table public.task_recurrence_exceptions to service_role;
grant select on table public.task_recurrence_exceptions to powersync_role;

-- task_snooze_events

create table public.task_snooze_events (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    task_id uuid not null,
    snoozed_at timestamptz not null default now(),
    snoozed_until timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint task_snooze_events_pkey primary key (id)
);
comment on table public.task_snooze_events is 'When a task was put off.';

create index task_snooze_events_snoozed_at on public.task_snooze_events (snoozed_at);
create index task_snooze_events_task_id on public.task_snooze_events (task_id);
create index task_snooze_events_user_id on public.task_snooze_events (user_id);

alter table public.task_snooze_events enable row level security;
revoke all on table public.task_snooze_events from public, authenticated, anon;
grant select, insert, update, delete on table public.task_snooze_events to authenticated;
grant all on table public.task_snooze_events to service_role;
grant select on table public.task_snooze_events to powersync_role;

-- routine_checklist_items

create table public.routine_checklist_items (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    routine_id uuid not null,
    title text not null,
    sort_index integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint routine_checklist_items_pkey primary key (id),
    constraint routine_checklist_items_id_routine unique (id, routine_id),
    constraint routine_checklist_items_sort_index check (sort_index >= 0),
    constraint routine_checklist_items_title check (length(title) <= 200)
);
comment on table public.routine_checklist_items is 'One line of the checklist of a routine.';

create index routine_checklist_items_routine_sort on public.routine_checklist_items (routine_id, sort_index);
create index routine_checklist_items_user_id on public.routine_checklist_items (user_id);

alter table public.routine_checklist_items enable row level security;
revoke all on table public.routine_checklist_items from public, authenticated, anon;
grant select, insert, update, delete on table public.routine_checklist_items to authenticated;
grant all on table public.routine_checklist_items to service_role;
grant select on table public.routine_checklist_items to powersync_role;

-- routine_checklist_item_state

create table public.routine_checklist_item_state (
    id uuid not null,
    user_id uuid not null default taskly_private.user_id(),
    routine_id uuid not null,
    checklist_item_id uuid not null,
    period_type public.routine_period_type_enum not null,
    window_key date not null,
    is_checked boolean not null default false,
    checked_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint routine_checklist_item_state_pkey primary key (id),
    constraint routine_checklist_item_state_routine_checklist_state_r_039192a7 unique (routine_id, checklist_item_id, period_type, window_key)
);
comment on table public.routine_checklist_item_state is 'Whether an item of a routine is checked in one period.';
comment on column public.routine_checklist_item_state.id is 'Made of user, routine, checklist item, period type, window key.';

create index routine_checklist_item_state_routine_checklist_state_r_880845c8 on public.routine_checklist_item_state (routine_id, period_type, window_key);
create index routine_checklist_item_state_routine_checklist_state_user_id on public.routine_checklist_item_state (user_id);

alter table public.routine_checklist_item_state enable row level security;
revoke all on table public.routine_checklist_item_state from public, authenticated, anon;
grant select, insert, update, delete on table public.routine_checklist_item_state to authenticated;
grant all on table public.routine_checklist_item_state to service_role;
grant select on table public.routine_checklist_item_state to powersync_role;

-- routine_completions

create table public.routine_completions (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    routine_id uuid not null,
    completed_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    completed_day_local date,
    completed_time_local_minutes integer,
    completed_weekday_local integer,
    timezone_offset_minutes integer,
    constraint routine_completions_pkey primary key (id)
);
comment on table public.routine_completions is 'When a routine was done.';

create index routine_completions_user_id on public.routine_completions (user_id);
create index routine_completions_completed_at on public.routine_completions (completed_at);
create index routine_completions_routine_id on public.routine_completions (routine_id);
create index routine_completions_routine_weekday on public.routine_completions (routine_id, completed_weekday_local);

alter table public.routine_completions enable row level security;
revoke all on table public.routine_completions from public, authenticated, anon;
grant select, insert, update, delete on table public.routine_completions to authenticated;
grant all on table public.routine_completions to service_role;
grant select on table public.routine_completions to powersync_role;

-- routine_skips

create table public.routine_skips (
    id uuid not null,
    user_id uuid not null default taskly_private.user_id(),
    routine_id uuid not null,
    period_type public.routine_period_type_enum not null,
    period_key date not null,
    created_at timestamptz not null default now(),
    constraint routine_skips_pkey primary key (id),
    constraint routine_skips_unique unique (routine_id, period_type, period_key)
);
comment on table public.routine_skips is 'A period for which a routine is left out.';
comment on column public.routine_skips.id is 'Made of user, routine, period type, period key.';

create index routine_skips_routine_id on public.routine_skips (routine_id);
create index routine_skips_user_id on public.routine_skips (user_id);

alter table public.routine_skips enable row level security;
revoke all on table public.routine_skips from public, authenticated, anon;
grant select, insert, update, delete on table public.routine_skips to authenticated;
grant all on table public.routine_skips to service_role;
grant select on table public.routine_skips to powersync_role;

-- checklist_events

create table public.checklist_events (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    parent_type text not null,
    parent_id uuid not null,
    checklist_item_id uuid,
    scope_period_type text,
    scope_date date,
    event_type text not null,
    metrics_json jsonb not null default '{}',
    created_at timestamptz not null default now(),
    constraint checklist_events_pkey primary key (id),
    constraint checklist_events_parent_type_labels check (parent_type in ('task', 'routine')),
    constraint checklist_events_scope_period_type_labels check (scope_period_type in ('day', 'week', 'month')),
    constraint checklist_events_event_type_labels check (event_type in ('checked', 'unchecked', 'parent_completed', 'parent_logged'))
);
comment on table public.checklist_events is 'What happened to a checklist.';

create index checklist_events_scope on public.checklist_events (scope_period_type, scope_date);
create index checklist_events_user_parent_time on public.checklist_events (user_id, parent_type, parent_id, created_at desc);

alter table public.checklist_events enable row level security;
revoke all on table public.checklist_events from public, authenticated, anon;
grant select, insert, update, delete on table public.checklist_events to authenticated;
grant all on table public.checklist_events to service_role;
grant select on table public.checklist_events to powersync_role;

-- journal_entries

create table public.journal_entries (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    entry_date date not null,
    entry_time timestamptz not null default now(),
    journal_text text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    occurred_at timestamptz not null default now(),
    local_date date not null default (now() at time zone 'utc')::date,
    constraint journal_entries_pkey primary key (id)
);
comment on table public.journal_entries is 'What a user wrote about a moment.';

create index journal_entries_user on public.journal_entries (user_id);
create index journal_entries_user_date on public.journal_entries (user_id, entry_date)
    where deleted_at is null;
create index journal_entries_user_date_time on public.journal_entries (user_id, entry_date, entry_time desc)
    where deleted_at is null;
create index journal_entries_user_local_date_time on public.journal_entries (user_id, local_date, entry_time desc)
    where deleted_at is null;

alter table public.journal_entries enable row level security;
revoke all on table public.journal_entries from public, authenticated, anon;
grant select, insert, update, delete on table public.journal_entries to authenticated;
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
    constraint tracker_groups_name check (length(name) <= 100)
);
comment on table public.tracker_groups is 'Trackers that are shown together.';

create unique index tracker_groups_user_name on public.tracker_groups (user_id, lower(name));
create index tracker_groups_user_sort on public.tracker_groups (user_id, sort_order);

alter table public.tracker_groups enable row level security;
revoke all on table public.tracker_groups from public, authenticated, anon;
grant select, insert, update, delete on table public.tracker_groups to authenticated;
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
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
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
    constraint tracker_definitions_pkey primary key (id),
    constraint tracker_definitions_scope_labels check (scope in ('entry', 'day', 'sleep_night')),
    constraint tracker_definitions_value_type_labels check (value_type in ('rating', 'quantity', 'choice', 'yes_no')),
    constraint tracker_definitions_source_labels check (source in ('user', 'system')),
    constraint tracker_definitions_op_kind_labels check (op_kind in ('set', 'add')),
    constraint tracker_definitions_value_kind_labels check (value_kind in ('rating', 'number', 'boolean', 'single_choice')),
    constraint tracker_definitions_unit_kind_labels check (unit_kind in ('count', 'times', 'reps', 'ml', 'l', 'oz', 'cup', 'mg', 'g', 'kg', 'oz_mass', 'lb', 'minutes', 'hours', 'steps')),
    constraint tracker_definitions_aggregation_kind_labels check (aggregation_kind in ('sum', 'avg')),
    constraint tracker_definitions_op_value_kind check (op_kind = 'set' or op_kind = 'add' and value_kind = 'number')
);
alter table public.tracker_definitions add constraint tracker_definitions_sleep_set_only check (scope <> 'sleep_night' or op_kind = 'set') not valid;
alter table public.tracker_definitions add constraint tracker_definitions_system_key_required check (source = 'user' and system_key is null or source = 'system' and system_key is not null) not valid;
comment on table public.tracker_definitions is 'Something that a user tracks.';

create unique index tracker_definitions_user_name on public.tracker_definitions (user_id, lower(name))
    where deleted_at is null;
create unique index tracker_definitions_user_system_key on public.tracker_definitions (user_id, system_key)
    where system_key is not null;
create index tracker_definitions_user_group_sort on public.tracker_definitions (user_id, group_id, sort_order);
create index tracker_definitions_user_scope_active on public.tracker_definitions (user_id, scope, is_active, sort_order)
    where deleted_at is null;
create index tracker_definitions_user_scope_sort on public.tracker_definitions (user_id, scope, sort_order);

alter table public.tracker_definitions enable row level security;
revoke all on table public.tracker_definitions from public, authenticated, anon;
grant select, insert, update, delete on table public.tracker_definitions to authenticated;
grant all on table public.tracker_definitions to service_role;
grant select on table public.tracker_definitions to powersync_role;

-- tracker_preferences

create table public.tracker_preferences (
    id uuid not null,
    user_id uuid not null default taskly_private.user_id(),
    tracker_id uuid not null,
    is_active boolean not null default true,
    sort_order integer not null default 0,
    pinned boolean not null default false,
    show_in_quick_add boolean not null default false,
    color text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint tracker_preferences_pkey primary key (id),
    constraint tracker_preferences_user_tracker unique (user_id, tracker_id),
    constraint tracker_preferences_color check (color is null or color ~ '^#[0-9A-Fa-f]{6}$')
);
comment on table public.tracker_preferences is 'How a user wants a tracker shown.';
comment on column public.tracker_preferences.id is 'Made of user and tracker.';

alter table public.tracker_preferences enable row level security;
revoke all on table public.tracker_preferences from public, authenticated, anon;
grant select, insert, update, delete on table public.tracker_preferences to authenticated;
grant all on table public.tracker_preferences to service_role;
grant select on table public.tracker_preferences to powersync_role;

-- tracker_definition_choices

create table public.tracker_definition_choices (
    id uuid not null,
    user_id uuid not null default taskly_private.user_id(),
    tracker_id uuid not null,
    choice_key text not null,
    label text not null,
    sort_order integer not null default 0,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint tracker_definition_choices_pkey primary key (id),
    constraint tracker_definition_choices_unique unique (user_id, tracker_id, choice_key)
);
comment on table public.tracker_definition_choices is 'One of the answers of a tracker.';
comment on column public.tracker_definition_choices.id is 'Made of user, tracker, choice key.';

alter table public.tracker_definition_choices enable row level security;
revoke all on table public.tracker_definition_choices from public, authenticated, anon;
grant select, insert, update, delete on table public.tracker_definition_choices to authenticated;
grant all on table public.tracker_definition_choices to service_role;
grant select on table public.tracker_definition_choices to powersync_role;

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
    constraint tracker_events_anchor_type_labels check (anchor_type in ('entry', 'day', 'sleep_night')),
    constraint tracker_events_op_labels check (op in ('set', 'add', 'clear')),
    constraint tracker_events_shape_of_anchor check (anchor_type = 'entry' and entry_id is not null and anchor_date is null or anchor_type in ('day', 'sleep_night') and anchor_date is not null and entry_id is null)
);
alter table public.tracker_events add constraint tracker_events_value_by_op check (op = 'clear' and value is null or op in ('set', 'add') and value is not null) not valid;
comment on table public.tracker_events is 'What was tracked, once.';

create index tracker_events_user_anchor_date on public.tracker_events (user_id, anchor_type, anchor_date)
    where anchor_date is not null;
create index tracker_events_user_anchor_day on public.tracker_events (user_id, anchor_type, anchor_date, occurred_at desc);
create index tracker_events_user_anchor_entry on public.tracker_events (user_id, anchor_type, entry_id)
    where entry_id is not null;
create index tracker_events_user_entry_time on public.tracker_events (user_id, entry_id, occurred_at desc);
create index tracker_events_user_tracker_occurred on public.tracker_events (user_id, tracker_id, occurred_at desc);

alter table public.tracker_events enable row level security;
revoke all on table public.tracker_events from public, authenticated, anon;
grant select, insert, update, delete on table public.tracker_events to authenticated;
grant all on table public.tracker_events to service_role;
grant select on table public.tracker_events to powersync_role;

-- tracker_state_entry

create table public.tracker_state_entry (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    entry_id uuid not null,
    tracker_id uuid not null,
    value jsonb,
    last_event_id uuid,
    updated_at timestamptz not null default now(),
    constraint tracker_state_entry_pkey primary key (id),
    constraint tracker_state_entry_uniq unique (user_id, entry_id, tracker_id)
);
comment on table public.tracker_state_entry is 'What a tracker comes to in a journal entry; computed from the events.';

alter table public.tracker_state_entry enable row level security;
revoke all on table public.tracker_state_entry from public, authenticated, anon;
grant select on table public.tracker_state_entry to authenticated;
grant all on table public.tracker_state_entry to service_role;
grant select on table public.tracker_state_entry to powersync_role;

-- tracker_state_day

create table public.tracker_state_day (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null default taskly_private.user_id(),
    anchor_type text not null,
    anchor_date date not null,
    tracker_id uuid not null,
    value jsonb,
    last_event_id uuid,
    updated_at timestamptz not null default now(),
    constraint tracker_state_day_pkey primary key (id),
    constraint tracker_state_day_uniq unique (user_id, anchor_type, anchor_date, tracker_id),
    constraint tracker_state_day_anchor_type_labels check (anchor_type in ('day', 'sleep_night'))
);
comment on table public.tracker_state_day is 'What a tracker comes to on a day; computed from the events.';

create index tracker_state_day_lookup on public.tracker_state_day (user_id, anchor_type, anchor_date);

alter table public.tracker_state_day enable row level security;
revoke all on table public.tracker_state_day from public, authenticated, anon;
grant select on table public.tracker_state_day to authenticated;
grant all on table public.tracker_state_day to service_role;
grant select on table public.tracker_state_day to powersync_role;

-- Foreign keys, after all tables, so that their order does not matter

alter table public.analytics_snapshots
    add constraint analytics_snapshots_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.analytics_correlations
    add constraint analytics_correlations_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.analytics_insights
    add constraint analytics_insights_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.sync_issues
    add constraint sync_issues_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.user_profiles
    add constraint user_profiles_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public."values"
    add constraint values_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.projects
    add constraint projects_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade on update cascade;
alter table public.projects
    add constraint projects_primary_value_id_fkey foreign key (primary_value_id) references public."values" (id) on delete set null on update cascade;
alter table public.tasks
    add constraint tasks_project_id_fkey foreign key (project_id) references public.projects (id) on delete cascade on update cascade;
alter table public.tasks
    add constraint tasks_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade on update cascade;
alter table public.tasks
    add constraint tasks_override_primary_value_id_fkey foreign key (override_primary_value_id) references public."values" (id) on delete set null;
alter table public.tasks
    add constraint tasks_override_secondary_value_id_fkey foreign key (override_secondary_value_id) references public."values" (id) on delete set null;
alter table public.routines
    add constraint routines_user_id_fkey foreign key (user_id) references auth.users (id);
alter table public.routines
    add constraint routines_project_id_fkey foreign key (project_id) references public.projects (id) on delete cascade;
alter table public.my_day_picks
    add constraint my_day_picks_day_id_fkey foreign key (day_id) references public.my_day_days (id) on delete cascade;
alter table public.my_day_picks
    add constraint my_day_picks_task_id_fkey foreign key (task_id) references public.tasks (id) on delete cascade;
alter table public.my_day_picks
    add constraint my_day_picks_qualifying_value_id_fkey foreign key (qualifying_value_id) references public."values" (id) on delete set null;
alter table public.my_day_picks
    add constraint my_day_picks_routine_id_fkey foreign key (routine_id) references public.routines (id) on delete cascade;
alter table public.my_day_decision_events
    add constraint my_day_decision_events_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.attention_rules
    add constraint attention_rules_user_id_fkey foreign key (user_id) references auth.users (id);
alter table public.attention_rule_runtime_state
    add constraint attention_rule_runtime_state_user_id_fkey foreign key (user_id) references auth.users (id);
alter table public.attention_rule_runtime_state
    add constraint attention_rule_runtime_state_rule_id_fkey foreign key (rule_id) references public.attention_rules (id) on delete cascade;
alter table public.attention_resolutions
    add constraint attention_resolutions_user_id_fkey foreign key (user_id) references auth.users (id);
alter table public.attention_resolutions
    add constraint attention_resolutions_rule_id_fkey foreign key (rule_id) references public.attention_rules (id) on delete cascade;
alter table public.value_ratings_weekly
    add constraint value_ratings_weekly_user_id_fkey foreign key (user_id) references auth.users (id);
alter table public.value_ratings_weekly
    add constraint value_ratings_weekly_value_id_fkey foreign key (value_id) references public."values" (id);
alter table public.project_anchor_state
    add constraint project_anchor_state_user_id_fkey foreign key (user_id) references auth.users (id);
alter table public.project_anchor_state
    add constraint project_anchor_state_project_id_fkey foreign key (project_id) references public.projects (id) on delete cascade;
alter table public.project_completion_history
    add constraint project_completion_history_project_id_fkey foreign key (project_id) references public.projects (id) on delete cascade;
alter table public.project_completion_history
    add constraint project_completion_history_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.project_recurrence_exceptions
    add constraint project_recurrence_exceptions_project_id_fkey foreign key (project_id) references public.projects (id) on delete cascade;
alter table public.project_recurrence_exceptions
    add constraint project_recurrence_exceptions_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.task_checklist_items
    add constraint task_checklist_items_user_id_fkey foreign key (user_id) references auth.users (id);
alter table public.task_checklist_items
    add constraint task_checklist_items_task_id_fkey foreign key (task_id) references public.tasks (id);
alter table public.task_checklist_item_state
    add constraint task_checklist_item_state_task_id_fkey foreign key (task_id) references public.tasks (id) on delete cascade;
alter table public.task_checklist_item_state
    add constraint task_checklist_item_state_item foreign key (checklist_item_id, task_id) references public.task_checklist_items (id, task_id) on delete cascade;
alter table public.task_completion_history
    add constraint task_completion_history_task_id_fkey foreign key (task_id) references public.tasks (id) on delete cascade;
alter table public.task_completion_history
    add constraint task_completion_history_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.task_recurrence_exceptions
    add constraint task_recurrence_exceptions_task_id_fkey foreign key (task_id) references public.tasks (id) on delete cascade;
alter table public.task_recurrence_exceptions
    add constraint task_recurrence_exceptions_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.task_snooze_events
    add constraint task_snooze_events_user_id_fkey foreign key (user_id) references auth.users (id);
alter table public.task_snooze_events
    add constraint task_snooze_events_task_id_fkey foreign key (task_id) references public.tasks (id) on delete cascade on update cascade;
alter table public.routine_checklist_items
    add constraint routine_checklist_items_user_id_fkey foreign key (user_id) references auth.users (id);
alter table public.routine_checklist_items
    add constraint routine_checklist_items_routine_id_fkey foreign key (routine_id) references public.routines (id);
alter table public.routine_checklist_item_state
    add constraint routine_checklist_item_state_routine_id_fkey foreign key (routine_id) references public.routines (id) on delete cascade;
alter table public.routine_checklist_item_state
    add constraint routine_checklist_item_state_item foreign key (checklist_item_id, routine_id) references public.routine_checklist_items (id, routine_id) on delete cascade;
alter table public.routine_completions
    add constraint routine_completions_user_id_fkey foreign key (user_id) references auth.users (id);
alter table public.routine_completions
    add constraint routine_completions_routine_id_fkey foreign key (routine_id) references public.routines (id) on delete cascade;
alter table public.routine_skips
    add constraint routine_skips_user_id_fkey foreign key (user_id) references auth.users (id);
alter table public.routine_skips
    add constraint routine_skips_routine_id_fkey foreign key (routine_id) references public.routines (id) on delete cascade;
alter table public.checklist_events
    add constraint checklist_events_user_id_fkey foreign key (user_id) references auth.users (id);
alter table public.journal_entries
    add constraint journal_entries_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.tracker_groups
    add constraint tracker_groups_user_id_fkey foreign key (user_id) references auth.users (id);
alter table public.tracker_definitions
    add constraint tracker_definitions_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.tracker_definitions
    add constraint tracker_definitions_linked_value_id_fkey foreign key (linked_value_id) references public."values" (id) on delete set null;
alter table public.tracker_definitions
    add constraint tracker_definitions_group_id_fkey foreign key (group_id) references public.tracker_groups (id) on delete set null;
alter table public.tracker_preferences
    add constraint tracker_preferences_user_id_fkey foreign key (user_id) references auth.users (id);
alter table public.tracker_preferences
    add constraint tracker_preferences_tracker_id_fkey foreign key (tracker_id) references public.tracker_definitions (id) on delete cascade;
alter table public.tracker_definition_choices
    add constraint tracker_definition_choices_user_id_fkey foreign key (user_id) references auth.users (id);
alter table public.tracker_definition_choices
    add constraint tracker_definition_choices_tracker_id_fkey foreign key (tracker_id) references public.tracker_definitions (id) on delete cascade;
alter table public.tracker_events
    add constraint tracker_events_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.tracker_events
    add constraint tracker_events_tracker_id_fkey foreign key (tracker_id) references public.tracker_definitions (id) on delete cascade;
alter table public.tracker_events
    add constraint tracker_events_entry_id_fkey foreign key (entry_id) references public.journal_entries (id) on delete cascade;
alter table public.tracker_state_entry
    add constraint tracker_state_entry_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.tracker_state_entry
    add constraint tracker_state_entry_entry_id_fkey foreign key (entry_id) references public.journal_entries (id) on delete cascade;
alter table public.tracker_state_entry
    add constraint tracker_state_entry_tracker_id_fkey foreign key (tracker_id) references public.tracker_definitions (id) on delete cascade;
alter table public.tracker_state_day
    add constraint tracker_state_day_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.tracker_state_day
    add constraint tracker_state_day_tracker_id_fkey foreign key (tracker_id) references public.tracker_definitions (id) on delete cascade;

-- What the declaration says of columns beyond a default: functions, and the triggers that call them

-- Refuses a change of what the server has filled in: user_id.
create function taskly_private.hold_user_id() returns trigger
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
revoke all on function taskly_private.hold_user_id() from public;
create trigger _analytics_snapshots_held_update
    before update on public.analytics_snapshots
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.analytics_snapshots'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _analytics_correlations_held_update
    before update on public.analytics_correlations
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.analytics_correlations'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _analytics_insights_held_update
    before update on public.analytics_insights
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.analytics_insights'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _user_profiles_held_update
    before update on public.user_profiles
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.user_profiles'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _my_day_days_held_update
    before update on public.my_day_days
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.my_day_days'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _my_day_picks_held_update
    before update on public.my_day_picks
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.my_day_picks'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _pending_notifications_held_update
    before update on public.pending_notifications
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.pending_notifications'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _attention_rules_held_update
    before update on public.attention_rules
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.attention_rules'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _attention_rule_runtime_state_held_update
    before update on public.attention_rule_runtime_state
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.attention_rule_runtime_state'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _values_held_update
    before update on public."values"
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public."values"'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _value_ratings_weekly_held_update
    before update on public.value_ratings_weekly
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.value_ratings_weekly'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _projects_held_update
    before update on public.projects
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.projects'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _project_anchor_state_held_update
    before update on public.project_anchor_state
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.project_anchor_state'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _project_completion_history_held_update
    before update on public.project_completion_history
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.project_completion_history'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _project_recurrence_exceptions_held_update
    before update on public.project_recurrence_exceptions
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.project_recurrence_exceptions'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _tasks_held_update
    before update on public.tasks
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.tasks'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _task_checklist_items_held_update
    before update on public.task_checklist_items
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.task_checklist_items'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _task_checklist_item_state_held_update
    before update on public.task_checklist_item_state
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.task_checklist_item_state'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _task_completion_history_held_update
    before update on public.task_completion_history
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.task_completion_history'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _task_recurrence_exceptions_held_update
    before update on public.task_recurrence_exceptions
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.task_recurrence_exceptions'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _task_snooze_events_held_update
    before update on public.task_snooze_events
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.task_snooze_events'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _routines_held_update
    before update on public.routines
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.routines'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _routine_checklist_items_held_update
    before update on public.routine_checklist_items
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.routine_checklist_items'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _routine_checklist_item_state_held_update
    before update on public.routine_checklist_item_state
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.routine_checklist_item_state'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _routine_completions_held_update
    before update on public.routine_completions
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.routine_completions'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _routine_skips_held_update
    before update on public.routine_skips
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.routine_skips'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _journal_entries_held_update
    before update on public.journal_entries
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.journal_entries'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _tracker_groups_held_update
    before update on public.tracker_groups
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.tracker_groups'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _tracker_definitions_held_update
    before update on public.tracker_definitions
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.tracker_definitions'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _tracker_preferences_held_update
    before update on public.tracker_preferences
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.tracker_preferences'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _tracker_definition_choices_held_update
    before update on public.tracker_definition_choices
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.tracker_definition_choices'::regclass))
    execute function taskly_private.hold_user_id();
create trigger _tracker_events_held_update
    before update on public.tracker_events
    for each row
    when (new.user_id is distinct from old.user_id and row_security_active('public.tracker_events'::regclass))
    execute function taskly_private.hold_user_id();

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
    before update on public.analytics_snapshots
    for each row
    when (new.id is distinct from old.id and row_security_active('public.analytics_snapshots'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public.analytics_correlations
    for each row
    when (new.id is distinct from old.id and row_security_active('public.analytics_correlations'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public.analytics_insights
    for each row
    when (new.id is distinct from old.id and row_security_active('public.analytics_insights'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public.sync_issues
    for each row
    when (new.id is distinct from old.id and row_security_active('public.sync_issues'::regclass))
    execute function taskly_private.keep_set_once('id');
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
    when (new.id is distinct from old.id and row_security_active('public.my_day_picks'::regclass))
    execute function taskly_private.keep_set_once('id');
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
    before update on public.attention_rule_runtime_state
    for each row
    when (new.id is distinct from old.id and row_security_active('public.attention_rule_runtime_state'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public."values"
    for each row
    when (new.id is distinct from old.id and row_security_active('public."values"'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public.value_ratings_weekly
    for each row
    when ((new.id is distinct from old.id or new.value_id is distinct from old.value_id or new.week_start is distinct from old.week_start) and row_security_active('public.value_ratings_weekly'::regclass))
    execute function taskly_private.keep_set_once('id, value_id, week_start');
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
    before update on public.project_completion_history
    for each row
    when ((new.id is distinct from old.id or new.project_id is distinct from old.project_id or new.occurrence_date is distinct from old.occurrence_date) and row_security_active('public.project_completion_history'::regclass))
    execute function taskly_private.keep_set_once('id, project_id, occurrence_date');
create trigger _set_once
    before update on public.project_recurrence_exceptions
    for each row
    when ((new.id is distinct from old.id or new.project_id is distinct from old.project_id or new.original_date is distinct from old.original_date) and row_security_active('public.project_recurrence_exceptions'::regclass))
    execute function taskly_private.keep_set_once('id, project_id, original_date');
create trigger _set_once
    before update on public.tasks
    for each row
    when (new.id is distinct from old.id and row_security_active('public.tasks'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public.task_checklist_items
    for each row
    when (new.id is distinct from old.id and row_security_active('public.task_checklist_items'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public.task_checklist_item_state
    for each row
    when ((new.id is distinct from old.id or new.task_id is distinct from old.task_id or new.checklist_item_id is distinct from old.checklist_item_id or new.occurrence_date is distinct from old.occurrence_date) and row_security_active('public.task_checklist_item_state'::regclass))
    execute function taskly_private.keep_set_once('id, task_id, checklist_item_id, occurrence_date');
create trigger _set_once
    before update on public.task_completion_history
    for each row
    when ((new.id is distinct from old.id or new.task_id is distinct from old.task_id or new.occurrence_date is distinct from old.occurrence_date) and row_security_active('public.task_completion_history'::regclass))
    execute function taskly_private.keep_set_once('id, task_id, occurrence_date');
create trigger _set_once
    before update on public.task_recurrence_exceptions
    for each row
    when ((new.id is distinct from old.id or new.task_id is distinct from old.task_id or new.original_date is distinct from old.original_date) and row_security_active('public.task_recurrence_exceptions'::regclass))
    execute function taskly_private.keep_set_once('id, task_id, original_date');
create trigger _set_once
    before update on public.task_snooze_events
    for each row
    when (new.id is distinct from old.id and row_security_active('public.task_snooze_events'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public.routines
    for each row
    when (new.id is distinct from old.id and row_security_active('public.routines'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public.routine_checklist_items
    for each row
    when (new.id is distinct from old.id and row_security_active('public.routine_checklist_items'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public.routine_checklist_item_state
    for each row
    when ((new.id is distinct from old.id or new.routine_id is distinct from old.routine_id or new.checklist_item_id is distinct from old.checklist_item_id or new.period_type is distinct from old.period_type or new.window_key is distinct from old.window_key) and row_security_active('public.routine_checklist_item_state'::regclass))
    execute function taskly_private.keep_set_once('id, routine_id, checklist_item_id, period_type, window_key');
create trigger _set_once
    before update on public.routine_completions
    for each row
    when (new.id is distinct from old.id and row_security_active('public.routine_completions'::regclass))
    execute function taskly_private.keep_set_once('id');
create trigger _set_once
    before update on public.routine_skips
    for each row
    when ((new.id is distinct from old.id or new.routine_id is distinct from old.routine_id or new.period_type is distinct from old.period_type or new.period_key is distinct from old.period_key) and row_security_active('public.routine_skips'::regclass))
    execute function taskly_private.keep_set_once('id, routine_id, period_type, period_key');
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
    before update on public.tracker_preferences
    for each row
    when ((new.id is distinct from old.id or new.tracker_id is distinct from old.tracker_id) and row_security_active('public.tracker_preferences'::regclass))
    execute function taskly_private.keep_set_once('id, tracker_id');
create trigger _set_once
    before update on public.tracker_definition_choices
    for each row
    when ((new.id is distinct from old.id or new.tracker_id is distinct from old.tracker_id or new.choice_key is distinct from old.choice_key) and row_security_active('public.tracker_definition_choices'::regclass))
    execute function taskly_private.keep_set_once('id, tracker_id, choice_key');
create trigger _set_once
    before update on public.tracker_events
    for each row
    when (new.id is distinct from old.id and row_security_active('public.tracker_events'::regclass))
    execute function taskly_private.keep_set_once('id');

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

-- Passes over a row of checklist_events that is there already, so that an upload may be sent again.
create function taskly_private.again_checklist_events() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if exists (select from public.checklist_events as stored
        where stored.id = new.id
        and stored.parent_type is not distinct from new.parent_type
        and stored.parent_id is not distinct from new.parent_id
        and stored.checklist_item_id is not distinct from new.checklist_item_id
        and stored.scope_period_type is not distinct from new.scope_period_type
        and stored.scope_date is not distinct from new.scope_date
        and stored.event_type is not distinct from new.event_type
        and stored.metrics_json is not distinct from new.metrics_json) then
        return null;
    end if;
    return new;
end
$$;
revoke all on function taskly_private.again_checklist_events() from public;
create trigger _again
    before insert on public.checklist_events
    for each row
    when (row_security_active('public.checklist_events'::regclass))
    execute function taskly_private.again_checklist_events();

-- What access rules look up: functions that read as their owner, whatever the policies of the tables say

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

create function taskly_private.my_task_items() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.task_checklist_items
    where user_id = (select taskly_private.user_id());
end;
revoke all on function taskly_private.my_task_items() from public;
grant execute on function taskly_private.my_task_items() to authenticated;

create function taskly_private.my_routine_items() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.routine_checklist_items
    where user_id = (select taskly_private.user_id());
end;
revoke all on function taskly_private.my_routine_items() from public;
grant execute on function taskly_private.my_routine_items() to authenticated;

-- Who may see and change which rows; what no policy grants is denied

-- analytics_snapshots
create policy read on public.analytics_snapshots for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.analytics_snapshots for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.analytics_snapshots for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.analytics_snapshots for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- analytics_correlations
create policy read on public.analytics_correlations for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.analytics_correlations for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.analytics_correlations for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.analytics_correlations for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- analytics_insights
create policy read on public.analytics_insights for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.analytics_insights for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.analytics_insights for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.analytics_insights for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- sync_issues
create policy read on public.sync_issues for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.sync_issues for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.sync_issues for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));

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
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.projects for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.projects for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- tasks
create policy read on public.tasks for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.tasks for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.tasks for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.tasks for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- routines
create policy read on public.routines for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.routines for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.routines for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.routines for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- my_day_picks
create policy read on public.my_day_picks for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.my_day_picks for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.my_day_picks for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.my_day_picks for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- my_day_decision_events
create policy insert on public.my_day_decision_events for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));

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

-- attention_rule_runtime_state
create policy read on public.attention_rule_runtime_state for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.attention_rule_runtime_state for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.attention_rule_runtime_state for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.attention_rule_runtime_state for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- attention_resolutions
create policy read on public.attention_resolutions for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.attention_resolutions for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.attention_resolutions for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- value_ratings_weekly
create policy read on public.value_ratings_weekly for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.value_ratings_weekly for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.value_ratings_weekly for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.value_ratings_weekly for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- project_anchor_state
create policy read on public.project_anchor_state for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.project_anchor_state for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.project_anchor_state for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.project_anchor_state for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- project_completion_history
create policy read on public.project_completion_history for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.project_completion_history for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.project_completion_history for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.project_completion_history for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- project_recurrence_exceptions
create policy read on public.project_recurrence_exceptions for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.project_recurrence_exceptions for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.project_recurrence_exceptions for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.project_recurrence_exceptions for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- task_checklist_items
create policy read on public.task_checklist_items for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.task_checklist_items for insert to authenticated
    with check (
        user_id = (select taskly_private.user_id())
        and task_id = any (array(select taskly_private.my_tasks()))
    );
create policy update on public.task_checklist_items for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (
        user_id = (select taskly_private.user_id())
        and task_id = any (array(select taskly_private.my_tasks()))
    );
create policy delete on public.task_checklist_items for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- task_checklist_item_state
create policy read on public.task_checklist_item_state for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.task_checklist_item_state for insert to authenticated
    with check (
        user_id = (select taskly_private.user_id())
        and task_id = any (array(select taskly_private.my_tasks()))
        and checklist_item_id = any (array(select taskly_private.my_task_items()))
    );
create policy update on public.task_checklist_item_state for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (
        user_id = (select taskly_private.user_id())
        and task_id = any (array(select taskly_private.my_tasks()))
        and checklist_item_id = any (array(select taskly_private.my_task_items()))
    );
create policy delete on public.task_checklist_item_state for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- task_completion_history
create policy read on public.task_completion_history for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.task_completion_history for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.task_completion_history for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.task_completion_history for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- task_recurrence_exceptions
create policy read on public.task_recurrence_exceptions for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.task_recurrence_exceptions for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.task_recurrence_exceptions for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.task_recurrence_exceptions for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- task_snooze_events
create policy read on public.task_snooze_events for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.task_snooze_events for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.task_snooze_events for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.task_snooze_events for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- routine_checklist_items
create policy read on public.routine_checklist_items for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.routine_checklist_items for insert to authenticated
    with check (
        user_id = (select taskly_private.user_id())
        and routine_id = any (array(select taskly_private.my_routines()))
    );
create policy update on public.routine_checklist_items for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (
        user_id = (select taskly_private.user_id())
        and routine_id = any (array(select taskly_private.my_routines()))
    );
create policy delete on public.routine_checklist_items for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- routine_checklist_item_state
create policy read on public.routine_checklist_item_state for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.routine_checklist_item_state for insert to authenticated
    with check (
        user_id = (select taskly_private.user_id())
        and routine_id = any (array(select taskly_private.my_routines()))
        and checklist_item_id = any (array(select taskly_private.my_routine_items()))
    );
create policy update on public.routine_checklist_item_state for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (
        user_id = (select taskly_private.user_id())
        and routine_id = any (array(select taskly_private.my_routines()))
        and checklist_item_id = any (array(select taskly_private.my_routine_items()))
    );
create policy delete on public.routine_checklist_item_state for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- routine_completions
create policy read on public.routine_completions for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.routine_completions for insert to authenticated
    with check (
        user_id = (select taskly_private.user_id())
        and routine_id = any (array(select taskly_private.my_routines()))
    );
create policy update on public.routine_completions for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.routine_completions for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- routine_skips
create policy read on public.routine_skips for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.routine_skips for insert to authenticated
    with check (
        user_id = (select taskly_private.user_id())
        and routine_id = any (array(select taskly_private.my_routines()))
    );
create policy update on public.routine_skips for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.routine_skips for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- checklist_events
create policy read on public.checklist_events for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.checklist_events for insert to authenticated
    with check (
        user_id = (select taskly_private.user_id())
        and (parent_type = 'task' and parent_id = any (array(select taskly_private.my_tasks())) or parent_type = 'routine' and parent_id = any (array(select taskly_private.my_routines())))
    );
create policy delete on public.checklist_events for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

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
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.tracker_definitions for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.tracker_definitions for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- tracker_preferences
create policy read on public.tracker_preferences for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.tracker_preferences for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.tracker_preferences for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.tracker_preferences for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- tracker_definition_choices
create policy read on public.tracker_definition_choices for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.tracker_definition_choices for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.tracker_definition_choices for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.tracker_definition_choices for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- tracker_events
create policy read on public.tracker_events for select to authenticated
    using (user_id = (select taskly_private.user_id()));
create policy insert on public.tracker_events for insert to authenticated
    with check (user_id = (select taskly_private.user_id()));
create policy update on public.tracker_events for update to authenticated
    using (user_id = (select taskly_private.user_id()))
    with check (user_id = (select taskly_private.user_id()));
create policy delete on public.tracker_events for delete to authenticated
    using (user_id = (select taskly_private.user_id()));

-- tracker_state_entry
create policy read on public.tracker_state_entry for select to authenticated
    using (user_id = (select taskly_private.user_id()));

-- tracker_state_day
create policy read on public.tracker_state_day for select to authenticated
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
        'public.analytics_snapshots',
        'public.analytics_correlations',
        'public.analytics_insights',
        'public.user_profiles',
        'public.my_day_days',
        'public.my_day_picks',
        'public.pending_notifications',
        'public.attention_rules',
        'public.attention_rule_runtime_state',
        'public.attention_resolutions',
        'public."values"',
        'public.value_ratings_weekly',
        'public.projects',
        'public.project_anchor_state',
        'public.project_completion_history',
        'public.project_recurrence_exceptions',
        'public.tasks',
        'public.task_checklist_items',
        'public.task_checklist_item_state',
        'public.task_completion_history',
        'public.task_recurrence_exceptions',
        'public.task_snooze_events',
        'public.routines',
        'public.routine_checklist_items',
        'public.routine_checklist_item_state',
        'public.routine_completions',
        'public.routine_skips',
        'public.checklist_events',
        'public.journal_entries',
        'public.tracker_groups',
        'public.tracker_definitions',
        'public.tracker_preferences',
        'public.tracker_definition_choices',
        'public.tracker_events',
        'public.tracker_state_entry',
        'public.tracker_state_day'
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

-- set_updated_at
-- Moves `updated_at` with every change, whatever the change says of it. The app had five functions for this, and ten tables without one.
create function public.set_updated_at() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$ begin new.updated_at := now(); return new; end $$;
revoke all on function public.set_updated_at() from public;
create trigger set_updated_at before update on public.project_completion_history for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.project_recurrence_exceptions for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.tasks for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.task_checklist_items for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.task_checklist_item_state for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.task_completion_history for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.task_recurrence_exceptions for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.routine_checklist_items for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.routine_checklist_item_state for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.user_profiles for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.my_day_days for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.my_day_picks for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.attention_rules for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.attention_rule_runtime_state for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.tracker_definitions for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.sync_issues for each row execute function public.set_updated_at();

-- tracker_value
-- What a tracker comes to in an entry or on a day: the sum since it was last set, or what was set. A tracker that was cleared has no value.
create function public.tracker_value(event public.tracker_events, out value jsonb, out last_event_id uuid)
  language sql stable set search_path = pg_catalog, pg_temp
  as $$
    with events as (
      select e.id, e.op, e.value, row_number() over (order by e.occurred_at desc, e.recorded_at desc, e.id desc) as nr
      from public.tracker_events as e
      where e.user_id = (event).user_id and e.tracker_id = (event).tracker_id and e.anchor_type = (event).anchor_type
        and e.entry_id is not distinct from (event).entry_id and e.anchor_date is not distinct from (event).anchor_date
    ),
    counted as (
      select * from events where nr <= coalesce((select min(nr) from events where op <> 'add'), 9223372036854775807)
    )
    select
      case (select op from counted where nr = 1)
        when 'clear' then null
        when 'set' then (select c.value from counted as c where nr = 1)
        else (select to_jsonb(sum((c.value #>> '{}')::numeric)) from counted as c where jsonb_typeof(c.value) = 'number')
      end,
      (select id from counted where nr = 1)
  $$;
revoke all on function public.tracker_value(public.tracker_events) from public;

-- apply_tracker_event
-- Keeps what devices read of the events; it writes as its owner, so that no client needs the right to.
create function public.apply_tracker_event() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    now_is record;
  begin
    -- Events of one tracker come one after the other, so that none is left out of a sum.
    perform pg_advisory_xact_lock(hashtextextended(new.tracker_id::text, 0));
    select * into now_is from public.tracker_value(new);
    if new.anchor_type = 'entry' then
      update public.tracker_state_entry as s
        set value = now_is.value, last_event_id = now_is.last_event_id, updated_at = now()
        where s.user_id = new.user_id and s.entry_id = new.entry_id and s.tracker_id = new.tracker_id;
      if not found then
        insert into public.tracker_state_entry (user_id, entry_id, tracker_id, value, last_event_id)
          values (new.user_id, new.entry_id, new.tracker_id, now_is.value, now_is.last_event_id);
      end if;
    else
      update public.tracker_state_day as s
        set value = now_is.value, last_event_id = now_is.last_event_id, updated_at = now()
        where s.user_id = new.user_id and s.anchor_type = new.anchor_type and s.anchor_date = new.anchor_date
          and s.tracker_id = new.tracker_id;
      if not found then
        insert into public.tracker_state_day (user_id, anchor_type, anchor_date, tracker_id, value, last_event_id)
          values (new.user_id, new.anchor_type, new.anchor_date, new.tracker_id, now_is.value, now_is.last_event_id);
      end if;
    end if;
    return null;
  end
  $$;
revoke all on function public.apply_tracker_event() from public;
create trigger apply_event
  after insert or update of tracker_id, anchor_type, entry_id, anchor_date, op, value on public.tracker_events
  for each row execute function public.apply_tracker_event();

-- record_sync_issue
-- Notes what a client of the caller could not upload; the same issue again is counted.
create function public.record_sync_issue(severity text, category text, fingerprint text, issue_code text, title text, message text, details jsonb default '{}') returns void
  language sql security definer set search_path = pg_catalog, pg_temp
  as $$
    insert into public.sync_issues as i (user_id, severity, category, fingerprint, issue_code, title, message, details)
      select taskly_private.user_id(), $1, $2, $3, $4, $5, $6, coalesce($7, '{}')
      where taskly_private.user_id() is not null
      on conflict (user_id, fingerprint) do update
        set occurrence_count = i.occurrence_count + 1, last_seen_at = now(), status = 'open', resolved_at = null,
          severity = excluded.severity, title = excluded.title, message = excluded.message, details = excluded.details
  $$;
revoke all on function public.record_sync_issue(text, text, text, text, text, text, jsonb) from public, anon;
grant execute on function public.record_sync_issue(text, text, text, text, text, text, jsonb) to authenticated;
