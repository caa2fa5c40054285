//! The primitives of `runner/sync.rs`, each use of which is a point where another task may go
//! first. The channel is the real one between two such points. Time is not: who waits for a while
//! waits until the others had a turn, and a deadline never comes.

use std::convert::Infallible;
use std::future::{Pending, pending};
use std::time::Duration;

use shuttle::future::yield_now;
pub(super) use shuttle::sync::atomic::AtomicBool;
use shuttle::sync::atomic::Ordering;
pub(super) use shuttle::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, MissedTickBehavior};

/// A point where another task may go first.
fn point() {
    _ = AtomicBool::new(false).load(Ordering::SeqCst);
}

pub(super) mod broadcast {
    //! `tokio::sync::broadcast`, so far as it is used.

    use tokio::sync::broadcast;
    pub(in super::super) use tokio::sync::broadcast::Receiver;
    use tokio::sync::broadcast::error::SendError;

    use super::point;

    pub(in super::super) struct Sender<T>(broadcast::Sender<T>);

    pub(in super::super) fn channel<T: Clone>(capacity: usize) -> (Sender<T>, Receiver<T>) {
        let (sender, receiver) = broadcast::channel(capacity);
        (Sender(sender), receiver)
    }

    impl<T> Sender<T> {
        pub(in super::super) fn send(&self, value: T) -> Result<usize, SendError<T>> {
            point();
            self.0.send(value)
        }

        pub(in super::super) fn subscribe(&self) -> Receiver<T> {
            point();
            self.0.subscribe()
        }
    }
}

pub(super) mod watch {
    //! `tokio::sync::watch`, so far as it is used.

    use tokio::sync::watch;
    use tokio::sync::watch::Ref;
    use tokio::sync::watch::error::RecvError;

    use super::point;

    pub(in super::super) struct Sender<T>(watch::Sender<T>);

    pub(in super::super) struct Receiver<T>(watch::Receiver<T>);

    impl<T> Sender<T> {
        pub(in super::super) fn new(value: T) -> Self {
            Self(watch::Sender::new(value))
        }

        pub(in super::super) fn subscribe(&self) -> Receiver<T> {
            point();
            Receiver(self.0.subscribe())
        }

        pub(in super::super) fn borrow(&self) -> Ref<'_, T> {
            point();
            self.0.borrow()
        }

        pub(in super::super) fn send_modify(&self, modify: impl FnOnce(&mut T)) {
            point();
            self.0.send_modify(modify);
        }

        pub(in super::super) fn send_if_modified(&self, modify: impl FnOnce(&mut T) -> bool) {
            point();
            self.0.send_if_modified(modify);
        }
    }

    impl<T> Receiver<T> {
        pub(in super::super) fn borrow_and_update(&mut self) -> Ref<'_, T> {
            point();
            self.0.borrow_and_update()
        }

        pub(in super::super) async fn changed(&mut self) -> Result<(), RecvError> {
            point();
            self.0.changed().await
        }

        pub(in super::super) async fn wait_for(
            &mut self,
            is_wanted: impl FnMut(&T) -> bool,
        ) -> Result<Ref<'_, T>, RecvError> {
            point();
            self.0.wait_for(is_wanted).await
        }
    }

    impl<T> Drop for Receiver<T> {
        fn drop(&mut self) {
            point();
        }
    }
}

pub(super) async fn sleep(_: Duration) {
    yield_now().await;
}

pub(super) fn sleep_until(_: Instant) -> Pending<()> {
    pending()
}

pub(super) async fn timeout<T>(
    _: Duration,
    future: impl Future<Output = T>,
) -> Result<T, Infallible> {
    Ok(future.await)
}

pub(super) struct Interval;

pub(super) fn interval(_: Duration) -> Interval {
    Interval
}

impl Interval {
    #[expect(clippy::unused_self, reason = "as the real one")]
    pub(super) fn set_missed_tick_behavior(&mut self, _: MissedTickBehavior) {}

    pub(super) async fn tick(&mut self) -> Instant {
        yield_now().await;
        Instant::now()
    }
}
