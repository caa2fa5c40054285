//! What a strategy asks for. What becomes of it is the engine's to say.

use std::sync::Arc;

use super::exits::{AtFill, Exits};
use super::fill::{ExitReason, Side};
use super::path::{Path, Priced, StopLimitFate, Touch};
use super::target::Target;
use super::terms::Size;
use crate::market::Decimal;

/// Names an order within its run: orders count up as they are submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderId(pub(crate) u64);

/// An order that waits for a bar to fill in. Good till cancelled.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its name and its place in the order of submission.
    pub id: OrderId,
    /// Which of the run's instruments.
    pub instrument: u32,
    /// When it was decided; only a bar that opens then or later may fill it.
    pub decided_ms: i64,
    /// When it was taken back; a bar that opened before may still fill it.
    pub cancelled_ms: Option<i64>,
    /// How many bars it has seen open that might have filled it.
    pub opens: u32,
    /// The first of those that were put one in place of the other: with one of them all are done
    /// with.
    pub(crate) line: OrderId,
    /// The order that it is, but for its exits.
    pub(crate) renews: Option<OrderId>,
    /// Whom it asks for its levels as it fills.
    pub(crate) answer: Option<Arc<dyn AtFill>>,
    /// What it asks for.
    pub intent: Intent,
}

/// What an order is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Intent {
    /// Opens a position or adds to it; a position on the other side is closed first.
    Open(Entry),
    /// Closes that portion of the position at the next open, if there is one.
    Close {
        /// Why.
        reason: ExitReason,
        /// 1 closes all of it.
        portion: Decimal,
        /// Of which side: a bar that was under way may have left it since. Either if none was held.
        of: Option<Side>,
    },
    /// Puts these exits in place of those that the position has, from the next bar on; not if the
    /// bar that was under way has filled an entry, which brought others.
    Protect {
        /// The exits.
        exits: Exits,
        /// Whether targets that were taken stay so.
        keeps_taken: bool,
    },
    /// Holds so much from the next open on.
    Target(Target),
}

/// How to get into a position: when, with how much, and how to get out of it again.
///
/// ```
/// use tradeforge_core::market::Decimal;
/// use tradeforge_core::trading::{Entry, Exits, Level, Side};
/// let exits = Exits::stop(Level::Away(30.0)).and_target(Level::Away(60.0), Decimal::ONE);
/// let entry = Entry::stop(Side::Long, 10_050).with(exits);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// Which side to take.
    pub side: Side,
    /// At which price.
    pub kind: OrderKind,
    /// How much, unless the run says so: a sizing given with the run always wins.
    pub size: Option<Size>,
    /// The exits that the position shall have.
    pub exits: Exits,
    /// What must be held where it would fill.
    pub needs: Need,
}

/// What an entry needs to be held where it would fill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Need {
    /// Nothing: it opens a position or adds to it.
    #[default]
    Any,
    /// Nothing of its side; else it is dropped there. The other side is left first.
    Flat,
    /// Its side, with fewer entries than that, since before the bar goes to its price. One at the
    /// market is dropped without, any other waits.
    Held {
        /// Entries that the position is to have at the most.
        entries_max: u32,
    },
}

/// When an order fills. Prices are in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderKind {
    /// At the next open.
    Market,
    /// At this price or better.
    Limit(i64),
    /// At the market, once this price is touched.
    Stop(i64),
    /// A limit, once the stop is touched.
    StopLimit {
        /// What brings it to life.
        stop: i64,
        /// The worst price to pay.
        limit: i64,
    },
}

impl Entry {
    /// At the next open.
    pub const fn market(side: Side) -> Self {
        Self { side, kind: OrderKind::Market, size: None, exits: Exits::NONE, needs: Need::Any }
    }

    /// At `price` ticks or better.
    pub const fn limit(side: Side, price: i64) -> Self {
        Self { kind: OrderKind::Limit(price), ..Self::market(side) }
    }

    /// At the market once `price` ticks are touched.
    pub const fn stop(side: Side, price: i64) -> Self {
        Self { kind: OrderKind::Stop(price), ..Self::market(side) }
    }

    /// A limit that comes to life once `stop` is touched.
    pub const fn stop_limit(side: Side, stop: i64, limit: i64) -> Self {
        Self { kind: OrderKind::StopLimit { stop, limit }, ..Self::market(side) }
    }

    /// The same with exits.
    #[must_use]
    pub const fn with(self, exits: Exits) -> Self {
        Self { exits, ..self }
    }

    /// The same where that must be held.
    #[must_use]
    pub const fn needing(self, needs: Need) -> Self {
        Self { needs, ..self }
    }

    /// The same with a size of its own.
    #[must_use]
    pub const fn sized(self, size: Size) -> Self {
        Self { size: Some(size), ..self }
    }
}

impl OrderKind {
    /// Where an order of this kind fills on the path; a triggered stop-limit becomes a limit.
    #[inline]
    pub fn priced(&mut self, side: Side, path: Path, touch: Touch) -> Option<Priced> {
        let through = touch.through;
        match *self {
            Self::Market => Some(path.market()),
            Self::Limit(price) => path.limit(side, price, touch),
            Self::Stop(price) => path.stop(side, price),
            Self::StopLimit { stop, limit } => match path.stop_limit(side, stop, limit, through) {
                StopLimitFate::Waits => None,
                StopLimitFate::Triggered => {
                    *self = Self::Limit(limit);
                    None
                }
                StopLimitFate::Filled(priced) => Some(priced),
            },
        }
    }
}

/// The time of an order that stands as if it had always been there.
const ALWAYS_MS: i64 = i64::MIN;

impl Order {
    /// The same as if it had always been there: nobody gave it, and nobody waits for it.
    pub(crate) const fn stand_always(&mut self, id: OrderId) {
        (self.decided_ms, self.id, self.line) = (ALWAYS_MS, id, id);
    }

    /// Whether it stands as if it had always been there.
    #[inline]
    pub(crate) const fn has_always_stood(&self) -> bool {
        self.decided_ms == ALWAYS_MS
    }

    /// Whether it was given under that name; one that has always stood has the place of another.
    pub(super) fn is_named(&self, id: OrderId) -> bool {
        self.id == id && !self.has_always_stood()
    }

    /// Whether it is a limit that a bar before did not fill.
    pub const fn is_waiting_limit(&self) -> bool {
        self.opens > 1
            && matches!(self.intent, Intent::Open(Entry { kind: OrderKind::Limit(_), .. }))
    }

    /// Whether a bar of its instrument that opens at `open_ms` may fill it: it was decided by then,
    /// and not taken back.
    #[inline]
    pub fn is_due(&self, open_ms: i64) -> bool {
        self.decided_ms <= open_ms && !self.is_gone(open_ms)
    }

    /// Whether it was taken back by then.
    #[inline]
    pub fn is_gone(&self, open_ms: i64) -> bool {
        self.cancelled_ms.is_some_and(|cancelled_ms| cancelled_ms <= open_ms)
    }

    /// Whether it waits for a price; all others are done with at the next open.
    #[inline]
    pub const fn waits_for_price(&self) -> bool {
        match &self.intent {
            Intent::Open(entry) => !matches!(entry.kind, OrderKind::Market),
            Intent::Close { .. } | Intent::Protect { .. } | Intent::Target(_) => false,
        }
    }
}
