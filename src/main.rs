//! Parses the command line and delegates.

use std::process::ExitCode;

use clap::Parser as _;
use tokio::signal::unix::{SignalKind, signal};
use tradeforge::cli::{self, Cli, Command, Exit};
use tradeforge::config::{self, Config};
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
            let settings = match config::resolve(args.config.as_deref(), args.given) {
                Ok(settings) => settings,
                Err(error) => {
                    cli::output::talk(&format!("error: these settings cannot be taken\n  {error}"));
                    return Exit::Usage.into();
                }
            };
            if args.prints_config {
                let printed = cli::output::data(&settings.to_toml());
                return told(printed.map(|()| ExitCode::SUCCESS));
            }
            telemetry::init("info");
            told(serve(settings.config).await.map(|()| ExitCode::SUCCESS))
        }
        Command::Demo(args) => {
            // It tells by itself which trials fail: some are meant to.
            telemetry::init("error");
            told(demo::run(args, stop_signal()).await.map(Into::into))
        }
    }
}

async fn serve(config: Config) -> Result<(), Box<dyn std::error::Error>> {
    let stop = stop_signal();
    let server = Server::bind(config, Catalog::shipped()).await?;
    cli::output::data(&format!("listening on http://{}\n", server.address()))?;
    server.run_until(stop).await?;
    Ok(())
}

/// Resolves at the first Ctrl-C or SIGTERM from this call on: both are caught before it returns, so
/// that a signal in the first moments ends the server as well as a later one.
fn stop_signal() -> impl Future<Output = ()> + Send + 'static {
    let terminate = caught(SignalKind::terminate());
    let interrupt = caught(SignalKind::interrupt());
    async {
        tokio::select! {
            () = terminate => {}
            () = interrupt => {}
        }
    }
}

fn caught(kind: SignalKind) -> impl Future<Output = ()> + Send + 'static {
    let caught = signal(kind);
    async move {
        match caught {
            Ok(mut signals) => _ = signals.recv().await,
            Err(error) => {
                tracing::warn!(%error, "a signal cannot be caught");
                std::future::pending::<()>().await;
            }
        }
    }
}

fn told<E: std::fmt::Display>(result: Result<ExitCode, E>) -> ExitCode {
    result.unwrap_or_else(|error| {
        cli::output::talk(&format!("error: {error}"));
        ExitCode::FAILURE
    })
}
