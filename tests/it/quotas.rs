//! How much an owner may have at once and ask for in a day.

use tonic::Code;
use tonic_types::StatusExt as _;
use tradeforge::cli::Connection;
use tradeforge::pb::{self, Role, SubmitDisposition};

use crate::support::{Refusal as _, gate, sma_cross, within};
use crate::tokens::Asking;

async fn submit(
    connection: &Connection,
    work: impl Into<pb::SubmitRequest>,
) -> Result<pb::SubmitResponse, tonic::Status> {
    within(connection.runs().submit(work.into())).await.map(tonic::Response::into_inner)
}

async fn set(admin: &Connection, request: pb::SetQuotaRequest) -> pb::Owner {
    let answer = within(admin.access().set_quota(request)).await.expect("an admin may");
    answer.into_inner().owner.expect("an owner")
}

fn of(owner: &str) -> pb::SetQuotaRequest {
    pb::SetQuotaRequest { owner: owner.to_owned(), ..Default::default() }
}

#[tokio::test]
async fn an_owner_has_so_many_live_runs_joins_others_and_is_let_in_again() {
    let asking = Asking::start().await;
    asking.import(&asking.first).await;
    let (ann, bob) =
        (asking.token("ann", Role::Submitter).await, asking.token("bob", Role::Submitter).await);
    let (ann, bob) = (asking.by(&ann.secret).await, asking.by(&bob.secret).await);
    let admin = asking.by(&asking.first).await;
    let set = set(&admin, pb::SetQuotaRequest { live_runs_max: Some(1), ..of("ann") }).await;
    assert_eq!((set.own_limits, set.live_runs), (vec!["live_runs_max".to_owned()], 0));
    assert_eq!(set.quota.expect("limits").priority_max, 8, "the server's setting");

    let run_id = submit(&ann, gate(1)).await.expect("one may live").run_id;
    let refused = submit(&ann, gate(2)).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.reason().as_str()),
        (Code::ResourceExhausted, "OWNER_LIVE_RUNS")
    );
    assert_eq!(refused.message(), "ann has 1 live runs, the most that are allowed");
    let others = submit(&bob, gate(2)).await.expect("bob has none").run_id;
    let joined = submit(&ann, gate(2)).await.expect("what is joined is not ann's");
    assert_eq!(joined.disposition(), SubmitDisposition::Joined);
    assert_eq!(joined.run_id, others);
    let me = within(ann.access().who_am_i(pb::WhoAmIRequest {})).await.unwrap().into_inner();
    assert_eq!((me.live_runs, me.trials_today, me.quota.unwrap().live_runs_max), (1, 1, 1));

    let cancel = pb::CancelRequest { run_id, reason: String::new() };
    within(ann.runs().cancel(cancel)).await.expect("it is ann's");
    submit(&ann, gate(3)).await.expect("there is room again");
    let urgent = gate(4).request(|request| request.priority = 9);
    let refused = submit(&bob, urgent).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let told = "priority: 9 is above 8, the highest that bob may ask for";
    assert!(refused.message().contains(told), "{}", refused.message());
}

#[tokio::test]
async fn the_trials_of_a_day_are_counted_when_runs_are_made() {
    let asking = Asking::start().await;
    asking.import(&asking.first).await;
    let ann = asking.by(&asking.token("ann", Role::Submitter).await.secret).await;
    let admin = asking.by(&asking.first).await;
    set(&admin, pb::SetQuotaRequest { trials_per_day_max: Some(10), ..of("ann") }).await;
    let search = |last| sma_cross(1, 20).sweep().over("fast", 1, last, 1);
    submit(&ann, search(8)).await.expect("eight of ten");
    let refused = submit(&ann, search(3)).await.unwrap_err();
    assert_eq!(refused.reason(), "OWNER_TRIALS_PER_DAY");
    assert!(refused.message().contains("8 trials today (UTC); 3 more are above the 10"));
    let delay = refused.get_details_retry_info().and_then(|it| it.retry_delay).expect("a time");
    assert!(delay.as_secs() <= 86_400, "{delay:?}");
    // Checked alone it costs nothing; two fit.
    let checked = search(2).request(|request| request.validate_only = true);
    submit(&ann, checked).await.expect("nothing is made");
    submit(&ann, search(2)).await.expect("ten of ten");
    assert_eq!(submit(&ann, sma_cross(3, 9)).await.unwrap_err().reason(), "OWNER_TRIALS_PER_DAY");

    let owners = within(admin.access().list_owners(pb::ListOwnersRequest {})).await.unwrap();
    let owners = owners.into_inner().owners;
    let told: Vec<_> = owners.iter().map(|it| (it.name.as_str(), it.trials_today)).collect();
    assert_eq!(told, [("admin", 0), ("ann", 10)]);
    let faulty = pb::SetQuotaRequest { live_runs_max: Some(-1), ..of("an n") };
    let refused = within(admin.access().set_quota(faulty)).await.unwrap_err();
    for told in ["owner: must be 1 to 64 letters", "live_runs_max: must not be below 0"] {
        assert!(refused.message().contains(told), "{told} in {}", refused.message());
    }
}
