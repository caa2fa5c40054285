//! The exits that a run's terms come to for one entry.

use super::exit_terms::{Distance, ExitTerms};
use super::exits::{Bracket, Exits, Level, PlacedTarget, TARGETS_MAX};
use super::fill::Side;
use super::stop_curve::{Away, MovingStops};
use crate::market::Decimal;

/// Exits of the run's terms, measured from whatever the entry turns out to be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LaidExits {
    stop: Option<Away>,
    targets: [Option<(Away, Decimal)>; TARGETS_MAX],
    /// Stops that move.
    pub moving: MovingStops,
}

impl LaidExits {
    /// What these terms come to, where `range` tells the average true range over so many bars;
    /// `None` if one that is needed is not defined.
    pub fn of(terms: &ExitTerms, range: impl Fn(u32) -> Option<f64>) -> Option<Self> {
        let away = |distance: Distance| match distance {
            Distance::Percent(part) => Some(Away::Part(part.into())),
            Distance::Ticks(ticks) => Some(Away::Ticks(ticks.into())),
            Distance::Atr(atr) => Some(Away::Range(atr.multiple.to_f64() * range(atr.period)?)),
        };
        let mut laid = Self::default();
        if let Some(distance) = is_on(terms.stop_loss) {
            laid.stop = Some(away(distance)?);
        }
        let targets = terms.take_profits.iter().filter(|target| !target.distance.is_off());
        for (slot, target) in laid.targets.iter_mut().zip(targets) {
            *slot = Some((away(target.distance)?, target.portion));
        }
        let or_none = |distance: Option<Distance>| is_on(distance).map_or(Some(Away::NONE), away);
        if let Some(stop) = terms.trailing_stop.filter(|stop| !stop.distance.is_off()) {
            laid.moving.trailing = Some((away(stop.distance)?, or_none(stop.activation)?));
        }
        if let Some(stop) = terms.break_even.filter(|stop| !stop.trigger.is_off()) {
            laid.moving.break_even = Some((away(stop.trigger)?, or_none(stop.offset)?));
        }
        Some(laid)
    }

    /// Whether there are targets among them.
    pub const fn has_targets(&self) -> bool {
        self.targets[0].is_some()
    }

    /// Whether there is a stop at a fixed distance among them.
    pub const fn has_stop(&self) -> bool {
        self.stop.is_some()
    }

    /// A strategy's own exits with these in place of their kinds.
    pub fn over(&self, own: &Exits) -> Exits {
        let stopped = self.stop.map_or(*own, |away| own.with_stop(Level::Beyond(away)));
        if !self.has_targets() {
            return stopped;
        }
        let targets = self.targets.iter().flatten();
        targets.fold(stopped.without_targets(), |exits, (away, portion)| {
            exits.and_target(Level::Beyond(*away), *portion)
        })
    }

    /// These for an entry at that price, and where there are none of a kind those of `own`.
    pub fn bracket(&self, side: Side, entry: i64, own: Bracket) -> Bracket {
        let sign = side.sign();
        let placed = |(away, portion): (Away, Decimal)| PlacedTarget {
            price: away.from(entry, sign),
            portion,
        };
        Bracket {
            stop: self.stop.map(|away| away.from(entry, -sign)).or(own.stop),
            targets: if self.has_targets() {
                self.targets.map(|target| target.map(placed))
            } else {
                own.targets
            },
        }
    }
}

impl Exits {
    /// The same without the kinds that the terms have.
    #[must_use]
    pub fn less_those_of(self, laid: &LaidExits) -> Self {
        let own = if laid.has_targets() { self.without_targets() } else { self };
        if laid.has_stop() { own.without_stop() } else { own }
    }
}

fn is_on(distance: Option<Distance>) -> Option<Distance> {
    distance.filter(|distance| !distance.is_off())
}
