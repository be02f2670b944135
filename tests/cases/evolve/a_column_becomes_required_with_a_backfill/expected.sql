-- file: 20260202000000_change_fill.sql
-- notes: what changes
--
-- add the check `notes_body_required` of `notes`
-- fill `notes.body` in rows that have no value
--
-- Locks:
--   `notes`: readers and writers wait, for an instant
--   `notes`: writers of the same rows wait, while rows are updated
--
-- Sync:
--   devices download rows of `notes` again
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

update public.notes set body = upper(title) where body is null;

alter table public.notes
    add constraint notes_body_required check (body is not null) not valid;

-- file: 20260202000001_change_validate.sql
-- notes: what changes
--
-- check all rows of `notes` against the check `notes_body_required`
-- update `notes.body` also in rows that came meanwhile
--
-- Locks:
--   `notes`: nobody waits, while every row is read
--   `notes`: writers of the same rows wait, while rows are updated
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

-- Rows that came while the others were updated.
update public.notes set body = upper(title) where body is null;

alter table public.notes validate constraint notes_body_required;

-- file: 20260202000002_change_finish.sql
-- notes: what changes
--
-- require a value in `notes.body`
--
-- Locks:
--   `notes`: readers and writers wait, for an instant
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter table public.notes alter column body set not null;
alter table public.notes drop constraint notes_body_required;
