//! What an app was: the models of its releases, and how names went on from one to the next.

use super::{Model, Table};
use std::collections::BTreeMap;

/// The models that led to what is declared now, as far as somebody may still run a release of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The models, oldest first; each says by `was` how its names were in the one before.
    pub models: Vec<Model>,
    /// The releases, in the order in which they were marked.
    pub releases: Vec<Released>,
}

/// One release of the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    /// Its name, such as `1.4.0`.
    pub name: String,
    /// Its model, as an index of [`History::models`].
    pub at: usize,
    /// Whether nobody runs it any more.
    pub ended: bool,
}

impl History {
    /// The model of a release.
    pub fn model(&self, release: &Released) -> &Model {
        &self.models[release.at]
    }

    /// The releases that somebody may still run.
    pub fn live(&self) -> impl Iterator<Item = &Released> {
        self.releases.iter().filter(|release| !release.ended)
    }

    /// How the names of one model went on to a later one, or to what is declared now.
    pub fn names(&self, from: usize, to: Option<usize>, declared: &Model) -> Names {
        let (last, declared) = match to {
            Some(to) => (to, None),
            None => (self.models.len() - 1, Some(declared)),
        };
        let models = &self.models[from..=last];
        let chain: Vec<&Model> = models.iter().chain(declared).collect();
        let mut names = Names::of(chain[0]);
        for pair in chain.windows(2) {
            names.go_on(pair[0], pair[1]);
        }
        names
    }
}

/// The tables and columns of a model by the names that they have later; what is gone has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    tables: BTreeMap<String, TableNames>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct TableNames {
    name: String,
    columns: BTreeMap<String, String>,
}

impl Names {
    /// Every table and column of a model by its own name.
    pub fn of(model: &Model) -> Self {
        let same = |name: &String| (name.clone(), name.clone());
        let tables = model.tables.iter().map(|(name, table)| {
            let names = TableNames {
                name: name.clone(),
                columns: table.columns.keys().map(same).collect(),
            };
            (name.clone(), names)
        });
        Self {
            tables: tables.collect(),
        }
    }

    /// The later name of a table.
    pub fn table(&self, name: &str) -> Option<&str> {
        self.tables.get(name).map(|table| table.name.as_str())
    }

    /// The later name of a column; both names are those of the earlier model.
    pub fn column(&self, table: &str, column: &str) -> Option<&str> {
        let columns = &self.tables.get(table)?.columns;
        columns.get(column).map(String::as_str)
    }

    /// The name that a table had, by its later one.
    pub fn origin<'a>(&'a self, name: &str) -> Option<&'a str> {
        let mut tables = self.tables.iter();
        let found = tables.find(|(_, table)| table.name == name);
        found.map(|(origin, _)| origin.as_str())
    }

    /// The name that a column had, by the earlier name of its table and its own later one.
    pub fn origin_of_column<'a>(&'a self, table: &str, column: &str) -> Option<&'a str> {
        let mut columns = self.tables.get(table)?.columns.iter();
        let found = columns.find(|(_, name)| *name == column);
        found.map(|(origin, _)| origin.as_str())
    }

    fn go_on(&mut self, before: &Model, after: &Model) {
        let mut later: BTreeMap<&str, &Table> = BTreeMap::new();
        for table in after.tables.values() {
            let there = |name: &str| before.tables.contains_key(name);
            if let Some(origin) = origin(&table.name, table.was.as_deref(), there) {
                later.insert(origin, table);
            }
        }
        self.tables.retain(|_, names| {
            let Some(table) = later.get(names.name.as_str()) else {
                return false;
            };
            let there = &before.tables[&names.name].columns;
            let columns: BTreeMap<&str, &str> = table
                .columns
                .values()
                .filter_map(|column| {
                    let there = |name: &str| there.contains_key(name);
                    let origin = origin(&column.name, column.was.as_deref(), there)?;
                    Some((origin, column.name.as_str()))
                })
                .collect();
            names
                .columns
                .retain(|_, name| match columns.get(name.as_str()) {
                    Some(later) => {
                        *name = (*later).to_owned();
                        true
                    }
                    None => false,
                });
            names.name = table.name.clone();
            true
        });
    }
}

/// The name that a thing had before; `None` for one that is new.
///
/// A thing that is there under its own name has kept it: an earlier model has renamed it already.
fn origin<'a>(
    name: &'a str,
    was: Option<&'a str>,
    there: impl Fn(&str) -> bool,
) -> Option<&'a str> {
    match there(name) {
        true => Some(name),
        false => was.filter(|was| there(was)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    /// The sample after a change.
    fn changed(model: &Model, change: impl FnOnce(&mut Model)) -> Model {
        let mut model = model.clone();
        change(&mut model);
        model
    }

    fn rename(model: &mut Model, from: &str, to: &str) {
        let tables = std::mem::take(&mut model.tables);
        model.tables = tables
            .into_iter()
            .map(|(name, mut table)| {
                if name != from {
                    return (name, table);
                }
                table.name = to.to_owned();
                table.was = Some(from.to_owned());
                (to.to_owned(), table)
            })
            .collect();
    }

    #[test]
    fn names_go_on_over_every_model_in_between() {
        let a = sample::model();
        let b = changed(&a, |model| rename(model, "lists", "groups"));
        // `was` may stay, and has no further effect.
        let c = changed(&b, |model| {
            let title = model.tables["groups"].columns.shift_remove("title");
            let mut title = title.expect("it has one");
            title.name = "label".to_owned();
            title.was = Some("title".to_owned());
            let columns = &mut model.tables["groups"].columns;
            columns.insert("label".to_owned(), title);
        });
        let declared = changed(&c, |model| {
            rename(model, "groups", "folders");
            model.tables.shift_remove("items");
            // Another table takes a name that is free again.
            let new = sample::table("lists", []);
            model.tables.insert("lists".to_owned(), new);
        });
        let history = History {
            models: vec![a, b, c],
            releases: Vec::new(),
        };
        let names = history.names(0, None, &declared);
        assert_eq!(names.table("lists"), Some("folders"));
        assert_eq!(names.column("lists", "title"), Some("label"));
        assert_eq!(names.table("items"), None);
        assert_eq!(names.origin("folders"), Some("lists"));
        assert_eq!(names.origin("lists"), None);
        assert_eq!(names.origin_of_column("lists", "label"), Some("title"));
        let names = history.names(0, Some(1), &declared);
        assert_eq!(names.column("lists", "title"), Some("title"));
    }
}
