-- file: 20260202000000_change.sql
-- notes: what changes
--
-- drop the check `notes_marks_labels` of `notes`
-- drop the check `notes_state_labels` of `notes`
-- add the check `notes_marks_labels` of `notes`
-- add the check `notes_state_labels` of `notes`
--
-- Locks:
--   `notes`: readers and writers wait, for an instant
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter table public.notes drop constraint notes_marks_labels;
alter table public.notes drop constraint notes_state_labels;

alter table public.notes
    add constraint notes_marks_labels check (marks <@ array['open', 'closed', 'done']) not valid;

alter table public.notes
    add constraint notes_state_labels check (state in ('open', 'closed', 'done')) not valid;

-- file: 20260202000001_change_fill.sql
-- notes: what changes
--
-- drop the check `notes_marks_labels` of `notes`
-- drop the check `notes_state_labels` of `notes`
-- add the check `notes_marks_labels` of `notes`
-- add the check `notes_state_labels` of `notes`
-- replace labels in `notes.marks`
-- replace labels in `notes.state`
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

update public.notes set marks = array_replace(marks, 'done', 'closed') where marks && array['done'];
update public.notes set state = 'closed' where state = 'done';

alter table public.notes drop constraint notes_marks_labels;
alter table public.notes drop constraint notes_state_labels;

alter table public.notes
    add constraint notes_marks_labels check (marks <@ array['open', 'closed']) not valid;

alter table public.notes
    add constraint notes_state_labels check (state in ('open', 'closed')) not valid;

-- file: 20260202000002_change_validate.sql
-- notes: what changes
--
-- check all rows of `notes` against the check `notes_marks_labels`
-- check all rows of `notes` against the check `notes_state_labels`
-- update `notes.marks` also in rows that came meanwhile
-- update `notes.state` also in rows that came meanwhile
--
-- Locks:
--   `notes`: nobody waits, while every row is read
--   `notes`: writers of the same rows wait, while rows are updated
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

-- Rows that came while the others were updated.
update public.notes set marks = array_replace(marks, 'done', 'closed'), state = (case state when 'done' then 'closed' else state end) where marks && array['done'] or state = 'done';

alter table public.notes validate constraint notes_marks_labels;
alter table public.notes validate constraint notes_state_labels;
