//! Tables with their columns and keys; what joins them comes later.

use super::dice::Dice;
use super::draft::{Column, Draft, Side, Table};
use super::expressions::{Place, Speaker, ident};
use super::kinds;
use super::names::Names;
use serde_json::{Map, Value, json};
use synctable::{ConflictRule, Database, DeleteRule, Element, Kind, Role, Scalar, SyncMode};

/// Names of one table's columns; `id` is left to keys, and some belong to the databases.
pub(super) fn column_names() -> Names {
    Names::without(&[
        "id",
        "oid",
        "rowid",
        "_rowid_",
        "ctid",
        "xmin",
        "xmax",
        "cmin",
        "cmax",
        "tableoid",
        "_metadata",
    ])
}

/// A table without foreign keys, constraints and access.
pub(super) fn table(
    dice: &mut Dice,
    draft: &Draft,
    things: &mut Names,
    names: &mut Names,
    columns: usize,
) -> Table {
    let sync = match dice.below(100) {
        0..52 => SyncMode::Both,
        52..68 => SyncMode::Down,
        68..78 => SyncMode::Up,
        78..86 => SyncMode::Local,
        _ => SyncMode::None,
    };
    let mut table = Table {
        name: things.thing(dice),
        sync,
        columns: Vec::new(),
        key: Vec::new(),
        referable: Vec::new(),
        inserts: false,
        updates: false,
        deletes: false,
        hard: false,
        held: None,
        yaml: Map::new(),
    };
    if dice.chance(40) {
        table.set("doc", kinds::sentence(dice));
    }
    table.set("sync", sync.as_str());
    if dice.chance(15) && sync.on_server() {
        table.set("schema", dice.pick(&draft.schemas).clone());
    }
    if dice.chance(8) {
        table.set("was", things.near("former"));
    }
    if dice.chance(15) && sync.on_client() {
        table.set(
            "client_name",
            things.near(&format!("{}_c", &table.name[..table.name.len().min(40)])),
        );
    }
    key(dice, draft, things, names, &mut table);
    for _ in 0..dice.between(1, columns.max(1)) {
        let column = ordinary(dice, draft, names, &table);
        table.columns.push(column);
    }
    conflict(dice, names, &mut table);
    other_roles(dice, draft, names, &mut table);
    recipe(dice, names, &mut table);
    table
}

fn key(dice: &mut Dice, draft: &Draft, things: &mut Names, names: &mut Names, table: &mut Table) {
    if dice.chance(22) {
        for _ in 0..dice.between(2, 3) {
            let name = names.column(dice);
            let mut column = Column::new(name.clone(), kinds::key(dice, draft, table.sync));
            column.key = true;
            table.key.push(name);
            table.columns.push(column);
        }
        table.set("key", json!(table.key));
        if dice.chance(40) {
            let name = things.near("row_key");
            table.set("key", json!({"columns": table.key, "name": name}));
        }
        if dice.chance(40) {
            let separator = *dice.pick(&["|", "/", "-", ":", ".", "~"]);
            table.set("id", json!({"separator": separator}));
        }
        table.referable.push(table.key.clone());
        return;
    }
    let name = match dice.below(4) {
        0 => names.column(dice),
        _ => "id".to_owned(),
    };
    let mut column = Column::new(name.clone(), kinds::key(dice, draft, table.sync));
    column.key = true;
    column.set("key", true);
    let counted = matches!(table.sync, SyncMode::Down | SyncMode::None) && dice.chance(30);
    if counted {
        column.kind = Kind::Scalar(*dice.pick(&[Scalar::Smallint, Scalar::Int, Scalar::Bigint]));
        column.side = Side::ServerOwned;
        column.defaulted = true;
        column.set("identity", true);
    } else if column.kind == Kind::Scalar(Scalar::Uuid) && dice.chance(60) {
        if table.sync.on_server() {
            column.defaulted = true;
            column.set("default", "uuid()");
        }
        if table.sync.on_client() && table.sync != SyncMode::Down {
            column.set("client_default", "uuid()");
        }
    }
    table.key = vec![name];
    table.referable.push(table.key.clone());
    table.columns.push(column);
}

