//! Numbers of the account by their paths: what an axis can sweep besides parameters.
//!
//! A path has a dot and a parameter has none, so the two never clash. A path makes what it leads
//! through: `exits.stop_loss.percent` needs no stop that was there before.

use std::sync::LazyLock;

use super::number_range::Range;
use crate::market::Decimal;
use crate::strategy::ParamValue;
use crate::trading::{
    AtrDistance, BreakEven, CarryTerms, Distance, ExitTerms, FeeTerms, MarginTerms, OwnTerms,
    PositionLimits, RangeFraction, Simulation, Sizing, TARGETS_MAX, TakeProfit, TrailingStop,
};

/// The bars of an average whose period is not given.
pub const ATR_PERIOD_DEFAULT: u32 = 14;

/// A number of the account.
#[derive(Clone, Copy, Debug)]
enum Place {
    Commission,
    Slippage,
    Leverage,
    RiskFree,
    Size(fn(Decimal) -> Sizing),
    RangeFraction,
    RangePeriod,
    Fee(fn(&mut FeeTerms, Decimal), Range),
    Carry(fn(&mut CarryTerms) -> &mut Decimal, Range),
    Maintenance,
    Margin(fn(&mut MarginTerms, Decimal), Range),
    SlippageRate,
    SlippageRange,
    VolumeShare,
    Through,
    Distance(Level, Measure),
    Portion(usize),
    MaxBars,
    Limit(fn(&mut PositionLimits) -> &mut u32),
}

/// Which distance of the exits.
#[derive(Clone, Copy, Debug)]
enum Level {
    StopLoss,
    Target(usize),
    Trailing,
    Activation,
    Trigger,
    Offset,
}

/// What a distance is measured in.
#[derive(Clone, Copy, Debug)]
enum Measure {
    Percent,
    Ticks,
    Multiple,
    Period,
}

/// A number of the account that an axis can sweep.
#[derive(Clone, Copy, Debug)]
pub struct AccountNumber(Place);

/// A number with its path.
pub(super) type Numbered = (String, AccountNumber);

/// All paths, each after those that it may need.
pub(super) static NUMBERS: LazyLock<Vec<Numbered>> = LazyLock::new(paths);

