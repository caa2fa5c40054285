//! The queue of work at the broker: what lies there, and who has taken some.

use std::time::Duration;

use async_nats::jetstream::consumer::AckPolicy;
use async_nats::jetstream::consumer::pull::Config as PullConfig;
use async_nats::jetstream::context::CreateStreamErrorKind;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{
    Config as StreamConfig, DiscardPolicy, RawMessageErrorKind, RetentionPolicy, StorageType,
    Stream,
};
use async_nats::jetstream::{self, AckKind};

use super::pull::Taker;
use super::{Link, LinkError, failed};
use crate::fleet::names::takers;

/// What is tried here.
const MAKING: &str = "making the queue of work";
/// Copies of the queue, where brokers enough stand together: one may be lost, and the others know.
const COPIES: usize = 3;
/// What the queue holds at most. A chunk takes some hundred bytes there.
const QUEUE_BYTES_MAX: i64 = 64 << 20;
const QUEUE_LENGTH_MAX: i64 = 65_536;
/// Nobody waits for what lay there for so long: the gateway hands it out anew.
const QUEUE_AGE_MAX: Duration = Duration::from_hours(1);
const DUPLICATES_KNOWN_FOR: Duration = Duration::from_mins(2);
/// Chunks that workers hold at once.
const LEASES_MAX: i64 = 50_000;
/// Workers that wait for work at once.
const WAITING_MAX: i64 = 8_192;
/// A queue of builds that nobody runs any more is removed after that.
const INACTIVE_MAX: Duration = Duration::from_hours(24);

impl Link {
    /// Makes the queue if it is not there, and a lease of so long for those who take from it; how
    /// many copies of it there are. Of three brokers one may be lost.
    pub(in crate::fleet) async fn make_queue(
        &self,
        proof: &str,
        lease: Duration,
    ) -> Result<usize, LinkError> {
        let (stream, copies) = self.stream().await?;
        let config = PullConfig {
            durable_name: Some(takers(proof)),
            filter_subject: self.names.work_of(proof),
            ack_policy: AckPolicy::Explicit,
            ack_wait: lease,
            // A chunk is lost to the next worker as often as need be.
            max_deliver: -1,
            max_ack_pending: LEASES_MAX,
            max_waiting: WAITING_MAX,
            inactive_threshold: INACTIVE_MAX,
            ..PullConfig::default()
        };
        stream.create_consumer(config).await.map_err(failed("making the takers of work"))?;
        Ok(copies)
    }

    /// Whether other brokers stand beside the one that we are connected to: a queue with one copy
    /// could have more.
    pub(in crate::fleet) fn is_among_others(&self) -> bool {
        self.client.server_info().connect_urls.len() > 1
    }

    async fn stream(&self) -> Result<(Stream, usize), LinkError> {
        let with = |copies| self.context.get_or_create_stream(self.config(copies));
        let stream = match with(COPIES).await {
            Ok(stream) => stream,
            // A broker that stands alone, or has not enough room on others.
            Err(error) if matches!(error.kind(), CreateStreamErrorKind::JetStream(_)) => {
                tracing::debug!(%error, "the queue has one copy");
                with(1).await.map_err(failed(MAKING))?
            }
            Err(error) => return Err(failed(MAKING)(error)),
        };
        let mut config = stream.cached_info().config.clone();
        if config.num_replicas >= COPIES || !self.is_among_others() {
            return Ok((stream, config.num_replicas));
        }
        // It is older than the others are.
        let copies = config.num_replicas;
        config.num_replicas = COPIES;
        match self.context.update_stream(&config).await {
            Ok(_) => Ok((stream, COPIES)),
            Err(error) => {
                tracing::debug!(%error, "the queue has no further copy");
                Ok((stream, copies))
            }
        }
    }

    fn config(&self, num_replicas: usize) -> StreamConfig {
        StreamConfig {
            name: self.names.queue(),
            subjects: vec![self.names.all_work()],
            retention: RetentionPolicy::WorkQueue,
            // Nothing rests on it: what is lost is handed out anew.
            storage: StorageType::Memory,
            discard: DiscardPolicy::New,
            max_bytes: QUEUE_BYTES_MAX,
            max_messages: QUEUE_LENGTH_MAX,
            max_age: QUEUE_AGE_MAX,
            duplicate_window: DUPLICATES_KNOWN_FOR,
            num_replicas,
            ..StreamConfig::default()
        }
    }

    /// Puts work into the queue; with its place there.
    pub(in crate::fleet) async fn offer(
        &self,
        subject: String,
        id: &str,
        work: Vec<u8>,
    ) -> Result<u64, LinkError> {
        let message = PublishMessage::build().payload(work.into()).message_id(id);
        let sent = self.context.send_publish(subject, message).await;
        let sent = sent.map_err(failed("handing out work"))?;
        Ok(sent.await.map_err(failed("handing out work"))?.sequence)
    }

    /// Whether the queue has that work in that place, leased or not; an emptied one counts from the
    /// first place again.
    pub(in crate::fleet) async fn is_queued(
        &self,
        place: u64,
        subject: &str,
    ) -> Result<bool, LinkError> {
        let looking = "looking for work in the queue";
        let stream = self.context.get_stream_no_info(self.names.queue()).await;
        match stream.map_err(failed(looking))?.get_raw_message(place).await {
            Ok(message) => Ok(message.subject.as_str() == subject),
            Err(error) => match error.kind() {
                RawMessageErrorKind::NoMessageFound => Ok(false),
                // The queue itself is gone.
                RawMessageErrorKind::JetStream(said) if said.code() == 404 => Ok(false),
                _ => Err(failed(looking)(error)),
            },
        }
    }

    /// Where work is taken from, if it is made.
    pub(in crate::fleet) async fn taker(&self, proof: &str) -> Result<Taker, LinkError> {
        let (queue, takers) = (self.names.queue(), takers(proof));
        let consumer = self.context.get_consumer_from_stream(takers, queue).await;
        let consumer = consumer.map_err(failed("finding the queue of work"))?;
        Ok(Taker { consumer, client: self.client.clone(), context: self.context.clone() })
    }
}

/// Work that is ours for as long as we say so.
pub(in crate::fleet) struct Leased(pub(super) jetstream::Message);

impl Leased {
    pub(in crate::fleet) fn bytes(&self) -> &[u8] {
        &self.0.payload
    }

    /// Keeps it for a further lease.
    pub(in crate::fleet) async fn keep(&self) {
        self.acknowledge(AckKind::Progress).await;
    }

    /// It is done, or nobody wants it any more.
    pub(in crate::fleet) async fn end(&self) {
        self.acknowledge(AckKind::Ack).await;
    }

    /// The next worker may have it, after a while: at once it would come back to one that asked for
    /// more already.
    pub(in crate::fleet) async fn give_back(&self, after: Option<Duration>) {
        self.acknowledge(AckKind::Nak(after)).await;
    }

    async fn acknowledge(&self, kind: AckKind) {
        if let Err(error) = self.0.ack_with(kind).await {
            tracing::debug!(%error, "the queue is not told");
        }
    }
}
