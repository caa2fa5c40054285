//! In which order a list shows its runs, and where its pages end: by time, or by a metric.
//!
//! By a metric the list has two parts: the runs that have it, by its value, and then the others,
//! the newest first. Each is read along an index.

use super::condition::{Bound, Condition};
use crate::filter::{Direction, FilterError, OrderKey, Problem};
use crate::metrics::Metric;
use crate::run::RunId;

const FIELDS: [&str; 3] = ["create_time", "run_id", "metrics.NAME"];
/// What a metric is called in full.
pub(super) const METRICS: &str = "metrics";

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunOrder {
    /// By the time of submission, and the id between runs of the same time.
    Time {
        /// Which way the times go.
        by_time: Direction,
        /// Which way the ids go.
        by_id: Direction,
    },
    /// By a metric, and the newest or the oldest first between equal ones.
    Metric {
        /// Which one.
        metric: Metric,
        /// Which way both go.
        direction: Direction,
    },
}

/// Where a page ends: the next begins after it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RunPosition {
    /// In a list by time.
    Time {
        /// When the last run of the page was submitted, UTC milliseconds.
        create_ms: i64,
        /// The last run of the page.
        run_id: RunId,
    },
    /// Among the runs that have the metric.
    Valued {
        /// The value of the last run.
        value: f64,
        /// The number of the last run.
        run_no: i64,
    },
    /// Among the runs that do not have it.
    Valueless {
        /// The number of the last run.
        run_no: i64,
    },
}

impl RunPosition {
    /// As a token has it.
    pub fn as_text(&self) -> String {
        match self {
            Self::Time { create_ms, run_id } => format!("{create_ms} {run_id}"),
            Self::Valued { value, run_no } => format!("v {:016x} {run_no}", value.to_bits()),
            Self::Valueless { run_no } => format!("n {run_no}"),
        }
    }

    /// Out of a token.
    pub fn of_text(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(' ').collect();
        match parts.as_slice() {
            ["v", bits, run_no] => {
                let value = f64::from_bits(u64::from_str_radix(bits, 16).ok()?);
                value.is_finite().then_some(())?;
                Some(Self::Valued { value, run_no: run_no.parse().ok()? })
            }
            ["n", run_no] => Some(Self::Valueless { run_no: run_no.parse().ok()? }),
            [create_ms, run_id] => {
                let (create_ms, run_id) = (create_ms.parse().ok()?, run_id.parse().ok()?);
                Some(Self::Time { create_ms, run_id })
            }
            _ => None,
        }
    }
}

impl RunOrder {
    /// Reads the fields of an order; the newest runs come first unless said otherwise.
    pub(super) fn of(keys: &[OrderKey]) -> Result<Self, FilterError> {
        let names: Vec<String> = keys.iter().map(|key| key.field.to_string()).collect();
        let direction = keys.first().map_or(Direction::Descending, |key| key.direction);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if let [name] = names.as_slice()
            && let Some(metric) = metric_named(name)
        {
            return Ok(Self::Metric { metric, direction });
        }
        for (key, name) in keys.iter().zip(&names) {
            if metric_named(name).is_none() && !FIELDS[..2].contains(name) {
                let metrics = Metric::ALL.iter().map(|metric| metric.name());
                let known: Vec<&str> = FIELDS[..2].iter().copied().chain(metrics).collect();
                return Err(key.field.unknown_among(&known, &FIELDS));
            }
        }
        match names.as_slice() {
            [] | ["create_time"] => Ok(Self::Time { by_time: direction, by_id: direction }),
            ["create_time", "run_id"] => {
                Ok(Self::Time { by_time: direction, by_id: keys[1].direction })
            }
            _ => Err(FilterError {
                position: keys[0].field.place.0,
                problem: Problem::Expected {
                    expected: "a metric alone, or create_time, and at most run_id after it",
                    found: names.join(", "),
                },
            }),
        }
    }

    /// Whether pages of this order end so.
    pub(super) const fn fits(self, position: RunPosition) -> bool {
        match self {
            Self::Time { .. } => matches!(position, RunPosition::Time { .. }),
            Self::Metric { .. } => !matches!(position, RunPosition::Time { .. }),
        }
    }
}

/// The metric of that name, bare or in full.
fn metric_named(name: &str) -> Option<Metric> {
    let bare = name.strip_prefix(METRICS).and_then(|rest| rest.strip_prefix('.'));
    Metric::named(bare.unwrap_or(name))
}

pub(super) const fn sql_of(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    }
}

pub(super) const fn beyond(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => ">",
        Direction::Descending => "<",
    }
}

/// Later than that run in a list by time.
pub(super) fn after_time(
    (by_time, by_id): (Direction, Direction),
    create_ms: i64,
    run_id: RunId,
) -> Condition {
    let (time, id) = (beyond(by_time), beyond(by_id));
    // The first part says nothing new, but lets SQLite begin there in the index.
    let sql = format!(
        "create_ms {time}= ? AND (create_ms {time} ? OR (create_ms = ? AND run_id {id} ?))"
    );
    let values = vec![
        Bound::Int(create_ms),
        Bound::Int(create_ms),
        Bound::Int(create_ms),
        Bound::Bytes(run_id.as_bytes().to_vec()),
    ];
    Condition::new(sql, values)
}

/// Later than that run among those that have the metric.
pub(super) fn after_value(
    metric: Metric,
    direction: Direction,
    value: f64,
    run_no: i64,
) -> Condition {
    let (column, beyond) = (metric.name(), beyond(direction));
    let sql = format!(
        "m.{column} {beyond}= ? AND \
         (m.{column} {beyond} ? OR (m.{column} = ? AND run_no {beyond} ?))"
    );
    let values =
        vec![Bound::Real(value), Bound::Real(value), Bound::Real(value), Bound::Int(run_no)];
    Condition::new(sql, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::parse_order;

    fn order(text: &str) -> Result<RunOrder, String> {
        RunOrder::of(&parse_order(text).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_metric_orders_by_its_bare_or_its_full_name() {
        let sharpe = |direction| RunOrder::Metric { metric: Metric::Sharpe, direction };
        assert_eq!(order("sharpe desc"), Ok(sharpe(Direction::Descending)));
        assert_eq!(order("metrics.sharpe"), Ok(sharpe(Direction::Ascending)));
        let refused = order("sharp desc").unwrap_err();
        assert!(refused.contains("did you mean sharpe?"), "{refused}");
        assert!(refused.contains("create_time, run_id, metrics.NAME"), "{refused}");
        assert!(order("sharpe, run_id").unwrap_err().contains("a metric alone"));
    }

    #[test]
    fn a_position_is_the_same_after_it_was_a_text() {
        let positions = [
            RunPosition::Time { create_ms: -7, run_id: RunId::new(1) },
            RunPosition::Valued { value: -0.1, run_no: 9 },
            RunPosition::Valueless { run_no: 1 << 40 },
        ];
        for position in positions {
            assert_eq!(RunPosition::of_text(&position.as_text()), Some(position));
        }
        for forged in ["", "x", "v 7ff8000000000000 1", "n", "v 0", "1 2 3"] {
            assert_eq!(RunPosition::of_text(forged), None, "{forged}");
        }
    }
}
