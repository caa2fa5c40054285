//! The way to the broker: the one place that names its client library. It decides nothing.
//!
//! Work lies in a queue that leases it: who took some and is not heard of loses it to the next.
//! Everything else is asked and answered, and kept nowhere.

mod broker;
mod door;
mod pull;
mod queue;

pub use broker::Broker;
pub(super) use pull::{Said, Taker};
pub(super) use queue::Leased;

use std::path::PathBuf;
use std::time::Duration;

use async_nats::client::RequestErrorKind;
use async_nats::connection::State;
use async_nats::jetstream::context::{Context, ContextBuilder};
use async_nats::{Client, ConnectOptions, Event, Message, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt as _;

use self::door::Door;
use super::names::Names;

/// A connection that is silent for so long is asked whether it lives; twice, then it is made anew.
const PING: Duration = Duration::from_secs(5);
/// How long the broker, or whoever is asked through it, may take to answer.
const ANSWER: Duration = Duration::from_secs(5);
/// The longest wait between two tries to connect.
const RECONNECT_MAX: Duration = Duration::from_secs(2);

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
    door: Door,
}

impl Link {
    /// Begins to connect, and goes on to try. What answers come is heard only by this process: the
    /// name is part of where they go to.
    pub(super) async fn to(broker: &Broker, names: Names, name: &str) -> Result<Self, LinkError> {
        let door = Door::of(broker);
        let heard = door.clone();
        let options = match &broker.credentials {
            None => ConnectOptions::new(),
            Some(path) => {
                // What is no credentials at all is said at once.
                let text = std::fs::read_to_string(path).map_err(broker::unreadable(path))?;
                if door::jwt_of(&text).is_none() {
                    return Err(broker::odd(path, "no line of it is a token, as eyJ…"));
                }
                broker::seed(path)?;
                let path = path.clone();
                ConnectOptions::with_auth_callback(move |nonce| door::show(path.clone(), nonce))
            }
        };
        let mut options = options
            .name(name)
            .custom_inbox_prefix(names.inbox(name))
            .retry_on_initial_connect()
            .max_reconnects(None)
            .reconnect_delay_callback(delay)
            .ping_interval(PING)
            .connection_timeout(ANSWER)
            .request_timeout(Some(ANSWER))
            .event_callback(move |event| {
                heard.hear(&event);
                tell(&event);
                std::future::ready(())
            });
        if let Some(path) = &broker.key {
            options = options.nkey(broker::seed(path)?);
        }
        if let Some(path) = &broker.authority {
            options = options.add_root_certificates(path.clone());
        }
        let addresses: Vec<&str> = broker.addresses.split(',').map(str::trim).collect();
        let client = options.connect(addresses).await.map_err(failed("connecting"))?;
        let context = ContextBuilder::new().timeout(ANSWER).ack_timeout(ANSWER);
        let context = context.build(client.clone());
        Ok(Self { client, context, names, door })
    }

    /// Whether there is a connection at the moment.
    pub(super) fn is_up(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Why there is none, in words.
    pub(super) fn problem(&self) -> String {
        self.door.problem()
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

fn delay(attempts: usize) -> Duration {
    let doubled = Duration::from_millis(50) * (1 << attempts.min(6)) as u32;
    doubled.min(RECONNECT_MAX)
}

/// A permission that is refused is told here and nowhere else.
fn tell(event: &Event) {
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
