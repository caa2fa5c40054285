//! `tradeforge optimize`: from arguments to the submission of a search.

use std::num::NonZeroU32;

use clap::{Args, ValueEnum};

use crate::cli::begin::submit;
use crate::cli::spec::account::AccountArgs;
use crate::cli::spec::bars::BarsArgs;
use crate::cli::spec::points::{self, PointsArgs};
use crate::cli::spec::rule_file::named;
use crate::cli::spec::search::{Aim, Bound, Rule, SweptParam, Values};
use crate::cli::spec::submission::{SubmissionArgs, WaitingArgs, each_once};
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::run_name::RunName;
use crate::pb;
use crate::pb::axis::Domain;
use crate::pb::optimization_spec::Search;
use crate::pb::submit_request::Spec;

/// What a search that learns takes part in: one of each only.
const LEARNING: [&str; 2] = ["seeded", "learning"];

/// Searches the parameters of a strategy for the best ones, a backtest each.
#[derive(Debug, Args)]
pub struct OptimizeArgs {
    /// The strategy's name; see: tradeforge strategies
    strategy: String,
    #[command(flatten)]
    bars: BarsArgs,
    /// A parameter, swept or fixed; see `SweptParam`.
    #[arg(
        short,
        long = "param",
        value_name = "NAME=VALUES",
        help = "A parameter: a range as in fast=5..60:5, a list as in direction=long_only,both, \
                or fixed as in fast=10. Numbers of the account are swept by their path: \
                exits.trailing_stop.distance.percent=1%..5%:1%, \
                simulation.commission_rate=0,0.001, sizing.equity_fraction=0.5,1"
    )]
    params: Vec<SweptParam>,
    #[command(flatten)]
    search: SearchArgs,
    #[command(flatten)]
    account: AccountArgs,
    #[command(flatten)]
    submission: SubmissionArgs,
}

/// How what a combination came to on several series becomes one score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Together {
    /// The mean over the series.
    Mean,
    /// The middle one.
    Median,
    /// The worst one.
    Least,
}

impl From<Together> for pb::Across {
    fn from(together: Together) -> Self {
        match together {
            Together::Mean => Self::Mean,
            Together::Median => Self::Median,
            Together::Least => Self::Least,
        }
    }
}

/// Which combinations are tried, and what makes one better than another.
#[derive(Debug, Args)]
#[command(next_help_heading = "Search")]
struct SearchArgs {
    /// Run each trial on all of the bars together, as a backtest does; else each of them gets the
    /// whole search
    #[arg(long)]
    together: bool,
    /// Compare combinations by one score over all of the series, instead of trial by trial
    #[arg(long, value_name = "HOW", conflicts_with = "together")]
    across: Option<Together>,
    /// Try only combinations that keep this rule, as in 'fast < slow'; may be repeated
    #[arg(long = "where", value_name = "RULE")]
    rules: Vec<Rule>,
    /// What to compare trials by; see `Aim`.
    #[arg(
        long,
        value_name = "METRIC",
        allow_hyphen_values = true,
        help = "The metric to compare trials by, as in sharpe, -max_drawdown or max_drawdown:min \
                [default: sharpe]"
    )]
    objective: Option<Aim>,
    /// A bound that the best trials must keep; see `Bound`.
    #[arg(
        long = "constraint",
        value_name = "BOUND",
        help = "A bound that the best trials must keep, as in 'trade_count >= 30'; may be repeated"
    )]
    bounds: Vec<Bound>,
    /// Draw this many combinations at random instead of trying all
    #[arg(long = "random", value_name = "N", group = "seeded")]
    draws: Option<NonZeroU32>,
    /// Breed this many combinations, generation by generation, from the best so far
    #[arg(long = "genetic", value_name = "N", groups = LEARNING, conflicts_with = "file")]
    bred: Option<NonZeroU32>,
    /// Try this many where good combinations are dense, generation by generation (TPE)
    #[arg(long = "tpe", value_name = "N", groups = LEARNING, conflicts_with = "file")]
    estimated: Option<NonZeroU32>,
    /// Make so many to a generation, from 8 to 1024, with --genetic an even number [default: 32]
    #[arg(long, value_name = "N", requires = "learning")]
    batch: Option<NonZeroU32>,
    /// Go by this metric as well, with a minus before it where less is better; at most two
    #[arg(long = "also", value_name = "METRIC", allow_hyphen_values = true, requires = "bred")]
    also: Vec<Aim>,
    #[command(flatten)]
    points: PointsArgs,
    /// The same seed tries the same combinations [default: 0]
    #[arg(long, value_name = "N", requires = "seeded")]
    seed: Option<u64>,
    /// Take over the trials that this completed search has, and compute only the others
    #[arg(long, value_name = "ID")]
    extend: Option<RunName>,
    /// Refuse a search of more trials than this [default: the server's limit]
    #[arg(long, value_name = "N")]
    max_trials: Option<NonZeroU32>,
    /// End the run as failed once more trials than this have failed [default: never]
    #[arg(long, value_name = "N")]
    max_failed: Option<NonZeroU32>,
}

