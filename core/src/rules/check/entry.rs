//! What an entry may say besides when, and which entries belong together.

use super::super::diagnostic::{Code, Diagnostic};
use super::super::graph::{NodeId, Orders};
use super::super::text::{AmountKind, Entry, EntryPrice, StatementKind, Verb};
use super::Text;
use super::checker::Checker;
use super::statement::word;
use crate::trading::Side;

impl<'t> Checker<'t> {
    /// What is said where it means nothing is no mistake to pass over.
    pub(super) fn check_entry(&mut self, entry: &'t Entry) {
        let side = word(entry.side);
        let verb = entry.verb.word();
        if let Some(bars) = entry.bars.as_ref().filter(|_| entry.price == EntryPrice::Market) {
            let message = format!(
                "for says how long an entry at a price waits, as in {verb} {side} at limit low \
                 when …; this one fills at the next open"
            );
            self.fault(Diagnostic::new(Code::Syntax, bars.place, message));
        }
        if let Some(most) = entry.most.as_ref().filter(|_| entry.verb == Verb::Enter) {
            let message = format!(
                "max says how often add adds to a position: enter opens one, and add {side} when \
                 … max 3 adds to it"
            );
            self.fault(Diagnostic::new(Code::Syntax, most.place, message));
        }
    }

    /// What adds to a position needs one that opens it.
    pub(super) fn check_opened(&mut self, text: Text<'t>) {
        let entries = || {
            text.iter().filter_map(|statement| match &statement.kind {
                StatementKind::Entry(entry) => Some((entry, statement.place)),
                _ => None,
            })
        };
        for side in [Side::Long, Side::Short] {
            let of =
                |verb: Verb| entries().find(|(entry, _)| entry.side == side && entry.verb == verb);
            if let (Some((_, place)), None) = (of(Verb::Add), of(Verb::Enter)) {
                let side = word(side);
                let message = format!(
                    "add {side} adds to a position that nothing opens: enter {side} when …"
                );
                self.fault(Diagnostic::new(Code::Syntax, place, message));
            }
        }
    }

    /// A size by risk is measured by the way to a stop.
    pub(super) fn warn_of_risk(&mut self, text: Text<'t>, orders: &Orders<NodeId>) {
        let is_risk = |kind: AmountKind| kind == AmountKind::Risk;
        let has_stop = |side| orders.levels.iter().any(|order| order.is_stop && order.side == side);
        let enters = |side| orders.entries.iter().any(|entry| entry.side == side);
        let lacks = |of: Option<Side>| {
            let sides = [Side::Long, Side::Short].into_iter();
            let mut sides = sides.filter(|side| of.is_none_or(|of| of == *side));
            sides.find(|side| enters(*side) && !has_stop(*side))
        };
        for statement in text {
            let (side, place) = match &statement.kind {
                StatementKind::Size { side, amount } if is_risk(amount.kind) => {
                    (lacks(*side), statement.place)
                }
                StatementKind::Entry(entry) => match &entry.size {
                    Some(amount) if is_risk(amount.kind) => {
                        (lacks(Some(entry.side)), amount.value.place)
                    }
                    _ => continue,
                },
                _ => continue,
            };
            if let Some(side) = side {
                let side = word(side);
                let message = format!(
                    "a size by risk is measured by the way to a stop, and a {side} position has \
                     none here: stop {side} at …, or a stop-loss of the run; without one nothing \
                     is bought"
                );
                self.fault(Diagnostic::new(Code::NoStop, place, message));
            }
        }
    }
}
