//! One run as text: what was asked for, how it stands, what came out.

use crate::cli::results::robustness_result;
use crate::cli::results::search_result;
use crate::cli::results::validation_result;
use crate::cli::results::walk_result;
use crate::cli::show::follow;
use crate::cli::show::metrics::{self, Catalogue};
use crate::cli::show::progress;
use crate::cli::show::subject::Subject;
use crate::cli::spec::allowance;
use crate::cli::spec::own_terms;
use crate::cli::spec::rule_check;
use crate::cli::spec::search_text;
use crate::cli::text::args::SeriesName;
use crate::cli::text::aux_name::AuxName;
use crate::cli::text::figures::{self, ABSENT};
use crate::cli::text::foreign;
use crate::cli::text::param_text::params;
use crate::cli::text::table;
use crate::cli::wire::connect::Connection;
use crate::cli::wire::error::CliError;
use crate::pb;
use crate::pb::RunState;
use crate::pb::run_status::Result as Outcome;
use crate::pb::sizing::Kind as SizingKind;

/// Fetches a run.
pub(in crate::cli) async fn fetch(
    connection: &Connection,
    run_id: &str,
) -> Result<pb::Run, CliError> {
    let request = pb::GetRunRequest { run_id: run_id.to_owned() };
    let response = connection.runs().get_run(request).await?.into_inner();
    response.run.ok_or(CliError::Incomplete("the run"))
}

/// What metrics are called, and what the run's money is counted in.
pub(in crate::cli) async fn catalogue(connection: &Connection, run: &pb::Run) -> Catalogue {
    let answer = connection.strategies().list_strategies(pb::ListStrategiesRequest {}).await;
    // Results are worth showing under their bare names too.
    let strategies = answer.map(|answer| answer.into_inner().strategies).unwrap_or_default();
    // All have the same ones, and a strategy that came as a text is not among them.
    let any = strategies.into_iter().next();
    Catalogue {
        specs: any.map(|strategy| strategy.metrics).unwrap_or_default(),
        money_decimals: usize::try_from(run.money_decimals).unwrap_or(0),
    }
}

/// What came out of a run, after a line that says of what.
pub(in crate::cli) fn outcome(run: &pb::Run, catalogue: &Catalogue, width: Option<u16>) -> String {
    let status = run.status.clone().unwrap_or_default();
    let unknown = pb::OptimizationSpec::default();
    let outcome = match (&status.result, &status.error) {
        (Some(Outcome::Backtest(result)), _) => backtest(result, catalogue, width),
        (Some(Outcome::Optimization(result)), _) => {
            let spec = search_spec(run).unwrap_or(&unknown);
            search_result::completed(spec, result, catalogue, width)
        }
        (Some(Outcome::Validation(result)), _) => validation_result::completed(result),
        (Some(Outcome::WalkForward(result)), _) => walk_result::completed(result),
        (Some(Outcome::Robustness(result)), _) => robustness_result::completed(result),
        (None, error) => error.as_ref().map(failure).unwrap_or_default() + &so_far(run, &status),
    };
    format!("{}  {}\n{outcome}", title(run), took(&status, &Subject::of_run(run)))
}

/// Everything that is known of a run but its outcome, as text.
pub(in crate::cli) fn description(run: &pb::Run) -> String {
    table::facts(facts(run))
}

