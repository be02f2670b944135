//! What joins tables and narrows rows: foreign keys, uniques, indexes, checks.

use std::collections::BTreeSet;

use super::dice::Dice;
use super::draft::{Column, Draft, Side, Table, Target};
use super::expressions::{Place, Speaker, ident};
use super::kinds;
use super::names::Names;
use serde_json::{Map, Value, json};
use synctable::{FkAction, Kind, Scalar, SyncMode};

/// Foreign keys of single columns, each with a column of its own; decided before constraints are.
pub(super) fn reference(
    dice: &mut Dice,
    draft: &Draft,
    index: usize,
    names: &mut Names,
) -> Option<Column> {
    let table = &draft.tables[index];
    if !dice.chance(60) {
        return None;
    }
    let (target, column, kind) = match dice.below(100) {
        0..20 if table.sync.on_server() && !draft.externals.is_empty() => {
            let (table, column, kind) = dice.pick(&draft.externals).clone();
            (Target::External(table), column, kind)
        }
        20..100 => {
            let (there, column) = referable(dice, draft, index, 1)?;
            let kind = draft.tables[there].column(&column[0])?.kind.clone();
            (Target::Table(there), column[0].clone(), kind)
        }
        _ => return None,
    };
    let waits = matches!(target, Target::Table(there) if there >= index);
    let mut reference = Column::new(names.near(&reference_name(&column, draft, &target)), kind);
    reference.nullable = waits || dice.chance(45);
    if reference.nullable {
        reference.set("nullable", true);
    }
    if dice.chance(10) && table.sync.on_server() {
        reference.side = Side::ServerOnly;
        reference.set("on", "server");
    }
    if dice.chance(30)
        && table.sync.on_server()
        && let Some(value) = kinds::sample(dice, draft, &reference.kind)
    {
        reference.defaulted = true;
        reference.literal_default = true;
        reference.set("default", value);
    }
    super::tables::fill_or_allow_null(table, &mut reference);
    let text = match &target {
        Target::Table(there) => format!("{}.{column}", draft.tables[*there].name),
        Target::External(name) => format!("{name}.{column}"),
    };
    reference.set("references", text);
    reference.references = Some((target, column));
    Some(reference)
}

/// A key that is a foreign key as well: what the table's key may refer to, with the YAML of it.
pub(super) fn key_reference(
    dice: &mut Dice,
    draft: &Draft,
    index: usize,
) -> Option<(Target, String, String)> {
    let table = &draft.tables[index];
    let [key] = table.key.as_slice() else {
        return None;
    };
    let key = table.column(key)?;
    if !dice.chance(35) || table.yaml.contains_key("id") || key.defaulted {
        return None;
    }
    // Only to earlier tables: a key cannot wait.
    let there = (0..index).find(|there| {
        let parent = &draft.tables[*there];
        parent.sync.on_server() == table.sync.on_server()
            && parent.key.len() == 1
            && parent.columns[0].kind == key.kind
    })?;
    let parent = &draft.tables[there];
    let text = format!("{}.{}", parent.name, parent.key[0]);
    Some((Target::Table(there), parent.key[0].clone(), text))
}

fn reference_name(column: &str, draft: &Draft, target: &Target) -> String {
    let table = match target {
        Target::Table(there) => &draft.tables[*there].name,
        Target::External(name) => name.split('.').next_back().unwrap_or(name),
    };
    let cut = |name: &str| name[..name.len().min(25)].to_owned();
    format!("{}_{}", cut(table), cut(column))
}

/// Columns of a table that may be referenced from the one at `index`: its key or a unique.
fn referable(
    dice: &mut Dice,
    draft: &Draft,
    index: usize,
    count: usize,
) -> Option<(usize, Vec<String>)> {
    let table = &draft.tables[index];
    let mut found = Vec::new();
    for (there, parent) in draft.tables.iter().enumerate() {
        if table.sync.on_server() != parent.sync.on_server() {
            continue;
        }
        for columns in parent
            .referable
            .iter()
            .filter(|columns| columns.len() == count)
        {
            found.push((there, columns.clone()));
        }
    }
    match found.len() {
        0 => None,
        _ => Some(dice.pick(&found).clone()),
    }
}

