// The statements of a Rust device on each driver: the queue is the same.

import { readFileSync } from 'node:fs';

import { Device, database } from './app/database.js';
import { parse } from './app/runtime/index.js';
import { jsonText } from './app/runtime/json.js';
import { drivers } from './drivers.js';

interface Step {
  readonly sql: string;
  readonly taken_back: boolean;
  /** What is uploaded of it, or null where it is refused. */
  readonly crud: string | null;
}

/** Entries without the times of now, in one form for every version of SQLite. */
function form(crud: string): string {
  const entries = parse(crud) as { op_data?: Record<string, unknown> }[];
  for (const { op_data } of entries) {
    const at = op_data?.['edited_at'];
    if (op_data !== undefined && typeof at === 'string' && !at.endsWith('-01-01T00:00:00.000000Z')) {
      op_data['edited_at'] = at.length;
    }
  }
  return jsonText(entries);
}

const steps = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Step[];
for (const [name, driver] of Object.entries(await drivers())) {
  const device = Device.open(driver, database);
  for (const { sql, taken_back, crud } of steps) {
    let isRefused = false;
    try {
      device.write((driver) => {
        driver.execute('SAVEPOINT one');
        driver.execute(sql);
        driver.execute(taken_back ? 'ROLLBACK TO one; RELEASE one' : 'RELEASE one');
      });
    } catch {
      isRefused = true;
    }
    const uploads = driver.query('SELECT crud FROM synctable_uploads');
    const found = isRefused ? null : form(String(uploads[0]?.['crud'] ?? '[]'));
    const expected = crud === null ? null : form(crud);
    if (found !== expected) {
      throw new Error(`${name}: ${sql}\n${found}\n${expected}`);
    }
    driver.execute('DELETE FROM synctable_queue');
  }
  console.log(`${name}: ${steps.length} statements`);
}
