//! The graph of a text with its parameters open: made once, and then filled in for each trial.

use std::collections::HashMap;

use super::super::language::{Fact, Kernel, Source};
use super::super::place::Place;
use super::super::text::FoldKind;
use crate::market::Timeframe;

/// A node of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::rules) struct NodeId(pub(in crate::rules) u32);

/// What a number counts. Prices of a market are whole ticks, so that sums and ties are exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules) enum Unit {
    /// Nothing but itself.
    Plain,
    /// Ticks of that market to a power from -4 to 4, never 0.
    Ticks {
        /// Of the program's markets: 0 is the traded one.
        market: u8,
        /// The power.
        power: i8,
    },
}

/// What an expression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules) enum Type {
    Number(Unit),
    Condition,
    Text,
    /// Whatever fits: `none`, and what could not be read.
    Any,
}

/// Whose bars an expression goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules) struct Clock {
    /// 0 is the traded market.
    pub(in crate::rules) market: u8,
    /// A longer timeframe than that of the market's subscription.
    pub(in crate::rules) timeframe: Option<Timeframe>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules) enum Op {
    /// A constant, by its bits.
    Number(u64),
    Bool(bool),
    /// A text, by its place in the template's list.
    Text(u16),
    Undefined,
    Param(u8),
    /// What a fold counts by.
    Variable(u16),
    /// One tick of the clock's market.
    Tick,
    /// The argument in another unit.
    Rescale {
        from: Unit,
        to: Unit,
    },
    Source(Source),
    Fact(Fact),
    /// A column of an auxiliary series, by its place in the list of texts.
    Aux {
        series: u8,
        column: u16,
    },
    Kernel(Kernel),
    /// An own past, so many bars ago as the argument says.
    Own(u16),
    /// The argument, which goes by that clock, held for this one.
    Held(u8),
    /// From, to, and what is joined.
    Fold(FoldKind, u16),
}

/// One node.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Node {
    pub(in crate::rules) op: Op,
    pub(in crate::rules) args: Vec<NodeId>,
    pub(in crate::rules) clock: u8,
    pub(in crate::rules) kind: Type,
    /// Made of literals, parameters and variables of folds only.
    pub(in crate::rules) is_constant: bool,
    /// Variables of folds that it depends on and does not bind.
    pub(in crate::rules) variables: Vec<u16>,
    /// Levels of nodes below it.
    pub(in crate::rules) depth: u16,
    /// Which parameters it depends on, a bit each.
    pub(in crate::rules) params: u32,
    /// Where it is first written.
    pub(in crate::rules) place: Place,
}

/// All nodes; a node comes after its arguments, except through own pasts.
#[derive(Clone, Debug, Default)]
pub(in crate::rules) struct Template {
    pub(in crate::rules) nodes: Vec<Node>,
    by_content: HashMap<(Op, Vec<NodeId>, u8), NodeId>,
    pub(in crate::rules) clocks: Vec<Clock>,
    pub(in crate::rules) texts: Vec<String>,
    /// The auxiliary series by name, in the order of the text.
    pub(in crate::rules) auxes: Vec<String>,
    /// What each own past is the past of; known once its definition is read.
    pub(in crate::rules) owned: Vec<NodeId>,
}

impl Template {
    /// One with the clock of the traded market, and auxiliary series of those names.
    pub(in crate::rules) fn new(auxes: Vec<String>) -> Self {
        let clocks = vec![Clock { market: 0, timeframe: None }];
        Self { clocks, auxes, ..Self::default() }
    }

    pub(in crate::rules) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// The node that computes this: there is one for each content.
    pub(in crate::rules) fn add(
        &mut self,
        op: Op,
        args: &[NodeId],
        clock: u8,
        kind: Type,
        place: Place,
    ) -> NodeId {
        let clock = if is_leaf_constant(op) { 0 } else { clock };
        let content = (op, args.to_vec(), clock);
        if let Some(id) = self.by_content.get(&content) {
            return *id;
        }
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        let parts = || args.iter().map(|arg| self.node(*arg));
        let own_params = if let Op::Param(index) = op { 1 << index } else { 0 };
        let node = Node {
            op,
            args: args.to_vec(),
            clock,
            kind,
            is_constant: can_be_constant(op) && parts().all(|arg| arg.is_constant),
            variables: free_variables(op, parts()),
            depth: parts().map(|arg| arg.depth).max().map_or(0, |depth| depth.saturating_add(1)),
            params: parts().fold(own_params, |all, arg| all | arg.params),
            place,
        };
        self.nodes.push(node);
        self.by_content.insert(content, id);
        id
    }

