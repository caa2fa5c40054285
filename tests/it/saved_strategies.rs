//! Strategies as text that are kept by name: versions, runs by the name, and what is refused.

use tonic::{Code, Status};
use tradeforge::pb;

use crate::support::{
    ChildServer, Client, Market, Refusal as _, TestServer, Work, hash_of, int, text, within, work,
};

const RISES: &str = "strategy \"Rises\" \"Long after a rise.\"\nparam bars = 1 from 1 to 9\n\
    enter long when close > close[bars]\nexit long when close < close[bars]\n";
const FALLS: &str = "param bars = 1 from 1 to 9\nenter long when close < close[bars]\n\
    exit long when close > close[bars]\n";

async fn try_save(
    client: &Client,
    name: &str,
    source: &str,
) -> Result<pb::SaveStrategyResponse, Status> {
    let request = pb::SaveStrategyRequest { name: name.into(), source: source.into() };
    within(client.strategies().save_strategy(request)).await.map(tonic::Response::into_inner)
}

async fn save(client: &Client, name: &str, source: &str) -> (String, bool) {
    let saved = try_save(client, name, source).await.unwrap();
    (saved.strategy.unwrap().version, saved.is_new)
}

async fn get(
    client: &Client,
    name: &str,
    version: &str,
) -> Result<(pb::Strategy, Vec<String>), Status> {
    let request = pb::GetStrategyRequest { name: name.into(), version: version.into() };
    let answer = within(client.strategies().get_strategy(request)).await?.into_inner();
    Ok((answer.strategy.unwrap(), answer.versions))
}

async fn delete(client: &Client, name: &str) -> Result<(), Status> {
    let request = pb::DeleteStrategyRequest { name: name.into() };
    within(client.strategies().delete_strategy(request)).await.map(|_| ())
}

async fn listed(client: &Client) -> Vec<pb::Strategy> {
    let request = pb::ListStrategiesRequest {};
    within(client.strategies().list_strategies(request)).await.unwrap().into_inner().strategies
}

fn version(name: &str, version: &str) -> pb::SubmitRequest {
    let mut request: pb::SubmitRequest = work(name).into();
    if let Some(pb::submit_request::Spec::Backtest(spec)) = &mut request.spec {
        spec.strategy.get_or_insert_default().version = version.into();
    }
    request
}

