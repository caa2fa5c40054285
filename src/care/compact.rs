//! Gives the room of removed runs back to the disk, for databases that do not by themselves: the
//! database is written anew beside itself, and only a whole one takes its place.

use std::fs::{self, File};
use std::path::Path;

use serde_json::json;

use super::{CareError, DATABASE, Done, at, database_in};
use crate::cli::text::output;
use crate::server::DataDir;
use crate::storage::{compacted, inspect};
use crate::system::disk;

/// Room besides, for the logs of a server that starts after this.
const SPARE_BYTES: u64 = 16 << 20;

/// Compacts the database in that data directory, which no server may have meanwhile.
///
/// # Errors
///
/// What is in the way; the database is then as it was.
pub async fn compact(data_dir: &Path, is_json: bool) -> Result<(), CareError> {
    let database = database_in(data_dir)?;
    let _held = DataDir::open(data_dir)?;
    let before = fs::metadata(&database).map_err(at(&database))?.len();
    let free = disk(data_dir).map_err(at(data_dir))?.free;
    let name = database.display().to_string();
    if !is_json {
        output::talk(&format!(
            "{name}: {before} bytes; compacting takes up to twice the disk, {free} bytes are free"
        ));
    }
    if free < before + SPARE_BYTES {
        return Err(CareError::NoRoom {
            path: data_dir.to_owned(),
            needed: before + SPARE_BYTES,
            free,
        });
    }
    let copy = data_dir.join(format!("{DATABASE}.compact.partial"));
    match fs::remove_file(&copy) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(at(&copy)(error)),
        _ => {}
    }
    let put = put_in_place(&database, &copy).await;
    if put.is_err() {
        // What is left is of no use to anybody.
        _ = fs::remove_file(&copy);
    }
    put?;
    File::open(data_dir).and_then(|folder| folder.sync_all()).map_err(at(data_dir))?;
    let after = fs::metadata(&database).map_err(at(&database))?.len();
    let saved = before.saturating_sub(after);
    let done = Done {
        text: format!("{after} bytes now, {saved} given back"),
        json: json!({"database": name, "bytes_before": before, "bytes": after}),
        warnings: Vec::new(),
    };
    done.tell(is_json).map_err(at(data_dir))
}

/// The copy has everything, or the database stays.
async fn put_in_place(database: &Path, copy: &Path) -> Result<(), CareError> {
    let original = inspect(database).await?;
    compacted(database, copy).await?;
    let made = inspect(copy).await?;
    if made != original || !made.faults.is_empty() {
        let fault =
            made.faults.first().cloned().unwrap_or_else(|| "something is missing".to_owned());
        return Err(CareError::NoBackup { path: copy.to_owned(), fault });
    }
    File::open(copy).and_then(|file| file.sync_all()).map_err(at(copy))?;
    fs::rename(copy, database).map_err(at(database))
}
