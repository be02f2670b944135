//! A declaration or the file of a program, loaded as the app that the bridge serves.

use super::Stop;
use super::args::Source;
use crate::app::App;
use crate::config::{Access, Config};
use std::path::Path;
use synctable::ident::bridge_schema;
use synctable_codegen::catalog;
use synctable_codegen::diagnostic::{Color, Format, render};
use synctable_codegen::loaded::{Load, Loaded, load};
use synctable_codegen::model::{Connection, Model};
use synctable_codegen::targets::bridge::Program;

/// Loads an app; what is wrong with a declaration is told as `codegen check` tells it.
pub(super) fn app(source: &Source, config: &Config) -> Result<App, Stop> {
    match (&source.schema, &source.program) {
        (Some(schema), _) => app_of(&load(schema), schema, config),
        (None, Some(file)) => {
            let shown = file.display();
            let text = std::fs::read_to_string(file)
                .map_err(|error| Stop::Environment(format!("`{shown}` cannot be read: {error}")))?;
            let program = Program::read(&text)
                .map_err(|why| Stop::Declared(format!("`{shown}` cannot be served: {why}")))?;
            app_from(Loaded::of_program(&program), &program.model, config)
        }
        (None, None) => Err(Stop::Declared("no app is named".to_owned())),
    }
}

/// The app of a declaration that was loaded.
pub(super) fn app_of(load: &Load, schema: &Path, config: &Config) -> Result<App, Stop> {
    let (Some(loaded), Some(model)) = (load.loaded, &load.reading.model) else {
        let report = render(
            Format::Human(Color::Never),
            &load.reading.diagnostics,
            &load.reading.sources,
        );
        return Err(Stop::Declared(format!(
            "the declaration in `{}` has errors\n{report}",
            schema.display()
        )));
    };
    app_from(loaded, model, config)
}

fn app_from(loaded: Loaded, model: &Model, config: &Config) -> Result<App, Stop> {
    fits(model, config.database.access)?;
    if config.objects.backend.is_some() && model.storage.is_empty() {
        return Err(Stop::Declared(
            "`objects.backend` is set, and the declaration has no bucket: add `storage`".to_owned(),
        ));
    }
    let roles = catalog::callers(model).into_iter();
    Ok(App {
        registry: loaded.registry,
        releases: loaded.releases,
        statements: loaded.statements,
        pull: loaded.pull,
        buckets: loaded.buckets,
        checkpoints: !model.postgres.custom_checkpoints.is_empty(),
        client_role: model.postgres.roles.client.clone(),
        roles: roles
            .filter(|role| model.postgres.roles.service.as_ref() != Some(role))
            .collect(),
        service_role: model.postgres.roles.service.clone(),
        schema: bridge_schema(&model.app),
        changes: loaded.decoder(),
    })
}

/// Whether the declaration has what the settings ask for.
fn fits(model: &Model, access: Access) -> Result<(), Stop> {
    let stop = |why: &str| Err(Stop::Declared(why.to_owned()));
    if model.postgres.roles.bridge.is_none() {
        return stop(
            "the declaration has no role for the bridge: add `postgres: {roles: {bridge: …}}`",
        );
    }
    let connection = match access {
        Access::RowSecurity => Connection::RowSecurity,
        Access::Guarded => Connection::Guarded,
    };
    if !model.postgres.has(connection) {
        return stop(
            "`database.access` is a kind of connection that `postgres.connections` leaves out",
        );
    }
    if access == Access::Guarded && model.postgres.roles.service.is_none() {
        return stop(
            "guarded statements run as the service: add `postgres: {roles: {service: …}}`",
        );
    }
    Ok(())
}
