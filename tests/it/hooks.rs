//! Webhooks: exactly what was committed is told, signed, until it arrives.

use std::collections::BTreeSet;

use tonic::Code;
use tradeforge::pb::{self, HookEventType, RunState};

use crate::support::{
    ChildServer, Client, Home, Market, Receiver, Refusal as _, Reply, TestServer, Told, at_once,
    buy_and_hold, gate, request, search_result, sma_cross, within,
};

/// What admits the receivers of these tests.
pub(crate) const NEAR: &str = "http://127.0.0.1:*";

pub(crate) async fn near(market: &Market) -> TestServer {
    let server = TestServer::start_with(|config| config.hook_allow = vec![NEAR.into()]).await;
    server.import(market).await;
    server
}

pub(crate) async fn child() -> ChildServer {
    let server = Home::new().serve_with(&["--hook-allow", NEAR]).await;
    server.import(&Market::wavy(200)).await;
    server
}

pub(crate) fn on(url: String) -> pb::Hook {
    pb::Hook { url, ..Default::default() }
}

pub(crate) async fn add(client: &Client, hook: pb::Hook) -> (String, String) {
    let made = client.add_hook(hook).await.expect("it is taken");
    (made.hook.expect("a hook").hook_id, made.signing_secret)
}

/// What a list says of it.
async fn listed(client: &Client, hook_id: &str) -> pb::Hook {
    let hooks = within(client.hooks().list_hooks(pb::ListHooksRequest {})).await.expect("a list");
    let found = hooks.into_inner().hooks.into_iter().find(|hook| hook.hook_id == hook_id);
    found.expect("it is listed")
}

/// Waits until nothing is on its way to it.
async fn until_quiet(client: &Client, hook_id: &str) -> pb::Hook {
    let quiet = async {
        loop {
            let hook = listed(client, hook_id).await;
            if hook.pending == 0 {
                return hook;
            }
        }
    };
    within(quiet).await
}

pub(crate) async fn until_disabled(client: &Client, hook_id: &str) -> pb::Hook {
    let disabled = async {
        loop {
            let hook = listed(client, hook_id).await;
            if !hook.disabled_reason.is_empty() {
                return hook;
            }
        }
    };
    within(disabled).await
}

async fn deliveries(client: &Client, hook_id: &str) -> Vec<pb::Delivery> {
    let request = pb::ListDeliveriesRequest { hook_id: hook_id.into(), ..Default::default() };
    within(client.hooks().list_deliveries(request)).await.expect("a page").into_inner().deliveries
}

pub(crate) async fn test(client: &Client, hook_id: &str) -> pb::Delivery {
    let request = pb::TestHookRequest { hook_id: hook_id.into() };
    let answer = within(client.hooks().test_hook(request)).await.expect("it is tried");
    answer.into_inner().delivery.expect("a delivery")
}

