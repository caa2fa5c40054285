//! Points of a curve and trades by column.

use super::TradeConverter;
use super::columns::{chosen, doubles, ints, strings};
use crate::pb;
use crate::run::{TradeRow, Violations};
use crate::runner::CurvePoint;

/// One column of a table of points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::grpc) enum PointColumn {
    Time,
    Equity,
    Drawdown,
}

impl PointColumn {
    const ALL: [Self; 3] = [Self::Time, Self::Equity, Self::Drawdown];

    const fn name(self) -> &'static str {
        match self {
            Self::Time => "time_unix_ms",
            Self::Equity => "equity",
            Self::Drawdown => "drawdown",
        }
    }
}

/// The columns asked for; none asks for all. The time always comes first.
pub(in crate::grpc) fn point_columns(
    asked: &[String],
    violations: &mut Violations,
) -> Vec<PointColumn> {
    chosen(&PointColumn::ALL, |column| column.name().to_owned(), 1, asked, violations)
}

/// The points by column.
pub(in crate::grpc) fn point_table(
    columns: &[PointColumn],
    points: &[CurvePoint],
    converter: &TradeConverter,
) -> Vec<pb::Column> {
    let filled = |column: &PointColumn| {
        let name = column.name().to_owned();
        match column {
            PointColumn::Time => ints(name, points.iter().map(|point| Some(point.time_ms))),
            PointColumn::Equity => {
                doubles(name, points.iter().map(|point| Some(converter.amount(point.equity))))
            }
            PointColumn::Drawdown => doubles(name, points.iter().map(|point| Some(point.drawdown))),
        }
    };
    columns.iter().map(filled).collect()
}

/// One column of a table of trades; each is a field of `Trade`, a time in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::grpc) enum TradeColumn {
    Index,
    Symbol,
    Side,
    EntryTime,
    ExitTime,
    EntryPrice,
    ExitPrice,
    Quantity,
    Profit,
    Fees,
    ExitReason,
    Ambiguous,
    Exchange,
    SlippageCost,
    EntryCount,
    MaxAdverseExcursion,
    MaxFavorableExcursion,
    BarsHeld,
    CarryCost,
    EntryValue,
}

impl TradeColumn {
    const ALL: [Self; 20] = [
        Self::Index,
        Self::Symbol,
        Self::Side,
        Self::EntryTime,
        Self::ExitTime,
        Self::EntryPrice,
        Self::ExitPrice,
        Self::Quantity,
        Self::Profit,
        Self::Fees,
        Self::ExitReason,
        Self::Ambiguous,
        Self::Exchange,
        Self::SlippageCost,
        Self::EntryCount,
        Self::MaxAdverseExcursion,
        Self::MaxFavorableExcursion,
        Self::BarsHeld,
        Self::CarryCost,
        Self::EntryValue,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Index => "trade_index",
            Self::Symbol => "symbol",
            Self::Side => "side",
            Self::EntryTime => "entry_time_unix_ms",
            Self::ExitTime => "exit_time_unix_ms",
            Self::EntryPrice => "entry_price",
            Self::ExitPrice => "exit_price",
            Self::Quantity => "quantity",
            Self::Profit => "profit",
            Self::Fees => "fees",
            Self::ExitReason => "exit_reason",
            Self::Ambiguous => "ambiguous",
            Self::Exchange => "exchange",
            Self::SlippageCost => "slippage_cost",
            Self::EntryCount => "entry_count",
            Self::MaxAdverseExcursion => "max_adverse_excursion",
            Self::MaxFavorableExcursion => "max_favorable_excursion",
            Self::BarsHeld => "bars_held",
            Self::CarryCost => "carry_cost",
            Self::EntryValue => "entry_value",
        }
    }
}

/// The columns asked for; none asks for all. The index always comes first.
pub(in crate::grpc) fn trade_columns(
    asked: &[String],
    violations: &mut Violations,
) -> Vec<TradeColumn> {
    chosen(&TradeColumn::ALL, |column| column.name().to_owned(), 1, asked, violations)
}

/// The trades by column; `first` is the index of the first of them.
pub(in crate::grpc) fn trade_table(
    columns: &[TradeColumn],
    first: u64,
    rows: &[TradeRow],
    converter: &TradeConverter,
) -> Vec<pb::Column> {
    let trades: Vec<_> =
        (first..).zip(rows).map(|(index, row)| converter.trade(index, row)).collect();
    let of_ints = |name, value: fn(&pb::Trade, &TradeRow) -> Option<i64>| {
        ints(name, trades.iter().zip(rows).map(|(trade, row)| value(trade, row)))
    };
    let of_doubles =
        |name, value: fn(&pb::Trade) -> Option<f64>| doubles(name, trades.iter().map(value));
    let of_texts = |name, value: fn(&pb::Trade) -> &str| {
        let texts = trades.iter().map(value);
        strings(name, texts.map(|text| (!text.is_empty()).then(|| text.to_owned())))
    };
    let filled = |column: &TradeColumn| {
        let name = column.name().to_owned();
        match column {
            TradeColumn::Index => of_ints(name, |trade, _| Some(trade.trade_index)),
            TradeColumn::Symbol => of_texts(name, |trade| &trade.symbol),
            TradeColumn::Side => {
                of_texts(name, |trade| trade.side().as_str_name().trim_start_matches("TRADE_SIDE_"))
            }
            TradeColumn::EntryTime => of_ints(name, |_, row| Some(row.trade.entry_time_ms)),
            TradeColumn::ExitTime => {
                of_ints(name, |_, row| row.trade.exit.map(|exit| exit.time_ms))
            }
            TradeColumn::EntryPrice => of_doubles(name, |trade| Some(trade.entry_price)),
            TradeColumn::ExitPrice => of_doubles(name, |trade| Some(trade.exit_price)),
            TradeColumn::Quantity => of_doubles(name, |trade| Some(trade.quantity)),
            TradeColumn::Profit => of_doubles(name, |trade| Some(trade.profit)),
            TradeColumn::Fees => of_doubles(name, |trade| Some(trade.fees)),
            TradeColumn::ExitReason => of_texts(name, |trade| &trade.exit_reason),
            TradeColumn::Ambiguous => of_ints(name, |trade, _| Some(trade.ambiguous.into())),
            TradeColumn::Exchange => of_texts(name, |trade| &trade.exchange),
            TradeColumn::SlippageCost => of_doubles(name, |trade| trade.slippage_cost),
            TradeColumn::EntryCount => of_ints(name, |trade, _| trade.entry_count.map(i64::from)),
            TradeColumn::MaxAdverseExcursion => {
                of_doubles(name, |trade| trade.max_adverse_excursion)
            }
            TradeColumn::MaxFavorableExcursion => {
                of_doubles(name, |trade| trade.max_favorable_excursion)
            }
            TradeColumn::BarsHeld => of_ints(name, |trade, _| trade.bars_held),
            TradeColumn::CarryCost => of_doubles(name, |trade| Some(trade.carry_cost)),
            TradeColumn::EntryValue => of_doubles(name, |trade| Some(trade.entry_value)),
        }
    };
    columns.iter().map(filled).collect()
}
