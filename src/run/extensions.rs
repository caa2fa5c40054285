//! What a spec says beyond what the first version could state: by path, defaults left out.
//!
//! A later field costs nothing while nobody uses it: the key of a spec that leaves it at its
//! default is what it was.

use super::spec::{AuxSource, BacktestSpec, Subscription};
use crate::market::Decimal;
use crate::trading::{
    CarryTerms, Distance, ExitTerms, FeeTerms, MarginTerms, OwnTerms, PositionLimits,
    RangeFraction, Simulation, Sizing, SlippageTerms,
};

/// A path and the canonical text of what stands there.
pub(super) type Extension = (String, String);

/// All that is not at its default, by path.
pub(super) fn extensions(spec: &BacktestSpec) -> Vec<Extension> {
    let mut found = Vec::new();
    if spec.warmup_bars > 0 {
        found.push(("warmup_bars".to_owned(), spec.warmup_bars.to_string()));
    }
    if let Some(schedule) = &spec.schedule {
        found.push(("schedule".to_owned(), schedule.digest().to_string()));
    }
    // What rows are called is no work; what they are and what they belong to is.
    for AuxSource { key, data } in &spec.aux {
        let owner = key.instrument.as_ref().map(|it| format!(".{it}")).unwrap_or_default();
        found.push((format!("aux{owner}"), data.to_string()));
    }
    // What a market is called is no work either.
    if let Some(Subscription { timeframe, data, .. }) = &spec.benchmark {
        found.push(("benchmark".to_owned(), format!("{data}@{timeframe}")));
    }
    write_costs(&spec.simulation, &mut found);
    write_carry(spec, &mut found);
    write_exits(&spec.simulation.exits, &mut found);
    write_limits(&spec.simulation.limits, &mut found);
    found.sort_unstable();
    found
}

fn write_costs(simulation: &Simulation, found: &mut Vec<Extension>) {
    let mut decimal = |path: &str, value: Decimal| {
        found.push((path.to_owned(), value.to_string()));
    };
    if let Some(rate) = simulation.slippage_rate {
        decimal("slippage.rate", rate);
    }
    if let Some(fraction) = simulation.slippage_range {
        decimal("slippage.range_fraction", fraction);
    }
    count("slippage.limit_through_ticks", simulation.limit_through_ticks, found);
    if let Some(Sizing::RangeFraction(RangeFraction { period, .. })) = simulation.sizing {
        count("sizing.range_fraction.period", period, found);
    }
    if let Some(fees) = &simulation.fees {
        write_fees("fees", fees, found);
    }
}

fn write_fees(path: &str, fees: &FeeTerms, found: &mut Vec<Extension>) {
    let FeeTerms { maker_rate, taker_rate, per_unit, per_fill, minimum, maximum_rate } = *fees;
    let parts = [
        ("maker_rate", Some(maker_rate)),
        ("taker_rate", Some(taker_rate)),
        ("per_unit", Some(per_unit)),
        ("per_fill", Some(per_fill)),
        ("minimum", Some(minimum)),
        ("maximum_rate", maximum_rate),
    ];
    for (name, value) in parts {
        found.extend(value.map(|value| (format!("{path}.{name}"), value.to_string())));
    }
}

fn write_margin(path: &str, margin: &MarginTerms, found: &mut Vec<Extension>) {
    let MarginTerms { initial_rate, maintenance_rate, liquidation_fee_rate } = *margin;
    let fee = Some(liquidation_fee_rate).filter(|rate| rate.is_positive());
    let rates = [
        ("initial_rate", initial_rate),
        ("maintenance_rate", Some(maintenance_rate)),
        ("liquidation_fee_rate", fee),
    ];
    for (name, rate) in rates {
        found.extend(rate.map(|rate| (format!("{path}.{name}"), rate.to_string())));
    }
}

/// What differs for one instrument in what its fills come to, and in what must be left for it.
fn write_own(path: &str, own: &OwnTerms, found: &mut Vec<Extension>) {
    if let Some(multiplier) = own.contract_multiplier {
        found.push((format!("{path}.contract_multiplier"), multiplier.to_string()));
    }
    if let Some(fees) = &own.fees {
        write_fees(&format!("{path}.fees"), fees, found);
    }
    if let Some(margin) = &own.margin {
        write_margin(&format!("{path}.margin"), margin, found);
    }
    if let Some(SlippageTerms { ticks, rate, range_fraction, limit_through_ticks }) = own.slippage {
        let path = format!("{path}.slippage");
        // Even none: where others slip, it does not.
        found.push((format!("{path}.ticks"), ticks.to_string()));
        found.extend(rate.map(|rate| (format!("{path}.rate"), rate.to_string())));
        found.extend(range_fraction.map(|it| (format!("{path}.range_fraction"), it.to_string())));
        count(&format!("{path}.limit_through_ticks"), limit_through_ticks, found);
    }
}

