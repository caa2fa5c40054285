//! Bars by column.

use std::ops::Range;

use super::columns::{chosen, doubles, ints};
use crate::market::Series;
use crate::pb;
use crate::run::Violations;

/// One column of a table of bars, called as imports know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::grpc) enum BarColumn {
    Time,
    Open,
    High,
    Low,
    Close,
    Volume,
}

impl BarColumn {
    const ALL: [Self; 6] =
        [Self::Time, Self::Open, Self::High, Self::Low, Self::Close, Self::Volume];

    const fn name(self) -> &'static str {
        match self {
            Self::Time => "timestamp_ms",
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
        }
    }
}

/// The columns asked for; none asks for all. The time always comes first.
pub(in crate::grpc) fn bar_columns(
    asked: &[String],
    violations: &mut Violations,
) -> Vec<BarColumn> {
    chosen(&BarColumn::ALL, |column| column.name().to_owned(), 1, asked, violations)
}

/// The bars by column, prices as the doubles nearest to them.
pub(in crate::grpc) fn bar_table(
    columns: &[BarColumn],
    series: &Series,
    rows: Range<usize>,
) -> Vec<pb::Column> {
    let bars = &series.bars;
    let filled = |column: &BarColumn| {
        let name = column.name().to_owned();
        let prices = |ticks: &[i64]| {
            let ticks = ticks[rows.clone()].iter();
            doubles(name.clone(), ticks.map(|&ticks| Some(series.units.price(ticks))))
        };
        match column {
            BarColumn::Time => {
                ints(name, bars.open_time_ms[rows.clone()].iter().map(|&time| Some(time)))
            }
            BarColumn::Open => prices(&bars.open),
            BarColumn::High => prices(&bars.high),
            BarColumn::Low => prices(&bars.low),
            BarColumn::Close => prices(&bars.close),
            BarColumn::Volume => {
                doubles(name, bars.volume[rows.clone()].iter().map(|&volume| Some(volume)))
            }
        }
    };
    columns.iter().map(filled).collect()
}
