//! Makes a universe of a model and a seed.

use super::hints::{Hint, Hints};
use super::values::{fresh_uuid, value};
use super::{Caller, Row, Universe, copy, key_of, original, plain, tables_on_server};
use crate::generate::dice::Dice;
use crate::recipes::joined;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use synctable::{Element, Kind, Role, Scalar};
use synctable_codegen::map::{IndexMap, IndexSet};
use synctable_codegen::model::{Column, ForeignKey, Literal, Model, Recipe, Table};

/// The universe that a seed decides: three callers whose ids rows hold, one odd one, and up to `most` rows a table.
///
/// The odd one of a seed is one of: a subject that is no id, an id in upper case, an empty subject, none at all, an id
/// that no row holds.
#[must_use]
pub fn generate(model: &Model, hints: &Hints, seed: u64, most: usize) -> Universe {
    let mut dice = Dice::new(seed);
    let users = users(model.postgres.user_id);
    let claims = claim_values(model, hints);
    let mut maker = Maker {
        model,
        hints,
        users,
        claims,
        dice: &mut dice,
        made: IndexMap::default(),
        next: 1,
    };
    for table in tables_on_server(model) {
        maker.table(table, most);
    }
    let callers = maker.callers(seed);
    let spares = tables_on_server(model)
        .into_iter()
        .map(|table| (table.name.clone(), maker.spares(table)))
        .collect();
    let rows = maker
        .made
        .into_iter()
        .map(|(table, rows)| (table, rows.into_iter().map(|(row, _)| row).collect()))
        .collect();
    Universe {
        callers,
        rows,
        spares,
    }
}

/// The ids of the callers that rows hold.
fn users(kind: Scalar) -> Vec<Literal> {
    match kind {
        Scalar::Uuid => [
            "0192f0c1-7a3b-7cde-8f01-23456789abcd",
            "b5d1c6de-33c1-4c0a-9f4e-00aa11bb22cc",
            "fedcba98-7654-4321-8fed-cba987654321",
        ]
        .map(|id| Literal::Text(id.to_owned()))
        .into(),
        Scalar::Int | Scalar::Bigint => [7, 12, 2_000_000_001].map(Literal::Int).into(),
        _ => ["bob", "Eve 2", "żoë"]
            .map(|id| Literal::Text(id.to_owned()))
            .into(),
    }
}

/// What a claim and the columns that are compared with it may hold.
fn claim_values(model: &Model, hints: &Hints) -> IndexMap<Vec<String>, Vec<String>> {
    let mut values: IndexMap<Vec<String>, IndexSet<String>> = hints.claims.clone();
    for table in model.tables.values() {
        for column in table.columns.values() {
            for path in hints.about(&table.name, &column.name).claims {
                let found: Vec<String> = match (&column.kind, column.kind.carrier()) {
                    (Kind::Enum { name, .. }, _) => model.enums[&**name].labels.clone(),
                    (_, Some(Scalar::Uuid)) => vec![
                        "11111111-aaaa-4bbb-8ccc-222222222222".to_owned(),
                        "33333333-dddd-4eee-8fff-444444444444".to_owned(),
                    ],
                    (_, Some(Scalar::Smallint | Scalar::Int)) => {
                        vec!["0".to_owned(), "1".to_owned(), "41".to_owned()]
                    }
                    (_, Some(Scalar::Text)) => {
                        vec!["t1".to_owned(), "t2".to_owned(), r#"["t1"]"#.to_owned()]
                    }
                    (_, Some(Scalar::Varchar(length))) if length < 2 => vec!["t".to_owned()],
                    _ => vec!["t1".to_owned(), "t2".to_owned()],
                };
                values.entry(path).or_default().extend(found);
            }
        }
    }
    values
        .into_iter()
        .map(|(path, values)| {
            let mut values: Vec<String> = values.into_iter().collect();
            if values.is_empty() {
                values.push("t1".to_owned());
            }
            (path, values)
        })
        .collect()
}

/// One of the values of a claim: a number is one in JSON now and then, with or without a fraction of nothing.
fn claim_value(dice: &mut Dice, values: &[String]) -> Value {
    let text = dice.pick(values).clone();
    match text.parse::<i32>() {
        Ok(number) if dice.chance(70) => json!(number),
        Ok(number) if dice.chance(50) => json!(f64::from(number)),
        _ => text.into(),
    }
}

struct Maker<'a> {
    model: &'a Model,
    hints: &'a Hints,
    users: Vec<Literal>,
    claims: IndexMap<Vec<String>, Vec<String>>,
    dice: &'a mut Dice,
    /// The rows so far, each with the user that it is rather about.
    made: IndexMap<String, Vec<(Row, usize)>>,
    next: i64,
}

