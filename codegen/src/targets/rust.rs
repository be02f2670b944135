//! What all targets that write Rust share: how names, kinds, lists and doc comments are spelt.
//!
//! Output is laid out here and not by an installed formatter, so that it depends on nothing but the model, and not by a
//! formatter in the process either: that took three quarters of the time of a run.
//! That it is Rust is what the tests prove, who parse and compile it.

use crate::model::Column;
use std::borrow::Cow;
use synctable::{Case, Element, EnumStorage, Kind, Language, Scalar};

/// The longest line, where there is a choice.
const WIDTH: usize = 100;

/// The items between `&[` and `]`: in one line where they fit behind `before` characters, else one in each line.
pub(super) fn list(items: &[String], indent: usize, before: usize) -> String {
    let one = format!("&[{}]", items.join(", "));
    if !one.contains('\n') && before + one.len() < WIDTH {
        return one;
    }
    let inner = " ".repeat(indent + 4);
    let lines: Vec<_> = items
        .iter()
        .map(|item| format!("{inner}{item},\n"))
        .collect();
    format!("&[\n{}{}]", lines.concat(), " ".repeat(indent))
}

/// The items between `&[` and `]`, as many in each line as fit.
pub(super) fn filled_list(items: &[String], indent: usize, before: usize) -> String {
    let one = format!("&[{}]", items.join(", "));
    if before + one.len() < WIDTH {
        return one;
    }
    let mut text = "&[".to_owned();
    let mut width = WIDTH;
    for item in items {
        if width + item.len() + 2 > WIDTH {
            text.push_str(&format!("\n{:1$}{item},", "", indent + 4));
            width = indent + 4 + item.len() + 1;
        } else {
            text.push_str(&format!(" {item},"));
            width += item.len() + 2;
        }
    }
    text + &format!("\n{:indent$}]", "")
}

/// What stands behind `use synctable::`.
pub(super) fn imports<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    if let [one] = names[..] {
        return one.to_owned();
    }
    let one = format!("{{{}}}", names.join(", "));
    if "use synctable::;".len() + one.len() <= WIDTH {
        return one;
    }
    let mut text = "{".to_owned();
    let mut width = WIDTH;
    for name in names {
        if width + name.len() + 2 > WIDTH {
            text.push_str("\n   ");
            width = 3;
        }
        text.push_str(&format!(" {name},"));
        width += name.len() + 2;
    }
    text + "\n}"
}

/// The lines of a doc comment behind its slashes, each with the blank that it begins with.
///
/// Nothing in it runs as an example: indentation is taken away and fences are marked as text.
/// Characters that Rust has no place for in a comment become blanks.
pub(super) fn doc_lines(text: &str) -> Vec<String> {
    let mut fenced = false;
    text.trim()
        .lines()
        .map(|line| {
            let line = match line.contains(is_refused) {
                true => Cow::Owned(line.replace(is_refused, " ")),
                false => Cow::Borrowed(line),
            };
            let line = line.trim();
            if line.is_empty() {
                return String::new();
            }
            if !line.starts_with("```") {
                return [" ", line].concat();
            }
            fenced = !fenced;
            if fenced { " ```text" } else { " ```" }.to_owned()
        })
        .collect()
}

/// Carriage returns, and what turns the direction of text around.
pub(super) fn is_refused(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text of several lines as a literal, as it stands where a raw string may hold it.
pub(super) fn text_block(text: &str) -> String {
    if text.chars().any(|c| c != '\n' && is_refused(c)) {
        return format!("{text:?}");
    }
    let mut fence = "#".to_owned();
    while text.contains(&format!("\"{fence}")) {
        fence.push('#');
    }
    format!("r{fence}\"{text}\"{fence}")
}

/// A name as a constant: `LIST_ID`.
pub(super) fn constant(name: &str) -> String {
    Language::Rust.identifier(&Case::shouty(name)).into_owned()
}

/// A name as a type or a variant: `ItemStatus`.
pub(super) fn type_name(name: &str) -> String {
    match &*Case::pascal(name) {
        // A label may be nothing but signs.
        "" => "Empty".to_owned(),
        name => Language::Rust.identifier(name).into_owned(),
    }
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

/// `mod.rs` is the folder's own, `statements` a folder of the mappers; the others are devices on Windows.
const FILES_TAKEN: &[&str] = &[
    "mod",
    "statements",
    "aux",
    "con",
    "nul",
    "prn",
    "com1",
    "com2",
    "com3",
    "com4",
    "com5",
    "com6",
    "com7",
    "com8",
    "com9",
    "lpt1",
    "lpt2",
    "lpt3",
    "lpt4",
    "lpt5",
    "lpt6",
    "lpt7",
    "lpt8",
    "lpt9",
];

/// The type of a column's values, in a file that has the modules `enums` and `domains` at hand and imports what [`imported`]
/// names.
pub(super) fn short_type(column: &Column) -> String {
    let named = |scalar: Scalar| of_synctable(scalar).unwrap_or(scalar_type(scalar));
    let value = match &column.kind {
        Kind::Scalar(scalar) => named(*scalar).to_owned(),
        Kind::Enum { name, .. } => format!("enums::{}", type_name(name)),
        Kind::Domain { name, .. } => format!("domains::{}", type_name(name)),
        Kind::List(element) => Language::Rust.list_of(&match element {
            Element::Scalar(scalar) => named(*scalar).to_owned(),
            Element::Enum { name, .. } => format!("enums::{}", type_name(name)),
            Element::Domain { name, .. } => format!("domains::{}", type_name(name)),
        }),
        Kind::Opaque(_) => named(Scalar::Text).to_owned(),
    };
    match column.nullable {
        true => Language::Rust.nullable(&value),
        false => value,
    }
}

/// The type of `synctable` that a kind's values have in Rust, if it is one.
pub(super) fn imported(kind: &Kind) -> Option<&'static str> {
    match kind {
        Kind::Scalar(scalar) | Kind::List(Element::Scalar(scalar)) => of_synctable(*scalar),
        Kind::Enum { .. }
        | Kind::Domain { .. }
        | Kind::List(Element::Enum { .. } | Element::Domain { .. })
        | Kind::Opaque(_) => None,
    }
}

/// The name of a scalar's type in `synctable`, if it is one of its types.
fn of_synctable(scalar: Scalar) -> Option<&'static str> {
    scalar_type(scalar).strip_prefix("synctable::")
}

