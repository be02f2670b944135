//! Generated TypeScript as its consumers see it: `tsc --strict` with PowerSync's own packages, and Node, which runs it.
//!
//! The programs are in `tests/node/typescript`; they need a Node that is newer than the one of the machine may be, so npm
//! brings it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::cases::workspace;

/// Compiles with a project file of `tests/node/typescript`, with more arguments.
///
/// # Errors
///
/// Everything that the compiler said.
pub fn tsc(project: &str, arguments: &[&str]) -> Result<(), String> {
    let output = node()
        .arg("node_modules/typescript/bin/tsc")
        .args(["--project", &format!("typescript/{project}")])
        .args(arguments)
        .output();
    told(&output.expect("Node runs"))
}

/// Compiles everything in a folder that has its packages linked, as strictly as the project file of browsers says.
///
/// # Errors
///
/// Everything that the compiler said.
pub fn tsc_in(folder: &Path) -> Result<(), String> {
    tsc_as(folder, "tsconfig.browser.json")
}

/// The same, without a look into the declarations of the packages themselves.
///
/// # Errors
///
/// Everything that the compiler said.
pub fn tsc_with_packages_in(folder: &Path) -> Result<(), String> {
    tsc_as(folder, "tsconfig.json")
}

fn tsc_as(folder: &Path, project: &str) -> Result<(), String> {
    let strict = Path::new(workspace())
        .join("tests/node/typescript")
        .join(project);
    let project = serde_json::json!({
        "extends": strict,
        "compilerOptions": {"rootDir": ".", "paths": {}},
        "include": ["**/*.ts"],
    });
    let file = folder.join("tsconfig.json");
    std::fs::write(&file, project.to_string()).expect("it can be written");
    let output = node()
        .arg("node_modules/typescript/bin/tsc")
        .arg("--project")
        .arg(file)
        .output();
    told(&output.expect("Node runs"))
}

/// A program of a folder, compiled as strictly as those of the tests.
///
/// # Panics
///
/// If it does not compile.
pub fn built(folder: &Path, out: &Path, script: &str) -> Command {
    link_packages(folder);
    link_packages(out);
    let strict = Path::new(workspace()).join("tests/node/typescript/tsconfig.json");
    let project = serde_json::json!({
        "extends": strict,
        "compilerOptions": {"rootDir": ".", "outDir": out, "noEmit": false, "paths": {}},
        "include": ["src/**/*.ts"],
    });
    let file = folder.join("tsconfig.json");
    std::fs::write(&file, project.to_string()).expect("it can be written");
    std::fs::write(out.join("package.json"), r#"{"type": "module"}"#).expect("it can be written");
    let output = node()
        .arg("node_modules/typescript/bin/tsc")
        .arg("--project")
        .arg(file)
        .output();
    told(&output.expect("Node runs")).unwrap_or_else(|said| panic!("{said}"));
    script_of(out, script)
}

/// A program that [`built`] has compiled into a folder.
pub fn script_of(out: &Path, script: &str) -> Command {
    let mut node = node();
    node.arg(out.join(script));
    node
}

/// Puts the packages of the tests where programs in a folder find them.
pub fn link_packages(folder: &Path) {
    std::os::unix::fs::symlink(packages_folder(), folder.join("node_modules"))
        .expect("a link can be made");
}

/// A program of `tests/node/typescript`, compiled with everything that it imports.
///
/// # Panics
///
/// If it does not compile: `tsc` tells more.
pub fn program(name: &str) -> Command {
    let script = format!("tests/node/typescript/{name}.js");
    let mut node = node();
    node.arg(compiled().join(script));
    node
}

/// The same in a folder of its own, with a slip in one of the compiled files.
///
/// # Panics
///
/// If the file does not have the text.
pub fn program_with(name: &str, folder: &Path, file: &str, (from, to): (&str, &str)) -> Command {
    copy(compiled(), folder);
    link_packages(folder);
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path).expect("the file is there");
    assert!(text.contains(from), "{file} does not have `{from}`");
    std::fs::write(&path, text.replacen(from, to, 1)).expect("it can be written");
    let mut node = node();
    node.arg(folder.join(format!("tests/node/typescript/{name}.js")));
    node
}

/// Copies the files of a folder, but no links.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("the folder is there") {
        let entry = entry.expect("it can be read");
        let kind = entry.file_type().expect("it has a type");
        let to = to.join(entry.file_name());
        if kind.is_dir() {
            copy(&entry.path(), &to);
        } else if kind.is_file() {
            std::fs::copy(entry.path(), to).expect("it can be copied");
        }
    }
}

