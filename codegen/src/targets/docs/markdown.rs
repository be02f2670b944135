//! Texts of the declaration as Markdown that shows them as they are.

/// A text in a paragraph or a heading.
pub(super) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

/// A text as code, also in a cell of a table.
pub(super) fn code(text: &str) -> String {
    if !text.contains(|c: char| c.is_control() || matches!(c, '`' | '|')) {
        return ["`", text, "`"].concat();
    }
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    // As many backticks as no part of the text has; a bar ends a cell even in code.
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let gap = if longest > 0 { " " } else { "" };
    format!("{fence}{gap}{}{gap}{fence}", text.replace('|', "\\|"))
}

/// Several as code, in a list in prose.
pub(super) fn codes<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let texts: Vec<String> = texts.into_iter().map(code).collect();
    texts.join(", ")
}

/// The name of a table in a diagram, which stands between quotes there.
pub(super) fn entity(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '"' | '%' | '\\' | '`' => '_',
            c if c.is_control() => '_',
            c => c,
        })
        .collect()
}

/// The name or the kind of a column in a diagram: a word, and not one of those that mark keys there.
pub(super) fn word(text: &str) -> String {
    let mut word: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let marks = ["PK", "FK", "UK"];
    if marks.iter().any(|mark| mark.eq_ignore_ascii_case(&word)) {
        word.push('_');
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_shown_as_they_are() {
        assert_eq!(text("a *b* | <c>\nd"), r"a \*b\* \| &lt;c> d");
        assert_eq!(code("a | b"), r"`a \| b`");
        assert_eq!(code("a `` b"), "``` a `` b ```");
        assert_eq!(word("decimal(10,2)"), "decimal_10_2_");
        assert_eq!(word("pk"), "pk_");
        assert_eq!(entity("auth.users"), "auth.users");
        assert_eq!(entity("a\"b\n```"), "a_b____");
    }
}
