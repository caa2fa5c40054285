//! A client over a real socket whose verbs fail the test where the server refuses.

use std::time::Duration;

use futures_util::stream;
use tonic::transport::Channel;
use tonic::{Status, Streaming};
use tradeforge::pb;
use tradeforge::pb::hook_service_client::HookServiceClient;
use tradeforge::pb::import_bars_request::Source;
use tradeforge::pb::market_data_service_client::MarketDataServiceClient;
use tradeforge::pb::result_service_client::ResultServiceClient;
use tradeforge::pb::run_service_client::RunServiceClient;
use tradeforge::pb::strategy_service_client::StrategyServiceClient;
use tradeforge::pb::system_service_client::SystemServiceClient;
use tradeforge::pb::upload_bars_request::Part;

use super::market::{Market, series};
use super::{PATIENCE, within};

/// One connection and the services behind it.
#[derive(Clone)]
pub(crate) struct Client {
    channel: Channel,
    runs: RunServiceClient<Channel>,
}

impl Client {
    pub(crate) async fn connect(url: &str) -> Self {
        let endpoint = Channel::from_shared(url.to_owned()).expect("a URL");
        let channel = endpoint.connect().await.expect("the server listens");
        Self { runs: RunServiceClient::new(channel.clone()), channel }
    }

    pub(crate) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    pub(crate) fn runs(&self) -> RunServiceClient<Channel> {
        self.runs.clone()
    }

    pub(crate) fn results(&self) -> ResultServiceClient<Channel> {
        ResultServiceClient::new(self.channel())
    }

    pub(crate) fn strategies(&self) -> StrategyServiceClient<Channel> {
        StrategyServiceClient::new(self.channel())
    }

    pub(crate) fn market_data(&self) -> MarketDataServiceClient<Channel> {
        MarketDataServiceClient::new(self.channel())
    }

    pub(crate) fn hooks(&self) -> HookServiceClient<Channel> {
        HookServiceClient::new(self.channel())
    }

    pub(crate) async fn add_hook(&self, hook: pb::Hook) -> Result<pb::CreateHookResponse, Status> {
        let request = pb::CreateHookRequest { hook: Some(hook) };
        within(self.hooks().create_hook(request)).await.map(tonic::Response::into_inner)
    }

    // ── Runs ──

    // Work is large: it goes into a box before anybody waits.

    pub(crate) fn submit(
        &self,
        work: impl Into<pb::SubmitRequest>,
    ) -> impl Future<Output = pb::SubmitResponse> {
        let answer = self.try_submit(work);
        async move { answer.await.expect("the work is taken") }
    }

    pub(crate) fn try_submit(
        &self,
        work: impl Into<pb::SubmitRequest>,
    ) -> impl Future<Output = Result<pb::SubmitResponse, Status>> {
        let request = work.into();
        Box::pin(async move {
            within(self.runs().submit(request)).await.map(tonic::Response::into_inner)
        })
    }

    /// How the work is refused.
    pub(crate) fn refusal(
        &self,
        work: impl Into<pb::SubmitRequest>,
    ) -> impl Future<Output = Status> {
        let answer = self.try_submit(work);
        async move { answer.await.expect_err("the work is refused") }
    }

    /// Submits and waits for the end.
    pub(crate) fn run(
        &self,
        work: impl Into<pb::SubmitRequest>,
    ) -> impl Future<Output = pb::RunStatus> {
        let submitted = self.submit(work);
        async move { self.when_final(&submitted.await.run_id).await }
    }

    /// Submits, waits, and returns what came out.
    pub(crate) fn result(
        &self,
        work: impl Into<pb::SubmitRequest>,
    ) -> impl Future<Output = pb::BacktestResult> {
        let ended = self.run(work);
        async move { result_of(&ended.await) }
    }

    pub(crate) async fn status(&self, run_id: &str) -> pb::RunStatus {
        self.try_status(run_id, None).await.expect("the run is known")
    }

    pub(crate) async fn describe(&self, run_id: &str) -> pb::Run {
        let request = pb::GetRunRequest { run_id: run_id.into() };
        let response = within(self.runs().get_run(request)).await.expect("the run is known");
        response.into_inner().run.expect("a run")
    }

    /// Long polls for the end, which must come.
    pub(crate) async fn when_final(&self, run_id: &str) -> pb::RunStatus {
        let ended = async {
            loop {
                let status = self.try_status(run_id, Some(PATIENCE)).await;
                let status = status.expect("the run is known");
                if status.end_time.is_some() {
                    break status;
                }
            }
        };
        within(Box::pin(ended)).await
    }

