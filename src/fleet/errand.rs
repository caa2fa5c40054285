//! One chunk on a worker, from the queue to the answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use prost::Message as _;
use tokio::task::spawn_blocking;
use tokio::time::{interval, sleep, timeout};

use super::link::{Leased, Reply};
use super::message::{
    Answer, FORMAT, PIECE_BYTES, PIECES_MAX, Receipt, Refusal, Ticket, Verdict, Work,
};
use super::rows::pack;
use super::supplies::{From, SupplyError};
use super::words::said;
use super::worker::{Grip, Shop};
use crate::digest::Digest;
use crate::run::{RunId, Span};
use crate::runner::{Chunk, ChunkResult, ExecError, Executor as _, Job, Keep, Portion};

/// How often it is asked whether a chunk is wanted, and answered, where nobody listens.
const TRIES: usize = 5;
const BREATH: Duration = Duration::from_millis(200);
/// A thread that does not come back for so long after it was asked to never will.
const RETURN_MAX: Duration = Duration::from_mins(1);

/// What becomes of the work in the queue.
enum End {
    /// It is answered, or nobody wants it.
    Over,
    /// Somebody else is to have it.
    Back,
    /// The same, but not at once: it would only come back here.
    BackLater,
}

/// What came of a chunk.
enum Made {
    Rows(ChunkResult),
    Refusal(Refusal, String),
    Nothing(End),
}

/// Carries it, and keeps it leased meanwhile.
pub(super) async fn carry(shop: &Shop, ticket: Ticket, work: Work, leased: &Leased) {
    let Some(grip) = shop.held().get(&ticket).cloned() else { return };
    let mut keeping = interval(shop.settings.timing.keep);
    let run = run(shop, ticket, &work, &grip);
    tokio::pin!(run);
    let end = loop {
        tokio::select! {
            end = &mut run => break end,
            _ = keeping.tick() => leased.keep().await,
            () = shop.gone.cancelled() => {
                grip.meter.stop();
                break End::Back;
            }
        }
    };
    match end {
        End::Over => leased.end().await,
        End::Back => leased.give_back(None).await,
        End::BackLater => leased.give_back(Some(shop.settings.timing.beat)).await,
    }
}

async fn run(shop: &Shop, ticket: Ticket, work: &Work, grip: &Grip) -> End {
    if !is_wanted(shop, ticket, grip).await {
        return End::Over;
    }
    let made = tokio::select! {
        made = make(shop, ticket, work, grip) => made,
        // What is being computed is waited for there.
        () = unbegun(shop, ticket, grip) => return End::Over,
    };
    match made {
        Made::Rows(result) => {
            let rows = result.rows.len() as u64;
            let packed = spawn_blocking(move || pack(&result)).await;
            let bytes = match packed {
                Ok(Ok(bytes)) if bytes.len() <= PIECE_BYTES * PIECES_MAX as usize => bytes,
                Ok(Ok(_)) => return refuse(shop, ticket, grip, Refusal::Job, "too large").await,
                Ok(Err(error)) => {
                    return refuse(shop, ticket, grip, Refusal::Job, &error.to_string()).await;
                }
                Err(_) => return refuse(shop, ticket, grip, Refusal::Job, "not packed").await,
            };
            if answer(shop, ticket, grip, &bytes).await {
                shop.chunks.fetch_add(1, Ordering::Relaxed);
                shop.rows.fetch_add(rows, Ordering::Relaxed);
            }
            End::Over
        }
        Made::Refusal(refusal, why) => refuse(shop, ticket, grip, refusal, &why).await,
        Made::Nothing(end) => end,
    }
}

/// Asks before it begins: the work may be old, or a run cancelled, or a gateway gone.
async fn is_wanted(shop: &Shop, ticket: Ticket, grip: &Grip) -> bool {
    for _ in 0..TRIES {
        if let Some(unwanted) = shop.beat(&grip.gateway, vec![said(ticket, grip)], false).await {
            return !unwanted.contains(&ticket);
        }
        sleep(BREATH).await;
    }
    false
}

/// Resolves when nobody wants it, if it is not being computed.
async fn unbegun(shop: &Shop, ticket: Ticket, grip: &Grip) {
    grip.unwanted.cancelled().await;
    if shop.held().get(&ticket).is_some_and(|grip| grip.began.is_some()) {
        std::future::pending::<()>().await;
    }
}

async fn make(shop: &Shop, ticket: Ticket, work: &Work, grip: &Grip) -> Made {
    let from = From { gateway: grip.gateway.clone(), ticket };
    let Some(read) = Read::of(work) else {
        return Made::Refusal(Refusal::Job, "this build does not understand it".to_owned());
    };
    let job = match shop.supplies.job(read.job, &from).await {
        Ok(job) => job,
        Err(error) => return not_supplied(shop, &error, Refusal::Job),
    };
    if let Err(error) = shop.supplies.bars(&job, &from).await {
        return not_supplied(shop, &error, Refusal::Data);
    }
    shop.ability().supplied();
    let _turn = tokio::select! {
        turn = shop.turns.acquire() => turn,
        () = shop.leaving.cancelled() => return Made::Nothing(End::Back),
        () = sleep(shop.patience()) => return Made::Nothing(End::Back),
    };
    let begun = Grip { began: Some(Instant::now()), ..grip.clone() };
    shop.held().insert(ticket, begun.clone());
    // Said before it begins: should this process end at once, it is known of what.
    if !is_wanted(shop, ticket, &begun).await {
        return Made::Nothing(End::Over);
    }
    compute(shop, read.chunk(Arc::clone(&job)), &job, grip).await
}

