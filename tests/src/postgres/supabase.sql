-- What a Supabase project already holds before an app adds its first table, as far as generated SQL can tell.
-- Runs as the superuser in every fresh database; the roles it names exist by then (roles.sql).

create schema auth;
grant usage on schema auth to app_owner, anon, authenticated, service_role;

create table auth.users (
    id uuid primary key,
    email text,
    raw_app_meta_data jsonb,
    raw_user_meta_data jsonb,
    created_at timestamptz,
    updated_at timestamptz
);
grant all on auth.users to app_owner;
grant select on auth.users to service_role;

-- No claims at all and empty claims both mean "no caller"; a subject that is no uuid raises, as it does there.
create function auth.jwt() returns jsonb
    language sql stable
    return nullif(current_setting('request.jwt.claims', true), '')::jsonb;

create function auth.uid() returns uuid
    language sql stable
    return (auth.jwt() ->> 'sub')::uuid;

create function auth.role() returns text
    language sql stable
    return auth.jwt() ->> 'role';

create function auth.email() returns text
    language sql stable
    return auth.jwt() ->> 'email';

create schema extensions;
grant usage on schema extensions to app_owner, anon, authenticated, service_role;

create schema storage;
grant usage on schema storage to supabase_storage_admin, app_owner, anon, authenticated, service_role;

create table storage.buckets (
    id text primary key,
    name text not null unique,
    owner_id text,
    public boolean default false,
    created_at timestamptz default now(),
    updated_at timestamptz default now()
);

create table storage.objects (
    id uuid primary key default gen_random_uuid(),
    bucket_id text references storage.buckets (id),
    name text,
    owner_id text,
    metadata jsonb,
    created_at timestamptz default now(),
    updated_at timestamptz default now(),
    unique (bucket_id, name)
);

alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
alter table storage.buckets owner to supabase_storage_admin;
alter table storage.objects owner to supabase_storage_admin;
grant all on storage.buckets, storage.objects to anon, authenticated, service_role;

-- The folders of an object's name: `a/b/c.txt` is in {a,b}.
create function storage.foldername(name text) returns text[]
    language sql immutable
    return (string_to_array(name, '/'))[: cardinality(string_to_array(name, '/')) - 1];

-- The last part of an object's name.
create function storage.filename(name text) returns text
    language sql immutable
    return (string_to_array(name, '/'))[cardinality(string_to_array(name, '/'))];

-- Every new table, sequence and function in `public` is open to the API roles until somebody revokes:
-- generated grants must hold against this.
grant usage on schema public to anon, authenticated, service_role;
alter default privileges for role app_owner in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges for role app_owner in schema public grant all on sequences to anon, authenticated, service_role;
alter default privileges for role app_owner in schema public grant all on functions to anon, authenticated, service_role;

-- As there: the extensions' schema is looked into without being named.
do $$
begin
    execute format('alter database %I set search_path = "$user", public, extensions', current_database());
end
$$;
