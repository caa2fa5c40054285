//! Made-up returns for tests.

use std::f64::consts::TAU;

use crate::sweep::mix;

/// Independent numbers of the standard normal distribution.
pub(super) fn normals(seed: u64, count: usize) -> impl Iterator<Item = f64> {
    let unit = move |place: usize| {
        let word = mix(mix(seed).wrapping_add(place as u64));
        ((word >> 11) + 1) as f64 / (1_u64 << 53) as f64
    };
    (0..count)
        .map(move |place| (-2.0 * unit(2 * place).ln()).sqrt() * (TAU * unit(2 * place + 1)).cos())
}
