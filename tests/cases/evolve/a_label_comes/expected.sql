-- notes: what changes
--
-- add the label `waiting` to the enum `state`
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

alter type public.state add value 'waiting' before 'done';
