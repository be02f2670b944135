//! Decides what the constants say.

use super::{checks, view};
use crate::model::{
    self, AskedBucket, ClientId, Clients, Database, IdEncoding, InPut, Model, OnServer, Pulled,
    Recipe, RecipePart, UniquePart, parents_first,
};
use crate::targets::{Beside, rust};
use std::collections::BTreeSet;
use synctable::{
    Case, ConflictRule, DeleteRule, Direction, Element, FkAction, Kind, Scalar, SyncMode, Uploaded,
};

pub(super) fn root(model: &Model, beside: &Beside) -> view::Root {
    let named = |tables: &mut dyn Iterator<Item = &model::Table>| -> Vec<String> {
        tables
            .map(|table| format!("tables::{}", rust::constant(&table.name)))
            .collect()
    };
    let filled = |field: &str, items: Vec<String>| rust::filled_list(&items, 4, field.len() + 7);
    view::Root {
        doc: rust::doc_lines(
            &model
                .doc
                .clone()
                .unwrap_or_else(|| format!("The constants of {}.", model.app)),
        ),
        app: model.app.clone(),
        app_literal: literal(&model.app),
        fingerprint: literal(&model::fingerprint(model)),
        modules: [
            ("buckets", !beside.buckets.is_empty()),
            ("database", beside.database.is_some()),
            ("domains", !model.domains.is_empty()),
            ("enums", !model.enums.is_empty()),
            ("pull", beside.pulled.is_some()),
            ("releases", true),
            ("streams", !model.streams.is_empty()),
            ("tables", true),
        ]
        .into_iter()
        .filter_map(|(module, is_there)| is_there.then_some(module))
        .collect(),
        tables: filled("tables", named(&mut model.tables.values())),
        imports: match model.enums.is_empty() {
            true => "Registry",
            false => "{Label, Registry}",
        },
        enums: filled(
            "enums",
            model
                .enums
                .keys()
                .map(|name| format!("enums::{}::DEF", rust::type_name(name)))
                .collect(),
        ),
        insert_order: filled(
            "insert_order",
            parents_first(model)
                .iter()
                .map(|group| rust::filled_list(&named(&mut group.iter().copied()), 8, 8))
                .collect(),
        ),
        streams: filled(
            "streams",
            model
                .streams
                .keys()
                .map(|name| format!("streams::{}", rust::constant(name)))
                .collect(),
        ),
    }
}

pub(super) fn releases(model: &Model, clients: &Clients) -> view::Releases {
    let texts =
        |texts: &[String]| -> Vec<String> { texts.iter().map(|text| literal(text)).collect() };
    let mut imports = vec!["Releases"];
    if !clients.added.is_empty() {
        imports.push("Added");
    }
    if !clients.renamed.is_empty() {
        imports.push("Renamed");
    }
    imports.sort_unstable();
    view::Releases {
        imports: rust::imports(imports),
        versions: rust::filled_list(&texts(&clients.versions), 4, 14),
        fingerprints: rust::filled_list(&texts(&clients.fingerprints), 4, 18),
        current: literal(&model::fingerprint(model)),
        added: clients
            .added
            .iter()
            .map(|added| view::Added {
                table: literal(&added.table),
                column: literal(&added.column),
                since: match &added.since {
                    Some(since) => format!("Some({})", literal(since)),
                    None => "None".to_owned(),
                },
            })
            .collect(),
        renamed: clients
            .renamed
            .iter()
            .map(|renamed| view::Renamed {
                table: literal(&renamed.table),
                column: literal(&renamed.column),
                was: literal(&renamed.was),
                releases: rust::filled_list(&texts(&renamed.releases), 12, 22),
            })
            .collect(),
    }
}

