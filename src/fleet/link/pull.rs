//! Asking the queue for work, and hearing whether it listens: a broker that does not permit to ask
//! says so to nobody, it is only silent.

use std::time::Duration;

use async_nats::jetstream::consumer::Consumer;
use async_nats::jetstream::consumer::pull::{BatchConfig, Config as PullConfig};
use async_nats::jetstream::{self, Context};
use async_nats::{Client, StatusCode, Subscriber};
use futures_util::StreamExt as _;
use tokio::time::timeout;

use super::queue::Leased;
use super::{ANSWER, LinkError, failed};

/// While a worker waits for work, it hears so often that the queue is there.
const PULL_HEARTBEAT: Duration = Duration::from_secs(1);
/// So many of them that do not come are silence.
const MISSED_MAX: u32 = 3;
/// What is tried here.
const DOING: &str = "taking work";

/// Takes work from the queue.
pub(in crate::fleet) struct Taker {
    pub(super) consumer: Consumer<PullConfig>,
    pub(super) client: Client,
    pub(super) context: Context,
}

/// What comes of one question, until there was as much as was asked for, or a while has passed. It
/// is to be taken to its end: what comes is leased already.
pub(in crate::fleet) struct Taken {
    said: Subscriber,
    context: Context,
    wanted: usize,
    silence_max: Duration,
    is_over: bool,
}

/// What the queue says.
pub(in crate::fleet) enum Said {
    /// It listens.
    Listening,
    /// Work.
    Work(Leased),
}

impl Taker {
    /// Asks for so much of what is there, which is answered at once.
    pub(in crate::fleet) async fn look(&self, most: usize) -> Result<Taken, LinkError> {
        let config = BatchConfig { batch: most, no_wait: true, ..BatchConfig::default() };
        self.ask(config, ANSWER).await
    }

    /// Asks for so much, for so long.
    pub(in crate::fleet) async fn take(
        &self,
        most: usize,
        holds_for: Duration,
    ) -> Result<Taken, LinkError> {
        let idle_heartbeat = PULL_HEARTBEAT.min(holds_for / 3);
        let expires = Some(holds_for);
        let config = BatchConfig { batch: most, expires, idle_heartbeat, ..BatchConfig::default() };
        self.ask(config, PULL_HEARTBEAT * MISSED_MAX).await
    }

    async fn ask(&self, config: BatchConfig, silence_max: Duration) -> Result<Taken, LinkError> {
        let wanted = config.batch;
        let inbox = async_nats::Subject::from(self.client.new_inbox());
        let said = self.client.subscribe(inbox.clone()).await.map_err(failed(DOING))?;
        self.consumer.request_batch(config, inbox).await.map_err(failed(DOING))?;
        let context = self.context.clone();
        Ok(Taken { said, context, wanted, silence_max, is_over: false })
    }
}

impl Taken {
    /// The next that is said; `None` at the end.
    pub(in crate::fleet) async fn next(&mut self) -> Option<Result<Said, LinkError>> {
        if self.is_over || self.wanted == 0 {
            return None;
        }
        let told = timeout(self.silence_max, self.said.next()).await;
        let Ok(Some(message)) = told else {
            self.is_over = true;
            let why = "the broker is silent when asked for work: is this worker permitted to ask?";
            return Some(Err(failed(DOING)(why)));
        };
        match message.status {
            None | Some(StatusCode::OK) => {
                self.wanted -= 1;
                let context = self.context.clone();
                Some(Ok(Said::Work(Leased(jetstream::Message { message, context }))))
            }
            Some(StatusCode::IDLE_HEARTBEAT) => Some(Ok(Said::Listening)),
            // There is nothing, or nothing more.
            Some(StatusCode::NOT_FOUND | StatusCode::TIMEOUT) => {
                self.is_over = true;
                None
            }
            Some(status) => {
                self.is_over = true;
                let why = message.description.as_ref().map_or("", |text| text.as_str());
                Some(Err(failed(DOING)(format!("{status} {why}"))))
            }
        }
    }
}
