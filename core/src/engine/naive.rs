//! What becomes of the orders of a text, told plainly and slowly: one instrument, one step for each
//! entry.

use crate::market::Bar;
use crate::trading::{Path, Priced, Side, Touch};

/// Bars with the times at which they end.
pub(super) type Bars = Vec<(Bar, i64)>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Market,
    Limit,
    Stop,
}

/// `enter` or `add`, at the close and so much, where the volume is below that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    pub adds: bool,
    pub side: Side,
    pub kind: Kind,
    pub offset: i64,
    pub volume_below: i64,
    pub bars: u32,
    pub most: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    At,
    Follow,
    Move,
}

/// `stop` or `target`, so far from the fill if it stays and from the close if it moves.
#[derive(Clone, Copy, Debug)]
pub(super) struct LevelSaid {
    pub side: Side,
    pub is_stop: bool,
    pub mode: Mode,
    pub distance: i64,
}

/// A level of an entry: a price, or so far from its fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Price(i64),
    FromFill(i64),
}

/// The stop and the target.
type Exits = [Option<Level>; 2];

/// Where the order of a statement waits.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Put {
    given: u64,
    price: i64,
    exits: Exits,
    bars_left: u32,
}

/// The one order of a statement: where it waits on the bar under way, and what was said since,
/// which holds from the next one on.
#[derive(Clone, Copy, Debug, Default)]
struct Waiting {
    now: Option<Put>,
    #[expect(clippy::option_option, reason = "nothing was said, or that it waits no more")]
    next: Option<Option<Put>>,
}

/// For the next open.
#[derive(Clone, Copy, Debug)]
enum AtOpen {
    Leave(Side),
    Enter(Side, Exits),
    Add(Side, Exits, u32),
    Put([Option<i64>; 2]),
}

#[derive(Clone, Copy, Debug)]
struct Held {
    side: Side,
    entries: u32,
    /// Where its stop and its target are, and with which order they came.
    exits: [Option<i64>; 2],
    given: u64,
}

pub(super) struct Naive<'n> {
    said: &'n [Said],
    levels: &'n [LevelSaid],
    held: Option<Held>,
    waiting: Vec<Waiting>,
    at_open: Vec<(u64, AtOpen)>,
    given: u64,
    fills: Vec<(i64, i64, i64)>,
}

/// What of a bar is still to come for the exits.
struct Trial {
    path: Path,
    is_tried: bool,
    /// Whether a position was opened on it.
    has_opened: bool,
}

/// A bar's open, or all of it.
#[derive(Clone, Copy)]
struct Way {
    open_ms: i64,
    path: Path,
    is_open: bool,
}

impl<'n> Naive<'n> {
    pub(super) fn new(said: &'n [Said], levels: &'n [LevelSaid]) -> Self {
        let waiting = vec![Waiting::default(); said.len()];
        let (held, at_open, fills) = (None, Vec::new(), Vec::new());
        Self { said, levels, held, waiting, at_open, given: 0, fills }
    }

    /// Time, price and steps of each fill.
    pub(super) fn over(mut self, deciding: &Bars, executing: &Bars) -> Vec<(i64, i64, i64)> {
        let opens = executing.iter().map(|(bar, _)| bar.open_time_ms);
        let ends = deciding.iter().chain(executing).map(|(_, end_ms)| *end_ms);
        let mut times: Vec<i64> = opens.chain(ends).collect();
        times.sort_unstable();
        times.dedup();
        for now_ms in times {
            if let Some((bar, _)) = executing.iter().find(|(_, end_ms)| *end_ms == now_ms) {
                let (open_ms, path) = (bar.open_time_ms, Path::of(bar));
                self.go(Way { open_ms, path, is_open: false });
            }
            if let Some((bar, _)) = deciding.iter().find(|(_, end_ms)| *end_ms == now_ms) {
                self.decide(bar);
            }
            if let Some((bar, _)) = executing.iter().find(|(bar, _)| bar.open_time_ms == now_ms) {
                for waiting in &mut self.waiting {
                    waiting.now = waiting.next.take().unwrap_or(waiting.now);
                }
                self.go(Way { open_ms: now_ms, path: Path::opening(bar.open), is_open: true });
            }
        }
        self.fills
    }

    fn give(&mut self) -> u64 {
        self.given += 1;
        self.given
    }

