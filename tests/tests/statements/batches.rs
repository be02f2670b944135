//! Random batches: written in batches or one by one, bound by row-level security or guarded, they come to the same rows
//! and the same outcomes.

use crate::statements::world::{ANN, BEN, Way, bound, change, prepared, write};
use postgres::{Client, Transaction};
use schema::mappers::{Change, statements};
use std::collections::BTreeMap;
use synctable::crud::{Entry, Release, Write};
use synctable::plan::plan;
use synctable::statement::Outcome;
use synctable::statement::postgres::Writer;
use tests::generate::dice::Dice;

/// How many batches are tried.
fn rounds() -> usize {
    if tests::long() { 20_000 } else { 2_000 }
}

/// What is compared of every table: all but what chance fills in.
const TABLES: &[(&str, &str)] = &[
    ("people.teams", "to_jsonb(t) - 'invite_code'"),
    ("people.members", "to_jsonb(t)"),
    ("people.profiles", "to_jsonb(t)"),
    ("public.lists", "to_jsonb(t)"),
    ("public.items", "to_jsonb(t) - 'changed'"),
    ("public.comments", "to_jsonb(t)"),
    ("public.reactions", "to_jsonb(t)"),
    ("public.time_entries", "to_jsonb(t)"),
    ("public.presence", "to_jsonb(t)"),
    ("public.feedback", "to_jsonb(t)"),
    ("public.labels", "to_jsonb(t)"),
    ("public.item_labels", "to_jsonb(t)"),
];

/// Every row, as text.
fn rows(transaction: &mut Transaction<'_>) -> String {
    let selects: Vec<String> = TABLES
        .iter()
        .map(|(name, row)| {
            format!("select '{name}' as name, ({row})::text as row from {name} as t")
        })
        .collect();
    let sql = format!(
        "select coalesce(string_agg(name || ' ' || row, E'\\n' order by name, row), '') from ({}) as every",
        selects.join(" union all ")
    );
    transaction.query_one(&sql, &[]).unwrap().get(0)
}

struct Uploads<'d> {
    dice: &'d mut Dice,
    /// What an upload of a calm batch does, without anything that need not be said.
    calm: Option<(&'static str, &'static str)>,
    mood: Mood,
    /// Ids are new in every one of them, so that there is always something to be made.
    epoch: usize,
}

/// What a batch is full of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    /// A bit of everything.
    Mixed,
    /// Rows that go.
    Deletes,
    /// What is checked at the end of a transaction: pinned items, places that are taken, labels that come later.
    Deferred,
}

/// How many batches speak of the same ids.
const EPOCH: usize = 50;

/// Two kinds of uploads that mean something to each other.
const RELATED: [[(&str, &str); 2]; 17] = [
    [("teams", "PUT"), ("lists", "PUT")],
    [("teams", "PUT"), ("labels", "PUT")],
    [("lists", "PUT"), ("items", "PUT")],
    [("lists", "PATCH"), ("items", "PUT")],
    [("items", "PUT"), ("comments", "PUT")],
    [("items", "PUT"), ("items", "PATCH")],
    [("comments", "PUT"), ("reactions", "PUT")],
    [("items", "PUT"), ("timings", "PUT")],
    [("timings", "PUT"), ("timings", "DELETE")],
    [("labels", "DELETE"), ("item_labels", "PUT")],
    [("labels", "PUT"), ("item_labels", "PUT")],
    [("labels", "DELETE"), ("item_labels", "DELETE")],
    [("lists", "DELETE"), ("items", "DELETE")],
    [("items", "PUT"), ("items", "DELETE")],
    [("presence", "PUT"), ("presence", "DELETE")],
    [("items", "PATCH"), ("lists", "PATCH")],
    [("items", "PATCH"), ("items", "DELETE")],
];

/// Pairs of which something is checked at the end of a transaction.
const DEFERRED: [usize; 5] = [2, 3, 10, 15, 5];

const TABLES_OF_DEVICES: [&str; 12] = [
    "lists",
    "items",
    "items",
    "comments",
    "reactions",
    "timings",
    "presence",
    "feedback",
    "labels",
    "item_labels",
    "teams",
    "profiles",
];

