//! What a server asks of Postgres before it signs the URL of an object: data, as the statements that apply uploads are.
//!
//! A rule is asked as the caller, and is the same condition as the policy that `storage.sql` writes for the bucket.

use std::borrow::Cow;

/// A storage bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: Cow<'static, str>,
    /// Whether anybody may download its objects.
    pub public: bool,
    /// The names of the folders of an object's path, outermost first; a path may have more.
    pub folders: Cow<'static, [Cow<'static, str>]>,
    /// What each role may do.
    pub roles: Cow<'static, [BucketRole]>,
    /// Answers those of the paths `$1` (`text[]`) that a row contains; `None` where no column is declared for them.
    ///
    /// It has to see every row.
    pub referenced: Option<Cow<'static, str>>,
}

/// What a role may do with the objects of a bucket.
///
/// Each text answers one boolean for the bucket `$1` (`text`) and the folders `$2` (`text[]`) of a path; without a text, it
/// is never allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketRole {
    /// The role.
    pub name: Cow<'static, str>,
    /// Whether it may download an object.
    pub read: Option<Cow<'static, str>>,
    /// Whether it may add an object.
    pub insert: Option<Cow<'static, str>>,
    /// Whether it may put another object in the place of one that is there.
    pub replace: Option<Cow<'static, str>>,
}
