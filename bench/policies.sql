-- What bench/policies.sh measures with: rows behind the policy of the declaration, behind one that a person writes, behind none.

insert into auth.users (id) values ('00000000-0000-4000-8000-00000000000a');
insert into public.lists (id, owner_id, name, edited_at)
select format('10000000-0000-4000-8000-%s', lpad(i::text, 12, '0'))::uuid, '00000000-0000-4000-8000-00000000000a',
       'list ' || i, '2026-01-01'
from generate_series(1, 10000) as i;
create schema bench;
grant usage on schema bench to authenticated;
create table bench.free as select * from public.lists;
create table bench.by_hand as select * from public.lists;
create table bench.by_function as select * from public.lists;
alter table bench.free add primary key (id);
alter table bench.by_hand add primary key (id);
alter table bench.by_function add primary key (id);
alter table bench.by_hand enable row level security;
create policy read on bench.by_hand for select to authenticated using (owner_id = (select auth.uid()));
alter table bench.by_function enable row level security;
create policy read on bench.by_function for select to authenticated using (owner_id = (select tasks_private.user_id()));
grant select on all tables in schema bench to authenticated;
analyze;

create procedure bench.measure(what text, query text) language plpgsql as $$
declare
    best double precision;
    started timestamptz;
    times constant int := 3000;
    way text;
begin
    foreach way in array array['perform (%s)', 'execute %L'] loop
        best := 'infinity';
        for round in 1..7 loop
            started := clock_timestamp();
            execute format('do $do$ begin for i in 1..%s loop ' || way || '; end loop; end $do$', times, query);
            best := least(best, extract(epoch from clock_timestamp() - started) / times * 1e6);
        end loop;
        raise notice '% | % | % µs', what, case way when 'execute %L' then 'planned each time' else 'planned once' end, round(best::numeric, 1);
    end loop;
end
$$;