impl Uploads<'_> {
    fn one(&mut self, of: &[&str]) -> String {
        of[self.dice.below(of.len())].to_owned()
    }

    fn id(&mut self, kind: usize, many: usize) -> String {
        let nr = self.dice.below(many);
        format!("{kind}0000000-0000-4000-8000-{:06}{nr:06}", self.epoch)
    }

    fn time(&mut self) -> String {
        let hour = self.dice.below(4) + 10;
        format!("2026-01-01T{hour}:00:00.000000Z")
    }

    /// The id of the row itself: there are more of them in a calm batch.
    fn own_id(&mut self, kind: usize, many: usize) -> String {
        let many = if self.calm.is_some() { many * 4 } else { many };
        self.id(kind, many)
    }

    fn op(&mut self) -> &'static str {
        match self.mood {
            Mood::Deletes if self.dice.chance(60) => "DELETE",
            _ => ["PUT", "PUT", "PATCH", "DELETE"][self.dice.below(4)],
        }
    }

    /// Whether it gives what is checked at the end of a transaction.
    fn defers(&mut self, of: usize) -> bool {
        match self.mood {
            Mood::Deferred => self.dice.below(2) == 0,
            Mood::Mixed | Mood::Deletes => self.chance(of),
        }
    }

    fn chance(&mut self, of: usize) -> bool {
        self.calm.is_none() && self.dice.below(of) == 0
    }

    /// One upload, as JSON; not every one is one that the declaration takes.
    fn upload(&mut self) -> String {
        let (table, op) = match self.calm {
            Some(what) => what,
            None => {
                let table = match self.mood {
                    Mood::Mixed | Mood::Deletes => TABLES_OF_DEVICES[self.dice.below(12)],
                    Mood::Deferred => {
                        ["lists", "items", "items", "item_labels"][self.dice.below(4)]
                    }
                };
                (table, self.op())
            }
        };
        let mut data: Vec<(&str, String)> = Vec::new();
        let mut previous: Vec<(&str, String)> = Vec::new();
        let text = |text: &str| format!("{text:?}");
        let id = match table {
            "lists" => {
                data.push(("name", text(&self.one(&["a", "b", "c", ""]))));
                if self.dice.below(2) == 0 {
                    let team = self.id(1, 3);
                    data.push(("team_id", text(&team)));
                }
                if self.chance(3) {
                    data.push(("is_public", self.one(&["0", "1"])));
                }
                if self.defers(8) {
                    let item = self.id(3, if self.mood == Mood::Deferred { 12 } else { 6 });
                    data.push(("pinned_item_id", text(&item)));
                }
                if self.chance(6) {
                    let time = self.time();
                    data.push(("deleted_at", text(&time)));
                }
                if self.chance(2) {
                    data.push(("edited_on", text(&self.one(&["m", "z"]))));
                }
                if op == "PUT" && self.chance(6) {
                    let owner = self.one(&[ANN, BEN]);
                    data.push(("owner_id", text(&owner)));
                }
                self.own_id(2, 4)
            }
            "items" => {
                if op == "PUT" || self.chance(8) {
                    let list = self.id(2, 4);
                    data.push(("list_id", text(&list)));
                }
                if op == "PUT" || self.chance(2) {
                    data.push(("title", text(&self.one(&["a", "b", "c"]))));
                }
                if self.chance(4) {
                    let parent = self.id(3, 6);
                    data.push(("parent_id", text(&parent)));
                }
                if op == "PUT" || self.defers(8) {
                    let place = match self.mood {
                        Mood::Deferred => self.dice.below(6),
                        Mood::Mixed | Mood::Deletes => self.dice.below(9000) + 10,
                    };
                    data.push(("place", place.to_string()));
                }
                if self.chance(8) {
                    data.push(("priority", self.one(&["1", "4", "7"])));
                }
                if self.chance(3) {
                    data.push(("tags", text(&self.one(&["[]", "[\"x\"]", "[\"x\",\"y\"]"]))));
                }
                if self.chance(8) {
                    let time = self.time();
                    data.push(("deleted_at", text(&time)));
                }
                self.own_id(3, 6)
            }
            "comments" => {
                let item = self.id(3, 6);
                data.push(("item_id", text(&item)));
                data.push(("body", text(&self.one(&["a", "b"]))));
                data.push(("said_at", text("2026-01-01T00:00:00.000000Z")));
                self.own_id(4, 4)
            }
            "reactions" => {
                let comment = self.id(4, 4);
                data.push(("comment_id", text(&comment)));
                data.push(("word", text(&self.one(&["up", "down"]))));
                self.own_id(5, 4)
            }
            "timings" => {
                let item = self.id(3, 6);
                data.push(("item_id", text(&item)));
                data.push(("hours", text(&self.one(&["1.000", "2.500", "0.000"]))));
                data.push(("worked_on", text("2026-01-01")));
                self.own_id(6, 4)
            }
            "presence" => {
                if op == "PUT" {
                    data.push(("device", text(&self.one(&["m", "z"]))));
                }
                let list = self.id(2, 4);
                data.push(("list_id", text(&list)));
                data.push(("seen_at", text("2026-01-01T00:00:00.000000Z")));
                self.own_id(7, 4)
            }
            "feedback" => {
                data.push(("text", text(&self.one(&["a", "b"]))));
                self.id(8, 40)
            }
            "labels" => {
                let (team, name) = (self.id(1, 3), self.one(&["a", "b"]));
                if op == "PUT" {
                    data.push(("team_id", text(&team)));
                    data.push(("name", text(&name)));
                }
                data.push(("color", text(&self.one(&["#ffffff", "#000000", "red"]))));
                format!("{team}:{name}")
            }
            "item_labels" => {
                let (team, item, name) = (self.id(1, 3), self.id(3, 6), self.one(&["a", "b"]));
                data.push(("team_id", text(&team)));
                let hex: String = name.bytes().map(|byte| format!("{byte:02X}")).collect();
                format!("{hex}/{item}")
            }
            "teams" => {
                data.push(("name", text(&self.one(&["a", "b", "c"]))));
                if self.chance(2) {
                    data.push(("region", text(&self.one(&["r", "s", "t"]))));
                }
                if self.chance(3) {
                    data.push(("seats", self.one(&["5", "6", "0"])));
                }
                match op {
                    "PUT" => data.push(("version", self.one(&["1", "2"]))),
                    _ if self.chance(2) => previous.push(("version", self.one(&["1", "2", "3"]))),
                    _ => previous.push(("name", text(&self.one(&["a", "b", "c"])))),
                }
                self.id(1, 3)
            }
            _ => {
                data.push(("handle", text(&self.one(&["ann", "ben", "eve"]))));
                if self.chance(2) {
                    data.push(("completeness", self.one(&["10", "50", "200"])));
                }
                self.one(&[ANN, BEN])
            }
        };
        let has_time = !matches!(
            table,
            "comments" | "reactions" | "presence" | "feedback" | "teams"
        );
        if has_time && !self.chance(6) {
            let time = self.time();
            data.push(("edited_at", text(&time)));
        }
        if op == "DELETE" {
            data.clear();
            if has_time && self.chance(2) {
                let time = self.time();
                previous.push(("edited_at", text(&time)));
            }
        }
        if op == "PATCH" && data.len() > 2 && self.chance(2) {
            let gone = self.dice.below(data.len());
            data.remove(gone);
        }
        let object = |name: &str, members: &[(&str, String)]| {
            let members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{name:?}: {value}"))
                .collect();
            match members.is_empty() {
                true => String::new(),
                false => format!(", {name:?}: {{{}}}", members.join(", ")),
            }
        };
        format!(
            "{{\"op\": {op:?}, \"table\": {table:?}, \"id\": {id:?}{}{}}}",
            object("op_data", &data),
            object("previous_values", &previous)
        )
    }

    /// A batch of uploads that the declaration takes.
    fn batch(&mut self) -> Vec<(String, Change)> {
        let many = self.dice.below(12) + 1;
        self.mood = [
            Mood::Mixed,
            Mood::Mixed,
            Mood::Mixed,
            Mood::Deletes,
            Mood::Deferred,
        ][self.dice.below(5)];
        let mut batch = Vec::new();
        let calm = self.dice.chance(60);
        let mut tried = 0;
        let mut pair = [None; 2];
        while batch.len() < many {
            // Some things no upload may do; then it is something else.
            if calm && tried % 16 == 0 {
                let related = match self.mood {
                    Mood::Mixed => RELATED[self.dice.below(RELATED.len())],
                    Mood::Deletes => RELATED[RELATED.len() - 6 + self.dice.below(6)],
                    Mood::Deferred => RELATED[DEFERRED[self.dice.below(DEFERRED.len())]],
                };
                if self.dice.below(2) == 0 {
                    pair = related.map(Some);
                    self.calm = pair[self.dice.below(2)];
                    tried += 1;
                    continue;
                }
                for one in &mut pair {
                    let table = TABLES_OF_DEVICES[self.dice.below(12)];
                    let op = self.op();
                    *one = Some((table, op));
                }
            }
            self.calm = pair[self.dice.below(2)];
            tried += 1;
            let json = self.upload();
            let entry: Entry<'_> = serde_json::from_str(&json).unwrap();
            if let Ok(change) = Change::decode(&entry, &Release::CURRENT) {
                batch.push((json, change));
            }
        }
        batch
    }
}

