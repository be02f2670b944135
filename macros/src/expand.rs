//! From the understood struct to tokens.

use crate::ast::Container;
use crate::columns::Column;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// The implementation of `SyncTable`, in an anonymous constant so that nothing leaks into the caller's scope.
pub(crate) fn expand(container: &Container<'_>, columns: &[&Column]) -> TokenStream {
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
    // The same tokens with the same spans in both places: rustc tells a mistake in them once.
    let held: Vec<_> = container
        .fields
        .iter()
        .zip(&constants)
        .map(|(field, constant)| {
            let ty = field.ty;
            quote_spanned!(ty.span()=> #table::#constant.held_by::<#ty>())
        })
        .collect();

    // A column's deprecation is told to whoever names it, and the struct's author has done so on purpose.
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        const _: () = {
            impl #impl_generics #words::SyncTable for #ident #ty_generics #where_clause {
                type Table = #table::Table;

                const COLUMNS: &'static [&'static #words::ColumnDef] = &[#(#table::#constants.def),*];

                fn to_values(&self) -> ::std::vec::Vec<#words::Value<'_>> {
                    ::std::vec![#(#held.write(&self.#fields)),*]
                }

                fn from_values<'v>(
                    values: impl ::std::iter::IntoIterator<Item = #words::Value<'v>>,
                ) -> ::std::result::Result<Self, #words::RowError> {
                    let table = <Self as #words::SyncTable>::table();
                    let mut values = ::std::iter::IntoIterator::into_iter(values);
                    ::std::result::Result::Ok(Self {
                        #(#fields: #held.read(table, ::std::iter::Iterator::next(&mut values))?),*
                    })
                }
            }
        };
    }
}
