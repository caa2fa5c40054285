//! An examination: whether the database and every file of bars or of an auxiliary
//! series are what they should be.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::json;

use super::archive::BARS;
use super::{CareError, database_in};
use crate::cli::text::output;
use crate::data::{aux_path, bar_path, check_aux, check_bars};
use crate::storage::{Held, Inspection, Verification, inspect, verify};

/// Reads everything in that data directory, also while a server has it, and tells what it found;
/// false if something is wrong. Nothing is changed.
///
/// # Errors
///
/// If the database cannot be read at all, or the report cannot be written.
pub async fn doctor(data_dir: &Path, is_deep: bool, is_json: bool) -> Result<bool, CareError> {
    let Inspection { faults, series, aux, run_count, live_count } =
        inspect(&database_in(data_dir)?).await?;
    let mut findings = Vec::new();
    let mut tell = |is_good: bool, line: &str| findings.push((is_good, line.to_owned()));
    tell(faults.is_empty(), &format!("database: {run_count} runs, {live_count} of them live"));
    for fault in &faults {
        tell(false, &format!("database: {fault}"));
    }
    let bars = data_dir.join(BARS);
    for (name, digest) in &series {
        match check_bars(&bars, digest) {
            Ok(count) => tell(true, &format!("{name}: {count} bars")),
            Err(error) => tell(false, &format!("{name}: {error}; import it again")),
        }
    }
    for (name, digest) in &aux {
        match check_aux(&bars, digest) {
            Ok(count) => tell(true, &format!("{name}: {count} rows")),
            Err(error) => tell(false, &format!("{name}: {error}; import it again")),
        }
    }
    let of_bars = series.iter().map(|(_, digest)| bar_path(&bars, digest));
    let of_aux = aux.iter().map(|(_, digest)| aux_path(&bars, digest));
    let known: BTreeSet<_> = of_bars.chain(of_aux).collect();
    for entry in fs::read_dir(&bars).into_iter().flatten().flatten() {
        if !known.contains(&entry.path()) {
            let name = entry.file_name();
            tell(true, &format!("{}: belongs to no series, and does no harm", name.display()));
        }
    }
    if is_deep {
        findings.extend(results(&database_in(data_dir)?).await?);
    }
    let is_sound = findings.iter().all(|(is_good, _)| *is_good);
    let report = if is_json { json(&findings, is_sound) } else { text(&findings) };
    output::data(&report).map_err(super::at(data_dir))?;
    Ok(is_sound)
}

/// Every run that has ended, held against the hash of what was stored.
async fn results(database: &Path) -> Result<Vec<(bool, String)>, CareError> {
    let Verification { searches, backtests } = verify(database).await?;
    let mut findings = told("searches", "of other engines", searches);
    findings.extend(told("backtests", "of older versions", backtests));
    Ok(findings)
}

fn told(kind: &str, others: &str, held: Held) -> Vec<(bool, String)> {
    let Held { sound, left_out, faults } = held;
    let left_out = match left_out {
        0 => String::new(),
        count => format!("; {count} {others} are not held against theirs"),
    };
    let all = sound + faults.len() as u64;
    let sum = format!("results: {sound} of {all} {kind} are as they ended{left_out}");
    let sum = (faults.is_empty(), sum);
    let faults = faults.into_iter().map(|fault| (false, format!("results: {fault}")));
    [sum].into_iter().chain(faults).collect()
}

fn text(findings: &[(bool, String)]) -> String {
    let word = |is_good: bool| if is_good { "ok " } else { "BAD" };
    let lines = findings.iter().map(|(is_good, line)| format!("{}  {line}", word(*is_good)));
    lines.collect::<Vec<_>>().join("\n")
}

fn json(findings: &[(bool, String)], is_sound: bool) -> String {
    let findings =
        findings.iter().map(|(is_good, text)| json!({ "isGood": is_good, "text": text }));
    json!({ "isSound": is_sound, "findings": findings.collect::<Vec<_>>() }).to_string()
}
