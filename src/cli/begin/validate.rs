//! `tradeforge validate`: how much of the best of a sweep is luck.

use clap::{Args, ValueEnum};

use crate::cli::begin::submit;
use crate::cli::spec::submission::SubmissionArgs;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::run_name::RunName;
use crate::pb;
use crate::pb::submit_request::Spec;

/// Tells how many of a hundred searches by luck would look as good as the best trial.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// The sweep: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// What is taken off the returns of each trial
    #[arg(long, value_name = "WHAT", default_value = "exposure")]
    excess_over: Excess,
    /// Cut the days into this many blocks, an even number from 4 to 16 [default: 16]
    #[arg(long, value_name = "N")]
    blocks: Option<i32>,
    /// Draw the days this often [default: 1000]
    #[arg(long, value_name = "N")]
    bootstrap: Option<i32>,
    /// Let a block of a draw have this many days on average [default: found from the returns]
    #[arg(long, value_name = "DAYS")]
    mean_block: Option<f64>,
    /// Search this often over the bars in another order as well [default: 0]
    #[arg(long, value_name = "N")]
    permutations: Option<i32>,
    /// Cut the days into groups as well, every choice of some of which judges once: 10,2 is usual
    #[arg(long, value_name = "GROUPS,JUDGING", value_parser = grouping)]
    cpcv: Option<(i32, i32)>,
    /// Days before each group that judges by which nothing is chosen [default: 0]
    #[arg(long, value_name = "DAYS", requires = "cpcv")]
    purge: Option<i32>,
    /// Days after each of them [default: a hundredth of all days]
    #[arg(long, value_name = "DAYS", requires = "cpcv")]
    embargo: Option<i32>,
    /// The same seed draws the same days [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    #[command(flatten)]
    submission: SubmissionArgs,
}

/// What is taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Excess {
    /// What holding its own mean exposure all the time would have earned.
    Exposure,
    /// Nothing.
    Zero,
    /// What holding the market would have earned.
    Market,
}

impl From<Excess> for pb::ExcessOver {
    fn from(excess: Excess) -> Self {
        match excess {
            Excess::Exposure => Self::Exposure,
            Excess::Zero => Self::Zero,
            Excess::Market => Self::Market,
        }
    }
}

/// Reads two counts.
fn grouping(text: &str) -> Result<(i32, i32), String> {
    let counts = text.split_once(',').and_then(|(groups, judging)| {
        Some((groups.trim().parse().ok()?, judging.trim().parse().ok()?))
    });
    counts.ok_or_else(|| "write how many groups and how many of them judge, as in 10,2".to_owned())
}

/// Submits the validation and prints what it found.
pub(in crate::cli) async fn run(
    args: &ValidateArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let run_id = args.run.resolve(&globals.connect().await?).await?;
    let spec = pb::ValidationSpec {
        run_id,
        excess_over: pb::ExcessOver::from(args.excess_over).into(),
        blocks: args.blocks.unwrap_or_default(),
        bootstrap_count: args.bootstrap.unwrap_or_default(),
        mean_block_days: args.mean_block.unwrap_or_default(),
        seed: args.seed.unwrap_or_default(),
        permutation_count: args.permutations.unwrap_or_default(),
        combinatorial: args.cpcv.map(|(groups, test_groups)| pb::Combinatorial {
            groups,
            test_groups,
            purge_days: args.purge.unwrap_or_default(),
            embargo_days: args.embargo,
        }),
    };
    let request = args.submission.request(Spec::Validation(spec))?;
    submit::run(request, &args.submission.waiting, globals).await
}
