-- What a Supabase project holds beside users and tokens before its first migration, as far as migrations refer to it.
do $$
declare
    wanted text;
begin
    foreach wanted in array array[
        'anon nologin noinherit', 'authenticated nologin noinherit', 'service_role nologin noinherit bypassrls',
        'authenticator login noinherit', 'dashboard_user nologin', 'pgbouncer login', 'supabase_admin login superuser',
        'supabase_auth_admin login noinherit createrole', 'supabase_storage_admin login noinherit createrole',
        'supabase_realtime_admin nologin noinherit', 'supabase_functions_admin login noinherit createrole',
        'supabase_replication_admin login replication', 'supabase_read_only_user login bypassrls'
    ]
    loop
        if not exists (select from pg_roles where rolname = split_part(wanted, ' ', 1)) then
            execute 'create role ' || wanted;
        end if;
    end loop;
end
$$;
grant anon, authenticated, service_role to authenticator;

create schema graphql;
create schema graphql_public;
create schema pgsodium;
create schema realtime;
create schema vault;
create schema storage;
grant usage on schema storage to anon, authenticated, service_role;

create table storage.buckets (
    id text primary key,
    name text not null unique,
    owner uuid,
    owner_id text,
    public boolean default false,
    avif_autodetection boolean default false,
    file_size_limit bigint,
    allowed_mime_types text[],
    created_at timestamptz default now(),
    updated_at timestamptz default now()
);

create table storage.objects (
    id uuid primary key default gen_random_uuid(),
    bucket_id text references storage.buckets (id),
    name text,
    owner uuid,
    owner_id text,
    metadata jsonb,
    path_tokens text[] generated always as (string_to_array(name, '/')) stored,
    created_at timestamptz default now(),
    updated_at timestamptz default now(),
    last_accessed_at timestamptz default now(),
    unique (bucket_id, name)
);
alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
grant all on storage.buckets, storage.objects to anon, authenticated, service_role;

create function storage.foldername(name text) returns text[]
    language sql immutable
    return (string_to_array(name, '/'))[: cardinality(string_to_array(name, '/')) - 1];

create function storage.filename(name text) returns text
    language sql immutable
    return (string_to_array(name, '/'))[cardinality(string_to_array(name, '/'))];

create function storage.extension(name text) returns text
    language sql immutable
    return reverse(split_part(reverse(storage.filename(name)), '.', 1));

grant usage on schema public to anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;

create publication supabase_realtime;

do $$
begin
    execute format('alter database %I set search_path = "$user", public, extensions', current_database());
end
$$;
set search_path = "$user", public, extensions;
