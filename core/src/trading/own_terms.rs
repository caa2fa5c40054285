//! What differs for one instrument of a run: what a point of it is worth, what its fills cost, what
//! must be left for it, and what holding it costs. What is not said is as for all.

use serde::{Deserialize, Serialize};

use super::carry::ChargeKind;
use super::fees::FeeTerms;
use super::margin::MarginTerms;
use super::simulation::Simulation;
use crate::market::{AuxName, Decimal, Instrument};

/// What differs for one instrument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnTerms {
    /// Which one.
    pub instrument: Instrument,
    /// Money that one unit of price of one unit of quantity is worth, above zero; one if it is not
    /// given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_multiplier: Option<Decimal>,
    /// What its fills pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fees: Option<FeeTerms>,
    /// How its fills slip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slippage: Option<SlippageTerms>,
    /// What must be left for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<MarginTerms>,
    /// Its own rate of a year that short positions pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub borrow_rate: Option<Decimal>,
    /// The auxiliary series with its funding rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funding: Option<AuxName>,
    /// The auxiliary series with its dividends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dividends: Option<AuxName>,
}

/// How market and stop fills move against the trader, and how far a price must go through a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlippageTerms {
    /// Whole ticks.
    pub ticks: u32,
    /// A fraction of the price besides, rounded up to whole ticks, `0 < rate < 1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Decimal>,
    /// A fraction of the range of the bar before the fill besides, rounded up to whole ticks,
    /// `0 < fraction <= 10`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range_fraction: Option<Decimal>,
    /// Whole ticks by which a price must go through a limit or a target to fill it.
    pub limit_through_ticks: u32,
}

impl OwnTerms {
    /// As for all.
    pub const fn of(instrument: Instrument) -> Self {
        Self {
            instrument,
            contract_multiplier: None,
            fees: None,
            slippage: None,
            margin: None,
            borrow_rate: None,
            funding: None,
            dividends: None,
        }
    }

    /// Whether it says nothing.
    pub fn is_none(&self) -> bool {
        let Self { contract_multiplier, fees, slippage, margin, .. } = self;
        let fills_as_all = contract_multiplier.is_none() && fees.is_none() && slippage.is_none();
        let is_held_as_all = self.borrow_rate.is_none() && self.series().next().is_none();
        fills_as_all && margin.is_none() && is_held_as_all
    }

    /// The auxiliary series that it names, and what for.
    pub fn series(&self) -> impl Iterator<Item = (ChargeKind, &AuxName)> {
        let funding = self.funding.as_ref().map(|name| (ChargeKind::Funding, name));
        let dividends = self.dividends.as_ref().map(|name| (ChargeKind::Dividends, name));
        funding.into_iter().chain(dividends)
    }
}

impl Simulation {
    /// What differs for that instrument, if anything does.
    pub fn own(&self, instrument: &Instrument) -> Option<&OwnTerms> {
        self.instruments.iter().find(|own| own.instrument == *instrument)
    }

    /// Money that one unit of price of one unit of its quantity is worth.
    pub fn contract_multiplier(&self, instrument: &Instrument) -> Decimal {
        self.own(instrument).and_then(|own| own.contract_multiplier).unwrap_or(Decimal::ONE)
    }

    /// How fills slip, where an instrument has no slippage of its own.
    pub const fn slippage_terms(&self) -> SlippageTerms {
        SlippageTerms {
            ticks: self.slippage_ticks,
            rate: self.slippage_rate,
            range_fraction: self.slippage_range,
            limit_through_ticks: self.limit_through_ticks,
        }
    }
}
