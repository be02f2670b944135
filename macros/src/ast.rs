//! The struct as the derive understands it.

use crate::attr::{ContainerAttrs, FieldAttrs};
use crate::ctxt::Ctxt;
use syn::{Data, DeriveInput, Fields, Generics, Ident, Type};

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
    pub(crate) attrs: FieldAttrs,
}

impl<'a> Container<'a> {
    /// Reads all of it; `None` where it is no struct with named fields.
    pub(crate) fn read(cx: &Ctxt, input: &'a DeriveInput) -> Option<Self> {
        let attrs = ContainerAttrs::read(cx, &input.attrs);
        let fields = match &input.data {
            Data::Struct(data) => match &data.fields {
                Fields::Named(named) if !named.named.is_empty() => &named.named,
                Fields::Named(_) | Fields::Unnamed(_) | Fields::Unit => {
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
                Some(Field {
                    ident,
                    ty: &field.ty,
                    attrs: FieldAttrs::read(cx, &field.attrs),
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
}
