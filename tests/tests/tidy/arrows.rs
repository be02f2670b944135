//! Finds every path in a source file that stays inside its crate: `crate::…`, `super::…`, `self::…`.
//!
//! It reads tokens, not lines, so comments and texts do not count, and neither does formatting; macros do.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One module naming something of another.
pub(crate) struct Reference {
    /// The module that names it, from the crate's root.
    pub(crate) from: Vec<String>,
    /// What it names, from the crate's root.
    pub(crate) to: Vec<String>,
}

/// The references in `text`, the source of `module`.
///
/// # Errors
///
/// When the text is no Rust.
pub(crate) fn references(module: &[String], text: &str) -> Result<Vec<Reference>, String> {
    let tokens: TokenStream = text.parse().map_err(|error| format!("{error}"))?;
    let mut found = Vec::new();
    walk(module, tokens, &mut found);
    Ok(found)
}

fn walk(module: &[String], tokens: TokenStream, found: &mut Vec<Reference>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Group(group) => {
                let mut inner = module.to_vec();
                // `mod tests { … }` is one step further in.
                if at >= 2 && word(&tokens, at - 2).is_some_and(|word| word == "mod") {
                    inner.extend(word(&tokens, at - 1));
                }
                walk(&inner, group.stream(), found);
                at += 1;
            }
            TokenTree::Ident(ident) if starts_a_path(&tokens, at) => {
                let start = match ident.to_string().as_str() {
                    "crate" => Some(Vec::new()),
                    "self" => Some(module.to_vec()),
                    "super" => Some(parent(module)),
                    _ => None,
                };
                at += 1;
                if let Some(start) = start {
                    at = follow(module, start, &tokens, at, found);
                }
            }
            _ => at += 1,
        }
    }
}

/// Follows `::name::{…}` from `at`, notes where it leads, and returns the place after it.
fn follow(
    module: &[String],
    mut path: Vec<String>,
    tokens: &[TokenTree],
    mut at: usize,
    found: &mut Vec<Reference>,
) -> usize {
    if !double_colon(tokens, at) {
        return at;
    }
    while double_colon(tokens, at) {
        match tokens.get(at + 2) {
            Some(TokenTree::Ident(ident)) if ident == "super" => path = parent(&path),
            Some(TokenTree::Ident(ident)) => path.push(ident.to_string()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                branches(module, &path, group.stream(), found);
                return at + 3;
            }
            // `::*`, or the `::<…>` of a generic.
            _ => break,
        }
        at += 3;
    }
    found.push(Reference {
        from: module.to_vec(),
        to: path,
    });
    at
}

/// The branches of `{a::b, c::{d, e}, self}`.
fn branches(module: &[String], prefix: &[String], tokens: TokenStream, found: &mut Vec<Reference>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    for branch in tokens.split(is_comma) {
        let mut path = prefix.to_vec();
        match word(branch, 0).as_deref() {
            Some("self") | None => {}
            Some("super") => path = parent(&path),
            Some(name) => path.push(name.to_owned()),
        }
        if double_colon(branch, 1) {
            follow(module, path, branch, 1, found);
        } else if !branch.is_empty() {
            found.push(Reference {
                from: module.to_vec(),
                to: path,
            });
        }
    }
}

fn parent(module: &[String]) -> Vec<String> {
    module[..module.len().saturating_sub(1)].to_vec()
}

fn word(tokens: &[TokenTree], at: usize) -> Option<String> {
    match tokens.get(at) {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
        _ => None,
    }
}

fn starts_a_path(tokens: &[TokenTree], at: usize) -> bool {
    at < 2 || !double_colon(tokens, at - 2)
}

fn double_colon(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    colon(at) && colon(at + 1)
}
