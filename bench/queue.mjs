// The processor's time of an insert, best of some runs: plain, in `write`, and by itself on a connection that is set up.

import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

const [, , folder] = process.argv;
const read = (name) => readFileSync(`${folder}/sqlite/${name}`, 'utf8');
const [schema, queue] = [read('schema.sql'), read('queue.sql')];
const ROWS = Number(process.env.ROWS ?? 20_000);
const RUNS = Number(process.env.RUNS ?? 7);
const ids = Array.from({ length: ROWS }, () => [randomUUID(), randomUUID()]);

const captured = (database) => database.exec('INSERT INTO synctable_applying (id) VALUES (2)');
const ways = {
  plain: {},
  write: { queue, begin: captured, end: (database) => database.exec('DELETE FROM synctable_applying') },
  alone: { queue },
};

/** Microseconds for each row, in one transaction. */
function measure(way, isGiven, isFile, index) {
  const path = isFile ? `${folder}/bench.db` : ':memory:';
  for (const ending of ['', '-wal', '-shm']) {
    rmSync(path + ending, { force: true });
  }
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON');
  database.exec(schema + (index ? 'CREATE INDEX by_owner ON lists (owner_id);' : '') + (way.queue ?? ''));
  const [name, value] = isGiven ? [', edited_at', ", '2026-01-01T00:00:00.000000Z'"] : ['', ''];
  const row = database.prepare(
    `INSERT INTO lists (id, owner_id, title, weight, count, state${name}) VALUES (?, ?, 'a title of some words', 1.5, 3, 'open'${value})`,
  );
  const start = process.cpuUsage();
  database.exec('BEGIN');
  way.begin?.(database);
  for (const [id, owner] of ids) {
    row.run(id, owner);
  }
  way.end?.(database);
  database.exec('COMMIT');
  const { user, system } = process.cpuUsage(start);
  const [{ count }] = database.prepare('SELECT (SELECT count(*) FROM sqlite_schema WHERE name = ?) AS count').all('synctable_queue');
  if (count > 0 && database.prepare('SELECT count(*) AS count FROM synctable_queue').get().count !== ROWS) {
    throw new Error('each row has an entry');
  }
  database.close();
  return (user + system) / ROWS;
}

console.log('| database | `edited_at` | plain insert | in `write` | alone in a transaction |');
console.log('| --- | --- | --- | --- | --- |');
for (const [what, isFile, index] of [
  ['file, WAL, one index', true, true],
  ['file, WAL, no index', true, false],
  ['memory, no index', false, false],
]) {
  for (const isGiven of [true, false]) {
    const best = {};
    for (let run = 0; run < RUNS; run += 1) {
      for (const [name, way] of Object.entries(ways)) {
        best[name] = Math.min(best[name] ?? Infinity, measure(way, isGiven, isFile, index));
      }
    }
    const cell = (name) => `${best[name].toFixed(1)} µs, ${(best[name] / best.plain).toFixed(1)} ×`;
    const given = isGiven ? 'given' : 'set by the trigger';
    console.log(`| ${what} | ${given} | ${best.plain.toFixed(1)} µs | ${cell('write')} | ${cell('alone')} |`);
  }
}
