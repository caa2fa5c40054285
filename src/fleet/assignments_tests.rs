//! The ledger of the fleet: what each rule is for, and that no order of events strands a chunk.

use proptest::prelude::*;

use super::*;
use crate::fleet::assignment::HOLDERS_MAX;

const RULES: Rules = Rules {
    unnamed_ms: 5,
    look_gap_ms: 2,
    dead_ms: 15,
    still_ms: 60,
    again_ms: 1,
    untaken_ms: 120,
};
const CARE: Care = Care { expected_ms: 2, deaths_max: 3, is_suspect: false };

/// One chunk that is out by a ticket of that number.
fn out(care: Care) -> (Assignments, Ticket) {
    let mut all = Assignments::new(RULES);
    all.begin(1, care, 0);
    assert_eq!(all.tick(0, false), [Action::HandOut(1)]);
    let ticket = Ticket::of(1);
    all.leaving(1, ticket);
    all.left(1, ticket, true, 0);
    (all, ticket)
}

const fn computing(ticket: Ticket) -> Word {
    Word { ticket, is_computing: true, bars: 0 }
}

/// Somebody else is heard all the time.
fn listen(all: &mut Assignments, from: u64, to: u64) {
    (from..=to).for_each(|now| all.heard(now));
}

#[test]
fn what_two_looks_do_not_find_is_handed_out_by_a_new_ticket() {
    let (mut all, ticket) = out(CARE);
    assert_eq!(all.tick(4, false), []);
    assert_eq!(all.tick(5, false), [Action::Look(1, ticket)]);
    all.looked(1, ticket, false, 5);
    assert_eq!(all.tick(6, false), [], "it may be on its way from the queue to a worker");
    assert_eq!(all.tick(7, false), [Action::Look(1, ticket)]);
    all.looked(1, ticket, false, 7);
    assert_eq!(all.bearer(ticket), None);
    assert_eq!(all.tick(7, false), [Action::HandOut(1)]);
}

#[test]
fn what_is_queued_or_named_is_not_lost() {
    let (mut all, ticket) = out(CARE);
    for now in (5..100).step_by(5) {
        assert_eq!(all.tick(now, false), [Action::Look(1, ticket)]);
        all.looked(1, ticket, true, now);
    }
    for now in 100..130 {
        let word = Word { bars: now, ..computing(ticket) };
        assert_eq!(all.beat("a", &[word], true, now), []);
        assert_eq!(all.advance(1, now), if now == 100 { 100 } else { 1 });
        assert_eq!(all.tick(now, false), []);
    }
}

#[test]
fn three_deaths_are_enough_and_a_worker_that_lets_go_is_none() {
    let (mut all, ticket) = out(CARE);
    let mut now = 0;
    for worker in ["a", "b", "c"] {
        _ = all.beat(worker, &[computing(ticket)], true, now);
        // One that lets go in peace, and one that never began.
        _ = all.beat("peace", &[computing(ticket)], true, now);
        _ = all.beat("peace", &[], true, now);
        let waits = Word { ticket, is_computing: false, bars: 0 };
        _ = all.beat("waits", &[waits], false, now);
        listen(&mut all, now, now + 15);
        now += 15;
        let actions = all.tick(now, false);
        if worker == "c" {
            assert_eq!(actions, [Action::GiveUp(1, Why::Deaths)]);
        } else {
            assert!(!actions.contains(&Action::GiveUp(1, Why::Deaths)), "{worker}");
        }
    }
    assert_eq!(all.beat("d", &[computing(ticket)], true, now), [ticket]);
}

#[test]
fn a_death_counts_also_where_the_next_worker_has_the_chunk_already() {
    let (mut all, ticket) = out(Care { deaths_max: 1, ..CARE });
    _ = all.beat("a", &[computing(ticket)], true, 0);
    listen(&mut all, 0, 14);
    _ = all.beat("b", &[computing(ticket)], true, 14);
    assert_eq!(all.tick(15, false), [Action::GiveUp(1, Why::Deaths)]);
}

