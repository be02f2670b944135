-- notes: what changes
--
-- drop the check `notes_title_check` of `notes`
-- add the check `notes_title_check` of `notes`
-- add the check `notes_place_check` of `notes`
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter table public.notes drop constraint notes_title_check;

alter table public.notes
    add constraint notes_title_check check (length(title) > 1) not valid;

alter table public.notes
    add constraint notes_place_check check (place >= 0) not valid;

alter table public.notes validate constraint notes_title_check;
alter table public.notes validate constraint notes_place_check;
