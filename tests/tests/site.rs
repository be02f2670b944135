//! What a browser shows: the diagrams of the examples, and the documentation as a site (long mode; `test.sh --long`
//! installs Chromium, mdBook and Mermaid).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::cases::workspace;

/// The folder in which `test.sh` installs what only these tests need.
fn tools() -> PathBuf {
    workspace().join("target/tools")
}

/// The document of a page after its scripts ran.
#[track_caller]
fn shown(page: &str) -> String {
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu"])
        // The clock of the page, which runs ahead while nothing happens.
        .args(["--virtual-time-budget=60000", "--dump-dom", page])
        .output()
        .expect("`chromium` is installed: ./test.sh --long");
    assert!(output.status.success(), "{page}");
    String::from_utf8(output.stdout).expect("it prints text")
}

fn url(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// The diagrams of a page in Markdown.
fn diagrams(page: &str) -> Vec<&str> {
    let blocks = page.split("```mermaid\n").skip(1);
    blocks
        .filter_map(|block| block.split("```").next())
        .collect()
}

#[test]
fn the_tables_of_each_app_are_drawn() {
    if !tests::long() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for (app, tables) in [("powergit", 9), ("taskly", 38), ("tunetrees", 32)] {
        let path = workspace()
            .join("examples")
            .join(app)
            .join("generated/docs/README.md");
        let text = fs::read_to_string(path).expect("the target `docs` writes it");
        let drawings = diagrams(&text);
        assert_eq!(drawings.len(), 1, "{app}");
        let drawing = drawings[0].replace('&', "&amp;").replace('<', "&lt;");
        let page = folder.path().join(format!("{app}.html"));
        let mermaid = tools().join("node_modules/mermaid/dist/mermaid.min.js");
        fs::write(
            &page,
            format!(
                "<!doctype html><meta charset=utf-8><title>waits</title><script src='{}'></script>
                <pre class=mermaid>{drawing}</pre>
                <script>
                mermaid.initialize({{startOnLoad: false}});
                mermaid.run().then(() => document.title = 'drawn', (error) => document.title = String(error));
                </script>",
                url(&mermaid)
            ),
        )
        .expect("a page");
        let document = shown(&url(&page));
        assert!(
            document.contains("<title>drawn</title>"),
            "{app}: {document:.400}"
        );
        let mut found = 0;
        for table in fs::read_dir(
            workspace()
                .join("examples")
                .join(app)
                .join("generated/docs/tables"),
        )
        .expect("a page for each table")
        {
            let name = table
                .expect("a file")
                .file_name()
                .into_string()
                .expect("text");
            let name = name.trim_end_matches(".md");
            assert!(
                document.contains(&format!("<p>{name}</p>")),
                "{app} draws {name}"
            );
            found += 1;
        }
        assert_eq!(found, tables, "{app}");
    }
}

#[test]
fn the_documentation_is_a_site_with_a_search() {
    if !tests::long() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(tools().join("bin/mdbook"))
        .arg("build")
        .arg(workspace())
        .arg("--dest-dir")
        .arg(folder.path())
        .output()
        .expect("`mdbook` is installed: ./test.sh --long");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("WARN") && !said.contains("ERROR"), "{said}");

    let summary = fs::read_to_string(workspace().join("docs/SUMMARY.md")).expect("it is there");
    let pages = summary
        .split("](")
        .skip(1)
        .filter_map(|link| link.split(".md").next());
    let mut count = 0;
    for page in pages {
        let document = shown(&url(&folder.path().join(format!("{page}.html"))));
        assert!(document.contains("<main>"), "{page}");
        assert!(
            document.contains(&format!("href=\"{page}.html\"")),
            "{page} is among the chapters"
        );
        count += 1;
    }
    assert!(count > 20, "{count} pages");
    let mut dead = Vec::new();
    for file in fs::read_dir(folder.path()).expect("the site") {
        let path = file.expect("a file").path();
        if path.extension().is_none_or(|extension| extension != "html") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a page");
        let links = text
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        for link in links.filter(|link| !link.contains(':') && !link.starts_with('#')) {
            let file = link.split(['#', '?']).next().unwrap_or_default();
            if !folder.path().join(file).exists() {
                dead.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
    let found = shown(&format!(
        "{}?search=tombstone",
        url(&folder.path().join("language.html"))
    ));
    assert!(
        found.contains("postgres.html?highlight"),
        "the search finds another page"
    );
}
