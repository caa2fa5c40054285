//! Reading single fields: the value, or a violation with the field's path.

use uuid::Uuid;

use crate::excerpt::excerpt;
use crate::market::Decimal;
use crate::run::Violations;

/// Which decimals a field takes.
#[derive(Clone, Copy)]
pub(super) enum Bound {
    /// Above zero.
    Positive,
    /// Zero or above.
    Amount,
    /// From zero to below one.
    Rate,
    /// Above minus one and below one.
    Return,
}

impl Bound {
    fn admits(self, value: Decimal) -> bool {
        let below_one = value.to_f64() < 1.0;
        match self {
            Self::Positive => value.is_positive(),
            Self::Amount => !value.is_negative(),
            Self::Rate => !value.is_negative() && below_one,
            Self::Return => value.to_f64() > -1.0 && below_one,
        }
    }

    const fn wanted(self) -> &'static str {
        match self {
            Self::Positive => "must be above 0",
            Self::Amount => "must be 0 or above",
            Self::Rate => "must be at least 0 and below 1",
            Self::Return => "must be above -1 and below 1",
        }
    }
}

/// A decimal within its bound; an empty text is the default, and required where there is none.
pub(super) fn decimal(
    text: &str,
    field: String,
    bound: Bound,
    default: Option<Decimal>,
    violations: &mut Violations,
) -> Option<Decimal> {
    if text.is_empty() {
        if default.is_none() {
            violations.add(field, "is required, as a decimal such as \"10000\"");
        }
        return default;
    }
    let value = match text.parse::<Decimal>() {
        Ok(value) => value,
        Err(error) => {
            violations.add(field, format!("{:?} {error}", excerpt(text)));
            return None;
        }
    };
    if bound.admits(value) {
        return Some(value);
    }
    violations.add(field, format!("{} but is {}", bound.wanted(), excerpt(text)));
    None
}

/// A UUID, or `None` where the text is empty.
pub(super) fn uuid(text: &str, field: &str, violations: &mut Violations) -> Option<Uuid> {
    if text.is_empty() {
        return None;
    }
    let parsed = Uuid::parse_str(text).map_err(|_| format!("{:?} is not a UUID", excerpt(text)));
    violations.check(field, parsed)
}

/// One of an enum's numbers, or `None` after noting which are known.
pub(super) fn choice<T>(
    number: i32,
    field: &str,
    known: &[(i32, T)],
    violations: &mut Violations,
) -> Option<T>
where
    T: Copy,
{
    let found = known.iter().find(|(value, _)| *value == number).map(|(_, choice)| *choice);
    if found.is_none() {
        let most = known.iter().map(|(value, _)| *value).max().unwrap_or(0);
        violations.add(field, format!("{number} is no number of this enum (0 to {most})"));
    }
    found
}
