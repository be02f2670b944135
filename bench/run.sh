#!/bin/sh
# Measures cold runs of the release build and prints a Markdown table: median and best of ten, and the largest memory.
#
#   bench/run.sh            what docs/performance.md holds
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

cp -r examples/tunetrees "$work/tunetrees"
for tables in 100 500 1000 2000; do
    target/debug/large-declaration "$work/$tables/schema" "$tables" 20
done

# One line: what, median and best seconds, megabytes.
measure() {
    what=$1 prepare=$2
    shift 2
    : >"$work/times"
    for _ in $(seq "$runs"); do
        sh -c "$prepare"
        /usr/bin/time -a -o "$work/times" -f '%e %M' "$@" >/dev/null
    done
    python3 - "$what" "$work/times" <<'PYTHON'
import statistics, sys
rows = [line.split() for line in open(sys.argv[2]) if line[0].isdigit()]
seconds = sorted(float(row[0]) for row in rows)
megabytes = max(int(row[1]) for row in rows) / 1024
print(f"| {sys.argv[1]} | {statistics.median(seconds):.2f} s | {seconds[0]:.2f} s | {megabytes:.0f} MB |")
PYTHON
}

echo '| run | median | best | memory |'
echo '| --- | --- | --- | --- |'
for app in tunetrees 100 500 1000 2000; do
    manifest=$work/$app/schema
    name=$app
    [ "$app" = tunetrees ] || name="$app tables of 20 columns"
    measure "\`generate\`, $name, nothing there yet" "rm -rf $manifest/out $work/tunetrees/src $work/tunetrees/generated $work/tunetrees/migrations/setup.sql" \
        "$codegen" generate --manifest "$manifest"
    "$codegen" migrate --name init --at 20260101000000 --manifest "$manifest" >/dev/null 2>&1 || true
    measure "\`generate\`, $name, all fresh" : "$codegen" generate --manifest "$manifest"
    measure "\`check\`, $name, all fresh" : "$codegen" check --manifest "$manifest"
done
