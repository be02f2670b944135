// PowerSync's own compiler of sync configurations, both dialects.

// The stream compiler needs `Object.groupBy` (Node 21). Without it, it crashes, and `SqlSyncRules.validate` reports
// the crash as one ordinary problem of the file: hence this, and hence `crash` apart from `problems` below.
Object.groupBy ??= (items, keyOf) => {
  const groups = Object.create(null);
  let index = 0;
  for (const item of items) {
    (groups[keyOf(item, index++)] ??= []).push(item);
  }
  return groups;
};

const {
  BaseJwtPayload,
  DEFAULT_HYDRATION_STATE,
  PrecompiledSyncConfig,
  RequestParameters,
  SchemaGenerator,
  SqlSyncRules,
  StaticSchema,
  schemaGenerators,
  sqlTypeName
} = await import('@powersync/service-sync-rules');

/**
 * Compiles `yaml` against the source `schema`: `[{schema, name, columns: [{name, type}]}]`, `type` being Postgres'
 * own short name (`int8`, `text[]`).
 */
export function powersync({ yaml, schema, default_schema: defaultSchema = 'public' }) {
  const source = sourceSchema(schema);
  let read;
  try {
    read = SqlSyncRules.fromYaml(yaml, { schema: source, defaultSchema, throwOnError: false });
  } catch (error) {
    return { problems: [], crash: error.stack ?? String(error), plan: null };
  }
  const problems = read.errors.map((error) => problem(yaml, error));
  const fails = problems.some(({ severity }) => severity === 'error');
  return { problems, crash: null, plan: fails ? null : summary(read.config, source) };
}

export function sourceSchema(tables) {
  const schemas = new Map();
  for (const { schema, name, columns } of tables) {
    if (!schemas.has(schema)) {
      schemas.set(schema, { name: schema, tables: [] });
    }
    schemas.get(schema).tables.push({
      name,
      columns: columns.map(({ name, type }) => ({ name, pg_type: type, internal_type: type }))
    });
  }
  return new StaticSchema([{ tag: 'default', schemas: [...schemas.values()] }]);
}

function problem(yaml, { message, type, location }) {
  return {
    severity: type === 'warning' ? 'warning' : 'error',
    message,
    start: place(yaml, location.start),
    end: place(yaml, location.end)
  };
}

/** Line and column, both from one, of an offset in UTF-16 units. */
function place(text, offset) {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}

function summary(config, source) {
  const client = {};
  for (const bucket of config.bucketDataSources) {
    bucket.resolveResultSets(source, client);
  }
  return {
    tables: unique(config.getSourceTables().map(({ schema, tablePattern }) => `${schema}.${tablePattern}`)),
    client: Object.fromEntries(
      Object.entries(client).map(([table, columns]) => [
        table,
        Object.fromEntries(Object.values(columns).map((column) => [column.name, sqlTypeName(column)]))
      ])
    ),
    generated: generatedOf(config, source),
    ...(config instanceof PrecompiledSyncConfig ? streamsOf(config, source) : definitionsOf(config))
  };
}

/** Where the text of a generator has the name of a table with its columns, and where it has a column: type and name, or name and type. */
const FORMS = {
  ts: [/const (\w+) = new Table\(\s*\{([^}]*)\}/g, /^\s*(?<name>\w+): column\.(?<type>\w+),?$/gm],
  dart: [/Table\('([^']+)', \[([^\]]*)\]\)/g, /Column\.(?<type>\w+)\('(?<name>[^']+)'\)/g],
  kotlin: [/name = "([^"]+)",\s*columns = listOf\(((?:[^()]|\([^)]*\))*)\)/g, /Column\.(?<type>\w+)\("(?<name>[^"]+)"\)/g],
  swift: [/name: "([^"]+)",\s*columns: \[([^\]]*)\]/g, /\.(?<type>\w+)\("(?<name>[^"]+)"\)/g],
  dotNet: [/Name = "([^"]+)",\s*Columns =\s*\{([^}]*)\}/g, /\["(?<name>[^"]+)"\] = ColumnType\.(?<type>\w+)/g]
};

/** What PowerSync's own generators declare for its clients: language, table, column, type. */
function generatedOf(config, source) {
  const languages = Object.entries(FORMS).map(([language, [table, column]]) => {
    const text = schemaGenerators[language].generate(config, source);
    const tables = [...text.matchAll(table)].map(([, name, columns]) => {
      const found = [...columns.matchAll(column)].map(({ groups }) => [groups.name, groups.type.toLowerCase()]);
      return [name, Object.fromEntries(found)];
    });
    return [language, Object.fromEntries(tables)];
  });
  return Object.fromEntries(languages);
}

function streamsOf(config, source) {
  const parameters = parametersOf(config, source);
  return {
    streams: config.plan.streams.map(({ stream, queriers }) => ({
      name: stream.name,
      auto_subscribe: stream.isSubscribedByDefault,
      priority: stream.priority,
      parameters: parameters && Object.keys(parameters[stream.name] ?? {}),
      buckets: unique(queriers.map(({ bucket }) => bucket.uniqueName)),
      variants: queriers.length,
      lookups: queriers.flatMap(lookupsOf).length
    })),
    reached_both_ways: reachedBothWays(config.plan.streams.flatMap(({ queriers }) => queriers)),
    buckets: config.plan.buckets.map(({ uniqueName, sources }) => ({
      name: uniqueName,
      parameters: Math.max(0, ...sources.map(({ parameters }) => parameters.length)),
      sources: sources.map(({ sourceTable, outputTableName, columns }) => ({
        table: `${sourceTable.schema ?? config.defaultSchema}.${sourceTable.tablePattern}`,
        output: outputTableName ?? sourceTable.tablePattern,
        columns: columns.map((column) => (column === 'star' ? '*' : column.alias))
      }))
    }))
  };
}

