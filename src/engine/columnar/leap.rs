//! One trial: the bar loop, leaping over the bars on which it would do nothing.
//!
//! Between two fills the equity is a straight line of the close, so that all bars up to the next
//! that can matter are closed at once. That is the next bar with a signal that leads to an order,
//! the next whose range touches an exit, or the last one.

use std::collections::BTreeMap;
use std::ops::Range;

use super::mask::TILE_BARS;
use super::signals::{Relevant, SignalMasks};
use super::tape::Tape;
use crate::engine::backtest::{Backtest, Report};
use crate::engine::ending::{Ending, LastClose};
use crate::engine::ledger::{Ambiguous, Ledger};
use crate::market::{Decimal, Series, day_of};
use crate::metrics::{Holding, Tally};
use crate::strategy::{Action, Rule, Signals};
use crate::trading::{
    Account, EndOfRunPolicy, Entry, Execution, ExitReason, FillRule, Overflow, Side,
};

/// Who looks into a trial by columns: nobody.
type Unseen = Ledger<'static, ()>;

pub(super) struct Leap<'b, 'a> {
    backtest: &'b Backtest<'a>,
    tape: &'b Tape,
    pub(super) rule: Rule,
    relevant: Relevant,
    ledger: Unseen,
    /// What was decided at the close before `next`.
    pending: Option<Action>,
    order_count: u64,
    /// The first bar that is not closed yet.
    next: usize,
    bankrupt: bool,
}

const LONG: Entry = Entry::market(Side::Long);
const SHORT: Entry = Entry::market(Side::Short);

/// The trial needs the bar loop.
#[derive(Clone, Copy, Debug)]
pub(super) struct NotByColumns;

impl From<Overflow> for NotByColumns {
    fn from(_: Overflow) -> Self {
        Self
    }
}

impl<'b, 'a> Leap<'b, 'a> {
    pub(super) fn new(backtest: &'b Backtest<'a>, tape: &'b Tape, rule: Rule) -> Self {
        Self {
            backtest,
            tape,
            rule,
            relevant: Relevant::of(&rule),
            ledger: Ledger {
                account: Account::new(backtest.terms.clone()),
                tally: Tally::new(backtest.frame),
                // Nothing is allocated for nobody.
                observer: Box::leak(Box::new(())),
                rejections: BTreeMap::new(),
                ambiguous: Ambiguous::default(),
            },
            pending: None,
            order_count: 0,
            next: 0,
            bankrupt: false,
        }
    }

    /// Whether no bar is left to close.
    pub(super) fn is_over(&self) -> bool {
        self.bankrupt || self.next == self.tape.len()
    }

    /// Closes the bars of a tile.
    pub(super) fn cross(
        &mut self,
        tile: &Range<usize>,
        signals: &SignalMasks<'_>,
    ) -> Result<(), NotByColumns> {
        debug_assert!(tile.start.is_multiple_of(TILE_BARS) && tile.contains(&self.next));
        while self.next < tile.end && !self.bankrupt {
            self.fill()?;
            let held = self.ledger.side(0);
            let from = self.next - tile.start;
            let decides = signals.next(self.relevant.when(held), from).map(|bar| tile.start + bar);
            let end = decides.map_or(tile.end, |bar| bar + 1);
            let used_up = self.close(end)?;
            let last = used_up.unwrap_or(end - 1);
            if decides == Some(last) {
                self.decide(signals.at(last - tile.start));
            }
            self.next = last + 1;
            if used_up.is_some() {
                self.bankrupt = true;
                self.leave(ExitReason::Bankruptcy)?;
            } else if self.is_left_at(end) {
                self.leave(ExitReason::EndOfRun)?;
            }
        }
        Ok(())
    }

