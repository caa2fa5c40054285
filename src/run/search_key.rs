//! What of a search is part of the run key: everything that decides which trials there are, and how
//! they compare.

use super::key::{write_decimal, write_param, write_subscription};
use super::spec::OptimizationSpec;
use crate::digest::Encoder;
use crate::metrics::Goal;
use crate::sweep::{AxisValues, Comparison, Operand, ParamConstraint, Search};

pub(super) fn write_search(encoder: &mut Encoder, spec: &OptimizationSpec) {
    encoder.integer(spec.axes.len() as i64);
    for axis in &spec.axes {
        encoder.text(&axis.name);
        write_axis(encoder, &axis.values);
    }
    encoder.integer(spec.subscription_axis.len() as i64);
    for subscription in &spec.subscription_axis {
        write_subscription(encoder, subscription);
    }
    match spec.search {
        Search::Grid => encoder.text("grid"),
        Search::Points => encoder.text("points"),
        Search::Random { trial_count, seed } => {
            encoder.text("random").integer(trial_count as i64).integer(seed.cast_signed())
        }
        Search::Genetic { trial_count, seed, batch } => encoder
            .text("genetic/1")
            .integer(trial_count as i64)
            .integer(seed.cast_signed())
            .integer(batch as i64),
        Search::Tpe { trial_count, seed, batch } => encoder
            .text("tpe/1")
            .integer(trial_count as i64)
            .integer(seed.cast_signed())
            .integer(batch as i64),
    };
    for objective in spec.objectives() {
        encoder.text(objective.metric.name()).text(match objective.goal {
            Goal::Maximize => "maximize",
            Goal::Minimize => "minimize",
        });
    }
    encoder.integer(spec.constraints.len() as i64);
    for constraint in &spec.constraints {
        encoder.text(constraint.metric.name());
        for bound in [constraint.min, constraint.max] {
            encoder.optional(bound, |encoder, bound| _ = encoder.double(bound));
        }
    }
    encoder.integer(spec.param_constraints.len() as i64);
    for constraint in &spec.param_constraints {
        write_constraint(encoder, constraint);
    }
    encoder.integer(spec.trials_max as i64);
    encoder.optional(spec.failed_trials_max, |encoder, max| _ = encoder.integer(max as i64));
    // What is not asked for writes nothing, as before there was any of it.
    if let Some(across) = spec.across {
        encoder.text("across").text(across.as_str());
    }
    // How far follows from the rest. That it went on at all makes it other work than the same
    // search was before this could be.
    if spec.drawn.is_some() {
        encoder.text("drawn on");
    }
}

/// An axis is its values, however they were written down.
fn write_axis(encoder: &mut Encoder, values: &AxisValues) {
    match values {
        AxisValues::Ints { min, step, count } => {
            encoder.text("ints").integer(*min).integer(*step).integer(*count as i64);
        }
        AxisValues::Decimals { min, step, count } => {
            encoder.text("decimals");
            write_decimal(encoder, *min);
            write_decimal(encoder, *step);
            encoder.integer(*count as i64);
        }
        AxisValues::Continuous { min, max } => {
            encoder.text("continuous").double(*min).double(*max);
        }
        AxisValues::Levels { min, max } => {
            encoder.text("levels").double(*min).double(*max);
        }
        AxisValues::List(values) => {
            encoder.text("list").integer(values.len() as i64);
            for value in values {
                write_param(encoder, value);
            }
        }
    }
}

fn write_constraint(encoder: &mut Encoder, constraint: &ParamConstraint) {
    encoder.text(&constraint.left).text(match constraint.comparison {
        Comparison::Less => "<",
        Comparison::LessEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterEqual => ">=",
        Comparison::NotEqual => "!=",
    });
    match &constraint.right {
        Operand::Param(name) => _ = encoder.text("param").text(name),
        Operand::Value(value) => {
            encoder.text("value");
            write_param(encoder, value);
        }
    }
}
