//! From the understood struct to tokens.

use crate::ast::Container;
use crate::check::check;
use crate::ctxt::Ctxt;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::DeriveInput;
use syn::spanned::Spanned;

/// The implementation of `SyncTable`, in an anonymous constant so that nothing leaks into the caller's
/// scope.
pub(crate) fn derive(input: &DeriveInput) -> syn::Result<TokenStream> {
    let cx = Ctxt::new();
    let container = Container::read(&cx, input);
    if let Some(container) = &container {
        check(&cx, container);
    }
    cx.finish()?;
    Ok(expand(
        &container.expect("without a mistake there is a container"),
    ))
}

fn expand(container: &Container<'_>) -> TokenStream {
    let table = container.table().expect("checked");
    let ident = container.ident;
    let (impl_generics, ty_generics, where_clause) = container.generics.split_for_impl();
    let words = match &container.attrs.krate {
        Some(path) => quote!(#path),
        None => quote!(::synctable),
    };
    let fields: Vec<_> = container.fields.iter().map(|field| field.ident).collect();
    let constants: Vec<_> = container
        .fields
        .iter()
        .map(|field| &field.constant)
        .collect();
    // The same tokens with the same spans in all three places: rustc tells a mistake in them once.
    let held: Vec<_> = container
        .fields
        .iter()
        .map(|field| {
            let (constant, ty) = (&field.constant, field.ty);
            quote_spanned!(ty.span()=> #table::#constant.held_by::<#ty>())
        })
        .collect();
    let covered = (!container.attrs.partial).then(|| {
        let name = ident.to_string();
        quote_spanned! {ident.span()=>
            const _: () = #words::row::covers::<#table::Table>(
                #name,
                &[#(#table::#constants.def),*],
            );
        }
    });

    // A column's deprecation is told to whoever names it, and the struct's author has done so on purpose.
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        const _: () = {
            impl #impl_generics #words::SyncTable for #ident #ty_generics #where_clause {
                type Table = #table::Table;

                const COLUMNS: &'static [&'static #words::ColumnDef] = &[
                    #(#held.column()),*
                ];

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

            #covered
        };
    }
}
