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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn what_is_sent_is_kept_for_each_of_many_columns_and_a_second_time_is_told() {
        let members: Vec<Member<'_>> = (0..100)
            .map(|number| Member::Value(Value::Integer(number)))
            .collect();
        let mut sent = Sent::of(members.len());
        for place in (0..100).step_by(3) {
            assert!(sent.put(place, &members[place]));
        }
        for (place, member) in members.iter().enumerate() {
            let is_sent = place % 3 == 0;
            assert_eq!(sent.get(place), is_sent.then_some(member), "{place}");
            assert!(!is_sent || sent.given() & bit(place) != 0);
        }
        assert_eq!(sent.given() & bit(1), 0);
        assert!(!sent.put(99, &members[0]));
        assert_eq!(sent.get(99), Some(&members[0]));
    }
}
