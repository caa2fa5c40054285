//! All stops of a position as one: a function of the best price since its entry that never falls.
//! Knows nothing of bars or money.

use super::exits::nearest_tick;
use super::fill::{ExitReason, Side};
use super::terms::Fraction;

/// A distance ready to be measured: ticks, or what ticks follow from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Away {
    /// That fraction of the price it is measured from.
    Part(Fraction),
    /// So many ticks.
    Ticks(i64),
    /// So many ticks, of which a level is rounded.
    Range(f64),
}

/// Where a stop stands, and what for. The price is seen by a long: that of a short is negated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopLevel {
    /// The price.
    pub level: i64,
    /// Which stop it is.
    pub reason: ExitReason,
}

/// The stops of one position. Prices are seen by a long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StopCurve {
    side: Side,
    /// A fixed stop.
    pub stop_loss: Option<i64>,
    /// From which best price on a stop stands where.
    break_even: Option<(i64, i64)>,
    /// From which best price on a stop follows it, and how far behind.
    trailing: Option<(i64, Away)>,
}

/// Stops that move, and what they wait for; all measured from the entry.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MovingStops {
    /// How far the price must have gone, and how far beyond the entry the stop is then.
    pub break_even: Option<(Away, Away)>,
    /// How far behind the best price, and how far that must have gone.
    pub trailing: Option<(Away, Away)>,
}

impl Away {
    /// Nothing.
    pub const NONE: Self = Self::Ticks(0);

    /// The price so far away from one, up (`1`) or down (`-1`): the nearest tick, half away from
    /// zero.
    pub fn from(self, price: i64, direction: i64) -> i64 {
        match self {
            Self::Part(part) => part.beyond(price, direction),
            Self::Ticks(ticks) => price.saturating_add(direction.saturating_mul(ticks)),
            Self::Range(ticks) => nearest_tick(price as f64 + direction as f64 * ticks),
        }
    }
}

impl MovingStops {
    /// None that moves.
    pub const NONE: Self = Self { break_even: None, trailing: None };

    /// The trailing stop keeps that distance from now on.
    pub const fn trail_by(&mut self, distance: Away) {
        if let Some((away, _)) = &mut self.trailing {
            *away = distance;
        }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.break_even.is_none() && self.trailing.is_none()
    }
}

impl StopCurve {
    /// The stops of a position of that side whose entry was at that price; `stop_loss` is the price
    /// of the fixed one.
    pub fn new(side: Side, entry: i64, stop_loss: Option<i64>, moving: &MovingStops) -> Self {
        let sign = side.sign();
        let beyond = |away: Away| away.from(entry, sign) * sign;
        // No bar need reach beyond what brings the stop: there it could not fill.
        let break_even = moving.break_even.map(|(trigger, offset)| {
            let trigger = beyond(trigger);
            (trigger, beyond(offset).min(trigger))
        });
        Self {
            side,
            stop_loss: stop_loss.map(|price| price * sign),
            break_even,
            trailing: moving.trailing.map(|(away, activation)| (beyond(activation), away)),
        }
    }

    /// Whether it depends on the best price at all.
    pub const fn is_moving(&self) -> bool {
        self.break_even.is_some() || self.trailing.is_some()
    }

    /// Whether it is the same where the best price comes to at once as where it goes bar by bar.
    /// With two stops that move, the one that came first to a level of both is its reason.
    pub const fn may_leap(&self) -> bool {
        self.break_even.is_none() || self.trailing.is_none()
    }

    /// The stop where that was the best price: the highest of those that count then, and of equal
    /// ones the first of stop-loss, break-even and trailing stop.
    pub fn at(&self, best: i64) -> Option<StopLevel> {
        let stop = |level, reason| StopLevel { level, reason };
        let highest = self.stop_loss.map(|level| stop(level, ExitReason::StopLoss));
        if !self.is_moving() {
            return highest;
        }
        let break_even = self.break_even.filter(|(trigger, _)| best >= *trigger);
        let break_even = break_even.map(|(_, level)| stop(level, ExitReason::BreakEven));
        let trailing = self.trailing.filter(|(activation, _)| best >= *activation);
        let trailing =
            trailing.map(|(_, away)| stop(self.behind(best, away), ExitReason::TrailingStop));
        let higher = |one: Option<StopLevel>, other: Option<StopLevel>| match (one, other) {
            (Some(one), Some(other)) if other.level > one.level => Some(other),
            (one, other) => one.or(other),
        };
        higher(higher(highest, break_even), trailing)
    }

