//! Random policies over columns of every kind, in forms that the closed table of `docs/access.md` allows.

use crate::generate::dice::Dice;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use synctable::{Database, Element, EnumStorage, Kind, Scalar};
use synctable_codegen::expr::access_table::{Cell, Form, cell, kinds};
use synctable_codegen::model::{Function, Model};
use synctable_codegen::read_texts;

/// A form, the kind of the column that it is said of, and whether that may be NULL.
pub type Said = (String, String, bool);

/// How often each form was said of each kind.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// By form, kind and nullability.
    pub cells: BTreeMap<Said, usize>,
    /// How many rules there are.
    pub policies: usize,
}

impl Coverage {
    /// Adds another one.
    pub fn add(&mut self, other: &Coverage) {
        for (said, many) in &other.cells {
            *self.cells.entry(said.clone()).or_default() += many;
        }
        self.policies += other.policies;
    }
}

/// Every cell that a policy may use, with the caller's id of this kind.
#[must_use]
pub fn allowed(user_id: Scalar) -> Vec<(Form, Kind, bool)> {
    let mut all = Vec::new();
    for kind in all_kinds() {
        for form in Form::all() {
            let is_callers = matches!(&kind, Kind::Scalar(scalar) if *scalar == user_id);
            let is_said = cell(form, &kind) == Cell::Allowed
                && (form != Form::EqualUserId || is_callers)
                && form != Form::EqualParam;
            if is_said {
                all.extend([(form, kind.clone(), false), (form, kind.clone(), true)]);
            }
        }
    }
    all
}

/// One column of each kind that a plain Postgres has.
fn all_kinds() -> Vec<Kind> {
    let named = |kind: Kind| match kind {
        Kind::Enum { storage, .. } => Kind::Enum {
            name: enum_of(storage).into(),
            storage,
        },
        Kind::List(Element::Enum { storage, .. }) => Kind::List(Element::Enum {
            name: enum_of(storage).into(),
            storage,
        }),
        other => other,
    };
    let all = kinds().into_iter().map(named);
    all.filter(|kind| !matches!(kind, Kind::Opaque(_)))
        .collect()
}

fn enum_of(storage: EnumStorage) -> &'static str {
    match storage {
        EnumStorage::Native => "native",
        EnumStorage::Check => "checked",
    }
}

const LABELS: [&str; 3] = ["open", "done", "put off"];

/// A declaration of as many tables, each with rules of its own, and what they say.
///
/// `next` goes through the cells in turn, from one declaration to the next.
///
/// # Panics
///
/// If a rule of allowed forms is refused, unless it negates one.
#[must_use]
pub fn declaration(seed: u64, tables: usize, next: &mut usize) -> (Model, Coverage) {
    let user_id = [Scalar::Uuid, Scalar::Text, Scalar::Int, Scalar::Bigint]
        [usize::try_from(seed % 4).expect("it is below four")];
    let mut cells = allowed(user_id);
    cells.retain(|(form, ..)| *form != Form::EqualUserId);
    let mut writer = Writer {
        dice: Dice::new(seed),
        user_id,
        next: *next,
        cells,
        columns: BTreeMap::new(),
        said: Vec::new(),
    };
    let mut root = writer.root(seed);
    let mut coverage = Coverage::default();
    let mut nr = 0;
    while nr < tables {
        let name = format!("t{nr}");
        let before = writer.next;
        let (table, stream) = writer.table();
        let mut candidate = root.clone();
        put(&mut candidate, "tables", &name, table.clone());
        if let Some(stream) = stream {
            let stream = stream(&name);
            put(&mut candidate, "streams", &format!("s{nr}"), stream);
        }
        let reading = read_texts([("app.yaml", Value::from(candidate.clone()).to_string())]);
        if reading.model.is_none() {
            let text = table["access"].to_string();
            assert!(text.contains("not ("), "{text}\n{:#?}", reading.diagnostics);
            // What it said is said again.
            writer.next = before;
            continue;
        }
        for said in &writer.said {
            *coverage.cells.entry(said.clone()).or_default() += 1;
        }
        coverage.policies += policies(&table["access"]);
        root = candidate;
        nr += 1;
    }
    *next = writer.next;
    let reading = read_texts([("app.yaml", Value::from(root).to_string())]);
    let model = reading.model;
    let model = model.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics));
    (model, coverage)
}

