//! `ResultService`: what runs leave behind.

use std::ops::Range;
use std::sync::Arc;

use futures_util::StreamExt as _;
use tonic::{Request, Response, Status};

use super::attended::attended;
use super::convert::{
    TradeConverter, TrialColumn, counts_of, distribution_columns, equity_curve_of, report_of,
    rolling_days, rule_query, table, time_range, trial_summary, variants, windows,
};
use super::exports::{Exports, Rows};
use super::page::{Tokens, size};
use super::run_service::run_id;
use super::status::{invalid, invalid_field};
use super::streams::Streams;
use super::trial_query::{TRIALS_PER_MESSAGE, columns_of, trial_query, trials_per_message};
use crate::excerpt::excerpt;
use crate::market::{Instrument, Ticker, TickerError};
use crate::pb;
use crate::pb::result_service_server::ResultService;
use crate::run::Violations;
use crate::runner::{CURVE_POINTS_MIN, Runner, TradeQuery};
use crate::storage::TrialPosition;

const CURVE_POINTS_DEFAULT: usize = 2_000;
/// Below a message of 1 MiB at 24 bytes a point.
const CURVE_POINTS_MAX: usize = 40_000;
const TRADES_PAGE_SIZE: usize = 100;
const TRIALS_PAGE_SIZE: usize = 100;
/// Entries of the ledger in one answer.
const LEDGER_ENTRIES_MAX: u32 = 1_000;
const COUNT_PARTS_MAX: i32 = 2_000;

pub(super) struct ResultServer {
    pub(super) runner: Arc<Runner>,
    pub(super) exports: Exports,
    pub(super) streams: Streams,
    pub(super) page_size_max: usize,
}

/// A trial by its index, if one is named.
pub(super) fn trial_index(requested: Option<i64>) -> Result<Option<u64>, Status> {
    let negative = |_| invalid_field("trial_index", "must not be negative");
    requested.map(|index| u64::try_from(index).map_err(negative)).transpose()
}

/// To how many points a curve is thinned: 0 is the default, more than the most is the most.
fn curve_points(requested: i32) -> Result<usize, Status> {
    match usize::try_from(requested) {
        Ok(0) => Ok(CURVE_POINTS_DEFAULT),
        Ok(points) if points >= CURVE_POINTS_MIN => Ok(points.min(CURVE_POINTS_MAX)),
        _ => {
            let message = format!("must be 0 or at least {CURVE_POINTS_MIN}, but is {requested}");
            Err(invalid_field("max_points", message))
        }
    }
}

/// Which span of a run's trades is asked for, and into how many parts it is cut for counts.
fn span_and_parts(request: &pb::ListTradesRequest) -> Result<(Option<Range<i64>>, u32), Status> {
    let mut violations = Violations::default();
    let range = request.time_range.as_ref();
    let (start_ms, end_ms) = time_range(range, "time_range", &mut violations);
    let span = range.map(|_| start_ms.unwrap_or(i64::MIN / 2)..end_ms.unwrap_or(i64::MAX / 2));
    if span.as_ref().is_some_and(Range::is_empty) {
        violations.add("time_range.end_time", "must be after start_time");
    }
    let parts = request.count_parts;
    if !(0..=COUNT_PARTS_MAX).contains(&parts) {
        let message = format!("must be from 0 to {COUNT_PARTS_MAX}, but is {parts}");
        violations.add("count_parts", message);
    } else if parts > 0 && range.is_some() && (start_ms.is_none() || end_ms.is_none()) {
        violations.add("time_range", "must have both ends if it is to be cut into count_parts");
    }
    if violations.is_empty() { Ok((span, parts as u32)) } else { Err(invalid(&violations)) }
}

