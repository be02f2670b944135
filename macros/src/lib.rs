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
mod upload;
mod uploads;

/// Binds a struct to a declared table, and makes it a `synctable::SyncTable`.
///
/// ```text
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
/// - `by_value` implements `Debug` and `PartialEq` over the values of the columns;
/// - `crate = path` names `synctable` where it is renamed.
///
/// On a field, `column = name` names the column where the field is called otherwise; a name that Rust cannot spell
/// stands in quotes.
///
/// A struct may be generic: over a type that `synctable::Holds` what its column does, and over lifetimes of fields
/// such as `Cow<'a, str>`.
#[proc_macro_derive(SyncTable, attributes(synctable))]
pub fn derive_sync_table(input: TokenStream) -> TokenStream {
    bind::ask(input.into(), "__bind")
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

/// Makes a struct what an upload may say of a new row of a declared table: a `synctable::crud::Upload`.
///
/// It has a field for every column that a device may upload.
/// Those that are never null and have no default are held as they are; the others may be absent, and stand in an
/// `Option`: `Option<Option<T>>` where null is a value, `Option<T>` where Postgres fills in a default.
///
/// The attributes are those of `SyncTable`.
#[proc_macro_derive(Put, attributes(synctable))]
pub fn derive_put(input: TokenStream) -> TokenStream {
    bind::ask(input.into(), "__bind_put")
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

/// Makes a struct what an upload may say of a changed row of a declared table: a `synctable::crud::Upload`.
///
/// It has the key, and in an `Option` every column that a device may change.
///
/// The attributes are those of `SyncTable`.
#[proc_macro_derive(Patch, attributes(synctable))]
pub fn derive_patch(input: TokenStream) -> TokenStream {
    bind::ask(input.into(), "__bind_patch")
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

/// Makes a struct of the key of a declared table what an upload says of a deleted row: a `synctable::crud::Upload`.
///
/// The attributes are those of `SyncTable`.
#[proc_macro_derive(Delete, attributes(synctable))]
pub fn derive_delete(input: TokenStream) -> TokenStream {
    bind::ask(input.into(), "__bind_delete")
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

/// The second step of the derive `Put`.
#[doc(hidden)]
#[proc_macro]
pub fn __bind_put(input: TokenStream) -> TokenStream {
    upload::bind(input.into(), upload::Op::Put)
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

/// The second step of the derive `Patch`.
#[doc(hidden)]
#[proc_macro]
pub fn __bind_patch(input: TokenStream) -> TokenStream {
    upload::bind(input.into(), upload::Op::Patch)
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

/// The second step of the derive `Delete`.
#[doc(hidden)]
#[proc_macro]
pub fn __bind_delete(input: TokenStream) -> TokenStream {
    upload::bind(input.into(), upload::Op::Delete)
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

/// What `synctable::uploads!` becomes once the table has handed its columns in.
#[doc(hidden)]
#[proc_macro]
pub fn __uploads(input: TokenStream) -> TokenStream {
    uploads::expand(input.into())
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}
