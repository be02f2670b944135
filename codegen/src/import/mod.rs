//! From a live database to a declaration that generates it.
//!
//! ```text
//! database ─live─▶ Live ─tables, constraints, access─▶ Draft ─settle─▶ Declaration + leftovers
//!                   │                                    ▲  │
//!                   └──────── difference ◀─ lower ◀─ check ─┘
//! ```
//!
//! For each thing that was read, the draft has the declaration that is lowered to exactly that.
//! Then the draft is read, checked and lowered as any declaration is, and compared with the database.
//! A part that is refused or comes out as something else falls to its next form, and in the end goes to `sql`, where it
//! stays word for word, with the reason.

mod access;
mod constraints;
mod draft;
mod kinds;
mod leftovers;
mod live;
mod machinery;
mod objects;
mod rules;
mod settle;
mod sync;
mod tables;
mod topics;
mod values;
mod write;

pub use leftovers::{Fate, Leftover};
pub use sync::SyncConfig;

use crate::catalog::{Difference, Name};
use crate::diagnostic::Diagnostic;
use crate::expr::catalog::Calls;
use crate::map::{IndexMap, IndexSet};
use crate::model::{Adopted, Literal, Model};
use ::postgres::{Error, Transaction};
use draft::Draft;
use kinds::Kinds;
use live::Live;
use serde_json::json;
use sync::{Compared, Delivered};

/// What is asked of an import.
#[derive(Debug, Default)]
pub struct Asked {
    /// The schemas; all that are the app's where none is named.
    pub schemas: Vec<String>,
    /// The app's name; that of the database where none is given.
    pub app: Option<String>,
    /// The targets with their folders, as `app.yaml` names them.
    pub targets: Vec<(String, String)>,
    /// The sync rules or streams that the app has.
    pub sync_config: Option<SyncConfig>,
}

/// What an import makes.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The files of the declaration, by path in its folder.
    pub files: Vec<(String, String)>,
    /// What they mean.
    pub model: Model,
    /// What is not declared, or not as the database has it.
    pub leftovers: Vec<Leftover>,
    /// What the database has in the place of what is generated, if it has anything else.
    pub adopted: Option<Adopted>,
    /// In what the database differs from what the declaration generates.
    pub differences: Vec<Difference>,
    /// Where the sync config and the policies contradict each other, and where that is not decided; places are in its sources.
    pub contradictions: Vec<Diagnostic>,
}

/// Why nothing is imported.
#[derive(Debug)]
pub enum Refused {
    /// What the connection or the server refuses.
    Database(Error),
    /// A mistake of ours: what the declaration that was made is refused for.
    Draft(Vec<Diagnostic>),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// Makes the declaration of a database, which is only read.
///
/// # Errors
///
/// What the connection or the server refuses, and a declaration that is refused as a whole.
pub fn import(transaction: &mut Transaction<'_>, asked: &Asked) -> Result<Imported, Refused> {
    let (live, rows) = Live::read(transaction, &asked.schemas)?;
    let sync_config = asked.sync_config.as_ref();
    let sync = sync_config.map(|config| (config, Delivered::read(config, &live)));
    let mut importer = Importer::new(&live);
    importer.delivered = sync.as_ref().map(|(_, delivered)| delivered);
    importer.settings(asked);
    importer.named_kinds();
    importer.tables();
    importer.constraints();
    importer.scopes();
    let policy = importer.policies();
    importer.access(&policy);
    if let Some((config, delivered)) = &sync {
        importer.devices(config, delivered, &policy);
    }
    importer.views();
    importer.topics();
    importer.refused_objects();
    let mut imported = importer.settle(transaction, rows)?;
    if let Some((config, delivered)) = &sync {
        imported.contradictions = Compared {
            config,
            delivered,
            live: &live,
            policy: &policy,
            imported: &imported,
        }
        .all();
    }
    Ok(imported)
}

/// A declaration that is being made of what was read.
struct Importer<'l> {
    live: &'l Live,
    draft: Draft,
    kinds: Kinds,
    /// The tables that are declared.
    declared: IndexSet<Name>,
    /// The enums that are text with a check, by their labels.
    checked: IndexMap<Vec<String>, String>,
    /// The tables whose rights are kept as SQL, beside policies that are.
    keeps_rights: IndexSet<Name>,
    /// The subqueries that are written in place, by the functions that were made for them.
    inline: IndexMap<String, String>,
    /// What the app's sync config brings to devices, if there is one.
    delivered: Option<&'l Delivered>,
}

