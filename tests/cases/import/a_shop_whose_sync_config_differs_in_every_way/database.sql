-- One table for each way in which a sync config and policies differ, and for each that is not compared.

create table public.customers (
    id uuid primary key,
    name text not null,
    email text not null
);

create table public.orders (
    id uuid primary key default gen_random_uuid(),
    customer_id uuid not null references public.customers,
    cents integer not null
);
create index orders_customer on public.orders (customer_id);

create table public.order_lines (
    id uuid primary key default gen_random_uuid(),
    order_id uuid not null references public.orders on delete cascade,
    article text not null
);
create index order_lines_order on public.order_lines (order_id);

create table public.shops (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    open boolean not null default true
);

create table public.clerks (
    shop_id uuid not null references public.shops on delete cascade,
    user_id uuid not null,
    primary key (shop_id, user_id)
);
create index clerks_user on public.clerks (user_id);

create table public.shifts (
    shop_id uuid not null references public.shops on delete cascade,
    day date not null,
    note text,
    primary key (shop_id, day)
);

create table public.messages (
    id uuid primary key default gen_random_uuid(),
    shop_id uuid not null references public.shops on delete cascade,
    body text not null,
    sent_at timestamptz not null default now()
);
create index messages_shop on public.messages (shop_id);

create table public.prices (
    id uuid primary key default gen_random_uuid(),
    region text not null,
    cents integer not null
);
create index prices_region on public.prices (region);

create table public.audits (
    id uuid primary key default gen_random_uuid(),
    what text not null
);

create function public.is_of_order(line uuid) returns boolean
    language sql stable security definer set search_path = ''
    as $$ select exists (select from public.order_lines l where l.id = line) $$;

alter table public.customers enable row level security;
alter table public.orders enable row level security;
alter table public.order_lines enable row level security;
alter table public.shops enable row level security;
alter table public.clerks enable row level security;
alter table public.shifts enable row level security;
alter table public.messages enable row level security;
alter table public.prices enable row level security;
alter table public.audits enable row level security;

revoke select on public.customers from anon, authenticated;
grant select (id, name) on public.customers to authenticated;

create policy "Own record" on public.customers for select to authenticated using (id = auth.uid());
create policy "Lines of orders" on public.order_lines for select to authenticated using (public.is_of_order(id));
create policy "Open shops" on public.shops for select using (open);
create policy "Own work" on public.clerks for select to authenticated using (user_id = auth.uid());
create policy "Shifts of my shops" on public.shifts for select to authenticated
    using (shop_id in (select shop_id from public.clerks where user_id = auth.uid()));
create policy "Messages of my shops" on public.messages for select to authenticated
    using (shop_id in (select shop_id from public.clerks where user_id = auth.uid()));
create policy "Prices of my region" on public.prices for select to authenticated
    using (region = (auth.jwt() -> 'app_metadata' ->> 'region'));

create publication powersync for table
    public.customers, public.orders, public.order_lines, public.shops, public.clerks, public.shifts, public.messages,
    public.prices, public.audits;
