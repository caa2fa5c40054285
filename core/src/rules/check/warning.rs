//! What a text may not mean as it says it.

use super::super::diagnostic::{Code, Diagnostic};
use super::super::graph::{NodeId, Op, Orders};
use super::super::place::Place;
use super::super::text::{Statement, StatementKind};
use super::Text;
use super::checker::Checker;
use super::statement::Said;
use crate::trading::Side;

impl<'t> Checker<'t> {
    pub(super) fn warn(&mut self, text: Text<'t>, said: &Said<'t>, orders: &Orders<NodeId>) {
        if self.faults.errors() > 0 {
            // Names in statements that could not be read would seem to be read by nothing.
            return;
        }
        self.warn_of_unused(text);
        for (node, place) in &said.conditions {
            if self.value_of(*node).is_some_and(|value| value != 1.0) {
                let message = "this is never true";
                self.fault(Diagnostic::new(Code::NeverTrue, *place, message));
            }
        }
        self.warn_of_none(orders);
        self.warn_of_certain(text, orders);
        self.warn_of_risk(text, orders);
        for side in [Side::Long, Side::Short] {
            self.warn_of_side(text, side, orders);
        }
    }

    fn warn_of_unused(&mut self, text: Text<'t>) {
        for statement in text {
            let (name, what) = match &statement.kind {
                StatementKind::Param(param) => (&param.name, "parameter"),
                StatementKind::Definition { name, .. } => (name, "definition"),
                StatementKind::Function { name, .. } => (name, "function"),
                StatementKind::Market { name, .. } => (name, "market"),
                StatementKind::Aux { name, .. } => (name, "auxiliary series"),
                _ => continue,
            };
            if !self.read.contains(&name.text.as_str()) {
                let message = format!("no order reads the {what} {}", name.text);
                self.fault(Diagnostic::new(Code::Unused, name.place, message));
            }
        }
    }

    fn warn_of_side(&mut self, text: Text<'t>, side: Side, orders: &Orders<NodeId>) {
        let opens = |statement: &&Statement| match &statement.kind {
            StatementKind::Entry(entry) => entry.side == side,
            _ => false,
        };
        let Some(place) = text.iter().find(opens).map(|statement| statement.place) else {
            return self.warn_of_side_not_opened(text, side);
        };
        self.warn_of_side_not_taken(side, place, orders);
        let has_level = orders.levels.iter().any(|order| order.side == side);
        let has_stop = orders.levels.iter().any(|order| order.side == side && order.is_stop);
        let leaves = orders.exits.iter().any(|exit| exit.side == side)
            || orders.entries.iter().any(|entry| entry.side == side.opposite())
            || has_level;
        let word = if side == Side::Long { "long" } else { "short" };
        if !leaves {
            let message = format!("nothing closes a {word} position: exit {word} when …");
            self.fault(Diagnostic::new(Code::NoExit, place, message));
        }
        if side == Side::Short && !has_stop {
            let message = "a short position without a stop can lose more than all: stop short at …";
            self.fault(Diagnostic::new(Code::UnprotectedShort, place, message));
        }
    }

    /// What is said of positions of a side that no order opens.
    fn warn_of_side_not_opened(&mut self, text: Text<'t>, side: Side) {
        let word = if side == Side::Long { "long" } else { "short" };
        for statement in text {
            let what = match &statement.kind {
                StatementKind::Exit { side: own, .. } if *own == side => "exit",
                StatementKind::Stop { side: own, .. } if *own == side => "stop",
                StatementKind::Target { side: own, .. } if *own == side => "target",
                StatementKind::Size { side: Some(own), .. } if *own == side => "size",
                _ => continue,
            };
            let message = format!(
                "no order opens a {word} position, so that this {what} does nothing: enter {word} \
                 when …"
            );
            self.fault(Diagnostic::new(Code::Unused, statement.place, message));
        }
    }

    /// Entries of a side that the text itself leaves out.
    fn warn_of_side_not_taken(&mut self, side: Side, place: Place, orders: &Orders<NodeId>) {
        let Some(Op::Text(text)) = orders.sides.map(|sides| self.node(sides).op) else { return };
        let sides = &self.template.texts[usize::from(text)];
        let (word, left_out) = match side {
            Side::Long => ("long", "short_only"),
            Side::Short => ("short", "long_only"),
        };
        if sides == left_out {
            let message = format!("no {word} position is ever entered: sides says {left_out:?}");
            self.fault(Diagnostic::new(Code::NeverTrue, place, message));
        }
    }
}
