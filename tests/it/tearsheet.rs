//! Tear sheets: one file that tells what the server tells, and needs nothing else.

use std::process::{Command, Output};

use crate::support::{ChildServer, Market};

fn program(server: &ChildServer, words: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
    command.args(words.split_whitespace()).env("TRADEFORGE_SERVER", server.url());
    command.output().expect("the program starts")
}

fn told(server: &ChildServer, words: &str) -> String {
    let output = program(server, words);
    assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn object(server: &ChildServer, words: &str) -> serde_json::Value {
    serde_json::from_str(&told(server, words)).expect("an object")
}

/// What stands between the two, wherever that is.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Vec<&'t str> {
    text.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sheet_of_a_backtest_has_the_servers_figures_every_trade_and_the_ends_of_its_lines() {
    let server = ChildServer::with(&Market::wavy(3_000)).await;
    told(&server, "backtest sma_cross --on TEST:BARS@1m -p fast=2 -p slow=5 --detach");
    told(&server, "wait @last");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sheet.html");
    let answer = told(&server, &format!("tearsheet @last --out {}", path.display()));
    assert_eq!(answer.trim_end(), path.display().to_string());
    let html = std::fs::read_to_string(&path).unwrap();

    let run = object(&server, "show @last --json");
    let result = &run["run"]["status"]["backtest"];
    let metrics = result["metrics"].as_object().unwrap();
    let total = metrics["total_return"].as_f64().unwrap();
    assert!(html.contains(&format!("<dt>Total return</dt><dd>{:.2}%</dd>", total * 100.0)));
    let count = metrics["trade_count"].as_f64().unwrap();
    assert!(count > 1.0 && html.contains(&format!("<dt>Trades</dt><dd>{count}</dd>")));
    // Each trade is a row, as in the list.
    let listed = object(&server, "trades @last --json");
    let (_, trades) = html.split_once("<div class=trades>").unwrap();
    let rows = between(trades.split_once("</table>").unwrap().0, "<tr><td>", "</td>");
    let indexes = listed["trades"].as_array().unwrap().iter();
    let indexes: Vec<String> =
        indexes.map(|trade| trade["tradeIndex"].as_str().unwrap_or("0").to_owned()).collect();
    assert_eq!(rows, indexes);
    // Where the equity ends is the metric, to the cent.
    let ends = between(&html, "Equity <b>", "</b>");
    let end: f64 = ends[0].replace(',', "").parse().unwrap();
    assert!((end - metrics["final_equity"].as_f64().unwrap()).abs() < 0.006, "{ends:?}");
    for foreign in ["<script", "http:", "https:", "<link", "src="] {
        assert!(!html.contains(foreign), "{foreign}");
    }

    // The same to stdout.
    assert_eq!(told(&server, "tearsheet @last --out -"), html);
    assert_eq!(object(&server, "tearsheet @last --out - --json")["html"], html.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sheet_of_a_search_has_a_cell_a_pair_and_the_report_of_its_best_trial() {
    let server = ChildServer::with(&Market::wavy(3_000)).await;
    told(
        &server,
        "optimize sma_cross --on TEST:BARS@1m -p fast=2..5 -p slow=6..8 --objective total_return \
         --detach",
    );
    told(&server, "wait @last");
    let html = told(&server, "tearsheet @last --out -");
    let run = object(&server, "show @last --json");
    let best = &run["run"]["status"]["optimization"]["bestTrial"];
    let index = best["trialIndex"].as_str().unwrap_or("0");
    let value = best["objectiveValue"].as_f64().unwrap();
    let cells = between(&html, "<title>trial ", "</title>");
    assert_eq!(cells.len(), 12);
    let shown = format!("{index}: {:.2}%", value * 100.0);
    assert!(cells.contains(&shown.as_str()), "{shown} is none of {cells:?}");
    // What is best is brightest, and no other cell is.
    let bright: Vec<_> = between(&html, "fill=\"rgb(253 231 37)\"><title>", "</title>");
    assert_eq!(bright, [format!("trial {shown}")]);
    assert!(html.contains(&format!("<h2>Trial {index}</h2>")));
    assert!(html.contains(&format!("<dt>Total return</dt><dd>{:.2}%</dd>", value * 100.0)));
    let other = told(&server, "tearsheet @last --out - --trial 0");
    assert!(other.contains("<h2>Trial 0</h2>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_has_not_completed_has_no_sheet() {
    let server = ChildServer::with(&Market::wavy(100)).await;
    told(&server, "backtest gate --on TEST:BARS@1m -p bars=1 -p key=7 --detach");
    let output = program(&server, "tearsheet @last --out -");
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(talk.contains("has not completed") && talk.contains("tradeforge show"), "{talk}");
}
