//! Streams that somebody reads. Who takes nothing for a minute, while something lies ready, loses
//! the stream and all that is held for it; who waits for news may wait for ever.
//!
//! The transport does not ask for an item while its client has no room for one, and so can not be
//! told of an end. Therefore a task of its own goes through the items, one ahead of the client.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::status::stalled;
use crate::telemetry;

/// How long an item may lie ready.
const STALL_MAX: Duration = Duration::from_mins(1);

/// The same items; what is `held` for them, such as a permit, is let go when the stream ends, by
/// itself, by its reader, or by the lack of one.
pub(super) fn attended<T: Send + 'static>(
    items: impl Stream<Item = Result<T, Status>> + Send + 'static,
    held: impl Send + 'static,
) -> impl Stream<Item = Result<T, Status>> + Send + 'static {
    attended_for(STALL_MAX, items, held)
}

fn attended_for<T: Send + 'static>(
    stall_max: Duration,
    items: impl Stream<Item = Result<T, Status>> + Send + 'static,
    held: impl Send + 'static,
) -> impl Stream<Item = Result<T, Status>> + Send + 'static {
    let (ahead, taken) = mpsc::channel(1);
    let is_stalled = Arc::new(AtomicBool::new(false));
    let reader = Reader { ahead, is_stalled: Arc::clone(&is_stalled), stall_max };
    telemetry::spawn(async move {
        // The items go first, and then the right to have them.
        let _held = held;
        reader.serve(items).await;
    });
    stream::unfold(Some((taken, is_stalled)), move |state| async move {
        let (mut taken, is_stalled) = state?;
        match taken.recv().await {
            Some(item) => Some((item, Some((taken, is_stalled)))),
            None => is_stalled.load(Ordering::Acquire).then(|| (Err(stalled(stall_max)), None)),
        }
    })
}

/// The same items, each made while what came before is worked with: on a task of its own, one
/// ahead.
pub(super) fn ahead<T: Send + 'static>(
    items: impl Stream<Item = T> + Send + 'static,
) -> impl Stream<Item = T> + Send + 'static {
    let (made, taken) = mpsc::channel(1);
    telemetry::spawn(async move {
        let mut items = std::pin::pin!(items);
        while let Some(item) = items.next().await {
            if made.send(item).await.is_err() {
                return;
            }
        }
    });
    ReceiverStream::new(taken)
}

/// Who the items are for.
struct Reader<T> {
    ahead: mpsc::Sender<Result<T, Status>>,
    is_stalled: Arc<AtomicBool>,
    stall_max: Duration,
}

impl<T: Send + 'static> Reader<T> {
    async fn serve(self, items: impl Stream<Item = Result<T, Status>> + Send) {
        let mut items = std::pin::pin!(items);
        loop {
            let item = tokio::select! {
                item = items.next() => item,
                () = self.ahead.closed() => return,
            };
            let Some(item) = item else { return };
            match timeout(self.stall_max, self.ahead.send(item)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return,
                Err(_) => {
                    tracing::info!("a stream that nobody reads is ended");
                    return self.is_stalled.store(true, Ordering::Release);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::streams::Streams;
    use super::*;
    use tonic::Code;

    type Item = Result<u32, Status>;

    /// Waits until nothing is held of them.
    async fn all_closed(streams: &Streams) {
        while streams.count() > 0 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn every_item_arrives_in_order_and_then_nothing_is_held() {
        let streams = Streams::watches(1, 1);
        let items = stream::iter((0..20).map(Item::Ok));
        let read = attended(items, streams.open(None).unwrap());
        let read: Vec<u32> = read.map(Result::unwrap).collect().await;
        assert!(read.into_iter().eq(0..20));
        all_closed(&streams).await;
    }

    #[tokio::test]
    async fn what_is_made_ahead_arrives_in_order_and_ends_with_its_reader() {
        let read: Vec<u32> = ahead(stream::iter(0..20)).collect().await;
        assert!(read.into_iter().eq(0..20));
        let held = Arc::new(());
        let holds = Arc::clone(&held);
        let mut endless = Box::pin(ahead(stream::repeat_with(move || Arc::strong_count(&holds))));
        assert!(endless.next().await.is_some());
        drop(endless);
        while Arc::strong_count(&held) > 1 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn who_takes_nothing_of_what_lies_ready_holds_nothing_and_is_told_later() {
        let streams = Streams::watches(1, 1);
        let items = stream::iter((0..20).map(Item::Ok));
        let short = Duration::from_millis(1);
        let read = attended_for(short, items, streams.open(None).unwrap());
        all_closed(&streams).await;
        let mut read = std::pin::pin!(read);
        assert_eq!(read.next().await.unwrap().unwrap(), 0, "what lay ready is still there");
        assert_eq!(read.next().await.unwrap().unwrap_err().code(), Code::Unavailable);
        assert!(read.next().await.is_none());
    }

    #[tokio::test]
    async fn a_stream_without_news_is_quiet_and_stays_however_short_the_patience() {
        let streams = Streams::watches(1, 1);
        let (tell, mut news) = mpsc::channel::<Item>(1);
        let items = stream::poll_fn(move |context| news.poll_recv(context));
        let read = attended_for(Duration::ZERO, items, streams.open(None).unwrap());
        let mut read = std::pin::pin!(read);
        for number in 0..3 {
            for _ in 0..1_000 {
                tokio::task::yield_now().await;
            }
            assert_eq!(streams.count(), 1);
            tell.send(Ok(number)).await.unwrap();
            assert_eq!(read.next().await.unwrap().unwrap(), number);
        }
    }

    #[tokio::test]
    async fn a_stream_that_is_dropped_gives_its_place_back_although_it_is_quiet() {
        let streams = Streams::watches(1, 1);
        drop(attended(stream::pending::<Item>(), streams.open(None).unwrap()));
        all_closed(&streams).await;
    }
}
