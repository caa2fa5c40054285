//! What a bundle asks for is held against every rule of a submission; what comes with it is told;
//! and whatever cuts an import off, it can be made again.

use std::fs;

use serde_json::{Value, json};
use tradeforge::engine::ENGINE_VERSION;
use tradeforge::pb;
use tradeforge::run::{RunSpec, run_key};

use crate::bundle::{Files, alone, bundled, forged, packed, unpacked};
use crate::bundle_import::{Made, put, refusal};
use crate::support::{
    ChildServer, Home, Market, Sweep, TestServer, int, request, sma_cross, within, work,
};

/// The same bundle with something else asked for, its key and all hashes mended.
fn asking(files: &Files, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let (mut before, mut after) = (String::new(), String::new());
    let files = forged(files, "spec.json", |text| {
        let key = |text: &str| {
            let spec: RunSpec = serde_json::from_str(text).expect("it reads");
            run_key(&spec, ENGINE_VERSION).to_string()
        };
        let mut spec: Value = serde_json::from_str(&text).expect("JSON");
        change(&mut spec);
        let made = spec.to_string();
        (before, after) = (key(&text), key(&made));
        made
    });
    let mut files = forged(&files, "run.json", |text| text.replace(&before, &after));
    let manifest = String::from_utf8(files[0].1.clone()).expect("JSON");
    files[0].1 = manifest.replace(&before, &after).into_bytes();
    packed(&files)
}

type Change = fn(&mut Value);

#[tokio::test]
async fn what_no_submission_may_ask_for_no_bundle_may() {
    let made = Made::new().await;
    let files = unpacked(&made.bundle(&made.search, false).await);
    let there = TestServer::start().await;
    let changes: [(Change, &str); 9] = [
        (|spec| spec["optimization"]["base"]["params"]["fast"] = (-5).into(), "base.params"),
        (
            |spec| spec["optimization"]["base"]["params"]["none"] = 5.into(),
            "optimization.base.params.none",
        ),
        (|spec| spec["optimization"]["base"]["strategy"]["name"] = "no_such".into(), "no_such"),
        (|spec| spec["optimization"]["base"]["strategy"]["version"] = "77".into(), "77"),
        (|spec| spec["optimization"]["trials_max"] = 3.into(), "64 trials"),
        (|spec| spec["optimization"]["base"]["subscriptions"] = json!([]), "at least one"),
        (
            |spec| {
                let start = spec["optimization"]["base"]["end_ms"].as_i64().unwrap() + 1;
                spec["optimization"]["base"]["start_ms"] = start.into();
            },
            "must be after start_time",
        ),
        (
            |spec| {
                let axis = spec["optimization"]["axes"][0].clone();
                spec["optimization"]["axes"] = json!(vec![axis; 40]);
            },
            "axes",
        ),
        (
            |spec| spec["optimization"]["base"]["simulation"]["max_leverage"] = "-3".into(),
            "leverage",
        ),
    ];
    for (change, told) in changes {
        let (status, reason, message) = refusal(&there, &asking(&files, change)).await;
        assert_eq!((status, reason.as_str()), (400, "BUNDLE_DAMAGED"), "{told}: {message}");
        assert!(message.contains("spec.json: ") && message.contains(told), "{told}: {message}");
    }
    assert!(runs(&there).await.is_empty());
    // The limits are those of whoever takes it in.
    let small = TestServer::start_with(|config| config.trials_max = 63).await;
    let (_, _, message) = refusal(&small, &packed(&files)).await;
    assert!(message.contains("the search makes 64 trials; at most 63"), "{message}");
}

async fn runs(server: &TestServer) -> Vec<pb::Run> {
    let request = pb::ListRunsRequest::default();
    server.runs().list_runs(request).await.expect("a list").into_inner().runs
}

/// One of each sort of search and of backtest.
fn sorts() -> Vec<pb::SubmitRequest> {
    const TEXT: &str = "strategy \"Above\" \"Long above the average.\"\n\
         param n = 5 from 2 to 50\n\
         enter long when close > sma(close, n)\nexit long when close < sma(close, n)\n";
    let grid = || sma_cross(1, 1).sweep().over("fast", 2, 5, 1).over("slow", 6, 12, 2);
    let breeding = |spec: &mut pb::OptimizationSpec| {
        let search = pb::GeneticSearch { trial_count: 64, seed: 3, ..Default::default() };
        spec.search = Some(pb::optimization_spec::Search::Genetic(search));
    };
    let point = |fast, slow| pb::Point {
        params: [("fast".to_owned(), int(fast)), ("slow".to_owned(), int(slow))].into(),
    };
    let points = move |spec: &mut pb::OptimizationSpec| {
        let points = vec![point(2, 9), point(3, 7)];
        spec.search = Some(pb::optimization_spec::Search::Points(pb::PointList { points }));
    };
    let sweeps: Vec<Sweep> = vec![
        grid().where_less("fast", "slow"),
        grid().random(7, 4),
        grid().over_decimals("exits.trailing_stop.distance.percent", 0.0, 0.02, 0.005),
        work("sma_cross").sweep().spec(points),
        work("sma_cross").rules(TEXT).sweep().over("n", 3, 9, 2),
        sma_cross(1, 1).sweep().over("fast", 2, 20, 1).over("slow", 21, 60, 1).spec(breeding),
        grid().on_each(&["BARS"]),
    ];
    let of_return = |spec: &mut pb::OptimizationSpec| {
        let goal = pb::Goal::Maximize.into();
        spec.objective = Some(pb::Objective { metric: "total_return".into(), goal });
    };
    let sweeps = sweeps.into_iter().map(|sweep| sweep.spec(of_return).into());
    let backtests = [
        work("sma_cross").rules(TEXT).param("n", int(4)).into(),
        sma_cross(3, 9).commission("0.001").minutes(50..300).warmed(20).into(),
        sma_cross(3, 9).timeframe("5m").all_in().into(),
    ];
    sweeps.chain(backtests).collect()
}