/// A column that holds data.
fn ordinary(dice: &mut Dice, draft: &Draft, names: &mut Names, table: &Table) -> Column {
    let mut column = Column::new(names.column(dice), kinds::of_table(dice, draft, table.sync));
    column.nullable = dice.chance(35);
    if column.nullable {
        column.set("nullable", true);
    }
    let synced = table.sync.on_client() && table.sync.on_server();
    match dice.below(100) {
        0..7 if synced && table.sync != SyncMode::Up => {
            column.side = Side::ClientOnly;
            column.set("on", "client");
        }
        7..14 if table.sync.on_server() => {
            column.side = Side::ServerOnly;
            column.set("on", "server");
        }
        14..19 if table.sync.on_server() => {
            column.side = Side::ServerOnly;
            column.set("secret", true);
        }
        19..31 if table.sync.on_server() => {
            column.side = Side::ServerOwned;
            server(dice, draft, &mut column);
        }
        _ => {}
    }
    values(dice, draft, table, &mut column);
    fill_or_allow_null(table, &mut column);
    if dice.chance(12) && table.sync.uploads() && column.side == Side::Both {
        column.set("immutable", true);
    }
    if dice.chance(8) && table.sync.on_client() && column.on_client() {
        let short = &column.name[..column.name.len().min(40)];
        column.set("client_name", names.near(&format!("{short}_c")));
    }
    if dice.chance(6) {
        column.set("was", names.near("earlier"));
    }
    if dice.chance(20) {
        column.set("doc", kinds::sentence(dice));
    }
    if dice.chance(6) {
        column.set("deprecated", "Use another.");
    }
    column
}

/// A row that a client creates leaves out what it never sends, so something else fills that, or it is NULL.
pub(super) fn fill_or_allow_null(table: &Table, column: &mut Column) {
    if column.side == Side::ServerOnly
        && table.sync.uploads()
        && !column.defaulted
        && !column.nullable
    {
        column.nullable = true;
        column.set("nullable", true);
    }
}

fn server(dice: &mut Dice, draft: &Draft, column: &mut Column) {
    let filled = call(dice, draft, &column.kind, true);
    match filled {
        Some(value) if dice.chance(60) => {
            column.defaulted = true;
            column.set("server", value);
        }
        _ => match kinds::sample(dice, draft, &column.kind) {
            // `server: true` has a meaning of its own.
            Some(value) if dice.chance(40) && !value.is_boolean() => {
                column.defaulted = true;
                column.literal_default = true;
                column.set("server", value);
            }
            _ => column.set("server", true),
        },
    }
}

/// A call or SQL that fills a column of the kind.
fn call(dice: &mut Dice, draft: &Draft, kind: &Kind, server: bool) -> Option<Value> {
    if *kind == Kind::Scalar(draft.user_id) && dice.chance(40) {
        return Some("auth.user_id()".into());
    }
    let sql = |text: &str| json!({"sql": text});
    Some(match kind {
        Kind::Scalar(Scalar::Timestamptz) => dice
            .pick(&[json!("now()"), json!("now()"), sql("clock_timestamp()")])
            .clone(),
        Kind::Scalar(Scalar::Date) => dice.pick(&[json!("today()"), sql("current_date")]).clone(),
        Kind::Scalar(Scalar::Uuid) => dice
            .pick(&[json!("uuid()"), sql("gen_random_uuid()")])
            .clone(),
        Kind::Scalar(Scalar::Text) if server && dice.chance(50) => {
            "auth.claim('app_metadata.tenant_id')".into()
        }
        Kind::Scalar(Scalar::Text) => sql("lower('IT''S') || current_user"),
        Kind::Scalar(Scalar::Int) => sql("1 + 1"),
        _ => return None,
    })
}

fn values(dice: &mut Dice, draft: &Draft, table: &Table, column: &mut Column) {
    let by_client = (table.sync.uploads() || table.sync == SyncMode::Local)
        && matches!(column.side, Side::Both | Side::ClientOnly);
    if dice.chance(40)
        && column.on_server()
        && table.sync.on_server()
        && column.side != Side::ServerOwned
    {
        let value = match dice.below(10) {
            0..3 => call(dice, draft, &column.kind, false),
            3 if column.nullable && takes_null(&column.kind) => Some(Value::Null),
            4 if column.kind == Kind::Scalar(Scalar::Text) => {
                column.literal_default = true;
                Some(json!({"text": "now()"}))
            }
            _ => {
                let value = kinds::sample(dice, draft, &column.kind);
                column.literal_default = value.is_some();
                value
            }
        };
        if let Some(value) = value {
            column.defaulted = true;
            column.set("default", value);
        }
    }
    if dice.chance(25) && by_client {
        let value = match call(dice, draft, &column.kind, false) {
            Some(Value::String(call)) if dice.chance(50) => Some(Value::String(call)),
            _ => {
                let value = kinds::sample(dice, draft, &column.kind);
                column.literal_default |= value.is_some();
                value
            }
        };
        if let Some(value) = value {
            column.set("client_default", value);
        }
    }
}

/// Whether a literal `null` is NULL and goes past every check: beside a json column it is the json value.
fn takes_null(kind: &Kind) -> bool {
    !matches!(kind, Kind::Domain { .. } | Kind::Scalar(Scalar::Json))
}

