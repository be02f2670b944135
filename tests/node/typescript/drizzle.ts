// PowerSync's driver for Drizzle makes the same schema of `device.ts` as `powersync.ts` declares, for every app.

import { deepStrictEqual } from 'node:assert/strict';

import type { Schema } from '@powersync/common';
import { DrizzleAppSchema } from '@powersync/drizzle-driver';

import * as powergit from '../../../examples/powergit/generated/drizzle/device.js';
import { AppSchema as ofPowergit } from '../../../examples/powergit/generated/typescript/powersync.js';
import * as taskly from '../../../examples/taskly/generated/drizzle/device.js';
import { AppSchema as ofTaskly } from '../../../examples/taskly/generated/typescript/powersync.js';
import * as tunetrees from '../../../examples/tunetrees/generated/drizzle/device.js';
import { AppSchema as ofTunetrees } from '../../../examples/tunetrees/generated/typescript/powersync.js';
import * as tasks from '../../../schema/generated/drizzle/device.js';
import { AppSchema as ofTasks } from '../../../schema/generated/typescript/powersync.js';

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
console.log(`${count} tables`);
