//! What a database has around its tables, and the text of every object: what somebody needs who does not know the model yet.

use super::queries;
use crate::catalog::Name;
use crate::map::IndexMap;
use ::postgres::{Error, Transaction};

/// What a database has around its tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Its name.
    pub database: String,
    /// The schemas that are nobody's but the app's.
    pub schemas: Vec<String>,
    /// Whether it has the functions of Supabase that know the caller.
    pub is_supabase: bool,
    /// Its roles.
    pub roles: Vec<String>,
    /// Who owns most tables of these schemas.
    pub owner: Option<String>,
    /// Whether its owner bypasses row-level security.
    pub owner_bypasses_rls: bool,
    /// Whether everybody may make temporary objects.
    pub keeps_temp: bool,
    /// Its publications that have tables, by name.
    pub publications: Vec<String>,
    /// The functions that return sets and take nothing.
    pub sets: Vec<Name>,
    /// The schemas of functions that were generated: those that know the caller's id and token.
    pub private: Vec<String>,
}

/// What kind of object a text makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Made {
    /// A function or procedure.
    Function,
    /// A trigger.
    Trigger,
    /// A policy.
    Policy,
    /// An index that is not a constraint's.
    Index,
    /// A constraint but a primary key.
    Constraint,
    /// A view.
    View,
    /// What makes a column's identity or numbers differ from a declared one.
    Column,
}

/// The statements that make the objects of some schemas, by kind, table (or schema) and name.
pub type Texts = IndexMap<(Made, Name, String), String>;

/// What is around the tables of a database.
///
/// For the rest of the transaction nothing but `pg_catalog` is on the search path.
///
/// # Errors
///
/// What the connection or the server refuses.
pub fn surroundings(transaction: &mut Transaction<'_>) -> Result<Surroundings, Error> {
    transaction.batch_execute("set local search_path = pg_catalog, pg_temp")?;
    let row = transaction.query_one(queries::SURROUNDINGS, &[])?;
    let functions: Vec<String> = row.get(8);
    let names: Vec<String> = row.get(9);
    let sets = functions.into_iter().zip(names);
    Ok(Surroundings {
        database: row.get(0),
        schemas: row.get(1),
        is_supabase: row.get(2),
        roles: row.get(3),
        owner: row.get(4),
        owner_bypasses_rls: row.get(5),
        keeps_temp: row.get(6),
        publications: row.get(7),
        sets: sets.map(|(schema, name)| Name::new(schema, name)).collect(),
        private: row.get(10),
    })
}

/// Both conditions of a policy, as Postgres prints them.
pub type Condition = (Option<String>, Option<String>);

/// The conditions of the policies in some schemas, by table and name.
///
/// # Errors
///
/// What the connection or the server refuses.
pub fn conditions(
    transaction: &mut Transaction<'_>,
    schemas: &[String],
) -> Result<IndexMap<(Name, String), Condition>, Error> {
    let rows = transaction.query(queries::POLICIES, &[&schemas])?;
    let conditions = rows.iter().map(|row| {
        let table = Name::new(row.get::<_, String>(0), row.get::<_, String>(1));
        ((table, row.get(2)), (row.get(6), row.get(7)))
    });
    Ok(conditions.collect())
}

/// The statements that make what is in some schemas, each with its semicolon.
///
/// # Errors
///
/// What the connection or the server refuses.
pub fn texts(transaction: &mut Transaction<'_>, schemas: &[String]) -> Result<Texts, Error> {
    transaction.batch_execute("set local search_path = pg_catalog, pg_temp")?;
    let mut texts = Texts::default();
    for row in transaction.query(queries::TEXTS, &[&schemas])? {
        let made = match row.get::<_, &str>(0) {
            "function" => Made::Function,
            "trigger" => Made::Trigger,
            "policy" => Made::Policy,
            "index" => Made::Index,
            "constraint" => Made::Constraint,
            "view" => Made::View,
            _ => Made::Column,
        };
        let of = Name::new(row.get::<_, String>(1), row.get::<_, String>(2));
        let text: String = row.get(4);
        let text = text.trim_end().trim_end_matches(';');
        texts
            .entry((made, of, row.get(3)))
            .and_modify(|before: &mut String| *before += &format!("\n{text};"))
            .or_insert_with(|| format!("{text};"));
    }
    Ok(texts)
}
