//! The way back from a backup: unpacked beside its place, examined, and only then put there.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use serde_json::json;

use super::archive::{BARS, unpack};
use super::{CareError, DATABASE, Done, PIPE, at};
use crate::data::{check_aux, check_bars};
use crate::server::{DataDir, UNPACKING};
use crate::storage::inspect;

/// Brings back what is in the file. The data directory must not hold other data.
///
/// # Errors
///
/// What is in the way; then the data directory is as it was.
pub async fn restore(file: &Path, data_dir: &Path, is_json: bool) -> Result<(), CareError> {
    let packed: Box<dyn Read> = if file == Path::new(PIPE) {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(file).map_err(at(file))?)
    };
    // Held to the end: no server may start on half of it.
    let _held = DataDir::open(data_dir)?;
    if data_dir.join(DATABASE).exists() {
        return Err(CareError::Occupied(data_dir.to_owned()));
    }
    let aside = tempfile::Builder::new().prefix(UNPACKING).tempdir_in(data_dir);
    let aside = aside.map_err(at(data_dir))?;
    fs::create_dir(aside.path().join(BARS)).map_err(at(data_dir))?;
    let damaged = |fault: String| CareError::NoBackup { path: file.to_owned(), fault };
    unpack(packed, aside.path()).map_err(|error| damaged(error.to_string()))?;
    let database = aside.path().join(DATABASE);
    if !database.is_file() {
        return Err(damaged("there is no database in it".to_owned()));
    }
    let inspection = inspect(&database).await?;
    if let Some(fault) = inspection.faults.first() {
        return Err(damaged(fault.clone()));
    }
    let folder = aside.path().join(BARS);
    let of_bars = inspection.series.iter().filter_map(|(name, digest)| {
        let error = check_bars(&folder, digest).err()?;
        Some(format!("{name}: {error}"))
    });
    let of_aux = inspection.aux.iter().filter_map(|(name, digest)| {
        let error = check_aux(&folder, digest).err()?;
        Some(format!("{name}: {error}"))
    });
    let warnings = of_bars.chain(of_aux).collect();
    let bars = data_dir.join(BARS);
    fs::create_dir_all(&bars).map_err(at(&bars))?;
    for entry in fs::read_dir(aside.path().join(BARS)).map_err(at(&bars))? {
        let entry = entry.map_err(at(&bars))?;
        fs::rename(entry.path(), bars.join(entry.file_name())).map_err(at(&bars))?;
    }
    // The database last: what is not whole is not there.
    fs::rename(&database, data_dir.join(DATABASE)).map_err(at(data_dir))?;
    for folder in [&bars, data_dir] {
        File::open(folder).and_then(|it| it.sync_all()).map_err(at(folder))?;
    }
    let (runs, series) = (inspection.run_count, inspection.series.len());
    let aux = inspection.aux.len();
    let aux_told = if aux > 0 { format!(", {aux} auxiliary series") } else { String::new() };
    let place = data_dir.display().to_string();
    let done = Done {
        text: format!("{place}: {runs} runs, {series} series{aux_told} brought back"),
        json: json!({ "dataDir": place, "runs": runs, "series": series, "aux": aux }),
        warnings,
    };
    done.tell(is_json).map_err(at(data_dir))
}
