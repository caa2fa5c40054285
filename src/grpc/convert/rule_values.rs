//! What a strategy as text went by, on its way to the wire.

use super::columns::{doubles, ints};
use super::time::time_range;
use crate::pb;
use crate::rules::{Named, ValueKind};
use crate::run::Violations;
use crate::runner::{RuleQuery, RuleValues};

const POINTS_DEFAULT: usize = 2_000;
/// Far before and after all bars.
const EVER_MS: i64 = i64::MAX / 2;

/// Which values are asked for.
///
/// # Errors
///
/// Every field that cannot be taken.
pub(in crate::grpc) fn rule_query(
    request: &pb::GetRuleValuesRequest,
) -> Result<RuleQuery, Violations> {
    let mut violations = Violations::default();
    let range = request.time_range.as_ref();
    let (start_ms, end_ms) = time_range(range, "time_range", &mut violations);
    let span_ms = range.map(|_| start_ms.unwrap_or(-EVER_MS)..end_ms.unwrap_or(EVER_MS));
    if span_ms.as_ref().is_some_and(std::ops::Range::is_empty) {
        violations.add("time_range.end_time", "must be after start_time");
    }
    let points_max = match usize::try_from(request.max_points) {
        Ok(0) => POINTS_DEFAULT,
        Ok(points) => points,
        Err(_) => {
            let message = format!("must not be negative, but is {}", request.max_points);
            violations.add("max_points", message);
            POINTS_DEFAULT
        }
    };
    let instrument = usize::try_from(request.instrument).unwrap_or_else(|_| {
        let message = format!("must not be negative, but is {}", request.instrument);
        violations.add("instrument", message);
        0
    });
    if !violations.is_empty() {
        return Err(violations);
    }
    Ok(RuleQuery { names: request.names.clone(), span_ms, points_max, instrument })
}

impl From<RuleValues> for pb::GetRuleValuesResponse {
    fn from(values: RuleValues) -> Self {
        let RuleValues { times_ms, columns, bars } = values;
        let kinds = columns.iter().map(|(named, _)| kind(named.kind).into()).collect();
        // A run that ended early tells of no bar after that.
        let columns = columns.into_iter().map(|(named, values)| column(named, &values));
        Self { time_unix_ms: times_ms, columns: columns.collect(), kinds, total_bars: bars as i64 }
    }
}

fn column(named: Named, values: &[f64]) -> pb::Column {
    let defined = values.iter().map(|value| Some(*value).filter(|value| !value.is_nan()));
    match named.kind {
        ValueKind::Price | ValueKind::Number => doubles(named.name, defined),
        ValueKind::Condition => {
            ints(named.name, defined.map(|value| value.map(|value| i64::from(value == 1.0))))
        }
    }
}

const fn kind(kind: ValueKind) -> pb::RuleValueKind {
    match kind {
        ValueKind::Price => pb::RuleValueKind::Price,
        ValueKind::Number => pb::RuleValueKind::Number,
        ValueKind::Condition => pb::RuleValueKind::Condition,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(request: &pb::GetRuleValuesRequest) -> Vec<String> {
        let violations = rule_query(request).unwrap_err();
        violations.iter().map(|violation| violation.field.clone()).collect()
    }

    #[test]
    fn all_that_is_wrong_with_a_request_is_told_at_once() {
        let time = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let request = pb::GetRuleValuesRequest {
            time_range: Some(pb::TimeRange { start_time: time(60), end_time: time(0) }),
            max_points: -1,
            instrument: -2,
            ..Default::default()
        };
        assert_eq!(faults(&request), ["time_range.end_time", "max_points", "instrument"]);
    }

    #[test]
    fn an_undefined_value_is_out_of_the_validity() {
        let named = |kind| Named { name: "x".to_owned(), kind, is_definition: true };
        let made = column(named(ValueKind::Condition), &[1.0, f64::NAN, 0.0]);
        let ints = pb::IntColumn { values: vec![1, 0, 0] };
        assert_eq!(made.values, Some(pb::column::Values::Ints(ints)));
        assert_eq!(made.validity, [0b101]);
        let made = column(named(ValueKind::Price), &[0.5; 2]);
        assert!(made.validity.is_empty());
    }
}
