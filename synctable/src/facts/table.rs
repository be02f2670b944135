//! The table: one row per scalar. Its answers are printed in the documents on kinds.

use super::ColumnType::{Integer, Real, Text};
use super::{Equality, Facts, KeyText, UploadForm};
use crate::kind::Scalar;

const DIGITS: &str = "-0123456789";
const TIME_CHARACTERS: &str = "-.0123456789:TZ";
const TEXT_REFUSED: &[&str] = &["`\\u0000`", "lone surrogates"];
const FLOAT_REFUSED: &[&str] = &["NaN", "the infinities"];

pub(super) const fn row(scalar: Scalar) -> &'static Facts {
    match scalar {
        Scalar::Uuid => &UUID,
        Scalar::Text => &TEXT,
        Scalar::Varchar(_) => &VARCHAR,
        Scalar::Bool => &BOOL,
        Scalar::Smallint => &SMALLINT,
        Scalar::Int => &INT,
        Scalar::Bigint => &BIGINT,
        Scalar::Real => &REAL,
        Scalar::Double => &DOUBLE,
        Scalar::Decimal { .. } => &DECIMAL,
        Scalar::Date => &DATE,
        Scalar::Time => &TIME,
        Scalar::Timestamp => &TIMESTAMP,
        Scalar::Timestamptz => &TIMESTAMPTZ,
        Scalar::Interval => &INTERVAL,
        Scalar::Json => &JSON,
        Scalar::Bytes => &BYTES,
    }
}

static UUID: Facts = Facts {
    why: "Text in TypeScript, Dart, Kotlin and Swift, because their standard libraries do not have a UUID that prints lower case. Swift prints upper case, which never matches in streams.",
    column_type: Text,
    upload: UploadForm::String,
    replicated: "Lower-case hexadecimal with hyphens.",
    example: "0192f0c1-7a3b-7cde-8f01-23456789abcd",
    rust: "synctable::Uuid",
    typescript: "string",
    dart: "String",
    kotlin: "String",
    swift: "String",
    equality: Equality::Text,
    same_order: true,
    key_text: KeyText::Only("-0123456789abcdef"),
    refused: &["braces, `urn:uuid:` and text without hyphens"],
    in_lists: Ok(()),
};

static TEXT: Facts = Facts {
    why: "No order, because Postgres orders text by its collation, and SQLite and streams by bytes.",
    column_type: Text,
    upload: UploadForm::String,
    replicated: "The text as it is.",
    example: "Buy milk",
    rust: "String",
    typescript: "string",
    dart: "String",
    kotlin: "String",
    swift: "String",
    equality: Equality::Text,
    same_order: false,
    key_text: KeyText::Any,
    refused: TEXT_REFUSED,
    in_lists: Ok(()),
};

static VARCHAR: Facts = Facts {
    why: "Characters are Unicode code points, as Postgres counts them. Postgres silently removes blanks past the limit, so a text that is too long is refused, even if only blanks are past the limit.",
    refused: &[
        "`\\u0000`",
        "lone surrogates",
        "more characters than declared, blanks included",
    ],
    ..TEXT
};

static BOOL: Facts = Facts {
    why: "",
    column_type: Integer,
    upload: UploadForm::Integer01,
    replicated: "The integer 1 or 0.",
    example: "1",
    rust: "bool",
    typescript: "boolean",
    dart: "bool",
    kotlin: "Boolean",
    swift: "Bool",
    equality: Equality::Number,
    same_order: true,
    key_text: KeyText::Only("01"),
    refused: &["numbers other than 0 and 1", "`\"true\"` and other words"],
    in_lists: Ok(()),
};

static SMALLINT: Facts = Facts {
    why: "",
    rust: "i16",
    kotlin: "Short",
    swift: "Int16",
    refused: &["numbers past -32768 and 32767", "fractions"],
    ..INT
};

