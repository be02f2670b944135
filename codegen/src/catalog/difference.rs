//! What two catalogs do not share, fact by fact, each with a path that a person can follow.

use super::fact::formula;
use super::{
    Catalog, Deferral, Excluded, ExcludedValue, Grant, Name, Part, Policy, ReplicaIdentity, Rls,
    Table,
};
use crate::map::IndexMap;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One fact that is not the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Where: `table public.items`, `column title`, `type`.
    pub path: Vec<String>,
    /// The fact in the wanted catalog; `None` where there is no such thing.
    pub wanted: Option<String>,
    /// The fact in the found catalog.
    pub found: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.join(", ");
        match (&self.wanted, &self.found) {
            (Some(wanted), None) => write!(f, "{path}: {wanted} is missing"),
            (None, Some(found)) => write!(f, "{path}: {found} is unexpected"),
            (wanted, found) => write!(
                f,
                "{path}: {} instead of {}",
                found.as_deref().unwrap_or("nothing"),
                wanted.as_deref().unwrap_or("nothing")
            ),
        }
    }
}

/// Every fact in which `found` differs from `wanted`, in the order of the paths; what is inside of something that
/// is missing or too much goes without saying.
///
/// Order of declaration does not count, but that of labels, of the columns of a key and of the parts of an index does.
/// Both catalogs must speak of the same roles.
pub fn difference(wanted: &Catalog, found: &Catalog) -> Vec<Difference> {
    // A view whose text is written by hand is not known from within; whatever it says is right.
    let unknown: BTreeSet<String> = wanted
        .views
        .iter()
        .filter(|(_, view)| view.query.is_none())
        .map(|(name, _)| format!("view {name}"))
        .collect();
    let silent: BTreeSet<String> = wanted
        .functions
        .iter()
        .filter(|(_, function)| function.body.is_none())
        .map(|(name, _)| format!("function {name}"))
        .collect();
    let (wanted, mut found) = (facts(wanted, found), facts(found, wanted));
    found.retain(|path, _| {
        let inner =
            matches!(path.get(1), Some(fact) if fact == "columns" || fact.starts_with("query"));
        // The schema `public` is there before the app; who else may look into it is not the app's to say.
        let elsewhere = path[0] == "schema public"
            && matches!(path.get(1), Some(fact) if fact.starts_with("usage of "))
            && !wanted.contains_key(path);
        let body = path.get(1).is_some_and(|fact| fact == "body") && silent.contains(&path[0]);
        !(inner && unknown.contains(&path[0]) || elsewhere || body)
    });
    let mut differences: Vec<Difference> = Vec::new();
    let mut paths: Vec<&Vec<String>> = wanted.keys().chain(found.keys()).collect();
    paths.sort();
    paths.dedup();
    for path in paths {
        let (left, right) = (wanted.get(path), found.get(path));
        if left == right {
            continue;
        }
        let inside = differences.last().is_some_and(|last: &Difference| {
            path.starts_with(&last.path) && (last.wanted.is_none() || last.found.is_none())
        });
        if !inside {
            differences.push(Difference {
                path: path.clone(),
                wanted: left.cloned(),
                found: right.cloned(),
            });
        }
    }
    differences
}

type Facts = BTreeMap<Vec<String>, String>;

/// What exists, said of a thing that has further facts.
const EXISTS: &str = "it";

