-- A depot whose constraints are checked with each statement, at the end of a transaction, and when a transaction asks for it.
create extension btree_gist;

create table public.depots (
    id uuid primary key,
    name text not null unique deferrable initially deferred,
    code text not null unique deferrable initially immediate
);

create table public.trams (
    id uuid primary key deferrable initially immediate,
    depot_id uuid not null references public.depots (id) deferrable initially immediate,
    track integer not null,
    spare_id uuid references public.depots (id) deferrable initially deferred,
    exclude using gist (depot_id with =, track with =) deferrable initially immediate,
    constraint one_spare exclude using gist (spare_id with =, track with =) deferrable initially deferred
);
