//! One bit a bar, for a tile of bars.

/// Bars of a tile: what trials need of them stays in a core's cache while one after the other
/// goes over it. Tests have short ones, so that there are borders.
pub(super) const TILE_BARS: usize = if cfg!(test) { 1 << 7 } else { 1 << 14 };
const WORDS: usize = TILE_BARS / 64;

/// A bit for each bar of a tile, counted from the tile's first.
#[derive(Clone, Debug)]
pub(super) struct Mask(Box<[u64; WORDS]>);

impl Mask {
    /// No bar.
    pub(super) fn empty() -> Self {
        Self(Box::new([0; WORDS]))
    }

    /// Takes all bars out.
    pub(super) fn clear(&mut self) {
        self.0.fill(0);
    }

    /// Puts a bar in.
    #[inline]
    pub(super) fn insert(&mut self, bar: usize) {
        self.0[bar / 64] |= 1 << (bar % 64);
    }

    /// Whether the bar is in.
    #[inline]
    pub(super) fn contains(&self, bar: usize) -> bool {
        self.0[bar / 64] >> (bar % 64) & 1 == 1
    }

    /// The first bar from `bar` on that is in either.
    #[inline]
    pub(super) fn next_of(either: [&Self; 2], bar: usize) -> Option<usize> {
        let word = bar / 64;
        let [left, right] = either.map(|mask| &mask.0[word..]);
        let mut ahead = u64::MAX << (bar % 64);
        for (index, (left, right)) in left.iter().zip(right).enumerate() {
            let found = (left | right) & ahead;
            if found != 0 {
                return Some((word + index) * 64 + found.trailing_zeros() as usize);
            }
            ahead = u64::MAX;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_next_bar_is_the_first_that_is_in_either(
            left in prop::collection::vec(0..TILE_BARS, 0..9),
            right in prop::collection::vec(0..TILE_BARS, 0..9),
            from in 0..TILE_BARS,
        ) {
            let mask = |bars: &[usize]| {
                let mut mask = Mask::empty();
                for &bar in bars {
                    mask.insert(bar);
                }
                mask
            };
            let (one, other) = (mask(&left), mask(&right));
            let next = left.iter().chain(&right).copied().filter(|&bar| bar >= from).min();
            prop_assert_eq!(Mask::next_of([&one, &other], from), next);
            prop_assert!(left.iter().all(|&bar| one.contains(bar)));
        }
    }
}
