//! Decides what the constants say.

use super::view;
use crate::model::{
    self, ClientId, IdEncoding, Model, OnServer, Recipe, RecipePart, UniquePart, parents_first,
};
use crate::targets::rust;
use std::collections::BTreeSet;
use synctable::{Direction, Element, Kind};

pub(super) fn root(model: &Model) -> view::Root {
    let constant = |table: &model::Table| rust::constant(&table.name);
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
        has_domains: !model.domains.is_empty(),
        has_enums: !model.enums.is_empty(),
        has_streams: !model.streams.is_empty(),
        tables: model.tables.values().map(constant).collect(),
        enums: model
            .enums
            .keys()
            .map(|name| rust::type_name(name))
            .collect(),
        insert_order: parents_first(model)
            .iter()
            .map(|group| group.iter().map(|table| constant(table)).collect())
            .collect(),
        streams: model
            .streams
            .keys()
            .map(|name| rust::constant(name))
            .collect(),
    }
}

pub(super) fn tables(model: &Model) -> view::Tables {
    view::Tables {
        tables: model
            .tables
            .values()
            .map(|table| view::TableName {
                doc: doc(&table.doc, "table", &table.name),
                module: rust::module(&table.name),
                constant: rust::constant(&table.name),
            })
            .collect(),
    }
}

pub(super) fn table(model: &Model, table: &model::Table) -> view::Table {
    let mut imports = BTreeSet::from([
        "ClientId",
        "Column",
        "ColumnDef",
        "ConflictRule",
        "Declared",
        "DeleteRule",
        "SyncMode",
        "TableDef",
        "ClientOptions",
    ]);
    let columns: Vec<_> = table
        .columns
        .values()
        .map(|column| lower_column(column, &mut imports))
        .collect();
    let id = match &table.id {
        ClientId::Column(column) => format!("ClientId::Column({})", def(column)),
        ClientId::Composed { parts, separator } => {
            imports.extend(["IdEncoding", "IdPart"]);
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
            format!(
                "ClientId::Composed {{ parts: {}, separator: {separator:?} }}",
                list(parts)
            )
        }
    };
    let recipe = match &table.recipe {
        None => "None".to_owned(),
        Some(recipe) => {
            imports.extend(["Recipe", "RecipePart"]);
            lower_recipe(recipe)
        }
    };
    if !table.uniques.is_empty() {
        imports.insert("UniqueDef");
    }
    if !table.foreign_keys.is_empty() {
        imports.extend(["FkAction", "ForeignKeyDef"]);
    }
    view::Table {
        doc: doc(&table.doc, "table", &table.name),
        uses_domains: table.columns.values().any(|column| named(&column.kind).0),
        uses_enums: table.columns.values().any(|column| named(&column.kind).1),
        imports: imports.into_iter().collect::<Vec<_>>().join(", "),
        has_deprecated: table
            .columns
            .values()
            .any(|column| column.deprecated.is_some()),
        columns,
        name: literal(&table.name),
        schema: literal(&table.schema),
        client_name: literal(&table.client_name),
        sync: format!("SyncMode::{:?}", table.sync),
        column_list: defs(table.columns.keys()),
        key: defs(&table.key),
        id,
        recipe,
        upsert_on: defs(&table.upsert_on),
        uniques: table.uniques.iter().map(lower_unique).collect(),
        foreign_keys: table
            .foreign_keys
            .iter()
            .map(|key| lower_foreign_key(model, key))
            .collect(),
        conflict: format!("ConflictRule::{:?}", table.conflict),
        delete: format!("DeleteRule::{:?}", table.delete),
        client: lower_client(&table.client),
    }
}

fn lower_column(column: &model::Column, imports: &mut BTreeSet<&'static str>) -> view::Column {
    imports_of(&column.kind, imports);
    if named(&column.kind).1 {
        imports.insert("Label");
    }
    // Only what is not ordinary is said, as a person would.
    let mut def = format!(
        "ColumnDef::new({}, {})",
        literal(&column.name),
        rust::kind(&column.kind)
    );
    if column.client_name != column.name {
        def += &format!(".client_name({})", literal(&column.client_name));
    }
    if let Kind::Enum { name, .. } | Kind::List(Element::Enum { name, .. }) = &column.kind {
        def += &format!(".labels(enums::{}::DEF)", rust::type_name(name));
    }
    for (holds, method) in [
        (column.nullable, ".nullable()"),
        (
            column.default.is_some() || column.identity,
            ".with_default()",
        ),
        (column.generated.is_some(), ".generated()"),
        (column.immutable, ".immutable()"),
        (column.secret, ".secret()"),
    ] {
        if holds {
            def += method;
        }
    }
    if column.direction != Direction::Both {
        imports.insert("Direction");
        def += &format!(".direction(Direction::{:?})", column.direction);
    }
    if let Some(role) = column.role {
        imports.insert("Role");
        def += &format!(".role(Role::{role:?})");
    }
    view::Column {
        doc: doc(&column.doc, "column", &column.name),
        deprecated: column.deprecated.as_deref().map(literal),
        constant: rust::constant(&column.name),
        holds: rust::value_type(column),
        def,
    }
}

