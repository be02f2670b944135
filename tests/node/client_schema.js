// Asks PowerSync's own packages about schemas of devices.
//
//   node client_schema.js take FILE          lets the extension take each schema of a JSON list
//   node client_schema.js sent FOLDER COUNT  prints what the library sends of each module 0.ts, 1.ts, …
//   node client_schema.js names FOLDER COUNT prints the tables of each registry in 0/index.ts, 1/index.ts, …
//
// It runs in the Node from npm, which reads TypeScript and has a SQLite that loads extensions.

import { readFile } from 'node:fs/promises';
import { createRequire, registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import Database from 'better-sqlite3';

/** The extension that the package for Node brings for this machine. */
function extension() {
  const folder = dirname(createRequire(import.meta.url).resolve('@powersync/node'));
  const machine = { x64: 'x64', arm64: 'aarch64' }[process.arch];
  const file = { linux: `libpowersync_${machine}.linux.so`, darwin: `libpowersync_${machine}.macos.dylib` };
  return join(folder, file[process.platform]);
}

function take(schema) {
  const database = new Database(':memory:');
  database.loadExtension(extension(), 'sqlite3_powersync_init');
  database.transaction(() => {
    database.prepare('SELECT powersync_init()').get();
    database.prepare('SELECT powersync_replace_schema(?)').get(JSON.stringify(schema));
  })();
  const views = {};
  for (const { name } of database.prepare("SELECT name FROM sqlite_master WHERE type = 'view'").all()) {
    const columns = database.prepare('SELECT name, type FROM pragma_table_xinfo(?)').all(name);
    // SQLite has a shorter word for the type of a cast.
    views[name] = columns.map(({ name, type }) => ({ name, type: type === 'INT' ? 'INTEGER' : type }));
    database.prepare(`SELECT * FROM "${name}"`).all();
  }
  const indexes = {};
  const made = "SELECT tbl_name AS kept, count(*) AS count FROM sqlite_master WHERE type = 'index' AND sql LIKE '%json_extract%' GROUP BY 1";
  for (const { kept, count } of database.prepare(made).all()) {
    indexes[kept] = count;
  }
  database.close();
  return { views, indexes };
}

/** Modules import each other as what the compiler makes of them. */
function ofTypeScript(specifier, context, next) {
  return next(specifier.replace(/^(\.{1,2}\/.*)\.js$/, '$1.ts'), context);
}

const [what, path, count] = process.argv.slice(2);
const answers = [];
if (what === 'take') {
  for (const schema of JSON.parse(await readFile(path, 'utf8'))) {
    answers.push(take(schema));
  }
} else if (what === 'tables') {
  registerHooks({ resolve: ofTypeScript });
  for (let index = 0; index < Number(count); index += 1) {
    const { registry } = await import(pathToFileURL(join(path, `${index}`, 'index.ts')));
    answers.push(Object.fromEntries(registry.tables.map((table) => [table.name, table])));
  }
} else {
  for (let index = 0; index < Number(count); index += 1) {
    const { AppSchema } = await import(pathToFileURL(join(path, `${index}.ts`)));
    AppSchema.validate();
    answers.push(AppSchema.toJSON());
  }
}
console.log(JSON.stringify(answers));
