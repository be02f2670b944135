-- file: 20260202000000_change.sql
-- notes: what changes
--
-- drop the foreign key `notes_book_id_fkey` of `notes`
-- add the foreign key `notes_book_id_fkey` of `notes`
--
-- Locks:
--   `books`: readers and writers wait, for an instant
--   `notes`: readers and writers wait, for an instant
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter table public.notes drop constraint notes_book_id_fkey;

alter table public.notes
    add constraint notes_book_id_fkey foreign key (book_id) references public.books (id) on delete restrict not valid;

-- file: 20260202000001_change_validate.sql
-- notes: what changes
--
-- check all rows of `notes` against the foreign key `notes_book_id_fkey`
--
-- Locks:
--   `books`: nobody waits, while every row is read
--   `notes`: nobody waits, while every row is read
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter table public.notes validate constraint notes_book_id_fkey;
