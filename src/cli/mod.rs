//! The command line. It talks to a server like any other client and sees only the wire types.

mod begin;
mod care;
mod fleet;
mod health;
mod manage;
mod mcp;
mod next_step;
mod pattern;
mod people;
mod results;
mod series;
mod serve;
mod show;
mod spec;
mod tearsheet;
pub mod text;
mod usage;
mod version;
mod wire;
mod worker;

use std::process::ExitCode;

use clap::{Args, CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;

pub use self::begin::backtest::BacktestArgs;
pub use self::begin::continuing::ContinueArgs;
pub use self::begin::optimize::OptimizeArgs;
pub use self::begin::robustness::{RobustnessArgs, RobustnessOfArgs, VariantsArgs};
pub use self::begin::spec_file::SubmitArgs;
pub use self::begin::strategies::StrategiesArgs;
pub use self::begin::submit::run_to_end;
pub use self::begin::validate::ValidateArgs;
pub use self::begin::walk_forward::{WalkForwardArgs, WindowsArgs};
pub use self::care::{BackupArgs, DataDirArgs, DoctorArgs, RestoreArgs, TrialsAgain, VerifyArgs};
pub use self::fleet::{FleetCommand, FleetInitArgs};
pub use self::manage::allow::AllowArgs;
pub use self::manage::listing::RunsArgs;
pub use self::manage::pause::{PauseArgs, ResumeArgs};
pub use self::manage::runs::{CancelArgs, RemoveArgs, ShowArgs, WaitArgs, WatchArgs};
pub use self::manage::tags::{LabelArgs, NoteArgs, RenameArgs};
pub use self::manage::workers::WorkersArgs;
pub use self::mcp::McpArgs;
pub use self::people::audit::AuditArgs;
pub use self::people::hooks::HooksCommand;
pub use self::people::owner::OwnerCommand;
pub use self::people::token::TokenCommand;
pub use self::results::bundle::BundleArgs;
pub use self::results::failures::ErrorsArgs;
pub use self::results::fills::FillsArgs;
pub use self::results::instruments::InstrumentsArgs;
pub use self::results::ledger::LedgerArgs;
pub use self::results::pareto::ParetoArgs;
pub use self::results::report::ReportArgs;
pub use self::results::trades::{EquityArgs, TradesArgs};
pub use self::results::trials::{TrialArgs, TrialsArgs};
pub use self::results::unbundle::UnbundleArgs;
pub use self::results::values::ValuesArgs;
pub use self::series::data::{DataCommand, GenerateArgs};
pub use self::serve::{DemoArgs, ServeArgs};
pub use self::show::series_line::series_line;
pub use self::spec::search::{Aim, Bound, Rule, SweptParam, Values};
pub use self::tearsheet::TearsheetArgs;
pub use self::text::args::{Moment, Pair, Param, Patience, SeriesName};
pub use self::text::progress_mode::ProgressMode;
pub use self::usage::parse;
pub use self::wire::bearer::Bearer;
pub use self::wire::connect::{Connection, DEFAULT_SERVER, GlobalArgs, Line};
pub use self::wire::error::{CliError, tell_refusal, tell_settings};
pub use self::wire::exit::Exit;
pub use self::wire::run_name::RunName;
pub use self::worker::WorkerArgs;

/// Backtests that run on a server: submitted, watched, and never lost
#[derive(Debug, Parser)]
#[command(name = "tradeforge", version, after_help = wire::exit::EXIT_CODES)]
pub struct Cli {
    /// The options of every client command.
    #[command(flatten)]
    pub globals: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `tradeforge` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show it all: a server, made-up bars, a backtest, a sweep and their results
    Demo(DemoArgs),
    /// Serve runs until told to stop
    Serve(ServeArgs),
    /// Compute for a server on another machine, by way of a NATS broker
    Worker(WorkerArgs),
    /// Prepare a fleet: keys, and what the broker is to know
    #[command(subcommand)]
    Fleet(FleetCommand),
    /// Write all runs and bars into one file, also while a server goes on
    Backup(BackupArgs),
    /// Bring back what a backup holds
    Restore(RestoreArgs),
    /// Examine all runs and bars, also while a server goes on
    Doctor(DoctorArgs),
    /// Hold a bundle of a run against itself, without a server
    Verify(VerifyArgs),
    /// Give the room of removed runs back to the disk, while no server has the data
    Compact(DataDirArgs),
    /// Print the first admin token of a server that asks for tokens, or make one while none runs
    FirstToken(DataDirArgs),
    /// Print digests of what every machine must compute to the bit
    #[command(hide = true)]
    Golden,
    /// Compute one chunk for the server that started this process
    #[command(hide = true)]
    ComputeAlone,
    /// What a client of a server can do.
    #[command(flatten)]
    Client(ClientCommand),
}

/// What a client of a server can do.
#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Import, make up, list and remove bars
    #[command(subcommand)]
    Data(DataCommand),
    /// List strategies, or show one
    Strategies(StrategiesArgs),
    /// Run a strategy over stored bars and print what came out
    Backtest(Box<BacktestArgs>),
    /// Search the parameters of a strategy for the best ones
    Optimize(Box<OptimizeArgs>),
    /// Search anew in every window of time, judged by the days after it
    WalkForward(Box<WalkForwardArgs>),
    /// List the windows of a walk-forward
    Windows(WindowsArgs),
    /// Tell how much of the best of a sweep is luck
    Validate(ValidateArgs),
    /// Run a backtest again with each of its details changed
    Robustness(Box<RobustnessArgs>),
    /// The same of a backtest that is there, or of a trial
    RobustnessOf(Box<RobustnessOfArgs>),
    /// List the backtests of a robustness run
    Variants(VariantsArgs),
    /// List how many configurations were ever tried
    Ledger(LedgerArgs),
    /// Submit a run that is written down in a file
    Submit(SubmitArgs),
    /// List runs, the newest first
    Runs(RunsArgs),
    /// Print what a run is, how it stands and what came out
    Show(ShowArgs),
    /// Follow a run to its end and print what came out
    Watch(WatchArgs),
    /// Wait in silence for a run to end and print its state
    Wait(WaitArgs),
    /// Stop a run, or all that fit a filter, for everyone who waits for it
    Cancel(CancelArgs),
    /// Halt a run, for everyone who waits for it, until it is resumed
    Pause(PauseArgs),
    /// Let a paused run go on, to the result that it would have had without
    Resume(ResumeArgs),
    /// Go on from a search that was stopped, with the trials that it has
    Continue(Box<ContinueArgs>),
    /// Give a live run more time, or less
    Allow(AllowArgs),
    /// Give a run another name
    Rename(RenameArgs),
    /// Write down what to remember of a run
    Note(NoteArgs),
    /// Set labels of a run, or take them away
    Label(LabelArgs),
    /// Remove ended runs with all their results, by name or all that fit a filter
    Rm(RemoveArgs),
    /// List the trials of a sweep, the best first
    Trials(TrialsArgs),
    /// List the trials of a sweep that no other is better than in everything
    Pareto(ParetoArgs),
    /// Print one trial of a sweep
    Trial(TrialArgs),
    /// Print why trials of a sweep failed
    Errors(ErrorsArgs),
    /// List the trades of a run
    Trades(TradesArgs),
    /// List what each instrument of a run did
    Instruments(InstrumentsArgs),
    /// List the executions of one trade: what entered it and what left it
    Fills(FillsArgs),
    /// Print the equity curve of a run
    Equity(EquityArgs),
    /// Print what the definitions of a strategy as text were, bar by bar
    Values(ValuesArgs),
    /// Print a run's returns by month and year, its deepest falls and figures of its days
    Report(ReportArgs),
    /// Write what came out of a run into one file of HTML that needs nothing else
    Tearsheet(TearsheetArgs),
    /// Write a run into one file that proves itself
    Bundle(BundleArgs),
    /// Import a run from the file that it was bundled into, once it is proved
    Unbundle(UnbundleArgs),
    /// Make, list and end the tokens by which callers are known
    #[command(subcommand)]
    Token(TokenCommand),
    /// List how much each owner of runs may have, and has, or set it
    #[command(subcommand)]
    Owner(OwnerCommand),
    /// List who changed what, on a server that asks its callers who they are
    Audit(AuditArgs),
    /// Make, list, try and remove webhooks: addresses that are told what happened
    #[command(subcommand)]
    Hooks(HooksCommand),
    /// List the workers that compute for the server on other machines
    Workers(WorkersArgs),
    /// Serve an agent by the Model Context Protocol, over stdin and stdout
    Mcp(McpArgs),
    /// Tell who the server takes you for
    Whoami,
    /// Tell whether the server serves: exit code 0 if it does
    Health,
    /// Print the version of the program, and of the server if one answers
    Version,
    /// Print a script that completes commands in a shell
    Completions(CompletionsArgs),
}

