//! Disks that are full, folders that cannot be written, files that are damaged, newer or somebody
//! else's: each with a clear word, and nothing made worse.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use rustix::process::{Resource, Rlimit, prlimit};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _, Row as _};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use tradeforge::pb::{RunState, RunStatus};

use crate::support::{
    ChildServer, Client, Home, Market, Refusal as _, at_once, gate, hash_of, request,
    search_result, sma_cross,
};

/// Starts the program on that home, which must fail; what it says.
fn refused(home: &Home) -> String {
    let output = home.command().stderr(Stdio::piped()).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).expect("text")
}

/// A home whose server has ended, with bars and a run in it.
async fn used_home() -> Home {
    let server = ChildServer::with(&Market::wavy(200)).await;
    server.run(sma_cross(2, 5)).await;
    server.terminate().await.1
}

/// The same, after that change to its database; the refusal, and that the file is as it was.
async fn refused_after(change: &str) -> String {
    let home = used_home().await;
    let database = SqliteConnectOptions::new().filename(home.database());
    let mut database = database.connect().await.unwrap();
    database.execute(sqlx::AssertSqlSafe(change.to_owned())).await.unwrap();
    sqlx::Connection::close(database).await.unwrap();
    let before = fs::read(home.database()).unwrap();
    let said = refused(&home);
    assert!(fs::read(home.database()).unwrap() == before, "nothing was changed");
    said
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let said = refused_after("PRAGMA user_version = 99").await;
    assert!(said.contains("was written by a newer tradeforge (schema 99"), "{said}");
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_left_alone() {
    let said = refused_after("PRAGMA application_id = 7; PRAGMA journal_mode = DELETE").await;
    assert!(said.contains("is a database of another program"), "{said}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let home = used_home().await;
    let mut bytes = fs::read(home.database()).unwrap();
    bytes[..100].fill(b'x');
    fs::write(home.database(), &bytes).unwrap();
    let said = refused(&home);
    assert!(said.contains("is damaged, or is no database"), "{said}");
    assert!(fs::read(home.database()).unwrap() == bytes);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_refused() {
    let home = Home::new();
    let mut command = home.command_over(Path::new("/proc/tradeforge"));
    let output = command.stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot use the data directory /proc/tradeforge"), "{said}");
}

fn only_bar_file(home: &Home) -> std::path::PathBuf {
    let bars = home.database().with_file_name("bars");
    let files: Vec<_> = fs::read_dir(bars).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [file] = &files[..] else { panic!("{files:?}") };
    file.clone()
}

/// What becomes of a run that is under way when the server is killed and its bars change.
async fn after_losing_bars(lose: impl FnOnce(&Path)) -> RunStatus {
    let server = ChildServer::with(&Market::rising(10)).await;
    let run_id = server.submit(gate(1)).await.run_id;
    server.until_running(&run_id).await;
    let home = server.kill();
    lose(&only_bar_file(&home));
    home.open_gate(1);
    let server = home.serve().await;
    let status = server.when_final(&run_id).await;
    // The server itself goes on: another market, another run.
    server.import_as("OTHER", &Market::rising(20)).await;
    assert_eq!(server.run(sma_cross(2, 5).on("OTHER")).await.state(), RunState::Completed);
    status
}

#[tokio::test]
async fn a_run_whose_bars_are_gone_fails_and_says_so() {
    let status = after_losing_bars(|file| fs::remove_file(file).unwrap()).await;
    assert_eq!(status.state(), RunState::Failed, "{status:?}");
    assert_eq!(status.error.unwrap().reason, "DATA_MISSING");
}

#[tokio::test]
async fn a_run_whose_bars_are_damaged_fails_and_says_so() {
    let status = after_losing_bars(|file| {
        let mut bytes = fs::read(file).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(file, bytes).unwrap();
    })
    .await;
    assert_eq!(status.state(), RunState::Failed, "{status:?}");
    let error = status.error.unwrap();
    assert_eq!(error.reason, "DATA_MISSING");
    assert!(error.message.contains("damaged"), "{error:?}");
}

/// What the run waits for, once something is wrong.
async fn until_waiting(client: &Client, run_id: &str) -> tradeforge::pb::Waiting {
    let mut watch = client.watch(run_id).await;
    loop {
        let status = watch.next_snapshot().await.expect("it waits before it ends");
        if let Some(waiting) = status.waiting {
            return waiting;
        }
    }
}

/// How large any file of the server may become from now on: a disk that fills up.
fn limit_files(server: &ChildServer, bytes: Option<u64>) {
    let limit = Rlimit { current: bytes, maximum: None };
    prlimit(Some(server.pid()), Resource::Fsize, limit).expect("a child can be limited");
}

#[tokio::test]
async fn a_full_disk_is_told_and_everything_goes_on_when_there_is_room_again() {
    let server = ChildServer::with(&Market::wavy(200)).await;
    let sweep = || sma_cross(1, 1).sweep().over("fast", 1, 20, 1).over("slow", 1, 30, 1);
    let undisturbed = search_result(&server.run(sweep()).await).result_sha256;
    let held = server.submit(gate(1).sweep().over("key", 1, 40, 1)).await.run_id;
    // That it runs is written while there is room.
    server.until_running(&held).await;
    let wal = fs::metadata(server.home().database().with_extension("db-wal")).unwrap().len();
    limit_files(&server, Some(wal + 200_000));

    // Taken until there is no room; then refused, and nothing of it remains.
    let always_new = || {
        sweep().request(|request| {
            request.reuse_policy = tradeforge::pb::ReusePolicy::AlwaysNew.into();
        })
    };
    let mut taken = Vec::new();
    let refused: Status = loop {
        match server.try_submit(always_new()).await {
            Ok(answer) => taken.push(answer.run_id),
            Err(refused) => break refused,
        }
    };
    assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
    assert_eq!(refused.reason(), "STORAGE_FULL");
    assert_eq!(refused.get_details_quota_failure().unwrap().violations[0].subject, "storage");
    assert!(refused.has_retry_info());
    // What is stored can still be read, and what is computed waits.
    (1..=40).for_each(|key| server.open_gate(key));
    assert_eq!(server.status(&held).await.state(), RunState::Running);
    // It says why it stands still, to its watchers and to whoever asks for the server's health.
    let waiting = until_waiting(&server, &held).await;
    assert_eq!(waiting.reason(), tradeforge::pb::WaitReason::StorageFull, "{waiting:?}");
    assert!(waiting.since_time.is_some() && waiting.message.contains("no room"), "{waiting:?}");
    let ready = request(server.url(), "GET /readyz HTTP/1.1", b"").await;
    assert_eq!(
        (ready.status, ready.json()["error"]["reason"].as_str()),
        (503, Some("STORAGE_FULL"))
    );

    limit_files(&server, None);
    let ends = at_once(taken.iter().map(|run_id| server.when_final(run_id))).await;
    for end in ends {
        assert_eq!(search_result(&end).result_sha256, undisturbed);
    }
    let ended = server.when_final(&held).await;
    assert_eq!((ended.state(), ended.waiting), (RunState::Completed, None));
    let ready = request(server.url(), "GET /readyz HTTP/1.1", b"").await;
    assert_eq!(ready.status, 200, "{}", ready.head);
    assert!(!hash_of(&server.run(sma_cross(2, 5)).await).is_empty());
}

#[tokio::test]
async fn a_server_that_is_killed_on_a_full_disk_starts_again_when_there_is_room() {
    let server = ChildServer::with(&Market::wavy(200)).await;
    let wal = fs::metadata(server.home().database().with_extension("db-wal")).unwrap().len();
    limit_files(&server, Some(wal + 100_000));
    let mut taken = Vec::new();
    while let Ok(answer) = server.try_submit(sma_cross(2, 5).always_new()).await {
        taken.push(answer.run_id);
    }
    let server = server.kill().serve().await;
    let ends = at_once(taken.iter().map(|run_id| server.when_final(run_id))).await;
    assert!(ends.iter().all(|end| end.state() == RunState::Completed));
}

/// Fills the page with which that table begins.
async fn damage(home: &Home, table: &str) {
    let database = SqliteConnectOptions::new().filename(home.database());
    let mut database = database.connect().await.unwrap();
    let place = "SELECT (rootpage - 1) * page_size, page_size FROM sqlite_schema, \
                 pragma_page_size WHERE name = $1";
    let row = sqlx::query(place).bind(table).fetch_one(&mut database).await.unwrap();
    let (start, length): (i64, i64) = (row.get(0), row.get(1));
    sqlx::Connection::close(database).await.unwrap();
    let mut bytes = fs::read(home.database()).unwrap();
    bytes[start as usize..(start + length) as usize].fill(0xff);
    fs::write(home.database(), bytes).unwrap();
}

#[tokio::test]
async fn damage_that_is_met_while_serving_is_told_and_fails_the_run_that_needs_what_is_lost() {
    let server = ChildServer::with(&Market::wavy(200)).await;
    let ended = server.run(sma_cross(2, 5)).await.run_id;
    let waiting = server.submit(gate(1)).await.run_id;
    server.until_running(&waiting).await;
    let (_, home) = server.terminate().await;
    damage(&home, "trials").await;
    home.open_gate(1);
    let server = home.serve().await;
    let refused = server.try_status(&ended, None).await.unwrap_err();
    assert_eq!((refused.code(), refused.reason().as_str()), (Code::DataLoss, "INTERNAL"));
    let info = refused.get_details_error_info().unwrap();
    assert!(server.home().log().contains(&info.metadata["error_id"]));
    let status = server.when_final(&waiting).await;
    assert_eq!(status.state(), RunState::Failed, "{status:?}");
    assert_eq!(status.error.unwrap().reason, "STORAGE");
    // What is not damaged is served.
    assert_eq!(server.all_series().await.len(), 1);
}
