// Devices and a server that misbehaves on purpose: nothing is lost, nothing is doubled.

import assert from 'node:assert/strict';

import { Device, Sync, database, type Driver, type SyncError, type SyncEvent } from './app/database.js';
import { parse } from './app/runtime/index.js';
import { jsonText } from './app/runtime/json.js';
import { drivers } from './drivers.js';

interface Entry {
  readonly op: string;
  readonly table: string;
  readonly id: string;
  readonly op_data?: Readonly<Record<string, unknown>>;
}
interface Request {
  readonly transactions?: readonly { readonly transaction_id: number; readonly crud: readonly Entry[] }[];
  readonly cursor: string | null;
  readonly again?: Readonly<Record<string, readonly string[]>>;
  readonly limit: number;
}
type Row = Readonly<Record<string, unknown>>;
type Fault =
  | 'none' | 'retryable' | 'fatal' | 'stale' | '401' | '500' | '413' | 'timeout' | 'lost' | 'malformed' | 'no results' | 'unknown table' | 'wrong list';

const FAULTS: readonly Fault[] = [
  'retryable', 'fatal', 'stale', '401', '500', '413', 'timeout', 'lost', 'malformed', 'no results', 'unknown table', 'wrong list',
];

/** A number that is the same in every run. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

/** One table on a server: every change has a place in a log, and a page is what changed after a cursor. */
class Server {
  readonly rows = new Map<string, Row>();
  readonly log: string[] = [];
  readonly applied = new Map<string, string>();
  readonly refused = new Set<string>();
  faults: Fault[] = [];
  requests = 0;
  /** Transactions that came once more with another content. */
  readonly changed: string[] = [];
  /** Transactions that came once more. */
  repeated = 0;

  readonly fetch = (client: string): typeof fetch => async (_, init) => {
    const fault = this.faults.shift() ?? 'none';
    this.requests += 1;
    if (new Headers(init?.headers).get('Synctable-Client-Id') !== client) {
      return new Response('{}', { status: 400 });
    }
    const request = parse(String(init?.body)) as Request;
    switch (fault) {
      case '401':
      case '500':
        return new Response('{}', { status: Number(fault) });
      case '413':
        if ((request.transactions?.length ?? 0) > 1) {
          return new Response('{}', { status: 413 });
        }
        break;
      case 'timeout':
        throw new DOMException('it took too long', 'TimeoutError');
    }
    const results = this.push(client, request, fault);
    const answer = this.pull(request);
    const body = `{"results":${JSON.stringify(results)},${answer}}`;
    switch (fault) {
      case 'lost':
        throw new TypeError('the connection was closed');
      case 'malformed':
        return new Response(body.slice(0, -1));
      case 'no results':
        return new Response(`{${answer}}`.replace('"more"', '"results":[{},{}],"more"'));
      case 'unknown table':
        return new Response(body.replace('"tables":[', '"tables":[{"table":"sqlite_schema","rows":[]},'));
      case 'wrong list':
        return new Response(body.replace('"tables":[', '"tables":[{"table":"plain","rows":{}},'));
    }
    return new Response(body);
  };

  push(client: string, { transactions = [] }: Request, fault: Fault): unknown[] {
    let isStopped = false;
    return transactions.map(({ transaction_id, crud }, index) => {
      const key = `${client} ${transaction_id}`;
      const text = jsonText(crud);
      const before = this.applied.get(key);
      if (before !== undefined || this.refused.has(key)) {
        this.repeated += 1;
        if (before !== undefined && before !== text) {
          // What is thrown here would look like a lost connection.
          this.changed.push(`${before} ${text}`);
        }
      }
      if (isStopped) {
        return { status: 'not_attempted' };
      }
      if (before !== undefined) {
        return { status: 'success' };
      }
      if (fault === 'retryable') {
        isStopped = true;
        return { status: 'retryable_error', message: 'busy', retry_after_ms: 5 };
      }
      if (this.refused.has(key) || (fault === 'fatal' && index === 0)) {
        isStopped = true;
        this.refused.add(key);
        const failed_operation = { error_code: 'CONSTRAINT_VIOLATION', message: 'no', operation_index: 0 };
        return { status: 'fatal_error', requires_client_handling: false, failed_operation };
      }
      this.applied.set(key, text);
      if (fault === 'stale') {
        return { status: 'success', outcomes: crud.map(() => 'stale') };
      }
      const outcomes = crud.map((entry) => this.write(entry));
      return { status: 'success', ...(outcomes.every((one) => one === 'applied') ? {} : { outcomes }) };
    });
  }

  write({ op, id, op_data = {} }: Entry): string {
    const row = this.rows.get(id);
    if (op === 'PATCH' && row === undefined) {
      return 'gone';
    }
    if (op === 'DELETE') {
      this.rows.delete(id);
    } else {
      this.rows.set(id, { ...(op === 'PATCH' ? row : {}), id, ...op_data });
    }
    this.log.push(id);
    return 'applied';
  }

  /** Members of an answer. */
  pull({ cursor, again = {}, limit }: Request): string {
    const isWhole = cursor === null || cursor.startsWith('w');
    const from = Number(cursor?.replace('w', '') ?? 0);
    const to = Math.min(this.log.length, from + limit);
    const ids = new Set([...this.log.slice(from, to), ...(again['plain'] ?? [])]);
    const rows = [...ids].flatMap((id) => {
      const row = this.rows.get(id);
      return row === undefined ? [] : [whole(row)];
    });
    const gone = [...ids].filter((id) => !this.rows.has(id));
    const more = to < this.log.length;
    const begin = cursor === null ? ['plain'] : [];
    const end = isWhole && !more ? ['plain'] : [];
    const next = isWhole && more ? `w${to}` : `${to}`;
    const tables = `[{"table":"plain","rows":${jsonText(rows)},"gone":${JSON.stringify(gone)}}]`;
    return `"begin":${JSON.stringify(begin)},"tables":${tables},"end":${JSON.stringify(end)},"cursor":"${next}","more":${more}`;
  }
}

