//! The trials of a walk-forward's windows, one by one.

use std::collections::BTreeMap;

use tonic::Code;
use tradeforge::pb;
use tradeforge::pb::column::Values;

use crate::bundle::command;
use crate::support::{
    ChildServer, Client, Refusal as _, TestServer, again, import_hours, request, rolling, searched,
    tested, twelve, walk, walked, within,
};

/// A row by the names of its columns, as text; what is not there is not in it.
type Row = BTreeMap<String, String>;

fn asked(run_id: &str, window_index: i32) -> pb::ExportWindowTrialsRequest {
    let run_id = run_id.to_owned();
    pb::ExportWindowTrialsRequest { run_id, window_index, columns: Vec::new() }
}

async fn rows(client: &Client, request: pb::ExportWindowTrialsRequest) -> Vec<Row> {
    let mut messages =
        within(client.results().export_window_trials(request)).await.unwrap().into_inner();
    let mut rows = Vec::new();
    while let Some(message) = within(messages.message()).await.unwrap() {
        let first = rows.len();
        rows.resize(first + message.row_count as usize, Row::new());
        for column in message.columns {
            for (place, row) in rows[first..].iter_mut().enumerate() {
                let bits = column.validity.get(place / 8).copied().unwrap_or(u8::MAX);
                let value = match column.values.as_ref().expect("values") {
                    Values::Doubles(it) => it.values[place].to_string(),
                    Values::Ints(it) => it.values[place].to_string(),
                    Values::Strings(it) => it.values[place].clone(),
                };
                if bits >> (place % 8) & 1 == 1 {
                    row.insert(column.name.clone(), value);
                }
            }
        }
    }
    rows
}

async fn refusal(client: &Client, request: pb::ExportWindowTrialsRequest) -> tonic::Status {
    within(client.results().export_window_trials(request)).await.unwrap_err()
}

/// What each trial of a search over that span came to, by its index: state and objective.
async fn over(
    server: &TestServer,
    search: &pb::OptimizationSpec,
    span: Option<pb::TimeRange>,
) -> Vec<pb::TrialSummary> {
    let mut search = search.clone();
    search.base.get_or_insert_default().time_range = span;
    let run_id = server.run(searched(search)).await.run_id;
    server.trials(&run_id).await
}

/// Twelve trials, some of which trade too often to be chosen.
fn bounded() -> pb::OptimizationSpec {
    let mut search = twelve();
    search.constraints.push(pb::Constraint {
        metric: "trade_count".into(),
        min_value: None,
        max_value: Some(12.0),
    });
    search
}

#[tokio::test]
async fn each_is_what_a_search_over_either_part_says_of_it() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let (status, windows) = server.walk(walk(bounded(), rolling())).await;
    let search = server.walk_spec(&status.run_id).await.search.unwrap();
    let mut states = BTreeMap::<String, usize>::new();
    for window in &windows {
        let inside = over(&server, &search, window.in_sample).await;
        let outside = over(&server, &search, window.out_of_sample).await;
        let found = rows(&server, asked(&status.run_id, window.window_index)).await;
        assert_eq!(found.len(), 12);
        for (row, (before, after)) in found.iter().zip(inside.iter().zip(&outside)) {
            assert_eq!(row["trial_index"], before.trial_index.to_string());
            let state = before.state().as_str_name().trim_start_matches("TRIAL_STATE_");
            assert_eq!(row["state"], state);
            *states.entry(row["state"].clone()).or_default() += 1;
            let text = |value: Option<f64>| value.map(|value| value.to_string());
            assert_eq!(row.get("in_sample").cloned(), text(before.objective_value));
            assert_eq!(row.get("out_of_sample").cloned(), text(after.objective_value));
            let fast = before.params["fast"].kind.clone();
            let Some(pb::param_value::Kind::IntValue(fast)) = fast else { panic!("{fast:?}") };
            assert_eq!(row["params.fast"], fast.to_string());
        }
        let best = found
            .iter()
            .filter(|row| row["state"] == "COMPLETED")
            .filter_map(|row| Some((row.get("in_sample")?.parse::<f64>().unwrap(), row)))
            .reduce(|best, next| if next.0 > best.0 { next } else { best });
        let chosen = best.map(|(_, row)| row["trial_index"].parse::<i64>().unwrap());
        assert_eq!(window.selected_trial, chosen);
    }
    assert!(states.len() == 2 && states.values().sum::<usize>() == 48, "{states:?}");
}

#[tokio::test]
async fn as_parts_of_one_simulation_the_chosen_one_is_among_them_with_its_figures() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let mut carried = walk(twelve(), rolling());
    if let Some(pb::submit_request::Spec::WalkForward(spec)) = &mut carried.spec {
        spec.set_in_sample_mode(pb::InSampleMode::Carried);
    }
    let (status, windows) = server.walk(carried).await;
    for window in &windows {
        let found = rows(&server, asked(&status.run_id, window.window_index)).await;
        let chosen = &found[window.selected_trial.unwrap() as usize];
        let value = |name: &str| chosen[name].parse::<f64>().unwrap();
        assert_eq!(Some(value("in_sample")), window.in_sample_objective);
        assert_eq!(value("in_sample"), window.in_sample_metrics["sharpe"]);
        assert_eq!(value("out_of_sample"), window.carried_metrics["sharpe"]);
        let after = |row: &Row| row.get("out_of_sample").map(|it| it.parse::<f64>().unwrap());
        let better = found.iter().filter(|row| after(row) > Some(value("out_of_sample")));
        assert!(window.out_of_sample_rank.unwrap() >= better.count() as f64 + 1.0);
    }
}

