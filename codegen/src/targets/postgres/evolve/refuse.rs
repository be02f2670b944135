//! What no migration does by itself: it would lose data, guess, or fail on the rows that are there.

use super::super::sql::qualified;
use super::cast::cast;
use super::change::{Change, ColumnChange, Fate, PartChange, PartKind, SeedsChange, TypeChange};
use super::remade;
use super::renames::Renames;
use super::side::Side;
use crate::catalog::{Formula, Name};
use crate::diagnostic::{
    ALLOWED_NOTHING, CHANGE_UNSUPPORTED, Complaints, DROP_REFUSED, Diagnostic, KIND_CHANGE_REFUSED,
    Place, RENAME_UNCLEAR, REQUIRED_WITHOUT_VALUE,
};
use crate::model::{Expr, Model, Postgres};
use std::collections::BTreeSet;

/// Complains about each change that is refused; `allowed` names what may be dropped.
pub(super) fn refuse(
    before: &Side<'_>,
    after: &Side<'_>,
    renames: &Renames,
    changes: &[Change],
    allowed: &[String],
    cx: &mut Complaints,
) {
    settings(before.model, after.model, cx);
    places(before.model, after.model, cx);
    labels(before.model, after.model, cx);
    // What follows from these is not reported as another mistake.
    if !cx.is_empty() {
        return;
    }
    dropped(before, after, changes, allowed, cx);
    let mut told: BTreeSet<&Name> = BTreeSet::new();
    for change in changes {
        match change {
            Change::Column {
                table,
                column,
                change,
            } => of_column(before, after, renames, table, column, change, cx),
            Change::Part {
                table,
                kind: PartKind::Key,
                change: PartChange::Drop,
                ..
            } if told.insert(table) && is_uploaded(before, after, table) => unsupported(
                cx,
                Place::table(&table.name).key("columns"),
                format!(
                    "the key of `{}` cannot change: devices send its rows by the ids that they have",
                    table.name
                ),
                "declare a new table with the other key, copy the rows in a migration of your own, and drop the old table later",
            ),
            Change::Type {
                name,
                change: TypeChange::AddCheck(_),
            } => checks_of_lists(after, name, cx),
            Change::Written {
                name,
                fate: Fate::Gone | Fate::Changed,
            } => {
                let down = |side: &Side<'_>| {
                    let sql = side.model.sql.get(name);
                    sql.is_some_and(|sql| sql.down.is_some())
                };
                if !down(before) && !down(after) {
                    unsupported(
                        cx,
                        Place::new(["sql", name]),
                        format!(
                            "the SQL `{name}` has run, and the declaration does not say how to undo it"
                        ),
                        &format!("give `{name}` a `down` that undoes what it made so far"),
                    );
                }
            }
            _ => {}
        }
    }
}

/// Whether devices send rows of a table, before or after.
fn is_uploaded(before: &Side<'_>, after: &Side<'_>, table: &Name) -> bool {
    let old = before.table(&origin_of(before, after, table));
    let both = [old, after.table(table)];
    both.into_iter().flatten().any(|table| table.sync.uploads())
}

fn unsupported(cx: &mut Complaints, place: Place, message: String, help: &str) {
    cx.push(
        place,
        Diagnostic::error(CHANGE_UNSUPPORTED, message).help(help),
    );
}

/// What the whole schema hangs on.
fn settings(before: &Model, after: &Model, cx: &mut Complaints) {
    let (old, new) = (&before.postgres, &after.postgres);
    let mut refuse = |place: Place, what: &str, old: &str, new: &str| {
        if old != new {
            unsupported(
                cx,
                place,
                format!("{what} was `{old}` and cannot become `{new}`"),
                &format!("keep `{old}`; no migration changes it yet"),
            );
        }
    };
    let postgres = |key: &str| Place::new(["postgres", key]);
    refuse(
        Place::new(["app"]),
        "the app's name",
        &before.app,
        &after.app,
    );
    refuse(
        postgres("user_id"),
        "the kind of a caller's id",
        old.user_id.word(),
        new.user_id.word(),
    );
    refuse(
        postgres("publication"),
        "the publication",
        &publication(old),
        &publication(new),
    );
    refuse(
        postgres("roles").key("owner"),
        "the owner",
        &old.roles.owner,
        &new.roles.owner,
    );
}

/// The publication in words.
fn publication(postgres: &Postgres) -> String {
    match postgres.publishes_all {
        true => format!("{} for all tables", postgres.publication),
        false => postgres.publication.clone(),
    }
}

