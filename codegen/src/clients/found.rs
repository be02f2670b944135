//! What a change means for the clients of one release.

use super::fit::{Fit, fit};
use crate::model::{
    CheckBody, ClientColumn, ClientId, ClientTable, Column, Exclusion, ExclusionElement,
    ExclusionPart, Expr, InPatch, InPut, Model, Names, OnServer, Range, Table, UniquePart,
};
use synctable::SyncMode;
use synctable::table::CLIENT_ID;

/// What a change does to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Class {
    /// Every upload of a sort is refused, or a column no longer arrives.
    Breaks,
    /// Some uploads may be refused, or some values may not arrive.
    Limits,
}

/// A change, and what a client does that it concerns.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Finding {
    pub(super) class: Class,
    /// Where it is declared.
    pub(super) place: Vec<String>,
    pub(super) fact: String,
    pub(super) but: String,
    pub(super) way_out: String,
}

/// What the changes since a release mean for its clients.
pub(super) fn of_release(before: &Model, after: &Model, names: &Names) -> Vec<Finding> {
    let mut found = Vec::new();
    for had in before.client_tables() {
        if !had.table.sync.on_server() {
            continue;
        }
        let table = names.table(&had.table.name);
        let table = table.and_then(|name| after.tables.get(name));
        let mut of = Of {
            before,
            after,
            names,
            had: &had,
            found: &mut found,
        };
        match table.filter(|table| table.sync.on_client() && table.sync.on_server()) {
            Some(table) => of.table(table),
            None => of.gone(),
        }
    }
    found
}

struct Of<'a, 'm> {
    before: &'m Model,
    after: &'m Model,
    names: &'a Names,
    /// The table as a client of the release has it.
    had: &'a ClientTable<'m>,
    found: &'a mut Vec<Finding>,
}

impl Of<'_, '_> {
    fn push(&mut self, class: Class, place: &[&str], (fact, but): (String, &str), way_out: &str) {
        self.found.push(Finding {
            class,
            place: place.iter().map(|key| (*key).to_owned()).collect(),
            fact,
            but: but.to_owned(),
            way_out: way_out.to_owned(),
        });
    }

    fn uploads(&self) -> bool {
        let writes = self.had.writes;
        writes.put || writes.patch || writes.delete
    }

    fn downloads(&self) -> bool {
        matches!(self.had.table.sync, SyncMode::Both | SyncMode::Down)
    }

    fn gone(&mut self) {
        let name = &self.had.table.client_name;
        let but = match (self.uploads(), self.downloads()) {
            (true, _) => "upload it",
            (false, true) => "read it",
            (false, false) => return,
        };
        let fact = format!("devices no longer have the table `{name}`");
        let way_out = "keep the table until they are gone";
        self.push(Class::Breaks, &["tables"], (fact, but), way_out);
    }

    fn table(&mut self, table: &Table) {
        let name = table.name.as_str();
        let (was, is) = (&self.had.table.client_name, &table.client_name);
        let is_known = table.client.view_name.as_ref() == Some(was) && !self.downloads();
        if was != is && !is_known && (self.uploads() || self.downloads()) {
            let fact = format!("devices call the table `{is}` from now on");
            let but = format!("know it as `{was}`");
            let way_out = format!("say `client_name: {was}`: devices keep the name");
            self.push(Class::Breaks, &["tables", name], (fact, &but), &way_out);
            return;
        }
        let (may, now) = (self.had.writes, self.after.uploads(table));
        for (had, has, what) in [
            (may.put, now.put, "insert"),
            (may.patch, now.patch, "change"),
            (may.delete, now.delete, "delete"),
        ] {
            if had && !has {
                let fact = format!("devices no longer {what} rows of `{is}`");
                let way_out = "keep the rule until they are gone";
                self.push(Class::Breaks, &["tables", name], (fact, "do"), way_out);
            }
        }
        if !self.has_same_id(table) && (self.uploads() || self.downloads()) {
            let fact = format!("the id of `{is}` is made otherwise");
            let but = "make it as before";
            let way_out = "keep the key and its order";
            self.push(Class::Breaks, &["tables", name], (fact, but), way_out);
        }
        for had in &self.had.columns {
            self.column(table, had);
        }
        self.required(table);
        self.filled_by_others(table);
        self.constraints(table);
    }

