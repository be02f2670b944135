//! Tables that stand in every random declaration, with something for every kind of change and rows that fit, and the changes
//! that need such a place.

use serde_json::{Map, Value, json};
use synctable_codegen::model::Model;

use super::{options, section};
use crate::generate::Case;
use crate::generate::dice::Dice;

const THINGS: &str = "zz_things";

/// Rows of devices.
const NOTES: &str = "zz_notes";

/// Adds the tables and their types to a declaration; every second one gives devices a table of them.
pub fn add(case: &mut Case) {
    let seed = case.seed;
    let is_down = seed.is_multiple_of(2);
    let mut more = false;
    let root = &mut case.root;
    let mut put = |name: &str, more: Value| {
        let entries = root.entry(name).or_insert_with(|| json!({}));
        let (Some(entries), Value::Object(more)) = (entries.as_object_mut(), more) else {
            panic!("{name} is a mapping");
        };
        entries.extend(more);
    };
    put(
        "enums",
        json!({
            "zz_state": {"labels": ["open", "done", "late"]},
            "zz_shelf": {"labels": ["low", "high", "top"], "storage": "check"},
        }),
    );
    put(
        "domains",
        json!({
            "zz_amount": {"kind": "int", "check": "value < 1000"},
            "zz_label": {"kind": "varchar(40)"},
        }),
    );
    put(
        "tables",
        json!({
            "zz_parents": {
                "sync": "none",
                "columns": {"id": {"kind": "int", "key": true}, "name": "text"},
                "uniques": {"zz_parents_name": ["name"]},
            },
            NOTES: {
                "sync": "both",
                "conflict": "last_upload_wins",
                "columns": {
                    "id": {"kind": "uuid", "key": true},
                    "title": {"kind": "text", "immutable": true},
                    "body": {"kind": "text", "nullable": true},
                },
                "access": {"all": "public"},
            },
            THINGS: {
                "sync": "none",
                "columns": {
                    "id": {"kind": "int", "key": true},
                    "code": "int",
                    "parent": {"kind": "int", "nullable": true, "references": "zz_parents.id"},
                    "state": {"kind": "zz_state", "default": "open"},
                    "states": {"kind": "list(zz_state)", "default": []},
                    "shelf": {"kind": "zz_shelf", "default": "low"},
                    "shelves": {"kind": "list(zz_shelf)", "default": []},
                    "amount": "zz_amount",
                    "label": {"kind": "zz_label", "nullable": true},
                    "title": "varchar(40)",
                    "note": {"kind": "text", "nullable": true},
                    "total": {"kind": "int", "on": "server", "generated": {"expr": "code + id", "stored": true}},
                    "amounts": {"kind": "int", "on": "server", "default": 0},
                    "nth": {"kind": "bigint", "on": "server", "default": 7},
                    "counted": {"kind": "bigint", "on": "server", "identity": true},
                },
                "uniques": {"zz_once": ["code"], "zz_some": {"on": ["code", "id"], "where": "code > 5"}},
                "indexes": {"zz_by_state": ["state", "shelf"]},
            },
        }),
    );
    // What comes in one declaration goes in another one.
    match seed % 3 {
        0 => {
            put("enums", json!({"zz_more": {"labels": ["a", "b"]}}));
            put("domains", json!({"zz_some": {"kind": "int"}}));
            more = true;
        }
        1 => put("tables", json!({"zz_apart": apart()})),
        _ => put("sql", json!({"zz_written": written(0)})),
    }
    if more {
        let columns = root["tables"][THINGS]["columns"].as_object_mut();
        columns.expect("a mapping").extend(more_columns());
    }
    if is_down {
        let things = root["tables"][THINGS].as_object_mut().expect("a mapping");
        things.insert("sync".to_owned(), json!("down"));
        things.insert("access".to_owned(), json!({"read": "public"}));
    }
}

/// Columns of types that only they have.
fn more_columns() -> Map<String, Value> {
    let columns = json!({
        "more": {"kind": "zz_more", "nullable": true},
        "some": {"kind": "zz_some", "nullable": true},
    });
    columns.as_object().cloned().unwrap_or_default()
}

/// A table in a schema that only it has.
fn apart() -> Value {
    json!({"sync": "none", "schema": "zz_room", "columns": {"id": {"kind": "int", "key": true}}})
}

/// SQL that somebody wrote by hand.
fn written(number: usize) -> Value {
    json!({
        "up": format!("create function public.zz_written() returns int language sql as 'select {number}'"),
        "down": "drop function public.zz_written()",
    })
}

