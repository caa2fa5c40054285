//! Validations and runs under stress of odd things: few draws, few paths, a search that never
//! ended. What is told is a number, and no sentence says more than the numbers do.

use std::fmt::Write as _;

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Value};
use tonic::Code;
use tradeforge::pb;
use tradeforge::pb::{RobustnessPart, RunState};

use crate::support::{
    Client, Market, Refusal as _, START_MS, TestServer, crossing, gate, import_hours, on_hours,
    searched, series, sma_cross, stress, stressed,
};

fn judging(run_id: &str, change: impl FnOnce(&mut pb::ValidationSpec)) -> pb::SubmitRequest {
    let mut spec = pb::ValidationSpec { run_id: run_id.to_owned(), ..Default::default() };
    change(&mut spec);
    let spec = Some(pb::submit_request::Spec::Validation(spec));
    pb::SubmitRequest { spec, ..Default::default() }
}

async fn judged(client: &Client, request: pb::SubmitRequest) -> pb::ValidationResult {
    let status = client.run(request).await;
    assert_finite(&status);
    match status.result {
        Some(pb::run_status::Result::Validation(result)) => result,
        other => panic!("{other:?} {:?} of {}", status.error, status.run_id),
    }
}

/// Hours that go up and down and lose three fifths at once, after sixty of so many more days.
async fn import_crash(client: &Client) {
    let mut text = "timestamp_ms,open,high,low,close,volume\n".to_owned();
    for hour in 0..120 * 24 {
        let wave = 1_000 + 10 * (hour % 50 - 25_i64).abs();
        let price = if hour < 60 * 24 { wave } else { wave * 2 / 5 };
        let time = START_MS + hour * 3_600_000;
        _ = writeln!(text, "{time},{price},{price},{price},{price},1");
    }
    let spec =
        pb::SeriesSpec { timeframe: "1h".into(), price_tick: "0.01".into(), ..series("CRASH") };
    client.try_import(spec, &text).await.unwrap();
}

/// That every number of a status is one.
#[track_caller]
fn assert_finite(status: &pb::RunStatus) {
    fn look(value: &Value, path: &str) {
        match value {
            Value::F64(number) => assert!(number.is_finite(), "{path} is {number}"),
            Value::Message(message) => {
                for (field, value) in message.fields() {
                    look(value, &format!("{path}.{}", field.name()));
                }
            }
            Value::List(values) => values.iter().for_each(|value| look(value, path)),
            Value::Map(values) => {
                for (key, value) in values {
                    look(value, &format!("{path}[{key:?}]"));
                }
            }
            _ => {}
        }
    }
    let pool = DescriptorPool::decode(pb::DESCRIPTORS).expect("descriptors");
    let kind = pool.get_message_by_name("tradeforge.v1.RunStatus").expect("a status");
    let bytes = status.encode_to_vec();
    let message = DynamicMessage::decode(kind, bytes.as_slice()).expect("the same");
    look(&Value::Message(message), "status");
}

fn grid() -> pb::OptimizationSpec {
    let work = sma_cross(1, 1).cash("100000").commission("0.0005").all_in();
    on_hours(work.sweep().over("fast", 2, 8, 2).over("slow", 12, 36, 12))
}

#[tokio::test]
async fn few_draws_are_said_to_be_few() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let run_id = server.run(searched(grid())).await.run_id;
    for (draws, least) in [(1, "nothing less than 50 of 100"), (3, "nothing less than 25 of 100")] {
        let request = || judging(&run_id, |spec| spec.bootstrap_count = draws);
        let answer = server.submit(request()).await;
        assert!(answer.warnings.iter().any(|it| it.contains("tell no p below")), "{answer:?}");
        let found = judged(&server, request()).await;
        assert!(found.spa_p.unwrap() >= 1.0 / f64::from(draws + 1), "{found:?}");
        assert!(found.sentence.contains(least), "{}", found.sentence);
    }
    let answer = server.submit(judging(&run_id, |spec| spec.bootstrap_count = 99)).await;
    assert_eq!(answer.warnings, Vec::<String>::new());
}

