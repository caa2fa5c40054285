//! What the account tells a program at the end of a bar: of the position that is held, and of the
//! last one.

use super::kernel::NONE;
use super::language::Fact;
use super::moment::{FactSet, Facts};
use crate::market::{Bar, MoneyUnit};
use crate::strategy::{Context, HeldPosition, Known};
use crate::trading::{ExitReason, Side};

/// The extremes of the position that is held, which only who sees every bar can know.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Held(Option<Extremes>);

#[derive(Clone, Copy, Debug)]
struct Extremes {
    /// The first entry of the position, by how many there have been: another one begins anew.
    opened_by: u64,
    high: i64,
    low: i64,
}

impl Held {
    /// Some facts of now, after the fills of the bar that has ended.
    pub(super) fn facts(
        &mut self,
        wanted: FactSet,
        bar: &Bar,
        money: Option<MoneyUnit>,
        context: &Context<'_>,
    ) -> Facts {
        let known = self.known(wanted, bar, context);
        let told = |facts: Facts, fact: Fact| {
            let value = match (fact, money) {
                (Fact::AccountEquity, Some(money)) => money.amount(context.account().equity),
                _ => fact_of(fact, &known, bar.close),
            };
            facts.with(fact, value)
        };
        let all = Fact::ALL.iter().map(|(fact, _, _)| *fact);
        all.filter(|fact| wanted.contains(*fact)).fold(Facts::NOTHING, told)
    }

    /// What is known then, but for the account itself, as far as it is wanted.
    pub(super) fn known(&mut self, wanted: FactSet, bar: &Bar, context: &Context<'_>) -> Known {
        let instrument = context.instrument();
        let position = context.position(instrument);
        let last = context.last_trade(instrument);
        let bars_since = || context.bars_since_exit(context.subscription).unwrap_or(0);
        let last = last.map(|last| {
            // They are looked for among all bars.
            (last, if wanted.contains(Fact::LastBars) { bars_since() } else { 0 })
        });
        let (Some(last_entry), Some(entry), Some(side)) =
            (context.last_entry(instrument), position.entry_price, context.side)
        else {
            self.0 = None;
            return Known { held: None, last };
        };
        let entries = context.entries(instrument);
        let opened_by = last_entry.number + 1 - u64::from(entries);
        // Of the bar of the entry only what came behind it is known to have been held; where that
        // is a finer one that is under way, the close of now.
        let proven = position.extremes.unwrap_or((bar.close, bar.close));
        let (low, high) = match self.0.filter(|known| known.opened_by == opened_by) {
            Some(known) => {
                (proven.0.min(known.low).min(bar.low), proven.1.max(known.high).max(bar.high))
            }
            None => proven,
        };
        self.0 = Some(Extremes { opened_by, high, low });
        let bars_since = || context.bars_since_entry(context.subscription).unwrap_or(0);
        let bars = if wanted.contains(Fact::PositionBars) { bars_since() } else { 0 };
        Known { held: Some(HeldPosition { side, entry, bars, high, low, entries }), last }
    }
}

/// A fact of what is known at a bar with that close; none where there is nothing to know.
#[inline]
pub(super) fn fact_of(fact: Fact, known: &Known, close: i64) -> f64 {
    let held = known.held.as_ref();
    let of_held = |value: &dyn Fn(&HeldPosition) -> f64| held.map_or(NONE, value);
    match fact {
        Fact::PositionSide => held.map_or(0.0, |held| held.side.sign() as f64),
        Fact::PositionEntry => of_held(&|held| held.entry as f64),
        Fact::PositionBars => of_held(&|held| held.bars as f64),
        Fact::PositionHigh => of_held(&|held| held.high as f64),
        Fact::PositionLow => of_held(&|held| held.low as f64),
        Fact::PositionProfit => of_held(&|held| {
            let gained = match held.side {
                Side::Long => close - held.entry,
                Side::Short => held.entry - close,
            };
            gained as f64 / held.entry as f64
        }),
        Fact::PositionEntries => held.map_or(0.0, |held| f64::from(held.entries)),
        Fact::LastLosses => known.last.map_or(0.0, |(last, _)| f64::from(last.losses_in_a_row)),
        Fact::LastProfit => {
            known.last.map_or(NONE, |(last, _)| last.profit as f64 / last.entry_notional as f64)
        }
        Fact::LastBars => known.last.map_or(NONE, |(_, bars)| bars as f64),
        Fact::LastStopped => known.last.map_or(NONE, |(last, _)| {
            f64::from(u8::from(matches!(
                last.reason,
                ExitReason::StopLoss | ExitReason::TrailingStop | ExitReason::BreakEven
            )))
        }),
        Fact::AccountEquity => NONE,
    }
}