/// Rows for these tables.
pub fn rows(model: &Model, dice: &mut Dice) -> String {
    let schema = &model.tables[THINGS].schema;
    let schema = format!("\"{}\"", schema.replace('"', "\"\""));
    let mut sql = format!(
        "insert into {schema}.zz_parents (id, name) values (1, 'a'), (2, 'b');
         insert into {schema}.{NOTES} (id, title) values ('00000000-0000-4000-8000-0000000000ff', 't');\n"
    );
    for id in 1..=dice.between(2, 12) {
        let parent = *dice.pick(&["null", "1", "2"]);
        let states = ["open", "done", "late"];
        let shelves = ["low", "high", "top"];
        let (state, shelf) = (*dice.pick(&states), *dice.pick(&shelves));
        let (all, both) = (dice.some(&states, 2), dice.some(&shelves, 3));
        let list = |labels: &[&&str]| -> String {
            let labels: Vec<&str> = labels.iter().map(|label| **label).collect();
            labels.join(",")
        };
        let (all, both) = (list(&all), list(&both));
        let note = *dice.pick(&["null", "'n'", "'ö ''x'''"]);
        let label = *dice.pick(&["null", "'l'"]);
        let (code, amount) = (id * 10, dice.below(1000));
        sql += &format!(
            "insert into {schema}.{THINGS} (id, code, parent, state, states, shelf, shelves, amount, label, title, note)
             values ({id}, {code}, {parent}, '{state}', '{{{all}}}', '{shelf}', '{{{both}}}', {amount}, {label}, 't {id}', {note});\n"
        );
    }
    sql
}

/// Every way to change something here.
pub(crate) const WAYS: &[&str] = &[
    "replace a label of a type",
    "replace a label of a text",
    "sort labels otherwise",
    "store an enum otherwise",
    "put a domain over a wider type",
    "check a domain otherwise",
    "cast a column",
    "require a value with a backfill",
    "add a required column with a backfill",
    "change a key",
    "compute a column",
    "compute otherwise",
    "settle a computed column",
    "count up or no longer",
    "change an action",
    "add or drop a foreign key",
    "add a unique",
    "defer a unique",
    "let devices have a table or no longer",
    "bind the owner or no longer",
    "add a view",
    "add, change or drop SQL",
    "add or drop a table in another schema",
    "change a default",
    "add types",
    "drop types",
    "comment a type",
    "comment a column",
    "need a role",
    "let devices write a column once or always",
];

