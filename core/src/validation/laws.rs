//! What holds of the tests against luck, whatever the returns are.

use super::noise::normals;
use super::*;

const DAYS: usize = 150;

/// Columns of noise; every trial loses `cost` a day, in deviations.
fn noise(seed: u64, trials: usize, cost: f64) -> Vec<Vec<f64>> {
    (0..trials)
        .map(|trial| normals(seed * 1_000 + trial as u64, DAYS).map(|x| x - cost).collect())
        .collect()
}

fn returns(columns: &[Vec<f64>]) -> Returns {
    let mut returns = Returns::new(columns[0].len());
    columns.iter().enumerate().for_each(|(trial, column)| returns.push(trial as u64, column));
    returns
}

fn survey(days: usize, count: usize) -> Survey {
    let draws = Draws::of(&Resampling { days, count, mean_block_days: 2.0, seed: 11 });
    Survey { draws, blocks: 6, combinatorial: None }
}

fn luck(survey: &Survey, columns: &[Vec<f64>]) -> Luck {
    survey.luck(&survey.take(&returns(columns))).unwrap()
}

/// The p of the best of noise, two hundred times.
fn p_of_noise(cost: f64) -> Vec<f64> {
    let survey = survey(DAYS, 99);
    (0..200).map(|seed| luck(&survey, &noise(seed, 8, cost)).spa).collect()
}

#[test]
fn luck_is_told_as_often_as_it_is_there() {
    let mut p = p_of_noise(0.0);
    p.sort_unstable_by(f64::total_cmp);
    let count = p.len() as f64;
    // Kolmogorov and Smirnov: the greatest distance from the uniform law, at one in a hundred.
    let distance = p.iter().enumerate().map(|(place, p)| {
        let place = place as f64;
        (p - place / count).abs().max(((place + 1.0) / count - p).abs())
    });
    let greatest = distance.fold(0.0, f64::max);
    assert!(greatest < 1.628 / count.sqrt(), "{greatest} {p:?}");
}

#[test]
fn luck_that_pays_costs_is_told_less_often_than_it_is_there() {
    let p = p_of_noise(0.15);
    let share = |below: f64| p.iter().filter(|p| **p < below).count() as f64 / p.len() as f64;
    assert!(share(0.05) <= 0.05 && share(0.10) <= 0.10, "{} {}", share(0.05), share(0.10));
}

#[test]
fn a_clone_changes_nothing_and_a_hopeless_trial_only_the_upper_bound() {
    let survey = survey(DAYS, 400);
    let mut columns = noise(5, 13, 0.0);
    let before = luck(&survey, &columns);
    columns.push(columns[3].clone());
    assert_eq!(luck(&survey, &columns), before);
    columns.push(normals(77, DAYS).map(|x| 5.0 * x - 9.0).collect());
    let after = luck(&survey, &columns);
    assert_eq!((after.spa, after.spa_lower), (before.spa, before.spa_lower));
    assert!(after.spa_upper >= before.spa_upper && after.reality_check > before.reality_check);
}

#[test]
fn parts_in_any_order_make_the_same_whole() {
    let survey = survey(DAYS, 100);
    let columns = noise(9, 61, 0.0);
    let whole = survey.take(&returns(&columns));
    let mut parts: Vec<Part> = Vec::new();
    for places in [40..61, 0..7, 7..40] {
        let mut part = Returns::new(DAYS);
        places.for_each(|trial: usize| part.push(trial as u64, &columns[trial]));
        parts.push(survey.take(&part));
    }
    let mut merged = survey.nothing();
    for part in parts {
        merged.merge(part);
    }
    assert_eq!(survey.luck(&merged), survey.luck(&whole));
    assert_eq!(survey.leaders(&merged), survey.leaders(&whole));
    assert_eq!(survey.p_values(&merged), survey.p_values(&whole));
    assert_eq!(survey.overfitting(&merged, || true), survey.overfitting(&whole, || true));
    assert_eq!(merged.implied_trials(), whole.implied_trials());
    assert_eq!(merged.null_best(), whole.null_best());
}

#[test]
fn a_trial_that_earns_steadily_leads_with_a_small_p_and_the_rest_do_not_follow() {
    let survey = survey(DAYS, 999);
    let mut columns = noise(2, 30, 0.0);
    columns[17] = normals(99, DAYS).map(|x| x + 0.7).collect();
    let part = survey.take(&returns(&columns));
    let leaders = survey.leaders(&part);
    assert_eq!((leaders.len(), leaders[0].trial), (LEADERS_MAX, 17));
    assert_eq!(leaders[0].adjusted_p, 0.001);
    assert!(leaders[1].adjusted_p > 0.05, "{:?}", leaders[1]);
    assert!(leaders.windows(2).all(|pair| pair[0].adjusted_p <= pair[1].adjusted_p));
    let steps = steps_at(0.05, &part.merits(), part.extremes(), DAYS);
    assert_eq!(steps[0].passed, [17]);
    assert!(steps[1].passed.is_empty() && steps[1].critical < steps[0].critical);
}

#[test]
fn independent_trials_are_counted_and_clones_are_not() {
    let survey = survey(1_000, 200);
    let column = |seed| normals(seed, 1_000).collect::<Vec<_>>();
    let independent: Vec<_> = (0..24).map(column).collect();
    let clones: Vec<_> = (0..120).map(|trial| column(trial / 5)).collect();
    let counted = |columns: &[Vec<f64>]| survey.take(&returns(columns)).implied_trials().unwrap();
    let count = counted(&independent);
    assert!((16.0..36.0).contains(&count), "{count}");
    assert_eq!(counted(&clones), count);
}
