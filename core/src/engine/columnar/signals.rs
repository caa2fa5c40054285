//! The signals of a rule over a tile of bars, as masks; and which of them matter when.

use super::mask::{TILE_BARS, WORD_BARS, contains, next_of};
use crate::strategy::{Direction, Signals};
use crate::trading::Side;

/// One of the four signals, in the order of [`SignalMasks`].
pub(super) type Kind = usize;

/// No bar of a tile.
pub(super) static NO_BAR: [u64; TILE_BARS / WORD_BARS] = [0; TILE_BARS / WORD_BARS];

/// When to enter long, to exit long, to enter short and to exit short: the words of a tile. Those
/// that lead to no order may be left out, as [`NO_BAR`].
#[derive(Clone, Copy)]
pub(super) struct SignalMasks<'m>(pub [&'m [u64]; 4]);

impl SignalMasks<'_> {
    /// The signals of one bar.
    #[inline]
    pub(super) fn at(&self, bar: usize) -> Signals {
        let [enter_long, exit_long, enter_short, exit_short] = self.0;
        Signals {
            enter_long: contains(enter_long, bar),
            exit_long: contains(exit_long, bar),
            enter_short: contains(enter_short, bar),
            exit_short: contains(exit_short, bar),
        }
    }

    /// The first bar from `bar` on with a signal that matters.
    #[inline]
    pub(super) fn next(&self, [one, other]: [Kind; 2], bar: usize) -> Option<usize> {
        next_of([self.0[one], self.0[other]], bar)
    }
}

const fn signals([enter_long, exit_long, enter_short, exit_short]: [bool; 4]) -> Signals {
    Signals { enter_long, exit_long, enter_short, exit_short }
}

/// Which signals lead to an order, by what is held.
#[derive(Clone, Copy, Debug)]
pub(super) struct Relevant {
    flat: [Kind; 2],
    long: [Kind; 2],
    short: [Kind; 2],
}

impl Relevant {
    /// Asks the direction about each signal alone.
    pub(super) fn of(direction: Direction) -> Self {
        let of = |held| {
            let matters = |kind: &Kind| acts(direction, *kind, held);
            let first = (0..4).find(matters).unwrap_or(0);
            [first, (0..4).rfind(matters).unwrap_or(first)]
        };
        Self { flat: of(None), long: of(Some(Side::Long)), short: of(Some(Side::Short)) }
    }

    #[inline]
    pub(super) const fn when(&self, held: Option<Side>) -> [Kind; 2] {
        match held {
            None => self.flat,
            Some(Side::Long) => self.long,
            Some(Side::Short) => self.short,
        }
    }
}

/// Whether a signal ever leads to an order of that direction.
pub(super) fn matters(direction: Direction, kind: Kind) -> bool {
    [None, Some(Side::Long), Some(Side::Short)].iter().any(|&held| {
        let is_possible = match held {
            None => true,
            Some(Side::Long) => direction != Direction::ShortOnly,
            Some(Side::Short) => direction != Direction::LongOnly,
        };
        is_possible && acts(direction, kind, held)
    })
}

fn acts(direction: Direction, kind: Kind, held: Option<Side>) -> bool {
    let mut alone = [false; 4];
    alone[kind] = true;
    direction.action(signals(alone), held).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_two_signals_matter_at_a_time() {
        for direction in [Direction::LongOnly, Direction::ShortOnly, Direction::Both] {
            for held in [None, Some(Side::Long), Some(Side::Short)] {
                let acting: Vec<_> = (0..4).filter(|&kind| acts(direction, kind, held)).collect();
                let relevant = Relevant::of(direction).when(held);
                assert!(
                    acting.iter().all(|kind| relevant.contains(kind)),
                    "{direction:?} {held:?}"
                );
                assert!((1..=2).contains(&acting.len()), "{direction:?} {held:?}");
            }
        }
    }

    #[test]
    fn a_side_that_is_not_taken_needs_no_signals() {
        let needed = |direction| [0, 1, 2, 3].map(|kind| matters(direction, kind));
        assert_eq!(needed(Direction::LongOnly), [true, true, false, false]);
        assert_eq!(needed(Direction::ShortOnly), [false, false, true, true]);
        assert_eq!(needed(Direction::Both), [true; 4]);
    }
}
