-- notes: what changes
--
-- change the function `notes_private.my_books`
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

create or replace function notes_private.my_books() returns setof uuid
    language sql
    stable
    parallel safe
    security definer
begin atomic
    select id
    from public.books
    where owner_id = (select notes_private.user_id()) and title <> 'hidden';
end;
revoke all on function notes_private.my_books() from public;
grant execute on function notes_private.my_books() to authenticated;
