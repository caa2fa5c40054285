//! The rows of a bundle, line by line: what the hash of a result is made of.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::digest::Digest;
use crate::engine::Observer;
use crate::metrics::{Metric, Metrics};
use crate::run::{
    BacktestHash, HashedCharge, HashedFill, ResultHash, TrialState, hashed_charge, hashed_fill,
};
use crate::trading::{Charge, Fill};

/// A line of `events.jsonl`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Event<T> {
    /// Instrument, time, price, quantity and commission, as whole numbers of their units.
    Fill(HashedFill),
    /// Time, kind, instrument and amount.
    Charge(T),
}

/// A charge that was read.
type OwnedCharge = (i64, String, Option<u32>, i64);

/// Writes down what happens in a backtest. What cannot be written is told at the end.
pub(crate) struct EventLines(io::Result<BufWriter<File>>);

impl EventLines {
    /// Into that file.
    pub(crate) fn into(file: File) -> Self {
        Self(Ok(BufWriter::new(file)))
    }

    fn line(&mut self, event: &Event<HashedCharge<'_>>) {
        if let Ok(file) = &mut self.0 {
            let written = serde_json::to_writer(&mut *file, event).map_err(io::Error::from);
            if let Err(error) = written.and_then(|()| file.write_all(b"\n")) {
                self.0 = Err(error);
            }
        }
    }

    /// Whether all of it is written.
    pub(crate) fn finish(self) -> io::Result<()> {
        self.0?.flush()
    }
}

impl Observer for EventLines {
    fn fill(&mut self, fill: &Fill) {
        self.line(&Event::Fill(hashed_fill(fill)));
    }

    fn charge(&mut self, time_ms: i64, charge: &Charge) {
        self.line(&Event::Charge(hashed_charge(time_ms, charge)));
    }
}

/// The hash of a backtest, from the lines of its events and its metrics.
pub(super) fn backtest_hash(path: &Path, metrics: &Metrics) -> io::Result<(Digest, u64)> {
    let (mut hash, mut fills) = (BacktestHash::default(), 0);
    for line in BufReader::new(File::open(path)?).lines() {
        match serde_json::from_str::<Event<OwnedCharge>>(&line?)? {
            Event::Fill(fill) => {
                fills += 1;
                hash.fill(fill);
            }
            Event::Charge((time_ms, kind, instrument, amount)) => {
                hash.charge((time_ms, &kind, instrument, amount));
            }
        }
    }
    Ok((hash.finish(metrics), fills))
}

/// A trial of a bundle.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub trial_index: u64,
    pub state: TrialState,
    pub metrics: Metrics,
    /// Why it failed; empty if it did not.
    pub reason: String,
    /// The same in words.
    pub message: String,
    /// How long it took where it was computed.
    pub compute_us: u64,
}

/// The trials of a bundle, in the order in which they stand.
pub(super) fn trials(path: &Path) -> io::Result<impl Iterator<Item = io::Result<Row>> + use<>> {
    Ok(BufReader::new(File::open(path)?).lines().map(|line| {
        let row: Map<String, Value> = serde_json::from_str(&line?)?;
        row_of(&row).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a row is no trial"))
    }))
}

fn row_of(row: &Map<String, Value>) -> Option<Row> {
    let state = row.get("state")?.as_str()?;
    let states = [TrialState::Completed, TrialState::Failed, TrialState::Infeasible];
    let text = |column| row.get(column).and_then(Value::as_str).unwrap_or_default().to_owned();
    let compute_ms = row.get("compute_ms").and_then(Value::as_f64).unwrap_or_default();
    Some(Row {
        trial_index: row.get("trial_index")?.as_u64()?,
        state: states.into_iter().find(|it| it.as_str() == state)?,
        metrics: metrics(|metric| row.get(&format!("metrics.{}", metric.name()))),
        reason: text("error.reason"),
        message: text("error.message"),
        compute_us: (compute_ms.max(0.0) * 1e3).round() as u64,
    })
}

/// The metrics that are numbers there.
pub(super) fn metrics<'v>(value: impl Fn(Metric) -> Option<&'v Value>) -> Metrics {
    let mut metrics = Metrics::default();
    for &metric in Metric::ALL {
        metrics.set(metric, value(metric).and_then(Value::as_f64));
    }
    metrics
}

/// The hash of a search over these trials, and how many there are; or why there is none.
pub(super) fn search_hash(
    rows: impl Iterator<Item = io::Result<Row>>,
) -> io::Result<(Digest, u64)> {
    let (mut hash, mut count) = (ResultHash::default(), 0);
    for row in rows {
        let row = row?;
        hash.add(row.trial_index, row.state, &row.metrics, &row.reason);
        count += 1;
    }
    Ok((hash.finish(), count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_read_back_as_they_were_written() {
        let fill = Event::<HashedCharge<'_>>::Fill([1, -2, i64::MAX, i64::MIN, 0]);
        let text = serde_json::to_string(&fill).unwrap();
        assert_eq!(text, r#"{"fill":[1,-2,9223372036854775807,-9223372036854775808,0]}"#);
        assert_eq!(serde_json::from_str::<Event<HashedCharge<'_>>>(&text).unwrap(), fill);
        let charge = Event::Charge((7, "funding", Some(3), -9));
        let text = serde_json::to_string(&charge).unwrap();
        assert_eq!(text, r#"{"charge":[7,"funding",3,-9]}"#);
        assert_eq!(serde_json::from_str::<Event<HashedCharge<'_>>>(&text).unwrap(), charge);
    }

    #[test]
    fn a_metric_reads_back_to_the_bit() {
        for value in [0.1 + 0.2, -5e-324, f64::MAX, 1.0 / 3.0, 0.0] {
            let text = serde_json::to_string(&Value::from(value)).unwrap();
            let read: Value = serde_json::from_str(&text).unwrap();
            let metrics = metrics(|metric| (metric == Metric::Sharpe).then_some(&read));
            let found = metrics.value(Metric::Sharpe).unwrap();
            assert_eq!(found.to_bits(), value.to_bits(), "{text}");
        }
    }
}
