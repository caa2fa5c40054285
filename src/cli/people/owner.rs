//! `tradeforge owner`: how much each owner of runs may have, and has.

use clap::{Args, Subcommand};

use crate::cli::text::figures;
use crate::cli::text::fitting::{self, Fitted};
use crate::cli::text::table::Column;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::pb;

/// Shows and sets what owners may have.
#[derive(Debug, Subcommand)]
pub enum OwnerCommand {
    /// List who may have how much, and has
    List,
    /// Set how much an owner may have; what is not named is the server's setting again
    Set(SetOwnerArgs),
}

/// How much an owner may have.
#[derive(Debug, Args)]
pub struct SetOwnerArgs {
    /// Who, as tokens name it
    #[arg(value_name = "OWNER")]
    owner: String,
    /// Live runs at once; 0 is no limit
    #[arg(long, value_name = "N")]
    live_runs: Option<i64>,
    /// Trials of runs that are made in one day, UTC; 0 is no limit
    #[arg(long, value_name = "N")]
    trials_per_day: Option<i64>,
    /// The highest priority of a run
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    priority: Option<i32>,
    /// How many times as much of the cores as an owner with a share of 1, from 1 to 1000
    #[arg(long, value_name = "N")]
    share: Option<i32>,
}

/// Runs the command.
pub(in crate::cli) async fn run(
    command: &OwnerCommand,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let mut access = globals.connect().await?.access();
    match command {
        OwnerCommand::List => {
            let answer = access.list_owners(pb::ListOwnersRequest {}).await?.into_inner();
            globals.answer_table(&answer, |answer, width| table(&answer.owners, width))?;
        }
        OwnerCommand::Set(args) => {
            let request = pb::SetQuotaRequest {
                owner: args.owner.clone(),
                live_runs_max: args.live_runs,
                trials_per_day_max: args.trials_per_day,
                priority_max: args.priority,
                share: args.share,
            };
            let answer = access.set_quota(request).await?.into_inner();
            let owners: Vec<pb::Owner> = answer.owner.iter().cloned().collect();
            globals.answer_table(&answer, |_, width| table(&owners, width))?;
        }
    }
    Ok(Exit::Ok)
}

fn table(owners: &[pb::Owner], width: Option<u16>) -> Fitted {
    let columns = [
        Column::Text("OWNER"),
        Column::Number("LIVE RUNS"),
        Column::Number("OF"),
        Column::Number("TRIALS TODAY"),
        Column::Number("OF"),
        Column::Number("PRIORITY"),
        Column::Number("SHARE"),
        Column::Text("OWN LIMITS"),
    ];
    fitting::fit(&columns, owners.iter().map(row).collect(), width, &["OWN LIMITS"])
}

fn row(owner: &pb::Owner) -> Vec<String> {
    let quota = owner.quota.unwrap_or_default();
    let limit = |max: i64| if max == 0 { "-".to_owned() } else { figures::whole(max) };
    vec![
        owner.name.clone(),
        figures::whole(owner.live_runs.into()),
        limit(quota.live_runs_max),
        figures::whole(owner.trials_today),
        limit(quota.trials_per_day_max),
        quota.priority_max.to_string(),
        quota.share.to_string(),
        owner.own_limits.join(" "),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_owner_has_stands_beside_what_it_may_have() {
        let quota =
            pb::Quota { live_runs_max: 50, trials_per_day_max: 0, priority_max: 8, share: 3 };
        let owner = pb::Owner {
            name: "ann".into(),
            quota: Some(quota),
            live_runs: 3,
            trials_today: 12_000,
            own_limits: vec!["live_runs_max".into()],
        };
        let text = table(&[owner], None).text;
        let words: Vec<_> = text.lines().last().unwrap().split_whitespace().collect();
        assert_eq!(words, ["ann", "3", "50", "12,000", "-", "8", "3", "live_runs_max"]);
    }
}
