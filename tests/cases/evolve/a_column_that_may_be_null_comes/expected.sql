-- notes: what changes
--
-- add the column `notes.due_on`
-- change the comment of `notes.due_on`
--
-- Locks:
--   `notes`: readers and writers wait, for an instant
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter table public.notes add column due_on date;

comment on column public.notes.due_on is 'When it is due.';
