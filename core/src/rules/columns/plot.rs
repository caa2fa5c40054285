//! A trial's graph as a study: its signals over all bars, and the exits of its entries.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use super::super::affine::Affine;
use super::super::filled::Filled;
use super::super::graph::{Clock, EntryOrder, Graph, GraphOp, NO_NODE, Orders, mix};
use super::super::pace::Pace;
use super::super::rows::Sources;
use super::super::ruled::exits_of;
use super::super::text::Verb;
use super::bits::WORD_BARS;
use super::cost::{bytes_of_64_bars, cost, is_dear, to_read};
use super::evaluate::Evaluation;
use super::lined::{Lined, Rested};
use super::peephole::mean_cross;
use super::streamed::{cone, is_given, is_streamed, streamed};
use super::union::make_shared;
use super::walked::{Asked, Possible, Walked};
use crate::digest::Digest;
use crate::strategy::{Drawing, ExitsAt, Line, Part, Plot, Sheet, Strategy, Told};
use crate::trading::Side;

/// A trial whose parameters and market are known.
pub(in crate::rules) struct Plotted {
    graph: Arc<Graph>,
    clocks: Vec<Clock>,
    orders: Arc<Orders<u32>>,
    levels: Arc<Vec<Affine>>,
    /// Where it may be said to enter long, to exit long, to enter short and to exit short.
    signals: [Option<Possible>; 4],
    /// What it asks the account, if anything.
    asked: Option<Arc<Asked>>,
    /// The trial, if its orders need every bar.
    rested: Option<Arc<Rested>>,
    /// What exits are made of.
    leaves: Vec<u32>,
    /// What it reads besides the bars.
    sources: Sources,
    /// Own pasts are known by their place in the text, and columns of series too: their keys go
    /// with both.
    salt: u64,
}

impl Plotted {
    /// One that is not to be gone through bar by bar.
    pub(in crate::rules) fn new(
        mut filled: Filled,
        pace: Pace,
        clocks: &[Clock],
        sources: Sources,
        meaning: Digest,
    ) -> Self {
        let salt = sources.words().fold(u128::from(first_word(meaning)), mix) as u64;
        if pace == Pace::Rest {
            let mut graph = std::mem::take(&mut filled.graph);
            let rested = Some(Arc::new(Rested::new(&mut graph, filled)));
            let (orders, levels) = (Arc::default(), Arc::default());
            let (signals, asked, leaves, clocks) = ([None; 4], None, Vec::new(), clocks.to_vec());
            let graph = Arc::new(graph);
            return Self {
                graph,
                clocks,
                orders,
                levels,
                signals,
                asked,
                rested,
                leaves,
                sources,
                salt,
            };
        }
        let exact = signals(&mut filled);
        let (asked, possible) = if pace == Pace::Leap {
            (None, exact.map(|node| node.map(Possible::Where)))
        } else {
            let (asked, possible) = Asked::new(&mut filled.graph, &filled.orders, exact);
            (Some(Arc::new(asked)), possible)
        };
        let mut leaves: Vec<u32> = Vec::new();
        filled.levels.iter().for_each(|level| level.leaves(&mut leaves));
        leaves.extend(filled.orders.levels.iter().filter_map(|order| order.part));
        leaves.sort_unstable();
        leaves.dedup();
        let Filled { graph, orders, levels, .. } = filled;
        Self {
            graph: Arc::new(graph),
            clocks: clocks.to_vec(),
            orders: Arc::new(orders),
            levels: Arc::new(levels),
            signals: possible,
            asked,
            rested: None,
            leaves,
            salt,
            sources,
        }
    }

    /// Of nodes alone, without orders.
    #[cfg(test)]
    pub(super) fn of_nodes(
        graph: Graph,
        clocks: &[Clock],
        sources: Sources,
        nodes: Vec<u32>,
    ) -> Self {
        Self {
            graph: Arc::new(graph),
            clocks: clocks.to_vec(),
            orders: Arc::default(),
            levels: Arc::default(),
            signals: [None; 4],
            asked: None,
            rested: None,
            leaves: nodes,
            sources,
            salt: 1,
        }
    }

    /// The keys of all its nodes.
    #[cfg(test)]
    pub(super) fn tell_keys(&self, tell: &mut dyn FnMut(u128)) {
        (0..self.graph.nodes.len() as u32).for_each(|node| tell(self.key(node)));
    }

    pub(super) fn graph(&self) -> &Graph {
        &self.graph
    }

    pub(super) fn key(&self, node: u32) -> u128 {
        mix(self.graph.nodes[node as usize].key, self.salt)
    }

