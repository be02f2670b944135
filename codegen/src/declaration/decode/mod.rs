//! From the YAML's spanned trees to a [`Declaration`]: reads everything it can and reports every mistake on the way.
//!
//! It judges shapes, words and names only; whether a table exists or an expression makes sense is for `check`.

mod access;
mod column;
mod exclusion;
mod fields;
mod name;
mod object;
mod reference;
mod scalar;
mod settings;
mod stream;
mod table;
mod value;

use super::keys::{SETTINGS, TOP, VERSION};
use super::{
    Check, Column, Declaration, DomainDef, EnumDef, Exclusion, External, ExternalColumn,
    ForeignKey, Index, Name, Param, Scope, SeedValue, SqlObject, StorageBucket, Stream,
    StreamTable, Table, Target, Unique, View, ViewColumn,
};
use crate::diagnostic::{
    DECLARED_TWICE, Diagnostic, Diagnostics, LANGUAGE_VERSION, MISSING_KEY, SETTINGS_SPLIT,
    Sources, Span,
};
use crate::map::IndexMap;
use crate::parallel;
use crate::source::{Key, Node, SourceFile, Value};
use indexmap::map::Entry;
use name::NameRule;

/// Reads the files of a declaration, in the order given.
///
/// What cannot be read is reported to `cx` and left out; the rest is returned, so that `check` can go on.
pub fn decode(files: &[SourceFile], sources: &Sources, cx: &mut Diagnostics) -> Declaration {
    let mut decoder = Decoder { sources, cx };
    let mut declaration = Declaration::default();
    let mut settings = Settings::default();
    // Tables are large: they move once.
    let tables = files.iter().filter_map(|file| file.root.get("tables"));
    let tables = tables.map(|node| match &node.value {
        Value::Mapping(entries) => entries.len(),
        Value::Sequence(_) | Value::Scalar { .. } | Value::Refused => 0,
    });
    declaration.tables.reserve_exact(tables.sum());
    for file in files {
        if !file.root.is_null() {
            decoder.file(&file.root, &mut declaration, &mut settings);
        }
    }
    if let Some(file) = files.first() {
        decoder.settings_are_there(&settings, file.root.span.head());
    }
    declaration
}

/// Reports what is wrong with one file of a declaration, as far as that can be told without the others.
pub(crate) fn decode_part(file: &SourceFile, sources: &Sources, cx: &mut Diagnostics) {
    if !file.root.is_null() {
        let mut decoder = Decoder { sources, cx };
        let (mut declaration, mut settings) = (Declaration::default(), Settings::default());
        decoder.file(&file.root, &mut declaration, &mut settings);
    }
}

/// Where the settings have been seen.
#[derive(Default)]
struct Settings {
    version: bool,
    app: bool,
    /// The first key of the settings.
    first: Option<Span>,
}

/// What every part of the decoder needs.
struct Decoder<'a> {
    sources: &'a Sources,
    cx: &'a mut Diagnostics,
}

/// Something that is declared under a name.
trait Named {
    fn name(&self) -> &Name;
}

macro_rules! named {
    ($($type:ty: $field:ident),* $(,)?) => {$(
        impl Named for $type {
            fn name(&self) -> &Name {
                &self.$field
            }
        }
    )*};
}

named!(
    Target: name,
    EnumDef: name,
    DomainDef: name,
    Scope: name,
    External: name,
    ExternalColumn: name,
    Table: name,
    Column: name,
    Unique: name,
    Exclusion: name,
    ForeignKey: name,
    Index: name,
    Check: name,
    SeedValue: name,
    View: name,
    ViewColumn: name,
    SqlObject: name,
    Stream: name,
    StreamTable: table,
    Param: name,
    StorageBucket: name,
);

