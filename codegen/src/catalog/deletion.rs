//! What decides a soft deletion where its rule is not that of an update: a trigger, because a policy sees one row at a time.
//!
//! A write that sets the tombstone is a deletion, and an update too where it changes more than that.
//! The policy for UPDATE lets through what either rule would; the trigger tells them apart.
//! It fires only where they can differ: most changes leave a row that lives, and of these the policy has seen to everything.
//! Its function is stable, so that it looks things up as they were before the statement, as policies do.

use super::policies::{self, RulesOfRole};
use super::{Caller, Name, Trigger, private_schema, server_columns};
use crate::expr::{Row, normalise};
use crate::guard::{self, tombstone};
use crate::model::{self, Expr, Model, Rule};
use synctable::{Database, Role, derived_name};

/// What a role's trigger decides on one table.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The declared table.
    pub table: String,
    /// The role.
    pub role: String,
    /// Its trigger's name.
    pub trigger: String,
    /// The function in the private schema.
    pub function: String,
    /// The table's column that holds the tombstone.
    pub tombstone: String,
    /// Who may set the tombstone; nobody where absent.
    pub delete: Option<Rule>,
    /// Which rows may be changed, and into what; `None` where a deletion is the only change.
    pub update: Option<(Rule, Rule)>,
}

/// The text without the quotes around names that need none but for being keywords, which differ between versions of Postgres.
pub(super) fn bare(text: &str) -> String {
    let is_word = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    let parts: Vec<&str> = text.split('"').collect();
    let mut out = parts[0].to_owned();
    for (index, part) in parts.iter().enumerate().skip(1) {
        // Every second part stands in quotes.
        let quoted =
            |index: usize| index % 2 == 1 && parts.get(index).is_some_and(|name| is_word(name));
        if !quoted(index) && !quoted(index - 1) {
            out.push('"');
        }
        out.push_str(part);
    }
    out
}

impl Decision {
    /// The decision that the rules of a role need, if any.
    pub(super) fn of(
        model: &Model,
        table: &model::Table,
        role: &str,
        rules: &RulesOfRole,
    ) -> Option<Self> {
        let tombstone = rules.tombstone(table)?;
        rules.read.as_ref()?;
        let delete = rules.delete.clone();
        let update = rules.before.clone().zip(rules.after.clone());
        match &update {
            Some((before, after)) => {
                let same = delete.as_ref() == Some(before) && delete.as_ref() == Some(after);
                if same && !speaks_of_a_deletion(table, before) {
                    return None;
                }
            }
            // Without a rule for inserts, grants leave nothing but the tombstone and its time to be written.
            None if rules.insert.is_none() || delete.is_none() => return None,
            None => {}
        }
        let (trigger, function) = match role == model.postgres.roles.client {
            true => (
                derived_name(&[&table.name], "deletion"),
                derived_name(&["decide"], &table.name),
            ),
            false => (
                derived_name(&[&table.name, "deletion"], role),
                derived_name(&["decide", &table.name], role),
            ),
        };
        Some(Self {
            table: table.name.clone(),
            role: role.to_owned(),
            trigger,
            function,
            tombstone: tombstone.name.clone(),
            delete,
            update,
        })
    }

    /// The conditions that it evaluates.
    pub(super) fn conditions(&self) -> impl Iterator<Item = &Expr> {
        let (before, after) = match &self.update {
            Some((before, after)) => (Some(before), Some(after)),
            None => (None, None),
        };
        // Where a deletion is the only change, the policy alone asks whose it is.
        let delete = self.delete.as_ref().filter(|_| self.update.is_some());
        let rules = [delete, before, after];
        rules.into_iter().flatten().filter_map(|rule| match rule {
            Rule::When(expr) => Some(expr),
            Rule::Public => None,
        })
    }

    /// The trigger as a catalog tells it.
    pub(super) fn lowered(&self, model: &Model) -> Trigger {
        let mut condition = format!(
            "(row_security_active(({}::regclass)::oid)ANDpg_has_role({}::name,'usage'::text)",
            Database::Postgres.literal(&bare(&self.qualified(model))),
            Database::Postgres.literal(&self.role)
        );
        if self.leaves_the_living() {
            let column = &model.tables[&self.table].columns[&self.tombstone];
            let name = bare(&Database::Postgres.ident(&column.name));
            condition.push_str(&match tombstone::is_flag(column) {
                true => format!("ANDnew.{name}"),
                false => format!("AND(new.{name}ISNOTNULL)"),
            });
        }
        condition.push(')');
        Trigger {
            when: "before update".to_owned(),
            condition: Some(condition),
            function: Name::new(private_schema(model), &self.function),
        }
    }

