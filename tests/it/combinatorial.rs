//! Combinatorial cross-validation of a search: the paths that it tells, beside those made by hand
//! from the equity of every trial.

use tradeforge::pb;
use tradeforge::pb::SyntheticBars;
use tradeforge::pb::import_bars_request::Source;

use crate::support::{
    Client, Refusal as _, Sweep, TestServer, search_result, series, sma_cross, within,
};

const DAYS: usize = 103;
const DAY_MS: i64 = 86_400_000;
const TRIALS: i64 = 15;

async fn import_hours(client: &Client) {
    let spec = pb::SeriesSpec { timeframe: "1h".into(), ..series("BARS") };
    let bars = SyntheticBars { bar_count: DAYS as i64 * 24, seed: 5, ..Default::default() };
    client.import_from(spec, Source::Synthetic(bars)).await.unwrap();
}

fn sweep() -> Sweep {
    let work = sma_cross(1, 1).cash("1000000").commission("0.0005").all_in();
    work.sweep().over("fast", 2, 10, 2).over("slow", 20, 60, 20).spec(|spec| {
        for subscription in &mut spec.base.get_or_insert_default().subscriptions {
            subscription.timeframe = "1h".into();
        }
    })
}

fn validation(run_id: &str, combinatorial: Option<pb::Combinatorial>) -> pb::SubmitRequest {
    let spec = pb::ValidationSpec {
        run_id: run_id.to_owned(),
        excess_over: pb::ExcessOver::Zero.into(),
        combinatorial,
        ..Default::default()
    };
    let spec = Some(pb::submit_request::Spec::Validation(spec));
    pb::SubmitRequest { spec, ..Default::default() }
}

fn cut(groups: i32, test_groups: i32, purge: i32, embargo: Option<i32>) -> pb::Combinatorial {
    pb::Combinatorial { groups, test_groups, purge_days: purge, embargo_days: embargo }
}

async fn validated(client: &Client, request: pb::SubmitRequest) -> (String, pb::ValidationResult) {
    let run_id = client.submit(request).await.run_id;
    match client.when_final(&run_id).await.result {
        Some(pb::run_status::Result::Validation(result)) => (run_id, result),
        other => panic!("{other:?}"),
    }
}

async fn path_ratios(client: &Client, run_id: &str) -> Vec<f64> {
    let columns = vec!["path_ratios".to_owned()];
    let request = pb::GetDistributionsRequest { run_id: run_id.to_owned(), columns };
    let answer = within(client.results().get_distributions(request)).await.unwrap().into_inner();
    match answer.columns.into_iter().next().unwrap().values {
        Some(pb::column::Values::Doubles(doubles)) => doubles.values,
        other => panic!("{other:?}"),
    }
}

/// What a trial earned day by day, from its equity at the ends of days.
async fn daily_returns(client: &Client, run_id: &str, trial_index: i64) -> Vec<f64> {
    let request = pb::GetEquityCurveRequest {
        run_id: run_id.to_owned(),
        trial_index: Some(trial_index),
        max_points: 5_000,
        ..Default::default()
    };
    let curve = within(client.results().get_equity_curve(request)).await.unwrap().into_inner();
    assert_eq!(curve.total_points as usize, curve.equity.len(), "the whole curve");
    let first_ms = curve.time_unix_ms[0];
    let ends = curve.time_unix_ms.iter().zip(&curve.equity);
    let ends: Vec<f64> =
        ends.filter(|(time, _)| (**time - first_ms) % DAY_MS == 0).map(|(_, it)| *it).collect();
    ends.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect()
}

fn ratio(returns: &[f64]) -> f64 {
    let count = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / count;
    let squares: f64 = returns.iter().map(|value| (value - mean) * (value - mean)).sum();
    mean / (squares / (count - 1.0)).sqrt()
}

