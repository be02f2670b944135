//! The catalog that a live database tells equals the one that its model asks for, and every altered fact is told.

use std::path::Path;

use synctable::{FkAction, Kind, Scalar, SyncMode};
use synctable_codegen::catalog::{self, difference};
use synctable_codegen::diagnostic::{Color, Complaints, Diagnostics, Format, render};
use synctable_codegen::ledger::Ledger;
use synctable_codegen::model::{
    Auth, Check, CheckBody, Column, DefaultValue, Expr, ForeignKey, Function, Generated, Index,
    IndexPart, IndexSide, Literal, Model, OnServer, Unique, UniquePart, sample,
};
use synctable_codegen::read;
use synctable_codegen::targets::{postgres as target, sqlite};
use synctable_codegen::verify;
use tests::cases::{each, workspace};
use tests::postgres::{Cluster, Database, OWNER};

fn applied(hint: &str, model: &Model) -> Database<'static> {
    let database = match model.postgres.auth {
        Auth::Supabase => Cluster::shared().database(hint),
        Auth::JwtClaims => Cluster::shared().plain_database(hint),
    };
    let tree = (target::TARGET.emit)(model);
    database
        .apply_setup(&tree.get("setup.sql").expect("it stands beside the ledger"))
        .unwrap_or_else(|error| panic!("{error}"));
    let baseline = target::baseline(model);
    database
        .apply(&baseline)
        .unwrap_or_else(|error| panic!("{error}\n{baseline}"));
    if let Some(storage) = tree.get("storage.sql") {
        database
            .apply(&storage)
            .unwrap_or_else(|error| panic!("{error}\n{storage}"));
    }
    database
}

fn model_of(folder: &Path) -> Model {
    let reading = read(folder);
    let mut model = reading.model.unwrap_or_else(|| {
        let report = render(
            Format::Human(Color::Never),
            &reading.diagnostics,
            &reading.sources,
        );
        panic!("{report}")
    });
    model.postgres.roles.owner = OWNER.to_owned();
    model
}

