//! Values of a column that is known only while running: the one form of each, and what a device may write.

use crate::declared::fitted;
use crate::exact::{
    Date, Decimal, Elements, Interval, Json, JsonElement, LocalTimestamp, Time, Timestamp, Uuid,
};
use crate::facts::ColumnType;
use crate::holds::Holds;
use crate::kind::{Element, Kind, Scalar};
use crate::list::{in_element, value_of};
use crate::table::{ColumnDef, EnumDef};
use crate::value::{Value, ValueError};
use crate::words::Role;
use std::borrow::Cow;

impl ColumnDef {
    /// The value in the one form that the column has for it; null is one where the column is nullable.
    ///
    /// ```
    /// use synctable::{ColumnDef, Kind, Scalar, Value};
    /// let price = ColumnDef::new("price", Kind::Scalar(Scalar::Decimal { precision: 6, scale: 2 }));
    /// assert_eq!(price.canonical(Value::Text("1.5".into())), Ok(Value::Text("1.50".into())));
    /// assert!(price.canonical(Value::Null).is_err());
    /// ```
    ///
    /// # Errors
    /// NULL, another form, a number out of range, a text that is none of the kind or holds `\u0000`, a label that is not
    /// declared.
    pub fn canonical(&self, value: Value<'_>) -> Result<Value<'static>, ValueError> {
        if value == Value::Null && self.nullable {
            return Ok(Value::Null);
        }
        let value = match &self.kind {
            Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => of_scalar(*scalar, value)?,
            Kind::Enum { .. } => label(self.labels, value)?,
            Kind::List(element) => self.list(element, value)?,
            Kind::Opaque(_) => again::<String, String>(value)?,
        };
        if let Value::Text(text) = &value {
            no_null_character("text", text)?;
        }
        Ok(fitted(self, value).into_owned())
    }

    fn list(&self, element: &Element, value: Value<'_>) -> Result<Value<'static>, ValueError> {
        match element {
            Element::Scalar(scalar) | Element::Domain { base: scalar, .. } => {
                list_of_scalar(*scalar, value)
            }
            Element::Enum { .. } => {
                let labels = <Vec<String> as Holds<Vec<String>>>::from_value(value)?;
                for label in &labels {
                    known(self.labels, label)?;
                }
                Ok(labels.to_value().into_owned())
            }
        }
    }

    /// The value of a key column from its part of a client's id.
    ///
    /// # Errors
    /// A part that is no number where the column holds numbers, that holds `\u0000`, or that Postgres would cut.
    pub fn key_value<'t>(&self, text: &'t str) -> Result<Value<'t>, ValueError> {
        match self.kind.carrier() {
            Some(Scalar::Text) | None => no_null_character("text", text)?,
            Some(Scalar::Varchar(length)) => {
                no_null_character("varchar", text)?;
                no_longer(length, text)?;
            }
            // What holds no text of any kind is read as what it holds.
            Some(_) => {}
        }
        match self.kind.column_type() {
            ColumnType::Integer => {
                text.parse()
                    .map(Value::Integer)
                    .map_err(|_| ValueError::Malformed {
                        kind: "whole number",
                        reason: "it is not of digits alone, or past 64 bits".to_owned(),
                    })
            }
            ColumnType::Text | ColumnType::Real => Ok(Value::Text(Cow::Borrowed(text))),
        }
    }

    /// Whether its values are read in their one form only, so that what was read needs no comparison.
    pub(crate) const fn held_in_one_form(&self) -> bool {
        match &self.kind {
            Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => matches!(
                scalar,
                Scalar::Uuid | Scalar::Text | Scalar::Varchar(_) | Scalar::Bytes
            ),
            Kind::Enum { .. } | Kind::Opaque(_) => true,
            Kind::List(_) => false,
        }
    }

