//! Where data goes: to stdout, or into a file that is there whole or not at all.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::cli::text::output;
use crate::system::for_everybody;

/// Takes data piece by piece.
pub(in crate::cli) enum Destination {
    /// Printed as it comes.
    Stdout,
    /// Kept beside its final name until it is whole.
    File(NamedTempFile, PathBuf),
}

/// Whether that name means stdout.
pub(in crate::cli) fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

impl Destination {
    /// That file, or stdout if none is named, or `-` is.
    pub(in crate::cli) fn open(path: Option<&Path>) -> io::Result<Self> {
        let Some(path) = path.filter(|path| !is_stdout(path)) else { return Ok(Self::Stdout) };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut files = tempfile::Builder::new();
        for_everybody(&mut files);
        let file = files.tempfile_in(folder.unwrap_or(Path::new(".")));
        let name = path.display();
        let file = file.map_err(|cause| io::Error::new(cause.kind(), format!("{name}: {cause}")));
        Ok(Self::File(file?, path.to_owned()))
    }

    /// How wide a table may be.
    pub(in crate::cli) fn width(&self) -> Option<u16> {
        match self {
            Self::Stdout => output::width(),
            Self::File(..) => None,
        }
    }

    /// Takes the next piece.
    pub(in crate::cli) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout => output::bytes(bytes),
            Self::File(file, _) => file.write_all(bytes),
        }
    }

    /// Puts a whole file in its place.
    pub(in crate::cli) fn finish(self) -> io::Result<()> {
        match self {
            Self::Stdout => Ok(()),
            Self::File(file, path) => file.persist(path).map(drop).map_err(|error| error.error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_appears_when_it_is_whole_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trials.csv");
        let mut given_up = Destination::open(Some(&path)).unwrap();
        given_up.write(b"half").unwrap();
        drop(given_up);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let mut whole = Destination::open(Some(&path)).unwrap();
        whole.write(b"who").unwrap();
        whole.write(b"le").unwrap();
        assert!(!path.exists());
        whole.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
    }

    #[test]
    fn a_dash_is_stdout_and_no_file() {
        assert!(matches!(Destination::open(Some(Path::new("-"))), Ok(Destination::Stdout)));
        assert!(matches!(Destination::open(Some(Path::new("./-"))), Ok(Destination::File(..))));
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let Err(error) = Destination::open(Some(Path::new("/no/such/trials.csv"))) else {
            panic!("it is open")
        };
        assert!(error.to_string().starts_with("/no/such/trials.csv: "), "{error}");
    }
}
