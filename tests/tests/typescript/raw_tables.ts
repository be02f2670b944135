// Raw tables in a real PowerSync database: the device writes, the server's rows arrive, and a newer release has other columns.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PowerSyncDatabase, type Schema } from '@powersync/node';

import { items, newItems } from './app/index.js';
import { AppSchema, rawTables } from './app/powersync.js';
import { createRawTables, decode, insert, remove, select, update, type RawTableDef } from './app/runtime/index.js';

const ID = '0192f0c1-7a3b-7cde-8f01-23456789abcd';
const OTHER = '0192f0c1-7a3b-7cde-8f01-23456789abce';

async function withDatabase(use: (database: PowerSyncDatabase) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'synctable-'));
  const implementation = { type: 'better-sqlite3' } as const;
  const schema: Schema = AppSchema;
  const database = new PowerSyncDatabase({ schema, database: { dbFilename: 'device.db', dbLocation: folder, implementation, readWorkerCount: 1 } });
  try {
    await database.init();
    await use(database);
  } finally {
    await database.close();
    await rm(folder, { recursive: true });
  }
}

/** What the queue has, and empties it. */
async function queued(database: PowerSyncDatabase): Promise<unknown[]> {
  const rows = await database.getAll<{ data: string }>('SELECT data FROM ps_crud ORDER BY id');
  await database.execute('DELETE FROM ps_crud');
  await database.execute("DELETE FROM ps_kv WHERE key = 'target_checkpoint_request_id'");
  return rows.map(({ data }) => JSON.parse(data) as unknown);
}

async function stored(database: PowerSyncDatabase, id: string): Promise<Record<string, unknown> | undefined> {
  const [row] = await database.getAll<Record<string, unknown>>(`${select(items)} WHERE id = ?`, [id]);
  return row && decode(items, row);
}

/** PowerSync's extension as its client drives it: a service that sends lines. */
class Service {
  readonly #database: PowerSyncDatabase;
  #op = 0;

  constructor(database: PowerSyncDatabase) {
    this.#database = database;
  }

  async control(op: string, argument: unknown): Promise<void> {
    const text = typeof argument === 'string' ? argument : JSON.stringify(argument);
    await this.#database.writeTransaction((transaction) => transaction.execute('SELECT powersync_control(?, ?)', [op, text]));
  }

  async connect(): Promise<void> {
    const schema: Schema = AppSchema;
    await this.control('start', { schema: schema.toJSON(), parameters: {}, include_defaults: true, app_metadata: {} });
    await this.control('connection', 'established');
  }