static INT: Facts = Facts {
    why: "",
    column_type: Integer,
    upload: UploadForm::IntegerNumber,
    replicated: "An integer.",
    example: "42",
    rust: "i32",
    typescript: "number",
    dart: "int",
    kotlin: "Int",
    swift: "Int32",
    equality: Equality::Number,
    same_order: true,
    key_text: KeyText::Only(DIGITS),
    refused: &["numbers past -2147483648 and 2147483647", "fractions"],
    in_lists: Ok(()),
};

static BIGINT: Facts = Facts {
    why: "`bigint` in TypeScript, whose numbers are exact up to 2^53. `int` in Dart is exact except on the web.",
    replicated: "An integer, exact to 64 bits.",
    example: "9007199254740993",
    rust: "i64",
    typescript: "bigint",
    kotlin: "Long",
    swift: "Int64",
    refused: &["numbers past 64 bits", "fractions"],
    ..INT
};

static REAL: Facts = Facts {
    why: "Postgres prints the shortest text of the 32-bit float, and SQLite stores the 64-bit float that is nearest to that text. Values of the column compare in the same way in both. A literal must be rounded to 32 bits before Postgres compares it with the column.",
    replicated: "A number: the shortest decimal that names the 32-bit float.",
    example: "0.1",
    rust: "f32",
    kotlin: "Float",
    swift: "Float",
    refused: &[
        "NaN",
        "the infinities",
        "numbers past the range of 32-bit floats",
    ],
    ..DOUBLE
};

static DOUBLE: Facts = Facts {
    why: "Not allowed as a key, because equal floats can have different texts (`-0` and `0`), and SQLite 3.40 prints 15 digits.",
    column_type: Real,
    upload: UploadForm::RealNumber,
    replicated: "A number.",
    example: "0.1",
    rust: "f64",
    typescript: "number",
    dart: "double",
    kotlin: "Double",
    swift: "Double",
    equality: Equality::Ieee,
    same_order: true,
    key_text: KeyText::Refused("equal floats can have different texts"),
    refused: FLOAT_REFUSED,
    in_lists: Ok(()),
};

static DECIMAL: Facts = Facts {
    why: "Text outside Postgres, because every other number there is a float. The text has exactly the declared digits after the point, as Postgres prints it, so that equal values have equal texts. No order, because `'5.00'` is more than `'10.00'` as text. Text in languages whose decimals need a package or have fewer than 1000 digits. Postgres would round digits past the scale, so they are refused.",
    column_type: Text,
    upload: UploadForm::String,
    replicated: "Decimal text with exactly the declared digits after the point.",
    example: "1234.50",
    rust: "synctable::Decimal",
    typescript: "string",
    dart: "String",
    kotlin: "String",
    swift: "String",
    equality: Equality::Number,
    same_order: false,
    key_text: KeyText::Only("-.0123456789"),
    refused: &[
        "NaN",
        "the infinities",
        "exponents",
        "more digits before the point than declared",
        "digits past the scale that are not zero",
    ],
    in_lists: Ok(()),
};

static DATE: Facts = Facts {
    why: "Text in all languages except Rust, because the dates of their standard libraries are instants.",
    replicated: "`YYYY-MM-DD`.",
    example: "2026-01-31",
    rust: "synctable::Date",
    key_text: KeyText::Only(DIGITS),
    refused: &["years before 0001 and past 9999", "the infinities"],
    ..TIMESTAMPTZ
};

static TIME: Facts = Facts {
    why: "",
    replicated: "`HH:MM:SS` with six digits of fraction.",
    example: "15:47:00.000000",
    rust: "synctable::Time",
    key_text: KeyText::Only(".0123456789:"),
    refused: &["24:00:00", "leap seconds"],
    ..TIMESTAMPTZ
};

static TIMESTAMP: Facts = Facts {
    why: "",
    replicated: "`YYYY-MM-DDTHH:MM:SS` with six digits of fraction, without a zone.",
    example: "2026-01-31T15:47:12.400000",
    rust: "synctable::LocalTimestamp",
    refused: &[
        "years before 0001 and past 9999",
        "the infinities",
        "leap seconds",
        "a zone or an offset",
    ],
    key_text: KeyText::Only("-.0123456789:T"),
    ..TIMESTAMPTZ
};

