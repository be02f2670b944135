//! What a table's macro hands in: the struct, and the columns of the table.
//!
//! The form is written by the template `constants/table.rs` and read here; `synctable::abi` is its version.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{DeriveInput, LitStr, Token, braced};

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

/// `"note" note NOTE "text" "Option<String>" both maybe`.
pub(crate) struct Column {
    /// Its declared name.
    pub(crate) name: String,
    /// A field's name that means it without saying so, without `r#`.
    pub(crate) field: String,
    /// Its constant in the table's module.
    pub(crate) constant: Ident,
    /// The declared kind, as it is written.
    pub(crate) kind: String,
    /// The type of its values in Rust, without blanks.
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

impl Parse for Given {
    fn parse(stream: ParseStream<'_>) -> syn::Result<Self> {
        let input;
        braced!(input in stream);
        Ok(Given {
            input: input.parse()?,
            table: Table {
                name: stream.parse::<LitStr>()?.value(),
                columns: Punctuated::<Column, Token![,]>::parse_terminated(stream)?
                    .into_iter()
                    .collect(),
            },
        })
    }
}

impl Parse for Column {
    fn parse(stream: ParseStream<'_>) -> syn::Result<Self> {
        let text = |stream: ParseStream<'_>| stream.parse::<LitStr>().map(|text| text.value());
        Ok(Column {
            name: text(stream)?,
            field: stream.call(Ident::parse_any)?.unraw().to_string(),
            constant: stream.parse()?,
            kind: text(stream)?,
            holds: text(stream)?,
            side: stream.parse()?,
            sent: stream.parse()?,
        })
    }
}

impl Parse for Side {
    fn parse(stream: ParseStream<'_>) -> syn::Result<Self> {
        let word: Ident = stream.parse()?;
        match word.to_string().as_str() {
            "both" => Ok(Side::Both),
            "device" => Ok(Side::Device),
            "server" => Ok(Side::Server),
            _ => Err(syn::Error::new_spanned(word, "no side")),
        }
    }
}

impl Parse for Sent {
    fn parse(stream: ParseStream<'_>) -> syn::Result<Self> {
        let word: Ident = stream.parse()?;
        match word.to_string().as_str() {
            "key" => Ok(Sent::Key),
            "needed" => Ok(Sent::Needed),
            "needed_once" => Ok(Sent::NeededOnce),
            "maybe" => Ok(Sent::Maybe),
            "maybe_once" => Ok(Sent::MaybeOnce),
            "never" => Ok(Sent::Never),
            _ => Err(syn::Error::new_spanned(word, "no way to be sent")),
        }
    }
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
}
