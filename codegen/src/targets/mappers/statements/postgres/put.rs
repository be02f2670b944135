//! PUT: rows are inserted, or those that are there changed.
//!
//! What a PUT proposes stands in the module `proposed`.

use super::super::layout::Lines;
use super::spell::{equal, ident, is_text, list, literal, meets, row};
use super::{ENTRY, JUDGED, Postgres, Verdict};
use crate::guard;
use crate::model::Column;
use synctable::Role;
use synctable::statement::{Answer, Statement};

impl<'a> Postgres<'a> {
    /// Inserts rows, or changes those that are there.
    pub(super) fn put(&self) -> Statement {
        let facts = self.facts;
        if !self.is_guarded() && !facts.reads() {
            let entry = (ENTRY.to_owned(), self.new_rows());
            return self.statement(Answer::Count, vec![entry], self.added());
        }
        let entries = match self.is_merging() {
            true => self.puts(),
            false => self.new_rows(),
        };
        let steps = vec![
            (ENTRY.to_owned(), entries),
            (JUDGED.to_owned(), self.judged_puts()),
            ("written".to_owned(), self.written()),
        ];
        self.statement(Answer::Outcomes, steps, self.told())
    }

    /// What comes of each entry, with what was written.
    fn told(&self) -> Lines {
        let [nr, may, outcome, done] = ["nr", "may", "outcome", "done"].map(|name| self.free(name));
        let target: Vec<String> = self.facts.target.iter().map(|one| ident(one)).collect();
        let is_written = match self.facts.target.iter().any(|column| column.nullable) {
            true => {
                let is_same = self.same_target("written", JUDGED).join(" and ");
                format!("exists (select from written where {is_same})")
            }
            false => format!("{} in (select {} from written)", row(&target), list(target)),
        };
        let (refused, or_refused) = match self.may_insert() {
            None => (String::new(), String::new()),
            Some(_) => (
                format!("when not {may} then 'refused' "),
                format!("not {may} or "),
            ),
        };
        let mut lines = Lines::default();
        let told =
            format!("case {refused}when {done} then 'applied' else {outcome} end as {outcome}");
        lines.add(0, &format!("select {nr}, {told}"));
        let from = format!("from judged, lateral (select {is_written} as {done}) as told");
        let tells = format!("where {or_refused}{outcome} <> 'applied' or {done}");
        match format!("{from} {tells}") {
            one if Lines::fits(0, &one) => lines.add(0, &one),
            _ => [from, tells].iter().for_each(|line| lines.add(0, line)),
        }
        lines
    }

