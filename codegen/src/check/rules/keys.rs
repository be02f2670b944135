//! Keys, and the single text id that they become on the device.

use crate::diagnostic::{Complaints, Diagnostic, Place, codes};
use crate::model::{
    Access, CheckBody, CompareOp, DefaultValue, Expr, Function, Literal, Model, Recipe, RecipePart,
    Table,
};
use synctable::facts::KeyText;
use synctable::{Direction, Kind, SyncMode};

/// A key has columns that are never NULL and whose text is the same in every engine.
///
/// The client's id is that text, so a kind without one (json, a list, a float) cannot be told apart there.
pub(super) fn are_sound(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values() {
        for name in &table.key {
            let Some(column) = table.columns.get(name) else {
                continue;
            };
            let place = Place::table(&table.name).column(name);
            if column.nullable {
                cx.push(
                    place.clone().key("nullable"),
                    Diagnostic::error(
                        codes::KEY_NULLABLE,
                        format!("the key column `{name}` is nullable"),
                    )
                    .help("remove `nullable`: a key cannot be NULL"),
                );
            }
            if let KeyText::Refused(reason) = column.kind.key_text() {
                cx.push(
                    place.clone().key("kind"),
                    Diagnostic::error(
                        codes::KEY_KIND,
                        format!("a `{}` cannot be a key: {reason}", column.kind),
                    )
                    .help("use `uuid`, `text`, `varchar(n)`, an integer, `date` or an enum"),
                );
            }
            if column.generated.is_some() {
                cx.push(
                    place.clone().key("generated"),
                    Diagnostic::error(
                        codes::KEY_GENERATED,
                        format!("the key column `{name}` is generated"),
                    )
                    .help("use the columns that it is computed from as the key"),
                );
            }
            if table.sync.on_client()
                && table.sync != SyncMode::Local
                && matches!(
                    column.direction,
                    Direction::ServerOnly | Direction::ClientOnly
                )
            {
                cx.push(
                    place.key(if column.secret { "secret" } else { "on" }),
                    Diagnostic::error(
                        codes::KEY_ON_ONE_SIDE,
                        format!("the key column `{name}` must exist in Postgres and on devices"),
                    )
                    .help("remove `on` or `secret`: both sides find a synced row by its key"),
                );
            }
        }
    }
}

/// Where clients create rows, they can make the key: the client's id is made of it before the server knows of the row.
///
/// The caller's own id is known on both sides, so `server: auth.user_id()` may be a part of the key.
pub(super) fn clients_can_make_them(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values().filter(|table| table.sync.uploads()) {
        let inserts = |access: &Access| !access.insert.is_empty();
        if !table.access.as_ref().is_some_and(inserts) {
            continue;
        }
        for column in table.key.iter().filter_map(|name| table.columns.get(name)) {
            let known = matches!(
                &column.default,
                Some(DefaultValue::Expr(Expr::UserId | Expr::Literal(_)))
            );
            if column.direction == Direction::ServerOwned && column.generated.is_none() && !known {
                let key = if column.identity {
                    "identity"
                } else {
                    "server"
                };
                cx.push(
                    Place::table(&table.name).column(&column.name).key(key),
                    Diagnostic::error(
                        codes::KEY_OF_SERVER,
                        format!(
                            "clients create rows of `{}`, but only the server can make the key `{}`",
                            table.name, column.name
                        ),
                    )
                    .help("use a `uuid`, which a device can make, or a recipe (`id: {uuid_v5: […]}`)")
                    .help("or remove the rule for `insert`"),
                );
            }
        }
    }
}

