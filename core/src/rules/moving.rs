//! Stops that move with the bars of their position.

use super::graph::Orders;
use super::text::Mode;
use crate::strategy::Context;
use crate::trading::{Exits, Level, Side, nearest_tick};

/// The exits of the position that is held, as its text has put them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moving {
    /// Of the entries that were asked for last: long and short.
    asked: [Exits; 2],
    /// Of the position, with the time of its entry: another one begins anew.
    standing: Option<(i64, Exits)>,
}

const fn place(side: Side) -> usize {
    match side {
        Side::Long => 0,
        Side::Short => 1,
    }
}

/// Where a stop that stands at `now` is put by a level.
#[inline]
pub(super) fn moved(mode: Mode, side: Side, level: f64, now: i64) -> i64 {
    match (mode, side) {
        (Mode::Follow, Side::Long) => nearest_tick(level).max(now),
        (Mode::Follow, Side::Short) => nearest_tick(level).min(now),
        _ => nearest_tick(level),
    }
}

impl Moving {
    /// An entry is asked for with these exits.
    pub(super) fn ask(&mut self, side: Side, exits: Exits) {
        self.asked[place(side)] = exits;
    }

    /// Puts the stop of the position where this bar says, unless something else was decided; a
    /// level that is none stays as it was.
    pub(super) fn go_on(
        &mut self,
        orders: &Orders<u32>,
        value: &dyn Fn(u32) -> f64,
        context: &mut Context<'_>,
    ) {
        let position = context.position(context.instrument());
        let (Some(side), Some(entry_ms), Some(entry)) =
            (position.side, position.entry_ms, position.entry_price)
        else {
            self.standing = None;
            return;
        };
        let known = self.standing.filter(|(known_ms, _)| *known_ms == entry_ms);
        let exits = known.map_or(self.asked[place(side)], |(_, exits)| exits);
        self.standing = Some((entry_ms, exits));
        let mut stops = orders.levels.iter().filter(|order| order.is_stop && order.side == side);
        let Some(order) = stops.find(|order| order.mode != Mode::At) else { return };
        let level = value(order.level);
        let Some(now) = exits.stop_price(side, entry).filter(|_| level.is_finite()) else { return };
        let price = moved(order.mode, side, level, now);
        if price != now && !context.has_pending_order() {
            let exits = exits.with_stop(Level::Price(price));
            self.standing = Some((entry_ms, exits));
            context.protect(exits);
        }
    }
}
