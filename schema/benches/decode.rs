//! What it costs to read an upload entry as a typed, validated change, beside `serde_json` into structs of the same columns:
//! plain ones, whose texts stay texts, and typed ones, whose texts are read as what they stand for and nothing more is checked.
//!
//! `cargo bench -p schema` prints both; `docs/performance.md` has the figures.

use schema::mappers::Change;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error, Visitor};
use std::fmt::{self, Display};
use std::hint::black_box;
use std::marker::PhantomData;
use std::str::FromStr;
use std::time::Instant;
use synctable::crud::{Entry, Release};
use synctable::{Date, Decimal, Interval, LocalTimestamp, Time, Timestamp, Uuid};

/// An entry as somebody would declare it who trusts what comes in: texts stay texts, nothing is checked.
#[derive(Deserialize)]
#[allow(dead_code, reason = "what is read is only measured")]
struct Plain<T> {
    op: String,
    table: String,
    id: String,
    op_data: T,
    transaction_id: Option<i64>,
}

/// An entry as the structs beside it are declared: its id is a uuid and its word one of three.
#[derive(Deserialize)]
#[allow(dead_code, reason = "what is read is only measured")]
struct Typed<T> {
    op: Op,
    table: String,
    #[serde(deserialize_with = "read")]
    id: Uuid,
    op_data: T,
    transaction_id: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Op {
    Put,
    Patch,
    Delete,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "what is read is only measured")]
struct PlainItem {
    list_id: String,
    parent_id: Option<String>,
    title: String,
    status: Option<String>,
    size: Option<String>,
    priority: Option<i16>,
    place: Option<i32>,
    effort: Option<f32>,
    estimate: Option<String>,
    due_on: Option<String>,
    remind_at: Option<String>,
    starts_at: Option<String>,
    duration: Option<String>,
    tags: Option<String>,
    assignee_ids: Option<String>,
    meta: Option<String>,
    remarks: Option<String>,
    rank: Option<i64>,
    added_on: Option<String>,
    edited_at: Option<String>,
    deleted_at: Option<String>,
}

/// Every column that a device may change, as the change has them.
#[derive(Deserialize)]
#[allow(dead_code, reason = "what is read is only measured")]
struct PlainItemPatch {
    list_id: Option<String>,
    parent_id: Option<String>,
    title: Option<String>,
    status: Option<String>,
    size: Option<String>,
    priority: Option<i16>,
    place: Option<i32>,
    effort: Option<f32>,
    estimate: Option<String>,
    due_on: Option<String>,
    remind_at: Option<String>,
    starts_at: Option<String>,
    duration: Option<String>,
    tags: Option<String>,
    assignee_ids: Option<String>,
    meta: Option<String>,
    remarks: Option<String>,
    rank: Option<i64>,
    edited_at: Option<String>,
    deleted_at: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "what is read is only measured")]
struct PlainComment {
    item_id: String,
    reply_to: Option<String>,
    body: String,
    said_at: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "what is read is only measured")]
struct TypedItem {
    #[serde(deserialize_with = "read")]
    list_id: Uuid,
    #[serde(default, deserialize_with = "read_some")]
    parent_id: Option<Uuid>,
    title: String,
    status: Option<Status>,
    size: Option<Size>,
    priority: Option<i16>,
    place: Option<i32>,
    effort: Option<f32>,
    #[serde(default, deserialize_with = "read_some")]
    estimate: Option<Decimal>,
    #[serde(default, deserialize_with = "read_some")]
    due_on: Option<Date>,
    #[serde(default, deserialize_with = "read_some")]
    remind_at: Option<Time>,
    #[serde(default, deserialize_with = "read_some")]
    starts_at: Option<LocalTimestamp>,
    #[serde(default, deserialize_with = "read_some")]
    duration: Option<Interval>,
    #[serde(default, deserialize_with = "read_json")]
    tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "read_json")]
    assignee_ids: Option<Vec<Parsed<Uuid>>>,
    #[serde(default, deserialize_with = "read_json")]
    meta: Option<serde_json::Value>,
    remarks: Option<String>,
    rank: Option<i64>,
    #[serde(default, deserialize_with = "read_some")]
    added_on: Option<Date>,
    #[serde(default, deserialize_with = "read_some")]
    edited_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "read_some")]
    deleted_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "what is read is only measured")]
struct TypedItemPatch {
    #[serde(default, deserialize_with = "read_some")]
    list_id: Option<Uuid>,
    #[serde(default, deserialize_with = "read_some")]
    parent_id: Option<Uuid>,
    title: Option<String>,
    status: Option<Status>,
    size: Option<Size>,
    priority: Option<i16>,
    place: Option<i32>,
    effort: Option<f32>,
    #[serde(default, deserialize_with = "read_some")]
    estimate: Option<Decimal>,
    #[serde(default, deserialize_with = "read_some")]
    due_on: Option<Date>,
    #[serde(default, deserialize_with = "read_some")]
    remind_at: Option<Time>,
    #[serde(default, deserialize_with = "read_some")]
    starts_at: Option<LocalTimestamp>,
    #[serde(default, deserialize_with = "read_some")]
    duration: Option<Interval>,
    #[serde(default, deserialize_with = "read_json")]
    tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "read_json")]
    assignee_ids: Option<Vec<Parsed<Uuid>>>,
    #[serde(default, deserialize_with = "read_json")]
    meta: Option<serde_json::Value>,
    remarks: Option<String>,
    rank: Option<i64>,
    #[serde(default, deserialize_with = "read_some")]
    edited_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "read_some")]
    deleted_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "what is read is only measured")]
