//! Exclusion constraints: what two rows are compared by, and whether Postgres has an index for it.

use super::Resolver;
use super::constraints::named;
use crate::declaration::{self, ExclusionPart as Written};
use crate::diagnostic::{Diagnostic, codes};
use crate::model::{
    Exclusion, ExclusionElement, ExclusionMethod, ExclusionOperator, ExclusionPart, Expr, Range,
    RangeBounds, RangeKind,
};
use synctable::{Kind, Scalar, SyncMode};

/// The extension with operator classes for single values.
const BTREE_GIST: &str = "btree_gist";

/// What an index finds rows by.
enum Compared {
    /// A range of two columns.
    Range,
    /// The value of a column or of an expression.
    Value(Kind),
}

impl Resolver<'_, '_> {
    /// The exclusion constraints; one with an element that cannot be understood is left out.
    pub(super) fn exclusions(&mut self, table: &declaration::Table) -> Vec<Exclusion> {
        let is_local = table
            .sync
            .as_ref()
            .is_some_and(|sync| sync.value == SyncMode::Local);
        let mut exclusions = Vec::new();
        for exclusion in table.exclusions.values() {
            if is_local {
                self.cx.push(
                    Diagnostic::error(
                        codes::ABSENT_ON_SERVER,
                        format!(
                            "`{}` is on devices only, and SQLite has no exclusion constraints",
                            table.name.value
                        ),
                    )
                    .at(exclusion.name.span)
                    .help("remove it, or let the server have the table: `sync: both`"),
                );
                continue;
            }
            let method = exclusion.using.as_ref();
            let method = method.map_or(ExclusionMethod::Gist, |method| method.value);
            let name = named(table, &exclusion.name, exclusion.own_name.as_ref());
            let mut elements = Vec::new();
            let mut needs_extension = false;
            for written in &exclusion.on {
                let Some((element, compared)) = self.exclusion_element(table, written) else {
                    continue;
                };
                needs_extension |= method == ExclusionMethod::Gist && is_scalar(&compared);
                match mistake(method, &element, &compared) {
                    Some(mistake) => self.cx.push(mistake.at(written.span())),
                    None => elements.push(element),
                }
            }
            let predicate = self.predicate(table, exclusion.predicate.as_ref());
            if elements.len() < exclusion.on.len() {
                continue;
            }
            if let (Some(second), true) = (exclusion.on.get(1), method != ExclusionMethod::Gist) {
                self.cx.push(
                    Diagnostic::error(
                        codes::EXCLUSION_OPERATOR,
                        format!("`{method}` indexes only one element"),
                    )
                    .at(second.span())
                    .help("remove `using`: `gist` indexes several"),
                );
                continue;
            }
            exclusions.push(Exclusion {
                name,
                method,
                elements,
                predicate,
                deferrable: exclusion.deferrable.is_some(),
                extension: needs_extension.then(|| BTREE_GIST.to_owned()),
            });
        }
        exclusions
    }

    /// An element, and what an index finds rows by; a mistake is reported.
    fn exclusion_element(
        &mut self,
        table: &declaration::Table,
        element: &declaration::ExclusionElement,
    ) -> Option<(ExclusionElement, Compared)> {
        let operator = |unless| element.with.as_ref().map_or(unless, |with| with.value);
        match &element.part {
            Written::Part(part) => {
                let expr = self.part(table, part)?;
                let row = &self.shapes.known.tables[&table.name.value];
                let kind = match &expr {
                    Expr::Column(name) => row.column(name).map(|column| column.kind.clone()),
                    expr => self.shapes.known.kind_of(expr, row),
                };
                let element = ExclusionElement {
                    part: ExclusionPart::Expr(expr),
                    operator: operator(ExclusionOperator::Equal),
                };
                Some((element, Compared::Value(kind?)))
            }
            Written::Range { columns, bounds } => {
                let bounds = bounds.as_ref();
                let range = self.range(
                    table,
                    columns,
                    bounds.map_or(RangeBounds::Lower, |bounds| bounds.value),
                )?;
                let element = ExclusionElement {
                    part: ExclusionPart::Range(range),
                    operator: operator(ExclusionOperator::Overlaps),
                };
                Some((element, Compared::Range))
            }
        }
    }