/// One change of these tables, if it is possible now.
pub(crate) fn change(
    root: &mut Map<String, Value>,
    what: &str,
    dice: &mut Dice,
    number: usize,
    allowed: &mut Vec<String>,
) -> Option<()> {
    let new = format!("zz_new_{number}");
    match what {
        "replace a label of a type" => return replace_label(root, "zz_state", dice),
        "replace a label of a text" => return replace_label(root, "zz_shelf", dice),
        "sort labels otherwise" => {
            let name = *dice.pick(&["zz_state", "zz_shelf"]);
            let labels = section(root, "enums")?.get_mut(name)?.get_mut("labels")?;
            labels.as_array_mut()?.reverse();
            return Some(());
        }
        "store an enum otherwise" => {
            let name = *dice.pick(&["zz_state", "zz_shelf"]);
            let one = options(section(root, "enums")?, name)?;
            let is_text = one.get("storage").is_some_and(|storage| storage == "check");
            let storage = if is_text { "native" } else { "check" };
            one.insert("storage".to_owned(), json!(storage));
            return Some(());
        }
        "put a domain over a wider type" => {
            let name = *dice.pick(&["zz_amount", "zz_label"]);
            let one = options(section(root, "domains")?, name)?;
            let wide = match one.get("kind")?.as_str()? {
                "int" => "bigint",
                "varchar(40)" => "text",
                _ => return None,
            };
            one.insert("kind".to_owned(), json!(wide));
            return Some(());
        }
        "check a domain otherwise" => {
            let name = *dice.pick(&["zz_amount", "zz_label"]);
            let one = options(section(root, "domains")?, name)?;
            let check = match name {
                "zz_amount" => format!("value < {}", 1000 + number),
                _ => format!("length(value) < {}", 100 + number),
            };
            match dice.chance(30) {
                true => one.shift_remove("check")?,
                false => one
                    .insert("check".to_owned(), json!(check))
                    .unwrap_or_default(),
            };
            return Some(());
        }
        "comment a type" => {
            let (sections, name) = *dice.pick(&[("enums", "zz_state"), ("domains", "zz_label")]);
            let one = options(section(root, sections)?, name)?;
            one.insert("doc".to_owned(), json!(format!("Number {number}.")));
            return Some(());
        }
        "bind the owner or no longer" => {
            let postgres = section(root, "postgres")?;
            let roles = postgres.get("roles")?.get("owner")?;
            // The other owner of these tests is bound by it.
            if roles != "bypassing_owner" {
                return None;
            }
            let bypasses = postgres.get("owner_bypasses_rls") == Some(&json!(true));
            postgres.insert("owner_bypasses_rls".to_owned(), json!(!bypasses));
            return Some(());
        }
        "add a view" => {
            let views = root.entry("views").or_insert_with(|| json!({}));
            let view = json!({"from": THINGS, "columns": {"id": "id", "code": "code"}});
            views.as_object_mut()?.insert(new, view);
            return Some(());
        }
        "add, change or drop SQL" => {
            let all = root.entry("sql").or_insert_with(|| json!({}));
            let all = all.as_object_mut()?;
            let name = "zz_written";
            match all.contains_key(name) && dice.chance(50) {
                true => all.shift_remove(name),
                false => all.insert(name.to_owned(), written(number)),
            };
            return Some(());
        }
        "add or drop a table in another schema" => {
            let tables = section(root, "tables")?;
            match tables.shift_remove("zz_apart") {
                Some(_) => allowed.push("zz_apart".to_owned()),
                None => drop(tables.insert("zz_apart".to_owned(), apart())),
            }
            return Some(());
        }
        "add types" => {
            let enums = section(root, "enums")?;
            enums.insert("zz_more".to_owned(), json!({"labels": ["a", "b"]}));
            section(root, "domains")?.insert("zz_some".to_owned(), json!({"kind": "int"}));
            let columns = section(
                section(root, "tables")?.get_mut(THINGS)?.as_object_mut()?,
                "columns",
            )?;
            columns.extend(more_columns());
            return Some(());
        }
        "drop types" => {
            section(root, "enums")?.shift_remove("zz_more")?;
            section(root, "domains")?.shift_remove("zz_some")?;
            let columns = section(
                section(root, "tables")?.get_mut(THINGS)?.as_object_mut()?,
                "columns",
            )?;
            columns.shift_remove("more");
            columns.shift_remove("some");
            allowed.extend([format!("{THINGS}.more"), format!("{THINGS}.some")]);
            return Some(());
        }
        "let devices write a column once or always" => {
            let notes = section(root, "tables")?.get_mut(NOTES)?.as_object_mut()?;
            let one = options(section(notes, "columns")?, "body")?;
            match one.shift_remove("immutable") {
                Some(_) => {}
                None => drop(one.insert("immutable".to_owned(), json!(true))),
            }
            return Some(());
        }
        "need a role" => {
            let roles = section(root, "postgres")?
                .get_mut("roles")?
                .as_object_mut()?;
            let role = *dice.pick(&["anonymous", "service"]);
            let name = match role {
                "anonymous" => "anon",
                _ => "service_role",
            };
            if roles.contains_key(role) {
                return None;
            }
            roles.insert(role.to_owned(), json!(name));
            return Some(());
        }
        _ => {}
    }
    let table = section(root, "tables")?.get_mut(THINGS)?.as_object_mut()?;
    match what {
        "change a key" => {
            let had = table.get("key").cloned();
            let key = match had {
                None => json!(["id", "code"]),
                Some(key) if key == json!(["code"]) => json!(["code", "id"]),
                Some(_) => json!(["code"]),
            };
            table.insert("key".to_owned(), key);
            options(section(table, "columns")?, "id")?.shift_remove("key");
            return Some(());
        }
        "add a unique" => {
            let uniques = table.entry("uniques").or_insert_with(|| json!({}));
            // Every row has a title of its own.
            let other = *dice.pick(&["state", "shelf", "amount"]);
            uniques
                .as_object_mut()?
                .insert(new, json!(["title", other]));
            return Some(());
        }
        "defer a unique" => {
            let one = section(table, "uniques")?.get_mut("zz_once")?;
            *one = match one.is_array() {
                true => json!({"on": ["code"], "deferrable": true}),
                false => json!(["code"]),
            };
            return Some(());
        }
        "let devices have a table or no longer" => {
            let is_down = table.get("sync")? == "down";
            table.insert(
                "sync".to_owned(),
                json!(if is_down { "none" } else { "down" }),
            );
            match is_down {
                true => drop(table.shift_remove("access")),
                false => drop(table.insert("access".to_owned(), json!({"read": "public"}))),
            }
            return Some(());
        }
        _ => {}
    }
    let columns = section(table, "columns")?;
    match what {
        "cast a column" => {
            let column = *dice.pick(&["title", "note", "nth", "label"]);
            let one = options(columns, column)?;
            let kind = one.get("kind")?.as_str()?.to_owned();
            let is_number = kind == "int" || kind == "bigint";
            let (kind, using) = match is_number {
                true => ("text", format!("'{number} ' || {column}")),
                false => ("int", format!("length({column}::text) + {number}")),
            };
            one.insert("kind".to_owned(), json!(kind));
            one.insert("using".to_owned(), json!({"sql": using}));
            one.shift_remove("default");
            one.shift_remove("check");
        }
        "require a value with a backfill" => {
            let column = *dice.pick(&["note", "label", "parent"]);
            let one = options(columns, column)?;
            one.shift_remove("nullable")?;
            let value = match column {
                "parent" => "1".to_owned(),
                _ => format!("'{number}'"),
            };
            one.insert("backfill".to_owned(), json!({"sql": value}));
        }
        "add a required column with a backfill" => {
            let mut one = json!({"kind": "int", "backfill": "id + 1"});
            if dice.chance(50) {
                one["default"] = json!(number);
            }
            columns.insert(new, one);
        }
        "comment a column" => {
            let one = options(columns, "code")?;
            one.insert("doc".to_owned(), json!(format!("Number {number}.")));
        }
        "compute a column" => {
            let one = options(columns, "amounts")?;
            if one.contains_key("generated") {
                return None;
            }
            one.shift_remove("default");
            one.insert(
                "generated".to_owned(),
                json!({"expr": "id + 2", "stored": true}),
            );
            allowed.push(format!("{THINGS}.amounts"));
        }
        "compute otherwise" => {
            let one = options(columns, "total")?;
            one.get("generated")?;
            let expr = format!("code + {number}");
            one.insert(
                "generated".to_owned(),
                json!({"expr": expr, "stored": true}),
            );
        }
        "settle a computed column" => {
            let one = options(columns, "total")?;
            one.shift_remove("generated")?;
        }
        "count up or no longer" => {
            let column = *dice.pick(&["nth", "counted"]);
            let one = options(columns, column)?;
            match one.shift_remove("identity") {
                Some(_) => drop(one.insert("default".to_owned(), json!(number))),
                None => {
                    one.shift_remove("default");
                    one.insert("identity".to_owned(), json!(true));
                }
            }
        }
        "change an action" => {
            let one = options(columns, "parent")?;
            one.get("references")?;
            let action = *dice.pick(&["cascade", "restrict", "no_action"]);
            one.insert("on_delete".to_owned(), json!(action));
        }
        "add or drop a foreign key" => {
            let one = options(columns, "parent")?;
            one.shift_remove("on_delete");
            match one.shift_remove("references") {
                Some(_) => {}
                None => drop(one.insert("references".to_owned(), json!("zz_parents.id"))),
            }
        }
        _ => {
            let one = options(columns, "amounts")?;
            one.get("default")?;
            one.insert("default".to_owned(), json!(number));
        }
    }
    Some(())
}

