//! The declared words: closed sets that a declaration spells and generated constants carry.

use std::fmt;

/// Writes a closed set with its declared words, so that set and words cannot drift apart.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// All of them, in documentation order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The declared words, in the order of `ALL`.
            pub const WORDS: &'static [&'static str] = &[$($word,)+];

            /// The declared word.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)+
                }
            }

            /// The one that a word declares, if it is one of the words.
            pub fn parse(word: &str) -> Option<$name> {
                match word {
                    $($word => Some($name::$variant),)+
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// How Postgres stores an enum.
    EnumStorage {
        /// A type made by `CREATE TYPE … AS ENUM`.
        Native = "native",
        /// `text` with a check that lists the labels.
        Check = "check",
    }
}

words! {
    /// Which way the rows of a table travel.
    SyncMode {
        /// Down to clients and up from them.
        Both = "both",
        /// Down only: clients read, the server writes.
        Down = "down",
        /// Up only: clients insert and never read back.
        Up = "up",
        /// Never leaves the device.
        Local = "local",
        /// Never leaves the server.
        None = "none",
    }
}

impl SyncMode {
    /// Whether a client has the table at all.
    pub const fn on_client(self) -> bool {
        match self {
            SyncMode::Both | SyncMode::Down | SyncMode::Up | SyncMode::Local => true,
            SyncMode::None => false,
        }
    }

    /// Whether the server has the table.
    pub const fn on_server(self) -> bool {
        match self {
            SyncMode::Both | SyncMode::Down | SyncMode::Up | SyncMode::None => true,
            SyncMode::Local => false,
        }
    }

    /// Whether the server sends rows of it to clients.
    pub const fn downloads(self) -> bool {
        match self {
            SyncMode::Both | SyncMode::Down => true,
            SyncMode::Up | SyncMode::Local | SyncMode::None => false,
        }
    }

    /// Whether clients send local writes to the server.
    pub const fn uploads(self) -> bool {
        match self {
            SyncMode::Both | SyncMode::Up => true,
            SyncMode::Down | SyncMode::Local | SyncMode::None => false,
        }
    }
}

words! {
    /// What happens where an upload carries a column that the server fills.
    Uploaded {
        /// The upload is refused.
        Refused = "refused",
        /// The value must be the one that the server fills in; else the upload is refused.
        Verified = "verified",
        /// The value is left aside: the server's stands.
        Ignored = "ignored",
    }
}

words! {
    /// Who writes a column of a synced table, and who sees it.
    Direction {
        /// Clients and server write it, both see it.
        Both = "both",
        /// The server writes it, clients see it; what becomes of an upload that carries it, [`Uploaded`] says.
        ServerOwned = "server_owned",
        /// Exists on the server alone; clients never see it.
        ServerOnly = "server_only",
        /// Exists on clients alone; it is never uploaded.
        ClientOnly = "client_only",
    }
}

impl Direction {
    /// Whether a client's table has the column.
    pub const fn on_client(self) -> bool {
        match self {
            Direction::Both | Direction::ServerOwned | Direction::ClientOnly => true,
            Direction::ServerOnly => false,
        }
    }

    /// Whether the server's table has the column.
    pub const fn on_server(self) -> bool {
        match self {
            Direction::Both | Direction::ServerOwned | Direction::ServerOnly => true,
            Direction::ClientOnly => false,
        }
    }

    /// Whether a client's upload may carry the column.
    pub const fn uploads(self) -> bool {
        match self {
            Direction::Both => true,
            Direction::ServerOwned | Direction::ServerOnly | Direction::ClientOnly => false,
        }
    }
}

words! {
    /// What a column means to the synchronisation itself.
    Role {
        /// When the user edited the row, by the device's clock; last-write-wins compares it.
        EditedAt = "edited_at",
        /// The device that edited the row; decides between equal times.
        Device = "device",
        /// When the row was deleted; null while it lives.
        Tombstone = "tombstone",
        /// The server's cursor for clients that pull.
        Changed = "changed",
        /// The user whom the row belongs to.
        Owner = "owner",
        /// A number that grows with every write on the server.
        Version = "version",
    }
}

words! {
    /// Which write wins when two devices wrote the same row.
    ConflictRule {
        /// The later `edited_at` wins; the device decides ties, else the stored row stays.
        LastWriteWins = "last_write_wins",
        /// A write applies only to the row that its writer saw.
        ServerWins = "server_wins",
        /// Whatever arrives last applies.
        LastUploadWins = "last_upload_wins",
        /// Rows are inserted and never changed.
        AppendOnly = "append_only",
    }
}

words! {
    /// What a client's delete does on the server.
    DeleteRule {
        /// The row is deleted.
        Hard = "hard",
        /// The row's tombstone is set.
        Soft = "soft",
        /// The delete is refused.
        Denied = "denied",
    }
}

words! {
    /// What happens to a row when the row it refers to is deleted or its key changes.
    FkAction {
        /// Refused at the end of the statement, or of the transaction when deferred.
        NoAction = "no_action",
        /// Refused at once.
        Restrict = "restrict",
        /// The row follows.
        Cascade = "cascade",
        /// The reference becomes null.
        SetNull = "set_null",
        /// The reference becomes its default.
        SetDefault = "set_default",
    }
}

impl FkAction {
    /// The action in SQL, the same in Postgres and SQLite.
    pub const fn sql(self) -> &'static str {
        match self {
            FkAction::NoAction => "NO ACTION",
            FkAction::Restrict => "RESTRICT",
            FkAction::Cascade => "CASCADE",
            FkAction::SetNull => "SET NULL",
            FkAction::SetDefault => "SET DEFAULT",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back_as_what_it_was() {
        fn check<T: Copy + PartialEq + fmt::Debug>(
            all: &[T],
            words: &[&str],
            parse: fn(&str) -> Option<T>,
        ) {
            assert_eq!(all.len(), words.len());
            for (one, word) in all.iter().zip(words) {
                assert_eq!(parse(word), Some(*one));
            }
            assert_eq!(parse(""), None);
            assert_eq!(parse("Both"), None);
        }
        check(SyncMode::ALL, SyncMode::WORDS, SyncMode::parse);
        check(Direction::ALL, Direction::WORDS, Direction::parse);
        check(Role::ALL, Role::WORDS, Role::parse);
        check(ConflictRule::ALL, ConflictRule::WORDS, ConflictRule::parse);
        check(DeleteRule::ALL, DeleteRule::WORDS, DeleteRule::parse);
        check(FkAction::ALL, FkAction::WORDS, FkAction::parse);
    }

    #[test]
    fn a_table_that_travels_is_on_both_sides() {
        for mode in SyncMode::ALL {
            if mode.downloads() || mode.uploads() {
                assert!(mode.on_client() && mode.on_server(), "{mode}");
            }
        }
    }
}
