-- A planner in which every row is its owner's. Its buckets send what may be read; one published table is in none of them.

create table public.projects (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null default auth.uid(),
    name text not null
);
create index projects_user on public.projects (user_id);

create table public.tasks (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null default auth.uid(),
    project_id uuid references public.projects on delete cascade,
    name text not null,
    completed boolean not null default false
);
create index tasks_user on public.tasks (user_id);

create table public.journal_entries (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null default auth.uid(),
    body text not null
);
create index journal_entries_user on public.journal_entries (user_id);

create table public.sync_issues (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null default auth.uid(),
    severity text not null
);
create index sync_issues_user on public.sync_issues (user_id);

alter table public.projects enable row level security;
alter table public.tasks enable row level security;
alter table public.journal_entries enable row level security;
alter table public.sync_issues enable row level security;

create policy "Owner" on public.projects to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "Owner" on public.tasks to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy journal_entries_select_own on public.journal_entries for select using (auth.uid() = user_id);
create policy journal_entries_insert_own on public.journal_entries for insert with check (auth.uid() = user_id);
create policy "Owner" on public.sync_issues to authenticated
    using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));

create publication powersync for table public.projects, public.tasks, public.journal_entries, public.sync_issues;
