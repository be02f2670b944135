//! Hostile text in every name and every text of a declaration: refused at its place, or a text in everything that is generated.
//!
//! Forty texts stand in every place of one declaration at once. What is refused has a code there and is taken out again; of
//! the rest the outputs are run by Postgres and SQLite, compiled by PowerSync and by rustc, and read as JSON. Nothing of a
//! text became code: without names and constants every output is what harmless text gives, and so are the catalogs.

mod executed;
mod places;
mod skeleton;
mod strings;

use places::{all, declaration};
use std::collections::{BTreeMap, BTreeSet};
use synctable_codegen::diagnostic::{Color, Diagnostic, Format, Severity, render};
use synctable_codegen::model::Model;
use synctable_codegen::targets::{TARGETS, postgres};
use synctable_codegen::{Reading, read_texts};

/// What became of a text.
pub(crate) struct Accepted {
    pub(crate) model: Model,
    /// Where it stands.
    pub(crate) places: BTreeSet<String>,
    /// Where it was refused, and with which codes.
    pub(crate) refused: BTreeMap<String, BTreeSet<&'static str>>,
}

fn errors(reading: &Reading) -> Vec<&Diagnostic> {
    let found = reading.diagnostics.iter();
    found
        .filter(|found| found.severity == Severity::Error)
        .collect()
}

/// Where SQL stands whose names and kinds only the databases know: that it is one expression or type is all we read.
const WRITTEN: [&str; 7] = [
    "default_sql_whole",
    "check_sql_whole",
    "check_sqlite_whole",
    "domain_sql",
    "view_sql_whole:query",
    "view_sqlite_whole:query",
    "opaque:opaque",
];

/// The places that take none of the texts: names of one word, of which the only one among them meets another, and
/// expressions that are more than a constant.
const NEVER: [&str; 23] = [
    "check_sql_whole",
    "check_sqlite_whole",
    "check_whole",
    "column_was",
    "default_sql_whole",
    "delete",
    "domain_name",
    "domain_sql",
    "enum_name",
    "enum_was_name",
    "generated_whole",
    "index_part_whole",
    "index_where_whole",
    "json_member:member",
    "opaque:opaque",
    "param_stream",
    "scope",
    "scope_name",
    "stream_filter_whole",
    "table_was",
    "view_name",
    "view_sql_whole:query",
    "view_sqlite_whole:query",
];

/// Puts a text into every place, and takes it out where it is refused.
fn accepted(hostile: &str) -> Result<Accepted, String> {
    let mut places = all();
    let mut refused: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    loop {
        let declared = declaration(hostile, &places);
        let reading = read_texts([("app.yaml", &*declared.yaml)]);
        let errors = errors(&reading);
        if errors.is_empty() {
            // Constants and names, and a `;` at the end of a view, are no program; the databases would ask what they mean.
            let written: Vec<&str> = WRITTEN
                .into_iter()
                .filter(|place| places.remove(*place))
                .collect();
            if !written.is_empty() {
                let whole = skeleton::sql(hostile)?;
                if whole != ";" && whole.contains(|c| !"sin".contains(c)) {
                    return Err(format!("{written:?} take it: {whole}"));
                }
                continue;
            }
            let model = reading.model.ok_or("no model and no error")?;
            return Ok(Accepted {
                model,
                places,
                refused,
            });
        }
        let before = places.len();
        for error in errors {
            let span = error.span.ok_or_else(|| format!("no place: {error:?}"))?;
            let (start, end) = (span.start as usize, span.end as usize);
            let here = declared
                .places
                .iter()
                // A parser may stop right behind it.
                .filter(|(_, place)| start <= place.end && place.start < end)
                .filter(|(name, _)| places.contains(name));
            let here: Vec<String> = here.map(|(name, _)| name.clone()).collect();
            if here.is_empty() {
                let one = std::slice::from_ref(error);
                let report = render(Format::Human(Color::Never), one, &reading.sources);
                // Something that stands elsewhere became wrong with what is refused here.
                if places.len() < before {
                    continue;
                }
                return Err(format!("refused elsewhere:\n{report}"));
            }
            for name in here {
                places.remove(&name);
                refused.entry(name).or_default().insert(error.code.as_str());
            }
        }
    }
}

/// The texts of everything that is generated, by target and path.
pub(crate) fn outputs(model: &Model) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for target in TARGETS {
        for (path, text) in (target.emit)(model).iter() {
            texts.insert(format!("{}/{path}", target.name), text.into_owned());
        }
    }
    texts.insert(
        "postgres/baseline.sql".to_owned(),
        postgres::baseline(model),
    );
    texts
}

/// Constants without the names of fields, `TITLE as title_: String`, which only some columns need.
///
/// A field is left out only if it is one word, so a text that became code stays.
fn without_fields(text: &str) -> String {
    let is_word = |word: &str| {
        let word = word.strip_prefix("r#").unwrap_or(word);
        !word.is_empty() && word.chars().all(|c| c == '_' || c.is_alphanumeric())
    };
    let lines = text.lines().map(|line| {
        let column = line.strip_prefix("    ").and_then(|line| {
            let (constant, rest) = line.split_once(" as ")?;
            let (field, kind) = rest.split_once(": ")?;
            (is_word(constant) && is_word(field)).then(|| format!("    {constant}: {kind}"))
        });
        column.unwrap_or_else(|| line.to_owned()) + "\n"
    });
    lines.collect()
}

