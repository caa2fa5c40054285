//! Stops and targets that move with the bars of their position.

use super::filled::Filled;
use super::graph::LevelOrder;
use super::text::Mode;
use crate::strategy::Context;
use crate::trading::{Exits, Level, Side, nearest_tick};

/// The exits of the position that is held, as its text has put them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moving {
    /// Of the entries that were asked for last: long and short.
    asked: [Exits; 2],
    /// Of what was to be added to a position.
    added: [Exits; 2],
    standing: Option<Standing>,
}

/// The exits of a position: another one, or another entry into it, begins anew.
#[derive(Clone, Copy, Debug)]
struct Standing {
    side: Side,
    entry_ms: i64,
    entries: u32,
    exits: Exits,
    /// The fill that they are measured from.
    fill: i64,
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

/// The levels of a side, each with its place among the stops or the targets of its exits.
fn levels(filled: &Filled, side: Side) -> impl Iterator<Item = (usize, &LevelOrder<u32>)> {
    let (mut stops, mut targets) = (0, 0);
    filled.orders.levels.iter().filter(move |order| order.side == side).map(move |order| {
        let count = if order.is_stop { &mut stops } else { &mut targets };
        *count += 1;
        (*count - 1, order)
    })
}

/// Where a level of these exits lies; `None` without one.
fn standing_at(exits: &Exits, (place, order): (usize, &LevelOrder<u32>), fill: i64) -> Option<i64> {
    if order.is_stop {
        exits.stop_price(order.side, fill)
    } else {
        exits.target_price(place, order.side, fill)
    }
}

fn put(exits: Exits, (place, order): (usize, &LevelOrder<u32>), price: i64) -> Exits {
    let level = Level::Price(price);
    if order.is_stop { exits.with_stop(level) } else { exits.with_target(place, level) }
}

impl Moving {
    /// An entry is asked for with these exits.
    pub(super) fn ask(&mut self, side: Side, exits: Exits) {
        self.asked[place(side)] = exits;
    }

    /// The same of one that adds to a position.
    pub(super) fn ask_to_add(&mut self, side: Side, exits: Exits) {
        self.added[place(side)] = exits;
    }

    /// Puts what moves where this bar says, unless something else was ordered; a level that is none
    /// stays as it was.
    pub(super) fn go_on(
        &mut self,
        filled: &Filled,
        value: &dyn Fn(u32) -> f64,
        may_move: bool,
        context: &mut Context<'_>,
    ) {
        let Some(standing) = self.stands(context) else {
            self.standing = None;
            return;
        };
        let mut exits = standing.exits;
        for at in levels(filled, standing.side).filter(|(_, order)| order.mode != Mode::At) {
            let level = value(at.1.level);
            let now = standing_at(&exits, at, standing.fill).filter(|_| level.is_finite());
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

    /// The exits of the position that is held.
    fn stands(&self, context: &Context<'_>) -> Option<Standing> {
        let instrument = context.instrument();
        let position = context.position(instrument);
        let (side, entry_ms) = position.side.zip(position.entry_ms)?;
        let (entries, fill) = (context.entries(instrument), position.last_entry_price?);
        let known = self.standing.filter(|it| it.entry_ms == entry_ms && it.entries == entries);
        let standing = known.unwrap_or_else(|| {
            let asked = if entries > 1 { &self.added } else { &self.asked };
            Standing { side, entry_ms, entries, exits: asked[place(side)], fill }
        });
        Some(standing)
    }

    /// The exits of an entry that adds to the position: what moves stays where it stands.
    pub(super) fn of_addition(&self, filled: &Filled, side: Side, exits: Exits) -> Exits {
        let Some(standing) = self.standing.filter(|it| it.side == side) else { return exits };
        let moving = levels(filled, side).filter(|(_, order)| order.mode != Mode::At);
        moving.fold(exits, |exits, at| {
            let stands = standing_at(&standing.exits, at, standing.fill);
            stands.map_or(exits, |price| put(exits, at, price))
        })
    }
}