/// Nothing moves to another schema.
fn places(before: &Model, after: &Model, cx: &mut Complaints) {
    let mut moved = |place: Place, what: &str, name: &str, old: Option<&String>, new: &str| {
        if let Some(old) = old.filter(|old| *old != new) {
            unsupported(
                cx,
                place,
                format!("the {what} `{name}` cannot move from the schema `{old}` to `{new}`"),
                &format!("keep it in `{old}`; no migration moves it yet"),
            );
        }
    };
    for (name, table) in &after.tables {
        let origin = table.was.as_ref().unwrap_or(name);
        let old = before.tables.get(origin).or(before.tables.get(name));
        let on_server = |table: &&crate::model::Table| table.sync.on_server();
        let old = old.filter(on_server).map(|table| &table.schema);
        if table.sync.on_server() {
            moved(Place::table(name), "table", name, old, &table.schema);
        }
    }
    for (name, one) in &after.enums {
        let old = before.enums.get(one.was.as_ref().unwrap_or(name));
        let old = old.map(|one| &one.schema);
        moved(Place::new(["enums", name]), "enum", name, old, &one.schema);
    }
    for (name, one) in &after.domains {
        let old = before.domains.get(one.was.as_ref().unwrap_or(name));
        let old = old.map(|one| &one.schema);
        moved(
            Place::new(["domains", name]),
            "domain",
            name,
            old,
            &one.schema,
        );
    }
    for (name, view) in &after.views {
        let old = before.views.get(name).map(|view| &view.schema);
        moved(Place::new(["views", name]), "view", name, old, &view.schema);
    }
}

/// Rows may hold any label that was there.
fn labels(before: &Model, after: &Model, cx: &mut Complaints) {
    for (name, new) in &after.enums {
        let Some(old) = remade::origin(before, new) else {
            continue;
        };
        let is_gone = |label: &&String| {
            !new.labels.contains(*label) && !new.replaced.contains_key(label.as_str())
        };
        for label in old.labels.iter().filter(is_gone) {
            cx.push(
                Place::new(["enums", name]),
                Diagnostic::error(
                    CHANGE_UNSUPPORTED,
                    format!(
                        "the label `{label}` of `{name}` is gone, and rows and devices may hold it"
                    ),
                )
                .help(format!(
                    "say which label takes its place in rows: `replaced: {{{label}: …}}`"
                ))
                .help(format!(
                    "or keep `{label}` and say that nobody writes it any more: `retired: [{label}]`"
                )),
            );
        }
    }
}

/// Postgres holds no list that is there against another check of its elements.
fn checks_of_lists(after: &Side<'_>, name: &Name, cx: &mut Complaints) {
    let list = format!("{}[]", qualified(name));
    for (table, lowered) in &after.catalog.tables {
        for (column, one) in &lowered.columns {
            if one.sql_type == list {
                unsupported(
                    cx,
                    Place::new(["domains", &name.name, "check"]),
                    format!(
                        "the check of `{}` cannot change: `{}.{column}` is a list of it, which Postgres does not check again",
                        name.name, table.name
                    ),
                    "declare a domain of another name with this check, and a new column of it",
                );
                return;
            }
        }
    }
}

