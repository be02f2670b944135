//! Whether a field's type can hold its column, as far as tokens tell.
//!
//! Told are only types that nobody can make fit: a type of the standard library holds what `synctable` says it does,
//! whatever the app implements. Everything else is `Holds`' to decide, and told by rustc.

use crate::columns::Column;
use crate::ctxt::Ctxt;
use syn::{GenericArgument, PathArguments, Type};

/// Numbers and text of the standard library, and what holds none of them; `Vec<u8>` is one more.
const STANDARD: &[&str] = &[
    "String", "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8",
    "u16", "u32", "u64", "u128", "usize",
];

/// Complains of a type that cannot hold the column; `make` is what the field should be.
pub(crate) fn check(cx: &Ctxt, ty: &Type, column: &Column, make: &str) {
    let (held, is_option) = match option_of(ty) {
        Some(inner) => (inner, true),
        None => (ty, false),
    };
    let value = column
        .holds
        .strip_prefix("Option<")
        .and_then(|rest| rest.strip_suffix('>'));
    let nullable = column.is_nullable();
    let value = value.unwrap_or(&column.holds);
    let standard = standard(held);
    // An app may let a type of the standard library hold an enum or a domain of its own.
    let is_apps = value.contains("enums::") || value.contains("domains::");

    let name = &column.name;
    let reason = if standard.is_some_and(|standard| standard != value) && !is_apps {
        format!("the column `{name}` is `{}`", column.kind())
    } else if is_option && !nullable {
        format!("the column `{name}` is never null")
    } else if standard.is_some() && !is_option && nullable {
        format!("the column `{name}` may be null")
    } else {
        return;
    };
    cx.error_at(ty, format!("{reason}: make the field `{make}`"));
}

/// The `T` of an `Option<T>`.
pub(crate) fn option_of(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let segments = &path.path.segments;
    let last = segments.last()?;
    let is_option = last.ident == "Option"
        && (segments.len() == 1
            || ["std", "core"]
                .iter()
                .any(|krate| segments[0].ident == krate));
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) if is_option => match arguments.args.first()? {
            GenericArgument::Type(inner) => Some(inner),
            _ => None,
        },
        _ => None,
    }
}

/// The standard library's type that a type is, as far as its name tells.
fn standard(ty: &Type) -> Option<&'static str> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last()?;
    if path.path.segments.len() > 1 {
        return None;
    }
    match &segment.arguments {
        PathArguments::None => STANDARD.iter().copied().find(|name| segment.ident == name),
        PathArguments::AngleBracketed(arguments) if segment.ident == "Vec" => {
            match arguments.args.first()? {
                GenericArgument::Type(byte) if standard(byte) == Some("u8") => Some("Vec<u8>"),
                _ => None,
            }
        }
        _ => None,
    }
}