    /// Whether the policy alone decides about a row that lives after the update.
    ///
    /// It lets such a row through by the rule of the update alone, if every row that may be deleted may be updated, too.
    fn leaves_the_living(&self) -> bool {
        match (&self.update, &self.delete) {
            (Some((before, _)), Some(delete)) => policies::follows(delete, before),
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    fn qualified(&self, model: &Model) -> String {
        let table = &model.tables[&self.table];
        let [schema, name] =
            [&table.schema, &table.name].map(|part| Database::Postgres.ident(part));
        format!("{schema}.{name}")
    }

    /// When the trigger fires, as a condition that Postgres reads.
    ///
    /// Whoever the policies bind is bound here: not the owner, and nobody who bypasses them.
    pub fn when(&self, model: &Model) -> String {
        let mut when = format!(
            "pg_catalog.row_security_active({}::pg_catalog.regclass) and pg_catalog.pg_has_role({}, 'usage')",
            Database::Postgres.literal(&self.qualified(model)),
            Database::Postgres.literal(&self.role)
        );
        if self.leaves_the_living() {
            let column = &model.tables[&self.table].columns[&self.tombstone];
            when.push_str(" and ");
            when.push_str(&tombstone::row_is_buried(column, "new"));
        }
        when
    }

    /// The text of the function, line by line.
    pub fn body(&self, model: &Model, caller: &Caller<'_>) -> Vec<String> {
        let table = &model.tables[&self.table];
        let row = Row::of(table);
        let column = &table.columns[&self.tombstone];
        let is_not_true = |rule: &Rule, alias: &str| match rule {
            Rule::Public => None,
            Rule::When(expr) => Some(format!(
                "({}) is not true",
                // One way to say it, so that what is read back of the function prints the same.
                caller.condition(&normalise(expr), &row, Some(alias))
            )),
        };
        let mut lines = vec![
            "begin".to_owned(),
            format!(
                "    if {} and {} then",
                tombstone::row_lives(column, "old"),
                tombstone::row_is_buried(column, "new")
            ),
        ];
        let Some((before, after)) = &self.update else {
            // The policy has seen to it that the row may be deleted.
            lines.extend(return_unchanged(table));
            lines.push("    end if;".to_owned());
            lines.extend(refuse(table, "    ", "change"));
            lines.push("end".to_owned());
            return lines;
        };
        match &self.delete {
            None => lines.extend(refuse(table, "        ", "delete")),
            Some(delete) => {
                if let Some(denied) = is_not_true(delete, "old") {
                    lines.push(format!("        if {denied} then"));
                    lines.extend(refuse(table, "            ", "delete"));
                    lines.push("        end if;".to_owned());
                }
                lines.extend(return_unchanged(table));
            }
        }
        lines.push("    end if;".to_owned());
        if let Some(delete) = &self.delete {
            // Where every deletable row is updatable, the policy has seen to the old row.
            let before = match policies::follows(delete, before) {
                true => None,
                false => is_not_true(before, "old"),
            };
            let after = is_not_true(after, "new");
            let denied: Vec<String> = before.into_iter().chain(after).collect();
            if !denied.is_empty() {
                lines.push(format!("    if {} then", denied.join("\n        or ")));
                lines.extend(refuse(table, "        ", "change"));
                lines.push("    end if;".to_owned());
            }
        }
        lines.push("    return new;".to_owned());
        lines.push("end".to_owned());
        lines
            .iter()
            .flat_map(|line| line.lines().map(str::to_owned))
            .collect()
    }
}

fn refuse(table: &model::Table, indent: &str, what: &str) -> [String; 3] {
    let message = format!("no rule lets the caller {what} this row of {}", table.name);
    [
        format!("{indent}raise exception using"),
        format!("{indent}    errcode = 'insufficient_privilege',"),
        format!(
            "{indent}    message = {};",
            Database::Postgres.literal(&message)
        ),
    ]
}

/// The end of a deletion that leaves everything that a client says of a row as it is.
fn return_unchanged(table: &model::Table) -> Vec<String> {
    let columns: Vec<&model::Column> = server_columns(table)
        .filter(|column| guard::is_content(table, column))
        .collect();
    if columns.is_empty() {
        return vec!["        return new;".to_owned()];
    }
    let row = |alias: &str, lines: &mut Vec<String>| {
        let mut line = String::new();
        for (index, column) in columns.iter().enumerate() {
            let comma = if index + 1 == columns.len() { "" } else { ", " };
            let next = format!("{}{comma}", guard::comparable(alias, column));
            if !line.is_empty() && line.len() + next.len() > 100 {
                lines.push(format!("            {}", line.trim_end()));
                line.clear();
            }
            line += &next;
        }
        lines.push(format!("            {line}"));
    };
    let mut lines = vec![
        "        -- A deletion alone, where nothing else changes.".to_owned(),
        "        if row(".to_owned(),
    ];
    row("old", &mut lines);
    lines.push("        ) is not distinct from row(".to_owned());
    row("new", &mut lines);
    lines.push("        ) then".to_owned());
    lines.push("            return new;".to_owned());
    lines.push("        end if;".to_owned());
    lines
}

/// Whether a rule speaks of what a deletion changes.
pub(super) fn speaks_of_a_deletion(table: &model::Table, rule: &Rule) -> bool {
    let Rule::When(expr) = rule else {
        return false;
    };
    expr.columns().into_iter().any(|name| {
        matches!(
            table.columns[name].role,
            Some(Role::Tombstone | Role::EditedAt | Role::Device | Role::Version)
        )
    })
}