fn with_role(name: String, kind: Scalar, role: Role) -> Column {
    let mut column = Column::new(name, Kind::Scalar(kind));
    column.set("role", role.as_str());
    column
}

fn conflict(dice: &mut Dice, names: &mut Names, table: &mut Table) {
    if table.sync == SyncMode::Up {
        goes_up(dice, table);
    }
    if table.sync != SyncMode::Both {
        return;
    }
    let conflict = *dice.pick(ConflictRule::ALL);
    let by_time = conflict == ConflictRule::LastWriteWins || dice.chance(25);
    if by_time {
        let in_utc = dice.chance(25);
        let kind = match in_utc {
            true => Scalar::Timestamp,
            false => Scalar::Timestamptz,
        };
        let mut column = with_role(names.near("edited_at"), kind, Role::EditedAt);
        column.nullable = dice.chance(25);
        if column.nullable {
            column.set("nullable", true);
        }
        if dice.chance(60) {
            column.defaulted = true;
            match in_utc {
                true => column.set("default", json!({"sql": "(now() at time zone 'utc')"})),
                false => {
                    column.set("default", "now()");
                    column.set("client_default", "now()");
                }
            }
        }
        table.columns.push(column);
    }
    if conflict != ConflictRule::LastWriteWins || dice.chance(50) {
        table.set("conflict", conflict.as_str());
    }
    let appends = conflict == ConflictRule::AppendOnly;
    table.inserts = dice.chance(85) || appends;
    table.updates = !appends && (dice.chance(85) || !table.inserts);
    let delete = match appends {
        true => DeleteRule::Denied,
        false => *dice.pick(DeleteRule::ALL),
    };
    match delete {
        DeleteRule::Soft => {
            let column = match dice.chance(30) {
                true => {
                    let mut column =
                        with_role(names.near("is_deleted"), Scalar::Bool, Role::Tombstone);
                    column.defaulted = true;
                    column.literal_default = true;
                    column.set("default", false);
                    column
                }
                false => {
                    let name = names.near("deleted_at");
                    let mut column = with_role(name, Scalar::Timestamptz, Role::Tombstone);
                    column.nullable = true;
                    column.set("nullable", true);
                    column
                }
            };
            table.columns.push(column);
            table.deletes = true;
            if dice.chance(30) {
                table.set("delete", "soft");
            }
        }
        DeleteRule::Hard => {
            table.deletes = true;
            table.hard = true;
            if dice.chance(50) {
                table.set("delete", "hard");
            }
        }
        DeleteRule::Denied => {
            if dice.chance(50) || appends {
                table.set("delete", "denied");
            }
        }
    }
}

/// What devices upload of rows that the server never sends.
fn goes_up(dice: &mut Dice, table: &mut Table) {
    const LISTS: [&[&str]; 3] = [
        &["insert", "update"],
        &["delete", "insert"],
        &["insert", "update", "delete"],
    ];
    table.inserts = true;
    // Beside the sequence: a seed keeps the declaration that it has been known by.
    let mut dice = dice.clone();
    if dice.chance(50) {
        return;
    }
    let listed = *dice.pick(&LISTS);
    table.updates = listed.contains(&"update");
    table.deletes = listed.contains(&"delete");
    table.hard = table.deletes;
    table.set("sync", json!({"up": listed}));
}

fn other_roles(dice: &mut Dice, draft: &Draft, names: &mut Names, table: &mut Table) {
    if !table.sync.on_server() {
        return;
    }
    if dice.chance(40) {
        let mut column = with_role(names.near("owner_id"), draft.user_id, Role::Owner);
        if dice.chance(50) {
            column.side = Side::ServerOwned;
            column.defaulted = true;
            column.set("server", "auth.user_id()");
        }
        table.columns.push(column);
    }
    if dice.chance(15) && table.sync.uploads() {
        let kind = *dice.pick(&[Scalar::Text, Scalar::Uuid]);
        let mut column = with_role(names.near("device_id"), kind, Role::Device);
        column.nullable = dice.chance(50);
        if column.nullable {
            column.set("nullable", true);
        }
        table.columns.push(column);
    }
    if dice.chance(12) {
        let mut column = with_role(names.near("changed"), Scalar::Bigint, Role::Changed);
        column.side = Side::ServerOwned;
        column.set("server", true);
        table.columns.push(column);
    }
    if dice.chance(15) {
        let mut column = with_role(names.near("version"), Scalar::Int, Role::Version);
        column.side = Side::ServerOwned;
        column.defaulted = true;
        column.literal_default = true;
        column.set("server", 1);
        table.columns.push(column);
    }
}

