//! Runs under stress to submit, and what is read of them.

use std::collections::BTreeMap;

use tradeforge::pb;

use super::client::Client;
use super::walk::on_hours;
use super::within;
use super::work::{Work, int, sma_cross, work};

/// A backtest over bars of an hour.
pub(crate) fn over_hours(work: Work) -> pb::BacktestSpec {
    on_hours(work.sweep()).base.unwrap_or_default()
}

/// Twelve and forty-eight hours.
pub(crate) fn crossing() -> pb::BacktestSpec {
    over_hours(sma_cross(12, 48).cash("100000").commission("0.0005").all_in())
}

/// Stands still after its first bar until the gate 5 of its server is open; its neighbours wait for
/// others.
pub(crate) fn gated_five() -> pb::SubmitRequest {
    let gated = work("gate").param("bars", int(1)).param("key", int(5)).all_in();
    stress(over_hours(gated), |spec| {
        spec.parts =
            vec![pb::RobustnessPart::Neighbours.into(), pb::RobustnessPart::Resampling.into()];
        (spec.path_count, spec.box_count, spec.box_steps) = (200, 1, 1);
    })
}

/// Few of everything, and of every part some.
pub(crate) fn few(spec: &mut pb::RobustnessSpec) {
    (spec.path_count, spec.box_count, spec.start_shift_days) = (500, 5, 5);
    (spec.noise_count, spec.random_entry_count) = (10, 10);
}

pub(crate) fn stress(
    base: pb::BacktestSpec,
    change: impl FnOnce(&mut pb::RobustnessSpec),
) -> pb::SubmitRequest {
    let mut spec = pb::RobustnessSpec { base: Some(base), ..Default::default() };
    change(&mut spec);
    let spec = Some(pb::submit_request::Spec::Robustness(spec));
    pb::SubmitRequest { spec, ..Default::default() }
}

/// What a completed run under stress came to.
#[track_caller]
pub(crate) fn stressed(status: &pb::RunStatus) -> pb::RobustnessResult {
    match &status.result {
        Some(pb::run_status::Result::Robustness(result)) => result.clone(),
        other => panic!("{other:?} in {status:?}"),
    }
}

impl Client {
    /// The backtests that are done.
    pub(crate) async fn variants(&self, run_id: &str) -> Vec<pb::Variant> {
        let request = pb::ListVariantsRequest { run_id: run_id.to_owned() };
        within(self.results().list_variants(request)).await.unwrap().into_inner().variants
    }

    /// All lists of a run, by their names.
    pub(crate) async fn lists(&self, run_id: &str) -> BTreeMap<String, Vec<f64>> {
        let request =
            pb::GetDistributionsRequest { run_id: run_id.to_owned(), columns: Vec::new() };
        let answer = within(self.results().get_distributions(request)).await.unwrap().into_inner();
        let columns = answer.columns.into_iter().map(|column| match column.values {
            Some(pb::column::Values::Doubles(doubles)) => (column.name, doubles.values),
            other => panic!("{other:?}"),
        });
        columns.collect()
    }
}
