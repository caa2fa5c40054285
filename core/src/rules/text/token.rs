//! The words of a text.

use super::super::place::Place;
use super::literal::Literal;

/// One word, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A number as it was written.
    Number(Literal),
    /// A name or a keyword.
    Name(String),
    /// `1d`, `4h`: a number that letters follow at once.
    Timeframe(String),
    /// A text that stood in quotes.
    Text(String),
    /// An operator or a bracket.
    Symbol(&'static str),
    /// The end of a statement.
    Newline,
    /// The end of the text.
    End,
}

/// All symbols; of two that begin alike the longer one first.
pub(super) const SYMBOLS: [&str; 19] = [
    "<=", ">=", "==", "!=", "+", "-", "*", "/", "^", "(", ")", "[", "]", ",", ".", "<", ">", "=",
    "@",
];

/// What other languages write, and what it is here.
pub(super) const FOREIGN: [(&str, &str); 9] = [
    ("&&", "and"),
    ("||", "or"),
    (":=", "="),
    ("**", "^"),
    ("//", "#"),
    ("!", "not "),
    ("&", "and"),
    ("|", "or"),
    ("<>", "!="),
];

impl Kind {
    /// As messages call it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Number(literal) => literal.to_string(),
            Self::Name(name) | Self::Timeframe(name) => name.clone(),
            Self::Text(text) => format!("{text:?}"),
            Self::Symbol(symbol) => (*symbol).to_owned(),
            Self::Newline => "the end of the line".to_owned(),
            Self::End => "the end of the text".to_owned(),
        }
    }
}
