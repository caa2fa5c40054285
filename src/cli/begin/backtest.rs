//! `tradeforge backtest`: from arguments to a submission.

use clap::Args;

use crate::cli::begin::submit;
use crate::cli::spec::account::AccountArgs;
use crate::cli::spec::bars::BarsArgs;
use crate::cli::spec::changes::ChangeArgs;
use crate::cli::spec::rule_file::named;
use crate::cli::spec::submission::{SubmissionArgs, WaitingArgs, each_once};
use crate::cli::text::args::Param;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::pb;
use crate::pb::submit_request::Spec;

/// Runs a strategy over stored bars and prints what came out.
#[derive(Debug, Args)]
pub struct BacktestArgs {
    /// The strategy's name; see: tradeforge strategies
    strategy: String,
    #[command(flatten)]
    bars: BarsArgs,
    /// A parameter of the strategy, as in fast=10; others keep their defaults
    #[arg(short, long = "param", value_name = "NAME=VALUE")]
    params: Vec<Param>,
    #[command(flatten)]
    changes: ChangeArgs,
    #[command(flatten)]
    account: AccountArgs,
    #[command(flatten)]
    submission: SubmissionArgs,
}

impl BacktestArgs {
    /// The submission that these arguments ask for.
    ///
    /// # Errors
    ///
    /// `Usage` if a parameter or a label is given twice.
    fn request(&self) -> Result<pb::SubmitRequest, CliError> {
        let params = self.params.iter().map(|param| (param.name.clone(), param.value.clone()));
        let strategy = named(&self.strategy)?;
        let mut spec = pb::BacktestSpec {
            strategy: Some(strategy),
            params: each_once("parameter", params)?,
            subscriptions: self.bars.subscriptions(),
            time_range: self.bars.time_range(),
            warmup_bars: self.bars.warmup_bars(),
            benchmark: self.bars.benchmark(),
            simulation: None,
            aux: self.bars.aux(),
            ..Default::default()
        };
        self.changes.give_to(&mut spec);
        self.account.give_to(&mut spec, &[]);
        self.submission.request(Spec::Backtest(spec))
    }
}

impl BacktestArgs {
    /// The same, with its dates placed where the bars' days begin.
    pub(in crate::cli) async fn placed_request(
        &self,
        globals: &GlobalArgs,
    ) -> Result<pb::SubmitRequest, CliError> {
        let mut request = self.request()?;
        if let Some(Spec::Backtest(spec)) = &mut request.spec {
            self.bars.place_dates(&mut spec.time_range, globals).await?;
            self.changes.place_dates(spec, &self.bars, globals).await?;
        }
        Ok(request)
    }

    /// How long to wait for its end.
    pub(in crate::cli) const fn waiting(&self) -> &WaitingArgs {
        &self.submission.waiting
    }
}

/// Runs the command.
pub(in crate::cli) async fn run(
    args: &BacktestArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    submit::run(args.placed_request(globals).await?, args.waiting(), globals).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::sizing::Kind as SizingKind;
    use crate::pb::{EndOfRunPolicy, EntryBarPolicy};
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
             --from 2022 --warmup 30 --cash 5e3 --commission 0.001 --slippage-ticks 2 \
             --quantity 1.5 --leverage 3 --close-at-end --next-bar-exits --risk-free 0.02",
        );
        assert_eq!([0, 1].map(|at| spec.subscriptions[at].data_sha256.as_str()), ["abc", ""]);
        assert_eq!(spec.params["fast"].kind, Some(pb::param_value::Kind::IntValue(10)));
        assert_eq!(spec.params["ratio"].kind, Some(pb::param_value::Kind::DoubleValue(0.5)));
        let range = spec.time_range.unwrap();
        assert_eq!((range.start_time.unwrap().seconds, range.end_time), (1_640_995_200, None));
        assert_eq!(spec.warmup_bars, 30);
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
