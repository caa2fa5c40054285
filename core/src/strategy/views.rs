//! What a strategy sees of its account, as whole numbers: money units, ticks, steps.

use super::reached::Reached;
use crate::trading::{Account, ExitReason, FillRule, Side, Trade};

/// The account at the closes of now, in money units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountView {
    /// Cash.
    pub cash: i64,
    /// Cash and all positions.
    pub equity: i64,
    /// All positions without their signs; clamped to what fits 64 bits.
    pub gross: i64,
    /// How many instruments are held.
    pub open_positions: usize,
    /// The equity at the last close of the trading day before, by the days of the first
    /// subscription; the cash before the first bar on the first day.
    pub day_start_equity: i64,
}

/// What is held of one instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionView {
    /// Which way it looks; `None` when flat.
    pub side: Option<Side>,
    /// Steps; negative is short.
    pub quantity: i64,
    /// The average entry price in ticks; `None` when flat.
    pub entry_price: Option<i64>,
    /// What the last entry was filled at, in ticks; `None` when flat.
    pub last_entry_price: Option<i64>,
    /// The lowest and the highest price since the first entry that bars which have ended prove; of
    /// the bar of the entry what its fill proves. `None` when flat, before a bar has ended, and for
    /// a strategy that does not say that it [reads](super::Strategy::reads_extremes) them.
    pub extremes: Option<(i64, i64)>,
    /// Open time of the bar of the first entry; `None` when flat.
    pub entry_ms: Option<i64>,
    /// At the last close, in money units; negative when short.
    pub value: i64,
    /// What the round trip has brought so far, in money units, less what it has paid; clamped to
    /// what fits 64 bits.
    pub open_profit: i64,
}

/// A round trip that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastTrade {
    /// Net profit, in money units.
    pub profit: i64,
    /// What its entries cost.
    pub entry_notional: i64,
    /// Why it ended.
    pub reason: ExitReason,
    /// When it ended, as its exit is stamped.
    pub exit_ms: i64,
    /// A time in the bar of its exit.
    pub(crate) exit_bar_ms: i64,
    /// How many trades of the instrument have lost one after the other, this one included; 0 if
    /// it did not lose.
    pub losses_in_a_row: u32,
}

impl AccountView {
    pub(super) fn of(account: &Account, day_start_equity: i64) -> Self {
        Self {
            cash: account.cash(),
            // Found to fit before anybody decides.
            equity: account.equity().unwrap_or(0),
            gross: i64::try_from(account.gross()).unwrap_or(i64::MAX),
            open_positions: account.open_positions(),
            day_start_equity,
        }
    }
}

impl PositionView {
    pub(super) fn of(account: &Account, reached: &[Reached], instrument: u32) -> Self {
        let reached = reached
            .get(instrument as usize)
            .filter(|_| account.positions()[instrument as usize].side().is_some());
        let position = &account.positions()[instrument as usize];
        let trade = position.open_trade();
        let profit = trade.map_or(Ok(0), |trade| trade.profit(position.value()));
        Self {
            side: position.side(),
            quantity: position.quantity(),
            entry_price: position.entry_price(),
            last_entry_price: reached.and_then(Reached::last_entry).map(|entry| entry.price),
            extremes: reached.and_then(Reached::extremes),
            entry_ms: trade.map(|trade| trade.entry_time_ms),
            value: position.value(),
            open_profit: profit.unwrap_or(if position.value() < 0 { i64::MIN } else { i64::MAX }),
        }
    }
}

impl LastTrade {
    /// After one more round trip; `None` while it goes on.
    pub(crate) fn after(
        before: Option<Self>,
        trade: &Trade,
        profit: i64,
        rule: FillRule,
    ) -> Option<Self> {
        let exit = trade.exit?;
        let lost = before.map_or(0, |before| before.losses_in_a_row);
        Some(Self {
            profit,
            entry_notional: trade.entry_notional,
            reason: exit.reason,
            exit_ms: exit.time_ms,
            // An exit at the close is stamped with the end of its bar.
            exit_bar_ms: exit.time_ms - i64::from(rule.is_at_close()),
            losses_in_a_row: if profit < 0 { lost.saturating_add(1) } else { 0 },
        })
    }
}
