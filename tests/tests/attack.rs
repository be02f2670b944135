//! Whoever calls what is generated cannot make it run code of their own as somebody else.
//!
//! The attacker is the client role, with a temporary schema, a schema of its own and CREATE on `public`, and puts in the way
//! whatever a name could be taken for: types, casts, tables, functions, operators.
//! Then every function is called, every trigger fires and every policy is asked, by the attacker and by the owner in the
//! attacker's session.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use postgres::{Client, Config, NoTls};
use synctable::{Database as Dialect, Role};
use synctable_codegen::diagnostic::Diagnostics;
use synctable_codegen::ledger::{Ledger, files};
use synctable_codegen::model::{Model, Table};
use synctable_codegen::targets::postgres as target;
use tests::applied::{applied, model_of};
use tests::cases::workspace;
use tests::oracle::statements::statements;
use tests::postgres::{CLIENT, Cluster, Database, OWNER, Refusal};
use tests::universe::{generate, hints::Hints, load};

/// What a shadow says when somebody else runs it.
const CAUGHT: &str = "caught: ";

/// What the attacker is given beside its rights: everything is callable, so that each function is called as itself and not
/// only through what calls it.
fn rights(model: &Model, database: &Database<'_>) -> String {
    let schemas: Vec<String> = schemas(model).iter().map(|name| ident(name)).collect();
    let schemas = schemas.join(", ");
    format!(
        "grant temporary on database {} to {CLIENT};
         grant create on schema public to {CLIENT};
         grant usage on schema {schemas} to {CLIENT}, {OWNER};
         grant execute on all functions in schema {schemas} to {CLIENT}, {OWNER};
         grant all on all tables in schema {schemas} to {CLIENT}, {OWNER}",
        ident(database.name()),
    )
}

/// A schema of the attacker's with two functions: one that tells who runs it, and one that makes shadows, but for those that
/// Postgres refuses.
///
/// Both say where their names come from, because the session's names may be shadowed.
const ATTACKER: &str = "
    drop schema if exists attacker cascade;
    create schema attacker authorization authenticated;
    set session authorization authenticated;
    grant usage on schema attacker to public;
    create function attacker.evil(what pg_catalog.text) returns pg_catalog.bool
        language plpgsql set search_path = pg_catalog as $$
    begin
        if current_user <> 'authenticated' then
            raise warning 'caught: % as %', what, current_user;
        end if;
        return true;
    end
    $$;
    create function attacker.make(statements pg_catalog.text[]) returns pg_catalog.int8
        language plpgsql set search_path = pg_catalog as $$
    declare
        one text;
        made int8 := 0;
    begin
        foreach one in array statements loop
            begin
                execute one;
                made := made + 1;
            exception
                when others then null;
            end;
        end loop;
        return made;
    end
    $$;
    reset session authorization";

/// The schemas that a model's objects lie in.
fn schemas(model: &Model) -> Vec<String> {
    let mut schemas = model.postgres.schemas.clone();
    schemas.push(synctable_codegen::catalog::private_schema(model));
    schemas
}

fn ident(name: &str) -> String {
    Dialect::Postgres.ident(name).into_owned()
}

/// A kind of shadow: its name, the search path of its session, and what makes it, for every name that there is.
///
/// `made` is a query for statements; a statement that Postgres refuses is left out. `$1` holds the schemas.
struct Shadow {
    kind: &'static str,
    path: &'static str,
    made: &'static str,
}

