//! Large declarations of an ordinary shape, for measuring.

use std::fmt::Write as _;

/// The settings and tables, as the files of a declaration: `app.yaml` and one file for every hundred tables.
///
/// The tables are alike: a uuid key, an owner, a parent of another table, text with a check, an enum, numbers,
/// times, an index and a policy.
pub fn declaration(tables: usize, columns: usize) -> Vec<(String, String)> {
    let mut files = vec![(
        "app.yaml".to_owned(),
        "synctable: 1\n\
         app: large\n\
         targets:\n  constants: out/constants\n  mappers: out/mappers\n  postgres: out/postgres\n  \
         sqlite: out/sqlite\n  powersync: out/powersync\n  openapi: out/openapi\n\
         enums:\n  state: [open, done, archived]\n"
            .to_owned(),
    )];
    for first in (0..tables).step_by(100) {
        let mut text = "tables:\n".to_owned();
        for table in first..tables.min(first + 100) {
            one(&mut text, table, columns);
        }
        files.push((format!("tables_{:05}.yaml", first), text));
    }
    files
}

const KINDS: &[&str] = &[
    "kind: text, check: \"length(NAME) between 1 and 500\"",
    "kind: state, default: open",
    "kind: int, nullable: true",
    "kind: bool, default: false",
    "kind: timestamptz, nullable: true",
    "kind: \"decimal(10,2)\", nullable: true",
    "kind: json, nullable: true",
    "kind: list(text), default: []",
];

fn one(text: &mut String, table: usize, columns: usize) {
    let _ = write!(
        text,
        "  table_{table}:\n    doc: One of many.\n    sync: both\n    columns:\n      \
         id: {{kind: uuid, key: true, default: uuid(), client_default: uuid()}}\n      \
         owner_id: {{kind: uuid, server: auth.user_id(), role: owner}}\n      \
         edited_at: {{kind: timestamptz, role: edited_at}}\n"
    );
    let mut own = 3;
    if table > 0 {
        let parent = table / 2;
        let _ = writeln!(
            text,
            "      parent_id: {{kind: uuid, nullable: true, references: table_{parent}.id, on_delete: cascade}}"
        );
        own += 1;
    }
    for column in own..columns.max(own + 1) {
        let name = format!("column_{column}");
        let kind = KINDS[column % KINDS.len()].replace("NAME", &name);
        let _ = writeln!(text, "      {name}: {{{kind}, doc: A column.}}");
    }
    let _ = write!(
        text,
        "    indexes:\n      by_owner: {{on: [owner_id, edited_at desc], side: both}}\n    access:\n      \
         all: owner_id = auth.user_id()\n"
    );
}
