//! How many requests a second one peer may send, where that is limited: a bucket of tokens each,
//! filled at that rate and as large as one second's worth.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use tonic::Status;
use tonic::transport::server::TcpConnectInfo;

use super::status::too_many_requests;

/// Peers remembered; above it those are forgotten that have been quiet for a second.
const PEERS_MAX: usize = 10_000;

/// One limit for all doors of a server.
#[derive(Clone)]
pub(crate) struct RateLimit {
    per_second: u32,
    buckets: Arc<Buckets>,
}

impl RateLimit {
    /// Of that many requests a second; 0 is no limit.
    pub(crate) fn of(per_second: u32) -> Self {
        Self { per_second, buckets: Arc::new(Buckets::new(per_second)) }
    }

    /// The same routes, each peer held to the limit and refused in the routes' own dialect.
    pub(crate) fn limited(&self, routes: Router, refused: fn(Status) -> Response) -> Router {
        let Self { per_second, buckets } = self.clone();
        if per_second == 0 {
            return routes;
        }
        routes.route_layer(from_fn(move |request: Request, next: Next| {
            let info = request.extensions().get::<TcpConnectInfo>();
            let peer = info.and_then(TcpConnectInfo::remote_addr).map(|address| address.ip());
            let admitted = buckets.take(peer, Instant::now());
            async move {
                match admitted {
                    Ok(()) => next.run(request).await,
                    Err(wait) => refused(too_many_requests(per_second, wait)),
                }
            }
        }))
    }
}

/// How gRPC is told.
pub(super) fn refused(status: Status) -> Response {
    status.into_http::<Body>()
}

struct Buckets {
    per_second: f64,
    by_peer: Mutex<HashMap<Option<IpAddr>, Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Buckets {
    fn new(per_second: u32) -> Self {
        Self { per_second: f64::from(per_second), by_peer: Mutex::default() }
    }

    /// Takes a token of that peer, or tells how long until there is one.
    fn take(&self, peer: Option<IpAddr>, now: Instant) -> Result<(), Duration> {
        let mut by_peer = self.by_peer.lock().unwrap_or_else(PoisonError::into_inner);
        if by_peer.len() >= PEERS_MAX {
            // Their buckets are full again: forgetting them changes nothing.
            by_peer.retain(|_, bucket| now.duration_since(bucket.at) < Duration::from_secs(1));
        }
        let full = Bucket { tokens: self.per_second, at: now };
        let bucket = by_peer.entry(peer).or_insert(full);
        let since = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.tokens = since.mul_add(self.per_second, bucket.tokens).min(self.per_second);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.tokens) / self.per_second));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_has_its_rate_and_a_second_in_hand_and_others_have_theirs() {
        let buckets = Buckets::new(10);
        let (start, peer) = (Instant::now(), Some(IpAddr::from([10, 0, 0, 1])));
        assert!((0..10).all(|_| buckets.take(peer, start).is_ok()));
        let wait = buckets.take(peer, start).unwrap_err();
        assert_eq!(wait, Duration::from_millis(100));
        assert!(buckets.take(None, start).is_ok());
        assert!(buckets.take(peer, start + wait).is_ok());
        assert!(buckets.take(peer, start + wait).is_err());
        let later = start + Duration::from_hours(1);
        assert!((0..10).all(|_| buckets.take(peer, later).is_ok()));
        assert!(buckets.take(peer, later).is_err());
    }

    #[test]
    fn peers_that_are_quiet_are_forgotten() {
        let buckets = Buckets::new(10);
        let start = Instant::now();
        for peer in 0..PEERS_MAX as u32 {
            buckets.take(Some(IpAddr::from(peer.to_be_bytes())), start).unwrap();
        }
        buckets.take(None, start + Duration::from_secs(2)).unwrap();
        assert_eq!(buckets.by_peer.lock().unwrap().len(), 1);
    }
}
