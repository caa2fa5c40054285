//! The signals of a rule over a tile of bars, as masks; and which of them matter when.

use std::ops::Range;

use super::mask::Mask;
use super::mean_cross;
use super::tape::Tape;
use crate::strategy::{Direction, Rule, Signal, Signals};
use crate::trading::Side;

/// One of the four signals, in the order of [`SignalMasks`].
type Kind = usize;

/// The masks of a tile: a trial's own, filled anew for each.
pub(super) struct Scratch {
    first: Mask,
    second: Mask,
}

impl Scratch {
    pub(super) fn empty() -> Self {
        Self { first: Mask::empty(), second: Mask::empty() }
    }

    /// The signals of a tile; `None` if they cannot be computed exactly by columns.
    pub(super) fn signals(
        &mut self,
        signal: Signal,
        tape: &Tape,
        closes: &[i64],
        tile: &Range<usize>,
    ) -> Option<SignalMasks<'_>> {
        let Self { first, second } = self;
        first.clear();
        second.clear();
        match signal {
            Signal::MeanCross { fast, slow } => {
                mean_cross::find(tape, closes, [fast, slow], tile, [first, second])
                    .then_some(SignalMasks([first, second, second, first]))
            }
        }
    }
}

/// When to enter long, to exit long, to enter short and to exit short, bar by bar of a tile.
#[derive(Clone, Copy)]
pub(super) struct SignalMasks<'m>([&'m Mask; 4]);

impl SignalMasks<'_> {
    /// The signals of one bar.
    pub(super) fn at(&self, bar: usize) -> Signals {
        signals(self.0.map(|mask| mask.contains(bar)))
    }

    /// The first bar from `bar` on with a signal that matters.
    #[inline]
    pub(super) fn next(&self, [one, other]: [Kind; 2], bar: usize) -> Option<usize> {
        Mask::next_of([self.0[one], self.0[other]], bar)
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
    /// Asks the rule's direction about each signal alone.
    pub(super) fn of(rule: &Rule) -> Self {
        let of = |held| {
            let matters = |kind: &Kind| acts(rule.direction, *kind, held);
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
                let rule = Rule { signal: Signal::MeanCross { fast: 1, slow: 2 }, direction };
                let relevant = Relevant::of(&rule).when(held);
                assert!(
                    acting.iter().all(|kind| relevant.contains(kind)),
                    "{direction:?} {held:?}"
                );
                assert!((1..=2).contains(&acting.len()), "{direction:?} {held:?}");
            }
        }
    }
}
