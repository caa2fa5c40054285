//! Which trials a plan has, in which places.

use std::collections::BTreeMap;

use super::*;
use crate::strategy::Catalog;
use crate::sweep::{Axis, AxisValues, Comparison, Operand};
use proptest::prelude::*;

fn axis(name: &str, min: i64, max: i64, step: i64) -> Axis {
    Axis { name: name.into(), values: AxisValues::ints(min, max, step).unwrap() }
}

fn fast_below_slow() -> ParamConstraint {
    ParamConstraint {
        left: "fast".into(),
        comparison: Comparison::Less,
        right: Operand::Param("slow".into()),
    }
}

fn plan(axes: &[Axis], search: Search, rules: &[ParamConstraint]) -> Result<Plan, PlanError> {
    let catalog = Catalog::shipped();
    let schema = &catalog.find("sma_cross", "").unwrap().params;
    let fixed = Params::resolve(schema, &BTreeMap::new()).unwrap();
    let grid = Grid::new(1, axes, search.seed()).unwrap();
    let mut plan = Plan::uncounted(grid, search, rules, &fixed)?;
    plan.count(None);
    plan.check().map(|()| plan)
}

#[test]
fn excluded_combinations_leave_gaps_in_the_indices() {
    let axes = [axis("fast", 1, 3, 1), axis("slow", 1, 3, 1)];
    let plan = plan(&axes, Search::Grid, &[fast_below_slow()]).unwrap();
    assert_eq!(plan.total(), 3);
    assert_eq!(plan.indices(0..plan.places()).collect::<Vec<_>>(), [1, 2, 5]);
}

#[test]
fn a_fixed_parameter_takes_part_in_constraints() {
    let plan = plan(&[axis("fast", 45, 54, 1)], Search::Grid, &[fast_below_slow()]).unwrap();
    assert_eq!(plan.total(), 5);
}

#[test]
fn a_search_without_trials_is_refused() {
    let axes = [axis("fast", 60, 70, 1)];
    assert_eq!(plan(&axes, Search::Grid, &[fast_below_slow()]).unwrap_err(), PlanError::Empty);
    let huge = [axis("fast", 1, 10_000, 1), axis("slow", 1, 10_000, 1)];
    let error = plan(&huge, Search::Grid, &[]).unwrap_err();
    assert_eq!(error, PlanError::TooMany(100_000_000));
}

#[test]
fn a_random_search_may_draw_from_a_product_that_no_grid_could_go_through() {
    let huge = [axis("fast", 1, 10_000, 1), axis("slow", 1, 10_000, 1)];
    let search = Search::Random { trial_count: 100, seed: 7 };
    let plan = plan(&huge, search, &[fast_below_slow()]).unwrap();
    assert_eq!(plan.total(), 100);
}

/// Of 16,000,000 combinations, `slow` below 9 alone is kept: 1 in 500.
fn scarce(trial_count: u64) -> Plan {
    let axes = [axis("fast", 1, 4_000, 1), axis("slow", 1, 4_000, 1)];
    let below_nine = ParamConstraint {
        left: "slow".into(),
        comparison: Comparison::Less,
        right: Operand::Value(9.into()),
    };
    plan(&axes, Search::Random { trial_count, seed: 7 }, &[below_nine]).unwrap()
}

#[test]
fn a_random_search_is_drawn_on_until_it_has_its_trials_or_all_is_gone_through() {
    let counted = scarce(30_000);
    assert_eq!(counted.places(), PLACES_MAX);
    assert!((9_000..11_000).contains(&counted.total()), "{}", counted.total());
    let wanting = |wanted| Plan { wanted, ..counted.clone() };
    assert_eq!(wanting(20_000).reach(), None, "4,000,000 places are behind it");
    assert_eq!(wanting(9_000).reach(), None, "it has its trials");
    let mut plan = counted.clone();
    assert_eq!(plan.draw_on(6_000_000, 30_000, &|| false), Err(PlanError::Unwanted));
    assert!(plan.places() < PLACES_MAX + PLACES_PER_LOOK, "nobody waits for it");
    let mut plan = counted.clone();
    let most = plan.total() + 10;
    assert_eq!(plan.draw_on(6_000_000, most, &|| true).unwrap().total, most);
    let mut plan = counted.clone();
    let first = plan.total();
    let reach = plan.reach().unwrap();
    assert_eq!(reach, 6_000_000);
    let drawn = plan.draw_on(reach, 1_000_000, &|| true).unwrap();
    assert_eq!((drawn.places, drawn.total), (6_000_000, plan.total()));
    assert!(plan.total() > first && plan.lacking() > 0 && !plan.is_exhausted());
    let mut stored = counted;
    stored.count(Some(drawn));
    assert_eq!((stored.places(), stored.total()), (plan.places(), plan.total()));
}