/** What a querier looks up in the rows of tables; what it reads in the request alone is no lookup. */
function lookupsOf({ lookupStages }) {
  return lookupStages.flat().filter(({ type }) => type === 'parameter');
}

/** The names of buckets that one querier finds in the request alone and another one through lookups. */
function reachedBothWays(queriers) {
  const names = (found) => new Set(found.map(({ bucket }) => bucket.uniqueName));
  const direct = names(queriers.filter((querier) => lookupsOf(querier).length === 0));
  const lookedUp = names(queriers.filter((querier) => lookupsOf(querier).length > 0));
  return [...direct].filter((name) => lookedUp.has(name)).sort();
}

/** Subscription parameters by stream; `null` when a table is not in the schema, which the inference does not survive. */
function parametersOf(config, source) {
  if (config.getSourceTables().some((table) => source.getTables(table).length === 0)) {
    return null;
  }
  return Object.fromEntries(
    new SchemaGenerator().getOptionalStreams(config, source).map(({ name, parameters }) => [name, parameters])
  );
}

function definitionsOf(config) {
  return {
    streams: [],
    reached_both_ways: [],
    buckets: config.bucketDataSources.map((bucket) => ({
      name: bucket.uniqueName,
      parameters: bucket.bucketParameters.length,
      sources: (bucket.descriptor.dataQueries).map((query) => ({
        table: `${query.sourceTable.schema}.${query.sourceTable.tablePattern}`,
        output: query.table.sqlName,
        columns: query.columnOutputNames()
      }))
    }))
  };
}

function unique(values) {
  return [...new Set(values)].sort();
}

/** The last configurations that rows were asked of: a test asks one of many universes. */
const hydrated = new Map();

/**
 * Which of `rows` (`{schema, table, record}`, a value being `['t', text]`, `['i', digits]`, `['r', number]`, `['b', hex]` or
 * `['n']`) each of `requests` (`{token, parameters, streams}`) gets by which stream or bucket definition: for each request
 * an object of their names and row numbers, and one of their names and how many buckets the connection has of them.
 */
export async function powersync_rows({ yaml, schema, default_schema: defaultSchema = 'public', rows, requests }) {
  const asked = JSON.stringify([yaml, schema, defaultSchema]);
  let config = hydrated.get(asked);
  if (config === undefined) {
    const read = SqlSyncRules.fromYaml(yaml, { schema: sourceSchema(schema), defaultSchema, throwOnError: false });
    if (read.errors.length > 0) {
      return { problems: read.errors.map((error) => problem(yaml, error)), visible: [], buckets: [] };
    }
    config = read.config.hydrate({ hydrationState: DEFAULT_HYDRATION_STATE, sqlite: null });
    if (hydrated.size >= 16) {
      hydrated.delete(hydrated.keys().next().value);
    }
    hydrated.set(asked, config);
  }
  const buckets = [];
  const lookups = new Map();
  for (const { schema: schemaName, table, record: tagged } of rows) {
    const source = { connectionTag: 'default', schema: schemaName ?? defaultSchema, name: table };
    const record = config.applyRowContext(
      Object.fromEntries(Object.entries(tagged).map(([name, value]) => [name, replicated(value)]))
    );
    const evaluated = config.evaluateRow({ sourceTable: source, record });
    const failed = evaluated.find(({ error }) => error);
    if (failed) {
      throw new Error(`a row of ${table}: ${failed.error}`);
    }
    buckets.push(new Set(evaluated.map(({ bucket }) => bucket)));
    for (const { error, lookup, bucketParameters } of config.evaluateParameterRow(source, record)) {
      if (error) {
        throw new Error(`a row of ${table}: ${error}`);
      }
      const key = lookup.serializedRepresentation;
      lookups.set(key, [...(lookups.get(key) ?? []), ...bucketParameters]);
    }
  }
  const storage = {
    getParameterSets: async (wanted) =>
      wanted.map((lookup) => ({ lookup, rows: lookups.get(lookup.serializedRepresentation) ?? [] }))
  };
  const visible = [];
  const counts = [];
  for (const { token, parameters: given = {}, streams = {} } of requests) {
    const { querier, errors } = config.getBucketParameterQuerier({
      globalParameters: new RequestParameters(new BaseJwtPayload(token), given),
      hasDefaultStreams: true,
      streams: Object.fromEntries(
        Object.entries(streams).map(([name, parameters], index) => [name, [{ parameters, opaque_id: index }]])
      )
    });
    if (errors.length > 0) {
      throw new Error(errors.map(({ message }) => message).join('\n'));
    }
    const dynamic = querier.hasDynamicBuckets ? await querier.queryDynamicBucketDescriptions(storage) : [];
    const seen = {};
    const names = {};
    for (const { bucket, definition } of [...querier.staticBuckets, ...dynamic]) {
      (names[definition] ??= new Set()).add(bucket);
      buckets.forEach((of, index) => of.has(bucket) && (seen[definition] ??= new Set()).add(index));
    }
    visible.push(
      Object.fromEntries(Object.entries(seen).map(([name, set]) => [name, [...set].sort((a, b) => a - b)]))
    );
    counts.push(Object.fromEntries(Object.entries(names).map(([name, set]) => [name, set.size])));
  }
  return { problems: [], visible, buckets: counts };
}

function replicated([tag, value]) {
  switch (tag) {
    case 't':
      return value;
    case 'i':
      return BigInt(value);
    case 'r':
      return value;
    case 'b':
      return Uint8Array.from(Buffer.from(value, 'hex'));
    default:
      return null;
  }
}
