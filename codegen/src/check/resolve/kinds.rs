//! From the spelling of a kind to the kind.

use super::written;
use crate::declaration::{Declaration, Spanned};
use crate::diagnostic::{Diagnostic, Diagnostics, codes, did_you_mean};
use crate::expr::written::column_type;
use std::borrow::Cow;
use synctable::{Element, ElementSyntax, EnumStorage, Kind, KindSyntax, Scalar};

/// The kind that a spelling means, or `None` after saying what is wrong with it.
pub(super) fn resolve(
    declaration: &Declaration,
    syntax: Option<&Spanned<KindSyntax>>,
    cx: &mut Diagnostics,
) -> Option<Kind> {
    let syntax = syntax?;
    let found = match &syntax.value {
        KindSyntax::Scalar(scalar) => Ok(Kind::Scalar(*scalar)),
        KindSyntax::Opaque(sql) => {
            if let Err(wrong) = column_type(sql) {
                written::report(&wrong, "the type", sql, syntax.span, cx);
                return None;
            }
            Ok(Kind::Opaque(Cow::Owned(sql.to_string())))
        }
        KindSyntax::Name(name) => named(declaration, name).map(|element| match element {
            Element::Scalar(scalar) => Kind::Scalar(scalar),
            Element::Enum { name, storage } => Kind::Enum { name, storage },
            Element::Domain { name, base } => Kind::Domain { name, base },
        }),
        KindSyntax::List(ElementSyntax::Scalar(scalar)) => Ok(Kind::List(Element::Scalar(*scalar))),
        KindSyntax::List(ElementSyntax::Name(name)) => named(declaration, name).map(Kind::List),
    };
    match found {
        Ok(kind) => Some(kind),
        Err(Unnamed::Unknown(name)) => {
            let known = Scalar::NAMES
                .iter()
                .copied()
                .chain(declaration.enums.keys().map(String::as_str))
                .chain(declaration.domains.keys().map(String::as_str));
            let mut diagnostic =
                Diagnostic::error(codes::UNKNOWN_KIND, format!("there is no kind `{name}`"))
                    .at(syntax.span);
            diagnostic = match Scalar::for_foreign_name(name) {
                Some(ours) => diagnostic.help(format!("write `{ours}`")),
                None => diagnostic.help_maybe(did_you_mean(name, known)),
            };
            cx.push(diagnostic.help("for a Postgres type without a kind, write `opaque('type')`"));
            None
        }
        // The domain's own kind is wrong, and that is reported there.
        Err(Unnamed::Broken) => None,
    }
}

enum Unnamed<'a> {
    Unknown(&'a str),
    Broken,
}

fn named<'a>(declaration: &Declaration, name: &'a str) -> Result<Element, Unnamed<'a>> {
    if let Some(def) = declaration.enums.get(name) {
        return Ok(Element::Enum {
            name: Cow::Owned(name.to_owned()),
            storage: def
                .storage
                .as_ref()
                .map_or(EnumStorage::Native, |storage| storage.value),
        });
    }
    if let Some(def) = declaration.domains.get(name) {
        return match def.kind.as_ref().map(|kind| &kind.value) {
            Some(KindSyntax::Scalar(base)) => Ok(Element::Domain {
                name: Cow::Owned(name.to_owned()),
                base: *base,
            }),
            _ => Err(Unnamed::Broken),
        };
    }
    Err(Unnamed::Unknown(name))
}
