//! What all targets that write Rust share: formatting, doc comments, and how kinds are spelt.
//!
//! Text is parsed before it is written, so no target emits what is no Rust.
//! Formatting happens here and not by an installed tool, so that output depends on nothing but the model.

use crate::model::Column;
use synctable::{Case, Element, EnumStorage, Kind, Language, Scalar};

/// The text as rustc's own parser would read it, laid out the one way there is.
///
/// # Panics
///
/// If it is no Rust: our bug.
pub(super) fn tidy(path: &str, text: &str) -> String {
    let file =
        syn::parse_file(text).unwrap_or_else(|error| panic!("{path} is no Rust: {error}\n{text}"));
    let alone = |attrs, items| {
        prettyplease::unparse(&syn::File {
            shebang: None,
            frontmatter: None,
            attrs,
            items,
        })
    };
    // The formatter knows no blank lines: a reader wants one between items, but not between imports.
    let mut out = alone(file.attrs, Vec::new());
    let mut above = None;
    for item in file.items {
        let this = std::mem::discriminant(&item);
        let together = matches!(item, syn::Item::Use(_) | syn::Item::Mod(_)) && above == Some(this);
        if !together && !out.is_empty() {
            out.push('\n');
        }
        above = Some(this);
        out += &alone(Vec::new(), vec![item]);
    }
    out
}

/// The lines of a doc comment, without the slashes.
///
/// Nothing in it runs as an example: indentation is taken away and fences are marked as text.
pub(super) fn doc_lines(text: &str) -> Vec<String> {
    let mut fenced = false;
    text.trim()
        .lines()
        .map(|line| {
            let line = line.trim();
            if !line.starts_with("```") {
                return line.to_owned();
            }
            fenced = !fenced;
            if fenced { "```text" } else { "```" }.to_owned()
        })
        .collect()
}

/// A name as a constant: `LIST_ID`.
pub(super) fn constant(name: &str) -> String {
    Language::Rust.identifier(&Case::shouty(name)).into_owned()
}

/// A name as a type or a variant: `ItemStatus`.
pub(super) fn type_name(name: &str) -> String {
    Language::Rust.identifier(&Case::pascal(name)).into_owned()
}

/// A name as a field: `list_id`, `r#type`.
pub(super) fn field(name: &str) -> String {
    Language::Rust.identifier(&Case::snake(name)).into_owned()
}

/// A name as a module that is a file of its own: `lists`, and `mod_` where a file cannot be called so.
pub(super) fn module(name: &str) -> String {
    let name = Case::snake(name);
    if FILES_TAKEN.contains(&name.as_str()) {
        return format!("{name}_");
    }
    Language::Rust.identifier(&name).into_owned()
}

/// The file of a module.
pub(super) fn module_file(module: &str) -> String {
    format!("{}.rs", module.strip_prefix("r#").unwrap_or(module))
}

/// `mod.rs` is the folder's own; the others are devices on Windows.
const FILES_TAKEN: &[&str] = &[
    "mod", "aux", "con", "nul", "prn", "com1", "com2", "com3", "com4", "com5", "com6", "com7",
    "com8", "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// The type of a column's values, as seen from a file that has the modules `enums` and `domains` at hand.
pub(super) fn value_type(column: &Column) -> String {
    let value = match &column.kind {
        Kind::Scalar(scalar) => scalar_type(*scalar).to_owned(),
        Kind::Enum { name, .. } => format!("enums::{}", type_name(name)),
        Kind::Domain { name, .. } => format!("domains::{}", type_name(name)),
        Kind::List(element) => Language::Rust.list_of(&match element {
            Element::Scalar(scalar) => scalar_type(*scalar).to_owned(),
            Element::Enum { name, .. } => format!("enums::{}", type_name(name)),
            Element::Domain { name, .. } => format!("domains::{}", type_name(name)),
        }),
        Kind::Opaque(_) => scalar_type(Scalar::Text).to_owned(),
    };
    match column.nullable {
        true => Language::Rust.nullable(&value),
        false => value,
    }
}

/// The type of a scalar's values, by its full path.
pub(super) fn scalar_type(scalar: Scalar) -> &'static str {
    scalar.type_in(Language::Rust)
}

/// A kind as a constant expression; `Kind`, `Scalar`, `Element`, `EnumStorage` and `Name` are `synctable`'s.
pub(super) fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Scalar(scalar) => format!("Kind::Scalar({})", scalar_value(*scalar)),
        Kind::Enum { name, storage } => format!("Kind::Enum {}", enum_fields(name, *storage)),
        Kind::Domain { name, base } => format!("Kind::Domain {}", domain_fields(name, *base)),
        Kind::List(element) => format!(
            "Kind::List({})",
            match element {
                Element::Scalar(scalar) => format!("Element::Scalar({})", scalar_value(*scalar)),
                Element::Enum { name, storage } =>
                    format!("Element::Enum {}", enum_fields(name, *storage)),
                Element::Domain { name, base } =>
                    format!("Element::Domain {}", domain_fields(name, *base)),
            }
        ),
        Kind::Opaque(sql) => format!("Kind::Opaque(Name::Borrowed({sql:?}))"),
    }
}

fn enum_fields(name: &str, storage: EnumStorage) -> String {
    format!("{{ name: Name::Borrowed({name:?}), storage: EnumStorage::{storage:?} }}")
}

fn domain_fields(name: &str, base: Scalar) -> String {
    format!(
        "{{ name: Name::Borrowed({name:?}), base: {} }}",
        scalar_value(base)
    )
}

/// The value's own debug form is the expression that makes it.
fn scalar_value(scalar: Scalar) -> String {
    format!("Scalar::{scalar:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_no_file_can_have_gives_way() {
        assert_eq!(module("mod"), "mod_");
        assert_eq!(module("aux"), "aux_");
        assert_eq!(module_file(&module("type")), "type.rs");
    }

    #[test]
    fn nothing_in_a_doc_comment_runs() {
        assert_eq!(
            doc_lines("Say:\n    hello\n```\nx\n```\n"),
            ["Say:", "hello", "```text", "x", "```"]
        );
    }
}
