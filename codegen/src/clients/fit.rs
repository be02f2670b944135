//! Whether values that a client writes as one kind are read as another one.

use crate::model::Model;
use synctable::{Element, Kind, Scalar};

/// How many of the values of a kind are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    All,
    Some,
    None,
}

/// How many of the values that a client of one model writes the other one reads.
pub(super) fn fit((before, from): (&Model, &Kind), (after, to): (&Model, &Kind)) -> Fit {
    match (from, to) {
        (Kind::List(one), Kind::List(other)) => {
            let (one, other) = (scalar_kind(one), scalar_kind(other));
            match fit((before, &one), (after, &other)) {
                Fit::All if one.column_type() == other.column_type() => Fit::All,
                // An empty list is one of any kind.
                _ => Fit::Some,
            }
        }
        (Kind::List(_), Kind::Scalar(Scalar::Text | Scalar::Json)) => Fit::All,
        // A list is sent as text.
        (Kind::List(_), Kind::Scalar(Scalar::Varchar(_)) | Kind::Domain { .. }) => Fit::Some,
        (
            Kind::Scalar(Scalar::Text | Scalar::Varchar(_) | Scalar::Json) | Kind::Domain { .. },
            Kind::List(_),
        ) => Fit::Some,
        (Kind::List(_), _) | (_, Kind::List(_)) => Fit::None,
        (Kind::Opaque(one), Kind::Opaque(other)) if one == other => Fit::All,
        (Kind::Opaque(_), Kind::Scalar(_)) | (Kind::Scalar(_), Kind::Opaque(_)) => Fit::Some,
        (Kind::Opaque(_), _) | (_, Kind::Opaque(_)) => Fit::None,
        (Kind::Enum { name, .. }, Kind::Enum { name: other, .. }) => {
            let (had, has) = (labels(before, name), labels(after, other));
            let kept = had.iter().filter(|label| has.contains(label)).count();
            match kept {
                kept if kept == had.len() => Fit::All,
                0 => Fit::None,
                _ => Fit::Some,
            }
        }
        (Kind::Enum { .. }, Kind::Scalar(Scalar::Text)) => Fit::All,
        (Kind::Enum { .. }, Kind::Scalar(Scalar::Varchar(_)) | Kind::Domain { .. })
        | (
            Kind::Scalar(Scalar::Text | Scalar::Varchar(_)) | Kind::Domain { .. },
            Kind::Enum { .. },
        ) => Fit::Some,
        (Kind::Enum { .. }, _) | (_, Kind::Enum { .. }) => Fit::None,
        (
            Kind::Scalar(one) | Kind::Domain { base: one, .. },
            Kind::Scalar(other) | Kind::Domain { base: other, .. },
        ) => match scalar(*one, *other) {
            Fit::All if !has_same_check((before, from), (after, to)) => Fit::Some,
            fit => fit,
        },
    }
}

/// The labels that clients may write.
fn labels<'m>(model: &'m Model, name: &str) -> Vec<&'m String> {
    let of = &model.enums[name];
    let labels = of.labels.iter();
    labels.filter(|label| !of.retired.contains(label)).collect()
}

fn scalar_kind(element: &Element) -> Kind {
    match element {
        Element::Scalar(scalar) => Kind::Scalar(*scalar),
        Element::Enum { name, storage } => Kind::Enum {
            name: name.clone(),
            storage: *storage,
        },
        Element::Domain { name, base } => Kind::Domain {
            name: name.clone(),
            base: *base,
        },
    }
}

/// Whether a domain asks for nothing that the kind before did not ask for.
fn has_same_check((before, from): (&Model, &Kind), (after, to): (&Model, &Kind)) -> bool {
    let check = |model: &'_ Model, kind: &Kind| match kind {
        Kind::Domain { name, .. } => model.domains[&**name].check.clone(),
        _ => None,
    };
    match check(after, to) {
        None => true,
        asked => asked == check(before, from),
    }
}

fn scalar(from: Scalar, to: Scalar) -> Fit {
    use Scalar::{Bigint, Bool, Decimal, Double, Int, Real, Smallint, Text, Varchar};
    let is_number = |one| matches!(one, Bool | Smallint | Int | Bigint | Real | Double);
    match (from, to) {
        (from, to) if from == to => Fit::All,
        (Bool, Smallint | Int | Bigint | Real | Double)
        | (Smallint, Int | Bigint | Real | Double)
        | (Int, Bigint | Double)
        | (Real, Double) => Fit::All,
        (
            Decimal { precision, scale },
            Decimal {
                precision: wider,
                scale: finer,
            },
        ) if scale <= finer && precision - scale <= wider - finer => Fit::All,
        (Varchar(one), Varchar(other)) if one <= other => Fit::All,
        // A number in a text column is refused: it may be `5` or `5.0`.
        (from, Text | Varchar(_)) if is_number(from) => Fit::None,
        (_, Text) => Fit::All,
        (Text | Varchar(_) | Decimal { .. }, _) => Fit::Some,
        (from, to) if is_number(from) && (is_number(to) || matches!(to, Decimal { .. })) => {
            Fit::Some
        }
        (_, Varchar(_)) => Fit::Some,
        _ => Fit::None,
    }
}