    fn has_same_id(&self, table: &Table) -> bool {
        let later = |column: &String| {
            let name = self.names.column(&self.had.table.name, column);
            name.unwrap_or_default().to_owned()
        };
        match (&self.had.table.id, &table.id) {
            (ClientId::Column(had), ClientId::Column(has)) => later(had) == *has,
            (
                ClientId::Composed { parts, separator },
                ClientId::Composed {
                    parts: others,
                    separator: other,
                },
            ) => {
                separator == other
                    && parts.len() == others.len()
                    && parts.iter().zip(others).all(|(had, has)| {
                        later(&had.column) == has.column && had.encoding == has.encoding
                    })
            }
            _ => false,
        }
    }

    fn column(&mut self, table: &Table, had: &ClientColumn<'_>) {
        let was = had.column;
        if !was.direction.on_server() || was.generated.is_some() {
            return;
        }
        let writes = self.had.writes;
        let in_put = writes.put && had.in_put().is_sent() && !had.is_key;
        let in_patch = writes.patch && had.in_patch().is_sent() && !had.is_key;
        let is_sent = in_put || in_patch;
        let of = &table.client_name;
        let later = self.names.column(&self.had.table.name, &was.name);
        let column = later.and_then(|name| table.columns.get(name));
        let Some(column) = column.filter(|column| column.is_on_device()) else {
            let fact = format!("devices no longer have `{of}.{}`", was.client_name);
            let place = ["tables", table.name.as_str()];
            if is_sent {
                let way_out = "keep the column, and mark it with `deprecated`, until they are gone";
                self.push(Class::Breaks, &place, (fact, "upload it"), way_out);
            } else if self.downloads() && !was.nullable && !had.may_lack() {
                let way_out = "keep the column, and mark it with `deprecated`, until they are gone";
                self.push(Class::Breaks, &place, (fact, "read it"), way_out);
            } else if self.downloads() {
                let way_out = "if they can do without its value, nothing has to be done";
                self.push(Class::Limits, &place, (fact, "read NULL there"), way_out);
            }
            return;
        };
        let place = [
            "tables",
            table.name.as_str(),
            "columns",
            column.name.as_str(),
        ];
        if was.client_name != column.client_name && was.client_name != CLIENT_ID {
            let mut others = table.columns.values().filter(|one| one.is_on_device());
            if others.any(|other| other.client_name == was.client_name) {
                let fact = format!(
                    "another column than `{of}.{}` is called `{}` on devices",
                    column.client_name, was.client_name
                );
                let but = format!("know it as `{}`", was.client_name);
                let way_out = "give the other column another `client_name`";
                self.push(Class::Breaks, &place, (fact, &but), way_out);
                return;
            }
        }
        if is_sent {
            self.sent(&place, table, (was, column), (in_put, in_patch));
        }
        if self.downloads() {
            self.read(&place, table, (was, column), had.may_lack(), is_sent);
        }
    }