fn paths() -> Vec<Numbered> {
    let mut found = Vec::new();
    let mut add = |path: &str, place| found.push((path.to_owned(), AccountNumber(place)));
    add("simulation.commission_rate", Place::Commission);
    add("simulation.slippage_ticks", Place::Slippage);
    add("simulation.max_leverage", Place::Leverage);
    add("simulation.risk_free_rate", Place::RiskFree);
    add("sizing.fixed_quantity", Place::Size(Sizing::FixedQuantity));
    add("sizing.fixed_notional", Place::Size(Sizing::FixedNotional));
    add("sizing.equity_fraction", Place::Size(Sizing::EquityFraction));
    add("sizing.risk_fraction", Place::Size(Sizing::RiskFraction));
    add("sizing.range_fraction.fraction", Place::RangeFraction);
    add("sizing.range_fraction.period", Place::RangePeriod);
    let mut fee = |name: &str, range, set: fn(&mut FeeTerms, Decimal)| {
        add(&format!("fees.{name}"), Place::Fee(set, range));
    };
    fee("taker_rate", Range::Rate, |fees, rate| fees.taker_rate = rate);
    fee("maker_rate", Range::Rate, |fees, rate| fees.maker_rate = rate);
    fee("per_unit", Range::Multiple, |fees, amount| fees.per_unit = amount);
    fee("per_fill", Range::Multiple, |fees, amount| fees.per_fill = amount);
    fee("minimum", Range::Multiple, |fees, amount| fees.minimum = amount);
    fee("maximum_rate", Range::Rate, |fees, rate| fees.maximum_rate = Some(rate));
    add("slippage.rate", Place::SlippageRate);
    add("slippage.range_fraction", Place::SlippageRange);
    add("slippage.limit_through_ticks", Place::Through);
    add("margin.maintenance_rate", Place::Maintenance);
    let mut margin = |name: &str, range, set: fn(&mut MarginTerms, Decimal)| {
        add(&format!("margin.{name}"), Place::Margin(set, range));
    };
    margin("initial_rate", Range::Portion, |margin, rate| margin.initial_rate = Some(rate));
    margin("liquidation_fee_rate", Range::Rate, |margin, rate| margin.liquidation_fee_rate = rate);
    let mut carry = |name: &str, range, of: fn(&mut CarryTerms) -> &mut Decimal| {
        add(&format!("carry.{name}"), Place::Carry(of, range));
    };
    carry("borrow_rate", Range::Multiple, |carry| &mut carry.borrow_rate);
    carry("cash_rate", Range::Return, |carry| &mut carry.cash_rate);
    carry("debit_rate", Range::Return, |carry| &mut carry.debit_rate);
    let mut distance = |path: &str, level| {
        add(&format!("{path}.percent"), Place::Distance(level, Measure::Percent));
        add(&format!("{path}.ticks"), Place::Distance(level, Measure::Ticks));
        add(&format!("{path}.atr.multiple"), Place::Distance(level, Measure::Multiple));
        add(&format!("{path}.atr.period"), Place::Distance(level, Measure::Period));
    };
    distance("exits.stop_loss", Level::StopLoss);
    for index in 0..TARGETS_MAX {
        distance(&format!("exits.take_profits[{index}].distance"), Level::Target(index));
    }
    distance("exits.trailing_stop.distance", Level::Trailing);
    distance("exits.trailing_stop.activation", Level::Activation);
    distance("exits.break_even.trigger", Level::Trigger);
    distance("exits.break_even.offset", Level::Offset);
    for index in 0..TARGETS_MAX {
        add(&format!("exits.take_profits[{index}].portion"), Place::Portion(index));
    }
    add("exits.max_bars", Place::MaxBars);
    add("limits.max_volume_share", Place::VolumeShare);
    add("limits.max_positions", Place::Limit(|limits| &mut limits.max_positions));
    add("limits.max_entries", Place::Limit(|limits| &mut limits.max_entries));
    add("limits.cool_down_bars", Place::Limit(|limits| &mut limits.cool_down_bars));
    let place = Place::Limit(|limits| &mut limits.close_after_days_without_bars);
    add("limits.close_after_days_without_bars", place);
    found
}

/// Whether the name of an axis is a path rather than a parameter's.
pub fn is_account_path(name: &str) -> bool {
    name.contains('.')
}

/// All paths that an axis may have.
pub fn account_paths() -> impl Iterator<Item = &'static str> {
    NUMBERS.iter().map(|(path, _)| path.as_str())
}

impl AccountNumber {
    /// The number of that path.
    pub fn named(path: &str) -> Option<Self> {
        NUMBERS.iter().find(|(known, _)| known == path).map(|(_, number)| *number)
    }

    /// Brings a value into its type.
    ///
    /// # Errors
    ///
    /// What would be valid, as a sentence without the path.
    pub fn check(self, value: ParamValue) -> Result<ParamValue, String> {
        self.0.range().check(value)
    }

    /// Sets it to a value that passed the check.
    ///
    /// # Errors
    ///
    /// What the account lacks or has in its place, as a sentence without the path.
    pub(super) fn set(self, simulation: &mut Simulation, value: &ParamValue) -> Result<(), String> {
        self.0.set(simulation, value)
    }
}

impl Place {
    /// Whether an instrument with these terms has a number of its own in its place.
    const fn is_said_by(self, own: &OwnTerms) -> bool {
        match self {
            Self::Commission | Self::Fee(..) => own.fees.is_some(),
            Self::Slippage | Self::SlippageRate | Self::SlippageRange | Self::Through => {
                own.slippage.is_some()
            }
            Self::Maintenance | Self::Margin(..) => own.margin.is_some(),
            _ => false,
        }
    }

