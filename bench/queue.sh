#!/bin/sh
# Measures what a captured insert costs, beside one into the same table without triggers, and what it costs to apply rows of
# the server, beside upserts by hand. Prints Markdown tables.
#
#   bench/queue.sh                 what docs/queue.md holds
#   APPLIED=100000 bench/queue.sh  so many rows are applied
#
# SQLite is that of Node from npm, which is optimised: run `npm ci` in tests/node first.
set -eu
cd "$(dirname "$0")/.."
node=$PWD/tests/node/node_modules/node/bin/node
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo build --quiet --package codegen
mkdir "$work/schema"
cat >"$work/schema/app.yaml" <<'YAML'
synctable: 1
app: tasks
targets: {sqlite: ../sqlite, typescript: ../typescript}
sqlite: {queue: true}
enums:
  state: [open, done]
tables:
  lists:
    sync: both
    columns:
      id: {kind: uuid, key: true, client_default: uuid()}
      owner_id: {kind: uuid, server: auth.user_id()}
      title: {kind: text, check: "length(title) between 1 and 200"}
      weight: {kind: double, nullable: true}
      count: {kind: bigint, default: 0}
      state: {kind: state, default: open}
      edited_at: {kind: timestamptz, role: edited_at}
    indexes: {by_owner: [owner_id]}
    access: {all: owner_id = auth.user_id()}
YAML
git -C "$work" init --quiet
target/debug/codegen generate --manifest "$work/schema" >/dev/null
tests/node/node_modules/.bin/esbuild "$work/typescript/database.ts" \
    --bundle --format=esm --platform=node --log-level=error --outfile="$work/database.mjs"
"$node" bench/queue.mjs "$work"
"$node" bench/applied.mjs "$work"
