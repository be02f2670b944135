#!/bin/sh
# Counts what is generated of the three examples, for each of their tables, and prints Markdown tables.
#
#   bench/volume.sh         what docs/performance.md holds
#
# Left out are manifests, snapshots, and the outputs in other languages. Needs Python 3.
set -eu
cd "$(dirname "$0")/.."

python3 - <<'PYTHON'
from pathlib import Path

# Each output, with the files that belong to it; the first that fits a file has it.
OUTPUTS = [
    ("statements", ["src/mappers/statements/*.rs"]),
    ("structs", ["src/mappers/*.rs"]),
    ("pull", ["src/generated/pull.rs"]),
    ("constants", ["src/generated/*.rs", "src/generated/tables/*.rs"]),
    ("OpenAPI", ["generated/openapi/*.json"]),
    ("streams and rules", ["generated/powersync/*.yaml"]),
    ("queue", ["generated/sqlite/queue.sql"]),
    ("SQLite", ["generated/sqlite/**/*.sql"]),
    ("bridge", ["migrations/bridge.sql"]),
    ("SQL, setup included", ["migrations/*.sql"]),
]
APPS = ["powergit", "taskly", "tunetrees"]

def measured(app):
    """The bytes and lines of each output, and the number of tables."""
    folder = Path("examples") / app
    seen, sizes = set(), {}
    for output, patterns in OUTPUTS:
        files = {file for pattern in patterns for file in folder.glob(pattern)} - seen
        seen |= files
        texts = [file.read_bytes() for file in files]
        sizes[output] = (sum(map(len, texts)), sum(text.count(b"\n") for text in texts))
    return sizes, len(list(folder.glob("src/generated/tables/*.rs")))

apps = {app: measured(app) for app in APPS}
count = sum(tables for _, tables in apps.values())
names = [output for output, _ in OUTPUTS]

print(f"The average of all {count} tables:\n\n| output | lines | bytes |\n| --- | --- | --- |")
total = [0, 0]
for name in names:
    size, lines = (sum(sizes[name][part] for sizes, _ in apps.values()) for part in (0, 1))
    total = [total[0] + size, total[1] + lines]
    print(f"| {name} | {lines / count:.0f} | {size / count:,.0f} |")
print(f"| together | {total[1] / count:.0f} | {total[0] / count:,.0f} |\n")

print(f"| app, bytes per table | {' | '.join(names)} | together |\n|{' --- |' * (len(names) + 2)}")
for app, (sizes, tables) in apps.items():
    cells = [f"{sizes[name][0] / tables:,.0f}" for name in names]
    together = sum(size for size, _ in sizes.values()) / tables
    print(f"| {app}, {tables} tables | {' | '.join(cells)} | {together:,.0f} |")
PYTHON
