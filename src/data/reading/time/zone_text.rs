//! What a field says of its zone, after its time: an offset, a name, or nothing.

use std::ops::Range;

use super::cursor::Cursor;

/// What is written of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ZoneText {
    Absent,
    /// Seconds east of UTC.
    Offset(i32),
    /// A name, as the place of its bytes in the field.
    Named(Range<usize>),
}

/// Abbreviations that mean one offset wherever they are used, in hours.
const ABBREVIATIONS: [(&[u8], i32); 12] = [
    (b"utc", 0),
    (b"gmt", 0),
    (b"z", 0),
    (b"est", -5),
    (b"edt", -4),
    (b"cdt", -5),
    (b"mst", -7),
    (b"mdt", -6),
    (b"pst", -8),
    (b"pdt", -7),
    (b"cet", 1),
    (b"cest", 2),
];
impl Cursor<'_> {
    /// The zone, to the end of the field; `None` if something else stands there.
    pub(super) fn zone(&mut self) -> Option<ZoneText> {
        self.spaces();
        let mut zone = ZoneText::Absent;
        if let Some(offset) = self.abbreviation() {
            zone = ZoneText::Offset(offset);
        }
        let is_utc = zone == ZoneText::Offset(0);
        if (zone == ZoneText::Absent || is_utc)
            && self.peek().is_some_and(|byte| b"+-".contains(&byte))
        {
            zone = ZoneText::Offset(self.offset()?);
        }
        self.spaces();
        match self.peek() {
            None => return Some(zone),
            // As JavaScript writes it: GMT-0500 (Eastern Standard Time).
            Some(b'(') if zone != ZoneText::Absent => {
                return (self.field.last() == Some(&b')')).then_some(zone);
            }
            Some(_) => {}
        }
        let is_bracketed = self.take(|byte| byte == b'[').is_some();
        let first = self.at;
        while self.take(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte)).is_some() {}
        let name = first..self.at;
        if is_bracketed {
            self.take(|byte| byte == b']')?;
        }
        let is_parted = is_bracketed || self.field[..name.start].ends_with(b" ");
        let is_name = name.len() > 2 && self.field[name.start].is_ascii_alphabetic();
        if self.at < self.field.len() || !is_parted || !is_name {
            return None;
        }
        // An offset that stands before the name is exact.
        Some(if zone == ZoneText::Absent { ZoneText::Named(name) } else { zone })
    }

    /// The offset that an abbreviation of letters alone means.
    fn abbreviation(&mut self) -> Option<i32> {
        let before = self.at;
        let letters = self.letters();
        let word = self.field[letters].to_ascii_lowercase();
        let is_whole = self.peek().is_none_or(|byte| !b"/_".contains(&byte));
        let hours = ABBREVIATIONS.iter().find(|(name, _)| *name == &word[..] && is_whole);
        if hours.is_none() {
            self.at = before;
        }
        hours.map(|(_, hours)| hours * 3600)
    }

    /// `+01:00`, `-0500`, `+1`, in seconds.
    fn offset(&mut self) -> Option<i32> {
        let sign = if self.take(|byte| b"+-".contains(&byte))? == b'-' { -1 } else { 1 };
        let (hours, minutes) = match self.number()? {
            (run, 3 | 4) => (run / 100, run % 100),
            (hours, 1 | 2) => {
                let has_minutes = self.take(|byte| byte == b':').is_some();
                (hours, if has_minutes { self.number()?.0 } else { 0 })
            }
            _ => return None,
        };
        (hours <= 25 && minutes < 60).then(|| sign * (hours * 3600 + minutes * 60).cast_signed())
    }
}
