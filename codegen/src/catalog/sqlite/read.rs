//! Reads the catalog of a live SQLite, with the same number of queries however many tables there are.

use super::{MAIN, OF_KIND, text};
use crate::catalog::{
    Catalog, Check, Column, Deferral, ForeignKey, Formula, Index, Key, Name, Part, Table, Unique,
    View,
};
use crate::map::IndexMap;
use crate::model::Expr;
use rusqlite::{Connection, Error};
use std::collections::BTreeMap;

const TABLES: &str = "
select s.name, s.type = 'view', coalesce(l.strict, 0), s.sql
from sqlite_schema as s join pragma_table_list as l on l.name = s.name and l.schema = 'main'
where s.type in ('table', 'view') and s.name not like 'sqlite\\_%' escape '\\'
order by s.name";

const COLUMNS: &str = "
select s.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk
from sqlite_schema as s, pragma_table_xinfo(s.name) as c
where s.type in ('table', 'view') and s.name not like 'sqlite\\_%' escape '\\'
order by s.name, c.cid";

const INDEXES: &str = "
select s.name, i.name, i.\"unique\", i.origin, c.cid, c.name, c.\"desc\", t.sql
from sqlite_schema as s, pragma_index_list(s.name) as i, pragma_index_xinfo(i.name) as c
left join sqlite_schema as t on t.name = i.name and t.type = 'index'
where s.type = 'table' and i.origin <> 'pk' and c.key = 1
order by s.name, i.name, c.seqno";

const FOREIGN_KEYS: &str = "
select s.name, k.id, k.\"table\", k.\"from\", k.\"to\", k.on_delete, k.on_update
from sqlite_schema as s, pragma_foreign_key_list(s.name) as k
where s.type = 'table'
order by s.name, k.id, k.seq";

