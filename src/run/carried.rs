//! What the windows of a walk-forward chose, as one backtest: its parameters change where windows
//! begin, and positions are carried over the borders.

use serde::{Deserialize, Serialize};

use super::account_number::is_account_path;
use super::result::Failure;
use super::schedule::{ParamChange, Schedule};
use super::spec::BacktestSpec;
use super::walk_forward::{NamedMetrics, Span, WalkForwardSpec, WindowFound};
use crate::digest::Digest;
use crate::sweep::Grid;
use crate::trading::EndOfRunPolicy;

/// What that backtest came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Carried {
    /// As anybody may submit it.
    pub backtest: BacktestSpec,
    /// Its metrics.
    pub metrics: NamedMetrics,
    /// What its result hashes to; `None` if it could not run to its end.
    pub result_sha256: Option<Digest>,
    /// Why it could not.
    pub failure: Option<Failure>,
}

impl WalkForwardSpec {
    /// The choices of these windows as one backtest over all days out of sample, on that series.
    /// `None` if nothing was ever chosen, or if an axis sweeps the account, which does not change
    /// on its way.
    pub fn as_one_account(
        &self,
        grid: &Grid,
        (windows, series): (&[WindowFound], u64),
    ) -> Option<BacktestSpec> {
        if self.search.axes.iter().any(|axis| is_account_path(&axis.name)) {
            return None;
        }
        let (first, last) = (windows.first()?, windows.last()?);
        let chosen = windows.iter().find_map(|window| window.selected)?;
        let chosen = chosen + series * grid.series_stride();
        let span = Span {
            start_ms: first.spans.out_of_sample.start_ms,
            end_ms: last.spans.out_of_sample.end_ms,
        };
        let mut backtest = self.search_over(span).backtest(grid, chosen).ok()?;
        backtest.simulation.end_of_run_policy = EndOfRunPolicy::CloseAtLastClose;
        // The backtest begins with the parameters of whatever was chosen first.
        let (mut until, mut current) = (span.start_ms, Some(chosen));
        let mut changes = Vec::new();
        let mut change = |from_ms: i64, to: Option<u64>, current: &mut Option<u64>| {
            if to != *current {
                let params = to.map(|trial| self.search.params(grid, trial));
                changes.push(ParamChange { from_ms, params });
                *current = to;
            }
        };
        for window in windows {
            let out = window.spans.out_of_sample;
            if out.start_ms > until {
                change(until, None, &mut current);
            }
            let selected = window.selected.map(|first| first + series * grid.series_stride());
            change(out.start_ms, selected, &mut current);
            until = out.end_ms;
        }
        let handover = self.handover;
        backtest.schedule = (!changes.is_empty()).then(|| Box::new(Schedule { changes, handover }));
        Some(backtest)
    }
}