fn policies(access: &Value) -> usize {
    match access {
        Value::Object(rules) => rules.values().map(policies).sum(),
        _ => 1,
    }
}

fn put(root: &mut Map<String, Value>, section: &str, name: &str, value: Value) {
    let section = root
        .entry(section.to_owned())
        .or_insert_with(|| Value::Object(Map::new()));
    let section = section.as_object_mut().expect("a section is a mapping");
    section.insert(name.to_owned(), value);
}

struct Writer {
    dice: Dice,
    user_id: Scalar,
    /// The next cell.
    next: usize,
    cells: Vec<(Form, Kind, bool)>,
    /// The columns that the rules of one table speak of.
    columns: BTreeMap<String, (Kind, bool)>,
    said: Vec<Said>,
}

type Stream = Box<dyn Fn(&str) -> Value>;

impl Writer {
    fn root(&mut self, seed: u64) -> Map<String, Value> {
        let auth = match self.user_id {
            Scalar::Uuid if seed % 8 < 4 => "supabase",
            _ => "jwt_claims",
        };
        let mut columns = Map::new();
        columns.insert("id".to_owned(), json!({"kind": "uuid", "key": true}));
        columns.insert("who".to_owned(), json!({"kind": self.user_id.word()}));
        let role = json!({"kind": "text", "nullable": true});
        columns.insert("m_role".to_owned(), role);
        let mut scopes = Map::new();
        for kind in all_kinds() {
            if cell(Form::InSet, &kind) == Cell::Allowed {
                let word = word(&kind);
                let kind = json!({"kind": kind.to_string(), "nullable": true});
                columns.insert(format!("m_{word}"), kind);
                let filter = self.filter();
                let scope = format!("select m_{word} from m where {filter}");
                scopes.insert(format!("my_{word}"), scope.into());
            }
        }
        let document = json!({
            "synctable": 1,
            "app": "random",
            "postgres": {
                // Rules speak of columns that nothing fills, too.
                "connections": ["row_security"],
                "auth": auth,
                "user_id": self.user_id.word(),
                "roles": {
                    "client": "authenticated", "anonymous": "anon", "owner": "postgres",
                    "replication": "powersync_role"
                },
            },
            "targets": {"postgres": "migrations", "powersync": "powersync"},
            "enums": {
                "native": {"labels": LABELS, "storage": "native"},
                "checked": {"labels": LABELS, "storage": "check"},
            },
            "domains": {
                "a_domain_over_text": {"kind": "text"},
                "a_domain_over_decimal": {"kind": Scalar::EXAMPLES[9].to_string()},
            },
            "scopes": scopes,
            "tables": {"m": {"sync": "none", "columns": columns}},
        });
        match document {
            Value::Object(root) => root,
            _ => unreachable!("it is written as an object"),
        }
    }

