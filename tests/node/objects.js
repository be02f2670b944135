// Two services that keep objects, in memory: one speaks S3 and checks signatures of version 4 by itself, one is Supabase's
// storage as far as `storage-js` uses it. `/control` changes and shows what they keep.
//
// The first line that it prints is its port.

import assert from 'node:assert';
import crypto from 'node:crypto';
import http from 'node:http';

const KEY_ID = 'the-key';
const SECRET = 'a secret of the service';
const SERVICE = 'the service key of the project';
const URL_SECRET = 'what the service signs its URLs with';

const buckets = new Map([['attachments', new Map()], ['git-packs', new Map()]]);
// What goes wrong, where, and how often it has been asked.
let faults = {};
let lists = 0;

const hmac = (key, text) => crypto.createHmac('sha256', key).update(text).digest();
const hash = (text) => crypto.createHash('sha256').update(text).digest('hex');
const encode = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase());

// The signature of a request whose URL says who signed it and when.
function signature({ method, path, query, headers, host }, secret) {
  const [, date, region, service, end] = query.get('X-Amz-Credential').split('/');
  const signed = query.get('X-Amz-SignedHeaders').split(';');
  const pairs = [...query].filter(([name]) => name !== 'X-Amz-Signature');
  const canonicalQuery = pairs
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const canonicalPath = path.split('/').map((part) => encode(decodeURIComponent(part))).join('/');
  const all = { ...headers, host };
  const canonicalHeaders = signed.map((name) => `${name}:${(all[name] ?? '').trim()}\n`).join('');
  const request = [method, canonicalPath, canonicalQuery, canonicalHeaders, signed.join(';'), 'UNSIGNED-PAYLOAD'];
  const scope = [date, region, service, end].join('/');
  const text = ['AWS4-HMAC-SHA256', query.get('X-Amz-Date'), scope, hash(request.join('\n'))].join('\n');
  const key = [date, region, service, end].reduce((key, part) => hmac(key, part), 'AWS4' + secret);
  return hmac(key, text).toString('hex');
}

// The example of Amazon's documentation of signatures in queries.
assert.strictEqual(
  signature(
    {
      method: 'GET',
      path: '/test.txt',
      host: 'examplebucket.s3.amazonaws.com',
      headers: {},
      query: new URLSearchParams({
        'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
        'X-Amz-Credential': 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request',
        'X-Amz-Date': '20130524T000000Z',
        'X-Amz-Expires': '86400',
        'X-Amz-SignedHeaders': 'host',
      }),
    },
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  ),
  'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
);