    /// Each once.
    pub(super) fn roots(&self) -> Vec<u32> {
        let signals = self.signals.iter().flatten().filter_map(|signal| match signal {
            Possible::Where(node) => Some(*node),
            Possible::Always => None,
        });
        let mut roots: Vec<u32> = signals.chain(self.leaves.iter().copied()).collect();
        roots.extend(self.asked.iter().flat_map(|asked| &asked.inputs));
        roots.extend(
            self.rested.iter().flat_map(|rested| rested.inputs.iter().chain(&rested.wakes)),
        );
        roots.sort_unstable();
        roots.dedup();
        roots
    }

    /// The lines of some nodes: those that are shared from the shelf, the others made here.
    pub(super) fn lines(&self, roots: &[u32], sheet: &Sheet<'_>) -> Vec<Arc<Line>> {
        let kept: HashMap<u32, Arc<Line>> =
            roots.iter().filter_map(|root| Some((*root, self.found(*root, sheet)?))).collect();
        let own: Vec<u32> = roots.iter().copied().filter(|root| !kept.contains_key(root)).collect();
        let mut made = self.made(&own, sheet).into_iter().map(Arc::new);
        let line = |root: &u32| kept.get(root).cloned().or_else(|| made.next());
        roots.iter().filter_map(line).collect()
    }

    /// What is kept, or was by others.
    fn found(&self, node: u32, sheet: &Sheet<'_>) -> Option<Arc<Line>> {
        let key = self.key(node);
        if !sheet.shared.contains(&key) {
            return sheet.shelf.known(key);
        }
        let bytes = bytes_of_64_bars(self.graph.nodes[node as usize].op) * sheet.range.len() / 64;
        Some(sheet.shelf.line(key, bytes, &mut || self.made(&[node], sheet).remove(0)))
    }

    /// Computes some nodes over all bars, of what is shared and of what is not.
    fn made(&self, roots: &[u32], sheet: &Sheet<'_>) -> Vec<Line> {
        if roots.is_empty() {
            return Vec::new();
        }
        let graph = &*self.graph;
        let op = |node: u32| graph.nodes[node as usize].op;
        let mut ready: HashMap<u32, Arc<Line>> = HashMap::new();
        let mut find = |node: u32| {
            let found = (!roots.contains(&node)).then(|| self.found(node, sheet)).flatten();
            found.is_some_and(|line| ready.insert(node, line).is_none())
        };
        let order = cone(graph, roots, |node| find(node) || is_given(op(node)));
        for node in &order {
            if let GraphOp::Aux { series, column } = op(*node)
                && !ready.contains_key(node)
            {
                let line = self.sources.line((series, column), (sheet.series, sheet.range));
                ready.insert(*node, Arc::new(line));
            }
        }
        let mut bar_by_bar = order.clone();
        bar_by_bar.retain(|node| is_streamed(op(*node)) && !ready.contains_key(node));
        if !bar_by_bar.is_empty() {
            let bars = (sheet.series, sheet.range);
            let lines = streamed(graph, &self.clocks, &self.sources, &bar_by_bar, bars);
            ready.extend(bar_by_bar.iter().copied().zip(lines.into_iter().map(Arc::new)));
        }
        let ready = |node: u32| ready.get(&node).cloned();
        Evaluation::new(graph, &order, roots, ready).run(sheet.series, sheet.range)
    }
}

