//! Where a name is declared, and where it is used.

use super::protocol::Location;
use super::symbol::Symbol;
use super::workspace::Snapshot;

/// Where a symbol is declared.
pub(super) fn definition(snapshot: &Snapshot, symbol: &Symbol) -> Option<Location> {
    let declared = snapshot.index().declaration(symbol)?;
    Some(snapshot.location(declared.span))
}

/// Where a symbol is used, by file and place.
pub(super) fn references(
    snapshot: &Snapshot,
    symbol: &Symbol,
    with_declaration: bool,
) -> Vec<Location> {
    snapshot
        .index()
        .of(symbol)
        .filter(|one| with_declaration || one.declares.is_none())
        .map(|one| snapshot.location(one.span))
        .collect()
}
