//! Holding a bundle against itself, level by level: its files, the key of what was asked for, the
//! hash of what came out, and that again from the bars.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::manifest::{Head, member};
use super::recompute::{Bench, Cannot, drawn};
use super::rows::{Row, backtest_hash, metrics, search_hash, trials};
use super::unpack::{Unpacked, unpack};
use super::{BundleError, Recompute};
use crate::digest::Digest;
use crate::engine::ENGINE_VERSION;
use crate::run::{RunSpec, run_key};

/// What came of one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is so.
    Holds,
    /// It is not.
    Wrong,
    /// It cannot be told from what is there.
    NotChecked,
}

/// One level of trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// What it is about.
    pub name: &'static str,
    /// What came of it.
    pub outcome: Outcome,
    /// In words.
    pub told: String,
}

/// What came of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The hash of its manifest: whoever cites it cites everything in it.
    pub sha256: Digest,
    /// The run's id on the server that made it.
    pub run_id: String,
    /// From the file up to the engine.
    pub levels: Vec<Level>,
}

impl Verdict {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.levels.iter().all(|level| level.outcome != Outcome::Wrong)
    }
}

impl Level {
    fn of(name: &'static str, checked: Result<String, String>) -> Self {
        let (outcome, told) = match checked {
            Ok(told) => (Outcome::Holds, told),
            Err(told) => (Outcome::Wrong, told),
        };
        Self { name, outcome, told }
    }

    const fn open(name: &'static str, told: String) -> Self {
        Self { name, outcome: Outcome::NotChecked, told }
    }
}

/// A bundle that is open, in a folder of its own.
pub(super) struct Opened {
    pub(super) folder: PathBuf,
    pub(super) unpacked: Unpacked,
}

/// Holds the bundle against itself; bars that are not in it are looked for in that folder.
///
/// # Errors
///
/// If it cannot be looked into at all.
pub async fn verify(
    path: &Path,
    how_many: Recompute,
    bars: Option<&Path>,
) -> Result<Verdict, BundleError> {
    let folder = tempfile::tempdir()?;
    let unpacked = unpack(path, folder.path(), u64::MAX)?;
    let opened = Opened { folder: folder.path().to_owned(), unpacked };
    let Unpacked { manifest, sha256, .. } = &opened.unpacked;
    let (sha256, run_id) = (*sha256, manifest.run.run_id.clone());
    let mut levels = opened.levels();
    if levels[0].outcome == Outcome::Holds {
        levels.push(opened.recomputed(how_many, bars).await?);
    }
    Ok(Verdict { sha256, run_id, levels })
}

impl Opened {
    /// What can be told from the file alone.
    pub(super) fn levels(&self) -> Vec<Level> {
        let mut levels = vec![self.members()];
        if levels[0].outcome == Outcome::Holds {
            levels.extend([self.key(), self.result()]);
        }
        levels
    }

