//! The bytes of one field, taken one after the other.

use std::ops::Range;

pub(super) struct Cursor<'a> {
    pub(super) field: &'a [u8],
    pub(super) at: usize,
}

impl Cursor<'_> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.field.get(self.at).copied()
    }

    pub(super) fn take(&mut self, wanted: impl Fn(u8) -> bool) -> Option<u8> {
        let byte = self.peek().filter(|&byte| wanted(byte))?;
        self.at += 1;
        Some(byte)
    }

    pub(super) fn spaces(&mut self) -> bool {
        let before = self.at;
        while self.take(|byte| byte == b' ').is_some() {}
        self.at > before
    }

    /// The next digits, at most nine, and how many they are.
    pub(super) fn number(&mut self) -> Option<(u32, usize)> {
        let first = self.at;
        let mut number = 0;
        while self.at - first < 9
            && let Some(digit) = self.take(|byte| byte.is_ascii_digit())
        {
            number = number * 10 + u32::from(digit - b'0');
        }
        (self.at > first).then_some((number, self.at - first))
    }

    pub(super) fn digits(&mut self, count: usize) -> Option<u32> {
        let digits = self.field.get(self.at..self.at + count)?;
        let number = digits.iter().try_fold(0, |number, byte| {
            byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
        });
        self.at += count;
        number
    }

    pub(super) fn letters(&mut self) -> Range<usize> {
        let first = self.at;
        while self.take(|byte| byte.is_ascii_alphabetic()).is_some() {}
        first..self.at
    }

    /// Whether one of those words of three letters begins here, and which; takes all letters.
    pub(super) fn word(&mut self, words: &[&[u8; 3]]) -> Option<usize> {
        let before = self.at;
        let letters = self.letters();
        let start = self.field[letters].first_chunk::<3>().map(|start| start.to_ascii_lowercase());
        let found = start.and_then(|start| words.iter().position(|word| word[..] == start[..]));
        if found.is_none() {
            self.at = before;
        }
        found
    }
}
