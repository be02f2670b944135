//! From the columns of a table to the structs of what devices upload, where an app has none of its own.

use crate::columns::{Column, OTHER_VERSION, Sent, Table, group, ident};
use crate::expand::by_value;
use crate::upload::{Held, Op};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};

/// The structs that `synctable::uploads!` names, each with its implementation of `Upload`.
///
/// # Errors
/// - A word other than `Put`, `Patch` and `Delete`.
/// - Constants that another version of `codegen` wrote: their macro hands over another form.
pub(crate) fn expand(input: TokenStream) -> syn::Result<TokenStream> {
    let other_version = || syn::Error::new(Span::call_site(), OTHER_VERSION);
    let mut tokens = input.into_iter();
    let asked = tokens.next().and_then(group).ok_or_else(other_version)?;
    let table = Table::read(&mut tokens).ok_or_else(other_version)?;
    let mut asked = asked.into_iter();
    let words = asked.next().and_then(group).ok_or_else(other_version)?;
    let module = asked.next().and_then(group).ok_or_else(other_version)?;
    let mut structs = TokenStream::new();
    while let Some(TokenTree::Ident(word)) = asked.next() {
        let op = Op::of(&word).ok_or_else(|| {
            let message = "an upload is a `Put`, a `Patch` or a `Delete`";
            syn::Error::new(word.span(), message)
        })?;
        let name = asked.nth(1).map(TokenStream::from);
        let name = name.and_then(|name| ident(&mut name.into_iter()));
        structs.extend(of_op(
            op,
            &name.ok_or_else(other_version)?,
            &words,
            &module,
            &table,
        ));
        asked.next();
    }
    Ok(structs)
}

/// The struct of one operation.
fn of_op(
    op: Op,
    name: &Ident,
    words: &TokenStream,
    module: &TokenStream,
    table: &Table,
) -> TokenStream {
    let (mut fields, mut locals, mut certain) = (Vec::new(), Vec::new(), Vec::new());
    let (mut types, mut reads, mut writes) = (Vec::new(), Vec::new(), Vec::new());
    for (index, column) in table.columns.iter().enumerate() {
        let Some(held) = op.holds(column) else {
            continue;
        };
        let Column { constant, ty, .. } = column;
        let field = Ident::new_raw(&column.field, name.span());
        let (ty, method) = match held {
            Held::Maybe => (quote!(::std::option::Option<#ty>), "optional"),
            Held::Whole if column.sent == Sent::Key => (ty.clone(), "key"),
            Held::Whole => (ty.clone(), "required"),
        };
        let method = Ident::new(method, Span::call_site());
        reads.push(quote!(reader.#method(#module::#constant, #index)));
        writes.push(quote!(write.#method(#module::#constant, &self.#field);));
        let local = format_ident!("field_{index}");
        if held == Held::Whole {
            certain.push(local.clone());
        }
        locals.push(local);
        types.push(ty);
        fields.push(field);
    }
    let doc = format!("What a device uploads of {}.", op.noun());
    let by_value = by_value(name, &syn::Generics::default(), &quote!(#words::crud));
    quote! {
        #[doc = #doc]
        #[derive(Clone)]
        #[allow(missing_docs)]
        pub struct #name {
            #(pub #fields: #types,)*
        }

        #[automatically_derived]
        #[allow(deprecated)]
        impl #words::crud::Upload for #name {
            type Table = #module::Table;

            #[inline]
            fn read(reader: &mut #words::crud::Reader<'_>) -> ::std::option::Option<Self> {
                use ::std::option::Option::Some as __Some;
                #(let #locals = #reads;)*
                let (#(__Some(#certain),)*) = (#(#certain,)*) else {
                    return ::std::option::Option::None;
                };
                __Some(Self { #(#fields: #locals),* })
            }

            fn write<'__row>(&'__row self, write: &mut #words::crud::Write<'__row>) {
                #(#writes)*
            }
        }

        #by_value
    }
}
