//! What the language reads, and how it prints; each row of a table is one claim.

use crate::expr::print::{self, Hooks, PrintContext, Unsayable};
use crate::expr::{Context, Known, Problem, Row, Scope, parse, parse_select, select_kind};
use crate::model::{Expr, Set};
use synctable::{Element, EnumStorage, Kind, Scalar};

fn status() -> Kind {
    Kind::Enum {
        name: "todo_status".into(),
        storage: EnumStorage::Native,
    }
}

/// One column of every kind, named as the kind; those with an `n_` before them may be NULL.
fn row() -> Row {
    let mut row = Row::new("todos")
        .with("title", Kind::Scalar(Scalar::Text))
        .with("list_id", Kind::Scalar(Scalar::Uuid))
        .with("owner_id", Kind::Scalar(Scalar::Uuid))
        .with("status", status())
        .with_nullable("meta", Kind::Scalar(Scalar::Json))
        .with("order", Kind::Scalar(Scalar::Int));
    for scalar in Scalar::EXAMPLES {
        row = row.with(&format!("a_{}", scalar.word()), Kind::Scalar(scalar));
        row = row.with_nullable(&format!("n_{}", scalar.word()), Kind::Scalar(scalar));
        if scalar.in_lists().is_ok() {
            let list = Kind::List(Element::Scalar(scalar));
            row = row.with(&format!("list_{}", scalar.word()), list);
        }
    }
    row.with(
        "slug",
        Kind::Domain {
            name: "slug".into(),
            base: Scalar::Text,
        },
    )
}

fn known() -> Known {
    let uuid = || Kind::Scalar(Scalar::Uuid);
    let members = Row::new("list_members")
        .with("list_id", uuid())
        .with("user_id", uuid())
        .with("role", Kind::Scalar(Scalar::Text));
    let mut known = Known::default();
    known.tables.insert("todos".to_owned(), row());
    known.tables.insert("list_members".to_owned(), members);
    known.enums.insert(
        "todo_status".to_owned(),
        ["open", "done", "archived"].map(str::to_owned).to_vec(),
    );
    known.scopes.insert("my_lists".to_owned(), Some(uuid()));
    known
}

struct Names;

impl Hooks for Names {
    fn user_id(&self) -> String {
        "auth.user_id()".to_owned()
    }

    fn claim(&self, path: &[String], _beside: Option<&Kind>) -> String {
        format!("claim('{}')", path.join("."))
    }

    fn param(&self, name: &str, _beside: Option<&Kind>) -> String {
        format!("param('{name}')")
    }

    fn set(&self, set: &Set) -> Result<String, Unsayable> {
        match set {
            Set::Scope(name) => Ok(format!("(SELECT {name}())")),
            Set::Select(select) => {
                let known = known();
                let row = row();
                let cx = PrintContext::new(&known, &row).with_hooks(&Names);
                Ok(print::select_postgres(select, &cx))
            }
        }
    }
}

fn read(snippet: &str, context: Context<'_>) -> Result<Expr, Vec<Problem>> {
    let (known, row) = (known(), row());
    let params = crate::map::IndexMap::from_iter([("list_id".to_owned(), None)]);
    parse(
        snippet,
        &Scope::new(&known, &row).with_params(&params),
        context,
    )
}

#[track_caller]
fn printed(snippet: &str, context: Context<'_>) -> (String, String, String) {
    let (known, row) = (known(), row());
    let expr = read(snippet, context).unwrap_or_else(|problems| panic!("{snippet}: {problems:#?}"));
    let cx = PrintContext::new(&known, &row).with_hooks(&Names);
    let text = |result: Result<String, Unsayable>| match result {
        Ok(text) => text,
        Err(error) => format!("! {error}"),
    };
    (
        print::postgres(&expr, &cx),
        text(print::sqlite(&expr, &cx)),
        text(print::powersync(&expr, &cx)),
    )
}

