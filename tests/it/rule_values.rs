//! What a strategy as text went by: told bar by bar, and counted over a run.

use tonic::{Code, Status};
use tradeforge::pb;
use tradeforge::pb::column::Values;

use crate::support::{
    Client, MINUTE_MS, Market, Refusal as _, START_MS, TestServer, int, sma_cross, within, work,
};

/// In its lines 9 and 10 are the orders.
const CROSS: &str = "strategy \"Two averages\"
param fast = 3 from 1 to 50
param slow = 8 from 2 to 200
f = sma(close, fast)
s = sma(close, slow)
up = crosses_above(f, s)
ratio = f / s
held = position.bars
enter long when up
exit long when crosses_below(f, s)
";

async fn ask(
    client: &Client,
    request: pb::GetRuleValuesRequest,
) -> Result<pb::GetRuleValuesResponse, Status> {
    Ok(within(client.results().get_rule_values(request)).await?.into_inner())
}

fn of(run_id: &str, names: &[&str]) -> pb::GetRuleValuesRequest {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    pb::GetRuleValuesRequest { run_id: run_id.into(), names, ..Default::default() }
}

/// The values of a column; none is `None`.
fn column(values: &pb::GetRuleValuesResponse, name: &str) -> Vec<Option<f64>> {
    let column = values.columns.iter().find(|column| column.name == name).expect(name);
    let plain: Vec<f64> = match column.values.as_ref().expect("values") {
        Values::Doubles(doubles) => doubles.values.clone(),
        Values::Ints(ints) => ints.values.iter().map(|value| *value as f64).collect(),
        Values::Strings(_) => panic!("{name} is a text"),
    };
    let is_valid =
        |row: usize| column.validity.is_empty() || column.validity[row / 8] >> (row % 8) & 1 == 1;
    plain.into_iter().enumerate().map(|(row, it)| is_valid(row).then_some(it)).collect()
}

#[tokio::test]
async fn values_are_those_of_the_bars_to_the_bit() {
    let closes: Vec<i64> = (0..300).map(|bar| 10_000 + (bar * 37) % 211 - (bar % 17)).collect();
    let server = TestServer::with(&Market::of_closes(closes.clone())).await;
    let run_id = server.run(work("sma_cross").rules(CROSS)).await.run_id;
    let values = ask(&server, of(&run_id, &[])).await.unwrap();
    let names: Vec<_> = values.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["f", "s", "up", "ratio", "held"]);
    let kinds: Vec<_> = values.kinds().collect();
    let (price, number) = (pb::RuleValueKind::Price, pb::RuleValueKind::Number);
    assert_eq!(kinds, [price, price, pb::RuleValueKind::Condition, number, number]);
    assert_eq!(values.total_bars, 300);
    let mean = |bar: usize, length: usize| {
        let from = (bar + 1).checked_sub(length)?;
        Some(closes[from..=bar].iter().sum::<i64>() as f64 / length as f64)
    };
    let (f, s, ratio) = (column(&values, "f"), column(&values, "s"), column(&values, "ratio"));
    for bar in 0..300 {
        assert_eq!(values.time_unix_ms[bar], START_MS + bar as i64 * MINUTE_MS);
        assert_eq!(f[bar], mean(bar, 3).map(|cents| cents / 100.0), "bar {bar}");
        assert_eq!(s[bar], mean(bar, 8).map(|cents| cents / 100.0), "bar {bar}");
        assert_eq!(ratio[bar], mean(bar, 8).map(|slow| mean(bar, 3).unwrap() / slow));
    }
}

