//! Processes that end in the middle of everything, and the ones that take over.

use tonic::Code;
use tradeforge::pb::RunState;

use crate::support::{
    ChildServer, Home, Market, Refusal as _, at_once, gate, hash_of, sma_cross, within,
};

#[tokio::test]
async fn fifty_runs_survive_kill_9_with_the_results_they_would_have_had() {
    let server = ChildServer::with(&Market::wavy(2_000)).await;
    let undisturbed = hash_of(&server.run(sma_cross(2, 5)).await);
    let held = at_once((1..=4).map(|key| server.submit(gate(key)))).await;
    let waiting = at_once((0..46).map(|_| server.submit(sma_cross(2, 5).always_new()))).await;
    at_once(held.iter().map(|run| server.until_running(&run.run_id))).await;
    let home = server.kill();

    (1..=4).for_each(|key| home.open_gate(key));
    let server = home.serve().await;
    let ends = at_once(held.iter().map(|run| server.when_final(&run.run_id))).await;
    assert!(ends.iter().all(|end| end.state() == RunState::Completed && end.attempt == 2));
    assert_eq!(hash_of(&server.run(gate(1)).await), hash_of(&ends[0]));
    let ends = at_once(waiting.iter().map(|run| server.when_final(&run.run_id))).await;
    assert!(ends.iter().all(|end| hash_of(end) == undisturbed));
}

#[tokio::test]
async fn runs_killed_in_the_middle_of_their_commits_are_whole_afterwards() {
    let server = ChildServer::with(&Market::wavy(2_000)).await;
    let undisturbed = hash_of(&server.run(sma_cross(2, 5)).await);
    let answers = at_once((0..50).map(|_| server.submit(sma_cross(2, 5).always_new()))).await;
    // Some are over now, some run, some wait.
    server.when_final(&answers[10].run_id).await;
    let server = server.kill().serve().await;
    let ends = at_once(answers.iter().map(|run| server.when_final(&run.run_id))).await;
    assert!(ends.iter().all(|end| hash_of(end) == undisturbed));
}

#[tokio::test]
async fn sequences_never_fall_over_a_restart() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let running = server.submit(gate(1)).await;
    server.until_running(&running.run_id).await;
    let mut answers = at_once((2..=8).map(|key| server.submit(gate(key)))).await;
    answers.push(running);
    let before = at_once(answers.iter().map(|run| server.status(&run.run_id))).await;
    let server = server.kill().serve().await;
    let after = at_once(answers.iter().map(|run| server.status(&run.run_id))).await;
    for (before, after) in before.iter().zip(&after) {
        assert!(after.sequence > before.sequence, "{before:?} {after:?}");
        assert_eq!(after.sequence >> 40, i64::from(after.attempt));
    }
}

#[tokio::test]
async fn a_watch_resumes_over_a_restart() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    let seen = server.until_running(&answer.run_id).await;
    let mut cut_off = server.watch_after(&answer.run_id, seen.sequence).await;
    let home = server.kill();
    assert!(cut_off.next().await.is_err());
    home.open_gate(1);
    let server = home.serve().await;
    let story = server.watch_after(&answer.run_id, seen.sequence).await.whole_story().await;
    assert!(story.iter().all(|status| status.sequence > seen.sequence));
    assert_eq!(story.last().unwrap().state(), RunState::Completed);
}

#[tokio::test]
async fn an_acknowledged_cancel_survives_kill_9() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answers = at_once((1..=8).map(|key| server.submit(gate(key)))).await;
    let ends = at_once(answers.iter().map(|run| server.cancel(&run.run_id))).await;
    let home = server.kill();
    (1..=8).for_each(|key| home.open_gate(key));
    let server = home.serve().await;
    for end in ends {
        let now = server.status(&end.run_id).await;
        assert_eq!((now.state(), now.cancel), (RunState::Cancelled, end.cancel));
    }
}

#[tokio::test]
async fn equal_work_is_joined_also_after_a_restart() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    let server = server.kill().serve().await;
    assert_eq!(server.submit(gate(1)).await.run_id, answer.run_id);
}

#[tokio::test]
async fn a_second_server_on_the_same_directory_is_refused_and_says_why() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let second = server.home().command().stderr(std::process::Stdio::piped()).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let message = String::from_utf8(second.stderr).unwrap();
    assert!(message.contains("another server uses the data directory"), "{message}");
    assert!(second.stdout.is_empty());
    assert_eq!(server.all_series().await.len(), 1);
}

#[tokio::test]
async fn sigterm_ends_open_watches_with_a_reason_and_the_program_with_0() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    let mut watch = server.watch(&answer.run_id).await;
    watch.next_snapshot().await.unwrap();
    server.until_running(&answer.run_id).await;
    let ended = async {
        loop {
            match watch.next().await {
                Ok(Some(_)) => {}
                other => break other.unwrap_err(),
            }
        }
    };
    let (refused, (status, _)) =
        within(futures_util::future::join(ended, server.terminate())).await;
    assert_eq!(status.code(), Some(0));
    assert_eq!((refused.code(), refused.reason().as_str()), (Code::Unavailable, "SHUTTING_DOWN"));
    assert!(refused.has_retry_info());
}

#[tokio::test]
async fn a_run_that_sigterm_interrupts_goes_on_at_the_next_start() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    server.until_running(&answer.run_id).await;
    let (_, home) = server.terminate().await;
    home.open_gate(1);
    let server = home.serve().await;
    assert_eq!(server.when_final(&answer.run_id).await.state(), RunState::Completed);
}

#[tokio::test]
async fn a_long_poll_is_answered_when_the_server_goes_down() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let answer = server.submit(gate(1)).await;
    server.until_running(&answer.run_id).await;
    let client = server.clone();
    let poll = client.try_status(&answer.run_id, Some(std::time::Duration::from_mins(1)));
    let terminated = async {
        // Answered after the poll, which went before it on the same connection, was taken.
        client.info().await;
        server.terminate().await
    };
    let (status, _) = within(futures_util::future::join(poll, terminated)).await;
    assert_eq!(status.unwrap().state(), RunState::Running);
}

#[tokio::test]
async fn a_server_that_died_before_its_first_run_starts_again() {
    let server = Home::new().serve().await.kill().serve().await;
    assert_eq!(server.all_series().await, []);
}