    /// A table, and the stream that it is in unless that is the automatic one.
    fn table(&mut self) -> (Value, Option<Stream>) {
        self.columns.clear();
        self.said.clear();
        let mut access = Map::new();
        let read = self.rule(true);
        let anonymous_reads = self.dice.chance(45);
        let read = match anonymous_reads {
            true => json!({"authenticated": read, "anon": self.rule(true)}),
            false => read.into(),
        };
        access.insert("read".to_owned(), read);
        let soft = self.dice.chance(40);
        if self.dice.chance(90) {
            let insert = self.rule(false).into();
            access.insert(
                "insert".to_owned(),
                self.of_roles("insert", insert, anonymous_reads),
            );
        }
        if self.dice.chance(85) {
            let update = match self.dice.chance(60) {
                true => json!({"before": self.rule(false), "after": self.rule(false)}),
                false => self.rule(false).into(),
            };
            access.insert(
                "update".to_owned(),
                self.of_roles("update", update, anonymous_reads),
            );
        }
        if soft || access.len() < 2 || self.dice.chance(80) {
            let delete = self.rule(false).into();
            access.insert(
                "delete".to_owned(),
                self.of_roles("delete", delete, anonymous_reads),
            );
        }
        let stream = self.stream();
        let mut columns = Map::new();
        let key = json!({"kind": "uuid", "key": true, "client_default": "uuid()"});
        columns.insert("id".to_owned(), key);
        for (name, (kind, nullable)) in &self.columns {
            let mut column = Map::new();
            column.insert("kind".to_owned(), kind.to_string().into());
            let is_callers = *kind == Kind::Scalar(self.user_id);
            match nullable {
                true => {
                    column.insert("nullable".to_owned(), true.into());
                    match self.dice.below(10) {
                        0 => column.insert("on".to_owned(), "server".into()),
                        1 => column.insert("immutable".to_owned(), true.into()),
                        _ => None,
                    };
                }
                false if is_callers && self.dice.chance(40) => {
                    column.insert("server".to_owned(), "auth.user_id()".into());
                }
                false if self.dice.chance(10) => {
                    column.insert("immutable".to_owned(), true.into());
                }
                false => {}
            }
            columns.insert(name.clone(), column.into());
        }
        columns.insert("note".to_owned(), json!({"kind": "text", "nullable": true}));
        let mut conflict = "last_upload_wins";
        if self.dice.chance(40) {
            conflict = "last_write_wins";
            let time = json!({
                "kind": "timestamptz", "default": "now()", "client_default": "now()", "role": "edited_at"
            });
            columns.insert("edited_at".to_owned(), time);
        }
        if soft {
            // Every second one is a flag; no die is thrown for it, so that other choices stay what they were.
            let (name, tombstone) = match columns.len().is_multiple_of(2) {
                true => (
                    "deleted_at",
                    json!({"kind": "timestamptz", "nullable": true, "role": "tombstone"}),
                ),
                false => (
                    "deleted",
                    json!({"kind": "bool", "default": false, "role": "tombstone"}),
                ),
            };
            columns.insert(name.to_owned(), tombstone);
        }
        let deletion = match (soft, access.contains_key("delete")) {
            (true, _) => "soft",
            (false, true) => "hard",
            (false, false) => "denied",
        };
        let table = json!({
            "sync": "both",
            "columns": columns,
            "conflict": conflict,
            "delete": deletion,
            "access": access,
        });
        (table, stream)
    }

    /// The rule of the client role, and now and then one of the anonymous role, or of that alone.
    ///
    /// Who changes or deletes rows must read some; who adds one need not.
    fn of_roles(&mut self, command: &str, rule: Value, anonymous_reads: bool) -> Value {
        if command != "insert" && !anonymous_reads {
            return rule;
        }
        match self.dice.below(10) {
            0..6 => rule,
            6 => json!({"anon": rule}),
            _ => {
                let anonymous = match command == "update" && self.dice.chance(50) {
                    true => json!({"before": self.rule(false), "after": self.rule(false)}),
                    false => self.rule(false).into(),
                };
                json!({"authenticated": rule, "anon": anonymous})
            }
        }
    }

    fn stream(&mut self) -> Option<Stream> {
        if !self.dice.chance(30) {
            return None;
        }
        let kinds: Vec<Kind> = all_kinds()
            .into_iter()
            .filter(|kind| cell(Form::EqualParam, kind) == Cell::Allowed)
            .collect();
        let kind = self.dice.pick(&kinds).clone();
        let nullable = self.dice.chance(50);
        let column = self.column(Form::EqualParam, &kind, nullable);
        Some(Box::new(move |table| {
            let mut tables = Map::new();
            tables.insert(table.to_owned(), format!("{column} = :p").into());
            json!({"params": ["p"], "tables": tables})
        }))
    }

