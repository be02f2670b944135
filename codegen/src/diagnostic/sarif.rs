//! SARIF 2.1.0, which code scanning reads: one run, a rule for each code, a result for each diagnostic.

use super::{Diagnostic, Paths, Sources, Span, find_code};
use serde_json::{Value, json};

/// The schema of the form, as its standard names it.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The document of results, with their rules in the order in which they come first.
pub(crate) fn document(results: Vec<Value>) -> Value {
    let mut rules: Vec<&str> = Vec::new();
    for code in results.iter().filter_map(|one| one["ruleId"].as_str()) {
        if !rules.contains(&code) {
            rules.push(code);
        }
    }
    let rules: Vec<Value> = rules
        .iter()
        .map(|code| match find_code(code) {
            Some(info) => json!({
                "id": code,
                "shortDescription": {"text": info.title},
                "help": {"text": info.explain, "markdown": info.explain},
            }),
            None => json!({"id": code}),
        })
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "codegen", "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// A result for each diagnostic; one without a place has no location.
pub(crate) fn results(diagnostics: &[Diagnostic], sources: &Sources, paths: &Paths) -> Vec<Value> {
    let results = diagnostics.iter().map(|diagnostic| {
        let mut result = result(diagnostic);
        if let Some(span) = diagnostic.span {
            result["locations"] = json!([place(span, sources, paths)]);
        }
        let related = diagnostic
            .labels
            .iter()
            .enumerate()
            .map(|(id, (span, what))| {
                let mut place = place(*span, sources, paths);
                place["id"] = json!(id);
                place["message"] = json!({"text": what});
                place
            });
        let related: Vec<Value> = related.collect();
        if !related.is_empty() {
            result["relatedLocations"] = json!(related);
        }
        result
    });
    results.collect()
}

/// A result about a whole file.
pub(crate) fn of_file(diagnostic: &Diagnostic, path: &str, paths: &Paths) -> Value {
    let mut result = result(diagnostic);
    result["locations"] =
        json!([{"physicalLocation": {"artifactLocation": {"uri": uri(path, paths)}}}]);
    result
}

fn result(diagnostic: &Diagnostic) -> Value {
    let mut text = diagnostic.message.clone();
    for (kind, lines) in [("note", &diagnostic.notes), ("help", &diagnostic.help)] {
        for line in lines {
            text += &format!("\n{kind}: {line}");
        }
    }
    json!({
        "ruleId": diagnostic.code.as_str(),
        "level": diagnostic.severity.as_str(),
        "message": {"text": text},
    })
}

fn place(span: Span, sources: &Sources, paths: &Paths) -> Value {
    let place = sources.position(span);
    json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(place.path, paths)},
            "region": {
                "startLine": place.line,
                "startColumn": place.column,
                "endLine": place.end_line,
                "endColumn": place.end_column,
            },
        },
    })
}

/// A path as a relative reference: what has a meaning in a URI is escaped.
fn uri(path: &str, paths: &Paths) -> String {
    let mut uri = String::new();
    for byte in paths.of(path).bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte.into());
            }
            other => uri += &format!("%{other:02X}"),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::super::UNKNOWN_KEY;
    use super::*;

    #[test]
    fn a_diagnostic_is_a_result_with_its_rule() {
        let mut sources = Sources::new();
        let file = sources.add("a b.yaml", "a: b\n").unwrap();
        let span = Span {
            file,
            start: 3,
            end: 4,
        };
        let diagnostics = [
            Diagnostic::error(UNKNOWN_KEY, "this key is not known")
                .at(span)
                .label(span, "here")
                .help("remove it"),
            Diagnostic::warning(UNKNOWN_KEY, "nowhere"),
        ];
        let document = document(results(&diagnostics, &sources, &Paths::default()));
        let run = &document["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "S101");
        assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), 1);
        let region = json!({"startLine": 1, "startColumn": 4, "endLine": 1, "endColumn": 5});
        let place = json!({"artifactLocation": {"uri": "a%20b.yaml"}, "region": region});
        assert_eq!(
            run["results"],
            json!([
                {
                    "ruleId": "S101",
                    "level": "error",
                    "message": {"text": "this key is not known\nhelp: remove it"},
                    "locations": [{"physicalLocation": place}],
                    "relatedLocations": [{"physicalLocation": place, "id": 0, "message": {"text": "here"}}],
                },
                {"ruleId": "S101", "level": "warning", "message": {"text": "nowhere"}},
            ])
        );
    }
}
