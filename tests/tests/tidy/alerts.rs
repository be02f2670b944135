//! The alert rules of the bridge ask for metrics that it has.

use std::collections::BTreeSet;
use std::fs;

use tests::cases::workspace;

/// Every word of a text that names a metric, without the endings of a histogram.
fn metrics(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words
        .filter(|word| word.starts_with("bridge_"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn alerts_name_metrics_that_the_bridge_has() {
    let read = |path: &str| fs::read_to_string(workspace().join(path)).expect("it is there");
    let source = metrics(&read("bridge/src/metrics.rs"));
    let alerts = metrics(&read("bridge/deploy/alerts.yaml"));
    assert!(alerts.len() > 3, "{alerts:?}");
    let unknown: Vec<_> = alerts.difference(&source).collect();
    assert!(unknown.is_empty(), "{unknown:?} of {source:?}");
    let table = metrics(&read("docs/bridge.md"));
    let untold: Vec<_> = source.difference(&table).collect();
    assert!(
        untold.is_empty(),
        "docs/bridge.md says nothing of {untold:?}"
    );
}
