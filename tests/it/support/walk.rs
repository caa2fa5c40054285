//! Walk-forwards to submit, said in a few words, and what is read of them.

use std::fmt::Write as _;

use tradeforge::pb;
use tradeforge::pb::import_bars_request::Source;
use tradeforge::pb::walk_forward_spec::Scheme;

use super::client::Client;
use super::market::{START_MS, series};
use super::sweep::Sweep;
use super::within;
use super::work::sma_cross;

/// Days that the made-up bars last.
pub(crate) const DAYS: i64 = 120;
pub(crate) const DAY_MS: i64 = 86_400_000;

/// The series `TEST:BARS@1h`.
pub(crate) fn hours() -> pb::SeriesSpec {
    pb::SeriesSpec { timeframe: "1h".into(), price_tick: "0.01".into(), ..series("BARS") }
}

/// Bars of an hour over all days, as `TEST:BARS@1h`.
pub(crate) async fn import_hours(client: &Client) {
    let start_time = Some(prost_types::Timestamp { seconds: START_MS / 1_000, nanos: 0 });
    let bars =
        pb::SyntheticBars { bar_count: DAYS * 24, seed: 9, start_time, ..Default::default() };
    client.import_from(hours(), Source::Synthetic(bars)).await.unwrap();
}

/// A text of hourly bars, on those days only, that go up and down.
pub(crate) fn hours_on(days: impl IntoIterator<Item = i64>) -> String {
    let mut text = "timestamp_ms,open,high,low,close,volume\n".to_owned();
    for hour in days.into_iter().flat_map(|day| day * 24..day * 24 + 24) {
        let close = |hour: i64| 100 + (hour % 50 - 25).abs();
        let (open, close) = (close(hour - 1), close(hour));
        let (high, low, time) = (open.max(close), open.min(close), START_MS + hour * 3_600_000);
        _ = writeln!(text, "{time},{open},{high},{low},{close},1");
    }
    text
}

/// The search on bars of an hour.
pub(crate) fn on_hours(sweep: Sweep) -> pb::OptimizationSpec {
    let request: pb::SubmitRequest = sweep.into();
    let Some(pb::submit_request::Spec::Optimization(mut spec)) = request.spec else {
        panic!("{request:?}")
    };
    for subscription in &mut spec.base.get_or_insert_default().subscriptions {
        subscription.timeframe = "1h".into();
    }
    spec
}

/// A search of twelve trials over hours.
pub(crate) fn twelve() -> pb::OptimizationSpec {
    let work = sma_cross(1, 1).cash("100000").commission("0.0005").all_in();
    on_hours(work.sweep().over("fast", 2, 8, 2).over("slow", 12, 36, 12))
}

pub(crate) fn walk(
    search: pb::OptimizationSpec,
    scheme: impl Into<Option<Scheme>>,
) -> pb::SubmitRequest {
    let scheme = scheme.into();
    let spec = pb::WalkForwardSpec { search: Some(search), scheme, ..Default::default() };
    let spec = Some(pb::submit_request::Spec::WalkForward(spec));
    pb::SubmitRequest { spec, ..Default::default() }
}

/// The same work once more.
pub(crate) fn again(request: pb::SubmitRequest) -> pb::SubmitRequest {
    pb::SubmitRequest { reuse_policy: pb::ReusePolicy::AlwaysNew.into(), ..request }
}

pub(crate) fn searched(search: pb::OptimizationSpec) -> pb::SubmitRequest {
    let spec = Some(pb::submit_request::Spec::Optimization(search));
    pb::SubmitRequest { spec, ..Default::default() }
}

pub(crate) fn tested(backtest: pb::BacktestSpec) -> pb::SubmitRequest {
    let spec = Some(pb::submit_request::Spec::Backtest(backtest));
    pb::SubmitRequest { spec, ..Default::default() }
}

pub(crate) fn lengths(in_sample_days: i32, out_of_sample_days: i32) -> pb::Windows {
    pb::Windows { in_sample_days, out_of_sample_days, ..Default::default() }
}

/// Thirty days to choose by and twenty after them: four windows.
pub(crate) fn rolling() -> Scheme {
    Scheme::Rolling(lengths(30, 20))
}

/// What a completed walk-forward came to.
#[track_caller]
pub(crate) fn walked(status: &pb::RunStatus) -> pb::WalkForwardResult {
    match &status.result {
        Some(pb::run_status::Result::WalkForward(result)) => result.clone(),
        other => panic!("{other:?} in {status:?}"),
    }
}

impl Client {
    /// The windows that are done.
    pub(crate) async fn windows(&self, run_id: &str) -> Vec<pb::Window> {
        let request = pb::ListWindowsRequest { run_id: run_id.to_owned() };
        within(self.results().list_windows(request)).await.unwrap().into_inner().windows
    }

    /// Walks to the end, and returns the id and the windows.
    pub(crate) async fn walk(
        &self,
        request: pb::SubmitRequest,
    ) -> (pb::RunStatus, Vec<pb::Window>) {
        let status = self.run(request).await;
        let windows = self.windows(&status.run_id).await;
        (status, windows)
    }

    /// The spec of a walk-forward as it was resolved.
    pub(crate) async fn walk_spec(&self, run_id: &str) -> pb::WalkForwardSpec {
        match self.describe(run_id).await.spec {
            Some(pb::run::Spec::WalkForward(spec)) => spec,
            other => panic!("{other:?}"),
        }
    }
}

/// From which day of the market to which.
pub(crate) fn days_of(range: Option<&pb::TimeRange>) -> (i64, i64) {
    let range = range.unwrap();
    let day =
        |time: Option<prost_types::Timestamp>| (time.unwrap().seconds * 1_000 - START_MS) / DAY_MS;
    (day(range.start_time), day(range.end_time))
}
