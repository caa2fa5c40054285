//! What only looks like an answer changes nothing, and what is one counts once.

use std::collections::BTreeMap;
use std::time::Duration;

use tempfile::TempDir;
use tokio::task::{JoinHandle, yield_now};

use super::*;
use crate::data::BarStore;
use crate::digest::Digest;
use crate::engine::Meter;
use crate::fleet::assignments::Word;
use crate::fleet::gateway::FleetSettings;
use crate::fleet::jobs::{Said, asked_of};
use crate::fleet::link::Broker;
use crate::fleet::rows::pack;
use crate::fleet::timing::Timing;
use crate::run::{BacktestSpec, RunId, RunSpec, StrategyRef, TrialOutcome, TrialRow};
use crate::runner::{Chunk, Job, Keep, Kept, Portion, Route, Work};
use crate::strategy::{Catalog, Params};
use crate::trading::Simulation;

/// The trials of the chunk.
pub(in crate::fleet) const TRIALS: [u64; 3] = [4, 7, 9];

/// A gateway without a broker, and a chunk of it that is out by this ticket.
struct Scene {
    chunk: Chunk,
    fleet: Arc<Fleet>,
    ticket: Ticket,
    meter: Arc<Meter>,
    outcome: JoinHandle<Option<Outcome>>,
    _folder: TempDir,
}

pub(in crate::fleet) fn chunk() -> Chunk {
    let catalog = Catalog::shipped();
    let entry = catalog.find("sma_cross", "").unwrap();
    let (name, version) = (entry.name.clone().into_owned(), entry.version.clone().into_owned());
    let spec = RunSpec::Backtest(BacktestSpec {
        strategy: StrategyRef { name, version, rules: None },
        params: Params::resolve(&entry.params, &BTreeMap::new()).unwrap(),
        subscriptions: Vec::new(),
        start_ms: 0,
        end_ms: 60_000,
        warmup_bars: 0,
        aux: Vec::new(),
        schedule: None,
        benchmark: None,
        simulation: Simulation::with_cash("10000".parse().unwrap()),
    });
    Chunk {
        run_id: RunId::new(0),
        attempt: 1,
        portion: Portion { places: 0..10, indices: Some(TRIALS.as_slice().into()) },
        job: Arc::new(Job::new(spec).unwrap()),
        keep: Keep::Rows,
    }
}

impl Scene {
    async fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bars = Arc::new(BarStore::open(folder.path().to_owned(), 1 << 20).unwrap());
        let (fleet, timing) = ("test".to_owned(), Timing::default());
        let settings = FleetSettings {
            broker: Broker::default(),
            fleet,
            min_seconds: 0,
            verify: 0,
            program: None,
            timing,
        };
        let fleet = Arc::new(Fleet::new(settings, "g".to_owned(), bars, 1));
        let said = Arc::new(Said { sha256: Digest::of(b"job"), json: Vec::new() });
        let meter = Arc::new(Meter::default());
        let chunk = chunk();
        let asked = Arc::new(asked_of(&chunk));
        let carried = Arc::clone(&fleet).carry(chunk.clone(), said, asked, Arc::clone(&meter));
        let outcome = crate::telemetry::spawn(carried);
        while fleet.books().chunks.is_empty() {
            yield_now().await;
        }
        let ticket = Ticket::random().unwrap();
        fleet.books().assignments.leaving(0, ticket);
        Self { chunk, fleet, ticket, meter, outcome, _folder: folder }
    }

    async fn say(&self, answer: &Answer) -> Verdict {
        let receipt = receive(&self.fleet, &answer.encode_to_vec()).await.unwrap();
        receipt.verdict()
    }

    fn is_waiting(&self) -> bool {
        !self.outcome.is_finished() && self.fleet.books().chunks.contains_key(&0)
    }
}

fn body(trials: &[u64]) -> Vec<u8> {
    let row = |&trial_index: &u64| TrialRow {
        trial_index,
        outcome: TrialOutcome::Completed(Box::default()),
        compute_us: 5,
        detail: None,
    };
    let rows = trials.iter().map(row).collect();
    let work = Work { route: Route::BarByBar, bars: 30, time: Duration::from_micros(15) };
    pack(&ChunkResult { rows, kept: Kept::Rows, work, hold: None }).unwrap()
}

fn answer(ticket: Ticket, body: Vec<u8>) -> Answer {
    let (ticket, worker) = (ticket.bytes(), "w".to_owned());
    Answer { format: FORMAT, ticket, worker, pieces: 1, body, bars: 30, ..Answer::default() }
}

