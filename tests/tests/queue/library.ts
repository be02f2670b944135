// The library of a device, call by call.

import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';

import { Device, Sync, database, type Driver, type SyncEvent, type SyncOptions } from './app/database.js';
import { drivers } from './drivers.js';

/** What happens for each driver, by the sentence that it proves. */
const cases: Record<string, (driver: Driver) => void | Promise<void>> = {
  'a database is opened again, and keeps its rows and its queue': (driver) => {
    Device.open(driver, database).write(({ query }) => query("INSERT INTO plain (id) VALUES ('one')"));
    const device = Device.open(driver, database);
    assert.equal(device.queued(), 1);
    assert.equal(device.clientId(), Device.open(driver, database).clientId());
  },
  'a database of a later version is refused': (driver) => {
    Device.open(driver, database);
    driver.execute('PRAGMA user_version = 99');
    assert.throws(() => Device.open(driver, database), /has version 99, and the app is built for version 1/);
  },
  'a database that another program made is refused': (driver) => {
    driver.execute('CREATE TABLE mine (id)');
    assert.throws(() => Device.open(driver, database), /user_version/);
  },
  'steps lead from an earlier version to this one, and keep what is queued': (driver) => {
    Device.open(driver, database).write(({ query }) => query("INSERT INTO plain (id) VALUES ('one')"));
    const sql = 'ALTER TABLE plain ADD COLUMN more TEXT';
    const device = Device.open(driver, { ...database, version: 2, steps: [{ from: 1, references: false, sql }] });
    assert.deepEqual(Object.keys(driver.query('SELECT * FROM plain')[0]!), ['id', 'owner_id', 'order', 'b', 'more']);
    assert.equal(device.queued(), 1);
    assert.throws(() => Device.open(driver, { ...database, version: 4 }), /steps lead from version 4 on/);
  },
  'a step that fails leaves the version before it': (driver) => {
    Device.open(driver, database);
    const steps = [{ from: 1, references: false, sql: 'ALTER TABLE plain ADD COLUMN more TEXT; SELECT nothing' }];
    assert.throws(() => Device.open(driver, { ...database, version: 2, steps }));
    assert.equal(driver.query('SELECT user_version AS version FROM pragma_user_version')[0]!['version'], 1);
    assert.equal(driver.query('SELECT * FROM pragma_table_info(?)', ['plain']).length, 4);
  },
  'a transaction is written whole or not at all, and cannot wait': (driver) => {
    const device = Device.open(driver, database);
    const write = (after: () => unknown): unknown =>
      device.write(({ query }) => {
        query("INSERT INTO plain (id) VALUES ('one')");
        return after();
      });
    assert.throws(() => write(() => assert.fail('no')), /no/);
    assert.throws(() => write(async () => {}), /cannot wait/);
    assert.throws(() => write(() => driver.execute('COMMIT')));
    assert.equal(device.queued(), 0);
    write(() => 1);
    assert.equal(device.queued(), 1);
    assert.throws(() => device.write(({ query }) => query("INSERT INTO news (id) VALUES ('n')")), /not_allowed: /);
  },
  'rows of the server are applied whatever they are, and are not queued': (driver) => {
    const device = Device.open(driver, database);
    device.apply(({ query }) => query("INSERT INTO lists (id, title, state) VALUES ('one', '', 'later')"));
    assert.equal(device.queued(), 0);
    device.write(({ query }) => query("UPDATE lists SET title = 'mine'"));
    assert.equal(device.queued(), 1);
  },
  'a connection that was not set up is refused': (driver) => {
    const device = Device.open(driver, database);
    driver.execute('PRAGMA recursive_triggers = OFF');
    assert.throws(() => device.write(({ query }) => query("INSERT INTO plain (id) VALUES ('one')")), /connection: /);
    assert.throws(() => driver.query("INSERT INTO plain (id) VALUES ('one')"), /connection: /);
    driver.execute('PRAGMA recursive_triggers = ON; PRAGMA foreign_keys = OFF');
    assert.throws(() => device.apply(() => 1), /connection: /);
  },
  'numbers of 64 bits come and go as they are': async (driver) => {
    const device = Device.open(driver, database);
    const rows = '[{"id":"one","count":9007199254740993,"weight":0.1}]';
    const text = `{"tables":[{"table":"lists","rows":${rows},"gone":[]}],"cursor":"c","more":false}`;
    await new Sync(device, options([() => new Response(text)])).sync();
    const [row] = driver.query('SELECT CAST(count AS TEXT) AS count, weight FROM lists');
    assert.deepEqual({ ...row }, { count: '9007199254740993', weight: 0.1 });
    device.write(({ query }) => query('UPDATE lists SET count = count + 2'));
    assert.match(device.next()[0]!.crud, /"count":9007199254740995[,}]/);
    assert.equal(device.pulled().cursor, 'c');
  },
  'many rows of the server share a statement, unless the app has temporary tables': (driver) => {
    const sizes: number[] = [];
    const counting: Driver = {
      ...driver,
      many: (sql, parameters) => {
        const all = [...parameters];
        sizes.push(all.length);
        all.forEach((one) => driver.query(sql, one));
      },
    };
    const device = Device.open(counting, database);
    const before = driver.query('PRAGMA temp_store');
    const apply = (title: string): void => {
      const rows = Array.from({ length: 60 }, (_, nr) => ({ id: `row ${nr}`, title: `${title} ${nr}` }));
      device.applyPage({ begin: [], tables: [{ table: 'lists', rows, gone: [] }], end: [], cursor: title, again: [] });
    };
    const titled = (title: string): unknown =>
      driver.query("SELECT count(*) AS number FROM lists WHERE title = ? || substr(id, 4)", [title])[0]!['number'];
    apply('Shop');
    device.write(({ query }) => query("UPDATE lists SET title = 'mine' WHERE id = 'row 30'"));
    apply('Market');
    assert.deepEqual([titled('Market'), sizes], [59, [2, 10, 2, 9]], 'a row with an entry stays');
    assert.deepEqual(driver.query('PRAGMA temp_store'), before);
    driver.execute('CREATE TEMP TABLE own (id); INSERT INTO own VALUES (1)');
    apply('Park');
    assert.deepEqual([titled('Park'), sizes.at(-1), driver.query('SELECT id FROM own').length], [59, 59, 1]);
  },
  'tables and columns of a newer server are passed over': (driver) => {
    const device = Device.open(driver, database);
    device.apply(({ query }) => query("INSERT INTO lists (id, title, kind) VALUES ('one', 'Shop', 'a')"));
    const queue = { table: 'synctable_queue', rows: [{ id: 'x', sequence: 1 }], gone: [] };
    const lists = { table: 'lists', rows: [{ id: 'one', title: 'Market', later: 1 }], gone: [] };
    device.applyPage({ begin: ['later'], tables: [queue, lists], end: ['later'], cursor: 'c', again: [] });
    const [row] = driver.query('SELECT title, kind FROM lists');
    assert.deepEqual({ ...row }, { title: 'Market', kind: 'a' }, 'what does not come stays');
  },
  'a cursor that the server does not read is forgotten': async (driver) => {
    const requests: string[] = [];
    const device = Device.open(driver, database);
    const bad = (): Response => new Response('{"message":"the cursor is not one"}', { status: 400 });
    const sync = new Sync(device, options([empty, bad, empty], requests));
    await sync.sync();
    await assert.rejects(sync.sync(), { code: 'status' });
    sync.stop();
    await sync.sync();
    assert.deepEqual(requests.map((body) => body.includes('"cursor":null')), [true, false, true]);
  },
  'a dead letter is kept until it is queued again or discarded': (driver) => {
    const device = Device.open(driver, database);
    device.write(({ query }) => query("INSERT INTO plain (id, \"order\") VALUES ('one', 9007199254740993)"));
    const [upload] = device.next();
    device.refused(upload!.number, 'code', 'why');
    assert.deepEqual(device.deadLetters(), [{ number: upload!.number, crud: upload!.crud, code: 'code', message: 'why' }]);
    assert.deepEqual(device.again(9), [{ table: 'plain', id: 'one' }]);
    device.retry(upload!.number);
    assert.deepEqual(device.again(9), [], 'it is queued once more');
    const [again] = device.next();
    assert.equal(again!.crud, upload!.crud);
    assert.ok(again!.number > upload!.number);
    device.refused(again!.number, 'code', 'why');
    device.discard(again!.number);
    assert.deepEqual([device.queued(), device.deadLetters()], [0, []]);
  },
  'a reset keeps what is queued, and another user does not get it': async (driver) => {
    const device = Device.open(driver, database);
    device.apply(({ query }) => query("INSERT INTO plain (id) VALUES ('theirs')"));
    device.write(({ query }) => query("INSERT INTO plain (id) VALUES ('mine')"));
    const syncAs = (caller: string): Promise<void> => new Sync(device, { ...options([empty]), session: async () => ({ token: '', caller }) }).sync();
    device.setCaller('ann');
    device.reset();
    const ids = driver.query('SELECT id FROM plain').map(({ id }) => id);
    assert.deepEqual([ids, device.queued()], [['mine'], 1]);
    await assert.rejects(syncAs('bob'), { code: 'other_caller' });
    device.complete(device.next()[0]!.number);
    device.reset();
    assert.deepEqual([driver.query('SELECT id FROM plain'), device.pulled()], [[], { cursor: null, caller: null }]);
    await syncAs('bob');
    assert.equal(device.pulled().caller, 'bob');
  },
  'signals that follow each other are one sync': async (driver) => {
    const requests: string[] = [];
    const sync = new Sync(Device.open(driver, database), { ...options([empty, empty], requests), debounceMs: 20 });
    for (let nth = 0; nth < 5; nth += 1) {
      sync.signal();
    }
    await wait(100);
    assert.equal(requests.length, 1);
    sync.signal();
    sync.stop();
    await wait(50);
    assert.equal(requests.length, 1, 'it was stopped');
  },
  'a failure is tried again by itself, later each time and not before the server asks for it': async (driver) => {
    const events: SyncEvent[] = [];
    const busy = (): Response => new Response('', { status: 503, headers: { 'Retry-After': '0' } });
    const answers = [busy, busy, busy, empty];
    const sync = new Sync(Device.open(driver, database), { ...options(answers), retryMs: 5, onEvent: (event) => void events.push(event) });
    await assert.rejects(sync.sync(), { code: 'status' });
    await wait(200);
    const waits = events.flatMap((event) => (event.kind === 'failed' ? [event.retryInMs] : []));
    assert.deepEqual([waits, events.at(-1)?.kind], [[5, 10, 20], 'finished']);
    const later = new Sync(Device.open(driver, database), {
      ...options([() => new Response('', { status: 503, headers: { 'Retry-After': '7' } })]),
      onEvent: (event) => void events.push(event),
    });
    await assert.rejects(later.sync());
    later.stop();
    const last = events.at(-1);
    assert.equal(last?.kind === 'failed' && last.retryInMs, 7000);
  },
  'a refused token is asked for again once, and a user who is signed out is not asked again': async (driver) => {
    const asked: boolean[] = [];
    const no = (): Response => new Response('', { status: 401 });
    const session = async (refresh: boolean): Promise<{ token: string; caller: string }> => {
      asked.push(refresh);
      return { token: 'old', caller: 'ann' };
    };
    const device = Device.open(driver, database);
    await new Sync(device, { ...options([no, empty]), session }).sync();
    assert.deepEqual(asked, [false, true]);
    const events: SyncEvent[] = [];
    const onEvent = (event: SyncEvent): void => void events.push(event);
    await assert.rejects(new Sync(device, { ...options([no, no]), session, onEvent }).sync(), { code: 'unauthorized' });
    await assert.rejects(new Sync(device, { ...options([]), session: async () => null, onEvent }).sync(), { code: 'signed_out' });
    assert.deepEqual(events.flatMap((event) => (event.kind === 'failed' ? [event.retryInMs] : [])), [null, null]);
  },
  'a sync that is asked for during another one is made after it': async (driver) => {
    const requests: string[] = [];
    const device = Device.open(driver, database);
    const sync = new Sync(device, options([empty, empty, empty], requests));
    const first = sync.sync();
    await Promise.resolve();
    await Promise.all([first, sync.sync(), sync.sync()]);
    assert.ok(requests.length <= 2, String(requests.length));
    await sync.sync();
    assert.match(requests.at(-1)!, /^\{"cursor":"c","limit":1000\}$/);
  },
};

const empty = (): Response => new Response('{"tables":[],"cursor":"c","more":false}');

/** A server that gives these answers. */
function options(answers: (() => Response)[], requests: string[] = []): SyncOptions {
  return {
    url: 'https://example.org/api/sync',
    session: async () => ({ token: 'token', caller: 'ann' }),
    release: 'release',
    fetch: async (_, init) => {
      requests.push(String(init?.body));
      return (answers.shift() ?? assert.fail('another request'))();
    },
  };
}

for (const [sentence, run] of Object.entries(cases)) {
  for (const [name, driver] of Object.entries(await drivers())) {
    try {
      await run(driver);
    } catch (error) {
      throw new Error(`${name}: ${sentence}`, { cause: error });
    }
  }
}
console.log(`${Object.keys(cases).length} cases`);
