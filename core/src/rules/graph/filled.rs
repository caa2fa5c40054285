//! The graph of a trial: nodes with all constants given, each by a key of what it computes.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::super::language::{Fact, Kernel, Source};

/// What a node of a graph is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::rules) enum GraphOp {
    /// The same on every bar.
    Constant(f64),
    /// A part of the bar of its clock.
    Source(Source),
    /// What the account knows.
    Fact(Fact),
    /// A column of an auxiliary series.
    Aux {
        /// Which series of the program.
        series: u8,
        /// Which column, by the template's list of texts.
        column: u16,
    },
    /// A kernel with its constants.
    Kernel(Kernel, [f64; 4]),
    /// The value of another node so many bars ago, which may come after this one.
    Own {
        /// How many.
        back: u32,
    },
    /// The argument, which goes by that clock, held for this one.
    Held(u8),
    /// The argument beside those of the other instruments of the run.
    Across(Crossing),
}

/// What looks across instruments: the same place in the text with the same parameters is the same
/// on each of them, whatever their ticks make of the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::rules) struct Crossing {
    /// What it tells of them.
    pub(in crate::rules) kernel: Kernel,
    /// How many it picks, if it picks some.
    pub(in crate::rules) count: u32,
    /// Where it stands.
    pub(in crate::rules) place: u64,
}

/// A node of a graph.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) struct GraphNode {
    /// What it is.
    pub(in crate::rules) op: GraphOp,
    /// Nodes that it reads; the rest is no node.
    pub(in crate::rules) args: [u32; 3],
    /// Whose bars it goes by.
    pub(in crate::rules) clock: u8,
    /// What it computes, whatever the trial: equal keys are equal values.
    pub(in crate::rules) key: u128,
}

/// No node.
pub(in crate::rules) const NO_NODE: u32 = u32::MAX;

/// A trial's nodes; a node comes after its arguments, except through own pasts.
#[derive(Clone, Debug, Default)]
pub(in crate::rules) struct Graph {
    /// All of them.
    pub(in crate::rules) nodes: Vec<GraphNode>,
    by_key: HashMap<u128, u32, BuildHasherDefault<KeyHasher>>,
}

/// Keys are mixed well already.
#[derive(Clone, Debug, Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 ^= u64::from_le_bytes(word);
        }
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }
}

impl Graph {
    /// One of those nodes only, in the order in which they are computed.
    pub(in crate::rules) fn of_nodes(nodes: Vec<GraphNode>) -> Self {
        Self { nodes, by_key: HashMap::default() }
    }

    /// A fact of that kind that those nodes depend on.
    pub(in crate::rules) fn fact_below(
        &self,
        nodes: Vec<u32>,
        is_such: impl Fn(Fact) -> bool,
    ) -> Option<Fact> {
        let mut is_seen = vec![false; self.nodes.len()];
        let mut waiting = nodes;
        while let Some(place) = waiting.pop() {
            if std::mem::replace(&mut is_seen[place as usize], true) {
                continue;
            }
            let node = &self.nodes[place as usize];
            if let GraphOp::Fact(fact) = node.op
                && is_such(fact)
            {
                return Some(fact);
            }
            waiting.extend(node.args.into_iter().filter(|arg| *arg != NO_NODE));
        }
        None
    }

    /// Whether any of some conditions is true; `None` of none.
    pub(in crate::rules) fn any(&mut self, nodes: &[u32]) -> Option<u32> {
        let (first, others) = nodes.split_first()?;
        let or = GraphOp::Kernel(Kernel::Or, [0.0; 4]);
        let either = |all, node: &u32| self.add(or, [all, *node, NO_NODE], 0, 0);
        Some(others.iter().fold(*first, either))
    }

    /// Whether both conditions are true.
    pub(in crate::rules) fn both(&mut self, a: u32, b: u32) -> u32 {
        self.add(GraphOp::Kernel(Kernel::And, [0.0; 4]), [a, b, NO_NODE], 0, 0)
    }

    /// The node that computes this: there is one for each key.
    pub(super) fn add(&mut self, op: GraphOp, args: [u32; 3], clock: u8, salt: u64) -> u32 {
        let key = self.key(op, args, clock, salt);
        if let Some(node) = self.by_key.get(&key) {
            return *node;
        }
        let node = self.nodes.len() as u32;
        self.nodes.push(GraphNode { op, args, clock, key });
        self.by_key.insert(key, node);
        node
    }

    fn key(&self, op: GraphOp, args: [u32; 3], clock: u8, salt: u64) -> u128 {
        let (tag, words): (u64, [u64; 4]) = match op {
            GraphOp::Constant(value) => (1, [value.to_bits(), 0, 0, 0]),
            GraphOp::Source(source) => (2, [source as u64, 0, 0, 0]),
            GraphOp::Fact(fact) => (3, [fact as u64, 0, 0, 0]),
            GraphOp::Aux { series, column } => (4, [u64::from(series), u64::from(column), 0, 0]),
            GraphOp::Kernel(kernel, constants) => {
                (16 + kernel as u64, constants.map(|value| (value + 0.0).to_bits()))
            }
            GraphOp::Own { back } => (5, [u64::from(back), 0, 0, 0]),
            GraphOp::Held(clock) => (6, [u64::from(clock), 0, 0, 0]),
            GraphOp::Across(Crossing { kernel, count, place }) => {
                (7, [kernel as u64, count.into(), place, 0])
            }
        };
        let mut key = mix(mix(0x9e37_79b9_7f4a_7c15, tag), u64::from(clock) ^ (salt << 8));
        for word in words {
            key = mix(key, word);
        }
        for arg in args {
            let arg = self.nodes.get(arg as usize).map_or(0, |node| node.key);
            key = mix(mix(key, arg as u64), (arg >> 64) as u64);
        }
        key
    }
}

/// One more word in a key.
#[inline]
pub(in crate::rules) fn mix(key: u128, word: u64) -> u128 {
    const ODD: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;
    let mixed = (key ^ u128::from(word)).wrapping_mul(ODD);
    mixed ^ (mixed >> 61) ^ (mixed << 59)
}
