//! The struct as the derive understands it.

use crate::attr::{ContainerAttrs, FieldAttrs};
use crate::ctxt::Ctxt;
use quote::format_ident;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields, Generics, Ident, Path, Type};

/// A struct that is to be bound to a table.
pub(crate) struct Container<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) attrs: ContainerAttrs,
    pub(crate) fields: Vec<Field<'a>>,
}

/// One of its fields.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    /// The constant of its column in the table's module, placed where the column is named.
    pub(crate) constant: Ident,
}

impl<'a> Container<'a> {
    /// Reads all of it; `None` where it is no struct with named fields.
    pub(crate) fn read(cx: &Ctxt, input: &'a DeriveInput) -> Option<Self> {
        let attrs = ContainerAttrs::read(cx, &input.attrs);
        let fields = match &input.data {
            Data::Struct(data) => match &data.fields {
                Fields::Named(named) => &named.named,
                Fields::Unnamed(_) | Fields::Unit => {
                    cx.error_at(&input.ident, "a row is a struct with named fields");
                    return None;
                }
            },
            Data::Enum(_) | Data::Union(_) => {
                cx.error_at(&input.ident, "a row is a struct with named fields");
                return None;
            }
        };
        let fields = fields
            .iter()
            .filter_map(|field| {
                let ident = field.ident.as_ref()?;
                let column = FieldAttrs::read(cx, &field.attrs).column;
                Some(Field {
                    ident,
                    ty: &field.ty,
                    constant: constant(column.as_ref().unwrap_or(ident)),
                })
            })
            .collect();
        Some(Container {
            ident: &input.ident,
            generics: &input.generics,
            attrs,
            fields,
        })
    }

    /// The generated module of its table.
    pub(crate) fn table(&self) -> Option<&Path> {
        self.attrs.table.as_ref()
    }
}

/// `list_id` and `r#type` are the constants `LIST_ID` and `TYPE`.
fn constant(name: &Ident) -> Ident {
    format_ident!(
        "{}",
        name.unraw().to_string().to_uppercase(),
        span = name.span()
    )
}
