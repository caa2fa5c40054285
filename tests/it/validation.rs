//! Validations: how much of the best of an optimization is luck, as a run like any other.

use std::num::NonZero;

use tonic::Code;
use tradeforge::pb;
use tradeforge::pb::import_bars_request::Source;
use tradeforge::pb::{RunKind, RunState, SyntheticBars};

use crate::support::{
    ChildServer, Client, Market, Refusal as _, Sweep, TestServer, search_result, series, sma_cross,
};

/// Days that the made-up bars last.
const DAYS: i64 = 100;

/// Bars of an hour over so many days, as `TEST:BARS@1h`.
async fn import_hours(client: &Client) {
    let spec = pb::SeriesSpec { timeframe: "1h".into(), ..series("BARS") };
    let bars = SyntheticBars { bar_count: DAYS * 24, seed: 5, ..Default::default() };
    client.import_from(spec, Source::Synthetic(bars)).await.unwrap();
}

/// Fifteen trials over hours.
fn sweep() -> Sweep {
    let work = sma_cross(1, 1).cash("1000000").commission("0.0005").all_in();
    hours(work.sweep().over("fast", 2, 10, 2).over("slow", 20, 60, 20))
}

fn hours(sweep: Sweep) -> Sweep {
    sweep.spec(|spec| {
        for subscription in &mut spec.base.get_or_insert_default().subscriptions {
            subscription.timeframe = "1h".into();
        }
    })
}

/// The validation of a run.
fn validation(run_id: &str, change: impl FnOnce(&mut pb::ValidationSpec)) -> pb::SubmitRequest {
    let mut spec = pb::ValidationSpec { run_id: run_id.to_owned(), ..Default::default() };
    change(&mut spec);
    let spec = Some(pb::submit_request::Spec::Validation(spec));
    pb::SubmitRequest { spec, ..Default::default() }
}

#[track_caller]
fn found(status: &pb::RunStatus) -> pb::ValidationResult {
    match &status.result {
        Some(pb::run_status::Result::Validation(result)) => result.clone(),
        other => panic!("{other:?} in {status:?}"),
    }
}

async fn metrics_of(
    client: &Client,
    run_id: &str,
    trial_index: i64,
) -> std::collections::BTreeMap<String, f64> {
    let request = pb::GetTrialRequest { run_id: run_id.to_owned(), trial_index };
    client.results().get_trial(request).await.unwrap().into_inner().trial.unwrap().metrics
}

fn near(left: f64, right: f64) {
    assert!((left / right - 1.0).abs() < 1e-9, "{left} is not {right}");
}

#[tokio::test]
async fn a_validation_says_how_many_searches_by_luck_would_look_as_good() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let searched = server.submit(sweep()).await.run_id;
    let search = search_result(&server.when_final(&searched).await);
    let best = search.best_trial.unwrap();

    let answer = server.submit(validation(&searched, |_| ())).await;
    assert_eq!(answer.total, 15);
    let status = server.when_final(&answer.run_id).await;
    assert_eq!((status.state(), status.kind()), (RunState::Completed, RunKind::Validation));
    let progress = status.progress.clone().unwrap();
    assert_eq!((progress.total, progress.completed, progress.failed), (15, 15, 0));
    assert_eq!(progress.unit(), pb::ProgressUnit::Trials);

    let result = found(&status);
    assert_eq!((result.trial_count, result.left_out_count, result.days), (15, 0, DAYS as i32));
    assert_eq!(result.best_trial_index, best.trial_index);
    let [lower, p, upper] =
        [result.spa_p_lower, result.spa_p, result.spa_p_upper].map(Option::unwrap);
    assert!(0.0 < lower && lower <= p && p <= upper && upper <= 1.0, "{result:?}");
    let sentence =
        format!("{:.0} of 100 searches by luck would find a best that looks this good.", p * 100.0);
    assert_eq!(result.sentence, sentence);
    let implied = result.implied_trials.unwrap();
    assert!((1.0..=15.0).contains(&implied), "trials of a grid are alike: {implied}");
    assert_eq!(result.tried_ever, Some(15));
    near(result.dsr_ever.unwrap(), result.dsr_2014.unwrap());
    assert!(result.discoveries_bonferroni.unwrap() <= result.discoveries_holm.unwrap());
    let curve: Vec<f64> = result.deflated_curve.iter().map(|point| point.probability).collect();
    assert!(curve.windows(2).all(|pair| pair[0] >= pair[1]), "{curve:?}");

    // What the trials are worth, alike as they are, lies on the curve.
    assert_eq!(result.dsr_implied.is_some(), implied >= 2.0);
    if let Some(worth) = result.dsr_implied {
        let sides = result.deflated_curve.windows(2).find(|pair| implied <= pair[1].trials);
        let [less, more] = sides.unwrap() else { panic!("two sides") };
        assert!(
            more.probability <= worth && worth <= less.probability,
            "{less:?} {worth} {more:?}"
        );
    }

    // What is left of the best trial's returns is what its metric is taken over.
    let annual = result.best_sharpe_per_day.unwrap() * 365_f64.sqrt();
    let metrics = metrics_of(&server, &searched, best.trial_index).await;
    near(annual, metrics["sharpe_excess"]);
    let zero = validation(&searched, |spec| spec.set_excess_over(pb::ExcessOver::Zero));
    let zero = found(&server.run(zero).await);
    near(zero.psr_2012.unwrap(), metrics["psr"]);
    assert_ne!(zero.result_sha256, result.result_sha256);
}

