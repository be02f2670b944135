//! Reads the JSON text of an entry in one pass, without a value between the text and the entry.

use super::entry::{Entry, Member, Op};
use crate::exact::{JsonError, JsonProblem, JsonReader, Number, Piece};
use crate::value::Value;
use std::borrow::Cow;
use std::fmt;

/// How many levels of arrays and objects are passed over.
const DEPTH: usize = 128;

/// Room for the members of most entries, and for no more than the allocator has at hand.
const MEMBERS: usize = 20;

/// Room for a short text that was written with escapes.
const DECODED: usize = 64;

/// Why a text is no entry: the body is malformed, and no row is to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryError {
    /// The byte at which it was noticed.
    pub at: usize,
    /// What is wrong there.
    pub problem: EntryProblem,
}

/// What can be wrong with the text of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryProblem {
    /// Not JSON.
    Json(JsonProblem),
    /// A number past the range of floats.
    Number,
    /// Another value than the one that stands there, as a noun.
    Expected(&'static str),
    /// A member that no entry has.
    Unknown(String),
    /// A member that is given twice.
    Twice(&'static str),
    /// A member that every entry has, and this one has not.
    Missing(&'static str),
}

impl fmt::Display for EntryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at;
        match &self.problem {
            EntryProblem::Json(problem) => JsonError {
                at,
                problem: *problem,
            }
            .fmt(f),
            EntryProblem::Number => write!(f, "a number out of the range of floats at byte {at}"),
            EntryProblem::Expected(noun) => write!(f, "expected {noun} at byte {at}"),
            EntryProblem::Unknown(name) => {
                write!(f, "unknown member `{name}` at byte {at}")
            }
            EntryProblem::Twice(name) => write!(f, "duplicate member `{name}` at byte {at}"),
            EntryProblem::Missing(name) => write!(f, "the entry has no member `{name}`"),
        }
    }
}

impl std::error::Error for EntryError {}

impl From<JsonError> for EntryError {
    fn from(error: JsonError) -> Self {
        EntryError {
            at: error.at,
            problem: EntryProblem::Json(error.problem),
        }
    }
}

/// Whatever is wrong stands behind a pointer, so that what is right is small.
pub(crate) type Read<T> = Result<T, Box<EntryError>>;
impl From<JsonError> for Box<EntryError> {
    #[cold]
    fn from(error: JsonError) -> Self {
        Box::new(error.into())
    }
}

type Members<'a> = Vec<(Cow<'a, str>, Member<'a>)>;

impl<'a> Entry<'a> {
    /// An entry from its JSON text; texts are borrowed from it where nothing in them is escaped.
    ///
    /// Reads what the write protocol calls `op`, `table`, `id`, `op_data`, `previous_values`, `metadata` and
    /// `transaction_id`, and the names of the queue and of PowerSync's JavaScript for the same: `type`, `data`, `old`,
    /// `tx_id`.
    /// `op_id` and `client_id`, the device's own number of the entry, are passed over; any other member is an error, and so
    /// is a member that is given twice.
    ///
    /// ```
    /// use synctable::Value;
    /// use synctable::crud::{Entry, Member};
    /// let text = r#"{"op": "PATCH", "type": "items", "id": "a", "data": {"place": 1955310896743915.0}}"#;
    /// let entry = Entry::from_json(text)?;
    /// let (name, place) = &entry.op_data.unwrap()[0];
    /// assert_eq!(name, "place");
    /// assert_eq!(*place, Member::Value(Value::Real(1955310896743915.0)));
    /// # Ok::<(), synctable::crud::EntryError>(())
    /// ```
    ///
    /// # Errors
    /// What is no JSON, and what is no entry.
    pub fn from_json(text: &'a str) -> Result<Entry<'a>, EntryError> {
        let mut json = Json(JsonReader::new(text));
        match json.entry() {
            Ok(entry) => Ok(entry),
            Err(error) => Err(*error),
        }
    }
}

/// Reads a JSON text part by part; texts are borrowed from it where nothing in them is escaped.
pub(crate) struct Json<'a>(pub(crate) JsonReader<'a>);

impl<'a> Json<'a> {
    #[cold]
    pub(crate) fn fail<T>(&self, problem: EntryProblem) -> Read<T> {
        let at = self.0.at();
        Err(Box::new(EntryError { at, problem }))
    }

