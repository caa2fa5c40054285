//! Days in groups, every choice of which judges what the others chose: how they are cut, and what
//! became of it.

use serde::{Deserialize, Serialize};

use crate::digest::Encoder;
use crate::validation::{Combinatorial, PathRatios};

/// How days are cut into groups, every choice of which judges once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupedDays {
    /// Groups of equally many days.
    pub groups: u64,
    /// Groups that judge, of each choice.
    pub test_groups: u64,
    /// Days before each of them by which nothing is chosen.
    pub purge_days: u64,
    /// Days after each of them.
    pub embargo_days: u64,
}

impl GroupedDays {
    /// Of so many days.
    pub const fn of(self, days: u64) -> Combinatorial {
        Combinatorial {
            days: days as usize,
            groups: self.groups as usize,
            test_groups: self.test_groups as usize,
            purge_days: self.purge_days as usize,
            embargo_days: self.embargo_days as usize,
        }
    }

    pub(super) fn write(self, encoder: &mut Encoder) {
        let Self { groups, test_groups, purge_days, embargo_days } = self;
        encoder.text("combinatorial/1");
        for number in [groups, test_groups, purge_days, embargo_days] {
            encoder.integer(number as i64);
        }
    }
}

/// What choosing the best of other days brought, on many ways through all of them. Ratios are per
/// day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PathSummary {
    /// Paths.
    pub path_count: u64,
    /// Choices of groups that they are made of.
    pub split_count: u64,
    /// How many different trials were chosen.
    pub chosen_count: u64,
    /// The least, those of 5, 25, 50, 75 and 95 % of paths, and the greatest; empty if none varies.
    pub quantiles: Vec<f64>,
    /// The share of paths that lose.
    pub share_below_zero: Option<f64>,
}

impl From<&PathRatios> for PathSummary {
    fn from(told: &PathRatios) -> Self {
        Self {
            path_count: told.ratios.len() as u64,
            split_count: told.split_count,
            chosen_count: told.chosen_count,
            quantiles: told.quantiles(),
            share_below_zero: told.share_below_zero(),
        }
    }
}

impl PathSummary {
    pub(super) fn write(&self, encoder: &mut Encoder) {
        encoder.text("paths");
        for count in [self.path_count, self.split_count, self.chosen_count] {
            encoder.integer(count as i64);
        }
        encoder.integer(self.quantiles.len() as i64);
        for ratio in &self.quantiles {
            encoder.double(*ratio);
        }
        encoder.optional(self.share_below_zero, |encoder, share| _ = encoder.double(share));
    }
}