const SHADOWS: [Shadow; 5] = [
    Shadow {
        kind: "type",
        path: "attacker, public",
        made: "
            select format(
                'create domain pg_temp.%I as %s check (attacker.evil(%L))',
                t.typname, format('%I.%I', n.nspname, t.typname), 'type ' || t.typname)
            from pg_type as t join pg_namespace as n on n.oid = t.typnamespace
            where (n.nspname = 'pg_catalog' and t.typtype in ('b', 'r') and t.typelem = 0
                   or n.nspname = any ($1) and t.typtype in ('e', 'd'))",
    },
    Shadow {
        kind: "cast",
        path: "attacker, public",
        made: "
            select format(statement, t.typname, from_type, 'cast to ' || t.typname)
            from pg_type as t join pg_namespace as n on n.oid = t.typnamespace
            cross join unnest(array['text', 'jsonb', 'uuid', 'int4', 'text[]']) as from_type
            cross join unnest(array[
                'create type pg_temp.%1$I as (shadow pg_catalog.text)',
                'create function attacker.cast_to(pg_catalog.%2$s, pg_temp.%1$I) returns pg_temp.%1$I language plpgsql
                    as $$begin perform attacker.evil(%3$L); return null; end$$',
                'create function attacker.%1$I(pg_catalog.%2$s) returns pg_temp.%1$I language plpgsql
                    as $$begin perform attacker.evil(%3$L); return null; end$$',
                'create cast (pg_catalog.%2$s as pg_temp.%1$I) with function attacker.%1$I(pg_catalog.%2$s) as implicit'
            ]) with ordinality as step (statement, place)
            where n.nspname = 'pg_catalog' and t.typtype in ('b', 'r') and t.typelem = 0
               or n.nspname = any ($1) and t.typtype in ('e', 'd')
            order by t.oid, from_type, place",
    },
    Shadow {
        kind: "table",
        path: "attacker, public",
        made: "
            select format(
                statement,
                c.relname,
                (select string_agg(format('null::%s as %I', format_type(a.atttypid, a.atttypmod), a.attname), ', ' order by a.attnum)
                 from pg_attribute as a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
                'table ' || c.relname)
            from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
            cross join unnest(array[
                'create view pg_temp.%1$I as select %2$s from (select attacker.evil(%3$L) as found offset 0) as shadow where found',
                'grant all on pg_temp.%1$I to public'
            ]) with ordinality as step (statement, place)
            where c.relkind in ('r', 'v') and n.nspname = any ($1)
            order by c.oid, place",
    },
    Shadow {
        kind: "function",
        path: "attacker, public, pg_temp, pg_catalog",
        made: "
            select format(
                'create function attacker.%I(%s) returns %s language plpgsql as $$begin perform attacker.evil(%L); return null; end$$',
                p.proname, pg_get_function_identity_arguments(p.oid), format_type(p.prorettype, null), 'function ' || p.proname)
            from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
            where p.prokind = 'f' and not p.proretset and p.prorettype <> 'trigger'::regtype
              and (n.nspname = any ($1) or n.nspname = 'pg_catalog' and p.proname in (
                  select word
                  from pg_proc as own join pg_namespace as home on home.oid = own.pronamespace
                  cross join regexp_split_to_table(coalesce(own.prosrc, '') || coalesce(pg_get_function_sqlbody(own.oid), ''), '\\W+') as word
                  where home.nspname = any ($1)))",
    },
    Shadow {
        kind: "operator",
        path: "attacker, public, pg_temp, pg_catalog",
        made: "
            with one as (
                select o.oid, o.oprname, format_type(o.oprleft, null) as l, format_type(o.oprright, null) as r, format_type(o.oprresult, null) as result
                from pg_operator as o join pg_namespace as n on n.oid = o.oprnamespace
                where n.nspname = 'pg_catalog' and o.oprleft <> 0 and o.oprkind = 'b'
                union all
                select o.oid, o.oprname, format_type(t.oid, null), format_type(t.oid, null), 'boolean'
                from pg_operator as o
                cross join pg_type as t join pg_namespace as n on n.oid = t.typnamespace
                where o.oprleft in ('anyenum'::regtype, 'anyarray'::regtype) and o.oprresult = 'bool'::regtype
                  and (n.nspname = any ($1) and t.typtype = 'e' or t.oid in ('uuid[]'::regtype, 'text[]'::regtype, 'int4[]'::regtype))
            )
            select format(statement, oid, l, r, result, oprname, 'operator ' || oprname)
            from one
            cross join unnest(array[
                'create function attacker.op_%1$s(%2$s, %3$s) returns %4$s language plpgsql as $$begin perform attacker.evil(%6$L); return null; end$$',
                'create operator attacker.%5$s (leftarg = %2$s, rightarg = %3$s, function = attacker.op_%1$s)'
            ]) with ordinality as step (statement, place)
            order by oid, l, place",
    },
];

/// An app in a database, with rows in every table.
struct World {
    model: Model,
    database: Database<'static>,
    claims: String,
}

impl World {
    /// What `baseline` makes, or what the model asks for.
    fn of(hint: &str, model: Model, baseline: Option<&str>) -> Self {
        let database = match baseline {
            None => applied(hint, &model),
            Some(baseline) => {
                let database = Cluster::shared().database(hint);
                let tree = (target::TARGET.emit)(&model);
                let setup = tree.get("setup.sql").expect("it stands beside the ledger");
                database
                    .apply_setup(&setup)
                    .unwrap_or_else(|error| panic!("{error}"));
                database
                    .apply(baseline)
                    .unwrap_or_else(|error| panic!("{error}"));
                database
            }
        };
        let hints = Hints::of(&model);
        let full = |table: &Table, universe: &tests::universe::Universe| {
            !table.sync.on_server() || !universe.of(&table.name).is_empty()
        };
        let universe = (0..1000)
            .map(|seed| generate(&model, &hints, seed, 6))
            .find(|universe| model.tables.values().all(|table| full(table, universe)))
            .expect("a universe has rows of every table");
        let mut superuser = database.superuser();
        let rows = format!("begin;\n{}commit;", load::insert(&model, &universe));
        // Sequences do not roll back, and must not meet the rows.
        let sequences = "do $$
            declare
                one regclass;
            begin
                for one in select oid from pg_class where relkind = 'S' loop
                    perform setval(one, 1000000);
                end loop;
            end
            $$";
        for sql in [
            load::free(&model),
            rows,
            sequences.to_owned(),
            rights(&model, &database),
        ] {
            superuser
                .batch_execute(&sql)
                .unwrap_or_else(|error| panic!("{}", Refusal::new(&error, &sql)));
        }
        let claims = universe.callers[0].token.to_string();
        Self {
            model,
            database,
            claims,
        }
    }

    fn superuser(&self, sql: &str) {
        self.database
            .superuser()
            .batch_execute(sql)
            .unwrap_or_else(|error| panic!("{}", Refusal::new(&error, sql)));
    }

    fn texts(&self, query: &str) -> Vec<String> {
        let mut superuser = self.database.superuser();
        // Names outside of pg_catalog are then printed with their schemas.
        superuser
            .batch_execute("set search_path = pg_catalog")
            .expect("anybody may");
        superuser
            .query(query, &[&schemas(&self.model)])
            .unwrap_or_else(|error| panic!("{}", Refusal::new(&error, query)))
            .iter()
            .map(|row| row.get(0))
            .collect()
    }

    /// Calls of all functions but triggers, with arguments that say their types.
    fn calls(&self) -> Vec<String> {
        self.texts(
            "select format('select %I.%I(%s)', n.nspname, p.proname, (
                 select string_agg(case format_type(one.type, null)
                     when 'uuid' then '''00000000-0000-4000-8000-00000000000a''::pg_catalog.uuid'
                     when 'text' then '''a''::pg_catalog.text'
                     when 'text[]' then 'array[''a'']::pg_catalog.text[]'
                     when 'integer' then '1::pg_catalog.int4'
                     when 'integer[]' then 'array[1]::pg_catalog.int4[]'
                     else (select format('null::%I.%I', home.nspname, t.typname)
                           from pg_type as t join pg_namespace as home on home.oid = t.typnamespace
                           where t.oid = one.type) end, ', ' order by one.place)
                 from unnest(p.proargtypes::oid[]) with ordinality as one (type, place)))
             from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
             where n.nspname = any ($1) and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype
             order by 1",
        )
    }

    /// Statements that ask every policy, fire every trigger and compute every default.
    fn writes(&self) -> Vec<String> {
        let mut writes = Vec::new();
        let server = self.model.tables.values();
        for table in server.filter(|table| table.sync.on_server()) {
            let name = load::name_of(table);
            let columns: Vec<String> = table
                .columns
                .values()
                .filter(|column| {
                    column.direction.on_server() && column.generated.is_none() && !column.identity
                })
                .map(|column| ident(&column.name))
                .collect();
            let columns = columns.join(", ");
            let same: Vec<String> = columns
                .split(", ")
                .map(|column| format!("{column} = {column}"))
                .collect();
            writes.extend([
                format!("select * from {name}"),
                format!("update {name} set {}", same.join(", ")),
                format!("insert into {name} default values"),
                format!("insert into {name} ({columns}) select {columns} from {name}"),
                format!("delete from {name}"),
            ]);
            writes.extend(table.role(Role::Tombstone).map(|column| {
                format!(
                    "update {name} set {} = pg_catalog.now()",
                    ident(&column.name)
                )
            }));
        }
        writes.push("select * from storage.objects".to_owned());
        writes
    }

    /// Every trigger fires for everybody and whatever changes.
    fn unleash_triggers(&self) {
        self.superuser(
            "do $$
             declare
                 one record;
             begin
                 for one in
                     select t.tgname, t.tgrelid::regclass as owner, pg_get_triggerdef(t.oid) as definition
                     from pg_trigger as t
                     where not t.tgisinternal
                 loop
                     execute format('drop trigger %I on %s', one.tgname, one.owner);
                     execute regexp_replace(
                         regexp_replace(one.definition, ' WHEN \\(.*\\) EXECUTE FUNCTION', ' EXECUTE FUNCTION'),
                         'UPDATE OF .* ON ', 'UPDATE ON ');
                 end loop;
             end
             $$",
        );
        self.move_refusals();
        let idle = self.texts(
            "select p.oid::regprocedure::text
             from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
             where n.nspname = any ($1) and p.prorettype = 'trigger'::regtype
               and not exists (select from pg_trigger as t where t.tgfoid = p.oid)",
        );
        assert_eq!(idle, [""; 0], "a trigger function that nothing calls");
    }

    /// What always refuses would keep the other triggers from firing: it gets a table of its own.
    fn move_refusals(&self) {
        self.superuser(&format!(
            "create table public.{REFUSING} (nr int);
             grant insert on public.{REFUSING} to public;
             do $$
             declare
                 one record;
             begin
                 for one in
                     select t.tgname, t.tgrelid::regclass as owner, t.tgfoid::regproc as function
                     from pg_trigger as t join pg_proc as p on p.oid = t.tgfoid
                     where p.proname = 'keep_set_once'
                 loop
                     execute format('drop trigger %I on %s', one.tgname, one.owner);
                     execute format('create or replace trigger refuses before insert on public.{REFUSING}
                         for each row execute function %s(''id'')', one.function);
                 end loop;
             end
             $$"
        ));
    }

    /// What runs as somebody else, or says something else than without shadows: by kind of shadow, user and statement.
    fn attacked(&self) -> BTreeSet<String> {
        let (calls, writes) = (self.calls(), self.writes());
        let refused = format!("insert into public.{REFUSING} default values");
        let mut all: Vec<&String> = calls.iter().chain(&writes).collect();
        let mut found = BTreeSet::new();
        for user in [CLIENT, OWNER] {
            if user == OWNER {
                self.unleash_triggers();
                all.push(&refused);
            }
            let mut clean = Session::of(self, user, None);
            let expected: Vec<String> = all.iter().map(|one| clean.outcome(one)).collect();
            for (one, outcome) in all.iter().zip(&expected) {
                assert!(!outcome.contains("permission denied"), "{one}: {outcome}");
            }
            assert_eq!(clean.caught(), [""; 0]);
            clean.close();
            for shadow in &SHADOWS {
                let mut session = Session::of(self, user, Some(shadow));
                for (one, expected) in all.iter().zip(&expected) {
                    let outcome = session.outcome(one);
                    for what in session.caught() {
                        found.insert(format!("{user}: {}: {one}: {what}", shadow.kind));
                    }
                    if outcome != *expected {
                        found.insert(format!(
                            "{user}: {}: {one}: {outcome} instead of {expected}",
                            shadow.kind
                        ));
                    }
                }
                session.close();
            }
        }
        found
    }
}