#[tonic::async_trait]
impl ResultService for ResultServer {
    async fn list_trades(
        &self,
        request: Request<pb::ListTradesRequest>,
    ) -> Result<Response<pb::ListTradesResponse>, Status> {
        let request = request.into_inner();
        let run_id = run_id(&request.run_id)?;
        let trial_index = trial_index(request.trial_index)?;
        let limit = size(request.page_size, TRADES_PAGE_SIZE, self.page_size_max)?;
        let trial = trial_index.map_or_else(String::new, |index| index.to_string());
        let (span, buckets) = span_and_parts(&request)?;
        let within = span.as_ref().map_or_else(String::new, |span| format!("{span:?}"));
        let tokens = Tokens::bound_to(&["trades", &request.run_id, &trial, &within]);
        let offset = tokens.read_number(&request.page_token)?;
        let query = TradeQuery { span, offset, limit, buckets };
        let (spec, page) = self.runner.trades(run_id, trial_index, query).await?;
        let converter = TradeConverter::new(&spec);
        let trades: Vec<_> =
            page.trades.iter().map(|(index, row)| converter.trade(*index, row)).collect();
        let next = offset + trades.len() as u64;
        let more = !trades.is_empty() && next < page.total;
        Ok(Response::new(pb::ListTradesResponse {
            trades,
            next_page_token: if more { tokens.write(&next.to_string()) } else { String::new() },
            total_size: page.total as i64,
            counts: (buckets > 0).then(|| counts_of(&page.counts)),
        }))
    }

    async fn list_fills(
        &self,
        request: Request<pb::ListFillsRequest>,
    ) -> Result<Response<pb::ListFillsResponse>, Status> {
        Ok(Response::new(self.fills(request.into_inner()).await?))
    }

    async fn get_trial(
        &self,
        request: Request<pb::GetTrialRequest>,
    ) -> Result<Response<pb::GetTrialResponse>, Status> {
        let request = request.into_inner();
        let search = self.runner.search(run_id(&request.run_id)?).await?;
        let index = u64::try_from(request.trial_index)
            .map_err(|_| invalid_field("trial_index", "must not be negative"))?;
        let trial = search.trial(index).await?;
        let objective = search.spec().objective.metric;
        let trial = trial_summary(&trial, objective, |_| true, true);
        Ok(Response::new(pb::GetTrialResponse { trial: Some(trial) }))
    }

    async fn list_trials(
        &self,
        request: Request<pb::ListTrialsRequest>,
    ) -> Result<Response<pb::ListTrialsResponse>, Status> {
        let request = request.into_inner();
        let search = self.runner.search(run_id(&request.run_id)?).await?;
        let limit = size(request.page_size, TRIALS_PAGE_SIZE, self.page_size_max)?;
        let limit = limit.min(TRIALS_PER_MESSAGE);
        let tokens =
            Tokens::bound_to(&["trials", &request.run_id, &request.filter, &request.order_by]);
        let query = trial_query(&search, request.filter, request.order_by).await?;
        let after = match tokens.read(&request.page_token)? {
            None => None,
            Some(text) => Some(position_of(&text).ok_or_else(|| {
                invalid_field("page_token", "is no token of this list with these arguments")
            })?),
        };
        // One more tells whether there is a next page.
        let page = search.list(&query, after, limit + 1).await?;
        let has_more = page.trials.len() > limit;
        let shown = &page.trials[..page.trials.len().min(limit)];
        let next = shown.last().filter(|_| has_more).map(|(_, position)| text_of(*position));
        let objective = search.spec().objective.metric;
        Ok(Response::new(pb::ListTrialsResponse {
            trials: shown
                .iter()
                .map(|(trial, _)| trial_summary(trial, objective, |_| true, false))
                .collect(),
            next_page_token: next.map_or_else(String::new, |text| tokens.write(&text)),
            total_size: page.total as i64,
        }))
    }

    async fn list_pareto_trials(
        &self,
        request: Request<pb::ListParetoTrialsRequest>,
    ) -> Result<Response<pb::ListParetoTrialsResponse>, Status> {
        Ok(Response::new(self.pareto(request.into_inner()).await?))
    }

    type ExportTrialsStream = Rows<pb::ExportTrialsResponse>;

    async fn export_trials(
        &self,
        request: Request<pb::ExportTrialsRequest>,
    ) -> Result<Response<Self::ExportTrialsStream>, Status> {
        let peer = request.remote_addr();
        Ok(Response::new(self.exports.trials(request.into_inner(), peer).await?))
    }

    type ExportEquityStream = Rows<pb::ExportEquityResponse>;

    async fn export_equity(
        &self,
        request: Request<pb::ExportEquityRequest>,
    ) -> Result<Response<Self::ExportEquityStream>, Status> {
        let peer = request.remote_addr();
        Ok(Response::new(self.exports.equity(request.into_inner(), peer).await?))
    }

