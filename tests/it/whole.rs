//! Whole curves and all trades: by column over gRPC, as files over HTTP, from the command line.

use std::process::Command;

use tonic::{Code, Status};
use tradeforge::pb;
use tradeforge::pb::column::Values;

use crate::support::{
    Client, Market, Refusal as _, TestServer, buy_and_hold, request, sma_cross, within,
};

/// More than one part holds, more than a message, and more than a thinned curve has.
const MANY_BARS: i64 = 20_000;

async fn equity(
    client: &Client,
    request: pb::ExportEquityRequest,
) -> Result<Vec<pb::ExportEquityResponse>, Status> {
    let mut rows = within(client.results().export_equity(request)).await?.into_inner();
    let mut messages = Vec::new();
    while let Some(message) = within(rows.message()).await? {
        messages.push(message);
    }
    Ok(messages)
}

async fn trades(
    client: &Client,
    request: pb::ExportTradesRequest,
) -> Result<Vec<pb::ExportTradesResponse>, Status> {
    let mut rows = within(client.results().export_trades(request)).await?.into_inner();
    let mut messages = Vec::new();
    while let Some(message) = within(rows.message()).await? {
        messages.push(message);
    }
    Ok(messages)
}

fn column<'m>(columns: &'m [pb::Column], name: &str) -> &'m pb::Column {
    let found = columns.iter().find(|column| column.name == name);
    found.unwrap_or_else(|| panic!("no column {name}"))
}

#[track_caller]
fn ints(columns: &[pb::Column], name: &str) -> Vec<i64> {
    match &column(columns, name).values {
        Some(Values::Ints(ints)) => ints.values.clone(),
        other => panic!("{name}: {other:?}"),
    }
}

#[track_caller]
fn doubles(columns: &[pb::Column], name: &str) -> Vec<f64> {
    match &column(columns, name).values {
        Some(Values::Doubles(doubles)) => doubles.values.clone(),
        other => panic!("{name}: {other:?}"),
    }
}

#[track_caller]
fn texts(columns: &[pb::Column], name: &str) -> Vec<String> {
    match &column(columns, name).values {
        Some(Values::Strings(strings)) => strings.values.clone(),
        other => panic!("{name}: {other:?}"),
    }
}

/// The curve that the messages are.
fn joined(messages: &[pb::ExportEquityResponse]) -> pb::GetEquityCurveResponse {
    let mut curve = pb::GetEquityCurveResponse::default();
    for message in messages {
        curve.time_unix_ms.extend(ints(&message.columns, "time_unix_ms"));
        curve.equity.extend(doubles(&message.columns, "equity"));
        curve.drawdown.extend(doubles(&message.columns, "drawdown"));
        curve.total_points += i64::from(message.row_count);
    }
    curve
}

#[tokio::test]
async fn an_exported_curve_has_every_point_that_a_thinned_one_leaves_out() {
    let server = TestServer::with(&Market::wavy(MANY_BARS)).await;
    let run_id = server.run(sma_cross(2, 5)).await.run_id;
    let asked = pb::ExportEquityRequest { run_id: run_id.clone(), ..Default::default() };
    let messages = equity(&server, asked).await.unwrap();
    assert!(messages.len() > 1, "in more than one message");
    let whole = joined(&messages);
    // The other way to a whole curve: thinned to more points than it has.
    let asked = pb::GetEquityCurveRequest {
        run_id: run_id.clone(),
        trial_index: None,
        max_points: 40_000,
        ..Default::default()
    };
    let unthinned = within(server.results().get_equity_curve(asked)).await.unwrap().into_inner();
    assert_eq!(unthinned.benchmark.len(), unthinned.equity.len());
    assert_eq!(whole, pb::GetEquityCurveResponse { benchmark: Vec::new(), ..unthinned });
    assert_eq!(whole.total_points, MANY_BARS + 1);
    let asked = pb::GetEquityCurveRequest {
        run_id,
        trial_index: None,
        max_points: 0,
        ..Default::default()
    };
    let thin = within(server.results().get_equity_curve(asked)).await.unwrap().into_inner();
    assert!(thin.is_thinned && thin.equity.len() < whole.equity.len());
}