fn uploads(dice: &mut Dice, epoch: usize) -> Uploads<'_> {
    Uploads {
        dice,
        calm: None,
        mood: Mood::Mixed,
        epoch,
    }
}

/// What a way of writing comes to.
type End = (Vec<Outcome>, String);

/// Writes the batch in a savepoint that is rolled back, but for what it comes to.
fn tried(
    transaction: &mut Transaction<'_>,
    writer: &mut Writer<'_>,
    way: Way,
    user: &str,
    one_by_one: bool,
    writes: &[Write<'_>],
) -> End {
    let mut attempt = transaction.transaction().unwrap();
    let outcomes = bound(
        &mut attempt,
        way,
        user,
        |attempt, caller| match one_by_one {
            true => writer.apply_one_by_one(attempt, caller, None, writes),
            false => writer.apply(attempt, caller, None, writes),
        },
    );
    let outcomes = outcomes.unwrap_or_else(|error| panic!("{error}"));
    attempt.batch_execute("reset role").unwrap();
    let rows = rows(&mut attempt);
    attempt.rollback().unwrap();
    let outcomes = outcomes
        .into_iter()
        .zip(writes)
        .map(|(outcome, write)| match outcome {
            // A message may name the row that it met first.
            Outcome::Invalid(mut violation) => {
                violation.message.clear();
                Outcome::Invalid(violation)
            }
            // Under row-level security nobody reads what is there, and it counts as what was sent before.
            Outcome::Refused if !write.table.sync.downloads() => Outcome::Same,
            other => other,
        });
    (outcomes.collect(), rows)
}

const HOW: [(Way, bool); 4] = [
    (Way::Guarded, true),
    (Way::Guarded, false),
    (Way::RowSecurity, true),
    (Way::RowSecurity, false),
];

/// What the ways come to, or where they differ.
fn difference(
    transaction: &mut Transaction<'_>,
    writer: &mut Writer<'_>,
    user: &str,
    writes: &[Write<'_>],
    how: &[(Way, bool)],
) -> Result<Vec<Outcome>, String> {
    let ends: Vec<_> = how
        .iter()
        .map(|(way, one_by_one)| {
            let end = tried(transaction, writer, *way, user, *one_by_one, writes);
            ((way, one_by_one), end)
        })
        .collect();
    let (_, first) = &ends[0];
    for (how, end) in &ends[1..] {
        if end != first {
            let told = |outcomes: &[Outcome]| {
                let told: Vec<String> = outcomes.iter().map(Outcome::to_string).collect();
                told.join(", ")
            };
            let lines = |rows: &str| rows.lines().map(str::to_owned).collect::<Vec<_>>();
            let (one, other) = (lines(&first.1), lines(&end.1));
            let only = |these: &[String], those: &[String]| {
                let only: Vec<&String> = these.iter().filter(|row| !those.contains(row)).collect();
                format!("{only:#?}")
            };
            return Err(format!(
                "first, one by one: {}\n{how:?} (batches where false): {}\nonly in the first: {}\nonly in the second: {}",
                told(&first.0),
                told(&end.0),
                only(&one, &other),
                only(&other, &one)
            ));
        }
    }
    Ok(ends.into_iter().next().unwrap().1.0)
}

#[test]
fn batches_mean_what_their_entries_mean_one_after_the_other() {
    let halves = std::thread::scope(|scope| {
        let half = |seed: u64| scope.spawn(move || half(seed, rounds() / 2));
        [half(20_260_131), half(20_260_201)].map(|half| match half.join() {
            Ok(tally) => tally,
            Err(why) => std::panic::resume_unwind(why),
        })
    });
    let many = |cell: &str| -> usize {
        halves
            .iter()
            .map(|half| half.seen.get(cell).copied().unwrap_or_default())
            .sum()
    };
    for cell in CELLS {
        assert!(
            many(cell) * 200 >= rounds(),
            "too few of `{cell}`: {}",
            many(cell)
        );
    }
    let shared: usize = halves.iter().map(|half| half.shared).sum();
    let all: usize = halves.iter().map(|half| half.all).sum();
    assert!(
        shared * 4 > all,
        "{shared} of {all} entries shared a statement"
    );
}

/// What must come of some of the uploads, so that the comparison says something.
const CELLS: [&str; 18] = [
    "PUT applied",
    "PUT same",
    "PUT stale",
    "PUT refused",
    "PUT invalid",
    "PATCH applied",
    "PATCH same",
    "PATCH stale",
    "PATCH gone",
    "PATCH refused",
    "PATCH invalid",
    "DELETE applied",
    "DELETE same",
    "DELETE stale",
    "pinned",
    "lists_pinned_item_id_fkey",
    "items_place",
    "item_labels_of_label",
];

/// What came of the uploads.
#[derive(Default)]
struct Tally {
    seen: BTreeMap<String, usize>,
    shared: usize,
    all: usize,
}

/// Tries batches in a database of its own.
fn half(seed: u64, rounds: usize) -> Tally {
    let database = prepared("batches");
    let mut client: Client = database.superuser();
    let mut writer = Writer::new(statements::ALL);
    let mut dice = Dice::new(seed);
    let mut tally = Tally::default();
    for round in 0..rounds {
        if round % EPOCH == 0 {
            ground(&mut client, round / EPOCH);
        }
        let user = if round % 3 == 0 { BEN } else { ANN };
        let batch = uploads(&mut dice, round / EPOCH).batch();
        let writes: Vec<Write<'_>> = batch.iter().map(|(_, change)| change.write()).collect();
        let planned = plan(statements::ALL, &writes);
        assert_eq!(planned.unknown, Vec::<usize>::new());
        let sizes = planned.steps.iter().map(|step| step.entries.len());
        tally.all += writes.len();
        tally.shared += sizes.filter(|size| *size > 1).sum::<usize>();

        // Both ways are held against each other now and then.
        let how = match round % 8 {
            0 => &HOW[..],
            1 | 3 | 5 | 7 => &HOW[..2],
            _ => &HOW[2..],
        };
        let mut transaction = client.transaction().unwrap();
        let outcomes = match difference(&mut transaction, &mut writer, user, &writes, how) {
            Ok(outcomes) => outcomes,
            Err(first) => {
                let (kept, why) = shrunk(&mut transaction, &mut writer, user, &batch, how, first);
                panic!("round {round}, {user}:\n{}\n{why}", kept.join("\n"));
            }
        };
        transaction.rollback().unwrap();
        for (write, outcome) in writes.iter().zip(&outcomes) {
            let word = match outcome {
                Outcome::Invalid(_) => "invalid".to_owned(),
                other => other.to_string(),
            };
            *tally
                .seen
                .entry(format!("{} {word}", write.op))
                .or_default() += 1;
            let deferred = match outcome {
                Outcome::Invalid(violation) => violation.object.as_deref().filter(|object| {
                    [
                        "lists_pinned_item_id_fkey",
                        "items_place",
                        "item_labels_of_label",
                    ]
                    .contains(object)
                }),
                Outcome::Applied => {
                    let mut given = write.values.iter();
                    given
                        .any(|(column, value)| {
                            column.name == "pinned_item_id" && *value != synctable::Value::Null
                        })
                        .then_some("pinned")
                }
                _ => None,
            };
            if let Some(deferred) = deferred {
                *tally.seen.entry(deferred.to_owned()).or_default() += 1;
            }
        }
        let mut transaction = client.transaction().unwrap();
        bound(
            &mut transaction,
            Way::Guarded,
            user,
            |transaction, caller| writer.apply(transaction, caller, None, &writes).unwrap(),
        );
        // What is checked at the end of a transaction has been checked.
        transaction.commit().unwrap();
    }
    tally
}

/// Empties the tables and makes some of the rows that uploads of an epoch speak of.
fn ground(client: &mut Client, epoch: usize) {
    let tables: Vec<&str> = TABLES.iter().map(|(name, _)| *name).collect();
    let sql = format!("truncate {} cascade", tables.join(", "));
    client.batch_execute(&sql).unwrap();
    let id = |kind: usize, nr: usize| format!("{kind}0000000-0000-4000-8000-{epoch:06}{nr:06}");
    let put = |table: &str, id: &str, data: String| {
        change(&format!(
            "{{\"op\": \"PUT\", \"table\": {table:?}, \"id\": {id:?}, \"op_data\": {{{data}}}}}"
        ))
    };
    let time = "\"edited_at\": \"2026-01-01T09:00:00.000000Z\"";
    let team = id(1, 0);
    let mut ann = vec![put(
        "teams",
        &team,
        format!("\"name\": \"ground\", \"region\": \"{epoch}\""),
    )];
    for nr in 0..2 {
        let data = format!("\"name\": \"ground {epoch} {nr}\", \"team_id\": {team:?}, {time}");
        ann.push(put("lists", &id(2, nr), data));
    }
    for nr in 0..4 {
        let data = format!(
            "\"list_id\": {:?}, \"title\": \"ground\", \"place\": {nr}, {time}",
            id(2, nr % 2)
        );
        ann.push(put("items", &id(3, nr), data));
    }
    let data = format!("\"team_id\": {team:?}, \"name\": \"a\", {time}");
    ann.push(put("labels", &format!("{team}:a"), data));
    let outcomes = write(client, Way::Guarded, ANN, &ann);
    assert_eq!(outcomes, vec![Outcome::Applied; ann.len()]);
    let ben = put(
        "teams",
        &id(1, 1),
        format!("\"name\": \"his\", \"region\": \"{epoch}\""),
    );
    assert_eq!(write(client, Way::Guarded, BEN, &[ben]), [Outcome::Applied]);
}

/// The fewest uploads that still differ.
fn shrunk(
    transaction: &mut Transaction<'_>,
    writer: &mut Writer<'_>,
    user: &str,
    batch: &[(String, Change)],
    how: &[(Way, bool)],
    mut why: String,
) -> (Vec<String>, String) {
    let mut kept: Vec<usize> = (0..batch.len()).collect();
    let mut index = 0;
    while index < kept.len() {
        let mut fewer = kept.clone();
        fewer.remove(index);
        let writes: Vec<Write<'_>> = fewer.iter().map(|one| batch[*one].1.write()).collect();
        match difference(transaction, writer, user, &writes, how) {
            Ok(_) => index += 1,
            Err(still) => {
                why = still;
                kept = fewer;
            }
        }
    }
    (
        kept.into_iter().map(|one| batch[one].0.clone()).collect(),
        why,
    )
}