/// The database; its texts are those of the files in `folder`, where there are such.
pub(super) fn database(database: &Database, folder: Option<&str>) -> view::Database {
    let steps = database.steps.iter();
    let text = |file: &str, text: &str| match folder {
        Some(folder) => format!("include_str!({:?})", format!("{folder}/{file}")),
        None => rust::text_block(text),
    };
    view::Database {
        imports: match database.steps.is_empty() {
            true => "DeviceDatabase",
            false => "{DeviceDatabase, DeviceStep}",
        },
        version: database.version,
        schema: text("schema.sql", &database.schema),
        queue: match &database.queue {
            Some(queue) => format!("Some({})", text("queue.sql", queue)),
            None => "None".to_owned(),
        },
        steps: steps
            .map(|step| view::Step {
                from: step.from,
                references: step.references,
                sql: rust::text_block(&step.sql),
            })
            .collect(),
    }
}

/// What a server asks when devices pull.
pub(super) fn pull(pulled: &Pulled) -> view::Pull {
    let tables = pulled.tables.iter().map(|one| view::PullTable {
        constant: rust::constant(&one.table),
        types: one.types.iter().map(|of| literal(of)).collect(),
    });
    let roles = pulled.roles.iter().map(|role| {
        let tables = role.tables.iter();
        let tables: Vec<String> = tables
            .map(|(table, inputs)| format!("({table}, &{inputs:?})"))
            .collect();
        view::PullRole {
            name: literal(&role.name),
            state: rust::text_block(&role.state),
            tables: rust::filled_list(&tables, 12, 100),
        }
    });
    view::Pull {
        version: literal(&pulled.version),
        bridge: literal(&pulled.bridge),
        tables: tables.collect(),
        roles: roles.collect(),
    }
}

/// What a server asks before it signs URLs of objects.
pub(super) fn buckets(buckets: &[AskedBucket]) -> view::Buckets {
    let optional = |text: &Option<String>| match text {
        Some(text) => format!("Some(Borrowed({}))", rust::text_block(text)),
        None => "None".to_owned(),
    };
    let buckets = buckets.iter().map(|bucket| {
        let folders = bucket.folders.iter();
        let folders: Vec<String> = folders
            .map(|name| format!("Borrowed({})", literal(name)))
            .collect();
        let roles = bucket.roles.iter().map(|role| view::BucketRole {
            name: literal(&role.name),
            questions: [
                ("read", optional(&role.read)),
                ("insert", optional(&role.insert)),
                ("replace", optional(&role.replace)),
            ],
        });
        view::Bucket {
            name: literal(&bucket.name),
            public: bucket.public,
            folders: format!("&[{}]", folders.join(", ")),
            roles: roles.collect(),
            referenced: optional(&bucket.referenced),
        }
    });
    view::Buckets {
        buckets: buckets.collect(),
    }
}

pub(super) fn tables(model: &Model) -> view::Tables {
    view::Tables {
        tables: model
            .tables
            .values()
            .map(|table| view::TableName {
                module: rust::module(&table.name),
                constant: rust::constant(&table.name),
            })
            .collect(),
    }
}

pub(super) fn table(model: &Model, table: &model::Table) -> view::Table {
    let mut imports = BTreeSet::from(["Declared", "TableDef"]);
    let columns: Vec<_> = table
        .columns
        .values()
        .map(|column| lower_column(table, column, &mut imports))
        .collect();
    let checks = checks::of(model, table);
    let check_imports: BTreeSet<&str> = checks
        .iter()
        .flat_map(|check| &check.types)
        .copied()
        .collect();
    let facts = facts(model, table, &checks, &mut imports);
    view::Table {
        doc: doc(&table.doc, "table", &table.name),
        has_undescribed: table.columns.values().any(|column| column.doc.is_none()),
        uses_domains: table
            .columns
            .values()
            .any(|column| rust::is_domain(&column.kind)),
        uses_enums: table
            .columns
            .values()
            .any(|column| rust::is_enum(&column.kind)),
        imports: rust::imports(imports),
        check_imports: (!checks.is_empty()).then(|| rust::imports(check_imports)),
        has_deprecated: table
            .columns
            .values()
            .any(|column| column.deprecated.is_some()),
        columns,
        hand: format!(
            "__{}__{}",
            Case::snake(&model.app),
            Case::snake(&table.name)
        ),
        name: literal(&table.name),
        facts,
        key: one_line(&defs(&table.key)),
    }
}

