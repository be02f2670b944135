// Makes the npm packages of a release: `synctable`, and one for each platform that programs were built for.
//
//   node release/npm/pack.mjs PROGRAMS OUT
//
// PROGRAMS has a folder for each platform, such as `linux-x64`, with `codegen` and `bridge` in it.
// OUT receives a folder for each package, ready for `npm publish`. The version is that of Cargo.toml.

import { chmodSync, copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PLATFORMS = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-x64"];
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");

const [programs, out, ...more] = process.argv.slice(2);
if (programs === undefined || out === undefined || more.length > 0) {
  console.error("usage: node release/npm/pack.mjs PROGRAMS OUT");
  process.exit(2);
}

const version = /^version = "([^"]+)"$/m.exec(readFileSync(join(root, "Cargo.toml"), "utf8"))?.[1];
if (version === undefined) throw new Error("Cargo.toml has no version");
const common = { version, license: "MIT OR Apache-2.0" };

/** Writes a package: its manifest, and copies of files by name. */
function write(name, manifest, files) {
  const folder = join(out, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ name, ...manifest }, null, 2)}\n`);
  for (const [file, from] of Object.entries(files)) copyFileSync(from, join(folder, file));
  for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) copyFileSync(join(root, licence), join(folder, licence));
  return folder;
}

const found = readdirSync(programs).sort();
for (const platform of found) {
  if (!PLATFORMS.includes(platform)) {
    console.error(`error: \`${platform}\` is not one of ${PLATFORMS.join(", ")}`);
    process.exit(2);
  }
  const [os, cpu] = platform.split("-");
  const end = os === "win32" ? ".exe" : "";
  const names = ["codegen", "bridge"].map((name) => `${name}${end}`);
  const folder = write(
    `synctable-${platform}`,
    { ...common, description: `The programs of synctable for ${platform}.`, os: [os], cpu: [cpu], preferUnplugged: true },
    Object.fromEntries(names.map((name) => [name, join(programs, platform, name)])),
  );
  for (const name of names) chmodSync(join(folder, name), 0o755);
}

write(
  "synctable",
  {
    ...common,
    description: "Declare the tables of an offline-first app once, and generate every copy of them.",
    keywords: ["offline-first", "sqlite", "postgres", "powersync", "codegen"],
    type: "module",
    bin: { codegen: "codegen.mjs", bridge: "bridge.mjs" },
    engines: { node: ">=20" },
    optionalDependencies: Object.fromEntries(found.map((platform) => [`synctable-${platform}`, version])),
  },
  {
    "README.md": join(root, "README.md"),
    "bridge.mjs": join(here, "bridge.mjs"),
    "codegen.mjs": join(here, "codegen.mjs"),
    "run.mjs": join(here, "run.mjs"),
  },
);
console.log(`${found.length + 1} packages of version ${version}`);
