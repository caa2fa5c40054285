//! Which runs a list shows, and in which order: the fields of its filter as columns.

use std::str::FromStr;

use super::condition::{Bound, Condition};
use super::delete_run::GONE;
use crate::digest::Digest;
use crate::filter::{
    Comparison, Direction, FilterError, Op, OrderKey, Problem, parse, parse_order,
};
use crate::market::{Ticker, Timeframe};
use crate::run::{RunId, State, Violations};

const FIELDS: [&str; 10] = [
    "text",
    "state",
    "kind",
    "strategy",
    "exchange",
    "symbol",
    "timeframe",
    "run_key",
    "labels.NAME",
    "create_time",
];
const ORDER_FIELDS: [&str; 2] = ["create_time", "run_id"];
const STATES: [State; 5] =
    [State::Pending, State::Running, State::Completed, State::Failed, State::Cancelled];
/// The most characters of a searched text.
const TEXT_MAX: usize = 200;
/// The fewest that the index knows; shorter ones are how a word begins.
const TRIGRAM: usize = 3;
/// Kinds as filters name them, with their numbers in the database.
const KINDS: [(&str, i64); 4] =
    [("BACKTEST", 1), ("OPTIMIZATION", 2), ("WALK_FORWARD", 3), ("VALIDATION", 4)];

/// Which runs, in which order.
#[derive(Clone, Debug)]
pub struct RunQuery {
    condition: Condition,
    by_time: Direction,
    /// Between runs of the same time.
    by_id: Direction,
}

/// Where a page ends: the next begins after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunPosition {
    /// When the last run of the page was submitted, UTC milliseconds.
    pub create_ms: i64,
    /// The last run of the page.
    pub run_id: RunId,
}

impl RunQuery {
    /// Reads a filter and an order; the newest runs come first unless said otherwise.
    ///
    /// # Errors
    ///
    /// What is wrong with `filter` and with `order_by`.
    pub fn new(filter: &str, order_by: &str) -> Result<Self, Violations> {
        let mut violations = Violations::default();
        let condition = parse(filter).and_then(|filter| Condition::of(filter.as_ref(), &term));
        let condition = violations.check("filter", condition);
        let order = parse_order(order_by).and_then(|keys| order(&keys));
        let order = violations.check("order_by", order);
        match (condition, order) {
            (Some(condition), Some((by_time, by_id))) => Ok(Self { condition, by_time, by_id }),
            _ => Err(violations),
        }
    }

    /// The condition of the page after `after`.
    pub(super) fn page(&self, after: Option<RunPosition>) -> Condition {
        let Some(RunPosition { create_ms, run_id }) = after else { return self.kept() };
        let (time, id) = (beyond(self.by_time), beyond(self.by_id));
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
        self.kept().and(Condition::new(sql, values))
    }

    /// The filter, over runs that are not removed.
    pub(super) fn kept(&self) -> Condition {
        self.condition.clone().and(Condition::new(format!("kind != {GONE}"), Vec::new()))
    }

    pub(super) fn order(&self) -> String {
        format!("create_ms {}, run_id {}", sql_of(self.by_time), sql_of(self.by_id))
    }
}

const fn sql_of(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    }
}

const fn beyond(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => ">",
        Direction::Descending => "<",
    }
}

