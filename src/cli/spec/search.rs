//! How a search is written on the command line: ranges, rules, goals and bounds, and how each is
//! read. Knows the wire's types, not the commands.

use std::str::FromStr;

use crate::cli::text::args::{Pair, param_value};
use crate::pb;
use crate::pb::axis::Domain;
use crate::pb::param_constraint::Right;
use crate::pb::param_value::Kind;
use crate::pb::{Comparison, Goal};

/// A parameter of a search: `fast=5..60:5`, `direction=both,long_only`, or fixed as in `slow=50`.
#[derive(Clone, Debug, PartialEq)]
pub struct SweptParam {
    /// The parameter's name.
    pub name: String,
    /// What it is given.
    pub values: Values,
}

/// What a parameter of a search is given.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// The same value in every trial.
    Fixed(pb::ParamValue),
    /// One of these in each trial.
    Swept(Domain),
}

/// A rule between parameters: `fast < slow`, `level >= 0.2`, `direction != "both"`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule(pub pb::ParamConstraint);

/// What makes one trial better: `sharpe`, `-max_drawdown`, `max_drawdown:min`.
#[derive(Clone, Debug, PartialEq)]
pub struct Aim(pub pb::Objective);

/// A bound on a metric: `trade_count >= 30`.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound(pub pb::Constraint);

impl FromStr for SweptParam {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Pair { key: name, value } = text.parse()?;
        let value = if value.contains('%') { parts_of_one(&value)? } else { value };
        let values = match value.split_once("..") {
            Some((start, rest)) => Values::Swept(range(start, rest)?),
            None if value.contains(',') => Values::Swept(list(&value)?),
            None => Values::Fixed(param_value(&value)),
        };
        Ok(Self { name, values })
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const USAGE: &str = "write NAME < NAME or NAME < VALUE, with < <= > >= or !=, \
                             and text in quotes";
        let (left, op, right) = comparison(text).ok_or(USAGE)?;
        let (left, op, right) = match (operand(left), operand(right)) {
            (Right::Param(left), right) => (left, op, right),
            (value @ Right::Value(_), Right::Param(right)) => (right, mirrored(op), value),
            (Right::Value(_), Right::Value(_)) => return Err(USAGE.to_owned()),
        };
        Ok(Self(pb::ParamConstraint { left, op: op.into(), right: Some(right) }))
    }
}

impl FromStr for Aim {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const USAGE: &str = "write METRIC, -METRIC, METRIC:min or METRIC:max";
        let (metric, goal) = match (text.strip_prefix('-'), text.split_once(':')) {
            (Some(metric), None) | (None, Some((metric, "min"))) => (metric, Goal::Minimize),
            (None, Some((metric, "max"))) => (metric, Goal::Maximize),
            (None, None) => (text, Goal::Unspecified),
            (_, Some(_)) => return Err(USAGE.to_owned()),
        };
        if !is_name(metric) {
            return Err(USAGE.to_owned());
        }
        Ok(Self(pb::Objective { metric: metric.to_owned(), goal: goal.into() }))
    }
}

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let usage = || "write METRIC >= NUMBER or METRIC <= NUMBER".to_owned();
        let (metric, op, number) = comparison(text).ok_or_else(usage)?;
        let number: f64 = number.parse().ok().filter(|n: &f64| n.is_finite()).ok_or_else(usage)?;
        if !is_name(metric) {
            return Err(usage());
        }
        let (min_value, max_value) = match op {
            Comparison::GreaterEqual => (Some(number), None),
            Comparison::LessEqual => (None, Some(number)),
            Comparison::Greater | Comparison::Less => {
                return Err("a bound includes its number: write >= or <=".to_owned());
            }
            Comparison::NotEqual | Comparison::Unspecified => return Err(usage()),
        };
        Ok(Self(pb::Constraint { metric: metric.to_owned(), min_value, max_value }))
    }
}

/// A range, a list or a value whose numbers are all percent, with their parts of one in their
/// place: `1%..5%:1%` is `0.01..0.05:0.01`.
fn parts_of_one(text: &str) -> Result<String, String> {
    const USAGE: &str = "write % after every number or after none, as in 1%..5%:1%";
    let (mut parts, mut rest) = (String::new(), text);
    while let Some((number, after)) = rest.split_once('%') {
        let start = number.find(|char: char| !"., :".contains(char)).ok_or(USAGE)?;
        let (between, number) = number.split_at(start);
        let is_one = number.bytes().all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
        // The decimal point is moved in the text: the double nearest to what is written results.
        let part: f64 = format!("{number}e-2").parse().map_err(|_| USAGE.to_owned())?;
        if !is_one {
            return Err(USAGE.to_owned());
        }
        parts.push_str(between);
        parts.push_str(&part.to_string());
        rest = after;
    }
    if rest.is_empty() { Ok(parts) } else { Err(USAGE.to_owned()) }
}

