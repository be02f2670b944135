//! The registry of an app: its enums, tables and streams.

use super::{checks, leak, list, text, texts};
use crate::map::IndexMap;
use crate::model::{self, Column, Model, OnServer, Table, UniquePart, parents_first};
use synctable::table::StreamParam;
use synctable::{
    ClientId, ClientOptions, ColumnDef, Element, EnumDef, ForeignKeyDef, IdEncoding, IdPart, Kind,
    Recipe, RecipePart, Registry, StreamDef, TableDef, UniqueDef,
};

/// The enums by their declared names.
type Enums<'m> = IndexMap<&'m str, &'static EnumDef>;

/// The columns of a table by their declared names.
pub(super) type Columns<'m> = IndexMap<&'m str, &'static ColumnDef>;

pub(super) fn registry(model: &Model) -> &'static Registry {
    let enums: Enums<'_> = model
        .enums
        .values()
        .map(|declared| (declared.name.as_str(), enumeration(declared)))
        .collect();
    let tables: IndexMap<&str, &'static TableDef> = model
        .tables
        .values()
        .map(|declared| (declared.name.as_str(), table(model, declared, &enums)))
        .collect();
    let groups = parents_first(model);
    let groups = groups
        .iter()
        .map(|group| list(group.iter().map(|table| tables[table.name.as_str()])));
    leak(Registry {
        app: text(&model.app),
        fingerprint: text(&model::fingerprint(model)),
        tables: list(tables.values().copied()),
        enums: list(enums.values().copied()),
        insert_order: list(groups),
        streams: list(model.streams.values().map(|stream| {
            let members = stream.tables.iter();
            leak(StreamDef {
                name: text(&stream.name),
                automatic: stream.automatic,
                priority: stream.priority,
                params: list(stream.params.iter().map(|(name, kind)| StreamParam {
                    name: text(name),
                    kind: kind.clone(),
                })),
                tables: list(members.map(|member| tables[member.table.as_str()])),
            }) as &_
        })),
    })
}

fn enumeration(declared: &model::EnumDef) -> &'static EnumDef {
    leak(EnumDef {
        name: text(&declared.name),
        schema: text(&declared.schema),
        storage: declared.storage,
        labels: texts(&declared.labels),
        retired: texts(&declared.retired),
    })
}

fn table(model: &Model, table: &Table, enums: &Enums<'_>) -> &'static TableDef {
    let columns: Columns<'_> = table
        .columns
        .values()
        .map(|declared| (declared.name.as_str(), column(declared, enums)))
        .collect();
    let named = |names: &[String]| list(names.iter().map(|name| columns[name.as_str()]));
    leak(TableDef {
        name: text(&table.name),
        schema: text(&table.schema),
        client_name: text(&table.client_name),
        sync: table.sync,
        columns: list(columns.values().copied()),
        key: named(&table.key),
        id: id(&table.id, &columns),
        recipe: table
            .recipe
            .as_ref()
            .map(|declared| recipe(table, declared, &columns)),
        upsert_on: named(&table.upsert_on),
        uniques: list(table.uniques.iter().map(|one| unique(one, &columns))),
        foreign_keys: list(table.foreign_keys.iter().map(|key| ForeignKeyDef {
            name: text(&key.name),
            columns: named(&key.columns),
            table: text(&key.table),
            references: texts(&key.references),
            on_delete: key.on_delete,
            on_update: key.on_update,
            deferrable: key.deferrable,
            enforced: key.on_server != OnServer::Unchecked,
        })),
        checks: checks::of(model, table, &columns),
        conflict: table.conflict,
        delete: table.delete,
        client: ClientOptions {
            track_metadata: table.client.track_metadata,
            track_previous: named(&table.client.track_previous),
            ignore_empty_updates: table.client.ignore_empty_updates,
            view_name: table.client.view_name.as_deref().map(text),
            raw: table.client.raw,
        },
    })
}

fn column(column: &Column, enums: &Enums<'_>) -> &'static ColumnDef {
    leak(ColumnDef {
        name: text(&column.name),
        client_name: text(&column.client_name),
        kind: column.kind.clone(),
        labels: match &column.kind {
            Kind::Enum { name, .. } | Kind::List(Element::Enum { name, .. }) => {
                Some(enums[name.as_ref()])
            }
            Kind::Scalar(_) | Kind::Domain { .. } | Kind::List(_) | Kind::Opaque(_) => None,
        },
        nullable: column.nullable,
        has_default: column.default.is_some() || column.identity || column.copied.is_some(),
        generated: column.generated.is_some(),
        immutable: column.immutable,
        secret: column.secret,
        direction: column.direction,
        uploaded: column.uploaded,
        role: column.role,
    })
}

fn id(id: &model::ClientId, columns: &Columns<'_>) -> ClientId {
    match id {
        model::ClientId::Column(column) => ClientId::Column(columns[column.as_str()]),
        model::ClientId::Composed { parts, separator } => ClientId::Composed {
            parts: list(parts.iter().map(|part| IdPart {
                column: columns[part.column.as_str()],
                encoding: match part.encoding {
                    model::IdEncoding::Plain => IdEncoding::Plain,
                    model::IdEncoding::Hex => IdEncoding::Hex,
                },
            })),
            separator: *separator,
        },
    }
}

fn recipe(table: &Table, recipe: &model::Recipe, columns: &Columns<'_>) -> Recipe {
    let parts = |parts: &[model::RecipePart]| {
        list(parts.iter().map(|part| RecipePart {
            column: columns[part.column.as_str()],
            before: text(&part.before),
            after: text(&part.after),
            null: part.null.as_deref().map(text),
            lower: part.lower,
            trim: part.trim,
            caller: table.columns[&part.column].is_filled_with_caller(),
        }))
    };
    match recipe {
        model::Recipe::UuidV5 {
            namespace,
            parts: of,
        } => Recipe::UuidV5 {
            namespace: text(namespace),
            parts: parts(of),
        },
        model::Recipe::Join {
            parts: of,
            separator,
        } => Recipe::Join {
            parts: parts(of),
            separator: *separator,
        },
    }
}

fn unique(unique: &model::Unique, columns: &Columns<'_>) -> UniqueDef {
    let parts: Option<Vec<&'static ColumnDef>> = unique
        .parts
        .iter()
        .map(|part| match part {
            UniquePart::Column(name) => Some(columns[name.as_str()]),
            UniquePart::Expr(_) => None,
        })
        .collect();
    UniqueDef {
        name: text(&unique.name),
        columns: list(parts.unwrap_or_default()),
        partial: !unique.is_constraint(),
        nulls_not_distinct: unique.nulls_not_distinct,
    }
}
