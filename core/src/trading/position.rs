//! One netting position and the round trip it is part of.

use serde::{Deserialize, Serialize};

use super::Overflow;
use super::fill::{ExitReason, Fill, Side};

/// The holding in one instrument: at most one, long or short.
#[derive(Clone, Debug, Default)]
pub struct Position {
    /// Steps held; negative is short.
    quantity: i64,
    /// What the holding gains, in money units, when the price rises by a tick.
    value_per_tick: i64,
    /// The holding at the last marked price, in money units; negative when short.
    value: i64,
    /// Fills that opened it or added to it.
    entries: u32,
    trade: Option<Trade>,
}

/// A round trip: from flat to flat, or to a reversal. Money is in money units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// Which of the run's instruments.
    pub instrument: u32,
    /// Which way.
    pub side: Side,
    /// Open time of the bar of the first entry.
    pub entry_time_ms: i64,
    /// Index of that bar.
    pub entry_bar: u64,
    /// Steps entered in all.
    pub quantity: i64,
    /// What the entries cost, before commission.
    pub entry_notional: i64,
    /// What the exits brought so far, before commission.
    pub exit_notional: i64,
    /// Commissions of all its fills.
    pub fees: i64,
    /// What holding it has cost beside; negative if it brought more.
    #[serde(default)]
    pub carry: i64,
    /// The last exit; `None` while open.
    pub exit: Option<Exit>,
}

/// How a round trip ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// Open time of the exit's bar, or the bar's end for an exit at the close.
    pub time_ms: i64,
    /// Index of that bar.
    pub bar: u64,
    /// Why.
    pub reason: ExitReason,
    /// Whether stop and target both lay in the bar, so that the stop was assumed to come first.
    pub is_ambiguous: bool,
}

impl Trade {
    /// Net profit with what is still held valued at `value` (0 when closed).
    #[inline]
    pub fn profit(&self, value: i64) -> Result<i64, Overflow> {
        let flows = i128::from(self.exit_notional) - i128::from(self.entry_notional);
        let gain = flows * i128::from(self.side.sign()) + i128::from(value);
        let costs = i128::from(self.fees) + i128::from(self.carry);
        i64::try_from(gain - costs).map_err(|_| Overflow)
    }
}

impl Position {
    /// Steps held; negative is short.
    pub const fn quantity(&self) -> i64 {
        self.quantity
    }

    /// Fills that opened it or added to it; 0 when flat.
    pub const fn entries(&self) -> u32 {
        self.entries
    }

    /// Which way it looks; `None` when flat.
    pub fn side(&self) -> Option<Side> {
        self.trade.as_ref().map(|trade| trade.side)
    }

    /// The holding at the last marked price; negative when short.
    pub const fn value(&self) -> i64 {
        self.value
    }

    /// The price at which it is valued, in ticks; `None` when flat.
    pub fn valued_at(&self) -> Option<i64> {
        (self.quantity != 0).then(|| self.value / self.value_per_tick)
    }

    /// The round trip in progress.
    pub const fn open_trade(&self) -> Option<&Trade> {
        self.trade.as_ref()
    }

    /// The average entry price in ticks, rounded half away from zero; `None` when flat.
    pub fn entry_price(&self) -> Option<i64> {
        let trade = self.trade.as_ref()?;
        let tick_value = i128::from(self.value_per_tick / self.quantity);
        let per_tick = i128::from(trade.quantity) * tick_value;
        Some(((i128::from(trade.entry_notional) + per_tick / 2) / per_tick) as i64)
    }

    /// Values the holding at `price` ticks.
    #[inline]
    pub fn mark(&mut self, price: i64) -> Result<(), Overflow> {
        self.value = price.checked_mul(self.value_per_tick).ok_or(Overflow)?;
        Ok(())
    }

    /// Holding it has cost that much.
    pub(super) fn charge(&mut self, amount: i64) -> Result<(), Overflow> {
        if let Some(trade) = &mut self.trade {
            trade.carry = trade.carry.checked_add(amount).ok_or(Overflow)?;
        }
        Ok(())
    }

    /// What the round trip would come to with the holding left at `price` ticks, without what that
    /// would cost; `None` when flat, or if it does not fit.
    pub(crate) fn profit_at(&self, price: i64) -> Option<i64> {
        let value = price.checked_mul(self.value_per_tick)?;
        self.trade.as_ref()?.profit(value).ok()
    }

    /// Is worth what it was before it was valued otherwise.
    pub(super) const fn value_again(&mut self, value: i64) {
        self.value = value;
    }

    /// Takes a fill that opens or adds, or one that reduces or closes but does not turn the side;
    /// a reversal is two fills. Returns the round trip that it ended.
    ///
    /// `notional` is the fill's price times its quantity, without sign; `exit` is noted if the fill
    /// leaves nothing.
    #[expect(clippy::inline_always, reason = "most of what a trade costs is passing it on")]
    #[inline(always)]
    pub fn apply(
        &mut self,
        fill: &Fill,
        notional: i64,
        tick_value: i64,
        exit: Exit,
    ) -> Result<Option<Trade>, Overflow> {
        let quantity = self.quantity.checked_add(fill.quantity).ok_or(Overflow)?;
        self.quantity = quantity;
        self.value_per_tick = quantity.checked_mul(tick_value).ok_or(Overflow)?;
        self.mark(fill.price)?;
        match &mut self.trade {
            // Not added up from nothing: what was written just now takes its time to be read.
            None => {
                self.trade = Some(opened_by(fill, notional));
                self.entries = 1;
            }
            Some(trade) if trade.side.sign() == fill.quantity.signum() => {
                trade.add(fill, notional)?;
                self.entries = self.entries.saturating_add(1);
            }
            Some(trade) => trade.reduce(fill, notional)?,
        }
        if quantity != 0 {
            // A round trip that was left in part is still open.
            return Ok(None);
        }
        self.entries = 0;
        let ended = self.trade.take();
        Ok(ended.map(|trade| Trade { exit: Some(exit), ..trade }))
    }
}

impl Trade {
    /// Takes a fill that adds to it.
    #[inline]
    fn add(&mut self, fill: &Fill, notional: i64) -> Result<(), Overflow> {
        self.entry_notional = self.entry_notional.checked_add(notional).ok_or(Overflow)?;
        self.quantity = self.quantity.checked_add(fill.quantity.abs()).ok_or(Overflow)?;
        self.fees = self.fees.checked_add(fill.commission).ok_or(Overflow)?;
        Ok(())
    }

    /// Takes a fill that reduces or closes it.
    #[inline]
    fn reduce(&mut self, fill: &Fill, notional: i64) -> Result<(), Overflow> {
        self.exit_notional = self.exit_notional.checked_add(notional).ok_or(Overflow)?;
        self.fees = self.fees.checked_add(fill.commission).ok_or(Overflow)?;
        Ok(())
    }
}

fn opened_by(fill: &Fill, notional: i64) -> Trade {
    Trade {
        instrument: fill.instrument,
        side: if fill.quantity > 0 { Side::Long } else { Side::Short },
        entry_time_ms: fill.time_ms,
        entry_bar: fill.bar,
        quantity: fill.quantity.abs(),
        entry_notional: notional,
        exit_notional: 0,
        fees: fill.commission,
        carry: 0,
        exit: None,
    }
}
