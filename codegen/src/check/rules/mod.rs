//! What must hold of a whole model, rule by rule; each says why it exists.
//!
//! A rule sees the resolved model and complains by [`Place`](crate::diagnostic::Place), so it knows nothing of YAML.
//! What is true for one target only stands in that target's `admit`.

mod access;
mod conflict;
mod defaults;
mod deletion;
mod generated;
mod keys;
mod names;
mod privilege;
mod references;
mod renames;
mod streams;
mod uniques;
mod views;

use crate::diagnostic::Complaints;
use crate::model::Model;

/// Checks every rule, in the order of a declaration.
pub(super) fn check(model: &Model, cx: &mut Complaints) {
    names::fold_apart(model, cx);
    names::objects_apart(model, cx);
    names::client_id_is_free(model, cx);
    renames::lead_somewhere(model, cx);
    keys::are_sound(model, cx);
    keys::client_ids_can_be_taken_apart(model, cx);
    keys::recipes_are_complete(model, cx);
    references::fit(model, cx);
    references::cycles_can_be_inserted(model, cx);
    uniques::have_an_answer_to_clashes(model, cx);
    uniques::upsert_targets_exist(model, cx);
    defaults::satisfy_their_checks(model, cx);
    generated::can_reach_the_client(model, cx);
    conflict::roles_fit(model, cx);
    conflict::rules_have_their_columns(model, cx);
    deletion::has_a_path(model, cx);
    access::is_declared(model, cx);
    access::can_be_written(model, cx);
    privilege::is_not_granted_to_oneself(model, cx);
    streams::speak_of_synced_tables(model, cx);
    views::have_what_they_read(model, cx);
}
