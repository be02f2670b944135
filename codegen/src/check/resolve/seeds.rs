//! Seeds: each value held against the kind of its column, and the id by its recipe.

use super::Resolver;
use crate::declaration::{self, Value};
use crate::diagnostic::{Diagnostic, codes};
use crate::map::IndexMap;
use crate::model::{Column, Literal, Recipe, Seed};

impl Resolver<'_, '_> {
    /// The rows that are shipped with a table.
    pub(super) fn seeds(
        &mut self,
        table: &declaration::Table,
        columns: &IndexMap<String, Column>,
        key: &[String],
        recipe: Option<&Recipe>,
    ) -> Vec<Seed> {
        let seeds = table.seeds.iter();
        seeds
            .map(|declared| {
                let mut seed = self.seed(table, columns, declared);
                if let ([key], Some(recipe)) = (key, recipe)
                    && seed.get(key).is_none()
                    && let Some(id) = recipe.id_of(&seed)
                {
                    seed.0.insert_before(0, key.clone(), Literal::Text(id));
                }
                seed
            })
            .collect()
    }

    fn seed(
        &mut self,
        table: &declaration::Table,
        columns: &IndexMap<String, Column>,
        declared: &declaration::Seed,
    ) -> Seed {
        let mut seed = Seed::default();
        for (name, given) in &declared.values {
            if !self.own_column(table, &given.name) {
                continue;
            }
            // A column with a mistake is left out, and its mistake was told.
            let Some(column) = columns.get(name) else {
                continue;
            };
            let value = match &given.value.value {
                Value::Null => Some(Literal::Null),
                Value::Call(_) | Value::Sql(_) => {
                    self.cx.push(
                        Diagnostic::error(
                            codes::SEED_UNFIT,
                            "a seed has the same values in every database, so it cannot contain a call or SQL",
                        )
                        .at(given.value.span)
                        .help("write a literal; for a text that looks like a call, write `{text: \"now()\"}`")
                        .help("or remove the column, if it has a default"),
                    );
                    None
                }
                _ => self.literal(&given.value, &column.kind),
            };
            if let Some(value) = value {
                seed.0.insert(name.clone(), value);
            }
        }
        seed
    }
}