/// Prints a script that completes commands in a shell.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Runs a client command to its end, tells what went wrong if anything did, and gives the exit
/// code.
pub async fn run_client(command: ClientCommand, globals: GlobalArgs) -> ExitCode {
    let exit = match dispatch(&command, &globals).await {
        Ok(exit) => exit,
        Err(error) => wire::error::tell(&error, globals.is_json),
    };
    exit.into()
}

async fn dispatch(command: &ClientCommand, globals: &GlobalArgs) -> Result<Exit, CliError> {
    match command {
        ClientCommand::Data(command) => series::data::run(command, globals).await,
        ClientCommand::Strategies(args) => begin::strategies::run(args, globals).await,
        ClientCommand::Backtest(args) => begin::backtest::run(args, globals).await,
        ClientCommand::Optimize(args) => begin::optimize::run(args, globals).await,
        ClientCommand::WalkForward(args) => begin::walk_forward::run(args, globals).await,
        ClientCommand::Windows(args) => begin::walk_forward::list(args, globals).await,
        ClientCommand::Validate(args) => begin::validate::run(args, globals).await,
        ClientCommand::Robustness(args) => begin::robustness::run(args, globals).await,
        ClientCommand::RobustnessOf(args) => begin::robustness::of(args, globals).await,
        ClientCommand::Variants(args) => begin::robustness::list(args, globals).await,
        ClientCommand::Ledger(args) => results::ledger::run(args, globals).await,
        ClientCommand::Submit(args) => begin::spec_file::run(args, globals).await,
        ClientCommand::Runs(args) => manage::listing::run(args, globals).await,
        ClientCommand::Show(args) => manage::runs::show(args, globals).await,
        ClientCommand::Watch(args) => manage::runs::watch(args, globals).await,
        ClientCommand::Wait(args) => manage::runs::wait(args, globals).await,
        ClientCommand::Cancel(args) => manage::runs::cancel(args, globals).await,
        ClientCommand::Pause(args) => manage::pause::pause(args, globals).await,
        ClientCommand::Resume(args) => manage::pause::resume(args, globals).await,
        ClientCommand::Continue(args) => begin::continuing::run(args, globals).await,
        ClientCommand::Allow(args) => manage::allow::run(args, globals).await,
        ClientCommand::Rename(args) => manage::tags::rename(args, globals).await,
        ClientCommand::Note(args) => manage::tags::note(args, globals).await,
        ClientCommand::Label(args) => manage::tags::label(args, globals).await,
        ClientCommand::Rm(args) => manage::runs::remove(args, globals).await,
        ClientCommand::Trials(args) => results::trials::list(args, globals).await,
        ClientCommand::Pareto(args) => results::pareto::run(args, globals).await,
        ClientCommand::Trial(args) => results::trials::show(args, globals).await,
        ClientCommand::Errors(args) => results::failures::run(args, globals).await,
        ClientCommand::Trades(args) => results::trades::trades(args, globals).await,
        ClientCommand::Instruments(args) => results::instruments::run(args, globals).await,
        ClientCommand::Fills(args) => results::fills::run(args, globals).await,
        ClientCommand::Equity(args) => results::trades::equity(args, globals).await,
        ClientCommand::Values(args) => results::values::run(args, globals).await,
        ClientCommand::Report(args) => results::report::run(args, globals).await,
        ClientCommand::Tearsheet(args) => tearsheet::run(args, globals).await,
        ClientCommand::Bundle(args) => results::bundle::run(args, globals).await,
        ClientCommand::Unbundle(args) => results::unbundle::run(args, globals).await,
        ClientCommand::Token(command) => people::token::run(command, globals).await,
        ClientCommand::Owner(command) => people::owner::run(command, globals).await,
        ClientCommand::Audit(args) => people::audit::run(args, globals).await,
        ClientCommand::Hooks(command) => people::hooks::run(command, globals).await,
        ClientCommand::Workers(args) => manage::workers::run(args, globals).await,
        ClientCommand::Mcp(args) => mcp::run(args, globals).await,
        ClientCommand::Whoami => people::token::whoami(globals).await,
        ClientCommand::Health => health::run(globals).await,
        ClientCommand::Version => version::run(globals).await,
        ClientCommand::Completions(args) => completions(args.shell, globals),
    }
}

fn completions(shell: Shell, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tradeforge", &mut script);
    let script = String::from_utf8_lossy(&script);
    let json = || serde_json::json!({ "script": script }).to_string();
    text::output::data(&if globals.is_json { json() } else { script.to_string() })?;
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_of_the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn client_options_may_stand_before_or_after_the_command() {
        for line in
            ["tradeforge --json runs --server box:1", "tradeforge runs --json --server box:1"]
        {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            assert!(cli.globals.is_json);
            assert_eq!(cli.globals.server, "box:1");
        }
    }
}
