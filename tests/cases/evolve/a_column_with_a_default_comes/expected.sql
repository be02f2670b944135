-- file: 20260202000000_change.sql
-- notes: what changes
--
-- add the column `notes.pinned`
--
-- Locks:
--   `notes`: readers and writers wait, for an instant
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter table public.notes add column pinned boolean not null default false;

-- file: 20260202000001_change_touch.sql
-- notes: what changes
--
-- send all rows of `notes` to devices again, for `pinned`
--
-- Locks:
--   `notes`: writers of the same rows wait, while rows are updated
--
-- Sync:
--   devices download rows of `notes` again
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

update public.notes set pinned = pinned;
