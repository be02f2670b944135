//! A value from the binary form in which Postgres sends it.

use super::numeric;
use crate::exact::{Date, Interval, LocalTimestamp, Time, Timestamp, Uuid};
use crate::holds::Holds;
use crate::list::push_element;
use crate::value::Value;
use std::error::Error;
use tokio_postgres::types::{FromSql, Kind, Type};

type Read<T> = Result<T, Box<dyn Error + Sync + Send>>;

/// From 1970, where our days begin, to 2000, where those of Postgres do.
const DAYS: i32 = 10_957;
const MICROS: i64 = DAYS as i64 * 86_400_000_000;

/// The canonical form of each kind, as SQLite stores it and uploads carry it. Domains are what they narrow, labels are
/// text, arrays are the text of a JSON array.
///
/// Types that no kind stands for are refused; `::text` makes text of them.
impl<'a> FromSql<'a> for Value<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Read<Self> {
        let ty = narrowed(ty);
        if let Kind::Array(element) = ty.kind() {
            return list(ty, narrowed(element), raw);
        }
        Ok(match *ty {
            Type::BOOL => bool::from_sql(ty, raw)?.to_value().into_owned(),
            Type::INT2 => Value::Integer(i16::from_sql(ty, raw)?.into()),
            Type::INT4 => Value::Integer(i32::from_sql(ty, raw)?.into()),
            Type::INT8 => Value::Integer(i64::from_sql(ty, raw)?),
            Type::FLOAT4 => f32::from_sql(ty, raw)?.to_value().into_owned(),
            Type::FLOAT8 => Value::Real(f64::from_sql(ty, raw)?),
            Type::NUMERIC => text(numeric::text(raw).ok_or("no binary form of a numeric")?),
            Type::UUID => text(Uuid::from_bytes(raw.try_into()?)),
            Type::BYTEA => raw.to_vec().to_value().into_owned(),
            Type::DATE => date(i32::from_sql(&Type::INT4, raw)?)?,
            Type::TIME => text(Time::from_micros(micros(raw)?).ok_or("no time of a day")?),
            Type::TIMESTAMP => timestamp(micros(raw)?, |micros| {
                LocalTimestamp::from_micros(micros).map(text)
            })?,
            Type::TIMESTAMPTZ => timestamp(micros(raw)?, |micros| {
                Timestamp::from_micros(micros).map(text)
            })?,
            Type::INTERVAL => interval(raw)?,
            Type::JSONB => match raw.split_first() {
                Some((1, document)) => Value::Text(std::str::from_utf8(document)?.into()),
                _ => return Err("an unknown version of jsonb".into()),
            },
            _ => Value::Text(std::str::from_utf8(raw)?.into()),
        })
    }

    fn from_sql_null(_: &Type) -> Read<Self> {
        Ok(Value::Null)
    }

    fn accepts(ty: &Type) -> bool {
        let ty = narrowed(ty);
        match ty.kind() {
            Kind::Array(element) => narrowed(element) != ty && Self::accepts(element),
            Kind::Enum(_) => true,
            _ => matches!(
                *ty,
                Type::BOOL
                    | Type::INT2
                    | Type::INT4
                    | Type::INT8
                    | Type::FLOAT4
                    | Type::FLOAT8
                    | Type::NUMERIC
                    | Type::UUID
                    | Type::TEXT
                    | Type::VARCHAR
                    | Type::BPCHAR
                    | Type::NAME
                    | Type::BYTEA
                    | Type::DATE
                    | Type::TIME
                    | Type::TIMESTAMP
                    | Type::TIMESTAMPTZ
                    | Type::INTERVAL
                    | Type::JSON
                    | Type::JSONB
            ),
        }
    }
}

/// What a domain narrows, to the bottom.
pub(super) fn narrowed(ty: &Type) -> &Type {
    match ty.kind() {
        Kind::Domain(base) => narrowed(base),
        _ => ty,
    }
}

fn text<'a>(value: impl ToString) -> Value<'a> {
    Value::Text(value.to_string().into())
}

fn list<'a>(ty: &Type, element: &Type, raw: &[u8]) -> Read<Value<'a>> {
    let is_json = matches!(*element, Type::JSON | Type::JSONB);
    let mut list = String::from("[");
    for (index, value) in Vec::<Value<'_>>::from_sql(ty, raw)?.iter().enumerate() {
        if index > 0 {
            list.push(',');
        }
        push_element(value, is_json, &mut list);
    }
    list.push(']');
    Ok(Value::Text(list.into()))
}

fn micros(raw: &[u8]) -> Read<i64> {
    i64::from_sql(&Type::INT8, raw)
}

/// The infinities are read as their texts, which the column's type then refuses by name.
fn date<'a>(days: i32) -> Read<Value<'a>> {
    Ok(match days {
        i32::MAX => text("infinity"),
        i32::MIN => text("-infinity"),
        days => {
            let date = days.checked_add(DAYS).and_then(Date::from_days);
            text(date.ok_or("a date out of range")?)
        }
    })
}

fn timestamp<'a>(micros: i64, read: impl Fn(i64) -> Option<Value<'a>>) -> Read<Value<'a>> {
    Ok(match micros {
        i64::MAX => text("infinity"),
        i64::MIN => text("-infinity"),
        micros => micros
            .checked_add(MICROS)
            .and_then(read)
            .ok_or("a timestamp out of range")?,
    })
}

/// Microseconds, days, months. The infinities of Postgres 17 have the extremes in all three.
fn interval<'a>(raw: &[u8]) -> Read<Value<'a>> {
    let raw: &[u8; 16] = raw.try_into()?;
    let (time, rest) = raw.split_at(8);
    let (days, months) = rest.split_at(4);
    let micros = i64::from_be_bytes(time.try_into()?);
    let days = i32::from_be_bytes(days.try_into()?);
    let months = i32::from_be_bytes(months.try_into()?);
    Ok(match (months, days, micros) {
        (i32::MAX, i32::MAX, i64::MAX) => text("infinity"),
        (i32::MIN, i32::MIN, i64::MIN) => text("-infinity"),
        _ => text(Interval::new(months, days, micros)),
    })
}
