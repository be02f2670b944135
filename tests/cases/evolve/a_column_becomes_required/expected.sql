-- notes: what changes
--
-- require a value in `notes.body`
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter table public.notes add constraint notes_body_required check (body is not null) not valid;
alter table public.notes validate constraint notes_body_required;
alter table public.notes alter column body set not null;
alter table public.notes drop constraint notes_body_required;
