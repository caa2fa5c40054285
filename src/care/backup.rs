//! A backup of everything, as of one moment, while the server goes on.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::archive::{BARS, Writer, bars_name};
use super::{CareError, DATABASE, Done, PIPE, at, database_in};
use crate::data::{aux_path, bar_path};
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
        let missing = add_files(&mut writer, data_dir, &inspection).map_err(at(to))?;
        if !missing.is_empty() && tries < TRIES {
            continue;
        }
        let bytes =
            if is_piped { writer.finish_into(io::stdout().lock()) } else { writer.finish(to) };
        let bytes = bytes.map_err(at(to))?;
        let Inspection { run_count, series, aux, .. } = inspection;
        let of_aux = match aux.len() {
            0 => String::new(),
            count => format!(", {count} of auxiliary series"),
        };
        let counts = format!("{run_count} runs, {} versions of series{of_aux}", series.len());
        let done = Done {
            text: format!("{}: {counts}, {bytes} bytes", to.display()),
            json: json!({
                "file": to.display().to_string(),
                "runs": run_count,
                "series": series.len(),
                "aux": aux.len(),
                "bytes": bytes,
            }),
            warnings: missing.iter().map(|name| not_in_it(name)).collect(),
        };
        return done.tell(is_json).map_err(at(to));
    }
}

fn not_in_it(name: &str) -> String {
    format!("{name} are missing, and so are not in the backup")
}

/// Adds each file of bars and of auxiliary series once; answers what is not there, in words.
fn add_files(
    writer: &mut Writer,
    data_dir: &Path,
    inspection: &Inspection,
) -> io::Result<Vec<String>> {
    let folder = data_dir.join(BARS);
    let mut missing = Vec::new();
    for (name, path) in paths(&inspection.series, |digest| bar_path(&folder, digest)) {
        add(writer, &path, || missing.push(format!("the bars of {name}")))?;
    }
    for (name, path) in paths(&inspection.aux, |digest| aux_path(&folder, digest)) {
        add(writer, &path, || missing.push(format!("the rows of {name}")))?;
    }
    Ok(missing)
}

/// The file of each content, once, with a name that it has.
fn paths<D: Ord + Copy>(
    versions: &[(String, D)],
    path: impl Fn(&D) -> PathBuf,
) -> Vec<(String, PathBuf)> {
    let mut contents = versions.to_vec();
    contents.sort_unstable_by_key(|(_, digest)| *digest);
    contents.dedup_by_key(|(_, digest)| *digest);
    contents.into_iter().map(|(name, digest)| (name, path(&digest))).collect()
}

fn add(writer: &mut Writer, path: &Path, miss: impl FnOnce()) -> io::Result<()> {
    match File::open(path) {
        Ok(mut file) => writer.add(&bars_name(path), &mut file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            miss();
            Ok(())
        }
        Err(error) => Err(error),
    }
}
