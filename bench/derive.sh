#!/bin/sh
# Measures what a derive adds to `cargo check`, and prints a Markdown table: per struct of twelve fields.
#
#   bench/derive.sh         what docs/performance.md holds
#
# A crate of 200 structs over a declared table is checked with no derive, with SyncTable (both database features on),
# and with serde's two, in turns; counted is the processor's time, the best of nine. Needs Python 3.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
structs=${STRUCTS:-200}
runs=${RUNS:-9}

cargo build --quiet --package codegen
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/schema" "$work/table/src" "$work/rows/src"
{
    cat <<'YAML'
synctable: 1
app: bench
targets: {constants: ../table/src/generated}
enums:
  level: [low, high]
tables:
YAML
    for table in things more; do
        cat <<YAML
  $table:
    sync: down
    columns:
      id: {kind: uuid, key: true}
      owner_id: uuid
      title: text
      note: {kind: text, nullable: true}
      position: int
      size: {kind: bigint, nullable: true}
      price: decimal(10,2)
      done: bool
      due: {kind: date, nullable: true}
      level: level
      edited_at: timestamptz
      deleted_at: {kind: timestamptz, nullable: true}
      ${table}_too: {kind: text, nullable: true, on: server}
    indexes: {${table}_by_owner: [owner_id]}
    access: {read: owner_id = auth.user_id()}
YAML
    done
} | sed '/things_too/d' >"$work/schema/app.yaml"
target/debug/codegen generate --manifest "$work/schema" >/dev/null
cat >"$work/table/src/lib.rs" <<'RUST'
pub mod generated;
RUST
cat >"$work/Cargo.toml" <<'TOML'
[workspace]
members = ["table", "rows"]
resolver = "3"
TOML
for package in table rows; do
    cat >"$work/$package/Cargo.toml" <<TOML
[package]
name = "$package"
version = "0.0.0"
edition = "2024"

[dependencies]
synctable = { path = "$root/synctable", features = ["rusqlite", "tokio-postgres"] }
TOML
done
printf 'serde = { version = "1", features = ["derive"] }\ntable = { path = "../table" }\n' >>"$work/rows/Cargo.toml"
cp Cargo.lock "$work/Cargo.lock"

python3 - "$work" "$structs" "$runs" "$root/target/bench-derive" <<'PYTHON'
import os, resource, subprocess, sys
work, structs, runs, target = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
ours = """    pub id: synctable::Uuid,
    pub owner_id: synctable::Uuid,
    pub title: String,
    pub note: Option<String>,
    pub position: i32,
    pub size: Option<i64>,
    pub price: synctable::Decimal,
    pub done: bool,
    pub due: Option<synctable::Date>,
    pub level: table::generated::enums::Level,
    pub edited_at: synctable::Timestamp,
    pub deleted_at: Option<synctable::Timestamp>,
"""
# What serde has no words for is text.
theirs = ours
for name in ["synctable::Uuid", "synctable::Decimal", "synctable::Date", "table::generated::enums::Level", "synctable::Timestamp"]:
    theirs = theirs.replace(name, "String")
variants = {
    "none": ("", ours),
    "`SyncTable`, all columns": ("#[derive(synctable::SyncTable)]\n#[synctable(table = things)]\n", ours),
    "`SyncTable`, `partial`": ("#[derive(synctable::SyncTable)]\n#[synctable(table = more, partial)]\n", ours),
    "serde `Serialize`": ("#[derive(serde::Serialize)]\n", theirs),
    "serde `Deserialize`": ("#[derive(serde::Deserialize)]\n", theirs),
}
# In this folder, so that its toolchain is taken.
command = ["cargo", "check", "--quiet", "--manifest-path", f"{work}/rows/Cargo.toml"]
environment = dict(os.environ, CARGO_TARGET_DIR=target, CARGO_INCREMENTAL="0")
def spent():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
def check():
    before = spent()
    subprocess.run(command, env=environment, check=True)
    return spent() - before
best = {}
for run in range(runs + 1):
    for name, (attributes, fields) in variants.items():
        with open(f"{work}/rows/src/lib.rs", "w") as file:
            file.write("#[allow(unused_imports)]\nuse table::generated::tables::{more, things};\n")
            for index in range(structs):
                file.write(f"{attributes}pub struct Thing{index} {{\n{fields}}}\n")
        seconds = check()
        if run:
            best[name] = min(seconds, best.get(name, seconds))
print("| derive | whole check | per struct |\n| --- | --- | --- |")
for name, seconds in best.items():
    added = (seconds - best["none"]) / structs * 1000
    print(f"| {name} | {seconds:.2f} s | " + ("|" if name == "none" else f"{added:.1f} ms |"))
PYTHON
