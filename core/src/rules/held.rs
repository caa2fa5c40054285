//! What the account tells a program at the end of a bar: of the position that is held, and of the
//! last one.

use super::language::Fact;
use super::moment::Facts;
use crate::market::Bar;
use crate::strategy::{Context, LastTrade};
use crate::trading::{ExitReason, Side};

/// The extremes of the position that is held, which only who sees every bar can know.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Held(Option<Extremes>);

#[derive(Clone, Copy, Debug)]
struct Extremes {
    /// When the position was entered: another one begins anew.
    entry_ms: i64,
    high: i64,
    low: i64,
}

impl Held {
    /// All facts of now, after the fills of the bar that has ended.
    pub(super) fn facts(&mut self, bar: &Bar, context: &Context<'_>) -> Facts {
        let instrument = context.instrument();
        let position = context.position(instrument);
        let side = context.side.map_or(0.0, |side| side.sign() as f64);
        let facts = Facts::NOTHING.with(Fact::PositionSide, side);
        let facts = of_last(facts, context.last_trade(instrument), context);
        let (Some(entry_ms), Some(entry), Some(held)) =
            (position.entry_ms, position.entry_price, context.side)
        else {
            self.0 = None;
            return facts.with(Fact::PositionEntries, 0.0);
        };
        let known = self.0.filter(|known| known.entry_ms == entry_ms);
        let extremes = known.map_or(
            Extremes { entry_ms, high: bar.high, low: bar.low },
            |Extremes { high, low, .. }| Extremes {
                entry_ms,
                high: high.max(bar.high),
                low: low.min(bar.low),
            },
        );
        self.0 = Some(extremes);
        let gained = match held {
            Side::Long => bar.close - entry,
            Side::Short => entry - bar.close,
        };
        let bars = context.bars_since_entry(context.subscription).unwrap_or(0);
        facts
            .with(Fact::PositionEntry, entry as f64)
            .with(Fact::PositionBars, bars as f64)
            .with(Fact::PositionHigh, extremes.high as f64)
            .with(Fact::PositionLow, extremes.low as f64)
            .with(Fact::PositionProfit, gained as f64 / entry as f64)
            .with(Fact::PositionEntries, f64::from(context.entries(instrument)))
    }
}

fn of_last(facts: Facts, last: Option<LastTrade>, context: &Context<'_>) -> Facts {
    let Some(last) = last else { return facts.with(Fact::LastLosses, 0.0) };
    let is_stop = matches!(
        last.reason,
        ExitReason::StopLoss | ExitReason::TrailingStop | ExitReason::BreakEven
    );
    let bars = context.bars_since_exit(context.subscription).unwrap_or(0);
    facts
        .with(Fact::LastProfit, last.profit as f64 / last.entry_notional as f64)
        .with(Fact::LastBars, bars as f64)
        .with(Fact::LastStopped, f64::from(u8::from(is_stop)))
        .with(Fact::LastLosses, f64::from(last.losses_in_a_row))
}
