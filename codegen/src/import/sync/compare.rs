//! What a sync config delivers beside what the policies let its receivers read: each contradiction, and each part that
//! cannot be decided.

use super::chosen::for_any_choice;
use super::config::SyncConfig;
use super::query::{Delivered, Delivery};
use super::truths::truths;
use super::witness::{Example, example};
use crate::catalog::{Name, Table};
use crate::diagnostic::{Diagnostic, SYNC_CONTRADICTS, SYNC_UNDECIDED, Span};
use crate::exposure::passes;
use crate::expr::normalise;
use crate::import::access::Policy;
use crate::import::live::Live;
use crate::import::rules::always;
use crate::import::{Imported, Leftover};
use crate::model::{Expr, Model, Rule};
use std::collections::BTreeSet;

/// What is compared.
pub(in crate::import) struct Compared<'a> {
    pub(in crate::import) config: &'a SyncConfig,
    pub(in crate::import) delivered: &'a Delivered,
    pub(in crate::import) live: &'a Live,
    pub(in crate::import) policy: &'a Policy,
    pub(in crate::import) imported: &'a Imported,
}

/// Which rows of a table a signed-in caller may read.
enum Readable {
    Nothing,
    /// Where it is not every row, those of a condition.
    Rows(Option<Expr>),
    Unknown(String),
}

/// Whether all rows of one condition are rows of another.
enum Within {
    Yes,
    No(Box<Example>),
    Unknown,
}

