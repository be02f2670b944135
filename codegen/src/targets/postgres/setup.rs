//! What an administrator gives before the first migration: roles, and rights that the owner lacks.

use super::sql::{ident, literal, qualified};
use super::view::{External, Membership, Role, Setup};
use crate::catalog::{self, Name};
use crate::map::{IndexMap, IndexSet};
use crate::model::{Auth, Model, OnServer};
use askama::Template as _;

/// The text of `setup.sql`.
pub(super) fn text(model: &Model) -> String {
    let mut setup = setup(model);
    let mut text = super::printed(setup.render());
    // A name may hold the quote around the block.
    for number in 1.. {
        if text.matches(&setup.quote).count() == 2 {
            break;
        }
        setup.quote = format!("$setup{number}$");
        text = super::printed(setup.render());
    }
    text
}

fn setup(model: &Model) -> Setup {
    let owner = &model.postgres.roles.owner;
    Setup {
        app: model.app.clone(),
        quote: "$$".to_owned(),
        roles: roles(model),
        owner: ident(owner),
        owner_literal: literal(owner),
        temporary: match model.postgres.keep_temp {
            true => Vec::new(),
            false => [Some(owner), model.postgres.roles.service.as_ref()]
                .into_iter()
                .flatten()
                .map(|role| literal(role))
                .collect(),
        },
        uses_public: model
            .postgres
            .schemas
            .iter()
            .any(|schema| schema == "public"),
        externals: externals(model),
        memberships: memberships(model),
        publication: model.postgres.publishes_all.then(|| {
            let name = &model.postgres.publication;
            (ident(name), literal(name))
        }),
    }
}

fn roles(model: &Model) -> Vec<Role> {
    let names = &model.postgres.roles;
    let role = |name: &str, comment, options| Role {
        name: ident(name),
        literal: literal(name),
        comment,
        options,
        needs: if name == names.replication {
            Some(("rolreplication and rolbypassrls", "replication bypassrls"))
        } else if catalog::bypassing(model).contains(name) {
            Some(("(rolsuper or rolbypassrls)", "bypassrls"))
        } else {
            None
        },
    };
    let mut roles = vec![role(
        &names.owner,
        "owns everything and applies migrations",
        match model.postgres.owner_bypasses_rls {
            true => "login bypassrls",
            false => "login",
        },
    )];
    let callers = catalog::callers(model);
    // `public` is no role but the word for everybody.
    for name in catalog::revoked(model)
        .iter()
        .filter(|name| *name != "public")
    {
        let comment = if *name == names.client {
            "acts for signed-in callers"
        } else if Some(name) == names.anonymous.as_ref() {
            "acts for callers without a token"
        } else if callers.contains(name) {
            "acts for callers that access rules name"
        } else {
            "is a role of the platform and has no rights here"
        };
        roles.push(role(name, comment, "nologin noinherit"));
    }
    if let Some(service) = &names.service {
        roles.push(role(
            service,
            "is a trusted server with full access",
            "login bypassrls",
        ));
    }
    if let Some(bridge) = &names.bridge {
        let comment = "is the bridge, which becomes the callers whose uploads it applies";
        roles.push(role(bridge, comment, "login noinherit"));
    }
    let replication = "reads what is published, whatever the policies say";
    roles.push(role(
        &names.replication,
        replication,
        "login replication bypassrls",
    ));
    roles
}

/// The tables elsewhere that enforced foreign keys point to, with the columns that they name.
fn externals(model: &Model) -> Vec<External> {
    let mut wanted: IndexMap<Name, IndexSet<&str>> = IndexMap::default();
    for table in catalog::server_tables(model) {
        for key in &table.foreign_keys {
            let external = model.externals.get(&key.table);
            if let (Some(external), true) = (external, key.on_server != OnServer::Unchecked) {
                let columns = wanted
                    .entry(Name::new(&external.schema, &external.name))
                    .or_default();
                columns.extend(key.references.iter().map(String::as_str));
            }
        }
    }
    wanted
        .into_iter()
        .map(|(name, columns)| External {
            schema: ident(&name.schema),
            schema_literal: literal(&name.schema),
            table: qualified(&name),
            table_literal: literal(&qualified(&name)),
            columns: columns
                .into_iter()
                .map(|column| (ident(column), literal(column)))
                .collect(),
        })
        .collect()
}

/// Who becomes the callers whom it serves: the service where no platform lets it, and the bridge, which also becomes the
/// service to run guarded statements.
fn memberships(model: &Model) -> Vec<Membership> {
    let roles = &model.postgres.roles;
    let callers = catalog::callers(model);
    let membership = |role: &String, member: &String| Membership {
        role: ident(role),
        role_literal: literal(role),
        member: ident(member),
        member_literal: literal(member),
    };
    let mut memberships = Vec::new();
    if let (Some(service), Auth::JwtClaims) = (&roles.service, model.postgres.auth) {
        memberships.extend(callers.iter().map(|caller| membership(caller, service)));
    }
    if let Some(bridge) = &roles.bridge {
        memberships.extend(callers.iter().map(|caller| membership(caller, bridge)));
        memberships.extend(
            roles
                .service
                .iter()
                .map(|service| membership(service, bridge)),
        );
    }
    memberships
}
