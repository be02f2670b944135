//! From a struct of uploaded columns to the implementation of `Upload`.

use crate::ast::{Container, Field};
use crate::check::{column, columns_are_named_once};
use crate::columns::{Column, Given, Sent, Table};
use crate::ctxt::Ctxt;
use crate::expand::by_value;
use crate::fits::{self, option_of};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use std::collections::BTreeSet;
use syn::spanned::Spanned;

/// Which upload the struct stands for.
#[derive(Clone, Copy)]
pub(crate) enum Op {
    Put,
    Patch,
    Delete,
}

/// How an upload holds a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// As it is.
    Whole,
    /// In an `Option`, because it may be absent.
    Maybe,
}

impl Op {
    /// The upload of a word.
    pub(crate) fn of(word: &Ident) -> Option<Self> {
        Some(match word.to_string().as_str() {
            "Put" => Op::Put,
            "Patch" => Op::Patch,
            "Delete" => Op::Delete,
            _ => return None,
        })
    }

    /// How it holds a column; `None` for one that no such upload carries.
    pub(crate) fn holds(self, column: &Column) -> Option<Held> {
        match (self, column.sent) {
            (_, Sent::Key) | (Op::Put, Sent::Needed | Sent::NeededOnce) => Some(Held::Whole),
            (Op::Put, Sent::Maybe | Sent::MaybeOnce) | (Op::Patch, Sent::Needed | Sent::Maybe) => {
                Some(Held::Maybe)
            }
            (Op::Patch, Sent::NeededOnce | Sent::MaybeOnce)
            | (Op::Delete, _)
            | (_, Sent::Never) => None,
        }
    }

    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Op::Put => "a new row",
            Op::Patch => "a changed row",
            Op::Delete => "a deleted row",
        }
    }
}

/// The implementation of `Upload` for the struct, over the columns that its table's macro handed in.
///
/// # Errors
/// All mistakes of the struct at once, each where it is.
pub(crate) fn bind(input: TokenStream, op: Op) -> syn::Result<TokenStream> {
    let given = Given::read(input)?;
    let cx = Ctxt::new();
    let container = Container::read(&cx, &given.input);
    let bound = container.map(|container| {
        let columns = check(&cx, &container, &given.table, op);
        (container, columns)
    });
    cx.finish()?;
    let (container, columns) = bound.expect("without a mistake there is a container");
    Ok(expand(&container, &given.table, &columns))
}

/// The column of each field, in the order of the fields; less than that only after a mistake.
fn check<'t>(cx: &Ctxt, container: &Container<'_>, table: &'t Table, op: Op) -> Vec<&'t Column> {
    if let Some(word) = container.attrs.server {
        let message = "the server does not upload rows: remove this word";
        cx.push(syn::Error::new(word, message));
    }
    let mut meant = BTreeSet::new();
    let columns: Vec<Option<&Column>> = container
        .fields
        .iter()
        .map(|field| column(cx, field, table, &mut meant))
        .collect();
    let fields = || {
        let pairs = container.fields.iter().zip(&columns);
        pairs.filter_map(|(field, column)| column.map(|column| (field, column)))
    };
    columns_are_named_once(cx, fields());
    for (field, column) in fields() {
        is_held_as_it_is_sent(cx, field, column, op);
    }
    meant.extend(fields().map(|(_, column)| column.name.as_str()));
    is_whole(cx, container, table, op, &meant);
    columns.into_iter().flatten().collect()
}

