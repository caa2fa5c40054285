//! The stored auxiliary series, by hash: files beside those of bars, and the lately used ones in
//! memory. Every call may block on the disk.

use std::fs;
use std::io;
use std::sync::Arc;

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use super::aux_file::{self, AuxFileError};
use super::bar_file::sync_dir;
use super::bar_store::BarStore;
use crate::digest::Digest;
use crate::market::AuxSeries;

/// How many series the cache keeps books for; more only cost a little room.
const CACHED_SERIES_EXPECTED: usize = 16;
/// Room beside that of bars: so large a part of it.
const SHARE_OF_BARS: u64 = 8;

/// The lately used series.
pub(super) type AuxCache = Cache<Digest, Arc<AuxSeries>, ByBytes>;

/// Series by the room that their rows take.
#[derive(Clone, Debug)]
pub(super) struct ByBytes;

impl Weighter<Digest, Arc<AuxSeries>> for ByBytes {
    fn weight(&self, _: &Digest, series: &Arc<AuxSeries>) -> u64 {
        aux_file::file_bytes(series)
    }
}

/// A cache beside one of bars of so many bytes.
pub(super) fn cache_beside(bar_cache_bytes: u64) -> io::Result<AuxCache> {
    let options = OptionsBuilder::new()
        // One shard: a share of the capacity could be too small for a large series.
        .shards(1)
        .estimated_items_capacity(CACHED_SERIES_EXPECTED)
        .weight_capacity(bar_cache_bytes / SHARE_OF_BARS)
        .build()
        .map_err(io::Error::other)?;
    let hash_builder = DefaultHashBuilder::default();
    Ok(Cache::with_options(options, ByBytes, hash_builder, DefaultLifecycle::default()))
}

impl BarStore {
    /// Stores the series, safely on the disk when this returns; with its hash and the size of its
    /// file.
    pub fn save_aux(&self, series: AuxSeries) -> io::Result<(Digest, u64)> {
        let digest = aux_file::write(&self.dir, &series)?;
        let bytes = aux_file::file_bytes(&series);
        self.aux.insert(digest, Arc::new(series));
        Ok((digest, bytes))
    }

    /// The auxiliary series of that hash. Threads that ask for one at the same time share one
    /// reading.
    pub fn load_aux(&self, digest: &Digest) -> Result<Arc<AuxSeries>, AuxFileError> {
        self.aux.get_or_insert_with(digest, || aux_file::read(&self.dir, digest).map(Arc::new))
    }

    /// Whether the auxiliary series of that hash is stored; that its file is whole shows when it is
    /// loaded.
    pub fn contains_aux(&self, digest: &Digest) -> bool {
        aux_file::aux_path(&self.dir, digest).is_file()
    }

    /// Removes the auxiliary series of that hash; `false` if there was none. Who has it loaded
    /// keeps it.
    pub fn remove_aux(&self, digest: &Digest) -> io::Result<bool> {
        let removed = match fs::remove_file(aux_file::aux_path(&self.dir, digest)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            result => result.map(|()| true),
        };
        self.aux.remove(digest);
        sync_dir(&self.dir)?;
        removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{AuxColumn, AuxName};

    fn series(rows: i64) -> AuxSeries {
        let mut column = AuxColumn::with_capacity(AuxName::new("weight").unwrap(), 1);
        for row in 0..rows {
            column.push(Some(row as f64));
        }
        AuxSeries::new((0..rows).collect(), vec![column]).unwrap()
    }

    #[test]
    fn a_saved_series_outlives_the_store_and_a_removed_one_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let open = || BarStore::open(dir.path().to_owned(), 1 << 20).unwrap();
        let store = open();
        let (digest, bytes) = store.save_aux(series(100)).unwrap();
        assert_eq!(fs::metadata(aux_file::aux_path(dir.path(), &digest)).unwrap().len(), bytes);
        let reopened = open();
        let loaded = reopened.load_aux(&digest).unwrap();
        assert_eq!(loaded.value(99, 0), Some(99.0));
        assert!(Arc::ptr_eq(&loaded, &reopened.load_aux(&digest).unwrap()));
        assert!(reopened.remove_aux(&digest).unwrap() && !reopened.remove_aux(&digest).unwrap());
        assert!(matches!(reopened.load_aux(&digest), Err(AuxFileError::Missing(_))));
        assert_eq!(loaded.len(), 100);
    }
}
