//! One change of a Postgres schema: what is decided, before anything is printed.

use crate::catalog::Name;
use std::fmt;

/// A change that leads from one schema to the next.
///
/// Tables and columns have the names that they have afterwards, but for what is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Roles are needed that were not needed before.
    Roles,
    /// An extension is needed that was not needed before.
    Extension(String),
    /// A schema comes.
    AddSchema(String),
    /// A schema goes.
    DropSchema(String),
    /// A role may look into a schema, or no longer.
    Usage {
        /// The schema.
        schema: String,
        /// The role.
        role: String,
        /// Whether it may.
        granted: bool,
    },
    /// An enum or a domain.
    Type {
        /// Its name afterwards; the old one where it is dropped.
        name: Name,
        /// What becomes of it.
        change: TypeChange,
    },
    /// A table comes, with all that belongs to it but foreign keys, triggers and policies.
    AddTable(Name),
    /// A table goes, with its rows.
    DropTable(Name),
    /// A table gets another name.
    RenameTable {
        /// Its name so far.
        from: Name,
        /// Its name afterwards.
        to: Name,
    },
    /// A column of a table that stays.
    Column {
        /// The table.
        table: Name,
        /// The column.
        column: String,
        /// What becomes of it.
        change: ColumnChange,
    },
    /// A constraint or an index of a table that stays.
    Part {
        /// The table.
        table: Name,
        /// What it is.
        kind: PartKind,
        /// Its name afterwards; the old one where it is dropped.
        name: String,
        /// What becomes of it.
        change: PartChange,
    },
    /// What holds no data: it is dropped and made anew.
    Object {
        /// The object.
        object: Object,
        /// What becomes of it.
        fate: Fate,
    },
    /// What a role may do with a table that stays.
    Grants {
        /// The table.
        table: Name,
        /// The role.
        role: String,
    },
    /// Whether row-level security binds the owner of a table.
    Rls(Name),
    /// What something tells of itself.
    Comment(Commented),
    /// A table is published, or no longer.
    Publish {
        /// The table.
        table: Name,
        /// Whether it is.
        published: bool,
    },
    /// Rows that are there.
    Rows {
        /// The table.
        table: Name,
        /// The column for whose sake they change.
        column: String,
        /// What happens to them.
        change: RowsChange,
    },
    /// Rows that are shipped with the schema.
    Seeds {
        /// The table.
        table: Name,
        /// The seeds, by their keys.
        names: Vec<String>,
        /// What becomes of them.
        change: SeedsChange,
    },
    /// Hand-written SQL.
    Written {
        /// Its name.
        name: String,
        /// What becomes of it.
        fate: Fate,
    },
}

/// What becomes of an enum or a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeChange {
    /// An enum comes.
    AddEnum,
    /// A domain comes.
    AddDomain,
    /// An enum goes.
    DropEnum,
    /// A domain goes.
    DropDomain,
    /// An enum gets another name.
    RenameEnum {
        /// Its name so far.
        from: Name,
    },
    /// A domain gets another name.
    RenameDomain {
        /// Its name so far.
        from: Name,
    },
    /// An enum gets a label.
    AddLabel {
        /// The label.
        label: String,
        /// The label before which it stands; the last one where absent.
        before: Option<String>,
    },
    /// An enum is made anew under its name, because Postgres takes no label away and sorts by their order.
    RemakeEnum {
        /// Its name so far.
        from: Name,
        /// The labels that rows no longer hold, each with the one that takes its place.
        replaced: Vec<(String, String)>,
    },
    /// A domain is made anew under its name, over another type.
    RemakeDomain {
        /// Its name so far.
        from: Name,
        /// The type below it.
        base: String,
    },
    /// A check of a domain comes.
    AddCheck(String),
    /// A check of a domain gets another name.
    RenameCheck {
        /// Its name so far.
        from: String,
        /// Its name afterwards.
        to: String,
    },
    /// A check of a domain goes.
    DropCheck(String),
}

