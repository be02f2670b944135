-- file: 20260202000000_change.sql
-- notes: what changes
--
-- drop the check `notes_title_check` of `notes`
-- add the check `notes_title_check` of `notes`
-- add the check `notes_place_check` of `notes`
--
-- Locks:
--   `notes`: readers and writers wait, for an instant
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter table public.notes drop constraint notes_title_check;

alter table public.notes
    add constraint notes_title_check check (length(title) > 1) not valid;

alter table public.notes
    add constraint notes_place_check check (place >= 0) not valid;

-- file: 20260202000001_change_validate.sql
-- notes: what changes
--
-- check all rows of `notes` against the check `notes_title_check`
-- check all rows of `notes` against the check `notes_place_check`
--
-- Locks:
--   `notes`: nobody waits, while every row is read
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter table public.notes validate constraint notes_title_check;
alter table public.notes validate constraint notes_place_check;
