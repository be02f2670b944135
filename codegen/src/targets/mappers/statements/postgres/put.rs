//! PUT: rows are inserted, or those that are there changed.

use super::super::layout::Lines;
use super::patch::is_time;
use super::spell::{base_type, bounded, ident, is_text, list, literal, meets, named, row};
use super::{ENTRY, JUDGED, Postgres, SENT, Verdict, asks_for_caller};
use crate::guard;
use crate::model::Column;
use synctable::Role;
use synctable::statement::{Answer, Statement};

/// What the step is called that tells what the entries that apply give.
const APPLIES: &str = "applies";

/// How many pairs one call of `jsonb_build_object` takes.
const PAIRS: usize = 50;

fn objects(pairs: &[String]) -> Vec<String> {
    let some = pairs.chunks(PAIRS);
    some.map(|pairs| format!("jsonb_build_object({})", pairs.join(", ")))
        .collect()
}

impl<'a> Postgres<'a> {
    /// Inserts rows, or changes those that are there.
    pub(super) fn put(&self) -> Statement {
        let facts = self.facts;
        let entry = (ENTRY.to_owned(), self.new_rows());
        if !self.is_guarded() && !facts.reads() {
            return self.statement(Answer::Count, vec![entry], self.added());
        }
        let mut steps = vec![entry, (JUDGED.to_owned(), self.judged_puts())];
        if self.reads_rows() && facts.upserts() {
            steps.push((APPLIES.to_owned(), self.applying()));
        }
        steps.push(("written".to_owned(), self.written()));
        self.statement(Answer::Outcomes, steps, self.told())
    }

    /// What comes of each entry, with what was written.
    fn told(&self) -> Lines {
        let [nr, outcome, done] = ["nr", "outcome", "done"].map(|name| self.free(name));
        let target: Vec<String> = self.facts.target.iter().map(|one| ident(one)).collect();
        let is_written = match self.facts.target.iter().any(|column| column.nullable) {
            true => {
                let is_same = self.same_target("written", JUDGED).join(" and ");
                format!("exists (select from written where {is_same})")
            }
            false => format!("{} in (select {} from written)", row(&target), list(target)),
        };
        let mut lines = Lines::default();
        let told = format!("case when {done} then 'applied' else {outcome} end as {outcome}");
        lines.add(0, &format!("select {nr}, {told}"));
        let from = format!("from judged, lateral (select {is_written} as {done}) as told");
        let tells = format!("where {outcome} <> 'applied' or {done}");
        match format!("{from} {tells}") {
            one if Lines::fits(0, &one) => lines.add(0, &one),
            _ => [from, tells].iter().for_each(|line| lines.add(0, line)),
        }
        lines
    }

    /// The rows as they would be inserted, defaults included.
    fn new_rows(&self) -> Lines {
        let facts = self.facts;
        let mut lines = Lines::default();
        let told = self.told_beside(&facts.put);
        let members = Self::members(&told);
        let mut items = self.of_sent(&members);
        match told.iter().any(|column| is_text(column)) {
            false => items.push("new.*".to_owned()),
            // What comes as text stands beside the row, and not in it.
            true => {
                let known = facts.put.iter().copied().chain(self.beside());
                items.extend(known.map(|column| self.new_value(column)));
                let told = self.left_to_triggers().into_iter();
                items.extend(told.map(|column| named(&self.value(SENT, column), column)));
            }
        }
        if let Some(time) = facts.put.iter().find(|column| is_time(column)) {
            let time = bounded(&format!("new.{}", ident(time)));
            items.push(format!("{time} as {}", self.free("edited")));
        }
        if let Some(may) = self.may_insert() {
            items.push(format!("({may}) is true as {}", self.free("may")));
        }
        lines.list(4, "select ", &items, "");
        let mut given = self.defaults();
        given.push("sent.given".to_owned());
        // Behind what was sent: nobody names himself.
        given.extend(objects(&self.told_by_server()));
        let row = format!("null::{}", self.name());
        self.sent(&mut lines, &members, Some([row, given.join(" || ")]));
        lines
    }

    /// What an upload does not say, and the statement has to know: see [`Self::beside`].
    fn told_by_server(&self) -> Vec<String> {
        let beside = self.beside().into_iter();
        beside
            .filter_map(|column| self.pair(column, self.filled(column)?))
            .collect()
    }

