//! The sample and beside it everything else that a table can be, once: for tests that want every kind and every form.

use super::sample::{column, model, plain, table};
use super::*;
use synctable::{
    ConflictRule, DeleteRule, Direction, Element, EnumStorage, Kind, Role, Scalar, SyncMode,
};

/// The sample with every kind, composed ids, recipes, every sync mode, and names that no language likes.
pub fn wide() -> Model {
    let mut model = model();
    model.enums.insert("shelf".into(), shelf());
    model.domains.insert("hex_color".into(), hex_color());
    for table in [kinds(), refs(), drafts(), events(), secrets(), awkward()] {
        model.tables.insert(table.name.clone(), table);
    }
    model
}

fn text() -> Kind {
    Kind::Scalar(Scalar::Text)
}

fn shelf() -> EnumDef {
    EnumDef {
        name: "shelf".into(),
        schema: "app".into(),
        was: None,
        doc: None,
        labels: ["low", "high up", "1st"].map(str::to_owned).into(),
        retired: vec!["low".into()],
        replaced: [("lowest".into(), "low".into())].into_iter().collect(),
        storage: EnumStorage::Check,
    }
}

fn hex_color() -> DomainDef {
    DomainDef {
        name: "hex_color".into(),
        schema: "public".into(),
        was: None,
        doc: Some("A colour, as `#` and six digits.".into()),
        base: Scalar::Text,
        check: Some(CheckBody::Expr(Expr::Compare {
            op: CompareOp::Eq,
            left: Box::new(Expr::Call {
                function: Function::Length,
                args: vec![column("value")],
            }),
            right: Box::new(Expr::Literal(Literal::Int(7))),
        })),
    }
}

/// Devices insert and change every row.
fn writable() -> Access {
    let everybody = || Rule::Public;
    let change = UpdateRule {
        before: everybody(),
        after: everybody(),
    };
    Access {
        insert: [("authenticated".to_owned(), everybody())]
            .into_iter()
            .collect(),
        update: [("authenticated".to_owned(), change)].into_iter().collect(),
        ..Access::default()
    }
}

/// Every kind: as it is, nullable, in a list.
fn kinds() -> Table {
    let mut kinds = table("kinds", [plain("id", Kind::Scalar(Scalar::Bigint))]);
    let elements = Scalar::EXAMPLES.map(Element::Scalar).into_iter().chain([
        Element::Enum {
            name: "shelf".into(),
            storage: EnumStorage::Check,
        },
        Element::Enum {
            name: "item_status".into(),
            storage: EnumStorage::Native,
        },
        Element::Domain {
            name: "hex_color".into(),
            base: Scalar::Text,
        },
    ]);
    for element in elements {
        let name = format!(
            "a_{}",
            element.to_string().split('(').next().expect("a word")
        );
        let mut add = |name: String, kind, nullable| {
            let column = Column {
                nullable,
                ..plain(&name, kind)
            };
            kinds.columns.insert(name, column);
        };
        add(name.clone(), element.to_kind(), false);
        add(format!("{name}_or_null"), element.to_kind(), true);
        let listed = match element {
            Element::Scalar(scalar) => scalar.in_lists().is_ok(),
            Element::Enum { .. } | Element::Domain { .. } => true,
        };
        if listed {
            add(format!("{name}_list"), Kind::List(element), false);
        }
    }
    let vector = plain("a_vector", Kind::Opaque("vector(3)".into()));
    kinds.columns.insert(vector.name.clone(), vector);
    kinds.access = Some(writable());
    kinds
}

/// A composed id, a unique, an upsert by it, client options, a column of each direction.
fn refs() -> Table {
    let mut refs = table(
        "refs",
        [
            plain("org_id", text()),
            plain("number", Kind::Scalar(Scalar::Int)),
            plain("name", text()),
            Column {
                client_name: "sha".into(),
                ..plain("target_sha", text())
            },
            Column {
                direction: Direction::ServerOwned,
                role: Some(Role::Version),
                ..plain("version", Kind::Scalar(Scalar::Bigint))
            },
            Column {
                direction: Direction::ServerOnly,
                secret: true,
                ..plain("token", text())
            },
            Column {
                direction: Direction::ClientOnly,
                nullable: true,
                ..plain("opened_at", Kind::Scalar(Scalar::Timestamptz))
            },
            Column {
                immutable: true,
                deprecated: Some("`name` says it".into()),
                ..plain("old_name", text())
            },
        ],
    );
    refs.access = Some(writable());
    refs.key = ["org_id", "number", "name"].map(str::to_owned).into();
    refs.id = ClientId::Composed {
        parts: [
            ("org_id", IdEncoding::Hex),
            ("number", IdEncoding::Plain),
            ("name", IdEncoding::Plain),
        ]
        .map(|(column, encoding)| IdPart {
            column: column.into(),
            encoding,
        })
        .into(),
        separator: '/',
    };
    refs.uniques = vec![
        Unique {
            name: "refs_sha".into(),
            parts: vec![
                UniquePart::Column("org_id".into()),
                UniquePart::Column("target_sha".into()),
            ],
            predicate: None,
            nulls_not_distinct: true,
            deferrable: false,
            clash_is_refused: false,
        },
        Unique {
            name: "refs_lower_name".into(),
            parts: vec![UniquePart::Expr(Expr::Call {
                function: Function::Lower,
                args: vec![column("name")],
            })],
            predicate: None,
            nulls_not_distinct: false,
            deferrable: false,
            clash_is_refused: false,
        },
    ];
    refs.upsert_on = vec!["org_id".into(), "target_sha".into()];
    refs.client = ClientOptions {
        track_metadata: true,
        track_previous: vec!["target_sha".into()],
        ignore_empty_updates: true,
        view_name: Some("branches".into()),
        raw: false,
    };
    refs
}

