// New rows, statements and rows that are read: what is filled in, and what is refused.

import assert from 'node:assert/strict';

import { drafts, itemLabels, items, members, newDrafts, newFeedback, newItemLabels, newItems, newLabels, newLists, newProfiles, newReactions, profiles, registry, themes } from '../../../schema/generated/typescript/index.js';
import { decode, encode, idOf, insert, newRow, normalize, parse, Refused, releaseOf, remove, select, subscription, update, type New, type Writer } from '../../../schema/generated/typescript/runtime/index.js';
import { itemDetailStream } from '../../../schema/generated/typescript/streams.js';

const USER = '0192f0c1-7a3b-7cde-8f01-23456789ab00';
const LIST = '0192f0c1-7a3b-7cde-8f01-23456789abcd';
const writer: Writer = { userId: USER, device: 'phone', now: () => new Date('2026-01-31T13:47:12.400Z'), uuid: () => LIST };

/** Column and code of every mistake. */
function refused(run: () => unknown): (string | undefined)[][] {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof Refused, String(error));
    return error.mistakes.map(({ column, code }) => [column, code]);
  }
  return [];
}

const cases: Record<string, () => void> = {
  'a new row is filled in by the declaration': () => {
    const row = newItems({ list_id: LIST, title: 'Milk' }, writer);
    assert.equal(row.id, LIST);
    assert.equal(row.status, 'open');
    assert.deepEqual(row.tags, []);
    assert.equal(row.added_on, '2026-01-31');
    assert.equal(row.created_by, USER);
    assert.equal(row.edited_at, '2026-01-31T13:47:12.400000Z');
    assert.equal(row.changed, null, 'the server fills it in');
    assert.equal(newLists({ name: 'L' }, writer).edited_on, 'phone');
    assert.deepEqual(newDrafts({ id: 'd' }, writer), { id: 'd', body: '', saved_at: '2026-01-31T13:47:12.400000Z' });
  },
  'without a user, what is verified is left to the server': () => {
    assert.equal(newFeedback({ text: 'Good.' }).user_id, null);
  },
  'defaults are not shared between rows': () => {
    const [one, other] = [newItems({ list_id: LIST, title: 'a' }), newItems({ list_id: LIST, title: 'b' })];
    one.tags!.push('x');
    assert.deepEqual(other.tags, []);
  },
  'every write has a microsecond of its own': () => {
    const times = Array.from({ length: 1000 }, () => newItems({ list_id: LIST, title: 'a' }).edited_at!);
    const changed = update(items, LIST, { title: 'b' })[1][1];
    const all = [...times, String(changed)];
    assert.deepEqual(all, [...new Set(all)].sort());
  },
  'ids follow from recipes and keys': () => {
    const row = newReactions({ comment_id: LIST, word: 'heart' }, writer);
    assert.equal(row.id, newReactions({ comment_id: LIST, word: 'heart' }, writer).id);
    assert.notEqual(row.id, newReactions({ comment_id: LIST, word: 'star' }, writer).id);
    assert.deepEqual(refused(() => newReactions({ comment_id: LIST, word: 'heart' })), [[undefined, 'id']]);
    assert.equal(newLabels({ team_id: LIST, name: 'bug' }).id, `${LIST}:bug`);
    const tagged = newItemLabels({ label_name: 'a/é', item_id: LIST, team_id: LIST });
    assert.equal(tagged.id, `612FC3A9/${LIST}`);
    assert.equal(idOf(itemLabels, tagged), tagged.id);
    const profile = newProfiles({ user_id: USER, handle: 'ann' });
    assert.equal(profile.id, USER);
    assert.deepEqual(insert(profiles, profile)[0].match(/"(\w+)" \(id, "(\w+)"/)?.slice(1), ['people', 'user_id']);
  },
  'every mistake of a new row is told at once': () => {
    const wrong = { list_id: 'x', status: 'late', place: 2 ** 31, estimate: '1.234', changed: 1n, nope: 1, meta: NaN };
    assert.deepEqual(refused(() => newRow(items, wrong as unknown as New<typeof items>)).sort(), [
      ['changed', 'server_owned'],
      ['estimate', 'malformed'],
      ['list_id', 'malformed'],
      ['meta', 'range'],
      ['nope', 'unknown_column'],
      ['place', 'range'],
      ['status', 'unknown_label'],
      ['title', 'null'],
    ]);
  },
  'a change says what it may': () => {
    const change = (changes: object) => refused(() => update(items, LIST, changes, writer));
    assert.deepEqual(change({}), [[undefined, 'form']]);
    assert.deepEqual(change({ id: LIST }), [['id', 'immutable']]);
    assert.deepEqual(change({ added_on: '2026-01-31' }), [['added_on', 'immutable']]);
    assert.deepEqual(change({ heading: 'x' }), [['heading', 'server_owned']]);
    assert.deepEqual(change({ title: null }), [['title', 'null']]);
    const [sql, parameters] = update(items, LIST, { title: 'a', meta: { b: 1n, a: [true] } }, writer);
    assert.equal(sql, 'UPDATE "items" SET "title" = ?, "meta" = ?, "edited_at" = ? WHERE id = ?');
    assert.deepEqual(parameters, ['a', '{"a": [true], "b": 1}', '2026-01-31T13:47:12.400000Z', LIST]);
    assert.deepEqual(remove(drafts, 'd'), ['DELETE FROM "drafts" WHERE id = ?', ['d']]);
  },
  'an inserted row leaves out nulls and what the server owns': () => {
    const row = { ...newItems({ list_id: LIST, title: 'a' }, writer), heading: 'x', changed: 5n };
    const [sql, parameters] = insert(items, row);
    assert.ok(!sql.includes('heading') && !sql.includes('changed') && !sql.includes('parent_id'), sql);
    assert.ok(sql.includes('created_by'), sql);
    assert.equal(parameters.length, sql.split('?').length - 1);
  },
  'a row outlives the build that reads it': () => {
    const row = decode(members, { id: `${LIST}|${USER}`, team_id: LIST, user_id: USER, role: 'captain', joined_at: '2026-01-31T13:47:12.400000Z' });
    assert.equal(row.role, 'captain');
    assert.equal(decode(themes, { id: '7', name: 'Plain' }).id, 7);
    assert.deepEqual(refused(() => decode(themes, { id: '7', name: null })), [['name', 'null']]);
    assert.deepEqual(refused(() => encode(members, { role: 'captain' })), [['role', 'unknown_label']]);
  },
  'large numbers are read as text': () => {
    assert.match(select(items), /CAST\("rank" AS TEXT\) AS "rank"/);
    assert.match(select(profiles), /FROM "people"$/);
    assert.throws(() => parse('{'), SyntaxError);
    assert.deepEqual(parse('{"__proto__":9007199254740993,"a":[1.5]}'), JSON.parse('{"__proto__":0,"a":[1.5]}', (key, found: unknown) => (key === '__proto__' ? 9007199254740993n : found)));
  },
  'an upload of an older release is read by its names': () => {
    const release = { version: '1.0.0', fingerprint: '1:aa', unknown: { items: ['due_on'] }, renamed: { items: { label: 'title' } } };
    const app = { ...registry, releases: [release] };
    assert.equal(releaseOf(app, '1.0.0'), release);
    assert.equal(releaseOf(app, '1:aa'), release);
    assert.equal(releaseOf(app, 'what?'), release);
    assert.equal(releaseOf(app, registry.fingerprint), undefined);
    assert.equal(releaseOf(registry, 'what?'), undefined);
    const read = (op: 'PUT' | 'PATCH', data: Record<string, unknown>, old = true) => normalize(items, { op, id: LIST, data }, {}, old ? release : undefined);
    assert.deepEqual(read('PATCH', { label: 'Milk' }), { title: 'Milk' });
    assert.deepEqual(refused(() => read('PATCH', { label: 'Milk' }, false)), [['label', 'unknown_column']]);
    assert.deepEqual(refused(() => read('PATCH', { label: 'Milk', title: 'Bread' })), [['title', 'given_twice']]);
    assert.deepEqual(refused(() => read('PATCH', { constructor: 1 })), [['constructor', 'unknown_column']]);
    const put = { list_id: LIST, label: 'Milk', status: 'open' };
    assert.ok(!('due_on' in read('PUT', put)), 'what it does not know is kept');
    assert.equal(read('PUT', { ...put, due_on: null })['due_on'], null, 'what it sends is read');
    assert.equal(read('PUT', { list_id: LIST, title: 'Milk', status: 'open' }, false)['due_on'], null);
  },
  'parameters of a stream are checked': () => {
    assert.deepEqual(subscription(itemDetailStream, { item_id: LIST }), ['item_detail', { item_id: LIST }]);
    assert.deepEqual(refused(() => subscription(itemDetailStream, { item_id: 'x' })), [['item_id', 'malformed']]);
  },
};

for (const [name, run] of Object.entries(cases)) {
  try {
    run();
  } catch (error) {
    process.exitCode = 1;
    console.log(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
