//! The values of a text, for whoever wants to see them: read where its orders read them, bar by
//! bar, and told in the currency of the market.

use super::check::Program;
use super::graph::{Graph, NodeId, Type, Unit};
use super::kernel::{NONE, finite};
use super::stream::Stream;
use crate::market::{Bar, Decimal};
use crate::strategy::{ValueCount, ValuesWanted, Watch, Watched};

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// A price of the traded market.
    Price,
    /// Any other number.
    Number,
    /// A condition: 1 or 0.
    Condition,
}

/// Something in a text that has a value on every bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// A definition, or the condition of an order, as in `enter long:9`.
    pub name: String,
    /// What it is.
    pub kind: ValueKind,
    /// Whether it is a definition.
    pub is_definition: bool,
}

impl Program {
    /// All that has a value on every bar: definitions, then conditions of orders.
    pub(super) fn named(&self) -> Vec<Named> {
        self.wanted().map(|(named, _)| named).collect()
    }

    fn wanted(&self) -> impl Iterator<Item = (Named, NodeId)> {
        let of = |all: &[(String, NodeId)], is_definition: bool| {
            let named = all.iter().filter_map(move |(name, node)| {
                let kind = match self.template.node(*node).kind {
                    Type::Number(Unit::Ticks { power: 1, market: 0 }) => ValueKind::Price,
                    Type::Number(_) | Type::Any => ValueKind::Number,
                    Type::Condition => ValueKind::Condition,
                    Type::Text => return None,
                };
                Some((Named { name: name.clone(), kind, is_definition }, *node))
            });
            named.collect::<Vec<_>>()
        };
        of(&self.definitions, true).into_iter().chain(of(&self.conditions, false))
    }

    /// What is to be watched, in the order in which it is to be told.
    pub(super) fn watched_by(&self, watch: &Watch) -> Vec<(Named, NodeId)> {
        let mut all: Vec<_> = self.wanted().collect();
        match watch {
            Watch::Counts => all,
            Watch::Values(wanted) => {
                let place = |name: &String| all.iter().position(|(it, _)| it.name == *name);
                let places: Vec<_> = wanted.names.iter().filter_map(place).collect();
                all = places.into_iter().map(|place| all[place].clone()).collect();
                all
            }
        }
    }
}

/// Reads the values of a trial.
#[derive(Debug)]
pub(super) struct Watcher {
    seen: Vec<Seen>,
    reads_facts: bool,
    bars: u64,
    taking: Option<Taking>,
}

/// A value that is read.
#[derive(Debug)]
struct Seen {
    name: String,
    /// `None` where the parameters make no such value.
    node: Option<u32>,
    is_condition: bool,
    scale: Scale,
    first_defined_bar: Option<u64>,
    undefined_bars: u64,
    true_bars: u64,
}

/// Rows of values.
#[derive(Debug)]
struct Taking {
    wanted: ValuesWanted,
    bars: usize,
    /// The last bar of the span so far.
    latest: (i64, Vec<f64>),
    watched: Watched,
}

impl Watcher {
    /// Of values that stand at those nodes, on markets of those ticks.
    pub(super) fn new(
        program: &Program,
        watch: &Watch,
        graph: &Graph,
        watched: Vec<(Named, NodeId, Option<u32>)>,
        ticks: &[Decimal],
    ) -> Self {
        let nodes = watched.iter().filter_map(|(_, _, node)| *node).collect();
        let reads_facts = graph.fact_below(nodes, |_| true).is_some();
        let seen = watched.into_iter().map(|(named, id, node)| Seen {
            name: named.name,
            node,
            is_condition: named.kind == ValueKind::Condition,
            scale: Scale::of(program.template.node(id).kind, ticks),
            first_defined_bar: None,
            undefined_bars: 0,
            true_bars: 0,
        });
        let taking = match watch {
            Watch::Counts => None,
            Watch::Values(wanted) => Some(Taking::new(wanted)),
        };
        Self { seen: seen.collect(), reads_facts, bars: 0, taking }
    }

    /// Whether any of it is a fact of the account, or made of one.
    pub(super) const fn reads_facts(&self) -> bool {
        self.reads_facts
    }

