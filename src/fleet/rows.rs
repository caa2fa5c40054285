//! Rows as bytes: columns, packed by zstd, to the bit. What cannot be said is not said at all.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use prost::Message;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::metrics::{Metric, Metrics};
use crate::run::{BacktestDetail, Failure, TrialOutcome, TrialRow};
use crate::runner::{ChunkResult, Kept, Route, Work};
use crate::strategy::{AuxUse, ValueCount};

const LEVEL: i32 = 1;
/// What a result may unpack to: the trades of the longest backtest are a fraction of it.
const UNPACKED_MAX: usize = 256 << 20;

const COMPLETED: u32 = 1;
const FAILED: u32 = 2;
const INFEASIBLE: u32 = 3;

#[derive(Clone, PartialEq, Message)]
struct Packed {
    #[prost(uint64, repeated, tag = "1")]
    trial_index: Vec<u64>,
    #[prost(uint32, repeated, tag = "2")]
    state: Vec<u32>,
    #[prost(uint64, repeated, tag = "3")]
    compute_us: Vec<u64>,
    #[prost(message, repeated, tag = "4")]
    columns: Vec<Column>,
    /// Each as JSON.
    #[prost(bytes = "vec", repeated, tag = "5")]
    failures: Vec<Vec<u8>>,
    /// Which of them, for each row that failed.
    #[prost(uint32, repeated, tag = "6")]
    failed_by: Vec<u32>,
    #[prost(message, repeated, tag = "7")]
    details: Vec<Detail>,
    #[prost(uint32, tag = "8")]
    route: u32,
    #[prost(uint64, tag = "9")]
    bars: u64,
    #[prost(uint64, tag = "10")]
    time_us: u64,
}

/// A metric of the rows that have it.
#[derive(Clone, PartialEq, Message)]
struct Column {
    #[prost(string, tag = "1")]
    metric: String,
    /// The rows, a bit each.
    #[prost(bytes = "vec", tag = "2")]
    defined: Vec<u8>,
    #[prost(double, repeated, tag = "3")]
    values: Vec<f64>,
}

/// What only a backtest has.
#[derive(Clone, PartialEq, Message)]
struct Detail {
    #[prost(uint64, tag = "1")]
    row: u64,
    /// As JSON.
    #[prost(bytes = "vec", tag = "2")]
    facts: Vec<u8>,
    #[prost(bytes = "vec", repeated, tag = "3")]
    trade_parts: Vec<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "they are called as in what they describe")]
struct Facts {
    closed_trade_count: u64,
    listed_trade_count: u64,
    equity_point_count: u64,
    rejections: BTreeMap<String, u64>,
    result_sha256: Digest,
    rule_facts: Vec<ValueCount>,
    uses_aux: Option<AuxUse>,
}

