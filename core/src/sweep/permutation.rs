//! A seeded shuffle of `0..len` that needs no memory: place by place.

const ROUNDS: u64 = 6;

/// A bijection of `0..len`, different for each seed.
///
/// A balanced Feistel network over the next power of four, walked until the image lies inside
/// (Black & Rogaway 2002, "Ciphers with Arbitrary Finite Domains").
#[derive(Clone, Copy, Debug)]
pub(super) struct Permutation {
    len: u64,
    half_bits: u32,
    seed: u64,
}

impl Permutation {
    /// Of `0..len`, with `len` above zero and at most 2^62.
    pub(super) const fn new(len: u64, seed: u64) -> Self {
        let bits = u64::BITS - (len - 1).leading_zeros();
        let half_bits = bits.div_ceil(2);
        Self { len, half_bits: if half_bits == 0 { 1 } else { half_bits }, seed }
    }

    /// Where `place < len` goes.
    pub(super) fn image(self, place: u64) -> u64 {
        let mut image = self.round_trip(place);
        while image >= self.len {
            image = self.round_trip(image);
        }
        image
    }

    fn round_trip(self, value: u64) -> u64 {
        let mask = (1 << self.half_bits) - 1;
        let (mut left, mut right) = (value >> self.half_bits, value & mask);
        for round in 0..ROUNDS {
            let mixed = mix(right ^ mix(self.seed.wrapping_add(round)));
            (left, right) = (right, left ^ (mixed & mask));
        }
        (left << self.half_bits) | right
    }
}

/// The finalizer of `SplitMix64` (Steele, Lea & Flood 2014).
pub const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_place_is_taken_exactly_once(len in 1_u64..2_000, seed: u64) {
            let permutation = Permutation::new(len, seed);
            let mut images: Vec<_> = (0..len).map(|place| permutation.image(place)).collect();
            images.sort_unstable();
            prop_assert!(images.into_iter().eq(0..len));
        }
    }

    #[test]
    fn another_seed_is_another_order() {
        let order = |seed| -> Vec<_> {
            (0..100).map(|place| Permutation::new(100, seed).image(place)).collect()
        };
        assert_ne!(order(1), order(2));
        assert_ne!(order(1), (0..100).collect::<Vec<_>>());
    }
}
