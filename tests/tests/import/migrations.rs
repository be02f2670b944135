//! A folder of migrations, which import runs in a Postgres of its own.

use std::fs;

use tests::binary::runs;
use tests::cases::cases;

#[test]
fn migrations_make_the_same_declaration_as_the_database_that_ran_them() {
    let cases = cases("import");
    let mut cases = cases.iter();
    let case = cases.find(|case| case.name.starts_with("a_tune_app"));
    let case = case.expect("the case");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    fs::create_dir(path.join(".git")).expect("the root of a repository");
    let sql = case.read("database.sql");
    let (tables, access) = sql.split_once("alter table").expect("there are policies");
    let migrations = path.join("supabase/migrations");
    fs::create_dir_all(&migrations).expect("a folder");
    let write = |name: &str, text: &str| {
        fs::write(migrations.join(name), text).expect("it is written");
    };
    let extension = "create extension if not exists pg_of_nobody with schema extensions;\n";
    write("20260101000000_tables.sql", &format!("{extension}{tables}"));
    write(
        "20260102000000_access.sql",
        &format!("begin;\nalter table{access}commit;\n"),
    );
    write("notes.txt", "not SQL at all");
    let config = case.folder.join("sync-config.yaml");
    let config = config.to_string_lossy();
    let mut asked = vec!["import", "--migrations", "supabase/migrations"];
    asked.extend(["--app", "app", "--target", "postgres"]);
    asked.extend(["--into", "declared/schema", "--sync-config", &config]);
    let said = runs(path, &asked, 5);
    assert!(said.contains("pg_of_nobody"), "{said}");
    assert_eq!(said.matches("error[D064]").count(), 4, "{said}");
    for file in ["tables.yaml", "sync.yaml"] {
        let text = fs::read_to_string(path.join("declared/schema").join(file));
        assert_eq!(
            text.expect("it is written"),
            case.read(&format!("expected/{file}"))
        );
    }
}

#[test]
fn a_migration_that_fails_is_named_with_its_line_and_statement() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let asked = ["import", "--migrations", "sql", "--target", "sqlite"];
    let said = runs(path, &asked, 3);
    assert!(said.contains("error[E001]"), "{said}");
    fs::create_dir(path.join("sql")).expect("a folder");
    let said = runs(path, &asked, 3);
    assert!(said.contains("does not contain a `.sql` file"), "{said}");
    let first = "create table items (id uuid primary key);\n";
    fs::write(path.join("sql/1_items.sql"), first).expect("it is written");
    let second = "select 1;\n\n-- Wrong; on purpose.\nalter table items\n    add column size nothing;\nselect 2;\n";
    fs::write(path.join("sql/2_size.sql"), second).expect("it is written");
    let said = runs(path, &asked, 3);
    for part in [
        "error[E014]: `sql/2_size.sql` fails at line 5: type \"nothing\" does not exist",
        "the statement is `alter table items…`",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert!(!path.join("schema").exists(), "nothing is written");
}

#[test]
fn a_dump_of_the_schema_is_run_with_the_commands_that_pg_dump_writes_for_psql() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    fs::create_dir(path.join("sql")).expect("a folder");
    let asked = ["import", "--migrations", "sql", "--target", "sqlite"];
    let dump = "--\n-- PostgreSQL database dump\n--\n\n\\restrict aB3\n\n-- Dumped\nset check_function_bodies = false;\n\ncreate table public.items (id uuid primary key, note text default '\\restrict');\n\n\\unrestrict aB3\n";
    fs::write(path.join("sql/1_dump.sql"), dump).expect("it is written");
    runs(path, &asked, 0);
    for (name, text, told) in [
        (
            "connect",
            "select 1;\n\\connect other\ncreate table b (id int);\n",
            "`sql/2.sql` has something for psql alone at line 2: `\\connect other`",
        ),
        (
            "copy",
            "set x.y = 1;\n\nCOPY public.items (id, note) FROM stdin;\n1\tone;two\n\\.\n",
            "`sql/2.sql` has something for psql alone at line 3: `COPY public.items (id, note) FROM stdin;`",
        ),
    ] {
        fs::write(path.join("sql/2.sql"), text).expect("it is written");
        let into = ["--into", name];
        let said = runs(path, &[&asked[..], &into].concat(), 3);
        assert!(said.contains(told), "{said}");
    }
}
