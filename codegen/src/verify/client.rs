//! A built client, by its fingerprint, beside what is declared and what was released.

use super::Verified;
use crate::ledger::Ledger;
use crate::model::{Model, fingerprint};

const SYSTEM: &str = "client";

/// Finds the release that a client was built from, by the fingerprint that is in it.
pub fn client(built: &str, model: &Model, ledger: &Ledger) -> Verified {
    if built == fingerprint(model) {
        return Verified::same(SYSTEM, "the client was built from what is declared");
    }
    let history = ledger.history();
    let mut releases = history.releases.iter().rev();
    let release = releases.find(|release| built == fingerprint(history.model(release)));
    match release {
        Some(release) if !release.ended => {
            let told = format!("the client was built from release {}", release.name);
            Verified::same(SYSTEM, told)
        }
        Some(release) => Verified {
            system: SYSTEM,
            told: format!(
                "the client was built from release {}, which has ended",
                release.name
            ),
            differences: vec![format!("fingerprint: {built} of a release that has ended")],
            not_managed: Vec::new(),
            advice: vec!["ask its users to upgrade".to_owned()],
        },
        None => Verified {
            system: SYSTEM,
            told: "the client was built from another declaration".to_owned(),
            differences: vec![format!(
                "fingerprint: {built} instead of {}",
                fingerprint(model)
            )],
            not_managed: Vec::new(),
            advice: vec![
                "generate its code again, and build it".to_owned(),
                "if it is in use, mark its release: `codegen release NAME` in its commit"
                    .to_owned(),
            ],
        },
    }
}