fn order(keys: &[OrderKey]) -> Result<(Direction, Direction), FilterError> {
    let names: Vec<String> = keys.iter().map(|key| key.field.to_string()).collect();
    for (key, name) in keys.iter().zip(&names) {
        if !ORDER_FIELDS.contains(&name.as_str()) {
            return Err(key.field.unknown(&ORDER_FIELDS));
        }
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match names.as_slice() {
        [] => Ok((Direction::Descending, Direction::Descending)),
        ["create_time"] => Ok((keys[0].direction, keys[0].direction)),
        ["create_time", "run_id"] => Ok((keys[0].direction, keys[1].direction)),
        _ => Err(FilterError {
            position: keys[0].field.place.0,
            problem: Problem::Expected {
                expected: "create_time, and at most run_id after it",
                found: names.join(", "),
            },
        }),
    }
}

fn term(comparison: &Comparison) -> Result<Condition, FilterError> {
    let Comparison { field, op, value } = comparison;
    match (field.name(), field.rest()) {
        ("text", None) => text(comparison),
        ("state", None) => {
            let named = |state: &&State| state.as_str().eq_ignore_ascii_case(&value.text);
            let state = STATES
                .iter()
                .find(named)
                .ok_or_else(|| comparison.wrong_value(STATES.map(State::as_str).join(", ")))?;
            same(comparison, "state", Bound::Int(*state as i64))
        }
        ("kind", None) => {
            let named = |(name, _): &&(&str, i64)| name.eq_ignore_ascii_case(&value.text);
            let (_, number) = KINDS
                .iter()
                .find(named)
                .ok_or_else(|| comparison.wrong_value(KINDS.map(|(name, _)| name).join(" or ")))?;
            same(comparison, "kind", Bound::Int(*number))
        }
        ("strategy", None) => same(comparison, "strategy", Bound::Text(value.text.clone())),
        ("exchange", None) => one_of(comparison, "exchanges", &ticker(comparison)?),
        ("symbol", None) => one_of(comparison, "symbols", &ticker(comparison)?),
        ("timeframe", None) => {
            let timeframe = value.text.parse::<Timeframe>();
            let timeframe =
                timeframe.map_err(|_| comparison.wrong_value("such as 1m, 4h, 1d, 1w or 1mo"))?;
            one_of(comparison, "timeframes", &timeframe.to_string())
        }
        ("run_key", None) => {
            let key = Digest::from_str(&value.text);
            let key = key.map_err(|_| comparison.wrong_value("64 hexadecimal digits"))?;
            same(comparison, "run_key", Bound::Bytes(key.as_bytes().to_vec()))
        }
        ("create_time", None) => {
            let time_ms = time_ms(comparison)?;
            let sql = format!("create_ms {} ?", op.as_str());
            Ok(Condition::new(sql, vec![Bound::Int(time_ms)]))
        }
        ("labels", Some(label)) => Ok(labelled(label, *op, value.text.clone())),
        _ => Err(field.unknown(&FIELDS)),
    }
}

/// Whether any of what names a run has this text in it: in any case, and anywhere; of one or two
/// characters, whether a word begins so.
fn text(comparison: &Comparison) -> Result<Condition, FilterError> {
    let wanted = &comparison.value.text;
    let length = wanted.chars().count();
    if !(1..=TEXT_MAX).contains(&length) || wanted.chars().any(char::is_control) {
        let wanted = format!("1 to {TEXT_MAX} characters, none of which is a control character");
        return Err(comparison.wrong_value(wanted));
    }
    let within = match comparison.op {
        Op::Equal => "IN",
        Op::NotEqual => "NOT IN",
        _ => return Err(comparison.wrong_op()),
    };
    let (found, values) = if length < TRIGRAM {
        let begins = |before: &str| Bound::Text(format!("{before}{}", wanted.to_lowercase()));
        let found = ["instr(lower(text), ?) > 0"; 3].join(" OR ");
        (found, ["\n", " ", "_"].map(begins).to_vec())
    } else {
        let phrase = format!("\"{}\"", wanted.replace('"', "\"\""));
        ("runs_text MATCH ?".to_owned(), vec![Bound::Text(phrase)])
    };
    let sql = format!("run_no {within} (SELECT rowid FROM runs_text WHERE {found})");
    Ok(Condition::new(sql, values))
}

fn ticker(comparison: &Comparison) -> Result<String, FilterError> {
    let ticker = Ticker::new(&comparison.value.text);
    let wanted = "1 to 64 letters, digits or . _ - /";
    ticker.map(|ticker| ticker.to_string()).map_err(|_| comparison.wrong_value(wanted))
}

pub(super) fn same(
    comparison: &Comparison,
    column: &str,
    value: Bound,
) -> Result<Condition, FilterError> {
    if !comparison.op.is_equality() {
        return Err(comparison.wrong_op());
    }
    Ok(Condition::new(format!("{column} {} ?", comparison.op.as_str()), vec![value]))
}

/// Whether a column of several names, each between line feeds, has this one.
fn one_of(comparison: &Comparison, column: &str, name: &str) -> Result<Condition, FilterError> {
    let found = match comparison.op {
        Op::Equal => "> 0",
        Op::NotEqual => "= 0",
        _ => return Err(comparison.wrong_op()),
    };
    let sql = format!("instr({column}, ?) {found}");
    Ok(Condition::new(sql, vec![Bound::Text(format!("\n{name}\n"))]))
}

/// A run without the label is unlike every value, and neither before nor after any.
fn labelled(label: String, op: Op, value: String) -> Condition {
    let (within, op) = match op {
        Op::NotEqual => ("NOT IN", Op::Equal),
        op => ("IN", op),
    };
    let sql = format!(
        "run_no {within} (SELECT run_no FROM run_labels WHERE label = ? AND value {} ?)",
        op.as_str()
    );
    Condition::new(sql, vec![Bound::Text(label), Bound::Text(value)])
}

/// The time in whole milliseconds, so rounded that the comparison stays true to its fraction.
fn time_ms(comparison: &Comparison) -> Result<i64, FilterError> {
    const NANOS_PER_MS: i128 = 1_000_000;
    let text = &comparison.value.text;
    let midnight = || Some(text.parse::<jiff::civil::Date>().ok()?.at(0, 0, 0, 0));
    let in_utc = |time: jiff::civil::DateTime| time.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let time = match text.parse::<jiff::Timestamp>() {
        Ok(time) => Some(time),
        Err(_) => midnight().and_then(in_utc).map(|zoned| zoned.timestamp()),
    };
    let wanted = "a time such as \"2026-01-31T12:00:00Z\" or a day such as 2026-01-31";
    let nanos = time.ok_or_else(|| comparison.wrong_value(wanted))?.as_nanosecond();
    let up = matches!(comparison.op, Op::GreaterOrEqual | Op::Less) && nanos % NANOS_PER_MS != 0;
    Ok((nanos.div_euclid(NANOS_PER_MS) + i128::from(up)) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(filter: &str) -> String {
        RunQuery::new(filter, "").unwrap().condition.sql
    }

    fn refusal(filter: &str, order_by: &str) -> String {
        RunQuery::new(filter, order_by).unwrap_err().to_string()
    }

    #[test]
    fn a_filter_becomes_sql_without_any_of_its_words() {
        assert_eq!(sql(""), "TRUE");
        assert_eq!(sql("state = completed AND kind != BACKTEST"), "(state = ?) AND (kind != ?)");
        assert_eq!(sql("NOT symbol = btc"), "NOT (instr(symbols, ?) > 0)");
        assert!(!sql("text = \"a\\\"b\" AND text = '\"'").contains('"'));
        assert!(!sql("labels.\"x' OR 1\" = \"'; DROP\"").contains("DROP"));
    }

    #[test]
    fn times_between_two_milliseconds_never_widen_a_range() {
        let bound = |filter: &str| RunQuery::new(filter, "").unwrap().condition.values;
        let ms = |ms| vec![Bound::Int(ms)];
        assert_eq!(bound("create_time >= 1970-01-01T00:00:01.0005Z"), ms(1_001));
        assert_eq!(bound("create_time < 1970-01-01T00:00:01.0005Z"), ms(1_001));
        assert_eq!(bound("create_time <= 1970-01-01T00:00:01.0005Z"), ms(1_000));
        assert_eq!(bound("create_time > 1970-01-02"), ms(86_400_000));
    }

    #[test]
    fn what_the_list_does_not_have_is_refused_with_what_it_has() {
        let refused = [
            (
                "stat = COMPLETED",
                "",
                "filter: at character 1: there is no field stat, did you mean state?; there are \
                 text, state, kind, strategy, exchange, symbol, timeframe, run_key, labels.NAME, \
                 create_time",
            ),
            (
                "state = DONE",
                "",
                "filter: at character 9: state must be PENDING, RUNNING, COMPLETED, FAILED, \
                 CANCELLED, not \"DONE\"",
            ),
            (
                "text = \"\"",
                "",
                "filter: at character 8: text must be 1 to 200 characters, none of which is a \
                 control character, not \"\"",
            ),
            (
                "strategy < x",
                "",
                "filter: at character 12: strategy is compared by = and != only, not by <",
            ),
            (
                "create_time > yesterday",
                "run_id",
                "filter: at character 15: create_time must be a time such as \
                 \"2026-01-31T12:00:00Z\" or a day such as 2026-01-31, not \"yesterday\"; \
                 order_by: at character 1: expected create_time, and at most run_id after it, \
                 found run_id",
            ),
        ];
        for (filter, order_by, message) in refused {
            assert_eq!(refusal(filter, order_by), message);
        }
        assert!(refusal("", "sharpe").contains("there are create_time, run_id"));
    }
}