/// Absent and null are two things, and a column that is always there is neither.
fn is_held_as_it_is_sent(cx: &Ctxt, field: &Field<'_>, column: &Column, op: Op) {
    let (name, noun) = (&column.name, op.noun());
    let is_option = option_of(field.ty).is_some();
    match op.holds(column) {
        None => cx.error_at(
            field.ident,
            format!("an upload of {noun} never contains the column `{name}`: remove the field"),
        ),
        Some(held @ Held::Maybe) if !is_option => cx.error_at(
            field.ty,
            format!(
                "an upload of {noun} may omit the column `{name}`: make the field `{}`",
                spelt(column, held)
            ),
        ),
        Some(held @ Held::Whole) if is_option => cx.error_at(
            field.ty,
            format!(
                "an upload of {noun} always contains the column `{name}`: make the field `{}`",
                spelt(column, held)
            ),
        ),
        Some(Held::Whole) => fits::check(cx, field.ty, column, &spelt(column, Held::Whole)),
        Some(Held::Maybe) => {
            let inside = option_of(field.ty).expect("it is an option");
            fits::check(cx, inside, column, &spelt(column, Held::Maybe));
        }
    }
}

/// An upload is read whole unless the struct says otherwise, so that a new column is not forgotten.
fn is_whole(cx: &Ctxt, container: &Container<'_>, table: &Table, op: Op, meant: &BTreeSet<&str>) {
    if container.attrs.partial.is_some() || container.fields.iter().any(|field| field.attrs.unread)
    {
        return;
    }
    let missing: Vec<String> = table
        .columns
        .iter()
        .filter(|column| !meant.contains(column.name.as_str()))
        .filter_map(|column| {
            let held = op.holds(column)?;
            Some(format!("`{}: {}`", column.field, spelt(column, held)))
        })
        .collect();
    if !missing.is_empty() {
        let (name, missing) = (&table.name, missing.join(", "));
        cx.error_at(
            container.ident,
            format!("uploads of the table `{name}` also contain {missing}: add what is missing"),
        );
    }
}

/// The type of a field that holds the column.
fn spelt(column: &Column, held: Held) -> String {
    match held {
        Held::Whole => column.holds.clone(),
        Held::Maybe => format!("Option<{}>", column.holds),
    }
}

/// The implementation, and nothing beside it, as short as that of `SyncTable`.
fn expand(container: &Container<'_>, known: &Table, columns: &[&Column]) -> TokenStream {
    let place = |column: &Column| {
        let found = known.columns.iter().position(|one| one.name == column.name);
        found.expect("it was found in the table")
    };
    let table = container
        .attrs
        .table
        .as_ref()
        .expect("it handed its columns in");
    let words = container.attrs.words();
    let ident = container.ident;
    let (impl_generics, ty_generics, where_clause) = container.generics.split_for_impl();
    let fields: Vec<_> = container.fields.iter().map(|field| field.ident).collect();
    let locals: Vec<_> = (0..fields.len())
        .map(|index| format_ident!("field_{index}"))
        .collect();
    let (mut reads, mut writes, mut certain) = (Vec::new(), Vec::new(), Vec::new());
    for ((field, column), local) in container.fields.iter().zip(columns).zip(&locals) {
        let (name, constant) = (field.ident, &column.constant);
        let index = place(column);
        let (ty, method) = match option_of(field.ty) {
            Some(inside) => (inside, format_ident!("optional")),
            None if column.sent == Sent::Key => (field.ty, format_ident!("key")),
            None => (field.ty, format_ident!("required")),
        };
        if option_of(field.ty).is_none() {
            certain.push(local);
        }
        // The same tokens with the same spans in both places: rustc tells a mistake in them once.
        let held = quote_spanned!(ty.span()=> #table::#constant.held_by::<#ty>());
        reads.push(quote!(reader.#method(#held, #index)));
        writes.push(quote!(write.#method(#held, &self.#name);));
    }

    let by_value = container
        .attrs
        .by_value
        .map(|_| by_value(ident, container.generics, &quote!(#words::crud)));

    // All are read before the first that is missing ends it, so that every mistake is told.
    // A column's deprecation is told to whoever names it, and the struct's author has done so on purpose.
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics #words::crud::Upload for #ident #ty_generics #where_clause {
            type Table = #table::Table;

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
