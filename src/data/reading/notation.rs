//! How people write numbers: currency signs, groups of thousands, and a comma or a point before the
//! fraction. Knows nothing of what a number means.

use std::borrow::Cow;
use std::str;

use super::number::NumberError;

/// What stands before a fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalMark {
    /// `1,234.5`
    Point,
    /// `1.234,5`
    Comma,
}

/// Signs of currencies, before or after a number.
const CURRENCIES: [char; 10] = ['$', '€', '£', '¥', '₹', '₩', '₽', '₺', '₿', '฿'];
/// What else may part thousands, and does no harm elsewhere.
const THIN_MARKS: [char; 6] = [' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '’'];

/// How numbers of a file are written other than plainly, so that it can be told.
#[derive(Debug, Default)]
pub(super) struct Notation {
    currency: Option<char>,
    group: Option<char>,
    letters: Vec<char>,
}

impl Notation {
    /// Looks at a number that was read, and was not digits and a point alone.
    pub(super) fn note(&mut self, field: &[u8], mark: Option<DecimalMark>) {
        let Ok(text) = str::from_utf8(field.trim_ascii()) else { return };
        let is_currency = |letter: &char| CURRENCIES.contains(letter);
        self.currency = self.currency.or_else(|| text.chars().find(is_currency));
        let digits = text.trim_matches(|letter: char| !letter.is_ascii_digit());
        let group = match mark.map_or_else(|| mark_of(digits), Ok) {
            Ok(DecimalMark::Comma) => '.',
            _ => ',',
        };
        let parts = |letter: &char| *letter == group || THIN_MARKS.contains(letter);
        self.group = self.group.or_else(|| digits.chars().find(parts));
    }

    /// Looks at an amount likewise, which may end in a letter that multiplies it.
    pub(super) fn note_amount(&mut self, field: &[u8], mark: Option<DecimalMark>) {
        self.note(field, mark);
        let last = field.trim_ascii().last().map(|byte| char::from(byte.to_ascii_uppercase()));
        let letter = last.filter(|letter| ['K', 'M', 'B', 'T'].contains(letter));
        if let Some(letter) = letter.filter(|letter| !self.letters.contains(letter)) {
            self.letters.push(letter);
        }
    }

    /// What was noticed, in a few words each.
    pub(super) fn told(&self) -> impl Iterator<Item = String> {
        let group = self.group.map(|group| {
            let parts = match group {
                ',' => "commas",
                '.' => "points",
                '\'' | '’' => "apostrophes",
                _ => "spaces",
            };
            format!("thousands parted by {parts}")
        });
        let currency = self.currency.map(|sign| format!("currency signs ({sign}) taken off"));
        let amounts = ['K', 'M', 'B', 'T'].into_iter().filter(|it| self.letters.contains(it));
        let amounts: Vec<&str> = amounts
            .map(|letter| match letter {
                'K' => "K = thousands",
                'M' => "M = millions",
                'B' => "B = billions",
                _ => "T = trillions",
            })
            .collect();
        let amounts = (!amounts.is_empty()).then(|| format!("volumes in {}", amounts.join(", ")));
        [group, currency, amounts].into_iter().flatten()
    }
}

/// The number with nothing in it but digits, a point, a sign and an exponent.
pub(super) fn plainly(text: &str, mark: Option<DecimalMark>) -> Result<Cow<'_, str>, NumberError> {
    let is_thin = |letter: char| THIN_MARKS.contains(&letter);
    let is_around = |letter: char| CURRENCIES.contains(&letter) || is_thin(letter);
    let (sign, rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (&text[..1], rest),
        None => ("", text),
    };
    let rest = rest.trim_matches(is_around);
    if rest.len() + sign.len() == text.len()
        && !rest.contains(',')
        && !rest.contains(is_thin)
        && (mark != Some(DecimalMark::Comma) || !rest.contains('.'))
        && rest.matches('.').count() < 2
    {
        return Ok(Cow::Borrowed(text));
    }
    let mark = mark.map_or_else(|| mark_of(rest), Ok)?;
    let (fraction, group) = match mark {
        DecimalMark::Point => ('.', ','),
        DecimalMark::Comma => (',', '.'),
    };
    let (whole, after) = match rest.split_once(fraction) {
        Some((whole, after)) => (whole, Some(after)),
        None => (rest, None),
    };
    let whole = ungrouped(whole, |letter| letter == group || is_thin(letter))?;
    let after = after.map_or_else(String::new, |after| format!(".{after}"));
    Ok(Cow::Owned(format!("{sign}{whole}{after}")))
}

/// The digits without what parts their groups, of which the last has three.
fn ungrouped(whole: &str, parts: impl Fn(char) -> bool) -> Result<String, NumberError> {
    let groups: Vec<&str> = whole.split(parts).collect();
    let [first, between @ .., last] = &groups[..] else { return Ok(whole.to_owned()) };
    // India writes 12,34,567.
    let is_sound = matches!(first.len(), 1..=3)
        && between.iter().all(|group| matches!(group.len(), 2 | 3))
        && last.bytes().take_while(u8::is_ascii_digit).count() == 3;
    if is_sound { Ok(groups.concat()) } else { Err(NumberError::Malformed) }
}

