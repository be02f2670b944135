//! What is refused: `cases/reject/<code>_<what>`, each with the report a person reads in `expected.txt`.
//!
//! Changes that are refused are in `cases/evolve`, which `tests/tests/evolve` runs.

use std::collections::BTreeSet;
use std::path::Path;

use synctable_codegen::diagnostic::{CODES, Color, Diagnostic, Format, render};
use synctable_codegen::read;
use tests::cases::{Case, cases, each, workspace};

/// Codes that no case draws, each with the file and the test that does, and what the code is called there.
///
/// The input would be too large to keep, or what is wrong is no declaration but a folder, a ledger, or what was generated.
const DRAWN_ELSEWHERE: &[(&str, &str, &str, &str)] = &[
    (
        "D001",
        "codegen/src/plan/tests.rs",
        "a_report_says_which_file_what_differs_and_which_command",
        "D001",
    ),
    (
        "D002",
        "codegen/src/plan/tests.rs",
        "a_report_says_which_file_what_differs_and_which_command",
        "D002",
    ),
    (
        "D003",
        "codegen/src/plan/tests.rs",
        "a_report_says_which_file_what_differs_and_which_command",
        "D003",
    ),
    (
        "D004",
        "codegen/src/plan/tests.rs",
        "a_hand_edit_is_told_from_a_stale_file_and_written_over",
        "OUTPUT_EDITED",
    ),
    (
        "D005",
        "codegen/src/plan/tests.rs",
        "an_edited_file_that_nothing_asks_for_is_not_removed",
        "D005",
    ),
    (
        "D010",
        "codegen/src/ledger/tests.rs",
        "a_change_that_postgres_sees_is_due_and_others_are_not",
        "MIGRATION_DUE",
    ),
    (
        "D011",
        "codegen/src/ledger/tests.rs",
        "an_edited_entry_is_found",
        "ENTRY_EDITED",
    ),
    (
        "D012",
        "codegen/src/ledger/tests.rs",
        "a_missing_entry_and_a_missing_snapshot_are_found",
        "ENTRY_MISSING",
    ),
    (
        "D013",
        "codegen/src/ledger/tests.rs",
        "a_missing_entry_and_a_missing_snapshot_are_found",
        "ENTRY_WITHOUT_SNAPSHOT",
    ),
    (
        "D014",
        "codegen/src/ledger/tests.rs",
        "two_first_entries_are_a_fork",
        "LEDGER_FORKED",
    ),
    (
        "D015",
        "codegen/src/ledger/tests.rs",
        "a_snapshot_of_a_later_format_is_named",
        "SNAPSHOT_UNREADABLE",
    ),
    (
        "D016",
        "codegen/src/ledger/tests.rs",
        "the_newest_entry_alone_is_written_anew",
        "LEDGER_STARTED",
    ),
    (
        "D017",
        "codegen/src/ledger/tests.rs",
        "a_name_or_a_place_that_no_entry_can_have_is_refused",
        "AT_REFUSED",
    ),
    (
        "D018",
        "codegen/src/ledger/tests.rs",
        "a_name_or_a_place_that_no_entry_can_have_is_refused",
        "ENTRY_NAME",
    ),
    (
        "D025",
        "codegen/cli/tests/migrate.rs",
        "a_migration_of_the_main_branch_is_never_written_anew",
        "D025",
    ),
    (
        "D070",
        "tests/tests/device/cases.rs",
        "every_step_leads_to_what_is_declared_and_keeps_the_rows",
        "D0",
    ),
    (
        "D071",
        "codegen/cli/tests/migrate.rs",
        "a_device_has_a_step_from_every_release",
        "D071",
    ),
    (
        "D072",
        "tests/tests/clients/cases.rs",
        "what_a_change_means_for_clients_is_told",
        "D072",
    ),
    (
        "D073",
        "tests/tests/clients/cases.rs",
        "what_a_change_means_for_clients_is_told",
        "D0",
    ),
    (
        "D060",
        "codegen/cli/tests/migrate.rs",
        "who_gained_access_is_told_and_can_be_refused",
        "D060",
    ),
    (
        "D061",
        "tests/tests/replay.rs",
        "a_migration_that_fails_is_told",
        "D061",
    ),
    (
        "D062",
        "tests/tests/replay.rs",
        "what_somebody_adds_by_hand_is_told",
        "D062",
    ),
    (
        "D063",
        "tests/tests/verify.rs",
        "a_database_is_told_by_its_newest_migration",
        "D063",
    ),
    (
        "D064",
        "tests/tests/import/cases.rs",
        "each_database_is_declared_as_far_as_it_can_be",
        "contradictions.txt",
    ),
    (
        "D065",
        "tests/tests/import/cases.rs",
        "each_database_is_declared_as_far_as_it_can_be",
        "contradictions.txt",
    ),
    (
        "D041",
        "codegen/src/ledger/tests.rs",
        "a_sum_file_that_is_missing_or_broken_is_found",
        "SUM_UNREADABLE",
    ),
    (
        "D042",
        "codegen/src/ledger/tests.rs",
        "a_sum_file_that_is_missing_or_broken_is_found",
        "SUM_BROKEN",
    ),
    (
        "D043",
        "codegen/src/ledger/tests.rs",
        "a_file_with_another_name_is_found",
        "ENTRY_RENAMED",
    ),
    (
        "D044",
        "codegen/src/ledger/tests.rs",
        "a_file_that_is_not_in_the_ledger_is_found",
        "ENTRY_FOREIGN",
    ),
    (
        "D045",
        "codegen/src/ledger/tests.rs",
        "an_edited_entry_is_found",
        "ENTRY_UNSEALED",
    ),
    (
        "D046",
        "codegen/src/ledger/tests.rs",
        "what_was_written_by_hand_is_sealed_until_a_database_may_have_run_it",
        "REBASE_REFUSED",
    ),
    (
        "D047",
        "codegen/src/ledger/tests.rs",
        "a_release_needs_the_entries_so_far_and_they_stay_as_they_are",
        "RELEASE_REFUSED",
    ),
    (
        "D048",
        "codegen/src/ledger/tests.rs",
        "a_release_needs_the_entries_so_far_and_they_stay_as_they_are",
        "RELEASES_UNREADABLE",
    ),
    (
        "D049",
        "codegen/src/ledger/tests.rs",
        "a_right_that_somebody_added_to_a_migration_is_found_whatever_the_sum_file_says",
        "ACCESS_UNDECLARED",
    ),
    (
        "D050",
        "codegen/src/ledger/tests.rs",
        "a_sum_file_that_is_missing_or_broken_is_found",
        "SUM_MISSING",
    ),
    (
        "E001",
        "codegen/src/source/load.rs",
        "a_folder_without_yaml_and_a_missing_one_are_reported",
        "E001",
    ),
    (
        "E002",
        "codegen/src/source/load.rs",
        "a_folder_without_yaml_and_a_missing_one_are_reported",
        "E002",
    ),
    (
        "E003",
        "codegen/src/plan/tests.rs",
        "a_read_only_file_is_refused_and_nothing_else_is_written",
        "E003",
    ),
    (
        "E004",
        "codegen/src/plan/tests.rs",
        "a_folder_or_a_link_where_a_file_goes_is_named",
        "E004",
    ),
    (
        "E005",
        "codegen/src/plan/tests.rs",
        "two_outputs_in_one_folder_are_one_and_collide_only_by_path",
        "E005",
    ),
    (
        "E006",
        "codegen/src/source/load.rs",
        "links_are_named_and_not_followed",
        "E006",
    ),
    (
        "E007",
        "codegen/cli/tests/pull_request.rs",
        "outputs_stay_in_the_repository_and_out_of_git",
        "E007",
    ),
    (
        "E008",
        "codegen/src/source/load.rs",
        "more_files_than_are_read_are_refused",
        "E008",
    ),
    (
        "E009",
        "codegen/src/targets/postgres/verify.rs",
        "a_mistake_of_ours_is_an_error",
        "E009",
    ),
    (
        "E010",
        "tests/tests/status.rs",
        "a_database_that_cannot_be_read_is_one_sentence",
        "E010",
    ),
    (
        "E011",
        "tests/tests/replay.rs",
        "a_database_that_is_not_empty_is_left_alone",
        "E011",
    ),
    (
        "E012",
        "tests/tests/verify.rs",
        "a_system_that_cannot_be_read_is_one_sentence",
        "E012",
    ),
    (
        "E013",
        "codegen/src/import/settle.rs",
        "a_draft_of_which_nothing_can_be_given_up_is_refused",
        "E013",
    ),
    (
        "E014",
        "tests/tests/import/migrations.rs",
        "a_migration_that_fails_is_named_with_its_line_and_statement",
        "E014",
    ),
    (
        "S002",
        "tests/tests/hostile.rs",
        "hostile_input_is_refused_in_few_words",
        "S002",
    ),
    (
        "S005",
        "tests/tests/hostile.rs",
        "hostile_input_is_refused_in_few_words",
        "S005",
    ),
    (
        "S006",
        "tests/tests/hostile.rs",
        "hostile_input_is_refused_in_few_words",
        "S006",
    ),
];

