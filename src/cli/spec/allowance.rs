//! How long a run may take: said when it is submitted, and told of a run that is there.

use std::str::FromStr;

use clap::Args;

use crate::cli::text::args::{Moment, Patience};
use crate::cli::text::figures;
use crate::pb;

/// How long a run may take.
#[derive(Debug, Default, Args)]
pub(in crate::cli) struct AllowanceArgs {
    /// When the run ends at the latest, FAILED if it is not done: 2h from now, or a moment in UTC
    #[arg(long, value_name = "WHEN")]
    deadline: Option<Deadline>,
    /// How long it may compute, over all its attempts, as in 90s, 30m or 4h
    #[arg(long, value_name = "LONG")]
    compute_budget: Option<Patience>,
}

/// A moment, written as one or as how far away it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Deadline(pub(in crate::cli) Moment);

impl FromStr for Deadline {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let has_unit = text.ends_with(['s', 'm', 'h']);
        if let Some(Ok(Patience(span))) = has_unit.then(|| text.parse()) {
            let deadline = jiff::Timestamp::now().checked_add(span);
            return deadline.map(|time| Self(time.into())).map_err(|error| error.to_string());
        }
        let valid = "write how far away it is, as in 90m or 8h, or a moment in UTC, as in \
                     2027-01-15T18:00";
        text.parse().map(Self).map_err(|_| valid.to_owned())
    }
}

impl AllowanceArgs {
    pub(in crate::cli) fn deadline(&self) -> Option<prost_types::Timestamp> {
        self.deadline.map(|Deadline(moment)| moment.into())
    }

    pub(in crate::cli) fn compute_budget(&self) -> Option<prost_types::Duration> {
        self.compute_budget.and_then(on_the_wire)
    }
}

pub(in crate::cli) fn on_the_wire(Patience(span): Patience) -> Option<prost_types::Duration> {
    span.try_into().ok()
}

/// How long a run may take, and how long it took; `None` if it may for ever.
pub(in crate::cli) fn told(run: &pb::Run) -> Option<String> {
    let deadline = run.deadline.as_ref();
    let deadline = deadline.map(|time| format!("until {}", figures::moment_full(time)));
    let budget = run.compute_budget.map(|budget| {
        let used = run.compute_time.map(figures::span).unwrap_or_default();
        format!("{} of computing, {used} of it used", figures::span(budget))
    });
    match (deadline, budget) {
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => Some(one),
        (Some(deadline), Some(budget)) => Some(format!("{deadline}, {budget}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_a_moment_or_how_far_away_it_is() {
        let before = jiff::Timestamp::now();
        let Deadline(away) = "2h".parse().unwrap();
        let in_hours = |hours| Moment::from(before + jiff::SignedDuration::from_hours(hours));
        assert!(in_hours(2) <= away && away < in_hours(3));
        let Deadline(moment) = "2027-01-15T18:00".parse().unwrap();
        assert_eq!(moment.to_string(), "2027-01-15T18:00:00Z");
    }

    #[test]
    fn what_a_run_may_take_is_told_with_what_it_took() {
        let seconds = |seconds| Some(prost_types::Duration { seconds, nanos: 0 });
        let mut run = pb::Run { compute_time: seconds(30), ..Default::default() };
        assert_eq!(told(&run), None);
        run.compute_budget = seconds(90);
        assert_eq!(told(&run).unwrap(), "1m30s of computing, 30s of it used");
        run.deadline = Some(prost_types::Timestamp { seconds: 0, nanos: 0 });
        let told = told(&run).unwrap();
        assert_eq!(told, "until 1970-01-01 00:00:00, 1m30s of computing, 30s of it used");
    }
}