/// What becomes of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnChange {
    /// It comes.
    Add,
    /// It goes, with its values.
    Drop,
    /// It gets another name.
    Rename {
        /// Its name so far.
        from: String,
    },
    /// It gets another type.
    Retype {
        /// Its type so far.
        from: String,
        /// Its type afterwards.
        to: String,
    },
    /// NULL is no longer a value.
    Require,
    /// NULL becomes a value.
    Relax,
    /// What fills it is another value.
    SetDefault,
    /// Nothing fills it any more.
    DropDefault,
    /// It counts up.
    AddIdentity,
    /// It no longer counts up.
    DropIdentity,
    /// It keeps its values, and is computed no longer.
    Settle,
    /// It is computed from something else: dropped and added.
    Recompute,
    /// It held values, which go, and is computed.
    Compute,
}

/// What happens to the rows that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowsChange {
    /// Those without a value get one.
    Fill,
    /// Labels that are gone give place to others.
    Replace,
    /// What came meanwhile without a value, or with a label that is gone, gets the other one, too.
    Again,
    /// They stay what they are, and are sent to devices again.
    Touch,
}

/// What becomes of rows that are shipped with the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeedsChange {
    /// They come.
    Add,
    /// They say something else.
    Change,
    /// They go.
    Remove,
}

/// A constraint or an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartKind {
    /// A primary key.
    Key,
    /// A unique constraint.
    Unique,
    /// A unique index.
    UniqueIndex,
    /// An exclusion constraint.
    Exclusion,
    /// A foreign key.
    ForeignKey,
    /// A check.
    Check,
    /// An index.
    Index,
}

/// What becomes of a constraint or an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartChange {
    /// It comes.
    Add,
    /// It goes.
    Drop,
    /// It gets another name.
    Rename {
        /// Its name so far.
        from: String,
    },
    /// Rows that were there before satisfy it, too.
    Validate,
    /// The index of a unique constraint is there, and becomes one.
    Attach,
}

/// Something that holds no data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Object {
    /// A view, by its qualified name.
    View(String),
    /// A policy.
    Policy {
        /// The qualified name of its table.
        table: String,
        /// Its name.
        name: String,
    },
    /// A trigger.
    Trigger {
        /// The qualified name of its table.
        table: String,
        /// Its name.
        name: String,
    },
    /// A function, by its qualified name.
    Function(String),
}

/// What becomes of something that holds no data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It comes.
    New,
    /// It goes.
    Gone,
    /// It says something else, and is dropped and made anew.
    Changed,
    /// It says something else, and takes the place of what is there.
    Replaced,
    /// It says what it said, and is made anew because something that it names changes.
    InTheWay,
}

/// Something with a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Commented {
    /// A table.
    Table(Name),
    /// A column.
    Column(Name, String),
    /// An enum.
    Enum(Name),
    /// A domain.
    Domain(Name),
}

