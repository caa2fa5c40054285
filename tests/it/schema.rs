//! What must not drift apart, and what must not grow.

use std::time::Instant;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Row as _};
use tradeforge::pb::import_bars_request::Source;
use tradeforge::pb::strategy_service_client::StrategyServiceClient;
use tradeforge::pb::{ListStrategiesRequest, RunState, SyntheticBars};

use crate::support::{
    ChildServer, Market, PATIENCE, TestServer, at_once, buy_and_hold, gate, series, sma_cross,
};

#[tokio::test]
async fn the_trials_table_has_one_column_for_each_metric_in_their_order() {
    let server = ChildServer::start().await;
    let mut strategies = StrategyServiceClient::new(server.channel());
    let list = strategies.list_strategies(ListStrategiesRequest {}).await.unwrap().into_inner();
    let metrics: Vec<_> = list.strategies[0].metrics.iter().map(|metric| &metric.name).collect();
    let database = SqliteConnectOptions::new().filename(server.home().database());
    let mut database = database.read_only(true).connect().await.unwrap();
    let rows = sqlx::query("SELECT name FROM pragma_table_info('trials') WHERE type = 'REAL'");
    let rows = rows.fetch_all(&mut database).await.unwrap();
    let columns: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(columns.iter().collect::<Vec<_>>(), metrics);
    // What lists of runs are filtered and ordered by is the same.
    let rows = sqlx::query("SELECT name FROM pragma_table_info('run_metrics') WHERE type = 'REAL'");
    let rows = rows.fetch_all(&mut database).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>(), columns);
}

#[tokio::test]
async fn a_result_names_known_metrics_only_and_every_defined_one() {
    let server = TestServer::start().await;
    let synthetic = SyntheticBars { bar_count: 20_000, ..SyntheticBars::default() };
    server.import_from(series("BARS"), Source::Synthetic(synthetic)).await.unwrap();
    let mut strategies = StrategyServiceClient::new(server.channel());
    let list = strategies.list_strategies(ListStrategiesRequest {}).await.unwrap().into_inner();
    let mut known: Vec<_> =
        list.strategies[0].metrics.iter().map(|metric| metric.name.clone()).collect();
    known.sort_unstable();
    // Without a benchmark there is nothing to compare with.
    known.retain(|name| !["alpha", "beta", "information_ratio"].contains(&name.as_str()));
    let result = server.result(sma_cross(2, 5)).await;
    assert_eq!(result.metrics.into_keys().collect::<Vec<_>>(), known);
}

#[tokio::test]
async fn finished_runs_are_not_counted_as_live() {
    let server = TestServer::with(&Market::rising(10)).await;
    let answers = at_once((0..200).map(|_| server.submit(buy_and_hold().always_new()))).await;
    let ends = at_once(answers.iter().map(|run| server.when_final(&run.run_id))).await;
    assert!(ends.iter().all(|end| end.state() == RunState::Completed));
    // A run leaves the map a moment after its end is told.
    let asked = Instant::now();
    loop {
        let info = server.info().await;
        if (info.running_runs, info.pending_runs) == (0, 0) {
            return;
        }
        assert!(asked.elapsed() < PATIENCE, "{info:?}");
    }
}

#[tokio::test]
async fn after_a_cancel_no_row_of_the_run_is_left_in_the_database() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    server.until_running(&answer.run_id).await;
    server.cancel(&answer.run_id).await;
    let (_, home) = server.terminate().await;
    let database = SqliteConnectOptions::new().filename(home.database());
    let mut database = database.read_only(true).connect().await.unwrap();
    for sql in [
        "SELECT count(*) FROM trials",
        "SELECT count(*) FROM commits",
        "SELECT count(*) FROM backtests",
        "SELECT count(*) FROM artefacts",
        "SELECT count(*) FROM failures",
        "SELECT count(*) FROM runs WHERE join_key IS NOT NULL",
    ] {
        let rows: i64 = sqlx::query(sql).fetch_one(&mut database).await.unwrap().get(0);
        assert_eq!(rows, 0, "{sql}");
    }
}
