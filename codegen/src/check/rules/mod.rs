//! What must hold of a whole model, rule by rule; each says why it exists.
//!
//! A rule sees the resolved model and complains by [`Place`](crate::diagnostic::Place), so it knows nothing of YAML.
//! What is true for one target only stands in that target's `admit`.

mod access;
mod conflict;
mod copied;
mod defaults;
mod deletion;
mod exclusions;
mod filled;
mod generated;
mod indexes;
mod inserted;
mod keys;
mod names;
mod places;
mod privilege;
mod pulled;
mod references;
mod renames;
mod seeds;
mod sides;
mod storage;
mod streams;
mod uniques;
mod views;

use crate::diagnostic::Complaints;
use crate::model::{Model, Table};
use crate::parallel;
use std::collections::BTreeSet;

/// Checks every rule, in the order of a declaration.
///
/// Tables that are `broken` have a mistake already: what is missing there is not reported as another.
pub(super) fn check(model: &Model, broken: &BTreeSet<String>, cx: &mut Complaints) {
    // The rule about rights follows copies to where they come from, so copies must end somewhere.
    let mut of_copies = Complaints::new();
    let copies_end = copied::have_a_row_to_copy_from(model, &mut of_copies);
    let rules: &[&(dyn Fn(&mut Complaints) + Sync)] = &[
        &|cx| names::fold_apart(model, cx),
        &|cx| names::objects_apart(model, cx),
        &|cx| names::client_id_is_free(model, cx),
        &|cx| renames::lead_somewhere(model, cx),
        &|cx| keys::are_sound(model, cx),
        &|cx| keys::recipes_are_complete(model, cx),
        &|cx| references::fit(model, broken, cx),
        &|cx| references::cycles_can_be_inserted(model, cx),
        &|cx| uniques::say_something_new(model, cx),
        &|cx| uniques::have_an_answer_to_clashes(model, broken, cx),
        &|cx| uniques::upsert_targets_exist(model, broken, cx),
        &|cx| exclusions::say_something_new(model, cx),
        &|cx| exclusions::start_before_they_end(model, cx),
        &|cx| defaults::satisfy_their_checks(model, cx),
        &|cx| seeds::can_be_written(model, broken, cx),
        &|cx| generated::can_reach_the_client(model, cx),
        &|cx| sides::server_has_its_columns(model, cx),
        &|cx| sides::sets_are_on_the_server(model, cx),
        &|cx| sides::sql_needs_what_postgres_has(model, cx),
        &|cx| keys::clients_can_make_them(model, cx),
        &|cx| conflict::roles_fit(model, cx),
        &|cx| conflict::rules_have_their_columns(model, broken, cx),
        &|cx| pulled::tables_tell_what_changed(model, cx),
        &|cx| deletion::has_a_path(model, broken, cx),
        &|cx| access::is_declared(model, broken, cx),
        &|cx| access::can_be_written(model, cx),
        &|cx| access::changes_what_is_read(model, cx),
        &|cx| access::deleted_rows_stay_readable(model, cx),
        &|cx| inserted::rules_can_be_satisfied(model, cx),
        &|cx| filled::rules_read_what_is_told(model, broken, cx),
        &|cx| storage::paths_are_texts_of_the_server(model, cx),
        &|cx| streams::speak_of_synced_tables(model, cx),
        &|cx| views::have_what_they_read(model, cx),
        &|cx| {
            if copies_end {
                privilege::is_not_granted_to_oneself(model, cx);
            }
        },
    ];
    cx.append(of_copies);
    for found in parallel::each(rules, |rule| {
        let mut cx = Complaints::new();
        rule(&mut cx);
        cx
    }) {
        cx.append(found);
    }
}

/// What a model without mistakes could do better.
pub fn advise(model: &Model, cx: &mut Complaints) {
    indexes::lead_to_what_rules_grant(model, cx);
}

/// The tables without a mistake.
fn sound<'m>(model: &'m Model, broken: &'m BTreeSet<String>) -> impl Iterator<Item = &'m Table> {
    let tables = model.tables.values();
    tables.filter(|table| !broken.contains(&table.name))
}
