// Prints a Drizzle schema of N tables with 20 columns, a foreign key and an index each: `node drizzle-schema.mjs 1000`.
const count = Number(process.argv[2]);
const name = (nr) => `table_${String(nr).padStart(5, "0")}`;
const kinds = ["text", "integer", "boolean", "timestamp"];

const table = (nr) => {
  const columns = ['id: uuid("id").primaryKey()'];
  if (nr > 0) columns.push(`parent_id: uuid("parent_id").references(() => ${name(nr - 1)}.id)`);
  while (columns.length < 20) {
    const column = `column_${columns.length}`;
    columns.push(`${column}: ${kinds[columns.length % kinds.length]}("${column}").notNull()`);
  }
  return `export const ${name(nr)} = pgTable("${name(nr)}", {\n  ${columns.join(",\n  ")},\n}, (table) => [index("${name(nr)}_by").on(table.column_2)]);\n`;
};

console.log('import { boolean, index, integer, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";');
for (let nr = 0; nr < count; nr++) console.log(table(nr));
