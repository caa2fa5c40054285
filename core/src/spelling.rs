//! Which right spelling a word that is none was perhaps meant to be.

use crate::excerpt::EXCERPT_CHARS_MAX;

/// So many letters of a longer word are enough to know it by.
const PREFIX_MIN: usize = 3;

/// The known word nearest to a wrong one, the first of several; `None` if none is near.
pub fn nearest<W: AsRef<str>>(wrong: &str, known: impl IntoIterator<Item = W>) -> Option<W> {
    let near = |word: W| Some((distance(wrong, word.as_ref())?, word));
    known.into_iter().filter_map(near).min_by_key(|(distance, _)| *distance).map(|(_, word)| word)
}

/// How far a wrong word is from a known one, in any case: how many letters are changed, missing,
/// too many or exchanged, at most one and a quarter of the known word's. Farther than these is a
/// word whose beginning it is. `None` if it is not near.
pub fn distance(wrong: &str, known: &str) -> Option<usize> {
    // Comparing takes the product of both lengths, and no name of ours is so long.
    if wrong.len() > EXCERPT_CHARS_MAX {
        return None;
    }
    let (wrong, known) = (wrong.to_lowercase(), known.to_lowercase());
    let letters = known.chars().count();
    let changes_max = 1 + letters / 4;
    let changes = strsim::osa_distance(&wrong, &known);
    if changes <= changes_max && changes < letters {
        return Some(changes);
    }
    let is_beginning = wrong.chars().count() >= PREFIX_MIN && known.starts_with(&wrong);
    is_beginning.then_some(changes_max.max(changes))
}

/// ` (did you mean "x"?)` for the known word nearest to a wrong one; empty if none is near.
pub fn did_you_mean<W: AsRef<str>>(wrong: &str, known: impl IntoIterator<Item = W>) -> String {
    let near = nearest(wrong, known);
    near.map_or_else(String::new, |word| format!(" (did you mean {:?}?)", word.as_ref()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_nearest_word_is_named_and_a_far_one_is_not() {
        let known = ["sma", "ema", "crosses_above", "rsi", "commission_rate"];
        let nearest = |word| nearest(word, known);
        assert_eq!(nearest("smaa"), Some("sma"));
        assert_eq!(nearest("SMA"), Some("sma"));
        assert_eq!(nearest("cross_above"), Some("crosses_above"));
        assert_eq!(nearest("comision_rate"), Some("commission_rate"));
        assert_eq!(nearest("moon"), None);
        assert_eq!(nearest(""), None);
    }

    #[test]
    fn the_beginning_of_a_word_finds_it_unless_another_is_nearer() {
        assert_eq!(nearest("comm", ["commission_rate", "slippage"]), Some("commission_rate"));
        assert_eq!(nearest("comm", ["commission_rate", "comma"]), Some("comma"));
        assert_eq!(nearest("co", ["commission_rate"]), None);
    }

    #[test]
    fn of_equally_near_words_the_first_is_meant_and_a_long_text_is_compared_with_none() {
        assert_eq!(nearest("fest", ["fast", "test"]), Some("fast"));
        let long = "x".repeat(EXCERPT_CHARS_MAX + 1);
        assert_eq!(nearest(&long, [long.as_str()]), None);
        assert_eq!(did_you_mean("fest", ["fast"]), " (did you mean \"fast\"?)");
        assert_eq!(did_you_mean("moon", ["fast"]), "");
    }

    proptest! {
        #[test]
        fn one_wrong_letter_of_four_is_always_near(word in "[a-z]{4,20}", at in 0_usize..4) {
            let mut wrong = word.clone().into_bytes();
            wrong[at] = if wrong[at] == b'z' { b'a' } else { wrong[at] + 1 };
            let wrong = String::from_utf8(wrong).unwrap();
            prop_assert_eq!(distance(&wrong, &word), Some(1));
            prop_assert_eq!(distance(&word, &word), Some(0));
        }
    }
}