impl Maker<'_> {
    fn callers(&mut self, seed: u64) -> Vec<Caller> {
        let texts: Vec<String> = self
            .users
            .iter()
            .map(|user| match plain(user) {
                Value::String(text) => text,
                other => other.to_string(),
            })
            .collect();
        let odd = match (seed % 6, self.model.postgres.user_id) {
            (0, _) => Some("alice".to_owned()),
            (1, Scalar::Int | Scalar::Bigint) => Some(format!("0{}", texts[0])),
            (1, _) => Some(texts[0].to_uppercase()),
            (2, _) => Some(String::new()),
            (3, _) => None,
            (4, Scalar::Int | Scalar::Bigint) => Some(format!("{}.0", texts[1])),
            (4, Scalar::Uuid) => Some(texts[1].replace('-', "")),
            (4, _) => Some(format!(" {}", texts[1])),
            (_, Scalar::Uuid) => Some("99999999-9999-4999-8999-999999999999".to_owned()),
            (_, _) => Some("99".to_owned()),
        };
        let known = texts.into_iter().map(|subject| (Some(subject), true));
        let everybody: Vec<_> = known.chain([(odd, false)]).collect();
        everybody
            .into_iter()
            .map(|(subject, is_known)| {
                let mut token = Map::new();
                if let Some(subject) = subject {
                    token.insert("sub".to_owned(), subject.into());
                }
                for (path, values) in &self.claims {
                    if path.len() == 1 && path[0] == "sub" {
                        continue;
                    }
                    let one = |dice: &mut Dice| claim_value(dice, values);
                    let likely = usize::from(self.hints.lists.contains(path)) * 20;
                    let claim: Value = match self.dice.below(22 + likely) {
                        0 => continue,
                        1 => json!(5),
                        2 | 3 => json!(true),
                        4 => json!({"a": one(self.dice)}),
                        5 => Value::Null,
                        // What a list is as a text, and the list that a text is.
                        6 => json!([one(self.dice)]).to_string().into(),
                        7..10 => {
                            let list = values.iter().find(|value| value.starts_with('['));
                            let list = list.and_then(|list| serde_json::from_str(list).ok());
                            list.unwrap_or_else(|| json!([one(self.dice)]))
                        }
                        10..22 => one(self.dice),
                        _ => {
                            let many = self.dice.below(4);
                            let mut list: Vec<Value> = (0..many).map(|_| one(self.dice)).collect();
                            let odd = [json!(1), json!(true), Value::Null, json!(["t1"])];
                            if self.dice.chance(30) {
                                list.push(self.dice.pick(&odd).clone());
                            }
                            list.into()
                        }
                    };
                    put(&mut token, path, claim);
                }
                Caller {
                    token: token.into(),
                    is_known,
                }
            })
            .collect()
    }

    fn table(&mut self, table: &Table, most: usize) {
        // Who belongs to what decides over all else: more of that.
        let is_membership = self.hints.memberships.contains(&table.name);
        let most = if is_membership { most + most / 4 } else { most };
        // A row for each caller leaves none to be added.
        let is_profile = matches!(table.key.as_slice(), [column] if self.hints.about(&table.name, column).is_caller);
        let many = match is_profile {
            true => self.dice.between(1, self.users.len() - 1),
            false => self.dice.between(most.div_ceil(2), most),
        };
        let first = self.dice.below(self.users.len());
        let mut keys = BTreeSet::new();
        let mut targets = BTreeSet::new();
        self.made.insert(table.name.clone(), Vec::new());
        for nr in 0..many {
            // A key of few possible values is not found at once.
            for _ in 0..6 {
                let about = match is_membership {
                    // Somebody belongs to nothing.
                    true => self.dice.below(self.users.len()),
                    false => (first + nr) % self.users.len(),
                };
                let row = self.row(table, about);
                let key = key_of(table, &row).to_string();
                let target: Vec<Value> = table.upsert_on.iter().map(|c| plain(&row[c])).collect();
                let target = Value::from(target).to_string();
                if !keys.contains(&key) && !targets.contains(&target) {
                    keys.insert(key);
                    targets.insert(target);
                    self.made[&table.name].push((row, about));
                    break;
                }
            }
        }
    }

    /// A few rows that nothing stands in the way of.
    fn spares(&mut self, table: &Table) -> Vec<(Row, usize)> {
        let keys: BTreeSet<String> = self.made[&table.name]
            .iter()
            .map(|(row, _)| key_of(table, row).to_string())
            .collect();
        let mut spares = Vec::new();
        for _ in 0..12 {
            let about = self.dice.below(self.users.len());
            let row = self.row(table, about);
            if spares.len() < 4 && !keys.contains(&key_of(table, &row).to_string()) {
                spares.push((row, about));
            }
        }
        spares
    }

    /// A row that is rather about one of the users.
    fn row(&mut self, table: &Table, about: usize) -> Row {
        let mut row = Row::default();
        for column in table.columns.values() {
            if !column.direction.on_server() || column.generated.is_some() {
                continue;
            }
            let value = self.cell(table, column, about);
            row.insert(column.name.clone(), value);
        }
        for foreign_key in &table.foreign_keys {
            self.refer(table, foreign_key, about, &mut row);
        }
        for (name, hint) in row.keys().cloned().collect::<Vec<_>>().iter().map(|name| {
            let hint = self.hints.about(&table.name, name);
            (name.clone(), hint)
        }) {
            if let Some(beside) = hint.beside.first()
                && table.columns[&name].kind == table.columns[beside].kind
                && !table.key.contains(&name)
                && table.columns[&name].nullable >= table.columns[beside].nullable
                && self.dice.chance(40)
            {
                row[&name] = row[beside].clone();
            }
        }
        if let (Some(recipe @ Recipe::Join { .. }), [key]) = (&table.recipe, table.key.as_slice()) {
            let id = joined(recipe, |part| match plain(&row[&part.column]) {
                Value::Null => None,
                Value::String(text) => Some(text),
                other => Some(other.to_string()),
            });
            row[key] = Literal::Text(id.expect("every part has a text"));
        }
        copy(table, &mut row, &|copied, by| {
            let rows = self.made.get(&copied.table)?.iter();
            original(rows.map(|(row, _)| row), copied, by)
        });
        row
    }

    fn cell(&mut self, table: &Table, column: &Column, about: usize) -> Literal {
        let hint = self.hints.about(&table.name, &column.name);
        let none = match column.role {
            Some(Role::Tombstone) => 75,
            _ if hint.is_caller => 20,
            _ => 25,
        };
        if column.nullable && self.dice.chance(none) {
            return Literal::Null;
        }
        if column.role == Some(Role::Tombstone) && !column.nullable {
            return Literal::Bool(!self.dice.chance(none));
        }
        if let Kind::List(element) = &column.kind {
            return self.list(&hint, element, about);
        }
        let is_key = table.key.contains(&column.name) || table.upsert_on.contains(&column.name);
        self.one(&hint, &column.kind, is_key, about)
    }

    fn list(&mut self, hint: &Hint, element: &Element, about: usize) -> Literal {
        let count = match element {
            Element::Scalar(Scalar::Json) => 0,
            _ if hint.is_caller && self.dice.chance(60) => 0,
            _ => self.dice.below(4),
        };
        let kind = element.to_kind();
        Literal::List(
            (0..count)
                .map(|_| self.one(hint, &kind, false, about))
                .collect(),
        )
    }

    fn one(&mut self, hint: &Hint, kind: &Kind, is_key: bool, about: usize) -> Literal {
        if hint.is_caller {
            let whose = match self.dice.chance(92) {
                true => about,
                false => self.dice.below(self.users.len()),
            };
            return self.users[whose].clone();
        }
        if let Some(path) = hint.claims.first()
            && self.dice.chance(75)
            && let Some(values) = self.claims.get(path)
        {
            let as_value = |text: &String| match kind.carrier() {
                Some(Scalar::Smallint | Scalar::Int) => text.parse().ok().map(Literal::Int),
                _ => Some(Literal::Text(text.clone())),
            };
            let fitting =
                |text: &String| as_value(text).is_some_and(|value| fits(self.model, &value, kind));
            // The text of a list, which must not equal one.
            let lists = |text: &String| text.starts_with('[') && fitting(text);
            let list = match self.dice.chance(25) {
                true => self.dice.pick_where(values, lists),
                false => None,
            };
            if let Some(text) = list.or_else(|| self.dice.pick_where(values, fitting)) {
                return as_value(text).expect("it fits");
            }
        }
        // One of two labels is met often enough.
        let labels = match kind {
            Kind::Enum { name, .. } => self.model.enums[&**name].labels.len(),
            _ => usize::MAX,
        };
        if !hint.constants.is_empty() && labels > 2 && self.dice.chance(60) {
            let fitting = |constant: &Literal| fits(self.model, constant, kind);
            if let Some(constant) = self.dice.pick_where(&hint.constants, fitting) {
                return constant.clone();
            }
        }
        if !hint.members.is_empty() && self.dice.chance(70) {
            let (path, literal) = self.dice.pick(&hint.members).clone();
            let mut root = Map::new();
            let mut value = plain(&literal);
            if value.is_boolean() && self.dice.chance(40) {
                // What other systems take for a boolean, and what is none.
                let odd = [json!("true"), json!(1), json!(0), json!({}), Value::Null];
                value = self.dice.pick(&odd).clone();
            }
            put(&mut root, &path, value);
            return Literal::Json(Value::from(root).to_string());
        }
        if !hint.sets.is_empty() && self.dice.chance(if is_key { 50 } else { 80 }) {
            let sets: Vec<&(String, String)> = hint.sets.iter().collect();
            let (table, column) = *self.dice.pick(&sets);
            let rows = self.made.get(table).map_or(&[][..], Vec::as_slice);
            let own = |row: &&(Row, usize)| row.1 == about || self.dice.clone().chance(20);
            let found: Vec<&Literal> = rows
                .iter()
                .filter(own)
                .map(|(row, _)| &row[column])
                .filter(|value| **value != Literal::Null && fits(self.model, value, kind))
                .collect();
            if !found.is_empty() {
                return (*self.dice.pick(&found)).clone();
            }
        }
        match kind.carrier() {
            Some(Scalar::Uuid) if !matches!(kind, Kind::Enum { .. }) => {
                match is_key || self.dice.chance(50) {
                    true => Literal::Text(fresh_uuid(self.dice)),
                    false => value(self.model, kind, self.dice),
                }
            }
            Some(Scalar::Smallint | Scalar::Int | Scalar::Bigint) if is_key => {
                self.next += 1;
                Literal::Int(self.next)
            }
            Some(Scalar::Text) if is_key && !matches!(kind, Kind::Enum { .. }) => {
                self.next += 1;
                let text = self.dice.pick(&["key", "it's", "ä😀", "A b"]);
                Literal::Text(format!("{text}{}", self.next))
            }
            Some(Scalar::Varchar(_)) if is_key => {
                self.next += 1;
                Literal::Text(self.next.to_string())
            }
            _ => value(self.model, kind, self.dice),
        }
    }

    /// Takes over the key of a row there, rather of one about the same user.
    fn refer(&mut self, table: &Table, foreign_key: &ForeignKey, about: usize, row: &mut Row) {
        let columns = || foreign_key.columns.iter().zip(&foreign_key.references);
        if columns().any(|(column, _)| row.get(column).is_none_or(|v| *v == Literal::Null)) {
            return;
        }
        // Who a row is about is not decided by whose profile happened to be made.
        if foreign_key
            .columns
            .iter()
            .any(|column| self.hints.about(&table.name, column).is_caller)
        {
            return;
        }
        let Some(parents) = self.made.get(&foreign_key.table) else {
            return;
        };
        let same: Vec<&(Row, usize)> = parents.iter().filter(|(_, of)| *of == about).collect();
        let any: Vec<&(Row, usize)> = parents.iter().collect();
        // Nobody needs to belong to what is his own.
        let mut there = self.model.tables[&foreign_key.table].columns.keys();
        let own = match self.hints.memberships.contains(&table.name)
            && there.any(|column| self.hints.about(&foreign_key.table, column).is_caller)
        {
            true => 60,
            false => 92,
        };
        let from = match !same.is_empty() && self.dice.chance(own) {
            true => same,
            false => any,
        };
        let parent = (!from.is_empty()).then(|| self.dice.pick(&from).0.clone());
        for (column, there) in columns() {
            let nullable = table.columns[column].nullable;
            match &parent {
                Some(parent) => row[column] = parent[there].clone(),
                // A table that comes later, or one without rows.
                None if nullable && self.dice.chance(80) => row[column] = Literal::Null,
                None => {}
            }
        }
    }
}

