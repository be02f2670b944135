//! The plan against real folders: what it finds, what it changes, and what it leaves alone.

use super::*;
use crate::diagnostic::{Color, Format, Paths};
use std::fs;

/// A throw-away folder with what is in it.
struct Disk(tempfile::TempDir);

impl Disk {
    fn new(files: &[(&str, &str)]) -> Self {
        let disk = Self(tempfile::tempdir().unwrap());
        for (path, text) in files {
            disk.write(path, text);
        }
        disk
    }

    /// A folder in which `generate` has run for these files, below `out`.
    fn generated(files: &[(&str, &str)]) -> Self {
        let disk = Self::new(&[]);
        disk.apply(&[disk.output("out", files)]).unwrap();
        disk
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn output(&self, root: &str, files: &[(&str, &str)]) -> Output<'static> {
        let mut tree = Tree::new();
        for (path, text) in files {
            tree.insert(*path, *text);
        }
        Output {
            root: self.path(root),
            folder: Folder::Mirror,
            tree,
        }
    }

    fn shared(&self, root: &str, files: &[(&str, &str)]) -> Output<'static> {
        Output {
            folder: Folder::Shared,
            ..self.output(root, files)
        }
    }

    fn short(&self, text: &str) -> String {
        text.replace(&format!("{}/", shown(self.0.path())), "")
    }

    fn plan(&self, outputs: &[Output<'_>]) -> Plan {
        let mut cx = Diagnostics::new();
        let plan = Plan::new(outputs, &mut cx);
        assert_eq!(cx.into_sorted(), []);
        plan
    }

    /// `kind path` of each problem.
    fn problems(&self, outputs: &[Output<'_>]) -> Vec<String> {
        let plan = self.plan(outputs);
        let problems = plan.problems().iter();
        problems
            .map(|problem| self.short(&format!("{} {}", problem.kind.as_str(), problem.path)))
            .collect()
    }

    /// What a plan refuses to compare.
    fn refused(&self, outputs: &[Output<'_>]) -> Vec<String> {
        let mut cx = Diagnostics::new();
        let _ = Plan::new(outputs, &mut cx);
        self.messages(cx.into_sorted())
    }

    fn messages(&self, diagnostics: Vec<Diagnostic>) -> Vec<String> {
        let diagnostics = diagnostics.iter();
        diagnostics
            .map(|d| self.short(&format!("{} {}", d.code, d.message)))
            .collect()
    }

    fn apply(&self, outputs: &[Output<'_>]) -> Result<(Vec<String>, Vec<String>), Vec<String>> {
        let short = |paths: Vec<String>| paths.iter().map(|path| self.short(path)).collect();
        match self.plan(outputs).apply() {
            Ok(applied) => Ok((short(applied.written), short(applied.removed))),
            Err(failed) => Err(self.messages(failed)),
        }
    }

    /// Every file with its text, and every folder, by path.
    fn everything(&self) -> BTreeMap<String, String> {
        fn walk(disk: &Disk, folder: &Path, all: &mut BTreeMap<String, String>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = disk.short(&shown(&path));
                if path.is_dir() {
                    all.insert(format!("{name}/"), String::new());
                    walk(disk, &path, all);
                } else {
                    all.insert(name, fs::read_to_string(&path).unwrap_or_default());
                }
            }
        }
        let mut all = BTreeMap::new();
        walk(self, self.0.path(), &mut all);
        all
    }

    fn names(&self) -> Vec<String> {
        self.everything().into_keys().collect()
    }
}

const FILES: &[(&str, &str)] = &[("a.sql", "select 1;"), ("deep/er/b.rs", "mod b;")];

#[test]
fn what_is_missing_is_written_and_planning_again_finds_nothing() {
    let disk = Disk::new(&[]);
    let outputs = [disk.output("made/out", FILES)];
    assert_eq!(
        disk.problems(&outputs),
        ["missing made/out/a.sql", "missing made/out/deep/er/b.rs"]
    );
    let written = ["made/out/a.sql", "made/out/deep/er/b.rs"].map(str::to_owned);
    assert_eq!(disk.apply(&outputs), Ok((written.into(), vec![])));
    assert!(disk.plan(&outputs).is_empty());
    assert_eq!(
        disk.names(),
        [
            "made/",
            "made/out/",
            "made/out/.synctable",
            "made/out/a.sql",
            "made/out/deep/",
            "made/out/deep/er/",
            "made/out/deep/er/b.rs"
        ]
    );
}

#[test]
fn applying_an_empty_plan_touches_nothing() {
    let disk = Disk::generated(FILES);
    let modified = |path| fs::metadata(disk.path(path)).unwrap().modified().unwrap();
    let before = (
        modified("out/a.sql"),
        modified("out/.synctable"),
        modified("out"),
    );
    assert_eq!(
        disk.apply(&[disk.output("out", FILES)]),
        Ok((vec![], vec![]))
    );
    let after = (
        modified("out/a.sql"),
        modified("out/.synctable"),
        modified("out"),
    );
    assert_eq!(before, after);
}

#[test]
fn only_what_differs_is_written() {
    let disk = Disk::generated(FILES);
    let before = fs::metadata(disk.path("out/a.sql"))
        .unwrap()
        .modified()
        .unwrap();
    let outputs = [disk.output("out", &[FILES[0], ("deep/er/b.rs", "mod c;")])];
    assert_eq!(disk.problems(&outputs), ["stale out/deep/er/b.rs"]);
    assert_eq!(
        disk.plan(&outputs).problems()[0].diff().map(|diff| disk.short(&diff)),
        Some(
            "--- out/deep/er/b.rs\n+++ out/deep/er/b.rs (declared)\n@@ -1 +1 @@\n-mod b;\n+mod c;\n"
                .to_owned()
        )
    );
    assert_eq!(
        disk.apply(&outputs),
        Ok((vec!["out/deep/er/b.rs".to_owned()], vec![]))
    );
    let after = fs::metadata(disk.path("out/a.sql"))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(before, after);
    assert!(disk.plan(&outputs).is_empty());
}

#[test]
fn a_stray_is_removed_with_the_folders_it_leaves_empty() {
    let disk = Disk::generated(FILES);
    let outputs = [disk.output("out", &FILES[..1])];
    assert_eq!(disk.problems(&outputs), ["stray out/deep/er/b.rs"]);
    assert_eq!(
        disk.apply(&outputs),
        Ok((vec![], vec!["out/deep/er/b.rs".to_owned()]))
    );
    assert_eq!(disk.names(), ["out/", "out/.synctable", "out/a.sql"]);
    assert!(disk.plan(&outputs).is_empty());
}

#[test]
fn a_hand_edit_is_told_from_a_stale_file_and_written_over() {
    let disk = Disk::generated(FILES);
    disk.write("out/a.sql", "select 2;\n");
    let outputs = [disk.output("out", FILES)];
    assert_eq!(disk.problems(&outputs), ["edited out/a.sql"]);
    let plan = disk.plan(&outputs);
    assert_eq!(plan.problems()[0].diagnostic().code, OUTPUT_EDITED);
    disk.apply(&outputs).unwrap();
    assert!(disk.plan(&outputs).is_empty());
}

#[test]
fn an_edited_file_that_nothing_asks_for_is_not_removed() {
    let disk = Disk::generated(FILES);
    disk.write("out/a.sql", "select 2;\n");
    let outputs = [disk.output("out", &FILES[1..])];
    let before = disk.everything();
    assert_eq!(disk.problems(&outputs), ["foreign out/a.sql"]);
    assert_eq!(
        disk.apply(&outputs).unwrap_err(),
        ["D005 `out/a.sql` was edited by hand, and is no longer declared"]
    );
    assert_eq!(disk.everything(), before);
    fs::remove_file(disk.path("out/a.sql")).unwrap();
    disk.apply(&outputs).unwrap();
    assert!(disk.plan(&outputs).is_empty());
}

#[test]
fn a_foreign_file_keeps_everything_as_it_is() {
    let disk = Disk::generated(&FILES[..1]);
    disk.write("out/README.md", "mine\n");
    disk.write("out/sub/deep/er/x.txt", "mine\n");
    disk.write("out/deep/er/b.rs", "mine\n");
    let outputs = [disk.output("out", FILES)];
    let before = disk.everything();
    assert_eq!(
        disk.problems(&outputs),
        [
            "foreign out/README.md",
            "foreign out/deep/er/b.rs",
            "foreign out/sub/"
        ]
    );
    assert_eq!(disk.apply(&outputs).unwrap_err().len(), 3);
    assert_eq!(disk.everything(), before);
}

#[test]
fn without_the_manifest_nothing_is_ours_but_what_is_right_is_kept() {
    let disk = Disk::generated(FILES);
    fs::remove_file(disk.path("out/.synctable")).unwrap();
    assert_eq!(
        disk.problems(&[disk.output("out", FILES)]),
        ["missing out/.synctable"]
    );
    let changed = [disk.output("out", &[("a.sql", "select 2;"), FILES[1]])];
    assert_eq!(disk.problems(&changed), ["foreign out/a.sql"]);
    assert!(disk.apply(&changed).is_err());
    disk.apply(&[disk.output("out", FILES)]).unwrap();
    disk.apply(&changed).unwrap();
    assert!(disk.plan(&changed).is_empty());
}

#[test]
fn a_folder_full_of_other_things_is_refused_whole() {
    let disk = Disk::new(&[
        ("out/src/main.rs", "fn main() {}\n"),
        ("out/.git/config", ""),
    ]);
    let outputs = [disk.output("out", FILES)];
    assert_eq!(
        disk.problems(&outputs),
        [
            "missing out/a.sql",
            "missing out/deep/er/b.rs",
            "foreign out/src/"
        ]
    );
    let before = disk.everything();
    assert!(disk.apply(&outputs).is_err());
    assert_eq!(disk.everything(), before);
}

#[test]
fn a_shared_folder_keeps_the_files_of_others() {
    let disk = Disk::new(&[("migrations/1_init.sql", "mine\n")]);
    let outputs = [disk.shared("migrations", &[("setup.sql", "create role x;")])];
    assert_eq!(disk.problems(&outputs), ["missing migrations/setup.sql"]);
    disk.apply(&outputs).unwrap();
    assert!(disk.plan(&outputs).is_empty());
    let taken = [disk.shared("migrations", &[("1_init.sql", "ours")])];
    assert_eq!(
        disk.problems(&taken),
        [
            "foreign migrations/1_init.sql",
            "stray migrations/setup.sql"
        ]
    );
}

#[test]
fn line_breaks_changed_by_git_are_no_difference() {
    let disk = Disk::generated(&[("a.sql", "select 1;\nselect 2;")]);
    disk.write("out/a.sql", "select 1;\r\nselect 2;\r\n");
    let manifest = fs::read_to_string(disk.path("out/.synctable")).unwrap();
    disk.write("out/.synctable", &manifest.replace('\n', "\r\n"));
    assert!(
        disk.plan(&[disk.output("out", &[("a.sql", "select 1;\nselect 2;")])])
            .is_empty()
    );
    let changed = [disk.output("out", &[("a.sql", "select 3;")])];
    assert_eq!(disk.problems(&changed), ["stale out/a.sql"]);
}

#[test]
fn a_manifest_with_merge_conflicts_is_put_right() {
    let disk = Disk::generated(FILES);
    let manifest = fs::read_to_string(disk.path("out/.synctable")).unwrap();
    disk.write(
        "out/.synctable",
        &format!("<<<<<<< ours\n{manifest}=======\n>>>>>>> theirs\n"),
    );
    let outputs = [disk.output("out", FILES)];
    assert_eq!(disk.problems(&outputs), ["stale out/.synctable"]);
    disk.apply(&outputs).unwrap();
    assert!(disk.plan(&outputs).is_empty());
}

#[test]
fn the_last_output_goes_with_its_manifest() {
    let disk = Disk::generated(FILES);
    let outputs = [disk.output("out", &[])];
    disk.apply(&outputs).unwrap();
    assert_eq!(disk.names(), ["out/"]);
    assert!(disk.plan(&outputs).is_empty());
}

#[test]
fn a_file_renamed_in_case_only_survives() {
    let disk = Disk::generated(&[("Todo.ts", "1")]);
    let outputs = [disk.output("out", &[("todo.ts", "1")])];
    disk.apply(&outputs).unwrap();
    assert_eq!(disk.names(), ["out/", "out/.synctable", "out/todo.ts"]);
}

#[test]
fn one_output_inside_another_answers_for_itself() {
    let disk = Disk::new(&[]);
    let outputs = [
        disk.output("out", &[("a.sql", "1")]),
        disk.output("out/x/../in/ner", &[("b.sql", "2")]),
    ];
    disk.apply(&outputs).unwrap();
    assert!(disk.plan(&outputs).is_empty());
    disk.write("out/in/c.sql", "");
    assert_eq!(disk.problems(&outputs), ["foreign out/in/c.sql"]);
}

#[test]
fn two_outputs_in_one_folder_are_one_and_collide_only_by_path() {
    let disk = Disk::new(&[]);
    let both = [
        disk.output("out", &[("a.sql", "1")]),
        disk.output("./out", &[("b.sql", "2")]),
    ];
    disk.apply(&both).unwrap();
    assert!(disk.plan(&both).is_empty());
    let collide = [
        disk.output("out", &[("a.sql", "1")]),
        disk.output("out", &[("A.sql", "2")]),
    ];
    assert_eq!(
        disk.refused(&collide),
        ["E005 in `out`, `A.sql` collides with `a.sql`"]
    );
}

#[test]
fn a_folder_or_a_link_where_a_file_goes_is_named() {
    let disk = Disk::new(&[("out/a.sql/x", ""), ("out/deep", "")]);
    assert_eq!(
        disk.refused(&[disk.output("out", FILES)]),
        [
            "E004 `out/a.sql` is not a file, but an output needs this path",
            "E004 `out/deep` is not a folder, but outputs are written into it",
        ]
    );
    assert_eq!(
        disk.refused(&[disk.output("out/deep", FILES)])[0],
        "E004 `out/deep` is not a folder, but outputs are written into it"
    );
}

#[test]
#[cfg(unix)]
fn links_are_not_written_through() {
    use std::os::unix::fs::symlink;
    let disk = Disk::new(&[("elsewhere/a.sql", "mine\n"), ("out/x", "")]);
    symlink(disk.path("elsewhere/a.sql"), disk.path("out/a.sql")).unwrap();
    symlink(disk.path("elsewhere"), disk.path("out/deep")).unwrap();
    assert_eq!(
        disk.refused(&[disk.output("out", FILES)]),
        [
            "E004 `out/a.sql` is a symbolic link, but an output needs this path",
            "E004 `out/deep` is a symbolic link, but an output needs this path",
        ]
    );
}

#[test]
#[cfg(unix)]
fn permissions_are_kept_and_new_files_are_like_any_other() {
    use std::os::unix::fs::PermissionsExt as _;
    let disk = Disk::generated(FILES);
    disk.write("like_any_other", "");
    let mode = |path| fs::metadata(disk.path(path)).unwrap().permissions().mode();
    assert_eq!(mode("out/a.sql"), mode("like_any_other"));
    fs::set_permissions(disk.path("out/a.sql"), fs::Permissions::from_mode(0o640)).unwrap();
    disk.apply(&[disk.output("out", &[("a.sql", "2"), FILES[1]])])
        .unwrap();
    assert_eq!(mode("out/a.sql") & 0o777, 0o640);
}

#[test]
fn a_read_only_file_is_refused_and_nothing_else_is_written() {
    let disk = Disk::generated(FILES);
    let path = disk.path("out/a.sql");
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let before = disk.everything();
    let outputs = [disk.output("out", &[("a.sql", "2"), ("new/c.rs", "3")])];
    assert_eq!(
        disk.apply(&outputs).unwrap_err(),
        ["E003 cannot write `out/a.sql`: permission denied"]
    );
    assert_eq!(disk.everything(), before);
}

#[test]
fn a_failure_on_the_way_puts_everything_back() {
    let disk = Disk::generated(&[("a.sql", "1"), ("gone.sql", "1"), ("z.sql", "1")]);
    let outputs = [disk.output("out", &[("a.sql", "2"), ("new/b.sql", "2"), ("z.sql", "2")])];
    let plan = disk.plan(&outputs);
    assert_eq!(plan.problems().len(), 4);
    // After planning, a folder takes the place of the last file.
    fs::remove_file(disk.path("out/z.sql")).unwrap();
    disk.write("out/z.sql/in_the_way", "");
    let before = disk.everything();
    let failed = disk.messages(plan.apply().unwrap_err());
    assert_eq!(failed, ["E003 cannot write `out/z.sql`: is a directory"]);
    assert_eq!(disk.everything(), before);
}

#[test]
fn a_failure_while_staging_leaves_no_folder_behind() {
    let disk = Disk::new(&[]);
    let outputs = [disk.output("out", &[("a/b.sql", "1"), ("c/d.sql", "1")])];
    let plan = disk.plan(&outputs);
    disk.write("out/c", "in the way");
    let before = disk.everything();
    assert_eq!(plan.apply().unwrap_err().len(), 1);
    assert_eq!(disk.everything(), before);
}

#[test]
fn a_report_says_which_file_what_differs_and_which_command() {
    let disk = Disk::generated(FILES);
    disk.write("out/README.md", "mine\n");
    let changed = [disk.output("out", &[("a.sql", "select 2;"), ("c.sql", "x")])];
    let plan = disk.plan(&changed);
    assert_eq!(
        disk.short(&plan.render(Format::Human(Color::Never))),
        "\
error[D005]: `out/README.md` was not generated, but is in a folder for generated files
 |
 = help: move it elsewhere, or choose another folder for the output

error[D002]: `out/a.sql` differs from the declaration
--- out/a.sql
+++ out/a.sql (declared)
@@ -1 +1 @@
-select 1;
+select 2;

error[D001]: `out/c.sql` is missing

error[D003]: `out/deep/er/b.rs` is no longer declared

help: run `codegen generate` and commit the result
"
    );
    assert!(
        plan.render(Format::Human(Color::Always))
            .contains("\u{1b}[31m-select 1;\u{1b}[0m")
    );
    assert_eq!(
        disk.short(&plan.render(Format::Github(Paths::default())))
            .lines()
            .nth(2),
        Some(
            "::error file=out/c.sql,title=D001::`out/c.sql` is missing\
             %0Ahelp: run `codegen generate` and commit the result"
        )
    );
    let json: serde_json::Value = serde_json::from_str(&plan.render(Format::Json)).unwrap();
    assert_eq!(json["format"], 1);
    let stale = &json["problems"][1];
    assert_eq!(
        (&stale["code"], &stale["kind"]),
        (&"D002".into(), &"stale".into())
    );
    assert!(
        stale["diff"]
            .as_str()
            .unwrap()
            .ends_with("-select 1;\n+select 2;\n")
    );
    assert_eq!(json["problems"][2].get("diff"), None);
}

#[test]
fn a_file_that_is_not_text_is_compared_all_the_same() {
    let disk = Disk::generated(FILES);
    fs::write(disk.path("out/a.sql"), b"\xff\x1b[31m\n").unwrap();
    let outputs = [disk.output("out", FILES)];
    assert_eq!(disk.problems(&outputs), ["edited out/a.sql"]);
    let text = disk.plan(&outputs).render(Format::Human(Color::Never));
    assert!(text.contains("-\u{fffd}\\u{1b}[31m"), "{text}");
}