impl<'l> Importer<'l> {
    fn new(live: &'l Live) -> Self {
        Self {
            live,
            draft: Draft::default(),
            kinds: Kinds::default(),
            declared: IndexSet::default(),
            keeps_rights: IndexSet::default(),
            checked: IndexMap::default(),
            inline: IndexMap::default(),
            delivered: None,
        }
    }

    /// The settings: the first keys of `app.yaml`.
    fn settings(&mut self, asked: &Asked) {
        let live = self.live;
        let app = match (&asked.app, &live.private) {
            (Some(app), _) => app.clone(),
            (None, Some(private)) => private.trim_end_matches("_private").to_owned(),
            (None, None) => app_name(&live.around.database),
        };
        let draft = &mut self.draft;
        draft.set(&["synctable"], 1);
        draft.set(&["app"], app);
        if live.schema() != "public" {
            draft.set(&["postgres", "schema"], live.schema());
        }
        if !live.around.is_supabase {
            draft.set(&["postgres", "auth"], "jwt_claims");
        }
        if let Some(kind) = live.user_id() {
            draft.set(&["postgres", "user_id"], kind);
        }
        if live.client != "authenticated" {
            draft.set(&["postgres", "roles", "client"], live.client.clone());
        }
        if let Some(anonymous) = live.anonymous.as_ref().filter(|_| live.has_anonymous()) {
            draft.set(&["postgres", "roles", "anonymous"], anonymous.clone());
        }
        if let Some(owner) = live
            .around
            .owner
            .as_ref()
            .filter(|owner| *owner != "postgres")
        {
            draft.set(&["postgres", "roles", "owner"], owner.clone());
        }
        if let Some(service) = live.trusted() {
            draft.set(&["postgres", "roles", "service"], service.clone());
        }
        if live.is_forced() {
            draft.set(&["postgres", "owner_bypasses_rls"], true);
        }
        if live.around.keeps_temp {
            draft.set(&["postgres", "keep_temp"], true);
        }
        if let Some(publication) = live.around.publications.first() {
            let is_for_all = live.catalog.publishes_all.get(publication) == Some(&true);
            if is_for_all {
                draft.set(&["postgres", "publication", "all_tables"], true);
            }
            match (publication != "powersync", is_for_all) {
                (false, _) => {}
                (true, true) => {
                    draft.set(&["postgres", "publication", "name"], publication.clone());
                }
                (true, false) => draft.set(&["postgres", "publication"], publication.clone()),
            }
        }
        let Asked { targets, .. } = asked;
        for (target, folder) in targets {
            draft.set(&["targets", target], folder.clone());
        }
    }

    /// Enums and domains.
    fn named_kinds(&mut self) {
        let live = self.live;
        for (name, one) in &live.catalog.enums {
            if !self.is_free(name, &format!("enum {name}"), "enums") {
                continue;
            }
            self.kinds.add(name);
            let at = ["enums", name.name.as_str()];
            let schema = (name.schema != live.schema()).then(|| name.schema.clone());
            self.draft.is(&at, format!("enum {name}"));
            if schema.is_none() && one.comment.is_none() {
                self.draft.set(&at, one.labels.clone());
                continue;
            }
            let path = |key: &'static str| ["enums", name.name.as_str(), key];
            self.draft.set(&path("labels"), one.labels.clone());
            if let Some(schema) = schema {
                self.draft.set(&path("schema"), schema);
            }
            if let Some(doc) = &one.comment {
                self.draft.set(&path("doc"), doc.clone());
            }
        }
        for (name, domain) in &live.catalog.domains {
            let thing = format!("domain {name}");
            if !self.is_free(name, &thing, "domains") {
                continue;
            }
            let path = |key: &'static str| ["domains", name.name.as_str(), key];
            let check = synctable::derived_name(&[&name.name], "check");
            match domain.checks.iter().collect::<Vec<_>>().as_slice() {
                [] => {}
                [(one, formula)] if **one == check => {
                    let text = constraints::text(formula);
                    self.draft.set(&path("kind"), self.kinds.of(&domain.base));
                    match formula {
                        crate::catalog::Formula::Expr(_) => {
                            self.draft.set(&path("check"), text.clone());
                            self.draft.or(
                                &path("check"),
                                json!({ "postgres": text.clone(), "sqlite": text }),
                            );
                        }
                        crate::catalog::Formula::Sql(_) => {
                            self.draft.set(&path("check"), json!({ "postgres": text }))
                        }
                    }
                }
                [(one, _)] => {
                    self.draft.because(
                        thing,
                        format!("its check `{one}` does not have the name `{check}`"),
                    );
                    continue;
                }
                _ => {
                    self.draft.because(thing, "it has several checks");
                    continue;
                }
            }
            self.kinds.add(name);
            self.draft.set(&path("kind"), self.kinds.of(&domain.base));
            self.draft.is(&["domains", &name.name], thing);
            if name.schema != live.schema() {
                self.draft.set(&path("schema"), name.schema.clone());
            }
            if let Some(doc) = &domain.comment {
                self.draft.set(&path("doc"), doc.clone());
            }
        }
    }

