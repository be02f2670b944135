//! What one model reaches: a walk over all of it, without a wildcard.

use super::CELLS;
use std::collections::BTreeSet;
use synctable::{DeleteRule, Element, Kind, Role, Scalar};
use synctable_codegen::model::{
    Access, ArithOp, Auth, Check, CheckBody, ClientId, Column, CompareOp, DefaultValue, Exclusion,
    ExclusionPart, Expr, ForeignKey, Function, IdEncoding, Index, IndexSide, IsTest, Literal,
    Model, OnServer, Recipe, Rule, Select, Set, SqlPhase, Stream, Table, Unique, UniquePart, View,
    ViewBody,
};

/// What one declaration covered.
pub(super) struct Record<'a> {
    model: &'a Model,
    cells: BTreeSet<String>,
}

impl Record<'_> {
    /// The cells that the model reaches.
    pub(super) fn of(model: &Model) -> BTreeSet<String> {
        let mut record = Record {
            model,
            cells: BTreeSet::new(),
        };
        record.model();
        record.cells
    }

    fn hit(&mut self, group: &str, name: &str) {
        self.cells.insert(format!("{group}: {name}"));
    }

    fn hit_if(&mut self, condition: bool, group: &str, name: &str) {
        if condition {
            self.hit(group, name);
        }
    }

    fn model(&mut self) {
        let model = self.model;
        let postgres = &model.postgres;
        let auth = match postgres.auth {
            Auth::Supabase => "supabase",
            Auth::JwtClaims => "jwt_claims",
        };
        self.hit("postgres", auth);
        self.hit("postgres", postgres.user_id.word());
        self.hit_if(postgres.schema != "public", "postgres", "schema");
        self.hit_if(postgres.roles.anonymous.is_some(), "postgres", "anonymous");
        self.hit_if(postgres.roles.service.is_some(), "postgres", "service");
        self.hit_if(
            postgres.owner_bypasses_rls,
            "postgres",
            "owner_bypasses_rls",
        );
        self.hit_if(postgres.keep_temp, "postgres", "keep_temp");
        let has_checkpoints = !postgres.custom_checkpoints.is_empty();
        self.hit_if(has_checkpoints, "postgres", "custom_checkpoints");
        for def in model.enums.values() {
            self.hit("enum", def.storage.as_str());
            self.hit_if(!def.retired.is_empty(), "enum", "retired");
            self.hit_if(def.was.is_some(), "enum", "was");
            self.hit_if(def.doc.is_some(), "enum", "doc");
            self.hit_if(def.schema != postgres.schema, "enum", "schema");
        }
        for def in model.domains.values() {
            match &def.check {
                None => self.hit("domain", "no check"),
                Some(CheckBody::Sql { .. }) => self.hit("domain", "by dialect"),
                Some(CheckBody::Expr(expr)) => {
                    self.hit("domain", "expression");
                    self.at("domain", expr);
                }
            }
            self.hit_if(def.was.is_some(), "domain", "was");
            self.hit_if(def.doc.is_some(), "domain", "doc");
            self.hit_if(def.schema != postgres.schema, "domain", "schema");
        }
        for select in model.scopes.values() {
            self.hit("place", "scope");
            self.select(select);
        }
        for table in model.tables.values() {
            self.table(table);
        }
        for view in model.views.values() {
            self.view(view);
        }
        for object in model.sql.values() {
            let phase = match object.phase {
                SqlPhase::BeforeTables => "before_tables",
                SqlPhase::AfterTables => "after_tables",
            };
            self.hit("sql", phase);
            self.hit_if(!object.depends_on.is_empty(), "sql", "needs");
            self.hit_if(object.down.is_some(), "sql", "down");
        }
        for stream in model.streams.values() {
            self.stream(stream);
        }
        for bucket in model.storage.values() {
            self.hit("storage", "bucket");
            self.hit_if(bucket.public, "storage", "public");
            self.hit_if(!bucket.path.is_empty(), "storage", "path");
            self.hit_if(!bucket.references.is_empty(), "storage", "references");
            self.access(&bucket.access);
        }
    }

    fn table(&mut self, table: &Table) {
        self.hit("sync", table.sync.as_str());
        self.hit_if(table.changes_go_up_only(), "sync", "up with changes");
        if table.sync == synctable::SyncMode::Both {
            self.hit("conflict", table.conflict.as_str());
            match table.delete {
                DeleteRule::Hard => self.hit("delete", "hard"),
                DeleteRule::Soft => self.hit("delete", "soft"),
                DeleteRule::Denied => self.hit("delete", "denied"),
            }
        }
        self.hit_if(table.doc.is_some(), "table", "doc");
        self.hit_if(table.was.is_some(), "table", "was");
        self.hit_if(
            table.schema != self.model.postgres.schema,
            "table",
            "schema",
        );
        self.hit_if(table.client_name != table.name, "table", "client_name");
        self.hit_if(table.upsert_on != table.key, "table", "upsert_on");
        self.hit_if(table.client.track_metadata, "table", "track_metadata");
        self.hit_if(
            !table.client.track_previous.is_empty(),
            "table",
            "track_previous",
        );
        self.hit_if(
            table.client.ignore_empty_updates,
            "table",
            "ignore_empty_updates",
        );
        self.hit_if(table.client.view_name.is_some(), "table", "view_name");
        self.hit_if(table.client.raw, "table", "raw");
        self.id(table);
        for column in table.columns.values() {
            self.column(column);
        }
        for unique in &table.uniques {
            self.unique(unique);
        }
        for exclusion in &table.exclusions {
            self.exclusion(exclusion);
        }
        for key in &table.foreign_keys {
            self.foreign_key(table, key);
        }
        for index in &table.indexes {
            self.index(index);
        }
        for check in &table.checks {
            self.check(check);
        }
        self.seeds(table);
        match &table.access {
            None => self.hit("access", "none"),
            Some(access) => self.access(access),
        }
    }

    fn id(&mut self, table: &Table) {
        match &table.id {
            ClientId::Column(name) => {
                self.hit("key", "single");
                self.hit_if(name != "id", "key", "not named id");
                self.hit_if(
                    table.columns[name].kind != Kind::Scalar(Scalar::Uuid),
                    "key",
                    "not uuid",
                );
            }
            ClientId::Composed { parts, separator } => {
                self.hit("key", "composite");
                self.hit_if(*separator != '/', "id", "separator");
                for part in parts {
                    match part.encoding {
                        IdEncoding::Plain => self.hit("id", "plain part"),
                        IdEncoding::Hex => self.hit("id", "hex part"),
                    }
                }
            }
        }
        let references = |name: &String| {
            table
                .foreign_keys
                .iter()
                .any(|key| key.columns.contains(name))
        };
        self.hit_if(table.key.iter().any(references), "key", "references");
        self.hit_if(table.key_name.is_some(), "key", "own name");
        if let Some(recipe) = &table.recipe {
            match recipe {
                Recipe::UuidV5 { .. } => self.hit("id", "uuid_v5"),
                Recipe::Join { .. } => self.hit("id", "join"),
            }
            for part in recipe.parts() {
                self.hit_if(part.lower, "id", "lower");
                self.hit_if(part.trim, "id", "trim");
                let has_text = part.before.len() > 1;
                self.hit_if(has_text, "id", "text");
                self.hit_if(part.null.is_some(), "id", "or");
                if let Recipe::Join { .. } = recipe {
                    self.hit_if(has_text, "id", "joined text");
                    self.hit_if(part.null.is_some(), "id", "joined or");
                }
            }
        }
    }

    fn kind(&mut self, kind: &Kind) {
        match kind {
            Kind::Scalar(scalar) => self.hit("kind", scalar.word()),
            Kind::Enum { .. } => self.hit("kind", "enum"),
            Kind::Domain { .. } => self.hit("kind", "domain"),
            Kind::Opaque(_) => self.hit("kind", "opaque"),
            Kind::List(element) => {
                self.hit("kind", "list");
                match element {
                    // The others are in no list, or too rare to ask for each.
                    Element::Scalar(scalar) => {
                        let listed = CELLS.iter().any(|(group, names)| {
                            *group == "list of" && names.contains(&scalar.word())
                        });
                        self.hit_if(listed, "list of", scalar.word());
                    }
                    Element::Enum { .. } => self.hit("list of", "enum"),
                    Element::Domain { .. } => self.hit("list of", "domain"),
                }
            }
        }
    }

    fn column(&mut self, column: &Column) {
        self.kind(&column.kind);
        self.hit("direction", column.direction.as_str());
        if let Some(role) = column.role {
            self.hit("role", role.as_str());
            let is_time = role == Role::EditedAt;
            let in_utc = is_time && column.kind == Kind::Scalar(Scalar::Timestamp);
            self.hit_if(in_utc, "role", "edited_at in utc");
            self.hit_if(is_time && column.nullable, "role", "nullable edited_at");
            let is_flag = role == Role::Tombstone && column.kind == Kind::BOOL;
            self.hit_if(is_flag, "role", "flag of deletion");
        }
        self.hit_if(column.nullable, "column", "nullable");
        self.hit_if(column.secret, "column", "secret");
        self.hit_if(column.immutable, "column", "immutable");
        self.hit_if(column.identity, "column", "identity");
        self.hit_if(column.was.is_some(), "column", "was");
        self.hit_if(column.doc.is_some(), "column", "doc");
        self.hit_if(column.deprecated.is_some(), "column", "deprecated");
        self.hit_if(column.client_name != column.name, "column", "client_name");
        if let Some(generated) = &column.generated {
            self.hit(
                "column",
                if generated.stored {
                    "generated stored"
                } else {
                    "generated"
                },
            );
            self.at("generated", &generated.expr);
        }
        let place = match column.direction {
            synctable::Direction::ServerOwned => "server value",
            synctable::Direction::Both
            | synctable::Direction::ServerOnly
            | synctable::Direction::ClientOnly => "default",
        };
        for (place, value) in [
            (place, &column.default),
            ("client default", &column.client_default),
        ] {
            match value {
                None => {}
                Some(DefaultValue::Sql(_)) => self.hit("value", "sql"),
                Some(DefaultValue::Expr(expr)) => {
                    self.hit(
                        "value",
                        if matches!(expr, Expr::Literal(_)) {
                            "literal"
                        } else {
                            "call"
                        },
                    );
                    self.at(place, expr);
                }
            }
        }
    }

    fn unique(&mut self, unique: &Unique) {
        self.hit(
            "unique",
            if unique.parts.len() > 1 {
                "several"
            } else {
                "column"
            },
        );
        self.hit_if(unique.nulls_not_distinct, "unique", "nulls not distinct");
        self.hit_if(unique.deferrable, "unique", "deferrable");
        self.hit_if(unique.clash_is_refused, "unique", "clash refused");
        let has_own_name = unique.name.starts_with("one_of_a_kind");
        self.hit_if(has_own_name, "unique", "own name");
        for part in &unique.parts {
            if let UniquePart::Expr(expr) = part {
                self.hit("unique", "expression");
                self.at("unique part", expr);
            }
        }
        if let Some(filter) = &unique.predicate {
            self.hit("unique", "partial");
            self.at("unique filter", filter);
        }
    }

    fn exclusion(&mut self, exclusion: &Exclusion) {
        self.hit("exclusion", exclusion.method.as_str());
        self.hit_if(exclusion.elements.len() > 1, "exclusion", "several");
        self.hit_if(exclusion.predicate.is_some(), "exclusion", "partial");
        self.hit_if(exclusion.deferrable, "exclusion", "deferrable");
        self.hit_if(exclusion.extension.is_some(), "exclusion", "extension");
        let has_own_name = exclusion.name.starts_with("yy_own");
        self.hit_if(has_own_name, "exclusion", "own name");
        for element in &exclusion.elements {
            self.hit("exclusion", element.operator.as_str());
            match &element.part {
                ExclusionPart::Expr(Expr::Column(_)) => self.hit("exclusion", "column"),
                ExclusionPart::Expr(_) => self.hit("exclusion", "expression"),
                ExclusionPart::Range(range) => {
                    self.hit("exclusion", range.bounds.as_str());
                    self.hit("range", range.kind.function());
                }
            }
        }
    }

    fn seeds(&mut self, table: &Table) {
        if table.seeds.is_empty() {
            return;
        }
        let key = table.key.iter().map(|name| &table.columns[name]);
        for column in key.clone() {
            let sort = match column.identity {
                true => "counted key",
                false => "key",
            };
            self.hit("seed", sort);
        }
        self.hit_if(key.count() > 1, "seed", "composite key");
        self.hit_if(!table.foreign_keys.is_empty(), "seed", "references");
        let widths = table.seeds.iter().map(|seed| seed.0.len());
        let is_one = widths.clone().max() == widths.min();
        self.hit_if(!is_one, "seed", "some columns left out");
    }

    fn foreign_key(&mut self, table: &Table, key: &ForeignKey) {
        self.hit(
            "foreign key",
            if key.columns.len() > 1 {
                "composite"
            } else {
                "single"
            },
        );
        self.hit_if(key.deferrable, "foreign key", "deferrable");
        let has_own_name = key.name.starts_with("belongs_to");
        self.hit_if(has_own_name, "foreign key", "own name");
        match self.model.tables.get_index_of(&key.table) {
            None => self.hit("foreign key", "to external"),
            Some(there) => {
                let here = self.model.tables.get_index_of(&table.name);
                self.hit_if(Some(there) == here, "foreign key", "to itself");
                self.hit_if(Some(there) > here, "foreign key", "to later table");
            }
        }
        match key.on_server {
            OnServer::Enforced => self.hit("foreign key", "enforced"),
            OnServer::NotValid => self.hit("foreign key", "not valid"),
            OnServer::Unchecked => self.hit("foreign key", "unchecked"),
        }
        self.hit("on delete", key.on_delete.as_str());
        self.hit("on update", key.on_update.as_str());
    }

    fn index(&mut self, index: &Index) {
        let side = match index.side {
            IndexSide::Server => "server",
            IndexSide::Client => "client",
            IndexSide::Both => "both",
        };
        self.hit("index", side);
        self.hit_if(index.name.starts_with("sorted_by"), "index", "own name");
        self.hit_if(!index.include.is_empty(), "index", "include");
        self.hit_if(
            matches!(&*index.method, "gin" | "hash"),
            "index",
            &index.method,
        );
        self.hit_if(index.parts.len() > 1, "index", "several");
        for part in &index.parts {
            self.hit_if(part.descending, "index", "desc");
            self.hit_if(part.nulls_first.is_some(), "index", "nulls");
            if !matches!(part.expr, Expr::Column(_)) {
                self.hit("index", "expression");
                self.at("index part", &part.expr);
            }
        }
        if let Some(filter) = &index.predicate {
            self.hit("index", "partial");
            self.at("index filter", filter);
        }
    }

    fn check(&mut self, check: &Check) {
        let has_own_name = check.name.starts_with("holds_true");
        self.hit_if(has_own_name, "check", "own name");
        self.hit_if(check.on_server == OnServer::NotValid, "check", "not valid");
        match &check.body {
            CheckBody::Sql { .. } => self.hit("check", "by dialect"),
            CheckBody::Expr(expr) => {
                self.hit("check", "expression");
                self.at("check", expr);
            }
        }
    }

    fn access(&mut self, access: &Access) {
        let Access {
            read,
            insert,
            update,
            delete,
        } = access;
        for (place, rules) in [("read", read), ("insert", insert), ("delete", delete)] {
            self.hit_if(rules.len() > 1, "access", "by role");
            for rule in rules.values() {
                self.rule(place, rule);
            }
        }
        for rule in update.values() {
            self.hit_if(
                rule.before != rule.after,
                "access",
                "before and after differ",
            );
            self.rule("update", &rule.before);
            self.rule("update", &rule.after);
        }
    }

    fn rule(&mut self, place: &str, rule: &Rule) {
        match rule {
            Rule::Public => self.hit("access", "public"),
            Rule::When(expr) => {
                self.hit("access", "rule");
                self.at(place, expr);
            }
        }
    }

    fn view(&mut self, view: &View) {
        self.hit_if(view.doc.is_some(), "view", "doc");
        self.hit_if(!view.security_invoker, "view", "not invoker");
        match &view.body {
            ViewBody::Columns {
                columns, filter, ..
            } => {
                self.hit("view", "columns");
                for expr in columns.values() {
                    self.at("view column", expr);
                }
                if let Some(filter) = filter {
                    self.hit("view", "filtered");
                    self.at("view filter", filter);
                }
            }
            ViewBody::Sql { postgres, sqlite } => {
                self.hit_if(postgres.is_some(), "view", "postgres text");
                self.hit_if(sqlite.is_some(), "view", "sqlite text");
            }
        }
    }

    fn stream(&mut self, stream: &Stream) {
        self.hit(
            "stream",
            if stream.automatic {
                "automatic"
            } else {
                "subscribed"
            },
        );
        self.hit_if(!stream.params.is_empty(), "stream", "params");
        self.hit_if(stream.tables.len() > 1, "stream", "several tables");
        self.hit_if(stream.priority != 3, "stream", "priority");
        for table in &stream.tables {
            if let Some(filter) = &table.filter {
                self.hit("stream", "filtered");
                self.at("stream filter", filter);
            }
        }
    }

    fn at(&mut self, place: &str, expr: &Expr) {
        self.hit("place", place);
        self.expr(expr);
    }

    fn select(&mut self, select: &Select) {
        self.expr(&select.column);
        if let Some(filter) = &select.filter {
            self.expr(filter);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        let form = match expr {
            Expr::Literal(literal) => {
                self.literal(literal);
                "literal"
            }
            Expr::Column(_) => "column",
            Expr::UserId => "user_id",
            Expr::Claim(_) => "claim",
            Expr::InClaims { .. } => "in_claims",
            Expr::Param(_) => "param",
            Expr::Not(_) => "not",
            Expr::And(_) => "and",
            Expr::Or(_) => "or",
            Expr::Is { test, negated, .. } => {
                let test = match (test, negated) {
                    (IsTest::Null, false) => "null",
                    (IsTest::Null, true) => "not null",
                    (IsTest::True, false) => "true",
                    (IsTest::True, true) => "not true",
                    (IsTest::False, false) => "false",
                    (IsTest::False, true) => "not false",
                };
                self.hit("is", test);
                "is"
            }
            Expr::Compare { op, .. } => {
                let op = match op {
                    CompareOp::Eq => "eq",
                    CompareOp::Ne => "ne",
                    CompareOp::Lt => "lt",
                    CompareOp::Le => "le",
                    CompareOp::Gt => "gt",
                    CompareOp::Ge => "ge",
                };
                self.hit("compare", op);
                "compare"
            }
            Expr::Distinct { distinct, .. } => {
                self.hit("distinct", if *distinct { "from" } else { "not from" });
                "distinct"
            }
            Expr::InList { negated, list, .. } => {
                self.hit("in", if *negated { "not list" } else { "list" });
                list.iter().for_each(|literal| self.literal(literal));
                "in_list"
            }
            Expr::InSet { set, .. } => {
                match set {
                    Set::Scope(_) => self.hit("in", "scope"),
                    Set::Select(select) => {
                        self.hit("in", "select");
                        self.hit_if(select.filter.is_some(), "in", "select filtered");
                        self.select(select);
                    }
                }
                "in_set"
            }
            Expr::Contains { .. } => "contains",
            Expr::Arith { op, .. } => {
                let op = match op {
                    ArithOp::Add => "add",
                    ArithOp::Sub => "sub",
                    ArithOp::Mul => "mul",
                    ArithOp::Div => "div",
                    ArithOp::Rem => "rem",
                };
                self.hit("arith", op);
                "arith"
            }
            Expr::Concat(_) => "concat",
            Expr::Call { function, .. } => {
                self.function(*function);
                "call"
            }
            Expr::Case { otherwise, .. } => {
                self.hit(
                    "case",
                    if otherwise.is_some() {
                        "with else"
                    } else {
                        "without else"
                    },
                );
                "case"
            }
            Expr::JsonIs { .. } => "json_is",
            Expr::JsonText { .. } => "json_text",
        };
        self.hit("expr", form);
        for child in expr.children() {
            self.expr(child);
        }
    }

    fn literal(&mut self, literal: &Literal) {
        let form = match literal {
            Literal::Null => "null",
            Literal::Bool(_) => "bool",
            Literal::Int(_) => "int",
            Literal::Decimal(_) => "decimal",
            Literal::Text(_) => "text",
            Literal::Json(_) => "json",
            Literal::List(_) => "list",
        };
        self.hit("literal", form);
    }

    fn function(&mut self, function: Function) {
        let name = match function {
            Function::Now => "now",
            Function::Today => "today",
            Function::Uuid => "uuid",
            Function::Length => "length",
            Function::Lower => "lower",
            Function::Upper => "upper",
            Function::Trim => "trim",
            Function::Substr => "substr",
            Function::Replace => "replace",
            Function::Matches => "matches",
            Function::Abs => "abs",
            Function::Coalesce => "coalesce",
            Function::Nullif => "nullif",
            Function::ListLength => "list_length",
            Function::JsonKind => "json_kind",
        };
        self.hit("function", name);
    }
}