/// The mark that the number itself tells.
fn mark_of(text: &str) -> Result<DecimalMark, NumberError> {
    match told_by(text) {
        Some(Told::Surely(mark) | Told::Usually(mark)) => Ok(mark),
        Some(Told::Open) => Err(NumberError::OpenComma),
        None => Ok(DecimalMark::Point),
    }
}

/// What one number tells of the mark.
enum Told {
    Surely(DecimalMark),
    /// A point and three digits: thousands only where something else says so.
    Usually(DecimalMark),
    /// A comma and three digits.
    Open,
}

fn told_by(text: &str) -> Option<Told> {
    use DecimalMark::{Comma, Point};
    let (comma, point) = (text.rfind(','), text.rfind('.'));
    let is_three = |at: usize| {
        let after = text[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let before = text[..at].trim_start_matches(['-', '+']);
        let is_group = matches!(before.len(), 1..=3) && !before.starts_with('0');
        after == 3 && is_group && at + 4 == text.len()
    };
    match (comma, point) {
        (None, None) => None,
        (Some(comma), Some(point)) => Some(Told::Surely(if comma > point { Comma } else { Point })),
        (Some(_), None) if text.matches(',').count() > 1 => Some(Told::Surely(Point)),
        (Some(at), None) => Some(if is_three(at) { Told::Open } else { Told::Surely(Comma) }),
        (None, Some(_)) if text.matches('.').count() > 1 => Some(Told::Surely(Comma)),
        (None, Some(at)) if is_three(at) => Some(Told::Usually(Point)),
        (None, Some(_)) => Some(Told::Surely(Point)),
    }
}

/// The mark that numbers of one file tell together; `None` if they do not.
pub(super) fn mark_of_all<'a>(fields: impl IntoIterator<Item = &'a str>) -> Option<DecimalMark> {
    let (mut usual, mut is_open) = (None, false);
    for field in fields {
        let is_around = |letter: char| !letter.is_ascii_digit() && !['.', ','].contains(&letter);
        match told_by(field.trim_matches(is_around)) {
            Some(Told::Surely(mark)) => return Some(mark),
            Some(Told::Usually(mark)) => usual = Some(mark),
            Some(Told::Open) => is_open = true,
            None => {}
        }
    }
    usual.filter(|_| !is_open)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str, mark: Option<DecimalMark>) -> Result<String, NumberError> {
        plainly(text, mark).map(Cow::into_owned)
    }

    #[test]
    fn groups_signs_and_marks_are_taken_off() {
        let (point, comma) = (Some(DecimalMark::Point), Some(DecimalMark::Comma));
        let spellings = [
            ("4,785.96", None, "4785.96"),
            ("$4,785.96", point, "4785.96"),
            ("4,785", point, "4785"),
            ("4.785,96", None, "4785.96"),
            ("4.785", comma, "4785"),
            ("186,45", None, "186.45"),
            ("4 785,96 €", None, "4785.96"),
            ("4'785.96", None, "4785.96"),
            ("12,34,567.5", None, "1234567.5"),
            ("1.234.567", None, "1234567"),
            ("-1,234.5", None, "-1234.5"),
            ("₹ 1,234.50", None, "1234.50"),
            ("1.234", None, "1.234"),
            ("5", comma, "5"),
        ];
        for (text, mark, wanted) in spellings {
            assert_eq!(plain(text, mark).as_deref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_not_plain_is_noticed_once() {
        let mut notation = Notation::default();
        notation.note(b"187.5e3", None);
        notation.note(b"-1,5", Some(DecimalMark::Comma));
        assert_eq!(notation.told().count(), 0);
        notation.note(b"$4,785.96", None);
        notation.note(b"$4 785.96", None);
        notation.note_amount(b"1.5M", None);
        notation.note_amount(b"2.5k", None);
        let told: Vec<String> = notation.told().collect();
        let wanted = [
            "thousands parted by commas",
            "currency signs ($) taken off",
            "volumes in K = thousands, M = millions",
        ];
        assert_eq!(told, wanted);
        for (text, mark, parts) in [
            ("4.785,96", Some(DecimalMark::Comma), "points"),
            ("4\u{a0}785,96 €", None, "spaces"),
            ("4'785.96", None, "apostrophes"),
        ] {
            let mut notation = Notation::default();
            notation.note(text.as_bytes(), mark);
            let told = notation.told().next();
            assert_eq!(told, Some(format!("thousands parted by {parts}")), "{text}");
        }
    }

    #[test]
    fn what_may_be_either_is_refused_and_broken_groups_are_none() {
        assert_eq!(plain("4,785", None), Err(NumberError::OpenComma));
        for text in ["4,78.5", "47,85,9", "1234,567.5"] {
            assert_eq!(
                plain(text, Some(DecimalMark::Point)),
                Err(NumberError::Malformed),
                "{text}"
            );
        }
    }

    #[test]
    fn all_numbers_of_a_file_decide() {
        assert_eq!(mark_of_all(["4,785", "4,785.5"]), Some(DecimalMark::Point));
        assert_eq!(mark_of_all(["4,785", "4,78"]), Some(DecimalMark::Comma));
        assert_eq!(mark_of_all(["4,785", "5"]), None);
        assert_eq!(mark_of_all(["1.234", "5"]), Some(DecimalMark::Point));
        assert_eq!(mark_of_all(["1.234", "1,234"]), None);
        assert_eq!(mark_of_all(["$1,234.5"]), Some(DecimalMark::Point));
    }
}
