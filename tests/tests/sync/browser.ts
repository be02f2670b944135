// A device in a browser: a worker that keeps its database in the origin's private file system, and does what it is told.

import { Sync } from './app/database.js';
import { registry } from './app/index.js';
import { device } from './worker.js';

interface Order {
  readonly token: string;
  readonly caller: string;
  readonly steps: readonly string[];
}

// The compiler knows Node here, and no workers of browsers.
const self = globalThis as unknown as {
  onmessage: (event: { readonly data: Order }) => void;
  postMessage(answer: unknown): void;
};

async function printed({ token, caller, steps }: Order): Promise<string[]> {
  const sync = new Sync(device, {
    url: '/api/sync',
    release: registry.fingerprint,
    session: async (refresh) => (refresh ? null : { token, caller }),
  });
  const lines: string[] = [];
  for (const step of steps) {
    if (step === 'sync') {
      await sync.sync();
    } else if (step.startsWith('SELECT') || step.startsWith('PRAGMA')) {
      lines.push(...device.driver.query(step).map((row) => String(Object.values(row)[0])));
    } else if (step.startsWith('ENDLESS ')) {
      // Writes until the page is closed, some of it in the middle of a transaction.
      for (let number = 0; ; number += 1) {
        device.write(({ query }) => {
          query(step.slice('ENDLESS '.length));
          query(step.slice('ENDLESS '.length));
        });
        self.postMessage({ written: number + 1 });
      }
    } else {
      device.write(({ query }) => {
        query(step);
      });
    }
  }
  return lines;
}

self.onmessage = ({ data }) => {
  void printed(data).then(
    (lines) => self.postMessage({ lines }),
    (error: unknown) => self.postMessage({ error: String(error) }),
  );
};
self.postMessage({ ready: true });
