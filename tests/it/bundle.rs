//! A run as one file: whole, sound, and found out when anything of it is changed.

use std::fs;
use std::io::Read as _;
use std::num::NonZero;
use std::path::Path;
use std::process::{Command, Output};

use tar::{Archive, Builder, Header};
use tradeforge::bundle::{BundleError, Outcome, Recompute, Verdict, verify};
use tradeforge::digest::Digest;
use tradeforge::pb;

use crate::support::{Market, TestServer, gate, hash_of, request, sma_cross, within};

/// The files of a bundle, by name.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

pub(crate) async fn command(server: &TestServer, words: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
    command.args(words).args(["--server", server.url()]);
    // The server answers on this thread.
    within(tokio::task::spawn_blocking(move || run(&mut command))).await.unwrap()
}

pub(crate) fn alone(words: &[&str]) -> (Option<i32>, String, String) {
    run(Command::new(env!("CARGO_BIN_EXE_tradeforge")).args(words))
}

fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (status.code(), text(stdout), text(stderr))
}

pub(crate) async fn bundled(server: &TestServer, run_id: &str, file: &Path, with_bars: bool) {
    let file = file.to_str().unwrap();
    let mut words = vec!["bundle", run_id, file];
    words.extend(with_bars.then_some("--with-bars"));
    let (code, out, said) = command(server, &words).await;
    assert_eq!(code, Some(0), "{out}{said}");
}

pub(crate) fn unpacked(packed: &[u8]) -> Files {
    let mut archive = Archive::new(zstd::stream::read::Decoder::new(packed).unwrap());
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (name, bytes)
    });
    entries.collect()
}

pub(crate) fn packed(files: &Files) -> Vec<u8> {
    let mut archive = Builder::new(zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap());
    for (name, bytes) in files {
        let mut header = Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    Digest::of(bytes).to_string()
}

pub(crate) fn place(files: &Files, name: &str) -> usize {
    files.iter().position(|(known, _)| known == name).unwrap_or_else(|| panic!("no {name}"))
}

/// The same files with one text changed in one of them, and the manifest saying so.
pub(crate) fn forged(files: &Files, name: &str, change: impl FnOnce(String) -> String) -> Files {
    let mut files = files.clone();
    let at = place(&files, name);
    let before = String::from_utf8(files[at].1.clone()).unwrap();
    let after = change(before.clone());
    assert_ne!(before, after, "it changes something");
    let manifest = String::from_utf8(files[0].1.clone()).unwrap();
    let told = manifest.replace(&sha256(before.as_bytes()), &sha256(after.as_bytes()));
    let (old, new) = (before.len(), after.len());
    let told = told.replace(
        &format!("\"name\":\"{name}\",\"bytes\":{old},"),
        &format!("\"name\":\"{name}\",\"bytes\":{new},"),
    );
    files[0].1 = told.into_bytes();
    files[at].1 = after.into_bytes();
    files
}

async fn judged(files: &Files, how_many: Recompute, bars: Option<&Path>) -> Verdict {
    judged_bytes(&packed(files), how_many, bars).await.expect("a bundle")
}

async fn judged_bytes(
    bytes: &[u8],
    how_many: Recompute,
    bars: Option<&Path>,
) -> Result<Verdict, BundleError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.tfrun");
    fs::write(&file, bytes).unwrap();
    within(verify(&file, how_many, bars)).await
}

fn outcomes(verdict: &Verdict) -> Vec<(&str, Outcome)> {
    verdict.levels.iter().map(|level| (level.name, level.outcome)).collect()
}

fn told<'v>(verdict: &'v Verdict, name: &str) -> &'v str {
    &verdict.levels.iter().find(|level| level.name == name).expect("that level").told
}

use Outcome::{Holds, NotChecked, Wrong};