    fn range(
        &mut self,
        table: &declaration::Table,
        columns: &declaration::Key,
        bounds: RangeBounds,
    ) -> Option<Range> {
        let names = self.own_columns(table, &columns.value);
        if names.len() < columns.value.len() {
            return None;
        }
        let mut unfit = |message: String, help: &str| {
            self.cx.push(
                Diagnostic::error(codes::EXCLUSION_RANGE, message)
                    .at(columns.span)
                    .help(help),
            );
            None
        };
        let [from, to] = names.as_slice() else {
            return unfit(
                format!(
                    "a range is between two columns, and this lists {}",
                    names.len()
                ),
                "write the column of its start and the column of its end: `range: [starts_at, ends_at]`",
            );
        };
        let row = &self.shapes.known.tables[&table.name.value];
        let kind = |name: &String| row.column(name).map(|column| column.kind.clone());
        let (start, end) = (kind(from)?, kind(to)?);
        let (Some(of_start), Some(of_end)) = (RangeKind::of(&start), RangeKind::of(&end)) else {
            let (name, kind) = match RangeKind::of(&start) {
                None => (from, start),
                Some(_) => (to, end),
            };
            return unfit(
                format!("`{name}` is `{kind}`, and Postgres has no ranges of it"),
                "use columns of a whole number, `decimal`, `date`, `timestamp` or `timestamptz`",
            );
        };
        if of_start != of_end {
            return unfit(
                format!(
                    "`{from}` is `{start}` and `{to}` is `{end}`: both bounds of a range have one kind"
                ),
                "give both columns the same kind",
            );
        }
        Some(Range {
            kind: of_start,
            from: from.clone(),
            to: to.clone(),
            bounds,
        })
    }
}

/// Whether GiST has an operator class for it in an extension alone.
fn is_scalar(compared: &Compared) -> bool {
    match compared {
        Compared::Range | Compared::Value(Kind::Opaque(_)) => false,
        Compared::Value(_) => true,
    }
}

/// Why Postgres has no index that finds rows in this way.
fn mistake(
    method: ExclusionMethod,
    element: &ExclusionElement,
    compared: &Compared,
) -> Option<Diagnostic> {
    use ExclusionMethod::{Gist, Hash, Spgist};
    use ExclusionOperator::{Adjacent, Equal, NotEqual, Overlaps};
    let operator = element.operator;
    let error = |message: String| Diagnostic::error(codes::EXCLUSION_OPERATOR, message);
    let kind = match compared {
        Compared::Range if method == Hash => {
            return (operator != Equal).then(|| only_equal(operator));
        }
        Compared::Range => {
            return (operator == NotEqual).then(|| {
                error("a range cannot be compared with `<>` in an index".to_owned())
                    .help("write `with: \"&&\"`, `with: \"=\"` or `with: \"-|-\"`")
            });
        }
        // The app names a type of Postgres, and so it knows its operators.
        Compared::Value(Kind::Opaque(_)) => {
            return (method == Hash && operator != Equal).then(|| only_equal(operator));
        }
        Compared::Value(kind) => kind,
    };
    if matches!(operator, Overlaps | Adjacent) {
        return Some(
            error(format!(
                "`{operator}` compares ranges, and this is `{kind}`"
            ))
            .help("write `range: [starts_at, ends_at]` for what is between two columns")
            .help("or compare with `=` or `<>`"),
        );
    }
    let is_list_or_json = matches!(kind, Kind::List(_)) || kind.carrier() == Some(Scalar::Json);
    match method {
        Hash if operator == Equal => None,
        Hash => Some(only_equal(operator)),
        Spgist => Some(
            error(format!(
                "an `spgist` index finds ranges, and this is `{kind}`"
            ))
            .help("remove `using`: `gist` indexes both"),
        ),
        Gist if is_list_or_json => Some(
            error(format!("a `gist` index cannot contain `{kind}`"))
                .help("compare rows by columns of other kinds"),
        ),
        Gist => None,
    }
}

fn only_equal(operator: ExclusionOperator) -> Diagnostic {
    Diagnostic::error(
        codes::EXCLUSION_OPERATOR,
        format!("a `hash` index finds equal values, and cannot answer `{operator}`"),
    )
    .help("remove `using`: `gist` indexes all operators")
}
