// A device that uploads objects with the generated library, through a real bridge.

import assert from 'node:assert';
import { ObjectError, Objects } from '../../schema/generated/typescript/runtime/objects.ts';

const [url, ann, path, other] = process.argv.slice(2) as [string, string, string, string];
const asked: boolean[] = [];
const session = async (refresh: boolean) => {
  asked.push(refresh);
  return { token: refresh ? ann : 'an old token' };
};
const objects = new Objects({ url, session });

assert.equal(await objects.upload('attachments', path, 'one', { type: 'text/plain' }), 'uploaded');
assert.deepEqual(asked, [false, true]);
assert.equal(await objects.upload('attachments', path, 'two'), 'exists');
assert.equal(await (await objects.download('attachments', path)).text(), 'one');
assert.equal(await objects.upload('attachments', path, new Blob(['three']), { replace: true }), 'uploaded');
assert.equal(await (await objects.download('attachments', path)).text(), 'three');
const refused = (code: string) => (error: unknown) => error instanceof ObjectError && error.code === code;
await assert.rejects(objects.upload('attachments', other, 'x'), refused('refused'));
await assert.rejects(objects.upload('attachments', `${path}/../x`, 'x'), refused('path'));
await assert.rejects(objects.upload('other', path, 'x'), refused('bucket'));
await assert.rejects(objects.download('attachments', `${path}.none`), refused('not_found'));
const nobody = new Objects({ url, session: async () => null });
await assert.rejects(nobody.upload('attachments', path, 'x'), refused('unauthorized'));
