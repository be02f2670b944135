// The worker as a server of Node, which prints its port, and ends with its input.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Pool } from 'pg';
import postgres from 'postgres';

import { pg, postgresJs, serve, served } from './app/worker.js';

const [url, secret, driver] = process.argv.slice(2) as [string, string, string];
const { pathname, searchParams } = new URL(url);
const database = pathname.slice(1);
const setting = (name: string, otherwise: string): string => searchParams.get(name) ?? otherwise;
const [host, port, user] = [setting('host', 'localhost'), setting('port', '5432'), setting('user', 'postgres')];

const pool = new Pool({ host, port: Number(port), user, database, max: 4 });
// A connection that nobody uses may be closed by the database.
pool.on('error', () => {});

const answer = serve(served, {
  database:
    driver === 'pg'
      ? pg(pool)
      : postgresJs(postgres({ path: `${host}/.s.PGSQL.${port}`, user, database, max: 4 })),
  issuers: [{ secret }],
  otherShapes: true,
  onTrouble: (error) => console.error(error),
});

const server = createServer((incoming, outgoing) => {
  void (async () => {
    const parts: Uint8Array[] = [];
    for await (const part of incoming) {
      parts.push(part as Uint8Array);
    }
    const { method = 'GET', url: path = '/', headers } = incoming;
    const body = method === 'GET' ? {} : { body: new Uint8Array(Buffer.concat(parts)) };
    const response = await answer(new Request(`http://localhost${path}`, { method, headers: headers as Record<string, string>, ...body }));
    const text = await response.text();
    outgoing.writeHead(response.status, { ...Object.fromEntries(response.headers), 'Content-Length': Buffer.byteLength(text) }).end(text);
  })();
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.stdin.resume().on('end', () => process.exit());
