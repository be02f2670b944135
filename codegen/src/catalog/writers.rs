//! Who wrote a row last: a table of the private schema, the triggers that keep it, and the functions that statements ask.
//!
//! A write may lose against the row that stands, but never against its writer's own earlier writes.
//! So the server keeps, for each row that a known client wrote last, what stood before that client began: a later write
//! of the client is compared with that, and not with what the client itself left.
//! Triggers keep it, so that whoever writes a row, and nobody else, leaves a mark there.

use super::helper::{Call, Helper};
use super::touch::of_time;
use super::{
    Body, Column, Deferral, Function, Key, Name, Rls, Table, instant_of, private_schema,
    server_tables,
};
use crate::map::IndexMap;
use crate::model::{self, Arbiter, Model};
use synctable::{Database, Role, derived_name};

/// The setting of a transaction that names the client whose writes it applies.
pub(crate) use synctable::statement::CLIENT_SETTING as CLIENT;

/// The name of the table.
const TABLE: &str = "writers";

/// Its columns, with their types and whether they are nullable.
const COLUMNS: [(&str, &str, bool); 8] = [
    ("relation", "regclass", false),
    ("key", "text", false),
    ("client", "text", false),
    ("inserted", "boolean", false),
    ("edited_since", "timestamptz", true),
    ("edited_at", "timestamptz", true),
    ("version_since", "bigint", true),
    ("version", "bigint", true),
];

/// The triggers that note who wrote rows.
const INSERT_TRIGGER: &str = "writer_insert";
pub(crate) const UPDATE_TRIGGER: &str = "writer_update";

/// The trigger that forgets who wrote a row that is deleted.
const DELETE_TRIGGER: &str = "writer_forget";

/// What tells whether a row still stands as its last known writer left it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Stamp<'m> {
    /// Its `edited_at`.
    Edited(&'m model::Column),
    /// Its version.
    Version(&'m model::Column),
    /// Nothing: every write of somebody unknown has to be seen.
    Nothing,
}

/// A table whose rows have known writers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written<'m> {
    /// The table.
    pub(crate) table: &'m model::Table,
    /// What is compared of its rows.
    pub(crate) stamp: Stamp<'m>,
}

impl<'m> Written<'m> {
    /// The table, if its writers are kept.
    pub(crate) fn of(model: &Model, table: &'m model::Table) -> Option<Self> {
        if !table.keeps_writers(&model.postgres.roles.client) {
            return None;
        }
        let stamp = match (table.arbiter(), table.on_server(Role::EditedAt)) {
            (Arbiter::Time, Some(time)) => Stamp::Edited(time),
            _ => table
                .on_server(Role::Version)
                .map_or(Stamp::Nothing, Stamp::Version),
        };
        Some(Self { table, stamp })
    }

    /// The tables of a model whose writers are kept.
    pub(crate) fn all(model: &'m Model) -> impl Iterator<Item = Self> {
        server_tables(model).filter_map(|table| Self::of(model, table))
    }

