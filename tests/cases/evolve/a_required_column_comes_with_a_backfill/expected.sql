-- file: 20260202000000_change.sql
-- notes: what changes
--
-- add the column `notes.label`
--
-- Locks:
--   `notes`: readers and writers wait, for an instant
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter table public.notes add column label text;

-- file: 20260202000001_change_fill.sql
-- notes: what changes
--
-- change the default of `notes.label`
-- add the check `notes_label_required` of `notes`
-- fill `notes.label` in rows that have no value
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

update public.notes set label = title where label is null;

alter table public.notes alter column label set default '-';

alter table public.notes
    add constraint notes_label_required check (label is not null) not valid;

-- file: 20260202000002_change_validate.sql
-- notes: what changes
--
-- check all rows of `notes` against the check `notes_label_required`
-- update `notes.label` also in rows that came meanwhile
--
-- Locks:
--   `notes`: nobody waits, while every row is read
--   `notes`: writers of the same rows wait, while rows are updated
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

-- Rows that came while the others were updated.
update public.notes set label = title where label is null;

alter table public.notes validate constraint notes_label_required;

-- file: 20260202000003_change_finish.sql
-- notes: what changes
--
-- require a value in `notes.label`
--
-- Locks:
--   `notes`: readers and writers wait, for an instant
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter table public.notes alter column label set not null;
alter table public.notes drop constraint notes_label_required;
