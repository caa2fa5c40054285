//! Files as the messages of one upload: for each a header, then its bytes in chunks.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use futures_util::{StreamExt as _, stream};
use tokio::sync::oneshot;

use crate::cli::wire::error::CliError;
use crate::cli::wire::sending::Sending;
use crate::pb;
use crate::pb::upload_bars_request::Part;

/// Large enough to cost nothing per chunk, small enough to interleave with other calls.
const CHUNK_BYTES: u64 = 256 << 10;

/// The pieces, up to the first that cannot be read. In its place goes one that the server must
/// refuse: an upload that merely breaks off can look to it like one that is complete.
pub(in crate::cli) fn all_or_nothing(
    pieces: Pieces,
    tell_failure: oneshot::Sender<CliError>,
) -> impl stream::Stream<Item = pb::UploadBarsRequest> {
    let mut tell_failure = Some(tell_failure);
    stream::iter(pieces).map(move |piece| {
        piece.unwrap_or_else(|error| {
            // Nobody listens only if the call is over, and then nothing is lost.
            let _ = tell_failure.take().map(|sender| sender.send(error));
            pb::UploadBarsRequest { part: None }
        })
    })
}

/// What the bytes of a file come from.
type Source = Box<dyn Read + Send>;

/// The messages of one upload: for each file a header, then its bytes in chunks.
pub(in crate::cli) struct Pieces {
    files: std::vec::IntoIter<(PathBuf, Source)>,
    current: Option<(PathBuf, Source)>,
    /// What the header of each file says, but for its name.
    header: pb::UploadBarsHeader,
    sending: Sending,
}

impl Pieces {
    /// Opens all files at once, so that a wrong name is told before anything is sent.
    pub(in crate::cli) fn open(
        paths: &[PathBuf],
        header: pb::UploadBarsHeader,
        sending: Sending,
    ) -> Result<Self, CliError> {
        if paths.iter().filter(|path| is_stdin(path)).count() > 1 {
            return Err(CliError::Usage {
                message: "stdin can be read once only".to_owned(),
                help: "give - once".to_owned(),
            });
        }
        let open = |path: &PathBuf| {
            if is_stdin(path) {
                return Ok((PathBuf::from("stdin"), Box::new(io::stdin()) as Source));
            }
            let file = File::open(path).map_err(|cause| unreadable(path, cause))?;
            Ok((path.clone(), Box::new(file) as Source))
        };
        let files: Vec<_> = paths.iter().map(open).collect::<Result<_, CliError>>()?;
        Ok(Self { files: files.into_iter(), current: None, header, sending })
    }

    fn header(&self, path: &Path) -> pb::UploadBarsHeader {
        let name = path.file_name().unwrap_or(path.as_os_str());
        let source_name = name.to_string_lossy().into_owned();
        pb::UploadBarsHeader { source_name, ..self.header.clone() }
    }

    /// The next chunk of the file at hand; `None` at its end, or if there is none.
    fn next_chunk(&mut self) -> Option<Result<Vec<u8>, CliError>> {
        let (path, file) = self.current.as_mut()?;
        let mut chunk = Vec::with_capacity(CHUNK_BYTES as usize);
        match file.by_ref().take(CHUNK_BYTES).read_to_end(&mut chunk) {
            Ok(0) => None,
            Ok(length) => {
                self.sending.sent(length);
                Some(Ok(chunk))
            }
            Err(cause) => {
                let error = unreadable(path, cause);
                (self.current, self.files) = (None, Vec::new().into_iter());
                Some(Err(error))
            }
        }
    }
}

impl Iterator for Pieces {
    type Item = Result<pb::UploadBarsRequest, CliError>;

    fn next(&mut self) -> Option<Self::Item> {
        let part = if let Some(chunk) = self.next_chunk() {
            chunk.map(Part::Chunk)
        } else {
            let Some((path, file)) = self.files.next() else {
                self.sending.all_sent();
                return None;
            };
            let header = self.header(&path);
            self.current = Some((path, file));
            Ok(Part::Header(header))
        };
        Some(part.map(|part| pb::UploadBarsRequest { part: Some(part) }))
    }
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn unreadable(path: &Path, cause: io::Error) -> CliError {
    CliError::File { path: path.to_owned(), cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(paths: &[PathBuf]) -> Vec<Result<Part, CliError>> {
        let pieces =
            Pieces::open(paths, pb::UploadBarsHeader::default(), Sending::nothing()).unwrap();
        pieces.map(|piece| piece.map(|piece| piece.part.unwrap())).collect()
    }

    #[test]
    fn each_file_is_a_header_and_then_its_bytes_in_chunks() {
        let folder = tempfile::tempdir().unwrap();
        let (long, short) = (folder.path().join("long.csv"), folder.path().join("short.csv"));
        std::fs::write(&long, vec![b'x'; CHUNK_BYTES as usize + 1]).unwrap();
        std::fs::write(&short, "ts").unwrap();
        let shapes: Vec<String> = parts(&[long, short])
            .into_iter()
            .map(|part| match part.unwrap() {
                Part::Header(header) => header.source_name,
                Part::Chunk(chunk) => chunk.len().to_string(),
            })
            .collect();
        assert_eq!(shapes, ["long.csv", "262144", "1", "short.csv", "2"]);
    }

    #[test]
    fn a_missing_file_is_told_before_anything_is_sent() {
        let opened = Pieces::open(
            &["/nowhere/x.csv".into()],
            pb::UploadBarsHeader::default(),
            Sending::nothing(),
        );
        assert!(matches!(opened, Err(CliError::File { .. })));
    }

    #[tokio::test]
    async fn an_upload_with_an_unreadable_file_ends_in_a_piece_that_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        // A folder opens like a file and fails when read.
        let paths = [folder.path().to_owned(), folder.path().to_owned()];
        let pieces =
            Pieces::open(&paths, pb::UploadBarsHeader::default(), Sending::nothing()).unwrap();
        let (tell_failure, mut failure) = oneshot::channel();
        let sent: Vec<_> = all_or_nothing(pieces, tell_failure).collect().await;
        assert_eq!(sent.len(), 2, "the header and what must be refused");
        assert_eq!(sent[1].part, None);
        assert!(matches!(failure.try_recv(), Ok(CliError::File { .. })));
    }
}
