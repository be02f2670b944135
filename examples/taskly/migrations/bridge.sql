-- taskly: what the bridge keeps of the uploads that it applies.
--
-- The owner runs it after the migrations, in every deployment; it may run again.

create schema if not exists taskly_bridge;
revoke all on schema taskly_bridge from public;
grant usage on schema taskly_bridge to bridge_role;

-- What was dealt with, by the device's number: a transaction that is sent again gets the same answer.
create table if not exists taskly_bridge.applied (
    caller text not null,
    client_id text not null,
    transaction_id bigint not null,
    hash bytea not null,
    answer text not null,
    applied_at timestamptz not null default now(),
    primary key (caller, client_id, transaction_id)
);
create index if not exists applied_applied_at_idx on taskly_bridge.applied (applied_at);
grant select, insert, update, delete on taskly_bridge.applied to bridge_role;

-- Transactions that could not be applied as they are: the entries as they were sent, and why.
create table if not exists taskly_bridge.dead_letters (
    id bigint generated always as identity primary key,
    caller text not null,
    role text not null,
    claims text not null,
    client_id text,
    release text,
    transaction_id bigint,
    entries text[] not null,
    rows text[] not null,
    failed_entry integer not null,
    code text not null,
    detail text,
    reason text not null,
    attempts integer not null default 1,
    created_at timestamptz not null default now(),
    closed_at timestamptz,
    outcome text,
    constraint dead_letters_outcome_check check (outcome in ('replayed', 'discarded')),
    constraint dead_letters_closed_check check ((closed_at is null) = (outcome is null))
);
create index if not exists dead_letters_open_idx on taskly_bridge.dead_letters (caller, client_id) where closed_at is null;
grant select, insert, update, delete on taskly_bridge.dead_letters to bridge_role;

-- The declaration that the database holds: the bridge takes uploads where it was built from the same one.
create or replace function taskly_bridge.fingerprint() returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
    return '1:ae3819b93f9df79f';
revoke all on function taskly_bridge.fingerprint() from public;
grant execute on function taskly_bridge.fingerprint() to bridge_role;
