//! `PUT /import/run`: a bundle as the body, for browsers and for curl. The checks, limits and
//! answer are those of `ImportRun`.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use http::{Extensions, StatusCode, header};
use tokio::time::timeout;

use super::import::{SILENCE_MAX, broken_off};
use super::refusal::HttpRefusal;
use crate::grpc::{BundleUpload, Exports, actor_of};
use crate::json;

/// Takes the body as the bundle of a run.
pub(super) async fn import(
    State(exports): State<Exports>,
    extensions: Extensions,
    body: Body,
) -> Result<Response, HttpRefusal> {
    let mut upload = BundleUpload::new(exports, actor_of(&extensions))?;
    let mut pieces = body.into_data_stream();
    loop {
        let next = timeout(SILENCE_MAX, pieces.next()).await;
        match next.map_err(|_| broken_off("nothing came for a minute"))? {
            Some(piece) => upload.write(&piece.map_err(broken_off)?)?,
            None => break,
        }
    }
    let imported = upload.finish().await?;
    let status = if imported.created { StatusCode::CREATED } else { StatusCode::OK };
    let is_json = [(header::CONTENT_TYPE, "application/json")];
    Ok((status, is_json, json::object(&imported) + "\n").into_response())
}
