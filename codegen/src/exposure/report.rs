//! The report for people: table by table, then what is stored elsewhere, then what a connection costs.

use super::{ColumnExposure, Exposure, RuleOf, StreamCost, TableExposure};
use crate::targets::powersync::budget::{MOST_BUCKETS, MOST_LOOKUPS, MOST_VARIANTS};
use std::fmt::Write;

/// The exposure as text.
#[must_use]
pub fn human(exposure: &Exposure) -> String {
    let mut out = String::new();
    for table in &exposure.tables {
        of_table(table, &mut out);
    }
    if let Some(service) = &exposure.service {
        line(
            &mut out,
            &format!("`{service}` reads and writes everything."),
        );
    }
    stored(exposure, &mut out);
    buckets(&exposure.buckets, &mut out);
    out
}

fn of_table(table: &TableExposure, out: &mut String) {
    let travels = match table.sync {
        "both" => "synced both ways",
        "down" => "synced to devices",
        "up" => "uploaded by devices",
        _ => "on the server",
    };
    let streams = match table.streams.as_slice() {
        [] => String::new(),
        streams => format!("; {}", streams.join(", ")),
    };
    line(out, &format!("{} ({travels}{streams})", table.table));
    if table.rules.is_empty() {
        line(out, "  only the server reads or writes it");
        out.push('\n');
        return;
    }
    let width = table.rules.iter().map(|rule| rule.role.len()).max();
    let width = width.unwrap_or_default();
    for RuleOf {
        command,
        role,
        rule,
        after,
    } in &table.rules
    {
        let head = format!("  {command:<6}  {role:<width$}  ");
        match after {
            None => line(out, &format!("{head}{rule}")),
            Some(after) => {
                line(out, &format!("{head}before: {rule}"));
                line(
                    out,
                    &format!("{:indent$}after:  {after}", "", indent = head.len()),
                );
            }
        }
    }
    out.push('\n');
    let rows: Vec<[String; 4]> =
        std::iter::once(["column", "read by", "synced", "written by"].map(str::to_owned))
            .chain(table.columns.iter().map(row))
            .collect();
    let widths = [0, 1, 2].map(|index| {
        let lengths = rows.iter().map(|row| row[index].chars().count());
        lengths.max().unwrap_or_default()
    });
    for [column, read, synced, written] in rows {
        let [a, b, c] = widths;
        line(
            out,
            &format!("  {column:<a$}  {read:<b$}  {synced:<c$}  {written}"),
        );
    }
    out.push('\n');
}

fn row(column: &ColumnExposure) -> [String; 4] {
    let names = |roles: &[String]| match roles {
        [] => "nobody".to_owned(),
        roles => roles.join(", "),
    };
    let mut written = match (&column.insert, &column.update) {
        (insert, update) if insert.is_empty() && update.is_empty() => "nobody".to_owned(),
        (insert, update) if insert == update => names(insert),
        (insert, update) if update.is_empty() => format!("{}, in a new row", names(insert)),
        (insert, update) if insert.is_empty() => {
            format!("{}, in an existing row", names(update))
        }
        (insert, update) => format!("{} in a new row, {} later", names(insert), names(update)),
    };
    if let Some(note) = column.note {
        let _ = write!(written, " ({note})");
    }
    [
        column.column.clone(),
        names(&column.read),
        match column.synced.is_empty() {
            true => "no".to_owned(),
            false => "yes".to_owned(),
        },
        written,
    ]
}

fn stored(exposure: &Exposure, out: &mut String) {
    if exposure.storage.is_empty() {
        return;
    }
    out.push('\n');
    line(
        out,
        "PowerSync's storage receives whole rows of the published tables, including columns that no stream selects.",
    );
    for table in &exposure.storage {
        let columns: Vec<String> = table
            .unselected
            .iter()
            .map(|column| match table.secret.contains(column) {
                true => format!("{column} (secret)"),
                false => column.clone(),
            })
            .collect();
        line(
            out,
            &match columns.is_empty() {
                true => format!("  {}", table.table),
                false => format!("  {}, also {}", table.table, columns.join(", ")),
            },
        );
    }
}

/// The rows that are looked up on the way to the buckets, where any are.
fn looked_up(costs: &[StreamCost], out: &mut String) {
    let costs: Vec<&StreamCost> = costs
        .iter()
        .filter(|cost| cost.looked_up != Some(0))
        .collect();
    if costs.is_empty() {
        return;
    }
    line(
        out,
        &format!(
            "Rows that are looked up for them (limit {MOST_LOOKUPS}), those on the way to others included:"
        ),
    );
    for cost in costs {
        let per = if cost.automatic {
            ""
        } else {
            ", each subscription"
        };
        let number = match cost.looked_up {
            Some(number) => number.to_string(),
            None => "unbounded".to_owned(),
        };
        let sum = match number == cost.lookups {
            true => String::new(),
            false => format!(" = {}", cost.lookups),
        };
        line(out, &format!("  {}{per}: {number}{sum}", cost.stream));
    }
}

fn buckets(costs: &[StreamCost], out: &mut String) {
    if costs.is_empty() {
        return;
    }
    out.push('\n');
    line(
        out,
        &format!(
            "Buckets of a connection (limit {MOST_BUCKETS}), and the ways to find them (limit {MOST_VARIANTS} for each stream):"
        ),
    );
    for cost in costs {
        let per = if cost.automatic {
            ""
        } else {
            ", each subscription"
        };
        let number = match cost.buckets {
            Some(number) => number.to_string(),
            None => "unbounded".to_owned(),
        };
        let sum = match cost.buckets {
            Some(number) if number.to_string() == cost.formula => String::new(),
            _ => format!(" = {}", cost.formula),
        };
        let ways = match cost.variants {
            1 => "1 way".to_owned(),
            many => format!("{many} ways"),
        };
        line(
            out,
            &format!("  {}{per}: {number}{sum} ({ways})", cost.stream),
        );
    }
    let known: u64 = costs
        .iter()
        .filter(|cost| cost.automatic)
        .filter_map(|cost| cost.buckets)
        .fold(0, u64::saturating_add);
    let unbounded = costs
        .iter()
        .any(|cost| cost.automatic && cost.buckets.is_none());
    line(
        out,
        &match unbounded {
            true => format!("  every connection: {known}, plus the unbounded streams"),
            false => format!("  every connection: {known}"),
        },
    );
    looked_up(costs, out);
    let mut sets: Vec<&str> = costs
        .iter()
        .flat_map(|cost| &cost.unbounded)
        .map(String::as_str)
        .collect();
    sets.sort_unstable();
    sets.dedup();
    if !sets.is_empty() {
        line(
            out,
            &format!(
                "  without a declared size (`expect` of a scope): {}",
                sets.join(", ")
            ),
        );
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}
