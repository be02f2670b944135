// The connector against a server that follows a script: nothing is lost, nothing is completed too early, the order stays.

import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { PowerSyncDatabase } from '@powersync/node';

import { items, lists, newItems, newLists, newTeams, registry, teams } from '../../../schema/generated/typescript/index.js';
import { AppSchema } from '../../../schema/generated/typescript/powersync.js';
import { Connector, insert, parse, update, type ConnectorOptions, type Failure } from '../../../schema/generated/typescript/runtime/index.js';
import { withDatabase } from './database.js';

const USER = '0192f0c1-7a3b-7cde-8f01-23456789ab00';
const LIST = '0192f0c1-7a3b-7cde-8f01-23456789abcd';

interface Sent {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The title of the first entry of each transaction. */
  readonly titles: string[];
}

/** Answers one request; the answers of a script are given in turn, the last one again and again. */
type Answer = (sent: Sent, response: ServerResponse) => void;

const reply =
  (status: number, body: unknown): Answer =>
  (_, response) =>
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
const results = (...statuses: object[]): Answer => reply(200, { results: statuses });
const success: Answer = (sent, response) => results(...sent.titles.map(() => ({ status: 'success' })))(sent, response);
const ok = { status: 'success' };
const later = { status: 'not_attempted' };
const fatal = (ours: boolean) => ({
  status: 'fatal_error',
  requires_client_handling: ours,
  failed_operation: { error_code: 'CONSTRAINT_VIOLATION', message: 'no such list', operation_index: 0 },
});

interface Scene {
  readonly database: PowerSyncDatabase;
  readonly connector: Connector;
  readonly requests: Sent[];
  readonly failures: Failure[];
  /** Adds an item in a transaction of its own. */
  add(...titles: string[]): Promise<void>;
  /** The titles that are still in the queue. */
  queued(): Promise<string[]>;
  upload(): Promise<void>;
}

