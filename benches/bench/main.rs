//! What the engine, the import and the service do on this machine, each beside a plain reference
//! measured in the same run: `make bench`. Compare the ratios; the figures move with the machine.
//! Engine and import are measured in time on a core; the service, by the clock on the wall.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a bench prints its table")]

mod echo;
mod engine;
mod estimate;
mod fleet;
mod grid;
mod history;
mod hold;
mod host;
mod import;
mod machine;
mod measure;
mod peers;
mod segments;
mod service;
mod sweep;
mod table;
mod texts;
mod validation;

use std::error::Error;
use std::path::Path;

use table::Table;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// As the program itself: two threads answer, and the workers are the runner's own.
#[tokio::main(worker_threads = 2)]
async fn main() -> Outcome<()> {
    // `cargo test --benches` asks for tests; there are none here.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    // `cargo bench --bench bench -- sweep` measures that part alone.
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_wanted = |part: &str| {
        let is_wanted = wanted.is_empty() || wanted.iter().any(|wanted| wanted == part);
        if is_wanted {
            eprintln!("{part} …");
        }
        is_wanted
    };
    // `make bench-peers` asks for its part alone, and says where to.
    if let (true, Some(directory)) =
        (wanted == ["peers"], std::env::var_os("TRADEFORGE_BENCH_PEERS"))
    {
        return peers::measure(Path::new(&directory)).await;
    }
    let mut table = Table::new(machine::described());
    if is_wanted("engine") {
        engine::measure(&mut table)?;
    }
    if is_wanted("sweep") {
        sweep::measure(&mut table)?;
    }
    if is_wanted("segments") {
        segments::measure(&mut table)?;
    }
    if is_wanted("texts") {
        texts::measure(&mut table)?;
    }
    if is_wanted("stored") {
        sweep::measure_stored(&mut table).await?;
    }
    if is_wanted("validation") {
        validation::measure(&mut table).await?;
    }
    if is_wanted("import") {
        import::measure(&mut table)?;
    }
    if is_wanted("service") {
        service::measure(&mut table).await?;
    }
    if is_wanted("fleet") {
        fleet::measure(&mut table).await?;
    }
    let estimated =
        if is_wanted("estimate") { estimate::measure(&mut table).await } else { Ok(()) };
    println!("{table}");
    estimated
}
