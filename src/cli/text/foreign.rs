//! Text that others wrote, such as names, labels and messages, made safe for a terminal: a control
//! character in a run's name must not clear the screen, nor forge a line of whoever lists runs.

use std::borrow::Cow;

/// The text on one line: hidden characters and line breaks as `\u{1b}`.
pub(in crate::cli) fn word(text: &str) -> Cow<'_, str> {
    shown(text, is_hidden)
}

/// The text with its line breaks and tabs, other hidden characters as `\u{1b}`.
pub(in crate::cli) fn lines(text: &str) -> Cow<'_, str> {
    shown(text, |c| is_hidden(c) && c != '\n' && c != '\t')
}

/// What a terminal acts on instead of showing it: control characters, and those that turn the
/// direction of what follows them.
fn is_hidden(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}');
    c.is_control() || turns || matches!(c, '\u{2066}'..='\u{2069}')
}

fn shown(text: &str, is_hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_hidden(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_instead() {
        assert_eq!(word("\u{1b}]0;title\u{7}"), "\\u{1b}]0;title\\u{7}");
        assert_eq!(word("a\u{202e}b\r\nc"), "a\\u{202e}b\\u{d}\\u{a}c");
        assert_eq!(lines("a\n\tb\u{9b}2J"), "a\n\tb\\u{9b}2J");
    }

    #[test]
    fn other_text_is_as_it_was() {
        for text in ["plain", "Größe 数 👩‍🚀", "don’t — stop"] {
            assert!(matches!(word(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }
}