/** What a device has of the table, with every digit. */
function rowsOf(driver: Driver): string[] {
  const rows = driver.query(`SELECT json_object('id', id, 'order', "order", 'b', b) AS row FROM plain ORDER BY id`);
  return rows.map((row) => String(row['row']));
}

/** The rows that have an entry in the queue; null where they are deleted. */
function pendingOf(driver: Driver): Map<string, unknown> {
  const rows = driver.query(
    `SELECT DISTINCT queued.id, iif(plain.id IS NULL, NULL, json_array("order", b)) AS row
     FROM synctable_queue AS queued LEFT JOIN plain ON plain.id = queued.id`,
  );
  return new Map(rows.map((row) => [String(row['id']), row['row']]));
}

/** A row with every column. */
function whole(row: Row): Row {
  return { id: row['id'], order: row['order'] ?? null, b: row['b'] ?? null };
}

function rowsOn(server: Server): string[] {
  const rows = [...server.rows.values()].sort((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1));
  return rows.map((row) => jsonText(whole(row)));
}

async function sync(one: Sync): Promise<SyncError | null> {
  return one.sync().then(
    () => null,
    (error: SyncError) => error,
  );
}

let found = { requests: 0, repeated: 0, refused: 0 };
for (let seed = 1; seed <= Number(process.argv[2]); seed += 1) {
  const roll = dice(seed);
  const server = new Server();
  const letters = new Map<string, number>();
  const opened = Object.values(await drivers()).map((driver, index) => {
    const device = Device.open(driver, database);
    const events: SyncEvent[] = [];
    const options = {
      url: 'https://example.org/api/sync',
      session: async () => ({ token: 'token', caller: 'ann' }),
      release: 'release',
      onEvent: (event: SyncEvent) => void events.push(event),
      batch: 1 + roll(4),
      limit: 1 + roll(20),
      retryMs: 1_000_000,
      fetch: server.fetch(device.clientId()),
    };
    return { index, driver, device, events, written: new Map<string, unknown>(), sync: new Sync(device, options) };
  });
  for (let step = 0; step < 60; step += 1) {
    const { index, driver, device, written, sync: one } = opened[roll(opened.length)]!;
    const write = (): void => {
      device.write(({ query }) => {
        if (roll(3) === 0) {
          // As somebody types: one row again and again.
          query('INSERT INTO plain (id, "order") VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET "order" = excluded."order"', [`typed${index}`, BigInt(roll(1000))]);
          return;
        }
        for (let nth = roll(3); nth >= 0; nth -= 1) {
          const id = roll(4) === 0 ? `shared${roll(3)}` : `own${index}_${roll(8)}`;
          const [statement, ...parameters] = [
            ['DELETE FROM plain WHERE id = ?', id],
            ['UPDATE plain SET "order" = 9007199254740993 - ? WHERE id = ?', BigInt(roll(100)), id],
            ['REPLACE INTO plain (id, "order", b) VALUES (?, ?, ?)', id, BigInt(roll(100)), `{"n":${roll(9)}.50}`],
            ['INSERT INTO plain (id) VALUES (?) ON CONFLICT (id) DO UPDATE SET b = NULL', id],
          ][roll(4)]! as [string, ...(string | bigint)[]];
          query(statement, parameters);
        }
      });
      for (const [id, row] of pendingOf(driver)) {
        written.set(id, row);
      }
    };
    if (roll(3) > 0) {
      write();
      continue;
    }
    server.faults = Array.from({ length: roll(4) }, () => FAULTS[roll(FAULTS.length)]!);
    const running = sync(one);
    if (roll(2) === 0) {
      // It is written while the request is on its way.
      await Promise.resolve();
      write();
    }
    await running;
    one.stop();
    for (const [id, row] of pendingOf(driver)) {
      assert.equal(row, written.get(id), 'what is queued is not overwritten');
    }
    assert.equal(driver.query('SELECT count(*) AS n FROM synctable_applying')[0]!['n'], 0);
  }
  server.faults = [];
  // Whoever is first pulls before the others have uploaded everything.
  for (const { sync: one } of [...opened, ...opened]) {
    assert.equal(await sync(one), null);
  }
  for (const { driver, device, events } of opened) {
    assert.equal(device.queued(), 0);
    assert.deepEqual(rowsOf(driver), rowsOn(server), `seed ${seed}`);
    letters.set(device.clientId(), device.deadLetters().length);
    const told = events.filter(({ kind }) => kind === 'refused').length;
    assert.equal(told, device.deadLetters().length);
    // Everything comes once more, and is the same.
    device.reset();
    assert.deepEqual(rowsOf(driver), []);
  }
  for (const { driver, sync: one } of opened) {
    assert.equal(await sync(one), null);
    assert.deepEqual(rowsOf(driver), rowsOn(server));
  }
  assert.deepEqual(server.changed, [], 'a transaction that was sent does not change');
  const kept = [...letters.values()].reduce((sum, count) => sum + count, 0);
  assert.equal(kept, server.refused.size, 'each refused transaction is a dead letter once');
  found = {
    requests: found.requests + server.requests,
    repeated: found.repeated + server.repeated,
    refused: found.refused + kept,
  };
}
assert.ok(found.repeated > 20 && found.refused > 5, JSON.stringify(found));
console.log(JSON.stringify(found));
