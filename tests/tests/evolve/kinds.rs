//! The kinds of changes that there are, so that random ones can be counted by kind.

use std::collections::{BTreeMap, BTreeSet};

use synctable_codegen::targets::postgres::evolve::{
    Change, ColumnChange, Commented, Fate, Object, PartChange, PartKind, RowsChange, SeedsChange,
    TypeChange,
};

/// What kind of change it is.
pub(crate) fn kind(change: &Change) -> String {
    match change {
        Change::Roles => "roles".to_owned(),
        Change::Extension(_) => "make extension".to_owned(),
        Change::AddSchema(_) => "add schema".to_owned(),
        Change::DropSchema(_) => "drop schema".to_owned(),
        Change::Usage { granted, .. } => match granted {
            true => "grant usage".to_owned(),
            false => "revoke usage".to_owned(),
        },
        Change::Type { change, .. } => match change {
            TypeChange::AddEnum => "add enum",
            TypeChange::AddDomain => "add domain",
            TypeChange::DropEnum => "drop enum",
            TypeChange::DropDomain => "drop domain",
            TypeChange::RenameEnum { .. } => "rename enum",
            TypeChange::RenameDomain { .. } => "rename domain",
            TypeChange::AddLabel { .. } => "add label",
            TypeChange::RemakeEnum { replaced, .. } if replaced.is_empty() => "sort labels",
            TypeChange::RemakeEnum { .. } => "replace labels of a type",
            TypeChange::RemakeDomain { .. } => "put a domain over another type",
            TypeChange::AddCheck(_) => "add check of a domain",
            TypeChange::RenameCheck { .. } => "rename check of a domain",
            TypeChange::DropCheck(_) => "drop check of a domain",
        }
        .to_owned(),
        Change::AddTable(_) => "add table".to_owned(),
        Change::DropTable(_) => "drop table".to_owned(),
        Change::RenameTable { .. } => "rename table".to_owned(),
        Change::Column { change, .. } => match change {
            ColumnChange::Add => "add column",
            ColumnChange::Drop => "drop column",
            ColumnChange::Rename { .. } => "rename column",
            ColumnChange::Retype { from, to } if from == to => "write column as a remade type",
            ColumnChange::Retype { .. } => "retype column",
            ColumnChange::Require => "require column",
            ColumnChange::Relax => "relax column",
            ColumnChange::SetDefault => "set default",
            ColumnChange::DropDefault => "drop default",
            ColumnChange::AddIdentity => "add identity",
            ColumnChange::DropIdentity => "drop identity",
            ColumnChange::Settle => "settle computed column",
            ColumnChange::Recompute => "compute column anew",
            ColumnChange::Compute => "compute column that held values",
        }
        .to_owned(),
        Change::Part { kind, change, .. } => {
            let how = match change {
                PartChange::Add => "add",
                PartChange::Drop => "drop",
                PartChange::Rename { .. } => "rename",
                PartChange::Validate => "validate",
                PartChange::Attach => "attach",
            };
            format!("{how} {kind}")
        }
        Change::Object { object, fate } => {
            let what = match object {
                Object::View(_) => "view",
                Object::Policy { .. } => "policy",
                Object::Trigger { .. } => "trigger",
                Object::Function(_) => "function",
            };
            format!("{} {what}", fate_of(*fate))
        }
        Change::Grants { .. } => "grants".to_owned(),
        Change::Rls(_) => "bind the owner".to_owned(),
        Change::Comment(on) => match on {
            Commented::Table(_) => "comment table",
            Commented::Column(..) => "comment column",
            Commented::Enum(_) => "comment enum",
            Commented::Domain(_) => "comment domain",
        }
        .to_owned(),
        Change::Publish { published, .. } => match published {
            true => "publish".to_owned(),
            false => "no longer publish".to_owned(),
        },
        Change::Rows { change, .. } => match change {
            RowsChange::Fill => "fill rows",
            RowsChange::Replace => "replace labels of a text",
            RowsChange::Again => "update rows that came meanwhile",
            RowsChange::Touch => "send rows again",
        }
        .to_owned(),
        Change::Seeds { change, .. } => match change {
            SeedsChange::Add => "add seeds",
            SeedsChange::Change => "change seeds",
            SeedsChange::Remove => "remove seeds",
        }
        .to_owned(),
        Change::Written { fate, .. } => format!("{} written SQL", fate_of(*fate)),
    }
}

const fn fate_of(fate: Fate) -> &'static str {
    match fate {
        Fate::New => "add",
        Fate::Gone => "drop",
        Fate::Changed => "change",
        Fate::Replaced => "replace",
        Fate::InTheWay => "make anew",
    }
}

/// Kinds that random changes have to make.
fn wanted() -> BTreeSet<String> {
    let mut wanted: BTreeSet<String> = [
        "add schema",
        "drop schema",
        "grant usage",
        "revoke usage",
        "add enum",
        "add domain",
        "drop enum",
        "drop domain",
        "rename enum",
        "rename domain",
        "add label",
        "sort labels",
        "replace labels of a type",
        "put a domain over another type",
        "add check of a domain",
        "rename check of a domain",
        "drop check of a domain",
        "add table",
        "drop table",
        "rename table",
        "add column",
        "drop column",
        "rename column",
        "write column as a remade type",
        "retype column",
        "require column",
        "relax column",
        "set default",
        "drop default",
        "add identity",
        "drop identity",
        "settle computed column",
        "compute column anew",
        "compute column that held values",
        "grants",
        "bind the owner",
        "comment table",
        "comment column",
        "comment enum",
        "comment domain",
        "publish",
        "no longer publish",
        "fill rows",
        "replace labels of a text",
        "update rows that came meanwhile",
        "send rows again",
        "add seeds",
        "change seeds",
        "remove seeds",
        "roles",
    ]
    .map(str::to_owned)
    .into();
    let parts = [
        (PartKind::Key, &["add", "drop", "rename"][..]),
        (PartKind::Unique, &["add", "drop", "rename", "attach"]),
        (PartKind::UniqueIndex, &["add", "drop", "rename"]),
        (PartKind::Exclusion, &["add", "drop", "rename"]),
        (PartKind::ForeignKey, &["add", "drop", "rename", "validate"]),
        (PartKind::Check, &["add", "drop", "rename", "validate"]),
        (PartKind::Index, &["add", "drop", "rename"]),
    ];
    for (kind, ways) in parts {
        wanted.extend(ways.iter().map(|way| format!("{way} {kind}")));
    }
    for (what, ways) in [
        ("view", &["add", "drop", "make anew"][..]),
        ("policy", &["add", "drop", "change", "make anew"]),
        ("trigger", &["add", "drop", "change", "make anew"]),
        (
            "function",
            &["add", "drop", "change", "replace", "make anew"],
        ),
        ("written SQL", &["add", "drop", "change"]),
    ] {
        wanted.extend(ways.iter().map(|way| format!("{way} {what}")));
    }
    wanted
}

/// Kinds that come too seldom for a short run: a function gives back another type than before.
const RARE: &[&str] = &["change function"];

/// The kinds that never came.
pub(crate) fn missing(found: &BTreeMap<String, usize>) -> Vec<String> {
    let wanted = wanted();
    let is_rare = |kind: &str| !tests::long() && RARE.contains(&kind);
    let missing = wanted
        .iter()
        .filter(|kind| !found.contains_key(*kind) && !is_rare(kind));
    missing.cloned().collect()
}
