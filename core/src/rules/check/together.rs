//! Texts that decide for all instruments of a run together: what else they may say.

use super::super::diagnostic::{Code, Diagnostic};
use super::super::text::{Statement, StatementKind};
use super::Text;
use super::checker::Checker;

impl<'t> Checker<'t> {
    /// A weight says how much is held, and so nothing else does.
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
    }
}
