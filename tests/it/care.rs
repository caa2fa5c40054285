//! Care of what is kept: backup and restore, an examination, and what is removed by itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;
use tradeforge::pb;

use crate::support::{
    ChildServer, Client, Home, Market, aux, buy_and_hold, gate, hash_of, series, sma_cross, within,
};

/// Runs a command of the program on the data of that home.
fn care(home: &Home, command: &[&str]) -> Output {
    care_over(&data_of(home), command)
}

fn care_over(data: &Path, command: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
    program.args(command).arg("--data-dir").arg(data).output().expect("the program starts")
}

fn data_of(home: &Home) -> PathBuf {
    home.database().parent().expect("a folder").to_owned()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[tokio::test]
async fn a_backup_made_while_the_server_goes_on_brings_everything_back() {
    let server = ChildServer::with(&Market::wavy(100)).await;
    let rows = "known_at,weight\n2025-01-01,1\n2025-01-02,0\n";
    let signals = server.import_aux(aux("signals"), rows).await.unwrap().aux.unwrap();
    let ended = server.run(sma_cross(2, 5)).await;
    let running = server.submit(gate(1)).await.run_id;
    server.until_running(&running).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.backup");
    let name = file.to_str().unwrap();
    let made = care(server.home(), &["backup", name]);
    assert!(made.status.success(), "{}", said(&made));
    let again = care(server.home(), &["backup", name]);
    assert!(!again.status.success() && said(&again).contains("is there already"));
    // What comes after the backup is not in it.
    let later = server.run(buy_and_hold()).await;
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 1, "nothing is left beside the backup");
    server.kill();

    let home = Home::new();
    let restored = care(&home, &["restore", name]);
    assert!(restored.status.success(), "{}", said(&restored));
    let examined = care(&home, &["doctor"]);
    assert!(examined.status.success(), "{}", said(&examined));
    assert!(said(&examined).contains("2 runs, 1 of them live"), "{}", said(&examined));
    assert!(said(&examined).contains("ok   signals: 2 rows"), "{}", said(&examined));
    home.open_gate(1);
    let server = home.serve().await;
    assert_eq!(hash_of(&server.status(&ended.run_id).await), hash_of(&ended));
    assert_eq!(server.all_aux(true).await, std::slice::from_ref(&signals));
    assert_eq!(server.aux_rows(&signals).await.len(), 2);
    server.when_final(&running).await;
    assert!(server.try_status(&later.run_id, None).await.is_err());
}

#[tokio::test]
async fn a_backup_is_not_brought_back_over_other_data_or_under_a_server() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.backup");
    let name = file.to_str().unwrap();
    assert!(care(server.home(), &["backup", name]).status.success());
    let refused = care(server.home(), &["restore", name]);
    assert!(said(&refused).contains("another server uses"), "{}", said(&refused));
    let (_, home) = server.terminate().await;
    let refused = care(&home, &["restore", name]);
    assert!(said(&refused).contains("holds a database already"), "{}", said(&refused));
    assert_eq!(refused.status.code(), Some(1));
}

#[tokio::test]
async fn a_damaged_backup_is_refused_and_nothing_is_made_of_it() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.backup");
    let name = file.to_str().unwrap();
    assert!(care(server.home(), &["backup", name]).status.success());
    let whole = fs::read(&file).unwrap();
    for damaged in [&whole[..whole.len() / 2], b"no backup at all", b""] {
        fs::write(&file, damaged).unwrap();
        let data = folder.path().join("data");
        let refused = care_over(&data, &["restore", name]);
        assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
        assert!(said(&refused).contains("is no whole backup"), "{}", said(&refused));
        assert!(!data.join("tradeforge.db").exists());
    }
}

#[tokio::test]
async fn the_doctor_finds_damage_and_says_where() {
    let server = ChildServer::with(&Market::rising(10)).await;
    server.import_as("OTHER", &Market::rising(200)).await;
    server.import_aux(aux("signals"), "known_at,weight\n2025-01-01,1\n").await.unwrap();
    assert!(care(server.home(), &["doctor"]).status.success(), "also while a server goes on");
    let (_, home) = server.terminate().await;
    for entry in fs::read_dir(data_of(&home).join("bars")).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        if bytes.len() < 1_000 {
            *bytes.last_mut().unwrap() ^= 1;
            fs::write(&path, bytes).unwrap();
        }
    }
    let examined = care(&home, &["doctor"]);
    let report = said(&examined);
    assert_eq!(examined.status.code(), Some(1), "{report}");
    assert!(report.contains("BAD  TEST:BARS: the file of bars"), "{report}");
    assert!(report.contains("BAD  signals: the file of the auxiliary series"), "{report}");
    assert!(report.contains("ok   TEST:OTHER: 200 bars"), "{report}");
}