    /// A rule of one to four conditions; not of every row, except by that word.
    fn rule(&mut self, reads: bool) -> String {
        if !reads && self.dice.chance(6) {
            return "public".to_owned();
        }
        match self.dice.below(10) {
            0..4 => self.leaf(),
            4..6 => format!("{} and {}", self.leaf(), self.leaf()),
            6..8 => format!("{} or {}", self.leaf(), self.leaf()),
            8 => format!("not ({})", self.leaf()),
            _ => format!(
                "({} or {}) and ({} or {})",
                self.leaf(),
                self.leaf(),
                self.leaf(),
                self.leaf()
            ),
        }
    }

    fn column(&mut self, form: Form, kind: &Kind, nullable: bool) -> String {
        let name = format!("{}_{}", if nullable { "n" } else { "a" }, word(kind));
        self.columns.insert(name.clone(), (kind.clone(), nullable));
        let said = (form.written().to_owned(), kind.to_string(), nullable);
        self.said.push(said);
        name
    }

    /// A second column of the kind.
    fn other(&mut self, kind: &Kind) -> String {
        let nullable = self.dice.chance(50);
        let name = format!("{}_{}", if nullable { "y" } else { "z" }, word(kind));
        self.columns.insert(name.clone(), (kind.clone(), nullable));
        name
    }

    fn filter(&mut self) -> String {
        match self.dice.below(5) {
            0 => "who = auth.user_id()".to_owned(),
            1 => "who = auth.user_id() and m_role <> 'a'".to_owned(),
            2 => "not (m_role = 'b') and who = auth.user_id()".to_owned(),
            3 => {
                "m_role = auth.claim('role') or m_role is null and who = auth.user_id()".to_owned()
            }
            _ => "m_uuid in (select m_uuid from m where who = auth.user_id())".to_owned(),
        }
    }

