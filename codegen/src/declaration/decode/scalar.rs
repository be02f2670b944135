//! Single values: texts, switches, words, names, kinds, snippets, and lists of them.

use super::Decoder;
use super::fields::{Fields, list};
use super::name::NameRule;
use crate::declaration::keys::Shape;
use crate::declaration::{Flag, Name, Snippet, Spanned};
use crate::diagnostic::{
    BAD_KIND, Diagnostic, EMPTY_LIST, LISTED_TWICE, Span, UNKNOWN_WORD, UNPRINTABLE, nearest,
};
use crate::source::{Node, locate};
use std::collections::HashMap;
use synctable::KindSyntax;

/// Whether a character must not stand in any text: it does not print, or reorders what does.
fn is_unprintable(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

impl Decoder<'_> {
    /// Free text.
    pub(super) fn text(&mut self, node: &Node) -> Option<Spanned<String>> {
        let text = node.as_str(self.cx)?;
        self.printable(text, node.span)
            .then(|| Spanned::new(text.to_owned(), node.span))
    }

    /// Text that is parsed further.
    pub(super) fn snippet(&mut self, node: &Node) -> Option<Snippet> {
        let text = self.text(node)?;
        Some(Snippet {
            text: text.value,
            span: text.span,
        })
    }

    /// Reports a character that does not print.
    pub(super) fn printable(&mut self, text: &str, span: Span) -> bool {
        if text.bytes().all(|b| (b' '..0x7f).contains(&b)) {
            return true;
        }
        match text.chars().find(|c| is_unprintable(*c)) {
            None => true,
            Some(c) => {
                self.push(
                    Diagnostic::error(
                        UNPRINTABLE,
                        format!(
                            "the text contains the character U+{:04X}, which is not printable",
                            u32::from(c)
                        ),
                    )
                    .at(span)
                    .help("remove it"),
                );
                false
            }
        }
    }

    /// The text of a key.
    pub(super) fn text_at(
        &mut self,
        fields: &Fields<'_>,
        key: &'static str,
    ) -> Option<Spanned<String>> {
        fields.get(key).and_then(|node| self.text(node))
    }

    /// The snippet of a key.
    pub(super) fn snippet_at(&mut self, fields: &Fields<'_>, key: &'static str) -> Option<Snippet> {
        fields.get(key).and_then(|node| self.snippet(node))
    }

    /// The switch of a key.
    pub(super) fn flag_at(&mut self, fields: &Fields<'_>, key: &'static str) -> Flag {
        self.bool_at(fields, key)
            .and_then(|flag| flag.value.then_some(flag.span))
    }

    /// `true` or `false` of a key.
    pub(super) fn bool_at(
        &mut self,
        fields: &Fields<'_>,
        key: &'static str,
    ) -> Option<Spanned<bool>> {
        let node = fields.get(key)?;
        Some(Spanned::new(node.as_bool(self.cx)?, node.span))
    }

    /// A number of a key, in the limits of the table of keys.
    pub(super) fn number_at(
        &mut self,
        fields: &Fields<'_>,
        key: &'static str,
    ) -> Option<Spanned<u32>> {
        let node = fields.get(key)?;
        let Some(Shape::Number(least, most)) = fields.section().key(key).map(|key| &key.shape)
        else {
            unreachable!("the table of keys says that `{key}` is a number")
        };
        let number = node.as_u32(*least..=*most, self.cx)?;
        Some(Spanned::new(number, node.span))
    }

    /// The word of a key, one of those in the table of keys.
    pub(super) fn word_at<T>(
        &mut self,
        fields: &Fields<'_>,
        key: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<Spanned<T>> {
        let node = fields.get(key)?;
        let Some(Shape::Words(words)) = fields.section().key(key).map(|key| &key.shape) else {
            unreachable!("the table of keys says that `{key}` is a word")
        };
        self.word(node, key, words, parse)
    }

    /// One of a few words.
    pub(super) fn word<T>(
        &mut self,
        node: &Node,
        what: &str,
        words: &[&'static str],
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<Spanned<T>> {
        let word = node.as_str(self.cx)?;
        if let Some(value) = parse(word) {
            return Some(Spanned::new(value, node.span));
        }
        let known = || words.iter().copied();
        let diagnostic =
            Diagnostic::error(UNKNOWN_WORD, format!("`{what}` cannot be `{word}`")).at(node.span);
        self.push(match nearest(word, known()) {
            Some(word) => diagnostic.help(format!("did you mean `{word}`?")),
            None => diagnostic.help(match words {
                [one] => format!("write `{one}`, or remove the key"),
                _ => format!("write one of {}", list(known())),
            }),
        });
        None
    }

    /// A name that refers to something.
    pub(super) fn name_of(&mut self, node: &Node, rule: NameRule) -> Option<Name> {
        let text = node.as_str(self.cx)?;
        match rule.complaint(text) {
            Some(diagnostic) => {
                self.push(diagnostic.at(node.span));
                None
            }
            None => Some(Name::new(text.to_owned(), node.span)),
        }
    }

    /// The name at a key.
    pub(super) fn name_at(
        &mut self,
        fields: &Fields<'_>,
        key: &'static str,
        rule: NameRule,
    ) -> Option<Name> {
        fields.get(key).and_then(|node| self.name_of(node, rule))
    }

    /// A list of names, each once.
    pub(super) fn names(&mut self, node: &Node, rule: NameRule) -> Vec<Name> {
        let Some(items) = node.as_sequence(self.cx) else {
            return Vec::new();
        };
        let mut names = Vec::with_capacity(items.len());
        for item in items {
            names.extend(self.name_of(item, rule));
        }
        self.once(names)
    }

    /// The list of names at a key, each once; where it is there, at least one.
    pub(super) fn names_at(
        &mut self,
        fields: &Fields<'_>,
        key: &'static str,
        rule: NameRule,
    ) -> Option<Spanned<Vec<Name>>> {
        let node = fields.get(key)?;
        let items = node.as_sequence(self.cx)?;
        self.not_empty(items, node.span);
        let names = self.names(node, rule);
        (!names.is_empty()).then(|| Spanned::new(names, node.span))
    }

    /// Reports an empty list.
    pub(super) fn not_empty<T>(&mut self, items: &[T], span: Span) {
        if items.is_empty() {
            self.push(
                Diagnostic::error(EMPTY_LIST, "the list is empty")
                    .at(span)
                    .help("add at least one element, or remove the key"),
            );
        }
    }

    /// Reports names that are listed again, and keeps the first of each.
    pub(super) fn once(&mut self, names: Vec<Name>) -> Vec<Name> {
        if names.len() < 2 {
            return names;
        }
        let mut first: HashMap<String, Span> = HashMap::with_capacity(names.len());
        let mut kept = Vec::with_capacity(names.len());
        for name in names {
            match first.get(&name.value) {
                Some(first) => self.push(
                    Diagnostic::error(LISTED_TWICE, format!("`{}` is listed twice", name.value))
                        .at(name.span)
                        .label(*first, "first listed here")
                        .help("remove one of them"),
                ),
                None => {
                    first.insert(name.value.clone(), name.span);
                    kept.push(name);
                }
            }
        }
        kept
    }

    /// A kind as it is written.
    pub(super) fn kind(&mut self, node: &Node) -> Option<Spanned<KindSyntax>> {
        let text = node.as_str(self.cx)?;
        match KindSyntax::parse(text) {
            Ok(kind) => Some(Spanned::new(kind, node.span)),
            Err(error) => {
                let span = locate(self.sources, node.span, text, error.at.clone());
                let text = error.to_string();
                // What is wrong, and after a colon the way out.
                let (message, way_out) = text.split_once(": ").unwrap_or((
                    &text,
                    "write a kind such as `text`, `\"decimal(10,2)\"` or `list(text)`",
                ));
                self.push(Diagnostic::error(BAD_KIND, message).at(span).help(way_out));
                None
            }
        }
    }

    /// The kind at a key.
    pub(super) fn kind_at(
        &mut self,
        fields: &Fields<'_>,
        key: &'static str,
    ) -> Option<Spanned<KindSyntax>> {
        fields.get(key).and_then(|node| self.kind(node))
    }
}