    pub(super) fn head(&self) -> &Head {
        &self.unpacked.manifest.run
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn spec(&self) -> Result<RunSpec, String> {
        let text = std::fs::read(self.path(member::SPEC)).map_err(|error| error.to_string())?;
        serde_json::from_slice(&text).map_err(|error| format!("spec.json is none: {error}"))
    }

    pub(super) fn run(&self) -> Result<Value, String> {
        let text = std::fs::read(self.path(member::RUN)).map_err(|error| error.to_string())?;
        serde_json::from_slice(&text).map_err(|error| format!("run.json is none: {error}"))
    }

    fn members(&self) -> Level {
        let count = self.unpacked.manifest.members.len();
        let faults = self.unpacked.faults.join("; ");
        let checked = if faults.is_empty() {
            Ok(format!("{count} files are what the manifest has the hashes of"))
        } else {
            Err(faults)
        };
        Level::of("files", checked)
    }

    /// Whether what was asked for has the key, and the run says the same of itself.
    fn key(&self) -> Level {
        let head = self.head();
        let checked = || {
            let (spec, run) = (self.spec()?, self.run()?);
            let key = run_key(&spec, &head.engine_version);
            if key != head.run_key {
                return Err(format!("what was asked for has the key {key}, not {}", head.run_key));
            }
            if spec.kind().as_str() != head.kind {
                return Err(format!("it is a {}, not a {}", spec.kind().as_str(), head.kind));
            }
            let result = head.result_sha256.map_or_else(String::new, |it| it.to_string());
            let said = [
                ("runId", head.run_id.clone(), text_at(&run, "/runId")),
                ("runKey", head.run_key.to_string(), text_at(&run, "/runKey")),
                ("engineVersion", head.engine_version.clone(), text_at(&run, "/engineVersion")),
                (
                    "status.state",
                    format!("RUN_STATE_{}", head.state),
                    text_at(&run, "/status/state"),
                ),
                ("resultSha256", result, result_of(&run)),
            ];
            match said.into_iter().find(|(_, manifest, run)| manifest != run) {
                None => Ok(format!("what was asked for has the key {key}")),
                Some((field, manifest, run)) => {
                    Err(format!("run.json says {field} is {run:?}, the manifest {manifest:?}"))
                }
            }
        };
        Level::of("run key", checked())
    }

    /// Whether the rows have the hash.
    fn result(&self) -> Level {
        const NAME: &str = "result";
        let head = self.head();
        let Some(result) = head.result_sha256 else {
            return Level::open(NAME, format!("it is {}, and has no result", head.state));
        };
        if head.engine_version != ENGINE_VERSION {
            let made_by = &head.engine_version;
            return Level::open(NAME, format!("engine {made_by} counted other metrics"));
        }
        let (name, of) = match head.kind.as_str() {
            "OPTIMIZATION" => (member::TRIALS, "trials"),
            "BACKTEST" => (member::EVENTS, "fills, all charges and metrics"),
            kind => return Level::open(NAME, format!("a {kind} is not made of rows")),
        };
        if let Some(why) = self.unpacked.manifest.left_out.get(name) {
            return Level::open(NAME, format!("{name} is not in it: {why}"));
        }
        let path = self.path(name);
        let hashed = if name == member::TRIALS {
            trials(&path).and_then(search_hash)
        } else {
            let run = self.run().unwrap_or_default();
            let told = run.pointer("/status/backtest/metrics").cloned().unwrap_or_default();
            backtest_hash(&path, &metrics(|metric| told.get(metric.name())))
        };
        Level::of(
            NAME,
            match hashed {
                Ok((hash, count)) if hash == result => {
                    Ok(format!("{count} {of} have the hash {hash}"))
                }
                Ok((hash, count)) => {
                    Err(format!("{count} {of} have the hash {hash}, not {result}"))
                }
                Err(error) => Err(format!("{name} cannot be read: {error}")),
            },
        )
    }

    /// Whether the engine comes to the same again.
    async fn recomputed(&self, how_many: Recompute, bars: Option<&Path>) -> io::Result<Level> {
        const NAME: &str = "engine";
        if how_many == Recompute::Nothing {
            return Ok(Level::open(NAME, "not asked for".to_owned()));
        }
        let Ok(spec) = self.spec() else {
            return Ok(Level::open(NAME, "it is not known what was asked for".to_owned()));
        };
        if !matches!(spec, RunSpec::Backtest(_) | RunSpec::Optimization(_)) {
            let told = format!("a {} is not computed again; submit it", spec.kind().as_str());
            return Ok(Level::open(NAME, told));
        }
        let folders: Vec<PathBuf> =
            [self.path(member::BARS)].into_iter().chain(bars.map(Path::to_owned)).collect();
        let is_backtest = matches!(spec, RunSpec::Backtest(_));
        let bench = match Bench::new(self.head(), spec, &folders, None) {
            Ok(bench) => bench,
            Err(Cannot::Because(told)) => return Ok(Level::open(NAME, told)),
            Err(Cannot::Io(error)) => return Err(error),
        };
        let checked = if is_backtest {
            self.backtest_again(&bench).await
        } else {
            self.trials_again(&bench, how_many).await
        };
        Ok(Level::of(NAME, checked))
    }

    async fn backtest_again(&self, bench: &Bench) -> Result<String, String> {
        let told = self.head().result_sha256;
        let made = bench.backtest().await?;
        let text =
            |hash: Option<Digest>| hash.map_or_else(|| "no result".into(), |it| it.to_string());
        if made == told {
            Ok(format!("the backtest comes to {} again", text(made)))
        } else {
            Err(format!("the backtest comes to {}, not to {}", text(made), text(told)))
        }
    }

    async fn trials_again(&self, bench: &Bench, how_many: Recompute) -> Result<String, String> {
        let rows = trials(&self.path(member::TRIALS)).and_then(Iterator::collect);
        let rows: Vec<Row> = rows.map_err(|error| error.to_string())?;
        let total = rows.len();
        let chosen = drawn(rows, how_many);
        let count = chosen.len();
        let differences = bench.differences(chosen).await?;
        if differences.is_empty() {
            Ok(format!("{count} of {total} trials come to the same bits again"))
        } else {
            Err(differences.join("; "))
        }
    }
}

fn text_at(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The hash of the result that the run tells, of whichever kind it is.
fn result_of(run: &Value) -> String {
    let kinds = ["backtest", "optimization", "walkForward", "validation", "robustness"];
    let found = kinds.iter().map(|kind| text_at(run, &format!("/status/{kind}/resultSha256")));
    found.fold(String::new(), |found, next| if next.is_empty() { found } else { next })
}
