//! What a table's macro hands in: the struct, and the columns of the table.
//!
//! The form is written by `synctable::columns!` and read here; `synctable::abi` is its version.

use proc_macro2::token_stream::IntoIter;
use proc_macro2::{Delimiter, Ident, Literal, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::{DeriveInput, LitStr};

/// All of it.
pub(crate) struct Given {
    pub(crate) input: DeriveInput,
    pub(crate) table: Table,
}

/// A table as its macro describes it.
pub(crate) struct Table {
    /// Its declared name.
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
}

/// `"note" NOTE (Kind::TEXT) (Option<String>) both maybe`, with the field behind `NOTE` where it is called otherwise.
pub(crate) struct Column {
    /// Its declared name.
    pub(crate) name: String,
    /// A field's name that means it without saying so, without `r#`.
    pub(crate) field: String,
    /// Its constant in the table's module.
    pub(crate) constant: Ident,
    kind: TokenStream,
    /// The type of its values, as the table's module writes it.
    pub(crate) ty: TokenStream,
    /// The same by its full path, without blanks.
    pub(crate) holds: String,
    pub(crate) side: Side,
    pub(crate) sent: Sent,
}

/// Whether uploads carry a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// A part of the key: always.
    Key,
    /// Always in a new row.
    Needed,
    /// Always in a new row, and never changed.
    NeededOnce,
    /// Perhaps.
    Maybe,
    /// Perhaps in a new row, and never changed.
    MaybeOnce,
    /// Never.
    Never,
}

/// Who has a column, or a row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Both,
    Device,
    Server,
}

impl Given {
    /// Reads what the table's macro says, token by token: it is read for every struct, and no person writes it.
    ///
    /// # Errors
    /// What syn says of the struct; and a module whose macro says something else, which another version wrote.
    pub(crate) fn read(tokens: TokenStream) -> syn::Result<Self> {
        let mut tokens = tokens.into_iter();
        let Some(TokenTree::Group(input)) = tokens.next() else {
            return Err(syn::Error::new(Span::call_site(), OTHER_VERSION));
        };
        let input: DeriveInput = syn::parse2(input.stream())?;
        let table = Table::read(&mut tokens)
            .ok_or_else(|| syn::Error::new(Span::call_site(), OTHER_VERSION))?;
        Ok(Given { input, table })
    }
}

pub(crate) const OTHER_VERSION: &str =
    "the table's module was written by another version of `codegen`: run `codegen generate`";

impl Table {
    /// Reads what stands behind the struct.
    pub(crate) fn read(tokens: &mut IntoIter) -> Option<Self> {
        let name = text(&literal(tokens)?)?;
        let mut columns = Vec::new();
        while let Some(token) = tokens.next() {
            let TokenTree::Literal(name) = token else {
                return None;
            };
            columns.push(Column::read(text(&name)?, tokens)?);
        }
        Some(Table { name, columns })
    }
}

impl Column {
    fn read(name: String, tokens: &mut IntoIter) -> Option<Self> {
        let constant = ident(tokens)?;
        let (field, kind) = match tokens.next()? {
            TokenTree::Ident(field) => (Some(field), group(tokens.next()?)?),
            token => (None, group(token)?),
        };
        let ty = group(tokens.next()?)?;
        let column = Column {
            field: field.map_or_else(|| name.clone(), |field| field.unraw().to_string()),
            name,
            constant,
            kind,
            holds: holds(ty.clone()),
            ty,
            side: Side::of(&ident(tokens)?)?,
            sent: Sent::of(&ident(tokens)?)?,
        };
        matches!(tokens.next()?, TokenTree::Punct(comma) if comma.as_char() == ',')
            .then_some(column)
    }

    /// Whether null is a value.
    pub(crate) fn is_nullable(&self) -> bool {
        self.holds.starts_with("Option<")
    }

    /// The declared kind of a column that holds neither labels nor a domain, as it is written.
    pub(crate) fn kind(&self) -> String {
        let kind = spelt(self.kind.clone(), |_| "");
        let inside = |start: &str, end: &str| -> Option<String> {
            Some(kind.strip_prefix(start)?.strip_suffix(end)?.to_owned())
        };
        if let Some(sql) = inside("Kind::Opaque(Name::Borrowed(\"", "\"))") {
            let sql =
                syn::parse_str::<LitStr>(&format!("\"{sql}\"")).map_or(sql, |sql| sql.value());
            return format!("opaque('{}')", sql.replace('\'', "''"));
        }
        if let Some(scalar) = inside("Kind::List(Element::Scalar(Scalar::", "))") {
            return format!("list({})", scalar_of(&scalar));
        }
        let scalar = inside("Kind::Scalar(Scalar::", ")").or_else(|| inside("Kind::", ""));
        scalar_of(&scalar.unwrap_or(kind))
    }
}

