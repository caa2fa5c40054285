//! Searches at their limits, and what judges them: one trial or two, all alike, none that trades,
//! none that lives, days too few. Everything ends, and nothing is made of what is not there.

use std::fmt::Write as _;

use tonic::Code;
use tradeforge::pb;
use tradeforge::pb::optimization_spec::Search;
use tradeforge::pb::walk_forward_spec::Scheme;
use tradeforge::pb::{InSampleMode, RunState};

use crate::support::{
    Client, Refusal as _, START_MS, Sweep, TestServer, few, import_hours, int, lengths, on_hours,
    over_hours, search_result, searched, series, sma_cross, stress, stressed, walk, walked,
};

fn validation(run_id: &str, change: impl FnOnce(&mut pb::ValidationSpec)) -> pb::SubmitRequest {
    let mut spec = pb::ValidationSpec { run_id: run_id.to_owned(), ..Default::default() };
    spec.bootstrap_count = 100;
    change(&mut spec);
    let spec = Some(pb::submit_request::Spec::Validation(spec));
    pb::SubmitRequest { spec, ..Default::default() }
}

/// What a validation of that search comes to, with and without paths.
async fn judged(client: &Client, search: pb::OptimizationSpec) -> pb::ValidationResult {
    let status = client.run(searched(search)).await;
    assert_eq!(status.state(), RunState::Completed, "{status:?}");
    let combinatorial = pb::Combinatorial { groups: 4, test_groups: 2, ..Default::default() };
    let asked = validation(&status.run_id, |spec| spec.combinatorial = Some(combinatorial));
    let status = client.run(asked).await;
    match status.result {
        Some(pb::run_status::Result::Validation(result)) => result,
        other => panic!("{other:?} {:?} of {}", status.error, status.run_id),
    }
}

fn sweep() -> Sweep {
    sma_cross(1, 1).cash("100000").commission("0.0005").all_in().sweep()
}

/// That nothing is told where there is nothing to tell from, and that a person is told so.
#[track_caller]
fn assert_nothing_is_told(found: &pb::ValidationResult, what: &str) {
    let told = [found.spa_p, found.reality_check_p, found.pbo, found.dsr_2014, found.psr_2012];
    assert_eq!(told, [None; 5], "{what}: {found:?}");
    assert!(found.sentence.starts_with("There is too little"), "{what}: {}", found.sentence);
    assert_words(&found.sentence);
}

/// No surface says that anything is proven.
#[track_caller]
fn assert_words(sentence: &str) {
    let words = ["edge", "passed", "significant", "proven", "robust"];
    assert!(words.iter().all(|word| !sentence.to_lowercase().contains(word)), "{sentence}");
}

#[tokio::test]
async fn one_trial_is_no_choice_and_two_are() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let one = judged(&server, on_hours(sweep().over("fast", 4, 4, 1).over("slow", 24, 24, 1)));
    assert_nothing_is_told(&one.await, "one trial");
    let two = on_hours(sweep().over("fast", 4, 5, 1).over("slow", 24, 24, 1));
    let two = judged(&server, two).await;
    assert!(two.spa_p.is_some_and(|p| (0.0..=1.0).contains(&p)), "{two:?}");
    assert_eq!(two.trial_count, 2);
    assert_words(&two.sentence);
    assert!(two.sentence.contains("of 100 searches by luck"), "{}", two.sentence);
}

#[tokio::test]
async fn trials_that_are_all_the_same_count_as_one_independent_one() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    // Points that stand twice are told of.
    let alike =
        pb::Point { params: [("fast".to_owned(), int(4)), ("slow".to_owned(), int(24))].into() };
    let mut search = on_hours(sweep());
    search.base.get_or_insert_default().params.clear();
    search.search = Some(Search::Points(pb::PointList { points: vec![alike; 3] }));
    let refused = server.refusal(searched(search)).await;
    refused.assert_invalid(
        &[1, 2]
            .map(|it| format!("optimization.points.points[{it}]"))
            .each_ref()
            .map(String::as_str),
    );
    // A parameter that is never the one that decides.
    let text = "param idle = 1 from 1 to 9\nenter long when close > sma(close, 24) and idle > 0\n\
                exit long when close < sma(close, 24)";
    let mut ties = on_hours(sweep().over("idle", 1, 5, 1));
    let base = ties.base.get_or_insert_default();
    base.strategy = Some(pb::StrategyRef { source: text.to_owned(), ..Default::default() });
    base.params.clear();
    let found = judged(&server, ties.clone()).await;
    assert_eq!((found.trial_count, found.left_out_count), (5, 0));
    let implied = found.implied_trials.expect("they vary");
    assert!((1.0..1.7).contains(&implied), "{implied}");
    // The best of one half is in the middle of its equals in the other: no better than the median.
    assert_eq!((found.best_trial_index, found.pbo), (0, Some(1.0)), "{found:?}");
    assert!(found.spa_p_lower <= found.spa_p && found.spa_p <= found.spa_p_upper, "{found:?}");
    // Of equals the first is chosen, in every window.
    for mode in [InSampleMode::Flat, InSampleMode::Carried] {
        let mut request = walk(ties.clone(), Scheme::Rolling(lengths(30, 20)));
        if let Some(pb::submit_request::Spec::WalkForward(spec)) = &mut request.spec {
            spec.set_in_sample_mode(mode);
        }
        let (status, windows) = server.walk(request).await;
        assert!(windows.iter().all(|it| it.selected_trial == Some(0)), "{mode:?} {windows:?}");
        assert_eq!(walked(&status).stability[0].changed_share, 0.0, "{mode:?}");
    }
}

