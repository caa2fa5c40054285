//! The process that computes one chunk alone, told what by its parent and telling it what came of
//! it: it may end at any moment, and takes nothing else along.

use std::io::{self, Read as _, Write as _};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use prost::Message as _;
use tokio::task::spawn_blocking;
use tokio::time::interval;

use super::cell::{ANSWER, BARS, Order, READY, receive, send};
use super::errand::Read;
use super::message::{Answer, FORMAT, PIECE_BYTES, PIECES_MAX, Refusal};
use super::rows::pack;
use crate::data::BarStore;
use crate::engine::Meter;
use crate::runner::{ExecError, Executor as _, Job, LocalExecutor};
use crate::strategy::Catalog;

/// How often it tells how far it is.
const TELL: Duration = Duration::from_millis(500);

/// Why nothing was computed.
#[derive(Debug, thiserror::Error)]
pub enum AloneError {
    /// Nobody says what to compute, or hears what came of it.
    #[error("this command is for the server alone: {0}")]
    Io(#[from] io::Error),
    /// What is said is no chunk.
    #[error("what is to be computed is not understood: {0}")]
    Order(String),
}

/// Computes what it is told on its standard input, and ends with its parent.
///
/// # Errors
///
/// If nobody says what to compute.
pub async fn compute_alone(catalog: Catalog) -> Result<(), AloneError> {
    // Where memory is short, this one goes before the server.
    _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    let order = spawn_blocking(|| {
        send(&mut io::stdout(), READY, &[])?;
        receive(&mut io::stdin())
    });
    let (_, order) = order.await.map_err(io::Error::other)??;
    let order = Order::decode(&*order).map_err(|error| AloneError::Order(error.to_string()))?;
    // A thread of its own: the runtime does not wait for one that reads for ever.
    std::thread::spawn(|| {
        // Its parent is gone, and whoever waits for an answer with it.
        _ = io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    let answer = compute(order, catalog).await?;
    send(&mut io::stdout(), ANSWER, &answer.encode_to_vec())?;
    io::stdout().flush()?;
    Ok(())
}

async fn compute(order: Order, catalog: Catalog) -> Result<Answer, AloneError> {
    let Order { work, job, bars, cache_bytes } = order;
    let odd = |why: String| AloneError::Order(why);
    let read = work.as_ref().and_then(Read::of).ok_or_else(|| odd("no chunk".to_owned()))?;
    let spec = serde_json::from_slice(&job).map_err(|error| odd(error.to_string()))?;
    let job = Arc::new(Job::new(spec).map_err(|error| odd(error.to_string()))?);
    let bars = Arc::new(BarStore::beside(PathBuf::from(bars), cache_bytes)?);
    let executor = LocalExecutor::new(NonZero::new(1), Arc::new(catalog), bars);
    let executor = executor.map_err(|error| odd(error.to_string()))?;
    let meter = Arc::new(Meter::default());
    let mut evaluated = executor.evaluate(read.chunk(job), Arc::clone(&meter));
    let mut ticks = interval(TELL);
    let evaluated = loop {
        tokio::select! {
            evaluated = &mut evaluated => break evaluated,
            _ = ticks.tick() => send(&mut io::stdout(), BARS, &meter.bars().to_le_bytes())?,
        }
    };
    let refused = |refusal: Refusal, text: String| Answer {
        format: FORMAT,
        refusal: Some(refusal.into()),
        text,
        ..Answer::default()
    };
    Ok(match evaluated {
        Ok(result) => match pack(&result) {
            Ok(body) if body.len() <= PIECE_BYTES * PIECES_MAX as usize => {
                Answer { format: FORMAT, pieces: 1, body, ..Answer::default() }
            }
            Ok(_) => refused(Refusal::Job, "it is too large".to_owned()),
            Err(error) => refused(Refusal::Job, error.to_string()),
        },
        Err(ExecError::DataMissing(why) | ExecError::Unreadable(why)) => {
            refused(Refusal::Data, why)
        }
        Err(ExecError::Poisoned(why) | ExecError::Unavailable(why)) => {
            refused(Refusal::Poisoned, why)
        }
        Err(ExecError::Stopped) => refused(Refusal::Poisoned, "it was stopped".to_owned()),
    })
}
