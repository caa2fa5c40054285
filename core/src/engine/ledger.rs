//! The account of a run, with everyone who must hear of its fills.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::excursions::Seen;
use super::observer::Observer;
use crate::market::{Bar, Decimal, Series};
use crate::metrics::Tally;
use crate::strategy::{LastTrade, Reached};
use crate::trading::{
    Account, Entry, Execution, ExitReason, Exits, Fill, Filled, Overflow, Path, Rejection, Side,
};

/// Every fill of a run goes through here.
pub(super) struct Ledger<'b, O> {
    pub account: Account,
    pub tally: Tally,
    pub observer: &'b mut O,
    pub rejections: BTreeMap<Rejection, u64>,
    pub ambiguous: Ambiguous,
    /// The last round trip of each instrument; empty where nobody asks for them.
    pub last_trades: Vec<Option<LastTrade>>,
    /// What the price of each instrument came to while it was held; empty likewise.
    pub reached: Vec<Reached>,
    /// Whether the strategy reads how far it went.
    pub keeps_extremes: bool,
    pub shares: VolumeShares<'b>,
    /// The prices that each instrument was held at; empty where nobody asks for them.
    pub seen: Vec<Seen>,
}

/// How large fills were beside the volume of their bars.
pub(super) struct VolumeShares<'b> {
    /// Where the orders of each instrument fill.
    executing: &'b [Executing<'b>],
    /// What the only instrument has made ready for many trials.
    least: Option<&'b [f64]>,
    greatest: f64,
}

/// The volumes of an instrument's bars, and what one step of its quantity is.
#[derive(Clone, Debug)]
pub(super) struct Executing<'a> {
    volumes: &'a [f64],
    /// Of each block of bars the least volume above 0, where many trials fill in the same bars.
    least: OnceLock<Vec<f64>>,
    step: f64,
}

/// Bars of a block.
const BLOCK: usize = 64;
/// More than two roundings.
const MARGIN: f64 = 1.000_001;

impl<'a> Executing<'a> {
    pub(super) fn new(series: &'a Series) -> Self {
        let step = series.units.quantity_step.to_f64();
        Self { volumes: &series.bars.volume, least: OnceLock::new(), step }
    }

    /// Gets ready for many trials.
    pub(super) fn find_least(&self) {
        let positive = |block: &[f64]| {
            let positive = block.iter().copied().filter(|volume| *volume > 0.0);
            positive.fold(f64::INFINITY, f64::min)
        };
        self.least.get_or_init(|| self.volumes.chunks(BLOCK).map(positive).collect());
    }
}

impl<'b> VolumeShares<'b> {
    pub(super) fn new(executing: &'b [Executing<'b>]) -> Self {
        let least = match executing {
            [only] => only.least.get().map(Vec::as_slice),
            _ => None,
        };
        Self { executing, least, greatest: 0.0 }
    }

    /// Whether a fill of the only instrument is no greater a share than another was, which the bars
    /// around it tell.
    #[inline]
    fn is_below(&self, quantity: f64, bar: usize) -> bool {
        self.least.is_some_and(|least| quantity * MARGIN < self.greatest * least[bar / BLOCK])
    }

    /// Bars without volume are left out: they tell nothing.
    #[expect(clippy::inline_always, reason = "most of what a trade costs is passing it on")]
    #[inline(always)]
    fn add(&mut self, fill: &Fill) {
        let executing = &self.executing[fill.instrument as usize];
        let quantity = fill.quantity.unsigned_abs() as f64 * executing.step;
        if self.is_below(quantity, fill.bar as usize) {
            return;
        }
        let volume = executing.volumes[fill.bar as usize];
        if volume > 0.0 {
            self.greatest = self.greatest.max(quantity / volume);
        }
    }

    /// The greatest share; `None` if no fill was on a bar with volume.
    pub(super) fn greatest(&self) -> Option<f64> {
        (self.greatest > 0.0).then_some(self.greatest)
    }
}

/// Exits that were taken to be the stop where the target may have come first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ambiguous {
    pub exits: u64,
    /// Bars that would have moved a stop above a price that they came to, and closed above it.
    pub doubtful_holds: u64,
    /// What the profit would gain had they gone the other way, in money units.
    pub difference: i64,
}

