// Random rows of every kind: `write COUNT` prints an upload of each, `read COUNT` compares what Rust made of the uploads.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { items, lists, newItems, newLists, newProfiles, newTeams, profiles, teams } from '../../../schema/generated/typescript/index.js';
import { decode, encode, idOf, parse, type KindDef, type TableDef, type Writer } from '../../../schema/generated/typescript/runtime/index.js';

const [phase, count] = [process.argv[2], Number(process.argv[3])];
const writer: Writer = { userId: '0192f0c1-7a3b-7cde-8f01-23456789ab00', now: () => new Date(1_769_867_232_000) };

/** The same numbers in every run: xorshift. */
let state = 20_260_131;
function dice(sides: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % sides;
}
const one = <T>(of: readonly T[]): T => of[dice(of.length)]!;
const digits = (length: number): string => Array.from({ length }, () => dice(10)).join('');
const pad = (value: number, length = 2): string => String(value).padStart(length, '0');

const LETTERS = ['a', 'Z', '0', ' ', '\'', '"', '\\', '/', '\n', '\t', '\u001f', '\u007f', 'é', 'e\u0301', 'ß', 'İ', '😀', '\uffff', '\u2028', '{', ']', ','];
const letters = (most: number): string => Array.from({ length: 1 + dice(most) }, () => one(LETTERS)).join('');
const hexadecimal = (length: number): string => Array.from({ length }, () => dice(16).toString(16)).join('');
const date = (): string => `${pad(1 + dice(9999), 4)}-${pad(1 + dice(12))}-${pad(1 + dice(28))}`;
const time = (): string => `${pad(dice(24))}:${pad(dice(60))}:${pad(dice(60))}.${pad(dice(1_000_000), 6)}`;
const whole = (bits: number): bigint => one([0n, 1n, -1n, BigInt.asIntN(bits, BigInt(`0x${hexadecimal(16)}`)), (1n << BigInt(bits - 1)) - 1n, -(1n << BigInt(bits - 1))]);
const float = (): number => one([0, 0.1, -1.5, 1e21, 1e-7, 5e-324, 1.7976931348623157e308, 9007199254740993, (dice(2 ** 31) - 2 ** 30) / 1000]);

function json(depth: number): unknown {
  switch (dice(depth > 3 ? 5 : 7)) {
    case 0:
      return null;
    case 1:
      return dice(2) === 0;
    case 2:
      return letters(6);
    case 3:
      return BigInt(`9${digits(16)}`);
    case 4:
      return dice(1000) / 8;
    case 5:
      return Array.from({ length: dice(4) }, () => json(depth + 1));
    default:
      return Object.fromEntries(Array.from({ length: dice(4) }, () => [letters(4), json(depth + 1)]));
  }
}

function value(kind: KindDef): unknown {
  switch (kind.kind) {
    case 'uuid':
      return hexadecimal(32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    case 'bool':
      return dice(2) === 0;
    case 'smallint':
      return Number(whole(16));
    case 'int':
      return Number(whole(32));
    case 'bigint':
      return whole(64);
    case 'real':
      return one([0, 0.1, -2.5, 16777216, 3.4028235e38, dice(1000) / 7]);
    case 'double':
      return float();
    case 'decimal':
      return `${one(['', '-'])}${1 + dice(9)}${digits(dice(kind.precision - kind.scale - 1))}${kind.scale > 0 ? `.${digits(kind.scale)}` : ''}`;
    case 'date':
      return date();
    case 'time':
      return time();
    case 'timestamp':
      return `${date()}T${time()}`;
    case 'timestamptz':
      return `${date()}T${time()}Z`;
    case 'interval':
      return one(['00:00:00', '1 day', '-1 days +02:03:00', '1 year 2 mons 3 days 04:05:06.789', '-00:00:00.000001', '1000:00:00']);
    case 'json':
      return json(0);
    case 'bytes':
      return Uint8Array.from({ length: dice(20) }, () => dice(256));
    case 'enum':
      return one(Object.values(kind.labels).filter((label) => !kind.retired?.includes(label)));
    case 'list':
      return Array.from({ length: dice(5) }, () => value(kind.of));
    case 'varchar':
      return `a${letters(10)}`;
    default:
      return letters(20);
  }
}

/** A row as a program makes it, with some value or none in every column that takes any. */
function row(nth: number): [TableDef, Record<string, unknown>] {
  const random = (table: TableDef, but: readonly string[]): Record<string, never> => {
    const columns = Object.entries(table.columns).filter(([name, { put }]) => (put === 'defaulted' || put === 'nullable' || put === 'required') && !but.includes(name));
    return Object.fromEntries(columns.filter(([, { put }]) => put === 'required' || dice(5) > 0).map(([name, column]) => [name, value(column)])) as Record<string, never>;
  };
  const id = String(value({ kind: 'uuid' }));
  switch (nth % 4) {
    case 0:
      return [items, newItems({ ...random(items, ['duration', 'priority', 'effort']), id, list_id: id, title: letters(20), starts_at: '2026-01-31T15:47:12.400000', duration: '1 day', parent_id: null, priority: 1 + dice(4), effort: dice(100) / 7 }, writer)];
    case 1:
      return [lists, newLists({ ...random(lists, ['settings']), id, owner_id: id, name: letters(20), settings: { [letters(4)]: json(0) } }, writer)];
    case 2:
      return [teams, newTeams({ ...random(teams, ['seats', 'version']), id, name: `a${letters(10)}`, seats: 1 + dice(500) }, writer)];
    default:
      return [profiles, newProfiles({ ...random(profiles, ['completeness']), user_id: id, handle: letters(9), completeness: dice(101) }, writer)];
  }
}

/** The upload of a new row, as the queue has it. */
function upload(table: TableDef, made: Record<string, unknown>): string {
  const data = Object.entries(encode(table, made as never)).filter(([name, stored]) => name !== 'id' && stored !== null && table.columns[name]?.put !== 'never' && table.columns[name]?.put !== 'ignored');
  const members = data.map(([name, stored]) => `${JSON.stringify(name)}:${typeof stored === 'bigint' ? stored : JSON.stringify(stored)}`);
  return `{"op":"PUT","table":"${table.name}","id":"${idOf(table, made as never)}","op_data":{${members.join(',')}}}`;
}

if (phase === 'write') {
  for (let nth = 0; nth < count; nth++) {
    console.log(upload(...row(nth)));
  }
} else {
  // Not `readline`, for which U+2028 ends a line.
  const lines = readFileSync(0, 'utf8').trimEnd().split('\n');
  assert.equal(lines.length, count);
  for (const [nth, line] of lines.entries()) {
    const [table, made] = row(nth);
    const { id, op_data: data } = parse(line) as { id: string; op_data: Record<string, unknown> };
    // What the server fills in is not in an upload.
    const sent = Object.fromEntries(Object.entries(table.columns).map(([name, { put }]) => [name, put === 'ignored' || put === 'never' ? null : data[name]]));
    assert.deepEqual(decode(table, { ...sent, id }), made, line);
  }
}