#[tokio::test]
async fn a_forged_ticket_answers_for_nothing() {
    let scene = Scene::set().await;
    for forged in [Ticket::random().unwrap(), Ticket::of(0)] {
        let refused = Answer { refusal: Some(Refusal::Poisoned.into()), ..answer(forged, vec![]) };
        for forgery in [answer(forged, body(&TRIALS)), refused] {
            assert_eq!(scene.say(&forgery).await, Verdict::Unwanted);
        }
    }
    let mut cut = answer(scene.ticket, body(&TRIALS));
    cut.ticket.pop();
    assert_eq!(scene.say(&cut).await, Verdict::Unwanted);
    assert!(receive(&scene.fleet, b"\xff\xff").await.is_none());
    assert!(scene.is_waiting());
    assert_eq!((scene.meter.bars(), scene.fleet.answered.load(Ordering::Relaxed)), (0, 0));
    assert_eq!(scene.say(&answer(scene.ticket, body(&TRIALS))).await, Verdict::Taken);
    let Ok(Some(Outcome::Done(result, _))) = scene.outcome.await else { panic!("it is answered") };
    assert_eq!(result.rows.len(), TRIALS.len());
}

#[tokio::test]
async fn a_damaged_result_is_none_and_the_chunk_is_computed_here() {
    let whole = body(&TRIALS);
    let mut flipped = whole.clone();
    flipped[0] ^= 1;
    let damaged = [
        Vec::new(),
        flipped,
        whole[..whole.len() / 2].to_vec(),
        body(&TRIALS[..2]),
        body(&[4, 9, 7]),
        body(&[4, 7, 9, 10]),
    ];
    for (number, body) in damaged.into_iter().enumerate() {
        let scene = Scene::set().await;
        assert_eq!(scene.say(&answer(scene.ticket, body)).await, Verdict::Taken);
        let outcome = scene.outcome.await.unwrap();
        assert!(matches!(outcome, Some(Outcome::Here)), "{number}: {outcome:?}");
        assert_eq!(scene.meter.bars(), 0, "{number}");
    }
    let odd: [fn(&mut Answer); 4] = [
        |answer| answer.format = FORMAT + 1,
        |answer| (answer.piece, answer.pieces) = (1, 1),
        |answer| answer.pieces = crate::fleet::message::PIECES_MAX + 1,
        |answer| answer.worker = "w".repeat(NAME_BYTES_MAX + 1),
    ];
    for (number, odd) in odd.into_iter().enumerate() {
        let scene = Scene::set().await;
        let mut answer = answer(scene.ticket, body(&TRIALS));
        odd(&mut answer);
        assert_eq!(scene.say(&answer).await, Verdict::Taken);
        let outcome = scene.outcome.await.unwrap();
        assert!(matches!(outcome, Some(Outcome::Here)), "{number}: {outcome:?}");
    }
}

#[tokio::test]
async fn what_has_ended_or_is_handed_out_anew_is_answered_by_nobody_else() {
    let scene = Scene::set().await;
    let former = scene.ticket;
    let next = Ticket::random().unwrap();
    scene.fleet.books().assignments.leaving(0, next);
    assert_eq!(scene.say(&answer(former, body(&TRIALS))).await, Verdict::Unwanted);
    assert!(scene.is_waiting());
    assert_eq!(scene.say(&answer(next, body(&TRIALS))).await, Verdict::Taken);
    for _ in 0..3 {
        assert_eq!(scene.say(&answer(next, body(&TRIALS))).await, Verdict::Unwanted);
        let poison = Answer { refusal: Some(Refusal::Poisoned.into()), ..answer(next, vec![]) };
        assert_eq!(scene.say(&poison).await, Verdict::Unwanted);
    }
    assert!(matches!(scene.outcome.await, Ok(Some(Outcome::Done(..)))));
    assert_eq!((scene.meter.bars(), scene.fleet.answered.load(Ordering::Relaxed)), (30, 1));
}

#[tokio::test]
async fn pieces_of_two_workers_make_no_whole() {
    let scene = Scene::set().await;
    let whole = body(&TRIALS);
    let (left, right) = whole.split_at(whole.len() / 2);
    let piece = |worker: &str, piece: u32, bytes: &[u8]| Answer {
        worker: worker.to_owned(),
        piece,
        pieces: 2,
        ..answer(scene.ticket, bytes.to_vec())
    };
    for part in [piece("a", 0, left), piece("b", 1, right), piece("a", 0, left)] {
        assert_eq!(scene.say(&part).await, Verdict::Taken);
        assert!(scene.is_waiting());
    }
    // More senders than are kept apart; then the first begins anew.
    for number in 0..2 * SENDERS_MAX {
        assert_eq!(scene.say(&piece(&number.to_string(), 0, left)).await, Verdict::Taken);
    }
    assert!(scene.fleet.books().chunks[&0].pieces.len() <= SENDERS_MAX);
    assert_eq!(scene.say(&piece("a", 1, right)).await, Verdict::Taken);
    assert!(scene.is_waiting());
    assert_eq!(scene.say(&piece("a", 0, left)).await, Verdict::Taken);
    assert!(matches!(scene.outcome.await, Ok(Some(Outcome::Done(..)))));
}

