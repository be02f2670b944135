// The vectors in Node.

import { readFileSync } from 'node:fs';

import { differences } from './vectors_read.js';

const folder = process.argv[2]!;
const found = differences((file) => readFileSync(`${folder}/${file}.json`, 'utf8'));
console.log(found.join('\n'));
process.exitCode = found.length > 0 ? 1 : 0;
