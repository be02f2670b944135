//! Tables beside a random declaration, whose exclusion constraints and seeds change.
//!
//! They are no part of the declaration that is drawn, so that a seed keeps the changes that it has been known by.

use serde_json::{Map, Value, json};
use synctable_codegen::model::Model;

use crate::generate::Case;
use crate::generate::dice::Dice;

/// Rows that are kept apart.
const SLOTS: &str = "zz_slots";

/// Rows that are shipped, under a key that Postgres counts.
const SHIPPED: &str = "zz_shipped";

/// Rows that are shipped and reference others.
const PRICES: &str = "zz_prices";

/// What changes of the tables.
#[derive(Clone, Debug)]
pub struct Beside {
    exclude: Map<String, Value>,
    shipped: Vec<Map<String, Value>>,
    prices: Vec<Map<String, Value>>,
    number: usize,
}

impl Beside {
    /// The tables of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x0be5_1de5);
        let mut beside = Self {
            exclude: Map::new(),
            shipped: Vec::new(),
            prices: Vec::new(),
            number: 0,
        };
        for _ in 0..dice.below(4) {
            beside.add(&mut dice);
        }
        beside
    }

    /// Changes one of the tables; what it drops is added to `allowed`.
    pub fn step(&mut self, dice: &mut Dice, allowed: &mut Vec<String>) -> &'static str {
        match dice.below(5) {
            0 if !self.exclude.is_empty() => {
                let names: Vec<String> = self.exclude.keys().cloned().collect();
                self.exclude.shift_remove(dice.pick(&names));
                "drop an exclusion"
            }
            1 if !self.exclude.is_empty() => {
                let names: Vec<String> = self.exclude.keys().cloned().collect();
                let value = self.exclude.shift_remove(dice.pick(&names));
                self.number += 1;
                let new = format!("zz_kept_{}", self.number);
                self.exclude.insert(new, value.unwrap_or_default());
                "rename an exclusion"
            }
            2 if !self.shipped.is_empty() => {
                let at = dice.below(self.shipped.len());
                self.number += 1;
                let name = format!("named {}", self.number);
                self.shipped[at].insert("name".to_owned(), json!(name));
                "change a seed"
            }
            3 if !self.shipped.is_empty() => {
                let at = dice.below(self.shipped.len());
                let gone = self.shipped.remove(at)["id"].clone();
                allowed.push(format!("{SHIPPED}:{gone}"));
                let is_of = |price: &Map<String, Value>| price["shipped_id"] == gone;
                let prices = self.prices.iter().filter(|price| is_of(price));
                allowed.extend(prices.map(|price| {
                    let code = price["code"].as_str().unwrap_or_default();
                    format!("{PRICES}:{gone}/{code}")
                }));
                self.prices.retain(|price| !is_of(price));
                "remove a seed"
            }
            _ => self.add(dice),
        }
    }

    fn add(&mut self, dice: &mut Dice) -> &'static str {
        self.number += 1;
        let number = self.number;
        if dice.chance(50) {
            let room = dice
                .pick(&[json!("room"), json!({"expr": "lower(room)"})])
                .clone();
            let (columns, bounds) = *dice.pick(&[
                (["low", "high"], "[)"),
                (["low", "high"], "[]"),
                (["low", "high"], "()"),
                (["first_day", "last_day"], "[)"),
                (["starts_at", "ends_at"], "(]"),
            ]);
            let range = json!({"range": columns, "bounds": bounds});
            let exclusion = match dice.below(5) {
                0 => json!([room, range]),
                1 => json!({"on": [range, room], "where": "gone is false"}),
                2 => json!({"on": [{"range": columns}], "using": "spgist"}),
                3 => json!({"on": ["code"], "using": "hash"}),
                _ => {
                    json!({"on": [room, range], "deferrable": true, "name": format!("zz_own_{number}")})
                }
            };
            let is_same = |one: &Value| without_name(one) == without_name(&exclusion);
            if !self.exclude.values().any(is_same) {
                self.exclude.insert(format!("zz_apart_{number}"), exclusion);
            }
            return "add an exclusion";
        }
        let id = self.shipped.len() + number;
        let is_there = |seed: &Map<String, Value>| seed["id"] == json!(id);
        if !self.shipped.iter().any(is_there) {
            let mut seed = Map::from_iter([
                ("id".to_owned(), json!(id)),
                ("name".to_owned(), json!(format!("name {number}"))),
            ]);
            if dice.chance(50) {
                let tags = json!(["a", "b c"]);
                seed.extend([
                    ("rank".to_owned(), json!(number)),
                    ("tags".to_owned(), tags),
                ]);
            }
            self.shipped.push(seed);
            if dice.chance(50) {
                let code = (*dice.pick(&["net", "gross"])).to_owned();
                let price = json!({"shipped_id": id, "code": code, "price": "1.50"});
                self.prices.extend(price.as_object().cloned());
            }
        }
        "add a seed"
    }

    /// A declaration with these tables.
    #[must_use]
    pub fn with(&self, case: &Case) -> Case {
        let mut case = case.clone();
        let mut slots = json!({
            "sync": "none",
            "columns": {
                "id": {"kind": "int", "key": true},
                "room": "text",
                "code": "varchar(9)",
                "low": "decimal(6,2)",
                "high": "decimal(6,2)",
                "first_day": "date",
                "last_day": {"kind": "date", "nullable": true},
                "starts_at": "timestamptz",
                "ends_at": "timestamptz",
                "gone": {"kind": "bool", "default": false},
            },
            "checks": {
                "zz_numbers": "low <= high",
                "zz_days": "last_day is null or first_day <= last_day",
                "zz_times": "starts_at < ends_at",
            },
        });
        if !self.exclude.is_empty() {
            slots["exclude"] = json!(self.exclude);
        }
        let mut shipped = json!({
            "sync": "none",
            "columns": {
                "id": {"kind": "bigint", "key": true, "identity": true},
                "name": "text",
                "rank": {"kind": "int", "default": 7},
                "tags": {"kind": "list(text)", "default": []},
            },
        });
        let mut prices = json!({
            "sync": "none",
            "key": ["shipped_id", "code"],
            "columns": {
                "shipped_id": {"kind": "bigint", "references": "zz_shipped.id"},
                "code": "text",
                "price": "decimal(8,2)",
            },
        });
        for (table, seeds) in [(&mut shipped, &self.shipped), (&mut prices, &self.prices)] {
            if !seeds.is_empty() {
                table["seeds"] = json!(seeds);
            }
        }
        let tables = case.root.entry("tables").or_insert_with(|| json!({}));
        let tables = tables.as_object_mut().expect("a mapping");
        for (name, table) in [(SLOTS, slots), (SHIPPED, shipped), (PRICES, prices)] {
            tables.insert(name.to_owned(), table);
        }
        case
    }
}

