//! Parses the command line and delegates.

use std::process::ExitCode;

use clap::Parser as _;
use tokio::signal::unix::{SignalKind, signal};
use tradeforge::cli::{self, Cli, Command};
use tradeforge::config::Config;
use tradeforge::server::Server;
use tradeforge::strategy::Catalog;
use tradeforge::{demo, telemetry};

/// Two threads answer; all cores compute, on threads of their own.
#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command {
        Command::Client(command) => cli::run_client(command, cli.globals).await,
        Command::Serve(args) => {
            telemetry::init("info");
            told(serve(args.into()).await.map(|()| ExitCode::SUCCESS))
        }
        Command::Demo(args) => {
            telemetry::init("warn");
            told(demo::run(args, stop_signal()).await.map(Into::into))
        }
    }
}

async fn serve(config: Config) -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::bind(config, Catalog::shipped()).await?;
    cli::output::data(&format!("listening on http://{}\n", server.address()))?;
    server.run_until(stop_signal()).await?;
    Ok(())
}

/// Resolves at the first Ctrl-C or SIGTERM.
async fn stop_signal() {
    let mut terminate = match signal(SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be caught");
            return std::future::pending().await;
        }
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

fn told<E: std::fmt::Display>(result: Result<ExitCode, E>) -> ExitCode {
    result.unwrap_or_else(|error| {
        cli::output::talk(&format!("error: {error}"));
        ExitCode::FAILURE
    })
}
