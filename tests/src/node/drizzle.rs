//! Drizzle's own kit, which compares a schema with a database and makes them the same.

use std::path::Path;
use std::process::Stdio;

use super::typescript::{link_packages, node, told};

/// Pushes a schema to a database, and returns what the kit said, with the statements that it ran.
///
/// The database is named by its address; `schemas` are those that the kit looks into.
///
/// # Errors
///
/// Everything that the kit said.
pub fn push(schema: &str, address: &str, schemas: &[String]) -> Result<String, String> {
    let folder = tempfile::TempDir::new().expect("a folder can be made");
    link_packages(folder.path());
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("it can be written");
    };
    write("server.ts", schema);
    let config = serde_json::json!({
        "dialect": "postgresql",
        "schema": "./server.ts",
        "dbCredentials": {"url": address},
        "schemaFilter": schemas,
        "verbose": true,
    });
    write(
        "drizzle.config.cjs",
        &format!("module.exports = {config};\n"),
    );
    let output = node()
        .current_dir(folder.path())
        .arg(Path::new("node_modules/drizzle-kit/bin.cjs"))
        .args(["push", "--force", "--config", "drizzle.config.cjs"])
        .stdin(Stdio::null())
        .env("NO_COLOR", "1")
        .output()
        .expect("Node runs");
    told(&output)?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    // The kit ends well after a statement that Postgres refused.
    if !said.contains("Changes applied") && !said.contains("No changes detected") {
        return Err(said + &String::from_utf8_lossy(&output.stderr));
    }
    Ok(said)
}
