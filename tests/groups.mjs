// Runs groups of tests side by side, and says how long each took.
//
//   cargo test --workspace --no-run --message-format=json-render-diagnostics | node tests/groups.mjs FILE [GROUP...]
//
// Standard input is what cargo says while it builds. A group is a module of the integration tests, `tests/main.rs`, or
// a program with other tests in it; without the name of a GROUP, all are run. The output of a group is printed when the
// group ends. FILE gets a line for each group. The exit code is 1 if a group failed, and 2 if no test has a named one.
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

const programs = built
    .filter((message) => message.reason === 'compiler-artifact' && message.profile.test && message.executable)
    .map(({ executable, manifest_path, target }) => ({
        name: target.kind.includes('test') ? target.name : `${target.kind[0]} ${target.name}`,
        executable,
        folder: path.dirname(manifest_path),
    }));

// The tests of a macro are linked against the compiler's libraries.
const libraries = execFileSync('rustc', ['--print', 'target-libdir'], { encoding: 'utf8' }).trim();
const search = process.platform === 'darwin' ? 'DYLD_FALLBACK_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
const environment = {
    ...process.env,
    [search]: [libraries, process.env[search]].filter(Boolean).join(':'),
};

/** The groups of a program: its modules where it is all integration tests, itself otherwise. */
function groupsOf(program) {
    if (program.name !== 'all') return [{ ...program, tests: [] }];
    const listed = execFileSync(program.executable, ['--list', '--format=terse'], {
        encoding: 'utf8',
        env: environment,
        maxBuffer: 1 << 26,
    });
    const modules = new Map();
    for (const [, test] of listed.matchAll(/^(.*): test$/gm)) {
        const name = test.split('::')[0];
        modules.set(name, [...(modules.get(name) ?? []), test]);
    }
    return Array.from(modules, ([name, tests]) => ({ ...program, name, tests: ['--exact', ...tests] }));
}

const [file, ...wanted] = process.argv.slice(2);
let groups = programs.flatMap(groupsOf);
// `lib` is the tests of every library.
const named = (word) => (group) => group.name === word || group.name.split(' ')[0] === word;
const unknown = wanted.filter((word) => !groups.some(named(word)));
if (unknown.length > 0) {
    console.error(`no group of tests is called ${unknown.join(', ')}`);
    process.exit(2);
}
if (wanted.length > 0) groups = groups.filter((group) => wanted.some((word) => named(word)(group)));
const place = ({ name }) => (slowest.includes(name) ? slowest.indexOf(name) : slowest.length);
groups.sort((one, other) => place(one) - place(other));

const seconds = (since) => ((performance.now() - since) / 1000).toFixed(1);

/** Runs a group to its end; its output comes at once, so that groups do not mix. */
function run({ name, executable, folder, tests }) {
    const began = performance.now();
    console.log(`     Started ${name}`);
    return new Promise((ended) => {
        const program = spawn(executable, tests, {
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
            if (file) appendFileSync(file, `${Math.round(took).toString().padStart(6)} s    ${name}\n`);
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