/// A recipe makes a key that the client can compute from columns that are always there.
pub(super) fn recipes_are_complete(model: &Model, cx: &mut Complaints) {
    for table in model.tables.values() {
        let Some(recipe) = &table.recipe else {
            continue;
        };
        let place = Place::table(&table.name).key("id");
        recipe_key(table, recipe, &place, cx);
        let of_part = |name: &str| place.clone().key(form(recipe)).key(name);
        for part in recipe.parts() {
            let Some(column) = table.columns.get(&part.column) else {
                continue;
            };
            let refusal = if table.key.contains(&part.column) {
                Some("is the key that the recipe computes")
            } else if column.nullable && part.null.is_none() {
                Some("is nullable; write its text for NULL: `{column: …, or: \"-\"}`")
            } else if !column.nullable && part.null.is_some() {
                Some("is never NULL, so `or` has no effect")
            } else if matches!(recipe, Recipe::Join { .. })
                && part.null.is_some()
                && !column
                    .kind
                    .carrier()
                    .is_some_and(synctable::Scalar::is_text)
            {
                Some("is not a text, so Postgres cannot compare the id with its `or`")
            } else if let KeyText::Refused(reason) = column.kind.key_text() {
                Some(reason)
            } else if matches!(
                column.direction,
                Direction::ServerOnly | Direction::ClientOnly
            ) {
                Some("does not exist on both sides")
            } else if column.identity || column.generated.is_some() {
                Some("is computed by the server")
            } else if column.direction == Direction::ServerOwned && !column.is_filled_with_caller()
            {
                Some("is filled by the server with a value that a device does not know")
            } else if column.direction != Direction::ServerOwned
                && !column.immutable
                && table
                    .access
                    .as_ref()
                    .is_some_and(|access| !access.update.is_empty())
            {
                cx.push(
                    of_part(&part.column),
                    Diagnostic::error(
                        codes::RECIPE_PART,
                        format!(
                            "the id cannot be made from `{}`: clients may change the column, but the id of a row never changes",
                            part.column
                        ),
                    )
                    .help(format!("add `immutable: true` to `{}`", part.column))
                    .note("a new row with the old value would get the id of this row"),
                );
                None
            } else {
                None
            };
            if let Some(refusal) = refusal {
                cx.push(
                    of_part(&part.column),
                    Diagnostic::error(
                        codes::RECIPE_PART,
                        format!("the id cannot be made from `{}`: it {refusal}", part.column),
                    )
                    .help("use columns that every new row has and that exist on both sides"),
                );
            }
        }
        for (part, separator) in separated(recipe) {
            {
                let holds = table
                    .columns
                    .get(&part.column)
                    .is_some_and(|column| can_hold(model, &column.kind, separator));
                if holds && !has_check_against(model, table, &part.column, separator) {
                    cx.push(
                        of_part(&part.column),
                        Diagnostic::error(
                            codes::RECIPE_AMBIGUOUS,
                            format!(
                                "two rows could get the same id, because `{}` may contain the separator `{separator}`",
                                part.column
                            ),
                        )
                        .help(format!(
                            "add the check `replace({0}, '{separator}', '') = {0}`, or {1}",
                            part.column,
                            match recipe {
                                Recipe::Join { .. } => "make the id with `uuid_v5`",
                                Recipe::UuidV5 { .. } => "make it the last part",
                            }
                        )),
                    );
                }
            }
        }
    }
}

/// The parts that something chosen follows, each with the first character of that, which a part must not contain.
fn separated(recipe: &Recipe) -> Vec<(&RecipePart, char)> {
    match recipe {
        Recipe::Join { parts, separator } => {
            let pairs = parts.windows(2);
            let first = |next: &RecipePart| next.before.chars().next().unwrap_or(*separator);
            pairs.map(|pair| (&pair[0], first(&pair[1]))).collect()
        }
        // U+001F is in no text that people write.
        Recipe::UuidV5 { parts, .. } => {
            let pairs = parts.windows(2);
            let first = |next: &RecipePart| next.before.chars().find(|c| *c != '\u{1f}');
            pairs
                .filter_map(|pair| Some((&pair[0], first(&pair[1])?)))
                .collect()
        }
    }
}

/// Whether the text of some value of the kind has the separator in it.
fn can_hold(model: &Model, kind: &Kind, separator: char) -> bool {
    match kind {
        Kind::Enum { name, .. } => model.enums.get(&**name).is_none_or(|labels| {
            let mut labels = labels.labels.iter();
            labels.any(|label| label.contains(separator))
        }),
        kind => kind.key_text().can_hold(separator),
    }
}

