//! The `mappers` target: short structs for the rows of a device's tables and for what it uploads of them, as a person would
//! write them, and the one change type of the app.
//!
//! The mechanics live in the derive: what is generated here can be replaced by a struct of one's own.
//! The structs of uploads follow from the columns, so `synctable::uploads!` makes them.

mod lower;
pub mod statements;
mod view;

use super::{Target, Temper, rust};
use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::Model;
use crate::tree::Tree;
use askama::Template as _;

/// Structs of rows and of uploads, in Rust.
pub const TARGET: Target = Target {
    name: "mappers",
    temper: Temper::Mirror,
    admit,
    emit,
    beside: None,
};

/// Complains about tables that mappers are wanted for and that no device has.
///
/// What Rust cannot tell apart is the constants' complaint; a field is spelt as its constant is.
fn admit(model: &Model, cx: &mut Complaints) {
    for name in model.mapped.iter().flatten() {
        if !model.tables[name].sync.on_client() {
            let why = format!(
                "`{name}` cannot have mappers, because it is not synced and no device writes it"
            );
            let help = format!("remove `{name}` from the list, or let the table sync");
            cx.push(
                Place::new(["targets", "mappers", "tables"]),
                Diagnostic::error(codes::MAPPERS_OF_ABSENT, why).help(help),
            );
        }
    }
}

fn emit(model: &Model) -> Tree<'_> {
    let mut tree = Tree::new();
    let root = lower::root(model).render();
    tree.insert("mod.rs", root.expect("a template of strings renders"));
    for table in lower::tables(model) {
        let file = rust::module_file(&rust::module(&table.name));
        tree.insert_later(file, move || {
            let text = lower::row(model, table).render();
            text.expect("a template of strings renders")
        });
    }
    statements::emit(model, &mut tree);
    tree
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;
    use synctable::{ConflictRule, DeleteRule, Direction, Kind, Scalar, SyncMode};

    #[test]
    fn a_row_has_what_a_device_has_in_fields_that_the_derive_knows() {
        let mut model = sample::model();
        let text = Kind::Scalar(Scalar::Text);
        let columns = &mut model.tables["lists"].columns;
        for name in ["type", "self", "note"] {
            columns.insert(name.into(), sample::plain(name, text.clone()));
        }
        columns["note"].direction = Direction::ServerOnly;
        model.tables["items"].sync = SyncMode::None;
        let tree = emit(&model);
        assert!(tree.get("items.rs").is_none());
        let row = tree.get("lists.rs").unwrap();
        assert!(row.contains("    pub r#type: String,\n"), "{row}");
        assert!(
            row.contains("    pub self_: String,\n") && !row.contains("column ="),
            "{row}"
        );
        assert!(!row.contains("note"), "{row}");
    }

    #[test]
    fn tables_that_no_mappers_are_wanted_for_have_none() {
        let mut model = sample::model();
        model.mapped = Some(["lists".to_owned()].into_iter().collect());
        let tree = emit(&model);
        let (root, statements) = (tree.get("mod.rs"), tree.get("statements/mod.rs"));
        for text in [root, statements].map(Option::unwrap) {
            assert!(text.contains("lists") && !text.contains("items"), "{text}");
        }
        assert!(tree.get("lists.rs").is_some() && tree.get("statements/lists.rs").is_some());
        assert!(tree.get("items.rs").is_none() && tree.get("statements/items.rs").is_none());
    }

    #[test]
    fn a_change_has_what_a_device_may_do_to_a_table() {
        let mut model = sample::model();
        model.tables["lists"].client.view_name = Some("my lists".to_owned());
        let items = &mut model.tables["items"];
        items.conflict = ConflictRule::AppendOnly;
        items.delete = DeleteRule::Denied;
        let root = |model: &Model| emit(model).get("mod.rs").unwrap().into_owned();
        let text = root(&model);
        assert!(
            text.contains("\"lists\" | \"my lists\" => Lists(ListsPut, "),
            "{text}"
        );
        assert!(
            text.contains("\"items\" => Items(ItemsPut, Never, Never),"),
            "{text}"
        );
        assert!(text.contains("use synctable::crud::Never;"), "{text}");
        let items = emit(&model).get("items.rs").unwrap().into_owned();
        assert!(
            items.contains("uploads!(items: Put = ItemsPut);"),
            "{items}"
        );
        assert!(
            !items.contains("ItemsPatch") && !items.contains("ItemsDelete"),
            "{items}"
        );

        let lists = model.tables["lists"].access.as_mut();
        lists.expect("it has a policy").insert.clear();
        let text = root(&model);
        let put = "Lists(Never<super::generated::tables::lists::Table>, ListsPatch, ListsDelete)";
        assert!(text.contains(put), "{text}");
        let lists = emit(&model).get("lists.rs").unwrap().into_owned();
        assert!(!lists.contains("ListsPut"), "{lists}");

        for table in model.tables.values_mut() {
            table.sync = SyncMode::Down;
        }
        let text = root(&model);
        assert!(!text.contains("Change"), "nothing is uploaded: {text}");
    }
}
