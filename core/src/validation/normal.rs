//! The normal law: its density, its quantiles, and what the best of many draws of it is.

use std::f64::consts::{E, PI};

use crate::metrics::normal_below;

/// Euler's constant.
const GAMMA: f64 = 0.577_215_664_901_532_9;
/// The integral of [`expected_maximum`] goes so far to both sides, in so many steps.
const REACH: f64 = 12.0;
const STEPS: u32 = 4_096;
/// [`implied_count`] looks no further.
const COUNT_MAX: f64 = 1e12;

/// The value that a standard normal variable is below with probability `p`; infinite at 0 and 1.
///
/// Algorithm AS 241 (Wichura 1988), good to sixteen digits.
pub fn normal_quantile(p: f64) -> f64 {
    let centred = p - 0.5;
    if centred.abs() <= 0.425 {
        let r = 0.180_625 - centred * centred;
        return centred * ratio(r, &CENTRE_ABOVE, &CENTRE_BELOW);
    }
    let tail = if centred < 0.0 { p } else { 1.0 - p };
    if tail <= 0.0 {
        return f64::INFINITY.copysign(centred);
    }
    let r = libm::sqrt(-libm::log(tail));
    let value = if r <= 5.0 {
        ratio(r - 1.6, &NEAR_ABOVE, &NEAR_BELOW)
    } else {
        ratio(r - 5.0, &FAR_ABOVE, &FAR_BELOW)
    };
    value.copysign(centred)
}

/// One polynomial over another, the highest power first.
fn ratio(x: f64, above: &[f64; 8], below: &[f64; 8]) -> f64 {
    let at = |polynomial: &[f64; 8]| polynomial.iter().fold(0.0, |sum, factor| sum * x + factor);
    at(above) / at(below)
}

const CENTRE_ABOVE: [f64; 8] = [
    2_509.080_928_730_122_7,
    33_430.575_583_588_13,
    67_265.770_927_008_7,
    45_921.953_931_549_87,
    13_731.693_765_509_46,
    1_971.590_950_306_551_3,
    133.141_667_891_784_38,
    3.387_132_872_796_366_5,
];
const CENTRE_BELOW: [f64; 8] = [
    5_226.495_278_852_854,
    28_729.085_735_721_943,
    39_307.895_800_092_71,
    21_213.794_301_586_597,
    5_394.196_021_424_751,
    687.187_007_492_057_9,
    42.313_330_701_600_91,
    1.0,
];
const NEAR_ABOVE: [f64; 8] = [
    7.745_450_142_783_414e-4,
    0.022_723_844_989_269_184,
    0.241_780_725_177_450_6,
    1.270_458_252_452_368_4,
    3.647_848_324_763_204_5,
    5.769_497_221_460_691,
    4.630_337_846_156_546,
    1.423_437_110_749_683_5,
];
const NEAR_BELOW: [f64; 8] = [
    1.050_750_071_644_416_9e-9,
    5.475_938_084_995_345e-4,
    0.015_198_666_563_616_457,
    0.148_103_976_427_480_08,
    0.689_767_334_985_1,
    1.676_384_830_183_803_8,
    2.053_191_626_637_759,
    1.0,
];
const FAR_ABOVE: [f64; 8] = [
    2.010_334_399_292_288_1e-7,
    2.711_555_568_743_487_6e-5,
    0.001_242_660_947_388_078_4,
    0.026_532_189_526_576_124,
    0.296_560_571_828_504_87,
    1.784_826_539_917_291_3,
    5.463_784_911_164_114,
    6.657_904_643_501_103,
];
const FAR_BELOW: [f64; 8] = [
    2.044_263_103_389_939_8e-15,
    1.421_511_758_316_446e-7,
    1.846_318_317_510_054_7e-5,
    7.868_691_311_456_133e-4,
    0.014_875_361_290_850_615,
    0.136_929_880_922_735_8,
    0.599_832_206_555_888,
    1.0,
];

/// What the greatest of `count` independent standard normal draws is on average: the integral of
/// `count z φ(z) Φ(z)^(count - 1)` by Simpson's rule. `count` is any number from 1 on.
pub fn expected_maximum(count: f64) -> f64 {
    let width = 2.0 * REACH / f64::from(STEPS);
    let at = |step: u32| {
        let z = -REACH + f64::from(step) * width;
        let density = libm::exp(-z * z / 2.0) / libm::sqrt(2.0 * PI);
        let all_below = libm::exp((count - 1.0) * log_below(z));
        count * z * density * all_below
    };
    let inner: f64 =
        (1..STEPS).map(|step| if step % 2 == 1 { 4.0 * at(step) } else { 2.0 * at(step) }).sum();
    (at(0) + inner + at(STEPS)) * width / 3.0
}

/// The logarithm of the law; by the upper tail where it is close to one.
fn log_below(z: f64) -> f64 {
    if z < 0.0 { libm::log(normal_below(z)) } else { libm::log1p(-normal_below(-z)) }
}

/// The same by the formula of Bailey and Lopez de Prado (2014, eq. 1), to compare with others: 8 %
/// too low at 2, within a hundredth from 100 on, and without a value at 1.
pub fn approximate_maximum(count: f64) -> f64 {
    (1.0 - GAMMA) * normal_quantile(1.0 - 1.0 / count)
        + GAMMA * normal_quantile(1.0 - 1.0 / (count * E))
}

/// How many independent draws have that greatest value on average: what [`expected_maximum`] is
/// undone by. At least 1, at most 10^12.
pub fn implied_count(maximum: f64) -> f64 {
    let (mut low, mut high) = (0.0, libm::log(COUNT_MAX));
    for _ in 0..45 {
        let middle = f64::midpoint(low, high);
        if expected_maximum(libm::exp(middle)) < maximum { low = middle } else { high = middle }
    }
    libm::exp(f64::midpoint(low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: f64, right: f64, within: f64) {
        assert!((left - right).abs() <= within * right.abs().max(1e-300), "{left} is not {right}");
    }

    #[test]
    fn quantiles_undo_the_law() {
        for p in [1e-300, 1e-30, 1e-12, 1e-4, 0.05, 0.074, 0.076, 0.3, 0.5, 0.7, 0.93, 0.999] {
            close(normal_below(normal_quantile(p)), p, 1e-12);
        }
        close(normal_quantile(0.975), 1.959_963_984_540_054, 1e-15);
        assert_eq!((normal_quantile(0.0), normal_quantile(1.0)), (-f64::INFINITY, f64::INFINITY));
    }

    #[test]
    fn the_greatest_of_few_draws_is_known_in_closed_form() {
        close(expected_maximum(2.0), 1.0 / PI.sqrt(), 1e-12);
        close(expected_maximum(3.0), 1.5 / PI.sqrt(), 1e-12);
        assert!(expected_maximum(1.0).abs() < 1e-12);
        assert_eq!(approximate_maximum(1.0), -f64::INFINITY);
        close(approximate_maximum(1_000.0), expected_maximum(1_000.0), 0.01);
    }

    #[test]
    fn the_count_is_found_from_the_greatest() {
        for count in [1.5, 37.0, 3e6] {
            close(implied_count(expected_maximum(count)), count, 1e-9);
        }
        close(implied_count(-1.0), 1.0, 1e-12);
    }
}
