//! One session with an editor: what it says is kept, what it asks is answered, what is wrong is published.
//!
//! Mistakes of the file that changed are published at once; those of the whole declaration when the typing pauses.

use super::cursor::cursor;
use super::definition::{definition, references};
use super::index::Declared;
use super::lines::Lines;
use super::protocol::{
    ActionsIn, AtPosition, Changed, OfDocument, Opened, OpenedDocument, References, Refused,
    Renamed, TextEdit,
};
use super::published::published;
use super::symbol::Occurrence;
use super::workspace::{Open, Snapshot, Workspace};
use super::{completion, fixes, hover, rename, uri};
use crate::diagnostic::FileId;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How long nothing has to change before a whole declaration is checked.
const PAUSE: Duration = Duration::from_millis(120);

/// What comes in.
pub(super) enum Incoming {
    Message(Message),
    /// Something that is not a message, and what is wrong with it.
    Malformed(String),
}

/// How far a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    New,
    Running,
    ShutDown,
}

/// A declaration that the editor has files of.
#[derive(Default)]
struct App {
    snapshot: Option<Snapshot>,
    /// Something changed after the snapshot.
    is_stale: bool,
    /// The names of the snapshot, and those of before in files that are not YAML at the moment.
    declared: Declared,
    /// The files for which the editor shows diagnostics.
    shown: BTreeSet<String>,
}

impl App {
    /// Goes on with another snapshot.
    fn take(&mut self, snapshot: Snapshot) {
        let declared = Declared::of(&snapshot.files);
        let before = std::mem::take(&mut self.declared);
        self.declared = match snapshot.files.len() == snapshot.paths.len() {
            true => declared,
            false => declared.or_before(before),
        };
        self.snapshot = Some(snapshot);
        self.is_stale = false;
    }
}

pub(super) struct Session<W> {
    out: W,
    stage: Stage,
    workspace: Workspace,
    apps: BTreeMap<PathBuf, App>,
    /// When whole declarations are checked next.
    due: Option<Instant>,
}

