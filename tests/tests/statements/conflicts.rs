//! The truth table of conflicts, cell by cell and rule by rule, on Postgres both ways and on SQLite.

use crate::statements::world::{ANN, Way, change, device, prepared, write, write_on};
use postgres::Client;
use synctable::Timestamp;
use synctable::statement::Outcome::{self, Applied, Gone, Refused, Same, Stale};

/// One cell: what was written before, what is uploaded, what comes of it and what stands then.
struct Cell {
    says: &'static str,
    before: &'static [&'static str],
    upload: &'static str,
    outcome: Outcome,
    /// `content time device alive`; a time near the receipt is `now`, one past it `ahead`, and a
    /// microsecond past the hour `+`. Empty where no row stands.
    row: &'static str,
}

const fn cell(
    says: &'static str,
    before: &'static [&'static str],
    upload: &'static str,
    outcome: Outcome,
    row: &'static str,
) -> Cell {
    Cell {
        says,
        before,
        upload,
        outcome,
        row,
    }
}

/// `PUT content [time [device]]`, `PATCH …`, `DELETE [time that was seen]`; `-` is what is not said.
type Spell = fn(upload: &str, id: &str) -> String;

/// When SQLite's device receives.
const RECEIPT: &str = "2026-06-01T00:00:00.000000Z";

fn time(hour: &str) -> String {
    match hour {
        "ahead" => "2099-01-01T00:00:00.000000Z".to_owned(),
        "ahead+1" => "2099-01-01T01:00:00.000000Z".to_owned(),
        hour => format!("2026-01-01T{hour}:00:00.000000Z"),
    }
}

fn entry(op: &str, table: &str, id: &str, data: &[String], previous: &[String]) -> String {
    let object = |name: &str, members: &[String]| match members.is_empty() {
        true => String::new(),
        false => format!(", {name:?}: {{{}}}", members.join(", ")),
    };
    format!(
        "{{\"op\": {op:?}, \"table\": {table:?}, \"id\": {id:?}{}{}}}",
        object("op_data", data),
        object("previous_values", previous)
    )
}

/// The words of an upload, `None` for those that are not said.
fn words(upload: &str) -> (&str, [Option<&str>; 4]) {
    let mut words = upload.split(' ');
    let op = words.next().expect("an upload has an operation");
    let mut next = || words.next().filter(|word| *word != "-");
    (op, [next(), next(), next(), next()])
}

fn list(upload: &str, id: &str) -> String {
    let (op, [content, at, on, more]) = words(upload);
    if op == "DELETE" {
        let seen = content.map(|seen| format!("\"edited_at\": {:?}", time(seen)));
        return entry(op, "lists", id, &[], &seen.into_iter().collect::<Vec<_>>());
    }
    let mut data = vec![format!("\"name\": \"{} {id}\"", content.unwrap())];
    data.extend(at.map(|at| format!("\"edited_at\": {:?}", time(at))));
    data.extend(on.map(|on| format!("\"edited_on\": {on:?}")));
    data.extend(more.map(|at| format!("\"deleted_at\": {:?}", time(at))));
    entry(op, "lists", id, &data, &[])
}