#[tokio::test]
async fn every_end_and_pause_is_told_once_signed_and_says_what_came_out() {
    let server = child().await;
    let receiver = Receiver::start(&[Reply::Status(204)]).await;
    let pause = i32::from(HookEventType::RunPaused);
    let ends = [HookEventType::RunCompleted, HookEventType::RunFailed, HookEventType::RunCancelled];
    let event_types = ends.map(i32::from).into_iter().chain([pause]).collect();
    let (hook_id, secret) = add(&server, pb::Hook { event_types, ..on(receiver.url()) }).await;

    let profit = pb::Objective { metric: "net_profit".into(), ..Default::default() };
    let search = sma_cross(1, 20).sweep().over("fast", 1, 5, 1);
    let search = search.spec(|spec| spec.objective = Some(profit));
    let search = search.request(|it| _ = it.labels.insert("desk".into(), "fx".into()));
    let best = server.run(search).await;
    let held = server.submit(gate(1)).await.run_id;
    server.until_running(&held).await;
    server.pause(&held).await;
    server.cancel(&held).await;
    server.when_final(&held).await;

    let told = receiver.until_told(3).await;
    assert!(told.iter().all(|it| it.is_signed_by(&secret)), "{told:?}");
    assert!(!told[0].is_signed_by("whsec_AAAA"), "another key signs otherwise");
    let kinds: BTreeSet<(String, String)> =
        told.iter().map(|it| (it.kind(), it.run_id())).collect();
    let wanted = [("run.completed", &best.run_id), ("run.paused", &held), ("run.cancelled", &held)];
    let wanted = wanted.map(|(kind, id)| (kind.to_owned(), id.clone()));
    assert_eq!(kinds, BTreeSet::from(wanted));
    let done = told.iter().find(|it| it.kind() == "run.completed").expect("there").json();
    let data = &done["data"];
    for (name, value) in [
        ("state", "COMPLETED"),
        ("completed", "5"),
        ("strategy", "sma_cross"),
        ("objectiveMetric", "net_profit"),
    ] {
        assert_eq!(data[name], value, "{data}");
    }
    assert_eq!(data["labels"]["desk"], "fx");
    assert_eq!(data["resultSha256"], search_result(&best).result_sha256);
    let run_id = best.run_id.clone();
    let request = pb::ListTrialsRequest { run_id, page_size: 1, ..Default::default() };
    let top = within(server.results().list_trials(request))
        .await
        .expect("a page")
        .into_inner()
        .trials
        .remove(0);
    assert_eq!(data["objective"].as_f64(), Some(top.metrics["net_profit"]));

    assert_eq!(until_quiet(&server, &hook_id).await.disabled_reason, "");
    let kept = deliveries(&server, &hook_id).await;
    assert_eq!(kept.len(), 3);
    for delivery in &kept {
        assert_eq!((delivery.attempts, delivery.last_outcome.as_str()), (1, "204"));
        assert!(delivery.delivery_time.is_some() && delivery.next_attempt_time.is_none());
        let heard = told.iter().find(|it| it.id() == delivery.event_id).expect("it was told");
        assert_eq!(heard.run_id(), delivery.subject);
    }
    assert_eq!(receiver.told().len(), 3, "each once");
}

#[tokio::test]
async fn a_filter_picks_runs_and_a_new_version_of_a_series_is_told() {
    let server = near(&Market::wavy(200)).await;
    let (runs, bars) = (
        Receiver::start(&[Reply::Status(200)]).await,
        Receiver::start(&[Reply::Status(200)]).await,
    );
    let filter = "labels.tier = gold AND strategy = sma_cross AND metrics.trade_count >= 0 \
                  AND NOT display_name = dull AND symbol = BARS";
    let (picky, _) = add(&server, pb::Hook { filter: filter.into(), ..on(runs.url()) }).await;
    let event_types = vec![HookEventType::SeriesChanged.into()];
    add(&server, pb::Hook { event_types, ..on(bars.url()) }).await;
    let gold = |name: &'static str| {
        sma_cross(2, 5).always_new().request(move |it| {
            it.labels.insert("tier".into(), "gold".into());
            it.display_name = name.into();
        })
    };
    server.run(sma_cross(2, 5)).await;
    server.run(gold("dull")).await;
    let fits = server.run(gold("bright")).await.run_id;
    server
        .run(buy_and_hold().request(|it| _ = it.labels.insert("tier".into(), "gold".into())))
        .await;
    // The same bars again are no new version.
    server.import(&Market::wavy(200)).await;
    server.import(&Market::wavy(300)).await;
    let told = bars.until_told(1).await;
    let data = &told[0].json()["data"];
    assert_eq!(told[0].kind(), "series.changed");
    for (name, value) in [("symbol", "BARS"), ("barCount", "300"), ("timeframe", "1m")] {
        assert_eq!(data[name], value, "{data}");
    }
    until_quiet(&server, &picky).await;
    let heard: Vec<_> = runs.told().iter().map(Told::run_id).collect();
    assert_eq!((heard, bars.told().len()), (vec![fits], 1));
}

#[tokio::test]
async fn what_was_committed_before_kill_9_is_told_after_it_under_the_same_id() {
    let server = child().await;
    let receiver = Receiver::start(&[Reply::Silence]).await;
    let (hook_id, secret) = add(&server, on(receiver.url())).await;
    let run_id = server.run(sma_cross(2, 5)).await.run_id;
    let before = receiver.until_told(1).await[0].clone();
    assert_eq!(before.run_id(), run_id);
    // It has it, and nobody knows that it has.
    let home = server.kill();
    receiver.reply(Reply::Status(200));
    let server = home.serve_with(&["--hook-allow", NEAR]).await;
    let after = receiver.until_told(2).await[1].clone();
    assert_eq!((after.id(), &after.body), (before.id(), &before.body));
    assert!(after.is_signed_by(&secret), "by the key of before");
    until_quiet(&server, &hook_id).await;
    assert_eq!(receiver.told().len(), 2);
}