#[tokio::test]
async fn what_was_tried_before_is_told_and_changes_no_hash() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let searched = server.submit(sweep()).await.run_id;
    server.when_final(&searched).await;
    let before = found(&server.run(validation(&searched, |_| ())).await);
    let more = sma_cross(1, 1).cash("1000000").commission("0.0005").all_in();
    let more = hours(more.sweep().over("fast", 1, 10, 1).over("slow", 20, 60, 5));
    server.run(more).await;
    let again = pb::SubmitRequest {
        reuse_policy: pb::ReusePolicy::AlwaysNew.into(),
        ..validation(&searched, |_| ())
    };
    let after = found(&server.run(again).await);
    // Ninety, of which the first search had all fifteen, within what the ledger may be off.
    let ever = after.tried_ever.unwrap();
    assert!((88..=92).contains(&ever), "{ever}");
    assert_eq!(before.tried_ever, Some(15));
    assert!(after.dsr_ever < before.dsr_ever, "{after:?}");
    let told = format!("about {ever} configurations were tried on this instrument so far.");
    assert!(after.sentence.ends_with(&told), "{}", after.sentence);
    assert!(after.sentence.starts_with(&before.sentence), "{}", after.sentence);
    assert_eq!(after.result_sha256, before.result_sha256);
}

#[tokio::test]
async fn a_validation_is_a_run_like_any_other_and_outlives_what_it_judges() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let searched = server.submit(sweep()).await.run_id;
    server.when_final(&searched).await;
    let run_id = server.submit(validation(&searched, |_| ())).await.run_id;
    let status = server.when_final(&run_id).await;

    let run = server.describe(&run_id).await;
    let Some(pb::run::Spec::Validation(spec)) = run.spec else { panic!("{run:?}") };
    assert_eq!((spec.run_id.as_str(), spec.blocks, spec.bootstrap_count), (&*searched, 16, 1_000));
    assert_eq!(spec.excess_over(), pb::ExcessOver::Exposure);
    let filter = "kind = VALIDATION".to_owned();
    let list = pb::ListRunsRequest { filter, ..Default::default() };
    let listed = server.runs().list_runs(list).await.unwrap().into_inner();
    assert_eq!(listed.runs.len(), 1);
    assert_eq!(listed.runs[0].run_id, run_id);

    let trades = pb::ListTradesRequest { run_id: run_id.clone(), ..Default::default() };
    let refusal = server.results().list_trades(trades).await.unwrap_err();
    assert_eq!(
        (refusal.code(), refusal.reason().as_str()),
        (Code::FailedPrecondition, "IS_A_VALIDATION")
    );

    let delete = pb::DeleteRunRequest { run_id: searched.clone() };
    server.runs().delete_run(delete).await.unwrap();
    assert_eq!(server.status(&run_id).await.result, status.result);
    let refusal = server.refusal(validation(&searched, |_| ())).await;
    assert_eq!(refusal.code(), Code::NotFound);
}

#[tokio::test]
async fn the_same_validation_has_the_same_result_on_any_number_of_threads() {
    let mut results = Vec::new();
    for workers in [1, 2, 8] {
        let server = TestServer::start_with(|config| config.workers = NonZero::new(workers)).await;
        import_hours(&server).await;
        let run_id = server.submit(sweep()).await.run_id;
        server.when_final(&run_id).await;
        let five_orders = validation(&run_id, |spec| spec.permutation_count = 5);
        results.push(found(&server.run(five_orders).await));
        if workers == 8 {
            let other = found(&server.run(validation(&run_id, |spec| spec.seed = 1)).await);
            assert_ne!(other.result_sha256, results[0].result_sha256);
            assert_eq!(other.pbo, results[0].pbo, "halves of the days are not drawn");
        }
    }
    assert!(results.iter().all(|result| *result == results[0]), "{results:?}");
}

