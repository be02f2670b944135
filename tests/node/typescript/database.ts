// A real PowerSync database in a folder of its own.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PowerSyncDatabase, type Schema } from '@powersync/node';

/** Opens a database, lends it, and removes it. */
export async function withDatabase<T>(schema: Schema, use: (database: PowerSyncDatabase) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'synctable-'));
  const implementation = { type: 'better-sqlite3' } as const;
  const database = new PowerSyncDatabase({
    schema,
    database: { dbFilename: 'device.db', dbLocation: folder, implementation, readWorkerCount: 1 },
  });
  try {
    await database.init();
    return await use(database);
  } finally {
    await database.close();
    await rm(folder, { recursive: true });
  }
}