/// A foreign key of several columns, which are added to the table.
pub(super) fn composite(
    dice: &mut Dice,
    draft: &Draft,
    index: usize,
    names: &mut Names,
    things: &mut Names,
) -> Option<(Vec<Column>, String, Value)> {
    if !dice.chance(50) {
        return None;
    }
    let count = dice.between(2, 3);
    let (there, columns) = referable(dice, draft, index, count)?;
    let parent = &draft.tables[there];
    let nullable = there >= index || dice.chance(40);
    let mut here = Vec::new();
    for column in &columns {
        let target = Target::Table(there);
        let mut one = Column::new(
            names.near(&reference_name(column, draft, &target)),
            parent.column(column)?.kind.clone(),
        );
        one.nullable = nullable;
        if nullable {
            one.set("nullable", true);
        }
        here.push(one);
    }
    let mut key = Map::new();
    key.insert(
        "columns".to_owned(),
        json!(here.iter().map(|one| &one.name).collect::<Vec<_>>()),
    );
    key.insert(
        "references".to_owned(),
        format!("{}({})", parent.name, columns.join(", ")).into(),
    );
    let child = Child {
        deletes: draft.tables[index].hard,
        nullable,
        defaulted: false,
        key: false,
    };
    let parent = (there != index).then_some(parent);
    options(dice, child, parent, there >= index, &mut key);
    if dice.chance(40) {
        key.insert("name".to_owned(), things.near("belongs_to").into());
    }
    Some((here, things.near("to_parent"), key.into()))
}

/// What the actions of a foreign key depend on.
pub(super) struct Child {
    pub(super) deletes: bool,
    pub(super) nullable: bool,
    pub(super) defaulted: bool,
    pub(super) key: bool,
}

/// Actions and enforcement of a foreign key, such that a client's delete always has a path.
pub(super) fn options(
    dice: &mut Dice,
    child: Child,
    parent: Option<&Table>,
    waits: bool,
    key: &mut Map<String, Value>,
) {
    let mut actions = vec![FkAction::Cascade];
    if child.nullable && !child.key {
        actions.push(FkAction::SetNull);
        if child.defaulted {
            actions.push(FkAction::SetDefault);
        }
    }
    let no_path = parent.is_some_and(|parent| parent.hard) && !child.deletes;
    let on_update = *dice.pick(&actions);
    if !no_path {
        actions.extend([FkAction::NoAction, FkAction::Restrict]);
    }
    if no_path || dice.chance(60) {
        key.insert("on_delete".to_owned(), dice.pick(&actions).as_str().into());
    }
    if dice.chance(30) {
        key.insert("on_update".to_owned(), on_update.as_str().into());
    }
    if waits && !child.nullable || dice.chance(20) {
        key.insert("deferrable".to_owned(), true.into());
    }
    if dice.chance(25) {
        let enforced = dice
            .pick(&[json!(true), json!("not_valid"), json!(false)])
            .clone();
        key.insert("enforced".to_owned(), enforced);
    }
}

/// Kinds that a btree can hold and a unique can compare.
fn is_sortable(kind: &Kind) -> bool {
    match kind {
        Kind::Opaque(sql) => *sql != "point",
        Kind::Scalar(_) | Kind::Domain { .. } | Kind::Enum { .. } | Kind::List(_) => true,
    }
}

fn stands_on_server(column: &Column) -> bool {
    column.on_server() && column.generated != Some(false)
}

/// Columns that an index or a unique of the table can cover.
pub(super) fn coverable(table: &Table) -> Vec<Column> {
    table
        .columns
        .iter()
        .filter(|column| match table.sync.on_server() {
            true => stands_on_server(column) && column.generated.is_none(),
            false => column.generated.is_none(),
        })
        .filter(|column| is_sortable(&column.kind))
        .cloned()
        .collect()
}

fn speaker<'a>(dice: &'a mut Dice, draft: &'a Draft, table: &Table, place: Place) -> Speaker<'a> {
    // A local table is SQLite's alone: nothing that only Postgres can say.
    let place = match table.sync.on_server() {
        true => place,
        false => Place::Device,
    };
    Speaker {
        dice,
        draft,
        place,
        columns: coverable(table),
    }
}

