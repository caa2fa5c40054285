//! How a search computes a trial: what of it asks the account, and whether that remembers.

use super::affine::Affine;
use super::check::Program;
use super::filled::Filled;
use super::graph::{
    Graph, GraphOp, LevelOrder, NO_NODE, NodeId, Op, Orders, PriceOrder, SizeOrder,
};
use super::language::{FUNCTIONS, Fact};
use super::text::{AmountKind, Mode, Verb};
use crate::trading::Side;

/// From the quickest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// It goes by the bars alone: from one order to the next.
    Leap,
    /// It asks the account for what is so now: position by position.
    Walk,
    /// Its orders need every bar: bar by bar, over values computed for all bars.
    Rest,
    /// It asks the account for what was: bar by bar.
    Bars,
}

/// Whether any node asks how far the price went while the position was held.
pub(super) fn reads_extremes(graph: &Graph) -> bool {
    let is_extreme = |op| matches!(op, GraphOp::Fact(Fact::PositionHigh | Fact::PositionLow));
    graph.nodes.iter().any(|node| is_extreme(node.op))
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
        let needs_bars = self.is_by_bars();
        if self.is_study() && !needs_bars {
            return Pace::Leap;
        }
        let asks = asking(&self.graph);
        let is_free = |node: &u32| !asks[*node as usize];
        let remembers_nothing = |place: &u32| match self.graph.nodes[*place as usize].op {
            GraphOp::Fact(fact) => fact != Fact::AccountEquity,
            GraphOp::Kernel(kernel, _) => kernel.is_elementwise(),
            _ => false,
        };
        let is_of_now =
            |nodes: &[u32]| asked_by(&self.graph, &asks, nodes).iter().all(remembers_nothing);
        let walks = !needs_bars && self.read_at_entries().iter().all(is_free);
        if walks && is_of_now(&self.read_at_bars()) {
            Pace::Walk
        } else if is_of_now(&self.read_at_all()) {
            Pace::Rest
        } else {
            Pace::Bars
        }
    }

    /// All that its orders read.
    pub(super) fn read_at_all(&self) -> Vec<u32> {
        let orders = &self.orders;
        let mut nodes = self.read_at_bars();
        nodes.extend(self.read_at_entries());
        nodes.extend(orders.entries.iter().flat_map(|entry| entry.price.nodes()));
        let sizes = orders.entries.iter().filter_map(|entry| entry.size);
        nodes.extend(sizes.chain(orders.sizes.iter().copied()).map(|size| size.value));
        nodes
    }

    /// Whether its orders need every bar, whatever they are made of.
    fn is_by_bars(&self) -> bool {
        let orders = &self.orders;
        let adds = orders.entries.iter().any(|entry| entry.verb == Verb::Add);
        let asks = self.levels.iter().any(Affine::is_asked);
        self.rests || adds || asks || self.sizes_itself || orders.kept_target().is_some()
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

impl<T: Copy> Orders<T> {
    /// The first target that moves, or is to stay taken while others or the stop move.
    fn kept_target(&self) -> Option<&LevelOrder<T>> {
        let targets = self.levels.iter().filter(|order| !order.is_stop);
        let moves = |side: Side| {
            let mut levels = self.levels.iter();
            levels.any(|order| order.side == side && order.mode != Mode::At)
        };
        let mut kept = targets.filter(|order| {
            order.mode == Mode::Move || (order.part.is_some() && moves(order.side))
        });
        kept.next()
    }
}

impl Program {
    /// Whether its entries have sizes that are not the same for all of them and any parameters.
    pub(super) fn sizes_itself(&self) -> bool {
        let Orders { entries, sizes, weight, .. } = &self.orders;
        let is_same = |size: &SizeOrder<NodeId>| {
            let node = self.template.node(size.value);
            let is_plain = size.side.is_none() && size.kind != AmountKind::Risk;
            is_plain && node.is_constant && node.params == 0
        };
        let own = entries.iter().any(|entry| entry.size.is_some());
        weight.is_none() && (own || !sizes.iter().all(is_same))
    }

    /// What of its orders needs every bar, and where.
    pub(super) fn by_bars(&self) -> Option<String> {
        let orders = &self.orders;
        let named = self.conditions.iter().map(|(name, _)| name.as_str());
        let named = named.filter(|name| !name.starts_with("exit"));
        let in_line = |name: &str| name.split_once(':').map_or("", |(_, line)| line).to_owned();
        let mut entries = orders.entries.iter().zip(named);
        let told = entries.find_map(|(entry, name)| match (entry.price, entry.verb) {
            (PriceOrder::Market, Verb::Enter) => None,
            (PriceOrder::Market, Verb::Add) => Some(format!("add in line {}", in_line(name))),
            _ => Some(format!("an entry at a price in line {}", in_line(name))),
        });
        let line = |node: NodeId| self.template.node(node).place.line;
        told.or_else(|| {
            let target = orders.kept_target()?;
            Some(format!("a target of what moves in line {}", line(target.level)))
        })
        .or_else(|| {
            let own = orders.entries.iter().filter_map(|entry| entry.size);
            let size = own.chain(orders.sizes.iter().copied()).next()?;
            self.sizes_itself().then(|| format!("a size in line {}", line(size.value)))
        })
    }

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
        if let Some(told) = self.by_bars() {
            return Some(told);
        }
        let facts = self.asked_facts();
        let told = template.nodes.iter().zip(&facts).filter_map(|(node, fact)| {
            let remembers = match node.op {
                Op::Fact(fact) => fact == Fact::AccountEquity,
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
        let first = told.min().map(|(line, word)| {
            let before = if word == Fact::AccountEquity.word() { "" } else { "bars before of " };
            format!("{before}{word} in line {line}")
        });
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
