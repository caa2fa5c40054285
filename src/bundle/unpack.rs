//! Opening a bundle: into an empty folder, nothing but what its manifest names, no byte more than
//! it says, and each file held against its hash.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use tar::{Entry, EntryType};

use super::BundleError;
use super::hashing::Hashing;
use super::manifest::{FORMAT, MANIFEST, MANIFEST_BYTES_MAX, Manifest, Member, is_ours, member};
use super::packed::opened;
use crate::digest::Digest;
use crate::system::disk;

/// What a bundle holds.
pub(super) struct Unpacked {
    pub manifest: Manifest,
    /// The hash of the manifest: what one cites.
    pub sha256: Digest,
    /// What is not as the manifest says.
    pub faults: Vec<String>,
}

/// Unpacks the file into the folder, if it comes to at most so many bytes.
pub(super) fn unpack(path: &Path, folder: &Path, most: u64) -> Result<Unpacked, BundleError> {
    let unreadable = |source| BundleError::Unreadable { path: path.to_owned(), source };
    let foreign = |fault: String| BundleError::Foreign { path: path.to_owned(), fault };
    let file = File::open(path).map_err(unreadable)?;
    let mut archive = opened(file).map_err(unreadable)?;
    let mut entries = archive.entries().map_err(|error| foreign(error.to_string()))?;
    let first = entries.next().ok_or_else(|| foreign("it is empty".to_owned()))?;
    let text = first.and_then(manifest_text).map_err(|error| foreign(error.to_string()))?;
    let manifest = read(path, &text)?;
    let bytes = manifest.members.iter().fold(0_u64, |sum, it| sum.saturating_add(it.bytes));
    let free = disk(folder)?.free.min(most);
    if bytes > free {
        let (path, folder) = (path.to_owned(), folder.to_owned());
        return Err(BundleError::TooLarge { path, bytes, folder, free });
    }
    std::fs::create_dir_all(folder.join(member::BARS))?;
    let mut faults = Vec::new();
    let mut waited_for: BTreeMap<&str, &Member> = BTreeMap::new();
    for known in &manifest.members {
        if !is_ours(&known.name) {
            faults.push(format!("{:?} has no place in a bundle", known.name));
        } else if waited_for.insert(&known.name, known).is_some() {
            faults.push(format!("{} is named twice", known.name));
        }
    }
    for entry in entries {
        // What comes behind a broken entry cannot be found.
        let taken = entry.and_then(|entry| taken(entry, &mut waited_for, folder));
        match taken {
            Ok(Some(fault)) => faults.push(fault),
            Ok(None) => {}
            Err(error) => {
                faults.push(format!("it is damaged: {error}"));
                break;
            }
        }
    }
    faults.extend(waited_for.keys().map(|name| format!("{name} is missing, or damaged")));
    let mut rest = archive.into_inner();
    match rest_of(&mut rest) {
        Ok(0) => {}
        Ok(count) => faults.push(format!("{count} bytes stand behind its end")),
        Err(error) if faults.is_empty() => faults.push(format!("it is damaged: {error}")),
        Err(_) => {}
    }
    Ok(Unpacked { manifest, sha256: Digest::of(&text), faults })
}

fn manifest_text(mut entry: Entry<'_, impl Read>) -> io::Result<Vec<u8>> {
    let odd = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what);
    if entry.path()?.as_ref() != Path::new(MANIFEST) {
        return Err(odd("its first file is not manifest.json"));
    }
    if entry.size() > MANIFEST_BYTES_MAX {
        return Err(odd("its manifest is too long"));
    }
    let mut text = Vec::new();
    entry.read_to_end(&mut text)?;
    Ok(text)
}

fn read(path: &Path, text: &[u8]) -> Result<Manifest, BundleError> {
    #[derive(serde::Deserialize)]
    struct Format {
        format: u32,
    }
    let foreign = |error: serde_json::Error| BundleError::Foreign {
        path: path.to_owned(),
        fault: format!("its manifest: {error}"),
    };
    let Format { format } = serde_json::from_slice(text).map_err(foreign)?;
    if format > FORMAT {
        return Err(BundleError::TooNew { path: path.to_owned(), format });
    }
    serde_json::from_slice(text).map_err(foreign)
}

/// Takes one file; what is wrong with it if anything is.
fn taken(
    entry: Entry<'_, impl Read>,
    waited_for: &mut BTreeMap<&str, &Member>,
    folder: &Path,
) -> io::Result<Option<String>> {
    let name = entry.path()?.to_string_lossy().into_owned();
    let is_file = entry.header().entry_type() == EntryType::Regular;
    let Some(known) = waited_for.remove(name.as_str()).filter(|_| is_file) else {
        return Ok(Some(format!("{name:?} is not in the manifest")));
    };
    let size = entry.size();
    if size != known.bytes {
        return Ok(Some(format!("{name} has {size} bytes, and should have {}", known.bytes)));
    }
    let mut to = Hashing::new(File::create_new(folder.join(&name))?);
    io::copy(&mut entry.take(size), &mut to)?;
    let is_same = to.sha256() == known.sha256;
    Ok((!is_same).then(|| format!("{name} is not what the manifest has the hash of")))
}

/// How many bytes other than the padding of an archive are left.
fn rest_of(rest: &mut impl Read) -> io::Result<u64> {
    let (mut buffer, mut count) = ([0; 8_192], 0);
    loop {
        match rest.read(&mut buffer)? {
            0 => return Ok(count),
            read => count += buffer[..read].iter().filter(|byte| **byte != 0).count() as u64,
        }
    }
}
