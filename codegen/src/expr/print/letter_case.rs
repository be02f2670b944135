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
    let mut quote = None;
    let lowered = text.chars().map(|c| {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            None => return c.to_ascii_lowercase(),
            Some(_) => {}
        }
        c
    });
    lowered.collect()
}