struct TypedComment {
    #[serde(deserialize_with = "read")]
    item_id: Uuid,
    #[serde(default, deserialize_with = "read_some")]
    reply_to: Option<Uuid>,
    body: String,
    #[serde(default, deserialize_with = "read_some")]
    said_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Open,
    Done,
    Archived,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Size {
    Small,
    Large,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "what is read is only measured")]
struct Parsed<T: FromStr<Err: Display>>(#[serde(deserialize_with = "read")] T);

/// What a text stands for, from the text as it lies in the input.
struct Parsing<T>(PhantomData<T>);

impl<T: FromStr<Err: Display>> Visitor<'_> for Parsing<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

/// What the JSON in a text says.
struct ParsingJson<T>(PhantomData<T>);

impl<T: DeserializeOwned> Visitor<'_> for ParsingJson<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string of JSON")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        serde_json::from_str(text).map_err(E::custom)
    }
}

fn read<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    from.deserialize_str(Parsing(PhantomData))
}

fn read_some<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    read(from).map(Some)
}

fn read_json<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    from.deserialize_str(ParsingJson(PhantomData)).map(Some)
}

const ITEM: &str = r##"{"op":"PUT","table":"items","id":"0192f0c1-7a3b-7cde-8f01-23456789abce","transaction_id":7,"op_data":{"list_id":"0192f0c1-7a3b-7cde-8f01-23456789abcd","title":"Buy milk for everybody","status":"open","size":"small","priority":2,"place":7,"effort":0.5,"estimate":"12.50","due_on":"2026-01-31","remind_at":"15:47:00.000000","starts_at":"2026-01-31T15:47:12.400000","duration":"1 day 02:30:00","tags":"[\"home\",\"soon\"]","assignee_ids":"[\"0192f0c1-7a3b-7cde-8f01-23456789abcd\"]","meta":"{\"a\": 1, \"b\": [true, null]}","remarks":"the one in the blue box, not the other","rank":9007199254740993,"added_on":"2026-01-31","edited_at":"2026-01-31T13:47:00.000000Z"}}"##;

const PATCH: &str = r##"{"op":"PATCH","table":"items","id":"0192f0c1-7a3b-7cde-8f01-23456789abce","transaction_id":8,"op_data":{"title":"Buy milk for everybody","status":"done","place":8,"edited_at":"2026-01-31T13:47:00.000000Z"}}"##;

const COMMENT: &str = r##"{"op":"PUT","table":"comments","id":"0192f0c1-7a3b-7cde-8f01-23456789abce","transaction_id":9,"op_data":{"item_id":"0192f0c1-7a3b-7cde-8f01-23456789abcd","body":"I have been there yesterday and they had none left, so that we may have to look elsewhere. Has anybody been to the other place, which opens at eight?","said_at":"2026-01-31T13:47:00.000000Z"}}"##;

fn decode(text: &str) -> Change {
    let entry = Entry::from_json(text).expect("it is an entry");
    Change::decode(&entry, &Release::CURRENT).expect("it is a change")
}

fn read_entry<E: DeserializeOwned>(text: &str) -> E {
    serde_json::from_str(text).expect("it is an entry")
}

fn main() {
    println!("| entry | plain structs | typed structs | change | of plain | of typed |");
    println!("| --- | --- | --- | --- | --- | --- |");
    row::<PlainItem, TypedItem>("a PUT of 19 columns, one of each kind", ITEM);
    row::<PlainItemPatch, TypedItemPatch>("a PATCH of 4 columns", PATCH);
    row::<PlainComment, TypedComment>("a PUT of 3 columns", COMMENT);
}

/// All in turn, so that whatever else the machine does slows all of them down.
fn row<P: DeserializeOwned, T: DeserializeOwned>(name: &str, text: &str) {
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        times[0].push(nanoseconds(|| {
            drop(black_box(read_entry::<Plain<P>>(black_box(text))))
        }));
        times[1].push(nanoseconds(|| {
            drop(black_box(read_entry::<Typed<T>>(black_box(text))))
        }));
        times[2].push(nanoseconds(|| drop(black_box(decode(black_box(text))))));
    }
    let [plain, typed, change] = times.map(median);
    println!(
        "| {name} | {plain:.0} ns | {typed:.0} ns | {change:.0} ns | {:.2} | {:.2} |",
        change / plain,
        change / typed
    );
}

// Short rounds: whatever interrupts one of them is no part of the median.
const ROUNDS: usize = 4000;
const CALLS: usize = 20;

/// The time of one call.
fn nanoseconds(mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..CALLS {
        call();
    }
    start.elapsed().as_secs_f64() * 1e9 / CALLS as f64
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
