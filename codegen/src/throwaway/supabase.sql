-- What a Supabase project holds before its first migration, as far as an app refers to it.
create schema auth;
create schema extensions;
grant usage on schema auth, extensions to public;

create table auth.users (
    id uuid primary key,
    aud text,
    role text,
    email text,
    phone text,
    is_anonymous boolean not null default false,
    raw_app_meta_data jsonb,
    raw_user_meta_data jsonb,
    email_confirmed_at timestamptz,
    last_sign_in_at timestamptz,
    created_at timestamptz,
    updated_at timestamptz
);

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
