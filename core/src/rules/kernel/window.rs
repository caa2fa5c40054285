//! Windows by blocks: the window is the tail of the block before joined with the head of this one.
//! Nothing is ever taken away, so nothing drifts, and there is one order of operations.

use super::finite;

/// What is known of a stretch of values, and how two stretches that follow each other are one.
pub(in crate::rules) trait Joined: Copy {
    /// What is known of no value.
    const EMPTY: Self;

    /// What is known of one pair of values; most look at the first only.
    fn of(x: f64, y: f64) -> Self;

    /// What is known of both, the earlier first.
    #[must_use]
    fn then(self, later: Self) -> Self;
}

/// The last values, as many as it is long; begins anew after one that is none.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Window<J> {
    /// Up to `next` the values of the present block; from there on, for each place of the block
    /// before, what is known from that place to its end.
    block: Box<[J]>,
    next: usize,
    head: J,
    is_warm: bool,
}

impl<J: Joined> Window<J> {
    pub(super) fn new(length: usize) -> Self {
        let block = vec![J::EMPTY; length.max(1)].into();
        Self { block, next: 0, head: J::EMPTY, is_warm: false }
    }

    #[inline]
    pub(super) fn step(&mut self, x: f64) -> Option<J> {
        self.step_pair(x, 0.0)
    }

    /// What is known of the window that ends with this pair.
    #[inline]
    pub(super) fn step_pair(&mut self, x: f64, y: f64) -> Option<J> {
        if x.is_nan() || y.is_nan() {
            (self.next, self.head, self.is_warm) = (0, J::EMPTY, false);
            return None;
        }
        let value = J::of(x, y);
        self.block[self.next] = value;
        self.head = if self.next == 0 { value } else { self.head.then(value) };
        self.next += 1;
        if self.next == self.block.len() {
            return Some(self.end_block());
        }
        self.is_warm.then(|| self.block[self.next].then(self.head))
    }

    /// How many values the block has room for.
    pub(super) fn left(&self) -> usize {
        self.block.len() - self.next
    }

    /// Whether the next value is the first of its block.
    pub(super) fn begins(&self) -> bool {
        self.next == 0
    }

    /// What is known of the block so far, and of the one before from each of the next places but
    /// one on: what the windows that end at so many values begin with, where they are full.
    pub(super) fn known(&self, count: usize) -> (J, &[J]) {
        let places = self.next + 1..self.block.len().min(self.next + 1 + count);
        (self.head, if self.is_warm { &self.block[places] } else { &[] })
    }

    /// Takes in the next values of the block, with what is known of it then; the whole of it if
    /// that was its last.
    pub(super) fn take(&mut self, values: &[f64], head: J) -> Option<J> {
        for (place, x) in self.block[self.next..].iter_mut().zip(values) {
            *place = J::of(*x, 0.0);
        }
        self.head = head;
        self.next += values.len();
        (self.next == self.block.len()).then(|| self.end_block())
    }

    fn end_block(&mut self) -> J {
        let whole = self.head;
        for place in (1..self.block.len()).rev() {
            self.block[place - 1] = self.block[place - 1].then(self.block[place]);
        }
        (self.next, self.is_warm) = (0, true);
        whole
    }
}

/// The sum.
#[derive(Clone, Copy, Debug)]
pub(in crate::rules) struct Total(pub(super) f64);

impl Joined for Total {
    const EMPTY: Self = Self(0.0);

    #[inline]
    fn of(x: f64, _: f64) -> Self {
        Self(x)
    }

    #[inline]
    fn then(self, later: Self) -> Self {
        Self(self.0 + later.0)
    }
}

/// The product.
#[derive(Clone, Copy, Debug)]
pub(in crate::rules) struct Product(pub(super) f64);

impl Joined for Product {
    const EMPTY: Self = Self(1.0);

    #[inline]
    fn of(x: f64, _: f64) -> Self {
        Self(x)
    }

    #[inline]
    fn then(self, later: Self) -> Self {
        Self(self.0 * later.0)
    }
}

/// The sum with weights that rise by one a value.
#[derive(Clone, Copy, Debug)]
pub(in crate::rules) struct Weighted {
    count: f64,
    sum: f64,
    by_age: f64,
}

impl Weighted {
    #[inline]
    pub(super) fn mean(self) -> f64 {
        finite(self.by_age / (self.count * (self.count + 1.0) / 2.0))
    }
}

impl Joined for Weighted {
    const EMPTY: Self = Self { count: 0.0, sum: 0.0, by_age: 0.0 };

    #[inline]
    fn of(x: f64, _: f64) -> Self {
        Self { count: 1.0, sum: x, by_age: x }
    }

    #[inline]
    fn then(self, later: Self) -> Self {
        Self {
            count: self.count + later.count,
            sum: self.sum + later.sum,
            by_age: self.by_age + later.by_age + self.count * later.sum,
        }
    }
}

/// The sum of squared distances from the mean.
///
/// Chan, Golub and `LeVeque`, Updating formulae and a pairwise algorithm for computing sample
/// variances (1979).
#[derive(Clone, Copy, Debug)]
pub(in crate::rules) struct Moments {
    pub(super) count: f64,
    pub(super) sum: f64,
    /// The sum over the count, which each stretch is asked for more than once.
    pub(super) mean: f64,
    pub(super) squares: f64,
}

impl Moments {
    #[inline]
    pub(super) fn variance(self) -> f64 {
        finite(self.squares / self.count)
    }
}

impl Joined for Moments {
    const EMPTY: Self = Self { count: 0.0, sum: 0.0, mean: 0.0, squares: 0.0 };

