#!/bin/sh
# Measures cold runs of a peer and of ours in turn, in one run, and prints a Markdown table: median of ten.
#
#   bench/peers.sh          what docs/performance.md holds
#
# The peer is drizzle-kit: a schema in TypeScript to a Postgres migration, which is a part of what `codegen generate` and
# `codegen migrate` write; "again" is the run that finds nothing to do. Needs Node 20, npm, GNU time and Python 3.
set -eu
cd "$(dirname "$0")/.."
runs=${RUNS:-10}
here=$PWD

cargo build --quiet --release --package codegen
cargo build --quiet --package tests --bin large-declaration
codegen=$here/target/release/codegen
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
printf '{"private": true}\n' >package.json
npm install --silent --no-fund --no-audit drizzle-kit@0.31.11 drizzle-orm@0.45.4
drizzle=node_modules/.bin/drizzle-kit

# What; a preparation; the command.
measure() {
    what=$1 prepare=$2
    shift 2
    : >times
    for _ in $(seq "$runs"); do
        sh -c "$prepare"
        /usr/bin/time -a -o times -f '%e %M' "$@" >/dev/null 2>&1
    done
    python3 - "$what" times <<'PYTHON'
import statistics, sys
rows = [line.split() for line in open(sys.argv[2]) if line[0].isdigit()]
seconds = statistics.median(float(row[0]) for row in rows)
megabytes = max(int(row[1]) for row in rows) / 1024
print(f"| {sys.argv[1]} | {seconds:.2f} s | {megabytes:.0f} MB |")
PYTHON
}

echo '| run | median | memory |'
echo '| --- | --- | --- |'
for tables in 100 1000; do
    node "$here/bench/peers/drizzle-schema.mjs" "$tables" >"schema$tables.ts"
    "$here/target/debug/large-declaration" "$work/$tables/schema" "$tables" 20
    measure "drizzle-kit generate, $tables tables, first" "rm -rf out$tables" \
        "$drizzle" generate --dialect postgresql --schema "./schema$tables.ts" --out "./out$tables"
    measure "drizzle-kit generate, $tables tables, again" : \
        "$drizzle" generate --dialect postgresql --schema "./schema$tables.ts" --out "./out$tables"
    measure "codegen migrate, $tables tables, first" "rm -rf $tables/schema/out/postgres" \
        "$codegen" migrate --name init --at 20260101000000 --manifest "$tables/schema"
    measure "codegen generate, $tables tables, all six targets, first" "find $tables/schema/out -mindepth 1 -maxdepth 1 ! -name postgres -exec rm -rf {} +" \
        "$codegen" generate --manifest "$tables/schema"
    measure "codegen generate, $tables tables, all six targets, again" : \
        "$codegen" generate --manifest "$tables/schema"
done