impl<W: Write> Session<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            stage: Stage::New,
            workspace: Workspace::default(),
            apps: BTreeMap::new(),
            due: None,
        }
    }

    /// Runs until `exit`, or until nothing comes any more; whether `shutdown` came before.
    pub(super) fn run(mut self, incoming: &Receiver<Incoming>) -> io::Result<bool> {
        loop {
            let next = match self.due {
                Some(due) => incoming.recv_timeout(due.saturating_duration_since(Instant::now())),
                None => incoming.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match next {
                Ok(Incoming::Message(Message::Request(request))) => self.request(request)?,
                Ok(Incoming::Message(Message::Notification(one))) if one.method == "exit" => {
                    return Ok(self.stage == Stage::ShutDown);
                }
                Ok(Incoming::Message(Message::Notification(one))) => self.notification(one)?,
                // Nothing is asked of the editor, so it has nothing to answer.
                Ok(Incoming::Message(Message::Response(_))) => {}
                Ok(Incoming::Malformed(why)) => self.log(&why)?,
                Err(RecvTimeoutError::Timeout) => self.settle()?,
                Err(RecvTimeoutError::Disconnected) => return Ok(self.stage == Stage::ShutDown),
            }
        }
    }

    fn send(&mut self, message: Message) -> io::Result<()> {
        message.write(&mut self.out)
    }

    fn notify(&mut self, method: &str, params: Value) -> io::Result<()> {
        self.send(Notification::new(method.to_owned(), params).into())
    }

    /// Tells the user's log; what is quoted is cut.
    fn log(&mut self, text: &str) -> io::Result<()> {
        let text: String = text.chars().take(500).collect();
        self.notify("window/logMessage", json!({"type": 1, "message": text}))
    }

    fn request(&mut self, request: Request) -> io::Result<()> {
        let id = request.id.clone();
        let answer = match (self.stage, request.method.as_str()) {
            (Stage::New, "initialize") => {
                self.stage = Stage::Running;
                Ok(capabilities())
            }
            (Stage::New, _) => Err(refused(
                ErrorCode::ServerNotInitialized,
                "the first request is `initialize`",
            )),
            (Stage::ShutDown, _) => Err(refused(
                ErrorCode::InvalidRequest,
                "nothing comes after `shutdown` but `exit`",
            )),
            (Stage::Running, "initialize") => Err(refused(
                ErrorCode::InvalidRequest,
                "the session is initialized already",
            )),
            (Stage::Running, "shutdown") => {
                self.stage = Stage::ShutDown;
                Ok(Value::Null)
            }
            (Stage::Running, _) => self.answer(request),
        };
        self.respond(id, answer)
    }

    fn respond(&mut self, id: RequestId, answer: Result<Value, Refused>) -> io::Result<()> {
        let response = match answer {
            Ok(value) => Response::new_ok(id, value),
            Err(refused) => Response::new_err(id, refused.code, refused.message),
        };
        self.send(response.into())
    }

    fn answer(&mut self, request: Request) -> Result<Value, Refused> {
        let Request { method, params, .. } = request;
        match method.as_str() {
            "textDocument/completion" => self.completion(&parameters(params)?),
            "textDocument/hover" => self.hover(&parameters(params)?),
            "textDocument/definition" => {
                let at: AtPosition = parameters(params)?;
                let found = self.symbol(&at)?;
                Ok(found.map_or(Value::Null, |(snapshot, one)| {
                    json!(definition(snapshot, &one.symbol))
                }))
            }
            "textDocument/references" => {
                let wanted: References = parameters(params)?;
                let at = AtPosition {
                    text_document: wanted.text_document,
                    position: wanted.position,
                };
                let found = self.symbol(&at)?;
                Ok(found.map_or(Value::Null, |(snapshot, one)| {
                    let with = wanted.context.include_declaration;
                    json!(references(snapshot, &one.symbol, with))
                }))
            }
            "textDocument/prepareRename" => {
                let at: AtPosition = parameters(params)?;
                let found = self.symbol(&at)?;
                Ok(found.map_or(Value::Null, |(snapshot, one)| {
                    json!({"range": snapshot.range(one.span), "placeholder": one.symbol.name()})
                }))
            }
            "textDocument/rename" => {
                let wanted: Renamed = parameters(params)?;
                let at = AtPosition {
                    text_document: wanted.text_document,
                    position: wanted.position,
                };
                match self.symbol(&at)? {
                    Some((snapshot, one)) => {
                        rename::rename(snapshot, &one.symbol, &wanted.new_name)
                    }
                    None => Err(Refused::failed("there is nothing to rename here")),
                }
            }
            "textDocument/codeAction" => {
                let wanted: ActionsIn = parameters(params)?;
                let Some((snapshot, file)) = self.file(&wanted.text_document.uri)? else {
                    return Ok(json!([]));
                };
                Ok(json!(fixes::fixes(snapshot, file, wanted.range)))
            }
            other => Err(refused(
                ErrorCode::MethodNotFound,
                &format!("`{other}` is not answered"),
            )),
        }
    }

    fn completion(&mut self, at: &AtPosition) -> Result<Value, Refused> {
        let path = path_of(&at.text_document.uri)?;
        let Some(folder) = self.workspace.folder_of(&path) else {
            return Ok(json!([]));
        };
        let Some(open) = self.workspace.open.get(&path) else {
            return Err(unknown(&at.text_document.uri));
        };
        let lines = Lines::new(&open.text);
        let offset = lines.offset(at.position);
        let cursor = cursor(&open.text, offset);
        let written = open.text[..offset].to_owned();
        let range_of = |with_dots: bool| {
            let is_part =
                |c: char| c.is_ascii_alphanumeric() || c == '_' || (with_dots && c == '.');
            lines.range(written.trim_end_matches(is_part).len(), offset)
        };
        let (plain, dotted) = (range_of(false), range_of(true));
        // Names of a moment ago are as good, and known at once.
        let app = self.apps.entry(folder.clone()).or_default();
        if app.snapshot.is_none() {
            app.take(self.workspace.read(&folder));
        }
        let mut items = completion::completion(&cursor, &app.declared);
        for item in &mut items {
            let is_dotted = item["label"]
                .as_str()
                .is_some_and(|label| label.contains('.'));
            let new_text = item["insertText"].as_str().unwrap_or_default().to_owned();
            item["textEdit"] = json!(TextEdit {
                range: if is_dotted { dotted } else { plain },
                new_text,
            });
        }
        Ok(json!(items))
    }

    fn hover(&mut self, at: &AtPosition) -> Result<Value, Refused> {
        let position = at.position;
        let Some((snapshot, file)) = self.file(&at.text_document.uri)? else {
            return Ok(Value::Null);
        };
        let text = snapshot.reading.sources.text(file);
        let offset = Lines::new(text).offset(position);
        let (span, markdown) = match snapshot.index().at(file, offset) {
            Some(one) => (one.span, hover::of_symbol(snapshot, &one.symbol)),
            None => match snapshot.index().key_at(file, offset) {
                Some((span, spec)) => (span, hover::of_key(spec)),
                None => return Ok(Value::Null),
            },
        };
        Ok(json!({
            "contents": {"kind": "markdown", "value": markdown},
            "range": snapshot.range(span),
        }))
    }

    /// The symbol at a place, in the declaration as it is now.
    fn symbol(&mut self, at: &AtPosition) -> Result<Option<(&Snapshot, Occurrence)>, Refused> {
        let position = at.position;
        let Some((snapshot, file)) = self.file(&at.text_document.uri)? else {
            return Ok(None);
        };
        let offset = Lines::new(snapshot.reading.sources.text(file)).offset(position);
        let found = snapshot.index().at(file, offset).cloned();
        Ok(found.map(|one| (snapshot, one)))
    }

    /// A file in its declaration as it is now; nothing for a file that is part of none.
    fn file(&mut self, uri: &str) -> Result<Option<(&Snapshot, FileId)>, Refused> {
        let path = path_of(uri)?;
        let Some(folder) = self.workspace.folder_of(&path) else {
            return match self.workspace.open.contains_key(&path) {
                true => Ok(None),
                false => Err(unknown(uri)),
            };
        };
        let app = self.apps.entry(folder.clone()).or_default();
        if app.is_stale || app.snapshot.is_none() {
            app.take(self.workspace.read(&folder));
        }
        let snapshot = app.snapshot.as_ref().expect("it was just read");
        match snapshot.file(&path) {
            Some(file) => Ok(Some((snapshot, file))),
            None => Err(unknown(uri)),
        }
    }

    fn notification(&mut self, one: Notification) -> io::Result<()> {
        if self.stage != Stage::Running {
            return Ok(());
        }
        let Notification { method, params } = one;
        let result = match method.as_str() {
            "textDocument/didOpen" => parameters(params).map(|opened: Opened| {
                let OpenedDocument { uri, text } = opened.text_document;
                let path = uri::path(&uri)?;
                self.workspace.open.insert(path.clone(), Open { uri, text });
                Some(path)
            }),
            "textDocument/didChange" => parameters(params).map(|changed| self.change(changed)),
            "textDocument/didClose" => parameters(params).map(|closed: OfDocument| {
                let path = uri::path(&closed.text_document.uri)?;
                self.workspace.open.remove(&path);
                Some(path)
            }),
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => {
                for app in self.apps.values_mut() {
                    app.is_stale = true;
                }
                self.due = Some(Instant::now() + PAUSE);
                return Ok(());
            }
            _ => return Ok(()),
        };
        match result {
            Ok(Some(path)) => self.changed(&path),
            Ok(None) => Ok(()),
            Err(refused) => self.log(&format!("{method}: {}", refused.message)),
        }
    }

    /// Takes over changes of a file that the editor holds.
    fn change(&mut self, changed: Changed) -> Option<PathBuf> {
        let path = uri::path(&changed.text_document.uri)?;
        let open = self.workspace.open.get_mut(&path)?;
        for change in changed.content_changes {
            match change.range {
                None => open.text = change.text,
                Some(range) => {
                    let lines = Lines::new(&open.text);
                    let start = lines.offset(range.start);
                    let end = lines.offset(range.end).max(start);
                    open.text.replace_range(start..end, &change.text);
                }
            }
        }
        Some(path)
    }

    /// Publishes what is wrong with a file alone, and has its declaration checked soon.
    fn changed(&mut self, path: &Path) -> io::Result<()> {
        let Some(folder) = self.workspace.folder_of(path) else {
            return Ok(());
        };
        let app = self.apps.entry(folder.clone()).or_default();
        if app.snapshot.is_none() {
            app.take(self.workspace.read(&folder));
        }
        app.is_stale = true;
        self.due = Some(Instant::now() + PAUSE);
        let Some((sources, found)) = self.workspace.read_alone(path) else {
            return Ok(());
        };
        if found.is_empty() {
            // What is shown is from before; the whole declaration says soon whether it still holds.
            return Ok(());
        }
        let uri = self.workspace.uri(path);
        app.shown.insert(uri.clone());
        let uri_of = |_| uri.clone();
        let found: Vec<Value> = found
            .iter()
            .map(|one| published(one, &sources, &uri_of))
            .collect();
        self.publish(&uri, found)
    }

    /// Checks every declaration that changed, and publishes what is wrong with it.
    fn settle(&mut self) -> io::Result<()> {
        self.due = None;
        let stale: Vec<PathBuf> = self
            .apps
            .iter()
            .filter(|(_, app)| app.is_stale || app.snapshot.is_none())
            .map(|(folder, _)| folder.clone())
            .collect();
        for folder in stale {
            let snapshot = self.workspace.read(&folder);
            let mut by_file: BTreeMap<String, Vec<Value>> = BTreeMap::new();
            let uri_of = |file: FileId| snapshot.uri(file).to_owned();
            for one in &snapshot.reading.diagnostics {
                let file = one.span.map_or(FileId(0), |span| span.file);
                if snapshot.paths.is_empty() {
                    continue;
                }
                let value = published(one, &snapshot.reading.sources, &uri_of);
                by_file.entry(uri_of(file)).or_default().push(value);
            }
            let app = self.apps.entry(folder).or_default();
            app.take(snapshot);
            let now: BTreeSet<String> = by_file.keys().cloned().collect();
            let gone: Vec<String> = app.shown.difference(&now).cloned().collect();
            app.shown = now;
            for uri in gone {
                self.publish(&uri, Vec::new())?;
            }
            for (uri, found) in by_file {
                self.publish(&uri, found)?;
            }
        }
        Ok(())
    }

    fn publish(&mut self, uri: &str, diagnostics: Vec<Value>) -> io::Result<()> {
        self.notify(
            "textDocument/publishDiagnostics",
            json!({"uri": uri, "diagnostics": diagnostics}),
        )
    }
}

