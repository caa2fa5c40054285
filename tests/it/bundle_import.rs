//! A run taken in from its bundle: proved first, once, and with nothing left of what is refused.

use std::fs;

use serde_json::Value;
use tradeforge::pb;

use crate::bundle::{Files, bundled, command, forged, packed, place, unpacked};
use crate::support::{Market, TestServer, request, sma_cross};

/// A server with a search of 64 trials and a backtest on bars that another has or has not.
pub(crate) struct Made {
    pub(crate) server: TestServer,
    pub(crate) search: String,
    pub(crate) backtest: String,
    folder: tempfile::TempDir,
}

impl Made {
    pub(crate) async fn new() -> Self {
        let server = TestServer::with(&Market::wavy(400)).await;
        let search = server.submit(sweep()).await.run_id;
        let backtest = server.submit(sma_cross(2, 5)).await.run_id;
        for run_id in [&search, &backtest] {
            server.when_final(run_id).await;
        }
        Self { server, search, backtest, folder: tempfile::tempdir().expect("a folder") }
    }

    pub(crate) async fn bundle(&self, run_id: &str, with_bars: bool) -> Vec<u8> {
        let file = self.folder.path().join(format!("{run_id}-{with_bars}.tfrun"));
        bundled(&self.server, run_id, &file, with_bars).await;
        fs::read(&file).expect("the bundle")
    }
}

fn sweep() -> crate::support::Sweep {
    let sweep = sma_cross(2, 5).sweep().over("fast", 2, 9, 1).over("slow", 5, 12, 1);
    // These bars are of less than a day, and have no Sharpe ratio.
    sweep.spec(|spec| {
        let goal = pb::Goal::Maximize.into();
        spec.objective = Some(pb::Objective { metric: "total_return".into(), goal });
    })
}

/// What the server answers to that bundle by plain HTTP.
pub(crate) async fn put(server: &TestServer, bundle: &[u8]) -> (u16, Value) {
    let answer = request(server.url(), "PUT /import/run HTTP/1.1", bundle).await;
    (answer.status, answer.json())
}

pub(crate) async fn refusal(server: &TestServer, bundle: &[u8]) -> (u16, String, String) {
    let (status, told) = put(server, bundle).await;
    let text = |field: &str| told["error"][field].as_str().unwrap_or_default().to_owned();
    (status, text("reason"), text("message"))
}

async fn count(server: &TestServer) -> usize {
    let request = pb::ListRunsRequest::default();
    server.runs().list_runs(request).await.expect("a list").into_inner().runs.len()
}

async fn trials(server: &TestServer, run_id: &str) -> Vec<pb::TrialSummary> {
    let request =
        pb::ListTrialsRequest { run_id: run_id.into(), page_size: 100, ..Default::default() };
    let answer = server.results().list_trials(request).await.expect("a list");
    let mut trials = answer.into_inner().trials;
    // The values of a failure are told by its server alone: its file has reason and message.
    for error in trials.iter_mut().filter_map(|trial| trial.error.as_mut()) {
        error.metadata.clear();
    }
    assert!(!trials.is_empty());
    trials
}

#[tokio::test]
async fn a_search_is_kept_as_it_was_and_once_only() {
    let made = Made::new().await;
    let bundle = made.bundle(&made.search, false).await;
    let there = TestServer::start().await;
    let (status, told) = put(&there, &bundle).await;
    assert_eq!((status, &told["created"]), (201, &true.into()), "{told}");
    let run_id = told["run"]["runId"].as_str().unwrap();
    assert_ne!(run_id, made.search);
    let run = there.describe(run_id).await;
    let origin = run.origin.clone().expect("where it comes from");
    assert_eq!((origin.run_id.as_str(), origin.recomputed), (made.search.as_str(), false));
    assert_eq!(origin.manifest_sha256.len(), 64);
    let before = made.server.describe(&made.search).await;
    assert_eq!((run.spec, run.run_key), (before.spec, before.run_key));
    let result = run.status.unwrap().result.expect("a result");
    assert_eq!(Some(&result), before.status.unwrap().result.as_ref());
    let pb::run_status::Result::Optimization(result) = result else { panic!("{result:?}") };
    assert_eq!((result.top_trials.len(), result.failed), (10, 15));
    let (here, was) = (trials(&there, run_id).await, trials(&made.server, &made.search).await);
    assert_eq!(here, was);
    // Again, and with bars, which makes another manifest: the same run, and nothing more.
    let with_bars = made.bundle(&made.search, true).await;
    for bundle in [&bundle, &with_bars] {
        let (status, told) = put(&there, bundle).await;
        assert_eq!((status, &told["created"]), (200, &false.into()));
        assert_eq!(told["run"]["runId"], run_id);
    }
    assert_eq!(count(&there).await, 1);
    // Where it was made it is what it was.
    let (status, told) = put(&made.server, &bundle).await;
    assert_eq!((status, told["run"]["runId"].as_str().unwrap()), (200, made.search.as_str()));
    // And after it was removed it comes anew.
    let request = pb::DeleteRunRequest { run_id: run_id.into() };
    there.runs().delete_run(request).await.unwrap();
    assert_eq!(put(&there, &bundle).await.0, 201);
}