/// The key of `id` that declares a recipe.
fn form(recipe: &Recipe) -> &'static str {
    match recipe {
        Recipe::UuidV5 { .. } => "uuid_v5",
        Recipe::Join { .. } => "join",
    }
}

fn recipe_key(table: &Table, recipe: &Recipe, place: &Place, cx: &mut Complaints) {
    let kind = match table.key.as_slice() {
        [key] => table
            .columns
            .get(key)
            .and_then(|column| column.kind.carrier()),
        _ => None,
    };
    let fits = match recipe {
        Recipe::UuidV5 { .. } => kind == Some(synctable::Scalar::Uuid),
        Recipe::Join { .. } => kind.is_some_and(synctable::Scalar::is_text),
    };
    if !fits {
        let wanted = match recipe {
            Recipe::UuidV5 { .. } => "`uuid_v5` needs a key of one `uuid` column",
            Recipe::Join { .. } => "`join` needs a key of one text column",
        };
        cx.push(
            place.clone().key(form(recipe)),
            Diagnostic::error(
                codes::RECIPE_KEY,
                format!("{wanted}, which `{}` does not have", table.name),
            )
            .help("change the key, or remove the recipe: a composite key does not need one"),
        );
    }
}

/// Whether a check of the table, or of the column's domain, keeps the separator out of a column.
///
/// Two forms are understood: `replace(column, '/', '') = column`, and `matches(column, '^[a-z0-9-]+$')` with one bracket
/// expression that does not contain the separator.
fn has_check_against(model: &Model, table: &Table, column: &str, separator: char) -> bool {
    let own = table
        .checks
        .iter()
        .any(|check| keeps_out(&check.body, column, separator));
    let of_domain = match table.columns.get(column).map(|column| &column.kind) {
        Some(Kind::Domain { name, .. }) => model
            .domains
            .get(&**name)
            .and_then(|domain| domain.check.as_ref())
            .is_some_and(|check| keeps_out(check, "value", separator)),
        _ => false,
    };
    own || of_domain
}

fn keeps_out(check: &CheckBody, column: &str, separator: char) -> bool {
    let is_column = |expr: &Expr| matches!(expr, Expr::Column(name) if name == column);
    let replaces = |expr: &Expr| {
        matches!(expr, Expr::Call { function: Function::Replace, args }
            if matches!(args.as_slice(), [of, Expr::Literal(Literal::Text(from)), Expr::Literal(Literal::Text(to))]
                if is_column(of) && from.chars().eq([separator]) && to.is_empty()))
    };
    let says = |expr: &Expr| match expr {
        Expr::Compare {
            op: CompareOp::Eq,
            left,
            right,
        } => (replaces(left) && is_column(right)) || (replaces(right) && is_column(left)),
        Expr::Call {
            function: Function::Matches,
            args,
        } => matches!(args.as_slice(), [of, Expr::Literal(Literal::Text(pattern))]
            if is_column(of) && pattern_keeps_out(pattern, separator)),
        _ => false,
    };
    match check {
        CheckBody::Expr(Expr::And(parts)) => parts.iter().any(says),
        CheckBody::Expr(expr) => says(expr),
        CheckBody::Sql { .. } => false,
    }
}

/// Whether a pattern is one anchored bracket expression, repeated, that cannot match the separator.
fn pattern_keeps_out(pattern: &str, separator: char) -> bool {
    let Some((class, repeat)) = pattern
        .strip_prefix("^[")
        .and_then(|rest| rest.strip_suffix('$'))
        .and_then(|rest| rest.split_once(']'))
    else {
        return false;
    };
    let repeated = matches!(repeat, "" | "+" | "*")
        || repeat
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
            .is_some_and(|bounds| bounds.chars().all(|c| c.is_ascii_digit() || c == ','));
    // Ranges between letters or between digits hold letters and digits only; anything else stands for itself.
    let plain = class
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | ' '));
    repeated
        && plain
        && !class.starts_with('^')
        && !class.contains(separator)
        && !separator.is_ascii_alphanumeric()
}
