//! Writes the declaration, and generates from it, beside the build.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The conflict rules, with the delete rules that go with each.
const RULES: [(&str, &[&str]); 4] = [
    ("last_write_wins", &["hard", "soft", "denied"]),
    ("server_wins", &["hard", "soft", "denied"]),
    ("last_upload_wins", &["hard", "soft", "denied"]),
    ("append_only", &["denied"]),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let folder = out.join("app");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("schema")).expect("the folder can be made");
    fs::write(folder.join("schema/app.yaml"), declaration()).expect("a file can be written");
    if let Err(refusal) = synctable_codegen::generate(&folder.join("schema")) {
        panic!("{refusal}");
    }
    for module in ["generated", "mappers"] {
        without_inner_docs(&folder.join("src").join(module).join("mod.rs"));
    }
}

/// What `include!` reads has no documentation of its own.
fn without_inner_docs(path: &Path) {
    let text = fs::read_to_string(path).expect("it was generated");
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("//!"))
        .collect();
    fs::write(path, lines.join("\n")).expect("a file can be written");
}

fn declaration() -> String {
    let mut text = "\
synctable: 1
app: conflicts
postgres:
  roles: {client: authenticated, owner: postgres, replication: powersync_role, service: service_role}
targets: {constants: ../src/generated, mappers: ../src/mappers, sqlite: ../sqlite}
tables:
"
    .to_owned();
    for (conflict, deletes) in RULES {
        for delete in deletes {
            for mask in 0..32 {
                let [version, device, edited_at, tracked, utc] =
                    [1, 2, 4, 8, 16].map(|bit| mask & bit != 0);
                let decided_by_time = conflict == "last_write_wins";
                let told_for_nothing = conflict == "append_only" && tracked;
                let old_forms = utc && (version || !(edited_at || *delete == "soft"));
                if (decided_by_time && !edited_at) || told_for_nothing || old_forms {
                    continue;
                }
                table(
                    &mut text,
                    conflict,
                    delete,
                    [version, device, edited_at, tracked, utc],
                );
            }
        }
    }
    text
}

fn table(
    text: &mut String,
    conflict: &str,
    delete: &str,
    [version, device, edited_at, tracked, utc]: [bool; 5],
) {
    let mut name = format!("{conflict}_{delete}");
    let mut columns = String::new();
    for (is_there, word, column) in [
        (
            version,
            "version",
            "version: {kind: int, default: 1, role: version}",
        ),
        (
            device,
            "device",
            "edited_on: {kind: text, nullable: true, role: device}",
        ),
        (
            edited_at && !utc,
            "time",
            "edited_at: {kind: timestamptz, default: now(), role: edited_at}",
        ),
        (
            edited_at && utc,
            "utc",
            "edited_at: {kind: timestamp, nullable: true, role: edited_at}",
        ),
        (
            delete == "soft" && utc,
            "flag",
            "deleted: {kind: bool, default: false, role: tombstone}",
        ),
        (
            delete == "soft" && !utc,
            "",
            "deleted_at: {kind: timestamptz, nullable: true, role: tombstone}",
        ),
    ] {
        if is_there {
            writeln!(columns, "      {column}").expect("a string grows");
            if !word.is_empty() {
                write!(name, "_{word}").expect("a string grows");
            }
        }
    }
    let (mut client, mut access) = (String::new(), "read: public, insert: public".to_owned());
    if tracked {
        name.push_str("_tracked");
        client = "    client: {track_previous: true}\n".to_owned();
    }
    if conflict != "append_only" {
        access.push_str(", update: public");
    }
    if delete != "denied" {
        access.push_str(", delete: public");
    }
    write!(
        text,
        "  {name}:
    sync: both
    conflict: {conflict}
    delete: {delete}
{client}    columns:
      id: {{kind: uuid, key: true}}
      name: {{kind: text, nullable: true}}
      seats: {{kind: int, default: 7}}
{columns}    access: {{{access}}}
"
    )
    .expect("a string grows");
}