    const fn range(self) -> Range {
        match self {
            Self::Commission
            | Self::SlippageRate
            | Self::Maintenance
            | Self::Distance(_, Measure::Percent) => Range::Rate,
            Self::SlippageRange => Range::UpTo(10),
            Self::Fee(_, range) | Self::Carry(_, range) | Self::Margin(_, range) => range,
            Self::RiskFree => Range::Return,
            Self::Leverage | Self::Size(_) | Self::RangeFraction | Self::VolumeShare => {
                Range::Positive
            }
            Self::Portion(_) => Range::Portion,
            Self::Distance(_, Measure::Multiple) => Range::Multiple,
            Self::Slippage | Self::Through | Self::Limit(_) => Range::Whole(0, 1_000_000),
            Self::MaxBars | Self::Distance(_, Measure::Ticks) => Range::Whole(0, 1_000_000_000),
            Self::RangePeriod | Self::Distance(_, Measure::Period) => Range::Whole(1, 10_000),
        }
    }

    /// Sets a value that is within the range.
    fn set(self, simulation: &mut Simulation, value: &ParamValue) -> Result<(), String> {
        let (decimal, whole) = match *value {
            ParamValue::Int(number) => (Decimal::new(number, 0), number as u32),
            ParamValue::Double(number) => (Decimal::nearest(number), number as u32),
            _ => (None, 0),
        };
        let decimal = decimal.ok_or_else(|| format!("{value} has no exact decimal"))?;
        if let Some(own) = simulation.instruments.iter().find(|own| self.is_said_by(own)) {
            return Err(format!("cannot be swept while {} has its own", own.instrument));
        }
        let exits = &mut simulation.exits;
        match self {
            Self::Commission => {
                if simulation.fees.is_some() {
                    return Err("cannot be swept where fees are given".to_owned());
                }
                simulation.commission_rate = decimal;
            }
            Self::Fee(set, _) => {
                let mut fees = simulation.fee_terms();
                set(&mut fees, decimal);
                (simulation.fees, simulation.commission_rate) = (Some(fees), Decimal::ZERO);
            }
            Self::Maintenance => {
                let margin = simulation.margin.get_or_insert(MarginTerms::LEAST);
                margin.maintenance_rate = decimal;
            }
            Self::Margin(set, _) => {
                const NEEDED: &str = "needs a margin: margin.maintenance_rate, fixed or swept";
                set(simulation.margin.as_mut().ok_or(NEEDED)?, decimal);
            }
            Self::Carry(of, _) => *of(&mut simulation.carry) = decimal,
            Self::SlippageRate => {
                simulation.slippage_rate = Some(decimal).filter(|rate| rate.is_positive());
            }
            Self::SlippageRange => {
                simulation.slippage_range = Some(decimal).filter(|part| part.is_positive());
            }
            Self::VolumeShare => simulation.limits.max_volume_share = Some(decimal),
            Self::Slippage => simulation.slippage_ticks = whole,
            Self::Through => simulation.limit_through_ticks = whole,
            Self::Leverage => simulation.max_leverage = decimal,
            Self::RiskFree => simulation.risk_free_rate = decimal,
            Self::Size(make) => size(simulation, make(decimal))?,
            Self::RangeFraction => {
                let (fraction, mut period) = (decimal, ATR_PERIOD_DEFAULT);
                if let Some(Sizing::RangeFraction(known)) = simulation.sizing {
                    period = known.period;
                }
                size(simulation, Sizing::RangeFraction(RangeFraction { fraction, period }))?;
            }
            Self::RangePeriod => {
                let Some(Sizing::RangeFraction(known)) = &mut simulation.sizing else {
                    return Err("needs the fraction beside it, fixed or swept".to_owned());
                };
                known.period = whole;
            }
            Self::Distance(level, measure) => {
                let known = level.read(exits);
                level.write(exits, measure.applied(known, decimal, whole)?)?;
            }
            Self::Portion(index) => {
                let target = exits.take_profits.get_mut(index);
                target.ok_or("needs a distance of the same target")?.portion = decimal;
            }
            Self::MaxBars => exits.max_bars = whole,
            Self::Limit(of) => *of(&mut simulation.limits) = whole,
        }
        Ok(())
    }
}