/// The folder of the compiled programs of `tests/node/typescript`, with everything that they import, as in the workspace.
fn compiled() -> &'static Path {
    static BUILT: OnceLock<TempDir> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let folder = TempDir::new().expect("a folder can be made");
        let path = folder.path().to_str().expect("its path is text");
        tsc("tsconfig.json", &["--noEmit", "false", "--outDir", path])
            .unwrap_or_else(|said| panic!("{said}"));
        let package = folder.path().join("package.json");
        std::fs::write(package, r#"{"type": "module"}"#).expect("it can be written");
        link_packages(folder.path());
        folder
    });
    built.path()
}

/// Runs the `test` of a program of `tests/node/typescript` in workerd, with texts as bindings.
///
/// # Errors
///
/// It failed; what it printed tells why.
pub fn run_in_workerd(name: &str, texts: &[(&str, &Path)]) -> Result<String, String> {
    let script = format!("tests/node/typescript/{name}.js");
    let mut modules = vec![script.clone()];
    let mut at = 0;
    while at < modules.len() {
        let text = std::fs::read_to_string(compiled().join(&modules[at]));
        let text = text.unwrap_or_else(|why| panic!("{}: {why}", modules[at]));
        let folder = Path::new(&modules[at]).parent().expect("it is in a folder");
        let imports = text.lines().filter_map(|line| {
            let (_, from) = line.rsplit_once(" from '")?;
            let starts = line.starts_with("import ") || line.starts_with("export ");
            starts.then(|| from.trim_end_matches("';"))
        });
        let imports: Vec<String> = imports.map(|path| joined(folder, path)).collect();
        for path in imports {
            if !modules.contains(&path) {
                modules.push(path);
            }
        }
        at += 1;
    }
    let modules = modules.iter().map(|path| {
        let file = compiled().join(path);
        format!(
            "(name = {path:?}, esModule = embed {:?})",
            file.display().to_string()
        )
    });
    let bindings = texts.iter().map(|(name, file)| {
        format!(
            "(name = {name:?}, text = embed {:?})",
            file.display().to_string()
        )
    });
    let config = format!(
        "using Workerd = import \"/workerd/workerd.capnp\";\nconst config :Workerd.Config = (services = [(name = \"main\", \
         worker = (compatibilityDate = \"2026-01-01\", modules = [{}], bindings = [{}]))]);\n",
        modules.collect::<Vec<_>>().join(", "),
        bindings.collect::<Vec<_>>().join(", ")
    );
    let folder = TempDir::new().expect("a folder can be made");
    let file = folder.path().join("config.capnp");
    std::fs::write(&file, config).expect("it can be written");
    let program = Path::new(workspace()).join("tests/runners/node_modules/.bin/workerd");
    assert!(
        program.exists(),
        "tests/runners/node_modules is missing: run ./test.sh, or `npm install --no-package-lock` in tests/runners"
    );
    // Files from everywhere are embedded.
    run(Command::new(program)
        .args(["test", "--import-path=/"])
        .arg(file))
}

/// A path from a folder, without `.` and `..`.
fn joined(folder: &Path, path: &str) -> String {
    let mut parts: Vec<&str> = folder.to_str().expect("it is text").split('/').collect();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A program of `tests/node`, as it is.
pub fn script(name: &str) -> Command {
    let mut node = node();
    node.arg(name);
    node
}

/// Runs a program to its end, and returns what it printed.
///
/// # Errors
///
/// It failed; what it printed tells why.
pub fn run(program: &mut Command) -> Result<String, String> {
    let output = program.output().expect("Node runs");
    told(&output)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Writes the types that `openapi-typescript` makes of a document.
///
/// # Errors
///
/// Everything that it said.
pub fn types_of_openapi(document: &Path, out: &Path) -> Result<(), String> {
    let script = "openapi-types/node_modules/openapi-typescript/bin/cli.js";
    let output = node().arg(script).arg(document).arg("-o").arg(out).output();
    told(&output.expect("Node runs"))
}

/// Node from npm, in the folder of its packages.
///
/// # Panics
///
/// If it is missing.
pub fn node() -> Command {
    let packages = packages_folder();
    let program = packages.join("node/bin/node");
    assert!(
        program.is_file(),
        "Node from npm is missing: run ./test.sh, or `npm ci` in tests/node"
    );
    let mut node = Command::new(program);
    node.current_dir(packages.parent().expect("it is in a folder"));
    node
}

fn packages_folder() -> PathBuf {
    Path::new(workspace()).join("tests/node/node_modules")
}

pub(super) fn told(output: &Output) -> Result<(), String> {
    if output.status.success() {
        return Ok(());
    }
    let texts = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    Err(texts.concat())
}