/// The later edit wins, the device decides between equal times, and a deletion leaves a tombstone.
const LISTS: &[Cell] = &[
    cell(
        "a PUT of no row inserts",
        &[],
        "PUT a 10 m",
        Applied,
        "a 10 m true",
    ),
    cell(
        "a PUT onto an older row applies",
        &["PUT a 10 m"],
        "PUT b 11 a",
        Applied,
        "b 11 a true",
    ),
    cell(
        "a PUT of equal time wins by its device",
        &["PUT a 10 m"],
        "PUT b 10 z",
        Applied,
        "b 10 z true",
    ),
    cell(
        "a PUT of equal time loses by its device",
        &["PUT a 10 m"],
        "PUT b 10 a",
        Stale,
        "a 10 m true",
    ),
    cell(
        "a PUT of equal time and device is kept out",
        &["PUT a 10 m"],
        "PUT b 10 m",
        Stale,
        "a 10 m true",
    ),
    cell(
        "a PUT of equal time without device is kept out",
        &["PUT a 10 m"],
        "PUT b 10",
        Stale,
        "a 10 m true",
    ),
    cell(
        "a device wins over none",
        &["PUT a 10"],
        "PUT b 10 a",
        Applied,
        "b 10 a true",
    ),
    cell(
        "devices are ordered by their bytes",
        &["PUT a 10 a"],
        "PUT b 10 B",
        Stale,
        "a 10 a true",
    ),
    cell(
        "the same PUT again is the same",
        &["PUT a 10 m"],
        "PUT a 10 m",
        Same,
        "a 10 m true",
    ),
    cell(
        "a PUT onto a newer row is stale",
        &["PUT a 10 m"],
        "PUT b 09 z",
        Stale,
        "a 10 m true",
    ),
    cell(
        "a PUT without time applies at its receipt",
        &["PUT a 10 m"],
        "PUT b - z",
        Applied,
        "b now z true",
    ),
    cell(
        "a PUT from a clock that is ahead is bounded",
        &["PUT a 10 m"],
        "PUT b ahead z",
        Applied,
        "b ahead z true",
    ),
    cell(
        "a new row from a clock that is ahead is bounded",
        &[],
        "PUT a ahead z",
        Applied,
        "a ahead z true",
    ),
    cell(
        "a PUT without time applies onto a row that is ahead",
        &["PUT a ahead m"],
        "PUT b",
        Applied,
        "b now - true",
    ),
    cell(
        "a PUT of the past is stale onto a row that is ahead",
        &["PUT a ahead m"],
        "PUT b 23 z",
        Stale,
        "a ahead m true",
    ),
    cell(
        "two clocks that are ahead are bounded alike",
        &["PUT a ahead m"],
        "PUT b ahead+1 z",
        Applied,
        "b ahead z true",
    ),
    cell("a PATCH of no row is gone", &[], "PATCH b 11", Gone, ""),
    cell(
        "a PATCH of an older row applies",
        &["PUT a 10 m"],
        "PATCH b 11",
        Applied,
        "b 11 m true",
    ),
    cell(
        "a PATCH of equal time wins by its device",
        &["PUT a 10 m"],
        "PATCH b 10 z",
        Applied,
        "b 10 z true",
    ),
    cell(
        "a PATCH of equal time loses by its device",
        &["PUT a 10 m"],
        "PATCH b 10 a",
        Stale,
        "a 10 m true",
    ),
    cell(
        "a PATCH of equal time from the same device is kept out",
        &["PUT a 10 m"],
        "PATCH b 10",
        Stale,
        "a 10 m true",
    ),
    cell(
        "the same PATCH again is the same",
        &["PUT a 10 m", "PATCH b 11 z"],
        "PATCH b 11 z",
        Same,
        "b 11 z true",
    ),
    cell(
        "a PATCH of a newer row is stale",
        &["PUT a 10 m"],
        "PATCH b 09 z",
        Stale,
        "a 10 m true",
    ),
    cell(
        "a PATCH without time applies at its receipt",
        &["PUT a 10 m"],
        "PATCH b",
        Applied,
        "b now m true",
    ),
    cell(
        "a PATCH from a clock that is ahead is bounded",
        &["PUT a 10 m"],
        "PATCH b ahead",
        Applied,
        "b ahead m true",
    ),
    cell(
        "a DELETE of no row has nothing to do",
        &[],
        "DELETE",
        Same,
        "",
    ),
    cell(
        "a DELETE that knows nothing applies",
        &["PUT a 10 m"],
        "DELETE",
        Applied,
        "a 10+ - false",
    ),
    cell(
        "a DELETE of the row that was seen applies",
        &["PUT a 10 m"],
        "DELETE 10",
        Applied,
        "a 10+ - false",
    ),
    cell(
        "a DELETE of an older row applies",
        &["PUT a 10 m"],
        "DELETE 11",
        Applied,
        "a 10+ - false",
    ),
    cell(
        "a DELETE of a row that was edited since is stale",
        &["PUT a 10 m"],
        "DELETE 09",
        Stale,
        "a 10 m true",
    ),
    cell(
        "a DELETE moves the time of a row that is ahead",
        &["PUT a ahead m"],
        "DELETE",
        Applied,
        "a ahead - false",
    ),
    cell(
        "a DELETE of a tombstone has nothing to do",
        &["PUT a 10 m", "DELETE"],
        "DELETE",
        Same,
        "a 10+ - false",
    ),
    cell(
        "a newer PUT revives",
        &["PUT a 10 m 10"],
        "PUT b 11 m",
        Applied,
        "b 11 m true",
    ),
    cell(
        "an older PUT does not revive",
        &["PUT a 10 m 10"],
        "PUT b 09 m",
        Stale,
        "a 10 m false",
    ),
    cell(
        "a PUT without time revives",
        &["PUT a 10 m", "DELETE"],
        "PUT b",
        Applied,
        "b now - true",
    ),
    cell(
        "a PUT that is later than what was deleted revives",
        &["PUT a 10 m", "DELETE"],
        "PUT b 11 m",
        Applied,
        "b 11 m true",
    ),
    cell(
        "a PUT as old as what was deleted does not revive",
        &["PUT a 10 m", "DELETE"],
        "PUT b 10 z",
        Stale,
        "a 10+ - false",
    ),
    cell(
        "a newer PATCH of a tombstone applies and does not revive",
        &["PUT a 10 m 10"],
        "PATCH b 11",
        Applied,
        "b 11 m false",
    ),
    cell(
        "an older PATCH of a tombstone is stale",
        &["PUT a 10 m 10"],
        "PATCH b 09",
        Stale,
        "a 10 m false",
    ),
    cell(
        "a PATCH may set the tombstone",
        &["PUT a 10 m"],
        "PATCH a 11 m 11",
        Applied,
        "a 11 m false",
    ),
];

