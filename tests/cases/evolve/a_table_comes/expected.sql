-- notes: what changes
--
-- add the table `tags`
-- add the function `notes_private.my_notes`
-- publish `tags`
--
-- Locks:
--   `notes`: writers wait, for an instant
--
-- Sync:
--   the sync service reads all rows of `tags`
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

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
    before update on public.tags
    for each row
    when (new.id is distinct from old.id and row_security_active('public.tags'::regclass))
    execute function notes_private.keep_set_once('id');

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