#[tokio::test]
async fn over_kills_in_the_middle_of_work_exactly_the_committed_ends_are_told() {
    let mut server = child().await;
    let receiver = Receiver::start(&[Reply::Status(200)]).await;
    let (hook_id, _) = add(&server, on(receiver.url())).await;
    let mut runs = BTreeSet::new();
    for _ in 0..3 {
        let submitted = at_once((0..30).map(|_| server.submit(sma_cross(2, 5).always_new()))).await;
        let ids: Vec<_> = submitted.into_iter().map(|it| it.run_id).collect();
        // One that is asked to end and whose end is left to the next start.
        let held = server.submit(gate(1)).await.run_id;
        server.until_running(&held).await;
        server.when_final(&ids[5]).await;
        server.try_cancel(&held).await.expect("it is asked to end");
        runs.extend(ids);
        runs.insert(held);
        server = server.kill().serve_with(&["--hook-allow", NEAR]).await;
    }
    at_once(runs.iter().map(|id| server.when_final(id))).await;
    until_quiet(&server, &hook_id).await;
    let told = receiver.told();
    let events: BTreeSet<_> = told.iter().map(|it| (it.id().to_owned(), it.run_id())).collect();
    let ends: BTreeSet<_> = events.iter().map(|(_, run_id)| run_id.clone()).collect();
    assert_eq!(ends, runs);
    assert_eq!(events.len(), runs.len(), "one event each, however often it was sent");
}