fn time_entry(upload: &str, id: &str) -> String {
    let (op, [content, at, ..]) = words(upload);
    if op == "DELETE" {
        let seen = content.map(|seen| format!("\"edited_at\": {:?}", time(seen)));
        return entry(
            op,
            "timings",
            id,
            &[],
            &seen.into_iter().collect::<Vec<_>>(),
        );
    }
    let mut data = vec![format!("\"hours\": {:?}", content.unwrap())];
    data.extend(at.map(|at| format!("\"edited_at\": {:?}", time(at))));
    if op == "PUT" {
        data.push(format!("\"item_id\": {ITEM:?}"));
        data.push("\"worked_on\": \"2026-01-01\"".to_owned());
    }
    entry(op, "timings", id, &data, &[])
}

/// The later edit wins, equal times leave the stored row, and a deletion leaves nothing.
const TIME_ENTRIES: &[Cell] = &[
    cell(
        "a PUT of no row inserts",
        &[],
        "PUT 1.000 10",
        Applied,
        "1.000 10 - true",
    ),
    cell(
        "a PUT onto an older row applies",
        &["PUT 1.000 10"],
        "PUT 2.000 11",
        Applied,
        "2.000 11 - true",
    ),
    cell(
        "equal times leave the stored row",
        &["PUT 1.000 10"],
        "PUT 2.000 10",
        Stale,
        "1.000 10 - true",
    ),
    cell(
        "the same PUT again is the same",
        &["PUT 1.000 10"],
        "PUT 1.000 10",
        Same,
        "1.000 10 - true",
    ),
    cell(
        "a PUT onto a newer row is stale",
        &["PUT 1.000 10"],
        "PUT 2.000 09",
        Stale,
        "1.000 10 - true",
    ),
    cell(
        "a PUT without time applies at its receipt",
        &["PUT 1.000 10"],
        "PUT 2.000",
        Applied,
        "2.000 now - true",
    ),
    cell("a PATCH of no row is gone", &[], "PATCH 2.000 11", Gone, ""),
    cell(
        "a PATCH of an older row applies",
        &["PUT 1.000 10"],
        "PATCH 2.000 11",
        Applied,
        "2.000 11 - true",
    ),
    cell(
        "a PATCH of equal time is kept out",
        &["PUT 1.000 10"],
        "PATCH 2.000 10",
        Stale,
        "1.000 10 - true",
    ),
    cell(
        "a PATCH of a newer row is stale",
        &["PUT 1.000 10"],
        "PATCH 2.000 09",
        Stale,
        "1.000 10 - true",
    ),
    cell(
        "a PATCH without time applies at its receipt",
        &["PUT 1.000 10"],
        "PATCH 2.000",
        Applied,
        "2.000 now - true",
    ),
    cell(
        "a DELETE of no row has nothing to do",
        &[],
        "DELETE",
        Same,
        "",
    ),
    cell(
        "a DELETE that knows nothing applies",
        &["PUT 1.000 10"],
        "DELETE",
        Applied,
        "",
    ),
    cell(
        "a DELETE of the row that was seen applies",
        &["PUT 1.000 10"],
        "DELETE 10",
        Applied,
        "",
    ),
    cell(
        "a DELETE of a row that was edited since is stale",
        &["PUT 1.000 10"],
        "DELETE 09",
        Stale,
        "1.000 10 - true",
    ),
    cell(
        "a PUT after a DELETE is a new row",
        &["PUT 1.000 10", "DELETE"],
        "PUT 2.000 09",
        Applied,
        "2.000 09 - true",
    ),
];