/// The paths of five groups of which two judge, by the definition.
fn paths_by_hand(trials: &[Vec<f64>], purge: usize, embargo: usize) -> (Vec<f64>, usize) {
    let length = DAYS / 5;
    let first = DAYS % 5;
    let group = |number: usize| first + number * length..first + (number + 1) * length;
    let mut winners = Vec::new();
    for one in 0..5 {
        for two in one + 1..5 {
            let is_near = |day: usize| {
                [one, two].into_iter().any(|judging| {
                    let days = group(judging);
                    day + purge >= days.start && day < days.end + embargo
                })
            };
            let inside = |trial: &Vec<f64>| {
                let days = (first..DAYS).filter(|day| !is_near(*day));
                ratio(&days.map(|day| trial[day]).collect::<Vec<_>>())
            };
            let ratios: Vec<f64> = trials.iter().map(inside).collect();
            let best = ratios.iter().copied().fold(f64::MIN, f64::max);
            winners.push(([one, two], ratios.iter().position(|ratio| *ratio == best).unwrap()));
        }
    }
    let path = |number: usize| {
        let pieces = (0..5).flat_map(|judging| {
            let mut judged = winners.iter().filter(|(groups, _)| groups.contains(&judging));
            let (_, winner) = judged.nth(number).unwrap();
            trials[*winner][group(judging)].to_vec()
        });
        ratio(&pieces.collect::<Vec<_>>())
    };
    let mut chosen: Vec<usize> = winners.iter().map(|(_, winner)| *winner).collect();
    chosen.sort_unstable();
    chosen.dedup();
    ((0..4).map(path).collect(), chosen.len())
}

#[tokio::test]
async fn paths_are_those_made_by_hand_from_the_equity_of_every_trial() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let searched = server.submit(sweep()).await.run_id;
    search_result(&server.when_final(&searched).await);
    let mut trials = Vec::new();
    for trial_index in 0..TRIALS {
        trials.push(daily_returns(&server, &searched, trial_index).await);
    }
    assert!(trials.iter().all(|returns| returns.len() == DAYS));

    let asked = validation(&searched, Some(cut(5, 2, 2, Some(3))));
    let (run_id, result) = validated(&server, asked).await;
    let told = result.paths.unwrap();
    let (by_hand, chosen) = paths_by_hand(&trials, 2, 3);
    let ratios = path_ratios(&server, &run_id).await;
    assert_eq!((told.path_count, told.split_count, ratios.len()), (4, 10, 4));
    for (told, by_hand) in ratios.iter().zip(&by_hand) {
        assert!((told - by_hand).abs() < 1e-9, "{ratios:?} are not {by_hand:?}");
    }
    assert_eq!(told.chosen_trial_count, chosen as i64);
    let mut sorted = ratios.clone();
    sorted.sort_by(f64::total_cmp);
    assert_eq!((told.quantiles[0], told.quantiles[6]), (sorted[0], sorted[3]));
    assert_eq!((told.quantiles.len(), told.quantiles[3]), (7, sorted[1]));
    let below = ratios.iter().filter(|ratio| **ratio < 0.0).count();
    assert_eq!(told.share_below_zero, Some(below as f64 / 4.0));

    // Another question is other work; what the others tell stays.
    let (plain, without) = validated(&server, validation(&searched, None)).await;
    assert_ne!(plain, run_id);
    assert_eq!((without.paths, without.spa_p, without.pbo), (None, result.spa_p, result.pbo));
    assert_eq!(path_ratios(&server, &plain).await, [0.0; 0]);
}

#[tokio::test]
async fn what_is_usual_is_echoed_and_what_cannot_be_is_refused_by_its_field() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let searched = server.submit(sweep()).await.run_id;
    server.when_final(&searched).await;
    let usual = validation(&searched, Some(pb::Combinatorial::default()));
    let (run_id, result) = validated(&server, usual).await;
    assert_eq!(result.paths.unwrap().path_count, 9);
    let run = server.describe(&run_id).await;
    let Some(pb::run::Spec::Validation(spec)) = run.spec else { panic!("a validation") };
    // A hundredth of 103 days, rounded up.
    assert_eq!(spec.combinatorial, Some(cut(10, 2, 0, Some(2))));
    for (asked, field) in [
        (cut(2, 1, 0, None), "groups"),
        (cut(21, 2, 0, None), "groups"),
        (cut(6, 6, 0, None), "test_groups"),
        (cut(14, 7, 0, None), "test_groups"),
        (cut(10, 2, 60, None), "purge_days"),
        (cut(10, 2, -1, None), "purge_days"),
        (cut(10, 2, 0, Some(-3)), "embargo_days"),
    ] {
        let refused = server.try_submit(validation(&searched, Some(asked))).await.unwrap_err();
        refused.assert_invalid(&[&format!("validation.combinatorial.{field}")]);
    }
}