fn write_carry(spec: &BacktestSpec, found: &mut Vec<Extension>) {
    if let Some(margin) = &spec.simulation.margin {
        write_margin("margin", margin, found);
    }
    let CarryTerms { borrow_rate, cash_rate, debit_rate } = spec.simulation.carry;
    let rates = [("borrow", borrow_rate), ("cash", cash_rate), ("debit", debit_rate)];
    for (name, rate) in rates.into_iter().filter(|(_, rate)| *rate != Decimal::ZERO) {
        found.push((format!("carry.{name}_rate"), rate.to_string()));
    }
    for own in &spec.simulation.instruments {
        let path = format!("instruments.{}", own.instrument);
        write_own(&path, own, found);
        if let Some(rate) = own.borrow_rate {
            found.push((format!("{path}.borrow_rate"), rate.to_string()));
        }
        for (kind, name) in own.series() {
            // What the rows are, not what they are called.
            let data = spec.charged_by(&own.instrument, name).map(|source| source.data);
            let data = data.map_or_else(|| name.to_string(), |data| data.to_string());
            found.push((format!("{path}.{}", kind.as_str()), data));
        }
    }
}

fn write_exits(exits: &ExitTerms, found: &mut Vec<Extension>) {
    // Complete by the compiler: what is not listed here is no part of the work.
    let ExitTerms {
        stop_loss,
        take_profits,
        trailing_stop,
        break_even,
        max_bars,
        daily_exit_minute,
    } = exits;
    let mut distance = |path: &str, distance: Option<Distance>| {
        let (kind, text) = match distance {
            None => return,
            Some(Distance::Percent(fraction)) => ("percent", fraction.to_string()),
            Some(Distance::Ticks(ticks)) => ("ticks", ticks.to_string()),
            Some(Distance::Atr(atr)) => {
                found.push((format!("exits.{path}.atr.period"), atr.period.to_string()));
                ("atr.multiple", atr.multiple.to_string())
            }
        };
        found.push((format!("exits.{path}.{kind}"), text));
    };
    distance("stop_loss", *stop_loss);
    for (index, target) in take_profits.iter().enumerate() {
        distance(&format!("take_profits[{index}].distance"), Some(target.distance));
    }
    if let Some(stop) = trailing_stop {
        distance("trailing_stop.distance", Some(stop.distance));
        distance("trailing_stop.activation", stop.activation);
    }
    if let Some(stop) = break_even {
        distance("break_even.trigger", Some(stop.trigger));
        distance("break_even.offset", stop.offset);
    }
    for (index, target) in take_profits.iter().enumerate() {
        let path = format!("exits.take_profits[{index}].portion");
        found.push((path, target.portion.to_string()));
    }
    if trailing_stop.is_some_and(|stop| stop.chandelier) {
        found.push(("exits.trailing_stop.chandelier".to_owned(), true.to_string()));
    }
    count("exits.max_bars", *max_bars, found);
    if let Some(minute) = daily_exit_minute {
        found.push(("exits.daily_exit_time".to_owned(), minute.to_string()));
    }
}

fn write_limits(limits: &PositionLimits, found: &mut Vec<Extension>) {
    let PositionLimits {
        max_positions,
        max_entries,
        cool_down_bars,
        cool_down_after_loss_only,
        close_after_days_without_bars,
        max_volume_share,
    } = *limits;
    count("limits.max_positions", max_positions, found);
    count("limits.max_entries", max_entries, found);
    count("limits.cool_down_bars", cool_down_bars, found);
    count("limits.cool_down_after_loss_only", cool_down_after_loss_only.into(), found);
    count("limits.close_after_days_without_bars", close_after_days_without_bars, found);
    let share = max_volume_share.map(|share| share.to_string());
    found.extend(share.map(|share| ("limits.max_volume_share".to_owned(), share)));
}

fn count(path: &str, count: u32, found: &mut Vec<Extension>) {
    if count > 0 {
        found.push((path.to_owned(), count.to_string()));
    }
}
