//! Parameter sets near one: each number moved alone by steps of its schema, and points drawn in the
//! box around all of them. What is a choice or a switch stays: its other values are other
//! strategies, not nearer or farther ones.

use std::collections::BTreeMap;

use super::robustness::Neighbour;
use crate::market::Decimal;
use crate::strategy::{Domain, ParamSpec, ParamValue, Params};
use crate::sweep::mix;

/// Told apart from the draws of days of the same seed.
const STREAM: u64 = 0x4e65_6967_6862_6f72;
/// Draws for each point that is asked for: in a narrow box most were drawn before.
const DRAWS_PER_POINT: u64 = 20;

/// How far neighbours are from the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nearness {
    /// By how many steps each is moved alone, both ways.
    pub steps: u64,
    /// Points in the box.
    pub box_count: u64,
    /// By how many steps their parameters are moved at most.
    pub box_steps: u64,
    /// What the points follow from.
    pub seed: u64,
}

impl Nearness {
    /// The neighbours of the parameters that make a strategy, each once.
    pub fn of(
        self,
        schema: &[ParamSpec],
        params: &Params,
        makes_one: impl Fn(&Params) -> bool,
    ) -> Vec<Neighbour> {
        let mut near = Near { params, makes_one, found: Vec::new() };
        for spec in schema {
            for steps in 1..=self.steps.cast_signed() {
                for steps in [-steps, steps] {
                    let moved = moved(spec, params, steps);
                    let params = moved.map(|value| (spec.name.to_string(), value));
                    near.take(Some(&spec.name), steps, params.into_iter().collect());
                }
            }
        }
        let alone = near.found.len();
        for point in 0..self.box_count * DRAWS_PER_POINT {
            if (near.found.len() - alone) as u64 == self.box_count {
                break;
            }
            near.take(None, 0, self.point(point, schema, params));
        }
        near.found
    }

    /// The values of a point of the box that differ.
    fn point(
        self,
        point: u64,
        schema: &[ParamSpec],
        params: &Params,
    ) -> BTreeMap<String, ParamValue> {
        let stream = mix(mix(self.seed ^ STREAM).wrapping_add(point));
        let width = 2 * self.box_steps + 1;
        let values = (0..).zip(schema).filter_map(|(axis, spec): (u64, &ParamSpec)| {
            let word = mix(stream.wrapping_add(axis));
            let place = ((u128::from(word) * u128::from(width)) >> 64) as u64;
            let steps = place.cast_signed() - self.box_steps.cast_signed();
            Some((spec.name.to_string(), moved(spec, params, steps)?))
        });
        values.collect()
    }
}

/// What was found so far.
struct Near<'p, F> {
    params: &'p Params,
    makes_one: F,
    found: Vec<Neighbour>,
}

impl<F: Fn(&Params) -> bool> Near<'_, F> {
    fn take(&mut self, moved: Option<&str>, steps: i64, values: BTreeMap<String, ParamValue>) {
        let is_known = |known: &Neighbour| known.params == values;
        if values.is_empty() || self.found.iter().any(is_known) {
            return;
        }
        let mut params = self.params.clone();
        for (name, value) in &values {
            params.set(name, value.clone());
        }
        if (self.makes_one)(&params) {
            let moved = moved.map(str::to_owned);
            self.found.push(Neighbour { moved, steps, params: values });
        }
    }
}

/// The value that many steps on, if there is another one within the bounds.
fn moved(spec: &ParamSpec, params: &Params, steps: i64) -> Option<ParamValue> {
    let value = match (&spec.domain, params.get(&spec.name)?) {
        (Domain::Int { step, .. }, ParamValue::Int(value)) => {
            ParamValue::Int(value.checked_add(step.checked_mul(steps)?)?)
        }
        (Domain::Double { step, .. }, ParamValue::Double(value)) => {
            ParamValue::Double(stepped(*value, *step, steps))
        }
        (Domain::Int { .. } | Domain::Double { .. } | Domain::Bool | Domain::Choice(_), _) => {
            return None;
        }
    };
    (steps != 0).then(|| spec.check(value).ok()).flatten()
}

/// Exact where both are decimals of a usual length: 0.3 and not what three tenths add up to.
fn stepped(value: f64, step: f64, steps: i64) -> f64 {
    let exact = || {
        let (from, by) = (Decimal::nearest(value)?, Decimal::nearest(step)?);
        let scale = from.scale().max(by.scale());
        let moved = by.scaled_to(scale)?.checked_mul(steps)?;
        Decimal::new(from.scaled_to(scale)?.checked_add(moved)?, scale)
    };
    exact().map_or(value + step * steps as f64, Decimal::to_f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn schema() -> Vec<ParamSpec> {
        let of = |name: &'static str, default: ParamValue, domain: Domain| ParamSpec {
            default,
            suggested: domain.clone(),
            domain,
            ..ParamSpec::length(name, 1)
        };
        vec![
            ParamSpec::length("fast", 2),
            ParamSpec::length("slow", 4),
            of("level", 0.2.into(), Domain::Double { min: 0.0, max: 1.0, step: 0.1 }),
            of("both", true.into(), Domain::Bool),
            of("side", "long".into(), Domain::choice(&["long", "short"])),
        ]
    }

    fn neighbours(nearness: Nearness) -> Vec<Neighbour> {
        let params = Params::resolve(&schema(), &BTreeMap::new()).unwrap();
        let makes_one = |params: &Params| params.length("fast") < params.length("slow");
        nearness.of(&schema(), &params, makes_one)
    }

    const ALONE: Nearness = Nearness { steps: 3, box_count: 0, box_steps: 2, seed: 1 };

    #[test]
    fn each_number_is_moved_alone_within_its_bounds_and_what_makes_no_strategy_is_left_out() {
        let told: Vec<String> = neighbours(ALONE)
            .iter()
            .map(|it| {
                let (name, value) = it.params.first_key_value().unwrap();
                assert_eq!((it.params.len(), it.moved.as_deref()), (1, Some(name.as_str())));
                format!("{name} {value}")
            })
            .collect();
        assert_eq!(
            told,
            [
                "fast 1",
                "fast 3",
                "slow 3",
                "slow 5",
                "slow 6",
                "slow 7",
                "level 0.1",
                "level 0.3",
                "level 0",
                "level 0.4",
                "level 0.5",
            ]
        );
    }

    #[test]
    fn points_of_the_box_are_new_near_and_follow_from_the_seed() {
        let boxed = Nearness { steps: 1, box_count: 20, ..ALONE };
        let found = neighbours(boxed);
        assert_eq!(found, neighbours(boxed));
        assert_ne!(found, neighbours(Nearness { seed: 2, ..boxed }));
        let points: Vec<_> = found.iter().filter(|it| it.moved.is_none()).collect();
        assert_eq!(points.len(), 20);
        let values: BTreeSet<String> = found.iter().map(|it| format!("{:?}", it.params)).collect();
        assert_eq!(values.len(), found.len(), "none stands twice");
        for point in points {
            let slow = point.params.get("slow").map_or(4, |value| match value {
                ParamValue::Int(value) => *value,
                other => panic!("{other}"),
            });
            assert!((2..=6).contains(&slow), "{slow}");
        }
    }

    #[test]
    fn a_narrow_box_ends_when_it_is_empty() {
        let narrow = Nearness { steps: 0, box_count: 1_000, box_steps: 1, seed: 9 };
        // Three ways each of three numbers, less the one itself and those that make no strategy.
        assert_eq!(neighbours(narrow).len(), 3 * 3 * 3 - 1 - 3);
    }
}
