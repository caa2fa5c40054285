//! Where an order fills within a bar: the table of FILL_V1. Knows nothing of accounts.

use super::fill::{FillRule, Side};
use crate::market::Bar;

/// What is known of the way the price took from some moment to the end of a bar, in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    first: i64,
    high: i64,
    low: i64,
    last: i64,
    from_open: bool,
}

/// A fill before slippage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priced {
    /// The price in ticks.
    pub price: i64,
    /// What priced it.
    pub rule: FillRule,
    /// What is proven to follow it in the bar.
    pub rest: Path,
}

/// What it takes to fill a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Touch {
    /// By how many ticks the price must go beyond it, but for one that has just come.
    pub through: i64,
    /// Whether a bar before did not fill it.
    pub has_waited: bool,
}

/// What a bar does to a stop-limit order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopLimitFate {
    /// The stop was not touched.
    Waits,
    /// The stop was touched, and nothing proves that the limit filled: a plain limit from now on.
    Triggered,
    /// Both, on this bar.
    Filled(Priced),
}

impl Path {
    /// A whole bar.
    pub const fn of(bar: &Bar) -> Self {
        Self { first: bar.open, high: bar.high, low: bar.low, last: bar.close, from_open: true }
    }

    /// A bar of which the open alone is known.
    pub const fn opening(open: i64) -> Self {
        Self { first: open, high: open, low: open, last: open, from_open: true }
    }

    /// A market order fills where the path begins.
    pub const fn market(self) -> Priced {
        Priced { price: self.first, rule: FillRule::MarketAtOpen, rest: self }
    }

    /// A limit fills at the better of the first price and itself.
    #[inline]
    pub fn limit(self, side: Side, limit: i64, touch: Touch) -> Option<Priced> {
        let priced = self.seen_by(side).buy_limit(turned(side, limit), touch);
        priced.map(|priced| priced.seen_by(side))
    }

    /// A touch triggers a stop, at the worse of the first price and the stop.
    #[inline]
    pub fn stop(self, side: Side, stop: i64) -> Option<Priced> {
        self.seen_by(side).buy_stop(turned(side, stop)).map(|priced| priced.seen_by(side))
    }

    /// A stop-limit triggers like a stop; on that bar the limit fills only if the open or the
    /// close proves it.
    pub fn stop_limit(self, side: Side, stop: i64, limit: i64, through: i64) -> StopLimitFate {
        let (stop, limit) = (turned(side, stop), turned(side, limit));
        match self.seen_by(side).buy_stop_limit(stop, limit, through) {
            StopLimitFate::Filled(priced) => StopLimitFate::Filled(priced.seen_by(side)),
            other => other,
        }
    }

    /// Whether the fill is where the path begins, and so before anything else on it.
    const fn begins_with(self, priced: &Priced) -> bool {
        priced.price == self.first
    }

    fn buy_limit(self, limit: i64, touch: Touch) -> Option<Priced> {
        let beyond = limit.saturating_sub(touch.through);
        // One that has just come takes what there is; one that waits is filled by who goes through.
        if self.first <= if touch.has_waited { beyond } else { limit } {
            let rule = if self.from_open { FillRule::LimitAtOpen } else { FillRule::LimitAtPrice };
            return Some(Priced { price: self.first, rule, rest: self });
        }
        // The price came down to the limit: the low and the close are still to come.
        (self.low <= beyond).then(|| {
            let price = limit.min(self.first);
            let rest = self.after(price, self.last, self.low);
            Priced { price, rule: FillRule::LimitAtPrice, rest }
        })
    }

    fn buy_stop(self, stop: i64) -> Option<Priced> {
        if self.first >= stop {
            let rule = if self.from_open { FillRule::StopAtOpen } else { FillRule::StopAtPrice };
            return Some(Priced { price: self.first, rule, rest: self });
        }
        // The price went up to the stop: the high and the close are still to come.
        (self.high >= stop).then(|| {
            let rest = self.after(stop, self.high, self.last);
            Priced { price: stop, rule: FillRule::StopAtPrice, rest }
        })
    }

