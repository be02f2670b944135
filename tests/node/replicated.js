// What PowerSync's service makes of the text that logical replication sends.
//
// The conversion of a row, `applyRowContext`, is its own; the reading of Postgres' text before it is not published and follows the
// documented table of types: booleans and integers are integers, floats are numbers, times are its time values, lists are its
// arrays, everything else stays text.

const {
  CompatibilityContext,
  CompatibilityEdition,
  CustomArray,
  DateTimeValue,
  TimeValue,
  TimeValuePrecision,
  applyRowContext
} = await import('@powersync/service-sync-rules');
const { JsonContainer } = await import('@powersync/service-jsonbig');

const context = new CompatibilityContext({ edition: CompatibilityEdition.SYNC_STREAMS });
const micros = {
  subSecondPrecision: TimeValuePrecision.microseconds,
  defaultSubSecondPrecision: TimeValuePrecision.microseconds
};

/**
 * Rows of the columns `[{name, type}]`, `type` being Postgres' own short name (`int8`, `_text`), as SQLite holds them after they were
 * synced: `["n"]`, `["i", "7"]`, `["r", 0.5]` or `["t", "x"]` for each column. Bytes are asked for as `lower(hex(…))`.
 */
export function replicated({ columns, rows }) {
  return rows.map((row) => {
    const source = {};
    columns.forEach(({ name, type }, index) => {
      source[name] = row[index] === null ? null : read(type, row[index]);
    });
    const synced = applyRowContext(source, context);
    return columns.map(({ name }) => told(synced[name]));
  });
}

function read(type, text) {
  if (type.startsWith('_')) {
    const inner = type.slice(1);
    const elements = array(text).map((element) => (element === null ? null : read(inner, element)));
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
    case 'json':
    case 'jsonb':
      return new Json(text);
    case 'bytea':
      return text.slice(2);
    default:
      return text;
  }
}

/** JSON text: alone it passes through, inside an array it stands as it is. */
class Json extends JsonContainer {
  toSqliteValue() {
    return this;
  }
}

function told(value) {
  if (value === null) return ['n'];
  if (value instanceof JsonContainer) return ['t', value.toString()];
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
