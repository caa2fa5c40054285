//! What is wrong with a request, field by field, all at once.

use std::fmt;

use crate::excerpt::cut;

/// One field that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field in the request: `backtest.simulation.initial_cash`.
    pub field: String,
    /// What would be valid, without the field's name.
    pub message: String,
}

/// All that is wrong with a request: told one by one up to a hundred, beyond that counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations {
    told: Vec<Violation>,
    more: usize,
}

/// The most violations that are told. Who reads a hundred has enough to do.
const TOLD_MAX: usize = 100;
/// The most characters of a path, which may hold names that the caller chose.
const FIELD_CHARS_MAX: usize = 200;
/// The most characters of what would be valid.
const MESSAGE_CHARS_MAX: usize = 2_000;

impl Violations {
    /// Notes a field that cannot be taken.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        if self.told.len() == TOLD_MAX {
            self.more += 1;
            return;
        }
        let (field, message) = (field.into(), message.into());
        self.told.push(Violation {
            field: cut(&field, FIELD_CHARS_MAX).into_owned(),
            message: cut(&message, MESSAGE_CHARS_MAX).into_owned(),
        });
    }

    /// The value, or `None` after noting why the field cannot be taken.
    pub fn check<T, E: fmt::Display>(
        &mut self,
        field: impl Into<String>,
        result: Result<T, E>,
    ) -> Option<T> {
        result.map_err(|error| self.add(field, error.to_string())).ok()
    }

    /// The first items of a list, as many as are taken; that there are more is noted.
    pub fn at_most<'l, T>(&mut self, max: usize, field: &str, list: &'l [T]) -> &'l [T] {
        self.count_at_most(max, field, list.len());
        &list[..list.len().min(max)]
    }

    /// Notes if there are more than are taken.
    pub fn count_at_most(&mut self, max: usize, field: &str, count: usize) {
        if count > max {
            self.add(field, format!("at most {max} are taken, but there are {count}"));
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// Whether anything is wrong with a field whose path begins so, as far as that is known.
    pub fn any_under(&self, path: &str) -> bool {
        self.more > 0 || self.told.iter().any(|violation| violation.field.starts_with(path))
    }

    /// Those that are told, one after the other.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Violation> {
        self.told.iter()
    }

    /// How many there are beside those that are told.
    pub const fn more(&self) -> usize {
        self.more
    }

    /// Takes what is wrong with a part that says where it stands as if it stood elsewhere.
    pub fn extend_moved(&mut self, part: Self, from: &str, to: &str) {
        for Violation { field, message } in part.told {
            let moved = field.strip_prefix(from).map(|rest| format!("{to}{rest}"));
            self.add(moved.unwrap_or(field), message);
        }
        self.more += part.more;
    }

    /// Refuses if anything is wrong.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.told.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{violation}")?;
        }
        if self.more > 0 { write!(f, "; and {} more", self.more) } else { Ok(()) }
    }
}

impl std::error::Error for Violations {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_hundred_they_are_only_counted() {
        let mut violations = Violations::default();
        for index in 0..480 {
            violations.add(format!("axes[{index}]"), "is wrong");
        }
        assert_eq!((violations.iter().len(), violations.more()), (100, 380));
        assert!(violations.to_string().ends_with("axes[99]: is wrong; and 380 more"));
    }

    #[test]
    fn a_path_or_message_of_any_length_is_cut() {
        let mut violations = Violations::default();
        violations.add(format!("labels.{}", "x".repeat(20_000)), "y".repeat(20_000));
        assert!(violations.to_string().chars().count() < 2_300);
    }

    #[test]
    fn a_list_is_read_up_to_its_limit_and_the_rest_is_told() {
        let mut violations = Violations::default();
        assert_eq!(violations.at_most(2, "axes", &[1, 2, 3]), [1, 2]);
        assert_eq!(violations.to_string(), "axes: at most 2 are taken, but there are 3");
    }
}
