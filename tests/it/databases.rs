//! Databases of every schema that there ever was, each with every kind of run in it: they open,
//! nothing in them is lost, and what was live comes to its end.
//!
//! `databases/schema-N.db.zst` is one small database as a server of that schema left it, killed in
//! the middle of its work, and `databases/expected.json` what must be found in each; `bars/` holds
//! what their runs read. Whoever adds a migration adds a file, which this makes:
//!
//! ```sh
//! TRADEFORGE_RENEW_DATABASES=1 cargo test --features test-strategies --test it databases::
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
use tradeforge::pb;
use uuid::Uuid;

use crate::support::{
    Client, Home, Market, buy_and_hold, gate, int, rsi_reversion, sma_cross, text, within,
};

/// As little as SQLite's pages pack to.
const COMPRESSION_LEVEL: i32 = 19;
/// Trials that the first chunk has: what a search commits at once.
const FIRST_CHUNK: i64 = 4;
/// More than any of these databases has.
const DATABASE_BYTES_MAX: usize = 16 << 20;

/// A run as it is found in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Expected {
    kind: String,
    strategy: String,
    /// In the file; a live one completes.
    state: String,
    /// Of a completed one.
    result_sha256: String,
    /// Trials that are done, or bars.
    done: i64,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/databases")
}

fn newest_schema() -> usize {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    fs::read_dir(migrations).expect("the migrations").count()
}

fn file_of(schema: usize) -> PathBuf {
    folder().join(format!("schema-{schema}.db.zst"))
}

/// What the runs are, by name.
fn runs() -> Vec<(&'static str, pb::SubmitRequest)> {
    let failing = rsi_reversion(1.0, 50.0)
        .sweep()
        .over_decimals("oversold", 10.0, 90.0, 20.0)
        .over_values("direction", vec![text("both"), text("long_only")])
        .spec(|spec| {
            spec.constraints.push(pb::Constraint {
                metric: "trade_count".into(),
                min_value: Some(1.0),
                max_value: None,
            });
        });
    let drawn = sma_cross(1, 1)
        .sweep()
        .over("fast", 1, 20, 1)
        .over("slow", 2, 40, 2)
        .where_less("fast", "slow")
        .on_each(&["BARS", "MORE"])
        .random(20, 7);
    let refused = failing.clone().spec(|spec| spec.max_failed_trials = 1);
    vec![
        ("backtest", sma_cross(2, 5).request_id(Uuid::from_u128(1)).into()),
        ("buy and hold", buy_and_hold().on("MORE").into()),
        ("some trials fail", failing.into()),
        ("drawn over two series", drawn.into()),
        ("too many failures", refused.into()),
        ("cancelled", gate(1).into()),
        ("live", gate(2).into()),
        ("live search", gate(1).sweep().over("key", 3, 10, 1).into()),
        ("waiting search", gate(1).param("bars", int(2)).sweep().over("key", 11, 12, 1).into()),
    ]
}

fn named(name: &str, mut request: pb::SubmitRequest) -> pb::SubmitRequest {
    request.display_name = name.into();
    request.labels = BTreeMap::from([("desk".into(), "fx".into()), ("of".into(), name.into())]);
    request
}

/// Every run by its name, as the list tells it.
async fn listed(client: &Client) -> BTreeMap<String, (String, Expected)> {
    let request = pb::ListRunsRequest { page_size: 100, ..Default::default() };
    let runs = within(client.runs().list_runs(request)).await.expect("a page").into_inner().runs;
    runs.into_iter()
        .map(|run| (run.display_name.clone(), (run.run_id.clone(), told(&run))))
        .collect()
}

fn told(run: &pb::Run) -> Expected {
    let status = run.status.clone().expect("a status");
    let (kind, base) = match run.spec.as_ref().expect("a spec") {
        pb::run::Spec::Backtest(spec) => ("BACKTEST", Some(spec)),
        pb::run::Spec::Optimization(spec) => ("OPTIMIZATION", spec.base.as_ref()),
        pb::run::Spec::Robustness(spec) => ("ROBUSTNESS", spec.base.as_ref()),
        pb::run::Spec::Validation(_) => ("VALIDATION", None),
        pb::run::Spec::WalkForward(spec) => {
            ("WALK_FORWARD", spec.search.as_ref().and_then(|search| search.base.as_ref()))
        }
    };
    let strategy = base.and_then(|base| base.strategy.as_ref()).expect("a strategy");
    let progress = status.progress.clone().unwrap_or_default();
    Expected {
        kind: kind.to_owned(),
        strategy: strategy.name.clone(),
        state: status.state().as_str_name().to_owned(),
        result_sha256: match &status.result {
            Some(pb::run_status::Result::Backtest(result)) => result.result_sha256.clone(),
            Some(pb::run_status::Result::Optimization(result)) => result.result_sha256.clone(),
            Some(pb::run_status::Result::Validation(result)) => result.result_sha256.clone(),
            Some(pb::run_status::Result::WalkForward(result)) => result.result_sha256.clone(),
            Some(pb::run_status::Result::Robustness(result)) => result.result_sha256.clone(),
            None => String::new(),
        },
        done: progress.completed + progress.failed,
    }
}

