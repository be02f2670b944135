-- powergit: what changes
--
-- add the column `refs.note`
--
-- Locks:
--   `refs`: readers and writers wait, for an instant
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter table public.refs add column note text;