impl<O: Observer> Ledger<'_, O> {
    /// Which way the position looks.
    #[inline]
    pub(super) fn side(&self, instrument: u32) -> Option<Side> {
        self.account.positions()[instrument as usize].side()
    }

    /// An entry was filled at that price and brought these exits; `inside` is the bar that it was
    /// filled inside, and what is proven to follow.
    pub(super) fn entered(
        &mut self,
        instrument: u32,
        filled: (i64, &Exits),
        opens: bool,
        inside: Option<(u64, Path)>,
    ) {
        if let Some(reached) = self.reached.get_mut(instrument as usize) {
            reached.enter(filled, opens, inside);
        }
    }

    /// The bar has ended.
    #[inline]
    pub(super) fn held_through(&mut self, instrument: u32, index: u64, bar: &Bar) {
        if self.keeps_extremes && self.account.positions()[instrument as usize].quantity() != 0 {
            self.reached[instrument as usize].hold(index, bar);
        }
    }

    /// Opens or adds, and tells the fill price; a refusal is counted.
    #[expect(clippy::inline_always, reason = "most of what a trade costs is passing it on")]
    #[inline(always)]
    pub(super) fn enter(&mut self, entry: &Entry, at: &Execution) -> Result<Option<i64>, Overflow> {
        match self.account.enter(entry, at)? {
            Ok(filled) => {
                let price = filled.0.price;
                self.filled(filled)?;
                Ok(Some(price))
            }
            Err(rejection) => {
                self.refuse(rejection, at.instrument);
                Ok(None)
            }
        }
    }

    /// Opens or adds up to so many steps, and tells the fill price; a refusal is counted.
    pub(super) fn enter_up_to(
        &mut self,
        side: Side,
        steps_max: i64,
        at: &Execution,
    ) -> Result<Option<i64>, Overflow> {
        match self.account.enter_up_to(side, steps_max, at)? {
            Ok(filled) => {
                let price = filled.0.price;
                self.filled(filled).map(|()| Some(price))
            }
            Err(rejection) => {
                self.refuse(rejection, at.instrument);
                Ok(None)
            }
        }
    }

    /// Closes so many steps of a position that has as many.
    pub(super) fn exit_steps(
        &mut self,
        steps: i64,
        reason: ExitReason,
        at: &Execution,
    ) -> Result<(), Overflow> {
        let filled = self.account.exit_steps(steps, reason, at)?;
        self.observer.leaving(reason);
        self.filled(filled)
    }

    pub(super) fn refuse(&mut self, rejection: Rejection, instrument: u32) {
        *self.rejections.entry(rejection).or_default() += 1;
        self.observer.refusal(rejection, instrument);
    }

    /// Closes that portion of the position, if there is one.
    #[expect(clippy::inline_always, reason = "most of what a trade costs is passing it on")]
    #[inline(always)]
    pub(super) fn exit(
        &mut self,
        portion: Decimal,
        reason: ExitReason,
        at: &Execution,
    ) -> Result<(), Overflow> {
        match self.account.exit_part(portion, reason, at)? {
            Some(filled) => {
                self.observer.leaving(reason);
                self.filled(filled)
            }
            None => Ok(()),
        }
    }

    #[expect(clippy::inline_always, reason = "most of what a trade costs is passing it on")]
    #[inline(always)]
    fn filled(&mut self, (fill, ended): Filled) -> Result<(), Overflow> {
        self.observer.fill(&fill);
        self.shares.add(&fill);
        if let Some(trade) = ended {
            let profit = self.tally.close_trade(&trade)?;
            if let Some(last) = self.last_trades.get_mut(trade.instrument as usize) {
                *last = LastTrade::after(*last, &trade, profit, fill.rule);
            }
            self.saw_end(fill.instrument);
            self.observer.trade(&trade, profit);
        } else {
            self.saw_fill(fill.instrument, fill.price);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trading::FillRule;
    use proptest::prelude::*;

    fn fill(quantity: i64, bar: u64) -> Fill {
        let rule = FillRule::MarketAtOpen;
        let (instrument, time_ms, price, commission, slippage) = (0, 0, 1, 0, 0);
        Fill { instrument, time_ms, bar, price, quantity, commission, slippage, rule }
    }

    proptest! {
        #[test]
        fn the_greatest_share_is_the_same_whether_blocks_of_bars_tell_it_or_each_does(
            volumes in prop::collection::vec(prop_oneof![Just(0.0), 0.001..1e6_f64], 1..300),
            fills in prop::collection::vec(
                (any::<prop::sample::Index>(), -9_999_i64..9_999), 0..99),
        ) {
            let plain = [Executing { volumes: &volumes, least: OnceLock::new(), step: 0.01 }];
            let ready = plain.clone();
            ready[0].find_least();
            let mut shares = [VolumeShares::new(&plain), VolumeShares::new(&ready)];
            for (bar, quantity) in fills {
                let fill = fill(quantity, bar.index(volumes.len()) as u64);
                for shares in &mut shares {
                    shares.add(&fill);
                }
            }
            prop_assert_eq!(shares[0].greatest(), shares[1].greatest());
        }
    }
}
