//! What a worker died of is computed on the server in a process of its own, and what that dies of
//! is one failed trial.

use tradeforge::pb::RunState;

use crate::support::{Broker, COUNTED, FleetWorker, Market, gate, search_result, sma_cross};

#[tokio::test]
async fn a_trial_that_kills_workers_does_not_kill_the_server_and_costs_no_other_trial() {
    let Some(broker) = Broker::start().await else { return };
    let server = broker.serve("deadly", 0, &[]).await;
    server.import(&Market::wavy(120)).await;
    let worker = FleetWorker::start(&broker, "deadly");
    server.home().until_logged(COUNTED).await;
    // Here as there.
    for key in 1..=4 {
        let told = if key == 2 { "die" } else { "" };
        worker.open_gate_with(key, told);
        server.home().open_gate_with(key, told);
    }
    let search = gate(1).sweep().over("key", 1, 4, 1);
    let result = search_result(&server.run(search).await);
    assert_eq!((result.completed, result.failed), (3, 1), "{}", server.home().log());
    let failure = &result.failures[0];
    assert!(failure.message.contains("alone"), "{failure:?}");
    let log = server.home().log();
    assert!(log.contains("may take down whoever computes it"), "{log}");
    // It is there, and computes.
    let status = server.run(sma_cross(2, 5)).await;
    assert_eq!(status.state(), RunState::Completed);
    let (status, home) = server.terminate().await;
    assert!(status.success(), "{}", home.log());
}