/// Why bytes are no rows, or rows no bytes.
#[derive(Debug, thiserror::Error)]
pub(super) enum RowsError {
    /// More was kept than rows.
    #[error("what was kept besides the rows cannot be said")]
    Kept,
    /// They do not unpack.
    #[error("cannot be packed or unpacked: {0}")]
    Io(#[from] std::io::Error),
    /// They unpack to something else.
    #[error("is no message: {0}")]
    Message(#[from] prost::DecodeError),
    /// A part of them is something else.
    #[error("a part is no JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// They contradict themselves.
    #[error("{0}")]
    Malformed(&'static str),
}

/// A result as bytes.
pub(super) fn pack(result: &ChunkResult) -> Result<Vec<u8>, RowsError> {
    let Kept::Rows = result.kept else { return Err(RowsError::Kept) };
    let rows = &result.rows;
    let mut packed = Packed {
        trial_index: rows.iter().map(|row| row.trial_index).collect(),
        state: rows.iter().map(|row| state_of(&row.outcome)).collect(),
        compute_us: rows.iter().map(|row| row.compute_us).collect(),
        columns: Metric::ALL.iter().filter_map(|metric| column(*metric, rows)).collect(),
        route: number_of(result.work.route),
        bars: result.work.bars,
        time_us: result.work.time.as_micros() as u64,
        ..Packed::default()
    };
    let mut known: HashMap<Vec<u8>, u32> = HashMap::new();
    for (place, row) in (0..).zip(rows) {
        if let TrialOutcome::Failed(failure) = &row.outcome {
            let text = serde_json::to_vec(failure)?;
            let next = packed.failures.len() as u32;
            let number = *known.entry(text).or_insert_with_key(|text| {
                packed.failures.push(text.clone());
                next
            });
            packed.failed_by.push(number);
        }
        if let Some(detail) = &row.detail {
            let facts = serde_json::to_vec(&Facts::of(detail))?;
            let trade_parts = detail.trade_parts.clone();
            packed.details.push(Detail { row: place, facts, trade_parts });
        }
    }
    Ok(zstd::bulk::compress(&packed.encode_to_vec(), LEVEL)?)
}

/// The result that the bytes say.
pub(super) fn unpack(bytes: &[u8]) -> Result<ChunkResult, RowsError> {
    let packed = Packed::decode(&*unpack_up_to(bytes, UNPACKED_MAX)?)?;
    let count = packed.trial_index.len();
    if packed.state.len() != count || packed.compute_us.len() != count {
        return Err(RowsError::Malformed("its columns are not of one length"));
    }
    let mut metrics = vec![Metrics::default(); count];
    for column in &packed.columns {
        column.give_to(&mut metrics)?;
    }
    let read = |text: &Vec<u8>| serde_json::from_slice::<Failure>(text);
    let failures = packed.failures.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let mut failed_by = packed.failed_by.iter();
    let mut rows = Vec::with_capacity(count);
    for (place, metrics) in metrics.into_iter().enumerate() {
        let outcome = match packed.state[place] {
            COMPLETED => TrialOutcome::Completed(Box::new(metrics)),
            INFEASIBLE => TrialOutcome::Infeasible(Box::new(metrics)),
            FAILED => {
                let number = failed_by.next().map(|number| *number as usize);
                let failure = number.and_then(|number| failures.get(number));
                let failure = failure.ok_or(RowsError::Malformed("a failure is not told"))?;
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
        row.detail = Some(facts.with(trade_parts));
    }
    let route = route_of(packed.route).ok_or(RowsError::Malformed("its way is not known"))?;
    let time = Duration::from_micros(packed.time_us);
    let work = Work { route, bars: packed.bars, time };
    Ok(ChunkResult { rows, kept: Kept::Rows, work, hold: None })
}

/// Unpacks what is no longer than that: a few bytes can say that they are a terabyte.
pub(super) fn unpack_up_to(bytes: &[u8], most: usize) -> std::io::Result<Vec<u8>> {
    use std::io::{Error, ErrorKind, Read as _};
    let mut unpacked = Vec::new();
    let decoder = zstd::stream::Decoder::with_buffer(bytes)?;
    let read = decoder.take(most as u64 + 1).read_to_end(&mut unpacked)?;
    if read > most {
        return Err(Error::new(ErrorKind::InvalidData, "unpacks to more than is taken"));
    }
    Ok(unpacked)
}

fn column(metric: Metric, rows: &[TrialRow]) -> Option<Column> {
    let mut column = Column {
        metric: metric.name().to_owned(),
        defined: vec![0; rows.len().div_ceil(8)],
        values: Vec::new(),
    };
    for (place, row) in rows.iter().enumerate() {
        let metrics = match &row.outcome {
            TrialOutcome::Completed(metrics) | TrialOutcome::Infeasible(metrics) => metrics,
            TrialOutcome::Failed(_) => continue,
        };
        if let Some(value) = metrics.value(metric) {
            column.defined[place / 8] |= 1 << (place % 8);
            column.values.push(value);
        }
    }
    (!column.values.is_empty()).then_some(column)
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

impl Facts {
    fn of(detail: &BacktestDetail) -> Self {
        Self {
            closed_trade_count: detail.closed_trade_count,
            listed_trade_count: detail.listed_trade_count,
            equity_point_count: detail.equity_point_count,
            rejections: detail.rejections.clone(),
            result_sha256: detail.result_sha256,
            rule_facts: detail.rule_facts.clone(),
            uses_aux: detail.uses_aux,
        }
    }

    fn with(self, trade_parts: Vec<Vec<u8>>) -> BacktestDetail {
        BacktestDetail {
            closed_trade_count: self.closed_trade_count,
            listed_trade_count: self.listed_trade_count,
            equity_point_count: self.equity_point_count,
            rejections: self.rejections,
            result_sha256: self.result_sha256,
            rule_facts: self.rule_facts,
            uses_aux: self.uses_aux,
            trade_parts,
        }
    }
}

const fn state_of(outcome: &TrialOutcome) -> u32 {
    match outcome {
        TrialOutcome::Completed(_) => COMPLETED,
        TrialOutcome::Failed(_) => FAILED,
        TrialOutcome::Infeasible(_) => INFEASIBLE,
    }
}

const fn number_of(route: Route) -> u32 {
    match route {
        Route::Backtest => 1,
        Route::BarByBar => 2,
        Route::Columns => 3,
    }
}

const fn route_of(number: u32) -> Option<Route> {
    match number {
        1 => Some(Route::Backtest),
        2 => Some(Route::BarByBar),
        3 => Some(Route::Columns),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Option<f64>> {
        let odd = prop::sample::select(vec![0.0, -0.0, f64::MIN_POSITIVE, f64::MAX, 5e-324]);
        prop::option::of(prop_oneof![any::<f64>(), odd])
    }

    fn metrics() -> impl Strategy<Value = Box<Metrics>> {
        prop::collection::vec(value(), Metric::COUNT).prop_map(|values| {
            let mut metrics = Metrics::default();
            for (metric, value) in Metric::ALL.iter().zip(values) {
                metrics.set(*metric, value);
            }
            Box::new(metrics)
        })
    }

    fn outcome() -> impl Strategy<Value = TrialOutcome> {
        let failure = ("[A-Z]{1,3}", ".{0,9}", ".{0,9}").prop_map(|(reason, message, trace)| {
            let mut failure = Failure::new(&reason, message);
            failure.metadata.insert("key".into(), trace.clone());
            failure.stack_trace = trace;
            TrialOutcome::Failed(Box::new(failure))
        });
        prop_oneof![
            metrics().prop_map(TrialOutcome::Completed),
            metrics().prop_map(TrialOutcome::Infeasible),
            failure,
        ]
    }

    fn detail() -> impl Strategy<Value = BacktestDetail> {
        let parts = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..4);
        let rejections = prop::collection::btree_map("[A-Z]{1,5}", any::<u64>(), 0..3);
        (any::<[u64; 3]>(), parts, rejections).prop_map(|(counts, trade_parts, rejections)| {
            BacktestDetail {
                closed_trade_count: counts[0],
                listed_trade_count: counts[1],
                equity_point_count: counts[2],
                rejections,
                result_sha256: Digest::of(b"result"),
                rule_facts: Vec::new(),
                uses_aux: None,
                trade_parts,
            }
        })
    }

    fn result() -> impl Strategy<Value = ChunkResult> {
        let row = (any::<u64>(), outcome(), any::<u64>(), prop::option::of(detail())).prop_map(
            |(trial_index, outcome, compute_us, detail)| TrialRow {
                trial_index,
                outcome,
                compute_us,
                detail,
            },
        );
        (prop::collection::vec(row, 0..20), any::<u64>(), any::<u32>(), 1..4_u32).prop_map(
            |(rows, bars, time_us, route)| {
                let route = route_of(route).unwrap();
                let work = Work { route, bars, time: Duration::from_micros(time_us.into()) };
                ChunkResult { rows, kept: Kept::Rows, work, hold: None }
            },
        )
    }

    /// To the bit, which `==` on floats is not.
    fn bits(row: &TrialRow) -> String {
        let values = match &row.outcome {
            TrialOutcome::Completed(metrics) | TrialOutcome::Infeasible(metrics) => {
                metrics.defined().map(|(metric, value)| (metric, value.to_bits())).collect()
            }
            TrialOutcome::Failed(_) => Vec::new(),
        };
        format!("{values:?} {row:?}")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn rows_come_back_to_the_bit(result in result()) {
            let back = unpack(&pack(&result).unwrap()).unwrap();
            prop_assert_eq!(back.work, result.work);
            prop_assert!(back.rows.iter().map(bits).eq(result.rows.iter().map(bits)));
        }

        #[test]
        fn no_bytes_are_more_than_refused(
            result in result(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
        ) {
            let mut bytes = unpack_up_to(&pack(&result).unwrap(), UNPACKED_MAX).unwrap();
            let place = at.index(bytes.len());
            bytes[place] = byte;
            _ = unpack(&bytes);
            _ = unpack(&zstd::bulk::compress(&bytes, LEVEL).unwrap());
        }
    }

    #[test]
    fn what_was_kept_besides_is_refused_and_not_left_out() {
        let work = Work { route: Route::BarByBar, bars: 1, time: Duration::ZERO };
        let (rows, kept) = (Vec::new(), Kept::BlockLengths(vec![1.0]));
        let result = ChunkResult { rows, kept, work, hold: None };
        assert!(matches!(pack(&result), Err(RowsError::Kept)));
    }

    #[test]
    fn few_bytes_that_unpack_to_many_are_refused() {
        let bomb = zstd::bulk::compress(&vec![0; 1 << 20], LEVEL).unwrap();
        assert!(bomb.len() < 1_000);
        assert_eq!(unpack_up_to(&bomb, 1 << 20).unwrap().len(), 1 << 20);
        assert!(unpack_up_to(&bomb, (1 << 20) - 1).is_err());
    }
}
