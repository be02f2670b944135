//! What a printer would write that forgets a condition: a text with one `is null` or `is not null` of an `and` less.
//!
//! No rule needs to say these conditions: lowering adds them, beside negated comparisons and for tombstones.
//! So they are left out of what is printed, and not of the model.

use std::ops::Range;

/// A text without one of its conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct Slip {
    /// The condition that is left out, with what stands beside it.
    pub what: String,
    /// Of what it asks whether that is NULL.
    pub operand: String,
    /// Whether it asks for a value: `is not null`.
    pub is_not: bool,
    /// The text without it.
    pub text: String,
    /// Whether a comparison beside it is true for no NULL in Postgres, so that the condition says nothing there.
    pub is_said_in_postgres: bool,
    /// The same in a sync stream, where `<>` and `not in` are true for NULL.
    pub is_said_in_streams: bool,
    /// The same in the older dialect, where `not in` is true for NULL and `<>` is not.
    pub is_said_in_rules: bool,
}

/// What ends a condition on its left or on its right.
const BETWEEN: [&str; 12] = [
    "and", "or", "where", "when", "if", "then", "else", "using", "check", "on", "not", "return",
];

/// Every text that lacks one such condition.
#[must_use]
pub fn slips(text: &str) -> Vec<Slip> {
    let tokens = tokens(text);
    (0..tokens.len())
        .filter_map(|at| without(text, &tokens, at))
        .collect()
}