    /// A column that clients upload.
    fn sent(
        &mut self,
        place: &[&str],
        table: &Table,
        (was, column): (&Column, &Column),
        (in_put, in_patch): (bool, bool),
    ) {
        let name = format!("{}.{}", table.client_name, column.client_name);
        if !column.may_be_sent() {
            let fact = format!("only the server writes `{name}` from now on");
            let way_out = "say `uploads: ignored`: what they upload is not read";
            self.push(Class::Breaks, place, (fact, "upload it"), way_out);
            return;
        }
        if column.uploaded == synctable::Uploaded::Ignored {
            return;
        }
        if in_patch && table.in_patch(column) == InPatch::Once {
            let fact = format!("`{name}` is only set in new rows from now on");
            let way_out = "remove `immutable` until they are gone";
            self.push(Class::Breaks, place, (fact, "change it"), way_out);
        }
        match fit((self.before, &was.kind), (self.after, &column.kind)) {
            Fit::All => {}
            Fit::Some => {
                let fact = format!("`{name}` takes fewer values than it did");
                let but = "may upload others, which are refused";
                let way_out = "keep the old kind, and add another column of the new one";
                self.push(Class::Limits, place, (fact, but), way_out);
            }
            Fit::None => {
                let fact = format!("`{name}` no longer takes the values that it took");
                let but = "upload values that are refused";
                let way_out = "keep the old kind, and add another column of the new one";
                self.push(Class::Breaks, place, (fact, but), way_out);
            }
        }
        let refuses_put = in_put && column.default.is_none();
        if was.nullable && !column.nullable && (refuses_put || in_patch) {
            let fact = format!("`{name}` is required from now on");
            let way_out = "keep `nullable: true` until they are gone";
            self.push(
                Class::Limits,
                place,
                (fact, "may upload NULL, which is refused"),
                way_out,
            );
        }
    }

    /// A column that arrives.
    fn read(
        &mut self,
        place: &[&str],
        table: &Table,
        (was, column): (&Column, &Column),
        may_lack: bool,
        is_sent: bool,
    ) {
        let name = format!("{}.{}", table.client_name, column.client_name);
        let (from, to) = (&column.kind, &was.kind);
        // What is refused of uploads has been told.
        let has_fit = is_sent && fit((self.before, to), (self.after, from)) == Fit::None;
        if from.column_type() != to.column_type() && !has_fit {
            let fact = format!("`{name}` has another kind");
            let way_out = "keep the old kind, and add another column of the new one";
            self.push(
                Class::Breaks,
                place,
                (fact, "read it as the old one"),
                way_out,
            );
        }
        if column.nullable && !was.nullable && !may_lack {
            let fact = format!("`{name}` may be NULL from now on");
            let way_out = "if they read it so, nothing has to be done";
            self.push(Class::Limits, place, (fact, "may not expect it"), way_out);
        }
    }

    /// What a new row must have, and clients do not send.
    fn required(&mut self, table: &Table) {
        if !self.had.writes.put {
            return;
        }
        for column in table.columns.values().filter(|one| one.is_on_device()) {
            if table.in_put(column) != InPut::Required || table.key.contains(&column.name) {
                continue;
            }
            let origin = self
                .names
                .origin_of_column(&self.had.table.name, &column.name);
            let mut sent = self.had.columns.iter();
            if sent.any(|had| Some(had.column.name.as_str()) == origin && had.in_put().is_sent()) {
                continue;
            }
            let fact = format!(
                "`{}.{}` is required in new rows",
                table.client_name, column.client_name
            );
            let place = [
                "tables",
                table.name.as_str(),
                "columns",
                column.name.as_str(),
            ];
            let way_out = "give it a default, or say `nullable: true`";
            let but = "insert rows without it";
            self.push(Class::Breaks, &place, (fact, but), way_out);
        }
    }

    /// What a new row must have, and only hand-written SQL or a service fills.
    fn filled_by_others(&mut self, table: &Table) {
        if !self.had.writes.put {
            return;
        }
        for column in table.columns.values().filter(|one| is_left_to_others(one)) {
            let had = &self.had.table;
            let origin = self.names.origin_of_column(&had.name, &column.name);
            let was = origin.and_then(|name| had.columns.get(name));
            if was.is_some_and(is_left_to_others) {
                continue;
            }
            let fact = format!(
                "nothing that is declared fills `{}.{}`, which is required in new rows",
                table.client_name, column.client_name
            );
            let place = [
                "tables",
                table.name.as_str(),
                "columns",
                column.name.as_str(),
            ];
            let but = "may insert rows that are refused";
            let way_out =
                "give it a value in `server`, or fill it in a trigger before the row is inserted";
            self.push(Class::Limits, &place, (fact, but), way_out);
        }
    }

