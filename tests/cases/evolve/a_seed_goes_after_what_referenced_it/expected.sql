-- demo: what changes
--
-- change the seed `1` of `members`
-- remove the seed `0192f0c1-7a3b-7cde-8f01-000000000002` of `roles`
--
-- Locks:
--   `members`: writers of the same rows wait, while every row is read
--   `roles`: writers of the same rows wait, while every row of `members` is read
--
-- Sync:
--   devices hear of the seeds of `roles`
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

insert into public.members as seeded (id, role_id)
values
    (1, '0192f0c1-7a3b-7cde-8f01-000000000001')
on conflict (id) do update set role_id = excluded.role_id
where seeded.role_id is distinct from excluded.role_id;

delete from public.roles where id in ('0192f0c1-7a3b-7cde-8f01-000000000002');