async function scene(script: readonly Answer[], play: (scene: Scene) => Promise<void>, options: Partial<ConnectorOptions> = {}): Promise<void> {
  const requests: Sent[] = [];
  const failures: Failure[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const { transactions } = JSON.parse(text) as { transactions: { crud: { op_data?: { title?: string; name?: string } }[] }[] };
      const titles = transactions.map(({ crud }) => crud[0]?.op_data?.title ?? crud[0]?.op_data?.name ?? '');
      const answer = script[Math.min(requests.length, script.length - 1)] ?? success;
      requests.push({ headers: request.headers, text, titles });
      answer(requests.at(-1)!, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await withDatabase(AppSchema, async (database) => {
      const connector = new Connector({
        powersyncUrl: 'https://example.org/',
        uploadUrl: `http://127.0.0.1:${port}/api/data`,
        release: registry.fingerprint,
        session: async () => ({ token: 'ann' }),
        onFailure: (failure) => void failures.push(failure),
        ...options,
      });
      await play({
        database,
        connector,
        requests,
        failures,
        add: async (...titles) => {
          for (const title of titles) {
            await database.execute(...insert(items, newItems({ list_id: LIST, title }, { userId: USER })));
          }
        },
        queued: async () => {
          const rows = await database.getAll<{ title: string | null }>("SELECT data ->> '$.data.title' AS title FROM ps_crud ORDER BY id");
          return rows.map(({ title }) => title ?? '');
        },
        upload: () => connector.uploadData(database),
      });
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const scenes: Record<string, () => Promise<void>> = {
  'what the server applies leaves the queue, with the headers of the protocol': () =>
    scene([success], async ({ database, add, upload, queued, requests }) => {
      await add('a', 'b', 'c');
      await upload();
      assert.deepEqual(await queued(), []);
      assert.deepEqual(requests.map(({ titles }) => titles), [['a', 'b', 'c']]);
      const { headers } = requests[0]!;
      assert.equal(headers.authorization, 'Bearer ann');
      assert.equal(headers['synctable-client-id'], await database.getClientId());
      assert.equal(headers['synctable-release'], registry.fingerprint);
      await upload();
      assert.equal(requests.length, 1, 'an empty queue asks nobody');
    }),
  'numbers travel as SQLite has them': () =>
    scene([success], async ({ database, upload, requests }) => {
      const row = newItems({ list_id: LIST, title: 'big', rank: 9007199254740993n, place: 5, meta: { n: 9007199254740993n } });
      await database.execute(...insert(items, row));
      await upload();
      assert.match(requests[0]!.text, /"rank":9007199254740993[,}]/);
      assert.match(requests[0]!.text, /"place":5\.0[,}]/, 'as JavaScript queues it');
      const { transactions } = parse(requests[0]!.text) as { transactions: { crud: { op_data: { meta: string } }[] }[] };
      assert.equal(transactions[0]!.crud[0]!.op_data.meta, '{"n": 9007199254740993}');
    }),
  'previous values and metadata travel': () =>
    scene([success], async ({ database, upload, requests }) => {
      const team = newTeams({ name: 'Us' }, { userId: USER });
      await database.execute(...insert(teams, team));
      await database.execute(...update(teams, team.id, { seats: 7 }));
      const list = newLists({ name: 'L' }, { userId: USER });
      await database.execute(...insert(lists, list));
      await database.execute('UPDATE lists SET name = ?, _metadata = ? WHERE id = ?', ['M', 'by hand', list.id]);
      await upload();
      const { transactions } = JSON.parse(requests[0]!.text) as { transactions: { transaction_id: number; crud: { previous_values?: { seats: number }; metadata?: string }[] }[] };
      assert.equal(transactions[1]!.crud[0]!.previous_values?.seats, 5);
      assert.equal(transactions[3]!.crud[0]!.metadata, 'by hand');
      assert.equal(typeof transactions[0]!.transaction_id, 'number');
    }),
  'a transaction is never split': () =>
    scene([success], async ({ database, upload, requests }) => {
      await database.writeTransaction(async (transaction) => {
        for (let i = 0; i < 450; i++) {
          await transaction.execute(...insert(items, newItems({ list_id: LIST, title: `item ${i}` })));
        }
      });
      await database.execute(...insert(items, newItems({ list_id: LIST, title: 'after' })));
      await upload();
      const { transactions } = JSON.parse(requests[0]!.text) as { transactions: { crud: unknown[] }[] };
      assert.deepEqual(transactions.map(({ crud }) => crud.length), [450, 1]);
    }),
  'what can be tried again stays, and all after it': () =>
    scene([results(ok, { status: 'retryable_error', message: 'busy', retry_after_ms: 5 }, later), success], async ({ add, upload, queued, requests }) => {
      await add('a', 'b', 'c');
      await assert.rejects(upload(), /busy/);
      assert.deepEqual(await queued(), ['b', 'c']);
      await upload();
      assert.deepEqual(await queued(), []);
      assert.deepEqual(requests.map(({ titles }) => titles), [['a', 'b', 'c'], ['b', 'c']]);
    }),
  'what the server keeps leaves the queue, and the app hears of it': () =>
    scene([results(ok, fatal(false), later), success], async ({ add, upload, queued, failures }) => {
      await add('a', 'b', 'c');
      await assert.rejects(upload(), /not tried/);
      assert.deepEqual(await queued(), ['c']);
      assert.equal(failures.length, 1);
      const [{ kind, code, entry, entries }] = failures as [Failure];
      assert.deepEqual([kind, code, entry, entries.length], ['rejected', 'CONSTRAINT_VIOLATION', 0, 1]);
      await upload();
      assert.deepEqual(await queued(), []);
    }),
  'a server that goes on after what it keeps is followed': () =>
    scene([results(ok, fatal(false), ok)], async ({ add, upload, queued }) => {
      await add('a', 'b', 'c');
      await upload();
      assert.deepEqual(await queued(), []);
    }),
  'what the user has to decide is held, and asks nobody until then': () =>
    scene([results(ok, fatal(true), later), success], async ({ add, upload, queued, requests, connector, failures }) => {
      await add('a', 'b', 'c');
      await assert.rejects(upload(), /held: no such list/);
      assert.deepEqual(await queued(), ['b', 'c']);
      await assert.rejects(upload(), /held/);
      assert.equal(requests.length, 1);
      assert.equal(failures[0]?.kind, 'fatal');
      connector.release();
      await upload();
      assert.deepEqual(await queued(), []);
    }),
  'what the user discards leaves the queue': () =>
    scene(
      [results(fatal(true), later), success],
      async ({ add, upload, queued }) => {
        await add('a', 'b');
        await assert.rejects(upload(), /not tried/);
        assert.deepEqual(await queued(), ['b']);
      },
      { onFailure: () => 'discard' },
    ),
  'a refused token is refreshed once': () => {
    const asked: boolean[] = [];
    return scene(
      [reply(401, { message: 'expired' }), success],
      async ({ add, upload, queued, requests }) => {
        await add('a');
        await upload();
        assert.deepEqual(await queued(), []);
        assert.deepEqual(asked, [false, true]);
        assert.deepEqual(requests.map(({ headers }) => headers.authorization), ['Bearer old', 'Bearer new']);
      },
      {
        session: async (refresh) => {
          asked.push(refresh);
          return { token: refresh ? 'new' : 'old' };
        },
      },
    );
  },
  'a token that stays refused completes nothing': () =>
    scene([reply(403, 'no')], async ({ add, upload, queued, requests }) => {
      await add('a');
      await assert.rejects(upload(), /refuses the token/);
      assert.deepEqual(await queued(), ['a']);
      assert.equal(requests.length, 2);
    }),
  'a checkpoint is asked for by the number of the request, and the answer counts': async () => {
    const asked: (string | null)[][] = [];
    const answers = [new Response('{}', { status: 401 }), Response.json({ checkpoint: '9' }), new Response('{}', { status: 503 }), Response.json({})];
    const connector = new Connector({
      powersyncUrl: 'https://example.org',
      uploadUrl: 'https://example.org/api/data',
      checkpointUrl: 'https://example.org/api/checkpoint',
      release: registry.fingerprint,
      session: async (refresh) => ({ token: refresh ? 'new' : 'old' }),
      fetch: async (url, init) => {
        const headers = new Headers(init?.headers);
        asked.push([String(url), headers.get('authorization'), headers.get('synctable-client-id'), String(init?.body)]);
        return answers[asked.length - 1]!;
      },
    });
    assert.equal(await connector.postCheckpointRequest?.('the phone', '7'), '9');
    const request = (token: string) => ['https://example.org/api/checkpoint', `Bearer ${token}`, 'the phone', '{"request_id":"7"}'];
    assert.deepEqual(asked, [request('old'), request('new')]);
    await assert.rejects(async () => connector.postCheckpointRequest?.('the phone', '8'), /answered 503/);
    await assert.rejects(async () => connector.postCheckpointRequest?.('the phone', '8'), /without a checkpoint/);
  },
  'without a session nothing is sent': () =>
    scene(
      [success],
      async ({ add, upload, queued, requests, connector }) => {
        await add('a');
        await assert.rejects(upload(), /nobody is signed in/);
        assert.deepEqual(await queued(), ['a']);
        assert.equal(requests.length, 0);
        assert.equal(await connector.fetchCredentials(), null);
      },
      { session: async () => null },
    ),
  'an error that is not understood completes nothing': () => {
    const statuses = [400, 404, 409, 422, 500, 502, 503];
    return scene([...statuses.map((status) => reply(status, '<html>')), success], async ({ add, upload, queued }) => {
      await add('a', 'b');
      for (const status of statuses) {
        await assert.rejects(upload(), new RegExp(String(status)));
        assert.deepEqual(await queued(), ['a', 'b']);
      }
      await upload();
      assert.deepEqual(await queued(), []);
    });
  },
  'an answer that is not understood completes nothing': () => {
    const answers: unknown[] = [
      '',
      '<html>',
      '[]',
      'null',
      { results: [ok] },
      { results: [ok, ok, ok] },
      { results: {} },
      { results: [ok, { status: 'done' }] },
      { results: [ok, null] },
      { results: [ok, { status: 'fatal_error', failed_operation: { error_code: 'x' } }] },
      { results: [ok, { status: 'fatal_error', requires_client_handling: 'no', failed_operation: { error_code: 'x' } }] },
      { results: [ok, { status: 'fatal_error', requires_client_handling: false }] },
      { results: [ok, { status: 'fatal_error', requires_client_handling: false, failed_operation: { error_code: 5 } }] },
    ];
    return scene(answers.map((answer) => reply(200, answer)), async ({ add, upload, queued }) => {
      await add('a', 'b');
      for (const answer of answers) {
        await assert.rejects(upload(), JSON.stringify(answer));
        assert.deepEqual(await queued(), ['a', 'b'], JSON.stringify(answer));
      }
    });
  },
  'a server that does not answer is not waited for': () =>
    scene(
      [() => undefined, success],
      async ({ add, upload, queued }) => {
        await add('a');
        await assert.rejects(upload(), { name: 'TimeoutError' });
        assert.deepEqual(await queued(), ['a']);
        await upload();
        assert.deepEqual(await queued(), []);
      },
      { timeoutMs: 100 },
    ),
  'a connection that is cut after the commit sends the same again': () =>
    scene([(_, response) => response.destroy(), success], async ({ add, upload, queued, requests }) => {
      await add('a', 'b');
      await assert.rejects(upload());
      assert.deepEqual(await queued(), ['a', 'b']);
      await upload();
      assert.deepEqual(await queued(), []);
      assert.equal(requests[0]!.text, requests[1]!.text);
    }),
  'an answer that is cut in the middle completes nothing': () =>
    scene(
      [
        (_, response) => {
          response.writeHead(200, { 'Content-Length': '100' });
          response.write('{"results":[{"status":"success"}');
          response.destroy();
        },
        success,
      ],
      async ({ add, upload, queued }) => {
        await add('a', 'b');
        await assert.rejects(upload());
        assert.deepEqual(await queued(), ['a', 'b']);
      },
    ),
  'a batch that is too large is halved until it fits, in order': () =>
    scene([(sent, response) => (sent.titles.length > 1 ? reply(413, '') : success)(sent, response)], async ({ add, upload, queued, requests }) => {
      await add('a', 'b', 'c', 'd', 'e');
      while ((await queued()).length > 0) {
        await upload();
      }
      const delivered = requests.filter(({ titles }) => titles.length === 1);
      assert.deepEqual(delivered.map(({ titles }) => titles[0]), ['a', 'b', 'c', 'd', 'e']);
    }),
  'a transaction that is too large alone is held': () =>
    scene([reply(413, '')], async ({ add, upload, queued, failures, requests }) => {
      await add('a', 'b');
      await assert.rejects(upload(), /held/);
      assert.deepEqual(await queued(), ['a', 'b']);
      assert.equal(failures[0]?.kind, 'too_large');
      const count = requests.length;
      await assert.rejects(upload(), /held/);
      assert.equal(requests.length, count);
    }),
  'a change of nothing has nothing to wait for': () =>
    scene([success], async ({ database, add, upload, queued, requests }) => {
      await add('a');
      await upload();
      await database.execute('UPDATE items SET title = title');
      assert.equal((await queued()).length, 1);
      await upload();
      assert.deepEqual(await queued(), []);
      assert.equal(requests.length, 1);
    }),
  'what is written during an upload stays': async () => {
    let during = async (): Promise<void> => undefined;
    await scene([(sent, response) => void during().then(() => success(sent, response))], async ({ add, upload, queued }) => {
      await add('a');
      during = () => add('b');
      await upload();
      assert.deepEqual(await queued(), ['b']);
    });
  },
  'a custom checkpoint is offered only if the app makes one': () =>
    scene([success], async ({ connector }) => {
      assert.equal('postCheckpointRequest' in connector && connector.postCheckpointRequest, undefined);
      const credentials = await connector.fetchCredentials();
      assert.deepEqual(credentials, { endpoint: 'https://example.org', token: 'ann' });
    }),
};

for (const [name, run] of Object.entries(scenes)) {
  try {
    await run();
  } catch (error) {
    process.exitCode = 1;
    console.log(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    if (process.argv.includes('first')) {
      process.exit();
    }
  }
}
