//! The trades of one account in other orders: each as it was, all of them once. The end is the same
//! in every order, so it tells nothing of the profit; it tells how deep an account could have
//! fallen on its way there, had luck dealt the same trades otherwise.

use super::overfitting::Abandoned;
use crate::sweep::mix;

/// Told apart from what else follows from the same seed.
const STREAM: u64 = 0x5472_6164_6573_2e31;
/// Trades over all orders at most: some seconds of work.
const STEPS_MAX: usize = 100_000_000;
/// Trades between two looks at whether anybody still waits.
const STEPS_BETWEEN_LOOKS: usize = 1_000_000;
/// Fewer trades have too few orders to tell anything.
const TRADES_MIN: usize = 10;

/// What one order comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OrderFigures {
    /// The deepest fall from a peak, by the ends of trades, as a fraction of it.
    pub max_drawdown: f64,
    /// The most losses one after the other.
    pub losing_streak: f64,
}

impl OrderFigures {
    /// Of these returns as they came.
    pub fn of(returns: &[f64]) -> Self {
        let (mut worth, mut peak) = (1.0_f64, 1.0_f64);
        let (mut fall, mut streak, mut longest) = (0.0_f64, 0_u64, 0_u64);
        for value in returns {
            worth = (worth * (1.0 + value)).max(0.0);
            peak = peak.max(worth);
            fall = fall.max(1.0 - worth / peak);
            streak = if *value < 0.0 { streak + 1 } else { 0 };
            longest = longest.max(streak);
        }
        Self { max_drawdown: fall, losing_streak: longest as f64 }
    }
}

/// What so many orders of these returns come to; fewer where there are very many trades, and none
/// of fewer than ten. No order knows of another.
///
/// # Errors
///
/// If it is not `wanted` any more.
pub fn shuffled(
    returns: &[f64],
    count: usize,
    seed: u64,
    wanted: impl Fn() -> bool,
) -> Result<Vec<OrderFigures>, Abandoned> {
    if returns.len() < TRADES_MIN {
        return Ok(Vec::new());
    }
    let count = count.min((STEPS_MAX / returns.len()).max(1));
    let between_looks = (STEPS_BETWEEN_LOOKS / returns.len()).max(1);
    let mut order = Vec::with_capacity(returns.len());
    let mut found = Vec::with_capacity(count);
    for draw in 0..count {
        if draw % between_looks == 0 && !wanted() {
            return Err(Abandoned);
        }
        order.clear();
        order.extend_from_slice(returns);
        let stream = mix(mix(seed ^ STREAM).wrapping_add(draw as u64));
        // Fisher and Yates, by random numbers that are looked up.
        for place in (1..order.len()).rev() {
            let word = mix(stream.wrapping_add(place as u64));
            let other = (u128::from(word) * (place as u128 + 1)) >> 64;
            order.swap(place, other as usize);
        }
        found.push(OrderFigures::of(&order));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validation::quantile;

    fn near(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-12, "{left} is not {right}");
    }

    fn sorted(found: &[OrderFigures], figure: fn(&OrderFigures) -> f64) -> Vec<f64> {
        let mut values: Vec<f64> = found.iter().map(figure).collect();
        values.sort_unstable_by(f64::total_cmp);
        values
    }

    #[test]
    fn figures_are_those_of_trades_one_after_the_other() {
        // The worked example of five returns, by numpy.
        let five = OrderFigures::of(&[0.05, -0.04, 0.03, -0.06, 0.02]);
        near(five.max_drawdown, 0.070_528);
        assert_eq!(five.losing_streak, 1.0);
        let lost = OrderFigures::of(&[0.1, -0.1, -1.2, 0.0, -0.1]);
        assert_eq!((lost.max_drawdown, lost.losing_streak), (1.0, 2.0));
        assert_eq!(OrderFigures::of(&[]), OrderFigures::default());
    }

    #[test]
    fn orders_are_as_likely_as_all_orders_are() {
        // Five gains and five losses of a tenth: the longest run of losses over all 252 ways to
        // arrange them, counted.
        let returns: Vec<f64> = (0..10).map(|at| if at < 5 { 0.1 } else { -0.1 }).collect();
        let mut counts = [0_u32; 6];
        for ways in 0_u32..1 << 10 {
            if ways.count_ones() == 5 {
                let longest = (0..10).scan(0_usize, |streak, bit| {
                    *streak = if ways >> bit & 1 == 1 { *streak + 1 } else { 0 };
                    Some(*streak)
                });
                counts[longest.max().unwrap()] += 1;
            }
        }
        let found = shuffled(&returns, 20_000, 3, || true).unwrap();
        for (streak, count) in counts.iter().enumerate() {
            let share = found.iter().filter(|it| it.losing_streak == streak as f64).count();
            let expected = f64::from(*count) / 252.0;
            let share = share as f64 / 20_000.0;
            assert!((share - expected).abs() < 0.015, "{streak}: {share} of {expected}");
        }
    }

    #[test]
    fn they_follow_from_the_seed_alone_and_differ_in_their_falls() {
        let returns: Vec<f64> = (0..40).map(|at| f64::from(at % 7 - 3) / 100.0).collect();
        let found = shuffled(&returns, 500, 1, || true).unwrap();
        assert_eq!(found[..100], shuffled(&returns, 100, 1, || true).unwrap()[..]);
        assert_ne!(found, shuffled(&returns, 500, 2, || true).unwrap());
        let falls = sorted(&found, |it| it.max_drawdown);
        assert!(quantile(&falls, 0.95).unwrap() > 1.3 * quantile(&falls, 0.05).unwrap());
    }

    #[test]
    fn too_few_trades_tell_nothing_and_unwanted_ones_are_given_up() {
        assert_eq!(shuffled(&[0.1; 9], 100, 1, || true), Ok(Vec::new()));
        assert_eq!(shuffled(&[0.1; 10], 100, 1, || false), Err(Abandoned));
    }
}