fn team(upload: &str, id: &str) -> String {
    let (op, [content, seen, version, _]) = words(upload);
    let mut data = vec![format!("\"name\": \"{} {id}\"", content.unwrap())];
    let mut previous = Vec::new();
    if op == "PUT" {
        data.extend(version.map(|version| format!("\"version\": {version}")));
    } else {
        previous.extend(seen.map(|seen| format!("\"name\": \"{seen} {id}\"")));
        previous.extend(version.map(|version| format!("\"version\": {version}")));
    }
    entry(op, "teams", id, &data, &previous)
}

/// What its writer did not see as it stands is not overwritten; `PATCH content [seen [version]]`.
const TEAMS: &[Cell] = &[
    cell(
        "a PUT of no row inserts",
        &[],
        "PUT a - 1",
        Applied,
        "a 1 - true",
    ),
    cell(
        "a PUT of the version that stands applies",
        &["PUT a - 1"],
        "PUT b - 1",
        Applied,
        "b 2 - true",
    ),
    cell(
        "a PUT of another version is stale",
        &["PUT a - 2"],
        "PUT b - 1",
        Stale,
        "a 2 - true",
    ),
    cell(
        "a PUT that knows no version is stale",
        &["PUT a - 1"],
        "PUT b",
        Stale,
        "a 1 - true",
    ),
    cell(
        "a PUT that says what stands is the same",
        &["PUT a - 1"],
        "PUT a",
        Same,
        "a 1 - true",
    ),
    cell("a PATCH of no row is gone", &[], "PATCH b a", Gone, ""),
    cell(
        "a PATCH of what stands applies",
        &["PUT a - 1"],
        "PATCH b a",
        Applied,
        "b 2 - true",
    ),
    cell(
        "a PATCH of what stood is stale",
        &["PUT a - 1", "PATCH b a"],
        "PATCH c a",
        Stale,
        "b 2 - true",
    ),
    cell(
        "a PATCH that tells nothing of what it saw is stale",
        &["PUT a - 1"],
        "PATCH b",
        Stale,
        "a 1 - true",
    ),
    cell(
        "a PATCH of the version that stands applies",
        &["PUT a - 1"],
        "PATCH b - 1",
        Applied,
        "b 2 - true",
    ),
    cell(
        "a version is enough",
        &["PUT a - 1"],
        "PATCH b x 1",
        Applied,
        "b 2 - true",
    ),
    cell(
        "a PATCH of another version is stale",
        &["PUT a - 1", "PATCH b a"],
        "PATCH c b 1",
        Stale,
        "b 2 - true",
    ),
    cell(
        "the same PATCH again is the same",
        &["PUT a - 1", "PATCH b a"],
        "PATCH b a",
        Same,
        "b 2 - true",
    ),
];

