//! YAML text to [`Node`], with budgets against hostile input.
//!
//! The parser is granit-parser, the one under serde-saphyr. It is used directly and only here, because a serde data
//! model loses what we need: how a scalar was written (`null` or `"null"`), the places of keys, and both places of
//! a duplicate. What YAML offers beyond plain trees (aliases, tags, merge keys, several documents) is refused:
//! each thing is declared once, where it is read, and a small file never expands into a large one.

use super::{FileId, Key, Node, Span, Style, Value};
use crate::diagnostic::{
    DUPLICATE_KEY, Diagnostic, Diagnostics, KEY_NOT_SCALAR, OPERATOR_IS_COMMENT, SCALAR_TOO_LONG,
    SPLIT_SCALAR, YAML_ALIAS, YAML_DOCUMENTS, YAML_SYNTAX, YAML_TAG, YAML_TOO_DEEP,
    YAML_TOO_MANY_NODES, offset,
};
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StructureStyle};
use std::collections::BTreeMap;

/// Mappings and lists inside each other.
const DEPTH: usize = 64;
/// Scalars, mappings and lists in one file, keys included.
const NODES: usize = 2_000_000;
/// Bytes of one scalar.
const SCALAR_BYTES: usize = 256 << 10;
/// Mistakes of one file that are listed; a file with more is no declaration.
const MISTAKES: usize = 100;
/// Parts that a value split at its commas is looked for in.
const PARTS: usize = 32;

/// Reads one file. Mistakes go to `cx`; what they concern is left out or repaired, so that a decoder can go on.
///
/// Returns `None` when the text ends in a mistake that leaves no tree. An empty file is an absent value.
pub fn parse(file: FileId, text: &str, cx: &mut Diagnostics) -> Option<Node> {
    let mut builder = Builder {
        file,
        text,
        cx,
        mistakes: 0,
        nodes: 0,
        stack: Vec::new(),
        root: None,
    };
    match builder.read() {
        Ok(()) => Some(builder.root.unwrap_or_else(|| Node {
            span: Span {
                file,
                start: 0,
                end: 0,
            },
            value: absent(),
        })),
        Err(Stop) => None,
    }
}

/// The file cannot be read on; the reason has been reported.
struct Stop;

struct Builder<'a> {
    file: FileId,
    text: &'a str,
    cx: &'a mut Diagnostics,
    mistakes: usize,
    nodes: usize,
    stack: Vec<Frame>,
    root: Option<Node>,
}

/// A list or mapping whose end has not been seen.
struct Frame {
    span: Span,
    flow: bool,
    kind: FrameKind,
}

enum FrameKind {
    Sequence(Vec<Node>),
    Mapping {
        entries: Vec<(Key, Node)>,
        key: PendingKey,
    },
}

enum PendingKey {
    /// The next node is a key.
    Wanted,
    /// The next node is this key's value.
    Read(Key),
    /// The next node is the value of a key that was refused.
    Refused,
}

