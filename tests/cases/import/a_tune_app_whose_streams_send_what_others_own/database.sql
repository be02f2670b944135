-- Tunes that groups play: events, recordings, profiles.
-- The streams send events without an owner to everybody, withhold those that another member made, send whole profiles of
-- group members, and send recordings of references that the caller owns, where the policies say something else.

create table public.user_profile (
    id uuid primary key,
    name text,
    email text,
    phone text
);

create table public.user_group (
    id uuid primary key default gen_random_uuid(),
    owner_user_ref uuid not null references public.user_profile,
    name text not null
);
create index user_group_owner on public.user_group (owner_user_ref);

create table public.group_member (
    id uuid primary key default gen_random_uuid(),
    group_ref uuid not null references public.user_group on delete cascade,
    user_ref uuid not null references public.user_profile on delete cascade,
    deleted boolean not null default false,
    constraint one_membership unique (group_ref, user_ref)
);
create index group_member_user on public.group_member (user_ref);

create table public.event (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    group_ref uuid references public.user_group on delete cascade,
    user_ref uuid references public.user_profile on delete cascade,
    constraint event_ownership_check check (group_ref is not null or user_ref is not null)
);
create index event_group on public.event (group_ref);
create index event_user on public.event (user_ref);

create table public.reference (
    id uuid primary key default gen_random_uuid(),
    url text not null,
    user_ref uuid references public.user_profile,
    public boolean not null default false
);
create index reference_user on public.reference (user_ref);

create table public.media_asset (
    id uuid primary key default gen_random_uuid(),
    reference_ref uuid not null references public.reference on delete cascade,
    user_ref uuid not null references public.user_profile,
    storage_path text not null
);
create index media_asset_reference on public.media_asset (reference_ref);
create index media_asset_user on public.media_asset (user_ref);

alter table public.user_profile enable row level security;
alter table public.user_group enable row level security;
alter table public.group_member enable row level security;
alter table public.event enable row level security;
alter table public.reference enable row level security;
alter table public.media_asset enable row level security;

create policy "Own profile" on public.user_profile for select using (id = auth.uid());
create policy "Own groups" on public.user_group for select using (owner_user_ref = auth.uid());
create policy "Own memberships" on public.group_member for select using (user_ref = auth.uid());
create policy "Events of mine and of my groups" on public.event for select
    using (
        user_ref = auth.uid()
        or group_ref in (select m.group_ref from public.group_member m where m.user_ref = auth.uid() and not m.deleted)
    );
create policy "Own and public references" on public.reference for select using (user_ref = auth.uid() or public);
create policy "Own recordings" on public.media_asset for select using (user_ref = auth.uid());

create publication powersync for table
    public.user_profile, public.user_group, public.group_member, public.event, public.reference, public.media_asset;
