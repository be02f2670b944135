//! The types of `time`; what is finer than a microsecond is cut off, as Postgres keeps no more.

use super::{text, within};
use crate::exact::{Date, LocalTimestamp, Time, Timestamp};
use crate::holds::Holds;
use crate::value::{Value, ValueError};
use ::time::{OffsetDateTime, PrimitiveDateTime};

/// From the first Julian day to 1970.
const DAYS: i32 = 2_440_588;

impl Holds<Date> for ::time::Date {
    fn to_value(&self) -> Value<'_> {
        text(Date::from_days(self.to_julian_day() - DAYS), self)
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let date = Date::from_value(value)?;
        within(Self::from_julian_day(date.days() + DAYS).ok(), "date")
    }
}

impl Holds<Time> for ::time::Time {
    fn to_value(&self) -> Value<'_> {
        let (hours, minutes, seconds, micros) = self.as_hms_micro();
        let seconds = (i64::from(hours) * 60 + i64::from(minutes)) * 60 + i64::from(seconds);
        text(
            Time::from_micros(seconds * 1_000_000 + i64::from(micros)),
            self,
        )
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let micros = Time::from_value(value)?.micros();
        let part = |unit: i64, of: i64| (micros / unit % of) as u32;
        let time = Self::from_hms_micro(
            part(3_600_000_000, 24) as u8,
            part(60_000_000, 60) as u8,
            part(1_000_000, 60) as u8,
            part(1, 1_000_000),
        );
        within(time.ok(), "time")
    }
}

impl Holds<LocalTimestamp> for PrimitiveDateTime {
    fn to_value(&self) -> Value<'_> {
        text(
            micros(self.assume_utc()).and_then(LocalTimestamp::from_micros),
            self,
        )
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let instant = instant(LocalTimestamp::from_value(value)?.micros(), "timestamp")?;
        Ok(PrimitiveDateTime::new(instant.date(), instant.time()))
    }
}

/// Read in UTC; of another offset only the instant is kept.
impl Holds<Timestamp> for OffsetDateTime {
    fn to_value(&self) -> Value<'_> {
        text(micros(*self).and_then(Timestamp::from_micros), self)
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        instant(Timestamp::from_value(value)?.micros(), "timestamptz")
    }
}

fn micros(instant: OffsetDateTime) -> Option<i64> {
    i64::try_from(instant.unix_timestamp_nanos().div_euclid(1000)).ok()
}

fn instant(micros: i64, kind: &'static str) -> Result<OffsetDateTime, ValueError> {
    let nanos = i128::from(micros) * 1000;
    within(OffsetDateTime::from_unix_timestamp_nanos(nanos).ok(), kind)
}

#[cfg(test)]
mod tests {
    use super::super::alike;
    use super::*;
    use ::time::{Month, UtcOffset};

    fn day(year: i32, month: Month, day: u8) -> ::time::Date {
        ::time::Date::from_calendar_date(year, month, day).unwrap()
    }

    #[test]
    fn both_mean_the_same() {
        alike(Date::MIN, day(1, Month::January, 1));
        alike(Date::MAX, day(9999, Month::December, 31));
        alike(
            Date::new(2000, 2, 29).unwrap(),
            day(2000, Month::February, 29),
        );
        alike(Time::MIN, ::time::Time::MIDNIGHT);
        let last = ::time::Time::from_hms_micro(23, 59, 59, 999_999).unwrap();
        alike(Time::MAX, last);
        let end = PrimitiveDateTime::new(day(9999, Month::December, 31), last);
        alike(LocalTimestamp::MAX, end);
        alike(Timestamp::MAX, end.assume_utc());
        let start = PrimitiveDateTime::new(day(1, Month::January, 1), ::time::Time::MIDNIGHT);
        alike(Timestamp::MIN, start.assume_utc());
        alike(Some(Timestamp::MIN), Some(start.assume_utc()));
    }

    #[test]
    fn what_is_finer_is_cut_off_and_an_offset_is_taken_away() {
        let before = OffsetDateTime::from_unix_timestamp_nanos(-1).unwrap();
        assert_eq!(
            before.to_value(),
            Value::Text("1969-12-31T23:59:59.999999Z".into())
        );
        let there = OffsetDateTime::UNIX_EPOCH.to_offset(UtcOffset::from_hms(5, 45, 0).unwrap());
        assert_eq!(
            there.to_value(),
            Value::Text("1970-01-01T00:00:00.000000Z".into())
        );
        let far = day(-44, Month::March, 15);
        assert!(Date::from_value(far.to_value()).is_err());
    }
}
