// Somebody who works with the admin page of the bridge, in a real Chromium without a window.
//
//   node admin_page.js URL TOKEN
//
// There are four dead letters: 1 is mended by an amendment, 2 is discarded, 3 has a number that JavaScript cannot hold,
// 4 says what is code in a page.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chromium } from 'playwright-core';

const [url, token] = process.argv.slice(2);
const program = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();
const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] });
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  const wrong = [];
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('console', (message) => message.text().includes('Content Security Policy') && wrong.push(message.text()));
  page.on('dialog', (dialog) => dialog.accept());
  const said = async (part) => {
    await page.locator('#message', { hasText: part }).waitFor();
    return page.locator('#message').textContent();
  };
  const letters = () => page.locator('#letters tr');
  const open = async (id) => {
    await page.getByRole('button', { name: String(id), exact: true }).click();
    await page.getByRole('heading', { name: `Dead letter ${id}`, exact: true }).waitFor();
  };
  const press = (name) => page.getByRole('button', { name, exact: true }).click();

  await page.goto(`${url}/admin`);
  await page.getByLabel('Admin token').fill('a token that is wrong');
  await press('Sign in');
  await said('the admin token is missing or wrong');
  assert.equal(await page.locator('main').isVisible(), false);
  await page.getByLabel('Admin token').fill(token);
  await press('Sign in');
  await page.locator('main').waitFor();
  assert.match(await page.locator('#health').textContent(), /^ready; \d+ connections/);
  await page.locator('#rates tr', { hasText: 'transactions · fatal_error' }).waitFor();
  assert.equal(await letters().count(), 4);

  // As it is, it is still wrong; amended, it is applied.
  await open(1);
  assert.equal(await page.locator('.failed').count(), 1);
  await press('Replay');
  assert.match(await said('stays open'), /^Dead letter 1 stays open: entry 1: .* \[check\]$/);
  const entry = page.locator('.failed textarea');
  await entry.fill((await entry.inputValue()).replace('"name":""', '"name":"Tools"'));
  await press('Replay');
  await said('Dead letter 1 was replayed.');
  await page.waitForFunction(() => document.querySelectorAll('#letters tr').length === 3);

  await open(2);
  await press('Discard');
  await said('Dead letter 2 was discarded.');
  await page.waitForFunction(() => document.querySelectorAll('#letters tr').length === 2);

  // The text of an entry is sent as it was, digit by digit.
  await open(3);
  const field = page.locator('#entries textarea').first();
  const text = await field.inputValue();
  assert.match(text, /9007199254740993/);
  // What is not JSON is not sent.
  await field.fill('{');
  await press('Replay');
  await said('JSON');
  await field.fill(text.replace('"name":""', '"name":"Much"'));
  const request = page.waitForRequest((sent) => sent.url().endsWith('/3/replay'));
  await press('Replay');
  assert.match((await request).postData(), /9007199254740993/);
  await said('Dead letter 3 was replayed.');
  await page.waitForFunction(() => document.querySelectorAll('#letters tr').length === 1);

  // What a device says is text.
  await open(4);
  assert.match(await page.locator('#entries textarea').first().inputValue(), /<img src=x onerror=/);
  assert.equal(await page.locator('img').count(), 0);
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  await press('Back');

  await page.getByLabel('also those that are closed').check();
  await page.waitForFunction(() => document.querySelectorAll('#letters tr').length === 4);
  assert.deepEqual(await page.locator('#letters td:last-child').allTextContents(), [
    'replayed',
    'discarded',
    'replayed',
    'open',
  ]);
  // A closed one can be looked at alone.
  await open(1);
  assert.equal(await page.locator('#replay').isVisible(), false);
  await page.locator('#rates td:nth-child(2)', { hasText: /^\d/ }).first().waitFor();
  await press('Sign out');
  assert.equal(await page.locator('main').isVisible(), false);
  assert.deepEqual(wrong, []);
} finally {
  await browser.close();
}