#[tokio::test]
async fn a_trials_curve_and_trades_are_those_of_its_backtest() {
    let server = TestServer::with(&Market::wavy(MANY_BARS)).await;
    let search = server.submit(sma_cross(2, 5).sweep().over("fast", 2, 4, 1)).await.run_id;
    server.when_final(&search).await;
    let backtest = server.run(sma_cross(3, 5)).await.run_id;
    let of_run = |run_id: &str, trial_index| pb::ExportEquityRequest {
        run_id: run_id.to_owned(),
        trial_index,
        columns: Vec::new(),
    };
    let curve = equity(&server, of_run(&backtest, None)).await.unwrap();
    assert_eq!(equity(&server, of_run(&search, Some(1))).await.unwrap(), curve);
    let of_run = |run_id: &str, trial_index| pb::ExportTradesRequest {
        run_id: run_id.to_owned(),
        trial_index,
        columns: Vec::new(),
    };
    let stored = trades(&server, of_run(&backtest, None)).await.unwrap();
    assert_eq!(trades(&server, of_run(&search, Some(1))).await.unwrap(), stored);
}

/// The columns of exported trades, in their order.
const TRADE_COLUMNS: [&str; 20] = [
    "trade_index",
    "symbol",
    "side",
    "entry_time_unix_ms",
    "exit_time_unix_ms",
    "entry_price",
    "exit_price",
    "quantity",
    "profit",
    "fees",
    "exit_reason",
    "ambiguous",
    "exchange",
    "slippage_cost",
    "entry_count",
    "max_adverse_excursion",
    "max_favorable_excursion",
    "bars_held",
    "carry_cost",
    "entry_value",
];

#[tokio::test]
async fn exported_trades_are_those_of_the_list() {
    let server = TestServer::with(&Market::wavy(3_000)).await;
    let run_id = server.run(sma_cross(2, 3)).await.run_id;
    let listed = server.trades(&run_id).await;
    assert!(listed.len() > 100, "{}", listed.len());
    let asked = pb::ExportTradesRequest { run_id, ..Default::default() };
    let messages = trades(&server, asked).await.unwrap();
    let mut row = 0;
    for pb::ExportTradesResponse { row_count, columns } in &messages {
        assert_eq!(
            columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(),
            TRADE_COLUMNS
        );
        let validity = |name| column(columns, name).validity.clone();
        for at in 0..*row_count as usize {
            let trade = &listed[row];
            let is_valid = |bits: Vec<u8>| bits.is_empty() || bits[at / 8] >> (at % 8) & 1 == 1;
            let ms = |time: &Option<prost_types::Timestamp>| {
                time.as_ref().map(|time| time.seconds * 1_000 + i64::from(time.nanos) / 1_000_000)
            };
            assert_eq!(ints(columns, "trade_index")[at], trade.trade_index);
            assert_eq!(texts(columns, "symbol")[at], trade.symbol);
            let side = format!("TRADE_SIDE_{}", texts(columns, "side")[at]);
            assert_eq!(side, trade.side().as_str_name());
            assert_eq!(Some(ints(columns, "entry_time_unix_ms")[at]), ms(&trade.entry_time));
            let has_exit = is_valid(validity("exit_time_unix_ms"));
            let exit = has_exit.then(|| ints(columns, "exit_time_unix_ms")[at]);
            assert_eq!(exit, ms(&trade.exit_time));
            assert_eq!(doubles(columns, "entry_price")[at], trade.entry_price);
            assert_eq!(doubles(columns, "exit_price")[at], trade.exit_price);
            assert_eq!(doubles(columns, "quantity")[at], trade.quantity);
            assert_eq!(doubles(columns, "profit")[at], trade.profit);
            assert_eq!(doubles(columns, "fees")[at], trade.fees);
            assert_eq!(texts(columns, "exit_reason")[at], trade.exit_reason);
            assert_eq!(is_valid(validity("exit_reason")), !trade.exit_reason.is_empty());
            assert_eq!(ints(columns, "ambiguous")[at], i64::from(trade.ambiguous));
            assert_eq!(texts(columns, "exchange")[at], trade.exchange);
            let number = |name| is_valid(validity(name)).then(|| doubles(columns, name)[at]);
            let count = |name| is_valid(validity(name)).then(|| ints(columns, name)[at]);
            let costs = ["slippage_cost", "carry_cost"].map(number);
            assert_eq!(costs, [trade.slippage_cost, Some(trade.carry_cost)]);
            let excursions = ["max_adverse_excursion", "max_favorable_excursion"].map(number);
            assert_eq!(excursions, [trade.max_adverse_excursion, trade.max_favorable_excursion]);
            assert_eq!(count("entry_count"), trade.entry_count.map(i64::from));
            assert_eq!(count("bars_held"), trade.bars_held);
            row += 1;
        }
    }
    assert_eq!(row, listed.len());
    assert!(listed.last().unwrap().exit_time.is_none(), "an open trade was compared as well");
}

