//! Trades as the bars of a timeframe: the first price of a bucket is its open, the last its close,
//! and its volume is the sum of the sizes. Where nobody traded there is no bar.

use super::grid::Grid;
use crate::data::import_error::ImportProblem;
use crate::data::lines::LineMap;
use crate::data::spill::{BarColumns, Room, WordColumn};
use crate::market::Bar;

/// Trades from which it can be told that they are none.
const TRADES_MIN: usize = 3;
/// The most decimals of a size, and one.
const DECIMALS_MAX: usize = 13;

/// The sum of two sizes without the noise of adding doubles: as many decimals as they have.
fn sum(left: f64, right: f64) -> f64 {
    const EXACT_MAX: f64 = 9e15;
    let sum = left + right;
    let mut unit = 1.0;
    for _ in 0..DECIMALS_MAX {
        let is_whole = |size: f64| (size * unit).round() / unit == size;
        if is_whole(left) && is_whole(right) {
            let count = (sum * unit).round();
            return if count < EXACT_MAX { count / unit } else { sum };
        }
        unit *= 10.0;
    }
    sum
}

/// Makes bars of trades, each of which is a bar of one price; refuses the first that has no place
/// in the order of time.
pub(super) fn join(
    trades: &mut BarColumns,
    lines: &mut LineMap,
    is_falling: bool,
    (grid, room): (&Grid, &Room),
) -> Result<(), (usize, ImportProblem)> {
    if is_falling {
        trades.turn_round();
        lines.turn_round(trades.len());
    }
    if let Some(before) = trades.open_time_ms.steps().position(|step| step < 0) {
        let row = before + 1;
        let time_ms = trades.open_time_ms.get(row);
        return Err((row, ImportProblem::NotAscending { time_ms }));
    }
    let mut bars = BarColumns::new(room);
    let (mut firsts, mut bar, mut end_ms) = (WordColumn::new(room), None::<Bar>, i64::MIN);
    for (row, trade) in trades.bars().enumerate() {
        match &mut bar {
            Some(bar) if trade.open_time_ms < end_ms => {
                bar.high = bar.high.max(trade.high);
                bar.low = bar.low.min(trade.low);
                bar.close = trade.close;
                bar.volume = sum(bar.volume, trade.volume);
            }
            bar => {
                let bucket = grid.bucket(trade.open_time_ms);
                end_ms = bucket.end;
                let next = Bar { open_time_ms: bucket.start, ..trade };
                if let Some(done) = bar.replace(next) {
                    bars.push(done);
                }
                firsts.push(row as i64);
            }
        }
    }
    if let Some(last) = bar {
        bars.push(last);
    }
    if trades.len() >= TRADES_MIN && bars.len() == trades.len() {
        return Err((0, ImportProblem::OnePriceABar { timeframe: grid.timeframe() }));
    }
    lines.keep(&firsts, room);
    *trades = bars;
    Ok(())
}