/// Every mistake of the declaration in a folder, and the report.
fn report(folder: &Path) -> (Vec<Diagnostic>, String) {
    let reading = read(folder);
    let text = render(
        Format::Human(Color::Never),
        &reading.diagnostics,
        &reading.sources,
    );
    let prefix = format!("{}/", folder.display());
    (reading.diagnostics, text.replace(&prefix, ""))
}

/// The code that a case is about.
fn code(case: &Case) -> &str {
    case.name.split('_').next().unwrap_or_default()
}

/// The codes of diagnostics.
fn codes(found: &[Diagnostic]) -> BTreeSet<&str> {
    found.iter().map(|one| one.code.as_str()).collect()
}

#[test]
fn every_mistake_is_reported_with_its_code_place_and_way_out() {
    each("reject", |case| {
        let (found, text) = report(&case.folder);
        case.expect("expected.txt", &text)?;
        if let Some(bare) = found.iter().find(|one| one.span.is_none()) {
            return Err(format!("{} has no place", bare.code));
        }
        if let Some(stuck) = found
            .iter()
            .find(|one| one.help.is_empty() && one.notes.is_empty())
        {
            return Err(format!("{} has no way out:\n{text}", stuck.code));
        }
        // A case is about one mistake: what follows from it is not reported as another.
        if codes(&found) == BTreeSet::from([code(case)]) {
            Ok(())
        } else {
            Err(format!(
                "the report is not about {} alone:\n{text}",
                code(case)
            ))
        }
    });
}

