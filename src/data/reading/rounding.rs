//! Which prices of a file are not stored as they are written, and by how much. Decides nothing.

use super::noise::Was;
use crate::market::Decimal;

/// What was rounded of one file's prices.
#[derive(Clone, Debug, Default)]
pub(in crate::data) struct Rounding {
    noisy: u64,
    single: u64,
    computed: u64,
    to_tick: u64,
    /// The greatest change of a price.
    greatest: f64,
    /// The first row with noise, or off the tick of all others.
    first_row: Option<usize>,
}

impl Rounding {
    /// Notes a price that was cleaned.
    pub(super) fn note(&mut self, row: usize, written: Decimal, clean: Decimal, was: Was) {
        match was {
            Was::Written => return,
            Was::Noisy => self.noisy += 1,
            Was::Single => self.single += 1,
            Was::Computed => self.computed += 1,
        }
        self.first_row.get_or_insert(row);
        self.note_difference(written, clean);
    }

    /// Notes a price that was brought to the declared tick.
    pub(super) fn note_tick(&mut self, row: usize, written: Decimal, rounded: Decimal) {
        self.to_tick += 1;
        self.first_row.get_or_insert(row);
        self.note_difference(written, rounded);
    }

    /// Notes that a price which was noted before was changed by so much more.
    pub(super) fn note_change(&mut self, change: f64) {
        self.greatest = self.greatest.max(change);
    }

    fn note_difference(&mut self, written: Decimal, kept: Decimal) {
        let scale = written.scale().max(kept.scale());
        let up = |it: Decimal| i128::from(it.mantissa()) * 10_i128.pow(scale - it.scale());
        let change = (up(written) - up(kept)).unsigned_abs();
        let change = i64::try_from(change).ok().and_then(|change| Decimal::new(change, scale));
        self.greatest = self.greatest.max(change.map_or(f64::INFINITY, Decimal::to_f64));
    }

    /// The first row whose price is not as it is written.
    pub(in crate::data) const fn first_row(&self) -> Option<usize> {
        self.first_row
    }

    /// What was rounded to `unit`, in a few words; `None` if nothing was.
    pub(in crate::data) fn told(&self, unit: Decimal) -> Option<String> {
        let kinds = [
            (self.single, "of single precision"),
            (self.noisy, "with a rounding error"),
            (self.computed, "of many digits"),
            (self.to_tick, ""),
        ];
        let some = kinds.into_iter().filter(|(count, _)| *count > 0);
        let counts = some.map(|(count, what)| {
            let noun = if count == 1 { "price" } else { "prices" };
            format!("{count} {noun} {what}").trim_end().to_owned()
        });
        let counts: Vec<String> = counts.collect();
        (!counts.is_empty()).then(|| {
            let by = short(self.greatest);
            format!("{} rounded to {unit}, at most {by} away", counts.join(" and "))
        })
    }
}

/// The number with three digits, written out.
fn short(value: f64) -> String {
    let (mut digits, mut size) = (0, value);
    while size < 100.0 && digits < 20 {
        (digits, size) = (digits + 1, size * 10.0);
    }
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0') } else { &text };
    text.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_told_with_three_digits() {
        assert_eq!(short(0.000_013_427_734_4), "0.0000134");
        assert_eq!(short(0.5), "0.5");
        assert_eq!(short(1e-14), "0.00000000000001");
    }
}
