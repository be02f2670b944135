-- notes: what changes
--
-- change the policy `insert` of `public.notes`
-- change the policy `update` of `public.notes`
-- change the policy `delete` of `public.notes`
--
-- Locks:
--   `notes`: readers and writers wait, for an instant
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

drop policy delete on public.notes;
drop policy update on public.notes;
drop policy insert on public.notes;

create policy insert on public.notes for insert to authenticated
    with check (book_id = any (array(select notes_private.my_books())) and place >= 0);

create policy update on public.notes for update to authenticated
    using (book_id = any (array(select notes_private.my_books())) and place >= 0)
    with check (book_id = any (array(select notes_private.my_books())) and place >= 0);

create policy delete on public.notes for delete to authenticated
    using (book_id = any (array(select notes_private.my_books())) and place >= 0);
