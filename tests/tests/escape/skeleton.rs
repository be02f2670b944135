//! What is left of a text in a language when its names and constants are left out: hostile text must not change it.

use proc_macro2::{TokenStream, TokenTree};
use serde_json::Value;

/// SQL as psql, Postgres and SQLite break it up: a mark for each token, with what stands between dollar quotes.
///
/// # Errors
///
/// A quote or a comment without end; what psql would obey.
pub(crate) fn sql(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut word_before = "";
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let word = |c: char| c.is_alphanumeric() || c == '_' || !c.is_ascii();
        let skip = if rest.starts_with("--") {
            rest.find(['\n', '\r']).unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").ok_or("a comment does not end")? + 2
        } else if c == '\'' || c == '"' {
            out.push(if c == '"' { 'i' } else { 's' });
            quoted(rest, c).ok_or_else(|| format!("a quote does not end: {}", start(rest)))?
        } else if rest.starts_with('$') && tag(rest).is_some() {
            let tag = tag(rest).expect("it was there");
            let body = &rest[tag.len()..];
            let end = body.find(tag).ok_or("a dollar quote does not end")?;
            let is_program = matches!(word_before, "as" | "do");
            out.push_str(&match is_program {
                true => format!("$({})", sql(&body[..end])?),
                false => "s".to_owned(),
            });
            end + 2 * tag.len()
        } else if c.is_ascii_digit() {
            out.push('n');
            rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.')
                .unwrap_or(rest.len())
        } else if word(c) {
            out.push('i');
            let end = rest.find(|c| !word(c) && c != '$').unwrap_or(rest.len());
            word_before = &rest[..end];
            end
        } else {
            if c == '\\' {
                return Err(format!("psql obeys a backslash: {}", start(rest)));
            }
            if c == ':' && !out.ends_with(':') {
                let next = rest[1..].chars().next().unwrap_or(' ');
                if word(next) || "'\"{".contains(next) {
                    return Err(format!("psql has variables: {}", start(rest)));
                }
            }
            if !c.is_whitespace() {
                out.push(c);
            }
            c.len_utf8()
        };
        rest = &rest[skip..];
    }
    Ok(out)
}

/// The statements of a skeleton, sorted: schemas and roles stand in the order of their names.
pub(crate) fn statements(skeleton: &str) -> String {
    let mut depth = 0;
    let mut statements: Vec<&str> = skeleton
        .split(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            c == ';' && depth == 0
        })
        .collect();
    statements.sort_unstable();
    statements.join(";\n")
}

fn start(text: &str) -> String {
    text.chars().take(80).collect()
}

/// The length of a quoted text, doubled quotes included.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut at = 1;
    loop {
        at += text[at..].find(quote)? + 1;
        match text[at..].starts_with(quote) {
            true => at += 1,
            false => return Some(at),
        }
    }
}

/// `$$` or `$tag$` at the start of a text.
fn tag(text: &str) -> Option<&str> {
    let end = text[1..].find('$')? + 2;
    let tag = &text[..end];
    let inside = &tag[1..end - 1];
    let good = !inside.starts_with(|c: char| c.is_ascii_digit())
        && inside
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_');
    good.then_some(tag)
}

/// Rust: a mark for each token, without docs; SQL in a constant has a skeleton of its own.
///
/// # Errors
///
/// It is no Rust, or SQL in it is none.
pub(crate) fn rust(text: &str) -> Result<String, String> {
    let told = |error: &dyn std::fmt::Display| format!("{error}\n{text}");
    syn::parse_file(text).map_err(|error| told(&error))?;
    let tokens: TokenStream = text
        .parse()
        .map_err(|error: proc_macro2::LexError| told(&error))?;
    let mut out = String::new();
    walk(tokens, &mut out)?;
    Ok(out)
}

fn walk(tokens: TokenStream, out: &mut String) -> Result<(), String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            // `#[doc = "…"]`, or `#![doc = "…"]`: one for each line.
            TokenTree::Punct(hash) if hash.as_char() == '#' => {
                let next = tokens.get(at + 1);
                let bang = matches!(next, Some(TokenTree::Punct(bang)) if bang.as_char() == '!');
                let group = tokens.get(at + 1 + usize::from(bang));
                let is_doc = matches!(group, Some(TokenTree::Group(group)) if group
                    .stream().to_string().starts_with("doc ="));
                if is_doc {
                    at += 1 + usize::from(bang);
                } else {
                    out.push('#');
                }
            }
            // The names of a column for the derive: `"a b" a_b A_B`, or one word that the others follow from.
            TokenTree::Literal(_)
                if matches!(
                    tokens.get(at + 1..at + 3),
                    Some([TokenTree::Ident(_), TokenTree::Ident(_)])
                ) =>
            {
                out.push('i');
                at += 2;
            }
            TokenTree::Group(group) => {
                out.push('(');
                walk(group.stream(), out)?;
                // A long list that is broken into lines ends in one.
                if out.ends_with(',') {
                    out.pop();
                }
                out.push(')');
            }
            TokenTree::Ident(_) => out.push('i'),
            TokenTree::Punct(punct) => out.push(punct.as_char()),
            TokenTree::Literal(literal) => {
                let text = syn::parse_str::<syn::LitStr>(&literal.to_string());
                match text.map(|text| text.value()) {
                    Ok(text) if is_statement(&text) => out.push_str(&format!("<{}>", sql(&text)?)),
                    _ => out.push('l'),
                }
            }
        }
        at += 1;
    }
    Ok(())
}

fn is_statement(text: &str) -> bool {
    let lower = text.trim_start().to_lowercase();
    ["insert ", "update ", "delete ", "with ", "select "]
        .iter()
        .any(|start| lower.starts_with(start))
        && text.contains('\n')
}

/// JSON: its braces and brackets, a mark for each value.
pub(crate) fn json(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<String> = members.values().map(json).collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(json).collect();
            format!("[{}]", items.join(","))
        }
        Value::String(_) => "s".to_owned(),
        Value::Number(_) => "n".to_owned(),
        Value::Bool(_) => "b".to_owned(),
        Value::Null => "0".to_owned(),
    }
}

/// A file as a grammar reads it: the kinds of its nodes, without comments and without what they hold.
///
/// # Errors
///
/// It is not of the language.
pub(crate) fn grammar(language: &tree_sitter::Language, text: &str) -> Result<String, String> {
    fn kinds(node: tree_sitter::Node<'_>, out: &mut String) {
        // How a text is escaped depends on what it holds.
        let is_text = node.kind().starts_with("template_chars") || node.kind() == "escape_sequence";
        if is_text || node.is_extra() || node.kind().contains("comment") {
            return;
        }
        out.push_str(node.kind());
        out.push('(');
        let mut cursor = node.walk();
        node.named_children(&mut cursor)
            .for_each(|child| kinds(child, out));
        out.push(')');
    }
    let mut parser = tree_sitter::Parser::new();
    parser
        .set_language(language)
        .map_err(|error| error.to_string())?;
    let tree = parser.parse(text, None).ok_or("nothing was parsed")?;
    let root = tree.root_node();
    if root.has_error() {
        return Err(root.to_sexp());
    }
    let mut out = String::new();
    kinds(root, &mut out);
    Ok(out)
}
