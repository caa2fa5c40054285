//! Texts that decide for all instruments of a run together: what else they may say.

use super::super::diagnostic::{Code, Diagnostic};
use super::super::graph::Op;
use super::super::text::{Statement, StatementKind};
use super::Text;
use super::checker::Checker;

impl<'t> Checker<'t> {
    /// A weight says how much is held, and so nothing else does; and who looks across the traded
    /// instruments reads no others yet.
    pub(super) fn check_all_together(&mut self, text: Text<'t>) {
        let of = |is_such: fn(&StatementKind) -> bool| {
            text.iter().find(|statement: &&Statement| is_such(&statement.kind))
        };
        let weight = of(|kind| matches!(kind, StatementKind::Weight(_)));
        let order = of(|kind| {
            matches!(
                kind,
                StatementKind::Entry(_)
                    | StatementKind::Exit { .. }
                    | StatementKind::Stop { .. }
                    | StatementKind::Target { .. }
                    | StatementKind::Size { .. }
            )
        });
        if let (Some(_), Some(order)) = (weight, order) {
            let message = "a weight says how much is held at each bar: there is no enter, exit, \
                           stop, target or size beside it";
            self.fault(Diagnostic::new(Code::Duplicate, order.place, message));
        }
        let looks = |op: Op| matches!(op, Op::Kernel(kernel) if kernel.is_across());
        let looks_across = self.template.nodes.iter().any(|node| looks(node.op));
        let market = of(|kind| matches!(kind, StatementKind::Market { .. }));
        if let Some(market) = market.filter(|_| weight.is_some() || looks_across) {
            self.unserved("a market beside a weight or functions across instruments", market.place);
        }
    }
}
