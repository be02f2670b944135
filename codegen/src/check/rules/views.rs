//! Views and hand-written SQL read things that exist, without going in circles.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::{Model, ViewBody};
use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use std::collections::BTreeMap;

/// No view needs itself, and no hand-written SQL does; a view on the device reads tables that are there.
pub(super) fn have_what_they_read(model: &Model, cx: &mut Complaints) {
    circle(
        "views",
        model
            .views
            .iter()
            .map(|(name, view)| (name.as_str(), view.depends_on.as_slice())),
        |name| Place::new(["views", name, "reads"]),
        cx,
    );
    circle(
        "pieces of SQL",
        model
            .sql
            .iter()
            .map(|(name, sql)| (name.as_str(), sql.depends_on.as_slice())),
        |name| Place::new(["sql", name, "needs"]),
        cx,
    );
    for view in model.views.values() {
        let ViewBody::Sql { postgres, sqlite } = &view.body else {
            continue;
        };
        for name in &view.depends_on {
            let Some(table) = model.tables.get(name) else {
                continue;
            };
            let missing = if sqlite.is_some() && !table.sync.on_client() {
                Some("on the device")
            } else if postgres.is_some() && !table.sync.on_server() {
                Some("in Postgres")
            } else {
                None
            };
            if let Some(side) = missing {
                cx.push(
                    Place::new(["views", &view.name, "reads"]),
                    Diagnostic::error(
                        codes::VIEW_OF_ABSENT,
                        format!(
                            "the view `{}` reads `{name}`, which does not exist {side}",
                            view.name
                        ),
                    )
                    .help("remove the text for that dialect, or change `sync` of the table"),
                );
            }
        }
    }
}

fn circle<'a>(
    what: &str,
    items: impl Iterator<Item = (&'a str, &'a [String])>,
    place: impl Fn(&str) -> Place,
    cx: &mut Complaints,
) {
    let items: Vec<_> = items.collect();
    let mut graph = DiGraph::<&str, ()>::new();
    let nodes: BTreeMap<&str, _> = items
        .iter()
        .map(|(name, _)| (*name, graph.add_node(*name)))
        .collect();
    for (name, needs) in &items {
        for need in *needs {
            if let Some(needed) = nodes.get(need.as_str()) {
                graph.add_edge(nodes[name], *needed, ());
            }
        }
    }
    for circle in tarjan_scc(&graph) {
        let needs_itself = match circle.as_slice() {
            [one] => graph.contains_edge(*one, *one),
            _ => true,
        };
        if !needs_itself {
            continue;
        }
        // Members in the order of the declaration.
        let members: Vec<&str> = items
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| circle.contains(&nodes[name]))
            .collect();
        let message = match members.as_slice() {
            [one] => format!("`{one}` depends on itself"),
            _ => format!(
                "the {what} `{}` depend on each other",
                members.join("` and `")
            ),
        };
        cx.push(
            place(members[0]),
            Diagnostic::error(codes::NEEDS_ITSELF, message).help("remove one of these needs"),
        );
    }
}
