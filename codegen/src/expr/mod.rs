//! The expression language: read once, checked against the kinds, printed for every dialect.
//!
//! ```text
//! snippet ─parse─▶ Expr (resolved, kind-checked, constants canonical) ─print─▶ Postgres · SQLite · PowerSync
//!                    │                                                            │
//!                    └──normalise──▶ one normal form ◀──catalog── what a database's catalog says
//! ```
//!
//! Nothing here knows YAML: mistakes are [`Problem`]s with byte ranges inside the snippet.
//!
//! ```
//! use synctable::{Kind, Scalar};
//! use synctable_codegen::expr::{Context, Known, Row, Scope, parse};
//!
//! let known = Known::default();
//! let row = Row::new("todos").with("title", Kind::Scalar(Scalar::Text));
//! let scope = Scope::new(&known, &row);
//! assert!(parse("length(title) between 1 and 500", &scope, Context::Check).is_ok());
//!
//! let problems = parse("length(titel) > 0 and nwo() > 1", &scope, Context::Check).unwrap_err();
//! assert_eq!(problems.len(), 2);
//! assert_eq!(problems[0].message, "`todos` has no column `titel`");
//! assert_eq!(problems[0].helps, ["did you mean `title`?"]);
//! ```

pub mod access;
pub mod access_table;
pub mod catalog;
pub mod constant;
mod evaluate;
mod implies;
mod kind;
mod normalise;
mod parse;
pub mod print;
mod problem;
mod scope;
mod stack;
pub mod written;

pub(crate) use evaluate::evaluate;
pub use implies::Implications;
pub(crate) use kind::Family;
pub use normalise::normalise;
pub use parse::{parse, parse_select, select_kind};
pub use problem::Problem;
pub use scope::{ColumnFact, Context, Known, Row, Scope};
