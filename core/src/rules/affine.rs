//! Levels that wait for the price of the fill: a line over it, whose slope and height are values of
//! the bar that decides.

use super::graph::{Graph, GraphOp, NO_NODE};
use super::language::{Fact, Kernel};

/// `slope x fill + height`, with the sums and products that make them.
#[derive(Clone, Debug)]
pub(super) enum Affine {
    /// A node that does not know the fill.
    Value(u32),
    /// The fill.
    Fill,
    Add(Box<Affine>, Box<Affine>),
    Subtract(Box<Affine>, Box<Affine>),
    Multiply(Box<Affine>, Box<Affine>),
    Divide(Box<Affine>, Box<Affine>),
    Negate(Box<Affine>),
    /// No line over the fill.
    Bent,
}

/// What a node is over the price of the fill.
pub(super) fn affine(graph: &Graph, node: u32) -> Affine {
    let mut knows = vec![false; graph.nodes.len()];
    for (place, node) in graph.nodes.iter().enumerate() {
        let by_args = node.args.iter().any(|arg| *arg != NO_NODE && knows[*arg as usize]);
        knows[place] = is_fill(node.op) || by_args;
    }
    line(graph, &knows, node)
}

/// As the entry fills, its price is also the highest and the lowest since.
const fn is_fill(op: GraphOp) -> bool {
    matches!(op, GraphOp::Fact(Fact::PositionEntry | Fact::PositionHigh | Fact::PositionLow))
}

fn line(graph: &Graph, knows: &[bool], place: u32) -> Affine {
    if !knows[place as usize] {
        return Affine::Value(place);
    }
    let node = &graph.nodes[place as usize];
    if is_fill(node.op) {
        return Affine::Fill;
    }
    let [a, b, _] = node.args;
    let pair = || (Box::new(line(graph, knows, a)), Box::new(line(graph, knows, b)));
    match node.op {
        GraphOp::Kernel(Kernel::Add, _) => {
            let (a, b) = pair();
            Affine::Add(a, b)
        }
        GraphOp::Kernel(Kernel::Subtract, _) => {
            let (a, b) = pair();
            Affine::Subtract(a, b)
        }
        GraphOp::Kernel(Kernel::Multiply, _) if !(knows[a as usize] && knows[b as usize]) => {
            let (a, b) = pair();
            Affine::Multiply(a, b)
        }
        GraphOp::Kernel(Kernel::Divide, _) if !knows[b as usize] => {
            let (a, b) = pair();
            Affine::Divide(a, b)
        }
        GraphOp::Kernel(Kernel::Negate, _) => Affine::Negate(Box::new(line(graph, knows, a))),
        _ => Affine::Bent,
    }
}

impl Affine {
    /// Whether it is a line.
    pub(super) fn is_line(&self) -> bool {
        match self {
            Self::Value(_) | Self::Fill => true,
            Self::Add(a, b) | Self::Subtract(a, b) | Self::Multiply(a, b) | Self::Divide(a, b) => {
                a.is_line() && b.is_line()
            }
            Self::Negate(a) => a.is_line(),
            Self::Bent => false,
        }
    }

    /// The nodes that it reads.
    pub(super) fn leaves(&self, all: &mut Vec<u32>) {
        match self {
            Self::Value(node) => all.push(*node),
            Self::Add(a, b) | Self::Subtract(a, b) | Self::Multiply(a, b) | Self::Divide(a, b) => {
                a.leaves(all);
                b.leaves(all);
            }
            Self::Negate(a) => a.leaves(all),
            Self::Fill | Self::Bent => {}
        }
    }

    /// Slope and height by the values of a bar; `None` if one of them is none.
    pub(super) fn at(&self, value: &dyn Fn(u32) -> f64) -> Option<(f64, f64)> {
        let (slope, height) = match self {
            Self::Value(node) => (0.0, value(*node)),
            Self::Fill => (1.0, 0.0),
            Self::Add(a, b) => {
                let (a, b) = (a.at(value)?, b.at(value)?);
                (a.0 + b.0, a.1 + b.1)
            }
            Self::Subtract(a, b) => {
                let (a, b) = (a.at(value)?, b.at(value)?);
                (a.0 - b.0, a.1 - b.1)
            }
            // At most one of the two has a slope.
            Self::Multiply(a, b) => {
                let (a, b) = (a.at(value)?, b.at(value)?);
                if a.0 == 0.0 { (a.1 * b.0, a.1 * b.1) } else { (a.0 * b.1, a.1 * b.1) }
            }
            Self::Divide(a, b) => {
                let (a, b) = (a.at(value)?, b.at(value)?);
                (a.0 / b.1, a.1 / b.1)
            }
            Self::Negate(a) => {
                let a = a.at(value)?;
                (-a.0, -a.1)
            }
            Self::Bent => return None,
        };
        (slope.is_finite() && height.is_finite()).then_some((slope, height))
    }
}