#[test]
fn where_nobody_at_all_is_heard_nobody_died_of_a_chunk() {
    let (mut all, ticket) = out(Care { deaths_max: 1, ..CARE });
    _ = all.beat("a", &[computing(ticket)], true, 0);
    // The broker was away, or this process stood still.
    assert_eq!(all.tick(100, false), [Action::Look(1, ticket)]);
    all.looked(1, ticket, true, 100);
    listen(&mut all, 100, 114);
    let actions = all.tick(114, false);
    assert!(!actions.contains(&Action::GiveUp(1, Why::Deaths)), "it may be about to speak");
    listen(&mut all, 114, 115);
    assert_eq!(all.tick(115, false), [Action::GiveUp(1, Why::Deaths)]);
}

#[test]
fn who_begins_anew_after_a_death_does_not_stand_still() {
    let (mut all, ticket) = out(CARE);
    _ = all.beat("a", &[Word { bars: 1_000, ..computing(ticket) }], true, 0);
    for now in 1..900 {
        let word = Word { bars: now, ..computing(ticket) };
        assert_eq!(all.beat("b", &[word], true, now), []);
        let of_death = if now == 15 { vec![Action::Suspect(1)] } else { vec![] };
        assert_eq!(all.tick(now, false), of_death, "after {now}");
    }
    assert_eq!(all.bearer(ticket), Some(1));
}

#[test]
fn no_beats_are_more_than_kept_in_mind() {
    let (mut all, ticket) = out(CARE);
    for number in 0..1_000 {
        assert_eq!(all.beat(&number.to_string(), &[computing(ticket)], true, 0), []);
    }
    assert_eq!(all.chunks[&1].holders.len(), HOLDERS_MAX);
    all.begin(2, Care { expected_ms: u64::MAX, ..CARE }, 0);
    all.leaving(2, Ticket::of(2));
    _ = all.beat("a", &[computing(Ticket::of(2))], false, 0);
    assert_eq!(all.tick(1, false), [], "a time that a worker made up");
}

#[test]
fn what_stands_still_is_begun_elsewhere_and_given_up_the_third_time() {
    let (mut all, mut ticket) = out(CARE);
    let mut now = 0;
    for time in 1..=3 {
        let begin = now;
        loop {
            _ = all.beat("a", &[computing(ticket)], true, now);
            let actions = all.tick(now, false);
            if !actions.is_empty() {
                assert_eq!(now - begin, 60);
                let expected = match time {
                    1 => vec![Action::Suspect(1), Action::HandOut(1)],
                    2 => vec![Action::HandOut(1)],
                    _ => vec![Action::GiveUp(1, Why::Stalls)],
                };
                assert_eq!(actions, expected);
                break;
            }
            now += 1;
        }
        let former = ticket;
        ticket = Ticket::of(time + 1);
        all.leaving(1, ticket);
        all.left(1, ticket, true, now);
        assert_eq!(all.beat("a", &[computing(former)], true, now), [former]);
    }
}

#[test]
fn a_chunk_is_suspect_from_the_first_death_on_and_that_is_told_before_it_goes_back() {
    let (mut all, ticket) = out(CARE);
    _ = all.beat("a", &[computing(ticket)], true, 0);
    assert!(!all.is_suspect(1, "a"), "who computes it speaks of it");
    assert!(all.is_suspect(1, "b"), "the other one may be dead already");
    listen(&mut all, 0, 15);
    let actions = all.tick(15, false);
    assert!(actions.contains(&Action::Suspect(1)), "{actions:?}");
    assert!(!all.tick(15, false).contains(&Action::Suspect(1)), "nothing is told twice");
    assert!(all.is_suspect(1, "a"));
    assert_eq!(all.tick(16, true), [Action::Return(1)]);
}

