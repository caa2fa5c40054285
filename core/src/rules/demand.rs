//! Nodes that are computed when somebody asks for them. What remembers goes on at every bar, and so
//! does what it reads. All else has no past, and is asked for on few bars: where the first of some
//! conditions fails, nobody wants to know the others.

use std::cell::Cell;

use super::graph::{Graph, GraphNode, GraphOp, NO_NODE};
use super::kernel::{Deviation, NONE, read, scalar_of};
use super::language::Kernel;

/// How many nodes that wait may lie on top of each other: asking goes down by calls.
const DEPTH_MAX: u32 = 64;

/// What waits until it is asked for.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    /// By the places of the graph.
    nodes: Vec<Option<Node>>,
    windows: Vec<Looked>,
}

#[derive(Clone, Debug)]
struct Node {
    way: Way,
    /// Its value, and how many bars there were when it was asked for.
    known: Cell<(u64, f64)>,
}

/// How a node comes to its value.
#[derive(Clone, Debug)]
enum Way {
    Elementwise(Kernel, [u32; 3]),
    /// Conditions joined by and, which 0 decides, or by or, which 1 does.
    Joined {
        of: Vec<u32>,
        by: f64,
    },
    Window(usize),
}

/// A window that takes in every value of a node, and is looked through when it is asked for.
#[derive(Clone, Debug)]
struct Looked {
    window: Deviation,
    of: u32,
}

/// What may wait.
enum Lazy {
    Elementwise(Kernel),
    /// Of that length.
    Window(usize),
}

fn lazy(node: &GraphNode) -> Option<Lazy> {
    match node.op {
        GraphOp::Kernel(kernel, _) if kernel.is_elementwise() => Some(Lazy::Elementwise(kernel)),
        GraphOp::Kernel(Kernel::MeanDeviation, [length, ..]) => Some(Lazy::Window(length as usize)),
        _ => None,
    }
}

impl Demand {
    /// All nodes of the traded market that only such nodes or nobody reads.
    pub(super) fn of(graph: &Graph) -> Self {
        let waits = waiting(graph);
        let mut this = Self { nodes: Vec::with_capacity(waits.len()), windows: Vec::new() };
        let chains = Chains::of(graph, &waits);
        for ((place, node), waits) in graph.nodes.iter().enumerate().zip(&waits) {
            let way = match lazy(node).filter(|_| *waits) {
                None => None,
                Some(Lazy::Elementwise(kernel)) => Some(match chains.by(place) {
                    Some(by) => Way::Joined { of: chains.parts(place), by },
                    None => Way::Elementwise(kernel, node.args),
                }),
                Some(Lazy::Window(length)) => {
                    let window = Deviation::new(length);
                    this.windows.push(Looked { window, of: node.args[0] });
                    Some(Way::Window(this.windows.len() - 1))
                }
            };
            this.nodes.push(way.map(|way| Node { way, known: Cell::new((u64::MAX, NONE)) }));
        }
        this
    }

    /// Whether a node waits until it is asked for.
    pub(super) fn waits(&self, place: u32) -> bool {
        self.nodes.get(place as usize).is_some_and(Option::is_some)
    }

    /// Takes the values of a bar that ends.
    #[inline]
    pub(super) fn take(&mut self, values: &[f64]) {
        for Looked { window, of } in &mut self.windows {
            window.push(read(values, *of));
        }
    }

    /// The value of a node after so many bars; `values` are those of all that does not wait.
    #[inline]
    pub(super) fn value(&self, place: u32, values: &[f64], bars: u64) -> f64 {
        match self.nodes.get(place as usize) {
            Some(Some(node)) => self.asked(node, values, bars),
            _ => read(values, place),
        }
    }

    fn asked(&self, node: &Node, values: &[f64], bars: u64) -> f64 {
        let (known, value) = node.known.get();
        if known == bars {
            return value;
        }
        let of = |place: u32| self.value(place, values, bars);
        let value = match &node.way {
            Way::Joined { of: all, by } => joined(all.iter().map(|place| of(*place)), *by),
            // The branch that is not taken is not asked for.
            Way::Elementwise(Kernel::If, [condition, yes, no]) => match of(*condition) {
                1.0 => of(*yes),
                0.0 => of(*no),
                _ => NONE,
            },
            Way::Elementwise(Kernel::Default, [a, b, _]) => {
                Some(of(*a)).filter(|a| !a.is_nan()).unwrap_or_else(|| of(*b))
            }
            Way::Elementwise(kernel, args) => scalar_of(*kernel, |place| of(args[place])),
            Way::Window(window) => self.windows[*window].window.value(),
        };
        node.known.set((bars, value));
        value
    }
}

