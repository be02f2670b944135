//! What an entry says of each column of its table.

use super::entry::Member;
use super::layout::{Places, bit};

/// Most tables have no more columns than this, and none of them asks the allocator.
const FEW: usize = 32;

/// What was sent for each column, by its place in the table.
#[derive(Debug)]
pub(super) struct Sent<'e> {
    given: Places,
    few: [Option<&'e Member<'e>>; FEW],
    more: Vec<Option<&'e Member<'e>>>,
}

impl<'e> Sent<'e> {
    /// Nothing yet, for so many columns.
    #[inline(always)]
    pub(super) fn of(columns: usize) -> Self {
        Sent {
            given: 0,
            few: [None; FEW],
            more: match columns > FEW {
                true => vec![None; columns - FEW],
                false => Vec::new(),
            },
        }
    }

    /// What was sent last for the column of a place.
    #[inline]
    pub(super) fn get(&self, place: usize) -> Option<&'e Member<'e>> {
        match self.few.get(place) {
            Some(member) => *member,
            None => self.more[place - FEW],
        }
    }

    /// Keeps what was sent for the column of a place; whether it was the first time.
    pub(super) fn put(&mut self, place: usize, member: &'e Member<'e>) -> bool {
        self.given |= bit(place);
        let slot = match self.few.get_mut(place) {
            Some(slot) => slot,
            None => &mut self.more[place - FEW],
        };
        slot.replace(member).is_none()
    }

    /// The columns that something was sent for.
    pub(super) fn given(&self) -> Places {
        self.given
    }
}
