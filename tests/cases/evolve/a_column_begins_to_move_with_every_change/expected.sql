-- notes: what changes
--
-- add the function `notes_private.move_updated_at`
-- add the trigger `move_updated_at` of `public.books`
--
-- Locks:
--   `books`: writers wait, for an instant
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

create function notes_private.move_updated_at() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
    as $$
begin
    new.updated_at := now();
    return new;
end
$$;
revoke all on function notes_private.move_updated_at() from public;

create trigger move_updated_at
    before update on public.books
    for each row
    execute function notes_private.move_updated_at();