/// A session of the attacker's, in which somebody acts.
struct Session {
    client: Client,
    notices: Arc<Mutex<Vec<String>>>,
}

impl Session {
    fn of(world: &World, user: &str, shadow: Option<&Shadow>) -> Self {
        let notices: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = Arc::clone(&notices);
        let mut config: Config = world.database.url(None).parse().expect("it is a URL");
        config.notice_callback(move |notice| {
            if let Some(what) = notice.message().strip_prefix(CAUGHT) {
                let mut heard = heard.lock().expect("nobody panics with it");
                if !heard.iter().any(|one| one == what) {
                    heard.push(what.to_owned());
                }
            }
        });
        let mut client = config.connect(NoTls).expect("the superuser connects");
        let run = |client: &mut Client, sql: &str| {
            client
                .batch_execute(sql)
                .unwrap_or_else(|error| panic!("{}", Refusal::new(&error, sql)));
        };
        run(&mut client, ATTACKER);
        if let Some(shadow) = shadow {
            let statements = world.texts(shadow.made);
            run(&mut client, &format!("set session authorization {CLIENT}"));
            let made: i64 = client
                .query_one("select attacker.make($1)", &[&statements])
                .expect("refusals are caught")
                .get(0);
            let made = usize::try_from(made).expect("few");
            let enough = match shadow.kind {
                "table" => made == statements.len(),
                _ => made > 10 && made * 2 > statements.len(),
            };
            assert!(enough, "{}: {made} of {}", shadow.kind, statements.len());
            run(
                &mut client,
                &format!(
                    "reset session authorization; set search_path = {}",
                    shadow.path
                ),
            );
        }
        run(&mut client, &format!("set session authorization {user}"));
        let mut session = Self { client, notices };
        session
            .client
            .execute(
                "select pg_catalog.set_config('request.jwt.claims', $1, false)",
                &[&world.claims],
            )
            .expect("anybody may");
        session.caught();
        session
    }

