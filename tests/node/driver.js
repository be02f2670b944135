// Answers requests of the tests, one JSON object per line on standard input, one per line on standard output,
// in the order of the requests. One process serves a whole test binary.

import { createInterface } from 'node:readline';

import { instance, openapi } from './openapi.js';
import { powersync, powersync_rows } from './powersync.js';
import { replicated } from './replicated.js';

const tools = { powersync, powersync_rows, openapi, instance, replicated };

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  let answer;
  try {
    const { tool, ...request } = JSON.parse(line);
    if (!(tool in tools)) {
      throw new Error(`there is no tool \`${tool}\`, only ${Object.keys(tools).join(', ')}`);
    }
    answer = { answer: await tools[tool](request) };
  } catch (error) {
    // What a tool finds wrong with its input is an answer; this is a fault of the driver or of a consumer.
    answer = { fault: error.stack ?? String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
