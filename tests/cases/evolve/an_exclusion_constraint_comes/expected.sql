-- rooms: what changes
--
-- make the extension `btree_gist`, if it is missing
-- add the table `desks`
-- add the exclusion constraint `bookings_no_overlap` of `bookings`
--
-- Locks:
--   `bookings`: readers and writers wait, while an index is built
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

create extension if not exists btree_gist with schema extensions;

create table public.desks (
    id uuid not null,
    first integer not null,
    last integer not null,
    constraint desks_pkey primary key (id),
    constraint desks_apart exclude using gist (int4range(first, last, '[]') with &&),
    constraint desks_order check (first <= last)
);

alter table public.desks enable row level security;
revoke all on table public.desks from public, authenticated, anon;

alter table public.bookings add constraint bookings_no_overlap exclude using gist (room_id with =, tstzrange(starts_at, ends_at) with &&);
