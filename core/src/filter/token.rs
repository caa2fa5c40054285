//! The words of a filter.

use super::ast::{Op, Place};
use super::error::{FilterError, Problem};
use crate::excerpt::excerpt;

/// One word, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) place: Place,
    /// Whether it follows the token before without a space.
    pub(super) touches: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Close,
    Comma,
    Op(Op),
    /// A bare word, also `AND`, `OR` and `NOT` in any case.
    Word(String),
    /// A text that stood in quotes.
    Text(String),
    End,
}

impl Kind {
    /// As messages call it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Open => "(".to_owned(),
            Self::Close => ")".to_owned(),
            Self::Comma => "a comma".to_owned(),
            Self::Op(op) => op.as_str().to_owned(),
            Self::Word(word) => excerpt(word).into_owned(),
            Self::Text(text) => format!("{:?}", excerpt(text)),
            Self::End => "the end".to_owned(),
        }
    }

    /// Whether it is that word, written in any case.
    pub(super) fn is_word(&self, wanted: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(wanted))
    }
}

pub(super) const KEYWORDS: [&str; 3] = ["AND", "OR", "NOT"];

fn is_word_char(char: char) -> bool {
    !char.is_whitespace() && !char.is_control() && !"()=!<>,\"'\\".contains(char)
}

/// Whether a text can stand without quotes and still be the same value.
pub(super) fn is_bare(text: &str) -> bool {
    let is_keyword = KEYWORDS.iter().any(|word| word.eq_ignore_ascii_case(text));
    !text.is_empty() && text.chars().all(is_word_char) && !is_keyword
}

/// All tokens of the text, the last one `End`.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut chars = text.chars().enumerate().peekable();
    let mut tokens = Vec::new();
    let mut touches = false;
    while let Some(&(position, char)) = chars.peek() {
        if char.is_whitespace() {
            chars.next();
            touches = false;
            continue;
        }
        let kind = match char {
            '"' | '\'' => Kind::Text(quoted(&mut chars)?),
            _ if is_word_char(char) => Kind::Word(word(&mut chars)),
            _ => {
                chars.next();
                symbol(char, position, &mut chars)?
            }
        };
        tokens.push(Token { kind, place: Place(position), touches });
        touches = true;
    }
    let place = Place(text.chars().count());
    tokens.push(Token { kind: Kind::End, place, touches: false });
    Ok(tokens)
}

type Chars<'t> = std::iter::Peekable<std::iter::Enumerate<std::str::Chars<'t>>>;

fn word(chars: &mut Chars<'_>) -> String {
    let mut word = String::new();
    while let Some((_, char)) = chars.next_if(|(_, char)| is_word_char(*char)) {
        word.push(char);
    }
    word
}

fn quoted(chars: &mut Chars<'_>) -> Result<String, FilterError> {
    let (start, quote) = chars.next().unwrap_or((0, '"'));
    let mut text = String::new();
    while let Some((_, char)) = chars.next() {
        match char {
            '\\' => text.extend(chars.next().map(|(_, escaped)| escaped)),
            _ if char == quote => return Ok(text),
            _ => text.push(char),
        }
    }
    Err(FilterError::at(Place(start), Problem::OpenText { quote }))
}

fn symbol(char: char, position: usize, chars: &mut Chars<'_>) -> Result<Kind, FilterError> {
    let mut or_equal = || chars.next_if(|(_, next)| *next == '=').is_some();
    Ok(match char {
        '(' => Kind::Open,
        ')' => Kind::Close,
        ',' => Kind::Comma,
        // Two signs, as programmers write it, can mean nothing else.
        '=' => {
            or_equal();
            Kind::Op(Op::Equal)
        }
        '<' if or_equal() => Kind::Op(Op::LessOrEqual),
        '<' => Kind::Op(Op::Less),
        '>' if or_equal() => Kind::Op(Op::GreaterOrEqual),
        '>' => Kind::Op(Op::Greater),
        '!' if or_equal() => Kind::Op(Op::NotEqual),
        _ => {
            let expected = "a word, a quote, an operator or a parenthesis";
            let problem = Problem::Expected { expected, found: format!("{char:?}") };
            return Err(FilterError::at(Place(position), problem));
        }
    })
}
