//! A trial of a program: its orders at each bar, and its study.

use std::sync::Arc;

use super::acting::Ordered;
use super::affine::Affine;
use super::check::Program;
use super::columns::Plotted;
use super::filled::{Filled, fill, fill_beside};
use super::graph::{Crossing, NodeId, Orders};
use super::held::Held;
use super::moment::{FactSet, Facts, Given};
use super::pace::{Pace, reads_extremes};
use super::rows::{Places, Sources};
use super::stream::Stream;
use super::watcher::Watcher;
use crate::market::{Bar, Decimal};
use crate::strategy::{
    AuxFeed, Context, Direction, Market, Plot, Rule, Signal, Strategy, Studied, Study, Watch,
    Watched,
};
use crate::trading::{Exits, Side, Weight};

/// A program with its parameters, at the bars seen so far.
pub(super) struct Ruled {
    trial: Arc<Trial>,
    direction: Direction,
    pace: Pace,
    /// Once the markets are known.
    running: Option<(Stream, Filled)>,
    /// What it reads of the account then.
    facts: FactSet,
    /// Its auxiliary series, once the first bar is there.
    places: Option<Places>,
    /// The bar to decide on when all that end now were delivered.
    decides_on: Option<Bar>,
    held: Held,
    ordered: Ordered,
    watch: Option<Watch>,
    watcher: Option<Watcher>,
}

/// What is the same on every market.
struct Trial {
    program: Arc<Program>,
    params: Vec<f64>,
}

impl Ruled {
    /// With parameters that the program can be filled in with.
    pub(super) fn new(program: &Arc<Program>, params: Vec<f64>, filled: &Filled) -> Self {
        let trial = Arc::new(Trial { program: Arc::clone(program), params });
        let (direction, pace) = (filled.direction, filled.pace());
        Self {
            trial,
            direction,
            pace,
            running: None,
            facts: FactSet::default(),
            places: None,
            decides_on: None,
            held: Held::default(),
            ordered: Ordered::default(),
            watch: None,
            watcher: None,
        }
    }

    /// Takes a bar of the traded market, at which it decides.
    fn decide(&mut self, bar: &Bar, context: &mut Context<'_>) {
        self.take(bar, context);
        for stage in 1..self.stages() {
            self.go_on(stage, bar);
        }
        self.end(bar);
        self.act(context);
    }

    /// Takes a bar up to the first look across instruments.
    pub(super) fn take(&mut self, bar: &Bar, context: &Context<'_>) {
        let Some((stream, filled)) = &mut self.running else { return };
        let asks =
            self.pace != Pace::Leap || self.watcher.as_ref().is_some_and(Watcher::reads_facts);
        let money = filled.grid.map(|grid| grid.money);
        let facts = asks.then(|| self.held.facts(self.facts, bar, money, context));
        let facts = facts.as_ref().unwrap_or(&Facts::NOTHING);
        let auxes = &self.trial.program.template.auxes;
        if auxes.is_empty() {
            return stream.open(bar, context.now_ms, &Given { facts, rows: &[] });
        }
        let places = self.places.get_or_insert_with(|| Places::of(auxes, context));
        stream.open(bar, context.now_ms, &Given { facts, rows: &places.known(context) });
    }

    /// How many stages a bar has.
    pub(super) fn stages(&self) -> usize {
        self.running.as_ref().map_or(0, |(stream, _)| stream.stages())
    }

    /// What looks across before that stage: what, its node, and the value at which it looks.
    pub(super) fn crossings(&self, stage: usize) -> impl Iterator<Item = (Crossing, u32, f64)> {
        self.running.iter().flat_map(move |(stream, _)| stream.crossings(stage))
    }

    /// What a look across has found.
    pub(super) fn tell(&mut self, node: u32, value: f64) {
        if let Some((stream, _)) = &mut self.running {
            stream.tell(node, value);
        }
    }

    /// Takes the bar through the next stage.
    pub(super) fn go_on(&mut self, stage: usize, bar: &Bar) {
        if let Some((stream, _)) = &mut self.running {
            stream.go_on(stage, bar);
        }
    }

    /// Ends the bar: all values are known.
    pub(super) fn end(&mut self, bar: &Bar) {
        let Some((stream, _)) = &mut self.running else { return };
        stream.end();
        if let Some(watcher) = &mut self.watcher {
            watcher.take(bar, stream);
        }
    }

    /// Which part of the equity to hold; `None` to leave what is held alone.
    pub(super) fn weight(&self) -> Option<Weight> {
        let (stream, filled) = self.running.as_ref()?;
        let weight = Weight::nearest(stream.value(filled.orders.weight?))?;
        let side = if weight < Weight::ZERO { Side::Short } else { Side::Long };
        Some(if filled.direction.allows(side) { weight } else { Weight::ZERO })
    }

    /// Gives the orders of the bar that has ended.
    pub(super) fn act(&mut self, context: &mut Context<'_>) {
        if let Some((stream, filled)) = &self.running {
            self.ordered.act(filled, &|node| stream.value(node), context);
        }
    }
}

impl Trial {
    /// The same constants held with no ticks; with others only values differ.
    fn filled(&self, markets: &[Market]) -> Filled {
        let filled = fill(&self.program, &self.params, markets);
        filled.unwrap_or_else(|error| unreachable!("it was filled in before: {error:?}"))
    }