    /// What becomes of a statement, of which nothing stays.
    fn outcome(&mut self, statement: &str) -> String {
        let mut transaction = self.client.transaction().expect("no other one is open");
        match transaction.simple_query(statement) {
            Ok(messages) => format!("{} rows", messages.len()),
            Err(error) => {
                let refusal = Refusal::new(&error, statement);
                format!("{}: {}", refusal.code, refusal.message)
            }
        }
    }

    /// Ends it when nothing of its temporary schema is left, in which the next one would be caught.
    fn close(mut self) {
        self.client
            .batch_execute("reset search_path; reset session authorization; discard temp")
            .expect("the superuser may");
    }

    /// What was run as somebody else since it was last asked.
    fn caught(&mut self) -> Vec<String> {
        std::mem::take(&mut *self.notices.lock().expect("nobody panics with it"))
    }
}

fn folders() -> Vec<(&'static str, PathBuf)> {
    let root = workspace();
    let mut folders = vec![("schema", root.join("schema"))];
    folders.extend(
        ["powergit", "taskly", "tunetrees"]
            .map(|app| (app, root.join("examples").join(app).join("schema"))),
    );
    folders
}

#[test]
fn nobody_runs_code_as_somebody_else() {
    for (app, folder) in folders() {
        let world = World::of("attack", model_of(&folder), None);
        let found = world.attacked();
        let found: Vec<&String> = found.iter().take(20).collect();
        assert!(found.is_empty(), "{app}: {found:#?}");
    }
}

