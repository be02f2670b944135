// What the types of generated tables say, for `tsc` alone.

import { newItems, newReactions, type ItemsPatch, type ItemsPut, type ItemsRow, type ItemsStored, type NewItems } from '../../../schema/generated/typescript/index.js';
import { insert, items, update, members, decode, feedback, remove } from './exports.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(): T | undefined => undefined;

holds<Equal<ItemsRow['title'], string>>();
holds<Equal<ItemsRow['rank'], bigint | null>>();
holds<Equal<ItemsRow['estimate'], string | null>>();
holds<Equal<ItemsRow['tags'], string[] | null>>();
holds<Equal<ItemsRow['meta'], unknown>>();
holds<Equal<ItemsStored['place'], number | null>>();
holds<Equal<ItemsStored['rank'], number | bigint | string | null>>();
holds<Equal<NewItems['list_id'], string>>();
holds<Equal<NewItems['status'], 'open' | 'done' | 'archived' | undefined>>();
holds<Equal<keyof ItemsPatch & ('id' | 'added_on' | 'heading' | 'changed'), never>>();
holds<Equal<ItemsPut['list_id'], string>>();
holds<Equal<ItemsPatch['parent_id'], string | null | undefined>>();

newItems({ list_id: 'x', title: 'Milk', rank: 9007199254740993n });
// @ts-expect-error: a title is needed
newItems({ list_id: 'x' });
// @ts-expect-error: the server owns it
newItems({ list_id: 'x', title: 'Milk', changed: 1n });
// @ts-expect-error: the enum has no such label
newItems({ list_id: 'x', title: 'Milk', status: 'late' });
// @ts-expect-error: the recipe computes the id
newReactions({ comment_id: 'x', word: 'heart', id: 'x' });
update(items, 'x', { title: 'Bread', parent_id: null });
// @ts-expect-error: it is set once
update(items, 'x', { added_on: '2026-01-31' });
// @ts-expect-error: a title is never null
update(items, 'x', { title: null });
// @ts-expect-error: devices only read it
insert(members, decode(members, {}));
// @ts-expect-error: devices only add to it
remove(feedback, 'x');
