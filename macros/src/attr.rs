//! One attribute at a time: `#[synctable(…)]` on the struct and on its fields.

use crate::ctxt::Ctxt;
use crate::symbol::{COLUMN, CRATE, PARTIAL, SYNCTABLE, Symbol, TABLE};
use proc_macro2::TokenTree;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Ident, Path, Token};

/// What the struct's attributes say.
#[derive(Default)]
pub(crate) struct ContainerAttrs {
    /// The generated module of the table.
    pub(crate) table: Option<Path>,
    /// Where `synctable` is found.
    pub(crate) krate: Option<Path>,
    /// Whether columns may have no field.
    pub(crate) partial: bool,
}

/// What a field's attributes say.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    /// The column, where it is not called as the field.
    pub(crate) column: Option<Ident>,
}

impl ContainerAttrs {
    pub(crate) fn read(cx: &Ctxt, attrs: &[Attribute]) -> Self {
        let mut read = ContainerAttrs::default();
        each(cx, attrs, |meta| {
            if meta.path == TABLE {
                let path = meta.value()?.call(Path::parse_mod_style)?;
                once(&mut read.table, path, TABLE, meta)
            } else if meta.path == CRATE {
                let path = meta.value()?.call(Path::parse_mod_style)?;
                once(&mut read.krate, path, CRATE, meta)
            } else if meta.path == PARTIAL {
                read.partial = true;
                Ok(())
            } else {
                Err(unknown(meta, &[TABLE, PARTIAL, CRATE]))
            }
        });
        read
    }
}

impl FieldAttrs {
    pub(crate) fn read(cx: &Ctxt, attrs: &[Attribute]) -> Self {
        let mut read = FieldAttrs::default();
        each(cx, attrs, |meta| {
            if meta.path == COLUMN {
                let name = meta.value()?.call(Ident::parse_any)?;
                once(&mut read.column, name, COLUMN, meta)
            } else {
                Err(unknown(meta, &[COLUMN]))
            }
        });
        read
    }
}

/// Reads every word; a mistake in one does not hide those in the others.
fn each(
    cx: &Ctxt,
    attrs: &[Attribute],
    mut read: impl FnMut(&ParseNestedMeta<'_>) -> syn::Result<()>,
) {
    for attr in attrs.iter().filter(|attr| *attr.path() == SYNCTABLE) {
        let parsed = attr.parse_nested_meta(|meta| {
            if let Err(error) = read(&meta) {
                cx.push(error);
                while !meta.input.is_empty() && !meta.input.peek(Token![,]) {
                    meta.input.parse::<TokenTree>()?;
                }
            }
            Ok(())
        });
        if let Err(error) = parsed {
            cx.push(error);
        }
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
        Some(_) => Err(meta.error(format!("`{word}` is said twice"))),
    }
}

fn unknown(meta: &ParseNestedMeta<'_>, known: &[Symbol]) -> syn::Error {
    let known: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
    meta.error(format!("no such word here; known: {}", known.join(", ")))
}
