//! Enums in Rust: labels there and back, and what happens to a label that this build does not know.

use crate::holds::Holds;
use crate::table::EnumDef;
use crate::value::{Value, ValueError};

/// A Rust enum that is generated from a declared one.
pub trait Label: Copy + 'static {
    /// The declared enum.
    const DEF: &'static EnumDef;

    /// All of them, in the order of the declared labels.
    const ALL: &'static [Self];

    /// The label, exactly as the wire carries it.
    fn as_label(self) -> &'static str;

    /// What a label stands for; `None` for one that this build does not know.
    fn from_label(label: &str) -> Option<Self> {
        let index = Self::DEF.labels.iter().position(|known| *known == label)?;
        Self::ALL.get(index).copied()
    }

    /// Whether rows may hold it though no client may write it any more.
    fn is_retired(self) -> bool {
        Self::DEF.retired.contains(&self.as_label())
    }
}

/// Rust enums for declared ones, each label beside its variant.
///
/// ```
/// use synctable::Label;
///
/// synctable::labels! {
///     /// How a task stands.
///     pub enum Status: "status" in "public" as Check retiring ["waiting"] {
///         Open = "open",
///         Waiting = "waiting",
///         Done = "done",
///     }
/// }
/// assert_eq!(Status::from_label("done"), Some(Status::Done));
/// assert!(Status::Waiting.is_retired());
/// ```
#[macro_export]
macro_rules! labels {
    ($(
        $(#[$about:meta])*
        pub enum $name:ident: $declared:literal in $schema:literal as $storage:ident
        $(retiring [$($retired:literal),*])? {
            $($variant:ident = $label:literal,)+
        }
    )*) => {
        $(
            $(#[$about])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
            pub enum $name {
                $(#[doc = concat!("`", $label, "`.")] $variant,)+
            }

            impl $crate::Label for $name {
                const DEF: &'static $crate::EnumDef = &$crate::EnumDef {
                    name: $declared,
                    schema: $schema,
                    storage: $crate::EnumStorage::$storage,
                    labels: &[$($label),+],
                    retired: &[$($($retired),*)?],
                };
                const ALL: &'static [Self] = &[$(Self::$variant),+];

                fn as_label(self) -> &'static str {
                    Self::DEF.labels[self as usize]
                }
            }
        )*
    };
}

/// A field of the enum's own type is strict: an unknown label is an error that names it.
impl<E: Label> Holds<E> for E {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self.as_label().into())
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        match value {
            Value::Text(label) => E::from_label(&label).ok_or_else(|| ValueError::Label {
                name: E::DEF.name,
                label: label.into_owned(),
            }),
            other => Err(ValueError::form("a label", &other)),
        }
    }
}

/// A label, whether this build knows it or not.
///
/// A newer server may send a label that an older build has never heard of. A field of this type keeps
/// it, so that the row can be read and written back unharmed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MaybeKnown<E> {
    /// A label of this build.
    Known(E),
    /// Another label.
    Unknown(String),
}

impl<E: Copy> MaybeKnown<E> {
    /// The label, if this build knows it.
    pub fn known(&self) -> Option<E> {
        match self {
            MaybeKnown::Known(label) => Some(*label),
            MaybeKnown::Unknown(_) => None,
        }
    }
}

impl<E> From<E> for MaybeKnown<E> {
    fn from(label: E) -> Self {
        MaybeKnown::Known(label)
    }
}

impl<E: Label> Holds<E> for MaybeKnown<E> {
    fn to_value(&self) -> Value<'_> {
        match self {
            MaybeKnown::Known(label) => label.to_value(),
            MaybeKnown::Unknown(label) => Value::Text(label.as_str().into()),
        }
    }

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        match E::from_value(value) {
            Ok(label) => Ok(MaybeKnown::Known(label)),
            Err(ValueError::Label { label, .. }) => Ok(MaybeKnown::Unknown(label)),
            Err(other) => Err(other),
        }
    }
}
