//! Lists of runs by what came out: ordered by a metric, filtered by metrics, owners and names.

use std::collections::BTreeSet;

use tonic::Code;
use tradeforge::pb;
use tradeforge::pb::run_status::Result as Outcome;

use crate::support::{
    ChildServer, Client, Market, Refusal as _, TestServer, buy_and_hold, gate, sma_cross, within,
};

async fn page(client: &Client, token: &str, filter: &str, order_by: &str) -> pb::ListRunsResponse {
    let request = pb::ListRunsRequest {
        page_size: 2,
        page_token: token.into(),
        filter: filter.into(),
        order_by: order_by.into(),
    };
    within(client.runs().list_runs(request)).await.expect("a page").into_inner()
}

/// All runs that fit, by pages of two.
async fn listed(client: &Client, filter: &str, order_by: &str) -> Vec<pb::Run> {
    let (mut runs, mut token) = (Vec::new(), String::new());
    loop {
        let page = page(client, &token, filter, order_by).await;
        runs.extend(page.runs);
        token = page.next_page_token;
        if token.is_empty() {
            assert_eq!(page.total_size, runs.len() as i64);
            return runs;
        }
    }
}

fn ids(runs: &[pb::Run]) -> Vec<&str> {
    runs.iter().map(|run| run.run_id.as_str()).collect()
}

/// Whether a run with that value, or without it, fits.
type Keep<'k> = &'k dyn Fn(Option<f64>) -> bool;

/// What a list shows of a run: the backtest's, or that of the best trial.
fn metric(run: &pb::Run, name: &str) -> Option<f64> {
    match run.status.as_ref()?.result.as_ref()? {
        Outcome::Backtest(result) => result.metrics.get(name).copied(),
        Outcome::Optimization(result) => result.best_trial.as_ref()?.metrics.get(name).copied(),
        Outcome::Validation(_) | Outcome::WalkForward(_) | Outcome::Robustness(_) => None,
    }
}

/// The order that a list by a metric should have, of runs with the newest first.
fn sorted(mut runs: Vec<pb::Run>, name: &str, is_descending: bool) -> Vec<pb::Run> {
    // Ties go the same way, and of those without it the newest come first.
    if !is_descending {
        runs.reverse();
    }
    runs.sort_by(|a, b| {
        let (a, b) = (metric(a, name), metric(b, name));
        match (a, b) {
            (Some(a), Some(b)) if is_descending => b.total_cmp(&a),
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        }
    });
    let first_without = runs.iter().position(|run| metric(run, name).is_none());
    let without = &mut runs[first_without.unwrap_or(0)..];
    if !is_descending && first_without.is_some() {
        without.reverse();
    }
    runs
}

/// Backtests that trade more and less and not at all, searches, one that is live and one cancelled.
async fn with_runs() -> ChildServer {
    let server = ChildServer::with(&Market::wavy(400)).await;
    for (fast, slow) in [(2, 5), (3, 8), (5, 20), (2, 399), (3, 399)] {
        server.run(sma_cross(fast, slow)).await;
    }
    server.run(buy_and_hold()).await;
    server.run(sma_cross(1, 1).sweep().over("fast", 2, 9, 1).over("slow", 10, 40, 10)).await;
    let cancelled = server.submit(gate(1)).await.run_id;
    server.cancel(&cancelled).await;
    server.submit(gate(2)).await;
    server
}

#[tokio::test]
async fn a_list_by_a_metric_has_every_run_once_those_without_it_last() {
    let server = with_runs().await;
    let newest_first = listed(&server, "", "").await;
    // An indexed one, one that is not, and one that some completed runs do not have.
    for name in ["sharpe", "total_return", "sqn", "win_rate"] {
        for (order, is_descending) in [("desc", true), ("asc", false)] {
            let expected = sorted(newest_first.clone(), name, is_descending);
            for written in [name.to_owned(), format!("metrics.{name}")] {
                let got = listed(&server, "", &format!("{written} {order}")).await;
                assert_eq!(ids(&got), ids(&expected), "{written} {order}");
            }
        }
    }
    let defined =
        |name: &str| newest_first.iter().filter(|run| metric(run, name).is_some()).count();
    assert!(defined("win_rate") < defined("total_return"), "some did not trade");
    // The same after kill -9, from what is stored.
    let server = server.kill().serve().await;
    let got = listed(&server, "", "sharpe desc").await;
    assert_eq!(ids(&got), ids(&sorted(newest_first, "sharpe", true)));
}