/// On the device only, with everything that SQLite enforces.
fn drafts() -> Table {
    let mut drafts = table(
        "drafts",
        [
            plain("id", Kind::Scalar(Scalar::Bigint)),
            plain("body", text()),
            Column {
                nullable: true,
                ..plain("parent_id", Kind::Scalar(Scalar::Bigint))
            },
            Column {
                default: Some(DefaultValue::Expr(Expr::Literal(Literal::Bool(false)))),
                ..plain("sent", Kind::Scalar(Scalar::Bool))
            },
        ],
    );
    drafts.sync = SyncMode::Local;
    drafts.access = None;
    drafts.foreign_keys = vec![ForeignKey {
        on_delete: synctable::FkAction::SetNull,
        ..sample::foreign_key("drafts", "parent_id", "drafts", "id")
    }];
    drafts.checks = vec![Check {
        name: "drafts_body_check".into(),
        body: CheckBody::Expr(Expr::Compare {
            op: CompareOp::Gt,
            left: Box::new(Expr::Call {
                function: Function::Length,
                args: vec![column("body")],
            }),
            right: Box::new(Expr::Literal(Literal::Int(0))),
        }),
        on_server: OnServer::Enforced,
    }];
    drafts.uniques = vec![Unique {
        name: "drafts_body_key".into(),
        parts: vec![UniquePart::Column("body".into())],
        predicate: None,
        nulls_not_distinct: false,
        deferrable: false,
        clash_is_refused: false,
    }];
    drafts
}

/// Inserted by devices and never read back; its key is a recipe.
fn events() -> Table {
    let mut events = table(
        "events",
        [
            plain("id", Kind::Scalar(Scalar::Uuid)),
            plain("user_id", Kind::Scalar(Scalar::Uuid)),
            plain("label", text()),
        ],
    );
    events.sync = SyncMode::Up;
    events.conflict = ConflictRule::AppendOnly;
    events.delete = DeleteRule::Denied;
    events.access = Some(writable());
    events.recipe = Some(Recipe::UuidV5 {
        namespace: "6ba7b811-9dad-11d1-80b4-00c04fd430c8".into(),
        parts: vec![
            RecipePart {
                column: "user_id".into(),
                before: String::new(),
                after: String::new(),
                null: None,
                lower: false,
                trim: false,
            },
            RecipePart {
                column: "label".into(),
                before: String::new(),
                after: String::new(),
                null: None,
                lower: true,
                trim: true,
            },
        ],
    });
    events
}

/// On the server only.
fn secrets() -> Table {
    let mut secrets = table(
        "secrets",
        [
            Column {
                identity: true,
                direction: Direction::ServerOwned,
                ..plain("id", Kind::Scalar(Scalar::Bigint))
            },
            plain("value", text()),
        ],
    );
    secrets.sync = SyncMode::None;
    secrets.access = None;
    secrets
}

/// Read by devices, written by the server, and called what no language likes.
fn awkward() -> Table {
    let mut awkward = table("values", [plain("id", Kind::Scalar(Scalar::Uuid))]);
    for name in [
        "type", "self", "table", "order", "def", "line_1", "URLPath", "select",
    ] {
        awkward.columns.insert(name.into(), plain(name, text()));
    }
    awkward.sync = SyncMode::Down;
    awkward.indexes = vec![Index {
        name: "values_order".into(),
        parts: vec![
            IndexPart {
                expr: Expr::Call {
                    function: Function::Lower,
                    args: vec![column("order")],
                },
                descending: true,
                nulls_first: Some(false),
            },
            IndexPart {
                expr: column("select"),
                descending: false,
                nulls_first: None,
            },
        ],
        predicate: Some(Expr::Compare {
            op: CompareOp::Ne,
            left: Box::new(column("type")),
            right: Box::new(Expr::Literal(Literal::Text("it's".into()))),
        }),
        include: Vec::new(),
        method: "btree".into(),
        side: IndexSide::Client,
    }];
    awkward
}
