//! Who is to blame for an error of Postgres: an entry, or the call as a whole.

/// Who is to blame for an error that Postgres reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The entry whose statement met it: it will meet it again, and the other entries need not wait for it.
    Entry(Fault),
    /// No entry: the whole call fails, and nothing of it is kept.
    Call {
        /// Whether the same call may succeed later, with nothing changed but the time.
        retry: bool,
    },
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A policy or a trigger does not allow it.
    Refused,
    /// The database does not take its values.
    Invalid,
}

/// Who is to blame for an error, by its SQLSTATE and the function of Postgres that raised it (field `R` of the error).
///
/// Postgres reports 42501 both for a policy that a row violates and for a grant that is missing; the function tells the
/// two apart, and where none is named, it counts as a missing grant.
/// The function says nothing of errors while a statement is prepared: no entry is to blame for those.
///
/// ```
/// use synctable::statement::{Blame, Fault, blame};
/// assert_eq!(blame("23505", None), Blame::Entry(Fault::Invalid));
/// assert_eq!(blame("PT409", None), Blame::Entry(Fault::Invalid));
/// assert_eq!(blame("42501", Some("ExecWithCheckOptions")), Blame::Entry(Fault::Refused));
/// assert_eq!(blame("42501", Some("aclcheck_error")), Blame::Call { retry: false });
/// assert_eq!(blame("40P01", None), Blame::Call { retry: true });
/// ```
pub fn blame(code: &str, routine: Option<&str>) -> Blame {
    let class = code.get(..2).unwrap_or_default();
    match code {
        "42501" if routine.is_some_and(|raised| BY_ROW.contains(&raised)) => {
            return Blame::Entry(Fault::Refused);
        }
        // PL/pgSQL itself failed; what its code raises has codes of its own.
        "P0000" => return Blame::Call { retry: false },
        _ => {}
    }
    if OF_ENTRIES.contains(&class) || !OF_POSTGRES.contains(&class) {
        return Blame::Entry(Fault::Invalid);
    }
    Blame::Call {
        retry: CLASSES_TO_RETRY.contains(&class) || CODES_TO_RETRY.contains(&code),
    }
}

/// The functions that report a row which a policy does not allow, and whatever PL/pgSQL's `raise` says.
const BY_ROW: [&str; 2] = ["ExecWithCheckOptions", "exec_stmt_raise"];

/// The classes that belong to the entry: cardinality, data, integrity, check options of views, limits such as the size
/// of an index row, what PL/pgSQL raises.
const OF_ENTRIES: [&str; 6] = ["21", "22", "23", "44", "54", "P0"];

/// Every class in which Postgres has codes of its own, up to version 18; in all others, triggers have theirs.
const OF_POSTGRES: [&str; 43] = [
    "00", "01", "02", "03", "08", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "10", "20", "21", "22",
    "23", "24", "25", "26", "27", "28", "2B", "2D", "2F", "34", "38", "39", "3B", "3D", "3F", "40",
    "42", "44", "53", "54", "55", "57", "58", "72", "F0", "HV", "XX",
];

/// The connection, transactions that were in each other's way, resources.
const CLASSES_TO_RETRY: [&str; 3] = ["08", "40", "53"];

/// A server that stands still for writes or starts again, a lock that did not come in time, a limit of time.
const CODES_TO_RETRY: [&str; 9] = [
    "25006", "25P03", "25P04", "55P03", "57014", "57P01", "57P02", "57P03", "57P05",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The list in the docs is this one.
    #[test]
    fn every_kind_of_error_has_somebody_to_blame() {
        let entry = |fault| Blame::Entry(fault);
        let call = |retry| Blame::Call { retry };
        let cases = [
            ("21000", entry(Fault::Invalid)),
            ("22P02", entry(Fault::Invalid)),
            ("23503", entry(Fault::Invalid)),
            ("23P01", entry(Fault::Invalid)),
            ("44000", entry(Fault::Invalid)),
            ("54000", entry(Fault::Invalid)),
            ("P0001", entry(Fault::Invalid)),
            ("P0004", entry(Fault::Invalid)),
            ("PT409", entry(Fault::Invalid)),
            ("90001", entry(Fault::Invalid)),
            ("P0000", call(false)),
            ("42501", call(false)),
            ("42P01", call(false)),
            ("42703", call(false)),
            ("3F000", call(false)),
            ("0A000", call(false)),
            ("38000", call(false)),
            ("55000", call(false)),
            ("57P04", call(false)),
            ("XX000", call(false)),
            ("08006", call(true)),
            ("25006", call(true)),
            ("40001", call(true)),
            ("40P01", call(true)),
            ("53300", call(true)),
            ("55P03", call(true)),
            ("57014", call(true)),
            ("57P01", call(true)),
        ];
        for (code, wanted) in cases {
            assert_eq!(blame(code, None), wanted, "{code}");
        }
    }

    #[test]
    fn only_a_policy_or_a_trigger_refuses() {
        let refused = Blame::Entry(Fault::Refused);
        let failed = Blame::Call { retry: false };
        for (routine, wanted) in [
            (Some("ExecWithCheckOptions"), refused),
            (Some("exec_stmt_raise"), refused),
            (Some("aclcheck_error"), failed),
            (Some("aclcheck_error_col"), failed),
            (Some("check_enable_rls"), failed),
            (None, failed),
        ] {
            assert_eq!(blame("42501", routine), wanted, "{routine:?}");
        }
        // Only of this code, the function says something.
        assert_eq!(blame("42P01", Some("exec_stmt_raise")), failed);
    }
}
