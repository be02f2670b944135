// The rows that Drizzle infers are what is declared; for `tsc` alone.

import type * as device from '../../../schema/generated/drizzle/device.js';
import type * as server from '../../../schema/generated/drizzle/server.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type All<T extends true[]> = T;

type Item = typeof server.items.$inferSelect;
type NewItem = typeof server.items.$inferInsert;
type List = typeof server.lists.$inferSelect;
export type OnServer = All<
  [
    Equal<Item['title'], string>,
    Equal<Item['status'], 'open' | 'done' | 'archived'>,
    Equal<Item['size'], 'small' | 'large' | null>,
    Equal<Item['rank'], bigint | null>,
    Equal<Item['estimate'], string | null>,
    Equal<Item['editedAt'], string>,
    Equal<Item['tags'], string[]>,
    Equal<Item['meta'], unknown>,
    Equal<Item['search'], string | null>,
    Equal<List['cover'], Uint8Array | null>,
    Equal<List['palette'], string[]>,
    Equal<(typeof server.profiles.$inferSelect)['completeness'], number>,
    Equal<(typeof server.members.$inferSelect)['role'], 'owner' | 'editor' | 'guest' | 'viewer'>,
  ]
>;

type Stored = typeof device.items.$inferSelect;
export type OnDevice = All<
  [
    Equal<Stored['title'], string>,
    Equal<Stored['status'], 'open' | 'done' | 'archived' | null>,
    Equal<Stored['rank'], number | null>,
    Equal<Stored['estimate'], string | null>,
    Equal<Stored['tags'], string[] | null>,
    Equal<(typeof device.lists.$inferSelect)['isPublic'], boolean | null>,
  ]
>;

/** What has a default, or may be null, can be left out. */
export const least: NewItem = { listId: 'x', title: 'Milk', changed: 1n };
export const onDevice: typeof device.items.$inferInsert = { listId: 'x', title: 'Milk' };
// @ts-expect-error: a list is needed
export const withoutList: NewItem = { title: 'Milk', changed: 1n };
// @ts-expect-error: the enum has no such label
export const otherLabel: NewItem = { listId: 'x', title: 'Milk', changed: 1n, status: 'lost' };
// @ts-expect-error: what Postgres counts is not given
export const counted: typeof server.jobs.$inferInsert = { id: 1n, name: 'x' };
// @ts-expect-error: a title is needed
export const withoutTitle: typeof device.items.$inferInsert = { listId: 'x' };
