-- demo: what changes
--
-- add the seeds `0192f0c1-7a3b-7cde-8f01-000000000001`, `0192f0c1-7a3b-7cde-8f01-000000000002` of `roles`
--
-- Locks:
--   `roles`: writers of the same rows wait, for an instant
--
-- Sync:
--   devices hear of the seeds of `roles`
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

insert into public.roles as seeded (id, name, rank)
values
    ('0192f0c1-7a3b-7cde-8f01-000000000001', 'admin', 1)
on conflict (id) do update set name = excluded.name, rank = excluded.rank
where seeded.name is distinct from excluded.name
    or seeded.rank is distinct from excluded.rank;

insert into public.roles as seeded (id, name)
values
    ('0192f0c1-7a3b-7cde-8f01-000000000002', 'it''s a reader')
on conflict (id) do update set name = excluded.name
where seeded.name is distinct from excluded.name;