    /// The stop after that best price, where it stood at `before`: it never falls.
    pub fn raised(&self, best: i64, before: Option<StopLevel>) -> Option<StopLevel> {
        let now = self.at(best);
        match (now, before) {
            (Some(now), Some(before)) if now.level <= before.level => Some(before),
            (None, before) => before,
            (now, _) => now,
        }
    }

    /// The trailing stop keeps that distance from now on.
    pub fn trail_by(&mut self, distance: Away) {
        if let Some((_, away)) = &mut self.trailing {
            *away = distance;
        }
    }

    /// So far behind a best price, and at least a tick.
    fn behind(&self, best: i64, away: Away) -> i64 {
        let sign = self.side.sign();
        (away.from(best * sign, -sign) * sign).min(best - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Decimal;
    use proptest::prelude::*;

    fn part(text: &str) -> Away {
        Away::Part(text.parse::<Decimal>().unwrap().into())
    }

    fn aways() -> impl Strategy<Value = Away> {
        prop_oneof![
            (0_i64..200).prop_map(|parts| Away::Part(Decimal::new(parts, 3).unwrap().into())),
            (0_i64..500).prop_map(Away::Ticks),
            (0_i64..5_000).prop_map(|tenths| Away::Range(tenths as f64 / 10.0)),
        ]
    }

    fn curves() -> impl Strategy<Value = (i64, Option<Away>, MovingStops)> {
        let pair = || prop::option::of((aways(), aways()));
        (1_000_i64..100_000, prop::option::of(aways()), pair(), pair()).prop_map(
            |(entry, stop, break_even, trailing)| {
                (entry, stop, MovingStops { break_even, trailing })
            },
        )
    }

    proptest! {
        #[test]
        fn it_never_falls_and_what_moves_it_is_not_beyond_the_best_price(
            (entry, stop, moving) in curves(),
            steps in prop::collection::vec(0_i64..300, 1..40),
            is_long in any::<bool>(),
        ) {
            let side = if is_long { Side::Long } else { Side::Short };
            let stop = stop.map(|away| away.from(entry, -side.sign()));
            let curve = StopCurve::new(side, entry, stop, &moving);
            let (mut best, mut before) = (entry * side.sign(), None);
            for step in steps {
                best += step;
                let now = curve.raised(best, before);
                let level = |stop: Option<StopLevel>| stop.map_or(i64::MIN, |stop| stop.level);
                prop_assert!(level(now) >= level(before));
                prop_assert!(level(now) >= level(curve.at(best)));
                if let Some(StopLevel { level, reason }) = now {
                    prop_assert!(level <= best || reason == ExitReason::StopLoss);
                    prop_assert!(level < best || reason != ExitReason::TrailingStop);
                }
                before = now;
            }
        }

        /// With distances in ticks a short is a long upside down.
        #[test]
        fn a_short_is_the_mirror_image(
            entry in 1_000_i64..50_000,
            ticks in prop::array::uniform4(0_i64..400),
            step in 0_i64..2_000,
        ) {
            let [stop, trigger, trail, activation] = ticks;
            let moving = MovingStops {
                break_even: Some((Away::Ticks(trigger), Away::NONE)),
                trailing: Some((Away::Ticks(trail), Away::Ticks(activation))),
            };
            let long = StopCurve::new(Side::Long, entry, Some(entry - stop), &moving);
            let short = StopCurve::new(Side::Short, entry, Some(entry + stop), &moving);
            let (up, down) = (long.at(entry + step), short.at(-entry + step));
            let beyond = |stop: Option<StopLevel>, entry| stop.map(|s| (s.level - entry, s.reason));
            prop_assert_eq!(beyond(up, entry), beyond(down, -entry));
        }
    }

    #[test]
    fn of_equal_stops_the_first_named_is_the_reason() {
        let moving = MovingStops {
            break_even: Some((Away::Ticks(10), Away::NONE)),
            trailing: Some((Away::Ticks(10), Away::NONE)),
        };
        let curve = StopCurve::new(Side::Long, 100, Some(90), &moving);
        let at = |best| curve.at(best).map(|stop| (stop.level, stop.reason));
        assert_eq!(at(100), Some((90, ExitReason::StopLoss)));
        assert_eq!(at(110), Some((100, ExitReason::BreakEven)));
        assert_eq!(at(111), Some((101, ExitReason::TrailingStop)));
    }

    #[test]
    fn a_level_is_the_nearest_tick_half_away_from_zero() {
        assert_eq!(part("0.015").from(10_100, -1), 9_949);
        assert_eq!(part("0.005").from(10_100, 1), 10_151);
        assert_eq!(part("0").from(7, 1), 7);
        assert_eq!(Away::Range(0.5).from(10, 1), 11);
    }
}
