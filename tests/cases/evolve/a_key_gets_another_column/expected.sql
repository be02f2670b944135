-- notes: what changes
--
-- drop the primary key `pairs_pkey` of `pairs`
-- add the primary key `pairs_pkey` of `pairs`
--
-- Locks:
--   `pairs`: readers and writers wait, while an index is built
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter table public.pairs drop constraint pairs_pkey;

alter table public.pairs add constraint pairs_pkey primary key ("left", "right");