/// What is said of a table beside its name, columns and key: only what is not as `TableDef::new` has it.
fn facts(
    model: &Model,
    table: &model::Table,
    checks: &[view::Check],
    imports: &mut BTreeSet<&'static str>,
) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if table.schema != "public" {
        facts.push(("schema", literal(&table.schema)));
    }
    if table.client_name != table.name {
        facts.push(("client_name", literal(&table.client_name)));
    }
    if table.sync != SyncMode::Down {
        imports.insert("SyncMode");
        facts.push(("sync", format!("SyncMode::{:?}", table.sync)));
    }
    if let Some(id) = lower_id(table, imports) {
        facts.push(("id", id));
    }
    if let Some(recipe) = &table.recipe {
        imports.extend(["Recipe", "RecipePart"]);
        facts.push(("recipe", lower_recipe(table, recipe)));
    }
    if table.upsert_on != table.key {
        facts.push(("upsert_on", one_line(&defs(&table.upsert_on))));
    }
    if !table.uniques.is_empty() {
        imports.insert("UniqueDef");
        facts.push(("uniques", lines(table.uniques.iter().map(lower_unique))));
    }
    if !table.foreign_keys.is_empty() {
        imports.insert("ForeignKeyDef");
        let keys = table.foreign_keys.iter();
        let keys: Vec<String> = keys
            .map(|key| lower_foreign_key(model, key, imports))
            .collect();
        facts.push(("foreign_keys", lines(keys)));
    }
    if !checks.is_empty() {
        let checks = checks.iter().map(|check| {
            format!(
                "CheckDef {{\n                name: {},\n                columns: {},\n                term: {},\n            }}",
                check.name, check.columns, check.term
            )
        });
        facts.push(("checks", lines(checks)));
    }
    if table.conflict != ConflictRule::ServerWins {
        imports.insert("ConflictRule");
        facts.push(("conflict", format!("ConflictRule::{:?}", table.conflict)));
    }
    if table.delete != DeleteRule::Denied {
        imports.insert("DeleteRule");
        facts.push(("delete", format!("DeleteRule::{:?}", table.delete)));
    }
    if table.client != model::ClientOptions::default() {
        imports.insert("ClientOptions");
        facts.push(("client", lower_client(&table.client)));
    }
    facts
}

/// How the id on a device is made; `None` where it is the one column of the key.
fn lower_id(table: &model::Table, imports: &mut BTreeSet<&'static str>) -> Option<String> {
    match &table.id {
        ClientId::Column(column) if *column == table.key[0] => None,
        ClientId::Column(column) => {
            imports.insert("ClientId");
            Some(format!("ClientId::Column({})", def(column)))
        }
        ClientId::Composed { parts, separator } => {
            imports.extend(["ClientId", "IdEncoding", "IdPart"]);
            let parts = parts.iter().map(|part| {
                let encoding = match part.encoding {
                    IdEncoding::Plain => "Plain",
                    IdEncoding::Hex => "Hex",
                };
                format!(
                    "IdPart {{ column: {}, encoding: IdEncoding::{encoding} }}",
                    def(&part.column)
                )
            });
            let parts = list(parts, 12, "            parts: ");
            let separator = format!("{separator:?}");
            let fields = rust::fields([("parts", parts), ("separator", separator)], 8);
            Some(format!("ClientId::Composed {fields}"))
        }
    }
}

fn lower_column(
    table: &model::Table,
    column: &model::Column,
    imports: &mut BTreeSet<&'static str>,
) -> view::Column {
    if rust::is_enum(&column.kind) {
        imports.insert("Label");
    }
    imports.extend(rust::imported(&column.kind));
    let holds = rust::short_type(column);
    let names = names(column);
    let (side, sent) = (side(table, column), sent(table, column));
    let before = format!("    {names}: {holds} =").len();
    let after = format!(", {side} {sent};").len();
    view::Column {
        doc: column
            .doc
            .iter()
            .flat_map(|doc| rust::doc_lines(doc))
            .collect(),
        deprecated: column.deprecated.as_deref().map(literal),
        value: column_value(column, before, after, imports),
        names,
        holds,
        side,
        sent,
    }
}

