//! Views and hand-written SQL read things that exist, without going in circles.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::{Model, ViewBody};
use petgraph::algo::toposort;
use petgraph::graph::DiGraph;
use std::collections::BTreeMap;

/// No view needs itself, and no hand-written SQL does; a view on the device reads tables that are there.
pub(super) fn have_what_they_read(model: &Model, cx: &mut Complaints) {
    circle(
        "view",
        model
            .views
            .iter()
            .map(|(name, view)| (name.as_str(), view.depends_on.as_slice())),
        |name| Place::new(["views", name, "reads"]),
        cx,
    );
    circle(
        "piece of SQL",
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
                    .help("remove that dialect's text, or change the table's `sync`"),
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
    if let Err(cycle) = toposort(&graph, None) {
        let name = graph[cycle.node_id()];
        cx.push(
            place(name),
            Diagnostic::error(
                codes::NEEDS_ITSELF,
                format!("the {what} `{name}` needs itself, by way of others"),
            )
            .help("break the circle"),
        );
    }
}