    /// The exits of an entry by the close; what moves stays where it stands if it adds.
    fn exits(&self, said: &Said, close: i64, moved: &[Option<i64>; 2]) -> Exits {
        let mut exits = [None; 2];
        for level in self.levels.iter().filter(|level| level.side == said.side) {
            let place = usize::from(!level.is_stop);
            let held = self.held.filter(|held| said.adds && held.side == said.side);
            exits[place] = Some(match level.mode {
                Mode::At => Level::FromFill(level.distance),
                _ => Level::Price(held.and(moved[place]).unwrap_or(close + level.distance)),
            });
        }
        exits
    }

    fn decide(&mut self, bar: &Bar) {
        let is_true = |said: &Said| bar.volume < said.volume_below as f64;
        let all = self.said;
        let said = |side: Side| {
            let mut all = all.iter();
            all.find(|it| !it.adds && it.kind == Kind::Market && it.side == side && is_true(it))
        };
        let leaves = |side: Side| bar.volume == if side == Side::Long { 9.0 } else { 8.0 };
        let none = [None; 2];
        if self.at_open.is_empty() {
            let first = said(Side::Long).or_else(|| said(Side::Short));
            let side = self.held.map(|held| held.side);
            let left = side.filter(|side| leaves(*side));
            if let Some(left) = left {
                let order = (self.give(), AtOpen::Leave(left));
                self.at_open.push(order);
            }
            let entry = left.map_or(first.filter(|_| side.is_none()), |it| said(it.opposite()));
            if let Some(entry) = entry {
                let exits = self.exits(entry, bar.close, &none);
                let order = (self.give(), AtOpen::Enter(entry.side, exits));
                self.at_open.push(order);
            }
        }
        let is_quiet = self.at_open.is_empty();
        let moved = self.moved(bar.close, is_quiet);
        if let Some(held) = self.held.filter(|_| is_quiet) {
            let adds = |it: &&Said| it.adds && it.kind == Kind::Market && it.side == held.side;
            for add in all.iter().filter(adds).filter(|it| is_true(it) && held.entries <= it.most) {
                let exits = self.exits(add, bar.close, &moved);
                let order = (self.give(), AtOpen::Add(add.side, exits, add.most));
                self.at_open.push(order);
            }
        }
        let mut last = 0;
        for (place, said) in all.iter().enumerate().filter(|(_, it)| it.kind != Kind::Market) {
            let exits = self.exits(said, bar.close, &moved);
            let Waiting { now, next } = self.waiting[place];
            let stood = next.unwrap_or(now);
            let wanted = if is_true(said) {
                let price = bar.close + said.offset;
                Some(Put { given: 0, price, exits, bars_left: said.bars })
            } else {
                let on = stood.filter(|put| put.bars_left > 1);
                on.map(|put| Put { exits, bars_left: put.bars_left - 1, ..put })
            };
            // One that is put where it is keeps its place among all, unless one that stands before
            // it in the text does not.
            let put = wanted.map(|put| {
                let same = stood.filter(|it| (it.price, it.exits) == (put.price, put.exits));
                let kept = same.map(|it| it.given).filter(|given| *given > last);
                Put { given: kept.unwrap_or_else(|| self.give()), ..put }
            });
            last = put.map_or(last, |put| put.given);
            self.waiting[place].next = Some(put);
        }
    }

    /// Puts what moves by the close, and tells where all stands then.
    fn moved(&mut self, close: i64, may_move: bool) -> [Option<i64>; 2] {
        let Some(held) = self.held else { return [None; 2] };
        // What was moved and waits for an open that has not come stands there.
        let waits = self.at_open.iter().find_map(|(_, order)| match order {
            AtOpen::Put(exits) => Some(*exits),
            _ => None,
        });
        let mut exits = waits.unwrap_or(held.exits);
        for level in self.levels.iter().filter(|level| level.side == held.side) {
            let at = &mut exits[usize::from(!level.is_stop)];
            let Some(now) = at.filter(|_| may_move) else { continue };
            *at = Some(match (level.mode, held.side) {
                (Mode::At, _) => now,
                (Mode::Move, _) => close + level.distance,
                (Mode::Follow, Side::Long) => now.max(close + level.distance),
                (Mode::Follow, Side::Short) => now.min(close + level.distance),
            });
        }
        if may_move && exits != held.exits {
            let order = (self.give(), AtOpen::Put(exits));
            self.at_open.push(order);
        }
        exits
    }

    fn fill(&mut self, way: Way, side: Side, price: i64, steps: i64) {
        self.fills.push((way.open_ms, price, side.sign() * steps));
    }

