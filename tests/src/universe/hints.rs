//! What rules, scopes and filters say about columns, so that random rows meet their conditions.

use synctable_codegen::map::{IndexMap, IndexSet};
use synctable_codegen::model::{Expr, Literal, Model, Rule, Select, Set};

/// What is said about one column.
#[derive(Clone, Debug, Default)]
pub struct Hint {
    /// It is compared with the caller's id.
    pub is_caller: bool,
    /// The claims that it is compared with.
    pub claims: IndexSet<Vec<String>>,
    /// The constants that it is compared with, as often as rules do.
    pub constants: Vec<Literal>,
    /// The columns of tables that it is looked up in.
    pub sets: IndexSet<(String, String)>,
    /// Columns of its own row that it is compared with.
    pub beside: IndexSet<String>,
    /// Members of its json that are asked for, with what they are compared with.
    pub members: Vec<(Vec<String>, Literal)>,
}

/// What is said about the columns of all tables, and about claims.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    columns: IndexMap<(String, String), Hint>,
    /// The claims that rules ask for, with the constants that they are compared with.
    pub claims: IndexMap<Vec<String>, IndexSet<String>>,
    /// The claims that rules take for lists.
    pub lists: IndexSet<Vec<String>>,
    /// The tables that tell what a caller belongs to: something else is looked up there by the caller's id.
    pub memberships: IndexSet<String>,
}

impl Hints {
    /// What a model says.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        let mut hints = Self::default();
        for table in model.tables.values() {
            for rule in rules(model, &table.name) {
                hints.expr(model, &table.name, rule);
            }
        }
        for select in model.scopes.values() {
            hints.select(model, select);
        }
        for stream in model.streams.values() {
            for part in &stream.tables {
                if let Some(filter) = &part.filter {
                    hints.expr(model, &part.table, filter);
                }
            }
        }
        hints
    }

    /// What is said about a column.
    #[must_use]
    pub fn about(&self, table: &str, column: &str) -> Hint {
        let key = (table.to_owned(), column.to_owned());
        self.columns.get(&key).cloned().unwrap_or_default()
    }

    fn hint(&mut self, table: &str, column: &str) -> &mut Hint {
        let key = (table.to_owned(), column.to_owned());
        self.columns.entry(key).or_default()
    }

    fn select(&mut self, model: &Model, select: &Select) {
        let table = &model.tables[&select.table];
        if let Some(filter) = &select.filter {
            self.expr(model, &select.table, filter);
            let refers = |name: &String| {
                let mut keys = table.foreign_keys.iter();
                keys.any(|key| key.columns.contains(name))
            };
            let mut is_callers = false;
            filter.visit(&mut |expr| is_callers |= *expr == Expr::UserId);
            if matches!(&select.column, Expr::Column(name) if is_callers && refers(name)) {
                self.memberships.insert(select.table.clone());
            }
        }
        self.expr(model, &select.table, &select.column);
    }

    fn expr(&mut self, model: &Model, table: &str, expr: &Expr) {
        match expr {
            Expr::Compare { left, right, .. } => {
                self.compared(table, left, right);
                self.compared(table, right, left);
            }
            Expr::Contains { list, element } => {
                self.compared(table, list, element);
                self.compared(table, element, list);
            }
            Expr::InClaims { operand, path } => {
                self.lists.insert(path.clone());
                self.compared(table, operand, &Expr::Claim(path.clone()));
            }
            Expr::JsonIs {
                operand,
                path,
                truth,
            } => {
                if let Expr::Column(column) = &**operand {
                    let member = (path.clone(), Literal::Bool(*truth));
                    self.hint(table, column).members.push(member);
                }
            }
            Expr::Column(name) => {
                let column = model.tables[table].columns.get(name);
                if let Some(generated) = column.and_then(|column| column.generated.as_ref()) {
                    self.expr(model, table, &generated.expr);
                }
            }
            Expr::InList { operand, list, .. } => {
                for literal in list {
                    self.compared(table, operand, &Expr::Literal(literal.clone()));
                }
            }
            Expr::InSet { operand, set } => {
                let select = match set {
                    Set::Scope(name) => &model.scopes[name],
                    Set::Select(select) => {
                        self.select(model, select);
                        select
                    }
                };
                for of in operand.columns() {
                    if let Expr::Column(found) = &select.column {
                        let found = (select.table.clone(), found.clone());
                        self.hint(table, of).sets.insert(found);
                    }
                }
            }
            _ => {}
        }
        expr.children()
            .for_each(|child| self.expr(model, table, child));
    }

    fn compared(&mut self, table: &str, one: &Expr, other: &Expr) {
        match (one, other) {
            (Expr::Column(column), Expr::UserId) => self.hint(table, column).is_caller = true,
            (Expr::Column(column), Expr::Claim(path)) => {
                self.hint(table, column).claims.insert(path.clone());
                self.claims.entry(path.clone()).or_default();
            }
            (Expr::Column(column), Expr::Literal(literal)) => {
                self.hint(table, column).constants.push(literal.clone());
            }
            (Expr::Column(column), Expr::Column(beside)) => {
                self.hint(table, column).beside.insert(beside.clone());
            }
            (Expr::Claim(path), Expr::Literal(Literal::Text(text))) => {
                let constants = self.claims.entry(path.clone()).or_default();
                constants.insert(text.clone());
            }
            (Expr::JsonText { operand, path }, Expr::Literal(literal)) => {
                if let Expr::Column(column) = &**operand {
                    let member = (path.clone(), literal.clone());
                    self.hint(table, column).members.push(member);
                }
            }
            // `coalesce(x, 'a') = 'b'`: each of them is worth trying.
            (Expr::Call { args, .. }, other) => {
                for arg in args {
                    self.compared(table, arg, other);
                    for beside in args {
                        if let (Expr::Column(_), Expr::Literal(_)) = (arg, beside) {
                            self.compared(table, arg, beside);
                        }
                    }
                }
            }
            (Expr::Concat(parts), Expr::Literal(Literal::Text(text))) => {
                if let [left, Expr::Literal(Literal::Text(separator)), right] = parts.as_slice()
                    && let Some((before, after)) = text.split_once(separator.as_str())
                {
                    self.compared(
                        table,
                        left,
                        &Expr::Literal(Literal::Text(before.to_owned())),
                    );
                    // What looks like a number may be the text of one.
                    let number = after.parse().ok().map(Literal::Int);
                    for after in number.into_iter().chain([Literal::Text(after.to_owned())]) {
                        self.compared(table, right, &Expr::Literal(after));
                    }
                }
            }
            _ => {}
        }
    }
}

/// The conditions of every rule of a table, whatever its role and command.
pub fn rules<'a>(model: &'a Model, table: &str) -> Vec<&'a Expr> {
    let Some(access) = &model.tables[table].access else {
        return Vec::new();
    };
    let simple = [&access.read, &access.insert, &access.delete]
        .into_iter()
        .flat_map(|rules| rules.values());
    let updates = access
        .update
        .values()
        .flat_map(|rule| [&rule.before, &rule.after]);
    simple
        .chain(updates)
        .filter_map(|rule| match rule {
            Rule::Public => None,
            Rule::When(expr) => Some(expr),
        })
        .collect()
}
