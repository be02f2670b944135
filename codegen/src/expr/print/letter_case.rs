//! Keywords in lower case, for texts that people read beside hand-written SQL.

/// The text with its keywords in lower case.
///
/// Names outside of quotes have no upper case, so that only keywords change.
///
/// ```
/// use synctable_codegen::expr::print::lower_case;
///
/// assert_eq!(lower_case(r#"a IS NULL AND "A" = 'IT''S' OR b"#), r#"a is null and "A" = 'IT''S' or b"#);
/// ```
#[must_use]
pub fn lower_case(text: &str) -> String {
    let mut lowered = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\'', '"']) {
        let (before, quoted) = rest.split_at(at);
        lowered.push_str(before);
        let begun = lowered.len() - before.len();
        lowered[begun..].make_ascii_lowercase();
        let quote = &quoted[..1];
        let end = quoted[1..].find(quote).map_or(quoted.len(), |end| end + 2);
        lowered.push_str(&quoted[..end]);
        rest = &quoted[end..];
    }
    let begun = lowered.len();
    lowered.push_str(rest);
    lowered[begun..].make_ascii_lowercase();
    lowered
}
