//! Searches that learn beside a random draw, on surfaces of which every cell is known: how far
//! the best that they find is from the best there is, and what it earns then. `make bench-search`.
//! It fails if the genetic search keeps less than it promises.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

mod surface;

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use surface::{Sight, Steps, Surface};
use tradeforge_core::market::{Series, SyntheticSpec, Units};
use tradeforge_core::sweep::{Search, Standing};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const SEEDS: u64 = 20;
const EVALUATIONS: usize = 320;
const BATCH: u64 = 32;
/// Regrets are told after so many.
const LOOKS: [usize; 3] = [64, 128, EVALUATIONS];
/// Three years of hours; the last is for afterwards.
const BAR_COUNT: u64 = 26_280;
const SEARCHED: usize = 17_520;
/// What genetic search promises: at most this share of the regret of a draw, on so many surfaces.
const SHARE: f64 = 0.5;
const SURFACES: usize = 3;

const SIGHTS: [Sight; 4] = [
    Sight {
        strategy: "sma_cross",
        axes: &[("fast", Steps::Whole(2, 101, 1)), ("slow", Steps::Whole(3, 302, 1))],
        below: Some(("fast", "slow")),
    },
    Sight {
        strategy: "bollinger_reversion",
        axes: &[("period", Steps::Whole(5, 204, 1)), ("deviations", Steps::Decimal(0.5, 4.4, 0.1))],
        below: None,
    },
    Sight {
        strategy: "rsi_reversion",
        axes: &[
            ("period", Steps::Whole(2, 40, 1)),
            ("oversold", Steps::Decimal(10.0, 45.0, 1.0)),
            ("overbought", Steps::Decimal(55.0, 90.0, 2.5)),
        ],
        below: None,
    },
    Sight {
        strategy: "donchian_breakout",
        axes: &[
            ("entry", Steps::Whole(5, 84, 1)),
            ("exit", Steps::Whole(2, 41, 1)),
            ("atr_stop", Steps::Decimal(1.0, 6.0, 0.5)),
        ],
        below: None,
    },
];

#[derive(Clone, Copy)]
enum Method {
    Random,
    Genetic,
    Tpe,
}

/// What a method comes to over all seeds.
#[derive(Default)]
struct Tally {
    regrets: [f64; LOOKS.len()],
    found: u32,
    outside: f64,
    outside_count: u32,
    seconds: f64,
}

