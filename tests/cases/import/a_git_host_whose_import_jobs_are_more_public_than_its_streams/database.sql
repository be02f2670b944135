-- Repositories of organisations, and the jobs that import them from elsewhere.
-- Row-level security lets everybody see the jobs of public repositories; the streams send them to the requester and to members.

create table public.orgs (
    id text primary key,
    name text not null
);

create table public.org_members (
    org_id text not null references public.orgs on delete cascade,
    user_id uuid not null,
    role text not null default 'read' constraint org_members_role_check check (role in ('admin', 'write', 'read')),
    primary key (org_id, user_id)
);
create index org_members_user on public.org_members (user_id);

create table public.repositories (
    id text primary key,
    org_id text not null references public.orgs on delete cascade,
    visibility text not null default 'public' constraint repositories_visibility_check check (visibility in ('public', 'private')),
    default_branch text
);
create index repositories_org on public.repositories (org_id);

create table public.import_jobs (
    id uuid primary key default gen_random_uuid(),
    org_id text not null,
    repository_id text not null references public.repositories on delete cascade,
    status text not null,
    requested_by uuid default auth.uid()
);
create index import_jobs_org on public.import_jobs (org_id);
create index import_jobs_repository on public.import_jobs (repository_id);
create index import_jobs_requester on public.import_jobs (requested_by);

create table public.refs (
    id text primary key,
    org_id text not null,
    repository_id text not null references public.repositories on delete cascade,
    name text not null,
    target text not null
);
create index refs_org on public.refs (org_id);
create index refs_repository on public.refs (repository_id);

alter table public.orgs enable row level security;
alter table public.org_members enable row level security;
alter table public.repositories enable row level security;
alter table public.import_jobs enable row level security;
alter table public.refs enable row level security;

create policy "Own membership" on public.org_members for select to authenticated
    using (user_id = auth.uid());
create policy "Public repositories" on public.repositories for select using (visibility = 'public');
create policy "Repositories of my organisations" on public.repositories for select to authenticated
    using (org_id in (select org_id from public.org_members where user_id = (select auth.uid())));
create policy "Jobs of public repositories" on public.import_jobs for select
    using (exists (select 1 from public.repositories r where r.id = import_jobs.repository_id and r.visibility = 'public'));
create policy "Jobs of mine and of my organisations" on public.import_jobs for select to authenticated
    using (
        requested_by = (select auth.uid())
        or org_id in (select org_id from public.org_members where user_id = (select auth.uid()))
    );
create policy "Refs of what I see" on public.refs for select to authenticated
    using (
        exists (select 1 from public.repositories r where r.id = refs.repository_id and r.visibility = 'public')
        or org_id in (select org_id from public.org_members where user_id = (select auth.uid()))
    );

-- The streams look memberships up, which nobody published.
create publication powersync for table public.repositories, public.import_jobs, public.refs;

create policy "Packs are read by members" on storage.objects for select to authenticated
    using (
        bucket_id = 'git-packs'
        and (storage.foldername(name))[1] in (select org_id from public.org_members where user_id = (select auth.uid()))
    );
