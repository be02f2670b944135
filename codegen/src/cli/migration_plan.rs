//! `migrate --plan`: what a migration would do, to whom, and in which order it is rolled out.

use super::row_counts::RowCount;
use crate::exposure::since::{Change, Since, since};
use crate::model::{Model, fingerprint};
use crate::parallel;
use crate::targets::postgres::evolve::{FilePlan, Rollout};
use crate::targets::{TARGETS, Temper};
use serde::Serialize;

/// Everything that is told before a migration is written.
#[derive(Debug, Serialize)]
pub(super) struct MigrationPlan<'a> {
    /// The files, in the order in which they run.
    files: &'a [FilePlan],
    /// Whether the sync config changes.
    sync_config: bool,
    /// Whether what devices and the server exchange changes.
    wire: bool,
    /// Who gains and who loses access.
    access: Since,
    /// The steps of the rollout, in order.
    rollout: Vec<String>,
    /// How many rows change, where a database was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<RowCount>>,
}

impl<'a> MigrationPlan<'a> {
    /// The plan of files that lead from one model to another, of an app that has these targets.
    pub(super) fn new(
        files: &'a [FilePlan],
        before: &Model,
        after: &Model,
        has: impl Fn(&str) -> bool,
    ) -> Self {
        let has_config = has("powersync");
        let (sync_config, (wire, access)) = parallel::both(
            || has_config && text_of("powersync", before) != text_of("powersync", after),
            || {
                (
                    fingerprint(before) != fingerprint(after),
                    since(before, after),
                )
            },
        );
        let mut plan = Self {
            sync_config,
            wire,
            access,
            rollout: Vec::new(),
            rows: None,
            files,
        };
        plan.rollout = plan.steps();
        plan
    }

    /// Adds how many rows change.
    pub(super) fn count(&mut self, rows: Vec<RowCount>) {
        self.rows = Some(rows);
    }

    /// Files run in their order, so that none comes before what the one in front of it waits for.
    fn steps(&self) -> Vec<String> {
        let mut latest = Rollout::Expand;
        let mut groups: [Vec<&str>; 3] = Default::default();
        for file in self.files {
            latest = latest.max(file.rollout);
            let group = match latest {
                Rollout::Expand => 0,
                Rollout::Switch => 1,
                Rollout::Contract => 2,
            };
            groups[group].push(&file.file);
        }
        let [expand, switch, contract] = groups.map(|files| files.join(", "));
        let mut steps = Vec::new();
        if !expand.is_empty() {
            steps.push(format!("run {expand}: what is in use goes on working"));
        }
        match (switch.is_empty(), self.sync_config) {
            (true, false) => {}
            (true, true) => steps.push("deploy the new sync config".to_owned()),
            (false, true) => steps.push(format!(
                "run {switch}, and deploy the new sync config at once: the old one names tables or columns that are gone"
            )),
            (false, false) => steps.push(format!(
                "run {switch}, and deploy your server at once: the old one names tables or columns that are gone"
            )),
        }
        if self.wire {
            steps.push("release the app with the new constants".to_owned());
        }
        if !contract.is_empty() {
            steps.push(format!(
                "run {contract} once no version of the app is in use that reads what goes, or writes what is refused then"
            ));
        }
        steps
    }

    /// The plan for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for file in self.files {
            let how = match file.transaction {
                true => "in one transaction",
                false => "outside of a transaction",
            };
            lines.push(format!("{} ({}, {how})", file.file, file.rollout.word()));
            lines.extend(file.changes.iter().map(|one| format!("  {}", one.change)));
            lines.extend(file.waits.iter().map(|wait| format!("    locks {wait}")));
            lines.extend(file.sync.iter().map(|sync| format!("    sync: {sync}")));
            lines.push(String::new());
        }
        for (title, changes) in [
            ("Access gained:", &self.access.gained),
            ("Access lost:", &self.access.lost),
        ] {
            if !changes.is_empty() {
                lines.push(title.to_owned());
                lines.extend(
                    changes
                        .iter()
                        .map(Change::told)
                        .map(|one| format!("  {one}")),
                );
                lines.push(String::new());
            }
        }
        if let Some(rows) = &self.rows {
            lines.push("Rows:".to_owned());
            lines.extend(rows.iter().map(|one| format!("  {}", one.told())));
            if rows.is_empty() {
                lines.push("  no row changes".to_owned());
            }
            lines.push(String::new());
        }
        lines.push("Rollout:".to_owned());
        let steps = self.rollout.iter().enumerate();
        lines.extend(steps.map(|(index, step)| format!("  {}. {step}", index + 1)));
        lines
    }
}

/// All files of a target, one after the other.
fn text_of(target: &str, model: &Model) -> Vec<(String, String)> {
    let target = TARGETS.iter().find(|one| one.name == target);
    let Some(target) = target.filter(|target| target.temper != Temper::Ledger) else {
        return Vec::new();
    };
    let tree = (target.emit)(model);
    tree.iter()
        .map(|(path, text)| (path.to_owned(), text.into_owned()))
        .collect()
}
