//! What devices upload of a table, and the one change type of an app from the list of its tables.

/// Structs of what devices upload of a table, as the derives [`Put`](crate::Put), [`Patch`](crate::Patch) and
/// [`Delete`](crate::Delete) would have them: a field for each column that the upload may contain.
///
/// ```
/// pub mod todos {
///     synctable::columns! {
///         "todos" as __tasks__todos;
///         ID: synctable::Uuid = new("id", synctable::Kind::UUID), both key;
///         TITLE: Option<String> = new("title", synctable::Kind::TEXT).nullable(), both maybe;
///     }
///     impl synctable::Declared for Table {
///         const DEF: &'static synctable::TableDef =
///             &synctable::TableDef::new("todos", Table::COLUMNS, &[ID.def]);
///     }
/// }
/// synctable::uploads!(todos: Put = TodosPut, Delete = TodosDelete);
///
/// let id = "0192f0c1-7a3b-7cde-8f01-23456789abcd".parse().unwrap();
/// let put = TodosPut { id, title: Some(Some("Milk".to_owned())) };
/// assert_eq!(put.clone(), put);
/// ```
///
/// Types that the table's list names without a path have to be in scope.
#[macro_export]
macro_rules! uploads {
    ($($table:ident)::+: $($op:ident = $name:ident),+ $(,)?) => {
        $($table)::+::columns! { $crate::__uploads, ($crate) ($($table)::+) $($op = $name),+ }
    };
}

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
