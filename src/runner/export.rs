//! All that a finished backtest or trial did, point by point and trade by trade: computed again
//! where it was not kept, and read in parts, however slowly.

use std::io;
use std::path::Path;

use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::task::spawn_blocking;

use super::Runner;
use super::curve::{CurvePoint, Peak};
use super::error::RunnerError;
use super::replay::Finished;
use super::spill::{Spill, SpillWriter};
use crate::engine::Observer;
use crate::run::{
    BacktestSpec, RunId, TRADES_PER_PART, TradeRow, UnderWay, pack_trade_part, unpack_trades,
};
use crate::storage::Store;
use crate::trading::{Fill, Trade};

const ROWS_PER_PART: usize = TRADES_PER_PART;
/// The fastest: a curve that stands still packs well, and one that does not is read only once.
const COMPRESSION_LEVEL: i32 = 1;
const POINT_BYTES: usize = 2 * size_of::<i64>();

/// Parts of what was asked for, in order.
pub type Parts<T> = BoxStream<'static, Result<Vec<T>, RunnerError>>;

/// A time and the equity then, in money units.
type Point = (i64, i64);

impl Runner {
    /// The whole equity curve of a completed backtest or of a trial.
    ///
    /// # Errors
    ///
    /// As for the thinned curve, or that the disk has no room for it.
    pub async fn export_equity(
        &self,
        run_id: RunId,
        trial_index: Option<u64>,
    ) -> Result<(BacktestSpec, Parts<CurvePoint>), RunnerError> {
        let finished = self.finished(run_id, trial_index).await?;
        let points = Spiller::create(&self.scratch_dir, pack_points)?;
        let spill = self.spilled(&finished, points, Spiller::finish).await?;
        let points = parts(spill, unpack_points).scan(Peak::default(), |peak, part| {
            let point = |(time_ms, equity)| peak.point(time_ms, equity);
            std::future::ready(Some(part.map(|part| part.into_iter().map(point).collect())))
        });
        Ok((finished.spec, points.boxed()))
    }

    /// All trades of a completed backtest or of a trial, an open one last.
    ///
    /// # Errors
    ///
    /// As for the curve.
    pub async fn export_trades(
        &self,
        run_id: RunId,
        trial_index: Option<u64>,
    ) -> Result<(BacktestSpec, Parts<TradeRow>), RunnerError> {
        let finished = self.finished(run_id, trial_index).await?;
        let trades = if finished.has_trades {
            stored_trades(self.store.clone(), run_id).boxed()
        } else {
            let rows = Spiller::create(&self.scratch_dir, pack_trade_part)?;
            let trips = TripSpiller { rows, under_way: UnderWay::default() };
            let spill = self.spilled(&finished, trips, |trips| trips.rows.finish()).await?;
            parts(spill, unpack_trades).boxed()
        };
        Ok((finished.spec, trades))
    }

    /// Shows a completed backtest, computed again, to the observer.
    ///
    /// # Errors
    ///
    /// As for the curve.
    pub async fn observe<O: Observer + Send + 'static>(
        &self,
        run_id: RunId,
        observer: O,
    ) -> Result<O, RunnerError> {
        let finished = self.finished(run_id, None).await?;
        Ok(self.replay(&finished, observer).await?.0)
    }

    /// Computes it again, and keeps what the observer has seen.
    async fn spilled<O: Observer + Send + 'static>(
        &self,
        finished: &Finished,
        observer: O,
        finish: fn(O) -> io::Result<Spill>,
    ) -> Result<Spill, RunnerError> {
        let (observer, _) = self.replay(finished, observer).await?;
        let spill = spawn_blocking(move || finish(observer)).await;
        Ok(spill.map_err(io::Error::other)??)
    }
}

fn parts<T: Send + 'static>(
    spill: Spill,
    unpack: fn(&[u8]) -> Option<Vec<T>>,
) -> impl Stream<Item = Result<Vec<T>, RunnerError>> + Send {
    stream::try_unfold((spill, 0), move |(spill, number)| async move {
        if number == spill.len() {
            return Ok(None);
        }
        let part = spill.part(number, unpack).await?;
        Ok(Some((part, (spill, number + 1))))
    })
}