#[test]
fn every_code_is_drawn_by_a_case_or_a_test() {
    let is_code = |code: &str| code.starts_with('D') && code.len() == 4;
    let changes = cases("evolve");
    let changes = changes.iter().map(code).filter(|code| is_code(code));
    let rejected = cases("reject");
    let drawn: BTreeSet<String> = rejected
        .iter()
        .map(code)
        .chain(changes)
        .map(str::to_owned)
        .collect();
    let mut wrong = Vec::new();
    for info in CODES {
        let code = info.code.as_str();
        let elsewhere = DRAWN_ELSEWHERE.iter().find(|(other, ..)| *other == code);
        match (drawn.contains(code), elsewhere) {
            (true, None) => {}
            (true, Some(_)) => wrong.push(format!("{code} has a case, and says that it has none")),
            (false, None) => wrong.push(format!("{code} is drawn by no case and no test")),
            (false, Some((_, file, test, word))) => {
                let text = std::fs::read_to_string(workspace().join(file)).unwrap_or_default();
                let body = text.split(&format!("fn {test}()")).nth(1);
                let body = body.and_then(|rest| rest.split("#[test]").next());
                if !body.is_some_and(|body| body.contains(word)) {
                    wrong.push(format!(
                        "{code}: `{file}` has no test `{test}` that names it"
                    ));
                }
            }
        }
    }
    let known: BTreeSet<&str> = CODES.iter().map(|info| info.code.as_str()).collect();
    let listed = DRAWN_ELSEWHERE.iter().map(|(code, ..)| (*code).to_owned());
    for code in drawn.iter().cloned().chain(listed) {
        if !known.contains(code.as_str()) {
            wrong.push(format!("{code} is no code"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// All mistakes in one run, in the order in which they are written.
#[test]
fn many_mistakes_are_reported_together() {
    each("reject_together", |case| {
        let (found, text) = report(&case.folder);
        case.expect("expected.txt", &text)?;
        let places: Vec<_> = found
            .iter()
            .filter_map(|one| one.span)
            .map(|span| (span.file, span.start))
            .collect();
        if !places.is_sorted() {
            return Err(format!("not in the order of the text:\n{text}"));
        }
        Ok(())
    });
}

#[test]
fn ten_mistakes_in_one_file_are_ten_reports() {
    let folder = workspace().join("tests/cases/reject_together/ten_mistakes_in_one_file");
    let (found, text) = report(&folder);
    assert_eq!((found.len(), codes(&found).len()), (10, 10), "{text}");
}
