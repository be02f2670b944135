//! What stands beside tables: views, hand-written SQL, streams, storage.

use super::dice::Dice;
use super::draft::{Column, Draft, Table};
use super::expressions::{Place, Speaker, ident};
use super::kinds;
use super::names::Names;
use super::tables::column_names;
use serde_json::{Map, Value, json};
use synctable::{Database, Kind, Scalar};

/// Views of both forms.
pub(super) fn views(
    dice: &mut Dice,
    draft: &Draft,
    things: &mut Names,
    most: usize,
) -> Map<String, Value> {
    let mut views = Map::new();
    for _ in 0..dice.below(most + 1) {
        let table = dice.pick(&draft.tables);
        let mut view = match dice.chance(65) {
            true => by_columns(dice, draft, table),
            false => by_text(dice, draft, table),
        };
        if dice.chance(30) {
            view.insert("doc".to_owned(), kinds::sentence(dice).into());
        }
        if dice.chance(30) {
            view.insert("security_invoker".to_owned(), dice.chance(50).into());
        }
        views.insert(things.near("some_view"), view.into());
    }
    views
}

fn by_columns(dice: &mut Dice, draft: &Draft, table: &Table) -> Map<String, Value> {
    let mut names = column_names();
    let columns: Vec<Column> = table
        .columns
        .iter()
        .filter(|column| column.on_both())
        .cloned()
        .collect();
    let mut shown = Map::new();
    if let Some(key) = table.columns.first() {
        shown.insert("id".to_owned(), ident(&key.name).into());
    }
    let mut speaker = Speaker {
        dice,
        draft,
        place: Place::View,
        columns,
    };
    for _ in 0..speaker.dice.between(1, 3) {
        let expr = match speaker.dice.below(4) {
            0 => Some(speaker.condition(1)),
            1 => {
                let columns = speaker.columns.clone();
                Some(ident(&speaker.dice.pick(&columns).name))
            }
            _ => speaker.anything(),
        };
        if let Some(expr) = expr {
            shown.insert(names.column(speaker.dice), expr.into());
        }
    }
    let mut view = Map::new();
    view.insert("from".to_owned(), table.name.clone().into());
    view.insert("columns".to_owned(), shown.into());
    if speaker.dice.chance(60) {
        view.insert("where".to_owned(), speaker.condition(2).into());
    }
    view
}

fn by_text(dice: &mut Dice, draft: &Draft, table: &Table) -> Map<String, Value> {
    let text = |key: &str, name: &str| {
        table
            .yaml
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or(name)
            .to_owned()
    };
    let key = &table.key[0];
    let mut view = Map::new();
    view.insert("reads".to_owned(), json!([table.name]));
    let (postgres, sqlite) = (Database::Postgres, Database::Sqlite);
    if table.sync.on_server() {
        let schema = text("schema", &draft.schema);
        view.insert(
            "postgres".to_owned(),
            format!(
                "select {} as k, count(*) as n from {}.{} group by 1",
                postgres.ident(key),
                postgres.ident(&schema),
                postgres.ident(&table.name)
            )
            .into(),
        );
    }
    if table.sync.on_client() && (!table.sync.on_server() || dice.chance(70)) {
        let name = text("client_name", &table.name);
        view.insert(
            "sqlite".to_owned(),
            format!("select count(*) as n from {}", sqlite.ident(&name)).into(),
        );
    }
    view
}

/// Hand-written SQL of both phases.
pub(super) fn sql(
    dice: &mut Dice,
    draft: &Draft,
    things: &mut Names,
    most: usize,
) -> Map<String, Value> {
    let mut objects: Map<String, Value> = Map::new();
    for _ in 0..dice.below(most + 1) {
        let name = things.near("own_function");
        let mut object = Map::new();
        let function = Database::Postgres.ident(&name).into_owned();
        let up = format!(
            "create function {function}() returns int\n    language sql immutable\n    return 1;\n"
        );
        if dice.chance(40) {
            object.insert("doc".to_owned(), kinds::sentence(dice).into());
        }
        let before = dice.chance(40);
        if before {
            object.insert("phase".to_owned(), "before_tables".into());
        } else {
            if dice.chance(30) {
                object.insert("phase".to_owned(), "after_tables".into());
            }
            let table = dice.pick(&draft.tables);
            let mut needs = Vec::new();
            if table.sync.on_server() {
                needs.push(match dice.chance(50) {
                    true => table.name.clone(),
                    false => format!("{}.{}", table.name, table.key[0]),
                });
            }
            if let Some((other, _)) = objects.iter().next() {
                needs.push(other.clone());
            }
            if !draft.enums.is_empty() && dice.chance(40) {
                needs.push(dice.pick(&draft.enums).name.clone());
            }
            if !needs.is_empty() {
                object.insert("needs".to_owned(), json!(needs));
            }
        }
        object.insert("up".to_owned(), up.into());
        if dice.chance(60) {
            object.insert(
                "down".to_owned(),
                format!("drop function {function}();").into(),
            );
        }
        objects.insert(name, object.into());
    }
    objects
}

