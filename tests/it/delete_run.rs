//! Removing runs with all that they left.

use tonic::{Code, Status};
use tradeforge::pb;
use uuid::Uuid;

use crate::support::{
    ChildServer, Client, Market, Refusal as _, TestServer, buy_and_hold, gate, within,
};

async fn delete(client: &Client, run_id: &str) -> Result<(), Status> {
    let request = pb::DeleteRunRequest { run_id: run_id.into() };
    within(client.runs().delete_run(request)).await.map(drop)
}

#[tokio::test]
async fn a_deleted_run_is_known_nowhere() {
    let server = TestServer::with(&Market::rising(10)).await;
    let run_id = server.run(buy_and_hold()).await.run_id;
    delete(&server, &run_id).await.unwrap();
    let refusals = [
        server.try_status(&run_id, None).await.unwrap_err(),
        server.trades_page(&run_id, 10, "").await.unwrap_err(),
        server.try_watch(&run_id).await.unwrap_err(),
        delete(&server, &run_id).await.unwrap_err(),
    ];
    for refusal in refusals {
        assert_eq!((refusal.code(), refusal.reason().as_str()), (Code::NotFound, "RUN_NOT_FOUND"));
    }
    let list = within(server.runs().list_runs(pb::ListRunsRequest::default())).await.unwrap();
    assert_eq!(list.into_inner().total_size, 0);
}

#[tokio::test]
async fn a_live_run_is_not_deleted() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let run_id = server.submit(gate(1)).await.run_id;
    server.until_running(&run_id).await;
    let refusal = delete(&server, &run_id).await.unwrap_err();
    assert_eq!(refusal.code(), Code::FailedPrecondition);
    assert_eq!(refusal.reason(), "RUN_NOT_FINISHED");
    assert!(refusal.message().contains("RUNNING"), "{}", refusal.message());
    server.cancel(&run_id).await;
    delete(&server, &run_id).await.unwrap();
}

#[tokio::test]
async fn equal_work_and_equal_requests_run_again_after_it() {
    let server = TestServer::with(&Market::rising(10)).await;
    let work = || buy_and_hold().reuse_completed().request_id(Uuid::from_u128(7));
    let first = server.submit(work()).await.run_id;
    let before = server.when_final(&first).await.result;
    delete(&server, &first).await.unwrap();
    let again = server.submit(work()).await;
    assert_eq!(again.disposition(), pb::SubmitDisposition::Created);
    assert_ne!(again.run_id, first);
    assert_eq!(server.when_final(&again.run_id).await.result, before);
}
