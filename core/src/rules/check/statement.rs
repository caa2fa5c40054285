//! Statements become orders and rules.

use super::super::diagnostic::{Code, Diagnostic};
use super::super::graph::{
    EntryOrder, ExitOrder, LevelOrder, NodeId, Orders, PriceOrder, Type, Unit, meaning,
};
use super::super::limits::{RESTING_MAX, TARGETS_MAX};
use super::super::place::Place;
use super::super::text::{Entry, EntryPrice, Expr, Mode, StatementKind, Verb};
use super::checker::{Checker, Env};
use super::{Program, Require, Text};
use crate::trading::Side;

/// What is made of the statements besides orders.
#[derive(Default)]
pub(super) struct Said<'t> {
    pub(super) requires: Vec<Require>,
    definitions: Vec<(String, NodeId)>,
    /// Conditions of the orders, each with the order's name.
    orders: Vec<(String, NodeId)>,
    /// Conditions of the orders, and where they stand.
    pub(super) conditions: Vec<(NodeId, Place)>,
    label: Option<(&'t str, &'t str)>,
}

impl<'t> Checker<'t> {
    /// Reads all statements; `is_whole` if none of the text is missing.
    pub(super) fn whole(&mut self, text: Text<'t>, is_whole: bool) -> (Said<'t>, Orders<NodeId>) {
        for statement in text {
            if let StatementKind::Param(param) = &statement.kind
                && self.scope.params.get(param.name.text.as_str()).copied()
                    == Some(self.params.len() as u8)
            {
                let param = self.param(param);
                self.params.push(param);
            }
        }
        let (mut said, mut orders) = (Said::default(), Orders::default());
        for statement in text {
            self.statement(&statement.kind, statement.place, &mut said, &mut orders);
        }
        self.check_functions(text);
        self.close_owned();
        self.check_opened(text);
        self.check_all_together(text);
        let opens = text.iter().any(|statement| match &statement.kind {
            StatementKind::Entry(entry) => entry.verb == Verb::Enter,
            _ => false,
        });
        if is_whole && !opens && orders.weight.is_none() {
            let place = Place { line: 1, column: 1, length: 0 };
            let message = "a strategy needs an order that opens a position, such as enter long \
                           when …, or a weight";
            self.fault(Diagnostic::new(Code::Syntax, place, message));
        }
        if is_whole {
            self.warn(text, &said, &orders);
        }
        (said, orders)
    }

    /// The program of what was read; without an error it is whole.
    pub(super) fn finished(&mut self, said: Said<'t>, orders: Orders<NodeId>) -> Program {
        let requires: Vec<NodeId> = said.requires.iter().map(|rule| rule.condition).collect();
        let names: Vec<_> =
            self.params.iter().map(|param| (param.name.clone(), param.kind.word())).collect();
        let meaning = meaning(&self.template, &names, &requires, &orders);
        let (label, description) = said.label.unwrap_or_default();
        let markets = self.scope.markets.iter().map(|name| (*name).to_owned());
        Program {
            label: label.to_owned(),
            description: description.to_owned(),
            params: std::mem::take(&mut self.params),
            requires: said.requires,
            template: std::mem::take(&mut self.template),
            orders,
            definitions: said.definitions,
            conditions: said.orders,
            markets: markets.collect(),
            meaning,
        }
    }