    /// What Postgres refuses from now on.
    fn constraints(&mut self, table: &Table) {
        if !self.had.writes.put && !self.had.writes.patch {
            return;
        }
        let of = self.had.table;
        let later = |column: &str| {
            let name = self.names.column(&of.name, column);
            name.map_or_else(|| format!("\u{0}{column}"), str::to_owned)
        };
        let renamed = |body: &CheckBody| match body {
            CheckBody::Expr(expr) => CheckBody::Expr(
                expr.with_columns(&|column| Some(crate::model::Expr::Column(later(column)))),
            ),
            written => written.clone(),
        };
        let had: Vec<CheckBody> = of.checks.iter().map(|check| renamed(&check.body)).collect();
        let checks = table.checks.iter();
        let checks = checks.filter(|check| !had.contains(&check.body));
        let expr = |expr: &Expr| expr.with_columns(&|column| Some(Expr::Column(later(column))));
        let had: Vec<(Vec<UniquePart>, Option<Expr>)> = of
            .uniques
            .iter()
            .map(|unique| {
                let parts = unique.parts.iter().map(|part| match part {
                    UniquePart::Column(name) => UniquePart::Column(later(name)),
                    UniquePart::Expr(part) => UniquePart::Expr(expr(part)),
                });
                (parts.collect(), unique.predicate.as_ref().map(expr))
            })
            .collect();
        let uniques = table.uniques.iter().filter(|unique| {
            let mut had = had.iter();
            !had.any(|(parts, predicate)| *parts == unique.parts && *predicate == unique.predicate)
        });
        let had: Vec<Exclusion> = of
            .exclusions
            .iter()
            .map(|exclusion| renamed_exclusion(exclusion, &later, &expr))
            .collect();
        let exclusions = table.exclusions.iter().filter(|exclusion| {
            let mut had = had.iter();
            !had.any(|one| {
                one.elements == exclusion.elements && one.predicate == exclusion.predicate
            })
        });
        let had: Vec<Vec<String>> = of
            .foreign_keys
            .iter()
            .map(|key| key.columns.iter().map(|name| later(name)).collect())
            .collect();
        let keys = table.foreign_keys.iter();
        let keys = keys.filter(|key| key.on_server != OnServer::Unchecked);
        let keys = keys.filter(|key| !had.contains(&key.columns));
        let new: Vec<(&str, String)> = checks
            .map(|check| ("check", check.name.clone()))
            .chain(uniques.map(|unique| ("unique", unique.name.clone())))
            .chain(exclusions.map(|one| ("exclusion constraint", one.name.clone())))
            .chain(keys.map(|key| ("foreign key", key.name.clone())))
            .collect();
        for (what, name) in new {
            let fact = format!("the {what} `{name}` of `{}` is new", table.client_name);
            let but = "may upload rows that it refuses";
            let place = ["tables", table.name.as_str()];
            let way_out = "if their rows satisfy it, nothing has to be done";
            self.push(Class::Limits, &place, (fact, but), way_out);
        }
    }
}

/// An exclusion constraint with the names that its columns have later.
fn renamed_exclusion(
    exclusion: &Exclusion,
    later: &impl Fn(&str) -> String,
    expr: &impl Fn(&Expr) -> Expr,
) -> Exclusion {
    let elements = exclusion.elements.iter().map(|element| ExclusionElement {
        part: match &element.part {
            ExclusionPart::Expr(part) => ExclusionPart::Expr(expr(part)),
            ExclusionPart::Range(range) => ExclusionPart::Range(Range {
                from: later(&range.from),
                to: later(&range.to),
                ..range.clone()
            }),
        },
        ..element.clone()
    });
    Exclusion {
        elements: elements.collect(),
        predicate: exclusion.predicate.as_ref().map(expr),
        ..exclusion.clone()
    }
}

/// Whether a new row has the column from somebody whom the declaration does not know (`server: true`).
fn is_left_to_others(column: &Column) -> bool {
    let is_declared = column.default.is_some()
        || column.generated.is_some()
        || column.copied.is_some()
        || column.identity
        || column.role.is_some();
    column.direction.on_server() && !column.uploads() && !column.nullable && !is_declared
}