    /// A text as a constant.
    pub(in crate::rules) fn text(&mut self, text: &str) -> u16 {
        let place = self.texts.iter().position(|known| known == text).unwrap_or_else(|| {
            self.texts.push(text.to_owned());
            self.texts.len() - 1
        });
        u16::try_from(place).unwrap_or(u16::MAX)
    }

    /// A clock's place in the list.
    pub(in crate::rules) fn clock(&mut self, clock: Clock) -> u8 {
        let place = self.clocks.iter().position(|known| *known == clock).unwrap_or_else(|| {
            self.clocks.push(clock);
            self.clocks.len() - 1
        });
        u8::try_from(place).unwrap_or(u8::MAX)
    }
}

fn free_variables<'n>(op: Op, parts: impl Iterator<Item = &'n Node>) -> Vec<u16> {
    let mut variables: Vec<u16> = match op {
        Op::Variable(variable) => vec![variable],
        _ => parts.flat_map(|arg| arg.variables.iter().copied()).collect(),
    };
    variables.sort_unstable();
    variables.dedup();
    if let Op::Fold(_, bound) = op {
        variables.retain(|variable| *variable != bound);
    }
    variables
}

const fn is_leaf_constant(op: Op) -> bool {
    matches!(
        op,
        Op::Number(_) | Op::Bool(_) | Op::Text(_) | Op::Undefined | Op::Param(_) | Op::Variable(_)
    )
}

/// Whether the value is the same on every bar if the arguments are.
const fn can_be_constant(op: Op) -> bool {
    match op {
        // A length that goes by the tick would be another on each market.
        Op::Source(_) | Op::Fact(_) | Op::Aux { .. } | Op::Own(_) | Op::Held(_) | Op::Tick => false,
        Op::Kernel(kernel) => kernel.is_elementwise() || matches!(kernel, Kernel::Past),
        _ => true,
    }
}

impl Type {
    /// A plain number.
    pub(in crate::rules) const PLAIN: Self = Self::Number(Unit::Plain);

    /// As messages call it.
    pub(in crate::rules) const fn shown(self) -> &'static str {
        match self {
            Self::Number(_) => "a number",
            Self::Condition => "a condition",
            Self::Text => "a text",
            Self::Any => "none",
        }
    }

    pub(in crate::rules) const fn is_number(self) -> bool {
        matches!(self, Self::Number(_) | Self::Any)
    }

    pub(in crate::rules) const fn is_condition(self) -> bool {
        matches!(self, Self::Condition | Self::Any)
    }
}

impl Unit {
    /// The greatest power of ticks that a number carries.
    const POWER_MAX: i8 = 4;

    /// Ticks of a market to that power; plain for none; `None` beyond the greatest.
    pub(in crate::rules) const fn ticks(market: u8, power: i8) -> Option<Self> {
        match power {
            0 => Some(Self::Plain),
            _ if power > Self::POWER_MAX || power < -Self::POWER_MAX => None,
            _ => Some(Self::Ticks { market, power }),
        }
    }

    /// The unit of a product of two; `None` if they are of two markets, or it has none.
    pub(in crate::rules) const fn times(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Plain, unit) | (unit, Self::Plain) => Some(unit),
            (Self::Ticks { market, power }, Self::Ticks { market: second, power: more }) => {
                if market == second {
                    Self::ticks(market, power + more)
                } else {
                    None
                }
            }
        }
    }

    /// The unit to that power.
    pub(in crate::rules) const fn power(self, exponent: i8) -> Option<Self> {
        match self {
            Self::Plain => Some(Self::Plain),
            Self::Ticks { market, power } => match power.checked_mul(exponent) {
                Some(power) => Self::ticks(market, power),
                None => None,
            },
        }
    }

    /// The unit of a root.
    pub(in crate::rules) const fn root(self) -> Option<Self> {
        match self {
            Self::Plain => Some(Self::Plain),
            Self::Ticks { market, power } if power % 2 == 0 => Self::ticks(market, power / 2),
            Self::Ticks { .. } => None,
        }
    }
}
