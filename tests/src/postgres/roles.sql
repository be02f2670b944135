-- The cluster's roles. Runs as the superuser, any number of times, from any number of processes at once.
do $$
declare
    wanted record;
begin
    for wanted in
        select *
        from (values
            -- Owns the database and what migrations create in it; RLS binds it wherever FORCE does.
            ('app_owner', 'nologin nosuperuser nobypassrls nocreaterole nocreatedb noreplication inherit'),
            ('anon', 'nologin nosuperuser nobypassrls noinherit'),
            ('authenticated', 'nologin nosuperuser nobypassrls noinherit'),
            ('service_role', 'nologin nosuperuser bypassrls noinherit'),
            ('supabase_storage_admin', 'nologin nosuperuser nobypassrls noinherit')
        ) as role (name, options)
    loop
        begin
            execute format('create role %I %s', wanted.name, wanted.options);
        exception
            when duplicate_object or unique_violation then null; -- Somebody else was first.
        end;
    end loop;

    -- There, the project's owner may write policies on `storage.objects`.
    begin
        grant supabase_storage_admin to app_owner;
    exception
        when unique_violation or internal_error then null; -- Somebody else was first.
    end;
end
$$;
