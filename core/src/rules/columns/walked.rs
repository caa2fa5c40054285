//! Trials that ask the account for what is so now: masks of the bars on which it may matter, and
//! what is said on them and over the bars of a position.

use std::sync::Arc;

use super::super::graph::{Graph, GraphOp, NO_NODE, Orders};
use super::super::language::Kernel;
use super::super::moving::moved;
use super::super::pace::asking;
use super::super::text::Mode;
use super::script::{Moment, Script};
use crate::market::Decimal;
use crate::strategy::{Known, Line, Passage, Passed, Room, Signals, Told};
use crate::trading::{Level, Side};

/// What a trial asks the account, whatever the bars.
#[derive(Debug)]
pub(super) struct Asked {
    /// The nodes whose lines it reads.
    pub(super) inputs: Vec<u32>,
    /// When to enter long, to exit long, to enter short and to exit short.
    signals: [Option<Script>; 4],
    /// Exits of parts, in the order of the text: when, and which part.
    parts: Vec<(Side, Script, Script)>,
    /// Stops that move, of longs and of shorts.
    stops: [Option<(Mode, Script)>; 2],
}

/// On which bars a condition may be true, as far as the bars alone tell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Possible {
    Always,
    /// Where that node is.
    Where(u32),
}

const fn place(side: Side) -> usize {
    match side {
        Side::Long => 0,
        Side::Short => 1,
    }
}

impl Asked {
    /// What the orders ask, and where each of the signals may be; `signals` are the nodes of those.
    pub(super) fn new(
        graph: &mut Graph,
        orders: &Orders<u32>,
        signals: [Option<u32>; 4],
    ) -> (Self, [Option<Possible>; 4]) {
        let asks = asking(graph);
        let mut inputs = Vec::new();
        let mut script = |node: u32| Script::new(graph, &asks, node, &mut inputs);
        let said = signals.map(|signal| signal.map(&mut script));
        let of_part = orders.exits.iter().filter_map(|exit| Some((exit, exit.part?)));
        let parts = of_part.map(|(exit, part)| (exit.side, script(exit.when), script(part)));
        let parts = parts.collect();
        let mut stop = |side| {
            let is_own = |order: &&super::super::graph::LevelOrder<u32>| {
                order.is_stop && order.side == side && order.mode != Mode::At
            };
            orders.levels.iter().find(is_own).map(|order| (order.mode, script(order.level)))
        };
        let stops = [stop(Side::Long), stop(Side::Short)];
        let possible = possible(graph, &asks);
        let leaves = |side: Side| {
            let of_side = move |exit: &&super::super::graph::ExitOrder<u32>| {
                exit.side == side && exit.part.is_some()
            };
            orders.exits.iter().filter(of_side).map(|exit| exit.when)
        };
        let mut masks = [None; 4];
        for (kind, mask) in masks.iter_mut().enumerate() {
            let parts: Vec<u32> = match kind {
                1 => leaves(Side::Long).collect(),
                3 => leaves(Side::Short).collect(),
                _ => Vec::new(),
            };
            let all = signals[kind].into_iter().chain(parts);
            for node in all {
                let next = possible[node as usize];
                *mask = Some(mask.map_or(next, |before| either(graph, before, next)));
            }
        }
        (Self { inputs, signals: said, parts, stops }, masks)
    }
}

impl Asked {
    pub(super) fn moves_stops(&self) -> bool {
        self.stops.iter().any(Option::is_some)
    }
}

pub(super) fn either(graph: &mut Graph, a: Possible, b: Possible) -> Possible {
    match (a, b) {
        (Possible::Where(a), Possible::Where(b)) => {
            graph.any(&[a, b]).map_or(Possible::Always, Possible::Where)
        }
        _ => Possible::Always,
    }
}

/// Of each node that is there.
pub(super) fn possible(graph: &mut Graph, asks: &[bool]) -> Vec<Possible> {
    let mut all: Vec<Possible> = Vec::with_capacity(asks.len());
    for (node, asks) in asks.iter().enumerate() {
        if !asks {
            all.push(Possible::Where(node as u32));
            continue;
        }
        let inner = &graph.nodes[node];
        let [a, b, _] = inner.args;
        all.push(match inner.op {
            GraphOp::Kernel(kernel @ (Kernel::And | Kernel::Or), _) if b != NO_NODE => {
                match (kernel, all[a as usize], all[b as usize]) {
                    (Kernel::Or, a, b) => either(graph, a, b),
                    (_, Possible::Where(a), Possible::Where(b)) => {
                        Possible::Where(graph.both(a, b))
                    }
                    (_, Possible::Always, other) | (_, other, Possible::Always) => other,
                }
            }
            _ => Possible::Always,
        });
    }
    all
}

