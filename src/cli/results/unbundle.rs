//! `tradeforge unbundle`: a run from the file that it was bundled into.

use std::fs::File;
use std::io::{self, Read, Stdin};
use std::path::{Path, PathBuf};

use clap::Args;
use futures_util::stream;
use tokio::sync::mpsc;

use crate::cli::text::output;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::json;
use crate::pb;

const CHUNK_BYTES: u64 = 256 << 10;

/// Imports a run from a bundle.
#[derive(Debug, Args)]
pub struct UnbundleArgs {
    /// A file that `bundle` has written, - for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Runs `tradeforge unbundle`.
pub(in crate::cli) async fn run(
    args: &UnbundleArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let unreadable = |cause| CliError::File { path: args.file.clone(), cause };
    let source = open(&args.file).map_err(unreadable)?;
    let connection = globals.connect().await?;
    let (send, parts) = mpsc::channel(4);
    let reading = tokio::task::spawn_blocking(move || pieces(source, &send));
    let parts = stream::unfold(parts, |mut parts| async { Some((parts.recv().await?, parts)) });
    let answer = connection.bundles().import_run(parts).await;
    // What could not be read comes first: of that the server knows nothing.
    if let Ok(Err(cause)) = reading.await {
        return Err(unreadable(cause));
    }
    let imported = answer?.into_inner();
    if globals.is_json {
        output::data(&json::object(&imported))?;
        return Ok(Exit::Ok);
    }
    let run = imported.run.unwrap_or_default();
    output::data(&run.run_id)?;
    if imported.created {
        let there = run.origin.unwrap_or_default().run_id;
        output::help(&format!("it is run {there} of another server; nothing of it was changed"));
    } else {
        output::help("it was here already");
    }
    let stored = imported.stored_data_sha256.len();
    if stored > 0 {
        output::help(&format!("{stored} series came with it"));
    }
    Ok(Exit::Ok)
}

type Source = Box<dyn Read + Send>;

fn open(path: &Path) -> io::Result<Source> {
    if path == Path::new("-") {
        return Ok(Box::<Stdin>::new(io::stdin()));
    }
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok(Box::new(file))
}

/// Sends the file. Where it cannot be read on, a piece goes that the server must refuse.
fn pieces(mut source: Source, send: &mpsc::Sender<pb::ImportRunRequest>) -> io::Result<()> {
    loop {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES as usize);
        let read = source.by_ref().take(CHUNK_BYTES).read_to_end(&mut chunk);
        if let Err(error) = read {
            _ = send.blocking_send(pb::ImportRunRequest { chunk: Vec::new() });
            return Err(error);
        }
        // Nobody takes it where the server has answered already.
        if chunk.is_empty() || send.blocking_send(pb::ImportRunRequest { chunk }).is_err() {
            return Ok(());
        }
    }
}