fn strategy_of(run: pb::Run) -> pb::StrategyRef {
    match run.spec {
        Some(pb::run::Spec::Backtest(spec)) => spec.strategy.unwrap_or_default(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_saved_text_is_a_version_that_is_listed_told_and_run_by_its_name() {
    let server = TestServer::with(&Market::wavy(300)).await;
    assert_eq!(save(&server, "mine", RISES).await, ("1".into(), true));
    assert_eq!(save(&server, "mine", RISES).await, ("1".into(), false));
    assert_eq!(save(&server, "mine", FALLS).await, ("2".into(), true));

    let (told, versions) = get(&server, "mine", "1").await.unwrap();
    assert_eq!((told.source.as_str(), told.display_name.as_str()), (RISES, "Rises"));
    assert_eq!((told.description.as_str(), told.version.as_str()), ("Long after a rise.", "1"));
    assert_eq!(
        (told.origin(), versions),
        (pb::StrategyOrigin::Saved, vec!["1".into(), "2".into()])
    );
    assert!(told.create_time.is_some() && told.rule_sha256.len() == 64);
    assert_eq!(get(&server, "mine", "").await.unwrap().0.source, FALLS);

    let list = listed(&server).await;
    let names: Vec<&str> = list.iter().map(|strategy| strategy.name.as_str()).collect();
    assert!(names.is_sorted() && names.contains(&"sma_cross"), "{names:?}");
    let mine = list.iter().find(|strategy| strategy.name == "mine").unwrap();
    assert_eq!((mine.version.as_str(), mine.source.as_str()), ("2", ""));
    assert_eq!(mine.params[0].name, "bars");
    assert_eq!(mine.metrics, list[0].metrics);

    let newest = server.run(work("mine").param("bars", int(2))).await;
    let by_text = server.run(work("mine").rules(FALLS).param("bars", int(2))).await;
    assert_eq!(hash_of(&newest), hash_of(&by_text));
    let first = server.run(version("mine", "1")).await;
    assert_eq!(hash_of(&first), hash_of(&server.run(work("mine").rules(RISES)).await));
    let run = strategy_of(server.describe(&first.run_id).await);
    assert_eq!((run.name.as_str(), run.version.as_str()), ("mine", "1"));
    assert_eq!(run.source, RISES);
}

#[tokio::test]
async fn a_saved_text_is_swept_as_any_strategy() {
    let server = TestServer::with(&Market::wavy(300)).await;
    save(&server, "mine", RISES).await;
    let search = |work: Work| {
        let by_return = |spec: &mut pb::OptimizationSpec| {
            spec.objective.get_or_insert_default().metric = "total_return".to_owned();
        };
        work.sweep().over("bars", 1, 9, 1).spec(by_return)
    };
    let saved = server.search(search(work("mine"))).await;
    let by_text = server.search(search(work("mine").rules(RISES))).await;
    assert_eq!((saved.completed, saved.failed), (9, 0));
    let best = |result: pb::OptimizationResult| result.best_trial.unwrap().metrics;
    assert_eq!(best(saved), best(by_text));
}

#[tokio::test]
async fn a_deleted_strategy_is_gone_and_its_runs_are_not() {
    let server = TestServer::with(&Market::wavy(100)).await;
    save(&server, "mine", RISES).await;
    let run_id = server.run(work("mine")).await.run_id;
    delete(&server, "mine").await.unwrap();
    assert!(listed(&server).await.iter().all(|strategy| strategy.name != "mine"));
    assert_eq!(get(&server, "mine", "").await.unwrap_err().reason(), "STRATEGY_NOT_FOUND");
    assert_eq!(delete(&server, "mine").await.unwrap_err().reason(), "STRATEGY_NOT_FOUND");
    server.refusal(work("mine")).await.assert_invalid(&["backtest.strategy.name"]);
    assert_eq!(strategy_of(server.describe(&run_id).await).source, RISES);
    // Its trades are not kept by the database alone: the text is what they are made of again.
    assert!(!server.trades(&run_id).await.is_empty());
    assert_eq!(save(&server, "mine", FALLS).await, ("1".into(), true));
}

#[tokio::test]
async fn what_cannot_be_saved_is_told_all_at_once() {
    let server = TestServer::with(&Market::wavy(50)).await;
    let refusal = try_save(&server, "My Own", "x = 1 +\nenter long when closs > 1").await;
    let refusal = refusal.unwrap_err();
    assert_eq!(refusal.code(), Code::InvalidArgument);
    let fields = refusal.fields();
    assert!(fields.contains(&"name".to_owned()), "{fields:?}");
    assert!(fields.contains(&"source:2:17".to_owned()), "{fields:?}");
    try_save(&server, "sma_cross", RISES).await.unwrap_err().assert_invalid(&["name"]);
    try_save(&server, "mine", "").await.unwrap_err().assert_invalid(&["source"]);
    delete(&server, "sma_cross").await.unwrap_err().assert_invalid(&["name"]);
    assert!(listed(&server).await.iter().all(|one| one.origin() == pb::StrategyOrigin::Shipped));
}

#[tokio::test]
async fn an_unknown_name_or_version_is_told_with_what_there_is() {
    let server = TestServer::with(&Market::wavy(50)).await;
    save(&server, "my_rises", RISES).await;
    let refusal = server.refusal(work("my_rise")).await;
    let about = refusal.about("backtest.strategy.name");
    assert!(about.contains("did you mean \"my_rises\"?"), "{about}");
    for unknown in ["2", "01", "one"] {
        let refusal = server.refusal(version("my_rises", unknown)).await;
        let about = refusal.about("backtest.strategy.version");
        assert_eq!(about, format!("{unknown:?} is not saved; my_rises is at \"1\""));
    }
    let missing = get(&server, "my_rises", "2").await.unwrap_err();
    assert_eq!((missing.code(), missing.reason()), (Code::NotFound, "STRATEGY_NOT_FOUND".into()));
}

#[tokio::test]
async fn a_shipped_strategy_can_be_read_as_a_text_that_comes_to_the_same() {
    let server = TestServer::with(&Market::wavy(600)).await;
    let mut said = Vec::new();
    for strategy in listed(&server).await {
        let (told, versions) = get(&server, &strategy.name, "").await.unwrap();
        assert_eq!(versions, [strategy.version]);
        if told.source.is_empty() {
            continue;
        }
        let both = |work: Work| {
            if told.params.is_empty() { work } else { work.param("direction", text("both")) }
        };
        let shipped = server.run(both(work(&strategy.name))).await;
        let as_text = server.run(both(work("").rules(&told.source))).await;
        assert_eq!(hash_of(&as_text), hash_of(&shipped), "{}", strategy.name);
        said.push(strategy.name);
    }
    let known = ["buy_and_hold", "donchian_breakout", "ema_cross", "macd_trend", "rsi_reversion"];
    assert_eq!(said, known.into_iter().chain(["sma_cross"]).collect::<Vec<_>>());
}

#[tokio::test]
async fn saved_strategies_outlive_the_server() {
    let server = ChildServer::with(&Market::wavy(50)).await;
    save(&server, "mine", RISES).await;
    let server = server.kill().serve().await;
    assert_eq!(get(&server, "mine", "").await.unwrap().0.source, RISES);
    assert_eq!(save(&server, "mine", RISES).await, ("1".into(), false));
}
