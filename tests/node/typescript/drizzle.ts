// PowerSync's driver for Drizzle makes the same schema of `device.ts` as `powersync.ts` declares, for every app; rows go in
// and come back with their relations, and into the upload queue.

import { deepStrictEqual, match, ok } from 'node:assert/strict';

import type { Schema } from '@powersync/common';
import { DrizzleAppSchema, wrapPowerSyncWithDrizzle } from '@powersync/drizzle-driver';
import { eq } from 'drizzle-orm';

import * as powergit from '../../../examples/powergit/generated/drizzle/device.js';
import { AppSchema as ofPowergit } from '../../../examples/powergit/generated/typescript/powersync.js';
import * as taskly from '../../../examples/taskly/generated/drizzle/device.js';
import { AppSchema as ofTaskly } from '../../../examples/taskly/generated/typescript/powersync.js';
import * as tunetrees from '../../../examples/tunetrees/generated/drizzle/device.js';
import { AppSchema as ofTunetrees } from '../../../examples/tunetrees/generated/typescript/powersync.js';
import * as tasks from '../../../schema/generated/drizzle/device.js';
import { AppSchema as ofTasks } from '../../../schema/generated/typescript/powersync.js';
import { withDatabase } from './database.js';

/** A schema as PowerSync's extension of SQLite takes it, without the names of views, of which Drizzle knows none. */
function sent(schema: Schema): unknown {
  return JSON.parse(JSON.stringify(schema.toJSON(), (key, value: unknown) => (key === 'view_name' ? undefined : value)));
}

const schemas: [Schema, Schema][] = [
  [new DrizzleAppSchema(tasks.deviceTables), ofTasks],
  [new DrizzleAppSchema(powergit.deviceTables), ofPowergit],
  [new DrizzleAppSchema(taskly.deviceTables), ofTaskly],
  [new DrizzleAppSchema(tunetrees.deviceTables), ofTunetrees],
];
let count = 0;
for (const [drizzle, expected] of schemas) {
  deepStrictEqual(sent(drizzle), sent(expected));
  count += drizzle.tables.length;
}

await withDatabase(new DrizzleAppSchema(tasks.deviceTables), async (database) => {
  const { lists, items } = tasks;
  const drizzle = wrapPowerSyncWithDrizzle(database, { schema: tasks });
  await drizzle.insert(lists).values({ id: 'a', name: 'Shopping', isPublic: true, settings: { sorted: 1 } });
  await drizzle.insert(items).values({ listId: 'a', title: 'Milk', tags: ['white'] });
  const [list] = await drizzle.query.lists.findMany({ with: { items: true } });
  ok(list);
  const { isPublic, settings, hidden, items: found } = list;
  deepStrictEqual({ isPublic, settings, hidden }, { isPublic: true, settings: { sorted: 1 }, hidden: ['archived'] });
  const [milk] = found;
  ok(milk);
  deepStrictEqual([milk.title, milk.status, milk.place, milk.tags], ['Milk', 'open', 0, ['white']]);
  match(milk.id, /^[0-9a-f]{8}-/);
  match(milk.editedAt ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);

  await drizzle.update(items).set({ title: 'Oat milk' }).where(eq(items.id, milk.id));
  const transaction = await database.getCrudBatch(10);
  const sentColumns = transaction?.crud.map(({ op, table, opData }) => [op, table, Object.keys(opData ?? {}).includes('created_by')]);
  deepStrictEqual(sentColumns, [['PUT', 'lists', false], ['PUT', 'items', false], ['PATCH', 'items', false]]);
});
console.log(`${count} tables`);
