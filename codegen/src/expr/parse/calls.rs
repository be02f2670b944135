//! Calls: the closed set of functions, what they take, and where they may stand.

use super::super::Problem;
use super::super::kind::{self, Family, Ty};
use super::convert::{Converter, Term};
use crate::diagnostic::{
    EXPR_ARGUMENTS, EXPR_KIND, EXPR_PLACE, EXPR_UNKNOWN_FUNCTION, EXPR_UNSUPPORTED,
};
use crate::model::{Expr, Function, Literal};
use sqlparser::ast::{
    Expr as Ast, Function as AstCall, FunctionArg, FunctionArgExpr, FunctionArguments,
    ObjectNamePart, Spanned,
};
use std::ops::Range;
use synctable::{Kind, Scalar};

/// The functions by name, with the fewest and the most arguments.
const FUNCTIONS: [(&str, Function, usize, usize); 15] = [
    ("now", Function::Now, 0, 0),
    ("today", Function::Today, 0, 0),
    ("uuid", Function::Uuid, 0, 0),
    ("length", Function::Length, 1, 1),
    ("lower", Function::Lower, 1, 1),
    ("upper", Function::Upper, 1, 1),
    ("trim", Function::Trim, 1, 1),
    ("substr", Function::Substr, 3, 3),
    ("replace", Function::Replace, 3, 3),
    ("matches", Function::Matches, 2, 2),
    ("abs", Function::Abs, 1, 1),
    ("coalesce", Function::Coalesce, 2, 64),
    ("nullif", Function::Nullif, 2, 2),
    ("list_length", Function::ListLength, 1, 1),
    ("json_kind", Function::JsonKind, 1, 1),
];

/// What other systems call the same thing.
const FOREIGN: [(&str, &str); 24] = [
    ("auth.uid", "auth.user_id()"),
    ("auth.jwt", "auth.claim('a.b')"),
    ("auth.role", "auth.claim('role')"),
    ("request.user_id", "auth.user_id()"),
    ("gen_random_uuid", "uuid()"),
    ("current_date", "today()"),
    ("current_timestamp", "now()"),
    ("char_length", "length(x)"),
    ("character_length", "length(x)"),
    ("btrim", "trim(x)"),
    ("ltrim", "trim(x)"),
    ("rtrim", "trim(x)"),
    ("substring", "substr(x, 1, 3)"),
    ("left", "substr(x, 1, 3)"),
    ("ifnull", "coalesce(a, b)"),
    ("regexp_like", "matches(x, 'regular expression')"),
    ("array_length", "list_length(x)"),
    ("cardinality", "list_length(x)"),
    ("json_array_length", "list_length(x)"),
    ("jsonb_typeof", "json_kind(x)"),
    ("json_typeof", "json_kind(x)"),
    ("json_type", "json_kind(x)"),
    ("concat", "a || b"),
    ("datetime", "now()"),
];

const AGGREGATES: [&str; 10] = [
    "count",
    "sum",
    "min",
    "max",
    "avg",
    "array_agg",
    "string_agg",
    "json_agg",
    "bool_and",
    "bool_or",
];