/// Who has a column.
fn side(table: &model::Table, column: &model::Column) -> &'static str {
    let on_device = table.sync.on_client() && column.is_on_device();
    let on_server = table.sync.on_server() && column.direction.on_server();
    match (on_device, on_server) {
        (true, true) => "both",
        (true, false) => "device",
        (false, _) => "server",
    }
}

/// Whether uploads carry a column: what always has a value, what may be left out, and what is never changed.
fn sent(table: &model::Table, column: &model::Column) -> &'static str {
    if !table.sync.uploads() {
        return "never";
    }
    let changes = table.in_patch(column).is_sent();
    match table.in_put(column) {
        _ if table.key.contains(&column.name) => "key",
        InPut::Ignored | InPut::Never => "never",
        InPut::Verified => "maybe",
        InPut::Required if changes => "needed",
        InPut::Required => "needed_once",
        InPut::Defaulted | InPut::Nullable if changes => "maybe",
        InPut::Defaulted | InPut::Nullable => "maybe_once",
    }
}

/// The constant of a column, and the field where it is called otherwise than the column.
fn names(column: &model::Column) -> String {
    let constant = rust::constant(&column.name);
    let field = rust::field(&column.name);
    // A field is written in Unicode's normal form, whatever the form of the column's name.
    let is_same = field.strip_prefix("r#").unwrap_or(&field) == column.name;
    match is_same && column.name.is_ascii() {
        true => constant,
        false => format!("{constant} as {field}"),
    }
}

/// The Rust expression of a column, with only the facts that differ from the defaults.
///
/// `before` and `after` are the widths of what its line has around it.
fn column_value(
    column: &model::Column,
    before: usize,
    after: usize,
    imports: &mut BTreeSet<&'static str>,
) -> String {
    let mut methods: Vec<String> = Vec::new();
    if column.client_name != column.name {
        methods.push(format!(".client_name({})", literal(&column.client_name)));
    }
    for (holds, method) in [
        (column.nullable, ".nullable()"),
        (
            column.default.is_some() || column.identity || column.copied.is_some(),
            ".with_default()",
        ),
        (column.generated.is_some(), ".generated()"),
        (column.immutable, ".immutable()"),
        (column.secret, ".secret()"),
    ] {
        if holds {
            methods.push(method.to_owned());
        }
    }
    if column.direction != Direction::Both {
        imports.insert("Direction");
        methods.push(format!(".direction(Direction::{:?})", column.direction));
    }
    if column.uploaded != Uploaded::Refused {
        imports.insert("Uploaded");
        methods.push(format!(".uploaded(Uploaded::{:?})", column.uploaded));
    }
    if let Some(role) = column.role {
        imports.insert("Role");
        methods.push(format!(".role(Role::{role:?})"));
    }
    let name = literal(&column.name);
    let labels = |declared: &str| format!("enums::{}::DEF", rust::type_name(declared));
    let new = match &column.kind {
        Kind::Enum { name: of, .. } => format!("label({name}, {})", labels(of)),
        Kind::List(Element::Enum { name: of, .. }) => {
            format!("label_list({name}, {})", labels(of))
        }
        kind => {
            imports_of(kind, imports);
            let kind = rust::kind(kind, 8);
            if kind.contains('\n') {
                format!("new(\n        {name},\n        {kind},\n    )")
            } else {
                format!("new({name}, {kind})")
            }
        }
    };
    let one = format!("{new}{}", methods.concat());
    if new.contains('\n') || before + " ".len() + one.len() + after <= 100 {
        return format!(" {one}");
    }
    if "        ".len() + one.len() + after <= 100 {
        return format!("\n        {one}");
    }
    let methods: Vec<_> = methods
        .iter()
        .map(|method| format!("\n        {method}"))
        .collect();
    format!(" {new}{}", methods.concat())
}

