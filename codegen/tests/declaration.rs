//! The decoder: every form of the language is read, every mistake is reported, nothing makes it panic.

use proptest::prelude::*;
use std::path::Path;
use synctable::{ElementSyntax, EnumStorage, FkAction, KindSyntax, Scalar, SyncMode};
use synctable_codegen::declaration::{
    CheckBody, Declaration, IdForm, NullsOrder, Origins, Part, RecipePart, Rule, Server, Side,
    TrackPrevious, UpdateRule, Value, ViewBody, decode, json_schema,
};
use synctable_codegen::diagnostic::{Color, Diagnostics, Format, Place, Sources, render};
use synctable_codegen::model::{Auth, IndexSide, OnServer, SqlPhase};
use synctable_codegen::source::{Node, SourceFile, Style, Value as Yaml, load, parse};

/// What a declaration of these files is read as, and the report on it.
struct Read {
    declaration: Declaration,
    sources: Sources,
    files: Vec<SourceFile>,
    /// Code and message of each diagnostic, in source order.
    found: Vec<String>,
    report: String,
}

fn read(texts: &[&str]) -> Read {
    let mut sources = Sources::new();
    let mut cx = Diagnostics::new();
    let mut files = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let file = sources.add(format!("{index}.yaml"), *text).expect("UTF-8");
        let root = parse(file, sources.text(file), &mut cx).expect("YAML");
        files.push(SourceFile { file, root });
    }
    finish(files, sources, cx)
}

fn finish(files: Vec<SourceFile>, sources: Sources, mut cx: Diagnostics) -> Read {
    let declaration = decode(&files, &sources, &mut cx);
    let found = cx.into_sorted();
    let report = render(Format::Human(Color::Never), &found, &sources);
    Read {
        declaration,
        sources,
        files,
        found: found
            .iter()
            .map(|d| format!("{} {}", d.code, d.message))
            .collect(),
        report,
    }
}

/// A declaration with settings before the text; it has no mistakes.
#[track_caller]
fn clean(text: &str) -> Declaration {
    let read = read(&["synctable: 1\napp: tasks\n", text]);
    assert_eq!(read.report, "");
    read.declaration
}

/// The mistakes of a declaration with settings before the text.
fn mistakes(text: &str) -> Vec<String> {
    read(&["synctable: 1\napp: tasks\n", text]).found
}

#[test]
fn the_declarations_of_this_workspace_are_read_without_a_mistake() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let validator = jsonschema::validator_for(&json_schema()).expect("a JSON Schema");
    let mut folders = [
        "schema",
        "examples/powergit/schema",
        "examples/taskly/schema",
        "examples/tunetrees/schema",
    ]
    .map(str::to_owned)
    .to_vec();
    // Every form of the language is accepted in one of the cases.
    let cases = std::fs::read_dir(workspace.join("tests/cases/accept")).expect("there are cases");
    folders.extend(cases.map(|case| {
        let name = case.expect("it can be listed").file_name();
        format!("tests/cases/accept/{}/schema", name.to_string_lossy())
    }));
    assert!(folders.len() > 40);
    for folder in &folders {
        let mut sources = Sources::new();
        let mut cx = Diagnostics::new();
        let files = load(&workspace.join(folder), &mut sources, &mut cx);
        let read = finish(files, sources, cx);
        assert_eq!(read.report, "", "{folder}");
        assert!(!read.declaration.tables.is_empty(), "{folder}");
        for file in &read.files {
            let path = read.sources.path(file.file);
            let errors: Vec<String> = validator
                .iter_errors(&json(&file.root))
                .map(|error| format!("{} {error}", error.instance_path()))
                .collect();
            assert_eq!(errors, [""; 0], "{path} against the JSON Schema");
        }
    }
}

