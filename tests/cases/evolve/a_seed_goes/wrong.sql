select 'there is ' || coalesce(string_agg(name || ' ' || rank, ', ' order by name), 'nothing') from public.roles having coalesce(string_agg(name || ' ' || rank, ', ' order by name), '') <> 'admin 1'
