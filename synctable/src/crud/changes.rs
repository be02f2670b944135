//! The one change type of an app, from the list of its tables.

/// Writes the change type of an app: a variant for each table that devices upload, and how entries become it.
///
/// The `mappers` target writes the list; a program with structs of its own can write another.
#[macro_export]
macro_rules! changes {
    (
        $(#[$doc:meta])*
        pub enum $change:ident of $registry:path {
            $($($name:literal)|+ => $table:ident($put:ty, $patch:ty, $delete:ty),)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $change {
            $(
                #[doc = concat!("A change of a row of `", stringify!($table), "`.")]
                $table($crate::crud::Edit<$put, $patch, $delete>),
            )*
        }

        impl $change {
            /// Reads an entry of a device whose user is not known.
            ///
            /// # Errors
            /// Every mistake of the entry.
            #[inline]
            pub fn decode(
                entry: &$crate::crud::Entry<'_>,
                release: &$crate::crud::Release,
            ) -> ::std::result::Result<Self, $crate::crud::Refusal> {
                Self::decode_from(entry, &$crate::crud::Sender::of(release))
            }

            /// Reads an entry of a device and its user: an id that is made of the user's is held against the recipe.
            ///
            /// # Errors
            /// Every mistake of the entry.
            pub fn decode_from(
                entry: &$crate::crud::Entry<'_>,
                sender: &$crate::crud::Sender<'_>,
            ) -> ::std::result::Result<Self, $crate::crud::Refusal> {
                match &*entry.table {
                    $($($name)|+ => $crate::crud::Edit::decode_from(entry, sender).map($change::$table),)*
                    _ => ::std::result::Result::Err($crate::crud::Refusal::table(entry, &$registry)),
                }
            }

            /// What a statement needs of it.
            pub fn write(&self) -> $crate::crud::Write<'_> {
                match self {
                    $($change::$table(edit) => edit.write(),)*
                }
            }

            /// The entry that a device uploads for it, in the one canonical form.
            pub fn encode(&self) -> $crate::crud::Entry<'_> {
                self.write().to_entry()
            }
        }
    };
}