#[test]
fn the_only_worker_that_falls_silent_leaves_its_chunk_suspect_and_others_not() {
    let (mut all, ticket) = out(CARE);
    for id in [2, 3] {
        all.begin(id, CARE, 0);
        all.leaving(id, Ticket::of(id));
        all.left(id, Ticket::of(id), true, 0);
    }
    let waits = Word { ticket: Ticket::of(2), is_computing: false, bars: 0 };
    _ = all.beat("a", &[computing(ticket), waits], true, 0);
    // Nobody is heard any more, so that nobody is known to be dead.
    let expected = [Action::Suspect(1), Action::Return(1), Action::Return(2), Action::Return(3)];
    assert_eq!(all.tick(30, true), expected);
}

#[test]
fn what_lay_with_a_worker_that_is_gone_is_suspect_also_where_the_queue_forgot_it() {
    let (mut all, ticket) = out(CARE);
    _ = all.beat("a", &[computing(ticket)], true, 0);
    for now in [5, 7] {
        all.looked(1, ticket, false, now);
    }
    assert_eq!(all.tick(7, false), [Action::Suspect(1), Action::HandOut(1)]);
}

#[test]
fn what_nobody_computes_is_not_waited_for_though_workers_are_there_and_name_it() {
    let (mut all, ticket) = out(CARE);
    let waits = Word { ticket, is_computing: false, bars: 0 };
    for now in 0..120 {
        _ = all.beat("a", &[waits], true, now);
        assert_eq!(all.tick(now, false), [], "after {now}");
    }
    assert_eq!(all.tick(120, false), [Action::Untaken(1)]);
    assert_eq!(all.bearer(ticket), None);
    // One that is computed is waited for, and for as long again once it is not.
    let (mut all, ticket) = out(CARE);
    for now in 0..300 {
        _ = all.beat("a", &[Word { bars: now, ..computing(ticket) }], true, now);
        assert_eq!(all.tick(now, false), [], "after {now}");
    }
    _ = all.beat("a", &[], true, 300);
    listen(&mut all, 300, 418);
    assert!(!all.tick(418, false).contains(&Action::Untaken(1)));
    assert_eq!(all.tick(419, false), [Action::Untaken(1)]);
}

#[test]
fn what_a_worker_held_that_is_set_aside_goes_out_anew_and_its_ticket_counts_no_more() {
    let (mut all, ticket) = out(CARE);
    _ = all.beat("a", &[computing(ticket)], true, 0);
    all.take_away("b", 1);
    assert_eq!(all.bearer(ticket), Some(1));
    all.take_away("a", 1);
    assert_eq!(all.bearer(ticket), None);
    assert_eq!(all.tick(1, false), [Action::HandOut(1)], "and nobody died of it");
    let next = Ticket::of(2);
    all.leaving(1, next);
    all.left(1, next, true, 1);
    // It takes that one as well.
    all.take_back(next, "a", 2);
    assert_eq!((all.bearer(next), all.out()), (None, 0));
    assert_eq!(all.tick(2, false), [Action::HandOut(1)]);
}

/// What may happen, in any order.
#[derive(Clone, Debug)]
enum Event {
    Begin,
    Tick { is_alone: bool, queues: bool },
    Looked(bool),
    Beat { worker: u8, which: prop::sample::Index, is_computing: bool, is_all: bool },
    Answer(prop::sample::Index),
    Stop(prop::sample::Index),
    Later(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let which = any::<prop::sample::Index>;
    prop_oneof![
        Just(Event::Begin),
        (prop::bool::weighted(0.1), prop::bool::weighted(0.8))
            .prop_map(|(is_alone, queues)| Event::Tick { is_alone, queues }),
        any::<bool>().prop_map(Event::Looked),
        (0..3_u8, which(), any::<bool>(), any::<bool>()).prop_map(
            |(worker, which, is_computing, is_all)| {
                Event::Beat { worker, which, is_computing, is_all }
            }
        ),
        which().prop_map(Event::Answer),
        which().prop_map(Event::Stop),
        (1..20_u64).prop_map(Event::Later),
    ]
}

/// All that ever was, and what became of it.
struct World {
    all: Assignments,
    now: u64,
    begun: u64,
    ended: Vec<ChunkId>,
    tickets: Vec<(Ticket, ChunkId)>,
    looks: Vec<(ChunkId, Ticket)>,
}

impl World {
    fn end(&mut self, id: ChunkId) {
        assert!(!self.ended.contains(&id), "{id} ended twice");
        assert!(id < self.begun);
        self.ended.push(id);
    }

