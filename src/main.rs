//! Parses the command line and delegates.

use std::process::ExitCode;

use clap::Parser as _;
use tradeforge::cli::{self, Cli, Command};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command {
        Command::Client(command) => cli::run_client(command, cli.globals).await,
        Command::Serve(_) | Command::Demo(_) => {
            cli::output::talk("this build has no server yet");
            ExitCode::FAILURE
        }
    }
}
