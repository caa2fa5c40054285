//! Trades on their way to the wire.

use super::time::timestamp;
use crate::market::{Instrument, MoneyUnit, Units};
use crate::pb;
use crate::run::{BacktestSpec, Course, TradeRow};
use crate::runner::{TradeCount, TradeFill};
use crate::trading::{Exit, Side};

/// Turns a run's trades into wire trades: what its integers mean stands in its spec.
pub(in crate::grpc) struct TradeConverter {
    instruments: Vec<(Instrument, Units, i64)>,
    money: MoneyUnit,
}

impl TradeConverter {
    pub(in crate::grpc) fn new(spec: &BacktestSpec) -> Self {
        let money = spec.money();
        let instruments = spec
            .executing()
            .into_iter()
            .map(|subscription| {
                let (instrument, units) = (&subscription.instrument, subscription.units);
                let multiplier = spec.simulation.contract_multiplier(instrument);
                let tick_value = money.contract_tick_value(units, multiplier).unwrap_or(1);
                (instrument.clone(), units, tick_value)
            })
            .collect();
        Self { instruments, money }
    }

    /// An amount of the run's money.
    pub(in crate::grpc) fn amount(&self, units: i64) -> f64 {
        self.money.amount(units)
    }

    pub(in crate::grpc) fn trade(&self, index: u64, row: &TradeRow) -> pb::Trade {
        let trade = &row.trade;
        let (instrument, units, tick_value) = &self.instruments[trade.instrument as usize];
        let price = |notional| average_price(notional, trade.quantity, *tick_value, *units);
        let of_course = |units: fn(&Course) -> i64| {
            row.course.as_ref().map(|course| self.money.amount(units(course)))
        };
        // Bars that overlap can end an entry in the next one before that.
        let bars_held = |exit: Exit| exit.bar.saturating_sub(trade.entry_bar) as i64;
        pb::Trade {
            trade_index: index as i64,
            symbol: instrument.symbol.to_string(),
            side: match trade.side {
                Side::Long => pb::TradeSide::Long,
                Side::Short => pb::TradeSide::Short,
            }
            .into(),
            entry_time: Some(timestamp(trade.entry_time_ms)),
            exit_time: trade.exit.map(|exit| timestamp(exit.time_ms)),
            entry_price: price(trade.entry_notional),
            exit_price: price(exit_notional(row)),
            quantity: units.quantity(trade.quantity),
            profit: self.money.amount(row.profit),
            fees: self.money.amount(trade.fees),
            exit_reason: trade.exit.map_or("", |exit| exit.reason.as_str()).to_owned(),
            ambiguous: trade.exit.is_some_and(|exit| exit.is_ambiguous),
            exchange: instrument.exchange.to_string(),
            carry_cost: self.money.amount(trade.carry),
            slippage_cost: of_course(|course| course.slippage),
            entry_count: row.course.map(|course| course.entries.try_into().unwrap_or(i32::MAX)),
            max_adverse_excursion: of_course(|course| course.worst),
            max_favorable_excursion: of_course(|course| course.best),
            bars_held: trade.exit.map(bars_held),
            entry_value: self.money.amount(trade.entry_notional),
        }
    }

    pub(in crate::grpc) fn fill(&self, TradeFill { fill, reason, held }: &TradeFill) -> pb::Fill {
        let units = self.instruments[fill.instrument as usize].1;
        pb::Fill {
            time: Some(timestamp(fill.time_ms)),
            side: if fill.quantity < 0 { pb::FillSide::Sell } else { pb::FillSide::Buy }.into(),
            quantity: units.quantity(fill.quantity.abs()),
            price: units.price(fill.price),
            fee: self.money.amount(fill.commission),
            slippage_cost: self.money.amount(fill.slippage),
            priced_by: fill.rule.as_str().to_owned(),
            exit_reason: reason.map_or("", |reason| reason.as_str()).to_owned(),
            position: units.quantity(*held),
        }
    }
}

/// What the exits brought; for an open trade, what the last close would bring.
fn exit_notional(row: &TradeRow) -> i64 {
    let trade = &row.trade;
    if trade.exit.is_some() {
        return trade.exit_notional;
    }
    let gain = i128::from(row.profit) + i128::from(trade.fees) + i128::from(trade.carry);
    (i128::from(trade.entry_notional) + gain * i128::from(trade.side.sign())) as i64
}

/// The mean price of fills worth `notional`: the exact price where they share one.
fn average_price(notional: i64, quantity: i64, tick_value: i64, units: Units) -> f64 {
    let per_tick = i128::from(quantity) * i128::from(tick_value);
    if per_tick == 0 {
        return 0.0;
    }
    let (ticks, rest) = (i128::from(notional) / per_tick, i128::from(notional) % per_tick);
    if rest == 0 {
        return units.price(ticks as i64);
    }
    notional as f64 / per_tick as f64 * units.price_tick.to_f64()
}

/// How many trades began and ended in each part of a span.
pub(in crate::grpc) fn counts_of(counts: &[TradeCount]) -> pb::TradeCounts {
    pb::TradeCounts {
        time_unix_ms: counts.iter().map(|count| count.start_ms).collect(),
        entries: counts.iter().map(|count| count.entries as i32).collect(),
        exits: counts.iter().map(|count| count.exits as i32).collect(),
    }
}
