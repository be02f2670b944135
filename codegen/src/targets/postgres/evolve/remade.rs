//! Types that Postgres cannot change in place: an enum that loses a label or sorts otherwise, a domain over another type.
//!
//! The type so far gets another name, the new one takes its place in every column, and the old one goes.

use super::side::Side;
use crate::catalog::{Catalog, Name};
use crate::model::{EnumDef, Model};
use synctable::EnumStorage;

/// The enum so far of one that is declared now.
pub(super) fn origin<'m>(before: &'m Model, new: &EnumDef) -> Option<&'m EnumDef> {
    let was = new.was.as_ref().and_then(|was| before.enums.get(was));
    was.or(before.enums.get(&new.name))
}

/// The labels of the enum so far that rows no longer hold afterwards, each with the one that takes its place.
pub(super) fn replaced<'m>(old: &EnumDef, new: &'m EnumDef) -> Vec<(&'m str, &'m str)> {
    let replaced = new.replaced.iter();
    replaced
        .filter(|(label, _)| old.labels.contains(label) && !new.labels.contains(label))
        .map(|(label, by)| (label.as_str(), by.as_str()))
        .collect()
}

/// Whether two enums are types of their own, of which the one cannot become the other in place.
pub(super) fn is_remade(old: &EnumDef, new: &EnumDef) -> bool {
    let native = |one: &EnumDef| one.storage == EnumStorage::Native;
    let mut rest = new.labels.iter();
    // Labels that come stand between those that stay.
    let stays = old.labels.iter().all(|label| rest.any(|one| one == label));
    native(old) && native(new) && !stays
}

/// The domain so far of one that is declared now, by its name then.
pub(super) fn domain_so_far(before: &Side<'_>, after: &Side<'_>, name: &Name) -> Option<Name> {
    let declared = after.model.domains.get(&name.name)?;
    let was = declared.was.as_ref();
    let was = was.map(|was| Name::new(&name.schema, was));
    let domains = &before.catalog.domains;
    let was = was.filter(|was| domains.contains_key(was));
    was.or_else(|| domains.contains_key(name).then(|| name.clone()))
}

/// The types that are made anew, by their names afterwards.
pub(super) fn types(before: &Side<'_>, after: &Side<'_>) -> Vec<Name> {
    let enums = after.model.enums.values().filter(|new| {
        let old = origin(before.model, new);
        old.is_some_and(|old| is_remade(old, new))
    });
    let mut found: Vec<Name> = enums.map(|one| Name::new(&one.schema, &one.name)).collect();
    for (name, new) in &after.catalog.domains {
        let old = domain_so_far(before, after, name);
        if old.is_some_and(|old| before.catalog.domains[&old].base != new.base) {
            found.push(name.clone());
        }
    }
    found
}

/// A name for a type while another one takes its place: that of no other type or table.
pub(super) fn aside(before: &Catalog, after: &Catalog, name: &Name) -> Name {
    let is_taken = |name: &Name| {
        [before, after].iter().any(|catalog| {
            catalog.tables.contains_key(name)
                || catalog.views.contains_key(name)
                || catalog.enums.contains_key(name)
                || catalog.domains.contains_key(name)
        })
    };
    let mut aside = Name::new(
        &name.schema,
        synctable::derived_name(&[&name.name], "before"),
    );
    while is_taken(&aside) {
        aside.name = synctable::derived_name(&[&aside.name], "before");
    }
    aside
}
