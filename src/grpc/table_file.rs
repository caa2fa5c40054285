//! Rows on their way into a file of them.

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::task::spawn_blocking;
use tonic::Status;

use crate::export::{ExportError, Format, Rows, TableFile};

/// The file piece by piece. What breaks half-way ends it with an error, so that whoever sends it
/// can cut it off: no length was promised.
pub(crate) fn file_pieces(
    rows: impl Stream<Item = Result<Rows, Status>> + Send + Unpin,
    format: Format,
) -> impl Stream<Item = Result<Bytes, Status>> + Send {
    let start = Some((rows, TableFile::new(format)));
    stream::try_unfold(start, |state| async move {
        let Some((mut rows, file)) = state else { return Ok(None) };
        match rows.next().await {
            Some(next) => {
                let (file, bytes) = written(file, next?).await?;
                Ok(Some((bytes, Some((rows, file)))))
            }
            None => Ok(Some((file.finish().map_err(|error| broken(&error))?.into(), None))),
        }
    })
}

/// Writes on a thread that may take its time.
async fn written(mut file: TableFile, rows: Rows) -> Result<(TableFile, Bytes), Status> {
    let writing = spawn_blocking(move || file.push(rows).map(|bytes| (file, bytes.into())));
    let written = writing.await.map_err(|error| Status::internal(error.to_string()))?;
    written.map_err(|error| broken(&error))
}

fn broken(error: &ExportError) -> Status {
    tracing::error!(%error, "an export broke off");
    Status::internal(error.to_string())
}