/// Reads a catalog.
///
/// Sources: `sqlite_schema` and the pragmas `table_list`, `table_xinfo`, `index_list`, `index_xinfo` and
/// `foreign_key_list`; what none of them tells is in the text that SQLite keeps of a statement.
///
/// # Errors
///
/// What SQLite refuses.
pub fn read(connection: &Connection) -> Result<Catalog, Error> {
    let mut catalog = Catalog::default();
    let mut texts: BTreeMap<Name, text::TableText> = BTreeMap::new();

    let mut statement = connection.prepare(TABLES)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let name = Name::new(MAIN, row.get::<_, String>(0)?);
        if row.get(1)? {
            let view = View {
                columns: Some(Vec::new()),
                query: None,
                security_invoker: false,
                grants: IndexMap::default(),
                comment: None,
            };
            catalog.views.insert(name, view);
            continue;
        }
        let told = text::table(&row.get::<_, String>(3)?);
        let checks = told.checks.iter().map(|(name, check)| {
            let formula = Formula::Sql(if name.ends_with("_kind") {
                OF_KIND.to_owned()
            } else {
                check.clone()
            });
            let validated = true;
            (name.clone(), Check { formula, validated })
        });
        let table = Table {
            strict: row.get(2)?,
            checks: checks.collect(),
            ..Table::default()
        };
        catalog.tables.insert(name.clone(), table);
        texts.insert(name, told);
    }

    let mut statement = connection.prepare(COLUMNS)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let name = Name::new(MAIN, row.get::<_, String>(0)?);
        let column: String = row.get(1)?;
        if let Some(view) = catalog.views.get_mut(&name) {
            view.columns.get_or_insert_default().push(column);
        } else if let Some(table) = catalog.tables.get_mut(&name) {
            let place = usize::try_from(row.get::<_, i64>(5)?).unwrap_or_default();
            if place > 0 {
                let key = table.key.get_or_insert_with(|| Key {
                    name: String::new(),
                    columns: Vec::new(),
                    deferral: Deferral::Never,
                });
                key.columns
                    .resize(key.columns.len().max(place), String::new());
                key.columns[place - 1].clone_from(&column);
            }
            let generated = texts[&name]
                .generated
                .iter()
                .find(|(name, _)| *name == column);
            let lowered = Column {
                sql_type: row.get(2)?,
                nullable: !row.get::<_, bool>(3)?,
                default: row
                    .get::<_, Option<String>>(4)?
                    .map(|text| Formula::Sql(text::canonical(&text))),
                identity: false,
                generated: generated.map(|(_, text)| Formula::Sql(text.clone())),
                comment: None,
            };
            table.columns.insert(column, lowered);
        }
    }

    let mut statement = connection.prepare(INDEXES)?;
    let mut rows = statement.query([])?;
    let mut found: IndexMap<(Name, String), Found> = IndexMap::default();
    while let Some(row) = rows.next()? {
        let at = (
            Name::new(MAIN, row.get::<_, String>(0)?),
            row.get::<_, String>(1)?,
        );
        let index = match found.entry(at) {
            indexmap::map::Entry::Occupied(entry) => entry.into_mut(),
            indexmap::map::Entry::Vacant(entry) => entry.insert(Found {
                unique: row.get(2)?,
                constraint: row.get::<_, String>(3)? == "u",
                columns: Vec::new(),
                sql: row.get(7)?,
            }),
        };
        // -2 is an expression, which has no name.
        let column: Option<String> = if row.get::<_, i64>(4)? < 0 {
            None
        } else {
            row.get(5)?
        };
        index.columns.push((column, row.get(6)?));
    }
    for ((table, name), index) in found {
        if let Some(into) = catalog.tables.get_mut(&table) {
            index.put(into, name, &texts[&table]);
        }
    }

    let mut statement = connection.prepare(FOREIGN_KEYS)?;
    let mut rows = statement.query([])?;
    let mut keys: IndexMap<(Name, i64), ForeignKey> = IndexMap::default();
    while let Some(row) = rows.next()? {
        let at = (
            Name::new(MAIN, row.get::<_, String>(0)?),
            row.get::<_, i64>(1)?,
        );
        let key = match keys.entry(at) {
            indexmap::map::Entry::Occupied(entry) => entry.into_mut(),
            indexmap::map::Entry::Vacant(entry) => entry.insert(ForeignKey {
                columns: Vec::new(),
                table: Name::new(MAIN, row.get::<_, String>(2)?),
                references: Vec::new(),
                on_delete: action(&row.get::<_, String>(5)?),
                on_update: action(&row.get::<_, String>(6)?),
                deferral: Deferral::Never,
                validated: true,
            }),
        };
        key.columns.push(row.get(3)?);
        // Without a column it is the key of the table there.
        key.references
            .push(row.get::<_, Option<String>>(4)?.unwrap_or_default());
    }
    for ((table, _), mut key) in keys {
        let told = &texts[&table].foreign_keys;
        let told = told.iter().find(|(_, columns, _)| *columns == key.columns);
        let (name, deferred) = told
            .map_or((key.columns.join("_"), false), |(name, _, deferred)| {
                (name.clone(), *deferred)
            });
        key.deferral = Deferral::declared(deferred);
        if let Some(into) = catalog.tables.get_mut(&table) {
            into.foreign_keys.insert(name, key);
        }
    }
    Ok(catalog)
}

struct Found {
    unique: bool,
    constraint: bool,
    columns: Vec<(Option<String>, bool)>,
    /// The statement; a constraint has none.
    sql: Option<String>,
}

impl Found {
    fn put(self, table: &mut Table, name: String, told: &text::TableText) {
        let (texts, predicate) = self.sql.as_deref().map(text::index).unwrap_or_default();
        let parts: Vec<Part> = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, (column, descending))| Part {
                formula: match column {
                    Some(column) => Formula::Expr(Expr::Column(column.clone())),
                    None => Formula::Sql(texts.get(index).cloned().unwrap_or_default()),
                },
                descending: *descending,
                nulls_first: *descending,
            })
            .collect();
        let predicate = predicate.map(Formula::Sql);
        if !self.unique {
            let method = "btree".to_owned();
            table.indexes.insert(
                name,
                Index {
                    method,
                    parts,
                    predicate,
                    include: Vec::new(),
                },
            );
            return;
        }
        let columns: Option<Vec<String>> =
            self.columns.into_iter().map(|(column, _)| column).collect();
        let declared = told
            .uniques
            .iter()
            .find(|(_, of)| self.constraint && Some(of) == columns.as_ref());
        let name = declared.map_or(name, |(name, _)| name.clone());
        let unique = Unique {
            constraint: self.constraint,
            parts,
            predicate,
            nulls_not_distinct: false,
            deferral: Deferral::Never,
            include: Vec::new(),
        };
        table.uniques.insert(name, unique);
    }
}

fn action(text: &str) -> &'static str {
    synctable::FkAction::ALL
        .iter()
        .map(|action| action.sql())
        .find(|sql| *sql == text)
        .unwrap_or("NO ACTION")
}
