//! What a message repeats of a text that a caller wrote: enough to know it again, and no more, for
//! refusals travel in headers.

use std::borrow::Cow;

/// The most characters of a caller's text that a message repeats.
pub const EXCERPT_CHARS_MAX: usize = 100;

/// The text, cut where it is long.
pub fn excerpt(text: &str) -> Cow<'_, str> {
    cut(text, EXCERPT_CHARS_MAX)
}

/// The first so many characters, and a sign that more follow.
pub fn cut(text: &str, chars_max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters_and_a_short_one_kept() {
        let kept = "ü".repeat(EXCERPT_CHARS_MAX);
        assert_eq!(excerpt(&kept), kept);
        assert_eq!(excerpt(&format!("{kept}x")), format!("{kept}…"));
        assert_eq!(excerpt(""), "");
    }
}
