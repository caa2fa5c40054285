//! Making a bundle: files in a folder of its own, then their hashes, then one file of all.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::hashing::Hashing;
use super::manifest::{Head, MANIFEST, Manifest, Member, member};
use super::packed::Packed;
use crate::data::{aux_path, bar_path};

/// A bundle in the making.
pub(crate) struct Packing {
    folder: TempDir,
    members: Vec<(String, PathBuf)>,
    left_out: BTreeMap<String, String>,
}

impl Packing {
    /// With a folder of its own in that one.
    pub(crate) fn new_in(folder: &Path) -> io::Result<Self> {
        let folder = tempfile::tempdir_in(folder)?;
        Ok(Self { folder, members: Vec::new(), left_out: BTreeMap::new() })
    }

    /// A file to write that member into.
    pub(crate) fn create(&mut self, name: &str) -> io::Result<File> {
        let path = self.folder.path().join(name);
        let file = File::create_new(&path)?;
        self.members.push((name.to_owned(), path));
        Ok(file)
    }

    /// Adds a member of these bytes.
    pub(crate) fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.create(name)?.write_all(bytes)
    }

    /// Notes that a member is not there, and why.
    pub(crate) fn leave_out(&mut self, name: &str, why: String) {
        self.members.retain(|(known, _)| known != name);
        self.left_out.insert(name.to_owned(), why);
    }

    /// Adds the bars and the auxiliary series of that folder that the run read.
    pub(crate) fn add_series(&mut self, folder: &Path, head: &Head) {
        let bars = head.data_sha256.iter().map(|digest| bar_path(folder, digest));
        let aux = head.aux_sha256.iter().map(|digest| aux_path(folder, digest));
        for path in bars.chain(aux) {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let name = format!("{}/{file}", member::BARS);
            if path.is_file() {
                self.members.push((name, path));
            } else {
                self.left_out.insert(name, "the server does not have it any more".to_owned());
            }
        }
    }

    /// All of it as one file without a name, at its beginning, with its length.
    pub(crate) fn pack(self, head: Head) -> io::Result<(File, u64)> {
        let Self { folder, members, left_out } = self;
        let hashed = members.iter().map(|(name, path)| hashed(name, path));
        let manifest = Manifest::of(head, hashed.collect::<io::Result<_>>()?, left_out);
        let manifest = serde_json::to_vec(&manifest)?;
        let mut packed = Packed::into(tempfile::tempfile_in(folder.path())?)?;
        packed.add(Path::new(MANIFEST), manifest.len() as u64, manifest.as_slice())?;
        for (name, path) in &members {
            packed.add_file(Path::new(name), &mut File::open(path)?)?;
        }
        packed.finish()
    }
}

fn hashed(name: &str, path: &Path) -> io::Result<Member> {
    let mut hash = Hashing::new(io::sink());
    let bytes = io::copy(&mut File::open(path)?, &mut hash)?;
    Ok(Member { name: name.to_owned(), bytes, sha256: hash.sha256() })
}
