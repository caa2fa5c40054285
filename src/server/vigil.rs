//! Whether the files that a server works on are still those that it opened. A file that was removed
//! or replaced under it goes on to be written, and nobody finds what was written when it ends.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::future::pending;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::system::identity;

/// How often is looked: what is acknowledged in the meantime may be lost.
const PERIOD: Duration = Duration::from_secs(2);

/// A file that is not the one that was opened.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} was {} while the server had it open; the server ends, for what it would write from now on \
     could be lost",
    path.display(),
    if *is_gone { "removed" } else { "replaced" }
)]
pub struct LostFile {
    path: PathBuf,
    is_gone: bool,
}

/// Files that are looked after.
pub(super) struct Vigil(Vec<Watched>);

struct Watched {
    path: PathBuf,
    /// What it was, once it has been there.
    known: Option<(u64, u64)>,
}

impl Vigil {
    /// Over these files, as they are now. One that is not there yet is known when it comes.
    pub(super) fn over(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        let mut vigil = Self(paths.into_iter().map(|path| Watched { path, known: None }).collect());
        _ = vigil.look();
        vigil
    }

    /// Resolves when one of them is another, or gone.
    pub(super) async fn lost(mut self) -> LostFile {
        loop {
            sleep(PERIOD).await;
            // A file system may take its time.
            let looking = spawn_blocking(move || {
                let found = self.look();
                (self, found)
            });
            match looking.await {
                Ok((_, Err(lost))) => return lost,
                Ok((vigil, Ok(()))) => self = vigil,
                Err(_) => return pending().await,
            }
        }
    }

    fn look(&mut self) -> Result<(), LostFile> {
        for Watched { path, known } in &mut self.0 {
            let found = match fs::metadata(&*path) {
                Ok(metadata) => Some(identity(&metadata)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                // What cannot be looked at now is looked at again.
                Err(_) => continue,
            };
            if known.is_some() && *known != found {
                return Err(LostFile { path: path.clone(), is_gone: found.is_none() });
            }
            *known = found;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_removed_or_replaced_is_lost_and_one_that_grows_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (here, later) = (folder.path().join("here"), folder.path().join("later"));
        fs::write(&here, "1").unwrap();
        let vigil = || Vigil::over([here.clone(), later.clone()]);
        let mut watched = vigil();
        fs::write(&here, "12").unwrap();
        fs::write(&later, "1").unwrap();
        assert_eq!(watched.look(), Ok(()));
        fs::remove_file(&later).unwrap();
        assert_eq!(watched.look(), Err(LostFile { path: later.clone(), is_gone: true }));

        let mut watched = vigil();
        let other = folder.path().join("other");
        fs::write(&other, "1").unwrap();
        fs::rename(&other, &here).unwrap();
        let lost = watched.look().unwrap_err();
        assert_eq!(lost, LostFile { path: here.clone(), is_gone: false });
        assert!(lost.to_string().contains("here was replaced while"), "{lost}");
    }
}
