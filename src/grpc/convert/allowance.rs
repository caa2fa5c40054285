//! How long a run may take, between the wire and milliseconds.

use prost_types::{Duration, Timestamp};

use super::time::{Round, duration, time_ms, timestamp};
use crate::run::{Allowance, Violations};

/// Reads a deadline and a budget; what is absent has none.
pub(super) fn allowance(
    deadline: Option<&Timestamp>,
    budget: Option<&Duration>,
    violations: &mut Violations,
) -> Allowance {
    let deadline_ms = deadline.and_then(|time| {
        let read = time_ms(time, Round::Down).ok_or("is no time of the years 1 to 9999");
        violations.check("deadline", read)
    });
    let budget_ms = budget.and_then(|budget| {
        violations.check("compute_budget", budget_ms(budget).ok_or("must be 1 ms at least"))
    });
    Allowance { deadline_ms, budget_ms }
}

fn budget_ms(budget: &Duration) -> Option<i64> {
    let budget = std::time::Duration::try_from(*budget).ok()?;
    i64::try_from(budget.as_millis()).ok().filter(|ms| *ms > 0)
}

/// Both as they are sent.
pub(super) fn told(allowance: Allowance) -> (Option<Timestamp>, Option<Duration>) {
    (allowance.deadline_ms.map(timestamp), allowance.budget_ms.map(duration))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_survives_the_wire_and_what_is_none_is_told() {
        let mut violations = Violations::default();
        let given = Allowance { deadline_ms: Some(1_500), budget_ms: Some(90_001) };
        let (deadline, budget) = told(given);
        assert_eq!(allowance(deadline.as_ref(), budget.as_ref(), &mut violations), given);
        assert_eq!(allowance(None, None, &mut violations), Allowance::default());
        assert!(violations.is_empty());
        for (seconds, nanos) in [(0, 0), (0, 999_999), (-1, 0)] {
            allowance(None, Some(&Duration { seconds, nanos }), &mut violations);
        }
        allowance(Some(&Timestamp { seconds: i64::MAX, nanos: 0 }), None, &mut violations);
        let told = violations.to_string();
        assert_eq!(told.matches("compute_budget: must be 1 ms at least").count(), 3, "{told}");
        assert!(told.contains("deadline: is no time of the years 1 to 9999"), "{told}");
    }
}
