//! `tradeforge backtest`: from arguments to a submission, and on to its result.

use clap::{Args, ValueEnum};
use uuid::Uuid;

use super::args::{Moment, Pair, Param, SeriesName};
use super::connect::{Connection, GlobalArgs};
use super::error::CliError;
use super::exit::Exit;
use super::follow::{self, Ending, Observer};
use super::progress::{Display, ProgressMode};
use super::{figures, json, output, result};
use crate::pb;
use crate::pb::sizing::Kind as SizingKind;
use crate::pb::{EndOfRunPolicy, EntryBarPolicy, SubmitDisposition};

/// Runs a strategy over stored bars and prints what came out.
#[derive(Debug, Args)]
pub struct BacktestArgs {
    /// The strategy's name; see: tradeforge strategies
    strategy: String,
    /// The bars to run on, as in BINANCE:BTCUSDT@1m; may be repeated
    #[arg(long, required = true, value_name = "EXCHANGE:SYMBOL@TF")]
    on: Vec<SeriesName>,
    /// A parameter of the strategy, as in fast=10; others keep their defaults
    #[arg(short, long = "param", value_name = "NAME=VALUE")]
    params: Vec<Param>,
    /// The first moment, as in 2022, 2022-01, 2022-01-15 or RFC 3339, in UTC
    #[arg(long, value_name = "DATE")]
    from: Option<Moment>,
    /// The moment after the last
    #[arg(long, value_name = "DATE")]
    to: Option<Moment>,
    /// How to show progress while waiting
    #[arg(long, value_name = "HOW", default_value = "auto")]
    progress: ProgressMode,
    #[command(flatten)]
    account: AccountArgs,
    #[command(flatten)]
    submission: SubmissionArgs,
}

/// The account that a run is simulated with.
#[derive(Debug, Args)]
#[command(next_help_heading = "Account")]
struct AccountArgs {
    /// Cash before the first bar
    #[arg(long, value_name = "MONEY", default_value = "10000")]
    cash: String,
    /// Commission per fill as a fraction of its value: 0.001 is 0.1 % [default: 0]
    #[arg(long, value_name = "RATE")]
    commission: Option<String>,
    /// Price ticks that market and stop fills move against the trader [default: 0]
    #[arg(long, value_name = "N")]
    slippage_ticks: Option<u32>,
    /// Enter with the same quantity each time
    #[arg(long, value_name = "QUANTITY", group = "sizing")]
    quantity: Option<String>,
    /// Enter with the same value each time, commission included
    #[arg(long, value_name = "MONEY", group = "sizing")]
    notional: Option<String>,
    /// Enter with a fraction of the equity, commission included
    #[arg(long, value_name = "FRACTION", group = "sizing")]
    fraction: Option<String>,
    /// Greatest position as a multiple of equity [default: 1, a cash account]
    #[arg(long, value_name = "FACTOR")]
    leverage: Option<String>,
    /// Close open positions at the last close instead of valuing them there
    #[arg(long = "close-at-end")]
    closes_at_end: bool,
    /// Test exits from the bar after the entry, not on the entry bar
    #[arg(long = "next-bar-exits")]
    exits_on_next_bar: bool,
    /// Yearly risk-free rate for Sharpe and Sortino ratios, a fraction [default: 0]
    #[arg(long, value_name = "RATE")]
    risk_free: Option<String>,
}

/// How a run is submitted; none of it changes the result.
#[derive(Debug, Args)]
#[command(next_help_heading = "Submission")]
struct SubmissionArgs {
    /// What to do about equal work
    #[arg(long, value_name = "POLICY", default_value = "join")]
    reuse: Reuse,
    /// A name for the run
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    name: String,
    /// A label to find the run by, as in desk=fx
    #[arg(long = "label", value_name = "KEY=VALUE")]
    labels: Vec<Pair>,
    /// Runs of higher priority leave the queue first [default: 0]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    priority: Option<i32>,
    /// Run on this version of the first bars, not on the newest
    #[arg(long, value_name = "SHA256")]
    pin: Option<String>,
    /// Check everything but run nothing
    #[arg(long = "validate-only")]
    only_validates: bool,
    /// Print the run's id and do not wait
    #[arg(short, long = "detach", conflicts_with = "only_validates")]
    detaches: bool,
}

/// What to do if equal work is already there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Reuse {
    /// Join it while it is pending or running.
    Join,
    /// Join it, or take its result if it has completed.
    Completed,
    /// Run it again in any case.
    New,
}

impl From<Reuse> for pb::ReusePolicy {
    fn from(reuse: Reuse) -> Self {
        match reuse {
            Reuse::Join => Self::JoinActive,
            Reuse::Completed => Self::ReuseCompleted,
            Reuse::New => Self::AlwaysNew,
        }
    }
}