    /// Whether a type's name can be declared and is not taken.
    fn is_free(&mut self, name: &Name, thing: &str, section: &str) -> bool {
        if !self.live.schemas.contains(&name.schema) {
            return false;
        }
        let why = match tables::is_name(&name.name) {
            false => "its name is not a name of the language",
            true if self.draft.get(&[section, &name.name]).is_some() => {
                "another schema has a type of the same name"
            }
            true => return true,
        };
        self.draft.because(thing, why);
        false
    }

    /// The enum of these labels, which columns of text hold.
    fn checked_enum(&mut self, table: &str, column: &str, labels: Vec<String>) -> String {
        if let Some(name) = self.checked.get(&labels) {
            return name.clone();
        }
        let taken = |name: &str| {
            ["enums", "domains"]
                .into_iter()
                .any(|section| self.draft.get(&[section, name]).is_some())
        };
        let mut names = [column.to_owned(), format!("{table}_{column}")].into_iter();
        let name = names.find(|name| !taken(name));
        let name = name.unwrap_or_else(|| format!("{table}_{column}_label"));
        self.draft.set(&["enums", &name, "labels"], labels.clone());
        self.draft.set(&["enums", &name, "storage"], "check");
        self.checked.insert(labels, name.clone());
        name
    }

    /// Whether a check of a table is that of an enum's labels.
    fn is_checked_enum(&self, of: &Name, check: &str) -> bool {
        let columns = self.live.catalog.tables[of].columns.keys();
        let mut columns =
            columns.filter(|column| crate::catalog::labels(&of.name, column) == check);
        columns.any(|column| {
            let kind = self
                .draft
                .get(&["tables", &of.name, "columns", column, "kind"]);
            let kind = kind.and_then(serde_json::Value::as_str).unwrap_or_default();
            let kind = kind
                .strip_prefix("list(")
                .map_or(kind, |kind| kind.trim_end_matches(')'));
            self.checked.values().any(|name| name == kind)
        })
    }
}

/// The texts of a list of labels.
fn labels(list: &[Literal]) -> Option<Vec<String>> {
    let texts = list.iter().map(|label| match label {
        Literal::Text(text) => Some(text.clone()),
        _ => None,
    });
    texts.collect()
}

/// The labels in `(hues <@ ARRAY['red'::text, 'blue'::text])`.
fn labels_of_list(text: &str) -> Option<Vec<String>> {
    let (_, rest) = text.split_once(" <@ ")?;
    let rest = rest.trim_end_matches(')');
    let calls = Calls::default();
    match crate::expr::catalog::postgres(rest, &calls) {
        Ok(crate::model::Expr::Literal(Literal::List(list))) => labels(&list),
        _ => None,
    }
}

/// The name of an app, from that of its database.
fn app_name(database: &str) -> String {
    let letters = database.chars().map(|c| match c {
        c if c.is_ascii_alphanumeric() => c.to_ascii_lowercase(),
        _ => '_',
    });
    let name: String = letters.collect();
    let name = name.trim_matches('_');
    let parts: Vec<&str> = name.split('_').filter(|part| !part.is_empty()).collect();
    let name = parts.join("_");
    match name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true if name != "postgres" => name,
        _ => "app".to_owned(),
    }
}