/// A range, from what stands around its two points: whole numbers if all its numbers are, else
/// decimals. Without a step it is 1 for whole numbers, and for decimals any value between.
fn range(start: &str, rest: &str) -> Result<Domain, String> {
    let (end, step) = rest.split_once(':').map_or((rest, None), |(end, step)| (end, Some(step)));
    if step.is_some_and(|step| number(param_value(step).kind).is_some_and(|step| step <= 0.0)) {
        return Err("the step must be above 0".to_owned());
    }
    let kinds = [start, end, step.unwrap_or("0")].map(|text| param_value(text.trim()).kind);
    if let [Some(Kind::IntValue(min)), Some(Kind::IntValue(max)), Some(Kind::IntValue(step))] =
        kinds
    {
        return Ok(Domain::IntRange(pb::IntDomain { min_value: min, max_value: max, step }));
    }
    let [Some(min_value), Some(max_value), Some(step)] = kinds.map(number) else {
        return Err("write FIRST..LAST:STEP, as in 5..60:5 or 0.1..0.5:0.1".to_owned());
    };
    Ok(Domain::DoubleRange(pb::DoubleDomain { min_value, max_value, step }))
}

fn number(kind: Option<Kind>) -> Option<f64> {
    match kind? {
        Kind::IntValue(number) => Some(number as f64),
        Kind::DoubleValue(number) => Some(number),
        Kind::BoolValue(_) | Kind::StringValue(_) => None,
    }
}

fn list(text: &str) -> Result<Domain, String> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    if parts.iter().any(|part| part.is_empty()) {
        return Err("write VALUE,VALUE with something on each side of a comma".to_owned());
    }
    let values = parts.into_iter().map(param_value).collect();
    Ok(Domain::Values(pb::ValueList { values }))
}

/// The two sides of a comparison and what stands between them.
fn comparison(text: &str) -> Option<(&str, Comparison, &str)> {
    let at = text.find(['<', '>', '!', '='])?;
    let (left, rest) = text.split_at(at);
    // The longer operators come first: `<=` begins with `<`.
    let operators = [
        ("<=", Comparison::LessEqual),
        (">=", Comparison::GreaterEqual),
        ("!=", Comparison::NotEqual),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
    ];
    let (op, right) =
        operators.into_iter().find_map(|(sign, op)| Some((op, rest.strip_prefix(sign)?)))?;
    let (left, right) = (left.trim(), right.trim());
    let is_whole = !left.is_empty() && !right.is_empty() && !right.contains(['<', '>', '=']);
    is_whole.then_some((left, op, right))
}

/// A side of a rule: a name is a parameter's, a number or quoted text is a value.
fn operand(text: &str) -> Right {
    let quoted = |quote| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    if let Some(text) = quoted('"').or_else(|| quoted('\'')) {
        return Right::Value(pb::ParamValue { kind: Some(Kind::StringValue(text.to_owned())) });
    }
    let value = param_value(text);
    match value.kind {
        Some(Kind::StringValue(name)) => Right::Param(name),
        _ => Right::Value(value),
    }
}

