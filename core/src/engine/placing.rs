//! Where the exits of a position are placed: at its entry, at an addition, by the strategy later.

use super::protection::Group;
use crate::trading::{Away, Bracket, Exits, LaidExits, MovingStops, OrderId, Side, TARGETS_MAX};

/// The exits of one instrument's position, and what the run's terms came to at its entry.
#[derive(Debug, Default)]
pub(super) struct Placed {
    pub group: Option<Group>,
    laid: Option<LaidExits>,
    /// By how many ticks the price must go through a limit or a target to fill it.
    pub through: i64,
}

impl Placed {
    /// Nothing, where the price must go so many ticks through a target.
    pub(super) fn new(through: i64) -> Self {
        Self { through, ..Self::default() }
    }

    /// Whether the run's terms have exits for the position.
    pub(super) const fn is_laid(&self) -> bool {
        self.laid.is_some()
    }

    /// Exits that are not of the run's terms, as far as they are left.
    pub(super) fn own_exits(&self) -> Exits {
        let Some(group) = &self.group else { return Exits::NONE };
        let own = Exits::of(&group.bracket());
        match self.laid {
            None => own,
            Some(laid) => own.less_those_of(&laid),
        }
    }

    /// A trailing stop keeps that distance from now on, wherever the exits are placed next.
    pub(super) fn trail_by(&mut self, distance: Away) {
        if let Some(laid) = &mut self.laid {
            laid.moving.trail_by(distance);
        }
        if let Some(group) = &mut self.group {
            group.trail_by(distance);
        }
    }

    /// The position is gone.
    pub(super) fn clear(&mut self) {
        self.group = None;
    }

    /// A position was opened at that price. `own` are the strategy's exits, of which those of the
    /// terms, if there are any, take the place of their kinds.
    pub(super) fn open(
        &mut self,
        order: OrderId,
        side: Side,
        entry: i64,
        own: &Exits,
        laid: Option<&LaidExits>,
    ) {
        self.laid = laid.copied().filter(|laid| *laid != LaidExits::default());
        self.group = None;
        if laid.is_none() && own.is_empty() {
            return;
        }
        let exits = laid.map_or(*own, |laid| laid.over(own));
        let moving = laid.map_or(MovingStops::NONE, |laid| laid.moving);
        let bracket = exits.placed(side, entry);
        let group = Group::new(order, side, entry, bracket, &moving, self.through);
        self.group = (!group.is_spent()).then_some(group);
    }

    /// The position was added to at `price`, and `average` is its entry now: exits of the terms are
    /// placed anew from there. Own exits that come with the addition replace those before. Returns
    /// whether anything was placed.
    pub(super) fn add(
        &mut self,
        order: OrderId,
        side: Side,
        price: i64,
        average: i64,
        own: &Exits,
    ) -> bool {
        let brings = !own.is_empty();
        let has_laid = self.is_laid();
        if !brings && !has_laid {
            return false;
        }
        // What does not bring exits of its own leaves those of the position in their place.
        let (order, own) = match &self.group {
            Some(group) if !brings => (group.order, group.bracket()),
            _ => (order, own.placed(side, price)),
        };
        let entry = if has_laid { average } else { price };
        let before = self.group.filter(|_| !brings || has_laid);
        self.replace(order, side, entry, own, before);
        if let Some(group) = &mut self.group {
            group.raise_to(price * side.sign());
        }
        true
    }

    /// The strategy gives other exits; kinds of the terms stay, and of its own targets those that
    /// were taken, if that is asked for.
    pub(super) fn protect(
        &mut self,
        order: OrderId,
        side: Side,
        entry: i64,
        exits: &Exits,
        keeps_taken: bool,
    ) {
        let is_own_alone = !self.is_laid();
        let mut own = exits.placed(side, entry);
        if keeps_taken {
            // Exits of which nothing is left were all taken.
            let left = self.group.as_ref().map_or([None; TARGETS_MAX], Group::targets);
            for (target, left) in own.targets.iter_mut().zip(left) {
                *target = target.filter(|_| left.is_some());
            }
        }
        // A stop of its own goes where it is put.
        let is_own_stop = self.laid.is_none_or(|laid| !laid.has_stop() && laid.moving.is_empty());
        let before = self.group.filter(|_| !is_own_alone);
        let before = before
            .map(|group| if keeps_taken && is_own_stop { group.without_stop() } else { group });
        self.replace(order, side, entry, own, before);
    }

    /// Places those of the terms at an entry and `own` where they have none. Unless all is made
    /// anew, the stop stays where it was `before` at least, and targets that were taken stay so.
    fn replace(
        &mut self,
        order: OrderId,
        side: Side,
        entry: i64,
        own: Bracket,
        before: Option<Group>,
    ) {
        let laid = self.laid.unwrap_or_default();
        let bracket = laid.bracket(side, entry, own);
        let mut group = Group::new(order, side, entry, bracket, &laid.moving, self.through);
        if let Some(before) = before {
            group.go_on_from(&before, laid.has_targets());
        }
        let stays = self.is_laid() || !group.is_spent();
        self.group = stays.then_some(group);
    }
}
