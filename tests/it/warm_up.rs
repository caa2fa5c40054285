//! Bars before the span, which a strategy sees and which count for nothing.

use tradeforge::pb::{self, RunState};

use crate::support::{Market, Refusal as _, TestServer, sma_cross};

fn spec_of(run: pb::Run) -> pb::BacktestSpec {
    let Some(pb::run::Spec::Backtest(spec)) = run.spec else { panic!("a backtest") };
    spec
}

#[tokio::test]
async fn a_slow_average_trades_from_the_start_of_a_short_span() {
    let server = TestServer::with(&Market::wavy(300)).await;
    let short = || sma_cross(3, 40).minutes(100..140);
    let cold = server.result(short()).await;
    // The average is there after 40 bars, and the span is over then.
    assert_eq!(cold.metrics["fill_count"], 0.0);
    let warm = server.result(short().warmed(41)).await;
    assert!(warm.metrics["fill_count"] > 0.0, "{:?}", warm.metrics);
    assert_eq!(warm.equity_point_count, cold.equity_point_count);
    assert_eq!(warm.metrics["buy_hold_return"], cold.metrics["buy_hold_return"]);
}

#[tokio::test]
async fn a_warm_up_is_part_of_the_work_and_no_more_of_it_is_echoed_than_is_there() {
    let server = TestServer::with(&Market::wavy(300)).await;
    let short = || sma_cross(3, 40).minutes(100..140);
    let answer = server.submit(short().warmed(250)).await;
    assert!(answer.warnings.iter().any(|told| told.contains("100 are there")), "{answer:?}");
    assert_eq!(server.when_final(&answer.run_id).await.state(), RunState::Completed);
    let described = server.describe(&answer.run_id).await;
    let cold = server.describe(&server.run(short()).await.run_id).await;
    assert_ne!(described.run_key, cold.run_key);
    assert_eq!((spec_of(described).warmup_bars, spec_of(cold).warmup_bars), (100, 0));
    // What is there is what was asked for: the same work.
    let again = server.submit(short().warmed(100).reuse_completed()).await;
    assert_eq!(again.run_id, answer.run_id);
}

#[tokio::test]
async fn a_dry_run_tells_how_many_bars_the_strategy_needs_and_a_count_below_zero_is_refused() {
    let server = TestServer::with(&Market::wavy(300)).await;
    let told = server.submit(sma_cross(3, 40).validate_only()).await;
    assert_eq!(told.warmup_bars, Some(41));
    let refusal = server.refusal(sma_cross(3, 40).warmed(-1)).await;
    assert!(refusal.about("backtest.warmup_bars").contains("-1 is below 0"));
    let request = pb::ListStrategiesRequest::default();
    let listed = server.strategies().list_strategies(request).await.unwrap().into_inner();
    let of = |name: &str| listed.strategies.iter().find(|it| it.name == name).unwrap().warmup_bars;
    assert_eq!((of("sma_cross"), of("buy_and_hold")), (Some(51), Some(1)));
}

#[tokio::test]
async fn what_sizes_its_entries_by_itself_says_so_shipped_or_saved() {
    let server = TestServer::start().await;
    for source in ["weight 0.5", "enter long when close > open\nexit long when close < open"] {
        let name = if source.starts_with("weight") { "halves" } else { "rises" };
        let source = format!("strategy \"{name}\" \"It is listed.\"\n{source}\n");
        let request = pb::SaveStrategyRequest { name: name.into(), source };
        server.strategies().save_strategy(request).await.unwrap();
    }
    let request = pb::ListStrategiesRequest::default();
    let listed = server.strategies().list_strategies(request).await.unwrap().into_inner();
    let of = |name: &str| listed.strategies.iter().find(|it| it.name == name).unwrap().sizes_itself;
    let sizing = ["fixed_weights", "sma_cross", "halves", "rises"].map(of);
    assert_eq!(sizing, [true, false, true, false]);
}

#[tokio::test]
async fn each_trial_of_a_search_is_the_backtest_with_the_same_warm_up() {
    let server = TestServer::with(&Market::wavy(300)).await;
    let short = |slow| sma_cross(3, slow).minutes(100..200).warmed(60);
    let run = server.run(short(20).sweep().over("slow", 10, 50, 10)).await;
    for trial in server.trials(&run.run_id).await {
        let Some(pb::param_value::Kind::IntValue(slow)) = trial.params["slow"].kind else {
            panic!("a whole number")
        };
        let alone = server.result(short(slow)).await;
        assert_eq!(alone.metrics, trial.metrics, "slow {slow}");
        assert!(alone.metrics["fill_count"] > 0.0);
    }
}
