//! An existing app adopts its database: import, `verify` without an edit, the migration that takes over, one change.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use synctable_codegen::cli::{Exit, run};
use tests::cases::workspace;
use tests::postgres::{Cluster, Database, OWNER, act_as};

/// The place of the ledger's first entry.
const AT: &str = "20260101000000";

struct App {
    folder: tempfile::TempDir,
    url: String,
}

impl App {
    fn of(database: &Database<'_>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join(".git")).expect("the root of a repository");
        Self {
            folder,
            url: database.url(None),
        }
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join(path)
    }

    fn run(&self, arguments: &[&str]) -> Exit {
        let manifest = self.path("schema").into_os_string();
        let mut all: Vec<std::ffi::OsString> = vec!["codegen".into()];
        all.extend(arguments.iter().map(Into::into));
        all.extend(["--manifest".into(), manifest]);
        run(all)
    }

    fn import(&self) -> Exit {
        let into = self.path("schema").into_os_string();
        let mut all: Vec<std::ffi::OsString> = ["codegen", "import", "--database-url", &self.url]
            .into_iter()
            .map(Into::into)
            .collect();
        let rest = [
            "--app", "club", "--at", AT, "--target", "postgres", "--into",
        ];
        all.extend(rest.into_iter().map(Into::into));
        all.push(into);
        run(all)
    }

    fn verify(&self) -> Exit {
        self.run(&["verify", "--database-url", &self.url])
    }

    /// The SQL of the entries of a migration, in order.
    fn migration(&self, name: &str) -> String {
        let folder = fs::read_dir(self.path("migrations")).expect("the ledger");
        let mut files: Vec<_> = folder
            .map(|entry| entry.expect("a file").path())
            .filter(|path| path.to_string_lossy().contains(name))
            .filter(|path| path.extension().is_some_and(|ending| ending == "sql"))
            .collect();
        files.sort();
        assert!(!files.is_empty(), "no migration `{name}`");
        let texts = files
            .iter()
            .map(|path| fs::read_to_string(path).expect("a text"));
        texts.collect()
    }

    fn setup(&self) -> String {
        fs::read_to_string(self.path("migrations/setup.sql")).expect("it stands beside the ledger")
    }
}

fn sql() -> String {
    let case = "tests/cases/import/a_rowing_club_with_policies_that_people_wrote/database.sql";
    fs::read_to_string(workspace().join(case)).expect("the case")
}

const ROWS: &str = "
    insert into auth.users (id) select ('00000000-0000-4000-8000-00000000000' || n)::uuid from generate_series(1, 4) as n;
    insert into public.profiles (id, display_name) select id, 'rower' from auth.users;
    insert into public.clubs (id, name, slug, owner_id) values
        ('10000000-0000-4000-8000-000000000001', 'A', 'a', '00000000-0000-4000-8000-000000000001'),
        ('10000000-0000-4000-8000-000000000002', 'B', 'b', '00000000-0000-4000-8000-000000000002');
    insert into public.club_members (club_id, user_id, role) values
        ('10000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000001', 'coach'),
        ('10000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000003', 'rower'),
        ('10000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000002', 'coach');
    insert into public.boats (club_id, code, seats)
        select id, ('AB00' || right(id::text, 1))::public.boat_code, 4 from public.clubs;
    insert into public.outings (id, club_id, starts_at)
        select ('2' || substr(id::text, 2))::uuid, id, '2026-01-01' from public.clubs;
    insert into public.outing_seats (outing_id, user_id, seat)
        select id, '00000000-0000-4000-8000-000000000003', 1 from public.outings;
    insert into public.results (outing_id, seconds) select id, 60 from public.outings;
    insert into public.news (region, title, published) values ('north', 'a', true), ('south', 'b', true), ('north', 'c', false);
    insert into public.messages (sender_id, recipient_id, body) values
        ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002', 'hello');
    insert into public.invoices (club_id, cents) select id, 100 from public.clubs;
    insert into public.invoices (club_id, cents) select id, 2000000 from public.clubs;
";

const WRITES: &[&str] = &[
    "insert into public.profiles (id, display_name) values ('00000000-0000-4000-8000-000000000009', 'x')",
    "update public.profiles set display_name = 'y'",
    "delete from public.profiles",
    "update public.clubs set name = 'y'",
    "insert into public.clubs (name, slug) values ('n', 'n')",
    "insert into public.clubs (name, slug, owner_id) values ('n', 'n', '00000000-0000-4000-8000-000000000004')",
    "delete from public.clubs where slug = 'none'",
    "insert into public.club_members (club_id, user_id) select id, '00000000-0000-4000-8000-000000000004' from public.clubs",
    "update public.club_members set role = 'coach'",
    "insert into public.outings (club_id, starts_at) values ('10000000-0000-4000-8000-000000000001', now())",
    "update public.outings set notes = 'z'",
    "update public.outings set club_id = '10000000-0000-4000-8000-000000000002'",
    "delete from public.outings",
    "update public.outing_seats set seat = 7",
    "insert into public.news (region, title) values ('north', 'n')",
    "update public.news set title = 'n'",
    "delete from public.news",
    "insert into public.messages (recipient_id, body) values ('00000000-0000-4000-8000-000000000003', 'x')",
    "update public.messages set body = 'x'",
    "insert into public.results (outing_id, seconds) select id, 3 from public.outings",
    "delete from public.results",
    "update public.invoices set paid = true",
];

