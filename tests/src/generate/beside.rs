//! Exclusion constraints of the tables that were drawn, and tables with rows that are shipped.
//!
//! They are drawn beside the sequence, so that a seed keeps the declaration that it has been known by.

use super::constraints::coverable;
use super::dice::Dice;
use super::draft::{Column, Draft, Table};
use super::expressions::ident;
use super::kinds;
use serde_json::{Map, Value, json};
use synctable::{Kind, Scalar, SyncMode};
use synctable_codegen::model::RangeKind;

/// The tables with rows that are shipped.
const SHIPPED: &str = "yy_shipped";
const BELOW: &str = "yy_below";

/// Adds exclusion constraints to some tables, and tables with seeds.
pub(super) fn add(dice: &mut Dice, draft: &Draft, tables: &mut Map<String, Value>) {
    let on_server = |(_, table): &(usize, &Table)| table.sync.on_server();
    for (at, table) in draft.tables.iter().enumerate().filter(on_server) {
        let Some(yaml) = tables.get_mut(&table.name).and_then(Value::as_object_mut) else {
            continue;
        };
        for number in 0..dice.below(3) {
            exclude(dice, table, at * 2 + number, yaml);
        }
    }
    if dice.chance(40) {
        ship(dice, draft, tables);
    }
}

/// Adds a constraint, and the checks that its ranges need.
fn exclude(dice: &mut Dice, table: &Table, number: usize, yaml: &mut Map<String, Value>) {
    let columns = coverable(table);
    let ranges = ranges(&columns);
    let name = format!("yy_apart_{number}");
    let mut checks = Vec::new();
    let mut range = |dice: &mut Dice, with: &[&str]| {
        let (from, to) = dice.pick(&ranges);
        checks.push(format!("{} <= {}", ident(from), ident(to)));
        let mut element = json!({"range": [from, to]});
        if dice.chance(60) {
            element["bounds"] = (*dice.pick(&["[)", "[]", "()", "(]"])).into();
        }
        if dice.chance(60) {
            element["with"] = (*dice.pick(with)).into();
        }
        element
    };
    let method = match dice.below(10) {
        0 => "hash",
        1 if !ranges.is_empty() => "spgist",
        _ => "gist",
    };
    let mut elements = Vec::new();
    match method {
        "spgist" => elements.push(range(dice, &["&&", "=", "-|-"])),
        "hash" => {
            let column = dice.pick_where(&columns, |column| has_hash(&column.kind));
            elements.extend(column.map(|column| json!(column.name)));
        }
        _ => {
            if !ranges.is_empty() && dice.chance(70) {
                elements.push(range(dice, &["&&", "=", "-|-"]));
            }
            let fitting: Vec<&Column> = columns.iter().filter(|one| has_gist(&one.kind)).collect();
            for column in dice.some(&fitting, 2) {
                let name = &column.name;
                let is_text = column.kind == Kind::Scalar(Scalar::Text);
                elements.push(match dice.below(4) {
                    0 => json!(name),
                    1 => json!({"column": name, "with": "<>"}),
                    2 if is_text => json!({"expr": format!("lower({})", ident(name))}),
                    _ => json!({"column": name, "with": "="}),
                });
            }
        }
    }
    if elements.is_empty() {
        return;
    }
    let mut exclusion = json!({"on": elements, "using": method});
    if dice.chance(30)
        && let Some(column) = columns.first()
    {
        exclusion["where"] = format!("{} is not null", ident(&column.name)).into();
    }
    // No die is thrown for it, so that other choices stay what they were.
    if number.is_multiple_of(3) {
        exclusion["deferrable"] = true.into();
    }
    if dice.chance(30) {
        exclusion["name"] = format!("yy_own_{number}").into();
    }
    // What another one compares already is refused.
    let is_same = |other: &Value| compared(other) == compared(&exclusion);
    if entries(yaml, "exclude").values().any(is_same) {
        return;
    }
    entries(yaml, "exclude").insert(name, exclusion);
    for (nth, check) in checks.into_iter().enumerate() {
        entries(yaml, "checks").insert(format!("yy_order_{number}_{nth}"), json!(check));
    }
}

/// What a constraint compares, however it is spelt.
fn compared(exclusion: &Value) -> (Vec<String>, Option<Value>) {
    let element = |element: &Value| {
        let mut whole = match element {
            Value::String(name) => json!({"column": name}),
            other => other.clone(),
        };
        let (with, bounds) = match whole.get("range") {
            Some(_) => ("&&", Some("[)")),
            None => ("=", None),
        };
        let entries = whole.as_object_mut().expect("a mapping");
        entries.entry("with").or_insert_with(|| with.into());
        if let Some(bounds) = bounds {
            entries.entry("bounds").or_insert_with(|| bounds.into());
        }
        entries.sort_keys();
        whole.to_string()
    };
    let elements = exclusion["on"].as_array().expect("a list").iter();
    let mut elements: Vec<String> = elements.map(element).collect();
    elements.sort();
    (elements, exclusion.get("where").cloned())
}

