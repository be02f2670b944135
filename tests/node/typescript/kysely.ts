// Kysely reads and writes the device's tables by the types that are generated; for `tsc` alone.

import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';

import type { DeviceTables } from '../../../schema/generated/typescript/index.js';

export const device = new Kysely<DeviceTables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (database) => new SqliteIntrospector(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

/** The titles of a list that is not empty. */
export async function titles(list: string): Promise<string[]> {
  const found = await device
    .selectFrom('items')
    .innerJoin('lists', 'lists.id', 'items.list_id')
    .where('items.list_id', '=', list)
    .where('items.status', '<>', 'done')
    .select(['items.heading', 'lists.name as list'])
    .execute();
  return found.map(({ heading, list }) => `${heading} (${list})`);
}

device.insertInto('labels').values({ id: 'x', team_id: 'x', name: 'late', color: '#ff0000' });
device.updateTable('items').set({ parent_id: null }).where('id', '=', 'x');
// @ts-expect-error: devices have no such table
device.selectFrom('item');
// @ts-expect-error: the table has no such column
device.selectFrom('items').select('owner');
// @ts-expect-error: a text is no number
device.selectFrom('items').selectAll().where('place', '=', 'first');
// @ts-expect-error: a team is needed
device.insertInto('labels').values({ id: 'x', name: 'late' });