/// Rows and values that would be gone.
fn dropped(
    before: &Side<'_>,
    after: &Side<'_>,
    changes: &[Change],
    allowed: &[String],
    cx: &mut Complaints,
) {
    let mut used: BTreeSet<&str> = BTreeSet::new();
    let mut is_allowed = |name: &str| {
        let found = allowed.iter().find(|one| *one == name);
        used.extend(found.map(String::as_str));
        found.is_some()
    };
    let added: Vec<&Name> = changes
        .iter()
        .filter_map(|change| match change {
            Change::AddTable(name) if after.table(name).is_some() => Some(name),
            _ => None,
        })
        .collect();
    for change in changes {
        match change {
            Change::DropTable(name) if before.table(name).is_some() => {
                if is_allowed(&name.name) {
                    continue;
                }
                let name = &name.name;
                let lost = format!("all rows of `{name}` would be lost");
                match added.first() {
                    Some(new) => unclear(cx, Place::table(&new.name), "table", name, &new.name, name),
                    None => cx.push(
                        Place::new(["tables"]),
                        Diagnostic::error(DROP_REFUSED, format!("the table `{name}` is gone: {lost}"))
                            .help(format!("to drop it, pass `--allow-drop {name}`"))
                            .help("to keep it, declare it again; `sync: none` keeps it on the server alone"),
                    ),
                }
            }
            Change::Column {
                table,
                column,
                change: ColumnChange::Drop,
            } => {
                let origin = origin_of(before, after, table);
                let Some(old) = before.catalog.tables[&origin].columns.get(column) else {
                    continue;
                };
                let whole = format!("{}.{column}", table.name);
                // What is computed is not lost.
                if old.generated.is_some() || after.table(table).is_none() || is_allowed(&whole) {
                    continue;
                }
                let new = changes.iter().find_map(|change| match change {
                    Change::Column {
                        table: of,
                        column,
                        change: ColumnChange::Add,
                    } if of == table => {
                        let new = &after.catalog.tables[table].columns[column];
                        (new.sql_type == old.sql_type && new.generated.is_none()).then_some(column)
                    }
                    _ => None,
                });
                match new {
                    Some(new) => unclear(
                        cx,
                        Place::table(&table.name).column(new),
                        "column",
                        column,
                        new,
                        &whole,
                    ),
                    None => cx.push(
                        Place::table(&table.name).key("columns"),
                        Diagnostic::error(
                            DROP_REFUSED,
                            format!("the column `{whole}` is gone: its values in all rows would be lost"),
                        )
                        .help(format!("to drop it, pass `--allow-drop {whole}`"))
                        .help("to keep it, declare it again; `deprecated:` tells clients to stop using it"),
                    ),
                }
            }
            Change::Column {
                table,
                column,
                change: ColumnChange::Compute,
            } => {
                let whole = format!("{}.{column}", table.name);
                if !is_allowed(&whole) {
                    cx.push(
                        Place::table(&table.name).column(column),
                        Diagnostic::error(
                            DROP_REFUSED,
                            format!("`{whole}` would be computed: the values that rows hold would be lost"),
                        )
                        .help(format!("to drop them, pass `--allow-drop {whole}`"))
                        .help("to keep them, declare a computed column of another name"),
                    );
                }
            }
            Change::Seeds {
                table,
                names,
                change: SeedsChange::Remove,
            } => {
                for name in names {
                    let whole = format!("{}:{name}", table.name);
                    if is_allowed(&whole) {
                        continue;
                    }
                    cx.push(
                        Place::table(&table.name).key("seeds"),
                        Diagnostic::error(
                            DROP_REFUSED,
                            format!("the seed `{name}` of `{}` is gone: its row would be deleted", table.name),
                        )
                        .help(format!("to delete the row, pass `--allow-drop {whole}`; rows that reference it stop the migration, or follow the action of their foreign key"))
                        .help("to keep it, declare it again; give the table a column that says what is out of use"),
                    );
                }
            }
            _ => {}
        }
    }
    for name in allowed.iter().filter(|name| !used.contains(name.as_str())) {
        cx.push(
            Place::new(["tables"]),
            Diagnostic::error(
                ALLOWED_NOTHING,
                format!("`--allow-drop {name}` names nothing that this migration drops"),
            )
            .help("name a table, a column as `table.column`, or a seed as `table:key`, as the newest migration has it"),
        );
    }
}

fn unclear(cx: &mut Complaints, place: Place, what: &str, old: &str, new: &str, whole: &str) {
    cx.push(
        place,
        Diagnostic::error(
            RENAME_UNCLEAR,
            format!("is the {what} `{new}` the old `{old}` under another name, or a new one?"),
        )
        .help(format!(
            "if it was renamed, write `was: {old}`, and its data stays"
        ))
        .help(format!(
            "if you want to drop `{old}` and its data, pass `--allow-drop {whole}`"
        )),
    );
}

/// The name so far of a table that stays.
pub(super) fn origin_of(before: &Side<'_>, after: &Side<'_>, name: &Name) -> Name {
    let was = after.table(name).and_then(|table| table.was.as_ref());
    let was = was.map(|was| Name::new(&name.schema, was));
    was.filter(|was| before.catalog.tables.contains_key(was))
        .unwrap_or_else(|| name.clone())
}

