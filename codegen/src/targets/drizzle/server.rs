//! Decides how Drizzle declares the tables of Postgres: the catalog that the migrations lead to, in its words.

use super::shown::{self, Shown, schema_of};
use super::{columns, relations, view};
use crate::catalog::{self, Deferral, Formula, Key, Name, Part};
use crate::expr::Row;
use crate::map::IndexMap;
use crate::model::{self, Expr, Literal, Model};
use crate::targets::ecmascript::{doc, literal};
use crate::targets::postgres_sql::Printer;
use std::cell::Cell;
use std::collections::HashMap;
use synctable::{Kind, Scalar};

/// Everything that Postgres has and Drizzle has no word for.
const NEVER: [&str; 2] = [
    "policies, grants, triggers, functions, views, comments and the publication: the migrations make them",
    "the checks of domains: Drizzle names the domain and does not make it",
];

pub(super) fn lower(model: &Model) -> view::Server {
    let tables = catalog::tables(model);
    let shown = shown::on_server(model);
    let names = shown.iter().map(|one| catalog::name_of(one.table));
    let cx = Context {
        model,
        lowered: &tables,
        printer: Printer::new(model),
        shown: &shown,
        places: names.zip(0..).collect(),
        has_sql: Cell::new(false),
    };
    let views: Vec<view::Table> = shown.iter().map(|table| cx.table(table)).collect();
    let relations = relations::lower(&shown);
    let imports = [
        (!relations.is_empty(), "relations"),
        (cx.has_sql.get(), "sql"),
    ];
    let imports: Vec<&str> = imports
        .iter()
        .filter_map(|(is_used, name)| is_used.then_some(*name))
        .collect();
    view::Server {
        app: model.app.clone(),
        left_out: left_out(model, &tables),
        imports: imports.join(", "),
        before: columns::before(model),
        tables: views,
        relations,
    }
}

/// A line for everything that is declared and that Drizzle says otherwise or not at all.
fn left_out(model: &Model, tables: &IndexMap<Name, catalog::Table>) -> Vec<String> {
    let mut lines: Vec<String> = NEVER.iter().map(|line| (*line).to_owned()).collect();
    if model.domains.is_empty() {
        lines.pop();
    }
    for table in catalog::server_tables(model) {
        let lowered = &tables[&catalog::name_of(table)];
        for (name, key) in &lowered.foreign_keys {
            if key.deferral != Deferral::Never {
                lines.push(format!("that `{name}` is deferrable"));
            }
            if !key.validated {
                lines.push(format!("that `{name}` holds for new rows only"));
            }
        }
        for (name, unique) in &lowered.uniques {
            if unique.deferral != Deferral::Never {
                lines.push(format!("that `{name}` is deferrable"));
            }
            if unique.nulls_not_distinct && !unique.constraint {
                lines.push(format!("that nulls are equal in the unique index `{name}`"));
            }
        }
        for name in lowered.exclusions.keys() {
            lines.push(format!("the exclusion constraint `{name}`"));
        }
        for (name, index) in &lowered.indexes {
            if !index.include.is_empty() {
                lines.push(format!("what the index `{name}` includes"));
            }
        }
        for (name, check) in &lowered.checks {
            if !check.validated {
                lines.push(format!("that `{name}` holds for new rows only"));
            }
        }
    }
    lines
}

struct Context<'c, 'm> {
    model: &'m Model,
    lowered: &'c IndexMap<Name, catalog::Table>,
    printer: Printer,
    shown: &'c [Shown<'m>],
    /// The places of the tables in the file.
    places: HashMap<Name, usize>,
    /// Whether a template of SQL was printed.
    has_sql: Cell<bool>,
}

impl Context<'_, '_> {
    fn table(&self, shown: &Shown<'_>) -> view::Table {
        let table = shown.table;
        let lowered = &self.lowered[&catalog::name_of(table)];
        view::Table {
            doc: doc(table.doc.as_deref(), None, 0),
            constant: shown.constant.clone(),
            function: match table.schema.as_str() {
                "public" => "pg.pgTable".to_owned(),
                schema => format!("{}.table", schema_of(schema)),
            },
            name: literal(&table.name),
            columns: lowered
                .columns
                .iter()
                .map(|(name, column)| self.column(shown, lowered, &table.columns[name], column))
                .collect(),
            parameters: self.parameters(shown, lowered),
            extras: self.extras(shown, lowered),
        }
    }