#[tokio::test]
async fn a_run_without_trades_tells_its_columns_all_the_same() {
    let server = TestServer::with(&Market::rising(3)).await;
    let run_id = server.run(sma_cross(2, 100)).await.run_id;
    let asked = pb::ExportTradesRequest { run_id, ..Default::default() };
    let [message] = &trades(&server, asked).await.unwrap()[..] else { panic!("one message") };
    assert_eq!((message.row_count, message.columns.len()), (0, TRADE_COLUMNS.len()));
}

#[tokio::test]
async fn columns_are_chosen_and_misspelt_ones_named_with_the_nearest() {
    let server = TestServer::with(&Market::rising(10)).await;
    let run_id = server.run(buy_and_hold()).await.run_id;
    let asked = |columns: &[&str]| pb::ExportEquityRequest {
        run_id: run_id.clone(),
        trial_index: None,
        columns: columns.iter().map(|&name| name.to_owned()).collect(),
    };
    let messages = equity(&server, asked(&["drawdown"])).await.unwrap();
    let names: Vec<_> = messages[0].columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["time_unix_ms", "drawdown"]);
    let refused = equity(&server, asked(&["equty", "equity", "nothing"])).await.unwrap_err();
    refused.assert_invalid(&["columns[0]", "columns[2]"]);
    assert!(refused.message().contains("did you mean \"equity\""), "{}", refused.message());
    let refused = trades(
        &server,
        pb::ExportTradesRequest {
            run_id: run_id.clone(),
            columns: vec!["profits".into()],
            ..Default::default()
        },
    );
    refused.await.unwrap_err().assert_invalid(&["columns[0]"]);
    let trial = pb::ExportEquityRequest { trial_index: Some(-1), ..asked(&[]) };
    equity(&server, trial).await.unwrap_err().assert_invalid(&["trial_index"]);
    let trial = pb::ExportEquityRequest { trial_index: Some(1), ..asked(&[]) };
    assert_eq!(equity(&server, trial).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn files_over_http_and_of_the_command_line_have_every_point() {
    let server = TestServer::with(&Market::wavy(MANY_BARS)).await;
    let search = server.submit(sma_cross(2, 5).sweep().over("fast", 2, 4, 1)).await.run_id;
    server.when_final(&search).await;
    let run_id = server.run(sma_cross(3, 5)).await.run_id;
    let get = async |path: String| {
        request(server.url(), &format!("GET /export/runs/{path} HTTP/1.1"), &[]).await
    };
    for format in ["csv", "jsonl", "parquet"] {
        for table in ["equity", "trades"] {
            let of_run = get(format!("{run_id}/{table}.{format}")).await;
            assert_eq!(of_run.status, 200, "{}", of_run.head);
            let of_trial = get(format!("{search}/{table}.{format}?trial=1")).await;
            assert!(of_trial.body == of_run.body, "{table}.{format}");
        }
    }
    let lines = |body: &[u8]| body.split(|&byte| byte == b'\n').count() as i64 - 1;
    let sent = get(format!("{run_id}/equity.csv")).await;
    assert!(sent.body.starts_with(b"time_unix_ms,equity,drawdown\n1735689600000,100000.0,0.0\n"));
    assert_eq!(lines(&sent.body), MANY_BARS + 2);
    let unnamed = get(format!("{search}/equity.csv")).await;
    assert_eq!(
        (unnamed.status, unnamed.json()["error"]["reason"].as_str()),
        (400, Some("INVALID_SPEC"))
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
    command.args(["--server", server.url(), "equity", &run_id, "--all", "-o", "csv"]);
    let printed = tokio::task::spawn_blocking(move || command.output().expect("it starts"));
    let printed = within(printed).await.unwrap();
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    assert!(printed.stdout.starts_with(b"time,equity,drawdown\n2025-01-01T00:00:00Z,100000,0\n"));
    assert_eq!(lines(&printed.stdout), MANY_BARS + 2);
}
