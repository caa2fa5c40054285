//! The files of an import: uploaded, sent along, or on this machine.

use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::container::{Content, Contents, read_file};
use super::import_error::ImportError;
use super::library::LibraryError;
use super::reading::Declared;

/// A file to import.
pub struct SourceFile {
    name: String,
    content: Content,
}

impl SourceFile {
    /// Bytes that came with the request.
    pub fn from_bytes(name: String, bytes: Vec<u8>) -> Self {
        Self { name, content: Content::of_bytes(bytes) }
    }

    /// A file by its path under the import root, symbolic links followed first.
    pub(super) fn under_root(root: Option<&Path>, path: &Path) -> Result<Self, String> {
        let root = root.ok_or("cannot be imported: this server has no import root")?;
        let cannot_read = |error: io::Error| format!("cannot be read: {error}");
        let root = root.canonicalize().map_err(cannot_read)?;
        let full = root.join(path).canonicalize().map_err(cannot_read)?;
        if !full.starts_with(&root) {
            return Err("lies outside the import root".to_owned());
        }
        if !full.is_file() {
            return Err("is no file".to_owned());
        }
        let file = File::open(&full).map_err(cannot_read)?;
        Ok(Self { name: path.display().to_string(), content: Content::Disk(file) })
    }

    /// What messages call it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Its name and its bytes.
    pub(super) fn into_parts(self) -> (String, Content) {
        (self.name, self.content)
    }

    /// Its bars, and what of it holds none; `spool_dir` takes what must be unpacked first.
    pub(super) fn read(
        self,
        declared: &Declared,
        spool_dir: &Path,
    ) -> Result<Contents, ImportError> {
        read_file(&self.name, self.content, declared, spool_dir)
    }
}

/// The files of one upload on their way in; gone without a trace unless finished.
pub struct Spool {
    dir: PathBuf,
    bytes_left: u64,
    limit: u64,
    files: Vec<SourceFile>,
    current: Option<(String, File)>,
}

impl Spool {
    pub(super) const fn new(dir: PathBuf, limit: u64) -> Self {
        Self { dir, bytes_left: limit, limit, files: Vec::new(), current: None }
    }

    /// Begins the next file.
    pub fn begin(&mut self, name: String) -> Result<(), LibraryError> {
        self.end_current()?;
        // Without a name in the folder, so that a crash leaves nothing behind.
        self.current = Some((name, tempfile::tempfile_in(&self.dir)?));
        Ok(())
    }

    /// Appends to the file begun last.
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), LibraryError> {
        let left = self.bytes_left.checked_sub(chunk.len() as u64);
        self.bytes_left = left.ok_or(LibraryError::TooLarge { limit: self.limit })?;
        if let Some((_, file)) = &mut self.current {
            file.write_all(chunk)?;
        }
        Ok(())
    }

    /// All files, each at its beginning.
    pub fn finish(mut self) -> Result<Vec<SourceFile>, LibraryError> {
        self.end_current()?;
        Ok(self.files)
    }

    fn end_current(&mut self) -> Result<(), LibraryError> {
        if let Some((name, mut file)) = self.current.take() {
            file.rewind()?;
            self.files.push(SourceFile { name, content: Content::Disk(file) });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_out_of_the_import_root_are_refused_symbolic_links_included() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret"), root.path().join("link"))
            .unwrap();
        std::fs::write(root.path().join("bars.csv"), "x").unwrap();
        let open = |path: &Path| SourceFile::under_root(Some(root.path()), path);
        assert!(open(Path::new("bars.csv")).is_ok());
        let refused = [
            PathBuf::from("../secret"),
            PathBuf::from("link"),
            outside.path().join("secret"),
            PathBuf::from("."),
            PathBuf::from("missing"),
        ];
        for path in &refused {
            assert!(open(path).is_err(), "{path:?}");
        }
        assert!(SourceFile::under_root(None, Path::new("bars.csv")).is_err());
    }

    #[test]
    fn an_upload_over_the_limit_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(dir.path().to_owned(), 4);
        spool.begin("a".to_owned()).unwrap();
        spool.write(b"123").unwrap();
        assert!(matches!(spool.write(b"45"), Err(LibraryError::TooLarge { limit: 4 })));
    }
}
