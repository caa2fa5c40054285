//! How permits and slots are shared among owners, as thousands of hand-outs show it.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::FutureExt as _;
use proptest::prelude::*;

use super::line::Line;
use super::owner_shares::{Owner, OwnerShares};
use super::permits::{Permit, Permits};
use super::share::Share;

type Asked<'a> = Pin<Box<dyn Future<Output = Permit> + 'a>>;

/// An owner of so many runs, with a share.
#[derive(Clone, Copy, Debug)]
struct Crowd {
    runs: usize,
    share: u32,
}

/// How many of `rounds` permits each owner gets, all of whose runs always want one.
fn granted(owners: &[Crowd], permits: usize, rounds: usize) -> Vec<usize> {
    let shares = OwnerShares::new((0..).zip(owners).map(|(i, it)| (format!("{i}"), it.share)));
    let owned: Vec<Arc<Owner>> = (0..owners.len()).map(|i| shares.of(&i.to_string())).collect();
    let runs: Vec<(usize, Share)> = (0..)
        .zip(owners)
        .flat_map(|(i, it)| (0..it.runs).map(move |_| (i, Share::of_priority(0))))
        .collect();
    let queue = Permits::new(permits);
    let ask = |run: usize| -> Asked<'_> {
        let (owner, share) = &runs[run];
        Box::pin(queue.acquire_share(&owned[*owner], share))
    };
    let mut asked: Vec<Asked<'_>> = (0..runs.len()).map(ask).collect();
    let (mut held, mut counts) = (Vec::new(), vec![0; owners.len()]);
    let mut had = 0;
    while had < rounds {
        for run in 0..runs.len() {
            while let Some(permit) = asked[run].as_mut().now_or_never() {
                counts[runs[run].0] += 1;
                had += 1;
                held.push(permit);
                asked[run] = ask(run);
            }
        }
        held.remove(0);
    }
    counts
}

fn parts(owners: &[(usize, u32)], permits: usize) -> Vec<f64> {
    let owners: Vec<_> = owners.iter().map(|&(runs, share)| Crowd { runs, share }).collect();
    let counts = granted(&owners, permits, 1_000);
    let all: usize = counts.iter().sum();
    counts.iter().map(|count| *count as f64 / all as f64).collect()
}

#[track_caller]
fn assert_near(found: &[f64], wanted: &[f64]) {
    let is_near = |(a, b): (&f64, &f64)| (a - b).abs() <= 0.03;
    assert!(found.iter().zip(wanted).all(is_near), "{found:?}, not {wanted:?}");
}

#[test]
fn an_owner_has_its_share_however_many_runs_the_others_have() {
    for permits in [1, 2, 4] {
        assert_near(&parts(&[(1, 1), (9, 1)], permits), &[0.5, 0.5]);
        assert_near(&parts(&[(1, 3), (9, 1)], permits), &[0.75, 0.25]);
        assert_near(&parts(&[(1, 1), (4, 1), (20, 1)], permits), &[1.0 / 3.0; 3]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn permits_go_by_shares_and_not_by_numbers_of_runs(
        owners in prop::collection::vec((1..12_usize, 1..5_u32), 1..6),
        permits in 1..5_usize,
    ) {
        let all: u32 = owners.iter().map(|(_, share)| share).sum();
        let wanted: Vec<f64> =
            owners.iter().map(|(_, share)| f64::from(*share) / f64::from(all)).collect();
        let found = parts(&owners, permits);
        let is_near = |(a, b): (&f64, &f64)| (a - b).abs() <= 0.03;
        prop_assert!(found.iter().zip(&wanted).all(is_near), "{found:?}, not {wanted:?}");
    }
}

#[test]
fn an_owner_that_comes_late_is_owed_nothing_and_waits_for_one_permit_at_most() {
    let shares = OwnerShares::default();
    let (ann, bob) = (shares.of("ann"), shares.of("bob"));
    let queue = Permits::new(1);
    let mut held = queue.acquire(&ann, 0).now_or_never().unwrap();
    let mut flood: Vec<_> = (0..50).map(|_| Box::pin(queue.acquire(&ann, 0))).collect();
    assert!(flood.iter_mut().all(|it| it.as_mut().now_or_never().is_none()));
    // Ten of ann's had their turn before bob comes.
    for _ in 0..10 {
        drop(held);
        held = flood.remove(0).now_or_never().expect("the oldest of ann's goes first");
    }
    let mut late: Vec<_> = (0..3).map(|_| Box::pin(queue.acquire(&bob, 0))).collect();
    assert!(late.iter_mut().all(|it| it.as_mut().now_or_never().is_none()));
    let mut order = String::new();
    for _ in 0..6 {
        drop(held);
        held = if let Some(permit) = late.first_mut().and_then(|it| it.as_mut().now_or_never()) {
            order.push('b');
            drop(late.remove(0));
            permit
        } else {
            order.push('a');
            flood.remove(0).now_or_never().expect("one of the two is next")
        };
    }
    assert!(["bababa", "ababab"].contains(&order.as_str()), "{order}");
}

#[test]
fn a_slot_goes_to_the_owner_who_holds_fewer_and_everybody_is_told_the_place_of_that() {
    let shares = OwnerShares::default();
    let (ann, bob) = (shares.of("ann"), shares.of("bob"));
    let line = Line::new(3);
    let mut held: Vec<Permit> = (0..3)
        .map(|_| line.wait(&ann, 0, |_| {}).now_or_never().expect("three are free"))
        .collect();
    let places = std::cell::RefCell::new(HashMap::new());
    let waits = |name: &'static str| {
        let owner = if name.starts_with('a') { &ann } else { &bob };
        let places = &places;
        Box::pin(line.wait(owner, 0, move |place| _ = places.borrow_mut().insert(name, place)))
    };
    let mut waiting: Vec<_> = ["a1", "a2", "b1", "b2"].map(|name| (name, waits(name))).into();
    for _ in 0..2 {
        for (_, it) in &mut waiting {
            assert!(it.as_mut().now_or_never().is_none());
        }
        line.count();
    }
    for (_, it) in &mut waiting {
        assert!(it.as_mut().now_or_never().is_none());
    }
    let told = |name: &str| places.borrow()[name];
    // Bob holds none: both of his go before any of ann's, who holds three, then two.
    assert_eq!(["b1", "b2", "a1", "a2"].map(told), [1, 2, 3, 4]);
    let mut order = Vec::new();
    while !waiting.is_empty() {
        // The oldest ends.
        drop(held.remove(0));
        let next = waiting.iter_mut().position(|(_, it)| match it.as_mut().now_or_never() {
            Some(permit) => {
                held.push(permit);
                true
            }
            None => false,
        });
        let (name, _) = waiting.remove(next.expect("a slot was free"));
        order.push(name);
    }
    // It was ann's slots that came back, so that after the first bob holds as many as she does.
    assert_eq!(order, ["b1", "a1", "b2", "a2"]);
}
