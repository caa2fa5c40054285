//! One bit a bar.

use std::ops::Range;

use crate::simd::{Kernel, widest};

/// Bars of a tile: what trials need of them stays in a core's cache while one after the other
/// goes over it. Tests have short ones, so that there are borders.
pub(super) const TILE_BARS: usize = if cfg!(test) { 1 << 7 } else { 1 << 14 };
/// Bars of a word.
pub(super) const WORD_BARS: usize = u64::BITS as usize;

/// A bit for each bar of a run, in words.
#[derive(Clone, Debug)]
pub(super) struct Mask(Box<[u64]>);

impl Mask {
    /// No bar of that many.
    pub(super) fn empty(bars: usize) -> Self {
        Self(vec![0; bars.div_ceil(WORD_BARS)].into())
    }

    /// The bars that have it.
    pub(super) fn of(bars: impl ExactSizeIterator<Item = bool>) -> Self {
        let mut mask = Self::empty(bars.len());
        for (bar, is_in) in bars.enumerate() {
            mask.0[bar / WORD_BARS] |= u64::from(is_in) << (bar % WORD_BARS);
        }
        mask
    }

    /// The bars whose value is below a level; NaN is not.
    pub(super) fn below(values: &[f64], level: f64) -> Self {
        widest(Beyond { values, level, sign: 1.0 })
    }

    /// The bars whose value is above a level; NaN is not.
    pub(super) fn above(values: &[f64], level: f64) -> Self {
        widest(Beyond { values, level, sign: -1.0 })
    }

    /// The bars whose value is above its scale times a factor; NaN is not.
    pub(super) fn above_scaled(values: &[f64], scales: &[f64], factor: f64) -> Self {
        widest(BeyondScaled { values, scales, factor, sign: 1.0 })
    }

    /// The bars whose value is below its scale times a factor; NaN is not.
    pub(super) fn below_scaled(values: &[f64], scales: &[f64], factor: f64) -> Self {
        widest(BeyondScaled { values, scales, factor, sign: -1.0 })
    }

    /// The bars where the one value is above the other and was not on the bar before, where both
    /// were there as well.
    pub(super) fn crossings(over: &[f64], under: &[f64]) -> Self {
        widest(Crossings { over, under })
    }

    /// The bars of those words.
    pub(super) fn of_words(words: Vec<u64>) -> Self {
        Self(words.into())
    }

    /// The words of a tile.
    pub(super) fn tile(&self, tile: &Range<usize>) -> &[u64] {
        &self.0[tile.start / WORD_BARS..tile.end.div_ceil(WORD_BARS)]
    }

    pub(super) fn words_mut(&mut self) -> &mut [u64] {
        &mut self.0
    }
}

struct Beyond<'k> {
    values: &'k [f64],
    level: f64,
    /// -1 turns above into below.
    sign: f64,
}

impl Kernel for Beyond<'_> {
    type Output = Mask;

    #[expect(clippy::inline_always, reason = "compiled anew for each level")]
    #[inline(always)]
    fn run(self) -> Mask {
        let words = self.values.chunks_exact(WORD_BARS);
        let rest = words.remainder();
        let mut mask = Vec::with_capacity(self.values.len().div_ceil(WORD_BARS));
        // A loop, not a closure: that would not be compiled for the level.
        for values in words {
            mask.push(self.word(values));
        }
        if !rest.is_empty() {
            mask.push(self.word(rest));
        }
        Mask(mask.into())
    }
}

impl Beyond<'_> {
    #[expect(clippy::inline_always, reason = "part of the kernel")]
    #[inline(always)]
    fn word(&self, values: &[f64]) -> u64 {
        let mut word = 0;
        for (bar, &value) in values.iter().enumerate() {
            word |= u64::from(self.sign * value < self.sign * self.level) << bar;
        }
        word
    }
}

struct BeyondScaled<'k> {
    values: &'k [f64],
    scales: &'k [f64],
    factor: f64,
    /// -1 turns below into above.
    sign: f64,
}

impl Kernel for BeyondScaled<'_> {
    type Output = Mask;

    #[expect(clippy::inline_always, reason = "compiled anew for each level")]
    #[inline(always)]
    fn run(self) -> Mask {
        let (factor, sign) = (self.sign * self.factor, self.sign);
        let mut mask = Vec::with_capacity(self.values.len().div_ceil(WORD_BARS));
        for (values, scales) in self.values.chunks(WORD_BARS).zip(self.scales.chunks(WORD_BARS)) {
            let mut word = 0;
            for (bar, (&value, &scale)) in values.iter().zip(scales).enumerate() {
                word |= u64::from(sign * value > factor * scale) << bar;
            }
            mask.push(word);
        }
        Mask(mask.into())
    }
}