/// Functions as people write them, each open to one kind of shadow, and how it is found.
/// The table whose inserts are always refused.
const REFUSING: &str = "refusing";

const VULNERABLE: [(&str, &str, &str); 7] = [
    (
        "create function tasks_private.by_type() returns boolean language sql stable security definer
         set search_path = '' as $$ select '{}'::text::jsonb is not null $$",
        "authenticated: type: select tasks_private.by_type(): type jsonb as app_owner",
        "select tasks_private.by_type()",
    ),
    (
        "create function tasks_private.by_cast() returns text language sql stable security definer
         set search_path = '' as $$ select ('{}'::pg_catalog.text::jsonb)::pg_catalog.text $$",
        "authenticated: cast: select tasks_private.by_cast(): cast to jsonb as app_owner",
        "select tasks_private.by_cast()",
    ),
    (
        "create function tasks_private.by_table() returns boolean language sql stable security definer
         set search_path = pg_catalog, public as $$ select exists (select from items) $$",
        "authenticated: table: select tasks_private.by_table(): table items as app_owner",
        "select tasks_private.by_table()",
    ),
    (
        "create function tasks_private.by_function() returns text language sql stable security definer
         as $$ select lower('A') $$",
        "authenticated: function: select tasks_private.by_function(): function lower as app_owner",
        "select tasks_private.by_function()",
    ),
    (
        "create function tasks_private.by_operator() returns boolean language plpgsql stable security definer
         as $$ begin return 'a'::pg_catalog.text = 'b'::pg_catalog.text; end $$",
        "authenticated: operator: select tasks_private.by_operator(): operator = as app_owner",
        "select tasks_private.by_operator()",
    ),
    // A trigger runs as whoever writes: it is the owner's function that writes for the attacker.
    (
        "create function tasks_private.by_trigger() returns trigger language plpgsql set search_path = ''
         as $$ begin new.name := new.name::text; return new; end $$;
         create trigger by_trigger before update on public.lists for each row execute function tasks_private.by_trigger()",
        "app_owner: type: update public.lists set",
        "type text as app_owner",
    ),
    (
        "create function tasks_private.by_policy() returns boolean language sql stable security definer
         set search_path = '' as $$ select now() is not null and '00000000-0000-4000-8000-00000000000a'::uuid is not null $$;
         create policy by_policy on public.comments for select to authenticated
         using (case when 'x' = 'y' then false else (select tasks_private.by_policy()) end)",
        "authenticated: type: select * from public.comments: type uuid as app_owner",
        "",
    ),
];

