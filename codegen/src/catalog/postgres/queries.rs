//! The queries, each over the whole of the schemas in `$1`; `pg_catalog` alone is on the search path.

/// Schemas, with those who may look into them.
pub(super) const SCHEMAS: &str = "
select n.nspname::text,
       array(
           select case acl.grantee when 0 then 'public' else pg_get_userbyid(acl.grantee)::text end
           from aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) as acl
           where acl.privilege_type = 'USAGE'
       )
from pg_namespace as n
where n.nspname = any ($1)
order by n.nspname";

/// Enum types, with their labels in order.
pub(super) const ENUMS: &str = "
select n.nspname::text, t.typname::text,
       array(select e.enumlabel::text from pg_enum as e where e.enumtypid = t.oid order by e.enumsortorder),
       obj_description(t.oid, 'pg_type')
from pg_type as t
join pg_namespace as n on n.oid = t.typnamespace
where n.nspname = any ($1) and t.typtype = 'e'
  and not exists (select from pg_depend as d where d.objid = t.oid and d.classid = 'pg_type'::regclass and d.deptype = 'e')
order by 1, 2";

/// Domains, with their checks as two arrays.
pub(super) const DOMAINS: &str = "
select n.nspname::text, t.typname::text, format_type(t.typbasetype, t.typtypmod),
       array(select c.conname::text from pg_constraint as c where c.contypid = t.oid and c.contype = 'c' order by c.conname),
       array(select pg_get_expr(c.conbin, 0) from pg_constraint as c where c.contypid = t.oid and c.contype = 'c' order by c.conname),
       obj_description(t.oid, 'pg_type')
from pg_type as t
join pg_namespace as n on n.oid = t.typnamespace
where n.nspname = any ($1) and t.typtype = 'd'
  and not exists (select from pg_depend as d where d.objid = t.oid and d.classid = 'pg_type'::regclass and d.deptype = 'e')
order by 1, 2";

/// Tables and views.
pub(super) const RELATIONS: &str = "
select n.nspname::text, c.relname::text, c.relkind in ('v', 'm'), c.relrowsecurity, c.relforcerowsecurity,
       c.relreplident::text, coalesce('security_invoker=true' = any (c.reloptions), false),
       obj_description(c.oid, 'pg_class'), case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any ($1) and c.relkind in ('r', 'p', 'v', 'm')
  and not exists (select from pg_depend as d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e')
order by 1, 2";

/// Columns of tables and views; the seventh tells whether the type is an enum or a domain, or a list of such.
pub(super) const COLUMNS: &str = "
select n.nspname::text, c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       a.attidentity = 'a', coalesce(e.typtype, t.typtype) in ('e', 'd'),
       case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end,
       case when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid) end,
       col_description(c.oid, a.attnum)
from pg_attribute as a
join pg_class as c on c.oid = a.attrelid
join pg_namespace as n on n.oid = c.relnamespace
join pg_type as t on t.oid = a.atttypid
left join pg_type as e on e.oid = t.typelem and t.typcategory = 'A'
left join pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
where n.nspname = any ($1) and c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped
order by 1, 2, a.attnum";

/// Primary keys, foreign keys and checks.
pub(super) const CONSTRAINTS: &str = "
select n.nspname::text, c.relname::text, k.conname::text, k.contype::text,
       array(
           select a.attname::text
           from unnest(k.conkey) with ordinality as part (attnum, place)
           join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = part.attnum
           order by part.place
       ),
       fn.nspname::text, f.relname::text,
       array(
           select a.attname::text
           from unnest(k.confkey) with ordinality as part (attnum, place)
           join pg_attribute as a on a.attrelid = k.confrelid and a.attnum = part.attnum
           order by part.place
       ),
       k.confdeltype::text, k.confupdtype::text, k.condeferrable, k.condeferred, k.convalidated,
       case k.contype when 'c' then pg_get_expr(k.conbin, k.conrelid) end