    fn column(
        &self,
        shown: &Shown<'_>,
        whole: &catalog::Table,
        declared: &model::Column,
        lowered: &catalog::Column,
    ) -> view::Column {
        let table = shown.table;
        let mut value = columns::column(self.model, &declared.kind, &declared.name);
        if table.key == [declared.name.as_str()] && named_key(table, whole).is_none() {
            value.push_str(".primaryKey()");
        } else if !lowered.nullable {
            value.push_str(".notNull()");
        }
        if let Some(formula) = &lowered.default {
            value.push_str(&self.default(table, declared, formula));
        }
        if lowered.identity {
            let sequence = crate::targets::postgres_sql::sequence(&table.name, &declared.name);
            value.push_str(&format!(
                ".generatedAlwaysAsIdentity({{ name: {} }})",
                literal(&sequence)
            ));
        }
        if let Some(formula) = &lowered.generated {
            let text = self.printer.formula(formula, self.printer.row(table));
            value.push_str(&format!(".generatedAlwaysAs({})", self.template(&text)));
        }
        view::Column {
            doc: doc(declared.doc.as_deref(), declared.deprecated.as_deref(), 4),
            key: shown.keys[&*declared.name].clone(),
            value,
        }
    }

    fn default(&self, table: &model::Table, column: &model::Column, formula: &Formula) -> String {
        if let Formula::Expr(Expr::Literal(value)) = formula
            && let Some(value) = plain(&column.kind, value)
        {
            return format!(".default({value})");
        }
        let row = self.printer.row(table);
        let text = self.printer.value(formula, &column.kind, row);
        match (&column.kind, text.as_str()) {
            (Kind::Scalar(Scalar::Uuid), "gen_random_uuid()") => ".defaultRandom()".to_owned(),
            (Kind::Scalar(Scalar::Timestamptz), "now()") => ".defaultNow()".to_owned(),
            _ => format!(".default({})", self.template(&text)),
        }
    }

