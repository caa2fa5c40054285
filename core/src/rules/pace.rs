//! How a search computes a trial: what of it asks the account, and whether that remembers.

use super::check::Program;
use super::filled::Filled;
use super::graph::{Graph, GraphOp, NO_NODE, Op};
use super::language::{FUNCTIONS, Fact};
use super::text::Mode;

/// From the quickest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// It goes by the bars alone: from one order to the next.
    Leap,
    /// It asks the account for what is so now: position by position.
    Walk,
    /// It asks the account for what was: bar by bar.
    Bars,
}

/// Which nodes ask the account, themselves or through others.
pub(super) fn asking(graph: &Graph) -> Vec<bool> {
    let mut asks = vec![false; graph.nodes.len()];
    if !graph.nodes.iter().any(|node| matches!(node.op, GraphOp::Fact(_))) {
        return asks;
    }
    for (place, node) in graph.nodes.iter().enumerate() {
        asks[place] = match node.op {
            GraphOp::Fact(_) => true,
            // What it is the past of may come later.
            GraphOp::Own { .. } => graph.fact_below(vec![place as u32], |_| true).is_some(),
            _ => node.args.iter().any(|arg| *arg != NO_NODE && asks[*arg as usize]),
        };
    }
    asks
}

/// Nodes that ask the account and that others need, themselves included, in the order of the graph.
pub(super) fn asked_by(graph: &Graph, asks: &[bool], roots: &[u32]) -> Vec<u32> {
    let mut is_in = vec![false; graph.nodes.len()];
    let mut waiting = roots.to_vec();
    while let Some(place) = waiting.pop() {
        if asks[place as usize] && !std::mem::replace(&mut is_in[place as usize], true) {
            let args = graph.nodes[place as usize].args;
            waiting.extend(args.into_iter().filter(|arg| *arg != NO_NODE));
        }
    }
    (0..graph.nodes.len() as u32).filter(|place| is_in[*place as usize]).collect()
}

impl Filled {
    pub(super) fn pace(&self) -> Pace {
        if self.looks_around {
            return Pace::Bars;
        }
        if self.is_study() {
            return Pace::Leap;
        }
        let asks = asking(&self.graph);
        let is_free = |node: &u32| !asks[*node as usize];
        let remembers_nothing = |place: &u32| match self.graph.nodes[*place as usize].op {
            GraphOp::Fact(fact) => fact != Fact::AccountEquity,
            GraphOp::Kernel(kernel, _) => kernel.is_elementwise(),
            _ => false,
        };
        let asked = asked_by(&self.graph, &asks, &self.read_at_bars());
        let walks = self.read_at_entries().iter().all(is_free);
        if walks && asked.iter().all(remembers_nothing) { Pace::Walk } else { Pace::Bars }
    }

    /// What is read at each bar of a position.
    fn read_at_bars(&self) -> Vec<u32> {
        let orders = &self.orders;
        let mut nodes: Vec<u32> = orders.entries.iter().map(|entry| entry.when).collect();
        nodes.extend(orders.exits.iter().flat_map(|exit| [Some(exit.when), exit.part]).flatten());
        let moving = orders.levels.iter().filter(|order| order.mode != Mode::At);
        nodes.extend(moving.map(|order| order.level));
        nodes
    }

    /// What the exits of an entry are made of.
    fn read_at_entries(&self) -> Vec<u32> {
        let mut nodes = Vec::new();
        self.levels.iter().for_each(|level| level.leaves(&mut nodes));
        nodes.extend(self.orders.levels.iter().filter_map(|order| order.part));
        nodes
    }
}

impl Program {
    /// What its orders ask of the account of bars before, which only going bar by bar knows; where
    /// that begins. A level knows the price of its fill.
    pub(super) fn remembers(&self) -> Option<String> {
        let template = &self.template;
        if let Some(across) = self.across() {
            return Some(across);
        }
        let is_of_another = |clock: u8| template.clocks[usize::from(clock)].market != 0;
        let mut others = template.nodes.iter().filter(|node| is_of_another(node.clock));
        if let Some(node) = others.next() {
            let market = usize::from(template.clocks[usize::from(node.clock)].market) - 1;
            let name = self.markets.get(market).map_or("", |name| name);
            return Some(format!("bars of the market {name} in line {}", node.place.line));
        }
        let facts = self.asked_facts();
        let told = template.nodes.iter().zip(&facts).filter_map(|(node, fact)| {
            let remembers = match node.op {
                Op::Kernel(kernel) => !kernel.is_elementwise(),
                op => matches!(op, Op::Own(_) | Op::Held(_)),
            };
            let fact = fact.filter(|_| remembers)?;
            Some((node.place.line, fact.word()))
        });
        let of_levels = self.orders.levels.iter().filter_map(|order| {
            let fact = facts[order.part?.0 as usize]?;
            Some((template.node(order.part?).place.line, fact.word()))
        });
        let first = told.min().map(|(line, word)| format!("bars before of {word} in line {line}"));
        first.or_else(|| of_levels.min().map(|(line, word)| format!("{word} in line {line}")))
    }

    /// What goes over all instruments together, and where: a function, or the weight.
    fn across(&self) -> Option<String> {
        let template = &self.template;
        let looks = template.nodes.iter().find_map(|node| match node.op {
            Op::Kernel(kernel) if kernel.is_across() => {
                let function = FUNCTIONS.iter().find(|function| function.kernel == kernel)?;
                Some((function.name, node.place.line))
            }
            _ => None,
        });
        let weight = self.orders.weight.map(|node| ("weight", template.node(node).place.line));
        let (what, line) = looks.or(weight)?;
        Some(format!("{what} in line {line}, which looks across all instruments"))
    }

    /// Whether it decides for all instruments of a run together.
    pub(super) fn is_of_all(&self) -> bool {
        self.across().is_some()
    }

    /// Whether it goes by bars of other markets than the traded one.
    pub(super) fn reads_markets(&self) -> bool {
        !self.markets.is_empty()
    }

    /// The first fact that each node of the template asks for, itself or through others.
    fn asked_facts(&self) -> Vec<Option<Fact>> {
        let template = &self.template;
        let mut facts: Vec<Option<Fact>> = vec![None; template.nodes.len()];
        // Own pasts may be those of later nodes: each pass goes through one more of them.
        for _ in 0..=template.owned.len() {
            let before = facts.clone();
            for (place, node) in template.nodes.iter().enumerate() {
                let owned = match node.op {
                    Op::Own(own) => template.owned.get(usize::from(own)),
                    _ => None,
                };
                let mut args = node.args.iter().chain(owned);
                facts[place] = match node.op {
                    Op::Fact(fact) => Some(fact),
                    _ => args.find_map(|arg| facts[arg.0 as usize]),
                };
            }
            if facts == before {
                break;
            }
        }
        facts
    }
}
