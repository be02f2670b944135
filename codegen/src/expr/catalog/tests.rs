//! What Postgres prints, and what it is of ours.

use super::*;
use synctable::Element;

#[test]
fn arrays_are_read_as_postgres_prints_them() {
    let text = |items: &[&str]| {
        Some(
            items
                .iter()
                .map(|item| Literal::Text((*item).to_owned()))
                .collect(),
        )
    };
    assert_eq!(array("{}", "text"), Some(Vec::new()));
    assert_eq!(array("{a,b}", "text"), text(&["a", "b"]));
    assert_eq!(
        array(r#"{"a,b","c\"d","",e}"#, "text"),
        text(&["a,b", "c\"d", "", "e"])
    );
    assert_eq!(
        array("{1,NULL}", "integer"),
        Some(vec![Literal::Int(1), Literal::Null])
    );
    for none in ["", "{", "{\"a}", "{{a}}", "a,b"] {
        assert_eq!(array(none, "text"), None, "{none}");
    }
}

#[test]
fn what_the_analyser_added_is_taken_off() {
    let pairs = [
        ("((title)::text = 'a'::text)", "title = 'a'"),
        (
            "((state)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
            "state in ('a', 'b')",
        ),
        (
            "(state <> ALL (ARRAY['a'::app.state, 'b'::app.state]))",
            "state not in ('a', 'b')",
        ),
        ("(price > (5)::numeric)", "price > 5"),
        ("(price > '-1.50'::numeric)", "price > -1.5"),
        ("(n = '-1'::integer)", "n = -1"),
        ("(n = '5000000000'::bigint)", "n = 5000000000"),
        ("(NOT (title IS NULL))", "title is not null"),
        ("(NOT (a IS DISTINCT FROM b))", "a is not distinct from b"),
        (
            "(TRIM(BOTH FROM title) = btrim(title))",
            "trim(title) = trim(title)",
        ),
        (
            "((meta -> 'a'::text) ->> 'b'::text) = 'c'::text",
            "meta #>> '{a,b}' = 'c'",
        ),
        (
            "CASE WHEN done THEN 1 ELSE NULL::integer END = 1",
            "case when done then 1 end = 1",
        ),
        ("(day >= '2026-01-31'::date)", "day >= '2026-01-31'"),
        (
            "(at >= '2026-01-31 14:47:00+01'::timestamp with time zone)",
            "at >= '2026-01-31T13:47:00Z'",
        ),
        (
            "((a = 1) AND ((b = 2) AND (c = 3)))",
            "a = 1 and b = 2 and c = 3",
        ),
        ("(title ~ '^a'::text)", "matches(title, '^a')"),
        (
            "\"substring\"(title, 1, 2) = substr(title, 1, 2)",
            "substr(title, 1, 2) = substr(title, 1, 2)",
        ),
        ("(cardinality(tags) < 5)", "list_length(tags) < 5"),
        ("('a'::text = ANY (tags))", "'a' = any(tags)"),
        ("COALESCE(n, 0) > 1", "coalesce(n, 0) > 1"),
    ];
    let columns = [
        ("title", Scalar::Text),
        ("state", Scalar::Text),
        ("price", Scalar::EXAMPLES[9]),
        ("n", Scalar::Bigint),
        ("a", Scalar::Int),
        ("b", Scalar::Int),
        ("c", Scalar::Int),
        ("meta", Scalar::Json),
        ("done", Scalar::Bool),
        ("day", Scalar::Date),
        ("at", Scalar::Timestamptz),
    ];
    let mut row = crate::expr::Row::new("t");
    for (name, scalar) in columns {
        row = row.with_nullable(name, Kind::Scalar(scalar));
    }
    row = row.with("tags", Kind::List(Element::Scalar(Scalar::Text)));
    let known = crate::expr::Known::default();
    let scope = crate::expr::Scope::new(&known, &row);
    for (catalog, ours) in pairs {
        let ours = crate::expr::parse(ours, &scope, crate::expr::Context::Check)
            .unwrap_or_else(|problems| panic!("{ours}: {problems:?}"));
        assert_eq!(
            postgres(catalog, &calls()),
            Ok(normalise(&ours)),
            "{catalog}"
        );
    }
}

fn calls() -> Calls {
    Calls {
        user_id: "auth.uid()".to_owned(),
        claim: "tasks_private.claim".to_owned(),
        sets: BTreeMap::from([(
            "tasks_private.my_lists".to_owned(),
            Set::Scope("my_lists".to_owned()),
        )]),
        tables: BTreeMap::from([("people.members".to_owned(), "members".to_owned())]),
        by_hand: false,
    }
}

#[test]
fn a_subquery_over_one_known_table_is_a_set() {
    let read = |text| postgres(text, &calls());
    let user = Expr::Compare {
        op: CompareOp::Eq,
        left: Box::new(Expr::Column("user_id".to_owned())),
        right: Box::new(Expr::UserId),
    };
    let teams = |filter| Expr::InSet {
        operand: Box::new(Expr::Column("team_id".to_owned())),
        set: Set::Select(Box::new(Select {
            column: Expr::Column("team_id".to_owned()),
            table: "members".to_owned(),
            filter,
        })),
    };
    assert_eq!(
        read(
            "(team_id = ANY (ARRAY( SELECT members.team_id FROM people.members WHERE (members.user_id = ( SELECT auth.uid() AS uid)))))"
        ),
        Ok(teams(Some(user)))
    );
    assert_eq!(
        read("(team_id = ANY (ARRAY( SELECT team_id FROM people.members)))"),
        Ok(teams(None))
    );
    assert_eq!(
        // A `varchar` on both sides is compared as a text.
        read("((team_id)::text = ANY ((ARRAY( SELECT team_id FROM people.members))::text[]))"),
        Ok(teams(None))
    );
    for other in [
        "SELECT team_id FROM people.strangers",
        "SELECT team_id FROM members",
        "SELECT m.team_id FROM (people.members m JOIN people.members n ON (true))",
        "SELECT DISTINCT team_id FROM people.members",
        "SELECT team_id FROM people.members LIMIT 1",
        "SELECT team_id, user_id FROM people.members",
        "SELECT random() FROM people.members",
    ] {
        let text = format!("(team_id = ANY (ARRAY( {other})))");
        assert!(postgres(&text, &calls()).is_err(), "{text}");
    }
}

#[test]
fn what_a_policy_asks_is_read_through_its_subqueries() {
    let read = |text| postgres(text, &calls());
    let column = || Box::new(Expr::Column("list_id".to_owned()));
    assert_eq!(
        read("(list_id = ANY (ARRAY( SELECT tasks_private.my_lists() AS my_lists)))"),
        Ok(Expr::InSet {
            operand: column(),
            set: Set::Scope("my_lists".to_owned()),
        })
    );
    assert_eq!(
        read("(list_id = ( SELECT auth.uid() AS uid))"),
        Ok(Expr::Compare {
            op: CompareOp::Eq,
            left: column(),
            right: Box::new(Expr::UserId),
        })
    );
    for other in [
        "(list_id = ANY (ARRAY( SELECT tasks_private.your_lists() AS your_lists)))",
        "(list_id = ANY (ARRAY( SELECT tasks_private.my_lists() AS my_lists LIMIT 1)))",
        "(list_id = ANY (ARRAY( SELECT tasks_private.my_lists(1) AS my_lists)))",
        "(list_id = ( SELECT auth.uid() AS uid FROM public.lists))",
        "(list_id = ( SELECT auth.uid() AS uid WHERE false))",
    ] {
        assert!(read(other).is_err(), "{other}");
    }
}

#[test]
fn values_are_read_too() {
    let call = |function| Expr::Call {
        function,
        args: Vec::new(),
    };
    let literal = |literal| Ok(Expr::Literal(literal));
    let text = |text: &str| Literal::Text(text.to_owned());
    let read = |text| postgres(text, &calls());
    assert_eq!(
        read("((now() AT TIME ZONE 'utc'::text))::date"),
        Ok(call(Function::Today))
    );
    assert_eq!(read("now()"), Ok(call(Function::Now)));
    assert_eq!(read("gen_random_uuid()"), Ok(call(Function::Uuid)));
    assert_eq!(read("auth.uid()"), Ok(Expr::UserId));
    let path = vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(
        read("( SELECT tasks_private.claim(ARRAY['a'::text, 'b'::text]) AS claim)"),
        Ok(Expr::Claim(path.clone()))
    );
    assert!(read("public.claim(ARRAY['a'::text, 'b'::text])").is_err());
    assert!(read("tasks_private.claim(path)").is_err());
    assert_eq!(read("'{}'::jsonb"), literal(Literal::Json("{}".to_owned())));
    let json = || Box::new(Expr::Column("meta".to_owned()));
    assert_eq!(
        read("((meta -> 'a'::text) -> 'b'::text) = 'true'::jsonb"),
        Ok(Expr::JsonIs {
            operand: json(),
            path: path.clone(),
            truth: true
        })
    );
    assert_eq!(
        read("((meta -> 'a'::text) ->> 'b'::text)"),
        Ok(Expr::JsonText {
            operand: json(),
            path: path.clone()
        })
    );
    // What is not the text of a member is not read as if it were.
    for odd in [
        "(meta -> 'a'::text) = '\"x\"'::jsonb",
        "(meta -> 'a'::text) <> 'true'::jsonb",
        "(meta -> 'a'::text) IS NULL",
        "meta -> 'a'::text",
    ] {
        assert!(read(odd).is_err(), "{odd}");
    }
    assert_eq!(read("'{}'::text[]"), literal(Literal::List(Vec::new())));
    assert_eq!(read("ARRAY[]::text[]"), literal(Literal::List(Vec::new())));
    assert_eq!(
        read("'{a,b}'::text[]"),
        literal(Literal::List(vec![text("a"), text("b")]))
    );
    assert_eq!(read("'1 day'::interval"), literal(text("1 day")));
    assert_eq!(read("'open'::todo_status"), literal(text("open")));
    assert_eq!(read("'\\x00ff'::bytea"), literal(text("00ff")));
    assert_eq!(read("true"), literal(Literal::Bool(true)));
    for foreign in [
        "nextval('a_seq'::regclass)",
        "random()",
        "( SELECT 1)",
        "a LIKE 'b'",
        "x y",
    ] {
        assert!(read(foreign).is_err(), "{foreign}");
    }
}
