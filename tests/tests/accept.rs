//! Every feature of the language has a case that declares it and is accepted without a word.
//!
//! A case is `cases/accept/<what may be said>/schema/`; what it means to the databases is executed elsewhere.

use synctable_codegen::diagnostic::{Color, Format, render};
use synctable_codegen::read;
use tests::cases::each;

#[test]
fn every_case_is_accepted() {
    each("accept", |case| {
        let reading = read(&case.folder.join("schema"));
        let report = render(
            Format::Human(Color::Never),
            &reading.diagnostics,
            &reading.sources,
        );
        match reading.model {
            Some(_) if reading.diagnostics.is_empty() => Ok(()),
            _ => Err(report),
        }
    });
}