    /// What the function of the extras takes and returns.
    ///
    /// Its type is written out where it names a table further down: TypeScript infers none in a circle.
    fn parameters(&self, shown: &Shown<'_>, lowered: &catalog::Table) -> &'static str {
        let is_column = |part: &Part| matches!(part.formula, Formula::Expr(Expr::Column(_)));
        let mut indexed = lowered.indexes.values().flat_map(|index| &index.parts);
        let mut unique = lowered.uniques.values().flat_map(|unique| &unique.parts);
        let names_columns = named_key(shown.table, lowered).is_some()
            || !lowered.foreign_keys.is_empty()
            || indexed.any(is_column)
            || unique.any(is_column);
        let here = self.places.get(&catalog::name_of(shown.table));
        let mut keys = lowered.foreign_keys.values();
        match keys.any(|key| self.places.get(&key.table) > here) {
            true => "(table): pg.PgTableExtraConfigValue[]",
            false if names_columns => "(table)",
            false => "()",
        }
    }

    fn extras(&self, shown: &Shown<'_>, lowered: &catalog::Table) -> Vec<String> {
        let table = shown.table;
        let row = self.printer.row(table);
        let mut extras = Vec::new();
        if let Some(key) = named_key(table, lowered) {
            extras.push(format!(
                "pg.primaryKey({{ name: {}, columns: [{}] }})",
                literal(&key.name),
                of_table(shown, &key.columns)
            ));
        }
        for (name, key) in &lowered.foreign_keys {
            let mut text = format!(
                "pg.foreignKey({{ name: {}, columns: [{}], foreignColumns: [{}] }})",
                literal(name),
                of_table(shown, &key.columns),
                self.columns_there(shown, &key.table, &key.references)
            );
            for (event, action) in [("onDelete", key.on_delete), ("onUpdate", key.on_update)] {
                if action != "NO ACTION" {
                    let action = literal(&action.to_ascii_lowercase());
                    text.push_str(&format!(".{event}({action})"));
                }
            }
            extras.push(text);
        }
        for (name, unique) in &lowered.uniques {
            let parts = self.parts(shown, &unique.parts, row);
            let name = literal(name);
            if unique.constraint {
                let nulls = if unique.nulls_not_distinct {
                    ".nullsNotDistinct()"
                } else {
                    ""
                };
                extras.push(format!("pg.unique({name}).on({parts}){nulls}"));
            } else {
                let only = self.only(unique.predicate.as_ref(), row);
                extras.push(format!("pg.uniqueIndex({name}).on({parts}){only}"));
            }
        }
        for (name, index) in &lowered.indexes {
            let parts = self.parts(shown, &index.parts, row);
            let on = match index.method.as_str() {
                "btree" => format!("on({parts})"),
                method => format!("using({}, {parts})", literal(method)),
            };
            let only = self.only(index.predicate.as_ref(), row);
            extras.push(format!("pg.index({}).{on}{only}", literal(name)));
        }
        for (name, check) in &lowered.checks {
            let text = self.printer.formula(&check.formula, row);
            extras.push(format!(
                "pg.check({}, {})",
                literal(name),
                self.template(&text)
            ));
        }
        extras
    }

    /// The columns of another table, or of one that exists elsewhere.
    fn columns_there(&self, shown: &Shown<'_>, table: &Name, columns: &[String]) -> String {
        let place = self.places.get(table);
        let keys = match place.map(|place| &self.shown[*place]) {
            Some(other) if other.table.name == shown.table.name => {
                return of_table(shown, columns);
            }
            Some(other) => columns
                .iter()
                .map(|name| format!("{}.{}", other.constant, other.keys[&**name]))
                .collect(),
            None => {
                let constant = shown::external(&table.schema, &table.name);
                let names = columns.iter();
                names
                    .map(|name| format!("{constant}.{}", shown::key(name)))
                    .collect::<Vec<_>>()
            }
        };
        keys.join(", ")
    }

    /// What an index sorts by.
    fn parts(&self, shown: &Shown<'_>, parts: &[Part], row: &Row) -> String {
        let parts = parts.iter().map(|part| match &part.formula {
            Formula::Expr(Expr::Column(name)) => {
                let mut text = format!("table.{}", shown.keys[&**name]);
                text.push_str(if part.descending { ".desc()" } else { "" });
                text.push_str(if part.nulls_first {
                    ".nullsFirst()"
                } else {
                    ""
                });
                text
            }
            _ => self.template(&self.printer.parts(std::slice::from_ref(part), row)),
        });
        parts.collect::<Vec<_>>().join(", ")
    }

    /// SQL as a template of Drizzle, with nothing to fill in.
    fn template(&self, text: &str) -> String {
        self.has_sql.set(true);
        let text = text
            .replace('\\', "\\\\")
            .replace('`', "\\`")
            .replace("${", "\\${")
            .replace('\r', "\\r");
        format!("sql`{text}`")
    }

    fn only(&self, predicate: Option<&Formula>, row: &Row) -> String {
        predicate.map_or_else(String::new, |formula| {
            format!(
                ".where({})",
                self.template(&self.printer.formula(formula, row))
            )
        })
    }
}

/// The key, where it cannot be said at its column: it has several, or a name that Postgres would not give it.
fn named_key<'c>(table: &model::Table, lowered: &'c catalog::Table) -> Option<&'c Key> {
    let key = lowered.key.as_ref()?;
    let has_own_name = key.name != format!("{}_pkey", table.name);
    (key.columns.len() > 1 || has_own_name).then_some(key)
}

/// Columns of the table whose constraint it is.
fn of_table(shown: &Shown<'_>, columns: &[String]) -> String {
    let columns = columns.iter();
    let columns: Vec<String> = columns
        .map(|name| format!("table.{}", shown.keys[&**name]))
        .collect();
    columns.join(", ")
}

/// A constant that Drizzle and its kit print themselves.
fn plain(kind: &Kind, value: &Literal) -> Option<String> {
    match (kind, value) {
        (Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. }, Literal::Int(value)) => {
            let is_number = matches!(
                scalar,
                Scalar::Smallint | Scalar::Int | Scalar::Real | Scalar::Double
            );
            is_number.then(|| value.to_string())
        }
        (Kind::Scalar(Scalar::Bool), Literal::Bool(value)) => Some(value.to_string()),
        (Kind::Enum { .. }, Literal::Text(text)) => Some(literal(text)),
        (Kind::Scalar(scalar) | Kind::Domain { base: scalar, .. }, Literal::Text(text)) => {
            let is_string = !matches!(scalar, Scalar::Json | Scalar::Bytes);
            is_string.then(|| literal(text))
        }
        _ => None,
    }
}
