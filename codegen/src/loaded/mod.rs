//! What generated Rust compiles in, for a program that has none: the same constants, made of a model while it runs.
//!
//! A program loads its declaration once and keeps it until it ends, so the constants are never freed: they have the types
//! of those that are compiled in, and whatever reads one reads the other.

mod buckets;
mod checks;
mod pulled;
mod tables;

use crate::diagnostic::Diagnostics;
use crate::model::{self, Clients, Model};
use crate::outputs;
use crate::reading::{Reading, read};
use crate::targets::bridge::Program;
use crate::targets::mappers::statements;
use std::path::Path;
use synctable::Registry;
use synctable::crud::{Added, Decoder, Releases, Renamed};
use synctable::objects::Bucket;
use synctable::pull::Pull;
use synctable::statement::Statements;

/// An app as generated Rust knows it.
#[derive(Clone, Copy, Debug)]
pub struct Loaded {
    /// Its tables, enums and streams.
    pub registry: &'static Registry,
    /// The releases that devices may still run.
    pub releases: Releases,
    /// The statements of every table that devices upload, in declared order.
    pub statements: &'static [&'static Statements],
    /// What its devices pull, where they do.
    pub pull: Option<&'static Pull>,
    /// Its storage buckets.
    pub buckets: &'static [Bucket],
}

impl Loaded {
    /// What a model says, and what is known of its releases.
    pub fn of(model: &Model, clients: &Clients) -> Self {
        let registry = tables::registry(model);
        let found = statements::all(model).into_iter().map(|(table, set)| {
            let table = registry.table(&table.name).expect("it is in the registry");
            leak(Statements { table, set })
        });
        Loaded {
            registry,
            releases: releases(model, clients),
            statements: list(found),
            pull: pulled::pull(model, registry),
            buckets: list(buckets::buckets(model)),
        }
    }

    /// What reads the entries of its devices.
    pub fn decoder(&self) -> Decoder {
        Decoder::new(self.registry, self.statements)
    }
}

/// A declaration that was loaded, with its model; neither where it has errors.
#[derive(Debug)]
#[must_use = "the diagnostics have to be shown"]
pub struct Load {
    /// What was read, with everything found.
    pub reading: Reading,
    /// What programs know.
    pub loaded: Option<Loaded>,
}

/// Loads the declaration at `manifest`, a folder or the `app.yaml` in it, with the releases of its ledger.
pub fn load(manifest: &Path) -> Load {
    let mut reading = read(manifest);
    let mut loaded = None;
    if let Some(model) = reading.model.as_ref().filter(|_| !reading.has_errors()) {
        let mut cx = Diagnostics::new();
        let beside = outputs::beside(manifest, &reading, model, &mut cx);
        loaded = Some(Loaded::of(model, &beside.clients));
        reading.diagnostics.extend(cx.into_sorted());
        loaded = loaded.filter(|_| !reading.has_errors());
    }
    Load { reading, loaded }
}

impl Loaded {
    /// What a program's file says.
    pub fn of_program(program: &Program) -> Self {
        Self::of(&program.model, &program.clients)
    }
}

fn releases(model: &Model, clients: &Clients) -> Releases {
    Releases {
        versions: texts(&clients.versions),
        fingerprints: texts(&clients.fingerprints),
        current: text(&model::fingerprint(model)),
        added: list(clients.added.iter().map(|one| Added {
            table: text(&one.table),
            column: text(&one.column),
            since: one.since.as_deref().map(text),
        })),
        renamed: list(clients.renamed.iter().map(|one| Renamed {
            table: text(&one.table),
            column: text(&one.column),
            was: text(&one.was),
            releases: texts(&one.releases),
        })),
    }
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn list<T>(values: impl IntoIterator<Item = T>) -> &'static [T] {
    values.into_iter().collect::<Vec<T>>().leak()
}

fn text(text: &str) -> &'static str {
    text.to_owned().leak()
}

fn texts(texts: &[String]) -> &'static [&'static str] {
    list(texts.iter().map(|one| text(one)))
}
