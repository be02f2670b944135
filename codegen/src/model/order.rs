//! The order in which rows go in: what is referred to comes first.

use super::{Model, Table};
use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;

/// The tables in groups, parents before children; independent tables stand in declared order.
///
/// The tables of one group refer to each other in a circle; a table that refers to itself is alone in
/// its group. References that the server does not enforce count as well: they are declared for the
/// order.
pub fn parents_first(model: &Model) -> Vec<Vec<&Table>> {
    let mut graph = DiGraph::<usize, ()>::new();
    let nodes: Vec<_> = (0..model.tables.len())
        .map(|index| graph.add_node(index))
        .collect();
    for (child, table) in model.tables.values().enumerate() {
        // The search visits the youngest edge first, and parents are wanted in declared order.
        for foreign_key in table.foreign_keys.iter().rev() {
            if let Some(parent) = model.tables.get_index_of(&foreign_key.table) {
                graph.add_edge(nodes[child], nodes[parent], ());
            }
        }
    }
    // A component comes after all that it points to: parents first.
    tarjan_scc(&graph)
        .into_iter()
        .map(|component| {
            let mut group: Vec<usize> = component.iter().map(|node| graph[*node]).collect();
            group.sort_unstable();
            group.iter().map(|index| &model.tables[*index]).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    /// Tables by name, each with the tables that it refers to.
    fn order(tables: &[(&str, &[&str])]) -> Vec<Vec<String>> {
        let mut model = sample::model();
        model.tables = tables
            .iter()
            .map(|(name, parents)| {
                let mut table = sample::table(name, []);
                table.foreign_keys = parents
                    .iter()
                    .map(|parent| sample::foreign_key(name, "x", parent, "id"))
                    .collect();
                ((*name).to_owned(), table)
            })
            .collect();
        parents_first(&model)
            .iter()
            .map(|group| group.iter().map(|table| table.name.clone()).collect())
            .collect()
    }

    #[test]
    fn parents_come_before_children_whatever_the_declared_order() {
        assert_eq!(
            order(&[("c", &["b"]), ("b", &["a"]), ("a", &[])]),
            [["a"], ["b"], ["c"]]
        );
        assert_eq!(
            order(&[("c", &["z", "y"]), ("x", &[]), ("y", &[]), ("z", &[])]),
            [["z"], ["y"], ["c"], ["x"]]
        );
    }

    #[test]
    fn a_circle_is_one_group_and_a_table_that_refers_to_itself_is_none() {
        assert_eq!(
            order(&[
                ("tree", &["tree"]),
                ("b", &["a"]),
                ("a", &["b", "tree"]),
                ("leaf", &["a"])
            ]),
            [vec!["tree"], vec!["b", "a"], vec!["leaf"]]
        );
    }

    #[test]
    fn tables_that_exist_elsewhere_have_no_place() {
        assert_eq!(order(&[("a", &["auth.users"])]), [["a"]]);
    }
}
