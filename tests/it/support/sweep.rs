//! Optimizations to submit, said in a few words, and what is read of their trials.

use tonic::{Status, Streaming};
use tradeforge::pb;
use tradeforge::pb::axis::Domain;
use tradeforge::pb::optimization_spec::Search;

use super::client::Client;
use super::within;
use super::work::Work;

/// A search under construction: the work of its trials, and what they differ in.
#[derive(Clone)]
pub(crate) struct Sweep {
    request: pb::SubmitRequest,
    spec: pb::OptimizationSpec,
}

impl Work {
    /// A search over this work, without the parameters that it gives the axes.
    pub(crate) fn sweep(self) -> Sweep {
        let mut request: pb::SubmitRequest = self.into();
        let Some(pb::submit_request::Spec::Backtest(base)) = request.spec.take() else {
            panic!("work is a backtest")
        };
        Sweep { request, spec: pb::OptimizationSpec { base: Some(base), ..Default::default() } }
    }
}

impl Sweep {
    fn axis(self, name: &str, domain: Domain) -> Self {
        self.spec(|spec| {
            spec.base.get_or_insert_default().params.remove(name);
            spec.axes.push(pb::Axis { name: name.into(), domain: Some(domain) });
        })
    }

    /// Whole numbers from the one to the other, both included.
    pub(crate) fn over(self, name: &str, min_value: i64, max_value: i64, step: i64) -> Self {
        self.axis(name, Domain::IntRange(pb::IntDomain { min_value, max_value, step }))
    }

    /// Decimals from the one to the other; step 0 draws any.
    pub(crate) fn over_decimals(self, name: &str, min: f64, max: f64, step: f64) -> Self {
        let domain = pb::DoubleDomain { min_value: min, max_value: max, step };
        self.axis(name, Domain::DoubleRange(domain))
    }

    /// These values.
    pub(crate) fn over_values(self, name: &str, values: Vec<pb::ParamValue>) -> Self {
        self.axis(name, Domain::Values(pb::ValueList { values }))
    }

    /// On each of these symbols.
    pub(crate) fn on_each(self, symbols: &[&str]) -> Self {
        self.spec(|spec| {
            let base = spec.base.get_or_insert_default();
            let [first] = &base.subscriptions[..] else { panic!("one subscription") };
            let on = |symbol: &&str| pb::Subscription { symbol: (*symbol).into(), ..first.clone() };
            spec.subscription_axis = symbols.iter().map(on).collect();
            base.subscriptions.clear();
        })
    }

    /// Only where the one parameter is less than the other.
    pub(crate) fn where_less(self, left: &str, right: &str) -> Self {
        let right = Some(pb::param_constraint::Right::Param(right.into()));
        let op = pb::Comparison::Less.into();
        self.spec(|spec| {
            spec.param_constraints.push(pb::ParamConstraint { left: left.into(), op, right });
        })
    }

    pub(crate) fn random(self, trial_count: i64, seed: u64) -> Self {
        self.spec(|spec| spec.search = Some(Search::Random(pb::RandomSearch { trial_count, seed })))
    }

    /// Any other change of the search.
    pub(crate) fn spec(mut self, change: impl FnOnce(&mut pb::OptimizationSpec)) -> Self {
        change(&mut self.spec);
        self
    }

    /// Any other change of the submission.
    pub(crate) fn request(mut self, change: impl FnOnce(&mut pb::SubmitRequest)) -> Self {
        change(&mut self.request);
        self
    }
}

impl From<Sweep> for pb::SubmitRequest {
    fn from(sweep: Sweep) -> Self {
        let spec = pb::submit_request::Spec::Optimization(sweep.spec);
        Self { spec: Some(spec), ..sweep.request }
    }
}

/// What a completed optimization came to.
#[track_caller]
pub(crate) fn search_result(status: &pb::RunStatus) -> pb::OptimizationResult {
    match &status.result {
        Some(pb::run_status::Result::Optimization(result)) => result.clone(),
        other => panic!("{other:?} in {status:?}"),
    }
}

impl Client {
    /// Submits a search, waits, and returns what came out.
    pub(crate) fn search(&self, sweep: Sweep) -> impl Future<Output = pb::OptimizationResult> {
        let ended = self.run(sweep);
        async move { search_result(&ended.await) }
    }

    /// All trials so far, by index.
    pub(crate) async fn trials(&self, run_id: &str) -> Vec<pb::TrialSummary> {
        self.trials_where(run_id, "", "").await.expect("the list is good")
    }

