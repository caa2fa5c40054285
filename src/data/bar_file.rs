//! A series as one file, named by the SHA-256 of its bytes. Blocks on the disk.
//!
//! The file is the canonical encoding that `data_sha256` is taken over, so `sha256sum` of a file
//! prints its name. All numbers are little-endian words of 8 bytes: a header of eight (mark,
//! timeframe, calendar, price tick as mantissa and scale, quantity step likewise, count of bars),
//! then the columns open time, open, high, low, close and volume, each in full.
//!
//! Where days are not those of UTC, the mark has a 2 and the header goes on: the minute at which
//! days begin, the length of the zone's name and the count of its clock's changes, then the name,
//! filled up with zeros to whole words, then each change as UTC milliseconds and the seconds that
//! the clock is ahead from then on.

use std::convert::Infallible;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use super::bar_header::header_words;
use super::spill::{BarColumns, LongSeries, Room, word_of};
use crate::digest::Digest;
use crate::market::{Columns, Series};

/// Six columns of one word.
pub(super) const BAR_BYTES: u64 = 48;
/// How many words are converted at once, on the way out and in.
pub(super) const CHUNK_WORDS: usize = 8192;
const EXTENSION: &str = "bars";
/// What unfinished files begin with, so that they can be told and swept.
pub(super) const UNFINISHED_PREFIX: &str = ".unfinished-";

/// Why a series cannot be had from its file.
#[derive(Debug, thiserror::Error)]
pub enum BarFileError {
    /// There is no such file.
    #[error("bars {0} are not stored")]
    Missing(Digest),
    /// The file is not what its name says: its content does not have that hash.
    #[error("the file of bars {0} is damaged")]
    Damaged(Digest),
    /// The disk refused.
    #[error("bars {0} cannot be read: {1}")]
    Io(Digest, io::Error),
}

/// The hash over the series' bars, ticks, timeframe and calendar: its name everywhere.
pub fn content_hash(series: &Series) -> Digest {
    hash_of(series, &Bars::of(series))
}

/// The same of a series that is not in memory.
pub(super) fn long_content_hash(series: &LongSeries) -> Digest {
    hash_of(&series.head, &Bars::Long(&series.bars))
}

fn hash_of(head: &Series, bars: &Bars<'_>) -> Digest {
    let mut hasher = Sha256::new();
    let Ok(()) = encode(head, bars, |bytes| {
        hasher.update(bytes);
        Ok::<(), Infallible>(())
    });
    Digest::from_bytes(hasher.finalize().into())
}

/// How large the file of that series is.
pub fn file_bytes(series: &Series) -> u64 {
    file_bytes_of(series, series.bars.len())
}

/// The same of a series with so many bars.
pub(super) fn file_bytes_of(head: &Series, bar_count: usize) -> u64 {
    header_words(head, bar_count).as_flattened().len() as u64 + bar_count as u64 * BAR_BYTES
}

/// Where the file of that content lies.
pub fn bar_path(dir: &Path, digest: &Digest) -> PathBuf {
    dir.join(format!("{digest}.{EXTENSION}"))
}

/// Writes the series into `dir` and returns its hash, once it is safe on the disk.
///
/// A file of the same content is replaced by its equal, which mends a damaged one.
pub(super) fn write(dir: &Path, series: &Series) -> io::Result<Digest> {
    write_bars(dir, series, &Bars::of(series), &Room::memory())
}

/// The same of a series that is not in memory; `room` knows whether all of it could be read.
pub(super) fn write_long(dir: &Path, series: &LongSeries, room: &Room) -> io::Result<Digest> {
    write_bars(dir, &series.head, &Bars::Long(&series.bars), room)
}

fn write_bars(dir: &Path, head: &Series, bars: &Bars<'_>, room: &Room) -> io::Result<Digest> {
    let mut hasher = Sha256::new();
    let mut file = tempfile::Builder::new().prefix(UNFINISHED_PREFIX).tempfile_in(dir)?;
    encode(head, bars, |bytes| {
        hasher.update(bytes);
        file.write_all(bytes)
    })?;
    room.check()?;
    file.as_file().sync_all()?;
    let digest = Digest::from_bytes(hasher.finalize().into());
    keep(file, &bar_path(dir, &digest))?;
    sync_dir(dir)?;
    Ok(digest)
}

/// Gives the finished file its name.
pub(super) fn keep(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.persist(path).map(drop).map_err(|refused| refused.error)
}

