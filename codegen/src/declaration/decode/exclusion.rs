//! Exclusion constraints.

use super::Decoder;
use super::name::NameRule;
use crate::declaration::keys::{EXCLUSION, EXCLUSION_ELEMENT};
use crate::declaration::{Exclusion, ExclusionElement, ExclusionPart, Name, Part};
use crate::diagnostic::{Diagnostic, MISSING_KEY};
use crate::model::{ExclusionMethod, ExclusionOperator, RangeBounds};
use crate::source::{Node, Value};

impl Decoder<'_> {
    /// `name: [a, {range: [b, c]}]`, or a mapping with `on`.
    pub(super) fn exclusion(&mut self, name: Name, node: &Node) -> Option<Exclusion> {
        let empty = |name| Exclusion {
            name,
            own_name: None,
            on: Vec::new(),
            using: None,
            predicate: None,
            deferrable: None,
        };
        if let Value::Sequence(_) = node.value {
            return Some(Exclusion {
                on: self.parts(node, Self::exclusion_element),
                ..empty(name)
            });
        }
        let Some(fields) = self.fields(&EXCLUSION, name.span, node) else {
            return Some(empty(name));
        };
        Some(Exclusion {
            name,
            own_name: self.own_name(&fields),
            on: self.parts_at(&fields, Self::exclusion_element),
            using: self.word_at(&fields, "using", ExclusionMethod::parse),
            predicate: self.snippet_at(&fields, "where"),
            deferrable: self.flag_at(&fields, "deferrable"),
        })
    }

    /// A column, or a mapping with one of `column`, `expr` and `range`.
    fn exclusion_element(&mut self, node: &Node) -> Option<ExclusionElement> {
        let Value::Mapping(_) = node.value else {
            let column = self.name_of(node, NameRule::Word)?;
            return Some(ExclusionElement {
                part: ExclusionPart::Part(Part::Column(column)),
                with: None,
            });
        };
        let fields = self.fields(&EXCLUSION_ELEMENT, node.span, node)?;
        let one = "compare rows by one of them; add the other as another element";
        self.exclude(&fields, "expr", "column", one);
        self.exclude(&fields, "range", "column", one);
        self.exclude(&fields, "range", "expr", one);
        let of_range = "remove it: only `range` has bounds";
        self.exclude(&fields, "bounds", "column", of_range);
        self.exclude(&fields, "bounds", "expr", of_range);
        let with = self.word_at(&fields, "with", ExclusionOperator::parse);
        let part = match (
            fields.get("column"),
            fields.get("expr"),
            fields.get("range"),
        ) {
            (Some(node), _, _) => {
                let column = self.name_of(node, NameRule::Word)?;
                ExclusionPart::Part(Part::Column(column))
            }
            (None, Some(node), _) => ExclusionPart::Part(Part::Expr(self.snippet(node)?)),
            (None, None, Some(_)) => ExclusionPart::Range {
                columns: self.names_at(&fields, "range", NameRule::Word)?,
                bounds: self.word_at(&fields, "bounds", RangeBounds::parse),
            },
            (None, None, None) => {
                self.push(
                    Diagnostic::error(
                        MISSING_KEY,
                        "an element of an exclusion constraint needs a column, an expression or a range",
                    )
                    .at(node.span)
                    .help("add `column: name`, `expr: \"lower(name)\"` or `range: [starts_at, ends_at]`"),
                );
                return None;
            }
        };
        Some(ExclusionElement { part, with })
    }
}
