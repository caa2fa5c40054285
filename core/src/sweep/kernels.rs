//! Where some trials of a space lie, as a density: a kernel about each, and one over everything.

use super::dice::Dice;
use super::space::Digit;

/// So many deviations from its middle a kernel is nothing.
const REACH: f64 = 9.0;
/// What lies so far below the kernel over everything, as a logarithm, adds nothing to it.
const NOTHING: f64 = 40.0;
/// The least deviation of a kernel, in places: less would not reach its neighbours.
const DEVIATION_MIN: f64 = 0.5;
/// The least deviation as a part of the axis is one of so many at most.
const PARTS_MAX: usize = 100;

/// A mixture of equally likely kernels, each a product over the digits (Falkner, Klein & Hutter
/// 2018): on ordered digits a normal law cut to the places there are, on others its own value
/// before the rest. The last kernel is even over all.
#[derive(Clone, Debug)]
pub(super) struct Kernels {
    laws: Vec<Law>,
    /// Places of the middles, digit by digit, one after the other.
    middles: Vec<u64>,
    /// What makes each kernel sum to 1, as a logarithm.
    scales: Vec<f64>,
    /// The kernel over everything, as a logarithm.
    even: f64,
}

/// How a kernel falls off along a digit.
#[derive(Clone, Debug)]
enum Law {
    Normal {
        count: u64,
        /// -1 / (2 σ²).
        slope: f64,
        /// Sums of the weights of all distances up to each.
        sums: Vec<f64>,
    },
    Own {
        count: u64,
        /// The share of the own value, and that of each other, as logarithms.
        own: f64,
        other: f64,
    },
}

impl Kernels {
    /// About these points; `seen` is how many trials there are, of which these are some.
    pub(super) fn about(digits: &[Digit], points: &[Vec<u64>], seen: usize) -> Self {
        let laws = digits.iter().enumerate().map(|(place, digit)| {
            let along: Vec<f64> = points.iter().map(|point| point[place] as f64).collect();
            Law::of(*digit, &along, (digits.len(), seen))
        });
        let even = -digits.iter().map(|digit| libm::log(digit.count as f64)).sum::<f64>();
        let (middles, scales) = (Vec::new(), Vec::new());
        let mut kernels = Self { laws: laws.collect(), middles, scales, even };
        for point in points {
            kernels.push(point);
        }
        kernels
    }

    /// One more kernel, of the same laws.
    pub(super) fn push(&mut self, point: &[u64]) {
        let scale = self.laws.iter().zip(point).map(|(law, middle)| law.scale(*middle)).sum();
        self.scales.push(scale);
        self.middles.extend(point);
    }

    /// A point drawn from the mixture.
    pub(super) fn draw(&self, dice: &mut Dice) -> Vec<u64> {
        let width = self.laws.len();
        let kernel = dice.below(self.scales.len() as u64 + 1) as usize * width;
        let middle = self.middles.get(kernel..kernel + width);
        let laws = self.laws.iter().enumerate();
        laws.map(|(place, law)| match middle {
            Some(middle) => law.draw(middle[place], dice),
            None => dice.below(law.count()),
        })
        .collect()
    }

    /// How dense the mixture is there, as a logarithm.
    pub(super) fn density(&self, point: &[u64]) -> f64 {
        let mut sum = 1.0;
        for (middle, scale) in self.middles.chunks_exact(self.laws.len()).zip(&self.scales) {
            let mut weight = scale - self.even;
            for ((law, middle), place) in self.laws.iter().zip(middle).zip(point) {
                weight += law.weight(middle.abs_diff(*place));
            }
            if weight > -NOTHING {
                sum += libm::exp(weight);
            }
        }
        self.even + libm::log(sum / (self.scales.len() + 1) as f64)
    }
}

impl Law {
    /// By Scott's rule (1992), but of no less than a part of the digit.
    fn of(digit: Digit, along: &[f64], (dimensions, seen): (usize, usize)) -> Self {
        let (count, number) = (digit.count, along.len() as f64);
        if !digit.is_ordered {
            // Over all kernels a value is as likely as it is often, and once more.
            let all = number + count as f64;
            let (own, other) = (libm::log((number + 1.0) / all), libm::log(1.0 / all));
            return Self::Own { count, own, other };
        }
        let mean = along.iter().sum::<f64>() / number.max(1.0);
        let squares: f64 = along.iter().map(|place| (place - mean) * (place - mean)).sum();
        let spread = libm::sqrt(squares / (number - 1.0).max(1.0));
        let scott = spread * libm::pow(number.max(1.0), -1.0 / (dimensions as f64 + 4.0));
        let part = (count - 1) as f64 / seen.clamp(1, PARTS_MAX) as f64;
        let deviation = scott.max(part).max(DEVIATION_MIN);
        let slope = -0.5 / (deviation * deviation);
        let reach = (deviation * REACH) as u64;
        let mut sum = 0.0;
        let weights = (0..count.min(reach + 1)).map(|far| {
            sum += libm::exp(slope * (far as f64) * (far as f64));
            sum
        });
        Self::Normal { count, slope, sums: weights.collect() }
    }

