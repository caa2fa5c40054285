//! How much an entry buys, as a text says it.

use super::super::diagnostic::{Code, Diagnostic};
use super::super::graph::{NodeId, Orders, Setting, SizeOrder, build};
use super::super::place::Place;
use super::super::text::{Amount, AmountKind, expr_text};
use super::checker::Checker;
use crate::market::Decimal;
use crate::trading::Side;

impl<'t> Checker<'t> {
    pub(super) fn size_of_all(
        &mut self,
        side: Option<Side>,
        amount: &'t Amount,
        place: Place,
        orders: &mut Orders<NodeId>,
    ) {
        let order = self.size(side, amount);
        if orders.sizes.iter().any(|known| known.side == order.side) {
            self.fault(Diagnostic::new(Code::Duplicate, place, "the size is given twice"));
        }
        orders.sizes.push(order);
    }

    pub(super) fn size(&mut self, side: Option<Side>, amount: &'t Amount) -> SizeOrder<NodeId> {
        let errors = self.faults.errors();
        let value = self.plain_number(&amount.value, "a size");
        let is_known = self.node(value).is_constant && self.node(value).params == 0;
        if is_known && self.faults.errors() == errors {
            self.check_size(amount, value);
        }
        SizeOrder { side, kind: amount.kind, value }
    }

    /// An amount is a decimal above zero.
    fn check_size(&mut self, amount: &'t Amount, value: NodeId) {
        let setting = Setting { params: &[], ticks: &[] };
        let made = build(&self.template, setting, std::iter::once(value));
        let stated = made.ok().and_then(|(graph, nodes)| graph.constant(nodes[0]));
        let decimal = stated.and_then(Decimal::nearest);
        if decimal.is_some_and(|size| size.mantissa() > 0) {
            return;
        }
        let example = match amount.kind {
            AmountKind::Equity => "equity 50%",
            AmountKind::Risk => "risk 1%",
            AmountKind::Notional => "notional 1000",
            AmountKind::Quantity => "quantity 0.5",
        };
        let found = expr_text(&amount.value);
        let message = format!("a size is a number above 0, such as {example}, but this is {found}");
        self.fault(Diagnostic::new(Code::Range, amount.value.place, message));
    }
}