    /// Whether the function is the same as that of another table: everything that its name and its text are made of.
    fn is_alike(&self, other: &Self) -> bool {
        let column = |stamp: Stamp<'m>| match stamp {
            Stamp::Edited(column) | Stamp::Version(column) => {
                Some((&column.name, &column.kind, column.nullable))
            }
            Stamp::Nothing => None,
        };
        std::mem::discriminant(&self.stamp) == std::mem::discriminant(&other.stamp)
            && column(self.stamp) == column(other.stamp)
            && self.table.key == other.table.key
    }

    /// The function that notes who wrote a row: one for all tables whose key and stamp have the same names.
    fn function(&self) -> String {
        let mut names = vec!["note_writer"];
        names.extend(self.table.key.iter().map(String::as_str));
        match self.stamp {
            Stamp::Edited(column) => of_time(&names, column),
            Stamp::Version(column) => derived_name(&names, &column.name),
            Stamp::Nothing => derived_name(&names, "alone"),
        }
    }

    /// Whether a row may have no time of its last edit.
    fn may_lack_a_time(&self) -> bool {
        matches!(self.stamp, Stamp::Edited(column) if column.nullable)
    }

    /// The key of a row as one text.
    pub(crate) fn key(&self, row: &str) -> String {
        let parts: Vec<String> = self
            .table
            .key
            .iter()
            .map(|name| format!("{row}.{}", Database::Postgres.ident(name)))
            .collect();
        match parts.as_slice() {
            [one] => format!("{one}::text"),
            many => format!("jsonb_build_array({})::text", many.join(", ")),
        }
    }

    /// The text of the function, line by line: each of its triggers fires once for a statement and sees all rows of it.
    fn body(&self, model: &Model) -> Vec<String> {
        let writers = table_name(model);
        let (was, stands) = (self.key("was"), self.key("stands"));
        let forget = |key: &str, rows: &str| {
            format!(
                "        delete from {writers} as known
        where known.relation = tg_relid
          and known.key = any (array(select {key} from {rows}));"
            )
        };
        let forgotten = forget(&was, "old_rows as was");
        let noted = match self.stamp {
            Stamp::Edited(column) => self.stamped(&writers, ["edited_since", "edited_at"], column),
            Stamp::Version(column) => self.stamped(&writers, ["version_since", "version"], column),
            // Without a stamp, the row of a writer that is not known has no mark.
            Stamp::Nothing => format!(
                "    elsif coalesce(current_setting('{CLIENT}', true), '') = '' then
{}
    else
        insert into {writers} as known (relation, key, client, inserted)
        select tg_relid, written.key, current_setting('{CLIENT}'), tg_op = 'INSERT'
        from (select distinct {stands} as key from new_rows as stands) as written
        on conflict (relation, key) do update set
            client = excluded.client,
            inserted = excluded.inserted or (known.inserted and known.client = excluded.client);",
                forget(&stands, "new_rows as stands")
            ),
        };
        let text = format!(
            "begin
    if tg_op = 'DELETE' then
{forgotten}
{noted}
    end if;
    return null;
end"
        );
        text.lines().map(str::to_owned).collect()
    }

    /// Notes who wrote rows that have a stamp, by the names of what stood before and of what stands.
    fn stamped(&self, writers: &str, [since, stamp]: [&str; 2], column: &model::Column) -> String {
        let ident = Database::Postgres.ident(&column.name);
        let [old, new] =
            ["was", "stands"].map(|row| instant_of(&column.kind, &format!("{row}.{ident}")));
        let (was, stands) = (self.key("was"), self.key("stands"));
        let equals = match column.nullable {
            true => "is not distinct from",
            false => "=",
        };
        // The client's run of writes goes on while nobody else has written.
        let goes_on =
            format!("known.client = excluded.client and known.{stamp} {equals} excluded.{since}");
        // Columns of the app stand inside alone, where no variable of the function has their names.
        // Grouped, and not joined: the time is proportional to the rows, whatever the plan was made for.
        format!(
            "    elsif tg_op = 'INSERT' then
        insert into {writers} as known (relation, key, client, inserted, {stamp})
        select tg_relid, written.key, current_setting('{CLIENT}'), true, written.stands
        from (select {stands} as key, {new} as stands from new_rows as stands) as written
        on conflict (relation, key) do update set
            client = excluded.client, inserted = true, {since} = null, {stamp} = excluded.{stamp};
    else
        insert into {writers} as known (relation, key, client, inserted, {since}, {stamp})
        select tg_relid, written.key, current_setting('{CLIENT}'), false, min(written.since), max(written.stands)
        from (
            select {was} as key,
                {old} as since,
                null as stands
            from old_rows as was
            union all
            select {stands}, null, {new}
            from new_rows as stands
        ) as written
        group by written.key
        having count(*) > 1
        on conflict (relation, key) do update set
            client = excluded.client,
            inserted = known.inserted and {goes_on},
            {since} = case when {goes_on} then known.{since} else excluded.{since} end,
            {stamp} = excluded.{stamp};"
        )
    }

    /// The triggers that call the function.
    fn triggers(&self) -> [Call; 3] {
        let call = |trigger: &str, when: &str, rows, by_client: bool| Call {
            trigger: trigger.to_owned(),
            table: self.table.name.clone(),
            when: when.to_owned(),
            of: Vec::new(),
            changed: Vec::new(),
            bound: false,
            by_client,
            rows: Some(rows),
            arguments: Vec::new(),
        };
        // A table without a stamp loses the mark of a row when a write names no client.
        let by_client = self.stamp != Stamp::Nothing;
        let both = match by_client {
            true => "old table as old_rows new table as new_rows",
            false => "new table as new_rows",
        };
        [
            call(
                INSERT_TRIGGER,
                "after insert",
                "new table as new_rows",
                by_client,
            ),
            call(UPDATE_TRIGGER, "after update", both, by_client),
            call(
                DELETE_TRIGGER,
                "after delete",
                "old table as old_rows",
                false,
            ),
        ]
    }
}