impl OptimizeArgs {
    /// The submission that these arguments ask for.
    ///
    /// # Errors
    ///
    /// `Usage` if a parameter or a label is given twice, or nothing is swept.
    fn request(&self) -> Result<pb::SubmitRequest, CliError> {
        let (fixed, axes) = self.parameters()?;
        let mut subscriptions = self.bars.subscriptions();
        // One series is read by all trials; of several, each gets the whole search.
        let is_axis = subscriptions.len() > 1 && !self.search.together;
        let subscription_axis =
            if is_axis { std::mem::take(&mut subscriptions) } else { Vec::new() };
        let search = self.search.kind()?;
        let has_points = matches!(search, Search::Points(_));
        if axes.is_empty() && subscription_axis.is_empty() && !has_points {
            let message = "nothing to search: no parameter has several values".to_owned();
            let help = format!(
                "sweep one, as in -p NAME=5..60:5 or -p NAME=5,10; a single run is: tradeforge \
                 backtest {}",
                self.strategy
            );
            return Err(CliError::Usage { message, help });
        }
        let mut base = pb::BacktestSpec {
            strategy: Some(named(&self.strategy)?),
            params: fixed,
            subscriptions,
            time_range: self.bars.time_range(),
            warmup_bars: self.bars.warmup_bars(),
            benchmark: self.bars.benchmark(),
            simulation: None,
            aux: self.bars.aux(),
            ..Default::default()
        };
        self.account.give_to(&mut base, &subscription_axis);
        let SearchArgs { rules, objective, bounds, max_trials, max_failed, .. } = &self.search;
        self.submission.request(Spec::Optimization(pb::OptimizationSpec {
            base: Some(base),
            axes,
            subscription_axis,
            search: Some(search),
            across: self.search.across.map_or(pb::Across::Unspecified, Into::into).into(),
            more_objectives: self.search.also.iter().map(|Aim(aim)| aim.clone()).collect(),
            objective: objective.clone().map(|Aim(objective)| objective),
            constraints: bounds.iter().map(|Bound(bound)| bound.clone()).collect(),
            max_trials: max_trials.map_or(0, |number| number.get().into()),
            max_failed_trials: max_failed.map_or(0, |number| number.get().into()),
            param_constraints: rules.iter().map(|Rule(rule)| rule.clone()).collect(),
        }))
    }

    /// The fixed parameters, and the swept ones in the order given.
    fn parameters(&self) -> Result<(Fixed, Vec<pb::Axis>), CliError> {
        each_once("parameter", self.params.iter().map(|param| (param.name.clone(), ())))?;
        let mut fixed = Fixed::new();
        let mut axes = Vec::new();
        for SweptParam { name, values } in self.params.iter().cloned() {
            match values {
                // A number of the account by its path is no parameter; one value is an axis too.
                Values::Fixed(value) if name.contains('.') => {
                    let values = Domain::Values(pb::ValueList { values: vec![value] });
                    axes.push(pb::Axis { name, domain: Some(values) });
                }
                Values::Fixed(value) => {
                    fixed.insert(name, value);
                }
                Values::Swept(domain) => axes.push(pb::Axis { name, domain: Some(domain) }),
            }
        }
        Ok((fixed, axes))
    }
}

type Fixed = std::collections::BTreeMap<String, pb::ParamValue>;

impl SearchArgs {
    fn kind(&self) -> Result<Search, CliError> {
        if let Some(file) = &self.points.file {
            return points::read(file).map(Search::Points);
        }
        if let Some(bred) = self.bred {
            return Ok(Search::Genetic(pb::GeneticSearch {
                trial_count: bred.get().into(),
                seed: self.seed.unwrap_or_default(),
                batch: self.batch.map_or(0, |batch| batch.get().cast_signed()),
            }));
        }
        if let Some(estimated) = self.estimated {
            return Ok(Search::Tpe(pb::TpeSearch {
                trial_count: estimated.get().into(),
                seed: self.seed.unwrap_or_default(),
                batch: self.batch.map_or(0, |batch| batch.get().cast_signed()),
            }));
        }
        Ok(match self.draws {
            Some(draws) => Search::Random(pb::RandomSearch {
                trial_count: draws.get().into(),
                seed: self.seed.unwrap_or_default(),
            }),
            None => Search::Grid(pb::GridSearch {}),
        })
    }
}

