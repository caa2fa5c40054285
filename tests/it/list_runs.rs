//! Lists of runs: filtered, in order, page by page.

use std::collections::BTreeSet;

use tonic::{Code, Status};
use tradeforge::pb;

use crate::support::{
    ChildServer, Client, Market, Refusal as _, TestServer, at_once, buy_and_hold, gate, sma_cross,
    within,
};

async fn page(
    client: &Client,
    page_size: i32,
    page_token: &str,
    filter: &str,
    order_by: &str,
) -> Result<pb::ListRunsResponse, Status> {
    let request = pb::ListRunsRequest {
        page_size,
        page_token: page_token.into(),
        filter: filter.into(),
        order_by: order_by.into(),
    };
    Ok(within(client.runs().list_runs(request)).await?.into_inner())
}

/// The ids of all runs that fit, in order, by pages of two.
async fn listed(client: &Client, filter: &str, order_by: &str) -> Vec<String> {
    let (mut ids, mut token) = (Vec::new(), String::new());
    loop {
        let page = page(client, 2, &token, filter, order_by).await.unwrap();
        assert!(page.runs.len() <= 2);
        ids.extend(page.runs.into_iter().map(|run| run.run_id));
        token = page.next_page_token;
        if token.is_empty() {
            assert_eq!(page.total_size, ids.len() as i64);
            return ids;
        }
    }
}

fn labelled(desk: &str) -> impl FnOnce(&mut pb::SubmitRequest) {
    let desk = desk.to_owned();
    move |request| {
        request.labels.insert("desk".into(), desk.clone());
        request.display_name = format!("for {desk}");
    }
}

#[tokio::test]
async fn the_newest_run_comes_first_and_pages_hold_every_run_once() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let mut ids = Vec::new();
    for fast in 2..9 {
        ids.push(server.submit(sma_cross(fast, 20)).await.run_id);
    }
    assert_eq!(listed(&server, "", "create_time, run_id").await, ids);
    assert_eq!(listed(&server, "", "create_time desc, run_id").await.len(), ids.len());
    ids.reverse();
    assert_eq!(listed(&server, "", "").await, ids);
    assert_eq!(listed(&server, "", "create_time desc").await, ids);
}

#[tokio::test]
async fn every_field_of_the_filter_filters() {
    let server = TestServer::with(&Market::wavy(100)).await;
    server.import_as("ETH", &Market::wavy(100)).await;
    let fx = server.run(sma_cross(2, 9).request(labelled("fx spot"))).await.run_id;
    let rates = server.run(buy_and_hold().on("ETH").request(labelled("rates"))).await;
    let plain = server.submit(buy_and_hold()).await;
    server.when_final(&plain.run_id).await;
    let (rates, plain, key) = (rates.run_id, plain.run_id, plain.run_key);
    let all = [&plain, &rates, &fx];
    let some = [
        ("state = COMPLETED".to_owned(), vec![0, 1, 2]),
        ("state != COMPLETED OR state = RUNNING".to_owned(), vec![]),
        ("kind = BACKTEST AND NOT kind = OPTIMIZATION".to_owned(), vec![0, 1, 2]),
        ("strategy = buy_and_hold".to_owned(), vec![0, 1]),
        ("strategy != 'buy_and_hold'".to_owned(), vec![2]),
        ("exchange = TEST AND symbol = eth".to_owned(), vec![1]),
        ("symbol != ETH".to_owned(), vec![0, 2]),
        ("timeframe = 1m".to_owned(), vec![0, 1, 2]),
        ("timeframe = 1h".to_owned(), vec![]),
        (format!("run_key = {key}"), vec![0]),
        ("labels.desk = \"fx spot\"".to_owned(), vec![2]),
        ("labels.desk != rates".to_owned(), vec![0, 2]),
        ("labels.desk > fx OR labels.desk = rates".to_owned(), vec![1, 2]),
        ("NOT labels.desk >= ''".to_owned(), vec![0]),
        (
            "create_time >= \"2020-01-01T00:00:00Z\" AND create_time < 2199-12-31".to_owned(),
            vec![0, 1, 2],
        ),
        ("create_time < \"2020-01-01T00:00:00Z\"".to_owned(), vec![]),
    ];
    for (filter, expected) in some {
        let expected: Vec<_> = expected.into_iter().map(|place| all[place].clone()).collect();
        assert_eq!(listed(&server, &filter, "").await, expected, "{filter}");
    }
}