#[tokio::test]
async fn where_nobody_trades_fails_or_lives_there_is_nothing_to_judge() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    // Two averages longer than all bars never cross.
    let idle = sweep().over("fast", 2_900, 2_902, 1).over("slow", 2_950, 2_951, 1);
    let profit = pb::Objective { metric: "total_return".into(), goal: 0 };
    let idle = on_hours(idle.spec(|spec| spec.objective = Some(profit)));
    let found = judged(&server, idle).await;
    assert_nothing_is_told(&found, "no trades");
    assert_eq!((found.trial_count, found.left_out_count), (0, 6));
    // No objective at all: no sharpe without a trade.
    let undefined = on_hours(sweep().over("fast", 2_900, 2_901, 1).over("slow", 2_950, 2_950, 1));
    let status = server.run(searched(undefined)).await;
    assert_eq!(search_result(&status).best_trial, None);
    assert_no_best(&server, &status.run_id).await;
    // Every trial fails: fast is not below slow.
    let failing = on_hours(sweep().over("fast", 30, 31, 1).over("slow", 20, 21, 1));
    let status = server.run(searched(failing)).await;
    assert_eq!(search_result(&status).failed, 4);
    assert_no_best(&server, &status.run_id).await;
}

/// A search without a best trial is refused by its run, and by nothing that follows from that.
async fn assert_no_best(client: &Client, run_id: &str) {
    let asked = validation(run_id, |spec| spec.mean_block_days = 4.0);
    let refused = client.refusal(asked).await;
    refused.assert_invalid(&["validation.run_id"]);
    assert!(refused.about("validation.run_id").contains("no best trial"), "{refused:?}");
}

/// A series of these closes at every hour, as `TEST:ODD@1h`.
async fn import_closes(client: &Client, closes: impl IntoIterator<Item = i64>) {
    let mut text = "timestamp_ms,open,high,low,close,volume\n".to_owned();
    for (hour, close) in (0..).zip(closes) {
        let time = START_MS + hour * 3_600_000;
        _ = writeln!(text, "{time},{close},{close},{close},{close},1");
    }
    let spec =
        pb::SeriesSpec { timeframe: "1h".into(), price_tick: "0.01".into(), ..series("ODD") };
    client.try_import(spec, &text).await.unwrap();
}

fn on_odd(sweep: Sweep) -> pb::OptimizationSpec {
    let mut search = on_hours(sweep);
    for subscription in &mut search.base.get_or_insert_default().subscriptions {
        subscription.symbol = "ODD".into();
    }
    search
}

#[tokio::test]
async fn prices_that_never_move_are_no_returns_to_compare() {
    let server = TestServer::start().await;
    import_closes(&server, std::iter::repeat_n(100, 80 * 24)).await;
    let profit = pb::Objective { metric: "total_return".into(), goal: 0 };
    let still = on_odd(sweep().over("fast", 2, 4, 1).over("slow", 12, 13, 1));
    let still = pb::OptimizationSpec { objective: Some(profit), ..still };
    let found = judged(&server, still.clone()).await;
    assert_nothing_is_told(&found, "no moves");
    assert_eq!((found.trial_count, found.left_out_count, found.days), (0, 6, 80));
    let (status, windows) = server.walk(walk(still, Scheme::Rolling(lengths(20, 10)))).await;
    let result = walked(&status);
    assert_eq!((result.metrics["total_return"], result.efficiency), (0.0, None));
    assert_eq!(result.rank_correlation, None, "equals have no ranks");
    assert!(windows.iter().all(|it| it.selected_trial == Some(0)));
}