    pub(crate) async fn try_status(
        &self,
        run_id: &str,
        wait: Option<Duration>,
    ) -> Result<pb::RunStatus, Status> {
        let wait = wait.map(|wait| wait.try_into().expect("a short time"));
        let request = pb::GetStatusRequest { run_id: run_id.into(), wait };
        let response = within(self.runs().get_status(request)).await?;
        Ok(response.into_inner().status.expect("a status"))
    }

    /// Waits until the run computes, by way of its stream.
    pub(crate) async fn until_running(&self, run_id: &str) -> pb::RunStatus {
        let mut watch = self.watch(run_id).await;
        let running = async {
            loop {
                let status = watch.next_snapshot().await.expect("the run runs before it ends");
                if status.state() == pb::RunState::Running {
                    break status;
                }
            }
        };
        within(running).await
    }

    /// Cancels and waits for the end, also where the answer had to come before it.
    pub(crate) async fn cancel(&self, run_id: &str) -> pb::RunStatus {
        let status = self.try_cancel(run_id).await.expect("the run can be cancelled");
        if status.end_time.is_some() { status } else { self.when_final(run_id).await }
    }

    pub(crate) async fn pause(&self, run_id: &str) -> pb::RunStatus {
        self.try_pause(run_id).await.expect("the run can be paused")
    }

    pub(crate) async fn try_pause(&self, run_id: &str) -> Result<pb::RunStatus, Status> {
        let request = pb::PauseRequest { run_id: run_id.into(), reason: "lunch".into() };
        let response = within(self.runs().pause(request)).await?;
        Ok(response.into_inner().status.expect("a status"))
    }

    pub(crate) async fn resume(&self, run_id: &str) -> pb::RunStatus {
        self.try_resume(run_id).await.expect("the run can go on")
    }

    pub(crate) async fn try_resume(&self, run_id: &str) -> Result<pb::RunStatus, Status> {
        let request = pb::ResumeRequest { run_id: run_id.into() };
        let response = within(self.runs().resume(request)).await?;
        Ok(response.into_inner().status.expect("a status"))
    }

    pub(crate) async fn try_cancel(&self, run_id: &str) -> Result<pb::RunStatus, Status> {
        let request = pb::CancelRequest { run_id: run_id.into(), reason: "enough".into() };
        let response = within(self.runs().cancel(request)).await?;
        Ok(response.into_inner().status.expect("a status"))
    }

    pub(crate) async fn watch(&self, run_id: &str) -> Watch {
        let run_id = run_id.to_owned();
        self.watch_with(pb::WatchProgressRequest { run_id, ..Default::default() }).await
    }

    /// Asks for a watch that may be refused.
    pub(crate) async fn try_watch(&self, run_id: &str) -> Result<Watch, Status> {
        let run_id = run_id.to_owned();
        let request = pb::WatchProgressRequest { run_id, ..Default::default() };
        let response = within(self.runs().watch_progress(request)).await?;
        Ok(Watch { stream: response.into_inner() })
    }

    pub(crate) async fn watch_after(&self, run_id: &str, sequence: i64) -> Watch {
        self.watch_with(pb::WatchProgressRequest {
            run_id: run_id.into(),
            after_sequence: Some(sequence),
            ..Default::default()
        })
        .await
    }

    pub(crate) async fn watch_with(&self, request: pb::WatchProgressRequest) -> Watch {
        let response = within(self.runs().watch_progress(request)).await;
        Watch { stream: response.expect("the run is known").into_inner() }
    }

    // ── Results ──

