// A database in memory for each driver.

import { DatabaseSync } from 'node:sqlite';

import sqlite3InitModule from '@sqlite.org/sqlite-wasm';
// It has no types.
// @ts-expect-error
import BetterSqlite3 from 'better-sqlite3';

import { betterSqlite3, nodeSqlite, sqliteWasm, type Driver } from './app/database.js';

export async function drivers(): Promise<Record<'node:sqlite' | 'better-sqlite3' | 'sqlite-wasm', Driver>> {
  const sqlite3 = await sqlite3InitModule();
  return {
    'node:sqlite': nodeSqlite(new DatabaseSync(':memory:')),
    'better-sqlite3': betterSqlite3(new BetterSqlite3(':memory:')),
    'sqlite-wasm': sqliteWasm(new sqlite3.oo1.DB(':memory:')),
  };
}
