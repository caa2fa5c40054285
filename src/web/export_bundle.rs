//! `GET /export/runs/ID/run.tfrun`: a run as one file that proves itself, as over gRPC.

use axum::Extension;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use http::{HeaderMap, header};
use tonic::transport::server::TcpConnectInfo;

use super::export::{FileExports, part_of};
use super::query::{self, join_faults};
use super::refusal::HttpRefusal;
use crate::excerpt::excerpt;
use crate::pb;

/// The name of that file.
pub(super) const BUNDLE: &str = "run.tfrun";
const MEDIA_TYPE: &str = "application/zstd";
const PARAMETERS: [&str; 1] = ["with_bars"];

/// What was asked for, and by whom.
pub(super) struct Asked {
    pub(super) run_id: String,
    pub(super) query: Option<String>,
    pub(super) is_head: bool,
    pub(super) headers: HeaderMap,
    pub(super) peer: Option<Extension<TcpConnectInfo>>,
}

/// The whole file; or its length or a part of it, for which it is kept a while.
pub(super) async fn bundle(
    FileExports { exports, made }: &FileExports,
    asked: Asked,
) -> Result<Response, HttpRefusal> {
    let Asked { run_id, query, is_head, headers, peer } = asked;
    let told = [
        (header::CONTENT_TYPE, MEDIA_TYPE.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{run_id}.tfrun\"")),
        // Its name and labels may be others the next time.
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
    ];
    let mut with_bars = false;
    let faults = query::read(query.as_deref().unwrap_or_default(), |name, value| {
        if name != PARAMETERS[0] {
            return Err(query::unknown(name, "a bundle", &PARAMETERS));
        }
        let wrong = |_| format!("must be true or false, not {:?}", excerpt(value));
        with_bars = value.parse().map_err(wrong)?;
        Ok(())
    });
    join_faults(Ok(()), faults)?;
    let request = pb::ExportRunRequest { run_id, with_bars };
    let peer = peer.and_then(|Extension(info)| info.remote_addr());
    let name = format!("{request:?}");
    let making = async {
        let mut parts = exports.bundle(request, peer).await?.peekable();
        let first = std::pin::Pin::new(&mut parts).peek().await;
        let total = first.and_then(|first| first.as_ref().ok()).map_or(0, |it| it.total_bytes);
        Ok((parts.map_ok(|part| Bytes::from(part.chunk)), total))
    };
    if is_head || headers.contains_key(header::RANGE) {
        let making = async { making.await.map(|(parts, _)| parts) };
        let file = Box::pin(made.file(&name, making)).await?;
        return Ok((told, part_of(&file, &headers, is_head)).into_response());
    }
    let (parts, total) = making.await.map_err(|status: tonic::Status| HttpRefusal::from(status))?;
    let length = [(header::CONTENT_LENGTH, total.to_string())];
    Ok((told, length, Body::from_stream(parts)).into_response())
}