fn main() -> Outcome<ExitCode> {
    // `cargo test --benches` asks for tests; there are none here.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(ExitCode::SUCCESS);
    }
    let series = series()?;
    let split_ms = series.bars.open_time_ms[SEARCHED];
    println!(
        "Sharpe ratio of two years of made-up hours, {SEEDS} seeds, {EVALUATIONS} evaluations in \
         generations of {BATCH}; outside: that of the third year"
    );
    let mut kept = 0;
    for sight in &SIGHTS {
        let surface = sight.surface(&series, split_ms)?;
        kept += usize::from(compare(sight.strategy, &surface)?);
    }
    println!(
        "\ngenetic: at most {SHARE} of random's mean regret at {EVALUATIONS} on {kept} of {}",
        SIGHTS.len()
    );
    Ok(if kept >= SURFACES { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn series() -> Outcome<Series> {
    let spec = SyntheticSpec {
        bar_count: BAR_COUNT,
        seed: 42,
        annual_volatility: 0.6,
        annual_drift: 0.1,
        trend_strength: 1.0,
        start_ms: 1_577_836_800_000,
        timeframe: "1h".parse()?,
        units: Units::with_default_step("0.01".parse()?),
        calendar: None,
    };
    Ok(spec.series()?)
}

/// Prints what the methods come to; whether genetic search keeps its promise here.
fn compare(name: &str, surface: &Surface) -> Outcome<bool> {
    let inside = &surface.inside;
    let mut order: Vec<(f64, usize)> =
        inside.iter().zip(0..).filter_map(|(it, index)| it.map(|it| (it, index))).collect();
    order.sort_by(|left, right| right.0.total_cmp(&left.0));
    let (best, middle) = (order.first().ok_or("no trial")?, order[order.len() / 2]);
    let outside = |index: usize| {
        surface.outside[index].map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"))
    };
    println!(
        "\n{name}: {} cells, best {:.2} (outside {}), median {:.2} (outside {})",
        surface.cells(),
        best.0,
        outside(best.1),
        middle.0,
        outside(middle.1)
    );
    println!(
        "  {:8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>11}",
        "", "at 64", "at 128", "at 320", "of random", "found", "outside", "a search"
    );
    let mut random = f64::NAN;
    let mut is_kept = false;
    for (label, method) in
        [("random", Method::Random), ("genetic", Method::Genetic), ("TPE", Method::Tpe)]
    {
        let tally = tally(surface, method, best.0)?;
        let mean = |sum: f64| sum / SEEDS as f64;
        let last = mean(tally.regrets[LOOKS.len() - 1]);
        if matches!(method, Method::Random) {
            random = last;
        }
        if matches!(method, Method::Genetic) {
            is_kept = last <= SHARE * random;
        }
        let [first, second, _] = tally.regrets.map(mean);
        println!(
            "  {label:8} {first:>9.3} {second:>9.3} {last:>9.3} {:>9.2} {:>6} of {SEEDS} {:>6.2} \
             {:>8.1} ms",
            last / random,
            tally.found,
            tally.outside / f64::from(tally.outside_count.max(1)),
            mean(tally.seconds) * 1e3
        );
    }
    Ok(is_kept)
}

fn tally(surface: &Surface, method: Method, best: f64) -> Outcome<Tally> {
    let mut tally = Tally::default();
    for seed in 0..SEEDS {
        let began = Instant::now();
        let tried = tried(surface, method, seed)?;
        tally.seconds += began.elapsed().as_secs_f64();
        let value = |index: &u64| surface.inside[*index as usize];
        let best_of = |count: usize| {
            let first = tried.iter().take(count);
            first.filter_map(|index| value(index).map(|value| (value, *index))).reduce(
                // Of equals the earlier one.
                |left, right| if right.0 > left.0 { right } else { left },
            )
        };
        for (regret, look) in tally.regrets.iter_mut().zip(LOOKS) {
            *regret += best - best_of(look).ok_or("nothing was found")?.0;
        }
        let (found, index) = best_of(EVALUATIONS).ok_or("nothing was found")?;
        tally.found += u32::from(found >= best);
        if let Some(outside) = surface.outside[index as usize] {
            tally.outside += outside;
            tally.outside_count += 1;
        }
    }
    Ok(tally)
}

/// The trials of a search, in the order in which they are tried.
fn tried(surface: &Surface, method: Method, seed: u64) -> Outcome<Vec<u64>> {
    let trial_count = EVALUATIONS as u64;
    let search = match method {
        Method::Random => Search::Random { trial_count, seed },
        Method::Genetic => Search::Genetic { trial_count, seed, batch: BATCH },
        Method::Tpe => Search::Tpe { trial_count, seed, batch: BATCH },
    };
    let plan = surface.plan(search)?;
    let Some(mut learner) = plan.learner() else {
        return Ok(plan.indices(0..plan.places()).collect());
    };
    let mut tried: Vec<u64> = Vec::new();
    while tried.len() < EVALUATIONS {
        let proposed = learner.propose((EVALUATIONS - tried.len()) as u64);
        if proposed.is_empty() {
            break;
        }
        let told: Vec<(u64, Standing)> = proposed
            .iter()
            .map(|&index| {
                let cost = |sharpe: f64| Standing::Good([-sharpe, 0.0, 0.0]);
                (index, surface.inside[index as usize].map_or(Standing::Undefined, cost))
            })
            .collect();
        learner.absorb(&told);
        tried.extend(proposed);
    }
    Ok(tried)
}
