//! Writes a large declaration of an ordinary shape, for measuring: `large-declaration FOLDER TABLES COLUMNS`.

use std::path::Path;
use std::process::ExitCode;

use tests::generate::large::declaration;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, tables, columns] = arguments.as_slice() else {
        eprintln!("usage: large-declaration FOLDER TABLES COLUMNS");
        return ExitCode::from(2);
    };
    let (Ok(tables), Ok(columns)) = (tables.parse(), columns.parse()) else {
        eprintln!("TABLES and COLUMNS are whole numbers");
        return ExitCode::from(2);
    };
    for (name, text) in declaration(tables, columns) {
        let path = Path::new(folder).join(name);
        let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, text));
        if let Err(error) = written {
            eprintln!("{}: {error}", path.display());
            return ExitCode::from(3);
        }
    }
    ExitCode::SUCCESS
}