static TIMESTAMPTZ: Facts = Facts {
    why: "Fixed width in UTC, so that the order of texts is the order of instants. Text in TypeScript, Dart and Swift: JavaScript's `Date` and Dart's `DateTime` on the web cut off microseconds, and Swift's `Date` is a float. Text in Kotlin, whose `Instant` prints as many digits as it needs. Uploads can contain every form of those libraries ([uploads](uploads.md#times)); digits after the sixth are cut off. The year 10000 replicates as NULL.",
    column_type: Text,
    upload: UploadForm::String,
    replicated: "`YYYY-MM-DDTHH:MM:SS` with six digits of fraction and `Z`, in UTC.",
    example: "2026-01-31T13:47:00.000000Z",
    rust: "synctable::Timestamp",
    typescript: "string",
    dart: "String",
    kotlin: "String",
    swift: "String",
    equality: Equality::Text,
    same_order: true,
    key_text: KeyText::Only(TIME_CHARACTERS),
    refused: &[
        "years before 0001 and past 9999",
        "the infinities",
        "leap seconds",
        "a time behind a `T` without `Z` or an offset, which is local",
    ],
    in_lists: Ok(()),
};

static INTERVAL: Facts = Facts {
    why: "The text of `IntervalStyle = postgres`. Use it only to show it and to send it back: one text can be several durations, and equal durations can have different texts.",
    column_type: Text,
    upload: UploadForm::String,
    replicated: "The text that Postgres prints under `IntervalStyle = postgres`.",
    example: "1 day 02:30:00",
    rust: "synctable::Interval",
    typescript: "string",
    dart: "String",
    kotlin: "String",
    swift: "String",
    equality: Equality::IntervalText,
    same_order: false,
    key_text: KeyText::Refused("equal intervals have different texts"),
    refused: &["the infinities", "fractions finer than a microsecond"],
    in_lists: Ok(()),
};

static JSON: Facts = Facts {
    why: "`jsonb` in Postgres, and text elsewhere. Decoded values in TypeScript and Dart, whose parsers keep numbers up to 2^53; store a larger number in its own column. Text in Kotlin and Swift, whose standard libraries do not have a JSON value. Postgres reorders members and rewrites blanks, so texts are never compared.",
    column_type: Text,
    upload: UploadForm::JsonInString,
    replicated: "JSON text as Postgres prints `jsonb`: members reordered, a blank after `:` and `,`.",
    example: "{\"size\": 2, \"color\": \"red\"}",
    rust: "synctable::Json",
    typescript: "unknown",
    dart: "Object",
    kotlin: "String",
    swift: "String",
    equality: Equality::Json,
    same_order: false,
    key_text: KeyText::Refused("equal JSON values have different texts"),
    refused: &[
        "`\\u0000` inside strings",
        "lone surrogates inside strings",
        "numbers of more than 1000 digits on a side of the point",
        "more than 128 levels",
    ],
    in_lists: Ok(()),
};

static BYTES: Facts = Facts {
    why: "Lower-case hexadecimal text outside Postgres, because PowerSync clients do not receive blobs. Streams and every SQLite have `hex()`, and its text has the same order as the bytes. `hex(NULL)` is an empty text, so streams first test whether the column is null: NULL stays NULL, and an empty value stays empty.",
    column_type: Text,
    upload: UploadForm::String,
    replicated: "Lower-case hexadecimal text, two digits a byte, without a prefix; streams say `lower(hex(…))`.",
    example: "00ff10",
    rust: "Vec<u8>",
    typescript: "Uint8Array",
    dart: "Uint8List",
    kotlin: "ByteArray",
    swift: "Data",
    equality: Equality::Text,
    same_order: true,
    key_text: KeyText::Only("0123456789abcdef"),
    refused: &["an odd number of digits", "a `\\x` prefix"],
    in_lists: Err(
        "its elements would be lost on the way to clients; use `list(text)` with hexadecimal text",
    ),
};