    /// Fills what was decided, at the open of the next bar. A reversal is two fills: the close,
    /// then the opening in its own size.
    fn fill(&mut self) -> Result<(), Overflow> {
        let Some(action) = self.pending.take() else { return Ok(()) };
        let (bars, index) = (&self.series().bars, self.origin() + self.next);
        let at = Execution {
            instrument: 0,
            time_ms: bars.open_time_ms[index],
            bar: index as u64,
            reference_price: bars.open[index],
            rule: FillRule::MarketAtOpen,
            is_ambiguous: false,
        };
        let entered = match action {
            Action::Exit => {
                self.ledger.exit(Decimal::ONE, ExitReason::Signal, &at)?;
                return Ok(());
            }
            Action::Reverse(side) => {
                self.ledger.exit(Decimal::ONE, ExitReason::Reversal, &at)?;
                side
            }
            Action::Enter(side) => side,
        };
        let entry = match entered {
            Side::Long => &LONG,
            Side::Short => &SHORT,
        };
        self.ledger.enter(entry, &at)?;
        Ok(())
    }

    /// Whether the run ends with the bar before `end`, and its policy is to hold nothing then.
    fn is_left_at(&self, end: usize) -> bool {
        let policy = self.backtest.simulation.end_of_run_policy;
        end == self.tape.len()
            && policy == EndOfRunPolicy::CloseAtLastClose
            && self.ledger.account.is_holding()
    }

    /// Closes the bars up to `end`, but for a last one at which the position is left. Answers the
    /// bar at whose close the equity is used up, which is not closed either.
    fn close(&mut self, end: usize) -> Result<Option<usize>, NotByColumns> {
        let (marks, holding) = (&self.tape.marks, self.holding());
        if !marks.is_exact(holding) {
            return Err(NotByColumns);
        }
        if !self.is_left_at(end) {
            return Ok(self.ledger.tally.close_bars(marks, self.next..end, holding));
        }
        let used_up = self.ledger.tally.close_bars(marks, self.next..end - 1, holding);
        Ok(used_up.or_else(|| (holding.equity(self.price(end - 1)) <= 0).then_some(end - 1)))
    }

    /// Gives the rule's orders, as its strategy would.
    fn decide(&mut self, signals: Signals) {
        self.pending = self.rule.direction.action(signals, self.ledger.side(0));
        self.order_count += match self.pending {
            None => 0,
            Some(Action::Enter(_) | Action::Exit) => 1,
            Some(Action::Reverse(_)) => 2,
        };
    }

    /// Leaves the position at the close of the last bar, which is closed only now.
    fn leave(&mut self, reason: ExitReason) -> Result<(), Overflow> {
        let bar = self.next - 1;
        let last = LastClose { bar: (self.origin() + bar) as u64, price: self.price(bar) };
        self.ledger.leave_at_close(0, last, self.end_ms(bar), reason)?;
        self.ledger.tally.close_flat(&self.tape.marks, bar, self.ledger.account.equity()?);
        Ok(())
    }

    /// The report; the trial is over.
    pub(super) fn report(mut self) -> Option<Report> {
        let last = self.next.checked_sub(1)?;
        self.ledger.account.mark(0, self.price(last)).ok()?;
        self.ledger.tally.end_days(day_of(self.series().bars.open_time_ms[self.origin() + last]));
        let ending = Ending {
            order_count: self.order_count,
            bankrupt: self.bankrupt,
            end_ms: self.end_ms(last),
        };
        self.ledger.report(self.backtest, ending).ok()
    }

    fn holding(&self) -> Holding {
        let account = &self.ledger.account;
        let tick_value = self.backtest.terms.instruments[0].tick_value;
        let value_per_tick = account.positions()[0].quantity() * tick_value;
        Holding { cash: account.cash(), value_per_tick }
    }

    fn series(&self) -> &'a Series {
        self.backtest.feeds[0].series
    }

    fn origin(&self) -> usize {
        self.backtest.feeds[0].range.start
    }

    fn price(&self, bar: usize) -> i64 {
        self.series().bars.close[self.origin() + bar]
    }

    fn end_ms(&self, bar: usize) -> i64 {
        self.backtest.feeds[0].end_ms(self.origin() + bar)
    }
}