/// The facts of a catalog, but for things that are in the other one just as they are here.
fn facts(catalog: &Catalog, other: &Catalog) -> Facts {
    let mut facts = Book(Facts::new());
    for (name, schema) in &catalog.schemas {
        let at = facts.thing(&[], "schema", name);
        for role in &schema.usage {
            facts.thing(&at, "usage of", role);
        }
    }
    for (name, one) in unlike(&catalog.enums, &other.enums) {
        let at = facts.thing(&[], "enum", name);
        facts.fact(&at, "labels", one.labels.join(", "));
        facts.comment(&at, one.comment.as_deref());
    }
    for (name, domain) in unlike(&catalog.domains, &other.domains) {
        let at = facts.thing(&[], "domain", name);
        facts.fact(&at, "type", &domain.base);
        for (name, check) in &domain.checks {
            facts.fact(&at, &format!("check {name}"), formula(check));
        }
        facts.comment(&at, domain.comment.as_deref());
    }
    for (name, table) in unlike(&catalog.tables, &other.tables) {
        let at = facts.thing(&[], "table", name);
        facts.table(&at, table);
    }
    for (name, view) in unlike(&catalog.views, &other.views) {
        let at = facts.thing(&[], "view", name);
        facts.fact(&at, "security_invoker", view.security_invoker);
        if let Some(columns) = &view.columns {
            facts.fact(&at, "columns", columns.join(", "));
        }
        if let Some(query) = &view.query {
            facts.fact(&at, "query, table", &query.table);
            for (name, column) in &query.columns {
                facts.fact(&at, &format!("query, column {name}"), formula(column));
            }
            if let Some(filter) = &query.filter {
                facts.fact(&at, "query, where", formula(filter));
            }
        }
        facts.grants(&at, &view.grants);
        facts.comment(&at, view.comment.as_deref());
    }
    for (name, function) in unlike(&catalog.functions, &other.functions) {
        let at = facts.thing(&[], "function", name);
        facts.fact(&at, "returns", &function.returns);
        facts.fact(&at, "volatility", &function.volatility);
        facts.fact(&at, "security definer", function.security_definer);
        facts.fact(&at, "parallel safe", function.parallel_safe);
        facts.fact(&at, "settings", function.settings.join(", "));
        for role in &function.execute {
            facts.thing(&at, "execute by", role);
        }
        if let Some(body) = &function.body {
            facts.fact(&at, "body", body);
        }
    }
    for (name, tables) in &catalog.publications {
        let at = facts.thing(&[], "publication", name);
        let is_for_all = catalog.publishes_all.get(name) == Some(&true);
        facts.fact(&at, "for all tables", is_for_all);
        for table in tables.iter().filter(|_| !is_for_all) {
            facts.thing(&at, "table", table);
        }
    }
    for (name, bypasses) in &catalog.bypasses {
        let at = facts.thing(&[], "role", name);
        facts.fact(&at, "bypasses row-level security", bypasses);
    }
    for (name, may) in &catalog.temporary {
        let at = facts.thing(&[], "role", name);
        facts.fact(&at, "makes temporary objects", may);
    }
    if let Some(storage) = &catalog.storage {
        for (name, public) in &storage.buckets {
            let at = facts.thing(&[], "bucket", name);
            facts.fact(&at, "public", public);
        }
        let at = facts.thing(&[], "table", "storage.objects");
        facts.rls(&at, storage.rls);
        facts.policies(&at, &storage.policies);
    }
    facts.0
}

fn unlike<'a, T: PartialEq>(
    here: &'a IndexMap<Name, T>,
    there: &'a IndexMap<Name, T>,
) -> impl Iterator<Item = (&'a Name, &'a T)> {
    here.iter()
        .filter(|(name, one)| there.get(*name) != Some(*one))
}

struct Book(Facts);

impl Book {
    /// Something that is there; its facts stand below the path that comes back.
    fn thing(&mut self, at: &[String], what: &str, name: impl fmt::Display) -> Vec<String> {
        let mut path = at.to_vec();
        path.push(format!("{what} {name}"));
        self.0.insert(path.clone(), EXISTS.to_owned());
        path
    }

    fn fact(&mut self, at: &[String], what: &str, value: impl fmt::Display) {
        let mut path = at.to_vec();
        path.push(what.to_owned());
        self.0.insert(path, value.to_string());
    }

    fn comment(&mut self, at: &[String], text: Option<&str>) {
        if let Some(text) = text {
            self.fact(at, "comment", format!("{text:?}"));
        }
    }

