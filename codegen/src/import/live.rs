//! What was read of a live database.

use crate::catalog::postgres::{
    Made, Reading, Rows, Surroundings, Texts, conditions, surroundings, texts,
};
use crate::catalog::{Catalog, Name};
use crate::expr::catalog::Calls;
use crate::map::IndexSet;
use crate::model::Set;
use ::postgres::{Error, Transaction};
use std::collections::BTreeMap;

/// A live database as it was read, before anybody knows a model of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Live {
    /// What is there.
    pub(super) catalog: Catalog,
    /// What is around it.
    pub(super) around: Surroundings,
    /// How its policies ask for the caller, for sets and for tables.
    pub(super) calls: Calls,
    /// The statements that make its objects.
    pub(super) texts: Texts,
    /// The policies on the objects of storage buckets, each with the buckets that it names.
    pub(super) of_objects: Vec<(String, Vec<String>)>,
    /// The schemas of its tables, the app's own first.
    pub(super) schemas: Vec<String>,
    /// The schema of functions that were generated, if there is one.
    pub(super) private: Option<String>,
    /// The role of signed-in callers.
    pub(super) client: String,
    /// The role of callers without a token, if there is one.
    pub(super) anonymous: Option<String>,
    /// The trusted role, if there is one.
    pub(super) service: Option<String>,
    /// The role that replicates, if there is one.
    pub(super) replication: Option<String>,
}

impl Live {
    /// Reads a database, and returns the rows that it was made of, too.
    ///
    /// Of the schemas those are read that are named, or else all that are the app's.
    pub(super) fn read(
        transaction: &mut Transaction<'_>,
        named: &[String],
    ) -> Result<(Self, Rows), Error> {
        let around = surroundings(transaction)?;
        let private = around.private.first().cloned();
        let mut schemas = match named {
            [] => around.schemas.clone(),
            named => named.to_vec(),
        };
        let bridge = private
            .as_ref()
            .and_then(|name| name.strip_suffix("_private"))
            .map(synctable::ident::bridge_schema);
        schemas
            .retain(|schema| Some(schema) != private.as_ref() && Some(schema) != bridge.as_ref());
        // What stands first is what tables need not name.
        schemas.sort_by_key(|schema| schema != "public");
        let role = |name: &str| around.roles.iter().find(|role| *role == name).cloned();
        let client = role("authenticated").unwrap_or_else(|| "authenticated".to_owned());
        let [anonymous, service, replication] =
            ["anon", "service_role", "powersync_role"].map(role);
        let mut all = schemas.clone();
        all.extend(private.clone());
        let mut calls = calls(&around, private.as_deref());
        let users: IndexSet<String> = [
            Some(client.clone()),
            anonymous.clone(),
            service.clone(),
            replication.clone(),
        ]
        .into_iter()
        .flatten()
        .collect();
        let mut roles = users.clone();
        roles.insert("public".to_owned());
        let rows = Rows::of(transaction, &all)?;
        // Subqueries are understood by the tables that are there.
        calls.tables = rows
            .tables()
            .filter(|name| schemas.contains(&name.schema))
            .map(|name| (name.to_string(), name.name))
            .collect();
        let reading = Reading {
            schemas: all.clone(),
            roles,
            users,
            calls,
            publications: around.publications.clone(),
            bridge,
            bypasses: Vec::new(),
            temporary: Vec::new(),
            buckets: Vec::new(),
        };
        let catalog = rows.catalog(transaction, &reading)?;
        let texts = texts(transaction, &all)?;
        let of_objects = conditions(transaction, &["storage".to_owned()])?;
        let of_objects = of_objects.into_iter();
        let live = Self {
            of_objects: of_objects
                .filter(|((table, _), _)| table.name == "objects")
                .map(|((_, policy), (using, check))| (policy, buckets(using, check)))
                .collect(),
            catalog,
            around,
            calls: reading.calls,
            texts,
            schemas,
            private,
            client,
            anonymous,
            service,
            replication,
        };
        Ok((live, rows))
    }

