//! Large numbers in messages.

/// A number as a reader takes it in; what multiplies grows past any that says more.
///
/// ```
/// use synctable_codegen::diagnostic::counted;
///
/// assert_eq!(counted(4095), "4095");
/// assert_eq!(counted(u64::MAX), "more than a million");
/// ```
#[must_use]
pub fn counted(number: u64) -> String {
    match number {
        1_000_001.. => "more than a million".to_owned(),
        few => few.to_string(),
    }
}