/// What the expression of a kind needs.
fn imports_of(kind: &Kind, imports: &mut BTreeSet<&'static str>) {
    imports.insert("Kind");
    if let Kind::List(_) = kind {
        imports.insert("Element");
    }
    imports.extend(match kind {
        Kind::Scalar(Scalar::Varchar(_) | Scalar::Decimal { .. })
        | Kind::List(Element::Scalar(_)) => ["Scalar"].as_slice(),
        Kind::Scalar(_) => &[],
        Kind::Enum { .. } | Kind::List(Element::Enum { .. }) => &["EnumStorage", "Name"],
        Kind::Domain { .. } | Kind::List(Element::Domain { .. }) => &["Name", "Scalar"],
        Kind::Opaque(_) => &["Name"],
    });
}

fn lower_recipe(table: &model::Table, recipe: &Recipe) -> String {
    let parts = |parts: &[RecipePart]| {
        let parts = parts.iter().map(|part| {
            let mut written = String::new();
            for (method, text) in [
                ("before", Some(&part.before).filter(|text| !text.is_empty())),
                ("after", Some(&part.after).filter(|text| !text.is_empty())),
                ("or", part.null.as_ref()),
            ] {
                if let Some(text) = text {
                    written.push_str(&format!(".{method}({})", literal(text)));
                }
            }
            format!(
                "RecipePart::new({}){written}{}",
                def(&part.column),
                methods([
                    (part.lower, ".lower()"),
                    (part.trim, ".trim()"),
                    (
                        table.columns[&part.column].is_filled_with_caller(),
                        ".caller()"
                    ),
                ])
            )
        });
        list(parts, 12, "            parts: ")
    };
    match recipe {
        Recipe::UuidV5 {
            namespace,
            parts: of,
        } => {
            let fields = [("namespace", literal(namespace)), ("parts", parts(of))];
            format!("Some(Recipe::UuidV5 {})", rust::fields(fields, 8))
        }
        Recipe::Join {
            parts: of,
            separator,
        } => {
            let fields = [
                ("parts", parts(of)),
                ("separator", format!("{separator:?}")),
            ];
            format!("Some(Recipe::Join {})", rust::fields(fields, 8))
        }
    }
}

fn lower_unique(unique: &model::Unique) -> String {
    let columns: Option<Vec<&String>> = unique
        .parts
        .iter()
        .map(|part| match part {
            UniquePart::Column(name) => Some(name),
            UniquePart::Expr(_) => None,
        })
        .collect();
    format!(
        "UniqueDef::new({}, {}){}",
        literal(&unique.name),
        one_line(&defs(columns.unwrap_or_default())),
        methods([
            (!unique.is_constraint(), ".partial()"),
            (unique.nulls_not_distinct, ".nulls_not_distinct()"),
        ])
    )
}

fn lower_foreign_key(
    model: &Model,
    key: &model::ForeignKey,
    imports: &mut BTreeSet<&'static str>,
) -> String {
    debug_assert!(
        model.tables.contains_key(&key.table) || model.externals.contains_key(&key.table),
        "check resolved {}",
        key.table
    );
    let references: Vec<String> = key.references.iter().map(|name| literal(name)).collect();
    let mut text = format!(
        "ForeignKeyDef::new({}, {}, {}, {})",
        literal(&key.name),
        one_line(&defs(&key.columns)),
        literal(&key.table),
        one_line(&references)
    );
    for (method, action) in [("on_delete", key.on_delete), ("on_update", key.on_update)] {
        if action != FkAction::NoAction {
            imports.insert("FkAction");
            text.push_str(&format!(
                "\n                .{method}(FkAction::{action:?})"
            ));
        }
    }
    text + &methods([
        (key.deferrable, ".deferrable()"),
        (key.on_server == OnServer::Unchecked, ".not_enforced()"),
    ])
}

/// The methods that apply, one behind the other.
fn methods<const N: usize>(methods: [(bool, &str); N]) -> String {
    let used = methods.iter().filter(|(applies, _)| *applies);
    used.map(|(_, method)| *method).collect()
}

