//! A small model built by hand, for tests of targets: a list owned by a user, and its items through the parent.
//!
//! It is what `check` makes of the thin slice's declaration, so that a target can be tested without reading YAML.

use super::*;
use crate::map::IndexMap;
use synctable::{
    ConflictRule, DeleteRule, Direction, EnumStorage, FkAction, Kind, Role, Scalar, SyncMode,
    Uploaded,
};

/// Two tables, one enum, one scope, and one stream with a parameter.
pub fn model() -> Model {
    let lists = lists();
    let items = items();
    Model {
        app: "tasks".to_owned(),
        doc: Some("Lists that a person keeps, and the items on them.".to_owned()),
        postgres: Postgres {
            connections: super::Connection::all(),
            custom_checkpoints: Vec::new(),
            schema: "public".to_owned(),
            schemas: vec!["public".to_owned()],
            auth: Auth::Supabase,
            user_id: Scalar::Uuid,
            roles: Roles {
                client: "authenticated".to_owned(),
                anonymous: None,
                owner: "app_owner".to_owned(),
                replication: "powersync_role".to_owned(),
                service: Some("service_role".to_owned()),
                bridge: None,
            },
            owner_bypasses_rls: false,
            keep_temp: false,
            publication: "powersync".to_owned(),
            publishes_all: false,
        },
        sqlite: super::Sqlite::default(),
        enums: named([EnumDef {
            name: "item_status".to_owned(),
            schema: "public".to_owned(),
            was: None,
            doc: Some("How far an item is.".to_owned()),
            labels: ["open", "done", "archived"].map(str::to_owned).to_vec(),
            retired: Vec::new(),
            replaced: IndexMap::default(),
            storage: EnumStorage::Native,
        }]),
        domains: IndexMap::default(),
        scopes: IndexMap::from_iter([("my_lists".to_owned(), my_lists())]),
        expected: IndexMap::default(),
        externals: IndexMap::from_iter([(
            "auth.users".to_owned(),
            External {
                schema: "auth".to_owned(),
                name: "users".to_owned(),
                columns: IndexMap::from_iter([("id".to_owned(), Kind::Scalar(Scalar::Uuid))]),
            },
        )]),
        tables: named([lists, items]),
        views: IndexMap::default(),
        sql: IndexMap::default(),
        streams: named([
            Stream {
                name: "tasks".to_owned(),
                doc: None,
                automatic: true,
                priority: 3,
                params: IndexMap::default(),
                tables: ["lists", "items"]
                    .map(|table| StreamTable {
                        table: table.to_owned(),
                        filter: None,
                    })
                    .into(),
            },
            Stream {
                name: "list_detail".to_owned(),
                doc: Some("The items of one list.".to_owned()),
                automatic: false,
                priority: 3,
                params: IndexMap::from_iter([("list_id".to_owned(), Kind::Scalar(Scalar::Uuid))]),
                tables: vec![StreamTable {
                    table: "items".to_owned(),
                    filter: Some(equal(column("list_id"), Expr::Param("list_id".to_owned()))),
                }],
            },
        ]),
        storage: IndexMap::default(),
        pending: super::Pending::default(),
        mapped: None,
        worker: false,
    }
}

/// A column that Postgres and clients share, not null, without defaults.
pub fn plain(name: &str, kind: Kind) -> Column {
    Column {
        name: name.to_owned(),
        client_name: name.to_owned(),
        was: None,
        doc: None,
        deprecated: None,
        kind,
        nullable: false,
        default: None,
        client_default: None,
        direction: Direction::Both,
        immutable: false,
        secret: false,
        identity: false,
        moves: false,
        copied: None,
        backfill: None,
        using: None,
        uploaded: Uploaded::Refused,
        generated: None,
        role: None,
    }
}

/// A table with a key column `id` that travels both ways, denied to everybody.
pub fn table(name: &str, columns: impl IntoIterator<Item = Column>) -> Table {
    Table {
        name: name.to_owned(),
        schema: "public".to_owned(),
        client_name: name.to_owned(),
        was: None,
        doc: None,
        sync: SyncMode::Both,
        up: Uploads::inserts(),
        columns: named(columns).into(),
        key: vec!["id".to_owned()],
        key_name: None,
        id: ClientId::Column("id".to_owned()),
        recipe: None,
        uniques: Vec::new(),
        exclusions: Vec::new(),
        foreign_keys: Vec::new(),
        indexes: Vec::new(),
        checks: Vec::new(),
        access: Some(Access::default()),
        conflict: ConflictRule::LastUploadWins,
        delete: DeleteRule::Denied,
        upsert_on: vec!["id".to_owned()],
        client: ClientOptions::default(),
        seeds: Vec::new(),
    }
}

/// A foreign key of one column with the name that Postgres derives; no actions.
pub fn foreign_key(table: &str, from: &str, to: &str, to_column: &str) -> ForeignKey {
    ForeignKey {
        name: format!("{table}_{from}_fkey"),
        columns: vec![from.to_owned()],
        table: to.to_owned(),
        references: vec![to_column.to_owned()],
        on_delete: FkAction::NoAction,
        on_update: FkAction::NoAction,
        deferrable: false,
        on_server: OnServer::Enforced,
    }
}

