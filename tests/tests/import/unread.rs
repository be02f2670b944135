//! A database that cannot be read is one sentence, without its password.

use tests::binary::runs;
use tests::postgres::{Cluster, unreachable};

#[test]
fn a_database_that_cannot_be_read_is_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let database = Cluster::shared().database("import_unread");
    for (url, part) in &unreachable(&database) {
        let asked = ["import", "--database-url", url, "--target", "postgres"];
        let said = runs(folder, &asked, 3);
        assert!(
            said.contains("error[E010]") && said.contains(*part),
            "{url}\n{said}"
        );
        assert!(!said.contains("secret"), "{said}");
        assert_eq!(said.matches("error[").count(), 1, "{said}");
    }
    assert!(!folder.join("schema").exists(), "nothing is written");
}