    const fn count(&self) -> u64 {
        match self {
            Self::Normal { count, .. } | Self::Own { count, .. } => *count,
        }
    }

    /// The weight so far from the middle, before scaling, as a logarithm.
    fn weight(&self, far: u64) -> f64 {
        match self {
            Self::Normal { slope, .. } => slope * (far as f64) * (far as f64),
            Self::Own { own, other, .. } => {
                if far == 0 {
                    *own
                } else {
                    *other
                }
            }
        }
    }

    /// What scales the weights of all places to 1, as a logarithm.
    fn scale(&self, middle: u64) -> f64 {
        match self {
            Self::Normal { count, sums, .. } => -libm::log(up_to(sums, middle, count - 1)),
            Self::Own { .. } => 0.0,
        }
    }

    fn draw(&self, middle: u64, dice: &mut Dice) -> u64 {
        match self {
            Self::Normal { count, sums, .. } => {
                let wanted = dice.unit() * up_to(sums, middle, count - 1);
                let (mut low, mut high) = (0, count - 1);
                while low < high {
                    let place = low + (high - low) / 2;
                    if up_to(sums, middle, place) > wanted {
                        high = place;
                    } else {
                        low = place + 1;
                    }
                }
                low
            }
            Self::Own { count, own, .. } => {
                // Of the values from the middle on, round the end.
                let others = count - 1;
                let is_own = others == 0 || dice.is_within(libm::exp(*own));
                let far = if is_own { 0 } else { 1 + dice.below(others) };
                (middle + far) % count
            }
        }
    }
}

/// The weights of all places from 0 to that one.
fn up_to(sums: &[f64], middle: u64, place: u64) -> f64 {
    let sum = |far: u64| sums[(far as usize).min(sums.len() - 1)];
    if place < middle {
        sum(middle) - sum(middle - place - 1)
    } else {
        sum(middle) + sum(place - middle) - sum(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn digit(count: u64, is_ordered: bool) -> Digit {
        Digit { count, stride: 1, is_ordered }
    }

    proptest! {
        #[test]
        fn a_density_sums_to_one_and_draws_follow_it(
            points in prop::collection::vec((0_u64..40, 0_u64..3), 1..6),
            seen in 1_usize..300,
            seed: u64,
        ) {
            let digits = [digit(40, true), digit(3, false)];
            let points: Vec<_> = points.into_iter().map(|(x, y)| vec![x, y]).collect();
            let kernels = Kernels::about(&digits, &points, seen);
            let all = (0..40).flat_map(|x| (0..3).map(move |y| vec![x, y]));
            let dense: Vec<f64> = all.map(|point| libm::exp(kernels.density(&point))).collect();
            let sum: f64 = dense.iter().sum();
            prop_assert!((sum - 1.0).abs() < 1e-9, "{}", sum);
            let mut dice = Dice::of(seed, 1, 1);
            let mut drawn = vec![0.0; dense.len()];
            for _ in 0..2_000 {
                let point = kernels.draw(&mut dice);
                drawn[(point[0] * 3 + point[1]) as usize] += 1.0 / 2_000.0;
            }
            let mut most = 0.0_f64;
            let (mut above, mut below) = (0.0, 0.0);
            for (is, should) in drawn.iter().zip(&dense) {
                above += is;
                below += should;
                most = most.max((above - below).abs());
            }
            // Kolmogorov's bound of a chance of one in 10^6 is 2.7 / sqrt(2,000).
            prop_assert!(most < 0.061, "{}", most);
        }
    }

    #[test]
    fn it_is_densest_where_its_points_are_and_nowhere_empty() {
        let digits = [digit(100, true), digit(4, false)];
        let points = vec![vec![70, 2], vec![72, 2], vec![75, 2]];
        let kernels = Kernels::about(&digits, &points, 100);
        let at = |x, y| kernels.density(&[x, y]);
        assert!(at(72, 2) > at(50, 2) && at(72, 2) > at(72, 1));
        assert!(at(0, 0) > -10.0, "{}", at(0, 0));
        let wide = Kernels::about(&digits, &points, 3);
        assert!(wide.density(&[50, 2]) > at(50, 2), "of few trials little is known");
    }
}
