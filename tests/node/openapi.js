// An OpenAPI document against the specification's own schema, and its JSON Schemas against theirs.

import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

/** Problems of a document (YAML or JSON text); none when it is valid. */
export async function openapi({ document }) {
  const parsed = parse(document);
  const { valid, errors } = await new Validator().validate(structuredClone(parsed));
  const problems = valid ? [] : [errors].flat().map(sentence);
  // The specification's schema leaves the contents of schema objects to the dialect, JSON Schema 2020-12.
  const ajv = dialect();
  for (const [pointer, schema] of schemas(parsed, '#')) {
    if (!ajv.validateSchema(schema)) {
      problems.push(...ajv.errors.map((error) => `${pointer}: ${sentence(error)}`));
    }
  }
  return { version: parsed?.openapi ?? null, problems };
}

/** Problems of a JSON `value` against the schema at `pointer` of the document. */
export function instance({ document, pointer, value }) {
  const ajv = schemasOf(document);
  const accepts = ajv.compile({ $ref: `openapi:document${pointer}` });
  return { problems: accepts(value) ? [] : accepts.errors.map(sentence) };
}

/** The schemas of the document that was asked about last. */
let known = { document: undefined, ajv: undefined };

function schemasOf(document) {
  if (known.document !== document) {
    const ajv = dialect();
    ajv.addSchema({ $id: 'openapi:document', ...parse(document) });
    known = { document, ajv };
  }
  return known.ajv;
}

function dialect() {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats.default(ajv);
  return ajv;
}

function sentence(error) {
  return typeof error === 'string' ? error : `${error.instancePath || '/'} ${error.message}`;
}

/** Every schema object: the named ones, and those in parameters, headers and bodies. */
function* schemas(node, pointer) {
  if (typeof node !== 'object' || node === null) {
    return;
  }
  for (const [key, value] of Object.entries(node)) {
    const here = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (key === 'schema') {
      yield [here, value];
    } else if (pointer === '#/components' && key === 'schemas') {
      for (const [name, schema] of Object.entries(value ?? {})) {
        yield [`${here}/${name}`, schema];
      }
    } else if (key !== 'example' && key !== 'examples') {
      yield* schemas(value, here);
    }
  }
}
