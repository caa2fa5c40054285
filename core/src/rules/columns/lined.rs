//! Trials whose orders need every bar: what they go by is computed by columns and shared, and their
//! orders are given bar by bar.

use std::cell::RefCell;
use std::sync::Arc;

use super::super::acting::Ordered;
use super::super::filled::Filled;
use super::super::graph::Graph;
use super::super::held::Held;
use super::super::kernel::NONE;
use super::super::moment::FactSet;
use super::super::pace::{asking, reads_extremes};
use super::super::text::Verb;
use super::bits::WORD_BARS;
use super::script::{Moment, Script};
use super::walked::{Possible, either, possible};
use crate::market::Bar;
use crate::strategy::{Context, Known, Line, Room, Strategy};

/// A trial, whatever the bars.
pub(super) struct Rested {
    /// Its graph is left out.
    filled: Filled,
    /// The way to the value of each node that its orders read.
    scripts: Vec<Option<Script>>,
    /// The nodes whose lines those read.
    pub(super) inputs: Vec<u32>,
    /// Where it may order something while nothing is held and nothing waits; all bars if unknown.
    pub(super) wakes: Option<u32>,
    asks: bool,
    /// What it asks the account for, if it does.
    facts: FactSet,
    reads_extremes: bool,
}

impl Rested {
    pub(super) fn new(graph: &mut Graph, filled: Filled) -> Self {
        let asks = asking(graph);
        let (mut inputs, mut scripts) = (Vec::new(), Vec::new());
        scripts.resize_with(graph.nodes.len(), || None);
        for node in filled.read_at_all() {
            let script = &mut scripts[node as usize];
            if script.is_none() {
                *script = Some(Script::new(graph, &asks, node, &mut inputs));
            }
        }
        let possible = possible(graph, &asks);
        let opens = |verb: Verb, is_at_market: bool| verb == Verb::Enter || !is_at_market;
        let entries = filled.orders.entries.iter();
        let entries = entries.filter(|entry| opens(entry.verb, entry.is_at_market()));
        let mut wakes = None;
        for entry in entries {
            let next = possible[entry.when as usize];
            wakes = Some(wakes.map_or(next, |before| either(graph, before, next)));
        }
        let wakes = match wakes {
            Some(Possible::Where(node)) => Some(node),
            Some(Possible::Always) | None => None,
        };
        let (asks, facts) = (asks.contains(&true), FactSet::read_by(graph));
        let reads_extremes = reads_extremes(graph);
        Self { filled, scripts, inputs, wakes, asks, facts, reads_extremes }
    }
}

/// The same over the bars of a run.
pub(super) struct Lined {
    rested: Arc<Rested>,
    lines: Vec<Arc<Line>>,
    wakes: Option<Arc<Line>>,
    /// The next bar, counted from the first.
    bar: usize,
    held: Held,
    ordered: Ordered,
    room: RefCell<Room>,
}

impl Lined {
    pub(super) fn new(
        rested: Arc<Rested>,
        lines: Vec<Arc<Line>>,
        wakes: Option<Arc<Line>>,
    ) -> Self {
        let (held, ordered, room) = (Held::default(), Ordered::default(), RefCell::default());
        Self { rested, lines, wakes, bar: 0, held, ordered, room }
    }

    /// Whether nothing can be ordered on that bar.
    fn sleeps(&self, bar: usize, context: &Context<'_>) -> bool {
        let Some(wakes) = &self.wakes else { return false };
        let word = wakes.holds().get(bar / WORD_BARS).copied().unwrap_or(u64::MAX);
        let may_wake = word >> (bar % WORD_BARS) & 1 == 1;
        !may_wake && context.side.is_none() && !self.ordered.rests()
    }
}

impl Strategy for Lined {
    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        let place = self.bar;
        self.bar += 1;
        if self.sleeps(place, context) {
            return;
        }
        let Self { rested, lines, held, ordered, room, .. } = self;
        let known =
            if rested.asks { held.known(rested.facts, bar, context) } else { Known::default() };
        let moment = Moment { lines, bar: place, close: bar.close, known: &known };
        let value = |node: u32| match &rested.scripts[node as usize] {
            Some(script) => script.value(moment, &mut room.borrow_mut()),
            None => NONE,
        };
        ordered.act(&rested.filled, &value, context);
    }

    fn reads_extremes(&self) -> bool {
        self.rested.reads_extremes
    }
}
