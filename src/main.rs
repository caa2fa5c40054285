//! Parses the command line and delegates.

use std::num::NonZero;
use std::path::Path;
use std::process::ExitCode;

use tokio::runtime;
use tradeforge::bundle::{Outcome, Recompute};
use tradeforge::care::{self, CareError};
use tradeforge::cli::{
    self, Cli, Command, DataDirArgs, DemoArgs, Exit, FleetCommand, FleetInitArgs, ServeArgs,
    TrialsAgain, VerifyArgs, WorkerArgs,
};
use tradeforge::config::{self, Config};
use tradeforge::golden::golden;
use tradeforge::server::{Server, stop_signal, stop_with_stdin};
use tradeforge::strategy::Catalog;
use tradeforge::system::{self, keep_private};
use tradeforge::{demo, telemetry};

/// Two threads answer; all cores compute, on threads of their own.
const ANSWERING_THREADS: usize = 2;

fn main() -> ExitCode {
    let cli = match cli::parse() {
        Ok(cli) => cli,
        Err(exit) => return exit,
    };
    let runtime =
        runtime::Builder::new_multi_thread().worker_threads(ANSWERING_THREADS).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            let error = format!("cannot start threads: {error}");
            return told(Err(error), cli.globals.is_json);
        }
    };
    let exit = runtime.block_on(run(cli));
    // What still blocks a thread, such as a file system that hangs, must not hold up the end.
    runtime.shutdown_background();
    exit
}

async fn run(cli: Cli) -> ExitCode {
    let is_json = cli.globals.is_json;
    match cli.command {
        Command::Client(command) => cli::run_client(command, cli.globals).await,
        Command::Serve(args) if args.is_temporary => match tempfile::tempdir() {
            // Dropped, and so removed, at the end.
            Ok(folder) => {
                let mut args = args;
                args.keep_data_in(folder.path());
                serve_as_told(args, is_json).await
            }
            Err(error) => told(Err(format!("cannot make a temporary folder: {error}")), is_json),
        },
        Command::Serve(args) => serve_as_told(args, is_json).await,
        Command::Worker(args) => told(work(args).await, is_json),
        Command::Fleet(FleetCommand::Init(args)) => told(init_fleet(args, is_json), is_json),
        Command::Backup(args) => {
            cared(args.data, is_json, async |dir| {
                care::backup(dir, &args.file, is_json).await.map(|()| ExitCode::SUCCESS)
            })
            .await
        }
        Command::Restore(args) => {
            cared(args.data, is_json, async |dir| {
                care::restore(&args.file, dir, is_json).await.map(|()| ExitCode::SUCCESS)
            })
            .await
        }
        Command::Doctor(args) => {
            cared(args.data, is_json, async |dir| {
                let is_sound = care::doctor(dir, args.is_deep, is_json).await?;
                Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
            })
            .await
        }
        Command::Verify(args) => told(verify(&args, is_json).await, is_json),
        Command::Compact(args) => {
            cared(args, is_json, async |dir| {
                care::compact(dir, is_json).await.map(|()| ExitCode::SUCCESS)
            })
            .await
        }
        Command::FirstToken(args) => {
            cared(args, is_json, async |dir| {
                care::first_token(dir, is_json).await.map(|()| ExitCode::SUCCESS)
            })
            .await
        }
        Command::Golden => told(print_golden(is_json).map(|()| ExitCode::SUCCESS), is_json),
        Command::ComputeAlone => told(compute_alone().await, is_json),
        Command::Demo(args) => {
            // It tells by itself which trials fail: some are meant to.
            keep_private();
            telemetry::init("error");
            told(demo(args, is_json).await, is_json)
        }
    }
}

