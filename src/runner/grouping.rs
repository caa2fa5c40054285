//! Into which groups the days of a validation are cut, and whether that can be told anything by.

use crate::run::{GroupedDays, GroupingRequest, Violations};
use crate::validation::{GROUPS, SPLITS_MAX, binomial};

const GROUPS_USUAL: u64 = 10;
const TEST_GROUPS_USUAL: u64 = 2;
/// Fewer days of a group tell nothing of a trial.
const GROUP_DAYS_MIN: u64 = 5;
/// Fewer days to choose by are no choice.
const INSIDE_DAYS_MIN: u64 = 10;
/// Days of all paths together: the returns of what was chosen are held until all are seen.
const PATH_DAYS_MAX: u64 = 1_000_000;

const FIELD: &str = "validation.combinatorial";

/// The groups that are meant; what cannot be is told by its field.
pub(super) fn grouped(
    asked: GroupingRequest,
    days: u64,
    violations: &mut Violations,
) -> Option<GroupedDays> {
    let usual = |asked: u64, usual: u64| if asked == 0 { usual } else { asked };
    let grouped = GroupedDays {
        groups: usual(asked.groups, GROUPS_USUAL),
        test_groups: usual(asked.test_groups, TEST_GROUPS_USUAL),
        purge_days: asked.purge_days,
        embargo_days: asked.embargo_days.unwrap_or_else(|| days.div_ceil(100)),
    };
    let found = fault(grouped, days);
    if let Some((field, message)) = found {
        violations.add(format!("{FIELD}.{field}"), message);
        return None;
    }
    Some(grouped)
}

fn fault(grouped: GroupedDays, days: u64) -> Option<(&'static str, String)> {
    let GroupedDays { groups, test_groups, .. } = grouped;
    let (least, most) = (GROUPS.start(), GROUPS.end());
    if !GROUPS.contains(&groups) {
        return Some(("groups", format!("is {groups}; must be from {least} to {most}, or 0")));
    }
    if test_groups >= groups {
        let message = format!("is {test_groups} of {groups} groups; must be fewer than all");
        return Some(("test_groups", message));
    }
    let splits = binomial(groups, test_groups);
    if splits > SPLITS_MAX {
        let message = format!(
            "{test_groups} of {groups} groups make {splits} choices; at most {SPLITS_MAX} are made"
        );
        return Some(("test_groups", message));
    }
    if days / groups < GROUP_DAYS_MIN {
        let message = format!(
            "{groups} groups of {days} days have fewer than {GROUP_DAYS_MIN} days each; at most \
             {} do",
            days / GROUP_DAYS_MIN
        );
        return Some(("groups", message));
    }
    let cut = grouped.of(days);
    let together = cut.path_count().saturating_mul(days);
    if together > PATH_DAYS_MAX {
        let message = format!(
            "{test_groups} of {groups} groups make paths of {together} days together; at most \
             {PATH_DAYS_MAX} are held"
        );
        return Some(("test_groups", message));
    }
    let inside = cut.fewest_inside() as u64;
    (inside < INSIDE_DAYS_MIN).then(|| {
        let message = format!(
            "with purge_days {} and embargo_days {} a choice goes by {inside} of {days} days; it \
             takes {INSIDE_DAYS_MIN}",
            grouped.purge_days, grouped.embargo_days
        );
        ("purge_days", message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(groups: u64, test_groups: u64, purge_days: u64) -> GroupingRequest {
        GroupingRequest { groups, test_groups, purge_days, embargo_days: None }
    }

    fn faulty(asked: GroupingRequest, days: u64) -> String {
        let mut violations = Violations::default();
        assert_eq!(grouped(asked, days, &mut violations), None);
        let fault = violations.iter().next().unwrap();
        format!(
            "{}: {}",
            fault.field.trim_start_matches("validation.combinatorial."),
            fault.message
        )
    }

    #[test]
    fn what_is_left_out_is_what_is_usual() {
        let mut violations = Violations::default();
        let found = grouped(asked(0, 0, 3), 1_001, &mut violations).unwrap();
        let usual = GroupedDays { groups: 10, test_groups: 2, purge_days: 3, embargo_days: 11 };
        assert_eq!(found, usual);
        assert!(violations.is_empty());
    }

    #[test]
    fn what_cannot_be_is_told_by_its_field() {
        assert!(faulty(asked(2, 1, 0), 900).starts_with("groups: is 2"));
        assert!(faulty(asked(21, 1, 0), 900).starts_with("groups: is 21"));
        assert!(faulty(asked(5, 5, 0), 900).starts_with("test_groups: is 5 of 5"));
        assert!(faulty(asked(20, 10, 0), 900).contains("184756 choices"));
        assert!(faulty(asked(10, 2, 0), 49).starts_with("groups: 10 groups of 49 days"));
        assert!(faulty(asked(12, 6, 0), 60_000).contains("27720000 days together"));
        assert!(faulty(asked(10, 2, 500), 900).starts_with("purge_days: with purge_days 500"));
    }
}
