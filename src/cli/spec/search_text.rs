//! A search as text, the way the command line takes it.

use crate::cli::show::subject;
use crate::cli::text::figures::ABSENT;
use crate::cli::text::param_text::param;
use crate::cli::text::swept::swept_names;
use crate::pb;
use crate::pb::axis::Domain;
use crate::pb::optimization_spec::Search;
use crate::pb::param_constraint::Right;
use crate::pb::{Comparison, Goal};

/// What a search does beyond its base, by name.
pub(in crate::cli) fn facts(spec: &pb::OptimizationSpec) -> Vec<(&'static str, String)> {
    let swept = if spec.axes.is_empty() { swept_names(spec).join(" ") } else { axes(&spec.axes) };
    let mut facts = vec![("search", kind(spec)), ("axes", swept)];
    facts.push(("where", joined(spec.param_constraints.iter().map(rule))));
    facts.push(("objective", objective(spec)));
    facts.push(("constraints", joined(spec.constraints.iter().map(bound))));
    facts
}

/// Axes in their order: `fast=5..60:5 slow=20..200:10`.
pub(in crate::cli) fn axes(axes: &[pb::Axis]) -> String {
    axes.iter().map(axis).collect::<Vec<_>>().join(" ")
}

fn axis(axis: &pb::Axis) -> String {
    let values = match &axis.domain {
        Some(Domain::IntRange(range)) => {
            let step = range.step.max(1);
            format!("{}..{}:{step}", range.min_value, range.max_value)
        }
        Some(Domain::DoubleRange(range)) if range.step == 0.0 => {
            format!("{}..{}", range.min_value, range.max_value)
        }
        Some(Domain::DoubleRange(range)) => {
            format!("{}..{}:{}", range.min_value, range.max_value, range.step)
        }
        Some(Domain::Values(list)) => list.values.iter().map(param).collect::<Vec<_>>().join(","),
        None => ABSENT.to_owned(),
    };
    format!("{}={values}", axis.name)
}

fn kind(spec: &pb::OptimizationSpec) -> String {
    match &spec.search {
        Some(Search::Random(random)) => {
            format!("random, {} draws, seed {}", random.trial_count, random.seed)
        }
        Some(Search::Genetic(genetic)) => {
            let batch = if genetic.batch == 0 { 32 } else { genetic.batch };
            let (count, seed) = (genetic.trial_count, genetic.seed);
            format!("genetic, {count} trials, {batch} to a generation, seed {seed}")
        }
        Some(Search::Tpe(tpe)) => {
            let batch = if tpe.batch == 0 { 32 } else { tpe.batch };
            let (count, seed) = (tpe.trial_count, tpe.seed);
            format!("by estimates (TPE), {count} trials, {batch} to a generation, seed {seed}")
        }
        Some(Search::Points(list)) => format!("{} points", list.points.len()),
        Some(Search::Grid(_)) | None => "grid".to_owned(),
    }
}

fn objective(spec: &pb::OptimizationSpec) -> String {
    let metric = subject::objective(spec);
    match spec.objective.as_ref().map(pb::Objective::goal).unwrap_or_default() {
        Goal::Maximize => format!("{metric}:max"),
        Goal::Minimize => format!("{metric}:min"),
        Goal::Unspecified => metric.to_owned(),
    }
}

fn rule(rule: &pb::ParamConstraint) -> String {
    let op = match rule.op() {
        Comparison::Less => "<",
        Comparison::LessEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterEqual => ">=",
        Comparison::NotEqual => "!=",
        Comparison::Unspecified => "?",
    };
    let right = match &rule.right {
        Some(Right::Param(name)) => name.clone(),
        Some(Right::Value(value)) => quoted(value),
        None => ABSENT.to_owned(),
    };
    format!("{} {op} {right}", rule.left)
}

/// Text in quotes, which tells it from a parameter's name.
fn quoted(value: &pb::ParamValue) -> String {
    match &value.kind {
        Some(pb::param_value::Kind::StringValue(text)) => format!("\"{text}\""),
        _ => param(value),
    }
}

fn bound(bound: &pb::Constraint) -> String {
    let side = |sign: &str, value: Option<f64>| {
        value.map(|value| format!("{} {sign} {value}", bound.metric))
    };
    joined([side(">=", bound.min_value), side("<=", bound.max_value)].into_iter().flatten())
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::spec::search::{Bound, Rule, SweptParam, Values};

    #[test]
    fn axes_are_shown_as_they_were_written() {
        for text in ["fast=5..60:5", "level=0.1..0.5:0.1", "level=0.5..2", "way=both,long_only"] {
            let SweptParam { name, values } = text.parse().unwrap();
            let Values::Swept(domain) = values else { panic!("{text} is fixed") };
            assert_eq!(axis(&pb::Axis { name, domain: Some(domain) }), text);
        }
    }

    #[test]
    fn rules_and_bounds_are_shown_as_they_were_written() {
        for text in ["fast < slow", "level >= 0.2", "way != \"both\""] {
            assert_eq!(rule(&text.parse::<Rule>().unwrap().0), text);
        }
        assert_eq!(bound(&"trade_count >= 30".parse::<Bound>().unwrap().0), "trade_count >= 30");
    }
}
