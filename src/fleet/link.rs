//! The way to the broker: the one file that names its client library. It decides nothing.
//!
//! Work lies in a queue that leases it: who took some and is not heard of loses it to the next.
//! Everything else is asked and answered, and kept nowhere.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use async_nats::client::RequestErrorKind;
use async_nats::connection::State;
use async_nats::jetstream::consumer::pull::{Batch, Config as PullConfig};
use async_nats::jetstream::consumer::{AckPolicy, Consumer};
use async_nats::jetstream::context::{Context, ContextBuilder};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{
    Config as StreamConfig, DiscardPolicy, RawMessageErrorKind, RetentionPolicy, StorageType,
};
use async_nats::jetstream::{self, AckKind};
use async_nats::{Client, ConnectOptions, Event, Message, ServerAddr, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt as _;

use super::names::{Names, takers};

/// A connection that is silent for so long is asked whether it lives; twice, then it is made anew.
const PING: Duration = Duration::from_secs(5);
/// How long the broker, or whoever is asked through it, may take to answer.
const ANSWER: Duration = Duration::from_secs(5);
/// How long a worker waits for work before it asks again.
const PULL: Duration = Duration::from_secs(5);
const PULL_HEARTBEAT: Duration = Duration::from_secs(1);
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
/// The longest wait between two tries to connect.
const RECONNECT_MAX: Duration = Duration::from_secs(2);

/// How to come to the broker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Broker {
    /// Its addresses, separated by commas.
    pub addresses: String,
    /// A file with a seed of an nkey.
    pub key: Option<PathBuf>,
    /// A file with credentials.
    pub credentials: Option<PathBuf>,
    /// Whom to trust besides those that the machine trusts, in PEM.
    pub authority: Option<PathBuf>,
}

impl Broker {
    /// Whether it can be spoken to like that.
    ///
    /// # Errors
    ///
    /// What is wrong, and what would be right.
    pub fn check(&self, is_insecure_allowed: bool) -> Result<(), String> {
        let is_known = self.key.is_some() || self.credentials.is_some();
        for text in self.addresses.split(',').map(str::trim) {
            let address: ServerAddr = text.parse().map_err(|_| {
                format!("nats must be as nats://host:4222 or tls://host:4222, not {text:?}")
            })?;
            if address.has_user_pass() {
                return Err(
                    "a password in nats would stand in logs: use nats-creds or nats-key".to_owned()
                );
            }
            let is_here = address.host() == "localhost"
                || address.host().parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
            let is_safe = is_here || is_known || address.scheme() == "tls";
            if !is_safe && !is_insecure_allowed {
                return Err(format!(
                    "{text} is another machine, and whoever reaches it could read bars and make \
                     up results: use tls:// and nats-key or nats-creds, or say \
                     allow-insecure-nats if the network is yours"
                ));
            }
        }
        Ok(())
    }
}

/// Why the broker cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// A file of ours cannot be read.
    #[error("{path} cannot be read: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It says no, or nothing.
    #[error("{doing}: {source}")]
    Broker {
        /// What was tried.
        doing: &'static str,
        /// What it said.
        source: async_nats::Error,
    },
}

/// What becomes of a question.
#[derive(Debug)]
pub(super) enum Reply {
    Answered(Bytes),
    /// Whoever would answer is not there.
    Nobody,
    /// It, or the broker, is silent.
    Silence,
}

fn failed<E: Into<async_nats::Error>>(doing: &'static str) -> impl FnOnce(E) -> LinkError {
    move |source| LinkError::Broker { doing, source: source.into() }
}

/// A connection, made anew whenever it is lost.
#[derive(Clone)]
pub(super) struct Link {
    client: Client,
    context: Context,
    names: Names,
}

impl Link {
    /// Begins to connect, and goes on to try. What answers come is heard only by this process: the
    /// name is part of where they go to.
    pub(super) async fn to(broker: &Broker, names: Names, name: &str) -> Result<Self, LinkError> {
        let mut options = ConnectOptions::new()
            .name(name)
            .custom_inbox_prefix(names.inbox(name))
            .retry_on_initial_connect()
            .max_reconnects(None)
            .reconnect_delay_callback(delay)
            .ping_interval(PING)
            .connection_timeout(ANSWER)
            .request_timeout(Some(ANSWER))
            .event_callback(tell);
        if let Some(path) = &broker.key {
            options = options.nkey(seed(path)?);
        }
        if let Some(path) = &broker.credentials {
            let unreadable = |source| LinkError::File { path: path.clone(), source };
            options = options.credentials_file(path).await.map_err(unreadable)?;
        }
        if let Some(path) = &broker.authority {
            options = options.add_root_certificates(path.clone());
        }
        let addresses: Vec<&str> = broker.addresses.split(',').map(str::trim).collect();
        let client = options.connect(addresses).await.map_err(failed("connecting"))?;
        let context = ContextBuilder::new().timeout(ANSWER).ack_timeout(ANSWER);
        let context = context.build(client.clone());
        Ok(Self { client, context, names })
    }

