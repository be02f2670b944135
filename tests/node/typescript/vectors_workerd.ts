// The vectors in workerd, which runs `test`; their files are bindings.

import { differences } from './vectors_read.js';

export default {
  test(_: unknown, files: Readonly<Record<string, string>>): void {
    const found = differences((file) => files[file]!);
    if (found.length > 0) {
      throw new Error(found.join('\n'));
    }
  },
};
