//! How much an owner may have at once and ask for in a day.

use std::fmt;

/// Limits of one owner; `None` is what the server's settings say, and 0 is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// Runs that wait, compute or are paused at once.
    pub live_runs_max: Option<u64>,
    /// Trials of runs that are made in one day, UTC; a backtest is one.
    pub trials_per_day_max: Option<u64>,
    /// The highest priority of a run.
    pub priority_max: Option<i32>,
    /// How many times as much of the cores the owner's runs have together as those of an owner with
    /// a share of 1, while both want them.
    pub share: Option<u32>,
}

/// The share of owners of whom nothing else is said.
pub const SHARE_USUAL: u32 = 1;
/// The greatest share.
pub const SHARE_MAX: u32 = 1_000;

/// What an owner has and has asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnerUse {
    /// Who.
    pub owner: String,
    /// What is set of the owner's limits.
    pub own: Quota,
    /// What holds.
    pub quota: Quota,
    /// Runs that wait, compute or are paused.
    pub live_runs: u64,
    /// Trials of runs that were made today.
    pub trials_today: u64,
}

/// Why an owner may not have one more run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OverQuota {
    /// As many are live as may be.
    LiveRuns {
        /// Whose.
        owner: String,
        /// The limit.
        max: u64,
    },
    /// It would be more trials than one day has.
    TrialsPerDay {
        /// Whose.
        owner: String,
        /// The limit.
        max: u64,
        /// Those of today so far.
        today: u64,
        /// Those that were asked for.
        asked: u64,
        /// How long the day still lasts.
        remaining_ms: i64,
    },
    /// The owner's runs may not be so urgent.
    Priority {
        /// Whose.
        owner: String,
        /// The limit.
        max: i32,
        /// What was asked for.
        asked: i32,
    },
}

impl Quota {
    /// What holds where some of it is set.
    #[must_use]
    pub fn over(self, usual: Self) -> Self {
        Self {
            live_runs_max: self.live_runs_max.or(usual.live_runs_max),
            trials_per_day_max: self.trials_per_day_max.or(usual.trials_per_day_max),
            priority_max: self.priority_max.or(usual.priority_max),
            share: self.share.or(usual.share),
        }
    }
}

impl fmt::Display for OverQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LiveRuns { owner, max } => {
                write!(f, "{owner} has {max} live runs, the most that are allowed")
            }
            Self::TrialsPerDay { owner, max, today, asked, .. } => write!(
                f,
                "{owner} has asked for {today} trials today (UTC); {asked} more are above the \
                 {max} that are allowed a day"
            ),
            Self::Priority { owner, max, asked } => {
                write!(f, "{asked} is above {max}, the highest that {owner} may ask for")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_of_an_owner_comes_before_what_is_usual() {
        let usual = Quota { live_runs_max: Some(9), priority_max: Some(8), ..Quota::default() };
        let own = Quota { live_runs_max: Some(2), trials_per_day_max: Some(5), ..Quota::default() };
        let expected = Quota { priority_max: Some(8), ..own };
        assert_eq!(own.over(usual), expected);
        assert_eq!(Quota::default().over(usual), usual);
    }
}
