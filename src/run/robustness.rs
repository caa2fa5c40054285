//! One parameter set under stress: what is asked, and which backtests it takes.
//!
//! Each of those backtests has a **place**: the one as it is has place 0, and the rest follow part
//! by part. They are committed as the trials of a search are, and computed once.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::dearer::{with_fees, with_slippage};
use super::key::{write_backtest, write_param};
use super::spec::BacktestSpec;
use crate::digest::Encoder;
use crate::market::Decimal;
use crate::strategy::ParamValue;
use crate::validation::Shaking;

/// One parameter set under stress. What is not asked for is empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RobustnessSpec {
    /// The backtest as it is.
    pub base: BacktestSpec,
    /// What the randomness follows from.
    pub seed: u64,
    /// How its days are drawn again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<PathTerms>,
    /// By how many steps each parameter is moved alone.
    pub neighbour_steps: u64,
    /// How many points were drawn around it.
    pub box_count: u64,
    /// By how many steps their parameters are moved at most.
    pub box_steps: u64,
    /// Parameter sets near its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub neighbours: Vec<Neighbour>,
    /// How many times the commission is paid, rising.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commission_factors: Vec<Decimal>,
    /// By how many ticks each fill is worse, rising.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slippage_ticks: Vec<u32>,
    /// Where it begins instead, a day after the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub starts_ms: Vec<i64>,
    /// How often it runs over prices with noise on them, and how wide that is, in parts of the
    /// standard deviation of the bars' returns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<NoiseTerms>,
    /// By how many bars it hears of each bar late, rising.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delay_bars: Vec<u32>,
    /// How often its stays in the market are put elsewhere.
    #[serde(default)]
    pub random_entries: u64,
}

/// Noise on the prices of a backtest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoiseTerms {
    /// How many draws.
    pub count: u64,
    /// How wide it is, in parts of the standard deviation of the bars' returns.
    pub part: f64,
}

/// How the days of a backtest are drawn again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathTerms {
    /// How many paths.
    pub count: u64,
    /// How many days a block of a path has on average; `None` finds it from the returns.
    pub mean_block_days: Option<f64>,
    /// Fractions of the initial cash, rising, of which it is told how many paths fall below them.
    pub ruin_levels: Vec<f64>,
}

/// A parameter set near that of the backtest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Neighbour {
    /// The one parameter that is moved; `None` of a point in the box around all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<String>,
    /// By how many steps.
    #[serde(default)]
    pub steps: i64,
    /// The values that differ.
    pub params: BTreeMap<String, ParamValue>,
}

/// What is examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RobustnessPart {
    /// Other orders of its days.
    Resampling,
    /// Parameter sets near its own.
    Neighbours,
    /// Other costs.
    Costs,
    /// Later beginnings.
    Starts,
    /// Prices with noise on them.
    Noise,
    /// Decisions that come late.
    Delays,
    /// Stays in the market at other times.
    RandomEntries,
}

/// One of the backtests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Variant<'s> {
    /// As it is.
    Base,
    /// With other parameters.
    Neighbour(&'s Neighbour),
    /// With so many times the commission.
    Commission(Decimal),
    /// With fills worse by so many ticks.
    Slippage(u32),
    /// From the start so many days later on.
    Start {
        /// How many.
        days: u64,
        /// The first moment.
        start_ms: i64,
    },
    /// Over prices with that draw of noise on them.
    Noise(Shaking),
    /// By bars that are so many bars old.
    Delay(u32),
    /// In the market as often and as long, at times of that draw.
    RandomEntries {
        /// What the randomness follows from.
        seed: u64,
        /// Which draw.
        draw: u64,
    },
}

impl Variant<'_> {
    /// The part that it belongs to; the backtest as it is to none.
    pub const fn part(&self) -> Option<RobustnessPart> {
        match self {
            Self::Base => None,
            Self::Neighbour(_) => Some(RobustnessPart::Neighbours),
            Self::Commission(_) | Self::Slippage(_) => Some(RobustnessPart::Costs),
            Self::Start { .. } => Some(RobustnessPart::Starts),
            Self::Noise(_) => Some(RobustnessPart::Noise),
            Self::Delay(_) => Some(RobustnessPart::Delays),
            Self::RandomEntries { .. } => Some(RobustnessPart::RandomEntries),
        }
    }

    /// What is changed: the name of a parameter, `commission`, `slippage_ticks`, `start_days`,
    /// `noise_draw`, `delay_bars` or `random_draw`; empty where it is no one thing.
    pub fn name(&self) -> &str {
        match self {
            Self::Base => "",
            Self::Neighbour(neighbour) => neighbour.moved.as_deref().unwrap_or(""),
            Self::Commission(_) => "commission",
            Self::Slippage(_) => "slippage_ticks",
            Self::Start { .. } => "start_days",
            Self::Noise(_) => "noise_draw",
            Self::Delay(_) => "delay_bars",
            Self::RandomEntries { .. } => "random_draw",
        }
    }

    /// By how much: steps, a factor, ticks, days, bars; the number of a draw.
    pub fn amount(&self) -> f64 {
        match self {
            Self::Base => 0.0,
            Self::Neighbour(neighbour) => neighbour.steps as f64,
            Self::Commission(factor) => factor.to_f64(),
            Self::Slippage(ticks) => f64::from(*ticks),
            Self::Start { days, .. } => *days as f64,
            Self::Noise(Shaking { draw, .. }) | Self::RandomEntries { draw, .. } => *draw as f64,
            Self::Delay(bars) => f64::from(*bars),
        }
    }
}