impl Converter<'_> {
    pub(super) fn call(&mut self, call: &AstCall, range: &Range<usize>) -> Term {
        let name = call
            .name
            .0
            .iter()
            .map(|part| match part {
                ObjectNamePart::Identifier(ident) => ident.value.to_ascii_lowercase(),
                ObjectNamePart::Function(_) => "()".to_owned(),
            })
            .collect::<Vec<_>>()
            .join(".");
        let at = self.snippet.range(call.name.span());
        if call.over.is_some()
            || call.filter.is_some()
            || !call.within_group.is_empty()
            || AGGREGATES.contains(&&*name)
        {
            self.problem(
                &at,
                EXPR_UNSUPPORTED,
                format!("`{name}` reads several rows, but an expression reads only one"),
            )
            .helps
            .push("to read many rows, write a view with `reads:`".to_owned());
            return self.broken(range);
        }
        let mut args = Vec::new();
        match &call.args {
            FunctionArguments::None => {
                if !matches!(
                    &*name,
                    "current_date"
                        | "current_timestamp"
                        | "localtime"
                        | "localtimestamp"
                        | "current_time"
                ) {
                    let message = format!("`{name}` is a function");
                    self.problem(&at, EXPR_UNKNOWN_FUNCTION, message);
                    return self.broken(range);
                }
            }
            FunctionArguments::Subquery(_) => {
                self.problem(&at, EXPR_UNSUPPORTED, "an argument cannot be a subquery");
                return self.broken(range);
            }
            FunctionArguments::List(list) => {
                if list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
                    self.problem(
                        &at,
                        EXPR_UNSUPPORTED,
                        format!("`{name}` takes plain arguments only"),
                    );
                    return self.broken(range);
                }
                for arg in &list.args {
                    match arg {
                        FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)) => args.push(arg),
                        _ => {
                            self.problem(
                                &at,
                                EXPR_UNSUPPORTED,
                                format!("`{name}` takes plain arguments only"),
                            );
                            return self.broken(range);
                        }
                    }
                }
            }
        }
        match &*name {
            "auth.user_id" => self.user_id(&args, &at, range),
            "auth.claim" => self.claim(&args, &at, range),
            "auth.claims" => {
                let message = "`auth.claims` is a list, not a value";
                self.problem(range, EXPR_ARGUMENTS, message).helps.push(
                    "test for a member: `team_id in auth.claims('app_metadata.teams')`".to_owned(),
                );
                self.broken(range)
            }
            _ => match FUNCTIONS.iter().find(|(known, ..)| *known == name) {
                Some(&(name, function, least, most)) => {
                    if !self.arity(name, args.len(), least, most, range) {
                        return self.broken(range);
                    }
                    let args = args.into_iter().map(|arg| self.expr(arg)).collect();
                    self.function(function, name, args, &at, range)
                }
                None => self.unknown_function(&name, &at, range),
            },
        }
    }

    fn unknown_function(&mut self, name: &str, at: &Range<usize>, range: &Range<usize>) -> Term {
        let mut problem = Problem::new(
            at.clone(),
            EXPR_UNKNOWN_FUNCTION,
            format!("there is no function `{name}`"),
        );
        let known = FUNCTIONS.iter().map(|(known, ..)| *known).chain([
            "auth.user_id",
            "auth.claim",
            "auth.claims",
        ]);
        problem = match FOREIGN.iter().find(|(foreign, _)| *foreign == name) {
            Some((_, ours)) => problem.help(format!("write `{ours}`")),
            None => problem.nearest(name, known),
        };
        self.problems.push(problem);
        self.broken(range)
    }

    fn arity(
        &mut self,
        name: &str,
        found: usize,
        least: usize,
        most: usize,
        range: &Range<usize>,
    ) -> bool {
        if (least..=most).contains(&found) {
            return true;
        }
        let takes = match (least, most) {
            (0, 0) => "no argument".to_owned(),
            (1, 1) => "one argument".to_owned(),
            (least, most) if least == most => format!("{least} arguments"),
            (least, _) => format!("{least} or more arguments"),
        };
        let help = match name {
            "substr" => Some("write `substr(text, start, length)`; start counts from 1"),
            _ => None,
        };
        self.problem(
            range,
            EXPR_ARGUMENTS,
            format!("`{name}` takes {takes}, not {found}"),
        )
        .helps
        .extend(help.map(str::to_owned));
        false
    }

    fn user_id(&mut self, args: &[&Ast], at: &Range<usize>, range: &Range<usize>) -> Term {
        if !self.arity("auth.user_id", args.len(), 0, 0, range) {
            return self.broken(range);
        }
        if !self.context.has_user_id() {
            return self.no_caller(at, range);
        }
        let ty = Ty::Kind(Kind::Scalar(self.scope.known.user_id));
        self.term(Expr::UserId, ty, range)
    }

    fn claim(&mut self, args: &[&Ast], at: &Range<usize>, range: &Range<usize>) -> Term {
        if !self.arity("auth.claim", args.len(), 1, 1, range) {
            return self.broken(range);
        }
        if !self.context.has_claims() {
            return self.no_caller(at, range);
        }
        match self.path_of_claim(args[0]) {
            Some(path) => self.term(Expr::Claim(path), Ty::TEXT, range),
            None => self.broken(range),
        }
    }

    /// The path in `auth.claims('a.b')`.
    pub(super) fn claims(&mut self, call: &AstCall) -> Option<Vec<String>> {
        let at = self.snippet.range(call.name.span());
        let args: &[FunctionArg] = match &call.args {
            FunctionArguments::List(list) => &list.args,
            FunctionArguments::None | FunctionArguments::Subquery(_) => &[],
        };
        let [FunctionArg::Unnamed(FunctionArgExpr::Expr(path))] = args else {
            self.arity("auth.claims", args.len(), 1, 1, &at);
            return None;
        };
        if !self.context.has_claims() {
            self.no_caller(&at, &at);
            return None;
        }
        self.path_of_claim(path)
    }

    fn path_of_claim(&mut self, ast: &Ast) -> Option<Vec<String>> {
        let term = self.expr(ast);
        let path = match &term.expr {
            _ if term.is_broken() => return None,
            Expr::Literal(Literal::Text(path)) => path,
            expr => {
                // `claim_map[row.project]` would be one path for each row.
                let composed = !expr.columns().is_empty();
                let help = match composed {
                    true => {
                        "list what the caller has in the claim: `project_id in auth.claims('app_metadata.projects')`"
                    }
                    false => "write `auth.claim('app_metadata.tenant_id')`",
                };
                let message = match composed {
                    true => {
                        "the path of a claim cannot depend on the row: a sync stream reads the token before it reads any row"
                    }
                    false => "the path of a claim must be a constant text",
                };
                self.problem(&term.range, EXPR_ARGUMENTS, message)
                    .helps
                    .push(help.to_owned());
                return None;
            }
        };
        let parts: Vec<_> = path.split('.').map(str::to_owned).collect();
        let plain = |part: &String| {
            part.chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
                && part
                    .chars()
                    .next()
                    .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        };
        if !parts.iter().all(plain) {
            let message = format!("`{path}` is not a path of a claim");
            self.problem(&term.range, EXPR_ARGUMENTS, message)
                .helps
                .push("write names of letters, digits, `_` and `-`, joined by `.`".to_owned());
            return None;
        }
        Some(parts)
    }

    fn no_caller(&mut self, at: &Range<usize>, range: &Range<usize>) -> Term {
        let message = format!("{} cannot read the caller", self.context.name());
        let help = match self.context {
            super::super::Context::StreamFilter => {
                "the read rules of its tables say who sees what; a stream's filter only narrows"
            }
            _ => "use the caller in access rules, scopes and `server:` values",
        };
        self.problem(at, EXPR_PLACE, message)
            .helps
            .push(help.to_owned());
        self.broken(range)
    }

    /// `substr` and `trim`, which the parser has forms of its own for.
    pub(super) fn special_call(&mut self, ast: &Ast, range: &Range<usize>) -> Term {
        match ast {
            Ast::Substring {
                expr,
                substring_from: Some(from),
                substring_for: Some(length),
                special: true,
                shorthand: true,
            } => {
                let args = vec![self.expr(expr), self.expr(from), self.expr(length)];
                self.function(Function::Substr, "substr", args, range, range)
            }
            Ast::Substring {
                shorthand: true, ..
            } => {
                self.arity("substr", 2, 3, 3, range);
                self.broken(range)
            }
            Ast::Substring { .. } => self.unknown_function("substring", range, range),
            Ast::Trim {
                trim_where: None,
                trim_what: None,
                trim_characters: None,
                expr,
            } => {
                let args = vec![self.expr(expr)];
                self.function(Function::Trim, "trim", args, range, range)
            }
            _ => {
                self.problem(range, EXPR_ARGUMENTS, "`trim` takes one argument")
                    .helps
                    .push("write `trim(x)`, which removes the blanks at both ends".to_owned());
                self.broken(range)
            }
        }
    }

    fn function(
        &mut self,
        function: Function,
        name: &str,
        args: Vec<Term>,
        at: &Range<usize>,
        range: &Range<usize>,
    ) -> Term {
        if args.iter().any(Term::is_broken) {
            return self.broken(range);
        }
        if matches!(function, Function::Now | Function::Today | Function::Uuid)
            && !self.context.has_clock()
        {
            let message = format!(
                "{} must have one result for one row, which `{name}()` does not have",
                self.context.name()
            );
            self.problem(at, EXPR_PLACE, message)
                .helps
                .push("store the moment in a column: `server: now()`".to_owned());
            return self.broken(range);
        }
        let text = Kind::Scalar(Scalar::Text);
        let int = Kind::Scalar(Scalar::Int);
        let mut args = args;
        let ty = match function {
            Function::Now => Ty::Kind(Kind::Scalar(Scalar::Timestamptz)),
            Function::Today => Ty::Kind(Kind::Scalar(Scalar::Date)),
            Function::Uuid => Ty::Kind(Kind::Scalar(Scalar::Uuid)),
            Function::Length | Function::Lower | Function::Upper | Function::Trim => {
                match self.takes(name, args, &[&text]) {
                    Some(terms) => args = terms,
                    None => return self.broken(range),
                }
                match function {
                    Function::Length => Ty::INT,
                    _ => Ty::TEXT,
                }
            }
            Function::Substr => {
                match self.takes(name, args, &[&text, &int, &int]) {
                    Some(terms) => args = terms,
                    None => return self.broken(range),
                }
                for (index, least) in [(1, 1), (2, 0)] {
                    let term = &args[index];
                    match term.expr {
                        Expr::Literal(Literal::Int(number)) if number >= least => {}
                        _ => {
                            let what = ["", "start", "length"][index];
                            let message = format!(
                                "the {what} of `substr` must be a constant of at least {least}"
                            );
                            self.problem(&term.range.clone(), EXPR_ARGUMENTS, message)
                                .helps
                                .push("use such a constant: for other values, Postgres and SQLite differ".to_owned());
                            return self.broken(range);
                        }
                    }
                }
                Ty::TEXT
            }
            Function::Replace => {
                match self.takes(name, args, &[&text, &text, &text]) {
                    Some(terms) => args = terms,
                    None => return self.broken(range),
                }
                Ty::TEXT
            }
            Function::Matches => {
                match self.takes(name, args, &[&text, &text]) {
                    Some(terms) => args = terms,
                    None => return self.broken(range),
                }
                if !matches!(args[1].expr, Expr::Literal(Literal::Text(_))) {
                    self.problem(
                        &args[1].range.clone(),
                        EXPR_ARGUMENTS,
                        "the regular expression must be a constant",
                    );
                    return self.broken(range);
                }
                Ty::BOOL
            }
            Function::Abs => {
                let kind = match &args[0].ty {
                    Ty::Kind(kind) if Family::of(kind).is_number() => kind.clone(),
                    _ => {
                        self.problem(
                            &args[0].range.clone(),
                            EXPR_KIND,
                            "`abs` takes a number that is not a constant",
                        );
                        return self.broken(range);
                    }
                };
                Ty::Kind(kind)
            }
            Function::Coalesce | Function::Nullif => {
                let Some((kind, terms)) = self.together(args) else {
                    return self.broken(range);
                };
                if function == Function::Nullif
                    && let Err(why) = kind::equality(&kind)
                {
                    self.problem(
                        range,
                        EXPR_KIND,
                        format!("`{kind}` cannot be compared: {why}"),
                    );
                    return self.broken(range);
                }
                args = terms;
                Ty::Kind(kind)
            }
            Function::ListLength => match &args[0].ty {
                Ty::Kind(Kind::List(_)) => Ty::INT,
                _ => {
                    let problem = self.problem(
                        &args[0].range.clone(),
                        EXPR_KIND,
                        "`list_length` takes a list",
                    );
                    problem
                        .helps
                        .push("for the characters of a text, write `length(x)`".to_owned());
                    return self.broken(range);
                }
            },
            Function::JsonKind => match args[0].ty.family() {
                Some(Family::Json) => Ty::TEXT,
                _ => {
                    self.problem(
                        &args[0].range.clone(),
                        EXPR_KIND,
                        "`json_kind` takes a json value",
                    );
                    return self.broken(range);
                }
            },
        };
        self.ask_call(function, &args, range);
        let args = args.into_iter().map(|term| term.expr).collect();
        self.term(Expr::Call { function, args }, ty, range)
    }

    /// The arguments, each fitted to the kind it must have.
    fn takes(&mut self, name: &str, args: Vec<Term>, kinds: &[&Kind]) -> Option<Vec<Term>> {
        let mut fitted = Vec::with_capacity(args.len());
        let mut whole = true;
        for (arg, kind) in args.into_iter().zip(kinds) {
            if let Ty::Kind(found) = &arg.ty
                && Family::of(found) != Family::of(kind)
            {
                let what = match Family::of(kind) {
                    Family::Text => "text",
                    _ => "a whole number",
                };
                let help = match (name, Family::of(found)) {
                    ("length", Family::List(_)) => {
                        Some("for the elements of a list, write `list_length(x)`")
                    }
                    (_, Family::Json) => {
                        Some("for the text of a member, write `column ->> 'member'`")
                    }
                    _ => None,
                };
                self.problem(
                    &arg.range,
                    EXPR_KIND,
                    format!("`{name}` takes {what}, this is `{found}`"),
                )
                .helps
                .extend(help.map(str::to_owned));
                whole = false;
                continue;
            }
            match self.fitted(arg, kind) {
                Ok(term) => fitted.push(term),
                Err(()) => whole = false,
            }
        }
        whole.then_some(fitted)
    }
}
