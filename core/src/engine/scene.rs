//! One bar of one instrument, or its open, while its orders are matched.

use crate::market::Bar;
use crate::trading::{Execution, FillRule, Path, Priced};

/// Where and when the fills of this bar happen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene {
    pub instrument: u32,
    pub time_ms: i64,
    pub bar: u64,
    /// The way the price took.
    pub path: Path,
    /// Whether the open alone is known.
    pub is_open: bool,
}

impl Scene {
    pub(super) const fn new(instrument: u32, index: u64, bar: &Bar) -> Self {
        Self {
            instrument,
            time_ms: bar.open_time_ms,
            bar: index,
            path: Path::of(bar),
            is_open: false,
        }
    }

    /// The bar as it opens: how it goes on is not known yet.
    pub(super) const fn at_open(instrument: u32, index: u64, bar: &Bar) -> Self {
        let path = Path::opening(bar.open);
        Self { instrument, time_ms: bar.open_time_ms, bar: index, path, is_open: true }
    }

    /// A fill of that price on this bar.
    pub(super) const fn execution(&self, priced: &Priced) -> Execution {
        self.execution_at(priced.price, priced.rule)
    }

    /// The same by a rule.
    pub(super) const fn execution_at(&self, price: i64, rule: FillRule) -> Execution {
        Execution {
            instrument: self.instrument,
            time_ms: self.time_ms,
            bar: self.bar,
            reference_price: price,
            rule,
            is_ambiguous: false,
            // The price came to what waited there.
            is_maker: matches!(rule, FillRule::LimitAtPrice),
        }
    }
}