#[tokio::test]
async fn a_filter_by_a_metric_knows_those_that_have_it_and_its_not_all_others() {
    let server = with_runs().await;
    let all = listed(&server, "", "").await;
    let total = |run: &pb::Run| metric(run, "total_return");
    let fits = |keep: Keep<'_>| -> Vec<String> {
        all.iter().filter(|run| keep(total(run))).map(|run| run.run_id.clone()).collect()
    };
    let cases: [(&str, Keep<'_>); 5] = [
        ("total_return > 0", &|it| it.is_some_and(|it| it > 0.0)),
        ("metrics.total_return <= 0", &|it| it.is_some_and(|it| it <= 0.0)),
        ("NOT total_return > 0", &|it| !it.is_some_and(|it| it > 0.0)),
        ("total_return != 0", &|it| it != Some(0.0)),
        ("total_return >= -1e3 AND strategy = sma_cross", &|it| it.is_some()),
    ];
    for (filter, keep) in cases {
        let got = listed(&server, filter, "").await;
        let mut expected = fits(keep);
        if filter.contains("strategy") {
            expected.retain(|id| {
                let run = all.iter().find(|run| run.run_id == *id).unwrap();
                matches!(&run.spec, Some(pb::run::Spec::Optimization(_)))
                    || matches!(&run.spec, Some(pb::run::Spec::Backtest(spec))
                        if spec.strategy.as_ref().unwrap().name == "sma_cross")
            });
        }
        assert_eq!(ids(&got), expected, "{filter}");
        let by_metric = listed(&server, filter, "sharpe").await;
        let same: BTreeSet<_> = ids(&by_metric).into_iter().collect();
        assert_eq!(same, expected.iter().map(String::as_str).collect(), "{filter}");
    }
}

#[tokio::test]
async fn a_run_is_found_by_its_whole_name_and_what_is_not_there_is_told() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let named = |name: &str| {
        let name = name.to_owned();
        sma_cross(2, 5).always_new().request(move |request| request.display_name = name)
    };
    let one = server.run(named("the one")).await.run_id;
    server.run(named("the other")).await;
    server.run(named("")).await;
    let found = |filter: &'static str| {
        let client = &server;
        async move { listed(client, filter, "").await }
    };
    assert_eq!(ids(&found("display_name = \"the one\"").await), [one.as_str()]);
    assert_eq!(found("display_name = \"\"").await.len(), 1);
    assert_eq!(found("display_name != \"the one\"").await.len(), 2);
    assert_eq!(found("owner = ann").await.len(), 0);
    assert_eq!(found("owner = \"\"").await.len(), 3);
    for (filter, order_by, told) in [
        ("sharp > 1", "", "did you mean sharpe?"),
        ("metrics.nothing > 1", "", "there is no field metrics.nothing"),
        ("sharpe > high", "", "sharpe must be a number, not \"high\""),
        ("", "sharpee desc", "did you mean sharpe?"),
        ("", "sharpe desc, create_time", "a metric alone"),
    ] {
        let request = pb::ListRunsRequest {
            filter: filter.into(),
            order_by: order_by.into(),
            ..Default::default()
        };
        let refused = within(server.runs().list_runs(request)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(refused.reason(), "INVALID_SPEC");
        let said = refused.about("filter") + &refused.about("order_by");
        assert!(said.contains(told), "{told} in {said}");
    }
    // A token of a list by time is none of a list by a metric.
    let token = page(&server, "", "", "").await.next_page_token;
    let request =
        pb::ListRunsRequest { page_token: token, order_by: "sharpe".into(), ..Default::default() };
    assert!(within(server.runs().list_runs(request)).await.is_err());
}
