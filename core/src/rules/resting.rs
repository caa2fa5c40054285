//! Entries that wait for a price: which of them stand, and where each bar puts them.

use super::acting::Acting;
use super::graph::{EntryOrder, PriceOrder};
use super::text::Verb;
use crate::strategy::Context;
use crate::trading::{Entry, Exits, Need, OrderId, OrderKind, nearest_tick};

/// The orders of a text's entries at a price, by the place of the entry among its orders: each has
/// one at the most.
#[derive(Clone, Debug, Default)]
pub(super) struct Resting(Vec<Option<Standing>>);

/// An order as it was put.
#[derive(Clone, Copy, Debug)]
struct Standing {
    id: OrderId,
    asked: Entry,
    /// Bars that it still rests if nothing puts it anew.
    bars_left: u32,
}

/// The order of that price; `None` if it is none, or no price.
fn kind_of(price: PriceOrder<u32>, value: &dyn Fn(u32) -> f64) -> Option<OrderKind> {
    let tick = |node: u32| {
        let level = value(node);
        Some(nearest_tick(level)).filter(|tick| level.is_finite() && *tick > 0)
    };
    Some(match price {
        PriceOrder::Market => OrderKind::Market,
        PriceOrder::Limit(limit) => OrderKind::Limit(tick(limit)?),
        PriceOrder::Stop(stop) => OrderKind::Stop(tick(stop)?),
        PriceOrder::StopLimit { stop, limit } => {
            OrderKind::StopLimit { stop: tick(stop)?, limit: tick(limit)? }
        }
    })
}

/// What an entry needs to be held where it fills; `most` are the additions of its text.
pub(super) const fn need_of(verb: Verb, most: u32) -> Need {
    match verb {
        Verb::Enter => Need::Flat,
        // The first is no addition.
        Verb::Add => Need::Held { entries_max: most.saturating_add(1) },
    }
}

impl Resting {
    /// Whether an order may stand.
    pub(super) fn stands(&self) -> bool {
        self.0.iter().any(Option::is_some)
    }

    /// Puts each where this bar says: where its condition is true at its price of now, in place of
    /// where it was. Otherwise it rests as long as its text says, and is taken back then. Its exits
    /// are those of the last bar. One whose price, exits or size are none is not put. They are
    /// given in the order of the text: of two that a bar touches it tries the first of them first.
    pub(super) fn go_on(&mut self, acting: &Acting<'_>, context: &mut Context<'_>) {
        let filled = acting.filled;
        self.0.resize(filled.orders.entries.len(), None);
        let mut given: Option<OrderId> = None;
        for (place, order) in filled.orders.entries.iter().enumerate() {
            if order.is_at_market() || !filled.direction.allows(order.side) {
                continue;
            }
            let waits = |standing: &Standing| {
                context.orders(context.instrument()).any(|order| order.id == standing.id)
            };
            let standing = self.0[place].filter(waits);
            let exits = acting.exits_of(order);
            let is_put = acting.is_true(order.when);
            let asked = exits.filter(|_| is_put).and_then(|exits| {
                let kind = kind_of(order.price, acting.value)?;
                acting.entry(place, order, exits, context).map(|entry| Entry { kind, ..entry })
            });
            let bars_left = filled.lives[place].bars;
            self.0[place] = match (asked, standing) {
                (Some(asked), standing) => Some(put(acting, asked, standing, bars_left, context)),
                (None, Some(standing)) => rest(acting, standing, exits, context),
                (None, None) => None,
            };
            if let Some(standing) = &mut self.0[place] {
                if given.is_some_and(|given| standing.id < given)
                    && let Some(id) = context.renew(standing.id, standing.asked.exits)
                {
                    standing.id = id;
                }
                given = given.max(Some(standing.id));
            }
        }
    }
}

/// Puts an order in place of the one that stands; one that differs in its exits alone stays.
fn put(
    acting: &Acting<'_>,
    asked: Entry,
    standing: Option<Standing>,
    bars_left: u32,
    context: &mut Context<'_>,
) -> Standing {
    if let Some(standing) = standing {
        if asked == standing.asked.with(asked.exits)
            && let Some(renewed) = renewed(acting, standing, asked.exits, context)
        {
            return Standing { bars_left, ..renewed };
        }
        let id = context.replace(standing.id, asked);
        acting.answer(id, &asked, context);
        return Standing { id, asked, bars_left };
    }
    Standing { id: acting.submit(asked, context), asked, bars_left }
}

/// One more bar of an order that nothing puts anew; without exits there is no entry.
fn rest(
    acting: &Acting<'_>,
    standing: Standing,
    exits: Option<Exits>,
    context: &mut Context<'_>,
) -> Option<Standing> {
    let bars_left = standing.bars_left - 1;
    let Some(exits) = exits.filter(|_| bars_left > 0) else {
        context.cancel(standing.id);
        return None;
    };
    renewed(acting, standing, exits, context).map(|renewed| Standing { bars_left, ..renewed })
}

/// The same order with these exits.
fn renewed(
    acting: &Acting<'_>,
    standing: Standing,
    exits: Exits,
    context: &mut Context<'_>,
) -> Option<Standing> {
    if standing.asked.exits == exits {
        return Some(standing);
    }
    let id = context.renew(standing.id, exits)?;
    let asked = standing.asked.with(exits);
    acting.answer(id, &asked, context);
    Some(Standing { id, asked, ..standing })
}

impl<T> EntryOrder<T> {
    /// Whether it fills at the next open.
    pub(super) const fn is_at_market(&self) -> bool {
        matches!(self.price, PriceOrder::Market)
    }
}