    fn statement(
        &mut self,
        kind: &'t StatementKind,
        place: Place,
        said: &mut Said<'t>,
        orders: &mut Orders<NodeId>,
    ) {
        match kind {
            StatementKind::Strategy { label, description } => {
                if said.label.is_some() {
                    self.fault(Diagnostic::new(Code::Duplicate, place, "a text has one name"));
                }
                said.label = Some((label, description.as_deref().unwrap_or_default()));
            }
            StatementKind::Require { condition, message } => {
                self.require(condition, message.as_deref(), said);
            }
            StatementKind::Sides(value) => self.sides(value, place, orders),
            StatementKind::Definition { name, value } => {
                if self
                    .scope
                    .definitions
                    .get(name.text.as_str())
                    .is_some_and(|own| std::ptr::eq(*own, value))
                {
                    let node = self.definition(&name.text, value, 0);
                    said.definitions.push((name.text.clone(), node));
                }
            }
            StatementKind::Entry(entry) => {
                self.check_entry(entry);
                self.entry(entry, place, said, orders);
            }
            StatementKind::Exit { side, part, when } => {
                let part = part.as_ref().map(|part| self.portion(part));
                let when = self.when(when, said);
                said.orders.push((format!("exit {}:{}", word(*side), place.line), when));
                orders.exits.push(ExitOrder { side: *side, part, when });
            }
            StatementKind::Stop { side, mode, level } => {
                self.stop((*side, *mode), level, place, orders);
            }
            StatementKind::Target { side, mode, level, part } => {
                self.target((*side, *mode), level, part.as_ref(), place, orders);
            }
            StatementKind::Size { side, amount } => {
                self.size_of_all(*side, amount, place, orders);
            }
            StatementKind::Weight(value) => {
                let weight = self.plain_number(value, "a weight");
                if orders.weight.replace(weight).is_some() {
                    let message = "the weight is given twice";
                    self.fault(Diagnostic::new(Code::Duplicate, place, message));
                }
            }
            // What they name was taken in with the names of the text.
            StatementKind::Market { .. }
            | StatementKind::Aux { .. }
            | StatementKind::Param(_)
            | StatementKind::Function { .. }
            | StatementKind::Unread(_) => {}
        }
    }

    fn stop(
        &mut self,
        (side, mode): (Side, Mode),
        level: &'t Expr,
        place: Place,
        orders: &mut Orders<NodeId>,
    ) {
        if orders.levels.iter().any(|order| order.is_stop && order.side == side) {
            let message = format!("a {} position has one stop", word(side));
            self.fault(Diagnostic::new(Code::Duplicate, place, message));
        }
        self.warn_of_share(level, side == Side::Long);
        let level = self.price(level, "a stop");
        orders.levels.push(LevelOrder { side, is_stop: true, mode, level, part: None });
    }

    fn top(&mut self, expr: &'t Expr) -> NodeId {
        self.expr(expr, &Env::default(), 0)
    }

    fn when(&mut self, expr: &'t Expr, said: &mut Said<'t>) -> NodeId {
        let node = self.top(expr);
        let node = self.wanted_condition(node, "when", expr.place);
        said.conditions.push((node, expr.place));
        node
    }

    pub(super) fn plain_number(&mut self, expr: &'t Expr, who: &str) -> NodeId {
        let node = self.top(expr);
        let node = self.wanted_number(node, who, expr.place);
        self.plain(node, expr.place, true)
    }

    /// A price of the traded market, in ticks.
    fn price(&mut self, expr: &'t Expr, who: &str) -> NodeId {
        let node = self.top(expr);
        let node = self.wanted_number(node, who, expr.place);
        let ticks = Unit::Ticks { market: 0, power: 1 };
        if self.kind(node) == Type::Number(ticks) || self.kind(node) == Type::Any {
            return node;
        }
        let plain = self.plain(node, expr.place, true);
        self.rescaled(plain, Unit::Plain, ticks, expr.place)
    }

    fn require(&mut self, condition: &'t Expr, message: Option<&str>, said: &mut Said<'t>) {
        let node = self.top(condition);
        let node = self.wanted_condition(node, "require", condition.place);
        if !self.node(node).is_constant {
            let message = "require compares parameters and numbers, which the market is not";
            self.fault(Diagnostic::new(Code::NotConstant, condition.place, message));
            return;
        }
        let message = message.map_or_else(
            || format!("must hold: {}", super::super::text::expr_text(condition)),
            str::to_owned,
        );
        said.requires.push(Require { condition: node, message, place: condition.place });
    }

