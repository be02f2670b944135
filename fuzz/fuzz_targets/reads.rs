//! What is done with the bytes: shared by the fuzz targets and the test that replays their corpora.

use schema::mappers::Change;
use synctable::crud::{Entry, EntryProblem, Release};
use synctable::{JsonProblem, Kind, Scalar};
use synctable_codegen::diagnostic::{Color, Format, Paths, render};
use synctable_codegen::expr::{Context, Known, Row, Scope, parse, parse_select};
use synctable_codegen::read_texts;

/// A declaration of one file: decoded, checked, and what is said about it shown.
pub(crate) fn yaml(bytes: &[u8]) {
    let reading = read_texts([("app.yaml", bytes)]);
    for format in [
        Format::Human(Color::Never),
        Format::Json,
        Format::Github(Paths::default()),
    ] {
        let report = render(format, &reading.diagnostics, &reading.sources);
        assert!(
            reading.model.is_some() || report.contains('S'),
            "no model and no word"
        );
    }
}

/// An expression in each place that one may stand in.
pub(crate) fn snippet(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let mut row = Row::new("todos");
    for scalar in Scalar::EXAMPLES {
        row = row.with_nullable(scalar.word(), Kind::Scalar(scalar));
    }
    row = row
        .with("id", Kind::Scalar(Scalar::Uuid))
        .with("tags", Kind::List(synctable::Element::Scalar(Scalar::Text)))
        .with("place", Kind::Opaque("point".into()));
    let mut known = Known::default();
    known.tables.insert("todos".to_owned(), row.clone());
    known
        .scopes
        .insert("my_lists".to_owned(), Some(Kind::Scalar(Scalar::Uuid)));
    let params = [("p".to_owned(), None)].into_iter().collect();
    let scope = Scope::new(&known, &row).with_params(&params);
    let value = Row::value(Scalar::Text);
    let kinds = [Scalar::Text, Scalar::Int, Scalar::Timestamptz, Scalar::Json].map(Kind::Scalar);
    for context in [
        Context::Check,
        Context::IndexPart,
        Context::IndexFilter,
        Context::Access,
        Context::Select,
        Context::StreamFilter,
        Context::ViewColumn,
        Context::ViewFilter,
    ] {
        places_are_inside(text, parse(text, &scope, context));
    }
    for kind in &kinds {
        for context in [
            Context::Generated(kind),
            Context::Default(kind),
            Context::Server(kind),
        ] {
            places_are_inside(text, parse(text, &scope, context));
        }
    }
    places_are_inside(
        text,
        parse(text, &Scope::new(&known, &value), Context::DomainCheck),
    );
    places_are_inside(text, parse_select(text, &known));
}

/// An entry of an upload queue: both readers find the same in it, what is a change is the same change again once it was
/// encoded, and what is refused is refused for a reason.
pub(crate) fn entry(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let entry = match (
        Entry::from_json(text),
        serde_json::from_str::<Entry<'_>>(text),
    ) {
        (Ok(entry), Ok(through_serde)) => {
            assert_eq!(entry, through_serde, "{text}");
            entry
        }
        (Err(_), Err(_)) => return,
        // What is passed over is looked at more closely than `serde_json` does.
        (Err(error), Ok(_)) => {
            let closely = matches!(
                error.problem,
                EntryProblem::Json(JsonProblem::LoneSurrogate | JsonProblem::Depth)
            );
            return assert!(closely, "{error}: {text}");
        }
        (Ok(_), Err(error)) => panic!("{error}: {text}"),
    };
    match Change::decode(&entry, &Release::CURRENT) {
        Ok(change) => {
            let text = change.encode().to_json();
            let again = Entry::from_json(&text).expect("it is read again");
            let again = Change::decode(&again, &Release::CURRENT);
            assert_eq!(again.as_ref(), Ok(&change), "{text}");
        }
        Err(refusal) => {
            assert!(!refusal.mistakes.is_empty(), "{refusal}");
            let reasons = refusal.mistakes.iter();
            assert!(
                reasons
                    .map(|mistake| mistake.reason.len())
                    .all(|length| length > 0)
            );
        }
    }
}

/// Every mistake has a place in the text that can be underlined.
fn places_are_inside<T>(text: &str, read: Result<T, Vec<synctable_codegen::expr::Problem>>) {
    for problem in read.err().into_iter().flatten() {
        assert!(
            text.get(problem.range.clone()).is_some(),
            "{:?} is no part of {text:?}",
            problem.range
        );
    }
}
