//! What is generated from random declarations, executed.

use ::postgres::{Client, GenericClient, Transaction};
use synctable_codegen::catalog;
use synctable_codegen::diagnostic::{Complaints, Diagnostics};
use synctable_codegen::model::{Auth, Model};
use synctable_codegen::targets::postgres as target;
use synctable_codegen::targets::powersync::budget::budget;
use synctable_codegen::targets::{constants, mappers, powersync, sqlite};
use tests::generate::Case;
use tests::node::powersync::{compile, source_of};
use tests::postgres::{Cluster, Database, Refusal};

use crate::random::runner::{self, Failure, accepted};

/// Every so many declarations, PowerSync's compiler reads the streams.
const COMPILED_OF: u64 = 4;

/// A worker's own databases: one like a Supabase project, one empty; each case comes and goes in a transaction.
pub(crate) struct Databases {
    supabase: Client,
    plain: Client,
    /// Dropped after the connections.
    _databases: [Database<'static>; 2],
}

impl Databases {
    /// Fresh ones, with the roles that generated declarations name.
    pub(crate) fn new() -> Databases {
        let supabase = Cluster::shared().database("random");
        let plain = Cluster::shared().plain_database("random_plain");
        for database in [&supabase, &plain] {
            // An owner that row-level security leaves alone, and that owns no database; hand-written SQL makes things in `public`.
            database
                .apply_setup(
                    "do $$ begin
                        if not exists (select from pg_roles where rolname = 'bypassing_owner') then
                            create role bypassing_owner nologin bypassrls;
                        end if;
                        grant usage, create on schema public to bypassing_owner;
                    end $$",
                )
                .unwrap_or_else(|error| panic!("{error}"));
        }
        // Roles and memberships belong to the cluster: made once here, transactions of other workers find them.
        for model in (0..40).filter_map(|seed| accepted(&runner::case(seed)).ok()) {
            if model.externals.contains_key("ext.people") {
                continue;
            }
            let database = match model.postgres.auth {
                Auth::Supabase => &supabase,
                Auth::JwtClaims => &plain,
            };
            database
                .apply_setup(&setup(&model))
                .unwrap_or_else(|error| panic!("{error}"));
        }
        Databases {
            supabase: supabase.superuser(),
            plain: plain.superuser(),
            _databases: [supabase, plain],
        }
    }
}

fn setup(model: &Model) -> String {
    let tree = (target::TARGET.emit)(model);
    tree.get("setup.sql")
        .expect("setup stands beside the ledger")
        .into_owned()
}

/// The buckets and their policies; nothing where there are none.
fn storage(model: &Model) -> String {
    let tree = (target::TARGET.emit)(model);
    tree.get("storage.sql").unwrap_or_default().into_owned()
}

/// The part of the baseline that may run again.
fn publication(baseline: &str) -> &str {
    let Some(start) = baseline.find("-- What PowerSync reads") else {
        return "";
    };
    let part = &baseline[start..];
    part.find("\n\n-- ").map_or(part, |end| &part[..end])
}

/// Applies setup as the superuser and the baseline as the owner; the publication's part twice.
pub(crate) fn postgres(
    case: &Case,
    model: &Model,
    databases: &mut Databases,
) -> Result<(), Failure> {
    let client = match model.postgres.auth {
        Auth::Supabase => &mut databases.supabase,
        Auth::JwtClaims => &mut databases.plain,
    };
    let baseline = target::baseline(model);
    let again = publication(&baseline);
    let owner = format!(
        "set local session authorization {}",
        model.postgres.roles.owner
    );
    let mut transaction = client.transaction().expect("a transaction begins");
    for (what, sql) in [
        ("prelude", &*case.prelude),
        ("setup.sql", &setup(model)),
        ("owner", &*owner),
        ("baseline", &baseline),
        ("publication again", again),
        ("superuser", "set local session authorization default"),
        ("storage.sql", &storage(model)),
    ] {
        transaction.batch_execute(sql).map_err(|error| {
            let refusal = Refusal::new(&error, sql);
            Failure {
                way: format!("Postgres: {what}: {}", refusal.code),
                report: format!("{refusal}\n{sql}"),
            }
        })?;
    }
    reads_back(model, &mut transaction)?;
    if case.seed.is_multiple_of(COMPILED_OF) {
        streams(model, &mut transaction)?;
    }
    transaction.rollback().expect("a transaction ends");
    Ok(())
}

/// The catalog that Postgres tells is the one that the model asks for.
fn reads_back(model: &Model, transaction: &mut Transaction<'_>) -> Result<(), Failure> {
    let reading = catalog::postgres::Reading::of(model);
    let found = catalog::postgres::read_in(transaction, &reading).map_err(|error| Failure {
        way: "the catalog is not readable".to_owned(),
        report: format!("{error:?}"),
    })?;
    let differences = catalog::difference(&catalog::lower(model), &found);
    let differences: Vec<String> = catalog::without_written(model, differences)
        .iter()
        .map(ToString::to_string)
        .collect();
    match differences.first() {
        None => Ok(()),
        Some(first) => Err(Failure {
            // The fact, without the names that shrinking changes.
            way: format!("the catalog differs: {}", fact(first)),
            report: format!("{}\n{}", differences.join("\n"), target::baseline(model)),
        }),
    }
}

fn fact(difference: &str) -> &str {
    let (place, _) = difference.split_once(':').unwrap_or((difference, ""));
    place
        .rsplit(", ")
        .next()
        .unwrap_or(place)
        .split(' ')
        .next()
        .unwrap_or(place)
}

/// PowerSync's own compiler makes a plan of both dialects, beside the tables that are there; its ways are counted.
fn streams(model: &Model, client: &mut impl GenericClient) -> Result<(), Failure> {
    if model.streams.is_empty() {
        return Ok(());
    }
    let tables = source_of(client, model);
    // A rule that can be satisfied in more ways than PowerSync compiles is refused with S533, and so has no config.
    let mut complaints = Complaints::new();
    (powersync::TARGET.admit)(model, &mut complaints);
    let mut refused = Diagnostics::new();
    complaints.resolve(|_| None, &mut refused);
    let refused = refused.into_sorted();
    if let Some(other) = refused.iter().find(|one| one.code.as_str() != "S533") {
        return Err(Failure {
            way: format!("PowerSync: {}", other.code),
            report: other.message.clone(),
        });
    }
    if !refused.is_empty() {
        return Ok(());
    }
    let tree = (powersync::TARGET.emit)(model);
    for path in ["sync-config.yaml", "sync-rules.yaml"] {
        let config = tree.get(path).expect("both dialects are written");
        let fails = |said: String| Failure {
            way: format!("PowerSync: {path}"),
            report: format!("{said}\n{config}"),
        };
        let compilation = compile(&config, &tables);
        let plan = compilation.clean().map_err(fails)?;
        for (stream, cost) in plan.streams.iter().zip(budget(model).streams) {
            if stream.variants != cost.variants {
                let (name, ways) = (&stream.name, stream.variants);
                return Err(fails(format!(
                    "`{name}` has {ways} ways, not {}",
                    cost.variants
                )));
            }
            let lookups = cost.lookups.products();
            if stream.lookups as u64 != lookups {
                let (name, found) = (&stream.name, stream.lookups);
                return Err(fails(format!(
                    "`{name}` looks up {found} times, not {lookups}"
                )));
            }
        }
    }
    Ok(())
}

/// SQLite executes what the device gets.
pub(crate) fn sqlite(model: &Model) -> Result<(), Failure> {
    for (path, text) in (sqlite::TARGET.emit)(model).iter() {
        if path.ends_with(".sql") {
            tests::sqlite::open_with(&text).map_err(|error| Failure {
                way: "SQLite".to_owned(),
                report: format!("{error}\n{text}"),
            })?;
        }
    }
    Ok(())
}

/// Every Rust file is Rust.
pub(crate) fn rust(model: &Model) -> Result<(), Failure> {
    for target in [constants::TARGET, mappers::TARGET] {
        for (path, text) in (target.emit)(model).iter() {
            if path.ends_with(".rs")
                && let Err(error) = syn::parse_file(&text)
            {
                return Err(Failure {
                    way: format!("Rust: {}", target.name),
                    report: format!("{path}: {error}\n{text}"),
                });
            }
        }
    }
    Ok(())
}
