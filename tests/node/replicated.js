// What a device gets of the text that logical replication sends.
//
// The conversion of a row and the evaluation of the sync configuration are PowerSync's own; the reading of Postgres' text before them
// is not published and follows the documented table of types: booleans and integers are integers, floats are numbers, times are its
// time values, lists are its arrays, bytes are a blob, everything else stays text.

import { sourceSchema } from './powersync.js';

const {
  CustomArray,
  DEFAULT_HYDRATION_STATE,
  DateTimeValue,
  SqlSyncRules,
  TimeValue,
  TimeValuePrecision
} = await import('@powersync/service-sync-rules');
const { JsonContainer } = await import('@powersync/service-jsonbig');

const micros = {
  subSecondPrecision: TimeValuePrecision.microseconds,
  defaultSubSecondPrecision: TimeValuePrecision.microseconds
};

/**
 * Rows of one `table` with the columns `[{name, type}]`, `type` being Postgres' own short name (`int8`, `_text`), as SQLite holds them
 * after the sync configuration `yaml` brought them: for each an object of the device's columns, a value being `["n"]`, `["i", "7"]`,
 * `["r", 0.5]` or `["t", "x"]`. The configuration has to bring every row.
 */
export function replicated({ yaml, schema, table, columns, rows }) {
  const read = SqlSyncRules.fromYaml(yaml, { schema: sourceSchema(schema), defaultSchema: 'public', throwOnError: false });
  if (read.errors.length > 0) {
    throw new Error(read.errors.map(({ message }) => message).join('\n'));
  }
  const config = read.config.hydrate({ hydrationState: DEFAULT_HYDRATION_STATE, sqlite: null });
  const sourceTable = { connectionTag: 'default', ...table };
  return rows.map((row) => {
    const source = {};
    columns.forEach(({ name, type }, index) => {
      source[name] = row[index] === null ? null : readText(type, row[index]);
    });
    const evaluated = config.evaluateRow({ sourceTable, record: config.applyRowContext(source) });
    const failed = evaluated.find(({ error }) => error);
    if (failed || evaluated.length === 0) {
      throw new Error(failed ? String(failed.error) : 'the configuration brings nobody the row');
    }
    const { id, data } = evaluated[0];
    return Object.fromEntries(Object.entries({ ...data, id }).map(([name, value]) => [name, told(value)]));
  });
}

function readText(type, text) {
  if (type.startsWith('_')) {
    const inner = type.slice(1);
    const elements = array(text).map((element) => (element === null ? null : readElement(inner, element)));
    return new CustomArray(elements, (element, context) => (element?.toSqliteValue ? element.toSqliteValue(context) : element));
  }
  switch (type) {
    case 'bool':
      return text === 't' ? 1n : 0n;
    case 'int2':
    case 'int4':
    case 'int8':
      return BigInt(text);
    case 'float4':
    case 'float8':
      return Number(text);
    case 'timestamp':
      return new DateTimeValue(text.replace(' ', 'T'), undefined, micros);
    case 'timestamptz':
      // The replication connection's time zone is UTC.
      return new DateTimeValue(text.replace(' ', 'T').replace(/\+00$/, 'Z'), undefined, micros);
    case 'time':
      return TimeValue.parse(text, micros);
    case 'bytea':
      return Uint8Array.from(Buffer.from(text.slice(2), 'hex'));
    default:
      return text;
  }
}

/** JSON alone is text; inside an array it stands as it is. */
function readElement(type, text) {
  return type === 'json' || type === 'jsonb' ? new Json(text) : readText(type, text);
}

class Json extends JsonContainer {
  toSqliteValue() {
    return this;
  }
}

function told(value) {
  if (value === null) return ['n'];
  switch (typeof value) {
    case 'bigint':
      return ['i', value.toString()];
    case 'number':
      return ['r', value];
    case 'string':
      return ['t', value];
    default:
      throw new Error(`${typeof value} is nothing that SQLite holds`);
  }
}

/** The elements of an array of one dimension, as Postgres prints it. */
function array(text) {
  const elements = [];
  let at = 1;
  while (text[at] !== '}') {
    if (text[at] === ',') at += 1;
    let element = '';
    if (text[at] === '"') {
      for (at += 1; text[at] !== '"'; at += 1) {
        if (text[at] === '\\') at += 1;
        element += text[at];
      }
      at += 1;
      elements.push(element);
    } else {
      for (; text[at] !== ',' && text[at] !== '}'; at += 1) element += text[at];
      elements.push(element === 'NULL' ? null : element);
    }
  }
  return elements;
}