#[tokio::test]
async fn columns_are_chosen_and_what_is_not_there_is_refused_with_a_reason() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let run_id = server.run(walk(twelve(), rolling())).await.run_id;
    let columns = vec!["out_of_sample".to_owned()];
    let found = rows(&server, pb::ExportWindowTrialsRequest { columns, ..asked(&run_id, 0) }).await;
    assert_eq!(found[0].keys().collect::<Vec<_>>(), ["out_of_sample", "state", "trial_index"]);

    for window in [-1, 4, i32::MAX] {
        let refused = refusal(&server, asked(&run_id, window)).await;
        refused.assert_invalid(&["window_index"]);
        assert!(refused.message().contains("windows 0 to 3"), "{}", refused.message());
    }
    let columns = vec!["in_sampel".to_owned()];
    let wrong = pb::ExportWindowTrialsRequest { columns, ..asked(&run_id, 0) };
    let refused = refusal(&server, wrong).await;
    assert_eq!(refused.fields(), ["columns[0]"]);
    assert!(refused.message().contains("in_sample"), "{}", refused.message());
    let searched = server.run(searched(twelve())).await.run_id;
    assert_eq!(refusal(&server, asked(&searched, 0)).await.reason(), "NOT_A_WALK_FORWARD");
    let mut backtest = twelve().base.unwrap();
    backtest.params.clear();
    let backtest = server.run(tested(backtest)).await.run_id;
    assert_eq!(refusal(&server, asked(&backtest, 0)).await.reason(), "NOT_A_WALK_FORWARD");
}

#[tokio::test]
async fn after_a_kill_they_are_those_of_an_undisturbed_run_and_gone_with_it() {
    let mut server = ChildServer::start().await;
    import_hours(&server).await;
    let quiet = server.run(walk(twelve(), rolling())).await;
    let run_id = server.submit(again(walk(twelve(), rolling()))).await.run_id;
    for _ in 0..2 {
        server = server.kill().serve().await;
    }
    assert_eq!(walked(&server.when_final(&run_id).await), walked(&quiet));
    for window in 0..4 {
        let found = rows(&server, asked(&run_id, window)).await;
        assert_eq!(found, rows(&server, asked(&quiet.run_id, window)).await);
        assert_eq!(found.len(), 12);
    }
    let removed = pb::DeleteRunRequest { run_id: run_id.clone() };
    server.runs().delete_run(removed).await.unwrap();
    assert_eq!(refusal(&server, asked(&run_id, 0)).await.code(), Code::NotFound);
}

#[tokio::test]
async fn they_are_a_file_over_http_as_any_other_table() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let run_id = server.run(walk(twelve(), rolling())).await.run_id;
    let path = format!("/export/runs/{run_id}/window_trials.csv?window=1");
    let answer = request(server.url(), &format!("GET {path} HTTP/1.1"), &[]).await;
    let text = String::from_utf8(answer.body).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("trial_index,state,in_sample,out_of_sample,params."), "{text}");
    assert_eq!(lines.len(), 13);
    let found = rows(&server, asked(&run_id, 1)).await;
    assert!(lines[1].starts_with(&format!("0,COMPLETED,{}", found[0]["in_sample"])), "{text}");
}

#[tokio::test]
async fn the_command_line_lists_them_and_writes_them_as_files() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let run_id = server.run(walk(twelve(), rolling())).await.run_id;
    let said = async |words: &[&str]| {
        let all: Vec<&str> = ["trials", &run_id].into_iter().chain(words.iter().copied()).collect();
        command(&server, &all).await
    };
    let (code, table, _) = said(&["--window", "1", "--limit", "3"]).await;
    assert_eq!((code, table.lines().count()), (Some(0), 4), "{table}");
    let words: Vec<&str> = table.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(words, ["trial", "fast", "slow", "in_sample", "out_of_sample"]);
    let best = server.windows(&run_id).await[1].selected_trial.unwrap().to_string();
    assert_eq!(table.lines().nth(1).unwrap().split_whitespace().next(), Some(best.as_str()));
    let (_, lines, _) = said(&["--window", "1", "-o", "jsonl"]).await;
    let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!((lines.lines().count(), &first["trial_index"]), (12, &serde_json::json!(0)));
    let (_, object, _) = said(&["--window", "1", "--json"]).await;
    let object: serde_json::Value = serde_json::from_str(&object).unwrap();
    assert_eq!(object["trials"].as_array().unwrap().len(), 12);
    assert_eq!(object["trials"][0], first);
    let (code, _, told) = said(&[]).await;
    assert!(code == Some(2) && told.contains("--window 0"), "{told}");
    let (code, _, told) = said(&["--window", "9"]).await;
    assert!(code == Some(1) && told.contains("windows 0 to 3"), "{told}");
}
