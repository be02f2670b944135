//! Intervals, as Postgres prints them under `IntervalStyle = postgres`.

/// The canonical text of an interval written with units and a clock (`1 day 2 hours`, `-00:30`); `None` for anything else.
pub(super) fn canonical(text: &str) -> Option<String> {
    let mut months = 0_i64;
    let mut days = 0_i64;
    let mut micros = 0_i64;
    let mut words = text.split_ascii_whitespace().peekable();
    words.peek()?;
    while let Some(word) = words.next() {
        if word.contains(':') {
            micros = micros.checked_add(clock(word)?)?;
            continue;
        }
        let unit = words.next()?;
        if unit.trim_end_matches('s') == "second" || matches!(unit, "sec" | "secs") {
            micros = micros.checked_add(seconds(word)?)?;
            continue;
        }
        let number: i64 = word.parse().ok()?;
        match unit {
            "year" | "years" => months = months.checked_add(number.checked_mul(12)?)?,
            "mon" | "mons" | "month" | "months" => months = months.checked_add(number)?,
            "week" | "weeks" => days = days.checked_add(number.checked_mul(7)?)?,
            "day" | "days" => days = days.checked_add(number)?,
            "hour" | "hours" => micros = micros.checked_add(number.checked_mul(3_600_000_000)?)?,
            "min" | "mins" | "minute" | "minutes" => {
                micros = micros.checked_add(number.checked_mul(60_000_000)?)?;
            }
            _ => return None,
        }
    }
    i32::try_from(months).ok()?;
    i32::try_from(days).ok()?;
    Some(show(months, days, micros))
}

fn clock(text: &str) -> Option<i64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let mut parts = text.split(':');
    let hours: i64 = parts.next().filter(|part| plain(part))?.parse().ok()?;
    let minutes: i64 = parts
        .next()
        .filter(|part| plain(part) && part.len() == 2)?
        .parse()
        .ok()
        .filter(|minutes| *minutes < 60)?;
    let rest = match parts.next() {
        Some(part) => seconds(part).filter(|micros| (0..60_000_000).contains(micros))?,
        None => 0,
    };
    if parts.next().is_some() {
        return None;
    }
    let whole = hours.checked_mul(3_600_000_000)?;
    Some(sign * whole.checked_add(minutes * 60_000_000 + rest)?)
}

fn plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn seconds(text: &str) -> Option<i64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !plain(whole) || fraction.len() > 6 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let micros: i64 = format!("{fraction:0<6}").parse().ok()?;
    let whole = whole.parse::<i64>().ok()?.checked_mul(1_000_000)?;
    Some(sign * whole.checked_add(micros)?)
}

fn show(months: i64, days: i64, micros: i64) -> String {
    let mut parts = Vec::new();
    let mut negative_before = false;
    for (number, unit) in [(months / 12, "year"), (months % 12, "mon"), (days, "day")] {
        if number != 0 {
            let plus = if negative_before && number > 0 {
                "+"
            } else {
                ""
            };
            let plural = if number == 1 { "" } else { "s" };
            parts.push(format!("{plus}{number} {unit}{plural}"));
            negative_before = number < 0;
        }
    }
    if micros != 0 || parts.is_empty() {
        let sign = match micros {
            ..0 => "-",
            _ if negative_before => "+",
            _ => "",
        };
        let whole = micros.unsigned_abs();
        let seconds = whole / 1_000_000;
        let clock = format!(
            "{sign}{:02}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        );
        let fraction = format!("{:06}", whole % 1_000_000);
        match fraction.trim_end_matches('0') {
            "" => parts.push(clock),
            digits => parts.push(format!("{clock}.{digits}")),
        }
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn intervals_are_told_as_postgres_prints_them() {
        let cases = [
            ("1 hour", "01:00:00"),
            ("90 minutes", "01:30:00"),
            ("1 day 2 hours 30 mins", "1 day 02:30:00"),
            ("14 months", "1 year 2 mons"),
            ("2 weeks", "14 days"),
            ("-1 day 01:00", "-1 days +01:00:00"),
            ("0 days", "00:00:00"),
            ("1.5 seconds", "00:00:01.5"),
            ("-00:30", "-00:30:00"),
        ];
        for (written, printed) in cases {
            assert_eq!(canonical(written).as_deref(), Some(printed), "{written}");
        }
        for none in [
            "",
            "1",
            "1 fortnight",
            "day",
            "1 day ago",
            "P1D",
            "infinity",
        ] {
            assert_eq!(canonical(none), None, "{none}");
        }
    }
}
