//! What is taken from under a server while it serves: its files, and its right to open more.

use std::fs;
use std::process::Stdio;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tradeforge::pb::RunState;

use crate::support::{ChildServer, Home, Market, at_once, request, sma_cross, within};

/// A server ends when that file is removed; what it said, and what is left.
async fn ended_after_losing(name: &str) -> (String, Home, String) {
    let server = ChildServer::with(&Market::wavy(200)).await;
    let before = server.run(sma_cross(2, 5)).await.run_id;
    fs::remove_file(server.home().data().join(name)).unwrap();
    // Acknowledged after the loss, before anybody can have noticed it.
    let run_id = server.run(sma_cross(3, 7)).await.run_id;
    let (status, home) = server.until_ended().await;
    assert_eq!(status.code(), Some(1));
    let said = home.log();
    assert!(said.contains(&format!("{name} was removed")), "{said}");
    assert!(said.contains("while the server had it open"), "{said}");
    assert_ne!(before, run_id);
    (said, home, run_id)
}

#[tokio::test]
async fn a_server_whose_log_of_writes_is_removed_ends_and_keeps_what_it_acknowledged() {
    let (_, home, run_id) = ended_after_losing("tradeforge.db-wal").await;
    let server = home.serve().await;
    assert_eq!(server.status(&run_id).await.state(), RunState::Completed);
}

#[tokio::test]
async fn a_server_whose_database_is_removed_ends_and_says_so() {
    ended_after_losing("tradeforge.db").await;
}

#[tokio::test]
async fn without_its_lock_file_a_folder_is_still_held_and_the_server_ends() {
    let server = ChildServer::with(&Market::wavy(200)).await;
    let home = server.home();
    fs::remove_file(home.data().join("lock")).unwrap();
    let second = home.command().stderr(Stdio::piped()).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains("another server uses the data directory"), "{said}");
    // The second one has made a lock of its own: that is noticed as well.
    let (status, home) = server.until_ended().await;
    assert_eq!(status.code(), Some(1));
    assert!(home.log().contains("/lock was re"), "{}", home.log());
}

#[tokio::test]
async fn silent_connections_leave_files_enough_to_work_and_others_wait_for_a_place() {
    let server = Home::new().serve_with_files(96).await;
    // 32 places, of which one is ours.
    let silent = at_once((0..31).map(|_| TcpStream::connect(server.address().to_owned()))).await;
    let mut silent: Vec<_> = silent.into_iter().map(Result::unwrap).collect();
    for connection in &mut silent {
        // Stopped in the middle of its first word it is waited for longer than any test takes.
        connection.write_all(b"PRI").await.unwrap();
    }
    server.import(&Market::wavy(200)).await;
    assert_eq!(server.run(sma_cross(2, 5)).await.state(), RunState::Completed);
    // One more is taken in by the system, and answered when somebody leaves.
    let url = server.url().to_owned();
    let mut waiting =
        Box::pin(async move { request(&url, "GET /livez HTTP/1.1", &[]).await.status });
    let logged = server.home().until_logged("as many connections are open");
    tokio::select! {
        status = &mut waiting => panic!("{status} while all places are taken"),
        () = logged => {}
    }
    drop(silent);
    assert_eq!(within(waiting).await, 200);
}

#[tokio::test]
async fn a_connection_that_is_taken_in_is_not_closed_while_it_may_still_speak() {
    let server = ChildServer::start().await;
    let mut silent = TcpStream::connect(server.address()).await.unwrap();
    for _ in 0..3 {
        assert_eq!(request(server.url(), "GET /livez HTTP/1.1", &[]).await.status, 200);
    }
    let read = tokio::select! {
        biased;
        read = silent.read_u8() => Some(read),
        () = std::future::ready(()) => None,
    };
    assert!(read.is_none(), "{read:?}");
}