#[tokio::test]
async fn every_sort_of_work_that_a_server_takes_another_takes_in() {
    let server = TestServer::with(&Market::wavy(400)).await;
    let there = TestServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    for (number, work) in sorts().into_iter().enumerate() {
        let run_id = server.submit(work).await.run_id;
        let status = server.when_final(&run_id).await;
        assert_eq!(status.state(), pb::RunState::Completed, "{number}: {status:?}");
        let file = folder.path().join(format!("{number}.tfrun"));
        bundled(&server, &run_id, &file, true).await;
        let (status, told) = put(&there, &fs::read(&file).unwrap()).await;
        assert_eq!(status, 201, "{number}: {told}");
        let here = there.describe(told["run"]["runId"].as_str().unwrap()).await;
        let was = server.describe(&run_id).await;
        assert_eq!((here.spec, here.run_key), (was.spec, was.run_key), "{number}");
    }
}

#[tokio::test]
async fn bars_that_come_with_a_run_stand_in_the_catalog_and_displace_none() {
    let made = Made::new().await;
    let with_bars = made.bundle(&made.backtest, true).await;
    let list = async |server: &TestServer, include_old_versions: bool| {
        let request = pb::ListSeriesRequest { include_old_versions, ..Default::default() };
        server.market_data().list_series(request).await.unwrap().into_inner().series
    };
    let there = TestServer::start().await;
    let (status, told) = put(&there, &with_bars).await;
    assert_eq!(status, 201, "{told}");
    let [series] = &list(&there, false).await[..] else { panic!("one series") };
    assert_eq!(told["storedDataSha256"], json!([series.data_sha256]));
    assert_eq!(series.source, format!("bundle of run {}", made.backtest));
    assert_eq!((series.bar_count, series.spec.as_ref().unwrap().symbol.as_str()), (400, "BARS"));
    there.submit(sma_cross(3, 7)).await;
    let data = there.data_dir();
    let words = ["doctor", "--deep", "--data-dir", data.to_str().unwrap()];
    let (code, report, said) = alone(&words);
    assert_eq!(code, Some(0), "{report}{said}");
    assert!(report.contains("TEST:BARS") && !report.contains("belongs to no series"), "{report}");

    // Where another version is the newest, it stays so.
    let other = TestServer::with(&Market::wavy(300)).await;
    let [newest] = &list(&other, false).await[..] else { panic!("one series") };
    assert_eq!(put(&other, &with_bars).await.0, 201);
    let [still] = &list(&other, false).await[..] else { panic!("one series") };
    assert_eq!(newest.data_sha256, still.data_sha256);
    assert_eq!(list(&other, true).await.len(), 2);
    // Again, nothing comes to it.
    assert_eq!(put(&other, &with_bars).await.0, 200);
    assert_eq!(list(&other, true).await.len(), 2);
}

#[tokio::test]
async fn a_run_of_that_id_with_another_result_is_a_conflict_and_leaves_nothing() {
    let made = Made::new().await;
    let first = made.bundle(&made.search, false).await;
    let there = TestServer::start().await;
    assert_eq!(put(&there, &first).await.0, 201);
    // Another run, sound in itself, under the id of that one.
    let another = made.server.submit(sma_cross(2, 6)).await.run_id;
    made.server.when_final(&another).await;
    let mut files = forged(&unpacked(&made.bundle(&another, true).await), "run.json", |text| {
        text.replace(&another, &made.search)
    });
    let manifest = String::from_utf8(files[0].1.clone()).unwrap();
    files[0].1 = manifest.replace(&another, &made.search).into_bytes();
    for server in [&there, &made.server] {
        let (status, reason, message) = refusal(server, &packed(&files)).await;
        assert_eq!((status, reason.as_str()), (409, "BUNDLE_CONFLICT"), "{message}");
    }
    assert_eq!(runs(&there).await.len(), 1);
    let bars = fs::read_dir(there.data_dir().join("bars")).unwrap().count();
    assert_eq!(bars, 0, "not even its bars");
}