// What is wrong with a signed request.
function unsigned(request) {
  const { query, headers } = request;
  const [id, date, region, service, end] = (query.get('X-Amz-Credential') ?? '').split('/');
  if (id !== KEY_ID || region !== 'eu-central-1' || service !== 's3' || end !== 'aws4_request') return 'InvalidAccessKeyId';
  if (query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') return 'AuthorizationQueryParametersError';
  const stamp = query.get('X-Amz-Date').replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const [began, seconds] = [Date.parse(stamp), Number(query.get('X-Amz-Expires'))];
  if (!query.get('X-Amz-Date').startsWith(date)) return 'AuthorizationQueryParametersError';
  if (!(Date.now() < began + seconds * 1000) || began > Date.now() + 60_000) return 'AccessDenied';
  const signed = query.get('X-Amz-SignedHeaders').split(';');
  if (!signed.includes('host') || Object.keys(headers).some((name) => name.startsWith('x-amz-') && !signed.includes(name))) {
    return 'AccessDenied';
  }
  return signature(request, SECRET) === query.get('X-Amz-Signature') ? undefined : 'SignatureDoesNotMatch';
}

const times = (objects) => [...objects].sort(([one], [other]) => (one < other ? -1 : 1));

function page(objects, after, limit) {
  const rest = times(objects).filter(([path]) => after === undefined || path > after);
  const shown = rest.slice(0, limit);
  return { shown, next: rest.length > limit ? shown.at(-1)[0] : undefined };
}

async function held() {
  lists += 1;
  if (lists === faults.hold) {
    faults.held = true;
    while (faults.hold !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return lists === faults.fail;
}

async function s3(request, body) {
  const xml = (status, text) => ({ status, type: 'application/xml', text });
  const refused = (status, code) => xml(status, `<Error><Code>${code}</Code></Error>`);
  const wrong = unsigned(request);
  if (wrong !== undefined) return refused(403, wrong);
  const [, name, ...rest] = request.path.split('/').map(decodeURIComponent);
  const [bucket, path] = [buckets.get(name), rest.join('/')];
  if (bucket === undefined) return refused(404, 'NoSuchBucket');
  if (path === '') {
    if (request.method !== 'GET' || request.query.get('list-type') !== '2') return refused(405, 'MethodNotAllowed');
    if (await held()) return refused(503, 'SlowDown');
    const token = request.query.get('continuation-token');
    const after = token === null ? undefined : Buffer.from(token, 'base64').toString();
    const { shown, next } = page(bucket, after, Math.min(Number(request.query.get('max-keys') ?? 1000), 1000));
    const form = (text) => encode(text).replaceAll('%20', '+');
    const contents = shown.map(([path, { changed }]) =>
      `<Contents><Key>${form(path)}</Key><LastModified>${changed}</LastModified><Size>1</Size></Contents>`);
    const more = next === undefined ? '' : `<NextContinuationToken>${Buffer.from(next).toString('base64')}</NextContinuationToken>`;
    return xml(200, `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` +
      `<EncodingType>url</EncodingType><IsTruncated>${next !== undefined}</IsTruncated>${contents.join('')}${more}</ListBucketResult>`);
  }
  switch (request.method) {
    case 'PUT':
      if (request.headers['if-none-match'] === '*' && bucket.has(path)) return refused(412, 'PreconditionFailed');
      bucket.set(path, { body, changed: new Date().toISOString() });
      return xml(200, '');
    case 'GET':
      return bucket.has(path) ? { status: 200, type: 'text/plain', text: bucket.get(path).body } : refused(404, 'NoSuchKey');
    case 'DELETE':
      bucket.delete(path);
      return xml(204, '');
    default:
      return refused(405, 'MethodNotAllowed');
  }
}

const base64 = (value) => Buffer.from(value).toString('base64url');

function token(claims, seconds) {
  const now = Math.floor(Date.now() / 1000);
  const text = `${base64('{"alg":"HS256","typ":"JWT"}')}.${base64(JSON.stringify({ ...claims, iat: now, exp: now + seconds }))}`;
  return `${text}.${base64(hmac(URL_SECRET, text))}`;
}

function claims(token) {
  const [head, body, signature] = (token ?? '').split('.');
  if (base64(hmac(URL_SECRET, `${head}.${body}`)) !== signature) return undefined;
  const read = JSON.parse(Buffer.from(body, 'base64url'));
  return read.exp * 1000 > Date.now() ? read : undefined;
}

async function supabase(request, body) {
  const json = (status, value) => ({ status, type: 'application/json', text: JSON.stringify(value) });
  const refused = (status, code, error) => json(status, { statusCode: String(code), error, message: error });
  const isService = () =>
    request.headers.authorization === `Bearer ${SERVICE}` && request.headers.apikey === SERVICE;
  const parts = request.path.replace('/storage/v1/object/', '').split('/').map(decodeURIComponent);
  const verbs = ['upload/sign', 'sign', 'list-v2'];
  const verb = verbs.find((verb) => parts.join('/').startsWith(`${verb}/`)) ?? '';
  const [name, ...rest] = parts.slice(verb === '' ? 0 : verb.split('/').length);
  const [bucket, path] = [buckets.get(name), rest.join('/')];
  if (bucket === undefined) return refused(400, 404, 'Bucket not found');
  const put = (upsert) => {
    if (bucket.has(path) && !upsert) return refused(400, 409, 'Duplicate');
    bucket.set(path, { body, changed: new Date().toISOString() });
    return json(200, { Key: `${name}/${path}` });
  };
  const permitted = claims(request.query.get('token'));
  switch (`${request.method} ${verb}`) {
    case 'PUT upload/sign':
      if (permitted?.url !== `${name}/${path}` || permitted.scope !== 'up') return refused(400, 400, 'InvalidSignature');
      return put(permitted.upsert);
    case 'GET sign':
      if (permitted?.url !== `${name}/${path}` || permitted.scope !== 'down') return refused(400, 400, 'InvalidSignature');
      return { status: 200, type: 'text/plain', text: bucket.get(path).body };
  }
  if (!isService()) return refused(400, 403, 'Unauthorized');
  switch (`${request.method} ${verb}`) {
    case 'POST upload/sign': {
      const upsert = request.headers['x-upsert'] === 'true';
      if (bucket.has(path) && !upsert) return refused(400, 409, 'Duplicate');
      const made = token({ url: `${name}/${path}`, upsert, scope: 'up' }, 7200);
      return json(200, { url: `/object/upload/sign/${name}/${path}?token=${made}`, token: made });
    }
    case 'POST sign': {
      if (!bucket.has(path)) return refused(400, 404, 'not_found');
      const made = token({ url: `${name}/${path}`, scope: 'down' }, JSON.parse(body).expiresIn);
      return json(200, { signedURL: `/object/sign/${name}/${path}?token=${made}` });
    }
    case 'POST list-v2': {
      if (await held()) return refused(500, 500, 'Internal');
      const { limit, cursor, prefix, with_delimiter } = JSON.parse(body);
      if (prefix !== '' || with_delimiter) return refused(400, 400, 'not scripted');
      const { shown, next } = page(bucket, cursor, Math.min(limit, 1000));
      const objects = shown.map(([name, { changed }]) => ({ id: name, name, created_at: changed, updated_at: changed }));
      return json(200, { hasNext: next !== undefined, nextCursor: next, folders: [], objects });
    }
    case 'DELETE ': {
      const removed = JSON.parse(body).prefixes.filter((path) => bucket.delete(path));
      return json(200, removed.map((name) => ({ name })));
    }
    default:
      return refused(404, 404, 'Route not found');
  }
}

function control(body) {
  const { bucket, add = [], set, show } = body === '' ? {} : JSON.parse(body);
  if (bucket !== undefined) buckets.set(bucket, new Map());
  for (const [name, path, hours] of add) {
    buckets.get(name).set(path, { body: path, changed: new Date(Date.now() - hours * 3_600_000).toISOString() });
  }
  if (set !== undefined) {
    faults = set;
    lists = 0;
  }
  const shown = show === undefined ? [] : times(buckets.get(show)).map(([path]) => path);
  return { status: 200, type: 'application/json', text: JSON.stringify({ shown, held: faults.held ?? false }) };
}

const server = http.createServer(async (incoming, outgoing) => {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  const [path, query = ''] = incoming.url.split('?');
  // In a signed URL, `+` is a plus.
  const request = {
    method: incoming.method,
    path,
    query: new URLSearchParams(query.replaceAll('+', '%2B')),
    headers: incoming.headers,
    host: incoming.headers.host,
  };
  if (faults.redirect !== undefined && path !== '/control') {
    outgoing.writeHead(307, { location: faults.redirect + incoming.url, connection: 'close' }).end();
    return;
  }
  const answer = path === '/control' ? control(body)
    : path.startsWith('/storage/v1/') ? await supabase(request, body)
    : await s3(request, body);
  const bytes = Buffer.from(answer.text);
  outgoing.writeHead(answer.status, { 'content-type': answer.type, 'content-length': bytes.length, connection: 'close' });
  outgoing.end(bytes);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
// It ends with the test, which closes its standard input.
process.stdin.on('end', () => process.exit(0)).resume();
