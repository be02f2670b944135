// Runs groups of tests side by side, and says how long each took.
//
//   cargo test --workspace --no-run --message-format=json-render-diagnostics | node tests/groups.mjs FILE
//
// Standard input is what cargo says while it builds; a group is a program with tests in it. The output of a group is
// printed when the group ends. FILE gets a line for each group. The exit code is 1 if a group failed.
import { spawn, execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

// These take longest, so they start first. Most of their time they wait for a server or for one long test.
const slowest = ['sync', 'evolve', 'own_writes', 'oracle', 'random', 'statements', 'bridge', 'typescript', 'import'];

const built = readFileSync(0, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
if (!built.some((message) => message.reason === 'build-finished' && message.success)) {
    process.exit(1);
}

const groups = built
    .filter((message) => message.reason === 'compiler-artifact' && message.profile.test && message.executable)
    .map(({ executable, manifest_path, target }) => ({
        name: target.kind.includes('test') ? target.name : `${target.kind[0]} ${target.name}`,
        executable,
        folder: path.dirname(manifest_path),
    }));
const place = ({ name }) => (slowest.includes(name) ? slowest.indexOf(name) : slowest.length);
groups.sort((one, other) => place(one) - place(other));

// The tests of a macro are linked against the compiler's libraries.
const libraries = execFileSync('rustc', ['--print', 'target-libdir'], { encoding: 'utf8' }).trim();
const search = process.platform === 'darwin' ? 'DYLD_FALLBACK_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
const environment = {
    ...process.env,
    [search]: [libraries, process.env[search]].filter(Boolean).join(':'),
};

const seconds = (since) => ((performance.now() - since) / 1000).toFixed(1);

/** Runs a group to its end; its output comes at once, so that groups do not mix. */
function run({ name, executable, folder }) {
    const began = performance.now();
    console.log(`     Started ${name}`);
    return new Promise((ended) => {
        const program = spawn(executable, [], {
            cwd: folder,
            env: { ...environment, CARGO_MANIFEST_DIR: folder },
            stdio: ['ignore', 'pipe', 'pipe'],
        });
        const output = [];
        program.stdout.on('data', (part) => output.push(part));
        program.stderr.on('data', (part) => output.push(part));
        program.on('error', (error) => output.push(Buffer.from(`${error}\n`)));
        program.on('close', (code, signal) => {
            const took = seconds(began);
            const failed = code !== 0;
            console.log(`\n     ${failed ? 'FAILED' : 'Passed'} ${name} in ${took} s${signal ? `, by ${signal}` : ''}`);
            process.stdout.write(Buffer.concat(output));
            if (process.argv[2]) appendFileSync(process.argv[2], `${Math.round(took).toString().padStart(6)} s    ${name}\n`);
            ended(failed);
        });
    });
}

const failed = [];
const waiting = [...groups];
async function lane() {
    for (let group = waiting.shift(); group; group = waiting.shift()) {
        if (await run(group)) failed.push(group.name);
    }
}
// One more than there are processors, because most groups wait for Postgres or Node now and then.
await Promise.all(Array.from({ length: os.availableParallelism() + 1 }, lane));

console.log(`\n${groups.length} groups of tests, ${failed.length} failed`);
if (failed.length > 0) {
    console.log(`failed: ${failed.join(', ')}`);
    process.exit(1);
}