/// The same as names and facts.
pub(in crate::cli) fn facts(run: &pb::Run) -> Vec<(&'static str, String)> {
    let status = run.status.clone().unwrap_or_default();
    let time = |time: &Option<prost_types::Timestamp>| {
        time.as_ref().map_or_else(|| ABSENT.to_owned(), figures::moment_full)
    };
    let mut facts =
        vec![("run", run.run_id.clone()), ("state", state(&status, &Subject::of_run(run)))];
    if !run.display_name.is_empty() {
        facts.push(("name", run.display_name.clone()));
    }
    if !run.labels.is_empty() {
        facts.push(("labels", labels(run)));
    }
    let notes = run.notes.lines().enumerate();
    facts.extend(notes.map(|(at, line)| (if at == 0 { "notes" } else { "" }, line.to_owned())));
    if let Some(spec) = backtest_spec(run) {
        facts.extend(spec_facts(spec));
    }
    if let Some(pb::run::Spec::Validation(spec)) = &run.spec {
        facts.extend(validation_result::asked(spec));
    }
    if let Some(pb::run::Spec::WalkForward(spec)) = &run.spec {
        facts.extend(walk_result::asked(spec));
    }
    if let Some(pb::run::Spec::Robustness(spec)) = &run.spec {
        facts.extend(robustness_result::asked(spec));
    }
    if let Some(spec) = search_spec(run) {
        facts.extend(spec.subscription_axis.iter().map(bars_fact));
        facts.extend(search_text::facts(spec));
    }
    facts.extend(allowance::told(run).map(|told| ("allowance", told)));
    facts.push(("created", time(&status.create_time)));
    facts.push(("started", time(&status.start_time)));
    facts.push(("ended", time(&status.end_time)));
    facts.push(("run key", run.run_key.clone()));
    if let Some(
        Outcome::Backtest(pb::BacktestResult { result_sha256, .. })
        | Outcome::Optimization(pb::OptimizationResult { result_sha256, .. })
        | Outcome::Validation(pb::ValidationResult { result_sha256, .. })
        | Outcome::WalkForward(pb::WalkForwardResult { result_sha256, .. })
        | Outcome::Robustness(pb::RobustnessResult { result_sha256, .. }),
    ) = &status.result
    {
        facts.push(("result", result_sha256.clone()));
    }
    facts.push(("engine", run.engine_version.clone()));
    facts
}

/// The labels on one line.
pub(in crate::cli) fn labels(run: &pb::Run) -> String {
    let labels = run
        .labels
        .iter()
        .map(|(key, value)| format!("{}={}", foreign::word(key), foreign::word(value)));
    labels.collect::<Vec<_>>().join(" ")
}

/// What a run does, on one line: `sma_cross fast=10 slow=50  BINANCE:BTCUSDT@1m`.
pub(in crate::cli) fn title(run: &pb::Run) -> String {
    if let Some(pb::run::Spec::Validation(_)) = &run.spec {
        return Subject::of_run(run).title;
    }
    let Some(spec) = backtest_spec(run) else { return run.run_id.clone() };
    let axes = search_spec(run).map(|search| search_text::axes(&search.axes)).unwrap_or_default();
    let words = [Subject::of_run(run).title, axes, params(&spec.params)];
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    format!("{}  {}", words.join(" "), series_names(run))
}

/// The run's strategy; empty if the run has no spec.
pub(in crate::cli) fn strategy_name(run: &pb::Run) -> &str {
    let strategy = backtest_spec(run).and_then(|spec| spec.strategy.as_ref());
    strategy.map_or("", |strategy| strategy.name.as_str())
}

/// The series that the run reads.
pub(in crate::cli) fn series_names(run: &pb::Run) -> String {
    let base = backtest_spec(run).map(|spec| spec.subscriptions.as_slice()).unwrap_or_default();
    let axis = search_spec(run).map(|spec| spec.subscription_axis.as_slice()).unwrap_or_default();
    let names = base.iter().chain(axis).map(|s| SeriesName::from(s).to_string());
    names.collect::<Vec<_>>().join(" ")
}

/// The state in lower case, and what else there is to say of it.
pub(in crate::cli) fn state(status: &pb::RunStatus, subject: &Subject) -> String {
    let name = status.state().as_str_name().trim_start_matches("RUN_STATE_").to_ascii_lowercase();
    match (status.state(), &status.cancel) {
        (RunState::Pending | RunState::Running | RunState::Paused, _) => {
            progress::words(status, subject)
        }
        (RunState::Cancelled, Some(cancel)) if !cancel.reason.is_empty() => {
            format!("{name}: {}", foreign::word(&cancel.reason))
        }
        _ if status.attempt > 1 => format!("{name}, at attempt {}", status.attempt),
        _ => name,
    }
}

/// The spec of a backtest, or what all trials of a sweep share.
fn backtest_spec(run: &pb::Run) -> Option<&pb::BacktestSpec> {
    match run.spec.as_ref()? {
        pb::run::Spec::Backtest(spec) => Some(spec),
        pb::run::Spec::Optimization(spec) => spec.base.as_ref(),
        pb::run::Spec::WalkForward(spec) => spec.search.as_ref()?.base.as_ref(),
        pb::run::Spec::Robustness(spec) => spec.base.as_ref(),
        pb::run::Spec::Validation(_) => None,
    }
}

/// The spec of an optimization; `None` for a backtest.
pub(in crate::cli) fn search_spec(run: &pb::Run) -> Option<&pb::OptimizationSpec> {
    match run.spec.as_ref()? {
        pb::run::Spec::Optimization(spec) => Some(spec),
        pb::run::Spec::WalkForward(spec) => spec.search.as_ref(),
        pb::run::Spec::Backtest(_)
        | pb::run::Spec::Validation(_)
        | pb::run::Spec::Robustness(_) => None,
    }
}

