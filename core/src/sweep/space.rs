//! The product as a search sees it that learns: places on axes, what lies between them, and which
//! of them are trials that were not tried yet.

use std::collections::HashSet;

use super::axis::AxisValues;
use super::dice::Dice;
use super::grid::Grid;
use super::permutation::Permutation;
use super::plan::PLACES_MAX;
use super::rule::Rule;
use crate::strategy::ParamValue;

/// Draws for a slot before it takes the next index of a shuffle that is left.
pub(super) const DRAWS_MAX: u32 = 1_000;

/// One digit of an index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digit {
    /// How many values it has.
    pub count: u64,
    /// How many indices one step of it spans.
    pub stride: u64,
    /// Whether what lies side by side is alike.
    pub is_ordered: bool,
}

/// A product whose indices are taken once each.
#[derive(Clone, Debug)]
pub struct Space {
    grid: Grid,
    rules: Vec<Rule>,
    /// Digits with more than one value.
    digits: Vec<Digit>,
    shuffle: Permutation,
    /// The first place of the shuffle that nothing was taken from.
    shuffled: u64,
    taken: HashSet<u64>,
}

impl Space {
    pub(super) fn new(grid: Grid, rules: Vec<Rule>, seed: u64) -> Self {
        let digits = digits_of(&grid);
        let shuffle = Permutation::new(grid.len(), seed);
        Self { grid, rules, digits, shuffle, shuffled: 0, taken: HashSet::new() }
    }

    pub(super) fn digits(&self) -> &[Digit] {
        &self.digits
    }

    /// The places of an index.
    pub(super) fn places(&self, index: u64) -> Vec<u64> {
        self.digits.iter().map(|digit| index / digit.stride % digit.count).collect()
    }

    /// The index of such places.
    pub(super) fn index(&self, places: &[u64]) -> u64 {
        self.digits.iter().zip(places).map(|(digit, place)| digit.stride * place).sum()
    }

    /// Whether the index is a trial that was not taken yet.
    pub(super) fn is_new(&self, index: u64) -> bool {
        self.is_trial(index) && !self.taken.contains(&index)
    }

    fn is_trial(&self, index: u64) -> bool {
        self.rules.iter().all(|rule| rule.admits(&self.grid, index))
    }

    /// Takes the index, if it is a trial and was not taken before.
    pub(super) fn take(&mut self, index: u64) -> bool {
        self.is_trial(index) && self.taken.insert(index)
    }

    /// Takes the next index that is left, if there is one; of a very large product it looks at some
    /// millions only.
    pub(super) fn take_any(&mut self) -> Option<u64> {
        let end = self.grid.len().min(self.shuffled.saturating_add(PLACES_MAX));
        while self.shuffled < end {
            let index = self.shuffle.image(self.shuffled);
            self.shuffled += 1;
            if self.take(index) {
                return Some(index);
            }
        }
        None
    }

    /// The first generation: on every axis each part of it is met once (`McKay`, Beckman & Conover
    /// 1979). What is no trial is drawn at random instead.
    pub(super) fn spread(&mut self, seed: u64, batch: u64) -> Vec<u64> {
        let shuffles: Vec<_> = (0..self.digits.len() as u64)
            .map(|digit| Permutation::new(batch, Dice::of(seed, u64::MAX, digit).below(u64::MAX)))
            .collect();
        let mut spread = Vec::new();
        for slot in 0..batch {
            let mut dice = Dice::of(seed, 0, slot);
            let places: Vec<u64> = self
                .digits
                .iter()
                .zip(&shuffles)
                .map(|(digit, shuffle)| {
                    let part = (shuffle.image(slot) as f64 + dice.unit()) / batch as f64;
                    ((part * digit.count as f64) as u64).min(digit.count - 1)
                })
                .collect();
            let index = self.index(&places);
            let taken = if self.take(index) { Some(index) } else { self.draw(&mut dice) };
            spread.extend(taken);
        }
        spread
    }

    /// Takes any trial at random.
    pub(super) fn draw(&mut self, dice: &mut Dice) -> Option<u64> {
        for _ in 0..DRAWS_MAX {
            let index = dice.below(self.grid.len());
            if self.take(index) {
                return Some(index);
            }
        }
        self.take_any()
    }
}

/// The digits with more than one value.
pub(super) fn digits_of(grid: &Grid) -> Vec<Digit> {
    let series = Digit {
        count: grid.len() / grid.series_stride(),
        stride: grid.series_stride(),
        is_ordered: false,
    };
    let axes = grid.axes().iter().enumerate().map(|(axis, swept)| {
        let (stride, count) = grid.digit_of(axis);
        Digit { count, stride, is_ordered: is_ordered(&swept.values) }
    });
    let all = std::iter::once(series).chain(axes);
    all.filter(|digit| digit.count > 1).collect()
}

/// Numbers by steps, or in a list that rises or falls.
fn is_ordered(values: &AxisValues) -> bool {
    let AxisValues::List(list) = values else { return true };
    let numbers: Option<Vec<f64>> = list
        .iter()
        .map(|value| match value {
            ParamValue::Int(value) => Some(*value as f64),
            ParamValue::Double(value) => Some(*value),
            ParamValue::Bool(_) | ParamValue::Text(_) => None,
        })
        .collect();
    numbers.is_some_and(|numbers| {
        numbers.is_sorted_by(|left, right| left < right)
            || numbers.is_sorted_by(|left, right| left > right)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::Axis;

    fn space(counts: &[i64]) -> Space {
        let axes: Vec<_> = counts
            .iter()
            .map(|count| Axis {
                name: format!("a{count}"),
                values: AxisValues::ints(0, count - 1, 1).unwrap(),
            })
            .collect();
        Space::new(Grid::new(1, &axes, 0).unwrap(), Vec::new(), 1)
    }

    #[test]
    fn the_first_generation_meets_every_part_of_each_axis() {
        let mut space = space(&[320, 640]);
        let spread = space.spread(7, 32);
        assert_eq!(spread.len(), 32);
        for digit in 0..2 {
            let count = space.digits()[digit].count;
            let mut parts: Vec<_> =
                spread.iter().map(|index| space.places(*index)[digit] * 32 / count).collect();
            parts.sort_unstable();
            assert!(parts.into_iter().eq(0..32));
        }
        assert!(spread.iter().all(|index| space.index(&space.places(*index)) == *index));
    }

    #[test]
    fn every_index_is_taken_once_until_none_is_left() {
        let mut space = space(&[5, 7]);
        let mut taken = space.spread(3, 16);
        let mut dice = Dice::of(3, 1, 0);
        taken.extend(std::iter::from_fn(|| space.draw(&mut dice)));
        taken.sort_unstable();
        assert!(taken.into_iter().eq(0..35));
        assert_eq!(space.take_any(), None);
    }

    #[test]
    fn numbers_have_an_order_and_words_have_none() {
        assert!(is_ordered(&AxisValues::List(vec![1.into(), 2.5.into(), 9.into()])));
        assert!(!is_ordered(&AxisValues::List(vec![1.into(), 9.into(), 2.into()])));
        assert!(!is_ordered(&AxisValues::List(vec!["long".into(), "both".into()])));
        assert!(!is_ordered(&AxisValues::List(vec![true.into(), false.into()])));
    }
}
