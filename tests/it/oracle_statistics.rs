//! The statistics of a search beside worked examples of other packages, where those are at hand:
//! beside the project, or where `TRADEFORGE_SHARED` points.

use std::fs;

use serde_json::Value;
use tradeforge::metrics::{Shape, normal_below};
use tradeforge::sweep::{Costs, front, volume_to};
use tradeforge::validation::{
    Combinatorial, Draws, ExcessOver, Halves, OrderFigures, Overfitting, Part, Returns,
    SharpeRatio, Survey, adjusted_bh, adjusted_bonferroni, adjusted_by, adjusted_holm,
    approximate_maximum, block_length, count_within, expected_maximum, min_backtest_years,
    normal_quantile, quantile, rank_correlation, ratio_variance, steps_at,
};

use crate::oracle::shared_folder;

/// From p values to those adjusted for their number.
type Adjust = fn(&[f64]) -> Vec<f64>;

/// One example: what went in, what came out.
struct Example {
    inputs: Value,
    outputs: Value,
}

impl Example {
    fn input(&self, name: &str) -> &Value {
        &self.inputs[name]
    }

    fn expect(&self, name: &str, found: f64) {
        near(found, number(&self.outputs[name]), name);
    }
}

fn example(id: &str) -> Option<Example> {
    let text = fs::read_to_string(shared_folder().join("oracle/statistics/examples.json")).ok()?;
    let all: Value = serde_json::from_str(&text).unwrap();
    let found = all["examples"].as_array().unwrap().iter().find(|example| example["id"] == id);
    let found = found.unwrap_or_else(|| panic!("no example {id}"));
    Some(Example { inputs: found["inputs"].clone(), outputs: found["outputs"].clone() })
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    value.as_array().unwrap().iter().map(numbers).collect()
}

fn near(found: f64, expected: f64, what: &str) {
    let within = 1e-9 * expected.abs().max(1e-6);
    assert!((found - expected).abs() <= within, "{what}: {found} is not {expected}");
}

fn all_near(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        near(*found, *expected, what);
    }
}

/// The columns of a table by days.
fn columns(by_day: &[Vec<f64>]) -> Vec<Vec<f64>> {
    (0..by_day[0].len()).map(|trial| by_day.iter().map(|day| day[trial]).collect()).collect()
}

/// A survey by draws that are given, and all trials of it.
fn surveyed(example: &Example) -> (Survey, Part, usize) {
    let by_day = rows(example.input("returns_by_day"));
    let indices = rows(example.input("indices"));
    let block = example.input("mean_block").as_f64().unwrap_or(1.0);
    let draws = Draws::given(by_day.len(), block, indices.len(), |draw| {
        indices[draw].iter().map(|day| *day as usize).collect::<Vec<_>>()
    });
    let mut returns = Returns::new(by_day.len());
    for (trial, column) in columns(&by_day).iter().enumerate() {
        returns.push(trial as u64, column);
    }
    let survey = Survey { draws, blocks: 4, combinatorial: None };
    let part = survey.take(&returns);
    (survey, part, by_day.len())
}

#[test]
fn the_normal_law_and_the_greatest_of_many_draws() {
    let Some(normal) = example("normal") else { return };
    let below: Vec<f64> = numbers(normal.input("x")).into_iter().map(normal_below).collect();
    all_near(&below, &numbers(&normal.outputs["cdf"]), "cdf");
    let quantiles: Vec<f64> = numbers(normal.input("p")).into_iter().map(normal_quantile).collect();
    all_near(&quantiles, &numbers(&normal.outputs["quantile"]), "quantile");
    let greatest = example("expected_max").unwrap();
    let counts = numbers(greatest.input("N"));
    let exact: Vec<f64> = counts.iter().copied().map(expected_maximum).collect();
    all_near(&exact, &numbers(&greatest.outputs["exact"]), "exact");
    let approximate: Vec<f64> = counts.iter().copied().map(approximate_maximum).collect();
    all_near(&approximate, &numbers(&greatest.outputs["approximation"]), "approximation");
    for (count, expected) in counts.iter().zip(&exact) {
        near(min_backtest_years(*count, 1.0).unwrap(), expected * expected, "years");
    }
}

