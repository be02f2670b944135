// The vectors of values, entries, recipes and known entries, which Rust reads too: what differs, one line each.

import { registry, ItemStatus, MemberRole } from '../../../schema/generated/typescript/index.js';
import { normalize, parse, Refused, type ColumnDef, type Entry, type KindDef, type TableDef } from '../../../schema/generated/typescript/runtime/index.js';
import { recipeId } from '../../../schema/generated/typescript/runtime/ids.js';
import { plainText, read as readSync } from '../../../schema/generated/typescript/runtime/worker/protocol.js';
import type { Recipe } from '../../../schema/generated/typescript/runtime/table.js';

/** A kind from its declared text; after a blank, the role of its column. */
function kindOf(text: string): KindDef & Pick<ColumnDef, 'role'> {
  const [, ofRole, role] = /^(\w+) (\w+)$/.exec(text) ?? [];
  if (role) {
    return { ...kindOf(ofRole!), role } as KindDef & Pick<ColumnDef, 'role'>;
  }
  const list = /^list\((.*)\)$/.exec(text);
  const [, word = text, first, second] = /^(\w+)\((\d+)(?:,(\d+))?\)$/.exec(text) ?? [];
  if (list) {
    return { kind: 'list', of: kindOf(list[1]!) };
  } else if (word === 'varchar') {
    return { kind: word, length: Number(first) };
  } else if (word === 'decimal') {
    return { kind: word, precision: Number(first), scale: Number(second) };
  } else if (word === 'item_status') {
    return { kind: 'enum', labels: ItemStatus };
  } else if (word === 'member_role') {
    return { kind: 'enum', labels: MemberRole, retired: ['guest'] };
  }
  return { kind: text.startsWith('opaque') ? 'opaque' : word } as KindDef;
}

/** What comes of one value of a required column: the value, or the code of what is wrong with it. */
function normalized(kind: KindDef, value: unknown): unknown {
  const table: TableDef = {
    name: 't',
    sync: 'both',
    writes: { PUT: true, PATCH: true, DELETE: true },
    conflict: 'last_upload_wins',
    delete: 'hard',
    key: ['id'],
    columns: { id: { kind: 'text', put: 'required', patch: 'once' }, c: { ...kind, put: 'required', patch: 'changed' } },
  };
  const found = codes(() => normalize(table, { op: 'PATCH', id: 'x', data: { c: value } })['c']);
  return Array.isArray(found) ? (found[0] as [string, string])[1] : found;
}

/** The result, or column and code of every mistake. */
function codes<T>(run: () => T): T | [string | null, string][] {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Refused)) {
      throw error;
    }
    const found = error.mistakes.map(({ column, code }): [string | null, string] => [column ?? null, code]);
    return found.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  }
}

/** Compares every vector with what TypeScript says; `text` reads a file of them. */
export function differences(text: (file: string) => string): string[] {
  const read = <T>(file: string): T => parse(text(file)) as T;
  const failures: string[] = [];
  const expect = (what: string, found: unknown, wanted: unknown): void => {
    const [left, right] = [JSON.stringify(found), JSON.stringify(wanted)];
    if (left !== right) {
      failures.push(`${what}: found ${left}, expected ${right}`);
    }
  };

  const values = read<Record<string, { in: string; out?: string; code?: string }[]>>('values');
  for (const [kind, vectors] of Object.entries(values)) {
    for (const vector of vectors) {
      const found = normalized(kindOf(kind), parse(vector.in));
      const wanted = vector.code ?? parse(vector.out!);
      // Whole numbers are compared as they are written, floats as floats.
      const plain = (value: unknown): unknown => (kind === 'double' || kind === 'real' || typeof value === 'string' ? value : String(value));
      const isFloat = kind === 'double' && typeof wanted === 'bigint';
      expect(`${kind} ${vector.in}`, plain(found), plain(isFloat ? Number(wanted) : wanted));
    }
  }

  const tables: readonly TableDef[] = registry.tables;
  for (const { why, entry, user, codes: wanted } of read<{ why: string; entry: Entry & { table: string; op_data?: Record<string, unknown> }; user?: string; codes: unknown[] }[]>('entries')) {
    const table = tables.find(({ name, view }) => name === entry.table || view === entry.table)!;
    const found = codes(() => normalize(table, { op: entry.op, id: entry.id, data: entry.op_data ?? null }, { userId: user ?? null }));
    expect(why, Array.isArray(found) ? found : [], wanted);
  }

  for (const { recipe, texts, id } of read<{ recipe: Recipe; texts: Record<string, string | null>; id: string }[]>('recipes')) {
    expect(JSON.stringify(texts), recipeId(recipe, (part) => texts[part.column] ?? part.null), id);
  }

  for (const { why, entry, known } of read<{ why: string; entry: string; known: string }[]>('known')) {
    const [transaction] = readSync(`{"transactions": [{"crud": [${entry}]}]}`, 1).transactions;
    expect(why, plainText(transaction!.entries[0]!), known);
  }
  return failures;
}