fn presence(upload: &str, id: &str) -> String {
    let (op, [content, ..]) = words(upload);
    let mut data: Vec<String> = content
        .map(|content| format!("\"list_id\": \"{content}0000000-0000-4000-8000-000000000000\""))
        .into_iter()
        .collect();
    if op == "PUT" {
        data.push(format!("\"device\": {id:?}"));
    }
    entry(op, "presence", id, &data, &[])
}

/// Whatever arrives last applies.
const PRESENCE: &[Cell] = &[
    cell(
        "a PUT of no row inserts",
        &[],
        "PUT a",
        Applied,
        "a - - true",
    ),
    cell(
        "a PUT onto a row applies",
        &["PUT a"],
        "PUT b",
        Applied,
        "b - - true",
    ),
    cell("a PATCH of no row is gone", &[], "PATCH b", Gone, ""),
    cell(
        "a PATCH of a row applies",
        &["PUT a"],
        "PATCH b",
        Applied,
        "b - - true",
    ),
    cell(
        "a DELETE of no row has nothing to do",
        &[],
        "DELETE",
        Same,
        "",
    ),
    cell(
        "a DELETE of a row applies",
        &["PUT a"],
        "DELETE",
        Applied,
        "",
    ),
];

fn comment(upload: &str, id: &str) -> String {
    let (op, [content, at, ..]) = words(upload);
    let mut data = vec![
        format!("\"body\": {:?}", content.unwrap()),
        format!("\"item_id\": {ITEM:?}"),
    ];
    data.extend(at.map(|at| format!("\"said_at\": {:?}", time(at))));
    entry(op, "comments", id, &data, &[])
}

/// Rows are added and never changed.
const COMMENTS: &[Cell] = &[
    cell(
        "a PUT of no row inserts",
        &[],
        "PUT a 10",
        Applied,
        "a - - true",
    ),
    cell(
        "the same PUT again is the same",
        &["PUT a 10"],
        "PUT a 10",
        Same,
        "a - - true",
    ),
    cell(
        "another PUT is refused",
        &["PUT a 10"],
        "PUT b 10",
        Refused,
        "a - - true",
    ),
];

const LIST: &str = "10000000-0000-4000-8000-000000000001";
const ITEM: &str = "20000000-0000-4000-8000-000000000001";

/// A list and an item that other rows hang on.
fn ground() -> Vec<schema::mappers::Change> {
    vec![
        change(&entry(
            "PUT",
            "lists",
            LIST,
            &["\"name\": \"ground\"".to_owned()],
            &[],
        )),
        change(&entry(
            "PUT",
            "items",
            ITEM,
            &[
                format!("\"list_id\": {LIST:?}"),
                "\"title\": \"ground\"".to_owned(),
            ],
            &[],
        )),
    ]
}

/// The table, how its uploads are spelt, what is asked of its rows in either database, and its cells.
struct Rule {
    table: &'static str,
    spell: Spell,
    content: &'static str,
    time: &'static str,
    device: &'static str,
    alive: &'static str,
    cells: &'static [Cell],
}

const RULES: &[Rule] = &[
    Rule {
        table: "lists",
        spell: list,
        content: "name",
        time: "edited_at",
        device: "edited_on",
        alive: "deleted_at is null",
        cells: LISTS,
    },
    Rule {
        table: "time_entries",
        spell: time_entry,
        content: "hours",
        time: "edited_at",
        device: "null",
        alive: "true",
        cells: TIME_ENTRIES,
    },
    Rule {
        table: "teams",
        spell: team,
        content: "name",
        time: "version",
        device: "null",
        alive: "true",
        cells: TEAMS,
    },
    Rule {
        table: "presence",
        spell: presence,
        content: "list_id",
        time: "null",
        device: "null",
        alive: "true",
        cells: PRESENCE,
    },
    Rule {
        table: "comments",
        spell: comment,
        content: "body",
        time: "null",
        device: "null",
        alive: "true",
        cells: COMMENTS,
    },
];