async fn compute(shop: &Shop, chunk: Chunk, job: &Job, grip: &Grip) -> Made {
    let mut evaluated = shop.executor.evaluate(chunk, Arc::clone(&grip.meter));
    let evaluated = tokio::select! {
        evaluated = &mut evaluated => evaluated,
        () = grip.unwanted.cancelled() => {
            grip.meter.stop();
            if timeout(RETURN_MAX, &mut evaluated).await.is_err() {
                tracing::error!("a strategy does not return: this process ends");
                shop.stuck.cancel();
            }
            return Made::Nothing(End::Over);
        }
    };
    match evaluated {
        Ok(result) => Made::Rows(result),
        Err(ExecError::Stopped) => Made::Nothing(End::Over),
        Err(ExecError::Unavailable(_)) => Made::Nothing(End::Back),
        // What was brought here is gone or damaged: it is this machine's fault, and no reason for
        // another one not to compute it.
        Err(ExecError::DataMissing(why) | ExecError::Unreadable(why)) => {
            shop.supplies.forget(job);
            shop.ails(&why, 0);
            Made::Nothing(End::BackLater)
        }
        Err(ExecError::Poisoned(why)) => Made::Refusal(Refusal::Poisoned, why),
    }
}

fn not_supplied(shop: &Shop, error: &SupplyError, refusal: Refusal) -> Made {
    match error {
        SupplyError::Io { bytes, .. } => {
            shop.ails(&error.to_string(), *bytes);
            Made::Nothing(End::BackLater)
        }
        // It may have come to its end meanwhile; else it is handed out anew.
        SupplyError::Silence => Made::Nothing(End::Back),
        SupplyError::NotThere(_) | SupplyError::Other(_) => {
            Made::Refusal(refusal, error.to_string())
        }
    }
}

async fn refuse(shop: &Shop, ticket: Ticket, grip: &Grip, refusal: Refusal, why: &str) -> End {
    tracing::warn!(%ticket, ?refusal, why, "not computed");
    let answer =
        Answer { refusal: Some(refusal.into()), text: why.to_owned(), ..Answer::default() };
    send(shop, ticket, grip, Answer { pieces: 1, ..answer }).await;
    End::Over
}

/// Whether somebody took it.
async fn answer(shop: &Shop, ticket: Ticket, grip: &Grip, bytes: &[u8]) -> bool {
    let pieces = bytes.len().div_ceil(PIECE_BYTES).max(1);
    let bars = grip.meter.bars();
    for piece in 0..pieces {
        let begin = piece * PIECE_BYTES;
        let body = bytes[begin..bytes.len().min(begin + PIECE_BYTES)].to_vec();
        let (piece, pieces) = (piece as u32, pieces as u32);
        let answer = Answer { piece, pieces, body, bars, ..Answer::default() };
        if !send(shop, ticket, grip, answer).await {
            return false;
        }
    }
    true
}

/// Sends it until it is taken, or nobody wants it.
async fn send(shop: &Shop, ticket: Ticket, grip: &Grip, answer: Answer) -> bool {
    let (ticket, worker) = (ticket.bytes(), shop.name.clone());
    let bytes = Answer { format: FORMAT, ticket, worker, ..answer }.encode_to_vec();
    loop {
        let subject = shop.names.answer(&grip.gateway);
        let reply = tokio::select! {
            reply = shop.link.ask(subject, bytes.clone()) => reply,
            () = grip.unwanted.cancelled() => return false,
        };
        if let Reply::Answered(bytes) = reply {
            match Receipt::decode(bytes).map(|receipt| receipt.verdict()) {
                Ok(Verdict::Taken) => return true,
                Ok(Verdict::Unwanted) | Err(_) => return false,
                Ok(Verdict::Later) => {}
            }
        }
        // Whether the gateway is gone for good, the beats find out.
        sleep(BREATH).await;
    }
}

/// Work as it is understood here.
pub(super) struct Read {
    job: Digest,
    run_id: RunId,
    attempt: u32,
    portion: Portion,
    keep: Keep,
}

impl Read {
    pub(super) fn of(work: &Work) -> Option<Self> {
        if work.format > FORMAT || work.start > work.end {
            return None;
        }
        let span = |span: &super::message::WireSpan| {
            Keep::Span(Span { start_ms: span.start_ms, end_ms: span.end_ms })
        };
        let indices = work.only.as_ref().map(|only| only.trials.as_slice().into());
        Some(Self {
            job: Digest::from_bytes(work.job_sha256.as_slice().try_into().ok()?),
            run_id: RunId::from_slice(&work.run_id)?,
            attempt: work.attempt,
            portion: Portion { places: work.start..work.end, indices },
            keep: work.span.as_ref().map_or(Keep::Rows, span),
        })
    }

    pub(super) fn chunk(self, job: Arc<Job>) -> Chunk {
        let Self { run_id, attempt, portion, keep, .. } = self;
        Chunk { run_id, attempt, portion, job, keep }
    }
}
