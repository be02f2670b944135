//! `postgres`, `sqlite` and `targets`.

use super::Decoder;
use super::name::NameRule;
use crate::declaration::keys::{
    CHECKPOINTS, CONNECTIONS, POSTGRES, PUBLICATION, ROLES, SELECTIVE, SQLITE, TARGET, TARGETS,
    WITH_WORKER,
};
use crate::declaration::{Flag, Name, Postgres, Roles, Spanned, Sqlite, Target};
use crate::diagnostic::{
    BAD_FOLDER, Diagnostic, EMPTY_LIST, LISTED_TWICE, UNKNOWN_KEY, UNKNOWN_WORD, did_you_mean,
};
use crate::map::IndexMap;
use crate::model::{Auth, CheckpointEvent, Connection};
use crate::source::{Key, Node, Value};
use synctable::Scalar;

use super::fields::{Fields, list};

/// A list of words, and what is said of one that is wrong.
struct Listed {
    key: &'static str,
    words: &'static [&'static str],
    twice: &'static str,
    empty: &'static str,
    help: &'static str,
}

impl Decoder<'_> {
    pub(super) fn postgres(&mut self, key: &Key, node: &Node) -> Postgres {
        let Some(fields) = self.fields(&POSTGRES, key.span, node) else {
            return Postgres::default();
        };
        let (publication, publishes_all) = self.publication(&fields);
        Postgres {
            span: Some(key.span),
            schema: self.name_at(&fields, "schema", NameRule::Postgres),
            auth: self.word_at(&fields, "auth", |word| match word {
                "supabase" => Some(Auth::Supabase),
                "jwt_claims" => Some(Auth::JwtClaims),
                _ => None,
            }),
            user_id: self.word_at(&fields, "user_id", |word| match word {
                "uuid" => Some(Scalar::Uuid),
                "text" => Some(Scalar::Text),
                "int" => Some(Scalar::Int),
                "bigint" => Some(Scalar::Bigint),
                _ => None,
            }),
            roles: match fields.entry("roles") {
                Some((key, node)) => self.roles(key, node),
                None => Roles::default(),
            },
            owner_bypasses_rls: self.flag_at(&fields, "owner_bypasses_rls"),
            keep_temp: self.flag_at(&fields, "keep_temp"),
            publication,
            publishes_all,
            connections: self.connections(&fields),
            custom_checkpoints: self.custom_checkpoints(&fields),
        }
    }

    /// The name of the publication, and whether it is for all tables.
    fn publication(&mut self, fields: &Fields<'_>) -> (Option<Name>, Flag) {
        match fields.entry("publication") {
            Some((key, node)) if matches!(node.value, Value::Mapping(_)) => {
                let Some(fields) = self.fields(&PUBLICATION, key.span, node) else {
                    return (None, None);
                };
                let name = self.name_at(&fields, "name", NameRule::Postgres);
                (name, self.flag_at(&fields, "all_tables"))
            }
            _ => (
                self.name_at(fields, "publication", NameRule::Postgres),
                None,
            ),
        }
    }

    pub(super) fn sqlite(&mut self, key: &Key, node: &Node) -> Sqlite {
        let Some(fields) = self.fields(&SQLITE, key.span, node) else {
            return Sqlite::default();
        };
        Sqlite {
            queue: self.flag_at(&fields, "queue"),
        }
    }

    fn connections(&mut self, fields: &Fields<'_>) -> Option<Spanned<Vec<Connection>>> {
        let listed = Listed {
            key: "connections",
            words: CONNECTIONS,
            twice: "this kind of connection is listed twice",
            empty: "the list of connections is empty",
            help: "list `row_security`, `guarded` or both (the default)",
        };
        self.words_at(fields, &listed, |word| match word {
            "row_security" => Some(Connection::RowSecurity),
            "guarded" => Some(Connection::Guarded),
            _ => None,
        })
    }

    fn custom_checkpoints(&mut self, fields: &Fields<'_>) -> Option<Spanned<Vec<CheckpointEvent>>> {
        let listed = Listed {
            key: "custom_checkpoints",
            words: CHECKPOINTS,
            twice: "this event is listed twice",
            empty: "the list of events is empty",
            help: "list `checkpoint_requests`, `write_checkpoints` or both, or remove the key",
        };
        self.words_at(fields, &listed, |word| match word {
            "checkpoint_requests" => Some(CheckpointEvent::CheckpointRequests),
            "write_checkpoints" => Some(CheckpointEvent::WriteCheckpoints),
            _ => None,
        })
    }

    /// A list of words: at least one, each once.
    fn words_at<T: PartialEq>(
        &mut self,
        fields: &Fields<'_>,
        listed: &Listed,
        of: impl Fn(&str) -> Option<T>,
    ) -> Option<Spanned<Vec<T>>> {
        let node = fields.get(listed.key)?;
        let mut found: Vec<T> = Vec::new();
        for item in node.as_sequence(self.cx)? {
            let word = self.word(item, listed.key, listed.words, &of)?;
            if found.contains(&word.value) {
                self.push(
                    Diagnostic::error(LISTED_TWICE, listed.twice)
                        .at(item.span)
                        .help("list it once"),
                );
                return None;
            }
            found.push(word.value);
        }
        if found.is_empty() {
            self.push(
                Diagnostic::error(EMPTY_LIST, listed.empty)
                    .at(node.span)
                    .help(listed.help),
            );
            return None;
        }
        Some(Spanned::new(found, node.span))
    }

    fn roles(&mut self, key: &Key, node: &Node) -> Roles {
        let Some(fields) = self.fields(&ROLES, key.span, node) else {
            return Roles::default();
        };
        Roles {
            client: self.name_at(&fields, "client", NameRule::Postgres),
            anonymous: self.name_at(&fields, "anonymous", NameRule::Postgres),
            owner: self.name_at(&fields, "owner", NameRule::Postgres),
            replication: self.name_at(&fields, "replication", NameRule::Postgres),
            service: self.name_at(&fields, "service", NameRule::Postgres),
            bridge: self.name_at(&fields, "bridge", NameRule::Postgres),
        }
    }

    pub(super) fn targets(&mut self, node: &Node, into: &mut IndexMap<String, Target>) {
        let Some(entries) = node.as_mapping(self.cx) else {
            return;
        };
        for (key, node) in entries {
            if !TARGETS.contains(&key.text.as_str()) {
                self.push(
                    Diagnostic::error(UNKNOWN_WORD, format!("there is no target `{}`", key.text))
                        .at(key.span)
                        .help_maybe(did_you_mean(&key.text, TARGETS.iter().copied()))
                        .note(format!("the targets are {}", list(TARGETS.iter().copied()))),
                );
                continue;
            }
            let Some(target) = self.target(key, node) else {
                continue;
            };
            if self.has_room_of_its_own(&target, into) {
                self.insert(into, target);
            }
        }
    }

    /// A target: its folder, or a mapping with what else it is told.
    fn target(&mut self, key: &Key, node: &Node) -> Option<Target> {
        let name = Name::new(key.text.clone(), key.span);
        if !matches!(node.value, Value::Mapping(_)) {
            let folder = self.folder(node)?;
            return Some(Target {
                name,
                folder,
                tables: None,
                worker: None,
            });
        }
        let fields = self.fields(&TARGET, key.span, node)?;
        let tables = self.names_at(&fields, "tables", NameRule::Word);
        let worker = self.flag_at(&fields, "worker");
        for (own, owner, why) in [
            ("tables", SELECTIVE, "always covers all tables, and"),
            ("worker", WITH_WORKER, "writes no program of a server, and"),
        ] {
            if let (Some((key, _)), false) = (fields.entry(own), name.value == owner) {
                let target = &name.value;
                self.push(
                    Diagnostic::error(UNKNOWN_KEY, format!("`{target}` {why} has no key `{own}`"))
                        .at(key.span)
                        .help(format!("write `{target}: FOLDER`"))
                        .note(match own {
                            "tables" => format!("only `{owner}` can be limited to some tables"),
                            _ => format!("only `{owner}` has a worker"),
                        }),
                );
                return None;
            }
        }
        let folder = self.folder(fields.get("folder")?)?;
        Some(Target {
            name,
            folder,
            tables,
            worker,
        })
    }

    /// The folder of a target, without `.` parts and a final `/`.
    fn folder(&mut self, node: &Node) -> Option<Spanned<String>> {
        let text = node.as_str(self.cx)?;
        let complain = |why: &str| {
            Diagnostic::error(
                BAD_FOLDER,
                format!("`{text}` cannot be a target's folder: {why}"),
            )
            .at(node.span)
        };
        if text.starts_with('/') || text.as_bytes().get(1) == Some(&b':') {
            self.push(complain("it is absolute").help(
                "write it relative to the declaration's folder, such as `../generated/sqlite`",
            ));
            return None;
        }
        if text.contains('\\') || text.chars().any(char::is_control) {
            self.push(
                complain("it has a backslash or a control character")
                    .help("separate folders with `/`"),
            );
            return None;
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." if parts.last().is_some_and(|last| *last != "..") => {
                    parts.pop();
                }
                _ => parts.push(part),
            }
        }
        if parts.iter().all(|part| *part == "..") {
            self.push(
                complain("it contains the declaration")
                    .help("give the target its own folder, such as `generated/sqlite`"),
            );
            return None;
        }
        Some(Spanned::new(parts.join("/"), node.span))
    }

    /// Reports a folder that is, or lies in, another target's.
    fn has_room_of_its_own(&mut self, target: &Target, others: &IndexMap<String, Target>) -> bool {
        let inside = |inner: &str, outer: &str| {
            inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let folder = &target.folder;
        let Some(other) = others.values().find(|other| {
            inside(&folder.value, &other.folder.value) || inside(&other.folder.value, &folder.value)
        }) else {
            return true;
        };
        self.push(
            Diagnostic::error(
                BAD_FOLDER,
                format!(
                    "the folders of `{}` and `{}` overlap",
                    target.name.value, other.name.value
                ),
            )
            .at(folder.span)
            .label(other.folder.span, "the other one")
            .help("give each target its own folder")
            .note("a target removes every file that it did not write from its folder"),
        );
        false
    }
}
