//! `explain`: what a diagnostic code means.

use super::{Console, Exit};
use crate::diagnostic::{CODES, find_code, nearest};
use serde_json::json;

pub(super) fn explain(code: Option<&str>, console: &mut Console) -> Exit {
    let Some(code) = code else {
        return list(console);
    };
    let Some(info) = find_code(code) else {
        let way_out = match nearest(
            &code.to_uppercase(),
            CODES.iter().map(|info| info.code.as_str()),
        ) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`codegen explain` lists them all".to_owned(),
        };
        console.complain(&format!("there is no code `{code}`: {way_out}"));
        return Exit::Usage;
    };
    if console.is_json() {
        console.json(&json!({
            "format": 1,
            "code": info.code.as_str(),
            "title": info.title,
            "explain": info.explain,
        }));
    } else {
        console.out(&format!(
            "# {}: {}\n\n{}",
            info.code, info.title, info.explain
        ));
    }
    Exit::Fine
}

fn list(console: &mut Console) -> Exit {
    if console.is_json() {
        let codes: Vec<_> = CODES
            .iter()
            .map(|info| json!({"code": info.code.as_str(), "title": info.title}))
            .collect();
        console.json(&json!({"format": 1, "codes": codes}));
    } else {
        for info in CODES {
            console.out(&format!("{}  {}\n", info.code, info.title));
        }
    }
    Exit::Fine
}