impl BacktestArgs {
    /// The submission that these arguments ask for.
    ///
    /// # Errors
    ///
    /// `Usage` if a parameter or a label is given twice.
    fn request(&self) -> Result<pb::SubmitRequest, CliError> {
        let params = self.params.iter().map(|param| (param.name.clone(), param.value.clone()));
        let labels = self.submission.labels.iter().map(|l| (l.key.clone(), l.value.clone()));
        let mut subscriptions: Vec<_> = self.on.iter().map(SeriesName::subscription).collect();
        if let (Some(first), Some(hash)) = (subscriptions.first_mut(), &self.submission.pin) {
            first.data_sha256.clone_from(hash);
        }
        let strategy = pb::StrategyRef { name: self.strategy.clone(), version: String::new() };
        let spec = pb::BacktestSpec {
            strategy: Some(strategy),
            params: each_once("parameter", params)?,
            subscriptions,
            time_range: (self.from.is_some() || self.to.is_some()).then(|| pb::TimeRange {
                start_time: self.from.map(Into::into),
                end_time: self.to.map(Into::into),
            }),
            simulation: Some(self.account.simulation()),
        };
        Ok(pb::SubmitRequest {
            spec: Some(pb::submit_request::Spec::Backtest(spec)),
            reuse_policy: pb::ReusePolicy::from(self.submission.reuse).into(),
            request_id: Uuid::now_v7().to_string(),
            validate_only: self.submission.only_validates,
            display_name: self.submission.name.clone(),
            labels: each_once("label", labels)?,
            priority: self.submission.priority.unwrap_or_default(),
        })
    }
}

impl AccountArgs {
    fn simulation(&self) -> pb::Simulation {
        let sizing = match (&self.quantity, &self.notional, &self.fraction) {
            (Some(quantity), _, _) => Some(SizingKind::FixedQuantity(quantity.clone())),
            (_, Some(notional), _) => Some(SizingKind::FixedNotional(notional.clone())),
            (_, _, Some(fraction)) => Some(SizingKind::EquityFraction(fraction.clone())),
            (None, None, None) => None,
        };
        let entry_bar = self.exits_on_next_bar.then_some(EntryBarPolicy::NextBar);
        let end_of_run = self.closes_at_end.then_some(EndOfRunPolicy::CloseAtLastClose);
        pb::Simulation {
            initial_cash: self.cash.clone(),
            commission_rate: self.commission.clone().unwrap_or_default(),
            slippage_ticks: self.slippage_ticks.map(|n| n.to_string()).unwrap_or_default(),
            sizing: sizing.map(|kind| pb::Sizing { kind: Some(kind) }),
            max_leverage: self.leverage.clone().unwrap_or_default(),
            entry_bar_policy: entry_bar.unwrap_or_default().into(),
            end_of_run_policy: end_of_run.unwrap_or_default().into(),
            risk_free_rate: self.risk_free.clone().unwrap_or_default(),
            periods_per_year: 0,
        }
    }
}

/// Runs the command.
pub(super) async fn run(args: &BacktestArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let request = args.request()?;
    let connection = globals.connect().await?;
    if args.submission.only_validates {
        let response = connection.runs().submit(request).await?.into_inner();
        tell_warnings(globals, &response);
        globals.answer(&response, |r| format!("valid: {} bars", figures::whole(r.total)))?;
        return Ok(Exit::Ok);
    }
    if args.submission.detaches {
        let response = submit(&connection, request, globals).await?;
        globals.answer(&response, |r| r.run_id.clone())?;
        follow::tell_detached(globals, &response.run_id);
        return Ok(Exit::Ok);
    }
    execute(&connection, request, args.progress, globals).await
}

/// Submits a run, shows its progress on stderr until it ends, and prints the result on stdout.
///
/// # Errors
///
/// `Refused` with the server's reasons, or what `GlobalArgs::connect` says of a lost server.
pub async fn execute(
    connection: &Connection,
    request: pb::SubmitRequest,
    mode: ProgressMode,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let title = request_title(&request);
    let response = submit(connection, request, globals).await?;
    if response.disposition() == SubmitDisposition::Created {
        output::talk(&format!("run {}", response.run_id));
    }
    let observer = Observer::Shown(Display::new(mode, title));
    match follow::follow(connection, &response.run_id, observer).await? {
        Ending::Detached => {
            follow::tell_detached(globals, &response.run_id);
            Ok(Exit::Interrupted)
        }
        Ending::Final(_) => print(connection, &response.run_id, globals).await,
    }
}

/// Prints what came out of a run, and on stderr where to look further.
pub(super) async fn print(
    connection: &Connection,
    run_id: &str,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let run = result::fetch(connection, run_id).await?;
    let exit = Exit::of_run(run.status.as_ref().map(pb::RunStatus::state).unwrap_or_default());
    if globals.is_json {
        output::data(&json::object(&pb::GetRunResponse { run: Some(run) }))?;
        return Ok(exit);
    }
    let specs = result::metric_specs(connection, &run).await;
    output::data(&result::outcome(&run, &specs, output::width()))?;
    if exit == Exit::Ok {
        output::help(&format!("trades: {}", globals.command(&format!("trades {run_id}"))));
    }
    Ok(exit)
}

