//! What a guard says, spelled out.

use super::{Caller, Guard, of};
use crate::model::sample::{column, equal, model};
use crate::model::{Copied, Expr, Generated, Literal, Model, Rule, Select, Set};
use synctable::DeleteRule;

fn guard(model: &Model, table: &str) -> Guard {
    let caller = Caller {
        user_id: "me".to_owned(),
        claims: "token".to_owned(),
    };
    of(model, &model.tables[table], "authenticated", &caller)
}

const OURS: &str = "list_id in (table scope_my_lists)";

#[test]
fn a_rule_speaks_of_the_row_before_or_after_and_a_scope_is_named() {
    let guard = guard(&model(), "items");
    assert_eq!(guard.read, Some(format!("stored.{OURS}")));
    assert_eq!(guard.insert, Some(format!("proposed.{OURS}")));
    assert_eq!(
        guard.update,
        Some(format!("(stored.{OURS}) and (proposed.{OURS})"))
    );
    assert_eq!(guard.delete, Some(format!("stored.{OURS}")));
    assert_eq!(
        guard.scopes.with([guard.update.unwrap().as_str()]),
        "with scope_my_lists (member) as (\n    select lists.id from public.lists where lists.owner_id = me\n)\n"
    );
    assert_eq!(guard.scopes.with(["stored.id = me"]), "");
}

#[test]
fn a_statement_begins_with_the_scopes_that_it_stands_on_and_no_others() {
    let mut model = model();
    let within = |scope: &str| Expr::InSet {
        operand: Box::new(column("id")),
        set: Set::Scope(scope.to_owned()),
    };
    let mut add = |name: &str, filter: Expr| {
        let select = Select {
            filter: Some(filter),
            ..model.scopes["my_lists"].clone()
        };
        model.scopes.insert(name.to_owned(), select);
    };
    add("above", Expr::Or(vec![within("my_lists"), within("side")]));
    add("side", within("my_lists"));
    add("top", Expr::And(vec![within("above"), within("above")]));
    add("other", within("side"));
    // A table of the name that the scope would have.
    let table = model.tables["items"].clone();
    model.tables.insert("scope_side".to_owned(), table);
    let access = model.tables["lists"].access.as_mut().unwrap();
    for (rules, scope) in [(&mut access.read, "top"), (&mut access.insert, "other")] {
        rules.insert("authenticated".to_owned(), Rule::When(within(scope)));
    }
    let guard = guard(&model, "lists");
    let names = |condition: &Option<String>| {
        let condition = condition.as_deref().unwrap();
        let named = guard.scopes.named_in(|said| condition.contains(said));
        let names: Vec<&str> = named.iter().map(|scope| scope.name.as_str()).collect();
        names.join(" ")
    };
    let read = "scope_my_lists scope_side_ scope_above scope_top";
    assert_eq!(names(&guard.read), read);
    let condition = "stored.id in (table scope_top)";
    assert_eq!(guard.read.as_deref(), Some(condition));
    let with = guard.scopes.with([condition]);
    assert_eq!(with.matches("(table scope_above)").count(), 2, "{with}");
    assert_eq!(with.matches("owner_id = me").count(), 1, "{with}");
    // Whoever adds a row reads it, too.
    let insert = names(&guard.insert);
    assert_eq!(
        insert,
        "scope_my_lists scope_side_ scope_other scope_above scope_top"
    );
}

#[test]
fn a_tombstone_that_is_set_is_a_deletion_and_whatever_else_changes_with_it_an_update() {
    let mut model = model();
    let access = model.tables["items"].access.as_mut().unwrap();
    let mine = Rule::When(equal(column("id"), Expr::UserId));
    access.delete.insert("authenticated".to_owned(), mine);
    let may = guard(&model, "items");
    let delete = format!("(stored.{OURS}) and (stored.id = me)");
    assert_eq!(may.delete.as_deref(), Some(delete.as_str()));
    let buried = "stored.deleted_at is null and proposed.deleted_at is not null";
    let same = "(stored.list_id, stored.title, stored.status) is not distinct from \
                (proposed.list_id, proposed.title, proposed.status)";
    assert_eq!(
        may.change,
        Some(format!(
            "((not ({buried})) or ({delete})) and \
             ((({buried}) and ({same})) or ((stored.{OURS}) and (proposed.{OURS})))"
        ))
    );

    let access = model.tables["items"].access.as_mut().unwrap();
    access.update.clear();
    let change = guard(&model, "items").change.unwrap();
    assert_eq!(change, format!("({buried}) and ({delete}) and ({same})"));

    let access = model.tables["items"].access.as_mut().unwrap();
    access.delete.clear();
    let guard = guard(&model, "items");
    assert_eq!(
        (guard.delete, guard.update, guard.change),
        (None, None, None)
    );
}

