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
    let given = Given::read(input)?;
    let cx = Ctxt::new();
    let container = Container::read(&cx, &given.input);
    let bound = container.map(|container| {
        let columns = check(&cx, &container, &given.table);
        (container, columns)
    });
    cx.finish()?;
    let (container, columns) = bound.expect("without a mistake there is a container");
    Ok(expand(&container, &columns, &given.table))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    fn read(path: &str) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The list of columns in the module of a table.
    fn list(module: &str) -> &str {
        let start = module
            .find("synctable::columns! {")
            .expect("there is a list");
        let end = module[start..].find("\n}\n").expect("it has an end");
        &module[start..start + end + "\n}".len()]
    }

    /// What the macro that the list becomes hands in behind the struct.
    fn handed(list: &str) -> String {
        let lines = list.lines().skip(1).map(str::trim);
        let list: Vec<&str> = lines.filter(|line| !line.starts_with("///")).collect();
        let list = list.join(" ");
        let mut columns = list.trim_end_matches('}').trim().split_terminator(';');
        let (table, _) = columns.next().unwrap().split_once(" as ").unwrap();
        let columns = columns.map(|column| {
            let (named, value) = column.trim().split_once(" = ").unwrap();
            let (constant, holds) = named.split_once(": ").unwrap();
            let (name, rest) = value
                .strip_prefix("new(")
                .unwrap()
                .split_once(", ")
                .unwrap();
            let (kind, _) = rest.split_once(')').unwrap();
            let (_, words) = value.rsplit_once(", ").unwrap();
            format!("{name} {constant} ({kind}) ({holds}) {words},")
        });
        format!("{table} {}", columns.collect::<String>())
    }

    const ROW: &str = "\
#[derive(SyncTable)]
#[synctable(table = lists)]
struct List {
    id: Uuid,
    #[synctable(column = owner_id)]
    owner: Uuid,
    title: Title,
}
";

    #[test]
    fn the_expansion_in_the_docs_is_what_is_written() {
        let module = read("tests/ui/src/generated/tables/lists.rs");
        let list = list(&module);
        let given = format!(
            "{{ {} }} {}",
            ROW.replace("#[derive(SyncTable)]", ""),
            handed(list)
        );
        let bound = bind(given.parse().unwrap()).unwrap();
        let written = prettyplease::unparse(&syn::parse2(bound).unwrap());
        let section = format!(
            "```rust\n{list}\n```\n\nYou write the struct:\n\n```rust\n{ROW}```\n\nThe derive generates this code; a test compares it with this page:\n\n```rust\n{written}```\n"
        );
        let docs = read("docs/derive.md");
        let heading =
            "The generated module lists the columns, and passes the list to the derive:\n\n";
        let (before, rest) = docs.split_once(heading).expect("the heading stands");
        let end = rest
            .find("\n`held_by` compiles")
            .expect("the explanation stands");
        if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
            let blessed = format!("{before}{heading}{section}{}", &rest[end..]);
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/derive.md");
            return fs::write(path, blessed).unwrap();
        }
        assert_eq!(rest[..end], section, "(BLESS=1 writes it)");
    }

    #[test]
    fn a_module_of_another_version_is_told() {
        let given = "{ struct List { id: Uuid } } \"lists\" \"id\" id ID \"uuid\"";
        let error = bind(given.parse().unwrap()).unwrap_err().to_string();
        assert!(error.contains("another version"), "{error}");
    }
}