proptest! {
    #[test]
    fn a_random_search_draws_without_repetition_and_within_the_constraints(
        seed: u64,
        trial_count in 1_u64..80,
    ) {
        let axes = [axis("fast", 1, 10, 1), axis("slow", 1, 10, 1)];
        let search = Search::Random { trial_count, seed };
        let plan = plan(&axes, search, &[fast_below_slow()]).unwrap();
        let mut drawn: Vec<_> = plan.indices(0..plan.places()).collect();
        prop_assert_eq!(drawn.len() as u64, plan.total());
        prop_assert_eq!(plan.total(), trial_count.min(45));
        drawn.sort_unstable();
        drawn.dedup();
        prop_assert_eq!(drawn.len() as u64, plan.total());
        prop_assert!(drawn.iter().all(|index| index / 10 < index % 10));
    }
}

/// Two axes of three and four values on three series.
fn across(search: Search, rules: &[ParamConstraint]) -> Plan {
    let axes = [axis("fast", 1, 3, 1), axis("slow", 1, 4, 1)];
    let catalog = Catalog::shipped();
    let schema = &catalog.find("sma_cross", "").unwrap().params;
    let fixed = Params::resolve(schema, &BTreeMap::new()).unwrap();
    let grid = Grid::new(3, &axes, search.seed()).unwrap();
    let mut plan = Plan::uncounted(grid, search, rules, &fixed).unwrap().across_series().unwrap();
    plan.count(None);
    plan
}

#[test]
fn a_combination_is_tried_on_every_series_or_on_none() {
    let searches = [Search::Grid, Search::Random { trial_count: 4, seed: 3 }];
    for (search, combinations) in searches.into_iter().zip([6, 4]) {
        let plan = across(search, &[fast_below_slow()]);
        assert_eq!(plan.total(), 3 * combinations);
        let all: Vec<u64> = plan.indices(0..plan.places()).collect();
        assert_eq!(all.len() as u64, plan.total());
        let (first, rest) = all.split_at(combinations as usize);
        assert!(first.iter().all(|index| *index < 12));
        assert_eq!(plan.trials_of(first), all);
        assert!(rest[..first.len()].iter().zip(first).all(|(there, here)| *there == here + 12));
    }
    // Twice as many as there are.
    let plan = across(Search::Random { trial_count: 12, seed: 3 }, &[fast_below_slow()]);
    assert_eq!((plan.total(), plan.lacking()), (18, 18));
}

#[test]
fn a_search_that_learns_proposes_combinations() {
    let search = Search::Genetic { trial_count: 5, seed: 1, batch: 8 };
    let plan = across(search, &[]);
    assert_eq!((plan.total(), plan.rounds()), (15, 3));
    let proposed = plan.learner().unwrap().propose(100);
    assert!(proposed.iter().all(|index| *index < 12), "{proposed:?}");
    let trials = plan.trials_of(&proposed);
    let known = plan.with_proposed(trials.clone().into());
    assert_eq!(known.indices(0..known.places()).collect::<Vec<_>>(), trials);
}

#[test]
fn what_is_drawn_anew_on_each_series_cannot_be_compared_across_them() {
    let level =
        Axis { name: "level".into(), values: AxisValues::Continuous { min: 0.0, max: 1.0 } };
    let search = Search::Random { trial_count: 4, seed: 3 };
    let grid = Grid::new(3, &[level], 3).unwrap();
    let fixed = Params::resolve(&[], &BTreeMap::new()).unwrap();
    let plan = Plan::uncounted(grid, search, &[], &fixed).unwrap();
    let refused = plan.across_series().unwrap_err();
    assert_eq!(refused, PlanError::ContinuousAcross("level".into()));
}
