//! What PowerSync's compiler makes of a model's two configurations.

use std::path::PathBuf;

use synctable_codegen::diagnostic::{Color, Complaints, Format, render};
use synctable_codegen::model::{Auth, Model};
use synctable_codegen::read;
use synctable_codegen::targets::{postgres, powersync};
use tests::node::powersync::{Compilation, Plan, SourceTable, compile, source_of};
use tests::postgres::{Cluster, OWNER};

/// What the compiler makes of one of the two configurations.
pub(crate) struct Compiled {
    pub(crate) compilation: Compilation,
    pub(crate) config: String,
    pub(crate) tables: Vec<SourceTable>,
}

impl Compiled {
    fn of(config: &str, tables: &[SourceTable]) -> Self {
        Self {
            compilation: compile(config, tables),
            config: config.to_owned(),
            tables: tables.to_vec(),
        }
    }

    /// The plan, if nothing was said.
    pub(crate) fn clean(&self) -> Result<&Plan, String> {
        let said = |said| format!("{said}\n{}", self.config);
        self.compilation.clean().map_err(said)
    }
}

/// The streams and the older rules of a model, beside the tables that the model's own baseline creates.
pub(crate) fn compiled(model: &Model) -> (Compiled, Compiled) {
    let mut complaints = Complaints::new();
    (powersync::TARGET.admit)(model, &mut complaints);
    assert!(complaints.is_empty(), "{complaints:#?}");
    let database = match model.postgres.auth {
        Auth::Supabase => Cluster::shared().database("streams"),
        Auth::JwtClaims => Cluster::shared().plain_database("streams"),
    };
    let setup = (postgres::TARGET.emit)(model);
    database
        .apply_setup(
            &setup
                .get("setup.sql")
                .expect("setup stands beside the ledger"),
        )
        .expect("setup applies");
    database
        .apply(&postgres::baseline(model))
        .expect("the baseline applies");
    let tables = source_of(&mut database.superuser(), model);
    let tree = (powersync::TARGET.emit)(model);
    let file = |name| tree.get(name).expect("it is written");
    (
        Compiled::of(&file("sync-config.yaml"), &tables),
        Compiled::of(&file("sync-rules.yaml"), &tables),
    )
}

/// The model of a declaration, owned by the role of the harness.
pub(crate) fn model_of(folder: PathBuf) -> Model {
    let reading = read(&folder);
    let mut model = reading.model.unwrap_or_else(|| {
        let color = Format::Human(Color::Never);
        panic!("{}", render(color, &reading.diagnostics, &reading.sources))
    });
    model.postgres.roles.owner = OWNER.to_owned();
    model
}