    fn leaf(&mut self) -> String {
        // Every cell in turn, and the caller's own id between them: most rules are about that.
        let (form, kind, nullable) = match self.dice.chance(15) {
            true => {
                let caller = Kind::Scalar(self.user_id);
                (Form::EqualUserId, caller, self.dice.chance(50))
            }
            false => {
                self.next += 1;
                self.cells[self.next % self.cells.len()].clone()
            }
        };
        let x = self.column(form, &kind, nullable);
        let element = match &kind {
            Kind::List(element) => element.to_kind(),
            other => other.clone(),
        };
        let c = self.constant(&element);
        let d = self.constant(&element);
        match form {
            Form::Alone => x,
            Form::Not => format!("not {x}"),
            Form::Equal => format!("{x} = {c}"),
            Form::NotEqual => format!("{x} <> {c}"),
            Form::InList if c == d => format!("{x} in ({c})"),
            Form::NotInList if c == d => format!("{x} not in ({c})"),
            Form::InList => format!("{x} in ({c}, {d})"),
            Form::NotInList => format!("{x} not in ({c}, {d})"),
            Form::EqualColumn => format!("{x} = {}", self.other(&kind)),
            Form::NotEqualColumn => format!("{x} <> {}", self.other(&kind)),
            Form::EqualUserId => match self.dice.chance(50) {
                true => format!("{x} = auth.user_id()"),
                false => format!("auth.user_id() = {x}"),
            },
            Form::EqualClaim => {
                let claim = self.dice.pick(&["role", "app.tenant", "app.state"]);
                format!("{x} = auth.claim('{claim}')")
            }
            Form::InClaims => {
                let claim = self.dice.pick(&["teams", "app.tenants", "role"]);
                format!("{x} in auth.claims('{claim}')")
            }
            Form::InSet => match self.dice.chance(60) {
                true => format!("{x} in (my_{})", word(&kind)),
                false => format!(
                    "{x} in (select m_{} from m where {})",
                    word(&kind),
                    self.filter()
                ),
            },
            Form::Order => match self.dice.below(3) {
                0 => format!("{x} < {c}"),
                1 => format!("{x} >= {}", self.other(&kind)),
                _ => format!(
                    "{x} between {}",
                    self.dice.pick(&["-7 and 1", "1 and 2", "2 and 41"])
                ),
            },
            Form::IsNull => format!("{x} is {}null", self.dice.pick(&["", "not "])),
            Form::IsTrue => {
                let test = self.dice.pick(&["true", "false", "not true", "not false"]);
                format!("{x} is {test}")
            }
            Form::Contains => match &element {
                // A sync stream finds no number in a list by the text of the caller's id.
                Kind::Scalar(scalar @ (Scalar::Uuid | Scalar::Text))
                    if *scalar == self.user_id && self.dice.chance(60) =>
                {
                    format!("auth.user_id() = any({x})")
                }
                _ => format!("{c} = any({x})"),
            },
            Form::Concat => format!("{x} || '/' || {} = 'a/1'", self.other(&kind)),
            Form::JsonIs => {
                let member = self.dice.pick(&["'a'", "'a' -> 'b'", "'o'"]);
                let truth = self.dice.pick(&["true", "false"]);
                format!("{x} -> {member} = '{truth}'")
            }
            Form::JsonText => match self.dice.below(4) {
                0 => format!("{x} ->> 'a' = 'x'"),
                1 => format!("{x} ->> 'a' <> 'x'"),
                2 => format!("{x} -> 'a' ->> 'b' in ('x', 'it''s')"),
                _ => format!("{x} #>> '{{a,b}}' is null"),
            },
            Form::Call(Function::Coalesce) => {
                format!("coalesce({x}, {}) = {c}", self.other(&kind))
            }
            other => unreachable!("{other:?} is not allowed"),
        }
    }

    fn constant(&mut self, kind: &Kind) -> String {
        let text = |dice: &mut Dice, of: &[&str]| {
            let chosen: &str = dice.pick::<&str>(of);
            Database::Postgres.literal(chosen)
        };
        match kind {
            Kind::Enum { .. } => text(&mut self.dice, &LABELS),
            Kind::List(_) | Kind::Opaque(_) => String::new(),
            Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. } => match scalar {
                Scalar::Uuid => text(
                    &mut self.dice,
                    &[
                        "0192f0c1-7a3b-7cde-8f01-23456789abcd",
                        "f192f0c1-7a3b-7cde-8f01-23456789abcd",
                    ],
                ),
                Scalar::Text | Scalar::Varchar(_) => {
                    text(&mut self.dice, &["a", "it's", "1", "ä😀b", ""])
                }
                Scalar::Bool => (*self.dice.pick(&["true", "false"])).to_owned(),
                Scalar::Smallint | Scalar::Int | Scalar::Bigint => {
                    (*self.dice.pick(&["1", "2", "7", "-7"])).to_owned()
                }
                Scalar::Date => text(&mut self.dice, &["2024-02-29", "2026-01-31"]),
                Scalar::Time => text(&mut self.dice, &["00:00", "09:05:00.25"]),
                Scalar::Timestamp => text(
                    &mut self.dice,
                    &["2024-02-29 23:00", "2026-01-31 13:47:00.000001"],
                ),
                Scalar::Timestamptz => text(
                    &mut self.dice,
                    &["2024-02-29 23:00Z", "2026-01-31 13:47:00.000001Z"],
                ),
                Scalar::Real
                | Scalar::Double
                | Scalar::Decimal { .. }
                | Scalar::Interval
                | Scalar::Json
                | Scalar::Bytes => String::new(),
            },
        }
    }
}

/// A kind as a part of a name.
fn word(kind: &Kind) -> String {
    let text = kind.to_string();
    let plain: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    plain.trim_matches('_').to_owned()
}
