//! Scopes, and who may do what with the rows of a table.

use super::dice::Dice;
use super::draft::{Column, Draft, Scope, Table};
use super::expressions::{Place, Speaker, ident};
use super::names::Names;
use super::policy::is_member;
use serde_json::{Map, Value, json};
use synctable::{Kind, SyncMode};

/// Columns that a policy may speak of.
fn speakable(draft: &Draft, table: &Table) -> Vec<Column> {
    table
        .columns
        .iter()
        .filter(|column| column.on_server() && column.generated.is_none())
        .filter(|column| !draft.guarded || column.is_told())
        .cloned()
        .collect()
}

/// Declares scopes, of sets that no caller can put himself into.
pub(super) fn scopes(
    dice: &mut Dice,
    draft: &mut Draft,
    names: &mut Names,
    most: usize,
) -> Map<String, Value> {
    let mut scopes = Map::new();
    for _ in 0..dice.below(most + 1) {
        let indexes: Vec<usize> = (0..draft.tables.len())
            .filter(|index| draft.tables[*index].sync.on_server())
            .collect();
        if indexes.is_empty() {
            break;
        }
        let index = *dice.pick(&indexes);
        let table = &draft.tables[index];
        let columns = speakable(draft, table);
        let caller = Kind::Scalar(draft.user_id);
        let whose = dice
            .pick_where(&columns, |column| column.kind == caller)
            .cloned();
        let mine = whose
            .as_ref()
            .map(|whose| format!("{} = auth.user_id()", ident(&whose.name)));
        let uploads = table.sync.uploads();
        // A set of the caller's that clients write: every write rule holds that it is his.
        let held = match &mine {
            Some(mine)
                if uploads
                    && dice.chance(60)
                    && table.held.as_ref().is_none_or(|held| held == mine) =>
            {
                Some(mine.clone())
            }
            _ => None,
        };
        let selected = match (&held, &whose, table.key.as_slice()) {
            (Some(_), Some(whose), _) if dice.chance(40) => whose.clone(),
            (_, _, [key]) if uploads => match table.column(key) {
                Some(column) if is_member(&column.kind) => column.clone(),
                _ => continue,
            },
            _ if uploads => continue,
            _ => match dice.pick_where(&columns, |column| is_member(&column.kind)) {
                Some(column) => column.clone(),
                None => continue,
            },
        };
        let mut speaker = Speaker {
            dice,
            draft,
            place: Place::Select,
            columns,
        };
        let filter = match (&held, mine) {
            (Some(held), _) => held.clone(),
            (None, _) if uploads => speaker.row_rule(1),
            (None, Some(mine)) if speaker.dice.chance(60) => mine,
            (None, _) => speaker.condition(1),
        };
        let name = names.near("my_set");
        let filter = match held.is_some() || dice.chance(90) {
            true => format!(" where {filter}"),
            false => String::new(),
        };
        let select = format!(
            "select {} from {}{filter}",
            ident(&selected.name),
            ident(&draft.tables[index].name)
        );
        scopes.insert(name.clone(), select.into());
        if draft.tables[index].held.is_none() {
            draft.tables[index].held = held;
        }
        draft.scopes.push(Scope {
            name,
            kind: selected.kind,
        });
    }
    scopes
}

/// The rules of one table, for what can happen to its rows.
pub(super) fn rules(dice: &mut Dice, draft: &Draft, index: usize) -> Option<Value> {
    let table = &draft.tables[index];
    let mut access = Map::new();
    let mut rules = Rules {
        dice,
        draft,
        table,
        columns: speakable(draft, table),
        readers: None,
    };
    match table.sync {
        SyncMode::Local => return None,
        SyncMode::None => {
            if rules.dice.chance(60) {
                return None;
            }
            access.insert("read".to_owned(), rules.read());
        }
        SyncMode::Down => {
            access.insert("read".to_owned(), rules.read());
        }
        SyncMode::Up if !table.updates && !table.deletes => {
            access.insert("insert".to_owned(), rules.by_role(true));
        }
        SyncMode::Both | SyncMode::Up => {
            let every = table.inserts && table.updates && table.deletes;
            // What a scope trusts may be what a deletion changes.
            let may_be_all = every && (table.hard || table.held.is_none());
            if may_be_all && rules.dice.chance(20) {
                rules.columns = lasting(table, &rules.columns);
                access.insert("all".to_owned(), rules.by_role(true));
                return Some(access.into());
            }
            access.insert("read".to_owned(), rules.read());
            if every && rules.dice.chance(25) {
                access.insert("write".to_owned(), rules.by_role(true));
                return Some(access.into());
            }
            if table.inserts {
                access.insert("insert".to_owned(), rules.by_role(true));
            }
            if table.updates {
                access.insert("update".to_owned(), rules.update());
            }
            if table.deletes {
                access.insert("delete".to_owned(), rules.by_role(true));
            }
        }
    }
    Some(access.into())
}

struct Rules<'a> {
    dice: &'a mut Dice,
    draft: &'a Draft,
    table: &'a Table,
    columns: Vec<Column>,
    /// The roles with a read rule, once there is one: who changes a row has to find it.
    readers: Option<Vec<&'static str>>,
}

/// Columns that a deletion leaves as they are, where it is an update; a read rule asks for no others.
fn lasting(table: &Table, columns: &[Column]) -> Vec<Column> {
    let changed = ["tombstone", "edited_at", "device", "version"];
    let is_changed = |column: &Column| {
        let role = column.yaml.get("role").and_then(Value::as_str);
        role.is_some_and(|role| changed.contains(&role))
    };
    let columns = columns
        .iter()
        .filter(|column| table.hard || !is_changed(column));
    columns.cloned().collect()
}

impl Rules<'_> {
    fn read(&mut self) -> Value {
        let all = self.columns.clone();
        self.columns = lasting(self.table, &all);
        let value = self.by_role(false);
        self.columns = all;
        self.readers = Some(match value.get("anon") {
            Some(_) => vec!["authenticated", "anon"],
            None => vec!["authenticated"],
        });
        value
    }

    fn rule(&mut self, write: bool) -> String {
        let held = if write { self.table.held.clone() } else { None };
        if held.is_none() && self.dice.chance(15) {
            return "public".to_owned();
        }
        let rule = Speaker {
            dice: self.dice,
            draft: self.draft,
            place: Place::Access,
            columns: self.columns.clone(),
        }
        .condition(2);
        match held {
            Some(held) => format!("{held} and ({rule})"),
            None => rule,
        }
    }

    fn roles(&mut self) -> Vec<&'static str> {
        let mut roles = vec!["authenticated"];
        let may = self
            .readers
            .as_ref()
            .is_none_or(|readers| readers.contains(&"anon"));
        if self.draft.anonymous && may && self.dice.chance(50) {
            roles.push("anon");
        }
        roles
    }

    fn by_role(&mut self, write: bool) -> Value {
        if self.dice.chance(75) {
            return self.rule(write).into();
        }
        let mut by_role = Map::new();
        for role in self.roles() {
            by_role.insert(role.to_owned(), self.rule(write).into());
        }
        by_role.into()
    }

    fn update(&mut self) -> Value {
        match self.dice.below(3) {
            0 => self.rule(true).into(),
            1 => json!({"before": self.rule(true), "after": self.rule(true)}),
            _ => {
                let mut by_role = Map::new();
                for role in self.roles() {
                    let rule = match self.dice.chance(50) {
                        true => self.rule(true).into(),
                        false => json!({"before": self.rule(true), "after": self.rule(true)}),
                    };
                    by_role.insert(role.to_owned(), rule);
                }
                by_role.into()
            }
        }
    }
}
