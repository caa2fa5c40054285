//! `tradeforge pareto`: the trials of a search that no other is better than in everything.

use std::num::NonZeroU32;

use clap::Args;

use crate::cli::results::result;
use crate::cli::results::trials::search;
use crate::cli::show::trial_table::Layout;
use crate::cli::spec::search::Aim;
use crate::cli::text::figures;
use crate::cli::text::output;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::run_name::RunName;
use crate::json;
use crate::pb;

/// Lists the trials of a sweep that no other is better than in everything.
#[derive(Debug, Args)]
pub struct ParetoArgs {
    /// The run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// What to compare by; see `Aim`.
    #[arg(
        long = "by",
        value_name = "METRIC",
        allow_hyphen_values = true,
        help = "A metric to compare by, as in sharpe, -max_drawdown or max_drawdown:min; two or \
                three of them [default: the objectives of the search]"
    )]
    by: Vec<Aim>,
    /// Which trials; empty means all.
    #[arg(
        long,
        value_name = "FILTER",
        default_value = "",
        hide_default_value = true,
        help = "Only trials that fit, as in 'metrics.trade_count > 30 AND params.fast < 20'"
    )]
    filter: String,
    /// List at most this many, up to 500 [default: 100]
    #[arg(long, value_name = "N")]
    limit: Option<NonZeroU32>,
}

/// Runs the command.
pub(in crate::cli) async fn run(args: &ParetoArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let request = pb::ListParetoTrialsRequest {
        run_id: run_id.clone(),
        objectives: args.by.iter().map(|Aim(aim)| aim.clone()).collect(),
        filter: args.filter.clone(),
        limit: args.limit.map_or(0, |limit| limit.get().cast_signed()),
    };
    let response = connection.results().list_pareto_trials(request).await?.into_inner();
    if globals.is_json {
        output::data(&json::object(&response))?;
        return Ok(Exit::Ok);
    }
    let run = result::fetch(&connection, &run_id).await?;
    let catalogue = result::catalogue(&connection, &run).await;
    let by = response.objectives.iter().map(|objective| objective.metric.clone());
    let layout = Layout::compared_by(search(&run)?, by.collect(), &catalogue);
    let table = layout.table(&response.trials, output::width());
    output::data(&table.text)?;
    if let Some(note) = table.note() {
        output::help(&note);
    }
    output::help(&told(&response));
    Ok(Exit::Ok)
}

/// How many there are, and what lies behind them.
fn told(response: &pb::ListParetoTrialsResponse) -> String {
    let (shown, all) = (response.trials.len() as i64, response.total_size);
    let mut parts = vec![format!("{} on the front", figures::whole(all))];
    if shown < all {
        parts.push(format!("{} shown; --limit N shows more", figures::whole(shown)));
    }
    if let Some(volume) = response.hypervolume {
        parts.push(format!("hypervolume {}", figures::exact(volume)));
    }
    parts.join(", ")
}
