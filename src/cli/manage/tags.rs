//! `tradeforge rename`, `note` and `label`: what people say of a run, changed.

use std::collections::BTreeMap;
use std::io::Read as _;

use clap::Args;
use prost_types::FieldMask;

use crate::cli::results::result;
use crate::cli::spec::submission::each_once;
use crate::cli::text::args::Pair;
use crate::cli::text::foreign;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::run_name::RunName;
use crate::pb;

/// Stands for the standard input.
const STDIN: &str = "-";

/// Gives a run another name.
#[derive(Debug, Args)]
pub struct RenameArgs {
    /// The run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// The new name; an empty one takes it away
    #[arg(value_name = "NAME", allow_hyphen_values = true)]
    name: String,
}

/// Writes down what to remember of a run, instead of what stands there.
#[derive(Debug, Args)]
pub struct NoteArgs {
    /// The run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// The notes; - reads them from the standard input, and an empty text takes them away
    #[arg(value_name = "TEXT", allow_hyphen_values = true)]
    text: String,
}

/// Sets labels of a run, and takes them away.
#[derive(Debug, Args)]
pub struct LabelArgs {
    /// The run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// Labels to set, as in desk=fx
    #[arg(value_name = "KEY=VALUE", required_unless_present = "removed")]
    labels: Vec<Pair>,
    /// A label to take away; may be repeated
    #[arg(long = "remove", value_name = "KEY")]
    removed: Vec<String>,
}

/// Runs `tradeforge rename`.
pub(in crate::cli) async fn rename(
    args: &RenameArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let request = pb::UpdateRunRequest { display_name: args.name.clone(), ..Default::default() };
    tell(&args.run, request, vec!["display_name".to_owned()], globals).await
}

/// Runs `tradeforge note`.
pub(in crate::cli) async fn note(args: &NoteArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let mut notes = args.text.clone();
    if notes == STDIN {
        notes.clear();
        let unreadable = |cause| CliError::File { path: STDIN.into(), cause };
        std::io::stdin().read_to_string(&mut notes).map_err(unreadable)?;
    }
    let notes = notes.trim_end().to_owned();
    let request = pb::UpdateRunRequest { notes, ..Default::default() };
    tell(&args.run, request, vec!["notes".to_owned()], globals).await
}

/// Runs `tradeforge label`.
pub(in crate::cli) async fn label(
    args: &LabelArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let set = args.labels.iter().map(|label| (label.key.clone(), Some(label.value.clone())));
    let removed = args.removed.iter().map(|key| (key.clone(), None));
    let each: BTreeMap<String, Option<String>> = each_once("label", set.chain(removed))?;
    let paths = each.keys().map(|key| format!("labels.{key}")).collect();
    let labels = each.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    let request = pb::UpdateRunRequest { labels, ..Default::default() };
    tell(&args.run, request, paths, globals).await
}

/// Changes of a run what the mask names.
pub(in crate::cli) async fn update(
    run: &RunName,
    request: pb::UpdateRunRequest,
    update_mask: FieldMask,
    globals: &GlobalArgs,
) -> Result<pb::UpdateRunResponse, CliError> {
    let connection = globals.connect().await?;
    let run_id = run.resolve(&connection).await?;
    let update_mask = Some(update_mask);
    let request = pb::UpdateRunRequest { run_id, update_mask, ..request };
    Ok(connection.runs().update_run(request).await?.into_inner())
}

async fn tell(
    run: &RunName,
    request: pb::UpdateRunRequest,
    paths: Vec<String>,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let response = update(run, request, FieldMask { paths }, globals).await?;
    globals.answer(&response, |response| response.run.as_ref().map(told).unwrap_or_default())?;
    Ok(Exit::Ok)
}

/// What is said of the run now.
fn told(run: &pb::Run) -> String {
    let name = foreign::word(&run.display_name);
    let name = if name.is_empty() { String::new() } else { format!("  {name}") };
    let labels = result::labels(run);
    let labels = if labels.is_empty() { labels } else { format!("  {labels}") };
    let notes = foreign::lines(&run.notes);
    let notes = if notes.is_empty() { String::new() } else { format!("\n{notes}") };
    format!("{}{name}{labels}{notes}", run.run_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_run_is_told_after_its_id() {
        let mut run = pb::Run { run_id: "01a1".into(), ..Default::default() };
        assert_eq!(told(&run), "01a1");
        run.display_name = "nightly\u{1b}".into();
        run.labels = BTreeMap::from([("desk".into(), "fx".into()), ("tier".into(), "a".into())]);
        run.notes = "seen\nand judged".into();
        let expected = "01a1  nightly\\u{1b}  desk=fx tier=a\nseen\nand judged";
        assert_eq!(told(&run), expected);
    }
}
