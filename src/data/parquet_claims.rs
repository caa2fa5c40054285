//! What a Parquet file says of itself, held against its bytes before the decoder trusts it: that
//! one makes room for every number of children, values and bytes that a file claims.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use parquet::basic::Compression;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::reader::ChunkReader;

use super::compact::{Skim, Structure};
use super::unpack::unpacked_bytes_max;

/// The last bytes: the length of the footer, and the magic.
const TAIL_BYTES: u64 = 8;
/// Groups of a schema; bars have one, and the decoder goes down as deep as there are.
const GROUPS_MAX: usize = 100;
/// Columns of one group.
const CHILDREN_MAX: i64 = 10_000;
/// What stands before a page.
const PAGE_HEADER_BYTES_MAX: u64 = 64 << 10;
/// Pages are unpacked to nowhere by as many.
const BUFFER_BYTES: usize = 4096;
/// Plain, runs, dictionaries, whole numbers by their differences, and bytes in streams. Texts by
/// their differences claim how many they are once more, within the packed page.
const ENCODINGS: [i64; 7] = [0, 2, 3, 4, 5, 8, 9];

// The places of numbers in the Thrift structures of the format.
const CHILDREN: &[i16] = &[2, 5];
const UNPACKED: &[i16] = &[2];
const PACKED: &[i16] = &[3];
const VALUES: [&[i16]; 3] = [&[5, 1], &[7, 1], &[8, 1]];
const DICTIONARY_VALUES: &[i16] = &[7, 1];
const ENCODING: [&[i16]; 3] = [&[5, 2], &[7, 2], &[8, 4]];
const LEVEL_BYTES: [&[i16]; 2] = [&[8, 5], &[8, 6]];

fn refused(why: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.into())
}

/// Checks what the footer says of the schema.
pub(super) fn check_footer(file: &impl ChunkReader) -> io::Result<()> {
    let damaged = || refused("its footer is damaged");
    let end = file.len().checked_sub(TAIL_BYTES).ok_or_else(damaged)?;
    let tail = bytes_of(file, end, TAIL_BYTES)?;
    let length = tail.first_chunk().map_or(0, |length| u64::from(u32::from_le_bytes(*length)));
    let start = end.checked_sub(length).ok_or_else(damaged)?;
    let footer = bytes_of(file, start, length)?;
    let structure = Skim::over(&footer).structure().ok_or_else(damaged)?;
    let (mut groups, mut most) = (0, 0);
    for children in structure.numbers(CHILDREN) {
        groups += 1;
        most = most.max(children);
    }
    if groups > GROUPS_MAX || most > CHILDREN_MAX {
        return Err(refused("its schema has more groups or columns than bars can have"));
    }
    Ok(())
}

/// Checks what the pages of those columns say of themselves.
pub(super) fn check_pages(
    file: &impl ChunkReader,
    metadata: &ParquetMetaData,
    is_read: impl Fn(&str) -> bool,
) -> io::Result<()> {
    let mut room = unpacked_bytes_max(file.len());
    for group in metadata.row_groups() {
        for column in group.columns() {
            if is_read(column.column_descr().name()) {
                check_column(file, column, group.num_rows(), &mut room)?;
            }
        }
    }
    Ok(())
}

fn check_column(
    file: &impl ChunkReader,
    column: &ColumnChunkMetaData,
    rows: i64,
    room: &mut u64,
) -> io::Result<()> {
    let damaged = || refused("the place of a column is damaged");
    let at = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
    let at = u64::try_from(at).map_err(|_| damaged())?;
    let length = u64::try_from(column.compressed_size()).map_err(|_| damaged())?;
    let end = at.checked_add(length).filter(|end| *end <= file.len()).ok_or_else(damaged)?;
    let mut at = at;
    while at < end {
        let header = bytes_of(file, at, (end - at).min(PAGE_HEADER_BYTES_MAX))?;
        let mut skim = Skim::over(&header);
        let page = skim.structure().ok_or_else(|| refused("the head of a page is damaged"))?;
        at += skim.position() as u64;
        let packed = check_page(&page, end - at, rows, room)?;
        check_stream(column.compression(), &bytes_of(file, at, packed)?, &page)?;
        at += packed;
    }
    Ok(())
}