    fn leave(&mut self, way: Way, price: i64) {
        if let Some(held) = self.held.take() {
            self.fill(way, held.side, price, -i64::from(held.entries));
        }
    }

    /// Opens a position or adds to it.
    fn take(&mut self, way: Way, side: Side, price: i64, (given, exits): (u64, Exits)) {
        self.fill(way, side, price, 1);
        let placed = exits.map(|level| {
            level.map(|level| match level {
                Level::Price(price) => price,
                Level::FromFill(distance) => price + distance,
            })
        });
        let entries = self.held.map_or(1, |held| held.entries + 1);
        self.held = Some(match self.held {
            Some(held) if placed == [None; 2] => Held { entries, ..held },
            _ => Held { side, entries, exits: placed, given },
        });
        // Nothing that was decided while the bar was under way knew of it.
        if !way.is_open {
            self.at_open.retain(|(_, order)| !matches!(order, AtOpen::Put(_)));
        }
    }

    fn go(&mut self, way: Way) {
        if way.is_open {
            for (given, order) in std::mem::take(&mut self.at_open) {
                self.fill_at_open(way, given, order);
            }
        }
        let mut trial = Trial { path: way.path, is_tried: false, has_opened: false };
        let puts = self.waiting.iter().enumerate();
        let mut puts: Vec<_> = puts.filter_map(|(place, it)| Some((it.now?, place))).collect();
        puts.sort_by_key(|(put, _)| put.given);
        for (put, place) in puts {
            if self.held.is_some_and(|held| held.given < put.given) {
                self.try_exits(way, &mut trial);
            }
            if self.meet(way, put, self.said[place], &mut trial) {
                self.waiting[place] = Waiting::default();
            }
        }
        self.try_exits(way, &mut trial);
    }

    fn fill_at_open(&mut self, way: Way, given: u64, order: AtOpen) {
        let (held, price) = (self.held.map(|held| held.side), way.path.first());
        match order {
            AtOpen::Leave(side) if held == Some(side) => self.leave(way, price),
            AtOpen::Enter(side, exits) if held != Some(side) => {
                self.leave(way, price);
                self.take(way, side, price, (given, exits));
            }
            AtOpen::Add(side, exits, most) if self.may_add(side, most) => {
                self.take(way, side, price, (given, exits));
            }
            AtOpen::Put(exits) => {
                self.held = self.held.map(|held| Held { exits, given, ..held });
            }
            AtOpen::Leave(_) | AtOpen::Enter(..) | AtOpen::Add(..) => {}
        }
    }

    fn may_add(&self, side: Side, most: u32) -> bool {
        self.held.is_some_and(|held| held.side == side && held.entries <= most)
    }

    /// Whether the order is done with.
    fn meet(&mut self, way: Way, put: Put, said: Said, trial: &mut Trial) -> bool {
        let Said { adds, side, kind, most, .. } = said;
        if adds && !(self.may_add(side, most) && (way.is_open || !trial.has_opened)) {
            return false;
        }
        let priced = match kind {
            Kind::Limit => way.path.limit(side, put.price, Touch::default()),
            Kind::Stop => way.path.stop(side, put.price),
            Kind::Market => None,
        };
        let Some(Priced { price, rest, .. }) = priced else { return false };
        if !adds && self.held.is_some_and(|held| held.side == side) {
            return true;
        }
        if !adds {
            self.leave(way, price);
        }
        trial.has_opened |= self.held.is_none();
        if self.held.is_none() || put.exits != [None; 2] {
            (trial.path, trial.is_tried) = (rest, false);
        }
        self.take(way, side, price, (put.given, put.exits));
        true
    }

    /// The worst case: the stop, if both are touched.
    fn try_exits(&mut self, way: Way, trial: &mut Trial) {
        let Some(held) = self.held.filter(|held| !trial.is_tried && held.exits != [None; 2]) else {
            return;
        };
        trial.is_tried = true;
        let (seen, sign) = (trial.path.seen_by(held.side), held.side.sign());
        let [stop, target] = held.exits.map(|level| level.map(|level| level * sign));
        let is_stopped = |price: i64| stop.is_some_and(|stop| price <= stop);
        let is_won = |price: i64| target.is_some_and(|target| price >= target);
        let left = if is_stopped(seen.first()) || is_won(seen.first()) {
            Some(seen.first())
        } else if way.is_open {
            None
        } else if is_stopped(seen.low()) {
            stop
        } else {
            target.filter(|_| is_won(seen.high()))
        };
        if let Some(price) = left {
            self.leave(way, price * sign);
        }
    }
}
