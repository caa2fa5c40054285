//! In which order a list is wanted: `create_time desc, run_id`.

use super::ast::{Field, Place};
use super::error::{FilterError, Problem};
use super::parse::check_length;
use crate::excerpt::excerpt;

/// Fields that one order may name.
const KEYS_MAX: usize = 8;

/// One field to sort by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderKey {
    /// Which field.
    pub field: Field,
    /// Which way.
    pub direction: Direction,
}

/// Which way to sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Small ones first.
    Ascending,
    /// Large ones first.
    Descending,
}

/// Reads fields parted by commas, each with `asc` (the default) or `desc`; empty text, no keys.
///
/// # Errors
///
/// What is wrong first, with its place.
pub fn parse_order(text: &str) -> Result<Vec<OrderKey>, FilterError> {
    check_length(text)?;
    let mut keys = Vec::new();
    let mut position = 0;
    for part in text.split(',') {
        if !text.trim().is_empty() {
            keys.push(key(part, position)?);
        }
        position += part.chars().count() + 1;
    }
    if keys.len() > KEYS_MAX {
        let problem = Problem::TooMuch { limit: KEYS_MAX, of: "fields to sort by" };
        return Err(FilterError { position: 0, problem });
    }
    Ok(keys)
}

fn key(part: &str, position: usize) -> Result<OrderKey, FilterError> {
    let before = part.chars().take_while(|char| char.is_whitespace()).count();
    let place = Place(position + before);
    let expected = |found: &str| {
        let expected = "a field, and asc or desc after it";
        let found = if found.is_empty() { "nothing".into() } else { excerpt(found).into_owned() };
        FilterError::at(place, Problem::Expected { expected, found })
    };
    let mut words = part.split_whitespace();
    let path: Vec<String> = words.next().unwrap_or("").split('.').map(str::to_owned).collect();
    let direction = match (words.next(), words.next()) {
        (None, None) => Direction::Ascending,
        (Some(word), None) if word.eq_ignore_ascii_case("asc") => Direction::Ascending,
        (Some(word), None) if word.eq_ignore_ascii_case("desc") => Direction::Descending,
        _ => return Err(expected(part.trim())),
    };
    if path.iter().any(String::is_empty) {
        return Err(expected(part.trim()));
    }
    Ok(OrderKey { field: Field { path, place }, direction })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_come_with_or_without_a_direction() {
        let keys = parse_order(" create_time DESC,run_id , metrics.sharpe asc").unwrap();
        let shown: Vec<_> = keys.iter().map(|key| (key.field.to_string(), key.direction)).collect();
        let expected = [
            ("create_time".to_owned(), Direction::Descending),
            ("run_id".to_owned(), Direction::Ascending),
            ("metrics.sharpe".to_owned(), Direction::Ascending),
        ];
        assert_eq!(shown, expected);
        assert_eq!(parse_order(" "), Ok(Vec::new()));
    }

    #[test]
    fn other_texts_are_refused_with_their_place() {
        let refused = [
            ("a down", "at character 1: expected a field, and asc or desc after it, found a down"),
            ("a, ", "at character 4: expected a field, and asc or desc after it, found nothing"),
            ("a..b", "at character 1: expected a field, and asc or desc after it, found a..b"),
        ];
        for (text, message) in refused {
            assert_eq!(parse_order(text).unwrap_err().to_string(), message);
        }
        assert!(parse_order(&"a,".repeat(20)).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            _ = parse_order(&text);
        }
    }
}
