//! From the understood struct to tokens.

use crate::ast::Container;
use crate::check::is_of_device;
use crate::columns::{Column, Table};
use crate::fits::option_of;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Generics, Ident};

/// The implementation of `SyncTable`, and nothing beside it: every path is whole, so nothing leaks into the caller's
/// scope.
pub(crate) fn expand(
    container: &Container<'_>,
    columns: &[&Column],
    declared: &Table,
) -> TokenStream {
    let table = container
        .attrs
        .table
        .as_ref()
        .expect("it handed its columns in");
    let words = container.attrs.words();
    let ident = container.ident;
    let (impl_generics, ty_generics, where_clause) = container.generics.split_for_impl();
    let fields: Vec<_> = container.fields.iter().map(|field| field.ident).collect();
    let constants: Vec<_> = columns.iter().map(|column| &column.constant).collect();
    let of_device = is_of_device(container, declared);
    // The same tokens with the same spans in both places: rustc tells a mistake in them once.
    let held: Vec<_> = container
        .fields
        .iter()
        .zip(columns)
        .map(|(field, column)| {
            let (ty, constant) = (field.ty, &column.constant);
            match option_of(ty).filter(|_| of_device && declared.may_lack(column)) {
                Some(ty) => quote_spanned!(ty.span()=> #table::#constant.awaited_by::<#ty>()),
                None => quote_spanned!(ty.span()=> #table::#constant.held_by::<#ty>()),
            }
        })
        .collect();
    let locals: Vec<_> = (0..fields.len())
        .map(|index| format_ident!("field_{index}"))
        .collect();

    // A whole row in declared order has the table's own list.
    let is_declared = columns.len() == declared.columns.len()
        && columns
            .iter()
            .zip(&declared.columns)
            .all(|(column, declared)| column.name == declared.name);
    let listed = match is_declared {
        true => quote!(<#table::Table as #words::Declared>::DEF.columns),
        false => quote!(&[#(#table::#constants.def),*]),
    };

    let by_value = container
        .attrs
        .by_value
        .map(|_| by_value(ident, container.generics, &quote!(#words::row)));

    // Checking this is what a struct costs: few tokens, one call for each field and way, one branch for all.
    // A column's deprecation is told to whoever names it, and the struct's author has done so on purpose.
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics #words::SyncTable for #ident #ty_generics #where_clause {
            type Table = #table::Table;

            const COLUMNS: &'static [&'static #words::ColumnDef] = #listed;

            fn write<'__row>(&'__row self, writer: &mut #words::row::Writer<'__row>) {
                #(writer.column(#held, &self.#fields);)*
            }

            fn read(reader: &mut #words::row::Reader<'_, '_>) -> ::std::option::Option<Self> {
                use ::std::option::Option::Some as __Some;
                let (#(__Some(#locals),)*) = (#(reader.column(#held),)*) else {
                    return ::std::option::Option::None;
                };
                __Some(Self { #(#fields: #locals),* })
            }
        }

        #by_value
    }
}

/// `Debug` and `PartialEq` by functions that all structs share: what `std` derives is checked field by field.
pub(crate) fn by_value(ident: &Ident, generics: &Generics, shared: &TokenStream) -> TokenStream {
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let name = ident.unraw().to_string();
    quote! {
        #[automatically_derived]
        impl #impl_generics ::std::fmt::Debug for #ident #ty_generics #where_clause {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                #shared::show(self, #name, f)
            }
        }

        #[automatically_derived]
        impl #impl_generics ::std::cmp::PartialEq for #ident #ty_generics #where_clause {
            fn eq(&self, other: &Self) -> bool {
                #shared::same(self, other)
            }
        }
    }
}
