//! What a set of generated declarations covered, counted in their checked models.
//!
//! Every form of the model is a cell; the matches in `record` have no wildcard, so a new form does not compile until it has
//! one, and [`Coverage::assert_thick`] fails for a cell that too few declarations reach.

mod cells;
mod record;

use cells::CELLS;
use record::Record;
use std::collections::BTreeMap;
use std::fmt;

use synctable_codegen::model::Model;

/// In how many declarations each form occurred.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    cases: usize,
    cells: BTreeMap<String, usize>,
}

impl Coverage {
    /// Counts what one model holds.
    pub fn add(&mut self, model: &Model) {
        self.cases += 1;
        for cell in Record::of(model) {
            *self.cells.entry(cell).or_default() += 1;
        }
    }

    /// Joins what another worker counted.
    pub fn join(&mut self, other: Coverage) {
        self.cases += other.cases;
        for (cell, count) in other.cells {
            *self.cells.entry(cell).or_default() += count;
        }
    }

    /// Cells that fewer than `least` declarations reached, and cells that nobody listed.
    pub fn thin(&self, least: usize) -> Vec<String> {
        let mut thin = Vec::new();
        let mut listed = Vec::new();
        for (group, names) in CELLS {
            for name in *names {
                let cell = format!("{group}: {name}");
                let count = self.cells.get(&cell).copied().unwrap_or(0);
                if count < least {
                    thin.push(format!("{cell} ({count} of {})", self.cases));
                }
                listed.push(cell);
            }
        }
        let unlisted = self.cells.keys().filter(|cell| !listed.contains(cell));
        thin.extend(unlisted.map(|cell| format!("{cell} is in no group")));
        thin
    }

    /// Fails where a cell is thin.
    ///
    /// # Panics
    ///
    /// If fewer than `least` declarations reached some cell.
    pub fn assert_thick(&self, least: usize) {
        let thin = self.thin(least);
        assert!(
            thin.is_empty(),
            "thin cells (fewer than {least}):\n  {}",
            thin.join("\n  ")
        );
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} declarations; in how many each form occurred:",
            self.cases
        )?;
        for (group, names) in CELLS {
            let cells: Vec<String> = names
                .iter()
                .map(|name| {
                    let count = self
                        .cells
                        .get(&format!("{group}: {name}"))
                        .copied()
                        .unwrap_or(0);
                    format!("{name} {count}")
                })
                .collect();
            writeln!(f, "  {group:<12} {}", cells.join(", "))?;
        }
        Ok(())
    }
}
