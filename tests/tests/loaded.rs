//! What is loaded from a declaration is what generated Rust compiles in, and reads entries as it does.

use synctable::crud::{Entry, Op, Release, Releases, Sender};
use synctable::facts::ColumnType;
use synctable::statement::StatementSet;
use synctable::{ColumnDef, Kind, Registry, Scalar, TableDef, Value};
use synctable_codegen::loaded::{Loaded, load};
use synctable_codegen::targets::bridge::{self, Program};
use synctable_codegen::targets::postgres::pull::pulled;
use tests::cases::workspace;

fn loaded(folder: &str) -> Loaded {
    let load = load(&workspace().join(folder));
    load.loaded
        .unwrap_or_else(|| panic!("{:?}", load.reading.diagnostics))
}

/// Every fact of a table, of its columns and of what it refers to, as the types print themselves.
fn facts(registry: &Registry) -> Vec<(&'static str, String)> {
    let tables = registry.tables.iter();
    let mut facts: Vec<(&str, String)> = tables
        .map(|table| (table.name, format!("{table:#?}")))
        .collect();
    facts.push(("", format!("{registry:#?}")));
    facts
}

/// Whether two are one, but for the line break that an embedded text begins with.
fn is_same(one: &StatementSet, other: &StatementSet) -> bool {
    let trimmed = |set: &StatementSet| {
        let mut set = set.clone();
        for commands in [&mut set.row_security, &mut set.guarded] {
            let all = [&mut commands.put, &mut commands.patch, &mut commands.delete];
            for statement in all.into_iter().flatten() {
                statement.text = statement.text.trim().to_owned().into();
            }
        }
        set
    };
    trimmed(one) == trimmed(other)
}

const ENTRIES: usize = 20_000;
const ANN: &str = "00000000-0000-4000-8000-00000000000a";

/// A sequence that is the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// An entry of a table: mostly what its columns take, and sometimes anything else.
fn entry(table: &'static TableDef, random: &mut Random) -> Entry<'static> {
    let op = [Op::Put, Op::Put, Op::Patch, Op::Delete][random.below(4)];
    let id = match random.below(5) {
        0 => "not an id/0/ä".to_owned(),
        _ => {
            let parts: Vec<String> = table.key.iter().map(|key| text(key, random)).collect();
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            table.id.compose(&parts)
        }
    };
    let name = match random.below(200) {
        0 => "nothing",
        _ => table.client_name,
    };
    let mut entry = Entry::new(op, name, id);
    if op != Op::Delete {
        for column in table.columns {
            let is_sent = match (column.uploads(), op) {
                (true, Op::Put) => random.below(12) > 0,
                (true, _) => random.below(3) == 0,
                (false, _) => random.below(60) == 0,
            };
            let is_key = table.key.iter().any(|key| key.name == column.name);
            if is_sent && !(is_key && random.below(4) > 0) {
                entry = entry.with(column.client_name, value(column, random));
            }
        }
        if random.below(100) == 0 {
            entry = entry.with("nothing", Value::Null);
        }
    }
    if op != Op::Put && random.below(4) == 0 {
        for column in table.columns {
            if random.below(3) == 0 {
                entry = entry.with_previous(column.client_name, value(column, random));
            }
        }
    }
    entry
}

/// A value of a column, as devices send it, or once in a while one of another kind.
fn value(column: &ColumnDef, random: &mut Random) -> Value<'static> {
    match random.below(60) {
        0 => return Value::Null,
        1 => return Value::Text("\u{0}".into()),
        2 => return Value::Integer(i64::MAX),
        3 => return Value::Real(0.1 + 0.2),
        4 => return Value::Text("2026-01-31 13:47:12".into()),
        5 => return Value::Text("[1, \"a\", null]".into()),
        _ => {}
    }
    match &column.kind {
        Kind::List(_) => Value::Text("[]".into()),
        _ => match column.kind.column_type() {
            ColumnType::Integer => Value::Integer(random.below(3) as i64),
            ColumnType::Real => Value::Real(random.below(3) as f64 / 2.0),
            ColumnType::Text => Value::Text(text(column, random).into()),
        },
    }
}

/// A text of a column that holds one.
fn text(column: &ColumnDef, random: &mut Random) -> String {
    if let Some(labels) = column.labels {
        return labels.labels[random.below(labels.labels.len())].to_owned();
    }
    match column.kind.carrier() {
        Some(scalar) => match scalar {
            Scalar::Uuid => ANN.to_owned(),
            Scalar::Bytes => "00ff".to_owned(),
            _ if column.kind.column_type() == ColumnType::Integer => random.below(9).to_string(),
            _ => scalar.facts().example.to_owned(),
        },
        None => "a".to_owned(),
    }
}