    fn table(&mut self, at: &[String], table: &Table) {
        for (name, column) in &table.columns {
            let at = self.thing(at, "column", name);
            self.fact(&at, "type", &column.sql_type);
            self.fact(
                &at,
                "null",
                if column.nullable {
                    "nullable"
                } else {
                    "not null"
                },
            );
            self.fact(&at, "identity", column.identity);
            if let Some(default) = &column.default {
                self.fact(&at, "default", formula(default));
            }
            if let Some(generated) = &column.generated {
                self.fact(&at, "generated", formula(generated));
            }
            self.comment(&at, column.comment.as_deref());
        }
        if let Some(key) = &table.key {
            let thing = format!("primary key {}", key.name);
            self.fact(at, &thing, key.columns.join(", "));
            if key.deferral != Deferral::Never {
                let at = [at, &[thing]].concat();
                self.fact(&at, "deferrable", key.deferral.word());
            }
        }
        for (name, unique) in &table.uniques {
            let at = self.thing(at, "unique", name);
            self.fact(
                &at,
                "form",
                if unique.constraint {
                    "constraint"
                } else {
                    "index"
                },
            );
            self.fact(&at, "of", parts(&unique.parts));
            self.fact(
                &at,
                "nulls",
                if unique.nulls_not_distinct {
                    "not distinct"
                } else {
                    "distinct"
                },
            );
            self.fact(&at, "deferrable", unique.deferral.word());
            if !unique.include.is_empty() {
                self.fact(&at, "include", unique.include.join(", "));
            }
            if let Some(predicate) = &unique.predicate {
                self.fact(&at, "where", formula(predicate));
            }
        }
        for (name, exclusion) in &table.exclusions {
            let at = self.thing(at, "exclusion", name);
            self.fact(&at, "method", &exclusion.method);
            self.fact(&at, "of", elements(&exclusion.elements));
            if let Some(predicate) = &exclusion.predicate {
                self.fact(&at, "where", formula(predicate));
            }
            self.fact(&at, "deferrable", exclusion.deferral.word());
        }
        for (name, key) in &table.foreign_keys {
            let at = self.thing(at, "foreign key", name);
            self.fact(&at, "columns", key.columns.join(", "));
            self.fact(
                &at,
                "references",
                format!("{} ({})", key.table, key.references.join(", ")),
            );
            self.fact(&at, "on delete", key.on_delete);
            self.fact(&at, "on update", key.on_update);
            self.fact(&at, "deferrable", key.deferral.word());
            self.fact(&at, "validated", key.validated);
        }
        for (name, index) in &table.indexes {
            let at = self.thing(at, "index", name);
            self.fact(&at, "method", &index.method);
            self.fact(&at, "of", parts(&index.parts));
            if let Some(predicate) = &index.predicate {
                self.fact(&at, "where", formula(predicate));
            }
            if !index.include.is_empty() {
                self.fact(&at, "include", index.include.join(", "));
            }
        }
        for (name, check) in &table.checks {
            let at = self.thing(at, "check", name);
            self.fact(&at, "condition", formula(&check.formula));
            self.fact(&at, "validated", check.validated);
        }
        for (name, trigger) in &table.triggers {
            let at = self.thing(at, "trigger", name);
            self.fact(&at, "when", &trigger.when);
            self.fact(&at, "function", &trigger.function);
            if let Some(condition) = &trigger.condition {
                self.fact(&at, "condition", condition);
            }
        }
        self.fact(at, "strict", table.strict);
        self.rls(at, table.rls);
        self.policies(at, &table.policies);
        self.grants(at, &table.grants);
        self.fact(
            at,
            "replica identity",
            match table.replica_identity {
                ReplicaIdentity::Default => "default",
                ReplicaIdentity::Index => "index",
                ReplicaIdentity::Full => "full",
                ReplicaIdentity::Nothing => "nothing",
            },
        );
        self.comment(at, table.comment.as_deref());
    }

    fn rls(&mut self, at: &[String], rls: Rls) {
        self.fact(
            at,
            "row-level security",
            match rls {
                Rls::Off => "off",
                Rls::Enabled => "enabled",
                Rls::Forced => "forced",
            },
        );
    }

    fn policies(&mut self, at: &[String], policies: &IndexMap<String, Policy>) {
        for (name, policy) in policies {
            let at = self.thing(at, "policy", name);
            let mut roles: Vec<&str> = policy.roles.iter().map(String::as_str).collect();
            roles.sort_unstable();
            self.fact(&at, "for", &policy.command);
            self.fact(&at, "to", roles.join(", "));
            self.fact(
                &at,
                "form",
                if policy.permissive {
                    "permissive"
                } else {
                    "restrictive"
                },
            );
            if let Some(using) = &policy.using {
                self.fact(&at, "using", formula(using));
            }
            if let Some(check) = &policy.check {
                self.fact(&at, "with check", formula(check));
            }
        }
    }

    fn grants(&mut self, at: &[String], grants: &IndexMap<String, Grant>) {
        for (role, grant) in grants {
            for privilege in &grant.table {
                self.fact(at, &format!("grant to {role}, {privilege}"), "all columns");
            }
            for (privilege, columns) in &grant.columns {
                let mut columns: Vec<&str> = columns.iter().map(String::as_str).collect();
                columns.sort_unstable();
                self.fact(
                    at,
                    &format!("grant to {role}, {privilege} of columns"),
                    columns.join(", "),
                );
            }
        }
    }
}

fn elements(elements: &[Excluded]) -> String {
    let elements = elements.iter().map(|element| {
        let value = match &element.value {
            ExcludedValue::Formula(of) => formula(of),
            ExcludedValue::Range(range) => format!(
                "{} {}, {} {}",
                range.kind.function(),
                range.from,
                range.to,
                range.bounds
            ),
        };
        format!("{value} with {}", element.operator)
    });
    elements.collect::<Vec<_>>().join(", ")
}

fn parts(parts: &[Part]) -> String {
    let parts = parts.iter().map(|part| {
        let direction = if part.descending { " desc" } else { "" };
        let nulls = if part.nulls_first == part.descending {
            ""
        } else {
            " nulls the other way"
        };
        format!("{}{direction}{nulls}", formula(&part.formula))
    });
    parts.collect::<Vec<_>>().join(", ")
}