/// Uniques of a table; a client's clash always has an answer.
pub(super) fn uniques(
    dice: &mut Dice,
    draft: &Draft,
    index: usize,
    things: &mut Names,
) -> (Map<String, Value>, Vec<Vec<String>>) {
    let table = &draft.tables[index];
    let (mut uniques, mut referable) = (Map::new(), Vec::new());
    let clash = table.sync.uploads() && table.inserts;
    let mut seen: Vec<Vec<String>> = Vec::new();
    for _ in 0..dice.below(3) {
        let columns = coverable(table);
        let most = dice.between(1, 3);
        let on: Vec<String> = dice
            .some(&columns, most)
            .into_iter()
            .map(|column| column.name.clone())
            .collect();
        // What the key or another unique says already is refused.
        let same = |columns: &[String]| {
            columns.len() == on.len() && columns.iter().all(|name| on.contains(name))
        };
        if same(&table.key) || seen.iter().any(|columns: &Vec<String>| same(columns)) {
            continue;
        }
        seen.push(on.clone());
        let name = things.near("only_one");
        if dice.chance(30) && !clash {
            uniques.insert(name, json!(on));
            referable.extend(not_null(table, &on));
            continue;
        }
        let mut unique = Map::new();
        let mut parts: Vec<Value> = on.iter().map(|name| json!(name)).collect();
        let mut constraint = true;
        if dice.chance(25)
            && let Some(expr) = speaker(dice, draft, table, Place::IndexPart).anything()
            // A column that is spelt as an expression is a column.
            && !columns.iter().any(|column| ident(&column.name) == expr)
        {
            constraint = false;
            parts.push(json!({"expr": expr}));
        }
        unique.insert("on".to_owned(), parts.into());
        if dice.chance(30) {
            constraint = false;
            unique.insert(
                "where".to_owned(),
                speaker(dice, draft, table, Place::Predicate)
                    .condition(1)
                    .into(),
            );
        }
        if dice.chance(30) {
            let nulls = *dice.pick(&["distinct", "not_distinct"]);
            // SQLite's uniques never take two NULLs for one.
            if table.sync.on_server() {
                unique.insert("nulls".to_owned(), nulls.into());
            }
        }
        let deferrable = constraint && dice.chance(25) && table.sync.on_server();
        if deferrable {
            unique.insert("deferrable".to_owned(), true.into());
        }
        if clash {
            unique.insert("clash".to_owned(), "reject".into());
        }
        if uniques.len() == 1 {
            unique.insert("name".to_owned(), things.near("one_of_a_kind").into());
        }
        if constraint && !deferrable {
            referable.extend(not_null(table, &on));
        }
        uniques.insert(name, unique.into());
    }
    (uniques, referable)
}

/// Whether a unique of the table covers just this column.
pub(super) fn is_unique_alone(table: &Table, column: &str) -> bool {
    let Some(Value::Object(uniques)) = table.yaml.get("uniques") else {
        return false;
    };
    uniques.values().any(|unique| {
        let on = unique.get("on").unwrap_or(unique);
        *on == json!([column])
    })
}

/// The columns, where a foreign key or an upsert may go by them.
fn not_null(table: &Table, on: &[String]) -> Option<Vec<String>> {
    let fits = |name: &String| {
        table.column(name).is_some_and(|column| {
            !column.nullable && column.side == Side::Both && column.kind.carrier().is_some()
        })
    };
    on.iter().all(fits).then(|| on.to_vec())
}