    #[inline(always)]
    fn entry(&mut self) -> Read<Entry<'a>> {
        let (mut op, mut table, mut id) = (None, None, None);
        let (mut data, mut previous) = (None, None);
        let (mut metadata, mut transaction) = (None, None);
        self.open(b'{', "an entry of an upload queue")?;
        let mut is_first = true;
        while let Some(name) = self.name(&mut is_first)? {
            match name.as_ref() {
                "op" => {
                    let word = self.text()?;
                    let read = Op::parse(&word);
                    let noun = EntryProblem::Expected("`PUT`, `PATCH` or `DELETE`");
                    let read = read.map_or_else(|| self.fail(noun), Ok)?;
                    self.once(&mut op, "op", read)?;
                }
                "table" | "type" => {
                    let read = self.text()?;
                    self.once(&mut table, "table", read)?;
                }
                "id" => {
                    let read = self.text()?;
                    self.once(&mut id, "id", read)?;
                }
                "op_data" | "data" => {
                    let read = self.members()?;
                    self.once(&mut data, "op_data", read)?;
                }
                "previous_values" | "old" => {
                    let read = self.members()?;
                    self.once(&mut previous, "previous_values", read)?;
                }
                "metadata" => {
                    let read = match self.null()? {
                        true => None,
                        false => Some(self.text()?),
                    };
                    self.once(&mut metadata, "metadata", read)?;
                }
                "transaction_id" | "tx_id" => {
                    let read = self.transaction()?;
                    self.once(&mut transaction, "transaction_id", read)?;
                }
                "op_id" | "client_id" => self.pass_over(1)?,
                other => return self.fail(EntryProblem::Unknown(other.to_owned())),
            }
        }
        self.0.end()?;
        Ok(Entry {
            op: op.map_or_else(|| self.fail(EntryProblem::Missing("op")), Ok)?,
            table: table.map_or_else(|| self.fail(EntryProblem::Missing("table")), Ok)?,
            id: id.map_or_else(|| self.fail(EntryProblem::Missing("id")), Ok)?,
            op_data: data.flatten(),
            previous_values: previous.flatten(),
            metadata: metadata.flatten(),
            transaction_id: transaction.flatten(),
        })
    }

    fn once<T>(&self, slot: &mut Option<T>, name: &'static str, value: T) -> Read<()> {
        match slot {
            None => *slot = Some(value),
            Some(_) => return self.fail(EntryProblem::Twice(name)),
        }
        Ok(())
    }

    /// The bracket that an array or an object begins with.
    pub(crate) fn open(&mut self, bracket: u8, noun: &'static str) -> Read<()> {
        self.0.blanks();
        match self.0.take(bracket) {
            true => Ok(()),
            false => self.fail(EntryProblem::Expected(noun)),
        }
    }

    /// The next name of an object and its colon; `None` behind the last one.
    pub(crate) fn name(&mut self, is_first: &mut bool) -> Read<Option<Cow<'a, str>>> {
        // As it is written where nobody writes blanks.
        let is_next = !*is_first && self.0.take_both(b',', b'"');
        if !is_next {
            self.0.blanks();
            if self.0.take(b'}') {
                return Ok(None);
            }
            if !std::mem::take(is_first) {
                self.0.expect(b',')?;
                self.0.blanks();
            }
            self.0.expect(b'"')?;
        }
        let name = self.string()?;
        if !self.0.take(b':') {
            self.0.blanks();
            self.0.expect(b':')?;
        }
        Ok(Some(name))
    }

    pub(crate) fn text(&mut self) -> Read<Cow<'a, str>> {
        self.open(b'"', "a string")?;
        self.string()
    }

    /// A string whose opening quote was read.
    fn string(&mut self) -> Read<Cow<'a, str>> {
        match self.0.plain_string() {
            Some(text) => Ok(Cow::Borrowed(text)),
            None => self.decoded().map(Cow::Owned),
        }
    }

    #[cold]
    fn decoded(&mut self) -> Read<String> {
        let mut text = String::with_capacity(DECODED);
        while let Some(piece) = self.0.piece()? {
            match piece {
                Piece::Plain(plain) => text.push_str(plain),
                Piece::Escaped(letter) => text.push(letter),
            }
        }
        Ok(text)
    }

    pub(crate) fn null(&mut self) -> Read<bool> {
        self.0.blanks();
        let is_null = self.0.peek() == Some(b'n');
        if is_null {
            self.0.word("null")?;
        }
        Ok(is_null)
    }

    fn transaction(&mut self) -> Read<Option<i64>> {
        if self.null()? {
            return Ok(None);
        }
        let number = match self.0.peek() {
            Some(b'-' | b'0'..=b'9') => match value(&self.0.number()?) {
                Some(Value::Integer(whole)) => Some(whole),
                Some(Value::Real(float)) => whole(float),
                _ => None,
            },
            _ => None,
        };
        let noun = EntryProblem::Expected("a whole number of 64 bits");
        number.map_or_else(|| self.fail(noun), |number| Ok(Some(number)))
    }

    /// The members of an object, in the order they came; a name that comes twice is kept twice, for whoever knows the
    /// columns.
    fn members(&mut self) -> Read<Option<Members<'a>>> {
        if self.null()? {
            return Ok(None);
        }
        self.open(b'{', "an object of columns")?;
        let mut members = Vec::with_capacity(MEMBERS);
        let mut is_first = true;
        while let Some(name) = self.name(&mut is_first)? {
            members.push((name, self.member()?));
        }
        Ok(Some(members))
    }

    fn member(&mut self) -> Read<Member<'a>> {
        self.0.blanks();
        Ok(match self.0.peek() {
            Some(b'"') => {
                self.0.take(b'"');
                Member::Value(Value::Text(self.string()?))
            }
            Some(b'-' | b'0'..=b'9') => {
                let number = self.0.number()?;
                match value(&number) {
                    Some(value) => Member::Value(value),
                    None => return self.fail(EntryProblem::Number),
                }
            }
            Some(b'n') => {
                self.0.word("null")?;
                Member::Value(Value::Null)
            }
            first => {
                self.pass_over(2)?;
                Member::Foreign(match first {
                    Some(b'[') => "a JSON array",
                    Some(b'{') => "a JSON object",
                    _ => "a JSON boolean",
                })
            }
        })
    }

    /// Reads the elements of an array, one after the other.
    pub(crate) fn each(
        &mut self,
        noun: &'static str,
        mut one: impl FnMut(&mut Self) -> Read<()>,
    ) -> Read<()> {
        self.open(b'[', noun)?;
        self.0.blanks();
        if self.0.take(b']') {
            return Ok(());
        }
        loop {
            one(self)?;
            self.0.blanks();
            if self.0.take(b']') {
                return Ok(());
            }
            self.0.expect(b',')?;
        }
    }

    pub(crate) fn pass_over(&mut self, depth: usize) -> Read<()> {
        self.0.blanks();
        match self.0.peek() {
            Some(b'"') => {
                self.0.take(b'"');
                while self.0.piece()?.is_some() {}
            }
            Some(b'-' | b'0'..=b'9') => {
                self.0.number()?;
            }
            Some(b'n') => {
                self.0.word("null")?;
            }
            Some(b't') => {
                self.0.word("true")?;
            }
            Some(b'f') => {
                self.0.word("false")?;
            }
            Some(b'[' | b'{') if depth == DEPTH => {
                return self.fail(EntryProblem::Json(JsonProblem::Depth));
            }
            Some(b'[') => self.each("a list", |json| json.pass_over(depth + 1))?,
            Some(b'{') => {
                self.0.take(b'{');
                let mut is_first = true;
                while self.name(&mut is_first)?.is_some() {
                    self.pass_over(depth + 1)?;
                }
            }
            Some(_) | None => return self.fail(EntryProblem::Json(JsonProblem::Syntax)),
        }
        Ok(())
    }
}

/// A number as SQLite holds it; `None` where no float does.
pub(crate) fn value(number: &Number<'_>) -> Option<Value<'static>> {
    let is_whole = number.fraction.is_empty() && number.exponent.is_none();
    let is_negative_zero = number.negative && number.whole == "0";
    if is_whole
        && !is_negative_zero
        && let Ok(whole) = number.text.parse()
    {
        return Some(Value::Integer(whole));
    }
    // A float takes any number; where a whole one is expected, one past 64 bits is past the range.
    let float: f64 = number.text.parse().ok()?;
    float.is_finite().then_some(Value::Real(float))
}

/// A double that is a whole number; beyond 2^53 it may be another one than was written.
pub(super) fn whole(number: f64) -> Option<i64> {
    let is_exact = number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
    is_exact.then_some(number as i64)
}