from pg_constraint as k
join pg_class as c on c.oid = k.conrelid
join pg_namespace as n on n.oid = c.relnamespace
left join pg_class as f on f.oid = k.confrelid
left join pg_namespace as fn on fn.oid = f.relnamespace
where n.nspname = any ($1) and k.contype in ('p', 'f', 'c')
order by 1, 2, 3";

/// Exclusion constraints, with the names of their operators; an element that is not a column has no name.
pub(super) const EXCLUSIONS: &str = "
select n.nspname::text, c.relname::text, k.conname::text, m.amname::text, k.condeferrable, k.condeferred,
       pg_get_expr(i.indpred, i.indrelid),
       array(
           select case when i.indkey[place - 1] = 0 then null
                  else (select a.attname::text from pg_attribute as a where a.attrelid = c.oid and a.attnum = i.indkey[place - 1]) end
           from generate_series(1, i.indnkeyatts) as place order by place
       ),
       array(select pg_get_indexdef(i.indexrelid, place, false) from generate_series(1, i.indnkeyatts) as place order by place),
       array(
           select o.oprname::text
           from unnest(k.conexclop) with ordinality as part (operator, place)
           join pg_operator as o on o.oid = part.operator
           order by part.place
       )
from pg_constraint as k
join pg_index as i on i.indexrelid = k.conindid
join pg_class as x on x.oid = i.indexrelid
join pg_am as m on m.oid = x.relam
join pg_class as c on c.oid = k.conrelid
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any ($1) and k.contype = 'x'
order by 1, 2, 3";

/// Indexes but those of primary keys and exclusions; a part that is no column has no name.
///
/// One that was not built to its end is not there: Postgres does not use it.
pub(super) const INDEXES: &str = "
select n.nspname::text, c.relname::text, x.relname::text, m.amname::text, i.indisunique,
       k.oid is not null, coalesce(k.condeferrable, false), coalesce(k.condeferred, false), i.indnullsnotdistinct,
       pg_get_expr(i.indpred, i.indrelid),
       array(
           select case when i.indkey[place - 1] = 0 then null
                  else (select a.attname::text from pg_attribute as a where a.attrelid = c.oid and a.attnum = i.indkey[place - 1]) end
           from generate_series(1, i.indnkeyatts) as place order by place
       ),
       array(select pg_get_indexdef(x.oid, place, false) from generate_series(1, i.indnkeyatts) as place order by place),
       array(select (i.indoption[place - 1] & 1) = 1 from generate_series(1, i.indnkeyatts) as place order by place),
       array(select (i.indoption[place - 1] & 2) = 2 from generate_series(1, i.indnkeyatts) as place order by place),
       array(
           select (select a.attname::text from pg_attribute as a where a.attrelid = c.oid and a.attnum = i.indkey[place - 1])
           from generate_series(i.indnkeyatts + 1, i.indnatts) as place order by place
       )
from pg_index as i
join pg_class as x on x.oid = i.indexrelid
join pg_class as c on c.oid = i.indrelid
join pg_namespace as n on n.oid = c.relnamespace
join pg_am as m on m.oid = x.relam
left join pg_constraint as k on k.conindid = i.indexrelid and k.contype = 'u'
where n.nspname = any ($1) and c.relkind in ('r', 'p') and not i.indisprimary and i.indisvalid
  and not exists (select from pg_constraint as other where other.conindid = i.indexrelid and other.contype = 'x')
order by 1, 2, 3";

/// Triggers that somebody made; those of the bridge are not part of what is declared.
pub(super) const TRIGGERS: &str = "
select n.nspname::text, c.relname::text, t.tgname::text, t.tgtype::int4, t.tgenabled = 'D',
       array(
           select a.attname::text
           from unnest(t.tgattr::int2[]) with ordinality as part (attnum, place)
           join pg_attribute as a on a.attrelid = c.oid and a.attnum = part.attnum
           order by part.place
       ),
       pn.nspname::text, p.proname::text, pg_get_triggerdef(t.oid), t.tgoldtable::text, t.tgnewtable::text