#[tokio::test]
async fn a_metric_that_changed_in_the_database_is_found_by_the_deep_doctor_alone() {
    let server = ChildServer::with(&Market::wavy(200)).await;
    let sweep = |slow| sma_cross(1, 1).sweep().over("fast", 1, 9, 1).over("slow", 10, slow, 5);
    let run_id = server.run(sweep(30)).await.run_id;
    // A second one, of which nothing is touched.
    server.run(sweep(40)).await;
    let deep = care(server.home(), &["doctor", "--deep"]);
    let report = said(&deep);
    assert!(deep.status.success(), "{report}");
    assert!(report.contains("ok   results: 2 of 2 searches are as they ended"), "{report}");
    let (_, home) = server.terminate().await;
    let database = SqliteConnectOptions::new().filename(home.database());
    let mut database = database.connect().await.unwrap();
    let touch = "UPDATE trials SET total_return = total_return + 1e-9 WHERE trial_index = 7 \
                 AND run_no = (SELECT run_no FROM runs \
                 WHERE hex(run_id) = upper(replace($1, '-', '')))";
    let touched = sqlx::query(touch).bind(&run_id).execute(&mut database).await.unwrap();
    assert_eq!(touched.rows_affected(), 1);
    sqlx::Connection::close(database).await.unwrap();
    assert!(care(&home, &["doctor"]).status.success(), "to SQLite it is as good as any");
    let deep = care(&home, &["doctor", "--deep"]);
    let report = said(&deep);
    assert_eq!(deep.status.code(), Some(1), "{report}");
    assert!(
        report.contains(&format!("BAD  results: run {run_id}: its trials are not")),
        "{report}"
    );
    assert!(report.contains("BAD  results: 1 of 2 searches are as they ended"), "{report}");
}

/// Runs a backtest and another one, edits the former by that statement, and asks the doctor.
async fn deep_after(edit: &'static str) -> (String, String) {
    let server = ChildServer::with(&Market::wavy(200)).await;
    let run_id = server.run(sma_cross(2, 5)).await.run_id;
    server.run(sma_cross(3, 7)).await;
    let (_, home) = server.terminate().await;
    let sound = said(&care(&home, &["doctor", "--deep"]));
    assert!(sound.contains("ok   results: 2 of 2 backtests are as they ended"), "{sound}");
    let database = SqliteConnectOptions::new().filename(home.database());
    let mut database = database.connect().await.unwrap();
    let touched = sqlx::query(edit).bind(&run_id).execute(&mut database).await.unwrap();
    assert_eq!(touched.rows_affected(), 1);
    sqlx::Connection::close(database).await.unwrap();
    assert!(care(&home, &["doctor"]).status.success(), "to SQLite it is as good as any");
    let deep = care(&home, &["doctor", "--deep"]);
    (run_id, said(&deep))
}

#[tokio::test]
async fn a_metric_or_a_trade_of_a_backtest_that_changed_in_the_database_is_found() {
    let of_run = "run_no = (SELECT run_no FROM runs \
                  WHERE hex(run_id) = upper(replace($1, '-', '')))";
    let edits = [
        "UPDATE trials SET total_return = total_return + 1e-12 WHERE ",
        "UPDATE backtests SET closed_trade_count = closed_trade_count + 1 WHERE ",
        "UPDATE artefacts SET blob = zeroblob(length(blob)) WHERE ",
    ];
    for edit in edits {
        let edit: &'static str = format!("{edit}{of_run}").leak();
        let (run_id, report) = deep_after(edit).await;
        let fault = format!("BAD  results: run {run_id}: what is stored of it is not what");
        assert!(report.contains(&fault), "{edit}: {report}");
        assert!(report.contains("BAD  results: 1 of 2 backtests are as they ended"), "{report}");
    }
}

#[tokio::test]
async fn ended_runs_beyond_the_limit_are_removed_the_oldest_first() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let mut run_ids = Vec::new();
    for _ in 0..5 {
        run_ids.push(server.run(buy_and_hold().always_new()).await.run_id);
    }
    let held = server.submit(gate(1)).await.run_id;
    server.until_running(&held).await;
    let (_, home) = server.terminate().await;
    let server = home.serve_with(&["--finished-runs-max", "2"]).await;
    let listed = async {
        loop {
            let request = pb::ListRunsRequest::default();
            let page = server.runs().list_runs(request).await.unwrap().into_inner();
            let listed: Vec<String> = page.runs.into_iter().map(|run| run.run_id).collect();
            if listed.len() <= 3 {
                return listed;
            }
        }
    };
    let listed = within(listed).await;
    let expected = [held, run_ids[4].clone(), run_ids[3].clone()];
    assert_eq!(listed, expected, "live runs are not counted");
}