    /// Takes the values at the end of a bar.
    pub(super) fn take(&mut self, bar: &Bar, stream: &Stream) {
        let value = |node: Option<u32>| node.map_or(NONE, |node| stream.value(node));
        if let Some(taking) = &mut self.taking {
            if taking.wanted.span_ms.contains(&bar.open_time_ms) {
                let values = self.seen.iter().map(|seen| seen.scale.told(value(seen.node)));
                taking.take(bar.open_time_ms, values);
            }
            return;
        }
        for seen in &mut self.seen {
            let value = value(seen.node);
            if value.is_nan() {
                seen.undefined_bars += 1;
            } else {
                seen.first_defined_bar.get_or_insert(self.bars);
                seen.true_bars += u64::from(seen.is_condition && value == 1.0);
            }
        }
        self.bars += 1;
    }

    /// What was seen.
    pub(super) fn finish(self) -> Watched {
        if let Some(taking) = self.taking {
            return taking.finish();
        }
        let counts = self.seen.into_iter().map(|seen| ValueCount {
            instrument: 0,
            name: seen.name,
            first_defined_bar: seen.first_defined_bar,
            undefined_bars: seen.undefined_bars,
            true_bars: seen.is_condition.then_some(seen.true_bars),
        });
        Watched { counts: counts.collect(), ..Watched::default() }
    }
}

impl Taking {
    fn new(wanted: &ValuesWanted) -> Self {
        let values = wanted.names.iter().map(|_| Vec::new()).collect();
        let watched = Watched { values, ..Watched::default() };
        Self { wanted: wanted.clone(), bars: 0, latest: (0, Vec::new()), watched }
    }

    fn take(&mut self, time_ms: i64, values: impl Iterator<Item = f64>) {
        self.latest.0 = time_ms;
        self.latest.1.clear();
        self.latest.1.extend(values);
        self.bars += 1;
        if self.bars.is_multiple_of(self.wanted.every) {
            self.tell();
        }
    }

    fn tell(&mut self) {
        self.watched.times_ms.push(self.latest.0);
        for (column, value) in self.watched.values.iter_mut().zip(&self.latest.1) {
            column.push(*value);
        }
    }

    /// The last bar of the span is told, however many are left for it.
    fn finish(mut self) -> Watched {
        if !self.bars.is_multiple_of(self.wanted.every) {
            self.tell();
        }
        self.watched
    }
}

/// From ticks to currency: by a product and a quotient of whole numbers, so that a price is the
/// double nearest to it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    times: f64,
    over: f64,
}

impl Scale {
    fn of(kind: Type, ticks: &[Decimal]) -> Self {
        let Type::Number(Unit::Ticks { power, market }) = kind else {
            return Self { times: 1.0, over: 1.0 };
        };
        let tick = ticks.get(usize::from(market)).copied().unwrap_or(Decimal::ONE);
        let (mut mantissas, mut tens) = (1.0, 1.0);
        for _ in 0..power.unsigned_abs() {
            mantissas *= tick.mantissa() as f64;
            tens *= (0..tick.scale()).fold(1.0, |power, _| power * 10.0);
        }
        if power > 0 {
            Self { times: mantissas, over: tens }
        } else {
            Self { times: tens, over: mantissas }
        }
    }

    fn told(self, value: f64) -> f64 {
        finite(value * self.times / self.over) + 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(power: i8, tick: &str) -> Scale {
        let unit = Unit::ticks(0, power).unwrap();
        Scale::of(Type::Number(unit), &[tick.parse().unwrap()])
    }

    #[test]
    fn a_price_is_told_as_the_double_nearest_to_it() {
        // In doubles 3 * 0.1 is 0.30000000000000004.
        assert_eq!(scale(1, "0.1").told(3.0), 0.3);
        assert_eq!(scale(1, "0.01").told(10_001.0), 100.01);
        assert_eq!(scale(2, "0.25").told(16.0), 1.0);
        assert_eq!(scale(-1, "0.01").told(1.0), 100.0);
        assert_eq!(scale(0, "0.01").told(7.5), 7.5);
        assert!(scale(1, "0.1").told(NONE).is_nan());
        assert_eq!(scale(0, "0.1").told(-0.0).to_bits(), 0);
    }
}
