-- notes: what changes
--
-- add the column `notes.pinned`
--
-- Locks:
--   `notes`: readers and writers wait, for an instant
--
-- Sync:
--   devices download the rows of `notes` again with the new sync config
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter table public.notes add column pinned boolean not null default false;
