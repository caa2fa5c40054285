//! A strategy alone on an account of its own, up to the moment at which another account adopts
//! what it holds there.

use std::sync::Arc;

use super::backtest::{Backtest, RunError};
use super::bar_loop::BarLoop;
use super::meter::Meter;
use crate::strategy::{Adopted, Held, Scheduled, Strategy};
use crate::trading::OrderId;

/// How many orders a run may have whose names differ from those of another.
const ORDERS_EACH: u32 = 40;

impl Backtest<'_> {
    /// Lets the strategy trade from the beginning to the first moment at or after `until_ms`, its
    /// decision there included, and tells what it holds. `number` is above that of any run that it
    /// adopts from before, 0 being the account that adopts. `None` if it is ruined by then, and has
    /// not seen all of it.
    ///
    /// # Errors
    ///
    /// As those of [`Self::run`].
    pub fn shadow(
        &self,
        strategy: &mut dyn Strategy,
        (number, until_ms): (u64, i64),
        meter: &Meter,
    ) -> Result<Option<Adopted>, RunError> {
        strategy.begin(&self.markets());
        let alone = Self {
            until_ms: Some(until_ms),
            keeps_days: false,
            borders: Arc::default(),
            ..self.clone()
        };
        let mut nobody = ();
        let mut run = BarLoop::new(&alone, &mut nobody);
        let first = number << ORDERS_EACH;
        run.book.orders.number_from(first);
        run.go(strategy, meter)?;
        if run.bankrupt {
            return Ok(None);
        }
        let account = &run.ledger.account;
        let mut adopted = Adopted::default();
        for instrument in 0..account.positions().len() {
            let queue = run.book.queue(instrument as u32);
            let placed = &queue.placed;
            let order = placed.group.as_ref().map_or(OrderId(first), |group| group.order);
            let as_asked = (queue.amount, placed.own_exits(), order);
            adopted.held.push(Held::of(account, instrument, as_asked)?);
            adopted.orders.extend_from_slice(run.book.orders.of(instrument as u32));
        }
        adopted.next_number = run.book.orders.next_number();
        Ok(Some(adopted))
    }

    /// Lets the strategy see as much, and hold nothing.
    ///
    /// # Errors
    ///
    /// As those of [`Self::run`].
    pub fn resting(
        &self,
        strategy: Box<dyn Strategy>,
        (number, until_ms): (u64, i64),
        meter: &Meter,
    ) -> Result<(Box<dyn Strategy>, Adopted), RunError> {
        let mut rests = Scheduled::resting(strategy);
        let adopted = self.shadow(&mut rests, (number, until_ms), meter)?;
        let strategy = rests.into_first().expect("the one that it was given");
        Ok((strategy, adopted.unwrap_or_default()))
    }
}