#[tokio::test]
async fn a_search_that_was_cancelled_is_not_said_to_come_to_a_result() {
    let server = TestServer::with(&Market::wavy(60)).await;
    let live = server.submit(gate(1).sweep().over("key", 1, 3, 1)).await.run_id;
    let refused = server.refusal(judging(&live, |_| ())).await;
    assert_eq!(
        (refused.code(), refused.reason().as_str()),
        (Code::FailedPrecondition, "RUN_NOT_FINISHED")
    );
    assert!(refused.has_retry_info() && refused.message().contains("once it is COMPLETED"));
    server.cancel(&live).await;
    assert_eq!(server.when_final(&live).await.state(), RunState::Cancelled);
    let refused = server.refusal(judging(&live, |_| ())).await;
    assert_eq!(refused.reason(), "RUN_NOT_FINISHED");
    assert!(refused.message().contains("is CANCELLED and has no result"), "{}", refused.message());
    assert!(!refused.has_retry_info());
}

#[tokio::test]
async fn where_the_best_by_the_objective_is_ruined_the_others_are_judged_all_the_same() {
    let server = TestServer::start().await;
    import_crash(&server).await;
    let text = "param big = 0 from 0 to 3\nparam n = 24 from 2 to 99\n\
                enter long when bar_index == n\nsize equity big * 3 + 0.5";
    let work = sma_cross(1, 1).cash("100000").commission("0.0005");
    let mut search = on_hours(work.sweep().over("big", 0, 1, 1).over("n", 24, 96, 24));
    search.objective =
        Some(pb::Objective { metric: "max_drawdown".into(), goal: pb::Goal::Maximize.into() });
    let base = search.base.get_or_insert_default();
    base.subscriptions[0].symbol = "CRASH".into();
    base.strategy = Some(pb::StrategyRef { source: text.to_owned(), ..Default::default() });
    base.params.clear();
    let simulation = base.simulation.get_or_insert_default();
    (simulation.sizing, simulation.max_leverage) = (None, "50".into());
    let run_id = server.run(searched(search)).await.run_id;
    let trials = server.trials(&run_id).await;
    let ruined: Vec<bool> = trials.iter().map(|trial| trial.metrics["bankrupt"] == 1.0).collect();
    assert_eq!(ruined.iter().filter(|ruined| **ruined).count(), 4, "{ruined:?}");
    let found = judged(&server, judging(&run_id, |_| ())).await;
    assert!(ruined[found.best_trial_index as usize], "{found:?}");
    assert_eq!((found.trial_count, found.left_out_count, found.days), (4, 4, 120));
    assert!(found.spa_p.is_some() && found.psr_2012.is_none(), "{found:?}");
    let left_out = format!("Trial {}, the best by the objective", found.best_trial_index);
    assert!(found.sentence.contains(&left_out), "{}", found.sentence);
}

#[tokio::test]
async fn one_path_is_not_said_to_be_ninety_five_of_a_hundred() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let parts = vec![RobustnessPart::Resampling.into(), RobustnessPart::Neighbours.into()];
    for (paths, held) in [(1, "1 of 1 resampled"), (10, "10 of 10 resampled"), (40, "38 of 40")] {
        let request = stress(crossing(), |spec| {
            spec.parts.clone_from(&parts);
            (spec.path_count, spec.box_count) = (paths, 1);
        });
        let status = server.run(request).await;
        assert_finite(&status);
        let result = stressed(&status);
        assert!(result.sentence.starts_with(held), "{}", result.sentence);
        let lists = server.lists(&status.run_id).await;
        let falls = &lists["paths.max_drawdown"];
        let deep = result.drawdown_p95.unwrap();
        let within = falls.iter().filter(|fall| **fall <= deep).count();
        assert_eq!(within, held.split(' ').next().unwrap().parse::<usize>().unwrap(), "{falls:?}");
    }
}

#[tokio::test]
async fn any_seed_is_a_seed_and_another_one_changes_what_is_drawn_only() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let run_id = server.run(searched(grid())).await.run_id;
    let mut told = Vec::new();
    for seed in [0, 1, u64::MAX, 1 << 63] {
        let asked = judging(&run_id, |spec| (spec.seed, spec.bootstrap_count) = (seed, 400));
        let found = judged(&server, asked).await;
        told.push((found.pbo, found.psr_2012, found.trial_count));
        let parts = vec![RobustnessPart::Noise.into(), RobustnessPart::RandomEntries.into()];
        let shaken = server.run(stress(crossing(), |spec| {
            (spec.seed, spec.noise_count, spec.random_entry_count) = (seed, 2, 2);
            spec.parts = parts;
        }));
        assert_finite(&shaken.await);
    }
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
}
