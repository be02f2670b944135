//! One change a case: `expected.txt` is what `check` says, and what `generate` writes for clients of the release before.

use std::collections::BTreeSet;
use std::fs;

use synctable_codegen::clients;
use synctable_codegen::diagnostic::{Color, Complaints, Format, Severity, render};
use synctable_codegen::model::{Clients, History, Model, Released};
use synctable_codegen::read;
use synctable_codegen::targets::{Beside, constants, powersync, typescript};
use tempfile::TempDir;
use tests::applied::{applied, model_of};
use tests::cases::{cases, each};
use tests::node::powersync::{compile, source_of};
use tests::node::typescript::{link_packages, tsc_in};

pub(crate) fn history(model: &Model) -> History {
    History {
        models: vec![model.clone()],
        releases: vec![Released {
            name: "1.0.0".to_owned(),
            at: 0,
            ended: false,
        }],
    }
}

#[test]
fn what_a_change_means_for_clients_is_told() {
    each("clients", |case| {
        let before = model_of(&case.folder.join("before"));
        let after = model_of(&case.folder.join("after"));
        let history = history(&before);
        let mut complaints = Complaints::new();
        clients::check(&history, &after, &mut complaints);
        let reading = read(&case.folder.join("after"));
        let found = reading.placed(complaints);
        let codes: BTreeSet<&str> = found.iter().map(|one| one.code.as_str()).collect();
        let code = case.name.split('_').next().unwrap_or_default();
        let expected = match code.starts_with("D0") {
            true => BTreeSet::from([code]),
            false => BTreeSet::new(),
        };
        let text = render(Format::Human(Color::Never), &found, &reading.sources);
        let text = text.replace(&format!("{}/", case.folder.display()), "");
        if codes != expected {
            return Err(format!("the report is not about {code} alone:\n{text}"));
        }
        let is_severe = |severity| match code {
            "D072" => severity == Severity::Error,
            _ => severity == Severity::Warning,
        };
        if !found
            .iter()
            .all(|one| is_severe(one.severity) && one.span.is_some())
        {
            return Err(format!("another severity, or no place:\n{text}"));
        }
        let beside = Beside {
            clients: clients::clients(&history, &after),
            ..Beside::default()
        };
        if found.is_empty() && !beside.clients.renamed.is_empty() {
            compiles(&after, &beside)?;
        }
        case.expect(
            "expected.txt",
            &format!("{text}{}", written(&after, &beside)),
        )
    });
}

/// Whether PowerSync takes two names for one column.
fn compiles(model: &Model, beside: &Beside) -> Result<(), String> {
    let database = applied("clients", model);
    let tables = source_of(&mut database.superuser(), model);
    let tree = powersync::TARGET.tree(model, beside);
    for file in ["sync-config.yaml", "sync-rules.yaml"] {
        let config = tree.get(file).expect("it is written");
        compile(&config, &tables)
            .clean()
            .map_err(|said| format!("{said}\n{config}"))?;
    }
    Ok(())
}

#[test]
fn what_typescript_knows_of_releases_compiles_strictly() {
    let folder = TempDir::new().expect("a folder can be made");
    link_packages(folder.path());
    for case in cases("clients") {
        let before = model_of(&case.folder.join("before"));
        let after = model_of(&case.folder.join("after"));
        let beside = Beside {
            clients: clients::clients(&history(&before), &after),
            ..Beside::default()
        };
        for (path, text) in typescript::TARGET.tree(&after, &beside).iter() {
            let path = folder.path().join(&case.name).join(path);
            fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
            fs::write(path, &*text).expect("it can be written");
        }
    }
    tsc_in(folder.path()).unwrap_or_else(|said| panic!("{said}"));
}

/// What is written otherwise because of the release.
fn written(model: &Model, beside: &Beside) -> String {
    let mut text = String::new();
    let none = Beside {
        clients: Clients {
            added: Vec::new(),
            renamed: Vec::new(),
            ..beside.clients.clone()
        },
        ..Beside::default()
    };
    for target in [constants::TARGET, typescript::TARGET, powersync::TARGET] {
        let (with, without) = (target.tree(model, beside), target.tree(model, &none));
        for (path, now) in with.iter() {
            let plain = without.get(path).unwrap_or_default();
            let new: Vec<&str> = now
                .lines()
                .filter(|line| !plain.lines().any(|other| other == *line))
                .collect();
            if !new.is_empty() {
                text += &format!("--- {path}\n{}\n", new.join("\n"));
            }
        }
    }
    text
}