/// The comparison that holds with its sides exchanged.
const fn mirrored(op: Comparison) -> Comparison {
    match op {
        Comparison::Less => Comparison::Greater,
        Comparison::LessEqual => Comparison::GreaterEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterEqual => Comparison::LessEqual,
        Comparison::NotEqual | Comparison::Unspecified => op,
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Values {
        format!("p={text}").parse::<SweptParam>().unwrap().values
    }

    fn ints(min_value: i64, max_value: i64, step: i64) -> Values {
        Values::Swept(Domain::IntRange(pb::IntDomain { min_value, max_value, step }))
    }

    fn decimals(min_value: f64, max_value: f64, step: f64) -> Values {
        Values::Swept(Domain::DoubleRange(pb::DoubleDomain { min_value, max_value, step }))
    }

    #[test]
    fn a_range_is_of_whole_numbers_only_if_all_its_numbers_are() {
        assert_eq!(values("5..60:5"), ints(5, 60, 5));
        assert_eq!(values("-5..5"), ints(-5, 5, 0));
        assert_eq!(values("0.1..0.5:0.1"), decimals(0.1, 0.5, 0.1));
        assert_eq!(values("1..2:0.5"), decimals(1.0, 2.0, 0.5));
        assert_eq!(values("-0.5..0.5"), decimals(-0.5, 0.5, 0.0));
        assert_eq!(values("1e-3..1e-2:1e-3"), decimals(0.001, 0.01, 0.001));
    }

    #[test]
    fn commas_make_a_list_and_a_single_value_is_fixed() {
        let list = |values: &[&str]| {
            let values = values.iter().map(|text| param_value(text)).collect();
            Values::Swept(Domain::Values(pb::ValueList { values }))
        };
        assert_eq!(values("long_only,both"), list(&["long_only", "both"]));
        assert_eq!(values("10, 20,40"), list(&["10", "20", "40"]));
        assert_eq!(values("true,false"), list(&["true", "false"]));
        assert_eq!(values("7"), Values::Fixed(param_value("7")));
        assert_eq!(values("both"), Values::Fixed(param_value("both")));
    }

    #[test]
    fn percent_are_parts_of_one_to_the_nearest_double() {
        assert_eq!(values("1%..5%:1%"), decimals(0.01, 0.05, 0.01));
        assert_eq!(values("0.1%..0.3%:0.1%"), decimals(0.001, 0.003, 0.001));
        assert_eq!(values("7%"), Values::Fixed(param_value("0.07")));
        assert_eq!(values("0%, 2.5%"), values("0,0.025"));
        for text in ["p=1%..5", "p=1..5%", "p=%", "p=1%%", "p=a%", "p=1%..5%:1"] {
            assert!(text.parse::<SweptParam>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn half_a_range_or_list_is_refused() {
        for text in [
            "p=5..",
            "p=..60",
            "p=5..60:",
            "p=a..b",
            "p=5..60:x",
            "p=5..60:0",
            "p=1,,2",
            "p=1,",
            "p",
        ] {
            assert!(text.parse::<SweptParam>().is_err(), "{text:?}");
        }
    }

    fn rule(text: &str) -> (String, Comparison, Right) {
        let Rule(rule) = text.parse().unwrap();
        (rule.left.clone(), rule.op(), rule.right.unwrap())
    }

    #[test]
    fn a_rule_compares_a_parameter_with_another_or_with_a_value() {
        let slow = || Right::Param("slow".to_owned());
        let value = |text: &str| Right::Value(param_value(text));
        assert_eq!(rule("fast < slow"), ("fast".to_owned(), Comparison::Less, slow()));
        assert_eq!(rule("fast<=slow"), ("fast".to_owned(), Comparison::LessEqual, slow()));
        assert_eq!(rule("a != \"both\""), ("a".to_owned(), Comparison::NotEqual, value("both")));
        assert_eq!(rule("level>=-0.2"), ("level".into(), Comparison::GreaterEqual, value("-0.2")));
        // A value on the left changes sides.
        assert_eq!(rule("5 < fast"), ("fast".to_owned(), Comparison::Greater, value("5")));
    }

    #[test]
    fn a_rule_that_compares_nothing_is_refused() {
        for text in ["", "fast", "fast < ", "< slow", "fast = slow", "1 < 2", "a < b < c", "a =< b"]
        {
            assert!(text.parse::<Rule>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_objective_names_its_better_end_or_leaves_it_to_the_metric() {
        let aim = |text: &str| text.parse::<Aim>().map(|Aim(aim)| (aim.metric.clone(), aim.goal()));
        assert_eq!(aim("sharpe"), Ok(("sharpe".to_owned(), Goal::Unspecified)));
        assert_eq!(aim("-max_drawdown"), Ok(("max_drawdown".to_owned(), Goal::Minimize)));
        assert_eq!(aim("max_drawdown:min"), Ok(("max_drawdown".to_owned(), Goal::Minimize)));
        assert_eq!(aim("exposure:max"), Ok(("exposure".to_owned(), Goal::Maximize)));
        for text in ["", "-", "a:b", "-a:min", "a b", ":min"] {
            assert!(aim(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_bound_includes_its_number() {
        let bound = |text: &str| text.parse::<Bound>().map(|Bound(b)| (b.min_value, b.max_value));
        assert_eq!(bound("trade_count >= 30"), Ok((Some(30.0), None)));
        assert_eq!(bound("max_drawdown<=0.25"), Ok((None, Some(0.25))));
        assert!(bound("trade_count > 30").unwrap_err().contains(">= or <="));
        for text in ["trade_count", "30 <= x", "a >= inf", "a >= b", "a != 1", ">= 3"] {
            assert!(bound(text).is_err(), "{text:?}");
        }
    }
}