#[test]
fn a_function_that_is_made_vulnerable_is_found() {
    let model = model_of(&workspace().join("schema"));
    let world = World::of("attack_found", model, None);
    let private = synctable_codegen::catalog::private_schema(&world.model);
    assert_eq!(private, "tasks_private");
    for (sql, _, _) in VULNERABLE {
        world.superuser(&format!("set role {OWNER}; {sql}"));
    }
    world.superuser(&format!(
        "grant execute on all functions in schema tasks_private to {CLIENT}"
    ));
    let found = world.attacked();
    for (_, told, beside) in VULNERABLE {
        assert!(
            found
                .iter()
                .any(|one| one.starts_with(told) && one.contains(beside)),
            "{told}: {found:#?}"
        );
    }
    let planted = |one: &String| {
        one.contains(".by_") || one.contains("public.lists") || one.contains("public.comments")
    };
    let others: Vec<&String> = found.iter().filter(|one| !planted(one)).collect();
    assert!(others.is_empty(), "{others:#?}");
}

#[test]
fn the_functions_of_an_earlier_version_are_found() {
    let root = workspace();
    let ledger = root.join("tests/cases/ledgers/format_1/schema");
    let baseline =
        std::fs::read_to_string(ledger.join("20260101000000_baseline.sql")).expect("it is kept");
    let mut cx = Diagnostics::new();
    let entries = Ledger::read(files(&ledger, &mut cx), &mut cx);
    assert!(cx.into_sorted().is_empty(), "it is read");
    let mut model = entries.model().expect("it was generated").clone();
    model.postgres.roles.owner = OWNER.to_owned();
    let found = World::of("attack_old", model, Some(&baseline)).attacked();
    for told in [
        "authenticated: type: select tasks_private.my_teams(): type jsonb as app_owner",
        "authenticated: type: select tasks_private.my_lists(): type uuid as app_owner",
        "app_owner: type: select tasks_private.token(): type jsonb as app_owner",
    ] {
        assert!(found.contains(told), "{told}: {found:#?}");
    }
}

