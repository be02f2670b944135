//! `bridge objects`: removes what no row names.

use super::args::{Common, Objects};
use super::{Stop, load, runtime, settings};
use crate::apply::Bridge;
use crate::objects::{NotCleaned, Wanted};
use std::time::Duration;

/// Returns what is printed.
pub(super) fn run(common: &Common, action: &Objects) -> Result<String, Stop> {
    let config = settings(common)?;
    let mut problems = config.database.problems();
    problems.extend(config.objects.problems());
    if !problems.is_empty() {
        return Err(Stop::Declared(problems.join("\nerror: ")));
    }
    let app = load::app(&common.app, &config)?;
    let bridge = Bridge::new(app, config).map_err(Stop::Declared)?;
    let Objects::Clean {
        bucket,
        dry_run,
        older_than,
        many,
    } = action;
    let wanted = Wanted {
        bucket,
        older_than: Duration::from_secs(u64::from(*older_than) * 3600),
        dry_run: *dry_run,
        many: *many,
    };
    let cleaned = runtime()?
        .block_on(bridge.clean(wanted))
        .map_err(|why| match &why {
            NotCleaned::Declared(_) => Stop::Declared(why.to_string()),
            NotCleaned::Many(_) => Stop::Differs(why.to_string()),
            NotCleaned::Failed { .. } => Stop::Environment(why.to_string()),
        })?;
    Ok(serde_json::to_string_pretty(&cleaned).expect("what was found is JSON") + "\n")
}
