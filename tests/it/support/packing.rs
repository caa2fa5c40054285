//! Files packed as people pack them.

use std::io::Write as _;

/// Packed by xz.
pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).expect("room");
    writer.write_all(bytes).expect("room");
    writer.finish().expect("room")
}

/// Packed by bzip2.
pub(crate) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).expect("room");
    encoder.finish().expect("room")
}

/// A tar of one file.
pub(crate) fn tar_of(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    archive.append_data(&mut header, name, bytes).expect("room");
    archive.into_inner().expect("room")
}