async fn with_a_search() -> (TestServer, String, tempfile::TempDir) {
    let server = TestServer::with(&Market::wavy(400)).await;
    let sweep = sma_cross(2, 5).sweep().over("fast", 2, 9, 1).over("slow", 5, 12, 1);
    let run_id = server.submit(sweep).await.run_id;
    server.when_final(&run_id).await;
    (server, run_id, tempfile::tempdir().unwrap())
}

#[tokio::test]
async fn a_search_is_proved_from_the_file_alone() {
    let (server, run_id, folder) = with_a_search().await;
    let file = folder.path().join("one.tfrun");
    bundled(&server, &run_id, &file, true).await;
    server.stop();
    let name = file.to_str().unwrap();
    let (code, out, said) = alone(&["verify", name, "--recompute", "all"]);
    assert_eq!(code, Some(0), "{out}{said}");
    let lines: Vec<_> = out.lines().collect();
    assert!(lines[0].starts_with(&format!("run {run_id}, manifest ")), "{out}");
    assert_eq!(lines.len(), 5, "{out}");
    assert!(lines[1..].iter().all(|line| line[9..].starts_with("ok ")), "{out}");
    assert!(lines[3].contains("64 trials have the hash"), "{out}");
    assert!(lines[4].contains("64 of 64 trials come to the same bits again"), "{out}");
    let (_, out, _) = alone(&["verify", name, "--recompute", "5", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let files = unpacked(&fs::read(&file).unwrap());
    assert_eq!(json["manifestSha256"], sha256(&files[0].1).as_str());
    assert_eq!((&json["isSound"], json["runId"].as_str()), (&true.into(), Some(run_id.as_str())));
    assert!(json["levels"][3]["text"].as_str().unwrap().starts_with("5 of 64 trials"), "{json}");
}

#[tokio::test]
async fn a_backtest_is_proved_with_what_it_paid_for_holding() {
    let server = TestServer::with(&Market::wavy(3_000)).await;
    let earning = pb::Carry { cash_rate: "0.1".into(), ..Default::default() };
    let work = sma_cross(2, 5).simulation(|simulation| simulation.carry = Some(earning));
    let run_id = server.submit(work).await.run_id;
    let hash = hash_of(&server.when_final(&run_id).await);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.tfrun");
    bundled(&server, &run_id, &file, true).await;
    let files = unpacked(&fs::read(&file).unwrap());
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names[..5],
        ["manifest.json", "run.json", "spec.json", "trades.jsonl", "events.jsonl"]
    );
    let events = String::from_utf8(files[4].1.clone()).unwrap();
    assert!(events.contains(r#"{"charge":["#) && events.contains("interest"), "{events}");
    let verdict = judged(&files, Recompute::All, None).await;
    assert!(outcomes(&verdict).iter().all(|(_, outcome)| *outcome == Holds), "{verdict:?}");
    assert!(told(&verdict, "result").ends_with(&hash), "{verdict:?}");
    // One fill at another price, and a manifest that says so.
    let other = forged(&files, "events.jsonl", |text| {
        let (line, rest) = text.split_once('\n').unwrap();
        let mut event: serde_json::Value = serde_json::from_str(line).unwrap();
        event["fill"][2] = (event["fill"][2].as_i64().unwrap() + 1).into();
        format!("{event}\n{rest}")
    });
    let verdict = judged(&other, Recompute::Nothing, None).await;
    let expected =
        [("files", Holds), ("run key", Holds), ("result", Wrong), ("engine", NotChecked)];
    assert_eq!(outcomes(&verdict), expected);
}

#[tokio::test]
async fn a_byte_that_turns_is_found_wherever_it_is() {
    let (server, run_id, folder) = with_a_search().await;
    let file = folder.path().join("one.tfrun");
    bundled(&server, &run_id, &file, true).await;
    let whole = fs::read(&file).unwrap();
    let files = unpacked(&whole);
    for at in (0..whole.len()).step_by(whole.len() / 60 + 1).chain([whole.len() - 1]) {
        let mut turned = whole.clone();
        turned[at] ^= 0x10;
        let judged = judged_bytes(&turned, Recompute::Nothing, None).await;
        // Some bits only say where else the same bytes were packed from.
        if judged.is_ok_and(|it| it.is_sound()) {
            assert!(unpacked(&turned) == files, "byte {at} of {}", whole.len());
        }
    }
    for cut in [0, 1, whole.len() / 2, whole.len() - 1] {
        let judged = judged_bytes(&whole[..cut], Recompute::Nothing, None).await;
        assert!(!judged.is_ok_and(|it| it.is_sound()), "cut at {cut}");
    }
    // In each member, once it is unpacked and packed again.
    for at in 1..files.len() {
        let mut turned = files.clone();
        let middle = turned[at].1.len() / 2;
        turned[at].1[middle] ^= 1;
        let verdict = judged(&turned, Recompute::Nothing, None).await;
        assert_eq!(outcomes(&verdict), [("files", Wrong)]);
        assert!(told(&verdict, "files").contains(&files[at].0), "{verdict:?}");
        let missing = [&files[..at], &files[at + 1..]].concat();
        let verdict = judged(&missing, Recompute::Nothing, None).await;
        assert!(told(&verdict, "files").contains("is missing"), "{verdict:?}");
    }
    let more = [&files[..], &[("more.txt".to_owned(), b"x".to_vec())]].concat();
    let verdict = judged(&more, Recompute::Nothing, None).await;
    assert!(told(&verdict, "files").contains("\"more.txt\" is not in the manifest"), "{verdict:?}");
}

#[tokio::test]
async fn a_forger_who_mends_the_manifest_is_found_by_the_next_level() {
    let (server, run_id, folder) = with_a_search().await;
    let file = folder.path().join("one.tfrun");
    bundled(&server, &run_id, &file, true).await;
    let files = unpacked(&fs::read(&file).unwrap());
    let nothing = Recompute::Nothing;
    let other = forged(&files, "spec.json", |text| text.replacen("10000", "20000", 1));
    let verdict = judged(&other, nothing, None).await;
    assert_eq!(outcomes(&verdict)[..2], [("files", Holds), ("run key", Wrong)]);
    let other = forged(&files, "run.json", |text| text.replace(&run_id, &run_id.replace('0', "1")));
    let verdict = judged(&other, nothing, None).await;
    assert!(told(&verdict, "run key").contains("run.json says runId"), "{verdict:?}");
    let better = |text: String| {
        let mut lines = text.lines().map(str::to_owned).collect::<Vec<_>>();
        let mut row: serde_json::Value = serde_json::from_str(&lines[7]).unwrap();
        let total_return = row["metrics.total_return"].as_f64().unwrap();
        row["metrics.total_return"] = (total_return + 1e-9).into();
        lines[7] = row.to_string();
        lines.join("\n") + "\n"
    };
    let other = forged(&files, "trials.jsonl", better);
    let verdict = judged(&other, nothing, None).await;
    assert_eq!(outcomes(&verdict)[2], ("result", Wrong));
    // He mends the hash of the result as well: only the engine knows better.
    let said = told(&verdict, "result");
    let mut words = said.split(' ').filter(|word| word.trim_end_matches(',').len() == 64);
    let (is, was) = (words.next().unwrap().trim_end_matches(','), words.next().unwrap());
    let other = forged(&other, "run.json", |text| text.replace(was, is));
    let manifest = String::from_utf8(other[0].1.clone()).unwrap().replace(was, is);
    let other = [&[("manifest.json".to_owned(), manifest.into_bytes())], &other[1..]].concat();
    let verdict = judged(&other, Recompute::All, None).await;
    let expected = [("files", Holds), ("run key", Holds), ("result", Holds), ("engine", Wrong)];
    assert_eq!(outcomes(&verdict), expected, "{verdict:?}");
    assert_eq!(told(&verdict, "engine"), "trial 7 has another total_return");
}

#[tokio::test]
async fn bars_are_taken_from_a_data_directory_where_the_file_has_none() {
    let (server, run_id, folder) = with_a_search().await;
    let file = folder.path().join("one.tfrun");
    bundled(&server, &run_id, &file, false).await;
    let name = file.to_str().unwrap();
    let (code, out, _) = alone(&["verify", name]);
    assert_eq!(code, Some(0), "what was not asked for may be left: {out}");
    assert!(out.contains("engine   not checked 1 of its series are not here"), "{out}");
    let (code, ..) = alone(&["verify", name, "--recompute", "all"]);
    assert_eq!(code, Some(6), "what was asked for cannot be done");
    let files = unpacked(&fs::read(&file).unwrap());
    let some = Recompute::Some(NonZero::new(3).unwrap());
    let there = tempfile::tempdir().unwrap();
    let verdict = judged(&files, some, Some(there.path())).await;
    assert_eq!(outcomes(&verdict)[3].1, NotChecked);
    let with_bars = folder.path().join("two.tfrun");
    bundled(&server, &run_id, &with_bars, true).await;
    for (name, bytes) in unpacked(&fs::read(&with_bars).unwrap()) {
        if let Some(name) = name.strip_prefix("bars/") {
            fs::write(there.path().join(name), bytes).unwrap();
        }
    }
    let verdict = judged(&files, some, Some(there.path())).await;
    assert_eq!(told(&verdict, "engine"), "3 of 64 trials come to the same bits again");
}

#[tokio::test]
async fn what_is_no_bundle_or_one_of_later_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, said) = alone(&["verify", folder.path().join("none").to_str().unwrap()]);
    assert!(code == Some(1) && said.contains("none: No such file"), "{said}");
    let later = br#"{"format":2,"what":"ever"}"#.to_vec();
    let of = |files: Files| packed(&files);
    for (bytes, expected) in [
        (b"not zstd at all".to_vec(), "is no bundle of a run"),
        (of(vec![("manifest.json".into(), later)]), "is of format 2"),
        (of(vec![("run.json".into(), b"{}".to_vec())]), "its first file is not manifest.json"),
        (of(vec![("manifest.json".into(), b"{}".to_vec())]), "its manifest: missing field"),
    ] {
        let refused = judged_bytes(&bytes, Recompute::All, None).await.unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
    }
}

#[tokio::test]
async fn the_file_is_the_same_by_http_in_whole_and_in_parts() {
    let (server, run_id, folder) = with_a_search().await;
    let file = folder.path().join("one.tfrun");
    bundled(&server, &run_id, &file, true).await;
    let whole = fs::read(&file).unwrap();
    let path = format!("/export/runs/{run_id}/run.tfrun?with_bars=true");
    let get = async |method: &str, headers: &str| {
        request(server.url(), &format!("{method} {path} HTTP/1.1{headers}"), &[]).await
    };
    let answer = get("GET", "").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/zstd"));
    assert!(answer.body == whole, "the same bytes");
    assert_eq!(get("GET", "\r\nRange: bytes=5-9").await.body, whole[5..10]);
    let wrong = format!("GET /export/runs/{run_id}/run.tfrun?with_bar=1 HTTP/1.1");
    let refused = request(server.url(), &wrong, &[]).await;
    let text = String::from_utf8_lossy(&refused.body).into_owned();
    assert!(refused.status == 400 && text.contains("did you mean with_bars?"), "{text}");
}

#[tokio::test]
async fn a_run_that_goes_on_has_no_bundle() {
    let server = TestServer::with(&Market::wavy(60)).await;
    let run_id = server.submit(gate(1)).await.run_id;
    let (code, _, said) = command(&server, &["bundle", &run_id]).await;
    assert!(code == Some(1) && said.contains("its result is there once it is COMPLETED"), "{said}");
    let (code, _, said) = command(&server, &["bundle", &run_id, "-", "--json"]).await;
    assert!(code == Some(2) && said.contains("leaves no room there for --json"), "{said}");
}
