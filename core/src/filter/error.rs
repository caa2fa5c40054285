//! Why a text is no filter, and where.

use super::ast::Place;

/// A text that is no filter or order of this list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at character {}: {problem}", position + 1)]
pub struct FilterError {
    /// Characters before the place.
    pub position: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Something else should stand there.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A quote without its end.
    #[error("this text has no closing {quote}")]
    OpenText {
        /// Which quote.
        quote: char,
    },
    /// Above a limit.
    #[error("a filter has at most {limit} {of}")]
    TooMuch {
        /// The limit.
        limit: usize,
        /// Of what.
        of: &'static str,
    },
    /// The list has no such field.
    #[error("there is no field {name}{}; there are {known}", did_you_mean(nearest.as_deref()))]
    UnknownField {
        /// What was written.
        name: String,
        /// What may have been meant.
        nearest: Option<String>,
        /// What there is.
        known: String,
    },
    /// Several kinds of fields have that name.
    #[error("{name} may be {}: say which", choices(name, kinds))]
    Ambiguous {
        /// What was written.
        name: String,
        /// What stands before the name.
        kinds: &'static [&'static str],
    },
    /// The field's values are drawn from a range, trial by trial, and stored nowhere.
    #[error("{name} is drawn from a range: lists can be neither filtered nor sorted by it")]
    Drawn {
        /// What was written.
        name: String,
    },
    /// The field's values have no order.
    #[error("{field} is compared by = and != only, not by {op}")]
    NoOrder {
        /// Which field.
        field: String,
        /// Which operator.
        op: &'static str,
    },
    /// The field cannot have that value.
    #[error("{field} must be {wanted}, not {found:?}")]
    WrongValue {
        /// Which field.
        field: String,
        /// What it can be.
        wanted: String,
        /// What was written.
        found: String,
    },
}

impl FilterError {
    pub(super) const fn at(place: Place, problem: Problem) -> Self {
        Self { position: place.0, problem }
    }
}

fn choices(name: &str, kinds: &[&str]) -> String {
    kinds.iter().map(|kind| format!("{kind}.{name}")).collect::<Vec<_>>().join(" or ")
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |nearest| format!(", did you mean {nearest}?"))
}