/// The tree as a JSON reader of YAML sees it.
fn json(node: &Node) -> serde_json::Value {
    match &node.value {
        Yaml::Scalar { text, style } => match (style, text.as_str()) {
            (Style::Plain, "" | "~" | "null") => serde_json::Value::Null,
            (Style::Plain, "true") => true.into(),
            (Style::Plain, "false") => false.into(),
            (Style::Plain, number) if number.parse::<i64>().is_ok() => {
                number.parse::<i64>().expect("just parsed").into()
            }
            (_, text) => text.into(),
        },
        Yaml::Sequence(items) => items.iter().map(json).collect(),
        Yaml::Mapping(entries) => entries
            .iter()
            .map(|(key, node)| (key.text.clone(), json(node)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Yaml::Refused => panic!("refused"),
    }
}

#[test]
fn the_json_schema_refuses_what_the_decoder_refuses_by_shape() {
    let validator = jsonschema::validator_for(&json_schema()).expect("a JSON Schema");
    for (text, valid) in [
        ("tables: {a: {sync: both, columns: {id: uuid}}}", true),
        ("enums: {a: [x], b: {labels: [x], storage: check}}", true),
        ("tables: {a: {sync: dwon, columns: {id: uuid}}}", false),
        (
            "tables: {a: {sync: both, columns: {id: {kid: uuid}}}}",
            false,
        ),
        ("tables: {a: {columns: {id: uuid}}}", false),
        ("targets: {sqlit: a}", false),
        ("synctable: 2", false),
        ("streams: {a: {tables: [b], priority: 4}}", false),
    ] {
        let read = read(&["synctable: 1\napp: tasks\n", text]);
        let file = &read.files[1];
        assert_eq!(validator.is_valid(&json(&file.root)), valid, "{text}");
        assert_eq!(read.found.is_empty(), valid, "{text}: {}", read.report);
    }
}

#[test]
fn settings_are_read() {
    let read = read(&["
synctable: 1
app: tasks
doc: Lists.
postgres:
  schema: app
  auth: jwt_claims
  user_id: bigint
  roles: {client: a, anonymous: b, owner: c, replication: d, service: e}
  owner_bypasses_rls: true
  publication: changes
targets: {sqlite: ./generated//sqlite/, postgres: ../x/../migrations}
"]);
    assert_eq!(read.report, "");
    let d = &read.declaration;
    assert_eq!(d.app.as_ref().unwrap().value, "tasks");
    assert_eq!(d.doc.as_ref().unwrap().value, "Lists.");
    assert_eq!(d.postgres.schema.as_ref().unwrap().value, "app");
    assert_eq!(d.postgres.auth.as_ref().unwrap().value, Auth::JwtClaims);
    assert_eq!(d.postgres.user_id.as_ref().unwrap().value, Scalar::Bigint);
    let roles = &d.postgres.roles;
    let roles = [
        &roles.client,
        &roles.anonymous,
        &roles.owner,
        &roles.replication,
        &roles.service,
    ];
    assert_eq!(
        roles.map(|role| role.as_ref().unwrap().as_str()),
        ["a", "b", "c", "d", "e"]
    );
    assert!(d.postgres.owner_bypasses_rls.is_some());
    assert_eq!(d.postgres.publication.as_ref().unwrap().value, "changes");
    let folders: Vec<_> = d
        .targets
        .values()
        .map(|t| t.folder.value.as_str())
        .collect();
    assert_eq!(folders, ["generated/sqlite", "../migrations"]);
}

#[test]
fn enums_domains_scopes_and_externals_have_their_forms() {
    let d = clean("
enums:
  todo_status: [open, done]
  shelf: {labels: [low, \"yes\", '1'], storage: check, retired: [low], schema: app, was: rack, doc: Where.}
domains:
  hex_color: {kind: text, check: \"matches(value, 'x')\", schema: app, was: colour, doc: A colour.}
  even: {kind: int, check: {postgres: value % 2 = 0}}
scopes:
  my_lists: select list_id from list_members where user_id = auth.user_id()
externals:
  auth.users: {id: uuid, \"e mail\": text}
");
    let shelf = &d.enums["shelf"];
    let labels: Vec<_> = shelf.labels.iter().map(|label| label.as_str()).collect();
    assert_eq!(labels, ["low", "yes", "1"]);
    assert_eq!(shelf.storage.as_ref().unwrap().value, EnumStorage::Check);
    assert_eq!(shelf.retired[0].value, "low");
    assert_eq!(d.enums["todo_status"].labels.len(), 2);
    let CheckBody::Expr(check) = d.domains["hex_color"].check.as_ref().unwrap() else {
        panic!("an expression");
    };
    assert_eq!(check.text, "matches(value, 'x')");
    let CheckBody::Sql {
        postgres, sqlite, ..
    } = d.domains["even"].check.as_ref().unwrap()
    else {
        panic!("by dialect");
    };
    assert_eq!(
        (postgres.as_ref().unwrap().text.as_str(), sqlite),
        ("value % 2 = 0", &None)
    );
    assert!(
        d.scopes["my_lists"]
            .select
            .text
            .starts_with("select list_id")
    );
    let users = &d.externals["auth.users"];
    assert_eq!(
        (users.schema.as_str(), users.table.as_str()),
        ("auth", "users")
    );
    assert_eq!(
        users.columns["id"].kind.as_ref().unwrap().value,
        KindSyntax::Scalar(Scalar::Uuid)
    );
}

/// One table `t` with these columns.
fn columns(columns: &str) -> Declaration {
    clean(&format!(
        "tables: {{t: {{sync: both, columns: {{{columns}}}}}}}"
    ))
}

#[test]
fn columns_have_their_forms() {
    let d = columns(
        "short: uuid, tags: list(text), x: {kind: \"decimal(10,2)\", key: true, nullable: false, identity: true, unique: true, secret: true, \
         immutable: true, role: edited_at, on: server, client_name: y, was: z, doc: D., deprecated: No.}, \
         r: {kind: uuid, references: auth.users.id, on_delete: set_null, on_update: cascade, deferrable: true, enforced: not_valid}, \
         s: {kind: text, unique: reject, references: lists.id, enforced: false, generated: lower(a), check: a > 1}, \
         g: {kind: text, generated: {expr: lower(a), stored: true}, check: {postgres: a, sqlite: b}}",
    );
    let t = &d.tables["t"];
    assert_eq!(t.sync.as_ref().unwrap().value, SyncMode::Both);
    let kind = |name: &str| t.columns[name].kind.as_ref().unwrap().value.clone();
    assert_eq!(kind("short"), KindSyntax::Scalar(Scalar::Uuid));
    assert_eq!(
        kind("tags"),
        KindSyntax::List(ElementSyntax::Scalar(Scalar::Text))
    );
    let x = &t.columns["x"];
    assert!(
        [x.key, x.identity, x.unique, x.secret, x.immutable]
            .iter()
            .all(Option::is_some)
    );
    assert!(x.nullable.is_none() && x.refuse_clash.is_none());
    assert_eq!(x.on.as_ref().unwrap().value, Side::Server);
    assert_eq!(x.client_name.as_ref().unwrap().value, "y");
    let r = &t.columns["r"];
    let reference = r.references.as_ref().unwrap();
    assert_eq!(reference.table.value, "auth.users");
    assert_eq!(reference.columns[0].value, "id");
    assert_eq!(
        r.reference_options.on_delete.as_ref().unwrap().value,
        FkAction::SetNull
    );
    assert_eq!(
        r.reference_options.enforced.as_ref().unwrap().value,
        OnServer::NotValid
    );
    let s = &t.columns["s"];
    assert!(s.unique.is_some() && s.refuse_clash.is_some());
    assert_eq!(
        s.reference_options.enforced.as_ref().unwrap().value,
        OnServer::Unchecked
    );
    assert!(s.generated.as_ref().unwrap().stored.is_none());
    assert!(t.columns["g"].generated.as_ref().unwrap().stored.is_some());
    assert!(matches!(
        t.columns["g"].check.as_deref(),
        Some(CheckBody::Sql {
            postgres: Some(_),
            sqlite: Some(_),
            ..
        })
    ));
}

#[test]
fn values_are_literals_calls_sql_or_text() {
    let d = columns(
        "a: {kind: text, default: open}, b: {kind: text, default: -1.50}, c: {kind: text, default: true}, d: {kind: text, default: null}, \
         e: {kind: text, default: now()}, f: {kind: text, default: {sql: now() - 1}}, g: {kind: text, default: {text: now()}}, \
         h: {kind: json, default: [1, {a: null}]}, i: {kind: json, default: {}}, j: {kind: text, default: \"true\"}, \
         k: {kind: text, server: true, client_default: ''}, l: {kind: text, server: auth.user_id()}, m: {kind: date, default: 2026-01-31}",
    );
    let value = |name: &str| {
        d.tables["t"].columns[name]
            .default
            .as_ref()
            .unwrap()
            .value
            .clone()
    };
    assert_eq!(value("a"), Value::Text("open".into()));
    assert_eq!(value("b"), Value::Number("-1.50".into()));
    assert_eq!(value("c"), Value::Bool(true));
    assert_eq!(value("d"), Value::Null);
    assert!(matches!(value("e"), Value::Call(snippet) if snippet.text == "now()"));
    assert!(matches!(value("f"), Value::Sql(snippet) if snippet.text == "now() - 1"));
    assert_eq!(value("g"), Value::Text("now()".into()));
    let Value::List(items) = value("h") else {
        panic!("a list")
    };
    assert!(matches!(&items[1].value, Value::Object(members) if members[0].1.value == Value::Null));
    assert_eq!(value("i"), Value::Object(Vec::new()));
    assert_eq!(value("j"), Value::Text("true".into()));
    assert_eq!(value("m"), Value::Text("2026-01-31".into()));
    let server = |name: &str| {
        d.tables["t"].columns[name]
            .server
            .as_ref()
            .unwrap()
            .value
            .clone()
    };
    assert_eq!(server("k"), Server::Elsewhere);
    assert!(matches!(server("l"), Server::Value(Value::Call(_))));
}

#[test]
fn tables_have_their_forms() {
    let d = clean("
tables:
  t:
    doc: One thing.
    sync: down
    schema: app
    was: s
    client_name: things
    columns: {a: uuid}
    key: [a, b]
    id: {separator: '|'}
    uniques:
      plain: [a, b]
      full: {on: [a, {expr: lower(b)}], where: a > 1, nulls: not_distinct, deferrable: true, clash: reject}
    foreign_keys:
      f: {columns: [a, b], references: \"lists(x, y)\", on_delete: restrict, deferrable: true, enforced: true}
    indexes:
      plain: [a, b desc]
      full: {on: [{expr: lower(c), desc: true, nulls: last}, {column: d, nulls: first}], where: a > 1, method: gin, side: client}
    checks:
      plain: a > 1
      full: {check: a > 1, enforced: not_valid}
      texts: {postgres: a > 1, enforced: true}
    conflict: server_wins
    delete: denied
    upsert_on: [a]
    client: {track_metadata: true, track_previous: [a], ignore_empty_updates: true, view_name: v}
  u: {sync: local, columns: {a: uuid}, id: {join: [a, b]}, client: {track_previous: true}}
  v: {sync: none, columns: {a: uuid}, id: {uuid_v5: [a, {column: b, lower: true, trim: true}], namespace: 6ba7b811-9dad-11d1-80b4-00c04fd430c8}}
");
    let t = &d.tables["t"];
    let full = &t.uniques["full"];
    assert!(matches!(&full.on[1], Part::Expr(snippet) if snippet.text == "lower(b)"));
    assert!(full.predicate.is_some() && full.nulls_not_distinct.is_some());
    assert!(full.deferrable.is_some() && full.refuse_clash.is_some());
    assert_eq!(t.uniques["plain"].on.len(), 2);
    let f = &t.foreign_keys["f"];
    assert_eq!(f.references.as_ref().unwrap().columns[1].value, "y");
    assert_eq!(
        f.options.on_delete.as_ref().unwrap().value,
        FkAction::Restrict
    );
    let plain = &t.indexes["plain"].on;
    assert!(plain[0].desc.is_none() && plain[1].desc.is_some());
    assert!(matches!(&plain[1].part, Part::Column(name) if name.value == "b"));
    let full = &t.indexes["full"];
    assert_eq!(full.on[0].nulls.as_ref().unwrap().value, NullsOrder::Last);
    assert!(matches!(&full.on[1].part, Part::Column(name) if name.value == "d"));
    assert_eq!(full.side.as_ref().unwrap().value, IndexSide::Client);
    assert!(matches!(
        &t.checks["texts"].body,
        Some(CheckBody::Sql {
            postgres: Some(_),
            ..
        })
    ));
    assert_eq!(
        t.checks["full"].enforced.as_ref().unwrap().value,
        OnServer::NotValid
    );
    assert!(matches!(&t.id.as_ref().unwrap().form, IdForm::Separator(c) if c.value == '|'));
    assert_eq!(t.key.as_ref().unwrap().value.len(), 2);
    assert!(matches!(
        t.client.track_previous,
        Some(TrackPrevious::Columns(_))
    ));
    assert!(matches!(
        d.tables["u"].client.track_previous,
        Some(TrackPrevious::All(_))
    ));
    assert!(matches!(
        &d.tables["u"].id.as_ref().unwrap().form,
        IdForm::Join {
            separator: None,
            ..
        }
    ));
    let IdForm::UuidV5 {
        parts,
        namespace,
        separator: None,
    } = &d.tables["v"].id.as_ref().unwrap().form
    else {
        panic!("a hash");
    };
    let RecipePart::Column(second) = &parts[1] else {
        panic!("it is a column");
    };
    assert!(second.lower.is_some() && second.trim.is_some() && namespace.is_some());
}

#[test]
fn access_is_by_command_and_by_role() {
    let d = clean("
tables:
  t:
    sync: both
    columns: {a: uuid}
    access:
      read: {authenticated: a in (mine), anon: public}
      insert: a in (mine)
      update: {before: a = 1, after: public}
      delete: public
  u: {sync: both, columns: {a: uuid}, access: {read: public, write: a = 1}}
  v: {sync: both, columns: {a: uuid}, access: {all: a = 1}}
  w: {sync: both, columns: {a: uuid}, access: {update: {x: a = 1, y: {before: public, after: a = 2}}}}
");
    let access = |name: &str| d.tables[name].access.clone().unwrap();
    let t = access("t");
    let read = &t.read().unwrap().rules;
    assert_eq!(read[0].role.as_ref().unwrap().value, "authenticated");
    assert!(matches!(&read[1].rule, Rule::Public(_)));
    let update = &t.update.as_ref().unwrap().rules[0];
    assert!(update.role.is_none());
    assert!(matches!(update.rule.before(), Rule::When(snippet) if snippet.text == "a = 1"));
    assert!(matches!(update.rule.after(), Rule::Public(_)));
    let u = access("u");
    assert!(u.update.is_none() && u.insert() == u.delete() && u.insert() == u.every_write());
    let v = access("v");
    assert!(v.read() == v.insert() && v.read().is_some());
    let w = access("w").update.unwrap().rules;
    assert!(
        matches!(w[0].rule, UpdateRule::Both(_))
            && matches!(w[1].rule, UpdateRule::BeforeAfter { .. })
    );
}

#[test]
fn views_sql_streams_and_buckets_have_their_forms() {
    let d = clean("
views:
  open_todos: {from: todos, columns: {id: id, short: \"substr(title, 1, 20)\"}, where: status = 'open', doc: D., schema: app}
  busy: {reads: [todos], postgres: select 1, sqlite: select 2, security_invoker: false}
sql:
  f: {phase: before_tables, needs: [todos.title, g], up: create, down: drop, doc: D.}
streams:
  core: {automatic: true, priority: 1, tables: [lists, todos], doc: D.}
  orgs/{org_id}/refs: {params: [org_id], tables: {refs: \"org_id = :org_id\", orgs: null}}
  typed: {params: {org_id: text}, tables: {refs:}}
storage:
  git-packs: {public: true, path: [org_id], access: {read: public}, doc: D.}
");
    let Some(ViewBody::Columns {
        columns, filter, ..
    }) = &d.views["open_todos"].body
    else {
        panic!("columns");
    };
    assert_eq!(columns["short"].expr.text, "substr(title, 1, 20)");
    assert!(filter.is_some());
    assert!(matches!(&d.views["busy"].body, Some(ViewBody::Sql { reads, .. }) if reads.len() == 1));
    assert!(!d.views["busy"].security_invoker.as_ref().unwrap().value);
    assert_eq!(
        d.sql["f"].phase.as_ref().unwrap().value,
        SqlPhase::BeforeTables
    );
    assert_eq!(d.sql["f"].needs[0].value, "todos.title");
    assert_eq!(d.streams["core"].priority.as_ref().unwrap().value, 1);
    let refs = &d.streams["orgs/{org_id}/refs"];
    assert!(refs.params["org_id"].kind.is_none());
    assert!(refs.tables["refs"].filter.is_some() && refs.tables["orgs"].filter.is_none());
    assert!(d.streams["typed"].params["org_id"].kind.is_some());
    let packs = &d.storage["git-packs"];
    assert!(packs.public.is_some() && packs.access.is_some() && packs.path[0].value == "org_id");
}

#[test]
fn sections_are_joined_over_files_and_a_name_stands_once() {
    let read = read(&[
        "synctable: 1\napp: tasks\nenums: {a: [x]}",
        "# nothing but a comment",
        "enums: {b: [x], a: [z]}\ntables: {t: {sync: both, columns: {id: uuid}}}",
        "tables: {t: {sync: down, columns: {id: text}}}\ntargets: {sqlite: x}",
    ]);
    assert_eq!(
        read.found,
        [
            "S113 `a` is declared twice",
            "S113 `t` is declared twice",
            "S115 the setting `targets` is in a different file than the other settings",
        ]
    );
    assert!(read.report.contains("2.yaml") && read.report.contains("first declared here"));
    let d = &read.declaration;
    assert_eq!(d.enums.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(d.enums["a"].labels[0].value, "x");
    assert_eq!(d.tables["t"].sync.as_ref().unwrap().value, SyncMode::Both);
}

#[test]
fn the_version_and_the_app_have_to_be_there() {
    assert_eq!(
        read(&["tables: {}"]).found,
        [
            "S102 the declaration has no language version",
            "S102 the declaration has no app name",
        ]
    );
    assert_eq!(
        read(&["synctable: 2\napp: My-App"]).found,
        [
            "S116 version 2 of the language is not supported",
            "S110 `My-App` is not a valid name here: a name starts with a lower-case letter, followed by lower-case letters, digits and `_`",
        ]
    );
}

#[test]
fn ten_mistakes_are_ten_diagnostics() {
    let found = mistakes(
        "
tabels: {}
enums: {answer: [maybe, null, no, 1, maybe]}
tables:
  due-dates:
    snyc: both
    columns:
      id: {kind: uuid, nulable: true}
      price: decimal
      list_id: {kind: uuid, references: lists, on_delete: cascad}
",
    );
    assert_eq!(
        found,
        [
            "S101 a declaration has no key `tabels`",
            "S108 the value is missing",
            "S013 some YAML parsers read `no` as a boolean, others as text",
            "S013 a label must be text, but `1` is a number",
            "S114 `maybe` is listed twice",
            "S110 `due-dates` is not a valid name here: a name starts with a letter or `_`, followed by letters, digits and `_`",
            "S101 a table has no key `snyc`",
            "S101 a column has no key `nulable`",
            "S112 `decimal` takes 2 arguments, not 0",
            "S119 `lists` does not name a column",
            "S109 `on_delete` cannot be `cascad`",
        ]
    );
}

#[test]
fn an_unknown_key_names_the_nearest_at_every_level() {
    for (text, nearest) in [
        ("tabels: {}", "tables"),
        ("enums: {a: {labels: [x], storag: check}}", "storage"),
        ("domains: {a: {kind: text, chek: a}}", "check"),
        (
            "domains: {a: {kind: text, check: {postgre: a, sqlite: b}}}",
            "postgres",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, indices: {}}}",
            "indexes",
        ),
        (
            "tables: {a: {sync: both, columns: {b: {kind: text, unike: true}}}}",
            "unique",
        ),
        (
            "tables: {a: {sync: both, columns: {b: {kind: text, generated: {expr: a, store: true}}}}}",
            "stored",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, id: {join: [a], seperator: '/'}}}",
            "separator",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, id: {join: [{column: a, lowr: true}]}}}",
            "lower",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, uniques: {u: {on: [a], wher: a}}}}",
            "where",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, uniques: {u: [{expr: a, exp: a}]}}}",
            "expr",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, foreign_keys: {f: {columns: [a], references: b(c), on_delte: cascade}}}}",
            "on_delete",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, indexes: {i: {on: [a], methd: gin}}}}",
            "method",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, indexes: {i: [{expr: a, descc: true}]}}}",
            "desc",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, checks: {c: {check: a, enforce: true}}}}",
            "enforced",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, access: {reed: public}}}",
            "read",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, access: {update: {before: a, after: b, aftr: c}}}}",
            "after",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, client: {track_metdata: true}}}",
            "track_metadata",
        ),
        ("views: {v: {from: a, columns: {b: c}, were: d}}", "where"),
        ("sql: {s: {up: a, downn: b}}", "down"),
        ("streams: {s: {tables: [a], automtic: true}}", "automatic"),
        ("storage: {b: {pubic: true}}", "public"),
    ] {
        let read = read(&["synctable: 1\napp: tasks\n", text]);
        assert_eq!(read.found.len(), 1, "{text}\n{}", read.report);
        assert!(
            read.found[0].starts_with("S101 "),
            "{text}\n{}",
            read.report
        );
        let help = format!("did you mean `{nearest}`?");
        assert!(read.report.contains(&help), "{text}\n{}", read.report);
    }
    let settings = read(&["synctable: 1\napp: a\npostgres: {publicaton: x, roles: {clint: y}}"]);
    assert!(settings.report.contains("`publication`") && settings.report.contains("`client`"));
}

