//! Files of runs that have ended, made once and kept for a while: so that their length is known,
//! and readers may ask for parts of them, as those of Parquet do.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tonic::Status;

use crate::digest::Digest;
use crate::system::read_exact_at;
use crate::telemetry;

/// Files kept at once; of more, the one that was wanted least lately goes.
const FILES_MAX: usize = 16;
/// How long a file is kept after it was made.
const KEPT: Duration = Duration::from_mins(10);
/// Bytes that are read at once.
const PIECE_BYTES: u64 = 1 << 17;

/// The files, by what was asked for.
#[derive(Clone)]
pub(super) struct MadeFiles {
    folder: PathBuf,
    files: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    clock: u64,
    by_name: HashMap<String, Entry>,
}

struct Entry {
    wanted_at: u64,
    file: Arc<OnceCell<MadeFile>>,
}

/// A whole file without a name: gone when nobody holds it.
#[derive(Clone, Debug)]
pub(super) struct MadeFile {
    file: Arc<File>,
    pub(super) length: u64,
    /// Equal for equal bytes.
    pub(super) tag: String,
}

impl MadeFiles {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, files: Arc::default() }
    }

    /// The file of that name, made of the pieces if it is not there. Whoever asks
    /// meanwhile waits for the same one.
    pub(super) async fn file<S>(
        &self,
        name: &str,
        pieces: impl Future<Output = Result<S, Status>> + Send,
    ) -> Result<MadeFile, Status>
    where
        S: Stream<Item = Result<Bytes, Status>> + Send,
    {
        let cell = self.cell(name);
        let made = cell
            .get_or_try_init(async || {
                let file = write(&self.folder, name, pieces.await?).await?;
                self.forget_later(name.to_owned());
                Ok::<_, Status>(file)
            })
            .await;
        made.cloned()
    }

    fn cell(&self, name: &str) -> Arc<OnceCell<MadeFile>> {
        let mut kept = lock(&self.files);
        kept.clock += 1;
        let now = kept.clock;
        if !kept.by_name.contains_key(name) && kept.by_name.len() >= FILES_MAX {
            let oldest = kept.by_name.iter().min_by_key(|(_, entry)| entry.wanted_at);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                kept.by_name.remove(&oldest);
            }
        }
        let fresh = || Entry { wanted_at: now, file: Arc::default() };
        let entry = kept.by_name.entry(name.to_owned()).or_insert_with(fresh);
        entry.wanted_at = now;
        Arc::clone(&entry.file)
    }

    fn forget_later(&self, name: String) {
        let files = Arc::clone(&self.files);
        telemetry::spawn(async move {
            sleep(KEPT).await;
            lock(&files).by_name.remove(&name);
        });
    }
}

fn lock(files: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    // The map is whole after every operation on it.
    files.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn write(
    folder: &std::path::Path,
    name: &str,
    pieces: impl Stream<Item = Result<Bytes, Status>> + Send,
) -> Result<MadeFile, Status> {
    let mut file = tempfile::tempfile_in(folder).map_err(|error| unwritable(&error))?;
    let mut length = 0;
    let mut pieces = std::pin::pin!(pieces);
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        length += piece.len() as u64;
        let writing = spawn_blocking(move || file.write_all(&piece).map(|()| file));
        let written = writing.await.map_err(|error| Status::internal(error.to_string()))?;
        file = written.map_err(|error| unwritable(&error))?;
    }
    let tag =
        format!("\"{}\"", &Digest::of(format!("{name} {length}").as_bytes()).to_string()[..32]);
    Ok(MadeFile { file: Arc::new(file), length, tag })
}

fn unwritable(error: &io::Error) -> Status {
    tracing::error!(%error, "a file for an export cannot be written");
    Status::resource_exhausted(format!("the server cannot keep the file: {error}"))
}

impl MadeFile {
    /// The bytes from the one to before the other, piece by piece.
    pub(super) fn bytes(
        &self,
        range: std::ops::Range<u64>,
    ) -> impl Stream<Item = Result<Bytes, Status>> + Send + use<> {
        let start = (Arc::clone(&self.file), range);
        stream::try_unfold(start, |(file, range)| async move {
            if range.is_empty() {
                return Ok(None);
            }
            let next = range.end.min(range.start + PIECE_BYTES);
            let (source, at) = (Arc::clone(&file), range.start);
            let reading = spawn_blocking(move || {
                let mut piece = vec![0; (next - at) as usize];
                read_exact_at(&source, &mut piece, at).map(|()| piece)
            });
            let piece = reading.await.map_err(|error| Status::internal(error.to_string()))?;
            let piece = piece.map_err(|error| Status::internal(error.to_string()))?;
            Ok(Some((Bytes::from(piece), (file, next..range.end))))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::TryStreamExt as _;
    use std::sync::atomic::{AtomicUsize, Ordering};

    type Nothing = stream::Empty<Result<Bytes, Status>>;

    fn pieces(text: &'static str) -> impl Stream<Item = Result<Bytes, Status>> + Send {
        let bytes = text.as_bytes().chunks(3).map(|piece| Ok(Bytes::from_static(piece)));
        stream::iter(bytes)
    }

    #[tokio::test]
    async fn a_file_is_made_once_for_all_who_want_it_and_read_in_parts() {
        let folder = tempfile::tempdir().unwrap();
        let files = MadeFiles::new(folder.path().to_owned());
        let made = AtomicUsize::new(0);
        let want = || {
            files.file("a", async {
                made.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                Ok(pieces("0123456789"))
            })
        };
        let (one, two) = futures_util::future::join(want(), want()).await;
        assert_eq!((made.into_inner(), one.unwrap().length), (1, 10));
        let part: Vec<Bytes> = two.unwrap().bytes(2..7).try_collect().await.unwrap();
        assert_eq!(part.concat(), b"23456");
    }

    #[tokio::test]
    async fn one_that_could_not_be_made_is_tried_again_and_not_too_many_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let files = MadeFiles::new(folder.path().to_owned());
        let refused = files.file("a", async { Err::<Nothing, _>(Status::aborted("no")) });
        assert_eq!(refused.await.unwrap_err().code(), tonic::Code::Aborted);
        for number in 0..3 * FILES_MAX {
            let name = number.to_string();
            files.file(&name, async { Ok(pieces("text")) }).await.unwrap();
            files.file("a", async { Ok(pieces("longer text")) }).await.unwrap();
        }
        assert_eq!(lock(&files.files).by_name.len(), FILES_MAX);
        let kept = files.file("a", async { Err::<Nothing, _>(Status::aborted("no")) }).await;
        assert_eq!(kept.unwrap().length, 11, "what is wanted again and again stays");
    }
}
