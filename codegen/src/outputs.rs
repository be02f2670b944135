//! What a declaration's targets write, and where: the step from a checked model to a plan.

use crate::clients;
use crate::declaration;
use crate::diagnostic::{
    BAD_FOLDER, Complaints, Diagnostic, Diagnostics, OUT_OF_REACH, Severity, Sources, UNREADABLE,
};
use crate::entry_names::RELEASES;
use crate::ledger::{self, Ledger};
use crate::model::{History, Model};
use crate::parallel;
use crate::plan::{Applied, Folder, Output, Plan, Record, Trust};
use crate::reach::{OutOfReach, Reach};
use crate::reading::{Reading, folder_of, read};
use crate::targets::mappers::statements;
use crate::targets::{Beside, TARGETS, Target, Temper, constants, postgres, sqlite};
use std::fmt;
use std::path::{Component, Path, PathBuf};

/// The outputs of a checked declaration, in the order of its targets; none where it has errors.
///
/// `manifest` is what was read. A folder that no target may have goes to `cx`.
pub fn outputs<'m>(
    manifest: &Path,
    reading: &'m Reading,
    beside: &Beside,
    cx: &mut Diagnostics,
) -> Vec<Output<'m>> {
    let Some(model) = &reading.model else {
        return Vec::new();
    };
    let declared = folder_of(manifest);
    let mut wanted = Vec::new();
    for declared_target in reading.targets.values() {
        let target = TARGETS
            .iter()
            .find(|target| target.name == declared_target.name.value)
            .expect("the decoder knows the targets there are");
        match root_of(&declared, declared_target, reading.reach) {
            Ok(root) => wanted.push((root, target)),
            Err(refused) => cx.push(refused),
        }
    }
    parallel::each(&wanted, |(root, target)| Output {
        root: root.clone(),
        folder: match target.temper {
            Temper::Mirror => Folder::Mirror,
            Temper::Ledger => Folder::Shared,
        },
        tree: target.tree(model, beside),
    })
}

