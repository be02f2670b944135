//! The page on kinds is the table of facts, printed.

use std::fmt::Write;
use synctable::facts::{Equality, KeyText, UploadForm};
use synctable::{Element, EnumStorage, Kind, Language, Scalar};
use tests::cases::{Case, workspace};

#[test]
fn the_page_on_kinds_says_what_the_table_says() {
    let docs = Case {
        name: "docs".to_owned(),
        folder: workspace().join("docs"),
    };
    if let Err(why) = docs.expect("kinds.md", &page()) {
        panic!("{why}");
    }
}

/// The kinds that stand for many, under the names that the page gives them.
fn others() -> [(&'static str, Kind); 4] {
    [
        (
            "an enum",
            Kind::Enum {
                name: "status".into(),
                storage: EnumStorage::Native,
            },
        ),
        (
            "a domain",
            Kind::Domain {
                name: "title".into(),
                base: Scalar::Text,
            },
        ),
        ("`list(…)`", Kind::List(Element::Scalar(Scalar::Text))),
        ("`opaque('…')`", Kind::Opaque("vector(3)".into())),
    ]
}

fn page() -> String {
    let mut page = String::from(INTRODUCTION);
    forms(&mut page).expect("a string takes all text");
    types(&mut page).expect("a string takes all text");
    values(&mut page).expect("a string takes all text");
    reasons(&mut page).expect("a string takes all text");
    page
}

fn forms(page: &mut String) -> std::fmt::Result {
    page.push_str(FORMS);
    for scalar in Scalar::EXAMPLES {
        let facts = scalar.facts();
        writeln!(
            page,
            "| `{scalar}` | `{}` | `{}` | {} | {} | `{}` |",
            scalar.postgres_type(),
            facts.column_type,
            upload(facts.upload),
            facts.replicated.trim_end_matches('.'),
            facts.example,
        )?;
    }
    for (name, kind) in others() {
        let postgres = match &kind {
            Kind::Scalar(_) => unreachable!("scalars have rows of their own"),
            Kind::Enum { .. } => "the enum's type; `text` with `storage: check`".to_owned(),
            Kind::Domain { .. } => "the domain".to_owned(),
            Kind::List(_) => "an array".to_owned(),
            Kind::Opaque(_) => "the type as it is written".to_owned(),
        };
        let (column_type, form, replicated) = match kind {
            Kind::Domain { .. } => ("that of its kind", "as its kind", "As its kind"),
            _ => (
                kind.column_type().word(),
                upload(kind.upload()),
                kind.replicated().trim_end_matches('.'),
            ),
        };
        let column_type = match column_type.contains(' ') {
            true => column_type.to_owned(),
            false => format!("`{column_type}`"),
        };
        writeln!(
            page,
            "| {name} | {postgres} | {column_type} | {form} | {replicated} | |"
        )?;
    }
    Ok(())
}

fn types(page: &mut String) -> std::fmt::Result {
    page.push_str(TYPES);
    let row = |name: &str, cells: Vec<String>| format!("| {name} | {} |\n", cells.join(" | "));
    page.push_str(&row(
        "kind",
        Language::ALL
            .iter()
            .map(|language| language.to_string())
            .collect(),
    ));
    page.push_str(&row("---", vec!["---".to_owned(); Language::ALL.len()]));
    for scalar in Scalar::EXAMPLES {
        let cells = Language::ALL
            .iter()
            .map(|language| format!("`{}`", scalar.type_in(*language)))
            .collect();
        page.push_str(&row(&format!("`{scalar}`"), cells));
    }
    let lists = Language::ALL
        .iter()
        .map(|language| format!("`{}`", language.list_of("T")))
        .collect();
    page.push_str(&row("`list(…)`", lists));
    let nullable = Language::ALL
        .iter()
        .map(|language| format!("`{}`", language.nullable("T").replace('|', "\\|")))
        .collect();
    page.push_str(&row("`nullable: true`", nullable));
    Ok(())
}

fn values(page: &mut String) -> std::fmt::Result {
    page.push_str(VALUES);
    let scalars = Scalar::EXAMPLES.map(|scalar| (format!("`{scalar}`"), Kind::from(scalar)));
    let others = others().map(|(name, kind)| (name.to_owned(), kind));
    for (name, kind) in scalars.into_iter().chain(others) {
        if matches!(kind, Kind::Domain { .. }) {
            writeln!(
                page,
                "| {name} | as its kind | as its kind | as its kind | what its check refuses |"
            )?;
            continue;
        }
        writeln!(
            page,
            "| {name} | {} | {} | {} | {} |",
            equality(kind.equality()),
            if kind.same_order() { "yes" } else { "no" },
            key(kind.key_text()),
            kind.refused().join("; "),
        )?;
    }
    Ok(())
}

fn reasons(page: &mut String) -> std::fmt::Result {
    page.push_str(REASONS);
    for scalar in Scalar::EXAMPLES {
        let why = scalar.facts().why;
        if !why.is_empty() {
            let sentences = why.replace(". ", ".\n  ");
            writeln!(page, "- `{}`: {sentences}", scalar.word())?;
        }
    }
    Ok(())
}

fn upload(form: UploadForm) -> &'static str {
    match form {
        UploadForm::Integer01 => "0 or 1",
        UploadForm::IntegerNumber => "a whole number; `7.0` is one",
        UploadForm::RealNumber => "a number",
        UploadForm::String => "a string",
        UploadForm::JsonInString => "JSON in a string",
    }
}

fn equality(equality: Equality) -> &'static str {
    match equality {
        Equality::Text => "the same text",
        Equality::Number => "the same number",
        Equality::Ieee => "the same number; `-0` is `0`",
        Equality::Json => "the same JSON value",
        Equality::IntervalText => "the same months, days and microseconds",
        Equality::Elements => "equal elements in order",
    }
}

fn key(text: KeyText) -> String {
    match text {
        KeyText::Only(characters) => format!("yes, of `{characters}`"),
        KeyText::Any => "yes, of any characters".to_owned(),
        KeyText::Refused(why) => format!("no: {why}"),
    }
}

const INTRODUCTION: &str = "# Kinds

```yaml
columns:
  title: {kind: text}
  price: {kind: \"decimal(10,2)\"}
```

The kind of a column decides its type in Postgres, in SQLite, in streams and in every language.
The kinds on this page are all kinds that exist, and each value has one canonical form.
This page is generated from the table in `synctable/src/facts`, and a test compares the two.
";

const FORMS: &str = "
## Forms

The column type is the type in PowerSync's client tables and in SQLite's STRICT tables.
The replicated value is what PowerSync's service sends (edition 3), and what SQLite stores.

| kind | Postgres | column type | in uploads | replicated | example |
| --- | --- | --- | --- | --- | --- |
";

const TYPES: &str = "
## Types

In each language, every enum and every domain has its own type.
An opaque kind is text.

";

const VALUES: &str = "
## Values

\"One order\" means that Postgres, SQLite and streams order the values in the same way.
\"Part of a key\" lists the characters that the text can contain in the client's id.

| kind | equal when | one order | part of a key | refused |
| --- | --- | --- | --- | --- |
";

const REASONS: &str = "
## Why

";
