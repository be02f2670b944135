#!/bin/sh
# Measures what one row costs that is read under a policy, with functions of the first format and of today, in turns.
#
#   SYNCTABLE_BENCH_URL=… bench/policies.sh      what docs/performance.md holds
#
# The URL is a superuser's, in a cluster with the roles of the tests: `cargo run -p tests --bin test-postgres hold` prints one.
# Needs psql; makes and drops two databases.
set -eu
cd "$(dirname "$0")/.."
old=tests/cases/ledgers/format_1/schema/20260101000000_baseline.sql
new=schema/migrations/20260101000000_baseline.sql

run() {
    psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 "$@"
}
# The same server, another database.
in_database() {
    printf '%s' "$SYNCTABLE_BENCH_URL" | sed -E "s#^(postgres(ql)?://[^/]*/)[^?]*#\1$1#"
}
for version in old new; do
    database=synctable_bench_$version
    run "$SYNCTABLE_BENCH_URL" -c "drop database if exists $database" -c "create database $database owner app_owner" 2>/dev/null
    there=$(in_database $database)
    run "$there" -f tests/src/postgres/supabase.sql -f schema/migrations/setup.sql
    eval "migration=\$$version"
    run "$there" --single-transaction -c 'set role app_owner' -f "$migration"
    run "$there" -f bench/policies.sql
done
for round in 1 2 3; do
    for version in old new; do
        echo "round $round, $version"
        run "$(in_database synctable_bench_$version)" -f bench/one_row.sql 2>&1 | sed -n 's/.*NOTICE:  /    /p'
    done
done
for version in old new; do
    run "$SYNCTABLE_BENCH_URL" -c "drop database synctable_bench_$version"
done
