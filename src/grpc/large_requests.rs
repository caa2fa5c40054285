//! Large requests, a few at a time: read and checked, a megabyte becomes many. One that waits for
//! its turn is held as it came, and one that is still on its way keeps nobody waiting.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use bytes::BytesMut;
use futures_util::{StreamExt as _, stream};
use tokio::sync::Semaphore;

use super::methods::Methods;
use super::rate::refused;
use super::status::shutting_down;

/// From here on a request is large.
const LARGE_BYTES: usize = 64 << 10;
/// Large requests that are read and checked at once.
const AT_ONCE: usize = 4;
/// Before a message stand whether it is packed, and its length.
const PREFIX_BYTES: usize = 5;

/// The same routes, with so many large requests in work. One that says it is longer than `limit` is
/// not even taken in: it goes on to be refused.
pub(super) fn in_turn(routes: Router, methods: Methods, limit: usize) -> Router {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    routes.layer(from_fn(move |request: Request, next: Next| {
        let places = Arc::clone(&places);
        let asks_once = methods.find(request.uri().path()).is_some_and(|it| !it.asks_often);
        async move {
            if !asks_once {
                return next.run(request).await;
            }
            let (head, body) = request.into_parts();
            let (body, is_large) = taken_in(body, limit).await;
            let request = Request::from_parts(head, body);
            if !is_large {
                return next.run(request).await;
            }
            match places.acquire().await {
                Ok(_place) => next.run(request).await,
                Err(_) => refused(shutting_down()),
            }
        }
    }))
}

/// The same body, and whether it is large: then all of it is here.
async fn taken_in(body: Body, limit: usize) -> (Body, bool) {
    let mut taken = BytesMut::new();
    let mut rest = body.into_data_stream();
    while wanted(&taken, limit).is_none_or(|wanted| taken.len() < wanted) {
        match rest.next().await {
            Some(Ok(data)) => taken.extend_from_slice(&data),
            Some(Err(error)) => {
                return (Body::from_stream(stream::once(async { Err::<Bytes, _>(error) })), false);
            }
            None => break,
        }
    }
    let is_large = wanted(&taken, limit).is_some_and(|wanted| wanted > 0);
    let first = stream::once(async move { Ok(taken.freeze()) });
    (Body::from_stream(first.chain(rest)), is_large)
}

/// How much is taken in before it goes on: nothing further unless it is large. `None` while the
/// length is not known.
fn wanted(taken: &[u8], limit: usize) -> Option<usize> {
    let prefix: &[u8; PREFIX_BYTES] = taken.get(..PREFIX_BYTES)?.try_into().ok()?;
    let [_, length @ ..] = prefix;
    let length = u32::from_be_bytes(*length) as usize;
    Some(if (LARGE_BYTES..=limit).contains(&length) { PREFIX_BYTES + length } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry;
    use axum::response::Response;
    use axum::routing::post;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::mpsc;
    use tower::ServiceExt as _;

    const SUBMIT: &str = "/tradeforge.v1.RunService/Submit";
    const LIMIT: usize = 1 << 20;

    fn message(length: usize) -> Vec<u8> {
        let mut message = vec![0];
        message.extend_from_slice(&(length as u32).to_be_bytes());
        message.resize(PREFIX_BYTES + length, 7);
        message
    }

    fn asked(body: Body) -> Request {
        http::Request::post(SUBMIT).body(body).unwrap()
    }

    /// Routes that tell of each request that arrives, count those in work, and hold each until
    /// something is put into `go`.
    fn held() -> (Router, mpsc::UnboundedReceiver<usize>, Arc<AtomicUsize>, Arc<Semaphore>) {
        let (arrived, arrivals) = mpsc::unbounded_channel();
        let (in_work, go) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
        let (counted, gate) = (Arc::clone(&in_work), Arc::clone(&go));
        let answer = move |request: Request| async move {
            counted.fetch_add(1, Ordering::SeqCst);
            let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
            arrived.send(body.len()).unwrap();
            if body.len() >= LARGE_BYTES {
                gate.acquire().await.unwrap().forget();
            }
            counted.fetch_sub(1, Ordering::SeqCst);
            Response::new(Body::empty())
        };
        let routes = Router::new().route(SUBMIT, post(answer));
        (in_turn(routes, Methods::of_the_contract(), LIMIT), arrivals, in_work, go)
    }

    #[tokio::test]
    async fn so_many_large_requests_are_in_work_and_small_ones_pass_by() {
        let (routes, mut arrivals, in_work, go) = held();
        let calls = (0..3 * AT_ONCE).map(|_| {
            telemetry::spawn(routes.clone().oneshot(asked(Body::from(message(LARGE_BYTES)))))
        });
        let calls: Vec<_> = calls.collect();
        for _ in 0..AT_ONCE {
            assert_eq!(arrivals.recv().await, Some(PREFIX_BYTES + LARGE_BYTES));
        }
        let small = telemetry::spawn(routes.clone().oneshot(asked(Body::from(message(10)))));
        assert_eq!(arrivals.recv().await, Some(PREFIX_BYTES + 10), "it waits for none of them");
        small.await.unwrap().unwrap();
        assert_eq!(in_work.load(Ordering::SeqCst), AT_ONCE);
        for _ in AT_ONCE..calls.len() {
            go.add_permits(1);
            arrivals.recv().await.unwrap();
            assert!(in_work.load(Ordering::SeqCst) <= AT_ONCE);
        }
        go.add_permits(calls.len());
        for call in calls {
            call.await.unwrap().unwrap();
        }
    }

    #[tokio::test]
    async fn one_that_is_on_its_way_or_too_long_takes_no_place() {
        let (routes, mut arrivals, _, go) = held();
        let halves = (0..2 * AT_ONCE).map(|_| {
            let begun = stream::once(async {
                Ok::<_, std::io::Error>(message(LARGE_BYTES)[..999].to_vec())
            });
            let never = Body::from_stream(begun.chain(stream::pending()));
            telemetry::spawn(routes.clone().oneshot(asked(never)))
        });
        let halves: Vec<_> = halves.collect();
        let too_long =
            telemetry::spawn(routes.clone().oneshot(asked(Body::from(message(LIMIT + 1)))));
        assert_eq!(arrivals.recv().await, Some(PREFIX_BYTES + LIMIT + 1));
        let whole = telemetry::spawn(routes.clone().oneshot(asked(Body::from(message(LIMIT)))));
        assert_eq!(arrivals.recv().await, Some(PREFIX_BYTES + LIMIT));
        go.add_permits(2);
        too_long.await.unwrap().unwrap();
        whole.await.unwrap().unwrap();
        halves.iter().for_each(tokio::task::JoinHandle::abort);
    }

    #[tokio::test]
    async fn what_goes_on_is_what_came() {
        for length in [0, 1, LARGE_BYTES - 1, LARGE_BYTES, LIMIT, LIMIT + 1] {
            let whole = message(length);
            let pieces: Vec<_> =
                whole.chunks(1_000).map(|it| Ok::<_, std::io::Error>(it.to_vec())).collect();
            let (body, is_large) = taken_in(Body::from_stream(stream::iter(pieces)), LIMIT).await;
            let read = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            assert_eq!(is_large, (LARGE_BYTES..=LIMIT).contains(&length));
            assert!(read == whole, "{length}");
        }
        let (body, is_large) = taken_in(Body::from("abc"), LIMIT).await;
        assert!(!is_large);
        assert_eq!(axum::body::to_bytes(body, 10).await.unwrap(), "abc");
    }
}
