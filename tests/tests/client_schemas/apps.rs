//! The schemas that are compared: those of all four declarations and of every accepted case.

use std::collections::BTreeMap;

use synctable_codegen::diagnostic::{Complaints, Diagnostics};
use synctable_codegen::model::Model;
use synctable_codegen::targets::{
    Target, client_schema, dart, dotnet, kotlin, powersync_rust, swift, typescript,
};
use tests::applied::model_of;
use tests::cases::{cases, workspace};

/// The targets of each language.
pub(super) const LANGUAGES: &[Target] = &[
    typescript::TARGET,
    dart::TARGET,
    kotlin::TARGET,
    swift::TARGET,
    dotnet::TARGET,
    powersync_rust::TARGET,
];

/// An app and what is generated of it.
pub(super) struct App {
    pub(super) name: String,
    model: Model,
}

impl App {
    /// The schema as the extension takes it.
    pub(super) fn wire(&self) -> serde_json::Value {
        let text = self.file(client_schema::TARGET, "schema.json");
        serde_json::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", self.name))
    }

    /// Whether a language supports all tables: raw ones are only in two, and what PowerSync would remove in one.
    pub(super) fn is_for(&self, language: &str) -> bool {
        let mut tables = self.model.tables.values();
        let is_of_sqlite = tables.any(|table| table.changes_go_up_only() && !table.client.raw);
        let has_raw = self.model.tables.values().any(|table| table.client.raw);
        match language {
            "typescript" => true,
            "dart" => !is_of_sqlite,
            _ => !is_of_sqlite && !has_raw,
        }
    }

    /// The files of a target, by path.
    pub(super) fn files(&self, target: Target) -> BTreeMap<String, String> {
        let tree = (target.emit)(&self.model);
        let files = tree.iter();
        files
            .map(|(path, text)| (path.to_string(), text.into_owned()))
            .collect()
    }

    /// A file of a target.
    pub(super) fn file(&self, target: Target, path: &str) -> String {
        let found = self.files(target).remove(path);
        found.unwrap_or_else(|| panic!("{}: {path} is missing", self.name))
    }
}

/// All apps whose devices have a table.
pub(super) fn apps() -> Vec<App> {
    let declared = [
        "schema",
        "examples/powergit/schema",
        "examples/taskly/schema",
    ];
    let declared = declared.iter().chain(&["examples/tunetrees/schema"]);
    let declared = declared.map(|path| App {
        name: path.replace('/', "_"),
        model: model_of(&workspace().join(path)),
    });
    let accepted = cases("accept").into_iter().map(|case| App {
        model: model_of(&case.folder.join("schema")),
        name: case.name,
    });
    let all: Vec<App> = declared.chain(accepted).collect();
    for app in &all {
        let mut complaints = Complaints::new();
        for target in LANGUAGES.iter().filter(|target| app.is_for(target.name)) {
            (target.admit)(&app.model, &mut complaints);
        }
        let mut cx = Diagnostics::new();
        complaints.resolve(|_| None, &mut cx);
        let found = cx.into_sorted();
        assert!(found.is_empty(), "{}: {found:?}", app.name);
    }
    let on_device = |app: &App| !app.model.client_tables().is_empty();
    let found: Vec<App> = all.into_iter().filter(on_device).collect();
    assert!(found.len() > 40, "only {} apps", found.len());
    found
}

/// One of them.
pub(super) fn app(name: &str) -> App {
    let found = apps().into_iter().find(|app| app.name == name);
    found.unwrap_or_else(|| panic!("there is no app {name}"))
}
