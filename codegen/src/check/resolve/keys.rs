//! The key of a table, the client's text id made of it, and the recipe of a new one.

use super::Resolver;
use crate::declaration::{self, IdForm};
use crate::diagnostic::{Diagnostic, codes};
use crate::map::IndexMap;
use crate::model::{ClientId, Column, IdEncoding, IdPart, Recipe, RecipePart};
use synctable::facts::KeyText;

/// What separates the parts of a composed id unless declared.
const SEPARATOR: char = '/';

impl Resolver<'_, '_> {
    /// The key's columns: `key: [a, b]`, or the one column with `key: true`.
    pub(super) fn key(&mut self, table: &declaration::Table) -> Vec<String> {
        let marked: Vec<_> = table
            .columns
            .values()
            .filter_map(|column| Some((column, column.key?)))
            .collect();
        match (&table.key, marked.as_slice()) {
            (Some(key), []) => self.own_columns(table, &key.value),
            (None, [(column, _)]) => vec![column.name.value.clone()],
            // Without a column that could be read, the missing columns have been reported.
            (None, []) if table.columns.is_empty() => Vec::new(),
            (None, []) => {
                let id = table.columns.get("id");
                let way_out = match id {
                    Some(_) => "write `id: {kind: …, key: true}`",
                    None => "write `key: true` on a column, or `key: [a, b]` on the table",
                };
                self.cx.push(
                    Diagnostic::error(codes::NO_KEY, format!("`{}` has no key", table.name.value))
                        .at(table.name.span)
                        .help(way_out),
                );
                Vec::new()
            }
            (Some(key), [(_, span), ..]) => {
                self.cx.push(
                    Diagnostic::error(
                        codes::KEY_TWICE,
                        format!(
                            "`{}` declares its key twice: on a column and on the table",
                            table.name.value
                        ),
                    )
                    .at(*span)
                    .label(key.span, "the table's key")
                    .help("remove one of them"),
                );
                self.own_columns(table, &key.value)
            }
            (None, [(first, first_span), (_, second), ..]) => {
                self.cx.push(
                    Diagnostic::error(
                        codes::KEY_TWICE,
                        format!("two columns of `{}` are its key", table.name.value),
                    )
                    .at(*second)
                    .label(*first_span, "the first one")
                    .help("declare a key of several columns on the table: `key: [a, b]`"),
                );
                vec![first.name.value.clone()]
            }
        }
    }

    /// How the client's id is made of the key, and how a new one comes about.
    pub(super) fn id(
        &mut self,
        table: &declaration::Table,
        columns: &IndexMap<String, Column>,
        key: &[String],
    ) -> (ClientId, Option<Recipe>) {
        let form = table.id.as_ref().map(|id| &id.form);
        let separator = match form {
            Some(IdForm::Separator(separator)) => {
                if let [_] = key {
                    self.cx.push(
                        Diagnostic::error(
                            codes::SEPARATOR_UNUSED,
                            format!(
                                "`{}` has a key of one column, so `separator` has no effect",
                                table.name.value
                            ),
                        )
                        .at(separator.span)
                        .help("remove `id`"),
                    );
                }
                separator.value
            }
            _ => SEPARATOR,
        };
        let id = match key {
            [column] => ClientId::Column(column.clone()),
            _ => ClientId::Composed {
                parts: id_parts(columns, key, separator),
                separator,
            },
        };
        let recipe = match form {
            Some(IdForm::Join { parts, separator }) => {
                let separator = separator
                    .as_ref()
                    .map_or(SEPARATOR, |separator| separator.value);
                let written = separator.to_string();
                Some(Recipe::Join {
                    parts: self.written_parts(
                        table,
                        parts,
                        has_texts(parts).then_some(written.as_str()),
                    ),
                    separator,
                })
            }
            Some(IdForm::UuidV5 {
                parts,
                namespace,
                separator,
            }) => namespace.as_ref().map(|namespace| Recipe::UuidV5 {
                namespace: namespace.value.clone(),
                parts: self.written_parts(
                    table,
                    parts,
                    match separator {
                        Some(separator) => Some(&separator.value),
                        None => has_texts(parts).then_some(UNIT_SEPARATOR),
                    },
                ),
            }),
            Some(IdForm::Separator(_)) | None => None,
        };
        (id, recipe)
    }

    /// The parts of a recipe, with the texts and the separators between them; without a separator, the recipe's own is between
    /// the columns.
    fn written_parts(
        &mut self,
        table: &declaration::Table,
        parts: &[declaration::RecipePart],
        separator: Option<&str>,
    ) -> Vec<RecipePart> {
        let separator = separator.unwrap_or_default();
        let mut columns: Vec<RecipePart> = Vec::new();
        let mut written = String::new();
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                written.push_str(separator);
            }
            match part {
                declaration::RecipePart::Text(text) => written.push_str(&text.value),
                declaration::RecipePart::Column(part) if self.own_column(table, &part.column) => {
                    columns.push(recipe_part(part, std::mem::take(&mut written)));
                }
                declaration::RecipePart::Column(_) => {}
            }
        }
        match columns.last_mut() {
            Some(last) => last.after = written,
            None => {
                let id = table.id.as_ref().expect("it declares the recipe");
                self.cx.push(
                    Diagnostic::error(codes::RECIPE_PART, "every row would get the same id")
                        .at(id.span)
                        .help("add a column that differs between the rows"),
                );
            }
        }
        columns
    }
}

/// Between the parts of a hashed id, unless something else is declared.
const UNIT_SEPARATOR: &str = "\u{1f}";

/// Whether a recipe has parts that are the same for every row.
fn has_texts(parts: &[declaration::RecipePart]) -> bool {
    let is_text = |part: &declaration::RecipePart| matches!(part, declaration::RecipePart::Text(_));
    parts.iter().any(is_text)
}

fn recipe_part(part: &declaration::RecipeColumn, before: String) -> RecipePart {
    RecipePart {
        column: part.column.value.clone(),
        before,
        after: String::new(),
        null: part.null.as_ref().map(|null| null.value.clone()),
        lower: part.lower.is_some(),
        trim: part.trim.is_some(),
    }
}

/// Every part but the last is hexed where its kind could hold the separator.
fn id_parts(columns: &IndexMap<String, Column>, key: &[String], separator: char) -> Vec<IdPart> {
    key.iter()
        .enumerate()
        .map(|(index, name)| {
            let plain = index + 1 == key.len()
                || columns
                    .get(name)
                    .is_none_or(|column| match column.kind.key_text() {
                        KeyText::Refused(_) => true,
                        text => !text.can_hold(separator),
                    });
            IdPart {
                column: name.clone(),
                encoding: if plain {
                    IdEncoding::Plain
                } else {
                    IdEncoding::Hex
                },
            }
        })
        .collect()
}
