//! Splits that a file tells in a column of its own, held against its prices: whether those are as
//! traded, or adjusted already. Changes nothing.

use crate::data::spill::WordColumn;

/// Splits of one file that are remembered.
const REMEMBERED_MAX: usize = 64;
/// How far the fall of a price may be from the ratio of its split, as a factor.
const LIKENESS: f64 = 1.4;

/// The splits that rows tell.
#[derive(Clone, Debug, Default)]
pub(super) struct Splits {
    found: Vec<(usize, f64)>,
}

impl Splits {
    /// Notes what a row tells: 0 and 1 are no split.
    pub(super) fn note(&mut self, row: usize, field: &[u8]) {
        if matches!(field, b"0" | b"0.0" | b"1" | b"1.0" | b"") {
            return;
        }
        let ratio = std::str::from_utf8(field.trim_ascii()).ok().and_then(ratio);
        if let Some(ratio) = ratio.filter(|_| self.found.len() < REMEMBERED_MAX) {
            self.found.push((row, ratio));
        }
    }

    /// The first row at which prices fall as its split says, and that ratio. `opens` and `closes`
    /// are those of all rows, from the last to the first if `is_falling`.
    pub(super) fn unadjusted(
        &self,
        opens: &WordColumn,
        closes: &WordColumn,
        is_falling: bool,
    ) -> Option<(usize, f64)> {
        self.found.iter().copied().find(|&(row, ratio)| {
            let before = if is_falling { row.checked_add(1) } else { row.checked_sub(1) };
            let before = before.filter(|before| *before < closes.len() && row < opens.len());
            let Some(before) = before else { return false };
            let (close, open) = (closes.get(before), opens.get(row));
            let off = close as f64 / open as f64 / ratio;
            (1.0 / LIKENESS..LIKENESS).contains(&off)
                && !(1.0 / LIKENESS..LIKENESS).contains(&ratio)
        })
    }

    /// How many splits there are.
    pub(super) const fn count(&self) -> usize {
        self.found.len()
    }
}

/// `7`, `7.0`, `7:1` and `7/1` are seven new shares for one; 0 and 1 are no split.
fn ratio(text: &str) -> Option<f64> {
    let ratio = match text.split_once([':', '/']) {
        Some((new, old)) => new.trim().parse::<f64>().ok()? / old.trim().parse::<f64>().ok()?,
        None => text.parse().ok()?,
    };
    (ratio.is_finite() && ratio > 0.0 && ratio != 1.0).then_some(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_that_prices_follow_is_found_in_either_order() {
        let mut splits = Splits::default();
        for (row, field) in ["1", "0.0", "7:1", "1.0"].into_iter().enumerate() {
            splits.note(row, field.as_bytes());
        }
        let column = |counts: [i64; 4]| WordColumn::from(counts.to_vec());
        let (opens, closes) = (column([700, 707, 101, 102]), column([705, 710, 102, 103]));
        assert_eq!(splits.unadjusted(&opens, &closes, false), Some((2, 7.0)));
        let adjusted = (column([100, 101, 101, 102]), column([101, 101, 102, 103]));
        assert_eq!(splits.unadjusted(&adjusted.0, &adjusted.1, false), None);
        let newest_first = (column([102, 102, 101, 707]), column([103, 102, 102, 710]));
        assert_eq!(splits.unadjusted(&newest_first.0, &newest_first.1, true), Some((2, 7.0)));
        assert_eq!(splits.count(), 1);
    }
}
