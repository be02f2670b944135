-- notes: what changes
--
-- rename the table `books` to `shelves`
-- rename the primary key `books_pkey` of `shelves` to `shelves_pkey`
-- rename the index `books_by_owner` of `shelves` to `shelves_by_owner`
-- change the function `notes_private.my_books`
--
-- Locks:
--   `notes`: readers and writers wait, for an instant
--   `shelves`: readers and writers wait, for an instant
--
-- Sync:
--   the sync service reads all rows of `shelves`
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

drop trigger _set_once on public.books;
drop trigger _books_held_update on public.books;
drop trigger writer_forget on public.books;
drop trigger writer_update on public.books;
drop trigger writer_insert on public.books;
drop trigger edited_at_2_touch on public.books;
drop trigger edited_at_1_keep on public.books;

drop policy delete on public.notes;
drop policy update on public.notes;
drop policy insert on public.notes;
drop policy read on public.notes;
drop policy delete on public.books;
drop policy update on public.books;
drop policy insert on public.books;
drop policy read on public.books;

drop function notes_private.my_books();

alter table public.books rename to shelves;

alter table public.shelves rename constraint books_pkey to shelves_pkey;
alter index public.books_by_owner rename to shelves_by_owner;

create function notes_private.my_books() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.shelves
    where owner_id = (select notes_private.user_id());
end;
revoke all on function notes_private.my_books() from public;
grant execute on function notes_private.my_books() to authenticated;

create trigger edited_at_1_keep
    before update of edited_at on public.shelves
    for each row
    when (row_security_active('public.shelves'::regclass) and new.edited_at is not distinct from old.edited_at)
    execute function notes_private.keep_edited_at();

create trigger edited_at_2_touch
    before insert or update on public.shelves
    for each row
    when (row_security_active('public.shelves'::regclass))
    execute function notes_private.touch_edited_at();

create trigger writer_insert
    after insert on public.shelves
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function notes_private.note_writer_id_edited_at();

create trigger writer_update
    after update on public.shelves
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function notes_private.note_writer_id_edited_at();

create trigger writer_forget
    after delete on public.shelves
    referencing old table as old_rows
    for each statement
    execute function notes_private.note_writer_id_edited_at();

create trigger _shelves_held_update
    before update on public.shelves
    for each row
    when (new.owner_id is distinct from old.owner_id and row_security_active('public.shelves'::regclass))
    execute function notes_private.hold_owner_id();

create trigger _set_once
    before update on public.shelves
    for each row
    when (new.id is distinct from old.id and row_security_active('public.shelves'::regclass))
    execute function notes_private.keep_set_once('id');

create policy read on public.shelves for select to authenticated
    using (owner_id = (select notes_private.user_id()));

create policy insert on public.shelves for insert to authenticated
    with check (owner_id = (select notes_private.user_id()));

create policy update on public.shelves for update to authenticated
    using (owner_id = (select notes_private.user_id()))
    with check (owner_id = (select notes_private.user_id()));

create policy delete on public.shelves for delete to authenticated
    using (owner_id = (select notes_private.user_id()));

create policy read on public.notes for select to authenticated
    using (book_id = any (array(select notes_private.my_books())));

create policy insert on public.notes for insert to authenticated
    with check (book_id = any (array(select notes_private.my_books())));

create policy update on public.notes for update to authenticated
    using (book_id = any (array(select notes_private.my_books())))
    with check (book_id = any (array(select notes_private.my_books())));

create policy delete on public.notes for delete to authenticated
    using (book_id = any (array(select notes_private.my_books())));
