// Which changes the worker for edge runtimes writes with one statement.

import assert from 'node:assert/strict';

import type { Op, SqlValue } from '../../../schema/generated/typescript/runtime/table.js';
import type { Change } from '../../../schema/generated/typescript/runtime/worker/changes.js';
import { plan } from '../../../schema/generated/typescript/runtime/worker/plan.js';
import { served } from '../../../schema/generated/typescript/worker.js';

const place = (name: string): number => served.tables.findIndex((table) => table.name === name);

const change = (op: Op, table: string, id: string, values: Record<string, SqlValue>): Change => ({
  op,
  table: place(table),
  key: new Map([['id', id]]),
  values: new Map(Object.entries(values)),
  previous: new Map(),
});

const steps = (...changes: Change[]): readonly (readonly number[])[] => plan(served.tables, changes).steps.map(({ places }) => places);

// An item may be a part of those in lists that the caller has: the rule looks at the list of another item.
const moved = (id: string): Change => change('PATCH', 'items', id, { list_id: 'other' });
const named = (id: string): Change => change('PATCH', 'items', id, { title: 'b' });
const part = (id: string, parent: string): Change => change('PATCH', 'items', id, { parent_id: parent });
assert.deepEqual(steps(named('a'), named('b')), [[0, 1]]);
assert.deepEqual(steps(part('a', 'c'), named('b')), [[0, 1]]);
assert.deepEqual(steps(moved('a'), moved('b')), [[0], [1]]);
assert.deepEqual(steps(named('a'), moved('b')), [[0], [1]]);
assert.deepEqual(steps(moved('a'), part('b', 'a')), [[0], [1]], 'what follows a change that decides sees it');
assert.deepEqual(steps(named('a'), named('a')), [[0], [1]], 'a row stands in a statement once');

// A unique name: rows are checked one after the other.
const list = (id: string, values: Record<string, SqlValue>): Change => change('PATCH', 'lists', id, values);
assert.deepEqual(steps(list('a', { name: 'b' }), list('b', { name: 'a' })), [[0], [1]]);
assert.deepEqual(steps(list('a', { is_public: 1 }), list('b', { is_public: 1 })), [[0, 1]]);