#[test]
fn without_a_soft_deletion_a_change_is_an_update_and_a_denied_deletion_has_no_condition() {
    let mut model = model();
    model.tables["items"].delete = DeleteRule::Denied;
    let guard = guard(&model, "items");
    assert_eq!(guard.delete, None);
    assert_eq!(guard.change, guard.update);
}

#[test]
fn a_role_that_does_not_read_need_not_read_what_it_adds() {
    let mut model = model();
    let access = model.tables["lists"].access.as_mut().unwrap();
    access.read.clear();
    access.insert["authenticated"] = Rule::Public;
    let may = guard(&model, "lists");
    assert_eq!((may.read, may.insert), (None, Some("true".to_owned())));

    let access = model.tables["lists"].access.as_mut().unwrap();
    let mine = Rule::When(equal(column("owner_id"), Expr::UserId));
    access.read.insert("authenticated".to_owned(), mine);
    let may = guard(&model, "lists");
    assert_eq!(may.insert, Some("proposed.owner_id = me".to_owned()));
}

#[test]
fn a_claim_is_text_or_nothing() {
    let mut model = model();
    let access = model.tables["lists"].access.as_mut().unwrap();
    let path = ["app", "o'hare"].map(str::to_owned).to_vec();
    let named = Rule::When(equal(column("title"), Expr::Claim(path)));
    access.delete.insert("authenticated".to_owned(), named);
    let delete = guard(&model, "lists").delete.unwrap();
    assert_eq!(
        delete,
        "(stored.owner_id = me) and (stored.title = \
         (case jsonb_typeof(token -> 'app' -> 'o''hare') when 'string' then token -> 'app' ->> 'o''hare' end))"
    );
}

#[test]
fn what_is_copied_is_looked_up_for_the_row_that_is_not_written_yet() {
    let mut model = model();
    let items = &mut model.tables["items"];
    let mut owner = items.columns["list_id"].clone();
    owner.name = "owner_id".to_owned();
    owner.copied = Some(Copied {
        table: "lists".to_owned(),
        column: "owner_id".to_owned(),
        by: vec!["list_id".to_owned()],
        references: vec!["id".to_owned()],
    });
    items.columns.insert("owner_id".to_owned(), owner);
    let mine = Rule::When(equal(column("owner_id"), Expr::UserId));
    let access = items.access.as_mut().unwrap();
    access.read.clear();
    access.insert["authenticated"] = mine.clone();
    access.update["authenticated"].before = mine.clone();
    access.update["authenticated"].after = mine;
    let guard = guard(&model, "items");
    let will_be = "(select parent.owner_id from public.lists as parent where parent.id = proposed.list_id) = me";
    assert_eq!(guard.insert.as_deref(), Some(will_be));
    assert_eq!(
        guard.update,
        Some(format!("(stored.owner_id = me) and ({will_be})"))
    );
}

#[test]
fn a_computed_column_is_its_expression() {
    let mut model = model();
    let columns = &mut model.tables["lists"].columns;
    let mut heading = columns["title"].clone();
    heading.name = "heading".to_owned();
    heading.generated = Some(Generated {
        expr: column("title"),
        stored: false,
    });
    columns.insert("heading".to_owned(), heading);
    let access = model.tables["lists"].access.as_mut().unwrap();
    let named = equal(
        column("heading"),
        Expr::Literal(Literal::Text("x".to_owned())),
    );
    access.read.clear();
    access
        .insert
        .insert("authenticated".to_owned(), Rule::When(named));
    let insert = guard(&model, "lists").insert.unwrap();
    assert_eq!(insert, "proposed.title = 'x'");
}
