//! An equity curve thinned while it is computed: never held as a whole.

use crate::engine::Observer;

/// First, last and the deepest point are kept besides the buckets.
const POINTS_BESIDE_BUCKETS: u64 = 3;
/// The fewest points a curve can be thinned to: those three, and a bucket's two.
pub const CURVE_POINTS_MIN: usize = 5;

/// A point of an equity curve, in money units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// End of a bar, or the start; UTC milliseconds.
    pub time_ms: i64,
    /// The equity then.
    pub equity: i64,
    /// The fall from the highest equity so far, as a fraction of it.
    pub drawdown: f64,
}

/// The highest equity so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peak(i64);

impl Default for Peak {
    fn default() -> Self {
        Self(i64::MIN)
    }
}

impl Peak {
    /// The next point. The formula is that of the metric `max_drawdown`, whose value the deepest
    /// point has.
    pub(super) fn point(&mut self, time_ms: i64, equity: i64) -> CurvePoint {
        self.0 = self.0.max(equity);
        let fall = (i128::from(self.0) - i128::from(equity)) as f64;
        CurvePoint { time_ms, equity, drawdown: fall / self.0 as f64 }
    }
}

/// A thinned equity curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The points kept, in order of time.
    pub points: Vec<CurvePoint>,
    /// Points of the whole curve.
    pub total: u64,
    /// What each unit of money would be worth at each point if the first instrument were held.
    pub held: Vec<f64>,
    /// How much of the equity each instrument was at each point; empty unless asked for.
    pub weights: Vec<Vec<f64>>,
}

/// Cuts a curve of a known length into buckets and keeps the lowest and the highest point of
/// each, beside the first, the last and the deepest drawdown.
pub(super) struct CurveSampler {
    /// Points of the curve to come between the first and the last.
    inner_total: u64,
    buckets: u64,
    seen: u64,
    peak: Peak,
    deepest: Option<Numbered>,
    bucket: Option<Bucket>,
    kept: Vec<Numbered>,
    last: Option<Numbered>,
}

type Numbered = (u64, CurvePoint);

struct Bucket {
    number: u64,
    lowest: Numbered,
    highest: Numbered,
}

impl CurveSampler {
    /// For a curve of `total` points, of which at most `points_max` are kept.
    pub(super) fn new(total: u64, points_max: usize) -> Self {
        let inner_total = total.saturating_sub(2);
        let room = points_max.max(CURVE_POINTS_MIN) as u64;
        let is_whole = total <= room;
        let buckets = if is_whole { inner_total } else { (room - POINTS_BESIDE_BUCKETS) / 2 };
        Self {
            inner_total,
            buckets: buckets.max(1),
            seen: 0,
            peak: Peak::default(),
            deepest: None,
            bucket: None,
            kept: Vec::with_capacity(room.min(total) as usize),
            last: None,
        }
    }

    /// The thinned curve.
    pub(super) fn finish(mut self) -> Curve {
        self.close_bucket();
        self.kept.extend(self.last);
        self.kept.extend(self.deepest);
        self.kept.sort_unstable_by_key(|(index, _)| *index);
        self.kept.dedup_by_key(|(index, _)| *index);
        let points = self.kept.into_iter().map(|(_, point)| point).collect();
        Curve { points, total: self.seen, held: Vec::new(), weights: Vec::new() }
    }

    /// Takes a point that is neither the first nor the last.
    fn put_in_bucket(&mut self, (index, point): Numbered) {
        let place = u128::from(index - 1) * u128::from(self.buckets);
        let number = (place / u128::from(self.inner_total.max(1))) as u64;
        // Should the curve be longer than it was said to be, the last bucket takes the rest.
        let number = number.min(self.buckets - 1);
        match &mut self.bucket {
            Some(bucket) if bucket.number == number => {
                if point.equity < bucket.lowest.1.equity {
                    bucket.lowest = (index, point);
                }
                if point.equity > bucket.highest.1.equity {
                    bucket.highest = (index, point);
                }
            }
            _ => {
                self.close_bucket();
                let (lowest, highest) = ((index, point), (index, point));
                self.bucket = Some(Bucket { number, lowest, highest });
            }
        }
    }

    fn close_bucket(&mut self) {
        if let Some(Bucket { lowest, highest, .. }) = self.bucket.take() {
            self.kept.extend([lowest, highest]);
        }
    }
}

impl Observer for CurveSampler {
    fn equity(&mut self, time_ms: i64, equity: i64) {
        let point = self.peak.point(time_ms, equity);
        let numbered = (self.seen, point);
        self.seen += 1;
        if self.deepest.is_none_or(|(_, deepest)| point.drawdown > deepest.drawdown) {
            self.deepest = Some(numbered);
        }
        // Which one is the last shows only now that another follows.
        match self.last.replace(numbered) {
            None => {}
            Some(first @ (0, _)) => self.kept.push(first),
            Some(inner) => self.put_in_bucket(inner),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sampled(equities: &[i64], points_max: usize) -> Curve {
        let mut sampler = CurveSampler::new(equities.len() as u64, points_max);
        for (&equity, time_ms) in equities.iter().zip(0..) {
            sampler.equity(time_ms, equity);
        }
        sampler.finish()
    }

    #[test]
    fn a_curve_that_fits_is_whole() {
        let curve = sampled(&[10, 12, 9, 9, 15], 5);
        let equities: Vec<_> = curve.points.iter().map(|point| point.equity).collect();
        assert_eq!((equities.as_slice(), curve.total), ([10, 12, 9, 9, 15].as_slice(), 5));
        let drawdowns: Vec<_> = curve.points.iter().map(|point| point.drawdown).collect();
        assert_eq!(drawdowns, [0.0, 0.0, 0.25, 0.25, 0.0]);
        assert_eq!(sampled(&[10], 100).points.len(), 1);
    }

    proptest! {
        #[test]
        fn ends_extremes_and_the_deepest_fall_are_kept(
            equities in prop::collection::vec(1_i64..1_000, 1..400),
            points_max in CURVE_POINTS_MIN..60,
        ) {
            let curve = sampled(&equities, points_max);
            let points = &curve.points;
            prop_assert!(points.len() <= points_max, "{} points", points.len());
            prop_assert_eq!(curve.total, equities.len() as u64);
            prop_assert!(points.is_sorted_by(|left, right| left.time_ms < right.time_ms));
            prop_assert!(points.iter().all(|p| equities[p.time_ms as usize] == p.equity));
            prop_assert_eq!(points[0].time_ms, 0);
            prop_assert_eq!(points[points.len() - 1].time_ms, equities.len() as i64 - 1);
            prop_assert_eq!(points.iter().map(|p| p.equity).max(), equities.iter().max().copied());
            prop_assert_eq!(points.iter().map(|p| p.equity).min(), equities.iter().min().copied());
            let whole = sampled(&equities, 400);
            let deepest = |curve: &Curve| {
                curve.points.iter().map(|p| p.drawdown).fold(0.0, f64::max)
            };
            prop_assert_eq!(deepest(&curve), deepest(&whole));
        }
    }
}
