//! Connections as they are taken in: only so many that files can still be opened, and none that
//! says nothing for ever.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};
use tonic::transport::server::{Connected, TcpIncoming};

use super::line::Line;
use super::tls::Tls;
use crate::system::open_files_max;

const TCP_KEEPALIVE: Duration = Duration::from_mins(1);
/// Descriptors that stay for the database, for bars and for uploads.
const DESCRIPTORS_KEPT: u64 = 64;
/// What is served even where that leaves fewer.
const CONNECTIONS_MIN: u64 = 16;
/// Where the system sets no limit.
const CONNECTIONS_MAX: u64 = 100_000;

/// Handshakes at once.
const HANDSHAKES_MAX: usize = 256;
/// How long nobody is taken in after that failed: what is in the way, such as too many open files,
/// does not pass at once, and a loop would take a core.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How often that is told.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// How long a connection may be silent: before its first word, after ours, and after its own, when
/// we may be at work. HTTP/2 is never silent, for it answers pings.
#[derive(Clone, Copy)]
struct Patience {
    at_first: Duration,
    after_answer: Duration,
    after_question: Duration,
}

const PATIENCE: Patience = Patience {
    at_first: Duration::from_mins(1),
    after_answer: Duration::from_mins(5),
    after_question: Duration::from_mins(15),
};

/// A kind of trouble, told now and again.
#[derive(Default)]
struct Trouble {
    told_at: Option<Instant>,
    untold: u64,
}

impl Trouble {
    /// How often it happened since it was told, if it is to be told now.
    fn count(&mut self, now: Instant) -> Option<u64> {
        self.untold += 1;
        if self.told_at.is_some_and(|at| now.duration_since(at) < LOG_INTERVAL) {
            return None;
        }
        self.told_at = Some(now);
        Some(std::mem::take(&mut self.untold))
    }
}

/// Takes in who comes, for ever.
pub(super) fn connections(
    listener: TcpListener,
    tls: Option<Tls>,
) -> impl Stream<Item = io::Result<Line>> {
    let incoming =
        TcpIncoming::from(listener).with_nodelay(Some(true)).with_keepalive(Some(TCP_KEEPALIVE));
    let door = Accepting {
        incoming,
        places: Arc::new(Semaphore::new(connections_max() as usize)),
        full: Trouble::default(),
        refused: Trouble::default(),
    };
    let taken_in = stream::unfold(door, |mut door| async move {
        let connection = door.next().await?;
        Some((connection, door))
    });
    // Who takes time to agree does not hold up the others.
    let lines = taken_in.map(move |connection| Line::open(connection, tls.clone()));
    lines.buffer_unordered(HANDSHAKES_MAX).filter_map(async |line| line.map(Ok))
}

fn connections_max() -> u64 {
    let limit = open_files_max().unwrap_or(CONNECTIONS_MAX);
    limit.saturating_sub(DESCRIPTORS_KEPT).clamp(CONNECTIONS_MIN, CONNECTIONS_MAX)
}

struct Accepting {
    incoming: TcpIncoming,
    places: Arc<Semaphore>,
    full: Trouble,
    refused: Trouble,
}

impl Accepting {
    async fn next(&mut self) -> Option<Connection<TcpStream>> {
        let place = self.place().await?;
        loop {
            match self.incoming.next().await? {
                Ok(stream) => return Some(Connection::new(stream, place, PATIENCE)),
                Err(error) => {
                    if let Some(count) = self.refused.count(Instant::now()) {
                        tracing::warn!(%error, count, "connections cannot be taken in");
                    }
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Who comes while all are taken waits before the door, where the system keeps a line.
    async fn place(&mut self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(place);
        }
        if let Some(count) = self.full.count(Instant::now()) {
            let open = connections_max();
            tracing::warn!(open, count, "as many connections are open as the limit of files lets");
        }
        Arc::clone(&self.places).acquire_owned().await.ok()
    }
}

/// One that was taken in; its place is free again when it is dropped.
pub(super) struct Connection<IO> {
    io: IO,
    patience: Patience,
    /// How long the present silence may last, and since when it does.
    allowed: Duration,
    since: Instant,
    timer: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl<IO> Connection<IO> {
    fn new(io: IO, place: OwnedSemaphorePermit, patience: Patience) -> Self {
        let allowed = patience.at_first;
        let timer = Box::pin(sleep(allowed));
        Self { io, patience, allowed, since: Instant::now(), timer, _place: place }
    }

    /// What it is made of.
    pub(super) const fn inner(&self) -> &IO {
        &self.io
    }

    fn spoke(&mut self, allowed: Duration) {
        self.allowed = allowed;
        self.since = Instant::now();
    }

    /// Whether it was silent for too long; else whoever polls is woken when it may be.
    fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let end = self.since + self.allowed;
        // It is not moved at each word: where it is too early, that is found when it rings.
        if self.timer.deadline() > end {
            self.timer.as_mut().reset(end);
        }
        while self.timer.as_mut().poll(context).is_ready() {
            if end <= Instant::now() {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(end);
        }
        Poll::Pending
    }
}

impl<IO: Connected> Connected for Connection<IO> {
    type ConnectInfo = IO::ConnectInfo;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.io.connect_info()
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Connection<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.io).poll_read(context, buffer);
        if buffer.filled().len() > before {
            let allowed = self.patience.after_question;
            self.spoke(allowed);
        }
        if read.is_pending() && self.poll_silence(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Connection<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(context, bytes);
        self.wrote(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(context, slices);
        self.wrote(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

impl<IO> Connection<IO> {
    fn wrote(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if matches!(written, Poll::Ready(Ok(1..))) {
            self.spoke(self.patience.after_answer);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    const NEVER: Duration = Duration::from_hours(1);
    const SOON: Duration = Duration::from_millis(1);

    async fn connected(
        patience: Patience,
    ) -> (Connection<tokio::io::DuplexStream>, impl AsyncWrite) {
        let places = Arc::new(Semaphore::new(1));
        let (io, peer) = duplex(64);
        (Connection::new(io, places.acquire_owned().await.unwrap(), patience), peer)
    }

    #[tokio::test]
    async fn who_says_nothing_is_let_go_and_gives_the_place_back() {
        let patience = Patience { at_first: SOON, after_answer: NEVER, after_question: NEVER };
        let (mut silent, _peer) = connected(patience).await;
        let ended = silent.read_u8().await.unwrap_err();
        assert_eq!(ended.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn who_stops_in_the_middle_or_asks_nothing_more_is_let_go_in_the_time_for_that() {
        let patience = Patience { at_first: NEVER, after_answer: NEVER, after_question: SOON };
        let (mut stopped, mut peer) = connected(patience).await;
        peer.write_all(b"P").await.unwrap();
        assert_eq!(stopped.read_u8().await.unwrap(), b'P');
        assert_eq!(stopped.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);

        let patience = Patience { after_answer: SOON, after_question: NEVER, ..patience };
        let (mut idle, mut peer) = connected(patience).await;
        peer.write_all(b"GET").await.unwrap();
        idle.read_exact(&mut [0; 3]).await.unwrap();
        idle.write_all(b"answer").await.unwrap();
        assert_eq!(idle.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn trouble_is_told_at_once_and_then_counted() {
        let (mut trouble, now) = (Trouble::default(), Instant::now());
        assert_eq!(trouble.count(now), Some(1));
        assert_eq!(trouble.count(now), None);
        assert_eq!(trouble.count(now + LOG_INTERVAL), Some(2));
    }
}
