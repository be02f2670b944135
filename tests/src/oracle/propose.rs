//! Which writes are tried: some that a seed decides, or every one that can be made of the rows at hand.

use super::attempt::{Act, Attempt, subject};
use super::tombstone;
use super::writes::{Asks, Granted};
use crate::generate::dice::Dice;
use crate::universe::{Row, Universe};
use synctable::{DeleteRule, Role};
use synctable_codegen::model::{Literal, Table};

/// Attempts of a role on tables with rules, in turn, decided by the seed: each command, deletions of both kinds, revivals.
///
/// Where the role may do nothing at all, it tries what `others` may name.
#[must_use]
pub fn attempts(
    asks: &Asks,
    others: &Asks,
    universe: &Universe,
    tables: &[&Table],
    seed: u64,
    many: usize,
) -> Vec<Attempt> {
    let mut dice = Dice::new(seed ^ 0x5eed);
    let tables: Vec<&Table> = tables
        .iter()
        .copied()
        .filter(|table| table.access.is_some())
        .collect();
    if tables.is_empty() {
        return Vec::new();
    }
    let mut attempts = Vec::new();
    let offset = dice.below(tables.len());
    for index in 0..tables.len() * 4 * many {
        if attempts.len() >= many {
            break;
        }
        let table = tables[(offset + index) % tables.len()];
        let mut granted = &asks.granted[&table.name];
        if granted.is_nothing() {
            // Where others may do something it is refused; once is enough.
            if index >= tables.len() {
                continue;
            }
            granted = &others.granted[&table.name];
        }
        attempts.extend(one(&asks.role, granted, universe, table, &mut dice));
    }
    attempts
}

fn one(
    role: &str,
    granted: &Granted,
    universe: &Universe,
    table: &Table,
    dice: &mut Dice,
) -> Option<Attempt> {
    let spares = universe.spares.get(&table.name)?;
    let (spare, about) = (!spares.is_empty()).then(|| dice.pick(spares).clone())?;
    let stored = universe.of(&table.name);
    let row = (!stored.is_empty()).then(|| dice.pick(stored));
    let roll = dice.below(20);
    let mentioned = row.and_then(|row| mentioned(universe, row));
    let likely = match (roll, mentioned) {
        (5..14, Some(caller)) => caller,
        _ => about,
    };
    let caller = match dice.chance(60) && likely < universe.callers.len() {
        true => &universe.callers[likely],
        false => dice.pick(&universe.callers),
    };
    let tombstone = match table.delete {
        DeleteRule::Soft => table.role(Role::Tombstone),
        DeleteRule::Hard | DeleteRule::Denied => None,
    };
    let only = |columns: &[String]| -> Row {
        let named = columns
            .iter()
            .map(|name| (name.clone(), spare[name].clone()));
        named.collect()
    };
    let key_of = |row: &Row| -> Row {
        let key = table
            .key
            .iter()
            .map(|name| (name.clone(), row[name].clone()));
        key.collect()
    };
    let contents: Vec<String> = granted
        .update
        .iter()
        .filter(|name| tombstone.is_none_or(|column| column.name != **name))
        .cloned()
        .collect();
    let patch = |dice: &mut Dice| -> Option<Row> {
        if contents.is_empty() {
            return None;
        }
        let most = dice.between(1, 3);
        let some: Vec<String> = dice.some(&contents, most).into_iter().cloned().collect();
        Some(only(&some))
    };
    let (kind, act) = match roll {
        0..5 if !granted.insert.is_empty() => ("insert", Act::Insert(only(&granted.insert))),
        5..9 => ("update", Act::Update(key_of(row?), patch(dice)?)),
        9..13 if tombstone.is_some() => {
            let column = tombstone.filter(|column| granted.update.contains(&column.name))?;
            let row = row?;
            let revives = !tombstone::lives(column, row);
            let value = match revives {
                true => tombstone::revival(column),
                false => tombstone::burial(column),
            };
            let mut change = match dice.chance(35) {
                true => patch(dice).unwrap_or_default(),
                false => Row::default(),
            };
            change.insert(column.name.clone(), value);
            let kind = if revives { "revive" } else { "tombstone" };
            (kind, Act::Update(key_of(row), change))
        }
        9..14 => ("delete", Act::Delete(key_of(row?))),
        14..18 if !contents.is_empty() && !granted.insert.is_empty() => {
            let mut proposed = only(&granted.insert);
            if let Some(row) = row
                && dice.chance(60)
            {
                // Another key would be in the way of what is found otherwise.
                for name in &table.upsert_on {
                    if let Some(value) = proposed.get_mut(name) {
                        *value = row[name].clone();
                    }
                }
            }
            if let Some(column) = tombstone
                && dice.chance(70)
            {
                proposed.insert(column.name.clone(), tombstone::revival(column));
            }
            let merged = granted.update.iter();
            let merged = merged.filter(|column| proposed.contains_key(*column));
            let merged = merged.cloned().collect();
            ("upsert", Act::Upsert(proposed, merged))
        }
        18 => ("update all", Act::UpdateAll(patch(dice)?)),
        19 if table.delete == DeleteRule::Hard => ("delete all", Act::DeleteAll),
        _ => return None,
    };
    Some(Attempt {
        role: role.to_owned(),
        table: table.name.clone(),
        caller: caller.clone(),
        act,
        kind,
    })
}

