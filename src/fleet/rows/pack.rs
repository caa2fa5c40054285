//! From rows to bytes.

use std::collections::HashMap;

use prost::Message as _;

use super::{Column, Detail, Facts, LEVEL, Packed, RowsError, number_of, state_of};
use crate::metrics::Metric;
use crate::run::{TrialOutcome, TrialRow};
use crate::runner::{ChunkResult, Kept};

/// A result as bytes.
pub(in crate::fleet) fn pack(result: &ChunkResult) -> Result<Vec<u8>, RowsError> {
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
