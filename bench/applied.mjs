// The processor's time of a row of the server, best of some runs: through the library, and by upserts by hand.

import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

const [, , folder] = process.argv;
const { Device, Sync, database, nodeSqlite } = await import(`${folder}/database.mjs`);
const schema = readFileSync(`${folder}/sqlite/schema.sql`, 'utf8');
const ROWS = Number(process.env.APPLIED ?? 100_000);
const RUNS = Number(process.env.RUNS ?? 3);
const PAGE = 1000;
const INDEX = 'CREATE INDEX by_owner ON lists (owner_id);';
const OWNER = randomUUID();

/** Rows of a server; the titles of two versions differ. */
const ids = Array.from({ length: ROWS }, () => randomUUID());
const rowsOf = (version) =>
  ids.map((id, nr) => ({
    id, owner_id: OWNER, title: `Item ${nr} ${version}`, weight: nr / 7, count: nr, state: 'open', edited_at: '2026-01-01T00:00:00.000000Z',
  }));
const COLUMNS = Object.keys(rowsOf(0)[0]);

/** Answers of a server; `whole` sends the table anew. */
function answers(rows, whole) {
  const pages = [];
  for (let from = 0; from < rows.length; from += PAGE) {
    const more = from + PAGE < rows.length;
    const [begin, end] = [whole && from === 0 ? ['lists'] : [], whole && !more ? ['lists'] : []];
    pages.push(JSON.stringify({ begin, tables: [{ table: 'lists', rows: rows.slice(from, from + PAGE), gone: [] }], end, cursor: 'c', more }));
  }
  return pages;
}

const [first, second] = [rowsOf(0), rowsOf(1)];
const steps = {
  'new rows': answers(first, true),
  'changed rows': answers(second, false),
  'the same rows, sent whole anew': answers(second, true),
};

function opened() {
  for (const ending of ['', '-wal', '-shm']) {
    rmSync(`${folder}/applied.db${ending}`, { force: true });
  }
  const file = new DatabaseSync(`${folder}/applied.db`);
  file.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  return file;
}

/** Microseconds of each row, step by step. */
async function measured(file, apply) {
  const costs = [];
  for (const pages of Object.values(steps)) {
    const start = process.cpuUsage();
    await apply(pages);
    const { user, system } = process.cpuUsage(start);
    costs.push((user + system) / ROWS);
  }
  const [{ count }] = file.prepare("SELECT count(*) AS count FROM lists WHERE title LIKE '% 1'").all();
  if (count !== ROWS) {
    throw new Error(`${count} rows were applied`);
  }
  file.close();
  return costs;
}

function library() {
  const file = opened();
  const device = Device.open(nodeSqlite(file), database);
  file.exec(INDEX);
  const session = async () => ({ token: 'token', caller: 'me' });
  return measured(file, async (pages) => {
    let page = 0;
    const fetch = async () => ({ status: 200, headers: new Headers(), text: async () => pages[page++] });
    await new Sync(device, { url: 'https://example.org/', release: 'one', session, fetch }).sync();
  });
}

/** Each row through one prepared statement, a transaction for each answer. */
function byHand(isRead) {
  const file = opened();
  file.exec(schema + INDEX);
  const sets = COLUMNS.slice(1).map((name) => `${name} = excluded.${name}`);
  const upsert = file.prepare(
    `INSERT INTO lists (${COLUMNS}) VALUES (${COLUMNS.map(() => '?')}) ON CONFLICT (id) DO UPDATE SET ${sets}`,
  );
  const decoded = new Map(Object.values(steps).map((pages) => [pages, isRead ? pages.map((text) => rowsIn(text)) : null]));
  return measured(file, (pages) => {
    for (const [nr, text] of pages.entries()) {
      file.exec('BEGIN');
      for (const row of decoded.get(pages)?.[nr] ?? rowsIn(text)) {
        upsert.run(...COLUMNS.map((name) => row[name]));
      }
      file.exec('COMMIT');
    }
  });
}

const rowsIn = (text) => JSON.parse(text).tables[0].rows;

const ways = { library, 'by hand': () => byHand(false), 'by hand, of rows in memory': () => byHand(true) };
const best = {};
for (let run = 0; run < RUNS; run += 1) {
  for (const [name, way] of Object.entries(ways)) {
    const costs = await way();
    best[name] = costs.map((cost, step) => Math.min(cost, best[name]?.[step] ?? Infinity));
  }
}
console.log(`\n| ${ROWS} rows | library | answers applied by hand | rows in memory written by hand |`);
console.log('| --- | --- | --- | --- |');
for (const [step, what] of Object.keys(steps).entries()) {
  const [ours, read, plain] = Object.values(best).map((costs) => costs[step]);
  const times = (cost) => `${cost.toFixed(1)} µs, ${(ours / cost).toFixed(2)} ×`;
  console.log(`| ${what} | ${ours.toFixed(1)} µs | ${times(read)} | ${times(plain)} |`);
}
