//! Who sent an entry, as far as that says what it means.

use super::release::Release;

/// The device that sent an entry, and its user.
///
/// ```
/// use synctable::crud::{Release, Sender};
/// let sender = Sender::of(&Release::CURRENT).user("0192f0c1-7a3b-7cde-8f01-23456789abcd");
/// assert!(sender.user_id.is_some());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender<'a> {
    /// What the device was built with.
    pub release: Release,
    /// The user's id, which the server fills in where the declaration says `auth.user_id()`.
    ///
    /// An id that a recipe makes of it is held against the recipe only where it is known.
    pub user_id: Option<&'a str>,
}

impl Sender<'static> {
    /// A device whose user is not known.
    pub const fn of(release: &Release) -> Self {
        Sender {
            release: *release,
            user_id: None,
        }
    }
}

impl Sender<'_> {
    /// With its user's id.
    #[must_use]
    pub const fn user(self, id: &str) -> Sender<'_> {
        Sender {
            release: self.release,
            user_id: Some(id),
        }
    }
}