/// The row as a cell tells it, from what a database says of it.
fn told(rule: &Rule, row: Option<[Option<String>; 4]>, now: Timestamp) -> String {
    let Some([content, time, device, alive]) = row else {
        return String::new();
    };
    let content = content.unwrap_or_default();
    let content = match rule.table {
        "presence" => &content[..1],
        _ => content.split(' ').next().unwrap_or_default(),
    };
    let time = match time.as_deref() {
        None => "-".to_owned(),
        Some(time) => match time.parse::<Timestamp>() {
            Err(_) => time.to_owned(),
            Ok(at) => match (at.micros() - now.micros()) / 60_000_000 {
                ..=-10 => {
                    let past = if time.ends_with("000001Z") { "+" } else { "" };
                    format!("{}{past}", &time[11..13])
                }
                -9..=3 => "now".to_owned(),
                4..=5 => "ahead".to_owned(),
                6.. => format!("too far ahead: {time}"),
            },
        },
    };
    let alive = matches!(alive.as_deref(), Some("1" | "true"));
    format!(
        "{content} {time} {} {alive}",
        device.unwrap_or("-".to_owned())
    )
}

fn id(table: usize, cell: usize) -> String {
    format!("3000000{table}-0000-4000-8000-{cell:012}")
}

fn on_postgres(client: &mut Client, rule: &Rule, id: &str) -> Option<[Option<String>; 4]> {
    let schema = if rule.table == "teams" {
        "people"
    } else {
        "public"
    };
    let time = match rule.time {
        "edited_at" => {
            "to_char(edited_at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')".to_owned()
        }
        other => format!("{other}::text"),
    };
    let sql = format!(
        "select {}::text, {time}, {}::text, ({})::text from {schema}.{} where id = $1::text::uuid",
        rule.content, rule.device, rule.alive, rule.table
    );
    let row = client.query_opt(&sql, &[&id]).unwrap()?;
    Some([0, 1, 2, 3].map(|index| row.get(index)))
}

fn on_sqlite(device: &rusqlite::Connection, rule: &Rule, id: &str) -> Option<[Option<String>; 4]> {
    let table = if rule.table == "time_entries" {
        "timings"
    } else {
        rule.table
    };
    let text = |column: &str| format!("CAST({column} AS TEXT)");
    let sql = format!(
        "SELECT {}, {}, {}, {} FROM {table} WHERE id = ?",
        text(rule.content),
        text(rule.time),
        text(rule.device),
        text(rule.alive)
    );
    let rows = device.query_row(&sql, [id], |row| {
        Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
    });
    rows.ok()
}

/// Runs every cell, and tells all that differ at once.
fn every_cell(
    mut write: impl FnMut(&schema::mappers::Change) -> Outcome,
    mut row: impl FnMut(&Rule, &str) -> String,
) {
    let mut wrong = Vec::new();
    for (nr, rule) in RULES.iter().enumerate() {
        for (index, cell) in rule.cells.iter().enumerate() {
            let id = id(nr, index);
            for upload in cell.before {
                let outcome = write(&change(&(rule.spell)(upload, &id)));
                assert_eq!(outcome, Applied, "{}: {}: {upload}", rule.table, cell.says);
            }
            let outcome = write(&change(&(rule.spell)(cell.upload, &id)));
            let row = row(rule, &id);
            if (outcome.clone(), row.as_str()) != (cell.outcome.clone(), cell.row) {
                wrong.push(format!(
                    "{}: {}:\n    {outcome}, and then {row:?} stands, not {}, {:?}",
                    rule.table, cell.says, cell.outcome, cell.row
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_cell_of_the_table_holds_on_postgres() {
    for way in Way::ALL {
        let database = prepared("conflicts");
        let mut client = database.superuser();
        assert_eq!(write(&mut client, way, ANN, &ground()), [Applied, Applied]);
        let mut reader = database.superuser();
        every_cell(
            |change| write(&mut client, way, ANN, std::slice::from_ref(change)).remove(0),
            |rule, id| told(rule, on_postgres(&mut reader, rule, id), Timestamp::now()),
        );
    }
}

#[test]
fn every_cell_of_the_table_holds_on_sqlite() {
    let device = device();
    let now: Timestamp = RECEIPT.parse().unwrap();
    for change in ground() {
        assert_eq!(write_on(&device, now, &change), Applied);
    }
    every_cell(
        |change| write_on(&device, now, change),
        |rule, id| told(rule, on_sqlite(&device, rule, id), now),
    );
}