/// Makes every kind of run, kills the server in the middle of some, and keeps its database.
async fn renew() {
    let server = Home::new().serve_with(&["--running-sweeps-max", "1"]).await;
    server.import(&Market::wavy(200)).await;
    server.import_as("MORE", &Market::wavy(150)).await;
    for (name, request) in runs() {
        let run_id = server.submit(named(name, request)).await.run_id;
        match name {
            "cancelled" => {
                server.until_running(&run_id).await;
                server.cancel(&run_id).await;
            }
            "live" => _ = server.until_running(&run_id).await,
            "live search" => {
                (3..3 + FIRST_CHUNK).for_each(|key| server.open_gate(key));
                server.until_done(&run_id, FIRST_CHUNK).await;
            }
            "waiting search" => {}
            _ => _ = server.when_final(&run_id).await,
        }
    }
    let expected: BTreeMap<_, _> =
        listed(&server).await.into_iter().map(|(name, (_, run))| (name, run)).collect();
    let home = server.kill();
    fs::create_dir_all(folder().join("bars")).unwrap();
    for file in fs::read_dir(home.database().with_file_name("bars")).unwrap().flatten() {
        fs::copy(file.path(), folder().join("bars").join(file.file_name())).unwrap();
    }
    let copy = home.database().with_file_name("copy.db");
    let options = SqliteConnectOptions::new().filename(home.database());
    let mut database = options.connect().await.unwrap();
    let sql = format!("VACUUM INTO '{}'", copy.display());
    database.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    database.close().await.unwrap();
    let packed = zstd::bulk::compress(&fs::read(copy).unwrap(), COMPRESSION_LEVEL).unwrap();
    fs::write(file_of(newest_schema()), packed).unwrap();
    let expected = serde_json::to_string_pretty(&expected).unwrap() + "\n";
    fs::write(folder().join("expected.json"), expected).unwrap();
}

/// A home with that database and its bars.
fn home_with(database: &[u8]) -> Home {
    let home = Home::new();
    let bars = home.database().with_file_name("bars");
    fs::create_dir_all(&bars).unwrap();
    fs::write(home.database(), database).unwrap();
    for file in fs::read_dir(folder().join("bars")).unwrap().flatten() {
        fs::copy(file.path(), bars.join(file.file_name())).unwrap();
    }
    home
}

#[tokio::test]
async fn every_schema_there_was_opens_with_every_kind_of_run() {
    if std::env::var_os("TRADEFORGE_RENEW_DATABASES").is_some() {
        renew().await;
    }
    let expected = fs::read_to_string(folder().join("expected.json")).unwrap();
    let expected: BTreeMap<String, Expected> = serde_json::from_str(&expected).unwrap();
    for schema in 1..=newest_schema() {
        let packed = fs::read(file_of(schema)).unwrap_or_else(|_| {
            panic!("no database of schema {schema}: see the head of tests/it/databases.rs")
        });
        let database = zstd::bulk::decompress(&packed, DATABASE_BYTES_MAX).unwrap();
        let home = home_with(&database);
        (2..=12).for_each(|key| home.open_gate(key));
        let server = home.serve().await;
        check(&server, &expected, schema).await;
        let (status, home) = server.terminate().await;
        assert!(status.success(), "schema {schema}: {}", home.log());
    }
}

async fn check(server: &Client, expected: &BTreeMap<String, Expected>, schema: usize) {
    let found = listed(server).await;
    assert!(found.keys().eq(expected.keys()), "schema {schema}: {found:?}");
    for (name, (run_id, _)) in &found {
        let expected = &expected[name];
        let status = server.when_final(run_id).await;
        let now = told(&server.describe(run_id).await);
        if matches!(expected.state.as_str(), "RUN_STATE_PENDING" | "RUN_STATE_RUNNING") {
            assert_eq!(status.state(), pb::RunState::Completed, "{schema}: {name}: {status:?}");
            continue;
        }
        assert_eq!(now, *expected, "schema {schema}: {name}");
        if expected.kind == "OPTIMIZATION" {
            assert_eq!(server.trials(run_id).await.len() as i64, expected.done, "{schema}: {name}");
        }
    }
    // What lists are filtered by was not there in the first schema.
    for (filter, names) in [
        ("labels.desk = \"fx\" AND strategy = \"rsi_reversion\"", 2),
        ("kind = OPTIMIZATION AND strategy = \"gate\"", 2),
        ("symbol = \"BARS\" AND exchange = \"TEST\" AND strategy = \"gate\"", 4),
        ("symbol = \"MORE\" AND timeframe = \"1m\" AND kind = BACKTEST", 1),
        ("symbol = \"MORE\" AND symbol = \"BARS\" AND timeframe = \"1m\"", 1),
        ("text = \"SMA_CR\" AND text = \"drawn over\" AND text = mo", 1),
    ] {
        let request = pb::ListRunsRequest { filter: filter.into(), ..Default::default() };
        let page = within(server.runs().list_runs(request)).await.unwrap().into_inner();
        assert_eq!(page.total_size, names, "schema {schema}: {filter}");
    }
    let trades = &found["backtest"].0;
    let listed = server.trades(trades).await;
    assert!(!listed.is_empty(), "schema {schema}");
    for trade in &listed {
        assert_eq!(trade.bars_held.is_some(), trade.exit_time.is_some(), "schema {schema}");
        // What trades went through was not kept then, and is not made up.
        assert!(schema > 1 || trade.entry_count.is_none() && trade.slippage_cost.is_none());
    }
    // A repeated request gets the answer that it got then.
    let again = named("backtest", sma_cross(2, 5).request_id(Uuid::from_u128(1)).into());
    assert_eq!(server.submit(again).await.run_id, *trades, "schema {schema}");
}
