//! The one table of a file, whatever it holds: text with headings, Parquet or Arrow, packed or not.

use std::path::Path;

use super::content::Content;
use super::kind::Kind;
use super::{Unpacking, of_io};
#[cfg(feature = "parquet")]
use crate::data::arrow::open_arrow;
use crate::data::aux_problem::AuxProblem;
use crate::data::import_error::{ImportError, ImportProblem};
#[cfg(feature = "parquet")]
use crate::data::parquet::open_parquet;
use crate::data::reading::{Declared, OpenTable, open_headed};
use crate::data::unpack::Budget;
use crate::market::Timeframe;

/// Opens the table of a file and lets `read` read it; `spool_dir` takes what must be unpacked
/// first.
///
/// # Errors
///
/// What is wrong with the file, or what `read` finds wrong.
pub(in crate::data) fn open_table<T>(
    source_name: &str,
    mut content: Content,
    spool_dir: &Path,
    read: impl FnOnce(OpenTable<'_>) -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    let io = |error| of_io(source_name, error);
    let (head, length) = content.head().map_err(io)?;
    let budget = Budget::of(length);
    let kind = Kind::of(&head);
    let Kind::Packed(packing) = kind else {
        return opened(source_name, kind, content, &budget, read);
    };
    let declared = Declared::of(Timeframe::MINUTE);
    let unpacking = Unpacking { declared: &declared, spool_dir, budget: budget.clone() };
    let mut unpacked = unpacking.unpacked(packing, content).map_err(io)?;
    let mut content = Content::spooled(&mut unpacked, spool_dir).map_err(io)?;
    let (head, _) = content.head().map_err(io)?;
    opened(source_name, Kind::of(&head), content, &budget, read)
}

fn opened<T>(
    source_name: &str,
    kind: Kind,
    mut content: Content,
    budget: &Budget,
    read: impl FnOnce(OpenTable<'_>) -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    let what = match kind {
        Kind::Text => {
            let (names, mut rows) = open_headed(source_name, &mut content)?;
            return read(OpenTable { names, stated: Vec::new(), rows: &mut rows });
        }
        #[cfg(feature = "parquet")]
        Kind::Arrow => return open_arrow(source_name, content, budget, read),
        #[cfg(feature = "parquet")]
        Kind::Parquet => {
            return match content {
                Content::Bytes(bytes) => open_parquet(source_name, bytes.into_inner(), read),
                Content::Disk(file) => open_parquet(source_name, file, read),
            };
        }
        #[cfg(not(feature = "parquet"))]
        Kind::Arrow | Kind::Parquet => "Parquet or Arrow, which this build cannot read",
        Kind::Json => "JSON",
        Kind::Zip => "a ZIP archive or a workbook",
        Kind::Tar => "a tar archive",
        Kind::Packed(_) => "packed once more within what is packed",
        Kind::Foreign { what, .. } => what,
    };
    let problem = ImportProblem::from(AuxProblem::Container { what });
    Err(ImportError::of_file(source_name, problem))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn names_of(bytes: &[u8]) -> Result<(Vec<String>, usize), String> {
        let dir = tempfile::tempdir().unwrap();
        let content = Content::of_bytes(bytes.to_vec());
        let read = |table: OpenTable<'_>| {
            let (mut record, mut rows) = (csv::ByteRecord::new(), 0);
            while table.rows.advance(&mut record)? {
                rows += 1;
            }
            Ok((table.names, rows))
        };
        open_table("t", content, dir.path(), read).map_err(|error| error.to_string())
    }

    #[test]
    fn a_text_is_read_packed_or_not_and_an_archive_is_none() {
        let text = b"known_at,weight\n2024-01-01,1\n2024-01-02,0.5\n";
        let wanted = (vec!["known_at".to_owned(), "weight".to_owned()], 2);
        assert_eq!(names_of(text), Ok(wanted.clone()));
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(text).unwrap();
        let packed = packer.finish().unwrap();
        assert_eq!(names_of(&packed), Ok(wanted));
        for (bytes, what) in [(&b"PK\x03\x04"[..], "ZIP"), (b"[{\"a\":1}]", "JSON")] {
            let said = names_of(bytes).unwrap_err();
            assert!(said.contains(what) && said.contains("CSV, Parquet or Arrow"), "{said}");
        }
    }
}