/// Sizes entries so, where they are not sized otherwise.
fn size(simulation: &mut Simulation, sizing: Sizing) -> Result<(), String> {
    if let Some(other) = simulation.sizing.filter(|it| it.kind() != sizing.kind()) {
        return Err(format!("cannot be swept where {} is given", other.kind()));
    }
    simulation.sizing = Some(sizing);
    Ok(())
}

impl Measure {
    fn applied(
        self,
        known: Option<Distance>,
        decimal: Decimal,
        whole: u32,
    ) -> Result<Distance, String> {
        match (self, known) {
            (Self::Percent, None | Some(Distance::Percent(_))) => Ok(Distance::Percent(decimal)),
            (Self::Ticks, None | Some(Distance::Ticks(_))) => Ok(Distance::Ticks(whole)),
            (Self::Multiple, None) => {
                let (multiple, period) = (decimal, ATR_PERIOD_DEFAULT);
                Ok(Distance::Atr(AtrDistance { multiple, period }))
            }
            (Self::Multiple, Some(Distance::Atr(atr))) => {
                Ok(Distance::Atr(AtrDistance { multiple: decimal, ..atr }))
            }
            (Self::Period, Some(Distance::Atr(atr))) => {
                Ok(Distance::Atr(AtrDistance { period: whole, ..atr }))
            }
            (Self::Period, None) => {
                Err("needs the multiple beside it (atr.multiple), fixed or swept".to_owned())
            }
            (_, Some(other)) => Err(format!("cannot be swept where the distance is {other}")),
        }
    }
}

impl Level {
    fn read(self, exits: &ExitTerms) -> Option<Distance> {
        match self {
            Self::StopLoss => exits.stop_loss,
            Self::Target(index) => exits.take_profits.get(index).map(|target| target.distance),
            Self::Trailing => exits.trailing_stop.map(|stop| stop.distance),
            Self::Activation => exits.trailing_stop.and_then(|stop| stop.activation),
            Self::Trigger => exits.break_even.map(|stop| stop.trigger),
            Self::Offset => exits.break_even.and_then(|stop| stop.offset),
        }
    }

    fn write(self, exits: &mut ExitTerms, distance: Distance) -> Result<(), String> {
        match self {
            Self::StopLoss => exits.stop_loss = Some(distance),
            Self::Target(index) => {
                let count = exits.take_profits.len();
                match exits.take_profits.get_mut(index) {
                    Some(target) => target.distance = distance,
                    None if index == count => {
                        exits.take_profits.push(TakeProfit { distance, portion: Decimal::ONE });
                    }
                    None => return Err(format!("needs exits.take_profits[{}]", index - 1)),
                }
            }
            Self::Trailing => match &mut exits.trailing_stop {
                Some(stop) => stop.distance = distance,
                none => {
                    *none = Some(TrailingStop { distance, activation: None, chandelier: false });
                }
            },
            Self::Activation => {
                let stop = exits.trailing_stop.as_mut();
                stop.ok_or("needs exits.trailing_stop.distance")?.activation = Some(distance);
            }
            Self::Trigger => match &mut exits.break_even {
                Some(stop) => stop.trigger = distance,
                none => *none = Some(BreakEven { trigger: distance, offset: None }),
            },
            Self::Offset => {
                let stop = exits.break_even.as_mut();
                stop.ok_or("needs exits.break_even.trigger")?.offset = Some(distance);
            }
        }
        Ok(())
    }
}
