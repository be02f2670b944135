//! Who may do what to a table, which way its rows travel, and who fills its columns: from policies, rights, the publication
//! and generated triggers.

use super::Importer;
use super::draft::Draft;
use super::machinery::Machinery;
use super::rules::{self, Rules, always, is_never};
use crate::catalog::{Name, Rls, Table};
use crate::expr::catalog::postgres;
use crate::expr::print::{language, language_select};
use crate::expr::{Implications, normalise};
use crate::map::{IndexMap, IndexSet};
use crate::model::{Expr, IsTest, Select, Set};
use serde_json::{Map, Value, json};

/// The rules of every table by role.
pub(super) type Policy = IndexMap<Name, IndexMap<String, Rules>>;

impl Importer<'_> {
    /// The rules of all tables that can be understood.
    pub(super) fn policies(&mut self) -> Policy {
        let live = self.live;
        let mut policy = Policy::default();
        for (name, table) in live.tables() {
            if !self.declared.contains(name) {
                continue;
            }
            match rules::of_table(live, table) {
                Ok(rules) => {
                    let rules = match table.rls {
                        Rls::Off => self.unbound(name, table),
                        Rls::Enabled | Rls::Forced => self.with_rights(table, rules),
                    };
                    policy.insert(name.clone(), rules);
                }
                Err(refused) => self.refuse(name, table, &refused),
            }
        }
        if live.private.is_none() {
            self.bind_subqueries(&mut policy);
        }
        policy
    }

    /// Keeps the policies of a table as they are, where one of them is not understood.
    fn refuse(&mut self, name: &Name, table: &Table, refused: &IndexMap<String, String>) {
        for policy in table.policies.keys() {
            let why = match refused.get(policy) {
                Some(why) => why.clone(),
                None => "another policy of the table is not understood".to_owned(),
            };
            self.draft
                .because(format!("table {name}, policy {policy}"), why);
        }
    }

    /// What everybody with a right may do where row-level security is off.
    fn unbound(&mut self, name: &Name, table: &Table) -> IndexMap<String, Rules> {
        if table.policies.is_empty() && self.live.private.is_none() {
            self.draft.because(
                format!("table {name}, row-level security"),
                "it is off: everybody with a right reaches every row",
            );
        }
        let mut rules = IndexMap::default();
        for role in self.live.callers() {
            let all = Rules {
                read: Some(always()),
                insert: Some(always()),
                before: Some(always()),
                after: Some(always()),
                delete: Some(always()),
            };
            rules.insert(role, all);
        }
        self.with_rights(table, rules)
    }

    /// The rules of roles that also have the right to the command.
    fn with_rights(
        &self,
        table: &Table,
        mut rules: IndexMap<String, Rules>,
    ) -> IndexMap<String, Rules> {
        for (role, of) in &mut rules {
            let may = |privilege: &str| {
                let grants = [role.as_str(), "public"].map(|role| table.grants.get(role));
                grants.into_iter().flatten().any(|grant| {
                    grant.table.contains(privilege) || grant.columns.contains_key(privilege)
                })
            };
            let keep = |rule: &mut Option<Expr>, privilege: &str| {
                if !may(privilege) || rule.as_ref().is_some_and(is_never) {
                    *rule = None;
                }
            };
            keep(&mut of.read, "select");
            keep(&mut of.insert, "insert");
            keep(&mut of.before, "update");
            keep(&mut of.after, "update");
            keep(&mut of.delete, "delete");
            if of.before.is_none() || of.after.is_none() {
                (of.before, of.after) = (None, None);
            }
        }
        rules.retain(|_, of| *of != Rules::default());
        rules
    }

    /// A subquery of a policy that somebody wrote finds the rows that the caller may read; a declared one finds all.
    fn bind_subqueries(&mut self, policy: &mut Policy) {
        let reads: IndexMap<(String, String), Expr> = policy
            .iter()
            .flat_map(|(name, roles)| {
                let of_role = roles.iter().filter_map(|(role, rules)| {
                    Some(((name.name.clone(), role.clone()), rules.read.clone()?))
                });
                of_role.collect::<Vec<_>>()
            })
            .collect();
        let bound: IndexSet<String> = self
            .live
            .tables()
            .filter(|(_, table)| table.rls != Rls::Off)
            .map(|(name, _)| name.name.clone())
            .collect();
        let mut refused = Vec::new();
        for (name, roles) in policy.iter_mut() {
            let mut why = None;
            for (role, rules) in roles {
                let mut bind = |rule: &mut Option<Expr>| {
                    if let Some(expr) = rule {
                        match (Bound {
                            reads: &reads,
                            bound: &bound,
                            role,
                        })
                        .expr(expr, 0)
                        {
                            Ok(expr) => *rule = Some(normalise(&expr)),
                            Err(table) => why = Some(table),
                        }
                    }
                };
                bind(&mut rules.read);
                bind(&mut rules.insert);
                bind(&mut rules.before);
                bind(&mut rules.after);
                bind(&mut rules.delete);
            }
            if let Some(table) = why {
                refused.push((name.clone(), table));
            }
        }
        for (name, table) in refused {
            policy.shift_remove(&name);
            let of = &self.live.catalog.tables[&name];
            for policy in of.policies.keys() {
                let why = format!("it reads `{table}`, whose own policies are not understood");
                self.draft
                    .because(format!("table {name}, policy {policy}"), why);
            }
        }
    }

    /// Says of each table who may do what, which way its rows travel and who fills its columns.
    pub(super) fn access(&mut self, policy: &Policy) {
        let live = self.live;
        let mut names = Names::default();
        if live.private.is_none() {
            names.find(policy);
        }
        for (name, table) in live.tables() {
            let Some(rules) = policy.get(name) else {
                continue;
            };
            let mut rules = rules.clone();
            let machinery = Machinery::of(live, name, table);
            for of in rules.values_mut() {
                of.beyond_read();
            }
            self.soft_deletion(table, &machinery, &mut rules);
            let sync = self.sync(name, &rules);
            self.draft.set(&["tables", &name.name, "sync"], sync);
            if sync == "both" {
                self.conflict(name, &machinery, &rules);
            }
            if live.private.is_some() {
                self.fillers(name, table, &machinery, &rules);
            }
            self.rules(name, &rules, &mut names);
        }
        for (name, select) in names.named {
            self.draft.set(&["scopes", &name], select);
        }
    }

    /// Which way the rows travel.
    fn sync(&self, name: &Name, rules: &IndexMap<String, Rules>) -> &'static str {
        let publications = &self.live.catalog.publications;
        let mut published = publications.values();
        let is_published = match (publications.is_empty(), self.delivered) {
            (true, Some(delivered)) => delivered.brings(name),
            (_, delivered) => {
                let is_brought = delivered.is_none_or(|delivered| delivered.brings(name));
                is_brought && published.any(|tables| tables.contains(name))
            }
        };
        let client = rules.get(&self.live.client);
        let reads = rules.values().any(|of| of.read.is_some());
        let writes = client
            .is_some_and(|of| of.insert.is_some() || of.before.is_some() || of.delete.is_some());
        let inserts = client.is_some_and(|of| of.insert.is_some());
        let knows =
            self.live.private.is_some() || !publications.is_empty() || self.delivered.is_some();
        match (is_published || !knows, reads, writes) {
            (true, true, true) => "both",
            (true, true, false) => "down",
            (false, false, true) if inserts => "up",
            _ => "none",
        }
    }

    fn conflict(&mut self, name: &Name, machinery: &Machinery, rules: &IndexMap<String, Rules>) {
        let at = ["tables", name.name.as_str(), "conflict"];
        let client = rules.get(&self.live.client);
        let changes = client.is_some_and(|of| of.before.is_some() || of.delete.is_some());
        match (machinery.keeps_writers, machinery.decides_by_time) {
            (true, true) => {}
            (true, false) => self.draft.set(&at, "server_wins"),
            (false, _) if changes => self.draft.set(&at, "last_upload_wins"),
            (false, _) => {
                self.draft.set(&at, "append_only");
                self.draft.or(&at, "last_upload_wins");
            }
        }
    }

    /// The rules of a table whose deletions set a tombstone.
    fn soft_deletion(
        &self,
        table: &Table,
        machinery: &Machinery,
        rules: &mut IndexMap<String, Rules>,
    ) {
        let Some(tombstone) = &machinery.tombstone else {
            return;
        };
        let column = table.columns.get(tombstone);
        let is_flag = column.is_some_and(|column| column.sql_type == "boolean");
        let is_set = |set| match is_flag {
            true => is_true(tombstone, set),
            false => is_set(tombstone, set),
        };
        for (role, of) in rules {
            let decision = machinery
                .decisions
                .iter()
                .find(|(decides, _)| decides.as_ref() == Some(role));
            let read = of.read.clone().unwrap_or_else(always);
            let (Some(before), Some(after)) = (of.before.clone(), of.after.clone()) else {
                continue;
            };
            let deletes_only = after == is_set(true);
            match decision {
                _ if deletes_only => {
                    let rule = without(&before, &is_set(false));
                    of.delete = Some(rule.unwrap_or(read));
                    (of.before, of.after) = (None, None);
                }
                Some((_, lines)) => {
                    let decided = self.decided(lines);
                    of.delete = decided.delete;
                    // What the function leaves to the policy is the rule of the policy, which also asks who may read the row.
                    let by_policy = match before == read {
                        true => always(),
                        false => before,
                    };
                    of.before = Some(decided.before.unwrap_or(by_policy));
                    of.after = decided.after.or(Some(always()));
                }
                None => of.delete = Some(before),
            }
        }
    }

    /// What a function decides: `if (…) is not true then … delete`, `if (…) is not true or (…) is not true then … change`.
    fn decided(&self, lines: &[String]) -> Rules {
        let text = lines.join(" ");
        let (deletion, change) = match text.split_once("end if; if (") {
            Some((deletion, change))
                if deletion.contains("-- A deletion") || deletion.contains(" delete this row") =>
            {
                (deletion.to_owned(), format!("if ({change}"))
            }
            _ => (text.clone(), String::new()),
        };
        let conditions = |text: &str| -> Vec<(String, Expr)> {
            let mut found = Vec::new();
            let mut rest = text;
            while let Some(end) = rest.find(") is not true") {
                let head = &rest[..end];
                let start = ["if (", "or ("]
                    .iter()
                    .filter_map(|word| opening(head, word))
                    .max();
                if let Some(start) = start {
                    let condition = &head[start..];
                    if let Ok(expr) = postgres(condition, &self.live.calls) {
                        found.push((condition.to_owned(), rules::as_declared(&expr)));
                    }
                }
                rest = &rest[end + ") is not true".len()..];
            }
            found
        };
        let mut decided = Rules::default();
        // What comes before the first decision about a deletion is whether it is one.
        if let Some((_, expr)) = conditions(&deletion).into_iter().next() {
            decided.delete = Some(expr);
        } else if !deletion.contains(" delete this row") {
            decided.delete = Some(always());
        }
        for (condition, expr) in conditions(&change) {
            match condition.contains("new.") {
                true => decided.after = Some(expr),
                false => decided.before = Some(expr),
            }
        }
        decided
    }

    /// Who fills each column, from rights on columns and from triggers.
    fn fillers(
        &mut self,
        name: &Name,
        table: &Table,
        machinery: &Machinery,
        rules: &IndexMap<String, Rules>,
    ) {
        let client = table
            .grants
            .get(&self.live.client)
            .cloned()
            .unwrap_or_default();
        let granted = |privilege: &str, column: &str| {
            let columns = client.columns.get(privilege);
            client.table.contains(privilege)
                || columns.is_some_and(|columns| columns.contains(column))
        };
        let any = |privilege: &str| {
            client.table.contains(privilege) || client.columns.contains_key(privilege)
        };
        let of_client = rules.get(&self.live.client);
        let inserts = of_client.is_some_and(|of| of.insert.is_some());
        let updates = of_client.is_some_and(|of| of.before.is_some());
        let is_key = |column: &str| {
            table
                .key
                .as_ref()
                .is_some_and(|key| key.columns.iter().any(|one| one == column))
        };
        let roles = [
            (&machinery.edited_at, "edited_at"),
            (&machinery.tombstone, "tombstone"),
            (&machinery.device, "device"),
            (&machinery.version, "version"),
            (&machinery.changed, "changed"),
        ];
        for (column, of) in &table.columns {
            let path = |key: &'static str| {
                [
                    "tables",
                    name.name.as_str(),
                    "columns",
                    column.as_str(),
                    key,
                ]
            };
            if self
                .draft
                .get(&["tables", &name.name, "columns", column])
                .is_none()
            {
                continue;
            }
            if let Some((_, role)) = roles.iter().find(|(one, _)| one.as_ref() == Some(column)) {
                self.draft.set(&path("role"), *role);
            }
            if any("select") && !granted("select", column) {
                self.draft.set(&path("secret"), true);
                continue;
            }
            let copied = machinery.copied.iter().find(|(here, ..)| here == column);
            if let Some((_, from, by)) = copied {
                self.draft.set(&path("copied"), from.clone());
                match by.as_slice() {
                    [by] => self.draft.set(&path("by"), by.clone()),
                    by => self.draft.set(&path("by"), by.to_vec()),
                }
            }
            let has_default = self.draft.get(&path("default")).cloned();
            let is_caller = has_default.as_ref() == Some(&json!("auth.user_id()"));
            let held = of_client
                .and_then(|of| of.insert.as_ref())
                .is_some_and(|rule| rules::asks_for_caller(rule, column));
            let fills_itself = copied.is_some() || of.identity || of.generated.is_some();
            let serve = |draft: &mut Draft| {
                // A default that asks for a claim is the server's already.
                if copied.is_some() || draft.get(&path("server")).is_some() {
                    return;
                }
                let value = draft.get(&path("default")).cloned().unwrap_or(json!(true));
                draft.remove(&path("default"));
                draft.set(&path("server"), value);
            };
            let sent = match inserts {
                true => granted("insert", column),
                false => granted("update", column),
            };
            if machinery.ignored.contains(column) {
                serve(&mut self.draft);
                self.draft.set(&path("uploads"), "ignored");
            } else if machinery.verified.contains(column)
                || (is_caller && held && sent && (!updates || is_key(column)))
            {
                serve(&mut self.draft);
                if !is_caller {
                    self.draft.set(&path("uploads"), "verified");
                }
            } else if !fills_itself && !sent && (inserts || (updates && !is_key(column))) {
                match inserts {
                    true => {
                        serve(&mut self.draft);
                        if is_caller {
                            self.draft.set(&path("uploads"), "refused");
                        }
                    }
                    false => self.draft.set(&path("immutable"), true),
                }
            }
            if machinery.set_once.contains(column) && !is_key(column) {
                self.draft.set(&path("immutable"), true);
            }
        }
    }

    /// Writes the rules of a table: the fewest keys that say them.
    fn rules(&mut self, name: &Name, rules: &IndexMap<String, Rules>, names: &mut Names) {
        type Of = fn(&Rules) -> Option<&Expr>;
        let commands: [(&str, Of); 5] = [
            ("read", |of| of.read.as_ref()),
            ("insert", |of| of.insert.as_ref()),
            ("before", |of| of.before.as_ref()),
            ("after", |of| of.after.as_ref()),
            ("delete", |of| of.delete.as_ref()),
        ];
        let mut told: Map<String, Value> = Map::new();
        for (command, of) in commands {
            let mut by_role: Map<String, Value> = Map::new();
            for (role, rules) in rules {
                if let Some(expr) = of(rules) {
                    by_role.insert(role.clone(), json!(self.rule(expr, names)));
                }
            }
            let only_client = by_role.len() == 1 && by_role.contains_key(&self.live.client);
            let value = match only_client {
                true => by_role.values().next().cloned().unwrap_or_default(),
                false => Value::Object(by_role.clone()),
            };
            if !by_role.is_empty() {
                told.insert(command.to_owned(), value);
            }
        }
        let update = match (told.shift_remove("before"), told.shift_remove("after")) {
            (Some(before), Some(after)) if before == after => Some(before),
            (Some(before), Some(after)) => self.both_halves(&before, &after),
            _ => None,
        };
        let delete = told.shift_remove("delete");
        told.extend(update.map(|update| ("update".to_owned(), update)));
        told.extend(delete.map(|delete| ("delete".to_owned(), delete)));
        let writes = ["insert", "update", "delete"];
        let same = told.get("insert").cloned().filter(|insert| {
            writes
                .iter()
                .all(|command| told.get(*command) == Some(insert))
        });
        if let Some(same) = same {
            writes
                .iter()
                .for_each(|command| drop(told.shift_remove(*command)));
            match told.get("read") == Some(&same) {
                true => told = Map::from_iter([("all".to_owned(), same)]),
                false => drop(told.insert("write".to_owned(), same)),
            }
        }
        if !told.is_empty() {
            self.draft
                .set(&["tables", &name.name, "access"], Value::Object(told));
        }
    }

    /// Both halves of a rule for updates, by role where there are several.
    fn both_halves(&self, before: &Value, after: &Value) -> Option<Value> {
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => {
                let roles = before.iter().filter_map(|(role, before)| {
                    let after = after.get(role)?;
                    let value = match before == after {
                        true => before.clone(),
                        false => json!({"before": before, "after": after}),
                    };
                    Some((role.clone(), value))
                });
                Some(Value::Object(roles.collect()))
            }
            _ => Some(json!({"before": before, "after": after})),
        }
    }

    fn rule(&self, expr: &Expr, names: &mut Names) -> String {
        if *expr == always() {
            return "public".to_owned();
        }
        self.inlined(&names.shortened(&language(expr)))
    }

    /// The text with subqueries in place of the functions that were made for them.
    pub(super) fn inlined(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, select) in &self.inline {
            let ident = synctable::Database::Postgres.ident(name);
            text = text.replace(&format!("in ({ident})"), &format!("in ({select})"));
        }
        text
    }

    /// The scopes behind generated functions; those that stand for a subquery of one rule are written in place.
    pub(super) fn scopes(&mut self) {
        let live = self.live;
        let Some(private) = &live.private else {
            return;
        };
        let places = self.places();
        let mut scopes = Vec::new();
        for (name, function) in &live.catalog.functions {
            let Some(crate::catalog::Body::Query(select)) = &function.body else {
                continue;
            };
            if name.schema != *private {
                continue;
            }
            let text = language_select(&rules::select_as_declared(select));
            match is_in_place(&places, &name.name, select) {
                true => drop(self.inline.insert(name.name.clone(), text)),
                false => scopes.push((name.name.clone(), text)),
            }
        }
        for (name, text) in scopes {
            let text = self.inlined(&text);
            self.draft.set(&["scopes", &name], text);
        }
    }

    /// The tables with their policies and the functions that decide deletions.
    fn places(&self) -> Vec<(String, String)> {
        let mut places = Vec::new();
        for (name, table) in self.live.tables() {
            let policies = table.policies.keys().cloned();
            let functions = table.triggers.values().map(|one| one.function.name.clone());
            places.extend(
                policies
                    .chain(functions)
                    .map(|place| (name.name.clone(), place)),
            );
        }
        places
    }
}

