//! Combinatorial purged cross-validation (López de Prado 2018, chapter 12): what choosing the best
//! would have brought on many ways through the days, instead of the one that happened.
//!
//! The days are cut into groups. For every choice of some of them the trial is taken that was best
//! over all others, and its days in the chosen ones are put together to paths that go through every
//! group once. A choice sees days after those that judge it too, so no path is one that could have
//! been traded: it is a distribution, never a curve.

use std::ops::{Range, RangeInclusive};

/// Into how many groups the days may be cut.
pub const GROUPS: RangeInclusive<u64> = 3..=20;
/// Choices of groups that are told at most.
pub const SPLITS_MAX: u64 = 1_000;

/// How days are cut, and what is left out beside those that judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Combinatorial {
    /// Days of each trial.
    pub days: usize,
    /// Groups of equally many days; days that are left over at the beginning count nowhere.
    pub groups: usize,
    /// Groups that judge, of each choice.
    pub test_groups: usize,
    /// Days before each group that judges, by which nothing is chosen.
    pub purge_days: usize,
    /// Days after each of them.
    pub embargo_days: usize,
}

/// One choice of groups that judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Which groups, in order.
    pub tested: Vec<usize>,
    /// The days to choose by, in order.
    pub inside: Vec<Range<usize>>,
}

/// How many choices of `taken` things of `count` there are.
pub const fn binomial(count: u64, taken: u64) -> u64 {
    let mut choices = 1;
    let mut number = 0;
    while number < taken {
        choices = choices * (count - number) / (number + 1);
        number += 1;
    }
    choices
}

impl Combinatorial {
    /// The days of a group.
    pub(super) fn group(&self, number: usize) -> Range<usize> {
        let length = self.group_days();
        let first = self.days - length * self.groups + number * length;
        first..first + length
    }

    /// How many days a group has.
    pub const fn group_days(&self) -> usize {
        self.days / self.groups
    }

    /// How many paths there are: each group is judged once on each.
    pub const fn path_count(&self) -> u64 {
        let (groups, tested) = (self.groups as u64, self.test_groups as u64);
        binomial(groups, tested) * tested / groups
    }

    /// Every choice of groups, in lexicographic order.
    pub fn splits(&self) -> Vec<Split> {
        let mut splits = Vec::new();
        let mut tested: Vec<usize> = (0..self.test_groups).collect();
        loop {
            splits.push(Split { inside: self.inside(&tested), tested: tested.clone() });
            let last = |place: usize| self.groups - self.test_groups + place;
            let Some(place) = (0..tested.len()).rev().find(|&place| tested[place] < last(place))
            else {
                return splits;
            };
            let next = tested[place] + 1;
            for (number, group) in tested[place..].iter_mut().enumerate() {
                *group = next + number;
            }
        }
    }

    /// The days of the other groups, less those too near to a group that judges.
    fn inside(&self, tested: &[usize]) -> Vec<Range<usize>> {
        let mut inside: Vec<Range<usize>> = Vec::new();
        let mut free = self.group(0).start;
        let end = self.group(self.groups - 1).end;
        let judged = tested.iter().map(|&group| self.group(group));
        let around = judged.map(|days| {
            (days.start.saturating_sub(self.purge_days), days.end.saturating_add(self.embargo_days))
        });
        for (from, to) in around.chain([(end, end)]) {
            if free < from {
                inside.push(free..from);
            }
            free = free.max(to);
        }
        inside
    }

    /// The fewest days that any choice goes by.
    pub fn fewest_inside(&self) -> usize {
        let days = |split: &Split| split.inside.iter().map(Range::len).sum::<usize>();
        self.splits().iter().map(days).min().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(days: usize, groups: usize, test_groups: usize) -> Combinatorial {
        Combinatorial { days, groups, test_groups, purge_days: 0, embargo_days: 0 }
    }

    /// The book's own figure: six groups, two of them judge, fifteen choices and five paths.
    #[test]
    fn six_groups_by_two_make_fifteen_choices_and_five_paths() {
        let cut = cut(60, 6, 2);
        let splits = cut.splits();
        let tested: Vec<_> = splits.iter().map(|split| split.tested.as_slice()).collect();
        assert_eq!(tested[..6], [[0, 1], [0, 2], [0, 3], [0, 4], [0, 5], [1, 2]]);
        assert_eq!((tested.len(), tested[14]), (15, &[4, 5][..]));
        assert_eq!((cut.path_count(), binomial(20, 10)), (5, 184_756));
        // Each group is judged five times: once on each path.
        for group in 0..6 {
            assert_eq!(splits.iter().filter(|split| split.tested.contains(&group)).count(), 5);
        }
    }

    #[test]
    fn nobody_chooses_by_days_before_or_after_those_that_judge() {
        // Two days are left over at the beginning; groups of ten from day 2 on.
        let cut = Combinatorial { purge_days: 3, embargo_days: 4, ..cut(62, 6, 2) };
        let splits = cut.splits();
        let inside = |tested: [usize; 2]| {
            splits.iter().find(|it| it.tested == tested).unwrap().inside.clone()
        };
        assert_eq!(inside([1, 3]), [2..9, 26..29, 46..62]);
        let days = |tested| inside(tested).into_iter().flatten().collect::<Vec<_>>();
        assert_eq!(days([0, 1]), (26..62).collect::<Vec<_>>());
        assert_eq!(days([4, 5]), (2..39).collect::<Vec<_>>());
        assert_eq!(days([0, 5]), (16..49).collect::<Vec<_>>());
        // Between two groups that judge nothing is left if both reach over it.
        let wide = Combinatorial { purge_days: 6, ..cut };
        let split = wide.splits().into_iter().find(|it| it.tested == [1, 3]).unwrap();
        assert_eq!(split.inside, [2..6, 46..62]);
        assert_eq!(cut.fewest_inside(), 62 - 2 - 20 - 14);
    }
}
