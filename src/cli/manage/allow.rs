//! `tradeforge allow`: more time for a live run, or less.

use std::str::FromStr;

use clap::Args;
use prost_types::FieldMask;

use crate::cli::manage::tags::update;
use crate::cli::spec::allowance::{Deadline, on_the_wire, told};
use crate::cli::text::args::Patience;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::run_name::RunName;
use crate::pb;

/// Takes a limit away.
const NONE: &str = "none";

/// Gives a live run more time, or less.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("limit").required(true).multiple(true))]
pub struct AllowArgs {
    /// The run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// When it ends at the latest: 2h from now, a moment in UTC, or none
    #[arg(long, value_name = "WHEN", group = "limit")]
    deadline: Option<OrNone<Deadline>>,
    /// How long it may compute altogether, as in 90s, 30m or 4h, or none
    #[arg(long, value_name = "LONG", group = "limit")]
    compute_budget: Option<OrNone<Patience>>,
}

/// A limit, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OrNone<T>(Option<T>);

impl<T: FromStr<Err = String>> FromStr for OrNone<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == NONE {
            return Ok(Self(None));
        }
        text.parse().map(|limit| Self(Some(limit))).map_err(|why| format!("{why}, or {NONE}"))
    }
}

/// Runs `tradeforge allow`.
pub(in crate::cli) async fn run(args: &AllowArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let mut request = pb::UpdateRunRequest::default();
    let mut paths = Vec::new();
    if let Some(OrNone(deadline)) = args.deadline {
        request.deadline = deadline.map(|Deadline(moment)| moment.into());
        paths.push("deadline".to_owned());
    }
    if let Some(OrNone(budget)) = args.compute_budget {
        request.compute_budget = budget.and_then(on_the_wire);
        paths.push("compute_budget".to_owned());
    }
    let response = update(&args.run, request, FieldMask { paths }, globals).await?;
    globals.answer(&response, |response| {
        let run = response.run.clone().unwrap_or_default();
        format!("{}  {}", run.run_id, told(&run).unwrap_or_else(|| "no limits".to_owned()))
    })?;
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_one_or_none() {
        let refused = "soon".parse::<OrNone<Deadline>>().unwrap_err();
        assert!(refused.ends_with("2027-01-15T18:00, or none"), "{refused}");
        assert_eq!("none".parse::<OrNone<Deadline>>(), Ok(OrNone(None)));
    }
}
