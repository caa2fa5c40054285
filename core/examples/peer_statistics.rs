//! The statistics as a filter, for `tests/peers`: numbers as JSON in, figures as JSON out, list by
//! list in the order of the input.

use std::error::Error;
use std::io;

use serde::{Deserialize, Serialize};
use tradeforge_core::metrics::normal_below;
use tradeforge_core::sweep::{Costs, front, volume_to};
use tradeforge_core::validation::{
    Draws, Returns, SharpeRatio, Survey, adjusted_bh, adjusted_bonferroni, adjusted_by,
    adjusted_holm, block_length, expected_maximum, normal_quantile, rank_correlation,
    ratio_variance,
};

#[derive(Deserialize)]
struct Input {
    numbers: Vec<f64>,
    shares: Vec<f64>,
    counts: Vec<f64>,
    samples: Vec<Vec<f64>>,
    threshold: f64,
    p_values: Vec<Vec<f64>>,
    tables: Vec<Table>,
    pairs: Vec<Vec<(f64, f64)>>,
    fronts: Vec<Points>,
}

/// Returns trial by trial, and the days of each draw.
#[derive(Deserialize)]
struct Table {
    trials: Vec<Vec<f64>>,
    draws: Vec<Vec<usize>>,
    mean_block: f64,
}

#[derive(Deserialize)]
struct Points {
    points: Vec<Vec<f64>>,
    end: Vec<f64>,
}

#[derive(Serialize)]
struct Output {
    below: Vec<f64>,
    quantiles: Vec<f64>,
    maxima: Vec<f64>,
    samples: Vec<Sample>,
    adjusted: Vec<Adjusted>,
    tables: Vec<Luck>,
    correlations: Vec<Option<f64>>,
    fronts: Vec<Front>,
}

#[derive(Serialize)]
struct Sample {
    sharpe: f64,
    skewness: Option<f64>,
    kurtosis: Option<f64>,
    autocorrelation: Option<f64>,
    variance: Option<f64>,
    psr_2026: Option<f64>,
    block_length: Option<f64>,
}

#[derive(Serialize)]
struct Adjusted {
    bonferroni: Vec<f64>,
    holm: Vec<f64>,
    fdr_bh: Vec<f64>,
    fdr_by: Vec<f64>,
}

#[derive(Serialize)]
struct Luck {
    omega_squared: Vec<f64>,
    reality_check: f64,
}

#[derive(Serialize)]
struct Front {
    on_it: Vec<usize>,
    volume: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let input: Input = serde_json::from_reader(io::stdin().lock())?;
    let output = Output {
        below: input.numbers.into_iter().map(normal_below).collect(),
        quantiles: input.shares.into_iter().map(normal_quantile).collect(),
        maxima: input.counts.into_iter().map(expected_maximum).collect(),
        samples: input
            .samples
            .iter()
            .map(|returns| sample(returns, input.threshold))
            .collect::<Option<_>>()
            .ok_or("a sample that does not vary")?,
        adjusted: input.p_values.iter().map(|p| adjusted(p)).collect(),
        tables: input.tables.iter().map(luck).collect::<Option<_>>().ok_or("no trial")?,
        correlations: input.pairs.iter().map(|pairs| rank_correlation(pairs)).collect(),
        fronts: input.fronts.iter().map(front_of).collect(),
    };
    serde_json::to_writer(io::stdout().lock(), &output)?;
    Ok(())
}

fn sample(returns: &[f64], threshold: f64) -> Option<Sample> {
    let ratio = SharpeRatio::of(returns)?;
    Some(Sample {
        sharpe: ratio.value,
        skewness: ratio.shape.skewness,
        kurtosis: ratio.shape.kurtosis,
        autocorrelation: ratio.shape.autocorrelation,
        variance: ratio_variance(ratio.value, ratio.count, &ratio.shape),
        psr_2026: ratio.psr_2026(threshold),
        block_length: block_length(returns),
    })
}

fn adjusted(p: &[f64]) -> Adjusted {
    Adjusted {
        bonferroni: adjusted_bonferroni(p),
        holm: adjusted_holm(p),
        fdr_bh: adjusted_bh(p),
        fdr_by: adjusted_by(p),
    }
}

fn luck(table: &Table) -> Option<Luck> {
    let days = table.trials.first()?.len();
    let draws = Draws::given(days, table.mean_block, table.draws.len(), |draw| {
        table.draws[draw].iter().copied()
    });
    let mut returns = Returns::new(days);
    for (trial, daily) in table.trials.iter().enumerate() {
        returns.push(trial as u64, daily);
    }
    let survey = Survey { draws, blocks: 4, combinatorial: None };
    let part = survey.take(&returns);
    let merits = part.merits();
    Some(Luck {
        omega_squared: merits.iter().map(|merit| merit.omega * merit.omega).collect(),
        reality_check: survey.luck(&part)?.reality_check,
    })
}

fn front_of(points: &Points) -> Front {
    let costs = |point: &[f64]| -> Costs {
        std::array::from_fn(|objective| point.get(objective).copied().unwrap_or_default())
    };
    let all: Vec<Costs> = points.points.iter().map(|point| costs(point)).collect();
    let mut on_it = front(&all);
    on_it.sort_unstable();
    let chosen: Vec<Costs> = on_it.iter().map(|place| all[*place]).collect();
    let volume = volume_to(&chosen, points.end.len(), costs(&points.end));
    Front { on_it, volume }
}