/// Makes everything in the database of that home older.
async fn age(home: &Home, days: i64) {
    let database = SqliteConnectOptions::new().filename(home.database());
    let mut database = database.connect().await.unwrap();
    let ms = days * 86_400_000;
    for sql in [
        "UPDATE runs SET end_ms = end_ms - $1",
        "UPDATE series_versions SET import_ms = import_ms - $1",
    ] {
        sqlx::query(sql).bind(ms).execute(&mut database).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_older_than_was_set_is_removed_unless_it_is_needed() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let used = server.run(buy_and_hold()).await.run_id;
    // Three versions: of the first a run was made, the last is the newest.
    for minutes in [10, 20] {
        let further = Market::rising(10).later(minutes).csv();
        server.try_import(series("BARS"), &further).await.unwrap();
    }
    let (_, home) = server.terminate().await;
    age(&home, 3).await;
    let server = home.serve_with(&["--finished-runs-days", "4", "--old-data-days", "2"]).await;
    let request = pb::ListSeriesRequest { include_old_versions: true, ..Default::default() };
    let left = async {
        loop {
            let page = server.market_data().list_series(request.clone()).await.unwrap();
            if page.get_ref().series.len() == 2 {
                return;
            }
        }
    };
    within(left).await;
    assert!(server.try_status(&used, None).await.is_ok(), "3 days are less than 4");

    let (_, home) = server.terminate().await;
    let server = home.serve_with(&["--finished-runs-days", "2"]).await;
    let gone = async { while server.try_status(&used, None).await.is_ok() {} };
    within(gone).await;
}

#[tokio::test]
async fn old_versions_of_series_stay_while_nobody_has_said_otherwise() {
    let server = ChildServer::with(&Market::rising(10)).await;
    let further = Market::rising(10).later(10).csv();
    server.try_import(series("BARS"), &further).await.unwrap();
    let server = server.kill().serve().await;
    let request = pb::ListSeriesRequest { include_old_versions: true, ..Default::default() };
    let page = server.market_data().list_series(request).await.unwrap().into_inner();
    assert_eq!(page.series.len(), 2);
}

/// Some megabytes of trials.
async fn large_search(client: &Client) -> String {
    let sweep = sma_cross(1, 1).sweep().over("fast", 1, 150, 1).over("slow", 1, 200, 1);
    let run_id = client.submit(sweep).await.run_id;
    client.when_final(&run_id).await;
    run_id
}

async fn remove(client: &Client, run_id: String) {
    within(client.runs().delete_run(pb::DeleteRunRequest { run_id })).await.expect("it is over");
}

fn length_of(home: &Home) -> u64 {
    fs::metadata(home.database()).expect("a database").len()
}

/// Waits until the database is shorter than that: room is given back in pieces.
async fn until_shorter(home: &Home, length: u64) {
    let given_back = async {
        let mut look = tokio::time::interval(std::time::Duration::from_millis(10));
        while length_of(home) >= length {
            look.tick().await;
        }
    };
    within(given_back).await;
}

#[tokio::test]
async fn the_room_of_a_removed_run_is_given_back_by_itself() {
    let server = ChildServer::with(&Market::wavy(60)).await;
    let kept = server.run(sma_cross(2, 5)).await;
    let run_id = large_search(&server).await;
    let (_, home) = server.terminate().await;
    let full = length_of(&home);
    assert!(full > 2 << 20, "{full}");
    let server = home.serve().await;
    remove(&server, run_id).await;
    until_shorter(server.home(), full / 2).await;
    assert_eq!(server.status(&kept.run_id).await, kept);
}

#[tokio::test]
async fn compact_gives_back_what_an_older_database_keeps() {
    let server = ChildServer::with(&Market::wavy(60)).await;
    let (_, home) = server.terminate().await;
    let database = SqliteConnectOptions::new().filename(home.database());
    let mut older = database.connect().await.unwrap();
    sqlx::raw_sql("PRAGMA auto_vacuum = NONE; VACUUM").execute(&mut older).await.unwrap();
    sqlx::Connection::close(older).await.unwrap();
    let server = home.serve().await;
    let kept = server.run(sma_cross(2, 5)).await;
    let run_id = large_search(&server).await;
    remove(&server, run_id).await;
    let in_use = care(server.home(), &["compact"]);
    assert!(!in_use.status.success() && said(&in_use).contains("another server"));
    let (_, home) = server.terminate().await;
    let full = length_of(&home);
    assert!(full > 2 << 20, "{full}");
    let compacted = care(&home, &["compact"]);
    let told = said(&compacted);
    assert!(compacted.status.success() && told.contains("up to twice the disk"), "{told}");
    assert!(length_of(&home) < full / 2, "{told}");
    assert!(told.contains(&format!("{} given back", full - length_of(&home))), "{told}");
    let left = fs::read_dir(data_of(&home)).unwrap().flatten();
    assert!(left.into_iter().all(|it| !it.file_name().to_string_lossy().contains("partial")));
    let examined = care(&home, &["doctor"]);
    assert!(examined.status.success(), "{}", said(&examined));
    let server = home.serve().await;
    assert_eq!(server.status(&kept.run_id).await, kept);
    // From now on it gives back by itself.
    let run_id = large_search(&server).await;
    let (_, home) = server.terminate().await;
    let full = length_of(&home);
    let server = home.serve().await;
    remove(&server, run_id).await;
    until_shorter(server.home(), full).await;
}