impl Builder<'_> {
    fn read(&mut self) -> Result<(), Stop> {
        // One level more than ours, so that our own message comes first where it can.
        let options = granit_parser::options! {
            emit_comments: false,
            emit_unresolved_aliases: true,
            emit_anchor_events: true,
            disallow_directives: true,
            flow_nesting_limit: DEPTH + 1,
            block_nesting_limit: DEPTH + 1,
        };
        let mut documents = 0;
        for event in Parser::new_from_str_with_options(self.text, options) {
            let (event, at) = match event {
                Ok(event) => event,
                Err(error) => return self.syntax(&error),
            };
            let span = self.span(&at);
            match event {
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        return self.stop(
                            Diagnostic::error(YAML_DOCUMENTS, "a second document begins here")
                                .at(span)
                                .help("move it to its own file"),
                        );
                    }
                }
                Event::Scalar(text, style, _, tag) => {
                    self.tag(tag.is_some(), &at, span)?;
                    let node = self.scalar(&text, style, span)?;
                    self.attach(node)?;
                }
                Event::SequenceStart(style, _, tag) => {
                    self.tag(tag.is_some(), &at, span)?;
                    self.open(style, span, FrameKind::Sequence(Vec::new()))?;
                }
                Event::MappingStart(style, _, tag) => {
                    self.tag(tag.is_some(), &at, span)?;
                    let kind = FrameKind::Mapping {
                        entries: Vec::new(),
                        key: PendingKey::Wanted,
                    };
                    self.open(style, span, kind)?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
                Event::Anchor(_, name) => self.mistake(
                    Diagnostic::error(YAML_ALIAS, format!("the anchor `{name}` is not allowed"))
                        .at(span)
                        .help(
                            "declare a shared kind under `domains` and a shared rule under `scopes`",
                        ),
                )?,
                Event::Alias(_) | Event::UnresolvedAlias(_) => {
                    // What a refused key is given, a merge key above all, is refused with it.
                    if !self.is_refused() {
                        self.mistake(
                            Diagnostic::error(YAML_ALIAS, "aliases are not allowed")
                                .at(span)
                                .help("repeat the value where it is used")
                                .note("a declaration shows each value where it is used"),
                        )?;
                    }
                    self.attach(Node {
                        span,
                        value: Value::Refused,
                    })?;
                }
                // Begin and end of stream and document, comments: nothing that carries data.
                _ => {}
            }
        }
        Ok(())
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: Span) -> Result<Node, Stop> {
        self.count(span)?;
        if text.len() > SCALAR_BYTES {
            self.mistake(
                Diagnostic::error(
                    SCALAR_TOO_LONG,
                    format!(
                        "this value has {} bytes; the limit is {SCALAR_BYTES}",
                        text.len()
                    ),
                )
                .at(span),
            )?;
            return Ok(Node {
                span,
                value: Value::Refused,
            });
        }
        let (style, block) = match style {
            ScalarStyle::Plain => (Style::Plain, false),
            ScalarStyle::SingleQuoted => (Style::SingleQuoted, false),
            ScalarStyle::DoubleQuoted => (Style::DoubleQuoted, false),
            ScalarStyle::Literal => (Style::Literal, true),
            ScalarStyle::Folded => (Style::Folded, true),
        };
        // The parser spells a value that was left out as `~` without a length.
        if style == Style::Plain && span.start == span.end {
            return Ok(Node {
                span,
                value: absent(),
            });
        }
        let span = if block {
            let content = self.slice(span).trim_end().len();
            Span {
                end: span.start + offset(content),
                ..span
            }
        } else {
            span
        };
        if style == Style::Plain
            && let Some(comment) = self.operator_behind(span)
        {
            self.mistake(read_as_comment(comment))?;
            // The value as it was meant: up to the end of the line.
            let rest = self.text.get(span.end as usize..).unwrap_or("");
            let line = rest.lines().next().unwrap_or("").trim_end();
            let end = span.end + offset(line.len());
            let span = Span { end, ..span };
            let text = self.slice(span).to_owned();
            return Ok(Node {
                span,
                value: Value::Scalar { text, style },
            });
        }
        let text = text.to_owned();
        Ok(Node {
            span,
            value: Value::Scalar { text, style },
        })
    }

    /// The operator `#>>` or `#>` behind a value without quotes, where YAML begins a comment.
    fn operator_behind(&self, span: Span) -> Option<Span> {
        let end = span.end as usize;
        // Only the blanks are looked at, and not the rest of a line: a line may hold every value of a file.
        let rest = self.text.get(end..)?;
        let operator = rest.trim_start_matches([' ', '\t']);
        let blanks = rest.len() - operator.len();
        if blanks == 0 || !operator.starts_with("#>") {
            return None;
        }
        let length = 1 + operator[1..].len() - operator[1..].trim_start_matches('>').len();
        Some(Span {
            start: offset(end + blanks),
            end: offset(end + blanks + length),
            ..span
        })
    }

    /// The same in the lines right before a place at which the YAML ends to be YAML.
    fn operator_before(&self, at: usize) -> Option<Span> {
        let mut start = at;
        for _ in 0..2 {
            start = self.text[..start].trim_end().rfind('\n').unwrap_or(0);
        }
        for line in self.text[start..at].split_inclusive('\n') {
            let begin = start;
            start += line.len();
            if line.trim_start().starts_with('#') {
                continue;
            }
            let (mut before, mut quotes) = (0, 0);
            for (found, _) in line.match_indices(" #>") {
                quotes += line[before..found].matches('"').count();
                before = found;
                if quotes.is_multiple_of(2) {
                    let end = offset(begin + found);
                    let span = Span {
                        file: self.file,
                        start: end,
                        end,
                    };
                    return self.operator_behind(span);
                }
            }
        }
        None
    }

    fn open(&mut self, style: StructureStyle, span: Span, kind: FrameKind) -> Result<(), Stop> {
        self.count(span)?;
        if self.stack.len() == DEPTH {
            return self.stop(too_deep(span));
        }
        self.stack.push(Frame {
            span,
            flow: style == StructureStyle::Flow,
            kind,
        });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), Stop> {
        let Some(Frame { span, flow, kind }) = self.stack.pop() else {
            return Ok(());
        };
        let (value, last) = match kind {
            FrameKind::Sequence(mut items) => {
                let last = items.last().map(|item| item.span);
                if flow {
                    self.rejoin_items(&mut items)?;
                }
                (Value::Sequence(items), last)
            }
            FrameKind::Mapping { mut entries, .. } => {
                let last = entries.last().map(|(key, node)| key.span.to(node.span));
                if flow {
                    self.rejoin_entries(&mut entries)?;
                }
                self.refuse_duplicates(&mut entries)?;
                (Value::Mapping(entries), last)
            }
        };
        let span = span.to(if flow { end } else { last.unwrap_or(span) });
        self.attach(Node { span, value })
    }

    /// Puts a finished node where it belongs: into the list, as key or value of the mapping, or as the root.
    fn attach(&mut self, mut node: Node) -> Result<(), Stop> {
        let Some(frame) = self.stack.last_mut() else {
            self.root.get_or_insert(node);
            return Ok(());
        };
        match &mut frame.kind {
            FrameKind::Sequence(items) => items.push(node),
            FrameKind::Mapping { entries, key } => {
                match std::mem::replace(key, PendingKey::Wanted) {
                    PendingKey::Read(key) => {
                        if node.is_absent() {
                            node.span = key.span;
                        }
                        entries.push((key, node));
                    }
                    PendingKey::Refused => {}
                    PendingKey::Wanted => {
                        let (read, mistake) = self::key(node);
                        *key = read;
                        if let Some(mistake) = mistake {
                            self.mistake(mistake)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The next node is the value of a key that was refused.
    fn is_refused(&self) -> bool {
        self.stack.last().is_some_and(|frame| {
            matches!(
                frame.kind,
                FrameKind::Mapping {
                    key: PendingKey::Refused,
                    ..
                }
            )
        })
    }

    fn refuse_duplicates(&mut self, entries: &mut Vec<(Key, Node)>) -> Result<(), Stop> {
        let mut first: BTreeMap<&str, Span> = BTreeMap::new();
        let mut again = Vec::new();
        for (index, (key, _)) in entries.iter().enumerate() {
            match first.get(key.text.as_str()) {
                None => {
                    first.insert(&key.text, key.span);
                }
                Some(before) => again.push((index, *before)),
            }
        }
        for (index, before) in again.iter().rev() {
            let (key, _) = entries.remove(*index);
            self.mistake(
                Diagnostic::error(DUPLICATE_KEY, format!("`{}` is given twice", key.text))
                    .at(key.span)
                    .label(*before, "first given here")
                    .help("remove one of them, or rename it"),
            )?;
        }
        Ok(())
    }

    /// Finds `{kind: decimal(10,2)}`, read as `kind: decimal(10` and a key `2)` without a value, and joins it again.
    fn rejoin_entries(&mut self, entries: &mut Vec<(Key, Node)>) -> Result<(), Stop> {
        let mut index = 0;
        while index + 1 < entries.len() {
            let mut tails = 0;
            if let Some(value) = plain(&entries[index].1) {
                let mut open = opened(value);
                for (key, node) in entries[index + 1..].iter().take(PARTS) {
                    let plain = node.is_absent() && self.slice(key.span) == key.text;
                    if !plain || (open <= 0 && is_name(&key.text)) {
                        break;
                    }
                    open += opened(&key.text);
                    tails += 1;
                }
            }
            if tails > 0 {
                let joined = entries[index].1.span.to(entries[index + tails].0.span);
                entries[index].1 = self.rejoined(joined)?;
                entries.drain(index + 1..=index + tails);
            }
            index += 1;
        }
        Ok(())
    }

    /// The same in `[decimal(10,2), text]`.
    fn rejoin_items(&mut self, items: &mut Vec<Node>) -> Result<(), Stop> {
        let mut index = 0;
        while index + 1 < items.len() {
            let mut open = plain(&items[index]).map_or(0, opened);
            if open > 0 {
                let closing = items[index + 1..]
                    .iter()
                    .take(PARTS)
                    .map_while(plain)
                    .position(|part| {
                        open += opened(part);
                        open <= 0
                    });
                if let Some(closing) = closing {
                    let closing = index + 1 + closing;
                    let joined = items[index].span.to(items[closing].span);
                    items[index] = self.rejoined(joined)?;
                    items.drain(index + 1..=closing);
                }
            }
            index += 1;
        }
        Ok(())
    }

    fn rejoined(&mut self, span: Span) -> Result<Node, Stop> {
        let text = self.slice(span).to_owned();
        let help = if text.contains('"') {
            "quote it".to_owned()
        } else {
            format!("quote it: `\"{text}\"`")
        };
        self.mistake(
            Diagnostic::error(SPLIT_SCALAR, format!("the comma splits `{text}`"))
                .at(span)
                .help(help)
                .note("inside braces and brackets, a comma ends a value"),
        )?;
        Ok(Node {
            span,
            value: Value::Scalar {
                text,
                style: Style::Plain,
            },
        })
    }

    fn tag(&mut self, present: bool, at: &granit_parser::Span, node: Span) -> Result<(), Stop> {
        if !present {
            return Ok(());
        }
        let span = at.tag_span().map_or(node, |tag| self.span(&tag));
        self.mistake(
            Diagnostic::error(YAML_TAG, "tags are not allowed")
                .at(span)
                .help("remove it: the key decides the type of its value"),
        )
    }

    fn count(&mut self, span: Span) -> Result<(), Stop> {
        self.nodes += 1;
        if self.nodes > NODES {
            return self.stop(
                Diagnostic::error(
                    YAML_TOO_MANY_NODES,
                    format!("this file has more than {NODES} values"),
                )
                .at(span),
            );
        }
        Ok(())
    }

    fn syntax(&mut self, error: &ScanError) -> Result<(), Stop> {
        let marker = error.marker();
        let at = marker.byte_offset().unwrap_or(self.text.len());
        let mut at = self.text.floor_char_boundary(at);
        // The parser names the place behind a tab.
        if self.text[..at].ends_with('\t') && way_out(error.kind()) == Some(SPACES) {
            at -= 1;
        }
        let length = self.text[at..]
            .chars()
            .next()
            .filter(|c| *c != '\n' && *c != '\r')
            .map_or(0, char::len_utf8);
        let span = Span {
            file: self.file,
            start: offset(at),
            end: offset(at + length),
        };
        if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
            return self.stop(too_deep(span));
        }
        if let Some(operator) = self.operator_before(at) {
            return self.stop(read_as_comment(operator));
        }
        let diagnostic = Diagnostic::error(
            YAML_SYNTAX,
            format!("this cannot be read as YAML: {}", error.info()),
        )
        .at(span);
        let diagnostic = match way_out(error.kind()) {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        };
        self.stop(diagnostic)
    }

    fn mistake(&mut self, diagnostic: Diagnostic) -> Result<(), Stop> {
        self.mistakes += 1;
        if self.mistakes == MISTAKES {
            return self.stop(diagnostic.note("more errors in this file are not listed"));
        }
        self.cx.push(diagnostic);
        Ok(())
    }

    fn stop(&mut self, diagnostic: Diagnostic) -> Result<(), Stop> {
        self.cx.push(diagnostic);
        Err(Stop)
    }

    fn span(&self, at: &granit_parser::Span) -> Span {
        let range = at.byte_range().unwrap_or(0..0);
        let start = range.start.min(self.text.len());
        Span {
            file: self.file,
            start: offset(start),
            end: offset(range.end.clamp(start, self.text.len())),
        }
    }

    fn slice(&self, span: Span) -> &str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }
}

fn read_as_comment(operator: Span) -> Diagnostic {
    Diagnostic::error(
        OPERATOR_IS_COMMENT,
        "YAML reads this operator as the start of a comment",
    )
    .at(operator)
    .help("quote the value: `\"meta #>> '{a,b}' = 'c'\"`")
    .note("without quotes, a value ends before ` #`")
}

fn absent() -> Value {
    Value::Scalar {
        text: String::new(),
        style: Style::Plain,
    }
}

fn key(node: Node) -> (PendingKey, Option<Diagnostic>) {
    let span = node.span;
    if node.is_null() {
        let mistake = Diagnostic::error(KEY_NOT_SCALAR, "the key is missing")
            .at(span)
            .help("for the key, quote it: `\"null\"`");
        return (PendingKey::Refused, Some(mistake));
    }
    match node.value {
        Value::Scalar {
            text,
            style: Style::Plain,
        } if text == "<<" => {
            let mistake = Diagnostic::error(YAML_ALIAS, "merge keys are not allowed")
                .at(span)
                .help("repeat the keys where they are used");
            (PendingKey::Refused, Some(mistake))
        }
        Value::Scalar { text, .. } => (PendingKey::Read(Key { text, span }), None),
        Value::Refused => (PendingKey::Refused, None),
        Value::Sequence(_) | Value::Mapping(_) => {
            let mistake = Diagnostic::error(
                KEY_NOT_SCALAR,
                format!("expected a name as the key, found {}", node.describe()),
            )
            .at(span)
            .help("write a name");
            (PendingKey::Refused, Some(mistake))
        }
    }
}

fn plain(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Scalar {
            text,
            style: Style::Plain,
        } if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// How many more parentheses are opened than closed.
fn opened(text: &str) -> isize {
    text.bytes().fold(0, |open, byte| match byte {
        b'(' => open + 1,
        b')' => open - 1,
        _ => open,
    })
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(
        YAML_TOO_DEEP,
        format!("mappings and lists are nested more than {DEPTH} deep"),
    )
    .at(span)
    .note("a declaration needs at most ten levels")
}

const SPACES: &str = "indent with spaces";

fn way_out(kind: &ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar => Some(SPACES),
        ErrorKind::MappingValueNotAllowed
        | ErrorKind::InvalidColonPlacement
        | ErrorKind::SimpleKeyExpected => Some("quote a value that contains `: `"),
        ErrorKind::UnexpectedCharacter { .. } => {
            Some("quote a value that starts with a character that YAML reserves")
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::FlowMappingValueAdjacentCollection
        | ErrorKind::UnexpectedEndOfPlainScalar => {
            Some("quote a value that contains a comma, a quote, a colon, a brace or a bracket")
        }
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::MismatchedFlowCollectionEnd { .. }
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofFlowSequence => Some("close the open brace or bracket"),
        ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => {
            Some("close the quote")
        }
        ErrorKind::DirectiveDisallowed => Some("remove lines that start with `%`"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
