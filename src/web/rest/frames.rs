//! Messages as gRPC frames them in a body: a byte for compression, four for the length, the
//! message.

use axum::body::Body;
use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::{Stream, stream};
use http::HeaderMap;
use http_body_util::BodyExt as _;
use tonic::{Code, Status};

use super::super::refusal::HttpRefusal;
use crate::json::Call;

const HEAD_BYTES: usize = 5;

/// One message as it is sent.
pub(super) fn framed(message: &[u8]) -> Bytes {
    let mut frame = Vec::with_capacity(HEAD_BYTES + message.len());
    frame.push(0);
    frame.extend_from_slice(&(message.len() as u32).to_be_bytes());
    frame.extend_from_slice(message);
    frame.into()
}

/// Takes the next whole message from what has come; none of ours is compressed unless asked for.
fn next(come: &mut BytesMut) -> Option<Bytes> {
    let head: [u8; HEAD_BYTES] = come.get(..HEAD_BYTES)?.try_into().ok()?;
    let [_, length @ ..] = head;
    let length = u32::from_be_bytes(length) as usize;
    if come.len() < HEAD_BYTES + length {
        return None;
    }
    come.advance(HEAD_BYTES);
    Some(come.split_to(length).freeze())
}

/// The one message of an answer, or why there is none.
pub(super) async fn only(body: Body) -> Result<Bytes, Status> {
    let collected = body.collect().await;
    let collected = collected.map_err(|cause| Status::unavailable(cause.to_string()))?;
    let status = collected.trailers().and_then(ended);
    let mut come = BytesMut::from(collected.to_bytes().as_ref());
    match status {
        Some(status) => Err(status),
        None => next(&mut come).ok_or_else(|| Status::internal("the answer is none")),
    }
}

/// Why a stream ended, if not well.
fn ended(trailers: &HeaderMap) -> Option<Status> {
    Status::from_header_map(trailers).filter(|status| status.code() != Code::Ok)
}

/// Each message as a line of JSON; the last line is the refusal if it did not end well.
pub(super) fn lines(
    call: Call,
    body: Body,
) -> impl Stream<Item = Result<Bytes, axum::Error>> + Send {
    struct Reading {
        call: Call,
        body: Body,
        come: BytesMut,
        is_over: bool,
    }
    let reading = Reading { call, body, come: BytesMut::new(), is_over: false };
    stream::unfold(reading, |mut reading| async move {
        loop {
            if let Some(message) = next(&mut reading.come) {
                let value = reading.call.answer(&message)?;
                return Some((Ok(Bytes::from(format!("{value}\n"))), reading));
            }
            if reading.is_over {
                return None;
            }
            let last = |status: Status| {
                let line = HttpRefusal::from(status).refusal.json() + "\n";
                Ok(Bytes::from(line))
            };
            match reading.body.frame().await {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => reading.come.extend_from_slice(&data),
                    Err(frame) => {
                        reading.is_over = true;
                        let trailers = frame.into_trailers().unwrap_or_default();
                        if let Some(status) = ended(&trailers) {
                            return Some((last(status), reading));
                        }
                    }
                },
                Some(Err(cause)) => {
                    reading.is_over = true;
                    return Some((last(Status::unavailable(cause.to_string())), reading));
                }
                None => reading.is_over = true,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_as_they_went_in_however_they_are_cut() {
        let sent = [framed(b"one"), framed(b""), framed(b"three")].concat();
        for cut in 1..sent.len() {
            let (mut come, mut found) = (BytesMut::new(), Vec::new());
            for piece in sent.chunks(cut) {
                come.extend_from_slice(piece);
                while let Some(message) = next(&mut come) {
                    found.push(message);
                }
            }
            assert_eq!(found, [&b"one"[..], b"", b"three"], "in pieces of {cut}");
        }
    }
}