#[tokio::test]
async fn a_run_is_found_by_any_part_of_what_names_it() {
    let server = ChildServer::with(&Market::wavy(100)).await;
    server.import_as("ETHUSDT", &Market::wavy(100)).await;
    let named = |name: &str| {
        let name = name.to_owned();
        move |request: &mut pb::SubmitRequest| {
            request.display_name = name;
            request.labels.insert("Desk".into(), "Größe \"XL\"".into());
        }
    };
    let cross = server.run(sma_cross(2, 9).request(named("Über night 7%_x"))).await.run_id;
    let held = server.run(buy_and_hold().on("ETHUSDT")).await.run_id;
    let id = &cross[9..18];
    let (cross_only, held_only) = (vec![cross.clone()], vec![held.clone()]);
    let check = [
        ("sma", &cross_only),
        ("MA_CR", &cross_only),
        ("sm", &cross_only),
        ("cr", &cross_only),
        ("ÜBER", &cross_only),
        ("ber night", &cross_only),
        ("7%_x", &cross_only),
        ("7", &cross_only),
        ("desk", &cross_only),
        ("größe", &cross_only),
        ("\\\"XL\\\"", &cross_only),
        (id, &cross_only),
        ("thus", &held_only),
        ("et", &held_only),
        ("hold", &held_only),
        ("ho", &held_only),
        ("ld", &vec![]),
        ("nothing of that", &vec![]),
        ("* OR", &vec![]),
    ];
    for (text, found) in check {
        assert_eq!(listed(&server, &format!("text = \"{text}\""), "").await, *found, "{text}");
    }
    assert_eq!(listed(&server, "text = test AND text = 1m", "").await.len(), 2);
    assert_eq!(listed(&server, "text != sma", "").await, held_only);
    let request = pb::DeleteRunRequest { run_id: held.clone() };
    within(server.runs().delete_run(request)).await.unwrap();
    assert!(listed(&server, "text = hold", "").await.is_empty());
    for text in ["\"\"", "\"a\nb\""] {
        let refused = page(&server, 0, "", &format!("text = {text}"), "").await.unwrap_err();
        refused.assert_invalid(&["filter"]);
    }
    let server = server.kill().serve().await;
    assert_eq!(listed(&server, "text = night", "").await, cross_only);
}

#[tokio::test]
async fn a_search_over_several_series_is_found_by_each_of_them() {
    let server = TestServer::with(&Market::wavy(100)).await;
    server.import_as("ETH", &Market::wavy(100)).await;
    let search = sma_cross(2, 9).sweep().over("fast", 2, 3, 1).on_each(&["ETH", "BARS"]);
    let both = server.run(search).await.run_id;
    let one = server.run(sma_cross(2, 9).sweep().over("fast", 2, 3, 1)).await.run_id;
    for (filter, expected) in [
        ("symbol = ETH", vec![&both]),
        ("symbol = ETH AND symbol = BARS AND exchange = TEST AND timeframe = 1m", vec![&both]),
        ("symbol = BARS", vec![&one, &both]),
        ("symbol != ETH", vec![&one]),
    ] {
        assert!(listed(&server, filter, "").await.iter().eq(expected), "{filter}");
    }
}

#[tokio::test]
async fn a_listed_run_is_what_get_run_tells() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let run_id = server.run(sma_cross(2, 9).request(labelled("fx"))).await.run_id;
    let listed = page(&server, 0, "", "", "").await.unwrap().runs;
    assert_eq!(listed, [server.describe(&run_id).await]);
    assert_eq!(listed[0].display_name, "for fx");
}

#[tokio::test]
async fn a_live_run_is_listed_as_it_is_now() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let run_id = server.submit(gate(1)).await.run_id;
    server.until_running(&run_id).await;
    let runs = page(&server, 0, "", "state = RUNNING", "").await.unwrap().runs;
    let status = runs[0].status.clone().unwrap();
    assert!(status.sequence > 1 << 40 && runs.len() == 1, "{status:?}");
    server.open_gate(1);
    server.when_final(&run_id).await;
    assert!(listed(&server, "state = RUNNING", "").await.is_empty());
}

#[tokio::test]
async fn runs_that_come_between_two_pages_move_nothing() {
    let server = TestServer::with(&Market::wavy(100)).await;
    at_once((2..8).map(|fast| server.submit(sma_cross(fast, 20)))).await;
    let first = page(&server, 3, "", "", "").await.unwrap();
    server.submit(buy_and_hold()).await;
    let second = page(&server, 3, &first.next_page_token, "", "").await.unwrap();
    // As many as there were when the first page was asked for.
    assert_eq!((second.total_size, second.next_page_token.as_str()), (6, ""));
    let ids: BTreeSet<_> =
        first.runs.iter().chain(&second.runs).map(|run| run.run_id.clone()).collect();
    assert_eq!(ids.len(), 6);
}

#[tokio::test]
async fn a_token_is_bound_to_its_filter_and_order() {
    let server = TestServer::with(&Market::wavy(100)).await;
    at_once((2..5).map(|fast| server.submit(sma_cross(fast, 20)))).await;
    let token = page(&server, 1, "", "", "").await.unwrap().next_page_token;
    for (filter, order_by) in [("kind = BACKTEST", ""), ("", "create_time")] {
        let refused = page(&server, 1, &token, filter, order_by).await.unwrap_err();
        refused.assert_invalid(&["page_token"]);
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_its_place() {
    let server = TestServer::start().await;
    let refused = page(&server, 0, "", "stat = COMPLETED", "metrics.sharp").await.unwrap_err();
    refused.assert_invalid(&["filter", "order_by"]);
    assert!(refused.about("filter").contains("did you mean state?"), "{}", refused.message());
    let refused = page(&server, 0, "", "state = COMPLETED AND", "").await.unwrap_err();
    assert!(refused.about("filter").starts_with("at character 22: expected a field"));
    assert_eq!(page(&server, -1, "", "", "").await.unwrap_err().code(), Code::InvalidArgument);
}
