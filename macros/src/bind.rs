//! The two steps: asking the table's module for its columns, and binding the struct to them.

use crate::ast::Container;
use crate::attr::ContainerAttrs;
use crate::check::{self, check};
use crate::columns::Given;
use crate::ctxt::Ctxt;
use crate::expand::expand;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, DeriveInput};

/// The call of the table's macro with the whole struct and the second step's name; only the attributes before it are
/// read here.
///
/// # Errors
/// No table is named: everything that can be told without its columns.
pub(crate) fn ask(input: TokenStream, second: &str) -> syn::Result<TokenStream> {
    let heads = |stream: ParseStream<'_>| {
        let heads = stream.call(Attribute::parse_outer)?;
        stream.parse::<TokenStream>()?;
        Ok(heads)
    };
    let heads = heads.parse2(input.clone())?;
    let cx = Ctxt::new();
    let attrs = ContainerAttrs::read(&cx, &heads);
    let read = cx.finish();
    let Some(table) = &attrs.table else {
        return Err(without_columns(&syn::parse2(input)?));
    };
    // What is wrong with the other words is told in the second step, with everything else.
    drop(read);
    let words = attrs.words();
    // The macro's name has the table's span: a module that has none is no table, and that is where it is named.
    let columns = quote_spanned!(table.span()=> columns);
    let second = format_ident!("{second}");
    Ok(quote!(#table::#columns! { #words::#second, #input }))
}

/// All mistakes of a struct that names no table.
fn without_columns(input: &DeriveInput) -> syn::Error {
    let cx = Ctxt::new();
    if let Some(container) = Container::read(&cx, input) {
        check::table_is_named(&cx, &container);
    }
    cx.finish()
        .expect_err("a struct without a table has one mistake at least")
}

/// The implementation of `SyncTable` for the struct, over the columns that its table's macro handed in.
///
/// # Errors
/// All mistakes of the struct at once, each where it is.
pub(crate) fn bind(input: TokenStream) -> syn::Result<TokenStream> {
    let given: Given = syn::parse2(input)?;
    let cx = Ctxt::new();
    let container = Container::read(&cx, &given.input);
    let bound = container.map(|container| {
        let columns = check(&cx, &container, &given.table);
        (container, columns)
    });
    cx.finish()?;
    let (container, columns) = bound.expect("without a mistake there is a container");
    Ok(expand(&container, &columns))
}
