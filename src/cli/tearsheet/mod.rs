//! `tradeforge tearsheet`: what came out of a run as one file of HTML that needs nothing else, for
//! who has no access to the server, and for years from now.

mod chart;
mod gather;
mod heat_map;
mod markup;
mod sheet;

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use serde_json::json;

use self::gather::Gathered;
use crate::cli::text::destination::{self, Destination};
use crate::cli::text::output;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::run_name::RunName;

/// Writes what came out of a run into one file of HTML.
#[derive(Debug, Args)]
pub struct TearsheetArgs {
    /// The run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// The trial of a sweep whose report is in it [default: the best one]
    #[arg(long, value_name = "INDEX")]
    trial: Option<i64>,
    /// Write it to this file, or to stdout, which is - [default: tearsheet-ID.html]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,
}

/// Runs `tradeforge tearsheet`.
pub(super) async fn run(args: &TearsheetArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let gathered = Gathered::of(&connection, &run_id, args.trial).await?;
    let html = sheet::html(&gathered);
    let path =
        args.out.clone().unwrap_or_else(|| PathBuf::from(format!("tearsheet-{run_id}.html")));
    if destination::is_stdout(&path) {
        let text = if globals.is_json { json!({ "html": html }).to_string() + "\n" } else { html };
        output::bytes(text.as_bytes())?;
        return Ok(Exit::Ok);
    }
    write(&path, &html)?;
    let told = path.display().to_string();
    output::data(&if globals.is_json { json!({ "path": told }).to_string() } else { told + "\n" })?;
    Ok(Exit::Ok)
}

fn write(path: &Path, html: &str) -> Result<(), CliError> {
    let mut file = Destination::open(Some(path))?;
    file.write(html.as_bytes())?;
    Ok(file.finish()?)
}
