//! The constants of the workspace's own app, compiled, say what its declaration says.
//!
//! `schema/` uses every kind and every form of the language once.

use schema::generated::{REGISTRY, enums, tables};
use synctable::{Direction, Label, MaybeKnown, Role, Value};
use synctable_codegen::model::{self, IdEncoding, Model, OnServer, UniquePart, parents_first};
use synctable_codegen::read;
use tests::cases::workspace;

fn declared() -> Model {
    let reading = read(&workspace().join("schema"));
    reading.model.expect("the workspace's own app is accepted")
}

#[test]
fn the_registry_has_every_table_with_all_its_facts() {
    let model = declared();
    assert_eq!(REGISTRY.app, model.app);
    assert_eq!(REGISTRY.fingerprint, model::fingerprint(&model));
    assert_eq!(REGISTRY.tables.len(), model.tables.len());
    for (found, table) in REGISTRY.tables.iter().zip(model.tables.values()) {
        let names = |columns: &[&synctable::ColumnDef]| -> Vec<String> {
            columns
                .iter()
                .map(|column| column.name.to_owned())
                .collect()
        };
        assert_eq!(found.name, table.name);
        assert_eq!(found.schema, table.schema, "{}", table.name);
        assert_eq!(found.client_name, table.client_name);
        assert_eq!(found.sync, table.sync, "{}", table.name);
        assert_eq!(names(found.key), table.key);
        assert_eq!(names(found.upsert_on), table.upsert_on);
        assert_eq!(found.conflict, table.conflict, "{}", table.name);
        assert_eq!(found.delete, table.delete, "{}", table.name);
        assert_eq!(
            names(found.client.track_previous),
            table.client.track_previous
        );
        assert_eq!(found.client.track_metadata, table.client.track_metadata);
        assert_eq!(
            found.client.ignore_empty_updates,
            table.client.ignore_empty_updates
        );
        assert_eq!(found.client.view_name, table.client.view_name.as_deref());
        assert_eq!(found.client.raw, table.client.raw);

        let checks: Vec<_> = found.checks.iter().map(|check| check.name).collect();
        let own: Vec<_> = table
            .checks
            .iter()
            .map(|check| check.name.as_str())
            .collect();
        assert!(checks.starts_with(&own), "{}: {checks:?}", table.name);

        assert_eq!(found.columns.len(), table.columns.len(), "{}", table.name);
        for (found, column) in found.columns.iter().zip(table.columns.values()) {
            let place = format!("{}.{}", table.name, column.name);
            assert_eq!(found.name, column.name, "{place}");
            assert_eq!(found.client_name, column.client_name, "{place}");
            assert_eq!(found.kind, column.kind, "{place}");
            assert_eq!(found.nullable, column.nullable, "{place}");
            assert_eq!(
                found.has_default,
                column.default.is_some() || column.identity || column.copied.is_some(),
                "{place}"
            );
            assert_eq!(found.generated, column.generated.is_some(), "{place}");
            assert_eq!(found.immutable, column.immutable, "{place}");
            assert_eq!(found.secret, column.secret, "{place}");
            assert_eq!(found.direction, column.direction, "{place}");
            assert_eq!(found.role, column.role, "{place}");
        }

        let (parts, separator) = match (&found.id, &table.id) {
            (synctable::ClientId::Column(found), model::ClientId::Column(column)) => {
                assert_eq!(found.name, column);
                (Vec::new(), None)
            }
            (
                synctable::ClientId::Composed { parts, separator },
                model::ClientId::Composed {
                    parts: declared,
                    separator: of,
                },
            ) => (parts.iter().zip(declared).collect(), Some((separator, of))),
            other => panic!("{}: {other:?}", table.name),
        };
        for (found, declared) in parts {
            assert_eq!(found.column.name, declared.column);
            let hex = found.encoding == synctable::IdEncoding::Hex;
            assert_eq!(hex, declared.encoding == IdEncoding::Hex);
        }
        if let Some((found, declared)) = separator {
            assert_eq!(found, declared);
        }
        assert_eq!(
            found.recipe.is_some(),
            table.recipe.is_some(),
            "{}",
            table.name
        );

        assert_eq!(found.uniques.len(), table.uniques.len());
        for (found, unique) in found.uniques.iter().zip(&table.uniques) {
            assert_eq!(found.name, unique.name);
            assert_eq!(found.partial, !unique.is_constraint(), "{}", unique.name);
            assert_eq!(found.nulls_not_distinct, unique.nulls_not_distinct);
            let whole = unique
                .parts
                .iter()
                .all(|part| matches!(part, UniquePart::Column(_)));
            assert_eq!(found.columns.is_empty(), !whole, "{}", unique.name);
        }
        assert_eq!(found.foreign_keys.len(), table.foreign_keys.len());
        for (found, key) in found.foreign_keys.iter().zip(&table.foreign_keys) {
            assert_eq!(found.name, key.name);
            assert_eq!(names(found.columns), key.columns, "{}", key.name);
            assert_eq!(
                (found.table, found.references.to_vec()),
                (
                    &*key.table,
                    key.references.iter().map(String::as_str).collect()
                )
            );
            assert_eq!(
                (found.on_delete, found.on_update),
                (key.on_delete, key.on_update)
            );
            assert_eq!(found.deferrable, key.deferrable, "{}", key.name);
            assert_eq!(
                found.enforced,
                key.on_server != OnServer::Unchecked,
                "{}",
                key.name
            );
        }
    }
}

