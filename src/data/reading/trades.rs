//! Trades as the bars of a timeframe: the first price of a bucket is its open, the last its close,
//! and its volume is the sum of the sizes. Where nobody traded there is no bar.

use super::grid::Grid;
use super::order::turn_round;
use crate::data::import_error::ImportProblem;
use crate::data::lines::LineMap;
use crate::market::{Bar, Columns};

/// Trades from which it can be told that they are none.
const TRADES_MIN: usize = 3;

/// Makes bars of trades, each of which is a bar of one price; refuses the first that has no place
/// in the order of time.
pub(super) fn join(
    trades: &mut Columns,
    lines: &mut LineMap,
    is_falling: bool,
    grid: &Grid,
) -> Result<(), (usize, ImportProblem)> {
    if is_falling {
        turn_round(trades);
        lines.turn_round(trades.len());
    }
    let times = &trades.open_time_ms;
    if let Some(row) = (1..times.len()).find(|&row| times[row] < times[row - 1]) {
        return Err((row, ImportProblem::NotAscending { time_ms: times[row] }));
    }
    let mut bars = Columns::default();
    let (mut firsts, mut bar, mut end_ms) = (Vec::new(), None::<Bar>, i64::MIN);
    for row in 0..trades.len() {
        let trade = trades.bar(row);
        match &mut bar {
            Some(bar) if trade.open_time_ms < end_ms => {
                bar.high = bar.high.max(trade.high);
                bar.low = bar.low.min(trade.low);
                bar.close = trade.close;
                bar.volume += trade.volume;
            }
            bar => {
                let bucket = grid.bucket(trade.open_time_ms);
                end_ms = bucket.end;
                let next = Bar { open_time_ms: bucket.start, ..trade };
                if let Some(done) = bar.replace(next) {
                    bars.push(done);
                }
                firsts.push(row);
            }
        }
    }
    if let Some(last) = bar {
        bars.push(last);
    }
    if trades.len() >= TRADES_MIN && bars.len() == trades.len() {
        return Err((0, ImportProblem::OnePriceABar { timeframe: grid.timeframe() }));
    }
    lines.keep(&firsts);
    *trades = bars;
    Ok(())
}
