//! What a text computes, as a hash: equal for texts that differ in layout, comments and names of
//! definitions only.

use std::collections::HashMap;

use super::orders::{Orders, PriceOrder, SizeOrder};
use super::template::{NodeId, Op, Template, Unit};
use crate::digest::{Digest, Encoder};
use crate::trading::Side;

/// The hash of the template below the orders and the rules of the parameters. Nodes are written in
/// the order of their first use, so that nothing else of the text is in it.
///
/// `params` is name and type of each parameter, without its default.
pub(in crate::rules) fn meaning(
    template: &Template,
    params: &[(String, &'static str)],
    requires: &[NodeId],
    orders: &Orders<NodeId>,
) -> Digest {
    let mut writer = Writer {
        template,
        params,
        encoder: Encoder::new("tradeforge/rules/1"),
        known: HashMap::new(),
        owned: HashMap::new(),
        variables: HashMap::new(),
        pending: Vec::new(),
    };
    writer.orders(orders);
    for require in requires {
        writer.encoder.text("require");
        writer.node(*require);
    }
    writer.pasts();
    writer.encoder.finish()
}

struct Writer<'a> {
    template: &'a Template,
    params: &'a [(String, &'static str)],
    encoder: Encoder,
    /// Nodes by the order of their first use.
    known: HashMap<NodeId, i64>,
    owned: HashMap<u16, i64>,
    variables: HashMap<u16, i64>,
    /// Own pasts whose definitions have still to be written.
    pending: Vec<u16>,
}

impl Writer<'_> {
    fn orders(&mut self, orders: &Orders<NodeId>) {
        for entry in &orders.entries {
            self.encoder.text(entry.verb.word()).text(side(entry.side));
            match entry.price {
                PriceOrder::Market => _ = self.encoder.text("market"),
                PriceOrder::Limit(limit) => self.named("limit", limit),
                PriceOrder::Stop(stop) => self.named("stop", stop),
                PriceOrder::StopLimit { stop, limit } => {
                    self.named("stop", stop);
                    self.named("limit", limit);
                }
            }
            self.named("when", entry.when);
            self.optional("for", entry.bars);
            self.optional("max", entry.most);
            if let Some(order) = entry.size {
                self.size(order);
            }
        }
        for exit in &orders.exits {
            self.encoder.text("exit").text(side(exit.side));
            self.optional("part", exit.part);
            self.named("when", exit.when);
        }
        for order in &orders.levels {
            let kind = if order.is_stop { "stop level" } else { "target level" };
            self.encoder.text(kind).text(side(order.side)).text(order.mode.word());
            self.node(order.level);
            self.optional("part", order.part);
        }
        for order in &orders.sizes {
            self.size(*order);
        }
        self.optional("weight", orders.weight);
        self.optional("sides", orders.sides);
    }

    fn named(&mut self, name: &str, node: NodeId) {
        self.encoder.text(name);
        self.node(node);
    }

    fn optional(&mut self, name: &str, node: Option<NodeId>) {
        if let Some(node) = node {
            self.named(name, node);
        }
    }

    fn size(&mut self, order: SizeOrder<NodeId>) {
        self.encoder.text("size").text(order.side.map_or("both", side)).text(order.kind.word());
        self.node(order.value);
    }

    fn node(&mut self, id: NodeId) {
        if let Some(place) = self.known.get(&id) {
            self.encoder.text("again").integer(*place);
            return;
        }
        let place = self.known.len() as i64;
        self.known.insert(id, place);
        let node = self.template.node(id);
        self.op(node.op);
        let clock = self.template.clocks[usize::from(node.clock)];
        self.encoder.integer(i64::from(clock.market));
        self.encoder.text(&clock.timeframe.map_or_else(String::new, |frame| frame.to_string()));
        self.encoder.integer(node.args.len() as i64);
        for arg in &node.args {
            self.node(*arg);
        }
    }

    fn op(&mut self, op: Op) {
        match op {
            Op::Number(bits) => _ = self.encoder.text("number").double(f64::from_bits(bits)),
            Op::Bool(value) => _ = self.encoder.text("bool").integer(i64::from(value)),
            Op::Text(text) => {
                let text = &self.template.texts[usize::from(text)];
                self.encoder.text("text").text(text);
            }
            Op::Undefined => _ = self.encoder.text("none"),
            Op::Param(index) => {
                let (name, kind) = &self.params[usize::from(index)];
                self.encoder.text("param").text(name).text(kind);
            }
            Op::Variable(variable) => {
                let place = self.variable(variable);
                self.encoder.text("variable").integer(place);
            }
            Op::Tick => _ = self.encoder.text("tick"),
            Op::Rescale { from, to } => {
                self.encoder.text("rescale");
                self.unit(from);
                self.unit(to);
            }
            Op::Source(source) => _ = self.encoder.text("source").text(source.word()),
            Op::Fact(fact) => _ = self.encoder.text("fact").text(fact.word()),
            Op::Aux { series, column } => {
                let column = &self.template.texts[usize::from(column)];
                let series = &self.template.auxes[usize::from(series)];
                self.encoder.text("aux").text(series).text(column);
            }
            Op::Kernel(kernel) => _ = self.encoder.text("kernel").text(&kernel.identity()),
            Op::Own(definition) => {
                let next = self.owned.len() as i64;
                let place = *self.owned.entry(definition).or_insert_with(|| {
                    self.pending.push(definition);
                    next
                });
                self.encoder.text("own").integer(place);
            }
            Op::Held(clock) => {
                let clock = self.template.clocks[usize::from(clock)];
                let frame = clock.timeframe.map_or_else(String::new, |frame| frame.to_string());
                self.encoder.text("held").integer(clock.market.into()).text(&frame);
            }
            Op::Fold(kind, variable) => {
                let place = self.variable(variable);
                self.encoder.text("fold").text(kind.word()).integer(place);
            }
        }
    }

    /// Variables by the order of their first use.
    fn variable(&mut self, variable: u16) -> i64 {
        let next = self.variables.len() as i64;
        *self.variables.entry(variable).or_insert(next)
    }

    fn unit(&mut self, unit: Unit) {
        match unit {
            Unit::Plain => _ = self.encoder.text("plain"),
            Unit::Ticks { market, power } => {
                self.encoder.text("ticks").integer(market.into()).integer(power.into());
            }
        }
    }

    fn pasts(&mut self) {
        while let Some(definition) = self.pending.pop() {
            let place = self.owned[&definition];
            self.encoder.text("past of").integer(place);
            self.node(self.template.owned[usize::from(definition)]);
        }
    }
}

const fn side(side: Side) -> &'static str {
    match side {
        Side::Long => "long",
        Side::Short => "short",
    }
}
