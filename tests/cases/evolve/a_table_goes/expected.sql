-- notes: what changes
--
-- drop the table `tags` with its rows
-- drop the function `notes_private.my_notes`
--
-- Locks:
--   `notes`: readers and writers wait, for an instant
--   `tags`: readers and writers wait, for an instant
--
-- Sync:
--   devices forget the rows of `tags`
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

drop trigger _set_once on public.tags;
drop trigger writer_forget on public.tags;
drop trigger writer_update on public.tags;
drop trigger writer_insert on public.tags;
drop trigger edited_at_2_touch on public.tags;
drop trigger edited_at_1_keep on public.tags;

drop policy delete on public.tags;
drop policy update on public.tags;
drop policy insert on public.tags;
drop policy read on public.tags;

drop function notes_private.my_notes();

-- Devices hear of it; of a drop they would not.
truncate table public.tags;

drop table public.tags;