fn of_column(
    before: &Side<'_>,
    after: &Side<'_>,
    renames: &Renames,
    table: &Name,
    column: &str,
    change: &ColumnChange,
    cx: &mut Complaints,
) {
    let place = || Place::table(&table.name).column(column);
    let whole = format!("{}.{column}", table.name);
    match change {
        ColumnChange::Add => {
            let new = &after.catalog.tables[table].columns[column];
            let fills = new.identity || new.generated.is_some();
            let value = match &new.default {
                Some(Formula::Expr(Expr::UserId | Expr::Claim(_))) | None => false,
                Some(_) => true,
            };
            let backfill = &after.model.tables[&table.name].columns[column].backfill;
            if !new.nullable && !fills && !value && backfill.is_none() {
                cx.push(
                    place(),
                    Diagnostic::error(
                        REQUIRED_WITHOUT_VALUE,
                        format!("`{whole}` is new and required, and rows that are there have no value for it"),
                    )
                    .help("give it a `default` that fits the rows that are there")
                    .help("or say what they get, from their other columns: `backfill: …`")
                    .help("or let it be `nullable: true`, fill it, and make it required in the next migration"),
                );
            }
        }
        ColumnChange::Retype { from, to } => {
            let stated = cast(before, after, table, column).is_some();
            let refused = match from == to {
                true => over_another_type(before, after, to).err(),
                false => retyped(before, renames, from, to).err(),
            };
            if let Some(why) = refused.filter(|_| !stated) {
                cx.push(
                    place(),
                    Diagnostic::error(
                        KIND_CHANGE_REFUSED,
                        match from == to {
                            true => format!("`{whole}` cannot become the changed {to}: {why}"),
                            false => format!("`{whole}` cannot change from {from} to {to}: {why}"),
                        },
                    )
                    .help("say how values change: `using: {sql: …}`, a new text for each such change")
                    .help(format!(
                        "or add a column of the new kind beside it, copy the values, and drop `{column}` later"
                    )),
                );
            }
        }
        ColumnChange::Recompute | ColumnChange::Compute => {
            let key = after.catalog.tables[table].key.as_ref();
            if key.is_some_and(|key| key.columns.iter().any(|name| name == column)) {
                unsupported(
                    cx,
                    place(),
                    format!("`{whole}` is of the key, and cannot be computed anew"),
                    "leave it as it is",
                );
            }
        }
        _ => {}
    }
}

/// Whether every value of one type is a value of the other, and the same one.
fn retyped(before: &Side<'_>, renames: &Renames, from: &str, to: &str) -> Result<(), &'static str> {
    let is_from = |name: &Name| qualified(renames.type_name(name)) == from;
    let mut domains = before.catalog.domains.iter();
    if domains.any(|(name, domain)| is_from(name) && domain.base == to) {
        return Ok(());
    }
    if to == "text" && before.catalog.enums.keys().any(is_from) {
        return Ok(());
    }
    widened(from, to)
}

/// The same of types that are built in.
fn widened(from: &str, to: &str) -> Result<(), &'static str> {
    let wider = |narrow: &[&str], wide: &[&str]| narrow.contains(&from) && wide.contains(&to);
    if wider(
        &["smallint"],
        &["integer", "bigint", "real", "double precision"],
    ) || wider(&["integer"], &["bigint", "double precision"])
    {
        return Ok(());
    }
    match (arguments(from, "varchar"), arguments(to, "varchar")) {
        (Some(_), None) if to == "text" => return Ok(()),
        (Some(from), Some(to)) if from[0] <= to[0] => return Ok(()),
        (Some(_), Some(_)) => return Err("longer values would not fit"),
        _ => {}
    }
    match (arguments(from, "numeric"), arguments(to, "numeric")) {
        (Some(from), Some(to)) if from.len() == 2 && to.len() == 2 => {
            return match from[1] == to[1] && from[0] <= to[0] {
                true => Ok(()),
                false => Err("values could be rounded or not fit"),
            };
        }
        _ => {}
    }
    Err("this version changes a type only where every value stays what it is")
}

/// The same for a column of a domain that is made anew over another type.
fn over_another_type(before: &Side<'_>, after: &Side<'_>, to: &str) -> Result<(), &'static str> {
    if to.ends_with("[]") {
        return Err("it is a list, whose elements Postgres does not cast by itself");
    }
    let mut domains = after.catalog.domains.iter();
    let Some((name, new)) = domains.find(|(name, _)| qualified(name) == to) else {
        return Ok(());
    };
    match remade::domain_so_far(before, after, name) {
        Some(old) => {
            let old = &before.catalog.domains[&old].base;
            widened(old, &new.base)
        }
        None => Ok(()),
    }
}

/// The numbers in `numeric(10,2)`.
fn arguments(sql_type: &str, name: &str) -> Option<Vec<u32>> {
    let inside = sql_type.strip_prefix(name)?.strip_prefix('(')?;
    let numbers = inside.strip_suffix(')')?.split(',');
    numbers.map(|one| one.trim().parse().ok()).collect()
}