    type ExportTradesStream = Rows<pb::ExportTradesResponse>;

    async fn export_trades(
        &self,
        request: Request<pb::ExportTradesRequest>,
    ) -> Result<Response<Self::ExportTradesStream>, Status> {
        let peer = request.remote_addr();
        Ok(Response::new(self.exports.trades(request.into_inner(), peer).await?))
    }

    type WatchTrialsStream = Rows<pb::WatchTrialsResponse>;

    async fn watch_trials(
        &self,
        request: Request<pb::WatchTrialsRequest>,
    ) -> Result<Response<Self::WatchTrialsStream>, Status> {
        let peer = request.remote_addr();
        let request = request.into_inner();
        let search = self.runner.search(run_id(&request.run_id)?).await?;
        let columns = columns_of(&search, &request.columns)?;
        let cursor = request.after_cursor.unwrap_or(0);
        if cursor < 0 {
            return Err(invalid_field("after_cursor", "must not be negative"));
        }
        let permit = self.streams.open(peer)?;
        let metrics = columns.iter().filter_map(TrialColumn::metric).collect();
        let most = trials_per_message(&columns);
        let batches = self.runner.watch_trials(search, metrics, cursor, most);
        let messages = batches.map(move |batch| {
            let batch = batch?;
            Ok(pb::WatchTrialsResponse {
                cursor: batch.cursor,
                row_count: batch.trials.len() as i32,
                columns: table(&columns, &batch.trials),
            })
        });
        Ok(Response::new(Box::pin(attended(messages, permit))))
    }

    async fn get_equity_curve(
        &self,
        request: Request<pb::GetEquityCurveRequest>,
    ) -> Result<Response<pb::GetEquityCurveResponse>, Status> {
        let request = request.into_inner();
        let run_id = run_id(&request.run_id)?;
        let trial_index = trial_index(request.trial_index)?;
        let points_max = curve_points(request.max_points)?;
        let (spec, curve) =
            self.runner.equity_curve(run_id, trial_index, points_max, request.with_weights).await?;
        Ok(Response::new(equity_curve_of(&spec, curve)))
    }

    async fn list_instruments(
        &self,
        request: Request<pb::ListInstrumentsRequest>,
    ) -> Result<Response<pb::ListInstrumentsResponse>, Status> {
        let request = request.into_inner();
        let run_id = run_id(&request.run_id)?;
        let trial_index = trial_index(request.trial_index)?;
        let (spec, figures) = self.runner.instruments_of(run_id, trial_index).await?;
        let instruments = spec.executing().into_iter().zip(figures.instruments);
        let instruments = instruments.map(|(executing, metrics)| pb::InstrumentResult {
            exchange: executing.instrument.exchange.to_string(),
            symbol: executing.instrument.symbol.to_string(),
            metrics: metrics
                .into_iter()
                .map(|(metric, value)| (metric.name().into(), value))
                .collect(),
        });
        Ok(Response::new(pb::ListInstrumentsResponse {
            instruments: instruments.collect(),
            interest: figures.interest,
        }))
    }

    async fn get_rule_values(
        &self,
        request: Request<pb::GetRuleValuesRequest>,
    ) -> Result<Response<pb::GetRuleValuesResponse>, Status> {
        let request = request.into_inner();
        let run_id = run_id(&request.run_id)?;
        let trial_index = trial_index(request.trial_index)?;
        let query = rule_query(&request).map_err(|violations| invalid(&violations))?;
        let values = self.runner.rule_values(run_id, trial_index, query).await?;
        Ok(Response::new(values.into()))
    }

    async fn get_report(
        &self,
        request: Request<pb::GetReportRequest>,
    ) -> Result<Response<pb::GetReportResponse>, Status> {
        let request = request.into_inner();
        let run_id = run_id(&request.run_id)?;
        let trial_index = trial_index(request.trial_index)?;
        let rolling_days = rolling_days(request.rolling_days)?;
        let (spec, report) = self.runner.report(run_id, trial_index, rolling_days).await?;
        Ok(Response::new(report_of(&report, spec.money())))
    }