#[test]
fn a_check_is_printed_for_postgres_and_sqlite() {
    let same = [
        ("length(title) > 0", "length(title) > 0"),
        (
            "length(title) between 1 and 5",
            "length(title) >= 1 AND length(title) <= 5",
        ),
        ("a_int not between 1 and 5", "a_int < 1 OR a_int > 5"),
        (
            "a_int > 1 and (a_int < 5 or a_int = 7) and a_bool",
            "a_int > 1 AND (a_int < 5 OR a_int = 7) AND a_bool",
        ),
        ("not (a_int = 1 and a_bool)", "NOT (a_int = 1 AND a_bool)"),
        ("not a_bool", "NOT a_bool"),
        ("(a_int + 1) * 2 = a_bigint", "(a_int + 1) * 2 = a_bigint"),
        ("a_int - (a_int - 1) > -1", "a_int - (a_int - 1) > -1"),
        ("\"order\" > 0", "\"order\" > 0"),
        ("status <> 'open'", "status <> 'open'"),
        ("status in ('open', 'done')", "status IN ('open', 'done')"),
        ("status not in ('open')", "status NOT IN ('open')"),
        (
            "n_text is null or n_int is not null",
            "n_text IS NULL OR n_int IS NOT NULL",
        ),
        ("n_bool is not true", "n_bool IS NOT TRUE"),
        ("lower(slug) = slug", "lower(slug) = slug"),
        (
            "replace(substr(title, 1, 3), 'a', '''') <> ''",
            "replace(substr(title, 1, 3), 'a', '''') <> ''",
        ),
        (
            "coalesce(n_int, a_int, 0) >= 0",
            "coalesce(n_int, a_int, 0) >= 0",
        ),
        (
            "case when a_bool then a_int else 0 end > 1",
            "CASE WHEN a_bool THEN a_int ELSE 0 END > 1",
        ),
        (
            "case status when 'open' then 1 when 'done' then 2 end = 1",
            "CASE WHEN status = 'open' THEN 1 WHEN status = 'done' THEN 2 END = 1",
        ),
        ("a_date >= '2026-1-31'", "a_date >= '2026-01-31'"),
        (
            "a_uuid <> '0192F0C1-7A3B-7CDE-8F01-23456789ABCD'",
            "a_uuid <> '0192f0c1-7a3b-7cde-8f01-23456789abcd'",
        ),
        ("todos.a_int > 0", "todos.a_int > 0"),
    ];
    for (snippet, text) in same {
        let text = text.replace("todos.", "");
        let (postgres, sqlite, _) = printed(snippet, Context::Check);
        assert_eq!(postgres, text, "{snippet}");
        assert_eq!(sqlite, text, "{snippet}");
    }
}

#[test]
fn the_dialects_differ_where_they_must() {
    let cases = [
        ("a_bool = true", "a_bool = true", "a_bool = 1"),
        (
            "a_decimal >= 0.50",
            "a_decimal >= 0.5",
            "CAST(a_decimal AS REAL) >= 0.5",
        ),
        (
            "a_decimal in (1, 2)",
            "a_decimal IN (1, 2)",
            "CAST(a_decimal AS REAL) IN (1, 2)",
        ),
        (
            "coalesce(n_decimal, 0) <> 1",
            "coalesce(n_decimal, 0) <> 1",
            "CAST(coalesce(n_decimal, '0.00') AS REAL) <> 1",
        ),
        (
            "a_decimal * 2 > 1",
            "a_decimal * 2 > 1",
            "! SQLite has no exact decimal arithmetic",
        ),
        (
            "a_bytes <> '00FF'",
            "a_bytes <> '\\x00ff'",
            "a_bytes <> '00ff'",
        ),
        ("a_double > 1", "a_double > 1", "a_double > 1.0"),
        (
            "matches(title, '^a')",
            "title ~ '^a'",
            "! SQLite has no regular expressions",
        ),
        (
            "a_int || '/' || title = title",
            "a_int::text || '/' || title = title",
            "a_int || '/' || title = title",
        ),
        (
            "n_int is distinct from a_int",
            "n_int IS DISTINCT FROM a_int",
            "n_int IS NOT a_int",
        ),
        (
            "n_int is not distinct from 1",
            "n_int IS NOT DISTINCT FROM 1",
            "n_int IS 1",
        ),
        (
            "list_length(list_text) < 5",
            "cardinality(list_text) < 5",
            "json_array_length(list_text) < 5",
        ),
        (
            "'x' = any(list_text)",
            "'x' = ANY (list_text)",
            "'x' IN (SELECT value FROM json_each(list_text))",
        ),
        (
            "meta -> 'a' ->> 'b' = 'x'",
            "meta -> 'a' ->> 'b' = 'x'",
            "CASE json_type(meta, '$.\"a\".\"b\"') WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(json_extract(meta, '$.\"a\".\"b\"') AS TEXT) END = 'x'",
        ),
        (
            "a_timestamptz > '2026-01-31 15:47+02'",
            "a_timestamptz > '2026-01-31T13:47:00.000000Z'",
            "a_timestamptz > '2026-01-31T13:47:00.000000Z'",
        ),
    ];
    for (snippet, postgres, sqlite) in cases {
        let (found_postgres, found_sqlite, _) = printed(snippet, Context::Check);
        assert_eq!(found_postgres, postgres, "{snippet}");
        assert_eq!(found_sqlite, sqlite, "{snippet}");
    }
}

