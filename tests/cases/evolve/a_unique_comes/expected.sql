-- file: 20260202000000_change_index.sql
-- no-transaction
-- notes: what changes
--
-- add the unique index `books_title_key` of `books`
--
-- Locks:
--   `books`: nobody waits, while an index is built
--
-- The owner applies it, once, outside of a transaction.
-- If it stops half-way, Postgres keeps an index that it does not use. Drop that, and run this again:
--   drop index public.books_title_key;

create unique index concurrently books_title_key on public.books (title);

-- file: 20260202000001_change_finish.sql
-- notes: what changes
--
-- make the index `books_title_key` of `books` a unique constraint
--
-- Locks:
--   `books`: readers and writers wait, for an instant
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter table public.books add constraint books_title_key unique using index books_title_key;
