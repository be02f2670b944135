//! Who wrote: the client id, which Postgres keeps in a setting while a call writes.

use super::{CLIENT_BYTES, CLIENT_SETTING};
use std::fmt::Write as _;

/// Why a client id was not taken.
pub(super) fn refusal(client: &str) -> Option<String> {
    if client.is_empty() {
        return Some("the client id is empty: pass a text, or no client id".to_owned());
    }
    if client.contains('\0') {
        return Some(
            "the client id contains a NUL character, which Postgres cannot store".to_owned(),
        );
    }
    (client.len() > CLIENT_BYTES).then(|| {
        let length = client.len();
        format!("the client id has {length} bytes; the limit is {CLIENT_BYTES}")
    })
}

/// The statement that says who writes, until [`RESET`].
///
/// Without a client id, and where the call holds several entries of one row, a name that no other call has stands for
/// it.
pub(super) fn set(client: Option<&str>, repeats: bool) -> String {
    let value = match (client, repeats) {
        (Some(client), _) => literal(client),
        (None, true) => "'call ' || pg_catalog.gen_random_uuid()".to_owned(),
        (None, false) => "''".to_owned(),
    };
    format!("select pg_catalog.set_config('{CLIENT_SETTING}', {value}, true)")
}

/// The statement after which nobody is said to write.
pub(super) const RESET: &str = "set local synctable.client_id = ''";

/// A text as an expression that holds nothing but hexadecimal digits of it, so that no setting of the session changes
/// what it says.
fn literal(text: &str) -> String {
    let mut hex = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        write!(hex, "{byte:02x}").expect("a string grows");
    }
    format!("pg_catalog.convert_from(pg_catalog.decode('{hex}', 'hex'), 'UTF8')")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_cannot_leave_its_literal() {
        let hostile = "x', true); drop table lists; --\\\u{e9}$$";
        let text = set(Some(hostile), true);
        assert!(!text.contains("drop"), "{text}");
        assert_eq!(text.matches('\'').count(), 8, "{text}");
        assert!(RESET.contains(CLIENT_SETTING));
    }

    #[test]
    fn what_is_no_client_id_is_told() {
        assert_eq!(refusal("phone"), None);
        assert_eq!(refusal(&"x".repeat(CLIENT_BYTES)), None);
        for bad in ["", "a\0b", &"x".repeat(CLIENT_BYTES + 1)] {
            assert!(refusal(bad).is_some(), "{bad:?}");
        }
    }
}
