//! The vocabulary that every generated line is written against.
//!
//! The closed set of kinds and their forms, the value types that no database and no language
//! rounds, identifiers and their spelling per target, the declared words, and the shape of the
//! generated constants. Code generation and running programs read the same table here.

pub mod abi;
mod array;
mod by_value;
mod canonical;
mod case;
pub mod check;
pub mod crud;
mod declared;
pub mod device;
mod exact;
pub mod facts;
mod foreign;
mod holds;
mod id;
pub mod ident;
pub mod kind;
mod kind_syntax;
mod label;
mod language;
mod list;
pub mod objects;
pub mod plan;
#[cfg(feature = "tokio-postgres")]
pub mod postgres;
pub mod pull;
pub mod recipe;
pub mod row;
#[cfg(feature = "rusqlite")]
pub mod sqlite;
pub mod statement;
pub mod table;
mod value;
pub mod words;

pub use case::{Case, Collision, collisions};
pub use declared::Declared;
pub use exact::{
    Date, Decimal, DecimalError, Interval, IntervalError, Json, JsonError, JsonProblem,
    LocalTimestamp, Time, TimeError, Timestamp, Uuid, UuidError,
};
pub use holds::Holds;
pub use id::{ClientId, IdEncoding, IdError, IdPart, Recipe, RecipePart};
pub use ident::{Database, derived_name};
pub use kind::{Element, Kind, Name, Scalar};
pub use kind_syntax::{ElementSyntax, KindError, KindProblem, KindSyntax};
pub use label::{Label, MaybeKnown};
pub use language::Language;
pub use row::{RowError, SyncTable};
#[doc(hidden)]
pub use synctable_macros::{__bind, __bind_delete, __bind_patch, __bind_put, __uploads};
pub use synctable_macros::{Delete, Patch, Put, SyncTable};
pub use table::{
    ClientOptions, Column, ColumnDef, EnumDef, ForeignKeyDef, Registry, StreamDef, StreamParam,
    TableDef, UniqueDef,
};
pub use value::{Value, ValueError};
pub use words::{
    ConflictRule, DeleteRule, Direction, EnumStorage, FkAction, Role, SyncMode, Uploaded,
};
