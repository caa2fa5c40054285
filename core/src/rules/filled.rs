//! A program with its parameters filled in: its graph, and the orders over it.

use super::affine::{Affine, affine};
use super::amounts::check_amounts;
use super::check::Program;
use super::graph::{
    EntryOrder, Graph, NodeId, Orders, Setting, TrialError, TrialFault, build, warmup_bars,
};
use super::language::Wanted;
use super::limits::LIFE_MAX;
use super::sizes::Grid;
use super::text::{Mode, Verb};
use crate::market::Decimal;
use crate::strategy::{Direction, Market};
use crate::trading::Side;

/// A program with its parameters filled in, for markets of some tick.
pub(super) struct Filled {
    pub(super) graph: Graph,
    pub(super) orders: Orders<u32>,
    /// The levels of the orders, as lines over the fill.
    pub(super) levels: Vec<Affine>,
    pub(super) direction: Direction,
    /// How long each entry rests, and how often it adds.
    pub(super) lives: Vec<Life>,
    /// Whether an entry waits for a price.
    pub(super) rests: bool,
    /// Whether its entries have sizes of their own.
    pub(super) sizes_itself: bool,
    /// Where those are counted; unknown before the market is.
    pub(super) grid: Option<Grid>,
    /// How many other markets it reads.
    pub(super) markets: usize,
    /// Whether it goes by bars of other markets, or looks across all that are traded.
    pub(super) looks_around: bool,
}

/// What an entry says besides when, at what and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Life {
    /// Bars that it rests behind the last that put it.
    pub(super) bars: u32,
    /// Additions that the position may have.
    pub(super) most: u32,
}

impl Filled {
    /// Whether it goes by the bars alone, and does nothing but to open and to close. The price of a
    /// fill is known to levels that stay.
    pub(super) fn is_study(&self) -> bool {
        let closes = self.orders.exits.iter().all(|exit| exit.part.is_none());
        let stays = self.orders.levels.iter().all(|order| order.mode == Mode::At);
        closes && stays && self.graph.fact_below(self.read_by_orders(), |_| true).is_none()
    }

    /// Bars before the first on which all that the orders read can have a value.
    pub(super) fn warmup_bars(&self) -> u32 {
        warmup_bars(&self.graph, &self.read_by_orders())
    }

    fn read_by_orders(&self) -> Vec<u32> {
        let orders = &self.orders;
        let mut nodes: Vec<u32> = orders.entries.iter().map(|entry| entry.when).collect();
        nodes.extend(orders.entries.iter().flat_map(|entry| entry.price.nodes()));
        nodes.extend(orders.exits.iter().map(|exit| exit.when));
        nodes.extend(orders.size_values());
        nodes.extend(orders.weight);
        self.levels.iter().for_each(|level| level.leaves(&mut nodes));
        nodes
    }
}

/// Fills in the program's graph.
pub(super) fn fill(
    program: &Program,
    params: &[f64],
    markets: &[Market],
) -> Result<Filled, TrialError> {
    fill_beside(program, params, markets, &[]).map(|(filled, _)| filled)
}

/// The same, and the nodes of some other values of the text.
pub(super) fn fill_beside(
    program: &Program,
    params: &[f64],
    markets: &[Market],
    beside: &[NodeId],
) -> Result<(Filled, Vec<u32>), TrialError> {
    let mut roots = Vec::new();
    let places: Result<Orders<usize>, TrialError> = program.orders.map(|node| {
        roots.push(node);
        Ok(roots.len() - 1)
    });
    let ticks: Vec<Decimal> = markets.iter().map(|market| market.units.price_tick).collect();
    let setting = Setting { params, ticks: &ticks };
    let all = roots.iter().chain(beside).copied();
    let (graph, mut nodes) = build(&program.template, setting, all)?;
    let beside = nodes.split_off(roots.len());
    let orders: Orders<u32> = places?.map(|place| Ok::<u32, TrialError>(nodes[place]))?;
    check_amounts(program, &graph, &orders)?;
    let direction = match orders.sides.and_then(|node| program.word(graph.constant(node)?)) {
        Some("long_only") => Direction::LongOnly,
        Some("short_only") => Direction::ShortOnly,
        _ => Direction::Both,
    };
    let is_weighed = orders.weight.is_some();
    let direction = if is_weighed { direction } else { narrowed(direction, &orders) };
    let levels = orders.levels.iter().map(|order| affine(&graph, order.level, order.side));
    let levels = levels.collect();
    let lives = program.orders.entries.iter().zip(&orders.entries);
    let lives: Result<Vec<Life>, TrialError> =
        lives.map(|(written, made)| life(program, &graph, written, made)).collect();
    let first = markets.first();
    let filled = Filled {
        levels,
        direction,
        lives: lives?,
        rests: orders.entries.iter().any(|entry| !entry.is_at_market()),
        sizes_itself: program.sizes_itself(),
        grid: first.map(|market| Grid { units: market.units, money: market.money }),
        markets: program.markets.len(),
        looks_around: program.reads_markets() || program.is_of_all(),
        graph,
        orders,
    };
    Ok((filled, beside))
}

/// How long an entry rests and how often it adds: once, if nothing is said.
fn life(
    program: &Program,
    graph: &Graph,
    written: &EntryOrder<NodeId>,
    made: &EntryOrder<u32>,
) -> Result<Life, TrialError> {
    let whole = |name: &'static str, written: Option<NodeId>, made: Option<u32>| {
        let (Some(written), Some(made)) = (written, made) else { return Ok(1) };
        let value = graph.constant(made).unwrap_or(f64::NAN);
        if value.fract() == 0.0 && (1.0..=f64::from(LIFE_MAX)).contains(&value) {
            return Ok(value as u32);
        }
        let node = program.template.node(written);
        let bounds = Wanted::Bars { min: 1, max: LIFE_MAX };
        let fault = TrialFault::OutOfBounds { name, value, bounds };
        Err(TrialError { fault, place: node.place, params: node.params })
    };
    let bars = whole("for", written.bars, made.bars)?;
    Ok(Life { bars, most: whole("max", written.most, made.most)? })
}

/// A side that no order opens is never taken.
fn narrowed(direction: Direction, orders: &Orders<u32>) -> Direction {
    let opens = |side| {
        let mut entries = orders.entries.iter();
        entries.any(|entry| entry.side == side && entry.verb == Verb::Enter)
    };
    match direction {
        Direction::Both if !opens(Side::Short) => Direction::LongOnly,
        Direction::Both if !opens(Side::Long) => Direction::ShortOnly,
        direction => direction,
    }
}