/// The same over the bars of a run.
pub(super) struct Walked {
    asked: Arc<Asked>,
    lines: Vec<Arc<Line>>,
}

impl Walked {
    pub(super) const fn new(asked: Arc<Asked>, lines: Vec<Arc<Line>>) -> Self {
        Self { asked, lines }
    }

    fn at<'m>(&'m self, bar: usize, close: i64, known: &'m Known) -> Moment<'m> {
        Moment { lines: &self.lines, bar, close, known }
    }
}

impl Told for Walked {
    fn signals(&self, bar: usize, close: i64, known: &Known, room: &mut Room) -> Signals {
        let moment = self.at(bar, close, known);
        let mut is_true = |script: &Option<Script>| {
            script.as_ref().is_some_and(|script| script.value(moment, room) == 1.0)
        };
        let [enter_long, exit_long, enter_short, exit_short] = &self.asked.signals;
        Signals {
            enter_long: is_true(enter_long),
            exit_long: is_true(exit_long),
            enter_short: is_true(enter_short),
            exit_short: is_true(exit_short),
        }
    }

    fn part(&self, bar: usize, close: i64, known: &Known, room: &mut Room) -> Option<Decimal> {
        let side = known.held?.side;
        let moment = self.at(bar, close, known);
        let mut parts = self.asked.parts.iter().filter(|(of, _, _)| *of == side);
        parts.find_map(|(_, when, part)| {
            let part = part.value(moment, room);
            let leaves = when.value(moment, room) == 1.0 && part > 0.0;
            Decimal::nearest(part.min(1.0)).filter(|_| leaves)
        })
    }

    fn pass(&self, passage: &mut Passage<'_>, room: &mut Room) -> Passed {
        let Some(mut held) = passage.known.held else { return Passed::All };
        let (side, first, prices) = (held.side, passage.bars.start, passage.prices);
        let stop = self.asked.stops[place(side)].as_ref();
        let mut stands = passage.exits.stop_price(side, held.entry);
        let mut passed = Passed::All;
        for bar in passage.bars.clone() {
            let (high, low, close) = (prices.high[bar], prices.low[bar], prices.close[bar]);
            if bar > first && (low <= passage.reach.0 || high >= passage.reach.1) {
                passed = Passed::Before(bar);
                break;
            }
            (held.high, held.low) = (held.high.max(high), held.low.min(low));
            if bar > first
                && let Some((_, bars)) = &mut passage.known.last
            {
                *bars += 1;
            }
            held.bars = bar - passage.entry_bar;
            passage.known.held = Some(held);
            if passage.asks(bar) && self.leaves(bar, close, &passage.known, room) {
                passed = Passed::Deciding(bar);
                break;
            }
            let (Some((mode, script)), Some(now)) = (stop, stands) else { continue };
            let level = script.value(self.at(bar, close, &passage.known), room);
            if !level.is_finite() {
                continue;
            }
            let price = moved(*mode, side, level, now);
            if price != now {
                (stands, passage.moves) = (Some(price), passage.moves + 1);
                match side {
                    Side::Long => passage.reach.0 = price,
                    Side::Short => passage.reach.1 = price,
                }
            }
        }
        if let Some(price) = stands.filter(|_| passage.moves > 0) {
            passage.exits = passage.exits.with_stop(Level::Price(price));
        }
        passed
    }
}

impl Walked {
    /// Whether the position is to be left, or a part of it.
    fn leaves(&self, bar: usize, close: i64, known: &Known, room: &mut Room) -> bool {
        let Some(held) = known.held else { return false };
        let exit = match held.side {
            Side::Long => &self.asked.signals[1],
            Side::Short => &self.asked.signals[3],
        };
        let moment = self.at(bar, close, known);
        let closes = exit.as_ref().is_some_and(|exit| exit.value(moment, room) == 1.0);
        closes || self.part(bar, close, known, room).is_some()
    }
}