from pg_trigger as t
join pg_class as c on c.oid = t.tgrelid
join pg_namespace as n on n.oid = c.relnamespace
join pg_proc as p on p.oid = t.tgfoid
join pg_namespace as pn on pn.oid = p.pronamespace
where n.nspname = any ($1) and not t.tgisinternal and not starts_with(t.tgname::text, 'synctable_gone_')
order by 1, 2, 3";

/// Policies, with their two conditions.
pub(super) const POLICIES: &str = "
select schemaname::text, tablename::text, policyname::text, lower(cmd), permissive = 'PERMISSIVE', roles::text[], qual, with_check
from pg_policies
where schemaname = any ($1)
order by 1, 2, 3";

/// Privileges on tables and views, and on single columns of them.
pub(super) const GRANTS: &str = "
select n.nspname::text, c.relname::text, null::text,
       case acl.grantee when 0 then 'public' else pg_get_userbyid(acl.grantee)::text end, lower(acl.privilege_type)
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
cross join aclexplode(c.relacl) as acl
where n.nspname = any ($1) and c.relkind in ('r', 'p', 'v', 'm') and c.relacl is not null
union all
select n.nspname::text, c.relname::text, a.attname::text,
       case acl.grantee when 0 then 'public' else pg_get_userbyid(acl.grantee)::text end, lower(acl.privilege_type)
from pg_attribute as a
join pg_class as c on c.oid = a.attrelid
join pg_namespace as n on n.oid = c.relnamespace
cross join aclexplode(a.attacl) as acl
where n.nspname = any ($1) and c.relkind in ('r', 'p', 'v', 'm') and not a.attisdropped and a.attacl is not null
order by 1, 2, 4, 5, 3";

/// Functions and procedures, each with those who may call it.
pub(super) const FUNCTIONS: &str = "
select n.nspname::text, p.proname::text,
       case when p.proretset then 'setof ' else '' end, coalesce(format_type(nullif(p.prorettype, 0), null), 'nothing'),
       t.typtype in ('e', 'd'), case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
       p.prosecdef, coalesce(p.proconfig, '{}'), p.prosrc,
       array(
           select case acl.grantee when 0 then 'public' else pg_get_userbyid(acl.grantee)::text end
           from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as acl
           where acl.grantee <> p.proowner
       ),
       p.proparallel = 's', pg_get_function_sqlbody(p.oid)