impl Plot for Plotted {
    fn parts(&self, tell: &mut dyn FnMut(Part<'_>)) {
        let is_given = |node: u32| is_given(self.graph.nodes[node as usize].op);
        let roots = self.roots();
        let mut costs = vec![0; self.graph.nodes.len()];
        for node in cone(&self.graph, &roots, is_given) {
            let inner = &self.graph.nodes[node as usize];
            let args = || inner.args.iter().filter(|arg| **arg != NO_NODE && !is_given(node));
            let below: u32 = args().map(|arg| to_read(costs[*arg as usize])).sum();
            costs[node as usize] = cost(inner.op).saturating_add(below);
            if matches!(inner.op, GraphOp::Constant(_)) {
                continue;
            }
            let mut reads = [0; 3];
            let mut count = 0;
            for (slot, arg) in reads.iter_mut().zip(args()) {
                (*slot, count) = (self.key(*arg), count + 1);
            }
            tell(Part {
                key: self.key(node),
                reads: &reads[..count],
                is_wanted: roots.binary_search(&node).is_ok(),
                is_dear: is_dear(costs[node as usize]),
            });
        }
    }

    fn mean_cross(&self) -> Option<[usize; 2]> {
        if !self.leaves.is_empty() || self.asked.is_some() {
            return None;
        }
        let nodes = self.signals.map(|signal| match signal {
            Some(Possible::Where(node)) => Some(node),
            _ => None,
        });
        let [Some(up), Some(down), enter_short, exit_short] = nodes else { return None };
        let is_mirrored = |signal: Option<u32>, of: u32| signal.is_none_or(|node| node == of);
        let is_whole = is_mirrored(enter_short, down) && is_mirrored(exit_short, up);
        let is_both = enter_short.is_some() == exit_short.is_some();
        (is_whole && is_both).then(|| mean_cross(&self.graph, up, down))?
    }

    fn moves_stops(&self) -> bool {
        self.asked.as_ref().is_some_and(|asked| asked.moves_stops())
    }

    fn needs_every_bar(&self) -> bool {
        self.rested.is_some()
    }

    fn lines_kept(&self) -> usize {
        let rested = self.rested.as_ref().map_or(0, |rested| rested.inputs.len());
        self.leaves.len() + self.asked.as_ref().map_or(0, |asked| asked.inputs.len()) + rested
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn share(&self, with: &[&dyn Plot], sheet: &Sheet<'_>) {
        let plots = with.iter().filter_map(|plot| plot.as_any().downcast_ref::<Self>());
        make_shared(&plots.collect::<Vec<_>>(), sheet);
    }

    fn draw(&self, sheet: &Sheet<'_>) -> Drawing {
        let roots = self.roots();
        let lines: HashMap<u32, Arc<Line>> =
            roots.iter().copied().zip(self.lines(&roots, sheet)).collect();
        let line = |node: u32| lines.get(&node).cloned();
        let signals = self.signals.map(|signal| match signal? {
            Possible::Where(node) => line(node).map(as_condition),
            Possible::Always => Some(Arc::new(always(sheet.range.len()))),
        });
        let told = self.asked.as_ref().map(|asked| {
            let lines = asked.inputs.iter().copied().filter_map(line).collect();
            Arc::new(Walked::new(Arc::clone(asked), lines)) as Arc<dyn Told>
        });
        let strategy = self.rested.as_ref().map(|rested| {
            let lines = rested.inputs.iter().copied().filter_map(line).collect();
            let wakes = rested.wakes.and_then(line).map(as_condition);
            Box::new(Lined::new(Arc::clone(rested), lines, wakes)) as Box<dyn Strategy>
        });
        let leaves = self.leaves.iter().filter_map(|leaf| Some((*leaf, line(*leaf)?))).collect();
        let exits = (!self.orders.levels.is_empty()).then(|| self.exits(leaves));
        Drawing { signals, exits, told, strategy }
    }
}

/// The nodes of the four signals.
fn signals(filled: &mut Filled) -> [Option<u32>; 4] {
    let Filled { graph, orders, .. } = filled;
    let whole = |side: Side| {
        let exits = orders.exits.iter().filter(|exit| exit.side == side && exit.part.is_none());
        exits.map(|exit| exit.when).collect::<Vec<_>>()
    };
    let entries = |side: Side| {
        let opens = |entry: &&EntryOrder<u32>| entry.side == side && entry.verb == Verb::Enter;
        let entries = orders.entries.iter().filter(opens);
        entries.map(|entry| entry.when).collect::<Vec<_>>()
    };
    let (long, short) = (Side::Long, Side::Short);
    [entries(long), whole(long), entries(short), whole(short)].map(|nodes| graph.any(&nodes))
}

/// A condition that holds on so many bars.
fn always(bars: usize) -> Line {
    let words = bars.div_ceil(WORD_BARS);
    let mut holds = vec![u64::MAX; words];
    let over = words * WORD_BARS - bars;
    if let Some(last) = holds.last_mut() {
        *last = u64::MAX >> over;
    }
    Line::Condition { holds, fails: vec![0; words] }
}

impl Plotted {
    fn exits(&self, leaves: Vec<(u32, Arc<Line>)>) -> ExitsAt {
        let (orders, levels) = (Arc::clone(&self.orders), Arc::clone(&self.levels));
        Box::new(move |side, bar| {
            // They are few.
            let line = |node: u32| leaves.iter().find(|(leaf, _)| *leaf == node);
            let value = |node: u32| line(node).map_or(f64::NAN, |(_, line)| value(line, bar));
            exits_of(side, &orders, &levels, &value)
        })
    }
}

fn first_word(digest: Digest) -> u64 {
    let first = digest.as_bytes().first_chunk();
    first.map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

pub(super) fn value(line: &Line, bar: usize) -> f64 {
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