/// Holds a bundle against itself. What was asked for and cannot be done is no success.
async fn verify(args: &VerifyArgs, is_json: bool) -> Result<ExitCode, CareError> {
    const TRIALS_AGAIN: NonZero<u64> = NonZero::new(100).expect("not zero");
    let how_many = match args.recompute {
        None => Recompute::Some(TRIALS_AGAIN),
        Some(TrialsAgain::All) => Recompute::All,
        Some(TrialsAgain::AtMost(count)) => {
            NonZero::new(count).map_or(Recompute::Nothing, Recompute::Some)
        }
    };
    let outcome = care::verify(&args.file, how_many, args.data_dir.as_deref(), is_json).await?;
    Ok(match outcome {
        Outcome::Wrong => ExitCode::FAILURE,
        Outcome::NotChecked if args.recompute.is_some() => Exit::NotFound.into(),
        Outcome::Holds | Outcome::NotChecked => ExitCode::SUCCESS,
    })
}

/// Acts on the data directory that is named, or else on that of the settings.
async fn cared(
    args: DataDirArgs,
    is_json: bool,
    act: impl AsyncFnOnce(&Path) -> Result<ExitCode, CareError>,
) -> ExitCode {
    let dir = match args.data_dir {
        Some(dir) => Ok(dir),
        None => config::resolve(None, Vec::new()).map(|settings| settings.config.data_dir),
    };
    // A backup holds what the data directory holds.
    keep_private();
    match dir {
        Ok(dir) => told(act(&dir).await, is_json),
        Err(error) => cli::tell_settings(&error, is_json).into(),
    }
}

async fn demo(args: DemoArgs, is_json: bool) -> Result<ExitCode, Box<dyn std::error::Error>> {
    Ok(demo::run(args, is_json, stop_signal()?).await?.into())
}

/// One digest a line, before its name; or an object of them.
fn print_golden(is_json: bool) -> std::io::Result<()> {
    let all = golden();
    let lines = all.iter().map(|each| format!("{} {}", each.digest, each.name));
    let text = || lines.collect::<Vec<_>>().join("\n");
    let fields = all.iter().map(|each| (each.name.clone(), each.digest.to_string().into()));
    let json = || serde_json::Value::Object(fields.collect()).to_string();
    cli::text::output::data(&if is_json { json() } else { text() })
}

async fn serve_as_told(args: ServeArgs, is_json: bool) -> ExitCode {
    let settings = match config::resolve(args.config.as_deref(), args.given) {
        Ok(settings) => settings,
        Err(error) => return cli::tell_settings(&error, is_json).into(),
    };
    if args.prints_config {
        let text = if is_json { settings.to_json() } else { settings.to_toml() };
        return told(cli::text::output::data(&text).map(|()| ExitCode::SUCCESS), is_json);
    }
    keep_private();
    telemetry::init("info");
    let traces = telemetry::export_traces(settings.config.otlp_endpoint.as_deref());
    let served = serve(settings.config, args.exits_with_stdin, is_json).await;
    if let Some(traces) = traces {
        traces.end().await;
    }
    told(served.map(|()| ExitCode::SUCCESS), is_json)
}

async fn serve(
    config: Config,
    exits_with_stdin: bool,
    is_json: bool,
) -> Result<(), Box<dyn std::error::Error>> {
    let stop = stop_signal()?;
    if exits_with_stdin {
        stop_with_stdin()?;
    }
    // A limit on the size of files is told as a full disk; unhandled, it would end the process.
    system::outlive_full_files();
    let config = Config { program: itself(), ..config };
    let server = Server::bind(config, Catalog::shipped()).await?;
    let url = server.url();
    let json = || serde_json::json!({ "listening": url }).to_string();
    cli::text::output::data(&if is_json { json() } else { format!("listening on {url}") })?;
    server.run_until(stop).await?;
    Ok(())
}

/// Computes what may end the process that computes it.
#[cfg(feature = "fleet")]
async fn compute_alone() -> Result<ExitCode, tradeforge::fleet::AloneError> {
    // The server tells what came of it.
    telemetry::init("off");
    tradeforge::fleet::compute_alone(Catalog::shipped()).await.map(|()| ExitCode::SUCCESS)
}

#[cfg(not(feature = "fleet"))]
async fn compute_alone() -> Result<ExitCode, &'static str> {
    Err("this build has no fleet")
}