#[tokio::test]
async fn what_is_not_taken_is_sent_again() {
    let server = near(&Market::wavy(200)).await;
    let receiver = Receiver::start(&[Reply::Status(500), Reply::Status(200)]).await;
    let (hook_id, secret) = add(&server, on(receiver.url())).await;
    server.run(sma_cross(2, 5)).await;
    receiver.until_told(1).await;
    let waiting = async {
        loop {
            let delivery = deliveries(&server, &hook_id).await.remove(0);
            if delivery.attempts == 1 {
                return delivery;
            }
        }
    };
    let waiting = within(waiting).await;
    assert_eq!(waiting.last_outcome, "500");
    let (event, next) = (waiting.event_time.unwrap(), waiting.next_attempt_time.unwrap());
    assert!((3..=7).contains(&(next.seconds - event.seconds)), "{event:?} {next:?}");
    let told = receiver.until_told(2).await;
    assert_eq!((told[0].id(), &told[0].body), (told[1].id(), &told[1].body));
    assert!(told.iter().all(|it| it.is_signed_by(&secret)));
    until_quiet(&server, &hook_id).await;
    let delivery = deliveries(&server, &hook_id).await.remove(0);
    assert_eq!((delivery.attempts, delivery.last_outcome.as_str()), (2, "200"));
    assert!(delivery.delivery_time.is_some());
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_told_nothing_more_until_a_test_arrives() {
    let server = near(&Market::wavy(200)).await;
    let receiver = Receiver::start(&[Reply::Status(410)]).await;
    let (hook_id, secret) = add(&server, on(receiver.url())).await;
    server.run(sma_cross(2, 5)).await;
    assert_eq!(until_disabled(&server, &hook_id).await.disabled_reason, "GONE");
    server.run(sma_cross(2, 6)).await;
    let failed = test(&server, &hook_id).await;
    assert_eq!((failed.last_outcome.as_str(), failed.delivery_time), ("410", None));
    assert_eq!(listed(&server, &hook_id).await.disabled_reason, "GONE");
    receiver.reply(Reply::Status(200));
    assert!(test(&server, &hook_id).await.delivery_time.is_some());
    assert_eq!(listed(&server, &hook_id).await.disabled_reason, "");
    let last = server.run(sma_cross(2, 7)).await.run_id;
    let told = receiver.until_told(4).await;
    let kinds: Vec<_> = told.iter().map(Told::kind).collect();
    assert_eq!(kinds, ["run.completed", "test", "test", "run.completed"]);
    assert_eq!(told[3].run_id(), last, "what happened while it was ended is not told");
    assert!(told.iter().all(|it| it.is_signed_by(&secret)));
}

#[tokio::test]
async fn a_receiver_that_never_answers_holds_no_other() {
    let server = near(&Market::wavy(200)).await;
    let (slow, quick) =
        (Receiver::start(&[Reply::Silence]).await, Receiver::start(&[Reply::Status(200)]).await);
    let mut held = Vec::new();
    for _ in 0..18 {
        held.push(add(&server, on(slow.url())).await.0);
    }
    let (quick_id, _) = add(&server, on(quick.url())).await;
    for key in 2..7 {
        server.run(sma_cross(1, key)).await;
    }
    until_quiet(&server, &quick_id).await;
    assert_eq!(quick.told().len(), 5);
    slow.until_told(18).await;
    let waiting = at_once(held.iter().map(|id| listed(&server, id))).await;
    assert!(waiting.iter().all(|hook| hook.pending == 5), "each of the others has its first");
    let gone = pb::DeleteHookRequest { hook_id: held[0].clone() };
    within(server.hooks().delete_hook(gone.clone())).await.expect("it is removed");
    let refused = within(server.hooks().delete_hook(gone)).await.unwrap_err();
    assert_eq!((refused.code(), refused.reason().as_str()), (Code::NotFound, "HOOK_NOT_FOUND"));
}

#[tokio::test]
async fn deliveries_come_in_pages_and_are_counted_in_the_metrics() {
    let server = near(&Market::wavy(200)).await;
    let receiver = Receiver::start(&[Reply::Status(200)]).await;
    let (hook_id, _) = add(&server, on(receiver.url())).await;
    at_once((0..25).map(|_| server.run(sma_cross(2, 5).always_new()))).await;
    let ended = until_quiet(&server, &hook_id).await;
    assert_eq!(ended.pending, 0);
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let hook_id = hook_id.clone();
        let request = pb::ListDeliveriesRequest { hook_id, page_size: 10, page_token };
        let page = within(server.hooks().list_deliveries(request)).await.expect("a page");
        let page = page.into_inner();
        seen.extend(page.deliveries.into_iter().map(|it| it.event_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let distinct: BTreeSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), distinct.len()), (25, 25));
    let metrics = request(server.url(), "GET /metrics HTTP/1.1", b"").await;
    let text = String::from_utf8(metrics.body).expect("text");
    assert!(text.contains("tradeforge_hook_deliveries_total{outcome=\"ARRIVED\"} 25"), "{text}");
    assert!(text.contains("tradeforge_hook_backlog 0"), "{text}");
    let run = server.run(sma_cross(2, 5)).await;
    assert_eq!(run.state(), RunState::Completed);
}

#[tokio::test]
async fn a_receiver_is_asked_again_when_it_says_and_within_a_day() {
    let server = near(&Market::wavy(200)).await;
    for (slow, (said, seconds)) in (5..).zip([
        ("3600", 3_600),
        ("99999999", 86_400),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 5),
        ("soon", 5),
    ]) {
        let receiver = Receiver::start(&[Reply::Later(said)]).await;
        let (hook_id, _) = add(&server, on(receiver.url())).await;
        server.run(sma_cross(2, slow)).await;
        receiver.until_told(1).await;
        let tried = async {
            loop {
                let all = deliveries(&server, &hook_id).await;
                if let Some(one) = all.into_iter().find(|delivery| delivery.attempts == 1) {
                    return one;
                }
            }
        };
        let tried = within(tried).await;
        assert_eq!(tried.last_outcome, "503");
        let next = tried.next_attempt_time.expect("another attempt").seconds;
        let wait = next - tried.event_time.expect("a time").seconds;
        // Without a word it is 5 s, a fifth more or less; and the attempt itself took a moment.
        assert!((seconds - 2..seconds + 60).contains(&wait), "{said}: {wait} s");
        let request = pb::DeleteHookRequest { hook_id };
        within(server.hooks().delete_hook(request)).await.expect("it is removed");
    }
}
