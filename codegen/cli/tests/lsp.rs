//! An editor's session with `codegen lsp`, over standard input and output.

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// The editor's end of a session.
struct Editor {
    server: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// What came before somebody asked for it.
    waiting: Vec<Value>,
    last: u64,
}

impl Editor {
    fn start() -> Self {
        let mut server = Command::new(env!("CARGO_BIN_EXE_codegen"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut output = BufReader::new(server.stdout.take().expect("it is piped"));
        let (sender, messages) = channel();
        thread::spawn(move || {
            loop {
                let mut length = 0;
                loop {
                    let mut line = String::new();
                    if output.read_line(&mut line).unwrap_or(0) == 0 {
                        return;
                    }
                    match line.trim().strip_prefix("Content-Length: ") {
                        Some(number) => length = number.parse().expect("a number"),
                        None => break,
                    }
                }
                let mut body = vec![0; length];
                output.read_exact(&mut body).expect("a whole message");
                let message = serde_json::from_slice(&body).expect("JSON");
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self {
            input: server.stdin.take(),
            server,
            messages,
            waiting: Vec::new(),
            last: 0,
        }
    }

    fn running() -> Self {
        let mut editor = Self::start();
        let answer = editor.ask(
            "initialize",
            json!({"capabilities": {}, "processId": null, "rootUri": null}),
        );
        assert_eq!(
            answer["result"]["capabilities"]["hoverProvider"], true,
            "{answer}"
        );
        editor.tell("initialized", json!({}));
        editor
    }

    fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("it is open");
        input.write_all(bytes).expect("the server reads");
        input.flush().expect("the server reads");
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// The whole response to a request.
    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let id = self.last;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        self.next(|message| message["id"] == id && message.get("method").is_none())
    }

    /// The next message that is wanted; the others wait.
    #[track_caller]
    fn next(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.waiting.iter().position(&wanted) {
            return self.waiting.remove(at);
        }
        loop {
            let message = self.messages.recv_timeout(PATIENCE).expect("an answer");
            if wanted(&message) {
                return message;
            }
            self.waiting.push(message);
        }
    }

    /// The next diagnostics of a file.
    #[track_caller]
    fn diagnostics(&mut self, file: &Path) -> Vec<Value> {
        let uri = uri(file);
        let message = self.next(|message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
        });
        message["params"]["diagnostics"]
            .as_array()
            .expect("a list")
            .clone()
    }

    fn open(&mut self, file: &Path) -> String {
        let text = fs::read_to_string(file).expect("it can be read");
        self.tell(
            "textDocument/didOpen",
            json!({"textDocument": {"uri": uri(file), "languageId": "yaml", "version": 1, "text": text}}),
        );
        text
    }

    fn replace(&mut self, file: &Path, text: &str) {
        self.tell(
            "textDocument/didChange",
            json!({"textDocument": {"uri": uri(file), "version": 2}, "contentChanges": [{"text": text}]}),
        );
    }

    fn at(&mut self, method: &str, file: &Path, position: Value) -> Value {
        self.ask(
            method,
            json!({"textDocument": {"uri": uri(file)}, "position": position}),
        )
    }

    /// Says goodbye; the exit code.
    fn end(mut self) -> Option<i32> {
        let answer = self.ask("shutdown", Value::Null);
        assert_eq!(answer["result"], Value::Null, "{answer}");
        self.tell("exit", Value::Null);
        self.server.wait().expect("it ends").code()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn uri(file: &Path) -> String {
    format!("file://{}", file.display())
}

/// The place of the `nth` (from 0) `what` in a text, moved by some characters.
#[track_caller]
fn place(text: &str, what: &str, nth: usize, by: usize) -> Value {
    let at = text.match_indices(what).nth(nth).expect("it is there").0 + by;
    let line = text[..at].matches('\n').count();
    let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    json!({"line": line, "character": text[start..at].encode_utf16().count()})
}

/// A text with edits carried out, the last first.
fn edited(text: &str, edits: &Value) -> String {
    let offset = |position: &Value| {
        let line = usize::try_from(position["line"].as_u64().expect("a number")).expect("small");
        let units =
            usize::try_from(position["character"].as_u64().expect("a number")).expect("small");
        let start = text
            .split_inclusive('\n')
            .take(line)
            .map(str::len)
            .sum::<usize>();
        let units: Vec<u16> = text[start..].encode_utf16().take(units).collect();
        start + String::from_utf16(&units).expect("whole characters").len()
    };
    let mut edits: Vec<(usize, usize, &str)> = edits
        .as_array()
        .expect("a list of edits")
        .iter()
        .map(|edit| {
            let range = &edit["range"];
            let text = edit["newText"].as_str().expect("a text");
            (offset(&range["start"]), offset(&range["end"]), text)
        })
        .collect();
    edits.sort_unstable();
    let mut text = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        text.replace_range(start..end, new);
    }
    text
}

fn labels(answer: &Value) -> Vec<&str> {
    let items = answer["result"].as_array().expect("a list of items");
    items
        .iter()
        .map(|item| item["label"].as_str().expect("a label"))
        .collect()
}

const SETTINGS: &str = "synctable: 1
app: tasks
targets: {sqlite: ../generated/sqlite, postgres: ../migrations, powersync: ../generated/powersync}
enums:
  state: [open, done]
scopes:
  my_lists: select id from lists where owner_id = auth.user_id()
streams:
  one: {params: [list_id], tables: {items: list_id = :list_id}}
views:
  names: {from: items, columns: {id: id, name: title}, where: length(title) > 1}
";

const TABLES: &str = "tables:
  lists:
    doc: \u{1f4dd} A list.
    sync: both
    columns:
      id: {kind: uuid, key: true, client_default: uuid()}
      owner_id: {kind: uuid, server: auth.user_id()}
      edited_at: {kind: timestamptz, role: edited_at}
    indexes: {by_owner: [owner_id]}
    access: {all: owner_id = auth.user_id()}
  items:
    sync: both
    columns:
      id: {kind: uuid, key: true, client_default: uuid()}
      list_id: {kind: uuid, references: lists.id, on_delete: cascade}
      title: text
      state: {kind: state, default: open}
      edited_at:
        kind: timestamptz
        role: edited_at
    indexes: {by_list: [list_id desc]}
    access: {all: list_id in (my_lists)}
";

/// A declaration in two files.
fn project() -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("it is there");
    let schema = root.join("schema");
    fs::create_dir_all(schema.join("tables")).expect("folders");
    let (app, tables) = (schema.join("app.yaml"), schema.join("tables/all.yaml"));
    fs::write(&app, SETTINGS).expect("written");
    fs::write(&tables, TABLES).expect("written");
    (folder, app, tables)
}

#[test]
fn a_session_from_the_first_message_to_the_last() {
    let (_folder, app, tables) = project();
    let mut editor = Editor::running();
    editor.open(&app);
    editor.open(&tables);

    // Completion: keys, words, kinds, names of the declaration.
    let typing = TABLES.replace("      title: text\n", "      title: {kind: text, nul\n");
    editor.replace(&tables, &typing);
    let answer = editor.at(
        "textDocument/completion",
        &tables,
        place(&typing, "nul\n", 0, 3),
    );
    assert!(labels(&answer).contains(&"nullable"), "{answer}");
    assert!(
        !labels(&answer).contains(&"kind"),
        "it is there already: {answer}"
    );
    let item = answer["result"]
        .as_array()
        .and_then(|all| all.iter().find(|item| item["label"] == "nullable"));
    let edit = &item.expect("the item")["textEdit"];
    assert_eq!(
        edited(&typing, &json!([edit])),
        typing.replace("nul\n", "nullable: \n")
    );
    for (from, to, cursor, expected, not) in [
        ("title: text", "title: ", "title: ", "state", "lists"),
        (
            "title: text",
            "title: {kind: s",
            "{kind: s",
            "smallint",
            "true",
        ),
        (
            "sync: both\n    columns:\n      id: {kind: uuid, key: true, client_default: uuid()}\n      list",
            "sync: \n    columns:\n      id: {kind: uuid, key: true, client_default: uuid()}\n      list",
            "sync: \n",
            "down",
            "uuid",
        ),
        (
            "references: lists.id",
            "references: lists.",
            "references: lists.",
            "lists.id",
            "my_lists",
        ),
        (
            "(my_lists)",
            "(my",
            "list_id in (my",
            "my_lists",
            "owner_id",
        ),
        (
            "[list_id desc]",
            "[li",
            "by_list: [li",
            "list_id",
            "my_lists",
        ),
    ] {
        let typing = TABLES.replacen(from, to, 1);
        editor.replace(&tables, &typing);
        let by = cursor.trim_end_matches('\n').len();
        let answer = editor.at(
            "textDocument/completion",
            &tables,
            place(&typing, cursor, 0, by),
        );
        let labels = labels(&answer);
        assert!(labels.contains(&expected), "{to}: {labels:?}");
        assert!(!labels.contains(&not), "{to}: {labels:?}");
    }
    editor.replace(&tables, TABLES);

    // Hover: what is generated of a table and a column, and what a key means.
    let hover = editor.at(
        "textDocument/hover",
        &app,
        place(SETTINGS, "from lists", 0, 6),
    );
    let markdown = hover["result"]["contents"]["value"]
        .as_str()
        .expect("a text");
    for part in [
        "table `lists`",
        "\u{1f4dd} A list.",
        "create table public.lists (",
        "CREATE TABLE lists (",
        "- read, authenticated: `owner_id = auth.user_id()`",
        "-- tasks\nSELECT id, owner_id, edited_at\nFROM lists\n",
    ] {
        assert!(markdown.contains(part), "{part}\n{markdown}");
    }
    let hover = editor.at(
        "textDocument/hover",
        &tables,
        place(TABLES, "owner_id: ", 0, 1),
    );
    let markdown = hover["result"]["contents"]["value"]
        .as_str()
        .expect("a text");
    for part in [
        "owner_id uuid",
        "owner_id TEXT",
        "- changed by: nobody",
        "- in streams: tasks",
    ] {
        assert!(markdown.contains(part), "{part}\n{markdown}");
    }
    let hover = editor.at(
        "textDocument/hover",
        &tables,
        place(TABLES, "on_delete", 0, 1),
    );
    let markdown = hover["result"]["contents"]["value"]
        .as_str()
        .expect("a text");
    assert!(
        markdown.contains("when the one it refers to is deleted"),
        "{markdown}"
    );

    // Definition and references, over both files.
    let answer = editor.at(
        "textDocument/definition",
        &app,
        place(SETTINGS, "from lists", 0, 6),
    );
    assert_eq!(answer["result"]["uri"], uri(&tables), "{answer}");
    assert_eq!(
        answer["result"]["range"]["start"],
        place(TABLES, "lists:", 0, 0)
    );
    for (file, text, what, by, with, expected) in [
        (&tables, TABLES, "  lists:", 3, true, 3),
        (&tables, TABLES, "  lists:", 3, false, 2),
        (&tables, TABLES, "list_id: {", 0, true, 4),
        (&app, SETTINGS, "my_lists", 2, true, 2),
        (&app, SETTINGS, "  state", 4, true, 2),
        (&tables, TABLES, "owner_id: {", 3, true, 4),
    ] {
        let answer = editor.ask(
            "textDocument/references",
            json!({"textDocument": {"uri": uri(file)}, "position": place(text, what, 0, by), "context": {"includeDeclaration": with}}),
        );
        let found = answer["result"].as_array().expect("places").len();
        assert_eq!(found, expected, "{what}: {answer}");
    }

    // Rename: everywhere, with `was`, in each form of a declaration.
    for (file, text, what, by, to, expected) in [
        (
            &tables,
            TABLES,
            "  lists:",
            3,
            "boards",
            vec![
                "  boards:\n    was: lists\n    doc:",
                "references: boards.id",
                "from boards where",
            ],
        ),
        (
            &tables,
            TABLES,
            "title: text",
            1,
            "name",
            vec![
                "      name: {was: title, kind: text}\n",
                "name: name}, where: length(name) > 1",
            ],
        ),
        (
            &tables,
            TABLES,
            "list_id: {",
            1,
            "board_id",
            vec![
                "board_id: {was: list_id, kind: uuid,",
                "[board_id desc]",
                "all: board_id in (my_lists)",
                "items: board_id = :list_id",
            ],
        ),
        (
            &tables,
            TABLES,
            "edited_at:\n",
            1,
            "changed_at",
            vec![
                "      changed_at:\n        was: edited_at\n        kind: timestamptz\n",
                "      edited_at: {kind",
            ],
        ),
        (
            &app,
            SETTINGS,
            "  state",
            3,
            "progress",
            vec![
                "progress: {was: state, labels: [open, done]}",
                "state: {kind: progress, default",
            ],
        ),
        (
            &app,
            SETTINGS,
            "my_lists",
            3,
            "own",
            vec!["  own: select", "list_id in (own)"],
        ),
    ] {
        let answer = editor.ask(
            "textDocument/rename",
            json!({"textDocument": {"uri": uri(file)}, "position": place(text, what, 0, by), "newName": to}),
        );
        let changes = &answer["result"]["changes"];
        let renamed = |file: &Path, text: &str| match changes.get(uri(file)) {
            Some(edits) => edited(text, edits),
            None => text.to_owned(),
        };
        let all = renamed(&app, SETTINGS) + &renamed(&tables, TABLES);
        for part in expected {
            assert!(all.contains(part), "{to}: {part}\n{all}\n{answer}");
        }
    }
    for (to, why) in [
        ("My Lists", "is not a name"),
        ("items", "is declared already"),
        ("", "is not a name"),
    ] {
        let answer = editor.ask(
            "textDocument/rename",
            json!({"textDocument": {"uri": uri(&tables)}, "position": place(TABLES, "  lists:", 0, 3), "newName": to}),
        );
        let message = answer["error"]["message"].as_str().expect("a refusal");
        assert!(message.contains(why), "{message}");
    }
    let answer = editor.at(
        "textDocument/prepareRename",
        &tables,
        place(TABLES, "list_id: {", 0, 1),
    );
    assert_eq!(answer["result"]["placeholder"], "list_id", "{answer}");
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn mistakes_come_while_somebody_types_and_go_when_they_are_mended() {
    let (_folder, app, tables) = project();
    let mut editor = Editor::running();
    editor.open(&app);
    editor.open(&tables);

    // A mistake of the file alone.
    let wrong = TABLES.replace("on_delete", "on_delet");
    editor.replace(&tables, &wrong);
    let found = editor.diagnostics(&tables);
    assert_eq!(found[0]["code"], "S101", "{found:?}");
    assert_eq!(found[0]["range"]["start"], place(&wrong, "on_delet", 0, 0));
    assert_eq!(found[0]["range"]["end"], place(&wrong, "on_delet", 0, 8));

    // Its quick fix.
    let range = &found[0]["range"];
    let answer = editor.ask(
        "textDocument/codeAction",
        json!({"textDocument": {"uri": uri(&tables)}, "range": range, "context": {"diagnostics": []}}),
    );
    let edits = &answer["result"][0]["edit"]["changes"][uri(&tables)];
    assert_eq!(edited(&wrong, edits), TABLES, "{answer}");

    // A mistake that only the whole declaration tells, in the file that did not change.
    let renamed = TABLES
        .replace("  lists:", "  boards:")
        .replace("lists.id", "boards.id");
    editor.replace(&tables, &renamed);
    let found = editor.diagnostics(&app);
    assert!(
        found.iter().any(|one| one["message"]
            .as_str()
            .is_some_and(|text| text.contains("`lists`"))),
        "{found:?}"
    );
    let all = found.iter().all(|one| one["source"] == "synctable");
    assert!(all);
    editor.replace(&tables, TABLES);
    assert_eq!(editor.diagnostics(&app), Vec::<Value>::new());

    // Changes of a part of the text, counted in UTF-16.
    let start = place(TABLES, "A list.", 0, 0);
    let end = place(TABLES, "A list.", 0, 1);
    editor.tell(
        "textDocument/didChange",
        json!({"textDocument": {"uri": uri(&tables), "version": 3}, "contentChanges": [{"range": {"start": start, "end": end}, "text": "Whose"}]}),
    );
    let hover = editor.at(
        "textDocument/hover",
        &tables,
        place(TABLES, "  lists:", 0, 3),
    );
    assert!(
        hover["result"]["contents"]["value"]
            .as_str()
            .expect("a text")
            .contains("\u{1f4dd} Whose list."),
        "{hover}"
    );

    // Half of YAML.
    editor.replace(&tables, "tables: {");
    // What was mended before is told first.
    while editor.diagnostics(&tables).is_empty() {}
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn whatever_comes_the_session_goes_on() {
    let (folder, app, tables) = project();
    let mut editor = Editor::start();
    let early = editor.at(
        "textDocument/hover",
        &app,
        json!({"line": 0, "character": 0}),
    );
    assert_eq!(early["error"]["code"], -32002, "{early}");
    let answer = editor.ask("initialize", json!({"capabilities": {}}));
    assert!(answer["result"].is_object(), "{answer}");

    // Not JSON, not a message, not a header.
    for bad in ["{\"jsonrpc\": ", "[]", "{\"id\": {}}", "\u{0}"] {
        editor.raw(format!("Content-Length: {}\r\n\r\n{bad}", bad.len()).as_bytes());
        let told = editor.next(|message| message["method"] == "window/logMessage");
        assert_eq!(told["params"]["type"], 1, "{told}");
    }
    editor.raw(b"nonsense\r\n");
    editor.next(|message| message["method"] == "window/logMessage");

    editor.open(&app);
    editor.open(&tables);
    // Files that nobody knows, and that belong to no declaration.
    let zero = json!({"line": 0, "character": 0});
    let other = folder.path().join("notes.yaml");
    for file in [&other, &folder.path().join("schema/nowhere.yaml")] {
        let answer = editor.at("textDocument/hover", file, zero.clone());
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
    }
    for wrong in ["untitled:1", "", "file:", "https://example/a.yaml"] {
        let answer = editor.ask(
            "textDocument/definition",
            json!({"textDocument": {"uri": wrong}, "position": zero}),
        );
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
    }
    // Parameters of another form, and methods that there are not.
    for (method, params, code) in [
        ("textDocument/hover", Value::Null, -32602),
        (
            "textDocument/hover",
            json!({"textDocument": {"uri": uri(&app)}, "position": {"line": -1, "character": 0}}),
            -32602,
        ),
        (
            "textDocument/rename",
            json!({"textDocument": {"uri": uri(&app)}}),
            -32602,
        ),
        ("textDocument/nothing", json!({}), -32601),
        ("initialize", json!({}), -32600),
    ] {
        let answer = editor.ask(method, params);
        assert_eq!(answer["error"]["code"], code, "{method}: {answer}");
    }
    for method in [
        "textDocument/didOpen",
        "textDocument/didChange",
        "textDocument/didClose",
    ] {
        editor.tell(method, json!({"textDocument": 1}));
    }
    // Places that are in no text: inside of a character, past the end, past every end.
    for (line, character) in [
        (2, 10),
        (2, 9),
        (2, u32::MAX),
        (u32::MAX, 0),
        (u32::MAX, u32::MAX),
    ] {
        for method in [
            "textDocument/hover",
            "textDocument/completion",
            "textDocument/definition",
        ] {
            let answer = editor.at(
                method,
                &tables,
                json!({"line": line, "character": character}),
            );
            assert!(answer.get("error").is_none(), "{method}: {answer}");
        }
    }
    for (start, end) in [
        ((2, 10), (2, 11)),
        ((9, 9), (1, 1)),
        ((u32::MAX, 0), (u32::MAX, 9)),
    ] {
        let at = |(line, character): (u32, u32)| json!({"line": line, "character": character});
        editor.tell(
            "textDocument/didChange",
            json!({"textDocument": {"uri": uri(&tables), "version": 2}, "contentChanges": [{"range": {"start": at(start), "end": at(end)}, "text": "\u{1f600}"}]}),
        );
    }
    editor.tell(
        "textDocument/didChange",
        json!({"textDocument": {"uri": uri(&other), "version": 2}, "contentChanges": [{"text": "x"}]}),
    );
    // The session still knows what it is for.
    editor.replace(&tables, TABLES);
    let answer = editor.at(
        "textDocument/definition",
        &app,
        place(SETTINGS, "from lists", 0, 6),
    );
    assert_eq!(answer["result"]["uri"], uri(&tables), "{answer}");
    assert_eq!(editor.ask("shutdown", Value::Null)["result"], Value::Null);
    let late = editor.at("textDocument/hover", &app, zero);
    assert_eq!(late["error"]["code"], -32600, "{late}");
    editor.tell("exit", Value::Null);
    assert_eq!(editor.server.wait().expect("it ends").code(), Some(0));

    // An editor that goes away without a word ends it, too.
    let mut gone = Editor::running();
    gone.input = None;
    assert_ne!(gone.server.wait().expect("it ends").code(), Some(0));
}

/// Time counts in a release build alone, which has a thousand tables; another one is many times slower.
const IS_TIMED: bool = !cfg!(debug_assertions);

/// How often the time is taken; the middle one counts.
const ROUNDS: usize = if IS_TIMED { 9 } else { 2 };

/// In each of ten files.
const TABLES_IN_FILE: usize = if IS_TIMED { 100 } else { 10 };

#[test]
fn many_tables_are_checked_while_somebody_types() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("it is there");
    fs::create_dir_all(root.join("schema")).expect("folders");
    let app = root.join("schema/app.yaml");
    fs::write(&app, "synctable: 1\napp: many\ntargets: {sqlite: ../generated/sqlite, powersync: ../generated/powersync}\n").expect("written");
    let mut files = Vec::new();
    for file in 0..10 {
        let mut text = "tables:\n".to_owned();
        for table in file * TABLES_IN_FILE..(file + 1) * TABLES_IN_FILE {
            text += &format!(
                "  t{table}:\n    sync: both\n    columns:\n      id: {{kind: uuid, key: true, client_default: uuid()}}\n      owner_id: {{kind: uuid, server: auth.user_id()}}\n"
            );
            for column in 0..10 {
                text += &format!("      c{column}: {{kind: text, nullable: true}}\n");
            }
            text += "      edited_at: {kind: timestamptz, role: edited_at}\n    indexes: {by_owner: [owner_id]}\n    access: {all: owner_id = auth.user_id()}\n";
        }
        let path = root.join(format!("schema/t{file}.yaml"));
        fs::write(&path, &text).expect("written");
        files.push((path, text));
    }
    let (file, text) = &files[5];
    let mut editor = Editor::running();
    editor.open(file);
    editor.at(
        "textDocument/hover",
        file,
        json!({"line": 1, "character": 3}),
    );
    let mut alone = Vec::new();
    let mut whole = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        editor.replace(file, &text.replacen("nullable", "nulable", 1));
        assert_eq!(editor.diagnostics(file)[0]["code"], "S101");
        alone.push(start.elapsed());
        // The whole declaration says the same.
        editor.diagnostics(file);
        let start = Instant::now();
        editor.replace(file, &text.replacen("owner_id = auth", "owner = auth", 1));
        assert_eq!(editor.diagnostics(file)[0]["code"], "S305");
        whole.push(start.elapsed());
        editor.replace(file, text);
        assert_eq!(editor.diagnostics(file), Vec::<Value>::new());
    }
    alone.sort();
    whole.sort();
    println!("of the file alone {alone:?}, of the whole declaration {whole:?}");
    assert!(
        !IS_TIMED || alone[ROUNDS / 2] < Duration::from_millis(50),
        "{alone:?}"
    );
    assert!(
        !IS_TIMED || whole[ROUNDS / 2] < Duration::from_millis(400),
        "{whole:?}"
    );
    assert_eq!(editor.end(), Some(0));
}
