-- demo: what changes
--
-- add the table `members`
-- add the table `kinds`
-- publish `kinds`
-- add the seeds `0192f0c1-7a3b-7cde-8f01-000000000001`, `0192f0c1-7a3b-7cde-8f01-000000000002` of `roles`
-- add the seeds `0192f0c1-7a3b-7cde-8f01-000000000001/1`, `0192f0c1-7a3b-7cde-8f01-000000000001/2`, `0192f0c1-7a3b-7cde-8f01-000000000001/3` of `members`
-- add the seeds `1`, `2` of `kinds`
--
-- Locks:
--   `roles`: writers wait, for an instant
--
-- Sync:
--   the sync service reads all rows of `kinds`
--   devices hear of the seeds of `kinds`
--   devices hear of the seeds of `roles`
--
-- The owner applies it, once, in one transaction.

set local lock_timeout = '5s';

create table public.members (
    role_id uuid not null,
    number integer not null,
    note text,
    constraint members_pkey primary key (role_id, number)
);

alter table public.members enable row level security;
revoke all on table public.members from public, authenticated, anon;

create table public.kinds (
    id integer not null,
    flag boolean not null,
    price numeric(8,2) not null,
    at timestamptz not null,
    on_day date not null,
    data jsonb,
    tags text[] not null,
    parent_id integer,
    made_at timestamptz not null default now(),
    constraint kinds_pkey primary key (id)
);

alter table public.kinds enable row level security;
revoke all on table public.kinds from public, authenticated, anon;
grant select on table public.kinds to authenticated;
grant select on table public.kinds to powersync_role;

alter table public.members
    add constraint members_role_id_fkey foreign key (role_id) references public.roles (id);

alter table public.kinds
    add constraint kinds_parent_id_fkey foreign key (parent_id) references public.kinds (id);

create policy read on public.kinds for select to authenticated
    using (true);

alter publication powersync add table public.kinds;

insert into public.roles as seeded (id, name, rank)
values
    ('0192f0c1-7a3b-7cde-8f01-000000000001', 'admin', 1)
on conflict (id) do update set name = excluded.name, rank = excluded.rank
where seeded.name is distinct from excluded.name
    or seeded.rank is distinct from excluded.rank;

insert into public.roles as seeded (id, name)
values
    ('0192f0c1-7a3b-7cde-8f01-000000000002', 'it''s a reader')
on conflict (id) do update set name = excluded.name
where seeded.name is distinct from excluded.name;

insert into public.members as seeded (role_id, number)
values
    ('0192f0c1-7a3b-7cde-8f01-000000000001', 1)
on conflict (role_id, number) do nothing;

insert into public.members as seeded (role_id, number, note)
values
    ('0192f0c1-7a3b-7cde-8f01-000000000001', 2, NULL),
    ('0192f0c1-7a3b-7cde-8f01-000000000001', 3, '{text}')
on conflict (role_id, number) do update set note = excluded.note
where seeded.note is distinct from excluded.note;

insert into public.kinds as seeded (id, flag, price, at, on_day, data, tags, parent_id)
values
    (1, true, 1.5, '2026-01-31T13:47:00.000000Z', '2026-01-31', '{"a":[1,true]}', '{x,"it''s"}', 2),
    (2, false, 0.0, '2026-01-31T13:47:00.000000Z', '2026-02-01', NULL, '{}', NULL)
on conflict (id) do update set flag = excluded.flag, price = excluded.price, at = excluded.at, on_day = excluded.on_day, data = excluded.data, tags = excluded.tags, parent_id = excluded.parent_id
where seeded.flag is distinct from excluded.flag
    or seeded.price is distinct from excluded.price
    or seeded.at is distinct from excluded.at
    or seeded.on_day is distinct from excluded.on_day
    or seeded.data is distinct from excluded.data
    or seeded.tags is distinct from excluded.tags
    or seeded.parent_id is distinct from excluded.parent_id;
