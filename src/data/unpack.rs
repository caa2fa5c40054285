//! Files as they come from the net: packed by gzip, zstd or zip, or not at all. Which, their first
//! bytes tell; names are not looked at.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;
use zip::result::ZipError;

use super::import_error::{ImportError, ImportProblem};

/// The most bytes that one file may unpack to.
const UNPACKED_BYTES_MAX: u64 = 16 << 30;
/// The most bytes to one of the packed file: bars come to some ten, a bomb to a thousand.
const UNPACK_RATIO_MAX: u64 = 200;
/// Small files of very equal bars may be packed closer than that, up to here.
const UNPACKED_BYTES_SMALL: u64 = 16 << 20;

const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
const ZIP: &[u8] = b"PK\x03\x04";
const ZIP_WITHOUT_FILES: &[u8] = b"PK\x05\x06";

/// A file whose end can be looked at first.
pub(super) trait ReadSeek: Read + Seek {}

impl<R: Read + Seek> ReadSeek for R {}

/// Gives `read` the bytes of the file, unpacked where it is packed.
///
/// # Errors
///
/// What `read` makes of it, and [`ImportProblem::NotOneFile`] for a zip that holds none or several.
pub(super) fn unpacked<T>(
    source_name: &str,
    mut file: Box<dyn ReadSeek>,
    read: impl FnOnce(&mut dyn Read) -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    let of_file = |problem| ImportError::of_file(source_name, problem);
    let (head, limit) = look_at(&mut file).map_err(|error| of_file(ImportProblem::Io(error)))?;
    let io = |error| of_file(ImportProblem::Io(error));
    if head.starts_with(GZIP) {
        read(&mut Bounded::new(MultiGzDecoder::new(BufReader::new(file)), limit))
    } else if head.starts_with(ZSTD) {
        read(&mut Bounded::new(zstd::stream::read::Decoder::new(file).map_err(io)?, limit))
    } else if head.starts_with(ZIP) || head.starts_with(ZIP_WITHOUT_FILES) {
        let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|e| io(e.into()))?;
        let name = only_file(&archive).map_err(|e| io(e.into()))?.map_err(of_file)?;
        let entry = archive.by_name(&name).map_err(|e| io(e.into()))?;
        read(&mut Bounded::new(entry, limit))
    } else {
        read(&mut file)
    }
}

/// The first bytes, and how many there may be once it is unpacked.
fn look_at(file: &mut dyn ReadSeek) -> io::Result<(Vec<u8>, u64)> {
    let packed_bytes = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    let mut head = Vec::new();
    file.take(4).read_to_end(&mut head)?;
    file.rewind()?;
    Ok((head, unpacked_bytes_max(packed_bytes)))
}

/// The most bytes that a packed file of that size may unpack to.
pub(super) fn unpacked_bytes_max(packed_bytes: u64) -> u64 {
    let in_ratio = packed_bytes.saturating_mul(UNPACK_RATIO_MAX).max(UNPACKED_BYTES_SMALL);
    in_ratio.min(UNPACKED_BYTES_MAX)
}

/// The name of the one file of an archive; folders, and what a Mac adds, are none.
fn only_file<R: Read + Seek>(
    archive: &ZipArchive<R>,
) -> Result<Result<String, ImportProblem>, ZipError> {
    let mut names = Vec::new();
    for name in archive.file_names() {
        let name = name?;
        if !name.ends_with('/') && !name.starts_with("__MACOSX/") {
            names.push(name.into_owned());
        }
    }
    Ok(match <[String; 1]>::try_from(names) {
        Ok([name]) => Ok(name),
        Err(names) => Err(ImportProblem::NotOneFile { found: names.len() }),
    })
}

/// Passes bytes on up to a limit, and fails beyond it.
struct Bounded<R> {
    inner: R,
    left: u64,
    limit: u64,
}

impl<R> Bounded<R> {
    const fn new(inner: R, limit: u64) -> Self {
        Self { inner, left: limit, limit }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            let limit = self.limit;
            let message = format!("it unpacks to more than {limit} bytes, the most for its size");
            io::Error::new(io::ErrorKind::InvalidData, message)
        })?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use super::*;
    use zip::write::SimpleFileOptions;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            archive.start_file(*name, SimpleFileOptions::default()).unwrap();
            archive.write_all(bytes).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    fn read(packed: Vec<u8>) -> Result<Vec<u8>, String> {
        let read_all = |reader: &mut dyn Read| {
            let mut bytes = Vec::new();
            let read = reader.read_to_end(&mut bytes);
            read.map_err(|error| ImportError::of_file("a", ImportProblem::Io(error)))?;
            Ok(bytes)
        };
        unpacked("a", Box::new(Cursor::new(packed)), read_all).map_err(|error| error.to_string())
    }

    #[test]
    fn packed_files_are_told_by_their_first_bytes_and_others_are_as_they_are() {
        let text = b"time,open\n".repeat(1_000);
        assert_eq!(read(text.clone()), Ok(text.clone()));
        assert_eq!(read(Vec::new()), Ok(Vec::new()));
        assert_eq!(read(gzip(&text)), Ok(text.clone()));
        assert_eq!(read(zstd::encode_all(&text[..], 1).unwrap()), Ok(text.clone()));
        assert_eq!(read(zip_of(&[("BTCUSDT-1m.csv", &text)])), Ok(text.clone()));
        let with_more: &[(&str, &[u8])] = &[("__MACOSX/._a.csv", b"x"), ("a.csv", &text)];
        assert_eq!(read(zip_of(with_more)), Ok(text));
    }

    #[test]
    fn files_packed_one_after_the_other_are_one() {
        let two = [gzip(b"a,b\n"), gzip(b"1,2\n")].concat();
        assert_eq!(read(two), Ok(b"a,b\n1,2\n".to_vec()));
    }

    #[test]
    fn a_zip_holds_one_file() {
        let two: &[(&str, &[u8])] = &[("a.csv", b"1"), ("b.csv", b"2")];
        let said = read(zip_of(two)).unwrap_err();
        assert_eq!(said, "a: is a zip of 2 files; pack one, or send them as files of one import");
        assert!(read(zip_of(&[])).unwrap_err().contains("0 files"));
    }

    #[test]
    fn a_bomb_is_refused_before_it_goes_off() {
        let zeros = vec![b'0'; (UNPACKED_BYTES_SMALL + 1) as usize];
        let bombs =
            [gzip(&zeros), zstd::encode_all(&zeros[..], 1).unwrap(), zip_of(&[("a", &zeros)])];
        for bomb in bombs {
            let said = read(bomb).unwrap_err();
            assert!(said.contains("unpacks to more than 16777216 bytes"), "{said}");
        }
    }

    #[test]
    fn damage_is_told() {
        let mut broken = gzip(&b"time,open\n".repeat(1_000));
        broken.truncate(broken.len() / 2);
        assert!(read(broken).is_err());
        assert!(read(b"PK\x03\x04 and nothing more".to_vec()).is_err());
    }
}