/// Compares the outputs of a declaration with the files on disk, also in folders that targets used before.
pub(crate) fn plan(
    manifest: &Path,
    reading: &Reading,
    outputs: &[Output<'_>],
    trust: Trust,
    cx: &mut Diagnostics,
) -> Plan {
    let declared = folder_of(manifest);
    let record = Record::read(&declared, cx);
    let within_reach = |root: &Path| {
        matches!(reading.reach.refuses(&declared, root), Ok(None)) && !holds(root, &declared)
    };
    let mut all = record.former(outputs, within_reach);
    all.extend(outputs.iter().cloned());
    Plan::trusting(&all, trust, cx).record(record, outputs)
}

/// What targets know besides the model; what is wrong with the releases goes to `cx`.
pub(crate) fn beside(
    manifest: &Path,
    reading: &Reading,
    model: &Model,
    cx: &mut Diagnostics,
) -> Beside {
    let history = history(manifest, reading, cx);
    let has_database = reading.targets.contains_key(sqlite::TARGET.name);
    let database = has_database.then(|| {
        let mut complaints = Complaints::new();
        let database = sqlite::database(model, &history, &mut complaints);
        placed(reading, complaints, cx);
        database
    });
    let targets = &reading.targets;
    let folder = |target: &Target| Some(&*targets.get(target.name)?.folder.value);
    let folders = folder(&constants::TARGET).zip(folder(&sqlite::TARGET));
    Beside {
        clients: clients::clients(&history, model),
        history,
        database,
        database_folder: folders.and_then(|(from, to)| from_folder(from, to)),
        ..served(model)
    }
}

/// What programs that serve devices know: what is pulled, and, for a worker, what applies uploads.
#[must_use]
pub fn served(model: &Model) -> Beside {
    let all = || statements::all(model).into_iter();
    Beside {
        pulled: postgres::pull::pulled(model).map(|lowered| lowered.pulled),
        buckets: postgres::objects::asked(model),
        statements: model.worker.then(|| {
            all()
                .map(|(table, set)| (table.name.clone(), set))
                .collect()
        }),
        ..Beside::default()
    }
}

/// Says what was found of the declaration at its place.
fn placed(reading: &Reading, complaints: Complaints, cx: &mut Diagnostics) {
    // To find places, the texts are parsed once more.
    if complaints.is_empty() {
        return;
    }
    for found in reading.placed(complaints) {
        cx.push(found);
    }
}

/// Complains about changes that break clients of releases that are in use (`D072`), and warns of others (`D073`).
pub(crate) fn broken_clients(
    reading: &Reading,
    model: &Model,
    beside: &Beside,
    cx: &mut Diagnostics,
) {
    let mut complaints = Complaints::new();
    clients::check(&beside.history, model, &mut complaints);
    placed(reading, complaints, cx);
}

/// The releases of the app, and the models that led to what is declared.
///
/// Without a release, nobody asks the ledger. A ledger that is not whole has none that can be relied on.
fn history(manifest: &Path, reading: &Reading, cx: &mut Diagnostics) -> History {
    let Some(Ok(folder)) = ledger_folder(manifest, reading) else {
        return History::default();
    };
    if !folder.join(RELEASES).exists() {
        return History::default();
    }
    let mut found = Diagnostics::new();
    let ledger = Ledger::read(ledger::files(&folder, &mut found), &mut found);
    let is_whole = !found.has_errors();
    cx.append(found);
    match is_whole {
        true => ledger.history(),
        false => History::default(),
    }
}

/// The folder that a target writes into.
fn root_of(
    declared: &Path,
    target: &declaration::Target,
    reach: Reach,
) -> Result<PathBuf, Diagnostic> {
    let written = &target.folder.value;
    let root = join(declared, written);
    let refused = |code, why: &str| {
        Diagnostic::error(
            code,
            format!("`{written}` cannot be a target's folder: {why}"),
        )
        .at(target.folder.span)
    };
    if holds(&root, declared) {
        return Err(refused(BAD_FOLDER, "it contains the declaration")
            .help("give the target its own folder, such as `generated/sqlite`"));
    }
    match reach.refuses(declared, &root) {
        Ok(None) => Ok(root),
        Ok(Some(OutOfReach::Git)) => {
            Err(refused(OUT_OF_REACH, "it belongs to git").help("choose another folder"))
        }
        Ok(Some(OutOfReach::Outside)) => Err(refused(OUT_OF_REACH, "it is outside the repository")
            .help("choose a folder in the repository")
            .help("if the folder is intended, pass `--allow-outside`")),
        Err(error) => {
            Err(refused(UNREADABLE, &error.kind().to_string())
                .help("check the folders on its path"))
        }
    }
}

/// The folder of the ledger of a declaration that has one.
///
/// # Errors
///
/// It is none that a target may have.
pub(crate) fn ledger_folder(
    manifest: &Path,
    reading: &Reading,
) -> Option<Result<PathBuf, Diagnostic>> {
    let target = TARGETS
        .iter()
        .find(|target| target.temper == Temper::Ledger)?;
    let declared = reading.targets.get(target.name)?;
    Some(root_of(&folder_of(manifest), declared, reading.reach))
}

/// The migrations of a declaration, where it has a folder for them; what is wrong with them goes to `cx`.
pub fn migrations(manifest: &Path, reading: &Reading, cx: &mut Diagnostics) -> Option<Ledger> {
    match ledger_folder(manifest, reading)? {
        Ok(folder) => Some(Ledger::read(ledger::files(&folder, cx), cx)),
        Err(refused) => {
            cx.push(refused);
            None
        }
    }
}

/// Reads the ledger and says whether a migration is due (`D010`); what is wrong with the ledger goes to `cx`.
pub(crate) fn migration_due(
    folder: &Path,
    model: &Model,
    cx: &mut Diagnostics,
) -> Option<Diagnostic> {
    let before = cx.error_count();
    let ledger = Ledger::read(ledger::files(folder, cx), cx);
    if cx.error_count() > before {
        return None;
    }
    ledger.access(cx);
    match cx.error_count() == before {
        true => ledger::due(&ledger, model),
        false => None,
    }
}

/// Reads the declaration at `manifest` and writes every copy of it that is not there or not up to date.
///
/// For build scripts: point it at a folder that is committed, or at a declaration whose targets are in `OUT_DIR`.
/// Migrations are history and are not touched, see `codegen migrate`.
///
/// # Errors
///
/// Everything that is wrong with the declaration, or what could not be written; nothing was written then.
///
/// ```no_run
/// // build.rs
/// let manifest = std::path::Path::new("../schema");
/// println!("cargo::rerun-if-changed={}", manifest.display());
/// synctable_codegen::generate(manifest).unwrap();
/// ```
pub fn generate(manifest: &Path) -> Result<Applied, Refusal> {
    let reading = read(manifest);
    let refuse = |diagnostics: Vec<Diagnostic>, sources: &Sources| Refusal {
        report: crate::diagnostic::render(
            crate::diagnostic::Format::Human(crate::diagnostic::Color::Never),
            &diagnostics,
            sources,
        ),
        diagnostics,
    };
    if reading.has_errors() {
        return Err(refuse(reading.diagnostics, &reading.sources));
    }
    let mut cx = Diagnostics::new();
    let beside = match &reading.model {
        Some(model) => beside(manifest, &reading, model, &mut cx),
        None => Beside::default(),
    };
    let outputs = outputs(manifest, &reading, &beside, &mut cx);
    let plan = plan(manifest, &reading, &outputs, Trust::Markers, &mut cx);
    let found = cx.into_sorted();
    if found.iter().any(|found| found.severity == Severity::Error) {
        return Err(refuse(found, &reading.sources));
    }
    plan.apply()
        .map_err(|found| refuse(found, &reading.sources))
}

/// Why nothing was generated.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Everything that was found.
    pub diagnostics: Vec<Diagnostic>,
    report: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report)
    }
}

