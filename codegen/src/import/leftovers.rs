//! What the declaration does not say as the database has it: each thing with the reason, and what happens to it.

use serde::Serialize;

/// What happens to a thing that is not declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is in `sql`, word for word.
    Sql,
    /// It is declared in another form, and stays as it is until the next migration.
    Adopted,
    /// It is not in the declaration, and stays in the database.
    NotManaged,
}

/// A thing that is not declared, or not as the database has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Leftover {
    /// What happens to it.
    pub fate: Fate,
    /// The thing: `table public.items, index items_idx`.
    pub thing: String,
    /// Why it is not declared.
    pub why: String,
    /// The entry of `sql` that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
}