    pub(crate) async fn trades(&self, run_id: &str) -> Vec<pb::Trade> {
        let (mut trades, mut page_token) = (Vec::new(), String::new());
        loop {
            let page = self.trades_page(run_id, 1_000, &page_token).await.expect("a page");
            trades.extend(page.trades);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return trades;
            }
        }
    }

    pub(crate) async fn trades_page(
        &self,
        run_id: &str,
        page_size: i32,
        page_token: &str,
    ) -> Result<pb::ListTradesResponse, Status> {
        let request = pb::ListTradesRequest {
            run_id: run_id.into(),
            trial_index: None,
            page_size,
            page_token: page_token.into(),
            ..Default::default()
        };
        Ok(within(self.results().list_trades(request)).await?.into_inner())
    }

    // ── Market data ──

    /// Takes the market as `TEST:BARS@1m`.
    pub(crate) async fn import(&self, market: &Market) -> pb::ImportBarsResponse {
        self.import_as("BARS", market).await
    }

    pub(crate) async fn import_as(&self, symbol: &str, market: &Market) -> pb::ImportBarsResponse {
        let series = pb::SeriesSpec { price_tick: "0.01".into(), ..series(symbol) };
        self.try_import(series, &market.csv()).await.expect("the bars are good")
    }

    pub(crate) async fn try_import(
        &self,
        series: pb::SeriesSpec,
        csv: &str,
    ) -> Result<pb::ImportBarsResponse, Status> {
        self.import_from(series, Source::Content(csv.as_bytes().to_vec())).await
    }

    pub(crate) async fn import_from(
        &self,
        series: pb::SeriesSpec,
        source: Source,
    ) -> Result<pb::ImportBarsResponse, Status> {
        let request = pb::ImportBarsRequest {
            series: Some(series),
            source: Some(source),
            ..pb::ImportBarsRequest::default()
        };
        Ok(within(self.market_data().import_bars(request)).await?.into_inner())
    }

    /// Uploads files by name, in small pieces.
    pub(crate) async fn upload(
        &self,
        series: &pb::SeriesSpec,
        files: &[(&str, String)],
    ) -> Result<pb::UploadBarsResponse, Status> {
        let mut parts = Vec::new();
        for (name, text) in files {
            parts.push(Part::Header(pb::UploadBarsHeader {
                series: Some(series.clone()),
                source_name: (*name).to_owned(),
                ..pb::UploadBarsHeader::default()
            }));
            parts.extend(text.as_bytes().chunks(100).map(|chunk| Part::Chunk(chunk.to_vec())));
        }
        let requests = parts.into_iter().map(|part| pb::UploadBarsRequest { part: Some(part) });
        let upload = within(self.market_data().upload_bars(stream::iter(requests))).await;
        upload.map(tonic::Response::into_inner)
    }

    pub(crate) async fn all_series(&self) -> Vec<pb::Series> {
        let request = pb::ListSeriesRequest::default();
        let response = within(self.market_data().list_series(request)).await;
        response.expect("a page").into_inner().series
    }

    /// All bars of `TEST:symbol@1m`.
    pub(crate) async fn bars(&self, symbol: &str) -> Result<pb::GetBarsResponse, Status> {
        let pb::SeriesSpec { exchange, symbol, timeframe, .. } = series(symbol);
        let subscription =
            pb::Subscription { exchange, symbol, timeframe, data_sha256: String::new() };
        let request = pb::GetBarsRequest { subscription: Some(subscription), ..Default::default() };
        Ok(within(self.market_data().get_bars(request)).await?.into_inner())
    }

    // ── The server ──

    pub(crate) async fn info(&self) -> pb::GetServerInfoResponse {
        let mut system = SystemServiceClient::new(self.channel());
        let response = within(system.get_server_info(pb::GetServerInfoRequest {})).await;
        response.expect("the server answers").into_inner()
    }
}

/// What a completed backtest came to.
#[track_caller]
fn result_of(status: &pb::RunStatus) -> pb::BacktestResult {
    match &status.result {
        Some(pb::run_status::Result::Backtest(result)) => result.clone(),
        other => panic!("{other:?} in {status:?}"),
    }
}

/// A watch stream.
#[derive(Debug)]
pub(crate) struct Watch {
    stream: Streaming<pb::WatchProgressResponse>,
}

impl Watch {
    /// The next event; `Ok(None)` is the stream's good end.
    pub(crate) async fn next(&mut self) -> Result<Option<pb::WatchProgressResponse>, Status> {
        within(self.stream.message()).await
    }

    /// The next snapshot; `None` is the stream's good end.
    pub(crate) async fn next_snapshot(&mut self) -> Option<pb::RunStatus> {
        loop {
            let event = self.next().await.expect("the stream goes on")?;
            if let Some(pb::watch_progress_response::Event::Snapshot(status)) = event.event {
                assert_eq!(status.sequence, event.sequence);
                return Some(status);
            }
        }
    }

    /// Every snapshot up to the good end.
    pub(crate) async fn whole_story(mut self) -> Vec<pb::RunStatus> {
        let mut seen = Vec::new();
        while let Some(status) = self.next_snapshot().await {
            seen.push(status);
        }
        seen
    }
}

/// The hash that proves two results equal.
pub(crate) fn hash_of(status: &pb::RunStatus) -> String {
    result_of(status).result_sha256
}
