//! Levels that need more of the price of the fill than a line over it says: they are worked out as
//! the entry fills, by the values of the bar that gave it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use super::affine::{Affine, worked_out};
use super::filled::Filled;
use crate::trading::{AtFill, Exits, Level, LevelPlace, Side, nearest_tick};

/// The levels of an entry that was given, with what was known then.
#[derive(Debug)]
struct Given(Vec<(LevelPlace, Affine, Vec<f64>)>);

impl AtFill for Given {
    fn level(&self, place: LevelPlace, entries: u32, fill: i64) -> Option<i64> {
        let (_, affine, known) = self.0.iter().find(|(asked, ..)| *asked == place)?;
        let level = worked_out(affine, known, entries, fill as f64);
        level.is_finite().then(|| nearest_tick(level))
    }
}

/// A level that is asked for at the fill: it is another one where what is known differs.
pub(super) fn asked(affine: &Affine, value: &dyn Fn(u32) -> f64) -> Level {
    let mut all = DefaultHasher::new();
    for value in known(affine, value) {
        value.to_bits().hash(&mut all);
    }
    Level::Asked(all.finish())
}

fn known(affine: &Affine, value: &dyn Fn(u32) -> f64) -> Vec<f64> {
    let mut nodes = Vec::new();
    affine.leaves(&mut nodes);
    nodes.into_iter().map(value).collect()
}

/// Who is asked at the fill of an entry of that side; `None` if its exits ask nobody.
pub(super) fn at_fill(
    filled: &Filled,
    side: Side,
    exits: &Exits,
    value: &dyn Fn(u32) -> f64,
) -> Option<Arc<dyn AtFill>> {
    if !exits.asks() {
        return None;
    }
    let (mut given, mut targets) = (Vec::new(), 0);
    for (order, affine) in filled.orders.levels.iter().zip(&filled.levels) {
        if order.side != side {
            continue;
        }
        let place = if order.is_stop { LevelPlace::Stop } else { LevelPlace::Target(targets) };
        targets += usize::from(!order.is_stop);
        if affine.is_asked() {
            given.push((place, affine.clone(), known(affine, value)));
        }
    }
    Some(Arc::new(Given(given)))
}
