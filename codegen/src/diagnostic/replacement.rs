//! What an editor can write in the place that a diagnostic marks.

use super::Diagnostic;

impl Diagnostic {
    /// The text that a help names to be written in place of `marked`, the text that the diagnostic marks.
    ///
    /// A help does so as "did you mean `x`?" or "write `x`". It is a replacement only where the message quotes all that is
    /// marked: otherwise, the help is about a part of it.
    ///
    /// ```
    /// use synctable_codegen::diagnostic::{Diagnostic, UNKNOWN_KEY};
    ///
    /// let diagnostic = Diagnostic::error(UNKNOWN_KEY, "a column has no key `tipe`").help("did you mean `kind`?");
    /// assert_eq!(diagnostic.replacement("tipe"), Some("kind"));
    /// assert_eq!(diagnostic.replacement("tipe: uuid"), None);
    /// ```
    #[must_use]
    pub fn replacement(&self, marked: &str) -> Option<&str> {
        if marked.is_empty() || !self.message.contains(&format!("`{marked}`")) {
            return None;
        }
        self.help.iter().find_map(|help| {
            let named = help
                .strip_prefix("did you mean `")
                .and_then(|rest| rest.strip_suffix("`?"))
                .or_else(|| help.strip_prefix("write `")?.strip_suffix('`'))
                .or_else(|| help.strip_prefix("quote it: `")?.strip_suffix('`'))?;
            (!named.contains('`')).then_some(named)
        })
    }
}
