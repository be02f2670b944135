//! Random valid declarations: read without a word, covering every form of the language, and accepted by what consumes
//! what is generated.

mod execute;
mod runner;

use execute::Databases;
use runner::{accepted, each, executed_count, read_count};
use tests::generate::coverage::Coverage;

/// A form that fewer declarations of a hundred reach is too thin to prove anything.
#[test]
fn every_declaration_is_accepted_and_every_form_occurs() {
    let found = each(read_count(), Coverage::default, |case, coverage| {
        coverage.add(&accepted(case)?);
        Ok(())
    });
    let mut coverage = Coverage::default();
    found.into_iter().for_each(|one| coverage.join(one));
    println!("{coverage}");
    coverage.assert_thick(usize::try_from(read_count() / 100).expect("a small number"));
}

#[test]
fn everything_generated_executes() {
    each(executed_count(), Databases::new, |case, databases| {
        let model = accepted(case)?;
        execute::rust(&model)?;
        execute::sqlite(&model)?;
        execute::postgres(case, &model, databases)
    });
}
