//! A tar packed by zstd: bundles of runs, and backups.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::Path;

use tar::{Archive, Builder, Header};
use zstd::stream::read::Decoder;
use zstd::stream::write::Encoder;

const COMPRESSION_LEVEL: i32 = 3;
/// Whoever unpacks it may read it.
const MODE: u32 = 0o644;
/// The greatest window that it may ask to be unpacked with, as a power of two: 128 MiB.
const WINDOW_LOG_MAX: u32 = 27;

/// One in the making.
pub(crate) struct Packed<W: Write>(Builder<Encoder<'static, BufWriter<W>>>);

impl<W: Write + Seek> Packed<W> {
    /// Into that.
    ///
    /// # Errors
    ///
    /// If it cannot be packed.
    pub(crate) fn into(to: W) -> io::Result<Self> {
        let mut packed = Encoder::new(BufWriter::new(to), COMPRESSION_LEVEL)?;
        // What is damaged on the way is found before anything is read of it.
        packed.include_checksum(true)?;
        Ok(Self(Builder::new(packed)))
    }

    /// Adds a file. The same files make the same bytes, whoever packs them and whenever.
    ///
    /// # Errors
    ///
    /// If it cannot be read or written.
    pub(crate) fn add(&mut self, name: &Path, bytes: u64, content: impl Read) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(MODE);
        // What grows while it is packed has so many bytes all the same.
        self.0.append_data(&mut header, name, content.take(bytes))
    }

    /// Adds a file that is open.
    ///
    /// # Errors
    ///
    /// If it cannot be read or written.
    pub(crate) fn add_file(&mut self, name: &Path, file: &mut File) -> io::Result<()> {
        self.add(name, file.metadata()?.len(), file)
    }

    /// The whole, at its beginning, with its length.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub(crate) fn finish(self) -> io::Result<(W, u64)> {
        let buffered = self.0.into_inner()?.finish()?;
        let mut to = buffered.into_inner().map_err(io::IntoInnerError::into_error)?;
        let bytes = to.stream_position()?;
        to.rewind()?;
        Ok((to, bytes))
    }
}

/// What is in one, as it comes.
///
/// # Errors
///
/// If it is none.
pub(crate) fn opened<R: Read>(from: R) -> io::Result<Archive<Decoder<'static, io::BufReader<R>>>> {
    let mut unpacked = Decoder::new(from)?;
    unpacked.window_log_max(WINDOW_LOG_MAX)?;
    Ok(Archive::new(unpacked))
}