    /// All pages of a list of trials.
    pub(crate) async fn trials_where(
        &self,
        run_id: &str,
        filter: &str,
        order_by: &str,
    ) -> Result<Vec<pb::TrialSummary>, Status> {
        let mut request = pb::ListTrialsRequest {
            run_id: run_id.into(),
            filter: filter.into(),
            order_by: order_by.into(),
            ..Default::default()
        };
        let mut trials = Vec::new();
        loop {
            let page = within(self.results().list_trials(request.clone())).await?.into_inner();
            trials.extend(page.trials);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                assert_eq!(trials.len() as i64, page.total_size);
                return Ok(trials);
            }
        }
    }

    /// One trial with its stack trace.
    pub(crate) async fn trial(&self, run_id: &str, trial_index: i64) -> pb::TrialSummary {
        let request = pb::GetTrialRequest { run_id: run_id.into(), trial_index };
        let response = within(self.results().get_trial(request)).await.expect("the trial is known");
        response.into_inner().trial.expect("a trial")
    }

    /// The trades and the equity curve of a trial, or of a backtest.
    pub(crate) async fn replay(
        &self,
        run_id: &str,
        trial_index: Option<i64>,
    ) -> (Vec<pb::Trade>, pb::GetEquityCurveResponse) {
        let run_id = run_id.to_owned();
        let trades = pb::ListTradesRequest {
            run_id: run_id.clone(),
            trial_index,
            page_size: 1_000,
            ..Default::default()
        };
        let trades = within(self.results().list_trades(trades)).await.expect("trades").into_inner();
        assert!(trades.next_page_token.is_empty(), "few enough for one page");
        let curve = pb::GetEquityCurveRequest {
            run_id,
            trial_index,
            max_points: 40_000,
            ..Default::default()
        };
        let curve = within(self.results().get_equity_curve(curve)).await.expect("a curve");
        (trades.trades, curve.into_inner())
    }

    /// Equal failures of a search.
    pub(crate) async fn failure_groups(&self, run_id: &str) -> Vec<pb::FailureGroup> {
        let request = pb::ListFailureGroupsRequest { run_id: run_id.into() };
        let response = within(self.results().list_failure_groups(request)).await;
        response.expect("the run is known").into_inner().groups
    }

    /// Follows the trials of a search from a cursor on.
    pub(crate) async fn watch_trials(&self, run_id: &str, after_cursor: Option<i64>) -> TrialWatch {
        let request =
            pb::WatchTrialsRequest { run_id: run_id.into(), after_cursor, columns: Vec::new() };
        let response = within(self.results().watch_trials(request)).await;
        TrialWatch {
            stream: response.expect("the run is known").into_inner(),
            cursor: after_cursor,
        }
    }

    /// Waits until so many trials of a live run are done.
    pub(crate) async fn until_done(&self, run_id: &str, trials: i64) {
        let mut watch = self.watch(run_id).await;
        let done = async {
            loop {
                let status = watch.next_snapshot().await.expect("it happens before the end");
                let progress = status.progress.unwrap_or_default();
                if progress.completed + progress.failed >= trials {
                    break;
                }
            }
        };
        within(done).await;
    }
}

/// A stream of trials, and how far it was read.
pub(crate) struct TrialWatch {
    stream: Streaming<pb::WatchTrialsResponse>,
    pub(crate) cursor: Option<i64>,
}

impl TrialWatch {
    /// The indices of the next trials; `Ok(None)` is the stream's good end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<i64>>, Status> {
        let Some(message) = within(self.stream.message()).await? else { return Ok(None) };
        assert!(self.cursor.is_none_or(|cursor| cursor < message.cursor), "cursors rise");
        self.cursor = Some(message.cursor);
        let [index, ..] = &message.columns[..] else { panic!("columns") };
        let Some(pb::column::Values::Ints(indices)) = &index.values else { panic!("{index:?}") };
        assert_eq!(
            (index.name.as_str(), indices.values.len()),
            ("trial_index", message.row_count as usize)
        );
        Ok(Some(indices.values.clone()))
    }

    /// The next trials until there are so many.
    pub(crate) async fn take(&mut self, count: usize) -> Vec<i64> {
        let mut seen = Vec::new();
        while seen.len() < count {
            seen.extend(self.next().await.expect("the stream goes on").expect("more trials"));
        }
        seen
    }

    /// The trials up to the good end.
    pub(crate) async fn rest(mut self) -> Vec<i64> {
        let mut seen = Vec::new();
        while let Some(indices) = self.next().await.expect("the stream goes on") {
            seen.extend(indices);
        }
        seen
    }
}
