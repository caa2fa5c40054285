//! How long a run may take: until when, and for how much computing. It is no part of the work: what
//! a run computes is the same with more time or less.

use std::collections::BTreeMap;
use std::fmt;

use super::result::Failure;

/// Until when and how long a run may compute. `None` is for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// When it ends at the latest, UTC milliseconds.
    pub deadline_ms: Option<i64>,
    /// The most milliseconds that it may be running, over all of its attempts.
    pub budget_ms: Option<i64>,
}

/// Another allowance; what is `None` stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AllowanceChange {
    /// Whether the deadline becomes that of this allowance, or goes.
    pub deadline: Option<Allowance>,
    /// Whether the budget becomes that of this allowance, or goes.
    pub budget: Option<Allowance>,
}

/// How far a run is on its allowance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Now, UTC milliseconds.
    pub now_ms: i64,
    /// How long it has been running, over all of its attempts.
    pub running_ms: i64,
}

impl AllowanceChange {
    /// Whether it changes anything.
    pub const fn is_some(&self) -> bool {
        self.deadline.is_some() || self.budget.is_some()
    }
}

impl Allowance {
    /// What it is after that change.
    #[must_use]
    pub fn changed(self, change: AllowanceChange) -> Self {
        Self {
            deadline_ms: change.deadline.map_or(self.deadline_ms, |it| it.deadline_ms),
            budget_ms: change.budget.map_or(self.budget_ms, |it| it.budget_ms),
        }
    }

    /// Why a run that is so far has to end, if it has to.
    pub fn exceeded(&self, spent: Spent) -> Option<Failure> {
        if let Some(deadline_ms) = self.deadline_ms.filter(|ms| *ms <= spent.now_ms) {
            let message = "the run was not done by its deadline";
            let mut failure = Failure::new("DEADLINE_EXCEEDED", message);
            failure.metadata = BTreeMap::from([("deadline_ms".into(), deadline_ms.to_string())]);
            return Some(failure);
        }
        let budget_ms = self.budget_ms.filter(|ms| *ms <= spent.running_ms)?;
        let message = "the run has computed as long as its budget allows, and is not done";
        let mut failure = Failure::new("COMPUTE_BUDGET_EXHAUSTED", message);
        failure.metadata = BTreeMap::from([
            ("compute_budget_ms".into(), budget_ms.to_string()),
            ("spent_ms".into(), spent.running_ms.to_string()),
        ]);
        Some(failure)
    }

    /// What whoever joins a run with this allowance, and asked for another, is told.
    pub fn told(&self, asked: Self) -> Option<String> {
        (*self != asked).then(|| format!("the run that does this work already has {self}"))
    }
}

impl fmt::Display for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |ms: i64| ms as f64 / 1_000.0;
        match self.deadline_ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()) {
            Some(deadline) => write!(f, "the deadline {deadline} and ")?,
            None => f.write_str("no deadline and ")?,
        }
        match self.budget_ms {
            Some(budget_ms) => write!(f, "a compute budget of {} s", seconds(budget_ms)),
            None => f.write_str("no compute budget"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(allowance: Allowance, now_ms: i64, running_ms: i64) -> Option<String> {
        allowance.exceeded(Spent { now_ms, running_ms }).map(|failure| failure.reason)
    }

    #[test]
    fn a_run_ends_at_its_deadline_or_with_its_budget_whichever_comes_first() {
        let both = Allowance { deadline_ms: Some(1_000), budget_ms: Some(50) };
        assert_eq!(reason(both, 999, 49), None);
        assert_eq!(reason(both, 1_000, 49).as_deref(), Some("DEADLINE_EXCEEDED"));
        assert_eq!(reason(both, 999, 50).as_deref(), Some("COMPUTE_BUDGET_EXHAUSTED"));
        assert_eq!(reason(Allowance::default(), i64::MAX, i64::MAX), None);
    }

    #[test]
    fn a_change_touches_what_it_names() {
        let both = Allowance { deadline_ms: Some(1_000), budget_ms: Some(50) };
        let budget = Some(Allowance { budget_ms: None, deadline_ms: Some(7) });
        let changed = both.changed(AllowanceChange { deadline: None, budget });
        assert_eq!(changed, Allowance { deadline_ms: Some(1_000), budget_ms: None });
        assert_eq!(both.changed(AllowanceChange::default()), both);
        assert!(!AllowanceChange::default().is_some());
    }

    #[test]
    fn who_joins_is_told_of_another_allowance_and_of_none_that_is_the_same() {
        let asked = Allowance { budget_ms: Some(1_500), ..Allowance::default() };
        assert_eq!(asked.told(asked), None);
        let told = Allowance::default().told(asked).unwrap();
        assert!(told.ends_with("already has no deadline and no compute budget"), "{told}");
        let deadline = Allowance { deadline_ms: Some(0), ..asked };
        let told = deadline.told(Allowance::default()).unwrap();
        assert!(told.contains("the deadline 1970-01-01T00:00:00Z and a compute budget of 1.5 s"));
    }
}
