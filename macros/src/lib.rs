//! The derive that binds a struct to a declared table.
//!
//! It never reads a file: it names the generated constants, and rustc says whether they agree.

use proc_macro::TokenStream;

mod ast;
mod attr;
mod check;
mod ctxt;
mod expand;
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
/// On the struct: `table = path` names the generated module of the table (required); `partial` allows
/// columns without a field; `crate = path` names `synctable` where it is renamed.
/// On a field: `column = name` names the column where the field is called otherwise.
#[proc_macro_derive(SyncTable, attributes(synctable))]
pub fn derive_sync_table(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    expand::derive(&input)
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}