fn lower_client(options: &model::ClientOptions) -> String {
    let mut fields = Vec::new();
    if options.track_metadata {
        fields.push("track_metadata: true".to_owned());
    }
    if !options.track_previous.is_empty() {
        let columns = one_line(&defs(&options.track_previous));
        fields.push(format!("track_previous: {columns}"));
    }
    if options.ignore_empty_updates {
        fields.push("ignore_empty_updates: true".to_owned());
    }
    if let Some(name) = &options.view_name {
        fields.push(format!("view_name: Some({})", literal(name)));
    }
    if options.raw {
        fields.push("raw: true".to_owned());
    }
    // Where every field is named, there is nothing left to take over.
    if fields.len() < 5 {
        fields.push("..ClientOptions::NONE".to_owned());
    }
    format!("ClientOptions {{ {} }}", fields.join(", "))
}

pub(super) fn enums(model: &Model) -> view::Enums {
    view::Enums {
        enums: model.enums.values().map(lower_enum).collect(),
    }
}

fn lower_enum(declared: &model::EnumDef) -> view::Enum {
    let retired: Vec<String> = declared
        .retired
        .iter()
        .map(|label| literal(label))
        .collect();
    view::Enum {
        doc: doc(&declared.doc, "enum", &declared.name),
        name: rust::type_name(&declared.name),
        declared: literal(&declared.name),
        schema: literal(&declared.schema),
        storage: format!("{:?}", declared.storage),
        retired: (!retired.is_empty()).then(|| format!("[{}]", retired.join(", "))),
        labels: declared
            .labels
            .iter()
            .map(|label| view::Label {
                variant: rust::type_name(label),
                text: literal(label),
            })
            .collect(),
    }
}

pub(super) fn domains(model: &Model) -> view::Domains {
    view::Domains {
        domains: model
            .domains
            .values()
            .map(|domain| view::Domain {
                doc: doc(&domain.doc, "domain", &domain.name),
                name: rust::type_name(&domain.name),
                base: rust::scalar_type(domain.base),
            })
            .collect(),
    }
}

pub(super) fn streams(model: &Model) -> view::Streams {
    let mut imports = BTreeSet::from(["StreamDef"]);
    let streams = model
        .streams
        .values()
        .map(|stream| view::Stream {
            doc: doc(&stream.doc, "stream", &stream.name),
            constant: rust::constant(&stream.name),
            name: literal(&stream.name),
            automatic: stream.automatic,
            priority: stream.priority,
            params: stream
                .params
                .iter()
                .map(|(name, kind)| {
                    imports.insert("StreamParam");
                    imports_of(kind, &mut imports);
                    view::Param {
                        name: literal(name),
                        kind: rust::kind(kind, 12),
                    }
                })
                .collect(),
            tables: list(
                stream
                    .tables
                    .iter()
                    .map(|table| format!("tables::{}", rust::constant(&table.table))),
                4,
                "    tables: ",
            ),
        })
        .collect();
    view::Streams {
        imports: rust::imports(imports),
        streams,
    }
}

/// The declared doc, or the plainest true sentence.
fn doc(doc: &Option<String>, what: &str, name: &str) -> Vec<String> {
    match doc {
        Some(doc) => rust::doc_lines(doc),
        None => rust::doc_lines(&format!("The {what} `{name}`.")),
    }
}

pub(super) fn literal(text: &str) -> String {
    format!("{text:?}")
}

pub(super) fn def(column: &str) -> String {
    format!("{}.def", rust::constant(column))
}

pub(super) fn defs<'a>(columns: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    columns.into_iter().map(|column| def(column)).collect()
}

/// The items between `&[` and `]`.
pub(super) fn one_line(items: &[String]) -> String {
    format!("&[{}]", items.join(", "))
}

/// The items of a table's field, each on lines of its own.
fn lines(items: impl IntoIterator<Item = String>) -> String {
    let items = items.into_iter();
    let items: Vec<_> = items.map(|item| format!("            {item},\n")).collect();
    format!("&[\n{}        ]", items.concat())
}

fn list(items: impl IntoIterator<Item = String>, indent: usize, before: &str) -> String {
    rust::list(&items.into_iter().collect::<Vec<_>>(), indent, before.len())
}