/// What every caller could do to every row of a table, and with every row that could be added.
#[must_use]
pub fn every(asks: &Asks, universe: &Universe, table: &Table) -> Vec<Attempt> {
    let granted = &asks.granted[&table.name];
    let tombstone = table
        .role(Role::Tombstone)
        .filter(|column| table.delete == DeleteRule::Soft && granted.update.contains(&column.name));
    let pick = |row: &Row, columns: &[String]| -> Row {
        let named = columns.iter().map(|name| (name.clone(), row[name].clone()));
        named.collect()
    };
    let spares = universe
        .spares
        .get(&table.name)
        .map_or(&[][..], Vec::as_slice);
    let mut acts = Vec::new();
    for (spare, _) in spares {
        if !granted.insert.is_empty() {
            acts.push(("insert", Act::Insert(pick(spare, &granted.insert))));
        }
    }
    for row in universe.of(&table.name) {
        let key = pick(row, &table.key);
        match tombstone {
            None => acts.push(("delete", Act::Delete(key.clone()))),
            Some(column) => {
                let patch = Row::from_iter([(column.name.clone(), tombstone::burial(column))]);
                acts.push(("tombstone", Act::Update(key.clone(), patch)));
            }
        }
        let contents: Vec<String> = granted
            .update
            .iter()
            .filter(|name| tombstone.is_none_or(|column| column.name != **name))
            .cloned()
            .collect();
        if let Some(harmless) = contents.last() {
            let patch = pick(row, std::slice::from_ref(harmless));
            acts.push(("update", Act::Update(key.clone(), patch)));
            for (spare, _) in spares {
                let patch = pick(spare, &contents);
                acts.push(("update", Act::Update(key.clone(), patch)));
            }
        }
    }
    acts.into_iter()
        .flat_map(|(kind, act)| {
            universe.callers.iter().map(move |caller| Attempt {
                role: asks.role.clone(),
                table: table.name.clone(),
                caller: caller.clone(),
                act: act.clone(),
                kind,
            })
        })
        .collect()
}

/// The caller whose id the row holds.
fn mentioned(universe: &Universe, row: &Row) -> Option<usize> {
    let holds = |subject: &str| {
        row.values().any(|value| match value {
            Literal::Text(text) => text == subject,
            Literal::Int(number) => number.to_string() == subject,
            _ => false,
        })
    };
    let mut callers = universe.callers.iter();
    callers.position(|caller| caller.is_known && subject(&caller.token).is_some_and(holds))
}