async fn submit(
    connection: &Connection,
    request: pb::SubmitRequest,
    globals: &GlobalArgs,
) -> Result<pb::SubmitResponse, CliError> {
    let response = connection.runs().submit(request).await?.into_inner();
    tell_warnings(globals, &response);
    let run_id = &response.run_id;
    match response.disposition() {
        SubmitDisposition::Joined => output::talk(&format!(
            "joined a running run {run_id}, which does the same work; cancelling it stops it for all"
        )),
        SubmitDisposition::Reused => output::talk(&format!(
            "reused the result of run {run_id}, which did the same work (--reuse new runs it again)"
        )),
        SubmitDisposition::Created | SubmitDisposition::Unspecified => {}
    }
    Ok(response)
}

/// Tells the server's warnings, unless they are in the answer that is printed anyway.
fn tell_warnings(globals: &GlobalArgs, response: &pb::SubmitResponse) {
    if !globals.is_json {
        response.warnings.iter().for_each(|warning| output::warn(warning));
    }
}

/// What to call a run that is not there yet.
fn request_title(request: &pb::SubmitRequest) -> String {
    let spec = match &request.spec {
        Some(pb::submit_request::Spec::Backtest(spec)) => Some(spec),
        Some(pb::submit_request::Spec::Optimization(spec)) => spec.base.as_ref(),
        None => None,
    };
    let strategy = spec.and_then(|spec| spec.strategy.clone());
    strategy.map(|strategy| strategy.name).unwrap_or_default()
}

/// The pairs as a map, refusing a key that comes twice.
fn each_once<V>(
    what: &str,
    pairs: impl Iterator<Item = (String, V)>,
) -> Result<std::collections::BTreeMap<String, V>, CliError> {
    let mut map = std::collections::BTreeMap::new();
    for (key, value) in pairs {
        if map.contains_key(&key) {
            let message = format!("{what} {key} is given twice");
            return Err(CliError::Usage { message, help: format!("give {key} once") });
        }
        map.insert(key, value);
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::FromArgMatches as _;

    fn request(line: &str) -> Result<pb::SubmitRequest, CliError> {
        let command = BacktestArgs::augment_args(clap::Command::new("backtest"));
        let matches = command.try_get_matches_from(line.split(' ')).unwrap();
        BacktestArgs::from_arg_matches(&matches).unwrap().request()
    }

    fn spec(line: &str) -> pb::BacktestSpec {
        match request(line).unwrap().spec {
            Some(pb::submit_request::Spec::Backtest(spec)) => spec,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_not_given_is_left_to_the_server() {
        let spec = spec("backtest sma_cross --on SYN:BTC@1h");
        assert_eq!(spec.time_range, None);
        assert!(spec.params.is_empty());
        let cash_only = pb::Simulation { initial_cash: "10000".into(), ..Default::default() };
        assert_eq!(spec.simulation, Some(cash_only));
    }

    #[test]
    fn arguments_reach_their_fields() {
        let spec = spec(
            "backtest sma_cross --on A:B@1h --on A:C@4h --pin abc -p fast=10 -p ratio=0.5 \
             --from 2022 --cash 5e3 --commission 0.001 --slippage-ticks 2 --quantity 1.5 \
             --leverage 3 --close-at-end --next-bar-exits --risk-free 0.02",
        );
        assert_eq!([0, 1].map(|at| spec.subscriptions[at].data_sha256.as_str()), ["abc", ""]);
        assert_eq!(spec.params["fast"].kind, Some(pb::param_value::Kind::IntValue(10)));
        assert_eq!(spec.params["ratio"].kind, Some(pb::param_value::Kind::DoubleValue(0.5)));
        let range = spec.time_range.unwrap();
        assert_eq!((range.start_time.unwrap().seconds, range.end_time), (1_640_995_200, None));
        let simulation = spec.simulation.unwrap();
        assert_eq!(simulation.entry_bar_policy(), EntryBarPolicy::NextBar);
        assert_eq!(simulation.end_of_run_policy(), EndOfRunPolicy::CloseAtLastClose);
        assert_eq!(simulation.slippage_ticks, "2");
        let sizing = simulation.sizing.unwrap().kind;
        assert_eq!(sizing, Some(SizingKind::FixedQuantity("1.5".to_owned())));
    }

    #[test]
    fn each_submission_has_an_id_of_its_own() {
        let line = "backtest sma_cross --on SYN:BTC@1h --reuse new --label desk=fx";
        let (first, second) = (request(line).unwrap(), request(line).unwrap());
        assert_ne!(first.request_id, second.request_id);
        assert_eq!(first.reuse_policy(), pb::ReusePolicy::AlwaysNew);
        assert_eq!(first.labels["desk"], "fx");
    }

    #[test]
    fn a_parameter_given_twice_is_refused() {
        let error = request("backtest sma_cross --on SYN:BTC@1h -p fast=1 -p fast=2");
        assert!(matches!(error, Err(CliError::Usage { .. })));
    }
}