impl Object {
    /// The qualified name of the table that it belongs to.
    pub(super) fn table(&self) -> Option<&String> {
        match self {
            Self::Policy { table, .. } | Self::Trigger { table, .. } => Some(table),
            Self::View(_) | Self::Function(_) => None,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Roles => f.write_str("need roles that `setup.sql` makes"),
            Self::Extension(name) => write!(f, "make the extension `{name}`, if it is missing"),
            Self::AddSchema(name) => write!(f, "add the schema `{name}`"),
            Self::DropSchema(name) => write!(f, "drop the schema `{name}`"),
            Self::Usage {
                schema,
                role,
                granted,
            } => match granted {
                true => write!(f, "let `{role}` use the schema `{schema}`"),
                false => write!(f, "no longer let `{role}` use the schema `{schema}`"),
            },
            Self::Type { name, change } => type_change(f, &name.name, change),
            Self::AddTable(name) => write!(f, "add the table `{}`", name.name),
            Self::DropTable(name) => write!(f, "drop the table `{}` with its rows", name.name),
            Self::RenameTable { from, to } => {
                write!(f, "rename the table `{}` to `{}`", from.name, to.name)
            }
            Self::Column {
                table,
                column,
                change,
            } => column_change(f, &table.name, column, change),
            Self::Part {
                table,
                kind,
                name,
                change,
            } => {
                let table = &table.name;
                match change {
                    PartChange::Add => write!(f, "add the {kind} `{name}` of `{table}`"),
                    PartChange::Drop => write!(f, "drop the {kind} `{name}` of `{table}`"),
                    PartChange::Rename { from } => {
                        write!(f, "rename the {kind} `{from}` of `{table}` to `{name}`")
                    }
                    PartChange::Validate => {
                        write!(f, "check all rows of `{table}` against the {kind} `{name}`")
                    }
                    PartChange::Attach => {
                        write!(f, "make the index `{name}` of `{table}` a {kind}")
                    }
                }
            }
            Self::Object { object, fate } => match fate {
                Fate::New => write!(f, "add {object}"),
                Fate::Gone => write!(f, "drop {object}"),
                Fate::Changed | Fate::Replaced => write!(f, "change {object}"),
                Fate::InTheWay => write!(f, "make {object} anew"),
            },
            Self::Grants { table, role } => {
                write!(f, "change what `{role}` may do with `{}`", table.name)
            }
            Self::Rls(table) => write!(
                f,
                "change whether row-level security binds the owner of `{}`",
                table.name
            ),
            Self::Comment(on) => match on {
                Commented::Table(name) => write!(f, "change the comment of `{}`", name.name),
                Commented::Column(table, column) => {
                    write!(f, "change the comment of `{}.{column}`", table.name)
                }
                Commented::Enum(name) | Commented::Domain(name) => {
                    write!(f, "change the comment of `{}`", name.name)
                }
            },
            Self::Publish { table, published } => match published {
                true => write!(f, "publish `{}`", table.name),
                false => write!(f, "no longer publish `{}`", table.name),
            },
            Self::Rows {
                table,
                column,
                change,
            } => match change {
                RowsChange::Fill => {
                    write!(
                        f,
                        "fill `{}.{column}` in rows that have no value",
                        table.name
                    )
                }
                RowsChange::Replace => {
                    write!(f, "replace labels in `{}.{column}`", table.name)
                }
                RowsChange::Again => write!(
                    f,
                    "update `{}.{column}` also in rows that came meanwhile",
                    table.name
                ),
                RowsChange::Touch => write!(
                    f,
                    "send all rows of `{}` to devices again, for `{column}`",
                    table.name
                ),
            },
            Self::Seeds {
                table,
                names,
                change,
            } => {
                let verb = match change {
                    SeedsChange::Add => "add",
                    SeedsChange::Change => "change",
                    SeedsChange::Remove => "remove",
                };
                write!(f, "{verb} {} of `{}`", seeds(names), table.name)
            }
            Self::Written { name, fate } => match fate {
                Fate::New => write!(f, "run the SQL `{name}`"),
                Fate::Gone => write!(f, "undo the SQL `{name}`"),
                Fate::Changed | Fate::Replaced | Fate::InTheWay => {
                    write!(f, "undo the SQL `{name}` and run it anew")
                }
            },
        }
    }
}

/// The first of some seeds, and how many more there are.
fn seeds(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    match (names.len(), names.len().saturating_sub(SHOWN)) {
        (1, _) => format!("the seed {}", shown.join("")),
        (_, 0) => format!("the seeds {}", shown.join(", ")),
        (_, more) => format!("the seeds {} and {more} more", shown.join(", ")),
    }
}

