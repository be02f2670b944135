//! The `constants` target: what running programs and the derive know of an app, as Rust constants.
//!
//! `mod.rs` has the registry; `tables.rs` and `tables/` have a constant for each table and a typed constant for each
//! column; `enums.rs`, `domains.rs` and `streams.rs` stand beside them where there are any, and `database.rs` where devices
//! have plain SQLite; `pull.rs` has what a server asks when they pull, `buckets.rs` what it asks before it signs URLs of objects, and `releases.rs` has the releases that clients still run.
//! The app writes one line: `#[rustfmt::skip] pub mod generated;`.

mod admit;
mod checks;
mod lower;
mod view;

use super::{Beside, Target, Temper, rust};
use crate::model::Model;
use crate::tree::Tree;
use askama::Template as _;

/// Constants in Rust.
pub const TARGET: Target = Target {
    name: "constants",
    temper: Temper::Mirror,
    admit: admit::admit,
    emit,
    beside: Some(emit_beside),
};

fn emit(model: &Model) -> Tree<'_> {
    emit_beside(model, &Beside::default())
}

fn emit_beside<'m>(model: &'m Model, beside: &Beside) -> Tree<'m> {
    let mut tree = Tree::new();
    let mut add = |path: String, view: &dyn askama::DynTemplate| {
        tree.insert(
            path,
            view.dyn_render().expect("a template of strings renders"),
        );
    };
    add("mod.rs".to_owned(), &lower::root(model, beside));
    add("tables.rs".to_owned(), &lower::tables(model));
    if !model.enums.is_empty() {
        add("enums.rs".to_owned(), &lower::enums(model));
    }
    if !model.domains.is_empty() {
        add("domains.rs".to_owned(), &lower::domains(model));
    }
    let releases = lower::releases(model, &beside.clients);
    add("releases.rs".to_owned(), &releases);
    if let Some(database) = &beside.database {
        let folder = beside.database_folder.as_deref();
        add("database.rs".to_owned(), &lower::database(database, folder));
    }
    if !beside.buckets.is_empty() {
        add("buckets.rs".to_owned(), &lower::buckets(&beside.buckets));
    }
    if let Some(pulled) = &beside.pulled {
        add("pull.rs".to_owned(), &lower::pull(pulled));
    }
    if !model.streams.is_empty() {
        add("streams.rs".to_owned(), &lower::streams(model));
    }
    for table in model.tables.values() {
        let file = rust::module_file(&rust::module(&table.name));
        tree.insert_later(format!("tables/{file}"), move || {
            let text = lower::table(model, table).render();
            text.expect("a template of strings renders")
        });
    }
    tree
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Complaints, Diagnostics};
    use crate::model::{AddedColumn, Clients, Database, RenamedColumn, Step};
    use crate::model::{Check, CheckBody, Expr, Literal, OnServer, sample};
    use synctable::{Kind, Scalar};

    /// The messages of what `admit` refuses after a change of the sample.
    fn refused(change: impl FnOnce(&mut Model)) -> Vec<String> {
        let mut model = sample::model();
        change(&mut model);
        let mut complaints = Complaints::new();
        (TARGET.admit)(&model, &mut complaints);
        let mut found = Diagnostics::new();
        complaints.resolve(|_| None, &mut found);
        found
            .into_sorted()
            .into_iter()
            .map(|diagnostic| diagnostic.message)
            .collect()
    }

    #[test]
    fn the_sample_is_admitted() {
        assert!(refused(|_| {}).is_empty());
    }

    #[test]
    fn names_that_meet_in_rust_are_refused() {
        let text = Kind::Scalar(Scalar::Text);
        assert_eq!(
            refused(|model| {
                for name in ["url_path", "URLPath", "url_path_2"] {
                    model.tables[0]
                        .columns
                        .insert(name.into(), sample::plain(name, text.clone()));
                }
                model.enums[0].labels.push("DONE".into());
            }),
            [
                "`url_path` and `URLPath` are both named `URL_PATH` in Rust",
                "`done` and `DONE` are both named `Done` in Rust",
            ]
        );
    }

    /// An import that is not used is a warning in the user's crate.
    #[test]
    fn a_text_that_looks_like_a_type_is_not_imported() {
        let mut model = sample::model();
        let list = ["Is::Null", "Compare::Eq", "Function::"];
        let list = list.map(|text| Literal::Text(text.to_owned())).to_vec();
        let body = CheckBody::Expr(Expr::InList {
            operand: Box::new(Expr::Column("title".to_owned())),
            list,
            negated: false,
        });
        model.tables["lists"].checks = vec![Check {
            name: "lists_title_check".to_owned(),
            body,
            on_server: OnServer::Enforced,
        }];
        let tree = emit(&model);
        let text = tree.get("tables/lists.rs").unwrap();
        let imported = text
            .lines()
            .find(|line| line.starts_with("use synctable::check::"));
        assert_eq!(imported, Some("use synctable::check::{CheckDef, Term};"));
    }

    #[test]
    fn releases_and_the_database_come_out_as_rust() {
        let model = sample::model();
        let text = "-- \"#\n-- \"##\nselect 1;\n".to_owned();
        let step = |sql: &str| Step {
            from: 1,
            release: "1.0.0".to_owned(),
            changes: Vec::new(),
            anew: Vec::new(),
            lost: Vec::new(),
            references: true,
            sql: sql.to_owned(),
        };
        let renamed = RenamedColumn {
            table: "items".to_owned(),
            column: "title".to_owned(),
            was: "a \"name\"".to_owned(),
            releases: vec!["1.0.0".to_owned()],
        };
        let added = AddedColumn {
            table: "items".to_owned(),
            column: "note".to_owned(),
            since: Some("1.1.0".to_owned()),
        };
        let beside = Beside {
            database: Some(Database {
                version: 2,
                schema: text.clone(),
                steps: vec![step(&text), step("-- \u{202e}\r")],
                queue: Some(text.clone()),
            }),
            clients: Clients {
                versions: vec!["1.0.0".to_owned(), "1.1.0".to_owned()],
                fingerprints: vec!["1:aa".to_owned(), "1:bb".to_owned()],
                added: vec![added],
                renamed: vec![renamed],
            },
            ..Beside::default()
        };
        let tree = emit_beside(&model, &beside);
        for (path, text) in tree.iter() {
            syn::parse_file(&text).unwrap_or_else(|error| panic!("{path}: {error}\n{text}"));
        }
        let database = tree.get("database.rs").unwrap();
        assert!(
            database.contains(&format!("r###\"{text}\"###")),
            "{database}"
        );
        assert!(!database.contains(['\u{202e}', '\r']), "{database}");
        let beside = Beside {
            database_folder: Some("../../a \"folder\"".to_owned()),
            ..beside
        };
        let tree = emit_beside(&model, &beside);
        let database = tree.get("database.rs").unwrap();
        syn::parse_file(&database).unwrap();
        for file in ["schema", "queue"] {
            let included = format!("include_str!(\"../../a \\\"folder\\\"/{file}.sql\")");
            assert!(database.contains(&included), "{database}");
        }
        let releases = tree.get("releases.rs").unwrap();
        assert!(releases.contains("was: \"a \\\"name\\\"\","), "{releases}");
    }

    #[test]
    fn awkward_names_come_out_as_rust() {
        let awkward = [
            "type", "self", "table", "1st", "def", "a b", "ä", "_", "mod",
        ];
        let mut model = sample::model();
        for name in awkward {
            let mut table = sample::table(name, [sample::plain("id", Kind::Scalar(Scalar::Uuid))]);
            for column in awkward {
                let plain = sample::plain(column, Kind::Scalar(Scalar::Text));
                table.columns.insert(column.into(), plain);
            }
            model.tables.insert(name.into(), table);
            model.enums[0].labels.push(name.into());
        }
        let tree = emit(&model);
        for (path, text) in tree.iter() {
            syn::parse_file(&text).unwrap_or_else(|error| panic!("{path}: {error}\n{text}"));
        }
        assert!(tree.get("tables/type.rs").is_some());
        assert!(tree.get("tables.rs").unwrap().contains("pub mod r#type;"));
    }
}