fn bars_fact(subscription: &pb::Subscription) -> (&'static str, String) {
    let hash = figures::short_hash(&subscription.data_sha256);
    ("bars", format!("{}  sha {hash}", SeriesName::from(subscription)))
}

fn spec_facts(spec: &pb::BacktestSpec) -> Vec<(&'static str, String)> {
    let strategy = spec.strategy.clone().unwrap_or_default();
    let mut facts = vec![
        ("strategy", format!("{} {}", strategy.name, strategy.version).trim_end().to_owned()),
        ("parameters", params(&spec.params)),
    ];
    facts.extend(walk_result::changes(spec));
    facts.extend(spec.subscriptions.iter().map(bars_fact));
    facts.extend(spec.aux.iter().map(aux_fact));
    facts.extend(spec.benchmark.as_ref().map(|it| ("benchmark", bars_fact(it).1)));
    if let Some(range) = &spec.time_range {
        let end = |time: &Option<prost_types::Timestamp>| {
            time.as_ref().map(figures::moment).unwrap_or_default()
        };
        facts.push(("range", format!("{} .. {}", end(&range.start_time), end(&range.end_time))));
    }
    if spec.warmup_bars > 0 {
        facts.push(("warm-up", format!("{} bars", figures::whole(spec.warmup_bars))));
    }
    facts.extend(spec.simulation.as_ref().map(|it| ("account", account(it))));
    facts
}

fn aux_fact(aux: &pb::AuxSubscription) -> (&'static str, String) {
    let hash = figures::short_hash(&aux.data_sha256);
    ("follows", format!("{}  sha {hash}", AuxName::from(aux)))
}

/// The account on one line, as far as it differs from nothing.
fn account(simulation: &pb::Simulation) -> String {
    let sizing = match simulation.sizing.as_ref().and_then(|sizing| sizing.kind.as_ref()) {
        Some(SizingKind::FixedQuantity(quantity)) => format!("quantity {quantity}"),
        Some(SizingKind::FixedNotional(notional)) => format!("notional {notional}"),
        Some(SizingKind::EquityFraction(fraction)) => format!("fraction {fraction}"),
        Some(SizingKind::RiskFraction(fraction)) => format!("risk {fraction}"),
        Some(SizingKind::RangeFraction(pb::RangeFraction { fraction, period })) => {
            format!("range fraction {fraction} of {period} bars")
        }
        None => String::new(),
    };
    let named = |name: &str, value: &str| match value {
        "" | "0" => String::new(),
        value => format!("{name} {value}"),
    };
    let (no_fees, no_slippage) = (pb::Fees::default(), pb::Slippage::default());
    let fees = simulation.fees.as_deref().unwrap_or(&no_fees);
    let margin = simulation.margin.clone().unwrap_or_default();
    let carry = simulation.carry.clone().unwrap_or_default();
    let slippage = simulation.slippage.as_deref().unwrap_or(&no_slippage);
    let parts = [
        named("cash", &simulation.initial_cash),
        named("commission", &simulation.commission_rate),
        named("taker", &fees.taker_rate),
        named("maker", &fees.maker_rate),
        named("fee per unit", &fees.per_unit),
        named("fee per fill", &fees.per_fill),
        named("fee at least", &fees.minimum),
        named("fee at most", &fees.maximum_rate),
        named("slippage ticks", &simulation.slippage_ticks),
        named("slippage ticks", &slippage.ticks),
        named("slippage rate", &slippage.rate),
        named("limits through", &slippage.limit_through_ticks.to_string()),
        sizing,
        named("leverage", &simulation.max_leverage),
        named("initial margin", &margin.initial_rate),
        named("maintenance margin", &margin.maintenance_rate),
        named("liquidation fee", &margin.liquidation_fee_rate),
        named("borrowing", &carry.borrow_rate),
        named("cash rate", &carry.cash_rate),
        named("debit rate", &carry.debit_rate),
        named("risk-free", &simulation.risk_free_rate),
    ];
    let own = simulation.instruments.iter().map(own_terms::shown);
    parts.into_iter().filter(|it| !it.is_empty()).chain(own).collect::<Vec<_>>().join("  ")
}

