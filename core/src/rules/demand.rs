//! Nodes that are computed when somebody asks for them. Whatever remembers goes on at every bar, and
//! so does what it reads; all else of a text has no past, and most of it is asked for on few bars:
//! where the first of some conditions fails, nobody wants to know the others.

use std::cell::Cell;

use super::graph::{Graph, GraphOp, NO_NODE};
use super::kernel::{NONE, read, scalar_of};
use super::language::Kernel;

/// How many nodes that are asked for may lie on top of each other: asking goes down by calls.
const DEPTH_MAX: u32 = 64;

/// What is computed when it is asked for, by the places of the graph.
#[derive(Clone, Debug)]
pub(super) struct Demand(Vec<Option<Node>>);

/// A node that remembers nothing.
#[derive(Clone, Debug)]
struct Node {
    kernel: Kernel,
    args: [u32; 3],
    /// Its value, and how many bars there were when it was asked for.
    known: Cell<(u64, f64)>,
}

impl Demand {
    /// All nodes of the traded market that only such nodes or nobody reads.
    pub(super) fn of(graph: &Graph) -> Self {
        let elementwise = |place: usize| match graph.nodes[place].op {
            GraphOp::Kernel(kernel, _) if kernel.is_elementwise() => Some(kernel),
            _ => None,
        };
        let mut may_wait = vec![false; graph.nodes.len()];
        let mut depths = vec![0; graph.nodes.len()];
        for (place, node) in graph.nodes.iter().enumerate() {
            let args = node.args.iter().filter_map(|arg| depths.get(*arg as usize));
            let depth = args.max().map_or(0, |depth| depth + 1);
            may_wait[place] = node.clock == 0 && elementwise(place).is_some() && depth < DEPTH_MAX;
            depths[place] = if may_wait[place] { depth } else { 0 };
        }
        let is_read = |may_wait: &mut Vec<bool>, args: [u32; 3]| {
            for arg in args.into_iter().filter(|arg| *arg != NO_NODE) {
                may_wait[arg as usize] = false;
            }
        };
        // A past of its own may be that of a later node.
        let owned = graph.nodes.iter().filter(|node| matches!(node.op, GraphOp::Own { .. }));
        owned.for_each(|node| is_read(&mut may_wait, node.args));
        for (place, node) in graph.nodes.iter().enumerate().rev() {
            if !may_wait[place] {
                is_read(&mut may_wait, node.args);
            }
        }
        let node = |(place, node): (usize, &super::graph::GraphNode)| {
            let kernel = elementwise(place).filter(|_| may_wait[place])?;
            Some(Node { kernel, args: node.args, known: Cell::new((u64::MAX, NONE)) })
        };
        Self(graph.nodes.iter().enumerate().map(node).collect())
    }

    /// Whether a node waits until it is asked for.
    pub(super) fn waits(&self, place: u32) -> bool {
        self.0.get(place as usize).is_some_and(Option::is_some)
    }

    /// The value of a node after so many bars; `values` are those of all that does not wait.
    #[inline]
    pub(super) fn value(&self, place: u32, values: &[f64], bars: u64) -> f64 {
        match self.0.get(place as usize) {
            Some(Some(node)) => self.asked(node, values, bars),
            _ => read(values, place),
        }
    }

    fn asked(&self, node: &Node, values: &[f64], bars: u64) -> f64 {
        let (known, value) = node.known.get();
        if known == bars {
            return value;
        }
        let arg = |place: usize| self.value(node.args[place], values, bars);
        let value = match node.kernel {
            // The others are not asked for where the first decides.
            Kernel::And => decided(arg(0), 0.0).unwrap_or_else(|| self.joined(node, values, bars)),
            Kernel::Or => decided(arg(0), 1.0).unwrap_or_else(|| self.joined(node, values, bars)),
            Kernel::If => match arg(0) {
                1.0 => arg(1),
                0.0 => arg(2),
                _ => NONE,
            },
            Kernel::Default => Some(arg(0)).filter(|it| !it.is_nan()).unwrap_or_else(|| arg(1)),
            kernel => scalar_of(kernel, arg),
        };
        node.known.set((bars, value));
        value
    }

    /// A node by all of its arguments.
    fn joined(&self, node: &Node, values: &[f64], bars: u64) -> f64 {
        scalar_of(node.kernel, |place| self.value(node.args[place], values, bars))
    }
}

fn decided(value: f64, by: f64) -> Option<f64> {
    (value == by).then_some(by)
}
