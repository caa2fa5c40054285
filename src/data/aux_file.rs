//! An auxiliary series as one file, named by the SHA-256 of its bytes. Blocks on the disk.
//!
//! All numbers are little-endian words of 8 bytes: a header of four (mark, count of rows, count of
//! columns, length of the names), then the names with a line feed after each, filled up with zeros
//! to whole words, then the times at which rows were known, then each column in full; an absent
//! value is the NaN of the bits 0x7ff8000000000000.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::bar_file::{UNFINISHED_PREFIX, keep, sync_dir};
use super::bar_header::{WORD_BYTES, Word};
use crate::digest::Digest;
use crate::market::{AUX_COLUMNS_MAX, AuxColumn, AuxName, AuxSeries};

/// The first word; its last byte is the version of the format.
const MARK: Word = *b"TFAUX\0\0\x01";
const HEADER_WORDS: usize = 4;
/// Names of the most columns, each of the longest.
const NAMES_BYTES_MAX: usize = AUX_COLUMNS_MAX * 65;
/// The bits of a value that is absent.
const ABSENT_BITS: u64 = 0x7ff8_0000_0000_0000;
const EXTENSION: &str = "aux";

/// Why an auxiliary series cannot be had from its file.
#[derive(Debug, thiserror::Error)]
pub enum AuxFileError {
    /// There is no such file.
    #[error("the auxiliary series {0} is not stored")]
    Missing(Digest),
    /// The file is not what its name says: its content does not have that hash.
    #[error("the file of the auxiliary series {0} is damaged")]
    Damaged(Digest),
    /// The disk refused.
    #[error("the auxiliary series {0} cannot be read: {1}")]
    Io(Digest, io::Error),
}

/// Where the file of that content lies.
pub fn aux_path(dir: &Path, digest: &Digest) -> PathBuf {
    dir.join(format!("{digest}.{EXTENSION}"))
}

/// How large the file of that series is.
pub(super) fn file_bytes(series: &AuxSeries) -> u64 {
    let words = series.len() * (series.columns().len() + 1);
    (head(series).len() + words * WORD_BYTES) as u64
}

/// Writes the series into `dir` and returns its hash, once it is safe on the disk.
///
/// A file of the same content is replaced by its equal, which mends a damaged one.
pub(super) fn write(dir: &Path, series: &AuxSeries) -> io::Result<Digest> {
    let mut hasher = Sha256::new();
    let file = tempfile::Builder::new().prefix(UNFINISHED_PREFIX).tempfile_in(dir)?;
    let mut writer = io::BufWriter::new(file);
    let mut put = |bytes: &[u8]| {
        hasher.update(bytes);
        writer.write_all(bytes)
    };
    put(&head(series))?;
    for known_ms in series.known_ms() {
        put(&known_ms.to_le_bytes())?;
    }
    for value in series.columns().iter().flat_map(AuxColumn::values) {
        put(&value.map_or(ABSENT_BITS, f64::to_bits).to_le_bytes())?;
    }
    let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    let digest = Digest::from_bytes(hasher.finalize().into());
    keep(file, &aux_path(dir, &digest))?;
    sync_dir(dir)?;
    Ok(digest)
}

/// How many rows the file of that content has, once it is proved that it is whole.
pub fn check_aux(dir: &Path, digest: &Digest) -> Result<usize, AuxFileError> {
    read(dir, digest).map(|series| series.len())
}

/// Reads the series of that hash, and proves that it is.
pub(super) fn read(dir: &Path, digest: &Digest) -> Result<AuxSeries, AuxFileError> {
    let mut bytes = Vec::new();
    let opened = File::open(aux_path(dir, digest));
    match opened.and_then(|mut file| file.read_to_end(&mut bytes)) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(AuxFileError::Missing(*digest));
        }
        Err(error) => return Err(AuxFileError::Io(*digest, error)),
    }
    let is_whole = Digest::of(&bytes) == *digest;
    let series = is_whole.then(|| decode(&bytes)).flatten();
    series.ok_or(AuxFileError::Damaged(*digest))
}

/// What stands before the rows.
fn head(series: &AuxSeries) -> Vec<u8> {
    let mut names = String::new();
    for column in series.columns() {
        names.push_str(column.name());
        names.push('\n');
    }
    let counts = [series.len(), series.columns().len(), names.len()];
    let mut head = MARK.to_vec();
    for count in counts {
        head.extend((count as u64).to_le_bytes());
    }
    head.extend(names.bytes());
    head.resize(head.len().next_multiple_of(WORD_BYTES), 0);
    head
}