fn took(status: &pb::RunStatus, subject: &Subject) -> String {
    let progress = status.progress.clone().unwrap_or_default();
    match (status.state(), progress.elapsed) {
        (RunState::Completed, Some(elapsed)) => figures::span(elapsed),
        _ => state(status, subject),
    }
}

/// An error with its values and its stack trace.
pub(in crate::cli) fn failure(error: &pb::RunError) -> String {
    let values =
        error.metadata.iter().map(|(name, value)| format!("  {name}: {}\n", foreign::word(value)));
    let values: String = values.collect();
    let trace = error.stack_trace.trim_end();
    let trace = if trace.is_empty() { String::new() } else { format!("{trace}\n") };
    format!("{}: {}\n{values}{trace}", error.reason, error.message)
}

fn backtest(result: &pb::BacktestResult, catalogue: &Catalogue, width: Option<u16>) -> String {
    let rejected = result
        .rejections
        .iter()
        .map(|(reason, &count)| format!("orders rejected: {} {reason}\n", figures::whole(count)));
    let idle = result.rule_facts.iter().filter_map(rule_check::idle);
    let stale = result.uses_aux.map_or(0, |uses| uses.stale_rows);
    let stale = (stale > 0).then(|| {
        let stale = figures::whole(stale);
        format!("rows not acted on: {stale}, older than a bar when they were first seen\n")
    });
    let table = metrics::table(catalogue, &result.metrics, width);
    let costs = (!result.costs.is_empty()).then(|| metrics::paid(catalogue, &result.costs));
    [table].into_iter().chain(costs).chain(rejected).chain(stale).chain(idle).collect()
}

/// What an ended search has computed although it did not complete.
fn so_far(run: &pb::Run, status: &pb::RunStatus) -> String {
    match (search_spec(run), &status.progress) {
        (Some(spec), Some(progress)) if follow::is_final(status.state()) => {
            search_result::unfinished(spec, progress)
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(value: i64) -> pb::ParamValue {
        pb::ParamValue { kind: Some(pb::param_value::Kind::IntValue(value)) }
    }

    fn run(status: pb::RunStatus) -> pb::Run {
        let params = [("fast", 10), ("slow", 50)].map(|(name, v)| (name.to_owned(), int(v)));
        let series: SeriesName = "SYN:BTC@1h".parse().unwrap();
        let spec = pb::BacktestSpec {
            strategy: Some(pb::StrategyRef {
                name: "sma_cross".into(),
                version: "1".into(),
                ..Default::default()
            }),
            params: params.into(),
            subscriptions: vec![series.subscription()],
            ..Default::default()
        };
        pb::Run {
            run_id: "r1".to_owned(),
            spec: Some(pb::run::Spec::Backtest(spec)),
            status: Some(status),
            ..Default::default()
        }
    }

    #[test]
    fn a_title_says_strategy_parameters_and_bars() {
        assert_eq!(title(&run(pb::RunStatus::default())), "sma_cross fast=10 slow=50  SYN:BTC@1h");
    }

    #[test]
    fn a_failed_run_tells_why() {
        let error = pb::RunError {
            reason: "DATA_MISSING".to_owned(),
            message: "the bars are gone".to_owned(),
            metadata: [("series".to_owned(), "SYN:BTC@1h".to_owned())].into(),
            ..Default::default()
        };
        let status = pb::RunStatus {
            state: RunState::Failed.into(),
            error: Some(error),
            ..Default::default()
        };
        let text = outcome(&run(status), &Catalogue::default(), None);
        let end = "DATA_MISSING: the bars are gone\n  series: SYN:BTC@1h\n";
        assert!(text.ends_with(end), "{text}");
    }

    #[test]
    fn rejected_orders_are_never_passed_over_in_silence() {
        let result = pb::BacktestResult {
            rejections: [("INSUFFICIENT_FUNDS".to_owned(), 1_234)].into(),
            ..Default::default()
        };
        let status = pb::RunStatus {
            state: RunState::Completed.into(),
            result: Some(Outcome::Backtest(result)),
            ..Default::default()
        };
        let text = outcome(&run(status), &Catalogue::default(), None);
        assert!(text.contains("orders rejected: 1,234 INSUFFICIENT_FUNDS"), "{text}");
    }

    #[test]
    fn a_resumed_run_says_so() {
        let state_of = |attempt| {
            let now = RunState::Completed.into();
            let status = pb::RunStatus { state: now, attempt, ..Default::default() };
            state(&status, &Subject::default())
        };
        assert_eq!(state_of(1), "completed");
        assert_eq!(state_of(2), "completed, at attempt 2");
    }
}