#[tokio::test]
async fn a_trade_begins_on_the_bar_after_its_condition_and_ends_after_the_other() {
    let server = TestServer::with(&Market::wavy(300)).await;
    let run_id = server.run(work("sma_cross").rules(CROSS)).await.run_id;
    let asked = of(&run_id, &["enter long:9", "exit long:10", "held", "up"]);
    let values = ask(&server, asked).await.unwrap();
    assert_eq!(column(&values, "enter long:9"), column(&values, "up"));
    let trades = server.trades(&run_id).await;
    assert!(trades.len() > 10);
    let bar = |time: &Option<prost_types::Timestamp>| {
        let seconds = time.as_ref().map(|time| time.seconds);
        seconds.map(|seconds| ((seconds * 1_000 - START_MS) / MINUTE_MS) as usize)
    };
    let (enter, exit) = (column(&values, "enter long:9"), column(&values, "exit long:10"));
    let held = column(&values, "held");
    for trade in &trades {
        let entry = bar(&trade.entry_time).unwrap();
        assert_eq!(enter[entry - 1], Some(1.0));
        assert_eq!((held[entry - 1], held[entry], held[entry + 1]), (None, Some(0.0), Some(1.0)));
        if let Some(left) = bar(&trade.exit_time) {
            assert_eq!(exit[left - 1], Some(1.0));
        }
    }
    let result = server.result(work("sma_cross").rules(CROSS)).await;
    let fact = |name: &str| result.rule_facts.iter().find(|fact| fact.name == name).unwrap();
    let count = |values: &[Option<f64>], of| values.iter().filter(|it| **it == of).count() as i64;
    assert_eq!(fact("enter long:9").true_bars, Some(count(&enter, Some(1.0))));
    assert_eq!(fact("enter long:9").undefined_bars, count(&enter, None));
    assert_eq!((fact("s").first_defined_bar, fact("s").true_bars), (Some(7), None));
}

#[tokio::test]
async fn of_many_bars_every_so_many_th_is_told_and_the_last() {
    let server = TestServer::with(&Market::wavy(300)).await;
    let run_id = server.run(work("sma_cross").rules(CROSS)).await.run_id;
    let all = ask(&server, of(&run_id, &["f"])).await.unwrap();
    let asked = pb::GetRuleValuesRequest { max_points: 7, ..of(&run_id, &["f"]) };
    let some = ask(&server, asked).await.unwrap();
    // 300 bars in sevenths: every 43rd, and the last.
    let places: Vec<usize> = (1..7).map(|part| 43 * part - 1).chain([299]).collect();
    let of_all = |places: &[usize]| places.iter().map(|place| column(&all, "f")[*place]).collect();
    let expected: Vec<_> = of_all(&places);
    assert_eq!((column(&some, "f"), some.total_bars), (expected, 300));
    let time = |minute: i64| {
        let seconds = (START_MS + minute * MINUTE_MS) / 1_000;
        Some(prost_types::Timestamp { seconds, nanos: 0 })
    };
    let part = pb::TimeRange { start_time: time(100), end_time: time(103) };
    let asked = pb::GetRuleValuesRequest { time_range: Some(part), ..of(&run_id, &["f"]) };
    let part = ask(&server, asked).await.unwrap();
    let expected: Vec<_> = of_all(&[100, 101, 102]);
    assert_eq!((column(&part, "f"), part.total_bars), (expected, 3));
}

#[tokio::test]
async fn a_trial_has_the_values_of_its_own_parameters() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let search = work("sma_cross").rules(CROSS).sweep().over("fast", 2, 5, 1);
    let run_id = server.run(search).await.run_id;
    for (trial, fast) in [(0, 2), (3, 5)] {
        let asked = pb::GetRuleValuesRequest { trial_index: Some(trial), ..of(&run_id, &["f"]) };
        let values = ask(&server, asked).await.unwrap();
        let one = server.run(work("sma_cross").rules(CROSS).param("fast", int(fast))).await.run_id;
        assert_eq!(values.columns, ask(&server, of(&one, &["f"])).await.unwrap().columns);
        assert_eq!(column(&values, "f").iter().filter(|it| it.is_none()).count() as i64, fast - 1);
    }
    let refused = ask(&server, of(&run_id, &["f"])).await.unwrap_err();
    refused.assert_invalid(&["trial_index"]);
}

