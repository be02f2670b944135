//! One attribute at a time: `#[synctable(…)]` on the struct and on its fields.

use crate::ctxt::Ctxt;
use crate::nearest::{did_you_mean, nearest};
use crate::symbol::{BY_VALUE, COLUMN, CRATE, PARTIAL, SERVER, SYNCTABLE, Symbol, TABLE};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, Ident, LitStr, Meta, Path, Token};

/// What the struct's attributes say.
#[derive(Default)]
pub(crate) struct ContainerAttrs {
    /// The generated module of the table.
    pub(crate) table: Option<Path>,
    /// Where `synctable` is found.
    pub(crate) krate: Option<Path>,
    /// Whether columns may have no field.
    pub(crate) partial: Option<Span>,
    /// Whether the rows are the server's.
    pub(crate) server: Option<Span>,
    /// Whether it is shown and compared by the values of its columns.
    pub(crate) by_value: Option<Span>,
    /// Whether the table is named in a way that cannot be read.
    pub(crate) table_is_unread: bool,
}

/// What a field's attributes say.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    /// The column, where it is not called as the field.
    pub(crate) column: Option<ColumnName>,
    /// Whether something is said that cannot be read: it may have been the column.
    pub(crate) unread: bool,
}

/// A column as a field names it: a word, or any text in quotes.
pub(crate) struct ColumnName {
    pub(crate) name: String,
    pub(crate) span: Span,
}

impl ContainerAttrs {
    pub(crate) fn read(cx: &Ctxt, attrs: &[Attribute]) -> Self {
        let mut read = ContainerAttrs::default();
        each(cx, attrs, |meta| {
            if meta.path == TABLE {
                let found = path(
                    meta,
                    "`table` takes the table's module: `table = tables::lists`",
                );
                read.table_is_unread |= found.is_err();
                once(&mut read.table, found?, TABLE, meta)
            } else if meta.path == CRATE {
                let found = path(
                    meta,
                    "`crate` takes the path of `synctable`: `crate = words`",
                );
                once(&mut read.krate, found?, CRATE, meta)
            } else if meta.path == PARTIAL {
                bare(meta, PARTIAL)?;
                once(&mut read.partial, meta.path.span(), PARTIAL, meta)
            } else if meta.path == SERVER {
                bare(meta, SERVER)?;
                once(&mut read.server, meta.path.span(), SERVER, meta)
            } else if meta.path == BY_VALUE {
                bare(meta, BY_VALUE)?;
                once(&mut read.by_value, meta.path.span(), BY_VALUE, meta)
            } else {
                Err(unknown(meta, &[TABLE, PARTIAL, SERVER, BY_VALUE, CRATE]))
            }
        });
        read
    }

    /// The path of `synctable`.
    pub(crate) fn words(&self) -> TokenStream {
        match &self.krate {
            Some(path) => path.to_token_stream(),
            None => quote!(::synctable),
        }
    }
}

impl FieldAttrs {
    pub(crate) fn read(cx: &Ctxt, attrs: &[Attribute]) -> Self {
        let mut read = FieldAttrs::default();
        let mut column = None;
        read.unread = !each(cx, attrs, |meta| {
            if meta.path == COLUMN {
                let name = column_name(meta).map_err(|error| {
                    let words = "`column` takes a name: `column = type`, or in quotes";
                    syn::Error::new(error.span(), words)
                });
                once(&mut column, name?, COLUMN, meta)
            } else {
                Err(unknown(meta, &[COLUMN]))
            }
        });
        read.column = column;
        read
    }
}

fn column_name(meta: &ParseNestedMeta<'_>) -> syn::Result<ColumnName> {
    let value = meta.value()?;
    if value.peek(LitStr) {
        let text: LitStr = value.parse()?;
        return Ok(ColumnName {
            name: text.value(),
            span: text.span(),
        });
    }
    let word = value.call(Ident::parse_any)?;
    Ok(ColumnName {
        name: word.unraw().to_string(),
        span: word.span(),
    })
}

fn path(meta: &ParseNestedMeta<'_>, words: &str) -> syn::Result<Path> {
    meta.value()
        .and_then(|value| value.call(Path::parse_mod_style))
        .map_err(|error| syn::Error::new(error.span(), words))
}

/// A word that is said or not.
fn bare(meta: &ParseNestedMeta<'_>, word: Symbol) -> syn::Result<()> {
    if meta.input.is_empty() || meta.input.peek(Token![,]) {
        return Ok(());
    }
    Err(meta.error(format!("`{word}` takes no value")))
}

/// Reads every word, and says whether all of them could be; a mistake in one does not hide those in the others.
fn each(
    cx: &Ctxt,
    attrs: &[Attribute],
    mut read: impl FnMut(&ParseNestedMeta<'_>) -> syn::Result<()>,
) -> bool {
    let mut all = true;
    for attr in attrs.iter().filter(|attr| *attr.path() == SYNCTABLE) {
        if is_empty(&attr.meta) {
            cx.error_at(attr, "this attribute is empty");
            continue;
        }
        let parsed = attr.parse_nested_meta(|meta| {
            if let Err(error) = read(&meta) {
                all = false;
                cx.push(error);
                while !meta.input.is_empty() && !meta.input.peek(Token![,]) {
                    meta.input.parse::<TokenTree>()?;
                }
            }
            Ok(())
        });
        if let Err(error) = parsed {
            all = false;
            cx.push(error);
        }
    }
    all
}

fn is_empty(meta: &Meta) -> bool {
    match meta {
        Meta::Path(_) => true,
        Meta::List(list) => list.tokens.is_empty(),
        _ => false,
    }
}

fn once<T>(
    slot: &mut Option<T>,
    value: T,
    word: Symbol,
    meta: &ParseNestedMeta<'_>,
) -> syn::Result<()> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(meta.error(format!("`{word}` is given twice"))),
    }
}

fn unknown(meta: &ParseNestedMeta<'_>, known: &[Symbol]) -> syn::Error {
    let word = meta.path.to_token_stream().to_string();
    let near = did_you_mean(nearest(&word, known.iter().map(|symbol| symbol.as_str())));
    let known: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
    meta.error(format!(
        "unknown word{near}; known words: {}",
        known.join(", ")
    ))
}
