//! Strategies as text: submitted, searched, and told what is wrong with them.

use tradeforge::pb;

use crate::support::{Market, Refusal as _, TestServer, int, sma_cross, within, work};

const CROSS: &str = "strategy \"Two averages\" \"Long while the fast one is above.\"
param fast = 3 from 1 to 50
param slow = 8 from 2 to 200
require fast < slow \"fast must be less than slow\"
f = sma(close, fast)
s = sma(close, slow)
enter long when crosses_above(f, s)
exit long when crosses_below(f, s)
";

#[tokio::test]
async fn a_search_over_a_text_has_the_trials_of_the_shipped_strategy() {
    let server = TestServer::with(&Market::wavy(400)).await;
    let shipped = sma_cross(1, 1).sweep().over("fast", 2, 6, 1).over("slow", 5, 20, 5);
    let text = work("sma_cross").rules(CROSS).sweep();
    let text = text.over("fast", 2, 6, 1).over("slow", 5, 20, 5);
    // Some hundred minutes have no daily ratio to go by.
    let by_return = |spec: &mut pb::OptimizationSpec| {
        let objective = spec.objective.get_or_insert_default();
        objective.metric = "total_return".to_owned();
    };
    let (shipped, text) = (shipped.spec(by_return), text.spec(by_return));
    let (shipped, text) = (server.search(shipped).await, server.search(text).await);
    assert_eq!((text.completed, text.failed), (shipped.completed, shipped.failed));
    let best = |result: &pb::OptimizationResult| {
        let trial = result.best_trial.clone().unwrap();
        (trial.trial_index, trial.metrics)
    };
    assert_eq!(best(&text), best(&shipped));
}

/// Entries at a price, additions, a stop that moves and a size by risk.
const PRICED: &str = "param depth = 1 from 0 to 9
n = atr(3)
enter long at limit close - depth * n / 4 when close > close[1] for 3 bars
add long when position.profit > 0 max 2
exit long when close < close[1] and position.bars > 4
stop long move position.entry - 3 * n
size risk 1%
";

#[tokio::test]
async fn a_search_over_entries_at_a_price_has_the_figures_of_its_backtests() {
    let server = TestServer::with(&Market::wavy(400)).await;
    let sweep = work("sma_cross").rules(PRICED).sweep().over("depth", 0, 3, 1);
    let run = server.run(sweep).await;
    let trials = server.trials(&run.run_id).await;
    assert_eq!(trials.len(), 4);
    let mut fills = 0.0;
    for trial in trials {
        let depth = trial.params["depth"].clone();
        let alone = server.result(work("sma_cross").rules(PRICED).param("depth", depth)).await;
        assert_eq!(trial.metrics, alone.metrics);
        fills += trial.metrics["fill_count"];
    }
    assert!(fills >= 8.0, "{fills}");
}

#[tokio::test]
async fn each_mistake_of_a_text_is_a_violation_with_its_place() {
    let server = TestServer::with(&Market::wavy(50)).await;
    let source = "f = smaa(close, 3)\ns = sma(clsoe, 50)\nentr long when f > s";
    let refusal = server.refusal(work("sma_cross").rules(source)).await;
    refusal.assert_invalid(&[
        "backtest.strategy.source:1:5",
        "backtest.strategy.source:2:9",
        "backtest.strategy.source:3:1",
    ]);
    let about = refusal.about("backtest.strategy.source:1:5");
    assert_eq!(about, "there is no function smaa (did you mean sma?)");
}

#[tokio::test]
async fn parameters_of_a_text_are_checked_as_those_of_any_strategy() {
    let server = TestServer::with(&Market::wavy(50)).await;
    let unknown = work("sma_cross").rules(CROSS).param("fats", int(3));
    server.refusal(unknown).await.assert_invalid(&["backtest.params.fats"]);
    let conflict = work("sma_cross").rules(CROSS).param("fast", int(9));
    let refusal = server.refusal(conflict).await;
    refusal.assert_invalid(&["backtest.params.fast"]);
    assert!(refusal.about("backtest.params.fast").starts_with("fast must be less than slow"));
}

#[tokio::test]
async fn a_text_is_named_by_itself_alone() {
    let server = TestServer::with(&Market::wavy(50)).await;
    let mut request: pb::SubmitRequest = work("sma_cross").rules(CROSS).into();
    if let Some(pb::submit_request::Spec::Backtest(spec)) = &mut request.spec {
        spec.strategy.get_or_insert_default().name = "sma_cross".into();
    }
    server.refusal(request).await.assert_invalid(&["backtest.strategy.name"]);
}

#[tokio::test]
async fn a_new_comment_is_the_same_work_and_a_new_constant_is_other_work() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let key = async |source: String| server.submit(work("sma_cross").rules(&source)).await.run_key;
    let plain = key(CROSS.to_owned()).await;
    let renamed = CROSS.replace("f = ", "quick = ").replace("(f, s)", "(quick, s) # as ever");
    assert_eq!(key(renamed).await, plain);
    assert_ne!(key(CROSS.replace("sma(close, slow)", "ema(close, slow)")).await, plain);
}