    fn buy_stop_limit(self, stop: i64, limit: i64, through: i64) -> StopLimitFate {
        let Some(trigger) = self.buy_stop(stop) else { return StopLimitFate::Waits };
        let at_first = self.begins_with(&trigger);
        if at_first && self.first <= limit {
            return StopLimitFate::Filled(Priced { rule: FillRule::LimitAtOpen, ..trigger });
        }
        if self.last > limit {
            return StopLimitFate::Triggered;
        }
        if trigger.price <= limit {
            return StopLimitFate::Filled(Priced { rule: FillRule::LimitAtTrigger, ..trigger });
        }
        if self.last > limit.saturating_sub(through) {
            return StopLimitFate::Triggered;
        }
        // Of a low inside the bar nobody knows whether it came before the trigger.
        let low = if at_first { self.low } else { self.last };
        let rest = self.after(limit, self.last, low);
        StopLimitFate::Filled(Priced { price: limit, rule: FillRule::LimitAtPrice, rest })
    }

    /// What follows a fill at `price` if these prices are still to come.
    fn after(self, price: i64, high: i64, low: i64) -> Self {
        Self {
            first: price,
            high: high.max(price),
            low: low.min(price),
            last: self.last,
            from_open: false,
        }
    }

    /// Where it begins.
    pub const fn first(self) -> i64 {
        self.first
    }

    /// The highest price on it.
    pub const fn high(self) -> i64 {
        self.high
    }

    /// The lowest price on it.
    pub const fn low(self) -> i64 {
        self.low
    }

    /// Where it ends.
    pub const fn last(self) -> i64 {
        self.last
    }

    /// Whether it begins with the bar.
    pub const fn is_from_open(self) -> bool {
        self.from_open
    }

    /// A seller sees the path upside down: what is written for a buyer serves both.
    #[must_use]
    pub const fn seen_by(self, side: Side) -> Self {
        match side {
            Side::Long => self,
            Side::Short => Self {
                first: -self.first,
                high: -self.low,
                low: -self.high,
                last: -self.last,
                from_open: self.from_open,
            },
        }
    }
}

impl Priced {
    const fn seen_by(self, side: Side) -> Self {
        Self { price: turned(side, self.price), rule: self.rule, rest: self.rest.seen_by(side) }
    }
}

const fn turned(side: Side, price: i64) -> i64 {
    match side {
        Side::Long => price,
        Side::Short => price.saturating_neg(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bars() -> impl Strategy<Value = Bar> {
        prop::array::uniform4(1_i64..30).prop_map(|[open, high, low, close]| Bar {
            open_time_ms: 0,
            open,
            high: high.max(open).max(close).max(low),
            low: low.min(open).min(close).min(high),
            close,
            volume: 0.0,
        })
    }

    fn sides() -> impl Strategy<Value = Side> {
        prop_oneof![Just(Side::Long), Just(Side::Short)]
    }

    proptest! {
        #[test]
        fn every_fill_is_at_a_price_of_the_bar_and_leaves_a_path_inside_it(
            bar in bars(), side in sides(), stop in 1_i64..30, limit in 1_i64..30,
            through in 0_i64..4, has_waited in any::<bool>(),
        ) {
            let path = Path::of(&bar);
            let touch = Touch { through, has_waited };
            let mut fills: Vec<_> = [path.limit(side, limit, touch), path.stop(side, stop)]
                .into_iter()
                .flatten()
                .collect();
            if let StopLimitFate::Filled(priced) = path.stop_limit(side, stop, limit, through) {
                prop_assert!((limit - priced.price) * side.sign() >= 0, "worse than its limit");
                fills.push(priced);
            }
            for Priced { price, rest, .. } in fills {
                prop_assert!((bar.low..=bar.high).contains(&price));
                prop_assert!(bar.low <= rest.low && rest.high <= bar.high);
                prop_assert!(rest.low <= rest.first && rest.last <= rest.high);
                prop_assert!(rest.low <= rest.last && rest.first <= rest.high);
            }
        }

        #[test]
        fn a_stop_limit_fills_only_on_a_bar_that_touches_both(
            bar in bars(), side in sides(), stop in 1_i64..30, limit in 1_i64..30,
        ) {
            let path = Path::of(&bar);
            let touched = path.stop(side, stop).is_some();
            let fate = path.stop_limit(side, stop, limit, 0);
            prop_assert_eq!(fate == StopLimitFate::Waits, !touched);
            if matches!(fate, StopLimitFate::Filled(_)) {
                prop_assert!(path.limit(side, limit, Touch::default()).is_some());
            }
        }
    }
}
