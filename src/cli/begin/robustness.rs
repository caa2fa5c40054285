//! `tradeforge robustness`: one parameter set under stress.

use clap::{Args, ValueEnum};

use crate::cli::begin::backtest::BacktestArgs;
use crate::cli::begin::submit;
use crate::cli::results::result;
use crate::cli::results::robustness_result;
use crate::cli::spec::submission::SubmissionArgs;
use crate::cli::wire::connect::{Connection, GlobalArgs};
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::run_name::RunName;
use crate::pb;
use crate::pb::submit_request::Spec;

/// Runs a backtest again with each of its details changed, and draws its days again.
#[derive(Debug, Args)]
pub struct RobustnessArgs {
    #[command(flatten)]
    backtest: BacktestArgs,
    #[command(flatten)]
    stress: StressArgs,
}

/// The same of a backtest that is there, or of a trial of a search.
#[derive(Debug, Args)]
pub struct RobustnessOfArgs {
    /// The backtest or the search: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// Which trial of the search [default: its best]
    #[arg(long, value_name = "INDEX")]
    trial: Option<i64>,
    #[command(flatten)]
    stress: StressArgs,
    #[command(flatten)]
    submission: SubmissionArgs,
}

/// Lists the backtests of a robustness run.
#[derive(Debug, Args)]
pub struct VariantsArgs {
    /// The robustness run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
}

/// What is changed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Stress")]
struct StressArgs {
    /// Examine this only; may be given several times [default: all that the backtest has]
    #[arg(long = "part", value_name = "PART")]
    parts: Vec<Part>,
    /// String the days together this often [default: 10000]
    #[arg(long, value_name = "N")]
    paths: Option<i32>,
    /// Let a block of a path have this many days on average [default: found from the returns]
    #[arg(long, value_name = "DAYS")]
    mean_block: Option<f64>,
    /// Tell how many paths ever fall below this fraction of their start [default: 0.5]
    #[arg(long = "ruin", value_name = "FRACTION")]
    ruin_levels: Vec<f64>,
    /// Move each parameter by up to this many steps [default: 3]
    #[arg(long, value_name = "N")]
    steps: Option<i32>,
    /// Draw this many points around all parameters [default: 50]
    #[arg(long = "box", value_name = "N")]
    box_count: Option<i32>,
    /// Move their parameters by at most this many steps [default: 3]
    #[arg(long, value_name = "N")]
    box_steps: Option<i32>,
    /// Pay so many times the fees; may be given several times [default: 0 0.5 1 2 3 5]
    #[arg(long = "fees-times", value_name = "FACTOR")]
    commission_factors: Vec<f64>,
    /// Fill this many ticks worse; may be given several times [default: 0 1 2 5 10]
    #[arg(long = "worse-ticks", value_name = "TICKS")]
    worse_ticks: Vec<i32>,
    /// Start up to this many days later [default: 20]
    #[arg(long, value_name = "DAYS")]
    start_shift: Option<i32>,
    /// Put noise on the prices this often [default: 200]
    #[arg(long = "noise-draws", value_name = "N")]
    noise_count: Option<i32>,
    /// Let it be so wide, in parts of the spread of the bars' returns [default: 0.1]
    #[arg(long = "noise", value_name = "PART")]
    noise: Option<f64>,
    /// Hear of each bar this many bars late; may be given several times [default: 1 2 3 5]
    #[arg(long = "late-bars", value_name = "BARS")]
    delay_bars: Vec<i32>,
    /// Put its stays in the market at random times this often [default: 200]
    #[arg(long = "random-entries", value_name = "N")]
    random_entries: Option<i32>,
    /// The same seed draws the same days, points, noise and times [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

/// What is examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Its days drawn again in blocks.
    Resampling,
    /// Parameter sets near its own.
    Neighbours,
    /// Multiples of the fees, and worse fills.
    Costs,
    /// Starts on later days.
    Starts,
    /// Noise on the prices.
    Noise,
    /// Bars that are heard of late.
    Delays,
    /// Its stays in the market, at random times.
    RandomEntries,
}

impl From<Part> for pb::RobustnessPart {
    fn from(part: Part) -> Self {
        match part {
            Part::Resampling => Self::Resampling,
            Part::Neighbours => Self::Neighbours,
            Part::Costs => Self::Costs,
            Part::Starts => Self::Starts,
            Part::Noise => Self::Noise,
            Part::Delays => Self::Delays,
            Part::RandomEntries => Self::RandomEntries,
        }
    }
}

impl StressArgs {
    fn spec(&self, base: pb::BacktestSpec) -> Spec {
        let parts = self.parts.iter().map(|part| pb::RobustnessPart::from(*part).into());
        Spec::Robustness(pb::RobustnessSpec {
            base: Some(base),
            seed: self.seed.unwrap_or_default(),
            path_count: self.paths.unwrap_or_default(),
            mean_block_days: self.mean_block.unwrap_or_default(),
            neighbour_steps: self.steps.unwrap_or_default(),
            box_count: self.box_count.unwrap_or_default(),
            box_steps: self.box_steps.unwrap_or_default(),
            commission_factors: self.commission_factors.clone(),
            slippage_ticks: self.worse_ticks.clone(),
            start_shift_days: self.start_shift.unwrap_or_default(),
            ruin_levels: self.ruin_levels.clone(),
            noise_count: self.noise_count.unwrap_or_default(),
            noise: self.noise.unwrap_or_default(),
            delay_bars: self.delay_bars.clone(),
            random_entry_count: self.random_entries.unwrap_or_default(),
            parts: parts.collect(),
        })
    }
}

