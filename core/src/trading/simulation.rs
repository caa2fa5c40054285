//! The terms of a simulated account, as a user states them: exact decimals, hashable.

use serde::{Deserialize, Serialize};

use super::carry::CarryTerms;
use super::exit_terms::{ExitTerms, PositionLimits};
use super::fees::FeeTerms;
use super::margin::MarginTerms;
use super::own_terms::OwnTerms;
use crate::market::Decimal;

/// How orders become fills and fills become money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Simulation {
    /// Cash before the first bar, above zero.
    pub initial_cash: Decimal,
    /// Commission per fill as a fraction of its notional, `0 <= rate < 1`; zero where there are
    /// fees.
    pub commission_rate: Decimal,
    /// Fees in parts, where they are more than one rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fees: Option<FeeTerms>,
    /// Whole ticks against the trader on market and stop fills.
    pub slippage_ticks: u32,
    /// The same as a fraction of the price, rounded up to whole ticks and added to them,
    /// `0 < rate < 1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slippage_rate: Option<Decimal>,
    /// The same as a fraction of the range of the bar before the fill, rounded up to whole ticks
    /// and added to them, `0 < fraction <= 10`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slippage_range: Option<Decimal>,
    /// Whole ticks by which a price must go through a limit or a target to fill it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub limit_through_ticks: u32,
    /// How much an entry buys; `None` leaves it to a strategy that sizes itself.
    pub sizing: Option<Sizing>,
    /// The most gross notional per equity. At 1 the account is a cash account.
    pub max_leverage: Decimal,
    /// Whether exits are live on the bar of the entry.
    pub entry_bar_policy: EntryBarPolicy,
    /// What becomes of a position that is open after the last bar.
    pub end_of_run_policy: EndOfRunPolicy,
    /// Yearly risk-free return that ratios are measured against.
    pub risk_free_rate: Decimal,
    /// Days of returns in a year; `None` takes the calendar's.
    pub periods_per_year: Option<u32>,
    /// How positions are left whatever the strategy does.
    #[serde(default, skip_serializing_if = "ExitTerms::is_none")]
    pub exits: ExitTerms,
    /// What may be held, and when entries are refused.
    #[serde(default, skip_serializing_if = "PositionLimits::is_none")]
    pub limits: PositionLimits,
    /// What must be left of the equity; `None` ends only what has used all of it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<MarginTerms>,
    /// What holding costs or brings over time.
    #[serde(default, skip_serializing_if = "CarryTerms::is_none")]
    pub carry: CarryTerms,
    /// What differs for single instruments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instruments: Vec<OwnTerms>,
}

impl Simulation {
    /// What fills pay.
    pub fn fee_terms(&self) -> FeeTerms {
        self.fees.unwrap_or_else(|| FeeTerms::rate(self.commission_rate))
    }

    /// A cash account of that size without costs, all in on every entry.
    pub const fn with_cash(initial_cash: Decimal) -> Self {
        Self {
            initial_cash,
            commission_rate: Decimal::ZERO,
            fees: None,
            slippage_ticks: 0,
            slippage_rate: None,
            slippage_range: None,
            limit_through_ticks: 0,
            sizing: Some(Sizing::EquityFraction(Decimal::ONE)),
            max_leverage: Decimal::ONE,
            entry_bar_policy: EntryBarPolicy::WorstCase,
            end_of_run_policy: EndOfRunPolicy::MarkOpen,
            risk_free_rate: Decimal::ZERO,
            periods_per_year: None,
            exits: ExitTerms::NONE,
            limits: PositionLimits::NONE,
            margin: None,
            carry: CarryTerms::NONE,
            instruments: Vec::new(),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// How much an entry buys or sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sizing {
    /// The same quantity every time.
    FixedQuantity(Decimal),
    /// The most that this much money pays for at the fill, commission included.
    FixedNotional(Decimal),
    /// The most that this fraction of the equity pays for at the fill, commission included.
    EquityFraction(Decimal),
    /// What loses this fraction of the equity from the fill to the stop-loss, costs aside, and no
    /// more than the account can carry.
    RiskFraction(Decimal),
    /// What one average true range moves by a fraction of the equity, and no more than the account
    /// can carry.
    RangeFraction(RangeFraction),
}

/// A fraction of the equity, and the average true range that moves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeFraction {
    /// Above 0.
    pub fraction: Decimal,
    /// Bars of the average, of the instrument's first subscription.
    pub period: u32,
}

impl Sizing {
    /// What it is called in requests.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::FixedQuantity(_) => "fixed_quantity",
            Self::FixedNotional(_) => "fixed_notional",
            Self::EquityFraction(_) => "equity_fraction",
            Self::RiskFraction(_) => "risk_fraction",
            Self::RangeFraction(_) => "range_fraction",
        }
    }
}

/// Whether exits are live on the bar in which the position was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryBarPolicy {
    /// Exits are tested on whatever part of the bar must come after the entry.
    WorstCase,
    /// Exits are tested from the bar after the entry.
    NextBar,
}

/// What becomes of a position that is open after the last bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndOfRunPolicy {
    /// It stays open and is marked at the last close.
    MarkOpen,
    /// It is closed at the last close, paying commission.
    CloseAtLastClose,
}