/// Whether a function has the name of a subquery in a policy.
fn is_in_place(places: &[(String, String)], name: &str, select: &Select) -> bool {
    places.iter().any(|(table, place)| {
        let stem = [table.as_str(), place.as_str(), &select.table];
        let numbers =
            std::iter::once(String::new()).chain((2..10).map(|number| number.to_string()));
        numbers
            .into_iter()
            .any(|number| synctable::derived_name(&stem, &number) == name)
    })
}

fn is_set(column: &str, set: bool) -> Expr {
    Expr::Is {
        operand: Box::new(Expr::Column(column.to_owned())),
        test: IsTest::Null,
        negated: set,
    }
}

fn is_true(column: &str, set: bool) -> Expr {
    let column = Expr::Column(column.to_owned());
    match set {
        true => column,
        false => Expr::Not(Box::new(column)),
    }
}

/// Removes one part of a condition joined with `and`; `None` if the condition was that part alone.
fn without(expr: &Expr, part: &Expr) -> Option<Expr> {
    let mut parts = match expr {
        Expr::And(parts) => parts.clone(),
        other => vec![other.clone()],
    };
    parts.retain(|one| one != part);
    match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(Expr::And(parts)),
    }
}

/// Where the condition starts whose opening parenthesis follows a word and whose closing one ends the text.
fn opening(text: &str, word: &str) -> Option<usize> {
    let mut depth = 0_i32;
    let bytes = text.as_bytes();
    for at in (0..bytes.len()).rev() {
        match bytes[at] {
            b')' => depth += 1,
            b'(' if depth == 0 => {
                let is_after = text[..=at].ends_with(word);
                return is_after.then_some(at + 1);
            }
            b'(' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Adds to subqueries what the policies of their tables ask for.
struct Bound<'a> {
    reads: &'a IndexMap<(String, String), Expr>,
    bound: &'a IndexSet<String>,
    role: &'a str,
}

impl Bound<'_> {
    /// The condition, or the table whose read rule is not known.
    fn expr(&self, expr: &Expr, depth: usize) -> Result<Expr, String> {
        let all = |parts: &[Expr]| {
            let parts = parts.iter().map(|part| self.expr(part, depth));
            parts.collect::<Result<Vec<_>, _>>()
        };
        Ok(match expr {
            Expr::And(parts) => Expr::And(all(parts)?),
            Expr::Or(parts) => Expr::Or(all(parts)?),
            Expr::Not(part) => Expr::Not(Box::new(self.expr(part, depth)?)),
            Expr::InSet {
                operand,
                set: Set::Select(select),
            } => Expr::InSet {
                operand: operand.clone(),
                set: Set::Select(Box::new(self.select(select, depth)?)),
            },
            other => other.clone(),
        })
    }

    fn select(&self, select: &Select, depth: usize) -> Result<Select, String> {
        let filter = match &select.filter {
            Some(filter) => Some(self.expr(filter, depth)?),
            None => None,
        };
        let filter = match self.bound.contains(&select.table) {
            false => filter,
            true => {
                let key = (select.table.clone(), self.role.to_owned());
                // A policy that reads its own table is an error of Postgres, and so is a circle.
                let read = self.reads.get(&key).filter(|_| depth < 8);
                let Some(read) = read else {
                    return Err(select.table.clone());
                };
                let implied = filter.as_ref().is_some_and(|filter| {
                    let (given, wanted) = (normalise(filter), normalise(read));
                    let plain = Implications::plain();
                    plain.implies(&given, &wanted)
                });
                match filter {
                    _ if *read == always() => filter,
                    filter if implied => filter,
                    None => Some(self.expr(read, depth + 1)?),
                    Some(filter) => Some(Expr::And(vec![filter, self.expr(read, depth + 1)?])),
                }
            }
        };
        Ok(Select {
            column: select.column.clone(),
            table: select.table.clone(),
            filter,
        })
    }
}

/// Names for subqueries that several rules look up.
#[derive(Debug, Default)]
struct Names {
    /// The names by the subqueries' texts.
    by_text: IndexMap<String, String>,
    /// The scopes that are used.
    named: IndexMap<String, String>,
}

impl Names {
    /// Finds the subqueries that more than one rule has, inner ones first.
    fn find(&mut self, policy: &Policy) {
        let mut counts: IndexMap<String, (usize, Select)> = IndexMap::default();
        for rules in policy.values().flat_map(IndexMap::values) {
            let all = [
                &rules.read,
                &rules.insert,
                &rules.before,
                &rules.after,
                &rules.delete,
            ];
            let mut seen: IndexSet<&Expr> = IndexSet::default();
            for expr in all.into_iter().flatten() {
                if seen.insert(expr) {
                    count(expr, &mut counts);
                }
            }
        }
        counts.retain(|_, (times, _)| *times > 1);
        counts.sort_by(|one, _, other, _| one.len().cmp(&other.len()).then_with(|| one.cmp(other)));
        for (text, (_, select)) in counts {
            let mut name = name_of(&select);
            let mut number = 1;
            while self.by_text.values().any(|other| *other == name) {
                number += 1;
                name = match number {
                    2 => format!("{}_of_{}", name_of(&select), select.table),
                    _ => format!("{}_{number}", name_of(&select)),
                };
            }
            self.by_text.insert(text, name);
        }
    }

    /// A rule with names in place of the subqueries that have some.
    fn shortened(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        let mut texts: Vec<(String, String)> = self
            .by_text
            .iter()
            .map(|(select, name)| (select.clone(), name.clone()))
            .collect();
        // The longest first: it may hold others.
        texts.reverse();
        for (select, name) in texts {
            let whole = format!("in ({select})");
            if text.contains(&whole) {
                text = text.replace(&whole, &format!("in ({name})"));
                let inner = self.inner(&select);
                self.named.entry(name).or_insert(inner);
            }
        }
        text
    }

    fn inner(&mut self, select: &str) -> String {
        let mut text = select.to_owned();
        let texts: Vec<(String, String)> = self
            .by_text
            .iter()
            .rev()
            .map(|(select, name)| (select.clone(), name.clone()))
            .collect();
        for (other, name) in texts {
            let whole = format!("in ({other})");
            if other != *select && text.contains(&whole) {
                text = text.replace(&whole, &format!("in ({name})"));
                let inner = self.inner(&other);
                self.named.entry(name).or_insert(inner);
            }
        }
        text
    }
}

fn count(expr: &Expr, counts: &mut IndexMap<String, (usize, Select)>) {
    expr.visit(&mut |inner| {
        if let Expr::InSet {
            set: Set::Select(select),
            ..
        } = inner
        {
            let one = counts
                .entry(language_select(select))
                .or_insert_with(|| (0, (**select).clone()));
            one.0 += 1;
            if let Some(filter) = &select.filter {
                count(filter, counts);
            }
        }
    });
}

/// `my_lists` for lists, or for the `list_id` of something of the caller's.
fn name_of(select: &Select) -> String {
    let column = language(&select.column);
    let what = match column.strip_suffix("_id") {
        Some(what) if crate::import::tables::is_name(what) => plural(what),
        _ => select.table.clone(),
    };
    format!("my_{what}")
}

fn plural(word: &str) -> String {
    match word {
        _ if word.ends_with('s') || word.ends_with('x') => format!("{word}es"),
        _ => match word.strip_suffix('y') {
            Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
            _ => format!("{word}s"),
        },
    }
}
