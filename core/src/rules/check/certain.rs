//! Stops and targets that close a position as soon as it is entered, whatever the market does.

use super::super::diagnostic::{Code, Diagnostic};
use super::super::graph::{LevelOrder, NodeId, Op, Orders};
use super::super::language::{Fact, Kernel};
use super::super::text::{Expr, StatementKind};
use super::Text;
use super::checker::Checker;
use super::statement::word;
use crate::trading::Side;

/// A level over the price of the fill: so many times that price, and something that is constant.
#[derive(Clone, Copy)]
struct Reach {
    scale: f64,
    offset: f64,
}

/// How far down a level is looked at: those that people write lie higher.
const DEPTH_MAX: u32 = 6;

impl<'t> Checker<'t> {
    /// Stops beyond the price of their entry, and targets before it. Only what is that price times
    /// a constant, or with one added, says so of itself; parameters may be anything.
    pub(super) fn warn_of_certain(&mut self, text: Text<'t>, orders: &Orders<NodeId>) {
        let written = text.iter().filter_map(|statement| match &statement.kind {
            StatementKind::Stop { level, .. } | StatementKind::Target { level, .. } => Some(level),
            _ => None,
        });
        for (order, written) in orders.levels.iter().zip(written) {
            self.warn_of_level(order, written);
        }
    }

    fn warn_of_level(&mut self, order: &LevelOrder<NodeId>, written: &'t Expr) {
        let LevelOrder { side, is_stop, level, .. } = *order;
        let reach = self.reach(level, 0).filter(|reach| reach.scale > 0.0);
        let Some(Reach { scale, offset }) = reach else { return };
        let is_level = scale == 1.0 && offset == 0.0;
        let (is_above, is_below) = (scale >= 1.0 && offset >= 0.0, scale <= 1.0 && offset <= 0.0);
        let wants_below = is_stop == (side == Side::Long);
        if is_level || !(if wants_below { is_above } else { is_below }) {
            return;
        }
        let (what, lies, belongs) = match (is_stop, wants_below) {
            (true, true) => ("stop", "above", "below"),
            (true, false) => ("stop", "below", "above"),
            (false, true) => ("target", "above", "below"),
            (false, false) => ("target", "below", "above"),
        };
        let message = format!(
            "this {what} lies {lies} the price of its entry, so that the position is closed as \
             soon as it is entered: the {what} of a {} position belongs {belongs} it",
            word(side)
        );
        // The same distance on the other side.
        let mirrored = ((2.0 - scale) * 1e9).round() / 1e9;
        let meant = format!("position.entry * {mirrored}");
        let meant = (offset == 0.0 && mirrored > 0.0).then_some(meant.as_str());
        let fault = Diagnostic::new(Code::ClosesAtOnce, written.place, message);
        self.fault(fault.meant(meant));
    }

    /// What a level is over the fill, where that is all that it is made of.
    fn reach(&self, level: NodeId, depth: u32) -> Option<Reach> {
        if let Some(offset) = self.value_of(level) {
            return Some(Reach { scale: 0.0, offset }).filter(|_| offset.is_finite());
        }
        let node = self.node(level);
        match (node.op, node.args.as_slice()) {
            // As its entry fills, its price is the highest and the lowest since.
            (Op::Fact(Fact::PositionEntry | Fact::PositionHigh | Fact::PositionLow), _) => {
                Some(Reach { scale: 1.0, offset: 0.0 })
            }
            (Op::Kernel(kernel), &[a, b]) if depth < DEPTH_MAX => {
                let (a, b) = (self.reach(a, depth + 1)?, self.reach(b, depth + 1)?);
                match kernel {
                    Kernel::Add => Some(a.plus(b)),
                    Kernel::Subtract => Some(a.plus(b.times(-1.0))),
                    Kernel::Multiply if a.scale == 0.0 => Some(b.times(a.offset)),
                    Kernel::Multiply if b.scale == 0.0 => Some(a.times(b.offset)),
                    Kernel::Divide if b.scale == 0.0 && b.offset != 0.0 => {
                        Some(a.times(1.0 / b.offset))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

impl Reach {
    fn plus(self, other: Self) -> Self {
        Self { scale: self.scale + other.scale, offset: self.offset + other.offset }
    }

    fn times(self, factor: f64) -> Self {
        Self { scale: self.scale * factor, offset: self.offset * factor }
    }
}