impl OptimizeArgs {
    /// The submission, with days placed where the market's begin.
    pub(in crate::cli) async fn placed_request(
        &self,
        globals: &GlobalArgs,
    ) -> Result<pb::SubmitRequest, CliError> {
        let mut request = self.request()?;
        if let Some(run) = &self.search.extend {
            request.extend_run_id = run.resolve(&globals.connect().await?).await?;
        }
        if let Some(Spec::Optimization(spec)) = &mut request.spec
            && let Some(base) = &mut spec.base
        {
            self.bars.place_dates(&mut base.time_range, globals).await?;
        }
        Ok(request)
    }

    /// How its end is waited for.
    pub(in crate::cli) const fn waiting(&self) -> &WaitingArgs {
        &self.submission.waiting
    }
}

/// Runs the command.
pub(in crate::cli) async fn run(
    args: &OptimizeArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let request = args.placed_request(globals).await?;
    submit::run(request, args.waiting(), globals).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::Goal;
    use clap::FromArgMatches as _;

    fn spec(words: &[&str]) -> Result<pb::OptimizationSpec, CliError> {
        let command = OptimizeArgs::augment_args(clap::Command::new("optimize"));
        let line = ["optimize", "sma_cross", "--on", "SYN:BTC@1h"].iter().chain(words);
        let matches = command.try_get_matches_from(line).unwrap();
        match OptimizeArgs::from_arg_matches(&matches).unwrap().request()?.spec {
            Some(Spec::Optimization(spec)) => Ok(spec),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn arguments_reach_their_fields() {
        let spec = spec(&[
            "-p",
            "slow=20..200:10",
            "-p",
            "fast=5..60:5",
            "-p",
            "direction=both",
            "--where",
            "fast < slow",
            "--objective",
            "-max_drawdown",
            "--constraint",
            "trade_count >= 30",
            "--max-trials",
            "500",
            "--max-failed",
            "9",
        ])
        .unwrap();
        let names: Vec<&str> = spec.axes.iter().map(|axis| axis.name.as_str()).collect();
        assert_eq!(names, ["slow", "fast"], "the order given decides the numbering of the trials");
        assert_eq!(spec.base.unwrap().params.len(), 1);
        assert_eq!(spec.search, Some(Search::Grid(pb::GridSearch {})));
        assert_eq!(spec.objective.unwrap().goal(), Goal::Minimize);
        assert_eq!((spec.constraints.len(), spec.param_constraints.len()), (1, 1));
        assert_eq!((spec.max_trials, spec.max_failed_trials), (500, 9));
    }

    #[test]
    fn several_series_are_an_axis_and_a_single_one_is_the_base() {
        let one = spec(&["-p", "fast=5,10"]).unwrap();
        assert_eq!((one.base.unwrap().subscriptions.len(), one.subscription_axis.len()), (1, 0));
        let two = spec(&["-p", "fast=5,10", "--on", "SYN:ETH@1h"]).unwrap();
        assert_eq!((two.base.unwrap().subscriptions.len(), two.subscription_axis.len()), (0, 2));
        let joint = spec(&["-p", "fast=5,10", "--on", "SYN:ETH@1h", "--together"]).unwrap();
        let base = joint.base.unwrap().subscriptions;
        assert_eq!((base.len(), joint.subscription_axis.len()), (2, 0));
    }

    #[test]
    fn one_score_across_series_is_asked_for_by_its_name() {
        let on = ["-p", "fast=5,10", "--on", "SYN:ETH@1h", "--across", "least"];
        assert_eq!(spec(&on).unwrap().across(), pb::Across::Least);
        assert_eq!(spec(&on[..4]).unwrap().across(), pb::Across::Unspecified);
    }

    #[test]
    fn a_random_search_has_a_seed_even_if_none_is_given() {
        let search = |words: &[&str]| spec(words).unwrap().search;
        let random = |seed| Some(Search::Random(pb::RandomSearch { trial_count: 50, seed }));
        let swept = ["-p", "fast=5..60:5", "--random", "50"];
        assert_eq!(search(&swept), random(0));
        assert_eq!(search(&[swept.as_slice(), &["--seed", "7"]].concat()), random(7));
    }

    #[test]
    fn a_search_in_which_nothing_is_swept_is_refused_with_the_command_for_one_run() {
        let error = spec(&["-p", "fast=5"]).unwrap_err();
        assert!(error.to_string().contains("nothing to search"), "{error}");
        let CliError::Usage { help, .. } = error else { panic!("{error}") };
        assert!(help.ends_with("tradeforge backtest sma_cross"), "{help}");
    }

    #[test]
    fn a_parameter_that_is_fixed_and_swept_is_refused() {
        let error = spec(&["-p", "fast=5", "-p", "fast=5..60:5"]);
        assert!(matches!(error, Err(CliError::Usage { .. })));
    }
}