/// Indexes of a table, on either side.
pub(super) fn indexes(
    dice: &mut Dice,
    draft: &Draft,
    index: usize,
    things: &mut Names,
) -> Map<String, Value> {
    let table = &draft.tables[index];
    let mut indexes = Map::new();
    for _ in 0..dice.below(3) {
        let name = things.near("by_some");
        let columns = coverable(table);
        let most = dice.between(1, 3);
        let chosen: Vec<Column> = dice.some(&columns, most).into_iter().cloned().collect();
        let both = chosen.iter().all(Column::on_client);
        let names: Vec<&String> = chosen.iter().map(|column| &column.name).collect();
        let side = match table.sync {
            SyncMode::Local => "client",
            SyncMode::None => "server",
            SyncMode::Both | SyncMode::Down | SyncMode::Up if both => {
                *dice.pick(&["server", "client", "both"])
            }
            _ => "server",
        };
        if side == "server" && dice.chance(20) {
            indexes.insert(name, json!(names));
            continue;
        }
        let mut entry = Map::new();
        let mut parts: Vec<Value> = Vec::new();
        for column in &names {
            parts.push(match dice.below(3) {
                0 => json!(column),
                1 => json!(format!("{column} desc")),
                _ => json!({"column": column, "desc": dice.chance(50)}),
            });
        }
        if side == "server" {
            let method = dice.below(10);
            if method == 0
                && let Some(column) = columns.iter().find(|column| has_gin(&column.kind))
            {
                indexes.insert(name, json!({"on": [column.name], "method": "gin"}));
                continue;
            }
            if method == 1 && chosen[0].kind.carrier().is_some() {
                let method = *dice.pick(&["hash", "btree"]);
                indexes.insert(name, json!({"on": [chosen[0].name], "method": method}));
                continue;
            }
            if dice.chance(30) {
                let nulls = *dice.pick(&["first", "last"]);
                parts[0] = json!({"column": chosen[0].name, "desc": true, "nulls": nulls});
            }
            if dice.chance(30)
                && let Some(expr) = speaker(dice, draft, table, Place::IndexPart).anything()
            {
                parts.push(match dice.below(2) {
                    0 => json!({"expr": expr}),
                    _ => json!({"expr": expr, "desc": true, "nulls": "last"}),
                });
            }
            if dice.chance(30) {
                let filter = speaker(dice, draft, table, Place::Predicate).condition(2);
                entry.insert("where".to_owned(), filter.into());
            }
        }
        if side == "server" && dice.chance(30) {
            let include = dice.some(&columns, 2).into_iter();
            let include: Vec<&String> = include.map(|column| &column.name).collect();
            entry.insert("include".to_owned(), json!(include));
        }
        entry.insert("on".to_owned(), parts.into());
        entry.insert("side".to_owned(), side.into());
        if indexes.len() == 1 {
            entry.insert("name".to_owned(), things.near("sorted_by").into());
        }
        indexes.insert(name, entry.into());
    }
    indexes
}

fn has_gin(kind: &Kind) -> bool {
    match kind {
        Kind::Scalar(Scalar::Json) | Kind::List(_) => true,
        Kind::Scalar(_) | Kind::Domain { .. } | Kind::Enum { .. } | Kind::Opaque(_) => false,
    }
}

/// Checks over several columns.
pub(super) fn checks(
    dice: &mut Dice,
    draft: &Draft,
    index: usize,
    things: &mut Names,
) -> Map<String, Value> {
    let table = &draft.tables[index];
    let mut checks = Map::new();
    for _ in 0..dice.below(3) {
        let mut speaker = speaker(dice, draft, table, Place::Check);
        speaker
            .columns
            .retain(|column| !column.literal_default && !column.yaml.contains_key("default"));
        if speaker.columns.is_empty() {
            return checks;
        }
        let check = speaker.condition(2);
        let name = things.near("is_sound");
        let body = match dice.below(10) {
            0..4 => json!(check),
            4 => json!({"check": check, "name": things.near("holds_true")}),
            5 => json!({"check": check, "enforced": true}),
            6..8 if table.sync.on_server() => json!({"check": check, "enforced": "not_valid"}),
            8 => json!({"postgres": "1 = 1", "sqlite": "1 = 1"}),
            _ => json!({"check": check}),
        };
        checks.insert(name, body);
    }
    checks
}

/// The columns that stand as words in rules and by which rows are found.
pub(super) fn looked_up(table: &Table, texts: &str) -> Vec<Value> {
    if !table.sync.on_server() {
        return Vec::new();
    }
    let words: BTreeSet<&str> = texts
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .collect();
    let named = |column: &&Column| {
        stands_on_server(column)
            && column.generated.is_none()
            && words.contains(column.name.as_str())
    };
    let columns = table.columns.iter().filter(named);
    columns
        .filter_map(|column| match &column.kind {
            Kind::List(_) => Some(json!({"on": [column.name], "method": "gin", "side": "server"})),
            kind => is_sortable(kind).then(|| json!([column.name])),
        })
        .collect()
}

/// Indexes over what rules compose, on every table with columns of these names and kinds.
pub(super) fn composed(table: &Table, draft: &Draft) -> Vec<Value> {
    if !table.sync.on_server() {
        return Vec::new();
    }
    let has = |wanted: &Column| {
        table.columns.iter().any(|column| {
            column.name == wanted.name
                && column.kind == wanted.kind
                && stands_on_server(column)
                && column.generated.is_none()
        })
    };
    let composed = draft.composed.borrow();
    let texts: BTreeSet<&str> = composed
        .iter()
        .filter(|(of, _)| of.iter().all(has))
        .map(|(_, text)| text.as_str())
        .collect();
    texts
        .into_iter()
        .map(|text| json!([{"expr": text}]))
        .collect()
}
