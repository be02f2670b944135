#!/bin/sh
# Lets schemathesis look for answers of a running bridge that its OpenAPI file does not describe.
#
#   bench/contract.sh          for half a minute
#   bench/contract.sh --long   for five minutes
#
# It starts `bridge dev` with the workspace's own app, and sends requests that the file describes and others, as a caller
# who has rows. Needs Python 3 with venv, and Postgres.
#
# Not checked is `negative_data_rejection`: an entry that is not of the form of its table is not a reason to refuse a
# request, but is answered with `fatal_error`, so that it reaches a dead letter.
set -eu
cd "$(dirname "$0")/.."
seconds=30
[ "${1:-}" = --long ] && seconds=300

cargo build --quiet --package tests --bins
work=$(mktemp -d)
trap 'kill "$bridge" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet schemathesis==4.32.5

target/debug/bridge-as-tested dev --schema schema --listen 127.0.0.1:0 --seed 20 >"$work/printed" 2>"$work/log" &
bridge=$!
until grep -q '^curl ' "$work/printed"; do
    kill -0 "$bridge" || { cat "$work/log" >&2; exit 3; }
    sleep 0.2
done
url=$(sed -n 's|^uploads *\(http://[^/]*\)/.*|\1|p' "$work/printed")
token=$(sed -n "s/^curl .*Bearer \([^']*\)'.*/\1/p" "$work/printed")

# It keeps what it found in the folder in which it runs.
schema=$PWD/schema
cd "$work"
python/bin/schemathesis run "$schema/generated/openapi/openapi.json" \
    --url "$url" --header "Authorization: Bearer $token" \
    --checks all --exclude-checks negative_data_rejection \
    --max-time "$seconds" --continue-on-failure --no-color
# Nothing went wrong that was answered with something else.
! grep -E 'panicked|ERROR' log