/// What an exclusion constraint compares.
fn without_name(exclusion: &Value) -> Value {
    let mut exclusion = match exclusion {
        Value::Array(on) => json!({"on": on}),
        other => other.clone(),
    };
    if let Some(entries) = exclusion.as_object_mut() {
        entries.shift_remove("name");
        entries.shift_remove("deferrable");
    }
    exclusion
}

/// Rows for these tables, which every exclusion constraint lets stand, and whose keys Postgres counted.
#[must_use]
pub fn rows(model: &Model) -> String {
    let of = |table: &str| {
        let schema = model.tables[table].schema.replace('"', "\"\"");
        format!("\"{schema}\".{table}")
    };
    let (slots, shipped) = (of(SLOTS), of(SHIPPED));
    let mut sql = String::new();
    for id in 1..=4 {
        let (low, high, last) = (id * 5, id * 5 + 3, id * 2 + 1);
        sql += &format!(
            "insert into {slots} (id, room, code, low, high, first_day, last_day, starts_at, ends_at)
             values ({id}, 'Room', 'c{id}', {low}, {high}, '2026-01-{low:02}', '2026-01-{low:02}'::date + 2,
                     '2026-01-01 {last:02}:00Z', '2026-01-01 {last:02}:30Z');\n"
        );
    }
    // Numbers that no seed has.
    for id in [1000, 1001] {
        sql += &format!(
            "insert into {shipped} (id, name) overriding system value values ({id}, 'own');\n"
        );
    }
    sql
}