impl Decoder<'_> {
    fn push(&mut self, diagnostic: Diagnostic) {
        self.cx.push(diagnostic);
    }

    fn file(&mut self, root: &Node, into: &mut Declaration, settings: &mut Settings) {
        let Some(entries) = root.as_mapping(self.cx) else {
            return;
        };
        for (key, node) in entries {
            if SETTINGS.contains(&key.text.as_str()) {
                match settings.first {
                    Some(first) if first.file != key.span.file => {
                        let path = self.sources.path(first.file);
                        self.push(
                            Diagnostic::error(
                                SETTINGS_SPLIT,
                                format!(
                                    "the setting `{}` is in a different file than the other settings",
                                    key.text
                                ),
                            )
                            .at(key.span)
                            .label(first, "the other settings are here")
                            .help(format!("move it to `{path}`")),
                        );
                        settings.version |= key.text == "synctable";
                        settings.app |= key.text == "app";
                        continue;
                    }
                    Some(_) => {}
                    None => settings.first = Some(key.span),
                }
            }
            match key.text.as_str() {
                "synctable" => {
                    settings.version = true;
                    self.version(node);
                }
                "app" => {
                    settings.app = true;
                    into.app = self.name_of(node, NameRule::Snake);
                }
                "doc" => into.doc = self.text(node),
                "postgres" => into.postgres = self.postgres(key, node),
                "sqlite" => into.sqlite = self.sqlite(key, node),
                "targets" => self.targets(node, &mut into.targets),
                "enums" => self.map(node, NameRule::Word, &mut into.enums, Self::enum_def),
                "domains" => self.map(node, NameRule::Word, &mut into.domains, Self::domain),
                "scopes" => self.map(node, NameRule::Word, &mut into.scopes, Self::scope),
                "externals" => self.externals(node, &mut into.externals),
                "tables" => self.tables(node, &mut into.tables),
                "views" => self.map(node, NameRule::Word, &mut into.views, Self::view),
                "sql" => self.map(node, NameRule::Word, &mut into.sql, Self::sql_object),
                "streams" => self.map(node, NameRule::Stream, &mut into.streams, Self::stream),
                "storage" => self.map(node, NameRule::Bucket, &mut into.storage, Self::bucket),
                _ => self.unknown_key(&TOP, key),
            }
        }
    }

    fn settings_are_there(&mut self, settings: &Settings, file: Span) {
        let at = settings.first.unwrap_or(file);
        if !settings.version {
            self.push(
                Diagnostic::error(MISSING_KEY, "the declaration has no language version")
                    .at(at)
                    .help(format!("add `synctable: {VERSION}` at the top")),
            );
        }
        if !settings.app {
            self.push(
                Diagnostic::error(MISSING_KEY, "the declaration has no app name")
                    .at(at)
                    .help("add `app: name` with a snake case word"),
            );
        }
    }

    fn version(&mut self, node: &Node) {
        let Some(version) = node.as_u32(0..=u32::MAX, self.cx) else {
            return;
        };
        if version != VERSION {
            self.push(
                Diagnostic::error(
                    LANGUAGE_VERSION,
                    format!("version {version} of the language is not supported"),
                )
                .at(node.span)
                .help(match version > VERSION {
                    true => format!("use a newer `codegen`: this one reads version {VERSION}"),
                    false => format!("write `synctable: {VERSION}`"),
                }),
            );
        }
    }

    /// Reads a mapping from names of the user's choice.
    fn map<T: Named>(
        &mut self,
        node: &Node,
        rule: NameRule,
        into: &mut IndexMap<String, T>,
        mut read: impl FnMut(&mut Self, Name, &Node) -> Option<T>,
    ) {
        let Some(entries) = node.as_mapping(self.cx) else {
            return;
        };
        into.reserve_exact(entries.len());
        for (key, node) in entries {
            let name = self.declared_name(key, rule);
            if let Some(value) = read(self, name, node) {
                self.insert(into, value);
            }
        }
    }

    /// Reads the tables, side by side: they are most of a declaration.
    fn tables(&mut self, node: &Node, into: &mut IndexMap<String, Table>) {
        let Some(entries) = node.as_mapping(self.cx) else {
            return;
        };
        let sources = self.sources;
        let read = parallel::each(entries, |(key, node)| {
            let mut cx = Diagnostics::new();
            let mut decoder = Decoder {
                sources,
                cx: &mut cx,
            };
            let name = decoder.declared_name(key, NameRule::Word);
            let table = decoder.table(name, node);
            (table, cx)
        });
        for (table, found) in read {
            self.cx.append(found);
            if let Some(table) = table {
                self.insert(into, table);
            }
        }
    }

    /// Adds what is declared, unless its name is taken.
    fn insert<T: Named>(&mut self, into: &mut IndexMap<String, T>, value: T) {
        match into.entry(value.name().value.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(value);
            }
            Entry::Occupied(entry) => {
                let (first, again) = (entry.get().name().span, value.name());
                self.push(
                    Diagnostic::error(
                        DECLARED_TWICE,
                        format!("`{}` is declared twice", again.value),
                    )
                    .at(again.span)
                    .label(first, "first declared here")
                    .help("rename one of them, or merge them"),
                );
            }
        }
    }

    /// The name that a key declares; a name against the rule is reported and kept.
    fn declared_name(&mut self, key: &Key, rule: NameRule) -> Name {
        if let Some(diagnostic) = rule.complaint(&key.text) {
            self.push(diagnostic.at(key.span));
        }
        Name::new(key.text.clone(), key.span)
    }
}
