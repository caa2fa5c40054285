//! `tradeforge cancel --filter` and `tradeforge rm --filter`: many runs at once, counted before
//! anybody is asked.

use clap::Args;

use crate::cli::text::figures;
use crate::cli::wire::confirm::is_confirmed;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::run_name;
use crate::pb;

/// Which runs, and how sure somebody is.
#[derive(Debug, Args)]
pub(in crate::cli) struct ManyArgs {
    /// All runs that fit instead of one, as in: labels.tier = scratch
    #[arg(long, value_name = "FILTER")]
    pub(in crate::cli) filter: Option<String>,
    /// Do not ask; with --filter this needs --expect
    #[arg(short = 'y', long = "yes")]
    pub(in crate::cli) is_sure: bool,
    /// How many runs --filter fits; if there are more or fewer, nothing is done
    #[arg(long, value_name = "N", requires = "filter")]
    pub(in crate::cli) expect: Option<i64>,
}

/// What is counted: how many fit, how many are others', and some of them.
struct Counted {
    matched: i64,
    denied: i64,
    samples: Vec<String>,
}

impl ManyArgs {
    /// Whether to go on with so many, as somebody says who has seen how many they are.
    fn is_wanted(
        &self,
        verb: &str,
        counted: &Counted,
        globals: &GlobalArgs,
    ) -> Result<bool, CliError> {
        let Counted { matched, denied, samples } = counted;
        if self.is_sure && self.expect.is_none() {
            return Err(CliError::Usage {
                message: "--yes with --filter needs the number of runs that you expect".to_owned(),
                help: format!("add --expect {matched}"),
            });
        }
        if *denied > 0 {
            globals.talk(&format!("{} more are others'", figures::whole(*denied)));
        }
        if *matched == 0 {
            globals.talk("no run fits");
            return Ok(false);
        }
        let names: Vec<_> = samples.iter().take(3).map(|id| run_name::end(id)).collect();
        let runs = if *matched == 1 { "run" } else { "runs" };
        let count = figures::whole(*matched);
        let question = format!("{verb} {count} {runs} ({}, ...)?", names.join(", "));
        is_confirmed(&question, self.is_sure, globals)
    }
}

/// Runs `tradeforge cancel --filter`.
pub(in crate::cli) async fn cancel(
    args: &ManyArgs,
    filter: &str,
    reason: &str,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let request = pb::CancelRunsRequest {
        filter: filter.to_owned(),
        reason: reason.to_owned(),
        validate_only: true,
        expected_count: args.expect,
    };
    let counted = connection.runs().cancel_runs(request.clone()).await?.into_inner();
    let pb::CancelRunsResponse { matched, denied, sample_run_ids: samples, .. } = counted;
    if !args.is_wanted("stop", &Counted { matched, denied, samples }, globals)? {
        return Ok(Exit::Ok);
    }
    let request =
        pb::CancelRunsRequest { validate_only: false, expected_count: Some(matched), ..request };
    let response = connection.runs().cancel_runs(request).await?.into_inner();
    globals.answer(&response, |done| format!("stopped {}", figures::whole(done.cancelled)))?;
    Ok(Exit::Ok)
}

/// Runs `tradeforge rm --filter`.
pub(in crate::cli) async fn remove(
    args: &ManyArgs,
    filter: &str,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let request = pb::DeleteRunsRequest {
        filter: filter.to_owned(),
        validate_only: true,
        expected_count: args.expect,
    };
    let counted = connection.runs().delete_runs(request.clone()).await?.into_inner();
    let pb::DeleteRunsResponse { matched, denied, sample_run_ids: samples, .. } = counted;
    if !args.is_wanted("remove", &Counted { matched, denied, samples }, globals)? {
        return Ok(Exit::Ok);
    }
    let request =
        pb::DeleteRunsRequest { validate_only: false, expected_count: Some(matched), ..request };
    let response = connection.runs().delete_runs(request).await?.into_inner();
    globals.answer(&response, |done| format!("removed {}", figures::whole(done.deleted)))?;
    Ok(Exit::Ok)
}
