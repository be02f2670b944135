//! The smallest declaration that still fails in the same way.

use super::Case;
use serde_json::Value;

/// Leaves out whatever can be left out while `fails` gives the same answer.
///
/// `fails` tells how a case fails (a diagnostic's code, an SQLSTATE), or `None` where it does not; what is
/// removed too much makes it fail otherwise, and is put back.
pub fn shrink(case: &Case, fails: impl Fn(&Case) -> Option<String>) -> Case {
    let Some(failure) = fails(case) else {
        return case.clone();
    };
    let mut best = Case {
        files: 1,
        ..case.clone()
    };
    if fails(&best) != Some(failure.clone()) {
        best = case.clone();
    }
    loop {
        let mut progress = false;
        let mut paths = Vec::new();
        collect(
            &Value::Object(best.root.clone()),
            &mut Vec::new(),
            &mut paths,
        );
        // Outer things first: a table goes before its columns do.
        paths.sort_by_key(Vec::len);
        for path in paths {
            let mut candidate = best.clone();
            let mut root = Value::Object(candidate.root);
            if !remove(&mut root, &path) {
                continue;
            }
            let Value::Object(map) = root else { continue };
            candidate.root = map;
            if fails(&candidate) == Some(failure.clone()) {
                best = candidate;
                progress = true;
            }
        }
        if !progress {
            return best;
        }
    }
}

/// A step down: the key of a mapping or the place in a list.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Item(usize),
}

fn collect(value: &Value, path: &mut Vec<Step>, paths: &mut Vec<Vec<Step>>) {
    let mut down = |step: Step, value: &Value| {
        path.push(step);
        paths.push(path.clone());
        collect(value, path, paths);
        path.pop();
    };
    match value {
        Value::Object(entries) => entries
            .iter()
            .for_each(|(key, value)| down(Step::Key(key.clone()), value)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| down(Step::Item(index), value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn remove(root: &mut Value, path: &[Step]) -> bool {
    match (path, root) {
        ([Step::Key(key)], Value::Object(entries)) => entries.shift_remove(key).is_some(),
        ([Step::Item(index)], Value::Array(items)) if *index < items.len() => {
            items.remove(*index);
            true
        }
        ([Step::Key(key), rest @ ..], Value::Object(entries)) => entries
            .get_mut(key)
            .is_some_and(|inner| remove(inner, rest)),
        ([Step::Item(index), rest @ ..], Value::Array(items)) => items
            .get_mut(*index)
            .is_some_and(|inner| remove(inner, rest)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_matters_is_left() {
        let case = (0..)
            .map(|seed| Case::new(seed, 6))
            .find(|case| case.root["tables"].as_object().unwrap().len() > 2);
        let case = case.unwrap();
        let (first, _) = case.root["tables"]
            .as_object()
            .unwrap()
            .iter()
            .next()
            .unwrap();
        let small = shrink(&case, |case| {
            let tables = case.root.get("tables")?.as_object()?;
            tables.contains_key(first).then(|| "has it".to_owned())
        });
        assert_eq!(
            Value::Object(small.root),
            serde_json::json!({"tables": {first: {}}})
        );
    }
}