impl std::error::Error for Refusal {}

/// Whether a folder is the declaration's or one above it, by whatever name.
fn holds(folder: &Path, declared: &Path) -> bool {
    let below = |declared: &Path, folder: &Path| declared.starts_with(folder);
    let here = |path: &Path| {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        std::fs::canonicalize(path)
    };
    below(&join(declared, "."), folder)
        || matches!((here(declared), here(folder)), (Ok(declared), Ok(folder)) if below(&declared, &folder))
}

/// A path below or beside a folder, without `.` and with as few `..` as can be.
fn join(folder: &Path, relative: &str) -> PathBuf {
    let mut joined = PathBuf::new();
    for component in folder.components().chain(Path::new(relative).components()) {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if joined
                    .components()
                    .next_back()
                    .is_some_and(|last| matches!(last, Component::Normal(_))) =>
            {
                joined.pop();
            }
            Component::ParentDir
            | Component::Normal(_)
            | Component::RootDir
            | Component::Prefix(_) => joined.push(component),
        }
    }
    joined
}

/// The folder `to` as the folder `from` sees it, where both are relative to one; `None` where their paths do not tell.
fn from_folder(from: &str, to: &str) -> Option<String> {
    let none = Path::new("");
    let (from, to) = (join(none, from), join(none, to));
    if from.is_absolute() || to.is_absolute() {
        return None;
    }
    let both = from.components().zip(to.components());
    let shared = both.take_while(|(one, other)| one == other).count();
    let mut parts = Vec::new();
    for left in from.components().skip(shared) {
        match left {
            Component::Normal(_) => parts.push(".."),
            _ => return None,
        }
    }
    for entered in to.components().skip(shared) {
        parts.push(entered.as_os_str().to_str()?);
    }
    Some(match parts.is_empty() {
        true => ".".to_owned(),
        false => parts.join("/"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_seen_from_another_one() {
        let seen = |from, to| from_folder(from, to);
        let some = |path: &str| Some(path.to_owned());
        let sqlite = "../generated/sqlite";
        assert_eq!(
            seen("../src/generated", sqlite),
            some("../../generated/sqlite")
        );
        assert_eq!(seen("./out/a", "out/b/../c"), some("../c"));
        assert_eq!(seen("out", "./out"), some("."));
        assert_eq!(seen("../../a", "../b"), None);
        assert_eq!(seen("/a", "b"), None);
    }

    #[test]
    fn the_decoder_knows_the_targets_there_are() {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        assert_eq!(names, crate::declaration::TARGET_NAMES);
    }

    #[test]
    fn paths_are_as_short_as_can_be() {
        let join = |folder: &str, relative: &str| {
            join(Path::new(folder), relative)
                .to_string_lossy()
                .into_owned()
        };
        assert_eq!(join("schema", "../generated/sqlite"), "generated/sqlite");
        assert_eq!(
            join("../schema", "src/generated"),
            "../schema/src/generated"
        );
        assert_eq!(join("..", "../x"), "../../x");
        assert_eq!(join("./a/./b", "../../../c"), "../c");
        assert_eq!(join("/a", "../b"), "/b");
        assert_eq!(join("", "x"), "x");
    }
}
