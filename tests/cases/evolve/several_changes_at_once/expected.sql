-- file: 20260202000000_change.sql
-- notes: what changes
--
-- add the table `tags`
-- change the type of `notes.title` from varchar(80) to text
-- rename the column `notes.body` to `text`
-- add the column `notes.due_on`
-- change the type of `notes.place` from integer to bigint
-- add the check `notes_place_check` of `notes`
-- add the function `notes_private.my_notes`
-- change the policy `insert` of `public.notes`
-- change the policy `update` of `public.notes`
-- change the policy `delete` of `public.notes`
-- publish `tags`
--
-- Locks:
--   `notes`: readers and writers wait, while every row is written anew
--
-- Sync:
--   the sync service reads all rows of `tags`
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

alter table public.notes rename column body to text;

create table public.tags (
    id uuid not null,
    note_id uuid not null,
    name text not null,
    edited_at timestamptz not null default now(),
    constraint tags_pkey primary key (id)
);

create index tags_by_note on public.tags (note_id);

alter table public.tags enable row level security;
revoke all on table public.tags from public, authenticated, anon;
grant select, insert, update, delete on table public.tags to authenticated;
grant select on table public.tags to powersync_role;

alter table public.notes alter column title type text;
alter table public.notes add column due_on date;
alter table public.notes alter column place drop default;
alter table public.notes alter column place type bigint;
alter table public.notes alter column place set default 0;

alter table public.notes
    add constraint notes_place_check check (place >= 0) not valid;

alter table public.tags
    add constraint tags_note_id_fkey foreign key (note_id) references public.notes (id) on delete cascade;

create function notes_private.my_notes() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.notes
    where book_id = any (array(select notes_private.my_books()));
end;
revoke all on function notes_private.my_notes() from public;
grant execute on function notes_private.my_notes() to authenticated;

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

create trigger edited_at_1_keep
    before update of edited_at on public.tags
    for each row
    when (row_security_active('public.tags'::regclass) and new.edited_at is not distinct from old.edited_at)
    execute function notes_private.keep_edited_at();

create trigger edited_at_2_touch
    before insert or update on public.tags
    for each row
    when (row_security_active('public.tags'::regclass))
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

create trigger writer_insert
    after insert on public.tags
    referencing new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function notes_private.note_writer_id_edited_at();

create trigger writer_update
    after update on public.tags
    referencing old table as old_rows new table as new_rows
    for each statement
    when (current_setting('synctable.client_id', true) <> '')
    execute function notes_private.note_writer_id_edited_at();

create trigger writer_forget
    after delete on public.tags
    referencing old table as old_rows
    for each statement
    execute function notes_private.note_writer_id_edited_at();

create trigger _set_once
    before update on public.notes
    for each row
    when (new.id is distinct from old.id and row_security_active('public.notes'::regclass))
    execute function notes_private.keep_set_once('id');

create trigger _set_once
    before update on public.tags
    for each row
    when (new.id is distinct from old.id and row_security_active('public.tags'::regclass))
    execute function notes_private.keep_set_once('id');

create policy read on public.notes for select to authenticated
    using (book_id = any (array(select notes_private.my_books())));

create policy insert on public.notes for insert to authenticated
    with check (book_id = any (array(select notes_private.my_books())) and due_on is not null);

create policy update on public.notes for update to authenticated
    using (book_id = any (array(select notes_private.my_books())) and due_on is not null)
    with check (book_id = any (array(select notes_private.my_books())) and due_on is not null);

create policy delete on public.notes for delete to authenticated
    using (book_id = any (array(select notes_private.my_books())) and due_on is not null);

create policy read on public.tags for select to authenticated
    using (note_id = any (array(select notes_private.my_notes())));

create policy insert on public.tags for insert to authenticated
    with check (note_id = any (array(select notes_private.my_notes())));

create policy update on public.tags for update to authenticated
    using (note_id = any (array(select notes_private.my_notes())))
    with check (note_id = any (array(select notes_private.my_notes())));

create policy delete on public.tags for delete to authenticated
    using (note_id = any (array(select notes_private.my_notes())));

alter publication powersync add table public.tags;

-- file: 20260202000001_change_validate.sql
-- notes: what changes
--
-- check all rows of `notes` against the check `notes_place_check`
--
-- Locks:
--   `notes`: nobody waits, while every row is read
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter table public.notes validate constraint notes_place_check;