/// No connection is held between two parts. A run that is gone by then is an error, not the end.
pub(super) fn stored_trades(
    store: Store,
    run_id: RunId,
) -> impl Stream<Item = Result<Vec<TradeRow>, RunnerError>> + Send {
    stream::try_unfold((store, 0, None), move |(store, offset, known)| async move {
        if known == Some(offset) {
            return Ok(None);
        }
        let page = store.trades(run_id, offset, ROWS_PER_PART).await?;
        let total = known.unwrap_or(page.total);
        if page.total != total || page.trades.is_empty() && offset < total {
            return Err(RunnerError::RunNotFound(run_id));
        }
        let next = offset + page.trades.len() as u64;
        Ok((total > 0).then_some((page.trades, (store, next, Some(total)))))
    })
}

type Pack<T> = fn(&[T]) -> io::Result<Vec<u8>>;

/// Gathers rows into parts and writes each as it is full. A write that fails is told at the end.
struct Spiller<T> {
    writer: io::Result<SpillWriter>,
    rows: Vec<T>,
    pack: Pack<T>,
}

impl<T> Spiller<T> {
    fn create(folder: &Path, pack: Pack<T>) -> io::Result<Self> {
        Ok(Self { writer: Ok(SpillWriter::create(folder)?), rows: Vec::new(), pack })
    }

    fn push(&mut self, row: T) {
        self.rows.push(row);
        if self.rows.len() == ROWS_PER_PART {
            self.write();
        }
    }

    fn write(&mut self) {
        if let Ok(writer) = &mut self.writer {
            let written = (self.pack)(&self.rows).and_then(|part| writer.push(&part));
            if let Err(error) = written {
                self.writer = Err(error);
            }
        }
        self.rows.clear();
    }

    fn finish(mut self) -> io::Result<Spill> {
        if !self.rows.is_empty() {
            self.write();
        }
        self.writer?.finish()
    }
}

impl Observer for Spiller<Point> {
    fn equity(&mut self, time_ms: i64, equity: i64) {
        self.push((time_ms, equity));
    }
}

/// Gathers the round trips of a run.
struct TripSpiller {
    rows: Spiller<TradeRow>,
    under_way: UnderWay,
}

impl Observer for TripSpiller {
    const EXCURSIONS: bool = true;

    fn fill(&mut self, fill: &Fill) {
        self.under_way.fill(fill);
    }

    fn open_profit(&mut self, instrument: u32, profit: i64) {
        self.under_way.open_profit(instrument, profit);
    }

    fn trade(&mut self, trade: &Trade, profit: i64) {
        self.rows.push(self.under_way.row(trade, profit));
    }
}

/// Times, then equities: each column packs better by itself.
fn pack_points(points: &[Point]) -> io::Result<Vec<u8>> {
    let times = points.iter().map(|point| point.0);
    let integers = times.chain(points.iter().map(|point| point.1));
    let bytes: Vec<u8> = integers.flat_map(i64::to_le_bytes).collect();
    zstd::bulk::compress(&bytes, COMPRESSION_LEVEL)
}

fn unpack_points(part: &[u8]) -> Option<Vec<Point>> {
    let bytes = zstd::bulk::decompress(part, ROWS_PER_PART * POINT_BYTES).ok()?;
    let integers = bytes.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes));
    let integers: Vec<i64> = integers.collect();
    let (times, equities) = integers.split_at(integers.len() / 2);
    Some(times.iter().copied().zip(equities.iter().copied()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::TryStreamExt as _;

    fn spill(points: &[Point], folder: &Path) -> io::Result<Spill> {
        let mut spiller = Spiller::create(folder, pack_points as Pack<Point>).unwrap();
        for &(time_ms, equity) in points {
            spiller.equity(time_ms, equity);
        }
        spiller.finish()
    }

    #[tokio::test]
    async fn points_come_back_in_order_whatever_their_number() {
        let folder = tempfile::tempdir().unwrap();
        for count in [0, 1, ROWS_PER_PART, ROWS_PER_PART + 1, 3 * ROWS_PER_PART] {
            let points: Vec<Point> = (0..count as i64).map(|i| (60_000 * i, i * i - 7)).collect();
            let spill = spill(&points, folder.path()).unwrap();
            let parts: Vec<_> = parts(spill, unpack_points).try_collect().await.unwrap();
            assert!(parts.iter().all(|part| part.len() <= ROWS_PER_PART));
            assert_eq!(parts.concat(), points);
        }
    }

    #[test]
    fn a_write_that_fails_is_told_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let failing: Pack<Point> = |_| Err(io::Error::from(io::ErrorKind::StorageFull));
        let mut spiller = Spiller::create(folder.path(), failing).unwrap();
        for number in 0..2 * ROWS_PER_PART as i64 {
            spiller.equity(number, 0);
        }
        assert_eq!(spiller.finish().err().unwrap().kind(), io::ErrorKind::StorageFull);
    }
}