/// What every caller reads and may write: rows by table, and what each statement does.
fn access(database: &Database<'_>) -> BTreeMap<String, String> {
    let mut client = database.superuser();
    let tables = [
        "profiles",
        "clubs",
        "club_members",
        "boats",
        "outings",
        "outing_seats",
        "results",
        "news",
        "messages",
        "invoices",
    ];
    let mut callers: Vec<(&str, String)> = (1..=4)
        .map(|n| {
            let claims = match n {
                1 => r#", "app_metadata": {"region": "north"}"#,
                4 => r#", "app_metadata": {"role": "editor"}"#,
                _ => "",
            };
            (
                "authenticated",
                format!(r#"{{"sub": "00000000-0000-4000-8000-00000000000{n}"{claims}}}"#),
            )
        })
        .collect();
    callers.push(("anon", String::new()));
    let mut found = BTreeMap::new();
    for (role, claims) in &callers {
        for table in tables {
            let mut transaction = client.transaction().expect("a transaction");
            act_as(&mut transaction, role, claims);
            let query = format!(
                "select string_agg(one::text, ' ' order by one::text) from public.{table} as one"
            );
            let told = match transaction.query_one(&query, &[]) {
                Ok(row) => row.get::<_, Option<String>>(0).unwrap_or_default(),
                // Without a right or without a row, a caller reads nothing.
                Err(_) => String::new(),
            };
            found.insert(format!("{role} {claims} reads {table}"), told);
        }
        for write in WRITES {
            let mut transaction = client.transaction().expect("a transaction");
            act_as(&mut transaction, role, claims);
            let told = transaction.execute(*write, &[]).unwrap_or(0);
            found.insert(format!("{role} {claims}: {write}"), told.to_string());
        }
    }
    found
}

fn as_owner(database: &Database<'_>, sql: &str) {
    database
        .apply(sql)
        .unwrap_or_else(|refusal| panic!("{refusal}\n{sql}"));
}

#[test]
fn an_adopted_database_is_green_and_stays_so_when_what_is_declared_takes_over() {
    let database = Cluster::shared().database("adopt");
    as_owner(&database, &sql());
    database.apply_setup(ROWS).expect("rows");
    let before = access(&database);

    let app = App::of(&database);
    assert_eq!(app.import(), Exit::Fine, "import");
    assert_eq!(app.import(), Exit::Environment, "nothing is overwritten");
    assert_eq!(app.run(&["generate"]), Exit::Fine, "generate");
    assert_eq!(app.run(&["check"]), Exit::Fine, "check");
    assert_eq!(app.verify(), Exit::Fine, "verify, without an edit");

    // The first entry makes the same in an empty database.
    let empty = Cluster::shared().database("adopt_empty");
    empty.apply_setup(&app.setup()).expect("setup.sql runs");
    as_owner(&empty, &app.migration("adopted"));
    let url = empty.url(None);
    assert_eq!(
        app.run(&["verify", "--database-url", &url]),
        Exit::Fine,
        "replayed"
    );

    // A policy that somebody changes is still told.
    as_owner(
        &database,
        "alter policy \"Send\" on public.messages with check (true)",
    );
    assert_eq!(app.verify(), Exit::LiveDiffers, "a changed policy");
    as_owner(
        &database,
        "alter policy \"Send\" on public.messages with check (auth.uid() = sender_id)",
    );
    assert_eq!(app.verify(), Exit::Fine, "and changed back");

    // One command puts what is declared in the place of what was adopted; nobody gains or loses a row.
    let take_over = ["migrate", "--name", "take_over", "--at", "20260102000000"];
    assert_eq!(app.run(&take_over), Exit::Fine, "migrate");
    database.apply_setup(&app.setup()).expect("setup.sql runs");
    as_owner(&database, &app.migration("take_over"));
    assert_eq!(app.verify(), Exit::Fine, "verify, after the migration");
    assert_eq!(
        app.run(&["check"]),
        Exit::Fine,
        "check, after the migration"
    );
    let after = access(&database);
    for (what, rows) in &before {
        assert_eq!(after.get(what), Some(rows), "{what}");
    }

    // Then one change.
    let file = app.path("schema/profiles.yaml");
    let file = if file.exists() {
        file
    } else {
        declaring(&app, "  profiles:")
    };
    let text = fs::read_to_string(&file).expect("the declaration");
    let changed = text.replace(
        "      display_name:",
        "      nickname: {kind: text, nullable: true}\n      display_name:",
    );
    assert_ne!(text, changed);
    fs::write(&file, changed).expect("an edit");
    let add = ["migrate", "--name", "nickname", "--at", "20260103000000"];
    assert_eq!(app.run(&add), Exit::Fine, "migrate the change");
    as_owner(&database, &app.migration("nickname"));
    assert_eq!(app.verify(), Exit::Fine, "verify, after the change");
    assert_eq!(OWNER, "app_owner");
}

/// The file that declares a table.
fn declaring(app: &App, table: &str) -> std::path::PathBuf {
    let folder = fs::read_dir(app.path("schema")).expect("the declaration");
    let mut files = folder.map(|entry| entry.expect("a file").path());
    let declares = |path: &std::path::PathBuf| {
        fs::read_to_string(Path::new(path)).is_ok_and(|text| text.contains(table))
    };
    files.find(declares).expect("it is declared")
}
