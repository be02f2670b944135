// A device in a real Chromium without a window, whose pages are closed and opened again.
//
//   node browser.js FOLDER URL TOKEN CALLER ORDERS
//
// FOLDER has the compiled program, `browser.js`; URL is the bridge's. ORDERS is a list of pages: each is a list of steps,
// and `{"endless": "INSERT …"}` is a page that is closed while it writes. Prints what each page printed, as JSON.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const [folder, bridge, token, caller, orders] = process.argv.slice(2);
const wasm = fileURLToPath(new URL('./node_modules/@sqlite.org/sqlite-wasm/dist', import.meta.url));
const TYPES = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html' };

/** What a bundler does: a package is found under its path. */
async function file(pathname) {
  if (pathname === '/') return '<!doctype html>';
  if (pathname.startsWith('/sqlite-wasm/')) return readFile(path.join(wasm, path.basename(pathname)));
  const text = await readFile(path.join(folder, pathname), 'utf8');
  return text.replaceAll("'@sqlite.org/sqlite-wasm'", "'/sqlite-wasm/index.mjs'");
}

const server = createServer((request, response) => {
  void (async () => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (pathname === '/api/sync') {
      const parts = [];
      for await (const part of request) parts.push(part);
      const { authorization, 'content-type': type } = request.headers;
      const answer = await fetch(`${bridge}/api/sync`, {
        method: 'POST',
        headers: { authorization, 'content-type': type ?? 'application/json', 'synctable-client-id': 'browser' },
        body: Buffer.concat(parts),
      });
      response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(await answer.text());
      return;
    }
    const body = await file(pathname);
    response
      .writeHead(200, {
        'Content-Type': TYPES[path.extname(pathname)] ?? 'text/html',
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
      })
      .end(body);
  })().catch((error) => response.writeHead(404).end(String(error)));
});
await new Promise((listens) => server.listen(0, '127.0.0.1', listens));
const url = `http://127.0.0.1:${server.address().port}/`;
const profile = await mkdtemp(path.join(os.tmpdir(), 'browser-'));
const program = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();
const browser = await chromium.launchPersistentContext(profile, { executablePath: program, args: ['--no-sandbox'] });
try {
  const said = [];
  for (const order of JSON.parse(orders)) {
    const page = await browser.newPage();
    page.setDefaultTimeout(30_000);
    const wrong = [];
    page.on('pageerror', (error) => wrong.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
    await page.goto(url);
    const steps = Array.isArray(order) ? order : [`ENDLESS ${order.endless}`];
    await page.evaluate(
      (data) => {
        globalThis.answers = [];
        globalThis.worker = new Worker('/src/browser.js', { type: 'module' });
        globalThis.worker.onerror = (event) => globalThis.answers.push({ error: `the worker: ${event.message}` });
        globalThis.worker.onmessage = ({ data: answer }) => {
          if (answer.ready) globalThis.worker.postMessage(data);
          else globalThis.answers.push(answer);
        };
      },
      { token, caller, steps },
    );
    const many = Array.isArray(order) ? 1 : 20;
    try {
      await page.waitForFunction((least) => globalThis.answers.length >= least || globalThis.answers.some(({ error }) => error), many);
    } catch (error) {
      throw new Error(`${error}: ${wrong.join('\n')}`);
    }
    const answers = await page.evaluate(() => globalThis.answers);
    assert.equal(answers.find(({ error }) => error)?.error, undefined, wrong.join('\n'));
    said.push(Array.isArray(order) ? answers[0].lines : answers.at(-1).written);
    await page.close();
  }
  console.log(JSON.stringify(said));
} finally {
  await browser.close();
  server.close();
  await rm(profile, { recursive: true, force: true });
}
