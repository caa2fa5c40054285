//! The tables within a file: of an archive several, of anything else the one that it is. What they
//! are, their first bytes tell. Knows nothing of bars.

mod content;
mod kind;
mod members;
mod open_table;
#[cfg(test)]
mod tests;
mod workbook;

use std::io::{BufReader, Cursor, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;
use zip::ZipArchive;

pub(super) use self::content::Content;
use self::content::head_of;
use self::kind::{Kind, Packing};
use self::members::Members;
pub(super) use self::open_table::open_table;
#[cfg(feature = "parquet")]
use super::arrow;
use super::import_error::{ImportError, ImportProblem};
use super::json;
#[cfg(feature = "parquet")]
use super::parquet;
use super::parsed_bars::ParsedBars;
use super::reading::{Declared, read_csv};
use super::unpack::{Bounded, Budget};

/// The memory that a file packed by xz may ask for: its best packing asks for half of it.
const XZ_KIB_MAX: u32 = 128 << 10;

/// What was read of one file.
#[derive(Debug)]
pub(super) struct Contents {
    /// The bars of each table that holds some.
    pub(super) tables: Vec<ParsedBars>,
    /// The names of the members of an archive that hold none.
    pub(super) left_out: Vec<String>,
}

impl Contents {
    fn of_one(table: ParsedBars) -> Self {
        Self { tables: vec![table], left_out: Vec::new() }
    }
}

/// Reads all bars of a file, unpacked where it is packed; `spool_dir` holds what is unpacked and
/// must be read from several places.
///
/// # Errors
///
/// What is wrong with the file, with the place in it.
pub(super) fn read_file(
    source_name: &str,
    mut content: Content,
    declared: &Declared,
    spool_dir: &Path,
) -> Result<Contents, ImportError> {
    declared.check()?;
    let looked = content.head();
    let (head, length) = looked.map_err(|error| of_io(source_name, error))?;
    let unpacking = Unpacking { declared, spool_dir, budget: Budget::of(length) };
    let kind = Kind::of(&head);
    match kind {
        Kind::Zip => unpacking.zip(source_name, content),
        Kind::Packed(packing) => {
            let opened = unpacking.unpacked(packing, content);
            unpacking.stream(source_name, opened.map_err(|error| of_io(source_name, error))?)
        }
        Kind::Tar => unpacking.tar(source_name, content),
        #[cfg(feature = "parquet")]
        Kind::Parquet | Kind::Arrow => {
            let budget = &unpacking.budget;
            read_typed(source_name, kind, content, declared, budget).map(Contents::of_one)
        }
        kind => read_table(source_name, kind, &mut content, declared).map(Contents::of_one),
    }
}

/// How one packed file is unpacked.
struct Unpacking<'a> {
    declared: &'a Declared,
    spool_dir: &'a Path,
    budget: Budget,
}