    fn act(&mut self, is_alone: bool, queues: bool) {
        for action in self.all.tick(self.now, is_alone) {
            match action {
                Action::HandOut(id) => {
                    let ticket = Ticket::of(self.tickets.len() as u64);
                    self.tickets.push((ticket, id));
                    self.all.leaving(id, ticket);
                    self.all.left(id, ticket, queues, self.now);
                }
                Action::Look(id, ticket) => self.looks.push((id, ticket)),
                Action::GiveUp(id, _) | Action::Return(id) | Action::Untaken(id) => self.end(id),
                Action::Suspect(_) => {}
            }
        }
    }

    fn answer(&mut self, ticket: Ticket) {
        if let Some(id) = self.all.bearer(ticket) {
            let last = self.tickets.iter().rfind(|(_, of)| *of == id);
            assert_eq!(last.map(|(last, _)| *last), Some(ticket), "a former ticket counts");
            self.all.end(id);
            self.end(id);
        }
    }

    fn happen(&mut self, event: &Event) {
        match event {
            Event::Begin => {
                self.all.begin(self.begun, CARE, self.now);
                self.begun += 1;
            }
            Event::Tick { is_alone, queues } => self.act(*is_alone, *queues),
            Event::Looked(is_there) => {
                for (id, ticket) in self.looks.drain(..) {
                    self.all.looked(id, ticket, *is_there, self.now);
                }
            }
            Event::Beat { worker, which, is_computing, is_all } if !self.tickets.is_empty() => {
                let (ticket, _) = self.tickets[which.index(self.tickets.len())];
                let word = Word { ticket, is_computing: *is_computing, bars: 0 };
                let is_wanted = self.all.bearer(ticket).is_some();
                let unwanted = self.all.beat(&worker.to_string(), &[word], *is_all, self.now);
                assert_eq!(unwanted.is_empty(), is_wanted);
            }
            Event::Answer(which) if !self.tickets.is_empty() => {
                self.answer(self.tickets[which.index(self.tickets.len())].0);
            }
            Event::Stop(which) if self.begun > 0 => {
                let id = which.index(self.begun as usize) as u64;
                let is_live = !self.ended.contains(&id);
                self.all.end(id);
                if is_live {
                    self.end(id);
                }
            }
            Event::Beat { .. } | Event::Answer(_) | Event::Stop(_) => {}
            Event::Later(by) => self.now += by,
        }
    }
}

proptest! {
    #[test]
    fn each_chunk_ends_once_and_only_by_its_own_ticket_and_none_is_stranded(
        events in prop::collection::vec(event(), 0..200),
    ) {
        let mut world = World {
            all: Assignments::new(RULES),
            now: 0,
            begun: 0,
            ended: Vec::new(),
            tickets: Vec::new(),
            looks: Vec::new(),
        };
        for event in &events {
            world.happen(event);
        }
        // From here on nobody holds anything and the queue is empty; what is handed out is done.
        for _ in 0..40 {
            let known = world.tickets.len();
            world.act(false, true);
            world.happen(&Event::Looked(false));
            for place in known..world.tickets.len() {
                world.answer(world.tickets[place].0);
            }
            world.now += 5;
        }
        prop_assert_eq!(world.ended.len() as u64, world.begun);
        prop_assert_eq!(world.all.out(), 0);
        prop_assert!(world.all.chunks.is_empty());
    }
}
