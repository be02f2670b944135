// A device in TypeScript: does what it is told, line by line, and prints what it is asked for.

import { DatabaseSync } from 'node:sqlite';

import { Device, Sync, database, nodeSqlite } from './app/database.js';
import { registry } from './app/index.js';

const [file, url, token, caller, steps] = process.argv.slice(2) as [string, string, string, string, string];
const device = Device.open(nodeSqlite(new DatabaseSync(file)), database);
const sync = new Sync(device, {
  url,
  release: registry.fingerprint,
  session: async (refresh) => (refresh ? null : { token, caller }),
});

for (const step of JSON.parse(steps) as string[]) {
  if (step === 'sync') {
    await sync.sync();
  } else if (step === 'dead letters') {
    for (const letter of device.deadLetters()) {
      console.log(letter.code);
    }
  } else if (step.startsWith('SELECT')) {
    for (const row of device.driver.query(step)) {
      console.log(String(Object.values(row)[0]));
    }
  } else {
    device.write(({ query }) => {
      query(step);
    });
  }
}
