//! A trial's graph as a study: its signals over all bars, and the exits of its entries.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::affine::Affine;
use super::super::graph::{Clock, Graph, GraphOp, NO_NODE, Orders, mix};
use super::super::ruled::{Filled, exits_of};
use super::bits::WORD_BARS;
use super::evaluate::Evaluation;
use super::peephole::mean_cross;
use super::streamed::{cone, is_streamed, streamed};
use crate::digest::Digest;
use crate::strategy::{Drawing, ExitsAt, Line, Plot, Sheet};
use crate::trading::Side;

/// A trial whose parameters and market are known.
pub(in crate::rules) struct Plotted {
    graph: Arc<Graph>,
    clocks: Vec<Clock>,
    orders: Arc<Orders<u32>>,
    levels: Arc<Vec<Affine>>,
    /// When to enter long, to exit long, to enter short and to exit short.
    signals: [Option<u32>; 4],
    /// What exits are made of.
    leaves: Vec<u32>,
    /// Own pasts are known by their place in the text: their keys go with the text.
    salt: u64,
}

impl Plotted {
    /// `None` if it needs to know the account.
    pub(in crate::rules) fn new(
        mut filled: Filled,
        clocks: &[Clock],
        meaning: Digest,
    ) -> Option<Self> {
        let whens = |is_entry: bool, side: Side| -> Vec<u32> {
            let entries = filled.orders.entries.iter().filter(|entry| entry.side == side);
            let exits = filled.orders.exits.iter().filter(|exit| exit.side == side);
            if is_entry {
                entries.map(|entry| entry.when).collect()
            } else {
                exits.map(|exit| exit.when).collect()
            }
        };
        let lists = [
            whens(true, Side::Long),
            whens(false, Side::Long),
            whens(true, Side::Short),
            whens(false, Side::Short),
        ];
        let signals = lists.map(|nodes| filled.graph.any(&nodes));
        let mut leaves: Vec<u32> = Vec::new();
        filled.levels.iter().for_each(|level| level.leaves(&mut leaves));
        leaves.extend(filled.orders.levels.iter().filter_map(|order| order.part));
        leaves.sort_unstable();
        leaves.dedup();
        let Filled { graph, orders, levels, .. } = filled;
        let all: Vec<u32> = signals.iter().flatten().chain(&leaves).copied().collect();
        let is_told = |node: &u32| {
            matches!(graph.nodes[*node as usize].op, GraphOp::Fact(_) | GraphOp::Aux { .. })
        };
        if cone(&graph, &all, |_| false).iter().any(is_told) {
            return None;
        }
        Some(Self {
            graph: Arc::new(graph),
            clocks: clocks.to_vec(),
            orders: Arc::new(orders),
            levels: Arc::new(levels),
            signals,
            leaves,
            salt: first_word(meaning),
        })
    }

    /// Of nodes alone, without orders.
    #[cfg(test)]
    pub(super) fn of_nodes(graph: Graph, clocks: &[Clock], nodes: Vec<u32>) -> Self {
        Self {
            graph: Arc::new(graph),
            clocks: clocks.to_vec(),
            orders: Arc::default(),
            levels: Arc::default(),
            signals: [None; 4],
            leaves: nodes,
            salt: 1,
        }
    }

    /// The keys of all its nodes.
    #[cfg(test)]
    pub(super) fn tell_keys(&self, tell: &mut dyn FnMut(u128)) {
        (0..self.graph.nodes.len() as u32).for_each(|node| tell(self.key(node)));
    }

    fn key(&self, node: u32) -> u128 {
        mix(self.graph.nodes[node as usize].key, self.salt)
    }

    fn roots(&self) -> Vec<u32> {
        self.signals.iter().flatten().chain(&self.leaves).copied().collect()
    }

    /// The lines of some nodes: those that are shared from the shelf, the others made here.
    pub(super) fn lines(&self, roots: &[u32], sheet: &Sheet<'_>) -> Vec<Arc<Line>> {
        let is_shared = |node: u32| sheet.shared.contains(&self.key(node));
        let kept: HashMap<u32, Arc<Line>> = roots
            .iter()
            .filter(|root| is_shared(**root))
            .map(|root| (*root, self.kept(*root, sheet)))
            .collect();
        let own: Vec<u32> = roots.iter().copied().filter(|root| !kept.contains_key(root)).collect();
        let mut made = self.made(&own, sheet).into_iter().map(Arc::new);
        let line = |root: &u32| kept.get(root).cloned().or_else(|| made.next());
        roots.iter().filter_map(line).collect()
    }

    fn kept(&self, node: u32, sheet: &Sheet<'_>) -> Arc<Line> {
        // A condition takes a 32nd of this.
        let bytes = size_of::<f64>() * sheet.range.len();
        sheet.shelf.line(self.key(node), bytes, &mut || self.made(&[node], sheet).remove(0))
    }