#[tokio::test]
async fn two_bars_are_searched_and_neither_judged_nor_walked() {
    let server = TestServer::start().await;
    import_closes(&server, [100, 101]).await;
    let profit = pb::Objective { metric: "total_return".into(), goal: 0 };
    let brief = on_odd(sweep().over("fast", 2, 3, 1).over("slow", 5, 6, 1));
    let brief = pb::OptimizationSpec { objective: Some(profit), ..brief };
    let status = server.run(searched(brief.clone())).await;
    assert_eq!(search_result(&status).completed, 4, "{status:?}");
    let answer = server.submit(validation(&status.run_id, |_| ())).await;
    assert!(answer.warnings.iter().any(|it| it.contains("tell nothing")), "{answer:?}");
    match server.when_final(&answer.run_id).await.result {
        Some(pb::run_status::Result::Validation(found)) => {
            assert_nothing_is_told(&found, "two bars");
        }
        other => panic!("{other:?}"),
    }
    for scheme in [None, Some(Scheme::Rolling(lengths(1, 1)))] {
        let refused = server.refusal(walk(brief.clone(), scheme)).await;
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
        assert!(refused.message().contains("day"), "{refused:?}");
    }
}

#[tokio::test]
async fn what_is_no_number_is_refused_by_its_field() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let search = on_hours(sweep().over("fast", 4, 5, 1).over("slow", 24, 24, 1));
    let run_id = server.run(searched(search)).await.run_id;
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.5, 1e300] {
        let refused = server.refusal(validation(&run_id, |spec| spec.mean_block_days = odd)).await;
        refused.assert_invalid(&["validation.mean_block_days"]);
    }
    for (count, blocks) in [(i32::MIN, -2), (-1, i32::MAX), (i32::MAX, 3)] {
        let asked = validation(&run_id, |spec| {
            (spec.bootstrap_count, spec.blocks, spec.permutation_count) = (count, blocks, count);
        });
        server.refusal(asked).await.assert_invalid(&[
            "validation.blocks",
            "validation.bootstrap_count",
            "validation.permutation_count",
        ]);
    }
}

#[tokio::test]
async fn a_search_in_which_every_account_is_ruined_is_told_of_and_not_judged() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let mut ruined = on_hours(sweep().over("fast", 2, 4, 1).over("slow", 12, 13, 1));
    let profit = pb::Objective { metric: "total_return".into(), goal: 0 };
    ruined.objective = Some(profit);
    let simulation = ruined.base.get_or_insert_default().simulation.get_or_insert_default();
    simulation.commission_rate = "0.4".into();
    simulation.max_leverage = "50".into();
    let status = server.run(searched(ruined.clone())).await;
    let trials = server.trials(&status.run_id).await;
    let is_ruined = |trial: &pb::TrialSummary| trial.metrics.get("bankrupt") == Some(&1.0);
    let lost = trials.iter().filter(|trial| is_ruined(trial)).count();
    let found = judged(&server, ruined.clone()).await;
    assert_eq!(found.trial_count + found.left_out_count, 6);
    assert!(found.left_out_count >= lost as i64, "{lost} {found:?}");
    for mode in [InSampleMode::Flat, InSampleMode::Carried] {
        let mut request = walk(ruined.clone(), Scheme::Rolling(lengths(30, 20)));
        if let Some(pb::submit_request::Spec::WalkForward(spec)) = &mut request.spec {
            spec.set_in_sample_mode(mode);
        }
        let status = server.run(request).await;
        assert_eq!(status.state(), RunState::Completed, "{mode:?} {status:?}");
        let windows = server.windows(&status.run_id).await;
        let numbers = windows.iter().flat_map(|it| it.out_of_sample_metrics.values());
        assert!(numbers.copied().all(f64::is_finite), "{mode:?} {windows:?}");
        assert_words(&walked(&status).sentence);
    }
}

#[tokio::test]
async fn windows_that_do_not_fit_are_refused_by_their_lengths() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let twelve = || on_hours(sweep().over("fast", 2, 8, 2).over("slow", 12, 36, 12));
    let purged = |days: i32| pb::Windows { purge_days: days, ..lengths(30, 20) };
    for (scheme, field) in [
        (Scheme::Rolling(lengths(500, 20)), "rolling.in_sample_days"),
        (Scheme::Rolling(lengths(i32::MAX, i32::MAX)), "rolling.in_sample_days"),
        (Scheme::Rolling(purged(200)), "rolling.in_sample_days"),
        (Scheme::Rolling(purged(i32::MAX)), "rolling.in_sample_days"),
        // A single window is no walk.
        (Scheme::Anchored(lengths(80, 30)), "anchored.in_sample_days"),
        (
            Scheme::Anchored(pb::Windows { window_count: 1, ..Default::default() }),
            "anchored.window_count",
        ),
    ] {
        let refusal = server.refusal(walk(twelve(), scheme)).await;
        refusal.assert_invalid(&[&format!("walk_forward.{field}")]);
    }
    // Purged by more days than are judged, and still whole.
    let wide = server.run(walk(twelve(), Scheme::Rolling(purged(25)))).await;
    assert_eq!(walked(&wide).window_count, 3);
}

