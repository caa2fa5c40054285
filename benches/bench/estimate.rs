//! How long the server says that work may take, beside how long it takes then: for every shipped
//! strategy, once it has run for the first time. More than twice off is an error.

use std::time::{Duration, Instant};

use tradeforge::pb::{self, submit_request};
use tradeforge::strategy::{Catalog, Domain};

use crate::Outcome;
use crate::host::{Bench, MIDDLE, always_new, backtest};
use crate::table::{Table, time};

/// The bars of the series in use.
const BARS: u64 = 100_000;
/// An estimate may be off by this factor.
const OFF_MAX: f64 = 2.0;
/// Trials of a first search, and of the one that is estimated.
const TRIALS: [i64; 2] = [1_000, 3_000];

pub(crate) async fn measure(table: &mut Table) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let bench = Bench::start(folder.path().to_owned()).await?;
    bench.generate(MIDDLE, BARS).await?;
    table.section("estimates after a first run", ["estimate", "truth", "", "off by"]);
    let mut wrong = Vec::new();
    for entry in Catalog::shipped().entries() {
        let works = [
            ("backtest", one(&entry.name), one(&entry.name)),
            ("search", search(&entry.name, TRIALS[0]), search(&entry.name, TRIALS[1])),
        ];
        for (kind, first, second) in works {
            if kind == "search" && entry.params.is_empty() {
                continue;
            }
            truth(&bench, first).await?;
            let estimated = estimate(&bench, second.clone()).await?;
            let took = truth(&bench, second).await?;
            let ratio = estimated.as_secs_f64() / took.as_secs_f64();
            let off = ratio.max(1.0 / ratio);
            let name = format!("{}: {kind}", entry.name);
            if off > OFF_MAX {
                wrong.push(name.clone());
            }
            let off = format!("{off:.2}");
            table.row(name, [time(estimated), time(took), String::new(), off]);
        }
    }
    bench.stop().await?;
    if wrong.is_empty() { Ok(()) } else { Err(format!("more than twice off: {wrong:?}").into()) }
}

fn one(strategy: &str) -> submit_request::Spec {
    submit_request::Spec::Backtest(backtest(strategy, MIDDLE))
}

/// So many trials drawn over the grid that the strategy suggests.
fn search(strategy: &str, trial_count: i64) -> submit_request::Spec {
    let catalog = Catalog::shipped();
    let entry = catalog.find(strategy, "").expect("it is shipped");
    let axes = entry.params.iter().filter_map(|spec| {
        let domain = match spec.suggested {
            Domain::Int { min, max, step } => {
                let range = pb::IntDomain { min_value: min, max_value: max, step };
                pb::axis::Domain::IntRange(range)
            }
            Domain::Double { min, max, .. } => {
                let range = pb::DoubleDomain { min_value: min, max_value: max, step: 0.0 };
                pb::axis::Domain::DoubleRange(range)
            }
            _ => return None,
        };
        Some(pb::Axis { name: spec.name.to_string(), domain: Some(domain) })
    });
    let random = pb::RandomSearch { trial_count, seed: 7 };
    submit_request::Spec::Optimization(pb::OptimizationSpec {
        base: Some(backtest(strategy, MIDDLE)),
        axes: axes.collect(),
        search: Some(pb::optimization_spec::Search::Random(random)),
        ..Default::default()
    })
}

async fn estimate(bench: &Bench, spec: submit_request::Spec) -> Outcome<Duration> {
    let request = pb::SubmitRequest { validate_only: true, ..always_new(spec) };
    let answer = bench.runs().submit(request).await?.into_inner();
    let estimate = answer.estimated_duration.ok_or("the time is unknown after a first run")?;
    Ok(estimate.try_into()?)
}

/// From the submission to the end.
async fn truth(bench: &Bench, spec: submit_request::Spec) -> Outcome<Duration> {
    let began = Instant::now();
    let run_id = bench.runs().submit(always_new(spec)).await?.into_inner().run_id;
    bench.wait_for(&run_id).await?;
    Ok(began.elapsed())
}
