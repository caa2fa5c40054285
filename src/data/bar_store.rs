//! The stored series, by hash: files on the disk, and the lately used ones in memory.
//!
//! Every call may block on the disk, or on another thread that reads the same file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use super::aux_store::{AuxCache, cache_beside};
use super::bar_file::{self, BarFileError};
use super::bar_reader;
use super::spill::{LongSeries, Room};
use crate::digest::Digest;
use crate::market::{ResampleError, Series, Timeframe, resample};
use crate::telemetry::{Count, Instrument, InstrumentRegistry};

/// How many series the cache keeps books for; more only cost a little room.
const CACHED_SERIES_EXPECTED: usize = 64;

/// A stored series, or one made of it at a longer timeframe.
type CacheKey = (Digest, Option<Timeframe>);

/// Series by the room that their bars take.
#[derive(Clone, Debug)]
struct ByBytes;

impl Weighter<CacheKey, Arc<Series>> for ByBytes {
    fn weight(&self, _: &CacheKey, series: &Arc<Series>) -> u64 {
        bar_file::file_bytes(series)
    }
}

/// Why a series cannot be had at a timeframe.
#[derive(Debug, thiserror::Error)]
pub enum ResampledError {
    /// The stored series cannot be had at all.
    #[error(transparent)]
    File(#[from] BarFileError),
    /// The timeframe does not fit the stored one.
    #[error(transparent)]
    Timeframe(#[from] ResampleError),
}

/// The stored series of one directory.
#[derive(Debug)]
pub struct BarStore {
    pub(super) dir: PathBuf,
    cache: Cache<CacheKey, Arc<Series>, ByBytes>,
    pub(super) aux: AuxCache,
    lookups: CacheLookups,
}

/// How often bars were in memory already, and how often not.
#[derive(Clone, Debug)]
pub struct CacheLookups {
    hits: Count,
    misses: Count,
}

impl Default for CacheLookups {
    fn default() -> Self {
        let hits = "Times that bars were wanted and in memory already";
        let misses = "Times that bars were wanted and had to be read or made";
        Self {
            hits: Count::new("tradeforge_bar_cache_hits", hits),
            misses: Count::new("tradeforge_bar_cache_misses", misses),
        }
    }
}

impl Instrument for CacheLookups {
    fn register(&self, registry: &mut InstrumentRegistry) {
        self.hits.register(registry);
        self.misses.register(registry);
    }
}

impl BarStore {
    /// Opens the directory, making it if need be, and sweeps what a crash has left in it.
    ///
    /// Series are cached up to `cache_bytes`; the ones in use stay in memory beyond that.
    pub fn open(dir: PathBuf, cache_bytes: u64) -> io::Result<Self> {
        fs::create_dir_all(&dir)?;
        bar_file::sweep_unfinished(&dir)?;
        Self::beside(dir, cache_bytes)
    }

    /// Reads from a directory that another process has open, and changes nothing of it.
    pub fn beside(dir: PathBuf, cache_bytes: u64) -> io::Result<Self> {
        let options = OptionsBuilder::new()
            // One shard: a share of the capacity could be too small for a large series.
            .shards(1)
            .estimated_items_capacity(CACHED_SERIES_EXPECTED)
            .weight_capacity(cache_bytes)
            .build()
            .map_err(io::Error::other)?;
        let hash_builder = DefaultHashBuilder::default();
        let cache =
            Cache::with_options(options, ByBytes, hash_builder, DefaultLifecycle::default());
        let aux = cache_beside(cache_bytes)?;
        Ok(Self { dir, cache, aux, lookups: CacheLookups::default() })
    }

    /// Where they are.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Stores the series, safely on the disk when this returns, and keeps it cached.
    pub fn save(&self, series: Series) -> io::Result<(Digest, Arc<Series>)> {
        let digest = bar_file::write(&self.dir, &series)?;
        let key = (digest, None);
        // An equal one in the cache is in use already: better one copy than two.
        let series = self.cache.get(&key).unwrap_or_else(|| {
            let series = Arc::new(series);
            self.cache.insert(key, Arc::clone(&series));
            series
        });
        Ok((digest, series))
    }

    /// Stores the series, safely on the disk when this returns. One whose bars are in memory is
    /// kept cached; a longer one is read when somebody asks for it.
    pub(super) fn save_long(&self, series: LongSeries, room: &Room) -> io::Result<Digest> {
        if series.bars.is_long() {
            return bar_file::write_long(&self.dir, &series, room);
        }
        room.check()?;
        self.save(series.into_series()).map(|(digest, _)| digest)
    }

    /// The series of that hash, with its bars left on the disk.
    pub(super) fn open_long(
        &self,
        digest: &Digest,
        room: &Room,
    ) -> Result<LongSeries, BarFileError> {
        bar_reader::read_long(&self.dir, digest, room)
    }

    /// The series of that hash. Threads that ask for one at the same time share one reading.
    pub fn load(&self, digest: &Digest) -> Result<Arc<Series>, BarFileError> {
        let key = (*digest, None);
        if let Some(series) = self.found(&key) {
            return Ok(series);
        }
        self.cache.get_or_insert_with(&key, || {
            self.lookups.misses.add(1);
            bar_reader::read(&self.dir, digest).map(Arc::new)
        })
    }

    /// The series of that hash at a timeframe: its own, or a whole multiple of it.
    pub fn resampled(
        &self,
        digest: &Digest,
        timeframe: Timeframe,
    ) -> Result<Arc<Series>, ResampledError> {
        let key = (*digest, Some(timeframe));
        if let Some(series) = self.found(&key) {
            return Ok(series);
        }
        let stored = self.load(digest)?;
        if stored.timeframe == timeframe {
            return Ok(stored);
        }
        self.cache.get_or_insert_with(&key, || {
            self.lookups.misses.add(1);
            Ok(resample(&stored, timeframe).map(Arc::new)?)
        })
    }

    fn found(&self, key: &CacheKey) -> Option<Arc<Series>> {
        let found = self.cache.get(key);
        self.lookups.hits.add(found.is_some().into());
        found
    }

    /// What is measured of the cache.
    pub const fn lookups(&self) -> &CacheLookups {
        &self.lookups
    }

    /// Bytes that the cached series take.
    pub fn cached_bytes(&self) -> u64 {
        self.cache.weight()
    }

    /// Where the files are.
    pub fn folder(&self) -> &std::path::Path {
        &self.dir
    }

    /// Whether the series of that hash is stored; that its file is whole shows when it is loaded.
    pub fn contains(&self, digest: &Digest) -> bool {
        bar_file::bar_path(&self.dir, digest).is_file()
    }

    /// Removes the series of that hash; `false` if there was none. Who has it loaded keeps it.
    pub fn remove(&self, digest: &Digest) -> io::Result<bool> {
        let removed = match fs::remove_file(bar_file::bar_path(&self.dir, digest)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            result => result.map(|()| true),
        };
        self.cache.retain(|key, _| key.0 != *digest);
        bar_file::sync_dir(&self.dir)?;
        removed
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;
    use crate::market::{SyntheticSpec, Units};

    const CACHE_BYTES: u64 = 1_000_000;

    fn minutes(bar_count: u64) -> Series {
        let spec = SyntheticSpec {
            bar_count,
            seed: 1,
            annual_volatility: 0.6,
            annual_drift: 0.1,
            trend_strength: 1.0,
            start_ms: 0,
            timeframe: "1m".parse().unwrap(),
            units: Units::with_default_step("0.01".parse().unwrap()),
            calendar: None,
        };
        spec.series().unwrap()
    }

    fn store(cache_bytes: u64) -> (tempfile::TempDir, BarStore) {
        let dir = tempfile::tempdir().unwrap();
        let store = BarStore::open(dir.path().join("bars"), cache_bytes).unwrap();
        (dir, store)
    }

    #[test]
    fn a_saved_series_is_cached_and_outlives_the_store() {
        let (dir, store) = store(CACHE_BYTES);
        let (digest, saved) = store.save(minutes(100)).unwrap();
        assert!(Arc::ptr_eq(&saved, &store.load(&digest).unwrap()));
        assert!(Arc::ptr_eq(&saved, &store.save(minutes(100)).unwrap().1));
        let reopened = BarStore::open(dir.path().join("bars"), CACHE_BYTES).unwrap();
        assert_eq!(reopened.load(&digest).unwrap(), saved);
    }

    #[test]
    fn loads_at_the_same_time_share_one_reading() {
        let (dir, store) = store(CACHE_BYTES);
        let (digest, _) = store.save(minutes(10_000)).unwrap();
        let cold = BarStore::open(dir.path().join("bars"), CACHE_BYTES).unwrap();
        let barrier = Barrier::new(4);
        let load = || {
            barrier.wait();
            cold.load(&digest).unwrap()
        };
        let loaded: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(load)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(loaded.iter().all(|series| Arc::ptr_eq(series, &loaded[0])));
        assert_eq!(cold.cache.len(), 1);
    }

    #[test]
    fn the_cache_holds_no_more_than_its_bytes() {
        let (_dir, store) = store(100_000);
        let digests: Vec<_> = (1..20).map(|n| store.save(minutes(n * 100)).unwrap().0).collect();
        assert!(store.cache.weight() <= 100_000);
        let (large, _) = store.save(minutes(10_000)).unwrap();
        assert_eq!(store.load(&large).unwrap().bars.len(), 10_000);
        assert!(store.cache.weight() <= 100_000);
        assert!(digests.iter().all(|digest| store.load(digest).is_ok()));
    }

    #[test]
    fn a_longer_timeframe_is_made_once() {
        let (_dir, store) = store(CACHE_BYTES);
        let (digest, saved) = store.save(minutes(600)).unwrap();
        let hours = store.resampled(&digest, "1h".parse().unwrap()).unwrap();
        assert_eq!((hours.bars.len(), hours.timeframe.to_string()), (10, "1h".into()));
        let again = store.resampled(&digest, "1h".parse().unwrap()).unwrap();
        assert!(Arc::ptr_eq(&hours, &again));
        let same = store.resampled(&digest, "1m".parse().unwrap()).unwrap();
        assert!(Arc::ptr_eq(&saved, &same));
    }

    #[test]
    fn what_cannot_be_resampled_says_why() {
        let (_dir, store) = store(CACHE_BYTES);
        let hours = resample(&minutes(600), "1h".parse().unwrap()).unwrap();
        let (digest, _) = store.save(hours).unwrap();
        let refused = store.resampled(&digest, "90m".parse().unwrap());
        assert!(matches!(refused, Err(ResampledError::Timeframe(_))));
        let refused = store.resampled(&Digest::of(b"no"), "90m".parse().unwrap());
        assert!(matches!(refused, Err(ResampledError::File(BarFileError::Missing(_)))));
    }

    #[test]
    fn a_removed_series_is_gone_from_disk_and_cache() {
        let (_dir, store) = store(CACHE_BYTES);
        let (digest, saved) = store.save(minutes(600)).unwrap();
        store.resampled(&digest, "1h".parse().unwrap()).unwrap();
        assert!(store.contains(&digest));
        assert!(store.remove(&digest).unwrap());
        assert!(!store.contains(&digest) && store.cache.is_empty());
        assert!(matches!(store.load(&digest), Err(BarFileError::Missing(_))));
        assert!(!store.remove(&digest).unwrap());
        assert_eq!(saved.bars.len(), 600);
    }

    #[test]
    fn opening_sweeps_unfinished_files_and_nothing_else() {
        let (dir, store) = store(CACHE_BYTES);
        let (digest, _) = store.save(minutes(10)).unwrap();
        let unfinished = dir.path().join("bars/.unfinished-abc");
        fs::write(&unfinished, b"half").unwrap();
        let reopened = BarStore::open(dir.path().join("bars"), CACHE_BYTES).unwrap();
        assert!(!unfinished.exists() && reopened.contains(&digest));
    }
}
