//! The types of `chrono`; what is finer than a microsecond is cut off, as Postgres keeps no more.

use super::{text, within};
use crate::exact::{Date, LocalTimestamp, Time, Timestamp};
use crate::holds::Holds;
use crate::value::{Value, ValueError};
use ::chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};

/// From the first day of year 1, which is day 1 there, to 1970.
const DAYS: i32 = 719_163;

impl Holds<Date> for NaiveDate {
    fn to_value(&self) -> Value<'_> {
        text(Date::from_days(self.num_days_from_ce() - DAYS), self)
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let date = Date::from_value(value)?;
        let days = NaiveDate::from_num_days_from_ce_opt(date.days() + DAYS);
        within(days, "date")
    }
}

/// A leap second is the end of the second before it.
impl Holds<Time> for NaiveTime {
    fn to_value(&self) -> Value<'_> {
        let micros = i64::from(self.nanosecond().min(999_999_999) / 1000);
        let seconds = i64::from(self.num_seconds_from_midnight());
        text(Time::from_micros(seconds * 1_000_000 + micros), self)
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let micros = Time::from_value(value)?.micros();
        let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
        let time =
            NaiveTime::from_num_seconds_from_midnight_opt(seconds as u32, micros as u32 * 1000);
        within(time, "time")
    }
}

impl Holds<LocalTimestamp> for NaiveDateTime {
    fn to_value(&self) -> Value<'_> {
        let micros = self.and_utc().timestamp_micros();
        text(LocalTimestamp::from_micros(micros), self)
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let micros = LocalTimestamp::from_value(value)?.micros();
        let instant = DateTime::from_timestamp_micros(micros);
        within(instant.map(|instant| instant.naive_utc()), "timestamp")
    }
}

impl Holds<Timestamp> for DateTime<Utc> {
    fn to_value(&self) -> Value<'_> {
        text(Timestamp::from_micros(self.timestamp_micros()), self)
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let micros = Timestamp::from_value(value)?.micros();
        within(DateTime::from_timestamp_micros(micros), "timestamptz")
    }
}

#[cfg(test)]
mod tests {
    use super::super::alike;
    use super::*;

    #[test]
    fn both_mean_the_same() {
        for (ours, theirs) in [
            (Date::MIN, NaiveDate::from_ymd_opt(1, 1, 1)),
            (Date::MAX, NaiveDate::from_ymd_opt(9999, 12, 31)),
            (
                Date::new(2000, 2, 29).unwrap(),
                NaiveDate::from_ymd_opt(2000, 2, 29),
            ),
        ] {
            alike(ours, theirs.unwrap());
        }
        alike(Time::MIN, NaiveTime::MIN);
        let last = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap();
        alike(Time::MAX, last);
        let day = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();
        alike(LocalTimestamp::MAX, day.and_time(last));
        alike(Timestamp::MAX, day.and_time(last).and_utc());
        let first = NaiveDate::from_ymd_opt(1, 1, 1).unwrap();
        alike(Timestamp::MIN, first.and_time(NaiveTime::MIN).and_utc());
        alike(Some(Timestamp::MAX), Some(day.and_time(last).and_utc()));
    }

    #[test]
    fn what_is_finer_is_cut_off_and_what_is_farther_keeps_its_own_text() {
        let fine = NaiveTime::from_hms_nano_opt(1, 2, 3, 4_999).unwrap();
        assert_eq!(fine.to_value(), Value::Text("01:02:03.000004".into()));
        let leap = NaiveTime::from_hms_nano_opt(23, 59, 59, 1_500_000_000).unwrap();
        assert_eq!(leap.to_value(), Time::MAX.to_value());
        let before = DateTime::from_timestamp_nanos(-1);
        assert_eq!(
            before.to_value(),
            Value::Text("1969-12-31T23:59:59.999999Z".into())
        );
        let far = NaiveDate::from_ymd_opt(12_000, 1, 1).unwrap();
        assert_eq!(far.to_value(), Value::Text("+12000-01-01".into()));
        assert!(Date::from_value(far.to_value()).is_err());
        assert!(DateTime::<Utc>::from_value(Value::Text("soon".into())).is_err());
    }
}