impl RobustnessSpec {
    /// The backtests, in the order of their places.
    pub fn variants(&self) -> impl Iterator<Item = Variant<'_>> {
        let (starts, seed) = ((1..).zip(&self.starts_ms), self.seed);
        let noise = self.noise.into_iter();
        std::iter::once(Variant::Base)
            .chain(self.neighbours.iter().map(Variant::Neighbour))
            .chain(self.commission_factors.iter().map(|factor| Variant::Commission(*factor)))
            .chain(self.slippage_ticks.iter().map(|ticks| Variant::Slippage(*ticks)))
            .chain(starts.map(|(days, start)| Variant::Start { days, start_ms: *start }))
            .chain(noise.flat_map(move |NoiseTerms { count, part }| {
                (0..count).map(move |draw| Variant::Noise(Shaking { part, seed, draw }))
            }))
            .chain(self.delay_bars.iter().map(|bars| Variant::Delay(*bars)))
            .chain((0..self.random_entries).map(move |draw| Variant::RandomEntries { seed, draw }))
    }

    /// What is examined.
    pub fn parts(&self) -> impl Iterator<Item = RobustnessPart> {
        let resampling = self.paths.is_some().then_some(RobustnessPart::Resampling);
        let changed: BTreeSet<_> = self.variants().filter_map(|variant| variant.part()).collect();
        resampling.into_iter().chain(changed)
    }

    /// How many there are.
    pub fn places(&self) -> u64 {
        let changed = self.neighbours.len()
            + self.commission_factors.len()
            + self.slippage_ticks.len()
            + self.starts_ms.len()
            + self.delay_bars.len();
        1 + changed as u64 + self.noise.map_or(0, |noise| noise.count) + self.random_entries
    }

    /// The backtest that a variant is. What is changed about bars, or about who decides, is no part
    /// of it.
    pub fn backtest(&self, variant: &Variant<'_>) -> BacktestSpec {
        let mut spec = self.base.clone();
        match variant {
            Variant::Base
            | Variant::Noise(_)
            | Variant::Delay(_)
            | Variant::RandomEntries { .. } => {}
            Variant::Neighbour(neighbour) => {
                for (name, value) in &neighbour.params {
                    spec.params.set(name, value.clone());
                }
            }
            // Whoever took the spec in has made sure that it is one.
            Variant::Commission(factor) => {
                spec.simulation = with_fees(&spec.simulation, *factor).unwrap_or(spec.simulation);
            }
            Variant::Slippage(ticks) => {
                spec.simulation = with_slippage(&spec.simulation, *ticks);
            }
            Variant::Start { start_ms, .. } => spec.start_ms = *start_ms,
        }
        spec
    }

    /// Parts that are not asked for write nothing, and so leave the key to what it was before they
    /// could be.
    pub(super) fn write(&self, encoder: &mut Encoder) {
        // The second tells of trades in other orders too.
        encoder.text("robustness/2");
        write_backtest(encoder, &self.base);
        encoder.integer(self.seed.cast_signed());
        if let Some(paths) = &self.paths {
            encoder.text("paths").integer(paths.count as i64);
            encoder.optional(paths.mean_block_days, |encoder, days| _ = encoder.double(days));
            encoder.integer(paths.ruin_levels.len() as i64);
            for level in &paths.ruin_levels {
                encoder.double(*level);
            }
        }
        section(encoder, "neighbours", &self.neighbours, |encoder, neighbour| {
            encoder.optional(neighbour.moved.as_deref(), |encoder, name| _ = encoder.text(name));
            encoder.integer(neighbour.steps).integer(neighbour.params.len() as i64);
            for (name, value) in &neighbour.params {
                encoder.text(name);
                write_param(encoder, value);
            }
        });
        section(encoder, "commission", &self.commission_factors, |encoder, factor| {
            encoder.integer(factor.mantissa()).integer(i64::from(factor.scale()));
        });
        section(encoder, "slippage", &self.slippage_ticks, |encoder, ticks| {
            encoder.integer(i64::from(*ticks));
        });
        section(encoder, "starts", &self.starts_ms, |encoder, start| {
            encoder.integer(*start);
        });
        if let Some(NoiseTerms { count, part }) = self.noise {
            encoder.text("noise/1").integer(count as i64).double(part);
        }
        section(encoder, "delays/1", &self.delay_bars, |encoder, bars| {
            encoder.integer(i64::from(*bars));
        });
        if self.random_entries > 0 {
            encoder.text("random entries/1").integer(self.random_entries as i64);
        }
    }
}

fn section<T>(encoder: &mut Encoder, name: &str, items: &[T], write: impl Fn(&mut Encoder, &T)) {
    if items.is_empty() {
        return;
    }
    encoder.text(name).integer(items.len() as i64);
    for item in items {
        write(encoder, item);
    }
}