/// The series of those bytes; `None` if they are not one.
fn decode(bytes: &[u8]) -> Option<AuxSeries> {
    let (words, rest) = bytes.as_chunks::<WORD_BYTES>();
    let (header, body) = words.split_at_checked(HEADER_WORDS)?;
    if header[0] != MARK || !rest.is_empty() {
        return None;
    }
    let count = |place: usize| usize::try_from(u64::from_le_bytes(header[place])).ok();
    let (rows, columns, names_bytes) = (count(1)?, count(2)?, count(3)?);
    if columns > AUX_COLUMNS_MAX || names_bytes > NAMES_BYTES_MAX {
        return None;
    }
    let (names, body) = body.split_at_checked(names_bytes.div_ceil(WORD_BYTES))?;
    let names = std::str::from_utf8(&names.as_flattened()[..names_bytes]).ok()?;
    let names: Option<Vec<AuxName>> = names.lines().map(|name| AuxName::new(name).ok()).collect();
    let names = names.filter(|names| names.len() == columns)?;
    if Some(body.len()) != rows.checked_mul(columns + 1) {
        return None;
    }
    let (known, mut body) = body.split_at(rows);
    let known_ms = known.iter().map(|word| i64::from_le_bytes(*word)).collect();
    let mut found = Vec::with_capacity(columns);
    for name in names {
        let (values, rest) = body.split_at(rows);
        let mut column = AuxColumn::with_capacity(name, rows);
        for word in values {
            let value = f64::from_le_bytes(*word);
            column.push(Some(value));
        }
        found.push(column);
        body = rest;
    }
    AuxSeries::new(known_ms, found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;

    fn series(rows: i64) -> AuxSeries {
        let mut columns = ["weight", "score"]
            .map(|name| AuxColumn::with_capacity(AuxName::new(name).unwrap(), rows as usize));
        for row in 0..rows {
            columns[0].push((row % 3 > 0).then_some(row as f64 / 7.0));
            columns[1].push(Some(-(row as f64)));
        }
        let known = (0..rows).map(|row| 1_700_000_000_000 + row * 60_000).collect();
        AuxSeries::new(known, columns.into()).unwrap()
    }

    fn values(series: &AuxSeries) -> Vec<Option<f64>> {
        series.columns().iter().flat_map(AuxColumn::values).collect()
    }

    #[test]
    fn a_file_is_named_by_the_hash_of_its_bytes_and_holds_the_series() {
        let dir = tempfile::tempdir().unwrap();
        let written = series(1_000);
        let digest = write(dir.path(), &written).unwrap();
        let bytes = fs::read(aux_path(dir.path(), &digest)).unwrap();
        assert_eq!(Digest::of(&bytes), digest);
        assert_eq!(bytes.len() as u64, file_bytes(&written));
        let read = read(dir.path(), &digest).unwrap();
        assert_eq!(read.known_ms(), written.known_ms());
        assert_eq!(values(&read), values(&written));
        assert_eq!(read.columns()[1].name(), "score");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    /// A failure means that stored data and run keys change their names: give the encoding a new
    /// version instead.
    #[test]
    fn the_same_rows_have_the_same_name_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let digest = write(dir.path(), &series(10)).unwrap();
        assert_eq!(digest.to_string(), GOLDEN);
    }

    const GOLDEN: &str = "8852b6935ee4504e033ee5500fde9f1ecfcfe02d67405c04eae3726f046b8088";

    #[test]
    fn names_times_and_values_are_all_in_the_hash() {
        let dir = tempfile::tempdir().unwrap();
        let hash = |time: i64, name: &str, value: Option<f64>| {
            let mut column = AuxColumn::with_capacity(AuxName::new(name).unwrap(), 1);
            column.push(value);
            write(dir.path(), &AuxSeries::new(vec![time], vec![column]).unwrap()).unwrap()
        };
        let first = hash(1, "a", Some(1.0));
        for other in [hash(2, "a", Some(1.0)), hash(1, "b", Some(1.0)), hash(1, "a", None)] {
            assert_ne!(other, first);
        }
        assert_eq!(hash(1, "a", Some(0.0)), hash(1, "a", Some(-0.0)));
    }

    #[test]
    fn a_file_that_is_not_there_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let missing = check_aux(dir.path(), &Digest::of(b"nothing"));
        assert!(matches!(missing, Err(AuxFileError::Missing(_))));
    }

    proptest! {
        #[test]
        fn any_damage_is_noticed(at in 0_usize..280, bit in 0_u32..8, cut in 0_usize..280) {
            let dir = tempfile::tempdir().unwrap();
            let digest = write(dir.path(), &series(10)).unwrap();
            let path = aux_path(dir.path(), &digest);
            let bytes = fs::read(&path).unwrap();
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            for damaged in [&flipped[..], &bytes[..cut]] {
                fs::write(&path, damaged).unwrap();
                let refused = read(dir.path(), &digest);
                prop_assert!(matches!(refused, Err(AuxFileError::Damaged(_))));
            }
        }

        #[test]
        fn bytes_that_are_no_series_are_never_taken_for_one(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            rows: u64,
            columns: u64,
            names: u64,
        ) {
            let header = [MARK, rows.to_le_bytes(), columns.to_le_bytes(), names.to_le_bytes()];
            let _ = decode(&[header.as_flattened(), &bytes].concat());
        }
    }
}