#[tokio::test]
async fn rows_of_strangers_are_never_the_answer_to_a_submission() {
    let made = Made::new().await;
    let bundle = made.bundle(&made.search, false).await;
    let there = TestServer::with(&Market::wavy(400)).await;
    let (_, told) = put(&there, &bundle).await;
    let imported = told["run"]["runId"].as_str().unwrap().to_owned();
    let again = sweep().request(|it| it.set_reuse_policy(pb::ReusePolicy::ReuseCompleted));
    let answer = there.submit(again).await;
    assert_eq!(answer.disposition(), pb::SubmitDisposition::Created);
    assert_eq!(answer.run_key, told["run"]["runKey"].as_str().unwrap());
    let refused = there.refusal(sweep().request(|it| it.extend_run_id = imported)).await;
    assert!(refused.message().contains("only what was computed here"), "{refused:?}");
}

#[tokio::test]
async fn a_backtest_is_computed_again_and_is_then_as_good_as_ones_own() {
    let made = Made::new().await;
    let bare = made.bundle(&made.backtest, false).await;
    let there = TestServer::start().await;
    let (status, reason, message) = refusal(&there, &bare).await;
    assert_eq!((status, reason.as_str()), (409, "BUNDLE_NOT_PROVED"), "{message}");
    assert!(message.contains("bundle it with its bars"), "{message}");
    assert_eq!(count(&there).await, 0);
    let file = made.folder.path().join(format!("{}-true.tfrun", made.backtest));
    made.bundle(&made.backtest, true).await;
    let words = ["unbundle", file.to_str().unwrap()];
    let (code, run_id, said) = command(&there, &words).await;
    let run_id = run_id.trim();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&made.backtest) && said.contains("1 series came with it"), "{said}");
    assert!(there.describe(run_id).await.origin.unwrap().recomputed);
    let trades = there.trades(run_id).await;
    assert!(!trades.is_empty());
    assert_eq!(trades, made.server.trades(&made.backtest).await);
    let curve = pb::GetEquityCurveRequest { run_id: run_id.into(), ..Default::default() };
    there.results().get_equity_curve(curve).await.expect("its bars are here");
    // The bars are here now: what is bundled without them is known, and the file is no news.
    assert_eq!(put(&there, &bare).await.0, 200);
    let (_, out, said) = command(&there, &words).await;
    assert!(out.trim() == run_id && said.contains("it was here already"), "{said}");
}

#[tokio::test]
async fn an_equal_backtest_is_answered_with_an_imported_one() {
    let made = Made::new().await;
    let there = TestServer::with(&Market::wavy(400)).await;
    let (status, told) = put(&there, &made.bundle(&made.backtest, false).await).await;
    assert_eq!(status, 201, "the bars are here: {told}");
    let answer = there.submit(sma_cross(2, 5).reuse_completed()).await;
    assert_eq!(answer.disposition(), pb::SubmitDisposition::Reused);
    assert_eq!(answer.run_id, told["run"]["runId"].as_str().unwrap());
}

/// The same search with another result, and every hash of it mended.
fn mended(files: &Files) -> Vec<u8> {
    let better = |text: String| {
        let mut lines = text.lines().map(str::to_owned).collect::<Vec<_>>();
        let mut row: Value = serde_json::from_str(&lines[7]).expect("a row");
        row["metrics.total_return"] = 9.0.into();
        lines[7] = row.to_string();
        lines.join("\n") + "\n"
    };
    packed(&forged(files, "trials.jsonl", better))
}

#[tokio::test]
async fn nothing_is_kept_of_what_does_not_hold() {
    let made = Made::new().await;
    let whole = made.bundle(&made.search, false).await;
    let files = unpacked(&whole);
    let there = TestServer::start().await;
    let fewer = forged(&files, "trials.jsonl", |text| {
        text.lines().skip(1).fold(String::new(), |all, line| all + line + "\n")
    });
    let named = forged(&files, "run.json", |text| {
        text.replace(r#""displayName":"""#, r#""displayName":"\u001b[2J""#)
    });
    let mut missing = files.clone();
    missing.remove(place(&files, "trials.jsonl"));
    for (bundle, told) in [
        (Vec::new(), "it is no bundle"),
        (b"not zstd".to_vec(), "it is no bundle"),
        (whole[..whole.len() / 2].to_vec(), ""),
        (mended(&files), "have the hash"),
        (packed(&fewer), "have the hash"),
        (packed(&named), "control character"),
        (packed(&missing), "trials.jsonl is missing"),
    ] {
        let (status, reason, message) = refusal(&there, &bundle).await;
        assert_eq!((status, reason.as_str()), (400, "BUNDLE_DAMAGED"), "{message}");
        assert!(message.contains(told), "{message}");
    }
    let later = br#"{"format":2,"what":"ever"}"#.to_vec();
    let later = packed(&vec![("manifest.json".into(), later)]);
    assert_eq!(refusal(&there, &later).await.1, "BUNDLE_TOO_NEW");
    assert_eq!(count(&there).await, 0);
    let left = fs::read_dir(there.data_dir().join("spool")).unwrap().count();
    assert_eq!(left, 0, "files of unfinished imports");
}
