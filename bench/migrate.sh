#!/bin/sh
# Measures what a new column in one of many tables takes: the differences alone, the plan, and the migration itself.
# Prints a Markdown table: median and best seconds, the processor's seconds, and the largest memory.
#
#   bench/migrate.sh        what docs/performance.md holds
#
# Needs GNU time and Python 3 for the statistics.
set -eu
cd "$(dirname "$0")/.."
runs=${RUNS:-10}

cargo build --quiet --release --package codegen
cargo build --quiet --package tests --bin large-declaration
codegen=$PWD/target/release/codegen
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One line: what, median and best seconds, processor's seconds, megabytes.
measure() {
    what=$1 prepare=$2
    shift 2
    : >"$work/times"
    for _ in $(seq "$runs"); do
        sh -c "$prepare"
        /usr/bin/time -a -o "$work/times" -f '%e %U %S %M' "$@" >/dev/null
    done
    python3 - "$what" "$work/times" <<'PYTHON'
import statistics, sys
rows = [[float(one) for one in line.split()] for line in open(sys.argv[2]) if line[0].isdigit()]
seconds = sorted(row[0] for row in rows)
processor = statistics.median(row[1] + row[2] for row in rows)
megabytes = max(row[3] for row in rows) / 1024
print(f"| {sys.argv[1]} | {statistics.median(seconds):.2f} s | {seconds[0]:.2f} s | {processor:.2f} s | {megabytes:.0f} MB |")
PYTHON
}

echo '| run | median | best | processor | memory |'
echo '| --- | --- | --- | --- | --- |'
for tables in 100 1000 2000; do
    before=$work/$tables after=$work/$tables-after
    target/debug/large-declaration "$before/schema" "$tables" 20
    "$codegen" migrate --name init --at 20260101000000 --manifest "$before/schema" >/dev/null
    cp -r "$before" "$after"
    sed -i '0,/^      column_3:.*/s//&\n      added: {kind: text, nullable: true}/' "$after/schema/tables_00000.yaml"
    cargo bench --quiet --package synctable-codegen --bench diff -- "$before/schema" "$after/schema"
    measure "\`migrate --plan\`, $tables tables" : "$codegen" migrate --plan --manifest "$after/schema"
    written="$after/schema/out/postgres"
    cp -r "$written" "$work/ledger"
    measure "\`migrate\`, $tables tables" "rm -rf $written && cp -r $work/ledger $written" \
        "$codegen" migrate --name added --at 20260201000000 --manifest "$after/schema"
    rm -rf "$work/ledger"
done
