//! Where the gateway hears: workers say that they are there and what they hold, answer, and ask for
//! what they need.

use std::sync::Arc;
use std::time::Duration;

use prost::Message as _;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::answers::receive;
use super::assignments::Word;
use super::gateway::Fleet;
use super::giving::give;
use super::link::{Ear, Heard, Link, LinkError};
use super::message::{Beat, Hello, NAME_BYTES_MAX, Ticket, Unwanted};
use super::proof::proof;
use super::rounds::look_after;
use super::rows::BARS_MAX;
use crate::strategy::Catalog;
use crate::telemetry;

/// Until the broker is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// Pieces of files that are read at once.
const PIECES_AT_ONCE: usize = 4;
/// Answers that are taken in at once.
const ANSWERS_AT_ONCE: usize = 64;

/// Opens it, and keeps it open for as long as anybody polls this.
pub(super) async fn open(fleet: Arc<Fleet>, catalog: Arc<Catalog>) {
    let proving = spawn_blocking(move || proof(&catalog));
    let Ok(proof) = proving.await else {
        tracing::error!("this build does not compute what it should; it has no fleet");
        return;
    };
    tracing::info!(proof, gateway = fleet.gateway, fleet = fleet.settings.fleet, "for a fleet");
    _ = fleet.proof.set(proof);
    let name = format!("gateway-{}", fleet.gateway);
    let link = loop {
        match Link::to(&fleet.settings.broker, fleet.names.clone(), &name).await {
            Ok(link) => break link,
            Err(error) => tracing::error!(%error, "no fleet"),
        }
        sleep(AGAIN).await;
    };
    _ = fleet.link.set(link.clone());
    tokio::join!(hear_all(&fleet, &link), look_after(&fleet, &link));
}

async fn hear_all(fleet: &Arc<Fleet>, link: &Link) {
    loop {
        match ears(fleet, link).await {
            Ok(ears) => hear(fleet, link, ears).await,
            Err(error) => tracing::warn!(%error, "the fleet is not heard"),
        }
        sleep(AGAIN).await;
    }
}

struct Ears {
    hello: Ear,
    beat: Ear,
    answer: Ear,
    want: Ear,
}

async fn ears(fleet: &Fleet, link: &Link) -> Result<Ears, LinkError> {
    let Fleet { names, gateway, .. } = fleet;
    Ok(Ears {
        hello: link.hear(names.hello()).await?,
        beat: link.hear(names.beat(gateway)).await?,
        answer: link.hear(names.answer(gateway)).await?,
        want: link.hear(names.want(gateway)).await?,
    })
}

/// Hears until the connection is given up. What takes a while keeps nobody else waiting: whose beat
/// is not heard seems to be dead.
async fn hear(fleet: &Arc<Fleet>, link: &Link, ears: Ears) {
    let Ears { mut hello, mut beat, mut answer, mut want } = ears;
    let hellos = async {
        while let Some(heard) = hello.next().await {
            greet(fleet, &heard);
        }
    };
    let beats = async {
        while let Some(heard) = beat.next().await {
            if let Some(unwanted) = take_beat(fleet, &heard) {
                link.answer(&heard, unwanted.encode_to_vec()).await;
            }
        }
    };
    let answers = async {
        let turns = Arc::new(Semaphore::new(ANSWERS_AT_ONCE));
        while let Some(heard) = answer.next().await {
            let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { return };
            let (fleet, link) = (Arc::clone(fleet), link.clone());
            telemetry::spawn(async move {
                let _turn = turn;
                if let Some(receipt) = receive(&fleet, heard.bytes()).await {
                    link.answer(&heard, receipt.encode_to_vec()).await;
                }
            });
        }
    };
    let wants = async {
        let turns = Arc::new(Semaphore::new(PIECES_AT_ONCE));
        while let Some(heard) = want.next().await {
            let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { return };
            let (fleet, link) = (Arc::clone(fleet), link.clone());
            telemetry::spawn(async move {
                let _turn = turn;
                let piece = give(&fleet, heard.bytes()).await.unwrap_or_default();
                link.answer(&heard, piece.encode_to_vec()).await;
            });
        }
    };
    // All of them end with the connection.
    tokio::join!(hellos, beats, answers, wants);
}

fn greet(fleet: &Fleet, heard: &Heard) {
    let Ok(hello) = Hello::decode(heard.bytes()) else { return };
    let Hello { worker, host, proof, version, revision, arch, known_as, problem, .. } = &hello;
    let texts = [worker, host, proof, version, revision, arch, known_as, problem];
    if texts.iter().any(|text| text.len() > NAME_BYTES_MAX) {
        return;
    }
    let (worker, host, slots) = (hello.worker.clone(), hello.host.clone(), hello.slots);
    let (version, revision) = (hello.version.clone(), hello.revision.clone());
    let is_other = fleet.proof.get().is_some_and(|proof| *proof != hello.proof);
    let now_ms = fleet.now_ms();
    let is_new = {
        let mut books = fleet.books();
        books.assignments.heard(now_ms);
        books.presence.hear(hello, now_ms)
    };
    if is_new {
        if is_other {
            tracing::warn!(
                worker,
                host,
                version,
                revision,
                "a worker computes other bits: no work"
            );
        } else {
            tracing::info!(worker, host, slots, "a worker has come");
        }
    }
    fleet.count();
}

/// Takes what a worker holds; answers what of it nobody wants.
fn take_beat(fleet: &Fleet, heard: &Heard) -> Option<Unwanted> {
    let Beat { worker, held, is_all } = Beat::decode(heard.bytes()).ok()?;
    if worker.len() > NAME_BYTES_MAX {
        return None;
    }
    let word = |held: &super::message::Held| {
        let ticket = Ticket::read(&held.ticket)?;
        Some(Word { ticket, is_computing: held.is_computing, bars: held.bars.min(BARS_MAX) })
    };
    let words: Vec<Word> = held.iter().filter_map(word).collect();
    let now_ms = fleet.now_ms();
    let mut books = fleet.books();
    if let Some(why) = books.presence.aside(&worker) {
        let aside = why.to_owned();
        for Word { ticket, .. } in &words {
            books.assignments.take_back(*ticket, &worker, now_ms);
        }
        let tickets = words.into_iter().map(|word| word.ticket.bytes()).collect();
        return Some(Unwanted { tickets, aside });
    }
    let unwanted = books.assignments.beat(&worker, &words, is_all, now_ms);
    for Word { ticket, bars, .. } in words {
        if let Some(id) = books.assignments.bearer(ticket) {
            let more = books.assignments.advance(id, bars);
            if let Some(waiting) = books.chunks.get(&id) {
                waiting.meter.add_bars(more);
            }
        }
    }
    let tickets = unwanted.into_iter().map(Ticket::bytes).collect();
    Some(Unwanted { tickets, aside: String::new() })
}
