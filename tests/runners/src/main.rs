//! Runs the migrations of a folder as `sqlx migrate run` and `refinery migrate` do: `runners sqlx|refinery URL FOLDER`.

use std::error::Error;
use std::path::Path;

use sqlx::Connection;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [runner, url, folder] = arguments.as_slice() else {
        return Err("usage: runners sqlx|refinery URL FOLDER".into());
    };
    let folder = Path::new(folder);
    match runner.as_str() {
        "sqlx" => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(sqlx(url, folder)),
        "refinery" => refinery(url, folder),
        other => Err(format!("{other} is not a runner").into()),
    }
}

async fn sqlx(url: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let migrator = sqlx::migrate::Migrator::new(folder).await?;
    let mut connection = sqlx::PgConnection::connect(url).await?;
    Ok(migrator.run(&mut connection).await?)
}

fn refinery(url: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let migrations = refinery::load_sql_migrations(folder)?;
    let mut client = postgres::Client::connect(url, postgres::NoTls)?;
    let report = refinery::Runner::new(&migrations).run(&mut client)?;
    println!("{} applied", report.applied_migrations().len());
    Ok(())
}