/// The functions that note who wrote a row, with their triggers.
pub(super) fn helpers(model: &Model) -> Vec<Helper> {
    let mut helpers: Vec<Helper> = Vec::new();
    // The text is long, so tables that are alike do not write it again; each with the place of its helper.
    let mut seen: Vec<(Written<'_>, usize)> = Vec::new();
    for written in Written::all(model) {
        if let Some((_, place)) = seen.iter().find(|(one, _)| one.is_alike(&written)) {
            helpers[*place].triggers.extend(written.triggers());
            continue;
        }
        let (function, body) = (written.function(), written.body(model));
        let same = |helper: &Helper| helper.function == function && helper.body == body;
        let place = helpers.iter().position(same).unwrap_or(helpers.len());
        seen.push((written, place));
        match helpers.get_mut(place) {
            Some(helper) => helper.triggers.extend(written.triggers()),
            None => helpers.push(Helper {
                function,
                of: None,
                doc: "Notes which client wrote a row last, and forgets it with the row.".to_owned(),
                security_definer: true,
                body,
                triggers: written.triggers().to_vec(),
            }),
        }
    }
    helpers
}

/// A function that a statement asks whether its client wrote the row that it finds.
pub(crate) struct Asked {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its parameters with their types.
    pub(crate) parameters: &'static str,
    /// The types alone.
    pub(crate) types: &'static str,
    /// What it tells.
    pub(crate) comment: &'static str,
    /// What must hold of the row's mark, besides that it is the client's.
    condition: &'static str,
    /// The same, where a row may have had no time before.
    with_nulls: &'static str,
}

/// The function for tables whose conflicts the time of an edit decides.
pub(crate) const IS_OWN_EDIT: Asked = Asked {
    name: "is_own_edit",
    parameters: "of_table regclass, of_row text, stands timestamptz, edited timestamptz, anew boolean",
    types: "regclass, text, timestamptz, timestamptz, boolean",
    comment: "Whether the client wrote the row as it stands, and this edit is later than what others wrote before.",
    condition: "known.edited_at = stands and (anew or known.inserted or known.edited_since < edited)",
    with_nulls: "known.edited_at = stands\n      and (anew or known.inserted or known.edited_since is null or known.edited_since < edited)",
};

/// The function for tables whose conflicts the version decides that a writer saw.
pub(crate) const IS_OWN_VERSION: Asked = Asked {
    name: "is_own_version",
    parameters: "of_table regclass, of_row text, stands bigint, seen bigint, anew boolean",
    types: "regclass, text, bigint, bigint, boolean",
    comment: "Whether the client wrote the row as it stands, and has seen what others wrote before; a write that names no version counts as having seen it.",
    condition: "known.version is not distinct from stands\n      and (anew or known.inserted or seen is null or known.version_since <= seen)",
    with_nulls: "known.version is not distinct from stands\n      and (anew or known.inserted or seen is null or known.version_since <= seen)",
};

impl Asked {
    /// Those that the tables of a model need.
    pub(crate) fn all(model: &Model) -> Vec<Self> {
        let is_time = |written: &Written<'_>| matches!(written.stamp, Stamp::Edited(_));
        let mut asked = Vec::new();
        if Written::all(model).any(|written| is_time(&written)) {
            asked.push(IS_OWN_EDIT);
        }
        if Written::all(model).any(|written| !is_time(&written)) {
            asked.push(IS_OWN_VERSION);
        }
        asked
    }

    /// Its text, line by line.
    pub(crate) fn body(&self, model: &Model) -> Vec<String> {
        let writers = table_name(model);
        let text = format!(
            "select exists (
    select
    from {writers} as known
    where known.relation = of_table and known.key = of_row
      and known.client = current_setting('{CLIENT}', true)
      and {}
)",
            match Written::all(model).any(|written| written.may_lack_a_time()) {
                true => self.with_nulls,
                false => self.condition,
            }
        );
        text.lines().map(str::to_owned).collect()
    }
}

/// The table, qualified and quoted where it has to be.
pub(crate) fn table_name(model: &Model) -> String {
    format!(
        "{}.{TABLE}",
        Database::Postgres.ident(&private_schema(model))
    )
}

/// The columns of the table as DDL.
pub(crate) fn columns() -> impl Iterator<Item = String> {
    COLUMNS.iter().map(|(name, sql_type, nullable)| {
        let not_null = if *nullable { "" } else { " not null" };
        format!("{name} {sql_type}{not_null}")
    })
}

/// The table, if some table's writers are kept.
pub(super) fn lower(model: &Model, tables: &mut IndexMap<Name, Table>) {
    if Written::all(model).next().is_none() {
        return;
    }
    let column = |(name, sql_type, nullable): &(&str, &str, bool)| {
        let column = Column {
            sql_type: (*sql_type).to_owned(),
            nullable: *nullable,
            default: None,
            identity: false,
            generated: None,
            comment: None,
        };
        ((*name).to_owned(), column)
    };
    let table = Table {
        columns: COLUMNS.iter().map(column).collect(),
        key: Some(Key {
            name: derived_name(&[TABLE], "pkey"),
            columns: vec!["relation".to_owned(), "key".to_owned()],
            deferral: Deferral::Never,
        }),
        rls: Rls::Enabled,
        comment: Some(COMMENT.to_owned()),
        ..Table::default()
    };
    tables.insert(Name::new(private_schema(model), TABLE), table);
}

/// What the table tells of itself.
pub(crate) const COMMENT: &str =
    "For each row that a known client wrote last: who, and what stood before that client's writes.";

/// The functions that statements ask.
pub(super) fn functions(model: &Model) -> impl Iterator<Item = (String, Function)> {
    let mut execute = super::callers(model);
    execute.extend(model.postgres.roles.service.clone());
    Asked::all(model).into_iter().map(move |asked| {
        let function = Function {
            returns: "boolean".to_owned(),
            volatility: "volatile".to_owned(),
            security_definer: true,
            settings: vec![format!("search_path={}", super::SEARCH_PATH)],
            body: Some(Body::text(&asked.body(model).join("\n"))),
            execute: execute.clone(),
            ..Function::default()
        };
        (asked.name.to_owned(), function)
    })
}

/// The names of those functions.
pub(super) fn function_names(model: &Model) -> impl Iterator<Item = String> {
    let asked = Asked::all(model).into_iter();
    asked.map(|asked| asked.name.to_owned())
}