    /// What an upload may leave out and the server then fills in, as objects.
    fn defaults(&self) -> Vec<String> {
        let open = self.facts.open.iter();
        let pairs: Vec<String> = open
            .filter_map(|column| match is_time(column) {
                true => self.pair(column, "now()".to_owned()),
                false => self.pair(column, self.filled(column)?),
            })
            .collect();
        objects(&pairs)
    }

    /// A column and its value for an object; `None` for what stands beside the row.
    fn pair(&self, column: &Column, value: String) -> Option<String> {
        (!is_text(column)).then(|| format!("{}, {value}", literal(&column.name)))
    }

    /// The value of a column in a new row.
    fn new_value(&self, column: &Column) -> String {
        if !is_text(column) {
            return format!("new.{}", ident(column));
        }
        if !self.facts.put.iter().any(|put| put.name == column.name) {
            return named(&self.filled(column).expect("the caller fills it"), column);
        }
        named(&self.value_of_text(column), column)
    }

    /// The value in a new row of a column that comes as text.
    fn value_of_text(&self, column: &Column) -> String {
        let value = self.value(SENT, column);
        let filled = self.filled(column).filter(|_| self.facts.is_open(column));
        match filled {
            None => value,
            Some(filled) => {
                let gives = self.gives(SENT, column);
                format!("case when {gives} then {value} else {filled} end")
            }
        }
    }