    /// Whether there is a connection at the moment.
    pub(super) fn is_up(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Makes the queue if it is not there, and a lease of so long for those who take from it.
    pub(super) async fn make_queue(&self, proof: &str, lease: Duration) -> Result<(), LinkError> {
        let config = StreamConfig {
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
            ..StreamConfig::default()
        };
        let making = failed("making the queue of work");
        let stream = self.context.get_or_create_stream(config).await.map_err(making)?;
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
        Ok(())
    }

    /// Puts work into the queue; with its place there.
    pub(super) async fn offer(
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
    pub(super) async fn is_queued(&self, place: u64, subject: &str) -> Result<bool, LinkError> {
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
    pub(super) async fn taker(&self, proof: &str) -> Result<Taker, LinkError> {
        let (queue, takers) = (self.names.queue(), takers(proof));
        let consumer = self.context.get_consumer_from_stream(takers, queue).await;
        Ok(Taker(consumer.map_err(failed("finding the queue of work"))?))
    }

    /// Hears what is said on a subject.
    pub(super) async fn hear(&self, subject: String) -> Result<Ear, LinkError> {
        Ok(Ear(self.client.subscribe(subject).await.map_err(failed("listening"))?))
    }

    /// Says something to whoever hears it.
    pub(super) async fn say(&self, subject: String, what: Vec<u8>) -> Result<(), LinkError> {
        self.client.publish(subject, what.into()).await.map_err(failed("speaking"))
    }

    /// Asks something of whoever hears it first.
    pub(super) async fn ask(&self, subject: String, what: Vec<u8>) -> Reply {
        match self.client.request(subject, what.into()).await {
            Ok(message) => Reply::Answered(message.payload),
            Err(error) if error.kind() == RequestErrorKind::NoResponders => Reply::Nobody,
            Err(error) => {
                tracing::debug!(%error, "nobody answers");
                Reply::Silence
            }
        }
    }

    /// Answers a question.
    pub(super) async fn answer(&self, question: &Heard, what: Vec<u8>) {
        let Some(reply) = question.0.reply.clone() else { return };
        if let Err(error) = self.client.publish(reply, what.into()).await {
            tracing::debug!(%error, "an answer is not sent");
        }
    }

    /// Waits until what was said has left.
    pub(super) async fn flush(&self) {
        _ = self.client.flush().await;
    }
}

fn seed(path: &PathBuf) -> Result<String, LinkError> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|source| LinkError::File { path: path.clone(), source })?;
    // Comments and the public key may stand beside it.
    let mut lines = text.lines().map(str::trim);
    Ok(lines.rfind(|line| line.starts_with('S')).unwrap_or_default().to_owned())
}

fn delay(attempts: usize) -> Duration {
    let doubled = Duration::from_millis(50) * (1 << attempts.min(6)) as u32;
    doubled.min(RECONNECT_MAX)
}

/// A permission that is refused is told here and nowhere else.
async fn tell(event: Event) {
    match event {
        Event::Connected => tracing::info!("connected to the broker"),
        Event::Disconnected => tracing::warn!("the broker is not there; trying again"),
        other => tracing::warn!(event = %other, "the broker"),
    }
}

/// What is said on a subject.
pub(super) struct Ear(Subscriber);

/// Something that was said.
pub(super) struct Heard(Message);

impl Ear {
    /// The next, unless the connection is given up.
    pub(super) async fn next(&mut self) -> Option<Heard> {
        self.0.next().await.map(Heard)
    }
}

impl Heard {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0.payload
    }
}

/// Takes work from the queue.
pub(super) struct Taker(Consumer<PullConfig>);

/// Work as it comes, until there was as much as was asked for, or a while has passed.
pub(super) struct Taken(Batch);

/// Work that is ours for as long as we say so.
pub(super) struct Leased(jetstream::Message);

impl Taker {
    /// Asks for so much. It is to be taken to its end: what comes is leased already.
    pub(super) async fn take(&self, most: usize) -> Result<Taken, LinkError> {
        let batch = self.0.batch().max_messages(most).expires(PULL).heartbeat(PULL_HEARTBEAT);
        Ok(Taken(batch.messages().await.map_err(failed("taking work"))?))
    }
}

impl Taken {
    pub(super) async fn next(&mut self) -> Option<Result<Leased, LinkError>> {
        let taken = self.0.next().await?;
        Some(taken.map(Leased).map_err(failed("taking work")))
    }
}

impl Leased {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0.payload
    }

    /// Keeps it for a further lease.
    pub(super) async fn keep(&self) {
        self.acknowledge(AckKind::Progress).await;
    }

    /// It is done, or nobody wants it any more.
    pub(super) async fn end(&self) {
        self.acknowledge(AckKind::Ack).await;
    }

    /// The next worker may have it.
    pub(super) async fn give_back(&self) {
        self.acknowledge(AckKind::Nak(None)).await;
    }

    async fn acknowledge(&self, kind: AckKind) {
        if let Err(error) = self.0.ack_with(kind).await {
            tracing::debug!(%error, "the queue is not told");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(addresses: &str, change: impl FnOnce(&mut Broker)) -> Result<(), String> {
        let mut broker = Broker { addresses: addresses.to_owned(), ..Broker::default() };
        change(&mut broker);
        broker.check(false)
    }

    #[test]
    fn other_machines_are_spoken_to_by_somebody_or_in_secret() {
        for fine in ["nats://127.0.0.1:4222", "localhost", "[::1]:4222", "tls://broker.example"] {
            assert_eq!(check(fine, |_| ()), Ok(()), "{fine}");
        }
        let refused = check("127.0.0.1, nats://10.0.0.5:4222", |_| ()).unwrap_err();
        assert!(
            refused.contains("10.0.0.5") && refused.contains("allow-insecure-nats"),
            "{refused}"
        );
        assert_eq!(check("10.0.0.5", |broker| broker.key = Some("key".into())), Ok(()));
        let open = Broker { addresses: "10.0.0.5".to_owned(), ..Broker::default() };
        assert_eq!(open.check(true), Ok(()));
        assert!(check("nats://me:secret@127.0.0.1", |_| ()).unwrap_err().contains("nats-creds"));
        assert!(check("http://127.0.0.1", |_| ()).is_err());
        assert!(check("", |_| ()).is_err());
    }
}
