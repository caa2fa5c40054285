//! Answers that wait for their reader. A client that takes nothing of what it asked for may have so
//! many bytes of answers lie ready, and each for a minute: it costs the server no more than that.
//!
//! The transport asks for the next piece of an answer only when its client has room for it, and so
//! cannot be told of an end. Therefore the bytes are held here, and let go here.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use futures_util::stream;
use http::HeaderMap;
use http_body_util::BodyExt as _;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;
use tonic::transport::server::TcpConnectInfo;

use super::methods::Methods;
use super::rate::refused;
use super::status::{answers_unread, stalled};
use crate::telemetry;

/// Smaller ones are not counted: a connection has as many streams as it may.
const LARGE_BYTES: usize = 64 << 10;
/// What the transport is given at once: so much of each answer is held by it.
const PIECE_BYTES: usize = 16 << 10;
const ROOM: Room = Room { of_connection: 16 << 20, of_all: 256 << 20 };
/// How long a piece may lie ready.
const STALL_MAX: Duration = Duration::from_mins(1);

/// Bytes that may lie ready.
#[derive(Clone, Copy)]
struct Room {
    of_connection: usize,
    of_all: usize,
}

/// The same routes, whose large answers are held only so far and so long.
pub(super) fn held(routes: Router, methods: Methods) -> Router {
    held_within(routes, methods, ROOM, STALL_MAX)
}

fn held_within(routes: Router, methods: Methods, room: Room, stall_max: Duration) -> Router {
    let unread = Arc::new(Mutex::new(Unread::default()));
    routes.layer(from_fn(move |request: Request, next: Next| {
        let unread = Arc::clone(&unread);
        let answers_once = methods.find(request.uri().path()).is_some_and(|it| !it.answers_often);
        let info = request.extensions().get::<TcpConnectInfo>();
        let connection = info.and_then(TcpConnectInfo::remote_addr);
        async move {
            let response = next.run(request).await;
            if !answers_once {
                return response;
            }
            let (head, body) = response.into_parts();
            // One message, which is made by now or at this moment.
            let collected = match body.collect().await {
                Ok(collected) => collected,
                Err(error) => {
                    let broken = stream::once(async { Err::<Bytes, _>(error) });
                    return Response::from_parts(head, Body::from_stream(broken));
                }
            };
            let trailers = collected.trailers().cloned();
            let bytes = collected.to_bytes();
            if bytes.len() < LARGE_BYTES {
                return Response::from_parts(head, whole(bytes, trailers));
            }
            match Held::of(&unread, connection, bytes.len(), room) {
                Ok(held) => {
                    let answer = Answer { bytes, trailers, held };
                    Response::from_parts(head, answer.into_body(stall_max))
                }
                Err((whose, bytes)) => refused(answers_unread(whose, bytes)),
            }
        }
    }))
}

fn whole(bytes: Bytes, trailers: Option<HeaderMap>) -> Body {
    // A refusal ends with its headers: clients refuse an empty piece after them.
    let Some(trailers) = trailers else { return Body::from(bytes) };
    let trailers = async { Some(Ok(trailers)) };
    Body::new(http_body_util::Full::new(bytes).with_trailers(trailers))
}

/// How many bytes lie ready, in all and for each connection that has some.
#[derive(Default)]
struct Unread {
    all: usize,
    by_connection: HashMap<Option<SocketAddr>, usize>,
}

fn lock(unread: &Mutex<Unread>) -> MutexGuard<'_, Unread> {
    // The counts are whole after every operation on them.
    unread.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The right to hold some bytes; given back when dropped.
struct Held {
    unread: Arc<Mutex<Unread>>,
    connection: Option<SocketAddr>,
    bytes: usize,
}