    #[inline]
    fn of(x: f64, _: f64) -> Self {
        Self { count: 1.0, sum: x, mean: x, squares: 0.0 }
    }

    #[inline]
    fn then(self, later: Self) -> Self {
        let (count, sum) = (self.count + later.count, self.sum + later.sum);
        let distance = later.mean - self.mean;
        let between = distance * distance * (self.count * later.count / count);
        let squares = self.squares + later.squares + between;
        Self { count, sum, mean: sum / count, squares }
    }
}

/// The sum of products of distances from both means.
#[derive(Clone, Copy, Debug)]
pub(in crate::rules) struct CoMoments {
    count: f64,
    sums: (f64, f64),
    products: f64,
}

impl CoMoments {
    #[inline]
    pub(super) fn covariance(self) -> f64 {
        finite(self.products / self.count)
    }
}

impl Joined for CoMoments {
    const EMPTY: Self = Self { count: 0.0, sums: (0.0, 0.0), products: 0.0 };

    #[inline]
    fn of(x: f64, y: f64) -> Self {
        Self { count: 1.0, sums: (x, y), products: 0.0 }
    }

    #[inline]
    fn then(self, later: Self) -> Self {
        let count = self.count + later.count;
        let distance = |mine: f64, theirs: f64| theirs / later.count - mine / self.count;
        let between = distance(self.sums.0, later.sums.0) * distance(self.sums.1, later.sums.1);
        let between = between * (self.count * later.count / count);
        let sums = (self.sums.0 + later.sums.0, self.sums.1 + later.sums.1);
        Self { count, sums, products: self.products + later.products + between }
    }
}

/// The greatest value.
#[derive(Clone, Copy, Debug)]
pub(in crate::rules) struct Top(pub(super) f64);

impl Joined for Top {
    const EMPTY: Self = Self(f64::NEG_INFINITY);

    #[inline]
    fn of(x: f64, _: f64) -> Self {
        Self(x)
    }

    #[inline]
    fn then(self, later: Self) -> Self {
        Self(if self.0 > later.0 { self.0 } else { later.0 })
    }
}

/// The greatest value and how many values have come since; of equals the newest.
#[derive(Clone, Copy, Debug)]
pub(in crate::rules) struct Greatest {
    value: f64,
    count: u32,
    since: u32,
}

impl Greatest {
    #[inline]
    pub(super) fn bars_ago(self) -> f64 {
        f64::from(self.since)
    }
}

impl Joined for Greatest {
    const EMPTY: Self = Self { value: f64::NEG_INFINITY, count: 0, since: 0 };

    #[inline]
    fn of(x: f64, _: f64) -> Self {
        Self { value: x, count: 1, since: 0 }
    }

    #[inline]
    fn then(self, later: Self) -> Self {
        let count = self.count + later.count;
        let since = self.since + later.count;
        let is_greater = self.value > later.value;
        Self {
            value: if is_greater { self.value } else { later.value },
            count,
            since: if is_greater { since } else { later.since },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(left: f64, right: f64) -> bool {
        (left - right).abs() <= 1e-9 * (1.0 + left.abs().max(right.abs()))
    }

    proptest! {
        #[test]
        fn windows_know_what_their_values_say(
            values in prop::collection::vec(-50_i32..50, 1..80), length in 1_usize..20,
        ) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let mut sum = Window::<Total>::new(length);
            let mut wma = Window::<Weighted>::new(length);
            let mut variance = Window::<Moments>::new(length);
            let mut covariance = Window::<CoMoments>::new(length);
            let mut greatest = Window::<Greatest>::new(length);
            let mut top = Window::<Top>::new(length);
            for (bar, &x) in values.iter().enumerate() {
                let y = x * x - 3.0;
                let read = (
                    sum.step(x), wma.step(x), variance.step(x), covariance.step_pair(x, y),
                    greatest.step(x), top.step(x),
                );
                let Some(start) = (bar + 1).checked_sub(length) else {
                    prop_assert!(read.0.is_none() && read.4.is_none());
                    continue;
                };
                let window = &values[start..=bar];
                let n = length as f64;
                let total: f64 = window.iter().sum();
                let mean = total / n;
                let mean_y = window.iter().map(|x| x * x - 3.0).sum::<f64>() / n;
                let weights = window.iter().zip(1..).map(|(x, w)| x * f64::from(w)).sum::<f64>();
                let squares = window.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
                let product = |x: &f64| (x - mean) * (x * x - 3.0 - mean_y);
                let products = window.iter().map(product).sum::<f64>();
                prop_assert_eq!(read.0.unwrap().0, total);
                prop_assert!(near(read.1.unwrap().mean(), weights / (n * (n + 1.0) / 2.0)));
                prop_assert!(near(read.2.unwrap().variance(), squares / n));
                prop_assert!(near(read.3.unwrap().covariance(), products / n));
                let most = window.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let ago = window.iter().rev().position(|x| *x == most).unwrap();
                prop_assert_eq!(read.4.unwrap().value, most);
                prop_assert_eq!(read.5.unwrap().0, most);
                prop_assert_eq!(read.4.unwrap().bars_ago(), ago as f64);
            }
        }
    }

    #[test]
    fn a_still_market_has_no_variance_and_a_gap_begins_anew() {
        let mut window = Window::<Moments>::new(3);
        let read: Vec<_> = [0.1, 0.1, 0.1, 0.1, f64::NAN, 0.1, 0.1, 0.1]
            .map(|x| window.step(x).map(Moments::variance))
            .into();
        assert_eq!(read[2..], [Some(0.0), Some(0.0), None, None, None, Some(0.0)]);
    }
}
