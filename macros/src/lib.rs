//! The derive that binds a struct to a declared table.
//!
//! It never reads a file. A struct names the generated module of its table, and that module has a macro, `columns!`,
//! that hands the table's columns to the derive as tokens. So it works in two steps: the derive finds the module's
//! name and calls its macro with the struct; the macro calls `__bind!` with the struct and the columns.

use proc_macro::TokenStream;

mod ast;
mod attr;
mod bind;
mod check;
mod columns;
mod ctxt;
mod expand;
mod fits;
mod nearest;
mod symbol;

/// Binds a struct to a declared table, and makes it a `synctable::SyncTable`.
///
/// ```ignore
/// use schema::tables::todos;
///
/// #[derive(SyncTable)]
/// #[synctable(table = todos)]
/// struct Todo {
///     id: Uuid,
///     title: String,
///     #[synctable(column = type)]
///     kind: Option<String>,
/// }
/// ```
///
/// On the struct:
/// - `table = path` names the generated module of the table (required);
/// - `partial` allows columns without a field;
/// - `server` says that the rows are those of the server, with its own columns and without the devices' own;
/// - `crate = path` names `synctable` where it is renamed.
///
/// On a field, `column = name` names the column where the field is called otherwise; a name that Rust cannot spell
/// stands in quotes.
///
/// A struct may be generic: over a type that `synctable::Holds` what its column does, and over lifetimes of fields
/// such as `Cow<'a, str>`.
#[proc_macro_derive(SyncTable, attributes(synctable))]
pub fn derive_sync_table(input: TokenStream) -> TokenStream {
    bind::ask(input.into())
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

/// The second step of the derive: the struct in braces, and behind it the columns of its table.
#[doc(hidden)]
#[proc_macro]
pub fn __bind(input: TokenStream) -> TokenStream {
    bind::bind(input.into())
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}
