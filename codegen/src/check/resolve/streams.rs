//! Streams: their tables, filters and the kinds of their parameters.

use super::expressions::Room;
use super::{Resolver, kinds};
use crate::declaration;
use crate::diagnostic::{Diagnostic, codes};
use crate::map::IndexMap;
use crate::model::{CompareOp, Expr, Stream, StreamTable, Table};
use synctable::Kind;

/// The priority of a stream that declares none: PowerSync's own default.
const PRIORITY: u8 = 3;

impl Resolver<'_, '_> {
    /// The declared streams, and the automatic one of every downloaded table that no automatic stream names.
    pub(super) fn streams(&mut self, tables: &IndexMap<String, Table>) -> IndexMap<String, Stream> {
        let declaration = self.declaration;
        let mut streams: IndexMap<_, _> = declaration
            .streams
            .values()
            .map(|stream| (stream.name.value.clone(), self.stream(stream)))
            .collect();
        let left: Vec<StreamTable> = tables
            .values()
            .filter(|table| table.sync.downloads())
            .filter(|table| {
                !streams.values().any(|stream: &Stream| {
                    stream.tables.iter().any(|entry| entry.table == table.name)
                })
            })
            .map(|table| StreamTable {
                table: table.name.clone(),
                filter: None,
            })
            .collect();
        let Some(app) = &declaration.app else {
            return streams;
        };
        if left.is_empty() {
            return streams;
        }
        if let Some(taken) = declaration.streams.get(&app.value) {
            let names: Vec<_> = left.iter().map(|entry| entry.table.as_str()).collect();
            self.cx.push(
                Diagnostic::error(
                    codes::STREAM_NAME_TAKEN,
                    format!(
                        "`{}` is already the name of the automatic stream for `{}`",
                        app.value,
                        names.join("`, `")
                    ),
                )
                .at(taken.name.span)
                .help("rename this stream, or list those tables in a stream"),
            );
            return streams;
        }
        let automatic = Stream {
            name: app.value.clone(),
            doc: None,
            automatic: true,
            priority: PRIORITY,
            params: IndexMap::default(),
            tables: left,
        };
        streams.shift_insert(0, app.value.clone(), automatic);
        streams
    }

    fn stream(&mut self, stream: &declaration::Stream) -> Stream {
        let declaration = self.declaration;
        let mut params: IndexMap<String, Option<Kind>> = IndexMap::default();
        for param in stream.params.values() {
            let kind = kinds::resolve(declaration, param.kind.as_ref(), self.cx);
            params.insert(param.name.value.clone(), kind);
        }
        let mut tables = Vec::new();
        for entry in stream.tables.values() {
            if !self.shapes.known.tables.contains_key(&entry.table.value) {
                let names: Vec<String> = self.shapes.known.tables.keys().cloned().collect();
                self.unknown(
                    codes::UNKNOWN_TABLE,
                    "table",
                    &entry.table,
                    names.iter().map(String::as_str),
                );
                continue;
            }
            let room = Room::Stream {
                table: &entry.table.value,
                params: &params,
            };
            let filter = match &entry.filter {
                Some(filter) => match self.expression(filter, room) {
                    Some(filter) => Some(filter),
                    None => continue,
                },
                None => None,
            };
            tables.push(StreamTable {
                table: entry.table.value.clone(),
                filter,
            });
        }
        for param in stream.params.values() {
            let name = &param.name.value;
            if params[name].is_some() || param.kind.is_some() {
                continue;
            }
            let compared = self.compared_kind(&tables, name);
            let spoken_of = tables.iter().any(|entry| {
                entry
                    .filter
                    .as_ref()
                    .is_some_and(|filter| mentions(filter, name))
            });
            if compared.is_none() && spoken_of {
                self.cx.push(
                    Diagnostic::error(codes::PARAM_KIND, format!("the kind of the parameter `{name}` cannot be inferred"))
                        .at(param.name.span)
                        .help("compare it with a column (`column = :param`), or declare its kind: `params: {name: text}`"),
                );
            }
            params.insert(name.clone(), compared);
        }
        Stream {
            name: stream.name.value.clone(),
            doc: stream.doc.as_ref().map(|doc| doc.value.clone()),
            automatic: stream.automatic.is_some(),
            priority: stream
                .priority
                .as_ref()
                .map_or(PRIORITY, |priority| priority.value),
            params: params
                .into_iter()
                .filter_map(|(name, kind)| Some((name, kind?)))
                .collect(),
            tables,
        }
    }

    /// The kind of the column that `column = :param` compares a parameter with, in the first table that does.
    fn compared_kind(&self, tables: &[StreamTable], param: &str) -> Option<Kind> {
        tables.iter().find_map(|entry| {
            let column = compared_column(entry.filter.as_ref()?, param)?;
            let row = &self.shapes.known.tables[&entry.table];
            Some(row.column(column)?.kind.clone())
        })
    }
}

fn compared_column<'e>(expr: &'e Expr, param: &str) -> Option<&'e str> {
    if let Expr::Compare {
        op: CompareOp::Eq,
        left,
        right,
    } = expr
    {
        match (&**left, &**right) {
            (Expr::Column(column), Expr::Param(name))
            | (Expr::Param(name), Expr::Column(column))
                if name == param =>
            {
                return Some(column);
            }
            _ => {}
        }
    }
    expr.children()
        .find_map(|child| compared_column(child, param))
}

fn mentions(expr: &Expr, param: &str) -> bool {
    matches!(expr, Expr::Param(name) if name == param)
        || expr.children().any(|child| mentions(child, param))
}
