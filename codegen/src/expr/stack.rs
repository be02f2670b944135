//! Room for reading: a level of nesting costs the parser up to 100 KB of stack where nothing is optimised.

/// How deep the parser may call itself.
pub(super) const RECURSION: usize = 72;

/// Room for so many levels, and as much again.
const STACK: usize = 16 * 1024 * 1024;

/// With fewer words and signs than this, no text nests deeper than any thread has room for.
const FEW: usize = 12;

/// Does the work where a text with so many words and signs has room; `None` where no thread can be had.
pub(super) fn with_room<T: Send>(signs: usize, work: impl FnOnce() -> T + Send) -> Option<T> {
    if signs <= FEW {
        return Some(work());
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, work)
            .ok()?;
        match thread.join() {
            Ok(result) => Some(result),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
