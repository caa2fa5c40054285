//! From bytes to rows. They are a stranger's: nothing that they say of themselves is taken for
//! granted, and nothing is made room for that was not asked for.

use std::io;
use std::time::Duration;

use prost::Message as _;

use super::{COMPLETED, Column, Detail, FAILED, Facts, INFEASIBLE, Packed, RowsError, route_of};
use crate::metrics::{Metric, Metrics};
use crate::run::{Failure, TrialOutcome, TrialRow};
use crate::runner::{ChunkResult, Kept, Work};

/// What a result may unpack to: the trades of the longest backtest are a fraction of it.
pub(super) const UNPACKED_MAX: usize = 256 << 20;
/// Longer than a year nothing takes, in microseconds, and nothing has more bars.
const TIME_US_MAX: u64 = 1 << 45;
pub(in crate::fleet) const BARS_MAX: u64 = 1 << 45;

/// The result that the bytes say, if it is one for these trials.
pub(in crate::fleet) fn unpack(bytes: &[u8], trials: &[u64]) -> Result<ChunkResult, RowsError> {
    let packed = Packed::decode(&*unpack_up_to(bytes, UNPACKED_MAX)?)?;
    // Before there is room for rows: a few bytes can say that they are many.
    if packed.trial_index != trials {
        return Err(RowsError::Malformed("it answers for other trials than were asked for"));
    }
    let count = packed.trial_index.len();
    if packed.state.len() != count || packed.compute_us.len() != count {
        return Err(RowsError::Malformed("its columns are not of one length"));
    }
    if packed.compute_us.iter().chain([&packed.time_us]).any(|&us| us > TIME_US_MAX) {
        return Err(RowsError::Malformed("it took longer than there is time"));
    }
    if packed.bars > BARS_MAX || packed.columns.len() > Metric::COUNT {
        return Err(RowsError::Malformed("it has more bars or metrics than there are"));
    }
    let mut metrics = vec![Metrics::default(); count];
    for column in &packed.columns {
        column.give_to(&mut metrics)?;
    }
    let read = |text: &Vec<u8>| serde_json::from_slice::<Failure>(text);
    let failures = packed.failures.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let mut failed_by = packed.failed_by.iter().map(|number| *number as usize);
    let mut told = 0;
    let mut rows = Vec::with_capacity(count);
    for (place, metrics) in metrics.into_iter().enumerate() {
        let outcome = match packed.state[place] {
            COMPLETED => TrialOutcome::Completed(Box::new(metrics)),
            INFEASIBLE => TrialOutcome::Infeasible(Box::new(metrics)),
            FAILED => {
                let failure = failed_by.next().and_then(|it| Some((it, failures.get(it)?)));
                let (number, failure) =
                    failure.ok_or(RowsError::Malformed("a failure is not told"))?;
                // Each row has a copy.
                told += packed.failures[number].len();
                if told > UNPACKED_MAX {
                    return Err(RowsError::Malformed("its failures are told at great length"));
                }
                TrialOutcome::Failed(Box::new(failure.clone()))
            }
            _ => return Err(RowsError::Malformed("a trial is in no state that is known")),
        };
        let (trial_index, compute_us) = (packed.trial_index[place], packed.compute_us[place]);
        rows.push(TrialRow { trial_index, outcome, compute_us, detail: None });
    }
    for Detail { row, facts, trade_parts } in packed.details {
        let facts: Facts = serde_json::from_slice(&facts)?;
        let row = usize::try_from(row).ok().and_then(|row| rows.get_mut(row));
        let row = row.ok_or(RowsError::Malformed("it details a row that is not there"))?;
        if matches!(row.outcome, TrialOutcome::Failed(_)) || row.detail.is_some() {
            return Err(RowsError::Malformed("it details what has no details, or twice"));
        }
        row.detail = Some(facts.with(trade_parts));
    }
    let route = route_of(packed.route).ok_or(RowsError::Malformed("its way is not known"))?;
    let time = Duration::from_micros(packed.time_us);
    let work = Work { route, bars: packed.bars, time };
    Ok(ChunkResult { rows, kept: Kept::Rows, work, hold: None })
}

/// Unpacks what is no longer than that: a few bytes can say that they are a terabyte.
pub(in crate::fleet) fn unpack_up_to(bytes: &[u8], most: usize) -> io::Result<Vec<u8>> {
    use io::{Error, ErrorKind, Read as _};
    let mut unpacked = Vec::new();
    let decoder = zstd::stream::Decoder::with_buffer(bytes)?;
    let read = decoder.take(most as u64 + 1).read_to_end(&mut unpacked)?;
    if read > most {
        return Err(Error::new(ErrorKind::InvalidData, "unpacks to more than is taken"));
    }
    Ok(unpacked)
}

impl Column {
    fn give_to(&self, rows: &mut [Metrics]) -> Result<(), RowsError> {
        let metric = Metric::named(&self.metric);
        let metric = metric.ok_or(RowsError::Malformed("it has a metric that is not known"))?;
        let mut values = self.values.iter();
        for (place, metrics) in rows.iter_mut().enumerate() {
            let byte = self.defined.get(place / 8).copied().unwrap_or(0);
            if byte >> (place % 8) & 1 == 1 {
                let value = values.next().ok_or(RowsError::Malformed("a value is missing"))?;
                metrics.set(metric, *value);
            }
        }
        if values.next().is_some() {
            return Err(RowsError::Malformed("a value belongs to no row"));
        }
        Ok(())
    }
}
