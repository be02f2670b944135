//! Kinds, the enums and domains among them, and values that fit.

use super::dice::Dice;
use super::draft::{Domain, Draft, Enum};
use super::expressions::{self, Place};
use super::names::Names;
use serde_json::{Map, Value, json};
use synctable::{Element, EnumStorage, Kind, Scalar, SyncMode};

/// Postgres types that only `opaque` can say, with a value of each.
const OPAQUE: &[(&str, &str)] = &[
    ("inet", "10.0.0.1"),
    ("point", "(1,2)"),
    ("bit(3)", "101"),
    ("macaddr", "08:00:2b:01:02:03"),
    ("character(4)", "abcd"),
];

const LABELS: &[&str] = &[
    "open",
    "done",
    "archived",
    "low",
    "high",
    "in_progress",
    "In Review",
    "it's",
    "né",
    "no",
    "null",
    "1",
    "a,b",
    "order",
];

/// Any scalar, the arguments of those that take some chosen too.
pub(super) fn scalar(dice: &mut Dice) -> Scalar {
    match *dice.pick(&Scalar::EXAMPLES) {
        Scalar::Varchar(_) => Scalar::Varchar(*dice.pick(&[1, 12, 80, 255, 4000])),
        Scalar::Decimal { .. } => {
            let (precision, scale) =
                *dice.pick(&[(10, 2), (1, 0), (5, 5), (38, 18), (12, 4), (3, 1)]);
            Scalar::Decimal { precision, scale }
        }
        scalar => scalar,
    }
}

/// Any kind that a column can have.
fn any(dice: &mut Dice, draft: &Draft) -> Kind {
    match dice.below(100) {
        0..14 if !draft.enums.is_empty() => dice.pick(&draft.enums).kind.clone(),
        14..26 if !draft.domains.is_empty() => dice.pick(&draft.domains).kind.clone(),
        26..38 => Kind::List(element(dice, draft)),
        38..42 => Kind::Opaque(dice.pick(OPAQUE).0.into()),
        42..56 => Kind::Scalar(Scalar::Text),
        _ => Kind::Scalar(scalar(dice)),
    }
}

fn element(dice: &mut Dice, draft: &Draft) -> Element {
    loop {
        let kind = match dice.below(10) {
            0..2 if !draft.enums.is_empty() => dice.pick(&draft.enums).kind.clone(),
            2..3 if !draft.domains.is_empty() => dice.pick(&draft.domains).kind.clone(),
            _ => Kind::Scalar(scalar(dice)),
        };
        match kind {
            Kind::Scalar(scalar) if scalar.in_lists().is_ok() => return Element::Scalar(scalar),
            Kind::Enum { name, storage } => return Element::Enum { name, storage },
            Kind::Domain { name, base } if base.in_lists().is_ok() => {
                return Element::Domain { name, base };
            }
            _ => {}
        }
    }
}

/// Any kind that a column of such a table can have.
pub(super) fn of_table(dice: &mut Dice, draft: &Draft, sync: SyncMode) -> Kind {
    loop {
        let kind = any(dice, draft);
        if sync.on_server() {
            return kind;
        }
        let domain = match &kind {
            Kind::Domain { name, .. } | Kind::List(Element::Domain { name, .. }) => name,
            _ => return kind,
        };
        if draft
            .domains
            .iter()
            .any(|declared| declared.name == **domain && declared.on_device)
        {
            return kind;
        }
    }
}

/// A kind that a key can have, most often the usual one.
pub(super) fn key(dice: &mut Dice, draft: &Draft, sync: SyncMode) -> Kind {
    if dice.chance(55) {
        return Kind::Scalar(Scalar::Uuid);
    }
    loop {
        let kind = of_table(dice, draft, sync);
        if !matches!(kind.key_text(), synctable::facts::KeyText::Refused(_)) {
            return kind;
        }
    }
}

/// Declares enums and domains.
pub(super) fn declare(
    dice: &mut Dice,
    draft: &mut Draft,
    names: &mut Names,
    most: usize,
) -> (Map<String, Value>, Map<String, Value>) {
    let (mut enums, mut domains) = (Map::new(), Map::new());
    for _ in 0..dice.below(most + 1) {
        let (declared, yaml) = an_enum(dice, draft, names);
        enums.insert(declared.name.clone(), yaml);
        draft.enums.push(declared);
    }
    for _ in 0..dice.below(most + 1) {
        let (declared, yaml) = a_domain(dice, draft, names);
        domains.insert(declared.name.clone(), yaml);
        draft.domains.push(declared);
    }
    (enums, domains)
}

