//! The words of PowerSync's dialects as the words of the language, token by token.
//!
//! Both dialects of a sync config have a SQL of their own: `bucket.id`, `request.user_id()`, `x IN my_lists`.
//! What is left has the form in which people write policies, and is read as these are.

use super::config::Form;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer};
use std::collections::BTreeMap;

/// The start of the name of a column that stands for a parameter which the device chooses.
pub(super) const CHOSEN: char = ':';

/// What the words of a query stand for.
pub(super) struct Words<'a> {
    pub(super) form: Form,
    /// The named queries of a stream.
    pub(super) with: &'a BTreeMap<String, String>,
    /// What stands for a parameter of a bucket.
    pub(super) bucket: &'a BTreeMap<String, String>,
}

impl Words<'_> {
    /// A query in the words of the language.
    pub(super) fn plain(&self, text: &str) -> Result<String, String> {
        let tokens = Tokenizer::new(&PostgreSqlDialect {}, text)
            .tokenize()
            .map_err(|error| error.to_string())?;
        let tokens: Vec<Token> = tokens
            .into_iter()
            .filter(|token| !matches!(token, Token::Whitespace(_)))
            .collect();
        let end = tokens.iter().position(|token| *token == Token::SemiColon);
        let tokens = &tokens[..end.unwrap_or(tokens.len())];
        let mut plain = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            at += self.next(tokens, at, &mut plain)?;
        }
        Ok(plain.join(" "))
    }

    /// Writes what stands at a place, and tells how many tokens that are.
    fn next(&self, tokens: &[Token], at: usize, plain: &mut Vec<String>) -> Result<usize, String> {
        let rest = &tokens[at..];
        if let Some((asked, many)) = asked(rest) {
            plain.push(asked.single());
            return Ok(many);
        }
        if self.form == Form::Bucket
            && let [Token::Word(bucket), Token::Period, Token::Word(name), ..] = rest
            && bucket.value.eq_ignore_ascii_case("bucket")
        {
            let name = folded(name);
            let stands = self.bucket.get(&name);
            let stands = stands.ok_or_else(|| format!("`bucket.{name}` is not a parameter"))?;
            return self.parameter(rest, stands, plain);
        }
        if is_word(rest, "in") && rest.get(1) != Some(&Token::LParen) {
            return self.in_list(&rest[1..], plain).map(|many| many + 1);
        }
        plain.push(rest[0].to_string());
        Ok(1)
    }

    /// `bucket.list_id`, which is a value of the request or one that a query finds.
    fn parameter(
        &self,
        rest: &[Token],
        stands: &str,
        plain: &mut Vec<String>,
    ) -> Result<usize, String> {
        if !stands.starts_with("SELECT ") {
            plain.push(stands.to_owned());
            return Ok(3);
        }
        // `x = bucket.y` and `bucket.y = x`.
        if plain.last().is_some_and(|before| before == "=") {
            plain.pop();
            plain.push(format!("IN ({stands})"));
            return Ok(3);
        }
        if let [_, _, _, Token::Eq, operand @ ..] = rest
            && let Some(many) = path(operand)
        {
            plain.extend(operand[..many].iter().map(ToString::to_string));
            plain.push(format!("IN ({stands})"));
            return Ok(4 + many);
        }
        Err("a parameter that a query finds is compared with `=` alone".to_owned())
    }

    /// What follows `IN` where that is not in parentheses: a named query, a list of the token or of the row.
    fn in_list(&self, rest: &[Token], plain: &mut Vec<String>) -> Result<usize, String> {
        if let Some((asked, many)) = asked(rest) {
            plain.push(format!("= ANY ({})", asked.list()));
            return Ok(many);
        }
        let Some(many) = path(rest) else {
            let next = rest.first().map(ToString::to_string).unwrap_or_default();
            return Err(format!("`IN {next}` is not understood"));
        };
        if let [Token::Word(name)] = &rest[..many]
            && let Some(query) = self.with.get(&folded(name))
        {
            let alone = Words {
                with: &BTreeMap::new(),
                ..*self
            };
            plain.push(format!("IN ({})", alone.plain(query)?));
            return Ok(many);
        }
        let list: String = rest[..many].iter().map(ToString::to_string).collect();
        plain.push(format!("= ANY ({list})"));
        Ok(many)
    }
}