fn type_change(f: &mut fmt::Formatter<'_>, name: &str, change: &TypeChange) -> fmt::Result {
    match change {
        TypeChange::AddEnum => write!(f, "add the enum `{name}`"),
        TypeChange::AddDomain => write!(f, "add the domain `{name}`"),
        TypeChange::DropEnum => write!(f, "drop the enum `{name}`"),
        TypeChange::DropDomain => write!(f, "drop the domain `{name}`"),
        TypeChange::RenameEnum { from } => write!(f, "rename the enum `{}` to `{name}`", from.name),
        TypeChange::RenameDomain { from } => {
            write!(f, "rename the domain `{}` to `{name}`", from.name)
        }
        TypeChange::AddLabel { label, .. } => {
            write!(f, "add the label `{label}` to the enum `{name}`")
        }
        TypeChange::RemakeEnum { replaced, .. } if replaced.is_empty() => {
            write!(f, "put the labels of the enum `{name}` into another order")
        }
        TypeChange::RemakeEnum { replaced, .. } => {
            let replaced: Vec<String> = replaced
                .iter()
                .map(|(old, new)| format!("`{old}` by `{new}`"))
                .collect();
            write!(f, "replace {} in the enum `{name}`", replaced.join(", "))
        }
        TypeChange::RemakeDomain { base, .. } => {
            write!(f, "put the domain `{name}` over {base}")
        }
        TypeChange::AddCheck(check) => write!(f, "add the check `{check}` of the domain `{name}`"),
        TypeChange::RenameCheck { from, to } => {
            write!(
                f,
                "rename the check `{from}` of the domain `{name}` to `{to}`"
            )
        }
        TypeChange::DropCheck(check) => {
            write!(f, "drop the check `{check}` of the domain `{name}`")
        }
    }
}

fn column_change(
    f: &mut fmt::Formatter<'_>,
    table: &str,
    column: &str,
    change: &ColumnChange,
) -> fmt::Result {
    match change {
        ColumnChange::Add => write!(f, "add the column `{table}.{column}`"),
        ColumnChange::Drop => write!(f, "drop the column `{table}.{column}` with its values"),
        ColumnChange::Rename { from } => {
            write!(f, "rename the column `{table}.{from}` to `{column}`")
        }
        ColumnChange::Retype { from, to } if from == to => {
            write!(f, "write `{table}.{column}` anew as the changed {to}")
        }
        ColumnChange::Retype { from, to } => {
            write!(
                f,
                "change the type of `{table}.{column}` from {from} to {to}"
            )
        }
        ColumnChange::Require => write!(f, "require a value in `{table}.{column}`"),
        ColumnChange::Relax => write!(f, "let `{table}.{column}` be NULL"),
        ColumnChange::SetDefault => write!(f, "change the default of `{table}.{column}`"),
        ColumnChange::DropDefault => write!(f, "drop the default of `{table}.{column}`"),
        ColumnChange::AddIdentity => write!(f, "let `{table}.{column}` count up"),
        ColumnChange::DropIdentity => write!(f, "no longer let `{table}.{column}` count up"),
        ColumnChange::Settle => write!(
            f,
            "no longer compute `{table}.{column}`, and keep its values"
        ),
        ColumnChange::Recompute => write!(f, "compute `{table}.{column}` anew"),
        ColumnChange::Compute => {
            write!(
                f,
                "compute `{table}.{column}`, and drop the values that it holds"
            )
        }
    }
}

impl fmt::Display for PartKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "primary key",
            Self::Unique => "unique constraint",
            Self::UniqueIndex => "unique index",
            Self::Exclusion => "exclusion constraint",
            Self::ForeignKey => "foreign key",
            Self::Check => "check",
            Self::Index => "index",
        })
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::View(name) => write!(f, "the view `{name}`"),
            Self::Policy { table, name } => write!(f, "the policy `{name}` of `{table}`"),
            Self::Trigger { table, name } => write!(f, "the trigger `{name}` of `{table}`"),
            Self::Function(name) => write!(f, "the function `{name}`"),
        }
    }
}
