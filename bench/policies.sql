-- What one row costs that is read under a policy: server-side loops of the client role, in microseconds.
-- bench/policies.sh runs it in a database that holds the declaration in `schema/`.

\set QUIET on
\pset format unaligned
\pset tuples_only on

insert into auth.users (id) values ('00000000-0000-4000-8000-00000000000a') on conflict do nothing;
insert into public.lists (id, owner_id, name, edited_at)
select format('10000000-0000-4000-8000-%s', lpad(i::text, 12, '0'))::uuid, '00000000-0000-4000-8000-00000000000a',
       'list ' || i, '2026-01-01'
from generate_series(1, 10000) as i
on conflict do nothing;
-- The same rows behind the policy that a person writes, and behind none.
create schema if not exists bench;
grant usage on schema bench to authenticated;
create table bench.by_hand as select * from public.lists;
alter table bench.by_hand add primary key (id);
alter table bench.by_hand enable row level security;
create policy read on bench.by_hand for select to authenticated using (owner_id = (select auth.uid()));
create table bench.by_expression as select * from public.lists;
alter table bench.by_expression add primary key (id);
alter table bench.by_expression enable row level security;
create policy read on bench.by_expression for select to authenticated using (owner_id = (select tasks_private.user_id()));
create table bench.free as select * from public.lists;
alter table bench.free add primary key (id);
grant select on all tables in schema bench to authenticated;
analyze;

-- The claims of a Supabase token.
select set_config('request.jwt.claims', '{"aal": "aal1", "amr": [{"method": "password", "timestamp": 1767225600}], "app_metadata": {"provider": "email", "providers": ["email"], "tenant_id": "t1"}, "aud": "authenticated", "email": "ann@example.org", "exp": 1767229200, "iat": 1767225600, "is_anonymous": false, "iss": "https://abcdefghijklmnopqrst.supabase.co/auth/v1", "phone": "", "role": "authenticated", "session_id": "30000000-0000-4000-8000-000000000001", "sub": "00000000-0000-4000-8000-00000000000a", "user_metadata": {"email": "ann@example.org", "email_verified": true, "name": "Ann"}}', false)
\g /dev/null
set session authorization authenticated;

create or replace procedure pg_temp.measure(what text, query text) language plpgsql as $$
declare
    best double precision := 'infinity';
    started timestamptz;
begin
    for round in 1..7 loop
        started := clock_timestamp();
        execute format('do $do$ begin for i in 1..5000 loop perform (%s); end loop; end $do$', query);
        best := least(best, extract(epoch from clock_timestamp() - started) / 5000 * 1e6);
    end loop;
    raise notice '% | % µs', what, round(best::numeric, 1);
end
$$;
set client_min_messages = notice;
call pg_temp.measure('no policy', $$select name from bench.free where id = '10000000-0000-4000-8000-000000000077'$$);
call pg_temp.measure('by hand, auth.uid()', $$select name from bench.by_hand where id = '10000000-0000-4000-8000-000000000077'$$);
call pg_temp.measure('the same with user_id()', $$select name from bench.by_expression where id = '10000000-0000-4000-8000-000000000077'$$);
call pg_temp.measure('lists, two sets and the owner', $$select name from public.lists where id = '10000000-0000-4000-8000-000000000077'$$);
call pg_temp.measure('user_id() alone', 'select tasks_private.user_id()');
call pg_temp.measure('claim() alone', $$select tasks_private.claim(array['app_metadata', 'tenant_id'])$$);
call pg_temp.measure('auth.uid() alone', 'select auth.uid()');
call pg_temp.measure('nothing', 'select 1');
