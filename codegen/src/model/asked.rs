//! What a server asks of Postgres before it signs the URL of an object.

/// A storage bucket, and what is asked about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedBucket {
    /// Its name.
    pub name: String,
    /// Whether anybody may download its objects.
    pub public: bool,
    /// The names of the folders of a path, outermost first.
    pub folders: Vec<String>,
    /// What each role may do.
    pub roles: Vec<AskedRole>,
    /// Answers those of the paths `$1` that a row contains.
    pub referenced: Option<String>,
}

/// What is asked for a role: each text answers one boolean for the bucket `$1` and the folders `$2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedRole {
    /// The role.
    pub name: String,
    /// Whether it may download.
    pub read: Option<String>,
    /// Whether it may add an object.
    pub insert: Option<String>,
    /// Whether it may replace one.
    pub replace: Option<String>,
}