/// Takes a label from an enum, and says which one takes its place.
fn replace_label(root: &mut Map<String, Value>, name: &str, dice: &mut Dice) -> Option<()> {
    let one = options(section(root, "enums")?, name)?;
    let labels = one.get_mut("labels")?.as_array_mut()?;
    if labels.len() < 2 {
        return None;
    }
    let old = labels.remove(dice.below(labels.len()));
    let new = match dice.chance(30) {
        true => {
            labels.push(json!(format!("{} again", old.as_str()?)));
            labels.last()?.clone()
        }
        false => dice.pick(labels).clone(),
    };
    let replaced = one.entry("replaced").or_insert_with(|| json!({}));
    let replaced = replaced.as_object_mut()?;
    for by in replaced.values_mut() {
        if *by == old {
            *by = new.clone();
        }
    }
    replaced.insert(old.as_str()?.to_owned(), new.clone());
    for (_, table) in section(root, "tables")?.iter_mut() {
        let Some(columns) = table.get_mut("columns").and_then(Value::as_object_mut) else {
            continue;
        };
        for (_, column) in columns.iter_mut() {
            if column.get("kind").is_some_and(|kind| kind == name)
                && column.get("default") == Some(&old)
            {
                column["default"] = new.clone();
            }
        }
    }
    Some(())
}