#[test]
fn what_is_wrong_with_a_value_is_said() {
    for (text, expected) in [
        (
            "synctable: 1",
            "S115 the setting `synctable` is in a different file than the other settings",
        ),
        ("enums: {a: []}", "S118 the list is empty"),
        ("enums: {a: ['']}", "S125 a label is empty"),
        (
            "enums: {a: {storage: check}}",
            "S102 an enum needs the key `labels`",
        ),
        (
            "domains: {a: text}",
            "S106 expected a mapping, found a text",
        ),
        (
            "externals: {users: {id: uuid}}",
            "S110 `users` is not the name of a table with its schema",
        ),
        (
            "tables: {a: {sync: dwon, columns: {id: uuid}}}",
            "S109 `sync` cannot be `dwon`",
        ),
        (
            "tables: {a: {columns: {id: uuid}}}",
            "S102 a table needs the key `sync`",
        ),
        ("tables: {a: }", "S108 the value is missing"),
        (
            "tables: {a: {sync: both, columns: {b: {}}}}",
            "S102 a column needs the key `kind`",
        ),
        (
            "tables: {a: {sync: both, columns: {b: {kind: int, default: 007}}}}",
            "S126 some YAML parsers read `007` as a number, others as text",
        ),
        (
            "tables: {a: {sync: both, columns: {b: {kind: text, default: no}}}}",
            "S013 some YAML parsers read `no` as a boolean, others as text",
        ),
        (
            "tables: {a: {sync: both, columns: {b: {kind: text, nullable: yes}}}}",
            "S104 expected `true` or `false`, found the text `yes`",
        ),
        (
            "tables: {a: {sync: both, columns: {b: {kind: text, on_delete: cascade}}}}",
            "S117 `on_delete` needs `references`",
        ),
        (
            "tables: {a: {sync: both, columns: {b: {kind: text, references: c.d.e.f}}}}",
            "S119 `c.d.e.f` has too many parts",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, foreign_keys: {f: {columns: [a, b], references: c(d)}}}}",
            "S120 the foreign key lists 2 columns, but references 1",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, foreign_keys: {f: {columns: [a], references: c.d}}}}",
            "S119 `c.d` does not name columns",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, id: {separator: ab}}}",
            "S121 `ab` is not a valid separator for the parts of an id",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, id: {uuid_v5: [a], namespace: 6BA7B811-9dad-11d1-80b4-00c04fd430c8}}}",
            "S122 `6BA7B811-9dad-11d1-80b4-00c04fd430c8` is not a uuid in its canonical form",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, id: {uuid_v5: [a]}}}",
            "S102 `uuid_v5` needs the key `namespace`",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, id: {}}}",
            "S102 `id` is empty",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, id: {join: [a], namespace: b}}}",
            "S117 `namespace` cannot be combined with `join`",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, access: {write: a, delete: b}}}",
            "S123 `delete` has two rules",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, access: {read: {}}}}",
            "S118 no role has a rule",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, access: {update: {before: a}}}}",
            "S102 a rule before and after needs the key `after`",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, indexes: {i: [b asc]}}}",
            "S109 `asc` is not a sort order of an index column",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, checks: {c: {check: a, enforced: false}}}}",
            "S109 a check is always enforced for new rows",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, checks: {c: {enforced: true}}}}",
            "S102 the check is empty",
        ),
        (
            "tables: {a: {sync: both, columns: {id: uuid}, doc: \"a\\0b\"}}",
            "S127 the text contains the character U+0000, which is not printable",
        ),
        ("views: {v: {doc: x}}", "S102 the view is empty"),
        (
            "views: {v: {from: a, columns: {b: c}, sqlite: d}}",
            "S117 `sqlite` cannot be combined with `from`",
        ),
        (
            "views: {v: {columns: {b: c}}}",
            "S102 `columns` of a view needs `from`",
        ),
        (
            "streams: {s: {tables: [a], priority: 4}}",
            "S105 expected a whole number from 0 to 3, found `4`",
        ),
        ("streams: {s: {tables: [a, a]}}", "S114 `a` is listed twice"),
    ] {
        assert_eq!(mistakes(text), [expected], "{text}");
    }
    for (targets, expected) in [
        ("sqlit: a", "S109 there is no target `sqlit`"),
        (
            "sqlite: /a",
            "S124 `/a` cannot be a target's folder: it is absolute",
        ),
        (
            "sqlite: a/..",
            "S124 `a/..` cannot be a target's folder: it contains the declaration",
        ),
        (
            "sqlite: ../..",
            "S124 `../..` cannot be a target's folder: it contains the declaration",
        ),
        (
            "sqlite: 'a\\b'",
            "S124 `a\\b` cannot be a target's folder: it has a backslash or a control character",
        ),
        (
            "sqlite: a/b, powersync: ./a",
            "S124 the folders of `powersync` and `sqlite` overlap",
        ),
    ] {
        let text = format!("synctable: 1\napp: a\ntargets: {{{targets}}}");
        assert_eq!(read(&[&text]).found, [expected], "{targets}");
    }
}

