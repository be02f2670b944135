//! Turns names into things and texts into expressions, one room of the model a file.
//!
//! What cannot be resolved is reported once and left out; a column whose kind is unknown stays known by name, so that
//! expressions over it are passed over in silence instead of being blamed for it.

mod access;
mod columns;
mod constraints;
mod exclusions;
mod expressions;
mod keys;
mod kinds;
mod objects;
mod seeds;
mod settings;
mod shapes;
mod streams;
mod tables;
mod uploaded;
mod values;
mod written;

use crate::declaration::{Declaration, Name, Origins};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean};
use crate::map::IndexMap;
use crate::model::{Model, Pending, Postgres, Table};
use crate::parallel;
use shapes::Shapes;
use std::borrow::Cow;

/// Resolves everything that can be; `None` only where not even the app has a name.
pub(super) fn resolve(
    declaration: &Declaration,
    origins: &Origins<'_>,
    cx: &mut Diagnostics,
) -> Option<Model> {
    let mut postgres = settings::resolve(declaration, cx);
    let sqlite = settings::sqlite(declaration, cx);
    let enums = objects::enums(declaration, &postgres, cx);
    let shapes = Shapes::of(declaration, &postgres, cx);
    let mut resolver = Resolver {
        declaration,
        origins,
        postgres: &postgres,
        shapes: Cow::Owned(shapes),
        cx,
    };
    let domains = resolver.domains();
    let scopes = resolver.scopes();
    let externals = resolver.externals();
    let tables = resolver.tables();
    let views = resolver.views();
    let sql = resolver.sql();
    let streams = resolver.streams(&tables);
    let storage = resolver.storage();
    let mapped = resolver.mapped();
    postgres.schemas = settings::schemas(&postgres, &enums, &domains, &tables, &views);
    Some(Model {
        app: declaration.app.as_ref()?.value.clone(),
        doc: declaration.doc.as_ref().map(|doc| doc.value.clone()),
        postgres,
        sqlite,
        enums,
        domains,
        expected: declaration
            .scopes
            .values()
            .filter(|scope| scopes.contains_key(&scope.name.value))
            .filter_map(|scope| Some((scope.name.value.clone(), scope.expect.as_ref()?.value)))
            .collect(),
        scopes,
        externals,
        tables,
        views,
        sql,
        streams,
        storage,
        pending: Pending::default(),
        mapped,
        worker: declaration
            .targets
            .values()
            .any(|target| target.worker.is_some()),
    })
}

/// What every part of the resolution knows.
struct Resolver<'a, 'cx> {
    declaration: &'a Declaration,
    origins: &'a Origins<'a>,
    postgres: &'a Postgres,
    shapes: Cow<'a, Shapes>,
    cx: &'cx mut Diagnostics,
}

impl Resolver<'_, '_> {
    /// Resolves the tables, side by side: they are most of a declaration.
    fn tables(&mut self) -> IndexMap<String, Table> {
        let (declaration, shapes) = (self.declaration, &*self.shapes);
        let declared: Vec<_> = declaration.tables.values().collect();
        let resolved = parallel::each(&declared, |table| {
            let mut cx = Diagnostics::new();
            let mut resolver = Resolver {
                declaration,
                origins: self.origins,
                postgres: self.postgres,
                shapes: Cow::Borrowed(shapes),
                cx: &mut cx,
            };
            (resolver.table(table), cx)
        });
        let mut tables = IndexMap::with_capacity_and_hasher(declared.len(), Default::default());
        for (resolved, found) in resolved {
            self.cx.append(found);
            tables.extend(resolved.map(|table| (table.name.clone(), table)));
        }
        tables
    }

    /// Reports a name that nothing has, with the nearest one that something has.
    fn unknown<'n>(
        &mut self,
        code: Code,
        what: &str,
        name: &Name,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        let known: Vec<&str> = known.into_iter().collect();
        let diagnostic =
            Diagnostic::error(code, format!("there is no {what} `{}`", name.value)).at(name.span);
        self.cx
            .push(match did_you_mean(&name.value, known.iter().copied()) {
                Some(help) => diagnostic.help(help),
                None => diagnostic.help(listed(&known)),
            });
    }
}

/// What there is instead, as far as it fits into a line.
fn listed(known: &[&str]) -> String {
    const MOST: usize = 12;
    match known {
        [] => "none is declared".to_owned(),
        _ if known.len() > MOST => {
            format!("known names include `{}`", known[..MOST].join("`, `"))
        }
        _ => format!("known names: `{}`", known.join("`, `")),
    }
}