    /// The time of an edit in UTC, where it has a zone and the column holds none; `None` where the value stays as it is.
    ///
    /// ```
    /// use synctable::{ColumnDef, Kind, Role, Value};
    /// let edited = ColumnDef::new("edited_at", Kind::TIMESTAMP).role(Role::EditedAt);
    /// let in_utc = edited.in_utc(&Value::Text("2026-01-31T15:47:12.4+02:00".into()));
    /// assert_eq!(in_utc, Some(Value::Text("2026-01-31T13:47:12.400000".into())));
    /// assert_eq!(edited.in_utc(&Value::Text("2026-01-31T13:47:12.4".into())), None);
    /// ```
    pub fn in_utc(&self, value: &Value<'_>) -> Option<Value<'static>> {
        let is_utc = self.role == Some(Role::EditedAt) && self.kind == Kind::TIMESTAMP;
        let Value::Text(text) = value else {
            return None;
        };
        if !is_utc || text.parse::<LocalTimestamp>().is_ok() {
            return None;
        }
        let mut text = text.parse::<Timestamp>().ok()?.to_string();
        text.pop();
        Some(Value::Text(text.into()))
    }

    /// Whether a device may write the value, as far as its kind does not say already: what Postgres would cut, round or
    /// refuse, and labels that are retired.
    ///
    /// # Errors
    /// A text that is too long or holds `\u0000`, digits past the scale, a label that is unknown or retired.
    pub fn admit(&self, value: &Value<'_>) -> Result<(), ValueError> {
        let text = match value {
            Value::Text(text) => text.as_ref(),
            Value::Integer(_) | Value::Real(_) => {
                return match self.kind.carrier() {
                    Some(scalar @ Scalar::Decimal { .. }) => admit_number(scalar, value),
                    Some(_) | None => Ok(()),
                };
            }
            Value::Null => return Ok(()),
        };
        match &self.kind {
            Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => admit_scalar(*scalar, text),
            Kind::Enum { .. } => writable(self.labels, text),
            Kind::Opaque(_) => no_null_character("text", text),
            Kind::List(element) => self.admit_list(element, text),
        }
    }

    fn admit_list(&self, element: &Element, text: &str) -> Result<(), ValueError> {
        let matters = match element {
            Element::Enum { .. } => true,
            Element::Scalar(scalar) | Element::Domain { base: scalar, .. } => {
                matches!(scalar, Scalar::Varchar(_) | Scalar::Decimal { .. })
            }
        };
        if !matters {
            return Ok(());
        }
        // What is no JSON array at all is told by whoever reads the list; `\u0000` by the parser.
        let Ok(Some(mut elements)) = Elements::of(text) else {
            return Ok(());
        };
        let mut index = 0;
        let mut told = Ok(());
        loop {
            match elements.next() {
                Err(_) => return Ok(()),
                Ok(None) => return told,
                Ok(Some(JsonElement::String(text))) if told.is_ok() => {
                    told = self.admit_element(element, text, index);
                }
                Ok(Some(number))
                    if told.is_ok() && matches!(element.carrier(), Scalar::Decimal { .. }) =>
                {
                    let number = value_of(number, false).map(|value| {
                        admit_number(element.carrier(), &value)
                            .map_err(|error| in_element(index, &error))
                    });
                    // What is neither number nor string is told by whoever reads the list.
                    told = number.unwrap_or(Ok(()));
                }
                Ok(Some(_)) => {}
            }
            index += 1;
        }
    }

    fn admit_element(&self, element: &Element, text: &str, index: usize) -> Result<(), ValueError> {
        let admitted = match element {
            Element::Enum { .. } => writable(self.labels, text),
            Element::Scalar(scalar) | Element::Domain { base: scalar, .. } => {
                admit_scalar(*scalar, text)
            }
        };
        admitted.map_err(|error| match error {
            ValueError::Malformed { kind, reason } => ValueError::Malformed {
                kind,
                reason: format!("element {}: {reason}", index + 1),
            },
            other => other,
        })
    }
}

/// Read as the Rust type and written back.
fn again<V, F: Holds<V>>(value: Value<'_>) -> Result<Value<'static>, ValueError> {
    Ok(F::from_value(value)?.to_value().into_owned())
}

pub(crate) fn of_scalar(scalar: Scalar, value: Value<'_>) -> Result<Value<'static>, ValueError> {
    match scalar {
        Scalar::Uuid => again::<Uuid, Uuid>(value),
        Scalar::Text | Scalar::Varchar(_) => again::<String, String>(value),
        Scalar::Bool => again::<bool, bool>(value),
        Scalar::Smallint => again::<i16, i16>(value),
        Scalar::Int => again::<i32, i32>(value),
        Scalar::Bigint => again::<i64, i64>(value),
        Scalar::Real => again::<f32, f32>(value),
        Scalar::Double => again::<f64, f64>(value),
        Scalar::Decimal { .. } => again::<Decimal, Decimal>(value),
        Scalar::Date => again::<Date, Date>(value),
        Scalar::Time => again::<Time, Time>(value),
        Scalar::Timestamp => again::<LocalTimestamp, LocalTimestamp>(value),
        Scalar::Timestamptz => again::<Timestamp, Timestamp>(value),
        Scalar::Interval => again::<Interval, Interval>(value),
        Scalar::Json => again::<Json, Json>(value),
        Scalar::Bytes => again::<Vec<u8>, Vec<u8>>(value),
    }
}

fn list_of_scalar(scalar: Scalar, value: Value<'_>) -> Result<Value<'static>, ValueError> {
    match scalar {
        Scalar::Uuid => again::<Vec<Uuid>, Vec<Uuid>>(value),
        Scalar::Text | Scalar::Varchar(_) => again::<Vec<String>, Vec<String>>(value),
        Scalar::Bool => again::<Vec<bool>, Vec<bool>>(value),
        Scalar::Smallint => again::<Vec<i16>, Vec<i16>>(value),
        Scalar::Int => again::<Vec<i32>, Vec<i32>>(value),
        Scalar::Bigint => again::<Vec<i64>, Vec<i64>>(value),
        Scalar::Real => again::<Vec<f32>, Vec<f32>>(value),
        Scalar::Double => again::<Vec<f64>, Vec<f64>>(value),
        Scalar::Decimal { .. } => again::<Vec<Decimal>, Vec<Decimal>>(value),
        Scalar::Date => again::<Vec<Date>, Vec<Date>>(value),
        Scalar::Time => again::<Vec<Time>, Vec<Time>>(value),
        Scalar::Timestamp => again::<Vec<LocalTimestamp>, Vec<LocalTimestamp>>(value),
        Scalar::Timestamptz => again::<Vec<Timestamp>, Vec<Timestamp>>(value),
        Scalar::Interval => again::<Vec<Interval>, Vec<Interval>>(value),
        Scalar::Json => again::<Vec<Json>, Vec<Json>>(value),
        Scalar::Bytes => Err(ValueError::Malformed {
            kind: "list",
            reason: "no list holds bytes".to_owned(),
        }),
    }
}

fn label(labels: Option<&EnumDef>, value: Value<'_>) -> Result<Value<'static>, ValueError> {
    match value {
        Value::Text(text) => {
            known(labels, &text)?;
            Ok(Value::Text(Cow::Owned(text.into_owned())))
        }
        other => Err(ValueError::form("a label", &other)),
    }
}

fn known(labels: Option<&EnumDef>, label: &str) -> Result<(), ValueError> {
    match labels {
        Some(labels) if !labels.labels.contains(&label) => Err(ValueError::Label {
            name: labels.name,
            label: label.to_owned(),
        }),
        Some(_) | None => Ok(()),
    }
}

fn writable(labels: Option<&EnumDef>, label: &str) -> Result<(), ValueError> {
    known(labels, label)?;
    match labels {
        Some(labels) if labels.retired.contains(&label) => Err(ValueError::Retired {
            name: labels.name,
            label: label.to_owned(),
        }),
        Some(_) | None => Ok(()),
    }
}

/// A decimal that is sent as a number fits its column as its text does; what is none is told by whoever reads it.
#[cold]
fn admit_number(scalar: Scalar, value: &Value<'_>) -> Result<(), ValueError> {
    match Decimal::from_value(value.clone()) {
        Ok(decimal) => admit_scalar(scalar, &decimal.to_string()),
        Err(_) => Ok(()),
    }
}

fn admit_scalar(scalar: Scalar, text: &str) -> Result<(), ValueError> {
    match scalar {
        Scalar::Text => no_null_character("text", text),
        Scalar::Varchar(length) => {
            no_null_character("varchar", text)?;
            no_longer(length, text)
        }
        Scalar::Decimal { precision, scale } if fits_plainly(text, precision, scale) => Ok(()),
        Scalar::Decimal { precision, scale } => {
            let malformed = |error: crate::exact::DecimalError| ValueError::Malformed {
                kind: "decimal",
                reason: error.to_string(),
            };
            let decimal: Decimal = text.parse().map_err(malformed)?;
            decimal.fit(precision, scale).map(drop).map_err(malformed)
        }
        Scalar::Uuid
        | Scalar::Bool
        | Scalar::Smallint
        | Scalar::Int
        | Scalar::Bigint
        | Scalar::Real
        | Scalar::Double
        | Scalar::Date
        | Scalar::Time
        | Scalar::Timestamp
        | Scalar::Timestamptz
        | Scalar::Interval
        | Scalar::Json
        | Scalar::Bytes => Ok(()),
    }
}

/// Whether a text is plain digits that the column has room for; what is not may still fit.
fn fits_plainly(text: &str, precision: u16, scale: u16) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    plain(whole)
        && plain(fraction)
        && whole.len() <= usize::from(precision.saturating_sub(scale))
        && fraction.len() <= usize::from(scale)
}

fn no_longer(length: u32, text: &str) -> Result<(), ValueError> {
    // No text has more characters than bytes.
    if text.len() > length as usize && text.chars().count() > length as usize {
        return Err(ValueError::Malformed {
            kind: "varchar",
            reason: format!("more than {length} characters"),
        });
    }
    Ok(())
}

fn no_null_character(kind: &'static str, text: &str) -> Result<(), ValueError> {
    match text.contains('\0') {
        true => Err(ValueError::Malformed {
            kind,
            reason: "`\\u0000`, which Postgres cannot hold".to_owned(),
        }),
        false => Ok(()),
    }
}