#[tokio::test]
async fn a_shipped_strategy_has_the_values_of_its_text_if_there_is_one() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let run_id = server.run(sma_cross(3, 8)).await.run_id;
    let shipped = ask(&server, of(&run_id, &[])).await.unwrap();
    let run_id = server.run(work("sma_cross").rules(CROSS)).await.run_id;
    let text = ask(&server, of(&run_id, &["f", "s"])).await.unwrap();
    assert_eq!(shipped.columns, text.columns);
    assert!(server.result(sma_cross(3, 8)).await.rule_facts.is_empty());
    let run_id = server.run(work("zigzag_breakout")).await.run_id;
    let refused = ask(&server, of(&run_id, &[])).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.reason().as_str()),
        (Code::FailedPrecondition, "STRATEGY_WITHOUT_TEXT")
    );
}

#[tokio::test]
async fn all_that_is_wrong_with_what_is_asked_is_told() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let run_id = server.run(work("sma_cross").rules(CROSS)).await.run_id;
    let asked = pb::GetRuleValuesRequest { instrument: 1, ..of(&run_id, &["f", "rato", "x"]) };
    let refused = ask(&server, asked).await.unwrap_err();
    refused.assert_invalid(&["instrument", "names[1]", "names[2]"]);
    let about = refused.about("names[1]");
    assert_eq!(about, "the text defines no \"rato\" (did you mean ratio?)");
    let refused = ask(&server, of(&run_id, &["f"; 101])).await.unwrap_err();
    assert!(refused.about("names").starts_with("at most 100 are taken"), "{refused:?}");
}

#[tokio::test]
async fn each_instrument_has_values_and_facts_of_its_own() {
    let server = TestServer::with(&Market::wavy(100)).await;
    server.import_as("OTHER", &Market::rising(100)).await;
    let both = work("sma_cross").rules(CROSS).also_on("OTHER");
    let run_id = server.run(both).await.run_id;
    for (instrument, symbol) in [(0, "BARS"), (1, "OTHER")] {
        let asked = pb::GetRuleValuesRequest { instrument, ..of(&run_id, &["f", "s"]) };
        let values = ask(&server, asked).await.unwrap();
        let alone = server.run(work("sma_cross").rules(CROSS).on(symbol)).await.run_id;
        let alone = ask(&server, of(&alone, &["f", "s"])).await.unwrap();
        assert_eq!(values.columns, alone.columns, "{symbol}");
    }
    let status = server.status(&run_id).await;
    let Some(pb::run_status::Result::Backtest(result)) = status.result else { panic!() };
    let entered: Vec<_> = result
        .rule_facts
        .iter()
        .filter(|fact| fact.name == "enter long:9")
        .map(|fact| (fact.instrument, fact.true_bars.unwrap() > 0))
        .collect();
    // What only rises has no crossing.
    assert_eq!(entered, [(0, true), (1, false)]);
}

#[tokio::test]
async fn what_never_had_a_value_is_told_of_a_run_and_left_out_of_lists() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let text = "x = x[1] + 1\nnever = close < 0\nenter long when x > 3 or never\n\
                exit long when close < open";
    let run = server.run(work("sma_cross").rules(text)).await;
    let Some(pb::run_status::Result::Backtest(result)) = run.result else { panic!() };
    let told: Vec<_> = result
        .rule_facts
        .iter()
        .map(|fact| (fact.name.as_str(), fact.first_defined_bar, fact.true_bars))
        .collect();
    assert_eq!(told[..2], [("x", None, None), ("never", Some(0), Some(0))]);
    assert_eq!(told[2], ("enter long:3", None, Some(0)));
    let listed = within(server.runs().list_runs(pb::ListRunsRequest::default())).await.unwrap();
    let status = listed.into_inner().runs.into_iter().next().and_then(|run| run.status).unwrap();
    let Some(pb::run_status::Result::Backtest(listed)) = status.result else { panic!() };
    assert_eq!((listed.result_sha256, listed.rule_facts), (result.result_sha256, vec![]));
}