#[test]
fn a_rule_is_printed_for_row_level_security_and_streams() {
    let cases = [
        (
            "owner_id = auth.user_id()",
            "owner_id = auth.user_id()",
            "owner_id = auth.user_id()",
        ),
        (
            "list_id in (my_lists)",
            "list_id IN (SELECT my_lists())",
            "list_id IN (SELECT my_lists())",
        ),
        (
            "status in ('open', 'done')",
            "status IN ('open', 'done')",
            "status IN ARRAY['open', 'done']",
        ),
        ("status <> 'open'", "status <> 'open'", "status != 'open'"),
        ("a_bool = true", "a_bool = true", "a_bool = 1"),
        (
            "owner_id = auth.claim('app_metadata.tenant_id')",
            "owner_id = claim('app_metadata.tenant_id')",
            "owner_id = claim('app_metadata.tenant_id')",
        ),
        (
            "auth.user_id() = any(list_uuid)",
            "auth.user_id() = ANY (list_uuid)",
            "auth.user_id() IN list_uuid",
        ),
        (
            "list_id in (select list_id from list_members where user_id = auth.user_id() and role = 'owner')",
            "list_id IN (SELECT list_members.list_id FROM list_members WHERE list_members.user_id = auth.user_id() AND list_members.role = 'owner')",
            "list_id IN (SELECT list_members.list_id FROM list_members WHERE list_members.user_id = auth.user_id() AND list_members.role = 'owner')",
        ),
        (
            "coalesce(n_int, 1) = 1",
            "coalesce(n_int, 1) = 1",
            "ifnull(n_int, 1) = 1",
        ),
    ];
    for (snippet, postgres, powersync) in cases {
        let (found_postgres, _, found_powersync) = printed(snippet, Context::Access);
        assert_eq!(found_postgres, postgres, "{snippet}");
        assert_eq!(found_powersync, powersync, "{snippet}");
    }
    let (_, _, stream) = printed("list_id = :list_id", Context::StreamFilter);
    assert_eq!(stream, "list_id = param('list_id')");
}

#[test]
fn a_scope_is_a_select() {
    let known = known();
    let text = "select list_id from list_members where user_id = auth.user_id()";
    let select = parse_select(text, &known).unwrap();
    assert_eq!(select.table, "list_members");
    assert_eq!(select_kind(text, &known), Some(Kind::Scalar(Scalar::Uuid)));
    let later = "select list_id from list_members where list_id in (not_yet_known)";
    assert_eq!(select_kind(later, &known), Some(Kind::Scalar(Scalar::Uuid)));
}

#[test]
fn values_are_calls() {
    let uuid = Kind::Scalar(Scalar::Uuid);
    let instant = Kind::Scalar(Scalar::Timestamptz);
    for (snippet, kind) in [
        ("uuid()", &uuid),
        ("now()", &instant),
        ("auth.user_id()", &uuid),
    ] {
        assert!(read(snippet, Context::Default(kind)).is_ok(), "{snippet}");
    }
    assert!(read("now()", Context::Default(&uuid)).is_err());
    assert!(read("title", Context::Default(&uuid)).is_err());
}