macro_rules! equal {
    ($test:ident, $reads:ident, $app:ident, $folder:literal) => {
        #[test]
        fn $test() {
            let loaded = loaded($folder);
            let (found, wanted) = (facts(loaded.registry), facts(&$app::generated::REGISTRY));
            for ((table, found), (_, wanted)) in found.iter().zip(&wanted) {
                assert!(
                    found == wanted,
                    "{table}:\n{}",
                    similar::TextDiff::from_lines(wanted, found).unified_diff()
                );
            }
            assert_eq!(found.len(), wanted.len());
            let releases: Releases = $app::generated::releases::RELEASES;
            assert_eq!(loaded.releases, releases);
            let statements = $app::mappers::statements::ALL;
            for one in statements {
                let mut all = loaded.statements.iter();
                let same = all.find(|other| other.table == one.table);
                let same = same.unwrap_or_else(|| panic!("{} is missing", one.table.name));
                assert!(is_same(&same.set, &one.set), "{}", one.table.name);
            }
        }

        #[test]
        fn $reads() {
            let loaded = loaded($folder);
            let decoder = loaded.decoder();
            let mut random = Random(7);
            let mut taken = 0;
            for nr in 0..ENTRIES {
                let table = loaded.registry.tables[nr % loaded.registry.tables.len()];
                let entry = entry(table, &mut random);
                let sender = Sender::of(&Release::CURRENT).user(ANN);
                let wanted = $app::mappers::Change::decode_from(&entry, &sender);
                let found = decoder.decode_from(&entry, &sender);
                match (&found, &wanted) {
                    (Ok(found), Ok(wanted)) => {
                        assert_eq!(found.write(), wanted.write(), "{entry:?}");
                        taken += 1;
                    }
                    (Err(found), Err(wanted)) => assert_eq!(found, wanted, "{entry:?}"),
                    _ => panic!("{entry:?}: {found:?}, but {wanted:?}"),
                }
            }
            assert!(taken > ENTRIES / 50, "only {taken} entries were changes");
        }
    };
}

equal!(
    tasks_is_loaded_as_it_is_compiled,
    tasks_is_read_as_by_its_structs,
    schema,
    "schema"
);
equal!(
    powergit_is_loaded_as_it_is_compiled,
    powergit_is_read_as_by_its_structs,
    powergit,
    "examples/powergit/schema"
);
equal!(
    taskly_is_loaded_as_it_is_compiled,
    taskly_is_read_as_by_its_structs,
    taskly,
    "examples/taskly/schema"
);
equal!(
    tunetrees_is_loaded_as_it_is_compiled,
    tunetrees_is_read_as_by_its_structs,
    tunetrees,
    "examples/tunetrees/schema"
);

#[test]
fn the_file_of_a_program_holds_what_its_declaration_does() {
    for folder in [
        "schema",
        "examples/powergit/schema",
        "examples/tunetrees/schema",
    ] {
        let declared = load(&workspace().join(folder));
        let model = declared.reading.model.as_ref().expect("it is right");
        let tree = (bridge::TARGET.emit)(model);
        let text = tree.get(bridge::FILE).expect("it is written");
        let program = Program::read(&text).unwrap_or_else(|why| panic!("{folder}: {why}"));
        let (file, declared) = (
            Loaded::of_program(&program),
            declared.loaded.expect("it is right"),
        );
        assert_eq!(facts(file.registry), facts(declared.registry));
        assert_eq!(
            format!("{:?}", file.statements),
            format!("{:?}", declared.statements)
        );
        assert_eq!(format!("{:?}", file.pull), format!("{:?}", declared.pull));
        assert_eq!(file.buckets, declared.buckets);
    }
}

/// Rust makes the SQL of a pull of its tables; the worker has the same texts, which are lowered of the model.
#[test]
fn a_pull_asks_in_rust_what_is_lowered_for_a_worker() {
    for (folder, compiled) in [
        ("schema", &schema::generated::pull::PULL),
        (
            "examples/tunetrees/schema",
            &tunetrees::generated::pull::PULL,
        ),
    ] {
        let declared = load(&workspace().join(folder));
        let model = declared.reading.model.as_ref().expect("it is right");
        let lowered = pulled(model).expect("devices pull").pulled;
        let loaded = declared.loaded.and_then(|loaded| loaded.pull);
        for pull in [compiled, loaded.expect("devices pull")] {
            assert_eq!(pull.version, lowered.version);
            assert_eq!(pull.tables.len(), lowered.tables.len());
            for (table, lowered) in pull.tables.iter().zip(&lowered.tables) {
                let rows = table.rows(&pull.bridge);
                let columns: Vec<&str> = table.columns().map(|column| column.name).collect();
                assert_eq!(columns, lowered.columns);
                assert_eq!(rows.changed(), lowered.changed);
                assert_eq!(rows.changed_after(), lowered.changed_after);
                assert_eq!(rows.whole(), lowered.whole);
                assert_eq!(rows.whole_after(), lowered.whole_after);
                assert_eq!(rows.now(), lowered.now);
                assert_eq!(rows.gone(), lowered.gone);
            }
            for (role, lowered) in pull.roles.iter().zip(&lowered.roles) {
                assert_eq!(pull.busy(role), lowered.busy);
            }
        }
    }
}

#[test]
fn buckets_are_loaded_as_they_are_compiled() {
    for (folder, compiled) in [
        ("schema", schema::generated::buckets::BUCKETS),
        (
            "examples/powergit/schema",
            powergit::generated::buckets::BUCKETS,
        ),
        (
            "examples/tunetrees/schema",
            tunetrees::generated::buckets::BUCKETS,
        ),
    ] {
        assert_eq!(loaded(folder).buckets, compiled, "{folder}");
        assert!(!compiled.is_empty());
    }
    assert!(loaded("examples/taskly/schema").buckets.is_empty());
}
