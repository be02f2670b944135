//! References: `lists.id`, `auth.users.id`, `orders(org_id, number)`.

use super::Decoder;
use super::name::NameRule;
use crate::declaration::{Name, Reference, Snippet};
use crate::diagnostic::{BAD_REFERENCE, Diagnostic};
use crate::source::Node;
use std::ops::Range;

impl Decoder<'_> {
    /// `table.column`, with a schema before an external table.
    pub(super) fn column_reference(&mut self, node: &Node) -> Option<Reference> {
        let snippet = self.snippet(node)?;
        let text = snippet.text.as_str();
        let Some(dot) = text.rfind('.').filter(|_| !text.contains('(')) else {
            self.push(
                Diagnostic::error(BAD_REFERENCE, format!("`{text}` does not name a column"))
                    .at(node.span)
                    .help(match text.split_once('(') {
                        Some((table, column)) if !column.contains(',') => {
                            format!(
                                "write `{}.{}`",
                                table.trim(),
                                column.trim_end_matches(')').trim()
                            )
                        }
                        Some(_) => "a column can only reference one column".to_owned(),
                        None => format!("write `{text}.column`"),
                    }),
            );
            return None;
        };
        let table = self.table_name(&snippet, 0..dot)?;
        let column = self.part(&snippet, dot + 1..text.len())?;
        Some(Reference {
            span: node.span,
            table,
            columns: vec![column],
        })
    }

    /// `table(x, y)`, with a schema before an external table.
    pub(super) fn columns_reference(&mut self, node: &Node) -> Option<Reference> {
        let snippet = self.snippet(node)?;
        let text = snippet.text.as_str();
        let parts = text
            .find('(')
            .filter(|_| text.ends_with(')'))
            .map(|open| (0..open, open + 1..text.len() - 1));
        let Some((table, inner)) = parts else {
            self.push(
                Diagnostic::error(BAD_REFERENCE, format!("`{text}` does not name columns"))
                    .at(node.span)
                    .help(match text.rsplit_once('.') {
                        Some((table, column)) => format!("write `{table}({column})`"),
                        None => "write `table(x, y)`, in quotes inside braces".to_owned(),
                    }),
            );
            return None;
        };
        let table = self.table_name(&snippet, table)?;
        let mut columns = Vec::new();
        let mut from = inner.start;
        for piece in text[inner].split(',') {
            columns.push(self.part(&snippet, from..from + piece.len())?);
            from += piece.len() + 1;
        }
        Some(Reference {
            span: node.span,
            table,
            columns: self.once(columns),
        })
    }

    /// A declared table, or `schema.table`.
    fn table_name(&mut self, snippet: &Snippet, range: Range<usize>) -> Option<Name> {
        match snippet.text[range.clone()].matches('.').count() {
            0 => {}
            1 => {
                let dot = range.start + snippet.text[range.clone()].find('.').unwrap_or_default();
                self.part(snippet, range.start..dot)?;
                self.part(snippet, dot + 1..range.end)?;
            }
            _ => {
                let text = &snippet.text;
                self.push(
                    Diagnostic::error(BAD_REFERENCE, format!("`{text}` has too many parts"))
                        .at(snippet.span)
                        .help(
                            "write `table.column`, or `schema.table.column` for an external table",
                        ),
                );
                return None;
            }
        }
        if snippet.text[range.clone()].contains('.') {
            let range = trimmed(&snippet.text, range);
            let span = snippet.place(self.sources, range.clone());
            return Some(Name::new(snippet.text[range].to_owned(), span));
        }
        self.part(snippet, range)
    }

    /// One name of a reference, without blanks around it.
    fn part(&mut self, snippet: &Snippet, range: Range<usize>) -> Option<Name> {
        let range = trimmed(&snippet.text, range);
        let text = &snippet.text[range.clone()];
        let span = snippet.place(self.sources, range);
        match NameRule::Postgres.complaint(text) {
            Some(diagnostic) => {
                self.push(diagnostic.at(if text.is_empty() { snippet.span } else { span }));
                None
            }
            None => Some(Name::new(text.to_owned(), span)),
        }
    }
}

/// The range without blanks at its ends.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let piece = &text[range.clone()];
    let start = range.start + (piece.len() - piece.trim_start().len());
    start..start + piece.trim().len()
}
