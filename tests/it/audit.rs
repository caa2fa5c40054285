//! Who changed what: a line for each change that a known caller made, and none for what was
//! refused.

use tradeforge::cli::Connection;
use tradeforge::pb::{self, Role};

use crate::support::{Market, Refusal as _, TestServer, gate, sma_cross, within};
use crate::tokens::Asking;

async fn page(
    connection: &Connection,
    filter: &str,
    (page_size, page_token): (i32, String),
) -> pb::ListAuditEventsResponse {
    let request = pb::ListAuditEventsRequest { filter: filter.to_owned(), page_size, page_token };
    let answer = within(connection.access().list_audit_events(request)).await;
    answer.expect("an admin reads them").into_inner()
}

async fn events(connection: &Connection, filter: &str) -> Vec<pb::AuditEvent> {
    page(connection, filter, (0, String::new())).await.events
}

fn told(events: &[pb::AuditEvent]) -> Vec<(&str, &str, &str)> {
    let each = events.iter().rev();
    each.map(|it| (it.actor.as_str(), it.action.as_str(), it.outcome.as_str())).collect()
}

async fn submit(connection: &Connection, work: impl Into<pb::SubmitRequest>) -> String {
    let answer = within(connection.runs().submit(work.into())).await.expect("it is taken");
    answer.into_inner().run_id
}

#[tokio::test]
async fn every_change_of_a_run_is_a_line_and_what_is_refused_or_changes_nothing_is_none() {
    let asking = Asking::start().await;
    asking.import(&asking.first).await;
    let ann = asking.token("ann", Role::Submitter).await;
    let ann_id = ann.token.as_ref().expect("what is kept").token_id.clone();
    let (ann, bob) = (ann.secret, asking.token("bob", Role::Submitter).await.secret);
    let (ann, bob, admin) =
        (asking.by(&ann).await, asking.by(&bob).await, asking.by(&asking.first).await);

    let run_id = submit(&ann, gate(1)).await;
    assert_eq!(submit(&bob, gate(1)).await, run_id, "joined");
    let cancel =
        |reason: &str| pb::CancelRequest { run_id: run_id.clone(), reason: reason.to_owned() };
    let refused = within(bob.runs().cancel(cancel("mine now"))).await.unwrap_err();
    assert_eq!(refused.reason(), "NOT_OWNER");
    let pause = pb::PauseRequest { run_id: run_id.clone(), reason: "lunch".to_owned() };
    within(ann.runs().pause(pause.clone())).await.expect("paused");
    within(ann.runs().pause(pause)).await.expect("paused already");
    let resume = pb::ResumeRequest { run_id: run_id.clone() };
    within(ann.runs().resume(resume.clone())).await.expect("it goes on");
    within(ann.runs().resume(resume)).await.expect("it went on already");
    let update = pb::UpdateRunRequest {
        run_id: run_id.clone(),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["notes".to_owned(), "labels.desk".to_owned()],
        }),
        notes: "seen".to_owned(),
        ..Default::default()
    };
    within(ann.runs().update_run(update)).await.expect("changed");
    within(admin.runs().cancel(cancel("too long"))).await.expect("an admin may");
    within(admin.runs().cancel(cancel("again"))).await.expect("it was asked for already");
    let delete = pb::DeleteRunRequest { run_id: run_id.clone() };
    within(ann.runs().delete_run(delete)).await.expect("removed");

    let found = events(&admin, &format!("subject = {run_id}")).await;
    assert_eq!(
        told(&found),
        [
            ("ann", "run.submit", "CREATED"),
            ("bob", "run.submit", "JOINED"),
            ("ann", "run.pause", "DONE"),
            ("ann", "run.resume", "DONE"),
            ("ann", "run.update", "DONE"),
            ("admin", "run.cancel", "DONE"),
            ("ann", "run.delete", "DONE"),
        ]
    );
    let detail = |at: usize, name: &str| found[found.len() - 1 - at].details[name].clone();
    assert_eq!((detail(0, "kind"), detail(0, "strategy")), ("BACKTEST".into(), "gate".into()));
    assert_eq!((detail(2, "reason"), detail(5, "reason")), ("lunch".into(), "too long".into()));
    assert_eq!(detail(4, "changed"), "notes, labels.desk");
    assert_eq!(detail(6, "owner"), "ann");
    let first = found.last().expect("a line");
    assert_eq!(first.token_id, ann_id);
    assert!(first.address.starts_with("127.0.0.1:") && first.time.is_some(), "{first:?}");
}

#[tokio::test]
async fn imports_texts_and_tokens_are_lines_that_filters_and_pages_find() {
    let asking = Asking::start().await;
    asking.import(&asking.first).await;
    asking.import(&asking.first).await;
    let ann = asking.token("ann", Role::Submitter).await;
    let connection = asking.by(&ann.secret).await;
    let admin = asking.by(&asking.first).await;
    let save = pb::SaveStrategyRequest {
        name: "mine".to_owned(),
        source: "enter long when close > 1\n".to_owned(),
    };
    let saved = within(connection.strategies().save_strategy(save)).await;
    let is_saved = saved.is_ok();
    asking.revoke(&ann).await;
    let all = events(&admin, "").await;
    let imports = all.iter().filter(|it| it.action == "series.import").count();
    assert_eq!(imports, 1, "the second import changed nothing: {all:?}");
    let import = events(&admin, "action = series.import").await.remove(0);
    assert_eq!(import.subject, "TEST:BARS@1m");
    let of_tokens = events(&admin, "action = token.create OR action = token.revoke").await;
    assert_eq!(
        told(&of_tokens),
        [("admin", "token.create", "DONE"), ("admin", "token.revoke", "DONE")]
    );
    assert_eq!(of_tokens[1].details["owner"], "ann");
    let of_ann = events(&admin, "actor = ann").await;
    assert_eq!(of_ann.len(), usize::from(is_saved));
    assert_eq!(events(&admin, "time < 2020-01-01").await, []);

    // One by one they are the same.
    let (mut one_by_one, mut token) = (Vec::new(), String::new());
    loop {
        let found = page(&admin, "", (1, token)).await;
        one_by_one.extend(found.events);
        token = found.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(one_by_one, all);
    let ids: Vec<_> = all.iter().map(|it| it.event_id).collect();
    assert!(ids.is_sorted_by(|one, next| one > next), "{ids:?}");

    let request = |filter: &str| pb::ListAuditEventsRequest {
        filter: filter.to_owned(),
        ..Default::default()
    };
    let mut access = admin.access();
    for (filter, told) in [
        ("acter = ann", "there is no field acter, did you mean actor"),
        ("action = run.stop", "action must be run.submit, run.cancel"),
        ("actor > ann", "actor is compared by = and != only"),
    ] {
        let refused = within(access.list_audit_events(request(filter))).await.unwrap_err();
        assert!(refused.message().contains(told), "{told} in {}", refused.message());
    }
}

#[tokio::test]
async fn where_nobody_is_asked_nothing_is_written_down() {
    let server = TestServer::with(&Market::wavy(100)).await;
    server.run(sma_cross(2, 5)).await;
    let globals = tradeforge::cli::GlobalArgs::of(server.url().to_owned(), false);
    let connection = globals.connect().await.expect("the server listens");
    let request = pb::ListAuditEventsRequest::default();
    let refused = within(connection.access().list_audit_events(request)).await.unwrap_err();
    assert_eq!(refused.reason(), "ACCESS_OFF");
}
