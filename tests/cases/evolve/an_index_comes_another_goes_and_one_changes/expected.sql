-- file: 20260202000000_change.sql
-- notes: what changes
--
-- drop the index `notes_by_book` of `notes`
-- drop the index `notes_by_place` of `notes`
-- add the index `notes_by_book` of `notes`
--
-- Locks:
--   `notes`: readers and writers wait, while an index is built
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

drop index public.notes_by_book;
drop index public.notes_by_place;

create index notes_by_book on public.notes (book_id, place);

-- file: 20260202000001_change_index.sql
-- no-transaction
-- notes: what changes
--
-- add the index `notes_by_title` of `notes`
--
-- Locks:
--   `notes`: nobody waits, while an index is built
--
-- The owner applies it, once, outside of a transaction.
-- If it stops half-way, Postgres keeps an index that it does not use. Drop that, and run this again:
--   drop index public.notes_by_title;

create index concurrently notes_by_title on public.notes (title);
