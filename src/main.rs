//! Parses the command line and delegates.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};
use tradeforge::care::{self, CareError};
use tradeforge::cli::{self, Cli, Command, DataDirArgs, DemoArgs, Exit};
use tradeforge::config::{self, Config};
use tradeforge::server::{Server, stop_signal};
use tradeforge::strategy::Catalog;
use tradeforge::{demo, telemetry};

/// Two threads answer; all cores compute, on threads of their own.
const ANSWERING_THREADS: usize = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime =
        runtime::Builder::new_multi_thread().worker_threads(ANSWERING_THREADS).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            cli::output::talk(&format!("error: cannot start threads: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let exit = runtime.block_on(run(cli));
    // What still blocks a thread, such as a file system that hangs, must not hold up the end.
    runtime.shutdown_background();
    exit
}

async fn run(cli: Cli) -> ExitCode {
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
        Command::Backup(args) => {
            cared(args.data, async |dir| {
                care::backup(dir, &args.file).await.map(|()| ExitCode::SUCCESS)
            })
            .await
        }
        Command::Restore(args) => {
            cared(args.data, async |dir| {
                care::restore(&args.file, dir).await.map(|()| ExitCode::SUCCESS)
            })
            .await
        }
        Command::Doctor(args) => {
            cared(args, async |dir| {
                let is_sound = care::doctor(dir).await?;
                Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            })
            .await
        }
        Command::Compact(args) => {
            cared(args, async |dir| care::compact(dir).await.map(|()| ExitCode::SUCCESS)).await
        }
        Command::Demo(args) => {
            // It tells by itself which trials fail: some are meant to.
            telemetry::init("error");
            told(demo(args).await)
        }
    }
}

/// Acts on the data directory that is named, or else on that of the settings.
async fn cared(
    args: DataDirArgs,
    act: impl AsyncFnOnce(&Path) -> Result<ExitCode, CareError>,
) -> ExitCode {
    let dir = match args.data_dir {
        Some(dir) => Ok(dir),
        None => config::resolve(None, Vec::new()).map(|settings| settings.config.data_dir),
    };
    match dir {
        Ok(dir) => told(act(&dir).await),
        Err(error) => told(Err(error)),
    }
}

async fn demo(args: DemoArgs) -> Result<ExitCode, Box<dyn std::error::Error>> {
    Ok(demo::run(args, stop_signal()?).await?.into())
}

async fn serve(config: Config) -> Result<(), Box<dyn std::error::Error>> {
    let stop = stop_signal()?;
    // A limit on the size of files is told as a full disk; unhandled, it would end the process.
    _ = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()));
    let server = Server::bind(config, Catalog::shipped()).await?;
    cli::output::data(&format!("listening on http://{}\n", server.address()))?;
    server.run_until(stop).await?;
    Ok(())
}

fn told<E: std::fmt::Display>(result: Result<ExitCode, E>) -> ExitCode {
    result.unwrap_or_else(|error| {
        cli::output::talk(&format!("error: {error}"));
        ExitCode::FAILURE
    })
}