/// Conditions joined: the first that decides ends it, and what is none leaves it open.
#[inline]
fn joined(conditions: impl Iterator<Item = f64>, by: f64) -> f64 {
    let mut all = 1.0 - by;
    for condition in conditions {
        if condition == by {
            return by;
        }
        all = if condition.is_nan() { NONE } else { all };
    }
    all
}

/// Which nodes may wait.
fn waiting(graph: &Graph) -> Vec<bool> {
    let mut waits = vec![false; graph.nodes.len()];
    let mut depths = vec![0; graph.nodes.len()];
    for (place, node) in graph.nodes.iter().enumerate() {
        let args = node.args.iter().filter_map(|arg| depths.get(*arg as usize));
        let depth = args.max().map_or(0, |depth| depth + 1);
        waits[place] = node.clock == 0 && lazy(node).is_some() && depth < DEPTH_MAX;
        let is_deep = waits[place] && !matches!(lazy(node), Some(Lazy::Window(_)));
        depths[place] = if is_deep { depth } else { 0 };
    }
    let is_read = |args: [u32; 3], waits: &mut Vec<bool>| {
        for arg in args.into_iter().filter(|arg| *arg != NO_NODE) {
            waits[arg as usize] = false;
        }
    };
    // A past of its own may be that of a later node.
    let owned = graph.nodes.iter().filter(|node| matches!(node.op, GraphOp::Own { .. }));
    owned.for_each(|node| is_read(node.args, &mut waits));
    for (place, node) in graph.nodes.iter().enumerate().rev() {
        if !waits[place] || matches!(lazy(node), Some(Lazy::Window(_))) {
            is_read(node.args, &mut waits);
        }
    }
    waits
}

/// Conditions that are joined one after the other: a node of a chain that only the next one reads
/// is part of that.
struct Chains<'g> {
    graph: &'g Graph,
    /// The kernel of the chain that each node is part of or ends.
    kernels: Vec<Option<Kernel>>,
    is_part: Vec<bool>,
}

impl<'g> Chains<'g> {
    fn of(graph: &'g Graph, waits: &[bool]) -> Self {
        let kernel = |(node, waits): (&GraphNode, &bool)| match node.op {
            GraphOp::Kernel(kernel @ (Kernel::And | Kernel::Or), _) if *waits => Some(kernel),
            _ => None,
        };
        let kernels: Vec<_> = graph.nodes.iter().zip(waits).map(kernel).collect();
        let mut readers: Vec<Vec<Option<Kernel>>> = vec![Vec::new(); graph.nodes.len()];
        for (node, kernel) in graph.nodes.iter().zip(&kernels) {
            for arg in node.args.iter().filter(|arg| **arg != NO_NODE) {
                readers[*arg as usize].push(*kernel);
            }
        }
        let is_part = |(readers, own): (&Vec<_>, &Option<Kernel>)| {
            own.is_some() && matches!(readers.as_slice(), [reader] if reader == own)
        };
        let is_part = readers.iter().zip(&kernels).map(is_part).collect();
        Self { graph, kernels, is_part }
    }

    /// What decides the chain that ends with that node; `None` if none does.
    fn by(&self, place: usize) -> Option<f64> {
        let kernel = self.kernels[place].filter(|_| !self.is_part[place])?;
        Some(if kernel == Kernel::And { 0.0 } else { 1.0 })
    }

    /// What is joined in it, in the order of the text.
    fn parts(&self, place: usize) -> Vec<u32> {
        let args = |place: usize| self.graph.nodes[place].args[..2].iter().rev().copied();
        let (mut parts, mut open) = (Vec::new(), args(place).collect::<Vec<_>>());
        while let Some(arg) = open.pop() {
            if self.is_part[arg as usize] {
                open.extend(args(arg as usize));
            } else {
                parts.push(arg);
            }
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_that_are_joined_are_asked_up_to_the_one_that_decides() {
        let told = |all: &[f64], by: f64| {
            let mut asked = 0;
            let value = joined(all.iter().map(|value| (asked += 1, *value).1), by);
            (Some(value).filter(|value| !value.is_nan()), asked)
        };
        assert_eq!(told(&[1.0, NONE, 0.0, 1.0], 0.0), (Some(0.0), 3));
        assert_eq!(told(&[1.0, NONE, 1.0], 0.0), (None, 3));
        assert_eq!(told(&[1.0, 1.0], 0.0), (Some(1.0), 2));
        assert_eq!(told(&[0.0, 1.0, NONE], 1.0), (Some(1.0), 2));
        assert_eq!(told(&[NONE, 0.0], 1.0), (None, 2));
        assert_eq!(told(&[0.0, 0.0], 1.0), (Some(0.0), 2));
    }
}
