//! A search as tests of the store need one: taken in, running, and without bars.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use tempfile::TempDir;

use super::{CommitCounts, Fence, NewRun, Store, StoreError};
use crate::digest::Digest;
use crate::market::{Instrument, Units};
use crate::metrics::{Metric, Metrics};
use crate::run::{
    Allowance, BacktestSpec, OptimizationSpec, Quota, ReusePolicy, RunId, RunSpec, Sequence,
    StrategyRef, Subscription, Tags, TrialOutcome, TrialRow,
};
use crate::strategy::{Catalog, Params};
use crate::sweep::{Axis, Search};
use crate::trading::Simulation;

/// A store with one search that is running.
pub(super) struct Scene {
    pub(super) store: Store,
    pub(super) spec: OptimizationSpec,
    pub(super) fence: Fence,
    _folder: TempDir,
}

/// The specification of a search over these axes.
pub(super) fn search_over(axes: Vec<Axis>) -> OptimizationSpec {
    let catalog = Catalog::shipped();
    let entry = catalog.find("sma_cross", "").unwrap();
    OptimizationSpec {
        base: BacktestSpec {
            strategy: StrategyRef {
                rules: None,
                name: entry.name.to_string(),
                version: entry.version.to_string(),
            },
            params: Params::resolve(&entry.params, &BTreeMap::new()).unwrap(),
            subscriptions: vec![Subscription {
                instrument: Instrument::new("TEST", "BARS").unwrap(),
                timeframe: "1m".parse().unwrap(),
                data: Digest::of(b"bars"),
                units: Units::with_default_step("0.01".parse().unwrap()),
            }],
            start_ms: 0,
            end_ms: 60_000,
            warmup_bars: 0,
            aux: Vec::new(),
            schedule: None,
            benchmark: None,
            simulation: Simulation::with_cash("10000".parse().unwrap()),
        },
        axes,
        subscription_axis: Vec::new(),
        search: Search::Grid,
        objective: crate::run::Objective::default(),
        across: None,
        constraints: Vec::new(),
        param_constraints: Vec::new(),
        trials_max: 1_000_000,
        failed_trials_max: None,
        drawn: None,
        extends: None,
        more_objectives: Vec::new(),
        proposed: None,
    }
}

/// A run of that work, to be taken in.
pub(super) fn new_run(spec: RunSpec, create_ms: i64) -> NewRun {
    NewRun {
        run_id: RunId::new(create_ms),
        run_key: Digest::of(create_ms.to_string().as_bytes()),
        spec,
        engine_version: "1",
        total: 1,
        tags: Tags::default(),
        allowance: Allowance::default(),
        continues: None,
        reuse: ReusePolicy::AlwaysNew,
        request: None,
        estimate_ms: None,
        warnings: Vec::new(),
        has_room: true,
        usual_quota: Quota::default(),
        create_ms,
    }
}

impl Scene {
    pub(super) async fn over(axes: Vec<Axis>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tradeforge.db")).await.unwrap();
        let spec = search_over(axes);
        let new = new_run(RunSpec::Optimization(Box::new(spec.clone())), 1);
        let fence = Fence { run_id: new.run_id, attempt: 1 };
        store.submit(new).await.unwrap();
        assert!(store.start(fence, Sequence::first_of(1).next(), 2).await.unwrap().is_some());
        Self { store, spec, fence, _folder: folder }
    }

    /// Commits trials whose Sharpe ratio is their index.
    pub(super) async fn commit(&self, trials: Range<u64>) -> Result<CommitCounts, StoreError> {
        Ok(self.try_commit(trials).await?.expect("the run is running"))
    }

    /// The same, where it may not be running.
    pub(super) async fn try_commit(
        &self,
        trials: Range<u64>,
    ) -> Result<Option<CommitCounts>, StoreError> {
        let row = |trial_index| {
            let mut metrics = Metrics::default();
            metrics.set(Metric::Sharpe, trial_index as f64);
            let outcome = TrialOutcome::Completed(Box::new(metrics));
            TrialRow { trial_index, outcome, compute_us: 1, detail: None }
        };
        let rows: Vec<_> = trials.clone().map(row).collect();
        let spec = RunSpec::Optimization(Box::new(self.spec.clone()));
        let tries = spec.tries(Some(&self.spec.uncounted_plan().unwrap()), &rows);
        self.store.commit(self.fence, trials, Arc::new(rows), tries).await
    }
}
