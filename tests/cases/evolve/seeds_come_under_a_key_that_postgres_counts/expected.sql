-- shop: what changes
--
-- add the seed `7` of `taxes`
-- change the seed `1` of `taxes`
-- add the seeds `-1`, `0` of `grades`
--
-- Locks:
--   `grades`: writers of the same rows wait, for an instant
--   `taxes`: writers of the same rows wait, for an instant
--
-- Sync:
--   devices hear of the seeds of `grades`
--   devices hear of the seeds of `taxes`
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

insert into public.taxes as seeded (id, name) overriding system value
values
    (7, 'half')
on conflict (id) do update set name = excluded.name
where seeded.name is distinct from excluded.name;

select setval('public.taxes_id_seq', 7) from public.taxes_id_seq
where last_value < 7 or last_value = 7 and not is_called;

insert into public.taxes as seeded (id, name) overriding system value
values
    (1, 'whole')
on conflict (id) do update set name = excluded.name
where seeded.name is distinct from excluded.name;

insert into public.grades as seeded (id, name)
values
    (-1, 'none'),
    (0, 'low')
on conflict (id) do update set name = excluded.name
where seeded.name is distinct from excluded.name;
