//! Values that keep every digit: each has one canonical text, and reads what occurs on the wire.

mod civil;
mod date;
mod decimal;
mod holds;
mod interval;
mod json;
mod local_timestamp;
mod time;
mod time_error;
mod timestamp;
mod uuid;

pub use date::Date;
pub use decimal::{Decimal, DecimalError};
pub use interval::{Interval, IntervalError};
pub(crate) use json::{Elements, JsonElement, Number, Piece, Reader as JsonReader, push_string};
pub use json::{Json, JsonError, JsonProblem};
pub use local_timestamp::LocalTimestamp;
pub use time::Time;
pub use time_error::TimeError;
pub use timestamp::Timestamp;
pub use uuid::{Uuid, UuidError};
