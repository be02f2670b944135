-- rooms: what changes
--
-- rename the column `bookings.starts_at` to `begins_at`
-- rename the exclusion constraint `bookings_no_overlap` of `bookings` to `bookings_no_clash`
-- drop the exclusion constraint `bookings_one_a_day` of `bookings`
-- drop the exclusion constraint `bookings_at_the_end` of `bookings`
-- drop the exclusion constraint `bookings_one_name` of `bookings`
-- add the exclusion constraint `bookings_one_a_day` of `bookings`
-- add the exclusion constraint `bookings_at_the_end` of `bookings`
--
-- Locks:
--   `bookings`: readers and writers wait, while an index is built
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter table public.bookings drop constraint bookings_one_a_day;
alter table public.bookings drop constraint bookings_at_the_end;
alter table public.bookings drop constraint bookings_one_name;

alter table public.bookings rename column starts_at to begins_at;

alter table public.bookings rename constraint bookings_no_overlap to bookings_no_clash;

alter table public.bookings add constraint bookings_one_a_day exclude using gist (room with =, daterange(first_day, last_day, '[]') with &&) where (cancelled is false);
alter table public.bookings add constraint bookings_at_the_end exclude using gist (room with =, first_day with =) deferrable initially deferred;