#[tokio::test]
async fn an_embargo_of_all_days_leaves_nothing_to_choose_by_and_is_refused() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let search = on_hours(sweep().over("fast", 2, 8, 2).over("slow", 12, 36, 12));
    let run_id = server.run(searched(search)).await.run_id;
    for (purge_days, embargo_days) in [(0, 120), (0, i32::MAX), (i32::MAX, 0), (120, 120)] {
        let cut = pb::Combinatorial {
            groups: 6,
            test_groups: 2,
            purge_days,
            embargo_days: Some(embargo_days),
        };
        let refused = server.refusal(validation(&run_id, |spec| spec.combinatorial = Some(cut)));
        let refused = refused.await;
        assert_eq!(refused.code(), Code::InvalidArgument, "{purge_days} {embargo_days}");
    }
}

#[tokio::test]
async fn a_backtest_without_trades_or_of_one_day_stands_any_stress() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let idle = over_hours(sma_cross(2_900, 2_950).cash("100000").commission("0.0005").all_in());
    let status = server.run(stress(idle, few)).await;
    assert_eq!(status.state(), RunState::Completed, "{status:?}");
    let result = stressed(&status);
    assert_eq!(result.metrics.get("trade_count"), Some(&0.0));
    assert!(result.metrics.values().copied().all(f64::is_finite));
    assert_words(&result.sentence);
    let mut brief = over_hours(sma_cross(2, 5).cash("100000").commission("0.0005").all_in());
    let seconds = START_MS / 1_000 + 86_400;
    let end_time = Some(prost_types::Timestamp { seconds, nanos: 0 });
    brief.time_range = Some(pb::TimeRange { start_time: None, end_time });
    // Of one day none can be left out at the beginning.
    let refused = server.refusal(stress(brief, few)).await;
    refused.assert_invalid(&["robustness.start_shift_days"]);
    assert!(refused.message().contains("the run has 1 days"), "{refused:?}");
}

#[tokio::test]
async fn searches_that_learn_end_where_there_is_nothing_to_learn() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let genetic =
        |trial_count, batch| Search::Genetic(pb::GeneticSearch { trial_count, seed: 1, batch });
    let tpe = |trial_count| Search::Tpe(pb::TpeSearch { trial_count, seed: 1, batch: 8 });
    let one = || sweep().over("fast", 4, 4, 1).over("slow", 24, 24, 1);
    let few_cells = || sweep().over("fast", 2, 5, 1).over("slow", 12, 13, 1);
    // Longer than all bars: no trial has a ratio.
    let constant = || sweep().over("fast", 2_900, 2_909, 1).over("slow", 2_950, 2_957, 1);
    let failing = || sweep().over("fast", 30, 39, 1).over("slow", 20, 27, 1);
    for (what, sweep, total) in [
        ("one", one(), 1),
        ("few", few_cells(), 8),
        ("constant", constant(), 40),
        ("failing", failing(), 40),
    ] {
        for search in [genetic(40, 1_024), genetic(40, 8), tpe(40)] {
            let spec = on_hours(sweep.clone().spec(|spec| spec.search = Some(search.clone())));
            let status = server.run(searched(spec)).await;
            assert_eq!(status.state(), RunState::Completed, "{what} {search:?} {status:?}");
            let result = search_result(&status);
            assert_eq!(result.completed + result.failed, total, "{what} {search:?}");
            let trials = server.trials(&status.run_id).await;
            assert_eq!(trials.len() as i64, total, "{what}: each once");
        }
    }
}

/// What people read of luck, but for the sentences, which are looked at above.
const SURFACES: [&str; 5] =
    ["README.md", "docs/statistics.md", "docs/search.md", "docs/robustness.md", "src/demo/tour.rs"];

#[test]
fn no_surface_says_that_there_is_an_edge_or_that_a_test_was_passed() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let reports = std::fs::read_dir(root.join("clients/web/src/reports")).expect("the page");
    let pages = reports.map(|entry| entry.expect("a file").path());
    let mut files: Vec<_> = SURFACES.iter().map(|name| root.join(name)).collect();
    files.extend(pages.filter(|path| path.extension().is_some_and(|it| it == "tsx")));
    assert!(files.len() > 20);
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a text").to_lowercase();
        let words = text.split(|letter: char| !letter.is_alphanumeric());
        let found: Vec<&str> =
            words.filter(|word| ["edge", "significant", "passed"].contains(word)).collect();
        assert!(found.is_empty(), "{}: {found:?}", file.display());
    }
}