impl Unpacking<'_> {
    /// The bytes of a stream, unpacked.
    fn unpacked<'r>(
        &self,
        packing: Packing,
        packed: impl Read + 'r,
    ) -> std::io::Result<Bounded<Box<dyn Read + 'r>>> {
        let packed = BufReader::new(packed);
        let unpacked: Box<dyn Read + 'r> = match packing {
            Packing::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Packing::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(packed)?),
            Packing::Xz => Box::new(XzReader::new_mem_limit(packed, true, XZ_KIB_MAX)),
            Packing::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(packed)),
        };
        Ok(self.budget.bound(unpacked))
    }

    /// A stream that may be an archive.
    fn stream(&self, name: &str, mut reader: impl Read) -> Result<Contents, ImportError> {
        let head = head_of(&mut reader).map_err(|error| of_io(name, error))?;
        let kind = Kind::of(&head);
        let mut whole = Cursor::new(head).chain(reader);
        if kind == Kind::Tar {
            return self.tar(name, whole);
        }
        self.table(name, kind, &mut whole, self.declared).map(Contents::of_one)
    }

    fn zip(&self, name: &str, content: Content) -> Result<Contents, ImportError> {
        let io = |error: zip::result::ZipError| of_io(name, error.into());
        let mut archive = ZipArchive::new(BufReader::new(content)).map_err(io)?;
        if archive.index_for_name(workbook::MARK).is_some() {
            let content = archive.into_inner().into_inner();
            return workbook::read_workbook(name, content, self.declared, &self.budget);
        }
        let mut members = Members::of(name, self.declared);
        for index in 0..archive.len() {
            let entry = archive.by_index(index).map_err(io)?;
            let member = entry.name().map_err(io)?.into_owned();
            let mut bytes = self.budget.bound(entry);
            members.take(&member, |name, declared| self.member(name, &mut bytes, declared))?;
        }
        members.finish()
    }

    fn tar(&self, name: &str, reader: impl Read) -> Result<Contents, ImportError> {
        let io = |error| of_io(name, error);
        let mut archive = tar::Archive::new(reader);
        let mut members = Members::of(name, self.declared);
        for entry in archive.entries().map_err(io)? {
            let mut entry = entry.map_err(io)?;
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let member = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            members.take(&member, |name, declared| self.member(name, &mut entry, declared))?;
        }
        members.finish()
    }

    /// One file of an archive, which may be packed once more, but is no archive.
    fn member(
        &self,
        name: &str,
        reader: &mut dyn Read,
        declared: &Declared,
    ) -> Result<ParsedBars, ImportError> {
        let io = |error| of_io(name, error);
        let head = head_of(reader).map_err(io)?;
        let kind = Kind::of(&head);
        let mut whole = Cursor::new(head).chain(reader);
        let Kind::Packed(packing) = kind else {
            return self.table(name, kind, &mut whole, declared);
        };
        let mut reader = self.unpacked(packing, whole).map_err(io)?;
        let head = head_of(&mut reader).map_err(io)?;
        let kind = Kind::of(&head);
        self.table(name, kind, &mut Cursor::new(head).chain(reader), declared)
    }

    /// A table that comes as a stream.
    fn table(
        &self,
        name: &str,
        kind: Kind,
        reader: &mut dyn Read,
        declared: &Declared,
    ) -> Result<ParsedBars, ImportError> {
        #[cfg(feature = "parquet")]
        if matches!(kind, Kind::Parquet | Kind::Arrow) {
            let spooled = Content::spooled(reader, self.spool_dir);
            let spooled = spooled.map_err(|error| of_io(name, error))?;
            return read_typed(name, kind, spooled, declared, &self.budget);
        }
        read_table(name, kind, reader, declared)
    }
}

/// A table that is read from its beginning to its end.
fn read_table(
    name: &str,
    kind: Kind,
    reader: &mut dyn Read,
    declared: &Declared,
) -> Result<ParsedBars, ImportError> {
    let foreign =
        |what, advice| Err(ImportError::of_file(name, ImportProblem::Foreign { what, advice }));
    match kind {
        Kind::Text => read_csv(name, reader, declared),
        Kind::Json => json::read_json(name, reader, declared),
        Kind::Foreign { what, advice } => foreign(what, advice),
        Kind::Parquet | Kind::Arrow => {
            foreign("Parquet or Arrow, which this build cannot read", "write it as CSV")
        }
        Kind::Zip | Kind::Tar | Kind::Packed(_) => {
            foreign("packed once more within what is packed", "unpack it once")
        }
    }
}

/// A table of typed columns, which is read from several places.
#[cfg(feature = "parquet")]
fn read_typed(
    name: &str,
    kind: Kind,
    content: Content,
    declared: &Declared,
    budget: &Budget,
) -> Result<ParsedBars, ImportError> {
    if kind == Kind::Arrow {
        return arrow::read_arrow(name, content, declared, budget);
    }
    match content {
        Content::Bytes(bytes) => parquet::read_parquet(name, bytes.into_inner(), declared),
        Content::Disk(file) => parquet::read_parquet(name, file, declared),
    }
}

fn of_io(source_name: &str, error: std::io::Error) -> ImportError {
    ImportError::of_file(source_name, ImportProblem::Io(error))
}
