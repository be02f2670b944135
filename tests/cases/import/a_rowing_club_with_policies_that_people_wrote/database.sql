-- A rowing club on Supabase: crews, boats, outings and who may see them, as an app grows over three years.
create type public.seat_side as enum ('port', 'starboard', 'both');
create domain public.boat_code as text constraint boat_code_check check (value ~ '^[A-Z]{2}[0-9]{3}$');

create table public.profiles (
    id uuid primary key references auth.users (id) on delete cascade,
    display_name text not null check (length(display_name) between 1 and 80),
    side public.seat_side not null default 'both',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
comment on table public.profiles is 'A rower, as others see them.';
comment on column public.profiles.side is 'On which side the rower sits.';

create table public.clubs (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    slug text not null constraint clubs_slug_key unique,
    owner_id uuid not null default auth.uid() references auth.users (id),
    created_at timestamptz not null default now()
);
create index clubs_owner_id_idx on public.clubs (owner_id);

create table public.club_members (
    club_id uuid not null references public.clubs (id) on delete cascade,
    user_id uuid not null references auth.users (id) on delete cascade,
    role text not null default 'rower' check (role in ('rower', 'cox', 'coach')),
    joined_at timestamptz not null default now(),
    primary key (club_id, user_id)
);
create index idx_members_user on public.club_members (user_id);

create table public.boats (
    id uuid primary key default gen_random_uuid(),
    club_id uuid not null references public.clubs (id) on delete cascade,
    code public.boat_code not null,
    seats smallint not null,
    weight numeric(6, 2),
    retired boolean not null default false,
    constraint boats_seats_check check (seats in (1, 2, 4, 8)),
    constraint boats_code_in_club unique (club_id, code)
);
create index boats_active on public.boats (club_id) where not retired;

create table public.outings (
    id uuid primary key default gen_random_uuid(),
    club_id uuid not null references public.clubs (id) on delete cascade,
    boat_id uuid references public.boats (id) on delete set null,
    starts_at timestamptz not null,
    ends_at timestamptz,
    notes text not null default '',
    tags text[] not null default '{}',
    settings jsonb not null default '{}',
    constraint outings_order check (ends_at is null or ends_at > starts_at)
);
create index outings_club_time on public.outings (club_id, starts_at desc);
create index outings_tags on public.outings using gin (tags);

create table public.outing_seats (
    id bigint generated always as identity primary key,
    outing_id uuid not null references public.outings (id) on delete cascade,
    user_id uuid not null references auth.users (id),
    seat smallint not null,
    constraint one_rower_a_seat unique (outing_id, seat)
);

create table public.results (
    id uuid primary key default gen_random_uuid(),
    outing_id uuid not null references public.outings (id) on delete cascade,
    seconds numeric(8, 2) not null,
    weather text not null default '',
    weather_folded text generated always as (lower(weather)) stored
);

create table public.news (
    id uuid primary key default gen_random_uuid(),
    region text not null,
    title text not null,
    published boolean not null default false
);

create table public.messages (
    id uuid primary key default gen_random_uuid(),
    sender_id uuid not null default auth.uid() references auth.users (id),
    recipient_id uuid not null references auth.users (id),
    body text not null,
    sent_at timestamptz not null default now()
);

create table public.invoices (
    id uuid primary key default gen_random_uuid(),
    club_id uuid not null references public.clubs (id),
    cents integer not null,
    paid boolean not null default false
);

create table public.audit_log (
    happened_at timestamptz not null default now(),
    what text not null
);

create table public."Old Results" (
    id integer primary key,
    place integer
);

create function public.is_coach(club uuid) returns boolean
    language sql stable security definer set search_path = ''
    as $$
        select exists (
            select 1 from public.club_members m
            where m.club_id = club and m.user_id = auth.uid() and m.role = 'coach'
        )
    $$;

create function public.touch() returns trigger
    language plpgsql
    as $$
    begin
        new.updated_at = now();
        return new;
    end
    $$;
create trigger touch_profiles before update on public.profiles
    for each row execute function public.touch();

create view public.open_outings with (security_invoker = true) as
    select id, club_id, starts_at from public.outings where ends_at is null;
create view public.crew_sizes with (security_invoker = true) as
    select o.id as outing_id, count(*) as rowers
    from public.outings as o join public.outing_seats as s on s.outing_id = o.id
    group by o.id;

alter table public.profiles enable row level security;
alter table public.clubs enable row level security;
alter table public.club_members enable row level security;
alter table public.boats enable row level security;
alter table public.outings enable row level security;
alter table public.outing_seats enable row level security;
alter table public.results enable row level security;
alter table public.news enable row level security;
alter table public.messages enable row level security;
alter table public.invoices enable row level security;

create policy "Rowers see each other" on public.profiles for select to authenticated using (true);
create policy "Own profile" on public.profiles for update using ((select auth.uid()) = id) with check ((select auth.uid()) = id);
create policy "New profile" on public.profiles for insert with check (auth.uid() = id);

-- Membership: everybody sees whose clubs they are in; the owner does the rest.
create policy "Own membership" on public.club_members for select using (user_id = auth.uid());
create policy "Club of the owner" on public.clubs for all using (owner_id = auth.uid());
create policy "Club of a member" on public.clubs for select to authenticated
    using (id in (select club_id from public.club_members where user_id = auth.uid()));

-- Parents, once by IN and once by EXISTS.
create policy "Boats of my clubs" on public.boats for select to authenticated
    using (club_id in (select club_id from public.club_members where user_id = (select auth.uid())));
create policy "Outings of my clubs" on public.outings for select to authenticated
    using (exists (select 1 from public.club_members m where m.club_id = outings.club_id and m.user_id = auth.uid()));
create policy "Coaches plan" on public.outings for insert to authenticated
    with check (exists (select 1 from public.club_members m where m.club_id = outings.club_id and m.user_id = auth.uid() and m.role = 'coach'));
create policy "Coaches change" on public.outings for update to authenticated
    using (exists (select 1 from public.club_members m where m.club_id = outings.club_id and m.user_id = auth.uid() and m.role = 'coach'));
create policy "Seats of outings" on public.outing_seats for select to authenticated
    using (outing_id in (select id from public.outings));

-- A function decides.
create policy "Coaches time" on public.results for all to authenticated
    using (exists (select 1 from public.outings o where o.id = results.outing_id and public.is_coach(o.club_id)));

-- A claim of the token.
create policy "News of the region" on public.news for select to authenticated
    using (published and region = ((auth.jwt() -> 'app_metadata') ->> 'region'));
create policy "Editors" on public.news for all to authenticated
    using (((auth.jwt() -> 'app_metadata') ->> 'role') = 'editor');

create policy "Mail" on public.messages for select using (auth.uid() = sender_id or auth.uid() = recipient_id);
create policy "Send" on public.messages for insert with check (auth.uid() = sender_id);

create policy "Owners pay" on public.invoices for select to authenticated
    using (club_id in (select id from public.clubs where owner_id = auth.uid()));
create policy "Not while locked" on public.invoices as restrictive for all to authenticated
    using (cents < 1000000);

create publication powersync for table
    public.profiles, public.clubs, public.club_members, public.boats, public.outings, public.outing_seats,
    public.news, public.messages;
