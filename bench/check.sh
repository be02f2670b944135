#!/bin/sh
# Measures what `cargo check` takes for generated constants, mappers and statements, beside diesel for the same tables,
# and prints a Markdown table.
#
#   bench/check.sh          what docs/performance.md holds
#
# Diesel has, for every table that a device has, `table!` and structs for `Queryable`, `Insertable` and `AsChangeset`.
# Dependencies are checked before. Counted is the processor's time, the best of RUNS (5): of a whole check of the crate,
# and of an incremental one after a column of one table got another name. Needs Python 3.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
runs=${RUNS:-5}

cargo build --quiet --package codegen
cargo build --quiet --package tests --bin large-declaration
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tunetrees/repo" "$work/large"
cp -r examples/tunetrees/schema "$work/tunetrees/schema"
target/debug/large-declaration "$work/large/schema" 100 20

python3 - "$work" "$root" "$runs" <<'PYTHON'
import json, os, re, resource, subprocess, sys
work, root, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
codegen = f"{root}/target/debug/codegen"
target = f"{root}/target/bench-check"

def spent():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime

def check(crate, incremental):
    environment = dict(os.environ, CARGO_TARGET_DIR=target, CARGO_INCREMENTAL=str(int(incremental)))
    before = spent()
    # In this folder, so that its toolchain is taken.
    subprocess.run(["cargo", "check", "--quiet", "--manifest-path", f"{crate}/Cargo.toml"], env=environment, check=True, cwd=root)
    return spent() - before

def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)

def crate(folder, name, dependency):
    write(f"{folder}/Cargo.toml", f'[package]\nname = "{name}"\nversion = "0.0.0"\nedition = "2024"\n\n[workspace]\n\n[dependencies]\n{dependency}\n')

KINDS = {"bool": ("Bool", "bool"), "smallint": ("SmallInt", "i16"), "int": ("Integer", "i32"), "bigint": ("BigInt", "i64"), "real": ("Float", "f32"), "double": ("Double", "f64")}

def diesel(model):
    """Tables and structs of a model; what diesel has no words for without another crate is text."""
    text = "#![recursion_limit = \"512\"]\n#![allow(non_snake_case)]\n"
    for name, table in model["tables"].items():
        if table["sync"] == "none":
            continue
        columns = [column for column in table["columns"].values() if column["direction"] != "server_only"]
        words = []
        for column in columns:
            kind = column["kind"]
            kind = kind.get("scalar") if isinstance(kind, dict) else kind
            sql, rust = KINDS.get(kind if isinstance(kind, str) else "", ("Text", "String"))
            if column["nullable"]:
                sql, rust = f"Nullable<{sql}>", f"Option<{rust}>"
            words.append((column["name"], sql, rust))
        key = ", ".join(table["key"])
        fields = lambda form: "".join(f"        pub c_{name}: {form(rust)},\n" for name, _, rust in words)
        named = "".join(f"        c_{name} -> {sql},\n" for name, sql, _ in words)
        keys = ", ".join(f"c_{part}" for part in table["key"])
        row, put = fields(lambda rust: rust), fields(lambda rust: rust)
        patch = "".join(f"        pub c_{name}: Option<{rust}>,\n" for name, _, rust in words if name not in table["key"])
        text += f"""pub mod t_{name} {{
    use diesel::prelude::*;
    diesel::table! {{
        t ({keys}) {{
{named}        }}
    }}
    #[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
    #[diesel(table_name = t)]
    pub struct Row {{
{row}    }}
    #[derive(Debug, Clone, PartialEq, Insertable)]
    #[diesel(table_name = t)]
    pub struct Put {{
{put}    }}
    #[derive(Debug, Clone, PartialEq, AsChangeset)]
    #[diesel(table_name = t)]
    pub struct Patch {{
{patch}    }}
}}
"""
    return text

def edit(folder, old, new):
    for at, _, files in os.walk(folder):
        for file in files:
            path = os.path.join(at, file)
            text = open(path).read()
            changed = re.sub(rf"\b{old}\b", new, text)
            if changed != text:
                write(path, changed)

print("| crate | tables | whole check | per table | after one renamed column |\n| --- | --- | --- | --- | --- |")
for app, column in [("tunetrees", "queue_date"), ("large", None)]:
    base = f"{work}/{app}"
    manifest = f"{base}/schema"
    path = f"{manifest}/app.yaml"
    text = open(path).read()
    text = re.sub(r"targets:\n(  .*\n)+", "targets:\n  constants: ../ours/src/generated\n  mappers: ../ours/src/mappers\n", text)
    # A queue needs its target.
    text = text.replace("sqlite: {queue: true}\n", "")
    write(path, text)
    generate = [codegen, "generate", "--manifest", manifest, "--allow-outside"]
    model = json.loads(subprocess.run([codegen, "show", "model", "--manifest", manifest, "--allow-outside"], check=True, capture_output=True).stdout)["model"]
    tables = [table for table in model["tables"].values() if table["sync"] != "none"]
    crate(f"{base}/ours", "ours", f'synctable = {{ path = "{root}/synctable", features = ["tokio-postgres"] }}')
    write(f"{base}/ours/src/lib.rs", "pub mod generated;\npub mod mappers;\n")
    crate(f"{base}/diesel", "theirs", 'diesel = { version = "2", default-features = false, features = ["postgres_backend", "32-column-tables"] }')
    subprocess.run(generate, check=True, stdout=subprocess.DEVNULL)
    write(f"{base}/diesel/src/lib.rs", diesel(model))
    last = tables[len(tables) // 2]
    old = next(name for name in reversed(last["columns"]) if last["columns"][name]["direction"] == "both" and name not in last["key"] and last["columns"][name].get("role") is None)
    for name, folder in [("generated", f"{base}/ours"), ("diesel", f"{base}/diesel")]:
        lib = f"{folder}/src/lib.rs"
        check(folder, False)
        whole, again = [], []
        for _ in range(runs):
            os.utime(lib)
            whole.append(check(folder, False))
        check(folder, True)
        names = [f"{old}", f"{old}_too"]
        for run in range(runs):
            before, after = names if run % 2 == 0 else names[::-1]
            if name == "generated":
                file = next(f"{at}/{one}" for at, _, files in os.walk(manifest) for one in files if re.search(rf"^  {last['name']}:\n(    .*\n|\n)*?      {before}:", open(f"{at}/{one}").read(), re.M))
                text = open(file).read()
                at = re.search(rf"^  {last['name']}:\n", text, re.M).end()
                head, tail = text[:at], text[at:]
                end = re.search(r"^  \w+:\n", tail, re.M)
                end = end.start() if end else len(tail)
                tail = re.sub(rf"\b{before}\b", after, tail[:end]) + tail[end:]
                write(file, head + tail)
                subprocess.run(generate, check=True, stdout=subprocess.DEVNULL)
            else:
                text = open(lib).read()
                at = text.index(f"pub mod t_{last['name']} {{")
                end = text.find("\npub mod ", at + 1)
                end = len(text) if end < 0 else end
                write(lib, text[:at] + re.sub(rf"\bc_{before}\b", f"c_{after}", text[at:end]) + text[end:])
            again.append(check(folder, True))
        print(f"| {name}, {app} | {len(tables)} | {min(whole):.2f} s | {min(whole) / len(tables) * 1000:.1f} ms | {min(again):.2f} s |", flush=True)
PYTHON
