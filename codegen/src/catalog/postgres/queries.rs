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

/// Primary keys, foreign keys, checks and exclusions.
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
       k.confdeltype::text, k.confupdtype::text, k.condeferrable and k.condeferred, k.convalidated,
       case k.contype when 'c' then pg_get_expr(k.conbin, k.conrelid) when 'x' then pg_get_constraintdef(k.oid) end
from pg_constraint as k
join pg_class as c on c.oid = k.conrelid
join pg_namespace as n on n.oid = c.relnamespace
left join pg_class as f on f.oid = k.confrelid
left join pg_namespace as fn on fn.oid = f.relnamespace
where n.nspname = any ($1) and k.contype in ('p', 'f', 'c', 'x')
order by 1, 2, 3";

/// Indexes but those of primary keys and exclusions; a part that is no column has no name.
///
/// One that was not built to its end is not there: Postgres does not use it.
pub(super) const INDEXES: &str = "
select n.nspname::text, c.relname::text, x.relname::text, m.amname::text, i.indisunique,
       k.oid is not null, coalesce(k.condeferrable and k.condeferred, false), i.indnullsnotdistinct,
       pg_get_expr(i.indpred, i.indrelid),
       array(
           select case when i.indkey[place - 1] = 0 then null
                  else (select a.attname::text from pg_attribute as a where a.attrelid = c.oid and a.attnum = i.indkey[place - 1]) end
           from generate_series(1, i.indnkeyatts) as place order by place
       ),
       array(select pg_get_indexdef(x.oid, place, false) from generate_series(1, i.indnkeyatts) as place order by place),
       array(select (i.indoption[place - 1] & 1) = 1 from generate_series(1, i.indnkeyatts) as place order by place),
       array(select (i.indoption[place - 1] & 2) = 2 from generate_series(1, i.indnkeyatts) as place order by place)
from pg_index as i
join pg_class as x on x.oid = i.indexrelid
join pg_class as c on c.oid = i.indrelid
join pg_namespace as n on n.oid = c.relnamespace
join pg_am as m on m.oid = x.relam
left join pg_constraint as k on k.conindid = i.indexrelid and k.contype = 'u'
where n.nspname = any ($1) and c.relkind in ('r', 'p') and not i.indisprimary and i.indisvalid
  and not exists (select from pg_constraint as other where other.conindid = i.indexrelid and other.contype = 'x')
order by 1, 2, 3";

/// Triggers that somebody made.
pub(super) const TRIGGERS: &str = "
select n.nspname::text, c.relname::text, t.tgname::text, t.tgtype::int4, t.tgenabled = 'D',
       array(
           select a.attname::text
           from unnest(t.tgattr::int2[]) with ordinality as part (attnum, place)
           join pg_attribute as a on a.attrelid = c.oid and a.attnum = part.attnum
           order by part.place
       ),
       pn.nspname::text, p.proname::text, pg_get_triggerdef(t.oid)
from pg_trigger as t
join pg_class as c on c.oid = t.tgrelid
join pg_namespace as n on n.oid = c.relnamespace
join pg_proc as p on p.oid = t.tgfoid
join pg_namespace as pn on pn.oid = p.pronamespace
where n.nspname = any ($1) and not t.tgisinternal
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
where n.nspname = any ($1) and c.relkind in ('r', 'p', 'v', 'm')
union all
select n.nspname::text, c.relname::text, a.attname::text,
       case acl.grantee when 0 then 'public' else pg_get_userbyid(acl.grantee)::text end, lower(acl.privilege_type)
from pg_attribute as a
join pg_class as c on c.oid = a.attrelid
join pg_namespace as n on n.oid = c.relnamespace
cross join aclexplode(a.attacl) as acl
where n.nspname = any ($1) and c.relkind in ('r', 'p', 'v', 'm') and not a.attisdropped
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
select p.pubname::text, t.schemaname::text, t.tablename::text
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
