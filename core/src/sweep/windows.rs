//! The windows of a walk-forward: days to choose by, and days after them to be judged by.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// The most windows of a run.
const WINDOWS_MAX: u64 = 200;
/// How many there are unless something else is asked for.
const WINDOWS_USUAL: u64 = 8;
/// Of days without lengths, those to choose by are as long as so many windows to be judged by.
const IN_SAMPLE_SHARE: u64 = 4;

/// Lengths as asked for, in days; 0 leaves them to the plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WindowWish {
    /// Whether the days to choose by always begin with the first.
    pub anchored: bool,
    /// Days to choose by.
    pub in_sample_days: u64,
    /// Days to be judged by.
    pub out_of_sample_days: u64,
    /// From window to window.
    pub step_days: u64,
    /// Days between the two that nobody looks at.
    pub purge_days: u64,
    /// How many windows, where no lengths are asked for.
    pub window_count: u64,
}

/// Lengths, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowPlan {
    /// Whether the days to choose by always begin with the first.
    pub anchored: bool,
    /// Days to choose by; of an anchored plan those of the first window.
    pub in_sample_days: u64,
    /// Days to be judged by.
    pub out_of_sample_days: u64,
    /// From window to window; at least as many as are judged by, so that no day counts twice.
    pub step_days: u64,
    /// Days between the two that nobody looks at.
    pub purge_days: u64,
}

/// Days to choose by and days to be judged by, counted from the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// To choose by.
    pub in_sample: Range<u64>,
    /// To be judged by.
    pub out_of_sample: Range<u64>,
}

/// Why a wish is none, by the field that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowFault {
    /// The field of the wish.
    pub field: &'static str,
    /// What would be valid.
    pub message: String,
}

impl WindowPlan {
    /// The plan for so many days.
    ///
    /// # Errors
    ///
    /// All that is wrong with the wish.
    pub fn of(wish: &WindowWish, days: u64) -> Result<Self, Vec<WindowFault>> {
        let faults = wish.faults();
        if !faults.is_empty() {
            return Err(faults);
        }
        let (in_sample_days, out_of_sample_days) = match wish.out_of_sample_days {
            0 => wish.lengths(days)?,
            days => (wish.in_sample_days, days),
        };
        let step_days = if wish.step_days == 0 { out_of_sample_days } else { wish.step_days };
        let WindowWish { anchored, purge_days, .. } = *wish;
        let plan = Self { anchored, in_sample_days, out_of_sample_days, step_days, purge_days };
        let least = plan.first_end().saturating_add(step_days);
        let count = plan.count(days);
        let fault = |field, message| Err(vec![WindowFault { field, message }]);
        if count < 2 {
            let message = format!(
                "takes {least} days for two windows, and the run has {days}; choose shorter windows"
            );
            return fault("in_sample_days", message);
        }
        if count > WINDOWS_MAX {
            let message = format!("makes {count} windows; at most {WINDOWS_MAX} are taken");
            return fault("step_days", message);
        }
        Ok(plan)
    }

    /// The first day after the first window.
    const fn first_end(&self) -> u64 {
        self.in_sample_days.saturating_add(self.purge_days).saturating_add(self.out_of_sample_days)
    }

    /// How many windows so many days have; what is left over at the end belongs to none.
    pub const fn count(&self, days: u64) -> u64 {
        match days.checked_sub(self.first_end()) {
            Some(left) => 1 + left / self.step_days,
            None => 0,
        }
    }

    /// The first day after the last window.
    pub const fn last_end(&self, days: u64) -> u64 {
        match self.count(days) {
            0 => 0,
            count => self.first_end() + (count - 1) * self.step_days,
        }
    }

    /// All windows of so many days, in order.
    pub fn windows(self, days: u64) -> impl ExactSizeIterator<Item = Window> {
        let count = usize::try_from(self.count(days)).unwrap_or(usize::MAX);
        (0..count).map(move |number| {
            let moved = number as u64 * self.step_days;
            let end = moved + self.in_sample_days;
            let first = end + self.purge_days;
            Window {
                in_sample: if self.anchored { 0 } else { moved }..end,
                out_of_sample: first..first + self.out_of_sample_days,
            }
        })
    }
}

impl WindowWish {
    /// What contradicts itself, whatever the days are.
    pub fn faults(&self) -> Vec<WindowFault> {
        let mut faults = Vec::new();
        let mut fault = |field, message: String| faults.push(WindowFault { field, message });
        match (self.in_sample_days, self.out_of_sample_days) {
            (0, 0) if self.step_days > 0 => {
                fault("step_days", "needs in_sample_days and out_of_sample_days as well".into());
            }
            (0, 0) if self.window_count == 1 || self.window_count > WINDOWS_MAX => {
                let message =
                    format!("is {}; must be from 2 to {WINDOWS_MAX}, or 0", self.window_count);
                fault("window_count", message);
            }
            (0, 0) => {}
            (0, _) => fault("in_sample_days", "is required beside out_of_sample_days".into()),
            (_, 0) => fault("out_of_sample_days", "is required beside in_sample_days".into()),
            (_, days) => {
                if self.window_count > 0 {
                    let message = "follows from the lengths; leave it out, or leave them out";
                    fault("window_count", message.into());
                }
                if self.step_days > 0 && self.step_days < days {
                    let message = format!(
                        "is {}; must be at least out_of_sample_days, {days}, or days would be \
                         judged twice",
                        self.step_days
                    );
                    fault("step_days", message);
                }
            }
        }
        faults
    }