/// Whether a kind's values have the type of a declared domain.
pub(super) fn is_domain(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Domain { .. } | Kind::List(Element::Domain { .. })
    )
}

/// Whether a kind's values have the type of a declared enum.
pub(super) fn is_enum(kind: &Kind) -> bool {
    matches!(kind, Kind::Enum { .. } | Kind::List(Element::Enum { .. }))
}

/// The type of a scalar's values, by its full path.
pub(super) fn scalar_type(scalar: Scalar) -> &'static str {
    scalar.type_in(Language::Rust)
}

/// A kind as a constant expression; `Kind`, `Scalar`, `Element`, `EnumStorage` and `Name` are `synctable`'s.
///
/// Further lines of it begin with so many blanks.
pub(super) fn kind(kind: &Kind, indent: usize) -> String {
    match kind {
        Kind::Scalar(scalar @ (Scalar::Varchar(_) | Scalar::Decimal { .. })) => {
            format!("Kind::Scalar({})", scalar_value(*scalar))
        }
        Kind::Scalar(scalar) => format!("Kind::{}", format!("{scalar:?}").to_uppercase()),
        Kind::Enum { name, storage } => {
            format!("Kind::Enum {}", enum_fields(name, *storage, indent))
        }
        Kind::Domain { name, base } => {
            format!("Kind::Domain {}", domain_fields(name, *base, indent))
        }
        Kind::List(Element::Scalar(scalar)) => {
            format!("Kind::List(Element::Scalar({}))", scalar_value(*scalar))
        }
        Kind::List(Element::Enum { name, storage }) => {
            format!(
                "Kind::List(Element::Enum {})",
                enum_fields(name, *storage, indent)
            )
        }
        Kind::List(Element::Domain { name, base }) => {
            format!(
                "Kind::List(Element::Domain {})",
                domain_fields(name, *base, indent)
            )
        }
        Kind::Opaque(sql) => format!("Kind::Opaque(Name::Borrowed({sql:?}))"),
    }
}

fn enum_fields(name: &str, storage: EnumStorage, indent: usize) -> String {
    let storage = format!("EnumStorage::{storage:?}");
    fields(
        [
            ("name", format!("Name::Borrowed({name:?})")),
            ("storage", storage),
        ],
        indent,
    )
}

fn domain_fields(name: &str, base: Scalar, indent: usize) -> String {
    fields(
        [
            ("name", format!("Name::Borrowed({name:?})")),
            ("base", scalar_value(base)),
        ],
        indent,
    )
}

/// The fields of a struct in braces, one in each line.
pub(super) fn fields<const N: usize>(fields: [(&str, String); N], indent: usize) -> String {
    let inner = " ".repeat(indent + 4);
    let lines = fields.map(|(name, value)| format!("{inner}{name}: {value},\n"));
    format!("{{\n{}{}}}", lines.concat(), " ".repeat(indent))
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
    fn nothing_in_a_doc_comment_runs_or_breaks_out() {
        assert_eq!(
            doc_lines("Say:\n    hello\n```\nx\n```\n\na\rb \u{202e}c\n"),
            [" Say:", " hello", " ```text", " x", " ```", "", " a b  c"]
        );
    }

    #[test]
    fn long_lists_and_imports_stand_in_lines() {
        let long = vec!["x".repeat(60); 2];
        assert_eq!(list(&["a".into()], 4, 10), "&[a]");
        assert_eq!(
            list(&long, 4, 10),
            format!("&[\n        {0},\n        {0},\n    ]", long[0])
        );
        assert_eq!(imports(["A"]), "A");
        assert_eq!(imports(["A", "B"]), "{A, B}");
        let wrapped = imports([long[0].as_str(), "B", long[1].as_str()]);
        assert_eq!(wrapped, format!("{{\n    {0}, B,\n    {0},\n}}", long[0]));
    }
}
