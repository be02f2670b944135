// Supabase's own client against the service of `objects.js`, so that what the bridge is tested with speaks its protocol.

import assert from 'node:assert';
import { createClient } from '@supabase/supabase-js';

const [url, key] = process.argv.slice(2);
const storage = createClient(url, key, { auth: { persistSession: false } }).storage.from('attachments');
const good = ({ data, error }) => (assert.ifError(error), data);

const path = 'acme/a b (1).txt';
const { token } = good(await storage.createSignedUploadUrl(path));
good(await storage.uploadToSignedUrl(path, token, 'one', { contentType: 'text/plain' }));
const again = await storage.createSignedUploadUrl(path);
assert.strictEqual(again.error.statusCode, '409');
good(await storage.createSignedUploadUrl(path, { upsert: true }));
const { signedUrl } = good(await storage.createSignedUrl(path, 60));
assert.strictEqual(await (await fetch(signedUrl)).text(), 'one');
const absent = await storage.createSignedUrl('acme/none', 60);
assert.strictEqual(absent.error.statusCode, '404');
const listed = good(await storage.listV2({ limit: 10, prefix: '', with_delimiter: false }));
assert.deepStrictEqual(listed.objects.map(({ name }) => name), [path]);
assert.strictEqual(listed.hasNext, false);
assert.deepStrictEqual(good(await storage.remove([path])).map(({ name }) => name), [path]);