    /// Computes some nodes over all bars, of what is shared and of what is not.
    fn made(&self, roots: &[u32], sheet: &Sheet<'_>) -> Vec<Line> {
        if roots.is_empty() {
            return Vec::new();
        }
        let graph = &*self.graph;
        let op = |node: u32| graph.nodes[node as usize].op;
        let is_shared =
            |node: u32| !roots.contains(&node) && sheet.shared.contains(&self.key(node));
        let order = cone(graph, roots, |node| is_streamed(op(node)) || is_shared(node));
        let mut ready: HashMap<u32, Arc<Line>> = HashMap::new();
        let mut bar_by_bar = Vec::new();
        for &node in &order {
            if is_shared(node) {
                ready.insert(node, self.kept(node, sheet));
            } else if is_streamed(op(node)) {
                bar_by_bar.push(node);
            }
        }
        if !bar_by_bar.is_empty() {
            let lines = streamed(graph, &self.clocks, &bar_by_bar, (sheet.series, sheet.range));
            ready.extend(bar_by_bar.iter().copied().zip(lines.into_iter().map(Arc::new)));
        }
        let ready = |node: u32| ready.get(&node).cloned();
        Evaluation::new(graph, &order, roots, ready).run(sheet.series, sheet.range)
    }
}

impl Plot for Plotted {
    fn parts(&self, tell: &mut dyn FnMut(u128, Option<u128>)) {
        let is_streamed = |node: u32| is_streamed(self.graph.nodes[node as usize].op);
        for node in cone(&self.graph, &self.roots(), is_streamed) {
            let (key, inner) = (self.key(node), &self.graph.nodes[node as usize]);
            if matches!(inner.op, GraphOp::Constant(_)) {
                continue;
            }
            tell(key, None);
            if !is_streamed(node) {
                for arg in inner.args.iter().filter(|arg| **arg != NO_NODE) {
                    tell(self.key(*arg), Some(key));
                }
            }
        }
    }

    fn mean_cross(&self) -> Option<[usize; 2]> {
        if !self.leaves.is_empty() {
            return None;
        }
        let [Some(up), Some(down), enter_short, exit_short] = self.signals else { return None };
        let is_mirrored = |signal: Option<u32>, of: u32| signal.is_none_or(|node| node == of);
        let is_whole = is_mirrored(enter_short, down) && is_mirrored(exit_short, up);
        let is_both = enter_short.is_some() == exit_short.is_some();
        (is_whole && is_both).then(|| mean_cross(&self.graph, up, down))?
    }

    fn lines_kept(&self) -> usize {
        self.leaves.len()
    }

    fn draw(&self, sheet: &Sheet<'_>) -> Drawing {
        let lines = self.lines(&self.roots(), sheet);
        let mut left = lines.iter().cloned();
        let signals = self.signals.map(|signal| signal.and_then(|_| left.next()).map(as_condition));
        let leaves: HashMap<u32, Arc<Line>> = self.leaves.iter().copied().zip(left).collect();
        let exits = (!self.orders.levels.is_empty()).then(|| self.exits(leaves));
        Drawing { signals, exits }
    }
}

impl Plotted {
    fn exits(&self, leaves: HashMap<u32, Arc<Line>>) -> ExitsAt {
        let (orders, levels) = (Arc::clone(&self.orders), Arc::clone(&self.levels));
        Box::new(move |side, bar| {
            let value = |node: u32| leaves.get(&node).map_or(f64::NAN, |line| value(line, bar));
            exits_of(side, &orders, &levels, &value)
        })
    }
}

fn first_word(digest: Digest) -> u64 {
    let first = digest.as_bytes().first_chunk();
    first.map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

fn value(line: &Line, bar: usize) -> f64 {
    match line {
        Line::Numbers(values) => values[bar],
        Line::Condition { holds, fails } => {
            let is_in = |words: &[u64]| words[bar / WORD_BARS] >> (bar % WORD_BARS) & 1 == 1;
            match (is_in(holds), is_in(fails)) {
                (true, _) => 1.0,
                (_, true) => 0.0,
                _ => f64::NAN,
            }
        }
    }
}

/// A condition that was computed as numbers, as bits.
fn as_condition(line: Arc<Line>) -> Arc<Line> {
    let Line::Numbers(values) = &*line else { return line };
    let words = |wanted: f64| {
        let word = |values: &[f64]| {
            let bits = values.iter().enumerate();
            bits.fold(0, |word, (bar, value)| word | u64::from(*value == wanted) << bar)
        };
        values.chunks(WORD_BARS).map(word).collect()
    };
    Arc::new(Line::Condition { holds: words(1.0), fails: words(0.0) })
}
