-- demo: what changes
--
-- rename the column `roles.rank` to `level`
-- change the seed `0192f0c1-7a3b-7cde-8f01-000000000001` of `roles`
--
-- Locks:
--   `roles`: readers and writers wait, for an instant
--
-- Sync:
--   devices hear of the seeds of `roles`
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

drop policy read on public.roles;

alter table public.roles rename column rank to level;

create policy read on public.roles for select to authenticated
    using (true);

insert into public.roles as seeded (id, name, level)
values
    ('0192f0c1-7a3b-7cde-8f01-000000000001', 'owner', 1)
on conflict (id) do update set name = excluded.name, level = excluded.level
where seeded.name is distinct from excluded.name
    or seeded.level is distinct from excluded.level;
