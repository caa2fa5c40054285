//! The nodes of a clock as they are computed at its bars: those that remember side by side with
//! others of their kind, wherever they wait for nothing of one another, so that what they remember
//! lies together; between them those that remember nothing, one after the other.

use super::graph::{Graph, GraphOp};
use super::kernel::{Rank, State, Wire, read, scalar_of};
use super::language::{Fact, Kernel, Source};
use super::moment::{Given, part_of};
use super::rows::Reader;
use crate::market::{Bar, TradingDays};

/// Nodes of one kind, each with where it writes.
#[derive(Clone, Debug)]
pub(super) enum Batch {
    Sources(Vec<(Source, u32)>),
    Facts(Vec<(Fact, u32)>),
    Rows(Vec<(Reader, u32)>),
    Held(Vec<Wire>),
    /// They remember nothing, and may read those before them.
    Elementwise(Vec<(Kernel, Wire)>),
    Ranked(Rank),
}

/// A bar that has ended, as the nodes of its clock see it.
pub(super) struct Ended<'e> {
    pub(super) bar: &'e Bar,
    pub(super) end_ms: i64,
    /// How many bars of the clock were before.
    pub(super) index: u64,
    /// Where the days of its market begin.
    pub(super) days: &'e TradingDays,
    pub(super) given: &'e Given<'e>,
}

/// What is computed side by side.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Source,
    Fact,
    Rows,
    Held,
    Elementwise,
    Kernel(Kernel),
}

/// The kind of a node that its clock computes; `None` of one that it does not: a constant, what is
/// told from outside, and an own past, which is there before all others.
fn kind(op: GraphOp) -> Option<Kind> {
    match op {
        GraphOp::Source(_) => Some(Kind::Source),
        GraphOp::Fact(_) => Some(Kind::Fact),
        GraphOp::Aux { .. } => Some(Kind::Rows),
        GraphOp::Held(_) => Some(Kind::Held),
        GraphOp::Kernel(kernel, _) if kernel.is_elementwise() => Some(Kind::Elementwise),
        GraphOp::Kernel(kernel, _) => Some(Kind::Kernel(kernel)),
        GraphOp::Constant(_) | GraphOp::Own { .. } | GraphOp::Across(_) => None,
    }
}

/// Some nodes, given in the order of their graph, in batches: each node in the first one of its
/// kind behind all that it reads. `texts` are those of the template.
pub(super) fn batches(
    graph: &Graph,
    places: impl Iterator<Item = u32>,
    texts: &[String],
) -> Vec<Batch> {
    let mut all: Vec<(Kind, Batch)> = Vec::new();
    // The first batch behind that of a node.
    let mut behind = vec![0; graph.nodes.len()];
    for place in places {
        let node = &graph.nodes[place as usize];
        let Some(kind) = kind(node.op) else { continue };
        let first = node.args.iter().filter_map(|arg| {
            let behind: usize = *behind.get(*arg as usize)?;
            let own = behind.checked_sub(1)?;
            let may_share = kind == Kind::Elementwise && all[own].0 == kind;
            Some(if may_share { own } else { behind })
        });
        let first = first.max().unwrap_or(0);
        let found = all[first..].iter().position(|(own, _)| *own == kind);
        let at = found.map_or(all.len(), |at| first + at);
        behind[place as usize] = at + 1;
        let wire = Wire { args: node.args, out: place };
        if at == all.len() {
            all.push((kind, Batch::of(node.op)));
        }
        all[at].1.push(node.op, wire, texts);
    }
    all.into_iter().map(|(_, batch)| batch).collect()
}

impl Batch {
    /// An empty one for nodes of that kind.
    fn of(op: GraphOp) -> Self {
        match op {
            GraphOp::Fact(_) => Self::Facts(Vec::new()),
            GraphOp::Aux { .. } => Self::Rows(Vec::new()),
            GraphOp::Held(_) => Self::Held(Vec::new()),
            GraphOp::Kernel(kernel, _) if kernel.is_elementwise() => Self::Elementwise(Vec::new()),
            GraphOp::Kernel(kernel, constants) => {
                Self::Ranked(State::new(kernel, constants).rank())
            }
            _ => Self::Sources(Vec::new()),
        }
    }

    fn push(&mut self, op: GraphOp, wire: Wire, texts: &[String]) {
        match (self, op) {
            (Self::Sources(nodes), GraphOp::Source(source)) => nodes.push((source, wire.out)),
            (Self::Facts(nodes), GraphOp::Fact(fact)) => nodes.push((fact, wire.out)),
            (Self::Rows(nodes), GraphOp::Aux { series, column }) => {
                nodes.push((Reader::new(series, column, texts), wire.out));
            }
            (Self::Held(wires), _) => wires.push(wire),
            (Self::Elementwise(nodes), GraphOp::Kernel(kernel, _)) => nodes.push((kernel, wire)),
            (Self::Ranked(rank), GraphOp::Kernel(kernel, constants)) => {
                rank.push(State::new(kernel, constants), wire);
            }
            (batch, op) => unreachable!("{op:?} is not of the kind of {batch:?}"),
        }
    }

    /// The values of its nodes at a bar that has ended.
    #[inline]
    pub(super) fn step(&mut self, values: &mut [f64], ended: &Ended<'_>) {
        match self {
            Self::Elementwise(nodes) => {
                for (kernel, Wire { args, out }) in nodes {
                    let value = scalar_of(*kernel, |place| values[args[place] as usize]);
                    values[*out as usize] = value;
                }
            }
            Self::Ranked(rank) => rank.step(values),
            Self::Sources(nodes) => {
                for (source, out) in nodes {
                    values[*out as usize] = part_of(*source, ended.bar, ended.index, ended.days);
                }
            }
            Self::Facts(nodes) => {
                for (fact, out) in nodes {
                    values[*out as usize] = ended.given.facts.value(*fact);
                }
            }
            Self::Rows(nodes) => {
                for (reader, out) in nodes {
                    values[*out as usize] = reader.at(ended.end_ms, ended.given.rows);
                }
            }
            Self::Held(wires) => {
                for wire in wires {
                    values[wire.out as usize] = read(values, wire.args[0]);
                }
            }
        }
    }
}
