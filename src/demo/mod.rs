//! `tradeforge demo`: everything at once, from nothing.

mod cells;
mod tour;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::sync::oneshot;

use crate::cli::{CliError, DemoArgs, Exit, GlobalArgs};
use crate::config::Config;
use crate::server::{ServeError, Server, StartError};
use crate::strategy::Catalog;
use crate::telemetry;

/// Why a demo could not be given.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The server.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The temporary folder.
    #[error("cannot make a temporary folder: {0}")]
    Folder(#[from] io::Error),
    /// The client.
    #[error(transparent)]
    Client(#[from] CliError),
    /// Its end.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// Starts a real server, makes up bars, searches and runs on them, and serves on until `stop`.
pub async fn run(
    args: DemoArgs,
    is_json: bool,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<Exit, DemoError> {
    // Dropped, and so removed, at the end.
    let temporary = match args.keep {
        Some(_) => None,
        None => Some(tempfile::tempdir()?),
    };
    let kept = args.keep.clone();
    let data_dir = kept.or_else(|| temporary.as_ref().map(|dir| dir.path().to_owned()));
    let server = bind(args.listen, data_dir.unwrap_or_default()).await?;
    let globals = GlobalArgs::of(server.url(), is_json);
    let (end, ended) = oneshot::channel::<()>();
    let exits = args.exits;
    let serving = telemetry::spawn(server.run_until(async move {
        if exits {
            _ = ended.await;
        } else {
            tokio::select! { _ = ended => {}, () = stop => {} }
        }
    }));
    let shown = tour::show(&globals).await?;
    match &shown {
        Some(shown) if !exits => go_on(&globals, shown, args.keep.is_some()),
        // Ended, or Ctrl-C in the middle of it: nothing that needs the server is offered.
        _ => _ = end.send(()),
    }
    serving.await.unwrap_or(Ok(()))?;
    Ok(if shown.is_some() { Exit::Ok } else { Exit::Interrupted })
}

/// The usual port if it is free, else any.
async fn bind(listen: SocketAddr, data_dir: PathBuf) -> Result<Server, StartError> {
    let config = Config { listen, ..Config::new(data_dir) };
    match Server::bind(config.clone(), Catalog::shipped()).await {
        Err(StartError::Listen { .. }) => {
            let listen = SocketAddr::new(listen.ip(), 0);
            Server::bind(Config { listen, ..config }, Catalog::shipped()).await
        }
        result => result,
    }
}

/// Says where the server is, and what to do next with it: each command reaches this very one.
fn go_on(globals: &GlobalArgs, shown: &tour::Shown, is_kept: bool) {
    let url = &globals.server;
    let data = if is_kept { "data is kept" } else { "data in a temporary folder" };
    globals.talk(&format!("serving    {url}  (Ctrl-C stops the server; {data})"));
    globals.talk(&format!("next       open {url} in a browser: the searches as heat maps"));
    let commands = [
        format!("show {}", shown.backtest),
        format!("trials {} --sort -sharpe", shown.search),
        format!("optimize rsi_reversion --on {} -p period=5..30:5", tour::NOISE),
        "data import FILE.csv --as BINANCE:BTCUSDT@1m".to_owned(),
    ];
    for command in commands {
        globals.talk(&format!("           {}", globals.command(&command)));
    }
}