#[test]
fn how_sure_a_ratio_is() {
    let Some(sample) = example("psr") else { return };
    let found = SharpeRatio::of(&numbers(sample.input("returns"))).unwrap();
    let independent = Shape { autocorrelation: None, ..found.shape };
    let independent = SharpeRatio { shape: independent, ..found };
    sample.expect("sharpe_per_period", found.value);
    sample.expect("skewness_biased", found.shape.skewness.unwrap());
    sample.expect("kurtosis_raw_biased", found.shape.kurtosis.unwrap());
    sample.expect("rho1", found.shape.autocorrelation.unwrap());
    sample.expect("psr_2012_vs_0", found.psr_2012(0.0).unwrap());
    sample.expect("psr_2012_vs_0_1", found.psr_2012(0.1).unwrap());
    sample.expect("psr_2026_iid_vs_0", independent.psr_2026(0.0).unwrap());
    sample.expect("psr_2026_iid_vs_0_1", independent.psr_2026(0.1).unwrap());
    sample.expect("psr_2026_ar1_vs_0", found.psr_2026(0.0).unwrap());
    sample.expect("psr_2026_ar1_vs_0_1", found.psr_2026(0.1).unwrap());
    sample.expect("min_trl_2012_vs_0_at_95", found.min_track_record(0.0, 0.95).unwrap());
}

#[test]
fn how_sure_the_ratios_of_the_papers_are() {
    let Some(fund) = example("psr_published") else { return };
    let stated = |example: &Example, name: &str| number(example.input(name));
    let shape = |example: &Example| Shape {
        skewness: Some(stated(example, "skewness")),
        kurtosis: Some(stated(example, "kurtosis_raw")),
        autocorrelation: None,
    };
    let found = SharpeRatio { value: stated(&fund, "sharpe"), count: 24, shape: shape(&fund) };
    let at_estimate = ratio_variance(found.value, 24, &found.shape).unwrap();
    fund.expect("sd_of_sharpe_at_estimate", at_estimate.sqrt());
    fund.expect("psr_2026_vs_0", found.psr_2026(0.0).unwrap());
    fund.expect("psr_2026_vs_0_1", found.psr_2026(0.1).unwrap());
    fund.expect("psr_2012_vs_0", found.psr_2012(0.0).unwrap());

    let paper = example("dsr_published").unwrap();
    let year = stated(&paper, "periods_per_year");
    let found = SharpeRatio {
        value: stated(&paper, "annual_sharpe") / year.sqrt(),
        count: stated(&paper, "observations") as usize,
        shape: shape(&paper),
    };
    let deviation = (stated(&paper, "variance_of_annual_sharpes") / year).sqrt();
    let deflated: Vec<f64> = numbers(paper.input("trials"))
        .into_iter()
        .map(|trials| found.psr_2012(deviation * approximate_maximum(trials)).unwrap())
        .collect();
    all_near(&deflated, &numbers(&paper.outputs["dsr"]), "dsr");

    let spread = example("sharpe_variance").unwrap();
    let variances: Vec<f64> = rows(spread.input("rows"))
        .iter()
        .map(|row| {
            let (skewness, kurtosis, rho) = (Some(row[2]), Some(row[3]), Some(row[4]));
            let shape = Shape { skewness, kurtosis, autocorrelation: rho };
            ratio_variance(row[0], row[1] as usize, &shape).unwrap()
        })
        .collect();
    all_near(&variances, &numbers(&spread.outputs["variance"]), "variance");
}

#[test]
fn how_often_the_best_of_one_half_fails_in_the_other() {
    let Some(table) = example("pbo") else { return };
    let mut trials = columns(&rows(table.input("returns_by_day")));
    let overfitting = |trials: &[Vec<f64>]| {
        let mut halves = Halves::new(8, trials[0].len());
        for returns in trials {
            halves.push(returns);
        }
        Overfitting::of(&halves, || true).unwrap().unwrap()
    };
    let found = overfitting(&trials);
    table.expect("pbo", found.pbo);
    table.expect("probability_of_loss", found.probability_of_loss);
    let line = found.degradation.unwrap();
    table.expect("degradation_slope", line.slope);
    table.expect("degradation_intercept", line.intercept);
    table.expect("degradation_r2", line.r2);
    let logits = numbers(&table.outputs["logits_in_lexicographic_order"]);
    all_near(&found.logits, &logits, "logits");
    let first = numbers(&table.outputs["first_selected"]);
    assert!(found.winners.iter().zip(&first).all(|(found, expected)| *found as f64 == *expected));

    let idle = example("pbo_no_trades").unwrap();
    let place = number(idle.input("zero_column")) as usize;
    trials[place].fill(0.0);
    let found = overfitting(&trials);
    idle.expect("pbo", found.pbo);
    idle.expect("sum_of_logits", found.logits.iter().sum());
}