impl Held {
    /// Refuses with what is full, and how much that holds.
    fn of(
        unread: &Arc<Mutex<Unread>>,
        connection: Option<SocketAddr>,
        bytes: usize,
        room: Room,
    ) -> Result<Self, (&'static str, usize)> {
        let mut counted = lock(unread);
        let of_connection = counted.by_connection.get(&connection).copied().unwrap_or(0);
        if of_connection + bytes > room.of_connection {
            return Err(("this connection", room.of_connection));
        }
        if counted.all + bytes > room.of_all {
            return Err(("all connections together", room.of_all));
        }
        counted.by_connection.insert(connection, of_connection + bytes);
        counted.all += bytes;
        drop(counted);
        Ok(Self { unread: Arc::clone(unread), connection, bytes })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut counted = lock(&self.unread);
        counted.all -= self.bytes;
        let left = counted.by_connection.get(&self.connection).map_or(0, |it| it - self.bytes);
        if left == 0 {
            counted.by_connection.remove(&self.connection);
        } else {
            counted.by_connection.insert(self.connection, left);
        }
    }
}

/// An answer that is ready.
struct Answer {
    bytes: Bytes,
    trailers: Option<HeaderMap>,
    held: Held,
}

/// What is left of it, if it is not let go, and when something was taken last.
type Place = Arc<Mutex<Option<(Bytes, Instant, Held)>>>;

fn left(place: &Place) -> MutexGuard<'_, Option<(Bytes, Instant, Held)>> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Answer {
    fn into_body(self, stall_max: Duration) -> Body {
        let Self { bytes, trailers, held } = self;
        let place: Place = Arc::new(Mutex::new(Some((bytes, Instant::now(), held))));
        let ended = CancellationToken::new();
        let (watched, taken) = (Arc::clone(&place), Arc::clone(&place));
        // Dropped with the body, whose client has all of it or has gone.
        let reading = Reading { place, _told_at_the_end: ended.clone().drop_guard() };
        telemetry::spawn(async move {
            tokio::select! {
                () = ended.cancelled() => {}
                () = let_go_when_stalled(watched, stall_max) => {}
            }
        });
        let pieces = stream::unfold(taken, piece);
        let trailers = async move {
            let reading = reading;
            let is_whole =
                left(&reading.place).as_ref().is_some_and(|(bytes, ..)| bytes.is_empty());
            let trailers = if is_whole { trailers } else { trailers_of(&stalled(stall_max)) };
            trailers.map(Ok)
        };
        Body::new(Body::from_stream(pieces).with_trailers(trailers))
    }
}

fn trailers_of(status: &Status) -> Option<HeaderMap> {
    let mut trailers = HeaderMap::new();
    status.add_header(&mut trailers).ok()?;
    Some(trailers)
}

/// What is held for whoever reads an answer, for as long as it is read.
struct Reading {
    place: Place,
    _told_at_the_end: DropGuard,
}

impl Drop for Reading {
    fn drop(&mut self) {
        drop(left(&self.place).take());
    }
}

/// The next piece; none at the end, and none if the rest was let go.
async fn piece(place: Place) -> Option<(Result<Bytes, Infallible>, Place)> {
    let piece = {
        let mut left = left(&place);
        let (bytes, taken_at, _) = left.as_mut().filter(|(bytes, ..)| !bytes.is_empty())?;
        *taken_at = Instant::now();
        bytes.split_to(bytes.len().min(PIECE_BYTES))
    };
    Some((Ok(piece), place))
}