    /// Columns that no device uploads and that the statement must know all the same: those that an upsert stands on, and
    /// what is filled in with a caller that the session does not know.
    fn beside(&self) -> Vec<&'a Column> {
        let facts = self.facts;
        let columns = facts.table.columns.values();
        columns
            .filter(|column| {
                let is_put = facts.put.iter().any(|put| put.name == column.name);
                !is_put
                    && column.direction.on_server()
                    && column.generated.is_none()
                    && (facts.is_target(column) || (self.is_guarded() && asks_for_caller(column)))
            })
            .collect()
    }

    /// The columns that an insert names: the session fills in the others.
    fn inserted(&self) -> Vec<&'a Column> {
        let put = self.facts.put.iter().copied();
        let put = put.filter(|column| self.is_guarded() || column.uploads());
        let beside = self.beside().into_iter();
        let beside = beside.filter(|column| self.is_guarded() && asks_for_caller(column));
        put.chain(beside).chain(self.left_to_triggers()).collect()
    }

    /// The insertion of rows, each in its turn.
    fn insertion(&self, lines: &mut Lines, indent: usize, from: &str) {
        let inserted = self.inserted();
        let names: Vec<String> = inserted.iter().map(|one| ident(one)).collect();
        let values = inserted.iter().map(|one| match is_time(one) {
            true => self.free("edited"),
            false if self.facts.told.iter().any(|told| told.name == one.name) => {
                match self.is_guarded() {
                    true => ident(one),
                    false => self.for_trigger(one),
                }
            }
            false => ident(one),
        });
        let into = format!("insert into {} as stored (", self.name());
        lines.list(indent, &into, &names, ")");
        let from = format!(" from {from} order by {}", self.free("nr"));
        lines.list(indent, "select ", &values.collect::<Vec<_>>(), &from);
    }

    /// Whether the key is the one that the server would fill in, where no device chooses it.
    fn has_its_key(&self) -> Vec<String> {
        let key = self.facts.key.iter().filter(|column| !column.uploads());
        key.filter_map(|column| {
            let filled = self.filled(column)?;
            Some(format!(
                "entry.{} is not distinct from {filled}",
                ident(column)
            ))
        })
        .collect()
    }

    /// The rows as they are inserted where nobody may look at those that are there.
    fn added(&self) -> Lines {
        let mut lines = Lines::default();
        let own = self.has_its_key();
        let from = match own.is_empty() {
            true => ENTRY.to_owned(),
            false => format!("entry where {}", own.join(" and ")),
        };
        self.insertion(&mut lines, 0, &from);
        // To name what it stands on, a caller would have to read it.
        if self.facts.table.uniques.is_empty() {
            lines.add(0, "on conflict do nothing");
        }
        lines
    }

    fn judged_puts(&self) -> Lines {
        let facts = self.facts;
        let mut lines = Lines::default();
        let mut items = vec!["entry.*".to_owned()];
        if self.reads_rows() && (facts.upserts() || self.refuses_new()) {
            items.push(format!("stored.xmin as {}", self.free("found")));
        } else if self.refuses_new() {
            let key = ident(facts.key[0]);
            items.push(format!(
                "stored.{key} is not null as {}",
                self.free("found")
            ));
        }
        items.push("case".to_owned());
        lines.list(4, "select ", &items, "");
        let stands = format!("stored.{}", ident(facts.key[0]));
        let changing = |name: &str| Some(self.changing(&facts.table.columns[name], false));
        let burying = |name: &str| Some(self.changing(&facts.table.columns[name], true));
        let changing = self
            .policy(&changing)
            .map(|policy| policy.burying(&burying));
        let own = self.has_its_key();
        let mut verdict = Verdict::default();
        if self.may_insert().is_some() {
            verdict.when(format!("not {}", self.free("may")), "refused");
        }
        let contradicts = self.put_contradicts();
        if !contradicts.is_empty() {
            verdict.when(contradicts.join(" or "), "refused");
        }
        let is_new = format!("{stands} is null");
        match own.is_empty() {
            true => verdict.when(is_new, "applied"),
            false => verdict.either(is_new, own.join(" and "), ["applied", "refused"]),
        }
        let unseen = changing
            .as_ref()
            .and_then(|policy| Self::lacks(policy.read()));
        if let Some(unseen) = unseen {
            verdict.when(unseen, "refused");
        }
        if facts.may_say_nothing() {
            verdict.when(self.says_nothing(), "same");
        }
        let same = self.holds(&self.compared());
        let otherwise = facts.otherwise();
        let last = if !facts.upserts() {
            if same.is_empty() {
                "same"
            } else {
                verdict.when(same.join(" and "), "same");
                otherwise
            }
        } else {
            if let Some(rule) = self.put_rule(ENTRY) {
                verdict.unless(&rule, &same, otherwise);
            }
            let kept = self.differs(&facts.kept());
            if !kept.is_empty() {
                verdict.when(kept.join(" or "), "refused");
            }
            if !own.is_empty() {
                verdict.when(format!("({}) is not true", own.join(" and ")), "refused");
            }
            let lacks = changing.and_then(|policy| Self::lacks(policy.change_of_seen()));
            if let Some(lacks) = lacks {
                verdict.when(lacks, "refused");
            }
            "applied"
        };
        verdict.otherwise(&mut lines, last, &self.free("outcome"));
        let target: Vec<String> = facts
            .target
            .iter()
            .map(|column| {
                let name = ident(column);
                meets(column, &format!("stored.{name}"), &format!("entry.{name}"))
            })
            .collect();
        self.beside_stored(&mut lines, &target);
        if self.reads_rows() {
            lines.add(
                4,
                &format!("cross join {} as new", self.merged("stored", ENTRY)),
            );
        }
        lines
    }

    /// Whether a new row may be refused by what the entry says of it, whatever the policy.
    fn refuses_new(&self) -> bool {
        !self.has_its_key().is_empty() || self.values_told().next().is_some()
    }

    fn written(&self) -> Lines {
        let facts = self.facts;
        let mut lines = Lines::default();
        // All are tried, whatever stands: what a check, a policy or a trigger says of a new row does not depend on it.
        let mut tried: Vec<String> = self
            .may_insert()
            .map(|_| self.free("may"))
            .into_iter()
            .collect();
        if self.refuses_new() {
            let (outcome, found) = (self.free("outcome"), self.free("found"));
            let is_found = match self.reads_rows() {
                true => format!("{found} is not null"),
                false => found,
            };
            tried.push(format!("({outcome} <> 'refused' or {is_found})"));
        }
        match tried.is_empty() {
            true => self.insertion(&mut lines, 4, JUDGED),
            false => {
                let tried = tried.join(" and ");
                self.insertion(&mut lines, 4, &format!("judged where {tried}"));
            }
        }
        let target = list(facts.target.iter().map(|one| ident(one)));
        if facts.upserts() {
            self.replaced(&mut lines, &format!("on conflict ({target}) do update set"));
        } else {
            lines.add(4, &format!("on conflict ({target}) do nothing"));
        }
        let target = facts.target.iter();
        let target = list(target.map(|one| format!("stored.{}", ident(one))));
        lines.add(4, &format!("returning {target}"));
        lines
    }

    /// What an upsert leaves in a row that it finds, if that is still the one that was judged.
    fn replaced(&self, lines: &mut Lines, update: &str) {
        let facts = self.facts;
        let replaced = facts.replaced();
        let names: Vec<String> = replaced.iter().map(|one| ident(one)).collect();
        let values: Vec<String> = replaced.iter().map(|one| self.replacing(one)).collect();
        let counted = self.counted();
        let same_row = self.same_target(JUDGED, "stored").join(" and ");
        if !names.is_empty() {
            lines.list(4, &format!("{update} ("), &names, ") = (");
            lines.list(8, "select ", &values, "");
            if self.reads_rows() {
                // A row that is made anew begins with its defaults.
                let base = match facts.buried_by() {
                    None => "stored".to_owned(),
                    Some(tombstone) => {
                        let lives = format!("stored.{} is null", ident(tombstone));
                        format!("case when {lives} then stored else excluded end")
                    }
                };
                let merged = self.merged_with(&base, &self.applied("given"));
                lines.add(8, &format!("from {APPLIES}, {merged} as new"));
            } else {
                lines.add(8, &format!("from judged where {same_row}"));
            }
            let counted = counted.map_or_else(String::new, |counted| format!(", {counted}"));
            lines.add(4, &format!("){counted}"));
        } else if let Some(counted) = counted {
            lines.add(4, &format!("{update} {counted}"));
        }
        let same_row = format!("{same_row} and {} = 'applied'", self.free("outcome"));
        match self.reads_rows() {
            true => {
                let found = format!("stored.xmin in (select {} from judged)", self.free("found"));
                let key = self.target_text("stored.");
                let given = self.free("given");
                let applies = format!("(select {given} from {APPLIES}) ? {key}");
                lines.add(4, &format!("where {found} and {applies}"));
            }
            false => {
                let mut still = vec![same_row];
                still.extend(self.put_rule(JUDGED));
                let still = still.join(" and ");
                lines.add(
                    4,
                    &format!("where exists (select from judged where {still})"),
                );
            }
        }
    }

    /// Whether a column keeps its value where an upload does not give it, as the row `new` says.
    fn is_kept(&self, column: &Column) -> bool {
        let facts = self.facts;
        self.reads_rows()
            && facts.is_open(column)
            && !is_text(column)
            && !is_time(column)
            && column.role != Some(Role::Version)
    }

    /// Whether a row that is written has the value of a new one, given or not: it lives, and its writer is known or nobody.
    fn is_renewed(&self, column: &Column) -> bool {
        let is_of_writer = matches!(column.role, Some(Role::Tombstone | Role::Device));
        !self.facts.is_open(column) || is_time(column) || (is_of_writer && column.nullable)
    }

    /// The value of a column in a new row.
    fn renewed(&self, told: &str, column: &Column) -> String {
        match is_time(column) {
            true => format!("{told}.{}", self.free("edited")),
            false => format!("{told}.{}", ident(column)),
        }
    }

    /// What an upsert leaves in a column of the row `stored`, beside `judged` and the row `new`.
    fn replacing(&self, column: &Column) -> String {
        let name = ident(column);
        if !self.reads_rows() {
            return match self.is_renewed(column) {
                true => self.renewed(JUDGED, column),
                false => self.chosen(
                    &self.gives(JUDGED, column),
                    &format!("judged.{name}"),
                    column,
                ),
            };
        }
        if self.is_renewed(column) {
            return format!("excluded.{name}");
        }
        if self.is_kept(column) {
            return format!("new.{name}");
        }
        let gives = format!("{} ? {}", self.applied("texts"), literal(&column.name));
        self.chosen(&gives, &format!("excluded.{name}"), column)
    }

    /// The given value, or what stands.
    fn chosen(&self, gives: &str, value: &str, column: &Column) -> String {
        let name = ident(column);
        let tombstone = self.facts.buried_by();
        let anew = tombstone.map_or_else(String::new, |tombstone| {
            format!(" or stored.{} is not null", ident(tombstone))
        });
        format!("case when {gives}{anew} then {value} else stored.{name} end")
    }

    /// What the entries that apply give, by the rows that they are of: a row that is found looks its entry up.
    fn applying(&self) -> Lines {
        let key = self.target_text("");
        let members = Self::members(&self.facts.put);
        let objects = members.iter().map(|member| {
            let member = self.free(member);
            format!("jsonb_object_agg({key}, {member}) as {member}")
        });
        let mut lines = Lines::default();
        let from = format!(" from judged where {} = 'applied'", self.free("outcome"));
        lines.list(4, "select ", &objects.collect::<Vec<_>>(), &from);
        lines
    }

    /// What the entry of the row `stored` gives.
    fn applied(&self, member: &str) -> String {
        let key = self.target_text("stored.");
        format!("({APPLIES}.{} -> {key})", self.free(member))
    }

    /// What an upsert finds a row by, as one text, of the row that `row` names.
    fn target_text(&self, row: &str) -> String {
        let target = self.facts.target.iter();
        let names: Vec<String> = target.map(|one| format!("{row}{}", ident(one))).collect();
        match (names.as_slice(), self.facts.target[0].nullable) {
            ([one], false) => format!("{one}::text"),
            (many, _) => format!("jsonb_build_array({})::text", many.join(", ")),
        }
    }

    /// Whether the caller may insert a row, beside `sent` and `new`; `None` where everybody may.
    fn may_insert(&self) -> Option<String> {
        let inserting = |name: &str| Some(self.inserting(&self.facts.table.columns[name]));
        let may = self.policy(&inserting)?.insert()?;
        let mut all = self.agreements();
        if may != "true" {
            all.insert(0, may);
        }
        match all.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            many => Some(format!("({})", many.join(") and ("))),
        }
    }

    /// What a new row will hold in a column, beside `sent` and `new`.
    pub(super) fn inserting(&self, column: &Column) -> String {
        let facts = self.facts;
        let is_put = facts.put.iter().any(|put| put.name == column.name);
        let mut beside = self.beside().into_iter();
        let is_beside = beside.any(|one| one.name == column.name && one.default.is_some());
        match (is_put || (is_beside && !is_text(column)), is_text(column)) {
            (true, true) => self.value_of_text(column),
            (true, false) if is_time(column) => bounded(&format!("new.{}", ident(column))),
            (true, false) => format!("new.{}", ident(column)),
            (false, _) => self
                .filled(column)
                .unwrap_or_else(|| format!("null::{}", base_type(facts.model, &column.kind))),
        }
    }

    /// What a row that is found will hold in a column, beside `entry` and `stored`; `lives` where it is no tombstone.
    fn changing(&self, column: &Column, lives: bool) -> String {
        let facts = self.facts;
        let name = ident(column);
        let mut replaced = facts.replaced().into_iter();
        if !replaced.any(|one| one.name == column.name) {
            return format!("stored.{name}");
        }
        if self.is_renewed(column) {
            return self.renewed(ENTRY, column);
        }
        if !self.is_kept(column) {
            return self.chosen(&self.gives(ENTRY, column), &format!("entry.{name}"), column);
        }
        match facts.buried_by() {
            Some(tombstone) if !lives => format!(
                "case when stored.{} is null then new.{name} else entry.{name} end",
                ident(tombstone)
            ),
            _ => format!("new.{name}"),
        }
    }

    /// The columns by which a PUT is known again.
    fn compared(&self) -> Vec<&'a Column> {
        let facts = self.facts;
        let put = facts.put.iter().copied();
        put.filter(|column| {
            !facts.is_target(column) && !facts.is_key(column) && column.role != Some(Role::Version)
        })
        .collect()
    }

    /// Whether a PUT gives one of these columns something else: conditions of which one must hold.
    fn differs(&self, columns: &[&Column]) -> Vec<String> {
        let (mut stored, mut new, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for column in columns {
            let stands = guard::comparable(guard::STORED, column);
            let told = guard::as_comparable(&format!("entry.{}", ident(column)), column);
            if self.facts.is_open(column) {
                let gives = self.gives(ENTRY, column);
                others.push(format!("({gives} and {stands} is distinct from {told})"));
            } else {
                stored.push(stands);
                new.push(told);
            }
        }
        if !stored.is_empty() {
            others.insert(
                0,
                format!("{} is distinct from {}", row(&stored), row(&new)),
            );
        }
        others
    }

    /// Whether an entry gives no column at all: it then says no more than that there is a row of its id.
    fn says_nothing(&self) -> String {
        let facts = self.facts;
        let said = self.told_beside(&facts.key);
        let keys: Vec<String> = said.iter().map(|one| literal(&one.name)).collect();
        let given = self.free("given");
        let mut nothing = format!("entry.{given} - array[{}] = '{{}}'", keys.join(", "));
        if facts.put.iter().any(|column| is_text(column)) {
            nothing += &format!(" and entry.{} = '{{}}'", self.free("texts"));
        }
        nothing
    }
}