/// What a query asks of a connection.
enum Asked {
    User,
    /// A member of the token.
    Claim(Vec<String>),
    /// A parameter that the device chooses.
    Chosen(String),
}

impl Asked {
    fn path(path: &[String]) -> String {
        let members: Vec<String> = path.iter().map(|member| literal(member)).collect();
        format!("ARRAY[{}]", members.join(", "))
    }

    fn single(&self) -> String {
        match self {
            Self::User => "auth.user_id()".to_owned(),
            Self::Claim(path) if path.as_slice() == ["sub"] => "auth.user_id()".to_owned(),
            Self::Claim(path) => format!("auth.claim({})", Self::path(path)),
            Self::Chosen(name) => format!("\"{CHOSEN}{}\"", name.replace('"', "\"\"")),
        }
    }

    fn list(&self) -> String {
        match self {
            Self::Claim(path) => format!("ARRAY(SELECT auth.claims({}))", Self::path(path)),
            other => other.single(),
        }
    }
}

/// What is asked of a connection at the start of these tokens, and how many tokens say it.
fn asked(tokens: &[Token]) -> Option<(Asked, usize)> {
    let [
        Token::Word(schema),
        Token::Period,
        Token::Word(name),
        rest @ ..,
    ] = tokens
    else {
        return None;
    };
    let (schema, name) = (folded(schema), folded(name));
    match (schema.as_str(), name.as_str()) {
        ("token_parameters", "user_id") => return Some((Asked::User, 3)),
        ("token_parameters", _) => {
            return Some((Asked::Claim(vec!["parameters".to_owned(), name]), 3));
        }
        ("user_parameters", _) => return Some((Asked::Chosen(name), 3)),
        _ => {}
    }
    match (schema.as_str(), name.as_str(), rest) {
        ("auth" | "request", "user_id", [Token::LParen, Token::RParen, ..]) => {
            Some((Asked::User, 5))
        }
        (
            "auth" | "subscription" | "connection" | "request",
            "parameter",
            [
                Token::LParen,
                Token::SingleQuotedString(key),
                Token::RParen,
                ..,
            ],
        ) => Some((of_source(&schema, members(key)), 6)),
        ("auth" | "subscription" | "connection" | "request", "parameters", _)
        | ("request", "jwt", _) => {
            let [Token::LParen, Token::RParen, steps @ ..] = rest else {
                return None;
            };
            let mut path = Vec::new();
            let mut many = 5;
            let mut steps = steps;
            while let [
                Token::Arrow | Token::LongArrow,
                Token::SingleQuotedString(key),
                further @ ..,
            ] = steps
            {
                path.extend(members(key));
                many += 2;
                steps = further;
            }
            let source = match name.as_str() {
                "jwt" => "auth",
                _ => &schema,
            };
            (!path.is_empty()).then(|| (of_source(source, path), many))
        }
        _ => None,
    }
}

fn of_source(schema: &str, path: Vec<String>) -> Asked {
    match schema {
        "auth" => Asked::Claim(path),
        _ => Asked::Chosen(path.join(".")),
    }
}

/// `$.app_metadata.tenant_id` is a path, and anything else is one key.
fn members(key: &str) -> Vec<String> {
    match key.strip_prefix("$.") {
        Some(path) => path.split('.').map(str::to_owned).collect(),
        None => vec![key.to_owned()],
    }
}

/// How many tokens a name has, with its qualifiers.
fn path(tokens: &[Token]) -> Option<usize> {
    let mut many = 0;
    while let Some(Token::Word(_)) = tokens.get(many) {
        many += 1;
        match tokens.get(many) {
            Some(Token::Period) => many += 1,
            Some(Token::LParen) => return None,
            _ => return Some(many),
        }
    }
    None
}

fn is_word(tokens: &[Token], word: &str) -> bool {
    matches!(tokens.first(), Some(Token::Word(found)) if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
}

fn folded(word: &sqlparser::tokenizer::Word) -> String {
    match word.quote_style {
        Some(_) => word.value.clone(),
        None => word.value.to_lowercase(),
    }
}

fn literal(text: &str) -> String {
    synctable::Database::Postgres.literal(text)
}
