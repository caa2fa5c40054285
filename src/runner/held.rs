//! What holding the market earned over some days, series by series.

use std::collections::BTreeMap;

/// Of each series, as told by a trial that lived to see the most days of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Held(BTreeMap<u64, (usize, f64)>);

impl Held {
    /// Takes what a trial over so many days says of its series.
    pub(super) fn note(&mut self, series: u64, days: usize, held: Option<f64>) {
        let Some(held) = held else { return };
        let known = self.0.entry(series).or_insert((days, held));
        if days > known.0 {
            *known = (days, held);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (series, (days, held)) in &other.0 {
            self.note(*series, *days, Some(*held));
        }
    }

    /// Equal parts of all series; `None` of none.
    pub(super) fn mean(&self) -> Option<f64> {
        let sum: f64 = self.0.values().map(|(_, held)| held).sum();
        (!self.0.is_empty()).then(|| sum / self.0.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_series_is_told_of_by_whoever_saw_most_of_it_in_whatever_order() {
        let (mut left, mut right) = (Held::default(), Held::default());
        assert_eq!(left.mean(), None);
        left.note(0, 3, Some(0.9));
        left.note(1, 9, Some(-0.1));
        right.note(0, 9, Some(0.5));
        right.note(2, 9, None);
        let mut both = left.clone();
        both.merge(&right);
        right.merge(&left);
        assert_eq!((both.mean(), right.mean()), (Some(0.2), Some(0.2)));
    }
}
