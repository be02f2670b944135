//! What the bridge keeps in the app's database: a schema of its own, so that migrations and the catalog leave it alone.

use super::pull::{Lowered, pulled};
use super::sql::{ident, list, literal};
use super::view::{Bridge, BridgeCheckpoints, BridgePublication, BridgePull};
use crate::model::{Model, fingerprint};
use askama::Template as _;
use synctable::ident::{CHECKPOINTS, bridge_schema};

/// The text of `bridge.sql`, where the app has a bridge.
pub(super) fn text(model: &Model) -> Option<String> {
    let role = model.postgres.roles.bridge.as_ref()?;
    let bridge = Bridge {
        app: model.app.clone(),
        schema: ident(&bridge_schema(&model.app)),
        role: ident(role),
        fingerprint: literal(&fingerprint(model)),
        checkpoints: checkpoints(model),
        pull: pull(model),
    };
    Some(super::printed(bridge.render()))
}

/// The write checkpoints, where the service does not make its own.
fn checkpoints(model: &Model) -> Option<BridgeCheckpoints> {
    let postgres = &model.postgres;
    if postgres.custom_checkpoints.is_empty() {
        return None;
    }
    Some(BridgeCheckpoints {
        table: CHECKPOINTS,
        schema: literal(&bridge_schema(&model.app)),
        name: literal(CHECKPOINTS),
        replication: ident(&postgres.roles.replication),
        publication: (!postgres.publishes_all).then(|| BridgePublication {
            name: ident(&postgres.publication),
            literal: literal(&postgres.publication),
        }),
    })
}

/// What is kept for devices that pull.
fn pull(model: &Model) -> Option<BridgePull> {
    let Lowered { pulled, notes } = pulled(model)?;
    Some(BridgePull {
        version: literal(&pulled.version),
        schema: literal(&bridge_schema(&model.app)),
        roles: list(pulled.roles.iter().map(|role| ident(&role.name))),
        notes,
    })
}
