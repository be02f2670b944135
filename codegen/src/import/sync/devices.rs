//! What the declaration takes over of a sync config: the names that devices know, the columns that they do not get, streams.

use super::chosen::says;
use super::config::{Definition, SyncConfig};
use super::query::{Delivered, Delivery};
use crate::catalog::Name;
use crate::expr::normalise;
use crate::expr::print::language;
use crate::import::Importer;
use crate::import::access::Policy;
use crate::import::rules::always;
use crate::import::tables::is_name;
use crate::model::Expr;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

impl Importer<'_> {
    /// Declares what devices get, as far as the language says it.
    pub(in crate::import) fn devices(
        &mut self,
        config: &SyncConfig,
        delivered: &Delivered,
        policy: &Policy,
    ) {
        for (name, table) in self.live.tables() {
            let deliveries = delivered.deliveries.iter();
            let deliveries: Vec<&Delivery> = deliveries.filter(|one| one.table == *name).collect();
            if deliveries.is_empty() || !self.is_synced(name) {
                continue;
            }
            self.client_names(name, &deliveries);
            let is_sent = |column: &String| {
                deliveries.iter().any(|one| {
                    let form = config.definitions[one.definition].form;
                    (one.all && !form.omits(column))
                        || one.columns.iter().any(|sent| sent.from.contains(column))
                })
            };
            let is_key = |column: &String| {
                let key = table.key.as_ref();
                key.is_some_and(|key| key.columns.contains(column))
            };
            let withheld = table.columns.keys();
            for column in withheld.filter(|column| !is_sent(column) && !is_key(column)) {
                let at = ["tables", name.name.as_str(), "columns", column, "on"];
                self.draft.set(&at, "server");
                let thing = format!("table {name}, column {column}, kept on the server");
                self.draft.is(&at, thing);
            }
        }
        for (number, definition) in config.definitions.iter().enumerate() {
            self.stream(number, definition, delivered, policy);
        }
    }

    fn is_synced(&self, name: &Name) -> bool {
        let sync = self.draft.get(&["tables", &name.name, "sync"]);
        sync.is_some_and(|sync| sync != "none" && sync != "up")
    }

    /// Names that devices know a table and its columns by, where all queries agree.
    fn client_names(&mut self, name: &Name, deliveries: &[&Delivery]) {
        let tables: BTreeSet<&String> = deliveries.iter().map(|one| &one.client_name).collect();
        if let (1, Some(client)) = (tables.len(), tables.first())
            && **client != name.name
        {
            let at = ["tables", name.name.as_str(), "client_name"];
            self.draft.set(&at, (*client).clone());
            self.draft.is(&at, format!("table {name}, name on devices"));
        }
        let mut columns: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
        let mut is_composed = false;
        for sent in deliveries.iter().flat_map(|one| &one.columns) {
            match (sent.from.as_slice(), sent.plain) {
                ([column], true) if sent.name != "id" => {
                    columns.entry(column).or_default().insert(&sent.name);
                }
                (_, false) if sent.name == "id" => is_composed = true,
                _ => {}
            }
        }
        for (column, names) in columns {
            if let (1, Some(client)) = (names.len(), names.first())
                && *client != column
            {
                let at = [
                    "tables",
                    name.name.as_str(),
                    "columns",
                    column,
                    "client_name",
                ];
                self.draft.set(&at, (*client).clone());
                let thing = format!("table {name}, column {column}, name on devices");
                self.draft.is(&at, thing);
            }
        }
        if is_composed {
            self.draft.because(
                format!("table {name}, id on devices"),
                "the sync config computes it: declare how with `id`",
            );
        }
    }

    /// A stream or a bucket as a stream, whose filters are what its queries ask beyond the read rules.
    fn stream(
        &mut self,
        number: usize,
        definition: &Definition,
        delivered: &Delivered,
        policy: &Policy,
    ) {
        let thing = format!("{} {}", definition.form.word(), definition.name);
        let deliveries = delivered.deliveries.iter();
        let deliveries: Vec<&Delivery> =
            deliveries.filter(|one| one.definition == number).collect();
        let mut filters: Map<String, Value> = Map::new();
        let mut chosen = BTreeSet::new();
        for delivery in &deliveries {
            let table = &delivery.table.name;
            if !self.is_synced(&delivery.table) || filters.contains_key(table) {
                continue;
            }
            let same = deliveries.iter().filter(|one| one.table == delivery.table);
            let conditions: Result<Vec<&Option<Expr>>, &String> =
                same.map(|one| one.condition.as_ref()).collect();
            let Ok(conditions) = conditions else {
                self.draft
                    .because(&thing, "which rows it sends is not understood");
                return;
            };
            let read = policy
                .get(&delivery.table)
                .and_then(|roles| roles.get(&self.live.client)?.read.clone());
            let filters_of = conditions.into_iter().map(|condition| {
                let condition = condition.as_ref()?;
                beyond(condition, read.as_ref())
            });
            let together: Option<Vec<Expr>> = filters_of.collect();
            let together = together.map(|mut all| match all.len() {
                1 => all.remove(0),
                _ => normalise(&Expr::Or(all)),
            });
            if let Some(filter) = &together {
                filter.visit(&mut |inner| {
                    if let Expr::Param(name) = inner {
                        chosen.insert(name.clone());
                    }
                });
            }
            let filter = together.map_or(Value::Null, |filter| json!(language(&filter)));
            filters.insert(table.clone(), filter);
        }
        if filters.is_empty() {
            return;
        }
        if let Some(name) = chosen.iter().find(|name| !is_name(name)) {
            let why = format!("the name of its parameter `{name}` is not a name of the language");
            self.draft.because(&thing, why);
            return;
        }
        let at = |key: &'static str| ["streams", definition.name.as_str(), key];
        if chosen.is_empty() && definition.automatic {
            self.draft.set(&at("automatic"), true);
        }
        if let Some(priority) = definition.priority.filter(|priority| *priority != 3) {
            self.draft.set(&at("priority"), priority);
        }
        if !chosen.is_empty() {
            self.draft.set(&at("params"), Vec::from_iter(chosen));
        }
        let tables = match filters.values().all(Value::is_null) {
            true => filters.keys().cloned().collect(),
            false => Value::Object(filters),
        };
        self.draft.set(&at("tables"), tables);
        self.draft.is(&["streams", &definition.name], thing);
    }
}

/// What a query asks of a row that its read rule does not, and that is not about the caller.
fn beyond(condition: &Expr, read: Option<&Expr>) -> Option<Expr> {
    let parts = |expr: &Expr| match expr {
        Expr::And(parts) => parts.clone(),
        other => vec![other.clone()],
    };
    let condition = normalise(condition);
    let given = match read {
        Some(read) if *read != always() => {
            let read = normalise(read);
            let mut given = parts(&read);
            given.push(read);
            given
        }
        _ => Vec::new(),
    };
    let is_of_caller =
        |inner: &Expr| matches!(inner, Expr::UserId | Expr::Claim(_) | Expr::InClaims { .. });
    let mut rest = parts(&condition);
    rest.retain(|part| !given.contains(part) && !says(part, &is_of_caller));
    match rest.len() {
        0 => None,
        1 => rest.pop(),
        _ => Some(Expr::And(rest)),
    }
}