    /// As many windows as are asked for over all days: those to choose by are about four times as
    /// long, and get what is left over.
    fn lengths(&self, days: u64) -> Result<(u64, u64), Vec<WindowFault>> {
        let count = if self.window_count == 0 { WINDOWS_USUAL } else { self.window_count };
        let there = days.saturating_sub(self.purge_days);
        let out_of_sample = there / (count + IN_SAMPLE_SHARE);
        if out_of_sample == 0 {
            let message = format!(
                "{count} windows take {} days, and the run has {days}",
                self.purge_days + count + IN_SAMPLE_SHARE
            );
            return Err(vec![WindowFault { field: "window_count", message }]);
        }
        Ok((there - count * out_of_sample, out_of_sample))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(wish: WindowWish, days: u64) -> Vec<&'static str> {
        let faults = WindowPlan::of(&wish, days).unwrap_err();
        faults.into_iter().map(|fault| fault.field).collect()
    }

    fn lengths(in_sample_days: u64, out_of_sample_days: u64) -> WindowWish {
        WindowWish { in_sample_days, out_of_sample_days, ..WindowWish::default() }
    }

    #[test]
    fn without_lengths_there_are_eight_windows_over_all_days() {
        let plan = WindowPlan::of(&WindowWish::default(), 1_000).unwrap();
        assert_eq!((plan.in_sample_days, plan.out_of_sample_days), (336, 83));
        let windows: Vec<_> = plan.windows(1_000).collect();
        assert_eq!(windows.len(), 8);
        assert_eq!(windows[0], Window { in_sample: 0..336, out_of_sample: 336..419 });
        assert_eq!(windows[7].out_of_sample.end, 1_000);
    }

    #[test]
    fn an_anchored_plan_chooses_by_all_days_before() {
        let wish = WindowWish { anchored: true, purge_days: 5, ..lengths(100, 50) };
        let windows: Vec<_> = WindowPlan::of(&wish, 260).unwrap().windows(260).collect();
        assert_eq!(windows.len(), 3);
        assert_eq!(windows[2], Window { in_sample: 0..200, out_of_sample: 205..255 });
    }

    #[test]
    fn what_contradicts_itself_or_does_not_fit_is_told_by_its_field() {
        assert_eq!(fields(lengths(100, 0), 900), ["out_of_sample_days"]);
        assert_eq!(fields(lengths(0, 100), 900), ["in_sample_days"]);
        let both = WindowWish { window_count: 3, step_days: 20, ..lengths(100, 50) };
        assert_eq!(fields(both, 900), ["window_count", "step_days"]);
        assert_eq!(
            fields(WindowWish { step_days: 9, ..WindowWish::default() }, 900),
            ["step_days"]
        );
        assert_eq!(fields(lengths(100, 50), 199), ["in_sample_days"]);
        assert!(WindowPlan::of(&lengths(100, 50), 200).is_ok());
        assert_eq!(fields(lengths(1, 1), 900), ["step_days"]);
        assert_eq!(
            fields(WindowWish { window_count: 1, ..WindowWish::default() }, 900),
            ["window_count"]
        );
        assert_eq!(fields(WindowWish::default(), 11), ["window_count"]);
    }

    proptest! {
        #[test]
        fn nobody_chooses_by_a_day_that_is_judged_and_no_day_is_judged_twice(
            anchored: bool,
            in_sample in 1_u64..200,
            out_of_sample in 1_u64..90,
            more in 0_u64..40,
            purge in 0_u64..20,
            days in 1_u64..2_000,
        ) {
            let wish = WindowWish {
                anchored,
                step_days: out_of_sample + more,
                purge_days: purge,
                ..lengths(in_sample, out_of_sample)
            };
            let Ok(plan) = WindowPlan::of(&wish, days) else { return Ok(()) };
            let windows: Vec<_> = plan.windows(days).collect();
            prop_assert!(windows.len() >= 2);
            for window in &windows {
                prop_assert_eq!(window.in_sample.end + purge, window.out_of_sample.start);
                prop_assert!(window.in_sample.start < window.in_sample.end);
                prop_assert!(window.out_of_sample.end <= days);
            }
            prop_assert_eq!(plan.last_end(days), windows[windows.len() - 1].out_of_sample.end);
            for pair in windows.windows(2) {
                prop_assert!(pair[0].out_of_sample.end <= pair[1].out_of_sample.start);
            }
        }
    }
}