fn kind_name(dice: &mut Dice, names: &mut Names) -> String {
    loop {
        let name = names.thing(dice);
        if !Scalar::NAMES.contains(&name.as_str()) && !matches!(&*name, "list" | "opaque") {
            return name;
        }
    }
}

fn an_enum(dice: &mut Dice, draft: &Draft, names: &mut Names) -> (Enum, Value) {
    let name = kind_name(dice, names);
    let count = dice.between(1, 5);
    let labels: Vec<String> = dice
        .some(LABELS, count)
        .into_iter()
        .map(|&label| label.to_owned())
        .collect();
    let (mut storage, mut retired) = (EnumStorage::Native, Vec::new());
    let yaml = if dice.chance(40) {
        json!(labels)
    } else {
        let mut yaml = Map::new();
        yaml.insert("labels".to_owned(), json!(labels));
        if dice.chance(60) {
            storage = *dice.pick(EnumStorage::ALL);
            yaml.insert("storage".to_owned(), storage.as_str().into());
        }
        if labels.len() > 1 && dice.chance(40) {
            retired.push(dice.pick(&labels).clone());
            yaml.insert("retired".to_owned(), json!(retired));
        }
        about(dice, draft, names, &mut yaml);
        Value::Object(yaml)
    };
    let kind = Kind::Enum {
        name: name.clone().into(),
        storage,
    };
    (
        Enum {
            name,
            kind,
            labels,
            retired,
        },
        yaml,
    )
}

/// Schema, old name and a sentence: what enums and domains alike may say.
fn about(dice: &mut Dice, draft: &Draft, names: &mut Names, yaml: &mut Map<String, Value>) {
    if dice.chance(25) {
        yaml.insert(
            "schema".to_owned(),
            dice.pick(&draft.schemas).clone().into(),
        );
    }
    if dice.chance(15) {
        yaml.insert("was".to_owned(), names.near("old_thing").into());
    }
    if dice.chance(25) {
        yaml.insert("doc".to_owned(), sentence(dice).into());
    }
}

/// A sentence, with what breaks comments and literals.
pub(super) fn sentence(dice: &mut Dice) -> String {
    (*dice.pick(&[
        "What it is.",
        "It's \"quoted\"; -- and /* commented */",
        "Zwei Zeilen:\nund die zweite.",
        "$$ dollars $$ and \\ backslashes",
        "日本語 — and a {brace}",
    ]))
    .to_owned()
}

fn a_domain(dice: &mut Dice, draft: &Draft, names: &mut Names) -> (Domain, Value) {
    let name = kind_name(dice, names);
    let base = scalar(dice);
    let mut yaml = Map::new();
    yaml.insert("kind".to_owned(), Kind::Scalar(base).to_string().into());
    let mut samples = Vec::new();
    match base {
        Scalar::Text if dice.chance(50) => {
            yaml.insert("check".to_owned(), "matches(value, '^[a-z0-9-]+$')".into());
            samples = vec![json!("abc"), json!("a-1")];
        }
        Scalar::Int | Scalar::Bigint | Scalar::Smallint if dice.chance(60) => {
            yaml.insert(
                "check".to_owned(),
                "value between 0 and 100 and value <> 13".into(),
            );
            samples = vec![json!(0), json!(100), json!(7)];
        }
        _ if dice.chance(30) => {
            yaml.insert(
                "check".to_owned(),
                json!({"postgres": "value is not null", "sqlite": "value is not null"}),
            );
            samples.extend(sample(dice, draft, &Kind::Scalar(base)));
        }
        _ if dice.chance(70) => {
            let check = expressions::of_value(dice, draft, base, Place::Domain);
            yaml.insert("check".to_owned(), check.into());
        }
        _ => samples.extend(sample(dice, draft, &Kind::Scalar(base))),
    }
    let on_device = match yaml.get("check") {
        None => true,
        Some(Value::String(check)) => {
            !check.contains("matches(") && !matches!(base, Scalar::Decimal { .. })
        }
        Some(_) => false,
    };
    about(dice, draft, names, &mut yaml);
    let kind = Kind::Domain {
        name: name.clone().into(),
        base,
    };
    (
        Domain {
            name,
            kind,
            samples,
            on_device,
        },
        Value::Object(yaml),
    )
}