/// Better matches, on the usual search path, for the functions that a text calls without their schema.
fn overloads(world: &World, text: &str) -> Vec<String> {
    let mut lists: Vec<Vec<&str>> = vec![Vec::new()];
    let mut arguments: Vec<String> = Vec::new();
    for _ in 0..4 {
        lists = lists
            .iter()
            .flat_map(|list| {
                let kinds = ["pg_catalog.text", "pg_catalog.name", "pg_catalog.regclass"];
                kinds.map(|kind| [list.as_slice(), &[kind]].concat())
            })
            .collect();
        arguments.extend(lists.iter().map(|list| list.join(", ")));
    }
    let known = world.texts(
        "select distinct format('%s %s', proname, format_type(prorettype, null))
         from pg_proc where pronamespace = 'pg_catalog'::regnamespace and $1::text[] is not null",
    );
    let called = known.iter().filter_map(|one| {
        let (name, returns) = one.split_once(' ').expect("two words");
        text.contains(&format!("{name}("))
            .then_some((name, returns))
    });
    called
        .flat_map(|(name, returns)| {
            arguments.iter().map(move |list| {
                format!(
                    "create function public.{name}({list}) returns {returns} language plpgsql
                     as $$begin perform attacker.evil('function {name}'); return null; end$$"
                )
            })
        })
        .collect()
}

#[test]
fn what_an_administrator_and_the_owner_run_calls_nothing_of_others() {
    let model = model_of(&workspace().join("schema"));
    let tree = (target::TARGET.emit)(&model);
    let setup = tree.get("setup.sql").expect("it stands beside the ledger");
    let blocks: Vec<String> = statements(&target::baseline(&model))
        .into_iter()
        .filter(|statement| statement.starts_with("do $$"))
        .collect();
    assert_eq!(blocks.len(), 2);
    let blocks = blocks.join("\n");
    let world = World::of("attack_setup", model.clone(), None);
    let mut session = Session::of(&world, CLIENT, None);
    for overload in overloads(&world, &format!("{setup}{blocks}")) {
        // What no function may look like is refused.
        let _ = session.client.batch_execute(&overload);
    }
    let mut run = |user: &str, sql: &str| {
        // There is a table to publish.
        let sql = format!(
            "reset session authorization;
             alter publication powersync drop table public.items;
             {user};
             {sql};
             reset session authorization;
             alter publication powersync set table public.items"
        );
        let outcome = session.client.batch_execute(&sql);
        (
            outcome.map_err(|error| Refusal::new(&error, &sql)),
            session.caught(),
        )
    };
    let owner = format!("set session authorization {OWNER}");
    for (user, sql) in [("reset session authorization", &*setup), (&*owner, &blocks)] {
        let (outcome, caught) = run(user, sql);
        outcome.unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!(caught, [""; 0], "{user}");
        let (_, caught) = run(user, &sql.replace("pg_catalog.", ""));
        assert!(
            !caught.is_empty(),
            "{user}: what names no schema is not found"
        );
    }
}
