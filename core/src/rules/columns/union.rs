//! What several trials keep, made for all of them in one pass over the bars: averages of different
//! lengths do not wait for one another.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::graph::{Graph, GraphNode, GraphOp, NO_NODE};
use super::evaluate::Evaluation;
use super::plot::Plotted;
use super::streamed::{cone, is_given};
use crate::strategy::{Line, Sheet};

/// Nodes that are gone through together: what they need of a tile stays in a core's cache.
const NODES_MAX: usize = 160;
/// Bytes of the lines that are made together.
const BYTES_MAX: usize = 32 << 20;

/// The nodes of some trials, each once.
#[derive(Default)]
struct Union {
    nodes: Vec<GraphNode>,
    /// By key; those that are found before all others, and all above them, are in none.
    places: HashMap<u128, Option<u32>>,
}

impl Union {
    fn add(&mut self, plot: &Plotted) {
        let graph = plot.graph();
        let streams = |node: u32| is_given(graph.nodes[node as usize].op);
        for node in cone(graph, &plot.roots(), streams) {
            let inner = &graph.nodes[node as usize];
            let key = plot.key(node);
            if self.places.contains_key(&key) {
                continue;
            }
            let place = if streams(node) { None } else { self.placed(plot, inner, key) };
            self.places.insert(key, place);
        }
    }

    /// `None` if one of its arguments is not there.
    fn placed(&mut self, plot: &Plotted, inner: &GraphNode, key: u128) -> Option<u32> {
        let mut args = [NO_NODE; 3];
        for (slot, arg) in args.iter_mut().zip(inner.args) {
            if arg != NO_NODE {
                *slot = (*self.places.get(&plot.key(arg))?)?;
            }
        }
        self.nodes.push(GraphNode { op: inner.op, args, clock: inner.clock, key });
        Some(self.nodes.len() as u32 - 1)
    }
}

/// Makes what the trials share and nobody has made yet, as long as there is room for it.
pub(super) fn make_shared(plots: &[&Plotted], sheet: &Sheet<'_>) {
    let mut union = Union::default();
    for plot in plots {
        union.add(plot);
    }
    let graph = Graph::of_nodes(union.nodes);
    let mut there: Vec<_> = graph.nodes.iter().map(|node| sheet.shelf.known(node.key)).collect();
    let is_wanted = |node: &u32| {
        let inner = &graph.nodes[*node as usize];
        let is_constant = matches!(inner.op, GraphOp::Constant(_));
        !is_constant && sheet.shared.contains(&inner.key) && there[*node as usize].is_none()
    };
    let wanted: Vec<u32> = (0..graph.nodes.len() as u32).filter(is_wanted).collect();
    let most = (BYTES_MAX / (size_of::<f64>() * sheet.range.len()).max(1)).clamp(1, NODES_MAX);
    let mut left = &wanted[..];
    while !left.is_empty() {
        let (now, later) = left.split_at(fitting(&graph, &left[..most.min(left.len())], &there));
        make(&graph, now, &mut there, sheet);
        if now.iter().any(|node| there[*node as usize].is_none()) {
            return;
        }
        left = later;
    }
}

/// What stands on the shelf, by node.
type There = [Option<Arc<Line>>];

/// How many of the wanted nodes are made together, at least one.
fn fitting(graph: &Graph, wanted: &[u32], there: &There) -> usize {
    let mut count = wanted.len();
    while count > 1 && order(graph, &wanted[..count], there).len() > NODES_MAX {
        count = count.div_ceil(2);
    }
    count
}

/// The way to them from what is there.
fn order(graph: &Graph, wanted: &[u32], there: &There) -> Vec<u32> {
    cone(graph, wanted, |node| there[node as usize].is_some())
}

fn make(graph: &Graph, wanted: &[u32], there: &mut There, sheet: &Sheet<'_>) {
    let order = order(graph, wanted, there);
    let ready = |node: u32| there[node as usize].clone();
    let lines = Evaluation::new(graph, &order, wanted, ready).run(sheet.series, sheet.range);
    for (node, line) in wanted.iter().zip(lines) {
        let (key, bytes, mut line) = (graph.nodes[*node as usize].key, line.bytes(), Some(line));
        // Whoever has made it meanwhile has made the same.
        let none = || Line::Numbers(Vec::new());
        sheet.shelf.line(key, bytes, &mut || line.take().unwrap_or_else(none));
        there[*node as usize] = sheet.shelf.known(key);
    }
}
