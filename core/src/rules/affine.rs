//! Levels that wait for the price of the fill: a line over it, whose slope and height are values of
//! the bar that decides.

use super::graph::{Graph, GraphOp, NO_NODE};
use super::language::{Fact, Kernel};

/// `slope x fill + height`, with the sums and products that make them: that of the last step.
#[derive(Clone, Debug)]
pub(super) struct Affine(Vec<Step>);

/// Of earlier steps, by their places: what is used twice is computed once.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A node that does not know the fill.
    Value(u32),
    /// The fill.
    Fill,
    Add(usize, usize),
    Subtract(usize, usize),
    Multiply(usize, usize),
    Divide(usize, usize),
    Negate(usize),
    /// No line over the fill.
    Bent,
}

/// Steps of most levels; those of longer ones take room of their own.
const SHORT: usize = 12;

/// What a node is over the price of the fill.
pub(super) fn affine(graph: &Graph, node: u32) -> Affine {
    let mut knows = vec![false; graph.nodes.len()];
    for (place, node) in graph.nodes.iter().enumerate() {
        let by_args = node.args.iter().any(|arg| *arg != NO_NODE && knows[*arg as usize]);
        knows[place] = is_fill(node.op) || by_args;
    }
    let (mut needed, mut waiting) = (vec![false; graph.nodes.len()], vec![node]);
    while let Some(place) = waiting.pop() {
        if !std::mem::replace(&mut needed[place as usize], true) && knows[place as usize] {
            waiting.extend(graph.nodes[place as usize].args.iter().filter(|arg| **arg != NO_NODE));
        }
    }
    let (mut steps, mut places) = (Vec::new(), vec![0; graph.nodes.len()]);
    for (place, node) in graph.nodes.iter().enumerate() {
        if needed[place] {
            let knows_arg =
                |arg: usize| node.args[arg] != NO_NODE && knows[node.args[arg] as usize];
            let at = |arg: usize| places.get(node.args[arg] as usize).copied().unwrap_or(0);
            let step = if knows[place] {
                over_the_fill(node.op, [at(0), at(1)], [knows_arg(0), knows_arg(1)])
            } else {
                Step::Value(place as u32)
            };
            places[place] = steps.len();
            steps.push(step);
        }
    }
    Affine(steps)
}

/// As the entry fills, its price is also the highest and the lowest since.
const fn is_fill(op: GraphOp) -> bool {
    matches!(op, GraphOp::Fact(Fact::PositionEntry | Fact::PositionHigh | Fact::PositionLow))
}

const fn over_the_fill(op: GraphOp, [a, b]: [usize; 2], knows: [bool; 2]) -> Step {
    match op {
        _ if is_fill(op) => Step::Fill,
        GraphOp::Kernel(Kernel::Add, _) => Step::Add(a, b),
        GraphOp::Kernel(Kernel::Subtract, _) => Step::Subtract(a, b),
        GraphOp::Kernel(Kernel::Multiply, _) if !(knows[0] && knows[1]) => Step::Multiply(a, b),
        GraphOp::Kernel(Kernel::Divide, _) if !knows[1] => Step::Divide(a, b),
        GraphOp::Kernel(Kernel::Negate, _) => Step::Negate(a),
        _ => Step::Bent,
    }
}

impl Affine {
    /// Whether it is a line.
    pub(super) fn is_line(&self) -> bool {
        !self.0.iter().any(|step| matches!(step, Step::Bent))
    }

    /// The nodes that it reads.
    pub(super) fn leaves(&self, all: &mut Vec<u32>) {
        all.extend(self.0.iter().filter_map(|step| match step {
            Step::Value(node) => Some(*node),
            _ => None,
        }));
    }

    /// Slope and height by the values of a bar; `None` if one of them is none.
    pub(super) fn at(&self, value: &dyn Fn(u32) -> f64) -> Option<(f64, f64)> {
        let (mut short, mut long) = ([(0.0, 0.0); SHORT], Vec::new());
        let lines: &mut [(f64, f64)] = if self.0.len() <= SHORT {
            &mut short
        } else {
            long.resize(self.0.len(), (0.0, 0.0));
            &mut long
        };
        for (place, step) in self.0.iter().enumerate() {
            let line = step.at(lines, value)?;
            if !(line.0.is_finite() && line.1.is_finite()) {
                return None;
            }
            lines[place] = line;
        }
        lines.get(self.0.len().checked_sub(1)?).copied()
    }
}

impl Step {
    fn at(self, lines: &[(f64, f64)], value: &dyn Fn(u32) -> f64) -> Option<(f64, f64)> {
        Some(match self {
            Self::Value(node) => (0.0, value(node)),
            Self::Fill => (1.0, 0.0),
            Self::Add(a, b) => (lines[a].0 + lines[b].0, lines[a].1 + lines[b].1),
            Self::Subtract(a, b) => (lines[a].0 - lines[b].0, lines[a].1 - lines[b].1),
            // At most one of the two has a slope.
            Self::Multiply(a, b) => {
                let (a, b) = (lines[a], lines[b]);
                if a.0 == 0.0 { (a.1 * b.0, a.1 * b.1) } else { (a.0 * b.1, a.1 * b.1) }
            }
            Self::Divide(a, b) => (lines[a].0 / lines[b].1, lines[a].1 / lines[b].1),
            Self::Negate(a) => (-lines[a].0, -lines[a].1),
            Self::Bent => return None,
        })
    }
}
