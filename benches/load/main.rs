//! Many clients at once against the real program, as a process of its own: `make load` prints what
//! must hold beside what was measured, `make soak` looks for growth over ten minutes.
//! `LOAD_SECONDS` makes the long parts shorter.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench prints its table")]

mod overload;
mod program;
mod report;
mod soak;
mod submissions;
mod watchers;

use std::error::Error;
use std::time::Duration;

use report::Report;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main(worker_threads = 2)]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    // `cargo test --benches` asks for tests; there are none here.
    if arguments.iter().any(|argument| argument == "--test") {
        return Ok(());
    }
    let mut report = Report::default();
    if arguments.iter().any(|argument| argument == "soak") {
        soak::measure(&mut report, seconds(600)).await?;
    } else {
        eprintln!("watchers …");
        watchers::fan_out(&mut report).await?;
        watchers::unread(&mut report).await?;
        eprintln!("submissions …");
        submissions::measure(&mut report, seconds(60)).await?;
        eprintln!("overload …");
        overload::measure(&mut report).await?;
    }
    println!("{report}");
    if report.holds() { Ok(()) } else { Err("something does not hold".into()) }
}

fn seconds(default: u64) -> Duration {
    let given = std::env::var("LOAD_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(given.unwrap_or(default))
}
