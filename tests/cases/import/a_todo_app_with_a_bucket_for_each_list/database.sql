-- A todo app as PowerSync demos have it: a bucket for each list, found by its owner. One bucket more sends every list to everybody.

create table public.lists (id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users (id) on delete cascade, name text not null, created_at timestamptz not null default now());
create table public.todos (id uuid primary key default gen_random_uuid(), list_id uuid not null references public.lists (id) on delete cascade, description text not null, secret_note text, completed boolean not null default false);
create index todos_list on public.todos (list_id);
create index lists_owner on public.lists (owner_id);
alter table public.lists enable row level security;
alter table public.todos enable row level security;
create policy "own lists" on public.lists for all to authenticated using ((select auth.uid()) = owner_id) with check ((select auth.uid()) = owner_id);
create policy "todos of own lists" on public.todos for all to authenticated using (list_id in (select id from public.lists where owner_id = auth.uid())) with check (list_id in (select id from public.lists where owner_id = auth.uid()));
create publication powersync for table public.lists, public.todos;
