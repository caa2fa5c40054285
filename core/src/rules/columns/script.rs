//! What asks the account, as steps that remember nothing: over the lines of all else.

use std::sync::Arc;

use super::super::graph::{Graph, GraphOp};
use super::super::held::fact_of;
use super::super::kernel::{NONE, scalar};
use super::super::language::{Fact, Kernel};
use super::super::pace::asked_by;
use super::plot::value as at_bar;
use crate::strategy::{Known, Line, Room};

/// The way to the value of one node at a bar: that of its last step.
#[derive(Debug)]
pub(super) struct Script(Vec<Step>);

#[derive(Clone, Copy, Debug)]
enum Step {
    Constant(f64),
    Fact(Fact),
    /// The line at that place.
    Line(usize),
    /// Of earlier steps; the last place stands for what is missing.
    Kernel(Kernel, [usize; 3]),
}

/// A bar, and what is known of it.
#[derive(Clone, Copy)]
pub(super) struct Moment<'m> {
    pub(super) lines: &'m [Arc<Line>],
    pub(super) bar: usize,
    pub(super) close: i64,
    pub(super) known: &'m Known,
}

impl Script {
    /// Of a node; `inputs` gets the nodes whose lines it reads.
    pub(super) fn new(graph: &Graph, asks: &[bool], node: u32, inputs: &mut Vec<u32>) -> Self {
        let mut steps = Vec::new();
        let mut places = vec![usize::MAX; graph.nodes.len()];
        for asked in asked_by(graph, asks, &[node]) {
            let inner = &graph.nodes[asked as usize];
            let args = inner.args.map(|arg| {
                let Some(place) = places.get_mut(arg as usize) else { return usize::MAX };
                if *place == usize::MAX {
                    *place = steps.len();
                    steps.push(given(graph, arg, inputs));
                }
                *place
            });
            places[asked as usize] = steps.len();
            steps.push(match inner.op {
                GraphOp::Fact(fact) => Step::Fact(fact),
                GraphOp::Kernel(kernel, _) => Step::Kernel(kernel, args),
                _ => Step::Constant(NONE),
            });
        }
        if steps.is_empty() {
            steps.push(given(graph, node, inputs));
        }
        Self(steps)
    }

    #[inline]
    pub(super) fn value(&self, moment: Moment<'_>, room: &mut Room) -> f64 {
        let Room(values) = room;
        if values.len() < self.0.len() {
            values.resize(self.0.len(), NONE);
        }
        let mut value = NONE;
        for (place, step) in self.0.iter().enumerate() {
            let at = |place: usize| values.get(place).copied().unwrap_or(NONE);
            value = match *step {
                Step::Constant(value) => value,
                Step::Fact(fact) => fact_of(fact, moment.known, moment.close),
                Step::Line(line) => at_bar(&moment.lines[line], moment.bar),
                Step::Kernel(kernel, [a, b, c]) => scalar(kernel, at(a), at(b), at(c)),
            };
            values[place] = value;
        }
        value
    }
}

/// What does not ask the account.
fn given(graph: &Graph, node: u32, inputs: &mut Vec<u32>) -> Step {
    if let GraphOp::Constant(value) = graph.nodes[node as usize].op {
        return Step::Constant(value);
    }
    let found = inputs.iter().position(|input| *input == node);
    Step::Line(found.unwrap_or_else(|| {
        inputs.push(node);
        inputs.len() - 1
    }))
}
