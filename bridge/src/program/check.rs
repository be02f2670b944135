//! `bridge check`: whether the settings, the declaration and the database fit together.

use super::args::Common;
use super::{Stop, load, runtime, settings};
use crate::apply::Bridge;
use crate::http::Server;

/// Returns what is printed.
pub(super) fn check(common: &Common) -> Result<String, Stop> {
    let config = settings(common)?;
    let mut problems = config.problems();
    for issuer in config.issuers.iter().filter(|one| one.audience.is_empty()) {
        let name = issuer.name.as_deref().unwrap_or("without a name");
        problems.push(format!(
            "the issuer {name}: set `audience`, or its tokens for other services are believed"
        ));
    }
    if !problems.is_empty() {
        return Err(Stop::Declared(problems.join("\nerror: ")));
    }
    let app = load::app(&common.app, &config)?;
    let bridge = Bridge::new(app, config).map_err(Stop::Declared)?;
    let server = Server::new(bridge, None).map_err(Stop::Declared)?;
    let bridge = server.bridge();
    runtime()?.block_on(async {
        bridge.fits().await.map_err(Stop::Differs)?;
        bridge.ready().await.map_err(Stop::Differs)
    })?;
    Ok("the bridge can take uploads\n".to_owned())
}
