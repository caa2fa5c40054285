//! Stops and targets that move with the bars of their position.

use super::filled::Filled;
use super::graph::LevelOrder;
use super::text::Mode;
use crate::strategy::Context;
use crate::trading::{Exits, Level, Side, nearest_tick};

/// The exits of the position that is held, as its text has put them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moving {
    standing: Option<Standing>,
}

/// The exits of a position: another one, or another entry into it, begins anew.
#[derive(Clone, Copy, Debug)]
struct Standing {
    side: Side,
    /// The last entry, by how many there have been.
    number: u64,
    /// As prices.
    exits: Exits,
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

/// The levels of a side, each with its place among the stops or the targets of its exits.
fn levels(filled: &Filled, side: Side) -> impl Iterator<Item = (usize, &LevelOrder<u32>)> {
    let (mut stops, mut targets) = (0, 0);
    filled.orders.levels.iter().filter(move |order| order.side == side).map(move |order| {
        let count = if order.is_stop { &mut stops } else { &mut targets };
        *count += 1;
        (*count - 1, order)
    })
}

/// Where a level of exits that are prices lies; `None` without one.
fn standing_at(exits: &Exits, (place, order): (usize, &LevelOrder<u32>)) -> Option<i64> {
    let any = 0;
    if order.is_stop {
        exits.stop_price(order.side, any)
    } else {
        exits.target_price(place, order.side, any)
    }
}

fn put(exits: Exits, (place, order): (usize, &LevelOrder<u32>), price: i64) -> Exits {
    let level = Level::Price(price);
    if order.is_stop { exits.with_stop(level) } else { exits.with_target(place, level) }
}

impl Moving {
    /// Puts what moves where this bar says, unless something else was ordered; a level that is none
    /// stays as it was.
    pub(super) fn go_on(
        &mut self,
        filled: &Filled,
        value: &dyn Fn(u32) -> f64,
        may_move: bool,
        context: &mut Context<'_>,
    ) {
        // Where all stay as their entries brought them, nobody asks where they stand.
        let moves = filled.orders.levels.iter().any(|order| order.mode != Mode::At);
        let Some(standing) = moves.then(|| self.stands(context)).flatten() else {
            self.standing = None;
            return;
        };
        let mut exits = standing.exits;
        for at in levels(filled, standing.side).filter(|(_, order)| order.mode != Mode::At) {
            let level = value(at.1.level);
            let now = standing_at(&exits, at).filter(|_| level.is_finite());
            let Some(now) = now else { continue };
            let price = moved(at.1.mode, standing.side, level, now);
            if price != now {
                exits = put(exits, at, price);
            }
        }
        let is_moved = may_move && exits != standing.exits;
        let exits = if is_moved { exits } else { standing.exits };
        self.standing = Some(Standing { exits, ..standing });
        if is_moved {
            context.move_exits(exits);
        }
    }

    /// The exits of the position that is held: those that its last entry brought, as it filled,
    /// and what was moved since.
    fn stands(&self, context: &Context<'_>) -> Option<Standing> {
        let (side, entry) = context.side.zip(context.last_entry(context.instrument()))?;
        let known = self.standing.filter(|it| it.number == entry.number);
        Some(known.unwrap_or_else(|| {
            // Measured from that fill for good, whatever the average comes to.
            let exits = entry.own.as_prices(side, entry.price);
            Standing { side, number: entry.number, exits }
        }))
    }

    /// The exits of an entry that adds to the position: what moves stays where it stands.
    pub(super) fn of_addition(&self, filled: &Filled, side: Side, exits: Exits) -> Exits {
        let Some(standing) = self.standing.filter(|it| it.side == side) else { return exits };
        let moving = levels(filled, side).filter(|(_, order)| order.mode != Mode::At);
        moving.fold(exits, |exits, at| {
            let stands = standing_at(&standing.exits, at);
            stands.map_or(exits, |price| put(exits, at, price))
        })
    }
}