    /// Whether the key is the one that the server would fill in, where no device chooses it.
    fn has_its_key(&self) -> Vec<String> {
        let key = self.facts.key.iter().filter(|column| !column.uploads());
        key.filter_map(|column| {
            let (told, filled) = (self.proposed(column), self.filled(column)?);
            Some(format!("{told} is not distinct from {filled}"))
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
        // Without a target, it would also pass over what an exclusion constraint refuses.
        let table = self.facts.table;
        if table.uniques.is_empty() && table.exclusions.is_empty() {
            lines.add(0, "on conflict do nothing");
        }
        lines
    }

    fn judged_puts(&self) -> Lines {
        let facts = self.facts;
        let mut lines = Lines::default();
        let mut items = match self.is_merging() {
            true => self.proposal(),
            false => vec!["entry.*".to_owned()],
        };
        if self.is_merging() && (facts.upserts() || self.refuses_new()) {
            items.push(format!("stored.xmin as {}", self.free("found")));
        } else if self.refuses_new() {
            let key = ident(facts.key[0]);
            items.push(format!(
                "stored.{key} is not null as {}",
                self.free("found")
            ));
        }
        if let Some(may) = self.may_insert() {
            items.push(format!("({may}) is true as {}", self.free("may")));
        }
        items.push("case".to_owned());
        lines.list(4, "select ", &items, "");
        self.put_verdict().write(&mut lines, &self.free("outcome"));
        let target: Vec<String> = facts
            .target
            .iter()
            .map(|column| {
                let name = ident(column);
                meets(column, &format!("stored.{name}"), &format!("entry.{name}"))
            })
            .collect();
        self.beside_stored(&mut lines, &target);
        if self.is_merging() {
            self.beside_proposal(&mut lines);
        }
        lines
    }

    /// What comes of a PUT whose row the caller may insert.
    fn put_verdict(&self) -> Verdict {
        let facts = self.facts;
        let stands = format!("stored.{}", ident(facts.key[0]));
        let own = self.has_its_key();
        let mut verdict = Verdict::default();
        let contradicts = self.put_contradicts();
        if !contradicts.is_empty() {
            verdict.when(contradicts.join(" or "), "refused");
        }
        let is_new = format!("{stands} is null");
        match own.is_empty() {
            true => verdict.when(is_new, "applied"),
            false => verdict.either(is_new, own.join(" and "), ["applied", "refused"]),
        }
        if self.sees().is_some() {
            verdict.when("not rule.sees", "refused");
        }
        if facts.may_say_nothing() {
            verdict.when(self.says_nothing(), "same");
        }
        let same = self.is_same();
        let otherwise = facts.otherwise();
        if !facts.upserts() {
            if same.is_empty() {
                return verdict.otherwise("same");
            }
            verdict.when(same.join(" and "), "same");
            return verdict.otherwise(otherwise);
        }
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
        let changing = |name: &str| Some(self.changing(&facts.table.columns[name]));
        let changing = self.policy(&changing);
        if let Some(lacks) = changing.and_then(|policy| Self::lacks(policy.change_of_seen())) {
            verdict.when(lacks, "refused");
        }
        verdict.otherwise("applied")
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
            let is_found = match self.is_merging() {
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
        match (names.as_slice(), counted) {
            ([], None) => {}
            ([], Some(counted)) => lines.add(4, &format!("{update} {counted}")),
            ([name], counted) if self.is_merging() => {
                let counted = counted.map_or_else(String::new, |counted| format!(", {counted}"));
                lines.add(4, &format!("{update} {name} = {}{counted}", values[0]));
            }
            (_, counted) => {
                let counted = counted.map_or_else(String::new, |counted| format!(", {counted}"));
                lines.list(4, &format!("{update} ("), &names, ") = (");
                match self.is_merging() {
                    true => lines.items(8, "", &values, &format!("){counted}")),
                    false => {
                        lines.list(8, "select ", &values, "");
                        let closes = format!("from judged where {same_row}){counted}");
                        lines.add(8, &closes);
                    }
                }
            }
        }
        let applies = format!("{} = 'applied'", self.free("outcome"));
        let still = match self.is_merging() {
            true => {
                let found = format!("stored.xmin in (select {} from judged)", self.free("found"));
                let is_judged = match facts.target.iter().any(|column| column.nullable) {
                    true => format!("exists (select from judged where {same_row} and {applies})"),
                    false => {
                        let target = facts.target.iter().map(|one| ident(one));
                        let stored: Vec<String> =
                            target.clone().map(|one| format!("stored.{one}")).collect();
                        let judged = list(target);
                        let stored = row(&stored);
                        format!("{stored} in (select {judged} from judged where {applies})")
                    }
                };
                format!("{found} and {is_judged}")
            }
            false => {
                let mut still = vec![same_row, applies];
                still.extend(self.put_rule(JUDGED));
                format!("exists (select from judged where {})", still.join(" and "))
            }
        };
        lines.add(4, &format!("where {still}"));
    }

    /// Whether the caller sees the row that stands, where the statement has to ask.
    pub(super) fn sees(&self) -> Option<&str> {
        let sees = self.sees.get_or_init(|| {
            let policy = self.policy(&|_| None)?;
            policy.read().filter(|read| read != "true")
        });
        sees.as_deref()
    }

    /// Whether the caller may insert a row, beside an entry and the row that it proposes; `None` where everybody may.
    fn may_insert(&self) -> Option<&str> {
        let may = self.may_insert.get_or_init(|| {
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
        });
        may.as_deref()
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

    /// Whether the row that stands holds all that a PUT says: conditions that must all hold.
    fn is_same(&self) -> Vec<String> {
        if !self.is_merging() {
            return self.holds(&self.compared());
        }
        // What a PUT leaves out, its proposal has from the row that stands; but for what an entry holds beside it.
        let compares_rows = self.compares_rows();
        let is_apart = |column: &&Column| is_text(column) || self.is_of_entry(column);
        let (apart, others): (Vec<&Column>, Vec<&Column>) =
            self.compared().into_iter().partition(is_apart);
        let mut all = Vec::new();
        if compares_rows {
            all.push("new is not distinct from stored".to_owned());
        } else if !others.is_empty() {
            let stored = others
                .iter()
                .map(|column| guard::comparable(guard::STORED, column));
            let told = others
                .iter()
                .map(|column| guard::as_comparable(&self.proposed(column), column));
            let (stored, told) = (
                row(&stored.collect::<Vec<_>>()),
                row(&told.collect::<Vec<_>>()),
            );
            all.push(format!("{stored} is not distinct from {told}"));
        }
        let apart = apart
            .into_iter()
            .filter(|column| is_text(column) || !compares_rows);
        all.extend(apart.map(|column| {
            let value = match is_text(column) {
                true => self.value(ENTRY, column),
                false => self.proposed(column),
            };
            let same = equal(column, &value);
            match self.facts.is_open(column) {
                true => format!("(not {} or {same})", self.gives(ENTRY, column)),
                false => same,
            }
        }));
        all
    }

    /// Whether a PUT gives one of these columns something else: conditions of which one must hold.
    fn differs(&self, columns: &[&Column]) -> Vec<String> {
        let (mut stored, mut new, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for column in columns {
            let stands = guard::comparable(guard::STORED, column);
            let told = guard::as_comparable(&self.proposed(column), column);
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