/// A scalar as it is declared, from its variant in Rust.
fn scalar_of(variant: &str) -> String {
    let declared = variant.to_ascii_lowercase();
    declared
        .replace("{precision:", "(")
        .replace("scale:", "")
        .replace('}', ")")
}

/// Types that a table's module imports from `synctable`; to others they are told by their full path.
const IMPORTED: &[&str] = &[
    "Date",
    "Decimal",
    "Interval",
    "Json",
    "LocalTimestamp",
    "Time",
    "Timestamp",
    "Uuid",
];

/// The type of a column's values, by its full path.
fn holds(tokens: TokenStream) -> String {
    spelt(tokens, |ident| match IMPORTED.contains(&ident) {
        true => "synctable::",
        false => "",
    })
}

/// Tokens without blanks, each word behind what `path` has for it where no path stands before it.
fn spelt(tokens: TokenStream, path: impl Fn(&str) -> &'static str + Copy) -> String {
    let mut text = String::new();
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                let ident = ident.to_string();
                if !text.ends_with(':') {
                    text.push_str(path(&ident));
                }
                text.push_str(&ident);
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                text.push_str(&spelt(group.stream(), path));
                text.push_str(close);
            }
            TokenTree::Punct(punct) => text.push(punct.as_char()),
            TokenTree::Literal(literal) => text.push_str(&literal.to_string()),
        }
    }
    text
}

impl Side {
    fn of(word: &Ident) -> Option<Self> {
        Some(match word.to_string().as_str() {
            "both" => Side::Both,
            "device" => Side::Device,
            "server" => Side::Server,
            _ => return None,
        })
    }
}

impl Sent {
    fn of(word: &Ident) -> Option<Self> {
        Some(match word.to_string().as_str() {
            "key" => Sent::Key,
            "needed" => Sent::Needed,
            "needed_once" => Sent::NeededOnce,
            "maybe" => Sent::Maybe,
            "maybe_once" => Sent::MaybeOnce,
            "never" => Sent::Never,
            _ => return None,
        })
    }
}

fn literal(tokens: &mut IntoIter) -> Option<Literal> {
    match tokens.next()? {
        TokenTree::Literal(literal) => Some(literal),
        _ => None,
    }
}

/// What stands between the brackets.
pub(crate) fn group(token: TokenTree) -> Option<TokenStream> {
    match token {
        TokenTree::Group(group) => Some(group.stream()),
        _ => None,
    }
}

pub(crate) fn ident(tokens: &mut IntoIter) -> Option<Ident> {
    match tokens.next()? {
        TokenTree::Ident(ident) => Some(ident),
        _ => None,
    }
}

/// What stands between the quotes.
fn text(literal: &Literal) -> Option<String> {
    let quoted = literal.to_string();
    if quoted.contains('\\') {
        return syn::parse_str::<LitStr>(&quoted)
            .ok()
            .map(|text| text.value());
    }
    Some(quoted.strip_prefix('"')?.strip_suffix('"')?.to_owned())
}

impl Table {
    /// Whether any device has it.
    pub(crate) fn on_device(&self) -> bool {
        self.columns
            .iter()
            .any(|column| column.side != Side::Server)
    }

    /// Whether the server has it.
    pub(crate) fn on_server(&self) -> bool {
        self.columns
            .iter()
            .any(|column| column.side != Side::Device)
    }

    /// Whether a row on a device may have no value in a column that is never null: the server has not filled it in yet, or
    /// the row came from the server and the column is the device's alone.
    pub(crate) fn may_lack(&self, column: &Column) -> bool {
        let uploads = self.columns.iter().any(|one| one.sent == Sent::Key);
        let fills = match column.sent {
            Sent::Key | Sent::Needed | Sent::NeededOnce => false,
            Sent::Maybe | Sent::MaybeOnce | Sent::Never => true,
        };
        let lacks = match column.side {
            Side::Both => uploads && fills,
            Side::Device => self.on_server(),
            Side::Server => false,
        };
        lacks && !column.is_nullable()
    }
}
