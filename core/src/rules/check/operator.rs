//! Operators and units: what may stand beside what, and what comes of it.

use super::super::diagnostic::{Code, Diagnostic};
use super::super::graph::{NodeId, Op, Type, Unit};
use super::super::language::Kernel;
use super::super::place::Place;
use super::checker::Checker;

impl Checker<'_> {
    /// The node, if it is a number.
    pub(super) fn wanted_number(&mut self, node: NodeId, who: &str, place: Place) -> NodeId {
        let kind = self.kind(node);
        if kind.is_number() {
            return node;
        }
        self.wrong(Code::Type, place, format!("{who} takes a number, but this is {}", kind.shown()))
    }

    /// The node, if it is a condition.
    pub(super) fn wanted_condition(&mut self, node: NodeId, who: &str, place: Place) -> NodeId {
        let kind = self.kind(node);
        if kind.is_condition() {
            return node;
        }
        let message = format!("{who} takes a condition, but this is {}", kind.shown());
        self.wrong(Code::Type, place, message)
    }

    pub(super) fn condition(
        &mut self,
        kernel: Kernel,
        args: &[NodeId],
        clock: u8,
        place: Place,
    ) -> NodeId {
        self.template.add(Op::Kernel(kernel), args, clock, Type::Condition, place)
    }

    /// A kernel whose value is what its argument is.
    pub(super) fn alike(&mut self, kernel: Kernel, arg: NodeId, clock: u8, place: Place) -> NodeId {
        let kind = self.kind(arg);
        self.template.add(Op::Kernel(kernel), &[arg], clock, kind, place)
    }

    /// A kernel of two numbers of one unit, whose value has it, too.
    pub(super) fn same_unit(
        &mut self,
        kernel: Kernel,
        a: NodeId,
        b: NodeId,
        clock: u8,
        place: Place,
    ) -> NodeId {
        let (a, b) = self.brought_together(a, b, place);
        let kind = self.either(a, b);
        self.template.add(Op::Kernel(kernel), &[a, b], clock, kind, place)
    }

    /// What two nodes of one type are; none is whatever the other is.
    fn either(&self, a: NodeId, b: NodeId) -> Type {
        let kind = self.kind(a);
        if kind == Type::Any { self.kind(b) } else { kind }
    }

    /// Two numbers in one unit: a constant is brought onto that of the other.
    pub(super) fn brought_together(
        &mut self,
        a: NodeId,
        b: NodeId,
        place: Place,
    ) -> (NodeId, NodeId) {
        let (Type::Number(left), Type::Number(right)) = (self.kind(a), self.kind(b)) else {
            return (a, b);
        };
        if left == right {
            return (a, b);
        }
        if left == Unit::Plain && self.node(a).is_constant {
            return (self.rescaled(a, left, right, place), b);
        }
        if right == Unit::Plain && self.node(b).is_constant {
            return (a, self.rescaled(b, right, left, place));
        }
        let is_told = !is_of_two_markets(left, right);
        (self.plain(a, place, is_told), self.plain(b, place, is_told))
    }

    pub(super) fn rescaled(&mut self, node: NodeId, from: Unit, to: Unit, place: Place) -> NodeId {
        let clock = self.node(node).clock;
        self.template.add(Op::Rescale { from, to }, &[node], clock, Type::Number(to), place)
    }

    /// The number in quote currency; what was a price is told, as exact ties end there.
    pub(super) fn plain(&mut self, node: NodeId, place: Place, is_told: bool) -> NodeId {
        let Type::Number(unit @ Unit::Ticks { .. }) = self.kind(node) else { return node };
        if is_told {
            let message = "prices are put beside something else than prices of their market here, \
                           so they are taken in quote currency, where equal prices may differ by \
                           rounding";
            self.fault(Diagnostic::new(Code::MixedUnits, place, message));
        }
        self.rescaled(node, unit, Unit::Plain, place)
    }

    /// Multiplies or divides; powers of ticks add up.
    pub(super) fn product(
        &mut self,
        kernel: Kernel,
        a: NodeId,
        b: NodeId,
        clock: u8,
        place: Place,
    ) -> NodeId {
        let unit = match (self.kind(a), self.kind(b)) {
            (Type::Number(left), Type::Number(right)) => {
                let right = if kernel == Kernel::Divide { right.power(-1) } else { Some(right) };
                right.and_then(|right| left.times(right))
            }
            (Type::Number(unit), _) => Some(unit),
            (_, Type::Number(unit)) if kernel == Kernel::Multiply => Some(unit),
            _ => return self.template.add(Op::Kernel(kernel), &[a, b], clock, Type::Any, place),
        };
        let (a, b, unit) = if let Some(unit) = unit {
            (a, b, unit)
        } else {
            let is_told = match (self.kind(a), self.kind(b)) {
                (Type::Number(left), Type::Number(right)) => !is_of_two_markets(left, right),
                _ => true,
            };
            (self.plain(a, place, is_told), self.plain(b, place, is_told), Unit::Plain)
        };
        self.template.add(Op::Kernel(kernel), &[a, b], clock, Type::Number(unit), place)
    }

    /// A power; of prices only a whole one that is written down keeps its unit.
    pub(super) fn power(&mut self, a: NodeId, b: NodeId, clock: u8, place: Place) -> NodeId {
        let exponent = match self.node(b).op {
            Op::Number(bits) => whole(f64::from_bits(bits)),
            _ => None,
        };
        let unit = match self.kind(a) {
            Type::Number(unit) => exponent.and_then(|exponent| unit.power(exponent)),
            _ => Some(Unit::Plain),
        };
        let (a, unit) = match unit {
            Some(unit) => (a, unit),
            None => (self.plain(a, place, true), Unit::Plain),
        };
        let b = self.plain(b, place, true);
        self.template.add(Op::Kernel(Kernel::Power), &[a, b], clock, Type::Number(unit), place)
    }

    /// Two values of which one is taken, and what they are; told if they are not alike.
    pub(super) fn alternatives(
        &mut self,
        a: NodeId,
        b: NodeId,
        who: &str,
        place: Place,
    ) -> Option<(NodeId, NodeId, Type)> {
        let (left, right) = (self.kind(a), self.kind(b));
        let is_alike = match (left, right) {
            (Type::Any, _) | (_, Type::Any) | (Type::Number(_), Type::Number(_)) => true,
            (left, right) => left == right,
        };
        if !is_alike {
            let message =
                format!("{who} takes {} as before, but this is {}", left.shown(), right.shown());
            self.wrong(Code::Type, place, message);
            return None;
        }
        let (a, b) = self.brought_together(a, b, place);
        let kind = self.either(a, b);
        Some((a, b, kind))
    }
}

fn whole(value: f64) -> Option<i8> {
    (value.fract() == 0.0 && value.abs() <= 100.0).then_some(value as i8)
}

/// Whether two numbers are prices of two markets: who puts those beside each other means to.
const fn is_of_two_markets(a: Unit, b: Unit) -> bool {
    match (a, b) {
        (Unit::Ticks { market: a, .. }, Unit::Ticks { market: b, .. }) => a != b,
        _ => false,
    }
}
