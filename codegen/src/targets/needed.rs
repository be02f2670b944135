//! What is needed comes first.

use crate::map::IndexMap;

/// Values in declared order, but each after those of them that it needs.
///
/// A circle, which `check` refuses, keeps its declared order.
pub(super) fn needed_first<T>(
    values: &IndexMap<String, T>,
    needs: impl Fn(&T) -> &[String],
) -> Vec<&T> {
    fn visit<'a, T>(
        index: usize,
        values: &'a IndexMap<String, T>,
        needs: &impl Fn(&T) -> &[String],
        seen: &mut [bool],
        out: &mut Vec<&'a T>,
    ) {
        if std::mem::replace(&mut seen[index], true) {
            return;
        }
        let mut before: Vec<usize> = needs(&values[index])
            .iter()
            .filter_map(|name| values.get_index_of(name))
            .collect();
        before.sort_unstable();
        for index in before {
            visit(index, values, needs, seen, out);
        }
        out.push(&values[index]);
    }
    let mut out = Vec::with_capacity(values.len());
    let mut seen = vec![false; values.len()];
    for index in 0..values.len() {
        visit(index, values, &needs, &mut seen, &mut out);
    }
    out
}
