//! From bytes to rows. They are a stranger's: nothing that they say of themselves is taken for
//! granted, and nothing is made room for that was not asked for.

use std::io;
use std::time::Duration;

use prost::Message as _;

use super::asked::{Asked, count};
use super::{COMPLETED, Column, Detail, FAILED, Facts, INFEASIBLE, Packed, RowsError, route_of};
use crate::metrics::{Metric, Metrics};
use crate::run::{Failure, TRADES_PER_PART, TrialOutcome, TrialRow};
use crate::runner::{ChunkResult, Kept, Work};

/// Longer than a year nothing takes, in microseconds, and nothing has more bars.
const TIME_US_MAX: u64 = 1 << 45;
pub(in crate::fleet) const BARS_MAX: u64 = 1 << 45;
/// Level 1 looks back half a megabyte.
const WINDOW_LOG_MAX: u32 = 23;

/// The result that the bytes say, if it is one for what was asked.
pub(in crate::fleet) fn unpack(bytes: &[u8], asked: &Asked) -> Result<ChunkResult, RowsError> {
    let most = asked.bytes_max(bytes.len());
    let unpacked = unpack_up_to(bytes, most)?;
    // Before there is room for anything: a few bytes can say that they are many.
    count(&unpacked, asked)?;
    let packed = Packed::decode(&*unpacked)?;
    drop(unpacked);
    if packed.trial_index != asked.trials {
        return Err(RowsError::Malformed("it answers for other trials than were asked for"));
    }
    let count = packed.trial_index.len();
    if packed.state.len() != count || packed.compute_us.len() != count {
        return Err(RowsError::Malformed("its columns are not of one length"));
    }
    if packed.compute_us.iter().chain([&packed.time_us]).any(|&us| us > TIME_US_MAX) {
        return Err(RowsError::Malformed("it took longer than there is time"));
    }
    if packed.bars > BARS_MAX {
        return Err(RowsError::Malformed("it has more bars than there are"));
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
                if told > most {
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
        if facts.listed_trade_count.div_ceil(TRADES_PER_PART as u64) != trade_parts.len() as u64 {
            return Err(RowsError::Malformed("its trades are more or fewer than it says"));
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
    let mut decoder = zstd::stream::Decoder::with_buffer(bytes)?;
    // What it keeps of what it unpacked: by default a frame of a few bytes may ask for 128 MiB.
    decoder.window_log_max(WINDOW_LOG_MAX)?;
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
