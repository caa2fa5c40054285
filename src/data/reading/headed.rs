//! Any text of columns whose first line names them: nothing of its rows is guessed.

use super::dialect::{DELIMITERS, declared_delimiter, lines};

/// How a text is laid out whose first line names its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Headed {
    /// The one that makes the most of that line.
    pub(super) delimiter: u8,
    /// Lines before it.
    pub(super) skipped: u64,
}

impl Headed {
    /// Tells it of the text that begins so; `None` if that is blank.
    pub(super) fn of(beginning: &[u8]) -> Option<Self> {
        let written = declared_delimiter(beginning);
        let skipped = u64::from(written.is_some());
        let rated = written.map_or_else(|| DELIMITERS.to_vec(), |delimiter| vec![delimiter]);
        let width = |&delimiter: &u8| {
            let line = lines(beginning, delimiter).into_iter().find(|it| it.number > skipped);
            line.map_or(0, |line| line.fields.len())
        };
        // Of equals the last is taken, and that is the comma.
        let delimiter = rated.into_iter().max_by_key(width)?;
        (width(&delimiter) > 0).then_some(Self { delimiter, skipped })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_makes_the_most_of_the_first_line() {
        for (text, delimiter, skipped) in [
            ("known_at,weight\n2024-01-01,1\n", b',', 0),
            ("\n\nknown_at;a\n1,5;2\n", b';', 0),
            ("sep=|\nknown_at|x,y\n", b'|', 1),
            ("alone\n1\n", b',', 0),
        ] {
            assert_eq!(Headed::of(text.as_bytes()), Some(Headed { delimiter, skipped }), "{text}");
        }
        assert_eq!(Headed::of(b"\n \n"), None);
    }
}
