// A device of an app: opens a real PowerSync database with the generated schema, writes a row of every table that a program
// may write, changes and deletes it, and drains the queue. Every row is read back as it was made.

import assert from 'node:assert/strict';

import type { PowerSyncDatabase, Schema } from '@powersync/node';

import * as powergit from '../../../examples/powergit/generated/typescript/index.js';
import { AppSchema as powergitSchema } from '../../../examples/powergit/generated/typescript/powersync.js';
import * as taskly from '../../../examples/taskly/generated/typescript/index.js';
import { AppSchema as tasklySchema } from '../../../examples/taskly/generated/typescript/powersync.js';
import * as tunetrees from '../../../examples/tunetrees/generated/typescript/index.js';
import { AppSchema as tunetreesSchema } from '../../../examples/tunetrees/generated/typescript/powersync.js';
import * as tasks from '../../../schema/generated/typescript/index.js';
import { AppSchema as tasksSchema } from '../../../schema/generated/typescript/powersync.js';
import {
  Connector,
  decode,
  insert,
  newRow,
  remove,
  select,
  update,
  type Changes,
  type ColumnDef,
  type KindDef,
  type New,
  type Registry,
  type Writable,
  type Writer,
} from '../../../schema/generated/typescript/runtime/index.js';
import { withDatabase } from './database.js';
import { SERVED } from './served.js';

const [app = '', uploadUrl = '', userId = ''] = process.argv.slice(2);
const writer: Writer = { userId, device: 'the phone' };

const APPS: Record<string, { registry: Registry; schema: Schema }> = {
  powergit: { registry: powergit.registry, schema: powergitSchema },
  taskly: { registry: taskly.registry, schema: tasklySchema },
  tunetrees: { registry: tunetrees.registry, schema: tunetreesSchema },
  tasks: { registry: tasks.registry, schema: tasksSchema },
};

/** What checks ask for, by the device's names of table and column. */
const WANTED: Record<string, unknown> = {
  'taskly.analytics_insights.confidence': '0.50',
  'taskly.my_day_picks.reason_codes': ['due'],
  'taskly.my_day_picks.routine_id': null,
  'taskly.tasks.reminder_at_utc': null,
  'taskly.tasks.reminder_minutes_before_due': null,
  'taskly.tracker_definitions.system_key': null,
  'taskly.tracker_events.anchor_type': 'entry',
  'taskly.tracker_events.anchor_date': null,
  'tunetrees.setlist_item.tune_set_ref': null,
  'tunetrees.tune_set.group_ref': null,
};

/** Some value of a kind, or another one. */
function sample(kind: KindDef, other = false): unknown {
  const nth = other ? 2 : 1;
  switch (kind.kind) {
    case 'uuid':
      return crypto.randomUUID();
    case 'varchar':
      return 'xy'.repeat(nth).slice(0, kind.length);
    case 'bool':
      return !other;
    case 'smallint':
    case 'int':
      return nth;
    case 'bigint':
      return 9007199254740992n + BigInt(nth);
    case 'real':
    case 'double':
      return nth + 0.5;
    case 'decimal':
      return `${nth}${kind.scale > 0 ? `.${'5'.padEnd(kind.scale, '0')}` : ''}`;
    case 'date':
      return `2026-01-0${nth}`;
    case 'time':
      return `13:47:0${nth}.000000`;
    case 'timestamp':
      return `2026-01-31T13:47:0${nth}.000000`;
    case 'timestamptz':
      return `2026-01-31T13:47:0${nth}.000000Z`;
    case 'interval':
      return `${nth + 1} days 02:30:00`;
    case 'json':
      return { big: 9007199254740993n, list: [nth, null, 'é'] };
    case 'bytes':
      return Uint8Array.of(0, nth, 255);
    case 'enum':
      return Object.values(kind.labels).filter((label) => !kind.retired?.includes(label))[nth - 1];
    case 'list':
      return [sample(kind.of, other)];
    default:
      return other ? 'another text' : 'some text';
  }
}

/** Writes a row of every table, whatever its references. */
async function writeEverything(database: PowerSyncDatabase, registry: Registry): Promise<void> {
  const isGiven = (column: ColumnDef): boolean => !['never', 'ignored'].includes(column.put) && column.fill !== 'recipe' && column.fill !== 'user';
  for (const declared of registry.tables) {
    if (!declared.writes.PUT) {
      continue;
    }
    const table = declared as Writable<'PUT'>;
    const columns = Object.entries(table.columns).filter(([, column]) => isGiven(column));
    const wanted = (name: string): unknown => WANTED[`${registry.app}.${table.name}.${name}`];
    const values = columns.map(([name, column]) => [name, wanted(name) === undefined ? sample(column) : wanted(name)]);
    const row = newRow(table, Object.fromEntries(values) as New<typeof table>, writer);
    await database.execute(...insert(table, row));
    if (table.sync !== 'up') {
      const found = await database.getAll<Record<string, unknown>>(`${select(table)} WHERE id = ?`, [insert(table, row)[1][0]]);
      assert.deepEqual(decode(table, found[0]!), row, table.name);
    }
    const id = String(insert(table, row)[1][0]);
    const changed = Object.entries(table.columns).find(([name, column]) => column.patch === 'changed' && !column.role && wanted(name) === undefined);
    if (table.writes.PATCH && changed) {
      const [name, column] = changed;
      await database.execute(...update(table as Writable<'PATCH'>, id, { [name]: sample(column, true) } as Changes<typeof table>, writer));
    }
    if (table.writes.DELETE) {
      await database.execute(...remove(table as Writable<'DELETE'>, id));
    }
  }
}

const { registry, schema } = APPS[app]!;
await withDatabase(schema, async (database) => {
  const isServed = process.argv.includes('postgres');
  await (isServed ? SERVED[app]!(database, writer, userId) : writeEverything(database, registry));
  const connector = new Connector({
    powersyncUrl: 'https://example.org',
    uploadUrl,
    release: registry.fingerprint,
    // The bridge believes a signed token; the small server of the tests asks for none.
    session: async () => ({ token: process.env['DEVICE_TOKEN'] ?? userId }),
  });
  while ((await database.getUploadQueueStats()).count > 0) {
    await connector.uploadData(database);
  }
  for (const table of registry.tables) {
    const rows = isServed && table.sync === 'both' ? await database.getAll<Record<string, unknown>>(select(table)) : [];
    for (const row of rows) {
      console.log(JSON.stringify({ table: table.name, row }));
    }
  }
});