#[tokio::test]
async fn what_waits_to_be_committed_is_counted_as_it_is_in_memory() {
    let scene = Scene::set().await;
    let failed = |&trial_index: &u64| {
        let failure = crate::run::Failure::new("X", "x".repeat(1 << 20));
        TrialRow::failed(trial_index, failure, 1)
    };
    let rows: Vec<_> = TRIALS.iter().map(failed).collect();
    let work = Work { route: Route::BarByBar, bars: 30, time: Duration::from_micros(15) };
    let body = pack(&ChunkResult { rows, kept: Kept::Rows, work, hold: None }).unwrap();
    assert!(body.len() < 1_000, "three mebibytes of one text, and little on the way");
    // There is room for the bytes that came, and none for what they are.
    let others = Arc::clone(&scene.fleet.room);
    let others = others.try_acquire_many_owned(ROOM_KIB as u32 - 1_024).unwrap();
    assert_eq!(scene.say(&answer(scene.ticket, body.clone())).await, Verdict::Later);
    assert!(scene.is_waiting());
    assert_eq!(scene.fleet.room.available_permits(), 1_024, "and nothing is kept of it");
    drop(others);
    assert_eq!(scene.say(&answer(scene.ticket, body)).await, Verdict::Taken);
    let Ok(Some(Outcome::Done(result, _))) = scene.outcome.await else { panic!("it is answered") };
    let taken = ROOM_KIB - scene.fleet.room.available_permits();
    assert!((3 * 1_024..3 * 1_024 + 8).contains(&taken), "{taken} KiB");
    drop(result);
    assert_eq!(scene.fleet.room.available_permits(), ROOM_KIB);
}

#[tokio::test]
async fn one_worker_that_calls_a_chunk_deadly_is_not_believed_alone() {
    let scene = Scene::set().await;
    let refusal = |refusal: Refusal| Answer {
        refusal: Some(refusal.into()),
        text: "boom".to_owned(),
        ..answer(scene.ticket, vec![])
    };
    assert_eq!(scene.say(&refusal(Refusal::Poisoned)).await, Verdict::Taken);
    assert!(scene.fleet.is_suspect(&scene.chunk), "it is not computed among others");
    let outcome = scene.outcome.await.unwrap();
    assert!(matches!(outcome, Some(Outcome::Accused(why)) if why == "boom"));
}

#[tokio::test]
async fn what_another_worker_may_have_died_of_comes_back_as_suspect() {
    for is_other_computing in [false, true] {
        let scene = Scene::set().await;
        let word = Word { ticket: scene.ticket, is_computing: is_other_computing, bars: 0 };
        _ = scene.fleet.books().assignments.beat("other", &[word], true, 0);
        let refused =
            Answer { refusal: Some(Refusal::Data.into()), ..answer(scene.ticket, vec![]) };
        assert_eq!(scene.say(&refused).await, Verdict::Taken);
        assert_eq!(scene.fleet.is_suspect(&scene.chunk), is_other_computing);
        assert!(matches!(scene.outcome.await, Ok(Some(Outcome::Here))));
    }
}

#[tokio::test]
async fn nothing_is_taken_from_a_worker_that_is_set_aside() {
    let scene = Scene::set().await;
    scene.fleet.set_aside("w", &scene.chunk, 4, "sharpe");
    assert_eq!(scene.say(&answer(scene.ticket, body(&TRIALS))).await, Verdict::Unwanted);
    assert!(scene.is_waiting());
    assert_eq!(scene.fleet.books().assignments.bearer(scene.ticket), None, "it goes to others");
    let next = Ticket::random().unwrap();
    scene.fleet.books().assignments.leaving(0, next);
    let honest = Answer { worker: "other".to_owned(), ..answer(next, body(&TRIALS)) };
    assert_eq!(scene.say(&honest).await, Verdict::Taken);
    assert!(matches!(scene.outcome.await, Ok(Some(Outcome::Done(_, who))) if who == "other"));
}
