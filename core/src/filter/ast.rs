//! What a filter says, as a tree. Printing it gives a text that says the same.

use std::fmt;

use super::error::{FilterError, Problem};
use super::token::is_bare;
use crate::excerpt::excerpt;
use crate::spelling::nearest;

/// Which items of a list are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// All of these hold; at least two.
    All(Vec<Filter>),
    /// One of these holds; at least two.
    Any(Vec<Filter>),
    /// This does not hold.
    Not(Box<Filter>),
    /// A field compared with a value.
    Compare(Comparison),
}

/// A field compared with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What is compared.
    pub field: Field,
    /// How.
    pub op: Op,
    /// With what.
    pub value: Value,
}

/// A field by its path: `state`, `labels.desk`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The parts between the dots; at least one.
    pub path: Vec<String>,
    /// Where it stands in the text.
    pub place: Place,
}

/// A value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The text, without quotes.
    pub text: String,
    /// Where it stands in the text.
    pub place: Place,
}

/// Characters before something in the text. No part of what a filter means, so all are equal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place(pub usize);

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Place {}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Op {
    /// As it is written here and in SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// Whether it asks only for sameness, which every value has.
    pub const fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }
}

impl Field {
    /// The first part: which field.
    pub fn name(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }

    /// What stands after the first dot; `None` if there is none.
    pub fn rest(&self) -> Option<String> {
        (self.path.len() > 1).then(|| self.path[1..].join("."))
    }

    /// The refusal of a field that is not among `known`.
    pub fn unknown<S: AsRef<str>>(&self, known: &[S]) -> FilterError {
        self.unknown_among(known, known)
    }

    /// The refusal of a field that is none of `names`; `shown` says what there is.
    pub fn unknown_among<N, S>(&self, names: &[N], shown: &[S]) -> FilterError
    where
        N: AsRef<str>,
        S: AsRef<str>,
    {
        let name = excerpt(&self.to_string()).into_owned();
        let nearest = nearest(&name, names).map(|word| word.as_ref().to_owned());
        let known = shown.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
        FilterError::at(self.place, Problem::UnknownField { name, nearest, known })
    }

    /// The refusal of a bare name that several kinds of fields have.
    pub fn ambiguous(&self, kinds: &'static [&'static str]) -> FilterError {
        let name = excerpt(&self.to_string()).into_owned();
        FilterError::at(self.place, Problem::Ambiguous { name, kinds })
    }

    /// The refusal of a field whose values cannot be compared within the list.
    pub fn drawn(&self) -> FilterError {
        let name = excerpt(&self.to_string()).into_owned();
        FilterError::at(self.place, Problem::Drawn { name })
    }
}

impl Comparison {
    /// The refusal of an operator that means nothing for the field.
    pub fn wrong_op(&self) -> FilterError {
        let field = excerpt(&self.field.to_string()).into_owned();
        let op = self.op.as_str();
        FilterError::at(self.value.place, Problem::NoOrder { field, op })
    }

    /// The refusal of a value that the field cannot have; `wanted` completes "must be …".
    pub fn wrong_value(&self, wanted: impl Into<String>) -> FilterError {
        let (field, found) = (self.field.to_string(), excerpt(&self.value.text).into_owned());
        let (field, wanted) = (excerpt(&field).into_owned(), wanted.into());
        FilterError::at(self.value.place, Problem::WrongValue { field, wanted, found })
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(filters) => {
                joined(f, " AND ", filters, |inner| matches!(inner, Self::All(_)))
            }
            Self::Any(filters) => {
                joined(f, " OR ", filters, |inner| matches!(inner, Self::All(_) | Self::Any(_)))
            }
            Self::Not(inner) if matches!(**inner, Self::All(_) | Self::Any(_)) => {
                write!(f, "NOT ({inner})")
            }
            Self::Not(inner) => write!(f, "NOT {inner}"),
            Self::Compare(Comparison { field, op, value }) => {
                write!(f, "{field} {} {value}", op.as_str())
            }
        }
    }
}

fn joined(
    f: &mut fmt::Formatter<'_>,
    word: &str,
    filters: &[Filter],
    in_parentheses: impl Fn(&Filter) -> bool,
) -> fmt::Result {
    for (index, filter) in filters.iter().enumerate() {
        let word = if index == 0 { "" } else { word };
        if in_parentheses(filter) {
            write!(f, "{word}({filter})")?;
        } else {
            write!(f, "{word}{filter}")?;
        }
    }
    Ok(())
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.path.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            quoted_unless(f, part, is_bare(part) && !part.contains('.'))?;
        }
        Ok(())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        quoted_unless(f, &self.text, is_bare(&self.text))
    }
}

fn quoted_unless(f: &mut fmt::Formatter<'_>, text: &str, is_bare: bool) -> fmt::Result {
    if is_bare {
        return f.write_str(text);
    }
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
