//! How a trial by columns ends: what is left at its last bar, and its report.

use super::leap::Leap;
use crate::engine::backtest::Report;
use crate::engine::ending::Ending;
use crate::trading::{EndOfRunPolicy, ExitReason, Overflow};

impl Leap<'_, '_> {
    /// Whether the run ends with the bar before `end`, and its policy is to hold nothing then.
    pub(super) fn is_left_at(&self, end: usize) -> bool {
        let policy = self.backtest.simulation.end_of_run_policy;
        end == self.bars.tape.len()
            && policy == EndOfRunPolicy::CloseAtLastClose
            && self.ledger.account.is_holding()
    }

    /// Leaves the position at the close of the last bar, which is closed only now.
    pub(super) fn leave(&mut self, reason: ExitReason) -> Result<(), Overflow> {
        let bar = self.next - 1;
        self.ledger.account.mark(0, self.price(bar))?;
        let index = (self.bars.origin + bar) as u64;
        self.ledger.leave_as_valued(0, index, self.end_ms(bar), reason)?;
        let (marks, warm) = (&self.bars.tape.marks, self.bars.tape.warm_bars);
        self.ledger.tally.close_flat(marks, bar - warm, self.ledger.account.equity()?);
        Ok(())
    }

    /// The report; the trial is over.
    pub(super) fn report(mut self) -> Option<Report> {
        let last = self.next.checked_sub(1)?;
        self.ledger.account.mark(0, self.price(last)).ok()?;
        let end_ms = self.end_ms(last);
        let open_time_ms = self.bars.series.bars.open_time_ms[self.bars.origin + last];
        self.ledger.tally.end_at(open_time_ms, end_ms);
        let Self { backtest, order_count, bankrupt, .. } = self;
        let ending = Ending { order_count, bankrupt, end_ms };
        self.ledger.tally.finish_days();
        let tally = &self.ledger.tally;
        let market = || backtest.market_days(&tally.days_ms());
        if bankrupt {
            // Its last day is cut short.
            let market = market();
            return self.ledger.report(backtest, ending, &market).ok();
        }
        let market = backtest.market.get_or_init(market);
        self.ledger.report(backtest, ending, market).ok()
    }
}
