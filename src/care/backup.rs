//! A backup of everything, as of one moment, while the server goes on.

use std::fs::File;
use std::io;
use std::path::Path;

use serde_json::json;

use super::archive::{BARS, Writer, bars_name};
use super::{CareError, DATABASE, Done, PIPE, at, database_in};
use crate::data::bar_path;
use crate::storage::{Inspection, inspect, snapshot};

/// A series may be removed while the backup is made; then the next one does not name it.
const TRIES: usize = 3;

/// Writes everything in that data directory into a new file.
///
/// # Errors
///
/// What is in the way; then there is no file.
pub async fn backup(data_dir: &Path, to: &Path, is_json: bool) -> Result<(), CareError> {
    let database = database_in(data_dir)?;
    let is_piped = to == Path::new(PIPE);
    if is_piped && is_json {
        return Err(CareError::Mixed);
    }
    if !is_piped && to.exists() {
        return Err(CareError::Exists(to.to_owned()));
    }
    let temporary = std::env::temp_dir();
    let folder = match to.parent() {
        _ if is_piped => &temporary,
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut tries = 0;
    loop {
        tries += 1;
        let copies = tempfile::tempdir_in(folder).map_err(at(folder))?;
        let copy = copies.path().join(DATABASE);
        snapshot(&database, &copy).await?;
        let inspection = inspect(&copy).await?;
        let mut writer = Writer::new(folder).map_err(at(to))?;
        File::open(&copy)
            .and_then(|mut copy| writer.add(Path::new(DATABASE), &mut copy))
            .map_err(at(to))?;
        let missing = add_bars(&mut writer, data_dir, &inspection).map_err(at(to))?;
        if !missing.is_empty() && tries < TRIES {
            continue;
        }
        let bytes =
            if is_piped { writer.finish_into(io::stdout().lock()) } else { writer.finish(to) };
        let bytes = bytes.map_err(at(to))?;
        let Inspection { run_count, series, .. } = inspection;
        let counts = format!("{run_count} runs, {} versions of series", series.len());
        let done = Done {
            text: format!("{}: {counts}, {bytes} bytes", to.display()),
            json: json!({
                "file": to.display().to_string(),
                "runs": run_count,
                "series": series.len(),
                "bytes": bytes,
            }),
            warnings: missing.iter().map(|name| not_in_it(name)).collect(),
        };
        return done.tell(is_json).map_err(at(to));
    }
}

fn not_in_it(name: &str) -> String {
    format!("the bars of {name} are missing, and so are not in the backup")
}

/// Adds each file of bars once; answers the names of the series whose files are not there.
fn add_bars(
    writer: &mut Writer,
    data_dir: &Path,
    inspection: &Inspection,
) -> io::Result<Vec<String>> {
    let mut contents = inspection.series.clone();
    contents.sort_unstable_by_key(|(_, digest)| *digest);
    contents.dedup_by_key(|(_, digest)| *digest);
    let mut missing = Vec::new();
    for (name, digest) in contents {
        let path = bar_path(&data_dir.join(BARS), &digest);
        match File::open(&path) {
            Ok(mut file) => writer.add(&bars_name(&path), &mut file)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => missing.push(name),
            Err(error) => return Err(error),
        }
    }
    Ok(missing)
}
