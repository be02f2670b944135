//! What must hold of a whole model, rule by rule; each says why it exists.
//!
//! A rule sees the resolved model and complains by [`Place`](crate::diagnostic::Place), so it knows nothing of YAML.
//! What is true for one target only stands in that target's `admit`.

mod access;
mod conflict;
mod copied;
mod defaults;
mod deletion;
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
mod streams;
mod uniques;
mod views;

use crate::diagnostic::Complaints;
use crate::model::{Model, Table};
use std::collections::BTreeSet;

/// Checks every rule, in the order of a declaration.
///
/// Tables that are `broken` have a mistake already: what is missing there is not reported as another.
pub(super) fn check(model: &Model, broken: &BTreeSet<String>, cx: &mut Complaints) {
    names::fold_apart(model, cx);
    names::objects_apart(model, cx);
    names::client_id_is_free(model, cx);
    renames::lead_somewhere(model, cx);
    keys::are_sound(model, cx);
    keys::recipes_are_complete(model, cx);
    references::fit(model, broken, cx);
    references::cycles_can_be_inserted(model, cx);
    uniques::say_something_new(model, cx);
    uniques::have_an_answer_to_clashes(model, broken, cx);
    uniques::upsert_targets_exist(model, broken, cx);
    defaults::satisfy_their_checks(model, cx);
    seeds::can_be_written(model, broken, cx);
    generated::can_reach_the_client(model, cx);
    let copies_end = copied::have_a_row_to_copy_from(model, cx);
    sides::server_has_its_columns(model, cx);
    sides::sets_are_on_the_server(model, cx);
    sides::sql_needs_what_postgres_has(model, cx);
    keys::clients_can_make_them(model, cx);
    conflict::roles_fit(model, cx);
    conflict::rules_have_their_columns(model, broken, cx);
    pulled::tables_tell_what_changed(model, cx);
    deletion::has_a_path(model, broken, cx);
    access::is_declared(model, broken, cx);
    access::can_be_written(model, cx);
    access::changes_what_is_read(model, cx);
    access::deleted_rows_stay_readable(model, cx);
    inserted::rules_can_be_satisfied(model, cx);
    filled::rules_read_what_is_told(model, broken, cx);
    // It follows copies to where they come from.
    if copies_end {
        privilege::is_not_granted_to_oneself(model, cx);
    }
    streams::speak_of_synced_tables(model, cx);
    views::have_what_they_read(model, cx);
}

/// What a model without mistakes could do better.
pub(super) fn advise(model: &Model, cx: &mut Complaints) {
    indexes::lead_to_what_rules_grant(model, cx);
}

/// The tables without a mistake.
fn sound<'m>(model: &'m Model, broken: &'m BTreeSet<String>) -> impl Iterator<Item = &'m Table> {
    let tables = model.tables.values();
    tables.filter(|table| !broken.contains(&table.name))
}