/// Streams over downloaded tables, automatic ones and such with parameters.
pub(super) fn streams(
    dice: &mut Dice,
    draft: &Draft,
    names: &mut Names,
    most: usize,
) -> Map<String, Value> {
    let mut streams = Map::new();
    let tables: Vec<&Table> = draft
        .tables
        .iter()
        .filter(|table| table.sync.downloads())
        .collect();
    if tables.is_empty() {
        return streams;
    }
    for _ in 0..dice.below(most + 1) {
        let mut stream = Map::new();
        if dice.chance(30) {
            stream.insert("doc".to_owned(), kinds::sentence(dice).into());
        }
        if dice.chance(40) {
            stream.insert("priority".to_owned(), dice.below(4).into());
        }
        let name = match dice.chance(60) {
            true => {
                let table = *dice.pick(&tables);
                let name = names.near("things");
                parametrised(dice, draft, table, name, &mut stream)
            }
            false => None,
        };
        let name = match name {
            Some(name) => name,
            None => {
                plain(dice, draft, &tables, &mut stream);
                names.near("core")
            }
        };
        streams.insert(name, stream.into());
    }
    streams
}

fn spoken_of(table: &Table) -> Vec<Column> {
    table
        .columns
        .iter()
        .filter(|column| column.on_both())
        .cloned()
        .collect()
}

fn parametrised(
    dice: &mut Dice,
    draft: &Draft,
    table: &Table,
    name: String,
    stream: &mut Map<String, Value>,
) -> Option<String> {
    let columns = spoken_of(table);
    let mut params = Vec::new();
    let mut filter = Vec::new();
    let most = dice.between(1, 2);
    let fitting: Vec<Column> = columns
        .iter()
        .filter(|column| {
            matches!(
                column.kind,
                Kind::Scalar(Scalar::Uuid | Scalar::Text | Scalar::Int)
            )
        })
        .cloned()
        .collect();
    if fitting.is_empty() {
        return None;
    }
    for (index, column) in dice.some(&fitting, most).into_iter().enumerate() {
        let param = format!("p{index}");
        filter.push(format!("{} = :{param}", ident(&column.name)));
        params.push((param, column.kind.to_string()));
    }
    if dice.chance(40) {
        let more = Speaker {
            dice,
            draft,
            place: Place::Stream,
            columns,
        }
        .condition(1);
        filter.push(format!("({more})"));
    }
    let declared: Value = match dice.chance(50) {
        true => json!(params.iter().map(|(name, _)| name).collect::<Vec<_>>()),
        false => params
            .iter()
            .map(|(name, kind)| (name.clone(), json!(kind)))
            .collect::<Map<_, _>>()
            .into(),
    };
    stream.insert("params".to_owned(), declared);
    let mut tables = Map::new();
    tables.insert(table.name.clone(), filter.join(" and ").into());
    stream.insert("tables".to_owned(), tables.into());
    Some(match dice.chance(40) {
        true => format!("{name}/{{p0}}/all"),
        false => name,
    })
}

fn plain(dice: &mut Dice, draft: &Draft, tables: &[&Table], stream: &mut Map<String, Value>) {
    if dice.chance(60) {
        stream.insert("automatic".to_owned(), true.into());
    }
    let chosen: Vec<&Table> = dice.some(tables, 2).into_iter().copied().collect();
    if dice.chance(50) {
        stream.insert(
            "tables".to_owned(),
            json!(chosen.iter().map(|table| &table.name).collect::<Vec<_>>()),
        );
        return;
    }
    let mut filtered = Map::new();
    for table in chosen {
        let filter = match dice.chance(50) {
            true => Speaker {
                dice,
                draft,
                place: Place::Stream,
                columns: spoken_of(table),
            }
            .condition(1)
            .into(),
            false => Value::Null,
        };
        filtered.insert(table.name.clone(), filter);
    }
    stream.insert("tables".to_owned(), filtered.into());
}

/// Buckets, with rules over the folders of an object's path.
pub(super) fn storage(dice: &mut Dice, draft: &Draft, names: &mut Names) -> Map<String, Value> {
    let mut buckets = Map::new();
    if !draft.supabase || !dice.chance(25) {
        return buckets;
    }
    let mut bucket = Map::new();
    if dice.chance(50) {
        bucket.insert("doc".to_owned(), kinds::sentence(dice).into());
    }
    if dice.chance(50) {
        bucket.insert("public".to_owned(), dice.chance(50).into());
    }
    let path = json!(["org", "repo"]);
    bucket.insert("path".to_owned(), path);
    let rule = |dice: &mut Dice| -> Value {
        (*dice.pick(&[
            "org = auth.claim('app_metadata.org')",
            "org = 'shared' and repo <> 'secret'",
            "public",
        ]))
        .into()
    };
    let mut access = Map::new();
    access.insert("read".to_owned(), rule(dice));
    if dice.chance(50) {
        access.insert("insert".to_owned(), rule(dice));
    }
    bucket.insert("access".to_owned(), access.into());
    let tables = draft.tables.iter();
    let tables = tables.filter(|table| table.sync.on_server());
    let columns = tables.flat_map(|table| {
        let texts = table.columns.iter().filter(|column| {
            column.on_server()
                && column.generated.is_none()
                && matches!(column.kind, Kind::Scalar(Scalar::Text))
        });
        texts.map(|column| format!("{}.{}", table.name, column.name))
    });
    let columns: Vec<String> = columns.take(2).collect();
    if !columns.is_empty() && dice.chance(50) {
        bucket.insert("references".to_owned(), columns.into());
    }
    buckets.insert(names.near("git-packs"), bucket.into());
    buckets
}
