-- file: 20260202000000_change.sql
-- notes: what changes
--
-- replace `done` by `closed` in the enum `state`
-- write `notes.state` anew as the changed public.state
-- drop the index `notes_by_book` of `notes`
-- add the index `notes_by_book` of `notes`
--
-- Locks:
--   `notes`: readers and writers wait, while every row is written anew
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

drop trigger _set_once on public.notes;
drop trigger writer_forget on public.notes;
drop trigger writer_update on public.notes;
drop trigger writer_insert on public.notes;
drop trigger edited_at_2_touch on public.notes;
drop trigger edited_at_1_keep on public.notes;

drop policy delete on public.notes;
drop policy update on public.notes;
drop policy insert on public.notes;
drop policy read on public.notes;

drop index public.notes_by_book;

alter type public.state rename to state_before;

create type public.state as enum ('open', 'closed');

alter table public.notes alter column state drop default;
alter table public.notes alter column state type public.state using ((case state::text when 'done' then 'closed' else state::text end)::public.state);
alter table public.notes alter column state set default 'open';

create index notes_by_book on public.notes (book_id, state);

create trigger edited_at_1_keep
    before update of edited_at on public.notes
    for each row
    when (row_security_active('public.notes'::regclass) and new.edited_at is not distinct from old.edited_at)
    execute function notes_private.keep_edited_at();

create trigger edited_at_2_touch
    before insert or update on public.notes
    for each row
    when (row_security_active('public.notes'::regclass))
    execute function notes_private.touch_edited_at();

create trigger writer_insert
    after insert on public.notes
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function notes_private.note_writer_id_edited_at();

create trigger writer_update
    after update on public.notes
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function notes_private.note_writer_id_edited_at();

create trigger writer_forget
    after delete on public.notes
    referencing old table as old_rows
    for each statement
    execute function notes_private.note_writer_id_edited_at();

create trigger _set_once
    before update on public.notes
    for each row
    when (new.id is distinct from old.id and row_security_active('public.notes'::regclass))
    execute function notes_private.keep_set_once('id');

create policy read on public.notes for select to authenticated
    using (book_id = any (array(select notes_private.my_books())));

create policy insert on public.notes for insert to authenticated
    with check (book_id = any (array(select notes_private.my_books())));

create policy update on public.notes for update to authenticated
    using (book_id = any (array(select notes_private.my_books())))
    with check (book_id = any (array(select notes_private.my_books())));

create policy delete on public.notes for delete to authenticated
    using (book_id = any (array(select notes_private.my_books())));

drop type public.state_before;

-- file: 20260202000001_change_touch.sql
-- notes: what changes
--
-- send all rows of `notes` to devices again, for `state`
--
-- Locks:
--   `notes`: writers of the same rows wait, while rows are updated
--
-- Sync:
--   devices download rows of `notes` again
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

update public.notes set state = state;