    /// The same with what is to be watched. A definition that no order reads may be one that these
    /// parameters do not make, or one too many: it is none then.
    fn watched(&self, markets: &[Market], watch: &Watch) -> (Filled, Watcher) {
        let program = &*self.program;
        let wanted = program.watched_by(watch);
        let beside = |nodes: &[NodeId]| fill_beside(program, &self.params, markets, nodes);
        let mut kept: Vec<NodeId> = wanted.iter().map(|(_, node)| *node).collect();
        let (filled, nodes) = beside(&kept).unwrap_or_else(|_| {
            let all = std::mem::take(&mut kept);
            for node in all {
                kept.push(node);
                if beside(&kept).is_err() {
                    kept.pop();
                }
            }
            beside(&kept).unwrap_or_else(|_| (self.filled(markets), Vec::new()))
        });
        let made = |id: NodeId| {
            let place = kept.iter().position(|node| *node == id)?;
            nodes.get(place).copied()
        };
        let watched = wanted.into_iter().map(|(named, id)| (named, id, made(id)));
        let ticks: Vec<Decimal> = markets.iter().map(|market| market.units.price_tick).collect();
        let watcher = Watcher::new(program, watch, &filled.graph, watched.collect(), &ticks);
        (filled, watcher)
    }
}

/// A trial in a run with these auxiliary series.
struct Beside {
    trial: Arc<Trial>,
    sources: Sources,
}

impl Studied for Beside {
    fn on(&self, market: &Market) -> Option<Box<dyn Plot>> {
        let (program, sources) = (&self.trial.program, self.sources.clone());
        let filled = self.trial.filled(std::slice::from_ref(market));
        let (clocks, meaning) = (&program.template.clocks, program.meaning);
        match filled.pace() {
            Pace::Bars => None,
            pace => Some(Box::new(Plotted::new(filled, pace, clocks, sources, meaning))),
        }
    }
}

impl Strategy for Ruled {
    fn begin(&mut self, markets: &[Market]) {
        let filled = match &self.watch {
            None => self.trial.filled(markets),
            Some(watch) => {
                let (filled, watcher) = self.trial.watched(markets, watch);
                self.watcher = Some(watcher);
                filled
            }
        };
        let days = markets.iter().map(|market| Arc::clone(&market.days)).collect();
        let template = &self.trial.program.template;
        let stream = Stream::new(&filled.graph, &template.clocks, &template.texts, days);
        self.facts = FactSet::read_by(&filled.graph);
        self.running = Some((stream, filled));
    }

    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        if self.trial.program.markets.is_empty() {
            return self.decide(bar, context);
        }
        let (place, Some((stream, _))) = (context.subscription, &mut self.running) else { return };
        match u8::try_from(place) {
            // Others may end now, too.
            Ok(0) => self.decides_on = Some(*bar),
            Ok(market) => stream.bar(market, bar, context.now_ms, &Given::NOTHING),
            Err(_) => {}
        }
    }

    fn on_moment(&mut self, context: &mut Context<'_>) {
        if let Some(bar) = self.decides_on.take() {
            self.decide(&bar, context);
        }
    }

    fn listens_to(&self, subscription: usize) -> bool {
        subscription <= self.trial.program.markets.len()
    }

    fn reads_extremes(&self) -> bool {
        self.running.as_ref().is_some_and(|(_, filled)| reads_extremes(&filled.graph))
    }

    fn rule(&self) -> Option<Rule> {
        // Which rows it reads is known with the run only.
        if self.trial.program.template.auxes.is_empty() { self.rule_over(&[]) } else { None }
    }

    fn rule_over(&self, aux: &[AuxFeed]) -> Option<Rule> {
        let template = &self.trial.program.template;
        let sources = Sources::of(&template.auxes, &template.texts, aux);
        let study = Beside { trial: Arc::clone(&self.trial), sources };
        let study = Study(Arc::new(study) as Arc<dyn Studied>);
        let rule = Rule { signal: Signal::Study(study), direction: self.direction, stop: None };
        (self.pace != Pace::Bars).then_some(rule)
    }

    fn watch(&mut self, watch: &Watch) {
        self.watch = Some(watch.clone());
    }

    fn watched(&mut self) -> Watched {
        self.watcher.take().map(Watcher::finish).unwrap_or_default()
    }
}

/// The stop and the targets of an entry, by the values of the bar that decides; `None` if one of
/// them is none.
pub(super) fn exits_of(
    side: Side,
    orders: &Orders<u32>,
    levels: &[Affine],
    value: &dyn Fn(u32) -> f64,
) -> Option<Exits> {
    let mut exits = Exits::NONE;
    for (order, affine) in orders.levels.iter().zip(levels) {
        if order.side != side {
            continue;
        }
        let level = affine.at(value)?;
        if order.is_stop {
            exits = exits.and_stop(level);
        } else {
            let part = order.part.map_or(1.0, value);
            let part = Decimal::nearest(part).filter(|_| part > 0.0 && part <= 1.0)?;
            exits = exits.and_target(level, part);
        }
    }
    Some(exits)
}
