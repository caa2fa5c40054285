//! What is wrong with a text, where, and what would be right.

use std::fmt;

use super::place::Place;

/// Whether a text can be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can, but may not mean what it says.
    Warning,
}

/// The kind of a mistake, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// No sentence of the language.
    Syntax,
    /// A name that nothing has.
    UnknownName,
    /// A function that there is none of.
    UnknownFunction,
    /// A function that has no such argument, or a fact that has no such part.
    Arguments,
    /// A number where a condition belongs, or the like.
    Type,
    /// A length, a bound or a limit that depends on the market.
    NotConstant,
    /// A constant out of its bounds.
    Range,
    /// A value that needs itself.
    Cycle,
    /// A clock that there is none of.
    Clock,
    /// A name given twice, or one that is taken.
    Duplicate,
    /// More than the language takes.
    Limit,
    /// Prices beside plain numbers, or a share where a price belongs.
    MixedUnits,
    /// A window over a value that is held for many bars.
    HeldWindow,
    /// A condition that cannot be true, or a value that is none on every bar.
    NeverTrue,
    /// A definition or parameter that nothing reads, or an exit of a side that nothing opens.
    Unused,
    /// A position that nothing closes.
    NoExit,
    /// A short position without a stop.
    UnprotectedShort,
    /// A size by the way to a stop that is not there.
    NoStop,
    /// A stop or a target on the side of the entry's price where it closes what was just entered.
    ClosesAtOnce,
    /// Defaults of parameters that do not fit one another.
    Defaults,
}

impl Code {
    /// As it stands in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "SYNTAX",
            Self::UnknownName => "UNKNOWN_NAME",
            Self::UnknownFunction => "UNKNOWN_FUNCTION",
            Self::Arguments => "ARGUMENTS",
            Self::Type => "TYPE",
            Self::NotConstant => "NOT_CONSTANT",
            Self::Range => "RANGE",
            Self::Cycle => "CYCLE",
            Self::Clock => "CLOCK",
            Self::Duplicate => "DUPLICATE",
            Self::Limit => "LIMIT",
            Self::MixedUnits => "MIXED_UNITS",
            Self::HeldWindow => "HELD_WINDOW",
            Self::NeverTrue => "NEVER_TRUE",
            Self::Unused => "UNUSED",
            Self::NoExit => "NO_EXIT",
            Self::UnprotectedShort => "UNPROTECTED_SHORT",
            Self::NoStop => "NO_STOP",
            Self::ClosesAtOnce => "CLOSES_AT_ONCE",
            Self::Defaults => "DEFAULTS",
        }
    }

    /// Whether a text with such a mistake can be run.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Syntax
            | Self::UnknownName
            | Self::UnknownFunction
            | Self::Arguments
            | Self::Type
            | Self::NotConstant
            | Self::Range
            | Self::Cycle
            | Self::Clock
            | Self::Duplicate
            | Self::Limit => Severity::Error,
            Self::MixedUnits
            | Self::HeldWindow
            | Self::NeverTrue
            | Self::Unused
            | Self::NoExit
            | Self::UnprotectedShort
            | Self::NoStop
            | Self::ClosesAtOnce
            | Self::Defaults => Severity::Warning,
        }
    }
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its kind.
    pub code: Code,
    /// Where it stands.
    pub place: Place,
    /// What is wrong and what would be valid, as a sentence without a full stop.
    pub message: String,
    /// What to put in place of what stands there; empty if nothing is near.
    pub suggestion: String,
}

impl Diagnostic {
    /// A mistake with nothing to put in its place.
    pub(super) fn new(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self { code, place, message: message.into(), suggestion: String::new() }
    }

    /// The same with what was probably meant, which the message names too.
    #[must_use]
    pub(super) fn meant(mut self, suggestion: Option<&str>) -> Self {
        if let Some(suggestion) = suggestion {
            self.message.push_str(" (did you mean ");
            self.message.push_str(suggestion);
            self.message.push_str("?)");
            suggestion.clone_into(&mut self.suggestion);
        }
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { line, column, .. } = self.place;
        write!(f, "{line}:{column}: {} {}", self.code.as_str(), self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_goes_on_to_the_end_of_another_on_its_line() {
        let at = |line, column, length| Place { line, column, length };
        assert_eq!(at(1, 3, 2).to(at(1, 9, 4)), at(1, 3, 10));
        assert_eq!(at(1, 3, 2).to(at(2, 1, 4)), at(1, 3, 2));
    }
}
