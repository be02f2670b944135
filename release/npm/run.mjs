// Starts the program of this platform with the arguments, the streams and the exit code of this one.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** @param {string} program */
export function run(program) {
  const platform = `${process.platform}-${process.arch}`;
  const path = find(program, `synctable-${platform}`);
  if (path === undefined) {
    console.error(
      `error: synctable has no program for ${platform} here\n` +
        `  = help: if npm left out optional packages, install again with \`npm install --include=optional\`; ` +
        `else build it with cargo: see Install in the README`,
    );
    process.exit(3);
  }
  const { error, signal, status } = spawnSync(path, process.argv.slice(2), { stdio: "inherit" });
  if (error) {
    console.error(`error: cannot start \`${path}\`: ${error.message}`);
    process.exit(3);
  }
  if (signal) process.kill(process.pid, signal);
  process.exit(status ?? 3);
}

/**
 * @param {string} program
 * @param {string} name
 */
function find(program, name) {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const path = join(dirname(manifest), process.platform === "win32" ? `${program}.exe` : program);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
