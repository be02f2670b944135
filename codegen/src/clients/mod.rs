//! The clients of releases that are in use: whether their uploads are still taken, and whether their columns still arrive.
//!
//! A change is safe, needs another name (which `generate` writes: into sync streams, and into what decodes uploads), or
//! breaks a client.

mod fit;
mod found;

use crate::diagnostic::{CLIENTS_BROKEN, CLIENTS_LIMITED, Complaints, Diagnostic, Place};
use crate::map::IndexMap;
use crate::model::{AddedColumn, Clients, History, Model, RenamedColumn, fingerprint};
use found::{Class, Finding};
use synctable::table::CLIENT_ID;

/// What is different for the releases that are in use.
pub fn clients(history: &History, declared: &Model) -> Clients {
    let live: Vec<_> = history
        .live()
        .map(|release| {
            let names = history.names(release.at, None, declared);
            (&release.name, history.model(release), names)
        })
        .collect();
    let mut clients = Clients {
        versions: live.iter().map(|(name, ..)| (*name).clone()).collect(),
        fingerprints: live
            .iter()
            .map(|(_, model, _)| fingerprint(model))
            .collect(),
        ..Clients::default()
    };
    for table in declared.tables.values() {
        if !(table.sync.on_client() && table.sync.on_server()) {
            continue;
        }
        for column in table.columns.values().filter(|one| one.is_on_device()) {
            // The name of the column on devices of each release, where they have it.
            let known = live.iter().map(|(name, model, names)| {
                let origin = names.origin(&table.name)?;
                let had = names.origin_of_column(origin, &column.name)?;
                let had = &model.tables.get(origin)?.columns[had];
                had.is_on_device().then_some((*name, &had.client_name))
            });
            let known: Vec<Option<(&String, &String)>> = known.collect();
            if known.first().is_some_and(Option::is_none) {
                clients.added.push(AddedColumn {
                    table: table.name.clone(),
                    column: column.name.clone(),
                    since: known
                        .iter()
                        .flatten()
                        .next()
                        .map(|(name, _)| (*name).clone()),
                });
            }
            let mut renamed: IndexMap<&String, Vec<String>> = IndexMap::default();
            for (name, was) in known.into_iter().flatten() {
                // The text `id` is there under any name of its column.
                if *was != column.client_name && was != CLIENT_ID {
                    renamed.entry(was).or_default().push(name.clone());
                }
            }
            clients
                .renamed
                .extend(renamed.into_iter().map(|(was, releases)| RenamedColumn {
                    table: table.name.clone(),
                    column: column.name.clone(),
                    was: was.clone(),
                    releases,
                }));
        }
    }
    clients
}

/// Complains about what breaks clients (`D072`), and warns of uploads that may be refused and values that may not arrive
/// (`D073`).
pub fn check(history: &History, declared: &Model, cx: &mut Complaints) {
    let mut found: IndexMap<Finding, Vec<&str>> = IndexMap::default();
    for release in history.live() {
        let names = history.names(release.at, None, declared);
        for finding in found::of_release(history.model(release), declared, &names) {
            found.entry(finding).or_default().push(&release.name);
        }
    }
    for (finding, releases) in found {
        let Finding {
            class,
            place,
            fact,
            but,
            way_out,
        } = finding;
        let of = match releases.as_slice() {
            [one] => format!("release {one}"),
            many => format!("the releases {}", many.join(", ")),
        };
        let message = format!("{fact}, and clients of {of} {but}");
        let diagnostic = match class {
            Class::Breaks => Diagnostic::error(CLIENTS_BROKEN, message),
            Class::Limits => Diagnostic::warning(CLIENTS_LIMITED, message),
        };
        let oldest = releases.first().copied().unwrap_or_default();
        cx.push(
            Place::new(place),
            diagnostic.help(way_out).help(format!(
                "if nobody runs it any more, run `codegen release --end {oldest}`"
            )),
        );
    }
}
