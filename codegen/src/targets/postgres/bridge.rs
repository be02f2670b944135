//! What the bridge keeps in the app's database: a schema of its own, so that migrations and the catalog leave it alone.

use super::sql::{ident, literal};
use super::view::Bridge;
use crate::model::{Model, fingerprint};
use askama::Template as _;
use synctable::ident::bridge_schema;

/// The text of `bridge.sql`, where the app has a bridge.
pub(super) fn text(model: &Model) -> Option<String> {
    let role = model.postgres.roles.bridge.as_ref()?;
    let bridge = Bridge {
        app: model.app.clone(),
        schema: ident(&bridge_schema(&model.app)),
        role: ident(role),
        fingerprint: literal(&fingerprint(model)),
    };
    Some(super::printed(bridge.render()))
}