#[test]
fn a_place_leads_to_what_is_written() {
    let read = read(&[
        "synctable: 1\napp: tasks\n",
        "
tables:
  todos:
    sync: both
    columns:
      id: uuid
      title: {kind: text, check: \"length(title) > 0\"}
    indexes: {by_title: [title, id desc]}
",
    ]);
    let origins = Origins::new(&read.files, &read.sources);
    let text = |place: Place| origins.span(&place).map(|span| read.sources.slice(span));
    let todos = || Place::table("todos");
    assert_eq!(text(todos()), Some("todos"));
    assert_eq!(text(todos().key("sync")), Some("both"));
    assert_eq!(text(todos().column("id")), Some("id"));
    assert_eq!(text(todos().column("id").key("kind")), Some("uuid"));
    assert_eq!(
        text(todos().column("title").key("check")),
        Some("\"length(title) > 0\"")
    );
    assert_eq!(text(todos().column("title").key("default")), Some("title"));
    assert_eq!(
        text(todos().key("indexes").key("by_title").key("1")),
        Some("id desc")
    );
    assert_eq!(text(todos().key("access").key("read")), Some("todos"));
    assert_eq!(text(Place::new(["app"])), Some("tasks"));
    assert_eq!(text(Place::new(["views", "x"])), None);
    let Some(CheckBody::Expr(check)) = read.declaration.tables["todos"].columns["title"]
        .check
        .as_deref()
    else {
        panic!("a check");
    };
    assert_eq!(read.sources.slice(origins.snippet(check, 7..12)), "title");
}

/// Keys and scalars that mean something here and there, so that random trees get deep.
fn word() -> impl Strategy<Value = String> {
    let words = [
        "tables",
        "columns",
        "kind",
        "sync",
        "both",
        "uuid",
        "id",
        "join",
        "uuid_v5",
        "separator",
        "access",
        "read",
        "update",
        "before",
        "after",
        "enums",
        "labels",
        "views",
        "from",
        "postgres",
        "streams",
        "tables",
        "params",
        "indexes",
        "on",
        "a desc",
        "uniques",
        "expr",
        "foreign_keys",
        "references",
        "a(b, c)",
        "a.b",
        "a.b.c",
        "(",
        "decimal(1",
        "list(",
        "",
        "null",
        "true",
        "no",
        "0x1",
        "targets",
        "sqlite",
        "..",
        "é\u{202e}",
        "now()",
        "checks",
        "storage",
        "path",
        "client",
        "track_previous",
        "priority",
        "externals",
        "auth.users",
        "key",
        "generated",
        "server",
        "default",
        "sql",
        "text",
    ];
    prop_oneof![
        8 => proptest::sample::select(words.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

/// A tree as a random text could hold it.
fn tree() -> impl Strategy<Value = Node> {
    let file = Sources::new().add("0.yaml", "x").expect("UTF-8");
    let span = move || synctable_codegen::diagnostic::Span {
        file,
        start: 0,
        end: 1,
    };
    let style = proptest::sample::select(vec![Style::Plain, Style::DoubleQuoted, Style::Literal]);
    let leaf = prop_oneof![
        9 => (word(), style).prop_map(move |(text, style)| Node { span: span(), value: Yaml::Scalar { text, style } }),
        1 => Just(Node { span: span(), value: Yaml::Refused }),
    ];
    leaf.prop_recursive(8, 128, 6, move |inner| {
        let key =
            word().prop_map(move |text| synctable_codegen::source::Key { text, span: span() });
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..4)
                .prop_map(move |items| Node { span: span(), value: Yaml::Sequence(items) }),
            3 => proptest::collection::vec((key, inner), 0..6)
                .prop_map(move |entries| Node { span: span(), value: Yaml::Mapping(entries) }),
        ]
    })
}

proptest! {
    #[test]
    fn no_tree_makes_the_decoder_panic(roots in proptest::collection::vec(tree(), 1..3), section in word(), name in word()) {
        let mut sources = Sources::new();
        let file = sources.add("0.yaml", "x").expect("UTF-8");
        let mut files = Vec::new();
        for root in roots {
            // Half of what is read stands under a section, so that its decoder is reached.
            let span = root.span;
            let key = |text: &str| synctable_codegen::source::Key { text: text.to_owned(), span };
            let under = Node { span, value: Yaml::Mapping(vec![(key(&name), root.clone())]) };
            let under = Node { span, value: Yaml::Mapping(vec![(key(&section), under)]) };
            files.extend([SourceFile { file, root }, SourceFile { file, root: under }]);
        }
        let mut cx = Diagnostics::new();
        let declaration = decode(&files, &sources, &mut cx);
        let errors = cx.into_sorted();
        prop_assert!(declaration.app.is_some() || !errors.is_empty());
    }
}

#[test]
fn what_can_be_declared_in_two_ways_is_found_where_it_is_written() {
    let read = read(&["synctable: 1
app: tasks
tables:
  todos:
    sync: both
    columns: {title: {kind: text, unique: true}, code: text}
    uniques: {code_key: {on: [code], deferrable: true}}
"]);
    assert_eq!(read.report, "");
    let origins = Origins::new(&read.files, &read.sources);
    let unique = |column: &str| {
        let name = format!("todos_{column}_key");
        let of_column = Place::table("todos").column(column).key("unique");
        Place::entry("todos", "uniques", &name).or(of_column)
    };
    let text = |place: Place| origins.span(&place).map(|span| read.sources.slice(span));
    assert_eq!(text(unique("title")), Some("true"));
    assert_eq!(text(unique("code")), Some("code_key"));
    assert_eq!(text(unique("code").key("on")), Some("on"));
}