/// The text without the condition whose `is` is the token, where that is one of several.
fn without(text: &str, tokens: &[Token<'_>], at: usize) -> Option<Slip> {
    let words: Vec<&str> = tokens[at..]
        .iter()
        .take(3)
        .map(|token| token.text)
        .collect();
    let is_word = |place: usize, word: &str| {
        let found: Option<&&str> = words.get(place);
        found.is_some_and(|found| found.eq_ignore_ascii_case(word))
    };
    let last = match is_word(0, "is") {
        true if is_word(1, "null") => at + 1,
        true if is_word(1, "not") && is_word(2, "null") => at + 2,
        _ => return None,
    };
    let chain = chain(tokens, at);
    let mine = chain.iter().position(|part| part.contains(&at))?;
    if chain[mine].end != last + 1 {
        return None;
    }
    let start = |part: &Range<usize>| tokens[part.start].start;
    let end = |part: &Range<usize>| tokens[part.end - 1].start + tokens[part.end - 1].text.len();
    let before = chain[0].start.checked_sub(1).map(|place| &tokens[place]);
    let behind = tokens.get(last + 1);
    let is_or = behind.is_some_and(|token| token.text.eq_ignore_ascii_case("or"));
    // With the `and` before it, or else the one behind it, or the `where` of which it is all.
    let cut = match (mine, chain.get(mine + 1)) {
        (0, None) => match before {
            Some(token) if token.text.eq_ignore_ascii_case("where") && !is_or => {
                token.start..end(&chain[0])
            }
            _ => return None,
        },
        (0, Some(next)) => start(&chain[0])..start(next),
        (mine, _) => end(&chain[mine - 1])..end(&chain[mine]),
    };
    let operand = &tokens[chain[mine].start..at];
    let said = |strict: &dyn Fn(&str) -> bool| {
        let mut others = chain.iter().enumerate().filter(|(place, _)| *place != mine);
        last == at + 2 && others.any(|(_, part)| says(&tokens[part.clone()], operand, strict))
    };
    let whole = start(&chain[0])..end(&chain[chain.len() - 1]);
    Some(Slip {
        operand: text[start(&chain[mine])..tokens[at].start]
            .trim_end()
            .to_owned(),
        is_not: last == at + 2,
        what: format!(
            "without {} in {}",
            &text[start(&chain[mine])..end(&chain[mine])],
            text[whole].split_whitespace().collect::<Vec<_>>().join(" ")
        ),
        text: format!("{}{}", &text[..cut.start], &text[cut.end..]),
        is_said_in_postgres: said(&|_| true),
        is_said_in_streams: said(&|op| !["<>", "!=", "not"].contains(&op)),
        is_said_in_rules: said(&|op| op != "not"),
    })
}

/// The conditions that `and` joins with the one around a token.
fn chain(tokens: &[Token<'_>], at: usize) -> Vec<Range<usize>> {
    let depth = tokens[at].depth;
    let ends = |place: &usize| {
        let token = &tokens[*place];
        let between = BETWEEN
            .iter()
            .find(|word| token.text.eq_ignore_ascii_case(word));
        // The `not` of `is not null` and of `not in` belongs to its condition.
        let is_inner = |word: &str| word == "not" && *place > 0 && is_operand(tokens, *place - 1);
        token.depth < depth
            || (token.depth == depth
                && (matches!(token.text, ";" | ",")
                    || between.is_some_and(|word| *word != "and" && !is_inner(word))))
    };
    let first = (0..at)
        .rev()
        .find(|place| ends(place))
        .map_or(0, |place| place + 1);
    let behind = (at..tokens.len())
        .find(|place| ends(place))
        .unwrap_or(tokens.len());
    let mut parts = Vec::new();
    let mut start = first;
    let joins = |place: &usize| {
        tokens[*place].depth == depth && tokens[*place].text.eq_ignore_ascii_case("and")
    };
    for place in (first..behind).filter(joins) {
        parts.push(start..place);
        start = place + 1;
    }
    parts.push(start..behind);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Whether what stands before a `not` makes it a part of an operator.
fn is_operand(tokens: &[Token<'_>], place: usize) -> bool {
    !BETWEEN
        .iter()
        .any(|word| tokens[place].text.eq_ignore_ascii_case(word))
}

/// Whether a condition compares the operand, with an operator that is true for no NULL, or says that it is not NULL.
fn says(condition: &[Token<'_>], operand: &[Token<'_>], strict: &dyn Fn(&str) -> bool) -> bool {
    let texts = |tokens: &[Token<'_>]| tokens.iter().map(|token| token.text.to_owned()).collect();
    let (condition, operand): (Vec<String>, Vec<String>) = (texts(condition), texts(operand));
    let compares = |op: &String| matches!(op.as_str(), "=" | "<>" | "!=" | "<" | "<=" | ">" | ">=");
    // PowerSync's rules say `not (x in …)`; the `not` stands before the condition.
    let negated = condition.strip_prefix(&["(".to_owned()]);
    if negated.is_some_and(|rest| rest.starts_with(&operand)) {
        return strict("not");
    }
    if let Some(rest) = condition.strip_prefix(operand.as_slice()) {
        let words: Vec<String> = rest
            .iter()
            .take(3)
            .map(|word| word.to_lowercase())
            .collect();
        let is_not_null = words == ["is", "not", "null"];
        return match words.first() {
            Some(op) if compares(op) || op == "in" || op == "not" => strict(op),
            _ => is_not_null,
        };
    }
    match condition.strip_suffix(operand.as_slice()) {
        Some([.., op]) => compares(op) && strict(op),
        _ => false,
    }
}

/// A word, a sign, or something in quotes.
struct Token<'a> {
    text: &'a str,
    start: usize,
    /// In how many parentheses it stands; they themselves stand outside.
    depth: usize,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut depth = 0_usize;
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        let mut end = start + first.len_utf8();
        let mut take_while = |wanted: &dyn Fn(char) -> bool| {
            while let Some((at, c)) = rest.next_if(|(_, c)| wanted(*c)) {
                end = at + c.len_utf8();
            }
        };
        match first {
            c if c.is_whitespace() => continue,
            '\'' | '"' => {
                take_while(&|c| c != first);
                end += rest.next().map_or(0, |(_, c)| c.len_utf8());
            }
            '<' | '>' | '=' | '|' | '-' | '!' => {
                take_while(&|c| matches!(c, '<' | '>' | '=' | '|' | '-'));
            }
            // A name with its table is one word.
            c if is_in_word(c) => take_while(&is_in_word),
            _ => {}
        }
        if first == ')' {
            depth = depth.saturating_sub(1);
        }
        tokens.push(Token {
            text: &text[start..end],
            start,
            depth,
        });
        if first == '(' {
            depth += 1;
        }
    }
    tokens
}

fn is_in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '$')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(String, [bool; 3])> {
        let one = |slip: Slip| {
            let said = [
                slip.is_said_in_postgres,
                slip.is_said_in_streams,
                slip.is_said_in_rules,
            ];
            (slip.text, said)
        };
        slips(text).into_iter().map(one).collect()
    }

    #[test]
    fn each_condition_of_an_and_is_left_out_once() {
        assert_eq!(
            told("a = 1 AND x <> 'is null' AND x IS NOT NULL"),
            [("a = 1 AND x <> 'is null'".to_owned(), [true, false, true])]
        );
        assert_eq!(
            told("(x is null and y) or coalesce(x, z) is not null and b"),
            [
                (
                    "(y) or coalesce(x, z) is not null and b".to_owned(),
                    [false; 3]
                ),
                ("(x is null and y) or b".to_owned(), [false; 3])
            ]
        );
    }

    #[test]
    fn a_where_goes_with_its_only_condition() {
        let told = told("a in (select b from c where d is null)");
        assert_eq!(told, [("a in (select b from c )".to_owned(), [false; 3])]);
    }

    #[test]
    fn what_is_no_part_of_an_and_stays() {
        assert!(told("x is null or y is not null").is_empty());
        assert!(told("where x is null or y").is_empty());
        assert!(told("where (x is null)").is_empty());
    }

    #[test]
    fn a_comparison_beside_it_says_it_too() {
        let said = |text: &str| {
            let [(_, said)] = told(text).try_into().expect("there is one");
            said
        };
        assert_eq!(
            said("x not in (1, 2) and x is not null"),
            [true, false, false]
        );
        assert_eq!(
            said("NOT (x IN '[1]') AND x IS NOT NULL"),
            [true, false, false]
        );
        assert_eq!(
            said("y and x != 'a' AND x IS NOT NULL"),
            [true, false, true]
        );
        assert_eq!(said("x >= 2 and x is not null"), [true; 3]);
        assert_eq!(said("y <> x and x is not null"), [true, false, true]);
        assert_eq!(
            said("s.x || '/' || y <> 'a' and s.x || '/' || y is not null"),
            [true, false, true]
        );
        assert_eq!(said("y = 1 and x is not null"), [false; 3]);
        assert_eq!(said("x = 1 and x is null"), [false; 3]);
    }
}