/// Whether a constant of a rule is a value of the kind.
fn fits(model: &Model, literal: &Literal, kind: &Kind) -> bool {
    let scalar = match (kind, literal) {
        (Kind::Enum { name, .. }, Literal::Text(text)) => {
            return model.enums[&**name].labels.contains(text);
        }
        (Kind::Enum { .. }, _) => return false,
        _ => kind.carrier(),
    };
    match (literal, scalar) {
        (Literal::Int(number), Some(Scalar::Smallint)) => i16::try_from(*number).is_ok(),
        (Literal::Int(number), Some(Scalar::Int)) => i32::try_from(*number).is_ok(),
        (Literal::Int(_), Some(Scalar::Bigint)) | (Literal::Bool(_), Some(Scalar::Bool)) => true,
        (Literal::Text(text), Some(Scalar::Varchar(length))) => {
            text.chars().count() <= length as usize
        }
        (Literal::Text(text), Some(Scalar::Uuid)) => text.len() == 36,
        (Literal::Text(_), Some(scalar)) => matches!(
            scalar,
            Scalar::Text | Scalar::Date | Scalar::Time | Scalar::Timestamp | Scalar::Timestamptz
        ),
        _ => false,
    }
}

/// Puts a value at a path of members, where none of them is something else already.
fn put(object: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [last] => {
            object.entry(last.clone()).or_insert(value);
        }
        [first, rest @ ..] => {
            let inner = object
                .entry(first.clone())
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use synctable_codegen::model::sample::model;

    #[test]
    fn every_odd_subject_is_met() {
        let model = model();
        let hints = Hints::of(&model);
        let odd: Vec<Option<String>> = (0..6)
            .map(|seed| {
                let universe = generate(&model, &hints, seed, 3);
                let odd = universe.callers.last().expect("there are four");
                assert!(!odd.is_known);
                odd.token["sub"].as_str().map(str::to_owned)
            })
            .collect();
        let said = |subject: &str| odd.contains(&Some(subject.to_owned()));
        let [Literal::Text(first), Literal::Text(second), _] = &users(Scalar::Uuid)[..] else {
            panic!("three ids are texts");
        };
        assert!(said("alice") && said("") && said(&first.to_uppercase()));
        assert!(said(&second.replace('-', "")) && odd.contains(&None));
    }
}