#[test]
fn how_often_luck_looks_as_good_as_the_best() {
    let Some(table) = example("spa") else { return };
    let (survey, part, days) = surveyed(&table);
    let merits = part.merits();
    let means: Vec<f64> = merits.iter().map(|merit| merit.mean).collect();
    all_near(&means, &numbers(&table.outputs["mean"]), "mean");
    let omegas: Vec<f64> = merits.iter().map(|merit| merit.omega * merit.omega).collect();
    all_near(&omegas, &numbers(&table.outputs["omega_squared"]), "omega squared");
    let greatest = merits.iter().map(|merit| merit.t(days)).fold(0.0, f64::max);
    table.expect("spa_statistic", greatest);
    let luck = survey.luck(&part).unwrap();
    let draws = survey.draws.count() as f64;
    // The example counts draws only; ours counts the search itself as well.
    let of_draws = |p: f64| (p * (draws + 1.0) - 1.0) / draws;
    table.expect("reality_check_p", of_draws(luck.reality_check));
    table.expect("spa_p_lower", of_draws(luck.spa_lower));
    table.expect("spa_p_consistent", of_draws(luck.spa));
    table.expect("spa_p_upper", of_draws(luck.spa_upper));
    near(luck.spa, number(&table.outputs["p_with_one_added"]["spa_consistent"]), "one added");
}

#[test]
fn who_is_told_apart_from_luck_step_by_step() {
    let Some(table) = example("stepm") else { return };
    let (survey, part, days) = surveyed(&table);
    let ratios: Vec<f64> = part.merits().iter().map(|merit| merit.t(days)).collect();
    all_near(&ratios, &numbers(&table.outputs["t"]), "t");
    let mut adjusted = vec![0.0; ratios.len()];
    for leader in survey.leaders(&part) {
        adjusted[leader.trial as usize] = leader.adjusted_p;
    }
    all_near(&adjusted, &numbers(&table.outputs["adjusted_p"]), "adjusted p");
    let steps = steps_at(number(table.input("alpha")), &part.merits(), part.extremes(), days);
    let expected = table.outputs["steps"].as_array().unwrap();
    assert_eq!(steps.len(), expected.len());
    for (step, expected) in steps.iter().zip(expected) {
        near(step.critical, number(&expected["critical"]), "critical");
        let passed: Vec<f64> = step.passed.iter().map(|trial| *trial as f64).collect();
        assert_eq!(passed, numbers(&expected["rejected"]));
    }
}

#[test]
fn how_many_survive_how_long_blocks_are_and_how_alike_trials() {
    let Some(list) = example("multiple_testing") else { return };
    let p = numbers(list.input("p"));
    let ways: [(&str, Adjust); 4] = [
        ("bonferroni", adjusted_bonferroni),
        ("holm", adjusted_holm),
        ("fdr_bh", adjusted_bh),
        ("fdr_by", adjusted_by),
    ];
    for (name, adjust) in ways {
        let adjusted = adjust(&p);
        all_near(&adjusted, &numbers(&list.outputs[name]["adjusted"]), name);
        let survive = count_within(&adjusted, number(list.input("alpha"))) as f64;
        assert_eq!(survive, number(&list.outputs[name]["rejected"]));
    }
    let series = example("block_length").unwrap();
    series.expect("stationary", block_length(&numbers(series.input("series"))).unwrap());
    let pairs = example("effective_trials").unwrap();
    // Blocks of one day: the deviation of the sample itself.
    let (_, part, _) = surveyed(&pairs);
    pairs.expect("implied_by_bootstrap", part.implied_trials().unwrap());
}

#[test]
fn how_days_are_cut_for_paths_through_groups_of_them() {
    let Some(cut) = example("cpcv") else { return };
    let count = |name: &str| number(cut.input(name)) as usize;
    let without = Combinatorial {
        days: count("observations"),
        groups: count("groups"),
        test_groups: count("test_groups"),
        purge_days: 0,
        embargo_days: 0,
    };
    let inside = |cut: &Combinatorial| -> Vec<Vec<f64>> {
        let days = |split: &tradeforge::validation::Split| {
            split.inside.iter().cloned().flatten().map(|day| day as f64).collect()
        };
        cut.splits().iter().map(days).collect()
    };
    cut.expect("splits", without.splits().len() as f64);
    cut.expect("paths", without.path_count() as f64);
    assert_eq!(inside(&without)[..3], rows(&cut.outputs["train_of_first_three_splits"]));
    // Theirs leaves days out on either side, and the embargo behind those.
    let within = Combinatorial { purge_days: 1, embargo_days: 1 + 2, ..without };
    let (all, chosen) = (inside(&within), rows(&cut.outputs["train_with_purge_1_embargo_2"]));
    // Of their fifteen choices the first five, and the first that does not test the first group.
    assert_eq!(all[..chosen.len()], chosen);
    // The path of a group in a choice is how often the choices before it tested that group.
    let paths = cut.outputs["path_of_each_split_and_test_group"].as_array().unwrap();
    let mut tested = vec![0; without.groups];
    for (split, paths) in without.splits().iter().zip(paths) {
        for (group, path) in split.tested.iter().zip(numbers(paths)) {
            assert_eq!(f64::from(tested[*group]), path);
            tested[*group] += 1;
        }
    }
}