#[test]
fn parents_go_in_first_and_are_wiped_last() {
    let model = declared();
    let groups: Vec<Vec<&str>> = REGISTRY
        .insert_order
        .iter()
        .map(|group| group.iter().map(|table| table.name).collect())
        .collect();
    let wanted: Vec<Vec<&str>> = parents_first(&model)
        .iter()
        .map(|group| group.iter().map(|table| table.name.as_str()).collect())
        .collect();
    assert_eq!(groups, wanted);
    let wiped: Vec<&str> = REGISTRY.wipe_order().map(|table| table.name).collect();
    let place = |name: &str| wiped.iter().position(|wiped| *wiped == name);
    assert!(place("comments") < place("items"), "{wiped:?}");
    for table in REGISTRY.tables {
        assert_eq!(
            place(table.name).is_some(),
            table.sync.on_client(),
            "{}",
            table.name
        );
    }
}

#[test]
fn streams_and_enums_are_those_that_are_declared() {
    let model = declared();
    assert_eq!(REGISTRY.streams.len(), model.streams.len());
    for (found, stream) in REGISTRY.streams.iter().zip(model.streams.values()) {
        assert_eq!(found.name, stream.name);
        assert_eq!(
            (found.automatic, found.priority),
            (stream.automatic, stream.priority)
        );
        let params: Vec<_> = found
            .params
            .iter()
            .map(|param| (param.name, &param.kind))
            .collect();
        let wanted: Vec<_> = stream
            .params
            .iter()
            .map(|(name, kind)| (name.as_str(), kind))
            .collect();
        assert_eq!(params, wanted);
        let names: Vec<_> = found.tables.iter().map(|table| table.name).collect();
        let wanted: Vec<_> = stream
            .tables
            .iter()
            .map(|table| table.table.as_str())
            .collect();
        assert_eq!(names, wanted);
    }
    for (found, declared) in REGISTRY.enums.iter().zip(model.enums.values()) {
        assert_eq!(found.name, declared.name);
        assert_eq!(found.labels, declared.labels);
        assert_eq!(found.retired, declared.retired);
    }
}

#[test]
fn labels_come_back_as_they_went_and_unknown_ones_are_refused_or_kept() {
    use synctable::Holds;
    for status in enums::ItemStatus::ALL {
        assert_eq!(
            enums::ItemStatus::from_label(status.as_label()),
            Some(*status)
        );
    }
    let unknown = || Value::Text("no such label".into());
    assert!(enums::ItemStatus::from_value(unknown()).is_err());
    let kept = MaybeKnown::<enums::ItemStatus>::from_value(unknown());
    assert_eq!(kept, Ok(MaybeKnown::Unknown("no such label".to_owned())));
}

#[test]
fn a_typed_constant_knows_its_column() {
    assert_eq!(tables::items::NOTE.name(), "note");
    assert_eq!(tables::items::NOTE.client_name(), "remarks");
    assert_eq!(tables::items::EDITED_AT.def.role, Some(Role::EditedAt));
    assert_eq!(
        tables::items::CREATED_BY.def.direction,
        Direction::ServerOwned
    );
    assert_eq!(tables::ITEMS.column("note"), Some(tables::items::NOTE.def));
}