/// Runs `tradeforge robustness`.
pub(in crate::cli) async fn run(
    args: &RobustnessArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let mut request = args.backtest.placed_request(globals).await?;
    if let Some(Spec::Backtest(base)) = request.spec.take() {
        request.spec = Some(args.stress.spec(base));
    }
    submit::run(request, args.backtest.waiting(), globals).await
}

/// Runs `tradeforge robustness-of`.
pub(in crate::cli) async fn of(
    args: &RobustnessOfArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let base = backtest_of(&connection, &run_id, args.trial).await?;
    let request = args.submission.request(args.stress.spec(base))?;
    submit::run(request, &args.submission.waiting, globals).await
}

/// Runs `tradeforge variants`.
pub(in crate::cli) async fn list(
    args: &VariantsArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let request = pb::ListVariantsRequest { run_id };
    let response = connection.results().list_variants(request).await?.into_inner();
    globals.answer(&response, |response| robustness_result::variant_table(&response.variants))?;
    Ok(Exit::Ok)
}

/// The backtest that a run is, or that a trial of it is.
async fn backtest_of(
    connection: &Connection,
    run_id: &str,
    trial: Option<i64>,
) -> Result<pb::BacktestSpec, CliError> {
    let run = result::fetch(connection, run_id).await?;
    let best = match run.status.as_ref().and_then(|status| status.result.as_ref()) {
        Some(pb::run_status::Result::Optimization(result)) => result.best_trial.as_ref(),
        _ => None,
    };
    let index = trial.or(best.map(|best| best.trial_index));
    match (run.spec, index) {
        (Some(pb::run::Spec::Backtest(spec)), _) => Ok(spec),
        (Some(pb::run::Spec::Robustness(spec)), _) => Ok(spec.base.unwrap_or_default()),
        (Some(pb::run::Spec::Optimization(spec)), Some(trial_index)) => {
            let request = pb::GetTrialRequest { run_id: run_id.to_owned(), trial_index };
            let response = connection.results().get_trial(request).await?.into_inner();
            let trial = response.trial.ok_or(CliError::Incomplete("the trial"))?;
            of_trial(spec.base.unwrap_or_default(), trial)
        }
        (Some(pb::run::Spec::Optimization(_)), None) => Err(CliError::Usage {
            message: format!("run {run_id} has no best trial yet"),
            help: "name one with --trial INDEX".to_owned(),
        }),
        _ => Err(CliError::Usage {
            message: format!("run {run_id} is neither a backtest nor a search"),
            help: "name a backtest, or a search and one of its trials".to_owned(),
        }),
    }
}

/// What all trials share, with what one of them has of its own.
fn of_trial(base: pb::BacktestSpec, trial: pb::TrialSummary) -> Result<pb::BacktestSpec, CliError> {
    if let Some(number) = trial.params.keys().find(|name| name.contains('.')) {
        return Err(CliError::Usage {
            message: format!("the search sweeps {number}, which is no parameter of the strategy"),
            help: "write the trial down as a backtest: tradeforge robustness".to_owned(),
        });
    }
    let subscriptions = match trial.subscription {
        Some(subscription) if base.subscriptions.len() < 2 => vec![subscription],
        _ => base.subscriptions,
    };
    Ok(pb::BacktestSpec { params: trial.params, subscriptions, ..base })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::FromArgMatches as _;

    #[test]
    fn arguments_reach_their_fields_and_what_is_not_given_is_left_to_the_server() {
        let spec = |line: &str| {
            let command = RobustnessArgs::augment_args(clap::Command::new("robustness"));
            let matches = command.try_get_matches_from(line.split(' ')).unwrap();
            let args = RobustnessArgs::from_arg_matches(&matches).unwrap();
            match args.stress.spec(pb::BacktestSpec::default()) {
                Spec::Robustness(spec) => spec,
                other => panic!("{other:?}"),
            }
        };
        let plain = spec("robustness sma_cross --on A:B@1h");
        let base = Some(pb::BacktestSpec::default());
        assert_eq!(plain, pb::RobustnessSpec { base, ..Default::default() });
        let full = spec(
            "robustness sma_cross --on A:B@1h --part costs --part resampling --paths 500 \
             --mean-block 4.5 --ruin 0.8 --steps 2 --box 9 --box-steps 1 --fees-times 0 \
             --fees-times 2.5 --worse-ticks 3 --start-shift 7 --seed 11 --noise 0.2 \
             --noise-draws 40 --late-bars 1 --late-bars 4 --random-entries 60",
        );
        assert_eq!(full.parts, [3, 1]);
        assert_eq!((full.path_count, full.mean_block_days, full.seed), (500, 4.5, 11));
        assert_eq!((full.neighbour_steps, full.box_count, full.box_steps), (2, 9, 1));
        assert_eq!((full.commission_factors, full.slippage_ticks), (vec![0.0, 2.5], vec![3]));
        assert_eq!((full.noise, full.noise_count, full.random_entry_count), (0.2, 40, 60));
        assert_eq!(full.delay_bars, [1, 4]);
        assert_eq!((full.start_shift_days, full.ruin_levels), (7, vec![0.8]));
    }
}