fn entries<'y>(yaml: &'y mut Map<String, Value>, section: &str) -> &'y mut Map<String, Value> {
    let entries = yaml.entry(section).or_insert_with(|| json!({}));
    entries.as_object_mut().expect("a mapping")
}

/// The columns that a check may put into order, in pairs.
fn ranges(columns: &[Column]) -> Vec<(String, String)> {
    let is_free = |column: &&Column| {
        let yaml = &column.yaml;
        !column.defaulted
            && !column.literal_default
            && !["default", "client_default", "server", "role"]
                .iter()
                .any(|key| yaml.contains_key(*key))
            // SQLite compares no decimals that are longer.
            && !matches!(column.kind.carrier(), Some(Scalar::Decimal { .. }))
    };
    let free: Vec<&Column> = columns.iter().filter(is_free).collect();
    let mut pairs = Vec::new();
    for (at, from) in free.iter().enumerate() {
        for to in &free[at + 1..] {
            let kind = RangeKind::of(&from.kind);
            if kind.is_some() && kind == RangeKind::of(&to.kind) {
                pairs.push((from.name.clone(), to.name.clone()));
            }
        }
    }
    pairs
}

fn has_gist(kind: &Kind) -> bool {
    match kind {
        Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => *scalar != Scalar::Json,
        Kind::Enum { .. } => true,
        Kind::List(_) | Kind::Opaque(_) => false,
    }
}

fn has_hash(kind: &Kind) -> bool {
    !matches!(kind, Kind::List(_) | Kind::Opaque(_))
}

/// Adds a table with seeds, and sometimes another one that references it.
fn ship(dice: &mut Dice, draft: &Draft, tables: &mut Map<String, Value>) {
    let (key, ids) = match dice.below(5) {
        0 => (json!({"kind": "uuid", "key": true}), uuids()),
        1 => (
            json!({"kind": "text", "key": true}),
            vec![json!("admin"), json!("ö 'x' /"), json!("7")],
        ),
        2 => (
            json!({"kind": "int", "key": true}),
            vec![json!(-1), json!(0), json!(12)],
        ),
        3 => (
            json!({"kind": "smallint", "key": true, "identity": true}),
            vec![json!(3), json!(1), json!(2)],
        ),
        _ => (
            json!({"kind": "bigint", "key": true, "identity": true}),
            vec![json!(1), json!(40), json!(7)],
        ),
    };
    let kind = key["kind"].clone();
    let mut columns = Map::from_iter([("id".to_owned(), key)]);
    let mut drawn: Vec<(String, Kind)> = Vec::new();
    for number in 0..dice.below(5) {
        let of = kinds::of_table(dice, draft, SyncMode::None);
        if matches!(of, Kind::Opaque(_)) || kinds::sample(dice, draft, &of).is_none() {
            continue;
        }
        let name = format!("value_{number}");
        let mut column = json!({"kind": of.to_string()});
        if dice.chance(40) {
            column["nullable"] = true.into();
        }
        columns.insert(name.clone(), column);
        drawn.push((name, of));
    }
    let mut seeds = Vec::new();
    for id in &ids {
        let mut seed = Map::from_iter([("id".to_owned(), id.clone())]);
        for (name, of) in &drawn {
            // The check of a domain may refuse NULL.
            let may_lack = columns[name].get("nullable").is_some();
            if may_lack && !matches!(of, Kind::Domain { .. }) && dice.chance(30) {
                continue;
            }
            seed.extend(kinds::sample(dice, draft, of).map(|value| (name.clone(), value)));
        }
        seeds.push(seed);
    }
    let mut table = json!({"sync": "none", "columns": columns, "seeds": seeds});
    if dice.chance(40) {
        table["sync"] = "down".into();
        table["access"] = json!({"read": "public"});
    }
    tables.insert(SHIPPED.to_owned(), table);
    if dice.chance(50) {
        let below = json!({
            "sync": "none",
            "key": ["shipped", "number"],
            "columns": {
                "shipped": {"kind": kind, "references": format!("{SHIPPED}.id"), "on_delete": "cascade"},
                "number": "smallint",
                "note": {"kind": "text", "default": "n"},
            },
            "seeds": [
                {"shipped": ids[0], "number": 1},
                {"shipped": ids[0], "number": 2, "note": "now()'; --"},
                {"shipped": ids[2], "number": 1},
            ],
        });
        tables.insert(BELOW.to_owned(), below);
    }
}

fn uuids() -> Vec<Value> {
    let uuids = (1..4).map(|number| json!(format!("00000000-0000-4000-8000-00000000000{number}")));
    uuids.collect()
}