#[tokio::test]
async fn a_validation_that_is_killed_comes_to_the_result_that_it_would_have_had() {
    let server = ChildServer::start().await;
    import_hours(&server).await;
    let searched = server.submit(sweep()).await.run_id;
    server.when_final(&searched).await;
    let many = || validation(&searched, |spec| spec.bootstrap_count = 10_000);
    let undisturbed = found(&server.run(many()).await);
    let again = pb::SubmitRequest { reuse_policy: pb::ReusePolicy::AlwaysNew.into(), ..many() };
    let run_id = server.submit(again).await.run_id;
    server.until_running(&run_id).await;
    let server = server.kill().serve().await;
    assert_eq!(found(&server.when_final(&run_id).await), undisturbed);
}

#[tokio::test]
async fn a_validation_that_is_paused_and_resumed_has_the_result_that_it_would_have_had() {
    let server = ChildServer::start().await;
    import_hours(&server).await;
    let searched = server.submit(sweep()).await.run_id;
    server.when_final(&searched).await;
    let many = || validation(&searched, |spec| spec.bootstrap_count = 10_000);
    let undisturbed = found(&server.run(many()).await);
    let again = pb::SubmitRequest { reuse_policy: pb::ReusePolicy::AlwaysNew.into(), ..many() };
    let run_id = server.submit(again).await.run_id;
    server.until_running(&run_id).await;
    // Its draws take a while; whatever is refused, it may be over already.
    if server.try_pause(&run_id).await.is_ok() {
        server.resume(&run_id).await;
    }
    assert_eq!(found(&server.when_final(&run_id).await), undisturbed);
}

#[tokio::test]
async fn what_cannot_be_judged_is_refused_with_all_its_faults() {
    let server = TestServer::with(&Market::wavy(400)).await;
    let backtest = server.submit(sma_cross(2, 5)).await.run_id;
    server.when_final(&backtest).await;
    let refusal = server.refusal(validation(&backtest, |_| ())).await;
    assert_eq!(
        (refusal.code(), refusal.reason().as_str()),
        (Code::FailedPrecondition, "NOT_AN_OPTIMIZATION")
    );

    server.import_as("MORE", &Market::wavy(400)).await;
    let sweep = sma_cross(1, 1).sweep().over("fast", 2, 4, 1).on_each(&["BARS", "MORE"]);
    let several = server.submit(sweep.over("slow", 6, 9, 3)).await.run_id;
    server.when_final(&several).await;
    let bad = validation(&several, |spec| {
        spec.blocks = 7;
        spec.bootstrap_count = 20_000;
        spec.mean_block_days = 0.5;
        spec.excess_over = 9;
    });
    let fields = ["blocks", "bootstrap_count", "excess_over", "mean_block_days", "run_id"];
    let fields = fields.map(|field| format!("validation.{field}"));
    let refusal = server.refusal(bad).await;
    refusal.assert_invalid(&fields.each_ref().map(String::as_str));
    assert!(refusal.about("validation.run_id").contains("several series"), "{refusal:?}");
    server.refusal(validation("nonsense", |_| ())).await.assert_invalid(&["validation.run_id"]);
}

#[tokio::test]
async fn too_few_days_are_told_and_nothing_is_made_of_them() {
    let server = TestServer::with(&Market::wavy(60)).await;
    let sweep = sma_cross(1, 1).sweep().over("fast", 2, 3, 1).over("slow", 5, 6, 1);
    // An hour is one day, of which no ratio is known.
    let by_profit = pb::Objective { metric: "net_profit".into(), goal: 0 };
    let sweep = sweep.spec(|spec| spec.objective = Some(by_profit));
    let run_id = server.submit(sweep).await.run_id;
    server.when_final(&run_id).await;
    let answer = server.submit(validation(&run_id, |_| ())).await;
    assert!(answer.warnings.iter().any(|warning| warning.contains("it takes 30")), "{answer:?}");
    let result = found(&server.when_final(&answer.run_id).await);
    assert!(result.sentence.starts_with("There is too little"), "{result:?}");
    assert_eq!((result.spa_p, result.pbo, result.dsr_2014), (None, None, None));
}
