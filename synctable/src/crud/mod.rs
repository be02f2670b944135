//! Upload entries: decoded into typed, validated changes, and encoded back in the one canonical form.
//!
//! An [`Entry`] is what a device queued: an operation, a table and an id as the device names them, and values as SQLite
//! stores them.
//! The generated `Change` of an app is what it means: `Change::decode` gives one or a [`Refusal`] with every mistake of
//! the entry, `Change::encode` the way back.
//! What a statement needs of a change is its [`Write`].
//! A program that has no generated structs reads entries with a [`Decoder`] over the same tables.
//!
//! [`Entry::from_json`] reads the JSON text of an entry; with the feature `serde` an `Entry` is also read as a part of
//! something larger, and written, and an [`OwnedEntry`] where nothing can be borrowed.

mod changes;
mod edit;
mod entry;
pub(crate) mod json;
mod layout;
mod read;
mod refusal;
mod release;
mod sender;
mod sent;
#[cfg(feature = "serde")]
mod serde;
mod untyped;
mod write;

pub use edit::{Edit, Never, Previous, Upload};
#[doc(hidden)]
pub use edit::{same, show};
pub use entry::{Entry, Member, Op, OwnedEntry};
pub use json::{EntryError, EntryProblem};
pub use read::Reader;
pub use refusal::{Code, Mistake, Refusal};
pub use release::{Added, Release, Releases, Renamed};
pub use sender::Sender;
pub use untyped::{Decoder, Untyped};
pub use write::Write;
