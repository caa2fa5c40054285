//! A bundle held against itself, and what is told of it.

use std::path::Path;

use serde_json::json;

use super::archive::BARS;
use super::{CareError, at};
use crate::bundle::{Level, Outcome, Recompute, Verdict};
use crate::cli::text::output;

/// Holds a bundle against itself and tells, a line a level; bars that are not in it are looked for
/// in that data directory. What it says of the whole.
///
/// # Errors
///
/// If it cannot be looked into at all, or the report cannot be written.
pub async fn verify(
    file: &Path,
    how_many: Recompute,
    data_dir: Option<&Path>,
    is_json: bool,
) -> Result<Outcome, CareError> {
    let bars = data_dir.map(|dir| dir.join(BARS));
    let verdict = crate::bundle::verify(file, how_many, bars.as_deref()).await?;
    let report = if is_json { as_json(&verdict) } else { as_text(&verdict) };
    output::data(&report).map_err(at(file))?;
    let engine = verdict.levels.iter().find(|level| level.name == "engine");
    Ok(match engine {
        _ if !verdict.is_sound() => Outcome::Wrong,
        Some(level) if how_many != Recompute::Nothing => level.outcome,
        _ => Outcome::Holds,
    })
}

const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Holds => "ok",
        Outcome::Wrong => "WRONG",
        Outcome::NotChecked => "not checked",
    }
}

fn as_text(verdict: &Verdict) -> String {
    let Verdict { sha256, run_id, levels } = verdict;
    let line =
        |Level { name, outcome, told }: &Level| format!("{name:<8} {:<11} {told}", word(*outcome));
    let lines = levels.iter().map(line).collect::<Vec<_>>().join("\n");
    format!("run {run_id}, manifest {sha256}\n{lines}")
}

fn as_json(verdict: &Verdict) -> String {
    let level = |Level { name, outcome, told }: &Level| {
        let outcome = match outcome {
            Outcome::Holds => "HOLDS",
            Outcome::Wrong => "WRONG",
            Outcome::NotChecked => "NOT_CHECKED",
        };
        json!({ "name": name, "outcome": outcome, "text": told })
    };
    json!({
        "isSound": verdict.is_sound(),
        "manifestSha256": verdict.sha256.to_string(),
        "runId": verdict.run_id,
        "levels": verdict.levels.iter().map(level).collect::<Vec<_>>(),
    })
    .to_string()
}