/// A YAML literal that fits the kind, unless none is known.
pub(super) fn sample(dice: &mut Dice, draft: &Draft, kind: &Kind) -> Option<Value> {
    Some(match kind {
        Kind::Scalar(scalar) => of_scalar(dice, *scalar),
        Kind::Enum { name, .. } => {
            let declared = draft
                .enums
                .iter()
                .find(|declared| declared.name == **name)?;
            dice.pick_where(&declared.labels, |label| !declared.retired.contains(label))?
                .clone()
                .into()
        }
        Kind::Domain { name, .. } => {
            let declared = draft
                .domains
                .iter()
                .find(|declared| declared.name == **name)?;
            match declared.samples.len() {
                0 => return None,
                _ => dice.pick(&declared.samples).clone(),
            }
        }
        Kind::List(element) => {
            let kind = element.to_kind();
            (0..dice.below(3))
                .map(|_| sample(dice, draft, &kind))
                .collect::<Option<Vec<_>>>()?
                .into()
        }
        Kind::Opaque(sql) => OPAQUE.iter().find(|(name, _)| name == sql)?.1.into(),
    })
}

fn of_scalar(dice: &mut Dice, scalar: Scalar) -> Value {
    let text = |dice: &mut Dice, of: &[&str]| Value::from(*dice.pick(of));
    match scalar {
        Scalar::Uuid => text(
            dice,
            &[
                "0192f0c1-7a3b-7cde-8f01-23456789abcd",
                "6BA7B811-9DAD-11D1-80B4-00C04FD430C8",
            ],
        ),
        Scalar::Text => text(
            dice,
            &[
                "open",
                "it's",
                "",
                "ünïcødé",
                "a \\ b",
                "\"q\"",
                "two\nlines",
                "no",
                "42",
                "$1",
                " x ",
            ],
        ),
        Scalar::Varchar(most) => {
            let text = *dice.pick(&["open", "it's", "", "ünï"]);
            text.chars().take(most as usize).collect::<String>().into()
        }
        Scalar::Bool => dice.chance(50).into(),
        Scalar::Smallint => (*dice.pick(&[0, 1, -1, 32767, -32768])).into(),
        Scalar::Int => (*dice.pick(&[0, 1, -7, 2_147_483_647, -2_147_483_648])).into(),
        Scalar::Bigint => (*dice.pick(&[0, -1, 9_007_199_254_740_993, i64::MAX])).into(),
        Scalar::Real | Scalar::Double => json!(*dice.pick(&[0.5, -1.25, 3.0, 0.1, 1000.0])),
        Scalar::Decimal { precision, scale } if precision == scale => {
            json!(*dice.pick(&[0.0, 0.5, 0.25]))
        }
        Scalar::Decimal { scale: 0, .. } => (*dice.pick(&[0, 1, -9])).into(),
        Scalar::Decimal { .. } => json!(*dice.pick(&[0.0, 1.5, -9.5, 7.0])),
        Scalar::Date => text(dice, &["2026-01-31", "1999-12-31", "2024-02-29"]),
        Scalar::Time => text(dice, &["00:00:00", "13:47:00", "23:59:59.999999"]),
        Scalar::Timestamp => text(dice, &["2026-01-31T13:47:00", "1999-12-31T23:59:59.5"]),
        Scalar::Timestamptz => text(dice, &["2026-01-31T13:47:00Z", "2026-01-31T15:47:00+02:00"]),
        Scalar::Interval => text(dice, &["1 day 02:30:00", "00:00:00", "1 year 2 mons"]),
        Scalar::Json => match dice.below(4) {
            0 => json!({}),
            1 => json!([]),
            2 => json!({"b": [1, "two"], "a": {"n": null, "t": true}}),
            _ => json!([1, 2.5, "x"]),
        },
        Scalar::Bytes => text(dice, &["00ff10", "", "FF"]),
    }
}

/// The same value as a constant beside a column of the kind; NULL-free.
pub(super) fn constant(dice: &mut Dice, draft: &Draft, kind: &Kind) -> Option<String> {
    // What a domain admits matters to a default, not to a comparison.
    let kind = match kind {
        Kind::Domain { base, .. } => Kind::Scalar(*base),
        kind => kind.clone(),
    };
    Some(match sample(dice, draft, &kind)? {
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    })
}
