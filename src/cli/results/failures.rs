//! `tradeforge errors`: why trials failed, equal failures together.

use clap::Args;

use crate::cli::text::figures;
use crate::cli::text::output;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::run_name::RunName;
use crate::pb;

/// Prints why trials of a sweep failed.
#[derive(Debug, Args)]
pub struct ErrorsArgs {
    /// The run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// Print stack traces too
    #[arg(long = "trace")]
    has_traces: bool,
}

/// Runs the command.
pub(in crate::cli) async fn run(args: &ErrorsArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let request = pb::ListFailureGroupsRequest { run_id: run_id.clone() };
    let response = connection.results().list_failure_groups(request).await?.into_inner();
    globals.answer(&response, |response| text(&response.groups, args.has_traces))?;
    if !globals.is_json {
        match response.groups.first() {
            Some(group) => {
                let command = format!("trial {run_id} {}", group.sample_trial_index);
                output::help(&format!("look at one: {}", globals.command(&command)));
            }
            None => output::talk("no trial failed"),
        }
    }
    Ok(Exit::Ok)
}

fn text(groups: &[pb::FailureGroup], has_traces: bool) -> String {
    groups.iter().map(|group| text_of(group, has_traces)).collect::<Vec<_>>().join("\n")
}

/// One group: the message first, then how many, of which reason, and where to see one.
fn text_of(group: &pb::FailureGroup, has_traces: bool) -> String {
    let facts = format!(
        "{}\n  {} x {}, as in trial {}\n",
        group.message,
        figures::whole(group.count),
        group.reason,
        group.sample_trial_index
    );
    match group.stack_trace.trim_end() {
        "" => facts,
        _ if !has_traces => format!("{facts}  has a stack trace: --trace prints it\n"),
        trace => facts + &indented(trace),
    }
}

/// The lines of a text, set in from the left.
pub(in crate::cli) fn indented(text: &str) -> String {
    text.lines().flat_map(|line| ["  ", line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panic() -> pb::FailureGroup {
        pb::FailureGroup {
            reason: "STRATEGY_PANIC".to_owned(),
            message: "index out of bounds".to_owned(),
            count: 1_200,
            sample_trial_index: 17,
            stack_trace: "0: on_bar\n1: run\n".to_owned(),
        }
    }

    #[test]
    fn the_message_comes_first_and_the_trace_only_if_asked_for() {
        let facts = "index out of bounds\n  1,200 x STRATEGY_PANIC, as in trial 17\n";
        let hint = "  has a stack trace: --trace prints it\n";
        assert_eq!(text(&[panic()], false), format!("{facts}{hint}"));
        assert_eq!(text(&[panic()], true), format!("{facts}  0: on_bar\n  1: run\n"));
    }

    #[test]
    fn groups_stand_apart() {
        let plain = pb::FailureGroup { stack_trace: String::new(), ..panic() };
        let text = text(&[plain.clone(), plain], false);
        assert!(text.contains("trial 17\n\nindex"), "{text}");
    }
}