/// Answers how many bytes the page has in the file.
fn check_page(page: &Structure, left: u64, rows: i64, room: &mut u64) -> io::Result<u64> {
    let damaged = || refused("the head of a page is damaged");
    let number = |path| page.numbers(path).next().unwrap_or(0);
    let packed = u64::try_from(number(PACKED)).ok().filter(|packed| *packed <= left);
    let unpacked = u64::try_from(number(UNPACKED)).map_err(|_| damaged())?;
    let many = |path| page.numbers(path).any(|count| !(0..=rows).contains(&count));
    let fit = |count| u64::try_from(count).is_ok_and(|count| count <= unpacked);
    if VALUES.into_iter().any(many) || !page.numbers(DICTIONARY_VALUES).all(fit) {
        return Err(refused("a page says that it has more values than it can have"));
    }
    if ENCODING.into_iter().any(|path| page.numbers(path).any(|it| !ENCODINGS.contains(&it))) {
        return Err(refused("a column of texts is packed by differences; write it plain"));
    }
    *room = room
        .checked_sub(unpacked)
        .ok_or_else(|| refused("it unpacks to more bytes than are taken of a file of its size"))?;
    packed.ok_or_else(damaged)
}

/// Some streams say nothing true of their length: they are unpacked to nowhere, up to what was
/// said.
fn check_stream(codec: Compression, packed: &[u8], page: &Structure) -> io::Result<()> {
    let number = |path| page.numbers(path).next().unwrap_or(0) as u64;
    let levels = LEVEL_BYTES.map(number).iter().sum::<u64>() as usize;
    let stream = packed.get(levels..).unwrap_or_default();
    let said = number(UNPACKED);
    let unpacked: Box<dyn Read> = match codec {
        Compression::GZIP(_) => Box::new(MultiGzDecoder::new(stream)),
        Compression::BROTLI(_) => Box::new(brotli::Decompressor::new(stream, BUFFER_BYTES)),
        Compression::LZ4 => Box::new(lz4_flex::frame::FrameDecoder::new(stream)),
        _ => return Ok(()),
    };
    // What is damaged ends early here, and is refused by the decoder.
    let copied = copied_bytes(unpacked.take(said.saturating_add(1)));
    if copied > said {
        return Err(refused("a page unpacks to more bytes than it says"));
    }
    Ok(())
}

/// How many bytes come before the end or the damage.
fn copied_bytes(mut stream: impl Read) -> u64 {
    let (mut buffer, mut total) = ([0; BUFFER_BYTES], 0);
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        total += count as u64;
    }
    total
}

fn bytes_of(file: &impl ChunkReader, start: u64, length: u64) -> io::Result<bytes::Bytes> {
    file.get_bytes(start, length as usize).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use bytes::Bytes;
    use parquet::basic::{BrotliLevel, GzipLevel};

    /// The refusal of a file that has only that footer.
    fn refusal(footer: &[u8]) -> String {
        let length = (footer.len() as u32).to_le_bytes();
        let file = Bytes::from([footer, &length, b"PAR1"].concat());
        check_footer(&file).map_err(|error| error.to_string()).unwrap_err()
    }

    #[test]
    fn a_schema_of_more_columns_than_there_can_be_is_refused_before_room_is_made() {
        // 2: [ { 5: i32 20,000 } ]
        let footer = [0x29, 0x1c, 0x55, 0xc0, 0xb8, 0x02, 0x00, 0x00];
        assert!(refusal(&footer).contains("more groups or columns"));
        assert!(refusal(&footer[..5]).contains("footer is damaged"));
        assert!(check_footer(&Bytes::from_static(b"PAR1")).is_err());
        assert!(check_footer(&Bytes::from_static(b"\xff\xff\xff\xffPAR1")).is_err());
    }

    #[test]
    fn a_page_that_says_less_than_it_is_is_refused() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&[0; 1_000]).unwrap();
        let packed = gzip.finish().unwrap();
        // 2: i32 of so many bytes, as the protocol writes it.
        let page = |said: [u8; 2]| Skim::over(&[0x25, said[0], said[1], 0x00]).structure().unwrap();
        let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
        lz4.write_all(&[0; 1_000]).unwrap();
        let lz4 = lz4.finish().unwrap();
        let mut brotli = Vec::new();
        brotli::CompressorReader::new(&[0; 1_000][..], 4096, 1, 20)
            .read_to_end(&mut brotli)
            .unwrap();
        let codecs = [
            (Compression::GZIP(GzipLevel::default()), packed),
            (Compression::LZ4, lz4),
            (Compression::BROTLI(BrotliLevel::default()), brotli),
        ];
        for (codec, packed) in codecs {
            assert!(check_stream(codec, &packed, &page([0xd0, 0x0f])).is_ok(), "1,000");
            assert!(check_stream(codec, &packed, &page([0xce, 0x0f])).is_err(), "999");
        }
    }
}