#[tokio::test]
async fn a_run_tells_its_text_and_a_list_leaves_it_out() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let run_id = server.run(work("sma_cross").rules(CROSS)).await.run_id;
    let strategy = |run: pb::Run| match run.spec {
        Some(pb::run::Spec::Backtest(spec)) => spec.strategy.unwrap_or_default(),
        other => panic!("{other:?}"),
    };
    let told = strategy(server.describe(&run_id).await);
    assert_eq!((told.source.as_str(), told.name.as_str()), (CROSS, "Two averages"));
    assert_eq!((told.version.as_str(), told.rule_sha256.len()), ("rules/1", 64));
    let request = pb::ListRunsRequest::default();
    let listed = within(server.runs().list_runs(request)).await.unwrap().into_inner();
    let listed = strategy(listed.runs.into_iter().next().unwrap());
    assert_eq!((listed.source, listed.rule_sha256), (String::new(), told.rule_sha256));
}

#[tokio::test]
async fn a_text_goes_by_longer_bars_that_its_own_are_made_into() {
    let server = TestServer::with(&Market::wavy(300)).await;
    let source = |frame: &str| {
        format!("enter long when close > close@{frame}\nexit long when close < close@{frame}")
    };
    server.run(work("sma_cross").rules(&source("5m"))).await;
    let request = pb::CheckStrategyRequest { source: source("5m") };
    let checked = within(server.strategies().check_strategy(request)).await.unwrap().into_inner();
    assert_eq!(checked.timeframes, ["5m"]);
    // The market's minutes make no bars of less.
    let mut spec: pb::SubmitRequest = work("sma_cross").rules(&source("5m")).into();
    if let Some(pb::submit_request::Spec::Backtest(spec)) = &mut spec.spec {
        spec.subscriptions[0].timeframe = "2m".into();
    }
    server.refusal(spec).await.assert_invalid(&["backtest.strategy.source"]);
}

#[tokio::test]
async fn a_check_answers_with_places_and_runs_nothing() {
    let server = TestServer::with(&Market::wavy(50)).await;
    let check = async |source: &str| {
        let request = pb::CheckStrategyRequest { source: source.to_owned() };
        within(server.strategies().check_strategy(request)).await.unwrap().into_inner()
    };
    let good = check(CROSS).await;
    assert!(good.diagnostics.is_empty(), "{:?}", good.diagnostics);
    // The slower average, and the bar before for its crossing.
    assert_eq!((good.warmup_bars, good.speed_class()), (8, pb::SpeedClass::Leap));
    let names: Vec<_> = good.strategy.unwrap().params.into_iter().map(|spec| spec.name).collect();
    assert_eq!(names, ["fast", "slow"]);
    let held = "enter long when close > open and position.side == 0\nexit long when close < open";
    let held = check(held).await;
    assert_eq!((held.speed_class(), held.speed_reason.as_str()), (pb::SpeedClass::Walk, ""));
    let streak = "enter long when close > open\nexit long when streak(position.profit > 0) > 2";
    let streak = check(streak).await;
    assert_eq!(streak.speed_class(), pb::SpeedClass::Bars);
    assert_eq!(streak.speed_reason, "bars before of position.profit in line 2");
    let bad = check("enter long when closs > 1").await;
    assert!(bad.strategy.is_none());
    let told = &bad.diagnostics[0];
    assert_eq!((told.line, told.column, told.length), (1, 17, 5));
    assert_eq!((told.code.as_str(), told.suggestion.as_str()), ("UNKNOWN_NAME", "close"));
    let many = check(&"x = )\n".repeat(400)).await;
    assert_eq!(many.diagnostics.len(), 100);
}

#[tokio::test]
async fn a_text_with_four_hundred_mistakes_gets_an_answer_that_can_be_read() {
    let server = TestServer::with(&Market::wavy(50)).await;
    let refusal = server.refusal(work("sma_cross").rules(&"x = )\n".repeat(400))).await;
    assert_eq!(refusal.reason(), "INVALID_SPEC");
    assert!(!refusal.fields().is_empty());
}

#[tokio::test]
async fn the_language_tells_its_functions_with_their_definitions() {
    let server = TestServer::with(&Market::wavy(50)).await;
    let request = pb::DescribeLanguageRequest {};
    let language = within(server.strategies().describe_language(request)).await.unwrap();
    let language = language.into_inner();
    assert_eq!(language.language, "rules/1");
    let sma = language.functions.iter().find(|function| function.name == "sma").unwrap();
    assert_eq!((sma.signature.as_str(), sma.definition.as_str()), ("sma(x, n)", "sum(x, n) / n"));
}