async fn let_go_when_stalled(place: Place, stall_max: Duration) {
    loop {
        let unread = left(&place)
            .as_ref()
            .and_then(|(bytes, taken_at, _)| (!bytes.is_empty()).then(|| *taken_at + stall_max));
        let Some(end) = unread else { return };
        if end <= Instant::now() {
            tracing::info!("an answer that nobody reads is let go");
            return drop(left(&place).take());
        }
        sleep_until(end).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::post;
    use tonic::Code;
    use tower::ServiceExt as _;

    const LIST: &str = "/tradeforge.v1.RunService/ListRuns";
    const NEVER: Duration = Duration::from_hours(1);
    const SMALL_ROOM: Room = Room { of_connection: 3 * LARGE_BYTES, of_all: 5 * LARGE_BYTES };

    /// Routes that answer with so many bytes.
    fn answering(length: usize, stall_max: Duration) -> Router {
        let answer = move || async move {
            let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), 0.into())]);
            Response::new(whole(Bytes::from(vec![7; length]), Some(trailers)))
        };
        let routes = Router::new().route(LIST, post(answer));
        held_within(routes, Methods::of_the_contract(), SMALL_ROOM, stall_max)
    }

    async fn ask(routes: &Router, port: u16) -> Response {
        let mut request = http::Request::post(LIST).body(Body::empty()).unwrap();
        let connection =
            TcpConnectInfo { local_addr: None, remote_addr: Some(([127, 0, 0, 1], port).into()) };
        request.extensions_mut().insert(connection);
        routes.clone().oneshot(request).await.unwrap()
    }

    async fn read(response: Response) -> (usize, Option<Code>) {
        let read = response.into_body().collect().await.unwrap();
        let code = read.trailers().and_then(|it| it.get("grpc-status").cloned());
        (read.to_bytes().len(), code.map(|code| Code::from_bytes(code.as_bytes())))
    }

    fn is_refused(response: &Response) -> bool {
        let code = response.headers().get("grpc-status").map(|it| Code::from_bytes(it.as_bytes()));
        code == Some(Code::ResourceExhausted)
    }

    #[tokio::test]
    async fn an_answer_is_read_as_it_was_made_whatever_its_length() {
        for length in [0, 1, LARGE_BYTES - 1, LARGE_BYTES, LARGE_BYTES + PIECE_BYTES + 1] {
            let routes = answering(length, NEVER);
            assert_eq!(read(ask(&routes, 1).await).await, (length, Some(Code::Ok)));
        }
    }

    #[tokio::test]
    async fn a_refusal_ends_with_its_headers() {
        let refusal = || async { Status::not_found("no such run").into_http::<Body>() };
        let routes = Router::new().route(LIST, post(refusal));
        let routes = held_within(routes, Methods::of_the_contract(), SMALL_ROOM, NEVER);
        let response = ask(&routes, 1).await;
        assert_eq!(response.headers().get("grpc-status").unwrap(), "5");
        assert!(http_body::Body::is_end_stream(response.body()));
    }

    #[tokio::test]
    async fn who_reads_nothing_has_so_much_lie_ready_and_others_have_theirs() {
        let routes = answering(LARGE_BYTES, NEVER);
        let mut unread = Vec::new();
        for _ in 0..3 {
            unread.push(ask(&routes, 1).await);
        }
        assert!(!unread.iter().any(is_refused));
        assert!(is_refused(&ask(&routes, 1).await));
        let others = [ask(&routes, 2).await, ask(&routes, 2).await];
        assert!(!others.iter().any(is_refused));
        assert!(is_refused(&ask(&routes, 3).await), "so much lies ready in all");
        drop(others);
        assert_eq!(read(unread.pop().unwrap()).await, (LARGE_BYTES, Some(Code::Ok)));
        assert_eq!(read(ask(&routes, 1).await).await.1, Some(Code::Ok), "what was read is free");
    }

    #[tokio::test]
    async fn what_nobody_takes_is_let_go_and_told_to_who_comes_to_it_at_last() {
        let routes = answering(3 * LARGE_BYTES, Duration::ZERO);
        let forgotten = ask(&routes, 1).await;
        // There is room again as soon as it is let go.
        while is_refused(&ask(&routes, 1).await) {
            tokio::task::yield_now().await;
        }
        let (length, code) = read(forgotten).await;
        assert!(length < 3 * LARGE_BYTES);
        assert_eq!(code, Some(Code::Unavailable));
    }
}