/// A column of the row.
pub fn column(name: &str) -> Expr {
    Expr::Column(name.to_owned())
}

/// `left = right`.
pub fn equal(left: Expr, right: Expr) -> Expr {
    Expr::Compare {
        op: CompareOp::Eq,
        left: Box::new(left),
        right: Box::new(right),
    }
}

fn lists() -> Table {
    let mine = || equal(column("owner_id"), Expr::UserId);
    let mut lists = table(
        "lists",
        [
            Column {
                default: Some(call(Function::Uuid)),
                client_default: Some(call(Function::Uuid)),
                ..plain("id", Kind::Scalar(Scalar::Uuid))
            },
            Column {
                default: Some(DefaultValue::Expr(Expr::UserId)),
                direction: Direction::ServerOwned,
                role: Some(Role::Owner),
                doc: Some("Whose list it is.".to_owned()),
                ..plain("owner_id", Kind::Scalar(Scalar::Uuid))
            },
            plain("title", Kind::Scalar(Scalar::Text)),
        ],
    );
    lists.doc = Some("A list of one person.".to_owned());
    lists.foreign_keys = vec![ForeignKey {
        on_delete: FkAction::Cascade,
        ..foreign_key("lists", "owner_id", "auth.users", "id")
    }];
    lists.checks = vec![Check {
        name: "lists_title_check".to_owned(),
        body: CheckBody::Expr(between(
            Expr::Call {
                function: Function::Length,
                args: vec![column("title")],
            },
            1,
            500,
        )),
        on_server: OnServer::Enforced,
    }];
    lists.access = Some(Access {
        read: client(Rule::When(mine())),
        insert: client(Rule::When(mine())),
        update: client(UpdateRule {
            before: Rule::When(mine()),
            after: Rule::When(mine()),
        }),
        delete: client(Rule::When(mine())),
    });
    lists.delete = DeleteRule::Hard;
    lists
}

fn items() -> Table {
    let mine = || Expr::InSet {
        operand: Box::new(column("list_id")),
        set: Set::Scope("my_lists".to_owned()),
    };
    let instant = Kind::Scalar(Scalar::Timestamptz);
    let mut items = table(
        "items",
        [
            plain("id", Kind::Scalar(Scalar::Uuid)),
            plain("list_id", Kind::Scalar(Scalar::Uuid)),
            plain("title", Kind::Scalar(Scalar::Text)),
            Column {
                default: Some(DefaultValue::Expr(Expr::Literal(Literal::Text(
                    "open".to_owned(),
                )))),
                ..plain(
                    "status",
                    Kind::Enum {
                        name: "item_status".into(),
                        storage: EnumStorage::Native,
                    },
                )
            },
            Column {
                role: Some(Role::EditedAt),
                ..plain("edited_at", instant.clone())
            },
            Column {
                nullable: true,
                role: Some(Role::Tombstone),
                ..plain("deleted_at", instant)
            },
        ],
    );
    items.doc = Some("One line of a list.".to_owned());
    items.foreign_keys = vec![ForeignKey {
        on_delete: FkAction::Cascade,
        ..foreign_key("items", "list_id", "lists", "id")
    }];
    items.indexes = vec![Index {
        name: "items_by_list".to_owned(),
        parts: ["list_id", "status"]
            .map(|name| IndexPart {
                expr: column(name),
                descending: false,
                nulls_first: None,
            })
            .into(),
        predicate: None,
        include: Vec::new(),
        method: "btree".to_owned(),
        side: IndexSide::Both,
    }];
    items.access = Some(Access {
        read: client(Rule::When(mine())),
        insert: client(Rule::When(mine())),
        update: client(UpdateRule {
            before: Rule::When(mine()),
            after: Rule::When(mine()),
        }),
        delete: client(Rule::When(mine())),
    });
    items.conflict = ConflictRule::LastWriteWins;
    items.delete = DeleteRule::Soft;
    items
}

fn my_lists() -> Select {
    Select {
        column: column("id"),
        table: "lists".to_owned(),
        filter: Some(equal(column("owner_id"), Expr::UserId)),
    }
}

fn between(operand: Expr, low: i64, high: i64) -> Expr {
    let bound = |op, value| Expr::Compare {
        op,
        left: Box::new(operand.clone()),
        right: Box::new(Expr::Literal(Literal::Int(value))),
    };
    Expr::And(vec![bound(CompareOp::Ge, low), bound(CompareOp::Le, high)])
}

fn call(function: Function) -> DefaultValue {
    DefaultValue::Expr(Expr::Call {
        function,
        args: Vec::new(),
    })
}

fn client<R>(rule: R) -> RoleRules<R> {
    IndexMap::from_iter([("authenticated".to_owned(), rule)])
}

/// What is kept under its own name.
trait Named {
    fn name(&self) -> &str;
}

macro_rules! named_by_name {
    ($($type:ty),*) => {$(
        impl Named for $type {
            fn name(&self) -> &str {
                &self.name
            }
        }
    )*};
}

named_by_name!(Column, Table, EnumDef, Stream);

fn named<T: Named>(values: impl IntoIterator<Item = T>) -> IndexMap<String, T> {
    values
        .into_iter()
        .map(|value| (value.name().to_owned(), value))
        .collect()
}