impl Compared<'_> {
    /// Contradictions are errors, and undecided parts are warnings. They are in the order of the sync config.
    pub(in crate::import) fn all(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (span, what) in &self.config.unknown {
            found.push(undecided(*span, format!("{what}, and is not compared")));
        }
        for (span, why) in &self.delivered.foreign {
            let absent = self.delivered.absent.values().any(|at| at == span);
            if !absent {
                let what = "this query is not understood, and is not compared";
                found.push(undecided(*span, what).note(why));
            }
        }
        for (table, span) in &self.delivered.absent {
            let what = format!(
                "the sync config reads `{}`, which does not exist",
                table.name
            );
            let told = Diagnostic::error(SYNC_CONTRADICTS, what).at(*span);
            found.push(told.help("remove the query, or correct the name of the table"));
        }
        for (name, table) in self.live.tables() {
            let deliveries = self.delivered.deliveries.iter();
            let deliveries: Vec<&Delivery> = deliveries
                .filter(|delivery| delivery.table == *name)
                .collect();
            self.publication(name, &deliveries, &mut found);
            if let Some(first) = deliveries.first() {
                self.columns(name, table, &deliveries, &mut found);
                self.rows(name, table, &deliveries, first.span, &mut found);
            }
        }
        found.sort_by_key(|one| one.span.map(|span| (span.file.0, span.start)));
        found
    }

    /// Whether the table's changes reach PowerSync exactly if they are used.
    fn publication(&self, name: &Name, deliveries: &[&Delivery], found: &mut Vec<Diagnostic>) {
        let publications = &self.live.catalog.publications;
        if publications.is_empty() {
            return;
        }
        let named: Vec<String> = publications
            .keys()
            .map(|name| format!("`{name}`"))
            .collect();
        let named = named.join(", ");
        let mut published = publications.values();
        let is_published = published.any(|tables| tables.contains(name));
        let of_query = deliveries.first().map(|delivery| delivery.span);
        let used = of_query.or_else(|| self.delivered.looked_up.get(name).copied());
        match (is_published, used) {
            (true, Some(_)) | (false, None) => {}
            (false, Some(span)) => {
                let verb = match of_query {
                    Some(_) => "sends",
                    None => "looks up",
                };
                let what = format!(
                    "the sync config {verb} `{}`, which is not in the publication {named}",
                    name.name
                );
                let told = Diagnostic::error(SYNC_CONTRADICTS, what).at(span);
                found.push(told.help(format!("add the table to the publication {named}")));
            }
            (true, None) => {
                let Some(start) = self.config.start else {
                    return;
                };
                if self.is_in_foreign(&name.name) {
                    return;
                }
                let what = format!(
                    "`{}` is in the publication {named}, but the sync config does not read it",
                    name.name
                );
                let told = Diagnostic::error(SYNC_CONTRADICTS, what).at(start);
                found.push(told.help("send its rows, or remove the table from the publication"));
            }
        }
    }

    /// Whether a query that is not understood may read a table.
    fn is_in_foreign(&self, table: &str) -> bool {
        let mut spans = self.delivered.foreign.iter();
        spans.any(|(span, _)| self.config.sources.slice(*span).contains(table))
    }

    /// Whether a receiver has the right to each column.
    fn columns(
        &self,
        name: &Name,
        table: &Table,
        deliveries: &[&Delivery],
        found: &mut Vec<Diagnostic>,
    ) {
        let client = &self.live.client;
        let may = |column: &str| {
            let grants = [client.as_str(), "public"].map(|role| table.grants.get(role));
            grants.into_iter().flatten().any(|grant| {
                let columns = grant.columns.get("select");
                grant.table.contains("select")
                    || columns.is_some_and(|columns| columns.contains(column))
            })
        };
        for delivery in deliveries {
            let definition = &self.config.definitions[delivery.definition];
            let named = delivery.columns.iter().flat_map(|sent| sent.from.clone());
            let mut sent: BTreeSet<String> = named.collect();
            for column in sent.iter().filter(|one| !table.columns.contains_key(*one)) {
                let what = format!("`{}` does not have a column `{column}`", name.name);
                let told = Diagnostic::error(SYNC_CONTRADICTS, what).at(delivery.span);
                found.push(told.help("correct the name of the column"));
            }
            if delivery.all {
                let all = table.columns.keys();
                sent.extend(all.filter(|column| !definition.form.omits(column)).cloned());
            }
            let ungranted = table.columns.keys();
            let ungranted = ungranted.filter(|column| sent.contains(*column) && !may(column));
            let ungranted: Vec<String> = ungranted.map(|column| format!("`{column}`")).collect();
            // Who may not read the table at all is told with the rows.
            if ungranted.is_empty() || ungranted.len() == table.columns.len() {
                continue;
            }
            let what = format!(
                "the {} `{}` sends columns of `{}` that `{client}` does not have the right to read: {}",
                definition.form.word(),
                definition.name,
                name.name,
                ungranted.join(", ")
            );
            let told = Diagnostic::error(SYNC_CONTRADICTS, what).at(delivery.span);
            found.push(told.help("name the columns in the query, or grant the right"));
        }
    }

    /// Whether exactly the rows are sent that their receivers may read.
    fn rows(
        &self,
        name: &Name,
        table: &Table,
        deliveries: &[&Delivery],
        first: Span,
        found: &mut Vec<Diagnostic>,
    ) {
        let client = &self.live.client;
        let readable = match self.readable(name, table) {
            Readable::Unknown(why) => {
                let what = format!(
                    "the policies of `{}` are not understood, and the queries are not compared with them",
                    name.name
                );
                found.push(undecided(first, what).note(why));
                return;
            }
            Readable::Nothing => None,
            Readable::Rows(condition) => Some(condition),
        };
        let model = &self.imported.model;
        let is_nullable = |column: &str| {
            table
                .columns
                .get(column)
                .is_none_or(|column| column.nullable)
        };
        let mut sent = Some(Vec::new());
        for delivery in deliveries {
            let definition = &self.config.definitions[delivery.definition];
            let by = format!("the {} `{}`", definition.form.word(), definition.name);
            let rows = match &delivery.condition {
                Ok(None) => Ok(None),
                Ok(Some(condition)) => for_any_choice(condition, &is_nullable)
                    .ok_or_else(|| "what a device gets depends on what it chooses".to_owned()),
                Err(why) => Err(why.clone()),
            };
            let rows = match rows {
                Ok(rows) => rows,
                Err(why) => {
                    sent = None;
                    let what = format!(
                        "which rows of `{}` {by} sends is not understood, and is not compared",
                        name.name
                    );
                    found.push(undecided(delivery.span, what).note(why));
                    continue;
                }
            };
            if let Some(sent) = &mut sent {
                sent.push(rows.clone());
            }
            let within = match &readable {
                None => self.no_row(name, rows.as_ref()),
                Some(readable) => within(model, &name.name, rows.as_ref(), readable.as_ref()),
            };
            match within {
                Within::Yes => {}
                Within::No(example) => {
                    let what = format!(
                        "{by} sends rows of `{}` that `{client}` may not read",
                        name.name
                    );
                    let told = Diagnostic::error(SYNC_CONTRADICTS, what).at(delivery.span);
                    let told = told.note(self.policies(table, name));
                    let told = told.note(format!("for example: {example}"));
                    found.push(told.help("narrow the query, or let the policy grant these rows"));
                }
                Within::Unknown => {
                    let what = format!(
                        "whether `{client}` may read all rows of `{}` that {by} sends is not decided",
                        name.name
                    );
                    found.push(undecided(delivery.span, what).note(self.policies(table, name)));
                }
            }
        }
        let (Some(readable), Some(sent)) = (readable, sent) else {
            return;
        };
        let sent: Option<Vec<Expr>> = sent.into_iter().collect();
        let sent = sent.map(|mut all| match all.len() {
            1 => all.remove(0),
            _ => normalise(&Expr::Or(all)),
        });
        if self.is_in_foreign(&name.name) {
            return;
        }
        match within(model, &name.name, readable.as_ref(), sent.as_ref()) {
            Within::Yes => {}
            Within::No(example) => {
                let what = format!(
                    "`{client}` may read rows of `{}` that the sync config does not send",
                    name.name
                );
                let told = Diagnostic::error(SYNC_CONTRADICTS, what).at(first);
                let told = told.note(self.policies(table, name));
                let told = told.note(format!("for example: {example}"));
                found.push(told.help("send these rows too, or narrow the policy"));
            }
            Within::Unknown => {
                let what = format!(
                    "whether the sync config sends all rows of `{}` that `{client}` may read is not decided",
                    name.name
                );
                found.push(undecided(first, what).note(self.policies(table, name)));
            }
        }
    }

    /// Of a table that nobody reads, whether nothing is sent.
    fn no_row(&self, name: &Name, rows: Option<&Expr>) -> Within {
        let never = Expr::Literal(crate::model::Literal::Bool(false));
        match example(&self.imported.model, &name.name, rows, Some(&never)) {
            Some(example) => Within::No(Box::new(example)),
            None => Within::Unknown,
        }
    }

    fn readable(&self, name: &Name, table: &Table) -> Readable {
        let catalog = &self.live.catalog;
        let plain = |expr: &Expr| truths(&normalise(expr), &name.name, catalog);
        let of = self.imported.model.tables.get(&name.name);
        let Some(of) = of.filter(|of| of.schema == name.schema) else {
            return Readable::Unknown("the table is not declared".to_owned());
        };
        if self.live.private.is_some() {
            let access = of.access.as_ref();
            return match access.and_then(|access| access.read.get(&self.live.client)) {
                None => Readable::Nothing,
                Some(Rule::Public) => Readable::Rows(None),
                Some(Rule::When(expr)) => Readable::Rows(Some(plain(expr))),
            };
        }
        let Some(rules) = self.policy.get(name) else {
            return Readable::Unknown(self.why(name, table));
        };
        let rules = rules.get(&self.live.client);
        match rules.and_then(|rules| rules.read.as_ref()) {
            None => Readable::Nothing,
            Some(expr) if *expr == always() => Readable::Rows(None),
            Some(expr) => Readable::Rows(Some(plain(expr))),
        }
    }

    /// Why the policies of a table are not understood.
    fn why(&self, name: &Name, table: &Table) -> String {
        let of = |policy: &String| format!("table {name}, policy {policy}");
        let things: Vec<String> = table.policies.keys().map(of).collect();
        let is_it =
            |one: &&Leftover| things.contains(&one.thing) && !one.why.starts_with("another policy");
        match self.imported.leftovers.iter().find(is_it) {
            Some(one) => format!("{}: {}", one.thing, one.why),
            None => "one of its policies is not understood".to_owned(),
        }
    }

    /// The policies by which a signed-in caller reads a table.
    fn policies(&self, table: &Table, name: &Name) -> String {
        let client = &self.live.client;
        let policies = table.policies.iter().filter(|(_, policy)| {
            matches!(policy.command.as_str(), "select" | "all")
                && (policy.roles.contains("public") || policy.roles.contains(client))
        });
        let names: Vec<String> = policies.map(|(name, _)| format!("`{name}`")).collect();
        match (names.as_slice(), table.rls == crate::catalog::Rls::Off) {
            (_, true) => format!("row-level security of `{}` is off", name.name),
            ([], _) => format!("no policy lets `{client}` read `{}`", name.name),
            ([one], _) => format!("`{client}` reads `{}` by the policy {one}", name.name),
            (many, _) => {
                let many = many.join(", ");
                format!("`{client}` reads `{}` by the policies {many}", name.name)
            }
        }
    }
}

fn within(model: &Model, table: &str, rows: Option<&Expr>, of: Option<&Expr>) -> Within {
    if passes(model, table, rows, of) {
        return Within::Yes;
    }
    match example(model, table, rows, of) {
        Some(example) => Within::No(Box::new(example)),
        None => Within::Unknown,
    }
}

fn undecided(span: Span, what: impl AsRef<str>) -> Diagnostic {
    Diagnostic::warning(SYNC_UNDECIDED, what)
        .at(span)
        .help("compare this part by hand")
}
