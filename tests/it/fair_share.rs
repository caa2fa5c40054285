//! The cores are shared by owners, however many runs each has.

use tonic::Code;
use tonic_types::StatusExt as _;
use tradeforge::cli::Connection;
use tradeforge::pb::{self, Role};

use crate::support::{Market, series, within, work};
use crate::tokens::Asking;

/// Trials of each search.
const TRIALS: i64 = 40 * 40;
/// What is gone through bar by bar, so that computing is what takes the time, and not storing.
const RULES: &str = "param fast = 5 from 1 to 100\nparam slow = 50 from 1 to 100\n\
                     weight if sma(close, fast) > sma(close, slow) then 1 else 0";

/// A search whose trials are as those of all others, and whose key is its own.
fn search(number: i64) -> pb::SubmitRequest {
    let work = work("").rules(RULES).cash(&format!("{}", 10_000 + number));
    work.sweep().over("fast", 1, 40, 1).over("slow", 41, 80, 1).into()
}

async fn submit(connection: &Connection, number: i64) -> String {
    let answer = within(connection.runs().submit(search(number))).await.expect("it is taken in");
    answer.into_inner().run_id
}

async fn status(connection: &Connection, run_id: &str, wait: Option<i64>) -> pb::RunStatus {
    let wait = wait.map(|seconds| prost_types::Duration { seconds, nanos: 0 });
    let request = pb::GetStatusRequest { run_id: run_id.to_owned(), wait };
    let answer = within(connection.runs().get_status(request)).await.expect("it is there");
    answer.into_inner().status.expect("a status")
}

async fn done(connection: &Connection, run_id: &str) -> i64 {
    status(connection, run_id, None).await.progress.expect("progress").completed
}

async fn done_of_all(connection: &Connection, runs: &[String]) -> i64 {
    let mut sum = 0;
    for run_id in runs {
        sum += done(connection, run_id).await;
    }
    sum
}

async fn until_completed(connection: &Connection, run_id: &str) {
    while status(connection, run_id, Some(5)).await.state() != pb::RunState::Completed {}
}

#[tokio::test(flavor = "multi_thread")]
async fn one_run_of_an_owner_beside_nine_of_another_has_half_of_the_cores_and_not_a_tenth() {
    let asking = Asking::start_with(|config| config.running_sweeps_max = 10).await;
    let request = pb::ImportBarsRequest {
        series: Some(series("BARS")),
        source: Some(pb::import_bars_request::Source::Content(
            Market::rising(10_000).csv().into_bytes(),
        )),
        ..Default::default()
    };
    let admin = asking.by(&asking.first).await;
    within(admin.market_data().import_bars(request)).await.expect("bars");
    let (ann, bob) =
        (asking.token("ann", Role::Submitter).await, asking.token("bob", Role::Submitter).await);
    let (ann, bob) = (asking.by(&ann.secret).await, asking.by(&bob.secret).await);

    let mut bobs = Vec::new();
    for number in 0..9 {
        bobs.push(submit(&bob, number).await);
    }
    let anns = submit(&ann, 9).await;
    let before = done_of_all(&bob, &bobs).await;
    until_completed(&ann, &anns).await;
    let meanwhile = done_of_all(&bob, &bobs).await - before;
    // As many as ann's, where by runs it would be nine times as many. Chunks are not equally long,
    // and the counts are taken one after the other.
    assert!(meanwhile < 3 * TRIALS, "{meanwhile} of bob's beside {TRIALS} of ann's");
}

#[tokio::test]
async fn a_share_is_set_told_and_bound() {
    let asking = Asking::start().await;
    let admin = asking.by(&asking.first).await;
    let set = async |share: Option<i32>| {
        let request = pb::SetQuotaRequest { owner: "ann".to_owned(), share, ..Default::default() };
        within(admin.access().set_quota(request)).await.map(|answer| {
            let owner = answer.into_inner().owner.expect("an owner");
            (owner.quota.expect("limits").share, owner.own_limits)
        })
    };
    assert_eq!(set(Some(3)).await.unwrap(), (3, vec!["share".to_owned()]));
    assert_eq!(set(None).await.unwrap(), (1, Vec::new()));
    for share in [0, -1, 1_001] {
        let refused = set(Some(share)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        let details = refused.get_details_bad_request().expect("which field");
        assert_eq!(details.field_violations[0].field, "share");
        let why = format!("must be from 1 to 1000, but is {share}");
        assert_eq!(details.field_violations[0].description, why);
    }
}
