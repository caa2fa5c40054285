//! Rows as bytes: columns, packed by zstd, to the bit. What cannot be said is not said at all.

mod asked;
mod pack;
mod unpack;

pub(super) use asked::{Asked, memory_of};
pub(super) use pack::pack;
pub(super) use unpack::{BARS_MAX, unpack, unpack_up_to};

use std::collections::BTreeMap;

use prost::Message;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::market::Decimal;
use crate::run::{BacktestDetail, TrialOutcome};
use crate::runner::Route;
use crate::strategy::{AuxUse, ValueCount};

const LEVEL: i32 = 1;

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
    #[serde(default)]
    costs: BTreeMap<String, Decimal>,
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

impl Facts {
    fn of(detail: &BacktestDetail) -> Self {
        Self {
            closed_trade_count: detail.closed_trade_count,
            listed_trade_count: detail.listed_trade_count,
            equity_point_count: detail.equity_point_count,
            rejections: detail.rejections.clone(),
            result_sha256: detail.result_sha256,
            rule_facts: detail.rule_facts.clone(),
            costs: detail.costs.clone(),
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
            costs: self.costs,
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
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::metrics::{Metric, Metrics};
    use crate::run::{Failure, TRADES_PER_PART, TrialRow};
    use crate::runner::{ChunkResult, Kept, Work};

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
        (any::<[u64; 2]>(), parts, rejections).prop_map(|(counts, trade_parts, rejections)| {
            BacktestDetail {
                closed_trade_count: counts[0],
                listed_trade_count: (trade_parts.len() * TRADES_PER_PART) as u64,
                equity_point_count: counts[1],
                rejections,
                result_sha256: Digest::of(b"result"),
                rule_facts: Vec::new(),
                costs: [("fees".to_owned(), Decimal::ONE)].into(),
                uses_aux: None,
                trade_parts,
            }
        })
    }

    fn result() -> impl Strategy<Value = ChunkResult> {
        let row = (any::<u64>(), outcome(), any::<u32>(), prop::option::of(detail())).prop_map(
            |(trial_index, outcome, compute_us, detail)| {
                let detail = detail.filter(|_| !matches!(outcome, TrialOutcome::Failed(_)));
                TrialRow { trial_index, outcome, compute_us: compute_us.into(), detail }
            },
        );
        (prop::collection::vec(row, 0..20), any::<u32>(), any::<u32>(), 1..4_u32).prop_map(
            |(rows, bars, time_us, route)| {
                let route = route_of(route).unwrap();
                let work =
                    Work { route, bars: bars.into(), time: Duration::from_micros(time_us.into()) };
                ChunkResult { rows, kept: Kept::Rows, work, hold: None }
            },
        )
    }

    /// As many details as rows, which no search has.
    fn asked(result: &ChunkResult) -> Asked {
        let trials: Vec<_> = result.rows.iter().map(|row| row.trial_index).collect();
        Asked { details: trials.len(), trials }
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
            let back = unpack(&pack(&result).unwrap(), &asked(&result)).unwrap();
            prop_assert_eq!(back.work, result.work);
            prop_assert!(back.rows.iter().map(bits).eq(result.rows.iter().map(bits)));
        }

        #[test]
        fn no_bytes_are_more_than_refused(
            result in result(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
        ) {
            let mut bytes = unpack_up_to(&pack(&result).unwrap(), 1 << 20).unwrap();
            let place = at.index(bytes.len());
            bytes[place] = byte;
            let asked = asked(&result);
            _ = unpack(&bytes, &asked);
            _ = unpack(&zstd::bulk::compress(&bytes, LEVEL).unwrap(), &asked);
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

    /// So many rows of one failed trial each, told at length, and what is changed of that.
    fn failed(count: u64, change: impl FnOnce(&mut Packed)) -> (Vec<u8>, Asked) {
        let trials: Vec<u64> = (0..count).collect();
        let mut packed = Packed {
            trial_index: trials.clone(),
            state: vec![FAILED; count as usize],
            compute_us: vec![1; count as usize],
            failures: vec![serde_json::to_vec(&Failure::new("X", "x".repeat(1 << 20))).unwrap()],
            failed_by: vec![0; count as usize],
            route: 2,
            ..Packed::default()
        };
        change(&mut packed);
        let packed = zstd::bulk::compress(&packed.encode_to_vec(), LEVEL).unwrap();
        (packed, Asked { trials, details: 0 })
    }

    fn refusal(count: u64, change: impl FnOnce(&mut Packed)) -> Option<String> {
        let (bytes, asked) = failed(count, change);
        unpack(&bytes, &asked).err().map(|error| error.to_string())
    }

    #[test]
    fn nothing_is_made_room_for_that_was_not_asked_for() {
        let is_taken = |count, change: fn(&mut Packed)| refusal(count, change).is_none();
        assert!(is_taken(2, |_| ()));
        assert!(!is_taken(300, |_| ()), "a megabyte for each of them");
        assert!(!is_taken(2, |packed| packed.trial_index = vec![0; 1 << 20]));
        assert!(!is_taken(2, |packed| packed.state.push(FAILED)));
        assert!(!is_taken(2, |packed| packed.failed_by[1] = 1));
        assert!(!is_taken(2, |packed| packed.compute_us[0] = u64::MAX));
        assert!(!is_taken(2, |packed| packed.bars = u64::MAX));
        let column = Column { metric: Metric::ALL[0].name().to_owned(), ..Column::default() };
        assert!(refusal(2, |packed| packed.columns = vec![column; Metric::COUNT + 1]).is_some());
    }

    #[test]
    fn an_answer_unpacks_to_what_its_chunk_can_say_and_is_counted_before_it_is_read() {
        let more = "it says more than was asked for";
        let counted = |change: fn(&mut Packed)| assert_eq!(refusal(2, change).unwrap(), more);
        // Each is next to nothing on its way, and MiB where it is read before it is counted.
        counted(|packed| packed.columns = vec![Column::default(); 1 << 16]);
        counted(|packed| packed.failures = vec![Vec::new(); 1 << 16]);
        counted(|packed| packed.details = vec![Detail::default(); 1 << 16]);
        counted(|packed| packed.failed_by = vec![0; 1 << 16]);
        counted(|packed| packed.details = vec![Detail::default()]);
        // What no chunk of two trials can say is not unpacked to its end.
        let told = refusal(2, |packed| packed.failures = vec![vec![b' '; 16 << 20]]).unwrap();
        assert!(told.contains("unpacks to more than is taken"), "{told}");
        let asked = |rows| Asked { trials: vec![0; rows], details: 0 };
        assert!(asked(2_048).bytes_max(1 << 26) < 16 << 20, "of the longest chunk");
        let backtest = Asked { details: 1, ..asked(1) };
        assert!(backtest.bytes_max(5_400_000) > 10_800_000, "trades are packed already");
        assert!(backtest.bytes_max(1_000) < 8 << 20);
    }

    #[test]
    fn a_frame_that_asks_for_a_hundred_mebibytes_to_be_unpacked_is_refused() {
        // A window of 128 MiB, and a block of a byte.
        let frame = [0x28, 0xB5, 0x2F, 0xFD, 0, 17 << 3, 9, 0, 0, b'x'];
        assert!(unpack_up_to(&frame, 10).is_err());
        let frame = [0x28, 0xB5, 0x2F, 0xFD, 0, 9 << 3, 9, 0, 0, b'x'];
        assert_eq!(unpack_up_to(&frame, 10).unwrap(), b"x");
    }

    #[test]
    fn trades_are_as_many_as_is_said() {
        let detail = BacktestDetail {
            closed_trade_count: 1,
            listed_trade_count: 1,
            equity_point_count: 2,
            rejections: BTreeMap::new(),
            result_sha256: Digest::of(b"result"),
            rule_facts: Vec::new(),
            costs: BTreeMap::new(),
            uses_aux: None,
            trade_parts: vec![vec![1]],
        };
        let result = |detail| {
            let outcome = TrialOutcome::Completed(Box::default());
            let rows = vec![TrialRow { trial_index: 0, outcome, compute_us: 1, detail }];
            let work = Work { route: Route::Backtest, bars: 1, time: Duration::ZERO };
            ChunkResult { rows, kept: Kept::Rows, work, hold: None }
        };
        let taken = |detail: BacktestDetail| {
            let result = result(Some(detail));
            unpack(&pack(&result).unwrap(), &asked(&result)).map(|back| memory_of(&back.rows))
        };
        let plain = memory_of(&result(None).rows);
        assert!(taken(detail.clone()).unwrap() > plain, "what it holds is counted");
        let none = BacktestDetail { trade_parts: Vec::new(), ..detail.clone() };
        assert!(taken(none).is_err());
        assert!(taken(BacktestDetail { listed_trade_count: 5_000, ..detail }).is_err());
    }
}