/// Makes what was added to or removed from the directory survive a loss of power.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Removes what a crash in the middle of writing has left.
pub(super) fn sweep_unfinished(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(UNFINISHED_PREFIX.as_bytes()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Bars that are to be encoded, wherever they are.
enum Bars<'a> {
    InMemory(&'a Columns),
    Long(&'a BarColumns),
}

impl<'a> Bars<'a> {
    const fn of(series: &'a Series) -> Self {
        Self::InMemory(&series.bars)
    }

    fn count(&self) -> usize {
        match self {
            Self::InMemory(bars) => bars.len(),
            Self::Long(bars) => bars.len(),
        }
    }

    /// All columns, in slices.
    fn each_slice<E>(&self, mut take: impl FnMut(&[i64]) -> Result<(), E>) -> Result<(), E> {
        match self {
            Self::InMemory(bars) => {
                let Columns { open_time_ms, open, high, low, close, volume } = bars;
                for column in [open_time_ms, open, high, low, close] {
                    column.chunks(CHUNK_WORDS).try_for_each(&mut take)?;
                }
                volume.chunks(CHUNK_WORDS).try_for_each(|slice| {
                    take(&slice.iter().map(|volume| word_of(*volume)).collect::<Vec<_>>())
                })
            }
            Self::Long(BarColumns { open_time_ms, prices: [open, high, low, close], volume }) => {
                let mut columns = [open_time_ms, open, high, low, close, volume].into_iter();
                columns.try_for_each(|column| column.chunks().try_for_each(|slice| take(&slice)))
            }
        }
    }
}

/// Hands the canonical encoding to `put`, piece by piece.
fn encode<E>(
    head: &Series,
    bars: &Bars<'_>,
    mut put: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    put(header_words(head, bars.count()).as_flattened())?;
    let mut chunk = Vec::with_capacity(CHUNK_WORDS);
    bars.each_slice(|words| {
        chunk.clear();
        chunk.extend(words.iter().map(|word| word.to_le_bytes()));
        put(chunk.as_flattened())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::bar_reader::{read, read_long};
    use crate::market::{
        Calendar, DayRule, Decimal, OffsetChange, SyntheticSpec, TradingDays, Units,
    };
    use proptest::prelude::*;

    fn synthetic(timeframe: &str, bar_count: u64, seed: u64) -> Series {
        let spec = SyntheticSpec {
            bar_count,
            seed,
            annual_volatility: 0.6,
            annual_drift: 0.1,
            trend_strength: 1.0,
            start_ms: 1_577_836_800_000,
            timeframe: timeframe.parse().unwrap(),
            units: Units::with_default_step("0.01".parse().unwrap()),
            calendar: (timeframe == "1d").then_some(Calendar::Sessions),
        };
        spec.series().unwrap()
    }

    /// A failure means that stored data and run keys change their names: never change the hashes,
    /// but give the generator or the encoding a new version.
    #[test]
    fn a_seed_makes_the_same_bars_for_ever() {
        let golden = [
            ("1m", 100_000, 42, "6fd6295484320c4532d80e35824ff673c6d4ec6af4aebea034949bed8ffdf3c3"),
            ("1h", 20_000, 7, "db77213bfc56f0743124391a8d79546293ef24b52010aa4dbc38209090f53917"),
            ("1d", 2_500, 0, "c18c0ef999d903dfbf671c2d875406ba2509732840bf30eeac7695fd55051b8e"),
        ];
        for (timeframe, bar_count, seed, hash) in golden {
            let series = synthetic(timeframe, bar_count, seed);
            assert_eq!(content_hash(&series).to_string(), hash, "{timeframe}");
        }
    }

    #[test]
    fn a_file_is_named_by_the_hash_of_its_bytes_and_holds_the_series() {
        let dir = tempfile::tempdir().unwrap();
        let series = synthetic("1h", 20_000, 1);
        let digest = write(dir.path(), &series).unwrap();
        let bytes = fs::read(bar_path(dir.path(), &digest)).unwrap();
        assert_eq!((Digest::of(&bytes), content_hash(&series)), (digest, digest));
        assert_eq!(bytes.len() as u64, file_bytes(&series));
        assert_eq!(read(dir.path(), &digest).unwrap(), series);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn whatever_a_series_means_is_in_its_hash() {
        let series = synthetic("1h", 10, 1);
        let mut changed = vec![series.clone(); 7];
        changed[0].timeframe = "1m".parse().unwrap();
        changed[1].calendar = Calendar::Sessions;
        changed[2].units.price_tick = Decimal::ONE;
        changed[3].units.quantity_step = Decimal::ONE;
        changed[4].bars.close[9] += 1;
        changed[5].bars.volume[0] += 0.5;
        changed[6].days = new_york();
        for other in changed {
            assert_ne!(content_hash(&other), content_hash(&series));
        }
    }

    /// Days of New York from 17:00, over one change of its clocks.
    fn new_york() -> TradingDays {
        let rule = DayRule { time_zone: "America/New_York".to_owned(), start_minute: 17 * 60 };
        let changes = [(1_704_085_200_000, -18_000), (1_710_054_000_000, -14_400)];
        let change = |(at_ms, offset_s)| OffsetChange { at_ms, offset_s };
        TradingDays::new(rule, changes.map(change).to_vec())
    }

    #[test]
    fn days_of_a_zone_are_kept_with_the_bars() {
        let dir = tempfile::tempdir().unwrap();
        let series = Series { days: new_york(), ..synthetic("1h", 100, 1) };
        let digest = write(dir.path(), &series).unwrap();
        let bytes = fs::read(bar_path(dir.path(), &digest)).unwrap();
        assert_eq!(bytes.len() as u64, file_bytes(&series));
        assert_eq!(read(dir.path(), &digest).unwrap(), series);
        let moved = TradingDays::new(DayRule { start_minute: 0, ..new_york().rule() }, vec![]);
        let named = TradingDays::new(new_york().rule(), vec![]);
        for days in [moved, named] {
            assert_ne!(content_hash(&Series { days, ..series.clone() }), digest);
        }
    }

    #[test]
    fn bars_that_are_not_in_memory_make_the_same_file() {
        let dir = tempfile::tempdir().unwrap();
        let room = Room::on_disk(dir.path(), 8);
        for days in [TradingDays::UTC, new_york()] {
            let series = Series { days, ..synthetic("1h", 1_003, 1) };
            let digest = write(dir.path(), &series).unwrap();
            let long = read_long(dir.path(), &digest, &room).unwrap();
            assert!(long.bars.is_long());
            assert_eq!((long_content_hash(&long), long.bars.len()), (digest, 1_003));
            let mut copied = LongSeries { head: long.head.clone(), bars: BarColumns::new(&room) };
            long.bars.bars().for_each(|bar| copied.bars.push(bar));
            assert_eq!(write_long(dir.path(), &copied, &room).unwrap(), digest);
            assert_eq!(long.into_series(), series);
        }
        let room = Room::memory();
        room.fail(io::Error::other("the disk is full"));
        let refused = write_long(dir.path(), &synthetic("1h", 9, 1).into(), &room);
        assert_eq!(refused.unwrap_err().to_string(), "the disk is full");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing half is left");
    }

    #[test]
    fn a_volume_of_negative_zero_is_zero() {
        let (mut positive, mut negative) = (synthetic("1h", 1, 1), synthetic("1h", 1, 1));
        (positive.bars.volume[0], negative.bars.volume[0]) = (0.0, -0.0);
        assert_eq!(content_hash(&positive), content_hash(&negative));
    }

    #[test]
    fn a_file_that_is_not_there_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let digest = Digest::of(b"nothing");
        assert!(matches!(read(dir.path(), &digest), Err(BarFileError::Missing(_))));
    }

    #[test]
    fn a_pipe_in_place_of_a_file_holds_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let digest = Digest::of(b"pipe");
        let made = std::process::Command::new("mkfifo").arg(bar_path(dir.path(), &digest)).status();
        assert!(made.unwrap().success());
        assert!(matches!(read(dir.path(), &digest), Err(BarFileError::Damaged(_))));
    }

    #[test]
    fn writing_again_mends_a_damaged_file() {
        let dir = tempfile::tempdir().unwrap();
        let series = synthetic("1h", 10, 1);
        let digest = write(dir.path(), &series).unwrap();
        fs::write(bar_path(dir.path(), &digest), b"").unwrap();
        assert!(matches!(read(dir.path(), &digest), Err(BarFileError::Damaged(_))));
        assert_eq!(write(dir.path(), &series).unwrap(), digest);
        assert_eq!(read(dir.path(), &digest).unwrap(), series);
    }

    proptest! {
        #[test]
        fn any_damage_is_noticed(
            at in 0_usize..544,
            bit in 0_u32..8,
            cut in 0_usize..544,
            is_zoned: bool,
        ) {
            let dir = tempfile::tempdir().unwrap();
            let days = if is_zoned { new_york() } else { TradingDays::UTC };
            let series = Series { days, ..synthetic("1h", 10, 1) };
            let digest = write(dir.path(), &series).unwrap();
            let path = bar_path(dir.path(), &digest);
            let bytes = fs::read(&path).unwrap();
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            let longer = [bytes.as_slice(), b"x"].concat();
            for damaged in [&flipped[..], &bytes[..cut], &longer] {
                fs::write(&path, damaged).unwrap();
                let refused = read(dir.path(), &digest);
                prop_assert!(matches!(refused, Err(BarFileError::Damaged(_))), "{:?}", refused);
                let refused = read_long(dir.path(), &digest, &Room::memory());
                prop_assert!(matches!(refused, Err(BarFileError::Damaged(_))), "{:?}", refused);
            }
        }
    }
}
