do {{ quote }}
declare
    missing pg_catalog.text;
begin
    select pg_catalog.string_agg(pg_catalog.quote_ident(wanted.name), ', ' order by wanted.name) into missing
    from pg_catalog.unnest(array[{{ roles|join(", ") }}]) as wanted (name)
    where not exists (select from pg_catalog.pg_roles where rolname = wanted.name);
    if missing is not null then
        raise exception 'missing roles: %', missing using hint = 'An administrator runs setup.sql first.';
    end if;
end
{{ quote }};
