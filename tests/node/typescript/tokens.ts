// The tokens that the worker for edge runtimes believes: shared secrets, published keys, and what attackers send.

import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { type Issuer, Tokens, Unauthorized } from '../../../schema/generated/typescript/runtime/worker/tokens.js';

const { subtle } = crypto;
const now = (): number => Math.floor(Date.now() / 1000);
const encoder = new TextEncoder();
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const part = (value: unknown): string => base64(encoder.encode(JSON.stringify(value)));

const SECRET = 'a secret that nobody else has, long enough';
const CLAIMS = { sub: 'ann', exp: now() + 600, role: 'authenticated' };

async function hmac(header: object, claims: object, secret: string | Uint8Array<ArrayBuffer> = SECRET): Promise<string> {
  const raw = typeof secret === 'string' ? encoder.encode(secret) : secret;
  const key = await subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${base64(new Uint8Array(await subtle.sign('HMAC', key, encoder.encode(text))))}`;
}

type Key = Awaited<ReturnType<typeof subtle.importKey>>;
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

async function signed(key: Key, header: object, claims: object): Promise<string> {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${base64(new Uint8Array(await subtle.sign(EC, key, encoder.encode(text))))}`;
}

const tokens = (...issuers: Issuer[]): Tokens => new Tokens(issuers, 'authenticated', ['authenticated', 'admin']);

async function refused(by: Tokens, token: string, why: RegExp, status = 401): Promise<void> {
  await assert.rejects(by.caller(token), (error) => {
    assert.ok(error instanceof Unauthorized, String(error));
    assert.match(error.message, why);
    assert.equal(error.status, status);
    return true;
  });
}

async function secrets(): Promise<void> {
  const by = tokens({ secret: SECRET, audience: ['app'] });
  const good = { ...CLAIMS, aud: ['other', 'app'] };
  assert.equal((await by.caller(await hmac({ alg: 'HS256' }, good))).subject, 'ann');
  const refusals: [object, object, RegExp][] = [
    [{ alg: 'HS256' }, { ...good, exp: now() - 60 }, /expired/],
    [{ alg: 'HS256' }, { ...good, exp: undefined }, /`exp`/],
    [{ alg: 'HS256' }, { ...good, exp: '9999999999' }, /`exp`/],
    [{ alg: 'HS256' }, { ...good, nbf: now() + 600 }, /not valid yet/],
    [{ alg: 'HS256' }, { ...good, aud: 'another' }, /another audience/],
    [{ alg: 'HS256' }, { ...good, aud: undefined }, /`aud`/],
    [{ alg: 'HS256' }, { ...good, sub: '' }, /`sub`/],
    [{ alg: 'HS256' }, { ...good, sub: 7 }, /`sub`/],
    [{ alg: 'HS256' }, { ...good, role: 'postgres' }, /role/],
    [{ alg: 'HS256' }, { ...good, name: 'a\u0000b' }, /NUL/],
    [{ alg: 'HS384' }, good, /algorithm/],
    [{ alg: 'none' }, good, /algorithm/],
    [{ alg: 'constructor' }, good, /algorithm/],
    [{ alg: 'HS256', crit: ['exp'] }, good, /algorithm/],
  ];
  for (const [header, claims, why] of refusals) {
    await refused(by, await hmac(header, claims), why);
  }
  await refused(by, await hmac({ alg: 'HS256' }, good, 'another secret'), /signature/);
  const token = await hmac({ alg: 'HS256' }, good);
  const [head, , signature] = token.split('.');
  await refused(by, `${head}.${part({ ...good, sub: 'ben' })}.${signature}`, /signature/);
  for (const odd of ['', 'a.b', 'a.b.c', '..', `${token}.x`, token.slice(0, -1).replace(/\.[^.]*$/, '.'), '%%.%%.%%']) {
    await refused(by, odd, /JWT|form/);
  }
  await refused(by, 'a'.repeat(20_000), /longer/);
  assert.throws(() => tokens({ secret: '' }), /empty/);
  assert.throws(() => tokens({ secret: SECRET, jwks: 'https://keys.example' }), /set one of/);
  assert.throws(() => tokens({ jwks: 'https://keys.example', algorithms: ['HS256'] }), /does not fit/);
}

async function published(): Promise<void> {
  const pair = async () => subtle.generateKey(EC, true, ['sign', 'verify']);
  const [first, second] = [await pair(), await pair()];
  const jwk = async (of: { publicKey: Key }, kid: string) => ({ ...(await subtle.exportKey('jwk', of.publicKey)), kid, key_ops: ['verify'] });
  let keys: unknown[] = [await jwk(first, 'first')];
  let asked = 0;
  const list = (response: ServerResponse) => response.end(JSON.stringify({ keys }));
  let answer = list;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    asked += 1;
    if (request.url === '/elsewhere') {
      list(response);
    } else {
      answer(response);
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const jwks = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  try {
    const by = tokens({ jwks });
    const header = { alg: 'ES256', kid: 'first' };
    for (let times = 0; times < 3; times += 1) {
      assert.equal((await by.caller(await signed(first.privateKey, header, CLAIMS))).subject, 'ann');
    }
    assert.equal(asked, 1, 'the keys are kept');
    await refused(by, await signed(second.privateKey, header, CLAIMS), /signature/);
    // A public key is not the secret of an HMAC.
    const raw = new Uint8Array(await subtle.exportKey('raw', first.publicKey));
    await refused(by, await hmac({ alg: 'HS256', kid: 'first' }, CLAIMS, raw), /algorithm/);
    await refused(by, await signed(second.privateKey, { alg: 'ES256', kid: 'second' }, CLAIMS), /does not publish/);
    // Rotated: another process finds the new key.
    keys = [await jwk(second, 'second')];
    const later = tokens({ jwks });
    assert.equal((await later.caller(await signed(second.privateKey, { alg: 'ES256', kid: 'second' }, CLAIMS))).subject, 'ann');
    await refused(later, await signed(first.privateKey, header, CLAIMS), /does not publish/);
    // A redirect is not followed, and a server that fails makes the worker unavailable instead of refusing users.
    answer = (response) => response.writeHead(302, { location: '/elsewhere' }).end();
    await refused(tokens({ jwks }), await signed(second.privateKey, { alg: 'ES256', kid: 'second' }, CLAIMS), /at the moment/, 503);
    answer = (response) => response.writeHead(500).end('down');
    await refused(tokens({ jwks }), await signed(second.privateKey, { alg: 'ES256', kid: 'second' }, CLAIMS), /at the moment/, 503);
  } finally {
    server.close();
  }
}

await secrets();
await published();
