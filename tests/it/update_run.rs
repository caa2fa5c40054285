//! What people say of runs, changed: by field, by label, and only if it is still what was read.

use std::collections::BTreeMap;

use prost_types::FieldMask;
use tonic::{Code, Status};
use tradeforge::pb::{self, RunState};

use crate::support::{
    ChildServer, Client, Market, Refusal as _, TestServer, at_once, gate, sma_cross, within,
};

fn change(run_id: &str, paths: &[&str]) -> pb::UpdateRunRequest {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    pb::UpdateRunRequest {
        run_id: run_id.to_owned(),
        update_mask: Some(FieldMask { paths }),
        ..Default::default()
    }
}

async fn update(client: &Client, request: pb::UpdateRunRequest) -> Result<pb::Run, Status> {
    let response = within(client.runs().update_run(request)).await?;
    Ok(response.into_inner().run.expect("a run"))
}

async fn found(client: &Client, filter: &str) -> Vec<String> {
    let request = pb::ListRunsRequest { filter: filter.into(), ..Default::default() };
    let page = within(client.runs().list_runs(request)).await.expect("a page").into_inner();
    page.runs.into_iter().map(|run| run.run_id).collect()
}

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
}

#[tokio::test]
async fn a_run_is_renamed_noted_and_labelled_and_found_by_what_it_is_called_now() {
    let server = ChildServer::with(&Market::wavy(100)).await;
    let named = sma_cross(2, 5).request(|request| {
        request.display_name = "morning glory".into();
        request.notes = "as it was".into();
        request.labels = labels(&[("desk", "fx"), ("tier", "scratch")]);
    });
    let run_id = server.run(named).await.run_id;
    let before = server.describe(&run_id).await;
    assert_eq!(before.notes, "as it was");
    let other = server.run(sma_cross(3, 7)).await.run_id;

    let request = pb::UpdateRunRequest {
        display_name: "evening star".into(),
        notes: "seen\nand judged".into(),
        labels: labels(&[("desk", "rates")]),
        etag: before.etag.clone(),
        ..change(&run_id, &["display_name", "notes", "labels.desk", "labels.tier"])
    };
    let after = update(&server, request).await.unwrap();
    assert_eq!(
        (after.display_name.as_str(), after.notes.as_str()),
        ("evening star", "seen\nand judged")
    );
    assert_eq!(after.labels, labels(&[("desk", "rates")]));
    assert_ne!(after.etag, before.etag);
    // Nothing else of it is another.
    let same = pb::Run {
        display_name: before.display_name.clone(),
        notes: before.notes.clone(),
        labels: before.labels.clone(),
        etag: before.etag.clone(),
        ..after.clone()
    };
    assert_eq!(same, before);

    // What was is not found any more; what is, is, also after kill -9.
    let server = server.kill().serve().await;
    assert_eq!(server.describe(&run_id).await, after);
    for gone in ["text = \"glory\"", "labels.tier = scratch", "labels.desk = fx"] {
        assert_eq!(found(&server, gone).await, [] as [&str; 0], "{gone}");
    }
    for here in ["text = \"ning st\"", "text = \"ev\"", "labels.desk = rates", "text = rates"] {
        assert_eq!(found(&server, here).await, [run_id.as_str()], "{here}");
    }
    assert_eq!(found(&server, "text = sma_cross").await, [other, run_id.clone()]);

    // All labels are replaced, and an empty text takes a name away.
    let request = pb::UpdateRunRequest {
        labels: labels(&[("one", "1")]),
        ..change(&run_id, &["labels", "display_name"])
    };
    let cleared = update(&server, request).await.unwrap();
    assert_eq!((cleared.labels, cleared.display_name), (labels(&[("one", "1")]), String::new()));
    assert_eq!(cleared.notes, after.notes);
}

#[tokio::test]
async fn a_change_of_what_was_not_read_is_refused_and_changes_nothing() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let run_id = server.run(sma_cross(2, 5)).await.run_id;
    let read = server.describe(&run_id).await;
    let named = |name: &str, etag: &str| pb::UpdateRunRequest {
        display_name: name.into(),
        etag: etag.into(),
        ..change(&run_id, &["display_name"])
    };
    let now = update(&server, named("one", &read.etag)).await.unwrap();
    let refused = update(&server, named("two", &read.etag)).await.unwrap_err();
    assert_eq!((refused.code(), refused.reason().as_str()), (Code::Aborted, "RUN_CHANGED"));
    assert_eq!(server.describe(&run_id).await, now);
    assert_eq!(update(&server, named("two", "")).await.unwrap().display_name, "two");
}

#[tokio::test]
async fn changes_of_different_fields_at_the_same_time_all_survive() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let run_id = server.run(sma_cross(2, 5)).await.run_id;
    let changes = (0..40).map(|number| {
        let name = format!("label{number}");
        let request = pb::UpdateRunRequest {
            labels: labels(&[(&name, "x")]),
            ..change(&run_id, &[&format!("labels.{name}")])
        };
        let client = &server;
        async move { update(client, request).await.unwrap() }
    });
    at_once(changes).await;
    assert_eq!(server.describe(&run_id).await.labels.len(), 40);
}

#[tokio::test]
async fn a_live_run_is_changed_and_its_work_goes_on() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let run_id = server.submit(gate(1)).await.run_id;
    server.until_running(&run_id).await;
    let request =
        pb::UpdateRunRequest { notes: "while it runs".into(), ..change(&run_id, &["notes"]) };
    let run = update(&server, request).await.unwrap();
    assert_eq!(run.status.expect("a status").state(), RunState::Running);
    server.open_gate(1);
    assert_eq!(server.when_final(&run_id).await.state(), RunState::Completed);
    assert_eq!(server.describe(&run_id).await.notes, "while it runs");
}

#[tokio::test]
async fn what_cannot_be_changed_is_refused_with_what_can_and_all_at_once() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let run_id = server.run(sma_cross(2, 5)).await.run_id;
    let request = pb::UpdateRunRequest {
        notes: "x".repeat(10_001),
        ..change(&run_id, &["priorty", "displayname"])
    };
    let refused = update(&server, request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let path = |index: usize| refused.about(&format!("update_mask.paths[{index}]"));
    let all = "there are display_name, notes, labels, deadline, compute_budget, labels.NAME";
    assert!(path(0).contains(all), "{refused:?}");
    assert!(path(1).contains("(did you mean \"display_name\"?)"), "{refused:?}");
    assert!(refused.message().contains("at most 10000 characters"), "{}", refused.message());

    // Labels are counted with those that are there.
    let many = |from: usize| -> pb::UpdateRunRequest {
        let names: Vec<String> = (from..from + 40).map(|number| format!("l{number}")).collect();
        let paths: Vec<String> = names.iter().map(|name| format!("labels.{name}")).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let labels = names.into_iter().map(|name| (name, String::new())).collect();
        pb::UpdateRunRequest { labels, ..change(&run_id, &paths) }
    };
    update(&server, many(0)).await.unwrap();
    let refused = update(&server, many(40)).await.unwrap_err();
    assert_eq!(refused.about("labels"), "at most 64 are taken, but there are 80");
    assert_eq!(server.describe(&run_id).await.labels.len(), 40);

    let unknown = "01942a3c-9b00-7cc1-8000-0123456789ab";
    let refused = update(&server, change(unknown, &["notes"])).await.unwrap_err();
    assert_eq!((refused.code(), refused.reason().as_str()), (Code::NotFound, "RUN_NOT_FOUND"));
}