struct Crossings<'k> {
    over: &'k [f64],
    under: &'k [f64],
}

impl Kernel for Crossings<'_> {
    type Output = Mask;

    #[expect(clippy::inline_always, reason = "compiled anew for each level")]
    #[inline(always)]
    fn run(self) -> Mask {
        let mut mask = Vec::with_capacity(self.over.len().div_ceil(WORD_BARS));
        let mut rising = Rising::default();
        for (over, under) in self.over.chunks(WORD_BARS).zip(self.under.chunks(WORD_BARS)) {
            mask.push(rising.word(over, under));
        }
        Mask(mask.into())
    }
}

/// Where one line comes to be above another, word by word.
#[derive(Default)]
pub(super) struct Rising {
    /// Whether it was there and not above on the last bar of the word before.
    was_not_above: u64,
}

impl Rising {
    /// The crossings of the next word; both have at most [`WORD_BARS`] values, NaN where there is
    /// none.
    #[expect(clippy::inline_always, reason = "part of kernels")]
    #[inline(always)]
    pub(super) fn word(&mut self, over: &[f64], under: &[f64]) -> u64 {
        // Nothing is both where a value is missing.
        let (mut above, mut not_above) = (0, 0);
        for (bar, (over, under)) in over.iter().zip(under).enumerate() {
            above |= u64::from(over > under) << bar;
            not_above |= u64::from(over <= under) << bar;
        }
        let crossed = above & (not_above << 1 | self.was_not_above);
        self.was_not_above = not_above >> (WORD_BARS - 1);
        crossed
    }
}

/// Whether the bar is in.
#[inline]
pub(super) fn contains(words: &[u64], bar: usize) -> bool {
    words[bar / WORD_BARS] >> (bar % WORD_BARS) & 1 == 1
}

/// The first bar from `bar` on that is in either; both have the same length.
#[inline]
pub(super) fn next_of([left, right]: [&[u64]; 2], bar: usize) -> Option<usize> {
    let word = bar / WORD_BARS;
    let (left, right) = (left.get(word..)?, right.get(word..)?);
    let mut ahead = u64::MAX << (bar % WORD_BARS);
    for (index, (left, right)) in left.iter().zip(right).enumerate() {
        let found = (left | right) & ahead;
        if found != 0 {
            return Some((word + index) * WORD_BARS + found.trailing_zeros() as usize);
        }
        ahead = u64::MAX;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_next_bar_is_the_first_that_is_in_either(
            left in prop::collection::vec(any::<bool>(), TILE_BARS),
            right in prop::collection::vec(prop::bool::weighted(0.02), TILE_BARS),
            from in 0..TILE_BARS,
        ) {
            let left: Vec<_> = left.iter().zip(&right).map(|(&left, &rare)| left && rare).collect();
            let (one, other) = (Mask::of(left.iter().copied()), Mask::of(right.iter().copied()));
            let words = [one.tile(&(0..TILE_BARS)), other.tile(&(0..TILE_BARS))];
            let next = (from..TILE_BARS).find(|&bar| left[bar] || right[bar]);
            prop_assert_eq!(next_of(words, from), next);
            prop_assert!((0..TILE_BARS).all(|bar| contains(words[1], bar) == right[bar]));
        }

        #[test]
        fn values_beyond_a_level_are_those_that_are(
            values in
                prop::collection::vec(prop_oneof![Just(f64::NAN), -3.0..3.0, Just(0.5)], 0..300),
            level in prop_oneof![Just(0.5), -3.0..3.0],
        ) {
            let (below, above) = (Mask::below(&values, level), Mask::above(&values, level));
            for (bar, &value) in values.iter().enumerate() {
                prop_assert_eq!(contains(&below.0, bar), value < level);
                prop_assert_eq!(contains(&above.0, bar), value > level);
            }
            prop_assert_eq!(below.0.len(), values.len().div_ceil(WORD_BARS));
            let scales: Vec<_> = values.iter().map(|value| 1.0 - value).collect();
            let above = Mask::above_scaled(&values, &scales, level);
            let below = Mask::below_scaled(&values, &scales, level);
            for (bar, (&value, &scale)) in values.iter().zip(&scales).enumerate() {
                prop_assert_eq!(contains(&below.0, bar), value < level * scale);
                prop_assert_eq!(contains(&above.0, bar), value > level * scale);
            }
        }
    }
}