/// What is left of every output without names and constants, sorted: a name is also that of a file.
fn skeletons(outputs: &BTreeMap<String, String>) -> Result<Vec<(String, String)>, String> {
    let of = |path: &str, text: &str| match path.rsplit_once('.').map(|(_, kind)| kind) {
        Some("sql") => skeleton::sql(text).map(|found| skeleton::statements(&found)),
        Some("rs") => skeleton::rust(text),
        Some("json") => serde_json::from_str(text)
            .map(|value| skeleton::json(&value))
            .map_err(|error| error.to_string()),
        Some("dart") => skeleton::grammar(&tree_sitter_dart::LANGUAGE.into(), text),
        Some("kt") => skeleton::grammar(&tree_sitter_kotlin_ng::LANGUAGE.into(), text),
        Some("swift") => skeleton::grammar(&tree_sitter_swift::LANGUAGE.into(), text),
        Some("cs") => skeleton::grammar(&tree_sitter_c_sharp::LANGUAGE.into(), text),
        // PowerSync's compiler reads these.
        _ => Ok(String::new()),
    };
    let mut all: Vec<(String, String)> = outputs
        .iter()
        .map(|(path, text)| {
            let target = path.split('/').next().unwrap_or_default().to_owned();
            let text = match &*target {
                "constants" => without_fields(text),
                _ => text.clone(),
            };
            let skeleton = of(path, &text).map_err(|why| format!("{path}: {why}"))?;
            Ok((target, skeleton))
        })
        .collect::<Result<_, String>>()?;
    all.sort();
    Ok(all)
}

#[test]
fn hostile_text_is_refused_at_its_place_or_stays_a_text() {
    let nothing = declaration("", &BTreeSet::new());
    let reading = read_texts([("app.yaml", &*nothing.yaml)]);
    let report = |reading: &Reading| {
        render(
            Format::Human(Color::Never),
            &reading.diagnostics,
            &reading.sources,
        )
    };
    let model = reading.model.as_ref();
    let model = model.unwrap_or_else(|| panic!("{}", report(&reading)));
    let texts = outputs(model);
    let wanted = skeletons(&texts).expect("harmless text is well-formed");
    let counted = executed::run("plain", model, &texts).expect("harmless text runs");

    let mut failed = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut codes: BTreeSet<&str> = BTreeSet::new();
    for (number, hostile) in strings::strings().iter().enumerate() {
        let shown: String = hostile.chars().take(60).collect();
        let verdict = (|| {
            let accepted = accepted(hostile)?;
            seen.extend(accepted.places.iter().cloned());
            codes.extend(accepted.refused.values().flatten());
            let texts = outputs(&accepted.model);
            let found = skeletons(&texts)?;
            for ((target, wanted), (_, found)) in wanted.iter().zip(&found) {
                if wanted != found {
                    return Err(format!(
                        "{target} is another program:\n{}",
                        first(wanted, found)
                    ));
                }
            }
            if wanted.len() != found.len() {
                return Err("there are other files".to_owned());
            }
            let found = executed::run(&format!("hostile{number}"), &accepted.model, &texts)?;
            match found == counted {
                true => Ok(()),
                false => Err(format!("the catalogs hold {found:?}, not {counted:?}")),
            }
        })();
        if let Err(why) = verdict {
            failed.push(format!("{number} {shown:?}: {why}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    // What no text reaches proves nothing.
    let never: BTreeSet<String> = all().difference(&seen).cloned().collect();
    let expected: BTreeSet<String> = NEVER.map(str::to_owned).into();
    assert_eq!(never, expected, "the places that take none of the texts");
    for code in ["S110", "S127", "S301", "S303", "S504", "S531"] {
        assert!(codes.contains(code), "{code} refuses none: {codes:?}");
    }
}

/// Where two skeletons part.
fn first(wanted: &str, found: &str) -> String {
    let at = wanted
        .bytes()
        .zip(found.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let part = |text: &str| {
        text.chars()
            .skip(at.saturating_sub(60))
            .take(160)
            .collect::<String>()
    };
    format!("wanted {}\nfound  {}", part(wanted), part(found))
}

#[test]
fn a_text_that_became_code_is_seen() {
    let same = |a: &str, b: &str| {
        let wanted = skeleton::sql(a).expect("harmless text is well-formed");
        skeleton::sql(b) == Ok(wanted)
    };
    assert!(same(
        "select 'a' -- x\nfrom \"b\";",
        "select 'it''s; --' from b;"
    ));
    assert!(same("do $$ select 'a' $$", "do $q$ select '$$' $q$"));
    for (a, b) in [
        ("select 'a';", "select ''; drop table b; --';"),
        (
            "do $$ select 'a' $$",
            "do $$ select 'a$$; create table b (); do $$' $$",
        ),
        ("create table t (a text)", "create table t (a text, b int)"),
        ("select a", "select a; -- b\nselect c"),
    ] {
        assert!(!same(a, b), "{b}");
    }
    assert_eq!(
        skeleton::rust("/// A\n/// B\nconst A: &str = \"x\";"),
        skeleton::rust("const B: &str = r#\"y\"#;")
    );
    assert_ne!(
        skeleton::rust("const A: &str = \"x\";"),
        skeleton::rust("const A: &str = \"x\"; fn pwn() {}")
    );
}
