-- powergit: the whole schema, from nothing.
-- A git host that syncs: refs, commits, changed files and packs of a repository live in tables. A daemon keeps a replica on the developer's machine, and pushes travel through its upload queue.
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

create schema powergit_private;
revoke all on schema powergit_private from public;
grant usage on schema powergit_private to authenticated, anon, service_role;

-- Each is one expression, which Postgres puts in place of a call; text that is no JSON raises, and the statement is denied.
create function powergit_private.token() returns jsonb
    language sql
    stable
    parallel safe
    return coalesce(nullif(pg_catalog.current_setting('request.jwt.claim', true), ''), nullif(pg_catalog.current_setting('request.jwt.claims', true), ''))::pg_catalog.jsonb;
comment on function powergit_private.token() is
    'The claims of the caller''s token; NULL without a caller.';
revoke all on function powergit_private.token() from public;
grant execute on function powergit_private.token() to authenticated, anon, service_role;

create function powergit_private.user_id() returns uuid
    language sql
    stable
    parallel safe
    return (pg_catalog.jsonb_path_query_first(powergit_private.token() -> 'sub', 'strict $?(@ like_regex "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")'::pg_catalog.jsonpath) #>> '{}'::pg_catalog.text[])::pg_catalog.uuid;
comment on function powergit_private.user_id() is
    'The id of the caller; NULL without a caller, and for a subject that is not of the canonical form.';
revoke all on function powergit_private.user_id() from public;
grant execute on function powergit_private.user_id() to authenticated, anon, service_role;

create function powergit_private.claim(path text[]) returns text
    language sql
    stable
    parallel safe
    return pg_catalog.jsonb_path_query_first(powergit_private.token() #> path, 'strict $?(@.type() == "string")'::pg_catalog.jsonpath) #>> '{}'::pg_catalog.text[];
comment on function powergit_private.claim(text[]) is
    'A claim of the caller''s token; NULL without a caller, and for a claim that is not a string.';
revoke all on function powergit_private.claim(text[]) from public;
grant execute on function powergit_private.claim(text[]) to authenticated, anon, service_role;

-- Triggers call these for those whom the policies bind: what the owner writes, such as a backfill, leaves updated_at as it is.
create function powergit_private.keep_updated_at() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    -- The statement names the column and leaves its value: touch_updated_at must not take that for silence.
    new.updated_at := '-infinity';
    return new;
end
$$;
comment on function powergit_private.keep_updated_at() is
    'Marks an UPDATE that supplies the time of the edit which the row has already.';
revoke all on function powergit_private.keep_updated_at() from public;

create function powergit_private.touch_updated_at() returns trigger
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
comment on function powergit_private.touch_updated_at() is
    'Fills in the time of an edit where the statement does not supply it, and bounds it by now plus five minutes.';
revoke all on function powergit_private.touch_updated_at() from public;

-- A device's own earlier writes never make its later ones stale: a write is compared with what somebody else left.
create table powergit_private.writers (
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
comment on table powergit_private.writers is 'For each row that a known client wrote last: who, and what stood before that client''s writes.';
alter table powergit_private.writers enable row level security;
revoke all on table powergit_private.writers from public, authenticated, anon;

create function powergit_private.is_own_edit(of_table regclass, of_row text, stands timestamptz, edited timestamptz, anew boolean) returns boolean
    language sql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
    select exists (
        select
        from powergit_private.writers as known
        where known.relation = of_table and known.key = of_row
          and known.client = current_setting('synctable.client_id', true)
          and known.edited_at = stands and (anew or known.inserted or known.edited_since < edited)
    )
$$;
comment on function powergit_private.is_own_edit(regclass, text, timestamptz, timestamptz, boolean) is
    'Whether the client wrote the row as it stands, and this edit is later than what others wrote before.';
revoke all on function powergit_private.is_own_edit(regclass, text, timestamptz, timestamptz, boolean) from public;
grant execute on function powergit_private.is_own_edit(regclass, text, timestamptz, timestamptz, boolean) to authenticated, anon, service_role;

create function powergit_private.is_own_version(of_table regclass, of_row text, stands bigint, seen bigint, anew boolean) returns boolean
    language sql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
    select exists (
        select
        from powergit_private.writers as known
        where known.relation = of_table and known.key = of_row
          and known.client = current_setting('synctable.client_id', true)
          and known.version is not distinct from stands
          and (anew or known.inserted or seen is null or known.version_since <= seen)
    )
$$;
comment on function powergit_private.is_own_version(regclass, text, bigint, bigint, boolean) is
    'Whether the client wrote the row as it stands, and has seen what others wrote before; a write that names no version counts as having seen it.';
revoke all on function powergit_private.is_own_version(regclass, text, bigint, bigint, boolean) from public;
grant execute on function powergit_private.is_own_version(regclass, text, bigint, bigint, boolean) to authenticated, anon, service_role;

create domain public.slug as text
    constraint slug_check check (value ~ '^[A-Za-z0-9._-]+$');
comment on domain public.slug is 'One part of an id. It holds no slash, so that ids made of parts cannot be mistaken for each other; dots are kept, where the app''s importers disagreed.';

create domain public.object_id as text
    constraint object_id_check check (value ~ '^[0-9a-f]{40,64}$');
comment on domain public.object_id is 'A git object''s name, SHA-1 or SHA-256 in hex.';

-- orgs

create table public.orgs (
    id public.slug not null,
    name text not null,
    created_by uuid default powergit_private.user_id(),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint orgs_pkey primary key (id),
    constraint orgs_name_check check (length(name) >= 1 and length(name) <= 200)
);
comment on table public.orgs is 'An organisation, the owner of repositories.';
comment on column public.orgs.id is 'Its name in addresses.';
comment on column public.orgs.name is 'Its name for people.';
comment on column public.orgs.created_by is 'Who founded it.';
comment on column public.orgs.created_at is 'When it was founded.';
comment on column public.orgs.updated_at is 'When it last changed.';

create trigger edited_at_1_keep
    before update of updated_at on public.orgs
    for each row
    when (row_security_active('public.orgs'::regclass) and new.updated_at is not distinct from old.updated_at)
    execute function powergit_private.keep_updated_at();
create trigger edited_at_2_touch
    before insert or update on public.orgs
    for each row
    when (row_security_active('public.orgs'::regclass))
    execute function powergit_private.touch_updated_at();

alter table public.orgs enable row level security;
revoke all on table public.orgs from public, authenticated, anon;
grant
    select,
    update (name, updated_at),
    delete
on table public.orgs to authenticated;
grant all on table public.orgs to service_role;

-- import_jobs

create table public.import_jobs (
    id uuid not null,
    org_id public.slug not null,
    repo_id public.slug not null,
    repo_url text not null,
    status text not null default 'queued',
    branch text,
    default_branch text,
    error text,
    workflow_url text,
    source text,
    requested_by uuid default powergit_private.user_id(),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint import_jobs_pkey primary key (id),
    constraint import_jobs_status_labels check (status in ('queued', 'running', 'success', 'error'))
);
comment on table public.import_jobs is 'The import of a repository from elsewhere.';
comment on column public.import_jobs.id is 'Made by who asks for the import; the app kept it as text.';
comment on column public.import_jobs.org_id is 'The organisation to import into.';
comment on column public.import_jobs.repo_id is 'The repository to import into.';
comment on column public.import_jobs.repo_url is 'Where to import from.';
comment on column public.import_jobs.status is 'How far it has come.';
comment on column public.import_jobs.branch is 'The one branch to import; all where absent.';
comment on column public.import_jobs.default_branch is 'The branch that is shown first.';
comment on column public.import_jobs.error is 'What went wrong.';
comment on column public.import_jobs.workflow_url is 'Where the import can be watched.';
comment on column public.import_jobs.source is 'What asked for the import.';
comment on column public.import_jobs.requested_by is 'Who asked for it; filled in by the server for every writer.';
comment on column public.import_jobs.created_at is 'When it was asked for.';
comment on column public.import_jobs.updated_at is 'When it last moved.';

create index import_jobs_by_requested_by on public.import_jobs (requested_by);
create index import_jobs_org_repo on public.import_jobs (org_id, repo_id);
create index import_jobs_by_status on public.import_jobs (status);
create index import_jobs_by_updated on public.import_jobs (updated_at desc);

create trigger edited_at_1_keep
    before update of updated_at on public.import_jobs
    for each row
    when (row_security_active('public.import_jobs'::regclass) and new.updated_at is not distinct from old.updated_at)
    execute function powergit_private.keep_updated_at();
create trigger edited_at_2_touch
    before insert or update on public.import_jobs
    for each row
    when (row_security_active('public.import_jobs'::regclass))
    execute function powergit_private.touch_updated_at();

alter table public.import_jobs enable row level security;
revoke all on table public.import_jobs from public, authenticated, anon;
grant
    select,
    insert (id, org_id, repo_id, repo_url, status, branch, default_branch, error, workflow_url, source, updated_at),
    update (id, org_id, repo_id, repo_url, status, branch, default_branch, error, workflow_url, source, updated_at),
    delete
on table public.import_jobs to authenticated;
grant all on table public.import_jobs to service_role;
grant select on table public.import_jobs to powersync_role;

-- repositories

create table public.repositories (
    id text not null,
    org_id public.slug not null,
    repo_id public.slug not null,
    repo_url text,
    visibility text not null default 'private',
    default_branch text,
    last_status text,
    last_import_job_id uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint repositories_pkey primary key (id),
    constraint repositories_name unique (org_id, repo_id),
    constraint repositories_visibility_labels check (visibility in ('public', 'private')),
    constraint repositories_last_status_labels check (last_status in ('queued', 'running', 'success', 'error', 'ready', 'pushed')),
    constraint repositories_id_recipe check (id = org_id || '/' || repo_id)
);
comment on table public.repositories is 'A repository.';
comment on column public.repositories.id is '`org_id/repo_id`.';
comment on column public.repositories.org_id is 'Whose it is; the app had no foreign key.';
comment on column public.repositories.repo_id is 'Its name within the organisation.';
comment on column public.repositories.repo_url is 'Where it was imported from.';
comment on column public.repositories.visibility is 'Who may read it; changed on the server, and not sent to devices. The app made every pushed repository public; here it is private until somebody decides.';
comment on column public.repositories.default_branch is 'The branch that is shown first.';
comment on column public.repositories.last_status is 'What last happened to it.';
comment on column public.repositories.last_import_job_id is 'The import that last wrote it; the job may arrive later or never.';
comment on column public.repositories.created_at is 'When it was made; the app let every push move it.';
comment on column public.repositories.updated_at is 'When it was last written.';

create index repositories_by_updated on public.repositories (updated_at desc);
create index repositories_public on public.repositories (id)
    where visibility = 'public';

create trigger edited_at_1_keep
    before update of updated_at on public.repositories
    for each row
    when (row_security_active('public.repositories'::regclass) and new.updated_at is not distinct from old.updated_at)
    execute function powergit_private.keep_updated_at();
create trigger edited_at_2_touch
    before insert or update on public.repositories
    for each row
    when (row_security_active('public.repositories'::regclass))
    execute function powergit_private.touch_updated_at();

alter table public.repositories enable row level security;
revoke all on table public.repositories from public, authenticated, anon;
grant
    select,
    insert (id, org_id, repo_id, repo_url, default_branch, last_status, last_import_job_id, updated_at),
    update (id, org_id, repo_id, repo_url, default_branch, last_status, last_import_job_id, updated_at),
    delete
on table public.repositories to authenticated;
grant select on table public.repositories to anon;
grant all on table public.repositories to service_role;
grant select on table public.repositories to powersync_role;

-- refs

create table public.refs (
    id text not null,
    org_id public.slug not null,
    repo_id public.slug not null,
    name text not null,
    target_sha public.object_id not null,
    updated_at timestamptz not null default now(),
    constraint refs_pkey primary key (id),
    constraint refs_name unique (org_id, repo_id, name),
    constraint refs_id_recipe check (id = org_id || '/' || repo_id || '/' || name),
    constraint refs_name_check check (length(name) >= 1 and length(name) <= 1024)
);
comment on table public.refs is 'A branch or a tag.';
comment on column public.refs.id is '`org_id/repo_id/name`.';
comment on column public.refs.org_id is 'The organisation.';
comment on column public.refs.repo_id is 'The repository.';
comment on column public.refs.name is 'Its full name, such as `refs/heads/main`.';
comment on column public.refs.target_sha is 'What it points to.';
comment on column public.refs.updated_at is 'When it last moved.';

create index refs_org_repo on public.refs (org_id, repo_id);
create index refs_by_repository on public.refs ((org_id || '/' || repo_id));

alter table public.refs enable row level security;
revoke all on table public.refs from public, authenticated, anon;
grant select, insert, update, delete on table public.refs to authenticated;
grant select on table public.refs to anon;
grant all on table public.refs to service_role;
grant select on table public.refs to powersync_role;

-- commits

create table public.commits (
    id text not null,
    org_id public.slug not null,
    repo_id public.slug not null,
    sha public.object_id not null,
    author_name text not null,
    author_email text not null,
    authored_at timestamptz not null,
    message text not null,
    tree_sha public.object_id not null,
    constraint commits_pkey primary key (id),
    constraint commits_sha unique (org_id, repo_id, sha),
    constraint commits_id_recipe check (id = org_id || '/' || repo_id || '/' || sha)
);
comment on table public.commits is 'A commit; never changed, removed with its repository or by a forced push.';
comment on column public.commits.id is '`org_id/repo_id/sha`.';
comment on column public.commits.org_id is 'The organisation.';
comment on column public.commits.repo_id is 'The repository.';
comment on column public.commits.sha is 'Its name.';
comment on column public.commits.author_name is 'Who wrote it.';
comment on column public.commits.author_email is 'The author''s address, as git recorded it.';
comment on column public.commits.authored_at is 'When it was written.';
comment on column public.commits.message is 'What it says.';
comment on column public.commits.tree_sha is 'The tree it holds.';

create index commits_org_repo on public.commits (org_id, repo_id);
create index commits_by_repository on public.commits ((org_id || '/' || repo_id));
create index commits_author on public.commits (author_email);

alter table public.commits enable row level security;
revoke all on table public.commits from public, authenticated, anon;
grant select, insert, update, delete on table public.commits to authenticated;
grant select on table public.commits to anon;
grant all on table public.commits to service_role;
grant select on table public.commits to powersync_role;

-- file_changes

create table public.file_changes (
    id text not null,
    org_id public.slug not null,
    repo_id public.slug not null,
    commit_sha public.object_id not null,
    path text not null,
    additions integer not null,
    deletions integer not null,
    constraint file_changes_pkey primary key (id),
    constraint file_changes_path unique (org_id, repo_id, commit_sha, path),
    constraint file_changes_id_recipe check (id = org_id || '/' || repo_id || '/' || commit_sha || '/' || path),
    constraint file_changes_additions_check check (additions >= 0),
    constraint file_changes_deletions_check check (deletions >= 0)
);
comment on table public.file_changes is 'A file that a commit changed.';
comment on column public.file_changes.id is '`org_id/repo_id/commit_sha/path`.';
comment on column public.file_changes.org_id is 'The organisation.';
comment on column public.file_changes.repo_id is 'The repository.';
comment on column public.file_changes.commit_sha is 'The commit.';
comment on column public.file_changes.path is 'Which file, from the root of the tree.';
comment on column public.file_changes.additions is 'Lines added.';
comment on column public.file_changes.deletions is 'Lines removed.';

create index file_changes_org_repo on public.file_changes (org_id, repo_id);
create index file_changes_by_repository on public.file_changes ((org_id || '/' || repo_id));
create index file_changes_by_path on public.file_changes (path);

alter table public.file_changes enable row level security;
revoke all on table public.file_changes from public, authenticated, anon;
grant select, insert, update, delete on table public.file_changes to authenticated;
grant select on table public.file_changes to anon;
grant all on table public.file_changes to service_role;
grant select on table public.file_changes to powersync_role;

-- objects

create table public.objects (
    id text not null,
    org_id public.slug not null,
    repo_id public.slug not null,
    pack_oid public.object_id not null,
    storage_key text not null,
    size_bytes bigint not null,
    created_at timestamptz not null default now(),
    constraint objects_pkey primary key (id),
    constraint objects_pack unique (org_id, repo_id, pack_oid),
    constraint objects_id_recipe check (id = org_id || '/' || repo_id || '/' || pack_oid),
    constraint objects_size_bytes_check check (size_bytes >= 0)
);
comment on table public.objects is 'A pack, whose bytes lie in the bucket `git-packs`.';
comment on column public.objects.id is '`org_id/repo_id/pack_oid`.';
comment on column public.objects.org_id is 'The organisation.';
comment on column public.objects.repo_id is 'The repository.';
comment on column public.objects.pack_oid is 'Its name.';
comment on column public.objects.storage_key is 'Where its bytes lie in the bucket.';
comment on column public.objects.size_bytes is 'How many bytes; the daemon must know them before it adds the row.';
comment on column public.objects.created_at is 'When it came in.';

create index objects_org_repo_created on public.objects (org_id, repo_id, created_at desc);
create index objects_by_repository on public.objects ((org_id || '/' || repo_id));

alter table public.objects enable row level security;
revoke all on table public.objects from public, authenticated, anon;
grant
    select,
    insert (id, org_id, repo_id, pack_oid, storage_key, size_bytes),
    update (id, org_id, repo_id, pack_oid, storage_key, size_bytes),
    delete
on table public.objects to authenticated;
grant select on table public.objects to anon;
grant all on table public.objects to service_role;
grant select on table public.objects to powersync_role;

-- org_members

create table public.org_members (
    org_id public.slug not null,
    user_id uuid not null,
    role text not null default 'read',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint org_members_pkey primary key (org_id, user_id),
    constraint org_members_role_labels check (role in ('admin', 'write', 'read'))
);
comment on table public.org_members is 'Who belongs to an organisation, as what. Members are added by `create_org` and `accept_org_invite`, or by an admin.';
comment on column public.org_members.org_id is 'The organisation.';
comment on column public.org_members.user_id is 'The member.';
comment on column public.org_members.role is 'What the member may do.';
comment on column public.org_members.created_at is 'Since when.';
comment on column public.org_members.updated_at is 'When the role last changed.';

create index org_members_by_user on public.org_members (user_id);

create trigger edited_at_1_keep
    before update of updated_at on public.org_members
    for each row
    when (row_security_active('public.org_members'::regclass) and new.updated_at is not distinct from old.updated_at)
    execute function powergit_private.keep_updated_at();
create trigger edited_at_2_touch
    before insert or update on public.org_members
    for each row
    when (row_security_active('public.org_members'::regclass))
    execute function powergit_private.touch_updated_at();

alter table public.org_members enable row level security;
revoke all on table public.org_members from public, authenticated, anon;
grant
    select,
    insert (org_id, user_id, role, updated_at),
    update (org_id, user_id, role, updated_at),
    delete
on table public.org_members to authenticated;
grant all on table public.org_members to service_role;
grant select on table public.org_members to powersync_role;

-- org_member_invites

create table public.org_member_invites (
    org_id public.slug not null,
    email text not null,
    role text not null default 'read',
    invited_by uuid not null default powergit_private.user_id(),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint org_member_invites_pkey primary key (org_id, email),
    constraint org_member_invites_role_labels check (role in ('admin', 'write', 'read')),
    constraint org_member_invites_email_check check (email = lower(email) and length(email) >= 3 and length(email) <= 320)
);
comment on table public.org_member_invites is 'Who has been asked to join. The invited read and accept theirs through `list_my_org_invites` and `accept_org_invite`, which know the caller''s e-mail address.';
comment on column public.org_member_invites.org_id is 'The organisation.';
comment on column public.org_member_invites.email is 'The invited person''s address, in lower case.';
comment on column public.org_member_invites.role is 'As what.';
comment on column public.org_member_invites.invited_by is 'By whom.';
comment on column public.org_member_invites.created_at is 'When.';
comment on column public.org_member_invites.updated_at is 'When the invitation last changed.';

create index org_member_invites_by_email on public.org_member_invites (email);

create trigger edited_at_1_keep
    before update of updated_at on public.org_member_invites
    for each row
    when (row_security_active('public.org_member_invites'::regclass) and new.updated_at is not distinct from old.updated_at)
    execute function powergit_private.keep_updated_at();
create trigger edited_at_2_touch
    before insert or update on public.org_member_invites
    for each row
    when (row_security_active('public.org_member_invites'::regclass))
    execute function powergit_private.touch_updated_at();

alter table public.org_member_invites enable row level security;
revoke all on table public.org_member_invites from public, authenticated, anon;
grant
    select,
    insert (org_id, email, role, updated_at),
    update (org_id, email, role, updated_at),
    delete
on table public.org_member_invites to authenticated;
grant all on table public.org_member_invites to service_role;

-- Foreign keys, after all tables, so that their order does not matter

alter table public.import_jobs
    add constraint import_jobs_org_id_fkey foreign key (org_id) references public.orgs (id) on delete cascade;
alter table public.repositories
    add constraint repositories_org_id_fkey foreign key (org_id) references public.orgs (id) on delete cascade;
alter table public.org_members
    add constraint org_members_org_id_fkey foreign key (org_id) references public.orgs (id) on delete cascade;
alter table public.org_members
    add constraint org_members_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade;
alter table public.org_member_invites
    add constraint org_member_invites_org_id_fkey foreign key (org_id) references public.orgs (id) on delete cascade;

-- What the declaration says of columns beyond a default: functions, and the triggers that call them

-- Notes which client wrote a row last, and forgets it with the row.
create function powergit_private.note_writer_id_alone() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'DELETE' then
        delete from powergit_private.writers as known
        where known.relation = tg_relid
          and known.key = any (array(select was.id::text from old_rows as was));
    elsif coalesce(current_setting('synctable.client_id', true), '') = '' then
        delete from powergit_private.writers as known
        where known.relation = tg_relid
          and known.key = any (array(select stands.id::text from new_rows as stands));
    else
        insert into powergit_private.writers as known (relation, key, client, inserted)
        select tg_relid, written.key, current_setting('synctable.client_id'), tg_op = 'INSERT'
        from (select distinct stands.id::text as key from new_rows as stands) as written
        on conflict (relation, key) do update set
            client = excluded.client,
            inserted = excluded.inserted or (known.inserted and known.client = excluded.client);
    end if;
    return null;
end
$$;
revoke all on function powergit_private.note_writer_id_alone() from public;
create trigger writer_insert
    after insert on public.refs
    referencing new table as new_rows
    for each statement
    execute function powergit_private.note_writer_id_alone();
create trigger writer_update
    after update on public.refs
    referencing new table as new_rows
    for each statement
    execute function powergit_private.note_writer_id_alone();
create trigger writer_forget
    after delete on public.refs
    referencing old table as old_rows
    for each statement
    execute function powergit_private.note_writer_id_alone();

-- Notes which client wrote a row last, and forgets it with the row.
create function powergit_private.note_writer_id_updated_at() returns trigger
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if tg_op = 'DELETE' then
        delete from powergit_private.writers as known
        where known.relation = tg_relid
          and known.key = any (array(select was.id::text from old_rows as was));
    elsif tg_op = 'INSERT' then
        insert into powergit_private.writers as known (relation, key, client, inserted, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), true, written.stands
        from (select stands.id::text as key, stands.updated_at as stands from new_rows as stands) as written
        on conflict (relation, key) do update set
            client = excluded.client, inserted = true, edited_since = null, edited_at = excluded.edited_at;
    else
        insert into powergit_private.writers as known (relation, key, client, inserted, edited_since, edited_at)
        select tg_relid, written.key, current_setting('synctable.client_id'), false, min(written.since), max(written.stands)
        from (
            select was.id::text as key,
                was.updated_at as since,
                null as stands
            from old_rows as was
            union all
            select stands.id::text, null, stands.updated_at
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
revoke all on function powergit_private.note_writer_id_updated_at() from public;
create trigger writer_insert
    after insert on public.repositories
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function powergit_private.note_writer_id_updated_at();
create trigger writer_update
    after update on public.repositories
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function powergit_private.note_writer_id_updated_at();
create trigger writer_forget
    after delete on public.repositories
    referencing old table as old_rows
    for each statement
    execute function powergit_private.note_writer_id_updated_at();
create trigger writer_insert
    after insert on public.import_jobs
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function powergit_private.note_writer_id_updated_at();
create trigger writer_update
    after update on public.import_jobs
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function powergit_private.note_writer_id_updated_at();
create trigger writer_forget
    after delete on public.import_jobs
    referencing old table as old_rows
    for each statement
    execute function powergit_private.note_writer_id_updated_at();

-- Refuses to change a key, or a column that is set once; an upsert may name it with the value that it has.
create function powergit_private.keep_set_once() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    raise exception using
        errcode = 'insufficient_privilege',
        message = format('a row of %I.%I keeps its %s', tg_table_schema, tg_table_name, tg_argv[0]);
end
$$;
revoke all on function powergit_private.keep_set_once() from public;
create trigger _set_once
    before update on public.refs
    for each row
    when ((new.id is distinct from old.id or new.org_id is distinct from old.org_id or new.repo_id is distinct from old.repo_id or new.name is distinct from old.name) and row_security_active('public.refs'::regclass))
    execute function powergit_private.keep_set_once('id, org_id, repo_id, name');
create trigger _set_once
    before update on public.org_members
    for each row
    when ((new.org_id is distinct from old.org_id or new.user_id is distinct from old.user_id) and row_security_active('public.org_members'::regclass))
    execute function powergit_private.keep_set_once('org_id, user_id');
create trigger _set_once
    before update on public.org_member_invites
    for each row
    when ((new.org_id is distinct from old.org_id or new.email is distinct from old.email) and row_security_active('public.org_member_invites'::regclass))
    execute function powergit_private.keep_set_once('org_id, email');
create trigger _set_once
    before update on public.repositories
    for each row
    when ((new.id is distinct from old.id or new.org_id is distinct from old.org_id or new.repo_id is distinct from old.repo_id) and row_security_active('public.repositories'::regclass))
    execute function powergit_private.keep_set_once('id, org_id, repo_id');
create trigger _set_once
    before update on public.import_jobs
    for each row
    when ((new.id is distinct from old.id or new.org_id is distinct from old.org_id or new.repo_id is distinct from old.repo_id) and row_security_active('public.import_jobs'::regclass))
    execute function powergit_private.keep_set_once('id, org_id, repo_id');

-- Passes over a row of commits that is there already, so that an upload may be sent again.
create function powergit_private.again_commits() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if exists (select from public.commits as stored
        where stored.id = new.id
        and stored.org_id is not distinct from new.org_id
        and stored.repo_id is not distinct from new.repo_id
        and stored.sha is not distinct from new.sha
        and stored.author_name is not distinct from new.author_name
        and stored.author_email is not distinct from new.author_email
        and stored.authored_at is not distinct from new.authored_at
        and stored.message is not distinct from new.message
        and stored.tree_sha is not distinct from new.tree_sha) then
        return null;
    end if;
    return new;
end
$$;
revoke all on function powergit_private.again_commits() from public;
create trigger _again
    before insert on public.commits
    for each row
    when (row_security_active('public.commits'::regclass))
    execute function powergit_private.again_commits();

-- Passes over a row of file_changes that is there already, so that an upload may be sent again.
create function powergit_private.again_file_changes() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if exists (select from public.file_changes as stored
        where stored.id = new.id
        and stored.org_id is not distinct from new.org_id
        and stored.repo_id is not distinct from new.repo_id
        and stored.commit_sha is not distinct from new.commit_sha
        and stored.path is not distinct from new.path
        and stored.additions is not distinct from new.additions
        and stored.deletions is not distinct from new.deletions) then
        return null;
    end if;
    return new;
end
$$;
revoke all on function powergit_private.again_file_changes() from public;
create trigger _again
    before insert on public.file_changes
    for each row
    when (row_security_active('public.file_changes'::regclass))
    execute function powergit_private.again_file_changes();

-- Passes over a row of objects that is there already, so that an upload may be sent again.
create function powergit_private.again_objects() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if exists (select from public.objects as stored
        where stored.id = new.id
        and stored.org_id is not distinct from new.org_id
        and stored.repo_id is not distinct from new.repo_id
        and stored.pack_oid is not distinct from new.pack_oid
        and stored.storage_key is not distinct from new.storage_key
        and stored.size_bytes is not distinct from new.size_bytes) then
        return null;
    end if;
    return new;
end
$$;
revoke all on function powergit_private.again_objects() from public;
create trigger _again
    before insert on public.objects
    for each row
    when (row_security_active('public.objects'::regclass))
    execute function powergit_private.again_objects();

-- What access rules look up: functions that read as their owner, whatever the policies of the tables say

create function powergit_private.my_orgs() returns setof text
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select org_id
    from public.org_members
    where user_id = (select powergit_private.user_id());
end;
revoke all on function powergit_private.my_orgs() from public;
grant execute on function powergit_private.my_orgs() to authenticated;

create function powergit_private.my_writable_orgs() returns setof text
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select org_id
    from public.org_members
    where user_id = (select powergit_private.user_id()) and role in ('admin', 'write');
end;
revoke all on function powergit_private.my_writable_orgs() from public;
grant execute on function powergit_private.my_writable_orgs() to authenticated;

create function powergit_private.my_admin_orgs() returns setof text
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select org_id
    from public.org_members
    where user_id = (select powergit_private.user_id()) and role = 'admin';
end;
revoke all on function powergit_private.my_admin_orgs() from public;
grant execute on function powergit_private.my_admin_orgs() to authenticated;

create function powergit_private.public_repositories() returns setof text
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.repositories
    where visibility = 'public';
end;
revoke all on function powergit_private.public_repositories() from public;
grant execute on function powergit_private.public_repositories() to authenticated, anon;

-- Who may see and change which rows; what no policy grants is denied

-- orgs
create policy read on public.orgs for select to authenticated
    using (id = any (array(select powergit_private.my_orgs())));
create policy update on public.orgs for update to authenticated
    using (
        id = any (array(select powergit_private.my_orgs()))
        and id = any (array(select powergit_private.my_admin_orgs()))
    )
    with check (
        id = any (array(select powergit_private.my_orgs()))
        and id = any (array(select powergit_private.my_admin_orgs()))
    );
create policy delete on public.orgs for delete to authenticated
    using (
        id = any (array(select powergit_private.my_orgs()))
        and id = any (array(select powergit_private.my_admin_orgs()))
    );

-- import_jobs
create policy read on public.import_jobs for select to authenticated
    using (
        requested_by = (select powergit_private.user_id())
        or org_id = any (array(select powergit_private.my_orgs()))
    );
create policy insert on public.import_jobs for insert to authenticated
    with check (
        (requested_by = (select powergit_private.user_id()) or org_id = any (array(select powergit_private.my_orgs())))
        and org_id = any (array(select powergit_private.my_writable_orgs()))
    );
create policy update on public.import_jobs for update to authenticated
    using (
        (requested_by = (select powergit_private.user_id()) or org_id = any (array(select powergit_private.my_orgs())))
        and org_id = any (array(select powergit_private.my_writable_orgs()))
    )
    with check (
        (requested_by = (select powergit_private.user_id()) or org_id = any (array(select powergit_private.my_orgs())))
        and org_id = any (array(select powergit_private.my_writable_orgs()))
    );
create policy delete on public.import_jobs for delete to authenticated
    using (
        (requested_by = (select powergit_private.user_id()) or org_id = any (array(select powergit_private.my_orgs())))
        and org_id = any (array(select powergit_private.my_admin_orgs()))
    );

-- repositories
create policy read on public.repositories for select to authenticated
    using (
        id = any (array(select powergit_private.public_repositories()))
        or org_id = any (array(select powergit_private.my_orgs()))
    );
create policy insert on public.repositories for insert to authenticated
    with check (
        (id = any (array(select powergit_private.public_repositories())) or org_id = any (array(select powergit_private.my_orgs())))
        and org_id = any (array(select powergit_private.my_writable_orgs()))
    );
create policy update on public.repositories for update to authenticated
    using (
        (id = any (array(select powergit_private.public_repositories())) or org_id = any (array(select powergit_private.my_orgs())))
        and org_id = any (array(select powergit_private.my_writable_orgs()))
    )
    with check (
        (id = any (array(select powergit_private.public_repositories())) or org_id = any (array(select powergit_private.my_orgs())))
        and org_id = any (array(select powergit_private.my_writable_orgs()))
    );
create policy delete on public.repositories for delete to authenticated
    using (
        (id = any (array(select powergit_private.public_repositories())) or org_id = any (array(select powergit_private.my_orgs())))
        and org_id = any (array(select powergit_private.my_admin_orgs()))
    );
create policy read_anon on public.repositories for select to anon
    using (id = any (array(select powergit_private.public_repositories())));

-- refs
create policy read on public.refs for select to authenticated
    using (
        org_id = any (array(select powergit_private.my_orgs()))
        or org_id || '/' || repo_id = any (array(select powergit_private.public_repositories()))
    );
create policy insert on public.refs for insert to authenticated
    with check (
        (org_id = any (array(select powergit_private.my_orgs())) or org_id || '/' || repo_id = any (array(select powergit_private.public_repositories())))
        and org_id = any (array(select powergit_private.my_writable_orgs()))
    );
create policy update on public.refs for update to authenticated
    using (
        (org_id = any (array(select powergit_private.my_orgs())) or org_id || '/' || repo_id = any (array(select powergit_private.public_repositories())))
        and org_id = any (array(select powergit_private.my_writable_orgs()))
    )
    with check (
        (org_id = any (array(select powergit_private.my_orgs())) or org_id || '/' || repo_id = any (array(select powergit_private.public_repositories())))
        and org_id = any (array(select powergit_private.my_writable_orgs()))
    );
create policy delete on public.refs for delete to authenticated
    using (
        (org_id = any (array(select powergit_private.my_orgs())) or org_id || '/' || repo_id = any (array(select powergit_private.public_repositories())))
        and org_id = any (array(select powergit_private.my_writable_orgs()))
    );
create policy read_anon on public.refs for select to anon
    using (org_id || '/' || repo_id = any (array(select powergit_private.public_repositories())));

-- commits
create policy read on public.commits for select to authenticated
    using (
        org_id = any (array(select powergit_private.my_orgs()))
        or org_id || '/' || repo_id = any (array(select powergit_private.public_repositories()))
    );
create policy insert on public.commits for insert to authenticated
    with check (
        (org_id = any (array(select powergit_private.my_orgs())) or org_id || '/' || repo_id = any (array(select powergit_private.public_repositories())))
        and org_id = any (array(select powergit_private.my_writable_orgs()))
    );
create policy delete on public.commits for delete to authenticated
    using (
        (org_id = any (array(select powergit_private.my_orgs())) or org_id || '/' || repo_id = any (array(select powergit_private.public_repositories())))
        and org_id = any (array(select powergit_private.my_writable_orgs()))
    );
create policy read_anon on public.commits for select to anon
    using (org_id || '/' || repo_id = any (array(select powergit_private.public_repositories())));

-- file_changes
create policy read on public.file_changes for select to authenticated
    using (
        org_id = any (array(select powergit_private.my_orgs()))
        or org_id || '/' || repo_id = any (array(select powergit_private.public_repositories()))
    );
create policy insert on public.file_changes for insert to authenticated
    with check (
        (org_id = any (array(select powergit_private.my_orgs())) or org_id || '/' || repo_id = any (array(select powergit_private.public_repositories())))
        and org_id = any (array(select powergit_private.my_writable_orgs()))
    );
create policy delete on public.file_changes for delete to authenticated
    using (
        (org_id = any (array(select powergit_private.my_orgs())) or org_id || '/' || repo_id = any (array(select powergit_private.public_repositories())))
        and org_id = any (array(select powergit_private.my_writable_orgs()))
    );
create policy read_anon on public.file_changes for select to anon
    using (org_id || '/' || repo_id = any (array(select powergit_private.public_repositories())));

-- objects
create policy read on public.objects for select to authenticated
    using (
        org_id = any (array(select powergit_private.my_orgs()))
        or org_id || '/' || repo_id = any (array(select powergit_private.public_repositories()))
    );
create policy insert on public.objects for insert to authenticated
    with check (
        (org_id = any (array(select powergit_private.my_orgs())) or org_id || '/' || repo_id = any (array(select powergit_private.public_repositories())))
        and org_id = any (array(select powergit_private.my_writable_orgs()))
    );
create policy delete on public.objects for delete to authenticated
    using (
        (org_id = any (array(select powergit_private.my_orgs())) or org_id || '/' || repo_id = any (array(select powergit_private.public_repositories())))
        and org_id = any (array(select powergit_private.my_writable_orgs()))
    );
create policy read_anon on public.objects for select to anon
    using (org_id || '/' || repo_id = any (array(select powergit_private.public_repositories())));

-- org_members
create policy read on public.org_members for select to authenticated
    using (org_id = any (array(select powergit_private.my_orgs())));
create policy insert on public.org_members for insert to authenticated
    with check (
        org_id = any (array(select powergit_private.my_orgs()))
        and org_id = any (array(select powergit_private.my_admin_orgs()))
    );
create policy update on public.org_members for update to authenticated
    using (
        org_id = any (array(select powergit_private.my_orgs()))
        and org_id = any (array(select powergit_private.my_admin_orgs()))
    )
    with check (
        org_id = any (array(select powergit_private.my_orgs()))
        and org_id = any (array(select powergit_private.my_admin_orgs()))
    );
create policy delete on public.org_members for delete to authenticated
    using (
        org_id = any (array(select powergit_private.my_orgs()))
        and (org_id = any (array(select powergit_private.my_admin_orgs())) or user_id = (select powergit_private.user_id()))
    );

-- org_member_invites
create policy read on public.org_member_invites for select to authenticated
    using (org_id = any (array(select powergit_private.my_admin_orgs())));
create policy insert on public.org_member_invites for insert to authenticated
    with check (org_id = any (array(select powergit_private.my_admin_orgs())));
create policy update on public.org_member_invites for update to authenticated
    using (org_id = any (array(select powergit_private.my_admin_orgs())))
    with check (org_id = any (array(select powergit_private.my_admin_orgs())));
create policy delete on public.org_member_invites for delete to authenticated
    using (org_id = any (array(select powergit_private.my_admin_orgs())));

-- What PowerSync reads: synced tables, and those that decide who may read them. This part may run again.

do $$
declare
    wanted pg_catalog.regclass;
begin
    if not exists (select from pg_catalog.pg_publication where pubname = 'powersync') then
        create publication powersync;
    end if;
    foreach wanted in array array[
        'public.refs',
        'public.commits',
        'public.file_changes',
        'public.objects',
        'public.org_members',
        'public.repositories',
        'public.import_jobs'
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

-- caller_email
-- The caller's e-mail address, in lower case; NULL without one.
create function public.caller_email() returns text
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$ select lower(nullif(auth.jwt() ->> 'email', '')) $$;
revoke all on function public.caller_email() from public;
grant execute on function public.caller_email() to authenticated;

-- caller_has_role
-- Whether the caller belongs to an organisation in one of these roles.
create function public.caller_has_role(org text, roles text[]) returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$
    select exists (
      select from public.org_members m
      where m.org_id = org and m.user_id = auth.uid() and m.role = any (roles)
    )
  $$;
revoke all on function public.caller_has_role(text, text[]) from public;
grant execute on function public.caller_has_role(text, text[]) to authenticated;

-- create_org
-- Founds an organisation with the caller as its first admin.
create function public.create_org(id text, name text) returns text
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    if auth.uid() is null then
      raise exception 'sign in first' using errcode = '42501';
    end if;
    insert into public.orgs (id, name, created_by) values (create_org.id, create_org.name, auth.uid());
    insert into public.org_members (org_id, user_id, role) values (create_org.id, auth.uid(), 'admin');
    return create_org.id;
  end
  $$;
revoke all on function public.create_org(text, text) from public;
grant execute on function public.create_org(text, text) to authenticated;

-- list_my_orgs
-- The caller's organisations and roles.
create function public.list_my_orgs() returns table (org_id text, name text, role text)
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$
    select o.id, o.name, m.role
    from public.org_members m join public.orgs o on o.id = m.org_id
    where m.user_id = auth.uid()
    order by o.id
  $$;
revoke all on function public.list_my_orgs() from public;
grant execute on function public.list_my_orgs() to authenticated;

-- list_org_members
-- The members of one of the caller's organisations, with their addresses.
create function public.list_org_members(org text) returns table (user_id uuid, email text, role text)
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$
    select m.user_id, u.email::text, m.role
    from public.org_members m join auth.users u on u.id = m.user_id
    where m.org_id = org and public.caller_has_role(org, array['admin', 'write', 'read'])
    order by u.email, m.user_id
  $$;
revoke all on function public.list_org_members(text) from public;
grant execute on function public.list_org_members(text) to authenticated;

-- add_org_member
-- Adds a user to an organisation, or changes the role; admins only.
create function public.add_org_member(org text, member uuid, member_role text default 'read') returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    if not public.caller_has_role(org, array['admin']) then
      raise exception 'only an admin adds members' using errcode = '42501';
    end if;
    insert into public.org_members (org_id, user_id, role) values (org, member, member_role)
      on conflict (org_id, user_id) do update set role = excluded.role;
  end
  $$;
revoke all on function public.add_org_member(text, uuid, text) from public;
grant execute on function public.add_org_member(text, uuid, text) to authenticated;

-- remove_org_member
-- Removes a member; admins remove anybody, everybody removes themselves.
create function public.remove_org_member(org text, member uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    if auth.uid() is null or (member <> auth.uid() and not public.caller_has_role(org, array['admin'])) then
      raise exception 'only an admin removes others' using errcode = '42501';
    end if;
    delete from public.org_members m where m.org_id = org and m.user_id = member;
  end
  $$;
revoke all on function public.remove_org_member(text, uuid) from public;
grant execute on function public.remove_org_member(text, uuid) to authenticated;

-- invite_org_member
-- Invites an address into an organisation; admins only.
create function public.invite_org_member(org text, address text, member_role text default 'read') returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    if not public.caller_has_role(org, array['admin']) then
      raise exception 'only an admin invites' using errcode = '42501';
    end if;
    insert into public.org_member_invites (org_id, email, role, invited_by)
      values (org, lower(address), member_role, auth.uid())
      on conflict (org_id, email) do update set role = excluded.role, invited_by = excluded.invited_by;
  end
  $$;
revoke all on function public.invite_org_member(text, text, text) from public;
grant execute on function public.invite_org_member(text, text, text) to authenticated;

-- list_org_invites
-- The open invitations of an organisation; admins only.
create function public.list_org_invites(org text) returns table (email text, role text)
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$
    select i.email, i.role
    from public.org_member_invites i
    where i.org_id = org and public.caller_has_role(org, array['admin'])
    order by i.email
  $$;
revoke all on function public.list_org_invites(text) from public;
grant execute on function public.list_org_invites(text) to authenticated;

-- list_my_org_invites
-- The open invitations to the caller's address.
create function public.list_my_org_invites() returns table (org_id text, name text, role text)
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$
    select o.id, o.name, i.role
    from public.org_member_invites i join public.orgs o on o.id = i.org_id
    where i.email = public.caller_email()
    order by o.id
  $$;
revoke all on function public.list_my_org_invites() from public;
grant execute on function public.list_my_org_invites() to authenticated;

-- accept_org_invite
-- Makes the caller a member by an invitation to the caller's address; a member keeps the role already held.
create function public.accept_org_invite(org text) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    invited_as text;
  begin
    delete from public.org_member_invites i
      where i.org_id = org and i.email = public.caller_email()
      returning i.role into invited_as;
    if invited_as is null or auth.uid() is null then
      raise exception 'there is no such invitation' using errcode = '42501';
    end if;
    insert into public.org_members (org_id, user_id, role) values (org, auth.uid(), invited_as)
      on conflict (org_id, user_id) do nothing;
  end
  $$;
revoke all on function public.accept_org_invite(text) from public;
grant execute on function public.accept_org_invite(text) to authenticated;

-- cancel_org_invite
-- Takes an invitation back; by an admin, or by the invited.
create function public.cancel_org_invite(org text, address text) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    if not public.caller_has_role(org, array['admin']) and lower(address) is distinct from public.caller_email() then
      raise exception 'only an admin cancels the invitations of others' using errcode = '42501';
    end if;
    delete from public.org_member_invites i where i.org_id = org and i.email = lower(address);
  end
  $$;
revoke all on function public.cancel_org_invite(text, text) from public;
grant execute on function public.cancel_org_invite(text, text) to authenticated;
