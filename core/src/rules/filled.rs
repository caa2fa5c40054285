//! A program with its parameters filled in: its graph, and the orders over it.

use super::affine::{Affine, affine};
use super::check::Program;
use super::graph::{Graph, NodeId, Orders, Setting, TrialError, build, warmup_bars};
use super::language::Fact;
use super::text::Mode;
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
    /// Whether it goes by bars of other markets, or looks across all that are traded.
    pub(super) looks_around: bool,
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

    /// What only a position has and a level asks for, by the place of the level: before its fill
    /// there is none.
    pub(super) fn too_early(&self) -> Option<(usize, Fact)> {
        let mut levels = self.levels.iter().enumerate();
        levels.find_map(|(place, level)| Some((place, self.early_fact(level)?)))
    }

    fn early_fact(&self, level: &Affine) -> Option<Fact> {
        let mut nodes = Vec::new();
        level.leaves(&mut nodes);
        self.graph.fact_below(nodes, Fact::is_of_the_position)
    }

    fn read_by_orders(&self) -> Vec<u32> {
        let orders = &self.orders;
        let mut nodes: Vec<u32> = orders.entries.iter().map(|entry| entry.when).collect();
        nodes.extend(orders.exits.iter().map(|exit| exit.when));
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
    let ticks: Vec<Decimal> = markets.iter().map(|market| market.tick).collect();
    let setting = Setting { params, ticks: &ticks };
    let all = roots.iter().chain(beside).copied();
    let (graph, mut nodes) = build(&program.template, setting, all)?;
    let beside = nodes.split_off(roots.len());
    let orders: Orders<u32> = places?.map(|place| Ok::<u32, TrialError>(nodes[place]))?;
    let direction = match orders.sides.and_then(|node| program.word(graph.constant(node)?)) {
        Some("long_only") => Direction::LongOnly,
        Some("short_only") => Direction::ShortOnly,
        _ => Direction::Both,
    };
    let is_weighed = orders.weight.is_some();
    let direction = if is_weighed { direction } else { narrowed(direction, &orders) };
    let levels = orders.levels.iter().map(|order| affine(&graph, order.level)).collect();
    let looks_around = program.reads_markets() || program.is_of_all();
    Ok((Filled { graph, orders, levels, direction, looks_around }, beside))
}

/// A side that no order opens is never taken.
fn narrowed(direction: Direction, orders: &Orders<u32>) -> Direction {
    let opens = |side| orders.entries.iter().any(|entry| entry.side == side);
    match direction {
        Direction::Both if !opens(Side::Short) => Direction::LongOnly,
        Direction::Both if !opens(Side::Long) => Direction::ShortOnly,
        direction => direction,
    }
}
