//! `tradeforge bundle`: a run as one file that proves itself.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::cli::text::destination::{Destination, is_stdout};
use crate::cli::text::output;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::run_name::RunName;
use crate::pb;

/// Writes a run into a bundle.
#[derive(Debug, Args)]
pub struct BundleArgs {
    /// The run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// The file to write, - for stdout [default: ID.tfrun]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Put the bars and auxiliary series into it, so that the file alone can be computed again
    #[arg(long)]
    with_bars: bool,
}

/// Runs `tradeforge bundle`.
pub(in crate::cli) async fn run(args: &BundleArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let is_piped = args.file.as_deref().is_some_and(is_stdout);
    if is_piped && globals.is_json {
        return Err(CliError::Usage {
            message: "a bundle on stdout leaves no room there for --json".to_owned(),
            help: "name a file".to_owned(),
        });
    }
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let file = args.file.clone().unwrap_or_else(|| PathBuf::from(format!("{run_id}.tfrun")));
    let request = pb::ExportRunRequest { run_id, with_bars: args.with_bars };
    let mut parts = connection.bundles().export_run(request).await?.into_inner();
    let mut destination = Destination::open(Some(&file))?;
    let mut bytes = 0;
    while let Some(part) = parts.message().await? {
        destination.write(&part.chunk)?;
        bytes += part.chunk.len();
    }
    destination.finish()?;
    if is_piped {
        return Ok(Exit::Ok);
    }
    tell(&file, bytes, globals)?;
    Ok(Exit::Ok)
}

fn tell(file: &Path, bytes: usize, globals: &GlobalArgs) -> std::io::Result<()> {
    let name = file.display();
    if globals.is_json {
        let told = json!({ "file": name.to_string(), "bytes": bytes });
        return output::data(&told.to_string());
    }
    output::data(&format!("{name}: {bytes} bytes"))?;
    output::help(&format!("hold it against itself with: tradeforge verify {name}"));
    Ok(())
}