  /** Sends some rows, each with its data or null. */
  async send(rows: Record<string, object | null>): Promise<void> {
    const after = this.#op;
    const data = Object.entries(rows).map(([id, row]) => {
      this.#op += 1;
      const of = { op_id: String(this.#op), object_type: 'items', object_id: id, checksum: 0, subkey: null };
      return row === null ? { ...of, op: 'REMOVE', data: null } : { ...of, op: 'PUT', data: JSON.stringify({ id, ...row }) };
    });
    const last = String(this.#op);
    const bucket = { bucket: 'all[]', count: this.#op, checksum: 0, priority: 3, subscriptions: [] };
    await this.control('line_text', { checkpoint: { last_op_id: last, write_checkpoint: null, buckets: [bucket], streams: [] } });
    await this.control('line_text', { data: { bucket: 'all[]', has_more: false, after: String(after), next_after: last, data } });
    await this.control('line_text', { checkpoint_complete: { last_op_id: last } });
  }
}

await withDatabase(async (database) => {
  await createRawTables(database, AppSchema, rawTables);
  // Once more, as at the next start.
  await createRawTables(database, AppSchema, rawTables);
  const { length } = await database.getAll("SELECT name FROM sqlite_master WHERE name LIKE 'items_%'");
  assert.equal(length, 2 + 3, 'two indexes and three triggers');

  const row = newItems({ id: ID, title: 'Milk', is_done: true, views: 9007199254740993n, draft: 'M' });
  await database.execute(...insert(items, row));
  assert.deepEqual(await stored(database, ID), row);
  assert.equal(row.is_open, false);
  const { title, is_done, views, due_on } = { title: 'Milk', is_done: 1, views: 9007199254740992, due_on: null };
  assert.deepEqual(await queued(database), [
    { op: 'PUT', id: ID, type: 'items', data: { title, is_done, views, edited_at: row.edited_at } },
  ]);

  // What is the device's own is nobody else's business.
  await database.execute(...update(items, ID, { is_open: true, draft: null }));
  assert.deepEqual(await queued(database), []);
  assert.deepEqual(await stored(database, ID), { ...row, is_open: true, draft: null });

  await database.execute(...update(items, ID, { title: 'Bread', is_open: false }));
  const [change] = (await queued(database)) as [{ op: string; data: Record<string, unknown>; old: unknown }];
  assert.deepEqual([change.op, change.data['title'], Object.keys(change.data).sort(), change.old], ['PATCH', 'Bread', ['edited_at', 'title'], { title: 'Milk' }]);
  await database.execute('UPDATE items SET title = title');
  assert.deepEqual(await queued(database), []);
  await database.execute(...remove(items, ID));
  assert.deepEqual(await queued(database), [{ op: 'DELETE', id: ID, type: 'items', old: { title: 'Bread' } }]);

  const service = new Service(database);
  await service.connect();
  const edited_at = '2026-01-31T13:47:00.000000Z';
  await service.send({ [OTHER]: { title: 'From the server', is_done: 0, views: 7, due_on, edited_at } });
  const arrived = { id: OTHER, title: 'From the server', is_done: false, views: 7n, due_on: null, is_open: false, draft: null, edited_at };
  assert.deepEqual(await stored(database, OTHER), arrived);
  assert.deepEqual(await queued(database), [], 'what arrives is not sent back');
  await database.execute(...update(items, OTHER, { is_open: true, draft: 'kept' }));
  await service.send({ [OTHER]: { title: 'Changed', is_done: 1, views: null, due_on: '2026-02-01', edited_at } });
  assert.deepEqual(await stored(database, OTHER), { ...arrived, title: 'Changed', is_done: true, views: null, due_on: '2026-02-01', is_open: true, draft: 'kept' });
  // Another kind, no value, a column that the build does not know: a replica refuses nothing.
  await service.send({ [OTHER]: { title: null, is_done: 'yes', later: 'x' } });
  const [row_of_text] = await database.getAll<Record<string, unknown>>('SELECT title, is_done, draft FROM items');
  assert.deepEqual(row_of_text, { title: null, is_done: 'yes', draft: 'kept' });
  await service.send({ [OTHER]: null });
  assert.equal(await stored(database, OTHER), undefined);
});

// A release that has another column less, another default, another index and columns in another order.
await withDatabase(async (database) => {
  const [table] = rawTables as [RawTableDef];
  const { views: _, is_open: __, ...columns } = table.columns;
  const older: RawTableDef = { ...table, columns: { ...columns, gone: 'TEXT', is_open: 'INTEGER' }, indexes: { items_by_due: 'ON items (due_on)' } };
  await createRawTables(database, AppSchema, [older]);
  const service = new Service(database);
  await service.connect();
  await service.send({ [ID]: { title: 'Milk', views: 7 } });
  await database.execute("UPDATE items SET is_open = 1, draft = 'M', gone = 'x'");
  await service.control('stop', '');
  await createRawTables(database, AppSchema, rawTables);
  const [row] = await database.getAll<Record<string, unknown>>('SELECT * FROM items WHERE id = ?', [ID]);
  assert.deepEqual(row, { id: ID, title: 'Milk', is_done: null, views: null, due_on: null, is_open: 1, draft: 'M', edited_at: null });
  assert.deepEqual(await queued(database), [], 'a table that is made anew is not uploaded');
  const indexes = await database.getAll<{ sql: string }>("SELECT sql FROM sqlite_master WHERE name = 'items_by_due'");
  assert.match(indexes[0]!.sql, /due_on DESC/);
  // With the next checkpoint, the new column has its values; the device's own stay.
  await service.connect();
  await service.send({ [OTHER]: { title: 'Bread' } });
  const again = await database.getAll('SELECT title, views, is_open, draft FROM items ORDER BY id');
  const bread = { title: 'Bread', views: null, is_open: 0, draft: null };
  assert.deepEqual(again, [{ title: 'Milk', views: 7, is_open: 1, draft: 'M' }, bread]);
});
console.log('done');
