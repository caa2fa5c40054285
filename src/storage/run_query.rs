//! Which runs a list shows, and in which order: the fields of its filter as columns.

use std::str::FromStr;

use super::condition::{Bound, Condition};
use super::delete_run::GONE;
use super::run_order::{METRICS, RunOrder, RunPosition};
use crate::digest::Digest;
use crate::filter::{Comparison, FilterError, Op, parse, parse_order};
use crate::market::{Ticker, Timeframe};
use crate::metrics::Metric;
use crate::run::{State, Violations};

const FIELDS: [&str; 13] = [
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
    "owner",
    "display_name",
    "metrics.NAME",
];
const STATES: [State; 6] = [
    State::Pending,
    State::Running,
    State::Paused,
    State::Completed,
    State::Failed,
    State::Cancelled,
];
/// The most characters of a searched text.
const TEXT_MAX: usize = 200;
/// The fewest that the index knows; shorter ones are how a word begins.
const TRIGRAM: usize = 3;
/// Kinds as filters name them, with their numbers in the database.
const KINDS: [(&str, i64); 5] = [
    ("BACKTEST", 1),
    ("OPTIMIZATION", 2),
    ("WALK_FORWARD", 3),
    ("VALIDATION", 4),
    ("ROBUSTNESS", 5),
];

/// Which runs, in which order.
#[derive(Clone, Debug)]
pub struct RunQuery {
    condition: Condition,
    pub(super) order: RunOrder,
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
        let order = parse_order(order_by).and_then(|keys| RunOrder::of(&keys));
        let order = violations.check("order_by", order);
        match (condition, order) {
            (Some(condition), Some(order)) => Ok(Self { condition, order }),
            _ => Err(violations),
        }
    }

    /// Whether pages of this list end so.
    pub fn fits(&self, position: RunPosition) -> bool {
        self.order.fits(position)
    }

    /// The filter, over runs that are not removed.
    pub(super) fn kept(&self) -> Condition {
        self.condition.clone().and(Condition::new(format!("kind != {GONE}"), Vec::new()))
    }

    /// The same for a list that goes along its order and looks at each run, as is right where many
    /// fit.
    #[must_use]
    pub(super) fn along_the_order(&self) -> Self {
        let mut query = self.clone();
        query.condition.sql = query.condition.sql.replace(LABEL_GATHERED, LABEL_LOOKED_UP);
        query
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
            in_state(comparison, *state)
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
        ("owner", None) => same(comparison, "owner", Bound::Text(value.text.clone())),
        ("display_name", None) => named(comparison),
        (METRICS, Some(name)) => measured(comparison, &name),
        (name, None) => measured(comparison, name),
        (_, Some(_)) => Err(unknown(comparison)),
    }
}

fn unknown(comparison: &Comparison) -> FilterError {
    let mut known = FIELDS.map(str::to_owned).to_vec();
    for metric in Metric::ALL {
        known.extend([metric.name().to_owned(), format!("{METRICS}.{}", metric.name())]);
    }
    comparison.field.unknown_among(&known, &FIELDS.map(str::to_owned))
}

/// Most runs have no name, and the index of names does not have those.
fn named(comparison: &Comparison) -> Result<Condition, FilterError> {
    let name = comparison.value.text.clone();
    let is_indexed = comparison.op == Op::Equal && !name.is_empty();
    let Condition { sql, values } = same(comparison, "display_name", Bound::Text(name))?;
    let sql = if is_indexed { format!("display_name <> '' AND {sql}") } else { sql };
    Ok(Condition::new(format!("({sql})"), values))
}

/// A run that does not have the metric is unlike every value, and neither above nor below any.
fn measured(comparison: &Comparison, name: &str) -> Result<Condition, FilterError> {
    let metric = Metric::named(name).ok_or_else(|| unknown(comparison))?;
    let number = comparison.value.text.parse::<f64>().ok().filter(|number| number.is_finite());
    let number = number.ok_or_else(|| comparison.wrong_value("a number"))?;
    let (within, op) = match comparison.op {
        Op::NotEqual => ("NOT IN", Op::Equal),
        op => ("IN", op),
    };
    let (column, op) = (metric.name(), op.as_str());
    let sql = format!("run_no {within} (SELECT run_no FROM run_metrics WHERE {column} {op} ?)");
    Ok(Condition::new(sql, vec![Bound::Real(number)]))
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

/// A paused run is stored as a pending one.
fn in_state(comparison: &Comparison, state: State) -> Result<Condition, FilterError> {
    let stored = if state == State::Paused { State::Pending } else { state };
    let pause = match state {
        State::Pending => " AND pause_ms IS NULL",
        State::Paused => " AND pause_ms IS NOT NULL",
        State::Running | State::Completed | State::Failed | State::Cancelled => "",
    };
    let not = match comparison.op {
        Op::Equal => "",
        Op::NotEqual => "NOT ",
        _ => return Err(comparison.wrong_op()),
    };
    Ok(Condition::new(format!("{not}(state = ?{pause})"), vec![Bound::Int(stored as i64)]))
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

/// How those of a label are gathered, and how it is looked up for one run: the same, of which the
/// first is quick where few have it, and the second where many do and some of them are wanted.
const LABEL_GATHERED: &str =
    "run_no IN (SELECT run_no FROM run_labels WHERE label = ? AND value = ?)";
const LABEL_LOOKED_UP: &str = "EXISTS (SELECT 1 FROM run_labels l WHERE l.label = ? \
     AND l.value = ? AND l.run_no = runs.run_no)";

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
pub(super) fn time_ms(comparison: &Comparison) -> Result<i64, FilterError> {
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
        assert_eq!(sql("state = completed AND kind != BACKTEST"), "((state = ?)) AND (kind != ?)");
        assert_eq!(sql("state != paused"), "NOT (state = ? AND pause_ms IS NOT NULL)");
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
                 create_time, owner, display_name, metrics.NAME",
            ),
            (
                "state = DONE",
                "",
                "filter: at character 9: state must be PENDING, RUNNING, PAUSED, COMPLETED, \
                 FAILED, CANCELLED, not \"DONE\"",
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
                 order_by: at character 1: expected a metric alone, or create_time, and at most \
                 run_id after it, found run_id",
            ),
        ];
        for (filter, order_by, message) in refused {
            assert_eq!(refusal(filter, order_by), message);
        }
        assert!(
            refusal("", "sharp").contains("did you mean sharpe?; there are create_time, run_id")
        );
        assert!(refusal("metrics.sharp > 1", "").contains("did you mean metrics.sharpe?"));
        assert!(refusal("sharpe > high", "").contains("sharpe must be a number, not \"high\""));
    }
}