    fn sides(&mut self, value: &'t Expr, place: Place, orders: &mut Orders<NodeId>) {
        if self.is_unquoted_side(value) {
            return;
        }
        let node = self.top(value);
        let kind = self.kind(node);
        if !self.node(node).is_constant || !matches!(kind, Type::Text | Type::Any) {
            let message =
                "sides takes \"long_only\", \"short_only\", \"both\" or a parameter of them";
            self.fault(Diagnostic::new(Code::Type, value.place, message));
        }
        self.check_sides(node, value.place);
        for word in ["long_only", "short_only", "both"] {
            self.template.text(word);
        }
        if orders.sides.replace(node).is_some() {
            self.fault(Diagnostic::new(Code::Duplicate, place, "the sides are given twice"));
        }
    }

    fn entry(
        &mut self,
        entry: &'t Entry,
        place: Place,
        said: &mut Said<'t>,
        orders: &mut Orders<NodeId>,
    ) {
        let price = match &entry.price {
            EntryPrice::Market => PriceOrder::Market,
            EntryPrice::Limit(limit) => PriceOrder::Limit(self.price(limit, "a limit")),
            EntryPrice::Stop(stop) => PriceOrder::Stop(self.price(stop, "a stop")),
            EntryPrice::StopLimit { stop, limit } => PriceOrder::StopLimit {
                stop: self.price(stop, "a stop"),
                limit: self.price(limit, "a limit"),
            },
        };
        let when = self.when(&entry.when, said);
        let bars = entry.bars.as_ref().map(|bars| self.constant(bars, "for"));
        let most = entry.most.as_ref().map(|most| self.constant(most, "max"));
        let size = entry.size.as_ref().map(|amount| self.size(None, amount));
        let (verb, side) = (entry.verb, entry.side);
        said.orders.push((format!("{} {}:{}", verb.word(), word(side), place.line), when));
        orders.entries.push(EntryOrder { verb, side, price, when, bars, most, size });
        let rests = |entry: &&EntryOrder<NodeId>| entry.price != PriceOrder::Market;
        if orders.entries.iter().filter(rests).count() > RESTING_MAX {
            let message = format!("a text has at most {RESTING_MAX} entries at a price");
            self.fault(Diagnostic::new(Code::Limit, place, message));
        }
    }

    fn constant(&mut self, expr: &'t Expr, who: &str) -> NodeId {
        let node = self.plain_number(expr, who);
        if self.node(node).is_constant {
            return node;
        }
        let message = format!("{who} must be constant: made of numbers and parameters");
        self.wrong(Code::NotConstant, expr.place, message)
    }

    fn target(
        &mut self,
        (side, mode): (Side, Mode),
        level: &'t Expr,
        part: Option<&'t Expr>,
        place: Place,
        orders: &mut Orders<NodeId>,
    ) {
        self.warn_of_share(level, side == Side::Short);
        let level = self.price(level, "a target");
        let part = part.map(|part| self.portion(part));
        orders.levels.push(LevelOrder { side, is_stop: false, mode, level, part });
        let is_target = |order: &&LevelOrder<NodeId>| !order.is_stop && order.side == side;
        if orders.levels.iter().filter(is_target).count() > TARGETS_MAX {
            let message = format!("a {} position has at most {TARGETS_MAX} targets", word(side));
            self.fault(Diagnostic::new(Code::Limit, place, message));
        }
    }

    /// Functions that nothing calls are read with arguments of any type, so that what is wrong with
    /// them is told all the same.
    fn check_functions(&mut self, text: Text<'t>) {
        for statement in text {
            let StatementKind::Function { name, arguments, value } = &statement.kind else {
                continue;
            };
            if self.read.contains(&name.text.as_str()) {
                continue;
            }
            let mut env = Env::default();
            for argument in arguments {
                let node = self.undefined(argument.place);
                env = env.with(&argument.text, super::checker::Bound::Variable(node));
            }
            self.expr(value, &env, 0);
        }
    }
}

pub(super) const fn word(side: Side) -> &'static str {
    match side {
        Side::Long => "long",
        Side::Short => "short",
    }
}
