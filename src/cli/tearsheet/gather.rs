//! What a tear sheet is made of, fetched from the server.

use std::collections::BTreeMap;

use crate::cli::results::result;
use crate::cli::show::metrics::Catalogue;
use crate::cli::wire::connect::Connection;
use crate::cli::wire::error::CliError;
use crate::cli::wire::pages::{self, Page};
use crate::pb;
use crate::pb::run_status::Result as Outcome;

/// More points than this are no sharper in a chart.
const POINTS: i32 = 1_200;
/// A file of more trades is none that one reads; how many are left out is said.
const TRADES_MAX: usize = 5_000;
/// A map of more cells is none that one sees.
const TRIALS_MAX: usize = 10_000;

/// All that is told of a run.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) run: pb::Run,
    pub(super) catalogue: Catalogue,
    /// Of a backtest, or of one trial of a search; of other kinds there is none.
    pub(super) report: Option<Report>,
    /// The trials of a search, by their index: the first of them if they are very many.
    pub(super) trials: Vec<pb::TrialSummary>,
    /// How many there are.
    pub(super) trial_count: i64,
}

/// What one backtest did.
#[derive(Debug)]
pub(super) struct Report {
    /// Of a search, which trial it is.
    pub(super) trial: Option<pb::TrialSummary>,
    pub(super) metrics: BTreeMap<String, f64>,
    pub(super) curve: pb::GetEquityCurveResponse,
    pub(super) periods: pb::GetReportResponse,
    /// The first of them if they are very many.
    pub(super) trades: Vec<pb::Trade>,
    pub(super) trade_count: i64,
}

impl Gathered {
    /// Everything about the run, with the report of the trial, or of the best one.
    pub(super) async fn of(
        connection: &Connection,
        run_id: &str,
        trial: Option<i64>,
    ) -> Result<Self, CliError> {
        let run = result::fetch(connection, run_id).await?;
        let catalogue = result::catalogue(connection, &run).await;
        let mut gathered =
            Self { run, catalogue, report: None, trials: Vec::new(), trial_count: 0 };
        let status = gathered.run.status.clone().unwrap_or_default();
        match &status.result {
            Some(Outcome::Backtest(result)) => {
                let metrics = result.metrics.clone();
                let report = report(connection, run_id, None, metrics).await?;
                gathered.report = Some(report);
            }
            Some(Outcome::Optimization(result)) => {
                (gathered.trials, gathered.trial_count) = trials(connection, run_id).await?;
                let best = result.best_trial.as_ref().map(|trial| trial.trial_index);
                if let Some(index) = trial.or(best) {
                    gathered.report = Some(of_trial(connection, run_id, index).await?);
                }
            }
            Some(_) => {}
            None => {
                let message = format!("run {run_id} has not completed: there is nothing to show");
                let help = format!("tradeforge show {run_id} tells how it stands");
                return Err(CliError::Missing { message, help });
            }
        }
        Ok(gathered)
    }
}

async fn of_trial(
    connection: &Connection,
    run_id: &str,
    trial_index: i64,
) -> Result<Report, CliError> {
    let request = pb::GetTrialRequest { run_id: run_id.to_owned(), trial_index };
    let trial = connection.results().get_trial(request).await?.into_inner().trial;
    let trial = trial.ok_or(CliError::Incomplete("the trial"))?;
    let report = report(connection, run_id, Some(trial_index), trial.metrics.clone()).await?;
    Ok(Report { trial: Some(trial), ..report })
}

async fn report(
    connection: &Connection,
    run_id: &str,
    trial_index: Option<i64>,
    metrics: BTreeMap<String, f64>,
) -> Result<Report, CliError> {
    let run_id = run_id.to_owned();
    let request = pb::GetEquityCurveRequest {
        run_id: run_id.clone(),
        trial_index,
        max_points: POINTS,
        with_weights: false,
    };
    let curve = connection.results().get_equity_curve(request).await?.into_inner();
    let request = pb::GetReportRequest { run_id: run_id.clone(), trial_index, rolling_days: 0 };
    let periods = connection.results().get_report(request).await?.into_inner();
    let mut trade_count = 0;
    let page = pages::collect(Some(TRADES_MAX), async |page_size, page_token| {
        let request = pb::ListTradesRequest {
            run_id: run_id.clone(),
            trial_index,
            page_size,
            page_token,
            ..Default::default()
        };
        let response = connection.results().list_trades(request).await?.into_inner();
        trade_count = response.total_size;
        Ok(Page { items: response.trades, next_token: response.next_page_token })
    });
    let trades = page.await?.items;
    Ok(Report { trial: None, metrics, curve, periods, trades, trade_count })
}

async fn trials(
    connection: &Connection,
    run_id: &str,
) -> Result<(Vec<pb::TrialSummary>, i64), CliError> {
    let mut total = 0;
    let page = pages::collect(Some(TRIALS_MAX), async |page_size, page_token| {
        let request = pb::ListTrialsRequest {
            run_id: run_id.to_owned(),
            page_size,
            page_token,
            order_by: "trial_index asc".to_owned(),
            ..Default::default()
        };
        let response = connection.results().list_trials(request).await?.into_inner();
        total = response.total_size;
        Ok(Page { items: response.trials, next_token: response.next_page_token })
    });
    Ok((page.await?.items, total))
}
