//! Many clients at once against the real program, as a process of its own: `make load` prints what
//! must hold beside what was measured, `make soak` looks for growth over ten minutes. Named parts
//! run alone (`cargo bench --bench load -- watchers`); `LOAD_SECONDS` makes the long ones shorter.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench prints its table")]

mod neighbours;
mod overload;
mod program;
mod report;
mod soak;
mod submissions;
mod watchers;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use report::Report;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What runs when nothing is named.
const LOAD: [&str; 4] = ["watchers", "neighbours", "submissions", "overload"];
const SOAK: &str = "soak";

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` asks for tests; there are none here.
    if arguments.iter().any(|argument| argument == "--test") {
        return ExitCode::SUCCESS;
    }
    arguments.retain(|argument| argument != "--bench");
    if arguments.is_empty() {
        arguments = LOAD.map(str::to_owned).to_vec();
    }
    let mut report = Report::default();
    for part in &arguments {
        eprintln!("{part} …");
        if let Err(error) = measure(part, &mut report).await {
            report.add(part, error.to_string(), "no error", false);
        }
    }
    println!("{report}");
    if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn measure(part: &str, report: &mut Report) -> Outcome<()> {
    match part {
        "watchers" => watchers::measure(report).await,
        "neighbours" => neighbours::measure(report).await,
        "submissions" => submissions::measure(report, seconds(60)?).await,
        "overload" => overload::measure(report).await,
        SOAK => soak::measure(report, seconds(600)?).await,
        _ => Err(format!("there is no such part; there are {}, {SOAK}", LOAD.join(", ")).into()),
    }
}

fn seconds(default: u64) -> Outcome<Duration> {
    let given = std::env::var("LOAD_SECONDS").ok();
    let seconds = given.map_or(Ok(default), |text| text.parse());
    Ok(Duration::from_secs(seconds?))
}