fn capabilities() -> Value {
    json!({
        "capabilities": {
            "positionEncoding": "utf-16",
            "textDocumentSync": {"openClose": true, "change": 2, "save": true},
            "completionProvider": {"triggerCharacters": [" ", ".", "{", "[", ","]},
            "hoverProvider": true,
            "definitionProvider": true,
            "referencesProvider": true,
            "renameProvider": {"prepareProvider": true},
            "codeActionProvider": {"codeActionKinds": ["quickfix"]},
        },
        "serverInfo": {"name": "synctable"},
    })
}

fn parameters<T: DeserializeOwned>(params: Value) -> Result<T, Refused> {
    serde_json::from_value(params)
        .map_err(|error| refused(ErrorCode::InvalidParams, &error.to_string()))
}

fn refused(code: ErrorCode, message: &str) -> Refused {
    Refused {
        code: code as i32,
        message: message.to_owned(),
    }
}

fn path_of(uri: &str) -> Result<PathBuf, Refused> {
    uri::path(uri).ok_or_else(|| unknown(uri))
}

fn unknown(uri: &str) -> Refused {
    let uri: String = uri.chars().take(500).collect();
    refused(
        ErrorCode::InvalidParams,
        &format!("`{uri}` is not a file of a declaration"),
    )
}