#[test]
fn which_points_no_other_is_better_than_and_what_lies_behind_them() {
    let Some(points) = example("pareto") else { return };
    for (objectives, kind) in [(2, "2d"), (3, "3d")] {
        let costs = |values: &Vec<f64>| -> Costs {
            std::array::from_fn(|place| values.get(place).copied().unwrap_or(0.0))
        };
        let all: Vec<Costs> =
            rows(points.input(&format!("points_{kind}"))).iter().map(costs).collect();
        let mut found = front(&all);
        found.sort_unstable();
        let told = points.outputs[&format!("nondominated_{kind}")].as_array().unwrap();
        let told = told.iter().enumerate().filter(|(_, is)| is.as_bool().unwrap());
        assert_eq!(found, told.map(|(place, _)| place).collect::<Vec<_>>(), "{kind}");
        let best: Vec<Costs> = front(&all).into_iter().map(|place| all[place]).collect();
        let end = costs(&numbers(points.input(&format!("reference_{kind}"))));
        points.expect(&format!("hypervolume_{kind}"), volume_to(&best, objectives, end));
    }
}

#[test]
fn what_is_left_of_returns_beside_the_market() {
    let Some(sample) = example("excess") else { return };
    let of = |name: &str| numbers(sample.input(name));
    let (returns, market, exposure) = (of("returns"), of("market_returns"), of("exposure"));
    let mean = exposure.iter().sum::<f64>() / exposure.len() as f64;
    sample.expect("mean_exposure", mean);
    for (over, name) in [(ExcessOver::Zero, "sharpe_raw"), (ExcessOver::Exposure, "sharpe_excess")]
    {
        let excess = over.excess(&returns, mean, &market).unwrap();
        sample.expect(name, SharpeRatio::of(&excess).unwrap().value);
    }
}

/// Every order of so many things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else { return vec![Vec::new()] };
    let with_last = |order: Vec<usize>| {
        (0..count).map(move |place| {
            let mut longer = order.clone();
            longer.insert(place, last);
            longer
        })
    };
    orders(last).into_iter().flat_map(with_last).collect()
}

#[test]
fn how_deep_the_same_trades_fall_in_every_order() {
    let Some(trades) = example("shuffle") else { return };
    let returns = numbers(trades.input("trade_returns"));
    trades.expect("as_traded", OrderFigures::of(&returns).max_drawdown);
    let fall = |order: Vec<usize>| {
        let dealt: Vec<f64> = order.into_iter().map(|place| returns[place]).collect();
        OrderFigures::of(&dealt).max_drawdown
    };
    let mut falls: Vec<f64> = orders(returns.len()).into_iter().map(fall).collect();
    assert_eq!(falls.len(), 120);
    trades.expect("mean", falls.iter().sum::<f64>() / 120.0);
    falls.sort_unstable_by(f64::total_cmp);
    for (name, share) in [("min", 0.0), ("p50", 0.5), ("p95", 0.95), ("max", 1.0)] {
        trades.expect(name, quantile(&falls, share).unwrap());
    }
}

#[test]
fn what_is_chosen_by_some_periods_and_how_ranks_carry_over() {
    let Some(walk) = example("walk_forward") else { return };
    let periods = rows(walk.input("returns_by_period"));
    for kind in ["rolling", "anchored"] {
        for window in walk.outputs[kind]["windows"].as_array().unwrap() {
            let span = |name: &str| {
                let ends = numbers(&window[name]);
                columns(&periods[ends[0] as usize..ends[1] as usize])
            };
            let inside: Vec<f64> = span("in_sample")
                .iter()
                .map(|returns| SharpeRatio::of(returns).unwrap().value)
                .collect();
            let best = (0..inside.len())
                .reduce(|best, next| if inside[next] > inside[best] { next } else { best });
            assert_eq!(best, window["selected"].as_u64().map(|trial| trial as usize), "{kind}");
            near(inside[best.unwrap()], number(&window["is_objective"]), kind);
            let outside = span("out_of_sample");
            near(outside[best.unwrap()][0], number(&window["oos_return"]), kind);
            let pairs: Vec<(f64, f64)> =
                inside.iter().zip(&outside).map(|(before, after)| (*before, after[0])).collect();
            let carried = rank_correlation(&pairs).unwrap();
            assert!((carried - number(&window["spearman"])).abs() < 1e-12, "{kind} {carried}");
        }
    }
}
