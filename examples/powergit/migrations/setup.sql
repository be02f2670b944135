-- powergit: roles, and rights that only an administrator can give.
--
-- An administrator runs it in the app's database before the first migration; it may run again.
-- Passwords are set apart from it: alter role … password …;

do $$
begin

    -- postgres owns everything and applies migrations.
    if not exists (select from pg_catalog.pg_roles where rolname = 'postgres') then
        create role postgres login;
    end if;

    -- authenticated acts for signed-in callers.
    if not exists (select from pg_catalog.pg_roles where rolname = 'authenticated') then
        create role authenticated nologin noinherit;
    end if;

    -- anon acts for callers without a token.
    if not exists (select from pg_catalog.pg_roles where rolname = 'anon') then
        create role anon nologin noinherit;
    end if;

    -- service_role is a trusted server with full access.
    if not exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
        create role service_role login bypassrls;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'service_role' and (rolsuper or rolbypassrls)) then
        alter role service_role bypassrls;
    end if;

    -- bridge_role is the bridge, which becomes the callers whose uploads it applies.
    if not exists (select from pg_catalog.pg_roles where rolname = 'bridge_role') then
        create role bridge_role login noinherit;
    end if;

    -- powersync_role reads what is published, whatever the policies say.
    if not exists (select from pg_catalog.pg_roles where rolname = 'powersync_role') then
        create role powersync_role login replication bypassrls;
    end if;
    if not exists (select from pg_catalog.pg_roles where rolname = 'powersync_role' and rolreplication and rolbypassrls) then
        alter role powersync_role replication bypassrls;
    end if;

    -- The owner makes schemas and the publication.
    if not pg_catalog.has_database_privilege('postgres', pg_catalog.current_database(), 'create') then
        execute pg_catalog.format('grant create on database %I to %I', pg_catalog.current_database(), 'postgres');
    end if;

    -- Temporary objects are found before all others, so that no caller may make them.
    if pg_catalog.has_database_privilege('public', pg_catalog.current_database(), 'temporary') then
        execute pg_catalog.format('revoke temporary on database %I from public', pg_catalog.current_database());
    end if;
    if not pg_catalog.has_database_privilege('postgres', pg_catalog.current_database(), 'temporary') then
        execute pg_catalog.format('grant temporary on database %I to %I', pg_catalog.current_database(), 'postgres');
    end if;
    if not pg_catalog.has_database_privilege('service_role', pg_catalog.current_database(), 'temporary') then
        execute pg_catalog.format('grant temporary on database %I to %I', pg_catalog.current_database(), 'service_role');
    end if;

    -- The app keeps objects in the schema public.
    if not pg_catalog.has_schema_privilege('postgres', 'public', 'create') then
        grant create on schema public to postgres;
    end if;
    -- It lets the callers look into it.
    if not pg_catalog.has_schema_privilege('postgres', 'public', 'usage with grant option') then
        grant usage on schema public to postgres with grant option;
    end if;

    -- Foreign keys point to auth.users.
    if not pg_catalog.has_schema_privilege('postgres', 'auth', 'usage') then
        grant usage on schema auth to postgres;
    end if;
    if not pg_catalog.has_column_privilege('postgres', 'auth.users', 'id', 'references') then
        grant references (id) on table auth.users to postgres;
    end if;

    -- bridge_role acts as the callers that it serves.
    if not pg_catalog.pg_has_role('bridge_role', 'authenticated', 'member') then
        grant authenticated to bridge_role;
    end if;

    -- bridge_role acts as the callers that it serves.
    if not pg_catalog.pg_has_role('bridge_role', 'anon', 'member') then
        grant anon to bridge_role;
    end if;

    -- bridge_role acts as the callers that it serves.
    if not pg_catalog.pg_has_role('bridge_role', 'service_role', 'member') then
        grant service_role to bridge_role;
    end if;
end
$$;