/// This program, to be started again: by the name that stays when another one takes its place.
fn itself() -> Option<std::path::PathBuf> {
    let living = Path::new("/proc/self/exe");
    if living.exists() { Some(living.to_owned()) } else { std::env::current_exe().ok() }
}

/// Computes for a server elsewhere. The code of an end that only a new process mends is that of
/// `EX_TEMPFAIL`.
#[cfg(feature = "fleet")]
async fn work(args: WorkerArgs) -> Result<ExitCode, Box<dyn std::error::Error>> {
    use tradeforge::fleet::{self, Broker, Timing, WorkerEnd, WorkerSettings};

    const STUCK: u8 = 75;
    telemetry::init("info");
    let cache_dir = args.bars_dir().ok_or("name a folder for bars by --cache-dir")?;
    let broker = Broker {
        addresses: args.nats,
        key: args.nats_key,
        credentials: args.nats_creds,
        authority: args.nats_ca,
    };
    broker.check(args.allow_insecure_nats)?;
    let settings = WorkerSettings {
        broker,
        fleet: args.fleet,
        name: args.name,
        threads: args.workers,
        cache_dir,
        cache_bytes: args.cache_memory_mib << 20,
        disk_bytes: args.cache_disk_mib << 20,
        timing: Timing::default().hurried(args.hurry),
    };
    let stop = system::asked_to_end()?;
    Ok(match fleet::work(settings, Catalog::shipped(), stop).await? {
        WorkerEnd::Asked => ExitCode::SUCCESS,
        WorkerEnd::Stuck => ExitCode::from(STUCK),
    })
}

/// The same, where this build has no fleet.
#[cfg(not(feature = "fleet"))]
#[expect(clippy::unused_async, reason = "it stands for one that waits")]
async fn work(_: WorkerArgs) -> Result<ExitCode, Box<dyn std::error::Error>> {
    Err("this build has no fleet: build it with that feature".into())
}

/// Writes the keys of a fleet, and tells what to do with them.
#[cfg(feature = "fleet")]
fn init_fleet(args: FleetInitArgs, is_json: bool) -> Result<ExitCode, Box<dyn std::error::Error>> {
    use tradeforge::fleet::{FleetKeys, init};

    let FleetInitArgs { dir, fleet, workers, listen, tls_certificate, tls_key } = args;
    let (tls, listen) = (tls_certificate.zip(tls_key), listen.to_string());
    let written = init(&FleetKeys { dir, fleet, workers, listen, tls })?;
    if is_json {
        let paths = written.workers.iter().map(|(name, path, is_new)| {
            serde_json::json!({ "name": name, "key": path, "is_new": is_new })
        });
        let all = serde_json::json!({
            "broker": written.broker_file,
            "server": written.server_key,
            "workers": paths.collect::<Vec<_>>(),
        });
        cli::text::output::data(&all.to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    let (broker, server) = (written.broker_file.display(), written.server_key.display());
    let mut lines = vec![
        format!("broker  nats-server -c {broker}"),
        format!("server  tradeforge serve --nats-key {server} --nats ..."),
    ];
    for (name, path, is_new) in &written.workers {
        let age = if *is_new { "" } else { "  (as before)" };
        let path = path.display();
        lines.push(format!(
            "worker  tradeforge worker --name {name} --nats-key {path} --nats ...{age}"
        ));
    }
    cli::text::output::data(&lines.join("\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// The same, where this build has no fleet.
#[cfg(not(feature = "fleet"))]
fn init_fleet(_: FleetInitArgs, _: bool) -> Result<ExitCode, Box<dyn std::error::Error>> {
    Err("this build has no fleet: build it with that feature".into())
}

fn told<E: std::fmt::Display>(result: Result<ExitCode, E>, is_json: bool) -> ExitCode {
    result.unwrap_or_else(|error| {
        cli::tell_refusal(&error, is_json);
        ExitCode::FAILURE
    })
}
