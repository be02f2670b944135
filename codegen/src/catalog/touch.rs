//! The time of an edit: the functions of the private schema that keep a column with the role `edited_at`, and the triggers
//! that call them.

use super::helper::{bound, is_bound};
use super::lower::SEARCH_PATH;
use super::{Body, Function, Name, Trigger, private_schema, server_tables};
use crate::map::IndexMap;
use crate::model::{self, Model};
use synctable::{Database, Direction, Kind, Role, Scalar, derived_name};

/// A trigger's name is its table's alone, so that it says nothing of the table: a long name would be cut, and its hash and not
/// its number would then decide the order.
const KEEP_TRIGGER: &str = "edited_at_1_keep";

/// The trigger that fires after [`KEEP_TRIGGER`].
const TOUCH_TRIGGER: &str = "edited_at_2_touch";

/// The column that the server fills in where a client's statement does not, if the table has one.
pub(crate) fn edited_at(table: &model::Table) -> Option<&model::Column> {
    table
        .role(Role::EditedAt)
        .filter(|column| column.direction == Direction::Both)
}

/// The time of now as a value of the kind; a time without zone is one of UTC.
pub(crate) fn now_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::Scalar(Scalar::Timestamp) => "(now() at time zone 'utc')",
        _ => "now()",
    }
}

/// The name of a function that serves the times of edits in the columns of one name, of one kind and with or without nulls.
pub(super) fn of_time(does: &[&str], column: &model::Column) -> String {
    let named = [does, &[column.name.as_str()]].concat();
    match (column.kind == Kind::TIMESTAMP, column.nullable) {
        (false, false) => derived_name(does, &column.name),
        (false, true) => derived_name(&named, "nulls"),
        (true, false) => derived_name(&named, "utc"),
        (true, true) => derived_name(&named, "utc_nulls"),
    }
}

/// The time of the edit of a row just past what it is in the row `stored`; a row without a time stays without one.
pub(crate) fn past(column: &model::Column) -> String {
    format!("stored.{} + interval '1 microsecond'", ident(&column.name))
}

/// A time of the kind as an instant.
pub(crate) fn instant_of(kind: &Kind, time: &str) -> String {
    match kind {
        Kind::Scalar(Scalar::Timestamp) if time.contains(' ') => {
            format!("(({time}) at time zone 'utc')")
        }
        Kind::Scalar(Scalar::Timestamp) => format!("({time} at time zone 'utc')"),
        _ => time.to_owned(),
    }
}

/// The pair of functions for all columns of one name and kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Touch<'m> {
    column: &'m model::Column,
}

impl<'m> Touch<'m> {
    /// Those that a model needs, in the order of their first tables.
    pub(crate) fn all(model: &'m Model) -> impl Iterator<Item = Self> {
        let mut touches: IndexMap<String, Self> = IndexMap::default();
        for touch in server_tables(model).filter_map(Self::of) {
            touches.entry(touch.touch()).or_insert(touch);
        }
        touches.into_values()
    }

    /// Those that a table's triggers call.
    pub(crate) fn of(table: &'m model::Table) -> Option<Self> {
        edited_at(table).map(|column| Self { column })
    }

    /// The column's name, quoted where it has to be.
    pub(crate) fn ident(&self) -> String {
        ident(&self.column.name)
    }

    /// The function that marks an UPDATE which supplies the time that the row has already: `keep_edited_at`.
    pub(crate) fn keep(&self) -> String {
        self.function("keep")
    }

    /// The function that fills in the time of an edit: `touch_edited_at`.
    pub(crate) fn touch(&self) -> String {
        self.function("touch")
    }

    fn function(&self, does: &str) -> String {
        of_time(&[does], self.column)
    }

    /// The text of [`Touch::keep`], line by line.
    pub(crate) fn keep_body(&self) -> Vec<String> {
        let (column, touch) = (self.ident(), ident(&self.touch()));
        lines(&format!(
            "begin
    -- The statement names the column and leaves its value: {touch} must not take that for silence.
    new.{column} := '-infinity';
    return new;
end"
        ))
    }

    /// The text of [`Touch::touch`], line by line.
    pub(crate) fn touch_body(&self) -> Vec<String> {
        let column = self.ident();
        let now = now_of(&self.column.kind);
        let bound = format!("new.{column} := least(new.{column}, {now} + interval '5 minutes');");
        // The least of a time and nothing is the time.
        let bounds = match self.column.nullable {
            true => format!("if new.{column} is not null then\n        {bound}\n    end if;"),
            false => bound,
        };
        lines(&format!(
            "begin
    if tg_op = 'UPDATE' and new.{column} = '-infinity' then
        new.{column} := old.{column};
    elsif new.{column} is null
        or (tg_op = 'UPDATE' and new.{column} is not distinct from old.{column}) then
        new.{column} := {now};
    end if;
    -- A clock that runs ahead must not win for ever.
    {bounds}
    return new;
end"
        ))
    }

    /// Both functions as a catalog tells them.
    pub(super) fn functions(&self) -> [(String, Function); 2] {
        let function = |body: Vec<String>| Function {
            returns: "trigger".to_owned(),
            volatility: "volatile".to_owned(),
            settings: vec![format!("search_path={SEARCH_PATH}")],
            body: Some(Body::text(&body.join("\n"))),
            ..Function::default()
        };
        [
            (self.keep(), function(self.keep_body())),
            (self.touch(), function(self.touch_body())),
        ]
    }

    /// The triggers of a table: name, event, condition and function, in the order in which they fire.
    ///
    /// Triggers of one kind fire in the order of their names: `keep` has to come before `touch`.
    pub(crate) fn triggers(
        &self,
        table: &model::Table,
    ) -> [(&'static str, String, String, String); 2] {
        let (column, bound) = (self.ident(), is_bound(table));
        [
            (
                KEEP_TRIGGER,
                format!("before update of {column}"),
                format!("{bound} and new.{column} is not distinct from old.{column}"),
                self.keep(),
            ),
            (
                TOUCH_TRIGGER,
                "before insert or update".to_owned(),
                bound,
                self.touch(),
            ),
        ]
    }
}

/// The triggers of a table as a catalog tells them.
pub(super) fn triggers(model: &Model, table: &model::Table) -> IndexMap<String, Trigger> {
    let Some(touch) = Touch::of(table) else {
        return IndexMap::default();
    };
    let private = private_schema(model);
    let (bound, column) = (bound(table), touch.ident());
    let keep = Trigger {
        when: format!("before update of {}", touch.column.name),
        condition: Some(format!(
            "({bound}AND(NOT(new.{column}ISDISTINCTFROMold.{column})))"
        )),
        function: Name::new(&private, touch.keep()),
    };
    let touch = Trigger {
        when: "before insert or update".to_owned(),
        condition: Some(bound),
        function: Name::new(&private, touch.touch()),
    };
    [
        (KEEP_TRIGGER.to_owned(), keep),
        (TOUCH_TRIGGER.to_owned(), touch),
    ]
    .into_iter()
    .collect()
}

fn ident(name: &str) -> String {
    Database::Postgres.ident(name).into_owned()
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}