/// What the expression of a kind needs.
fn imports_of(kind: &Kind, imports: &mut BTreeSet<&'static str>) {
    imports.insert("Kind");
    if let Kind::List(_) = kind {
        imports.insert("Element");
    }
    imports.extend(match kind {
        Kind::Scalar(_) | Kind::List(Element::Scalar(_)) => ["Scalar"].as_slice(),
        Kind::Enum { .. } | Kind::List(Element::Enum { .. }) => &["EnumStorage", "Name"],
        Kind::Domain { .. } | Kind::List(Element::Domain { .. }) => &["Name", "Scalar"],
        Kind::Opaque(_) => &["Name"],
    });
}

/// Whether a kind names a domain, and whether an enum.
fn named(kind: &Kind) -> (bool, bool) {
    match kind {
        Kind::Enum { .. } | Kind::List(Element::Enum { .. }) => (false, true),
        Kind::Domain { .. } | Kind::List(Element::Domain { .. }) => (true, false),
        Kind::Scalar(_) | Kind::List(Element::Scalar(_)) | Kind::Opaque(_) => (false, false),
    }
}

fn lower_recipe(recipe: &Recipe) -> String {
    let parts = |parts: &[RecipePart]| {
        list(parts.iter().map(|part| {
            format!(
                "RecipePart {{ column: {}, lower: {}, trim: {} }}",
                def(&part.column),
                part.lower,
                part.trim
            )
        }))
    };
    match recipe {
        Recipe::UuidV5 {
            namespace,
            parts: of,
        } => format!(
            "Some(Recipe::UuidV5 {{ namespace: {}, parts: {} }})",
            literal(namespace),
            parts(of)
        ),
        Recipe::Join {
            parts: of,
            separator,
        } => format!(
            "Some(Recipe::Join {{ parts: {}, separator: {separator:?} }})",
            parts(of)
        ),
    }
}

fn lower_unique(unique: &model::Unique) -> view::Unique {
    let columns: Option<Vec<&String>> = unique
        .parts
        .iter()
        .map(|part| match part {
            UniquePart::Column(name) => Some(name),
            UniquePart::Expr(_) => None,
        })
        .collect();
    view::Unique {
        name: literal(&unique.name),
        columns: defs(columns.unwrap_or_default()),
        partial: !unique.is_constraint(),
        nulls_not_distinct: unique.nulls_not_distinct,
    }
}

fn lower_foreign_key(model: &Model, key: &model::ForeignKey) -> view::ForeignKey {
    debug_assert!(
        model.tables.contains_key(&key.table) || model.externals.contains_key(&key.table),
        "check resolved {}",
        key.table
    );
    view::ForeignKey {
        name: literal(&key.name),
        columns: defs(&key.columns),
        table: literal(&key.table),
        references: list(key.references.iter().map(|name| literal(name))),
        on_delete: format!("FkAction::{:?}", key.on_delete),
        on_update: format!("FkAction::{:?}", key.on_update),
        deferrable: key.deferrable,
        enforced: match key.on_server {
            OnServer::Enforced | OnServer::NotValid => true,
            OnServer::Unchecked => false,
        },
    }
}

fn lower_client(options: &model::ClientOptions) -> String {
    if *options == model::ClientOptions::default() {
        return "ClientOptions::NONE".to_owned();
    }
    format!(
        "ClientOptions {{ track_metadata: {}, track_previous: {}, ignore_empty_updates: {}, view_name: {} }}",
        options.track_metadata,
        defs(&options.track_previous),
        options.ignore_empty_updates,
        match &options.view_name {
            Some(name) => format!("Some({})", literal(name)),
            None => "None".to_owned(),
        }
    )
}

pub(super) fn enums(model: &Model) -> view::Enums {
    view::Enums {
        enums: model.enums.values().map(lower_enum).collect(),
    }
}

fn lower_enum(declared: &model::EnumDef) -> view::Enum {
    view::Enum {
        doc: doc(&declared.doc, "enum", &declared.name),
        name: rust::type_name(&declared.name),
        declared: literal(&declared.name),
        schema: literal(&declared.schema),
        storage: format!("{:?}", declared.storage),
        labels: declared
            .labels
            .iter()
            .map(|label| view::Label {
                doc: rust::doc_lines(&match declared.retired.contains(label) {
                    true => format!("`{label}`, which no client may write any more."),
                    false => format!("`{label}`."),
                }),
                variant: rust::type_name(label),
                text: literal(label),
            })
            .collect(),
        retired: declared
            .retired
            .iter()
            .map(|label| literal(label))
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
                        kind: rust::kind(kind),
                    }
                })
                .collect(),
            tables: stream
                .tables
                .iter()
                .map(|table| rust::constant(&table.table))
                .collect(),
        })
        .collect();
    view::Streams {
        imports: imports.into_iter().collect::<Vec<_>>().join(", "),
        streams,
    }
}

/// The declared doc, or the plainest true sentence.
fn doc(doc: &Option<String>, what: &str, name: &str) -> Vec<String> {
    match doc {
        Some(doc) => rust::doc_lines(doc),
        None => vec![format!("The {what} `{name}`.")],
    }
}

fn literal(text: &str) -> String {
    format!("{text:?}")
}

fn def(column: &str) -> String {
    format!("{}.def", rust::constant(column))
}

fn defs<'a>(columns: impl IntoIterator<Item = &'a String>) -> String {
    list(columns.into_iter().map(|column| def(column)))
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    format!("&[{}]", items.into_iter().collect::<Vec<_>>().join(", "))
}
