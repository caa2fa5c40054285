//! When one line crosses another: the signals that crossover strategies share.

use super::direction::Signals;

/// Remembers where two lines were on the bar before.
#[derive(Clone, Debug)]
pub(super) struct Crossing<T> {
    before: Option<(T, T)>,
}

impl<T> Default for Crossing<T> {
    fn default() -> Self {
        Self { before: None }
    }
}

impl<T: PartialOrd + Copy> Crossing<T> {
    /// Takes the lines of the next bar, the faster one first; `None` while either is undefined.
    ///
    /// Up is being above now and not above on the bar before, down the mirror of it: lines that
    /// meet and part again the same way have not crossed.
    #[inline]
    pub(super) fn update(&mut self, now: Option<(T, T)>) -> Signals {
        let before = std::mem::replace(&mut self.before, now);
        let (Some((fast, slow)), Some((fast_before, slow_before))) = (now, before) else {
            return Signals::default();
        };
        let crossed_up = fast > slow && fast_before <= slow_before;
        let crossed_down = fast < slow && fast_before >= slow_before;
        Signals {
            enter_long: crossed_up,
            exit_long: crossed_down,
            enter_short: crossed_down,
            exit_short: crossed_up,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crossing_needs_both_lines_on_both_bars_and_ties_count_as_not_beyond() {
        let mut crossing = Crossing::default();
        let lines = [None, Some((1, 2)), Some((2, 2)), Some((3, 2)), Some((4, 2)), Some((1, 2))];
        let ups_and_downs =
            lines.map(|now| crossing.update(now)).map(|s| (s.enter_long, s.exit_long));
        let (up, down, none) = ((true, false), (false, true), (false, false));
        assert_eq!(ups_and_downs, [none, none, none, up, none, down]);
    }
}