from pg_proc as p
join pg_namespace as n on n.oid = p.pronamespace
left join pg_type as t on t.oid = p.prorettype
where n.nspname = any ($1)
  and not exists (select from pg_depend as d where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e')
order by 1, 2, p.oid desc";

/// The publications named in `$1`, with their tables; one without tables has one row without names.
pub(super) const PUBLICATIONS: &str = "
select p.pubname::text, t.schemaname::text, t.tablename::text, p.puballtables
from pg_publication as p
left join pg_publication_tables as t on t.pubname = p.pubname
where p.pubname = any ($1)
order by 1, 2, 3";

/// Whether row-level security of `storage.objects` is on; no row where there is no such table.
pub(super) const OBJECTS: &str = "
select c.relrowsecurity
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = 'storage' and c.relname = 'objects'
  and to_regclass('storage.buckets') is not null";

/// The buckets named in `$1`, and whether they are public.
pub(super) const BUCKETS: &str = "
select id::text, coalesce(public, false)
from storage.buckets
where id = any ($1)
order by 1";

/// The policies on the objects of all buckets.
pub(super) const POLICIES_OF_OBJECTS: &str = "
select policyname::text, lower(cmd), permissive = 'PERMISSIVE', roles::text[], qual, with_check
from pg_policies
where schemaname = 'storage' and tablename = 'objects'
order by 1";

/// The roles named in `$1`, and whether they may make temporary objects here.
pub(super) const TEMPORARY: &str = "
select rolname::text, has_database_privilege(oid, current_database(), 'temporary')
from pg_roles
where rolname = any ($1)
order by 1";

/// The roles named in `$1`, and whether row-level security leaves them alone.
pub(super) const ROLES: &str = "
select rolname::text, rolsuper or rolbypassrls
from pg_roles
where rolname = any ($1)
order by 1";

/// What is around the tables: one row.
///
/// The schemas of Supabase and of extensions are not the app's.
pub(super) const SURROUNDINGS: &str = "
with theirs as (
    select n.oid, n.nspname
    from pg_namespace as n
    where n.nspname !~ '^pg_'
      and n.nspname <> all (array[
          'information_schema', 'auth', 'storage', 'realtime', '_realtime', 'vault', 'extensions', 'graphql', 'graphql_public',
          'cron', 'net', 'pgbouncer', 'pgmq', 'pgmq_public', 'pgsodium', 'pgsodium_masks', 'pgtle', 'supabase_functions',
          'supabase_migrations', '_analytics', '_supavisor', 'tiger', 'tiger_data', 'topology'
      ])
      and not exists (select from pg_depend as d where d.objid = n.oid and d.classid = 'pg_namespace'::regclass and d.deptype = 'e')
),
generated as (
    select t.oid, t.nspname
    from theirs as t
    where t.nspname like '%\\_private'
      and exists (select from pg_proc as p where p.pronamespace = t.oid and p.proname = 'token')
      and exists (select from pg_proc as p where p.pronamespace = t.oid and p.proname = 'user_id')
),
setof as (
    select t.nspname, p.proname
    from pg_proc as p
    join theirs as t on t.oid = p.pronamespace
    where p.proretset and p.pronargs = 0
    order by 1, 2
),
owner as (
    select c.relowner, count(*) as tables
    from pg_class as c
    join theirs as t on t.oid = c.relnamespace
    where c.relkind in ('r', 'p')
    group by c.relowner
    order by 2 desc, 1
    limit 1
)
select current_database()::text,
       array(select t.nspname::text from theirs as t where t.oid not in (select g.oid from generated as g) order by 1),
       to_regprocedure('auth.uid()') is not null and to_regprocedure('auth.jwt()') is not null,
       array(select r.rolname::text from pg_roles as r where r.rolname !~ '^pg_' order by 1),
       (select pg_get_userbyid(o.relowner)::text from owner as o),
       coalesce((select r.rolsuper or r.rolbypassrls from owner as o join pg_roles as r on r.oid = o.relowner), false),
       exists (
           select
           from pg_database as d
           cross join aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) as acl
           where d.datname = current_database() and acl.grantee = 0 and acl.privilege_type = 'TEMPORARY'
       ),
       array(select p.pubname::text from pg_publication as p where p.pubname <> 'supabase_realtime' order by p.pubname <> 'powersync', 1),
       array(select s.nspname::text from setof as s), array(select s.proname::text from setof as s),
       array(select g.nspname::text from generated as g order by 1)";

/// The statements that make what is in the schemas in `$1`: what it is, the schema and the table or view (for a function
/// its schema twice), its name, the text;
/// of each kind in the order in which they were made.
pub(super) const TEXTS: &str = "
select 'function', n.nspname::text, n.nspname::text, p.proname::text,
       pg_get_functiondef(p.oid)
       || (
           select coalesce(string_agg(line, '' order by line desc), '')
           from (
               select format(E';\\nrevoke all on %s %s from public', kind, p.oid::regprocedure) as line
               where not exists (
                   select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as acl where acl.grantee = 0
               )
               union all
               select distinct format(E';\\nrevoke all on %s %s from %I', kind, p.oid::regprocedure, pg_get_userbyid(given.grantee))
               from pg_default_acl as d
               cross join aclexplode(d.defaclacl) as given
               where d.defaclobjtype = 'f' and d.defaclrole = p.proowner and d.defaclnamespace in (0, n.oid)
                 and given.grantee <> 0 and given.grantee <> p.proowner
                 and not exists (
                     select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as acl where acl.grantee = given.grantee
                 )
               union all
               select format(E';\\ngrant execute on %s %s to %I', kind, p.oid::regprocedure, pg_get_userbyid(acl.grantee))
               from aclexplode(p.proacl) as acl
               where acl.grantee <> 0 and acl.grantee <> p.proowner
           ) as rights
       ), p.oid