/// A recipe of the key from other columns, where clients make rows.
fn recipe(dice: &mut Dice, names: &mut Names, table: &mut Table) {
    if !table.inserts || table.key.len() != 1 || !dice.chance(45) {
        return;
    }
    let key = &table.columns[0];
    let text = |kind: Scalar| matches!(kind, Scalar::Text | Scalar::Varchar(_));
    let Kind::Scalar(kind) = key.kind else { return };
    let by_hash = kind == Scalar::Uuid;
    if !(by_hash || text(kind)) || key.yaml.contains_key("default") && dice.chance(50) {
        return;
    }
    // A part that holds no separator, then one that may hold anything.
    let mut parts = Vec::new();
    for (name, kind) in [("made_on", Scalar::Date), ("made_as", Scalar::Text)] {
        let mut column = Column::new(names.near(name), Kind::Scalar(kind));
        column.set("immutable", true);
        let mut part = json!(column.name);
        if kind == Scalar::Text && dice.chance(60) {
            part = json!({"column": column.name, "lower": true});
            if dice.chance(50) {
                part["trim"] = true.into();
            }
        }
        if kind == Scalar::Text && dice.chance(30) {
            column.nullable = true;
            column.set("nullable", true);
            if part.is_string() {
                part = json!({"column": column.name});
            }
            part["or"] = "none".into();
        }
        if kind == Scalar::Text && dice.chance(30) {
            parts.push(json!({"text": "made"}));
        }
        parts.push(part);
        table.columns.push(column);
    }
    let id = match by_hash {
        true => json!({"uuid_v5": parts, "namespace": "6ba7b811-9dad-11d1-80b4-00c04fd430c8"}),
        false if dice.chance(50) => json!({"join": parts, "separator": "|"}),
        false => json!({"join": parts}),
    };
    table.set("id", id);
}

/// Generated columns, once everything they may be computed from is there.
pub(super) fn generated(
    dice: &mut Dice,
    draft: &Draft,
    index: usize,
    names: &mut Names,
) -> Option<Column> {
    let table = &draft.tables[index];
    if !dice.chance(30) {
        return None;
    }
    let mut column = Column::new(names.column(dice), kinds::of_table(dice, draft, table.sync));
    let unsynced = table.sync == SyncMode::None;
    let stored = table.sync.on_server() && (unsynced && dice.chance(60) || dice.chance(25));
    if stored && !unsynced {
        column.side = Side::ServerOnly;
    }
    let columns: Vec<Column> = table
        .columns
        .iter()
        .filter(|one| match stored {
            true => one.on_server() && one.generated.is_none(),
            // The stream, the client and Postgres all compute it.
            false => one.on_both(),
        })
        .cloned()
        .collect();
    // `list(…)` of what has no immutable text stays out: a list of enums is cast by output functions.
    if columns.is_empty() || matches!(&column.kind, Kind::List(Element::Enum { .. })) {
        return None;
    }
    let place = match table.sync.on_server() {
        true if stored || unsynced => Place::Generated,
        true => Place::Streamed,
        false => Place::Device,
    };
    let expr = Speaker {
        dice,
        draft,
        place,
        columns,
    }
    .of_kind(&column.kind)?;
    column.generated = Some(stored);
    column.nullable = true;
    column.set("nullable", true);
    if stored && !unsynced {
        column.set("on", "server");
    }
    match stored {
        true => column.set("generated", json!({"expr": expr, "stored": true})),
        false if dice.chance(50) => column.set("generated", expr),
        false => column.set("generated", json!({"expr": expr})),
    }
    Some(column)
}

/// The check of one column, if it is to have one.
pub(super) fn column_check(
    dice: &mut Dice,
    draft: &Draft,
    table: &Table,
    column: &Column,
) -> Option<Value> {
    if !dice.chance(25) || column.generated.is_some() || column.side == Side::ClientOnly {
        return None;
    }
    let name = ident(&column.name);
    if dice.chance(15) {
        let client = column
            .yaml
            .get("client_name")
            .and_then(Value::as_str)
            .unwrap_or(&column.name);
        return Some(json!({
            "postgres": format!("{name} is not null or true"),
            "sqlite": format!("{} is not null or 1", Database::Sqlite.ident(client)),
        }));
    }
    let place = match table.sync.on_server() {
        true => Place::Check,
        false => Place::Device,
    };
    let check = Speaker {
        dice,
        draft,
        place,
        columns: vec![column.clone()],
    }
    .condition(2);
    // The defaults must satisfy it, whatever it says.
    let mut check = check;
    if column.literal_default {
        check = format!("({check}) or {name} is not null");
    }
    if column.yaml.get("default") == Some(&Value::Null) {
        check = format!("({check}) or {name} is null");
    }
    Some(check.into())
}