    async fn list_failure_groups(
        &self,
        request: Request<pb::ListFailureGroupsRequest>,
    ) -> Result<Response<pb::ListFailureGroupsResponse>, Status> {
        let groups = self.runner.failure_groups(run_id(&request.into_inner().run_id)?).await?;
        let groups = groups.iter().map(Into::into).collect();
        Ok(Response::new(pb::ListFailureGroupsResponse { groups }))
    }

    async fn list_windows(
        &self,
        request: Request<pb::ListWindowsRequest>,
    ) -> Result<Response<pb::ListWindowsResponse>, Status> {
        let run_id = run_id(&request.into_inner().run_id)?;
        let (spec, found) = self.runner.windows(run_id).await?;
        Ok(Response::new(pb::ListWindowsResponse { windows: windows(&spec, &found) }))
    }

    type ExportWindowTrialsStream = Rows<pb::ExportWindowTrialsResponse>;

    async fn export_window_trials(
        &self,
        request: Request<pb::ExportWindowTrialsRequest>,
    ) -> Result<Response<Self::ExportWindowTrialsStream>, Status> {
        let peer = request.remote_addr();
        Ok(Response::new(self.exports.window_trials(request.into_inner(), peer).await?))
    }

    async fn list_variants(
        &self,
        request: Request<pb::ListVariantsRequest>,
    ) -> Result<Response<pb::ListVariantsResponse>, Status> {
        let run_id = run_id(&request.into_inner().run_id)?;
        let (spec, found) = self.runner.variants(run_id).await?;
        Ok(Response::new(pb::ListVariantsResponse { variants: variants(&spec, &found) }))
    }

    async fn get_distributions(
        &self,
        request: Request<pb::GetDistributionsRequest>,
    ) -> Result<Response<pb::GetDistributionsResponse>, Status> {
        let request = request.into_inner();
        let kept = self.runner.distributions(run_id(&request.run_id)?).await?;
        let columns = distribution_columns(&request.columns, &kept).map_err(|it| invalid(&it))?;
        Ok(Response::new(pb::GetDistributionsResponse { columns }))
    }

    async fn list_ledger(
        &self,
        request: Request<pb::ListLedgerRequest>,
    ) -> Result<Response<pb::ListLedgerResponse>, Status> {
        let instrument = instrument_of(&request.into_inner())?;
        let (entries, total) = self.runner.ledger(instrument.as_ref(), LEDGER_ENTRIES_MAX).await?;
        let entries = entries.into_iter().map(|entry| pb::LedgerEntry {
            exchange: entry.instrument.exchange.to_string(),
            symbol: entry.instrument.symbol.to_string(),
            strategy: entry.strategy,
            configurations: entry.configurations as i64,
            trials: entry.trials as i64,
        });
        let entries = entries.collect();
        Ok(Response::new(pb::ListLedgerResponse { entries, total_size: total as i64 }))
    }
}

/// The instrument that is asked for, if one is.
fn instrument_of(request: &pb::ListLedgerRequest) -> Result<Option<Instrument>, Status> {
    if request.exchange.is_empty() && request.symbol.is_empty() {
        return Ok(None);
    }
    let mut violations = Violations::default();
    let mut ticker = |field, text: &str| match Ticker::new(text) {
        Ok(ticker) => Some(ticker),
        Err(TickerError::Empty) => {
            violations.add(field, "is required where the other one is given");
            None
        }
        Err(error @ TickerError::Malformed) => {
            violations.add(field, format!("is {:?}; {error}", excerpt(text)));
            None
        }
    };
    let (exchange, symbol) =
        (ticker("exchange", &request.exchange), ticker("symbol", &request.symbol));
    match (exchange, symbol) {
        (Some(exchange), Some(symbol)) => Ok(Some(Instrument { exchange, symbol })),
        _ => Err(invalid(&violations)),
    }
}

/// A position as a token holds it: the bits of the value, and the index.
fn text_of(position: TrialPosition) -> String {
    let value = position.value.map_or_else(String::new, |value| value.to_bits().to_string());
    format!("{value}/{}", position.trial_index)
}

fn position_of(text: &str) -> Option<TrialPosition> {
    let (value, index) = text.split_once('/')?;
    let value = match value {
        "" => None,
        bits => Some(f64::from_bits(bits.parse().ok()?)),
    };
    Some(TrialPosition { value, trial_index: index.parse().ok()? })
}