/// What differs, but for what hand-written SQL makes, which no model knows.
fn differences(database: &Database<'_>, model: &Model) -> Vec<String> {
    let reading = catalog::postgres::Reading::of(model);
    let found = catalog::postgres::read(&mut database.superuser(), &reading)
        .expect("the catalog is readable");
    catalog::without_written(model, difference(&catalog::lower(model), &found))
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn the_sample_is_read_as_it_was_asked_for() {
    let model = sample::model();
    let database = applied("catalog_sample", &model);
    assert_eq!(differences(&database, &model), [""; 0]);
}

#[test]
fn what_is_declared_here_is_read_as_it_was_asked_for() {
    let root = workspace();
    let mut folders = vec![root.join("schema")];
    folders.extend(
        ["powergit", "taskly", "tunetrees"]
            .map(|app| root.join("examples").join(app).join("schema")),
    );
    for folder in folders {
        let model = model_of(&folder);
        let database = applied("catalog", &model);
        let found = differences(&database, &model);
        assert!(
            found.is_empty(),
            "{}:\n{}",
            folder.display(),
            found.join("\n")
        );
    }
}

#[test]
fn every_accepted_case_is_read_as_it_was_asked_for() {
    each("accept", |case| {
        let model = model_of(&case.folder.join("schema"));
        let database = applied("catalog_case", &model);
        let found = differences(&database, &model);
        match found.is_empty() {
            true => Ok(()),
            false => Err(found.join("\n")),
        }
    });
}

/// Statements that alter one fact of `schema/`, and how the difference is told.
const ALTERATIONS: &[(&str, &str)] = &[
    (
        "drop index public.items_by_list",
        "table public.items, index items_by_list: it is missing",
    ),
    (
        "drop index public.items_by_list; create index items_by_list on public.items (list_id, status, place)",
        "table public.items, index items_by_list, of",
    ),
    (
        "drop index public.items_by_tag; create index items_by_tag on public.items (tags)",
        "table public.items, index items_by_tag, method: btree instead of gin",
    ),
    (
        "drop index public.items_by_title; create index items_by_title on public.items (lower(title), due_on nulls first) where status <> 'done'",
        "table public.items, index items_by_title, where",
    ),
    (
        "drop index public.items_by_parent; create index items_by_parent on public.items (parent_id)",
        "table public.items, index items_by_parent, include",
    ),
    (
        "create index extra on public.items (title)",
        "table public.items, index extra: it is unexpected",
    ),
    (
        "drop index public.lists_name; create unique index lists_name on public.lists (owner_id, lower(name))",
        "table public.lists, unique lists_name, where",
    ),
    (
        "alter table people.teams drop constraint teams_name, add constraint teams_name unique (region, name)",
        "table people.teams, unique teams_name, nulls: distinct instead of not distinct",
    ),
    (
        "alter table public.items drop constraint items_place, add constraint items_place unique (list_id, place, id)",
        "table public.items, unique items_place, deferrable: false instead of true",
    ),
    (
        "alter table public.items alter column place type bigint",
        "table public.items, column place, type: bigint instead of integer",
    ),
    (
        "alter table public.items alter column note type varchar(10)",
        "table public.items, column note, type: varchar(10) instead of text",
    ),
    (
        "alter table public.items alter column starts_at type timestamptz",
        "table public.items, column starts_at, type: timestamptz instead of timestamp",
    ),
    (
        "alter table public.items alter column estimate type numeric(10,3)",
        "table public.items, column estimate, type: numeric(10,3) instead of numeric(10,2)",
    ),
    (
        "alter table public.items alter column title drop not null",
        "table public.items, column title, null: nullable instead of not null",
    ),
    (
        "alter table public.items alter column place drop default",
        "table public.items, column place, default",
    ),
    (
        "alter table public.items alter column status set default 'done'",
        "table public.items, column status, default",
    ),
    (
        "alter table people.teams alter column invite_code set default md5('')",
        "table people.teams, column invite_code, default",
    ),
    (
        "alter table public.items drop column note",
        "table public.items, column note: it is missing",
    ),
    (
        "alter table public.items add column extra int",
        "table public.items, column extra: it is unexpected",
    ),
    (
        "alter table ops.jobs alter column id drop identity",
        "table ops.jobs, column id, identity: false instead of true",
    ),
    (
        "alter table ops.jobs drop column folded_name cascade; alter table ops.jobs add column folded_name text not null generated always as (upper(name)) stored",
        "table ops.jobs, column folded_name, generated",
    ),
    (
        "alter table public.items drop constraint items_title_check",
        "table public.items, check items_title_check: it is missing",
    ),
    (
        "alter table public.items drop constraint items_title_check, add constraint items_title_check check (length(title) between 1 and 501)",
        "table public.items, check items_title_check, condition",
    ),
    (
        "alter table public.items drop constraint items_tags_not_empty, add constraint items_tags_not_empty check (array_position(tags, 'x') is null)",
        "table public.items, check items_tags_not_empty, condition",
    ),
    (
        "alter table public.items validate constraint items_not_its_own_parent",
        "table public.items, check items_not_its_own_parent, validated: true instead of false",
    ),
    (
        "alter table public.items drop constraint items_list_id_fkey, add constraint items_list_id_fkey foreign key (list_id) references public.lists (id)",
        "table public.items, foreign key items_list_id_fkey, on delete: NO ACTION instead of CASCADE",
    ),
    (
        "alter table public.lists alter constraint lists_pinned_item_id_fkey not deferrable",
        "table public.lists, foreign key lists_pinned_item_id_fkey, deferrable: false instead of true",
    ),
    (
        "alter table public.lists alter constraint lists_pinned_item_id_fkey deferrable initially immediate",
        "table public.lists, foreign key lists_pinned_item_id_fkey, deferrable: on demand instead of true",
    ),
    (
        "alter table people.profiles drop constraint profiles_handle_key, add constraint profiles_handle_key unique (handle) deferrable",
        "table people.profiles, unique profiles_handle_key, deferrable: on demand instead of false",
    ),
    (
        "alter table public.items drop constraint items_pkey cascade, add constraint items_pkey primary key (id) deferrable",
        "table public.items, primary key items_pkey, deferrable: on demand is unexpected",
    ),
    (
        "alter table public.items drop constraint items_pkey cascade, add constraint items_pkey primary key (id, list_id)",
        "table public.items, primary key items_pkey",
    ),
    (
        "alter type public.item_status add value 'late'",
        "enum public.item_status, labels",
    ),
    (
        "alter domain public.hex_color drop constraint hex_color_check",
        "domain public.hex_color, check hex_color_check",
    ),
    (
        "alter table public.items disable row level security",
        "table public.items, row-level security: off instead of enabled",
    ),
    (
        "alter table public.items force row level security",
        "table public.items, row-level security: forced instead of enabled",
    ),
    (
        "create policy everybody on public.items using (true)",
        "table public.items, policy everybody",
    ),
    (
        "drop policy read on public.items",
        "table public.items, policy read: it is missing",
    ),
    (
        "alter policy read on public.items using (true)",
        "table public.items, policy read, using",
    ),
    (
        "alter policy read on public.items using (list_id = any (array(select tasks_private.my_lists())))",
        "table public.items, policy read, using",
    ),
    (
        "alter policy read on people.teams using (created_by = (select auth.uid()) or id = any (array(select tasks_private.my_teams())))",
        "table people.teams, policy read, using",
    ),
    (
        "alter policy update on public.items with check (true)",
        "table public.items, policy update, with check",
    ),
    (
        "alter policy read on public.items to anon",
        "table public.items, policy read, to: anon instead of authenticated",
    ),
    (
        "alter policy read on public.items to public",
        "table public.items, policy read, to: public instead of authenticated",
    ),
    (
        "drop policy read on public.comments; create policy read on public.comments as restrictive for select to authenticated using (item_id = any (array(select tasks_private.my_items())))",
        "table public.comments, policy read, form: restrictive instead of permissive",
    ),
    (
        "drop policy read on public.comments; create policy read on public.comments for all to authenticated using (item_id = any (array(select tasks_private.my_items())))",
        "table public.comments, policy read, for: all instead of select",
    ),
    (
        "alter function tasks_private.my_lists() security invoker",
        "function tasks_private.my_lists, security definer: false instead of true",
    ),
    (
        "alter function tasks_private.my_lists() volatile",
        "function tasks_private.my_lists, volatility: volatile instead of stable",
    ),
    (
        "alter function tasks_private.my_lists() set search_path = ''",
        "function tasks_private.my_lists, settings",
    ),
    (
        "alter function tasks_private.my_lists() parallel unsafe",
        "function tasks_private.my_lists, parallel safe: false instead of true",
    ),
    (
        "create or replace function tasks_private.my_lists() returns setof uuid language sql stable security definer set search_path = '' as 'select id from public.lists'",
        "function tasks_private.my_lists, body",
    ),
    (
        "create or replace function tasks_private.my_lists() returns setof uuid language sql stable parallel safe security definer begin atomic select id from public.lists; end",
        "function tasks_private.my_lists, body",
    ),
    (
        "create or replace function tasks_private.my_lists() returns setof uuid language sql stable parallel safe security definer begin atomic
         select id from public.lists where owner_id = (select tasks_private.user_id()) or team_id = any (array(select tasks_private.managed_teams())); end",
        "function tasks_private.my_lists, body",
    ),
    (
        "create or replace function tasks_private.my_lists() returns setof uuid language sql stable parallel safe security definer begin atomic
         select id from public.lists where owner_id = (select tasks_private.user_id()) or team_id = any (array(select tasks_private.my_teams())) limit 1; end",
        "function tasks_private.my_lists, body",
    ),
    (
        "create or replace function tasks_private.my_lists() returns setof uuid language sql stable parallel safe security definer begin atomic
         select id from public.lists where owner_id = (select tasks_private.user_id()) or team_id = any (array(select tasks_private.my_teams()));
         select id from public.lists; end",
        "function tasks_private.my_lists, body",
    ),
    // The old form of the same words, whose names are looked up when it is called.
    (
        "create or replace function tasks_private.my_lists() returns setof uuid language sql stable parallel safe security definer
         as 'select id from public.lists where owner_id = (select tasks_private.user_id()) or team_id = any (array(select tasks_private.my_teams()))'",
        "function tasks_private.my_lists, body",
    ),
    (
        "create or replace function tasks_private.user_id() returns uuid language sql stable parallel safe return auth.uid()",
        "function tasks_private.user_id, body",
    ),
    (
        "create or replace function tasks_private.user_id() returns uuid language sql stable parallel safe return (tasks_private.token() ->> 'sub')::uuid",
        "function tasks_private.user_id, body",
    ),
    (
        "create or replace function tasks_private.user_id() returns uuid language sql stable parallel safe return (jsonb_path_query_first(tasks_private.token() -> 'user', 'strict $?(@ like_regex \"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$\")') #>> '{}')::uuid",
        "function tasks_private.user_id, body",
    ),
    (
        "create or replace function tasks_private.claim(path text[]) returns text language sql stable parallel safe return tasks_private.token() #>> path",
        "function tasks_private.claim, body",
    ),
    (
        "create or replace function tasks_private.token() returns jsonb language sql stable parallel safe return auth.jwt()",
        "function tasks_private.token, body",
    ),
    (
        "create or replace function tasks_private.token() returns jsonb language sql stable parallel safe return coalesce(nullif(current_setting('request.jwt.claims', true), ''), nullif(current_setting('request.jwt.claim', true), ''))::jsonb",
        "function tasks_private.token, body",
    ),
    (
        "alter function tasks_private.decide_lists() reset search_path",
        "function tasks_private.decide_lists, settings",
    ),
    (
        "alter function tasks_private.touch_edited_at() set search_path = ''",
        "function tasks_private.touch_edited_at, settings",
    ),
    (
        "grant execute on function tasks_private.my_lists() to anon",
        "function tasks_private.my_lists, execute by anon: it is unexpected",
    ),
    (
        "grant execute on function tasks_private.my_lists() to public",
        "function tasks_private.my_lists, execute by public: it is unexpected",
    ),
    (
        "revoke execute on function tasks_private.my_lists() from authenticated",
        "function tasks_private.my_lists, execute by authenticated: it is missing",
    ),
    (
        "drop function tasks_private.public_lists() cascade",
        "function tasks_private.public_lists: it is missing",
    ),
    (
        "create or replace function tasks_private.decide_lists() returns trigger language plpgsql stable set search_path = '' as 'begin return new; end'",
        "function tasks_private.decide_lists, body",
    ),
    (
        "drop trigger lists_deletion on public.lists",
        "table public.lists, trigger lists_deletion: it is missing",
    ),
    (
        "grant delete on public.items to anon",
        "table public.items, grant to anon, delete",
    ),
    (
        "grant select (invite_code) on people.teams to authenticated",
        "table people.teams, grant to authenticated, select of columns",
    ),
    (
        "grant select on people.teams to public",
        "table people.teams, grant to public, select",
    ),
    (
        "revoke select on public.items from powersync_role",
        "table public.items, grant to powersync_role, select",
    ),
    (
        "grant usage on schema ops to authenticated",
        "schema ops, usage of authenticated: it is unexpected",
    ),
    (
        "alter publication powersync drop table public.items",
        "publication powersync, table public.items: it is missing",
    ),
    (
        "alter publication powersync add table ops.jobs",
        "publication powersync, table ops.jobs: it is unexpected",
    ),
    (
        "drop publication powersync; create publication powersync for all tables",
        "publication powersync, for all tables: true instead of false",
    ),
    (
        "drop publication powersync",
        "publication powersync: it is missing",
    ),
    (
        "alter table public.items replica identity full",
        "table public.items, replica identity: full instead of default",
    ),
    (
        "alter table public.items disable trigger edited_at_2_touch",
        "table public.items, trigger edited_at_2_touch, when: before insert or update (disabled) instead of before insert or update",
    ),
    (
        "drop trigger edited_at_1_keep on public.items",
        "table public.items, trigger edited_at_1_keep: it is missing",
    ),
    (
        "drop trigger edited_at_2_touch on public.items; create trigger edited_at_2_touch before insert or update on public.items for each row execute function tasks_private.touch_edited_at()",
        "table public.items, trigger edited_at_2_touch, condition",
    ),
    (
        "drop function tasks_private.user_id() cascade",
        "function tasks_private.user_id: it is missing",
    ),
    (
        "create function public.extra() returns int language sql as 'select 1'",
        "function public.extra: it is unexpected",
    ),
    (
        "create table public.extra (id int)",
        "table public.extra: it is unexpected",
    ),
    (
        "drop table public.item_labels",
        "table public.item_labels: it is missing",
    ),
    (
        "alter view public.open_items reset (security_invoker)",
        "view public.open_items, security_invoker: false instead of true",
    ),
    (
        "create or replace view public.open_items with (security_invoker = true) as select id, list_id, title, 'soon' as weight from public.items where status = 'open' and deleted_at is null",
        "view public.open_items, query, column title",
    ),
    (
        "create or replace view public.open_items with (security_invoker = true) as
         select id, list_id, coalesce(substr(title, 1, 40), title) as title,
                case when priority = 1 then 'first' when priority is null then 'some time' else 'soon' end as weight
         from public.items where status = 'open'",
        "view public.open_items, query, where",
    ),
    (
        "drop view public.open_items cascade",
        "view public.open_items: it is missing",
    ),
    (
        "alter role authenticated bypassrls",
        "role authenticated, bypasses row-level security: true instead of false",
    ),
    (
        "alter role anon superuser",
        "role anon, bypasses row-level security: true instead of false",
    ),
    (
        "alter role powersync_role nobypassrls",
        "role powersync_role, bypasses row-level security: false instead of true",
    ),
    (
        "do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$",
        "role authenticated, makes temporary objects: true instead of false",
    ),
    (
        "do $$ begin execute format('grant temporary on database %I to anon', current_database()); end $$",
        "role anon, makes temporary objects: true instead of false",
    ),
    (
        "drop policy tasks_attachments_read on storage.objects",
        "table storage.objects, policy tasks_attachments_read: it is missing",
    ),
    (
        "alter policy tasks_attachments_read on storage.objects using (bucket_id = 'attachments')",
        "table storage.objects, policy tasks_attachments_read, using",
    ),
    (
        "alter policy tasks_attachments_read on storage.objects using (bucket_id = 'attachments' and (storage.foldername(name))[2] = (select tasks_private.claim(array['app_metadata', 'tenant_id'])))",
        "table storage.objects, policy tasks_attachments_read, using",
    ),
    (
        "alter policy tasks_attachments_read on storage.objects using (bucket_id = 'attachments' and (storage.foldername(lower(name)))[1] = (select tasks_private.claim(array['app_metadata', 'tenant_id'])))",
        "table storage.objects, policy tasks_attachments_read, using",
    ),
    (
        "alter policy tasks_attachments_read on storage.objects using ((storage.foldername(name))[1] = (select tasks_private.claim(array['app_metadata', 'tenant_id'])))",
        "table storage.objects, policy tasks_attachments_read, using",
    ),
    (
        "alter policy tasks_attachments_insert on storage.objects with check (true)",
        "table storage.objects, policy tasks_attachments_insert, with check",
    ),
    (
        "alter policy tasks_attachments_update on storage.objects to public",
        "table storage.objects, policy tasks_attachments_update, to: public instead of authenticated",
    ),
    (
        "create policy everything on storage.objects using (true)",
        "table storage.objects, policy everything: it is unexpected",
    ),
    (
        "create policy more on storage.objects for select to anon using (bucket_id = 'attachments')",
        "table storage.objects, policy more: it is unexpected",
    ),
    (
        "create policy two on storage.objects for select to anon using (bucket_id = any (array['attachments', 'others']))",
        "table storage.objects, policy two: it is unexpected",
    ),
    (
        "create policy either on storage.objects for select to anon using (bucket_id = 'others' or name = 'logo.png')",
        "table storage.objects, policy either: it is unexpected",
    ),
    (
        "create policy half on storage.objects for update to anon using (bucket_id = 'others') with check (true)",
        "table storage.objects, policy half: it is unexpected",
    ),
    (
        "create policy fewer on storage.objects as restrictive for select to authenticated using (bucket_id = 'others')",
        "table storage.objects, policy fewer: it is unexpected",
    ),
    (
        "alter table storage.objects disable row level security",
        "table storage.objects, row-level security: off instead of enabled",
    ),
    (
        "update storage.buckets set public = true where id = 'attachments'",
        "bucket attachments, public: true instead of false",
    ),
    (
        "delete from storage.buckets where id = 'attachments'",
        "bucket attachments: it is missing",
    ),
    (
        "drop table storage.objects",
        "table storage.objects: it is missing",
    ),
    (
        "comment on column public.items.title is null",
        "table public.items, column title, comment",
    ),
    (
        "comment on table public.items is 'x'",
        "table public.items, comment",
    ),
    (
        "alter table ops.maintenance drop constraint one_maintenance_at_a_time, add constraint one_maintenance_at_a_time exclude using spgist (tstzrange(starts_at, ends_at) with &&) where (cancelled is false)",
        "table ops.maintenance, exclusion one_maintenance_at_a_time, method: spgist instead of gist",
    ),
    (
        "alter table ops.maintenance drop constraint one_maintenance_at_a_time, add constraint one_maintenance_at_a_time exclude using gist (lower(service) with =, tstzrange(starts_at, ends_at) with &&) where (cancelled is false)",
        "table ops.maintenance, exclusion one_maintenance_at_a_time, of",
    ),
    (
        "alter table ops.maintenance drop constraint one_maintenance_at_a_time, add constraint one_maintenance_at_a_time exclude using gist (service with =, tstzrange(starts_at, ends_at, '[]') with &&) where (cancelled is false)",
        "table ops.maintenance, exclusion one_maintenance_at_a_time, of",
    ),
    (
        "alter table ops.maintenance drop constraint one_maintenance_at_a_time, add constraint one_maintenance_at_a_time exclude using gist (service with =, tstzrange(starts_at, ends_at) with -|-) where (cancelled is false)",
        "table ops.maintenance, exclusion one_maintenance_at_a_time, of",
    ),
    (
        "alter table ops.maintenance drop constraint one_maintenance_at_a_time, add constraint one_maintenance_at_a_time exclude using gist (service with =, tstzrange(starts_at, ends_at) with &&)",
        "table ops.maintenance, exclusion one_maintenance_at_a_time, where",
    ),
    (
        "alter table ops.maintenance drop constraint one_maintenance_at_a_time, add constraint one_maintenance_at_a_time exclude using gist (service with =, tstzrange(starts_at, ends_at) with &&) where (cancelled is false) deferrable initially deferred",
        "table ops.maintenance, exclusion one_maintenance_at_a_time, deferrable: true instead of false",
    ),
    (
        "alter table ops.maintenance drop constraint one_maintenance_at_a_time, add constraint one_maintenance_at_a_time exclude using gist (service with =, tstzrange(starts_at, ends_at) with &&) where (cancelled is false) deferrable",
        "table ops.maintenance, exclusion one_maintenance_at_a_time, deferrable: on demand instead of false",
    ),
    (
        "drop extension btree_gist cascade",
        "table ops.maintenance, exclusion maintenance_one_start: it is missing",
    ),
    (
        "alter table people.profiles drop constraint profiles_handle_key; create unique index profiles_handle_key on people.profiles (handle)",
        "table people.profiles, unique profiles_handle_key, form: index instead of constraint",
    ),
    (
        "alter table people.profiles drop constraint profiles_handle_key, add constraint profiles_handle_key unique (handle, accent)",
        "table people.profiles, unique profiles_handle_key, of: ",
    ),
    (
        "alter table people.profiles drop constraint profiles_handle_key, add constraint profiles_handle_key unique (handle) include (accent)",
        "table people.profiles, unique profiles_handle_key, include",
    ),
    (
        "drop index public.items_by_title; create index items_by_title on public.items (lower(title), due_on) where status <> 'archived'",
        "table public.items, index items_by_title, of: ",
    ),
    (
        "alter table public.items drop constraint items_parent_id_fkey, add constraint items_parent_id_fkey foreign key (list_id) references public.lists (id) on delete cascade",
        "table public.items, foreign key items_parent_id_fkey, columns: list_id instead of parent_id",
    ),
    (
        "alter table public.items drop constraint items_parent_id_fkey, add constraint items_parent_id_fkey foreign key (parent_id) references public.lists (id) on delete cascade",
        "table public.items, foreign key items_parent_id_fkey, references: ",
    ),
    (
        "alter table people.members drop constraint members_team_id_fkey, add constraint members_team_id_fkey foreign key (team_id) references people.teams (id) on delete cascade",
        "table people.members, foreign key members_team_id_fkey, on update: NO ACTION instead of CASCADE",
    ),
    (
        "create function public.other() returns trigger language plpgsql as 'begin return new; end';
         drop trigger lists_deletion on public.lists;
         create trigger lists_deletion before update on public.lists for each row execute function public.other()",
        "table public.lists, trigger lists_deletion, function: ",
    ),
    (
        "drop function tasks_private.my_lists() cascade; create function tasks_private.my_lists() returns setof text language sql as 'select null::text'",
        "function tasks_private.my_lists, returns: setof text instead of setof uuid",
    ),
    (
        "drop domain public.percent cascade; create domain public.percent as int",
        "domain public.percent, type: integer instead of smallint",
    ),
    (
        "drop view public.open_items cascade; create view public.open_items with (security_invoker = true) as select id, list_id from public.items",
        "view public.open_items, columns: id, list_id instead of ",
    ),
    (
        "drop view public.open_items cascade; create view public.open_items with (security_invoker = true) as select id, id as list_id, title, name as weight from (select l.id, name, name as title from public.lists l) l",
        "view public.open_items, query",
    ),
    (
        "grant delete on public.open_items to anon",
        "view public.open_items, grant to anon, delete",
    ),
    (
        "comment on view public.open_items is null",
        "view public.open_items, comment",
    ),
];

/// What `verify` lists as not managed: it changes nothing that is declared.
const NOT_MANAGED: &[&str] = &[
    "table public.items, index extra",
    "function public.extra",
    "table public.extra",
];

#[test]
fn every_altered_fact_is_told() {
    let model = model_of(&workspace().join("schema"));
    let database = applied("catalog_altered", &model);
    let ledger = Ledger::default();
    let mut superuser = database.superuser();
    let mut unseen = Vec::new();
    for (statement, told) in ALTERATIONS {
        let mut transaction = superuser.transaction().expect("it begins");
        transaction.batch_execute(statement).expect(statement);
        let verified = verify::postgres(&mut transaction, &model, &ledger).expect("it is readable");
        // A name without what is said of it.
        let name = told.split(": ").next().expect("a text has a start");
        let seen = match NOT_MANAGED.contains(&name) {
            true => verified.differences.is_empty() && verified.not_managed == [name],
            false => verified.differences.iter().any(|one| one.starts_with(told)),
        };
        if !seen {
            unseen.push(format!(
                "{statement}\n  wanted: {told}\n  found: {verified:#?}"
            ));
        }
    }
    assert!(unseen.is_empty(), "{}", unseen.join("\n"));
}

/// The fields of a type of the catalog, each with a part of what is told where it is altered; a new field does not compile
/// before it is here.
macro_rules! fields {
    ($type:ident { $($field:ident: $told:literal),* $(,)? }) => {{
        fn all_of_them(value: catalog::$type) {
            let catalog::$type { $($field: _),* } = value;
        }
        let _ = all_of_them;
        [$((concat!(stringify!($type), ".", stringify!($field)), $told)),*]
    }};
}

#[test]
fn every_fact_of_the_catalog_is_altered_once() {
    let facts = [
        &fields!(Catalog {
            schemas: "schema ",
            enums: "enum ",
            domains: "domain ",
            tables: "table ",
            views: "view ",
            functions: "function ",
            // What functions do is told of the functions.
            sets: "function tasks_private.my_lists, body",
            decisions: "function tasks_private.decide_lists, body",
            helpers: "function tasks_private.touch_edited_at",
            publications: "publication ",
            publishes_all: "publication powersync, for all tables",
            bypasses: ", bypasses row-level security",
            temporary: ", makes temporary objects",
            storage: "bucket ",
        })[..],
        &fields!(Schema {
            usage: ", usage of "
        }),
        &fields!(EnumType {
            labels: ", labels",
            comment: ", comment"
        }),
        &fields!(Domain {
            base: "domain public.percent, type",
            checks: "domain public.hex_color, check ",
            comment: ", comment",
        }),
        &fields!(Table {
            columns: ", column ",
            key: ", primary key ",
            uniques: ", unique ",
            exclusions: ", exclusion ",
            foreign_keys: ", foreign key ",
            indexes: ", index ",
            checks: ", check ",
            triggers: ", trigger ",
            rls: ", row-level security: ",
            policies: ", policy ",
            grants: ", grant to ",
            // SQLite alone has it.
            strict: "table ",
            replica_identity: ", replica identity: ",
            comment: "table public.items, comment",
        }),
        &fields!(Column {
            sql_type: ", type: ",
            nullable: ", null: ",
            default: ", default",
            identity: ", identity: ",
            generated: ", generated",
            comment: "column title, comment",
        }),
        &fields!(Key {
            name: "items_pkey",
            columns: "items_pkey",
            deferral: "items_pkey, deferrable"
        }),
        &fields!(Unique {
            constraint: ", form: index instead of constraint",
            parts: "unique profiles_handle_key, of",
            predicate: "unique lists_name, where",
            nulls_not_distinct: ", nulls: ",
            deferral: "unique items_place, deferrable: ",
            include: "unique profiles_handle_key, include",
        }),
        &fields!(Exclusion {
            method: ", method: spgist",
            elements: "exclusion one_maintenance_at_a_time, of",
            predicate: "exclusion one_maintenance_at_a_time, where",
            deferral: "exclusion one_maintenance_at_a_time, deferrable: ",
        }),
        &fields!(Excluded {
            value: "exclusion one_maintenance_at_a_time, of",
            operator: "exclusion one_maintenance_at_a_time, of",
        }),
        &fields!(Index {
            method: ", method: ",
            parts: "index items_by_list, of",
            predicate: "index items_by_title, where",
            include: ", include",
        }),
        &fields!(Part {
            formula: "index items_by_list, of",
            descending: "index items_by_list, of",
            nulls_first: "index items_by_title, of",
        }),
        &fields!(ForeignKey {
            columns: ", columns",
            table: ", references",
            references: ", references",
            on_delete: ", on delete: ",
            on_update: ", on update: ",
            deferral: "lists_pinned_item_id_fkey, deferrable: ",
            validated: ", validated: ",
        }),
        &fields!(Check {
            formula: ", condition",
            validated: ", validated: ",
        }),
        &fields!(Trigger {
            when: ", when: ",
            condition: "edited_at_2_touch, condition",
            function: ", function: ",
        }),
        &fields!(Policy {
            command: ", for: ",
            permissive: ", form: restrictive",
            roles: ", to: ",
            using: ", using",
            check: ", with check",
        }),
        &fields!(Storage {
            buckets: "bucket attachments, public: ",
            rls: "table storage.objects, row-level security: ",
            policies: "table storage.objects, policy ",
        }),
        &fields!(Function {
            returns: ", returns: ",
            volatility: ", volatility: ",
            security_definer: ", security definer: ",
            parallel_safe: ", parallel safe: ",
            settings: ", settings",
            body: ", body",
            execute: ", execute by ",
        }),
        &fields!(Grant {
            table: "grant to anon, delete",
            columns: ", select of columns",
        }),
        &fields!(Query {
            columns: "query, column ",
            // Another table is another query.
            table: "open_items, query",
            filter: "query, where",
        }),
        &fields!(View {
            columns: "open_items, columns",
            query: "open_items, query",
            security_invoker: ", security_invoker: ",
            grants: "view public.open_items, grant to ",
            comment: "view public.open_items, comment",
        }),
    ]
    .concat();
    let altered = |told: &str| ALTERATIONS.iter().any(|(_, one)| one.contains(told));
    let missing: Vec<_> = facts.iter().filter(|(_, told)| !altered(told)).collect();
    assert!(missing.is_empty(), "nothing alters these: {missing:#?}");
}

#[test]
fn what_is_about_other_buckets_is_not_told() {
    let model = model_of(&workspace().join("schema"));
    let database = applied("catalog_buckets", &model);
    database
        .superuser()
        .batch_execute(
            "insert into storage.buckets (id, name, public) values ('others', 'others', true), ('more', 'more', true);
             create policy one on storage.objects using (bucket_id = 'others') with check (bucket_id = 'others' and name <> 'x');
             create policy two on storage.objects for select using (bucket_id in ('others', 'more') and owner_id is null);",
        )
        .expect("a superuser may");
    assert_eq!(differences(&database, &model), [""; 0]);
}

/// A device's database after the DDL of a model.
fn device(model: &Model) -> rusqlite::Connection {
    let tree = (sqlite::TARGET.emit)(model);
    let ddl = tree.get("schema.sql").expect("the target writes it");
    tests::sqlite::open_with(&ddl).unwrap_or_else(|error| panic!("{error}\n{ddl}"))
}

fn device_differences(database: &rusqlite::Connection, model: &Model) -> Vec<String> {
    let found = catalog::sqlite::read(database).expect("the catalog is readable");
    let differences = difference(&catalog::sqlite::lower(model), &found);
    differences.iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_declared_here_is_read_from_sqlite_as_it_was_asked_for() {
    let root = workspace();
    let mut folders = vec![root.join("schema")];
    folders.extend(
        ["powergit", "taskly", "tunetrees"]
            .map(|app| root.join("examples").join(app).join("schema")),
    );
    for folder in folders {
        let model = model_of(&folder);
        let found = device_differences(&device(&model), &model);
        assert!(
            found.is_empty(),
            "{}:\n{}",
            folder.display(),
            found.join("\n")
        );
    }
    each("accept", |case| {
        let model = model_of(&case.folder.join("schema"));
        let mut refused = Complaints::new();
        (sqlite::TARGET.admit)(&model, &mut refused);
        let mut cx = Diagnostics::new();
        refused.resolve(|_| None, &mut cx);
        // An index of a raw table that only PowerSync's targets leave out.
        if !cx.into_sorted().is_empty() {
            assert_eq!(case.name, "a_raw_table_with_columns_of_the_device");
            return Ok(());
        }
        let found = device_differences(&device(&model), &model);
        match found.is_empty() {
            true => Ok(()),
            false => Err(found.join("\n")),
        }
    });
}

/// Two tables of the device alone, with one of everything that can stand on them.
fn local_model() -> Model {
    let mut model = sample::model();
    let text = || Kind::Scalar(Scalar::Text);
    let mut folders = sample::table("folders", [sample::plain("id", text())]);
    folders.sync = SyncMode::Local;
    let open = Column {
        default: Some(DefaultValue::Expr(Expr::Literal(Literal::Bool(true)))),
        ..sample::plain("open", Kind::Scalar(Scalar::Bool))
    };
    let folder = Column {
        nullable: true,
        ..sample::plain("folder_id", text())
    };
    let length = Column {
        nullable: true,
        generated: Some(Generated {
            expr: Expr::Call {
                function: Function::Length,
                args: vec![sample::column("body")],
            },
            stored: false,
        }),
        ..sample::plain("length", Kind::Scalar(Scalar::Bigint))
    };
    let mut drafts = sample::table(
        "drafts",
        [
            sample::plain("id", text()),
            folder,
            sample::plain("body", text()),
            open,
            length,
        ],
    );
    drafts.sync = SyncMode::Local;
    drafts.foreign_keys = vec![ForeignKey {
        on_delete: FkAction::Cascade,
        deferrable: true,
        ..sample::foreign_key("drafts", "folder_id", "folders", "id")
    }];
    let lower = || Expr::Call {
        function: Function::Lower,
        args: vec![sample::column("body")],
    };
    let is_open = || sample::equal(sample::column("open"), Expr::Literal(Literal::Bool(true)));
    drafts.uniques = vec![
        Unique {
            name: "drafts_once".to_owned(),
            parts: ["folder_id", "body"]
                .map(|name| UniquePart::Column(name.to_owned()))
                .into(),
            predicate: None,
            nulls_not_distinct: false,
            deferrable: false,
            clash_is_refused: true,
        },
        Unique {
            name: "drafts_folded".to_owned(),
            parts: vec![UniquePart::Expr(lower())],
            predicate: Some(is_open()),
            nulls_not_distinct: false,
            deferrable: false,
            clash_is_refused: true,
        },
    ];
    drafts.indexes = vec![Index {
        name: "drafts_by_body".to_owned(),
        parts: vec![IndexPart {
            expr: sample::column("body"),
            descending: true,
            nulls_first: None,
        }],
        predicate: Some(is_open()),
        include: Vec::new(),
        method: "btree".to_owned(),
        side: IndexSide::Client,
    }];
    drafts.checks = vec![Check {
        name: "drafts_body_check".to_owned(),
        body: CheckBody::Expr(sample::equal(sample::column("body"), lower())),
        on_server: OnServer::Enforced,
    }];
    for table in [folders, drafts] {
        model.tables.insert(table.name.clone(), table);
    }
    model
}

/// Pieces of the DDL, what stands there instead, and how the difference is told.
const DEVICE_ALTERATIONS: &[(&str, &str, &str)] = &[
    (
        "body TEXT NOT NULL",
        "body TEXT",
        "table main.drafts, column body, null",
    ),
    (
        "body TEXT NOT NULL",
        "body ANY NOT NULL",
        "table main.drafts, column body, type: ANY instead of TEXT",
    ),
    (
        "DEFAULT 1",
        "DEFAULT 0",
        "table main.drafts, column open, default",
    ),
    (
        "length(body)",
        "length(id)",
        "table main.drafts, column length, generated",
    ),
    (
        "UNIQUE (folder_id, body)",
        "UNIQUE (body)",
        "table main.drafts, unique drafts_once, of",
    ),
    (
        "CREATE UNIQUE INDEX drafts_folded",
        "CREATE INDEX drafts_folded",
        "table main.drafts, index drafts_folded: it is unexpected",
    ),
    (
        "(lower(body))",
        "(upper(body))",
        "table main.drafts, unique drafts_folded, of",
    ),
    (
        "(body DESC)",
        "(body)",
        "table main.drafts, index drafts_by_body, of",
    ),
    (
        "(body DESC) WHERE",
        "(body DESC) WHERE body = '' AND",
        "table main.drafts, index drafts_by_body, where",
    ),
    (
        "ON DELETE CASCADE",
        "ON DELETE SET NULL",
        "table main.drafts, foreign key drafts_folder_id_fkey, on delete",
    ),
    (
        " DEFERRABLE INITIALLY DEFERRED",
        "",
        "table main.drafts, foreign key drafts_folder_id_fkey, deferrable",
    ),
    (
        "CHECK (body = lower(body))",
        "CHECK (body = upper(body))",
        "table main.drafts, check drafts_body_check, condition",
    ),
    (
        "CONSTRAINT drafts_open_kind CHECK (open IN (0, 1))",
        "CHECK (1)",
        "table main.drafts, check drafts_open_kind: it is missing",
    ),
    (
        "title TEXT",
        "title TEXT NOT NULL",
        "table main.items, column title, null",
    ),
    (
        ") STRICT;",
        ");",
        "table main.drafts, strict: false instead of true",
    ),
];

#[test]
fn every_altered_fact_of_a_device_is_told() {
    let model = local_model();
    let ddl = (sqlite::TARGET.emit)(&model);
    let ddl = ddl.get("schema.sql").expect("the target writes it");
    let wanted = catalog::sqlite::lower(&model);
    assert_eq!(device_differences(&device(&model), &model), [""; 0]);
    for (piece, instead, told) in DEVICE_ALTERATIONS {
        assert!(ddl.contains(piece), "no `{piece}` in\n{ddl}");
        let altered = tests::sqlite::open_with(&ddl.replace(piece, instead)).expect(instead);
        let found = catalog::sqlite::read(&altered).expect("the catalog is readable");
        let found: Vec<String> = difference(&wanted, &found)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert!(
            found.iter().any(|one| one.starts_with(told)),
            "{piece} → {instead}: {found:#?}"
        );
    }
}
