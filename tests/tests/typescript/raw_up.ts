// Raw tables whose rows only go up, in a real PowerSync database: a checkpoint keeps them, and the listed changes are queued.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PowerSyncDatabase, type Schema } from '@powersync/node';

import { newTrips, newVisits, trips, visits } from './app/index.js';
import { AppSchema, rawTables } from './app/powersync.js';
import { createRawTables, insert, remove, update } from './app/runtime/index.js';

const VISIT = '0192f0c1-7a3b-7cde-8f01-23456789abcd';
const TRIP = '0192f0c1-7a3b-7cde-8f01-23456789abce';
const PLACE = '0192f0c1-7a3b-7cde-8f01-23456789abcf';

const folder = await mkdtemp(join(tmpdir(), 'synctable-'));
const schema: Schema = AppSchema;
const database = new PowerSyncDatabase({
  schema,
  database: { dbFilename: 'device.db', dbLocation: folder, implementation: { type: 'better-sqlite3' }, readWorkerCount: 1 },
});

/** What the queue has, and empties it, as an upload does. */
async function queued(): Promise<unknown[]> {
  const rows = await database.getAll<{ data: string }>('SELECT data FROM ps_crud ORDER BY id');
  await database.execute('DELETE FROM ps_crud');
  await database.execute("DELETE FROM ps_kv WHERE key = 'target_checkpoint_request_id'");
  return rows.map(({ data }) => JSON.parse(data) as unknown);
}

async function control(op: string, argument: unknown): Promise<void> {
  const text = typeof argument === 'string' ? argument : JSON.stringify(argument);
  await database.writeTransaction((transaction) => transaction.execute('SELECT powersync_control(?, ?)', [op, text]));
}

/** A checkpoint of a service that has one row, of a table that it sends. */
async function checkpoint(op: number): Promise<void> {
  const row = { op_id: String(op), object_type: 'places', object_id: PLACE, checksum: 0, subkey: null, op: 'PUT', data: JSON.stringify({ id: PLACE, name: `Pier ${op}` }) };
  const bucket = { bucket: 'all[]', count: op, checksum: 0, priority: 3, subscriptions: [] };
  await control('line_text', { checkpoint: { last_op_id: String(op), write_checkpoint: null, buckets: [bucket], streams: [] } });
  await control('line_text', { data: { bucket: 'all[]', has_more: false, after: String(op - 1), next_after: String(op), data: [row] } });
  await control('line_text', { checkpoint_complete: { last_op_id: String(op) } });
  assert.deepEqual(await database.getAll('SELECT name FROM places'), [{ name: `Pier ${op}` }], 'the checkpoint is applied');
}

try {
  await database.init();
  await createRawTables(database, AppSchema, rawTables);
  // Once more, as at the next start.
  await createRawTables(database, AppSchema, rawTables);
  await control('start', { schema: schema.toJSON(), parameters: {}, include_defaults: true, app_metadata: {} });
  await control('connection', 'established');

  await database.execute(...insert(visits, newVisits({ id: VISIT, place: 'Pier', note: 'mine' })));
  await database.execute(...insert(trips, newTrips({ id: TRIP, title: 'Out' })));
  assert.deepEqual(await queued(), [
    { op: 'PUT', id: VISIT, type: 'visits', data: { place: 'Pier' } },
    { op: 'PUT', id: TRIP, type: 'trips', data: { title: 'Out' } },
  ]);
  await checkpoint(1);
  const kept = await database.getAll('SELECT place, note FROM visits');
  assert.deepEqual(kept, [{ place: 'Pier', note: 'mine' }], 'a checkpoint that does not have the row keeps it');

  await database.execute(...update(visits, VISIT, { place: 'Quay' }));
  await database.execute(...update(trips, TRIP, { title: 'Back' }));
  assert.deepEqual(await queued(), [
    { op: 'PATCH', id: VISIT, type: 'visits', data: { place: 'Quay' }, old: { place: 'Pier' } },
    { op: 'PATCH', id: TRIP, type: 'trips', data: { title: 'Back' } },
  ]);
  await checkpoint(2);
  assert.deepEqual(await database.getAll('SELECT place FROM visits'), [{ place: 'Quay' }]);
  assert.deepEqual(await database.getAll('SELECT title FROM trips'), [{ title: 'Back' }]);

  await database.execute(...remove(visits, VISIT));
  assert.deepEqual(await queued(), [{ op: 'DELETE', id: VISIT, type: 'visits', old: { place: 'Quay' } }]);
  await assert.rejects(database.execute('DELETE FROM trips'), /not_allowed: devices do not delete rows of trips/);
  await checkpoint(3);
  assert.deepEqual(await database.getAll('SELECT id FROM visits'), []);
  assert.deepEqual(await database.getAll('SELECT title FROM trips'), [{ title: 'Back' }]);
} finally {
  await database.close();
  await rm(folder, { recursive: true });
}
console.log('done');
