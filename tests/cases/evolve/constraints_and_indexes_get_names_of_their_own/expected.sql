-- notes: what changes
--
-- rename the primary key `books_pkey` of `books` to `PK_books`
-- rename the unique constraint `books_title` of `books` to `UQ_book_title`
-- rename the index `books_by_owner` of `books` to `index_books_on_owner`
-- rename the unique index `notes_folded` of `notes` to `notes_by_folded_title`
-- rename the foreign key `notes_book_id_fkey` of `notes` to `FK_note_book`
-- rename the check `notes_title_check` of `notes` to `has_title`
-- rename the index `notes_of_book` of `notes` to `index_notes`
--
-- Locks:
--   `books`: readers and writers wait, for an instant
--   `notes`: readers and writers wait, for an instant
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter table public.books rename constraint books_pkey to "PK_books";
alter table public.books rename constraint books_title to "UQ_book_title";
alter index public.books_by_owner rename to index_books_on_owner;
alter index public.notes_folded rename to notes_by_folded_title;
alter table public.notes rename constraint notes_book_id_fkey to "FK_note_book";
alter table public.notes rename constraint notes_title_check to has_title;
alter index public.notes_of_book rename to index_notes;
