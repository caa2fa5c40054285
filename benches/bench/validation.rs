//! Validations: from Submit to COMPLETED through the running server, beside what they may take on
//! two cores, and the choices of half of the days alone.

use std::time::{Duration, Instant};

use tradeforge::pb::market_data_service_client::MarketDataServiceClient;
use tradeforge::pb::{self, import_bars_request, submit_request};
use tradeforge::sweep::mix;
use tradeforge::validation::{Halves, Overfitting};

use crate::grid::SMA_10_000;
use crate::host::{Bench, always_new};
use crate::table::{Table, count, time};
use crate::{Outcome, machine};

const SYMBOL: &str = "HOURS";
const DAYS: usize = 1_000;
const TRIALS: usize = 10_000;
/// What each may take, in seconds.
const BOUND: &str = "10";

pub(crate) async fn measure(table: &mut Table) -> Outcome<()> {
    table.section(
        "validation, 10,000 trials over 1,000 days of hours, Submit to COMPLETED",
        ["trials/s", "time", "may take, s", "peak memory"],
    );
    let data_dir = tempfile::tempdir()?;
    let server = Bench::start(data_dir.path().to_owned()).await?;
    generate(&server).await?;
    let began = Instant::now();
    let mut request = SMA_10_000.request(SYMBOL);
    if let Some(submit_request::Spec::Optimization(spec)) = &mut request.spec {
        for subscription in &mut spec.base.get_or_insert_default().subscriptions {
            subscription.timeframe = "1h".into();
        }
    }
    let run_id = server.runs().submit(request).await?.into_inner().run_id;
    server.wait_for(&run_id).await?;
    row(table, "the search itself", TRIALS, began.elapsed(), "");
    for (name, spec) in [
        ("1,000 draws, 16 blocks", pb::ValidationSpec::default()),
        ("10,000 draws", pb::ValidationSpec { bootstrap_count: 10_000, ..Default::default() }),
        (
            "20 orders of the bars",
            pb::ValidationSpec { permutation_count: 20, ..Default::default() },
        ),
    ] {
        let trials = TRIALS * (1 + spec.permutation_count as usize);
        let spec = pb::ValidationSpec { run_id: run_id.clone(), ..spec };
        let began = Instant::now();
        let request = always_new(submit_request::Spec::Validation(spec));
        let run_id = server.runs().submit(request).await?.into_inner().run_id;
        server.wait_for(&run_id).await?;
        let bound = if name.starts_with("1,000") { BOUND } else { "" };
        row(table, name, trials, began.elapsed(), bound);
    }
    server.stop().await?;
    let halves = noise();
    let began = Instant::now();
    Overfitting::of(&halves, || true)?;
    row(table, "its 12,870 choices of half of 16 blocks alone", TRIALS, began.elapsed(), BOUND);
    Ok(())
}

fn row(table: &mut Table, name: &str, trials: usize, taken: Duration, bound: &str) {
    let rate = count(trials as f64 / taken.as_secs_f64());
    table.row(name, [rate, time(taken), bound.to_owned(), machine::peak_memory()]);
}

async fn generate(server: &Bench) -> Outcome<()> {
    let bar_count = (DAYS * 24) as i64;
    let synthetic = pb::SyntheticBars { bar_count, seed: 42, ..Default::default() };
    let request = pb::ImportBarsRequest {
        series: Some(pb::SeriesSpec {
            exchange: "SYN".into(),
            symbol: SYMBOL.into(),
            timeframe: "1h".into(),
            ..Default::default()
        }),
        source: Some(import_bars_request::Source::Synthetic(synthetic)),
        ..Default::default()
    };
    MarketDataServiceClient::new(server.channels.of(0)).import_bars(request).await?;
    Ok(())
}

/// Trials whose returns are as good as random.
fn noise() -> Halves {
    let mut halves = Halves::new(16, DAYS);
    for trial in 0..TRIALS {
        let value = |day: usize| {
            let word = mix((trial * DAYS + day) as u64);
            ((word >> 11) as f64 / (1_u64 << 53) as f64 - 0.5) * 0.02
        };
        halves.push(&(0..DAYS).map(value).collect::<Vec<_>>());
    }
    halves
}