from pg_proc as p
join pg_namespace as n on n.oid = p.pronamespace
cross join lateral (select case p.prokind when 'p' then 'procedure' else 'function' end as kind) as is_a
where n.nspname = any ($1) and p.prokind in ('f', 'p')
  and not exists (select from pg_depend as d where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e')
union all
select 'trigger', n.nspname::text, c.relname::text, t.tgname::text,
       pg_get_triggerdef(t.oid)
       || case t.tgenabled
           when 'D' then format(E';\\nalter table %s disable trigger %I', c.oid::regclass, t.tgname)
           when 'A' then format(E';\\nalter table %s enable always trigger %I', c.oid::regclass, t.tgname)
           when 'R' then format(E';\\nalter table %s enable replica trigger %I', c.oid::regclass, t.tgname)
           else ''
       end, t.oid
from pg_trigger as t
join pg_class as c on c.oid = t.tgrelid
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any ($1) and not t.tgisinternal and not starts_with(t.tgname::text, 'synctable_gone_')
union all
select 'policy', n.nspname::text, c.relname::text, p.polname::text,
       format('create policy %I on %s', p.polname, c.oid::regclass)
       || case when p.polpermissive then '' else ' as restrictive' end
       || case p.polcmd when 'r' then ' for select' when 'a' then ' for insert' when 'w' then ' for update' when 'd' then ' for delete' else ' for all' end
       || case
           when p.polroles = array[0::oid] then ''
           else ' to ' || (select string_agg(quote_ident(pg_get_userbyid(role)), ', ' order by place) from unnest(p.polroles) with ordinality as of (role, place))
       end
       || coalesce(E'\\n  using (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
       || coalesce(E'\\n  with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', ''), p.oid
from pg_policy as p
join pg_class as c on c.oid = p.polrelid
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any ($1)
union all
select 'index', n.nspname::text, c.relname::text, x.relname::text, pg_get_indexdef(x.oid), x.oid
from pg_index as i
join pg_class as x on x.oid = i.indexrelid
join pg_class as c on c.oid = i.indrelid
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any ($1) and c.relkind in ('r', 'p') and not i.indisprimary and i.indisvalid
  and not exists (select from pg_constraint as k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
union all
select 'constraint', n.nspname::text, c.relname::text, k.conname::text,
       format('alter table %s add constraint %I %s', c.oid::regclass, k.conname, pg_get_constraintdef(k.oid)), k.oid
from pg_constraint as k
join pg_class as c on c.oid = k.conrelid
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any ($1) and k.contype in ('u', 'f', 'c', 'x') and c.relkind in ('r', 'p') and k.conislocal
union all
select 'view', n.nspname::text, n.nspname::text, c.relname::text,
       format('create %sview %s%s as %s', case c.relkind when 'm' then 'materialized ' else '' end, c.oid::regclass,
              coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', ''), pg_get_viewdef(c.oid)), c.oid
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any ($1) and c.relkind in ('v', 'm')
  and not exists (select from pg_depend as d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e')
union all
select 'column', n.nspname::text, c.relname::text, a.attname::text,
       format('alter table %s alter column %I add generated by default as identity', c.oid::regclass, a.attname), c.oid
from pg_attribute as a
join pg_class as c on c.oid = a.attrelid
join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any ($1) and c.relkind in ('r', 'p') and a.attidentity = 'd' and not a.attisdropped
order by 1, 6";
