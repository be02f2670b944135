#!/bin/sh
# Measures `import` and `verify` of a live database with many tables, and prints a Markdown table.
#
#   bench/import.sh postgres://postgres@localhost/empty          1,000 tables of 20 columns
#   TABLES=100 RUNS=5 bench/import.sh postgres://…               as many tables, the best of as many runs
#
# The database must be empty, and the user a superuser: `setup.sql` makes roles. Needs psql and Python 3.
# `CODEGEN=target/release/codegen` measures another build than that of `cargo build --release`.
set -eu
cd "$(dirname "$0")/.."
url=${1:?the URL of an empty database}
tables=${TABLES:-1000}

if [ -z "${CODEGEN:-}" ]; then
    cargo build --quiet --release --package codegen
    CODEGEN=target/release/codegen
fi
cargo build --quiet --package tests --bin large-declaration
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/.git"
target/debug/large-declaration "$work/schema" "$tables" 20

python3 - "$work" "$PWD/$CODEGEN" "$url" "${RUNS:-3}" "$tables" <<'PYTHON'
import glob, os, re, resource, shutil, subprocess, sys, time
work, codegen, url, runs, tables = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5]

path = f"{work}/schema/app.yaml"
text = re.sub(r"targets:\n(  .*\n)+", "targets:\n  postgres: ../migrations\n", open(path).read())
open(path, "w").write(text)
manifest = ["--manifest", f"{work}/schema"]
subprocess.run([codegen, "generate", *manifest], check=True, stdout=subprocess.DEVNULL)
subprocess.run([codegen, "migrate", "--name", "init", *manifest], check=True, stdout=subprocess.DEVNULL)
subprocess.run([codegen, "generate", *manifest], check=True, stdout=subprocess.DEVNULL)
for file in [f"{work}/migrations/setup.sql", *sorted(glob.glob(f"{work}/migrations/*_init*.sql"))]:
    subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", file, url], check=True, stdout=subprocess.DEVNULL)

def measured(arguments):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run([codegen, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=work)
    elapsed = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return elapsed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

def row(name, run):
    all = [run() for _ in range(runs)]
    print(f"| {name}, {tables} tables | {min(one[0] for one in all):.1f} s | {min(one[1] for one in all):.1f} s |", flush=True)

def imported():
    shutil.rmtree(f"{work}/again", ignore_errors=True)
    return measured(["import", "--database-url", url, "--into", "again/schema", "--target", "postgres"])

print("| run | elapsed | processor's time |\n| --- | --- | --- |")
row("`import`", imported)
row("`verify`", lambda: measured(["verify", "--database-url", url, *manifest]))
PYTHON
