//! Letters of other alphabets that look like those of names, as they come from a keyboard that was
//! left in another language.

/// Pairs of such a letter and the one that it looks like.
const ALIKE: [(char, char); 24] = [
    ('\u{430}', 'a'),
    ('\u{441}', 'c'),
    ('\u{435}', 'e'),
    ('\u{456}', 'i'),
    ('\u{458}', 'j'),
    ('\u{43e}', 'o'),
    ('\u{440}', 'p'),
    ('\u{455}', 's'),
    ('\u{445}', 'x'),
    ('\u{443}', 'y'),
    ('\u{410}', 'A'),
    ('\u{412}', 'B'),
    ('\u{421}', 'C'),
    ('\u{415}', 'E'),
    ('\u{41d}', 'H'),
    ('\u{41a}', 'K'),
    ('\u{41c}', 'M'),
    ('\u{41e}', 'O'),
    ('\u{420}', 'P'),
    ('\u{422}', 'T'),
    ('\u{425}', 'X'),
    ('\u{3b1}', 'a'),
    ('\u{3bf}', 'o'),
    ('\u{3bd}', 'v'),
];

/// The same word in letters of names; `None` if it has none of others, or some that look like none.
pub(super) fn plain(word: &str) -> Option<String> {
    if word.is_ascii() {
        return None;
    }
    let letter = |char: char| {
        let alike = || ALIKE.iter().find(|(other, _)| *other == char).map(|(_, plain)| *plain);
        if char.is_ascii() { Some(char) } else { alike() }
    };
    word.chars().map(letter).collect()
}