    /// The statement that makes a thing.
    pub(super) fn text(&self, made: Made, of: &Name, name: &str) -> Option<&str> {
        let key = (made, of.clone(), name.to_owned());
        self.texts.get(&key).map(String::as_str)
    }

    /// The schema of tables that name none.
    pub(super) fn schema(&self) -> &str {
        self.schemas.first().map_or("public", String::as_str)
    }

    /// The tables that an app declares.
    pub(super) fn tables(&self) -> impl Iterator<Item = (&Name, &crate::catalog::Table)> {
        let tables = self.catalog.tables.iter();
        tables.filter(|(name, _)| self.schemas.contains(&name.schema))
    }
}

/// The buckets that the conditions of a policy name, as Postgres prints them.
fn buckets(using: Option<String>, check: Option<String>) -> Vec<String> {
    let mut buckets = Vec::new();
    for condition in [using, check].into_iter().flatten() {
        let mut rest = condition.as_str();
        while let Some((_, after)) = rest.split_once("bucket_id = '") {
            let Some((bucket, after)) = after.split_once('\'') else {
                break;
            };
            if !buckets.iter().any(|known| known == bucket) {
                buckets.push(bucket.to_owned());
            }
            rest = after;
        }
    }
    buckets
}

/// How policies of this database ask for the caller.
fn calls(around: &Surroundings, private: Option<&str>) -> Calls {
    let mut calls = Calls {
        by_hand: true,
        ..Calls::default()
    };
    match private {
        Some(schema) => {
            calls.user_id = format!("{schema}.user_id()");
            calls.claim = format!("{schema}.claim");
            let own = around.sets.iter().filter(|name| name.schema == schema);
            calls.sets = own
                .filter(|name| !matches!(&*name.name, "claims" | "claims_uuid"))
                .map(|name| (name.to_string(), Set::Scope(name.name.clone())))
                .collect::<BTreeMap<_, _>>();
        }
        None if around.is_supabase => calls.user_id = "auth.uid()".to_owned(),
        None => {}
    }
    calls
}

impl Live {
    /// The roles that act for callers.
    pub(super) fn callers(&self) -> Vec<String> {
        let mut callers = vec![self.client.clone()];
        callers.extend(self.anonymous.clone());
        callers
    }

    /// The kind of the caller's id, where it is not the usual one.
    pub(super) fn user_id(&self) -> Option<&'static str> {
        let private = self.private.as_ref()?;
        let function = Name::new(private, "user_id");
        match &*self.catalog.functions.get(&function)?.returns {
            "text" => Some("text"),
            "integer" => Some("int"),
            "bigint" => Some("bigint"),
            _ => None,
        }
    }

    /// Whether callers without a token may do anything that is declared.
    pub(super) fn has_anonymous(&self) -> bool {
        let Some(anonymous) = &self.anonymous else {
            return false;
        };
        if let Some(private) = &self.private {
            let function = self.catalog.functions.get(&Name::new(private, "user_id"));
            return function.is_some_and(|one| one.execute.contains(anonymous));
        }
        self.is_granted(anonymous)
    }

    /// The trusted role, where the app's tables are open to it.
    pub(super) fn trusted(&self) -> Option<&String> {
        let service = self.service.as_ref()?;
        let is_trusted = match &self.private {
            Some(private) => self
                .catalog
                .schemas
                .get(private)
                .is_some_and(|schema| schema.usage.contains(service)),
            None => self.is_granted(service),
        };
        is_trusted.then_some(service)
    }

    /// Whether a role has a right on a table.
    pub(super) fn is_granted(&self, role: &str) -> bool {
        self.tables()
            .any(|(_, table)| table.grants.contains_key(role))
    }

    /// Whether row-level security binds owners, too.
    pub(super) fn is_forced(&self) -> bool {
        self.tables()
            .any(|(_, table)| table.rls == crate::catalog::Rls::Forced)
    }
}