#[tokio::test]
async fn what_unpacks_to_more_than_sixteen_uploads_is_refused() {
    const UPLOAD: u64 = 64 << 10;
    let made = Made::new().await;
    let files = unpacked(&made.bundle(&made.search, false).await);
    let there = TestServer::start_with(|config| config.upload_bytes_max = UPLOAD).await;
    let padded = |bytes: u64| {
        // Blank lines pack to nothing; that they are no trials is found only once they have room.
        let of = |files: &Files| -> u64 { files[1..].iter().map(|it| it.1.len() as u64).sum() };
        let blanks = (bytes - of(&files)) as usize;
        packed(&forged(&files, "trials.jsonl", |text| text + &"\n".repeat(blanks)))
    };
    let above = padded(16 * UPLOAD + 1);
    assert!((above.len() as u64) < UPLOAD, "{}", above.len());
    let (status, reason, message) = refusal(&there, &above).await;
    assert_eq!((status, reason.as_str()), (413, "BUNDLE_TOO_LARGE"), "{message}");
    let told = format!("unpacks to {} bytes, and {} may", 16 * UPLOAD + 1, 16 * UPLOAD);
    assert!(message.contains(&told), "{message}");
    let (_, reason, message) = refusal(&there, &padded(16 * UPLOAD)).await;
    assert_eq!(reason, "BUNDLE_DAMAGED", "it is looked into: {message}");
    let long = vec![0; UPLOAD as usize + 1];
    assert_eq!(refusal(&there, &long).await.1, "BUNDLE_TOO_LARGE", "the upload itself");
    let narrow = TestServer::start_with(|config| config.run_bars_bytes_max = 10 << 10).await;
    let (_, reason, message) = refusal(&narrow, &made.bundle(&made.search, true).await).await;
    assert_eq!(reason, "BUNDLE_DAMAGED");
    assert!(message.contains("its series have") && message.contains("may need 10240"), "{message}");
    for server in [&there, &narrow] {
        let left = fs::read_dir(server.data_dir().join("spool")).unwrap().count();
        assert_eq!((left, runs(server).await.len()), (0, 0));
    }
}

/// How many trials there are in the database, of whatever run.
async fn trials_in(home: &Home) -> i64 {
    use sqlx::Connection as _;
    let url = format!("sqlite://{}?mode=ro", home.database().display());
    let mut database = sqlx::SqliteConnection::connect(&url).await.expect("it opens");
    let counted = sqlx::query_scalar("SELECT count(*) FROM trials").fetch_one(&mut database);
    counted.await.expect("a count")
}

/// Until nothing is left of what was cut off.
async fn until_cleared(server: &ChildServer) {
    let cleared = async {
        while trials_in(server.home()).await > 0 {
            tokio::task::yield_now().await;
        }
    };
    within(cleared).await;
}

/// Sends it, whatever becomes of the answer.
fn send(url: &str, bundle: &[u8]) {
    use std::io::{Read as _, Write as _};
    let address = url.trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    let length = bundle.len();
    let head =
        format!("PUT /import/run HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n\r\n");
    _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(bundle));
    _ = stream.read_to_end(&mut Vec::new());
}

#[tokio::test]
async fn kill_9_in_the_middle_of_an_import_leaves_nothing_and_it_can_be_made_again() {
    const TRIALS: usize = 12_000;
    let server = TestServer::with(&Market::wavy(400)).await;
    let sweep = sma_cross(1, 1).sweep().over("fast", 1, 100, 1).over("slow", 1, 120, 1);
    let run_id = server.submit(sweep.request(|it| it.labels = [("a".into(), "b".into())].into()));
    let run_id = run_id.await.run_id;
    server.when_final(&run_id).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large.tfrun");
    bundled(&server, &run_id, &file, true).await;
    let bundle = fs::read(&file).unwrap();

    let mut home = Home::new();
    for _ in 0..3 {
        let there = home.serve().await;
        until_cleared(&there).await;
        let url = there.url().to_owned();
        let sent = bundle.clone();
        // It breaks off with the server.
        let importing = std::thread::spawn(move || send(&url, &sent));
        // Held by the lock of the database where some of its rows are written and others are not.
        let lock = within(async {
            loop {
                if trials_in(there.home()).await == 0 {
                    tokio::task::yield_now().await;
                    continue;
                }
                break there.home().lock_database().await;
            }
        });
        let lock = lock.await;
        let written = trials_in(there.home()).await;
        assert!((1..TRIALS as i64).contains(&written), "{written} are in the middle");
        home = there.kill();
        drop(lock);
        importing.join().expect("no panic");
    }
    let there = home.serve().await;
    let listed = there.runs().list_runs(pb::ListRunsRequest::default()).await.unwrap();
    assert_eq!(listed.into_inner().runs.len(), 0, "nothing half");
    until_cleared(&there).await;
    let spool = there.home().data().join("spool");
    assert_eq!(fs::read_dir(spool).unwrap().count(), 0, "nor a file of it");
    let answer = request(there.url(), "PUT /import/run HTTP/1.1", &bundle).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    let again = answer.json()["run"]["runId"].as_str().unwrap().to_owned();
    let (here, was) = (there.status(&again).await, server.status(&run_id).await);
    assert_eq!(here.result, was.result);
    assert_eq!(trials_in(there.home()).await, TRIALS as i64);
}
